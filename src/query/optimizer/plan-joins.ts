/**
 * Orders inner joins and chooses how each is done. A cluster of inner joins is flattened to its inputs and conditions; it is
 * then rebuilt greedily, beginning with the input that gives the fewest rows and adding the cheapest next one: by index lookups
 * (`apply` over an `access`), by hashing, or as a product. Outer, semi- and anti-joins keep their place; their sides are
 * planned on their own, and they too may look up or hash.
 */
import { filterBy, joinColumns, joinOf, reorder } from '../algebra/build.ts';
import type { ColumnId, Expression } from '../algebra/expression.ts';
import type { JoinType, Plan } from '../algebra/plan.ts';
import { columnsRead, conjunction, conjuncts, hasSubquery, isVolatile, isVolatilePlan, mapChildren, mapPlanParts, type Rewriter } from '../algebra/traverse.ts';
import { accessCandidates, accessOf, chooseAccess, windowAccess, windowCost } from './choose-access.ts';
import type { OptimizerContext } from './context.ts';
import { accessRows, estimateRows } from './estimate.ts';
import { type IndexMatch, keyAttributes, restrictionsOf } from './match-index.ts';
import { nearestAccess } from './match-nearest.ts';
import { windowMatches } from './match-window.ts';
import { pushFilters } from './push-filters.ts';
import { selectivityOf } from './selectivity.ts';
import { ADJACENT_LOOKUP_COST, ADJACENT_ROW_COST, edgeUse, vertexUse } from './use-adjacency.ts';
import { readsIntegers } from './use-integer-index.ts';
import { orderedAccess } from './use-order.ts';
import { noteWholeReads, readsValues } from './use-values.ts';

type Join = Extract<Plan, { kind: 'join' }>;
type HashKey = Extract<Plan, { kind: 'hash-join' }>['keys'][number];

const LOOKUP_COST = 6;
const HASH_BUILD_COST = 2;

/** Plans all joins and table reads of a plan, subplans included. */
export function planJoins(plan: Plan, context: OptimizerContext): Plan {
	noteWholeReads(plan, context);
	const by: Rewriter = { plan: (p) => planJoins(p, context), expression: (e) => mapChildren(e, by) };
	if (plan.kind === 'filter' && plan.input.kind === 'scan') return chooseAccess(plan.input, conjuncts(by.expression(plan.predicate)), context).plan;
	if (plan.kind === 'join' && plan.type === 'inner') return reorder(planCluster(plan, context, by), plan.columns);
	if (plan.kind === 'filter' && plan.input.kind === 'join' && plan.input.type === 'inner') {
		const predicates = conjuncts(by.expression(plan.predicate));
		return filterBy(planJoins(plan.input, context), predicates);
	}
	if (plan.kind === 'join') return planOtherJoin(plan, context, by);
	if (plan.kind === 'limit') {
		const ordered = nearestAccess(plan, context) ?? orderedAccess(plan, context);
		if (ordered !== null) return mapPlanParts(ordered, by);
	}
	return mapPlanParts(plan, by);
}

// ---- clusters of inner joins ----

export function flatten(plan: Plan, inputs: Plan[], predicates: Expression[]): void {
	if (plan.kind === 'join' && plan.type === 'inner') {
		flatten(plan.left, inputs, predicates);
		flatten(plan.right, inputs, predicates);
		predicates.push(...conjuncts(plan.on));
	} else if (plan.kind === 'filter' && plan.input.kind === 'join' && plan.input.type === 'inner' && !isVolatile(plan.predicate)) {
		flatten(plan.input, inputs, predicates);
		predicates.push(...conjuncts(plan.predicate));
	} else if (
		plan.kind === 'project' &&
		plan.input.kind === 'join' &&
		plan.items.every((i) => i.expression.kind === 'column' && i.expression.id === i.column.id)
	) {
		// A projection that only reorders; the cluster's own order is put right at its top.
		flatten(plan.input, inputs, predicates);
	} else inputs.push(plan);
}

function planCluster(plan: Join, context: OptimizerContext, by: Rewriter): Plan {
	const inputs: Plan[] = [];
	const predicates: Expression[] = [];
	flatten(plan, inputs, predicates);
	let waiting = predicates.map((p) => by.expression(p));
	const remaining = new Set(inputs);
	const cached = new Map<Plan, Plan>();
	const planned = (input: Plan): Plan => {
		let p = cached.get(input);
		if (p === undefined) cached.set(input, (p = planJoins(input, context)));
		return p;
	};
	const first = context.without?.has('join-order')
		? inputs[0]!
		: [...remaining].reduce((a, b) => (estimateRows(planned(b), context) < estimateRows(planned(a), context) ? b : a));
	remaining.delete(first);
	let current = planned(first);
	const clusterIds = new Set(inputs.flatMap((i) => i.columns.map((c) => c.id)));
	// Looked up once: joins of many tables ask for them again and again.
	const own = new Map(inputs.map((input) => [input, new Set(input.columns.map((c) => c.id))]));
	const reads = new Map(waiting.map((p) => [p, isVolatile(p) ? null : [...columnsRead(p)].filter((id) => clusterIds.has(id))]));
	const settle = (): void => {
		const have = new Set(current.columns.map((c) => c.id));
		const ready = waiting.filter((p) => within(p, have, clusterIds));
		waiting = waiting.filter((p) => !ready.includes(p));
		current = filterBy(current, ready);
	};
	settle();
	while (remaining.size > 0) {
		const have = new Set(current.columns.map((c) => c.id));
		let best: { input: Plan; step: JoinStep } | null = null;
		for (const input of remaining) {
			const mine = own.get(input)!;
			const usable = waiting.filter((p) => reads.get(p)?.every((id) => mine.has(id) || have.has(id)) === true);
			const step = joinStep('inner', current, input, planned(input), usable, context);
			// A product multiplies rows, unless one side is found by a whole unique key.
			const penalty = usable.length === 0 && !isSingleRow(planned(input)) ? 1e12 : 0;
			if (best === null || step.cost + penalty < best.step.cost) best = { input, step: { ...step, cost: step.cost + penalty } };
			if (context.without?.has('join-order')) break;
		}
		const chosen = best!;
		remaining.delete(chosen.input);
		waiting = waiting.filter((p) => !chosen.step.used.has(p));
		current = chosen.step.plan;
		settle();
	}
	return filterBy(current, waiting);
}

/** At most one row, found by all columns of a unique key. */
function isSingleRow(plan: Plan): boolean {
	if (plan.kind === 'filter') return isSingleRow(plan.input);
	if (plan.kind !== 'access' || plan.bounds.length !== 1 || plan.window !== undefined || plan.nearest !== undefined) return false;
	const { equal, equalNulls } = plan.bounds[0]!;
	const isUnique = plan.index?.unique ?? true;
	return isUnique && equal.length === keyAttributes(plan.table, plan.index).length && !equalNulls?.some((isNull) => isNull);
}

function within(predicate: Expression, have: ReadonlySet<ColumnId>, cluster: ReadonlySet<ColumnId>): boolean {
	for (const id of columnsRead(predicate)) if (cluster.has(id) && !have.has(id)) return false;
	return true;
}

interface JoinStep {
	readonly plan: Plan;
	readonly cost: number;
	readonly used: ReadonlySet<Expression>;
}

/** The cheapest way to join `left` with `input` (unplanned; `right` is its plan) under `predicates`. */
function joinStep(
	type: 'inner' | 'left' | 'semi' | 'anti',
	left: Plan,
	input: Plan,
	right: Plan,
	predicates: readonly Expression[],
	context: OptimizerContext,
): JoinStep {
	const leftRows = estimateRows(left, context);
	const rightRows = estimateRows(right, context);
	const used = new Set(predicates);
	const { keys, residual } = hashKeys(predicates, left, right);
	const lookup = context.without?.has('lookup-join') ? null : lookupJoin(type, left, leftRows, input, predicates, context);
	const share = selectivityOf(predicates, context);
	let best: JoinStep;
	if (keys.length > 0 && !context.without?.has('hash-join')) {
		// The table is made of the smaller side.
		const isSwapped = type === 'inner' && leftRows < rightRows && !context.without?.has('join-order');
		const [probing, built] = isSwapped ? [right, left] : [left, right];
		const cost = (isSwapped ? leftRows * HASH_BUILD_COST + rightRows : rightRows * HASH_BUILD_COST + leftRows) + inputCost(right, context);
		const sided = isSwapped ? keys.map((key) => ({ ...key, left: key.right, right: key.left })) : keys;
		const columns = joinColumns(type, probing, built);
		best = { plan: { kind: 'hash-join', type, left: probing, right: built, keys: sided, residual: conjunction(residual), columns }, cost, used };
	} else {
		best = { plan: joinOf(type, left, right, predicates), cost: leftRows * rightRows * (1 + share) + rightRows + inputCost(right, context), used };
	}
	return lookup !== null && lookup.cost < best.cost ? lookup : best;
}

function inputCost(plan: Plan, context: OptimizerContext): number {
	if (plan.kind === 'filter') return inputCost(plan.input, context);
	if (plan.kind === 'scan') return context.rowCount(plan.table);
	return estimateRows(plan, context);
}

/** Looks up the right side, a table, by an index for each left row; null when no index fits. */
function lookupJoin(
	type: 'inner' | 'left' | 'semi' | 'anti',
	left: Plan,
	leftRows: number,
	input: Plan,
	predicates: readonly Expression[],
	context: OptimizerContext,
): JoinStep | null {
	const own = input.kind === 'filter' ? conjuncts(input.predicate) : [];
	const scan = input.kind === 'filter' ? input.input : input;
	if (scan.kind !== 'scan' || predicates.some(isVolatile) || own.some((p) => isVolatile(p) || hasSubquery(p))) return null;
	const all = [...own, ...predicates];
	const restrictions = restrictionsOf(scan.scan, all);
	const leftIds = new Set(left.columns.map((c) => c.id));
	let best: JoinStep | null = null;
	for (const match of accessCandidates(scan, restrictions, all, context)) {
		if (match.equalCount === 0 || !boundsRead(match, leftIds)) continue;
		const access = accessOf(scan, match, false);
		const rows = estimateRows(access, context);
		const perRow = match.index === null || match.index.primary || access.covering ? 1 : 3;
		const rest = all.filter((p) => !match.used.has(p));
		const isMarked = edgeUse(access, context) !== null || vertexUse(access, rest, context) !== null;
		const isAdjacent = isMarked || readsValues(access, context) || keepsIntegers(access, context);
		const ofLookup = isAdjacent ? ADJACENT_LOOKUP_COST + rows * ADJACENT_ROW_COST : LOOKUP_COST * match.bounds.length + rows * perRow;
		const cost = leftRows * ofLookup;
		if (best !== null && best.cost <= cost) continue;
		const right = filterBy(access, rest);
		best = { plan: { kind: 'apply', type, left, right, on: null, columns: joinColumns(type, left, right) }, cost, used: new Set(predicates) };
	}
	for (const match of windowMatches(scan, all, context)) {
		if (![...match.used].some((p) => [...columnsRead(p)].some((id) => leftIds.has(id)))) continue;
		const access = windowAccess(scan, match, context);
		const cost = leftRows * windowCost(access, estimateRows(access, context));
		if (best !== null && best.cost <= cost) continue;
		const right = filterBy(access, all);
		best = { plan: { kind: 'apply', type, left, right, on: null, columns: joinColumns(type, left, right) }, cost, used: new Set(predicates) };
	}
	return best;
}

/** Whether the bounds of an index depend on any of the columns. */
function boundsRead(match: IndexMatch, ids: ReadonlySet<ColumnId>): boolean {
	const reads = (e: Expression | undefined): boolean => e !== undefined && [...columnsRead(e)].some((id) => ids.has(id));
	return match.bounds.some((b) => b.equal.some(reads) || reads(b.lower?.expression) || reads(b.upper?.expression));
}

/** The access reads an index of integers that a database keeps in memory when it is used much. */
function keepsIntegers(access: Extract<Plan, { kind: 'access' }>, context: OptimizerContext): boolean {
	return context.lookupRows !== undefined && readsIntegers(access);
}

/** Splits predicates into pairs that can be hashed, one side over each input, and the rest. */
export function hashKeys(predicates: readonly Expression[], left: Plan, right: Plan): { keys: HashKey[]; residual: Expression[] } {
	const leftIds = new Set(left.columns.map((c) => c.id));
	const rightIds = new Set(right.columns.map((c) => c.id));
	const keys: HashKey[] = [];
	const residual: Expression[] = [];
	for (const p of predicates) {
		const key = hashKey(p, leftIds, rightIds);
		if (key === null) residual.push(p);
		else keys.push(key);
	}
	return { keys, residual };
}

function hashKey(p: Expression, leftIds: ReadonlySet<ColumnId>, rightIds: ReadonlySet<ColumnId>): HashKey | null {
	const nullsEqual = p.kind === 'is-distinct' && p.negated;
	const sides = nullsEqual
		? ([p.left, p.right] as const)
		: p.kind === 'call' && p.function.comparison?.operator === '='
			? (p.arguments as readonly [Expression, Expression])
			: null;
	if (sides === null || isVolatile(p) || hasSubquery(p)) return null;
	const equality = p.kind === 'is-distinct' ? p.equality : p.kind === 'call' ? p.function.comparison!.equality : null;
	if (equality === null) return null;
	const [a, b] = sides;
	const onSide = (e: Expression, mine: ReadonlySet<ColumnId>, other: ReadonlySet<ColumnId>): boolean => {
		const read = columnsRead(e);
		return [...read].some((id) => mine.has(id)) && ![...read].some((id) => other.has(id));
	};
	const extra = nullsEqual ? { nullsEqual: true } : {};
	if (onSide(a, leftIds, rightIds) && onSide(b, rightIds, leftIds)) return { left: a, right: b, equality, ...extra };
	if (onSide(b, leftIds, rightIds) && onSide(a, rightIds, leftIds)) return { left: b, right: a, equality, ...extra };
	return null;
}

// ---- the other joins ----

/**
 * A left, semi- or anti-join whose right side is itself joined, run anew for each left row: the join's condition, which then holds
 * outer columns, sinks to the tables of the right side and lets them be looked up. null unless that is clearly cheaper than
 * making the whole right side once.
 */
function cheaperPerRow(
	type: 'left' | 'semi' | 'anti',
	left: Plan,
	input: Plan,
	right: Plan,
	predicates: readonly Expression[],
	step: JoinStep,
	context: OptimizerContext,
): Plan | null {
	if (context.lookupRows === undefined || context.without?.has('lookup-join') || step.plan.kind === 'apply') return null;
	if (predicates.length === 0 || predicates.some((p) => isVolatile(p) || hasSubquery(p)) || isVolatilePlan(input) || !joinsTables(input)) return null;
	const perRow = planJoins(pushFilters(filterBy(input, predicates)), context);
	const once = planCost(right, context) + step.cost;
	if (estimateRows(left, context) * planCost(perRow, context) * 2 >= once) return null;
	return { kind: 'apply', type, left, right: perRow, on: null, columns: joinColumns(type, left, perRow) };
}

/** An inner join of tables, and nothing else that would have to be made again for each row. */
function joinsTables(plan: Plan): boolean {
	switch (plan.kind) {
		case 'scan':
			return true;
		case 'filter':
		case 'project':
			return joinsTables(plan.input);
		case 'join':
			return plan.type === 'inner' && joinsTables(plan.left) && joinsTables(plan.right);
		default:
			return false;
	}
}

/** Roughly what running a plan of joined tables takes, in rows met in a scan. */
function planCost(plan: Plan, context: OptimizerContext): number {
	switch (plan.kind) {
		case 'access':
			if (keepsIntegers(plan, context)) return ADJACENT_LOOKUP_COST + accessRows(plan, context) * ADJACENT_ROW_COST;
			return LOOKUP_COST * plan.bounds.length + accessRows(plan, context);
		case 'filter':
		case 'project':
			return planCost(plan.input, context);
		case 'apply':
			return planCost(plan.left, context) + estimateRows(plan.left, context) * planCost(plan.right, context);
		case 'join':
		case 'hash-join':
			return planCost(plan.left, context) + planCost(plan.right, context) * HASH_BUILD_COST;
		default:
			return inputCost(plan, context);
	}
}

function planOtherJoin(plan: Join, context: OptimizerContext, by: Rewriter): Plan {
	const left = planJoins(plan.left, context);
	const right = planJoins(plan.right, context);
	const predicates = conjuncts(plan.on).map((p) => by.expression(p));
	if (plan.type === 'left' || plan.type === 'semi' || plan.type === 'anti') {
		const step = joinStep(plan.type, left, plan.right, right, predicates, context);
		return cheaperPerRow(plan.type, left, plan.right, right, predicates, step, context) ?? step.plan;
	}
	if (plan.type === 'right')
		return reorder(
			planOtherJoin({ ...plan, type: 'left', left: plan.right, right: plan.left, columns: joinColumns('left', plan.right, plan.left) }, context, by),
			plan.columns,
		);
	const { keys, residual } = hashKeys(predicates, left, right);
	const type: JoinType = plan.type;
	if (keys.length === 0 || context.without?.has('hash-join')) return joinOf(type, left, right, predicates);
	return { kind: 'hash-join', type, left, right, keys, residual: conjunction(residual), columns: joinColumns(type, left, right) };
}
