import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CorruptionError } from '../../platform/errors.ts';
import { SimulatedWorld } from '../../platform/simulated-platform.ts';
import type { BulkOutput } from '../bulk-builder.ts';
import { KeyspaceStore } from '../keyspace-store.ts';
import { TestFiles, testPlatform } from '../test-platform.ts';
import { ColumnBulkBuilder } from './column-bulk-builder.ts';
import { GROUP_ROWS } from './column-segment.ts';
import type { RowShape } from './row-shape.ts';

const SHAPE: RowShape = {
	version: 1,
	isEntry: false,
	columns: [
		{ attribute: 1, kind: 'integer', width: 4, addedIn: 1, missing: null },
		{ attribute: 2, kind: 'bytes', width: 0, addedIn: 1, missing: null },
	],
};

function open(files: TestFiles): { store: KeyspaceStore; platform: ReturnType<typeof testPlatform> } {
	const platform = testPlatform(files);
	return { platform, store: KeyspaceStore.open(platform, '/s', { rowShape: () => SHAPE }) };
}

function keyOf(number: number): Uint8Array {
	const key = Buffer.alloc(6);
	key.writeUIntBE(number, 0, 6);
	return new Uint8Array(key);
}

/** The format of `docs/formats/row.md`: a version, a bitmap, an int4, the end of a text, the text. */
function rowOf(number: number): Uint8Array {
	const text = Buffer.from(`text ${number % 7}`);
	const row = Buffer.alloc(9 + text.length);
	row.writeUInt16LE(1, 0);
	row.writeInt32LE(number * 3, 3);
	row.writeUInt16LE(row.length, 7);
	text.copy(row, 9);
	return new Uint8Array(row);
}

function build(store: KeyspaceStore, rows: number, from = 1): { builder: ColumnBulkBuilder; files: readonly BulkOutput[] } {
	const builder = store.ownBulkBuilder(1);
	assert.ok(builder instanceof ColumnBulkBuilder);
	for (let i = from; i < from + rows; i++) {
		if (i % 2 === 0) {
			const row = rowOf(i);
			builder.add(keyOf(i), 0, 6, row, 0, row.length);
		} else {
			const [numbers, texts] = builder.columns;
			numbers!.low[builder.row] = i * 3;
			const text = Buffer.from(`text ${i % 7}`);
			texts!.addBytes(builder.row, text, 0, text.length);
			builder.endRow(keyOf(i), 0, 6);
		}
	}
	assert.equal(builder.count, rows);
	return { builder, files: builder.finish() };
}

function commit(store: KeyspaceStore, files: readonly BulkOutput[], offset: number): void {
	if (store.needsReplay(1, offset)) store.ingest(1, files, offset);
	store.setApplied(offset);
	store.setDurable(offset);
}

function assertHolds(store: KeyspaceStore, rows: number, offset: number): void {
	const cursor = store.keyspace(1).cursor(null, null, false, offset);
	let i = 0;
	while (cursor.next()) {
		i++;
		assert.deepEqual(cursor.keyBuffer.slice(cursor.keyStart, cursor.keyEnd), keyOf(i));
		assert.deepEqual(cursor.valueBuffer.slice(cursor.valueStart, cursor.valueEnd), rowOf(i));
	}
	assert.equal(i, rows);
}

test('a load of a columnar keyspace is one column file, which the base takes as it is', async () => {
	const files = new TestFiles();
	const { store, platform } = open(files);
	store.create(1, 'columnar');
	store.finishRecovery(new Set([1]));
	const rows = GROUP_ROWS + 500;
	const built = build(store, rows);
	assert.equal(built.files.length, 1);
	assert.match(built.files[0]!.name, /\.col$/);
	store.retainSnapshot(0);
	commit(store, built.files, 1);
	assertHolds(store, rows, 1);
	await platform.settle();
	store.checkpointNow();
	assert.deepEqual(
		files.list('/s').filter((name) => name.endsWith('.col') || name.endsWith('.sst')),
		[built.files[0]!.name],
	);
	assertHolds(store, rows, 1);
	assertHolds(store, 0, 0);
	store.releaseSnapshot(0);
	assert.equal(store.keyspace(1).columns(1)!.files.length, 1);
	assert.deepEqual(store.verify(), []);
	await store.close();

	const again = open(files);
	again.store.create(1, 'columnar');
	commit(again.store, built.files, 1);
	again.store.finishRecovery(new Set([1]));
	assertHolds(again.store, rows, 1);
	// Rows that come later, and changes of loaded ones.
	const changed = rowOf(70_000);
	again.store.keyspace(1).put(keyOf(5), 0, 6, null, 0, 0, 2);
	again.store.keyspace(1).put(keyOf(70_000), 0, 6, changed, 0, changed.length, 2);
	again.store.setApplied(2);
	again.store.setDurable(2);
	again.store.checkpointNow();
	const more = build(again.store, 10, 80_000);
	commit(again.store, more.files, 3);
	again.store.checkpointNow();
	assert.equal(again.store.keyspace(1).estimate(null, null).entries, rows + 10);
	await again.store.close();
});

test('a load that is given up, or was never committed, leaves no file', async () => {
	const files = new TestFiles();
	const { store } = open(files);
	store.create(1, 'columnar');
	store.finishRecovery(new Set([1]));
	const columnFiles = (): string[] => files.list('/s').filter((name) => name.endsWith('.col'));
	const begun = store.ownBulkBuilder(1)!;
	begun.add(keyOf(1), 0, 6, rowOf(1), 0, rowOf(1).length);
	begun.abandon();
	build(store, 10).builder.abandon();
	assert.deepEqual(columnFiles(), []);
	assert.deepEqual(build(store, 0).files, []);
	build(store, 10);
	assert.equal(columnFiles().length, 1);
	await store.close();
	const again = open(files);
	again.store.create(1, 'columnar');
	again.store.finishRecovery(new Set([1]));
	assert.deepEqual(columnFiles(), []);
	await again.store.close();
});

test('a file that the log names and that is gone, cut off or damaged is refused', async () => {
	const files = new TestFiles();
	const { store } = open(files);
	store.create(1, 'columnar');
	const [file] = build(store, 10).files;
	const path = `/s/${file!.name}`;
	const whole = files.contents.get(path)!;
	const refused = (): void => assert.throws(() => store.ingest(1, [file!], 1), CorruptionError);
	files.contents.delete(path);
	refused();
	files.contents.set(path, whole);
	whole.length--;
	refused();
	whole.length++;
	whole.bytes[whole.length - 30]! ^= 1;
	refused();
	whole.bytes[whole.length - 30]! ^= 1;
	store.ingest(1, [file!], 1);
	assertHolds(store, 10, 1);
	await store.close();
});

test('any one file operation may fail between a load and its place in the base', async () => {
	for (let failAt = 1; ; failAt++) {
		const files = new TestFiles();
		let built: readonly BulkOutput[] | null = null;
		const { store, platform } = open(files);
		store.create(1, 'columnar');
		store.finishRecovery(new Set([1]));
		const first = files.operations;
		files.failAt = first + failAt;
		try {
			built = build(store, 20).files;
		} catch {
			built = null;
		}
		if (built !== null) {
			commit(store, built, 1);
			assertHolds(store, 20, 1);
			await platform.settle();
			assertHolds(store, 20, 1);
		}
		const reached = files.operations - first;
		// The process ends here, and the log is replayed.
		files.failAt = Number.POSITIVE_INFINITY;
		const again = open(files);
		again.store.create(1, 'columnar');
		if (built !== null) commit(again.store, built, 1);
		again.store.finishRecovery(new Set([1]));
		assertHolds(again.store, built === null ? 0 : 20, 1);
		again.store.checkpointNow();
		assertHolds(again.store, built === null ? 0 : 20, 1);
		assert.equal(files.list('/s').filter((name) => name.endsWith('.col')).length, built === null ? 0 : 1);
		await again.store.close();
		if (reached < failAt) break;
	}
});

/** A load, its commit and its place in the base, with the power failing behind one of these steps; then the replay of what the log holds. */
function loadThroughPowerCut(seed: number, swallow?: (path: string, kind: string) => boolean): void {
	const world = new SimulatedWorld(seed);
	const { disk, random } = world;
	disk.writeBackChance = random.pick([0, 0.1]);
	const start = (): KeyspaceStore => {
		const store = KeyspaceStore.open(world.start(), '/s', { rowShape: () => SHAPE });
		store.create(1, 'columnar');
		return store;
	};
	const store = start();
	store.finishRecovery(new Set([1]));
	store.checkpointNow();
	if (swallow !== undefined) disk.swallowSync = swallow;
	const rows = random.between(1, 3000);
	const lastStep = random.below(4);
	let files: readonly BulkOutput[] | null = null;
	if (lastStep > 0) files = build(store, rows).files;
	else store.ownBulkBuilder(1)!.add(keyOf(1), 0, 6, rowOf(1), 0, rowOf(1).length);
	if (lastStep > 1) commit(store, files!, 1);
	if (lastStep > 2) store.checkpointNow();
	world.crash();
	const again = start();
	// The log is durable before a commit is acknowledged, and may be without that.
	if (files !== null && (lastStep > 1 || random.chance(0.5))) commit(again, files, 1);
	else files = null;
	again.finishRecovery(new Set([1]));
	assertHolds(again, files === null ? 0 : rows, 1);
	again.checkpointNow();
	assertHolds(again, files === null ? 0 : rows, 1);
	assert.deepEqual(again.verify(), []);
}

test('a load outlives a loss of power, and would not without a sync of its file or of the directory', () => {
	const seeds = Array.from({ length: 60 }, (_, i) => i + 1);
	for (const seed of seeds) {
		try {
			loadThroughPowerCut(seed);
		} catch (error) {
			throw new Error(`seed ${seed}`, { cause: error });
		}
	}
	const kinds: ((path: string, kind: string) => boolean)[] = [
		(path, kind) => path.endsWith('.col') && kind !== 'directory',
		(path, kind) => path === '/s' && kind === 'directory',
	];
	for (const swallow of kinds) {
		const isNoticed = seeds.some((seed) => {
			try {
				loadThroughPowerCut(seed, swallow);
				return false;
			} catch {
				return true;
			}
		});
		assert.ok(isNoticed);
	}
});
