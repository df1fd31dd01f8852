/** What is past a statement's memory goes to disk, and the rows are the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryFiles } from '../../platform/memory-files.ts';
import { builtinTypes } from '../../value/builtin-types.ts';
import type { Expression } from '../algebra/expression.ts';
import type { Plan } from '../algebra/plan.ts';
import { compile } from './compile-program.ts';
import * as a from './test-algebra.ts';
import { MemoryModel, runProgram, TEST_CATALOG, testContext } from './test-tables.ts';

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
	assert.ok(created.length > 0, 'the test is too small to spill');
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
	const left = rows(9000, 4000);
	const right = rows(7000, 5000);
	const joined = (type: 'inner' | 'left' | 'semi' | 'anti', residual: Expression | null = null): Plan => {
		const keys = [{ left: a.ref(left.columns[0]!), right: a.ref(right.columns[0]!), equality: a.SAME }];
		const both = type === 'inner' || type === 'left';
		return { kind: 'hash-join', type, left, right, keys, residual, columns: both ? [...left.columns, ...right.columns] : left.columns };
	};
	const less = a.compare(a.LT, a.ref(left.columns[1]!), a.ref(right.columns[1]!));
	for (const type of ['inner', 'left', 'semi', 'anti'] as const) for (const residual of [null, less]) compareSpilled(joined(type, residual), 1 << 18);
});

test('sorts', () => {
	const input = rows(20000, 9000);
	const plan: Plan = { kind: 'sort', input, keys: [a.sortKey(a.ref(input.columns[0]!), true)], columns: input.columns };
	compareSpilled(plan, 1 << 20);
	const sorted = { ...plan, keys: input.columns.map((c) => a.sortKey(a.ref(c))), limit: a.constant(18000) };
	compareSpilled(sorted, 1 << 20);
	assert.equal(runProgram(compile(sorted, LOOKUP), testContext(new MemoryModel()), 1e9).length, 18000);
});
