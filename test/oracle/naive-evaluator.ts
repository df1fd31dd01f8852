/**
 * The algebra by its definition: a tree walk over arrays of rows, with nothing fast in it. The oracle of
 * the executor and of every language. It uses `equals` and `compare` where the executor uses keys, evaluates every expression
 * anew, and knows no access path: bounds of an `access` are tested as conditions on whole scans.
 *
 * A row is a map from column id to value. Changes of tables are not evaluated here.
 */
import { sqlError } from '../../src/platform/errors.ts';
import type { AggregateCall, ColumnId, Expression, SortKey } from '../../src/query/algebra/expression.ts';
import type { Plan } from '../../src/query/algebra/plan.ts';
import { arrayOf, extremeOf, isNullRow, quantified, subscript } from '../../src/query/executor/runtime/composite-values.ts';
import { limitCount } from '../../src/query/executor/runtime/limit-count.ts';
import { compareKeys } from '../../src/query/executor/runtime/ordered-aggregate.ts';
import type { Equality, FunctionContext, ScalarFunction } from '../../src/query/functions/contracts.ts';
import type { TableObject } from '../../src/transaction/catalog-objects.ts';
import { PgArray } from '../../src/value/pg-array.ts';
import type { TypeLookup } from '../../src/value/type.ts';
import { evaluateWindow } from './naive-windows.ts';

export type NaiveRow = ReadonlyMap<ColumnId, unknown>;

export interface NaiveWorld {
	/** Rows of a table in key order, one value per attribute number from 1. */
	rows(table: TableObject): readonly (readonly unknown[])[];
	readonly parameters: readonly unknown[];
	readonly functions: FunctionContext;
	readonly types: TypeLookup;
	/** An operator that gives more rows than this ends the evaluation with `TooManyRows`. */
	readonly rowsMax?: number;
}

/** The plan's rows are too many to be worth the oracle's time. */
export class TooManyRows extends Error {}

/** What a plan is evaluated in: the columns around it and the named rows in reach. */
export interface Scope {
	readonly columns: NaiveRow;
	readonly named: ReadonlyMap<number, readonly (readonly unknown[])[]>;
	readonly sources: ReadonlyMap<number, readonly ColumnId[]>;
}

const EMPTY: Scope = { columns: new Map(), named: new Map(), sources: new Map() };

type AnyFunction = (...values: unknown[]) => unknown;

export class NaiveEvaluator {
	readonly #world: NaiveWorld;

	constructor(world: NaiveWorld) {
		this.#world = world;
	}

	/** The plan's rows as arrays in the order of its columns. */
	run(plan: Plan): unknown[][] {
		return this.#rows(plan, EMPTY).map((row) => plan.columns.map((c) => row.get(c.id)));
	}

	#work = 0;

	#rows(plan: Plan, scope: Scope): NaiveRow[] {
		const rows = this.#evaluate(plan, scope);
		this.#work += rows.length + 1;
		if (this.#work > (this.#world.rowsMax ?? Number.POSITIVE_INFINITY)) throw new TooManyRows();
		return rows;
	}

	#evaluate(plan: Plan, scope: Scope): NaiveRow[] {
		switch (plan.kind) {
			case 'scan':
				return this.#world.rows(plan.table).map((row) => new Map(plan.scan.map((s) => [s.column.id, s.number > 0 ? row[s.number - 1] : null])));
			case 'access':
				return this.#access(plan, scope);
			case 'values':
				return plan.rows.map((row) => new Map(plan.columns.map((c, i) => [c.id, this.value(row[i]!, scope)])));
			case 'function-scan':
				return this.#functionScan(plan, scope);
			case 'filter':
				return this.#rows(plan.input, scope).filter((row) => this.value(plan.predicate, within(scope, row)) === true);
			case 'project':
				return this.#rows(plan.input, scope).map((row) => new Map(plan.items.map((i) => [i.column.id, this.value(i.expression, within(scope, row))])));
			case 'expand':
				return this.#expand(plan, scope);
			case 'join':
				return this.#join(
					plan.type,
					plan.left,
					() => plan.right,
					scope,
					(s) => plan.on === null || this.value(plan.on, s) === true,
				);
			case 'hash-join':
				return this.#hashJoin(plan, scope);
			case 'apply':
				return this.#join(
					plan.type,
					plan.left,
					() => plan.right,
					scope,
					(s) => plan.on === null || this.value(plan.on, s) === true,
					true,
				);
			case 'aggregate':
				return this.#aggregate(plan, scope);
			case 'window':
				return evaluateWindow(plan, this.#fewRows(plan.input, scope), (e, row) => this.value(e, row === null ? scope : within(scope, row)), this.#world);
			case 'sort': {
				const sorted = this.#sort(this.#rows(plan.input, scope), plan.keys, scope);
				return plan.limit ? sorted.slice(0, limitCount(this.value(plan.limit, scope), false)) : sorted;
			}
			case 'limit':
				return this.#limit(plan, scope);
			case 'distinct':
				return this.#distinct(plan, scope);
			case 'set-operation':
				return this.#setOperation(plan, scope);
			case 'with': {
				const rows = this.#arrays(plan.definition, scope);
				const ids = plan.definition.columns.map((c) => c.id);
				return this.#rows(plan.body, { ...scope, named: new Map([...scope.named, [plan.name, rows]]), sources: new Map([...scope.sources, [plan.name, ids]]) });
			}
			case 'cte-scan': {
				const ids = scope.sources.get(plan.name)!;
				return scope.named.get(plan.name)!.map((row) => new Map(plan.columns.map((c, i) => [c.id, row[ids.indexOf(plan.source[i]!)]])));
			}
			case 'recursion':
				return this.#recursion(plan, scope);
			case 'reach':
			case 'shortest':
				return this.#rows(plan.otherwise, scope);
			case 'working-scan':
				return toRows(plan, scope.named.get(plan.name)!);
			default:
				throw new TypeError(`the naive evaluator does not evaluate ${plan.kind}`);
		}
	}

	/** Rows of which all pairs will be compared. */
	#fewRows(plan: Plan, scope: Scope): NaiveRow[] {
		const rows = this.#rows(plan, scope);
		if (rows.length ** 2 > (this.#world.rowsMax ?? Number.POSITIVE_INFINITY) / 4) throw new TooManyRows();
		return rows;
	}

	#arrays(plan: Plan, scope: Scope): unknown[][] {
		return this.#rows(plan, scope).map((row) => plan.columns.map((c) => row.get(c.id)));
	}

	#access(plan: Extract<Plan, { kind: 'access' }>, scope: Scope): NaiveRow[] {
		const isPrimary = plan.index === null || plan.index.primary;
		const numbers = isPrimary ? plan.table.primaryKey : plan.index.columns.map((c) => c.column);
		const directions = numbers.map((_, i) => (isPrimary ? { descending: false, nullsFirst: false } : plan.index!.columns[i]!));
		const compare = (a: unknown, b: unknown): number => ((a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0);
		const ordering = { name: 'key', compare, primitive: true };
		const rows = this.#world.rows(plan.table).filter((row) =>
			plan.bounds.some((bounds) => {
				const at = (i: number): unknown => row[numbers[i]! - 1];
				const equal = bounds.equal.every((e, i) => {
					const value = this.value(e, scope);
					return value === null ? bounds.equalNulls?.[i] === true && at(i) === null : at(i) === value;
				});
				const next = at(bounds.equal.length);
				const holds = (bound: typeof bounds.lower, sign: number): boolean => {
					if (bound === null) return true;
					const value = this.value(bound.expression, scope);
					if (value === null || next === null) return false;
					const order = compare(next, value) * sign;
					return order > 0 || (order === 0 && bound.inclusive);
				};
				return equal && holds(bounds.lower, 1) && holds(bounds.upper, -1);
			}),
		);
		const sorted = [...rows].sort((a, b) => {
			for (let i = 0; i < numbers.length; i++) {
				const order = compareKeys({ ordering, ...directions[i]! }, a[numbers[i]! - 1], b[numbers[i]! - 1]);
				if (order !== 0) return order;
			}
			return 0;
		});
		if (plan.reverse) sorted.reverse();
		return sorted.map((row) => new Map(plan.scan.map((s) => [s.column.id, s.number > 0 ? row[s.number - 1] : null])));
	}

	#items(
		call: {
			readonly function: { readonly kind: string; readonly strict: boolean; readonly context: boolean; readonly evaluate?: unknown };
			readonly arguments: readonly Expression[];
		},
		scope: Scope,
	): unknown[] {
		const fn = call.function as ScalarFunction;
		const args = call.arguments.map((a) => this.value(a, scope));
		const isSet = call.function.kind === 'set';
		if (fn.strict && args.includes(null)) return isSet ? [] : [null];
		const result = (fn.evaluate as AnyFunction)(...(fn.context ? [this.#world.functions] : []), ...args);
		return isSet ? [...(result as Iterable<unknown>)] : [result];
	}

	#functionScan(plan: Extract<Plan, { kind: 'function-scan' }>, scope: Scope): NaiveRow[] {
		const lists = plan.functions.map((f) => this.#items(f, scope));
		const count = Math.max(0, ...lists.map((l) => l.length));
		return Array.from({ length: count }, (_, i) => {
			const row = new Map<ColumnId, unknown>();
			plan.functions.forEach((f, k) => {
				const item = i < lists[k]!.length ? lists[k]![i] : null;
				f.columns.forEach((c, j) => {
					row.set(c.id, f.columns.length === 1 ? item : item === null ? null : (item as unknown[])[j]);
				});
			});
			if (plan.ordinality !== null) row.set(plan.ordinality.id, i + 1);
			return row;
		});
	}

	#expand(plan: Extract<Plan, { kind: 'expand' }>, scope: Scope): NaiveRow[] {
		return this.#rows(plan.input, scope).flatMap((row) => {
			const lists = plan.items.map((item) => this.#items(item, within(scope, row)));
			const count = Math.max(0, ...lists.map((l) => l.length));
			return Array.from(
				{ length: count },
				(_, i) => new Map([...row, ...plan.items.map((item, k): [ColumnId, unknown] => [item.column.id, i < lists[k]!.length ? lists[k]![i] : null])]),
			);
		});
	}

	#join(type: string, leftPlan: Plan, rightPlan: () => Plan, scope: Scope, on: (scope: Scope) => boolean, lateral = false): NaiveRow[] {
		const right = rightPlan();
		const all = lateral ? [] : this.#rows(right, scope);
		const matched = new Set<NaiveRow>();
		const out: NaiveRow[] = [];
		const nulls = (plan: Plan): [ColumnId, unknown][] => plan.columns.map((c) => [c.id, null]);
		for (const left of this.#rows(leftPlan, scope)) {
			const candidates = lateral ? this.#rows(right, within(scope, left)) : all;
			const matches = candidates.filter((r) => on(within(within(scope, left), r)));
			for (const match of matches) matched.add(match);
			if (type === 'semi' || type === 'anti') {
				if (matches.length > 0 === (type === 'semi')) out.push(left);
				continue;
			}
			this.#work += candidates.length;
			if (this.#work > (this.#world.rowsMax ?? Number.POSITIVE_INFINITY)) throw new TooManyRows();
			for (const match of matches) out.push(new Map([...left, ...match]));
			if (matches.length === 0 && (type === 'left' || type === 'full')) out.push(new Map([...left, ...nulls(right)]));
		}
		if (type === 'right' || type === 'full') for (const row of all) if (!matched.has(row)) out.push(new Map([...nulls(leftPlan), ...row]));
		return out;
	}

	#hashJoin(plan: Extract<Plan, { kind: 'hash-join' }>, scope: Scope): NaiveRow[] {
		return this.#join(
			plan.type,
			plan.left,
			() => plan.right,
			scope,
			(s) => {
				const equal = plan.keys.map((k): boolean | null => {
					const a = this.value(k.left, s);
					const b = this.value(k.right, s);
					if (a === null || b === null) return k.nullsEqual === true ? a === b : null;
					return k.equality.equals(a, b);
				});
				if (plan.residual !== null && this.value(plan.residual, s) !== true) return false;
				return plan.nullAware === true ? !equal.includes(false) : equal.every((e) => e === true);
			},
		);
	}

	#sort(rows: readonly NaiveRow[], keys: readonly SortKey[], scope: Scope): NaiveRow[] {
		const keyed = rows.map((row) => ({ row, values: keys.map((k) => this.value(k.expression, within(scope, row))) }));
		keyed.sort((a, b) => {
			for (let i = 0; i < keys.length; i++) {
				const order = compareKeys(keys[i]!, a.values[i], b.values[i]);
				if (order !== 0) return order;
			}
			return 0;
		});
		return keyed.map((k) => k.row);
	}

	#limit(plan: Extract<Plan, { kind: 'limit' }>, scope: Scope): NaiveRow[] {
		const offset = plan.offset === null ? 0 : limitCount(this.value(plan.offset, scope), true);
		const rows = this.#rows(plan.input, scope).slice(offset);
		if (plan.count === null) return rows;
		const count = limitCount(this.value(plan.count, scope), false);
		const kept = rows.slice(0, count);
		const last = kept[kept.length - 1];
		if (plan.ties === undefined || last === undefined) return kept;
		const key = (row: NaiveRow): unknown[] => plan.ties!.map((k) => this.value(k.expression, within(scope, row)));
		for (const row of rows.slice(count)) {
			if (key(row).some((v, i) => compareKeys(plan.ties![i]!, v, key(last)[i]) !== 0)) break;
			kept.push(row);
		}
		return kept;
	}

	#distinct(plan: Extract<Plan, { kind: 'distinct' }>, scope: Scope): NaiveRow[] {
		const out: { readonly row: NaiveRow; readonly values: unknown[] }[] = [];
		for (const row of this.#rows(plan.input, scope)) {
			const values = plan.on.map((o) => this.value(o.expression, within(scope, row)));
			const equalities = plan.on.map((o) => o.equality);
			if (!out.some((o) => sameValues(o.values, values, equalities))) out.push({ row, values });
		}
		return out.map((o) => o.row);
	}

	#setOperation(plan: Extract<Plan, { kind: 'set-operation' }>, scope: Scope): NaiveRow[] {
		const left = this.#arrays(plan.left, scope);
		const right = this.#arrays(plan.right, scope);
		const same = (a: readonly unknown[], b: readonly unknown[]): boolean => sameValues(a, b, plan.equalities);
		if (plan.operation === 'union') return toRows(plan, plan.all ? [...left, ...right] : distinctRows([...left, ...right], same));
		const rest = [...right];
		const kept = (plan.all ? left : distinctRows(left, same)).filter((row) => {
			const at = rest.findIndex((r) => same(r, row));
			if (at >= 0 && plan.all) rest.splice(at, 1);
			return at >= 0 === (plan.operation === 'intersect');
		});
		return toRows(plan, kept);
	}

	#recursion(plan: Extract<Plan, { kind: 'recursion' }>, scope: Scope): NaiveRow[] {
		const same = (a: readonly unknown[], b: readonly unknown[]): boolean => sameValues(a, b, plan.equalities);
		let working = this.#arrays(plan.base, scope);
		if (plan.distinct) working = distinctRows(working, same);
		const all = [...working];
		while (working.length > 0) {
			const fresh = this.#arrays(plan.step, { ...scope, named: new Map([...scope.named, [plan.name, working]]) });
			working = plan.distinct ? distinctRows(fresh, same).filter((row) => !all.some((r) => same(r, row))) : fresh;
			all.push(...working);
		}
		return toRows(plan, all);
	}

	#aggregate(plan: Extract<Plan, { kind: 'aggregate' }>, scope: Scope): NaiveRow[] {
		const rows = this.#rows(plan.input, scope);
		return plan.sets.flatMap((set) => {
			const groups: { readonly values: unknown[]; readonly rows: NaiveRow[] }[] = [];
			const equalities = set.map((g) => plan.groups[g]!.equality);
			if (set.length === 0) groups.push({ values: [], rows: [] });
			for (const row of rows) {
				const values = set.map((g) => this.value(plan.groups[g]!.expression, within(scope, row)));
				let group = groups.find((g) => sameValues(g.values, values, equalities));
				if (group === undefined) groups.push((group = { values, rows: [] }));
				group.rows.push(row);
			}
			return groups.map((group) => {
				const out = new Map<ColumnId, unknown>();
				plan.groups.forEach((g, i) => {
					out.set(g.column.id, set.includes(i) ? group.values[set.indexOf(i)] : null);
				});
				for (const call of plan.aggregates) out.set(call.column.id, this.#aggregated(call, group.rows, scope, out));
				for (const g of plan.grouping)
					out.set(
						g.column.id,
						g.groups.reduce((mask, i) => mask * 2 + (set.includes(i) ? 0 : 1), 0),
					);
				return out;
			});
		});
	}

	#aggregated(call: AggregateCall, rows: readonly NaiveRow[], scope: Scope, group: NaiveRow): unknown {
		const ordered = call.withinGroup.length > 0;
		const args = ordered ? call.withinGroup.map((k) => k.expression) : call.arguments;
		const info = { argumentTypes: args.map((a) => a.type), returnType: call.column.type, typmod: -1, types: this.#world.types, variadic: false };
		const implementation = call.function.bind(info, () => this.#world.functions);
		const counted = rows.filter((row) => call.filter === null || this.value(call.filter, within(scope, row)) === true);
		const sorted = this.#sort(counted, ordered ? call.withinGroup : call.orderBy, scope);
		let lists = sorted.map((row) => args.map((a) => this.value(a, within(scope, row))));
		if (call.function.strict) lists = lists.filter((values) => !values.includes(null));
		if (call.distinct) lists = distinctRows(lists, (a, b) => sameValues(a, b, call.equalities));
		let state: unknown = implementation.create();
		for (const values of lists) state = (implementation.step as AnyFunction).call(implementation, state, ...values);
		const direct = ordered ? call.arguments.map((a) => this.value(a, within(scope, group))) : [];
		return (implementation.finish as AnyFunction).call(implementation, state, ...direct);
	}

	/** The value of an expression, three-valued. */
	value(e: Expression, scope: Scope): unknown {
		const of = (x: Expression): unknown => this.value(x, scope);
		switch (e.kind) {
			case 'constant':
				return e.value;
			case 'parameter':
				return this.#world.parameters[e.index];
			case 'column':
				if (!scope.columns.has(e.id)) throw new TypeError(`column ${e.id} is not in reach`);
				return scope.columns.get(e.id);
			case 'call':
				return this.#call(e, e.arguments.map(of));
			case 'and':
			case 'or': {
				const values = e.operands.map(of);
				if (values.includes(e.kind === 'or')) return e.kind === 'or';
				return values.includes(null) ? null : e.kind === 'and';
			}
			case 'not': {
				const value = of(e.operand);
				return value === null ? null : !value;
			}
			case 'is-null':
				return e.row ? isNullRow(of(e.operand), e.negated) : (of(e.operand) === null) !== e.negated;
			case 'is-truth':
				return (of(e.operand) === e.value) !== e.negated;
			case 'is-distinct':
				return sameValues([of(e.left)], [of(e.right)], [e.equality]) === e.negated;
			case 'case': {
				for (const branch of e.branches) if (of(branch.when) === true) return of(branch.then);
				return e.otherwise === null ? null : of(e.otherwise);
			}
			case 'let':
				return this.value(e.body, within(scope, new Map([[e.id, of(e.value)]])));
			case 'list-transform': {
				const kept = elementsOf(of(e.list))?.filter((item) => e.filter === null || this.value(e.filter, bound(scope, e.id, item)) === true);
				if (kept === undefined) return null;
				const items = kept.map((item) => (e.body === null ? item : this.value(e.body, bound(scope, e.id, item))));
				return e.type.elementOid === 0 ? items : arrayOf(false)(items);
			}
			case 'list-test': {
				const results = elementsOf(of(e.list))?.map((item) => this.value(e.predicate, bound(scope, e.id, item)));
				return results === undefined ? null : testOf(e.mode, results);
			}
			case 'list-fold': {
				const elements = elementsOf(of(e.list));
				if (elements === undefined) return null;
				return elements.reduce<unknown>((before, item) => this.value(e.body, bound(bound(scope, e.accumulatorId, before), e.id, item)), of(e.initial));
			}
			case 'coalesce': {
				for (const operand of e.operands) {
					const value = of(operand);
					if (value !== null) return value;
				}
				return null;
			}
			case 'extreme':
				return extremeOf(e.ordering, e.greatest)(e.operands.map(of));
			case 'array':
				return arrayOf(e.nested)(e.operands.map(of));
			case 'row':
				return e.operands.map(of);
			case 'field': {
				const row = of(e.operand) as unknown[] | null;
				return row === null ? null : row[e.index];
			}
			case 'subscript': {
				const isSlice = e.subscripts.some((s) => s.slice);
				const bound = (b: Expression | null): unknown => (b === null ? undefined : of(b));
				const list = e.subscripts.flatMap((s) =>
					s.slice ? [bound(s.lower), bound(s.upper)] : isSlice ? [1, bound(s.upper ?? s.lower)] : [bound(s.lower ?? s.upper)],
				);
				return subscript(e.operand.type.name === 'jsonb', isSlice)(of(e.operand), list);
			}
			case 'quantified':
				return quantified(e.function.evaluate as AnyFunction, e.function.strict, e.function.context, e.all)(this.#world.functions, of(e.left), of(e.array));
			case 'in-list': {
				const left = of(e.left);
				if (left === null) return null;
				const values = e.list.map(of);
				if (values.some((v) => v !== null && e.equality.equals(left, v))) return true;
				return values.includes(null) ? null : false;
			}
			case 'subquery':
				return this.#subquery(e, scope);
		}
	}

	#call(e: Extract<Expression, { kind: 'call' }>, args: readonly unknown[]): unknown {
		const fn = e.function;
		if (fn.strict && args.includes(null)) return null;
		const info = {
			argumentTypes: e.arguments.map((a) => a.type),
			returnType: e.type,
			typmod: e.typmod,
			types: this.#world.types,
			variadic: e.variadic ?? false,
		};
		const evaluate = (fn.evaluate ?? fn.bind!(info)) as AnyFunction;
		return evaluate(...(fn.context ? [this.#world.functions] : []), ...args);
	}

	#subquery(e: Extract<Expression, { kind: 'subquery' }>, scope: Scope): unknown {
		const rows = this.#rows(e.plan, scope);
		const first = e.plan.columns[0];
		const values = (): unknown[] => rows.map((row) => row.get(first!.id));
		switch (e.mode) {
			case 'exists':
				return rows.length > 0;
			case 'array': {
				return PgArray.of(values());
			}
			case 'scalar':
			case 'row':
				if (rows.length > 1) throw sqlError('21000', 'more than one row returned by a subquery used as an expression');
				if (rows.length === 0) return null;
				return e.mode === 'scalar' ? values()[0] : e.plan.columns.map((c) => rows[0]!.get(c.id));
			default: {
				const results = rows.map((row) => this.value(e.comparison!, within(scope, row)));
				const stop = e.mode === 'any';
				if (results.includes(stop)) return stop;
				return results.includes(null) ? null : !stop;
			}
		}
	}
}

/** The elements of an array of SQL or of a dynamic list; undefined for null. */
function elementsOf(list: unknown): readonly unknown[] | undefined {
	if (list === null) return undefined;
	return list instanceof PgArray ? list.elements : (list as readonly unknown[]);
}

function bound(scope: Scope, id: ColumnId, value: unknown): Scope {
	return within(scope, new Map([[id, value]]));
}

/** The results of a list test's predicate as one. */
function testOf(mode: 'all' | 'any' | 'none' | 'single', results: readonly unknown[]): boolean | null {
	const unknown = results.includes(null);
	if (mode === 'single') {
		const count = results.filter((r) => r === true).length;
		return count > 1 ? false : unknown ? null : count === 1;
	}
	if (results.includes(mode !== 'all')) return mode === 'any';
	return unknown ? null : mode !== 'any';
}

/** The scope with a row's columns added. */
function within(scope: Scope, row: NaiveRow): Scope {
	return { ...scope, columns: new Map([...scope.columns, ...row]) };
}

function toRows(plan: Plan, rows: readonly (readonly unknown[])[]): NaiveRow[] {
	return rows.map((row) => new Map(plan.columns.map((c, i) => [c.id, row[i]])));
}

/** Equal as groups are: nulls are the same. */
export function sameValues(a: readonly unknown[], b: readonly unknown[], equalities: readonly Equality[]): boolean {
	return a.every((x, i) => (x === null || b[i] === null ? x === b[i] : equalities[i]!.equals(x, b[i])));
}

function distinctRows<Row>(rows: readonly Row[], same: (a: Row, b: Row) => boolean): Row[] {
	const out: Row[] = [];
	for (const row of rows) if (!out.some((o) => same(o, row))) out.push(row);
	return out;
}
