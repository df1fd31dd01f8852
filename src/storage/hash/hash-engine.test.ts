/** What the suite of all engines does not reach: damage, faults, keys whose hashes meet, memory, the limit. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CorruptionError, PolylogError } from '../../platform/errors.ts';
import type { Keyspace, Slot } from '../contracts.ts';
import { seededRandom } from '../engine.suite.ts';
import { KeyspaceStore } from '../keyspace-store.ts';
import type { KeyspaceStoreOptions } from '../keyspace-store-options.ts';
import { TestFiles, type TestPlatform, testPlatform } from '../test-platform.ts';
import { DirectoryFold } from './directory-fold.ts';
import { HashBase } from './hash-base.ts';
import { KeyDirectory } from './key-directory.ts';
import { KeyHash } from './key-hash.ts';
import { HASH_SHIFT, HINT_WORDS, LENGTH_SHIFT } from './segment-format.ts';

const SMALL: KeyspaceStoreOptions = { memtableBytes: 16_000, level0Files: 1, cacheBytes: 1 << 20, hashSliceEntries: 5 };

interface Opened {
	readonly store: KeyspaceStore;
	readonly platform: TestPlatform;
	readonly keyspace: Keyspace;
}

/** A store with one hash keyspace; the platform's random bytes are zeros, and so is the hash's seed. */
function open(files: TestFiles, options: KeyspaceStoreOptions = SMALL): Opened {
	const platform = testPlatform(files);
	const store = KeyspaceStore.open(platform, '/s', options);
	const keyspace = store.create(1, 'hash');
	store.finishRecovery(new Set([1]));
	return { store, platform, keyspace };
}

function bytesOf(text: string): Uint8Array {
	return new Uint8Array(Buffer.from(text));
}

/** One commit. */
function commit({ store, keyspace }: Opened, offset: number, entries: readonly (readonly [string, string | null])[]): void {
	for (const [key, value] of entries) {
		const keyBytes = bytesOf(key);
		const valueBytes = value === null ? null : bytesOf(value);
		keyspace.put(keyBytes, 0, keyBytes.length, valueBytes, 0, valueBytes?.length ?? 0, offset);
	}
	store.setApplied(offset);
	store.setDurable(offset);
}

function get(keyspace: Keyspace, key: string, offset: number): string | null {
	const slot: Slot = { buffer: new Uint8Array(0), start: 0, end: 0 };
	const bytes = bytesOf(key);
	return keyspace.get(bytes, bytes.length, offset, slot) ? Buffer.from(slot.buffer.slice(slot.start, slot.end)).toString() : null;
}

function segmentNames(files: TestFiles): string[] {
	return files.list('/s').filter((name) => name.endsWith('.hash'));
}

test('every bit flipped in a segment is found, by opening it or by checking it', async () => {
	const files = new TestFiles();
	const opened = open(files, { ...SMALL, level0Files: 4 });
	commit(opened, 1, [
		['a', '1'],
		['key', 'a longer value'],
		['empty', ''],
	]);
	opened.store.checkpointNow();
	commit(opened, 2, [
		['a', null],
		['b', 'x'],
	]);
	opened.store.checkpointNow();
	await opened.platform.settle();
	assert.deepEqual(opened.store.verify(), []);
	await opened.store.close();
	assert.equal(segmentNames(files).length, 2);
	for (const name of segmentNames(files)) {
		const file = files.contents.get(`/s/${name}`)!;
		for (let bit = 0; bit < file.length * 8; bit++) {
			const at = bit >>> 3;
			const mask = 1 << (bit & 7);
			file.bytes[at]! ^= mask;
			let isFound = false;
			try {
				const { store } = open(files, { ...SMALL, level0Files: 4 });
				isFound = store.verify().length > 0;
				await store.close();
			} catch (error) {
				assert.ok(error instanceof CorruptionError || (error instanceof PolylogError && error.code === 'newer-format'), String(error));
				isFound = true;
			}
			assert.ok(isFound, `bit ${bit} of ${name}`);
			file.bytes[at]! ^= mask;
		}
	}
});

test('a damaged record is refused when it is read, not taken for another key', async () => {
	const files = new TestFiles();
	const opened = open(files);
	commit(opened, 1, [['key', 'value']]);
	opened.store.checkpointNow();
	await opened.store.close();
	const file = files.contents.get(`/s/${segmentNames(files)[0]}`)!;
	file.bytes[31]! ^= 1; // within the key
	const { keyspace, store } = open(files);
	assert.throws(() => get(keyspace, 'key', 1), CorruptionError);
	await store.close();
});

const COMMITS = 24;

/** A history that flushes, settles doubts and merges. */
function commitNumber(opened: Opened, offset: number): void {
	const entries = Array.from({ length: 10 }, (_, i): [string, string | null] => [
		`key ${(offset * 7 + i * 3) % 40}`,
		(offset + i) % 5 === 0 ? null : `value ${offset}`,
	]);
	if (opened.store.needsReplay(1, offset)) commit(opened, offset, entries);
	else {
		opened.store.setApplied(offset);
		opened.store.setDurable(offset);
	}
}

function expectedAt(offset: number): Map<string, string | null> {
	const expected = new Map<string, string | null>();
	for (let o = 1; o <= offset; o++) for (let i = 0; i < 10; i++) expected.set(`key ${(o * 7 + i * 3) % 40}`, (o + i) % 5 === 0 ? null : `value ${o}`);
	return expected;
}

function assertHolds({ keyspace }: Opened, offset: number): void {
	for (const [key, value] of expectedAt(offset)) assert.equal(get(keyspace, key, offset), value, `${key} at ${offset}`);
}

test('any one file operation may fail: what was applied stays readable, and a later checkpoint and restart find it all', async () => {
	let merges = 0;
	for (const forever of [false, true]) {
		for (let failAt = 1; ; failAt++) {
			const files = new TestFiles();
			let opened = open(files);
			files.failAt = files.operations + failAt;
			files.failForever = forever;
			for (let offset = 1; offset <= COMMITS; offset++) {
				commitNumber(opened, offset);
				if (offset % 3 !== 0) continue;
				try {
					opened.store.checkpointNow();
				} catch (error) {
					assert.ok(error instanceof PolylogError && error.code === 'io', String(error));
				}
				// With a disk that refuses everything the store would try for ever.
				if (!forever) await opened.platform.settle();
				assertHolds(opened, offset);
			}
			const isReached = files.operations >= files.failAt;
			files.failAt = Number.POSITIVE_INFINITY;
			files.failForever = false;
			opened.store.checkpointNow();
			await opened.platform.settle();
			merges += opened.store.statistics().merges!;
			assert.deepEqual(opened.store.verify(), []);
			await opened.store.close();
			opened = open(files);
			await opened.platform.settle();
			assertHolds(opened, COMMITS);
			assert.deepEqual(opened.store.verify(), []);
			await opened.store.close();
			if (!isReached) break;
		}
	}
	assert.ok(merges > 50, `${merges} merges`);
});

/** Pairs of keys with the same 40 bits of hash under seed 0. */
const MEETING = [
	['00065780', '01824051'],
	['00301717', '03148798'],
	['00946469', '04191217'],
	['01313907', '05814660'],
	['02581138', '03886367'],
] as const;

test('keys whose hashes meet are kept apart, over flushes, merges, snapshots and restarts', async () => {
	const hash = new KeyHash(0);
	for (const [a, b] of MEETING) {
		hash.hash(bytesOf(a), 0, 8);
		const { high, low } = hash;
		hash.hash(bytesOf(b), 0, 8);
		assert.deepEqual([hash.high, hash.low], [high, low], `${a} and ${b} meet`);
	}
	for (let seed = 1; seed <= Number(process.env.POLYLOG_RUNS ?? 20); seed++) {
		const random = seededRandom(seed);
		const files = new TestFiles();
		let opened = open(files, { ...SMALL, pinnedBytes: 1 << 30, hashSliceEntries: 1 + random(4) });
		const versions: Map<string, string | null>[] = [new Map()];
		const snapshots: number[] = [];
		for (let offset = 1; offset <= 60; offset++) {
			const entries = Array.from({ length: 3 }, (): [string, string | null] => [
				MEETING[random(MEETING.length)]![random(2)]!,
				random(4) === 0 ? null : `${offset}`,
			]);
			commit(opened, offset, entries);
			versions.push(new Map([...versions.at(-1)!, ...entries]));
			if (random(3) === 0) opened.store.checkpointNow();
			if (random(4) === 0) await opened.platform.settle();
			if (random(6) === 0) {
				opened.store.retainSnapshot(offset);
				snapshots.push(offset);
			}
			if (random(8) === 0 && snapshots.length > 0) opened.store.releaseSnapshot(snapshots.shift()!);
			for (const at of [...snapshots, offset])
				for (const [a, b] of MEETING)
					for (const key of [a, b]) assert.equal(get(opened.keyspace, key, at), versions[at]!.get(key) ?? null, `seed ${seed}: ${key} at ${at}`);
			if (random(15) !== 0) continue;
			opened.store.checkpointNow();
			await opened.platform.settle();
			assert.deepEqual(opened.store.verify(), [], `seed ${seed}`);
			await opened.store.close();
			snapshots.length = 0;
			opened = open(files, { ...SMALL, pinnedBytes: 1 << 30, hashSliceEntries: 1 + random(4) });
		}
		await opened.store.close();
	}
});

test('a key takes under 64 bytes of memory at every moment while a directory grows', () => {
	const base = new HashBase(0, () => undefined);
	const fold = new DirectoryFold(base);
	const entry = (i: number): [number, number, number] => [Math.imul(i, 0x9e3779b1), i + 5, ((i & 0xff) << HASH_SHIFT) | (32 << LENGTH_SHIFT)];
	let most = 0;
	for (let round = 0, next = 0; round < 8; round++) {
		const flushed = Array.from({ length: 30_000 }, () => entry(next++)).sort((a, b) => a[0] - b[0]);
		const hints = Int32Array.from(flushed.flat());
		assert.equal(hints.length, flushed.length * HINT_WORDS);
		base.overlays.unshift({ segment: { place: 0 } as never, hints, next: 0 });
		while (base.overlays.length > 0 || fold.isGrowing) {
			fold.slice(1000);
			most = Math.max(most, (base.memoryBytes + fold.memoryBytes) / next);
		}
		assert.equal(base.directory.entries, next);
		assert.deepEqual(base.directory.verify(), []);
		assert.ok(base.directory.memoryBytes / next <= 30, `${base.directory.memoryBytes / next} bytes a key at rest`);
	}
	assert.ok(most <= 64, `${most} bytes a key`);
});

test('a directory finds what was put and not removed, whatever the order', () => {
	for (let seed = 1; seed <= 30; seed++) {
		const random = seededRandom(seed);
		const directory = new KeyDirectory(400);
		const model = new Map<number, number[]>();
		// Few different hashes, near each other and at both ends.
		const hashes = Array.from({ length: 60 }, () => [-(2 ** 31), 2 ** 31 - 1, 0][random(3)]! + (random(2) === 0 ? 0 : random(7) * 1e6));
		for (let step = 0; step < 600; step++) {
			const hash = hashes[random(hashes.length)]! | 0;
			const entries = model.get(hash) ?? [];
			const at = directory.search(hash);
			if (random(2) === 0 && directory.hasRoom(1)) {
				if (directory.insert(at, hash, step + 1, 0)) model.set(hash, [step + 1, ...entries]);
			} else if (entries.length > 0) {
				directory.remove(at);
				model.set(hash, entries.slice(1));
			}
			assert.deepEqual(directory.verify(), [], `seed ${seed}`);
		}
		for (const [hash, entries] of model) {
			const found: number[] = [];
			for (let at = directory.search(hash); directory.words[at + 1] !== 0 && directory.words[at] === hash; at += HINT_WORDS)
				found.push(directory.words[at + 1]!);
			assert.deepEqual(found, entries, `seed ${seed}`);
		}
	}
});

test('values of every length come back, through caches of every size', async () => {
	for (const cacheBytes of [1, 20_000, 1 << 20]) {
		const files = new TestFiles();
		const opened = open(files, { ...SMALL, memtableBytes: 1 << 20, cacheBytes });
		const lengths = [0, 1, 3, 100, 4000, 4096, 4100, 8100, 8170, 8180, 8190, 9000, 70_000];
		const value = (i: number): string => String(i).padEnd(lengths[i % lengths.length]!, 'v');
		commit(
			opened,
			1,
			Array.from({ length: 60 }, (_, i): [string, string] => [`key ${i}`, value(i)]),
		);
		opened.store.checkpointNow();
		await opened.platform.settle();
		for (let round = 0; round < 2; round++) for (let i = 0; i < 60; i++) assert.equal(get(opened.keyspace, `key ${i}`, 1), value(i));
		const { cacheBytes: held } = opened.store.statistics();
		assert.ok(held! <= Math.max(cacheBytes, 72_000), `${held} bytes in a cache of ${cacheBytes}`);
		assert.deepEqual(opened.store.verify(), []);
		await opened.store.close();
	}
});
