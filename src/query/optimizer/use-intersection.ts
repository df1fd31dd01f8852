/**
 * Closes cycles of a pattern by intersection: where edges lead from a vertex to a new one, and later an edge between the new one and a
 * vertex that was there before is asked for, the new ones are sought among the neighbours of both at once. With several such
 * edges (cliques), among those of all.
 *
 * Condition: in a chain of inner applies and filters, (1) a link reads edges of one vertex by the adjacency; (2) a later link, inner or semi,
 * reads by the adjacency the edges of a type, given as a constant, from one vertex to another; (3) one of the two is the vertex that (1)
 * has come to, or the id of a vertex looked up by it; (4) the other is known before (1); (5) nothing from (1) to (2) is volatile. The
 * later link stays, so whatever is skipped would have been dropped there: the mark only says what need not be looked at.
 */
import { EDGE_HEAD, EDGE_TAIL, VERTEX_ID } from '../../model/graph/contracts.ts';
import type { ColumnId, Expression } from '../algebra/expression.ts';
import type { AdjacentMeeting, Plan } from '../algebra/plan.ts';
import { isVolatile, isVolatilePlan, mapChildren, mapPlanParts, type Rewriter } from '../algebra/traverse.ts';
import type { OptimizerContext } from './context.ts';

type Access = Extract<Plan, { kind: 'access' }>;

/** A step of the chain: a plan run for each row so far, a predicate, or rows that are only tested for. */
interface Link {
	readonly plan: Plan | null;
	readonly predicate: Expression | null;
	readonly isKept: boolean;
}

export function useIntersection(plan: Plan, context: OptimizerContext): Plan {
	if (context.graphTable === undefined || context.without?.has('use-adjacency')) return plan;
	return mark(plan);
}

function mark(plan: Plan): Plan {
	const meetings = plan.kind === 'apply' ? meetingsIn(plan) : NONE;
	return marked(plan, meetings);
}

const NONE: ReadonlyMap<Access, readonly AdjacentMeeting[]> = new Map();

/** Puts the meetings of a chain into its accesses; what lies below is looked through on its own. */
function marked(plan: Plan, meetings: ReadonlyMap<Access, readonly AdjacentMeeting[]>): Plan {
	const by: Rewriter = { plan: mark, expression: (e) => mapChildren(e, by) };
	if (plan.kind === 'apply' && plan.type !== 'left') {
		const [left, right] = [marked(plan.left, meetings), marked(plan.right, meetings)];
		return left === plan.left && right === plan.right ? plan : { ...plan, left, right };
	}
	if (plan.kind === 'filter') {
		const input = marked(plan.input, meetings);
		return input === plan.input ? plan : { ...plan, input };
	}
	const own = plan.kind === 'access' ? meetings.get(plan) : undefined;
	if (plan.kind === 'access' && own !== undefined) return { ...plan, adjacency: { ...plan.adjacency!, meets: own } };
	return mapPlanParts(plan, by);
}

function meetingsIn(plan: Plan): ReadonlyMap<Access, readonly AdjacentMeeting[]> {
	const links: Link[] = [];
	flatten(plan, links);
	const found = new Map<Access, AdjacentMeeting[]>();
	for (let later = 1; later < links.length; later++) {
		const pair = accessIn(links[later]!, 'pair');
		if (pair === null || !links[later]!.isKept) continue;
		const [tail, type, head] = pair.bounds[0]!.equal as readonly [Expression, Expression, Expression];
		if (type.kind !== 'constant' || typeof type.value !== 'string') continue;
		for (const [end, other, isOutgoing] of [
			[head, tail, true],
			[tail, head, false],
		] as const) {
			const at = linkThatFinds(links, later, end);
			if (at < 1 || !isKnownBefore(links, at, other) || links.slice(at, later).some(mayNotBeSkipped)) continue;
			const access = accessIn(links[at]!, 'edges')!;
			found.set(access, [...(found.get(access) ?? []), { vertex: other, type: type.value, isOutgoing }]);
			break;
		}
	}
	return found;
}

/** Fills in the links, first to last. */
function flatten(plan: Plan, links: Link[]): void {
	let current = plan;
	for (;;) {
		if (current.kind === 'apply' && current.type !== 'left' && current.on === null) {
			links.unshift({ plan: current.right, predicate: null, isKept: current.type !== 'anti' });
			current = current.left;
		} else if (current.kind === 'filter' && current.input.kind === 'apply') {
			links.unshift({ plan: null, predicate: current.predicate, isKept: true });
			current = current.input;
		} else {
			links.unshift({ plan: current, predicate: null, isKept: true });
			return;
		}
	}
}

/** The link's access of edges between two vertices ('pair'), or of one vertex ('edges'). */
function accessIn({ plan }: Link, what: 'pair' | 'edges'): Access | null {
	const access = plan?.kind === 'filter' ? plan.input : plan;
	if (access?.kind !== 'access' || access.adjacency === undefined) return null;
	const { kind } = access.adjacency;
	return (what === 'pair' ? kind === 'pair' : kind === 'outgoing' || kind === 'incoming') ? access : null;
}

/** The link whose edges lead to the vertex that an expression names; −1: none before `later`. */
function linkThatFinds(links: readonly Link[], later: number, expression: Expression): number {
	if (expression.kind !== 'column') return -1;
	let id = expression.id;
	for (let at = later - 1; at >= 0; at--) {
		const looked = vertexLookedUp(links[at]!, id);
		if (looked !== null) {
			id = looked;
			continue;
		}
		const access = accessIn(links[at]!, 'edges');
		if (access !== null && links[at]!.isKept && access.scan.some((s) => s.column.id === id)) {
			const end = access.adjacency!.kind === 'outgoing' ? EDGE_HEAD : EDGE_TAIL;
			return access.scan.find((s) => s.number === end)?.column.id === id ? at : -1;
		}
	}
	return -1;
}

/** The column by which a vertex was looked up whose id is this one; null: no such look-up. */
function vertexLookedUp({ plan }: Link, id: ColumnId): ColumnId | null {
	const access = plan?.kind === 'filter' ? plan.input : plan;
	if (access?.kind !== 'access' || access.adjacency?.kind !== 'vertex') return null;
	if (access.scan.find((s) => s.number === VERTEX_ID && s.part === undefined)?.column.id !== id) return null;
	const [key] = access.bounds[0]!.equal;
	return key?.kind === 'column' ? key.id : null;
}

/** A value that no link from `at` on makes. */
function isKnownBefore(links: readonly Link[], at: number, expression: Expression): boolean {
	if (expression.kind === 'constant' || expression.kind === 'parameter') return true;
	if (expression.kind !== 'column') return false;
	return !links.slice(at).some((link) => link.plan?.columns.some((c) => c.id === expression.id));
}

function mayNotBeSkipped({ plan, predicate }: Link): boolean {
	return predicate === null ? plan !== null && isVolatilePlan(plan) : isVolatile(predicate);
}
