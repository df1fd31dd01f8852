/** Flushes, doubts and merges of the hash engine in real worker threads, over real files. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { realPlatform } from '../../platform/real-platform.ts';
import type { Keyspace, Slot } from '../contracts.ts';
import { KeyspaceStore } from '../keyspace-store.ts';

const KEYS = 2000;
const COMMITS = 300;
const PUTS = 100;
/** Milliseconds, at least, before a merge that does not come is missed. */
const WAITS_MAX = 60_000;

function keyOf(number: number): Uint8Array {
	return new Uint8Array(Buffer.from(`key ${number}`));
}

/** The number of the last commit that put a key. */
function lastPut(number: number): number {
	for (let offset = COMMITS; offset > 0; offset--) for (let i = 0; i < PUTS; i++) if ((offset * 37 + i * 13) % KEYS === number) return offset;
	return 0;
}

function assertHolds(keyspace: Keyspace): void {
	const slot: Slot = { buffer: new Uint8Array(0), start: 0, end: 0 };
	for (let number = 0; number < KEYS; number += 7) {
		const key = keyOf(number);
		const last = lastPut(number);
		assert.equal(keyspace.get(key, key.length, COMMITS, slot), last > 0, `key ${number}`);
		if (last > 0) assert.equal(slot.buffer[slot.start]! + slot.buffer[slot.start + 1]! * 256, last, `key ${number}`);
	}
}

test('writers, flushes, doubts and merges go on side by side, and nothing is lost', async () => {
	const directory = mkdtempSync(join(tmpdir(), 'polylog-hash-'));
	const platform = realPlatform();
	const options = { memtableBytes: 400_000, level0Files: 1, cacheBytes: 200_000, hashSliceEntries: 200 };
	try {
		const store = KeyspaceStore.open(platform, join(directory, 'store'), options);
		const keyspace = store.create(1, 'hash');
		store.finishRecovery(new Set([1]));
		const value = new Uint8Array(60);
		for (let offset = 1; offset <= COMMITS; offset++) {
			value[0] = offset;
			value[1] = offset >>> 8;
			for (let i = 0; i < PUTS; i++) {
				const key = keyOf((offset * 37 + i * 13) % KEYS);
				keyspace.put(key, 0, key.length, value, 0, value.length, offset);
			}
			store.setApplied(offset);
			store.setDurable(offset);
			if (store.pressure() === 'stop') await store.whenRelieved();
			else await new Promise<void>((resolve) => platform.timers.soon(resolve));
		}
		await store.checkpoint();
		// Background work ends by itself. How many keys are doubtful depends on how flushes and merges meet.
		for (let wait = 0; wait < WAITS_MAX && store.statistics().merges! === 0; wait++) await new Promise<void>((resolve) => platform.timers.after(1, resolve));
		assertHolds(keyspace);
		const { merges } = store.statistics();
		assert.ok(merges! >= 1, `${merges} merges`);
		await store.close();
		const again = KeyspaceStore.open(platform, join(directory, 'store'), options);
		const found = again.create(1, 'hash');
		again.finishRecovery(new Set([1]));
		assert.deepEqual(again.verify(), []);
		assertHolds(found);
		await again.close();
	} finally {
		await platform.close();
		rmSync(directory, { recursive: true });
	}
});
