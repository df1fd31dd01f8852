/**
 * Values of a file's column as values of a table's column: as they are where the types are alike, else through the text that PostgreSQL would be given.
 *
 * JSON goes by its kind: a string is its text, a list is an array where the column is one, anything else the JSON text. Bytes are UTF-8 where the column is text.
 */
import { sqlError } from '../../platform/errors.ts';
import { BPCHAR, BYTEA, INT2, INT4, INT8, JSON_TYPE, JSONB, TEXT, VARCHAR } from '../../value/builtin-types.ts';
import { formatJsonb, JSON_NULL, type Jsonb, JsonbArray } from '../../value/jsonb.ts';
import { formatArray, PgArray } from '../../value/pg-array.ts';
import type { TextSettings } from '../../value/text-settings.ts';
import { defaultTextSettings } from '../../value/text-settings.ts';
import type { Type, TypeLookup } from '../../value/type.ts';
import { textFormatter, textParser } from '../../value/value-text.ts';
import type { TabularColumn } from './tabular-source.ts';

/** A column of a table that takes values. */
export interface TargetColumn {
	/** undefined: a type that only the server knows. */
	readonly type: Type | undefined;
	readonly typmod: number;
}

type Convert = (value: unknown) => unknown;

const INTEGERS = [INT2.oid, INT4.oid, INT8.oid];
const TEXTS = [TEXT.oid, VARCHAR.oid, BPCHAR.oid];

/** A value that is not null → its text for a column of the type; null for JSON's null in a column that is not JSON. */
export function toText(source: TabularColumn, target: TargetColumn, lookup: TypeLookup): (value: unknown) => string | null {
	if (source.type === TEXT) return (value) => value as string;
	if (source.type === JSONB) return jsonToText(target.type);
	if (source.type === BYTEA && target.type !== undefined && TEXTS.includes(target.type.oid)) return utf8Text;
	const format = textFormatter(source.type, lookup, defaultTextSettings);
	return (value) => (typeof value === 'string' ? value : format(value));
}

/** A value that is not null → a value of the target's type; null: they are the same. Throws SQL's errors of values. */
export function toValue(
	source: TabularColumn,
	target: { readonly type: Type; readonly typmod: number },
	lookup: TypeLookup,
	settings: TextSettings,
): Convert | null {
	if (isSame(source, target)) return source.type === TEXT ? checkedText : null;
	const text = toText(source, target, lookup);
	const parse = textParser(target.type, target.typmod, lookup, { ...settings, dateStyle: 'ISO', intervalStyle: 'postgres' });
	return (value) => {
		const shown = text(value);
		return shown === null ? null : parse(shown);
	};
}

function isSame(source: TabularColumn, target: { readonly type: Type; readonly typmod: number }): boolean {
	const { oid } = target.type;
	if (target.typmod !== -1 && target.typmod !== source.typmod) return false;
	if (oid === source.type.oid) return true;
	if (INTEGERS.includes(oid)) return INTEGERS.indexOf(source.type.oid) >= 0 && INTEGERS.indexOf(source.type.oid) <= INTEGERS.indexOf(oid);
	return source.type === TEXT && oid === VARCHAR.oid;
}

function checkedText(value: unknown): unknown {
	if ((value as string).includes('\u0000')) throw sqlError('22021', 'invalid byte sequence for encoding "UTF8": 0x00');
	return value;
}

function utf8Text(value: unknown): string {
	try {
		return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value as Uint8Array);
	} catch (error) {
		throw sqlError('22021', 'the bytes are not UTF-8, which a text column needs', { cause: error });
	}
}

function jsonToText(target: Type | undefined): (value: unknown) => string | null {
	if (target !== undefined && (target.oid === JSONB.oid || target.oid === JSON_TYPE.oid)) return (value) => formatJsonb(value as Jsonb);
	const isArray = target?.kind === 'array';
	return (value) => {
		const json = value as Jsonb;
		if (json === JSON_NULL) return null;
		if (typeof json === 'string') return json;
		return isArray && json instanceof JsonbArray ? formatArray(nested(json), plainText) : formatJsonb(json);
	};
}

function plainText(value: unknown): string {
	return typeof value === 'string' ? value : formatJsonb(value as Jsonb);
}

/** Lists of lists of one length become dimensions, as an array literal has them. */
function nested(list: JsonbArray): PgArray {
	const dimensions: number[] = [];
	for (let level: Jsonb | undefined = list; level instanceof JsonbArray && level.items.length > 0; level = level.items[0]) dimensions.push(level.items.length);
	const flat: unknown[] = [];
	const walk = (level: Jsonb, depth: number): void => {
		if (depth === dimensions.length) {
			flat.push(level === JSON_NULL ? null : level);
			return;
		}
		if (!(level instanceof JsonbArray) || level.items.length !== dimensions[depth])
			throw sqlError('2202E', 'multidimensional arrays must have array expressions with matching dimensions');
		for (const item of level.items) walk(item, depth + 1);
	};
	if (dimensions.length > 0) walk(list, 0);
	return new PgArray(
		dimensions,
		dimensions.map(() => 1),
		flat,
	);
}
