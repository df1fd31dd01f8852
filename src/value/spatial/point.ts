/**
 * A point of Cypher: two or three coordinates in one of four coordinate reference systems. Points are equal when system and
 * coordinates are; they have an order only for sorting.
 */
import { cypherError } from '../../platform/cypher-errors.ts';

export type Srid = 7203 | 9157 | 4326 | 4979;

export const CARTESIAN: Srid = 7203;
export const CARTESIAN_3D: Srid = 9157;
export const WGS_84: Srid = 4326;
export const WGS_84_3D: Srid = 4979;

const CRS_NAMES: ReadonlyMap<Srid, string> = new Map([
	[CARTESIAN, 'cartesian'],
	[CARTESIAN_3D, 'cartesian-3d'],
	[WGS_84, 'wgs-84'],
	[WGS_84_3D, 'wgs-84-3d'],
]);

export class Point {
	readonly srid: Srid;
	/** Longitude in degrees, in geographic systems. */
	readonly x: number;
	/** Latitude in degrees, in geographic systems. */
	readonly y: number;
	/** Height (metres, in geographic systems); NaN where the system has two dimensions. */
	readonly z: number;

	constructor(srid: Srid, x: number, y: number, z: number) {
		this.srid = srid;
		this.x = x;
		this.y = y;
		this.z = z;
	}

	get isGeographic(): boolean {
		return this.srid === WGS_84 || this.srid === WGS_84_3D;
	}

	get hasHeight(): boolean {
		return this.srid === CARTESIAN_3D || this.srid === WGS_84_3D;
	}

	/** cartesian, cartesian-3d, wgs-84 or wgs-84-3d. */
	get crs(): string {
		return CRS_NAMES.get(this.srid)!;
	}

	compareTo(other: Point): number {
		return this.srid - other.srid || compareCoordinates(this.x, other.x) || compareCoordinates(this.y, other.y) || compareCoordinates(this.z, other.z);
	}

	equals(other: Point): boolean {
		return this.srid === other.srid && this.x === other.x && this.y === other.y && (this.z === other.z || !this.hasHeight);
	}

	/** point({x: 1.0, y: 2.0, crs: 'cartesian'}). */
	toString(): string {
		const height = this.hasHeight ? `, z: ${coordinateText(this.z)}` : '';
		return `point({x: ${coordinateText(this.x)}, y: ${coordinateText(this.y)}${height}, crs: '${this.crs}'})`;
	}
}

/** The system of a number from outside; an ArgumentError when there is none. */
export function checkSrid(srid: number): Srid {
	if (!CRS_NAMES.has(srid as Srid)) throw cypherError('ArgumentError', `unknown coordinate reference system: srid ${srid}`);
	return srid as Srid;
}

/** The system of a name, in any case; an ArgumentError when there is none. */
export function sridOfName(name: string): Srid {
	for (const [srid, known] of CRS_NAMES) if (known === name.toLowerCase()) return srid;
	throw cypherError('ArgumentError', `unknown coordinate reference system: '${name}'`, { hint: `Use one of ${[...CRS_NAMES.values()].join(', ')}.` });
}

function compareCoordinates(left: number, right: number): number {
	return left < right ? -1 : left > right ? 1 : 0;
}

function coordinateText(value: number): string {
	return Number.isInteger(value) && Math.abs(value) < 1e15 ? `${value}.0` : String(value);
}
