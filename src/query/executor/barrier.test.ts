/** The barrier: what stands below it is done as a whole before what stands above it begins. Its near misses: where nothing may be kept or moved. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Transaction } from '../../transaction/contracts.ts';
import type { Column, Expression } from '../algebra/expression.ts';
import type { Plan } from '../algebra/plan.ts';
import { optimize } from '../optimizer/optimize.ts';
import { compile } from './compile-program.ts';
import { explainText } from './explain.ts';
import * as a from './test-algebra.ts';
import { INT, MemoryModel, MemoryTable, runProgram, TEST_CATALOG, testContext } from './test-tables.ts';

type Barrier = Extract<Plan, { kind: 'barrier' }>;

function barrier(input: Plan, options: Partial<Barrier> = {}): Barrier {
	return { kind: 'barrier', input, each: false, discards: false, columns: options.discards === true ? [] : input.columns, ...options };
}

/** A world in which things are done in an order. */
class Journal {
	readonly entries: string[] = [];
	readonly model = new MemoryModel();
	readonly table: MemoryTable;
	readonly #rows = a.table(500, [{ name: 'id', type: INT, notNull: true }], [1]);
	/** Writes a row, and notes it. */
	readonly write = a.fn(
		'write',
		(id: number) => {
			this.entries.push(`write ${id}`);
			this.table.put([id]);
			return id;
		},
		{ volatility: 'volatile' },
	);
	/** Notes that a row came by. */
	readonly note = a.fn(
		'note',
		(id: number) => {
			this.entries.push(`note ${id}`);
			return id;
		},
		{ volatility: 'volatile' },
	);

	constructor() {
		this.table = this.model.add(new MemoryTable(this.#rows));
	}

	get scan(): Plan {
		return a.scan(this.#rows);
	}

	run(plan: Plan, isOptimized = false, budget = 1): unknown[][] {
		const context = testContext(this.model);
		const transaction = { ...context.transaction, sealChanges: () => this.entries.push('seal') } as unknown as Transaction;
		const chosen = isOptimized ? optimize(plan, { catalog: TEST_CATALOG, rowCount: () => 100 }) : plan;
		return runProgram(compile(chosen, TEST_CATALOG), { ...context, transaction }, budget);
	}

	get counts(): readonly number[] {
		return ['write', 'seal', 'note'].map((word) => this.entries.filter((entry) => entry.startsWith(word)).length);
	}
}

const idOf = (plan: Plan): Expression => a.ref(plan.columns[0]!);

function written(journal: Journal, ids: readonly number[]): Plan {
	const input = a.values(ids.map((id) => [id]));
	return a.project(input, [a.call(journal.write, [idOf(input)])]);
}

function counted(input: Plan): Plan {
	const call = a.aggregateCall(a.COUNT, [idOf(input)]);
	return { kind: 'aggregate', input, groups: [], sets: [[]], aggregates: [call], grouping: [], columns: [call.column] };
}

for (const isOptimized of [false, true]) {
	const how = isOptimized ? 'optimized' : 'as it stands';

	test(`all is done below before anything above, ${how}`, () => {
		const journal = new Journal();
		const below = barrier(written(journal, [1, 2, 3]));
		const plan = a.project(below, [a.call(journal.note, [idOf(below)])]);
		assert.deepEqual(journal.run(plan, isOptimized), [[1], [2], [3]]);
		assert.deepEqual(journal.entries, ['write 1', 'write 2', 'write 3', 'seal', 'note 1', 'note 2', 'note 3']);
	});

	test(`neither a limit nor a filter above keeps anything from being done, ${how}`, () => {
		const journal = new Journal();
		const below = barrier(written(journal, [1, 2, 3]));
		const filtered = a.filter(below, a.compare(a.EQ, idOf(below), a.constant(2)));
		const plan: Plan = { kind: 'limit', input: filtered, count: a.constant(0), offset: null, columns: below.columns };
		assert.deepEqual(journal.run(plan, isOptimized), []);
		assert.deepEqual(journal.counts, [3, 1, 0]);
	});

	test(`an apply behind it reads anew for each row what the rows before have written, ${how}`, () => {
		const journal = new Journal();
		const left = barrier(a.values([[1], [2], [3]]), { each: true });
		const right = counted(journal.scan);
		const applied: Plan = { kind: 'apply', type: 'inner', left, right, on: null, columns: [...left.columns, ...right.columns] };
		const plan = a.project(applied, [a.ref(right.columns[0]!), a.call(journal.write, [idOf(left)])]);
		assert.deepEqual(journal.run(plan, isOptimized), [
			[0, 1],
			[1, 2],
			[2, 3],
		]);
		assert.equal(journal.entries.filter((entry) => entry === 'seal').length, 4);
	});

	test(`without a barrier on its left an apply reads what depends on nothing once, ${how}`, () => {
		const journal = new Journal();
		const left = a.values([[1], [2], [3]]);
		const right = counted(journal.scan);
		const applied: Plan = { kind: 'apply', type: 'inner', left, right, on: null, columns: [...left.columns, ...right.columns] };
		const plan = a.project(applied, [a.ref(right.columns[0]!), a.call(journal.write, [idOf(left)])]);
		assert.deepEqual(
			journal.run(plan, isOptimized).map((row) => row[0]),
			[0, 0, 0],
		);
	});

	test(`one inside the right side of an apply is run for each row, ${how}`, () => {
		const journal = new Journal();
		const left = barrier(a.values([[10], [20]]));
		const sum = a.call(a.ADD, [idOf(left), a.constant(1)]);
		const inner: Plan = barrier(a.project({ kind: 'values', rows: [[]], columns: [] }, [a.call(journal.write, [sum])]));
		const right = counted(inner);
		const plan: Plan = { kind: 'apply', type: 'inner', left, right, on: null, columns: [...left.columns, ...right.columns] };
		assert.deepEqual(journal.run(plan, isOptimized), [
			[10, 1],
			[20, 1],
		]);
		assert.deepEqual(
			journal.entries.filter((entry) => entry !== 'seal'),
			['write 11', 'write 21'],
		);
	});

	test(`one that discards gives no rows, ${how}`, () => {
		const journal = new Journal();
		assert.deepEqual(journal.run(barrier(written(journal, [1, 2]), { discards: true }), isOptimized), []);
		assert.deepEqual(journal.counts, [2, 1, 0]);
	});
}

test('a program with one writes, and EXPLAIN shows it', () => {
	const journal = new Journal();
	const plan = barrier(written(journal, [1]), { each: true });
	assert.equal(compile(plan, TEST_CATALOG).writes, true);
	assert.match(explainText(plan), /^Barrier\n {2}Changes Seen: row by row/);
});

test('a recursion that visits lets a key in once, or in its first round alone', () => {
	// A square: 1 → 2, 1 → 3, 2 → 4, 3 → 4, 4 → 1.
	const edges = [
		[1, 2],
		[1, 3],
		[2, 4],
		[3, 4],
		[4, 1],
	];
	const walk = (among: 'rows' | 'rounds' | null): unknown[][] => {
		const [node, depth]: [Column, Column] = [a.column('node'), a.column('depth')];
		const working: Plan = { kind: 'working-scan', name: 1, columns: [a.column('node'), a.column('depth')] };
		const edge = a.values(edges);
		const joined: Plan = {
			kind: 'join',
			type: 'inner',
			left: working,
			right: edge,
			on: a.compare(a.EQ, a.ref(working.columns[0]!), a.ref(edge.columns[0]!)),
			columns: [...working.columns, ...edge.columns],
		};
		const isNear = a.compare(a.LT, a.ref(working.columns[1]!), a.constant(3));
		const step = a.project(a.filter(joined, isNear), [a.ref(edge.columns[1]!), a.call(a.ADD, [a.ref(working.columns[1]!), a.constant(1)])]);
		const visit = among === null ? {} : { visit: { column: node.id, equality: a.SAME, among } };
		const plan: Plan = { kind: 'recursion', name: 1, base: a.values([[1, 0]]), step, distinct: false, equalities: [], columns: [node, depth], ...visit };
		return runProgram(compile(plan, TEST_CATALOG), testContext(new MemoryModel()), 3);
	};
	const [start, sides] = [
		[1, 0],
		[
			[2, 1],
			[3, 1],
		],
	];
	assert.deepEqual(walk('rows'), [start, ...sides, [4, 2]]);
	assert.deepEqual(walk('rounds'), [start, ...sides, [4, 2], [4, 2]]);
	assert.deepEqual(walk(null), [start, ...sides, [4, 2], [4, 2], [1, 3], [1, 3]]);
});
