/** Tiered compaction beside levelled: what it writes, how many runs it leaves, and that both can take over from each other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../engine.suite.ts';
import { KeyspaceStore } from '../keyspace-store.ts';
import type { CompactionMode } from '../keyspace-store-options.ts';
import { testPlatform } from '../test-platform.ts';

const ENTRIES = 4_000;
const PUTS = 40_000;
const FLUSH_EVERY = 250;

const keyOf = (number: number): Uint8Array => Buffer.from(`key ${String(number).padStart(6, '0')}`);

/** Overwrites entries at random, or puts ascending ones, with a flush now and then. */
async function written(mode: () => CompactionMode, isAscending = false): Promise<KeyspaceStore> {
	const platform = testPlatform();
	const options = { blockBytes: 256, sstableBytes: 16 << 10, levelBytes: 32 << 10, levelFactor: 10, compactionOf: mode };
	const store = KeyspaceStore.open(platform, '/s', options);
	store.create(1, 'lsm');
	store.finishRecovery(new Set([1]));
	const random = seededRandom(7);
	for (let offset = 1; offset <= PUTS; offset++) {
		const key = keyOf(isAscending ? offset : random(ENTRIES));
		const value = Buffer.from(`value ${offset}`);
		store.keyspace(1).put(key, 0, key.length, value, 0, value.length, offset);
		store.setApplied(offset);
		store.setDurable(offset);
		if (offset % FLUSH_EVERY === 0) {
			const done = store.checkpoint();
			await platform.settle();
			await done;
		}
	}
	await platform.settle();
	assert.deepEqual(store.verify(), []);
	const cursor = store.keyspace(1).cursor(null, null, false, PUTS);
	let count = 0;
	while (cursor.next()) count++;
	cursor.close();
	assert.equal(count, isAscending ? PUTS : ENTRIES);
	return store;
}

test('it writes less than levelled compaction, and keeps what was overwritten within bounds', async () => {
	const levelled = await written(() => 'levelled');
	const tiered = await written(() => 'tiered');
	const [a, b] = [levelled.statistics(), tiered.statistics()];
	assert.ok(b.bytesCompacted! < a.bytesCompacted! * 0.6, `${b.bytesCompacted} bytes, levelled ${a.bytesCompacted}`);
	assert.ok(b.entries < ENTRIES * 4, `${b.entries} entries`);
	await levelled.close();
	await tiered.close();
});

test('ascending entries change level without being written again', async () => {
	const store = await written(() => 'tiered', true);
	assert.equal(store.statistics().bytesCompacted, 0);
	await store.close();
});

test('either takes over what the other left', async () => {
	let calls = 0;
	const store = await written(() => (Math.floor(calls++ / 50) % 2 === 0 ? 'tiered' : 'levelled'));
	await store.close();
});
