/**
 * Types of values, and how a value of each is represented in memory. This page is the contract between parser, functions,
 * executor, row format and wire; nothing above `value/` may represent a value otherwise.
 *
 * NULL is `null`, for every type. Otherwise:
 *
 * | type | JavaScript | notes |
 * |---|---|---|
 * | bool | boolean | |
 * | int2, int4, oid, date | number | an integer; date = days since 1970-01-01, ±Infinity for infinity |
 * | int8, time, timestamp, timestamptz | number or bigint | number iff |v| ≤ 2^53 − 1 (so `===` is equality and `<` orders mixed pairs); microseconds for time and for timestamps since 1970-01-01 UTC, ±Infinity for infinity |
 * | float4, float8 | number | float4 is rounded with Math.fround; NaN equals NaN and is greatest |
 * | numeric | Decimal (`decimal.ts`) | exact; with display scale; NaN, ±Infinity |
 * | text, varchar, bpchar, name, "char", unknown, json, xml, regclass… | string | bpchar is stored padded; ordered by UTF-8 bytes (`compareText`), never by JavaScript's `<` |
 * | bytea | Uint8Array | |
 * | uuid | string | 36 lower-case characters |
 * | interval | Interval (`interval.ts`) | months, days, microseconds |
 * | timetz | TimeTz | |
 * | jsonb | Jsonb tree (`jsonb.ts`) | |
 * | bit, varbit | BitString (`bit-string.ts`) | |
 * | point, lseg, line, box, path, polygon, circle | Geometry (`geometry.ts`) | without an order; equality is up to a small difference |
 * | ranges, multiranges | Range, Multirange (`range.ts`) | bounds of the subtype; ranges of int4, int8 and date always as [ ) |
 * | arrays | PgArray (`pg-array.ts`) | dimensions, lower bounds, flat elements |
 * | record, composite | readonly unknown[] | one per field |
 * | enum | string | the label; ordered by position (`Type.enumLabels`) |
 * | reg* types | number (oid) | |
 * | dynamic | DynamicValue (`dynamic.ts`) | any value of Cypher: it tells its own type; not used by SQL |
 * | polylog.properties | PropertyMap (`property-map.ts`) | properties of a node or relationship, found by key in their bytes |
 *
 * Invariant: (1) no value is ever `undefined`; (2) values are immutable once made.
 */

/** PostgreSQL's pg_type.typcategory. */
export type TypeCategory = 'A' | 'B' | 'C' | 'D' | 'E' | 'G' | 'I' | 'N' | 'P' | 'R' | 'S' | 'T' | 'U' | 'V' | 'X' | 'Z';

export interface Type {
	/** PostgreSQL's oid for built-in types; ≥ 16384 for a user's. */
	readonly oid: number;
	/** PostgreSQL's internal name: int4, bpchar, timestamptz, _int4. */
	readonly name: string;
	readonly schema: string;
	readonly kind: 'base' | 'array' | 'enum' | 'domain' | 'composite' | 'pseudo' | 'range' | 'multirange' | 'dynamic';
	readonly category: TypeCategory;
	readonly preferred: boolean;
	/** Bytes of a fixed-width value as PostgreSQL reports them (pg_type.typlen); −1 otherwise. */
	readonly length: number;
	/** oid of the element type of an array (also int2vector, oidvector), else 0. */
	readonly elementOid: number;
	/** oid of the array of this type, else 0. */
	readonly arrayOid: number;
	/** Of a range type: the type of its bounds, and the multirange type of its ranges. */
	readonly subtypeOid?: number;
	readonly multirangeOid?: number;
	/** Of a multirange type: the type of its ranges. */
	readonly rangeOid?: number;
	/** Base type of a domain, else 0. */
	readonly baseOid: number;
	/** Modifier that a domain gives its base type; −1 for none. */
	readonly baseTypmod: number;
	/** Labels of an enum, in order; empty otherwise. */
	readonly enumLabels: readonly string[];
	/** Fields of a composite; empty otherwise. */
	readonly fields: readonly TypeField[];
}

export interface TypeField {
	readonly name: string;
	readonly typeOid: number;
	readonly typmod: number;
	/** The type itself, where its oid does not say all: an anonymous record with its own fields. */
	readonly type?: Type;
}

/** Finds types by oid: built-in ones, then the user's. Implemented by the catalog; `builtinTypes` is the one without a user's. */
export interface TypeLookup {
	typeByOid(oid: number): Type | undefined;
}
