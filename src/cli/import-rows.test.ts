/** Files of rows through `polylog import`: tables made and found, bad rows set aside, imports that stop and go on. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { openDatabase } from '../database/open.ts';
import { withClient } from './client.ts';
import { command } from './import.ts';
import { importRows, type RowsImport } from './import-rows.ts';

const scratch = mkdtempSync(join(tmpdir(), 'polylog-rows-'));
let directories = 0;

after(() => rmSync(scratch, { recursive: true, force: true }));

const newDirectory = (): string => join(scratch, `data${++directories}`);

function file(name: string, text: string | Uint8Array): string {
	const path = join(scratch, name);
	writeFileSync(path, text);
	return path;
}

async function quietly<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly lines: readonly string[] }> {
	const lines: string[] = [];
	const { log, error } = console;
	const { write } = process.stderr;
	console.log = (line: unknown) => void lines.push(String(line));
	console.error = console.log;
	process.stderr.write = () => true;
	try {
		return { result: await work(), lines };
	} finally {
		console.log = log;
		console.error = error;
		process.stderr.write = write;
	}
}

async function rowsOf(directory: string, text: string): Promise<readonly unknown[]> {
	const db = await openDatabase(directory);
	try {
		return db.sql(text).all();
	} finally {
		await db.close();
	}
}

const imported = async (...args: readonly string[]): Promise<readonly string[]> => (await quietly(() => command.run(args))).lines;
const badOf = (path: string): Record<string, unknown>[] =>
	readFileSync(path, 'utf8')
		.split('\n')
		.filter((line) => line !== '')
		.map((line) => JSON.parse(line) as Record<string, unknown>);

test('several files, each into a table of its own', async () => {
	const people = file('people.csv', 'id,name\n1,Ann\n2,\n');
	const sales = file(
		'sales.parquet',
		new Uint8Array(
			parquetWriteBuffer({
				columnData: [
					{ name: 'id', data: [1, 2], type: 'INT32' },
					{ name: 'at', data: [new Date(0), new Date(1)], type: 'TIMESTAMP' },
				],
			}),
		),
	);
	const data = newDirectory();
	assert.deepEqual(await imported(people, sales, data, '--using', 'columnar'), ['2 rows into people', '2 rows into sales']);
	assert.deepEqual(await rowsOf(data, 'select * from people order by id'), [
		{ id: 1, name: 'Ann' },
		{ id: 2, name: null },
	]);
	assert.deepEqual(await rowsOf(data, 'select id, at from sales order by id'), [
		{ id: 1, at: new Date(0) },
		{ id: 2, at: new Date(1) },
	]);
});

test('a table that was made goes again when its rows cannot be loaded', async () => {
	const wrong = file('wrong.jsonl', '{"a":1}\nnonsense\n');
	const data = newDirectory();
	await assert.rejects(imported(wrong, data), { message: /the line is not JSON.*wrong\.jsonl:2/ });
	assert.deepEqual(await rowsOf(data, "select to_regclass('wrong') as t"), [{ t: null }]);
});

test('bad rows are set aside with line and reason, whatever is wrong with them', async () => {
	const data = newDirectory();
	const db = await openDatabase(data);
	await db.execute("create table item (id int primary key, name text not null, price numeric check (price >= 0), note text default 'none')");
	await db.close();
	const items = file('item.csv', 'id,name,price\n1,a,1.50\nx,b,2\n2,,3\n3,c,-1\n1,again,1\n4,d\n5,"e\nf",\n');
	const bad = join(scratch, 'bad.jsonl');
	assert.deepEqual(await imported(items, data, '--bad-rows', bad), [`2 rows into item, 5 bad rows into ${bad}`]);
	assert.deepEqual(await rowsOf(data, 'select * from item order by id'), [
		{ id: 1, name: 'a', price: '1.50', note: 'none' },
		{ id: 5, name: 'e\nf', price: null, note: 'none' },
	]);
	assert.deepEqual(
		badOf(bad)
			.map(({ row, line, code }) => [row, line, code])
			.sort((a, b) => Number(a[0]) - Number(b[0])),
		[
			[2, 3, '22P02'],
			[3, 4, '23502'],
			[4, 5, '23514'],
			[5, 6, '23505'],
			[6, 7, null],
		],
	);
	assert.equal(badOf(bad).find(({ row }) => row === 2)!['record'], 'x,b,2');
	const again = file('again.csv', 'id,name,price\n9,a,1\nx,b,2\ny,b,2\n');
	await assert.rejects(imported(again, data, '--table', 'item', '--bad-rows', bad, '--max-bad-rows', '1'), { message: /one bad row too many/ });
	assert.equal((await rowsOf(data, 'select * from item')).length, 2);
});

test('an import that was stopped goes on behind its last commit', async () => {
	const count = 60_000;
	const lines = Array.from({ length: count }, (_, i) => (i % 10_000 === 5 ? 'bad' : `{"n":${i},"t":"row ${i}"}`));
	const numbers = file('numbers.jsonl', `${lines.join('\n')}\n`);
	const bad = join(scratch, 'bad-numbers.jsonl');
	const wanted: RowsImport = {
		file: numbers,
		format: 'jsonl',
		table: 'numbers',
		columns: null,
		using: undefined,
		delimiter: undefined,
		badRows: bad,
		badRowsMax: 100,
		resumes: true,
	};
	const data = newDirectory();
	const run = (stopAfter: number) => {
		let asked = 0;
		return quietly(() => withClient(data, true, (client) => importRows(client, wanted, () => ++asked > stopAfter)));
	};
	const first = (await run(4)).result;
	assert.equal(first.isWhole, false);
	assert.ok(first.rowCount > 0 && first.rowCount < count);
	// Whatever was written to the file behind the last commit, by a process that died, does not stay.
	writeFileSync(bad, `${readFileSync(bad, 'utf8')}{"row":0}\n`);
	const second = (await run(8)).result;
	assert.equal(second.isWhole, false);
	const last = (await run(Number.POSITIVE_INFINITY)).result;
	assert.deepEqual(last, { rowCount: count - 6, badCount: 6, isWhole: true });
	assert.deepEqual((await run(Number.POSITIVE_INFINITY)).result, last);
	assert.deepEqual(await rowsOf(data, 'select count(*)::int as c, count(distinct n)::int as d, max(n)::int as m from numbers'), [
		{ c: count - 6, d: count - 6, m: count - 1 },
	]);
	assert.deepEqual(
		badOf(bad).map((row) => row['line']),
		[6, 10_006, 20_006, 30_006, 40_006, 50_006],
	);
	writeFileSync(numbers, '{"n":1}\n');
	await assert.rejects(run(1), { message: /has changed since/ });
	assert.ok(existsSync(bad));
});
