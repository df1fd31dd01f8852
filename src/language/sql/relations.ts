/** Finding tables, views and other relations by name, and the scan plans that read them. */
import type { Column, ColumnId, Expression } from '../../query/algebra/expression.ts';
import type { Plan, ScanColumn } from '../../query/algebra/plan.ts';
import type { CatalogObject, SequenceObject, TableObject, ViewObject } from '../../transaction/catalog-objects.ts';
import { BOOL, INT8, OID, type TEXT, TID, XID } from '../../value/builtin-types.ts';
import type { StatementContext, VirtualTable } from './statement-context.ts';

export type Relation =
	| { readonly kind: 'table'; readonly object: TableObject; readonly schema: string }
	| { readonly kind: 'view'; readonly object: ViewObject; readonly schema: string }
	| { readonly kind: 'sequence'; readonly object: SequenceObject; readonly schema: string }
	| { readonly kind: 'virtual'; readonly table: VirtualTable; readonly schema: string };

export interface RelationName {
	readonly schemaname?: string;
	readonly relname?: string;
	readonly location?: number;
}

/** The relation of a name; 42P01 when there is none. */
export function requireRelation(context: StatementContext, name: RelationName): Relation {
	const found = findRelation(context, name);
	if (found !== null) return found;
	const text = name.schemaname ? `${name.schemaname}.${name.relname}` : name.relname;
	throw context.error('42P01', `relation "${text}" does not exist`, context.at(name.location));
}

export function findRelation(context: StatementContext, name: RelationName): Relation | null {
	const schemas = name.schemaname ? [name.schemaname] : context.lookupPath;
	for (const schema of schemas) {
		const found = relationInSchema(context, schema, name.relname ?? '', name.location);
		if (found !== null) return found;
	}
	return null;
}

function relationInSchema(context: StatementContext, schemaName: string, name: string, location: number | undefined): Relation | null {
	const virtual = context.source.virtualTable?.(schemaName, name);
	if (virtual !== undefined) return { kind: 'virtual', table: virtual, schema: schemaName };
	const schema = context.catalog.findSchema(schemaName);
	const object = schema === undefined ? undefined : context.catalog.find(schema.id, 'relation', name);
	return object === undefined ? null : relationOf(context, object, schemaName, location);
}

function relationOf(context: StatementContext, object: CatalogObject, schema: string, location: number | undefined): Relation {
	context.depend(object);
	switch (object.kind) {
		case 'table':
			return { kind: 'table', object, schema };
		case 'view':
			return { kind: 'view', object, schema };
		case 'sequence':
			return { kind: 'sequence', object, schema };
		default:
			throw context.error(
				'42809',
				`cannot open relation "${object.name}"`,
				context.at(location),
				object.kind === 'index' ? { detail: 'This operation is not supported for indexes.' } : {},
			);
	}
}

/** A scan of a table: its live columns, and what else was asked for. */
export interface TableScan {
	readonly plan: Plan;
	/** The live columns, in attribute order. */
	readonly columns: readonly Column[];
	readonly keyColumn: ColumnId | null;
	readonly system: ReadonlyMap<string, Expression>;
}

/** `withKey`: the row's key is produced too (UPDATE, DELETE, row locks). */
export function scanTable(context: StatementContext, table: TableObject, withKey: boolean, withSystem: boolean, only = false): TableScan {
	const scan: ScanColumn[] = [];
	for (const column of table.columns) {
		if (column.dropped) continue;
		scan.push({ column: context.newColumn(column.name, context.type(column.typeOid), column.typmod, [table.id, column.number]), number: column.number });
	}
	const columns = scan.map((s) => s.column);
	const system = new Map<string, Expression>();
	if (withSystem) addSystemColumns(context, table, scan, system);
	let keyColumn: ColumnId | null = null;
	if (withKey) {
		const key = context.newColumn('row key', context.type(17));
		scan.push({ column: key, number: 0 });
		keyColumn = key.id;
	}
	const plan: Plan = { kind: 'scan', table, scan, columns: scan.map((s) => s.column), ...(only ? { only } : {}) };
	return { plan, columns, keyColumn, system };
}

function addSystemColumns(context: StatementContext, table: TableObject, scan: ScanColumn[], system: Map<string, Expression>): void {
	const add = (name: string, type: typeof TEXT, number: number): void => {
		if (table.columns.some((c) => !c.dropped && c.name === name)) return;
		const column = context.newColumn(name, type, -1);
		scan.push({ column, number });
		system.set(name, { kind: 'column', id: column.id, type });
	};
	add('tableoid', OID, -1);
	add('ctid', TID, -2);
	// No transaction numbers are kept in rows: every row shows the frozen one.
	system.set('xmin', { kind: 'constant', value: 2, type: XID });
	system.set('xmax', { kind: 'constant', value: 0, type: XID });
	for (const name of ['xmin', 'xmax']) if (table.columns.some((c) => !c.dropped && c.name === name)) system.delete(name);
}

/** A scan of a computed table. */
export function scanVirtual(
	context: StatementContext,
	table: VirtualTable,
): { readonly plan: Plan; readonly columns: readonly Column[]; readonly system: ReadonlyMap<string, Expression> } {
	const columns = table.columns.map((c, i) => context.newColumn(c.name, context.type(c.typeOid), c.typmod ?? -1, [table.id, i + 1]));
	// Tools that read catalogs ask each row which catalog it is from.
	const system = new Map<string, Expression>([['tableoid', { kind: 'constant', value: table.id, type: OID }]]);
	return { plan: { kind: 'virtual-scan', provider: table.provider, arguments: [], positions: columns.map((_, i) => i), columns }, columns, system };
}

/** SELECT … FROM a sequence: one row with its state, given by the provider `sequence_state` of (oid). */
export function scanSequence(context: StatementContext, sequence: SequenceObject): { readonly plan: Plan; readonly columns: readonly Column[] } {
	const columns = [context.newColumn('last_value', INT8), context.newColumn('log_cnt', INT8), context.newColumn('is_called', BOOL)];
	return {
		plan: { kind: 'virtual-scan', provider: 'sequence_state', arguments: [{ kind: 'constant', value: sequence.id, type: OID }], positions: [0, 1, 2], columns },
		columns,
	};
}
