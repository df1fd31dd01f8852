/**
 * Order of byte strings: lexicographic by unsigned byte, a prefix before what it begins. The only order keys have.
 *
 * Plain loops beat `Buffer.compare` for the lengths keys have: the call into the runtime costs about 50 ns.
 */

/** Negative, zero or positive as `a[aStart, aEnd)` sorts before, equals or sorts after `b[bStart, bEnd)`. */
export function compareBytes(a: Uint8Array, aStart: number, aEnd: number, b: Uint8Array, bStart: number, bEnd: number): number {
	const aLength = aEnd - aStart;
	const bLength = bEnd - bStart;
	const shorter = Math.min(aLength, bLength);
	for (let i = 0; i < shorter; i++) {
		const difference = a[aStart + i]! - b[bStart + i]!;
		if (difference !== 0) return difference;
	}
	return aLength - bLength;
}

/** The order of two whole arrays. */
export function compareArrays(a: Uint8Array, b: Uint8Array): number {
	return compareBytes(a, 0, a.length, b, 0, b.length);
}

export function equalBytes(a: Uint8Array, aStart: number, aEnd: number, b: Uint8Array, bStart: number, bEnd: number): boolean {
	const length = aEnd - aStart;
	if (length !== bEnd - bStart) return false;
	for (let i = 0; i < length; i++) if (a[aStart + i] !== b[bStart + i]) return false;
	return true;
}

/** How many leading bytes the two have in common. */
export function sharedPrefixLength(a: Uint8Array, aStart: number, aEnd: number, b: Uint8Array, bStart: number, bEnd: number): number {
	const aLength = aEnd - aStart;
	const bLength = bEnd - bStart;
	const shorter = Math.min(aLength, bLength);
	let i = 0;
	while (i < shorter && a[aStart + i] === b[bStart + i]) i++;
	return i;
}

/** Four bytes from `start` (zeros past `end`) as a signed 32-bit integer in the order of the bytes: key prefixes in nodes and indexes. */
export function prefixOf(bytes: Uint8Array, start: number, end: number): number {
	if (start + 4 <= end) return ((bytes[start]! << 24) | (bytes[start + 1]! << 16) | (bytes[start + 2]! << 8) | bytes[start + 3]!) ^ 0x80000000;
	let prefix = 0;
	if (start < end) prefix = bytes[start]! << 24;
	if (start + 1 < end) prefix |= bytes[start + 1]! << 16;
	if (start + 2 < end) prefix |= bytes[start + 2]! << 8;
	return prefix ^ 0x80000000;
}
