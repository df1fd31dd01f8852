/**
 * Walks a memtable in either direction as of one offset. Puts may go on while it is used (their offsets are above the
 * reader's): when entries moved, the cursor finds its place again by the key it stands on.
 *
 * Cost: no allocation and, inside a leaf that lies wholly within the bounds, no key comparison per entry.
 */
import type { Offset } from './contracts.ts';
import { type EntrySource, NO_BYTES } from './entry-source.ts';
import type { Memtable } from './memtable.ts';
import { CHUNK_AT, HEADER_WORDS, IS_OUTSIDE, OFFSET_HIGH_AT, PLACE_BITS, PLACE_MASK, START_AT, VALUE_LENGTH_AT } from './memtable-layout.ts';

export class MemtableCursor implements EntrySource {
	keyBuffer: Uint8Array;
	keyStart: number;
	keyEnd: number;
	valueBuffer: Uint8Array;
	valueStart: number;
	valueEnd: number;
	isTombstone: boolean;
	readonly #memtable: Memtable;
	readonly #reverse: boolean;
	readonly #offset: Offset;
	#lower: Uint8Array | null;
	#upper: Uint8Array | null;
	#leaf: number;
	/** The place last looked at; before the first `next` one before the first place. */
	#index: number;
	#count: number;
	/** The whole leaf lies within the bound that the walk runs towards. */
	#leafWithin: boolean;
	#changes: number;
	/** The reference last looked at, 0 before the first. */
	#last: number;
	#done: boolean;

	constructor(memtable: Memtable, reverse: boolean, offset: Offset) {
		this.keyBuffer = NO_BYTES;
		this.keyStart = 0;
		this.keyEnd = 0;
		this.valueBuffer = NO_BYTES;
		this.valueStart = 0;
		this.valueEnd = 0;
		this.isTombstone = false;
		memtable.arrange();
		this.#memtable = memtable;
		this.#reverse = reverse;
		this.#offset = offset;
		this.#lower = null;
		this.#upper = null;
		this.#leaf = -1;
		this.#index = 0;
		this.#count = 0;
		this.#leafWithin = false;
		this.#changes = -1;
		this.#last = 0;
		this.#done = true;
	}

	seek(lower: Uint8Array | null, upper: Uint8Array | null): void {
		this.#lower = lower;
		this.#upper = upper;
		this.#last = 0;
		this.#done = false;
		this.#start();
	}

	next(): boolean {
		if (this.#done) return false;
		if (this.#changes !== this.#memtable.changes) this.#reposition();
		return this.#reverse ? this.#previousEntry() : this.#nextEntry();
	}

	#nextEntry(): boolean {
		const memtable = this.#memtable;
		for (;;) {
			const index = ++this.#index;
			if (index >= this.#count) {
				if (!this.#enter(memtable.leafNext(this.#leaf))) return false;
				this.#index = -1;
				continue;
			}
			const newest = memtable.leafReference(this.#leaf, index);
			this.#last = newest;
			const upper = this.#upper;
			if (!this.#leafWithin && memtable.compareKey(newest, upper!, 0, upper!.length, 0) >= 0) {
				this.#done = true;
				return false;
			}
			if (this.#show(newest)) return true;
		}
	}

	#previousEntry(): boolean {
		const memtable = this.#memtable;
		for (;;) {
			const index = --this.#index;
			if (index < 0) {
				if (!this.#enter(memtable.leafPrevious(this.#leaf))) return false;
				this.#index = this.#count;
				continue;
			}
			const newest = memtable.leafReference(this.#leaf, index);
			this.#last = newest;
			const lower = this.#lower;
			if (!this.#leafWithin && memtable.compareKey(newest, lower!, 0, lower!.length, 0) < 0) {
				this.#done = true;
				return false;
			}
			if (this.#show(newest)) return true;
		}
	}

	/** Describes the version that the reader sees, if there is one. */
	#show(newest: number): boolean {
		const memtable = this.#memtable;
		const reference = memtable.versionAt(newest, this.#offset);
		if (reference === 0) return false;
		// What `bytesOf` and the others tell, with the record's words looked up once: a walk was a third slower with them.
		const words = memtable.chunkWords[reference >>> PLACE_BITS]!;
		const at = reference & PLACE_MASK;
		const high = words[at + OFFSET_HIGH_AT]!;
		const isOutside = (high & IS_OUTSIDE) !== 0;
		const bytes = memtable.chunkBytes[isOutside ? words[at + CHUNK_AT]! : reference >>> PLACE_BITS]!;
		const keyStart = isOutside ? words[at + START_AT]! : (at + HEADER_WORDS) * 4;
		const keyEnd = keyStart + (high >>> 16);
		const valueLength = words[at + VALUE_LENGTH_AT]!;
		this.keyBuffer = bytes;
		this.keyStart = keyStart;
		this.keyEnd = keyEnd;
		this.valueBuffer = bytes;
		this.valueStart = keyEnd;
		this.isTombstone = valueLength < 0;
		this.valueEnd = valueLength < 0 ? keyEnd : keyEnd + valueLength;
		return true;
	}

	/** Goes to a leaf; false (and done) when there is none. */
	#enter(leaf: number): boolean {
		if (leaf < 0) {
			this.#done = true;
			return false;
		}
		const memtable = this.#memtable;
		const count = memtable.leafCount(leaf);
		this.#leaf = leaf;
		this.#count = count;
		if (this.#reverse) {
			const lower = this.#lower;
			this.#leafWithin = lower === null || (count > 0 && memtable.compareKey(memtable.leafReference(leaf, 0), lower, 0, lower.length, 0) >= 0);
		} else {
			const upper = this.#upper;
			this.#leafWithin = upper === null || (count > 0 && memtable.compareKey(memtable.leafReference(leaf, count - 1), upper, 0, upper.length, 0) < 0);
		}
		return true;
	}

	#start(): void {
		const memtable = this.#memtable;
		this.#changes = memtable.changes;
		const from = this.#reverse ? this.#upper : this.#lower;
		if (from === null) {
			this.#enter(this.#reverse ? memtable.lastLeaf : memtable.firstLeaf);
			this.#index = this.#reverse ? this.#count : -1;
		} else {
			this.#enter(memtable.seekLeaf(from, 0, from.length));
			const index = memtable.seekIndex(this.#leaf, from, 0, from.length);
			this.#index = this.#reverse ? index : index - 1;
		}
	}

	/** Entries moved: finds the place of the entry last looked at. */
	#reposition(): void {
		const last = this.#last;
		if (last === 0) {
			this.#start();
			return;
		}
		const memtable = this.#memtable;
		this.#changes = memtable.changes;
		const bytes = memtable.bytesOf(last);
		const start = memtable.keyStartOf(last);
		const end = start + memtable.keyLengthOf(last);
		this.#enter(memtable.seekLeaf(bytes, start, end));
		this.#index = memtable.seekIndex(this.#leaf, bytes, start, end);
	}
}
