/**
 * The arena of a memtable: memory in chunks, and the records in it, which never move or change. See `memtable-layout.ts`.
 *
 * A chunk may also be memory of others that is never overwritten, such as a part of a log that was read: records then say where
 * in it their key and value lie.
 *
 * Cost: 16 bytes a record; 24 for one whose bytes stay outside.
 */
import { LimitError } from '../platform/errors.ts';
import type { Offset } from './contracts.ts';
import { NO_BYTES } from './entry-source.ts';
import {
	CHUNK_AT,
	HEADER_WORDS,
	IS_OUTSIDE,
	OFFSET_HIGH_AT,
	OFFSET_HIGH_MASK,
	OFFSET_LOW_AT,
	OLDER_AT,
	OUTSIDE_WORDS,
	PLACE_BITS,
	PLACE_MASK,
	START_AT,
	TWO_TO_32,
	VALUE_LENGTH_AT,
} from './memtable-layout.ts';

const CHUNK_COUNT_MAX = 1 << (31 - PLACE_BITS);
const FIRST_CHUNK_BYTES = 1024;
const CHUNK_BYTES_MAX = 1 << 20;
/**
 * Past the first chunks of full size, memory is taken by slabs, of which nothing is touched before it is used. They are longer
 * than the longest piece (32 MiB) that the C library may keep for later when it is freed: after a large transaction the process
 * kept some 100 MB of freed chunks.
 */
const SLAB_BYTES = 33 << 20;
const SLABS_FROM_CHUNK = 12;

const NO_MEMORY = new ArrayBuffer(0);
const NO_WORDS = new Int32Array(0);

/** Shorter copies are done by a loop: a call of `set` with a subarray costs about as much as 60 bytes. */
const LOOP_COPY_BYTES = 48;

export class RecordArena {
	/** The arena twice: as bytes and as words. Read by cursors. */
	readonly chunkBytes: Uint8Array[];
	readonly chunkWords: Int32Array[];
	/** All memory held, in bytes. */
	memoryBytes: number;
	/** Bytes of keys and values. */
	dataBytes: number;
	/** The length of the longest value. */
	valueBytesMax: number;
	/** Bytes of the chunks that are memory of others. */
	protected outsideMemoryBytes: number;
	/** The chunk that records are written to, and what is used of it. */
	protected chunk: number;
	protected wordsUsed: number;
	#chunkCount: number;
	#wordsInChunk: number;
	/** The newest chunk that is memory of others. */
	#outsideChunk: number;
	/** The memory that chunks are cut from, and how much of it is taken. */
	#slab: ArrayBuffer;
	#slabUsed: number;

	constructor() {
		this.chunkBytes = [];
		this.chunkWords = [];
		this.memoryBytes = 0;
		this.dataBytes = 0;
		this.valueBytesMax = 0;
		this.chunk = -1;
		this.wordsUsed = 0;
		this.#chunkCount = 0;
		this.#wordsInChunk = 0;
		this.#outsideChunk = -1;
		this.outsideMemoryBytes = 0;
		this.#slab = NO_MEMORY;
		this.#slabUsed = 0;
	}

	bytesOf(reference: number): Uint8Array {
		const words = this.chunkWords[reference >>> PLACE_BITS]!;
		const at = reference & PLACE_MASK;
		return this.chunkBytes[(words[at + OFFSET_HIGH_AT]! & IS_OUTSIDE) === 0 ? reference >>> PLACE_BITS : words[at + CHUNK_AT]!]!;
	}

	keyStartOf(reference: number): number {
		const words = this.chunkWords[reference >>> PLACE_BITS]!;
		const at = reference & PLACE_MASK;
		return (words[at + OFFSET_HIGH_AT]! & IS_OUTSIDE) === 0 ? (at + HEADER_WORDS) * 4 : words[at + START_AT]!;
	}

	keyLengthOf(reference: number): number {
		return this.chunkWords[reference >>> PLACE_BITS]![(reference & PLACE_MASK) + OFFSET_HIGH_AT]! >>> 16;
	}

	/** -1 for a tombstone. */
	valueLengthOf(reference: number): number {
		return this.chunkWords[reference >>> PLACE_BITS]![(reference & PLACE_MASK) + VALUE_LENGTH_AT]!;
	}

	/** The version of a chain that a reader at `offset` sees, 0 if none. */
	versionAt(newest: number, offset: Offset): number {
		let reference = newest;
		while (reference !== 0) {
			const words = this.chunkWords[reference >>> PLACE_BITS]!;
			const at = reference & PLACE_MASK;
			if ((words[at + OFFSET_LOW_AT]! >>> 0) + (words[at + OFFSET_HIGH_AT]! & OFFSET_HIGH_MASK) * TWO_TO_32 <= offset) return reference;
			reference = words[at + OLDER_AT]!;
		}
		return 0;
	}

	/** Order of the record's key and `key[start, end)`, of which the first `from` bytes are known to be equal. */
	compareKey(reference: number, key: Uint8Array, start: number, end: number, from: number): number {
		const words = this.chunkWords[reference >>> PLACE_BITS]!;
		const at = reference & PLACE_MASK;
		const high = words[at + OFFSET_HIGH_AT]!;
		let bytes = this.chunkBytes[reference >>> PLACE_BITS]!;
		let keyStart = (at + HEADER_WORDS) * 4;
		if ((high & IS_OUTSIDE) !== 0) {
			bytes = this.chunkBytes[words[at + CHUNK_AT]!]!;
			keyStart = words[at + START_AT]!;
		}
		const keyLength = high >>> 16;
		const otherLength = end - start;
		const shorter = Math.min(keyLength, otherLength);
		for (let i = from; i < shorter; i++) {
			const difference = bytes[keyStart + i]! - key[start + i]!;
			if (difference !== 0) return difference;
		}
		return keyLength - otherLength;
	}

	/** Writes a record whose key and value stay where they are in a chunk, one behind the other; returns its reference. */
	outsideRecord(chunk: number, start: number, keyLength: number, valueLength: number, offset: Offset): number {
		if (this.wordsUsed + OUTSIDE_WORDS > this.#wordsInChunk) this.#newChunk(OUTSIDE_WORDS);
		const words = this.chunkWords[this.chunk]!;
		const at = this.wordsUsed;
		this.wordsUsed = at + OUTSIDE_WORDS;
		words[at + OLDER_AT] = 0;
		words[at + OFFSET_LOW_AT] = offset % TWO_TO_32;
		words[at + OFFSET_HIGH_AT] = (offset / TWO_TO_32) | IS_OUTSIDE | (keyLength << 16);
		words[at + VALUE_LENGTH_AT] = valueLength;
		words[at + CHUNK_AT] = chunk;
		words[at + START_AT] = start;
		return (this.chunk << PLACE_BITS) | at;
	}

	/** As `outsideRecord` for entries `[from, to)` of `places`, as gathered records keep them, the first of which are of `offset`; their references go to `into`. */
	outsideRecords(chunk: number, places: Int32Array, from: number, to: number, offset: Offset, into: Int32Array): void {
		const lowOfRun = offset % TWO_TO_32;
		const highOfRun = Math.floor(offset / TWO_TO_32);
		for (let entry = from; entry < to; ) {
			if (this.wordsUsed + OUTSIDE_WORDS > this.#wordsInChunk) this.#newChunk(OUTSIDE_WORDS);
			const words = this.chunkWords[this.chunk]!;
			const reference = this.chunk << PLACE_BITS;
			const end = Math.min(to, entry + Math.floor((this.#wordsInChunk - this.wordsUsed) / OUTSIDE_WORDS));
			let at = this.wordsUsed;
			for (; entry < end; entry++, at += OUTSIDE_WORDS) {
				const low = lowOfRun + places[4 * entry + 3]!;
				const high = low < TWO_TO_32 ? highOfRun : highOfRun + 1;
				words[at + OLDER_AT] = 0;
				words[at + OFFSET_LOW_AT] = low;
				words[at + OFFSET_HIGH_AT] = high | IS_OUTSIDE | (places[4 * entry + 1]! << 16);
				words[at + VALUE_LENGTH_AT] = places[4 * entry + 2]!;
				words[at + CHUNK_AT] = chunk;
				words[at + START_AT] = places[4 * entry]!;
				into[entry] = reference | at;
			}
			this.wordsUsed = at;
		}
	}

	/** The chunk that the memory of `bytes` is, which it becomes if it is none yet. */
	outsideChunk(bytes: Uint8Array): number {
		const { buffer } = bytes;
		const last = this.#outsideChunk;
		if (last >= 0 && this.chunkBytes[last]!.buffer === buffer) return last;
		this.#checkChunkCount();
		this.#outsideChunk = this.chunkBytes.length;
		this.chunkBytes.push(new Uint8Array(buffer));
		this.chunkWords.push(NO_WORDS);
		this.outsideMemoryBytes += buffer.byteLength;
		return this.#outsideChunk;
	}

	/** No record lies outside any more. */
	dropOutside(): void {
		for (let chunk = 0; chunk < this.chunkBytes.length; chunk++) if (this.chunkWords[chunk] === NO_WORDS) this.chunkBytes[chunk] = NO_BYTES;
		this.#outsideChunk = -1;
	}

	/** Writes a record into the arena and returns its reference. */
	record(
		key: Uint8Array,
		keyStart: number,
		keyLength: number,
		value: Uint8Array | null,
		valueStart: number,
		valueLength: number,
		offset: Offset,
		older: number,
	): number {
		const held = value === null ? 0 : valueLength;
		const needed = HEADER_WORDS + ((keyLength + held + 3) >>> 2);
		if (this.wordsUsed + needed > this.#wordsInChunk) this.#newChunk(needed);
		const chunk = this.chunk;
		const words = this.chunkWords[chunk]!;
		const bytes = this.chunkBytes[chunk]!;
		const at = this.wordsUsed;
		this.wordsUsed = at + needed;
		words[at + OLDER_AT] = older;
		words[at + OFFSET_LOW_AT] = offset % TWO_TO_32;
		words[at + OFFSET_HIGH_AT] = (offset / TWO_TO_32) | (keyLength << 16);
		words[at + VALUE_LENGTH_AT] = value === null ? -1 : valueLength;
		const start = (at + HEADER_WORDS) * 4;
		copyInto(bytes, start, key, keyStart, keyLength);
		if (value !== null) copyInto(bytes, start + keyLength, value, valueStart, valueLength);
		this.dataBytes += keyLength + held;
		if (held > this.valueBytesMax) this.valueBytesMax = held;
		return (chunk << PLACE_BITS) | at;
	}

	#newChunk(neededWords: number): void {
		this.#checkChunkCount();
		const count = this.#chunkCount++;
		this.chunk = this.chunkWords.length;
		// The first word of the first chunk stays free: reference 0 is "none".
		const usable = Math.min(FIRST_CHUNK_BYTES * 4 ** count, CHUNK_BYTES_MAX) / 4;
		const words = Math.max(usable, neededWords + 1);
		const start = this.#takeMemory(count, words * 4);
		this.chunkWords.push(new Int32Array(this.#slab, start, words));
		this.chunkBytes.push(new Uint8Array(this.#slab, start, words * 4));
		this.memoryBytes += words * 4;
		this.wordsUsed = this.chunk === 0 ? 1 : 0;
		this.#wordsInChunk = words;
	}

	#checkChunkCount(): void {
		if (this.chunkWords.length === CHUNK_COUNT_MAX) {
			throw new LimitError('memtable-full', `a memtable cannot hold more than ${CHUNK_COUNT_MAX} MiB`, { sqlstate: '53200' });
		}
	}

	/** Makes `#slab` one with room for a chunk; returns where the chunk begins. */
	#takeMemory(chunk: number, bytes: number): number {
		const fromSlab = chunk >= SLABS_FROM_CHUNK && bytes === CHUNK_BYTES_MAX;
		if (!fromSlab || this.#slabUsed + bytes > this.#slab.byteLength) {
			this.#slab = new ArrayBuffer(fromSlab ? SLAB_BYTES : bytes);
			this.#slabUsed = 0;
		}
		const start = this.#slabUsed;
		this.#slabUsed = start + bytes;
		return start;
	}
}

function copyInto(into: Uint8Array, at: number, from: Uint8Array, start: number, length: number): void {
	if (length > LOOP_COPY_BYTES) into.set(start === 0 && length === from.length ? from : from.subarray(start, start + length), at);
	else for (let i = 0; i < length; i++) into[at + i] = from[start + i]!;
}
