/** The server over sockets, asked as programs ask it: ioredis, redis-cli where it is installed. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Redis } from 'ioredis';
import type { Database } from '../../database/embedded/database.ts';
import { openDatabase } from '../../database/open.ts';
import { selfSigned } from '../certificate.testing.ts';
import { type Served, serveDatabase } from '../serve.ts';

let database: Database;
let served: Served;
let redis: Redis;

before(async () => {
	database = await openDatabase(':memory:');
	served = await serveDatabase(database, { redis: 0 });
	redis = new Redis({ port: served.redis!.port, host: '127.0.0.1' });
});

after(async () => {
	await redis.quit();
	await served.close();
	await database.close();
});

test('only what was asked for is served', () => {
	assert.deepEqual(Object.keys(served.addresses), ['redis']);
	assert.equal(served.postgres, null);
});

test('a database is served by one Redis server at a time', async () => {
	await assert.rejects(serveDatabase(database, { redis: 0 }), /served over Redis' protocol already/);
	const other = await openDatabase(':memory:');
	for (let i = 0; i < 2; i++) await (await serveDatabase(other, { redis: 0 })).close();
	await other.close();
});

test('ioredis: values, collections, pipelines', async () => {
	assert.equal(await redis.set('greeting', 'grüezi', 'EX', 100), 'OK');
	assert.equal(await redis.get('greeting'), 'grüezi');
	assert.equal(await redis.getBuffer('greeting').then((b) => b?.length), 7);
	await redis.hset('user:1', { name: 'Ann', age: 30 });
	assert.deepEqual(await redis.hgetall('user:1'), { name: 'Ann', age: '30' });
	await redis.zadd('board', 1, 'a', 2.5, 'b');
	assert.deepEqual(await redis.zrange('board', 0, -1, 'WITHSCORES'), ['a', '1', 'b', '2.5']);
	const pipeline = redis.pipeline();
	for (let i = 0; i < 1000; i++) pipeline.incr('counter');
	const results = await pipeline.exec();
	assert.deepEqual(
		results!.map(([, value]) => value),
		Array.from({ length: 1000 }, (_, i) => i + 1),
	);
	await assert.rejects(redis.lpush('greeting', 'x'), /WRONGTYPE/);
});

test('ioredis: transactions, subscriptions, waiting, scanning', async () => {
	const other = redis.duplicate();
	try {
		await redis.set('watched', '1');
		await redis.watch('watched');
		await other.set('watched', '2');
		assert.equal(await redis.multi().set('never', '1').exec(), null);
		assert.deepEqual(await redis.multi().set('once', '1').get('once').exec(), [
			[null, 'OK'],
			[null, '1'],
		]);
		const popped = other.blpop('queue', 5);
		await redis.rpush('queue', 'job');
		assert.deepEqual(await popped, ['queue', 'job']);
		const heard = new Promise((resolve) => other.on('message', (channel, message) => resolve([channel, message])));
		await other.subscribe('news');
		assert.equal(await redis.publish('news', 'today'), 1);
		assert.deepEqual(await heard, ['news', 'today']);
		for (let i = 0; i < 50; i++) await redis.set(`scanned:${i}`, '');
		const found: string[] = [];
		for await (const keys of redis.scanStream({ match: 'scanned:*', count: 7 })) found.push(...(keys as string[]));
		assert.equal(new Set(found).size, 50);
	} finally {
		other.disconnect();
	}
});

test('a value of many megabytes comes back whole, and a client that reads slowly is waited for', async () => {
	const value = Buffer.alloc(12 * 1024 * 1024, 'abcdefg');
	await redis.set('large', value);
	const [one, two] = await Promise.all([redis.getBuffer('large'), redis.getBuffer('large')]);
	assert.ok(one!.equals(value) && two!.equals(value));
	await redis.del('large');
});

test('redis-cli, in both versions of the protocol', async (t) => {
	const port = String(served.redis!.port);
	const ask = (args: readonly string[]): Promise<string | null> =>
		new Promise((resolve) => execFile('redis-cli', ['-p', port, ...args], { timeout: 10_000 }, (error, stdout) => resolve(error === null ? stdout : null)));
	if ((await ask(['PING'])) === null) {
		t.skip('redis-cli is not installed');
		return;
	}
	assert.equal(await ask(['HSET', 'cli', 'a', '1']), '1\n');
	assert.equal(await ask(['HGETALL', 'cli']), 'a\n1\n');
	assert.equal(await ask(['-3', '--no-raw', 'HGETALL', 'cli']), '1# "a" => "1"\n');
	assert.equal(await ask(['-n', '3', 'DBSIZE']), '0\n');
	assert.match((await ask(['INFO', 'server']))!, /redis_version:7\.0\./);
});

test('the keyspace is one of schema redis, and SQL sees the schema', async () => {
	const names = database.sql`select nspname::text as name from pg_namespace where nspname = 'redis'`.all();
	assert.deepEqual(names, [{ name: 'redis' }]);
});

test('TLS is spoken on the same port: rediss:// of ioredis, and redis-cli', async (context) => {
	const directory = mkdtempSync(join(tmpdir(), 'polylog-tls-'));
	const other = await openDatabase(':memory:');
	try {
		const certificate = selfSigned();
		if (certificate === null) {
			context.skip('openssl is not there to make a certificate');
			return;
		}
		const { cert, key } = certificate;
		const certFile = join(directory, 'cert.pem');
		writeFileSync(certFile, cert);
		await assert.rejects(serveDatabase(other, { redis: { port: 0, cert } }), /cert and key must be given together/);
		await assert.rejects(serveDatabase(other, { redis: { port: 0, requireTls: true } }), /requireTls needs cert and key/);
		const server = await serveDatabase(other, { redis: { port: 0, cert, key, requireTls: true } });
		const { port } = server.redis!;
		const secure = new Redis(`rediss://localhost:${port}`, { tls: { ca: cert }, family: 4 });
		const plain = new Redis({ port, host: '127.0.0.1' });
		await secure.set('large', 'x'.repeat(300_000));
		const pipeline = secure.pipeline();
		for (let i = 0; i < 500; i++) pipeline.incr('counter');
		assert.deepEqual((await pipeline.exec())!.at(-1), [null, 500]);
		assert.equal((await plain.get('large'))!.length, 300_000);
		assert.equal(await plain.get('counter'), '500');
		await Promise.all([secure.quit(), plain.quit()]);
		const told = await new Promise<string | null>((resolve) =>
			execFile('redis-cli', ['--tls', '--cacert', certFile, '-h', 'localhost', '-p', String(port), 'GET', 'counter'], { timeout: 10_000 }, (error, stdout) =>
				resolve(error === null ? stdout : null),
			),
		);
		if (told !== null) assert.equal(told, '500\n');
		await server.close();
	} finally {
		rmSync(directory, { recursive: true });
		await other.close();
	}
});
