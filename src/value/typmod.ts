/**
 * Type modifiers: lengths, precisions and scales, in PostgreSQL's encoding of pg_attribute.atttypmod (length + 4 for
 * varchar, bpchar and numeric's pair; plain for bit, time, timestamp; fields and precision for interval; −1 for none).
 */
import { sqlError } from '../platform/errors.ts';
import type { BitString } from './bit-string.ts';
import { baseTypeOf, elementOf } from './builtin-types.ts';
import { applyTimePrecision, TimeTz } from './date-time.ts';
import { type Decimal, numericPrecision, numericScale, numericTypmod } from './decimal.ts';
import type { Int8 } from './int8.ts';
import * as interval from './interval.ts';
import { PgArray } from './pg-array.ts';
import type { Type, TypeLookup } from './type.ts';

const LENGTH_MAX = 10485760;

/** Applies a length, precision or scale to a value of its type. An explicit cast cuts strings; otherwise 22001. */
export function applyTypmod(type: Type, value: unknown, typmod: number, explicit: boolean, lookup: TypeLookup): unknown {
	const base = baseTypeOf(type, lookup);
	if (typmod < 0 || value === null) return value;
	switch (base.name) {
		case 'numeric':
			return (value as Decimal).applyTypmod(typmod);
		case 'varchar':
			return applyVarcharLength(value as string, typmod - 4, explicit);
		case 'bpchar':
			return applyCharLength(value as string, typmod - 4, explicit);
		case 'bit':
			return applyBitLength(value as BitString, typmod, explicit);
		case 'varbit':
			return applyVarbitLength(value as BitString, typmod, explicit);
		case 'time':
		case 'timestamp':
		case 'timestamptz':
			return applyTimePrecision(value as Int8, typmod);
		case 'timetz':
			return new TimeTz(Number(applyTimePrecision((value as TimeTz).microseconds, typmod)), (value as TimeTz).secondsEast);
		case 'interval':
			return interval.applyIntervalTypmod(value as interval.Interval, typmod);
		default: {
			const element = elementOf(base, lookup);
			if (element === undefined) return value;
			const array = value as PgArray;
			const elements = array.elements.map((item) => applyTypmod(element, item, typmod, explicit, lookup));
			return new PgArray(array.dimensions, array.lowerBounds, elements);
		}
	}
}

/** Count of code points. */
export function characterCount(text: string): number {
	let count = text.length;
	for (let index = 0; index < text.length; index++) if ((text.charCodeAt(index) & 0xfc00) === 0xdc00) count--;
	return count;
}

/** The first `count` code points. */
export function firstCharacters(text: string, count: number): string {
	let end = 0;
	for (let left = count; left > 0 && end < text.length; left--) end += (text.charCodeAt(end) & 0xfc00) === 0xd800 && end + 1 < text.length ? 2 : 1;
	return text.slice(0, end);
}

function applyVarcharLength(text: string, length: number, explicit: boolean): string {
	if (text.length <= length || characterCount(text) <= length) return text;
	const cut = firstCharacters(text, length);
	// SQL says: blanks past the length are cut in silence.
	if (!explicit && /[^ ]/.test(text.slice(cut.length))) throw sqlError('22001', `value too long for type character varying(${length})`);
	return cut;
}

function applyCharLength(text: string, length: number, explicit: boolean): string {
	const count = characterCount(text);
	if (count === length) return text;
	if (count < length) return text + ' '.repeat(length - count);
	const cut = firstCharacters(text, length);
	if (!explicit && /[^ ]/.test(text.slice(cut.length))) throw sqlError('22001', `value too long for type character(${length})`);
	return cut;
}

function applyBitLength(value: BitString, length: number, explicit: boolean): BitString {
	if (value.bitCount === length) return value;
	if (!explicit) throw sqlError('22026', `bit string length ${value.bitCount} does not match type bit(${length})`);
	return value.resize(length);
}

function applyVarbitLength(value: BitString, length: number, explicit: boolean): BitString {
	if (value.bitCount <= length) return value;
	if (!explicit) throw sqlError('22001', `bit string too long for type bit varying(${length})`);
	return value.resize(length);
}

/** typmod from the written modifiers, such as [10, 2] of numeric(10,2); throws 22023. For interval: [fields] or [fields, precision]. */
export function typmodFromModifiers(type: Type, modifiers: readonly number[]): number {
	if (modifiers.length === 0) return -1;
	const first = modifiers[0]!;
	switch (type.name.startsWith('_') ? type.name.slice(1) : type.name) {
		case 'numeric':
			return numericModifiers(modifiers);
		case 'varchar':
			return 4 + checkedLength('varchar', first, modifiers);
		case 'bpchar':
			return 4 + checkedLength('char', first, modifiers);
		case 'bit':
			return checkedLength('bit', first, modifiers, 83886080);
		case 'varbit':
			return checkedLength('varbit', first, modifiers, 83886080);
		case 'time':
		case 'timetz':
			return secondsPrecision('TIME', type.name.endsWith('tz') ? ' WITH TIME ZONE' : '', first, modifiers);
		case 'timestamp':
		case 'timestamptz':
			return secondsPrecision('TIMESTAMP', type.name.endsWith('tz') ? ' WITH TIME ZONE' : '', first, modifiers);
		case 'interval':
			return intervalModifiers(modifiers);
		default:
			throw sqlError('42601', `type modifier is not allowed for type "${type.name}"`);
	}
}

function checkedLength(name: string, length: number, modifiers: readonly number[], most = LENGTH_MAX): number {
	if (modifiers.length !== 1) throw sqlError('22023', 'invalid type modifier');
	if (length < 1) throw sqlError('22023', `length for type ${name} must be at least 1`);
	if (length > most) throw sqlError('22023', `length for type ${name} cannot exceed ${most}`);
	return length;
}

function numericModifiers(modifiers: readonly number[]): number {
	const [precision, scale = 0] = modifiers as [number, number?];
	if (modifiers.length > 2) throw sqlError('22023', 'invalid NUMERIC type modifier');
	if (precision < 1 || precision > 1000) throw sqlError('22023', `NUMERIC precision ${precision} must be between 1 and 1000`);
	if (scale < -1000 || scale > 1000) throw sqlError('22023', `NUMERIC scale ${scale} must be between -1000 and 1000`);
	return numericTypmod(precision, scale);
}

function secondsPrecision(name: string, zone: string, precision: number, modifiers: readonly number[]): number {
	if (modifiers.length !== 1) throw sqlError('22023', 'invalid type modifier');
	if (precision < 0) throw sqlError('22023', `${name}(${precision})${zone} precision must not be negative`);
	// PostgreSQL warns and takes the greatest precision.
	return Math.min(precision, 6);
}

function intervalModifiers(modifiers: readonly number[]): number {
	const [range, precision] = modifiers as [number, number?];
	if (precision !== undefined && precision < 0) throw sqlError('22023', `INTERVAL(${precision}) precision must not be negative`);
	return (range << 16) | (precision === undefined ? interval.INTERVAL_FULL_PRECISION : Math.min(precision, 6));
}

const FULL_NAMES: Readonly<Record<string, string>> = {
	bool: 'boolean',
	char: '"char"',
	int2: 'smallint',
	int4: 'integer',
	int8: 'bigint',
	float4: 'real',
	float8: 'double precision',
	bpchar: 'character',
	varchar: 'character varying',
	bit: 'bit',
	varbit: 'bit varying',
	time: 'time without time zone',
	timetz: 'time with time zone',
	timestamp: 'timestamp without time zone',
	timestamptz: 'timestamp with time zone',
};

/** format_type(): 'numeric(10,2)', 'character varying(3)', 'timestamp(3) with time zone', 'integer[]'. */
export function formatTypeName(type: Type, typmod: number, lookup: TypeLookup): string {
	const element = type.name.startsWith('_') ? elementOf(type, lookup) : undefined;
	if (element !== undefined) return `${formatTypeName(element, typmod, lookup)}[]`;
	if (type.oid >= 16384 || !Object.hasOwn(FULL_NAMES, type.name)) {
		const name = quoteName(type.name);
		if (type.name === 'numeric' && typmod >= 4) return `numeric(${numericPrecision(typmod)},${numericScale(typmod)})`;
		if (type.name === 'interval' && typmod >= 0) return `interval${intervalModifierText(typmod)}`;
		return type.schema === 'pg_catalog' || type.schema === 'public' ? name : `${quoteName(type.schema)}.${name}`;
	}
	const full = FULL_NAMES[type.name]!;
	if (typmod < 0) return type.name === 'bpchar' && typmod === -1 ? 'character' : type.name === 'bit' ? 'bit' : full;
	const space = full.indexOf(' with');
	if (space > 0) return `${full.slice(0, space)}(${typmod})${full.slice(space)}`;
	return type.name === 'bpchar' || type.name === 'varchar'
		? `${full}(${typmod - 4})`
		: type.name === 'bit' || type.name === 'varbit'
			? `${full}(${typmod})`
			: full;
}

function quoteName(name: string): string {
	return /^[a-z_][a-z0-9_$]*$/.test(name) && name !== 'any' ? name : `"${name.replaceAll('"', '""')}"`;
}

const { INTERVAL_YEAR, INTERVAL_MONTH, INTERVAL_DAY, INTERVAL_HOUR, INTERVAL_MINUTE, INTERVAL_SECOND } = interval;
const INTERVAL_FIELD_NAMES: ReadonlyMap<number, string> = new Map([
	[INTERVAL_YEAR, ' year'],
	[INTERVAL_MONTH, ' month'],
	[INTERVAL_DAY, ' day'],
	[INTERVAL_HOUR, ' hour'],
	[INTERVAL_MINUTE, ' minute'],
	[INTERVAL_SECOND, ' second'],
	[INTERVAL_YEAR | INTERVAL_MONTH, ' year to month'],
	[INTERVAL_DAY | INTERVAL_HOUR, ' day to hour'],
	[INTERVAL_DAY | INTERVAL_HOUR | INTERVAL_MINUTE, ' day to minute'],
	[INTERVAL_DAY | INTERVAL_HOUR | INTERVAL_MINUTE | INTERVAL_SECOND, ' day to second'],
	[INTERVAL_HOUR | INTERVAL_MINUTE, ' hour to minute'],
	[INTERVAL_HOUR | INTERVAL_MINUTE | INTERVAL_SECOND, ' hour to second'],
	[INTERVAL_MINUTE | INTERVAL_SECOND, ' minute to second'],
]);

function intervalModifierText(typmod: number): string {
	const precision = typmod & 0xffff;
	const fields = INTERVAL_FIELD_NAMES.get((typmod >> 16) & interval.INTERVAL_FULL_RANGE) ?? '';
	return precision === interval.INTERVAL_FULL_PRECISION ? fields : `${fields}(${precision})`;
}
