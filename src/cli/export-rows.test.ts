/** Tables out as Parquet, Arrow and Avro, and in again; DuckDB reads the same, where it is installed. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openDatabase } from '../database/open.ts';
import { command as exports } from './export.ts';

const scratch = mkdtempSync(join(tmpdir(), 'polylog-export-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

const COLUMNS = `id int primary key, flag boolean, small smallint, large bigint, single real, double double precision, price numeric(12,2), huge numeric(38,10),
	free numeric, name text, code varchar(5), day date, at time, local timestamp, instant timestamptz, span interval, item jsonb, key uuid, bytes bytea, numbers int[], words text[], prices numeric(5,1)[]`;
const ROWS = `(1, true, -32768, 9223372036854775807, 1.5, 0.1, 12345.67, 1234567890123456789012345678.0123456789, 0.00100, 'ä"', 'x', '2024-02-29', '23:59:59.999999',
	'0001-01-01 00:00:00.000001', '2024-03-10 12:00:00.123456+02', '1 mon 2 days 00:00:03.000004', '{"a": [1, null, 12345678901234567890]}', '123e4567-e89b-12d3-a456-426614174000', '\\x00ff', '{1,NULL,3}', '{a,"b,c"}', '{1.5,-2.5}'),
	(2, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null),
	(3, false, 0, -9223372036854775808, 'NaN', '-Infinity', -0.01, -1, 1e20, '', '', '1969-12-31', '00:00', '9999-12-31 23:59:59.999999', '1969-12-31 23:59:59.999999+00', '0',
	'null', '00000000-0000-0000-0000-000000000000', '', '{}', '{""}', '{NULL}')`;

async function makeDatabase(): Promise<string> {
	const data = join(scratch, 'data');
	const db = await openDatabase(data);
	await db.execute(`create table everything (${COLUMNS}); insert into everything values ${ROWS};
		create table many as select n, 'row ' || n as t, (n / 8.0)::numeric(9,3) as q from generate_series(1, 150000) n`);
	await db.close();
	return data;
}

const database = makeDatabase();

async function exported(...args: readonly string[]): Promise<void> {
	const { write } = process.stderr;
	process.stderr.write = () => true;
	try {
		assert.equal(await exports.run([await database, ...args]), 0);
	} finally {
		process.stderr.write = write;
	}
}

for (const format of ['parquet', 'arrow', 'avro'] as const)
	test(`${format}: every type comes back as it was`, async () => {
		const file = join(scratch, `everything.${format}`);
		await exported('--table', 'everything', '--format', format, '-o', file);
		const db = await openDatabase(await database, { int8: 'bigint' });
		try {
			await db.import(file, { table: 'fresh' });
			await db.execute(`drop table if exists again; create table again (${COLUMNS})`);
			await db.import(file, { table: 'again' });
			assert.deepEqual(db.sql('select * from again order by id').all(), db.sql('select * from everything order by id').all());
			const types = db.sql(
				"select string_agg(format_type(atttypid, atttypmod), ' | ' order by attnum) as t from pg_attribute where attrelid = 'fresh'::regclass and attnum > 0",
			);
			const small = format === 'avro' ? 'integer' : 'smallint';
			assert.equal(
				(types.get() as { t: string }).t,
				`integer | boolean | ${small} | bigint | real | double precision | numeric(12,2) | numeric(38,10) | text | text | text | date | time without time zone | timestamp without time zone | timestamp with time zone | text | ${format === 'avro' ? 'text' : 'jsonb'} | uuid | bytea | integer[] | text[] | numeric(5,1)[]`,
			);
			await db.execute('drop table fresh');
		} finally {
			await db.close();
		}
	});

for (const format of ['parquet', 'arrow', 'avro'] as const)
	test(`${format}: many rows go in several parts`, async () => {
		const file = join(scratch, `many.${format}`);
		await exported('--query', 'select * from many', '--format', format, '-o', file);
		const db = await openDatabase(await database);
		try {
			assert.equal(await db.import(file, { table: 'copy' }), 150_000);
			assert.deepEqual(db.sql('select count(*)::int as c from (select * from copy except select * from many) as rest').get(), { c: 0 });
			await db.execute('drop table copy');
		} finally {
			await db.close();
		}
	});

test('no rows, names that Avro has not, infinity', async () => {
	const file = join(scratch, 'odd.out');
	for (const format of ['parquet', 'arrow', 'avro']) {
		await exported('--query', 'select * from many where n < 0', '--format', format, '-o', file);
		const db = await openDatabase(await database);
		assert.equal(await db.import(file, { table: 'none', format: format as 'avro' }), 0);
		await db.execute('drop table none');
		await db.close();
	}
	await assert.rejects(exported('--query', 'select 1 as "a b"', '--format', 'avro', '-o', file), { sqlstate: '42602' });
	await assert.rejects(exported('--query', "select 'infinity'::date as d", '--format', 'parquet', '-o', file), { sqlstate: '22003' });
	await assert.rejects(exported('--query', "select '{{1,2}}'::int[] as d", '--format', 'parquet', '-o', file), { sqlstate: '0A000' });
});

interface DuckConnection {
	runAndReadAll(sql: string): Promise<{ getRowsJson(): unknown[][] }>;
}

/** POLYLOG_PEERS names the directory of a package in whose node_modules DuckDB is. */
async function duckdb(): Promise<DuckConnection | null> {
	try {
		const require = createRequire(join(process.env['POLYLOG_PEERS'] ?? process.cwd(), 'package.json'));
		const { DuckDBInstance } = require('@duckdb/node-api') as { DuckDBInstance: { create(path: string): Promise<{ connect(): Promise<DuckConnection> }> } };
		return await (await DuckDBInstance.create(':memory:')).connect();
	} catch {
		return null;
	}
}

test('DuckDB reads Parquet as it was written', async (t) => {
	const duck = await duckdb();
	if (duck === null) {
		t.skip('DuckDB is not installed (POLYLOG_PEERS names where)');
		return;
	}
	const file = join(scratch, 'duck.parquet');
	await exported('--table', 'everything', '--format', 'parquet', '-o', file);
	const shown = `id, flag, small, large, isnan(single) as single, double, price, huge, free, name, code, day::text as day, "at"::text as time, "local"::text as local_time,
		epoch_us(instant) as instant, span, item::text as item, key::text as key, hex(bytes) as bytes, numbers, words, prices`;
	const rows = (await duck.runAndReadAll(`select ${shown} from read_parquet('${file}') order by id`)).getRowsJson();
	assert.deepEqual(rows[0], [
		1,
		true,
		-32768,
		'9223372036854775807',
		false,
		0.1,
		'12345.67',
		'1234567890123456789012345678.0123456789',
		'0.00100',
		'ä"',
		'x',
		'2024-02-29',
		'23:59:59.999999',
		'0001-01-01 00:00:00.000001',
		'1710064800123456',
		'1 mon 2 days 00:00:03.000004',
		'{"a": [1, null, 12345678901234567890]}',
		'123e4567-e89b-12d3-a456-426614174000',
		'00FF',
		[1, null, 3],
		['a', 'b,c'],
		['1.5', '-2.5'],
	]);
	assert.deepEqual(rows[1], [2, ...new Array<null>(21).fill(null)]);
	const many = join(scratch, 'many-duck.parquet');
	await exported('--table', 'many', '--format', 'parquet', '-o', many);
	assert.deepEqual((await duck.runAndReadAll(`select count(*)::int, sum(n)::text, count(distinct t)::int from read_parquet('${many}')`)).getRowsJson(), [
		[150_000, '11250075000', 150_000],
	]);
});
