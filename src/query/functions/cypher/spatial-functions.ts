/**
 * Cypher's functions of points: `point`, `point.distance` (and `distance`, its former name), `point.withinBBox`, and the components
 * of points. Distances on the globe are great circles over a sphere of the radius that Neo4j takes; with heights, along the
 * sphere of their mean height and then up.
 *
 * Source: Neo4j's manual, spatial functions.
 */
import { cypherError } from '../../../platform/cypher-errors.ts';
import { asNumber, type DynamicMap, type DynamicValue, floatValue, isIntegerValue, isMapValue, isNumberValue, kindName } from '../../../value/dynamic.ts';
import { CARTESIAN, CARTESIAN_3D, checkSrid, Point, type Srid, sridOfName, WGS_84, WGS_84_3D } from '../../../value/spatial/point.ts';
import type { ScalarFunction } from '../contracts.ts';
import { scalar } from '../define.ts';

const EARTH_RADIUS_METRES = 6_378_140;

const COORDINATES: ReadonlySet<string> = new Set(['x', 'y', 'z', 'longitude', 'latitude', 'height']);

/** null where a coordinate is null. */
function pointOfMap(value: DynamicValue): Point | null {
	if (!isMapValue(value)) throw cypherError('TypeError', `point() takes a map, not ${kindName(value)}`);
	for (const [name, field] of value) {
		if (COORDINATES.has(name)) {
			if (field === null) return null;
			if (!isNumberValue(field)) throw cypherError('TypeError', `${name} of a point must be a number, not ${kindName(field)}`);
		} else if (name !== 'crs' && name !== 'srid') throw cypherError('ArgumentError', `a point has no field '${name}'`);
	}
	const x = coordinate(value, 'x', 'longitude');
	const y = coordinate(value, 'y', 'latitude');
	const z = coordinate(value, 'z', 'height');
	if (x === undefined || y === undefined) throw cypherError('ArgumentError', "a point needs 'x' and 'y', or 'longitude' and 'latitude'");
	const srid = systemOf(value, z !== undefined);
	if (!Number.isFinite(x) || !Number.isFinite(y) || (z !== undefined && !Number.isFinite(z)))
		throw cypherError('ArgumentError', 'coordinates of a point must be finite');
	if (srid === CARTESIAN || srid === CARTESIAN_3D) return new Point(srid, x, y, z ?? Number.NaN);
	if (y < -90 || y > 90) throw cypherError('ArgumentError', `the latitude of a point must be from -90 to 90, not ${y}`);
	return new Point(srid, aroundGlobe(x), y, z ?? Number.NaN);
}

function coordinate(fields: DynamicMap, cartesian: string, geographic: string): number | undefined {
	const value = fields.get(cartesian) ?? fields.get(geographic);
	return value !== undefined && isNumberValue(value) ? asNumber(value) : undefined;
}

function systemOf(fields: DynamicMap, hasHeight: boolean): Srid {
	const named = namedSystem(fields);
	if (named === null) {
		const geographic = fields.has('longitude') || fields.has('latitude');
		return geographic ? (hasHeight ? WGS_84_3D : WGS_84) : hasHeight ? CARTESIAN_3D : CARTESIAN;
	}
	if ((named === CARTESIAN_3D || named === WGS_84_3D) !== hasHeight) {
		throw cypherError('ArgumentError', `a point of srid ${named} has ${hasHeight ? 'two' : 'three'} coordinates`);
	}
	if ((named === CARTESIAN || named === CARTESIAN_3D) && (fields.has('longitude') || fields.has('latitude'))) {
		throw cypherError('ArgumentError', `a point of srid ${named} has no longitude and latitude`);
	}
	return named;
}

function namedSystem(fields: DynamicMap): Srid | null {
	const crs = fields.get('crs') ?? null;
	const srid = fields.get('srid') ?? null;
	if (crs !== null && srid !== null) throw cypherError('ArgumentError', 'a point is given either crs or srid');
	if (crs !== null) {
		if (typeof crs !== 'string') throw cypherError('TypeError', `crs of a point must be a string, not ${kindName(crs)}`);
		return sridOfName(crs);
	}
	if (srid === null) return null;
	if (!isIntegerValue(srid)) throw cypherError('TypeError', `srid of a point must be an integer, not ${kindName(srid)}`);
	return checkSrid(Number(srid));
}

/** A longitude within −180 to 180. */
function aroundGlobe(longitude: number): number {
	if (longitude >= -180 && longitude <= 180) return longitude;
	const turned = (((longitude + 180) % 360) + 360) % 360;
	return turned - 180;
}

/** null for points of different systems. */
function distance(left: DynamicValue, right: DynamicValue): DynamicValue {
	if (!(left instanceof Point) || !(right instanceof Point)) return null;
	if (left.srid !== right.srid) return null;
	return floatValue(left.isGeographic ? distanceOnGlobe(left, right) : straightDistance(left, right));
}

function straightDistance(left: Point, right: Point): number {
	return left.hasHeight ? Math.hypot(left.x - right.x, left.y - right.y, left.z - right.z) : Math.hypot(left.x - right.x, left.y - right.y);
}

function distanceOnGlobe(left: Point, right: Point): number {
	const radians = Math.PI / 180;
	const latitudes = Math.sin(((right.y - left.y) * radians) / 2) ** 2;
	const longitudes = Math.sin(((right.x - left.x) * radians) / 2) ** 2;
	const square = latitudes + Math.cos(left.y * radians) * Math.cos(right.y * radians) * longitudes;
	const angle = 2 * Math.atan2(Math.sqrt(square), Math.sqrt(1 - square));
	if (!left.hasHeight) return EARTH_RADIUS_METRES * angle;
	return Math.hypot((EARTH_RADIUS_METRES + (left.z + right.z) / 2) * angle, left.z - right.z);
}

/** null for points of different systems. A box whose west is east of its east goes over the 180th meridian. */
function withinBox(point: DynamicValue, lowerLeft: DynamicValue, upperRight: DynamicValue): boolean | null {
	if (!(point instanceof Point) || !(lowerLeft instanceof Point) || !(upperRight instanceof Point)) return null;
	if (point.srid !== lowerLeft.srid || point.srid !== upperRight.srid) return null;
	if (point.y < lowerLeft.y || point.y > upperRight.y) return false;
	if (point.hasHeight && (point.z < lowerLeft.z || point.z > upperRight.z)) return false;
	const east = point.x >= lowerLeft.x;
	const west = point.x <= upperRight.x;
	return point.isGeographic && lowerLeft.x > upperRight.x ? east || west : east && west;
}

/** A named part of a point; null where its system has none of that name. */
export function pointComponent(point: Point, name: string): DynamicValue {
	switch (name) {
		case 'x':
			return floatValue(point.x);
		case 'y':
			return floatValue(point.y);
		case 'z':
			return point.hasHeight ? floatValue(point.z) : null;
		case 'longitude':
			return point.isGeographic ? floatValue(point.x) : null;
		case 'latitude':
			return point.isGeographic ? floatValue(point.y) : null;
		case 'height':
			return point.isGeographic && point.hasHeight ? floatValue(point.z) : null;
		case 'crs':
			return point.crs;
		case 'srid':
			return point.srid;
		default:
			throw cypherError('ArgumentError', `a point has no component '${name}'`);
	}
}

export const spatialFunctions: readonly ScalarFunction[] = [
	scalar(0, 'point(dynamic) dynamic', pointOfMap),
	scalar(0, 'point.distance(dynamic, dynamic) dynamic', distance),
	scalar(0, 'distance(dynamic, dynamic) dynamic', distance),
	scalar(0, 'point.withinbbox(dynamic, dynamic, dynamic) dynamic', withinBox),
];
