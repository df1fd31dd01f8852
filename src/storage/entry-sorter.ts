/**
 * Sorts entries in memory: their bytes one behind the other in one buffer, an array of places that is sorted by the first eight bytes
 * of the keys (radix sort, from the last digit on, digits that all keys share left out), and by the rest where those are equal.
 *
 * The sort keeps the order of coming among equal keys; of these the last counts.
 *
 * Cost: 24 bytes an entry beside its own; two passes over the places for each digit of 16 bits that differs.
 */
import { compareBytes } from '../bytes/compare-bytes.ts';

const FIRST_BYTES = 1 << 16;
const FIRST_ENTRIES = 1 << 10;
/** Beside its bytes, an entry takes this. */
const ENTRY_BYTES = 24;
const DIGIT_BITS = 16;
const DIGITS = 1 << DIGIT_BITS;

/** Takes an entry; the bytes are valid until it returns. */
export type EntryTaker = (key: Uint8Array, keyStart: number, keyEnd: number, value: Uint8Array, valueStart: number, valueEnd: number) => void;

export class EntrySorter {
	count: number;
	#bytes: Uint8Array;
	#used: number;
	/** By entry: where its key begins, where it ends and the value begins, and the first eight bytes of the key. */
	#starts: Uint32Array;
	#middles: Uint32Array;
	#high: Uint32Array;
	#low: Uint32Array;
	#ends: Uint32Array;

	constructor() {
		this.count = 0;
		this.#bytes = new Uint8Array(FIRST_BYTES);
		this.#used = 0;
		this.#starts = new Uint32Array(FIRST_ENTRIES);
		this.#middles = new Uint32Array(FIRST_ENTRIES);
		this.#ends = new Uint32Array(FIRST_ENTRIES);
		this.#high = new Uint32Array(FIRST_ENTRIES);
		this.#low = new Uint32Array(FIRST_ENTRIES);
	}

	get memoryBytes(): number {
		return this.#used + this.count * ENTRY_BYTES;
	}

	add(key: Uint8Array, keyStart: number, keyEnd: number, value: Uint8Array, valueStart: number, valueEnd: number): void {
		const entry = this.count++;
		if (entry === this.#starts.length) this.#growEntries();
		const needed = this.#used + keyEnd - keyStart + valueEnd - valueStart;
		if (needed > this.#bytes.length) this.#growBytes(needed);
		const bytes = this.#bytes;
		let at = this.#used;
		this.#starts[entry] = at;
		for (let i = keyStart; i < keyEnd; i++) bytes[at++] = key[i]!;
		this.#middles[entry] = at;
		for (let i = valueStart; i < valueEnd; i++) bytes[at++] = value[i]!;
		this.#ends[entry] = at;
		this.#used = at;
		this.#high[entry] = wordAt(key, keyStart, keyEnd);
		this.#low[entry] = wordAt(key, keyStart + 4, keyEnd);
	}

	/** Gives all entries in order and is empty then. `onDuplicate` is called with a copy of each key that came twice. */
	drain(take: EntryTaker, onDuplicate: ((key: Uint8Array) => void) | null): void {
		const order = this.#sorted();
		const [bytes, starts, middles] = [this.#bytes, this.#starts, this.#middles];
		for (let i = 0; i < this.count; i++) {
			const entry = order[i]!;
			if (i + 1 < this.count && this.#compare(entry, order[i + 1]!) === 0) {
				onDuplicate?.(bytes.slice(starts[entry]!, middles[entry]!));
				continue;
			}
			take(bytes, starts[entry]!, middles[entry]!, bytes, middles[entry]!, this.#ends[entry]!);
		}
		this.count = 0;
		this.#used = 0;
	}

	/** Entries in the order of their keys. */
	#sorted(): Uint32Array {
		let order: Uint32Array = new Uint32Array(this.count);
		for (let i = 0; i < this.count; i++) order[i] = i;
		let other: Uint32Array = new Uint32Array(this.count);
		for (const words of [this.#low, this.#high]) {
			for (const shift of [0, DIGIT_BITS]) {
				if (!sortByDigit(words, shift, order, other, this.count)) continue;
				[order, other] = [other, order];
			}
		}
		this.#sortRests(order);
		return order;
	}

	/** Sorts entries whose first bytes are equal by whole keys; mostly they came in that order. */
	#sortRests(order: Uint32Array): void {
		const [high, low] = [this.#high, this.#low];
		for (let from = 0; from < this.count; ) {
			let to = from + 1;
			let isSorted = true;
			for (; to < this.count && high[order[to]!] === high[order[from]!] && low[order[to]!] === low[order[from]!]; to++)
				if (isSorted && this.#compare(order[to - 1]!, order[to]!) > 0) isSorted = false;
			if (!isSorted) order.subarray(from, to).sort((a, b) => this.#compare(a, b) || a - b);
			from = to;
		}
	}

	#compare(a: number, b: number): number {
		const bytes = this.#bytes;
		return compareBytes(bytes, this.#starts[a]!, this.#middles[a]!, bytes, this.#starts[b]!, this.#middles[b]!);
	}

	#growBytes(needed: number): void {
		const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
		grown.set(this.#bytes.subarray(0, this.#used));
		this.#bytes = grown;
	}

	#growEntries(): void {
		this.#starts = doubled(this.#starts);
		this.#middles = doubled(this.#middles);
		this.#ends = doubled(this.#ends);
		this.#high = doubled(this.#high);
		this.#low = doubled(this.#low);
	}
}

/** Four bytes of a key as a number in the order of bytes; 0 for those behind its end. */
function wordAt(key: Uint8Array, start: number, end: number): number {
	if (start + 4 <= end) return ((key[start]! << 24) | (key[start + 1]! << 16) | (key[start + 2]! << 8) | key[start + 3]!) >>> 0;
	let word = 0;
	for (let i = 0; i < 4; i++) word = (word << 8) | (start + i < end ? key[start + i]! : 0);
	return word >>> 0;
}

function doubled(from: Uint32Array): Uint32Array {
	const to = new Uint32Array(from.length * 2);
	to.set(from);
	return to;
}

/** One pass of the sort; false, and nothing done, when all have the same digit. */
function sortByDigit(words: Uint32Array, shift: number, from: Uint32Array, to: Uint32Array, count: number): boolean {
	const places = new Uint32Array(DIGITS);
	for (let i = 0; i < count; i++) places[(words[i]! >>> shift) & (DIGITS - 1)]!++;
	if (count === 0 || places[(words[0]! >>> shift) & (DIGITS - 1)] === count) return false;
	let total = 0;
	for (let digit = 0; digit < DIGITS; digit++) {
		const digits = places[digit]!;
		places[digit] = total;
		total += digits;
	}
	for (let i = 0; i < count; i++) {
		const entry = from[i]!;
		to[places[(words[entry]! >>> shift) & (DIGITS - 1)]!++] = entry;
	}
	return true;
}
