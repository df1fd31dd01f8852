/**
 * Values of foreign formats in the runtime's representation: what Parquet, Arrow and Avro share. A `ScalarKind` is a type with the way from the format's raw
 * value to it.
 *
 * Units: timestamps and times are microseconds here; finer ones are rounded half up, as PostgreSQL rounds a text with more digits.
 */
import { sqlError } from '../../platform/errors.ts';
import {
	arrayOf,
	BOOL,
	BYTEA,
	builtinTypes,
	DATE,
	FLOAT4,
	FLOAT8,
	INT2,
	INT4,
	INT8,
	INTERVAL,
	JSONB,
	NUMERIC,
	TEXT,
	TIME,
	TIMESTAMP,
	TIMESTAMPTZ,
	UUID,
} from '../../value/builtin-types.ts';
import { Decimal, numericTypmod } from '../../value/decimal.ts';
import { fromBigInt, type Int8 } from '../../value/int8.ts';
import { Interval } from '../../value/interval.ts';
import { JSON_NULL, type Jsonb, JsonbArray, jsonbFromJavaScript, parseJsonb } from '../../value/jsonb.ts';
import { PgArray } from '../../value/pg-array.ts';
import { defaultTextSettings } from '../../value/text-settings.ts';
import type { Type } from '../../value/type.ts';
import { formatUuid } from '../../value/uuid.ts';
import { textFormatter } from '../../value/value-text.ts';
import type { TabularColumn } from './tabular-source.ts';

export interface ScalarKind {
	readonly type: Type;
	readonly typmod: number;
	/** As SQL writes the type. */
	readonly declared: string;
	/** From a raw value, never null; null when raw values are right as they are. */
	readonly convert: ((raw: unknown) => unknown) | null;
}

/** Units of time in a second. */
export type UnitsPerSecond = 1 | 1000 | 1_000_000 | 1_000_000_000;

const NUMERIC_PRECISION_MAX = 1000;

export function kind(type: Type, declared: string, convert: ((raw: unknown) => unknown) | null = null, typmod = -1): ScalarKind {
	return { type, typmod, declared, convert };
}

export const BOOLEAN_KIND = kind(BOOL, 'boolean');
export const INT2_KIND = kind(INT2, 'smallint');
export const INT4_KIND = kind(INT4, 'integer');
export const INT8_KIND = kind(INT8, 'bigint', toInt8);
export const UINT64_KIND = kind(NUMERIC, 'numeric(20,0)', (raw) => new Decimal(fromBigInt(BigInt.asUintN(64, BigInt(raw as bigint))), 0), numericTypmod(20, 0));
export const FLOAT4_KIND = kind(FLOAT4, 'real');
export const FLOAT8_KIND = kind(FLOAT8, 'double precision');
export const TEXT_KIND = kind(TEXT, 'text');
export const BYTEA_KIND = kind(BYTEA, 'bytea', (raw) => (raw as Uint8Array).slice());
export const DATE_KIND = kind(DATE, 'date', Number);
export const UUID_KIND = kind(UUID, 'uuid', (raw) => uuidOfBytes(raw as Uint8Array));
export const JSON_KIND = kind(JSONB, 'jsonb', (raw) => parseJsonb(raw as string));

export function toInt8(raw: unknown): Int8 {
	return typeof raw === 'bigint' ? fromBigInt(raw) : (raw as number);
}

/** Unscaled integers. A precision PostgreSQL has no word for gives plain numeric. */
export function decimalKind(precision: number, scale: number, unscaled: (raw: unknown) => Int8 = toInt8): ScalarKind {
	// A negative scale counts zeros before the point; a number here has none.
	const factor = scale < 0 ? 10n ** BigInt(-scale) : 1n;
	const shownScale = Math.max(0, scale);
	const convert = (raw: unknown): Decimal => {
		const value = unscaled(raw);
		return new Decimal(factor === 1n ? value : fromBigInt(BigInt(value) * factor), shownScale);
	};
	const digits = precision + Math.max(0, -scale);
	const isNamed = digits >= 1 && digits <= NUMERIC_PRECISION_MAX && shownScale <= digits;
	return isNamed ? kind(NUMERIC, `numeric(${digits},${shownScale})`, convert, numericTypmod(digits, shownScale)) : kind(NUMERIC, 'numeric', convert);
}

export function timestampKind(units: UnitsPerSecond, isInstant: boolean): ScalarKind {
	const convert = (raw: unknown): Int8 => toMicroseconds(raw as Int8, units);
	return isInstant ? kind(TIMESTAMPTZ, 'timestamptz', convert) : kind(TIMESTAMP, 'timestamp', convert);
}

export function timeKind(units: UnitsPerSecond): ScalarKind {
	return kind(TIME, 'time', (raw) => toMicroseconds(raw as Int8, units));
}

/** Lengths of time of one unit. */
export function durationKind(units: UnitsPerSecond): ScalarKind {
	return kind(INTERVAL, 'interval', (raw) => new Interval(0, 0, toMicroseconds(raw as Int8, units)));
}

export function toMicroseconds(value: Int8, units: UnitsPerSecond): Int8 {
	if (units === 1_000_000) return toInt8(value);
	if (units === 1_000_000_000) {
		const nanoseconds = BigInt(value) + 500n;
		return fromBigInt(nanoseconds / 1000n - (nanoseconds % 1000n < 0n ? 1n : 0n));
	}
	const factor = 1_000_000 / units;
	const product = typeof value === 'number' ? value * factor : Number.NaN;
	return Number.isSafeInteger(product) ? product : fromBigInt(BigInt(value) * BigInt(factor));
}

/** Two's complement, the highest byte first, of any length. */
export function signedBigEndian(bytes: Uint8Array): Int8 {
	const length = bytes.length;
	if (length === 0) return 0;
	if (length <= 6) {
		let value = (bytes[0]! << 24) >> 24;
		for (let i = 1; i < length; i++) value = value * 256 + bytes[i]!;
		return value;
	}
	const hex = Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('hex');
	return fromBigInt(BigInt.asIntN(length * 8, BigInt(`0x${hex}`)));
}

/** IEEE 754 binary16 as its 16 bits. */
export function halfFloat(bits: number): number {
	const sign = bits & 0x8000 ? -1 : 1;
	const exponent = (bits >> 10) & 0x1f;
	const fraction = bits & 0x3ff;
	if (exponent === 0) return (sign * fraction) / 2 ** 24;
	if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
	return sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
}

function uuidOfBytes(bytes: Uint8Array): string {
	if (bytes.length !== 16) throw sqlError('22P03', `a UUID has 16 bytes, not ${bytes.length}`);
	return formatUuid(bytes, 0);
}

/** Converts in place of a column's raw values; `undefined` and `null` are NULL. */
export function convertValues(raws: ArrayLike<unknown>, convert: ((raw: unknown) => unknown) | null): ArrayLike<unknown> {
	if (convert === null && !Array.isArray(raws)) return raws;
	const values = new Array<unknown>(raws.length);
	for (let i = 0; i < values.length; i++) {
		const raw = raws[i];
		values[i] = raw === null || raw === undefined ? null : convert === null ? raw : convert(raw);
	}
	return values;
}

/** A column of lists of one kind: an array. */
export function arrayColumn(name: string, element: ScalarKind): TabularColumn {
	return { name, type: arrayOf(element.type)!, typmod: element.typmod, declared: `${element.declared}[]` };
}

export function scalarColumn(name: string, scalar: ScalarKind): TabularColumn {
	return { name, type: scalar.type, typmod: scalar.typmod, declared: scalar.declared };
}

export function arrayValue(raws: ArrayLike<unknown>, element: ScalarKind): PgArray {
	return PgArray.of(Array.from(convertValues(raws, element.convert)));
}

/** How values of a kind stand in JSON: numbers and booleans as such, JSON as it is, the rest as the type's text; what JSON has no word for (NaN) as text, too. */
export function jsonWriter(scalar: ScalarKind): (raw: unknown) => Jsonb {
	const { type, convert } = scalar;
	const format = textFormatter(type, builtinTypes, defaultTextSettings);
	return (raw) => {
		if (raw === null || raw === undefined) return JSON_NULL;
		const value = convert === null ? raw : convert(raw);
		if (type === JSONB) return value as Jsonb;
		if (typeof value === 'boolean' || typeof value === 'string') return value;
		if (value instanceof Decimal && typeof value.coefficient === 'number' && !Number.isFinite(value.coefficient)) return format(value);
		if (value instanceof Decimal) return value;
		const isNumber = type === INT2 || type === INT4 || type === INT8 || type === FLOAT4 || type === FLOAT8;
		return isNumber && (typeof value === 'bigint' || Number.isFinite(value)) ? Decimal.parse(format(value)) : format(value);
	};
}

/** Any JavaScript value as JSON: bytes become hexadecimal text, numbers without a finite value text. */
export function looseJson(value: unknown): Jsonb {
	if (value === null || value === undefined) return JSON_NULL;
	if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
	if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
	if (Array.isArray(value)) return new JsonbArray(value.map(looseJson));
	if (value instanceof Date || typeof value !== 'object' || isJsonb(value)) return jsonbFromJavaScript(value);
	return jsonbFromJavaScript(Object.fromEntries(Object.entries(value).map(([key, item]) => [key, looseJson(item)])));
}

function isJsonb(value: object): boolean {
	return value === JSON_NULL || value instanceof Decimal || value instanceof JsonbArray;
}
