/** Approximate aggregates, with sketches for states: counts of different values (`distinct-sketch.ts`), percentiles (`quantile-sketch.ts`). */
import { hashNumber, hashText } from '../../../bytes/mixed-hash.ts';
import { sqlError } from '../../../platform/errors.ts';
import { PgArray } from '../../../value/pg-array.ts';
import type { AggregateFunction, AggregateImplementation, CallInfo, ScalarFunction } from '../contracts.ts';
import { aggregate, boundAggregate, scalar } from '../define.ts';
import { requireEquality } from '../type-comparison.ts';
import { DistinctSketch } from './distinct-sketch.ts';
import { QuantileSketch } from './quantile-sketch.ts';

function distinctOf(finish: (sketch: DistinctSketch) => unknown): (info: CallInfo) => AggregateImplementation {
	return (info) => {
		const equality = requireEquality(info.argumentTypes[0]!, info.types);
		return {
			create: () => new DistinctSketch(),
			step: (sketch: DistinctSketch, value: unknown) => {
				const key = equality.key(value);
				sketch.add(typeof key === 'string' || typeof key === 'bigint' ? hashText(String(key), 0) : hashNumber(Number(key) + 0, 0));
				return sketch;
			},
			finish,
		};
	};
}

/** What approx_percentile has met: the fractions are those of the first row. */
class Percentiles {
	readonly sketch = new QuantileSketch();
	fractions: unknown = null;
}

function addPercentile(state: Percentiles, value: number, fractions: number | PgArray): Percentiles {
	if (state.fractions === null) {
		for (const fraction of fractions instanceof PgArray ? (fractions.elements as readonly (number | null)[]) : [fractions]) checkFraction(fraction);
		state.fractions = fractions;
	}
	state.sketch.add(value);
	return state;
}

function checkFraction(fraction: number | null): void {
	if (fraction !== null && !(fraction >= 0 && fraction <= 1)) throw sqlError('22003', `percentile value ${fraction} is not between 0 and 1`);
}

const percentile: AggregateImplementation = {
	create: () => new Percentiles(),
	step: addPercentile,
	finish: (state: Percentiles) => (state.fractions === null ? null : state.sketch.quantile(state.fractions as number)),
};

const percentiles: AggregateImplementation = {
	create: () => new Percentiles(),
	step: addPercentile,
	finish: ({ sketch, fractions }: Percentiles) =>
		fractions === null ? null : PgArray.of((fractions as PgArray).elements.map((fraction) => (fraction === null ? null : sketch.quantile(fraction as number)))),
};

const merge: AggregateImplementation = {
	create: () => new DistinctSketch(),
	step: (sketch: DistinctSketch, bytes: Uint8Array) => {
		sketch.merge(DistinctSketch.decode(bytes));
		return sketch;
	},
	finish: (sketch: DistinctSketch) => sketch.encode(),
};

export const sketchAggregates: readonly AggregateFunction[] = [
	boundAggregate(
		0,
		'approx_count_distinct(any) int8',
		distinctOf((sketch) => sketch.estimate()),
	),
	boundAggregate(
		0,
		'approx_distinct_sketch(any) bytea',
		distinctOf((sketch) => sketch.encode()),
	),
	aggregate(0, 'approx_distinct_merge(bytea) bytea', merge),
	aggregate(0, 'approx_percentile(float8, float8) float8', percentile),
	aggregate(0, 'approx_percentile(float8, _float8) _float8', percentiles),
];

export const sketchFunctions: readonly ScalarFunction[] = [
	scalar(0, 'approx_distinct_estimate(bytea) int8', (bytes: Uint8Array) => DistinctSketch.decode(bytes).estimate()),
];
