/**
 * Packed codes and runs back into arrays: most of what reading a segment for the first time costs. One function for each kind of array, since a loop that
 * sees all three is three times as slow. Where a code lies follows from its number alone, so that codes do not wait for one another.
 */

/** Runs up to this are written by as many stores, whatever their length: the next one writes over what is too many. */
const SHORT_RUN = 8;
/** A call of `fill` costs more than a shorter run. */
const FILLED_RUN_MIN = 32;

/** Writes `count` codes of `bits` (1 to 32) bits. One word more than they take can be read. */
export function unpackBytes(words: Int32Array, count: number, bits: number, into: Uint8Array): void {
	const mask = bits === 32 ? -1 : (1 << bits) - 1;
	const end = count - 3;
	let bit = 0;
	let i = 0;
	// Shifts take a number modulo 32: `~bit` is 31 less the bits that are passed over.
	for (; i < end; i += 4) {
		const b = (bit + bits) | 0;
		const c = (b + bits) | 0;
		const d = (c + bits) | 0;
		into[i] = ((words[bit >>> 5]! >>> bit) | ((words[(bit >>> 5) + 1]! << 1) << ~bit)) & mask;
		into[i + 1] = ((words[b >>> 5]! >>> b) | ((words[(b >>> 5) + 1]! << 1) << ~b)) & mask;
		into[i + 2] = ((words[c >>> 5]! >>> c) | ((words[(c >>> 5) + 1]! << 1) << ~c)) & mask;
		into[i + 3] = ((words[d >>> 5]! >>> d) | ((words[(d >>> 5) + 1]! << 1) << ~d)) & mask;
		bit = (d + bits) | 0;
	}
	for (; i < count; i++, bit += bits) into[i] = ((words[bit >>> 5]! >>> bit) | ((words[(bit >>> 5) + 1]! << 1) << ~bit)) & mask;
}

export function unpackHalves(words: Int32Array, count: number, bits: number, into: Uint16Array): void {
	const mask = bits === 32 ? -1 : (1 << bits) - 1;
	const end = count - 3;
	let bit = 0;
	let i = 0;
	// Shifts take a number modulo 32: `~bit` is 31 less the bits that are passed over.
	for (; i < end; i += 4) {
		const b = (bit + bits) | 0;
		const c = (b + bits) | 0;
		const d = (c + bits) | 0;
		into[i] = ((words[bit >>> 5]! >>> bit) | ((words[(bit >>> 5) + 1]! << 1) << ~bit)) & mask;
		into[i + 1] = ((words[b >>> 5]! >>> b) | ((words[(b >>> 5) + 1]! << 1) << ~b)) & mask;
		into[i + 2] = ((words[c >>> 5]! >>> c) | ((words[(c >>> 5) + 1]! << 1) << ~c)) & mask;
		into[i + 3] = ((words[d >>> 5]! >>> d) | ((words[(d >>> 5) + 1]! << 1) << ~d)) & mask;
		bit = (d + bits) | 0;
	}
	for (; i < count; i++, bit += bits) into[i] = ((words[bit >>> 5]! >>> bit) | ((words[(bit >>> 5) + 1]! << 1) << ~bit)) & mask;
}

export function unpackWords(words: Int32Array, count: number, bits: number, into: Uint32Array): void {
	const mask = bits === 32 ? -1 : (1 << bits) - 1;
	const end = count - 3;
	let bit = 0;
	let i = 0;
	// Shifts take a number modulo 32: `~bit` is 31 less the bits that are passed over.
	for (; i < end; i += 4) {
		const b = (bit + bits) | 0;
		const c = (b + bits) | 0;
		const d = (c + bits) | 0;
		into[i] = ((words[bit >>> 5]! >>> bit) | ((words[(bit >>> 5) + 1]! << 1) << ~bit)) & mask;
		into[i + 1] = ((words[b >>> 5]! >>> b) | ((words[(b >>> 5) + 1]! << 1) << ~b)) & mask;
		into[i + 2] = ((words[c >>> 5]! >>> c) | ((words[(c >>> 5) + 1]! << 1) << ~c)) & mask;
		into[i + 3] = ((words[d >>> 5]! >>> d) | ((words[(d >>> 5) + 1]! << 1) << ~d)) & mask;
		bit = (d + bits) | 0;
	}
	for (; i < count; i++, bit += bits) into[i] = ((words[bit >>> 5]! >>> bit) | ((words[(bit >>> 5) + 1]! << 1) << ~bit)) & mask;
}

/** Writes runs of values, of one more than `lengths` each; returns how many codes they make, −1 when they are more than `count`. */
export function expandIntoBytes(values: Uint32Array, lengths: Uint32Array, runs: number, count: number, into: Uint8Array): number {
	let at = 0;
	for (let run = 0; run < runs; run++) {
		const value = values[run]!;
		const end = at + lengths[run]! + 1;
		if (end > count) return -1;
		if (end - at <= SHORT_RUN && at + SHORT_RUN <= count) {
			into[at] = value;
			into[at + 1] = value;
			into[at + 2] = value;
			into[at + 3] = value;
			into[at + 4] = value;
			into[at + 5] = value;
			into[at + 6] = value;
			into[at + 7] = value;
		} else if (end - at >= FILLED_RUN_MIN) into.fill(value, at, end);
		else for (let i = at; i < end; i++) into[i] = value;
		at = end;
	}
	return at;
}

export function expandIntoHalves(values: Uint32Array, lengths: Uint32Array, runs: number, count: number, into: Uint16Array): number {
	let at = 0;
	for (let run = 0; run < runs; run++) {
		const value = values[run]!;
		const end = at + lengths[run]! + 1;
		if (end > count) return -1;
		if (end - at <= SHORT_RUN && at + SHORT_RUN <= count) {
			into[at] = value;
			into[at + 1] = value;
			into[at + 2] = value;
			into[at + 3] = value;
			into[at + 4] = value;
			into[at + 5] = value;
			into[at + 6] = value;
			into[at + 7] = value;
		} else if (end - at >= FILLED_RUN_MIN) into.fill(value, at, end);
		else for (let i = at; i < end; i++) into[i] = value;
		at = end;
	}
	return at;
}

export function expandIntoWords(values: Uint32Array, lengths: Uint32Array, runs: number, count: number, into: Uint32Array): number {
	let at = 0;
	for (let run = 0; run < runs; run++) {
		const value = values[run]!;
		const end = at + lengths[run]! + 1;
		if (end > count) return -1;
		if (end - at <= SHORT_RUN && at + SHORT_RUN <= count) {
			into[at] = value;
			into[at + 1] = value;
			into[at + 2] = value;
			into[at + 3] = value;
			into[at + 4] = value;
			into[at + 5] = value;
			into[at + 6] = value;
			into[at + 7] = value;
		} else if (end - at >= FILLED_RUN_MIN) into.fill(value, at, end);
		else for (let i = at; i < end; i++) into[i] = value;
		at = end;
	}
	return at;
}
