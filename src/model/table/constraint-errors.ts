/**
 * The errors of constraints, in PostgreSQL's words and with its fields: 23502, 23503, 23505.
 */
import { type PolylogError, sqlError } from '../../platform/errors.ts';
import type { IndexObject } from '../../transaction/catalog-objects.ts';
import { defaultTextSettings } from '../../value/text-settings.ts';
import type { Type } from '../../value/type.ts';
import { formatText } from '../../value/value-text.ts';
import type { TableCodec } from './table-codec.ts';
import type { ForeignKey, WritePlan } from './write-plan.ts';

const VALUE_CHARACTERS_MAX = 64;

function valueText(codec: TableCodec, type: Type, value: unknown): string {
	return value === null ? 'null' : formatText(type, value, codec.catalog, defaultTextSettings);
}

/** (a, b)=(1, 2) of columns by number. */
function keyText(codec: TableCodec, numbers: readonly number[], values: readonly unknown[]): string {
	const names = numbers.map((number) => codec.live[codec.placeOf(number)]!.name);
	return `(${names.join(', ')})=(${numbers.map((number, index) => valueText(codec, codec.typeOf(number), values[index])).join(', ')})`;
}

/** The whole row, long values cut, as PostgreSQL shows it. */
export function failingRow(codec: TableCodec, row: readonly unknown[]): string {
	const texts = codec.live.map((column, place) => {
		const text = valueText(codec, codec.typeOf(column.number), row[place]);
		return text.length > VALUE_CHARACTERS_MAX ? `${text.slice(0, VALUE_CHARACTERS_MAX)}...` : text;
	});
	return `Failing row contains (${texts.join(', ')}).`;
}

/** `row`: null where only the column is known. */
export function notNullViolation(plan: WritePlan, place: number, row: readonly unknown[] | null): PolylogError {
	const column = plan.codec.live[place]!.name;
	return sqlError('23502', `null value in column "${column}" of relation "${plan.table.name}" violates not-null constraint`, {
		...(row === null ? {} : { detail: failingRow(plan.codec, row) }),
		schema: plan.schemaName,
		table: plan.table.name,
		column,
	});
}

/** The index's key of a row, as in DETAIL; `values` are those of its columns and expressions. */
export function indexKeyText(codec: TableCodec, index: IndexObject, values: readonly unknown[]): string {
	const names = index.columns.map((column) => (column.column === 0 ? (column.expressionText ?? 'expression') : codec.live[codec.placeOf(column.column)]!.name));
	const texts = index.columns.map((column, at) => {
		const type = column.column === 0 ? codec.catalog.typeByOid(column.typeOid ?? 0) : codec.typeOf(column.column);
		return type === undefined ? '?' : valueText(codec, type, values[at] ?? null);
	});
	return `(${names.join(', ')})=(${texts.join(', ')})`;
}

export function uniqueViolation(plan: WritePlan, index: IndexObject, values: readonly unknown[]): PolylogError {
	return sqlError('23505', `duplicate key value violates unique constraint "${index.name}"`, {
		detail: `Key ${indexKeyText(plan.codec, index, values)} already exists.`,
		schema: plan.schemaName,
		table: plan.table.name,
		constraint: index.name,
	});
}

export function missingParent(key: ForeignKey, childCodec: TableCodec, schemaName: string, row: readonly unknown[]): PolylogError {
	const { constraint } = key;
	const values = key.childPlaces.map((place) => row[place]);
	return sqlError('23503', `insert or update on table "${key.child.name}" violates foreign key constraint "${constraint.name}"`, {
		detail: `Key ${keyText(childCodec, constraint.columns, values)} is not present in table "${key.parent.name}".`,
		schema: schemaName,
		table: key.child.name,
		constraint: constraint.name,
	});
}

export function mixedNulls(key: ForeignKey, schemaName: string): PolylogError {
	return sqlError('23503', `insert or update on table "${key.child.name}" violates foreign key constraint "${key.constraint.name}"`, {
		detail: 'MATCH FULL does not allow mixing of null and nonnull key values.',
		schema: schemaName,
		table: key.child.name,
		constraint: key.constraint.name,
	});
}

export function stillReferenced(key: ForeignKey, parentCodec: TableCodec, schemaName: string, oldRow: readonly unknown[]): PolylogError {
	const { constraint } = key;
	const values = key.parentPlaces.map((place) => oldRow[place]);
	return sqlError('23503', `update or delete on table "${key.parent.name}" violates foreign key constraint "${constraint.name}" on table "${key.child.name}"`, {
		detail: `Key ${keyText(parentCodec, constraint.foreignColumns, values)} is still referenced from table "${key.child.name}".`,
		schema: schemaName,
		table: key.child.name,
		constraint: constraint.name,
	});
}
