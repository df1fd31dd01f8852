/** Bolt over a real database: transactions, limits of time, bookmarks, databases, what others see. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import neo4j, { type Driver, type Neo4jError } from 'neo4j-driver';
import type { Database } from '../../database/embedded/database.ts';
import { openDatabase } from '../../database/open.ts';
import { type Served, serveDatabase } from '../serve.ts';
import { PULL, RUN } from './messages.ts';
import { RawClient, request } from './raw-client.testing.ts';

let db: Database;
let served: Served;
let driver: Driver;

before(async () => {
	db = await openDatabase(':memory:', {});
	served = await serveDatabase(db, { bolt: 0 });
	driver = neo4j.driver(`bolt://${served.addresses['bolt']}`, undefined, { maxTransactionRetryTime: 0, disableLosslessIntegers: true });
});

after(async () => {
	await driver.close();
	await served.close();
	await db.close();
});

async function codeOf(work: PromiseLike<unknown>): Promise<string> {
	try {
		await work;
	} catch (error) {
		return (error as Neo4jError).code;
	}
	return 'nothing failed';
}

async function count(label: string): Promise<number> {
	return (await driver.executeQuery(`MATCH (n:${label}) RETURN count(n) AS c`)).records[0]!.get('c');
}

/** Far more work than any test waits for. */
const ENDLESS = 'UNWIND range(1, 1000000) AS i UNWIND range(1, 1000) AS j RETURN count(i + j)';

test('what is committed is there for the program, what is rolled back is not', async () => {
	const session = driver.session();
	const first = await session.beginTransaction();
	await first.run('CREATE (:Kept {x: 1})');
	await first.commit();
	const second = await session.beginTransaction();
	await second.run('CREATE (:Lost)');
	await second.rollback();
	await session.close();
	assert.deepEqual(db.graph().cypher('MATCH (n) WHERE n:Kept OR n:Lost RETURN labels(n) AS l, n.x AS x').all(), [{ l: ['Kept'], x: 1 }]);
	assert.deepEqual(await db.sql`select labels from default_vertices where labels && array['Kept', 'Lost']`, [{ labels: ['Kept'] }]);
});

test('a transaction ends when its time is over, whatever it does', async () => {
	const session = driver.session();
	const running = await session.beginTransaction({ timeout: 100 });
	await running.run('CREATE (:Late)');
	assert.equal(await codeOf(running.run(ENDLESS)), 'Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration');
	assert.equal(await codeOf(session.run(ENDLESS, {}, { timeout: 50 })), 'Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration');
	await session.close();
	assert.equal(await count('Late'), 0);
});

test('what runs ends when its client is gone', async () => {
	const client = await RawClient.login(served.bolt!.port);
	client.send(Buffer.concat([request(RUN, ENDLESS, {}, {}), request(PULL, { n: -1 })]));
	const sessions = () => [...db.engine.sessions.values()].filter((session) => session.activity.query === ENDLESS);
	while (sessions().length === 0) await new Promise((resolve) => setImmediate(resolve));
	client.close();
	while (sessions().length > 0) await new Promise((resolve) => setImmediate(resolve));
});

test('a read session changes nothing', async () => {
	const session = driver.session({ defaultAccessMode: neo4j.session.READ });
	assert.equal(await codeOf(session.run('CREATE (:Read)')), 'Neo.ClientError.Statement.AccessMode');
	assert.equal(await codeOf(session.executeRead((tx) => tx.run('CREATE (:Read)'))), 'Neo.ClientError.Statement.AccessMode');
	await session.close();
	assert.equal(await count('Read'), 0);
});

test('bookmarks are offsets, and a commit of the program can be waited for', async () => {
	const session = driver.session();
	await session.run('CREATE (:Marked)');
	const [bookmark] = session.lastBookmarks();
	assert.match(bookmark!, /^polylog:\d+$/);
	const next = Number(bookmark!.slice('polylog:'.length)) + 1;
	const waiting = driver.session({ bookmarks: [`polylog:${next}`] }).run('MATCH (n:Marked) RETURN count(n) AS c');
	await db.graph().cypher('CREATE (:Marked)');
	assert.equal((await waiting).records[0]!.get('c'), 2);
	await session.close();
});

test('a database is a graph', async () => {
	await db.sql`select polylog.create_graph('other')`;
	await driver.executeQuery('CREATE (:Elsewhere)', {}, { database: 'other' });
	assert.equal(await count('Elsewhere'), 0);
	assert.equal((await driver.executeQuery('MATCH (n:Elsewhere) RETURN n', {}, { database: 'public.other' })).records.length, 1);
	assert.equal(await codeOf(driver.executeQuery('RETURN 1', {}, { database: 'nowhere' })), 'Neo.ClientError.Database.DatabaseNotFound');
});

test('two writers of one node wait for each other', async () => {
	await driver.executeQuery('CREATE (:Counter {n: 0})');
	const add = (): Promise<unknown> => {
		const session = driver.session();
		return session.executeWrite((tx) => tx.run('MATCH (c:Counter) SET c.n = c.n + 1')).finally(() => session.close());
	};
	await Promise.all(Array.from({ length: 20 }, add));
	assert.equal((await driver.executeQuery('MATCH (c:Counter) RETURN c.n AS n')).records[0]!.get('n'), 20);
});

test('metadata of a transaction stands behind its query', async () => {
	const session = driver.session();
	const transaction = await session.beginTransaction({ metadata: { app: 'shop' } });
	const result = transaction.run('UNWIND range(1, 2000) AS i RETURN i');
	await result;
	const [row] = (await db.sql`select query from pg_stat_activity where query like '%shop%' and query not like '%pg_stat%'`) as { query: string }[];
	assert.equal(row?.query, 'UNWIND range(1, 2000) AS i RETURN i /* {"app":"shop"} */');
	await transaction.commit();
	await session.close();
});

test('PROFILE tells rows, EXPLAIN a plan alone', async () => {
	const profiled = (await driver.executeQuery('PROFILE UNWIND range(1, 7) AS i RETURN i')).summary.profile;
	assert.equal(profiled === false ? -1 : profiled.rows, 7);
	const { records, summary } = await driver.executeQuery('EXPLAIN CREATE (:Never)');
	assert.equal(records.length, 0);
	assert.equal(summary.hasPlan(), true);
	assert.equal(await count('Never'), 0);
});
