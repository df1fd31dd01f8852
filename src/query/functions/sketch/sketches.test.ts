/** Sketches keep the errors that their pages state, merge into the sketch of all values, and keep their bytes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashBytes, hashNumber, hashText } from '../../../bytes/mixed-hash.ts';
import { DistinctSketch } from './distinct-sketch.ts';
import { QuantileSketch } from './quantile-sketch.ts';

const sketchOf = (from: number, to: number, hash: (n: number) => number): DistinctSketch => {
	const sketch = new DistinctSketch();
	for (let n = from; n < to; n++) sketch.add(hash(n));
	return sketch;
};

const HASHES: Readonly<Record<string, (seed: number) => (n: number) => number>> = {
	numbers: (seed) => (n) => hashNumber(n, seed),
	texts: (seed) => (n) => hashText(`value ${n}`, seed),
	bytes: (seed) => (n) => hashBytes(new Uint8Array(new Uint32Array([n]).buffer), 4, seed),
};

test('estimates of distinct values have a standard error of 1.6 % and no bias, for each kind of value', () => {
	for (const [kind, hashOf] of Object.entries(HASHES)) {
		for (const count of [300, 3000, 40_000]) {
			const errors = Array.from({ length: 25 }, (_, seed) => sketchOf(0, count, hashOf(seed + 1)).estimate() / count - 1);
			const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
			const spread = Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length);
			// Four standard deviations of a mean, and twice the stated error of one.
			assert.ok(Math.abs(mean) < (4 * 0.0163) / 5, `${kind}, ${count}: mean error ${mean}`);
			assert.ok(spread < 2 * 0.0163, `${kind}, ${count}: standard error ${spread}`);
		}
	}
});

test('few values are counted exactly, and values that come again do not count', () => {
	const sketch = sketchOf(0, 256, (n) => hashNumber(n, 0));
	assert.equal(sketch.estimate(), 256);
	for (let n = 0; n < 256; n++) sketch.add(hashNumber(n, 0));
	assert.equal(sketch.estimate(), 256);
	assert.equal(new DistinctSketch().estimate(), 0);
});

test('the merge of two sketches is the sketch of both sets, by way of bytes too', () => {
	const hash = (n: number): number => hashNumber(n, 0);
	for (const [a, b, c] of [
		[0, 100, 200],
		[0, 100, 9000],
		[0, 9000, 9100],
		[0, 5000, 20_000],
	] as const) {
		const merged = DistinctSketch.decode(sketchOf(a, b, hash).encode());
		merged.merge(DistinctSketch.decode(sketchOf(b - 50, c, hash).encode()));
		assert.deepEqual(merged.encode(), sketchOf(a, c, hash).encode());
	}
});

test('the bytes of a sketch are those of docs/formats/distinct-sketch.md', () => {
	const few = new DistinctSketch();
	for (const hash of [hashNumber(1, 0), hashText('a', 0)]) few.add(hash);
	assert.equal(Buffer.from(few.encode()).toString('hex'), GOLDEN_FEW);
	const many = sketchOf(0, 1000, (n) => hashNumber(n, 0)).encode();
	assert.equal(many.length, 4098);
	assert.equal(Buffer.from(many.subarray(0, 18)).toString('hex'), GOLDEN_MANY);
	for (const wrong of [[], [1], [2, 0], [1, 0, 7], [1, 1, 5], [1, 2], [1, 0, 255, 255, 255, 255, 255, 255, 255, 255]]) {
		assert.throws(() => DistinctSketch.decode(new Uint8Array(wrong)), /no distinct sketch/, String(wrong));
	}
});

const GOLDEN_FEW = '0100ed6ac49e6a440400408ff44238581000';
const GOLDEN_MANY = '010100000000000000000000000000000100';

test('quantiles are within 0.5 % of a value of their rank', () => {
	const random = ((state: number) => (): number => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 2 ** 32;
	})(7);
	const shapes: readonly (() => number)[] = [
		() => random() * 1000,
		() => (random() - 0.5) * 1e6,
		() => Math.exp(random() * 200 - 100),
		() => Math.floor(random() * 5) - 2,
		() => -Math.exp(random() * 20),
	];
	for (const shape of shapes) {
		const values = Array.from({ length: 3001 }, shape);
		const sketch = new QuantileSketch();
		for (const value of values) sketch.add(value);
		values.sort((a, b) => a - b);
		for (const fraction of [0, 0.01, 0.25, 0.5, 0.9, 0.999, 1]) {
			const exact = values[Math.max(0, Math.ceil(fraction * values.length) - 1)]!;
			const found = sketch.quantile(fraction)!;
			assert.ok(Math.abs(found - exact) <= Math.abs(exact) * 0.005000001, `${fraction}: ${found} for ${exact}`);
		}
	}
});

test('infinities and NaN have their places among the quantiles', () => {
	const sketch = new QuantileSketch();
	for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1, Number.NEGATIVE_INFINITY, 0, 5e-324]) sketch.add(value);
	const found = [0, 0.3, 0.5, 0.6, 0.8, 1].map((fraction) => sketch.quantile(fraction));
	assert.deepEqual(
		found.map((value) => (value !== null && value > 0 && value < 1e-300 ? 'tiny' : value !== null && Math.abs(value - 1) < 0.006 ? 1 : value)),
		[Number.NEGATIVE_INFINITY, 0, 'tiny', 1, Number.POSITIVE_INFINITY, Number.NaN],
	);
	assert.equal(new QuantileSketch().quantile(0.5), null);
});
