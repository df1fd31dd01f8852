/**
 * How many rows an operator is likely to give: simple rules over table sizes, good enough to choose between an index and a
 * scan, and which table to begin with. Without statistics of values, selectivities are constants (after System R).
 */
import { EDGE_TYPE } from '../../model/graph/contracts.ts';
import type { Expression } from '../algebra/expression.ts';
import type { Plan } from '../algebra/plan.ts';
import { conjuncts } from '../algebra/traverse.ts';
import { type OptimizerContext, usableIndexes } from './context.ts';
import { keyAttributes } from './match-index.ts';
import { boundEdges } from './use-adjacency.ts';

export const EQUAL_SHARE = 0.005;
const RANGE_SHARE = 0.33;
/** Elements of arrays repeat more than values: they are labels, tags. */
const ELEMENT_SHARE = 0.1;
const OTHER_SHARE = 0.25;
/** Of a graph's edges, those of one type: graphs have few types, and one or two of them have most edges. */
const EDGE_TYPE_SHARE = 0.3;

/** The share of rows that a predicate lets through. */
export function selectivity(predicate: Expression): number {
	switch (predicate.kind) {
		case 'and':
			return predicate.operands.reduce((share, o) => share * selectivity(o), 1);
		case 'or':
			return Math.min(
				1,
				predicate.operands.reduce((share, o) => share + selectivity(o), 0),
			);
		case 'not':
			return 1 - selectivity(predicate.operand);
		case 'is-null':
			return predicate.negated ? 0.95 : 0.05;
		case 'in-list':
			return Math.min(1, EQUAL_SHARE * predicate.list.length);
		case 'quantified':
			return EQUAL_SHARE * 5;
		case 'constant':
			return predicate.value === true ? 1 : 0;
		case 'call': {
			const operator = predicate.function.comparison?.operator;
			if (operator === '=') return EQUAL_SHARE;
			if (operator === '<>') return 1 - EQUAL_SHARE;
			return operator === undefined ? OTHER_SHARE : RANGE_SHARE;
		}
		default:
			return OTHER_SHARE;
	}
}

/** Estimated rows of a plan; at least 1, so that products stay meaningful. */
export function estimateRows(plan: Plan, context: OptimizerContext): number {
	let known = estimates.get(context);
	if (known === undefined) estimates.set(context, (known = new WeakMap()));
	let rows = known.get(plan);
	if (rows === undefined) known.set(plan, (rows = Math.max(1, estimate(plan, context))));
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
			return plan.predicates.reduce((rows, p) => rows * selectivity(p), context.rowCount(plan.table));
		case 'access':
			return accessRows(plan, context);
		case 'values':
			return plan.rows.length;
		case 'virtual-scan':
			return plan.expectedRows ?? 100;
		case 'function-scan':
			return 100;
		case 'filter':
			return conjuncts(plan.predicate).reduce((rows, p) => rows * (valueShare(p, plan.input, context) ?? selectivity(p)), of(plan.input));
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
			return joinRows(plan.type, of(plan.left), of(plan.right), conjuncts(plan.on).length);
		case 'hash-join':
			return joinRows(plan.type, of(plan.left), of(plan.right), plan.keys.length);
		case 'apply':
			return plan.type === 'semi' || plan.type === 'anti' ? of(plan.left) * 0.5 : of(plan.left) * of(plan.right);
		case 'aggregate':
			return plan.groups.length === 0 ? plan.sets.length : Math.max(1, of(plan.input) * 0.1) * plan.sets.length;
		case 'star-aggregate':
			return of(plan.fallback);
		case 'stored-groups':
			return of(plan.stored);
		case 'limit':
			return plan.count === null ? of(plan.input) : Math.min(of(plan.input), constantCount(plan.count));
		case 'distinct':
			return of(plan.input) * 0.5;
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

function joinRows(type: string, left: number, right: number, keys: number): number {
	if (type === 'semi' || type === 'anti') return left * 0.5;
	const matched = keys === 0 ? left * right : Math.max(left, right);
	return type === 'left' || type === 'full' ? Math.max(matched, left) : matched;
}

/** The value that an expression is likely to have; undefined where only the execution knows. */
function likelyValue(expression: Expression): unknown {
	if (expression.kind === 'constant') return expression.value;
	return expression.kind === 'parameter' ? expression.likely : undefined;
}

/** The share of a table's rows in which a column read by `input` is equal to a value; null where that is not known. */
function valueShare(predicate: Expression, input: Plan, context: OptimizerContext): number | null {
	if (context.lookupRows === undefined || (input.kind !== 'access' && input.kind !== 'scan')) return null;
	if (predicate.kind !== 'call' || predicate.function.comparison?.operator !== '=') return null;
	const [left, right] = predicate.arguments as readonly [Expression, Expression];
	const value = likelyValue(right);
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
		const value = likelyValue(expression);
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
		if (unique && bound.equal.length === keyColumns && keyColumns > 0) total += 1;
		else if (plan.index?.columns[0]?.each === true) total += Math.max(1, rows * ELEMENT_SHARE);
		else {
			let share = bound.equal.length === 0 ? 1 : Math.max(EQUAL_SHARE ** bound.equal.length, 1 / rows);
			if (bound.equal.length > 0) share = Math.min(share, Math.max(20, Math.sqrt(rows)) / rows);
			if (bound.lower !== null) share *= RANGE_SHARE;
			if (bound.upper !== null) share *= bound.lower === null ? RANGE_SHARE : 0.03;
			total += Math.max(1, rows * share);
		}
	}
	return total;
}
