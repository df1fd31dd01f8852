/**
 * Aggregates of statistics: variance and standard deviation, covariance and regression, ordered-set aggregates (percentiles, mode)
 * and the hypothetical-set ones (rank and its kin).
 *
 * Integers and numerics are summed exactly and give numeric; floats use the updating formula of Youngs and Cramer, as PostgreSQL.
 * A hypothetical-set aggregate's step gets (sign, startsGroup): how the row stands to the hypothetical one in WITHIN GROUP order
 * (−1 before, 0 a peer, 1 after), and whether it differs from the row before it.
 */
import { sqlError } from '../../platform/errors.ts';
import { Decimal } from '../../value/decimal.ts';
import { fromBigInt, type Int8 } from '../../value/int8.ts';
import { addIntervals, type Interval, multiplyInterval, subtractIntervals } from '../../value/interval.ts';
import { PgArray } from '../../value/pg-array.ts';
import type { AggregateFunction, AggregateImplementation, CallInfo } from './contracts.ts';
import { aggregate, boundAggregate } from './define.ts';
import { requireEquality } from './type-comparison.ts';

type Spread = 'var_pop' | 'var_samp' | 'stddev_pop' | 'stddev_samp';

/** Count, sum and sum of squares of integers. */
class IntegerMoments {
	count = 0;
	sum = 0n;
	squares = 0n;
}

/** Count, sum and sum of squares of numerics; `special` when NaN or infinity was met. */
class NumericMoments {
	count = 0;
	sum: Decimal = Decimal.zero;
	squares: Decimal = Decimal.zero;
	special = false;
}

/** N·ΣX² − (ΣX)² over N² or N·(N − 1), and its root. */
function numericSpread(kind: Spread, count: number, sum: Decimal, squares: Decimal): Decimal | null {
	const sample = kind.endsWith('samp');
	if (count === 0 || (sample && count < 2)) return null;
	const n = Decimal.fromInteger(count);
	const numerator = squares.multiply(n).subtract(sum.multiply(sum));
	if (numerator.sign <= 0) return Decimal.zero;
	const variance = numerator.divide(n.multiply(Decimal.fromInteger(sample ? count - 1 : count)));
	return kind.startsWith('var') ? variance : variance.sqrt().round(variance.scale);
}

const integerSpread = (kind: Spread): AggregateImplementation => ({
	create: () => new IntegerMoments(),
	step: (state: IntegerMoments, value: Int8) => addIntegerMoment(state, BigInt(value), 1),
	inverse: (state: IntegerMoments, value: Int8) => addIntegerMoment(state, BigInt(value), -1),
	finish: (state: IntegerMoments) => numericSpread(kind, state.count, new Decimal(fromBigInt(state.sum), 0), new Decimal(fromBigInt(state.squares), 0)),
});

function addIntegerMoment(state: IntegerMoments, value: bigint, direction: 1 | -1): IntegerMoments {
	state.count += direction;
	state.sum += direction > 0 ? value : -value;
	state.squares += direction > 0 ? value * value : -(value * value);
	return state;
}

const decimalSpread = (kind: Spread): AggregateImplementation => ({
	create: () => new NumericMoments(),
	step: (state: NumericMoments, value: Decimal) => {
		state.count++;
		if (!value.isFinite) {
			state.special = true;
			return state;
		}
		state.sum = state.sum.add(value);
		state.squares = state.squares.add(value.multiply(value));
		return state;
	},
	finish: (state: NumericMoments) => {
		if (state.special) return kind.endsWith('samp') && state.count < 2 ? null : Decimal.nan;
		return numericSpread(kind, state.count, state.sum, state.squares);
	},
});

/** N, ΣX and the sum of squared deviations. */
class FloatMoments {
	count = 0;
	sum = 0;
	deviations = 0;
}

const overflow = (): Error => sqlError('22003', 'value out of range: overflow');

function stepFloatMoments(state: FloatMoments, value: number): FloatMoments {
	const before = state.sum;
	state.count++;
	state.sum += value;
	if (state.count === 1) {
		if (!Number.isFinite(value)) state.deviations = Number.NaN;
		return state;
	}
	const deviation = value * state.count - state.sum;
	state.deviations += (deviation * deviation) / (state.count * (state.count - 1));
	if (isInfinite(state.sum) || isInfinite(state.deviations)) {
		if (!isInfinite(before) && !isInfinite(value)) throw overflow();
		state.deviations = Number.NaN;
	}
	return state;
}

const isInfinite = (value: number): boolean => value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;

const floatSpread = (kind: Spread): AggregateImplementation => ({
	create: () => new FloatMoments(),
	step: stepFloatMoments,
	finish: (state: FloatMoments) => {
		const divisor = kind.endsWith('samp') ? state.count - 1 : state.count;
		if (divisor <= 0) return null;
		const variance = state.deviations / divisor;
		return kind.startsWith('var') ? variance : Math.sqrt(variance);
	},
});

const SPREADS: readonly (readonly [name: string, kind: Spread, int8: number, int4: number, int2: number, float4: number, float8: number, numeric: number])[] = [
	['stddev', 'stddev_samp', 2154, 2155, 2156, 2157, 2158, 2159],
	['stddev_pop', 'stddev_pop', 2724, 2725, 2726, 2727, 2728, 2729],
	['stddev_samp', 'stddev_samp', 2712, 2713, 2714, 2715, 2716, 2717],
	['var_pop', 'var_pop', 2718, 2719, 2720, 2721, 2722, 2723],
	['var_samp', 'var_samp', 2641, 2642, 2643, 2644, 2645, 2646],
	['variance', 'var_samp', 2148, 2149, 2150, 2151, 2152, 2153],
];

const spreadAggregates = SPREADS.flatMap(([name, kind, int8, int4, int2, float4, float8, numeric]) => [
	aggregate(int8, `${name}(int8) numeric`, integerSpread(kind)),
	aggregate(int4, `${name}(int4) numeric`, integerSpread(kind)),
	aggregate(int2, `${name}(int2) numeric`, integerSpread(kind)),
	aggregate(float4, `${name}(float4) float8`, floatSpread(kind)),
	aggregate(float8, `${name}(float8) float8`, floatSpread(kind)),
	aggregate(numeric, `${name}(numeric) numeric`, decimalSpread(kind)),
]);

/** Sums over pairs (Y, X), as PostgreSQL orders the arguments. */
class PairMoments {
	count = 0;
	sumX = 0;
	sumY = 0;
	deviationsX = 0;
	deviationsY = 0;
	products = 0;
}

function stepPair(state: PairMoments, y: number, x: number): PairMoments {
	const beforeX = state.sumX;
	const beforeY = state.sumY;
	state.count++;
	state.sumX += x;
	state.sumY += y;
	if (state.count === 1) {
		if (!Number.isFinite(x)) state.deviationsX = state.products = Number.NaN;
		if (!Number.isFinite(y)) state.deviationsY = state.products = Number.NaN;
		return state;
	}
	const deviationX = x * state.count - state.sumX;
	const deviationY = y * state.count - state.sumY;
	const scale = 1 / (state.count * (state.count - 1));
	state.deviationsX += deviationX * deviationX * scale;
	state.deviationsY += deviationY * deviationY * scale;
	state.products += deviationX * deviationY * scale;
	if ([state.sumX, state.deviationsX, state.sumY, state.deviationsY, state.products].some(isInfinite)) markInfinite(state, [beforeX, x, beforeY, y]);
	return state;
}

function markInfinite(state: PairMoments, inputs: readonly number[]): void {
	const [beforeX, x, beforeY, y] = inputs;
	const infiniteX = isInfinite(beforeX!) || isInfinite(x!);
	const infiniteY = isInfinite(beforeY!) || isInfinite(y!);
	if (((isInfinite(state.sumX) || isInfinite(state.deviationsX)) && !infiniteX) || ((isInfinite(state.sumY) || isInfinite(state.deviationsY)) && !infiniteY)) {
		throw overflow();
	}
	if (isInfinite(state.products) && !infiniteX && !infiniteY) throw overflow();
	if (isInfinite(state.deviationsX)) state.deviationsX = Number.NaN;
	if (isInfinite(state.deviationsY)) state.deviationsY = Number.NaN;
	if (isInfinite(state.products)) state.products = Number.NaN;
}

const pair = (finish: (state: PairMoments) => number | null): AggregateImplementation => ({ create: () => new PairMoments(), step: stepPair, finish });

/** Null for no rows. */
const some = (finish: (state: PairMoments) => number | null) => pair((state) => (state.count === 0 ? null : finish(state)));

function correlation(s: PairMoments): number | null {
	return s.deviationsX === 0 || s.deviationsY === 0 ? null : s.products / Math.sqrt(s.deviationsX * s.deviationsY);
}

function determination(s: PairMoments): number | null {
	if (s.deviationsX === 0) return null;
	return s.deviationsY === 0 ? 1 : (s.products * s.products) / (s.deviationsX * s.deviationsY);
}

const regressionAggregates: readonly AggregateFunction[] = [
	aggregate(2829, 'corr(float8, float8) float8', some(correlation)),
	aggregate(
		2827,
		'covar_pop(float8, float8) float8',
		some((s) => s.products / s.count),
	),
	aggregate(
		2828,
		'covar_samp(float8, float8) float8',
		pair((s) => (s.count < 2 ? null : s.products / (s.count - 1))),
	),
	aggregate(
		2822,
		'regr_avgx(float8, float8) float8',
		some((s) => s.sumX / s.count),
	),
	aggregate(
		2823,
		'regr_avgy(float8, float8) float8',
		some((s) => s.sumY / s.count),
	),
	aggregate(
		2818,
		'regr_count(float8, float8) int8',
		pair((s) => s.count),
	),
	aggregate(
		2826,
		'regr_intercept(float8, float8) float8',
		some((s) => (s.deviationsX === 0 ? null : (s.sumY - (s.sumX * s.products) / s.deviationsX) / s.count)),
	),
	aggregate(2824, 'regr_r2(float8, float8) float8', some(determination)),
	aggregate(
		2825,
		'regr_slope(float8, float8) float8',
		some((s) => (s.deviationsX === 0 ? null : s.products / s.deviationsX)),
	),
	aggregate(
		2819,
		'regr_sxx(float8, float8) float8',
		some((s) => s.deviationsX),
	),
	aggregate(
		2821,
		'regr_sxy(float8, float8) float8',
		some((s) => s.products),
	),
	aggregate(
		2820,
		'regr_syy(float8, float8) float8',
		some((s) => s.deviationsY),
	),
];

/** Keeps the values; they come in order. */
const collected = (finish: (values: readonly unknown[], direct: never) => unknown): AggregateImplementation => ({
	create: () => [],
	step: (state: unknown[], value: unknown) => {
		state.push(value);
		return state;
	},
	finish: finish as AggregateImplementation['finish'],
});

function checkFraction(fraction: number): void {
	if (!(fraction >= 0 && fraction <= 1)) throw sqlError('22003', `percentile value ${fraction} is not between 0 and 1`);
}

function discrete(values: readonly unknown[], fraction: number | null): unknown {
	if (fraction === null) return null;
	checkFraction(fraction);
	if (values.length === 0) return null;
	return values[Math.max(Math.ceil(fraction * values.length), 1) - 1];
}

const interpolateFloat = (low: number, high: number, share: number): number => low + share * (high - low);
const interpolateInterval = (low: Interval, high: Interval, share: number): Interval =>
	addIntervals(multiplyInterval(subtractIntervals(high, low), share), low);

function continuous<T>(interpolate: (low: T, high: T, share: number) => T): (values: readonly unknown[], fraction: number | null) => unknown {
	return (values, fraction) => {
		if (fraction === null) return null;
		checkFraction(fraction);
		if (values.length === 0) return null;
		const place = fraction * (values.length - 1);
		const first = Math.floor(place);
		const low = values[first] as T;
		if (first === Math.ceil(place)) return low;
		return interpolate(low, values[first + 1] as T, place - first);
	};
}

/** The same for an array of fractions: an array of the same shape. */
function forEach(
	percentile: (values: readonly unknown[], fraction: number | null) => unknown,
): (values: readonly unknown[], fractions: PgArray | null) => unknown {
	return (values, fractions) => {
		if (fractions === null || values.length === 0) return null;
		return new PgArray(
			fractions.dimensions,
			fractions.lowerBounds,
			fractions.elements.map((fraction) => percentile(values, fraction as number | null)),
		);
	};
}

/** The most frequent value, the first of those equally frequent. */
function bindMode(info: CallInfo): AggregateImplementation {
	const { equals } = requireEquality(info.argumentTypes[0]!, info.types);
	return collected((values) => {
		let best: unknown = null;
		let bestCount = 0;
		let start = 0;
		for (let at = 1; at <= values.length; at++) {
			if (at < values.length && equals(values[at], values[start])) continue;
			if (at - start > bestCount) {
				bestCount = at - start;
				best = values[start];
			}
			start = at;
		}
		return best;
	});
}

/** Rows before, peers, all rows and groups before. */
class Standing {
	before = 0;
	peers = 0;
	rows = 0;
	groupsBefore = 0;
}

const standing = (finish: (state: Standing) => number): AggregateImplementation => ({
	create: () => new Standing(),
	step: (state: Standing, sign: number, startsGroup: boolean) => {
		state.rows++;
		if (sign < 0) {
			state.before++;
			if (startsGroup) state.groupsBefore++;
		} else if (sign === 0) state.peers++;
		return state;
	},
	finish,
});

const ORDERED_1 = { kind: 'o', directCount: 1 } as const;
const HYPOTHETICAL = { kind: 'h', directCount: 1, strict: false } as const;

const orderedSetAggregates: readonly AggregateFunction[] = [
	boundAggregate(3984, 'mode(anyelement) anyelement', bindMode, { kind: 'o', directCount: 0 }),
	aggregate(3974, 'percentile_cont(float8, float8) float8', collected(continuous(interpolateFloat)), ORDERED_1),
	aggregate(3976, 'percentile_cont(float8, interval) interval', collected(continuous(interpolateInterval)), ORDERED_1),
	aggregate(3980, 'percentile_cont(_float8, float8) _float8', collected(forEach(continuous(interpolateFloat))), ORDERED_1),
	aggregate(3982, 'percentile_cont(_float8, interval) _interval', collected(forEach(continuous(interpolateInterval))), ORDERED_1),
	aggregate(3972, 'percentile_disc(float8, anyelement) anyelement', collected(discrete), ORDERED_1),
	aggregate(3978, 'percentile_disc(_float8, anyelement) anyarray', collected(forEach(discrete)), ORDERED_1),
	aggregate(
		3986,
		'rank(variadic any) int8',
		standing((s) => s.before + 1),
		HYPOTHETICAL,
	),
	aggregate(
		3992,
		'dense_rank(variadic any) int8',
		standing((s) => s.groupsBefore + 1),
		HYPOTHETICAL,
	),
	aggregate(
		3988,
		'percent_rank(variadic any) float8',
		standing((s) => (s.rows === 0 ? 0 : s.before / s.rows)),
		HYPOTHETICAL,
	),
	aggregate(
		3990,
		'cume_dist(variadic any) float8',
		standing((s) => (s.before + s.peers + 1) / (s.rows + 1)),
		HYPOTHETICAL,
	),
];

export const statisticalAggregates: readonly AggregateFunction[] = [...spreadAggregates, ...regressionAggregates, ...orderedSetAggregates];
