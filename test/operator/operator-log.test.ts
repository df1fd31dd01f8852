/** What the operator reads on standard error: levels, slow statements, log_statement, connections, errors of our own. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type pg from 'pg';
import { failureOf, ServedDatabase } from './served-database.ts';

let server: ServedDatabase;
let client: pg.Client;
let lines: string[] = [];

before(async () => {
	server = await ServedDatabase.open();
	server.database.engine.operatorLog = { write: (level, message) => void lines.push(`${level} ${message}`) };
	client = await server.connect({ application_name: 'books' });
});

after(() => server.close());

beforeEach(() => {
	lines = [];
});

test('a slow statement is written with its time, rows, user and process, and without the values of its parameters', async () => {
	await client.query('SET log_min_duration_statement = 200');
	await client.query('SELECT pg_sleep($1), g FROM generate_series(1, 1) g WHERE $2::text IS NOT NULL', [0.25, 'a secret']);
	await client.query('SELECT 1');
	// On a busy machine the others may be slow too.
	const slow = lines.filter((line) => line.includes('pg_sleep'));
	assert.equal(slow.length, 1, lines.join('\n'));
	assert.match(slow[0]!, /^warn slow statement, \d+\.\d ms, 1 rows, pid \d+, user tester: SELECT pg_sleep\(\$1\), g FROM generate_series/);
	assert.doesNotMatch(lines.join(), /secret/);
});

test('each statement of a text of several is measured for itself', async () => {
	await client.query('SELECT pg_sleep(0.25); SELECT 2; SELECT pg_sleep(0.25), 3');
	assert.deepEqual(
		lines.map((line) => line.replace(/^.*: /, '')).filter((text) => text !== 'SELECT 2'),
		['SELECT pg_sleep(0.25)', 'SELECT pg_sleep(0.25), 3'],
	);
});

test('a text is cut, stays on one line, and shows no password', async () => {
	await client.query("SET log_min_duration_statement = -1; SET log_statement = 'all'");
	lines = [];
	await client.query(`SELECT 1\n/* ${'x'.repeat(3000)} */\n`);
	await client.query("SELECT 'a\r\n2026-01-01 error forged'");
	await client.query("CREATE ROLE reader LOGIN PASSWORD 'hunter2'");
	await client.query("ALTER USER reader WITH ENCRYPTED PASSWORD 'hunter3'");
	await client.query('DROP ROLE reader');
	assert.equal(lines.length, 5);
	for (const line of lines) {
		assert.ok(line.length < 1200);
		assert.doesNotMatch(line, /[\r\n]|hunter/);
		assert.match(line, /^info statement, pid \d+, user tester: /);
	}
	await client.query("SET log_statement = 'none'");
});

test('log_statement writes the kinds that it names', async () => {
	const kinds = async (setting: string): Promise<string[]> => {
		await client.query(`SET log_statement = '${setting}'`);
		lines = [];
		for (const text of ['CREATE TABLE logged (a int)', 'INSERT INTO logged VALUES (1)', 'SELECT a FROM logged', 'DROP TABLE logged']) await client.query(text);
		const written = lines.map((line) => line.replace(/^.*: (\w+).*$/, '$1'));
		await client.query("SET log_statement = 'none'");
		return written;
	};
	assert.deepEqual(await kinds('none'), []);
	assert.deepEqual(await kinds('ddl'), ['CREATE', 'DROP']);
	assert.deepEqual(await kinds('mod'), ['CREATE', 'INSERT', 'DROP']);
	assert.deepEqual(await kinds('all'), ['CREATE', 'INSERT', 'SELECT', 'DROP']);
});

test('connections are written for who looks closely, and ends by another will', async () => {
	const other = await server.connect({ application_name: 'shelf\nerror forged' });
	const pid = (await other.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
	const gone = new Promise((resolve) => other.once('end', resolve));
	await client.query('SELECT pg_terminate_backend($1)', [pid]);
	await gone;
	const about = lines.filter((line) => line.includes(`pid ${pid},`));
	assert.match(about[0]!, /^debug connected, pid \d+, user tester, from 127\.0\.0\.1:\d+, application shelf error forged$/);
	assert.match(about[1]!, /^info terminating connection due to administrator command, pid/);
	assert.match(about[2]!, /^debug disconnected, pid \d+, user tester, after \d+\.\d+ s$/);
});

test('errors of clients are for who looks closely; ours come with their stack', async () => {
	await failureOf(client.query('SELECT 1/0'));
	assert.match(lines[0]!, /^debug division by zero \(22012\), pid \d+, user tester: SELECT 1\/0$/);
	lines = [];
	const { engine } = server.database;
	const real = engine.compilePlan;
	engine.compilePlan = () => {
		throw new TypeError('a bug for this test');
	};
	const failed = await failureOf(client.query('SELECT 41 + 1 AS never_seen_before'));
	engine.compilePlan = real;
	assert.equal(failed.code, 'XX000');
	assert.match(lines[0]!, /^error internal error, pid \d+, user tester: SELECT 41 \+ 1 AS never_seen_before\nTypeError: a bug for this test\n\s+at /);
	assert.equal((await client.query('SELECT 42 AS answer')).rows[0].answer, 42);
});
