/**
 * Branches of a plan: plans without UNION ALL and full joins whose rows together are the plan's. Joins, filters and projections above are done in each branch. A
 * full join is the left join, and the rows of its right side that meet none of the left one (an anti-join, `row-block.ts`).
 */
import { columnOf, joinColumns } from '../query/algebra/build.ts';
import type { Expression } from '../query/algebra/expression.ts';
import type { Plan } from '../query/algebra/plan.ts';
import { unkept } from './unkept.ts';

type JoinPlan = Extract<Plan, { kind: 'join' }>;

/** All have the plan's columns. */
export function branchesOf(plan: Plan): Plan[] {
	switch (plan.kind) {
		case 'sort':
			return plan.limit == null ? branchesOf(plan.input) : [plan];
		case 'filter':
			return branchesOf(plan.input).map((input) => ({ ...plan, input, columns: input.columns }));
		case 'project':
			return branchesOf(plan.input).map((input) => ({ ...plan, input }));
		case 'set-operation':
			if (plan.operation !== 'union' || !plan.all) return [plan];
			return [...branchesOf(plan.left), ...branchesOf(plan.right)].map((part) => ({
				kind: 'project',
				input: part,
				columns: plan.columns,
				items: plan.columns.map((column, i) => ({ column, expression: columnOf(part.columns[i]!) })),
			}));
		case 'join':
			return joinBranches(plan);
		default:
			return [plan];
	}
}

function joinBranches(plan: JoinPlan): Plan[] {
	const { type } = plan;
	const left = branchesOf(plan.left);
	const right = branchesOf(plan.right);
	const join = (one: Plan, other: Plan, as: JoinPlan['type']): Plan => ({ ...plan, type: as, left: one, right: other, columns: joinColumns(as, one, other) });
	if (type === 'inner') return left.flatMap((one) => right.map((other) => join(one, other, type)));
	// A row without a partner in one branch of the other side may have one in another.
	if (type !== 'right' && right.length > 1) throw unkept(`UNION ALL or a full join on the right of a ${type} join`);
	if (type === 'left') return left.map((one) => join(one, right[0]!, type));
	if (left.length > 1) throw unkept(`UNION ALL or a full join on the left of a ${type} join`);
	if (type === 'right') return right.map((other) => join(left[0]!, other, type));
	return type === 'full' ? [join(left[0]!, right[0]!, 'left'), withoutPartner(plan, left[0]!, right[0]!)] : [plan];
}

function withoutPartner(plan: JoinPlan, left: Plan, right: Plan): Plan {
	const isRight = new Set(right.columns.map((column) => column.id));
	const input: Plan = { kind: 'join', type: 'anti', left: right, right: left, on: plan.on, columns: right.columns };
	const items = plan.columns.map((column) => {
		const missing: Expression = { kind: 'constant', value: null, type: column.type };
		return { column, expression: isRight.has(column.id) ? columnOf(column) : missing };
	});
	return { kind: 'project', input, items, columns: plan.columns };
}
