/**
 * Walks the records of a segment in order of their keys, forward only, past the cache. A place to start at is found by the
 * segment's fences: about log2(megabytes × 16) small reads. So it serves merges, enumeration, and going on where one stopped;
 * ranges of a keyspace would cost that in every segment.
 */
import { compareBytes } from '../../bytes/compare-bytes.ts';
import { type EntrySource, NO_BYTES } from '../entry-source.ts';
import { corrupt } from '../stored-files.ts';
import { checkRecord, type Segment } from './segment.ts';
import { HEADER_BYTES, KEY_BYTES_AT, RECORD_HEADER_BYTES, recordBytes, TOMBSTONE, UNIT_BYTES, uint32At, VALUE_BYTES_AT } from './segment-format.ts';

/** Read of a record that a search looks at. */
const FENCE_READ_BYTES = 512;

export class SegmentCursor implements EntrySource {
	keyBuffer: Uint8Array;
	keyStart: number;
	keyEnd: number;
	valueBuffer: Uint8Array;
	valueStart: number;
	valueEnd: number;
	isTombstone: boolean;
	/** Position of the record, in units. */
	position: number;
	readonly segment: Segment;
	readonly #readBytes: number;
	/** The record is among those that count. */
	isLive: boolean;
	/** A bit for each unit of the file, set for records that count: others are left out, unless they are tombstones. Null: all count. */
	readonly #live: Uint8Array | null;
	#upper: Uint8Array | null;
	#buffer: Uint8Array;
	/** Place of the buffer in the file, and the next record in the buffer. */
	#bufferPosition: number;
	#next: number;
	/** Where the records end; 0 before the footer was read. */
	#recordsEnd: number;

	constructor(segment: Segment, readBytes: number, live: Uint8Array | null) {
		this.keyBuffer = NO_BYTES;
		this.keyStart = 0;
		this.keyEnd = 0;
		this.valueBuffer = NO_BYTES;
		this.valueStart = 0;
		this.valueEnd = 0;
		this.isTombstone = false;
		this.position = 0;
		this.isLive = true;
		this.segment = segment;
		this.#readBytes = readBytes;
		this.#live = live;
		this.#upper = null;
		this.#buffer = NO_BYTES;
		this.#bufferPosition = 0;
		this.#next = 0;
		this.#recordsEnd = 0;
	}

	seek(lower: Uint8Array | null, upper: Uint8Array | null): void {
		if (this.#recordsEnd === 0) this.#recordsEnd = this.segment.footer().hintsPosition;
		this.#upper = upper;
		this.#goTo(lower === null ? HEADER_BYTES : this.#fenceBefore(lower));
		if (lower === null) return;
		for (;;) {
			const before = this.#bufferPosition + this.#next;
			if (!this.#read()) return;
			if (compareBytes(this.keyBuffer, this.keyStart, this.keyEnd, lower, 0, lower.length) < 0) continue;
			this.#next = before - this.#bufferPosition;
			return;
		}
	}

	next(): boolean {
		for (;;) {
			if (!this.#read()) return false;
			const live = this.#live;
			if (live !== null) this.isLive = (live[this.position >>> 3]! & (1 << (this.position & 7))) !== 0;
			if (!this.isLive && !this.isTombstone) continue;
			const upper = this.#upper;
			if (upper === null || compareBytes(this.keyBuffer, this.keyStart, this.keyEnd, upper, 0, upper.length) < 0) return true;
			this.#recordsEndHere();
			return false;
		}
	}

	#goTo(position: number): void {
		this.#buffer = NO_BYTES;
		this.#bufferPosition = position;
		this.#next = 0;
	}

	#recordsEndHere(): void {
		this.#goTo(this.#recordsEnd);
	}

	/** Describes the next record; false behind the last. */
	#read(): boolean {
		const position = this.#bufferPosition + this.#next;
		if (position >= this.#recordsEnd) return false;
		if (this.#next + RECORD_HEADER_BYTES > this.#buffer.length) this.#fill(position, RECORD_HEADER_BYTES);
		let at = this.#next;
		const keyBytes = this.#buffer[at + KEY_BYTES_AT]! | (this.#buffer[at + KEY_BYTES_AT + 1]! << 8);
		const stored = uint32At(this.#buffer, at + VALUE_BYTES_AT);
		const valueBytes = stored === TOMBSTONE ? 0 : stored;
		const bytes = recordBytes(keyBytes, valueBytes);
		if (at + bytes > this.#buffer.length) {
			this.#fill(position, bytes);
			at = 0;
		}
		const buffer = this.#buffer;
		checkRecord(buffer, at, at + bytes, this.segment.path, position);
		this.keyBuffer = buffer;
		this.keyStart = at + RECORD_HEADER_BYTES;
		this.keyEnd = this.keyStart + keyBytes;
		this.valueBuffer = buffer;
		this.valueStart = this.keyEnd;
		this.valueEnd = this.keyEnd + valueBytes;
		this.isTombstone = stored === TOMBSTONE;
		this.position = position / UNIT_BYTES;
		this.#next = at + bytes;
		return true;
	}

	/** Reads on from a position, at least `bytes`. Values are handed out as views, so memory is never used twice. */
	#fill(position: number, bytes: number, readBytes = this.#readBytes): void {
		const left = this.#recordsEnd - position;
		if (bytes > left) throw corrupt(this.segment.path, position, 'a record runs past the end of the records');
		const buffer = new Uint8Array(Math.min(Math.max(readBytes, bytes), left));
		this.segment.readSpan(position, buffer.length, buffer);
		this.#buffer = buffer;
		this.#bufferPosition = position;
		this.#next = 0;
	}

	/** The position of the last fence whose record is not behind `key`, or of the first record. */
	#fenceBefore(key: Uint8Array): number {
		const fences = this.segment.fences();
		let low = 0;
		let high = fences.length - 1;
		while (low < high) {
			const middle = (low + high + 1) >>> 1;
			this.#goTo(fences[middle]! * UNIT_BYTES);
			this.#fill(fences[middle]! * UNIT_BYTES, RECORD_HEADER_BYTES, FENCE_READ_BYTES);
			this.#read();
			if (compareBytes(this.keyBuffer, this.keyStart, this.keyEnd, key, 0, key.length) <= 0) low = middle;
			else high = middle - 1;
		}
		return fences[low]! * UNIT_BYTES;
	}
}
