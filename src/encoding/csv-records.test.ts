import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CsvRecords } from './csv-records.ts';

function read(text: string, separator = ',', pieceBytes = 5): (string | null)[][] {
	const bytes = Buffer.from(text);
	let at = 0;
	const next = (): Uint8Array | null => (at >= bytes.length ? null : bytes.subarray(at, (at += pieceBytes)));
	return [...new CsvRecords(next, separator).records()];
}

test('records are lists of fields; what is empty is null, what is quoted is not', () => {
	assert.deepEqual(read('a,b\n1,\n"",x\n'), [
		['a', 'b'],
		['1', null],
		['', 'x'],
	]);
	assert.deepEqual(read('\ufeffid;name\r\n7;"a;b\r\nc ""d"" e"\r\n\r\n8;ü', ';'), [
		['id', 'name'],
		['7', 'a;b\r\nc "d" e'],
		['8', 'ü'],
	]);
	assert.deepEqual(read('one,two,\nthree'), [['one', 'two', null], ['three']]);
	assert.deepEqual(read(''), []);
	assert.deepEqual(read('"a\\"b",c\n"x\\",d'), [
		['a"b', 'c'],
		['x\\', 'd'],
	]);
});

test('what is wrong is told with its line', () => {
	assert.throws(() => read('a,b\n"c'), { sqlstate: '22P04', message: 'a quote is not closed (line 2 of the CSV text)' });
	assert.throws(() => read('a\n"b" c'), { message: 'a quoted field goes on behind its quote (line 2 of the CSV text)' });
	assert.throws(() => [...new CsvRecords(() => Buffer.from([0x61, 0xff]), ',').records()], { sqlstate: '22021' });
});

test('what is written in quotes is read back, however the bytes are cut', () => {
	const field = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('', ',', '"', '\n', 'ä🐟', ' '));
	fc.assert(
		fc.property(fc.array(fc.array(field, { minLength: 1, maxLength: 4 }), { maxLength: 6 }), fc.integer({ min: 1, max: 9 }), (rows, pieceBytes) => {
			// A backslash before a quote means the quote: such fields are written otherwise.
			const written = rows.map((row) => row.map((text) => text.replaceAll('\\', '/').replaceAll('\ufeff', '')));
			const text = written.map((row) => `${row.map((f) => `"${f.replaceAll('"', '""')}"`).join(',')}\n`).join('');
			assert.deepEqual(read(text, ',', pieceBytes), written);
		}),
	);
});
