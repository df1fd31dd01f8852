/**
 * Aggregate calls. Each becomes an `AggregateCall` of the query level it belongs to (the innermost level whose columns its
 * arguments read), and a reference to its output column. Equal calls share one.
 */
import type { AggregateCall, Expression, SortKey } from '../../query/algebra/expression.ts';
import { columnsRead, visitChildren } from '../../query/algebra/traverse.ts';
import type { AggregateFunction } from '../../query/functions/contracts.ts';
import type { Type } from '../../value/type.ts';
import { analyzeBoolean, analyzeExpression } from './analyze-expression.ts';
import { callExpression, callForm } from './analyze-function.ts';
import { equalityOf } from './analyze-operator.ts';
import type { AstNode, FuncCall } from './ast.ts';
import { checkAggregateAllowed } from './clause-rules.ts';
import { coerceToCommon, commonType } from './common-type.ts';
import { equalExpressions, equalLists, equalSortKeys } from './expression-equality.ts';
import { type CallForm, type ResolvedCall, resolveFunction } from './resolve-function.ts';
import type { QueryLevel } from './scope.ts';
import { sortKey } from './sort-keys.ts';
import type { StatementContext } from './statement-context.ts';

/** An aggregate call with its parts analysed, before it is given to a level. */
export interface AggregateParts {
	readonly function: AggregateFunction;
	readonly arguments: readonly Expression[];
	readonly returnType: Type;
	readonly distinct: boolean;
	readonly filter: Expression | null;
	readonly orderBy: readonly SortKey[];
	readonly withinGroup: readonly SortKey[];
}

export function analyzeAggregate(level: QueryLevel, node: FuncCall, names: readonly string[], position: number): Expression {
	const resolvedPlain = level.within('aggregate argument', () => resolveAggregate(level, node, names, position));
	if (resolvedPlain.definition.kind !== 'aggregate') return callExpression(level, resolvedPlain, names, position);
	const parts = level.within('aggregate argument', () => analyzeAggregateParts(level, node, resolvedPlain, names, position));
	const owner = owningLevel(level, parts);
	checkAggregateAllowed(owner, position);
	refuseNested(owner, parts, position);
	return addAggregate(owner, parts, position);
}

/** Resolves the call; for WITHIN GROUP the sort expressions count as the last arguments. */
export function resolveAggregate(level: QueryLevel, node: FuncCall, names: readonly string[], position: number): ResolvedCall {
	const { context } = level;
	const form = callForm(level, node, names, position);
	const sorted = node.agg_within_group ? ((node.agg_order ?? []) as AstNode[]).map((s) => analyzeExpression(level, s.SortBy!.node as AstNode)) : [];
	const whole: CallForm = sorted.length === 0 ? form : { ...form, arguments: [...form.arguments, ...sorted] };
	const name = names[names.length - 1]!;
	const resolved = resolveFunction(context, whole);
	if (resolved.kind === 'cast') throw context.error('42883', `function ${name} does not exist`, position);
	const { definition } = resolved;
	if (definition.kind !== 'aggregate') {
		if (node.agg_star) throw context.error('42809', `${name}(*) specified, but ${name} is not an aggregate function`, position);
		if (node.agg_distinct) throw context.error('42809', `DISTINCT specified, but ${name} is not an aggregate function`, position);
		if (node.agg_within_group) throw context.error('42809', `WITHIN GROUP specified, but ${name} is not an aggregate function`, position);
		return resolved;
	}
	if (definition.aggregateKind === 'n') {
		if (node.agg_within_group) throw context.error('42809', `${name} is not an ordered-set aggregate, so it cannot have WITHIN GROUP`, position);
		if (form.arguments.length === 0 && !node.agg_star)
			throw context.error('42809', `${name}(*) must be used to call a parameterless aggregate function`, position);
	} else if (!node.agg_within_group) throw context.error('42809', `WITHIN GROUP is required for ordered-set aggregate ${name}`, position);
	else if (node.agg_distinct) throw context.error('42809', 'cannot use DISTINCT with WITHIN GROUP', position);
	return resolved;
}

function analyzeAggregateParts(level: QueryLevel, node: FuncCall, resolved: ResolvedCall, names: readonly string[], position: number): AggregateParts {
	const { context } = level;
	const definition = resolved.definition as AggregateFunction;
	const sortNodes = ((node.agg_order ?? []) as AstNode[]).map((n) => n.SortBy!);
	const filter = node.agg_filter === undefined ? null : level.within('filter', () => analyzeBoolean(level, node.agg_filter as AstNode, 'FILTER'));
	const shared = { function: definition, returnType: resolved.returnType, distinct: node.agg_distinct ?? false, filter };
	if (definition.aggregateKind !== 'n') {
		const directCount = resolved.arguments.length - sortNodes.length;
		const { direct, sorted } = splitOrderedSet(context, definition, resolved.arguments, directCount, names, position);
		const withinGroup = sortNodes.map((s, i) => sortKey(context, s, sorted[i]!));
		return { ...shared, arguments: direct, orderBy: [], withinGroup };
	}
	const orderBy = sortNodes.map((s) => sortKey(context, s, orderExpression(level, s.node as AstNode, resolved)));
	if (shared.distinct) checkDistinctOrder(context, resolved.arguments, orderBy);
	return { ...shared, arguments: resolved.arguments, orderBy, withinGroup: [] };
}

/** An ORDER BY item that repeats an argument is that argument, converted as it was. */
function orderExpression(level: QueryLevel, node: AstNode, resolved: ResolvedCall): Expression {
	const expression = analyzeExpression(level, node);
	return (
		resolved.arguments.find(
			(a, i) => equalExpressions(a, expression) || (resolved.given[i] !== undefined && equalExpressions(resolved.given[i], expression)),
		) ?? expression
	);
}

function splitOrderedSet(
	context: StatementContext,
	definition: AggregateFunction,
	args: readonly Expression[],
	directCount: number,
	names: readonly string[],
	position: number,
): { direct: readonly Expression[]; sorted: readonly Expression[] } {
	const direct = args.slice(0, directCount);
	const sorted = args.slice(directCount);
	const wanted = definition.aggregateKind === 'h' ? sorted.length : (definition.directCount ?? directCount);
	if (direct.length !== wanted) {
		throw context.error('42883', `function ${names.join('.')}(${args.map((a) => context.typeName(a.type)).join(', ')}) does not exist`, position, {
			hint: `To use the hypothetical-set aggregate ${names[names.length - 1]}, the number of hypothetical direct arguments (here ${direct.length}) must match the number of ordering columns (here ${sorted.length}).`,
		});
	}
	if (definition.aggregateKind !== 'h') return { direct, sorted };
	const types = direct.map((d, i) => commonType(context, [sorted[i]!, d], 'WITHIN GROUP'));
	return {
		direct: direct.map((d, i) => coerceToCommon(context, d, types[i]!, 'WITHIN GROUP')),
		sorted: sorted.map((s, i) => coerceToCommon(context, s, types[i]!, 'WITHIN GROUP')),
	};
}

function checkDistinctOrder(context: StatementContext, args: readonly Expression[], orderBy: readonly SortKey[]): void {
	for (const key of orderBy) {
		if (args.some((a) => equalExpressions(a, key.expression))) continue;
		throw context.error('42P10', 'in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list', key.expression.position ?? 0);
	}
}

/** All expressions of a call. */
export function partsOf(parts: AggregateParts): Expression[] {
	return [
		...parts.arguments,
		...(parts.filter === null ? [] : [parts.filter]),
		...parts.orderBy.map((k) => k.expression),
		...parts.withinGroup.map((k) => k.expression),
	];
}

/** The innermost level whose FROM (or aggregates) the call reads; the level it is written in when it reads none. */
function owningLevel(level: QueryLevel, parts: AggregateParts): QueryLevel {
	const read = new Set<number>();
	for (const expression of partsOf(parts)) columnsRead(expression, read);
	for (let at: QueryLevel | null = level; at !== null; at = at.parent) {
		for (const id of read) if (at.fromColumns.has(id) || at.aggregates.some((a) => a.column.id === id)) return at;
	}
	return level;
}

function refuseNested(owner: QueryLevel, parts: AggregateParts, position: number): void {
	const read = new Set<number>();
	for (const expression of partsOf(parts)) columnsRead(expression, read);
	const inner = owner.aggregates.find((a) => read.has(a.column.id));
	if (inner !== undefined) throw owner.context.error('42803', 'aggregate function calls cannot be nested', positionOf(parts, inner.column.id) || position);
	if (owner.windows.some((w) => read.has(w.call.column.id)))
		throw owner.context.error('42803', 'aggregate function calls cannot contain window function calls', position);
}

/** Where a column is referred to in a call. */
function positionOf(parts: AggregateParts, id: number): number {
	let found = 0;
	const visit = (e: Expression): void => {
		if (e.kind === 'column' && e.id === id && found === 0) found = e.position ?? 0;
		visitChildren(e, visit, () => {});
	};
	for (const expression of partsOf(parts)) visit(expression);
	return found;
}

function addAggregate(owner: QueryLevel, parts: AggregateParts, position: number): Expression {
	const { context } = owner;
	const same = owner.aggregates.find((a) => isSameCall(a, parts));
	const call = same ?? newAggregateCall(context, parts, position);
	if (same === undefined) owner.aggregates.push(call);
	return { kind: 'column', id: call.column.id, type: call.column.type, position };
}

export function newAggregateCall(context: StatementContext, parts: AggregateParts, position: number): AggregateCall {
	return {
		column: context.newColumn(parts.function.name, parts.returnType),
		function: parts.function,
		arguments: parts.arguments,
		distinct: parts.distinct,
		equalities: parts.distinct ? parts.arguments.map((a) => equalityOf(context, a.type, position)) : [],
		filter: parts.filter,
		orderBy: parts.orderBy,
		withinGroup: parts.withinGroup,
	};
}

function isSameCall(a: AggregateCall, b: AggregateParts): boolean {
	if (a.function !== b.function || a.distinct !== b.distinct || a.function.volatility === 'volatile') return false;
	if ((a.filter === null) !== (b.filter === null)) return false;
	if (a.filter !== null && b.filter !== null && !equalExpressions(a.filter, b.filter)) return false;
	return equalLists(a.arguments, b.arguments) && equalSortKeys(a.orderBy, b.orderBy) && equalSortKeys(a.withinGroup, b.withinGroup);
}
