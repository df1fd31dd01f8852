/**
 * The hash under which the dictionary finds a term: 52 bits of its key's UTF-8 bytes (`termKey`). It is stored, so it never
 * changes: docs/formats/triples.md.
 *
 * Two lanes of 32 bits take the bytes four at a time, little-endian (the last ones alone), and are stirred as MurmurHash3's
 * block function and finaliser do (Appleby); the length goes in at the end. The result is the first lane's 32 bits and 20 of the
 * second. Cost: about 0.7 ns a byte.
 */
import { encodeUtf8, UTF8_BYTES_PER_UNIT_MAX } from '../../value/utf8.ts';

const TWO_32 = 4_294_967_296;
/** Hashes are below it. */
export const HASH_COUNT: number = 2 ** 52;

export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
	let a = 0x9747b28c | 0;
	let b = 0x3c6ef372 | 0;
	let at = start;
	for (const last = end - 4; at <= last; at += 4) {
		const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
		const x = Math.imul(word, 0xcc9e2d51);
		a ^= Math.imul((x << 15) | (x >>> 17), 0x1b873593);
		a = (Math.imul((a << 13) | (a >>> 19), 5) + 0xe6546b64) | 0;
		const y = Math.imul(word, 0x239b961b);
		b ^= Math.imul((y << 16) | (y >>> 16), 0xab0e9789 | 0);
		b = (Math.imul((b << 17) | (b >>> 15), 5) + 0x0bcaa747) | 0;
	}
	for (; at < end; at++) {
		a = Math.imul(a ^ bytes[at]!, 0x01000193);
		b = Math.imul(b ^ bytes[at]!, 0x01000197);
	}
	a = finish(a ^ (end - start));
	b = finish(b ^ a);
	return (a >>> 0) + (b & 0xfffff) * TWO_32;
}

function finish(lane: number): number {
	let h = lane ^ (lane >>> 16);
	h = Math.imul(h, 0x85ebca6b);
	h ^= h >>> 13;
	h = Math.imul(h, 0xc2b2ae35);
	return h ^ (h >>> 16);
}

let scratch = new Uint8Array(1024);

/** The hash of a term's key. */
export function hashText(key: string): number {
	const room = key.length * UTF8_BYTES_PER_UNIT_MAX;
	if (room > scratch.length) scratch = new Uint8Array(room * 2);
	return hashBytes(scratch, 0, encodeUtf8(scratch, 0, key));
}
