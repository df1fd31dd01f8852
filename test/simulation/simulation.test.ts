/**
 * The whole database on a simulated machine; the fault model and the invariants are in `database-history.ts`. A failing seed is
 * printed and replays exactly: POLYLOG_SEED=n node --test dist-test/simulation/simulation.test.js
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DatabaseHistory, STATES, type State } from './database-history.ts';
import { chooseSeeds } from './seeds.ts';

const RUNS = 1000;
const REACHED_LEAST = 20;

test('whatever the machine does, what was acknowledged is there and all stores agree with the log', async () => {
	const { seeds, isReplay } = chooseSeeds(RUNS);
	const reached = new Map<State, number>();
	for (const seed of seeds) {
		const history = new DatabaseHistory(seed);
		try {
			await history.run();
		} catch (error) {
			const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
			throw new Error(`seed ${seed} failed; replay it with POLYLOG_SEED=${seed}\n${text}`, { cause: error });
		}
		for (const state of history.reached) reached.set(state, (reached.get(state) ?? 0) + 1);
	}
	console.log([...reached].map(([state, count]) => `${state}: ${count}`).join(', '));
	if (isReplay || seeds.length < RUNS) return;
	for (const state of STATES) assert.ok((reached.get(state) ?? 0) >= REACHED_LEAST, `only ${reached.get(state) ?? 0} seeds reached "${state}"`);
});
