/**
 * Ranges of keys that were removed as a whole: what an older source holds there is not seen. A list is in order, and its ranges
 * neither overlap nor touch, so a search looks at a logarithm of them.
 *
 * As bytes: a varint count, then for each range two blobs, the lower bound (inclusive) and the upper one (exclusive).
 */
import type { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteWriter } from '../bytes/byte-writer.ts';
import { compareArrays, compareBytes } from '../bytes/compare-bytes.ts';

export interface KeyRange {
	/** Inclusive; empty: from the first key. */
	readonly lower: Uint8Array;
	/** Exclusive; null: to the last key. */
	readonly upper: Uint8Array | null;
}

export class KeyRanges {
	readonly ranges: readonly KeyRange[];

	private constructor(ranges: readonly KeyRange[]) {
		this.ranges = ranges;
	}

	static readonly NONE = new KeyRanges([]);

	static of(range: KeyRange): KeyRanges {
		return new KeyRanges([range]);
	}

	/** Ranges that are in order, and neither overlap nor touch. */
	static inOrder(ranges: readonly KeyRange[]): KeyRanges {
		return new KeyRanges(ranges);
	}

	/** These and those of `other`. */
	with(other: KeyRanges): KeyRanges {
		const sorted = [...this.ranges, ...other.ranges].sort((a, b) => compareArrays(a.lower, b.lower));
		const joined: KeyRange[] = [];
		for (const range of sorted) {
			const last = joined.at(-1);
			if (last === undefined || (last.upper !== null && compareArrays(last.upper, range.lower) < 0)) joined.push(range);
			else joined[joined.length - 1] = { lower: last.lower, upper: laterUpper(last.upper, range.upper) };
		}
		return new KeyRanges(joined);
	}

	/** Whether every key from `smallest` to `largest`, both inclusive, lies in one of them. */
	coverAll(smallest: Uint8Array, largest: Uint8Array): boolean {
		const range = this.find(smallest, 0, smallest.length);
		return range !== null && (range.upper === null || compareArrays(range.upper, largest) > 0);
	}

	/** The range that `key[start, end)` lies in, or null. */
	find(key: Uint8Array, start: number, end: number): KeyRange | null {
		const { ranges } = this;
		let low = 0;
		let high = ranges.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			const { lower } = ranges[middle]!;
			if (compareBytes(lower, 0, lower.length, key, start, end) <= 0) low = middle + 1;
			else high = middle;
		}
		const range = ranges[low - 1];
		return range !== undefined && isBelow(key, start, end, range.upper) ? range : null;
	}

	encode(into: ByteWriter): void {
		into.varint(this.ranges.length);
		for (const { lower, upper } of this.ranges) {
			if (upper === null) throw new TypeError('a range that is written has an end');
			into.blob(lower);
			into.blob(upper);
		}
	}

	static decode(reader: ByteReader): KeyRanges {
		const ranges: KeyRange[] = [];
		for (let left = reader.varint(); left > 0; left--) ranges.push({ lower: Uint8Array.from(reader.blob()), upper: Uint8Array.from(reader.blob()) });
		return new KeyRanges(ranges);
	}
}

/** Whether a key lies below an exclusive bound. */
function isBelow(key: Uint8Array, start: number, end: number, upper: Uint8Array | null): boolean {
	return upper === null || compareBytes(key, start, end, upper, 0, upper.length) < 0;
}

export function isInRange({ lower, upper }: KeyRange, key: Uint8Array, start: number, end: number): boolean {
	return compareBytes(lower, 0, lower.length, key, start, end) <= 0 && isBelow(key, start, end, upper);
}

/** The part of a range that lies between two keys, both inclusive; null when none does. */
export function clipRange({ lower, upper }: KeyRange, smallest: Uint8Array, largest: Uint8Array): KeyRange | null {
	if (compareArrays(lower, largest) > 0 || (upper !== null && compareArrays(upper, smallest) <= 0)) return null;
	const isOpen = upper === null || compareArrays(upper, largest) > 0;
	return { lower: compareArrays(lower, smallest) < 0 ? smallest : lower, upper: isOpen ? keyAfter(largest) : upper };
}

/** The least key greater than `key`. */
function keyAfter(key: Uint8Array): Uint8Array {
	const next = new Uint8Array(key.length + 1);
	next.set(key);
	return next;
}

function laterUpper(a: Uint8Array | null, b: Uint8Array | null): Uint8Array | null {
	if (a === null || b === null) return null;
	return compareArrays(a, b) < 0 ? b : a;
}
