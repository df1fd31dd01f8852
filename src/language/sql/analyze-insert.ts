/** INSERT: where each column's value comes from, defaults, ON CONFLICT, RETURNING. */
import type { Column, Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import type { ColumnObject } from '../../transaction/catalog-objects.ts';
import { UNKNOWN } from '../../value/builtin-types.ts';
import { analyzeConflict } from './analyze-conflict.ts';
import { analyzeExpression, analyzeRowItem } from './analyze-expression.ts';
import { analyzeReturning, newRowColumns, references } from './analyze-returning.ts';
import { analyzeSelect } from './analyze-select.ts';
import { convertUnknownColumns } from './analyze-set-operation.ts';
import { analyzeWith, wrapCtes } from './analyze-with.ts';
import { assignInside, assignLeaf, assignTo, defaultInside, leafType } from './assignment.ts';
import { type AstNode, type InsertStmt, locationOf, type SelectStmt } from './ast.ts';
import { assignableColumn, type ChangeTarget, changeTarget, targetEntry, viewChecks } from './change-target.ts';
import { QueryLevel, registerColumns, visibleItem } from './scope.ts';
import type { StatementContext } from './statement-context.ts';
import { defaultExpression } from './stored-text.ts';

/** One column named by the statement. */
export interface InsertColumn {
	readonly column: ColumnObject;
	/** Element or field assigned to; empty: the whole. */
	readonly steps: readonly AstNode[];
	readonly position: number;
}

/** Rows to insert, and how the named columns read them; null: DEFAULT. */
interface InsertSource {
	readonly plan: Plan;
	readonly values: readonly (Expression | null)[];
}

export function analyzeInsert(context: StatementContext, node: InsertStmt, parent: QueryLevel | null): Plan {
	const level = new QueryLevel(context, parent);
	analyzeWith(level, node.withClause, node);
	const target = changeTarget(context, node.relation!, 'insert');
	const named = namedColumns(level, node, target);
	const source = insertSource(level, node, target, named);
	const values = rowValues(level, node, target, named.slice(0, source.values.length), source.values);
	const newRow = newRowColumns(level, target.table);
	const alias = node.relation?.alias?.aliasname ?? node.relation?.relname ?? target.name;
	const schema = node.relation?.alias === undefined ? target.schema : null;
	if (node.onConflictClause !== undefined && context.catalog.get(target.table.id)?.kind === 'view')
		throw context.error('0A000', 'INSERT with ON CONFLICT clause cannot be used with views that have INSTEAD OF triggers');
	const conflict = node.onConflictClause === undefined ? null : analyzeConflict(level, node.onConflictClause, target, alias, schema);
	const shown = new QueryLevel(context, parent);
	for (const [name, cte] of level.ctes) shown.ctes.set(name, cte);
	const entry = targetEntry(target, alias, schema, references(newRow));
	registerColumns(shown, entry);
	shown.namespace = [visibleItem(entry)];
	const returning = analyzeReturning(shown, node.returningClause);
	return wrapCtes(level, {
		kind: 'insert',
		table: target.table,
		input: source.plan,
		values,
		conflict,
		newRow,
		viewChecks: viewChecks(target, references(newRow)),
		returning,
		columns: returning?.map((r) => r.column) ?? [],
	});
}

export function namedColumns(level: QueryLevel, node: InsertStmt, target: ChangeTarget): InsertColumn[] {
	const { context } = level;
	const nodes = (node.cols ?? []) as AstNode[];
	const whole = new Set<number>();
	const once = (column: ColumnObject): ColumnObject => {
		if (whole.has(column.number)) throw context.error('42601', `multiple assignments to same column "${column.name}"`);
		whole.add(column.number);
		return column;
	};
	if (nodes.length === 0) {
		return target.columns.map((c) => ({ column: once(assignableColumn(context, target, c.name, 'insert', 0)), steps: [], position: 0 }));
	}
	return nodes.map((n) => {
		const item = n.ResTarget!;
		const position = context.at(item.location);
		const column = assignableColumn(context, target, item.name ?? '', 'insert', position);
		const steps = (item.indirection ?? []) as AstNode[];
		if (whole.has(column.number)) throw context.error('42701', `column "${item.name}" specified more than once`, position);
		if (steps.length === 0) whole.add(column.number);
		return { column, steps, position };
	});
}

function insertSource(level: QueryLevel, node: InsertStmt, target: ChangeTarget, named: readonly InsertColumn[]): InsertSource {
	const select = (node.selectStmt as AstNode | undefined)?.SelectStmt;
	if (select === undefined) return { plan: { kind: 'values', rows: [[]], columns: [] }, values: [] };
	if (isPlainValues(select)) return valuesSource(level, node, select, target, named);
	return selectSource(level, node, select, named);
}

function isPlainValues(select: SelectStmt): boolean {
	return (
		select.valuesLists !== undefined &&
		select.valuesLists.length > 0 &&
		select.sortClause === undefined &&
		select.limitCount === undefined &&
		select.limitOffset === undefined &&
		select.withClause === undefined &&
		select.lockingClause === undefined
	);
}

function selectSource(level: QueryLevel, node: InsertStmt, select: SelectStmt, named: readonly InsertColumn[]): InsertSource {
	const { context } = level;
	const given = analyzeSelect(context, level, select, { unknownsStay: true }).plan;
	checkCounts(level, node, named, given.columns.length, given.columns.length > named.length ? selectPosition(level, select, named.length) : 0);
	const wanted = given.columns.map((c, i) => (c.type.oid === UNKNOWN.oid ? leafType(context, named[i]!.column, named[i]!.steps).type : c.type));
	const plan = convertUnknownColumns(context, given, wanted);
	const positions = plan.columns.map((_, i) => selectPosition(level, select, i));
	return { plan, values: plan.columns.map((c, i): Expression => ({ kind: 'column', id: c.id, type: c.type, position: positions[i]! })) };
}

function selectPosition(level: QueryLevel, select: SelectStmt, index: number): number {
	if (select.larg !== undefined) return selectPosition(level, select.larg, index);
	const target = (select.targetList as AstNode[] | undefined)?.[index]?.ResTarget;
	return target === undefined ? 0 : level.context.at(locationOf(target.val as AstNode));
}

function checkCounts(level: QueryLevel, node: InsertStmt, named: readonly InsertColumn[], count: number, extraPosition: number): void {
	if (count > named.length) throw level.context.error('42601', 'INSERT has more expressions than target columns', extraPosition);
	if (count < named.length && (node.cols?.length ?? 0) > 0)
		throw level.context.error('42601', 'INSERT has more target columns than expressions', named[count]!.position);
}

/** A cell as it is written; `expression`: it is one of those that a star stands for. */
interface Cell {
	readonly node: AstNode;
	readonly expression: Expression | null;
}

function cellsOf(level: QueryLevel, node: AstNode): Cell[] {
	if (node.ColumnRef === undefined && node.A_Indirection === undefined) return [{ node, expression: null }];
	return analyzeRowItem(level, node).map((expression) => ({ node, expression }));
}

/** Cells are converted to their column's type one by one: rows need not agree on a type. */
function valuesSource(level: QueryLevel, node: InsertStmt, select: SelectStmt, target: ChangeTarget, named: readonly InsertColumn[]): InsertSource {
	const { context } = level;
	const lists = (select.valuesLists as AstNode[]).map((l) => (l.List?.items ?? []) as AstNode[]);
	const rowsOfCells = lists.map((list) => level.within('values', () => list.flatMap((cell) => cellsOf(level, cell))));
	const width = rowsOfCells[0]!.length;
	const columns = named.slice(0, width).map((n) => context.newColumn(n.column.name, context.type(n.column.typeOid), n.column.typmod));
	const defaults: (Expression | null)[] = [];
	const allDefault = columns.map(() => true);
	const rows = level.within('values', () =>
		rowsOfCells.map((cells) => {
			if (cells.length !== width) throw context.error('42601', 'VALUES lists must all be the same length', context.at(locationOf(cells[0]?.node)));
			if (cells.length !== named.length)
				checkCounts(level, node, named, cells.length, cells.length > named.length ? context.at(locationOf(cells[named.length]?.node)) : 0);
			return cells.map(({ node: cell, expression }, i) => {
				const { column, steps } = named[i]!;
				if (cell.SetToDefault !== undefined) {
					if (steps.length > 0) throw defaultInside(context, steps, context.at(cell.SetToDefault.location));
					return (defaults[i] ??= defaultExpression(context, target.table, column));
				}
				allDefault[i] = false;
				const value = expression ?? analyzeExpression(level, cell);
				return steps.length > 0 ? assignLeaf(context, column, steps, value) : assignTo(context, column, value);
			});
		}),
	);
	return narrowed(level, named, columns, rows, allDefault);
}

/** Columns that are DEFAULT in every row are not given at all; others become columns of a VALUES plan. */
function narrowed(
	level: QueryLevel,
	named: readonly InsertColumn[],
	columns: readonly Column[],
	rows: readonly (readonly Expression[])[],
	allDefault: readonly boolean[],
): InsertSource {
	const retyped = columns.map((c, i) => (named[i]!.steps.length > 0 ? level.context.newColumn(c.name, rows[0]![i]!.type) : c));
	const plan: Plan = { kind: 'values', rows, columns: retyped };
	return { plan, values: retyped.map((c, i) => (allDefault[i] ? null : { kind: 'column', id: c.id, type: c.type, position: rows[0]![i]!.position ?? 0 })) };
}

/** The value of every live column. */
export function rowValues(
	level: QueryLevel,
	node: InsertStmt,
	target: ChangeTarget,
	named: readonly InsertColumn[],
	values: readonly (Expression | null)[],
): Expression[] {
	const { context } = level;
	const given = new Map<number, Expression>();
	named.forEach((item, i) => {
		const value = values[i];
		if (value === null || value === undefined) return;
		const { column, steps } = item;
		if (column.generatedText !== null) throw refused(context, column, `Column "${column.name}" is a generated column.`);
		if (column.identity !== '' && node.override === 'OVERRIDING_USER_VALUE') return;
		if (column.identity === 'a' && node.override !== 'OVERRIDING_SYSTEM_VALUE') {
			throw refused(context, column, `Column "${column.name}" is an identity column defined as GENERATED ALWAYS.`, 'Use OVERRIDING SYSTEM VALUE to override.');
		}
		const old = given.get(column.number) ?? { kind: 'constant', value: null, type: context.type(column.typeOid) };
		given.set(column.number, steps.length === 0 ? assignTo(context, column, value) : assignInside(level, column, old, steps, value));
	});
	return target.table.columns.filter((c) => !c.dropped).map((c) => given.get(c.number) ?? defaultExpression(context, target.table, c));
}

function refused(context: StatementContext, column: ColumnObject, detail: string, hint?: string): Error {
	return context.error('428C9', `cannot insert a non-DEFAULT value into column "${column.name}"`, 0, hint === undefined ? { detail } : { detail, hint });
}
