/**
 * Text forms of all types: what PostgreSQL's input and output functions read and print, with its errors. A parser or
 * formatter is chosen once per column; the forms of single types are in files of their own.
 */
import { sqlError } from '../platform/errors.ts';
import { BitString } from './bit-string.ts';
import { baseTypeOf, elementOf } from './builtin-types.ts';
import { formatBytea, parseBytea } from './bytea-text.ts';
import { TimeTz } from './date-time.ts';
import * as dateTime from './date-time-text.ts';
import { Decimal } from './decimal.ts';
import type { DynamicValue } from './dynamic.ts';
import { formatDynamic, formatProperties, parseProperties } from './dynamic-json.ts';
import { formatFloat4, formatFloat8, parseFloat4, parseFloat8 } from './float-text.ts';
import { formatGeometry, GEOMETRY_KINDS, Geometry, parseGeometry } from './geometry.ts';
import { parseInet } from './inet.ts';
import { type Int8, parseInt2, parseInt4, parseInt8, parseOid } from './int8.ts';
import { Interval } from './interval.ts';
import { formatInterval, parseInterval } from './interval-text.ts';
import { checkJson, parseJsonb } from './json-parser.ts';
import { formatJsonb, type Jsonb } from './jsonb.ts';
import { rangeValues } from './load-ranges.ts';
import { formatMoney, parseMoney } from './money-text.ts';
import { formatArray, PgArray, parseArray } from './pg-array.ts';
import type { PropertyMap } from './property-map.ts';
import { formatRecord, parseRecord } from './record-text.ts';
import type { TextSettings } from './text-settings.ts';
import type { Type, TypeLookup } from './type.ts';
import { applyTypmod } from './typmod.ts';
import { parseUuid } from './uuid.ts';

export { formatFloat4, formatFloat8, parseFloat4, parseFloat8 } from './float-text.ts';

type Parse = (text: string) => unknown;
type Format = (value: unknown) => string;

/** The type's input function: throws PostgreSQL's error for a text that is not of the type. */
export function parseText(type: Type, text: string, typmod: number, lookup: TypeLookup, settings: TextSettings): unknown {
	return textParser(type, typmod, lookup, settings)(text);
}

/** The type's output function. */
export function formatText(type: Type, value: unknown, lookup: TypeLookup, settings: TextSettings): string {
	return textFormatter(type, lookup, settings)(value);
}

/** Chosen once per column; the result is `parseText` of that type. */
export function textParser(type: Type, typmod: number, lookup: TypeLookup, settings: TextSettings): Parse {
	const modifier = type.kind === 'domain' ? type.baseTypmod : typmod;
	const base = baseTypeOf(type, lookup);
	const parse = untypedParser(base, modifier, lookup, settings);
	return modifier < 0 ? parse : (text) => applyTypmod(base, parse(text), modifier, false, lookup);
}

function untypedParser(type: Type, typmod: number, lookup: TypeLookup, settings: TextSettings): Parse {
	if (type.kind === 'enum') return enumParser(type);
	if (type.kind === 'composite') return recordParser(type, lookup, settings);
	if (type.kind === 'range' || type.kind === 'multirange') return rangeValues().rangeParser(type, lookup, settings);
	if (type.name === 'int2vector' || type.name === 'oidvector') return vectorParser(type.name === 'oidvector' ? parseOid : parseInt2);
	const element = elementOf(type, lookup);
	if (element !== undefined) {
		const parseElement = textParser(element, -1, lookup, settings);
		return (text) => parseArray(text, parseElement, element.name === 'box' ? ';' : ',');
	}
	const simple = simpleParsers[type.name];
	if (simple !== undefined) return simple;
	switch (type.name) {
		case 'date':
			return (text) => dateTime.parseDate(text, settings);
		case 'time':
			return (text) => dateTime.parseTime(text, typmod, settings);
		case 'timetz':
			return (text) => dateTime.parseTimeTz(text, typmod, settings);
		case 'timestamp':
			return (text) => dateTime.parseTimestamp(text, typmod, settings);
		case 'timestamptz':
			return (text) => dateTime.parseTimestamptz(text, typmod, settings);
		case 'interval':
			return (text) => parseInterval(text, typmod, settings.intervalStyle);
		case 'record':
			throw sqlError('0A000', 'input of anonymous composite types is not implemented');
		default:
			if (type.name.startsWith('reg')) return objectParser(type, settings);
			if (type.kind === 'pseudo') throw sqlError('0A000', `cannot accept a value of type ${type.name}`);
			return checkText;
	}
}

const simpleParsers: Readonly<Record<string, Parse>> = Object.assign(Object.create(null) as Record<string, Parse>, {
	bool: parseBool,
	bytea: parseBytea,
	char: parseByteChar,
	name: parseName,
	int2: parseInt2,
	int4: parseInt4,
	int8: parseInt8,
	oid: parseOid,
	xid: parseOid,
	cid: parseOid,
	xid8: parseInt8,
	tid: parseTupleId,
	text: checkText,
	varchar: checkText,
	bpchar: checkText,
	unknown: checkText,
	cstring: checkText,
	xml: checkText,
	void: () => '',
	json: (text: string) => {
		checkText(text);
		checkJson(text);
		return text;
	},
	jsonb: parseJsonb,
	properties: parseProperties,
	float4: parseFloat4,
	float8: parseFloat8,
	numeric: Decimal.parse,
	money: parseMoney,
	uuid: parseUuid,
	bit: BitString.parse,
	varbit: BitString.parse,
	inet: (text: string) => parseInet(text, false),
	cidr: (text: string) => parseInet(text, true),
	...Object.fromEntries(GEOMETRY_KINDS.map((kind) => [kind, (text: string) => parseGeometry(kind, text)])),
});

/** Text may hold any character but 0. */
function checkText(text: string): string {
	if (text.includes('\0')) throw sqlError('22021', 'invalid byte sequence for encoding "UTF8": 0x00');
	return text;
}

const BOOL_WORDS: readonly (readonly [string, boolean, number])[] = [
	['true', true, 1],
	['false', false, 1],
	['yes', true, 1],
	['no', false, 1],
	['on', true, 2],
	['off', false, 2],
	['1', true, 1],
	['0', false, 1],
];

/** A word of the list, or as much of its beginning as tells it apart. */
export function parseBool(text: string): boolean {
	if (text === 't') return true;
	if (text === 'f') return false;
	const word = text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '').toLowerCase();
	for (const [full, value, least] of BOOL_WORDS) if (word.length >= least && full.startsWith(word)) return value;
	throw sqlError('22P02', `invalid input syntax for type boolean: "${text}"`);
}

/** "char" is one byte, the first of a text or written \ooo; a byte past ASCII is shown as \ooo, zero as nothing. */
export function parseByteChar(text: string): string {
	const octal = /^\\([0-3][0-7]{2})$/.exec(text);
	return byteChar(octal === null ? (Buffer.from(text, 'utf8')[0] ?? 0) : Number.parseInt(octal[1]!, 8));
}

/** The "char" of a byte. */
export function byteChar(byte: number): string {
	if (byte === 0) return '';
	return byte < 0x80 ? String.fromCharCode(byte) : `\\${byte.toString(8)}`;
}

/** The byte of a "char". */
export function byteOfChar(value: string): number {
	return value.length === 4 ? Number.parseInt(value.slice(1), 8) : value === '' ? 0 : value.charCodeAt(0);
}

/** Cut to 63 bytes, at a character's end. */
export function parseName(text: string): string {
	checkText(text);
	if (text.length <= 21) return text;
	const bytes = Buffer.from(text, 'utf8');
	if (bytes.length <= 63) return text;
	let end = 63;
	while ((bytes[end]! & 0xc0) === 0x80) end--;
	return bytes.toString('utf8', 0, end);
}

function parseTupleId(text: string): string {
	const match = /^\s*\(([0-9]+),([0-9]+)\)/.exec(text);
	if (match === null) throw sqlError('22P02', `invalid input syntax for type tid: "${text}"`);
	return `(${Number(match[1])},${Number(match[2])})`;
}

function enumParser(type: Type): Parse {
	const labels = new Set(type.enumLabels);
	return (text) => {
		if (!labels.has(text)) throw sqlError('22P02', `invalid input value for enum ${type.name}: "${text}"`);
		return text;
	};
}

function recordParser(type: Type, lookup: TypeLookup, settings: TextSettings): Parse {
	const parsers = type.fields.map((field) => textParser(typeOf(field.typeOid, lookup), field.typmod, lookup, settings));
	return (text) => parseRecord(text, parsers.length).map((field, index) => (field === null ? null : parsers[index]!(field)));
}

function typeOf(oid: number, lookup: TypeLookup): Type {
	const type = lookup.typeByOid(oid);
	if (type === undefined) throw sqlError('42704', `type with OID ${oid} does not exist`);
	return type;
}

/** int2vector and oidvector: elements between blanks, lower bound 0. */
function vectorParser(parse: (text: string) => number): Parse {
	return (text) => {
		const elements = text.split(/\s+/).filter((part) => part !== '');
		return elements.length === 0 ? PgArray.empty : new PgArray([elements.length], [0], elements.map(parse));
	};
}

/** regclass and the like: an oid, `-` for none, or a name that the catalog knows. */
function objectParser(type: Type, settings: TextSettings): Parse {
	return (text) => {
		if (text === '-') return 0;
		if (/^[0-9]+$/.test(text)) return parseOid(text);
		if (settings.names === null) throw sqlError('0A000', `names cannot be looked up here for type ${type.name}`);
		return settings.names.oidOf(type.oid, text);
	};
}

/** Chosen once per column; the result is `formatText` of that type. */
export function textFormatter(type: Type, lookup: TypeLookup, settings: TextSettings): Format {
	const base = baseTypeOf(type, lookup);
	if (base.kind === 'composite' || base.name === 'record') return recordFormatter(base, lookup, settings);
	if (base.kind === 'range' || base.kind === 'multirange') return rangeValues().rangeFormatter(base, lookup, settings);
	if (base.name === 'int2vector' || base.name === 'oidvector') return (value) => (value as PgArray).elements.join(' ');
	const element = elementOf(base, lookup);
	if (element !== undefined) {
		const formatElement = textFormatter(element, lookup, settings);
		return (value) => formatArray(value as PgArray, formatElement, element.name === 'box' ? ';' : ',');
	}
	if (base.kind === 'enum') return asIs;
	return simpleFormatter(base, settings);
}

function asIs(value: unknown): string {
	return value as string;
}

function simpleFormatter(type: Type, settings: TextSettings): Format {
	switch (type.name) {
		case 'int2':
		case 'int4':
		case 'int8':
		case 'oid':
		case 'xid':
		case 'cid':
		case 'xid8':
		case 'numeric':
		case 'bit':
		case 'varbit':
			return String;
		case 'bool':
			return (value) => (value === true ? 't' : 'f');
		case 'float8':
			return (value) => formatFloat8(value as number, settings.extraFloatDigits);
		case 'float4':
			return (value) => formatFloat4(value as number, settings.extraFloatDigits);
		case 'bytea':
			return (value) => formatBytea(value as Uint8Array, settings.byteaOutput);
		case 'jsonb':
			return (value) => formatJsonb(value as Jsonb);
		case 'properties':
			return (value) => formatProperties(value as PropertyMap);
		case 'dynamic':
			return (value) => formatDynamic(value as DynamicValue);
		case 'money':
			return (value) => formatMoney(value as Int8);
		case 'date':
			return (value) => dateTime.formatDate(value as number, settings);
		case 'time':
			return (value) => dateTime.formatTime(value as number);
		case 'timetz':
			return (value) => dateTime.formatTimeTz(value as TimeTz);
		case 'timestamp':
			return (value) => dateTime.formatTimestamp(value as Int8, settings);
		case 'timestamptz':
			return (value) => dateTime.formatTimestamptz(value as Int8, settings);
		case 'interval':
			return (value) => formatInterval(value as Interval, settings.intervalStyle);
		case 'void':
			return () => '';
		case 'point':
		case 'lseg':
		case 'line':
		case 'box':
		case 'path':
		case 'polygon':
		case 'circle':
			return (value) => formatGeometry(value as Geometry, settings.extraFloatDigits);
		default:
			return type.name.startsWith('reg') ? (value) => formatObject(type, value as number, settings) : asIs;
	}
}

function formatObject(type: Type, oid: number, settings: TextSettings): string {
	if (oid === 0) return '-';
	return settings.names?.nameOf(type.oid, oid) ?? String(oid);
}

function recordFormatter(type: Type, lookup: TypeLookup, settings: TextSettings): Format {
	const formatters: Format[] = type.fields.map((field) => textFormatter(typeOf(field.typeOid, lookup), lookup, settings));
	return (value) =>
		formatRecord(
			(value as readonly unknown[]).map((field, index) => (field === null ? null : (formatters[index] ?? ((item) => formatUntyped(item, settings)))(field))),
		);
}

/** Text of a field whose type is not known (of an anonymous record), by its form in memory. */
function formatUntyped(value: unknown, settings: TextSettings): string {
	if (typeof value === 'boolean') return value ? 't' : 'f';
	if (typeof value === 'number') return Number.isInteger(value) ? String(value) : formatFloat8(value, settings.extraFloatDigits);
	if (value instanceof Uint8Array) return formatBytea(value, settings.byteaOutput);
	if (value instanceof PgArray) return formatArray(value, (item) => formatUntyped(item, settings));
	if (Array.isArray(value)) return formatRecord(value.map((item) => (item === null ? null : formatUntyped(item, settings))));
	if (value instanceof Interval) return formatInterval(value, settings.intervalStyle);
	if (value instanceof TimeTz) return dateTime.formatTimeTz(value);
	if (value instanceof Geometry) return formatGeometry(value, settings.extraFloatDigits);
	if (value instanceof Decimal || value instanceof BitString || typeof value !== 'object') return String(value);
	return formatJsonb(value as Jsonb);
}
