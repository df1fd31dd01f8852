/**
 * Distances in schema polylog, by which spatial indexes can order rows: `polylog.distance(point, point)` is Euclidean,
 * `polylog.box_distance(box, point)` goes to the nearest point of a box written as its bounds, the lower and upper of each
 * dimension in turn. Null where a coordinate is null.
 */
import { requireDimensions } from '../../model/table/nearest-rows.ts';
import { type Coordinates, distanceFrom, type Metric } from '../../storage/rtree/distance.ts';
import type { PgArray } from '../../value/pg-array.ts';
import type { ScalarFunction } from './contracts.ts';
import { scalar } from './define.ts';

function measure(metric: Metric): (of: PgArray, from: PgArray) => number | null {
	return (of, from) => {
		const coordinates = of.elements as Coordinates;
		return distanceFrom(metric, coordinates, requireDimensions(metric, coordinates.length, from.elements as Coordinates));
	};
}

export const spatialFunctions: readonly ScalarFunction[] = [
	scalar(0, 'polylog.distance(_float8, _float8) float8', measure('point')),
	scalar(0, 'polylog.box_distance(_float8, _float8) float8', measure('box')),
];

/** The metric of a function of this name by which a spatial index can order; null for others. */
export function metricOf(name: string): Metric | null {
	return name === 'polylog.distance' ? 'point' : name === 'polylog.box_distance' ? 'box' : null;
}
