/**
 * The order of text: by its UTF-8 bytes, which is the order of code points. JavaScript's own order is that of UTF-16 units:
 * the two differ only where a surrogate (0xD800–0xDFFF, a code point past 0xFFFF) meets a unit from 0xE000 up.
 */

export function compareText(left: string, right: string): number {
	const leftLength = left.length;
	const rightLength = right.length;
	const common = Math.min(leftLength, rightLength);
	for (let index = 0; index < common; index++) {
		const a = left.charCodeAt(index);
		const b = right.charCodeAt(index);
		if (a !== b) return a >= 0xd800 && b >= 0xd800 ? compareHighUnits(a, b) : a - b;
	}
	return leftLength - rightLength;
}

/** Units from 0xD800 up: surrogates stand for code points above all the others. */
function compareHighUnits(a: number, b: number): number {
	const aSurrogate = a < 0xe000;
	const bSurrogate = b < 0xe000;
	if (aSurrogate === bSurrogate) return a - b;
	return aSurrogate ? 1 : -1;
}
