/**
 * The optimizer: a named list of passes over immutable plans. Each pass gives a plan with the same rows; tests run with each
 * one switched off and compare. Order: constants first, then subqueries become joins, predicates sink, kept views answer what they can, partitions take the places of their tables, lists are looked up, joins and table reads
 * are chosen, orders are used, reads of a graph's edges are marked for its adjacency, parts of long values are read in their rows, columns that nobody reads are dropped, reads of rows whose values are kept beside the adjacency are marked, and last of all constants that cannot be computed are reported.
 */
import type { Plan } from '../algebra/plan.ts';
import { chooseColumns } from './choose-columns.ts';
import type { OptimizerContext } from './context.ts';
import { expandPartitions } from './expand-partitions.ts';
import { foldConstants, raiseConstantErrors } from './fold-constants.ts';
import { lookUpLists } from './look-up-lists.ts';
import { planJoins } from './plan-joins.ts';
import { planStars } from './plan-stars.ts';
import { pruneColumns } from './prune-columns.ts';
import { pushFilters } from './push-filters.ts';
import { readParts } from './read-parts.ts';
import { unnestSubqueries } from './unnest-subqueries.ts';
import { useAdjacency } from './use-adjacency.ts';
import { useIntegerIndexes } from './use-integer-index.ts';
import { useIntersection } from './use-intersection.ts';
import { useKeptViews } from './use-kept-views.ts';
import { useOrder } from './use-order.ts';
import { useReach } from './use-reach.ts';
import { useShortest } from './use-shortest.ts';
import { useValues } from './use-values.ts';

interface Pass {
	readonly name: string;
	readonly run: (plan: Plan, context: OptimizerContext) => Plan;
}

export const passes: readonly Pass[] = [
	{ name: 'fold-constants', run: (plan, context) => foldConstants(plan, context.catalog) },
	{ name: 'unnest-subqueries', run: unnestSubqueries },
	{ name: 'push-filters', run: pushFilters },
	// Whether an index covers a read depends on what is read.
	{ name: 'prune-columns', run: pruneColumns },
	{ name: 'use-kept-views', run: useKeptViews },
	{ name: 'expand-partitions', run: expandPartitions },
	{ name: 'look-up-lists', run: lookUpLists },
	{ name: 'plan-stars', run: planStars },
	{ name: 'plan-joins', run: planJoins },
	// Rows from columns come in no order.
	{ name: 'choose-columns', run: chooseColumns },
	{ name: 'use-order', run: useOrder },
	{ name: 'use-adjacency', run: useAdjacency },
	{ name: 'use-integer-index', run: useIntegerIndexes },
	{ name: 'read-parts', run: readParts },
	{ name: 'prune-columns', run: pruneColumns },
	{ name: 'use-reach', run: useReach },
	{ name: 'use-shortest', run: useShortest },
	{ name: 'use-values', run: useValues },
	{ name: 'use-intersection', run: useIntersection },
	{ name: 'fold-constants', run: (plan, context) => raiseConstantErrors(plan, context.catalog) },
];

/** The plan as it is when `useKeptViews` sees it: for comparing a view's plan with a query's. */
export function normalize(plan: Plan, context: OptimizerContext): Plan {
	let result = plan;
	for (const pass of passes) {
		if (pass.run === useKeptViews) break;
		result = pass.run(result, context);
	}
	return result;
}

/** The plan to run for a statement's plan: same rows (in the same order where an order was asked for), less work. */
export function optimize(plan: Plan, context: OptimizerContext): Plan {
	let result = plan;
	for (const pass of passes) if (!context.without?.has(pass.name)) result = pass.run(result, context);
	return result;
}
