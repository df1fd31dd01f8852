/**
 * Turns EXISTS, NOT EXISTS and IN among the conjuncts of a filter into semi- and anti-joins, so that they can be hashed or
 * looked up. Done when the subplan's correlation sits in filters near its top and can be lifted into the join's condition;
 * otherwise, when correlated, the join becomes an `apply`. NOT IN stays a subquery: its nulls make it another question.
 */
import { filterBy } from '../algebra/build.ts';
import type { ColumnId, Expression } from '../algebra/expression.ts';
import type { Plan } from '../algebra/plan.ts';
import {
	columnsRead,
	conjuncts,
	endsInBarrier,
	hasSubquery,
	isVolatilePlan,
	mapChildren,
	mapPlanParts,
	outerColumns,
	type Rewriter,
} from '../algebra/traverse.ts';

type Subquery = Extract<Expression, { kind: 'subquery' }>;

const rewriter: Rewriter = { plan: unnestSubqueries, expression: (e) => mapChildren(e, rewriter) };

export function unnestSubqueries(plan: Plan): Plan {
	const rebuilt = mapPlanParts(plan, rewriter);
	return rebuilt.kind === 'filter' ? unnestFilter(rebuilt) : rebuilt;
}

function unnestFilter(plan: Extract<Plan, { kind: 'filter' }>): Plan {
	// What is read behind a barrier is read row by row: a join would read it before.
	if (endsInBarrier(plan.input)) return plan;
	const keep: Expression[] = [];
	const joins: { negated: boolean; subquery: Subquery }[] = [];
	for (const p of conjuncts(plan.predicate)) {
		const negated = p.kind === 'not';
		const inner = negated ? p.operand : p;
		if (inner.kind === 'subquery' && canJoin(inner, negated)) joins.push({ negated, subquery: inner });
		else keep.push(p);
	}
	if (joins.length === 0) return plan;
	let result = filterBy(plan.input, keep);
	for (const { negated, subquery } of joins) result = asJoin(result, subquery, negated ? 'anti' : 'semi');
	return result;
}

function canJoin(subquery: Subquery, negated: boolean): boolean {
	if (isVolatilePlan(subquery.plan)) return false;
	if (subquery.mode === 'exists') return outerColumns(subquery.plan).size > 0;
	return subquery.mode === 'any' && !negated && subquery.pairs !== undefined && subquery.comparison !== null && !hasSubquery(subquery.comparison);
}

function asJoin(left: Plan, subquery: Subquery, type: 'semi' | 'anti'): Plan {
	const available = new Set(left.columns.map((c) => c.id));
	const comparison = subquery.comparison === null ? [] : conjuncts(subquery.comparison);
	const lifted = lift(subquery.mode === 'exists' ? dropTop(subquery.plan) : subquery.plan, available);
	if (lifted !== null && !refersTo(lifted.plan, available)) {
		const on = [...comparison, ...lifted.predicates];
		return {
			kind: 'join',
			type,
			left,
			right: lifted.plan,
			on: on.length === 0 ? null : on.length === 1 ? on[0]! : { kind: 'and', operands: on, type: on[0]!.type },
			columns: left.columns,
		};
	}
	const right = filterBy(subquery.plan, comparison);
	return { kind: 'apply', type, left, right, on: null, columns: left.columns };
}

function refersTo(plan: Plan, ids: ReadonlySet<ColumnId>): boolean {
	for (const id of outerColumns(plan)) if (ids.has(id)) return true;
	return false;
}

/** EXISTS does not care what the rows hold, nor their order or a DISTINCT. */
function dropTop(plan: Plan): Plan {
	if (
		(plan.kind === 'project' && !plan.items.some((i) => hasSubquery(i.expression))) ||
		(plan.kind === 'sort' && !plan.limit) ||
		(plan.kind === 'distinct' && plan.on.length === 0)
	)
		return dropTop(plan.input);
	return plan;
}

/** Takes correlated conjuncts out of the filters at the top of a plan; null when some other operator is in the way. */
function lift(plan: Plan, outer: ReadonlySet<ColumnId>): { plan: Plan; predicates: Expression[] } | null {
	if (!refersTo(plan, outer)) return { plan, predicates: [] };
	if (plan.kind === 'filter') {
		const below = lift(plan.input, outer);
		if (below === null) return null;
		const mine = conjuncts(plan.predicate);
		const correlated = mine.filter((p) => [...columnsRead(p)].some((id) => outer.has(id)));
		if (correlated.some((p) => hasSubquery(p))) return null;
		return {
			plan: filterBy(
				below.plan,
				mine.filter((p) => !correlated.includes(p)),
			),
			predicates: [...below.predicates, ...correlated],
		};
	}
	if (plan.kind === 'project') {
		const below = lift(plan.input, outer);
		if (below === null) return null;
		if (plan.items.some((i) => [...columnsRead(i.expression)].some((id) => outer.has(id)))) return null;
		// What the lifted predicates read must still come out of the projection.
		const produced = new Set(plan.columns.map((c) => c.id));
		const missing = below.plan.columns.filter((c) => !produced.has(c.id) && below.predicates.some((p) => columnsRead(p).has(c.id)));
		const passed = missing.map((column) => ({ column, expression: { kind: 'column', id: column.id, type: column.type } as Expression }));
		return { plan: { ...plan, input: below.plan, items: [...plan.items, ...passed], columns: [...plan.columns, ...missing] }, predicates: below.predicates };
	}
	if (plan.kind === 'join' && plan.type === 'inner') {
		const left = lift(plan.left, outer);
		const right = lift(plan.right, outer);
		if (left === null || right === null) return null;
		const mine = conjuncts(plan.on);
		const correlated = mine.filter((p) => [...columnsRead(p)].some((id) => outer.has(id)));
		if (correlated.some((p) => hasSubquery(p))) return null;
		const rest = mine.filter((p) => !correlated.includes(p));
		const on: Expression | null = rest.length === 0 ? null : rest.length === 1 ? rest[0]! : { kind: 'and', operands: rest, type: rest[0]!.type };
		return {
			plan: { ...plan, left: left.plan, right: right.plan, on, columns: [...left.plan.columns, ...right.plan.columns] },
			predicates: [...left.predicates, ...right.predicates, ...correlated],
		};
	}
	return null;
}
