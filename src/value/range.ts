/**
 * Ranges and multiranges: values between two bounds, each of them inclusive, exclusive or absent; and sorted lists of ranges that
 * neither touch nor overlap. Bounds are values of the subtype; null stands for none. Rules are PostgreSQL's (rangetypes.c, multirangetypes.c).
 *
 * Ranges of int4, int8 and date are discrete: they are always of the form [ ), so that equal sets of values are equal ranges.
 */
import { sqlError } from '../platform/errors.ts';
import { DATE, INT4, INT8 } from './builtin-types.ts';
import type { Int8 } from './int8.ts';

export class Range {
	readonly lower: unknown;
	readonly upper: unknown;
	readonly isLowerInclusive: boolean;
	readonly isUpperInclusive: boolean;
	readonly isEmpty: boolean;

	constructor(lower: unknown, upper: unknown, isLowerInclusive: boolean, isUpperInclusive: boolean, isEmpty = false) {
		this.lower = lower;
		this.upper = upper;
		this.isLowerInclusive = isLowerInclusive;
		this.isUpperInclusive = isUpperInclusive;
		this.isEmpty = isEmpty;
	}

	static readonly empty: Range = new Range(null, null, false, false, true);
}

export class Multirange {
	readonly ranges: readonly Range[];

	constructor(ranges: readonly Range[]) {
		this.ranges = ranges;
	}

	static readonly empty: Multirange = new Multirange([]);
}

type Compare = (left: unknown, right: unknown) => number;

/** One end of a range. */
interface Bound {
	/** null: there is none. */
	readonly value: unknown;
	readonly isInclusive: boolean;
	readonly isLower: boolean;
}

function lowerOf(range: Range): Bound {
	return { value: range.lower, isInclusive: range.isLowerInclusive, isLower: true };
}

function upperOf(range: Range): Bound {
	return { value: range.upper, isInclusive: range.isUpperInclusive, isLower: false };
}

/** The same place as the other end of what lies beyond. */
function beyond(bound: Bound): Bound {
	return { value: bound.value, isInclusive: !bound.isInclusive, isLower: !bound.isLower };
}

/** What ranges of one type can do. */
export class RangeRules {
	readonly compare: Compare;
	/** The value after one, of a discrete subtype; null for all others. */
	readonly #next: ((value: never) => unknown) | null;

	constructor(subtypeOid: number, compare: Compare) {
		this.compare = compare;
		this.#next = NEXT.get(subtypeOid) ?? null;
	}

	/** A range between values, null for none, in its canonical form. */
	make(lower: unknown, upper: unknown, isLowerInclusive: boolean, isUpperInclusive: boolean): Range {
		const made = this.#checked(lower, upper, isLowerInclusive && lower !== null, isUpperInclusive && upper !== null);
		const next = this.#next;
		if (next === null || made.isEmpty) return made;
		const from = made.lower === null || made.isLowerInclusive ? made.lower : next(made.lower as never);
		const to = made.upper === null || !made.isUpperInclusive ? made.upper : next(made.upper as never);
		// Infinite dates are no numbers to count from: they stay as they are.
		const keepsLower = from === made.lower && !made.isLowerInclusive;
		const keepsUpper = to === made.upper && made.isUpperInclusive;
		return this.#checked(from, to, from !== null && !keepsLower, keepsUpper);
	}

	#checked(lower: unknown, upper: unknown, isLowerInclusive: boolean, isUpperInclusive: boolean): Range {
		if (lower !== null && upper !== null) {
			const order = this.compare(lower, upper);
			if (order > 0) throw sqlError('22000', 'range lower bound must be less than or equal to range upper bound');
			if (order === 0 && !(isLowerInclusive && isUpperInclusive)) return Range.empty;
		}
		return new Range(lower, upper, isLowerInclusive, isUpperInclusive);
	}

	#between(lower: Bound, upper: Bound): Range {
		return this.make(lower.value, upper.value, lower.isInclusive, upper.isInclusive);
	}

	/** By place alone. */
	#compareValues(left: Bound, right: Bound): number {
		if (left.value === null) return right.value === null && left.isLower === right.isLower ? 0 : left.isLower ? -1 : 1;
		if (right.value === null) return right.isLower ? 1 : -1;
		return this.compare(left.value, right.value);
	}

	#compareBounds(left: Bound, right: Bound): number {
		const order = this.#compareValues(left, right);
		if (order !== 0 || left.value === null || (left.isInclusive && right.isInclusive)) return order;
		if (!left.isInclusive && !right.isInclusive) return left.isLower === right.isLower ? 0 : left.isLower ? 1 : -1;
		return left.isInclusive ? (right.isLower ? -1 : 1) : left.isLower ? 1 : -1;
	}

	compareRanges(left: Range, right: Range): number {
		if (left.isEmpty || right.isEmpty) return Number(right.isEmpty) - Number(left.isEmpty);
		return this.#compareBounds(lowerOf(left), lowerOf(right)) || this.#compareBounds(upperOf(left), upperOf(right));
	}

	compareMultiranges(left: Multirange, right: Multirange): number {
		const common = Math.min(left.ranges.length, right.ranges.length);
		for (let index = 0; index < common; index++) {
			const order = this.compareRanges(left.ranges[index]!, right.ranges[index]!);
			if (order !== 0) return order;
		}
		return left.ranges.length - right.ranges.length;
	}

	holdsValue(range: Range, value: unknown): boolean {
		if (range.isEmpty) return false;
		if (range.lower !== null) {
			const order = this.compare(range.lower, value);
			if (order > 0 || (order === 0 && !range.isLowerInclusive)) return false;
		}
		if (range.upper === null) return true;
		const order = this.compare(range.upper, value);
		return order > 0 || (order === 0 && range.isUpperInclusive);
	}

	holds(outer: Range, inner: Range): boolean {
		if (inner.isEmpty) return true;
		if (outer.isEmpty) return false;
		return this.#compareBounds(lowerOf(outer), lowerOf(inner)) <= 0 && this.#compareBounds(upperOf(outer), upperOf(inner)) >= 0;
	}

	overlap(left: Range, right: Range): boolean {
		if (left.isEmpty || right.isEmpty) return false;
		return this.#compareBounds(lowerOf(left), upperOf(right)) <= 0 && this.#compareBounds(lowerOf(right), upperOf(left)) <= 0;
	}

	isBefore(left: Range, right: Range): boolean {
		return !left.isEmpty && !right.isEmpty && this.#compareBounds(upperOf(left), lowerOf(right)) < 0;
	}

	/** It does not reach beyond the upper end of the other. */
	endsWithin(left: Range, right: Range): boolean {
		return !left.isEmpty && !right.isEmpty && this.#compareBounds(upperOf(left), upperOf(right)) <= 0;
	}

	/** It does not reach below the lower end of the other. */
	startsWithin(left: Range, right: Range): boolean {
		return !left.isEmpty && !right.isEmpty && this.#compareBounds(lowerOf(left), lowerOf(right)) >= 0;
	}

	areAdjacent(left: Range, right: Range): boolean {
		if (left.isEmpty || right.isEmpty) return false;
		return this.#meet(upperOf(left), lowerOf(right)) || this.#meet(upperOf(right), lowerOf(left));
	}

	/** Nothing lies between an upper and a lower bound, and they have no value in common. */
	#meet(upper: Bound, lower: Bound): boolean {
		const order = this.#compareValues(upper, lower);
		if (order === 0) return upper.isInclusive !== lower.isInclusive;
		return order < 0 && this.#next !== null && this.#between(beyond(upper), beyond(lower)).isEmpty;
	}

	/** What both reach over; with a gap between them that is an error, unless `spans`. */
	union(left: Range, right: Range, spans: boolean): Range {
		if (left.isEmpty) return right;
		if (right.isEmpty) return left;
		if (!spans && !this.overlap(left, right) && !this.areAdjacent(left, right)) throw sqlError('22000', 'result of range union would not be contiguous');
		const lower = this.#compareBounds(lowerOf(left), lowerOf(right)) < 0 ? left : right;
		const upper = this.#compareBounds(upperOf(left), upperOf(right)) > 0 ? left : right;
		return this.#between(lowerOf(lower), upperOf(upper));
	}

	intersection(left: Range, right: Range): Range {
		if (!this.overlap(left, right)) return Range.empty;
		const lower = this.#compareBounds(lowerOf(left), lowerOf(right)) >= 0 ? left : right;
		const upper = this.#compareBounds(upperOf(left), upperOf(right)) <= 0 ? left : right;
		return this.#between(lowerOf(lower), upperOf(upper));
	}

	/** What is left of the first, in one or two pieces or none. */
	#pieces(from: Range, taken: Range): Range[] {
		if (!this.overlap(from, taken)) return from.isEmpty ? [] : [from];
		const pieces: Range[] = [];
		if (this.#compareBounds(lowerOf(from), lowerOf(taken)) < 0) pieces.push(this.#between(lowerOf(from), beyond(lowerOf(taken))));
		if (this.#compareBounds(upperOf(from), upperOf(taken)) > 0) pieces.push(this.#between(beyond(upperOf(taken)), upperOf(from)));
		return pieces.filter((piece) => !piece.isEmpty);
	}

	difference(from: Range, taken: Range): Range {
		if (from.isEmpty || taken.isEmpty) return from;
		const isInner = this.#compareBounds(lowerOf(from), lowerOf(taken)) < 0 && this.#compareBounds(upperOf(from), upperOf(taken)) > 0;
		if (isInner) throw sqlError('22000', 'result of range difference would not be contiguous');
		return this.#pieces(from, taken)[0] ?? Range.empty;
	}

	/** Sorted, without empty ones, those that touch or overlap joined. */
	multirange(ranges: readonly Range[]): Multirange {
		const sorted = ranges.filter((range) => !range.isEmpty).sort((left, right) => this.compareRanges(left, right));
		const joined: Range[] = [];
		for (const range of sorted) {
			const last = joined.at(-1);
			if (last !== undefined && !(this.isBefore(last, range) && !this.areAdjacent(last, range))) joined[joined.length - 1] = this.union(last, range, true);
			else joined.push(range);
		}
		return joined.length === 0 ? Multirange.empty : new Multirange(joined);
	}

	/** From the lowest bound to the highest. */
	span({ ranges }: Multirange): Range {
		const first = ranges[0];
		return first === undefined ? Range.empty : this.#between(lowerOf(first), upperOf(ranges.at(-1)!));
	}

	multirangeHolds(outer: Multirange, inner: Range): boolean {
		return inner.isEmpty || outer.ranges.some((range) => this.holds(range, inner));
	}

	multirangesOverlap(left: Multirange, right: Multirange): boolean {
		return left.ranges.some((range) => right.ranges.some((other) => this.overlap(range, other)));
	}

	intersectionOfMultiranges(left: Multirange, right: Multirange): Multirange {
		return this.multirange(left.ranges.flatMap((range) => right.ranges.map((other) => this.intersection(range, other))));
	}

	differenceOfMultiranges(from: Multirange, taken: Multirange): Multirange {
		let pieces: readonly Range[] = from.ranges;
		for (const range of taken.ranges) pieces = pieces.flatMap((piece) => this.#pieces(piece, range));
		return this.multirange(pieces);
	}
}

const INT4_MAX = 2147483647;
const INT8_MAX = 9223372036854775807n;
const DATE_MAX = 2147483493 - 10957;

const NEXT = new Map<number, (value: never) => unknown>([
	[
		INT4.oid,
		(value: number) => {
			if (value === INT4_MAX) throw sqlError('22003', 'integer out of range');
			return value + 1;
		},
	],
	[
		INT8.oid,
		(value: Int8) => {
			const next = BigInt(value) + 1n;
			if (next > INT8_MAX) throw sqlError('22003', 'bigint out of range');
			return Number.isSafeInteger(Number(next)) ? Number(next) : next;
		},
	],
	[
		DATE.oid,
		(value: number) => {
			if (!Number.isFinite(value)) return value;
			if (value >= DATE_MAX) throw sqlError('22008', 'date out of range');
			return value + 1;
		},
	],
]);
