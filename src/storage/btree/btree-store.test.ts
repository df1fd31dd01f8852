/** The B-tree under the store: vacuums, faults in the middle of them, worker threads on real files. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { PolylogError } from '../../platform/errors.ts';
import type { Platform } from '../../platform/platform.ts';
import { realPlatform } from '../../platform/real-platform.ts';
import type { Keyspace, Slot } from '../contracts.ts';
import { KeyspaceStore } from '../keyspace-store.ts';
import type { KeyspaceStoreOptions } from '../keyspace-store-options.ts';
import { TestFiles, testPlatform } from '../test-platform.ts';

const ENTRIES = 3000;
/** Keys from here on are removed: too few leaves for the flush to write the tree anew, too many for a file half of which is in use. */
const KEPT = 1200;

function openStore(platform: Platform, directory: string, options: KeyspaceStoreOptions): KeyspaceStore {
	const store = KeyspaceStore.open(platform, directory, { pageBytes: 512, ...options });
	store.create(1, 'btree');
	return store;
}

function put(store: KeyspaceStore, from: number, to: number, value: string | null, offset: number): void {
	const valueBytes = value === null ? null : Buffer.from(value);
	for (let i = from; i < to; i++) {
		const key = Buffer.from(`key ${String(i).padStart(5, '0')}`);
		if (store.needsReplay(1, offset)) store.keyspace(1).put(key, 0, key.length, valueBytes, 0, valueBytes?.length ?? 0, offset);
	}
	store.setApplied(offset);
	store.setDurable(offset);
}

function walk(keyspace: Keyspace, offset: number): string[] {
	const cursor = keyspace.cursor(null, null, false, offset);
	const found: string[] = [];
	while (cursor.next()) {
		const value = Buffer.from(cursor.valueBuffer.slice(cursor.valueStart, cursor.valueEnd));
		found.push(`${Buffer.from(cursor.keyBuffer.slice(cursor.keyStart, cursor.keyEnd))}=${value}`);
	}
	return found;
}

const expected = (count: number): string[] => Array.from({ length: count }, (_, i) => `key ${String(i).padStart(5, '0')}=some value`);

async function filled(files: TestFiles): Promise<{ store: KeyspaceStore; platform: ReturnType<typeof testPlatform> }> {
	const platform = testPlatform(files);
	const store = openStore(platform, '/s', {});
	store.finishRecovery(new Set([1]));
	put(store, 0, ENTRIES, 'some value', 1);
	const done = store.checkpoint();
	await platform.settle();
	await done;
	return { store, platform };
}

test('a tree more than half of whose file is free is written to a new file, under the feet of a cursor and a snapshot', async () => {
	const { store, platform } = await filled(new TestFiles());
	const before = store.statistics().diskBytes;
	store.retainSnapshot(1);
	const cursor = store.keyspace(1).cursor(null, null, false, 1);
	for (let i = 0; i < 100; i++) assert.ok(cursor.next());
	put(store, KEPT, ENTRIES, null, 2);
	const done = store.checkpoint();
	await platform.settle();
	await done;
	const statistics = store.statistics();
	assert.equal(statistics.vacuums, 1);
	assert.equal(statistics.treeFlushes, 2);
	assert.ok(statistics.diskBytes < before / 2);
	let count = 100;
	while (cursor.next()) count++;
	assert.equal(count, ENTRIES);
	assert.deepEqual(walk(store.keyspace(1), 1), expected(ENTRIES));
	assert.deepEqual(walk(store.keyspace(1), 2), expected(KEPT));
	const names = (): number => platform.files.list('/s').filter((name) => name.endsWith('.btree')).length;
	assert.equal(names(), 2);
	store.releaseSnapshot(1);
	assert.equal(names(), 1, 'the old file goes with its last reader');
	assert.deepEqual(store.verify(), []);
	await store.close();
});

test('any file operation of a flush and the vacuum behind it may fail: nothing is lost, and later they succeed', async () => {
	for (let failAt = 1; ; failAt++) {
		const { store, platform } = await filled(new TestFiles());
		const { files } = platform;
		files.failAt = files.operations + failAt;
		put(store, KEPT, ENTRIES, null, 2);
		const done = store.checkpoint().catch((error: unknown) => assert.ok(error instanceof PolylogError));
		await platform.settle();
		await done;
		const isOver = files.operations < files.failAt;
		files.failAt = Number.POSITIVE_INFINITY;
		assert.deepEqual(walk(store.keyspace(1), 2), expected(KEPT));
		await store.close();
		const again = openStore(testPlatform(files), '/s', {});
		if (again.appliedOffset < 2) put(again, KEPT, ENTRIES, null, 2);
		again.finishRecovery(new Set([1]));
		assert.deepEqual(walk(again.keyspace(1), 2), expected(KEPT));
		assert.deepEqual(again.verify(), []);
		again.checkpointNow();
		again.relieveNow();
		assert.deepEqual(again.verify(), []);
		assert.equal(files.list('/s').filter((name) => name.endsWith('.btree')).length, 1);
		await again.close();
		if (isOver) {
			assert.ok(failAt > 15, `${failAt} operations`);
			return;
		}
	}
});

test('flushes run in worker threads, beside reads and writes, on real files', async () => {
	const directory = mkdtempSync(join(tmpdir(), 'polylog-btree-'));
	const platform = realPlatform();
	const options = { memtableBytes: 400_000, pageBytes: 4096, cacheBytes: 200_000 };
	const count = 12_000;
	const slot: Slot = { buffer: new Uint8Array(0), start: 0, end: 0 };
	const keyOf = (number: number): Buffer => Buffer.from(`${Math.imul(number, 0x9e3779b1) >>> 0} ${number}`);
	try {
		const store = openStore(platform, join(directory, 'store'), options);
		const keyspace = store.keyspace(1);
		store.finishRecovery(new Set([1]));
		for (let offset = 1; offset <= count; offset++) {
			const key = keyOf(offset);
			keyspace.put(key, 0, key.length, key, 0, key.length, offset);
			store.setApplied(offset);
			store.setDurable(offset);
			if (store.pressure() === 'stop') await store.whenRelieved();
			const old = keyOf(Math.ceil(offset / 2));
			assert.ok(keyspace.get(old, old.length, offset, slot));
			assert.deepEqual(Buffer.from(slot.buffer.subarray(slot.start, slot.end)), old);
		}
		await store.checkpoint();
		assert.ok(store.statistics().treeFlushes! >= 3);
		await store.close();
		const again = openStore(platform, join(directory, 'store'), options);
		again.finishRecovery(new Set([1]));
		assert.deepEqual(again.verify(), []);
		assert.equal(walk(again.keyspace(1), count).length, count);
		assert.ok(again.statistics().cacheBytes! <= options.cacheBytes);
		await again.close();
	} finally {
		await platform.close();
		rmSync(directory, { recursive: true });
	}
});

test('a bulk load many times longer than what is read of it at once reaches the tree as it was', async () => {
	const platform = testPlatform(new TestFiles());
	const store = openStore(platform, '/s', { pageBytes: 8192 });
	store.finishRecovery(new Set([1]));
	const builder = store.bulkBuilder({});
	const count = 20_000;
	const valueAt = (i: number): string => `value ${i} ${'of a row that is not so short'.slice(i % 20)}`;
	for (let i = 0; i < count; i++) {
		const key = Buffer.from(`key ${String(i).padStart(5, '0')}`);
		const value = Buffer.from(valueAt(i));
		builder.add(key, 0, key.length, value, 0, value.length);
	}
	store.ingest(1, builder.finish(), 1);
	store.setApplied(1);
	store.setDurable(1);
	const done = store.checkpoint();
	await platform.settle();
	await done;
	assert.equal(store.statistics().treeFlushes, 1);
	const found = walk(store.keyspace(1), 1);
	assert.deepEqual(
		found,
		Array.from({ length: count }, (_, i) => `key ${String(i).padStart(5, '0')}=${valueAt(i)}`),
	);
	assert.deepEqual(store.verify(), []);
	store.close();
});
