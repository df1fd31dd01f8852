/**
 * Parquet's hybrid of run lengths and bit packing (Encodings.md, "Run Length Encoding / Bit-Packing Hybrid"): definition levels of columns without nesting, and
 * numbers of a dictionary's entries. hyparquet has it too; here it writes integers of 32 bits, without an allocation for each page.
 */

const CUT_OFF = 'it ends within its levels or numbers';

/** Fills `into[0, count)` from `bytes[start, …)`. Throws an Error when there are not so many. */
export function readHybrid(bytes: Uint8Array, start: number, width: number, into: Int32Array, count: number): void {
	let at = start;
	let done = 0;
	while (done < count) {
		let header = 0;
		for (let shift = 0; ; shift += 7) {
			const byte = bytes[at++];
			if (byte === undefined || shift > 28) throw new Error(CUT_OFF);
			header |= (byte & 0x7f) << shift;
			if (byte < 0x80) break;
		}
		header >>>= 0;
		if (header & 1) {
			const packed = Math.min(count - done, (header >>> 1) * 8);
			if (packed === 0) throw new Error(CUT_OFF);
			unpack(bytes, at, width, into, done, packed);
			at += (header >>> 1) * width;
			done += packed;
		} else {
			const runLength = Math.min(count - done, header >>> 1);
			const valueBytes = (width + 7) >> 3;
			if (runLength === 0 || at + valueBytes > bytes.length) throw new Error(CUT_OFF);
			let value = 0;
			for (let i = 0; i < valueBytes; i++) value |= bytes[at++]! << (8 * i);
			into.fill(value, done, done + runLength);
			done += runLength;
		}
	}
}

function unpack(bytes: Uint8Array, start: number, width: number, into: Int32Array, from: number, count: number): void {
	// The last group of eight may be cut short.
	if (start + ((count * width + 7) >> 3) > bytes.length) throw new Error(CUT_OFF);
	if (width > 24) {
		unpackWide(bytes, start, width, into, from, count);
		return;
	}
	const mask = (1 << width) - 1;
	let at = start;
	let bits = 0;
	let held = 0;
	for (let i = from; i < from + count; i++) {
		while (held < width) {
			bits |= bytes[at++]! << held;
			held += 8;
		}
		into[i] = bits & mask;
		bits >>>= width;
		held -= width;
	}
}

/** Widths whose values do not fit beside a byte in 32 bits. */
function unpackWide(bytes: Uint8Array, start: number, width: number, into: Int32Array, from: number, count: number): void {
	for (let i = 0; i < count; i++) {
		let value = 0;
		for (let bit = 0; bit < width; bit++) {
			const place = i * width + bit;
			value |= ((bytes[start + (place >> 3)]! >> (place & 7)) & 1) << bit;
		}
		into[from + i] = value;
	}
}
