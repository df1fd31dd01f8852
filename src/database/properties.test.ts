/** Property maps in SQL: a column of type polylog.properties is read as jsonb, written from JSON, compared, grouped and indexed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from '../index.ts';

test('a column of properties is jsonb wherever jsonb is wanted', async () => {
	const db = await open(':memory:');
	await db.sql`create table t (id int primary key, properties polylog.properties not null)`;
	await db.sql`insert into t values (1, '{"name": "Ann", "age": 42, "tags": ["a", "b"]}'), (2, '{"name": "Bob", "height": 1.0}'), (3, '{}')`;
	await db.sql`insert into t values (4, ${{ name: 'Cy', gone: null }})`;
	await db.sql`insert into t select 5, jsonb_build_object('name', 'Di')`;
	assert.deepEqual(
		(await db.sql`select properties->>'name' as name from t order by id`).map((row) => row.name),
		['Ann', 'Bob', null, 'Cy', 'Di'],
	);
	assert.deepEqual(await db.sql`select id from t where properties @> '{"age": 42}'`, [{ id: 1 }]);
	assert.deepEqual(await db.sql`select properties as p, properties::text as t from t where id in (2, 4) order by id`, [
		{ p: { height: 1, name: 'Bob' }, t: '{"height": 1.0, "name": "Bob"}' },
		{ p: { name: 'Cy' }, t: '{"name": "Cy"}' },
	]);
	assert.deepEqual(await db.sql`select (properties->'age')::int + 1 as next from t where id = 1`, [{ next: 43 }]);
	assert.deepEqual(await db.sql`select jsonb_object_keys(properties) as key from t where id = 1 order by 1`, [
		{ key: 'age' },
		{ key: 'name' },
		{ key: 'tags' },
	]);
	assert.deepEqual(await db.sql`select count(distinct properties)::int as n from t`, [{ n: 5 }]);
	await db.sql`update t set properties = properties || '{"age": 43}'::jsonb where id = 1`;
	assert.deepEqual(await db.sql`select properties->>'age' as age from t where id = 1`, [{ age: '43' }]);
	assert.deepEqual(await db.sql`select pg_typeof(properties)::text as type from t limit 1`, [{ type: 'polylog.properties' }]);
	await db.close();
});

test('properties are refused where they are none', async () => {
	const db = await open(':memory:');
	await db.sql`create table t (properties polylog.properties)`;
	await assert.rejects(async () => db.sql`insert into t values ('[1]')`, { sqlstate: '22023' });
	await assert.rejects(async () => db.sql`insert into t values ('{')`, { sqlstate: '22P02' });
	await assert.rejects(async () => db.sql`create table u (value polylog.dynamic)`, { sqlstate: '42P16' });
	await assert.rejects(async () => db.sql`create table u (value properties)`, { sqlstate: '42704' });
	await db.close();
});

test('an index over properties finds equal ones', async () => {
	const db = await open(':memory:');
	await db.sql`create table t (id int primary key, properties polylog.properties)`;
	await db.sql`create unique index on t (properties)`;
	await db.sql`insert into t values (1, '{"a": 1}'), (2, '{"a": 2}')`;
	await assert.rejects(async () => db.sql`insert into t values (3, '{"a": 1.0}')`, { sqlstate: '23505' });
	await db.close();
});

test('parts of properties and of jsonb are read where the row is, through joins, sorts and old rows', async () => {
	const db = await open(':memory:');
	await db.sql`create table t (id int primary key)`;
	await db.sql`insert into t values (1)`;
	await db.sql`alter table t add column properties polylog.properties default '{"name": "old"}'`;
	await db.sql`insert into t values (2, '{"name": "Bob", "age": 5}'), (3, null), (4, '{"age": 7}')`;
	const long = { name: 'x'.repeat(70_000), age: 9 };
	await db.sql`insert into t values (5, ${long})`;
	const names = await db.sql`select a.id, a.properties->>'name' as name, b.properties->>'age' as age
		from t a left join t b on b.properties->>'name' = a.properties->>'name' order by a.properties->>'age' desc nulls last, a.id`;
	assert.deepEqual(
		names.map((row) => [row.id, String(row.name).slice(0, 3), row.age]),
		[
			[5, 'xxx', '9'],
			[4, 'nul', null],
			[2, 'Bob', '5'],
			[1, 'old', null],
			[3, 'nul', null],
		],
	);
	assert.deepEqual(
		await db.sql`select * from t where properties->>'age' = '5' and exists (select from t u where u.properties->>'age' > t.properties->>'age')`,
		[{ id: 2, properties: { age: 5, name: 'Bob' } }],
	);
	assert.deepEqual(await db.sql`select properties->'age' as age from t where id = 4 for update`, [{ age: 7 }]);
	await db.sql`update t set properties = '{"seen": true}' where properties->>'age' = '7'`;
	assert.deepEqual(await db.sql`select id from t where properties->>'seen' = 'true'`, [{ id: 4 }]);
	await db.close();
});
