/** Timeouts, cancelling, ending sessions and looking at them, over the wire. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import { startup } from '../../src/serve/postgres/raw-client.testing.ts';
import { eventually, type FailedStatement, failureOf, goodbyeOf, ServedDatabase } from './served-database.ts';

let server: ServedDatabase;
let admin: pg.Client;

/** Takes minutes when nobody stops it. */
const LONG = 'SELECT count(*) FROM generate_series(1, 100000000000) AS g(x) WHERE x % 7 = 3';

const LONG_STATEMENTS: Readonly<Record<string, string>> = {
	'a scan': LONG,
	'a nested loop': 'SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b WHERE a.a + b.b = -1',
	'a sort of what never ends': 'SELECT * FROM generate_series(1, 100000000000) AS g(x) ORDER BY x % 1000 LIMIT 1',
	'an aggregation': 'SELECT sum(c) FROM (SELECT x % 10 AS k, count(*) AS c FROM generate_series(1, 100000000000) AS g(x) GROUP BY 1) s',
	'a recursion': 'WITH RECURSIVE r(n) AS (SELECT 1::int8 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r',
	'a sleep': 'SELECT pg_sleep(600)',
	'a sleep per row': 'SELECT pg_sleep(600) FROM generate_series(1, 10)',
	'an insert': 'INSERT INTO filled SELECT x FROM generate_series(1, 100000000000) AS g(x) WHERE x % 1000000000 = 0',
	'a DO of the same': 'CREATE TABLE filled_as AS SELECT x FROM generate_series(1, 100000000000) AS g(x) WHERE x % 1000000000 = 0',
	'a copy of a query': `COPY (${LONG}) TO STDOUT`,
};

const BLOCKED = 'UPDATE t SET v = 0 WHERE id = 1';
const LASTING = new Set([LONG, BLOCKED, 'SELECT pg_sleep(600)']);

before(async () => {
	server = await ServedDatabase.open();
	admin = await server.connect();
	await admin.query('CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 10), (2, 20); CREATE TABLE filled (x int8)');
});

after(() => server.close());

async function pidOf(client: pg.Client): Promise<number> {
	return (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
}

async function activity(pid: number): Promise<Record<string, unknown>> {
	return (await admin.query('SELECT * FROM pg_stat_activity WHERE pid = $1', [pid])).rows[0];
}

const isWaiting = (row: Record<string, unknown>): boolean => row['wait_event_type'] === 'Lock';

/** Runs `work` while another client holds row 1 of t. */
async function whileLocked(work: (holder: pg.Client) => Promise<void>): Promise<void> {
	const holder = await server.connect();
	await holder.query('BEGIN');
	await holder.query('UPDATE t SET v = v + 1 WHERE id = 1');
	try {
		await work(holder);
	} finally {
		await holder.query('ROLLBACK').catch(() => undefined);
		await holder.end();
	}
}

for (const [name, text] of Object.entries(LONG_STATEMENTS)) {
	test(`statement_timeout ends ${name}`, { timeout: 20_000 }, async () => {
		const client = await server.connect();
		await client.query("SET statement_timeout = '40ms'");
		const started = performance.now();
		const failed = await failureOf(client.query(text));
		assert.equal(failed.code, '57014');
		assert.equal(failed.message, 'canceling statement due to statement timeout');
		assert.ok(performance.now() - started < 3000);
		assert.deepEqual((await client.query('SELECT 1 AS one')).rows, [{ one: 1 }]);
		await client.end();
	});

	test(`pg_cancel_backend ends ${name}`, { timeout: 20_000 }, async () => {
		const client = await server.connect();
		const pid = await pidOf(client);
		const failing = failureOf(client.query(text));
		await eventually(
			() => activity(pid),
			(row) => row['state'] === 'active' && row['query'] === text,
		);
		assert.deepEqual((await admin.query('SELECT pg_cancel_backend($1) AS done', [pid])).rows, [{ done: true }]);
		const failed = await failing;
		assert.equal(failed.code, '57014');
		assert.equal(failed.message, 'canceling statement due to user request');
		assert.deepEqual((await client.query('SELECT 1 AS one')).rows, [{ one: 1 }]);
		await client.end();
	});
}

test('statement_timeout and lock_timeout end a wait for a row', async () => {
	await whileLocked(async () => {
		const client = await server.connect();
		await client.query("SET statement_timeout = '30ms'");
		assert.equal((await failureOf(client.query('UPDATE t SET v = 0 WHERE id = 1'))).code, '57014');
		await client.query("SET statement_timeout = 0; SET lock_timeout = '30ms'");
		const failed = await failureOf(client.query('UPDATE t SET v = 0 WHERE id = 1'));
		assert.equal(failed.code, '55P03');
		assert.equal(failed.message, 'canceling statement due to lock timeout');
		assert.equal((await failureOf(client.query('ALTER TABLE t ADD COLUMN w int'))).code, '55P03');
		await client.end();
	});
});

test('lock_timeout ends a wait for an advisory lock', async () => {
	const holder = await server.connect();
	await holder.query('SELECT pg_advisory_lock(7)');
	const client = await server.connect();
	await client.query("SET lock_timeout = '30ms'");
	assert.equal((await failureOf(client.query('SELECT pg_advisory_lock(7)'))).code, '55P03');
	await client.query("SET lock_timeout = 0; SET statement_timeout = '30ms'");
	assert.equal((await failureOf(client.query('SELECT pg_advisory_lock(7)'))).code, '57014');
	await holder.end();
	await client.query('SELECT pg_advisory_lock(7)');
	assert.deepEqual((await client.query('SELECT pg_advisory_unlock(7) AS a, pg_advisory_unlock(7) AS b')).rows, [{ a: true, b: false }]);
	await client.end();
});

test('a cancel request ends a wait for a row, and nothing that comes after it', async () => {
	await whileLocked(async () => {
		const client = await server.connect();
		const pid = await pidOf(client);
		const failing = failureOf(client.query('UPDATE t SET v = 0 WHERE id = 1'));
		await eventually(() => activity(pid), isWaiting);
		const secret = (client as unknown as { secretKey: number }).secretKey;
		await sendCancel(pid, secret + 1);
		assert.ok(isWaiting(await activity(pid)), 'a wrong secret cancels nothing');
		await sendCancel(pid, secret);
		assert.equal((await failing).code, '57014');
		await sendCancel(pid, secret);
		assert.deepEqual((await client.query('SELECT 1 AS one')).rows, [{ one: 1 }]);
		await client.end();
	});
});

async function sendCancel(pid: number, secret: number): Promise<void> {
	const { RawClient } = await import('../../src/serve/postgres/raw-client.testing.ts');
	const raw = await RawClient.open(server.port);
	const packet = Buffer.alloc(16);
	packet.writeInt32BE(16, 0);
	packet.writeInt32BE(80877102, 4);
	packet.writeInt32BE(pid, 8);
	packet.writeInt32BE(secret | 0, 12);
	raw.send(packet);
	await raw.untilEnd();
}

test('idle_in_transaction_session_timeout ends the session, and its transaction is rolled back', async () => {
	for (const failedBlock of [false, true]) {
		const client = await server.connect();
		const goodbye = goodbyeOf(client);
		await client.query("SET idle_in_transaction_session_timeout = '40ms'");
		await client.query('BEGIN');
		await client.query('UPDATE t SET v = 99 WHERE id = 2');
		if (failedBlock) await failureOf(client.query('SELECT 1/0'));
		const told = await goodbye;
		assert.equal(told.code, '25P03');
		assert.equal(told.severity, 'FATAL');
		assert.equal(told.message, 'terminating connection due to idle-in-transaction timeout');
		assert.deepEqual((await admin.query('UPDATE t SET v = v WHERE id = 2 RETURNING v')).rows, [{ v: 20 }]);
	}
});

test('idle_session_timeout ends an idle session, not one in a transaction', async () => {
	const client = await server.connect();
	const goodbye = goodbyeOf(client);
	await client.query("SET idle_session_timeout = '60ms'");
	await client.query('BEGIN');
	await client.query('SELECT pg_sleep(0.1)');
	assert.equal((await client.query('SELECT 1 AS one')).rows[0].one, 1);
	await client.query('COMMIT');
	const told = await goodbye;
	assert.equal(told.code, '57P05');
	assert.equal(told.severity, 'FATAL');
	assert.equal(told.message, 'terminating connection due to idle-session timeout');
});

test('pg_terminate_backend ends sessions that are idle, in a transaction, at work and waiting', async () => {
	const begin = async (...texts: string[]): Promise<{ pid: number; goodbye: Promise<FailedStatement> }> => {
		const client = await server.connect();
		let goodbye = goodbyeOf(client);
		const pid = await pidOf(client);
		for (const text of texts.filter((text) => !LASTING.has(text))) await client.query(text);
		const last = texts.find((text) => LASTING.has(text));
		// The driver gives the reason to the statement that runs.
		if (last !== undefined) goodbye = failureOf(client.query(last));
		await eventually(
			() => activity(pid),
			(row) => last === undefined || row['query'] === last,
		);
		return { pid, goodbye };
	};
	await whileLocked(async () => {
		for (const texts of [[], ['BEGIN', 'UPDATE t SET v = 5 WHERE id = 2'], [LONG], ['BEGIN', LONG], [BLOCKED], ['SELECT pg_sleep(600)']]) {
			const { pid, goodbye } = await begin(...texts);
			assert.deepEqual((await admin.query('SELECT pg_terminate_backend($1) AS done', [pid])).rows, [{ done: true }]);
			const told = await goodbye;
			assert.equal(told.code, '57P01', `${texts.join('; ')}: ${String(told)}`);
			assert.equal(told.severity, 'FATAL');
			await eventually(
				() => activity(pid),
				(row) => row === undefined,
			);
		}
	});
	const locks = await admin.query('SELECT * FROM pg_locks WHERE granted AND pid <> pg_backend_pid()');
	assert.deepEqual(locks.rows, []);
	assert.deepEqual((await admin.query('SELECT pg_terminate_backend(99999999) AS done')).rows, [{ done: false }]);
});

test('a sleep lasts once for every row', async () => {
	const client = await server.connect();
	const started = performance.now();
	const { rows } = await client.query('SELECT g, pg_sleep(0.02) FROM generate_series(1, 3) g');
	assert.deepEqual(
		rows.map((row) => row.g),
		[1, 2, 3],
	);
	assert.ok(performance.now() - started >= 55);
	await client.end();
});

test('COPY TO waits for locks, and gives others a turn', async () => {
	const client = await server.connect();
	const pid = await pidOf(client);
	await whileLocked(async (holder) => {
		const { to } = await import('pg-copy-streams');
		const stream = client.query(to('COPY (UPDATE t SET v = v WHERE id = 1 RETURNING id, v) TO STDOUT'));
		let text = '';
		stream.on('data', (piece: Buffer) => {
			text += piece;
		});
		const ended = new Promise((resolve, reject) => stream.on('end', resolve).on('error', reject));
		await eventually(() => activity(pid), isWaiting);
		await holder.query('ROLLBACK');
		await ended;
		assert.equal(text, '1\t10\n');
	});
	await client.end();
});

test('statement_timeout ends a COPY FROM whose client is slow', async () => {
	const { from } = await import('pg-copy-streams');
	const client = await server.connect();
	await client.query("SET statement_timeout = '30ms'");
	const stream = client.query(from('COPY filled FROM STDIN'));
	const failed = new Promise<FailedStatement>((resolve) => stream.on('error', (error) => resolve(error as unknown as FailedStatement)));
	stream.write('1\n');
	await new Promise((resolve) => setTimeout(resolve, 50));
	stream.write('2\n');
	stream.end();
	assert.equal((await failed).code, '57014');
	await client.query('SET statement_timeout = 0');
	assert.deepEqual((await client.query('SELECT count(*)::int AS n FROM filled')).rows, [{ n: 0 }]);
	await client.end();
});

test('a session may end itself', async () => {
	const client = await server.connect();
	const goodbye = goodbyeOf(client);
	const failing = client.query('SELECT pg_terminate_backend(pg_backend_pid())').catch((error: FailedStatement) => error.code);
	const told = await goodbye;
	assert.ok(told.code === '57P01' || (await failing) === '57P01');
});

test('pg_stat_activity says what every session does', async () => {
	const client = await server.connect({ application_name: 'accounts' });
	const pid = await pidOf(client);
	const idle = await activity(pid);
	assert.equal(idle['state'], 'idle');
	assert.equal(idle['query'], 'SELECT pg_backend_pid() AS pid');
	assert.equal(idle['xact_start'], null);
	assert.equal(idle['application_name'], 'accounts');
	assert.equal(idle['usename'], 'tester');
	assert.equal(idle['datname'], 'polylog');
	assert.equal(idle['client_addr'], '127.0.0.1');
	assert.ok(Number(idle['client_port']) > 0);
	assert.equal(idle['backend_type'], 'client backend');
	assert.equal(idle['wait_event_type'], 'Client');
	assert.equal(idle['wait_event'], 'ClientRead');
	assert.equal(idle['backend_xid'], null);
	assert.ok((idle['query_start'] as Date) >= (idle['backend_start'] as Date));
	await client.query('BEGIN');
	await client.query('SELECT $1::int AS one', [1]);
	const inBlock = await activity(pid);
	assert.equal(inBlock['state'], 'idle in transaction');
	assert.equal(inBlock['query'], 'SELECT $1::int AS one');
	assert.ok((inBlock['xact_start'] as Date) <= (inBlock['query_start'] as Date));
	await failureOf(client.query('SELECT 1/0'));
	assert.equal((await activity(pid))['state'], 'idle in transaction (aborted)');
	await client.query('ROLLBACK');
	assert.equal((await activity(pid))['state'], 'idle');
	await client.query('SET application_name = other');
	assert.equal((await activity(pid))['application_name'], 'other');
	const own = (await admin.query('SELECT state, query, xact_start, wait_event FROM pg_stat_activity WHERE pid = pg_backend_pid()')).rows[0];
	assert.equal(own.state, 'active');
	assert.match(own.query, /^SELECT state, query/);
	assert.ok(own.xact_start instanceof Date);
	assert.equal(own.wait_event, null);
	await client.end();
	await eventually(
		() => activity(pid),
		(row) => row === undefined,
	);
});

test('pg_stat_activity and pg_locks show who sleeps and who waits for whom', async () => {
	const sleeper = await server.connect();
	const sleeperPid = await pidOf(sleeper);
	const sleeping = failureOf(sleeper.query('SELECT pg_sleep(600)'));
	const asleep = await eventually(
		() => activity(sleeperPid),
		(row) => row['wait_event'] === 'PgSleep',
	);
	assert.equal(asleep['wait_event_type'], 'Timeout');
	await admin.query('SELECT pg_cancel_backend($1)', [sleeperPid]);
	await sleeping;
	await whileLocked(async (holder) => {
		const holderPid = await pidOf(holder);
		const waiting = sleeper.query('UPDATE t SET v = 0 WHERE id = 1 AND false OR id = 1');
		const waits = await eventually(() => activity(sleeperPid), isWaiting);
		assert.equal(waits['state'], 'active');
		assert.ok(waits['xact_start'] instanceof Date);
		const locks = (await admin.query("SELECT pid, granted, relation::regclass::text AS relation FROM pg_locks WHERE locktype = 'tuple' ORDER BY granted DESC"))
			.rows;
		assert.deepEqual(locks, [
			{ pid: holderPid, granted: true, relation: 't' },
			{ pid: sleeperPid, granted: false, relation: 't' },
		]);
		assert.deepEqual((await admin.query('SELECT pg_blocking_pids($1) AS pids', [sleeperPid])).rows, [{ pids: [holderPid] }]);
		await admin.query('SELECT pg_cancel_backend($1)', [sleeperPid]);
		await failureOf(waiting);
	});
	await sleeper.end();
});

test('a session setting given at the start of a connection counts', async () => {
	const client = await server.connect({ statement_timeout: 30 });
	assert.equal((await failureOf(client.query('SELECT pg_sleep(600)'))).code, '57014');
	await client.end();
	const raw = await (await import('../../src/serve/postgres/raw-client.testing.ts')).RawClient.open(server.port);
	raw.send(startup({ user: 'tester', options: '-c idle_session_timeout=30ms' }));
	const messages = await raw.untilEnd();
	assert.match(messages.at(-1)!.body.toString(), /57P05/);
});
