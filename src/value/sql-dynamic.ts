/**
 * Values of SQL as dynamic values: what columns of tables are to Cypher. Exact numerics are floats; what Cypher has no type for is its
 * text.
 */
import { BOOL, BYTEA, DATE, FLOAT4, FLOAT8, INT2, INT4, INT8, JSONB, NUMERIC, OID, TIME, TIMESTAMP, TIMESTAMPTZ } from './builtin-types.ts';
import type { Decimal } from './decimal.ts';
import { type DynamicValue, floatValue } from './dynamic.ts';
import { dynamicFromJsonb } from './dynamic-json.ts';
import type { Jsonb } from './jsonb.ts';
import type { PgArray } from './pg-array.ts';
import { CypherDate } from './temporal/cypher-date.ts';
import { CypherDateTime } from './temporal/cypher-date-time.ts';
import { CypherLocalDateTime } from './temporal/cypher-local-date-time.ts';
import { CypherLocalTime } from './temporal/cypher-local-time.ts';
import { UTC_ZONE } from './temporal/temporal-zone.ts';
import { defaultTextSettings } from './text-settings.ts';
import type { Type, TypeLookup } from './type.ts';
import { textFormatter } from './value-text.ts';

export type ToDynamic = (value: unknown) => DynamicValue;

const SAME = new Set([BOOL, INT2, INT4, INT8, OID, BYTEA].map((type) => type.oid));
const NANOSECONDS_PER_MICROSECOND = 1000;

/** How values of a type become dynamic values; null stays null. */
export function toDynamic(type: Type, lookup: TypeLookup): ToDynamic {
	const convert = converterOf(type, lookup);
	return (value) => (value === null ? null : convert(value));
}

function converterOf(type: Type, lookup: TypeLookup): ToDynamic {
	if (SAME.has(type.oid)) return (value) => value as DynamicValue;
	switch (type.oid) {
		case FLOAT4.oid:
		case FLOAT8.oid:
			return (value) => floatValue(value as number);
		case NUMERIC.oid:
			return (value) => floatValue((value as Decimal).toNumber());
		case JSONB.oid:
			return (value) => dynamicFromJsonb(value as Jsonb);
		case DATE.oid:
			return finite((value) => CypherDate.ofEpochDay(Number(value)));
		case TIME.oid:
			return (value) => new CypherLocalTime(Number(value) * NANOSECONDS_PER_MICROSECOND);
		case TIMESTAMP.oid:
			return finite((value) => CypherLocalDateTime.ofEpochSecond(...secondAndNanosecond(Number(value))));
		case TIMESTAMPTZ.oid:
			return finite((value) => CypherDateTime.ofEpochSecond(...secondAndNanosecond(Number(value)), UTC_ZONE));
		default:
			break;
	}
	if (type.kind === 'array') return arrayConverter(type, lookup);
	const format = textFormatter(type, lookup, defaultTextSettings);
	return (value) => (typeof value === 'string' ? value : format(value));
}

/** Cypher has no infinite times: they are absent. */
function finite(convert: ToDynamic): ToDynamic {
	return (value) => (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY ? null : convert(value));
}

function secondAndNanosecond(microseconds: number): [second: number, nanosecond: number] {
	const second = Math.floor(microseconds / 1_000_000);
	return [second, (microseconds - second * 1_000_000) * NANOSECONDS_PER_MICROSECOND];
}

/** An array of any number of dimensions is one list of its elements. */
function arrayConverter(type: Type, lookup: TypeLookup): ToDynamic {
	const element = lookup.typeByOid(type.elementOid);
	if (element === undefined) return () => null;
	const convert = toDynamic(element, lookup);
	return (value) => (value as PgArray).elements.map(convert);
}
