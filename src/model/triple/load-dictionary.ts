/**
 * The terms of a load, numbered from 0 in the order in which they come: an open hash table over typed arrays whose keys lie one
 * behind the other in an arena. A key is `termKey` in UTF-8, its hash that of `term-hash.ts`, kept for the store's own index.
 *
 * Cost: 24 bytes for a term, 4 to 8 for its slots, and its key; about 100 ns to find a term, most of it waiting for memory.
 */
import { hashBytes } from './term-hash.ts';

const FIRST_SLOTS = 1 << 12;
const FIRST_TERMS = 1 << 11;
const ARENA_BYTES = 1 << 22;
const TWO_32 = 4_294_967_296;

export class LoadDictionary {
	count = 0;
	/** Number of a term + 1 by slot; 0: free. */
	#slots = new Int32Array(FIRST_SLOTS);
	#hashLow = new Uint32Array(FIRST_TERMS);
	#hashHigh = new Uint32Array(FIRST_TERMS);
	/** Where the key lies: which part of the arena, from where, how long. */
	#part = new Uint32Array(FIRST_TERMS);
	#start = new Uint32Array(FIRST_TERMS);
	#length = new Uint32Array(FIRST_TERMS);
	readonly #parts: Uint8Array[] = [Buffer.allocUnsafeSlow(ARENA_BYTES)];
	#used = 0;
	#arenaBytes = ARENA_BYTES;

	get memoryBytes(): number {
		return this.#arenaBytes + this.#slots.byteLength + 5 * this.#hashLow.byteLength;
	}

	/** The number of the term with the key `bytes[start, end)`; its key is copied when it is new. */
	number(bytes: Uint8Array, start: number, end: number): number {
		const hash = hashBytes(bytes, start, end);
		const low = hash >>> 0;
		const mask = this.#slots.length - 1;
		const length = end - start;
		let slot = low & mask;
		for (;;) {
			const found = this.#slots[slot]! - 1;
			if (found < 0) break;
			if (this.#hashLow[found] === low && this.#length[found] === length && this.#hasKey(found, bytes, start)) return found;
			slot = (slot + 1) & mask;
		}
		this.#slots[slot] = this.count + 1;
		return this.#add(hash, low, bytes, start, end);
	}

	hash(number: number): number {
		return this.#hashLow[number]! + this.#hashHigh[number]! * TWO_32;
	}

	/** The key of a term: `keyBytes(n)[keyStart(n), keyEnd(n))`. */
	keyBytes(number: number): Uint8Array {
		return this.#parts[this.#part[number]!]!;
	}

	keyStart(number: number): number {
		return this.#start[number]!;
	}

	keyEnd(number: number): number {
		return this.#start[number]! + this.#length[number]!;
	}

	#hasKey(number: number, bytes: Uint8Array, start: number): boolean {
		const key = this.#parts[this.#part[number]!]!;
		const from = this.#start[number]!;
		const length = this.#length[number]!;
		// Keys of one document differ most at their ends.
		for (let i = length - 1; i >= 0; i--) if (key[from + i] !== bytes[start + i]) return false;
		return true;
	}

	#add(hash: number, low: number, bytes: Uint8Array, start: number, end: number): number {
		const number = this.count++;
		if (number === this.#hashLow.length) this.#growTerms();
		this.#hashLow[number] = low;
		this.#hashHigh[number] = Math.floor(hash / TWO_32);
		const length = end - start;
		let part = this.#parts.length - 1;
		if (this.#used + length > this.#parts[part]!.length) {
			part = this.#parts.push(Buffer.allocUnsafeSlow(Math.max(ARENA_BYTES, length))) - 1;
			this.#arenaBytes += this.#parts[part]!.length;
			this.#used = 0;
		}
		const to = this.#parts[part]!;
		const at = this.#used;
		if (length > 64) to.set(bytes.subarray(start, end), at);
		else for (let i = 0; i < length; i++) to[at + i] = bytes[start + i]!;
		this.#used = at + length;
		this.#part[number] = part;
		this.#start[number] = at;
		this.#length[number] = length;
		if (this.count * 4 > this.#slots.length * 3) this.#growSlots();
		return number;
	}

	#growTerms(): void {
		const size = this.#hashLow.length * 2;
		const grow = (before: Uint32Array): Uint32Array<ArrayBuffer> => {
			const after = new Uint32Array(size);
			after.set(before);
			return after;
		};
		this.#hashLow = grow(this.#hashLow);
		this.#hashHigh = grow(this.#hashHigh);
		this.#part = grow(this.#part);
		this.#start = grow(this.#start);
		this.#length = grow(this.#length);
	}

	#growSlots(): void {
		const slots = new Int32Array(this.#slots.length * 2);
		const mask = slots.length - 1;
		for (let number = 0; number < this.count; number++) {
			let slot = this.#hashLow[number]! & mask;
			while (slots[slot] !== 0) slot = (slot + 1) & mask;
			slots[slot] = number + 1;
		}
		this.#slots = slots;
	}
}
