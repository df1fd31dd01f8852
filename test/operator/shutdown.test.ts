/** A server under signals, as a process: every kind of open client, levels of its log, data intact. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { from } from 'pg-copy-streams';
import { message, startup } from '../../src/serve/postgres/raw-client.testing.ts';
import { eventually, type FailedStatement, failureOf, goodbyeOf } from './served-database.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const STOP_MS_MAX = 5000;
const root = mkdtempSync(join(tmpdir(), 'polylog-shutdown-'));

after(() => rmSync(root, { recursive: true, force: true }));

interface Running {
	readonly child: ChildProcess;
	readonly port: number;
	readonly errors: () => string;
	readonly exited: Promise<{ code: number | null; signal: string | null }>;
}

async function start(directory: string, ...options: string[]): Promise<Running> {
	const child = spawn(
		process.execPath,
		[MAIN, 'serve', directory, '--postgres-port', '0', '--redis-port', '0', '--bolt-port', '0', '--http-port', 'off', ...options],
		{
			stdio: ['ignore', 'pipe', 'pipe'],
		},
	);
	let output = '';
	let errors = '';
	child.stderr!.on('data', (piece: Buffer) => {
		errors += piece;
	});
	const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) => child.on('exit', (code, signal) => resolve({ code, signal })));
	const port = await new Promise<number>((resolve, reject) => {
		child.stdout!.on('data', (piece: Buffer) => {
			output += piece;
			const ready = /^ready postgres=127\.0\.0\.1:(\d+) redis=127\.0\.0\.1:\d+ bolt=127\.0\.0\.1:\d+$/m.exec(output);
			if (ready !== null) resolve(Number(ready[1]));
		});
		void exited.then(() => reject(new Error(`it did not start: ${errors}`)));
	});
	return { child, port, errors: () => errors, exited };
}

async function client(port: number): Promise<pg.Client> {
	const made = new pg.Client({ host: '127.0.0.1', port, user: 'tester', database: 'polylog' });
	made.on('error', () => undefined);
	await made.connect();
	return made;
}

/** A client that asks for far more than it ever reads. */
async function deafClient(port: number): Promise<Socket> {
	const socket = connect(port, '127.0.0.1');
	socket.on('error', () => undefined);
	await new Promise((resolve) => socket.once('connect', resolve));
	socket.pause();
	socket.write(startup({ user: 'tester', application_name: 'deaf' }));
	socket.write(message('Q', "SELECT repeat('x', 1000) FROM generate_series(1, 100000000)"));
	return socket;
}

async function openClients(port: number): Promise<{ goodbyes: Promise<{ code: string; severity: string }>[]; deaf: Socket }> {
	const admin = await client(port);
	await admin.query('CREATE TABLE IF NOT EXISTS t (id int PRIMARY KEY, v text)');
	await admin.query("INSERT INTO t SELECT g, 'v' || g FROM generate_series(1, 1000) g ON CONFLICT DO NOTHING");
	const idle = await client(port);
	const inTransaction = await client(port);
	await inTransaction.query('BEGIN');
	await inTransaction.query("UPDATE t SET v = 'never' WHERE id = 1");
	const busy = await client(port);
	const blocked = await client(port);
	const copying = await client(port);
	const deaf = await deafClient(port);
	const idleGoodbye = goodbyeOf(idle);
	const openGoodbye = goodbyeOf(inTransaction);
	const goodbyes = [
		failureOf(busy.query('SELECT count(*) FROM generate_series(1, 100000000000) g WHERE g % 7 = 3')),
		failureOf(blocked.query("UPDATE t SET v = 'never' WHERE id = 1")),
		new Promise<FailedStatement>((resolve) => copying.query(from('COPY t FROM STDIN')).on('error', (error) => resolve(error as unknown as FailedStatement))),
		idleGoodbye,
		openGoodbye,
	];
	await eventually(
		async () => (await admin.query("SELECT count(*)::int AS n FROM pg_stat_activity WHERE state = 'active'")).rows[0].n as number,
		(active) => active === 5,
	);
	return { goodbyes, deaf };
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
	test(`${signal} ends the server within five seconds whatever its clients do; data are intact`, { timeout: 60_000 }, async () => {
		const directory = join(root, signal);
		const running = await start(directory);
		const { goodbyes, deaf } = await openClients(running.port);
		const started = performance.now();
		running.child.kill(signal);
		const { code, signal: killedBy } = await running.exited;
		assert.ok(performance.now() - started < STOP_MS_MAX, `it took ${performance.now() - started} ms`);
		assert.deepEqual({ code, killedBy }, { code: 0, killedBy: null }, running.errors());
		for (const goodbye of goodbyes) assert.deepEqual(pick(await goodbye), { code: '57P01', severity: 'FATAL' });
		deaf.destroy();
		assert.doesNotMatch(running.errors(), / error /);
		const again = await start(directory);
		const reader = await client(again.port);
		assert.deepEqual((await reader.query("SELECT count(*)::int AS n, count(*) FILTER (WHERE v = 'v' || id)::int AS intact FROM t")).rows, [
			{ n: 1000, intact: 1000 },
		]);
		await reader.end();
		again.child.kill('SIGTERM');
		assert.equal((await again.exited).code, 0);
	});
}

function pick({ code, severity }: { code: string; severity: string }): { code: string; severity: string } {
	return { code, severity };
}

test('--log-level chooses what standard error says, --slow-query-ms what is slow', { timeout: 60_000 }, async () => {
	const said = async (...options: string[]): Promise<string> => {
		const running = await start(join(root, 'levels'), ...options);
		const one = await client(running.port);
		await one.query('SELECT pg_sleep(0.25)');
		await failureOf(one.query('SELECT 1/0'));
		await one.end();
		running.child.kill('SIGTERM');
		assert.equal((await running.exited).code, 0);
		return running.errors();
	};
	const debug = await said('--log-level', 'debug', '--slow-query-ms', '200');
	assert.match(debug, /^\d{4}-\d\d-\d\dT\S+Z debug connected, pid \d+, user tester/m);
	assert.match(debug, / warn slow statement, [\d.]+ ms, 1 rows, pid \d+, user tester: SELECT pg_sleep\(0\.25\)/);
	assert.match(debug, / debug division by zero \(22012\)/);
	assert.match(debug, / info serving /);
	const warn = await said('--log-level', 'warn', '--slow-query-ms', '200');
	assert.match(warn, / warn slow statement/);
	assert.doesNotMatch(warn, / (info|debug) /);
	assert.equal(await said('--log-level', 'error', '--slow-query-ms', '200'), '');
	assert.doesNotMatch(await said('--log-level', 'info', '--slow-query-ms=-1'), /slow/);
});
