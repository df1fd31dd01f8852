import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareArrays } from '../../bytes/compare-bytes.ts';
import { CorruptionError, UnsupportedError } from '../../platform/errors.ts';
import { BlockCache } from '../block-cache.ts';
import type { Slot } from '../contracts.ts';
import { ABSENT, FOUND, TOMBSTONE } from '../entry-source.ts';
import { TestFiles } from '../test-platform.ts';
import { addToFilter, DEEPEST_FILTER_BITS, filterBytes, keyHash, mayContain, UPPER_FILTER_BITS } from './bloom-filter.ts';
import { KeyIndex } from './key-index.ts';
import { Sstable } from './sstable.ts';
import { SstableCursor } from './sstable-cursor.ts';
import { type Compression, decodeFooter, FOOTER_BYTES } from './sstable-format.ts';
import { SstableWriter } from './sstable-writer.ts';

const slot: Slot = { buffer: new Uint8Array(0), start: 0, end: 0 };

type Entry = readonly [key: Uint8Array, value: Uint8Array | null];

const key = fc.oneof(
	fc.uint8Array({ maxLength: 4 }),
	fc.array(fc.constantFrom(0, 127, 128, 255), { maxLength: 9 }).map((bytes) => Uint8Array.from(bytes)),
	fc.nat(999).map((number) => new Uint8Array(Buffer.from(`${'long common prefix '.repeat(10)}${number}`))),
);
const entriesArbitrary = fc
	.array(fc.tuple(key, fc.option(fc.uint8Array({ maxLength: 200 }), { freq: 4 })), { minLength: 1, maxLength: 400 })
	.map((entries) => [...new Map(entries.map((entry) => [Buffer.from(entry[0]).toString('hex'), entry])).values()].sort((a, b) => compareArrays(a[0], b[0])));

function write(
	entries: readonly Entry[],
	blockBytes: number,
	compression: Compression = 'none',
	indexPartBytes = Number.POSITIVE_INFINITY,
): { files: TestFiles; table: Sstable; cache: BlockCache } {
	const files = new TestFiles();
	const writer = new SstableWriter(files, '/t', 1, blockBytes, compression, DEEPEST_FILTER_BITS, false, indexPartBytes);
	for (const [entryKey, value] of entries) writer.add(entryKey, 0, entryKey.length, value, 0, value?.length ?? 0);
	const cache = new BlockCache(3000, 2);
	return { files, table: new Sstable(files, '/t', writer.finish(), cache), cache };
}

function get(table: Sstable, wanted: Uint8Array): number {
	return table.get(wanted, wanted.length, keyHash(wanted, 0, wanted.length), slot);
}

function walk(table: Sstable, lower: Uint8Array | null, upper: Uint8Array | null, reverse: boolean, readAheadBytes: number): string[] {
	const cursor = new SstableCursor(table, reverse, readAheadBytes);
	cursor.seek(lower, upper);
	const found: string[] = [];
	while (cursor.next()) {
		const value = cursor.isTombstone ? 'gone' : Buffer.from(cursor.valueBuffer.subarray(cursor.valueStart, cursor.valueEnd)).toString('hex');
		found.push(`${Buffer.from(cursor.keyBuffer.subarray(cursor.keyStart, cursor.keyEnd)).toString('hex')}=${value}`);
	}
	return found;
}

test('what was written is found by key and by walks within any bounds, for any block size', () => {
	fc.assert(
		fc.property(
			entriesArbitrary,
			fc.constantFrom(64, 300, 4096),
			fc.array(key, { maxLength: 10 }),
			fc.option(key),
			fc.option(key),
			fc.constantFrom<Compression>('none', 'lz4'),
			fc.constantFrom(16, 40, 300, Number.POSITIVE_INFINITY),
			(entries, blockBytes, probes, lower, upper, compression, indexPartBytes) => {
				const { table, cache } = write(entries, blockBytes, compression, indexPartBytes);
				for (const [entryKey, value] of entries) {
					assert.equal(get(table, entryKey), value === null ? TOMBSTONE : FOUND);
					if (value !== null) assert.deepEqual(slot.buffer.slice(slot.start, slot.end), value);
				}
				for (const probe of probes) if (!entries.some((entry) => compareArrays(entry[0], probe) === 0)) assert.equal(get(table, probe), ABSENT);
				const expected = entries
					.filter(([entryKey]) => (lower === null || compareArrays(entryKey, lower) >= 0) && (upper === null || compareArrays(entryKey, upper) < 0))
					.map(([entryKey, value]) => `${Buffer.from(entryKey).toString('hex')}=${value === null ? 'gone' : Buffer.from(value).toString('hex')}`);
				assert.deepEqual(walk(table, lower, upper, false, 0), expected);
				assert.deepEqual(walk(table, lower, upper, false, 500), expected);
				assert.deepEqual(walk(table, lower, upper, true, 0), [...expected].reverse());
				assert.deepEqual(table.verify(), []);
				assert.ok(cache.bytes <= 3000 + 70_000, 'the cache keeps to its limit but for what is in use');
			},
		),
		{ numRuns: 240 },
	);
});

test('the file is byte for byte what its page describes', () => {
	const { files } = write(
		[
			[Buffer.from('album'), Buffer.from('1')],
			[Buffer.from('artist'), Buffer.from('23')],
			[Buffer.from('artists'), null],
		],
		4096,
	);
	const file = files.contents.get('/t/000001.sst')!;
	const hex = Buffer.from(file.bytes.subarray(0, file.length)).toString('hex');
	assert.equal(
		hex.slice(0, 118),
		'000502616c62756d3101050372746973743233060100736d7562ec0000000001000100' + '0032d89c0a' + '0761727469737473002301000000' + '0042ddcba5',
	);
	assert.equal(hex.slice(0x80 * 2, 0x90 * 2), '030105616c62756d0761727469737473');
	assert.equal(hex.slice(-104), '28000000000000000e0000003b0000000000000040000000800000000000000010000000010000008b18e884504c4f4753535400');
});

test('an index in parts is byte for byte what the page describes', () => {
	const { files } = write(
		[...'abcde'].map((letter) => [Buffer.from(letter), Buffer.from('1')]),
		1,
		'none',
		8,
	);
	const file = files.contents.get('/t/000001.sst')!;
	const hex = Buffer.from(file.bytes.subarray(0, file.length)).toString('hex');
	assert.equal(hex.slice(0x6e * 2, 0x7f * 2), '01610011' + '01621611' + '02000000' + '0099cd889a', 'the first part, behind which is its filter');
	assert.equal(hex.slice(0xc4 * 2, 0xd0 * 2), '01632c11' + '01644211' + '02000000');
	assert.equal(hex.slice(0x16c * 2, 0x184 * 2), '01626e0c4002' + '0164c4010c4002' + '01659a02084001' + '03000000', 'the root');
	assert.equal(hex.slice(-104), '6c010000000000001800000000000000000000000000000089010000000000000600000003000000e932bc48504c4f4753535400');
});

test('what is in memory of a large sstable is bounded by the cache, its index included', () => {
	const entries = Array.from({ length: 20_000 }, (_, i): Entry => [Buffer.from(`key ${String(i * 7).padStart(8, '0')}`), Buffer.from(`value ${i}`)]);
	for (const indexPartBytes of [1000, Number.POSITIVE_INFINITY]) {
		const { files, table } = write(entries, 256, 'none', indexPartBytes);
		const cache = new BlockCache(40_000, 2);
		const reader = new Sstable(files, '/t', table.info, cache);
		for (let i = 0; i < 2000; i++) {
			const [wanted, value] = entries[(i * 7919) % entries.length]!;
			assert.equal(get(reader, wanted), FOUND);
			assert.deepEqual(slot.buffer.slice(slot.start, slot.end), new Uint8Array(value!));
			if (indexPartBytes === 1000) assert.ok(cache.bytes <= 40_000, `${cache.bytes} bytes`);
		}
		if (indexPartBytes !== 1000) assert.ok(cache.bytes > 40_000, 'in one piece it does not fit');
		assert.deepEqual(walk(reader, entries[5000]![0], entries[5003]![0], true, 0).length, 3);
		reader.close();
		assert.equal(cache.bytes, 0);
	}
});

test('blocks are compressed where that saves an eighth, and damage of them is noticed', () => {
	const entries = Array.from({ length: 300 }, (_, i): Entry => [Buffer.from(`key ${String(i).padStart(6, '0')}`), Buffer.from(`the same value, nearly ${i}`)]);
	const plain = write(entries, 1000).table.info.bytes;
	const { files, table } = write(entries, 1000, 'lz4');
	assert.ok(table.info.bytes < plain * 0.7, `${table.info.bytes} of ${plain}`);
	const { bytes } = files.contents.get('/t/000001.sst')!;
	bytes[40] = bytes[40]! ^ 1;
	assert.throws(() => walk(table, null, null, false, 0), CorruptionError);
	assert.equal(table.verify().length, 1);
});

test('a footer is checked: length, magic, version, checksum', () => {
	const { files } = write([[Buffer.from('a'), Buffer.from('b')]], 4096);
	const file = files.contents.get('/t/000001.sst')!;
	const footer = file.bytes.slice(file.length - FOOTER_BYTES, file.length);
	const withByte = (at: number, value: number): Uint8Array => footer.map((byte, i) => (i === at ? value : byte));
	assert.throws(() => decodeFooter(footer.subarray(1), '/t/x', 55), CorruptionError);
	assert.throws(() => decodeFooter(withByte(50, 1), '/t/x', file.length), /does not end like an sstable/);
	assert.throws(() => decodeFooter(withByte(36, 5), '/t/x', file.length), UnsupportedError);
	assert.throws(() => decodeFooter(withByte(8, 1), '/t/x', file.length), /checksum of the footer/);
});

test('keys that do not ascend are refused', () => {
	const writer = new SstableWriter(new TestFiles(), '/t', 1, 4096, 'none');
	const add = (text: string): void => writer.add(Buffer.from(text), 0, text.length, null, 0, 0);
	add('b');
	for (const text of ['a', 'b', '']) assert.throws(() => add(text), { code: 'invariant' });
	add('ba');
});

test('filters pass every key added and few others, the fewer the more bits they have', () => {
	const bytes = new Uint8Array(8);
	const view = new DataView(bytes.buffer);
	for (const [bits, passedMax] of [
		[DEEPEST_FILTER_BITS, 250],
		[UPPER_FILTER_BITS, 40],
	] as const) {
		const filter = new Uint8Array(filterBytes(10_000, bits));
		for (let i = 0; i < 10_000; i++) {
			view.setUint32(4, i);
			addToFilter(filter, keyHash(bytes, 0, 8));
		}
		let passed = 0;
		for (let i = 0; i < 20_000; i++) {
			view.setUint32(4, i);
			const passes = mayContain(filter, keyHash(bytes, 0, 8));
			if (i < 10_000) assert.ok(passes);
			else if (passes) passed++;
		}
		assert.ok(passed < passedMax, `${passed} of 10,000 absent keys pass with ${bits} bits a key`);
	}
});

test('a key index finds the first key not before another', () => {
	fc.assert(
		fc.property(fc.array(key, { minLength: 1, maxLength: 60 }), key, (keys, probe) => {
			const sorted = [...keys].sort(compareArrays);
			const expected = sorted.findIndex((one) => compareArrays(one, probe) >= 0);
			const found = KeyIndex.fromKeys(sorted).search(probe, probe.length);
			if (expected < 0) assert.equal(found, sorted.length);
			else assert.equal(compareArrays(sorted[found]!, sorted[expected]!), 0);
		}),
	);
});

test('no more files are open than allowed', () => {
	const files = new TestFiles();
	let open = 0;
	let most = 0;
	const openFile = files.open.bind(files);
	files.open = (path, mode) => {
		const handle = openFile(path, mode);
		open++;
		most = Math.max(most, open);
		const close = handle.close.bind(handle);
		handle.close = () => {
			open--;
			close();
		};
		return handle;
	};
	const cache = new BlockCache(1, 3);
	const tables = Array.from({ length: 8 }, (_, i) => {
		const writer = new SstableWriter(files, '/t', i + 1, 64, 'none');
		writer.add(Uint8Array.of(i), 0, 1, Uint8Array.of(i), 0, 1);
		return new Sstable(files, '/t', writer.finish(), cache);
	});
	for (let round = 0; round < 3; round++) for (let i = 0; i < 8; i++) assert.equal(get(tables[i]!, Uint8Array.of(i)), FOUND);
	assert.ok(most <= 4, `${most} files were open at once`);
	for (const table of tables) table.close();
	assert.equal(open, 0);
	assert.equal(cache.bytes, 0);
});
