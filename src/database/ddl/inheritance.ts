/** Table inheritance: INHERITS, ALTER TABLE … INHERIT and NO INHERIT. An heir is a table like others whose rows are also its ancestors'. */
import type { CreateStmt } from 'libpg-query';
import { heirsOf, rowTablesOf } from '../../model/table/partitions.ts';
import { sqlError } from '../../platform/errors.ts';
import type { ColumnObject, ConstraintObject, TableObject } from '../../transaction/catalog-objects.ts';
import { formatTypeName } from '../../value/typmod.ts';
import { type DdlContext, nodesOf } from './context.ts';
import { rangeName, requireTable } from './names.ts';

/** The tables that a new one inherits from. */
export function ancestorsOf(ddl: DdlContext, node: CreateStmt): TableObject[] {
	if (node.partbound !== undefined) return [];
	const parents = nodesOf(node.inhRelations).map((n) => requireTable(ddl.session, rangeName(n.RangeVar!)));
	parents.forEach((parent, i) => {
		if (parents.findIndex((p) => p.id === parent.id) !== i) throw sqlError('42P07', `relation "${parent.name}" would be inherited from more than once`);
		refusePartitioned(parent, `cannot inherit from ${parent.partitionBy === undefined ? 'partition' : 'partitioned table'} "${parent.name}"`);
		if (parent.persistence === 't' && node.relation?.relpersistence !== 't') throw sqlError('42809', `cannot inherit from temporary relation "${parent.name}"`);
		ddl.lock(parent.id, 'exclusive');
	});
	return parents.map((p) => ddl.table(p.id));
}

function refusePartitioned(table: TableObject, message: string): void {
	if (table.partitionBy !== undefined || table.partitionOf !== undefined) throw sqlError('42809', message);
}

/** The columns that come from above, those of the same name merged. */
export function columnsFromAbove(ddl: DdlContext, parents: readonly TableObject[]): ColumnObject[] {
	const columns: ColumnObject[] = [];
	for (const parent of parents) {
		for (const column of parent.columns) {
			if (column.dropped) continue;
			const at = columns.findIndex((c) => c.name === column.name);
			if (at < 0) {
				const defaultText = column.identity === '' ? column.defaultText : null;
				columns.push({ ...column, number: columns.length + 1, identity: '', sequenceId: 0, defaultText, addedIn: 1, missingText: null });
				continue;
			}
			ddl.session.notice('NOTICE', '00000', `merging multiple inherited definitions of column "${column.name}"`);
			const known = columns[at]!;
			requireSameType(ddl, known, column, `inherited column "${column.name}" has a type conflict`);
			columns[at] = { ...known, notNull: known.notNull || column.notNull, defaultText: known.defaultText ?? column.defaultText };
		}
	}
	return columns;
}

/** A column that is written out and comes from above too. */
export function mergeColumn(ddl: DdlContext, columns: ColumnObject[], own: ColumnObject): boolean {
	const at = columns.findIndex((c) => c.name === own.name);
	if (at < 0) return false;
	ddl.session.notice('NOTICE', '00000', `merging column "${own.name}" with inherited definition`);
	const above = columns[at]!;
	requireSameType(ddl, above, own, `column "${own.name}" has a type conflict`);
	columns[at] = { ...own, number: above.number, notNull: above.notNull || own.notNull, defaultText: own.defaultText ?? above.defaultText };
	return true;
}

function requireSameType(ddl: DdlContext, one: ColumnObject, other: ColumnObject, message: string): void {
	if (one.typeOid === other.typeOid && one.typmod === other.typmod) return;
	const shown = (c: ColumnObject): string => formatTypeName(ddl.catalog.typeByOid(c.typeOid)!, c.typmod, ddl.catalog);
	throw sqlError('42804', message, { detail: `${shown(one)} versus ${shown(other)}` });
}

/** The tables right above one: its partitioned table, or those that it inherits from. */
function tablesAbove(ddl: DdlContext, table: TableObject): TableObject[] {
	const ids = table.partitionOf === undefined ? (table.parentIds ?? []) : [table.partitionOf.parentId];
	return ids.map((id) => ddl.table(id));
}

/** What a column is from above is changed above. */
export function requireOwnColumn(ddl: DdlContext, table: TableObject, name: string, doing: 'rename' | 'drop' | 'alter'): void {
	if (tablesAbove(ddl, table).some((above) => above.columns.some((c) => c.name === name && !c.dropped)))
		throw sqlError('42P16', `cannot ${doing} inherited column "${name}"`);
}

export function requireOwnConstraint(ddl: DdlContext, table: TableObject, name: string): void {
	const isInherited = (above: TableObject): boolean => ddl.constraintsOf(above).some((c) => c.type === 'check' && c.name === name);
	if (tablesAbove(ddl, table).some(isInherited)) throw sqlError('42P16', `cannot drop inherited constraint "${name}" of relation "${table.name}"`);
}

/** Gives a table its place below others, with their checks. */
export function inheritFrom(ddl: DdlContext, tableId: number, parents: readonly TableObject[]): void {
	if (parents.length === 0) return;
	const ownNames = new Set(ddl.constraintsOf(ddl.table(tableId)).map((c) => c.name));
	for (const parent of parents) {
		for (const c of ddl.constraintsOf(parent)) {
			const table = ddl.table(tableId);
			if (c.type !== 'check' || isMerged(ddl, table, c, ownNames.has(c.name))) continue;
			const renumber = (number: number): number => {
				const name = parent.columns.find((column) => column.number === number)?.name;
				return table.columns.find((column) => column.name === name && !column.dropped)?.number ?? 0;
			};
			const copy = { ...c, id: ddl.newId(), tableId, schemaId: table.schemaId, columns: c.columns.map(renumber) };
			ddl.put(copy);
			ddl.put({ ...table, constraintIds: [...table.constraintIds, copy.id] });
		}
		const above = ddl.table(parent.id);
		if (above.isInherited !== true) ddl.put({ ...above, isInherited: true });
	}
	const table = ddl.table(tableId);
	ddl.put({ ...table, parentIds: [...(table.parentIds ?? []), ...parents.map((p) => p.id)] });
}

/** True when the table has a check of the same name, which must be the same. */
export function isMerged(ddl: DdlContext, table: TableObject, check: ConstraintObject, isOwn = true): boolean {
	const own = ddl.constraintsOf(table).find((c) => c.name === check.name);
	if (own === undefined) return false;
	if (own.type !== 'check' || own.checkText !== check.checkText)
		throw sqlError('42710', `constraint "${check.name}" for relation "${table.name}" already exists`);
	if (isOwn) ddl.session.notice('NOTICE', '00000', `merging constraint "${check.name}" with inherited definition`);
	return true;
}

/** ALTER TABLE … INHERIT */
export function startInheriting(ddl: DdlContext, table: TableObject, parent: TableObject): void {
	refusePartitioned(parent, `cannot inherit from ${parent.partitionBy === undefined ? 'a partition' : `partitioned table "${parent.name}"`}`);
	refusePartitioned(table, 'cannot change inheritance of a partition');
	if ((table.parentIds ?? []).includes(parent.id)) throw sqlError('42P07', `relation "${parent.name}" would be inherited from more than once`);
	if (rowTablesOf(ddl.catalog, table).some((t) => t.id === parent.id))
		throw sqlError('42P07', 'circular inheritance not allowed', { detail: `"${parent.name}" is already a child of "${table.name}".` });
	for (const column of parent.columns.filter((c) => !c.dropped)) {
		const own = table.columns.find((c) => c.name === column.name && !c.dropped);
		if (own === undefined) throw sqlError('42804', `child table is missing column "${column.name}"`);
		if (own.typeOid !== column.typeOid || own.typmod !== column.typmod)
			throw sqlError('42804', `child table "${table.name}" has different type for column "${column.name}"`);
		if (column.notNull && !own.notNull) throw sqlError('42804', `column "${column.name}" in child table must be marked NOT NULL`);
	}
	const own = ddl.constraintsOf(table);
	for (const c of ddl.constraintsOf(parent)) {
		if (c.type !== 'check') continue;
		const same = own.find((o) => o.type === 'check' && o.name === c.name);
		if (same === undefined) throw sqlError('42804', `child table is missing constraint "${c.name}"`);
		if (same.checkText !== c.checkText) throw sqlError('42804', `child table "${table.name}" has different definition for check constraint "${c.name}"`);
	}
	ddl.lock(parent.id, 'exclusive');
	inheritFrom(ddl, table.id, [ddl.table(parent.id)]);
}

/** ALTER TABLE … NO INHERIT */
export function stopInheriting(ddl: DdlContext, table: TableObject, parent: TableObject): void {
	if (!(table.parentIds ?? []).includes(parent.id)) throw sqlError('42P01', `relation "${parent.name}" is not a parent of relation "${table.name}"`);
	ddl.lock(parent.id, 'exclusive');
	ddl.put({ ...table, parentIds: (table.parentIds ?? []).filter((id) => id !== parent.id) });
	const above = ddl.table(parent.id);
	if (heirsOf(ddl.catalog, above).length === 0) ddl.put({ ...above, isInherited: false });
}
