import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { realPlatform } from '../platform/real-platform.ts';
import type { Slot } from './contracts.ts';
import { KeyspaceStore } from './keyspace-store.ts';

const COMMITS = 20_000;

/** Key and value of entry `number`, in one array each. */
function fill(number: number, key: Uint8Array, value: Uint8Array): void {
	new DataView(key.buffer).setUint32(0, Math.imul(number, 0x9e3779b1));
	new DataView(key.buffer).setUint32(4, number);
	value.fill(number & 0xff);
}

test('flushes and compactions run in worker threads, beside reads and writes, on real files', async () => {
	const directory = mkdtempSync(join(tmpdir(), 'polylog-store-'));
	const platform = realPlatform();
	const options = { memtableBytes: 400_000, sstableBytes: 100_000, levelBytes: 200_000, level0Files: 2 };
	const key = new Uint8Array(8);
	const value = new Uint8Array(60);
	const slot: Slot = { buffer: key, start: 0, end: 0 };
	try {
		const store = KeyspaceStore.open(platform, join(directory, 'store'), options);
		const keyspace = store.create(1, 'lsm');
		store.finishRecovery(new Set([1]));
		for (let offset = 1; offset <= COMMITS; offset++) {
			fill(offset, key, value);
			keyspace.put(key, 0, 8, value, 0, 60, offset);
			store.setApplied(offset);
			store.setDurable(offset);
			if (store.pressure() === 'stop') await store.whenRelieved();
			if (offset % 97 === 0) {
				fill(offset - 50, key, value);
				assert.ok(keyspace.get(key, 8, offset, slot));
				assert.equal(slot.buffer[slot.end - 1], (offset - 50) & 0xff);
			}
		}
		await store.checkpoint();
		assert.equal(store.appliedOffset, COMMITS);
		const { flushes, compactions } = store.statistics();
		assert.ok(flushes! >= 5 && compactions! >= 1, `${flushes} flushes, ${compactions} compactions`);
		await store.close();
		const again = KeyspaceStore.open(platform, join(directory, 'store'), options);
		const found = again.create(1, 'lsm');
		again.finishRecovery(new Set([1]));
		assert.deepEqual(again.verify(), []);
		for (let number = 1; number <= COMMITS; number++) {
			fill(number, key, value);
			assert.ok(found.get(key, 8, COMMITS, slot));
		}
		const cursor = found.cursor(null, null, true, COMMITS);
		let count = 0;
		while (cursor.next()) count++;
		assert.equal(count, COMMITS);
		await again.close();
	} finally {
		await platform.close();
		rmSync(directory, { recursive: true });
	}
});
