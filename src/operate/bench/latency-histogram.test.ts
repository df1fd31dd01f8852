/** The histogram keeps its promise of precision over its whole range, and survives being stored, merged and asked for what it has not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LatencyHistogram } from './latency-histogram.ts';

const PRECISION = 1 / 256;

function filled(values: readonly number[]): LatencyHistogram {
	const histogram = new LatencyHistogram();
	for (const value of values) histogram.record(value);
	return histogram;
}

test('quantiles are within the stated precision of the sorted values', () => {
	const duration = fc.oneof(fc.nat(300), fc.nat(100_000), fc.double({ min: 0, max: 2 ** 43 - 1, noNaN: true }));
	fc.assert(
		fc.property(fc.array(duration, { minLength: 1, maxLength: 200 }), fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
			const sorted = values.map(Math.floor).sort((a, b) => a - b);
			const exact = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
			assert.ok(Math.abs(filled(values).quantileNs(share) - exact) <= exact * PRECISION, `quantile ${share} of ${values.length} values, exactly ${exact}`);
		}),
	);
});

test('every power of two and its neighbours lie in buckets of their own size', () => {
	for (let bit = 0; bit < 43; bit++) {
		for (const value of [2 ** bit - 1, 2 ** bit, 2 ** bit + 1]) {
			const found = filled([value]).quantileNs(0.5);
			assert.equal(found, value, `a single value ${value} is told exactly, by the least and the greatest`);
			const between = filled([0, value, 2 ** 43 - 1]).quantileNs(0.5);
			assert.ok(Math.abs(between - value) <= value * PRECISION, `${value} became ${between}`);
		}
	}
});

test('what is too long or negative is cut to the ends', () => {
	const histogram = filled([-5, 1e30]);
	assert.equal(histogram.count, 2);
	assert.equal(histogram.minNs, 0);
	assert.equal(histogram.maxNs, 2 ** 43 - 1);
});

test('an empty histogram has quantiles of 0', () => {
	assert.equal(new LatencyHistogram().quantileNs(0.99), 0);
	assert.equal(new LatencyHistogram().meanNs, 0);
});

test('merging and storing keep counts and quantiles', () => {
	const low = filled(Array.from({ length: 990 }, (_, at) => 1000 + at));
	const high = filled(Array.from({ length: 10 }, (_, at) => 5_000_000 + at));
	const both = new LatencyHistogram();
	both.add(low);
	both.add(high);
	const again = LatencyHistogram.fromBuckets(JSON.parse(JSON.stringify(both.toBuckets())) as number[]);
	assert.equal(again.count, 1000);
	for (const share of [0.01, 0.5, 0.98, 0.995]) assert.ok(Math.abs(again.quantileNs(share) - both.quantileNs(share)) <= both.quantileNs(share) * PRECISION);
	assert.ok(Math.abs(again.meanNs - both.meanNs) <= both.meanNs * PRECISION);
});
