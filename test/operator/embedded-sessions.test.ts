/** Timeouts and ends of sessions inside this process. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Session } from '../../src/database/contracts.ts';
import type { Database } from '../../src/database/embedded/database.ts';
import { openDatabase } from '../../src/database/open.ts';
import { eventually, failureOf } from './served-database.ts';
import { runText } from './session-text.ts';

let db: Database;

// Timers of sessions keep no process alive, so the test does.
const alive = setInterval(() => undefined, 1000);

before(async () => {
	db = await openDatabase(':memory:');
	await db.sql('CREATE TABLE t (id int PRIMARY KEY, v int)');
	await db.sql('INSERT INTO t VALUES (1, 10)');
});

after(() => {
	clearInterval(alive);
	return db.close();
});

async function terminated(session: Session): Promise<{ sqlstate?: string }> {
	return new Promise((resolve) => {
		session.onTerminate = (reason) => resolve(reason as { sqlstate?: string });
	});
}

test('an idle transaction of a session is ended, and its changes and locks with it', async () => {
	const session = db.connect({ user: 'polylog', settings: { idle_in_transaction_session_timeout: '20ms' } });
	const ended = terminated(session);
	await runText(session, 'BEGIN');
	await runText(session, 'UPDATE t SET v = 11');
	session.idle();
	assert.equal((await ended).sqlstate, '25P03');
	assert.deepEqual(
		(await db.sql('UPDATE t SET v = v RETURNING v')).map((row) => row['v']),
		[10],
	);
	assert.throws(() => session.prepare('SELECT 1', []), { sqlstate: '57P01' });
});

test('an idle session is ended; an awaited statement of the database is never met by that', async () => {
	const other = await openDatabase(':memory:', { settings: { idle_session_timeout: '15ms' } });
	try {
		assert.equal((await other.sql('SELECT 1 AS one'))[0]!['one'], 1);
		const pooled = other.sql('SELECT count(*)::int AS n FROM pg_stat_activity').get()!;
		assert.ok(Number(pooled['n']) >= 1);
		const session = other.connect({ user: 'polylog' });
		const ended = terminated(session);
		session.idle();
		assert.equal((await ended).sqlstate, '57P05');
		assert.equal((await other.sql('SELECT 1 AS one'))[0]!['one'], 1);
		assert.equal(other.sql('SELECT 1 AS one').get()!['one'], 1);
	} finally {
		await other.close();
	}
});

test('statement_timeout ends synchronous calls too', async () => {
	const other = await openDatabase(':memory:', { settings: { statement_timeout: '30ms' } });
	try {
		const text = 'SELECT count(*) FROM generate_series(1, 100000000000) AS g(x) WHERE x % 7 = 3';
		assert.throws(() => other.sql(text).get(), { sqlstate: '57014' });
		await assert.rejects(other.sql(text).run(), { sqlstate: '57014' });
		assert.equal(other.sql('SELECT 1 AS one').get()!['one'], 1);
	} finally {
		await other.close();
	}
});

test('a pool of sessions is shown as idle, not as active', async () => {
	await db.sql('SELECT 1');
	const rows = await db.sql("SELECT count(*)::int AS n FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid()");
	assert.deepEqual(
		rows.map((row) => row['n']),
		[0],
	);
});

test('a wait for a lock in an awaited statement can be cancelled from elsewhere', async () => {
	const holder = db.connect({ user: 'polylog' });
	await runText(holder, 'BEGIN');
	await runText(holder, 'UPDATE t SET v = 11');
	const failing = failureOf(db.sql('UPDATE t SET v = 12').run());
	const waiting = await eventually(
		async () => db.sql("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'").all(),
		(rows) => rows.length === 1,
	);
	db.sql(`SELECT pg_cancel_backend(${String(waiting[0]!['pid'])})`).get();
	assert.equal(((await failing) as unknown as { sqlstate: string }).sqlstate, '57014');
	await runText(holder, 'ROLLBACK');
	holder.close();
});
