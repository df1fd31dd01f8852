/** Rows must give back what was put in, column by column, also after columns were added and dropped. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ARBITRARY_VALUES, testLookup } from './arbitrary-values.testing.ts';
import { BOOL, DATE, INT2, INT4, INT8, NUMERIC, OID, TEXT, TIME } from './builtin-types.ts';
import { GrowingKeyBuffer } from './key-buffer.ts';
import { columnGetter, inlineGetter, inlineIsCurrent, type RowColumn, RowLayout, rowDecoder, rowEncoder, schemaVersionOf } from './row-format.ts';
import type { Type } from './type.ts';

function column(type: Type, more: Partial<RowColumn> = {}): RowColumn {
	return { type, typmod: -1, addedIn: 0, dropped: false, missing: null, ...more };
}

function encode(layout: RowLayout, row: readonly unknown[]): { bytes: Uint8Array; start: number; end: number } {
	const target = new GrowingKeyBuffer(1);
	target.bytes = new Uint8Array([9, 9, 9]);
	target.length = 3;
	rowEncoder(layout)(row, target);
	return { bytes: target.bytes, start: 3, end: target.length };
}

const anyRow = fc.array(
	fc.constantFrom(...ARBITRARY_VALUES).chain(([type, values]) => fc.option(values, { nil: null }).map((value) => ({ type, value }))),
	{ maxLength: 20 },
);

test('a row gives back its values', () => {
	fc.assert(
		fc.property(anyRow, fc.integer({ min: 0, max: 700 }), (cells, version) => {
			const layout = new RowLayout(
				cells.map((cell) => column(cell.type)),
				version,
				testLookup,
			);
			const values = cells.map((cell) => cell.value);
			const { bytes, start, end } = encode(layout, values);
			assert.deepEqual(rowDecoder(layout)(bytes, start, end), values);
			values.forEach((value, index) => {
				assert.deepEqual(columnGetter(layout, index)(bytes, start, end), value);
			});
			assert.equal(schemaVersionOf(bytes, start), version);
		}),
		{ numRuns: 500 },
	);
});

test('rows of older versions show added columns with their missing value and hide dropped ones', () => {
	const one = new RowLayout([column(INT4), column(TEXT)], 0, testLookup);
	const two = new RowLayout(
		[column(INT4), column(TEXT), column(TEXT, { addedIn: 1, missing: 'new' }), column(INT8, { addedIn: 1, missing: 7 })],
		1,
		testLookup,
	);
	const three = new RowLayout(
		[
			column(INT4),
			column(TEXT, { dropped: true }),
			column(TEXT, { addedIn: 1, missing: 'new' }),
			column(INT8, { addedIn: 1, missing: 7 }),
			column(NUMERIC, { addedIn: 2 }),
		],
		2,
		testLookup,
	);
	const first = encode(one, [1, 'one']);
	const second = encode(two, [2, 'two', 'zwei', null]);
	const third = encode(three, [3, 'drei', 33, null]);
	const decode = rowDecoder(three);
	assert.deepEqual(decode(first.bytes, first.start, first.end), [1, 'new', 7, null]);
	assert.deepEqual(decode(second.bytes, second.start, second.end), [2, 'zwei', null, null]);
	assert.deepEqual(decode(third.bytes, third.start, third.end), [3, 'drei', 33, null]);
	assert.equal(columnGetter(three, 1)(first.bytes, first.start, first.end), null);
	assert.deepEqual(rowDecoder(two)(first.bytes, first.start, first.end), [1, 'one', 'new', 7]);
	assert.throws(() => rowDecoder(two)(third.bytes, third.start, third.end), { code: 'corruption' });
});

test('rows past 64 KiB are long and read the same', () => {
	const layout = new RowLayout([column(TEXT), column(INT4), column(TEXT), column(TEXT)], 300, testLookup);
	const row = ['x'.repeat(70_000), 5, 'short', 'y'.repeat(100_000)];
	const { bytes, start, end } = encode(layout, row);
	assert.deepEqual(rowDecoder(layout)(bytes, start, end), row);
	assert.equal(columnGetter(layout, 2)(bytes, start, end), 'short');
	for (const length of [65_535, 65_536]) {
		const small = new RowLayout([column(TEXT)], 0, testLookup);
		const value = 'z'.repeat(length - 5);
		const written = encode(small, [value]);
		assert.deepEqual(rowDecoder(small)(written.bytes, written.start, written.end), [value]);
	}
});

test('inline text reads slots as the getters do', () => {
	const layout = new RowLayout(
		[column(INT4), column(BOOL), column(INT2), column(OID), column(INT8), column(DATE), column(TIME), column(TEXT)],
		258,
		testLookup,
	);
	for (const row of [
		[-5, true, -2, 4294967295, 2 ** 53 - 1, 18000, 86_400_000_000, 'a'],
		[5, false, 2, 0, 2n ** 53n, Number.POSITIVE_INFINITY, 0, 'a'],
		[5, false, 2, 0, -(2 ** 53) + 1, Number.NEGATIVE_INFINITY, 1, 'a'],
		[5, false, 2, 0, -(2n ** 53n), -1, 1, 'a'],
		[5, false, 2, 0, -(2n ** 63n), -1, 1, 'a'],
		[5, false, 2, 0, -1, -1, 1, 'a'],
		[null, null, null, null, null, null, null, null],
	]) {
		const { bytes, start } = encode(layout, row);
		const run = (text: string): unknown => new Function('bytes', 'at', `return ${text};`)(bytes, start);
		assert.equal(run(inlineIsCurrent(layout, 'bytes', 'at')), true);
		for (let index = 0; index < 7; index++) assert.equal(run(inlineGetter(layout, index, 'bytes', 'at')!), row[index]);
	}
	assert.equal(inlineGetter(layout, 7, 'bytes', 'at'), null);
});

test('a table altered too often is refused', () => {
	assert.throws(() => new RowLayout([], 40_000, testLookup), { sqlstate: '54000' });
});

test('the worked example of the format page', () => {
	const layout = new RowLayout([column(INT4), column(TEXT), column(INT4)], 1, testLookup);
	const { bytes, start, end } = encode(layout, [7, 'Kind of Blue', null]);
	assert.equal(Buffer.from(bytes.subarray(start, end)).toString('hex'), `010004${'07000000'}${'00000000'}1900${Buffer.from('Kind of Blue').toString('hex')}`);
});
