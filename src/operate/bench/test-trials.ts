/** Made-up trials, for tests of what is made of them. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { KeyspaceEngine } from '../../database/embedded/keyspace.ts';
import type { ComparisonPlan, TrialRunner } from './comparison.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import type { TrialResult } from './trial.ts';
import { hasWrites, OPERATION_KINDS, type OperationKind, parseWorkload } from './workload.ts';

const GIVEN_BYTES = 64 << 20;
const WRITTEN: Readonly<Record<KeyspaceEngine, number>> = { lsm: 2, btree: 8, hash: 1.5 };

export function planOf(more: Partial<ComparisonPlan>): ComparisonPlan {
	return {
		engines: ['lsm', 'btree', 'hash'],
		workload: parseWorkload({ keys: '1000', mix: 'get=90,put=5,range=5' }),
		settings: { durability: 'disk', cacheBytes: 64 << 20, memoryBytes: null, compression: 'none', seconds: 1, warmUpSeconds: 0.25 },
		inFlight: 16,
		rate: 'auto',
		rounds: 3,
		seed: 42,
		...more,
	};
}

/** 1000 operations: half take 1 µs, the slowest 8 µs. */
function latency(): LatencyHistogram {
	const histogram = new LatencyHistogram();
	for (let at = 0; at < 1000; at++) histogram.record(at < 900 ? 1000 : at < 980 ? 2000 : at < 997 ? 4000 : 8000);
	return histogram;
}

/** `speeds`: operations a second; each later round is faster by `spread`. A B-tree falls behind in the open loop. */
export function madeUpRunner(speeds: Partial<Record<KeyspaceEngine, number>>, spread = 0.0001): TrialRunner {
	return async ({ engine, workload, pace, seed }): Promise<TrialResult> => {
		const operationsPerSecond = (speeds[engine] ?? 90_000) * (1 + (seed - 42) * spread);
		const latencies: { [kind in OperationKind]?: readonly number[] } = {};
		for (const kind of OPERATION_KINDS) if (workload.mix[kind] > 0) latencies[kind] = latency().toBuckets();
		return {
			engine,
			pace,
			operations: 1000,
			operationsPerSecond,
			isOverloaded: engine === 'btree' && pace.kind === 'open',
			backlog: 0,
			latencies,
			loadedPerSecond: 200_000,
			givenBytes: hasWrites(workload) ? GIVEN_BYTES : 0,
			logWrittenBytes: GIVEN_BYTES,
			storeWrittenBytes: GIVEN_BYTES * WRITTEN[engine],
			readOperations: 1000,
			fileReads: 100,
			fileReadBytes: 5000,
			returnedBytes: 1000,
			liveBytes: 1000,
			storeBytes: 1100,
			logBytes: 4 << 20,
			memoryBytes: 40 << 20,
			openMs: 12,
		};
	};
}

/** Compares with the file beside the sources; with POLYLOG_UPDATE=1 in the environment it writes it. */
export function assertGolden(name: string, text: string): void {
	const path = fileURLToPath(new URL(`../../../src/operate/bench/${name}`, import.meta.url));
	if (process.env['POLYLOG_UPDATE'] === '1') writeFileSync(path, text);
	if (existsSync(path)) assert.equal(text, readFileSync(path, 'utf8'));
}
