/** A few hundred operations on every engine, in memory and on files: every figure of a trial is there and makes sense. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { KeyspaceEngine } from '../../database/embedded/keyspace.ts';
import type { Platform } from '../../platform/platform.ts';
import { realPlatform } from '../../platform/real-platform.ts';
import { MEMORY_DIRECTORY, type Pace, runTrial, type Trial } from './trial.ts';
import { parseWorkload, type WorkloadTexts, withoutRanges } from './workload.ts';

/** Each look at the clock takes 50 µs, so that a trial of 50 ms does about a thousand operations wherever it runs. Nothing is waited for. */
function countedTime(): Platform {
	let nowMs = 0;
	const real = realPlatform();
	const after = (_ms: number, callback: () => void) => {
		const waiting = setImmediate(callback);
		return () => clearImmediate(waiting);
	};
	const timers = { after, soon: (callback: () => void) => real.timers.soon(callback) };
	return { ...real, timers, clock: { nowUs: () => real.clock.nowUs(), monotonicMs: () => (nowMs += 0.05) } };
}

function trialOf(engine: KeyspaceEngine, texts: WorkloadTexts, pace: Pace): Trial {
	const workload = parseWorkload({ keys: '500', ...texts });
	const settings = { durability: 'os', cacheBytes: 1 << 20, memoryBytes: null, compression: 'none', seconds: 0.05, warmUpSeconds: 0.01 } as const;
	return { engine, workload: engine === 'hash' ? withoutRanges(workload)! : workload, pace, settings, seed: 42 };
}

for (const engine of ['lsm', 'btree', 'hash'] as const) {
	for (const pace of [{ kind: 'closed', inFlight: 4 } as const, { kind: 'open', rate: 4000 } as const]) {
		test(`${engine}, ${pace.kind} loop, in memory`, async () => {
			const mix = 'get=40,missing=10,put=10,insert=10,delete=10,range=10,rmw=10';
			const result = await runTrial(trialOf(engine, { mix, rangeEntries: '5', distribution: 'latest' }, pace), MEMORY_DIRECTORY, countedTime());
			assert.ok(result.operations > 0 && result.operationsPerSecond > 0);
			assert.ok(result.givenBytes > 0 && result.logWrittenBytes > 0 && result.storeWrittenBytes > 0);
			assert.ok(result.readOperations > 0 && result.returnedBytes > 0);
			assert.ok(result.liveBytes > 0 && result.storeBytes > 0 && result.logBytes > 0);
			assert.ok(result.openMs > 0 && result.loadedPerSecond > 0);
			const counted = Object.values(result.latencies).reduce((sum, pairs) => sum + pairs.filter((_, at) => at % 2 === 1).reduce((a, b) => a + b, 0), 0);
			assert.ok(counted >= result.operations, 'each operation has a latency');
			assert.equal(result.latencies.range === undefined, engine === 'hash');
		});
	}

	test(`${engine}, on files: what is live is what was loaded when nothing is inserted or deleted`, async () => {
		const directory = mkdtempSync(join(tmpdir(), 'polylog-trial-'));
		try {
			const trial = trialOf(engine, { mix: 'get=80,put=20', valueBytes: '84' }, { kind: 'open', rate: 2000 });
			const result = await runTrial(trial, join(directory, 'data'), countedTime());
			assert.equal(result.liveBytes, 500 * 100);
			assert.ok(result.storeBytes >= result.liveBytes, 'random bytes do not shrink');
			assert.ok(result.logWrittenBytes >= result.givenBytes, 'the log holds what was given');
		} finally {
			rmSync(directory, { recursive: true, force: true });
		}
	});
}
