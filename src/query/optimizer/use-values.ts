/**
 * Marks reads of a graph's rows that its adjacency can answer with columns of values beside it, so that no row is read: properties by
 * their names, labels. The rows and their order stay the same, so a marked plan is right whether or not there are such columns.
 *
 * Condition: the table is a graph's own, and of its columns only these are read: of vertices the id, and parts (`read-parts`) of the labels
 * and properties; of edges tail, type, head, id and parts of the properties. Vertices come by their whole key, by one label given as a
 * constant, or all, in the order of their ids; edges as `use-adjacency` says, or those of one end of several types given as constants, or of all types, or all under a filter that gives their type as a
 * constant. Labels tested right above by constants become the read's own.
 */
import { EDGE_HEAD, EDGE_ID, EDGE_PROPERTIES, EDGE_TAIL, EDGE_TYPE, VERTEX_ID, VERTEX_LABELS } from '../../model/graph/contracts.ts';
import { filterBy } from '../algebra/build.ts';
import type { ColumnId, Expression } from '../algebra/expression.ts';
import type { AdjacencyUse, Plan, ScanColumn } from '../algebra/plan.ts';
import { conjuncts, mapChildren, mapPlanParts, type Rewriter, visitChildren, visitPlanParts } from '../algebra/traverse.ts';
import { LABELS_CONTAIN } from '../functions/cypher/graph-functions.ts';
import type { OptimizerContext } from './context.ts';
import { estimateRows } from './estimate.ts';
import { keyAttributes } from './match-index.ts';
import { boundEdges, expectedEdges, rowsOf } from './use-adjacency.ts';

/** Columns of which more than parts is read in the statement that is optimized. */
const wholeReads = new WeakMap<OptimizerContext, ReadonlySet<ColumnId>>();

type Access = Extract<Plan, { kind: 'access' }>;
type Read = Access | Extract<Plan, { kind: 'scan' }>;

/** A scan finds a value in a row at a share of what a look-up by key takes. */
const SCANNED_VALUE_SHARE = 0.25;
/** A scan of the vertices gains from the adjacency only what reading the vertices costs, a small part of building it. */
const SCANNED_VERTEX_SHARE = 0.01;

const EDGE_ENDS: ReadonlySet<number> = new Set([EDGE_TAIL, EDGE_TYPE, EDGE_HEAD, EDGE_ID]);

export function useValues(plan: Plan, context: OptimizerContext): Plan {
	return context.graphTable === undefined || context.without?.has('use-adjacency') ? plan : mark(plan, 1, context);
}

/** `times`: how often the plan is run in one execution. */
function mark(plan: Plan, times: number, context: OptimizerContext): Plan {
	const by: Rewriter = { plan: (p) => mark(p, times, context), expression: (e) => mapChildren(e, by) };
	if (plan.kind === 'apply') {
		const left = mark(plan.left, times, context);
		const right = mark(plan.right, times * rowsOf(plan.left, context), context);
		const on = plan.on === null ? null : mapChildren(plan.on, by);
		return left === plan.left && right === plan.right && on === plan.on ? plan : { ...plan, left, right, on };
	}
	if (plan.kind === 'filter' && isRead(plan.input)) {
		const predicates = conjuncts(plan.predicate);
		const found = withUse(plan.input, predicates, times, context);
		if (found !== null)
			return filterBy(
				found.read,
				found.rest.map((p) => mapChildren(p, by)),
			);
	}
	if (isRead(plan)) return withUse(plan, [], times, context)?.read ?? mapPlanParts(plan, by);
	return mapPlanParts(plan, by);
}

function isRead(plan: Plan): plan is Read {
	return (plan.kind === 'access' || plan.kind === 'scan') && plan.adjacency === undefined;
}

interface Marked {
	readonly read: Read;
	/** Predicates that are still to be tested. */
	readonly rest: readonly Expression[];
}

function withUse(read: Read, predicates: readonly Expression[], times: number, context: OptimizerContext): Marked | null {
	const part = context.graphTable?.(read.table)?.part;
	if (part === 'edges') return markEdges(read, predicates, times, context);
	return part === 'vertices' ? markVertices(read, predicates, times, context) : null;
}

function markEdges(read: Read, predicates: readonly Expression[], times: number, context: OptimizerContext): Marked | null {
	if (!read.scan.every(({ number, part }) => (part === undefined ? EDGE_ENDS.has(number) : number === EDGE_PROPERTIES))) return null;
	if (read.kind === 'access') {
		const kind = boundEdges(read, context);
		const several = kind === null ? severalTypes(read) : null;
		if (several !== null) {
			const rows = times * expectedEdges(read, 'several', context);
			return { read: { ...read, adjacency: { kind: 'several', labels: [], ...several, expectedRows: rows, expectedValues: rows } }, rest: predicates };
		}
		if (kind === null) return null;
		const expectedRows = times * expectedEdges(read, kind, context);
		return { read: { ...read, adjacency: { kind, labels: [], expectedRows, expectedValues: expectedRows } }, rest: predicates };
	}
	const type = predicates.map((p) => typeGiven(p, read.scan)).find((t) => t !== null);
	if (type === undefined || type === null) return null;
	const expectedRows = times * context.rowCount(read.table);
	return {
		read: { ...read, adjacency: { kind: 'edges', labels: [], type, expectedRows, expectedValues: expectedRows * SCANNED_VALUE_SHARE } },
		rest: predicates,
	};
}

/** Edges of one end, of several types given as constants, or of all. */
function severalTypes(access: Access): Pick<AdjacencyUse, 'types' | 'isOutgoing'> | null {
	const [first] = access.bounds;
	const end = first?.equal[0];
	if (end === undefined || access.reverse || (end.kind !== 'column' && end.kind !== 'parameter')) return null;
	const isPlain = access.bounds.every((b) => b.lower === null && b.upper === null && !b.equalNulls?.some((isNull) => isNull) && isSame(b.equal[0]!, end));
	const isPrimary = access.index === null || access.index.primary;
	const [bound, second] = keyAttributes(access.table, access.index);
	if (!isPlain || second !== EDGE_TYPE || bound !== (isPrimary ? EDGE_TAIL : EDGE_HEAD)) return null;
	if (access.bounds.length === 1 && first!.equal.length === 1) return { types: null, isOutgoing: isPrimary };
	const types = access.bounds.map(({ equal }) => (equal.length === 2 && equal[1]!.kind === 'constant' ? equal[1]!.value : null));
	return types.every((type) => typeof type === 'string') ? { types: types as string[], isOutgoing: isPrimary } : null;
}

function isSame(one: Expression, other: Expression): boolean {
	if (one.kind === 'column' && other.kind === 'column') return one.id === other.id;
	return one.kind === 'parameter' && other.kind === 'parameter' && one.index === other.index;
}

/** The type in `type = 'constant'`. */
function typeGiven(predicate: Expression, scan: readonly ScanColumn[]): string | null {
	if (predicate.kind !== 'call' || predicate.function.comparison?.operator !== '=' || predicate.arguments.length !== 2) return null;
	const column = scan.find((s) => s.number === EDGE_TYPE)?.column.id;
	const [left, right] = predicate.arguments as readonly [Expression, Expression];
	const isOfColumn = (e: Expression): boolean => e.kind === 'column' && e.id === column;
	const value = isOfColumn(left) ? right : isOfColumn(right) ? left : null;
	return value?.kind === 'constant' && value.type.name === 'text' && typeof value.value === 'string' ? value.value : null;
}

function markVertices(read: Read, predicates: readonly Expression[], times: number, context: OptimizerContext): Marked | null {
	if (!read.scan.every(({ number, part }) => part !== undefined || number === VERTEX_ID)) return null;
	const found = vertexRead(read);
	if (found === null) return null;
	const tested = new Map<ColumnId, string>();
	for (const { column, part } of read.scan) if (part?.function === LABELS_CONTAIN) tested.set(column.id, part.values[0] as string);
	const labels = [...found.labels];
	const rest: Expression[] = [];
	for (const predicate of predicates) {
		const label = predicate.kind === 'column' ? tested.get(predicate.id) : undefined;
		if (label === undefined) rest.push(predicate);
		else if (!labels.includes(label)) labels.push(label);
	}
	const use = { ...found, labels, ...expectedOf(read, found.kind, times, context) };
	return { read: { ...read, adjacency: use }, rest };
}

function expectedOf(read: Read, kind: AdjacencyUse['kind'], times: number, context: OptimizerContext): Pick<AdjacencyUse, 'expectedRows' | 'expectedValues'> {
	if (kind === 'vertex') return { expectedRows: times, expectedValues: times };
	const rows = times * estimateRows(read, context);
	return { expectedRows: rows * SCANNED_VERTEX_SHARE, expectedValues: rows * SCANNED_VALUE_SHARE };
}

/** Which vertices are read, where the adjacency can say; the labels are those of the bounds. */
function vertexRead(read: Read): Pick<AdjacencyUse, 'kind' | 'labels'> | null {
	if (read.kind === 'scan') return { kind: 'vertices', labels: [] };
	const bounds = read.bounds[0];
	if (read.bounds.length !== 1 || bounds === undefined || read.reverse || bounds.lower !== null || bounds.upper !== null) return null;
	if (bounds.equal.length !== 1 || bounds.equalNulls?.some((isNull) => isNull)) return null;
	if (read.index === null || read.index.primary) return { kind: 'vertex', labels: [] };
	const [column] = read.index.columns;
	const [label] = bounds.equal;
	if (read.index.predicateText !== null || column?.column !== VERTEX_LABELS || column.each !== true) return null;
	return label?.kind === 'constant' && typeof label.value === 'string' ? { kind: 'vertices', labels: [label.value] } : null;
}

/** Notes, before joins are planned, which columns are read as a whole. */
export function noteWholeReads(plan: Plan, context: OptimizerContext): void {
	if (context.graphTable === undefined || wholeReads.has(context)) return;
	const found = new Set<ColumnId>();
	const inExpression = (e: Expression): void => {
		if (e.kind === 'column') found.add(e.id);
		else if (isPart(e)) for (const argument of e.arguments.slice(1)) inExpression(argument);
		else visitChildren(e, inExpression, whole);
	};
	const inPlan = (p: Plan): void => {
		const isMatchedByPlace = p.kind === 'set-operation' || p.kind === 'recursion' || p.kind === 'with' || p.kind === 'distinct';
		visitPlanParts(p, isMatchedByPlace ? whole : inPlan, inProjection(p) ?? inExpression);
	};
	/** A projection of a plain column passes it on; who reads it counts. */
	const inProjection = (p: Plan) =>
		p.kind !== 'project' ? null : (e: Expression): void => (e.kind === 'column' && p.columns.some((c) => c.id === e.id) ? undefined : inExpression(e));
	const whole = (p: Plan): void => {
		for (const column of p.columns) found.add(column.id);
		inPlan(p);
	};
	whole(plan);
	wholeReads.set(context, found);
}

/** A call that `read-parts` makes a column of. */
function isPart(e: Expression): e is Extract<Expression, { kind: 'call' }> {
	return (
		e.kind === 'call' &&
		e.function.stored !== undefined &&
		e.function.strict &&
		e.arguments[0]?.kind === 'column' &&
		e.arguments.slice(1).every((a) => a.kind === 'constant')
	);
}

/** Whether a look-up of a vertex or of edges is one that columns of values will answer. */
export function readsValues(access: Access, context: OptimizerContext): boolean {
	const whole = wholeReads.get(context);
	const part = context.graphTable?.(access.table)?.part;
	if (whole === undefined || part === undefined || context.without?.has('use-values') || context.without?.has('use-adjacency')) return false;
	const isFree = part === 'edges' ? (n: number) => EDGE_ENDS.has(n) : (n: number) => n === VERTEX_ID;
	if (!access.scan.every(({ number, column }) => isFree(number) || (number > 0 && !whole.has(column.id)))) return false;
	return part === 'edges' ? boundEdges(access, context) !== null || severalTypes(access) !== null : vertexRead(access)?.kind === 'vertex';
}
