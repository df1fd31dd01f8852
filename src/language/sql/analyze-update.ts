/** UPDATE: the target joined with FROM, filtered, and the assignments over that. */

import { filterBy } from '../../query/algebra/build.ts';
import type { Column, Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import type { ViewObject } from '../../transaction/catalog-objects.ts';
import { BYTEA } from '../../value/builtin-types.ts';
import { analyzeBoolean } from './analyze-expression.ts';
import { analyzeFrom, expandView } from './analyze-from.ts';
import { analyzeReturning, newRowColumns, references } from './analyze-returning.ts';
import { analyzeWith, wrapCtes } from './analyze-with.ts';
import type { AstNode, RangeVar, UpdateStmt } from './ast.ts';
import { type ChangeTarget, changeTarget, targetEntry, viewChecks } from './change-target.ts';
import { currentRow } from './cursor-keys.ts';
import { scanTable, type TableScan } from './relations.ts';
import { type NamespaceItem, QueryLevel, type RangeEntry, registerColumns, visibleItem } from './scope.ts';
import type { StatementContext } from './statement-context.ts';
import { analyzeSetClause } from './update-assignments.ts';

/** The target of UPDATE or DELETE as the first table of a level. */
export interface ScannedTarget {
	readonly target: ChangeTarget;
	readonly scan: TableScan;
	readonly entry: RangeEntry;
	readonly alias: string;
	readonly schema: string | null;
}

export function analyzeUpdate(context: StatementContext, node: UpdateStmt, parent: QueryLevel | null): Plan {
	const level = new QueryLevel(context, parent);
	analyzeWith(level, node.withClause, node);
	const scanned = scanTarget(level, node.relation!, 'update');
	const filtered = joinedTarget(level, scanned, (node.fromClause ?? []) as AstNode[], node.whereClause as AstNode | undefined);
	const set = analyzeSetClause(level, (node.targetList ?? []) as AstNode[], scanned.target, references(scanned.scan.columns));
	const input = withRows(filtered, set.rows);
	const newRow = newRowColumns(level, scanned.target.table);
	const returning = analyzeReturning(returningLevel(level, scanned, references(newRow)), node.returningClause);
	return wrapCtes(level, {
		kind: 'update',
		table: scanned.target.table,
		input,
		keyColumn: scanned.scan.keyColumn!,
		oldRow: scanned.scan.columns.map((c) => c.id),
		assignments: set.assignments,
		newRow,
		viewChecks: viewChecks(scanned.target, references(newRow)),
		returning,
		columns: returning?.map((r) => r.column) ?? [],
	});
}

/** Scans the target with its keys; until FROM has been analysed its columns are out of reach there. */
export function scanTarget(level: QueryLevel, node: RangeVar, command: 'update' | 'delete'): ScannedTarget {
	const { context } = level;
	const target = changeTarget(context, node, command);
	const view = context.catalog.get(target.table.id);
	const scan = view?.kind === 'view' ? scanView(level, view) : scanTable(context, target.table, true, context.mentionsSystemColumns, node.inh !== true);
	const alias = node.alias?.aliasname ?? node.relname ?? target.name;
	const schema = node.alias === undefined ? target.schema : null;
	const entry = targetEntry(target, alias, schema, references(scan.columns), {
		system: scan.system,
		keyColumn: scan.keyColumn,
		position: context.at(node.location),
	});
	registerColumns(level, entry);
	for (const column of scan.columns) if (!level.fromColumns.has(column.id)) level.fromColumns.set(column.id, { entry, name: column.name });
	return { target, scan, entry, alias, schema };
}

/** A view's rows, for its INSTEAD OF triggers: they have no keys, and nothing locks them. */
function scanView(level: QueryLevel, view: ViewObject): TableScan {
	const { context } = level;
	const input = expandView(level, view, 0);
	const key = context.newColumn('row key', BYTEA);
	const items = input.columns.map((column) => ({ column, expression: { kind: 'column', id: column.id, type: column.type } as Expression }));
	const none: Expression = { kind: 'constant', value: new Uint8Array(0), type: BYTEA };
	const columns = [...input.columns, key];
	return {
		plan: { kind: 'project', input, items: [...items, { column: key, expression: none }], columns },
		columns: input.columns,
		keyColumn: key.id,
		system: new Map(),
	};
}

export function joinedTarget(level: QueryLevel, scanned: ScannedTarget, from: readonly AstNode[], where: AstNode | undefined): Plan {
	const item: NamespaceItem = { ...visibleItem(scanned.entry), lateralOnly: true, lateralOk: false };
	level.plan = scanned.scan.plan;
	level.namespace = [item];
	analyzeFrom(level, from);
	const conditions = where === undefined ? [] : level.within('where', () => whereConditions(level, scanned, where));
	const predicates = scanned.target.view(references(scanned.scan.columns)).predicates.map((p) => p.expression);
	return filterBy(level.plan, [...predicates, ...conditions]);
}

function whereConditions(level: QueryLevel, { target, scan, entry }: ScannedTarget, where: AstNode): readonly Expression[] {
	if (where.CurrentOfExpr === undefined) return [analyzeBoolean(level, where, 'WHERE')];
	if (entry.table === null || target.name !== target.table.name) throw level.context.error('0A000', 'WHERE CURRENT OF on a view is not implemented');
	const key: Expression = { kind: 'column', id: scan.keyColumn!, type: BYTEA };
	return currentRow(level, where.CurrentOfExpr, { table: target.table, key, columns: scan.columns });
}

/** The input with rows of subqueries computed once per input row. */
export function withRows(input: Plan, rows: readonly { readonly column: Column; readonly expression: Expression }[]): Plan {
	if (rows.length === 0) return input;
	const kept = input.columns.map((column) => ({ column, expression: { kind: 'column', id: column.id, type: column.type } as Expression }));
	const items = [...kept, ...rows];
	return { kind: 'project', input, items, columns: items.map((i) => i.column) };
}

/** What RETURNING sees: the row as it is now, and the other tables. */
export function returningLevel(level: QueryLevel, scanned: ScannedTarget, row: readonly Expression[]): QueryLevel {
	const shown = new QueryLevel(level.context, level.parent);
	for (const [name, cte] of level.ctes) shown.ctes.set(name, cte);
	for (const [id, source] of level.fromColumns) shown.fromColumns.set(id, source);
	const entry = targetEntry(scanned.target, scanned.alias, scanned.schema, row, { system: scanned.entry.system });
	registerColumns(shown, entry);
	shown.namespace = level.namespace.map((item) => (item.entry === scanned.entry ? { ...item, entry } : item));
	return shown;
}
