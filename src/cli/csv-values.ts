/** Texts of CSV fields as dynamic values of a named type: the types of neo4j-admin's headers, and those of Kuzu's tables. */
import { InputError } from '../platform/errors.ts';
import { type DynamicValue, floatValue } from '../value/dynamic.ts';
import { fromBigInt } from '../value/int8.ts';
import { parseDuration } from '../value/temporal/duration-construction.ts';
import { parseDate, parseDateTime, parseLocalDateTime, parseLocalTime, parseTime } from '../value/temporal/temporal-text.ts';
import { UTC_ZONE } from '../value/temporal/temporal-zone.ts';

export type FieldReader = (text: string) => DynamicValue;

const INT8_MIN = -(2n ** 63n);
const INT8_MAX = 2n ** 63n - 1n;

export function readInteger(text: string): DynamicValue {
	const trimmed = text.trim();
	if (!/^[+-]?\d{1,19}$/.test(trimmed)) throw new InputError('input', `"${text}" is no integer`);
	const value = BigInt(trimmed);
	if (value < INT8_MIN || value > INT8_MAX) throw new InputError('input', `${text} is no integer of 64 bits`);
	return fromBigInt(value);
}

export function readFloat(text: string): DynamicValue {
	const trimmed = text.trim();
	const value = /^[+-]?inf(inity)?$/i.test(trimmed) ? Number(trimmed.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY) : Number(trimmed);
	if (trimmed === '' || (Number.isNaN(value) && !/^nan$/i.test(trimmed))) throw new InputError('input', `"${text}" is no number`);
	return floatValue(value);
}

export function readBoolean(text: string): DynamicValue {
	const lower = text.trim().toLowerCase();
	if (lower !== 'true' && lower !== 'false') throw new InputError('input', `"${text}" is neither true nor false`);
	return lower === 'true';
}

const text: FieldReader = (value) => value;

/** Type of a header's field → how its texts are read. */
const HEADER_TYPES: ReadonlyMap<string, FieldReader> = new Map<string, FieldReader>([
	['int', readInteger],
	['long', readInteger],
	['short', readInteger],
	['byte', readInteger],
	['float', readFloat],
	['double', readFloat],
	['boolean', readBoolean],
	['char', text],
	['string', text],
	['date', (value) => parseDate(value.trim())],
	['localtime', (value) => parseLocalTime(value.trim())],
	['time', (value) => parseTime(value.trim(), UTC_ZONE, 0)],
	['localdatetime', (value) => parseLocalDateTime(value.trim())],
	['datetime', (value) => parseDateTime(value.trim(), UTC_ZONE)],
	['duration', (value) => parseDuration(value.trim())],
]);

/** The reader of `int`, `string[]` …; lists are cut at semicolons. Throws 'input' for a type that is none. */
export function headerReader(type: string): FieldReader {
	const isList = type.endsWith('[]');
	const reader = HEADER_TYPES.get((isList ? type.slice(0, -2) : type).toLowerCase());
	if (reader === undefined)
		throw new InputError('input', `there is no type ${type} of a field`, { hint: `Use one of ${[...HEADER_TYPES.keys()].join(', ')}, with [] for lists.` });
	return isList ? (value) => (value === '' ? [] : value.split(';').map(reader)) : reader;
}
