/**
 * Membership in a list that is known when the statement runs, of a column or expression that an index has: a join with the list's
 * distinct elements, so that each is looked up, instead of a filter that goes through the list for each row.
 *
 * Condition: a conjunct of a filter right over a scan is a call of a function with `membership`; its list reads no column, is not volatile and has no
 * subquery; and the equality of the first argument with an element would be bound by an index of the table, or its key.
 *
 * The rows are the same: a null, in the list or before it, is equal to nothing, and elements come once each. What is different is only that a list
 * that is none fails where the table is empty, too.
 *
 * The join's order and kind are the planner's: a long list beside a small table is hashed.
 */
import { BOOL } from '../../value/builtin-types.ts';
import { columnOf, filterBy, joinOf, reorder } from '../algebra/build.ts';
import type { Column, ColumnId, Expression } from '../algebra/expression.ts';
import type { Plan } from '../algebra/plan.ts';
import { columnsRead, conjuncts, greatestColumnId, hasSubquery, isVolatile, mapChildren, mapPlanParts, type Rewriter } from '../algebra/traverse.ts';
import { accessCandidates } from './choose-access.ts';
import type { OptimizerContext } from './context.ts';
import { restrictionsOf } from './match-index.ts';

type Scan = Extract<Plan, { kind: 'scan' }>;

export function lookUpLists(plan: Plan, context: OptimizerContext): Plan {
	let lastId: ColumnId | null = null;
	const newId = (): ColumnId => {
		lastId = (lastId ?? greatestColumnId(plan)) + 1;
		return lastId;
	};
	const rewriter: Rewriter = {
		plan(part) {
			const rebuilt = mapPlanParts(part, rewriter);
			return rebuilt.kind === 'filter' && rebuilt.input.kind === 'scan'
				? withLookUps(rebuilt.input, conjuncts(rebuilt.predicate), rebuilt, context, newId)
				: rebuilt;
		},
		expression: (e) => mapChildren(e, rewriter),
	};
	return rewriter.plan(plan);
}

/** One list is enough: the others filter what it finds. */
function withLookUps(scan: Scan, predicates: readonly Expression[], filter: Plan, context: OptimizerContext, newId: () => ColumnId): Plan {
	for (const predicate of predicates) {
		if (predicate.kind !== 'call' || predicate.function.membership === undefined || !isKnown(predicate.arguments[1]!)) continue;
		const { elements, equals } = predicate.function.membership;
		const [value, list] = predicate.arguments as readonly [Expression, Expression];
		const element: Column = { id: newId(), name: 'element', type: list.type, typmod: -1, origin: null };
		const called = equals.specialize?.([value.type, element.type], context.catalog) ?? equals;
		const equality: Expression = { kind: 'call', function: called, arguments: [value, columnOf(element)], typmod: -1, type: BOOL };
		const others = predicates.filter((p) => p !== predicate);
		if (!isBound(scan, equality, others, context)) continue;
		const one: Plan = { kind: 'values', rows: [[]], columns: [] };
		const items = [{ column: element, function: elements, arguments: [list] }];
		const expanded: Plan = { kind: 'expand', input: one, items, columns: [element] };
		return reorder(joinOf('inner', filterBy(scan, others), expanded, [equality]), filter.columns);
	}
	return filter;
}

function isKnown(list: Expression): boolean {
	return columnsRead(list).size === 0 && !isVolatile(list) && !hasSubquery(list);
}

/** Whether an index finds rows by the equality that it does not find by the other predicates. */
function isBound(scan: Scan, equality: Expression, others: readonly Expression[], context: OptimizerContext): boolean {
	const bound = (predicates: readonly Expression[]): ReadonlyMap<number, number> => {
		const restrictions = restrictionsOf(scan.scan, predicates);
		return new Map(accessCandidates(scan, restrictions, predicates, context).map((match) => [match.index?.id ?? 0, match.equalCount]));
	};
	const without = bound(others);
	for (const [index, equalCount] of bound([equality, ...others])) if (equalCount > (without.get(index) ?? 0)) return true;
	return false;
}
