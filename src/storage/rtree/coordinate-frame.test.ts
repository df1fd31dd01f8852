/** Frames keep the order of numbers, bound the numbers of a cell, and fit the data they are made for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CELL_INFINITY, CELL_NULL, CoordinateFrame, framesOf, UNKNOWN_FRAME } from './coordinate-frame.ts';

const number = fc.oneof(fc.double({ noNaN: true }), fc.double({ min: -2000, max: 2000, noNaN: true }), fc.integer(), fc.constantFrom(0, -0, 180, -180, 1e300));
const frame = fc
	.tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.integer({ min: -40, max: 60 }))
	.map(([centre, power]) => new CoordinateFrame({ centre, reach: 2 ** power }));

test('cells keep the order of numbers', () => {
	fc.assert(
		fc.property(frame, number, number, (made, a, b) => {
			const [low, high] = a <= b ? [a, b] : [b, a];
			assert.ok(made.cell(low) <= made.cell(high));
			assert.ok(made.cell(high) <= CELL_INFINITY);
		}),
		{ numRuns: 2000 },
	);
});

test('the numbers of a cell lie between its edges', () => {
	fc.assert(
		fc.property(frame, number, (made, value) => {
			const cell = made.cell(value);
			assert.ok(made.lowEdge(cell) <= value);
			assert.ok(value <= made.highEdge(cell));
		}),
		{ numRuns: 2000 },
	);
});

test('infinities, NaN and null have cells of their own', () => {
	const made = new CoordinateFrame(UNKNOWN_FRAME);
	assert.equal(made.cell(Number.NEGATIVE_INFINITY), 0);
	assert.ok(made.cell(-Number.MAX_VALUE) > 0);
	assert.ok(made.cell(Number.MAX_VALUE) < CELL_INFINITY);
	assert.equal(made.cell(Number.POSITIVE_INFINITY), CELL_INFINITY);
	assert.equal(made.cell(Number.NaN), CELL_INFINITY);
	assert.equal(made.cell(null), CELL_NULL);
});

test('frames cover their data with equal cells; like dimensions share one', () => {
	const [latitude, longitude, time] = framesOf([
		{ low: -60.5, high: 71.2 },
		{ low: 1.69e9, high: 1.76e9 },
		{ low: -179.1, high: 179.9 },
	]);
	assert.deepEqual(latitude, { centre: 0, reach: 128 });
	assert.deepEqual(time, { centre: 0, reach: 256 });
	assert.ok(Math.abs(longitude!.centre - 1.725e9) <= longitude!.reach && longitude!.reach <= 2 ** 27);
	const [from, to] = framesOf([
		{ low: 0, high: 100 },
		{ low: 3, high: 104 },
	]);
	assert.deepEqual(from, to);
	assert.deepEqual(framesOf([{ low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY }]), [UNKNOWN_FRAME]);
	for (const extent of [
		{ low: 5, high: 5 },
		{ low: 0, high: 0 },
		{ low: -Number.MAX_VALUE, high: Number.MAX_VALUE },
	]) {
		const [shape] = framesOf([extent]);
		assert.ok(Number.isFinite(shape!.centre) && Number.isFinite(shape!.reach) && shape!.reach > 0);
	}
});
