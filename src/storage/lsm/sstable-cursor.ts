/**
 * Walks one sstable in either direction. Forward it decodes entry by entry into one key buffer; backward it decodes the
 * entries between two restarts at once and hands them out from the last to the first.
 *
 * `readAheadBytes` > 0 reads spans of blocks past the cache, for what reads every block once: each into the same buffer when
 * the reader is done with a value before it moves on (compaction), or with `keepsSpans` each into its own, so that values stay as they are.
 *
 * Values that lie in a value file are read as the walk comes to them; with `isRaw` they are shown as they stand in the sstable,
 * and `isWrapped` says that they are wrapped.
 */
import { compareBytes } from '../../bytes/compare-bytes.ts';
import { readVarint, varintBytes } from '../../bytes/varint.ts';
import type { Slot } from '../contracts.ts';
import { type EntrySource, NO_BYTES } from '../entry-source.ts';
import { entriesEnd, restartCount, restartPosition, searchRestarts } from './block-search.ts';
import type { Sstable } from './sstable.ts';
import { openPart, TRAILER_BYTES } from './sstable-format.ts';

const FIRST_KEY_BYTES = 64;
/** The value that is being read. */
const unwrapped: Slot = { buffer: NO_BYTES, start: 0, end: 0 };

export class SstableCursor implements EntrySource {
	keyBuffer: Uint8Array;
	keyStart: number;
	keyEnd: number;
	valueBuffer: Uint8Array;
	valueStart: number;
	valueEnd: number;
	isTombstone: boolean;
	/** Set by `seek`. */
	isWrapped: boolean;
	readonly #isRaw: boolean;
	#unwraps: boolean;
	readonly #table: Sstable;
	readonly #reverse: boolean;
	readonly #readAheadBytes: number;
	readonly #keepsSpans: boolean;
	#lower: Uint8Array | null;
	#upper: Uint8Array | null;
	#block: Uint8Array;
	#place: number;
	/** Next entry of the block (forward), and where its entries end. */
	#at: number;
	#end: number;
	/** The whole block lies within the bound that the walk runs towards. */
	#blockWithin: boolean;
	/** The seek stands on the entry that `next` shall give. */
	#isPending: boolean;
	#isDone: boolean;
	/** Backward: the entries of one restart interval, and which of them is next. */
	#restart: number;
	#slot: number;
	readonly #keyStarts: number[];
	readonly #valueStarts: number[];
	readonly #valueEnds: number[];
	#ahead: Uint8Array;
	#aheadPosition: number;
	#aheadEnd: number;

	constructor(table: Sstable, reverse: boolean, readAheadBytes: number, keepsSpans = false, isRaw = false) {
		this.keyBuffer = new Uint8Array(FIRST_KEY_BYTES);
		this.keyStart = 0;
		this.keyEnd = 0;
		this.valueBuffer = NO_BYTES;
		this.valueStart = 0;
		this.valueEnd = 0;
		this.isTombstone = false;
		this.isWrapped = false;
		this.#isRaw = isRaw;
		this.#unwraps = false;
		this.#table = table;
		this.#reverse = reverse;
		this.#readAheadBytes = readAheadBytes;
		this.#keepsSpans = keepsSpans;
		this.#lower = null;
		this.#upper = null;
		this.#block = NO_BYTES;
		this.#place = 0;
		this.#at = 0;
		this.#end = 0;
		this.#blockWithin = false;
		this.#isPending = false;
		this.#isDone = true;
		this.#restart = 0;
		this.#slot = 0;
		this.#keyStarts = [];
		this.#valueStarts = [];
		this.#valueEnds = [];
		this.#ahead = NO_BYTES;
		this.#aheadPosition = 0;
		this.#aheadEnd = 0;
	}

	seek(lower: Uint8Array | null, upper: Uint8Array | null): void {
		this.#lower = lower;
		this.#upper = upper;
		this.#isPending = false;
		this.#isDone = false;
		this.isWrapped = this.#table.isWrapped;
		this.#unwraps = this.isWrapped && !this.#isRaw;
		if (this.#reverse) this.#seekBackward(upper);
		else this.#seekForward(lower);
	}

	next(): boolean {
		if (this.#isDone) return false;
		if (this.#reverse) return this.#previousEntry();
		if (this.#isPending) this.#isPending = false;
		else if (this.#at < this.#end) this.#decode();
		else if (!this.#nextBlock()) return false;
		if (!this.#blockWithin) {
			const upper = this.#upper!;
			if (compareBytes(this.keyBuffer, 0, this.keyEnd, upper, 0, upper.length) >= 0) {
				this.#isDone = true;
				return false;
			}
		}
		if (this.#unwraps) this.#unwrap();
		return true;
	}

	/** Shows the value that the wrapped one stands for. */
	#unwrap(): void {
		this.valueBuffer = this.#block;
		if (this.isTombstone) return;
		unwrapped.buffer = this.#block;
		unwrapped.start = this.valueStart;
		unwrapped.end = this.valueEnd;
		this.#table.unwrap(unwrapped);
		this.valueBuffer = unwrapped.buffer;
		this.valueStart = unwrapped.start;
		this.valueEnd = unwrapped.end;
	}

	#seekForward(lower: Uint8Array | null): void {
		const table = this.#table;
		const place = lower === null ? 0 : table.searchBlocks(lower, lower.length);
		if (place >= table.blockCount) {
			this.#isDone = true;
			return;
		}
		this.#enter(place);
		if (lower === null) return;
		this.#at = restartPosition(this.#block, searchRestarts(this.#block, lower, lower.length));
		while (this.#at < this.#end) {
			this.#decode();
			if (compareBytes(this.keyBuffer, 0, this.keyEnd, lower, 0, lower.length) >= 0) {
				this.#isPending = true;
				return;
			}
		}
	}

	#nextBlock(): boolean {
		if (this.#place + 1 >= this.#table.blockCount) {
			this.#isDone = true;
			return false;
		}
		this.#enter(this.#place + 1);
		this.#decode();
		return true;
	}

	#enter(place: number): void {
		const table = this.#table;
		const block = this.#readAheadBytes > 0 ? this.#blockAhead(place) : table.block(place);
		this.#place = place;
		this.#block = block;
		this.valueBuffer = block;
		this.#at = 0;
		this.#end = entriesEnd(block);
		if (this.#reverse) this.#blockWithin = this.#lower === null || (place > 0 && table.compareSeparator(place - 1, this.#lower) >= 0);
		else this.#blockWithin = this.#upper === null || table.compareSeparator(place, this.#upper) < 0;
	}

	/** Decodes the entry at `#at` into the fields. */
	#decode(): void {
		const block = this.#block;
		let at = this.#at;
		let shared = block[at]!;
		if (shared < 0x80) at++;
		else {
			shared = readVarint(block, at);
			at += varintBytes(shared);
		}
		let unshared = block[at]!;
		if (unshared < 0x80) at++;
		else {
			unshared = readVarint(block, at);
			at += varintBytes(unshared);
		}
		let tag = block[at]!;
		if (tag < 0x80) at++;
		else {
			tag = readVarint(block, at);
			at += varintBytes(tag);
		}
		const keyLength = shared + unshared;
		if (keyLength > this.keyBuffer.length) this.#growKey(keyLength, shared);
		const key = this.keyBuffer;
		for (let i = shared; i < keyLength; i++) key[i] = block[at++]!;
		this.keyEnd = keyLength;
		this.valueStart = at;
		this.isTombstone = tag === 0;
		if (tag > 0) at += tag - 1;
		this.valueEnd = at;
		this.#at = at;
	}

	#growKey(needed: number, kept: number): void {
		const grown = new Uint8Array(needed * 2);
		grown.set(this.keyBuffer.subarray(0, kept));
		this.keyBuffer = grown;
	}

	#seekBackward(upper: Uint8Array | null): void {
		const table = this.#table;
		let place = table.blockCount - 1;
		if (upper !== null) place = Math.min(place, table.searchBlocks(upper, upper.length));
		this.#enter(place);
		const lastRestart = restartCount(this.#block) - 1;
		this.#decodeInterval(upper === null ? lastRestart : searchRestarts(this.#block, upper, upper.length));
		if (upper === null) return;
		while (this.#slot > 0) {
			const slot = this.#slot - 1;
			if (compareBytes(this.keyBuffer, this.#keyStarts[slot]!, this.#keyStarts[slot + 1]!, upper, 0, upper.length) < 0) return;
			this.#slot = slot;
		}
	}

	#previousEntry(): boolean {
		while (this.#slot === 0) {
			if (this.#restart > 0) {
				this.#decodeInterval(this.#restart - 1);
			} else if (this.#place > 0) {
				this.#enter(this.#place - 1);
				this.#decodeInterval(restartCount(this.#block) - 1);
			} else {
				this.#isDone = true;
				return false;
			}
		}
		const slot = --this.#slot;
		this.keyStart = this.#keyStarts[slot]!;
		this.keyEnd = this.#keyStarts[slot + 1]!;
		this.valueStart = this.#valueStarts[slot]!;
		const valueEnd = this.#valueEnds[slot]!;
		this.isTombstone = valueEnd < 0;
		this.valueEnd = valueEnd < 0 ? this.valueStart : valueEnd;
		const lower = this.#lower;
		if (!this.#blockWithin && compareBytes(this.keyBuffer, this.keyStart, this.keyEnd, lower!, 0, lower!.length) < 0) {
			this.#isDone = true;
			return false;
		}
		if (this.#unwraps) this.#unwrap();
		return true;
	}

	/** Decodes all entries from restart `place` to the next one; `#slot` is then their count. */
	#decodeInterval(place: number): void {
		const block = this.#block;
		const end = place + 1 < restartCount(this.#block) ? restartPosition(block, place + 1) : this.#end;
		let at = restartPosition(block, place);
		let keyStart = 0;
		let previousStart = 0;
		let count = 0;
		while (at < end) {
			const shared = readVarint(block, at);
			at += varintBytes(shared);
			const unshared = readVarint(block, at);
			at += varintBytes(unshared);
			const tag = readVarint(block, at);
			at += varintBytes(tag);
			const keyEnd = keyStart + shared + unshared;
			if (keyEnd > this.keyBuffer.length) this.#growKey(keyEnd, keyStart);
			const key = this.keyBuffer;
			for (let i = 0; i < shared; i++) key[keyStart + i] = key[previousStart + i]!;
			for (let i = keyStart + shared; i < keyEnd; i++) key[i] = block[at++]!;
			this.#keyStarts[count] = keyStart;
			this.#valueStarts[count] = at;
			if (tag > 0) at += tag - 1;
			this.#valueEnds[count] = tag === 0 ? -1 : at;
			previousStart = keyStart;
			keyStart = keyEnd;
			count++;
		}
		this.#keyStarts[count] = keyStart;
		this.#restart = place;
		this.#slot = count;
	}

	/** A block out of a span read at once. */
	#blockAhead(place: number): Uint8Array {
		const table = this.#table;
		const position = table.blockPosition(place);
		const partBytes = table.blockBytes(place);
		if (position + partBytes + TRAILER_BYTES > this.#aheadEnd || position < this.#aheadPosition) {
			let last = place;
			const limit = position + this.#readAheadBytes;
			while (last + 1 < table.blockCount && table.blockPosition(last + 1) + table.blockBytes(last + 1) + TRAILER_BYTES <= limit) last++;
			const count = table.blockPosition(last) + table.blockBytes(last) + TRAILER_BYTES - position;
			if (this.#keepsSpans || this.#ahead.length < count) this.#ahead = new Uint8Array(Math.max(count, this.#readAheadBytes));
			table.readSpan(position, count, this.#ahead);
			this.#aheadPosition = position;
			this.#aheadEnd = position + count;
		}
		const start = position - this.#aheadPosition;
		return openPart(this.#ahead, start, partBytes, this.#table.path, position);
	}
}
