/**
 * One range of keys, or a list of them, as an access path computes them: equal values make a prefix, then each end is the prefix
 * and one more part. `lower` is inclusive, `upper` exclusive, as cursors want; null is unbounded.
 *
 * Calls: `reset`, parts appended to `prefix`, `beginFrom` … `endFrom`, `beginTo` … `endTo` (each or neither), `finish`. For lists:
 * `startList`, then each range followed by `addToList`, `finishList`, `nextInList`.
 */
import { compareArrays } from '../../../bytes/compare-bytes.ts';
import { GrowingKeyBuffer } from '../../../value/key-buffer.ts';

interface Range {
	readonly lower: Uint8Array | null;
	readonly upper: Uint8Array | null;
}

export class KeyBounds {
	readonly prefix = new GrowingKeyBuffer(64);
	readonly #from = new GrowingKeyBuffer(64);
	readonly #to = new GrowingKeyBuffer(64);
	#hasFrom = false;
	#hasTo = false;
	lower: Uint8Array | null = null;
	upper: Uint8Array | null = null;
	isEmpty = false;
	#list: Range[] = [];
	#at = 0;

	reset(): void {
		this.prefix.length = 0;
		this.#hasFrom = false;
		this.#hasTo = false;
		this.isEmpty = false;
	}

	beginFrom(): GrowingKeyBuffer {
		this.#hasFrom = true;
		return startEnd(this.#from, this.prefix);
	}

	/** After the part was written: keys equal to it belong to the range, or not. */
	endFrom(inclusive: boolean): void {
		if (!inclusive) this.#hasFrom = toSuccessor(this.#from) || this.#none();
	}

	beginTo(): GrowingKeyBuffer {
		this.#hasTo = true;
		return startEnd(this.#to, this.prefix);
	}

	endTo(inclusive: boolean): void {
		if (inclusive) this.#hasTo = toSuccessor(this.#to);
	}

	/** Nothing lies behind a key of 0xff bytes alone. */
	#none(): boolean {
		this.isEmpty = true;
		return true;
	}

	finish(): void {
		const { prefix } = this;
		this.lower = this.#hasFrom ? fit(this.lower, this.#from) : prefix.length === 0 ? null : fit(this.lower, prefix);
		if (this.#hasTo) this.upper = fit(this.upper, this.#to);
		else if (prefix.length === 0) this.upper = null;
		else {
			startEnd(this.#to, prefix);
			this.upper = toSuccessor(this.#to) ? fit(this.upper, this.#to) : null;
		}
		if (this.lower !== null && this.upper !== null && compareArrays(this.lower, this.upper) >= 0) this.isEmpty = true;
		// A cursor may be opened all the same: on nothing.
		if (this.isEmpty) this.upper = this.lower === null ? new Uint8Array(0) : this.lower.slice();
	}

	startList(): void {
		this.#list = [];
		this.#at = 0;
	}

	addToList(): void {
		if (!this.isEmpty) this.#list.push({ lower: this.lower, upper: this.upper });
		this.lower = null;
		this.upper = null;
	}

	/** Puts the ranges in the order of reading and joins those that overlap. */
	finishList(reverse: boolean): void {
		const sorted = this.#list.sort((a, b) => compareLower(a.lower, b.lower));
		const joined: { lower: Uint8Array | null; upper: Uint8Array | null }[] = [];
		for (const range of sorted) {
			const last = joined[joined.length - 1];
			if (last !== undefined && (last.upper === null || range.lower === null || compareArrays(range.lower, last.upper) < 0)) {
				if (last.upper !== null && (range.upper === null || compareArrays(range.upper, last.upper) > 0)) last.upper = range.upper;
			} else joined.push({ ...range });
		}
		this.#list = reverse ? joined.reverse() : joined;
		this.#at = 0;
		this.isEmpty = this.#list.length === 0;
		this.lower = null;
		this.upper = null;
		if (!this.nextInList()) this.upper = new Uint8Array(0);
	}

	/** Goes to the next range of the list; false when there is none. */
	nextInList(): boolean {
		const range = this.#list[this.#at];
		if (range === undefined) return false;
		this.#at++;
		this.lower = range.lower;
		this.upper = range.upper;
		return true;
	}
}

function startEnd(end: GrowingKeyBuffer, prefix: GrowingKeyBuffer): GrowingKeyBuffer {
	if (end.bytes.length < prefix.length) end.bytes = Buffer.allocUnsafeSlow(prefix.bytes.length);
	for (let i = 0; i < prefix.length; i++) end.bytes[i] = prefix.bytes[i]!;
	end.length = prefix.length;
	return end;
}

/** Makes the key the least that is greater than all keys it is a prefix of; false when there is none. */
function toSuccessor(key: GrowingKeyBuffer): boolean {
	while (key.length > 0) {
		const last = key.bytes[key.length - 1]!;
		if (last < 255) {
			key.bytes[key.length - 1] = last + 1;
			return true;
		}
		key.length--;
	}
	return false;
}

/** The key's bytes, in the array used before when it has the right length: a cursor is always moved after a change. */
function fit(before: Uint8Array | null, key: GrowingKeyBuffer): Uint8Array {
	if (before === null || before.length !== key.length) return key.copy();
	for (let i = 0; i < before.length; i++) before[i] = key.bytes[i]!;
	return before;
}

function compareLower(a: Uint8Array | null, b: Uint8Array | null): number {
	if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
	return compareArrays(a, b);
}
