import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verifyTable } from '../../model/table/table-verify.ts';
import type { TableObject } from '../../transaction/catalog-objects.ts';
import type { Database } from '../embedded/database.ts';
import { openDatabase } from '../open.ts';

async function withDatabase(work: (db: Database) => Promise<void>): Promise<void> {
	const db = await openDatabase(':memory:', {});
	try {
		await work(db);
		const { manager, tables } = db.engine;
		const transaction = manager.begin({ readOnly: true, transient: true });
		const found = [...transaction.catalog.objects()].filter((object): object is TableObject => object.kind === 'table');
		assert.deepEqual(
			found.flatMap((table) => verifyTable(tables, transaction, table)),
			[],
		);
		transaction.rollback();
	} finally {
		await db.close();
	}
}

const TABLE = `create table note (id int primary key, tags text[], ranks int[]);
	insert into note select n, array['all', 't' || n % 10, null, 't' || n % 10], array[n, n + 1] from generate_series(1, 500) n;
	insert into note values (501, null, null), (502, '{}', '{}')`;

function idsBy(db: Database, condition: string): unknown[] {
	return db
		.sql(`select id from note where ${condition} order by id`)
		.all()
		.map((row) => row['id']);
}

test('rows are found by an element, whenever the index is made and however rows change', async () => {
	await withDatabase(async (db) => {
		await db.execute(TABLE);
		await db.execute('create index note_tags on note using inverted (tags); create index note_ranks on note using inverted (ranks)');
		const plan = JSON.stringify(db.sql("explain select id from note where 't3' = any (tags)").runSync().rows);
		assert.match(plan, /Index Only Scan using note_tags on note/);
		assert.equal(idsBy(db, "'t3' = any (tags)").length, 50);
		assert.deepEqual(idsBy(db, '7 = any (ranks)'), [6, 7]);
		await db.sql`update note set tags = tags || ${['new']} where id <= 2`;
		await db.sql`update note set ranks = null where id = 6`;
		await db.sql`delete from note where id = 1`;
		await db.sql`insert into note values (600, ${['new']}, ${[7, 7]})`;
		assert.deepEqual([idsBy(db, "'new' = any (tags)"), idsBy(db, '7 = any (ranks)'), idsBy(db, "'t1' = any (tags) and id < 20")], [[2, 600], [7, 600], [11]]);
		await db.execute("begin; update note set tags = '{gone}' where id = 2; rollback");
		assert.deepEqual([idsBy(db, "'gone' = any (tags)"), idsBy(db, "'new' = any (tags)")], [[], [2, 600]]);
	});
});

test('a bulk load fills it', async () => {
	await withDatabase(async (db) => {
		await db.execute('create table note (id int primary key, tags text[]); create index on note using inverted (tags)');
		await db.load(
			'note',
			Array.from({ length: 20_000 }, (_, id) => ({ id, tags: [`t${id % 4000}`, 'all'] })),
		);
		assert.equal(idsBy(db, "'t17' = any (tags)").length, 5);
	});
});

test('it is shown as it was made, and its limits are told', async () => {
	await withDatabase(async (db) => {
		await db.execute(`${TABLE}; create index note_tags on note using inverted (tags)`);
		assert.deepEqual(db.sql`select indexdef from pg_indexes where indexname = 'note_tags'`.all(), [
			{ indexdef: 'CREATE INDEX note_tags ON public.note USING inverted (tags)' },
		]);
		for (const rest of ['(id)', '(tags, ranks)', '(tags) where id > 1'])
			await assert.rejects(
				async () => await db.sql(`create index on note using inverted ${rest}`),
				(error: { sqlstate?: string }) => ['0A000', '42704'].includes(error.sqlstate ?? ''),
			);
		await assert.rejects(async () => await db.sql('create unique index on note using inverted (tags)'), { sqlstate: '0A000' });
	});
});
