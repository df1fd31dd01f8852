/**
 * Rows put in order. They arrive like those of a `RowBuffer`; every few thousand are sorted as a run, runs are merged while
 * they are read, so that no single step takes long. With a limit only the first rows are kept, as long as there is memory for
 * them. Past the memory limit runs go to spill files and come back in blocks; many files are merged into one, level by level.
 *
 * Invariants: (1) rows that compare equal keep their order of arrival: runs are numbered in it, and ties go to the lower number;
 * (2) with spilled runs, the block of run r lies in the columns from `r × stride`: no block has more rows than that;
 * (3) levels of files never rise along their list, so that files of one level are neighbours in the order of arrival.
 *
 * Cost: n log n comparisons, a 4-byte number per row. Limit k: rows worse than the k-th so far are compared once and dropped.
 */
import { type MemoryAccount, outOfMemory } from './memory-account.ts';
import { RowBuffer } from './row-buffer.ts';
import type { SpillFile, SpillSpace } from './spill-file.ts';

const RUN_ROWS = 4096;
/** So many files of one level are merged: at least, at most, and one for so many bytes of the limit, as each has a block in memory. */
const MERGED_FILES_MIN = 16;
const MERGED_FILES_MAX = 256;
const BYTES_PER_FILE = 65536;
/** With a limit, rows are cut back when there are this many times the limit, and at least so many. */
const LIMIT_SLACK_ROWS = 256;
/** Larger limits only end the reading. */
const BOUNDED_ROWS_MAX = 16384;

export type RowComparator = (left: number, right: number) => number;

export class Sorter extends RowBuffer {
	#order = new Uint32Array(0);
	#compare: RowComparator = () => 0;
	/** How many rows are wanted in all. */
	#limit = Number.POSITIVE_INFINITY;
	/** No more rows than the limit are kept. */
	#isBounded = false;
	/** Start of the run that is growing. */
	#runStart = 0;
	#runStarts: number[] = [];
	/** With a limit: rows [0, limit) are the best so far, in order. */
	#isCut = false;
	/** Heap of runs by their current row: run numbers. */
	#heap: number[] = [];
	#at: number[] = [];
	#ends: number[] = [];
	#given = 0;
	/** A spilled run whose block is used up; its next block is read when the row given last is no longer needed. */
	#pending = -1;
	readonly #space: SpillSpace | null;
	#files: SpillFile[] = [];
	#levels: number[] = [];
	/** Rows between the places of two runs' blocks. */
	#stride = 0;

	constructor(columnCount: number, spill: SpillSpace | null = null) {
		super(columnCount);
		this.#space = spill;
	}

	openSorted(account: MemoryAccount, limit: number, compare: RowComparator): void {
		this.open(account);
		this.#compare = compare;
		this.#limit = limit;
		this.#isBounded = limit <= BOUNDED_ROWS_MAX;
	}

	override clear(): void {
		super.clear();
		for (const file of this.#files) file.close();
		this.#files = [];
		this.#levels = [];
		this.#runStart = 0;
		this.#runStarts = [];
		this.#isCut = false;
		this.#heap = [];
		this.#given = 0;
		this.#pending = -1;
		this.#order = new Uint32Array(0);
	}

	/** Counts the row whose values have been stored at index `count` of every column. */
	override added(): void {
		if (this.#isCut && this.#compare(this.count, this.#limit - 1) >= 0) return;
		super.added();
		if (this.#isBounded) {
			if (this.count >= Math.max(LIMIT_SLACK_ROWS, this.#limit * 2)) this.#cut();
		} else if (this.count - this.#runStart >= RUN_ROWS) this.#endRun();
	}

	/** The value of a column in the last of the rows wanted, once there are so many; undefined before. */
	bound(column: number): unknown {
		return this.#isCut ? this.columns[column]![this.#limit - 1] : undefined;
	}

	#identity(count: number): Uint32Array {
		const order = new Uint32Array(count);
		for (let i = 0; i < count; i++) order[i] = i;
		return order;
	}

	/** Keeps the first `limit` rows only. */
	#cut(): void {
		const order = this.#identity(this.count).sort(this.#compare);
		const kept = Math.min(this.#limit, this.count);
		for (const column of this.columns) {
			const moved: unknown[] = [];
			for (let i = 0; i < kept; i++) moved.push(column[order[i]!]);
			column.length = 0;
			for (const value of moved) column.push(value);
		}
		this.account?.give(this.weighedBytes);
		this.count = kept;
		this.weighedCount = 0;
		this.weighedBytes = 0;
		this.weigh();
		this.#isCut = this.#isBounded && kept === this.#limit && kept > 0;
	}

	#endRun(): void {
		if (this.count === this.#runStart) return;
		if (this.#order.length < this.count) {
			const grown = new Uint32Array(Math.max(this.count, this.#order.length * 2));
			grown.set(this.#order);
			this.#order = grown;
		}
		for (let i = this.#runStart; i < this.count; i++) this.#order[i] = i;
		this.#order.subarray(this.#runStart, this.count).sort(this.#compare);
		this.#runStarts.push(this.#runStart);
		this.#runStart = this.count;
	}

	protected override overflow(): void {
		if (this.weighedBytes < this.account!.minimumBytes) return;
		if (this.#space === null || !this.#space.isOpen) throw outOfMemory('a sort', this.account!.limitBytes);
		// There is no room for the first rows: from now on the limit only ends the reading.
		this.#isBounded = false;
		this.#isCut = false;
		this.#spillRuns();
	}

	/** Merges the runs in memory into one run in a file. */
	#spillRuns(): void {
		this.#endRun();
		this.#startMerge(this.#runStarts, this.count);
		const merged = new Uint32Array(this.count);
		for (let i = 0; i < merged.length; i++) merged[i] = this.#take();
		const file = this.#space!.create();
		this.#files.push(file);
		this.#levels.push(0);
		file.write(this.columns, 0, merged.length, merged);
		file.finish();
		this.empty();
		this.#runStart = 0;
		this.#runStarts = [];
		this.#order = new Uint32Array(0);
		this.#mergeFiles();
	}

	/** Makes one file of those of the last level when they are many. */
	#mergeFiles(): void {
		const many = Math.min(MERGED_FILES_MAX, Math.max(MERGED_FILES_MIN, Math.floor(this.account!.limitBytes / BYTES_PER_FILE)));
		for (;;) {
			const level = this.#levels[this.#levels.length - 1]!;
			const from = this.#levels.indexOf(level);
			if (this.#levels.length - from < many) return;
			const kept = this.#files.slice(0, from);
			this.#files = this.#files.slice(from);
			const merged = this.#space!.create();
			this.#readFiles();
			for (;;) {
				const row = this.#nextOfFiles();
				if (row < 0) break;
				merged.write(this.columns, row, row + 1);
			}
			merged.finish();
			for (const file of this.#files) file.close();
			this.#files = [...kept, merged];
			this.#levels = [...this.#levels.slice(0, from), level + 1];
			this.empty();
		}
	}

	override finish(): void {
		if (this.#isBounded) this.#cut();
		if (this.#isBounded) this.#runStarts = [];
		else if (this.#files.length === 0) this.#endRun();
		else if (this.count > 0) this.#spillRuns();
	}

	rewind(): void {
		this.#given = 0;
		if (this.#files.length > 0) this.#readFiles();
		else if (this.#runStarts.length > 1) this.#startMerge(this.#runStarts, this.count);
	}

	#readFiles(): void {
		this.#heap = [];
		this.#pending = -1;
		this.#stride = this.#files.reduce((most, file) => Math.max(most, file.blockRowsMax), 0);
		this.#at = this.#files.map((_, run) => run * this.#stride);
		this.#ends = [...this.#at];
		for (let run = 0; run < this.#files.length; run++) {
			this.#files[run]!.rewind();
			if (this.#load(run)) this.#push(run);
		}
	}

	/** The next row of the files in order, or −1. */
	#nextOfFiles(): number {
		const pending = this.#pending;
		if (pending >= 0) {
			this.#pending = -1;
			if (this.#load(pending)) this.#push(pending);
		}
		return this.#heap.length === 0 ? -1 : this.#take();
	}

	/** Index of the next row in order, or −1. */
	next(): number {
		if (this.#given >= this.#limit) return -1;
		if (this.#files.length > 0) {
			this.#given++;
			return this.#nextOfFiles();
		}
		if (this.#runStarts.length > 1) {
			this.#given++;
			return this.#heap.length === 0 ? -1 : this.#take();
		}
		if (this.#given >= this.count) return -1;
		const at = this.#given++;
		return this.#runStarts.length === 1 ? this.#order[at]! : at;
	}

	#load(run: number): boolean {
		const base = run * this.#stride;
		const rows = this.#files[run]!.read(this.columns, base);
		this.#at[run] = base;
		this.#ends[run] = base + rows;
		return rows > 0;
	}

	#startMerge(starts: readonly number[], end: number): void {
		this.#heap = [];
		this.#at = [...starts];
		this.#ends = starts.map((_, i) => starts[i + 1] ?? end);
		for (let run = 0; run < starts.length; run++) this.#push(run);
	}

	/** The row a run stands at. A spilled run is in order already. */
	#row(run: number): number {
		const at = this.#at[run]!;
		return this.#files.length > 0 && this.#runStarts.length === 0 ? at : this.#order[at]!;
	}

	#isBefore(a: number, b: number): boolean {
		const order = this.#compare(this.#row(a), this.#row(b));
		return order < 0 || (order === 0 && a < b);
	}

	#push(run: number): void {
		const heap = this.#heap;
		let at = heap.push(run) - 1;
		while (at > 0) {
			const parent = (at - 1) >> 1;
			if (!this.#isBefore(run, heap[parent]!)) break;
			heap[at] = heap[parent]!;
			at = parent;
		}
		heap[at] = run;
	}

	/** The least row; its run moves on. The row's values stay until the next call. */
	#take(): number {
		const run = this.#heap[0]!;
		const row = this.#row(run);
		this.#at[run] = this.#at[run]! + 1;
		if (this.#at[run]! < this.#ends[run]!) this.#sink(run);
		else {
			const last = this.#heap.pop()!;
			if (this.#heap.length > 0) this.#sink(last);
			if (this.#files.length > 0 && this.#runStarts.length === 0) this.#pending = run;
		}
		return row;
	}

	#sink(run: number): void {
		const heap = this.#heap;
		const count = heap.length;
		let at = 0;
		for (;;) {
			let child = 2 * at + 1;
			if (child >= count) break;
			if (child + 1 < count && this.#isBefore(heap[child + 1]!, heap[child]!)) child++;
			if (!this.#isBefore(heap[child]!, run)) break;
			heap[at] = heap[child]!;
			at = child;
		}
		heap[at] = run;
	}
}
