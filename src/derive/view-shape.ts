/**
 * The shapes of views that can be kept by every commit: rows of a block (`row-block.ts`), of several blocks one after the other (UNION ALL, full joins), the first rows in an order (`top-shape.ts`), or
 * groups over rows, by one or several grouping sets, with aggregates, HAVING and expressions over them (DISTINCT is grouping by every column). Anything else is refused with what stands in the way.
 */
import { columnOf } from '../query/algebra/build.ts';
import type { AggregateCall, Column, Expression } from '../query/algebra/expression.ts';
import type { Plan } from '../query/algebra/plan.ts';
import { conjunction, substitute } from '../query/algebra/traverse.ts';
import type { Equality } from '../query/functions/contracts.ts';
import { sqlFunctions } from '../query/functions/sql-functions.ts';
import { foldConstants } from '../query/optimizer/fold-constants.ts';
import type { TypeLookup } from '../value/type.ts';
import { ColumnIds, checkKept, type RowBlock, rowBlock } from './row-block.ts';
import { type TopShape, topShape } from './top-shape.ts';
import { branchesOf } from './union-branches.ts';
import { unkept } from './unkept.ts';

type AggregatePlan = Extract<Plan, { kind: 'aggregate' }>;

export interface GroupShape {
	readonly kind: 'groups';
	/** Their outputs: the groups, then for each aggregate its first argument (if any) and its filter (if any). */
	readonly blocks: readonly RowBlock[];
	readonly groups: readonly { readonly column: Column; readonly equality: Equality }[];
	readonly aggregates: readonly {
		readonly call: AggregateCall;
		/** Places of argument and filter in the block's outputs, −1: none. */
		readonly argument: number;
		readonly filter: number;
	}[];
	/** Grouping sets, as places in `groups`: a row counts in one group of each. */
	readonly sets: readonly (readonly number[])[];
	/** For computing single groups: the aggregate as it was written, over an input that the block is made of. */
	readonly plan: AggregatePlan;
	/** What the view shows, over the columns of `plan`. */
	readonly outputs: readonly Expression[];
	/** Over the columns of `plan`; null: every group is shown. */
	readonly having: Expression | null;
}

export interface RowShape {
	readonly kind: 'rows';
	/** Each with outputs in the order of the view's columns. */
	readonly blocks: readonly RowBlock[];
}

export type ViewShape = GroupShape | RowShape | TopShape;

/** Throws 0A000 for a view that cannot be kept. */
export function viewShape(plan: Plan, types: TypeLookup): ViewShape {
	// Limits are constants once casts are done.
	const top = topShape(foldConstants(plan, types));
	if (top !== null) return top;
	const grouped = groupShape(plan, types, new ColumnIds(plan));
	if (grouped !== null) return grouped;
	return { kind: 'rows', blocks: branchesOf(plan).map((part) => rowBlock(part, new ColumnIds(plan))) };
}

/** What stands above the aggregate, in terms of its columns. */
interface Above {
	readonly aggregate: AggregatePlan;
	readonly outputs: readonly Expression[];
	readonly having: readonly Expression[];
}

/** The aggregate that the plan ends in, or null where there is none. */
function above(plan: Plan, types: TypeLookup, ids: ColumnIds): Above | null {
	switch (plan.kind) {
		case 'aggregate':
			return { aggregate: plan, outputs: plan.columns.map(columnOf), having: [] };
		case 'distinct': {
			if (plan.on.length > 0) throw unkept('DISTINCT ON');
			return distinctAsGroups(plan, types, ids);
		}
		case 'sort': {
			if (plan.limit != null) throw unkept('LIMIT');
			const below = above(plan.input, types, ids);
			return below;
		}
		case 'filter':
		case 'project': {
			const below = above(plan.input, types, ids);
			if (below === null) return null;
			const places = new Map(plan.input.columns.map((column, i) => [column.id, below.outputs[i]!]));
			if (plan.kind === 'filter') return { ...below, having: [...below.having, checked(substitute(plan.predicate, places))] };
			return { ...below, outputs: plan.items.map((item) => checked(substitute(item.expression, places))) };
		}
		default:
			return null;
	}
}

function checked(expression: Expression): Expression {
	checkKept(expression);
	return expression;
}

function distinctAsGroups(plan: Extract<Plan, { kind: 'distinct' }>, types: TypeLookup, ids: ColumnIds): Above {
	const groups = plan.input.columns.map((column) => {
		const equality = sqlFunctions.equality(column.type, types);
		if (equality === undefined) throw unkept(`DISTINCT over the type ${column.type.name}`);
		return { column: ids.column(column.name, column), expression: columnOf(column), equality };
	});
	const columns = groups.map((group) => group.column);
	const aggregate: AggregatePlan = { kind: 'aggregate', input: plan.input, groups, sets: [groups.map((_, i) => i)], aggregates: [], grouping: [], columns };
	return { aggregate, outputs: columns.map(columnOf), having: [] };
}

function groupShape(plan: Plan, types: TypeLookup, ids: ColumnIds): GroupShape | null {
	const found = above(plan, types, ids);
	if (found === null) return null;
	const { aggregate } = found;
	const items: { column: Column; expression: Expression }[] = [];
	const put = (expression: Expression): number => items.push({ column: ids.column('', { type: expression.type, typmod: -1 }), expression }) - 1;
	for (const group of aggregate.groups) put(group.expression);
	const aggregates = aggregate.aggregates.map((call) => {
		const [argument] = call.arguments;
		for (const expression of [...call.arguments, ...[...call.orderBy, ...call.withinGroup].map((key) => key.expression)]) checkKept(expression);
		return { call, argument: argument === undefined ? -1 : put(argument), filter: call.filter === null ? -1 : put(call.filter) };
	});
	const feed: Plan = { kind: 'project', input: aggregate.input, items, columns: items.map((item) => item.column) };
	return {
		kind: 'groups',
		blocks: branchesOf(feed).map((part) => rowBlock(part, ids)),
		groups: aggregate.groups.map(({ column, equality }) => ({ column, equality })),
		sets: aggregate.sets,
		aggregates,
		plan: aggregate,
		outputs: found.outputs,
		having: conjunction(found.having),
	};
}
