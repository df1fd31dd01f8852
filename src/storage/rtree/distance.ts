/**
 * Distances from a point, and their least values over a cube of cells: in the same order of operations, so that a bound is never
 * above the distance of what lies in the cube, rounding included (every operation is monotone).
 *
 * `point`: Euclidean, a coordinate for each dimension. `box`: dimensions come in pairs, the lower and upper end of an interval
 * each, and the distance is that to the nearest point of the box; 0 within.
 *
 * A distance is null where a coordinate is, NaN where one is NaN.
 */
import { CELL_NULL, type CoordinateFrame } from './coordinate-frame.ts';

export type Metric = 'point' | 'box';

export type Coordinates = readonly (number | null)[];

/** How many coordinates the point has from which things of so many dimensions are measured. */
export function originDimensions(metric: Metric, dimensions: number): number {
	return metric === 'point' ? dimensions : dimensions / 2;
}

export function distanceFrom(metric: Metric, coordinates: Coordinates, origin: Coordinates): number | null {
	for (const coordinate of coordinates) if (coordinate === null) return null;
	for (const coordinate of origin) if (coordinate === null) return null;
	let sum = 0;
	for (let j = 0; j < origin.length; j++) {
		const from = origin[j]!;
		const gap = metric === 'point' ? Math.abs(coordinates[j]! - from) : intervalGap(coordinates[2 * j]!, coordinates[2 * j + 1]!, from);
		sum += gap * gap;
	}
	return Math.sqrt(sum);
}

/** A number not above the distance of anything in the cells from `low` to `high`; 0 where nothing is known. */
export function leastDistance(metric: Metric, frames: readonly CoordinateFrame[], low: Uint32Array, high: Uint32Array, origin: Coordinates): number {
	let sum = 0;
	for (let j = 0; j < origin.length; j++) {
		const from = origin[j]!;
		if (from === null) return 0;
		const first = metric === 'point' ? j : 2 * j;
		const last = metric === 'point' ? j : 2 * j + 1;
		// Nulls are farther than anything, and come last of all.
		const lower = low[first] === CELL_NULL ? Number.POSITIVE_INFINITY : frames[first]!.lowEdge(low[first]!);
		const gap = intervalGap(lower, frames[last]!.highEdge(high[last]!), from);
		if (!Number.isNaN(gap)) sum += gap * gap;
	}
	return Math.sqrt(sum);
}

/** From a number to the interval; also to one whose ends were turned around, as the farther of the two. */
function intervalGap(low: number, high: number, from: number): number {
	return Math.max(low - from, from - high, 0);
}
