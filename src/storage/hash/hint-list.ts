/**
 * The hints of a segment while it is written: three words for each record (`segment-format.ts`), at the end put in order of their
 * hashes. Records with equal hashes stay in order of their keys.
 *
 * Cost: 24 bytes a record while it is sorted; three passes of a radix sort, about 30 ns a record.
 */
import { HINT_WORDS } from './segment-format.ts';

const FIRST_HINTS = 256;
const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;
const PASSES = 3;

export class HintList {
	count: number;
	#words: Int32Array;

	constructor() {
		this.count = 0;
		this.#words = new Int32Array(FIRST_HINTS * HINT_WORDS);
	}

	add(high: number, position: number, rest: number): void {
		const at = this.count * HINT_WORDS;
		if (at === this.#words.length) {
			const grown = new Int32Array(at * 2);
			grown.set(this.#words);
			this.#words = grown;
		}
		const words = this.#words;
		words[at] = high;
		words[at + 1] = position;
		words[at + 2] = rest;
		this.count++;
	}

	/** The hints in order of their hashes. Nothing is added after it. */
	sorted(): Int32Array {
		let from = this.#words.subarray(0, this.count * HINT_WORDS);
		let to: Int32Array = new Int32Array(from.length);
		for (let pass = 0; pass < PASSES; pass++) {
			distribute(from, to, pass * DIGIT_BITS);
			const swapped = from;
			from = to;
			to = swapped;
		}
		return from;
	}
}

/** One pass: hints in order of the digit at `shift` of their hash, those with equal digits as they were. */
function distribute(from: Int32Array, to: Int32Array, shift: number): void {
	const places = new Int32Array(DIGITS + 1);
	for (let at = 0; at < from.length; at += HINT_WORDS) places[digitOf(from[at]!, shift) + 1]!++;
	for (let digit = 0; digit < DIGITS; digit++) places[digit + 1]! += places[digit]!;
	for (let at = 0; at < from.length; at += HINT_WORDS) {
		const place = places[digitOf(from[at]!, shift)]!++ * HINT_WORDS;
		to[place] = from[at]!;
		to[place + 1] = from[at + 1]!;
		to[place + 2] = from[at + 2]!;
	}
}

/** Signed hashes: the sign bit is turned so that negative ones come first. */
function digitOf(hash: number, shift: number): number {
	return ((hash ^ 0x80000000) >>> shift) & (DIGITS - 1);
}
