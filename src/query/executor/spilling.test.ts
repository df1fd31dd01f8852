/** What is past a statement's memory goes to disk, and the rows are the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryFiles } from '../../platform/memory-files.ts';
import { builtinTypes } from '../../value/builtin-types.ts';
import type { Expression } from '../algebra/expression.ts';
import type { Plan } from '../algebra/plan.ts';
import { compile } from './compile-program.ts';
import * as a from './test-algebra.ts';
import { MemoryModel, RowCollector, runProgram, TEST_CATALOG, testContext } from './test-tables.ts';

const int4 = builtinTypes.byName('int4')!;
const text = builtinTypes.byName('text')!;
const LOOKUP = { ...TEST_CATALOG, typeByOid: (oid: number) => builtinTypes.typeByOid(oid) } as typeof TEST_CATALOG;

/** Rows (k, n, s): k takes `keys` values, n counts, s is text of some length. */
function rows(count: number, keys: number): Plan {
	const columns = [a.column('n', int4)];
	const series: Plan = {
		kind: 'function-scan',
		functions: [{ function: a.SERIES, arguments: [a.constant(1, int4), a.constant(count, int4)], columns, typmod: -1 }],
		ordinality: null,
		columns,
	};
	const key = a.call(
		a.fn('key', (n: number) => (n % 97 === 0 ? null : (n * 7919) % keys)),
		[a.ref(columns[0]!)],
		int4,
	);
	const filler = a.call(
		a.fn('filler', (n: number) => (n % 10 === 0 ? null : `row ${n % keys} ${'é'.repeat(40)}`)),
		[a.ref(columns[0]!)],
		text,
	);
	return a.project(series, [key, a.ref(columns[0]!), filler]);
}

function shown(list: readonly (readonly unknown[])[]): string[] {
	return list.map((row) => JSON.stringify(row)).sort();
}

/** Runs with much memory and with little; the rows must be equal and the files gone. */
function compareSpilled(plan: Plan, memoryBytes: number): void {
	const files = new MemoryFiles();
	const created: string[] = [];
	const watched = new Proxy(files, {
		get(target, name) {
			const value: unknown = Reflect.get(target, name);
			if (name === 'open')
				return (path: string, mode: 'create') => {
					created.push(path);
					return target.open(path, mode);
				};
			return typeof value === 'function' ? value.bind(target) : value;
		},
	});
	const program = compile(plan, LOOKUP);
	const whole = runProgram(program, testContext(new MemoryModel()), 1e9);
	const spill = { files: watched, directory: '/spill' };
	const spilled = runProgram(program, testContext(new MemoryModel(), { memoryBytes, spill }), 1e9);
	assert.ok(created.length > 0, `the test is too small to spill: ${plan.kind} ${'type' in plan ? plan.type : ''}`);
	assert.deepEqual(shown(spilled), shown(whole));
	assert.deepEqual(shown(runProgram(program, testContext(new MemoryModel(), { memoryBytes, spill }), 777, 1000)), shown(whole), 'in steps');
	assert.deepEqual(files.list('/spill'), [], 'spill files are removed');
}

test('groups', () => {
	const input = rows(15000, 9000);
	const [k, n, s] = input.columns.map(a.ref);
	const groups = [
		{ column: a.column('k', int4), expression: k!, equality: a.SAME },
		{ column: a.column('s', text), expression: s!, equality: a.SAME },
	];
	const even = a.compare(a.EQ, a.call(a.MODULO, [n!, a.constant(2)], int4), a.constant(0));
	const aggregates = [
		a.aggregateCall(a.COUNT, []),
		a.aggregateCall(a.SUM, [n!], { filter: even }),
		a.aggregateCall(a.LIST, [n!], { orderBy: [a.sortKey(n!, true)] }),
		a.aggregateCall(a.COUNT, [k!], { distinct: true }),
	].map((call) => ({ ...call, column: { ...call.column, type: int4 } }));
	const plan: Plan = { kind: 'aggregate', input, groups, sets: [[0, 1]], aggregates, grouping: [], columns: [...groups, ...aggregates].map((g) => g.column) };
	compareSpilled(plan, 1 << 19);
	const short = aggregates.filter((call) => call.function !== a.LIST);
	compareSpilled({ ...plan, aggregates: short, sets: [[0], [], [1, 0], [1]], columns: [...groups, ...short].map((g) => g.column) }, 1 << 19);
});

test('groups that are read again and again', () => {
	const input = rows(8000, 6000);
	const group = { column: a.column('k', int4), expression: a.ref(input.columns[0]!), equality: a.SAME };
	const count = a.aggregateCall(a.COUNT, []);
	const grouped: Plan = { kind: 'aggregate', input, groups: [group], sets: [[0]], aggregates: [count], grouping: [], columns: [group.column, count.column] };
	const left = a.values([[1], [2], [3]], [int4]);
	const right = a.filter(grouped, a.compare(a.LT, a.ref(group.column), a.constant(50)));
	compareSpilled({ kind: 'apply', type: 'inner', left, right, on: null, columns: [...left.columns, ...right.columns] }, 1 << 18);
});

test('DISTINCT and UNION', () => {
	const input = rows(30000, 12000);
	const distinct: Plan = { kind: 'distinct', input: a.project(input, [a.ref(input.columns[0]!), a.ref(input.columns[2]!)]), on: [], columns: [] };
	compareSpilled({ ...distinct, columns: distinct.input.columns }, 1 << 19);
	const [one, two] = [rows(20000, 9000), rows(20000, 9500)];
	const columns = one.columns.map((c) => a.column('u', c.type));
	compareSpilled({ kind: 'set-operation', operation: 'union', all: false, left: one, right: two, equalities: [a.SAME, a.SAME, a.SAME], columns }, 1 << 19);
});

test('hash joins', () => {
	const left = rows(4000, 2000);
	const right = rows(3500, 2500);
	const less = a.compare(a.LT, a.ref(left.columns[1]!), a.ref(right.columns[1]!));
	for (const type of JOIN_TYPES) for (const residual of [null, less]) compareSpilled(joined(type, left, right, residual), 1 << 17);
});

const JOIN_TYPES = ['inner', 'left', 'right', 'full', 'semi', 'anti'] as const;

function joined(type: (typeof JOIN_TYPES)[number], left: Plan, right: Plan, residual: Expression | null = null, keyless = false): Plan {
	const keys = keyless ? [] : [{ left: a.ref(left.columns[0]!), right: a.ref(right.columns[0]!), equality: a.SAME }];
	const both = type !== 'semi' && type !== 'anti';
	return { kind: 'hash-join', type, left, right, keys, residual, columns: both ? [...left.columns, ...right.columns] : left.columns };
}

test('hash joins whose rows mostly have one key, and joins without keys', () => {
	const left = rows(400, 2);
	const right = rows(900, 3);
	const less = a.compare(a.LT, a.call(a.ADD, [a.ref(left.columns[1]!), a.constant(700)], int4), a.ref(right.columns[1]!));
	for (const type of JOIN_TYPES) for (const keyless of [false, true]) compareSpilled(joined(type, left, right, less, keyless), 1 << 13);
});

test('NOT IN', () => {
	const left = rows(6000, 5000);
	const right = a.filter(rows(6000, 4000), a.compare(a.LT, a.constant(0), a.constant(1)));
	const notNull: Plan = a.filter(right, { kind: 'is-null', operand: a.ref(right.columns[0]!), negated: true, row: false, type: builtinTypes.byName('bool')! });
	for (const side of [right, notNull]) compareSpilled({ ...joined('anti', left, side), nullAware: true } as Plan, 1 << 16);
});

test('windows', () => {
	const input = rows(9000, 40);
	const [k, n, s] = input.columns.map(a.ref);
	const unbounded = {
		mode: 'rows',
		start: { kind: 'unbounded preceding', offset: null },
		end: { kind: 'current row', offset: null },
		exclude: 'no others',
	} as const;
	const sliding = { ...unbounded, start: { kind: 'preceding', offset: a.constant(5) }, end: { kind: 'following', offset: a.constant(900) } } as const;
	const call = { filter: null, ignoreNulls: false };
	const calls = [
		{ ...call, column: a.column('rank', int4), function: a.windowFunction('rank'), arguments: [], frame: unbounded },
		{ ...call, column: a.column('ntile', int4), function: a.windowFunction('ntile'), arguments: [a.constant(7)], frame: unbounded },
		{ ...call, column: a.column('lead', text), function: a.windowFunction('lead'), arguments: [s!, a.constant(800)], frame: unbounded },
		{ ...call, column: a.column('last', int4), function: a.windowFunction('last_value'), arguments: [n!], frame: sliding },
		{ ...call, column: a.column('sum', int4), function: a.SUM, arguments: [n!], frame: unbounded },
		{ ...call, column: a.column('count', int4), function: a.COUNT, arguments: [k!], frame: sliding },
	];
	const plan = (partition: readonly Expression[]): Plan => ({
		kind: 'window',
		input,
		partition: partition.map((expression) => ({ expression, equality: a.SAME })),
		orderBy: [a.sortKey(n!)],
		calls,
		columns: [...input.columns, ...calls.map((c) => c.column)],
	});
	compareSpilled(plan([k!]), 1 << 17);
	compareSpilled(plan([]), 1 << 17);
});

test('INTERSECT and EXCEPT', () => {
	const [one, two] = [rows(9000, 2000), rows(7000, 3000)];
	const [left, right] = [one, two].map((plan) => a.project(plan, [a.ref(plan.columns[0]!), a.ref(plan.columns[2]!)]));
	for (const operation of ['intersect', 'except'] as const)
		for (const all of [false, true]) {
			const columns = left!.columns.map((c) => a.column('u', c.type));
			compareSpilled({ kind: 'set-operation', operation, all, left: left!, right: right!, equalities: [a.SAME, a.SAME], columns }, 1 << 16);
		}
});

test('DISTINCT ON keeps the first row of each key, in order', () => {
	const input = rows(9000, 5000);
	const plan: Plan = { kind: 'distinct', input, on: [{ expression: a.ref(input.columns[2]!), equality: a.SAME }], columns: input.columns };
	compareSpilled(plan, 1 << 16);
});

test('a CTE that is read twice, at once', () => {
	const definition = rows(3000, 500);
	const scan = (): Plan => ({
		kind: 'cte-scan',
		name: 1,
		source: definition.columns.map((c) => c.id),
		columns: definition.columns.map((c) => a.column('c', c.type)),
	});
	const [left, right] = [scan(), scan()];
	const body = joined('inner', left, right);
	compareSpilled({ kind: 'with', name: 1, definition, body, columns: body.columns } as Plan, 1 << 16);
});

test('recursion', () => {
	const base = rows(3000, 700);
	for (const distinct of [false, true]) {
		const working: Plan = { kind: 'working-scan', name: 1, columns: base.columns.map((c) => a.column('w', c.type)) };
		const [k, n, s] = working.columns.map(a.ref);
		const small = a.filter(working, a.compare(a.LT, n!, a.constant(9000)));
		const step = a.project(small, [
			k!,
			distinct ? a.call(a.MODULO, [a.call(a.MULTIPLY, [n!, a.constant(7)]), a.constant(20000)]) : a.call(a.ADD, [n!, a.constant(3000)]),
			s!,
		]);
		const columns = base.columns.map((c) => a.column('r', c.type));
		const plan = { kind: 'recursion', name: 1, base, step, distinct, equalities: [a.SAME, a.SAME, a.SAME], columns };
		compareSpilled(plan as Plan, 1 << 16);
	}
});

test('values of IN, asked in the middle of an expression', () => {
	const left = rows(4000, 3000);
	const right = rows(4000, 2000);
	const pair = { left: a.ref(left.columns[2]!), right: right.columns[2]!.id, equality: a.SAME };
	const bool = builtinTypes.byName('bool')!;
	const isMember: Expression = {
		kind: 'subquery',
		mode: 'any',
		plan: right,
		comparison: a.compare(a.EQ, pair.left, a.ref(right.columns[2]!)),
		pairs: [pair],
		type: bool,
	};
	compareSpilled(a.project(left, [a.ref(left.columns[1]!), isMember]), 1 << 16);
});

test('sorts', () => {
	const input = rows(20000, 9000);
	const plan: Plan = { kind: 'sort', input, keys: [a.sortKey(a.ref(input.columns[0]!), true)], columns: input.columns };
	compareSpilled(plan, 1 << 20);
	const sorted = { ...plan, keys: input.columns.map((c) => a.sortKey(a.ref(c))), limit: a.constant(18000) };
	compareSpilled(sorted, 1 << 20);
	assert.equal(runProgram(compile(sorted, LOOKUP), testContext(new MemoryModel()), 1e9).length, 18000);
	// So little memory that files are merged, and none for the first rows of a small limit.
	const whole = runProgram(compile(sorted, LOOKUP), testContext(new MemoryModel()), 1e9);
	for (const limit of [9000, 18000]) {
		const spill = { files: new MemoryFiles(), directory: '/spill' };
		const few = compile({ ...sorted, limit: a.constant(limit) }, LOOKUP);
		assert.deepEqual(runProgram(few, testContext(new MemoryModel(), { memoryBytes: 1 << 14, spill })), whole.slice(0, limit));
	}
});

test('what spilled is removed when a statement fails, is cancelled or closed', () => {
	const [left, right] = [rows(9000, 4000), rows(7000, 5000)];
	const plan = a.project(joined('full', left, right), [
		a.call(
			a.fn('fails', (n: number) => fails(n)),
			[a.ref(right.columns[1]!)],
			int4,
		),
	]);
	let failAt = 5000;
	const fails = (n: number): number => {
		if (n >= failAt) throw new Error('as asked');
		return n;
	};
	const files = new MemoryFiles();
	const program = compile(plan, LOOKUP);
	const context = { memoryBytes: 1 << 16, spill: { files, directory: '/spill' } };
	assert.throws(() => runProgram(program, testContext(new MemoryModel(), context)), /as asked/);
	assert.deepEqual(files.list('/spill'), []);

	failAt = Number.POSITIVE_INFINITY;
	let checks = 0;
	const checkCancelled = (): void => {
		if (++checks > 3) throw new Error('cancelled');
	};
	assert.throws(() => runProgram(program, testContext(new MemoryModel(), { ...context, checkCancelled })), /cancelled/);
	assert.deepEqual(files.list('/spill'), []);

	const execution = program.start(testContext(new MemoryModel(), context), new RowCollector(1, 1));
	while (files.list('/spill').length === 0) assert.equal(execution.step(1000), 'more');
	execution.close();
	assert.deepEqual(files.list('/spill'), []);
	assert.equal(runProgram(program, testContext(new MemoryModel(), context)).length, runProgram(program, testContext(new MemoryModel())).length);
});
