/**
 * What the columns of an Arrow file are here. Flechette reads dates and timestamps as milliseconds in floats, which lose digits: `rawField` tells it that they are integers
 * (`Schema.fbs` gives both the same layout), and the units are applied here.
 *
 * Lists of scalars are arrays; other lists, maps and structs jsonb; dictionaries and run ends what they stand for. Unions are refused: no type here holds one of several.
 */
import type { DataType, Field } from '@uwdata/flechette/dist/types/types.js';
import { sqlError } from '../../platform/errors.ts';
import { INTERVAL, TEXT } from '../../value/builtin-types.ts';
import { Interval } from '../../value/interval.ts';
import { JSON_NULL, type Jsonb, JsonbArray, JsonbObject } from '../../value/jsonb.ts';
import {
	arrayColumn,
	arrayValue,
	BOOLEAN_KIND,
	BYTEA_KIND,
	convertValues,
	DATE_KIND,
	decimalKind,
	durationKind,
	FLOAT4_KIND,
	FLOAT8_KIND,
	INT2_KIND,
	INT4_KIND,
	INT8_KIND,
	JSON_KIND,
	jsonWriter,
	kind,
	type ScalarKind,
	scalarColumn,
	TEXT_KIND,
	timeKind,
	timestampKind,
	toMicroseconds,
	UINT64_KIND,
	type UnitsPerSecond,
	UUID_KIND,
} from './scalar-values.ts';
import { jsonColumn, type TabularColumn } from './tabular-source.ts';

export interface ArrowColumn {
	readonly column: TabularColumn;
	readonly convert: (raws: ArrayLike<unknown>) => ArrayLike<unknown>;
}

/** Numbers of `Type` in Schema.fbs; −1 is Flechette's own. */
const DICTIONARY = -1;
const NULL = 1;
const INT = 2;
const FLOAT = 3;
const BINARY = 4;
const UTF8 = 5;
const BOOL = 6;
const DECIMAL = 7;
const DATE = 8;
const TIME = 9;
const TIMESTAMP = 10;
const INTERVAL_TYPE = 11;
const LIST = 12;
const STRUCT = 13;
const UNION = 14;
const FIXED_BINARY = 15;
const FIXED_LIST = 16;
const MAP = 17;
const DURATION = 18;
const LARGE_BINARY = 19;
const LARGE_UTF8 = 20;
const LARGE_LIST = 21;
const RUN_END = 22;
const BINARY_VIEW = 23;
const UTF8_VIEW = 24;
const LIST_VIEW = 25;
const LARGE_LIST_VIEW = 26;

const UNITS: readonly UnitsPerSecond[] = [1, 1000, 1_000_000, 1_000_000_000];
const YEAR_MONTH = 0;
const DAY_TIME = 1;
const MILLISECONDS_PER_DAY = 86_400_000;
const LISTS: readonly number[] = [LIST, FIXED_LIST, LARGE_LIST, LIST_VIEW, LARGE_LIST_VIEW];
const NULL_KIND = kind(TEXT, 'text');
const DATE_OF_MILLISECONDS = kind(DATE_KIND.type, 'date', (raw) => Math.floor(Number(raw) / MILLISECONDS_PER_DAY));
const MONTHS_KIND = kind(INTERVAL, 'interval', (raw) => new Interval(raw as number, 0, 0));
const DAY_TIME_KIND = kind(INTERVAL, 'interval', (raw) => new Interval(0, (raw as Int32Array)[0]!, (raw as Int32Array)[1]! * 1000));
const MONTH_DAY_KIND = kind(INTERVAL, 'interval', (raw) => {
	const [months, days, nanoseconds] = raw as Float64Array;
	return new Interval(months!, days!, toMicroseconds(nanoseconds!, 1_000_000_000));
});

/** A field as Flechette is to read it. */
export function rawField(field: Field): Field {
	return { ...field, type: rawType(field.type) };
}

function rawType(type: DataType): DataType {
	if (type.typeId === DICTIONARY) return { ...type, dictionary: rawType(type.dictionary) };
	if (type.typeId === TIMESTAMP || (type.typeId === DATE && type.unit !== 0)) return { typeId: INT, bitWidth: 64, signed: true, values: BigInt64Array };
	if (type.typeId === DATE) return { typeId: INT, bitWidth: 32, signed: true, values: Int32Array };
	return 'children' in type ? ({ ...type, children: type.children.map(rawField) } as DataType) : type;
}

export function arrowColumn(field: Field): ArrowColumn {
	const scalar = scalarKind(field);
	const { name } = field;
	if (scalar !== null) return { column: scalarColumn(name, scalar), convert: (raws) => convertValues(raws, scalar.convert) };
	const element = elementOf(field.type);
	const elementKind = element === null ? null : scalarKind(element);
	if (elementKind !== null)
		return { column: arrayColumn(name, elementKind), convert: (raws) => convertValues(raws, (raw) => arrayValue(raw as ArrayLike<unknown>, elementKind)) };
	const json = nestedJson(field);
	return { column: jsonColumn(name), convert: (raws) => convertValues(raws, json) };
}

/** The field of a list's elements; null when the type is no list. */
function elementOf(type: DataType): Field | null {
	return LISTS.includes(type.typeId) ? (type as { readonly children: readonly Field[] }).children[0]! : null;
}

/** null for nested types. */
function scalarKind(field: Field): ScalarKind | null {
	const extension = field.metadata?.get('ARROW:extension:name');
	if (extension === 'arrow.uuid') return UUID_KIND;
	if (extension === 'arrow.json') return JSON_KIND;
	return kindOf(field.type, field);
}

function kindOf(type: DataType, field: Field): ScalarKind | null {
	switch (type.typeId) {
		case DICTIONARY:
			return kindOf(type.dictionary, field);
		case RUN_END:
			return kindOf(type.children[1].type, field);
		case NULL:
			return NULL_KIND;
		case INT:
			return integerKind(type.bitWidth, type.signed);
		case FLOAT:
			return type.precision === 2 ? FLOAT8_KIND : FLOAT4_KIND;
		case BOOL:
			return BOOLEAN_KIND;
		case UTF8:
		case LARGE_UTF8:
		case UTF8_VIEW:
			return TEXT_KIND;
		case BINARY:
		case LARGE_BINARY:
		case BINARY_VIEW:
		case FIXED_BINARY:
			return BYTEA_KIND;
		case DECIMAL:
			return decimalKind(type.precision, type.scale);
		case DATE:
			return type.unit === 0 ? DATE_KIND : DATE_OF_MILLISECONDS;
		case TIME:
			return timeKind(UNITS[type.unit]!);
		case TIMESTAMP:
			return timestampKind(UNITS[type.unit]!, type.timezone !== null && type.timezone !== '');
		case DURATION:
			return durationKind(UNITS[type.unit]!);
		case INTERVAL_TYPE:
			return type.unit === YEAR_MONTH ? MONTHS_KIND : type.unit === DAY_TIME ? DAY_TIME_KIND : MONTH_DAY_KIND;
		case UNION:
			throw sqlError('0A000', `the column ${field.name} is a union, which no type of a column can be`);
		default:
			return null;
	}
}

function integerKind(bits: number, isSigned: boolean): ScalarKind {
	if (bits === 64) return isSigned ? INT8_KIND : UINT64_KIND;
	const width = isSigned ? bits : bits * 2;
	return width <= 16 ? INT2_KIND : width === 32 ? INT4_KIND : INT8_KIND;
}

function nestedJson(field: Field): (raw: unknown) => Jsonb {
	const scalar = scalarKind(field);
	if (scalar !== null) return jsonWriter(scalar);
	const { type } = field;
	const element = elementOf(type);
	if (element !== null) {
		const one = nestedJson(element);
		return (raw) => (raw === null || raw === undefined ? JSON_NULL : new JsonbArray(Array.from(raw as ArrayLike<unknown>, one)));
	}
	if (type.typeId === MAP) {
		const pair = (type.children[0].type as { readonly children: readonly Field[] }).children;
		const key = nestedJson(pair[0]!);
		const value = nestedJson(pair[1]!);
		return (raw) =>
			raw === null || raw === undefined ? JSON_NULL : JsonbObject.from((raw as [unknown, unknown][]).map(([k, v]) => [keyText(key(k)), value(v)] as const));
	}
	if (type.typeId !== STRUCT) throw sqlError('0A000', `the column ${field.name} has Arrow's type ${type.typeId}, which is not known`);
	const fields = type.children.map((child) => [child.name, nestedJson(child)] as const);
	return (raw) => {
		if (raw === null || raw === undefined) return JSON_NULL;
		const object = raw as Readonly<Record<string, unknown>>;
		return JsonbObject.from(fields.map(([name, one]) => [name, one(object[name])] as const));
	};
}

function keyText(key: Jsonb): string {
	return typeof key === 'string' ? key : String(key);
}
