/**
 * SQL values to json and back. Numbers and booleans stay what they are, dates and times become ISO 8601 texts, arrays and rows
 * nest, everything else is its output text. The other way, a value is read from a JSON value by the target type: rows from objects,
 * arrays from arrays, other types through their input function.
 *
 * Source: PostgreSQL manual §9.16.
 */
import { sqlError } from '../../platform/errors.ts';
import { baseTypeOf } from '../../value/builtin-types.ts';
import { formatDate, formatTimestamp, formatTimestamptz } from '../../value/date-time-text.ts';
import { Decimal } from '../../value/decimal.ts';
import type { Int8 } from '../../value/int8.ts';
import { formatJsonb, JSON_NULL, type Jsonb, JsonbArray, JsonbObject, jsonbKind, parseJsonb, quoteJson } from '../../value/jsonb.ts';
import { PgArray } from '../../value/pg-array.ts';
import { defaultTextSettings, type TextSettings } from '../../value/text-settings.ts';
import type { Type, TypeLookup } from '../../value/type.ts';
import { applyTypmod } from '../../value/typmod.ts';
import { formatFloat4, formatFloat8 } from '../../value/value-text.ts';
import type { FunctionContext } from './contracts.ts';
import { sessionTimeZone } from './session-settings.ts';
import { valueFormatter, valueParser } from './value-conversion.ts';

/** JSON text of a value; SQL's null is `null`. */
export type JsonWriter = (context: FunctionContext, value: unknown) => string;
export type JsonbMaker = (context: FunctionContext, value: unknown) => Jsonb;

const isoSettings: TextSettings = { ...defaultTextSettings, dateStyle: 'ISO' };

/** ISO 8601 text of dates and timestamps; undefined for other types. */
function isoFormatter(type: Type): ((context: FunctionContext, value: unknown) => string) | undefined {
	switch (type.name) {
		case 'date':
			return (_, value) => formatDate(value as number, isoSettings);
		case 'timestamp':
			return (_, value) => formatTimestamp(value as Int8, isoSettings).replace(' ', 'T');
		case 'timestamptz':
			return (context, value) => {
				const text = formatTimestamptz(value as Int8, { ...isoSettings, timeZone: sessionTimeZone(context) });
				return text.replace(' ', 'T').replace(/([+-]\d\d)(?= BC$|$)/, '$1:00');
			};
		default:
			return undefined;
	}
}

const INTEGERS: ReadonlySet<string> = new Set(['int2', 'int4', 'int8']);

/** Makes the function that writes values of a type as json. `pretty` breaks lines between the items of the outermost value. */
export function jsonWriter(type: Type, types: TypeLookup, pretty = false): JsonWriter {
	const write = jsonWriterOfValue(baseTypeOf(type, types), types, pretty);
	return (context, value) => (value === null ? 'null' : write(context, value));
}

function jsonWriterOfValue(type: Type, types: TypeLookup, pretty: boolean): JsonWriter {
	if (INTEGERS.has(type.name)) return (_, value) => String(value);
	switch (type.name) {
		case 'bool':
			return (_, value) => (value === true ? 'true' : 'false');
		case 'float8':
			return (_, value) => numberText(formatFloat8(value as number));
		case 'float4':
			return (_, value) => numberText(formatFloat4(value as number));
		case 'numeric':
			return (_, value) => numberText((value as Decimal).toString());
		case 'json':
			return (_, value) => value as string;
		case 'jsonb':
			return (_, value) => formatJsonb(value as Jsonb);
	}
	if (type.kind === 'array') return arrayWriter(type, types, pretty);
	if (type.kind === 'composite' || type.name === 'record') return rowWriter(type, types, pretty);
	const iso = isoFormatter(type);
	if (iso !== undefined) return (context, value) => quoteJson(iso(context, value));
	const format = valueFormatter(type, types);
	return (context, value) => quoteJson(format(context, value));
}

/** NaN and infinities are no JSON numbers. */
const numberText = (text: string): string => (/^-?\d/.test(text) ? text : quoteJson(text));

function arrayWriter(type: Type, types: TypeLookup, pretty: boolean): JsonWriter {
	const write = jsonWriter(types.typeByOid(type.elementOid)!, types);
	const nested = (context: FunctionContext, array: PgArray, dimension: number, from: number, count: number): string => {
		const length = array.dimensions[dimension]!;
		const parts: string[] = [];
		for (let index = 0; index < length; index++) {
			const start = from + index * (count / length);
			const isLast = dimension === array.dimensions.length - 1;
			parts.push(isLast ? write(context, array.elements[start]) : nested(context, array, dimension + 1, start, count / length));
		}
		return `[${parts.join(pretty && dimension === 0 ? ',\n ' : ',')}]`;
	};
	return (context, value) => {
		const array = value as PgArray;
		return array.dimensions.length === 0 ? '[]' : nested(context, array, 0, 0, array.elements.length);
	};
}

function rowWriter(type: Type, types: TypeLookup, pretty: boolean): JsonWriter {
	const fields = type.fields.map((field) => ({ key: quoteJson(field.name), write: jsonWriter(field.type ?? types.typeByOid(field.typeOid)!, types) }));
	return (context, value) => {
		const row = value as readonly unknown[];
		const parts = fields.map(({ key, write }, index) => `${key}:${write(context, row[index])}`);
		return `{${parts.join(pretty ? ',\n ' : ',')}}`;
	};
}

/** Makes the function that turns values of a type into jsonb. */
export function jsonbMaker(type: Type, types: TypeLookup): JsonbMaker {
	const make = jsonbMakerOfValue(baseTypeOf(type, types), types);
	return (context, value) => (value === null ? JSON_NULL : make(context, value));
}

function jsonbMakerOfValue(type: Type, types: TypeLookup): JsonbMaker {
	if (INTEGERS.has(type.name)) return (_, value) => Decimal.fromInteger(value as Int8);
	switch (type.name) {
		case 'bool':
			return (_, value) => value as boolean;
		case 'float8':
			return (_, value) => floatJsonb(formatFloat8(value as number));
		case 'float4':
			return (_, value) => floatJsonb(formatFloat4(value as number));
		case 'numeric':
			return (_, value) => ((value as Decimal).isFinite ? (value as Decimal) : (value as Decimal).toString());
		case 'json':
			return (_, value) => parseJsonb(value as string);
		case 'jsonb':
			return (_, value) => value as Jsonb;
	}
	if (type.kind === 'array') return arrayMaker(type, types);
	if (type.kind === 'composite' || type.name === 'record') return rowMaker(type, types);
	const iso = isoFormatter(type);
	if (iso !== undefined) return iso;
	return valueFormatter(type, types);
}

const floatJsonb = (text: string): Jsonb => (/^-?\d/.test(text) ? Decimal.parse(text) : text);

function arrayMaker(type: Type, types: TypeLookup): JsonbMaker {
	const make = jsonbMaker(types.typeByOid(type.elementOid)!, types);
	const nested = (context: FunctionContext, array: PgArray, dimension: number, from: number, count: number): JsonbArray => {
		const length = array.dimensions[dimension]!;
		const items: Jsonb[] = [];
		for (let index = 0; index < length; index++) {
			const start = from + index * (count / length);
			const isLast = dimension === array.dimensions.length - 1;
			items.push(isLast ? make(context, array.elements[start]) : nested(context, array, dimension + 1, start, count / length));
		}
		return new JsonbArray(items);
	};
	return (context, value) => {
		const array = value as PgArray;
		return array.dimensions.length === 0 ? new JsonbArray([]) : nested(context, array, 0, 0, array.elements.length);
	};
}

function rowMaker(type: Type, types: TypeLookup): JsonbMaker {
	const fields = type.fields.map((field) => ({ name: field.name, make: jsonbMaker(field.type ?? types.typeByOid(field.typeOid)!, types) }));
	return (context, value) => {
		const row = value as readonly unknown[];
		return JsonbObject.from(fields.map(({ name, make }, index) => [name, make(context, row[index])] as const));
	};
}

/** A value of a type from a JSON value; `base` is what a row keeps where the object has no such key. */
export type JsonReader = (context: FunctionContext, value: Jsonb | undefined, base: unknown) => unknown;

/** Makes the function that reads values of a type from JSON values. */
export function jsonReader(type: Type, typmod: number, types: TypeLookup): JsonReader {
	const base = baseTypeOf(type, types);
	if (base.kind === 'composite' || base.name === 'record') return rowReader(base, types);
	if (base.kind === 'array') return arrayReader(base, typmod, types);
	if (base.name === 'jsonb') return (_, value) => value ?? null;
	if (base.name === 'json') return (_, value) => (value === undefined ? null : formatJsonb(value));
	const parse = valueParser(type, -1, types);
	return (context, value) => {
		const text = textOfJsonb(value);
		if (text === null) return null;
		const read = parse(context, text);
		return typmod === -1 ? read : applyTypmod(base, read, typmod, false, types);
	};
}

/** Text of a JSON value for an input function: a string's own, null for null. */
export function textOfJsonb(value: Jsonb | undefined): string | null {
	if (value === undefined || value === JSON_NULL) return null;
	return typeof value === 'string' ? value : formatJsonb(value);
}

function rowReader(type: Type, types: TypeLookup): JsonReader {
	const fields = type.fields.map((field) => ({ name: field.name, read: jsonReader(types.typeByOid(field.typeOid)!, field.typmod, types) }));
	const parse = valueParser(type, -1, types);
	return (context, value, base) => {
		if (value === undefined || value === JSON_NULL) return null;
		if (typeof value === 'string') return parse(context, value);
		if (!(value instanceof JsonbObject)) {
			throw sqlError('22023', jsonbKind(value) === 'array' ? 'cannot call populate_composite on an array' : 'cannot call populate_composite on a scalar');
		}
		const row = base as readonly unknown[] | null;
		return fields.map(({ name, read }, index) => {
			const found = value.get(name);
			const own = row?.[index] ?? null;
			return found === undefined ? own : read(context, found, own);
		});
	};
}

function arrayReader(type: Type, typmod: number, types: TypeLookup): JsonReader {
	const read = jsonReader(types.typeByOid(type.elementOid)!, typmod, types);
	const parse = valueParser(type, -1, types);
	// Of json elements, inner arrays are values themselves.
	const isNested = !['json', 'jsonb'].includes(types.typeByOid(type.elementOid)!.name);
	return (context, value) => {
		if (value === undefined || value === JSON_NULL) return null;
		if (typeof value === 'string') return parse(context, value);
		if (!(value instanceof JsonbArray)) throw sqlError('22P02', 'expected JSON array');
		const dimensions: number[] = [];
		const elements: unknown[] = [];
		collect(value, 0, dimensions, (item) => elements.push(read(context, item, null)), isNested);
		return elements.length === 0
			? PgArray.empty
			: new PgArray(
					dimensions,
					dimensions.map(() => 1),
					elements,
				);
	};
}

/** Elements of nested arrays of one shape, in order. */
function collect(array: JsonbArray, depth: number, dimensions: number[], push: (item: Jsonb) => void, isNested: boolean): void {
	if (dimensions[depth] === undefined) dimensions[depth] = array.items.length;
	else if (dimensions[depth] !== array.items.length) throw malformed();
	for (const item of array.items) {
		if (isNested && item instanceof JsonbArray) collect(item, depth + 1, dimensions, push, isNested);
		else {
			if (dimensions.length > depth + 1) throw sqlError('22P02', 'expected JSON array');
			push(item);
		}
	}
}

function malformed(): Error {
	return sqlError('22P02', 'malformed JSON array', { detail: 'Multidimensional arrays must have sub-arrays with matching dimensions.' });
}
