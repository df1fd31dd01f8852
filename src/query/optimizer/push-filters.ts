/**
 * Moves predicates towards the tables: through projections (by substitution), joins, aggregates' groups, windows' partitions,
 * set operations, sorts. A predicate that is volatile stays where it was written. A left join whose right side is rejected when
 * null becomes an inner join.
 */
import { filterBy, joinOf, reorder } from '../algebra/build.ts';
import type { ColumnId, Expression } from '../algebra/expression.ts';
import type { Plan } from '../algebra/plan.ts';
import { columnsRead, conjuncts, hasSubquery, isVolatile, mapChildren, mapPlanParts, substitute } from '../algebra/traverse.ts';

type Of<K extends Plan['kind']> = Extract<Plan, { kind: K }>;

/** Pushes filters throughout a plan, subplans of expressions included. */
export function pushFilters(plan: Plan): Plan {
	return push(plan, []);
}

function inside(expression: Expression): Expression {
	return expression.kind === 'subquery'
		? mapChildren({ ...expression, plan: pushFilters(expression.plan) }, { expression: inside, plan: (p) => p })
		: mapChildren(expression, { expression: inside, plan: pushFilters });
}

function ids(plan: Plan): Set<ColumnId> {
	return new Set(plan.columns.map((c) => c.id));
}

function readsOnly(predicate: Expression, allowed: ReadonlySet<ColumnId>, other: ReadonlySet<ColumnId>): boolean {
	for (const id of columnsRead(predicate)) if (other.has(id) && !allowed.has(id)) return false;
	return true;
}

/** `predicates` hold over `plan`'s output and are to be applied as deep as they can. */
function push(plan: Plan, predicates: readonly Expression[]): Plan {
	switch (plan.kind) {
		case 'filter': {
			const own = conjuncts(inside(plan.predicate));
			if (own.some(isVolatile)) return filterBy(filterBy(push(plan.input, []), own), predicates);
			return push(plan.input, [...own, ...predicates]);
		}
		case 'project':
			return pushThroughProject(plan, predicates);
		case 'join':
			return pushThroughJoin(plan, predicates);
		case 'apply':
			return pushThroughApply(plan, predicates);
		case 'aggregate':
			return pushThroughAggregate(plan, predicates);
		case 'window': {
			const keys = new Set(plan.partition.flatMap((p) => (p.expression.kind === 'column' ? [p.expression.id] : [])));
			const produced = ids(plan);
			return pushSome(plan, predicates, (p) => plan.partition.length > 0 && readsOnly(p, keys, produced));
		}
		case 'sort':
			return plan.limit ? pushSome(plan, predicates, () => false) : pushSome(plan, predicates, () => true);
		case 'distinct':
			return pushSome(plan, predicates, () => plan.on.length === 0);
		case 'set-operation':
			return pushThroughSetOperation(plan, predicates);
		default:
			return pushSome(plan, predicates, () => false);
	}
}

/** Keeps above what may not go below; what may goes to the only input. */
function pushSome(plan: Plan, predicates: readonly Expression[], mayPass: (predicate: Expression) => boolean): Plan {
	const below = predicates.filter((p) => mayPass(p) && !isVolatile(p));
	const above = predicates.filter((p) => !below.includes(p));
	const rebuilt = mapPlanParts(plan, { expression: inside, plan: (p) => ('input' in plan && p === plan.input ? push(p, below) : pushFilters(p)) });
	return filterBy(rebuilt, above);
}

function pushThroughProject(plan: Of<'project'>, predicates: readonly Expression[]): Plan {
	const items = new Map<ColumnId, Expression>();
	const costly = new Set<ColumnId>();
	for (const item of plan.items) {
		items.set(item.column.id, item.expression);
		if (isVolatile(item.expression) || hasSubquery(item.expression)) costly.add(item.column.id);
	}
	const below: Expression[] = [];
	const above: Expression[] = [];
	for (const p of predicates) {
		const blocked = isVolatile(p) || [...columnsRead(p)].some((id) => costly.has(id));
		if (blocked) above.push(p);
		else below.push(substitute(p, items));
	}
	const rebuilt = mapPlanParts(plan, { expression: inside, plan: (p) => push(p, below) });
	return filterBy(rebuilt, above);
}

function pushThroughJoin(plan: Of<'join'>, predicates: readonly Expression[]): Plan {
	const left = ids(plan.left);
	const right = ids(plan.right);
	let type = plan.type;
	if (type === 'left' && predicates.some((p) => rejectsNulls(p, right))) type = 'inner';
	else if (type === 'right' && predicates.some((p) => rejectsNulls(p, left))) type = 'inner';
	else if (type === 'full') {
		const fromLeft = predicates.some((p) => rejectsNulls(p, left));
		const fromRight = predicates.some((p) => rejectsNulls(p, right));
		if (fromLeft && fromRight) type = 'inner';
		else if (fromLeft) type = 'left';
		else if (fromRight) type = 'right';
	}
	const toLeft: Expression[] = [];
	const toRight: Expression[] = [];
	const stay: Expression[] = [];
	const on: Expression[] = [];
	const place = (p: Expression, leftMay: boolean, rightMay: boolean, otherwise: Expression[]): void => {
		const volatile = isVolatile(p);
		if (!volatile && leftMay && readsOnly(p, left, new Set([...left, ...right]))) toLeft.push(p);
		else if (!volatile && rightMay && readsOnly(p, right, new Set([...left, ...right]))) toRight.push(p);
		else otherwise.push(p);
	};
	for (const p of conjuncts(plan.on).map(inside))
		place(p, type === 'inner' || type === 'right' || type === 'semi', type === 'inner' || type === 'left' || type === 'semi' || type === 'anti', on);
	for (const p of predicates)
		place(p, type === 'inner' || type === 'left' || type === 'semi' || type === 'anti', type === 'inner' || type === 'right', type === 'inner' ? on : stay);
	return filterBy(reorder(joinOf(type, push(plan.left, toLeft), push(plan.right, toRight), on), plan.columns), stay);
}

function pushThroughApply(plan: Of<'apply'>, predicates: readonly Expression[]): Plan {
	const left = ids(plan.left);
	const all = new Set([...left, ...ids(plan.right)]);
	const toLeft = predicates.filter((p) => !isVolatile(p) && readsOnly(p, left, all));
	const rest = predicates.filter((p) => !toLeft.includes(p));
	const toRight = plan.type === 'inner' ? rest.filter((p) => !isVolatile(p)) : [];
	const above = rest.filter((p) => !toRight.includes(p));
	const on = plan.on === null ? null : inside(plan.on);
	return filterBy({ ...plan, on, left: push(plan.left, toLeft), right: push(plan.right, toRight) }, above);
}

function pushThroughAggregate(plan: Of<'aggregate'>, predicates: readonly Expression[]): Plan {
	const inAllSets = plan.groups.filter((_, i) => plan.sets.every((set) => set.includes(i)));
	const groups = new Map<ColumnId, Expression>(inAllSets.map((g) => [g.column.id, g.expression]));
	const produced = ids(plan);
	const groupIds = new Set(groups.keys());
	const below = predicates.filter((p) => plan.groups.length > 0 && !isVolatile(p) && groupIds.size > 0 && readsOnly(p, groupIds, produced));
	const above = predicates.filter((p) => !below.includes(p));
	const rebuilt = mapPlanParts(plan, {
		expression: inside,
		plan: (p) =>
			push(
				p,
				below.map((b) => substitute(b, groups)),
			),
	});
	return filterBy(rebuilt, above);
}

function pushThroughSetOperation(plan: Of<'set-operation'>, predicates: readonly Expression[]): Plan {
	const side = (input: Plan): Plan => {
		const renamed = new Map<ColumnId, Expression>(plan.columns.map((c, i) => [c.id, { kind: 'column', id: input.columns[i]!.id, type: c.type }]));
		return push(
			input,
			below.map((p) => substitute(p, renamed)),
		);
	};
	const below = predicates.filter((p) => !isVolatile(p));
	const above = predicates.filter((p) => !below.includes(p));
	return filterBy({ ...plan, left: side(plan.left), right: side(plan.right) }, above);
}

/** True when the predicate cannot be true for a row in which all these columns are null. */
export function rejectsNulls(predicate: Expression, columns: ReadonlySet<ColumnId>): boolean {
	switch (predicate.kind) {
		case 'and':
			return predicate.operands.some((o) => rejectsNulls(o, columns));
		case 'or':
			return predicate.operands.every((o) => rejectsNulls(o, columns));
		case 'call':
			return predicate.function.strict && predicate.arguments.some((a) => isNullOfNulls(a, columns));
		case 'is-null':
			return predicate.negated && !predicate.row && isNullOfNulls(predicate.operand, columns);
		case 'in-list':
			return isNullOfNulls(predicate.left, columns);
		case 'column':
			return columns.has(predicate.id);
		default:
			return false;
	}
}

function isNullOfNulls(expression: Expression, columns: ReadonlySet<ColumnId>): boolean {
	if (expression.kind === 'column') return columns.has(expression.id);
	return expression.kind === 'call' && expression.function.strict && expression.arguments.some((a) => isNullOfNulls(a, columns));
}
