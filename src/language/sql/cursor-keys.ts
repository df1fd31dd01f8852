/**
 * Cursors that name rows of tables: behind the columns of a cursor's query, its plan carries the keys of the rows that each
 * row was made of, and UPDATE and DELETE … WHERE CURRENT OF look for the key at which the cursor stands.
 *
 * As in PostgreSQL a query names rows when it locks them (FOR UPDATE and kin), or when it reads one table without sorting,
 * grouping or limiting its rows to different ones. Where the table has a primary key its values come along, so that the row is found by them.
 */
import type { Column, Expression } from '../../query/algebra/expression.ts';
import type { ScalarFunction } from '../../query/functions/contracts.ts';
import type { ColumnObject, TableObject } from '../../transaction/catalog-objects.ts';
import { BYTEA, baseTypeOf, REFCURSOR, TEXT } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { operatorCall } from './analyze-operator.ts';
import type { AstNode, CurrentOfExpr, SelectStmt } from './ast.ts';
import { lockedTables, wantsLocks } from './row-locks.ts';
import type { QueryLevel, RangeEntry } from './scope.ts';
import type { TargetItem } from './target-list.ts';

/** A table whose rows a cursor's rows name. */
export interface CursorTable {
	readonly tableId: number;
	/** Place of the row's key among all columns of the plan; the values of the primary key follow it. */
	readonly keyAt: number;
}

/** What the analysis of a cursor's query tells beside its plan. */
export interface CursorKeys {
	/** Columns that the query shows: the first ones of the plan. */
	readonly shown: number;
	/** All columns of the plan. */
	readonly width: number;
	readonly locks: boolean;
	readonly tables: readonly CursorTable[];
}

/** Whether rows of the query can be told apart as rows of tables, as far as its clauses say. */
export function mayNameRows(node: SelectStmt): boolean {
	if (node.groupClause !== undefined || node.havingClause !== undefined || node.distinctClause !== undefined) return false;
	if (wantsLocks(node)) return true;
	const from = (node.fromClause ?? []) as AstNode[];
	return from.length === 1 && from[0]!.RangeVar !== undefined && node.sortClause === undefined;
}

/** The items that carry keys. None where windows or set functions stand between table and result. */
export function cursorItems(level: QueryLevel, node: SelectStmt, shown: number): { readonly items: TargetItem[]; readonly tables: CursorTable[] } {
	const items: TargetItem[] = [];
	const tables: CursorTable[] = [];
	const locks = wantsLocks(node);
	if (!locks && (level.windows.length > 0 || level.expands.length > 0)) return { items, tables };
	for (const entry of locks ? lockedTables(level, node) : level.lockable) {
		if (entry.keyColumn === null || entry.table === null) continue;
		tables.push({ tableId: entry.table.id, keyAt: shown + items.length });
		items.push({ name: 'row key', expression: { kind: 'column', id: entry.keyColumn, type: BYTEA }, junk: false });
		for (const expression of primaryKeyOf(entry)) items.push({ name: 'row key', expression, junk: false });
	}
	return { items, tables };
}

function primaryKeyOf(entry: RangeEntry): Expression[] {
	const live = entry.table!.columns.filter((c) => !c.dropped);
	return keyColumns(entry.table!).map((column) => entry.columns[live.indexOf(column)]!.expression);
}

/** Columns whose values find a row of the table, without looking into tables below it. */
function keyColumns(table: TableObject): readonly ColumnObject[] {
	if (table.partitionBy !== undefined || table.isInherited === true) return [];
	return table.primaryKey.map((number) => table.columns.find((c) => c.number === number)!);
}

/** The condition of WHERE CURRENT OF. `columns` are the table's live ones. */
export function currentRow(
	level: QueryLevel,
	node: CurrentOfExpr,
	target: { readonly table: TableObject; readonly key: Expression; readonly columns: readonly Column[] },
): Expression[] {
	const { context } = level;
	const { table } = target;
	if (context.catalog.get(table.id)?.kind !== 'table') throw context.error('0A000', 'WHERE CURRENT OF on a view is not implemented');
	const name = cursorName(level, node.cursor_name ?? '');
	const live = table.columns.filter((c) => !c.dropped);
	const equal = (left: Expression, place: number, type: Type): Expression =>
		operatorCall(context, '=', left, { kind: 'call', function: currentKey(table.id, place, type), arguments: [name], type, typmod: -1 }, 0);
	const byKey = keyColumns(table).map((column, i): Expression => {
		const at = target.columns[live.indexOf(column)]!;
		const base = baseTypeOf(at.type, context.catalog);
		return equal({ kind: 'column', id: at.id, type: at.type }, i + 1, base);
	});
	return byKey.length > 0 ? byKey : [equal(target.key, 0, BYTEA)];
}

/** A variable of a procedure holds a cursor's name; else the name is the cursor's own. */
function cursorName(level: QueryLevel, name: string): Expression {
	for (let at: QueryLevel | null = level; at !== null; at = at.parent) {
		const variable = at.variables.get(name);
		if (variable?.type.oid === REFCURSOR.oid) return variable;
	}
	return { kind: 'constant', value: name, type: TEXT };
}

function currentKey(tableId: number, place: number, type: Type): ScalarFunction {
	return {
		kind: 'scalar',
		name: 'current_of',
		argumentOids: [TEXT.oid],
		returnOid: type.oid,
		variadicOid: 0,
		volatility: 'stable',
		oid: 0,
		strict: false,
		context: true,
		evaluate: (context: { service(name: string, ...args: readonly unknown[]): unknown }, name: string | null) =>
			context.service('cursor.key', name, tableId, place),
	};
}
