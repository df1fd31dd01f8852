/** Indexes over expressions and partial ones in queries: when they serve, when they must not, and that answers are the same without. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Database } from './embedded/database.ts';
import { openDatabase } from './open.ts';

const TABLE = `create table t (id int primary key, name text, kind int, n int8);
	insert into t select i, 'Name' || i % 50, i % 7, i % 11 from generate_series(1, 400) i;
	insert into t values (1001, null, null, null), (1002, 'NAME1', 3, 5)`;
const INDEXES = `create index t_lower on t (lower(name)); create index t_kind on t (n) where kind = 3;
	create index t_both on t (lower(name), n) where name is not null`;

async function withDatabase(work: (db: Database) => Promise<void>): Promise<void> {
	const db = await openDatabase(':memory:', {});
	try {
		await db.execute(TABLE);
		await work(db);
	} finally {
		await db.close();
	}
}

function planOf(db: Database, condition: string): string {
	return JSON.stringify(db.sql(`explain select * from t where ${condition}`).runSync().rows);
}

test('an index serves where the query says what it says', async () => {
	await withDatabase(async (db) => {
		await db.execute(INDEXES);
		assert.match(planOf(db, "lower(name) = 'name1'"), /Index Scan using t_lower/);
		assert.match(planOf(db, "'name1' = lower(name)"), /Index Scan using t_lower/);
		assert.match(planOf(db, 'kind = 3 and n = 5'), /Index Scan using t_kind/);
		assert.match(planOf(db, 'n > 9 and kind = 3'), /Index Scan using t_kind/);
		assert.match(planOf(db, "lower(name) = 'name1' and n = 4 and name is not null"), /Index Scan using t_both/);
	});
});

test('and nowhere else', async () => {
	await withDatabase(async (db) => {
		await db.execute('create index t_lower on t (lower(name)); create index t_kind on t (n) where kind = 3');
		for (const condition of [
			"upper(name) = 'NAME1'",
			"lower(name) <> 'name1'",
			'lower(name) = name',
			"lower(name || '') = 'name1'",
			'n = 5',
			'n = 5 and kind = 4',
			'n = 5 and (kind = 3 or id = 1)',
			'n = 5 and kind >= 3',
			'n = 5 and not kind = 3',
			'n = kind and kind = 3',
		])
			assert.doesNotMatch(planOf(db, condition), /t_lower|t_kind/, condition);
	});
});

test('answers with the indexes are those without', async () => {
	const plain = await openDatabase(':memory:', {});
	const indexed = await openDatabase(':memory:', {});
	try {
		await plain.execute(TABLE);
		await indexed.execute(`${TABLE}; ${INDEXES}`);
		const condition = fc.constantFrom(
			"lower(name) = 'name1'",
			"lower(name) = 'name49'",
			"lower(name) > 'name3'",
			'kind = 3',
			'kind = 4',
			'n = 5',
			'n >= 9',
			'n is null',
			'name is not null',
			'name is null',
			'id < 200',
		);
		fc.assert(
			fc.property(fc.uniqueArray(condition, { minLength: 1, maxLength: 4 }), fc.boolean(), (conditions, isAnd) => {
				const text = `select id from t where ${conditions.join(isAnd ? ' and ' : ' or ')} order by id`;
				assert.deepEqual(indexed.sql(text).all(), plain.sql(text).all(), text);
			}),
			{ numRuns: 150 },
		);
		const joined = 'select count(*) from t a join t b on lower(b.name) = lower(a.name) and b.kind = 3 and b.n = a.n where a.id < 50';
		assert.deepEqual(indexed.sql(joined).all(), plain.sql(joined).all());
	} finally {
		await plain.close();
		await indexed.close();
	}
});

test('indexes that are computed together see only the rows that are in them', async () => {
	const db = await openDatabase(':memory:', {});
	await db.sql`create table d (id int primary key, n int, k text)`;
	await db.sql`create unique index d_a on d ((100 / n)) where n <> 0`;
	await db.sql`create index d_b on d (upper(k)) where k is not null`;
	await db.sql`insert into d values (1, 0, 'x'), (2, 5, null), (3, 0, null)`;
	await db.sql`update d set n = 10, k = 'y' where id = 1`;
	await assert.rejects(db.sql`update d set n = 5 where id = 3`.run(), { sqlstate: '23505' });
	await db.sql`delete from d where id = 2`;
	await db.sql`update d set n = 5 where id = 3`;
	assert.deepEqual(db.sql`select id from d where n <> 0 and 100 / n = 20`.all(), [{ id: 3 }]);
	assert.deepEqual(db.sql`select id from d where k is not null and upper(k) = 'Y'`.all(), [{ id: 1 }]);
	await db.close();
});
