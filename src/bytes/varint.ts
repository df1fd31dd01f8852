/**
 * Variable-length integers: unsigned LEB128, seven bits a byte, least significant first, the high bit set on all bytes but
 * the last. Values are safe integers, 0 to 2^53 − 1, so at most 8 bytes. Signed values are zigzag-mapped first (0, −1, 1,
 * −2 … → 0, 1, 2, 3 …) and lie within ±2^52. The encoding is always the shortest one, so `varintBytes(value)` tells a
 * reader how far to move on without a second result.
 */

/** Enough room for any varint. */
export const VARINT_BYTES_MAX = 8;

/** How many bytes `writeVarint` takes for `value`. */
export function varintBytes(value: number): number {
	if (value < 0x80) return 1;
	if (value < 0x4000) return 2;
	if (value < 0x200000) return 3;
	if (value < 0x10000000) return 4;
	if (value < 0x800000000) return 5;
	if (value < 0x40000000000) return 6;
	if (value < 0x2000000000000) return 7;
	return 8;
}

/** Writes `value` at `into[at…]` and returns the place after it. There must be room for `varintBytes(value)` bytes. */
export function writeVarint(into: Uint8Array, at: number, value: number): number {
	let rest = value;
	let place = at;
	while (rest > 0x7fffffff) {
		into[place++] = (rest % 128) | 0x80;
		rest = Math.floor(rest / 128);
	}
	while (rest > 0x7f) {
		into[place++] = (rest & 0x7f) | 0x80;
		rest >>>= 7;
	}
	into[place++] = rest;
	return place;
}

/**
 * The varint at `from[at…]`; it takes `varintBytes` of the result. Throws RangeError when it runs past the end of `from` or
 * past 2^53 − 1.
 */
export function readVarint(from: Uint8Array, at: number): number {
	let byte = from[at];
	if (byte !== undefined && byte < 0x80) return byte;
	let value = 0;
	let scale = 1;
	for (let place = at; place < at + VARINT_BYTES_MAX; place++) {
		byte = from[place];
		if (byte === undefined) break;
		value += (byte & 0x7f) * scale;
		if (byte < 0x80) {
			if (value <= Number.MAX_SAFE_INTEGER) return value;
			break;
		}
		scale *= 128;
	}
	throw new RangeError(`no varint at place ${at} of ${from.length} bytes`);
}

/** Maps a signed integer within ±2^52 to an unsigned one for `writeVarint`. */
export function zigzag(value: number): number {
	return value < 0 ? -2 * value - 1 : 2 * value;
}

/** Undoes `zigzag`. */
export function unzigzag(value: number): number {
	return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
