/** A running PostgreSQL copied and followed, with a real one where it is installed: nothing lost, nothing twice, whatever breaks. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { type DatabaseClient, withConnection } from '../client.ts';
import { followPostgres } from './follow-postgres.ts';
import { type Copied, copyPostgres, type PostgresImport } from './import-postgres.ts';
import { startPostgres, type TestPostgres } from './test-postgres.ts';

const scratch = mkdtempSync(join(tmpdir(), 'polylog-follow-'));
const MISSING = 'PostgreSQL (initdb) is not installed';
const TURNS_MAX = 1000;
let server: TestPostgres | null = null;
let databases = 0;

before(async () => {
	server = await startPostgres();
});

after(() => {
	server?.stop();
	rmSync(scratch, { recursive: true, force: true });
});

const SCHEMA = `
	create schema shop;
	create type shop.mood as enum ('sad', 'happy');
	create domain shop.positive as int check (value > 0);
	create table shop.person (id serial primary key, name text not null unique, mood shop.mood default 'sad', born date, tags text[], doc jsonb,
		price numeric(10,2) check (price >= 0), loud text generated always as (name || '!') stored, at timestamptz default '2024-01-01', much text);
	alter table shop.person alter much set storage external;
	create table shop.sale (id bigint generated always as identity primary key, person_id int references shop.person on delete cascade, n shop.positive, raw bytea);
	create index sale_person on shop.sale (person_id);
	create table shop.note (a int, b text);
	alter table shop.note replica identity full;
	create table shop.marker (n int primary key);
	insert into shop.person (name, mood, born, tags, doc, price, much) select 'p' || i, 'happy', date '2000-01-01' + i, array['a', 'b"c', null], '{"x": 1}', i, repeat('x', 5000) from generate_series(1, 300) i;
	insert into shop.sale (person_id, n, raw) select 1 + i % 300, i + 1, '\\x00ff' from generate_series(0, 499) i;
	insert into shop.note values (1, 'a'), (1, 'a'), (2, null)`;

/** A database of the source's own for a test; null where there is no server. */
async function sourceDatabase(): Promise<{ readonly url: string; readonly client: pg.Client } | null> {
	if (server === null) return null;
	const name = `source${++databases}`;
	const admin = new pg.Client(server.url);
	await admin.connect();
	await admin.query(`create database ${name}`);
	await admin.end();
	const url = server.url.replace(/[^/]+$/, name);
	const client = new pg.Client(url);
	client.on('error', () => undefined);
	await client.connect();
	await client.query(SCHEMA);
	return { url, client };
}

const TABLES = ['person', 'sale', 'note'] as const;

async function rowsOf(client: pg.Client): Promise<unknown[]> {
	const all: unknown[] = [];
	for (const table of TABLES) {
		const text = `select t::text as row from (select * from shop.${table}) t order by 1`;
		all.push(...(await client.query({ text, rowMode: 'array' })).rows);
	}
	return all;
}

const importOf = (url: string, follows: boolean): PostgresImport => ({ url, slot: `slot${databases}`, follows, tables: null, schema: 'shop' });

async function quietly<T>(work: () => Promise<T>): Promise<T> {
	const { write } = process.stderr;
	process.stderr.write = () => true;
	try {
		return await work();
	} finally {
		process.stderr.write = write;
	}
}

const copy = (client: pg.Client, wanted: PostgresImport, said: string[] = []): Promise<Copied> =>
	quietly(() => copyPostgres(client, wanted, (message) => said.push(message)));

/** Follows until the marker has come. */
async function followTo(
	connection: DatabaseClient,
	wanted: PostgresImport,
	copied: Copied,
	marker: number,
	whenHalf?: () => Promise<void>,
): Promise<readonly string[]> {
	const stop = new AbortController();
	const said: string[] = [];
	let failure: unknown = null;
	const following = followPostgres(connection.client, wanted, copied, (message) => said.push(message), stop.signal).catch((error: unknown) => {
		failure = error;
	});
	const hasCome = (): boolean => (connection.database!.sql(`select 1 as found from shop.marker where n = ${marker}`).all() as unknown[]).length > 0;
	for (let turn = 0; turn < TURNS_MAX && failure === null && !hasCome(); turn++) {
		if (turn === 2) await whenHalf?.();
		await pause(20);
	}
	stop.abort();
	await following;
	if (failure !== null) throw failure;
	assert.ok(hasCome(), `the marker ${marker} has not come: ${said.join('; ')}`);
	return said;
}

test('a copy has types, keys, defaults, indexes, foreign keys, sequences and rows', async (t) => {
	const source = await sourceDatabase();
	if (source === null) return t.skip(MISSING);
	await withConnection(join(scratch, 'copy'), true, async ({ client }) => {
		const said: string[] = [];
		const copied = await copy(client, importOf(source.url, false), said);
		assert.equal(copied.tables.size, 4);
		assert.deepEqual(said, []);
		assert.deepEqual(await rowsOf(client), await rowsOf(source.client));
		const { rows } = await client.query("insert into shop.person (name) values ('new') returning id, mood, loud");
		assert.deepEqual(rows, [{ id: '301', mood: 'sad', loud: 'new!' }]);
		assert.deepEqual((await client.query('insert into shop.sale (person_id, n) values (1, 1) returning id')).rows, [{ id: '501' }]);
		await assert.rejects(client.query('insert into shop.sale (person_id, n) values (999, 1)'), { code: '23503' });
		await assert.rejects(client.query('insert into shop.sale (person_id, n) values (1, 0)'), { code: '23514' });
		const indexes = await client.query("select 1 from pg_indexes where schemaname = 'shop' and indexname = 'sale_person'");
		assert.equal(indexes.rowCount, 1);
		await client.query('delete from shop.sale');
		await copy(client, importOf(source.url, false));
		assert.equal((await client.query('select 1 from shop.sale')).rowCount, 0);
	});
	await source.client.end();
	return undefined;
});

test('changes are followed, also those during the copy, a break of the stream and a new start', async (t) => {
	const source = await sourceDatabase();
	if (source === null) return t.skip(MISSING);
	const wanted = importOf(source.url, true);
	const { client: writer } = source;
	const change = async (round: number): Promise<void> => {
		await writer.query('begin');
		await writer.query(`insert into shop.person (name, doc, price) values ('r${round}', '{"r": ${round}}', ${round})`);
		await writer.query(`update shop.person set price = price + 1, mood = null where id % 7 = ${round % 7}`);
		await writer.query(`update shop.sale set person_id = 1 + (person_id + ${round}) % 300 where id % 11 = ${round % 11}`);
		await writer.query(`delete from shop.sale where id = ${round + 1}`);
		await writer.query('savepoint s');
		await writer.query('delete from shop.person where id > 0');
		await writer.query('rollback to s');
		await writer.query('commit');
	};
	const directory = join(scratch, 'follow');
	await withConnection(directory, true, async (connection) => {
		// Changes go on while the tables are copied.
		const [copied] = await Promise.all([
			copy(connection.client, wanted),
			(async () => {
				for (let round = 0; round < 20; round++) await change(round);
			})(),
		]);
		await writer.query(
			`insert into shop.note values (3, 'c'); delete from shop.note where ctid = (select ctid from shop.note where a = 1 limit 1); update shop.note set b = 'x' where b is null`,
		);
		await writer.query('update shop.person set id = id + 10000 where id = 300 and not exists (select from shop.sale where person_id = 300)');
		await writer.query('insert into shop.marker values (1)');
		await followTo(connection, wanted, copied, 1);
		assert.deepEqual(await rowsOf(connection.client), await rowsOf(writer));
	});
	for (let round = 20; round < 40; round++) await change(round);
	await writer.query('truncate shop.note');
	await writer.query("insert into shop.note values (9, 'after')");
	await withConnection(directory, true, async (connection) => {
		const copied = await copy(connection.client, wanted);
		const said = await followTo(connection, wanted, copied, 2, async () => {
			await writer.query('select pg_terminate_backend(pid) from pg_stat_replication');
			for (let round = 40; round < 60; round++) await change(round);
			await writer.query('insert into shop.marker values (2)');
		});
		assert.ok(said.some((message) => /the stream broke/.test(message)));
		assert.deepEqual(await rowsOf(connection.client), await rowsOf(writer));
		// What is not here is named, and when it is there, the stream goes on.
		await writer.query("alter table shop.note add column c int; insert into shop.note values (1, 'd', 5); insert into shop.marker values (3)");
		await assert.rejects(followTo(connection, wanted, await copy(connection.client, wanted), 3), { message: /"note" has a column "c", which is not here/ });
		await connection.client.query('alter table shop.note add column c int');
		await followTo(connection, wanted, await copy(connection.client, wanted), 3);
		assert.deepEqual(await rowsOf(connection.client), await rowsOf(writer));
	});
	await writer.query(`select pg_drop_replication_slot('${wanted.slot}')`);
	await writer.end();
	return undefined;
});

test('a copy that was stopped takes the other tables at a later moment, and the stream joins them', async (t) => {
	const source = await sourceDatabase();
	if (source === null) return t.skip(MISSING);
	const wanted = importOf(source.url, true);
	const { client: writer } = source;
	await withConnection(join(scratch, 'stopped'), true, async (connection) => {
		await copy(connection.client, wanted);
		// As if the process had died before the second table was noted.
		await connection.client.query(
			`update polylog_source set is_finished = false; delete from polylog_source_table where "table" = '"shop"."sale"'; alter table shop.sale drop constraint sale_person_id_fkey`,
		);
		await writer.query(
			"insert into shop.person (id, name) values (5000, 'late'); insert into shop.sale (person_id, n) values (5000, 1); delete from shop.sale where id <= 3; insert into shop.note values (7, 'seen')",
		);
		const copied = await copy(connection.client, wanted);
		assert.notEqual(copied.finish, null);
		assert.ok(copied.endLsn > copied.lsn);
		await writer.query('insert into shop.sale (person_id, n) values (5000, 2); insert into shop.marker values (1)');
		await followTo(connection, wanted, copied, 1);
		assert.deepEqual(await rowsOf(connection.client), await rowsOf(writer));
		await assert.rejects(connection.client.query('insert into shop.sale (id, person_id, n) overriding system value values (90000, 99999, 1)'), {
			code: '23503',
		});
	});
	await writer.query(`select pg_drop_replication_slot('${wanted.slot}')`);
	await writer.end();
	return undefined;
});

test('what cannot be followed or copied is said before anything is made', async (t) => {
	const source = await sourceDatabase();
	if (source === null) return t.skip(MISSING);
	const wanted = importOf(source.url, true);
	await source.client.query('create table shop.nameless (a int)');
	await withConnection(join(scratch, 'refused'), true, async ({ client }) => {
		await assert.rejects(copy(client, wanted), { message: /without a primary key cannot be followed: "shop"\."nameless"/ });
		await assert.rejects(copy(client, { ...wanted, tables: ['absent'] }), { message: /no table absent/ });
		await client.query('create schema shop; create table shop.marker (n int primary key); insert into shop.marker values (1)');
		await assert.rejects(copy(client, { ...wanted, tables: ['marker'] }), { message: /has rows already/ });
		assert.equal((await source.client.query('select 1 from pg_replication_slots where slot_name = $1', [wanted.slot])).rowCount, 0);
	});
	await source.client.end();
	return undefined;
});
