/**
 * The hash of keys in the hash engine: 40 bits by the mixing steps of MurmurHash3 (Appleby, public domain), begun with a seed that
 * is drawn for each keyspace, so that nobody outside can choose keys that meet. Part of the segment format.
 */
export class KeyHash {
	/** 32 bits, signed: entries of the directory are in its order. */
	high: number;
	/** Eight more. */
	low: number;
	readonly #seed: number;

	constructor(seed: number) {
		this.high = 0;
		this.low = 0;
		this.#seed = seed | 0;
	}

	/** Puts the hash of `key[start, end)` into `high` and `low`. */
	hash(key: Uint8Array, start: number, end: number): void {
		let hash = this.#seed ^ (end - start);
		let other = this.#seed;
		let at = start;
		for (; at + 4 <= end; at += 4) {
			let word = key[at]! | (key[at + 1]! << 8) | (key[at + 2]! << 16) | (key[at + 3]! << 24);
			word = Math.imul(word, 0xcc9e2d51);
			other = Math.imul(other ^ word, 0x9e3779b1) ^ (other >>> 15);
			hash ^= Math.imul((word << 15) | (word >>> 17), 0x1b873593);
			hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
		}
		let tail = 0;
		for (let shift = 0; at < end; at++, shift += 8) tail |= key[at]! << shift;
		tail = Math.imul(tail, 0xcc9e2d51);
		other = Math.imul(other ^ tail, 0x9e3779b1) ^ (other >>> 15);
		hash ^= Math.imul((tail << 15) | (tail >>> 17), 0x1b873593);
		hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
		hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
		this.high = hash ^ (hash >>> 16);
		this.low = Math.imul(other ^ (other >>> 16), 0x85ebca6b) >>> 24;
	}
}
