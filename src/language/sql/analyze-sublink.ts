/** Subqueries in expressions: EXISTS, scalar, ARRAY(…), IN, ANY, ALL, and comparisons of rows with them. */
import type { Column, Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import { arrayOf, BOOL } from '../../value/builtin-types.ts';
import { analyzeExpression, requireBoolean } from './analyze-expression.ts';
import { compareRows, equalityOperands } from './analyze-operator.ts';
import { analyzeSelect } from './analyze-select.ts';
import { type AstNode, namesOf, type SubLink } from './ast.ts';
import type { QueryLevel } from './scope.ts';
import { recordType } from './signature.ts';
import type { StatementContext } from './statement-context.ts';

/** Name of the first column of each scalar subquery: it names the result column. */
const scalarNames = new WeakMap<object, string>();

export function scalarSublinkName(node: object): string | undefined {
	return scalarNames.get(node);
}

export function analyzeSublink(level: QueryLevel, node: SubLink): Expression {
	const { context } = level;
	const position = context.at(node.location);
	const plan = analyzeSubselect(level, node);
	switch (node.subLinkType) {
		case 'EXISTS_SUBLINK':
			return { kind: 'subquery', mode: 'exists', plan, comparison: null, type: BOOL, position };
		case 'EXPR_SUBLINK': {
			const column = onlyColumn(context, plan, position);
			scalarNames.set(node, column.name);
			return context.withTypmod({ kind: 'subquery', mode: 'scalar', plan, comparison: null, type: column.type, position }, column.typmod);
		}
		case 'ARRAY_SUBLINK': {
			const column = onlyColumn(context, plan, position);
			const type = arrayOf(column.type, context.catalog);
			if (type === undefined) throw context.error('42704', `could not find array type for data type ${context.typeName(column.type)}`, position);
			return { kind: 'subquery', mode: 'array', plan, comparison: null, type, position };
		}
		case 'ANY_SUBLINK':
		case 'ALL_SUBLINK':
			return quantifiedSublink(level, node, plan, position);
		default:
			throw context.unsupported(node.subLinkType ?? 'this subquery', position);
	}
}

function analyzeSubselect(level: QueryLevel, node: SubLink): Plan {
	const select = (node.subselect as AstNode).SelectStmt;
	if (select === undefined) throw level.context.unsupported('this kind of subquery', level.context.at(node.location));
	// The expressions inside belong to clauses of their own; CASE and window restrictions end at the subquery.
	const { insideConditional, insideWindow } = level;
	level.insideConditional = '';
	level.insideWindow = false;
	try {
		return analyzeSelect(level.context, level, select).plan;
	} finally {
		level.insideConditional = insideConditional;
		level.insideWindow = insideWindow;
	}
}

function onlyColumn(context: StatementContext, plan: Plan, position: number): Column {
	if (plan.columns.length !== 1) throw context.error('42601', 'subquery must return only one column', position);
	return plan.columns[0]!;
}

function quantifiedSublink(level: QueryLevel, node: SubLink, plan: Plan, position: number): Expression {
	const { context } = level;
	const names = namesOf(node.operName as AstNode[] | undefined);
	const operator = names[names.length - 1] ?? '=';
	const all = node.subLinkType === 'ALL_SUBLINK';
	const test = analyzeExpression(level, node.testexpr as AstNode);
	const left = test.kind === 'row' && (node.testexpr as AstNode).RowExpr !== undefined ? test.operands : [test];
	if (left.length < plan.columns.length) throw context.error('42601', 'subquery has too many columns', position);
	if (left.length > plan.columns.length) throw context.error('42601', 'subquery has too few columns', position);
	const shared = { kind: 'subquery', mode: all ? 'all' : 'any', type: BOOL, position: test.position ?? position } as const;
	if (operator === '=' && !all) return { ...shared, ...membership(context, left, plan, position) };
	const right = plan.columns.map((c): Expression => ({ kind: 'column', id: c.id, type: c.type }));
	const comparison = requireBoolean(context, compareRows(context, operator, left, right, position), all ? 'ALL' : 'ANY');
	return { ...shared, plan, comparison };
}

/** IN: equalities over pairs, with the conversions of the right side moved into the subplan. */
function membership(context: StatementContext, left: readonly Expression[], plan: Plan, position: number) {
	const operands = left.map((l, i) => equalityOperands(context, l, { kind: 'column', id: plan.columns[i]!.id, type: plan.columns[i]!.type }, position));
	const converted = operands.some(([, r], i) => r.kind !== 'column' || r.id !== plan.columns[i]!.id);
	const items = operands.map(([, r], i) => ({ column: converted ? context.newColumn(plan.columns[i]!.name, r.type) : plan.columns[i]!, expression: r }));
	const inner: Plan = converted ? { kind: 'project', input: plan, items, columns: items.map((i) => i.column) } : plan;
	const pairs = operands.map(([l, , equality], i) => ({ left: l, right: inner.columns[i]!.id, equality }));
	const right = inner.columns.map((c, i): Expression => ({ kind: 'column', id: c.id, type: operands[i]![1].type }));
	const comparison = requireBoolean(
		context,
		compareRows(
			context,
			'=',
			operands.map(([l]) => l),
			right,
			position,
		),
		'IN',
	);
	return { plan: inner, comparison, pairs };
}

/** (a, b) op (SELECT x, y): the subquery's one row is compared; no row compares as nulls. */
export function analyzeRowCompareSublink(level: QueryLevel, operator: string, left: AstNode, node: SubLink, position: number): Expression {
	const { context } = level;
	const row = analyzeExpression(level, left);
	const plan = analyzeSubselect(level, node);
	const operands = row.kind === 'row' ? row.operands : [row];
	if (operands.length < plan.columns.length) throw context.error('42601', 'subquery has too many columns', position);
	if (operands.length > plan.columns.length) throw context.error('42601', 'subquery has too few columns', position);
	const value = rowSubquery(plan, position);
	const column = context.newColumn('row', value.type);
	const reference: Expression = { kind: 'column', id: column.id, type: value.type };
	const fields = plan.columns.map((c, index): Expression => ({ kind: 'field', operand: reference, index, type: c.type }));
	const body = requireBoolean(context, compareRows(context, operator, operands, fields, position), 'row comparison');
	return { kind: 'let', id: column.id, value, body, type: BOOL, position };
}

/** The one row of a subplan as a record; null when it has none. */
export function rowSubquery(plan: Plan, position: number): Expression {
	return { kind: 'subquery', mode: 'row', plan, comparison: null, type: recordType(plan.columns), position };
}
