import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LockWait } from '../../model/table/contracts.ts';
import type { Column, Expression } from '../algebra/expression.ts';
import type { Plan } from '../algebra/plan.ts';
import { compile } from './compile-program.ts';
import * as a from './test-algebra.ts';
import { INT, MemoryModel, MemoryTable, RowCollector, runProgram, TEST_CATALOG, testContext } from './test-tables.ts';

const counters = a.table(
	500,
	[
		{ name: 'id', type: INT, notNull: true },
		{ name: 'n', type: INT },
	],
	[1],
);
const byId = { ...a.index(501, 500, [1], true), primary: true };

function counterModel(
	rows: readonly unknown[][] = [
		[1, 10],
		[2, 20],
		[3, 30],
	],
): { model: MemoryModel; table: MemoryTable } {
	const model = new MemoryModel();
	const table = model.add(new MemoryTable(counters));
	for (const row of rows) table.put([...row]);
	return { model, table };
}

const newColumns = (): Column[] => counters.columns.map((c) => a.column(c.name));

/** A scan, or an access by a key, with the columns that a change needs. */
function target(make: (columns: ReturnType<typeof a.scanColumns>) => Plan): {
	input: Plan;
	keyColumn: number;
	oldRow: number[];
	id: Expression;
	n: Expression;
} {
	const key = a.column('key');
	const columns = [...a.scanColumns(counters), { column: key, number: 0 }];
	return {
		input: make(columns),
		keyColumn: key.id,
		oldRow: [columns[0]!.column.id, columns[1]!.column.id],
		id: a.ref(columns[0]!.column),
		n: a.ref(columns[1]!.column),
	};
}

function byKey(value: Expression) {
	return (scan: ReturnType<typeof a.scanColumns>): Plan => ({
		kind: 'access',
		table: counters,
		scan,
		index: null,
		bounds: [{ equal: [value], lower: null, upper: null }],
		reverse: false,
		covering: false,
		columns: scan.map((s) => s.column),
	});
}

const common = { table: counters, viewChecks: [] };

test('an update by key changes one row and returns the new one', () => {
	const { model, table } = counterModel();
	const { input, keyColumn, oldRow, n } = target(byKey(a.parameter(0)));
	const newRow = newColumns();
	const out = a.column('n');
	const plan: Plan = {
		kind: 'update',
		...common,
		input,
		keyColumn,
		oldRow,
		newRow,
		assignments: [{ number: 2, expression: a.call(a.ADD, [n, a.parameter(1)]) }],
		returning: [{ column: out, expression: a.ref(newRow[1]!) }],
		columns: [out],
	};
	const program = compile(plan, TEST_CATALOG);
	assert.deepEqual(runProgram(program, testContext(model, { parameters: [2, 5] })), [[25]]);
	assert.deepEqual(runProgram(program, testContext(model, { parameters: [9, 5] })), []);
	assert.deepEqual(table.contents(), [
		[1, 10],
		[2, 25],
		[3, 30],
	]);
	assert.equal(program.writes, true);
});

test('an update that moves rows along what it scans meets each once', () => {
	const { model, table } = counterModel();
	const { input, keyColumn, oldRow, id } = target((columns) => a.scan(counters, columns));
	const plan: Plan = {
		kind: 'update',
		...common,
		input,
		keyColumn,
		oldRow,
		newRow: newColumns(),
		assignments: [{ number: 1, expression: a.call(a.ADD, [id, a.constant(10)]) }],
		returning: null,
		columns: [],
	};
	runProgram(compile(plan, TEST_CATALOG), testContext(model));
	assert.deepEqual(table.contents(), [
		[11, 10],
		[12, 20],
		[13, 30],
	]);
});

test('new values are computed before the first change', () => {
	const { model, table } = counterModel();
	const { input, keyColumn, oldRow } = target((columns) => a.scan(counters, columns));
	const inner = a.scan(counters);
	const sum = a.aggregateCall(a.SUM, [a.ref(inner.columns[1]!)]);
	const total: Plan = {
		kind: 'aggregate',
		input: a.filter(inner, a.compare(a.NE, a.ref(inner.columns[0]!), { kind: 'column', id: oldRow[0]!, type: INT })),
		groups: [],
		sets: [[]],
		aggregates: [sum],
		grouping: [],
		columns: [sum.column],
	};
	const expression: Expression = { kind: 'subquery', mode: 'scalar', plan: total, comparison: null, type: INT };
	const plan: Plan = {
		kind: 'update',
		...common,
		input,
		keyColumn,
		oldRow,
		newRow: newColumns(),
		assignments: [{ number: 2, expression }],
		returning: null,
		columns: [],
	};
	runProgram(compile(plan, TEST_CATALOG), testContext(model));
	assert.deepEqual(table.contents(), [
		[1, 50],
		[2, 40],
		[3, 30],
	]);
});

test('a row that a join gives twice is changed once', () => {
	const { model, table } = counterModel();
	const twice = a.values([[1], [1], [3]]);
	const { input: scan, keyColumn, oldRow, id, n } = target((columns) => a.scan(counters, columns));
	const input: Plan = {
		kind: 'join',
		type: 'inner',
		left: scan,
		right: twice,
		on: a.compare(a.EQ, id, a.ref(twice.columns[0]!)),
		columns: [...scan.columns, ...twice.columns],
	};
	const plan: Plan = {
		kind: 'update',
		...common,
		input,
		keyColumn,
		oldRow,
		newRow: newColumns(),
		assignments: [{ number: 2, expression: a.call(a.ADD, [n, a.constant(1)]) }],
		returning: null,
		columns: [],
	};
	const program = compile(plan, TEST_CATALOG);
	const execution = program.start(testContext(model), new RowCollector(0));
	assert.equal(execution.step(1000), 'done');
	assert.equal(execution.changedRows, 2);
	execution.close();
	assert.deepEqual(table.contents(), [
		[1, 11],
		[2, 20],
		[3, 31],
	]);
});

test('a table can be inserted into itself', () => {
	const { model, table } = counterModel();
	const from = a.scan(counters);
	const plan: Plan = {
		kind: 'insert',
		...common,
		newRow: newColumns(),
		input: from,
		values: [a.call(a.ADD, [a.ref(from.columns[0]!), a.constant(100)]), a.ref(from.columns[1]!)],
		conflict: null,
		returning: null,
		columns: [],
	};
	runProgram(compile(plan, TEST_CATALOG), testContext(model), 1);
	assert.deepEqual(
		table.contents().map((r) => r[0]),
		[1, 2, 3, 101, 102, 103],
	);
});

function upsert(rows: unknown[][], where: ((existing: Column[], excluded: Column[]) => Expression) | null, update = true): Plan {
	const source = a.values(rows);
	const [existing, excluded, newRow] = [newColumns(), newColumns(), newColumns()];
	const assignments = [{ number: 2, expression: a.call(a.ADD, [a.ref(existing[1]!), a.ref(excluded[1]!)]) }];
	return {
		kind: 'insert',
		...common,
		newRow,
		input: source,
		values: source.columns.map(a.ref),
		conflict: { indexes: [byId], update: update ? { existing, excluded, assignments, where: where === null ? null : where(existing, excluded) } : null },
		returning: newRow.map((column) => ({ column: a.column('r'), expression: a.ref(column) })),
		columns: newRow,
	};
}

test('ON CONFLICT updates what is there, under its condition, and inserts the rest', () => {
	const { model, table } = counterModel();
	assert.deepEqual(
		runProgram(
			compile(
				upsert(
					[
						[2, 5],
						[4, 40],
					],
					null,
				),
				TEST_CATALOG,
			),
			testContext(model),
		),
		[
			[2, 25],
			[4, 40],
		],
	);
	const big = (existing: Column[]): Expression => a.compare(a.GE, a.ref(existing[1]!), a.constant(25));
	assert.deepEqual(
		runProgram(
			compile(
				upsert(
					[
						[1, 1],
						[2, 1],
					],
					big,
				),
				TEST_CATALOG,
			),
			testContext(model),
		),
		[[2, 26]],
	);
	assert.deepEqual(
		runProgram(
			compile(
				upsert(
					[
						[1, 1],
						[7, 70],
					],
					null,
					false,
				),
				TEST_CATALOG,
			),
			testContext(model),
		),
		[[7, 70]],
	);
	assert.deepEqual(table.contents(), [
		[1, 10],
		[2, 26],
		[3, 30],
		[4, 40],
		[7, 70],
	]);
});

test('ON CONFLICT does not change a row twice', () => {
	const { model } = counterModel();
	const run = (rows: unknown[][]): unknown => runProgram(compile(upsert(rows, null), TEST_CATALOG), testContext(model));
	assert.throws(
		() =>
			run([
				[2, 5],
				[2, 6],
			]),
		{ sqlstate: '21000' },
	);
	assert.throws(
		() =>
			run([
				[8, 5],
				[8, 6],
			]),
		{ sqlstate: '21000' },
	);
});

test('a view’s check refuses the row', () => {
	const { model } = counterModel();
	const source = a.values([[9, 1]]);
	const newRow = newColumns();
	const plan: Plan = {
		kind: 'insert',
		...common,
		newRow,
		input: source,
		values: source.columns.map(a.ref),
		conflict: null,
		returning: null,
		columns: [],
		viewChecks: [{ expression: a.compare(a.GE, a.ref(newRow[1]!), a.constant(5)), viewName: 'big' }],
	};
	assert.throws(() => runProgram(compile(plan, TEST_CATALOG), testContext(model)), { sqlstate: '44000' });
});

test('a lock that must be waited for ends the step as blocked, and the state can be used again', () => {
	const { model, table } = counterModel();
	const source = a.values([[9, 1]]);
	const plan: Plan = {
		kind: 'insert',
		...common,
		newRow: newColumns(),
		input: source,
		values: source.columns.map(a.ref),
		conflict: null,
		returning: null,
		columns: [],
	};
	const program = compile(plan, TEST_CATALOG);
	let isLocked = true;
	table.beforeChange = () => {
		if (isLocked) throw new LockWait();
	};
	const first = program.start(testContext(model), new RowCollector(0));
	assert.equal(first.step(100), 'blocked');
	first.close();
	isLocked = false;
	const second = program.start(testContext(model), new RowCollector(0));
	assert.equal(second.step(100), 'done');
	assert.equal(second.changedRows, 1);
	second.close();
	assert.equal(table.contents().length, 4);
});

test('WITH changes a table before the body reads what it returned', () => {
	const { model, table } = counterModel();
	const source = a.values([[9, 1]]);
	const newRow = newColumns();
	const out = a.column('id');
	const insert: Plan = {
		kind: 'insert',
		...common,
		newRow,
		input: source,
		values: source.columns.map(a.ref),
		conflict: null,
		returning: [{ column: out, expression: a.ref(newRow[0]!) }],
		columns: [out],
	};
	const read: Plan = { kind: 'cte-scan', name: 1, source: [out.id], columns: [a.column('id')] };
	assert.deepEqual(runProgram(compile({ kind: 'with', name: 1, definition: insert, body: read, columns: read.columns }, TEST_CATALOG), testContext(model)), [
		[9],
	]);
	const other = a.values([[1]]);
	const again: Plan = { ...insert, input: a.values([[10, 1]]) };
	runProgram(
		compile({ kind: 'with', name: 1, definition: { ...again, values: again.input.columns.map(a.ref) }, body: other, columns: other.columns }, TEST_CATALOG),
		testContext(model),
	);
	assert.deepEqual(
		table.contents().map((r) => r[0]),
		[1, 2, 3, 9, 10],
	);
});

test('a change in WITH that nothing reads is not seen by the body, even when a LIMIT ends that', () => {
	const { model, table } = counterModel();
	const source = a.values([[9, 1]]);
	const definition: Plan = {
		kind: 'insert',
		...common,
		newRow: newColumns(),
		input: source,
		values: source.columns.map(a.ref),
		conflict: null,
		returning: null,
		columns: [],
	};
	const scan = a.scan(counters);
	const body: Plan = { kind: 'limit', input: scan, count: a.constant(2), offset: null, columns: scan.columns };
	for (const [plan, count] of [
		[scan, 3],
		[body, 2],
	] as const) {
		for (const key of [[9, 1]]) if (table.contents().length > 3) table.take(table.key(key));
		const rows = runProgram(compile({ kind: 'with', name: 1, definition, body: plan, columns: plan.columns }, TEST_CATALOG), testContext(model), 1);
		assert.equal(rows.length, count);
		assert.equal(table.contents().length, 4);
	}
});
