/**
 * Replaces walks over a graph's edges by a breadth-first search where only the vertices that they lead to count, and not how often.
 *
 * Condition: (1) The rows go, through projections and filters alone, into a DISTINCT over all columns or an aggregation all of whose
 * aggregates are DISTINCT, min or max, so that no duplicate is noticed. (2) A run of accesses that the adjacency answers leads from
 * vertex to vertex: edges of one given type in one direction (walks of any length in either, one of a minimum of 1 only as the first), vertices tested for labels, and walks of a minimum of 0 or 1. Nothing
 * but the last vertex of the run is read outside of it. (3) Where an edge must not be one of others in the pattern, it is only
 * that of the step right before, of the same type and direction: the two can be one edge only if that is a loop, and types that have
 * loops are refused when the walk is opened. A walk of any length needs no such test: if some walk of at most n edges leads to a
 * vertex, the shortest does, and it takes no edge twice; but for the vertex where a walk in either direction begins. (4) The run has two steps at least, or a walk of any length.
 *
 * What was replaced stays as the plan for where the adjacency cannot serve; a walk of any length becomes there a recursion that
 * visits every vertex once, by the same argument.
 */
import { EDGE_HEAD, EDGE_ID, EDGE_TAIL } from '../../model/graph/contracts.ts';
import type { ReachStep } from '../../storage/adjacency/reach-walk.ts';
import { filterBy, joinColumns } from '../algebra/build.ts';
import type { Column, ColumnId, Expression } from '../algebra/expression.ts';
import type { Plan } from '../algebra/plan.ts';
import { columnsRead, conjuncts, isVolatile, mapChildren, mapPlanParts, type Rewriter, visitPlanParts } from '../algebra/traverse.ts';
import type { OptimizerContext } from './context.ts';
import { estimateRows } from './estimate.ts';
import { matchWalk } from './match-walk.ts';
import { walkedDegree } from './use-adjacency.ts';

type Access = Extract<Plan, { kind: 'access' }>;

/** A search for each of more rows than this costs more than it saves, unless it is of any length. */
const ROWS_MAX = 200;

export function useReach(plan: Plan, context: OptimizerContext): Plan {
	if (context.graphTable === undefined) return plan;
	const by: Rewriter = { plan: (p) => useReach(p, context), expression: (e) => mapChildren(e, by) };
	if (plan.kind === 'aggregate' && plan.aggregates.every(ignoresDuplicates)) {
		const found = new Reaches(context, by).under(plan.input, readBy(plan));
		return found === null ? mapPlanParts(plan, by) : { ...plan, input: found };
	}
	if (plan.kind === 'distinct' && isOverAll(plan)) {
		const found = new Reaches(context, by).under(plan.input, new Set(plan.columns.map((c) => c.id)));
		return found === null ? mapPlanParts(plan, by) : { ...plan, input: found };
	}
	return mapPlanParts(plan, by);
}

function ignoresDuplicates({ distinct, function: { name, aggregateKind } }: Extract<Plan, { kind: 'aggregate' }>['aggregates'][number]): boolean {
	return aggregateKind === 'n' && (distinct || name === 'min' || name === 'max');
}

/** Every column decides whether a row is the same as another. */
function isOverAll(plan: Extract<Plan, { kind: 'distinct' }>): boolean {
	return plan.on.length === 0 || plan.columns.every((c) => plan.on.some(({ expression }) => expression.kind === 'column' && expression.id === c.id));
}

/** The columns that the operator's own expressions read. */
function readBy(plan: Plan): Set<ColumnId> {
	const read = new Set<ColumnId>();
	visitPlanParts(
		plan,
		() => {},
		(e) => columnsRead(e, read),
	);
	return read;
}

/** A link of a chain of applies: a plan that is run for each row so far, or a predicate over the rows so far. */
type Link = { readonly kind: 'right'; readonly plan: Plan } | { readonly kind: 'filter'; readonly predicate: Expression };

/** A run of links that can be replaced. */
interface Run {
	readonly from: Expression;
	readonly steps: readonly ReachStep[];
	readonly table: Access['table'];
	/** Links behind the last of the run. */
	readonly end: number;
	/** Columns that all hold the last vertex. */
	readonly ends: readonly Column[];
	readonly rights: readonly Plan[];
	readonly isRanged: boolean;
}

class Reaches {
	readonly #context: OptimizerContext;
	readonly #by: Rewriter;

	constructor(context: OptimizerContext, by: Rewriter) {
		this.#context = context;
		this.#by = by;
	}

	/** The input of an operator that notices no duplicates, of which `wanted` is read; null when nothing changes. */
	under(plan: Plan, wanted: ReadonlySet<ColumnId>): Plan | null {
		if (plan.kind === 'project' && !plan.items.some((i) => isVolatile(i.expression))) {
			const found = this.under(plan.input, readBy(plan));
			return found === null ? null : { ...plan, input: found };
		}
		return this.#chain(plan, wanted);
	}

	#chain(plan: Plan, wanted: ReadonlySet<ColumnId>): Plan | null {
		const links: Link[] = [];
		flatten(plan, links);
		if (links.some((link) => link.kind === 'filter' && isVolatile(link.predicate))) return null;
		let current: Plan | null = null;
		let isChanged = false;
		for (let at = 0; at < links.length; ) {
			const rows: number = current === null ? 1 : estimateRows(current, this.#context);
			const run = this.#bestRun(links, at, wanted, rows);
			const link = links[at]!;
			if (run !== null) {
				current = applied(current, this.#reach(run, rows));
				isChanged = true;
				at = run.end;
			} else {
				current = link.kind === 'filter' ? filterBy(current!, [link.predicate]) : applied(current, mapPlanParts(link.plan, this.#by));
				at++;
			}
		}
		return isChanged ? current : null;
	}

	#bestRun(links: readonly Link[], at: number, wanted: ReadonlySet<ColumnId>, rows: number): Run | null {
		let best: Run | null = null;
		for (const run of runsFrom(links, at, this.#context)) {
			if (run.steps.length < 2 && !run.isRanged) continue;
			if (rows > ROWS_MAX && !run.isRanged) continue;
			if (!isReadOutside(links, at, run, wanted)) best = run;
		}
		return best;
	}

	#reach(run: Run, rows: number): Plan {
		const table = this.#context.graphTable?.(run.table);
		const edges = this.#context.rowCount(run.table);
		const walked = run.isRanged ? edges : Math.min(edges, walkedDegree(table?.degree ?? 1) ** run.steps.length);
		let otherwise = run.rights[0]!;
		for (const right of run.rights.slice(1)) otherwise = applied(otherwise, right);
		return {
			kind: 'reach',
			table: run.table,
			from: run.from,
			steps: run.steps,
			expectedRows: walked * rows,
			otherwise,
			columns: run.ends,
		};
	}
}

/** `right` for each row of `left`; by itself where it is the first. */
function applied(left: Plan | null, right: Plan): Plan {
	return left === null ? right : { kind: 'apply', type: 'inner', left, right, on: null, columns: joinColumns('inner', left, right) };
}

/** Fills in the links, first to last. */
function flatten(plan: Plan, links: Link[]): void {
	let current = plan;
	for (;;) {
		if (current.kind === 'apply' && current.type === 'inner' && current.on === null) {
			links.unshift({ kind: 'right', plan: current.right });
			current = current.left;
		} else if (current.kind === 'filter' && current.input.kind === 'apply') {
			links.unshift({ kind: 'filter', predicate: current.predicate });
			current = current.input;
		} else {
			links.unshift({ kind: 'right', plan: current });
			return;
		}
	}
}

/** Whether anything outside of the run reads a column of it that is not its end. */
function isReadOutside(links: readonly Link[], at: number, run: Run, wanted: ReadonlySet<ColumnId>): boolean {
	const ends = new Set(run.ends.map((c) => c.id));
	const inside = new Set(run.rights.flatMap((right) => right.columns.map((c) => c.id)).filter((id) => !ends.has(id)));
	const reads = (id: ColumnId): boolean => inside.has(id);
	if ([...wanted].some(reads)) return true;
	const outside = [...links.slice(0, at), ...links.slice(run.end)];
	return outside.some((link) => [...(link.kind === 'filter' ? columnsRead(link.predicate) : readWithin(link.plan))].some(reads));
}

/** All columns that a plan's expressions read. */
function readWithin(plan: Plan): Set<ColumnId> {
	const read = new Set<ColumnId>();
	const visit = (p: Plan): void =>
		visitPlanParts(p, visit, (e) => {
			columnsRead(e, read);
		});
	visit(plan);
	return read;
}

/** The run of links from one on, at each length at which it could end. */
function* runsFrom(links: readonly Link[], at: number, context: OptimizerContext): Generator<Run> {
	const steps: ReachStep[] = [];
	const rights: Plan[] = [];
	let from: Expression | null = null;
	let table: Access['table'] | null = null;
	let ends: Column[] = [];
	let edgeId: ColumnId | null = null;
	for (let end = at; end < links.length; end++) {
		const link = links[end]!;
		if (link.kind === 'filter') return;
		const labels = steps.length === 0 ? null : labelsAt(link.plan, ends);
		const edge: MatchedStep | null = labels === null ? stepOf(link.plan, ends, edgeId, steps.at(-1), context) : null;
		if (labels !== null) {
			const last = steps.pop()!;
			steps.push({ ...last, labels: [...last.labels, ...labels.names] });
			if (labels.column !== null) ends = [...ends, labels.column];
			rights.push(link.plan);
		} else if (edge !== null) {
			if (table !== null && edge.table.id !== table.id) return;
			table = edge.table;
			from ??= edge.from;
			steps.push(edge.step);
			rights.push(edge.otherwise);
			ends = [edge.end];
			edgeId = edge.edgeId;
		} else return;
		const isRanged = steps.some((s) => s.minimum !== 1 || s.maximum !== 1);
		yield { from: from!, steps: [...steps], table: table!, end: end + 1, ends, rights: [...rights], isRanged };
	}
}

/** A vertex that is tested for labels: the one where the run has come to. */
function labelsAt(plan: Plan, ends: readonly Column[]): { readonly names: readonly string[]; readonly column: Column | null } | null {
	if (plan.kind !== 'access' || plan.adjacency?.kind !== 'vertex') return null;
	const id = plan.bounds[0]!.equal[0]!;
	if (id.kind !== 'column' || !ends.some((c) => c.id === id.id)) return null;
	return { names: plan.adjacency.labels, column: plan.scan[0]?.column ?? null };
}

interface MatchedStep {
	readonly step: ReachStep;
	readonly from: Expression;
	readonly table: Access['table'];
	readonly end: Column;
	/** Null after a walk of any length: nothing can be said of its edges. */
	readonly edgeId: ColumnId | null;
	readonly otherwise: Plan;
}

/** The next step of a run, from the vertex where it has come to (any, at its beginning). */
function stepOf(plan: Plan, ends: readonly Column[], lastEdge: ColumnId | null, last: ReachStep | undefined, context: OptimizerContext): MatchedStep | null {
	const walk = matchWalk(plan, context);
	// In either direction the vertices that it begins at count in their own way, of which there must be one.
	if (walk?.step.isEither && walk.step.minimum === 1 && ends.length > 0) return null;
	if (walk !== null) return continues(walk.from, ends) ? { ...walk, edgeId: null, otherwise: walk.once } : null;
	const predicates = plan.kind === 'filter' ? conjuncts(plan.predicate) : [];
	const access = plan.kind === 'filter' ? plan.input : plan;
	if (access.kind !== 'access' || (access.adjacency?.kind !== 'outgoing' && access.adjacency?.kind !== 'incoming')) return null;
	const isOutgoing = access.adjacency.kind === 'outgoing';
	const [from, type] = access.bounds[0]!.equal as readonly [Expression, Expression];
	if (!continues(from, ends) || type.kind !== 'constant' || typeof type.value !== 'string') return null;
	const column = (number: number): Column | undefined => access.scan.find((s) => s.number === number)?.column;
	const end = column(isOutgoing ? EDGE_HEAD : EDGE_TAIL);
	if (end === undefined) return null;
	const edgeId = column(EDGE_ID)?.id ?? null;
	const isSame = last !== undefined && last.type === type.value && last.isOutgoing === isOutgoing;
	if (!predicates.every((p) => isSame && edgeId !== null && lastEdge !== null && areApart(p, edgeId, lastEdge))) return null;
	const step = { type: type.value, isOutgoing, isEither: false, minimum: 1, maximum: 1, labels: [], isApart: predicates.length > 0 };
	return { step, from, table: access.table, end, edgeId, otherwise: plan };
}

/** A run begins anywhere, and goes on from where it has come to. */
function continues(from: Expression, ends: readonly Column[]): boolean {
	if (ends.length === 0) return from.kind === 'column' || from.kind === 'constant' || from.kind === 'parameter';
	return from.kind === 'column' && ends.some((c) => c.id === from.id);
}

/** `NOT (edge = other)`. */
function areApart(predicate: Expression, edge: ColumnId, other: ColumnId): boolean {
	const inner = predicate.kind === 'not' ? predicate.operand : null;
	if (inner?.kind !== 'call' || inner.function.comparison?.operator !== '=' || inner.arguments.length !== 2) return false;
	const ids = inner.arguments.map((a) => (a.kind === 'column' ? a.id : null));
	return (ids[0] === edge && ids[1] === other) || (ids[0] === other && ids[1] === edge);
}
