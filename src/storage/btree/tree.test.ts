/** Trees of tiny pages against a sorted map: random batches, large keys and values, versions held while others are flushed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareArrays } from '../../bytes/compare-bytes.ts';
import { BlockCache } from '../block-cache.ts';
import type { Slot } from '../contracts.ts';
import { type EntrySource, FOUND, NO_BYTES } from '../entry-source.ts';
import { TestFiles } from '../test-platform.ts';
import type { BtreeVersion } from './btree-version.ts';
import { type Entry, seededRandom, Tree } from './test-tree.ts';

function randomKey(random: (below: number) => number): Uint8Array {
	const shape = random(5);
	if (shape === 0) return Uint8Array.of(random(4), random(256), 255);
	if (shape === 1) return new Uint8Array(Buffer.from(`common prefix of many keys ${random(400)}`));
	if (shape === 2) return new Uint8Array(Buffer.from('ab'.repeat(random(random(10) === 0 ? 900 : 40))));
	if (shape === 3) return new Uint8Array(Buffer.from(`${'long '.repeat(60)}${random(100)}`));
	return Uint8Array.from({ length: random(6) }, () => random(4) * 85);
}

function randomBatch(random: (below: number) => number, count: number, removals: number): Entry[] {
	const entries = new Map<string, Entry>();
	for (let i = 0; i < count; i++) {
		const key = randomKey(random);
		const bytes = random(12) === 0 ? random(5000) : random(60);
		entries.set(Buffer.from(key).toString('hex'), [key, random(100) < removals ? null : new Uint8Array(bytes).fill(random(256))]);
	}
	return [...entries.values()].sort((a, b) => compareArrays(a[0], b[0]));
}

type Model = ReadonlyMap<string, Entry>;

function apply(model: Model, batch: readonly Entry[]): Model {
	const next = new Map(model);
	for (const entry of batch) {
		const name = Buffer.from(entry[0]).toString('hex');
		if (entry[1] === null) next.delete(name);
		else next.set(name, entry);
	}
	return next;
}

const show = (key: Uint8Array, value: Uint8Array): string => `${Buffer.from(key).toString('hex')}=${Buffer.from(value).toString('hex')}`;

function walk(version: BtreeVersion, lower: Uint8Array | null, upper: Uint8Array | null, reverse: boolean): string[] {
	const sources: EntrySource[] = [];
	version.addSources(reverse, sources);
	const found: string[] = [];
	for (const source of sources) {
		source.seek(lower, upper);
		while (source.next()) {
			found.push(show(source.keyBuffer.slice(source.keyStart, source.keyEnd), source.valueBuffer.slice(source.valueStart, source.valueEnd)));
		}
		assert.equal(source.next(), false);
	}
	return found;
}

const slot: Slot = { buffer: NO_BYTES, start: 0, end: 0 };

function compare(version: BtreeVersion, model: Model, random: (below: number) => number): void {
	const sorted = [...model.values()].sort((a, b) => compareArrays(a[0], b[0])) as [Uint8Array, Uint8Array][];
	const lower = random(2) === 0 ? null : randomKey(random);
	const upper = random(2) === 0 ? null : randomKey(random);
	const within = sorted.filter(([key]) => (lower === null || compareArrays(key, lower) >= 0) && (upper === null || compareArrays(key, upper) < 0));
	const expected = within.map(([key, value]) => show(key, value));
	assert.deepEqual(walk(version, lower, upper, false), expected);
	assert.deepEqual(walk(version, lower, upper, true), expected.reverse());
	for (const [key, value] of sorted) {
		assert.equal(version.get(key, key.length, slot), FOUND);
		assert.deepEqual(slot.buffer.subarray(slot.start, slot.end), value);
	}
	for (let i = 0; i < 20; i++) {
		const key = randomKey(random);
		const has = model.has(Buffer.from(key).toString('hex'));
		assert.equal(version.get(key, key.length, slot) === FOUND, has);
	}
	const estimate = { entries: 0, bytes: 0 };
	version.estimate(null, null, estimate);
	assert.equal(estimate.entries, model.size);
}

const RUNS = Number(process.env.POLYLOG_RUNS ?? 12);

test('histories of random batches agree with a sorted map, for every version held, under several page sizes', () => {
	const chosen = process.env.POLYLOG_SEED;
	for (let run = 0; run < (chosen === undefined ? RUNS : 1); run++) {
		const seed = chosen === undefined ? 4000 + run : Number(chosen);
		try {
			history(seed);
		} catch (error) {
			throw new Error(`seed ${seed} (replay with POLYLOG_SEED=${seed})`, { cause: error });
		}
	}
});

function history(seed: number): void {
	const random = seededRandom(seed);
	const pageBytes = [512, 512, 1024, 4096][random(4)]!;
	const tree = new Tree(new TestFiles(), pageBytes, new BlockCache(random(2) === 0 ? 3000 : 1 << 30, 2));
	let model: Model = new Map();
	const held: { version: BtreeVersion; model: Model }[] = [];
	for (let step = 0; step < 40; step++) {
		const batch = randomBatch(random, random(random(4) === 0 ? 400 : 20), [5, 30, 90][random(3)]!);
		tree.flush(batch, random(12) === 0);
		model = apply(model, batch);
		assert.deepEqual(tree.version.verify(), []);
		compare(tree.version, model, random);
		if (random(5) === 0) {
			tree.version.retain();
			held.push({ version: tree.version, model });
		}
		if (held.length > 0 && random(6) === 0) held.splice(random(held.length), 1)[0]!.version.release();
		if (random(8) === 0) for (const { version, model: old } of held) compare(version, old, random);
	}
	for (const { version, model: old } of held) {
		compare(version, old, random);
		version.release();
	}
	compare(tree.version, model, random);
	assert.equal([...tree.files.contents.keys()].length, tree.version.isEmpty ? 0 : 1, 'obsolete files are removed');
}

test('an estimate is near the count, in a tree of leaves full and half full', () => {
	const tree = new Tree(new TestFiles(), 1024);
	const keyOf = (i: number): Uint8Array => new Uint8Array(Buffer.from(`key ${String(i).padStart(6, '0')}`));
	const value = new Uint8Array(20);
	tree.flush(Array.from({ length: 10_000 }, (_, i) => [keyOf(i * 2), value] as const));
	tree.flush(Array.from({ length: 200 }, (_, i) => [keyOf(i * 30 + 1), value] as const));
	const random = seededRandom(7);
	for (let i = 0; i < 200; i++) {
		const from = random(20_000);
		const to = from + random(20_000 - from);
		const estimate = { entries: 0, bytes: 0 };
		tree.version.estimate(keyOf(from), keyOf(to), estimate);
		const count = walk(tree.version, keyOf(from), keyOf(to), false).length;
		assert.ok(Math.abs(estimate.entries - count) <= 50 + count / 4 + 1000, `${estimate.entries} estimated, ${count} counted`);
	}
	const few = { entries: 0, bytes: 0 };
	tree.version.estimate(keyOf(5000), keyOf(5002), few);
	assert.ok(few.entries < 3, `${few.entries} estimated of one`);
});

test('keys of 65,535 bytes and values of megabytes are kept, moved and given back', () => {
	const tree = new Tree(new TestFiles(), 1024);
	const longKey = (i: number): Uint8Array => {
		const key = new Uint8Array(65_535).fill(0x61);
		key[key.length - 1] = i;
		return key;
	};
	const large = (i: number): Uint8Array => new Uint8Array(i % 3 === 0 ? (1 << 21) + i : 5).fill(i);
	tree.flush(Array.from({ length: 12 }, (_, i) => [longKey(i), large(i)] as const));
	tree.flush([
		[longKey(3), new Uint8Array(3_000_000).fill(9)],
		[longKey(5), null],
	]);
	assert.deepEqual(tree.version.verify(), []);
	assert.equal(tree.version.entries, 11);
	for (let i = 0; i < 12; i++) {
		assert.equal(tree.version.get(longKey(i), 65_535, slot) === FOUND, i !== 5);
		if (i === 5) continue;
		assert.deepEqual(slot.buffer.subarray(slot.start, slot.end), i === 3 ? new Uint8Array(3_000_000).fill(9) : large(i));
	}
	const { pageCount } = tree.version.meta;
	// The pages of the value that was replaced are written again.
	tree.flush([[longKey(20), new Uint8Array(1 << 21)]]);
	assert.ok(tree.version.meta.pageCount < pageCount + 300);
	assert.deepEqual(tree.version.verify(), []);
	tree.flush([], true);
	assert.deepEqual(tree.version.verify(), []);
	assert.equal(tree.version.meta.freePages, 0);
});
