/**
 * How one value lies in a row, per form of value: in a slot of fixed width, or among the variable-length bytes. The bytes
 * are those of `docs/formats/row.md`. Types of a user (also domains) are always variable, so that a row can be passed over
 * even when its type has been dropped.
 */
import { BitString } from './bit-string.ts';
import { baseTypeOf, elementOf } from './builtin-types.ts';
import { TimeTz } from './date-time.ts';
import type { Decimal } from './decimal.ts';
import { readDecimal, writeDecimal } from './decimal-binary.ts';
import type { DynamicValue } from './dynamic.ts';
import { readDynamic, readProperties, writeDynamic, writeProperties } from './dynamic-binary.ts';
import { GEOMETRY_KINDS, Geometry } from './geometry.ts';
import { Interval } from './interval.ts';
import type { Jsonb } from './jsonb.ts';
import { readJsonbBinary, writeJsonbBinary } from './jsonb-binary.ts';
import { appendBytes, type KeyTarget, reserveBytes } from './key-buffer.ts';
import { dateFromInt32, dateToInt32 } from './key-parts.ts';
import { rangeValues } from './load-ranges.ts';
import { PgArray } from './pg-array.ts';
import type { PropertyMap } from './property-map.ts';
import { type Representation, representationOf } from './representation.ts';
import type { Type, TypeLookup } from './type.ts';
import { decodeUtf8, encodeUtf8, UTF8_BYTES_PER_UNIT_MAX } from './utf8.ts';
import { formatUuid, writeUuid } from './uuid.ts';
import * as wide from './wide-integer.ts';

/** A value in a slot. */
export interface FixedValue {
	readonly width: number;
	readonly write: (bytes: Uint8Array, at: number, value: never) => void;
	readonly read: (bytes: Uint8Array, at: number) => unknown;
}

/** A value of any length; its end is known from outside. */
export interface VariableValue {
	readonly width: 0;
	readonly write: (value: never, target: KeyTarget) => void;
	readonly read: (bytes: Uint8Array, start: number, end: number) => unknown;
}

export type RowValue = FixedValue | VariableValue;

export function rowValueOf(type: Type, lookup: TypeLookup): RowValue {
	const base = baseTypeOf(type, lookup);
	const representation = representationOf(base, lookup);
	const value = nestedValue(base, representation, lookup) ?? simpleValues[representation as keyof typeof simpleValues];
	return type.oid >= 16384 && value.width !== 0 ? asVariable(value as FixedValue) : value;
}

/** Of a type whose values hold values of others; null for all else. */
function nestedValue(type: Type, representation: Representation, lookup: TypeLookup): VariableValue | null {
	switch (representation) {
		case 'array':
			return arrayValue(type, lookup);
		case 'record':
			return recordValue(type, lookup);
		case 'range':
		case 'multirange':
			return rangeValue(type, lookup);
		default:
			return null;
	}
}

function asVariable(value: FixedValue): VariableValue {
	return {
		width: 0,
		write: (item, target) => {
			reserveBytes(target, value.width);
			value.write(target.bytes, target.length, item);
			target.length += value.width;
		},
		read: (bytes, start) => value.read(bytes, start),
	};
}

function writeText(value: string, target: KeyTarget): void {
	reserveBytes(target, value.length * UTF8_BYTES_PER_UNIT_MAX);
	target.length = encodeUtf8(target.bytes, target.length, value);
}

function writeInterval(bytes: Uint8Array, at: number, value: Interval): void {
	wide.writeInt32Le(bytes, at, value.months);
	wide.writeInt32Le(bytes, at + 4, value.days);
	wide.writeInt8Le(bytes, at + 8, value.microseconds);
}

function readInterval(bytes: Uint8Array, at: number): Interval {
	return new Interval(wide.readInt32Le(bytes, at), wide.readInt32Le(bytes, at + 4), wide.readInt8Le(bytes, at + 8));
}

function writeTimeTz(bytes: Uint8Array, at: number, value: TimeTz): void {
	wide.writeInt8Le(bytes, at, value.microseconds);
	wide.writeInt32Le(bytes, at + 8, value.secondsEast);
}

function writeBits(value: BitString, target: KeyTarget): void {
	reserveBytes(target, 4);
	wide.writeInt32Le(target.bytes, target.length, value.bitCount);
	target.length += 4;
	appendBytes(target, value.bytes);
}

/** Kind, with 128 for what is open, 1; numbers, 8 each. */
function writeGeometry(value: Geometry, target: KeyTarget): void {
	reserveBytes(target, 1 + 8 * value.numbers.length);
	target.bytes[target.length++] = GEOMETRY_KINDS.indexOf(value.kind) | (value.isClosed ? 0 : 128);
	for (const number of value.numbers) {
		wide.writeFloat64Le(target.bytes, target.length, number);
		target.length += 8;
	}
}

function readGeometry(bytes: Uint8Array, start: number, end: number): Geometry {
	const numbers: number[] = [];
	for (let at = start + 1; at < end; at += 8) numbers.push(wide.readFloat64Le(bytes, at));
	return new Geometry(GEOMETRY_KINDS[bytes[start]! & 127]!, numbers, bytes[start]! < 128);
}

const int4: FixedValue = { width: 4, write: wide.writeInt32Le as FixedValue['write'], read: wide.readInt32Le };
const int8: FixedValue = { width: 8, write: wide.writeInt8Le as FixedValue['write'], read: wide.readInt8Le };
const text: VariableValue = { width: 0, write: writeText as VariableValue['write'], read: decodeUtf8 };

const simpleValues: Readonly<Record<Exclude<Representation, 'array' | 'record' | 'range' | 'multirange'>, RowValue>> = {
	bool: {
		width: 1,
		write: (bytes, at, value: boolean) => {
			bytes[at] = value ? 1 : 0;
		},
		read: (bytes, at) => bytes[at] !== 0,
	} as FixedValue,
	int2: {
		width: 2,
		write: (bytes, at, value: number) => {
			bytes[at] = value;
			bytes[at + 1] = value >> 8;
		},
		read: (bytes, at) => ((bytes[at]! | (bytes[at + 1]! << 8)) << 16) >> 16,
	} as FixedValue,
	int4,
	oid: { width: 4, write: wide.writeInt32Le as FixedValue['write'], read: (bytes, at) => wide.readInt32Le(bytes, at) >>> 0 },
	int8,
	time: int8,
	date: {
		width: 4,
		write: (bytes, at, value: number) => wide.writeInt32Le(bytes, at, dateToInt32(value)),
		read: (bytes, at) => dateFromInt32(wide.readInt32Le(bytes, at)),
	} as FixedValue,
	timestamp: { width: 8, write: wide.writeTimestampLe as FixedValue['write'], read: wide.readTimestampLe },
	float4: {
		width: 4,
		write: (bytes, at, value: number) => wide.writeInt32Le(bytes, at, wide.float32Bits(value)),
		read: (bytes, at) => wide.float32FromBits(wide.readInt32Le(bytes, at)),
	} as FixedValue,
	float8: { width: 8, write: wide.writeFloat64Le as FixedValue['write'], read: wide.readFloat64Le },
	uuid: { width: 16, write: writeUuid as FixedValue['write'], read: formatUuid },
	interval: { width: 16, write: writeInterval as FixedValue['write'], read: readInterval },
	timetz: {
		width: 12,
		write: writeTimeTz as FixedValue['write'],
		read: (bytes, at) => new TimeTz(Number(wide.readInt8Le(bytes, at)), wide.readInt32Le(bytes, at + 8)),
	},
	text,
	bpchar: text,
	enum: text,
	inet: text,
	numeric: { width: 0, write: writeDecimal as (value: Decimal, target: KeyTarget) => void, read: readDecimal } as VariableValue,
	bytea: {
		width: 0,
		write: (value: Uint8Array, target: KeyTarget) => appendBytes(target, value),
		read: (bytes, start, end) => new Uint8Array(bytes.subarray(start, end)),
	} as VariableValue,
	jsonb: { width: 0, write: writeJsonbBinary as (value: Jsonb, target: KeyTarget) => void, read: readJsonbBinary } as VariableValue,
	dynamic: { width: 0, write: writeDynamic as (value: DynamicValue, target: KeyTarget) => void, read: readDynamic } as VariableValue,
	properties: { width: 0, write: writeProperties as (value: PropertyMap, target: KeyTarget) => void, read: readProperties } as VariableValue,
	geometry: { width: 0, write: writeGeometry as VariableValue['write'], read: readGeometry },
	bit: {
		width: 0,
		write: writeBits as VariableValue['write'],
		read: (bytes, start, end) => new BitString(wide.readInt32Le(bytes, start), new Uint8Array(bytes.subarray(start + 4, end))),
	},
};

/** See `range-values.ts`. */
function rangeValue(type: Type, lookup: TypeLookup): VariableValue {
	const values = rangeValues();
	const item = rowValueOf(values.subtypeOf(type, lookup), lookup);
	const { write } = item.width === 0 ? (item as VariableValue) : asVariable(item as FixedValue);
	const { read } = item as VariableValue;
	return {
		width: 0,
		...(values.rangeForm(type, lookup, { write: write as (value: unknown, target: KeyTarget) => void, read, isLittleEndian: true }, false) as Omit<
			VariableValue,
			'width'
		>),
	};
}

/** A count of bytes before the value, 4; −1 for NULL. */
function writeItem(item: RowValue, value: unknown, target: KeyTarget): void {
	reserveBytes(target, 4 + item.width);
	const at = target.length;
	target.length = at + 4;
	if (value === null) {
		wide.writeInt32Le(target.bytes, at, -1);
		return;
	}
	if (item.width === 0) (item as VariableValue).write(value as never, target);
	else {
		(item as FixedValue).write(target.bytes, at + 4, value as never);
		target.length += item.width;
	}
	wide.writeInt32Le(target.bytes, at, target.length - at - 4);
}

/** Dimensions, 1; per dimension its length and lower bound, 4 each; items. */
function arrayValue(type: Type, lookup: TypeLookup): VariableValue {
	// The element's form is looked up at the first use: a composite type may hold arrays of itself.
	let known: RowValue | null = null;
	const item = (): RowValue => (known ??= rowValueOf(elementOf(type, lookup)!, lookup));
	return {
		width: 0,
		write: ((array: PgArray, target: KeyTarget): void => {
			reserveBytes(target, 1 + 8 * array.dimensions.length);
			target.bytes[target.length++] = array.dimensions.length;
			array.dimensions.forEach((length, index) => {
				wide.writeInt32Le(target.bytes, target.length, length);
				wide.writeInt32Le(target.bytes, target.length + 4, array.lowerBounds[index]!);
				target.length += 8;
			});
			for (const element of array.elements) writeItem(item(), element, target);
		}) as VariableValue['write'],
		read: (bytes, start, end) => readArray(bytes, start, end, item()),
	};
}

function readItems(bytes: Uint8Array, start: number, end: number, itemAt: (index: number) => RowValue): unknown[] {
	const items: unknown[] = [];
	let at = start;
	while (at < end) {
		const count = wide.readInt32Le(bytes, at);
		at += 4;
		if (count < 0) items.push(null);
		else {
			items.push(itemAt(items.length).read(bytes, at, at + count));
			at += count;
		}
	}
	return items;
}

function readArray(bytes: Uint8Array, start: number, end: number, item: RowValue): PgArray {
	const dimensions: number[] = [];
	const lowerBounds: number[] = [];
	let at = start + 1;
	for (let index = 0; index < bytes[start]!; index++) {
		dimensions.push(wide.readInt32Le(bytes, at));
		lowerBounds.push(wide.readInt32Le(bytes, at + 4));
		at += 8;
	}
	if (dimensions.length === 0) return PgArray.empty;
	return new PgArray(
		dimensions,
		lowerBounds,
		readItems(bytes, at, end, () => item),
	);
}

/** Whether the array of texts at `bytes[start, end)` has an element of these bytes. */
export function arrayContains(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
	let at = start + 1 + 8 * bytes[start]!;
	while (at < end) {
		const count = wide.readInt32Le(bytes, at);
		at += 4;
		if (count < 0) continue;
		if (count === wanted.length) {
			let same = 0;
			while (same < count && bytes[at + same] === wanted[same]) same++;
			if (same === count) return true;
		}
		at += count;
	}
	return false;
}

/** Fields one after the other, each with its count of bytes. */
function recordValue(type: Type, lookup: TypeLookup): VariableValue {
	const known: RowValue[] = [];
	const field = (index: number): RowValue => (known[index] ??= rowValueOf(lookup.typeByOid(type.fields[index]!.typeOid)!, lookup));
	return {
		width: 0,
		write: ((values: readonly unknown[], target: KeyTarget): void => {
			for (let index = 0; index < type.fields.length; index++) writeItem(field(index), values[index] ?? null, target);
		}) as VariableValue['write'],
		read: (bytes, start, end) => readItems(bytes, start, end, field),
	};
}
