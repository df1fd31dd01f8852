/** Column files: the example of the format's page, damage, and rows that come back as they were. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-writer.ts';
import { checksum } from '../../bytes/checksum.ts';
import { CorruptionError, UnsupportedError } from '../../platform/errors.ts';
import { INT4, INT8, TEXT } from '../../value/builtin-types.ts';
import { GrowingKeyBuffer } from '../../value/key-buffer.ts';
import { RowLayout, rowEncoder } from '../../value/row-format.ts';
import type { Type, TypeLookup } from '../../value/type.ts';
import { TestFiles } from '../test-platform.ts';
import { ColumnCursor } from './column-cursor.ts';
import { ColumnFile } from './column-file.ts';
import { type ColumnFileInfo, ColumnFileWriter } from './column-file-writer.ts';
import { ColumnPool } from './column-pool.ts';
import { checkHeader, encodeHeader } from './file-format.ts';
import { decodeShape, encodeShape, type RowShape } from './row-shape.ts';

const page = readFileSync(new URL('../../../docs/formats/column-file.md', import.meta.url), 'utf8');
const lookup: TypeLookup = { typeByOid: () => undefined } as unknown as TypeLookup;
const column = (type: Type) => ({ type, typmod: -1, addedIn: 1, dropped: false, missing: null });
const layout = new RowLayout([column(INT4), column(TEXT), column(INT8)], 1, lookup);
const encode = rowEncoder(layout);
const SHAPE: RowShape = {
	version: 1,
	isEntry: false,
	columns: [
		{ attribute: 1, kind: 'integer', width: 4, addedIn: 1, missing: null },
		{ attribute: 2, kind: 'bytes', width: 0, addedIn: 1, missing: null },
		{ attribute: 3, kind: 'integer', width: 8, addedIn: 1, missing: null },
	],
};

type Row = readonly [number | null, string | null, number | bigint | null];

function keyOf(row: number): Uint8Array {
	return Uint8Array.of(0, 0, row >> 8, row);
}

function bytesOf(row: Row): Uint8Array {
	const target = new GrowingKeyBuffer(64);
	encode(row, target);
	return target.copy();
}

function write(rows: readonly Row[], replaced: readonly number[] = []): { files: TestFiles; info: ColumnFileInfo } {
	const files = new TestFiles();
	const writer = new ColumnFileWriter(files, '/s', 1, SHAPE);
	rows.forEach((row, i) => {
		const key = keyOf(i);
		const value = bytesOf(row);
		writer.add(key, 0, key.length, value, 0, value.length);
	});
	for (const row of replaced) writer.replace(7, row);
	return { files, info: writer.finish()! };
}

function open(files: TestFiles, info: ColumnFileInfo): ColumnFile {
	return new ColumnFile(files, '/s', info, new ColumnPool(1 << 20, false));
}

function valuesIn(file: ColumnFile): string[] {
	const cursor = new ColumnCursor(file, null, false);
	cursor.seek(null, null);
	const found: string[] = [];
	while (cursor.next()) found.push(Buffer.from(cursor.valueBuffer.slice(cursor.valueStart, cursor.valueEnd)).toString('hex'));
	return found;
}

const EXAMPLE: readonly Row[] = [
	[7, 'red', 1],
	[9, null, 2],
	[7, 'red', 2 ** 40],
];

test('the example of the format page is what is written', () => {
	const rows = [...page.matchAll(/^ *(\d+) {2}((?:[0-9a-f]{2} )+)/gm)];
	const { files, info } = write(EXAMPLE, [3, 4, 9]);
	const file = files.contents.get('/s/000001.col')!;
	const stored = Buffer.from(file.bytes.slice(0, file.length)).toString('hex');
	assert.equal(info.bytes * 2, stored.length);
	assert.equal(stored, rows.map(([, , bytes]) => bytes!.replaceAll(' ', '')).join(''), stored.replace(/(..)/g, '$1 '));
});

test('rows come back byte for byte, also long ones, NULLs and integers of any size', () => {
	const rows: Row[] = Array.from(
		{ length: 3000 },
		(_, i): Row => [i % 7 === 0 ? null : i * 3, i % 5 === 0 ? null : `text ${i % 90}`, i % 11 === 0 ? 2n ** 62n + BigInt(i) : i - 1000],
	);
	rows[17] = [1, 'x'.repeat(70_000), 5];
	const { files, info } = write(rows);
	assert.deepEqual(
		valuesIn(open(files, info)),
		rows.map((row) => Buffer.from(bytesOf(row)).toString('hex')),
	);
});

test('every flipped bit is noticed', () => {
	const { files, info } = write(EXAMPLE, [3, 4, 9]);
	const stored = files.contents.get('/s/000001.col')!;
	assert.deepEqual(open(files, info).verify(), []);
	for (let at = 0; at < info.bytes; at++) {
		for (let bit = 0; bit < 8; bit++) {
			stored.bytes[at]! ^= 1 << bit;
			const file = open(files, info);
			assert.notDeepEqual(file.verify(), [], `bit ${bit} of byte ${at}`);
			file.close();
			stored.bytes[at]! ^= 1 << bit;
		}
	}
});

test('a header of a newer release is refused, one that is no header is damage', () => {
	const header = encodeHeader();
	checkHeader(header, 'x');
	const other = header.slice();
	other[0] = 0;
	assert.throws(() => checkHeader(other, 'x'), CorruptionError);
	const newer = new ByteWriter();
	newer.raw(header.subarray(0, 8));
	newer.uint32(9);
	newer.uint32(crcOf(newer.copy()));
	assert.throws(() => checkHeader(newer.copy(), 'x'), UnsupportedError);
});

function crcOf(bytes: Uint8Array): number {
	const writer = new ByteWriter();
	writer.raw(bytes);
	return checksum(writer.bytes, 0, writer.length);
}

test('a shape comes back as it was', () => {
	for (const shape of [null, SHAPE, { ...SHAPE, isEntry: true, columns: [{ ...SHAPE.columns[0]!, missing: Uint8Array.of(1, 2, 3, 4) }] }]) {
		const writer = new ByteWriter();
		encodeShape(shape, writer);
		assert.deepEqual(decodeShape(new ByteReader(writer.copy())), shape);
	}
});
