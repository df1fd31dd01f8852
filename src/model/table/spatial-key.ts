/**
 * The key of a row in a spatial index: the place of its coordinates on a Hilbert curve.
 *
 * Each key column gives a coordinate (a double, null where the column is), its frame a cell, the cells together a place of
 * `4 × columns` bytes (docs/formats/table.md). Conversions to double are monotone, so a window of doubles holds every row whose
 * exact values lie within it; what lies in the same cells beside it is told apart by the row.
 */
import { invariant } from '../../platform/errors.ts';
import { CoordinateFrame, type FrameShape } from '../../storage/rtree/coordinate-frame.ts';
import { type HilbertCurve, hilbertCurve } from '../../storage/rtree/hilbert-curve.ts';
import type { Decimal } from '../../value/decimal.ts';
import { type KeyTarget, reserveBytes } from '../../value/key-buffer.ts';
import type { Type } from '../../value/type.ts';
import type { ColumnGetter } from './contracts.ts';

/** A value of a type that can be a coordinate, not null, as a double. */
export type CoordinateOf = (value: never) => number;

const fromNumber = (value: number | bigint): number => Number(value);
const fromDecimal = (value: Decimal): number => value.toNumber();

const CONVERSIONS: Readonly<Record<string, CoordinateOf>> = {
	int2: fromNumber,
	int4: fromNumber,
	int8: fromNumber,
	float4: fromNumber,
	float8: fromNumber,
	numeric: fromDecimal,
	date: fromNumber,
	timestamp: fromNumber,
	timestamptz: fromNumber,
};

/** How values of a type become coordinates; null where they cannot. */
export function coordinateOf(type: Type): CoordinateOf | null {
	return Object.hasOwn(CONVERSIONS, type.name) ? CONVERSIONS[type.name]! : null;
}

export class SpatialKey {
	readonly frames: readonly CoordinateFrame[];
	readonly curve: HilbertCurve;
	/** Of the values of each key column. */
	readonly coordinates: readonly CoordinateOf[];
	readonly #cell: Uint32Array;

	constructor(shapes: readonly FrameShape[], types: readonly Type[]) {
		this.frames = shapes.map((shape) => new CoordinateFrame(shape));
		this.curve = hilbertCurve(shapes.length);
		this.coordinates = types.map((type) => {
			const conversion = coordinateOf(type);
			invariant(conversion !== null, `type ${type.name} can be a coordinate`);
			return conversion;
		});
		this.#cell = new Uint32Array(shapes.length);
	}

	/** Appends the place of a row's bytes; true when a coordinate is null. */
	writeFromBytes(getters: readonly ColumnGetter[], row: Uint8Array, start: number, end: number, target: KeyTarget): boolean {
		let hasNull = false;
		for (let j = 0; j < getters.length; j++) if (this.#set(j, getters[j]!(row, start, end))) hasNull = true;
		this.#write(target);
		return hasNull;
	}

	/** The same of a row's values, `places` telling which. */
	writeFromRow(row: readonly unknown[], places: readonly number[], target: KeyTarget): boolean {
		let hasNull = false;
		for (let j = 0; j < places.length; j++) if (this.#set(j, row[places[j]!])) hasNull = true;
		this.#write(target);
		return hasNull;
	}

	/** The same of the values of the key columns. */
	writeValues(values: readonly unknown[], target: KeyTarget): boolean {
		let hasNull = false;
		for (let j = 0; j < this.frames.length; j++) if (this.#set(j, values[j] ?? null)) hasNull = true;
		this.#write(target);
		return hasNull;
	}

	#set(j: number, value: unknown): boolean {
		this.#cell[j] = this.frames[j]!.cell(value === null ? null : this.coordinates[j]!(value as never));
		return value === null;
	}

	#write(target: KeyTarget): void {
		reserveBytes(target, this.curve.placeBytes);
		this.curve.encode(this.#cell, target.bytes, target.length);
		target.length += this.curve.placeBytes;
	}
}
