/**
 * A walk of any length as the front ends of graph languages write it: a recursion whose rows are the vertex reached, the edges taken and
 * their count, and which goes one edge of a given type further each round as long as no edge is taken twice.
 */
import { EDGE_HEAD, EDGE_ID, EDGE_PROPERTIES, EDGE_TAIL, EDGE_TYPE } from '../../model/graph/contracts.ts';
import type { ReachStep } from '../../storage/adjacency/reach-walk.ts';
import type { ShortestStep } from '../../storage/adjacency/shortest-walk.ts';
import { builtinTypes, INT8 } from '../../value/builtin-types.ts';
import { columnOf } from '../algebra/build.ts';
import type { Column, ColumnId, Expression } from '../algebra/expression.ts';
import type { Plan } from '../algebra/plan.ts';
import { conjuncts } from '../algebra/traverse.ts';
import { EDGE } from '../functions/cypher/graph-functions.ts';
import { appendEdge, containsEdge, nextDepth } from '../functions/cypher/pattern-functions.ts';
import { sqlFunctions } from '../functions/sql-functions.ts';
import type { OptimizerContext } from './context.ts';
import { matchBothWays } from './match-both-ways.ts';
import { boundEdges } from './use-adjacency.ts';

type Access = Extract<Plan, { kind: 'access' }>;
type Recursion = Extract<Plan, { kind: 'recursion' }>;

export interface MatchedWalk {
	readonly step: ReachStep;
	readonly from: Expression;
	readonly table: Access['table'];
	/** The column with the vertex reached. */
	readonly end: Column;
	/** The same vertices, where that can be each once: a recursion that visits every vertex once. */
	readonly once: Plan;
}

/** null for anything else, and for walks of a minimum above 1. */
export function matchWalk(plan: Plan, context: OptimizerContext): MatchedWalk | null {
	const predicates = plan.kind === 'filter' ? conjuncts(plan.predicate) : [];
	const recursion = plan.kind === 'filter' ? plan.input : plan;
	if (recursion.kind !== 'recursion' || recursion.distinct || recursion.visit !== undefined || recursion.columns.length !== 3) return null;
	const [node, , depth] = recursion.columns as readonly [Column, Column, Column];
	const minimum = minimumOf(predicates, depth.id);
	const from = startOf(recursion.base);
	if (minimum === null || from === null) return null;
	const either = eitherParts(recursion, context);
	if (either !== null) {
		const step = { type: either.type, isOutgoing: true, isEither: true, minimum, maximum: either.maximum, labels: [], isApart: false };
		// Visiting every vertex once would come back to the first over the edge that led away from it.
		return { step, from, table: either.table, end: node, once: plan };
	}
	const parts = stepParts(recursion);
	if (parts === null) return null;
	const { access, maximum, type, isOutgoing } = parts;
	const step = { type, isOutgoing, isEither: false, minimum, maximum, labels: [], isApart: false };
	const once = visitingOnce(recursion, minimum, from, parts);
	return { step, from, table: access.table, end: node, once: plan.kind === 'filter' ? { ...plan, input: once } : once };
}

/** 0 without a predicate, 1 for `NOT (depth < 1)`; null for anything else. */
function minimumOf(predicates: readonly Expression[], depth: ColumnId): number | null {
	if (predicates.length === 0) return 0;
	const [predicate] = predicates;
	if (predicates.length > 1 || predicate?.kind !== 'not') return null;
	const limit = lessThan(predicate.operand, depth);
	return limit === 1 ? 1 : null;
}

/** n of `column < n`; null for anything else. */
function lessThan(expression: Expression, column: ColumnId): number | null {
	if (expression.kind !== 'call' || expression.function.comparison?.operator !== '<') return null;
	const [left, right] = expression.arguments;
	if (left?.kind !== 'column' || left.id !== column || right?.kind !== 'constant') return null;
	return typeof right.value === 'number' ? right.value : null;
}

/** The vertex at which it begins: one row of (vertex, no edges, 0). */
function startOf(base: Plan): Expression | null {
	if (base.kind !== 'project' || base.items.length !== 3 || base.input.kind !== 'values' || base.input.rows.length !== 1) return null;
	const [node, edges, depth] = base.items.map((i) => i.expression) as [Expression, Expression, Expression];
	const isEmpty = edges.kind === 'constant' && Array.isArray(edges.value) && edges.value.length === 0;
	return isEmpty && depth.kind === 'constant' && depth.value === 0 ? node : null;
}

interface StepParts {
	readonly project: Extract<Plan, { kind: 'project' }>;
	readonly apply: Extract<Plan, { kind: 'apply' }>;
	readonly access: Access;
	readonly type: string;
	readonly isOutgoing: boolean;
	readonly maximum: number;
	readonly to: Column;
}

function stepParts({ step: project, name }: Recursion): StepParts | null {
	if (project.kind !== 'project' || project.items.length !== 3 || project.input.kind !== 'apply') return null;
	const apply = project.input;
	const { left, right } = apply;
	const working = left.kind === 'filter' ? left.input : left;
	if (apply.type !== 'inner' || apply.on !== null || working.kind !== 'working-scan' || working.name !== name) return null;
	const [at, taken, depth] = workingColumns(project, working.columns);
	const maximum = left.kind === 'filter' ? (depth === undefined ? null : lessThan(left.predicate, depth)) : Number.POSITIVE_INFINITY;
	if (right.kind !== 'filter' || right.input.kind !== 'access' || maximum === null) return null;
	if (!conjuncts(right.predicate).every((p) => isUntaken(p, taken))) return null;
	const access = right.input;
	if (access.adjacency?.kind !== 'outgoing' && access.adjacency?.kind !== 'incoming') return null;
	const isOutgoing = access.adjacency.kind === 'outgoing';
	const [from, type] = access.bounds[0]!.equal as readonly [Expression, Expression];
	if (from.kind !== 'column' || from.id !== at || type.kind !== 'constant' || typeof type.value !== 'string') return null;
	const to = access.scan.find((s) => s.number === (isOutgoing ? EDGE_HEAD : EDGE_TAIL))?.column;
	const [node] = project.items.map((i) => i.expression);
	if (to === undefined || node?.kind !== 'column' || node.id !== to.id) return null;
	return { project, apply, access, type: type.value, isOutgoing, maximum, to };
}

/** As `stepParts`, for edges in either direction. */
function eitherParts(
	{ step: project, name }: Recursion,
	context: OptimizerContext,
): { readonly type: string; readonly maximum: number; readonly table: Access['table'] } | null {
	if (project.kind !== 'project' || project.items.length !== 3 || project.input.kind !== 'apply') return null;
	const { left, right, type: joinType, on } = project.input;
	const working = left.kind === 'filter' ? left.input : left;
	if (joinType !== 'inner' || on !== null || working.kind !== 'working-scan' || working.name !== name) return null;
	const [at, taken, depth] = workingColumns(project, working.columns);
	const maximum = left.kind === 'filter' ? (depth === undefined ? null : lessThan(left.predicate, depth)) : Number.POSITIVE_INFINITY;
	const both = matchBothWays(right, context);
	const [node] = project.items.map((i) => i.expression);
	if (maximum === null || both === null || both.from.kind !== 'column' || both.from.id !== at) return null;
	if (node?.kind !== 'column' || node.id !== both.end) return null;
	const isOwn = (side: number, p: Expression): boolean => {
		const id = isUntaken(p, taken) && p.kind === 'not' && p.operand.kind === 'call' ? p.operand.arguments[1] : undefined;
		return id?.kind === 'column' && both.attributeOnSide(side, id.id) === EDGE_ID;
	};
	if (!both.predicates.every((list, side) => list.length === 1 && isOwn(side, list[0]!))) return null;
	return { type: both.type, maximum, table: both.outgoing.table };
}

/** Ids of the vertex, the edges and the count in the rows of the last round, by what the step makes of them. */
function workingColumns(
	project: StepParts['project'],
	columns: readonly Column[],
): readonly [ColumnId | undefined, ColumnId | undefined, ColumnId | undefined] {
	const [, edges, depth] = project.items.map((i) => i.expression);
	const argument = (e: Expression | undefined, of: unknown): ColumnId | undefined => {
		const [first] = e?.kind === 'call' && e.function === of ? e.arguments : [];
		return first?.kind === 'column' ? first.id : undefined;
	};
	const taken = argument(edges, appendEdge);
	const count = argument(depth, nextDepth);
	return [columns.find((c) => c.id !== taken && c.id !== count)?.id, taken, count];
}

/** `NOT contains_edge(edges, …)`. */
function isUntaken(predicate: Expression, edges: ColumnId | undefined): boolean {
	if (predicate.kind !== 'not' || predicate.operand.kind !== 'call' || predicate.operand.function !== containsEdge) return false;
	const [list] = predicate.operand.arguments;
	return list?.kind === 'column' && list.id === edges;
}

/**
 * The recursion with every vertex visited once. Where the start itself counts only if a walk comes back to it (a minimum of 1), it begins
 * with the first edges instead of the start.
 */
function visitingOnce(recursion: Recursion, minimum: number, from: Expression, { project, apply, access, to }: StepParts): Plan {
	const none = (item: { readonly column: Column }): Expression => ({ kind: 'constant', value: [], type: item.column.type });
	const right: Plan = access;
	const step: Plan = {
		...project,
		input: { ...apply, right, columns: [...apply.left.columns, ...right.columns] },
		items: project.items.map((item, i) => (i === 1 ? { ...item, expression: none(item) } : item)),
	};
	const visit = { column: recursion.columns[0]!.id, equality: ID_EQUALITY, among: 'rows' } as const;
	if (minimum === 0 || recursion.base.kind !== 'project') return { ...recursion, step, visit };
	const bounds = access.bounds[0]!;
	const first: Access = { ...access, bounds: [{ ...bounds, equal: [from, bounds.equal[1]!] }] };
	const values = [columnOf(to), null, constantOne(recursion.columns[2]!)];
	const items = recursion.base.items.map((item, i) => ({ ...item, expression: values[i] ?? none(item) }));
	return { ...recursion, base: { ...recursion.base, input: first, items }, step, visit };
}

function constantOne(column: Column): Expression {
	return { kind: 'constant', value: 1, type: column.type };
}

export interface MatchedShortest {
	readonly table: Access['table'];
	readonly from: Expression;
	readonly to: Expression;
	readonly step: ShortestStep;
	readonly asValues: boolean;
	readonly node: ColumnId;
	readonly edges: ColumnId;
}

/** A breadth-first recursion of which one walk to a given vertex is asked; null for anything else. */
export function matchShortest(plan: Plan, context: OptimizerContext): MatchedShortest | null {
	if (plan.kind !== 'filter' || plan.input.kind !== 'recursion') return null;
	const recursion = plan.input;
	if (recursion.distinct || recursion.visit?.among !== 'rows' || recursion.columns.length !== 3) return null;
	const [node, edges, depth] = recursion.columns as readonly [Column, Column, Column];
	const goals: Expression[] = [];
	const others: Expression[] = [];
	for (const predicate of conjuncts(plan.predicate)) {
		const goal = equalTo(predicate, node.id);
		if (goal !== null) goals.push(goal);
		else others.push(predicate);
	}
	const from = startOf(recursion.base);
	const [to] = goals;
	if (goals.length !== 1 || to === undefined || from === null || minimumOf(others, depth.id) !== 1) return null;
	const parts = searchParts(recursion, context);
	if (parts === null) return null;
	const { type, isOutgoing, isEither, maximum, asValues, access } = parts;
	return { table: access.table, from, to, step: { type, isOutgoing, isEither, maximum }, asValues, node: node.id, edges: edges.id };
}

/** The other side of `column = value`. */
function equalTo(predicate: Expression, column: ColumnId): Expression | null {
	if (predicate.kind !== 'call' || predicate.function.comparison?.operator !== '=') return null;
	const [left, right] = predicate.arguments as readonly [Expression, Expression];
	if (left.kind === 'column' && left.id === column) return isValue(right) ? right : null;
	return right.kind === 'column' && right.id === column && isValue(left) ? left : null;
}

function isValue(expression: Expression): boolean {
	return expression.kind === 'column' || expression.kind === 'constant' || expression.kind === 'parameter';
}

interface SearchParts {
	readonly access: Access;
	readonly type: string;
	readonly isOutgoing: boolean;
	readonly isEither: boolean;
	readonly maximum: number;
	readonly asValues: boolean;
}

function searchParts({ step: project, name }: Recursion, context: OptimizerContext): SearchParts | null {
	if (project.kind !== 'project' || project.items.length !== 3 || project.input.kind !== 'apply') return null;
	const { left, right, type: joinType, on } = project.input;
	const working = left.kind === 'filter' ? left.input : left;
	if (joinType !== 'inner' || on !== null || working.kind !== 'working-scan' || working.name !== name) return null;
	const [at, , depth] = workingColumns(project, working.columns);
	const maximum = left.kind === 'filter' ? (depth === undefined ? null : lessThan(left.predicate, depth)) : Number.POSITIVE_INFINITY;
	const edges = edgesSearched(right, context);
	if (maximum === null || edges === null || edges.from.kind !== 'column' || edges.from.id !== at) return null;
	const [node, taken] = project.items.map((i) => i.expression);
	if (node?.kind !== 'column' || node.id !== edges.end || taken?.kind !== 'call') return null;
	const item = taken.arguments[1];
	const isId = item?.kind === 'column' && edges.attributeOf(item.id) === EDGE_ID;
	const asValues =
		item?.kind === 'call' && item.function === EDGE && item.arguments.every((a, i) => a.kind === 'column' && edges.attributeOf(a.id) === EDGE_PARTS[i]);
	return isId || asValues ? { ...edges, maximum, asValues } : null;
}

/** What a value of an edge is made of. */
const EDGE_PARTS = [EDGE_ID, EDGE_TYPE, EDGE_TAIL, EDGE_HEAD, EDGE_PROPERTIES];

interface EdgesSearched {
	readonly access: Access;
	readonly from: Expression;
	readonly type: string;
	readonly isOutgoing: boolean;
	readonly isEither: boolean;
	/** The column with the vertex that an edge leads to. */
	readonly end: ColumnId;
	readonly attributeOf: (id: ColumnId) => number | undefined;
}

/** All edges of a type in one direction, or in either. */
function edgesSearched(plan: Plan, context: OptimizerContext): EdgesSearched | null {
	const both = matchBothWays(plan, context);
	if (both !== null) {
		const { outgoing: access, from, type, end, attributes } = both;
		if (both.predicates[0]!.length > 0) return null;
		return { access, from, type, isOutgoing: true, isEither: true, end, attributeOf: (id) => attributes.get(id) };
	}
	const kind = plan.kind === 'access' ? boundEdges(plan, context) : null;
	if (plan.kind !== 'access' || (kind !== 'outgoing' && kind !== 'incoming')) return null;
	const [from, type] = plan.bounds[0]!.equal as readonly [Expression, Expression];
	const end = plan.scan.find((s) => s.number === (kind === 'outgoing' ? EDGE_HEAD : EDGE_TAIL))?.column.id;
	if (end === undefined || type.kind !== 'constant' || typeof type.value !== 'string') return null;
	const attributeOf = (id: ColumnId) => plan.scan.find((s) => s.column.id === id && s.part === undefined)?.number;
	return { access: plan, from, type: type.value, isOutgoing: kind === 'outgoing', isEither: false, end, attributeOf };
}

const ID_EQUALITY = sqlFunctions.equality(INT8, builtinTypes)!;
