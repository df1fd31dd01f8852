/**
 * Marks the accesses that an index of integers in memory can answer, and counts how much they would read, by which the executor
 * decides whether keeping one is worth it. The rows and their order stay the same, so a marked plan is right either way.
 *
 * Condition: one range without bounds but equal values, forward, of an index that holds all columns of its table, all of them int8
 * and not null; nothing but those columns is read.
 */
import { holdsIntegers, keyAttributes } from '../../model/table/integer-indexes.ts';
import type { Plan } from '../algebra/plan.ts';
import { mapChildren, mapPlanParts, type Rewriter } from '../algebra/traverse.ts';
import { type OptimizerContext, usableIndexes } from './context.ts';
import { accessRows, estimateRows } from './estimate.ts';

type Access = Extract<Plan, { kind: 'access' }>;

export function useIntegerIndexes(plan: Plan, context: OptimizerContext): Plan {
	return mark(plan, 1, context);
}

/** True when the index of an access can be kept in memory. */
export function readsIntegers(plan: Access): boolean {
	const [bounds] = plan.bounds;
	if (bounds === undefined || plan.bounds.length !== 1 || bounds.equal.length === 0 || plan.reverse) return false;
	if (bounds.lower !== null || bounds.upper !== null || bounds.equalNulls !== undefined) return false;
	return (
		plan.window === undefined &&
		plan.nearest === undefined &&
		plan.adjacency === undefined &&
		plan.scan.every((s) => s.number > 0) &&
		holdsIntegers(plan.table, plan.index)
	);
}

/** `times`: how often the plan is run in one execution. */
function mark(plan: Plan, times: number, context: OptimizerContext): Plan {
	const by: Rewriter = { plan: (p) => mark(p, times, context), expression: (e) => mapChildren(e, by) };
	if (plan.kind === 'apply') {
		const left = mark(plan.left, times, context);
		const right = mark(plan.right, times * estimateRows(plan.left, context), context);
		const on = plan.on === null ? null : mapChildren(plan.on, by);
		return left === plan.left && right === plan.right && on === plan.on ? plan : { ...plan, left, right, on };
	}
	if (plan.kind === 'access' && readsIntegers(plan))
		return { ...shared(plan, context), integers: { expectedRows: times * Math.max(1, accessRows(plan, context)) } };
	return mapPlanParts(plan, by);
}

/**
 * A row looked up by all its columns can be found in any index: in one that begins with a constant, if there is one, since that is
 * the one by which rows of less known columns are found too, so that fewer indexes need be kept.
 */
function shared(plan: Access, context: OptimizerContext): Access {
	const { equal } = plan.bounds[0]!;
	if (equal.length !== plan.table.columns.length) return plan;
	const own = keyAttributes(plan.table, plan.index);
	const byAttribute = new Map(own.map((attribute, i) => [attribute, equal[i]!]));
	for (const index of usableIndexes(plan.table, context.catalog)) {
		const attributes = keyAttributes(plan.table, index);
		if (!holdsIntegers(plan.table, index) || byAttribute.get(attributes[0]!)?.kind !== 'constant') continue;
		return { ...plan, index, covering: !index.primary, bounds: [{ equal: attributes.map((a) => byAttribute.get(a)!), lower: null, upper: null }] };
	}
	return plan;
}
