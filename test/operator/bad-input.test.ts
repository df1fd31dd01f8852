/** Input that no client should send, and clients that go away: a precise SQLSTATE, others go on, what was held is given back. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type pg from 'pg';
import { errorFields, extended, message, RawClient } from '../../src/serve/postgres/raw-client.testing.ts';
import { eventually, failureOf, ServedDatabase } from './served-database.ts';

let server: ServedDatabase;
let client: pg.Client;
let bystander: pg.Client;

before(async () => {
	server = await ServedDatabase.open();
	client = await server.connect();
	bystander = await server.connect();
	await client.query('CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, $$one$$), (2, $$two$$)');
});

after(() => server.close());

const DEEP = 10_000;
const nest = (open: string, inner: string, close: string, depth = DEEP): string => open.repeat(depth) + inner + close.repeat(depth);

/** By what is nested: the text, and the SQLSTATEs it may end with ('' when it is simply answered). */
const NESTED: Readonly<Record<string, readonly [string, readonly string[]]>> = {
	parentheses: [`SELECT ${nest('(', '1', ')')}`, ['', '54001']],
	additions: [`SELECT ${'1+'.repeat(DEEP)}1`, ['', '54001']],
	conditions: [`SELECT ${nest('NOT (', 'true', ')')}`, ['', '54001']],
	'CASE expressions': [`SELECT ${nest('CASE WHEN true THEN ', '1', ' END')}`, ['54001']],
	subqueries: [`SELECT ${nest('(SELECT ', '1', ')')}`, ['54001']],
	'derived tables': [`SELECT * FROM ${nest('(SELECT * FROM ', 't', ') x')}`, ['54001']],
	'function calls': [`SELECT ${nest('abs(', '1', ')')}`, ['', '54001']],
	casts: [`SELECT 1${'::int8::int4'.repeat(DEEP / 2)}`, ['', '54001']],
	unions: [`SELECT 1 ${'UNION ALL SELECT 1 '.repeat(DEEP)}`, ['', '54001']],
	'arrays in SQL': [`SELECT ${nest('ARRAY[', '1', ']')}`, ['54000', '54001', '42601', '42704']],
	'array texts': [`SELECT '${nest('{', '1', '}')}'::int[]`, ['54000', '54001', '22P02']],
	JSON: [`SELECT '${nest('[', '', ']')}'::json`, ['', '54001']],
	JSONB: [`SELECT '${nest('[', '', ']')}'::jsonb`, ['', '54001']],
	'JSONB objects': [`SELECT '${nest('{"a":', '1', '}')}'::jsonb -> 'a'`, ['', '54001']],
	'a regular expression': [`SELECT 'aaa' ~ '${nest('(', 'a', ')')}'`, ['', '2201B', '54001']],
};

for (const [what, [text, outcomes]] of Object.entries(NESTED)) {
	test(`${DEEP} nested ${what}`, { timeout: 30_000 }, async () => {
		for (const parameters of [undefined, []]) {
			const code = await client.query(text, parameters).then(
				() => '',
				(error: { code: string }) => error.code,
			);
			// PostgreSQL's parser answers 42601 when it is nested too deeply for its stack, as this one does.
			assert.ok(outcomes.includes(code) || code === '42601', `ended with ${code}`);
			assert.equal((await bystander.query('SELECT 1 AS one')).rows[0].one, 1);
			assert.equal((await client.query('SELECT 1 AS one')).rows[0].one, 1);
		}
	});
}

const PRECISE: Readonly<Record<string, readonly [string, string]>> = {
	'an integer of a thousand digits as int4': [`SELECT '${'9'.repeat(1000)}'::int4`, '22003'],
	'a numeric of 200,000 digits': [`SELECT '${'9'.repeat(200_000)}'::numeric`, '22003'],
	'a power without end': ['SELECT 10::numeric ^ 1000000000', '22003'],
	'a factorial': ['SELECT factorial(1000000)', '22003'],
	'a float beyond its range': [`SELECT '1e400'::float8`, '22003'],
	'an int8 overflow': ['SELECT 9223372036854775807 + 1', '22003'],
	'an int4 overflow in a sum of columns': ['SELECT id + 2147483647 FROM t', '22003'],
	'a text of ten gigabytes': [`SELECT repeat('x', 2147483647) || repeat('x', 2147483647)`, '54000'],
	'padding without end': [`SELECT lpad('x', 2147483647, 'y')`, '54000'],
	'a date far away': [`SELECT '999999999-01-01'::date`, '22008'],
	'a timestamp plus too much': [`SELECT '294276-01-01'::timestamp + interval '10 years'`, '22008'],
	'an interval beyond its range': [`SELECT interval '999999999999 years'`, '22015'],
	'an index far beyond an array': [`SELECT '[2147483647:2147483647]={1}'::int[]`, '54000'],
	'a type that does not exist': ['SELECT 1::nothing', '42704'],
	'an unterminated quote': [`SELECT 'abc`, '42601'],
	'an unterminated comment': ['SELECT 1 /* abc', '42601'],
};

for (const [what, [text, code]] of Object.entries(PRECISE)) {
	test(`${what} ends with ${code}`, { timeout: 20_000 }, async () => {
		assert.equal((await failureOf(client.query(text))).code, code);
		assert.equal((await bystander.query('SELECT 1 AS one')).rows[0].one, 1);
	});
}

test('a statement of ten megabytes is answered', { timeout: 30_000 }, async () => {
	const long = 'x'.repeat(10 * 2 ** 20);
	assert.equal((await client.query(`SELECT length('${long}') AS n`)).rows[0].n, long.length);
	assert.equal((await client.query('SELECT length($1) AS n', [long])).rows[0].n, long.length);
	assert.equal((await client.query(`SELECT 1 AS one -- ${long}`)).rows[0].one, 1);
});

test('thousands of parameters, and one too many', { timeout: 30_000 }, async () => {
	const most = 65_535;
	const list = (count: number): string => Array.from({ length: count }, (_, i) => `$${i + 1}::int`).join(',');
	const { rows } = await client.query(
		`SELECT count(*)::int AS n FROM unnest(ARRAY[${list(5000)}]) x`,
		Array.from({ length: 5000 }, (_, i) => i),
	);
	assert.equal(rows[0].n, 5000);
	assert.equal(
		(
			await client.query(
				`SELECT 1 AS one WHERE 3 IN (${list(most)})`,
				Array.from({ length: most }, (_, i) => i),
			)
		).rows[0].one,
		1,
	);
	assert.equal((await failureOf(client.query('SELECT $65536::int'))).code, '42P02');
	assert.equal((await failureOf(client.query('SELECT $99999999999::int'))).code, '42601');
	const columns = Array.from({ length: 1700 }, (_, i) => `c${i} int`).join(', ');
	assert.equal((await failureOf(client.query(`CREATE TABLE wide (${columns})`))).code, '54011');
	const targets = Array.from({ length: 2000 }, (_, i) => String(i)).join(', ');
	assert.equal((await failureOf(client.query(`SELECT ${targets}`))).code, '54011');
});

test('invalid UTF-8 in a statement, a parameter and COPY data', async () => {
	const raw = await server.raw();
	raw.send(message('Q', Buffer.concat([Buffer.from("SELECT '"), Buffer.of(0xff, 0xfe), Buffer.from("'\0")])));
	assert.equal(errorFields((await raw.until('Z')).find((m) => m.type === 'E')!)['C'], '22021');
	const bytes = Buffer.concat([Buffer.from('abc'), Buffer.of(0xc3)]);
	const parameter = extended('SELECT $1::text', ['abcd']);
	parameter.set(bytes, parameter.indexOf('abcd'));
	raw.send(parameter);
	assert.equal(errorFields((await raw.until('Z')).find((m) => m.type === 'E')!)['C'], '22021');
	raw.send(message('Q', 'COPY t FROM STDIN'));
	await raw.until('G');
	raw.send(message('d', Buffer.concat([Buffer.from('3\t'), Buffer.of(0x80), Buffer.from('\n')])), message('c'));
	assert.equal(errorFields((await raw.until('Z')).find((m) => m.type === 'E')!)['C'], '22021');
	raw.close();
});

test('a message that says it is longer than any may be ends its connection alone', async () => {
	const raw = await server.raw();
	const huge = Buffer.from([0x51, 0x7f, 0xff, 0xff, 0xff, 0x53]);
	raw.send(huge);
	const told = await raw.untilEnd();
	assert.equal(errorFields(told.find((m) => m.type === 'E')!)['C'], '08P01');
	assert.equal((await bystander.query('SELECT 1 AS one')).rows[0].one, 1);
});

async function openCount(): Promise<number> {
	return (await bystander.query('SELECT count(*)::int AS n FROM pg_stat_activity')).rows[0].n;
}

test('a client that vanishes gives back its locks, its rows and its session', { timeout: 30_000 }, async () => {
	const count = await openCount();
	const vanish = async (...steps: readonly Buffer[]): Promise<void> => {
		const raw = await server.raw();
		for (const step of steps.slice(0, -1)) {
			raw.send(step);
			await raw.until('Z');
		}
		raw.send(steps.at(-1)!);
		await eventually(
			async () =>
				(await bystander.query("SELECT count(*)::int AS n FROM pg_stat_activity WHERE state <> 'idle' AND pid <> pg_backend_pid()")).rows[0].n as number,
			(n) => n === 1,
		);
		raw.socket.resetAndDestroy();
		await eventually(openCount, (n) => n === count);
		await bystander.query("SET lock_timeout = '5s'; UPDATE t SET v = v WHERE id = 1; INSERT INTO t VALUES (100, 'x'); DELETE FROM t WHERE id = 100");
		assert.deepEqual((await bystander.query('SELECT * FROM t ORDER BY id')).rows, [
			{ id: 1, v: 'one' },
			{ id: 2, v: 'two' },
		]);
		assert.deepEqual((await bystander.query('SELECT * FROM pg_locks WHERE pid <> pg_backend_pid()')).rows, []);
	};
	const query = (text: string): Buffer => message('Q', text);
	await vanish(query('BEGIN'), query("UPDATE t SET v = 'never' WHERE id = 1"));
	await vanish(query('BEGIN'), query("INSERT INTO t VALUES (100, 'never')"), query('SELECT pg_sleep(600)'));
	await vanish(query('SELECT count(*) FROM generate_series(1, 100000000000) g WHERE g % 7 = 3'));
	await vanish(Buffer.concat([query('COPY t FROM STDIN'), message('d', Buffer.from('100\tnever\n101\tnev'))]));
	await vanish(query('BEGIN'), Buffer.concat([query('COPY t FROM STDIN'), message('d', Buffer.from('100\tnever\n'))]));
	await vanish(
		Buffer.concat([
			message('P', '', 'INSERT INTO t VALUES (100, $$never$$) RETURNING id', Buffer.of(0, 0)),
			message('B', 'p', '', Buffer.of(0, 0, 0, 0, 0, 0)),
			message('E', 'p', 1),
			message('H'),
		]),
	);
});

test('a client that reads nothing and vanishes leaves no snapshot behind', { timeout: 30_000 }, async () => {
	const count = await openCount();
	const raw = await server.raw();
	raw.socket.pause();
	raw.send(message('Q', "SELECT repeat('x', 1000) FROM generate_series(1, 100000000)"));
	await eventually(
		async () =>
			(await bystander.query("SELECT count(*)::int AS n FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid()")).rows[0].n as number,
		(n) => n === 1,
	);
	raw.socket.resetAndDestroy();
	await eventually(openCount, (n) => n === count);
	const { manager } = server.database.engine;
	assert.equal(manager.statistics().openTransactions, 0);
});

test('memory is given back after large statements and many connections', { timeout: 60_000 }, async () => {
	setFlagsFromString('--expose-gc');
	const collect = runInNewContext('gc') as () => void;
	const used = async (): Promise<number> => {
		for (let i = 0; i < 5; i++) {
			collect();
			await new Promise((resolve) => setImmediate(resolve));
		}
		const { heapUsed, arrayBuffers } = process.memoryUsage();
		return heapUsed + arrayBuffers;
	};
	const work = async (): Promise<void> => {
		for (let i = 0; i < 20; i++) {
			const raw = await RawClient.login(server.port);
			raw.send(message('Q', `SELECT length('${'y'.repeat(2 * 2 ** 20)}')`));
			await raw.until('Z');
			raw.send(message('Q', nest('SELECT (', '1', ')', 2000)));
			await raw.until('Z');
			raw.socket.resetAndDestroy();
		}
		await eventually(openCount, (n) => n === 2);
	};
	await work();
	const first = await used();
	await work();
	await work();
	const grown = (await used()) - first;
	assert.ok(grown < 16 * 2 ** 20, `${Math.round(grown / 2 ** 20)} MiB more than before`);
});
