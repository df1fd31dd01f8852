/**
 * Walks the sstables of a level as one sorted source: only the sstable it stands in has a cursor.
 */
import { compareArrays } from '../../bytes/compare-bytes.ts';
import { type EntrySource, NO_BYTES } from '../entry-source.ts';
import type { Level } from './lsm-version.ts';
import { SstableCursor } from './sstable-cursor.ts';

export class LevelCursor implements EntrySource {
	keyBuffer: Uint8Array;
	keyStart: number;
	keyEnd: number;
	valueBuffer: Uint8Array;
	valueStart: number;
	valueEnd: number;
	isTombstone: boolean;
	/** Of the entry: as of an `SstableCursor`. */
	isWrapped: boolean;
	readonly #isRaw: boolean;
	readonly #level: Level;
	readonly #reverse: boolean;
	readonly #readAheadBytes: number;
	readonly #keepsSpans: boolean;
	#lower: Uint8Array | null;
	#upper: Uint8Array | null;
	#place: number;
	#cursor: SstableCursor | null;

	constructor(level: Level, reverse: boolean, readAheadBytes: number, keepsSpans = false, isRaw = false) {
		this.keyBuffer = NO_BYTES;
		this.keyStart = 0;
		this.keyEnd = 0;
		this.valueBuffer = NO_BYTES;
		this.valueStart = 0;
		this.valueEnd = 0;
		this.isTombstone = false;
		this.isWrapped = false;
		this.#isRaw = isRaw;
		this.#level = level;
		this.#reverse = reverse;
		this.#readAheadBytes = readAheadBytes;
		this.#keepsSpans = keepsSpans;
		this.#lower = null;
		this.#upper = null;
		this.#place = 0;
		this.#cursor = null;
	}

	seek(lower: Uint8Array | null, upper: Uint8Array | null): void {
		const { tables, largest } = this.#level;
		this.#lower = lower;
		this.#upper = upper;
		if (this.#reverse) this.#place = upper === null ? tables.length - 1 : Math.min(tables.length - 1, largest.search(upper, upper.length));
		else this.#place = lower === null ? 0 : largest.search(lower, lower.length);
		this.#enter();
	}

	next(): boolean {
		for (;;) {
			const cursor = this.#cursor;
			if (cursor === null) return false;
			if (cursor.next()) {
				this.keyBuffer = cursor.keyBuffer;
				this.keyStart = cursor.keyStart;
				this.keyEnd = cursor.keyEnd;
				this.valueBuffer = cursor.valueBuffer;
				this.valueStart = cursor.valueStart;
				this.valueEnd = cursor.valueEnd;
				this.isTombstone = cursor.isTombstone;
				this.isWrapped = cursor.isWrapped;
				return true;
			}
			this.#place += this.#reverse ? -1 : 1;
			this.#enter();
		}
	}

	/** Starts a cursor in the sstable at `#place`, unless that lies outside the bounds. */
	#enter(): void {
		const table = this.#level.tables[this.#place];
		this.#cursor = null;
		if (table === undefined) return;
		const isOutside = this.#reverse
			? this.#lower !== null && compareArrays(table.info.largest, this.#lower) < 0
			: this.#upper !== null && compareArrays(table.info.smallest, this.#upper) >= 0;
		if (isOutside) return;
		this.#cursor = new SstableCursor(table, this.#reverse, this.#readAheadBytes, this.#keepsSpans, this.#isRaw);
		this.#cursor.seek(this.#lower, this.#upper);
	}
}
