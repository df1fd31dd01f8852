/** Comparisons of made-up trials: rounds take turns, the rate follows the slowest, and reports show what was found. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyspaceEngine } from '../../database/embedded/keyspace.ts';
import { type Comparison, type ComparisonPlan, compareEngines, figure, type TrialRunner } from './comparison.ts';
import { comparisonTable } from './comparison-rows.ts';
import { assertGolden, madeUpRunner, planOf } from './test-trials.ts';

async function compared(more: Partial<ComparisonPlan> = {}, speeds: Partial<Record<KeyspaceEngine, number>> = {}): Promise<Comparison> {
	return compareEngines(planOf(more), madeUpRunner(speeds));
}

test('engines take turns, first in the closed loop, then at one rate for all', async () => {
	const seen: string[] = [];
	const runner = madeUpRunner({ lsm: 90_000, btree: 120_000, hash: 300_000 });
	const run: TrialRunner = (trial) => {
		seen.push(`${trial.engine} ${trial.pace.kind === 'open' ? trial.pace.rate : 'closed'} ${trial.seed}`);
		return runner(trial);
	};
	const { rate } = await compareEngines(planOf({ rounds: 2 }), run);
	assert.equal(rate, 30_000);
	assert.deepEqual(seen, [
		'lsm closed 42',
		'btree closed 42',
		'hash closed 42',
		'btree closed 43',
		'hash closed 43',
		'lsm closed 43',
		'lsm 30000 42',
		'btree 30000 42',
		'hash 30000 42',
		'btree 30000 43',
		'hash 30000 43',
		'lsm 30000 43',
	]);
});

test('an engine without ranges does the rest, and nothing when there is no rest', async () => {
	const some = await compared({}, {});
	assert.deepEqual(
		some.engines.map(({ engine, lacksRanges }) => [engine, lacksRanges]),
		[
			['lsm', false],
			['btree', false],
			['hash', true],
		],
	);
	const { workload } = planOf({});
	const none = await compared({ workload: { ...workload, mix: { ...workload.mix, get: 0, put: 0, range: 1 } } });
	assert.deepEqual(none.unable, ['hash']);
	assert.match(comparisonTable(none).join('\n'), /A hash keyspace has no ranges, and the mix is nothing else: it was left out\./);
});

test('without an open loop latencies are the closed loop’s, and a given rate is kept', async () => {
	assert.equal((await compared({ rate: 'none' })).rate, null);
	assert.equal((await compared({ rate: 1234 })).rate, 1234);
	assert.match(comparisonTable(await compared({ rate: 'none' })).join('\n'), /latency \(closed loop: waiting is not in it\)/);
});

test('a figure is the median of its rounds', () => {
	assert.deepEqual(figure([3, 1, 2]), { median: 2, least: 1, most: 3, rounds: [3, 1, 2] });
	assert.equal(figure([4, 1]).median, 2.5);
});

test('the table', async () => {
	const table = comparisonTable(await compared({}, { lsm: 90_000, btree: 120_000, hash: 300_000 }));
	assertGolden('comparison.golden.txt', `${table.join('\n')}\n`);
});
