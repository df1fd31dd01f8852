/**
 * LIMIT over a sort by the distance of one table's rows from a point: reads them through a spatial index on just these columns,
 * nearest first, so that only about as many rows are touched as the limit wants. Predicates are checked on the way; where they
 * let few rows through and another path finds those, that one is taken and its rows sorted.
 */
import { filterBy } from '../algebra/build.ts';
import type { ColumnId, Expression, SortKey } from '../algebra/expression.ts';
import type { Plan } from '../algebra/plan.ts';
import { columnsRead, conjuncts, hasSubquery, isVolatile } from '../algebra/traverse.ts';
import { metricOf } from '../functions/spatial-functions.ts';
import { chooseAccess } from './choose-access.ts';
import { type OptimizerContext, usableIndexes } from './context.ts';
import { selectivityOf } from './selectivity.ts';

type Project = Extract<Plan, { kind: 'project' }>;
type Scan = Extract<Plan, { kind: 'scan' }>;
type Nearest = NonNullable<Extract<Plan, { kind: 'access' }>['nearest']>;

/** Of a row read through the queue of a search, in units of a row met in a scan. */
const NEAREST_COST = 8;
const WANTED_UNKNOWN = 100;

/** The plan with the sort replaced; null where no index gives the order. */
export function nearestAccess(plan: Extract<Plan, { kind: 'limit' }>, context: OptimizerContext): Plan | null {
	if (plan.count === null || plan.ties !== undefined || context.without?.has('nearest')) return null;
	const outer: Project[] = [];
	const inner: Project[] = [];
	const sort = throughProjects(plan.input, outer);
	if (sort.kind !== 'sort' || sort.keys.length !== 1) return null;
	const below = throughProjects(sort.input, inner);
	const predicates = below.kind === 'filter' ? conjuncts(below.predicate) : [];
	const scan = below.kind === 'filter' ? below.input : below;
	if (scan.kind !== 'scan') return null;
	const order = resolved(sort.keys[0]!, inner);
	const indexes = usableIndexes(scan.table, context.catalog, 'rtree');
	const index = indexes.find(
		(candidate) =>
			nearestOf(
				order,
				scan,
				candidate.columns.map((c) => c.column),
			) !== null,
	);
	if (index === undefined) return null;
	const nearest = nearestOf(
		order,
		scan,
		index.columns.map((c) => c.column),
	)!;
	const share = selectivityOf(predicates, context);
	const wanted = plan.count.kind === 'constant' && typeof plan.count.value === 'number' ? plan.count.value : WANTED_UNKNOWN;
	if (predicates.length > 0 && chooseAccess(scan, predicates, context).cost < (wanted / Math.max(share, 1e-6)) * NEAREST_COST) return null;
	const access: Plan = {
		kind: 'access',
		table: scan.table,
		scan: scan.scan,
		index,
		bounds: [],
		nearest,
		reverse: false,
		covering: false,
		columns: scan.columns,
	};
	return { ...plan, input: rewrap(rewrap(filterBy(access, predicates), inner), outer) };
}

function throughProjects(plan: Plan, passed: Project[]): Plan {
	let at = plan;
	while (at.kind === 'project') {
		passed.push(at);
		at = at.input;
	}
	return at;
}

function rewrap(input: Plan, wraps: readonly Project[]): Plan {
	return wraps.reduceRight<Plan>((below, wrap) => ({ ...wrap, input: below }), input);
}

/** The sort key in terms of what lies below the projections. */
function resolved(key: SortKey, projects: readonly Project[]): SortKey {
	let { expression } = key;
	for (const project of projects) {
		const { kind } = expression;
		const id: ColumnId = kind === 'column' ? expression.id : -1;
		const item = project.items.find((candidate) => candidate.column.id === id);
		if (item === undefined) break;
		expression = item.expression;
	}
	return { ...key, expression };
}

/** The order, if it is by the distance of just these columns from a point that does not depend on the row. */
function nearestOf({ expression, descending, nullsFirst }: SortKey, scan: Scan, attributes: readonly number[]): Nearest | null {
	if (descending || nullsFirst || expression.kind !== 'call' || expression.arguments.length !== 2) return null;
	const metric = metricOf(expression.function.name);
	if (metric === null) return null;
	const [first, second] = expression.arguments as readonly [Expression, Expression];
	if (areColumns(first, scan, attributes) && isFixed(second, scan)) return { metric, origin: second };
	if (metric === 'point' && areColumns(second, scan, attributes) && isFixed(first, scan)) return { metric, origin: first };
	return null;
}

/** An array of these columns in order, each perhaps made a double, or all of them. */
function areColumns(expression: Expression, scan: Scan, attributes: readonly number[]): boolean {
	const array = expression.kind === 'call' && expression.function.name === '_float8' ? expression.arguments[0]! : expression;
	if (array.kind !== 'array' || array.nested || array.operands.length !== attributes.length) return false;
	return array.operands.every((operand, j) => {
		const column = isWidening(operand) ? operand.arguments[0]! : operand;
		return column.kind === 'column' && scan.scan.some((s) => s.column.id === column.id && s.number === attributes[j]);
	});
}

/** A cast that leaves the number as it is, as a double. */
function isWidening(expression: Expression): expression is Extract<Expression, { kind: 'call' }> {
	if (expression.kind !== 'call' || expression.arguments.length !== 1 || expression.typmod !== -1) return false;
	return expression.function.name === 'float8' || expression.function.name === 'numeric';
}

function isFixed(expression: Expression, scan: Scan): boolean {
	const own = new Set(scan.columns.map((column) => column.id));
	return ![...columnsRead(expression)].some((id) => own.has(id)) && !isVolatile(expression) && !hasSubquery(expression);
}
