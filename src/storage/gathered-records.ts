/**
 * Entries of a memtable as they came, before they are arranged. What lies in memory of others that is never overwritten, as the
 * parts of a log do that are read at replay, is only noted.
 *
 * Entries come in runs that lie in one chunk. `places` has four numbers for each: where the key begins in the chunk, its length,
 * the length of the value behind it (−1: a tombstone), and how much later than the run's first offset it is. An entry that was
 * copied into the arena has its reference instead of the first number, and its run the chunk −1.
 *
 * What needs a look at the keys (`settle`) is done when something asks for it, in one loop.
 */
import { prefixOf, sharedPrefixLength } from '../bytes/compare-bytes.ts';
import type { Offset } from './contracts.ts';
import type { RecordArena } from './record-arena.ts';

const FIRST_ENTRIES = 64;
/** Lists grow by much at once: memory costs when it is touched first, and growing touches all of it anew. */
const GROWTH = 8;
const GROWTH_NUMBERS_MAX = 4 << 20;
const INSIDE = -1;
/** Numbers of an entry. */
const PLACE_NUMBERS = 4;
const OFFSETS_OF_RUN_MAX = 0x7fffffff;
/** So many keys are looked for, and so many entries looked at for one, before arranging them is worth its cost. */
const SEARCHES_MAX = 16;
const CANDIDATES_MAX = 64;

export class GatheredRecords {
	count: number;
	/** Four bytes of each key behind `common` ones, in an integer that sorts like them; of the first `settled` entries. */
	prefixes: Int32Array;
	/** What all keys begin with, the length of it, and of the shortest key. */
	common: Uint8Array;
	commonLength: number;
	keyBytesMin: number;
	valueBytesMax: number;
	/** Bytes of keys and values; of those that lie outside alone. */
	dataBytes: number;
	outsideBytes: number;
	#places: Int32Array;
	#settled: number;
	/** Prefixes of entries before it were taken behind more bytes than all keys have in common. */
	#staleBefore: number;
	#searches: number;
	/** The runs: their first entry, chunk and offset. */
	readonly #runStarts: number[];
	readonly #runChunks: number[];
	readonly #runOffsets: Offset[];

	constructor() {
		this.count = 0;
		this.prefixes = new Int32Array(0);
		this.common = new Uint8Array(0);
		this.commonLength = 0;
		this.keyBytesMin = Number.POSITIVE_INFINITY;
		this.valueBytesMax = 0;
		this.dataBytes = 0;
		this.outsideBytes = 0;
		this.#places = new Int32Array(FIRST_ENTRIES * PLACE_NUMBERS);
		this.#settled = 0;
		this.#staleBefore = 0;
		this.#searches = 0;
		this.#runStarts = [];
		this.#runChunks = [];
		this.#runOffsets = [];
	}

	/** Memory used, that of prefixes to come included. */
	get memoryBytes(): number {
		return this.count * (PLACE_NUMBERS + 1) * 4;
	}

	/** Too many keys were looked for: it is time to arrange. */
	get isWorn(): boolean {
		return this.#searches > SEARCHES_MAX;
	}

	/** Adds entries that lie in a chunk from byte `shift` of it on, given as the three numbers of `RunSink.putRun`. */
	addRun(chunk: number, shift: number, given: Int32Array, count: number, offset: Offset): void {
		const later = this.#beginRun(chunk, offset, count);
		const places = this.#places;
		let at = this.count * PLACE_NUMBERS;
		for (let i = 0; i < count * 3; i += 3) {
			places[at] = given[i]! + shift;
			places[at + 1] = given[i + 1]!;
			places[at + 2] = given[i + 2]!;
			places[at + 3] = later;
			at += PLACE_NUMBERS;
		}
		this.count += count;
	}

	/** Adds one entry that lies in a chunk. */
	addOutside(chunk: number, start: number, keyLength: number, valueLength: number, offset: Offset): void {
		this.#add(start, keyLength, valueLength, this.#beginRun(chunk, offset, 1));
	}

	/** Adds a record of the arena. */
	addInside(reference: number, keyLength: number, valueLength: number): void {
		this.#beginRun(INSIDE, 0, 1);
		this.#add(reference, keyLength, valueLength, 0);
	}

	/** The newest record of a key, 0 if none. Looks through all prefixes, by the runtime's own code: about 0.1 ms for 100,000. */
	newest(arena: RecordArena, key: Uint8Array, keyLength: number): number {
		this.settle(arena);
		this.#searches++;
		const { common, commonLength, prefixes } = this;
		if (keyLength < commonLength) return 0;
		for (let i = 0; i < commonLength; i++) if (common[i] !== key[i]) return 0;
		const wanted = prefixOf(key, commonLength, keyLength);
		let candidates = 0;
		for (let before = this.count; before > 0; ) {
			const place = prefixes.lastIndexOf(wanted, before - 1);
			if (place < 0) return 0;
			const reference = this.#reference(arena, place, this.#runOf(place));
			if (arena.compareKey(reference, key, 0, keyLength, commonLength) === 0) return reference;
			if (++candidates === CANDIDATES_MAX) this.#searches = SEARCHES_MAX;
			before = place;
		}
		return 0;
	}

	/** A record in the arena for every entry, in their order; with `copies` those outside are copied. */
	references(arena: RecordArena, copies: boolean): Int32Array {
		const references = new Int32Array(this.count);
		for (let run = 0; run < this.#runStarts.length; run++) {
			const end = this.#runStarts[run + 1] ?? this.count;
			const chunk = this.#runChunks[run]!;
			const offset = this.#runOffsets[run]!;
			if (chunk !== INSIDE && !copies) arena.outsideRecords(chunk, this.#places, this.#runStarts[run]!, end, offset, references);
			else
				for (let place = this.#runStarts[run]!; place < end; place++)
					references[place] = copies ? this.#copy(arena, place, run) : this.#places[PLACE_NUMBERS * place]!;
		}
		return references;
	}

	/** Looks at the keys that came since it was called last. */
	settle(arena: RecordArena): void {
		if (this.#settled === this.count) return;
		if (this.prefixes.length < this.count) {
			const prefixes = new Int32Array(Math.max(this.count, this.prefixes.length * 2));
			prefixes.set(this.prefixes);
			this.prefixes = prefixes;
		}
		for (let run = this.#runOf(this.#settled); run < this.#runStarts.length; run++) {
			const from = Math.max(this.#runStarts[run]!, this.#settled);
			const to = this.#runStarts[run + 1] ?? this.count;
			if (this.#runChunks[run] === INSIDE) this.#settleInside(arena, from, to);
			else this.#settleOutside(arena.chunkBytes[this.#runChunks[run]!]!, from, to);
		}
		this.#settled = this.count;
		for (let place = 0; place < this.#staleBefore; place++) this.prefixes[place] = this.#prefix(arena, place);
		this.#staleBefore = 0;
	}

	#settleInside(arena: RecordArena, from: number, to: number): void {
		for (let place = from; place < to; place++) {
			const reference = this.#places[PLACE_NUMBERS * place]!;
			const start = arena.keyStartOf(reference);
			const keyLength = this.#places[PLACE_NUMBERS * place + 1]!;
			const bytes = arena.bytesOf(reference);
			if (place === 0) this.#setCommon(bytes, start, keyLength);
			const shared = sharedPrefixLength(this.common, 0, this.commonLength, bytes, start, start + keyLength);
			if (shared < this.commonLength) this.#staleBefore = place;
			this.commonLength = shared;
			this.keyBytesMin = Math.min(this.keyBytesMin, keyLength);
			this.valueBytesMax = Math.max(this.valueBytesMax, this.#places[PLACE_NUMBERS * place + 2]!);
			this.dataBytes += keyLength + Math.max(this.#places[PLACE_NUMBERS * place + 2]!, 0);
			this.prefixes[place] = prefixOf(bytes, start + this.commonLength, start + keyLength);
		}
	}

	/** One flat loop: at the start of a process nothing else is fast. */
	#settleOutside(bytes: Uint8Array, from: number, to: number): void {
		const places = this.#places;
		const prefixes = this.prefixes;
		if (from === 0) this.#setCommon(bytes, places[0]!, places[1]!);
		const common = this.common;
		let commonLength = this.commonLength;
		let { keyBytesMin, valueBytesMax } = this;
		let dataBytes = 0;
		for (let place = from; place < to; place++) {
			const start = places[PLACE_NUMBERS * place]!;
			const keyLength = places[PLACE_NUMBERS * place + 1]!;
			const valueLength = places[PLACE_NUMBERS * place + 2]!;
			let shared = 0;
			while (shared < commonLength && shared < keyLength && common[shared] === bytes[start + shared]) shared++;
			if (shared < commonLength) {
				commonLength = shared;
				this.#staleBefore = place;
			}
			if (keyLength < keyBytesMin) keyBytesMin = keyLength;
			if (valueLength > valueBytesMax) valueBytesMax = valueLength;
			dataBytes += valueLength > 0 ? keyLength + valueLength : keyLength;
			prefixes[place] = prefixOf(bytes, start + commonLength, start + keyLength);
		}
		this.commonLength = commonLength;
		this.keyBytesMin = keyBytesMin;
		this.valueBytesMax = valueBytesMax;
		this.dataBytes += dataBytes;
		this.outsideBytes += dataBytes;
	}

	#setCommon(bytes: Uint8Array, start: number, keyLength: number): void {
		this.common = bytes.slice(start, start + keyLength);
		this.commonLength = keyLength;
	}

	#prefix(arena: RecordArena, place: number): number {
		const chunk = this.#runChunks[this.#runOf(place)]!;
		const first = this.#places[PLACE_NUMBERS * place]!;
		const bytes = chunk === INSIDE ? arena.bytesOf(first) : arena.chunkBytes[chunk]!;
		const start = chunk === INSIDE ? arena.keyStartOf(first) : first;
		return prefixOf(bytes, start + this.commonLength, start + this.#places[PLACE_NUMBERS * place + 1]!);
	}

	/** A record in the arena for one entry. */
	#reference(arena: RecordArena, place: number, run: number): number {
		const chunk = this.#runChunks[run]!;
		const places = this.#places;
		if (chunk === INSIDE) return places[PLACE_NUMBERS * place]!;
		return arena.outsideRecord(
			chunk,
			places[PLACE_NUMBERS * place]!,
			places[PLACE_NUMBERS * place + 1]!,
			places[PLACE_NUMBERS * place + 2]!,
			this.#offsetOf(place, run),
		);
	}

	#copy(arena: RecordArena, place: number, run: number): number {
		const chunk = this.#runChunks[run]!;
		const start = this.#places[PLACE_NUMBERS * place]!;
		if (chunk === INSIDE) return start;
		const keyLength = this.#places[PLACE_NUMBERS * place + 1]!;
		const valueLength = this.#places[PLACE_NUMBERS * place + 2]!;
		const bytes = arena.chunkBytes[chunk]!;
		return arena.record(bytes, start, keyLength, valueLength < 0 ? null : bytes, start + keyLength, Math.max(valueLength, 0), this.#offsetOf(place, run), 0);
	}

	/** The run of an entry. */
	#runOf(place: number): number {
		let low = 0;
		let high = this.#runStarts.length;
		while (high - low > 1) {
			const middle = (low + high) >>> 1;
			if (this.#runStarts[middle]! <= place) low = middle;
			else high = middle;
		}
		return low;
	}

	#offsetOf(place: number, run: number): Offset {
		return this.#runOffsets[run]! + this.#places[PLACE_NUMBERS * place + 3]!;
	}

	/** Makes room for `more` entries of a chunk; returns how much later `offset` is than the first of their run. */
	#beginRun(chunk: number, offset: Offset, more: number): number {
		const needed = (this.count + more) * PLACE_NUMBERS;
		if (needed > this.#places.length) {
			const held = this.#places.length;
			const places = new Int32Array(Math.max(needed, held * 2, Math.min(held * GROWTH, held + GROWTH_NUMBERS_MAX)));
			places.set(this.#places);
			this.#places = places;
		}
		const last = this.#runStarts.length - 1;
		if (last >= 0 && this.#runChunks[last] === chunk && offset - this.#runOffsets[last]! <= OFFSETS_OF_RUN_MAX) return offset - this.#runOffsets[last]!;
		this.#runStarts.push(this.count);
		this.#runChunks.push(chunk);
		this.#runOffsets.push(offset);
		return 0;
	}

	#add(first: number, keyLength: number, valueLength: number, later: number): void {
		const at = this.count++ * PLACE_NUMBERS;
		this.#places[at] = first;
		this.#places[at + 1] = keyLength;
		this.#places[at + 2] = valueLength;
		this.#places[at + 3] = later;
	}
}
