/**
 * Walks the rows of a column file that are not replaced, in order of their keys or against it, as entries with whole rows.
 *
 * It pins nothing, since cursors are abandoned: where the pool has evicted something since the last row, the segments of the row
 * group are looked up again.
 */
import { type EntrySource, NO_BYTES } from '../entry-source.ts';
import type { ColumnFile } from './column-file.ts';
import type { ColumnSegment } from './column-segment.ts';
import type { KeySegment } from './key-segment.ts';
import { RowJoiner } from './row-joiner.ts';

export class ColumnCursor implements EntrySource {
	keyBuffer: Uint8Array;
	keyStart: number;
	keyEnd: number;
	valueBuffer: Uint8Array;
	valueStart: number;
	valueEnd: number;
	isTombstone: boolean;
	readonly #file: ColumnFile;
	/** A bit for each row, set where it is replaced. */
	readonly #replaced: Uint8Array | null;
	readonly #reverse: boolean;
	readonly #joiner: RowJoiner;
	/** The rows still to be walked: [from, to). */
	#from: number;
	#to: number;
	#group: number;
	#groupStart: number;
	#groupEnd: number;
	#evictions: number;
	#keys: KeySegment | null;
	#segments: ColumnSegment[];

	constructor(file: ColumnFile, replaced: Uint8Array | null, reverse: boolean) {
		this.keyBuffer = new Uint8Array(64);
		this.keyStart = 0;
		this.keyEnd = 0;
		this.valueBuffer = NO_BYTES;
		this.valueStart = 0;
		this.valueEnd = 0;
		this.isTombstone = false;
		this.#file = file;
		this.#replaced = replaced;
		this.#reverse = reverse;
		this.#joiner = new RowJoiner(file.directory.shape);
		this.#from = 0;
		this.#to = 0;
		this.#group = -1;
		this.#groupStart = 0;
		this.#groupEnd = 0;
		this.#evictions = -1;
		this.#keys = null;
		this.#segments = [];
	}

	seek(lower: Uint8Array | null, upper: Uint8Array | null): void {
		this.#from = lower === null ? 0 : this.#file.lowerBound(lower);
		this.#to = upper === null ? this.#file.rows : this.#file.lowerBound(upper);
	}

	next(): boolean {
		const row = this.#nextRow();
		if (row < 0) return false;
		if (row < this.#groupStart || row >= this.#groupEnd || this.#group < 0) this.#enter(this.#file.groupOfRow(row));
		else if (this.#evictions !== this.#file.evictions) this.#enter(this.#group);
		const inGroup = row - this.#groupStart;
		const keys = this.#keys!;
		const bytes = keys.bytesOf(inGroup);
		if (bytes > this.keyBuffer.length) this.keyBuffer = new Uint8Array(bytes * 2);
		this.keyEnd = keys.write(inGroup, this.keyBuffer, 0);
		const joiner = this.#joiner;
		joiner.join(this.#segments, inGroup);
		this.valueBuffer = joiner.bytes;
		this.valueStart = joiner.start;
		this.valueEnd = joiner.end;
		return true;
	}

	#nextRow(): number {
		const replaced = this.#replaced;
		while (this.#from < this.#to) {
			const row = this.#reverse ? --this.#to : this.#from++;
			if (replaced === null || (replaced[row >> 3]! & (1 << (row & 7))) === 0) return row;
		}
		return -1;
	}

	#enter(group: number): void {
		const file = this.#file;
		const { firstRow, rows } = file.directory.groups[group]!;
		this.#group = group;
		this.#groupStart = firstRow;
		this.#groupEnd = firstRow + rows;
		// Loading one may evict another: until nothing has gone in between.
		do {
			this.#evictions = file.evictions;
			this.#keys = file.keys(group);
			this.#segments = [];
			for (let column = 0; column < file.columnCount; column++) this.#segments.push(file.peek(group, column));
		} while (this.#evictions !== file.evictions && !this.#isWhole(group));
		this.#evictions = file.evictions;
	}

	/** What was just loaded is still what the pool holds. */
	#isWhole(group: number): boolean {
		const before = this.#file.evictions;
		const same = this.#segments.every((segment, column) => this.#file.peek(group, column) === segment);
		return same && before === this.#file.evictions;
	}
}
