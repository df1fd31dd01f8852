/** The protocol as Neo4j's own driver speaks it, over a socket, against a host of words. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import neo4j, { type Driver, type Neo4jError } from 'neo4j-driver';
import { formatScramVerifier, makeScramVerifier } from '../../database/scram-verifier.ts';
import { selfSigned } from '../certificate.testing.ts';
import type { BoltServer } from './host.ts';
import { ScriptedHost, type ScriptedSession } from './scripted-host.testing.ts';
import { serveBolt } from './server.ts';

let host: ScriptedHost;
let server: BoltServer;
let driver: Driver;

const url = (): string => `bolt://127.0.0.1:${server.port}`;
const lastSession = (): ScriptedSession => host.sessions.at(-1)!;

async function failureOf(work: PromiseLike<unknown>): Promise<Neo4jError> {
	try {
		await work;
	} catch (error) {
		return error as Neo4jError;
	}
	throw new Error('nothing failed');
}

before(async () => {
	host = new ScriptedHost();
	server = await serveBolt(host, { port: 0 });
	driver = neo4j.driver(url(), undefined, { maxTransactionRetryTime: 0 });
});

after(async () => {
	await driver.close();
	await server.close();
	assert.deepEqual(host.reports, []);
	assert.ok(host.sessions.every((session) => session.isClosed));
});

test('the newest version is negotiated, and the server tells what it is', async () => {
	const info = await driver.getServerInfo();
	assert.equal(String(info.protocolVersion), '5.8');
	assert.match(info.agent ?? '', /^Neo4j\/5\.\d+\.\d+ compatible; Polylog$/);
});

test('rows come in pulls, in order, with a summary', async () => {
	const session = driver.session({ fetchSize: 10 });
	const result = await session.run('rows 25');
	assert.deepEqual(
		result.records.map((record) => record.get('n').toNumber()),
		Array.from({ length: 25 }, (_, index) => index),
	);
	assert.equal(result.summary.queryType, 'r');
	assert.equal(result.summary.database.name, 'polylog');
	assert.equal(result.summary.counters.containsUpdates(), false);
	assert.deepEqual(
		result.summary.gqlStatusObjects.map((status) => status.gqlStatus),
		['00000'],
	);
	await session.close();
});

test('a result may be given up', async () => {
	const session = driver.session({ fetchSize: 2 });
	const taken: number[] = [];
	for await (const record of session.run('rows 1000000')) {
		taken.push(record.get('n').toNumber());
		if (taken.length === 5) break;
	}
	assert.equal(taken.length, 5);
	await session.close();
	assert.ok(lastSession().events.includes('close result'));
});

test('counters and the kind of query are told', async () => {
	const { summary } = await driver.executeQuery('create 3');
	assert.equal(summary.queryType, 'w');
	assert.equal(summary.counters.updates().nodesCreated, 3);
	assert.equal(summary.counters.updates().labelsAdded, 1);
	assert.ok(summary.counters.containsUpdates());
	assert.deepEqual(
		summary.gqlStatusObjects.map((status) => status.gqlStatus),
		['00001'],
	);
});

test('a plan is told', async () => {
	const { summary } = await driver.executeQuery('explain');
	assert.equal((summary.plan as { operatorType: string }).operatorType, 'Scan');
});

test('a text longer than a chunk arrives whole', async () => {
	for (const length of [65_529, 65_530, 65_531, 65_535, 65_536, 131_070, 300_000]) {
		const { records } = await driver.executeQuery(`wide ${length}`);
		assert.equal(records[0]!.get('text').length, length);
	}
});

test('errors have their status, and the session goes on', async () => {
	const error = await failureOf(driver.executeQuery('nonsense'));
	assert.equal(error.code, 'Neo.ClientError.Statement.SyntaxError');
	assert.equal(error.gqlStatus, '42001');
	assert.match(error.message, /unknown word nonsense/);
	assert.equal((await failureOf(driver.executeQuery('fail ParameterMissing'))).code, 'Neo.ClientError.Statement.ParameterMissing');
	assert.equal((await failureOf(driver.executeQuery('fail later TypeError'))).code, 'Neo.ClientError.Statement.TypeError');
	assert.equal((await driver.executeQuery('rows 1')).records.length, 1);
});

test('transactions commit and roll back, several results may be open', async () => {
	const session = driver.session({ fetchSize: 2, database: 'other' });
	const transaction = await session.beginTransaction({ metadata: { app: 'test' }, timeout: 5000 });
	const first = transaction.run('rows 5');
	const second = transaction.run('rows 3');
	assert.equal((await second).records.length, 3);
	assert.equal((await first).records.length, 5);
	await transaction.commit();
	const { events, lastOptions } = lastSession();
	assert.ok(events.includes('begin other write'));
	assert.ok(events.includes('commit'));
	assert.equal(lastOptions!.timeoutMs, 5000);
	assert.deepEqual([...lastOptions!.metadata], [['app', 'test']]);
	assert.deepEqual(session.lastBookmarks(), [`polylog:${host.visibleOffset}`]);
	const another = await session.beginTransaction();
	await another.run('rows 1');
	await another.rollback();
	assert.ok(lastSession().events.includes('rollback'));
	await session.close();
});

test('a failure ends its transaction', async () => {
	const session = driver.session();
	const transaction = await session.beginTransaction();
	assert.equal((await failureOf(transaction.run('fail EntityNotFound'))).code, 'Neo.ClientError.Statement.EntityNotFound');
	assert.ok(lastSession().events.includes('reset transaction'));
	await assert.rejects(transaction.commit());
	await session.close();
});

test('a bookmark of the future is waited for', async () => {
	const session = driver.session({ bookmarks: [`polylog:${host.visibleOffset + 2}`, 'polylog:1'] });
	let isDone = false;
	const result = session.run('rows 1').then((answer) => {
		isDone = true;
		return answer;
	});
	while (host.waitingCount === 0) await new Promise((resolve) => setImmediate(resolve));
	host.advance(host.visibleOffset + 1);
	await new Promise((resolve) => setImmediate(resolve));
	assert.equal(isDone, false);
	host.advance(host.visibleOffset + 1);
	assert.equal((await result).records.length, 1);
	await session.close();
	assert.equal((await failureOf(driver.session({ bookmarks: ['nonsense'] }).run('rows 1'))).code, 'Neo.ClientError.Transaction.InvalidBookmark');
});

test('a bookmark that is not reached within the time of the transaction is an error', async () => {
	const session = driver.session({ bookmarks: ['polylog:999999'] });
	assert.equal((await failureOf(session.run('rows 1', {}, { timeout: 20 }))).code, 'Neo.TransientError.Transaction.BookmarkTimeout');
	await session.close();
	assert.equal(host.waitingCount, 0);
});

test('what hangs ends when its session is closed', async () => {
	const session = driver.session();
	const transaction = await session.beginTransaction();
	const hanging = failureOf(transaction.run('hang'));
	while (lastSession().onCancel === null) await new Promise((resolve) => setImmediate(resolve));
	// Reset overtakes what runs: the driver sends it when a session with an open transaction is closed.
	const connection = (transaction as unknown as { _connectionHolder: { _connectionPromise: Promise<{ resetAndFlush(): Promise<void> }> } })._connectionHolder;
	await (await connection._connectionPromise).resetAndFlush();
	await hanging;
	assert.ok(lastSession().events.includes('cancel'));
	await session.close();
	assert.equal((await driver.executeQuery('rows 1')).records.length, 1);
});

test('an unknown database is told', async () => {
	assert.equal((await failureOf(driver.executeQuery('rows 1', {}, { database: 'nowhere' }))).code, 'Neo.ClientError.Database.DatabaseNotFound');
});

test('clients of neo4j:// are routed to where they came from', async () => {
	const routed = neo4j.driver(`neo4j://127.0.0.1:${server.port}`);
	assert.equal((await routed.executeQuery('rows 2', {}, { database: 'other', routing: neo4j.routing.READ })).records.length, 2);
	assert.equal(lastSession().lastOptions!.mode, 'read');
	await routed.close();
});

test('with passwords, users must show theirs', async () => {
	const guarded = new ScriptedHost();
	const verifier = formatScramVerifier(makeScramVerifier('secret', new Uint8Array(16)));
	guarded.roles.set('ann', { canLogin: true, verifier });
	guarded.roles.set('group', { canLogin: false, verifier });
	const other = await serveBolt(guarded, { port: 0 });
	const attempt = async (token: ReturnType<typeof neo4j.auth.basic> | undefined): Promise<string> => {
		const client = neo4j.driver(`bolt://127.0.0.1:${other.port}`, token);
		try {
			await client.executeQuery('rows 1');
			return guarded.sessions.at(-1)!.options.user;
		} catch (error) {
			return (error as Neo4jError).code;
		} finally {
			await client.close();
		}
	};
	assert.equal(await attempt(neo4j.auth.basic('ann', 'secret')), 'ann');
	assert.equal(await attempt(neo4j.auth.basic('ann', 'wrong')), 'Neo.ClientError.Security.Unauthorized');
	assert.equal(await attempt(neo4j.auth.basic('bob', 'secret')), 'Neo.ClientError.Security.Unauthorized');
	assert.equal(await attempt(neo4j.auth.basic('group', 'secret')), 'Neo.ClientError.Security.Unauthorized');
	assert.equal(await attempt(undefined), 'Neo.ClientError.Security.Unauthorized');
	await other.close();
});

test('values go to the server and come back as they were', async () => {
	const values: Record<string, unknown> = {
		nothing: null,
		yes: true,
		small: neo4j.int(-16),
		byte: neo4j.int(-17),
		short: neo4j.int(200),
		long: neo4j.int(-40_000),
		wide: neo4j.int('9223372036854775807'),
		edge: neo4j.int('-9007199254740992'),
		float: 1.5,
		integral: 2,
		negativeZero: -0,
		infinite: Number.POSITIVE_INFINITY,
		text: 'Grüße 🐟',
		longText: 'ä'.repeat(5000),
		list: [neo4j.int(1), 'two', [3.5]],
		manyValues: Array.from({ length: 300 }, (_, index) => neo4j.int(index)),
		map: { a: neo4j.int(1), b: { c: null } },
		bytes: new Int8Array([1, -2, 3]),
		date: new neo4j.types.Date(neo4j.int(-44), neo4j.int(3), neo4j.int(15)),
		localTime: new neo4j.types.LocalTime(neo4j.int(23), neo4j.int(59), neo4j.int(59), neo4j.int(999_999_999)),
		time: new neo4j.types.Time(neo4j.int(1), neo4j.int(2), neo4j.int(3), neo4j.int(4), neo4j.int(-3600)),
		localDateTime: new neo4j.types.LocalDateTime(neo4j.int(1969), neo4j.int(12), neo4j.int(31), neo4j.int(23), neo4j.int(59), neo4j.int(58), neo4j.int(5)),
		dateTime: new neo4j.types.DateTime(neo4j.int(2020), neo4j.int(2), neo4j.int(29), neo4j.int(1), neo4j.int(0), neo4j.int(0), neo4j.int(7), neo4j.int(5400)),
		zoned: new neo4j.types.DateTime(
			neo4j.int(2022),
			neo4j.int(10),
			neo4j.int(30),
			neo4j.int(2),
			neo4j.int(30),
			neo4j.int(0),
			neo4j.int(0),
			neo4j.int(3600),
			'Europe/Berlin',
		),
		duration: new neo4j.types.Duration(neo4j.int(14), neo4j.int(-3), neo4j.int(-2), neo4j.int(500)),
		point: new neo4j.types.Point(neo4j.int(4326), 12.5, 41.9),
		point3d: new neo4j.types.Point(neo4j.int(9157), 1, 2, 3),
	};
	const { records } = await driver.executeQuery('echo', values);
	for (const [name, value] of Object.entries(values)) assert.deepEqual(records[0]!.get(name), value, name);
});

test('TLS is spoken on the same port, and can be demanded', async (context) => {
	const certificate = selfSigned();
	if (certificate === null) {
		context.skip('openssl is not there to make a certificate');
		return;
	}
	const { cert, key } = certificate;
	const secure = await serveBolt(host, { port: 0, cert, key, requireTls: true });
	for (const scheme of ['bolt+ssc', 'neo4j+ssc', 'bolt']) {
		const client = neo4j.driver(`${scheme}://127.0.0.1:${secure.port}`);
		assert.equal((await client.executeQuery('rows 5000')).records.length, 5000);
		assert.equal((await client.getServerInfo()).address, `127.0.0.1:${secure.port}`);
		await client.close();
	}
	await assert.rejects(serveBolt(host, { port: 0, cert, key: cert }), { code: 'io' });
	await secure.close();
});
