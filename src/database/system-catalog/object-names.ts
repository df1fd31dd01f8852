/**
 * Names of catalog objects as SQL would write them: quoted where needed, with the schema where the search path does not lead
 * to them. And the ids of what has no object of its own: roles by name, system tables, defaults, enum labels.
 */
import { quoteIdentifier } from '../../query/functions/quote-identifier.ts';
import type { CatalogObject, ColumnObject, SchemaObject, TableObject, ViewObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../../transaction/contracts.ts';
import { PgArray } from '../../value/pg-array.ts';
import type { Type } from '../../value/type.ts';
import { formatTypeName } from '../../value/typmod.ts';
import type { SystemContext } from './system-table.ts';

/** Owner of what has none: the role that is there from the start. */
export const BOOTSTRAP_ROLE_ID = 10;
export const PG_CATALOG_ID = 11;
/** pg_default. */
export const DEFAULT_TABLESPACE_ID = 1663;
/** pg_database.oid of the one database. */
export const DATABASE_ID = 5;
export const DATABASE_NAME = 'polylog';

export type Relation = Extract<CatalogObject, { kind: 'table' | 'view' | 'index' | 'sequence' }>;

export function isRelation(object: CatalogObject | undefined): object is Relation {
	return object !== undefined && (object.kind === 'table' || object.kind === 'view' || object.kind === 'index' || object.kind === 'sequence');
}

type KindOf<Kind extends CatalogObject['kind']> = Extract<CatalogObject, { kind: Kind }>;

const kept = new WeakMap<CatalogVersion, Map<string, CatalogObject[]>>();

/** Everything of one kind, in order of id. */
export function objectsOf<Kind extends CatalogObject['kind']>(catalog: CatalogVersion, kind: Kind): readonly KindOf<Kind>[] {
	let byKind = kept.get(catalog);
	if (byKind === undefined) kept.set(catalog, (byKind = groupByKind(catalog)));
	return (byKind.get(kind) ?? []) as KindOf<Kind>[];
}

function groupByKind(catalog: CatalogVersion): Map<string, CatalogObject[]> {
	const byKind = new Map<string, CatalogObject[]>();
	for (const object of catalog.objects()) {
		const list = byKind.get(object.kind);
		if (list === undefined) byKind.set(object.kind, [object]);
		else list.push(object);
	}
	for (const list of byKind.values()) list.sort((left, right) => left.id - right.id);
	return byKind;
}

const keptHolders = new WeakMap<CatalogVersion, ReadonlyMap<number, number>>();

/** Tables that hold the rows of materialized views, which are part of these and not tables of their own: table → view. */
function holders(catalog: CatalogVersion): ReadonlyMap<number, number> {
	let map = keptHolders.get(catalog);
	if (map === undefined) {
		map = new Map(objectsOf(catalog, 'view').flatMap((view) => (isMaterialized(view) ? [[view.materializedTableId, view.id] as const] : [])));
		keptHolders.set(catalog, map);
	}
	return map;
}

/** All tables but those. */
export function visibleTables(catalog: CatalogVersion): readonly TableObject[] {
	const hidden = holders(catalog);
	return objectsOf(catalog, 'table').filter((table) => !hidden.has(table.id));
}

export function isMaterialized(view: ViewObject): boolean {
	return view.materializedTableId !== 0;
}

/** The relation that an index is shown under: a materialized view instead of the table that holds its rows. */
export function shownTableId(catalog: CatalogVersion, tableId: number): number {
	return holders(catalog).get(tableId) ?? tableId;
}

export function schemaName(catalog: CatalogVersion, schemaId: number): string {
	return catalog.get(schemaId)?.name ?? 'pg_catalog';
}

export function ownerId(catalog: CatalogVersion, object: { readonly owner?: string }): number {
	return object.owner === undefined ? BOOTSTRAP_ROLE_ID : (catalog.findRole(object.owner)?.id ?? BOOTSTRAP_ROLE_ID);
}

/** What the names of objects depend on. */
export type NameScope = Pick<SystemContext, 'catalog' | 'searchPath'>;

/** Schemas in the order in which an unqualified name is looked up. */
export function lookupSchemas(context: NameScope): readonly SchemaObject[] {
	const names = context.searchPath.includes('pg_catalog') ? context.searchPath : ['pg_catalog', ...context.searchPath];
	return names.map((name) => context.catalog.findSchema(name)).filter((schema): schema is SchemaObject => schema !== undefined && schema.kind === 'schema');
}

/** True when the unqualified name leads to this very object. */
export function isVisible(context: NameScope, object: CatalogObject): boolean {
	if (object.kind === 'function') return context.searchPath.includes(schemaName(context.catalog, object.schemaId));
	const space = object.kind === 'type' ? 'type' : 'relation';
	for (const schema of lookupSchemas(context)) {
		const found = context.catalog.find(schema.id, space, object.name);
		if (found !== undefined) return found.id === object.id;
	}
	return false;
}

/** `name`, or `schema.name` where the search path does not lead to it. */
export function displayName(context: NameScope, object: CatalogObject): string {
	return isVisible(context, object) ? quoteIdentifier(object.name) : qualifiedName(context.catalog, object);
}

export function qualifiedName(catalog: CatalogVersion, object: CatalogObject): string {
	return `${quoteIdentifier(schemaName(catalog, object.schemaId))}.${quoteIdentifier(object.name)}`;
}

/** format_type(): a user's type has its schema where the search path does not lead to it. */
export function displayType(context: NameScope, typeOid: number, typmod: number): string {
	const type = context.catalog.typeByOid(typeOid);
	if (type === undefined) return typeOid === 0 ? '-' : '???';
	const element = elementType(context.catalog, type);
	const object = context.catalog.get(element.oid);
	if (object === undefined || object.kind === 'schema') return formatTypeName(type, typmod, context.catalog);
	return `${displayName(context, object)}${element === type ? '' : '[]'}`;
}

export function elementType(catalog: CatalogVersion, type: Type): Type {
	return type.kind === 'array' && type.elementOid !== 0 ? (catalog.typeByOid(type.elementOid) ?? type) : type;
}

export function columnNames(table: TableObject, numbers: readonly number[]): string[] {
	return numbers.map((number) => columnByNumber(table, number)?.name ?? '');
}

export function columnByNumber(table: TableObject, number: number): ColumnObject | undefined {
	// Numbers are never reused and columns never leave the list, so that place and number usually agree.
	const guess = table.columns[number - 1];
	return guess?.number === number ? guess : table.columns.find((column) => column.number === number);
}

/** Columns a user can see. */
export function liveColumns(table: TableObject): ColumnObject[] {
	return table.columns.filter((column) => !column.dropped);
}

/** pg_attrdef.oid of a column's default: derived, since a default is no object. */
export function defaultId(tableId: number, columnNumber: number): number {
	return (0x40000000 + ((tableId * 2048 + columnNumber) % 0x40000000)) >>> 0;
}

/** Splits a name as SQL writes it, `"My Schema".t`, folding what is not quoted; null when it is not a name. */
export function splitName(text: string): string[] | null {
	const parts: string[] = [];
	let at = 0;
	const skipSpace = (): void => {
		while (text[at] === ' ') at++;
	};
	for (;;) {
		skipSpace();
		if (text[at] === '"') {
			const match = /"((?:[^"]|"")*)"/y;
			match.lastIndex = at;
			const found = match.exec(text);
			if (found === null || found[1] === '') return null;
			parts.push(found[1]!.replaceAll('""', '"'));
			at = match.lastIndex;
		} else {
			const match = /[^\s."]+/y;
			match.lastIndex = at;
			const found = match.exec(text);
			if (found === null) return null;
			parts.push(found[0].toLowerCase());
			at = match.lastIndex;
		}
		skipSpace();
		if (at >= text.length) return parts;
		if (text[at] !== '.') return null;
		at++;
	}
}

/** int2vector and oidvector count from 0. */
export function vector(elements: readonly number[]): PgArray {
	return new PgArray(elements.length === 0 ? [] : [elements.length], elements.length === 0 ? [] : [0], elements);
}
