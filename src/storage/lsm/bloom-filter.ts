/**
 * A blocked Bloom filter: each key sets `PROBES` bits inside one block of 64 bytes, so a question costs one cache miss.
 *
 * Format: blocks of 64 bytes; bit b of a block is bit b & 7 of its byte b >> 3. With 10 bits a key about 1.3 % of the absent
 * keys pass, with 16 some 0.2 %. Source: Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient Bloom Filters" (2007).
 *
 * **Bits by level.** An absent key asks the filter of every file of level 0 and of one file a level, and each adds its share of
 * keys that pass in vain. The levels above the deepest hold a tenth of all keys, so more bits there cost little and take away most
 * of that sum, as Dayan, Athanassoulis, Idreos, "Monkey: Optimal Navigable Key-Value Store" (2017) show.
 */

/** Bits a key of filters in the deepest level, and above it. */
export const DEEPEST_FILTER_BITS = 10;
export const UPPER_FILTER_BITS = 16;
const PROBES = 6;
const BLOCK_BYTES = 64;
const BLOCK_BITS = BLOCK_BYTES * 8;
const TWO_TO_32 = 0x1_0000_0000;

/** The hash of `key[start, end)` that filters use: 32 bits, by the mixing steps of MurmurHash3. Part of the sstable format. */
export function keyHash(key: Uint8Array, start: number, end: number): number {
	let hash = 0x2f0b4477 ^ (end - start);
	let at = start;
	for (; at + 4 <= end; at += 4) {
		let word = key[at]! | (key[at + 1]! << 8) | (key[at + 2]! << 16) | (key[at + 3]! << 24);
		word = Math.imul(word, 0xcc9e2d51);
		hash ^= Math.imul((word << 15) | (word >>> 17), 0x1b873593);
		hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
	}
	let tail = 0;
	for (let shift = 0; at < end; at++, shift += 8) tail |= key[at]! << shift;
	tail = Math.imul(tail, 0xcc9e2d51);
	hash ^= Math.imul((tail << 15) | (tail >>> 17), 0x1b873593);
	hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
	hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
	return (hash ^ (hash >>> 16)) >>> 0;
}

/** How many bytes a filter of so many bits a key takes. */
export function filterBytes(keys: number, bitsPerKey: number): number {
	return Math.max(1, Math.ceil((keys * bitsPerKey) / BLOCK_BITS)) * BLOCK_BYTES;
}

export function addToFilter(filter: Uint8Array, hash: number): void {
	const base = blockOf(filter, hash);
	let mixed = Math.imul(hash, 0x9e3779b1);
	for (let i = 0; i < PROBES; i++) {
		const bit = mixed >>> 23;
		const at = base + (bit >>> 3);
		filter[at] = filter[at]! | (1 << (bit & 7));
		mixed = Math.imul(mixed, 0x2c1b3c6d) ^ (mixed >>> 9);
	}
}

/** False when no key with this hash was added. */
export function mayContain(filter: Uint8Array, hash: number): boolean {
	const base = blockOf(filter, hash);
	let mixed = Math.imul(hash, 0x9e3779b1);
	for (let i = 0; i < PROBES; i++) {
		const bit = mixed >>> 23;
		if ((filter[base + (bit >>> 3)]! & (1 << (bit & 7))) === 0) return false;
		mixed = Math.imul(mixed, 0x2c1b3c6d) ^ (mixed >>> 9);
	}
	return true;
}

function blockOf(filter: Uint8Array, hash: number): number {
	return Math.floor((hash / TWO_TO_32) * (filter.length / BLOCK_BYTES)) * BLOCK_BYTES;
}
