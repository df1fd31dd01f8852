/**
 * Patterns of KEYS, SCAN and PSUBSCRIBE over bytes: `*` any run, `?` any byte, `[a-c]` and `[^a]` sets, `\` takes the next byte
 * as it is. Matching goes back to the last `*` only, so that it takes at most pattern times text, not exponential, time.
 */
const STAR = 0x2a;
const QUESTION = 0x3f;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const CARET = 0x5e;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;

export class GlobPattern {
	/** What all that matches begins with. */
	readonly prefix: Uint8Array;
	readonly #pattern: Uint8Array;
	readonly #matchesAll: boolean;
	/** The end of what one element of the pattern took. */
	#next: number;

	constructor(pattern: Uint8Array) {
		this.#pattern = pattern.slice();
		this.#next = 0;
		this.#matchesAll = pattern.length > 0 && pattern.every((byte) => byte === STAR);
		let length = 0;
		while (length < pattern.length && ![STAR, QUESTION, OPEN, BACKSLASH].includes(pattern[length]!)) length++;
		this.prefix = this.#pattern.subarray(0, length);
	}

	matches(text: Uint8Array, start: number, end: number): boolean {
		if (this.#matchesAll) return true;
		const pattern = this.#pattern;
		let at = 0;
		let place = start;
		let starAt = -1;
		let starPlace = start;
		for (;;) {
			if (at < pattern.length && pattern[at] === STAR) {
				starAt = ++at;
				starPlace = place;
				if (at === pattern.length) return true;
				continue;
			}
			if (place === end && at === pattern.length) return true;
			if (place < end && at < pattern.length && this.#one(at, text[place]!)) {
				at = this.#next;
				place++;
				continue;
			}
			if (starAt < 0 || starPlace >= end) return false;
			at = starAt;
			place = ++starPlace;
		}
	}

	/** Whether the element of the pattern at a place matches a byte; its end goes to `#next`. */
	#one(at: number, byte: number): boolean {
		const pattern = this.#pattern;
		const first = pattern[at]!;
		if (first === OPEN) return this.#set(at + 1, byte);
		const escaped = first === BACKSLASH && at + 1 < pattern.length;
		this.#next = at + (escaped ? 2 : 1);
		return (first === QUESTION && !escaped) || pattern[escaped ? at + 1 : at] === byte;
	}

	#set(from: number, byte: number): boolean {
		const pattern = this.#pattern;
		let at = from;
		const isNegated = pattern[at] === CARET;
		if (isNegated) at++;
		let found = false;
		// An open set ends with the pattern.
		while (at < pattern.length && pattern[at] !== CLOSE) {
			if (pattern[at] === BACKSLASH && at + 1 < pattern.length) {
				at++;
				if (pattern[at] === byte) found = true;
			} else if (at + 2 < pattern.length && pattern[at + 1] === MINUS) {
				const low = Math.min(pattern[at]!, pattern[at + 2]!);
				const high = Math.max(pattern[at]!, pattern[at + 2]!);
				if (byte >= low && byte <= high) found = true;
				at += 2;
			} else if (pattern[at] === byte) {
				found = true;
			}
			at++;
		}
		this.#next = Math.min(at + 1, pattern.length);
		return found !== isNegated;
	}
}
