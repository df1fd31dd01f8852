/** Files of rows go into the columns of a table as they go into rows. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSink, type SinkFormat } from '../../encoding/tabular/tabular-file.ts';
import { sinkColumn } from '../../encoding/tabular/tabular-sink.ts';
import type { PolylogError } from '../../platform/errors.ts';
import { BOOL, DATE, FLOAT8, INT2, INT4, INT8, NUMERIC, TEXT } from '../../value/builtin-types.ts';
import { openDatabase } from '../open.ts';
import type { Database } from './database.ts';

/** More than a row group of a table, a batch of each format, and what goes row by row at first. */
const ROWS = 70_000;
const UNIT_ROWS = 30_000;
const NUMERIC_9_2 = (9 << 16) + 2 + 4;

const COLUMNS = [
	['a', INT4, -1],
	['b', INT2, -1],
	['c', INT8, -1],
	['d', TEXT, -1],
	['e', TEXT, -1],
	['f', FLOAT8, -1],
	['g', DATE, -1],
	['h', BOOL, -1],
	['i', NUMERIC, NUMERIC_9_2],
] as const;

function texts(row: number, nullAt: number): (string | null)[] {
	const or = (every: number, text: string): string | null => (row % every === 3 ? null : text);
	return [
		row === nullAt ? null : String(row * 7919 - 100_000),
		or(5, String((row % 300) - 150)),
		or(7, row % 100 === 0 ? '9007199254740993' : String(row * 4_294_967_311 - 5)),
		or(1000, `group ${row % 40} ä`),
		`text of row ${row}`,
		or(11, row % 50 === 0 ? 'NaN' : String(row / 4)),
		or(13, `20${10 + (row % 20)}-01-0${1 + (row % 9)}`),
		or(3, row % 2 === 0 ? 't' : 'f'),
		or(17, `${row % 1000}.25`),
	];
}

async function fileOf(directory: string, format: SinkFormat, nullAt = -1): Promise<string> {
	const columns = COLUMNS.map(([name, type, typmod]) => sinkColumn(name, type.oid, typmod));
	const pieces: Uint8Array[] = [];
	const sink = await openSink(format, columns, (bytes) => void pieces.push(bytes.slice()), new Uint8Array(16));
	for (let from = 0; from < ROWS; from += UNIT_ROWS) {
		const lists: unknown[][] = columns.map(() => []);
		for (let row = from; row < Math.min(ROWS, from + UNIT_ROWS); row++)
			for (const [i, text] of texts(row, nullAt).entries()) lists[i]!.push(text === null ? null : columns[i]!.parse(text));
		await sink.write(lists, lists[0]!.length);
	}
	await sink.finish();
	const path = join(directory, `t${nullAt}.${format}`);
	writeFileSync(path, Buffer.concat(pieces));
	return path;
}

async function withDatabase(work: (db: Database, directory: string) => Promise<void>): Promise<void> {
	const directory = mkdtempSync(join(tmpdir(), 'polylog-columns-'));
	const db = await openDatabase(':memory:', {});
	try {
		await work(db, directory);
	} finally {
		await db.close();
		rmSync(directory, { recursive: true });
	}
}

for (const format of ['parquet', 'arrow'] as const) {
	test(`${format}: all types, other orders and types of columns`, async () => {
		await withDatabase(async (db, directory) => {
			const path = await fileOf(directory, format);
			// As the file has them; and with wider integers, other texts and numbers, in another order.
			const alike = 'a int not null, b smallint, c bigint, d text, e text not null, f float8, g date, h bool, i numeric(9,2)';
			const other = 'i numeric, h bool, g text, f float8, e varchar(30), d varchar, c bigint, b int, a bigint';
			for (const [name, columns] of Object.entries({ alike, other })) {
				await db.execute(`create table rows_${name} (${columns}); create table columns_${name} (${columns}) using columnar`);
				assert.equal(await db.import(path, { table: `rows_${name}` }), ROWS);
				assert.equal(await db.import(path, { table: `columns_${name}` }), ROWS);
				const lines = (table: string) => db.sql(`select t::text as line from ${table} t`).all();
				assert.deepEqual(lines(`columns_${name}`), lines(`rows_${name}`));
				const sums = (table: string) => db.sql(`select b, count(*), sum(a) as a, sum(c) as c, max(d) as d from ${table} group by b order by b`).all();
				assert.deepEqual(sums(`columns_${name}`), sums(`rows_${name}`));
			}
		});
	});
}

test('a value that the table refuses ends the load, with its place', async () => {
	await withDatabase(async (db, directory) => {
		const columns = 'a int not null, b smallint, c bigint, d text, e text, f float8, g date, h bool, i numeric';
		await db.execute(`create table t (${columns}) using columnar`);
		await assert.rejects(db.import(await fileOf(directory, 'parquet', 66_000), { table: 't' }), (error: PolylogError) => {
			assert.equal(error.sqlstate, '23502');
			assert.equal(error.message, 'null value in column "a" of relation "t" violates not-null constraint');
			assert.match(error.where ?? '', /^row 66001 of .*, column a$/);
			return true;
		});
		await db.execute(`create table narrow (${columns.replace('e text', 'e varchar(16)')}) using columnar`);
		await assert.rejects(db.import(await fileOf(directory, 'parquet'), { table: 'narrow' }), { sqlstate: '22001' });
		assert.deepEqual(db.sql('select count(*)::int as n from t').all(), [{ n: 0 }]);
		assert.deepEqual(db.sql('select count(*)::int as n from narrow').all(), [{ n: 0 }]);
	});
});
