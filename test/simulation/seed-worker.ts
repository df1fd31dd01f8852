/** Runs seeds of the simulation in a thread of its own, and tells what each reached, or how it failed. */
import { parentPort, workerData } from 'node:worker_threads';
import { DatabaseHistory, type State } from './database-history.ts';

export interface SeedResult {
	readonly seed: number;
	readonly reached: readonly State[];
	/** Null when everything held. */
	readonly failure: string | null;
}

for (const seed of workerData as readonly number[]) {
	const history = new DatabaseHistory(seed);
	let failure: string | null = null;
	try {
		await history.run();
	} catch (error) {
		failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
	}
	parentPort!.postMessage({ seed, reached: [...history.reached], failure } satisfies SeedResult);
}
