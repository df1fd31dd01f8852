/** Files of rows, made with other libraries where they can write the format, and read back as values. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { builtinTypes } from '../../value/builtin-types.ts';
import { defaultTextSettings } from '../../value/text-settings.ts';
import { textFormatter } from '../../value/value-text.ts';
import { avroBlock, avroHeader } from './avro-container.ts';
import { toValue } from './column-conversion.ts';
import { loadFlechette } from './flechette.ts';
import { readLz4Frame } from './lz4-frame.ts';
import { readHybrid } from './parquet-levels.ts';
import { openTabular } from './tabular-file.ts';
import { FILE_START, type FileBytes, type StartPlace, type TabularFormat, type TabularSource } from './tabular-source.ts';

function fileOf(bytes: Uint8Array | string): FileBytes {
	const all = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
	return { byteLength: all.length, read: (position, count) => new Uint8Array(all.subarray(position, position + count)) };
}

const open = (bytes: Uint8Array | string, format: TabularFormat): Promise<TabularSource> => openTabular(fileOf(bytes), 'the file', format);

/** Values as their text, by row. */
async function textsOf(source: TabularSource, start: StartPlace = FILE_START): Promise<(string | null)[][]> {
	const formats = source.columns.map((c) => textFormatter(c.type, builtinTypes, defaultTextSettings));
	const rows: (string | null)[][] = [];
	for await (const batch of source.batches(start))
		for (let r = 0; r < batch.rowCount; r++)
			rows.push(batch.columns.map((values, c) => (values[r] === null ? null : typeof values[r] === 'string' ? (values[r] as string) : formats[c]!(values[r]))));
	return rows;
}

const declared = (source: TabularSource): string[] => source.columns.map((c) => `${c.name} ${c.declared}`);

test('Parquet: types keep their digits, NULLs and nested values', async () => {
	const bytes = parquetWriteBuffer({
		schema: [
			{ name: 'root', num_children: 9 },
			{ name: 'small', type: 'INT32', repetition_type: 'OPTIONAL', converted_type: 'INT_16' },
			{ name: 'large', type: 'INT64', repetition_type: 'REQUIRED' },
			{ name: 'unsigned', type: 'INT64', repetition_type: 'OPTIONAL', converted_type: 'UINT_64' },
			{ name: 'price', type: 'INT64', repetition_type: 'OPTIONAL', converted_type: 'DECIMAL', precision: 18, scale: 4 },
			{ name: 'at', type: 'INT64', repetition_type: 'OPTIONAL', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'NANOS' } },
			{ name: 'day', type: 'INT32', repetition_type: 'OPTIONAL', converted_type: 'DATE' },
			{ name: 'name', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL', converted_type: 'UTF8' },
			{ name: 'bytes', type: 'FIXED_LEN_BYTE_ARRAY', type_length: 2, repetition_type: 'OPTIONAL' },
			{ name: 'ratio', type: 'DOUBLE', repetition_type: 'OPTIONAL' },
		],
		columnData: [
			{ name: 'small', data: [1, null, -3] },
			{ name: 'large', data: [9223372036854775807n, -5n, 9007199254740993n] },
			{ name: 'unsigned', data: [18446744073709551615n, null, 1n] },
			{ name: 'price', data: [1234567890.1234, null, -0.5] },
			{ name: 'at', data: [1700000000123456500n, null, -1500n] as never },
			{ name: 'day', data: [new Date('2024-02-29'), null, new Date('1969-12-31')] },
			{ name: 'name', data: ['ä', null, ''] },
			{ name: 'bytes', data: [Uint8Array.of(1, 255), null, Uint8Array.of(0, 0)] },
			{ name: 'ratio', data: [0.1, null, Number.NaN] },
		],
	});
	const source = await open(new Uint8Array(bytes), 'parquet');
	assert.deepEqual(declared(source), [
		'small smallint',
		'large bigint',
		'unsigned numeric(20,0)',
		'price numeric(18,4)',
		'at timestamptz',
		'day date',
		'name text',
		'bytes bytea',
		'ratio double precision',
	]);
	assert.deepEqual(await textsOf(source), [
		['1', '9223372036854775807', '18446744073709551615', '1234567890.1234', '2023-11-14 22:13:20.123457+00', '2024-02-29', 'ä', '\\x01ff', '0.1'],
		[null, '-5', null, null, null, null, null, null, null],
		['-3', '9007199254740993', '1', '-0.5000', '1969-12-31 23:59:59.999999+00', '1969-12-31', '', '\\x0000', 'NaN'],
	]);
});

test('Parquet: row groups, going on within one, dictionaries', async () => {
	const count = 25_000;
	const bytes = parquetWriteBuffer({
		rowGroupSize: 10_000,
		columnData: [
			{ name: 'n', data: Array.from({ length: count }, (_, i) => i), type: 'INT32' },
			{ name: 'word', data: Array.from({ length: count }, (_, i) => (i % 7 === 0 ? null : `w${i % 5}`)), type: 'STRING' },
			{ name: 'list', data: Array.from({ length: count }, (_, i) => ({ a: i, b: ['x', i % 2] })), type: 'JSON' },
		],
	});
	const source = await open(new Uint8Array(bytes), 'parquet');
	const all = await textsOf(source);
	assert.equal(all.length, count);
	for (const [i, row] of all.entries()) assert.deepEqual(row, [`${i}`, i % 7 === 0 ? null : `w${i % 5}`, `{"a": ${i}, "b": ["x", ${i % 2}]}`]);
	assert.deepEqual(await textsOf(source, { row: 12_345, position: 0, line: 0 }), all.slice(12_345));
});

test('Parquet: what is damaged is refused, with its place', async () => {
	const bytes = new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'n', data: Array.from({ length: 1000 }, (_, i) => i * 7919), type: 'INT32' }] }));
	await assert.rejects(open(bytes.subarray(0, 100), 'parquet'), { sqlstate: '22P04', message: /no Parquet file, or it was cut off/ });
	const broken = bytes.slice();
	broken.fill(255, 4, 24);
	const source = await open(broken, 'parquet');
	await assert.rejects(textsOf(source), { sqlstate: '22P04', message: /column n of row group 0 cannot be read/ });
});

test('levels and numbers: runs, packed groups of every width', () => {
	for (let width = 1; width <= 31; width++) {
		const expected = Array.from({ length: 16 }, (_, i) => ((i * 2654435761) >>> 0) % 2 ** width);
		const packed = new Uint8Array(2 * width);
		expected.forEach((value, i) => {
			for (let bit = 0; bit < width; bit++) if (Math.floor(value / 2 ** bit) % 2 === 1) packed[(i * width + bit) >> 3]! |= 1 << ((i * width + bit) & 7);
		});
		const run = [9 << 1, ...Array.from({ length: (width + 7) >> 3 }, (_, i) => (i === 0 ? 1 : 0))];
		const into = new Int32Array(25);
		readHybrid(Uint8Array.from([(2 << 1) | 1, ...packed, ...run]), 0, width, into, 25);
		assert.deepEqual(
			[...into].map((v) => v >>> 0),
			[...expected, ...new Array<number>(9).fill(1)],
			`width ${width}`,
		);
	}
	assert.throws(() => readHybrid(Uint8Array.of(3), 0, 4, new Int32Array(8), 8), /ends within/);
});

test('Arrow: files and streams, dictionaries, several batches, nested values', async () => {
	const f = await loadFlechette();
	const table = f.tableFromArrays(
		{
			id: [1n, -9223372036854775808n, null],
			u: [1, 4294967295, null],
			at: [1_700_000_000_123, null, -1],
			day: [new Date('2024-02-29'), null, new Date('1969-12-31')],
			price: [12345678901234567890n, -5n, null],
			name: ['a', 'b', 'a'],
			list: [[1, 2], [], null],
			item: [{ a: 1, b: 'x' }, { a: 2, b: null }, null],
			flag: [true, false, null],
		},
		{
			types: {
				id: f.int64(),
				u: f.uint32(),
				at: f.timestamp(f.TimeUnit.MILLISECOND, 'UTC'),
				day: f.dateDay(),
				price: f.decimal(38, 2),
				name: f.dictionary(f.utf8()),
				list: f.list(f.int32()),
				item: f.struct({ a: f.int8(), b: f.utf8() }),
				flag: f.bool(),
			},
			useDecimalInt: true,
			useBigInt: true,
			maxBatchRows: 2,
		},
	);
	for (const format of ['file', 'stream'] as const) {
		const source = await open(f.tableToIPC(table, { format })!, 'arrow');
		assert.deepEqual(declared(source), [
			'id bigint',
			'u bigint',
			'at timestamptz',
			'day date',
			'price numeric(38,2)',
			'name text',
			'list integer[]',
			'item jsonb',
			'flag boolean',
		]);
		const rows = await textsOf(source);
		assert.deepEqual(rows, [
			['1', '1', '2023-11-14 22:13:20.123+00', '2024-02-29', rows[0]![4]!, 'a', '{1,2}', '{"a": 1, "b": "x"}', 't'],
			['-9223372036854775808', '4294967295', null, null, rows[1]![4]!, 'b', '{}', '{"a": 2, "b": null}', 'f'],
			[null, null, '1969-12-31 23:59:59.999+00', '1969-12-31', null, 'a', null, null, null],
		]);
		assert.deepEqual(await textsOf(source, { row: 1, position: 0, line: 0 }), rows.slice(1));
	}
	await assert.rejects(open('FEA1 and more', 'arrow'), { sqlstate: '0A000' });
	await assert.rejects(open('id,name\n1,2\n', 'arrow'), { sqlstate: '22P04' });
});

test('Avro: logical types, unions, records in records; damaged blocks', async () => {
	const { default: avsc } = (await import('avsc')) as unknown as { readonly default: typeof import('avsc') };
	const schema = {
		type: 'record',
		name: 'shop.Sale',
		fields: [
			{ name: 'id', type: 'long' },
			{ name: 'price', type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 }] },
			{ name: 'at', type: { type: 'long', logicalType: 'timestamp-micros' } },
			{ name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['A', 'B'] } },
			{ name: 'tags', type: { type: 'array', items: ['null', 'string'] } },
			{ name: 'other', type: ['null', 'string', 'Kind', { type: 'map', values: 'int' }] },
			{ name: 'next', type: ['null', { type: 'record', name: 'Link', fields: [{ name: 'to', type: ['null', 'Link'] }] }] },
		],
	} as const;
	const type = avsc.Type.forSchema(schema as never, { wrapUnions: true } as never);
	const datums = [
		{
			id: 1,
			price: { bytes: Buffer.from([0xff, 0x38]) },
			at: -1,
			kind: 'B',
			tags: [{ string: 'x' }, null],
			other: { map: { a: 1 } },
			next: { 'shop.Link': { to: { 'shop.Link': { to: null } } } },
		},
		{ id: 9007199254740990, price: null, at: 0, kind: 'A', tags: [], other: { 'shop.Kind': 'A' }, next: null },
	].map((datum) => type.toBuffer(datum));
	const sync = new Uint8Array(16).fill(7);
	const bytes = Buffer.concat([avroHeader(schema, sync), avroBlock(1, [datums[0]!], sync), avroBlock(1, [datums[1]!], sync)]);
	const source = await open(bytes, 'avro');
	assert.deepEqual(declared(source), ['id bigint', 'price numeric(9,2)', 'at timestamptz', 'kind text', 'tags text[]', 'other jsonb', 'next jsonb']);
	assert.deepEqual(await textsOf(source), [
		['1', '-2.00', '1969-12-31 23:59:59.999999+00', 'B', '{x,NULL}', '{"a": 1}', '{"to": {"to": null}}'],
		['9007199254740990', null, '1970-01-01 00:00:00+00', 'A', '{}', 'A', null],
	]);
	await assert.rejects(textsOf(await open(bytes.subarray(0, bytes.length - 3), 'avro')), { sqlstate: '22P04', message: /block at position \d+ .*cut off/ });
});

test('CSV: as COPY reads it; lines, guesses, records that are none', async () => {
	const source = await open('\ufeffid,name,at\r\n1,"a ""b""\nc",2024-01-01\r\n\r\n2,,2024-01-02\n3,""\n"4",x"y,z"w,2024-01-03', 'csv');
	assert.deepEqual(declared(source), ['id bigint', 'name text', 'at date']);
	const batches = [];
	for await (const batch of source.batches(FILE_START)) batches.push(batch);
	const batch = batches[0]!;
	assert.deepEqual(batch.columns, [
		['1', '2', null, '4'],
		['a "b"\nc', null, null, 'xy,zw'],
		['2024-01-01', '2024-01-02', null, '2024-01-03'],
	]);
	assert.deepEqual([...batch.unreadable!], [[2, 'missing data for column "at"']]);
	assert.deepEqual(batch.lines, [2, 5, 6, 7]);
	assert.equal(batch.original!(2), '3,""');
	await assert.rejects(open('a\n"b', 'csv'), { sqlstate: '22P04' });
});

test('JSON lines: exact numbers, fields in the order of the file, going on from a place', async () => {
	const lines = Array.from({ length: 10_000 }, (_, i) => `{"n":${i},"big":1234567890123456789${i % 10},"o":{"b":1,"a":[null,${i}.50]}}\n`).join('');
	const source = await open(lines, 'jsonl');
	assert.deepEqual(declared(source), ['n bigint', 'big numeric', 'o jsonb']);
	const places: StartPlace[] = [];
	let count = 0;
	for await (const batch of source.batches(FILE_START)) {
		count += batch.rowCount;
		places.push({ row: count, position: batch.nextPosition, line: batch.nextLine });
	}
	const all = await textsOf(source);
	assert.deepEqual(all[7], ['7', '12345678901234567897', '{"a": [null, 7.50], "b": 1}']);
	assert.deepEqual(await textsOf(source, places[0]), all.slice(places[0]!.row));
	const odd = await open('{"a":1}\n[2]\n{"a":2,"b":3}\n'.replace('"b":3', '"a":4'), 'jsonl');
	for await (const batch of odd.batches(FILE_START)) assert.deepEqual([...batch.unreadable!], [[1, 'the line is not a JSON object']]);
});

test('values of a file in columns of other types', () => {
	const type = (name: string) => builtinTypes.byName(name)!;
	const convert = (declaredAs: string, from: string, to: string, value: unknown): unknown => {
		const column = { name: 'c', type: type(from), typmod: -1, declared: declaredAs };
		const way = toValue(column, { type: type(to), typmod: -1 }, builtinTypes, defaultTextSettings);
		return way === null ? value : way(value);
	};
	assert.equal(convert('integer', 'int4', 'int8', 5), 5);
	assert.throws(() => convert('bigint', 'int8', 'int2', 70_000), { sqlstate: '22003' });
	assert.equal(convert('bytea', 'bytea', 'text', Uint8Array.of(0xc3, 0xa4)), 'ä');
	assert.throws(() => convert('bytea', 'bytea', 'text', Uint8Array.of(0xff)), { sqlstate: '22021' });
	assert.throws(() => convert('text', 'text', 'text', 'a\u0000'), { sqlstate: '22021' });
	assert.equal(convert('text', 'text', 'date', '1970-01-02'), 1);
});

test('frames of LZ4: copies that overlap, raw blocks, what is cut off', () => {
	// Four literals, then a copy of twelve bytes from four before, then one literal.
	const block = [0x48, 1, 2, 3, 4, 4, 0, 0x10, 9];
	const raw = [7, 8];
	const frame = Uint8Array.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0, block.length, 0, 0, 0, ...block, raw.length, 0, 0, 0x80, ...raw, 0, 0, 0, 0]);
	assert.deepEqual([...readLz4Frame(frame)], [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 9, 7, 8]);
	assert.throws(() => readLz4Frame(frame.subarray(0, 15)));
	assert.throws(() => readLz4Frame(Uint8Array.of(1, 2, 3, 4, 5, 6, 7)), /no frame/);
});
