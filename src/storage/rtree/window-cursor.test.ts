/**
 * Windows and the nearest over sorted entries in memory, against looking at every point; and how much of the entries they read,
 * which is what the index is for.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareArrays } from '../../bytes/compare-bytes.ts';
import type { Cursor } from '../contracts.ts';
import { seededRandom } from '../engine.suite.ts';
import { CoordinateFrame, framesOf } from './coordinate-frame.ts';
import { type Coordinates, distanceFrom, leastDistance } from './distance.ts';
import { hilbertCurve } from './hilbert-curve.ts';
import { NearestSearch } from './nearest-search.ts';
import { WindowCursor } from './window-cursor.ts';

/** Entries of points in the order of the curve: the key is the place and four bytes of the point's number. */
class Entries {
	readonly points: readonly Coordinates[];
	readonly frames: readonly CoordinateFrame[];
	readonly keys: Uint8Array[];
	readCount = 0;

	constructor(points: readonly Coordinates[]) {
		const dimensions = points[0]!.length;
		this.points = points;
		const extents = Array.from({ length: dimensions }, (_, j) => {
			const values = points.map((point) => point[j]).filter((value) => value !== null && Number.isFinite(value)) as number[];
			return { low: Math.min(...values), high: Math.max(...values) };
		});
		this.frames = framesOf(extents).map((shape) => new CoordinateFrame(shape));
		this.keys = points.map((point, number) => {
			const key = new Uint8Array(4 * dimensions + 4);
			hilbertCurve(dimensions).encode(Uint32Array.from(point.map((value, j) => this.frames[j]!.cell(value))), key, 0);
			new DataView(key.buffer).setUint32(4 * dimensions, number);
			return key;
		});
		this.keys.sort(compareArrays);
	}

	numberOf(key: Uint8Array, start: number): number {
		return new DataView(key.buffer, key.byteOffset).getUint32(start + 4 * this.points[0]!.length);
	}

	cursor(lower: Uint8Array | null, upper: Uint8Array | null): Cursor {
		const first = (bound: Uint8Array): number => {
			const at = this.keys.findIndex((key) => compareArrays(key, bound) >= 0);
			return at < 0 ? this.keys.length : at;
		};
		let at = 0;
		let end = 0;
		const none = new Uint8Array(0);
		const cursor: Cursor = {
			keyBuffer: none,
			keyStart: 0,
			keyEnd: 0,
			valueBuffer: none,
			valueStart: 0,
			valueEnd: 0,
			next: () => {
				if (at >= end) return false;
				this.readCount++;
				cursor.keyBuffer = this.keys[at++]!;
				cursor.keyEnd = cursor.keyBuffer.length;
				return true;
			},
			seek: (from, to) => {
				at = from === null ? 0 : first(from);
				end = to === null ? this.keys.length : first(to);
			},
			close: () => {},
		};
		cursor.seek(lower, upper);
		return cursor;
	}

	/** Numbers of the points within the window, by its cells. */
	window(low: readonly number[], high: readonly number[]): { found: number[]; seekCount: number } {
		const window = new WindowCursor(low.length, (lower) => this.cursor(lower, null));
		low.forEach((value, j) => {
			window.low[j] = this.frames[j]!.cell(value);
			window.high[j] = this.frames[j]!.cell(high[j]!);
		});
		window.open(false);
		const found: number[] = [];
		while (window.next()) found.push(this.numberOf(window.keyBuffer, window.keyStart));
		window.close();
		return { found, seekCount: window.seekCount };
	}
}

const coordinate = fc.oneof(fc.integer({ min: -20, max: 20 }), fc.double({ min: -30, max: 30, noNaN: true }), fc.constantFrom(1e12, -1e12, 0));
const pointsOf = (dimensions: number): fc.Arbitrary<number[][]> =>
	fc.array(fc.array(coordinate, { minLength: dimensions, maxLength: dimensions }), { minLength: 1, maxLength: 120 });
const cases = fc.integer({ min: 2, max: 4 }).chain((n) =>
	fc.tuple(
		pointsOf(n),
		pointsOf(n).map((list) => list[0]!),
		pointsOf(n).map((list) => list[0]!),
	),
);

test('a window gives the points within it, each once', () => {
	fc.assert(
		fc.property(cases, ([points, a, b]) => {
			const low = a.map((value, j) => Math.min(value, b[j]!));
			const high = a.map((value, j) => Math.max(value, b[j]!));
			const { found } = new Entries(points).window(low, high);
			assert.equal(new Set(found).size, found.length);
			const isWithin = (number: number): boolean => points[number]!.every((value, j) => value >= low[j]! && value <= high[j]!);
			assert.deepEqual(
				found.filter(isWithin).sort((x, y) => x - y),
				points.flatMap((_, number) => (isWithin(number) ? [number] : [])),
			);
		}),
		{ numRuns: 300 },
	);
});

test('the nearest come in the order of their distance, all of them', () => {
	fc.assert(
		fc.property(cases, fc.boolean(), ([points, origin], hasNulls) => {
			const given: Coordinates[] = hasNulls
				? points.map((point, i) => (i % 5 === 0 ? [null, ...point.slice(1)] : i % 7 === 0 ? [Number.NaN, ...point.slice(1)] : point))
				: points;
			const entries = new Entries(given);
			const search = new NearestSearch<number>(origin.length, {
				open: (lower, upper) => entries.cursor(lower, upper),
				bound: (low, high) => leastDistance('point', entries.frames, low, high, origin),
				resolve: (key) => {
					const row = entries.numberOf(key, 0);
					return { distance: distanceFrom('point', given[row]!, origin), row };
				},
			});
			const found: (number | null)[] = [];
			const rows = new Set<number>();
			for (let next = search.next(); next !== null; next = search.next()) {
				found.push(next.distance);
				rows.add(next.row);
			}
			search.close();
			const rank = (distance: number | null): number => (distance === null ? 2 : Number.isNaN(distance) ? 1 : 0);
			const expected = given.map((point) => distanceFrom('point', point, origin)).sort((a, b) => rank(a) - rank(b) || (rank(a) === 0 ? a! - b! : 0));
			assert.deepEqual(found, expected);
			assert.equal(rows.size, given.length);
		}),
		{ numRuns: 200 },
	);
});

test('little is read beside a window, whatever its shape, and around the nearest', () => {
	const random = seededRandom(5);
	const points = Array.from({ length: 20_000 }, () => [random(180_000) / 1000 - 90, random(360_000) / 1000 - 180]);
	const entries = new Entries(points);
	for (const [low, high, most] of [
		[[10, 20], [28, 56], 500],
		[[-90, 3], [90, 4], 1400],
		[[45.1, 7.1], [45.2, 7.2], 30],
	] as const) {
		entries.readCount = 0;
		const { found, seekCount } = entries.window(low, high);
		const count = points.filter((point) => point.every((value, j) => value! >= low[j]! && value! <= high[j]!)).length;
		assert.equal(found.length, count);
		assert.ok(entries.readCount - count < most && seekCount < 100, `${count} points, ${entries.readCount} read, ${seekCount} seeks`);
	}
	entries.readCount = 0;
	const search = new NearestSearch<number>(2, {
		open: (lower, upper) => entries.cursor(lower, upper),
		bound: (low, high) => leastDistance('point', entries.frames, low, high, [45, 7]),
		resolve: (key) => ({ distance: distanceFrom('point', points[entries.numberOf(key, 0)]!, [45, 7]), row: entries.numberOf(key, 0) }),
	});
	for (let i = 0; i < 10; i++) search.next();
	assert.ok(entries.readCount < 1200, `${entries.readCount} read`);
});
