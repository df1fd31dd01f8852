import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlockCache } from '../block-cache.ts';
import { KeyspaceStore } from '../keyspace-store.ts';
import { testPlatform } from '../test-platform.ts';
import { decodeReferences, encodeReferences, readPointer, ValueFile, ValueFileWriter, writePointer } from './value-file.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function written(): { files: ReturnType<typeof testPlatform>['files']; file: ValueFile; positions: number[] } {
	const { files } = testPlatform();
	files.makeDirectory('/v');
	const writer = new ValueFileWriter(files, '/v', 7);
	const positions = ['a large value', '', 'x'.repeat(1000)].map((text) => writer.append(encode(text), 0, text.length));
	const info = writer.finish();
	return { files, file: new ValueFile(files, '/v', info, new BlockCache(1 << 20, 10)), positions };
}

test('a value file begins as docs/formats/value-file.md shows', () => {
	const { files } = written();
	const bytes = new Uint8Array(33);
	const file = files.open('/v/000007.values', 'read');
	file.read(bytes, 0, bytes.length, 0);
	file.close();
	assert.equal(Buffer.from(bytes).toString('hex'), '504c4f4756414c0001000000' + '0d000000' + 'bc7ec7a1' + '61206c617267652076616c7565');
	const pointer = new Uint8Array(8);
	assert.equal(writePointer(pointer, 0, 7, 300, 13), 5);
	assert.equal(Buffer.from(pointer.subarray(0, 5)).toString('hex'), '0107ac020d');
});

test('values are read back by position and length, and kept', () => {
	const { file, positions } = written();
	const slot = { buffer: new Uint8Array(0), start: 0, end: 0 };
	for (let round = 0; round < 2; round++) {
		file.read(positions[2]!, 1000, slot);
		assert.equal(Buffer.from(slot.buffer.subarray(slot.start, slot.end)).toString(), 'x'.repeat(1000));
		file.read(positions[1]!, 0, slot);
		assert.equal(slot.end - slot.start, 0);
	}
	assert.deepEqual(file.verify(), []);
});

test('every flipped bit of a value file is detected', () => {
	const { files, file } = written();
	const path = '/v/000007.values';
	const handle = files.open(path, 'write');
	const byte = new Uint8Array(1);
	for (let at = 0; at < file.info.bytes; at++) {
		for (let bit = 0; bit < 8; bit++) {
			handle.read(byte, 0, 1, at);
			byte[0]! ^= 1 << bit;
			handle.write(byte, 0, 1, at);
			const damaged = new ValueFile(files, '/v', file.info, new BlockCache(0, 10));
			assert.equal(damaged.verify().length, 1, `bit ${bit} of byte ${at}`);
			damaged.close();
			byte[0]! ^= 1 << bit;
			handle.write(byte, 0, 1, at);
		}
	}
	handle.close();
	assert.deepEqual(file.verify(), []);
});

test('pointers and references are read as they were written', () => {
	const bytes = new Uint8Array(30);
	const end = writePointer(bytes, 2, 123_456, 2 ** 40, 70_000);
	const pointer = { file: 0, position: 0, length: 0 };
	readPointer(bytes, 2, pointer);
	assert.deepEqual(pointer, { file: 123_456, position: 2 ** 40, length: 70_000 });
	assert.ok(end <= bytes.length);
	const references = [
		{ file: 3, bytes: 5000 },
		{ file: 9, bytes: 1 },
	];
	assert.deepEqual(decodeReferences(encodeReferences(references)), references);
	assert.deepEqual(decodeReferences(encodeReferences([])), []);
});

test('large values are written once while compactions move their keys, and go when they are replaced', async () => {
	const platform = testPlatform();
	const options = { largeValueBytes: 100, levelBytes: 2048, sstableBytes: 2048, blockBytes: 256, level0Files: 2, memtableBytes: 1 << 20 };
	const store = KeyspaceStore.open(platform, '/store', options);
	store.create(1, 'lsm');
	store.finishRecovery(new Set([1]));
	const keyspace = store.keyspace(1);
	let offset = 0;
	const round = async (value: Uint8Array): Promise<void> => {
		for (let i = 0; i < 100; i++) {
			const key = encode(`key ${String((i * 37) % 100).padStart(4, '0')}`);
			keyspace.put(key, 0, key.length, value, 0, value.length, ++offset);
		}
		store.setApplied(offset);
		store.setDurable(offset);
		const done = store.compact();
		await platform.settle();
		await done;
	};
	for (let n = 0; n < 8; n++) await round(encode(String(n).repeat(1000)));
	const { diskBytes, bytesCompacted } = store.statistics() as unknown as { diskBytes: number; bytesCompacted: number };
	assert.ok(diskBytes < 2 * 100 * 1010, `one version of the values is left: ${diskBytes}`);
	assert.ok(bytesCompacted < 8 * 100 * 500, `compactions left values where they were: ${bytesCompacted}`);
	const slot = { buffer: new Uint8Array(0), start: 0, end: 0 };
	const key = encode('key 0042');
	assert.ok(keyspace.get(key, key.length, offset, slot));
	assert.equal(Buffer.from(slot.buffer.subarray(slot.start, slot.end)).toString(), '7'.repeat(1000));
	assert.deepEqual(store.verify(), []);
	await store.close();
	assert.equal(platform.files.list('/store').filter((name) => name.endsWith('.values')).length, 1);
});
