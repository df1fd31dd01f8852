/** Texts that differ in their literals alone share a plan: nobody must be able to tell. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open, PolylogError } from '../../src/index.ts';

test('each text gets the answer to its own literals, and the errors of its own', async () => {
	await using db = await open(':memory:');
	await db.execute(`create type mood as enum ('sad', 'happy'); create domain small as int check (value < 100);
		create table t (id bigint primary key, s smallint, name varchar(5), born date, m mood, d small, n numeric);
		create index on t (s);
		insert into t select i, i, 'n' || i, date '2020-01-01' + i, 'sad', i, i from generate_series(1, 50) i`);
	const ask = (text: string): unknown => db.sql(text).all();
	for (const id of [1, 7, 50]) {
		assert.deepEqual(ask(`select name from t where id = ${id}`), [{ name: `n${id}` }]);
		assert.deepEqual(ask(`select id from t where s = ${id}`), [{ id }]);
		assert.deepEqual(ask(`select id from t where name = 'n${id}' and m = 'sad' and n = ${id}.0`), [{ id }]);
	}
	assert.deepEqual(ask("select id from t where born = '2020-01-08'"), [{ id: 7 }]);
	const wrong = (text: string): unknown => {
		try {
			return ask(text);
		} catch (error) {
			assert.ok(error instanceof PolylogError);
			return [error.sqlstate, error.position];
		}
	};
	assert.deepEqual(wrong("select id from t where born = '2020-13-08'"), ['22008', 31]);
	assert.deepEqual(wrong("select id from t where m = 'angry'"), ['22P02', 28]);
	assert.deepEqual(wrong("select id from t where id = 'x'"), ['22P02', 29]);
	assert.deepEqual(wrong('select id from t where name = 5'), ['42883', 29]);
	await assert.rejects(async () => db.sql("insert into t (id, name) values (51, 'too long')"), { sqlstate: '22001' });
	await assert.rejects(async () => db.sql('insert into t (id, d) values (51, 100)'), { sqlstate: '23514' });
	await db.sql("insert into t (id, name) values (51, 'it''s')");
	assert.deepEqual(ask("select id from t where name = 'it''s'"), [{ id: 51 }]);
	await db.execute('alter table t drop column n; alter table t rename name to n');
	assert.deepEqual(ask("select id from t where n = 'n7'"), [{ id: 7 }]);
	assert.deepEqual(wrong("select id from t where name = 'n7'"), ['42703', 24]);
});
