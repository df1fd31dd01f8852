/**
 * Aggregates: count, sum, avg, min, max, booleans, bits, string_agg, array_agg. Result types are PostgreSQL's: sums of int4 are
 * int8, sums of int8 and all averages of integers are numeric and exact.
 *
 * The cheapest have `inline` text, their state one field. Exact integer sums stay numbers while safe and go on as bigints.
 */
import { sqlError } from '../../platform/errors.ts';
import { BitString } from '../../value/bit-string.ts';
import { Decimal } from '../../value/decimal.ts';
import { andInt8, checkInt8, fromBigInt, type Int8, orInt8, xorInt8 } from '../../value/int8.ts';
import { addIntervals, divideInterval, type Interval, Interval as IntervalClass, subtractIntervals } from '../../value/interval.ts';
import { PgArray } from '../../value/pg-array.ts';
import type { AggregateFunction, AggregateImplementation, CallInfo } from './contracts.ts';
import { aggregate, boundAggregate } from './define.ts';
import { FLOAT_ORDERING, orderingOf, requireOrdering } from './type-comparison.ts';

const MAX_SAFE = Number.MAX_SAFE_INTEGER;

/** Adds without a bound on the digits. */
function addExact(a: Int8, b: Int8): Int8 {
	if (typeof a === 'number' && typeof b === 'number') {
		const sum = a + b;
		if (sum <= MAX_SAFE && sum >= -MAX_SAFE) return sum;
	}
	return fromBigInt(BigInt(a) + BigInt(b));
}

const count: AggregateImplementation = {
	create: () => 0,
	step: (state: number) => state + 1,
	inverse: (state: number) => state - 1,
	finish: (state: number) => state,
	inline: { create: '0', step: (state) => `${state} + 1`, finish: (state) => state },
};

const sumOfInt4: AggregateImplementation = {
	create: () => null,
	step: (state: Int8 | null, value: number) => (state === null ? value : addExact(state, value)),
	finish: (state: Int8 | null) => (typeof state === 'bigint' ? checkInt8(state) : state),
	inline: {
		create: 'null',
		step: (s, [v]) =>
			`${s} === null ? ${v} : typeof ${s} === 'number' && ${s} + ${v} <= ${MAX_SAFE} && ${s} + ${v} >= ${-MAX_SAFE} ? ${s} + ${v} : BigInt(${s}) + BigInt(${v})`,
		finish: (s) => `(typeof ${s} === 'bigint' && ${s} <= ${MAX_SAFE} && ${s} >= ${-MAX_SAFE} ? Number(${s}) : ${s})`,
	},
};

/** Sum and count of integers of any length. */
class IntegerSum {
	count = 0;
	sum: Int8 = 0;
}

function stepInteger(state: IntegerSum, value: Int8): IntegerSum {
	state.count++;
	state.sum = addExact(state.sum, value);
	return state;
}

function inverseInteger(state: IntegerSum, value: Int8): IntegerSum {
	state.count--;
	state.sum = addExact(state.sum, -value);
	return state;
}

const integerSum = (finish: (state: IntegerSum) => unknown): AggregateImplementation => ({
	create: () => new IntegerSum(),
	step: stepInteger,
	inverse: inverseInteger,
	finish: (state: IntegerSum) => (state.count === 0 ? null : finish(state)),
});

const sumOfInt8 = integerSum((state) => Decimal.fromInteger(state.sum));
const averageOfIntegers = integerSum((state) => Decimal.fromInteger(state.sum).divide(Decimal.fromInteger(state.count)));

/** Sum and count of numerics. While values share a scale and stay safe, no object is made per row: the pending sum is a number. */
class NumericSum {
	count = 0;
	pending = 0;
	scale = 0;
	total: Decimal = Decimal.zero;
}

function stepNumeric(state: NumericSum, value: Decimal): NumericSum {
	state.count++;
	const coefficient = value.coefficient;
	if (typeof coefficient === 'number') {
		if (value.scale !== state.scale) settleNumeric(state, value.scale);
		const sum = state.pending + coefficient;
		if (sum <= MAX_SAFE && sum >= -MAX_SAFE) {
			state.pending = sum;
			return state;
		}
	}
	state.total = state.total.add(value);
	return state;
}

function settleNumeric(state: NumericSum, scale: number): void {
	state.total = state.total.add(new Decimal(state.pending, state.scale));
	state.pending = 0;
	state.scale = scale;
}

function totalOf(state: NumericSum): Decimal {
	settleNumeric(state, state.scale);
	return state.total;
}

const numericSum = (finish: (state: NumericSum) => unknown): AggregateImplementation => ({
	create: () => new NumericSum(),
	step: stepNumeric,
	finish: (state: NumericSum) => (state.count === 0 ? null : finish(state)),
});

const sumOfNumeric = numericSum(totalOf);
const averageOfNumeric = numericSum((state) => totalOf(state).divide(Decimal.fromInteger(state.count)));

function checkedFloatSum(sum: number, a: number, b: number): number {
	if (!Number.isFinite(sum) && Number.isFinite(a) && Number.isFinite(b)) throw sqlError('22003', 'value out of range: overflow');
	return sum;
}

const sumOfFloat8: AggregateImplementation = {
	create: () => null,
	step: (state: number | null, value: number) => (state === null ? value : checkedFloatSum(state + value, state, value)),
	finish: (state: number | null) => state,
};

const sumOfFloat4: AggregateImplementation = {
	create: () => null,
	step: (state: number | null, value: number) => (state === null ? value : checkedFloatSum(Math.fround(state + value), state, value)),
	finish: (state: number | null) => state,
};

class FloatSum {
	count = 0;
	sum = 0;
}

const averageOfFloat: AggregateImplementation = {
	create: () => new FloatSum(),
	step: (state: FloatSum, value: number) => {
		state.count++;
		state.sum = checkedFloatSum(state.sum + value, state.sum, value);
		return state;
	},
	finish: (state: FloatSum) => (state.count === 0 ? null : state.sum / state.count),
};

class IntervalSum {
	count = 0;
	sum: Interval = new IntervalClass(0, 0, 0);
}

const intervalSum = (finish: (state: IntervalSum) => unknown): AggregateImplementation => ({
	create: () => new IntervalSum(),
	step: (state: IntervalSum, value: Interval) => {
		state.count++;
		state.sum = addIntervals(state.sum, value);
		return state;
	},
	inverse: (state: IntervalSum, value: Interval) => {
		state.count--;
		state.sum = subtractIntervals(state.sum, value);
		return state;
	},
	finish: (state: IntervalSum) => (state.count === 0 ? null : finish(state)),
});

/** Keeps the state unless the value is beyond it. */
const primitiveExtreme = (sign: '<' | '>'): AggregateImplementation => ({
	create: () => null,
	step:
		sign === '<'
			? (state: number | null, value: number) => (state === null || value < state ? value : state)
			: (state: number | null, value: number) => (state === null || value > state ? value : state),
	finish: (state: unknown) => state,
	inline: { create: 'null', step: (s, [v]) => `${s} === null || ${v} ${sign} ${s} ? ${v} : ${s}`, finish: (s) => s },
});

/** Of equal values that differ in form (1.1 and 1.10) the last is kept, of bpchar the first, as PostgreSQL does. */
function comparedExtreme(direction: -1 | 1, compare: (a: unknown, b: unknown) => number, keepsFirst: boolean): AggregateImplementation {
	return {
		create: () => null,
		step: keepsFirst
			? (state: unknown, value: unknown) => (state === null || compare(value, state) * direction > 0 ? value : state)
			: (state: unknown, value: unknown) => (state === null || compare(value, state) * direction >= 0 ? value : state),
		finish: (state: unknown) => state,
	};
}

function bindExtreme(direction: -1 | 1): (info: CallInfo) => AggregateImplementation {
	return (info) => {
		const type = info.argumentTypes[0]!;
		const ordering = orderingOf(type, info.types);
		if (ordering?.primitive === true) return primitiveExtreme(direction < 0 ? '<' : '>');
		return comparedExtreme(direction, ordering === FLOAT_ORDERING ? FLOAT_ORDERING.compare : requireOrdering(type, info.types), type.name === 'bpchar');
	};
}

const EXTREME_TYPES: readonly (readonly [string, max: number, min: number])[] = [
	['anyarray', 2050, 2051],
	['int8', 2115, 2131],
	['int4', 2116, 2132],
	['int2', 2117, 2133],
	['oid', 2118, 2134],
	['float4', 2119, 2135],
	['float8', 2120, 2136],
	['date', 2122, 2138],
	['time', 2123, 2139],
	['timetz', 2124, 2140],
	['timestamp', 2126, 2142],
	['timestamptz', 2127, 2143],
	['interval', 2128, 2144],
	['text', 2129, 2145],
	['numeric', 2130, 2146],
	['bpchar', 2244, 2245],
	['anyenum', 3526, 3527],
	['xid8', 5099, 5100],
];

const allTrue: AggregateImplementation = {
	create: () => null,
	step: (state: boolean | null, value: boolean) => (state === null ? value : state && value),
	finish: (state: boolean | null) => state,
	inline: { create: 'null', step: (s, [v]) => `${s} === null ? ${v} : ${s} && ${v}`, finish: (s) => s },
};

const anyTrue: AggregateImplementation = {
	create: () => null,
	step: (state: boolean | null, value: boolean) => (state === null ? value : state || value),
	finish: (state: boolean | null) => state,
	inline: { create: 'null', step: (s, [v]) => `${s} === null ? ${v} : ${s} || ${v}`, finish: (s) => s },
};

/** An aggregate that combines values pairwise; null when there are none. */
function fold<T>(combine: (state: T, value: T) => T): AggregateImplementation {
	return {
		create: () => null,
		step: (state: T | null, value: T) => (state === null ? value : combine(state, value)),
		finish: (state: T | null) => state,
	};
}

function combineBits(combine: (a: number, b: number) => number, verb: string): (a: BitString, b: BitString) => BitString {
	return (a, b) => {
		if (a.bitCount !== b.bitCount) throw sqlError('22026', `cannot ${verb} bit strings of different sizes`);
		return new BitString(
			a.bitCount,
			a.bytes.map((byte, index) => combine(byte, b.bytes[index]!)),
		);
	};
}

/** Nulls are skipped; the delimiter of the first value is not used, a null delimiter is empty. */
const stringAggregate: AggregateImplementation = {
	create: () => null,
	step: (state: string | null, value: string | null, delimiter: string | null) => {
		if (value === null) return state;
		return state === null ? value : state + (delimiter ?? '') + value;
	},
	finish: (state: string | null) => state,
};

const byteaAggregate: AggregateImplementation = {
	create: () => null,
	step: (state: Uint8Array[] | null, value: Uint8Array | null, delimiter: Uint8Array | null) => {
		if (value === null) return state;
		if (state === null) return [value];
		if (delimiter !== null) state.push(delimiter);
		state.push(value);
		return state;
	},
	finish: (state: Uint8Array[] | null) => (state === null ? null : new Uint8Array(Buffer.concat(state))),
};

const arrayAggregate: AggregateImplementation = {
	create: () => null,
	step: (state: unknown[] | null, value: unknown) => {
		if (state === null) return [value];
		state.push(value);
		return state;
	},
	finish: (state: unknown[] | null) => (state === null ? null : PgArray.of(state)),
};

/** Arrays of one shape, stacked into one more dimension. */
const arrayOfArraysAggregate: AggregateImplementation = {
	create: () => null,
	step: (state: PgArray[] | null, value: PgArray | null) => {
		if (value === null) throw sqlError('22004', 'cannot accumulate null arrays');
		if (value.dimensions.length === 0) throw sqlError('2202E', 'cannot accumulate empty arrays');
		if (state === null) return [value];
		const first = state[0]!.dimensions;
		if (first.length !== value.dimensions.length || first.some((length, index) => length !== value.dimensions[index])) {
			throw sqlError('2202E', 'cannot accumulate arrays of different dimensionality');
		}
		state.push(value);
		return state;
	},
	finish: (state: PgArray[] | null) => {
		if (state === null) return null;
		const first = state[0]!;
		return new PgArray(
			[state.length, ...first.dimensions],
			[1, ...first.lowerBounds],
			state.flatMap((array) => array.elements),
		);
	},
};

export const aggregateFunctions: readonly AggregateFunction[] = [
	aggregate(2803, 'count() int8', count),
	aggregate(2147, 'count(any) int8', count),
	aggregate(2108, 'sum(int4) int8', sumOfInt4),
	aggregate(2109, 'sum(int2) int8', sumOfInt4),
	aggregate(2107, 'sum(int8) numeric', sumOfInt8),
	aggregate(2110, 'sum(float4) float4', sumOfFloat4),
	aggregate(2111, 'sum(float8) float8', sumOfFloat8),
	aggregate(
		2113,
		'sum(interval) interval',
		intervalSum((state) => state.sum),
	),
	aggregate(2114, 'sum(numeric) numeric', sumOfNumeric),
	aggregate(2100, 'avg(int8) numeric', averageOfIntegers),
	aggregate(2101, 'avg(int4) numeric', averageOfIntegers),
	aggregate(2102, 'avg(int2) numeric', averageOfIntegers),
	aggregate(2103, 'avg(numeric) numeric', averageOfNumeric),
	aggregate(2104, 'avg(float4) float8', averageOfFloat),
	aggregate(2105, 'avg(float8) float8', averageOfFloat),
	aggregate(
		2106,
		'avg(interval) interval',
		intervalSum((state) => divideInterval(state.sum, state.count)),
	),
	...EXTREME_TYPES.flatMap(([type, max, min]) => [
		boundAggregate(max, `max(${type}) ${type}`, bindExtreme(1)),
		boundAggregate(min, `min(${type}) ${type}`, bindExtreme(-1)),
	]),
	aggregate(2517, 'bool_and(bool) bool', allTrue),
	aggregate(2519, 'every(bool) bool', allTrue),
	aggregate(2518, 'bool_or(bool) bool', anyTrue),
	aggregate(2236, 'bit_and(int2) int2', fold(andInt8)),
	aggregate(2238, 'bit_and(int4) int4', fold(andInt8)),
	aggregate(2240, 'bit_and(int8) int8', fold(andInt8)),
	aggregate(2242, 'bit_and(bit) bit', fold(combineBits((a, b) => a & b, 'AND'))),
	aggregate(2237, 'bit_or(int2) int2', fold(orInt8)),
	aggregate(2239, 'bit_or(int4) int4', fold(orInt8)),
	aggregate(2241, 'bit_or(int8) int8', fold(orInt8)),
	aggregate(2243, 'bit_or(bit) bit', fold(combineBits((a, b) => a | b, 'OR'))),
	aggregate(6164, 'bit_xor(int2) int2', fold(xorInt8)),
	aggregate(6165, 'bit_xor(int4) int4', fold(xorInt8)),
	aggregate(6166, 'bit_xor(int8) int8', fold(xorInt8)),
	aggregate(6167, 'bit_xor(bit) bit', fold(combineBits((a, b) => a ^ b, 'XOR'))),
	aggregate(3538, 'string_agg(text, text) text', stringAggregate, { strict: false }),
	aggregate(3545, 'string_agg(bytea, bytea) bytea', byteaAggregate, { strict: false }),
	aggregate(2335, 'array_agg(anynonarray) anyarray', arrayAggregate, { strict: false }),
	aggregate(4053, 'array_agg(anyarray) anyarray', arrayOfArraysAggregate, { strict: false }),
];
