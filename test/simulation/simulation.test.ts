/**
 * The whole database on a simulated machine; the fault model and the invariants are in `database-history.ts`. A failing seed is
 * printed and replays exactly: POLYLOG_SEED=n node --test dist-test/simulation/simulation.test.js
 */
import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { STATES, type State } from './database-history.ts';
import type { SeedResult } from './seed-worker.ts';
import { chooseSeeds } from './seeds.ts';

const RUNS = 1000;
const REACHED_LEAST = 20;
const TIMEOUT_MS = 3_600_000;

/** Runs the seeds on all processors; calls back for each. */
async function runSeeds(seeds: readonly number[], told: (result: SeedResult) => void): Promise<void> {
	const count = Math.min(availableParallelism(), seeds.length);
	const shares = Array.from({ length: count }, (_, share) => seeds.filter((_, index) => index % count === share));
	await Promise.all(
		shares.map(
			(share) =>
				new Promise<void>((resolve, reject) => {
					const worker = new Worker(new URL('./seed-worker.ts', import.meta.url), { workerData: share });
					worker.on('message', told);
					worker.on('error', reject);
					worker.on('exit', () => resolve());
				}),
		),
	);
}

test('whatever the machine does, what was acknowledged is there and all stores agree with the log', { timeout: TIMEOUT_MS }, async (context) => {
	const { seeds, isReplay } = chooseSeeds(RUNS);
	const reached = new Map<State, number>();
	const failures: SeedResult[] = [];
	let done = 0;
	await runSeeds(seeds, (result) => {
		done++;
		if (result.failure !== null) failures.push(result);
		for (const state of result.reached) reached.set(state, (reached.get(state) ?? 0) + 1);
	});
	context.diagnostic([...reached].map(([state, count]) => `${state}: ${count}`).join(', '));
	failures.sort((one, other) => one.seed - other.seed);
	assert.equal(
		failures
			.map(({ seed, failure }) => `seed ${seed} failed; replay it with POLYLOG_SEED=${seed}\n${failure}`)
			.slice(0, 3)
			.join('\n'),
		'',
	);
	assert.equal(done, seeds.length);
	if (isReplay || seeds.length < RUNS) return;
	for (const state of STATES) assert.ok((reached.get(state) ?? 0) >= REACHED_LEAST, `only ${reached.get(state) ?? 0} seeds reached "${state}"`);
});
