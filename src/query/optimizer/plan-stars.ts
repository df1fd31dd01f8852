/**
 * Recognises stars: an aggregate over one large table kept in columns, joined by integer columns to the primary keys of others. Such a
 * join gives at most one row for each row of the large table (the *fact*), so that the other tables (the *dimensions*) can be read
 * first, into arrays by key; the fact is then read once, and a row counts when all its places in those arrays are taken.
 *
 * What is asked besides, else the plan stays as it is: groups are columns; aggregates are count, sum, avg, min and max of integer
 * expressions over the fact; predicates read one column of the fact, or belong to one dimension.
 */

import { columnOf } from '../algebra/build.ts';
import type { AggregateCall, ColumnId, Expression } from '../algebra/expression.ts';
import type { Plan } from '../algebra/plan.ts';
import { conjuncts, hasSubquery, isVolatile, mapChildren, mapPlanParts, outerColumns, type Rewriter, substitute } from '../algebra/traverse.ts';
import { equalityOf } from '../functions/type-comparison.ts';
import { columnScan, isPushable } from './choose-columns.ts';
import type { OptimizerContext } from './context.ts';
import { flatten } from './plan-joins.ts';

type Aggregate = Extract<Plan, { kind: 'aggregate' }>;
type Star = Extract<Plan, { kind: 'star-aggregate' }>;
type Scan = Extract<Plan, { kind: 'scan' }>;

const INTEGERS: ReadonlySet<string> = new Set(['int2', 'int4', 'int8']);
/** Types of the fact's columns that it can be grouped by. */
const FACT_GROUPS: ReadonlySet<string> = new Set(['int2', 'int4', 'int8', 'date', 'text', 'varchar']);
const AGGREGATES: ReadonlySet<string> = new Set(['count', 'sum', 'avg', 'min', 'max']);
/** What kernels compute themselves. */
export const INTEGER_OPERATORS: Readonly<Record<string, '+' | '-' | '*'>> = Object.fromEntries(
	(['pl', 'mi', 'mul'] as const).flatMap((name, i) =>
		['int2', 'int4', 'int8', 'int24', 'int42', 'int48', 'int84', 'int28', 'int82'].map((types) => [`${types}${name}`, '+-*'[i] as '+' | '-' | '*']),
	),
);

export function planStars(plan: Plan, context: OptimizerContext): Plan {
	const by: Rewriter = { plan: (p) => planStars(p, context), expression: (e) => mapChildren(e, by) };
	const aggregate = plan.kind === 'aggregate' ? plan : plan.kind === 'distinct' && plan.on.length === 0 ? asAggregate(plan, context) : null;
	const star = aggregate === null ? null : starOf(aggregate, context);
	if (star === null) return mapPlanParts(plan, by);
	return plan.kind === 'distinct' ? { ...star, fallback: plan } : star;
}

/** DISTINCT as groups without aggregates; null where a column has no equality. */
function asAggregate({ input, columns }: Extract<Plan, { kind: 'distinct' }>, { catalog }: OptimizerContext): Aggregate | null {
	const groups: Aggregate['groups'][number][] = [];
	for (const column of columns) {
		const equality = equalityOf(column.type, catalog);
		if (equality === undefined) return null;
		groups.push({ column, expression: columnOf(column), equality });
	}
	return { kind: 'aggregate', input, groups, sets: [groups.map((_, i) => i)], grouping: [], aggregates: [], columns };
}

/** The aggregate without projections below it: what it reads is said in terms of their input. */
function withoutProjects(plan: Aggregate): Aggregate {
	let current = plan;
	while (current.input.kind === 'project') {
		const { items, input } = current.input;
		if (items.some(({ expression }) => isVolatile(expression) || hasSubquery(expression))) return current;
		const replacements = new Map(items.map(({ column, expression }) => [column.id, expression]));
		const inline = (e: Expression): Expression => substitute(e, replacements);
		current = mapPlanParts({ ...current, input: NO_INPUT }, { plan: (p) => p, expression: inline }) as Aggregate;
		current = { ...current, input };
	}
	return current;
}

const NO_INPUT: Plan = { kind: 'values', rows: [], columns: [] };

function starOf(original: Aggregate, context: OptimizerContext): Star | null {
	const plan = withoutProjects(original);
	if (plan.sets.length !== 1 || plan.sets[0]!.length !== plan.groups.length || plan.grouping.length > 0) return null;
	const inputs: Plan[] = [];
	const predicates: Expression[] = [];
	flatten(plan.input, inputs, predicates);
	if (plan.input.kind === 'filter' && plan.input.input.kind !== 'join' && inputs.length === 1) inputs[0] = plan.input;
	const fact = chooseFact(inputs, context);
	if (fact === null) return null;
	const dimensions = joinDimensions(inputs, fact, predicates);
	if (dimensions === null) return null;
	const own = fact.kind === 'filter' ? conjuncts(fact.predicate) : [];
	const scan = scanOf(fact)!;
	if (!own.every((p) => isPushable(p, scan))) return null;
	const read = columnScan(scan, own, context);
	if (read === null) return null;
	const facts = new Map(scan.columns.map((column) => [column.id, column.type.name]));
	const others = new Set(dimensions.flatMap(({ plan: dimension }) => dimension.columns.map((column) => column.id)));
	for (const { expression, equality } of plan.groups) {
		if (expression.kind !== 'column') return null;
		const type = facts.get(expression.id);
		if (type === undefined ? !others.has(expression.id) : !FACT_GROUPS.has(type) || !equality.identity) return null;
	}
	if (!plan.aggregates.every((call) => isComputable(call, facts))) return null;
	const star: Star = {
		kind: 'star-aggregate',
		fact: read,
		dimensions,
		groups: plan.groups,
		aggregates: plan.aggregates,
		fallback: original,
		columns: plan.columns,
	};
	return outerColumns(star).size > 0 ? null : star;
}

function scanOf(plan: Plan): Scan | null {
	if (plan.kind === 'filter') return plan.input.kind === 'scan' ? plan.input : null;
	return plan.kind === 'scan' ? plan : null;
}

/** The largest input, if its columns can be read. */
function chooseFact(inputs: readonly Plan[], context: OptimizerContext): Plan | null {
	let fact: Plan | null = null;
	let rows = -1;
	for (const input of inputs) {
		const scan = scanOf(input);
		if (scan === null) return null;
		const count = context.rowCount(scan.table);
		if (count > rows) {
			rows = count;
			fact = input;
		}
	}
	return fact;
}

/** Every other input with the one equality that joins it to the fact; null where that is not all that joins them. */
function joinDimensions(inputs: readonly Plan[], fact: Plan, predicates: readonly Expression[]): Star['dimensions'] | null {
	const factIds = new Set(fact.columns.map((column) => column.id));
	const waiting = new Set(predicates);
	const dimensions: Star['dimensions'][number][] = [];
	for (const input of inputs) {
		if (input === fact) continue;
		const scan = scanOf(input)!;
		if (scan.table.primaryKey.length !== 1) return null;
		const key = scan.scan.find(({ number }) => number === scan.table.primaryKey[0])?.column;
		if (key === undefined || !INTEGERS.has(key.type.name)) return null;
		const predicate = [...waiting].find((p) => joined(p, key.id, factIds) !== null);
		if (predicate === undefined) return null;
		waiting.delete(predicate);
		dimensions.push({ plan: input, key: joined(predicate, key.id, factIds)!, match: key.id });
	}
	return waiting.size === 0 ? dimensions : null;
}

/** The fact's column that a predicate compares with the key. */
function joined(predicate: Expression, key: ColumnId, factIds: ReadonlySet<ColumnId>): ColumnId | null {
	if (predicate.kind !== 'call' || predicate.function.comparison?.operator !== '=') return null;
	const [left, right] = predicate.arguments;
	if (left?.kind !== 'column' || right?.kind !== 'column') return null;
	if (!INTEGERS.has(left.type.name) || !INTEGERS.has(right.type.name)) return null;
	if (left.id === key && factIds.has(right.id)) return right.id;
	return right.id === key && factIds.has(left.id) ? left.id : null;
}

function isComputable(call: AggregateCall, facts: ReadonlyMap<ColumnId, string>): boolean {
	const { function: fn, arguments: args } = call;
	if (call.filter !== null || call.orderBy.length > 0 || call.withinGroup.length > 0 || !AGGREGATES.has(fn.name)) return false;
	if (args.length === 0) return fn.name === 'count';
	const argument = args[0]!;
	if (call.distinct) {
		return fn.name === 'count' && args.length === 1 && argument.kind === 'column' && INTEGERS.has(facts.get(argument.id) ?? '') && call.equalities[0]!.identity;
	}
	if (fn.name === 'count') return argument.kind === 'column' && facts.has(argument.id);
	return INTEGERS.has(argument.type.name) && isIntegerExpression(argument, facts);
}

function isIntegerExpression(e: Expression, facts: ReadonlyMap<ColumnId, string>): boolean {
	if (!INTEGERS.has(e.type.name)) return false;
	switch (e.kind) {
		case 'column':
			return facts.has(e.id);
		case 'constant':
			return typeof e.value === 'number';
		case 'parameter':
			return true;
		case 'call':
			return INTEGER_OPERATORS[e.function.name] !== undefined && e.arguments.length === 2 && e.arguments.every((a) => isIntegerExpression(a, facts));
		default:
			return false;
	}
}
