/**
 * Rows kept between two pipelines, in columns: one array per column, a row is an index. Generated code pushes to `columns[i]`
 * itself, then counts; it holds the arrays in locals, so they are emptied, never replaced.
 *
 * Calls: `open`, then per row a push to every column and `added()`, then `finish`; to read: `rewind`, then rows 0 to `count`,
 * and when they are used up `more()`, which is false or has put the next rows in their place.
 *
 * Cost: 8 bytes a value and the bytes of strings and objects, weighed every so many rows against the statement's account.
 * Past the limit a buffer made with types writes its rows to a spill file (read back in blocks), others fail with 53200.
 */

import { type MemoryAccount, outOfMemory, valueBytes } from './memory-account.ts';
import type { SpillFile, SpillSpace } from './spill-file.ts';

/** About how many bytes may come in between two weighings. */
const WEIGH_BYTES = 65536;
const NO_COLUMNS: unknown[][] = [];

export class RowBuffer {
	readonly columns: unknown[][];
	/** Rows in memory. */
	count = 0;
	/** A row whose number has none of these bits is weighed. */
	weighMask = 15;
	weighedCount = 0;
	weighedBytes = 0;
	account: MemoryAccount | null = null;
	readonly #spill: SpillSpace | null;
	#file: SpillFile | null = null;

	constructor(columnCount: number, spill: SpillSpace | null = null) {
		this.columns = columnCount === 0 ? NO_COLUMNS : Array.from({ length: columnCount }, () => []);
		this.#spill = spill;
	}

	open(account: MemoryAccount): void {
		this.clear();
		this.account = account;
	}

	added(): void {
		if ((++this.count & this.weighMask) === 0) this.weigh();
	}

	weigh(): void {
		const rows = this.count - this.weighedCount;
		let bytes = rows * 8 * this.columns.length;
		for (const column of this.columns) for (let i = this.weighedCount; i < this.count; i++) bytes += valueBytes(column[i]);
		this.weighedCount = this.count;
		this.weighedBytes += bytes;
		const perRow = bytes / Math.max(1, rows);
		this.weighMask = perRow * 1024 < WEIGH_BYTES ? 1023 : perRow * 128 < WEIGH_BYTES ? 127 : perRow * 16 < WEIGH_BYTES ? 15 : 0;
		if (this.account !== null && !this.account.take(bytes)) this.overflow();
	}

	/** The account is used up: makes room, or throws. */
	protected overflow(): void {
		if (this.#spill === null || !this.#spill.isOpen) throw outOfMemory('a list of rows', this.account!.limitBytes);
		this.#file ??= this.#spill.create();
		this.#file.write(this.columns, 0, this.count);
		this.empty();
	}

	/** No more rows will come. */
	finish(): void {
		if (this.#file === null) return;
		this.#file.write(this.columns, 0, this.count);
		this.empty();
	}

	rewind(): void {
		if (this.#file === null) return;
		this.#file.rewind();
		this.count = 0;
		this.more();
	}

	more(): boolean {
		if (this.#file === null) return false;
		this.count = this.#file.read(this.columns, 0);
		return this.count > 0;
	}

	/** Gives back the memory of the rows. */
	protected empty(): void {
		for (const column of this.columns) truncate(column, 0);
		this.count = 0;
		this.account?.give(this.weighedBytes);
		this.weighedBytes = 0;
		this.weighedCount = 0;
	}

	/** Takes the rows of another buffer of the same shape, which is left empty. */
	takeFrom(other: RowBuffer): void {
		for (let c = 0; c < this.columns.length; c++) {
			const to = this.columns[c]!;
			const from = other.columns[c]!;
			for (let i = 0; i < other.count; i++) to[i] = from[i];
			truncate(to, other.count);
		}
		this.count = other.count;
		this.account?.give(this.weighedBytes);
		this.weighedBytes = other.weighedBytes;
		this.weighedCount = other.weighedCount;
		other.weighedBytes = 0;
		other.empty();
	}

	clear(): void {
		if (this.count > 0 || this.weighedBytes > 0) this.empty();
		if (this.#file !== null) {
			this.#file.close();
			this.#file = null;
		}
		this.weighMask = 15;
	}
}

/** Setting `length` calls into the runtime; a few pops do not. Recursions empty buffers of a row or two all the time. */
const POPPED_MAX = 8;

function truncate(column: unknown[], count: number): void {
	if (column.length - count > POPPED_MAX) column.length = count;
	else while (column.length > count) column.pop();
}
