/**
 * Rows kept between two pipelines, in columns: one array per column, a row is an index. Generated code pushes to `columns[i]`
 * itself, then counts; it holds the arrays in locals, so they are emptied, never replaced.
 *
 * Calls: `open`, then per row a push to every column and `added()`, then `finish`; then any number of `RowReader`s.
 *
 * Cost: 8 bytes a value and the bytes of strings and objects, weighed every so many rows against the statement's account.
 * Past the limit a buffer made with types writes its rows to a spill file, others fail with 53200.
 */

import { type MemoryAccount, outOfMemory, valueBytes } from './memory-account.ts';
import type { SpillFile, SpillSpace } from './spill-file.ts';

/** About how many bytes may come in between two weighings. */
const WEIGH_BYTES = 16384;
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

	/** What a row takes beside its values. */
	readonly #entryBytes: number;

	constructor(columnCount: number, spill: SpillSpace | null = null, entryBytes = 0) {
		this.columns = columnCount === 0 ? NO_COLUMNS : Array.from({ length: columnCount }, () => []);
		this.#entryBytes = entryBytes;
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
		let bytes = rows * (8 * this.columns.length + this.#entryBytes);
		for (const column of this.columns) for (let i = this.weighedCount; i < this.count; i++) bytes += valueBytes(column[i]);
		this.weighedCount = this.count;
		this.weighedBytes += bytes;
		const perRow = bytes / Math.max(1, rows);
		this.weighMask = perRow * 1024 < WEIGH_BYTES ? 1023 : perRow * 128 < WEIGH_BYTES ? 127 : perRow * 16 < WEIGH_BYTES ? 15 : 0;
		if (this.account !== null && !this.account.take(bytes)) this.overflow();
	}

	/** The account is used up: makes room, or throws. */
	protected overflow(): void {
		if (this.weighedBytes < this.account!.minimumBytes) return;
		if (this.#spill === null || !this.#spill.isOpen) throw outOfMemory('a list of rows', this.account!.limitBytes);
		this.#file ??= this.#spill.create();
		this.#file.write(this.columns, 0, this.count);
		this.empty();
	}

	/** No more rows will come. */
	finish(): void {
		if (this.#file === null) return;
		this.#file.write(this.columns, 0, this.count);
		this.#file.finish();
		this.empty();
	}

	/** Where all rows are once `finish` was called; null when they are in memory. */
	get file(): SpillFile | null {
		return this.#file;
	}

	get isEmpty(): boolean {
		return this.count === 0 && this.#file === null;
	}

	/** Gives back the memory of the rows. */
	protected empty(): void {
		for (const column of this.columns) truncate(column, 0);
		this.count = 0;
		this.account?.give(this.weighedBytes);
		this.weighedBytes = 0;
		this.weighedCount = 0;
	}

	/** Takes the rows of another buffer of the same shape, which is finished and left empty. */
	takeFrom(other: RowBuffer): void {
		this.#file?.close();
		this.#file = other.#file;
		other.#file = null;
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

/**
 * One reading of a finished buffer: rows 0 to `count` of `columns`, and when they are used up `more()`, which is false or has put
 * the next rows in their place. Several may read the same buffer at once. `columns` stay the same until the next `open`.
 */
export class RowReader {
	columns: unknown[][];
	count = 0;
	readonly #block: unknown[][];
	#file: SpillFile | null = null;
	#next = 0;

	constructor(columnCount: number) {
		this.#block = columnCount === 0 ? NO_COLUMNS : Array.from({ length: columnCount }, () => []);
		this.columns = this.#block;
	}

	open(buffer: RowBuffer): void {
		this.#file = buffer.file;
		this.#next = 0;
		if (this.#file === null) {
			this.columns = buffer.columns;
			this.count = buffer.count;
		} else {
			this.columns = this.#block;
			this.more();
		}
	}

	more(): boolean {
		const file = this.#file;
		this.count = file === null || this.#next >= file.blockCount ? 0 : file.readBlock(this.#next++, this.#block, 0);
		return this.count > 0;
	}

	clear(): void {
		for (const column of this.#block) column.length = 0;
		this.columns = this.#block;
		this.count = 0;
		this.#file = null;
	}
}
