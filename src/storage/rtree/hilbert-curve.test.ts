/** The curve against its two invariants, and the next place within a window against looking at every cell. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareArrays } from '../../bytes/compare-bytes.ts';
import { HilbertCurve } from './hilbert-curve.ts';

const dimensions = fc.constantFrom(2, 3, 4);
const coordinate = fc.nat({ max: 0xffff_ffff });

function placeOf(curve: HilbertCurve, cell: readonly number[]): Uint8Array {
	const place = new Uint8Array(curve.placeBytes);
	curve.encode(Uint32Array.from(cell), place, 0);
	return place;
}

function successor(place: Uint8Array): Uint8Array | null {
	const next = place.slice();
	for (let at = next.length - 1; at >= 0; at--) {
		next[at] = (next[at]! + 1) & 255;
		if (next[at] !== 0) return next;
	}
	return null;
}

test('a place decodes to its cell', () => {
	fc.assert(
		fc.property(dimensions, fc.array(coordinate, { minLength: 4, maxLength: 4 }), (n, cell) => {
			const curve = new HilbertCurve(n);
			const decoded = new Uint32Array(n);
			curve.decode(placeOf(curve, cell.slice(0, n)), 0, decoded);
			assert.deepEqual([...decoded], cell.slice(0, n));
		}),
	);
});

test('neighbours on the curve differ by one in one coordinate', () => {
	fc.assert(
		fc.property(dimensions, fc.array(coordinate, { minLength: 4, maxLength: 4 }), (n, cell) => {
			const curve = new HilbertCurve(n);
			const next = successor(placeOf(curve, cell.slice(0, n)));
			if (next === null) return;
			const decoded = new Uint32Array(n);
			curve.decode(next, 0, decoded);
			assert.equal(
				[...decoded].reduce((sum, at, j) => sum + Math.abs(at - cell[j]!), 0),
				1,
			);
		}),
		{ numRuns: 500 },
	);
});

test('a cube on the grid of its side is one run of the curve', () => {
	for (const n of [2, 3, 4]) {
		const curve = new HilbertCurve(n);
		const side = 4;
		const corner = Array.from({ length: n }, (_, j) => 0x7ffc + 0x1000_0000 * j);
		const places: Uint8Array[] = [];
		for (let i = 0; i < side ** n; i++)
			places.push(
				placeOf(
					curve,
					corner.map((at, j) => at + (Math.floor(i / side ** j) % side)),
				),
			);
		places.sort(compareArrays);
		for (let i = 1; i < places.length; i++) assert.deepEqual(places[i], successor(places[i - 1]!));
	}
});

test('the next place within a window is the least of its cells at or after a place', () => {
	// A small cube in the middle of the grid, so that all its cells can be looked at.
	const side = 8;
	const small = fc.nat({ max: side - 1 });
	fc.assert(
		fc.property(
			dimensions,
			fc.array(fc.tuple(small, small), { minLength: 4, maxLength: 4 }),
			fc.array(small, { minLength: 4, maxLength: 4 }),
			(n, ends, from) => {
				const curve = new HilbertCurve(n);
				const base = 0x4000_0000 + 0x7ff8;
				const low = Uint32Array.from(ends.slice(0, n).map(([a, b]) => base + Math.min(a, b)));
				const high = Uint32Array.from(ends.slice(0, n).map(([a, b]) => base + Math.max(a, b)));
				const start = placeOf(
					curve,
					from.slice(0, n).map((at) => base + at),
				);
				let least: Uint8Array | null = null;
				const cell = Array.from(low);
				for (;;) {
					const place = placeOf(curve, cell);
					if (compareArrays(place, start) >= 0 && (least === null || compareArrays(place, least) < 0)) least = place;
					let j = 0;
					while (j < n && cell[j] === high[j]) {
						cell[j] = low[j]!;
						j++;
					}
					if (j === n) break;
					cell[j] = cell[j]! + 1;
				}
				const found = new Uint8Array(curve.placeBytes);
				assert.equal(curve.nextWithin(start, 0, low, high, found), least !== null);
				if (least !== null) assert.deepEqual(found, least);
			},
		),
		{ numRuns: 150 },
	);
});

test('whole grids, their corners and empty windows', () => {
	const curve = new HilbertCurve(2);
	const found = new Uint8Array(8);
	const last = Uint8Array.from({ length: 8 }, () => 255);
	const [least, most] = [Uint32Array.from([0, 0]), Uint32Array.from([0xffff_ffff, 0xffff_ffff])];
	assert.equal(curve.nextWithin(new Uint8Array(8), 0, least, most, found), true);
	assert.deepEqual(found, new Uint8Array(8));
	assert.equal(curve.nextWithin(last, 0, least, most, found), true);
	assert.deepEqual(found, last);
	assert.equal(curve.nextWithin(new Uint8Array(8), 0, most, least, found), false);
	assert.throws(() => new HilbertCurve(5), RangeError);
});
