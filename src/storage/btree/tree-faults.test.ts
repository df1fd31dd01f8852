/** What a failed flush, a lost write or a flipped bit does to a tree: the old state stays, and damage is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CorruptionError, IoError, UnsupportedError } from '../../platform/errors.ts';
import type { FileSystem } from '../../platform/files.ts';
import { BlockCache } from '../block-cache.ts';
import type { Slot } from '../contracts.ts';
import { type EntrySource, FOUND, NO_BYTES } from '../entry-source.ts';
import { TestFiles } from '../test-platform.ts';
import { BtreeFile } from './btree-file.ts';
import { BtreeVersion } from './btree-version.ts';
import { readFreeList } from './free-list.ts';
import { decodeMeta, decodeState, encodeMeta, encodeState, metaPosition } from './meta-page.ts';
import { PageReader } from './page-reader.ts';
import { ArraySource, type Entry, Tree } from './test-tree.ts';
import { flushTree } from './tree-flush.ts';

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

function numbered(from: number, to: number, step: number, value: string | null): Entry[] {
	const entries: Entry[] = [];
	for (let i = from; i < to; i += step) entries.push([bytes(`key ${String(i).padStart(5, '0')}`), value === null ? null : bytes(`${value} ${i}`)]);
	return entries;
}

/** A tree with several levels, a free list, large keys and values. */
function sample(): Tree {
	const tree = new Tree(new TestFiles(), 512);
	tree.flush([...numbered(0, 400, 1, 'first'), [bytes('large'.repeat(40)), new Uint8Array(1500).fill(7)]]);
	tree.flush(numbered(100, 160, 7, 'second'));
	tree.flush([...numbered(0, 50, 3, null), [bytes('other'.repeat(50)), new Uint8Array(700).fill(8)]]);
	return tree;
}

function content(version: BtreeVersion): string[] {
	const sources: EntrySource[] = [];
	version.addSources(false, sources);
	const found: string[] = [];
	for (const source of sources) {
		source.seek(null, null);
		while (source.next()) {
			const key = Buffer.from(source.keyBuffer.slice(source.keyStart, source.keyEnd)).toString();
			found.push(`${key}=${Buffer.from(source.valueBuffer.slice(source.valueStart, source.valueEnd)).toString()}`);
		}
	}
	return found;
}

/** The committed state as a process sees it that has just opened the file. */
function reopened(files: FileSystem, tree: Tree): BtreeVersion {
	const { file, state, entries, diskBytes } = tree.version;
	const version = new BtreeVersion(new BtreeFile(files, file!.path, file!.number, tree.pageBytes, new BlockCache(1 << 30, 2)), state, entries, diskBytes);
	version.retain();
	return version;
}

for (const rewrite of [false, true]) {
	test(`any file operation of a flush may fail${rewrite ? ' while the tree goes to a new file' : ''}: the old state is whole, and the next flush succeeds`, () => {
		const batch = [...numbered(0, 400, 5, 'third'), ...numbered(400, 500, 1, 'more')];
		for (let fail = 1; ; fail++) {
			const tree = sample();
			const before = content(tree.version);
			const { files } = tree;
			files.failAt = files.operations + fail;
			let failed = false;
			try {
				tree.flush(batch, rewrite);
			} catch (error) {
				assert.ok(error instanceof IoError);
				failed = true;
			}
			files.failAt = Number.POSITIVE_INFINITY;
			if (!failed) {
				assert.ok(fail > 4);
				break;
			}
			assert.deepEqual(content(tree.version), before);
			assert.deepEqual(reopened(files, tree).verify(), []);
			tree.flush(batch, rewrite);
			assert.deepEqual(tree.version.verify(), []);
			assert.equal(content(tree.version).filter((entry) => entry.includes('=third')).length, 80);
		}
	});
}

test('whatever part of a flush reached the disk, the generation that the manifest names is whole', () => {
	const tree = sample();
	const before = content(tree.version);
	const path = tree.version.file!.path;
	const old = tree.files.contents.get(path)!;
	const oldBytes = old.bytes.slice(0, old.length);
	const oldVersion = tree.version;
	oldVersion.retain();
	tree.flush([...numbered(0, 400, 5, 'third'), ...numbered(400, 500, 1, 'more')]);
	const newBytes = tree.files.contents.get(path)!.bytes.slice(0, tree.files.contents.get(path)!.length);
	let state = 1;
	for (let image = 0; image < 200; image++) {
		const files = new TestFiles();
		const mixed = newBytes.slice(0, image % 3 === 0 ? oldBytes.length : newBytes.length);
		// Blocks of 128 bytes, a quarter of a page, that were written since may be there or not.
		for (let at = 0; at < mixed.length; at += 128) {
			state = (Math.imul(state, 1664525) + 1013904223) | 0;
			if (state >>> 31 === 0) mixed.set(at < oldBytes.length ? oldBytes.subarray(at, Math.min(at + 128, oldBytes.length)) : new Uint8Array(128), at);
		}
		const handle = files.open(path, 'create');
		handle.write(mixed, 0, mixed.length, 0);
		const version = new BtreeVersion(new BtreeFile(files, path, 1, 512, new BlockCache(1 << 30, 2)), oldVersion.state, oldVersion.entries, 0);
		version.retain();
		assert.deepEqual(version.verify(), []);
		assert.deepEqual(content(version), before);
		const flush = { ...tree.input(), base: { path, number: 1, state: oldVersion.state }, oldestRetained: oldVersion.state.generation };
		flushTree(files, flush, new ArraySource(numbered(0, 100, 1, 'again')), () => 0);
		assert.deepEqual(content(version), before, 'what was read stays as it is until the edit');
	}
});

test('every bit of every page in use that flips is told', () => {
	const tree = sample();
	const { file, state, meta } = tree.version;
	const stored = tree.files.contents.get(file!.path)!;
	const reader = new PageReader(tree.files.open(file!.path, 'read'), 512);
	const free = new Set<number>();
	for (const { runs } of readFreeList(reader, meta.freeHead, meta.pageCount).groups) {
		for (let i = 0; i < runs.length; i += 2) for (let page = runs[i]!; page < runs[i]! + runs[i + 1]!; page++) free.add(page);
	}
	// The meta page of the generation before is not read any more.
	free.add(metaPosition(state.generation + 1, 512) / 512);
	assert.ok(free.size > 3);
	assert.deepEqual(tree.version.verify(), []);
	for (let at = 0; at < meta.pageCount * 512; at++) {
		if (free.has(Math.floor(at / 512))) continue;
		const bit = 1 << (at & 7);
		stored.bytes[at]! ^= bit;
		assert.notDeepEqual(tree.version.verify(), [], `bit ${bit} of byte ${at}`);
		stored.bytes[at]! ^= bit;
	}
});

test('a damaged page is told by a read that meets it, and names file and position', () => {
	const tree = sample();
	const stored = tree.files.contents.get(tree.version.file!.path)!;
	stored.bytes[tree.version.meta.root * 512 + 100]! ^= 1;
	const slot: Slot = { buffer: NO_BYTES, start: 0, end: 0 };
	const version = reopened(tree.files, tree);
	assert.throws(
		() => version.get(bytes('key 00001'), 9, slot),
		(error) =>
			error instanceof CorruptionError && error.message.includes(`"${tree.version.file!.path}" is damaged at position ${tree.version.meta.root * 512}`),
	);
	stored.bytes[tree.version.meta.root * 512 + 100]! ^= 1;
	assert.equal(version.get(bytes('key 00001'), 9, slot), FOUND);
});

test('meta pages and states of newer versions are refused, damaged ones told', () => {
	const meta = { ...sample().version.meta };
	const page = encodeMeta(meta);
	assert.deepEqual(decodeMeta(page, '/f', 0), meta);
	const newer = page.slice();
	newer[4] = 2;
	assert.throws(() => decodeMeta(newer, '/f', 0), UnsupportedError);
	assert.throws(() => decodeMeta(page.subarray(0, 60), '/f', 0), CorruptionError);
	assert.throws(() => decodeMeta(new Uint8Array(512), '/f', 0), CorruptionError);
	const state = { pageBytes: 8192, generation: 12345678 };
	assert.deepEqual(decodeState(encodeState(state), '/f'), state);
	assert.throws(() => decodeState(new Uint8Array(0), '/f'), CorruptionError);
	assert.throws(() => decodeState(Uint8Array.of(2, 0), '/f'), UnsupportedError);
	assert.throws(() => decodeState(Uint8Array.of(1, 3, 1), '/f'), CorruptionError);
	assert.throws(() => decodeState(Uint8Array.of(1, 0x80), '/f'), CorruptionError);
});

test('free pages are written again only when no held version reads them', () => {
	const tree = sample();
	const before = content(tree.version);
	const held = tree.version;
	held.retain();
	let pages = 0;
	for (let i = 0; i < 10; i++) {
		tree.flush(numbered(0, 400, 9, `round ${i}`));
		pages = tree.version.meta.pageCount;
	}
	assert.deepEqual(content(held), before);
	assert.deepEqual(reopened(tree.files, tree).verify(), []);
	held.release();
	for (let i = 0; i < 10; i++) tree.flush(numbered(0, 400, 9, `later ${i}`));
	assert.equal(tree.version.meta.pageCount, pages, 'the file does not grow any more');
});

test('a batch that touches one leaf writes one page of each level', () => {
	const tree = new Tree(new TestFiles(), 4096);
	tree.flush(numbered(0, 60_000, 1, 'some value'));
	const { height } = tree.version.meta;
	assert.equal(height, 3);
	const { bytesWritten } = tree.flush([[bytes('key 30000'), bytes('an')]]);
	// And one of the free list.
	assert.equal(bytesWritten, (height + 1) * 4096);
});

test('ascending inserts leave full pages; removing all leaves no file', () => {
	const tree = new Tree(new TestFiles(), 4096);
	for (let i = 0; i < 50; i++) tree.flush(numbered(i * 100, i * 100 + 100, 1, 'some value'));
	const full = new Tree(new TestFiles(), 4096);
	full.flush(numbered(0, 5000, 1, 'some value'));
	assert.ok(tree.version.meta.leafPages <= full.version.meta.leafPages + 1);
	tree.flush(numbered(0, 5000, 1, null));
	assert.ok(tree.version.isEmpty);
	assert.equal(tree.files.contents.size, 0);
});
