import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Plan } from '../algebra/plan.ts';
import { compile } from './compile-program.ts';
import * as a from './test-algebra.ts';
import { INT, MemoryModel, MemoryTable, openCursors, runProgram, TEST_CATALOG, TEXT, testContext } from './test-tables.ts';

const people = a.table(
	100,
	[
		{ name: 'id', type: INT, notNull: true },
		{ name: 'name', type: TEXT },
		{ name: 'age', type: INT },
	],
	[1],
);
const byAge = a.index(101, 100, [3]);
const byName = a.index(102, 100, [2], true);

function model(): MemoryModel {
	const made = new MemoryModel();
	const t = made.add(new MemoryTable(people, [byAge, byName]));
	t.put([1, 'Ada', 36]);
	t.put([2, 'Bob', null]);
	t.put([3, 'Cyd', 25]);
	t.put([4, 'Dan', 36]);
	t.put([5, 'Eve', 41]);
	return made;
}

function run(plan: Plan, on = model(), parameters: unknown[] = []): unknown[][] {
	const program = compile(plan, TEST_CATALOG);
	const whole = runProgram(program, testContext(on, { parameters }));
	if (!program.writes) {
		assert.deepEqual(runProgram(program, testContext(on, { parameters }), 1), whole, 'in steps of one row');
		assert.deepEqual(runProgram(program, testContext(on, { parameters }), 1000, 1), whole, 'with a sink that stops after each row');
	}
	assert.equal(openCursors, 0);
	return whole;
}

test('scans, filters and projects', () => {
	const scan = a.scan(people);
	const [id, name, age] = scan.columns;
	const plan = a.project(a.filter(scan, a.compare(a.GE, a.ref(age!), a.constant(30))), [a.ref(name!), a.call(a.ADD, [a.ref(id!), a.ref(age!)])]);
	assert.deepEqual(run(plan), [
		['Ada', 37],
		['Dan', 40],
		['Eve', 46],
	]);
});

test('a null makes a comparison unknown, and NOT of it too', () => {
	const scan = a.scan(people);
	const old = a.compare(a.GE, a.ref(scan.columns[2]!), a.constant(30));
	assert.equal(run(a.filter(scan, a.not(old))).length, 1);
	assert.deepEqual(
		run(a.project(scan, [old])).map((r) => r[0]),
		[true, null, false, true, true],
	);
});

test('finds one row by its key, by parameters, and none by null', () => {
	const columns = a.scanColumns(people);
	const plan: Plan = {
		kind: 'access',
		table: people,
		scan: columns,
		index: null,
		bounds: [{ equal: [a.parameter(0)], lower: null, upper: null }],
		reverse: false,
		covering: false,
		columns: columns.map((c) => c.column),
	};
	assert.deepEqual(run(plan, model(), [3]), [[3, 'Cyd', 25]]);
	assert.deepEqual(run(plan, model(), [9]), []);
	assert.deepEqual(run(plan, model(), [null]), []);
});

test('reads ranges of an index, both ways, and lists of them in index order', () => {
	const access = (bounds: Extract<Plan, { kind: 'access' }>['bounds'], reverse = false): unknown[] => {
		const columns = a.scanColumns(people);
		return run({ kind: 'access', table: people, scan: columns, index: byAge, bounds, reverse, covering: false, columns: columns.map((c) => c.column) }).map(
			(r) => r[0],
		);
	};
	const at = (value: unknown): { equal: ReturnType<typeof a.constant>[]; lower: null; upper: null } => ({
		equal: [a.constant(value)],
		lower: null,
		upper: null,
	});
	const bound = (value: unknown, inclusive: boolean): { expression: ReturnType<typeof a.constant>; inclusive: boolean } => ({
		expression: a.constant(value),
		inclusive,
	});
	assert.deepEqual(access([{ equal: [], lower: bound(30, true), upper: null }]), [1, 4, 5]);
	assert.deepEqual(access([{ equal: [], lower: bound(36, false), upper: null }]), [5]);
	assert.deepEqual(access([{ equal: [], lower: null, upper: bound(36, true) }], true), [4, 1, 3]);
	assert.deepEqual(access([{ equal: [], lower: null, upper: bound(36, false) }]), [3]);
	assert.deepEqual(access([at(41), at(25), at(41), at(null)]), [3, 5]);
	assert.deepEqual(access([at(41), at(25)], true), [5, 3]);
	assert.deepEqual(access([{ ...at(null), equalNulls: [true] }]), [2]);
	assert.deepEqual(access([25, 36, null, 99, 41, 25, 7, 8, 9, 10, 11].map(at)), [3, 1, 4, 5]);
});

test('a covering unique index gives its columns without the row', () => {
	const columns = a.scanColumns(people).filter((c) => c.number === 2);
	const plan: Plan = {
		kind: 'access',
		table: people,
		scan: columns,
		index: byName,
		bounds: [{ equal: [a.constant('Dan')], lower: null, upper: null }],
		reverse: false,
		covering: true,
		columns: columns.map((c) => c.column),
	};
	assert.deepEqual(run(plan), [['Dan']]);
});

test('sorts with nulls where asked, stable, and keeps the first', () => {
	const scan = a.scan(people);
	const keys = [a.sortKey(a.ref(scan.columns[2]!), true)];
	const sorted: Plan = { kind: 'sort', input: scan, keys, columns: scan.columns };
	assert.deepEqual(
		run(sorted).map((r) => r[0]),
		[2, 5, 1, 4, 3],
	);
	const first: Plan = { kind: 'sort', input: scan, keys, limit: a.constant(2), columns: scan.columns };
	assert.deepEqual(
		run(first).map((r) => r[0]),
		[2, 5],
	);
	const limited: Plan = { kind: 'limit', input: sorted, count: a.constant(2), offset: a.constant(1), columns: scan.columns };
	assert.deepEqual(
		run(limited).map((r) => r[0]),
		[5, 1],
	);
	const ties: Plan = { kind: 'limit', input: sorted, count: a.constant(3), offset: null, ties: keys, columns: scan.columns };
	assert.deepEqual(
		run(ties).map((r) => r[0]),
		[2, 5, 1, 4],
	);
});

test('aggregates with and without groups', () => {
	const scan = a.scan(people);
	const [id, , age] = scan.columns;
	const calls = [
		a.aggregateCall(a.COUNT, []),
		a.aggregateCall(a.COUNT, [a.ref(age!)]),
		a.aggregateCall(a.SUM, [a.ref(age!)]),
		a.aggregateCall(a.MAXIMUM, [a.ref(id!)]),
	];
	const whole: Plan = { kind: 'aggregate', input: scan, groups: [], sets: [[]], aggregates: calls, grouping: [], columns: calls.map((c) => c.column) };
	assert.deepEqual(run(whole), [[5, 4, 138, 5]]);
	const empty: Plan = { ...whole, input: a.filter(scan, a.constant(false)) };
	assert.deepEqual(run(empty), [[0, 0, null, null]]);
	const group = { column: a.column('age'), expression: a.ref(age!), equality: a.SAME };
	const grouping = { column: a.column('grouping'), groups: [0] };
	const grouped: Plan = {
		...whole,
		groups: [group],
		sets: [[0], []],
		grouping: [grouping],
		columns: [group.column, ...calls.map((c) => c.column), grouping.column],
	};
	assert.deepEqual(run(grouped), [
		[null, 5, 4, 138, 5, 1],
		[36, 2, 2, 72, 4, 0],
		[null, 1, 0, null, 2, 0],
		[25, 1, 1, 25, 3, 0],
		[41, 1, 1, 41, 5, 0],
	]);
});

test('joins by hash in every way', () => {
	const scan = a.scan(people);
	const other = a.values(
		[
			[36, 'x'],
			[36, 'y'],
			[25, 'z'],
			[99, 'w'],
			[null, 'n'],
		],
		[INT, TEXT],
	);
	const [key, label] = other.columns;
	const join = (type: Extract<Plan, { kind: 'join' }>['type'], on = a.compare(a.EQ, a.ref(scan.columns[2]!), a.ref(key!))): unknown[][] => {
		const columns = type === 'semi' || type === 'anti' ? [scan.columns[0]!] : [scan.columns[0]!, label!];
		const joined: Plan = {
			kind: 'join',
			type,
			left: scan,
			right: other,
			on,
			columns: type === 'semi' || type === 'anti' ? scan.columns : [...scan.columns, ...other.columns],
		};
		return run(a.project(joined, columns.map(a.ref)));
	};
	const inner = [
		[1, 'x'],
		[1, 'y'],
		[3, 'z'],
		[4, 'x'],
		[4, 'y'],
	];
	assert.deepEqual(join('inner'), inner);
	assert.deepEqual(join('left'), [...inner.slice(0, 2), [2, null], ...inner.slice(2), [5, null]]);
	assert.deepEqual(join('right'), [...inner, [null, 'w'], [null, 'n']]);
	assert.deepEqual(join('full'), [...inner.slice(0, 2), [2, null], ...inner.slice(2), [5, null], [null, 'w'], [null, 'n']]);
	assert.deepEqual(join('semi'), [[1], [3], [4]]);
	assert.deepEqual(join('anti'), [[2], [5]]);
	const less = a.compare(a.LT, a.ref(scan.columns[2]!), a.ref(key!));
	assert.equal(join('inner', less).length, 6);
	assert.equal(join('semi', less).length, 4);
});

test('applies an index lookup per row, inner, left, semi and anti', () => {
	const outer = a.values([[36], [7], [25]]);
	const columns = a.scanColumns(people);
	const inside: Plan = {
		kind: 'access',
		table: people,
		scan: columns,
		index: byAge,
		bounds: [{ equal: [a.ref(outer.columns[0]!)], lower: null, upper: null }],
		reverse: false,
		covering: false,
		columns: columns.map((c) => c.column),
	};
	const apply = (type: 'inner' | 'left' | 'semi' | 'anti', right: Plan = inside): unknown[][] => {
		const both = type === 'inner' || type === 'left';
		const plan: Plan = { kind: 'apply', type, left: outer, right, on: null, columns: both ? [...outer.columns, ...right.columns] : outer.columns };
		return run(a.project(plan, both ? [a.ref(outer.columns[0]!), a.ref(right.columns[0]!)] : [a.ref(outer.columns[0]!)]));
	};
	assert.deepEqual(apply('inner'), [
		[36, 1],
		[36, 4],
		[25, 3],
	]);
	assert.deepEqual(apply('left'), [
		[36, 1],
		[36, 4],
		[7, null],
		[25, 3],
	]);
	assert.deepEqual(apply('semi'), [[36], [25]]);
	assert.deepEqual(apply('anti'), [[7]]);
	const last: Plan = {
		kind: 'limit',
		count: a.constant(1),
		offset: null,
		columns: inside.columns,
		input: { kind: 'sort', input: inside, keys: [a.sortKey(a.ref(inside.columns[0]!), true)], columns: inside.columns },
	};
	assert.deepEqual(apply('inner', last), [
		[36, 4],
		[25, 3],
	]);
	assert.deepEqual(apply('left', last), [
		[36, 4],
		[7, null],
		[25, 3],
	]);
	const first: Plan = { kind: 'limit', count: a.constant(1), offset: null, columns: inside.columns, input: inside };
	assert.deepEqual(apply('inner', first), [
		[36, 1],
		[25, 3],
	]);
	assert.deepEqual(apply('left', first), [
		[36, 1],
		[7, null],
		[25, 3],
	]);
});

test('inserts, updates and deletes, with RETURNING', () => {
	const made = model();
	const newRow = a.scanColumns(people).map((c) => c.column);
	const source = a.values([[6, 'Fay', 50]]);
	const insert: Plan = {
		kind: 'insert',
		table: people,
		newRow,
		viewChecks: [],
		input: source,
		values: source.columns.map(a.ref),
		conflict: null,
		returning: [{ column: newRow[0]!, expression: a.ref(newRow[0]!) }],
		columns: [newRow[0]!],
	};
	assert.deepEqual(run(insert, made), [[6]]);
	const target = (
		predicate: (age: ReturnType<typeof a.ref>) => ReturnType<typeof a.ref>,
	): { input: Plan; keyColumn: number; oldRow: number[]; old: ReturnType<typeof a.column>[] } => {
		const key = a.column('key');
		const columns = [...a.scanColumns(people), { column: key, number: 0 }];
		const input = a.filter(a.scan(people, columns), predicate(a.ref(columns[2]!.column)));
		return { input, keyColumn: key.id, oldRow: columns.slice(0, 3).map((c) => c.column.id), old: columns.map((c) => c.column) };
	};
	const t = target((age) => a.compare(a.EQ, age, a.constant(36)));
	const rest = { table: people, viewChecks: [], returning: null, columns: [] };
	const { input, keyColumn, oldRow } = t;
	const update: Plan = {
		kind: 'update',
		...rest,
		input,
		keyColumn,
		oldRow,
		newRow: a.scanColumns(people).map((c) => c.column),
		assignments: [{ number: 1, expression: a.call(a.ADD, [a.ref(t.old[0]!), a.constant(100)]) }],
	};
	const program = compile(update, TEST_CATALOG);
	const context = testContext(made);
	const execution = program.start(context, { begin() {}, writers: [], end: () => true });
	assert.equal(execution.step(1000), 'done');
	assert.equal(execution.changedRows, 2);
	execution.close();
	const d = target((age) => ({ kind: 'is-null', operand: age, negated: false, row: false, type: INT }));
	run({ kind: 'delete', ...rest, newRow: [], input: d.input, keyColumn: d.keyColumn, oldRow: d.oldRow }, made);
	assert.deepEqual(
		made.tables
			.get(100)!
			.contents()
			.map((r) => r[0]),
		[3, 5, 6, 101, 104],
	);
	assert.equal(made.tables.get(100)!.changesFinished, 3);
});

test('recursion counts up, and a LIMIT ends an endless one', () => {
	const base = a.values([[1]]);
	const working: Plan = { kind: 'working-scan', name: 1, columns: [a.column('n')] };
	const next = a.project(working, [a.call(a.ADD, [a.ref(working.columns[0]!), a.constant(1)])]);
	const n = a.column('n');
	const step = (last: number | null): Plan => (last === null ? next : a.filter(next, a.compare(a.LT, a.ref(next.columns[0]!), a.constant(last))));
	const recursion = (last: number | null): Plan => ({ kind: 'recursion', name: 1, base, step: step(last), distinct: false, equalities: [], columns: [n] });
	assert.deepEqual(run(recursion(5)), [[1], [2], [3], [4]]);
	const read: Plan = { kind: 'cte-scan', name: 2, source: [n.id], columns: [a.column('m')] };
	const body: Plan = { kind: 'limit', input: read, count: a.constant(3), offset: null, columns: read.columns };
	assert.deepEqual(run({ kind: 'with', name: 2, definition: recursion(null), body, columns: body.columns }), [[1], [2], [3]]);
});

test('names of slots and of locals do not meet, however many there are', () => {
	const source = a.values([[1], [2]]);
	const [v] = source.columns.map(a.ref);
	for (let count = 1; count < 40; count++) {
		const calls = Array.from({ length: count }, () =>
			a.call(
				a.fn('own', (n: number) => n),
				[v!],
			),
		);
		const group = { column: a.column('g'), expression: v!, equality: a.SAME };
		const aggregates = calls.map((c) => a.aggregateCall(a.MAXIMUM, [c]));
		const plan: Plan = {
			kind: 'aggregate',
			input: source,
			groups: [group],
			sets: [[0]],
			aggregates,
			grouping: [],
			columns: [group.column, ...aggregates.map((c) => c.column)],
		};
		assert.deepEqual(
			run(plan),
			[1, 2].map((n) => [n, ...calls.map(() => n)]),
		);
	}
});
