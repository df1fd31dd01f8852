/**
 * Functions about types, settings and texts of SQL that need no catalog: pg_typeof, format_type, current_setting, quoting, sizes,
 * hashes of partitioning, encodings.
 */
import { sqlError } from '../../platform/errors.ts';
import { Decimal } from '../../value/decimal.ts';
import { fromBigInt, type Int8 } from '../../value/int8.ts';
import { PgArray } from '../../value/pg-array.ts';
import { formatTypeName } from '../../value/typmod.ts';
import type { CallInfo, FunctionContext, ScalarFunction } from './contracts.ts';
import { bound, boundContextual, contextual, scalar } from './define.ts';
import { quoteIdentifier, quoteLiteral } from './quote-identifier.ts';
import { valueFormatter } from './value-conversion.ts';

const FIRST_USER_OID = 16384;

function formatType(context: FunctionContext, oid: number | null, typmod: number | null): string | null {
	if (oid === null) return null;
	if (oid === 0) return '-';
	// A type that is no builtin one is named by the search path.
	if (oid >= FIRST_USER_OID) return context.service('format_type', oid, typmod) as string;
	const type = context.types.typeByOid(oid);
	return type === undefined ? '???' : formatTypeName(type, typmod ?? -1, context.types);
}

function currentSetting(context: FunctionContext, name: string, missingOk = false): string | null {
	const value = context.setting(name);
	if (value !== undefined) return value;
	if (missingOk) return null;
	throw sqlError('42704', `unrecognized configuration parameter "${name}"`);
}

function setConfig(context: FunctionContext, name: string | null, value: string | null, local: boolean | null): string | null {
	if (name === null) throw sqlError('22004', 'SET requires parameter name');
	context.setSetting(name, value ?? '', local === true);
	return context.setting(name) ?? null;
}

function bindQuoteNullable(info: CallInfo) {
	const format = valueFormatter(info.argumentTypes[0]!, info.types);
	return (context: FunctionContext, value: unknown): string => (value === null ? 'NULL' : quoteLiteral(format(context, value)));
}

/** How many of the arguments are null, or are not. */
function bindCountNulls(wanted: boolean) {
	return (info: CallInfo) => {
		if (!info.variadic) return (...values: unknown[]): number => values.filter((value) => (value === null) === wanted).length;
		return (array: PgArray | null): number | null => (array === null ? null : array.elements.filter((value) => (value === null) === wanted).length);
	};
}

const SIZE_UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;
const SIZE_LIMIT = 10n * 1024n;

/** Bytes in the largest unit that leaves at most five digits, rounded half away from zero. */
function sizePretty(bytes: bigint): string {
	let size = bytes;
	let unit = 0;
	// From kB on, sizes are kept doubled until the last step, so that one bit is left to round by.
	let limit = SIZE_LIMIT;
	let halved = false;
	while (unit < SIZE_UNITS.length - 1 && absolute(halved ? size : size) >= limit) {
		const shift = halved ? 10n : 9n;
		size = size < 0n ? -(-size >> shift) : size >> shift;
		halved = true;
		limit = 20n * 1024n - 1n;
		unit++;
	}
	if (halved) size = size < 0n ? -((-size + 1n) >> 1n) : (size + 1n) >> 1n;
	return `${size} ${SIZE_UNITS[unit]}`;
}

const absolute = (value: bigint): bigint => (value < 0n ? -value : value);

function numericSizePretty(value: Decimal): string {
	const absoluteValue = value.abs();
	if (absoluteValue.compare(Decimal.fromInteger(10240)) < 0) return `${value.toString()} bytes`;
	let size = BigInt(value.truncate(0).coefficient);
	size = size < 0n ? -(-size >> 9n) : size >> 9n;
	for (let unit = 1; ; unit++) {
		if (absolute(size) < 20479n || unit === SIZE_UNITS.length - 1) {
			return `${size < 0n ? -((-size + 1n) >> 1n) : (size + 1n) >> 1n} ${SIZE_UNITS[unit]}`;
		}
		size = size < 0n ? -(-size >> 10n) : size >> 10n;
	}
}

const SIZE_TEXT = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*$/;
const SIZE_FACTORS: ReadonlyMap<string, number> = new Map([
	['', 0],
	['bytes', 0],
	['b', 0],
	['kb', 10],
	['mb', 20],
	['gb', 30],
	['tb', 40],
	['pb', 50],
]);

function sizeBytes(text: string): Int8 {
	const match = SIZE_TEXT.exec(text);
	if (match === null) throw sqlError('22023', `invalid size: "${text}"`);
	const shift = SIZE_FACTORS.get(match[2]!.toLowerCase());
	if (shift === undefined) {
		throw sqlError('22023', `invalid size: "${text}"`, {
			detail: `Invalid size unit: "${match[2]}".`,
			hint: 'Valid units are "bytes", "B", "kB", "MB", "GB", "TB", and "PB".',
		});
	}
	return Decimal.parse(match[1]!)
		.multiply(new Decimal(fromBigInt(1n << BigInt(shift)), 0))
		.toInt8();
}

const IDENTIFIER = /^(?:"((?:[^"]|"")*)"|([\p{L}_][\p{L}\p{N}_$]*))/u;

/** Splits a qualified name into its parts, unquoted; unquoted parts are folded to lower case. */
function parseIdentifier(text: string, strict = true): PgArray {
	const parts: string[] = [];
	let rest = text.trimStart();
	const fail = (detail: string): Error => sqlError('22023', `string is not a valid identifier: "${text}"`, detail === '' ? {} : { detail });
	for (;;) {
		const match = IDENTIFIER.exec(rest);
		if (match === null) throw identifierError(rest, fail);
		if (match[1] === '') throw fail('Quoted identifier must not be empty.');
		parts.push(match[1] === undefined ? match[2]!.toLowerCase() : match[1].replaceAll('""', '"'));
		rest = rest.slice(match[0].length).trimStart();
		if (rest.startsWith('.')) {
			rest = rest.slice(1).trimStart();
			if (rest === '') throw fail('No valid identifier after ".".');
			continue;
		}
		if (rest !== '' && strict) throw fail('');
		return PgArray.of(parts);
	}
}

function identifierError(rest: string, fail: (detail: string) => Error): Error {
	if (rest.startsWith('"')) return fail('String has unclosed double quotes.');
	return fail(rest.startsWith('.') ? 'No valid identifier before ".".' : '');
}

const ENCODINGS: ReadonlyMap<number, string> = new Map([
	[0, 'SQL_ASCII'],
	[6, 'UTF8'],
	[8, 'LATIN1'],
]);

function encodingNumber(name: string): number {
	const plain = name.toUpperCase().replace(/[^A-Z0-9]/g, '');
	if (plain === 'UTF8' || plain === 'UNICODE') return 6;
	if (plain === 'LATIN1' || plain === 'ISO88591') return 8;
	return plain === 'SQLASCII' ? 0 : -1;
}

function bindCollationFor(info: CallInfo) {
	const category = info.argumentTypes[0]!.category;
	return (): string | null => (category === 'S' ? '"default"' : null);
}

function bindColumnSize(info: CallInfo) {
	const type = info.argumentTypes[0]!;
	const format = valueFormatter(type, info.types);
	return (context: FunctionContext, value: unknown): number => {
		if (type.length > 0) return type.length;
		const bytes = value instanceof Uint8Array ? value.length : Buffer.byteLength(format(context, value), 'utf8');
		return bytes + (bytes < 127 ? 1 : 4);
	};
}

export const systemFunctions: readonly ScalarFunction[] = [
	bound(
		1619,
		'pg_typeof(any) regtype',
		(info) => {
			const oid = info.argumentTypes[0]!.oid;
			return () => oid;
		},
		{ strict: false, volatility: 'stable' },
	),
	contextual(1081, 'format_type(oid, int4) text', formatType, { strict: false }),
	contextual(2077, 'current_setting(text) text', currentSetting),
	contextual(3294, 'current_setting(text, bool) text', currentSetting),
	contextual(2078, 'set_config(text, text, bool) text', setConfig, { strict: false, volatility: 'volatile' }),
	scalar(1282, 'quote_ident(text) text', quoteIdentifier),
	scalar(1283, 'quote_literal(text) text', quoteLiteral),
	boundContextual(1285, 'quote_literal(anyelement) text', bindQuoteNullable),
	scalar(1289, 'quote_nullable(text) text', (text: string | null) => (text === null ? 'NULL' : quoteLiteral(text)), { strict: false }),
	boundContextual(1290, 'quote_nullable(anyelement) text', bindQuoteNullable, { strict: false }),
	bound(440, 'num_nonnulls(variadic any) int4', bindCountNulls(false), { strict: false }),
	bound(438, 'num_nulls(variadic any) int4', bindCountNulls(true), { strict: false }),
	scalar(2288, 'pg_size_pretty(int8) text', (bytes: Int8) => sizePretty(BigInt(bytes))),
	scalar(3166, 'pg_size_pretty(numeric) text', numericSizePretty),
	scalar(3334, 'pg_size_bytes(text) int8', sizeBytes),
	scalar(1268, 'parse_ident(str text, strict bool = true) _text', parseIdentifier),
	scalar(810, 'pg_client_encoding() name', () => 'UTF8', { volatility: 'stable' }),
	scalar(1039, 'getdatabaseencoding() name', () => 'UTF8', { volatility: 'stable' }),
	scalar(1597, 'pg_encoding_to_char(int4) name', (encoding: number) => ENCODINGS.get(encoding) ?? '', { volatility: 'stable' }),
	scalar(1264, 'pg_char_to_encoding(name) int4', encodingNumber, { volatility: 'stable' }),
	scalar(2319, 'pg_encoding_max_length(int4) int4', (encoding: number) => (encoding === 6 ? 4 : ENCODINGS.has(encoding) ? 1 : null)),
	bound(3162, 'pg_collation_for(any) text', bindCollationFor, { strict: false, volatility: 'stable' }),
	boundContextual(1269, 'pg_column_size(any) int4', bindColumnSize),
];
