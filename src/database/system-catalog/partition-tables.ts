/** Partitions in the catalog: pg_inherits, pg_partitioned_table, and the texts of keys and bounds. */
import { partitionsOf } from '../../model/table/partitions.ts';
import { quoteIdentifier } from '../../query/functions/quote-identifier.ts';
import type { BoundValue, PartitionBound, TableObject } from '../../transaction/catalog-objects.ts';
import { FLOAT4, FLOAT8, INT2, INT4, INT8, NUMERIC, OID } from '../../value/builtin-types.ts';
import { columnByNumber, objectsOf, vector, visibleTables } from './object-names.ts';
import { type Provider, perVersion, type SystemContext, type SystemRecord } from './system-table.ts';
import { operatorClassOf, typeFact } from './type-facts.ts';

const NUMBERS: ReadonlySet<number> = new Set([INT2.oid, INT4.oid, INT8.oid, FLOAT4.oid, FLOAT8.oid, NUMERIC.oid, OID.oid]);

function* inheritance({ catalog }: SystemContext): Iterable<SystemRecord> {
	for (const table of visibleTables(catalog)) {
		if (table.partitionOf !== undefined) yield { inhrelid: table.id, inhparent: table.partitionOf.parentId, inhseqno: 1, inhdetachpending: false };
	}
	for (const table of visibleTables(catalog)) {
		for (const [at, parent] of (table.parentIds ?? []).entries()) yield { inhrelid: table.id, inhparent: parent, inhseqno: at + 1, inhdetachpending: false };
	}
	for (const index of objectsOf(catalog, 'index')) {
		if (index.parentIndexId !== undefined) yield { inhrelid: index.id, inhparent: index.parentIndexId, inhseqno: 1, inhdetachpending: false };
	}
}

function* partitioned({ catalog }: SystemContext): Iterable<SystemRecord> {
	for (const table of visibleTables(catalog)) {
		if (table.partitionBy === undefined) continue;
		const types = table.partitionBy.columns.map((number) => catalog.typeByOid(columnByNumber(table, number)?.typeOid ?? 0));
		yield {
			partrelid: table.id,
			partstrat: table.partitionBy.strategy[0],
			partnatts: table.partitionBy.columns.length,
			partdefid: partitionsOf(catalog, table).find((p) => p.partitionOf!.bound.kind === 'default')?.id ?? 0,
			partattrs: vector(table.partitionBy.columns),
			partclass: vector(types.map((type) => operatorClassOf(type, catalog))),
			partcollation: vector(types.map((type) => typeFact(type, catalog).collation)),
		};
	}
}

/** pg_get_partkeydef(): `RANGE (a, b)`; null for a table that is not partitioned. */
export function partitionKeyText(context: SystemContext, id: number): string | null {
	const table = context.catalog.get(id);
	if (table?.kind !== 'table' || table.partitionBy === undefined) return null;
	const names = table.partitionBy.columns.map((number) => quoteIdentifier(columnByNumber(table, number)!.name));
	return `${table.partitionBy.strategy.toUpperCase()} (${names.join(', ')})`;
}

/** pg_class.relpartbound, as pg_get_expr() shows it; null for a table that is no partition. */
export function partitionBoundText(context: Pick<SystemContext, 'catalog'>, table: TableObject): string | null {
	if (table.partitionOf === undefined) return null;
	const { bound, parentId } = table.partitionOf;
	const parent = context.catalog.get(parentId) as TableObject;
	const types = parent.partitionBy!.columns.map((number) => columnByNumber(parent, number)!.typeOid);
	return boundText(bound, types);
}

function boundText(bound: PartitionBound, types: readonly number[]): string {
	const literal = (text: string, i: number): string => (NUMBERS.has(types[i]!) && /^\d/.test(text) ? text : `'${text.replaceAll("'", "''")}'`);
	const edge = (values: readonly BoundValue[]): string =>
		values.map((v, i) => (v === 'minimum' ? 'MINVALUE' : v === 'maximum' ? 'MAXVALUE' : literal(v.text, i))).join(', ');
	switch (bound.kind) {
		case 'default':
			return 'DEFAULT';
		case 'list':
			return `FOR VALUES IN (${bound.values.map((v) => (v === null ? 'NULL' : literal(v, 0))).join(', ')})`;
		case 'hash':
			return `FOR VALUES WITH (modulus ${bound.modulus}, remainder ${bound.remainder})`;
		default:
			return `FOR VALUES FROM (${edge(bound.from)}) TO (${edge(bound.to)})`;
	}
}

/** The tables above a partition, itself first. */
export function partitionAncestors(context: SystemContext, id: number): number[] {
	const table = context.catalog.get(id);
	if (table?.kind !== 'table') return [];
	if (table.partitionOf !== undefined) return [id, ...partitionAncestors(context, table.partitionOf.parentId)];
	return table.partitionBy === undefined ? [] : [id];
}

/** Rows of pg_partition_tree(): relation, the one above, whether it has none below, depth. */
export function partitionTree(context: SystemContext, id: number): unknown[][] {
	const table = context.catalog.get(id);
	if (table?.kind !== 'table' || (table.partitionBy === undefined && table.partitionOf === undefined)) return [];
	const rows: unknown[][] = [];
	const visit = (one: TableObject, level: number): void => {
		rows.push([one.id, one.partitionOf?.parentId ?? null, one.partitionBy === undefined, level]);
		if (one.partitionBy !== undefined) for (const below of partitionsOf(context.catalog, one)) visit(below, level + 1);
	};
	visit(table, 0);
	return rows;
}

export const partitionTables: Readonly<Record<string, Provider>> = { pg_inherits: perVersion(inheritance), pg_partitioned_table: perVersion(partitioned) };
