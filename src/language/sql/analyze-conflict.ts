/** ON CONFLICT: which unique indexes arbitrate, and the update that replaces the insert. */
import type { Expression } from '../../query/algebra/expression.ts';
import type { InsertPlan } from '../../query/algebra/plan.ts';
import { conjuncts, substitute } from '../../query/algebra/traverse.ts';
import type { IndexObject, TableObject } from '../../transaction/catalog-objects.ts';
import { analyzeBoolean, analyzeExpression } from './analyze-expression.ts';
import { newRowColumns, references } from './analyze-returning.ts';
import { type AstNode, nodeKind, type OnConflictClause } from './ast.ts';
import { assignableColumn, type ChangeTarget, targetEntry } from './change-target.ts';
import { equalExpressions } from './expression-equality.ts';
import { QueryLevel, registerColumns, visibleItem } from './scope.ts';
import type { StatementContext } from './statement-context.ts';
import { parseExpressionText, rowLevel, tableContext } from './stored-text.ts';
import { analyzeSetClause } from './update-assignments.ts';

type Conflict = NonNullable<InsertPlan['conflict']>;

export function analyzeConflict(level: QueryLevel, clause: OnConflictClause, target: ChangeTarget, alias: string, schema: string | null): Conflict {
	const { context } = level;
	const update = clause.action === 'ONCONFLICT_UPDATE';
	if (update && clause.infer === undefined) {
		throw context.error('42601', 'ON CONFLICT DO UPDATE requires inference specification or constraint name', context.at(clause.location), {
			hint: 'For example, ON CONFLICT (column_name).',
		});
	}
	const indexes = clause.infer === undefined ? [] : arbiterIndexes(context, clause.infer, target, alias);
	if (!update) return { indexes, update: null };
	const existing = newRowColumns(level, target.table);
	const excluded = newRowColumns(level, target.table);
	const inner = new QueryLevel(context, level.parent);
	for (const [name, cte] of level.ctes) inner.ctes.set(name, cte);
	const entry = targetEntry(target, alias, schema, references(existing));
	const proposed = targetEntry(target, 'excluded', null, references(excluded));
	for (const e of [entry, proposed]) registerColumns(inner, e);
	inner.namespace = [visibleItem(entry), visibleItem(proposed)];
	const set = analyzeSetClause(inner, (clause.targetList ?? []) as AstNode[], target, references(existing));
	const where = clause.whereClause === undefined ? null : inner.within('where', () => analyzeBoolean(inner, clause.whereClause as AstNode, 'WHERE'));
	// There is no plan below in which a row of a subquery could be computed once: each column computes it.
	const rows = new Map(set.rows.map((r) => [r.column.id, r.expression]));
	const assignments = set.assignments.map((a) => ({ number: a.number, expression: substitute(a.expression, rows) }));
	return { indexes, update: { existing, excluded, assignments, where } };
}

type Infer = NonNullable<OnConflictClause['infer']>;

function arbiterIndexes(context: StatementContext, infer: Infer, target: ChangeTarget, alias: string): readonly IndexObject[] {
	const { table } = target;
	const indexes = indexesOf(context, table);
	if (infer.conname) {
		const constraint = table.constraintIds.map((id) => context.catalog.get(id)).find((c) => c?.kind === 'constraint' && c.name === infer.conname);
		if (constraint?.kind !== 'constraint')
			throw context.error('42704', `constraint "${infer.conname}" for table "${table.name}" does not exist`, context.at(infer.location));
		const index = indexes.find((i) => i.id === constraint.indexId);
		if (index === undefined || constraint.type === 'foreign' || constraint.type === 'check')
			throw context.error('42809', 'constraint in ON CONFLICT clause has no associated index');
		return [index];
	}
	const row = newRowExpressions(context, table);
	const wanted = wantedKeys(context, infer, target, alias, row);
	const given = inferPredicate(context, infer, target, alias, row);
	const matching = indexes.filter((i) => i.unique && i.ready && matchesKeys(context, table, i, wanted, row) && matchesPredicate(context, table, i, given, row));
	if (matching.length === 0) throw context.error('42P10', 'there is no unique or exclusion constraint matching the ON CONFLICT specification');
	return matching;
}

function indexesOf(context: StatementContext, table: TableObject): IndexObject[] {
	return table.indexIds.map((id) => context.catalog.get(id)).filter((o): o is IndexObject => o?.kind === 'index');
}

function newRowExpressions(context: StatementContext, table: TableObject): Expression[] {
	return table.columns
		.filter((c) => !c.dropped)
		.map((c) => ({ kind: 'column', id: context.newColumn(c.name, context.type(c.typeOid), c.typmod).id, type: context.type(c.typeOid) }));
}

/** What (…) names: expressions over the table's row. */
function wantedKeys(context: StatementContext, infer: Infer, target: ChangeTarget, alias: string, row: readonly Expression[]): Expression[] {
	const live = target.table.columns.filter((c) => !c.dropped);
	return ((infer.indexElems ?? []) as AstNode[]).map((node) => {
		const element = node.IndexElem;
		if (element === undefined) throw context.unsupported(nodeKind(node));
		if (element.name) {
			const column = assignableColumn(context, target, element.name, 'insert', context.at(infer.location));
			return row[live.indexOf(column)]!;
		}
		return analyzeExpression(rowLevel(context, target.table, row, 'index expression', alias), element.expr as AstNode);
	});
}

function inferPredicate(context: StatementContext, infer: Infer, target: ChangeTarget, alias: string, row: readonly Expression[]): Expression | null {
	if (infer.whereClause === undefined) return null;
	return analyzeBoolean(rowLevel(context, target.table, row, 'index predicate', alias), infer.whereClause as AstNode, 'WHERE');
}

function matchesKeys(context: StatementContext, table: TableObject, index: IndexObject, wanted: readonly Expression[], row: readonly Expression[]): boolean {
	const live = table.columns.filter((c) => !c.dropped);
	const keys = index.columns.map((c) => {
		if (c.column !== 0) return row[live.findIndex((l) => l.number === c.column)]!;
		const inner = tableContext(context, table, c.expressionText!);
		return analyzeExpression(rowLevel(inner, table, row, 'index expression'), parseExpressionText(c.expressionText!));
	});
	return keys.every((k) => wanted.some((w) => equalExpressions(k, w))) && wanted.every((w) => keys.some((k) => equalExpressions(k, w)));
}

/** A partial index arbitrates when every part of its predicate is among those given. */
function matchesPredicate(context: StatementContext, table: TableObject, index: IndexObject, given: Expression | null, row: readonly Expression[]): boolean {
	if (index.predicateText === null) return true;
	if (given === null) return false;
	const inner = tableContext(context, table, index.predicateText);
	const predicate = analyzeBoolean(rowLevel(inner, table, row, 'index predicate'), parseExpressionText(index.predicateText), 'WHERE');
	const available = conjuncts(given);
	return conjuncts(predicate).every((p) => available.some((a) => equalExpressions(a, p)));
}
