import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CorruptionError, PolylogError, UnsupportedError } from '../platform/errors.ts';
import type { Slot } from './contracts.ts';
import { seededRandom } from './engine.suite.ts';
import { KeyspaceStore } from './keyspace-store.ts';
import type { KeyspaceStoreOptions } from './keyspace-store-options.ts';
import { TestFiles, type TestPlatform, testPlatform } from './test-platform.ts';

const SMALL: KeyspaceStoreOptions = {
	memtableBytes: 16_000,
	blockBytes: 128,
	sstableBytes: 1024,
	indexPartBytes: 24,
	levelBytes: 2048,
	levelFactor: 2,
	level0Files: 2,
	cacheBytes: 1 << 20,
};
const COMMITS = 40;
const PUTS = 8;

function keyOf(number: number): Uint8Array {
	return new Uint8Array(Buffer.from(`key ${String(number).padStart(4, '0')}`));
}

/** Every eighth commit removes a range of 30 keys. */
function removedBy(offset: number): { readonly lower: Uint8Array; readonly upper: Uint8Array } {
	const first = (offset * 5) % 70;
	return { lower: keyOf(first), upper: keyOf(first + 30) };
}

/** Commit `offset` of a fixed history: puts `PUTS` keys of keyspace 1, value = offset; every third commit deletes one too. */
function applyCommit(store: KeyspaceStore, offset: number): void {
	if (offset % 8 === 0) {
		store.removeRange(1, removedBy(offset), offset);
	} else if (store.needsReplay(1, offset)) {
		const keyspace = store.keyspace(1);
		const value = new Uint8Array(Buffer.from(`value ${offset}`));
		for (let i = 0; i < PUTS; i++) {
			const key = keyOf((offset * 7 + i * 13) % 100);
			keyspace.put(key, 0, key.length, value, 0, value.length, offset);
		}
		const gone = keyOf((offset * 11) % 100);
		if (offset % 3 === 0) keyspace.put(gone, 0, gone.length, null, 0, 0, offset);
	}
	store.setApplied(offset);
	store.setDurable(offset);
}

function expectedAt(offset: number): Map<string, string> {
	const map = new Map<string, string>();
	for (let i = 1; i <= offset; i++) {
		if (i % 8 === 0) {
			const { lower, upper } = removedBy(i);
			for (const key of map.keys()) if (key >= Buffer.from(lower).toString() && key < Buffer.from(upper).toString()) map.delete(key);
			continue;
		}
		for (let j = 0; j < PUTS; j++) map.set(Buffer.from(keyOf((i * 7 + j * 13) % 100)).toString(), `value ${i}`);
		if (i % 3 === 0) map.delete(Buffer.from(keyOf((i * 11) % 100)).toString());
	}
	return map;
}

function contents(store: KeyspaceStore, offset: number): [string, string][] {
	const cursor = store.keyspace(1).cursor(null, null, false, offset);
	const found: [string, string][] = [];
	while (cursor.next()) {
		found.push([
			Buffer.from(cursor.keyBuffer.slice(cursor.keyStart, cursor.keyEnd)).toString(),
			Buffer.from(cursor.valueBuffer.slice(cursor.valueStart, cursor.valueEnd)).toString(),
		]);
	}
	return found;
}

function assertHolds(store: KeyspaceStore, offset: number): void {
	assert.deepEqual(contents(store, offset), [...expectedAt(offset)].sort());
}

function reopen(files: TestFiles, upTo: number, options: KeyspaceStoreOptions = SMALL): { store: KeyspaceStore; platform: TestPlatform } {
	const platform = testPlatform(files);
	const store = KeyspaceStore.open(platform, '/s', options);
	store.create(1, 'lsm');
	for (let offset = store.appliedOffset + 1; offset <= upTo; offset++) applyCommit(store, offset);
	store.finishRecovery(new Set([1]));
	return { store, platform };
}

/** A store whose files are flushed and compacted. */
async function written(): Promise<TestFiles> {
	const { store, platform } = reopen(new TestFiles(), 0);
	for (let offset = 1; offset <= COMMITS; offset++) {
		applyCommit(store, offset);
		if (offset % 5 === 0) store.checkpointNow();
		if (offset % 10 === 0) await platform.settle();
	}
	await platform.settle();
	assert.ok(store.statistics().compactions! > 0);
	await store.close();
	return platform.files;
}

function copyOf(files: TestFiles): TestFiles {
	const copy = new TestFiles();
	for (const directory of files.directories) copy.directories.add(directory);
	for (const [path, file] of files.contents)
		copy.contents.set(path, Object.assign(Object.create(Object.getPrototypeOf(file)), { bytes: file.bytes.slice(), length: file.length }));
	return copy;
}

test('any one file operation may fail: what was applied stays readable, and a later checkpoint and restart find it all', async () => {
	for (const forever of [false, true]) {
		for (let failAt = 1; ; failAt++) {
			const files = new TestFiles();
			files.failAt = failAt;
			files.failForever = forever;
			let opened: ReturnType<typeof reopen>;
			try {
				opened = reopen(files, 0);
			} catch (error) {
				assert.ok(error instanceof PolylogError);
				files.failForever = false;
				files.failAt = Number.POSITIVE_INFINITY;
				opened = reopen(files, 0);
			}
			const { store, platform } = opened;
			for (let offset = 1; offset <= COMMITS; offset++) {
				applyCommit(store, offset);
				if (offset % 5 === 0) {
					const done = store.checkpoint().catch((error: unknown) => assert.ok(error instanceof PolylogError));
					// With a disk that refuses everything the store would retry for ever.
					if (!forever) {
						await platform.settle();
						await done;
					}
				}
				if (offset % 7 === 0) assertHolds(store, offset);
			}
			const reached = files.operations;
			files.failForever = false;
			files.failAt = Number.POSITIVE_INFINITY;
			// A process that dies here: another one opens the same files.
			const other = reopen(copyOf(files), COMMITS);
			assertHolds(other.store, COMMITS);
			const finished = store.checkpoint().catch(() => undefined);
			await platform.settle();
			await finished;
			const again = store.checkpoint();
			await platform.settle();
			await again;
			assert.equal(store.appliedOffset, COMMITS);
			assertHolds(store, COMMITS);
			await store.close();
			const last = reopen(files, 0);
			assertHolds(last.store, COMMITS);
			assert.deepEqual(last.store.verify(), []);
			if (reached < failAt) break;
		}
	}
});

test('a flipped bit anywhere is found: by verify, and by whoever reads the place', async () => {
	const files = await written();
	const random = seededRandom(7);
	const paths = [...files.contents.keys()].sort();
	for (let flip = 0; flip < 300; flip++) {
		const damaged = copyOf(files);
		const path = paths[flip % paths.length]!;
		const file = damaged.contents.get(path)!;
		// The mark behind the manifest's last edit proves something and holds nothing.
		const end = path.endsWith('manifest') ? file.length - 11 : file.length;
		const position = random(end);
		file.bytes[position] = file.bytes[position]! ^ (1 << random(8));
		let store: KeyspaceStore | null = null;
		let complaint = '';
		try {
			store = reopen(damaged, 0).store;
			assertHolds(store, COMMITS);
		} catch (error) {
			assert.ok(error instanceof CorruptionError || error instanceof UnsupportedError, `${path} at ${position}: ${String(error)}`);
			complaint = error.message;
			assert.ok(complaint.includes(path), complaint);
		}
		if (store !== null) complaint = store.verify().join('\n');
		assert.ok(complaint.includes(path), `a flip at ${position} of ${path} is not found: ${complaint}`);
	}
});

test('a torn tail of the manifest is cut, and its edit made again', async () => {
	const { store, platform } = reopen(new TestFiles(), 0);
	for (let offset = 1; offset <= 3; offset++) applyCommit(store, offset);
	store.checkpointNow();
	const manifest = platform.files.contents.get('/s/manifest')!;
	const before = manifest.length;
	for (let offset = 4; offset <= 6; offset++) applyCommit(store, offset);
	store.checkpointNow();
	for (let cut = before - 11; cut < manifest.length - 11; cut++) {
		const files = copyOf(platform.files);
		files.contents.get('/s/manifest')!.length = cut;
		const after = reopen(files, 6);
		assertHolds(after.store, 6);
		after.store.checkpointNow();
		assert.deepEqual(after.store.verify(), []);
		assertHolds(reopen(files, 0).store, 6);
	}
});

test('newer formats are refused by name', async () => {
	const files = await written();
	const manifest = copyOf(files);
	manifest.contents.get('/s/manifest')!.bytes[8] = 99;
	assert.throws(() => reopen(manifest, 0), UnsupportedError);
});

test('snapshots that keep too much memory are given up, oldest first, and say so', async () => {
	const { store, platform } = reopen(new TestFiles(), 0, { ...SMALL, pinnedBytes: 5000 });
	applyCommit(store, 1);
	store.retainSnapshot(1);
	for (let offset = 2; offset <= COMMITS; offset++) {
		applyCommit(store, offset);
		store.checkpointNow();
	}
	await platform.settle();
	assert.ok(store.horizon > 1);
	assert.throws(() => contents(store, 1), { sqlstate: '72000' });
	assert.ok(store.statistics().pinnedBytes! <= 5000);
	assertHolds(store, COMMITS);
	store.releaseSnapshot(1);
	await store.close();
});

test('what is not durable is not flushed, and a dropped keyspace keeps its files until its drop is durable', async () => {
	let asked = 0;
	const platform = testPlatform();
	const store = KeyspaceStore.open(platform, '/s', { ...SMALL, requestSync: (offset) => (asked = offset) });
	const keyspace = store.create(1, 'lsm');
	store.finishRecovery(new Set([1]));
	const key = keyOf(1);
	keyspace.put(key, 0, key.length, key, 0, key.length, 1);
	store.setApplied(1);
	const done = store.checkpoint();
	await platform.settle();
	assert.equal(asked, 1);
	assert.equal(store.appliedOffset, 0);
	store.setDurable(1);
	await platform.settle();
	await done;
	assert.equal(store.appliedOffset, 1);
	store.retainSnapshot(1);
	store.drop(1, 2);
	store.setApplied(2);
	await platform.settle();
	const slot: Slot = { buffer: key, start: 0, end: 0 };
	assert.ok(keyspace.get(key, key.length, 1, slot));
	store.setDurable(2);
	await platform.settle();
	assert.ok(store.has(1), 'a snapshot still reads it');
	store.releaseSnapshot(1);
	await platform.settle();
	assert.ok(!store.has(1));
	assert.deepEqual(
		platform.files.list('/s').filter((name) => name.endsWith('.sst')),
		[],
	);
	await store.close();
});

test('files that a crash left behind are removed at the next open, bulk files named by the log are not', async () => {
	const { store, platform } = reopen(new TestFiles(), 3);
	const builder = store.bulkBuilder();
	const key = keyOf(500);
	builder.add(key, 0, key.length, key, 0, key.length);
	const files = builder.finish();
	const lost = store.bulkBuilder();
	lost.add(key, 0, key.length, key, 0, key.length);
	lost.finish();
	const after = testPlatform(platform.files);
	const next = KeyspaceStore.open(after, '/s', SMALL);
	next.create(1, 'lsm');
	next.ingest(1, files, 4);
	next.setApplied(4);
	next.finishRecovery(new Set([1]));
	assert.deepEqual(
		after.files.list('/s').filter((name) => name.endsWith('.sst')),
		[files[0]!.name],
	);
	const slot: Slot = { buffer: key, start: 0, end: 0 };
	assert.ok(!next.keyspace(1).get(key, key.length, 3, slot), 'readers before its offset do not see it');
	assert.ok(next.keyspace(1).get(key, key.length, 4, slot));
	assert.equal(next.keyspace(1).newestOffset(key, key.length), 4);
	await next.close();
});

test('bulk loads refuse duplicates when asked to, in order and out of order', () => {
	const { store } = reopen(new TestFiles(), 0);
	for (const order of [
		[1, 2, 2],
		[3, 1, 2, 1],
		[5, 4, 3, 2, 1, 5],
	]) {
		const refused: string[] = [];
		const builder = store.bulkBuilder({ sortBytes: 1, onDuplicate: (key) => refused.push(Buffer.from(key).toString()) });
		for (const number of order) builder.add(keyOf(number), 0, 8, keyOf(number), 0, 8);
		builder.finish();
		assert.deepEqual(refused, [Buffer.from(keyOf(order.at(-1)!)).toString()]);
		builder.abandon();
	}
});

test('writers are told to wait when memory fills and to go on when it was flushed', async () => {
	const { store, platform } = reopen(new TestFiles(), 0);
	const value = new Uint8Array(1000);
	let offset = 0;
	while (store.pressure() !== 'stop') {
		const key = keyOf(++offset);
		store.keyspace(1).put(key, 0, key.length, value, 0, value.length, offset);
		store.setApplied(offset);
		assert.ok(offset < 1000);
	}
	const relieved = store.whenRelieved();
	store.setDurable(offset);
	await platform.settle();
	await relieved;
	assert.notEqual(store.pressure(), 'stop');
	const { memtableBytes, stalls, stallMs, stallMsMax } = store.statistics();
	assert.ok(memtableBytes! < 16_000);
	assert.equal(stalls, 1);
	assert.ok(stallMs! > 0 && stallMsMax === stallMs);
	await store.close();
});

test('a compaction on demand leaves one version of each key and no tombstone', async () => {
	const { store, platform } = reopen(new TestFiles(), 0);
	for (let offset = 1; offset <= 60; offset++) {
		applyCommit(store, offset);
		await platform.settle();
	}
	const done = store.compact();
	await platform.settle();
	await done;
	assertHolds(store, 60);
	assert.equal(store.statistics().entries, expectedAt(60).size);
	assert.deepEqual(store.verify(), []);
	const closing = store.compact();
	await platform.settle();
	await closing;
	await store.close();
});

test('a removed range takes files along that lie in it, and is read by nobody but older snapshots', async () => {
	const { store, platform } = reopen(new TestFiles(), 0);
	const puts = (from: number, to: number, offset: number): void => {
		const value = Buffer.from(`value ${offset}`);
		for (let i = from; i < to; i++) store.keyspace(1).put(keyOf(i), 0, keyOf(i).length, value, 0, value.length, offset);
		store.setApplied(offset);
		store.setDurable(offset);
	};
	puts(0, 1000, 1);
	store.checkpointNow();
	puts(0, 1000, 2);
	const settled = store.compact();
	await platform.settle();
	await settled;
	const before = store.statistics();
	store.retainSnapshot(2);
	store.removeRange(1, { lower: keyOf(100), upper: keyOf(900) }, 3);
	store.setApplied(3);
	store.setDurable(3);
	assert.equal(contents(store, 3).length, 200, 'before it is flushed');
	store.checkpointNow();
	assert.equal(contents(store, 3).length, 200, 'and after');
	assert.equal(contents(store, 2).length, 1000);
	assert.ok(store.statistics().diskBytes < before.diskBytes * 0.4);
	assert.equal(store.statistics().bytesWritten, before.bytesWritten, 'nothing was written but the manifest');
	puts(500, 510, 4);
	assert.equal(store.keyspace(1).newestOffset(keyOf(400), keyOf(400).length), 3, 'a writer with an older snapshot is told');
	assert.equal(contents(store, 4).length, 210);
	store.releaseSnapshot(2);
	const again = store.compact();
	await platform.settle();
	await again;
	assert.equal(contents(store, 4).length, 210);
	assert.equal(store.statistics().entries, 210);
	const names = platform.files.list('/s').filter((name) => name.endsWith('.sst'));
	assert.equal(names.length, store.statistics().files, 'files that nobody reads are gone');
	store.removeRange(1, { lower: new Uint8Array(0), upper: null }, 5);
	store.setApplied(5);
	store.setDurable(5);
	store.checkpointNow();
	assert.equal(store.statistics().diskBytes, 0);
	assert.deepEqual(contents(store, 5), []);
	await platform.settle();
	await store.close();
});

test('the manifest is byte for byte what its page describes', () => {
	const platform = testPlatform();
	const store = KeyspaceStore.open(platform, '/s');
	store.create(7, 'lsm');
	store.finishRecovery(new Set([7]));
	const put = (key: string, value: string | null, offset: number): void => {
		const bytes = Buffer.from(key);
		const valueBytes = value === null ? null : Buffer.from(value);
		store.keyspace(7).put(bytes, 0, bytes.length, valueBytes, 0, valueBytes?.length ?? 0, offset);
		store.setApplied(offset);
		store.setDurable(offset);
	};
	const builder = store.bulkBuilder();
	builder.add(Buffer.from('a'), 0, 1, Buffer.from('0'), 0, 1);
	store.ingest(7, builder.finish(), 1);
	store.setApplied(1);
	store.setDurable(1);
	store.checkpointNow();
	put('album', '1', 2);
	put('artist', '23', 3);
	put('artists', null, 4);
	store.checkpointNow();
	store.removeRange(7, { lower: Buffer.from('all'), upper: Buffer.from('artists') }, 5);
	store.setApplied(5);
	store.setDurable(5);
	store.checkpointNow();
	const file = platform.files.contents.get('/s/manifest')!;
	const hex = Buffer.from(file.bytes.subarray(0, file.length)).toString('hex');
	const expected = [
		'504c4f474d414e00 03000000 ab48bd39',
		'03000000 53e85ae6 000100',
		'17000000 abe20f1a 010201 0700010001 0101a7010100 11f4f47b 0161 0161 00',
		'03000000 a7d1b5cc 010200',
		'21000000 eabda61c 04030107000400010002c9010301e0d42f9d05616c62756d076172746973747300',
		'03000000 0d2265d3 040300',
		'2f000000 6139ad4f 05030107000500010002c9010301e0d42f9d05616c62756d0761727469737473 0e000103616c6c0761727469737473',
		'03000000 3a48a7d2 050300',
		'03000000 12d941ff 000000',
	];
	assert.equal(hex, expected.join('').replaceAll(' ', ''));
});

test('a manifest of version 1 is read', async () => {
	const platform = testPlatform();
	const store = KeyspaceStore.open(platform, '/s');
	store.create(7, 'lsm');
	store.finishRecovery(new Set([7]));
	const builder = store.bulkBuilder();
	builder.add(Buffer.from('a'), 0, 1, Buffer.from('0'), 0, 1);
	store.ingest(7, builder.finish(), 1);
	store.setApplied(1);
	store.setDurable(1);
	store.checkpointNow();
	await store.close();
	// The header, one keyspace with one sstable and no state behind it, the mark.
	const edits = [
		'504c4f474d414e00 01000000 2080b493',
		'03000000 53e85ae6 000100',
		'16000000 32a65cda 010201 0700010001 0101a7010100 11f4f47b 0161 0161',
		'03000000 a7d1b5cc 010200',
	];
	const bytes = Buffer.from(edits.join('').replaceAll(' ', ''), 'hex');
	platform.files.remove('/s/manifest');
	const file = platform.files.open('/s/manifest', 'create');
	file.write(bytes, 0, bytes.length, 0);
	file.close();
	const again = KeyspaceStore.open(platform, '/s');
	again.finishRecovery(new Set([7]));
	const slot = { buffer: new Uint8Array(0), start: 0, end: 0 };
	assert.ok(again.keyspace(7).get(Buffer.from('a'), 1, 1, slot));
	assert.deepEqual(again.verify(), []);
	await again.close();
});
