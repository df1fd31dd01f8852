/**
 * Random plans over small random tables, for tests that compare the executor with the naive evaluator. Plans are made so that
 * the multiset of their rows is determined: LIMIT and DISTINCT ON stand over total orders, and ordered aggregates order all.
 */

import type { Column, Expression, WindowCall, WindowFrame } from '../../src/query/algebra/expression.ts';
import type { AccessBounds, JoinType, Plan } from '../../src/query/algebra/plan.ts';
import * as a from '../../src/query/executor/test-algebra.ts';
import { BOOL, INT, MemoryModel, MemoryTable, TEXT } from '../../src/query/executor/test-tables.ts';
import type { TableObject } from '../../src/transaction/catalog-objects.ts';
import { builtinTypes, FLOAT8 } from '../../src/value/builtin-types.ts';

/** A small generator of numbers: the same seed gives the same plan. */
export class Dice {
	#state: number;

	constructor(seed: number) {
		this.#state = (seed * 2654435761 + 12345) >>> 0;
	}

	/** An integer in [0, below). */
	roll(below: number): number {
		this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
		return Math.floor((this.#state / 2 ** 32) * below);
	}

	pick<T>(list: readonly T[]): T {
		return list[this.roll(list.length)]!;
	}

	chance(percent: number): boolean {
		return this.roll(100) < percent;
	}
}

const columns = [
	{ name: 'id', type: INT, notNull: true },
	{ name: 'a', type: INT },
	{ name: 'b', type: INT },
	{ name: 's', type: TEXT },
];
export const TABLES: readonly TableObject[] = [a.table(200, columns, [1]), a.table(300, columns)];
const INDEXES = [a.index(201, 200, [2]), a.index(202, 200, [2, 3]), a.index(203, 200, [3], false, true)];

export function randomModel(dice: Dice): MemoryModel {
	const model = new MemoryModel();
	for (const table of TABLES) {
		const made = model.add(
			new MemoryTable(
				table,
				INDEXES.filter((i) => i.tableId === table.id),
			),
		);
		const count = dice.roll(12);
		for (let i = 0; i < count; i++) made.put([i, nullOr(dice, dice.roll(5)), nullOr(dice, dice.roll(4)), nullOr(dice, dice.pick(['x', 'y', 'Z', 'z', '']))]);
	}
	return model;
}

function nullOr<T>(dice: Dice, value: T): T | null {
	return dice.chance(20) ? null : value;
}

/** What plans can be made of; kinds with two inputs are bounded by the depth. */
export class RandomPlans {
	readonly #dice: Dice;
	#names = 0;

	constructor(dice: Dice) {
		this.#dice = dice;
	}

	/** `outer`: columns that the plan may refer to beside its own. */
	plan(depth: number, outer: readonly Column[] = []): Plan {
		const dice = this.#dice;
		if (depth <= 0) return this.#leaf(outer);
		const kind = dice.pick([
			'leaf',
			'filter',
			'filter',
			'project',
			'expand',
			'join',
			'join',
			'hash',
			'apply',
			'apply',
			'aggregate',
			'aggregate',
			'window',
			'sort',
			'limit',
			'distinct',
			'set',
			'set',
			'with',
			'recursion',
		] as const);
		switch (kind) {
			case 'leaf':
				return this.#leaf(outer);
			case 'filter': {
				const input = this.plan(depth - 1, outer);
				return a.filter(input, this.bool(2, [...input.columns, ...outer], depth - 1));
			}
			case 'project': {
				const input = this.plan(depth - 1, outer);
				return a.project(
					input,
					Array.from({ length: 1 + dice.roll(3) }, () => this.expression(2, [...input.columns, ...outer], depth - 1)),
				);
			}
			case 'expand':
				return this.#expand(depth, outer);
			case 'join':
				return this.#join(depth, outer);
			case 'hash':
				return this.#hashJoin(depth, outer);
			case 'apply':
				return this.#apply(depth, outer);
			case 'aggregate':
				return this.#aggregate(depth, outer);
			case 'window':
				return this.#window(depth, outer);
			case 'sort':
				return this.#sorted(this.plan(depth - 1, outer));
			case 'limit': {
				const input = this.#sorted(this.plan(depth - 1, outer));
				return {
					kind: 'limit',
					input,
					count: dice.chance(80) ? a.constant(dice.roll(5)) : null,
					offset: dice.chance(40) ? a.constant(dice.roll(3)) : null,
					columns: input.columns,
				};
			}
			case 'distinct':
				return this.#distinct(depth, outer);
			case 'set':
				return this.#setOperation(depth, outer);
			case 'with':
				return this.#with(depth, outer);
			case 'recursion':
				return this.#recursion(depth, outer);
		}
	}

	#leaf(outer: readonly Column[]): Plan {
		const dice = this.#dice;
		const kind = dice.roll(10);
		if (kind < 5) return a.scan(dice.pick(TABLES));
		if (kind < 8) return this.#access(outer);
		if (kind < 9) {
			const count = dice.roll(4);
			const rows = Array.from({ length: count }, () => [nullOr(dice, dice.roll(5)), nullOr(dice, dice.pick(['x', 'z']))]);
			const columns = [a.column('v', INT), a.column('w', TEXT)];
			return { kind: 'values', columns, rows: rows.map((r) => [dice.chance(80) ? a.constant(r[0]!, INT) : this.int(1, outer, 0), a.constant(r[1]!, TEXT)]) };
		}
		const output = a.column('f');
		const ordinality = dice.chance(30) ? a.column('o') : null;
		const functions = [{ function: a.SERIES, arguments: [a.constant(1), this.int(1, outer, 0)], columns: [output], typmod: -1 }];
		const bounded = { ...functions[0]!, arguments: [a.constant(0), a.call(a.MODULO, [functions[0]!.arguments[1]!, a.constant(4)])] };
		return { kind: 'function-scan', functions: [bounded], ordinality, columns: ordinality === null ? [output] : [output, ordinality] };
	}

	#access(outer: readonly Column[]): Plan {
		const dice = this.#dice;
		const scan = a.scanColumns(TABLES[0]!);
		const index = dice.pick([null, ...INDEXES]);
		const width = index === null ? 1 : index.columns.length;
		const bound = (): Expression => (dice.chance(60) ? a.constant(dice.roll(5)) : this.int(1, outer, 0));
		const bounds = Array.from({ length: dice.chance(60) ? 1 : dice.roll(4) }, (): AccessBounds => {
			const equal = Array.from({ length: dice.roll(width + 1) }, bound);
			const edge = (): AccessBounds['lower'] => (equal.length < width && dice.chance(50) ? { expression: bound(), inclusive: dice.chance(50) } : null);
			const nulls = index !== null && dice.chance(20) ? { equalNulls: equal.map(() => dice.chance(50)) } : {};
			return { equal, lower: edge(), upper: edge(), ...nulls };
		});
		return { kind: 'access', table: TABLES[0]!, scan, index, bounds, reverse: dice.chance(30), covering: false, columns: scan.map((s) => s.column) };
	}

	#expand(depth: number, outer: readonly Column[]): Plan {
		const input = this.plan(depth - 1, outer);
		const reach = [...input.columns, ...outer];
		const items = Array.from({ length: 1 + this.#dice.roll(2) }, () => ({
			column: a.column('e'),
			function: a.SERIES,
			arguments: [a.constant(1), a.call(a.MODULO, [this.int(1, reach, 0), a.constant(3)])],
		}));
		return { kind: 'expand', input, items, columns: [...input.columns, ...items.map((i) => i.column)] };
	}

	#joinColumns(type: JoinType, left: Plan, right: Plan): readonly Column[] {
		return type === 'semi' || type === 'anti' ? left.columns : [...left.columns, ...right.columns];
	}

	#join(depth: number, outer: readonly Column[]): Plan {
		const dice = this.#dice;
		const type = dice.pick(['inner', 'left', 'right', 'full', 'semi', 'anti'] as const);
		const [left, right] = [this.plan(depth - 1, outer), this.plan(depth - 1, outer)];
		const reach = [...left.columns, ...right.columns];
		const conditions = [
			...this.#equalities(left, right).map((k) => a.compare(a.EQ, k.left, k.right)),
			...(dice.chance(40) ? [this.bool(1, [...reach, ...outer], 0)] : []),
		];
		const on = conditions.length === 0 ? null : conditions.length === 1 ? conditions[0]! : a.and(...conditions);
		return { kind: 'join', type, left, right, on, columns: this.#joinColumns(type, left, right) };
	}

	/** Up to two pairs of columns of the same type. */
	#equalities(left: Plan, right: Plan): { left: Expression; right: Expression }[] {
		const dice = this.#dice;
		return Array.from({ length: dice.roll(3) }).flatMap(() => {
			const l = dice.pick(left.columns);
			const fitting = right.columns.filter((c) => c.type === l.type);
			return fitting.length === 0 ? [] : [{ left: a.ref(l), right: a.ref(dice.pick(fitting)) }];
		});
	}

	#hashJoin(depth: number, outer: readonly Column[]): Plan {
		const dice = this.#dice;
		const type = dice.pick(['inner', 'left', 'right', 'full', 'semi', 'anti'] as const);
		const [left, right] = [this.plan(depth - 1, outer), this.plan(depth - 1, outer)];
		const keys = this.#equalities(left, right).map((k) => ({ ...k, equality: k.left.type === TEXT ? a.CASELESS : a.SAME, nullsEqual: dice.chance(20) }));
		const residual = dice.chance(30) ? this.bool(1, [...left.columns, ...right.columns, ...outer], 0) : null;
		const nullAware = type === 'anti' && dice.chance(50) && keys.length > 0;
		const plain = keys.map((k) => ({ ...k, nullsEqual: false }));
		return { kind: 'hash-join', type, left, right, keys: nullAware ? plain : keys, residual, nullAware, columns: this.#joinColumns(type, left, right) };
	}

	#apply(depth: number, outer: readonly Column[]): Plan {
		const dice = this.#dice;
		const type = dice.pick(['inner', 'left', 'semi', 'anti'] as const);
		const left = this.plan(depth - 1, outer);
		const right = this.plan(depth - 1, [...left.columns, ...outer]);
		const on = dice.chance(30) ? this.bool(1, [...left.columns, ...right.columns, ...outer], 0) : null;
		return { kind: 'apply', type, left, right, on, columns: this.#joinColumns(type, left, right) };
	}

	#aggregate(depth: number, outer: readonly Column[]): Plan {
		const dice = this.#dice;
		const input = this.plan(depth - 1, outer);
		const reach = [...input.columns, ...outer];
		const groups = Array.from({ length: dice.roll(3) }, () => {
			const expression = dice.chance(70) ? a.ref(dice.pick(input.columns)) : this.expression(1, reach, 0);
			return { column: a.column('g', expression.type), expression, equality: expression.type === TEXT ? a.CASELESS : a.SAME };
		});
		// Values that are equal without regard to case are shown by one of them: which one is not determined.
		const shown = groups.filter((g) => g.equality !== a.CASELESS);
		const sets = dice.chance(70)
			? [groups.map((_, i) => i)]
			: Array.from({ length: 1 + dice.roll(3) }, () => groups.map((_, i) => i).filter(() => dice.chance(50)));
		const aggregates = Array.from({ length: dice.roll(4) }, () => {
			const argument = this.int(1, reach, 0);
			const filter = dice.chance(25) ? this.bool(1, reach, 0) : null;
			const distinct = dice.chance(25);
			switch (dice.roll(5)) {
				case 0:
					return a.aggregateCall(a.COUNT, [], { filter });
				case 1:
					return a.aggregateCall(a.COUNT, [argument], { filter, distinct });
				case 2:
					return a.aggregateCall(a.MAXIMUM, [argument], { filter });
				case 3:
					return a.aggregateCall(a.LIST, [argument], { filter, distinct, orderBy: [a.sortKey(argument, dice.chance(50))] });
				default:
					return a.aggregateCall(a.SUM, [argument], { filter, distinct });
			}
		});
		const grouping = dice.chance(30) && groups.length > 0 ? [{ column: a.column('n'), groups: groups.map((_, i) => i) }] : [];
		const columns = [...shown.map((g) => g.column), ...aggregates.map((c) => c.column), ...grouping.map((g) => g.column)];
		if (columns.length === 0) aggregates.push(a.aggregateCall(a.COUNT, []));
		return { kind: 'aggregate', input, groups, sets, aggregates, grouping, columns: columns.length === 0 ? [aggregates[0]!.column] : columns };
	}

	#window(depth: number, outer: readonly Column[]): Plan {
		const dice = this.#dice;
		const input = this.plan(depth - 1, outer);
		const partition = dice.chance(50) ? [{ expression: a.ref(dice.pick(input.columns)), equality: a.SAME }] : [];
		const ints = input.columns.filter((c) => c.type === INT);
		// By one key, only what does not tell peers apart; by all columns, everything.
		const isTotal = dice.chance(50) || ints.length === 0;
		const keys = isTotal
			? input.columns.map((c) => a.sortKey(a.ref(c), dice.chance(30)))
			: [a.sortKey(a.ref(dice.pick(ints)), dice.chance(40), dice.chance(50))];
		const calls = Array.from({ length: 1 + dice.roll(2) }, () => this.#windowCall(input, isTotal));
		return { kind: 'window', input, partition, orderBy: keys, calls, columns: [...input.columns, ...calls.map((c) => c.column)] };
	}

	#windowCall(input: Plan, isTotal: boolean): WindowCall {
		const dice = this.#dice;
		const argument = this.int(1, input.columns, 0);
		const operation = dice.pick(
			isTotal
				? (['row_number', 'lag', 'lead', 'first_value', 'last_value', 'nth_value', 'ntile', 'rank', 'sum', 'count'] as const)
				: (['rank', 'dense_rank', 'percent_rank', 'cume_dist', 'sum', 'count'] as const),
		);
		const frame = this.#frame(isTotal);
		const isShare = operation === 'percent_rank' || operation === 'cume_dist';
		const call = { column: isShare ? a.column('w', FLOAT8) : a.column('w'), filter: null, frame, ignoreNulls: false };
		switch (operation) {
			case 'sum':
			case 'count':
				return {
					...call,
					function: operation === 'sum' ? a.SUM : a.COUNT,
					arguments: [argument],
					filter: dice.chance(20) ? this.bool(1, input.columns, 0) : null,
				};
			case 'lag':
			case 'lead':
				return { ...call, function: a.windowFunction(operation), arguments: [argument, a.constant(dice.roll(3)), a.constant(77)].slice(0, 1 + dice.roll(3)) };
			case 'nth_value':
				return { ...call, function: a.windowFunction(operation), arguments: [argument, a.constant(1 + dice.roll(3))], ignoreNulls: dice.chance(30) };
			case 'first_value':
			case 'last_value':
				return { ...call, function: a.windowFunction(operation), arguments: [argument], ignoreNulls: dice.chance(30) };
			case 'ntile':
				return { ...call, function: a.windowFunction(operation), arguments: [a.constant(1 + dice.roll(4))] };
			default:
				return { ...call, function: a.windowFunction(operation), arguments: [] };
		}
	}

	#frame(isTotal: boolean): WindowFrame {
		const dice = this.#dice;
		const mode = isTotal ? dice.pick(['rows', 'groups'] as const) : dice.pick(['range', 'groups'] as const);
		const offset = (): Expression => a.constant(dice.roll(3));
		const start = dice.pick(['unbounded preceding', 'preceding', 'current row', 'following'] as const);
		const after = { 'unbounded preceding': 0, preceding: 0, 'current row': 1, following: 2 }[start];
		const end = dice.pick((['preceding', 'current row', 'following', 'unbounded following'] as const).slice(after));
		return {
			mode,
			start: { kind: start, offset: start === 'preceding' || start === 'following' ? offset() : null },
			end: { kind: end, offset: end === 'preceding' || end === 'following' ? offset() : null },
			// What is left of a group of peers is determined only as a whole.
			exclude: isTotal ? dice.pick(['no others', 'current row', 'group', 'ties'] as const) : dice.pick(['no others', 'group'] as const),
			rangeAdd: a.ADD,
			rangeSubtract: a.SUBTRACT,
		};
	}

	/** Sorted by all columns: what compares equal is equal. */
	#sorted(input: Plan): Plan {
		const dice = this.#dice;
		const keys = input.columns.map((c) => a.sortKey(a.ref(c), dice.chance(40), dice.chance(50)));
		return { kind: 'sort', input, keys, ...(dice.chance(30) ? { limit: a.constant(dice.roll(6)) } : {}), columns: input.columns };
	}

	#distinct(depth: number, outer: readonly Column[]): Plan {
		const input = this.#sorted(this.plan(depth - 1, outer));
		const isOn = this.#dice.chance(40);
		const on = input.columns.filter(() => !isOn || this.#dice.chance(50)).map((c) => ({ expression: a.ref(c), equality: a.SAME }));
		return { kind: 'distinct', input, on: on.length === 0 ? [{ expression: a.constant(1), equality: a.SAME }] : on, columns: input.columns };
	}

	#setOperation(depth: number, outer: readonly Column[]): Plan {
		const dice = this.#dice;
		const types = [INT, ...(dice.chance(50) ? [TEXT] : [])];
		const input = (): Plan => {
			const from = this.plan(depth - 1, outer);
			return a.project(
				from,
				types.map((type) => this.typed(type, 1, [...from.columns, ...outer])),
			);
		};
		return {
			kind: 'set-operation',
			operation: dice.pick(['union', 'union', 'intersect', 'except'] as const),
			all: dice.chance(50),
			left: input(),
			right: input(),
			equalities: types.map(() => a.SAME),
			columns: types.map((type) => a.column('u', type)),
		};
	}

	#with(depth: number, outer: readonly Column[]): Plan {
		const dice = this.#dice;
		const name = ++this.#names;
		const definition = this.plan(depth - 1, outer);
		const read = (): Plan => {
			const columns = definition.columns.map((c) => a.column('c', c.type));
			return { kind: 'cte-scan', name, source: definition.columns.map((c) => c.id), columns };
		};
		const first = read();
		const second = dice.chance(60) ? read() : this.plan(depth - 1, [...first.columns, ...outer]);
		const lateral = a.filter(second, this.bool(1, [...second.columns, ...first.columns, ...outer], 0));
		const body: Plan = dice.chance(30)
			? first
			: { kind: 'apply', type: 'inner', left: first, right: lateral, on: null, columns: [...first.columns, ...lateral.columns] };
		return { kind: 'with', name, definition, body, columns: body.columns };
	}

	#recursion(depth: number, outer: readonly Column[]): Plan {
		const dice = this.#dice;
		const name = ++this.#names;
		const from = this.plan(depth - 1, outer);
		const base = a.project(from, [a.call(a.MODULO, [this.int(1, [...from.columns, ...outer], 0), a.constant(4)])]);
		const working: Plan = { kind: 'working-scan', name, columns: [a.column('n')] };
		const n = a.ref(working.columns[0]!);
		const next = a.project(a.filter(working, a.compare(a.LT, n, a.constant(3 + dice.roll(4)))), [a.call(a.ADD, [n, a.constant(1)])]);
		let step: Plan = next;
		if (dice.chance(40)) {
			const other = a.scan(dice.pick(TABLES));
			const joined: Plan = {
				kind: 'join',
				type: dice.pick(['inner', 'semi', 'anti'] as const),
				left: next,
				right: other,
				on: a.compare(a.EQ, a.ref(next.columns[0]!), a.ref(other.columns[0]!)),
				columns: next.columns,
			};
			step = a.project(joined, [a.ref(next.columns[0]!)]);
		}
		return { kind: 'recursion', name, base, step, distinct: dice.chance(60), equalities: [a.SAME], columns: [a.column('r')] };
	}

	// Expressions

	typed(type: typeof INT, depth: number, reach: readonly Column[]): Expression {
		if (type === INT) return this.int(depth, reach, 0);
		if (type === BOOL) return this.bool(depth, reach, 0);
		return this.text(depth, reach);
	}

	expression(depth: number, reach: readonly Column[], plans: number): Expression {
		const kind = this.#dice.roll(10);
		return kind < 5 ? this.int(depth, reach, plans) : kind < 8 ? this.bool(depth, reach, plans) : this.text(depth, reach);
	}

	#column(type: typeof INT, reach: readonly Column[]): Expression | null {
		const fitting = reach.filter((c) => c.type === type);
		return fitting.length === 0 ? null : a.ref(this.#dice.pick(fitting));
	}

	text(depth: number, reach: readonly Column[]): Expression {
		const dice = this.#dice;
		const column = this.#column(TEXT, reach);
		if (column !== null && dice.chance(70)) return column;
		if (depth > 0 && dice.chance(30)) return { kind: 'coalesce', operands: [this.text(depth - 1, reach), this.text(depth - 1, reach)], type: TEXT };
		return a.constant(nullOr(dice, dice.pick(['x', 'Z', "quote'"])), TEXT);
	}

	int(depth: number, reach: readonly Column[], plans: number): Expression {
		const dice = this.#dice;
		const column = this.#column(INT, reach);
		if (depth <= 0 || dice.chance(40)) return column !== null && dice.chance(75) ? column : a.constant(nullOr(dice, dice.roll(20) - 2), INT);
		const one = (): Expression => this.int(depth - 1, reach, plans);
		switch (dice.roll(plans > 0 ? 14 : 12)) {
			case 0:
				return a.call(a.MULTIPLY, [one(), one()]);
			case 1:
				return a.call(a.HALF, [one()]);
			case 2:
				return a.call(a.ZERO_IF_NULL, [one()]);
			case 3:
				return { kind: 'case', branches: [{ when: this.bool(depth - 1, reach, plans), then: one() }], otherwise: dice.chance(60) ? one() : null, type: INT };
			case 4:
				return { kind: 'coalesce', operands: [one(), one(), one()], type: INT };
			case 5:
				return { kind: 'extreme', greatest: dice.chance(50), operands: [one(), one()], ordering: a.LESS, type: INT };
			case 6: {
				const bound = a.column('l');
				return { kind: 'let', id: bound.id, value: one(), body: a.call(a.ADD, [a.ref(bound), this.int(depth - 1, [...reach, bound], 0)]), type: INT };
			}
			case 7:
				return { kind: 'field', operand: { kind: 'row', operands: [one(), one()], type: INT }, index: dice.roll(2), type: INT };
			case 8:
				return {
					kind: 'subscript',
					operand: { kind: 'array', operands: [one(), one()], nested: false, type: INT },
					subscripts: [{ slice: false, lower: a.constant(1 + dice.roll(3)), upper: null }],
					type: INT,
				};
			case 9: {
				const [item, before] = [a.column('i'), a.column('b')];
				const body = this.int(depth - 1, [...reach, item, before], 0);
				return { kind: 'list-fold', list: this.list(depth - 1, reach, plans), id: item.id, accumulatorId: before.id, initial: one(), body, type: INT };
			}
			case 10:
				return a.call(a.FIRST_BYTE, [this.text(0, reach), a.constant(dice.roll(3))]);
			case 12:
			case 13: {
				const input = this.plan(plans - 1, reach);
				const counted = a.aggregateCall(dice.chance(50) ? a.COUNT : a.SUM, [this.int(1, [...input.columns, ...reach], 0)]);
				const plan: Plan = { kind: 'aggregate', input, groups: [], sets: [[]], aggregates: [counted], grouping: [], columns: [counted.column] };
				return { kind: 'subquery', mode: 'scalar', plan, comparison: null, type: INT };
			}
			default:
				return a.call(a.ADD, [one(), one()]);
		}
	}

	/** An array of ints, or of what a transform makes of one; sometimes null. */
	list(depth: number, reach: readonly Column[], plans: number): Expression {
		const dice = this.#dice;
		const type = builtinTypes.byName('_int4')!;
		if (dice.chance(5)) return a.constant(null, type);
		const operands = Array.from({ length: dice.roll(4) }, () => this.int(depth, reach, 0));
		const list: Expression = { kind: 'array', operands, nested: false, type };
		if (dice.chance(50)) return list;
		const item = a.column('i');
		const inner = [...reach, item];
		const filter = dice.chance(60) ? this.bool(depth, inner, dice.chance(30) ? plans : 0) : null;
		return { kind: 'list-transform', list, id: item.id, filter, body: dice.chance(70) ? this.int(depth, inner, dice.chance(30) ? plans : 0) : null, type };
	}

	bool(depth: number, reach: readonly Column[], plans: number): Expression {
		const dice = this.#dice;
		const one = (): Expression => this.bool(depth - 1, reach, plans);
		const int = (): Expression => this.int(depth - 1, reach, plans);
		if (depth <= 0) return a.compare(dice.pick(a.COMPARISONS), this.int(0, reach, 0), this.int(0, reach, 0));
		switch (dice.roll(plans > 0 ? 14 : 12)) {
			case 0:
				return a.and(one(), one());
			case 1:
				return a.or(one(), one());
			case 2:
				return a.not(one());
			case 3:
				return { kind: 'is-null', operand: int(), negated: dice.chance(50), row: false, type: BOOL };
			case 4:
				return { kind: 'is-truth', operand: one(), value: dice.pick([true, false, null]), negated: dice.chance(50), type: BOOL };
			case 5:
				return { kind: 'is-distinct', left: this.text(1, reach), right: this.text(1, reach), equality: a.CASELESS, negated: dice.chance(50), type: BOOL };
			case 6: {
				const count = 1 + dice.roll(7);
				const list = Array.from({ length: count }, () => (dice.chance(80) ? a.constant(nullOr(dice, dice.roll(6)), INT) : this.int(0, reach, 0)));
				return { kind: 'in-list', left: int(), list, equality: a.SAME, type: BOOL };
			}
			case 7:
				return {
					kind: 'quantified',
					left: int(),
					array: { kind: 'array', operands: [int(), int()], nested: false, type: INT },
					function: dice.pick(a.COMPARISONS),
					all: dice.chance(50),
					elementType: INT,
					type: BOOL,
				};
			case 8: {
				const item = a.column('i');
				const mode = dice.pick(['all', 'any', 'none', 'single'] as const);
				return {
					kind: 'list-test',
					list: this.list(depth - 1, reach, plans),
					id: item.id,
					mode,
					predicate: this.bool(depth - 1, [...reach, item], dice.chance(30) ? plans : 0),
					type: BOOL,
				};
			}
			case 12: {
				const plan = this.plan(plans - 1, reach);
				return { kind: 'subquery', mode: 'exists', plan, comparison: null, type: BOOL };
			}
			case 13: {
				const from = this.plan(plans - 1, dice.chance(50) ? reach : []);
				const plan = a.project(from, [this.int(1, from.columns, 0)]);
				const left = this.int(1, reach, 0);
				const right = plan.columns[0]!;
				const isIn = dice.chance(60);
				const comparison = a.compare(isIn ? a.EQ : dice.pick(a.COMPARISONS), left, a.ref(right));
				return {
					kind: 'subquery',
					mode: isIn || dice.chance(50) ? 'any' : 'all',
					plan,
					comparison,
					type: BOOL,
					...(isIn ? { pairs: [{ left, right: right.id, equality: a.SAME }] } : {}),
				};
			}
			default:
				return a.compare(dice.pick(a.COMPARISONS), int(), int());
		}
	}
}
