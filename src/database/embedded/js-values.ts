/**
 * Values at the API, by the column's or parameter's type and never by the value: int8 is a number (a RangeError past 2^53 that
 * names the option `int8: 'bigint'`), numeric a string, timestamptz a Date, json and properties parsed, bytea a Uint8Array, arrays arrays, date,
 * time, timestamp and interval their text, everything else as it is or its text.
 */
import { sqlError } from '../../platform/errors.ts';
import {
	BOOL,
	BYTEA,
	DYNAMIC,
	FLOAT4,
	FLOAT8,
	INT2,
	INT4,
	INT8,
	JSON_TYPE,
	JSONB,
	NUMERIC,
	OID,
	PROPERTIES,
	TEXT,
	TIMESTAMPTZ,
	VARCHAR,
} from '../../value/builtin-types.ts';
import type { Decimal } from '../../value/decimal.ts';
import type { DynamicValue } from '../../value/dynamic.ts';
import { propertiesFromJavaScript, propertiesToJsonb } from '../../value/dynamic-json.ts';
import { type Jsonb, jsonbFromJavaScript, jsonbToJavaScript } from '../../value/jsonb.ts';
import { PgArray } from '../../value/pg-array.ts';
import type { PropertyMap } from '../../value/property-map.ts';
import type { TextSettings } from '../../value/text-settings.ts';
import type { Type, TypeLookup } from '../../value/type.ts';
import { textFormatter, textParser } from '../../value/value-text.ts';
import { dynamicToJs } from './graph-values.ts';

export interface ValueOptions {
	/** How int8 comes out: a number, with a RangeError beyond ±(2^53 − 1), or always a bigint. */
	readonly int8: 'number' | 'bigint';
}

type Convert = (value: unknown) => unknown;

const SAME = new Set([BOOL, INT2, INT4, FLOAT4, FLOAT8, OID, BYTEA, TEXT, VARCHAR].map((t) => t.oid));

/** From the runtime's representation to the API's; null when they are the same. Never called with null. */
export function toJs(type: Type, lookup: TypeLookup, settings: TextSettings, options: ValueOptions): Convert | null {
	if (SAME.has(type.oid)) return null;
	switch (type.oid) {
		case INT8.oid:
			return options.int8 === 'bigint' ? (v) => BigInt(v as number) : int8ToNumber;
		case TIMESTAMPTZ.oid:
			return (v) => new Date(Number(v) / 1000);
		case JSON_TYPE.oid:
			return (v) => JSON.parse(v as string);
		case JSONB.oid:
			return (v) => jsonbToJavaScript(v as Jsonb);
		case PROPERTIES.oid:
			return (v) => jsonbToJavaScript(propertiesToJsonb(v as PropertyMap));
		case DYNAMIC.oid:
			return (v) => dynamicToJs(v as DynamicValue);
		case NUMERIC.oid:
			return (v) => (v as Decimal).toString();
		default:
			break;
	}
	if (type.kind === 'array') return arrayToJs(type, lookup, settings, options);
	const format = textFormatter(type, lookup, settings);
	return (v) => (typeof v === 'string' ? v : format(v));
}

function int8ToNumber(value: unknown): number {
	if (typeof value === 'number') return value;
	throw new RangeError(`the int8 value ${String(value)} does not fit a JavaScript number; open the database with { int8: 'bigint' }`);
}

function arrayToJs(type: Type, lookup: TypeLookup, settings: TextSettings, options: ValueOptions): Convert {
	const element = lookup.typeByOid(type.elementOid);
	const convert = element === undefined ? null : toJs(element, lookup, settings, options);
	const one = (v: unknown): unknown => (v === null || convert === null ? v : convert(v));
	return (value) => {
		const array = value as PgArray;
		const nest = (dimension: number, from: number, count: number): unknown[] => {
			const length = array.dimensions[dimension]!;
			const stride = count / length;
			return Array.from({ length }, (_, i) =>
				dimension === array.dimensions.length - 1 ? one(array.elements[from + i]) : nest(dimension + 1, from + i * stride, stride),
			);
		};
		return array.dimensions.length === 0 ? [] : nest(0, 0, array.elements.length);
	};
}

/** From the API's to the runtime's representation of a parameter's type. Accepts strings for every type (its text form). */
export function fromJs(type: Type, lookup: TypeLookup, settings: TextSettings): Convert {
	const parse = textParser(type, -1, lookup, settings);
	const refuse = (value: unknown): never => {
		throw sqlError('42804', `a JavaScript ${value === null ? 'null' : typeof value} cannot be a value of type ${type.name}`);
	};
	const specific = fromJsOf(type, lookup, settings, parse, refuse);
	return (value) => {
		if (value === null || value === undefined) return null;
		return specific(value);
	};
}

function fromJsOf(type: Type, lookup: TypeLookup, settings: TextSettings, parse: (text: string) => unknown, refuse: (value: unknown) => never): Convert {
	const general: Convert = (value) => {
		if (typeof value === 'string') return parse(value);
		if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return parse(String(value));
		if (value instanceof Date) return parse(value.toISOString());
		return refuse(value);
	};
	switch (type.oid) {
		case INT2.oid:
		case INT4.oid:
		case OID.oid:
			return (v) =>
				typeof v === 'number' && (v | 0) === v && (type.oid !== INT2.oid || (v >= -32768 && v <= 32767)) ? v : typeof v === 'boolean' ? refuse(v) : general(v);
		case INT8.oid:
			return (v) => (typeof v === 'number' && Number.isSafeInteger(v) ? v : typeof v === 'boolean' ? refuse(v) : general(v));
		case FLOAT8.oid:
			return (v) => (typeof v === 'number' ? v : general(v));
		case TEXT.oid:
		case VARCHAR.oid:
			return (v) =>
				typeof v === 'string' && !v.includes('\u0000') ? v : v instanceof Date ? v.toISOString() : typeof v === 'object' ? JSON.stringify(v) : general(v);
		case BOOL.oid:
			return (v) => (typeof v === 'boolean' ? v : general(v));
		case BYTEA.oid:
			return (v) => (v instanceof Uint8Array ? v.slice() : general(v));
		case TIMESTAMPTZ.oid:
			return (v) => (v instanceof Date ? v.getTime() * 1000 : general(v));
		case JSON_TYPE.oid:
			return (v) => (typeof v === 'string' ? parse(v) : JSON.stringify(v));
		case JSONB.oid:
			return (v) => (typeof v === 'string' ? parse(v) : jsonbFromJavaScript(v));
		case PROPERTIES.oid:
			return (v) => (typeof v === 'string' ? parse(v) : propertiesFromJavaScript(v));
		default:
			return type.kind === 'array' ? arrayFromJs(type, lookup, settings, general) : general;
	}
}

function arrayFromJs(type: Type, lookup: TypeLookup, settings: TextSettings, general: Convert): Convert {
	const element = lookup.typeByOid(type.elementOid);
	if (element === undefined) return general;
	const one = fromJs(element, lookup, settings);
	return (value) => {
		if (!Array.isArray(value)) return general(value);
		const dimensions: number[] = [];
		for (let level: unknown = value; Array.isArray(level) && level.length > 0; level = level[0]) dimensions.push(level.length);
		const flat: unknown[] = [];
		const walk = (level: readonly unknown[], depth: number): void => {
			if (level.length !== dimensions[depth]) throw sqlError('2202E', 'multidimensional arrays must have array expressions with matching dimensions');
			for (const item of level) {
				if (depth < dimensions.length - 1) walk(item as unknown[], depth + 1);
				else flat.push(one(item));
			}
		};
		if (dimensions.length > 0) walk(value, 0);
		return new PgArray(
			dimensions,
			dimensions.map(() => 1),
			flat,
		);
	};
}
