/** What reaches generated text: never names or values of a statement. And what programs share or do not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryFiles } from '../../platform/memory-files.ts';
import { builtinTypes } from '../../value/builtin-types.ts';
import type { Expression } from '../algebra/expression.ts';
import type { Plan } from '../algebra/plan.ts';
import type { FunctionContext } from '../functions/contracts.ts';
import { compile } from './compile-program.ts';
import { explainJson, explainText } from './explain.ts';
import * as a from './test-algebra.ts';
import { BOOL, INT, MemoryModel, MemoryTable, RowCollector, runProgram, TEST_CATALOG, TEXT, testContext } from './test-tables.ts';

const HOSTILE = [
	"'",
	'"',
	'`',
	'$'.concat('{globalThis.hacked = 1}'),
	'\\',
	'\u2028',
	'\u2029',
	'\n',
	'*/',
	'//',
	'__proto__',
	'constructor',
	"'); globalThis.hacked = 1; ('",
	'</script>',
	'\u0000',
];

test('names and values of every kind stay out of the text', () => {
	for (const [i, hostile] of HOSTILE.entries()) {
		const marked = `${hostile}marker${hostile}`;
		const table = {
			...a.table(600 + i, [
				{ name: marked, type: { ...TEXT, name: marked } },
				{ name: 'n', type: INT },
			]),
			name: marked,
		};
		const model = new MemoryModel();
		model.add(new MemoryTable(table)).put([marked, 1]);
		const scan = a.scan(table);
		const text = { ...scan.columns[0]!, name: marked };
		const named = a.fn(marked, (s: string) => s);
		const list: Expression = {
			kind: 'in-list',
			left: a.ref(text),
			list: Array.from({ length: 6 }, (_, k) => a.constant(`${marked}${k === 0 ? '' : k}`)),
			equality: { ...a.CASELESS, name: marked },
			type: BOOL,
		};
		const virtual: Plan = { kind: 'virtual-scan', provider: marked, arguments: [a.constant(marked)], positions: [0], columns: [a.column(marked, TEXT)] };
		const exists: Expression = { kind: 'subquery', mode: 'exists', plan: virtual, comparison: null, type: BOOL };
		const filtered = a.filter(scan, a.and(list, a.compare(a.EQ, a.ref(text), a.constant(marked)), a.compare(a.NE, a.parameter(0, TEXT), a.ref(text)), exists));
		const projected = a.project(filtered, [
			a.call(named, [a.ref(text)], TEXT),
			{ kind: 'array', operands: [a.constant(marked)], nested: false, type: TEXT },
			a.constant(-1.5),
			a.constant(12345),
		]);
		const key = a.sortKey(a.ref(projected.columns[0]!), false, false, { ...a.CASELESS_ORDER, name: marked });
		const plan: Plan = { kind: 'sort', input: projected, keys: [key], limit: a.parameter(1), columns: projected.columns };
		const context = testContext(model, {
			parameters: ['other', 5],
			virtualRows: (provider, args) => (provider === marked && args[0] === marked ? [[marked]] : []),
		});
		const program = compile(plan, TEST_CATALOG, { tables: model });
		const rows = runProgram(program, context);
		assert.equal(rows.length, 1);
		assert.equal(rows[0]![0], marked);
		assert.equal(rows[0]![2], -1.5);
		assert.ok(!program.code.includes('marker'), 'a name or value is part of the text');
		assert.ok(!program.code.includes('12345') && !program.code.includes('1.5'), 'a number is part of the text');
		assert.equal((globalThis as { hacked?: unknown }).hacked, undefined);
		explainText(plan);
	}
});

test('a join by an equality that SQL does not have', () => {
	const left = a.values([['Ada'], ['BOB'], [null], ['x']], [TEXT]);
	const right = a.values(
		[
			['ADA', 1],
			['ada', 2],
			['bob', 3],
			[null, 4],
		],
		[TEXT, INT],
	);
	const plan: Plan = {
		kind: 'hash-join',
		type: 'left',
		left,
		right,
		keys: [{ left: a.ref(left.columns[0]!), right: a.ref(right.columns[0]!), equality: a.CASELESS }],
		residual: null,
		columns: [...left.columns, ...right.columns],
	};
	const rows = runProgram(compile(plan, TEST_CATALOG), testContext(new MemoryModel()));
	assert.deepEqual(
		rows.map((r) => [r[0], r[2]]),
		[
			['Ada', 1],
			['Ada', 2],
			['BOB', 3],
			[null, null],
			['x', null],
		],
	);
});

test('two executions of one program at once do not share state', () => {
	const source = a.values([[1], [2], [3]]);
	const program = compile({ kind: 'sort', input: source, keys: [a.sortKey(a.ref(source.columns[0]!), true)], columns: source.columns }, TEST_CATALOG);
	const [one, two] = [new RowCollector(1), new RowCollector(1)];
	const [first, second] = [program.start(testContext(new MemoryModel()), one), program.start(testContext(new MemoryModel()), two)];
	let [a1, a2]: string[] = ['more', 'more'];
	while (a1 === 'more' || a2 === 'more') {
		if (a1 === 'more') a1 = first.step(1);
		if (a2 === 'more') a2 = second.step(2);
	}
	first.close();
	second.close();
	assert.deepEqual(one.rows, [[3], [2], [1]]);
	assert.deepEqual(two.rows, one.rows);
});

test('a statement is asked whether to stop every few thousand rows, in subqueries too', () => {
	const series = (to: number): Plan => {
		const columns = [a.column('n')];
		return {
			kind: 'function-scan',
			functions: [{ function: a.SERIES, arguments: [a.constant(1), a.constant(to)], columns, typmod: -1 }],
			ordinality: null,
			columns,
		};
	};
	const cancelled = new Error('cancelled');
	const run = (plan: Plan): void => {
		runProgram(
			compile(plan, TEST_CATALOG),
			testContext(new MemoryModel(), {
				checkCancelled: () => {
					throw cancelled;
				},
			}),
			1e9,
		);
	};
	const long = series(50000);
	const sum = a.aggregateCall(a.SUM, [a.ref(long.columns[0]!)]);
	const total: Plan = { kind: 'aggregate', input: long, groups: [], sets: [[]], aggregates: [sum], grouping: [], columns: [sum.column] };
	assert.throws(() => run(total), cancelled);
	const one = a.values([[1]]);
	assert.throws(() => run(a.project(one, [{ kind: 'subquery', mode: 'scalar', plan: total, comparison: null, type: INT }])), cancelled);
	run(series(100));
});

test('a subquery that runs once is computed by steps', () => {
	const columns = [a.column('n')];
	const long: Plan = {
		kind: 'function-scan',
		functions: [{ function: a.SERIES, arguments: [a.constant(1), a.constant(10000)], columns, typmod: -1 }],
		ordinality: null,
		columns,
	};
	const sum = a.aggregateCall(a.SUM, [a.ref(columns[0]!)]);
	const total: Plan = { kind: 'aggregate', input: long, groups: [], sets: [[]], aggregates: [sum], grouping: [], columns: [sum.column] };
	const subquery: Expression = { kind: 'subquery', mode: 'scalar', plan: total, comparison: null, type: INT };
	const source = a.values([[1], [2], [3]]);
	const plan = a.project(a.filter(source, a.compare(a.LT, a.ref(source.columns[0]!), subquery)), [a.ref(source.columns[0]!), subquery]);
	const sink = new RowCollector(2);
	const execution = compile(plan, TEST_CATALOG).start(testContext(new MemoryModel()), sink);
	let steps = 1;
	while (execution.step(100) === 'more') steps++;
	execution.close();
	assert.ok(steps > 90, `${steps} steps`);
	assert.deepEqual(
		sink.rows,
		[1, 2, 3].map((n) => [n, 50005000]),
	);
});

test('errors of functions pass with their SQLSTATE, and the program runs again', () => {
	const fail = a.fn('fail', () => {
		throw Object.assign(new Error('division by zero'), { sqlstate: '22012' });
	});
	const source = a.values([[1], [2]]);
	const program = compile(a.project(source, [a.call(fail, [a.ref(source.columns[0]!)])]), TEST_CATALOG);
	for (let i = 0; i < 3; i++) assert.throws(() => runProgram(program, testContext(new MemoryModel())), { sqlstate: '22012' });
});

const int4 = builtinTypes.byName('int4')!;
const text = builtinTypes.byName('text')!;

function wide(count: number): Plan {
	const columns = [a.column('n', int4)];
	const series: Plan = {
		kind: 'function-scan',
		functions: [{ function: a.SERIES, arguments: [a.constant(1, int4), a.constant(count, int4)], columns, typmod: -1 }],
		ordinality: null,
		columns,
	};
	const key = a.call(
		a.fn('scatter', (n: number) => (n * 7919) % 10007),
		[a.ref(columns[0]!)],
		int4,
	);
	const filler = a.call(
		a.fn('filler', (n: number) => (n % 10 === 0 ? null : `row ${n} ${'é'.repeat(40)}`)),
		[a.ref(columns[0]!)],
		text,
	);
	return a.project(series, [key, a.ref(columns[0]!), filler]);
}

const LOOKUP = { ...TEST_CATALOG, typeByOid: (oid: number) => builtinTypes.typeByOid(oid) } as typeof TEST_CATALOG;

test('a sort past its memory goes to disk and gives the same rows', () => {
	const input = wide(60000);
	const plan: Plan = { kind: 'sort', input, keys: [a.sortKey(a.ref(input.columns[0]!), true)], columns: input.columns };
	const files = new MemoryFiles();
	const inMemory = runProgram(compile(plan, LOOKUP), testContext(new MemoryModel()), 1e9);
	const spilled = runProgram(compile(plan, LOOKUP), testContext(new MemoryModel(), { memoryBytes: 1 << 20, spill: { files, directory: '/spill' } }), 1e9);
	assert.equal(spilled.length, 60000);
	assert.deepEqual(spilled, inMemory);
	assert.deepEqual(files.list('/spill'), [], 'spill files are removed');
});

test('what cannot spill ends in 53200', () => {
	const input = wide(60000);
	const context = (): ReturnType<typeof testContext> => testContext(new MemoryModel(), { memoryBytes: 1 << 18 });
	const sorted: Plan = { kind: 'sort', input, keys: [a.sortKey(a.ref(input.columns[0]!))], columns: input.columns };
	const distinct: Plan = { kind: 'distinct', input, on: [{ expression: a.ref(input.columns[2]!), equality: a.SAME }], columns: input.columns };
	const one = a.values([[1]]);
	const joined: Plan = {
		kind: 'hash-join',
		type: 'inner',
		left: one,
		right: input,
		keys: [{ left: a.ref(one.columns[0]!), right: a.ref(input.columns[1]!), equality: a.SAME }],
		residual: null,
		columns: [...one.columns, ...input.columns],
	};
	const group = { column: a.column('g', text), expression: a.ref(input.columns[2]!), equality: a.SAME };
	const grouped: Plan = { kind: 'aggregate', input, groups: [group], sets: [[0]], aggregates: [], grouping: [], columns: [group.column] };
	for (const plan of [sorted, distinct, joined, grouped]) {
		const program = compile(plan, LOOKUP);
		for (let i = 0; i < 2; i++) assert.throws(() => runProgram(program, context(), 1e9), { sqlstate: '53200' }, plan.kind);
	}
});

test('EXPLAIN shows the tree, with counts when instrumented', () => {
	const source = a.values([[1], [2], [3]]);
	const plan = a.filter(source, a.compare(a.GE, a.ref(source.columns[0]!), a.constant(2)));
	assert.equal(explainText(plan), 'Filter\n  Condition: (v >= 2)\n  ->  Values (3 rows)');
	const program = compile(plan, TEST_CATALOG, { instrument: true });
	let nowUs = 0;
	const functions = { clockUs: () => (nowUs += 1500) } as unknown as FunctionContext;
	const execution = program.start(testContext(new MemoryModel(), { functions }), new RowCollector(1));
	assert.equal(execution.step(100), 'done');
	const measured = program.operatorRows!(execution);
	execution.close();
	assert.equal(measured.get(plan)!.rows, 2);
	assert.equal(measured.get(source)!.rows, 3);
	assert.match(explainText(plan, measured), /^Filter \(actual time=1\.500 rows=2 loops=1\)/);
	assert.equal(explainJson(plan, measured)['Actual Rows'], 2);
});
