/**
 * Files of rows, to write: rows gathered by column, a unit of the format (row group, record batch, block) at a time.
 *
 * Types: what a format has no word for is written as PostgreSQL's text, which loses nothing: numeric without a precision, intervals, times with a zone, enums, ranges and
 * so on. Lists of one dimension are lists; infinite dates and timestamps, and arrays of more dimensions, are refused (22003, 0A000).
 */
import { sqlError } from '../../platform/errors.ts';
import {
	BOOL,
	BYTEA,
	builtinTypes,
	DATE,
	FLOAT4,
	FLOAT8,
	INT2,
	INT4,
	INT8,
	JSON_TYPE,
	JSONB,
	NUMERIC,
	OID,
	TIME,
	TIMESTAMP,
	TIMESTAMPTZ,
	UUID,
} from '../../value/builtin-types.ts';
import { Decimal, numericPrecision, numericScale } from '../../value/decimal.ts';
import type { PgArray } from '../../value/pg-array.ts';
import { defaultTextSettings } from '../../value/text-settings.ts';
import type { Type } from '../../value/type.ts';
import { textFormatter, textParser } from '../../value/value-text.ts';

/** What a column is in a file. Values: booleans; numbers (int2 to float8, date as days); bigints (int8, decimals unscaled, microseconds); texts; bytes. */
export type SinkKind =
	| 'boolean'
	| 'int16'
	| 'int32'
	| 'int64'
	| 'float'
	| 'double'
	| 'decimal'
	| 'date'
	| 'time'
	| 'timestamp'
	| 'instant'
	| 'text'
	| 'json'
	| 'uuid'
	| 'bytes';

export interface SinkColumn {
	readonly name: string;
	readonly kind: SinkKind;
	readonly isList: boolean;
	/** Of decimals. */
	readonly precision: number;
	readonly scale: number;
	/** A text of PostgreSQL → a value of the kind, or a list of them. */
	readonly parse: (text: string) => unknown;
}

/** Takes the bytes of a file, in order. */
export type Emit = (bytes: Uint8Array) => void;

export interface TabularSink {
	/** `columns`: a list of values for each column, null for NULL. */
	write(columns: readonly (readonly unknown[])[], rowCount: number): void | Promise<void>;
	finish(): void | Promise<void>;
}

/** Decimals of more digits have no room in 128 bits. */
const PRECISION_MAX = 38;

const KINDS: ReadonlyMap<number, SinkKind> = new Map([
	[BOOL.oid, 'boolean'],
	[INT2.oid, 'int16'],
	[INT4.oid, 'int32'],
	[INT8.oid, 'int64'],
	[OID.oid, 'int64'],
	[FLOAT4.oid, 'float'],
	[FLOAT8.oid, 'double'],
	[DATE.oid, 'date'],
	[TIME.oid, 'time'],
	[TIMESTAMP.oid, 'timestamp'],
	[TIMESTAMPTZ.oid, 'instant'],
	[JSON_TYPE.oid, 'json'],
	[JSONB.oid, 'json'],
	[UUID.oid, 'uuid'],
	[BYTEA.oid, 'bytes'],
]);

/** A column of a result, whose values come as text. */
export function sinkColumn(name: string, typeOid: number, typmod: number): SinkColumn {
	const type = builtinTypes.typeByOid(typeOid);
	const element = type !== undefined && type.kind === 'array' && type.elementOid !== 0 ? builtinTypes.typeByOid(type.elementOid) : undefined;
	const one = scalar(name, element ?? type, typmod);
	if (element === undefined) return { name, isList: false, ...one };
	const parseArray = textParser(type!, typmod, builtinTypes, defaultTextSettings);
	return { name, isList: true, ...one, parse: (text) => listOf(parseArray(text) as PgArray, one.value, name) };
}

interface Scalar extends Pick<SinkColumn, 'kind' | 'precision' | 'scale' | 'parse'> {
	/** From the runtime's representation. */
	readonly value: (value: unknown) => unknown;
}

function scalar(name: string, type: Type | undefined, typmod: number): Scalar {
	if (type?.oid === NUMERIC.oid && typmod >= 4) {
		const [precision, scale] = [numericPrecision(typmod), numericScale(typmod)];
		if (precision <= PRECISION_MAX && scale >= 0 && scale <= precision) {
			const value = (v: unknown): unknown => unscaled(v as Decimal, scale, name);
			return { kind: 'decimal', precision, scale, value, parse: (text) => value(Decimal.parse(text)) };
		}
	}
	const kind = (type === undefined ? undefined : KINDS.get(type.oid)) ?? 'text';
	if (kind === 'text' || kind === 'json' || kind === 'uuid') return { kind, precision: 0, scale: 0, value: textOf(type), parse: (text) => text };
	const parse = textParser(type!, -1, builtinTypes, defaultTextSettings);
	const value = valueOfKind(kind, name);
	return { kind, precision: 0, scale: 0, value, parse: (text) => value(parse(text)) };
}

/** Elements of arrays come parsed; types of text are texts as they are, others go back to theirs. */
function textOf(type: Type | undefined): (value: unknown) => unknown {
	let format: ((value: unknown) => string) | null = null;
	return (value) => {
		if (typeof value === 'string') return value;
		format ??= type === undefined ? String : textFormatter(type, builtinTypes, defaultTextSettings);
		return format(value);
	};
}

function valueOfKind(kind: SinkKind, name: string): (value: unknown) => unknown {
	if (kind === 'int64' || kind === 'time') return (value) => BigInt(value as number);
	if (kind !== 'date' && kind !== 'timestamp' && kind !== 'instant') return (value) => value;
	return (value) => {
		if (typeof value === 'number' && !Number.isFinite(value)) throw sqlError('22003', `column "${name}" holds infinity, which files have no value for`);
		return kind === 'date' ? value : BigInt(value as number);
	};
}

function unscaled(value: Decimal, scale: number, name: string): bigint {
	if (typeof value.coefficient === 'number' && !Number.isFinite(value.coefficient))
		throw sqlError('22003', `column "${name}" holds ${value.toString()}, which a decimal of files cannot`);
	const places = scale - value.scale;
	if (places < 0) throw sqlError('22003', `column "${name}" holds ${value.toString()}, which has more than ${scale} digits after the point`);
	return BigInt(value.coefficient) * 10n ** BigInt(places);
}

function listOf(array: PgArray, value: (value: unknown) => unknown, name: string): unknown[] {
	if (array.dimensions.length > 1) throw sqlError('0A000', `column "${name}" holds an array of ${array.dimensions.length} dimensions, which files have not`);
	return array.elements.map((element) => (element === null ? null : value(element)));
}
