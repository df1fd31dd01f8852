/**
 * What expressions ask of the graph: patterns as predicates, pattern comprehensions, `EXISTS {}`, `COUNT {}`, `COLLECT {}`, the ends of a relationship. Each
 * is a `subquery` expression whose plan sees the variables around it as outer columns.
 */

import type { Column, Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import type { AggregateFunction } from '../../query/functions/contracts.ts';
import { BOOL, builtinTypes, DYNAMIC, INT8 } from '../../value/builtin-types.ts';
import { callOf, reference } from './algebra-build.ts';
import type * as ast from './ast.ts';
import type { CompileContext } from './compile-context.ts';
import { type ExpressionCompiler, wholeValue } from './compile-expression.ts';
import { compileBindings, compileResult } from './compile-query.ts';
import type { Environment } from './environment.ts';
import { vertexSource } from './graph-source.ts';
import { SHORTEST_PATH } from './variable-uses.ts';

/** `(a)-->(b)` as a predicate; `shortestPath(…)` as the path, `allShortestPaths(…)` as a list of them. */
export function compilePatternExpression(compiler: ExpressionCompiler, pattern: ast.PathPattern): Expression {
	const { context } = compiler;
	if (pattern.selector === 'all') return exists(match(compiler, pattern, null).plan);
	const variable: ast.Identifier = { kind: 'identifier', name: SHORTEST_PATH, start: pattern.start, end: pattern.start };
	const found = match(compiler, { ...pattern, variable }, null);
	const path = wholeValue(context, found.lookup(variable.name)!);
	if (pattern.selector === 'allShortest') return scalar(aggregated(context, found.plan, context.library.collectAll, [path]));
	const column = context.newColumn('path', DYNAMIC);
	const first: Plan = { kind: 'limit', input: found.plan, count: { kind: 'constant', value: 1, type: INT8 }, offset: null, columns: found.plan.columns };
	return scalar({ kind: 'project', input: first, items: [{ column, expression: path }], columns: [column] });
}

function match(compiler: ExpressionCompiler, pattern: ast.PathPattern, where: ast.Expression | null): Environment {
	const { start, end } = pattern;
	const clause: ast.MatchClause = { kind: 'match', optional: false, patterns: [pattern], hints: [], where, start, end };
	return compiler.context.clauses.match(compiler.context, compiler.environment.inner(), clause);
}

export function compilePatternComprehension(compiler: ExpressionCompiler, e: ast.PatternComprehension): Expression {
	const found = match(compiler, e.pattern, e.where);
	const inner = compiler.over(found);
	return scalar(aggregated(compiler.context, found.plan, compiler.context.library.collectAll, [inner.value(e.projection)]));
}

export function compileSubquery(compiler: ExpressionCompiler, e: ast.SubqueryExpression): Expression {
	const { context } = compiler;
	const beginning = (): Environment => compiler.environment.inner();
	if (e.form === 'collect') {
		const { plan, columns } = compileResult(context, beginning, e.query);
		return scalar(aggregated(context, plan, context.library.collectAll, columns.map(reference)));
	}
	const { plan } = compileBindings(context, beginning, e.query);
	return e.form === 'exists' ? exists(plan) : scalar(aggregated(context, plan, context.library.countRows, []));
}

function exists(plan: Plan): Expression {
	return { kind: 'subquery', mode: 'exists', plan, comparison: null, type: BOOL };
}

function scalar(plan: Plan): Expression {
	return { kind: 'subquery', mode: 'scalar', plan, comparison: null, type: plan.columns[0]!.type };
}

/** One row of one aggregate over all rows. */
function aggregated(context: CompileContext, input: Plan, called: AggregateFunction, items: readonly Expression[]): Plan {
	const column = context.newColumn(called.name, builtinTypes.typeByOid(called.returnOid) ?? DYNAMIC);
	const call = { column, function: called, arguments: items, distinct: false, equalities: [], filter: null, orderBy: [], withinGroup: [] };
	return { kind: 'aggregate', input, groups: [], sets: [[]], aggregates: [call], grouping: [], columns: [column] };
}

/** The node at an end of a relationship, by its id. */
export function compileEndpoint(context: CompileContext, end: Column): Expression {
	const source = vertexSource(context, { labels: true, properties: true, id: reference(end), asked: null });
	const column = context.newColumn('end', DYNAMIC);
	const expression = callOf(context.library.operators.vertex, [source.id, source.labels!, source.properties!].map(reference));
	const input = source.plan;
	return scalar({ kind: 'project', input, items: [{ column, expression }], columns: [column] });
}
