/**
 * Marks the accesses that a graph's adjacency can answer, and counts how much they would read, by which the executor decides whether
 * building one is worth it. The rows and their order stay the same, so a marked plan is right whether or not there is one.
 *
 * Condition, for edges: one range, forward, of the graph's own edges table, that binds exactly (tail, type), (tail, type, head) of
 * its key or (head, type) of its other index to values, and reads nothing but tail, type, head and id. For vertices: the whole key,
 * and of the columns only the id, beside labels that are tested for constants right above and read nowhere else.
 */
import { EDGE_HEAD, EDGE_ID, EDGE_TAIL, EDGE_TYPE, VERTEX_ID, VERTEX_LABELS } from '../../model/graph/contracts.ts';
import { filterBy } from '../algebra/build.ts';
import type { ColumnId, Expression } from '../algebra/expression.ts';
import type { AdjacencyUse, Plan } from '../algebra/plan.ts';
import { columnsRead, conjuncts, mapChildren, mapPlanParts, type Rewriter, visitChildren, visitPlanParts } from '../algebra/traverse.ts';
import { LABELS_CONTAIN } from '../functions/cypher/graph-functions.ts';
import type { OptimizerContext } from './context.ts';
import { estimateRows } from './estimate.ts';
import { keyAttributes } from './match-index.ts';

type Access = Extract<Plan, { kind: 'access' }>;

/** Cost of a look-up and of a row of it, beside a row met in a scan. */
export const ADJACENT_LOOKUP_COST = 0.2;
export const ADJACENT_ROW_COST = 0.05;

const EDGE_ATTRIBUTES: ReadonlySet<number> = new Set([EDGE_TAIL, EDGE_TYPE, EDGE_HEAD, EDGE_ID]);

/** How often each column is read in a whole statement. */
type Reads = ReadonlyMap<ColumnId, number>;

export function useAdjacency(plan: Plan, context: OptimizerContext): Plan {
	return context.graphTable === undefined ? plan : mark(plan, 1, context, readsOf(plan));
}

function readsOf(plan: Plan): Reads {
	const reads = new Map<ColumnId, number>();
	const add = (id: ColumnId): void => {
		reads.set(id, (reads.get(id) ?? 0) + 1);
	};
	const inExpression = (e: Expression): void => {
		if (e.kind === 'column') add(e.id);
		else visitChildren(e, inExpression, whole);
	};
	const inPlan = (p: Plan): void => {
		const isMatchedByPlace =
			p.kind === 'set-operation' || p.kind === 'recursion' || p.kind === 'with' || p.kind === 'distinct' || p.kind === 'update' || p.kind === 'delete';
		visitPlanParts(p, isMatchedByPlace ? whole : inPlan, inExpression);
	};
	/** Each of its columns is read as such. */
	const whole = (p: Plan): void => {
		for (const column of p.columns) add(column.id);
		inPlan(p);
	};
	whole(plan);
	return reads;
}

/** `times`: how often the plan is run in one execution. */
function mark(plan: Plan, times: number, context: OptimizerContext, reads: Reads): Plan {
	const by: Rewriter = { plan: (p) => mark(p, times, context, reads), expression: (e) => mapChildren(e, by) };
	if (plan.kind === 'apply') {
		const left = mark(plan.left, times, context, reads);
		const right = mark(plan.right, times * rowsOf(plan.left, context), context, reads);
		const on = plan.on === null ? null : mapChildren(plan.on, by);
		return left === plan.left && right === plan.right && on === plan.on ? plan : { ...plan, left, right, on };
	}
	if (plan.kind === 'filter' && plan.input.kind === 'access') {
		const found = vertexUse(plan.input, conjuncts(plan.predicate), context);
		if (found !== null && reads.get(found.labelColumn) === found.labels.length)
			return filterBy(
				vertexAccess(plan.input, found.labels, times),
				found.rest.map((p) => mapChildren(p, by)),
			);
	}
	if (plan.kind === 'access') {
		const kind = edgeUse(plan, context);
		if (kind !== null) return { ...plan, adjacency: { kind, labels: [], expectedRows: times * expectedEdges(plan, kind, context) } };
	}
	return mapPlanParts(plan, by);
}

/** Rows of the left side of an apply, in which edges count by the average. */
export function rowsOf(plan: Plan, context: OptimizerContext): number {
	if (plan.kind === 'apply' && (plan.type === 'inner' || plan.type === 'left')) return rowsOf(plan.left, context) * rowsOf(plan.right, context);
	if (plan.kind === 'filter' && plan.input.kind === 'access') return rowsOf(plan.input, context);
	if (plan.kind === 'filter') return rowsOf(plan.input, context);
	// A search of any length comes to most vertices.
	if (plan.kind === 'reach') return Math.min(plan.expectedRows, context.rowCount(plan.table) / Math.max(1, context.graphTable?.(plan.table)?.degree ?? 1));
	const kind = plan.kind === 'access' ? edgeUse(plan, context) : null;
	return plan.kind === 'access' && kind !== null ? expectedEdges(plan, kind, context) : estimateRows(plan, context);
}

/**
 * How many edges a step of a walk is thought to read, where the question is whether an adjacency is worth building. Vertices that walks
 * come to have more edges than others: they are those that many edges lead to.
 */
export function walkedDegree(degree: number): number {
	return degree * 8;
}

export function expectedEdges(plan: Access, kind: AdjacencyUse['kind'], context: OptimizerContext): number {
	const rows = estimateRows(plan, context);
	return kind === 'pair' ? rows : Math.max(rows, walkedDegree(context.graphTable?.(plan.table)?.degree ?? 0));
}

function vertexAccess(access: Access, labels: readonly string[], times: number): Plan {
	const scan = access.scan.filter((s) => s.number === VERTEX_ID);
	return { ...access, scan, columns: scan.map((s) => s.column), adjacency: { kind: 'vertex', labels, expectedRows: times } };
}

/** How an access of edges is answered; null: not by the adjacency. */
export function edgeUse(access: Access, context: OptimizerContext): AdjacencyUse['kind'] | null {
	if (context.without?.has('use-adjacency') || !access.scan.every((s) => EDGE_ATTRIBUTES.has(s.number))) return null;
	const kind = boundEdges(access, context);
	return kind === 'incoming' && !access.covering ? null : kind;
}

/** Which edges of a graph an access gives, whatever it reads of them. */
export function boundEdges(access: Access, context: OptimizerContext): 'outgoing' | 'incoming' | 'pair' | null {
	const bounds = access.bounds[0];
	if (access.bounds.length !== 1 || bounds === undefined || access.reverse) return null;
	if (bounds.lower !== null || bounds.upper !== null || bounds.equalNulls?.some((isNull) => isNull)) return null;
	if (context.graphTable?.(access.table)?.part !== 'edges') return null;
	const attributes = keyAttributes(access.table, access.index).slice(0, bounds.equal.length).join();
	if (access.index !== null && !access.index.primary) return attributes === `${EDGE_HEAD},${EDGE_TYPE}` ? 'incoming' : null;
	if (attributes === `${EDGE_TAIL},${EDGE_TYPE}`) return 'outgoing';
	return attributes === `${EDGE_TAIL},${EDGE_TYPE},${EDGE_HEAD}` ? 'pair' : null;
}

/** The labels that predicates test on a vertex read by its key, and the other predicates; null when the adjacency cannot say. */
export function vertexUse(
	access: Access,
	predicates: readonly Expression[],
	context: OptimizerContext,
): { readonly labels: readonly string[]; readonly rest: readonly Expression[]; readonly labelColumn: ColumnId } | null {
	const bounds = access.bounds[0];
	if (access.bounds.length !== 1 || bounds === undefined || access.reverse || context.without?.has('use-adjacency')) return null;
	if (context.graphTable?.(access.table)?.part !== 'vertices' || (access.index !== null && !access.index.primary)) return null;
	if (bounds.equal.length !== 1 || bounds.equalNulls?.some((isNull) => isNull)) return null;
	const labelColumn = access.scan.find((s) => s.number === VERTEX_LABELS)?.column.id;
	if (labelColumn === undefined || !access.scan.every((s) => s.number === VERTEX_ID || s.number === VERTEX_LABELS)) return null;
	const labels: string[] = [];
	const rest: Expression[] = [];
	for (const predicate of predicates) {
		const label = labelTested(predicate, labelColumn);
		if (label !== null) labels.push(label);
		else rest.push(predicate);
	}
	return labels.length > 0 && !rest.some((p) => columnsRead(p).has(labelColumn)) ? { labels, rest, labelColumn } : null;
}

function labelTested(predicate: Expression, labelColumn: number): string | null {
	if (predicate.kind !== 'call' || predicate.function !== LABELS_CONTAIN || predicate.arguments.length !== 2) return null;
	const [column, label] = predicate.arguments;
	if (column?.kind !== 'column' || column.id !== labelColumn) return null;
	return label?.kind === 'constant' && typeof label.value === 'string' ? label.value : null;
}
