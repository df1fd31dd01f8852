/**
 * What the fields of an Avro schema are here: primitive and logical types a scalar, `null` in a union a column that may be NULL, lists of scalars arrays, and records,
 * maps, other unions and lists jsonb. A schema that is no record is one column, `value`.
 *
 * avsc gives unions wrapped: null, or an object of the branch's name and the value.
 */
import { sqlError } from '../../platform/errors.ts';
import { INTERVAL, TEXT } from '../../value/builtin-types.ts';
import { Interval } from '../../value/interval.ts';
import { JSON_NULL, type Jsonb, JsonbArray, JsonbObject } from '../../value/jsonb.ts';
import {
	arrayColumn,
	arrayValue,
	BOOLEAN_KIND,
	BYTEA_KIND,
	DATE_KIND,
	decimalKind,
	FLOAT4_KIND,
	FLOAT8_KIND,
	INT4_KIND,
	INT8_KIND,
	jsonWriter,
	kind,
	type ScalarKind,
	scalarColumn,
	signedBigEndian,
	TEXT_KIND,
	timeKind,
	timestampKind,
	UUID_KIND,
} from './scalar-values.ts';
import { jsonColumn, type TabularColumn } from './tabular-source.ts';

export interface AvroColumn {
	readonly column: TabularColumn;
	/** Name in the datum. */
	readonly field: string;
	/** From a raw value that is not null. */
	readonly convert: (raw: unknown) => unknown;
}

interface Schema {
	readonly type: unknown;
	readonly logicalType?: string;
	readonly name?: string;
	readonly namespace?: string;
	readonly fields?: readonly { readonly name: string; readonly type: unknown }[];
	readonly items?: unknown;
	readonly values?: unknown;
	readonly precision?: number;
	readonly scale?: number;
	readonly size?: number;
}

/** A schema with the namespace that its names are in. */
interface Place {
	readonly schema: unknown;
	readonly namespace: string;
}

const NULL_KIND = kind(TEXT, 'text');
const UUID_TEXT_KIND = kind(UUID_KIND.type, 'uuid', (raw) => (raw as string).toLowerCase());
/** Months, days and milliseconds, each an unsigned integer. */
const DURATION_KIND = kind(INTERVAL, 'interval', (raw) => {
	const bytes = raw as Buffer;
	return new Interval(bytes.readUInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8) * 1000);
});
/** `type` or `type/logical type` → kind. */
const KINDS: Readonly<Record<string, ScalarKind>> = {
	null: NULL_KIND,
	boolean: BOOLEAN_KIND,
	int: INT4_KIND,
	long: INT8_KIND,
	float: FLOAT4_KIND,
	double: FLOAT8_KIND,
	bytes: BYTEA_KIND,
	fixed: BYTEA_KIND,
	string: TEXT_KIND,
	enum: TEXT_KIND,
	'string/uuid': UUID_TEXT_KIND,
	'fixed/uuid': UUID_KIND,
	'fixed/duration': DURATION_KIND,
	'int/date': DATE_KIND,
	'int/time-millis': timeKind(1000),
	'long/time-micros': timeKind(1_000_000),
	'long/timestamp-millis': timestampKind(1000, true),
	'long/timestamp-micros': timestampKind(1_000_000, true),
	'long/timestamp-nanos': timestampKind(1_000_000_000, true),
	'long/local-timestamp-millis': timestampKind(1000, false),
	'long/local-timestamp-micros': timestampKind(1_000_000, false),
	'long/local-timestamp-nanos': timestampKind(1_000_000_000, false),
};

export function isRecord(schema: unknown): boolean {
	return typeof schema === 'object' && schema !== null && ['record', 'error'].includes((schema as Schema).type as string);
}

export function avroColumns(schema: unknown): AvroColumn[] {
	const walker = new SchemaWalker();
	const root: Place = { schema, namespace: '' };
	walker.note(root);
	if (!isRecord(schema)) return [walker.column('value', root)];
	const namespace = namespaceOf(schema as Schema, '');
	return ((schema as Schema).fields ?? []).map((field) => walker.column(field.name, { schema: field.type, namespace }));
}

function namespaceOf(schema: Schema, outer: string): string {
	const dot = schema.name?.lastIndexOf('.') ?? -1;
	return dot > 0 ? schema.name!.slice(0, dot) : (schema.namespace ?? outer);
}

function fullName(name: string, namespace: string): string {
	return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
}

class SchemaWalker {
	readonly #named = new Map<string, Place>();

	/** Remembers the names that a schema defines, at any depth. */
	note({ schema, namespace }: Place): void {
		if (Array.isArray(schema)) for (const branch of schema) this.note({ schema: branch, namespace });
		if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return;
		const one = schema as Schema;
		const inner = namespaceOf(one, namespace);
		if (one.name !== undefined && typeof one.type === 'string') this.#named.set(fullName(one.name, inner), { schema, namespace: inner });
		for (const part of [one.items, one.values, typeof one.type === 'object' ? one.type : undefined])
			if (part !== undefined) this.note({ schema: part, namespace: inner });
		for (const field of one.fields ?? []) this.note({ schema: field.type, namespace: inner });
	}

	column(field: string, place: Place): AvroColumn {
		const { inner, isWrapped } = this.#withoutNull(place);
		const unwrap = isWrapped ? unwrapped : (raw: unknown) => raw;
		const scalar = this.#scalar(inner);
		if (scalar !== null) return { field, column: scalarColumn(field, scalar), convert: (raw) => scalarValue(scalar, unwrap(raw)) };
		const resolved = this.#resolve(inner);
		if ((resolved.schema as Schema).type === 'array') {
			const element = this.#withoutNull({ schema: (resolved.schema as Schema).items, namespace: resolved.namespace });
			const elementKind = this.#scalar(element.inner);
			if (elementKind !== null) {
				const list = (raw: unknown): unknown[] => {
					const items = unwrap(raw) as unknown[];
					return element.isWrapped ? items.map((item) => (item === null ? null : unwrapped(item))) : items;
				};
				return { field, column: arrayColumn(field, elementKind), convert: (raw) => arrayValue(list(raw), elementKind) };
			}
		}
		const json = this.#json(place);
		return { field, column: jsonColumn(field), convert: json };
	}

	/** A union of null and one other is that other. */
	#withoutNull(place: Place): { readonly inner: Place; readonly isWrapped: boolean } {
		const { schema, namespace } = place;
		if (!Array.isArray(schema)) return { inner: place, isWrapped: false };
		const others = schema.filter((branch) => branch !== 'null');
		return others.length === 1 ? { inner: { schema: others[0], namespace }, isWrapped: true } : { inner: place, isWrapped: false };
	}

	/** Names become what they stand for, `{type: {…}}` what is within. */
	#resolve(place: Place): Place {
		const { schema, namespace } = place;
		if (typeof schema === 'string') {
			if (schema in KINDS) return { schema: { type: schema }, namespace };
			const named = this.#named.get(fullName(schema, namespace)) ?? this.#named.get(schema);
			if (named === undefined) throw sqlError('22P04', `the schema names ${schema}, which it does not define`);
			return named;
		}
		const inner = (schema as Schema).type;
		if (!Array.isArray(schema) && typeof inner === 'object') return this.#resolve({ schema: inner, namespace });
		return place;
	}

	/** null for what is nested. */
	#scalar(place: Place): ScalarKind | null {
		const { schema } = this.#resolve(place);
		if (Array.isArray(schema)) return null;
		const { type, logicalType, precision, scale, size } = schema as Schema;
		if (logicalType === 'decimal' && (type === 'bytes' || type === 'fixed') && precision !== undefined)
			return decimalKind(precision, scale ?? 0, (raw) => signedBigEndian(raw as Uint8Array));
		const isWrongLength = type === 'fixed' && ((logicalType === 'uuid' && size !== 16) || (logicalType === 'duration' && size !== 12));
		const logical = logicalType === undefined || isWrongLength ? undefined : KINDS[`${String(type)}/${logicalType}`];
		return logical ?? KINDS[type as string] ?? null;
	}

	#json(place: Place): (raw: unknown) => Jsonb {
		if (Array.isArray(place.schema)) return this.#unionJson(place.schema, place.namespace);
		const scalar = this.#scalar(place);
		if (scalar !== null) return jsonWriter(scalar);
		const { schema, namespace } = this.#resolve(place);
		if (Array.isArray(schema)) return this.#unionJson(schema, namespace);
		const { type, items, values, fields = [] } = schema as Schema;
		if (type === 'array') {
			const item = this.#json({ schema: items, namespace });
			return (raw) => new JsonbArray((raw as unknown[]).map(item));
		}
		if (type === 'map') {
			const value = this.#json({ schema: values, namespace });
			return (raw) => JsonbObject.from(Object.entries(raw as object).map(([key, one]) => [key, value(one)] as const));
		}
		// Made when they are met: a record may be within itself.
		const made = new Map<string, (raw: unknown) => Jsonb>();
		const fieldJson = (name: string, fieldSchema: unknown): ((raw: unknown) => Jsonb) => {
			const found = made.get(name) ?? this.#json({ schema: fieldSchema, namespace });
			made.set(name, found);
			return found;
		};
		return (raw) =>
			JsonbObject.from(fields.map(({ name, type: one }) => [name, fieldJson(name, one)((raw as Readonly<Record<string, unknown>>)[name])] as const));
	}

	#unionJson(branches: readonly unknown[], namespace: string): (raw: unknown) => Jsonb {
		const byName = new Map<string, (raw: unknown) => Jsonb>();
		const find = (name: string): ((raw: unknown) => Jsonb) => {
			const known = byName.get(name);
			if (known !== undefined) return known;
			const branch = branches.find((one) => this.#branchName(one, namespace) === name);
			const json = this.#json({ schema: branch, namespace });
			byName.set(name, json);
			return json;
		};
		return (raw) => {
			if (raw === null || raw === undefined) return JSON_NULL;
			const name = Object.keys(raw)[0]!;
			return find(name.replace(/^abstract:/, ''))((raw as Readonly<Record<string, unknown>>)[name]);
		};
	}

	#branchName(branch: unknown, namespace: string): string {
		const { schema, namespace: inner } = this.#resolve({ schema: branch, namespace });
		const { type, name } = schema as Schema;
		return name === undefined ? (type as string) : fullName(name, inner);
	}
}

function unwrapped(raw: unknown): unknown {
	for (const key in raw as object) return (raw as Readonly<Record<string, unknown>>)[key];
	return null;
}

function scalarValue(scalar: ScalarKind, raw: unknown): unknown {
	return scalar.convert === null ? raw : scalar.convert(raw);
}
