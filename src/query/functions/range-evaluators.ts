/** What functions of ranges and multiranges do (`range-functions.ts`), made for the types of one call. Loaded by the first of them. */
import { sqlError } from '../../platform/errors.ts';
import { PgArray } from '../../value/pg-array.ts';
import { Multirange, Range, type RangeRules } from '../../value/range.ts';
import { rangeRulesOf } from '../../value/range-values.ts';
import type { Type } from '../../value/type.ts';
import type { AggregateImplementation, CallInfo } from './contracts.ts';
import type { Evaluate } from './define.ts';

type Either = Range | Multirange;
type Make = (info: CallInfo) => Evaluate;

function isOfRanges(type: Type): boolean {
	return type.kind === 'range' || type.kind === 'multirange';
}

/** The rules of the first argument that has ranges, or of the result. */
function rulesOf({ argumentTypes, returnType, types }: CallInfo): RangeRules {
	return rangeRulesOf(argumentTypes.find(isOfRanges) ?? returnType, types);
}

function rangesOf(value: Either): readonly Range[] {
	return value instanceof Multirange ? value.ranges : value.isEmpty ? [] : [value];
}

const asMultirange = (value: Either): Multirange => (value instanceof Multirange ? value : new Multirange(rangesOf(value)));

/** How multiranges stand to each other is told by what they span. */
const bySpan =
	(test: (rules: RangeRules, left: Range, right: Range) => boolean): Make =>
	(info) => {
		const rules = rulesOf(info);
		const spanOf = (value: Either): Range => (value instanceof Multirange ? rules.span(value) : value);
		return (left: Either, right: Either) => test(rules, spanOf(left), spanOf(right));
	};

const ofRanges =
	(evaluate: (rules: RangeRules, left: Range, right: Range) => unknown): Make =>
	(info) => {
		const rules = rulesOf(info);
		return (left: Range, right: Range) => evaluate(rules, left, right);
	};

const ofMultiranges =
	(evaluate: (rules: RangeRules, left: Multirange, right: Multirange) => unknown): Make =>
	(info) => {
		const rules = rulesOf(info);
		return (left: Multirange, right: Multirange) => evaluate(rules, left, right);
	};

function holds(rules: RangeRules, outer: Either, inner: Either): boolean {
	if (outer instanceof Range && inner instanceof Range) return rules.holds(outer, inner);
	return rangesOf(inner).every((range) => rules.multirangeHolds(asMultirange(outer), range));
}

function holdsValue(rules: RangeRules, value: Either, wanted: unknown): boolean {
	return rangesOf(value).some((range) => rules.holdsValue(range, wanted));
}

/** Of the first range, or of the last. */
const ofEnd =
	(which: 0 | -1, read: (range: Range) => unknown): Make =>
	() =>
	(value: Either) =>
		read((value instanceof Multirange ? value.ranges.at(which) : value) ?? Range.empty);

const FLAGS: Readonly<Record<string, readonly [boolean, boolean]>> = { '[]': [true, true], '[)': [true, false], '(]': [false, true], '()': [false, false] };

function flagsOf(text: string | null): readonly [boolean, boolean] {
	if (text === null) throw sqlError('22000', 'range constructor flags argument must not be null');
	const flags = FLAGS[text];
	if (flags === undefined) throw sqlError('42601', 'invalid range bound flags', { hint: 'Valid values are "[]", "[)", "(]", and "()".' });
	return flags;
}

function make(info: CallInfo): Evaluate {
	const rules = rulesOf(info);
	return (lower: unknown, upper: unknown, text: string | null = '[)') => {
		const [isLowerInclusive, isUpperInclusive] = flagsOf(text);
		return rules.make(lower, upper, isLowerInclusive, isUpperInclusive);
	};
}

function makeMultirange(info: CallInfo): Evaluate {
	const rules = rulesOf(info);
	return (given?: Range | PgArray) => {
		if (!(given instanceof PgArray)) return rules.multirange(given === undefined ? [] : [given]);
		if (given.dimensions.length > 1) throw sqlError('21000', 'multiranges cannot be constructed from multidimensional arrays');
		if (given.elements.includes(null)) throw sqlError('22004', 'multirange values cannot contain null members');
		return rules.multirange(given.elements as readonly Range[]);
	};
}

export const makers = {
	overlap: (info: CallInfo) => {
		const rules = rulesOf(info);
		return (left: Either, right: Either) => rules.multirangesOverlap(asMultirange(left), asMultirange(right));
	},
	endsWithin: bySpan((rules, left, right) => rules.endsWithin(left, right)),
	startsWithin: bySpan((rules, left, right) => rules.startsWithin(left, right)),
	isBefore: bySpan((rules, left, right) => rules.isBefore(left, right)),
	isAfter: bySpan((rules, left, right) => rules.isBefore(right, left)),
	areAdjacent: bySpan((rules, left, right) => rules.areAdjacent(left, right)),
	intersection: ofRanges((rules, left, right) => rules.intersection(left, right)),
	union: ofRanges((rules, left, right) => rules.union(left, right, false)),
	merge: ofRanges((rules, left, right) => rules.union(left, right, true)),
	difference: ofRanges((rules, left, right) => rules.difference(left, right)),
	multirangeIntersection: ofMultiranges((rules, left, right) => rules.intersectionOfMultiranges(left, right)),
	multirangeUnion: ofMultiranges((rules, left, right) => rules.multirange([...left.ranges, ...right.ranges])),
	multirangeDifference: ofMultiranges((rules, left, right) => rules.differenceOfMultiranges(left, right)),
	holds: (info: CallInfo) => {
		const rules = rulesOf(info);
		return (outer: Either, inner: Either) => holds(rules, outer, inner);
	},
	isHeld: (info: CallInfo) => {
		const rules = rulesOf(info);
		return (inner: Either, outer: Either) => holds(rules, outer, inner);
	},
	holdsValue: (info: CallInfo) => {
		const rules = rulesOf({ ...info, argumentTypes: [info.argumentTypes[0]!] });
		return (value: Either, wanted: unknown) => holdsValue(rules, value, wanted);
	},
	valueHeld: (info: CallInfo) => {
		const rules = rulesOf({ ...info, argumentTypes: [info.argumentTypes[1]!] });
		return (wanted: unknown, value: Either) => holdsValue(rules, value, wanted);
	},
	lower: ofEnd(0, (range) => range.lower),
	upper: ofEnd(-1, (range) => range.upper),
	isEmpty: () => (value: Either) => rangesOf(value).length === 0,
	isLowerInclusive: ofEnd(0, (range) => range.isLowerInclusive),
	isUpperInclusive: ofEnd(-1, (range) => range.isUpperInclusive),
	isLowerInfinite: ofEnd(0, (range) => !range.isEmpty && range.lower === null),
	isUpperInfinite: ofEnd(-1, (range) => !range.isEmpty && range.upper === null),
	span: (info: CallInfo) => {
		const rules = rulesOf(info);
		return (value: Multirange) => rules.span(value);
	},
	make,
	makeMultirange,
	compare: (info: CallInfo) => {
		const rules = rulesOf(info);
		return (left: Either, right: Either) =>
			Math.sign(left instanceof Range ? rules.compareRanges(left, right as Range) : rules.compareMultiranges(left, right as Multirange));
	},
	same: () => (value: Range) => value,
} satisfies Record<string, Make>;

/** range_agg: all ranges of the rows in one multirange; NULL for no rows. */
export function gathering(info: CallInfo): AggregateImplementation {
	const rules = rulesOf(info);
	return {
		create: () => null,
		step: (state: Range[] | null, value: Either) => {
			const ranges = state ?? [];
			ranges.push(...rangesOf(value));
			return ranges;
		},
		finish: (state: Range[] | null) => (state === null ? null : rules.multirange(state)),
	};
}

/** range_intersect_agg: what all rows have in common. */
export function intersecting(info: CallInfo): AggregateImplementation {
	const rules = rulesOf(info);
	return {
		create: () => null,
		step: (state: Either | null, value: Either) => {
			if (state === null) return value;
			if (state instanceof Range) return rules.intersection(state, value as Range);
			return rules.intersectionOfMultiranges(state, value as Multirange);
		},
		finish: (state: Either | null) => state,
	};
}
