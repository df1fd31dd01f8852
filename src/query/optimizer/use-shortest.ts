/**
 * Puts a search from both ends in the place of a breadth-first recursion that is asked for one shortest walk.
 *
 * Condition: one row is asked (LIMIT 1, no offset) of a recursion that visits each vertex once, with no other predicate than that it
 * ends at a given vertex and takes one edge at least; and it goes over edges of one given type, in one direction or in either, with no
 * predicate on them. Which of several shortest walks is given is open in both. A walk from a vertex to itself, and what the adjacency cannot serve,
 * goes by the recursion, which stays.
 */
import type { Plan } from '../algebra/plan.ts';
import { mapChildren, mapPlanParts, type Rewriter } from '../algebra/traverse.ts';
import type { OptimizerContext } from './context.ts';
import { matchShortest } from './match-walk.ts';

export function useShortest(plan: Plan, context: OptimizerContext): Plan {
	if (context.graphTable === undefined) return plan;
	const by: Rewriter = { plan: (p) => useShortest(p, context), expression: (e) => mapChildren(e, by) };
	const found = plan.kind === 'limit' && plan.offset === null && isOne(plan.count) && plan.ties === undefined ? matchShortest(plan.input, context) : null;
	if (found === null) return mapPlanParts(plan, by);
	const { table, from, to, step, asValues, node, edges } = found;
	const expectedRows = Math.sqrt(context.rowCount(table)) * 10;
	return { kind: 'shortest', table, from, to, step, asValues, node, edges, expectedRows, otherwise: plan, columns: plan.columns };
}

function isOne(count: Extract<Plan, { kind: 'limit' }>['count']): boolean {
	return count?.kind === 'constant' && count.value === 1;
}
