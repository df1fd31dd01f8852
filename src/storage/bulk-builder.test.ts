import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyspaceStore } from './keyspace-store.ts';
import { testPlatform } from './test-platform.ts';

const LONG = 21_000;

/** Loads parts, each of keys in order, and gives what is there then. */
function load(parts: readonly (readonly [from: number, step: number, count: number])[], onDuplicate?: (key: Uint8Array) => void): Map<number, number> {
	const platform = testPlatform();
	const store = KeyspaceStore.open(platform, '/s');
	store.create(1, 'lsm');
	store.finishRecovery(new Set([1]));
	const builder = store.bulkBuilder({ sortBytes: 200_000, ...(onDuplicate === undefined ? {} : { onDuplicate }) });
	const entry = Buffer.alloc(8);
	parts.forEach(([from, step, count], part) => {
		for (let i = 0; i < count; i++) {
			entry.writeUInt32BE(from + i * step, 0);
			entry.writeUInt32BE(part, 4);
			builder.add(entry, 0, 4, entry, 4, 8);
		}
	});
	store.ingest(1, builder.finish(), 1);
	store.setApplied(1);
	const found = new Map<number, number>();
	const cursor = store.keyspace(1).cursor(null, null, false, 1);
	while (cursor.next()) {
		found.set(
			Buffer.from(cursor.keyBuffer).readUInt32BE(cursor.keyStart),
			Buffer.from(cursor.valueBuffer.subarray(cursor.valueStart, cursor.valueEnd)).readUInt32BE(0),
		);
	}
	cursor.close();
	assert.deepEqual(store.verify(), []);
	assert.deepEqual(platform.files.list('/s').filter((name) => name.endsWith('.sst')).length, builder.finish().length, 'runs are gone');
	return found;
}

test('sorted parts, long and short, come together; of equal keys the last counts', () => {
	const parts = [
		[0, 3, LONG],
		[1, 2, LONG],
		[5, 7, LONG],
		[900, 1, 50],
		[10, 1, LONG],
	] as const;
	const expected = new Map<number, number>();
	parts.forEach(([from, step, count], part) => {
		for (let i = 0; i < count; i++) expected.set(from + i * step, part);
	});
	const found = load(parts);
	assert.deepEqual(
		[...found].sort((a, b) => a[0] - b[0]),
		[...expected].sort((a, b) => a[0] - b[0]),
	);
});

test('equal keys in different long parts are refused when asked to', () => {
	const refuse = (key: Uint8Array): never => {
		throw new RangeError(`twice: ${Buffer.from(key).readUInt32BE(0)}`);
	};
	assert.throws(
		() =>
			load(
				[
					[0, 2, LONG],
					[1, 2, LONG],
					[LONG, 1, 1],
				],
				refuse,
			),
		/twice: 21000/,
	);
	assert.equal(
		load(
			[
				[0, 2, LONG],
				[1, 2, LONG],
			],
			refuse,
		).size,
		2 * LONG,
	);
});

test('runs that overlap are read, flushed and opened again as one', async () => {
	const platform = testPlatform();
	const options = { blockBytes: 512, sstableBytes: 20_000 };
	const store = KeyspaceStore.open(platform, '/s', options);
	store.create(1, 'columnar');
	store.finishRecovery(new Set([1]));
	const builder = store.bulkBuilder({ sortBytes: 100_000, mayOverlap: true });
	const expected = new Map<number, number>();
	const entry = Buffer.alloc(8);
	for (let i = 0; i < 20_000; i++) {
		const key = (i * 7919) % 15_013;
		entry.writeUInt32BE(key, 0);
		entry.writeUInt32BE(i, 4);
		builder.add(entry, 0, 4, entry, 4, 8);
		expected.set(key, i);
	}
	const wanted = [...expected].sort((a, b) => a[0] - b[0]);
	store.ingest(1, builder.finish(), 1);
	store.setApplied(1);
	assert.deepEqual(entriesOf(store), wanted);
	store.setDurable(1);
	const done = store.checkpoint();
	await platform.settle();
	await done;
	assert.deepEqual(entriesOf(store), wanted);
	assert.deepEqual(store.verify(), []);
	const closed = store.close();
	await platform.settle();
	await closed;
	const again = KeyspaceStore.open(platform, '/s', options);
	again.finishRecovery(new Set([1]));
	assert.deepEqual(entriesOf(again), wanted);
	const ended = again.close();
	await platform.settle();
	await ended;
});

/** Keys and values of keyspace 1, both of four bytes. */
function entriesOf(store: KeyspaceStore): [number, number][] {
	const entries: [number, number][] = [];
	const cursor = store.keyspace(1).cursor(null, null, false, 1);
	while (cursor.next()) {
		const { keyBuffer, keyStart, valueBuffer, valueStart } = cursor;
		entries.push([Buffer.from(keyBuffer).readUInt32BE(keyStart), Buffer.from(valueBuffer).readUInt32BE(valueStart)]);
	}
	cursor.close();
	return entries;
}
