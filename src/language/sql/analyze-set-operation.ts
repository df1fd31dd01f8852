/** UNION, INTERSECT, EXCEPT: branches analysed apart, their column types unified; and the ORDER BY and LIMIT over them. */
import type { Column, Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import { TEXT, UNKNOWN } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { equalityOf } from './analyze-operator.ts';
import { analyzeSelect } from './analyze-select.ts';
import { type AstNode, locationOf, type SelectStmt } from './ast.ts';
import { coerceType } from './coercion.ts';
import { coerceToCommon, commonType, commonTypmod } from './common-type.ts';
import { entryOf, QueryLevel, registerColumns, visibleItem } from './scope.ts';
import type { StatementContext } from './statement-context.ts';

const NAMES = { SETOP_UNION: 'UNION', SETOP_INTERSECT: 'INTERSECT', SETOP_EXCEPT: 'EXCEPT' } as const;

/** The plan of a tree of set operations, without its ORDER BY and LIMIT. */
export function analyzeSetOperation(level: QueryLevel, node: SelectStmt, unknownsStay: boolean): Plan {
	const plan = setOperationTree(level, node);
	return unknownsStay ? plan : convertUnknowns(level.context, plan);
}

function setOperationTree(level: QueryLevel, node: SelectStmt): Plan {
	const { context } = level;
	const left = branch(level, node.larg!);
	const right = branch(level, node.rarg!);
	const name = NAMES[node.op as keyof typeof NAMES];
	if (left.columns.length !== right.columns.length)
		throw context.error('42601', `each ${name} query must have the same number of columns`, firstTargetPosition(context, node.rarg!));
	const positions = targetPositions(context, node.rarg!);
	const types = left.columns.map((l, i) => {
		const r = right.columns[i]!;
		const sides = [columnExpression(l, 0), columnExpression(r, positions[i] ?? 0)];
		return { type: commonType(context, sides, name), typmod: 0 };
	});
	const convertedLeft = convertColumns(
		context,
		left,
		types.map((t) => t.type),
		name,
	);
	const convertedRight = convertColumns(
		context,
		right,
		types.map((t) => t.type),
		name,
	);
	const columns = left.columns.map((l, i) => {
		const typmod = commonTypmod(context, [columnExpression(l, 0), columnExpression(right.columns[i]!, 0)], types[i]!.type);
		return context.newColumn(l.name, types[i]!.type, typmod);
	});
	const all = node.all ?? false;
	const operation = node.op === 'SETOP_UNION' ? 'union' : node.op === 'SETOP_INTERSECT' ? 'intersect' : 'except';
	const equalities = all && operation === 'union' ? [] : columns.map((c) => equalityOf(context, c.type, 0));
	return { kind: 'set-operation', operation, all, left: convertedLeft, right: convertedRight, equalities, columns };
}

/** A branch with clauses of its own is a subquery; a bare nested operation is part of the same tree. */
function branch(level: QueryLevel, node: SelectStmt): Plan {
	const plain =
		node.op !== undefined &&
		node.op !== 'SETOP_NONE' &&
		node.sortClause === undefined &&
		node.limitCount === undefined &&
		node.limitOffset === undefined &&
		node.lockingClause === undefined &&
		node.withClause === undefined;
	if (plain) return setOperationTree(level, node);
	return analyzeSelect(level.context, level, node, { unknownsStay: true, isBranch: true }).plan;
}

function columnExpression(column: Column, position: number): Expression {
	return { kind: 'column', id: column.id, type: column.type, position };
}

function firstTargetPosition(context: StatementContext, node: SelectStmt): number {
	return targetPositions(context, node)[0] ?? 0;
}

/** Where the columns of a branch are written, for errors. */
function targetPositions(context: StatementContext, node: SelectStmt): number[] {
	if (node.larg !== undefined) return targetPositions(context, node.larg);
	const values = (node.valuesLists as AstNode[] | undefined)?.[0]?.List?.items as AstNode[] | undefined;
	const nodes = values ?? ((node.targetList ?? []) as AstNode[]).map((t) => t.ResTarget?.val as AstNode);
	return nodes.map((n) => context.at(locationOf(n)));
}

/** A projection that converts the columns which differ from the wanted types; the plan itself when none does. */
export function convertColumns(context: StatementContext, plan: Plan, types: readonly Type[], what: string): Plan {
	if (plan.columns.every((c, i) => c.type.oid === types[i]!.oid)) return plan;
	const pushed = convertInside(context, plan, types);
	if (pushed !== null) return pushed;
	const items = plan.columns.map((c, i) => {
		const expression = coerceToCommon(context, columnExpression(c, 0), types[i]!, what);
		return { column: context.newColumn(c.name, expression.type, context.typmodOf(expression)), expression };
	});
	return { kind: 'project', input: plan, items, columns: items.map((i) => i.column) };
}

/** Literals and parameters of unknown type are converted where they are written. */
function convertInside(context: StatementContext, plan: Plan, types: readonly Type[]): Plan | null {
	const convert = (expression: Expression, index: number): Expression =>
		expression.type.oid === UNKNOWN.oid ? coerceType(context, expression, types[index]!, -1, 'implicit') : expression;
	if (!plan.columns.some((c) => c.type.oid === UNKNOWN.oid)) return null;
	if (plan.kind === 'project') {
		const items = plan.items.map((item, i) => {
			const expression = convert(item.expression, i);
			return expression === item.expression ? item : { column: context.newColumn(item.column.name, expression.type, context.typmodOf(expression)), expression };
		});
		return convertColumns(context, { ...plan, items, columns: items.map((i) => i.column) }, types, 'UNION');
	}
	if (plan.kind === 'values') {
		const rows = plan.rows.map((row) => row.map((e, i) => convert(e, i)));
		const columns = plan.columns.map((c, i) => (c.type.oid === UNKNOWN.oid ? context.newColumn(c.name, types[i]!, -1) : c));
		return convertColumns(context, { ...plan, rows, columns }, types, 'UNION');
	}
	return null;
}

/** Makes text of the columns whose type is still unknown. */
export function convertUnknowns(context: StatementContext, plan: Plan): Plan {
	if (!plan.columns.some((c) => c.type.oid === UNKNOWN.oid)) return plan;
	return convertColumns(
		context,
		plan,
		plan.columns.map((c) => (c.type.oid === UNKNOWN.oid ? TEXT : c.type)),
		'SELECT',
	);
}

/** A level in which the result columns of a set operation are the only names: for its ORDER BY. */
export function resultLevel(level: QueryLevel, plan: Plan): QueryLevel {
	const results = new QueryLevel(level.context, level.parent);
	for (const [name, cte] of level.ctes) results.ctes.set(name, cte);
	const entry = entryOf('', plan.columns);
	registerColumns(results, entry);
	results.namespace = [{ ...visibleItem(entry), relationVisible: false }];
	return results;
}

/** The same for INSERT … SELECT: only columns of unknown type are converted, to what their target wants. */
export function convertUnknownColumns(context: StatementContext, plan: Plan, types: readonly Type[]): Plan {
	if (!plan.columns.some((c) => c.type.oid === UNKNOWN.oid)) return plan;
	return convertInside(context, plan, types) ?? convertUnknowns(context, plan);
}
