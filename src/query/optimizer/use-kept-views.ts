/**
 * Answers aggregates from kept views with groups (`StoredGroups`): a query over a coarser grouping reads the view's groups and puts
 * their states together, instead of reading the tables. `docs/guide/views.md` has the conditions for users. They are:
 *
 * (1) Both are aggregates over a join block (`join-block.ts`). Every table of the view is in the query once, and so are all of the
 *     view's conditions. The query may join further tables and set further conditions.
 * (2) What the query groups by, its further conditions, and filters of its aggregates are said in terms of what the view groups by
 *     (within one of its grouping sets) and of the further tables. Values by which the view groups look the same when they are equal.
 * (3) Each aggregate is count, sum, avg, min or max of an argument whose state the view stores (with the same filter, or without one),
 *     or one for which repeated values do not matter (DISTINCT, min, max) over what the view groups by. Sums of floats are not stored.
 * (4) There are fewer groups than rows in the largest table that is spared.
 *
 * A view's rows and its tables' are of one snapshot, but a transaction's own changes are only in its tables. So the plan has both ways:
 * which one is taken is decided when it is opened (`executor/codegen/stored-groups.ts`).
 *
 * Source: Goldstein and Larson, "Optimizing Queries Using Materialized Views", 2001; ours has no ranges that contain each other.
 */

import { BOOL, BYTEA, INT8, NUMERIC } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { columnOf, filterBy, joinOf } from '../algebra/build.ts';
import type { AggregateCall, Column, ColumnId, Expression } from '../algebra/expression.ts';
import type { Plan } from '../algebra/plan.ts';
import { greatestColumnId, isVolatile, mapChildren, mapPlanParts, outerColumns, type Rewriter, substitute } from '../algebra/traverse.ts';
import type { AggregateFunction, ScalarFunction } from '../functions/contracts.ts';
import { sqlFunctions } from '../functions/sql-functions.ts';
import { equalityOf } from '../functions/type-comparison.ts';
import type { OptimizerContext } from './context.ts';
import { EqualColumns, type JoinBlock, joinBlock, Likeness, type ScanPlan } from './join-block.ts';
import type { StoredGroups, StoredState } from './kept-groups.ts';

type AggregatePlan = Extract<Plan, { kind: 'aggregate' }>;
type StoredPlan = Extract<Plan, { kind: 'stored-groups' }>;

/** Reading a group from a view's rows, in rows of a table that lies in columns. */
const COLUMNAR_ROWS_PER_GROUP = 20;
/** Aggregates for which it does not matter how often a value comes. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['min', 'max', 'bool_and', 'bool_or', 'every']);
const DISTINCT_TOO: ReadonlySet<string> = new Set(['count', 'sum', 'avg']);

export function useKeptViews(plan: Plan, context: OptimizerContext): Plan {
	if (context.storedGroups === undefined) return plan;
	const ids = new FreshIds(plan);
	const by: Rewriter = {
		plan: (p) => (p.kind === 'aggregate' ? (bestAnswer(p, context, ids) ?? mapPlanParts(p, by)) : mapPlanParts(p, by)),
		expression: (e) => mapChildren(e, by),
	};
	return by.plan(plan);
}

class FreshIds {
	readonly #plan: Plan;
	#last = 0;

	constructor(plan: Plan) {
		this.#plan = plan;
	}

	column(name: string, type: Type): Column {
		if (this.#last === 0) this.#last = greatestColumnId(this.#plan);
		return { id: ++this.#last, name, type, typmod: -1 };
	}
}

/** The answer with the fewest groups to read. */
function bestAnswer(plan: AggregatePlan, context: OptimizerContext, ids: FreshIds): StoredPlan | null {
	const candidates = candidatesFor(plan, context);
	if (candidates.length === 0) return null;
	const block = joinBlock(plan.input);
	if (block === null || outerColumns(plan).size > 0) return null;
	let best: StoredPlan | null = null;
	let fewest = Number.POSITIVE_INFINITY;
	for (const stored of candidates) {
		const answer = new Answer(plan, block, stored, context, ids);
		if (answer.groupCount >= fewest || !answer.paysOff()) continue;
		const found = answer.plan();
		if (found === null) continue;
		best = found;
		fewest = answer.groupCount;
	}
	return best;
}

function candidatesFor(plan: AggregatePlan, context: OptimizerContext): readonly StoredGroups[] {
	const found = new Set<StoredGroups>();
	const visit = (p: Plan): Plan => {
		if (p.kind === 'scan') for (const stored of context.storedGroups!(p.table.id)) found.add(stored);
		else mapPlanParts(p, { plan: visit, expression: (e) => e });
		return p;
	};
	visit(plan.input);
	return [...found];
}

/** One query's aggregate, and one view that may answer it. */
class Answer {
	readonly #query: AggregatePlan;
	readonly #block: JoinBlock;
	readonly #stored: StoredGroups;
	readonly #context: OptimizerContext;
	readonly #ids: FreshIds;
	readonly #likeness: Likeness;
	/** Scans of the query that the view's rows take the place of. */
	#spared: readonly ScanPlan[] = [];
	#others: readonly ScanPlan[] = [];
	/** The view's columns, as the query calls them. */
	#meanings: ReadonlyMap<ColumnId, Expression> = new Map();
	#equal: EqualColumns = new EqualColumns([]);
	/** What the view groups by, as the query says it. */
	#groups: readonly Expression[] = [];
	/** Columns of the stored rows that are read, by attribute number. */
	readonly #read = new Map<number, Column>();
	/** Groups of the view that the query needs. */
	readonly #needed = new Set<number>();

	constructor(query: AggregatePlan, block: JoinBlock, stored: StoredGroups, context: OptimizerContext, ids: FreshIds) {
		this.#query = query;
		this.#block = block;
		this.#stored = stored;
		this.#context = context;
		this.#ids = ids;
		this.#likeness = new Likeness(context.catalog);
	}

	/** About how many groups are stored. */
	get groupCount(): number {
		return this.#context.rowCount(this.#stored.rows);
	}

	/** Condition (4), before anything is compared. */
	paysOff(): boolean {
		const tables = new Set<number>();
		const stored = joinBlock(this.#stored.plan.input);
		if (stored === null) return false;
		for (const scan of stored.scans) tables.add(scan.table.id);
		return this.#block.scans.some(({ table }) => {
			if (!tables.has(table.id)) return false;
			const cost = table.engine === 'columnar' ? COLUMNAR_ROWS_PER_GROUP : 1;
			return this.groupCount * cost < this.#context.rowCount(table);
		});
	}

	plan(): StoredPlan | null {
		const rest = this.#unmatchedConditions();
		if (rest === null) return null;
		const conditions = this.#allSaid(rest);
		const groups = this.#allSaid(this.#query.groups.map((group) => group.expression));
		if (conditions === null || groups === null) return null;
		const calls = this.#query.aggregates.map((call) => this.#call(call));
		if (calls.some((call) => call === null)) return null;
		const input = this.#input(conditions);
		if (input === null) return null;
		const parts = calls as readonly AnsweredCall[];
		const columns = this.#query.columns.map((column) => this.#ids.column(column.name, column.type));
		const keys = this.#query.groups.map((group, i) => ({ ...group, column: this.#ids.column(group.column.name, group.column.type), expression: groups[i]! }));
		const grouping = this.#query.grouping.map((call) => ({ ...call, column: this.#ids.column(call.column.name, call.column.type) }));
		const aggregates = parts.flatMap((part) => part.calls);
		const aggregate: AggregatePlan = {
			kind: 'aggregate',
			input,
			groups: keys,
			sets: this.#query.sets,
			aggregates,
			grouping,
			columns: [...keys, ...aggregates, ...grouping].map((one) => one.column),
		};
		const results = [...keys.map((key) => columnOf(key.column)), ...parts.map((part) => part.result), ...grouping.map((call) => columnOf(call.column))];
		const kept: Plan = { kind: 'project', input: aggregate, columns, items: columns.map((column, i) => ({ column, expression: results[i]! })) };
		return {
			kind: 'stored-groups',
			view: this.#stored.view,
			tables: this.#spared.map((scan) => scan.table),
			conditions: this.#likeness.conditions,
			stored: kept,
			otherwise: this.#query,
			columns: this.#query.columns,
		};
	}

	// ---- conditions (1) ----

	/** The query's conditions that the view does not have; null when it has others. */
	#unmatchedConditions(): readonly Expression[] | null {
		const view = joinBlock(this.#stored.plan.input);
		if (view === null || !this.#matchScans(view)) return null;
		const viewConditions = view.conditions.map((condition) => substitute(condition, this.#meanings));
		this.#equal = new EqualColumns(viewConditions);
		const asked = new EqualColumns(this.#block.conditions);
		const rest = this.#block.conditions.filter((condition) => !this.#equal.makes(condition)).map((condition) => this.#equal.said(condition));
		for (const condition of viewConditions) {
			if (asked.makes(condition)) continue;
			const said = this.#equal.said(condition);
			const at = rest.findIndex((one) => this.#likeness.isSame(said, one));
			if (at < 0) return null;
			rest.splice(at, 1);
		}
		const inView = (e: Expression): Expression => substitute(substitute(e, view.meanings), this.#meanings);
		this.#groups = this.#stored.plan.groups.map((group) => this.#equal.said(inView(group.expression)));
		return rest;
	}

	/** Finds the view's tables among the query's: each once. */
	#matchScans(view: JoinBlock): boolean {
		const meanings = new Map<ColumnId, Expression>();
		const spared: ScanPlan[] = [];
		for (const scan of view.scans) {
			const same = this.#block.scans.filter((one) => one.table.id === scan.table.id);
			if (same.length !== 1 || view.scans.filter((one) => one.table.id === scan.table.id).length !== 1) return false;
			spared.push(same[0]!);
			for (const { column, number } of scan.scan) {
				const asked = same[0]!.scan.find((one) => one.number === number);
				// A column that the query does not read is like nothing in it.
				meanings.set(column.id, columnOf(asked?.column ?? this.#ids.column(column.name, column.type)));
			}
		}
		this.#meanings = meanings;
		this.#spared = spared;
		this.#others = this.#block.scans.filter((scan) => !spared.includes(scan));
		return true;
	}

	// ---- conditions (2) ----

	#allSaid(expressions: readonly Expression[]): readonly Expression[] | null {
		const said: Expression[] = [];
		for (const expression of expressions) {
			const one = this.#said(expression);
			if (one === null) return null;
			said.push(one);
		}
		return said;
	}

	/** An expression of the query over the view's groups and the further tables; null where it needs more than these. */
	#said(expression: Expression): Expression | null {
		const asked = this.#equal.said(substitute(expression, this.#block.meanings));
		if (isVolatile(asked)) return null;
		let isSaid = true;
		const by: Rewriter = {
			plan: (p) => {
				isSaid = false;
				return p;
			},
			expression: (e) => {
				const group = this.#groups.findIndex((stored, i) => this.#showsEqual(this.#stored.plan.groups[i]!.expression) && this.#likeness.isSame(stored, e));
				if (group >= 0) {
					this.#needed.add(group);
					return this.#column(this.#stored.groups[group]!, e.type);
				}
				if (e.kind === 'column') isSaid &&= this.#isOther(e.id);
				return mapChildren(e, by);
			},
		};
		const said = by.expression(asked);
		return isSaid ? said : null;
	}

	/** Whether equal values of an expression of the view look the same. */
	#showsEqual(expression: Expression): boolean {
		const { type } = expression;
		if (type.name === 'float4' || type.name === 'float8') return false;
		if (equalityOf(type, this.#context.catalog)?.identity === true) return true;
		return type.oid === NUMERIC.oid && this.#hasScale(expression);
	}

	/** A column of numerics of one scale. */
	#hasScale(expression: Expression): boolean {
		if (expression.kind !== 'column') return false;
		const view = joinBlock(this.#stored.plan.input)!;
		const meant = view.meanings.get(expression.id) ?? expression;
		if (meant.kind !== 'column') return false;
		return view.scans.some((scan) => scan.scan.some(({ column }) => column.id === meant.id && column.typmod >= 0));
	}

	#isOther(id: ColumnId): boolean {
		return this.#others.some((scan) => scan.scan.some(({ column }) => column.id === id));
	}

	#column(number: number, type: Type): Expression {
		let column = this.#read.get(number);
		if (column === undefined) {
			const name = this.#stored.rows.columns.find((one) => one.number === number)?.name ?? '';
			this.#read.set(number, (column = this.#ids.column(name, type)));
		}
		return columnOf(column);
	}

	// ---- conditions (3) ----

	#call(call: AggregateCall): AnsweredCall | null {
		if (call.orderBy.length > 0 || call.withinGroup.length > 0) return null;
		return this.#fromState(call) ?? this.#overGroups(call);
	}

	/** From the state of an aggregate of the view, or from the number of rows. */
	#fromState(call: AggregateCall): AnsweredCall | null {
		const { name } = call.function;
		const argument = call.arguments[0] === undefined ? null : this.#asked(call.arguments[0]);
		if ((call.distinct && !IDEMPOTENT.has(name)) || call.arguments.length > 1) return null;
		if (name === 'count' && (argument === null || this.#isNeverNull(argument))) {
			const filter = this.#filter(call.filter);
			if (filter !== undefined) return this.#total(call, this.#stored.count, filter);
		}
		for (const [i, stored] of this.#stored.plan.aggregates.entries()) {
			const state = this.#stored.states[i]!;
			if (state === null || !this.#suits(name, state, stored) || !this.#isSameArgument(stored, argument)) continue;
			const hasSameFilter = stored.filter !== null && call.filter !== null && this.#likeness.isSame(this.#inView(stored.filter), this.#asked(call.filter));
			const filter = hasSameFilter ? null : stored.filter === null ? this.#filter(call.filter) : undefined;
			if (filter !== undefined) return this.#fromParts(call, state, filter);
		}
		return null;
	}

	#isSameArgument(stored: AggregateCall, argument: Expression | null): boolean {
		const [own] = stored.arguments;
		if (own === undefined || argument === null) return own === undefined && argument === null;
		return this.#likeness.isSame(this.#inView(own), argument);
	}

	#inView(e: Expression): Expression {
		const view = joinBlock(this.#stored.plan.input)!;
		return this.#equal.said(substitute(substitute(e, view.meanings), this.#meanings));
	}

	#asked(e: Expression): Expression {
		return this.#equal.said(substitute(e, this.#block.meanings));
	}

	/** Whether the state of a view's aggregate gives an aggregate of this name. Of equal values that look different, any may be the least. */
	#suits(name: string, state: StoredState, stored: AggregateCall): boolean {
		if (state.kind === 'count') return name === 'count';
		if (state.kind === 'sum') return name === 'sum' || name === 'avg' || name === 'count';
		return name === stored.function.name && this.#showsEqual(stored.arguments[0]!);
	}

	/** A filter over the view's groups; undefined where it is over more. */
	#filter(filter: Expression | null): Expression | null | undefined {
		return filter === null ? null : (this.#said(filter) ?? undefined);
	}

	#isNeverNull(argument: Expression): boolean {
		if (argument.kind !== 'column') return false;
		const scan = this.#spared.find((one) => one.scan.some(({ column }) => column.id === argument.id));
		const number = scan?.scan.find(({ column }) => column.id === argument.id)?.number;
		return scan?.table.columns.some((column) => column.number === number && column.notNull) ?? false;
	}

	#fromParts(call: AggregateCall, state: StoredState, filter: Expression | null): AnsweredCall {
		if (state.kind === 'extreme') {
			const value = this.#column(state.value, call.column.type);
			return alone({ ...call, column: this.#ids.column(call.column.name, call.column.type), arguments: [value], distinct: false, equalities: [], filter });
		}
		if (call.function.name === 'count' || state.kind === 'count') return this.#total(call, state.count, filter);
		const hasValues = compared('>', this.#column(state.count, INT8), { kind: 'constant', value: 0, type: INT8 });
		const sum = this.#sum(this.#column(state.sum, NUMERIC), filter === null ? hasValues : { kind: 'and', operands: [filter, hasValues], type: BOOL });
		if (call.function.name === 'sum') return { calls: [sum], result: castTo(columnOf(sum.column), call.column.type) };
		const count = this.#sum(this.#column(state.count, INT8), filter);
		return { calls: [sum, count], result: called(operator('/', NUMERIC), [columnOf(sum.column), columnOf(count.column)], NUMERIC) };
	}

	/** A number of rows: 0 where there is no group. */
	#total(call: AggregateCall, number: number, filter: Expression | null): AnsweredCall {
		const sum = this.#sum(this.#column(number, INT8), filter);
		const count = castTo(columnOf(sum.column), call.column.type);
		return { calls: [sum], result: { kind: 'coalesce', operands: [count, { kind: 'constant', value: 0, type: count.type }], type: count.type } };
	}

	#sum(argument: Expression, filter: Expression | null): AggregateCall {
		return {
			column: this.#ids.column('sum', NUMERIC),
			function: aggregateOf('sum', argument.type),
			arguments: [argument],
			distinct: false,
			equalities: [],
			filter,
			orderBy: [],
			withinGroup: [],
		};
	}

	/** Where it does not matter how often a value comes, the values of the groups do. */
	#overGroups(call: AggregateCall): AnsweredCall | null {
		const { name } = call.function;
		if (!IDEMPOTENT.has(name) && !(call.distinct && DISTINCT_TOO.has(name) && !call.column.type.name.startsWith('float'))) return null;
		const args = this.#allSaid(call.arguments);
		const filter = this.#filter(call.filter);
		if (args === null || filter === undefined) return null;
		return alone({ ...call, column: this.#ids.column(call.column.name, call.column.type), arguments: args, filter });
	}

	// ---- the rows to read ----

	/** The groups of the smallest set that has what is needed, joined with the further tables. */
	#input(conditions: readonly Expression[]): Plan | null {
		const { setBounds, plan, rows } = this.#stored;
		const own: Expression[] = [];
		let set = 0;
		plan.sets.forEach((groups, i) => {
			const isEnough = [...this.#needed].every((group) => groups.includes(group));
			if (isEnough && (!this.#isEnough(set) || groups.length < plan.sets[set]!.length)) set = i;
		});
		if (!this.#isEnough(set)) return null;
		if (setBounds !== null) {
			const key = this.#column(this.#stored.key, BYTEA);
			const { lower, upper } = setBounds[set]!;
			own.push(compared('>=', key, { kind: 'constant', value: lower, type: BYTEA }), compared('<', key, { kind: 'constant', value: upper, type: BYTEA }));
		}
		// The group of everything is there without a row, too.
		if (plan.sets[set]!.length === 0) own.push(compared('>', this.#column(this.#stored.count, INT8), { kind: 'constant', value: 0, type: INT8 }));
		const scan = [...this.#read].map(([number, column]) => ({ column, number }));
		const columns = scan.map((one) => one.column);
		const groups = filterBy({ kind: 'scan', table: rows, scan, columns }, own);
		return filterBy(
			this.#others.reduce<Plan>((left, right) => joinOf('inner', left, right, []), groups),
			conditions,
		);
	}

	#isEnough(set: number): boolean {
		return [...this.#needed].every((group) => this.#stored.plan.sets[set]!.includes(group));
	}
}

/** Aggregates over the view's groups, and what is made of them for one of the query's. */
interface AnsweredCall {
	readonly calls: readonly AggregateCall[];
	readonly result: Expression;
}

function alone(call: AggregateCall): AnsweredCall {
	return { calls: [call], result: columnOf(call.column) };
}

function aggregateOf(name: string, type: Type): AggregateFunction {
	const found = sqlFunctions.functions(name).find((one) => one.kind === 'aggregate' && one.argumentOids.length === 1 && one.argumentOids[0] === type.oid);
	if (found?.kind !== 'aggregate') throw new TypeError(`there is no ${name} of ${type.name}`);
	return found;
}

function operator(name: string, type: Type): ScalarFunction {
	const found = sqlFunctions.operators(name).find((one) => one.leftOid === type.oid && one.rightOid === type.oid);
	if (found === undefined) throw new TypeError(`there is no ${name} of ${type.name}`);
	return found.function;
}

function called(fn: ScalarFunction, args: readonly Expression[], type: Type): Expression {
	return { kind: 'call', function: fn, arguments: args, typmod: -1, type };
}

function compared(name: string, left: Expression, right: Expression): Expression {
	return called(operator(name, left.type), [left, right], BOOL);
}

/** A numeric as the integer that it is. */
function castTo(value: Expression, type: Type): Expression {
	if (type.oid === NUMERIC.oid) return value;
	const cast = sqlFunctions.cast(NUMERIC.oid, type.oid)?.function;
	if (cast == null) throw new TypeError(`there is no cast of numeric to ${type.name}`);
	return called(cast, [value], type);
}
