/**
 * Cypher's aggregates. Nulls are left out. `sum` of integers is an integer as long as no float comes, and 0 of nothing; `avg` is a
 * float, null of nothing; both take durations too. `min` and `max` go by the order of ORDER BY. Standard deviations are computed in
 * one pass by Welford's method; percentiles take their fraction from each row, and the last one counts.
 */
import { cypherError } from '../../../platform/cypher-errors.ts';
import { asNumber, type DynamicNumber, type DynamicValue, floatValue, isFloatValue, isNumberValue, kindName } from '../../../value/dynamic.ts';
import { compareDynamic } from '../../../value/dynamic-comparison.ts';
import { fromBigInt, type Int8 } from '../../../value/int8.ts';
import { CypherDuration } from '../../../value/temporal/cypher-duration.ts';
import { addDurations, divideDuration } from '../../../value/temporal/duration-arithmetic.ts';
import { aggregateFunctions as sqlAggregates } from '../aggregate-functions.ts';
import type { AggregateFunction, AggregateImplementation } from '../contracts.ts';
import { aggregate } from '../define.ts';

/** `count(*)` and `count(x)` are those of SQL. */
const [COUNT_ROWS, COUNT_VALUES] = [0, 1].map((count) => sqlAggregates.find((f) => f.name === 'count' && f.argumentOids.length === count)) as [
	AggregateFunction,
	AggregateFunction,
];

class Sum {
	count = 0;
	/** Exact; may pass 64 bits on the way. */
	integers: Int8 = 0;
	floats = 0;
	hasFloat = false;
	duration: CypherDuration | null = null;
}

function addTo(state: Sum, value: DynamicValue, name: string): Sum {
	if (isNumberValue(value) && state.duration === null) {
		if (isFloatValue(value)) {
			state.hasFloat = true;
			state.floats += asNumber(value);
		} else {
			const sum = typeof value === 'number' && typeof state.integers === 'number' ? state.integers + value : Number.NaN;
			state.integers = Number.isSafeInteger(sum) ? sum : fromBigInt(BigInt(state.integers) + BigInt(value));
		}
	} else if (value instanceof CypherDuration && (state.count === 0 || state.duration !== null)) {
		state.duration = state.duration === null ? value : addDurations(state.duration, value);
	} else throw cypherError('TypeError', `${name}() takes numbers, or durations, not ${kindName(value)}`);
	state.count++;
	return state;
}

function totalOf(state: Sum): DynamicNumber {
	if (state.hasFloat) return floatValue(state.floats + Number(state.integers));
	const { integers } = state;
	if (typeof integers === 'bigint' && BigInt.asIntN(64, integers) !== integers)
		throw cypherError('ArithmeticError', `sum() ${integers} does not fit in 64 bits`);
	return integers;
}

const sum: AggregateImplementation = {
	create: () => new Sum(),
	step: (state: Sum, value: DynamicValue) => addTo(state, value, 'sum'),
	finish: (state: Sum) => state.duration ?? totalOf(state),
};

const average: AggregateImplementation = {
	create: () => new Sum(),
	step: (state: Sum, value: DynamicValue) => addTo(state, value, 'avg'),
	finish: (state: Sum) => {
		if (state.count === 0) return null;
		if (state.duration !== null) return divideDuration(state.duration, state.count);
		return floatValue((state.floats + Number(state.integers)) / state.count);
	},
};

function extreme(sign: 1 | -1): AggregateImplementation {
	return {
		create: () => null,
		step: (state: DynamicValue, value: DynamicValue) => (state === null || compareDynamic(value, state) * sign > 0 ? value : state),
		finish: (state: DynamicValue) => state,
	};
}

const collect: AggregateImplementation = {
	create: () => [],
	step: (state: DynamicValue[], value: DynamicValue) => {
		state.push(value);
		return state;
	},
	finish: (state: DynamicValue[]) => state,
};

class Moments {
	count = 0;
	mean = 0;
	/** Sum of the squares of the distances from the mean. */
	squares = 0;
}

function deviation(name: string, ofPopulation: boolean): AggregateImplementation {
	return {
		create: () => new Moments(),
		step: (state: Moments, value: DynamicValue) => {
			if (!isNumberValue(value)) throw cypherError('TypeError', `${name}() takes numbers, not ${kindName(value)}`);
			const number = asNumber(value);
			const distance = number - state.mean;
			state.count++;
			state.mean += distance / state.count;
			state.squares += distance * (number - state.mean);
			return state;
		},
		finish: (state: Moments) => {
			const divisor = ofPopulation ? state.count : state.count - 1;
			return floatValue(divisor > 0 ? Math.sqrt(state.squares / divisor) : 0);
		},
	};
}

class Percentile {
	readonly values: DynamicNumber[] = [];
	fraction = 0;
}

function percentile(name: string, choose: (sorted: readonly DynamicNumber[], fraction: number) => DynamicNumber): AggregateImplementation {
	return {
		create: () => new Percentile(),
		step: (state: Percentile, value: DynamicValue, fraction: DynamicValue) => {
			if (!isNumberValue(value)) throw cypherError('TypeError', `${name}() takes numbers, not ${kindName(value)}`);
			if (!isNumberValue(fraction)) throw cypherError('TypeError', `the percentile of ${name}() is a number, not ${kindName(fraction)}`);
			state.fraction = asNumber(fraction);
			if (!(state.fraction >= 0 && state.fraction <= 1)) {
				throw cypherError('ArgumentError', `the percentile of ${name}() is a number from 0.0 to 1.0, not ${state.fraction}`);
			}
			state.values.push(value);
			return state;
		},
		finish: (state: Percentile) => (state.values.length === 0 ? null : choose(state.values.sort(compareDynamic), state.fraction)),
	};
}

/** Between the two values beside the fraction, in proportion. */
function continuous(sorted: readonly DynamicNumber[], fraction: number): DynamicNumber {
	const place = fraction * (sorted.length - 1);
	const floor = Math.floor(place);
	const low = asNumber(sorted[floor]!);
	const high = asNumber(sorted[Math.ceil(place)]!);
	return floatValue(low + (place - floor) * (high - low));
}

/** The first value at or behind the fraction. */
function discrete(sorted: readonly DynamicNumber[], fraction: number): DynamicNumber {
	return sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)]!;
}

export { COUNT_ROWS };

/** A list of all values, nulls too. */
export const collectAll: AggregateFunction = aggregate(0, 'collectAll(dynamic) dynamic', collect, { strict: false });

/** The first of values that are all the same. */
export const anyValue: AggregateFunction = aggregate(
	0,
	'anyValue(any) any',
	{
		create: () => undefined,
		step: (state: unknown, value: unknown) => (state === undefined ? value : state),
		finish: (state: unknown) => state ?? null,
	},
	{ strict: false },
);

export const aggregateFunctions: readonly AggregateFunction[] = [
	COUNT_VALUES,
	aggregate(0, 'sum(dynamic) dynamic', sum),
	aggregate(0, 'avg(dynamic) dynamic', average),
	aggregate(0, 'min(dynamic) dynamic', extreme(-1)),
	aggregate(0, 'max(dynamic) dynamic', extreme(1)),
	aggregate(0, 'collect(dynamic) dynamic', collect),
	aggregate(0, 'stDev(dynamic) dynamic', deviation('stDev', false)),
	aggregate(0, 'stDevP(dynamic) dynamic', deviation('stDevP', true)),
	aggregate(0, 'percentileCont(dynamic, dynamic) dynamic', percentile('percentileCont', continuous)),
	aggregate(0, 'percentileDisc(dynamic, dynamic) dynamic', percentile('percentileDisc', discrete)),
];
