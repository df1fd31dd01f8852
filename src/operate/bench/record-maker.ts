/**
 * Keys and values of numbered records, the same for the same seed.
 *
 * A hashed key begins with a permutation of the number's 32 bits and goes on with more of the same kind, so no two are alike
 * and neighbours lie far apart. An ascending key is the letter k repeated, then the number in four bytes and a zero byte. The key of a
 * record that is absent differs from that of its neighbour in the last byte only. Values are pieces of random bytes, which do
 * not compress but for the zeros that take the wanted share of every stretch; a record's value has the same length each time it is written.
 */
import { mixed, SeededWords } from './seeded-words.ts';
import type { Workload } from './workload.ts';

const NUMBER_BYTES = 5;
const LETTER = 'k'.charCodeAt(0);
const ABSENT_BYTE = 0x55;
/** More than caches of compression look back. */
const POOL_BYTES = 1 << 20;
const STRETCH_BYTES = 64;

export class RecordMaker {
	/** The key that `key` and `absentKey` made last. */
	readonly keyBuffer: Uint8Array;
	readonly #isHashed: boolean;
	readonly #valueLeast: number;
	readonly #valueSpread: number;
	readonly #seed: number;
	readonly #pool: Uint8Array;
	#poolAt: number;

	constructor({ keyBytes, keyOrder, valueBytes, compressible }: Workload, seed: number) {
		this.keyBuffer = new Uint8Array(keyBytes).fill(LETTER);
		this.#isHashed = keyOrder === 'hashed';
		this.#valueLeast = valueBytes.least;
		this.#valueSpread = valueBytes.most - valueBytes.least + 1;
		this.#seed = mixed(seed | 0);
		this.#pool = new Uint8Array(POOL_BYTES + valueBytes.most);
		const words = new SeededWords(seed);
		const zeros = Math.round(compressible * STRETCH_BYTES);
		for (let at = 0; at < this.#pool.length; at++) if (at % STRETCH_BYTES >= zeros) this.#pool[at] = words.word() >>> 11;
		this.#poolAt = 0;
	}

	/** Valid until the next call. */
	key(number: number): Uint8Array {
		const key = this.keyBuffer;
		if (this.#isHashed) this.#hashedKey(number);
		else {
			const at = key.length - NUMBER_BYTES;
			key[at] = number >>> 24;
			key[at + 1] = number >>> 16;
			key[at + 2] = number >>> 8;
			key[at + 3] = number;
			key[at + 4] = 0;
		}
		return key;
	}

	/** A key near that of the record, which no record has. */
	absentKey(number: number): Uint8Array {
		const key = this.key(number);
		key[key.length - 1]! ^= ABSENT_BYTE;
		return key;
	}

	/** The length of the value of a record. */
	valueLength(number: number): number {
		return this.#valueSpread === 1 ? this.#valueLeast : this.#valueLeast + ((mixed(number ^ this.#seed) >>> 0) % this.#valueSpread);
	}

	/** The next value of a record; its bytes stay as they are. */
	value(number: number): Uint8Array {
		const length = this.valueLength(number);
		this.#poolAt = (this.#poolAt + 97) % POOL_BYTES;
		return this.#pool.subarray(this.#poolAt, this.#poolAt + length);
	}

	#hashedKey(number: number): void {
		const key = this.keyBuffer;
		let word = mixed(number ^ this.#seed);
		let at = 0;
		for (; at + 4 <= key.length; at += 4) {
			key[at] = word >>> 24;
			key[at + 1] = word >>> 16;
			key[at + 2] = word >>> 8;
			key[at + 3] = word;
			word = mixed((word + 0x9e3779b9) | 0);
		}
		for (; at < key.length; at++) {
			key[at] = word;
			word >>>= 8;
		}
	}
}
