/** The bytes of a small segment are those of the example in `docs/formats/hash.md`. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CorruptionError, UnsupportedError } from '../../platform/errors.ts';
import { BlockCache } from '../block-cache.ts';
import { TestFiles } from '../test-platform.ts';
import { Segment } from './segment.ts';
import { SegmentCursor } from './segment-cursor.ts';
import { decodeHeader, encodeHeader } from './segment-format.ts';
import { SegmentWriter } from './segment-writer.ts';

const page = readFileSync(new URL('../../../docs/formats/hash.md', import.meta.url), 'utf8');

function bytesOf(text: string): Uint8Array {
	return new Uint8Array(Buffer.from(text));
}

function write(entries: readonly (readonly [string, string | null])[]): { files: TestFiles; segment: Segment } {
	const files = new TestFiles();
	const writer = new SegmentWriter(files, '/s', 1, 7);
	for (const [key, value] of entries) {
		const bytes = bytesOf(key);
		writer.add(bytes, 0, bytes.length, value === null ? null : bytesOf(value), 0, value === null ? 0 : Buffer.byteLength(value));
	}
	return { files, segment: new Segment(files, '/s', writer.finish()!, 1, new BlockCache(1 << 20, 10)) };
}

test('the example of the format page is what is written', () => {
	const rows = [...page.matchAll(/^ *(\d+) {2}((?:[0-9a-f]{2} )+)/gm)];
	const expected = rows.map(([, , bytes]) => bytes!.replaceAll(' ', '')).join('');
	let at = 0;
	for (const [, position, bytes] of rows) {
		assert.equal(Number(position), at);
		at += bytes!.trim().split(' ').length;
	}
	const { files } = write([
		['apple', 'red'],
		['fig', null],
		['plum', 'blue'],
	]);
	const file = files.contents.get('/s/000001.hash')!;
	assert.equal(Buffer.from(file.bytes.slice(0, file.length)).toString('hex'), expected);
});

test('a header is checked in the order length, magic, version, checksum', () => {
	const header = encodeHeader(9);
	assert.equal(decodeHeader(header, 'x'), 9);
	assert.throws(() => decodeHeader(header.subarray(0, 19), 'x'), CorruptionError);
	const newer = header.slice();
	newer[8] = 2;
	assert.throws(() => decodeHeader(newer, 'x'), UnsupportedError);
	const foreign = newer.slice();
	foreign[0] = 0;
	assert.throws(() => decodeHeader(foreign, 'x'), /begin like a segment/);
	const damaged = header.slice();
	damaged[13] = 1;
	assert.throws(() => decodeHeader(damaged, 'x'), /checksum/);
});

test('a walk finds its place by a key, in the middle of fences, and ends at a bound', () => {
	const keys = Array.from({ length: 3000 }, (_, i) => `key ${String(i * 2).padStart(6, '0')}`);
	const { segment } = write(keys.map((key, i) => [key, 'v'.repeat(i % 400)]));
	assert.ok(segment.fences().length > 5);
	for (const from of [-1, 0, 1, 2, 999, 2501, 5997, 5998, 5999]) {
		const cursor = new SegmentCursor(segment, 4096, null);
		cursor.seek(bytesOf(`key ${String(Math.max(from, 0)).padStart(6, '0')}`), bytesOf('key 005990'));
		const found: string[] = [];
		while (cursor.next()) found.push(Buffer.from(cursor.keyBuffer.slice(cursor.keyStart, cursor.keyEnd)).toString());
		assert.equal(cursor.next(), false);
		assert.deepEqual(
			found,
			keys.filter((key) => key >= `key ${String(Math.max(from, 0)).padStart(6, '0')}` && key < 'key 005990'),
		);
	}
});
