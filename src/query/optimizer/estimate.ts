/**
 * How many rows an operator is likely to give, good enough to choose between an index and a scan, and which table to begin with: by the
 * sizes of tables, and by the statistics of their values where they were analysed.
 */
import { EDGE_TYPE } from '../../model/graph/contracts.ts';
import { columnOf } from '../algebra/build.ts';
import type { Expression } from '../algebra/expression.ts';
import type { AccessBounds, Plan } from '../algebra/plan.ts';
import { conjuncts } from '../algebra/traverse.ts';
import { knownAttribute, knownColumn, noteOrigins } from './column-origins.ts';
import { type OptimizerContext, usableIndexes } from './context.ts';
import { keyAttributes } from './match-index.ts';
import { comparedValue, EQUAL_SHARE, likelyValue, RANGE_SHARE, selectivityOf } from './selectivity.ts';
import { boundEdges } from './use-adjacency.ts';
import { equalShare, type KnownColumn, type RangeEnd, shareBetween } from './value-statistics.ts';

/** Of the rows before its upper end, those in a range. */
const CLOSED_RANGE_SHARE = 0.03;
/** Elements of arrays repeat more than values: they are labels, tags. */
const ELEMENT_SHARE = 0.1;
/** Of a graph's edges, those of one type: graphs have few types, and one or two of them have most edges. */
const EDGE_TYPE_SHARE = 0.3;

/** Estimated rows of a plan; at least 1, so that products stay meaningful. */
export function estimateRows(plan: Plan, context: OptimizerContext): number {
	let known = estimates.get(context);
	if (known === undefined) estimates.set(context, (known = new WeakMap()));
	let rows = known.get(plan);
	if (rows === undefined) {
		known.set(plan, (rows = Math.max(1, estimate(plan, context))));
		noteOrigins(plan, context);
	}
	return rows;
}

/** What was estimated in one run of the optimizer: joins of many tables ask for the same plans again and again. */
const estimates = new WeakMap<OptimizerContext, WeakMap<Plan, number>>();

function constantCount(expression: Expression | null): number {
	return expression?.kind === 'constant' && typeof expression.value === 'number' ? expression.value : 100;
}

function estimate(plan: Plan, context: OptimizerContext): number {
	const of = (p: Plan): number => estimateRows(p, context);
	switch (plan.kind) {
		case 'scan':
			return context.rowCount(plan.table);
		case 'column-scan':
			noteOrigins(plan, context);
			return context.rowCount(plan.table) * selectivityOf(plan.predicates, context);
		case 'access':
			return accessRows(plan, context);
		case 'values':
			return plan.rows.length;
		case 'virtual-scan':
			return plan.expectedRows ?? 100;
		case 'function-scan':
			return 100;
		case 'filter':
			return filteredRows(plan, context);
		case 'project':
		case 'window':
		case 'lock-rows':
		case 'barrier':
			return of(plan.input);
		case 'sort':
			return plan.limit ? Math.min(of(plan.input), constantCount(plan.limit)) : of(plan.input);
		case 'expand':
			return of(plan.input) * 10;
		case 'join':
			return joinRows(plan.type, plan.left, plan.right, equalPairs(plan), context);
		case 'hash-join':
			return joinRows(plan.type, plan.left, plan.right, plan.keys, context);
		case 'apply':
			return plan.type === 'semi' || plan.type === 'anti' ? of(plan.left) * 0.5 : of(plan.left) * of(plan.right);
		case 'aggregate':
			return plan.groups.length === 0 ? plan.sets.length : groupRows(plan, context) * plan.sets.length;
		case 'star-aggregate':
			return of(plan.fallback);
		case 'stored-groups':
			return of(plan.stored);
		case 'limit':
			return plan.count === null ? of(plan.input) : Math.min(of(plan.input), constantCount(plan.count));
		case 'distinct':
			return Math.min(of(plan.input), combinations(plan.input.columns.map(columnOf), context) ?? of(plan.input) * 0.5);
		case 'set-operation':
			return plan.operation === 'union' ? of(plan.left) + of(plan.right) : of(plan.left);
		case 'graph-algorithm':
			return plan.algorithm === 'shortestPath' ? 10 : context.rowCount(plan.vertices);
		case 'reach':
		case 'shortest':
			return of(plan.otherwise);
		case 'with':
			return of(plan.body);
		case 'cte-scan':
		case 'working-scan':
			return 100;
		case 'recursion':
			return of(plan.base) * 10;
		case 'insert':
		case 'update':
		case 'delete':
			return of(plan.input);
	}
}

/** Rows of a filter: what the looks into an index say counts more than what is known of the values. */
function filteredRows(plan: Extract<Plan, { kind: 'filter' }>, context: OptimizerContext): number {
	const rows = estimateRows(plan.input, context);
	const rest: Expression[] = [];
	let share = 1;
	for (const predicate of conjuncts(plan.predicate)) {
		const looked = valueShare(predicate, plan.input, context);
		if (looked === null) rest.push(predicate);
		else share *= looked;
	}
	return rows * share * selectivityOf(rest, context);
}

/** Two expressions that a join compares for equality, one of each side. */
interface EqualPair {
	readonly left: Expression;
	readonly right: Expression;
}

function equalPairs(plan: Extract<Plan, { kind: 'join' }>): EqualPair[] {
	return conjuncts(plan.on).map((predicate) => {
		const isEqual = predicate.kind === 'call' && predicate.function.comparison?.operator === '=';
		return isEqual ? { left: predicate.arguments[0]!, right: predicate.arguments[1]! } : { left: predicate, right: predicate };
	});
}

function joinRows(type: string, left: Plan, right: Plan, pairs: readonly EqualPair[], context: OptimizerContext): number {
	const leftRows = estimateRows(left, context);
	const rightRows = estimateRows(right, context);
	if (type === 'semi' || type === 'anti') {
		const met = metShare(pairs, rightRows, context) ?? 0.5;
		return leftRows * (type === 'semi' ? met : Math.max(0.01, 1 - met));
	}
	const matched = pairs.length === 0 ? leftRows * rightRows : (matchedRows(leftRows, rightRows, pairs, context) ?? Math.max(leftRows, rightRows));
	return type === 'left' || type === 'full' ? Math.max(matched, leftRows) : matched;
}

/**
 * Rows of an inner join by the numbers of distinct values: the fewer values of the two sides are taken to be among the more of the other
 * (Selinger et al. 1979). Further keys of a join mostly depend on the first, so each counts by a root more. null: nothing is known of a key.
 */
function matchedRows(leftRows: number, rightRows: number, pairs: readonly EqualPair[], context: OptimizerContext): number | null {
	const shares: number[] = [];
	for (const pair of pairs) {
		const distinct = Math.max(...[pair.left, pair.right].map((side) => distinctValues(side, context) ?? 0));
		if (distinct > 0) shares.push(1 / distinct);
	}
	if (shares.length === 0) return null;
	shares.sort((a, b) => a - b);
	return shares.reduce((rows, share, i) => rows * share ** (1 / 2 ** i), leftRows * rightRows);
}

/** The share of left rows whose value the right side has; null where that is not known. */
function metShare(pairs: readonly EqualPair[], rightRows: number, context: OptimizerContext): number | null {
	if (pairs.length !== 1) return null;
	const { left, right } = pairs[0]!;
	const [ofLeft, ofRight] = [left, right].map((side) => distinctValues(side, context));
	if (ofLeft == null || ofRight == null) return null;
	return Math.min(1, Math.min(ofRight, rightRows) / ofLeft);
}

/** How many values an expression has over its whole table; null where that is not known. */
function distinctValues(expression: Expression, context: OptimizerContext): number | null {
	const known = knownColumn(expression, context);
	return known === null || known.distinct === 0 ? null : known.distinct;
}

/** Groups of values, of which there are at most as many as rows. */
function groupRows(plan: Extract<Plan, { kind: 'aggregate' }>, context: OptimizerContext): number {
	const rows = estimateRows(plan.input, context);
	const groups = combinations(
		plan.groups.map((group) => group.expression),
		context,
	);
	return groups === null ? Math.max(1, rows * 0.1) : Math.min(rows, groups);
}

/** How many combinations of values there are; null where that is not known of one. */
function combinations(expressions: readonly Expression[], context: OptimizerContext): number | null {
	let product = 1;
	for (const expression of expressions) {
		const distinct = distinctValues(expression, context);
		if (distinct === null) return null;
		product *= distinct + (knownColumn(expression, context)!.statistics.nullShare > 0 ? 1 : 0);
	}
	return product;
}

/** The share of a table's rows in which a column read by `input` is equal to a value; null where that is not known. */
function valueShare(predicate: Expression, input: Plan, context: OptimizerContext): number | null {
	if (context.lookupRows === undefined || (input.kind !== 'access' && input.kind !== 'scan')) return null;
	if (predicate.kind !== 'call' || predicate.function.comparison?.operator !== '=') return null;
	const [left, right] = predicate.arguments as readonly [Expression, Expression];
	const value = likelyValue(right, context);
	const number = left.kind === 'column' ? input.scan.find((s) => s.column.id === left.id)?.number : undefined;
	if (number === EDGE_TYPE && context.graphTable?.(input.table)?.part === 'edges') return EDGE_TYPE_SHARE;
	if (value === undefined || number === undefined) return null;
	const index = usableIndexes(input.table, context.catalog).find((one) => one.columns[0]?.column === number);
	const rows = index === undefined ? null : context.lookupRows(input.table, index, new Map([[number, value]]), []);
	return rows === null ? null : Math.min(1, rows / Math.max(1, context.rowCount(input.table)));
}

/** Rows that equal values of an index find, where something is known of the table. */
function lookedUpRows(plan: Extract<Plan, { kind: 'access' }>, equal: readonly Expression[], context: OptimizerContext): number | null {
	if (context.lookupRows === undefined || equal.length === 0) return null;
	const attributes = keyAttributes(plan.table, plan.index);
	const known = new Map<number, unknown>();
	const open: number[] = [];
	equal.forEach((expression, i) => {
		const value = likelyValue(expression, context);
		if (value === undefined) open.push(attributes[i]!);
		else known.set(attributes[i]!, value);
	});
	return context.lookupRows(plan.table, plan.index, known, open);
}

/** Rows of an access path, by how many key columns are bound. */
export function accessRows(plan: Extract<Plan, { kind: 'access' }>, context: OptimizerContext): number {
	if (plan.expectedRows !== undefined) return plan.expectedRows;
	const rows = Math.max(1, context.rowCount(plan.table));
	if (plan.nearest !== undefined) return rows;
	let total = 0;
	// Edges of a graph at a vertex: its degree, for one type as for all, since most vertices have edges of few types.
	const edges = context.graphTable === undefined ? null : boundEdges(plan, context);
	if (edges === 'outgoing' || edges === 'incoming') return Math.max(1, context.graphTable!(plan.table)!.degree);
	for (const bound of plan.bounds) {
		const found = bound.lower === null && bound.upper === null ? lookedUpRows(plan, bound.equal, context) : null;
		if (found !== null) {
			total += found;
			continue;
		}
		const keyColumns = plan.index?.columns.length ?? plan.table.primaryKey.length;
		const unique = plan.index?.unique ?? true;
		const known = boundShare(plan, bound, context);
		if (unique && bound.equal.length === keyColumns && keyColumns > 0) total += 1;
		else if (known !== null) total += Math.max(1, rows * known);
		else if (plan.index?.columns[0]?.each === true) total += Math.max(1, rows * ELEMENT_SHARE);
		else {
			let share = bound.equal.length === 0 ? 1 : Math.max(EQUAL_SHARE ** bound.equal.length, 1 / rows);
			if (bound.equal.length > 0) share = Math.min(share, Math.max(20, Math.sqrt(rows)) / rows);
			if (bound.lower !== null) share *= RANGE_SHARE;
			if (bound.upper !== null) share *= bound.lower === null ? RANGE_SHARE : CLOSED_RANGE_SHARE;
			total += Math.max(1, rows * share);
		}
	}
	return total;
}

/** The share of rows within the bounds of an access, by the statistics of its columns; null: nothing is known of them. */
function boundShare(plan: Extract<Plan, { kind: 'access' }>, bound: AccessBounds, context: OptimizerContext): number | null {
	const attributes = keyAttributes(plan.table, plan.index);
	const columns = attributes.slice(0, bound.equal.length + 1).map((attribute) => knownAttribute(plan.table, attribute, context));
	if (columns.every((known) => known === null)) return null;
	let share = 1;
	bound.equal.forEach((expression, i) => {
		const known = columns[i] ?? null;
		const value = known === null ? likelyValue(expression, context) : comparedValue(known, '=', expression, context);
		const isNull = bound.equalNulls?.[i] === true && value === null;
		share *= (isNull ? known?.statistics.nullShare : known === null ? null : equalShare(known, value)) ?? EQUAL_SHARE;
	});
	return bound.lower === null && bound.upper === null ? share : share * rangeShare(bound, columns[bound.equal.length] ?? null, context);
}

/** The share of rows between the ends of a range of one column. */
function rangeShare({ lower, upper }: AccessBounds, known: KnownColumn | null, context: OptimizerContext): number {
	const unknown = lower !== null && upper !== null ? CLOSED_RANGE_SHARE : RANGE_SHARE;
	if (known === null) return unknown;
	const endOf = (end: AccessBounds['lower'], operator: '<' | '>'): RangeEnd | null =>
		end === null ? null : { value: comparedValue(known, operator, end.expression, context) ?? null, inclusive: end.inclusive };
	const ends = [endOf(lower, '>'), endOf(upper, '<')] as const;
	return ends.some((end) => end?.value === null) ? unknown : (shareBetween(known, ends[0], ends[1]) ?? unknown);
}
