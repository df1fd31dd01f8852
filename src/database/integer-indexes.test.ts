/** Tables of integers with their indexes in memory, beside plain reads of the files: after commits, in own transactions, after bulk loads. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from './embedded/database.ts';
import { openDatabase } from './open.ts';

const ROWS = 5000;

async function withPairs(work: (db: Database) => Promise<void>): Promise<void> {
	const db = await openDatabase(':memory:', {});
	try {
		await db.execute('create table pair (a int8 not null, b int8 not null, primary key (a, b)); create index pair_ba on pair (b, a)');
		await db.sql`insert into pair select i % 50, i from generate_series(0, ${ROWS - 1}) i`;
		await work(db);
	} finally {
		await db.close();
	}
}

/** Whether the table's key and its index are in memory now. */
function inMemory(db: Database): boolean[] {
	const { tables, manager } = db.engine;
	const table = manager.catalog.find(manager.catalog.findSchema('public')!.id, 'relation', 'pair');
	assert.ok(table?.kind === 'table');
	return table.indexIds.map((id) => {
		const index = manager.catalog.get(id);
		return index?.kind === 'index' && tables.integerIndexOf(table, index)?.current() != null;
	});
}

const byB = (db: Database, b: number): unknown[] => db.sql`select a from pair where b = ${b}`.all().map((row) => row['a']);
const countOf = (db: Database, a: number): unknown => db.sql`select count(*)::int as n from pair where a = ${a}`.get()!['n'];

test('an index is built once much was read of it, and follows commits', async () => {
	await withPairs(async (db) => {
		assert.deepEqual(inMemory(db), [false, false]);
		for (let i = 0; i < 60; i++) assert.equal(countOf(db, i % 50), ROWS / 50);
		assert.equal(inMemory(db).includes(true), true);
		await db.sql`insert into pair values (7, 100000), (7, -5)`;
		assert.equal(countOf(db, 7), ROWS / 50 + 2);
		await db.sql`delete from pair where a = 7 and b < 1000`;
		assert.equal(countOf(db, 7), ROWS / 50 + 2 - 21);
		await db.sql`update pair set b = b + 1000000 where a = 8`;
		assert.equal(countOf(db, 8), ROWS / 50);
		assert.deepEqual(byB(db, 1000008), [8]);
	});
});

test('a transaction reads its own changes, and an older one its snapshot', async () => {
	await withPairs(async (db) => {
		for (let i = 0; i < 60; i++) countOf(db, i % 50);
		await db.transaction((tx) => {
			tx.sql`insert into pair values (9, -1)`;
			assert.equal(tx.sql`select count(*)::int as n from pair where a = 9`[0]!['n'], ROWS / 50 + 1);
		});
		assert.equal(countOf(db, 9), ROWS / 50 + 1);
		await assert.rejects(
			db.transaction((tx) => {
				tx.sql`delete from pair where a = 9`;
				throw new Error('no');
			}),
		);
		assert.equal(countOf(db, 9), ROWS / 50 + 1);
	});
});

test('what is loaded in bulk, truncated or beyond 2^53 is read from the files', async () => {
	await withPairs(async (db) => {
		for (let i = 0; i < 60; i++) countOf(db, i % 50);
		await db.execute('truncate pair');
		assert.equal(countOf(db, 7), 0);
		await db.load(
			'pair',
			Array.from({ length: 3000 }, (_, i) => ({ a: i % 3, b: i })),
		);
		for (let i = 0; i < 30; i++) assert.equal(countOf(db, i % 3), 1000);
		await db.sql`insert into pair values (1, 9007199254740993)`;
		assert.equal(countOf(db, 1), 1001);
		assert.equal(db.sql`select count(*)::int as n from pair where a = 1 and b = 9007199254740993`.get()!['n'], 1);
	});
});
