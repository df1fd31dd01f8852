/**
 * What the columns of a Parquet file are here, by their physical type and annotation (Parquet's LogicalTypes.md, and the older converted types).
 *
 * hyparquet gives raw values: the annotations of leaves are taken away before it reads (`rawSchema`), but those of text, so that a dictionary's entries become
 * strings once. Its own conversions go through floats and dates of milliseconds, which lose digits.
 *
 * A list of scalars is an array; other lists, maps, structs and variants are jsonb. A group without annotation that repeats is a list, as older writers mean it.
 */
import type { SchemaElement, SchemaTree } from 'hyparquet';
import { sqlError } from '../../platform/errors.ts';
import { builtinTypes, INTERVAL, TIMESTAMP } from '../../value/builtin-types.ts';
import { Interval } from '../../value/interval.ts';
import { JSON_NULL, type Jsonb, JsonbArray, JsonbObject } from '../../value/jsonb.ts';
import { defaultTextSettings } from '../../value/text-settings.ts';
import { parseText, textFormatter } from '../../value/value-text.ts';
import {
	arrayColumn,
	arrayValue,
	BOOLEAN_KIND,
	BYTEA_KIND,
	convertValues,
	DATE_KIND,
	decimalKind,
	FLOAT4_KIND,
	FLOAT8_KIND,
	halfFloat,
	INT2_KIND,
	INT4_KIND,
	INT8_KIND,
	JSON_KIND,
	jsonWriter,
	kind,
	looseJson,
	type ScalarKind,
	scalarColumn,
	signedBigEndian,
	TEXT_KIND,
	timeKind,
	timestampKind,
	toInt8,
	toMicroseconds,
	UINT64_KIND,
	type UnitsPerSecond,
	UUID_KIND,
} from './scalar-values.ts';
import { jsonColumn, type TabularColumn } from './tabular-source.ts';

export interface ParquetColumn {
	readonly column: TabularColumn;
	/** Of a column without nesting, as it is to be decoded; null for others. */
	readonly flat: SchemaElement | null;
	/** Raw values of a batch → values of the column. */
	readonly convert: (raws: ArrayLike<unknown>) => ArrayLike<unknown>;
}

const UNITS: Readonly<Record<string, UnitsPerSecond>> = { MILLIS: 1000, MICROS: 1_000_000, NANOS: 1_000_000_000 };
const SMALL_UNSIGNED = kind(INT2_KIND.type, 'smallint', (raw) => (raw as number) & 0xff);
const MIDDLE_UNSIGNED = kind(INT4_KIND.type, 'integer', (raw) => (raw as number) & 0xffff);
const LARGE_UNSIGNED = kind(INT8_KIND.type, 'bigint', (raw) => (raw as number) >>> 0);
const FLOAT16_KIND = kind(FLOAT4_KIND.type, 'real', (raw) => halfFloat((raw as Uint8Array)[0]! | ((raw as Uint8Array)[1]! << 8)));
/** Months, days and milliseconds, each an unsigned integer. */
const INTERVAL_KIND = kind(INTERVAL, 'interval', (raw) => {
	const bytes = raw as Uint8Array;
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	return new Interval(view.getUint32(0, true), view.getUint32(4, true), view.getUint32(8, true) * 1000);
});
const JULIAN_DAY_OF_1970 = 2_440_588n;
const NANOSECONDS_PER_DAY = 86_400_000_000_000n;
/** Nanoseconds, or within lists and structs a text (`NESTED_TIMES`). */
const INT96_KIND = kind(TIMESTAMP, 'timestamp', (raw) =>
	typeof raw === 'string' ? parseText(TIMESTAMP, raw, -1, builtinTypes, defaultTextSettings) : toMicroseconds(raw as bigint, 1_000_000_000),
);

/** The schema for hyparquet to read by: leaves give what is stored, but those of variants, whose decoder goes by their annotations. */
export function rawSchema(schema: readonly SchemaElement[]): SchemaElement[] {
	/** Elements still to come below a variant. */
	let within = 0;
	return schema.map((element) => {
		if (within > 0) {
			within += (element.num_children ?? 0) - 1;
			return element;
		}
		if (element.logical_type?.type === 'VARIANT') within = element.num_children ?? 0;
		if (element.type === undefined) return element;
		const { converted_type, logical_type, scale, precision, ...rest } = element;
		return isText(element) ? { ...rest, converted_type: 'UTF8' } : rest;
	});
}

const formatTimestamp = textFormatter(TIMESTAMP, builtinTypes, defaultTextSettings);
const formatDate = textFormatter(DATE_KIND.type, builtinTypes, defaultTextSettings);

/** Times within variants, and nested ones of 96 bits, as texts: hyparquet's own are dates of milliseconds. */
export const NESTED_TIMES = {
	timestampFromMilliseconds: (value: bigint) => formatTimestamp(toMicroseconds(value, 1000)),
	timestampFromMicroseconds: (value: bigint) => formatTimestamp(toMicroseconds(value, 1_000_000)),
	timestampFromNanoseconds: (value: bigint) => formatTimestamp(toMicroseconds(value, 1_000_000_000)),
	dateFromDays: (value: number) => formatDate(value),
};

function isText(element: SchemaElement): boolean {
	const annotation = element.logical_type?.type ?? element.converted_type;
	return element.type === 'BYTE_ARRAY' && ['STRING', 'UTF8', 'ENUM', 'JSON'].includes(annotation ?? '');
}

export function parquetColumn(node: SchemaTree): ParquetColumn {
	const name = node.element.name;
	if (node.children.length === 0 && node.element.repetition_type !== 'REPEATED') return flatColumn(node.element);
	const element = node.children.length === 0 ? node : listElement(node);
	if (element !== null && element.children.length === 0 && (element === node || element.element.repetition_type !== 'REPEATED')) {
		const scalar = scalarKind(element.element);
		return { column: arrayColumn(name, scalar), flat: null, convert: (raws) => convertValues(raws, (raw) => arrayValue(raw as unknown[], scalar)) };
	}
	const json = nestedJson(node);
	return { column: jsonColumn(name), flat: null, convert: (raws) => convertValues(raws, json) };
}

function flatColumn(element: SchemaElement): ParquetColumn {
	const scalar = scalarKind(element);
	const column = scalarColumn(element.name, scalar);
	if (element.type === 'INT96')
		return { column, flat: element, convert: (raws) => convertValues(raws, (raw) => INT96_KIND.convert!(nanosecondsOf(raw as bigint))) };
	if (!isText(element)) return { column, flat: element, convert: (raws) => convertScalars(raws, scalar) };
	const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
	const { convert } = scalar;
	const text = (raw: unknown): unknown => (convert === null ? utf8.decode(raw as Uint8Array) : convert(utf8.decode(raw as Uint8Array)));
	return { column, flat: element, convert: (raws) => convertValues(raws, text) };
}

/** Since 1970, of a Julian day above 64 bits of nanoseconds. */
function nanosecondsOf(raw: bigint): bigint {
	return ((raw >> 64n) - JULIAN_DAY_OF_1970) * NANOSECONDS_PER_DAY + (raw & 0xffff_ffff_ffff_ffffn);
}

/** As `convertValues`; 64-bit integers without NULLs are read as halves, since a bigint each would cost more than all the rest. */
function convertScalars(raws: ArrayLike<unknown>, scalar: ScalarKind): ArrayLike<unknown> {
	if (raws instanceof BigInt64Array && scalar === INT8_KIND) {
		const halves = new Int32Array(raws.buffer, raws.byteOffset, raws.length * 2);
		const values = new Array<unknown>(raws.length);
		for (let i = 0; i < values.length; i++) {
			const value = halves[2 * i + 1]! * 4294967296 + (halves[2 * i]! >>> 0);
			values[i] = Number.isSafeInteger(value) ? value : toInt8(raws[i]);
		}
		return values;
	}
	return convertValues(raws, scalar.convert);
}

function scalarKind(element: SchemaElement): ScalarKind {
	const logical = element.logical_type;
	switch (logical?.type) {
		case 'DECIMAL':
			return decimalOf(element, logical.precision, logical.scale);
		case 'TIME':
			return timeKind(UNITS[logical.unit]!);
		case 'TIMESTAMP':
			return timestampKind(UNITS[logical.unit]!, logical.isAdjustedToUTC);
		case 'INTEGER':
			return integerKind(logical.bitWidth, logical.isSigned);
		case 'UUID':
			return UUID_KIND;
		case 'FLOAT16':
			return FLOAT16_KIND;
		case 'DATE':
			return DATE_KIND;
		case 'JSON':
			return JSON_KIND;
		default:
			return isText(element) && element.converted_type !== 'JSON' ? TEXT_KIND : convertedKind(element);
	}
}

function convertedKind(element: SchemaElement): ScalarKind {
	switch (element.converted_type) {
		case 'DECIMAL':
			return decimalOf(element, element.precision ?? 0, element.scale ?? 0);
		case 'DATE':
			return DATE_KIND;
		case 'TIME_MILLIS':
			return timeKind(1000);
		case 'TIME_MICROS':
			return timeKind(1_000_000);
		case 'TIMESTAMP_MILLIS':
			return timestampKind(1000, true);
		case 'TIMESTAMP_MICROS':
			return timestampKind(1_000_000, true);
		case 'UINT_8':
		case 'UINT_16':
		case 'UINT_32':
		case 'UINT_64':
		case 'INT_8':
		case 'INT_16':
			return integerKind(Number(element.converted_type.slice(element.converted_type.indexOf('_') + 1)), element.converted_type.startsWith('I'));
		case 'JSON':
			return JSON_KIND;
		case 'INTERVAL':
			return INTERVAL_KIND;
		default:
			return physicalKind(element);
	}
}

function physicalKind(element: SchemaElement): ScalarKind {
	switch (element.type) {
		case 'BOOLEAN':
			return BOOLEAN_KIND;
		case 'INT32':
			return INT4_KIND;
		case 'INT64':
			return INT8_KIND;
		case 'INT96':
			return INT96_KIND;
		case 'FLOAT':
			return FLOAT4_KIND;
		case 'DOUBLE':
			return FLOAT8_KIND;
		case 'BYTE_ARRAY':
		case 'FIXED_LEN_BYTE_ARRAY':
			return BYTEA_KIND;
		default:
			throw sqlError('0A000', `the Parquet column ${element.name} has the type ${String(element.type)}, which is not known`);
	}
}

function integerKind(bits: number, isSigned: boolean): ScalarKind {
	if (isSigned) return bits <= 16 ? INT2_KIND : bits === 32 ? INT4_KIND : INT8_KIND;
	return bits === 8 ? SMALL_UNSIGNED : bits === 16 ? MIDDLE_UNSIGNED : bits === 32 ? LARGE_UNSIGNED : UINT64_KIND;
}

function decimalOf(element: SchemaElement, precision: number, scale: number): ScalarKind {
	const isNumber = element.type === 'INT32' || element.type === 'INT64';
	return decimalKind(precision, scale, isNumber ? toInt8 : (raw) => signedBigEndian(raw as Uint8Array));
}

/** The element of a list; null when the node is none. */
function listElement(node: SchemaTree): SchemaTree | null {
	const only = node.children[0];
	// `hyparquet` takes away the level of a repeated group with one child, and so does this.
	if (node.element.converted_type !== 'LIST' || node.children.length !== 1 || only!.element.repetition_type !== 'REPEATED') return null;
	// Two levels: the repeated field is the element itself; three: its only child is.
	return only!.children.length === 1 ? only!.children[0]! : only!.children.length === 0 ? only! : null;
}

function nestedJson(node: SchemaTree): (raw: unknown) => Jsonb {
	if (node.element.logical_type?.type === 'VARIANT') return looseJson;
	if (node.children.length === 0) return eachOf(jsonWriter(scalarKind(node.element)));
	const element = listElement(node);
	if (element !== null) return eachOf(nestedJson(element));
	const pair = node.children[0]!;
	if (node.element.converted_type === 'MAP' && node.children.length === 1 && pair.children.length === 2)
		return eachOf(entriesJson(() => nestedJson(pair.children[1]!)));
	const fields = new Map(node.children.map((child) => [child.element.name, nestedJson(child)]));
	return eachOf(entriesJson((key) => fields.get(key) ?? looseJson));
}

/** Lists within lists, and groups that repeat without being called lists, come as nested JavaScript arrays. */
function eachOf(one: (raw: unknown) => Jsonb): (raw: unknown) => Jsonb {
	const each = (raw: unknown): Jsonb => {
		if (raw === null || raw === undefined) return JSON_NULL;
		return Array.isArray(raw) ? new JsonbArray(raw.map(each)) : one(raw);
	};
	return each;
}

function entriesJson(of: (key: string) => (raw: unknown) => Jsonb): (raw: unknown) => Jsonb {
	return (raw) => JsonbObject.from(Object.entries(raw as object).map(([key, value]) => [key, of(key)(value)] as const));
}
