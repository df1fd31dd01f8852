/** The executor against the naive evaluator: the same rows for random plans, however the execution is cut into steps. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryFiles } from '../../src/platform/memory-files.ts';
import type { Plan } from '../../src/query/algebra/plan.ts';
import { compile } from '../../src/query/executor/compile-program.ts';
import type { Program } from '../../src/query/executor/contracts.ts';
import { type MemoryModel, openCursors, runProgram, TEST_CATALOG, testContext } from '../../src/query/executor/test-tables.ts';
import { PgArray } from '../../src/value/pg-array.ts';
import { NaiveEvaluator, TooManyRows } from './naive-evaluator.ts';
import { Dice, RandomPlans, randomModel } from './random-plans.ts';

/** POLYLOG_RUNS for a long night, POLYLOG_SEED for one plan. */
const RUNS = Number(process.env.POLYLOG_RUNS ?? 400);
const SEED = process.env.POLYLOG_SEED;

function shown(row: readonly unknown[]): string {
	return JSON.stringify(row.map((v) => (v instanceof PgArray ? v.elements : typeof v === 'bigint' ? `${v}n` : v)));
}

function compareWithOracle(plan: Plan, model: MemoryModel): void {
	const context = testContext(model);
	const oracle = new NaiveEvaluator({
		rows: (table) => model.tables.get(table.id)!.contents(),
		parameters: [],
		functions: context.functions,
		types: TEST_CATALOG,
		rowsMax: 20000,
	});
	let rows: unknown[][];
	try {
		rows = oracle.run(plan);
	} catch (error) {
		if (error instanceof TooManyRows) return;
		throw error;
	}
	const expected = rows.map(shown).sort();
	const program = compile(plan, TEST_CATALOG, { tables: model });
	const whole = runProgram(program, context);
	assert.deepEqual(whole.map(shown).sort(), expected);
	assert.deepEqual(runProgram(program, context, 1).map(shown), whole.map(shown), 'in steps of one row');
	assert.deepEqual(runProgram(program, context, 3, 2).map(shown), whole.map(shown), 'with a sink that stops');
	assert.deepEqual(runWithoutMemory(program, model).map(shown).sort(), expected, 'with everything on disk');
	assert.equal(openCursors, 0, 'every cursor is closed');
}

/** The rows when no table may keep more than a few. */
function runWithoutMemory(program: Program, model: MemoryModel): unknown[][] {
	const files = new MemoryFiles();
	const context = testContext(model, { memoryBytes: 1500, spill: { files, directory: '/spill' } });
	try {
		return runProgram(program, context, 50, 3);
	} finally {
		assert.deepEqual(files.exists('/spill') ? files.list('/spill') : [], [], 'spill files are removed');
	}
}

for (const depth of [1, 2, 3]) {
	test(`random plans of depth ${depth} give the rows of the naive evaluator`, () => {
		for (let run = 0; run < RUNS; run++) {
			const seed = SEED === undefined ? run * 7919 + depth * 1000003 : Number(SEED);
			const dice = new Dice(seed);
			const model = randomModel(dice);
			const plan = new RandomPlans(dice).plan(depth);
			try {
				compareWithOracle(plan, model);
			} catch (error) {
				throw new Error(`POLYLOG_SEED=${seed} at depth ${depth}: ${(error as Error).message}`, { cause: error });
			}
			if (SEED !== undefined) return;
		}
	});
}
