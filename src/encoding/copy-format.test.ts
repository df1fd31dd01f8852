/** COPY's formats, read and written; expectations are PostgreSQL 15's answers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PolylogError } from '../platform/errors.ts';
import { CopyBinaryDecoder } from './copy-binary-decoder.ts';
import { CopyCsvDecoder } from './copy-csv-decoder.ts';
import { CopyBinaryEncoder, CopyLineEncoder } from './copy-encoder.ts';
import { integerFieldParser, parseUtf8 } from './copy-field.ts';
import { type CopyDecoder, type CopyTextOptions, csvDefaults, textDefaults } from './copy-options.ts';
import { CopyTextDecoder } from './copy-text-decoder.ts';

type Row = readonly unknown[];

function decoder(options: CopyTextOptions, columns: number, rows: Row[]): CopyDecoder {
	const names = Array.from({ length: columns }, (_, index) => String.fromCharCode(97 + index));
	const parsers = names.map(() => parseUtf8);
	const made = options.format === 'csv' ? CopyCsvDecoder : CopyTextDecoder;
	return new made(options, { table: 't', columns: names }, parsers, (row) => rows.push([...row]));
}

function read(options: CopyTextOptions, columns: number, text: string | Buffer, pieceBytes = 0): Row[] {
	const rows: Row[] = [];
	const reader = decoder(options, columns, rows);
	const bytes = Buffer.from(text as string);
	const step = pieceBytes === 0 ? Math.max(1, bytes.length) : pieceBytes;
	for (let at = 0; at < bytes.length; at += step) {
		const piece = Buffer.from(bytes.subarray(at, at + step));
		reader.push(piece);
		piece.fill(0x21);
	}
	reader.finish();
	return rows;
}

function failure(options: CopyTextOptions, columns: number, text: string | Buffer): PolylogError {
	try {
		read(options, columns, text);
	} catch (error) {
		return error as PolylogError;
	}
	throw new Error('no error');
}

test('text: fields, nulls and escapes', () => {
	assert.deepEqual(read(textDefaults, 2, '1\ta\n2\t\\N\n\\\\N\t\\t\\n\\b\\f\\v\\r\\\\\n'), [
		['1', 'a'],
		['2', null],
		['\\N', '\t\n\b\f\v\r\\'],
	]);
	assert.deepEqual(read(textDefaults, 1, '\\101\\x42\\x4\\q\\0601\n'), [['AB\x04q01']]);
	assert.deepEqual(read(textDefaults, 2, 'a\\\nb\tc\n'), [['a\nb', 'c']]);
	assert.deepEqual(read({ ...textDefaults, delimiter: '|', nullText: '' }, 3, 'a\\|b||c\n'), [['a|b', null, 'c']]);
});

test('text: line ends of any one kind, an end mark, a last line without end', () => {
	assert.deepEqual(read(textDefaults, 1, 'a\r\nb\r\n'), [['a'], ['b']]);
	assert.deepEqual(read(textDefaults, 1, 'a\rb\r'), [['a'], ['b']]);
	assert.deepEqual(read(textDefaults, 1, 'a\nb'), [['a'], ['b']]);
	assert.deepEqual(read(textDefaults, 1, 'a\n\\.\nb\n'), [['a']]);
	assert.deepEqual(read(textDefaults, 1, 'a\n\\.'), [['a']]);
	assert.deepEqual(read(textDefaults, 1, '\n\n'), [[''], ['']]);
	assert.deepEqual(read(textDefaults, 0, '\n\n'), [[], []]);
});

test('text: errors say what and where', () => {
	const missing = failure(textDefaults, 2, 'a\tb\nc\n');
	assert.equal(missing.message, 'missing data for column "b"');
	assert.equal(missing.sqlstate, '22P04');
	assert.equal(missing.where, 'COPY t, line 2: "c"');
	assert.equal(failure(textDefaults, 1, 'a\tb\n').message, 'extra data after last expected column');
	assert.equal(failure(textDefaults, 1, 'a\nb\rc\n').message, 'literal carriage return found in data');
	assert.equal(failure(textDefaults, 1, 'a\r\nb\n').message, 'literal newline found in data');
	assert.equal(failure(textDefaults, 1, 'a\\.b\n').message, 'end-of-copy marker corrupt');
	const utf8 = failure(textDefaults, 1, Buffer.from([0x61, 0xff, 0x0a]));
	assert.equal(utf8.sqlstate, '22021');
	assert.match(utf8.where ?? '', /^COPY t, line 1, column a: /);
});

test('csv: quotes, nulls and lines inside quotes', () => {
	assert.deepEqual(read(csvDefaults, 3, '1,"a ""b"", c",\n2,"x\ny",""\n'), [
		['1', 'a "b", c', null],
		['2', 'x\ny', ''],
	]);
	assert.deepEqual(read(csvDefaults, 1, 'ab"c,d"e\n'), [['abc,de']]);
	assert.deepEqual(read({ ...csvDefaults, escape: '\\' }, 2, '"a\\"b","c\\\\d"\n'), [['a"b', 'c\\d']]);
	assert.deepEqual(read({ ...csvDefaults, quote: "'", delimiter: ';' }, 2, "'a;b';c\n"), [['a;b', 'c']]);
	assert.deepEqual(read({ ...csvDefaults, header: true }, 1, 'whatever\n1\n'), [['1']]);
	assert.deepEqual(read({ ...csvDefaults, forceNotNull: [0], forceNull: [1] }, 2, ',""\n'), [['', null]]);
	assert.deepEqual(read(csvDefaults, 1, 'a\r\n"b\r\nc"\r\n'), [['a'], ['b\r\nc']]);
	assert.deepEqual(read(csvDefaults, 1, 'a\n\\.\nb\n'), [['a']]);
	assert.deepEqual(read(csvDefaults, 2, 'a,'), [['a', null]]);
});

test('csv: errors', () => {
	assert.equal(failure(csvDefaults, 1, '"a\n').message, 'unterminated CSV quoted field');
	assert.equal(failure(csvDefaults, 2, 'a\n').message, 'missing data for column "b"');
	assert.equal(failure({ ...csvDefaults, header: 'match' }, 2, 'a,x\n').message, 'column name mismatch in header line field 2: got "x", expected "b"');
	const error = failure(csvDefaults, 2, 'a,"x\ny"\n"p\nq\n');
	assert.equal(error.where?.slice(0, 14), 'COPY t, line 3');
});

test('what is written reads back, in any pieces', () => {
	const value = fc.option(
		fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.constantFrom('', '\\N', '\\.', '"', '""', '\n', '\r\n', ',', '\\', 'NULL')),
		{ nil: null },
	);
	const rows = fc.array(fc.tuple(value, value), { maxLength: 8 });
	const options = fc.constantFrom(
		textDefaults,
		csvDefaults,
		{ ...csvDefaults, escape: '\\', nullText: 'NULL' },
		{ ...csvDefaults, forceQuote: [1], header: true },
		{ ...textDefaults, delimiter: '|', nullText: '' },
	);
	fc.assert(
		fc.property(rows, options, fc.integer({ min: 1, max: 30 }), (written, format, pieceBytes) => {
			// A text format without its own mark for NULL cannot tell it from the empty text; zero bytes are no text.
			const clean = written.map((row) =>
				row.map((item) =>
					item === null || (item === '' && format.format === 'text' && format.nullText === '') ? null : Buffer.from(item.replaceAll('\0', '')).toString(),
				),
			);
			const encoder = new CopyLineEncoder(format, ['a', 'b'], [(text: string) => text, (text: string) => text]);
			const pieces = [Buffer.from(encoder.header() ?? [])];
			for (const row of clean) {
				encoder.begin();
				row.forEach((item, index) => {
					encoder.writers[index]!(item);
				});
				encoder.end();
			}
			for (const piece of encoder.rows()) pieces.push(Buffer.from(piece));
			const expected = format.nullText === '' && format.format === 'text' ? clean.map((row) => row.map((item) => (item === '' ? null : item))) : clean;
			assert.deepEqual(read(format, 2, Buffer.concat(pieces), pieceBytes), expected);
		}),
	);
});

test('binary: what is written reads back, in any pieces', () => {
	const encode = (value: unknown, target: { bytes: Uint8Array; length: number }): void => {
		const bytes = Buffer.from(value as string);
		if (target.length + bytes.length > target.bytes.length) {
			const larger = Buffer.alloc((target.length + bytes.length) * 2);
			larger.set(target.bytes.subarray(0, target.length));
			target.bytes = larger;
		}
		target.bytes.set(bytes, target.length);
		target.length += bytes.length;
	};
	const encoder = new CopyBinaryEncoder([encode, encode]);
	const wanted: Row[] = [
		['a', null],
		['', 'grün'],
		['x'.repeat(200_000), '1'],
	];
	const pieces = [encoder.header()];
	for (const row of wanted) {
		encoder.begin();
		row.forEach((item, index) => {
			encoder.writers[index]!(item);
		});
		encoder.end();
	}
	for (const piece of encoder.rows()) pieces.push(Buffer.from(piece));
	pieces.push(encoder.trailer());
	const bytes = Buffer.concat(pieces);
	for (const step of [1000, 7919, bytes.length]) {
		const rows: Row[] = [];
		const reader = new CopyBinaryDecoder({ table: 't', columns: ['a', 'b'] }, [parseUtf8, parseUtf8], (row) => rows.push([...row]));
		for (let at = 0; at < bytes.length; at += step) reader.push(bytes.subarray(at, at + step));
		reader.finish();
		assert.deepEqual(rows, wanted);
	}
	const wrong = new CopyBinaryDecoder({ table: 't', columns: ['a'] }, [parseUtf8], () => {});
	assert.throws(() => wrong.push(Buffer.from('nonsense')), /signature/);
});

test('integers are read without becoming text, and wrong ones by their input function', () => {
	const parser = integerFieldParser(-32768, 32767, (text) => `text ${text}`);
	const parse = (text: string): unknown => parser(Buffer.from(text), 0, text.length);
	assert.deepEqual(['0', '-0', '32767', '-32768', '32768', '', '-', '1x', ' 1', '1'.repeat(20)].map(parse), [
		0,
		0,
		32767,
		-32768,
		'text 32768',
		'text ',
		'text -',
		'text 1x',
		'text  1',
		`text ${'1'.repeat(20)}`,
	]);
});

test('a very long row in many pieces is read in linear time', () => {
	const rows: Row[] = [];
	const reader = decoder(csvDefaults, 1, rows);
	const piece = Buffer.from('some text, with commas\n'.repeat(400));
	reader.push(Buffer.from('"'));
	for (let count = 0; count < 1000; count++) reader.push(piece);
	reader.push(Buffer.from('"\n'));
	reader.finish();
	assert.equal((rows[0]![0] as string).length, piece.length * 1000);
});
