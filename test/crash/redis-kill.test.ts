/**
 * A server killed (-9) at random moments under clients of Redis' protocol: after each time everything acknowledged is there, each
 * MULTI wholly or not at all, and lists, sets and sorted sets agree with their counters. At level `os`, which promises just this.
 *
 * POLYLOG_KILLS sets how often (6; the nightly form runs 100), POLYLOG_SEED replays the moments.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { SimulatedRandom } from '../../src/platform/simulated-random.ts';

const KILLS = Number(process.env.POLYLOG_KILLS ?? 6);
const CLIENTS = 4;
const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const seed = Number(process.env.POLYLOG_SEED ?? Math.floor(Math.random() * 2 ** 32));
const directory = mkdtempSync(join(tmpdir(), 'polylog-redis-kill-'));
after(() => rmSync(directory, { recursive: true }));

interface Running {
	readonly child: ChildProcess;
	readonly port: number;
	readonly exited: Promise<void>;
}

async function start(): Promise<Running> {
	const options = ['--postgres-port', 'off', '--redis-port', '0', '--bolt-port', 'off', '--http-port', 'off', '--durability', 'os', '--memory', '1MB'];
	const child = spawn(process.execPath, [MAIN, 'serve', join(directory, 'data'), ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
	const exited = new Promise<void>((resolve) => child.on('exit', () => resolve()));
	const port = await new Promise<number>((resolve, reject) => {
		let output = '';
		child.stdout!.on('data', (piece: Buffer) => {
			output += piece;
			const ready = /^ready redis=127\.0\.0\.1:(\d+)$/m.exec(output);
			if (ready !== null) resolve(Number(ready[1]));
		});
		void exited.then(() => reject(new Error('it did not start')));
	});
	return { child, port, exited };
}

function connect(port: number): Redis {
	const redis = new Redis({ port, host: '127.0.0.1', retryStrategy: () => null, maxRetriesPerRequest: 0, lazyConnect: false });
	redis.on('error', () => undefined);
	return redis;
}

/** Per client: how many transactions were acknowledged. */
type Acknowledged = number[];

/** Writes until the connection ends: each transaction counts, and adds the number to a list, a set, a sorted set and a hash. */
async function write(redis: Redis, client: number, acknowledged: Acknowledged, next: () => void): Promise<void> {
	try {
		for (let i = acknowledged[client]! + 1; ; i++) {
			const member = `${i}:${'x'.repeat(100)}`;
			const work = redis.multi().incr(`count:${client}`).rpush(`list:${client}`, member).sadd(`set:${client}`, member);
			await work.zadd(`sorted:${client}`, i, member).hset(`hash:${client}`, member, i).del(`temporary:${client}`).exec();
			acknowledged[client] = i;
			next();
			await redis.rpush(`temporary:${client}`, ...Array.from({ length: 50 }, (_, k) => String(k)));
		}
	} catch {
		// It was killed.
	}
}

async function check(redis: Redis, acknowledged: Acknowledged): Promise<void> {
	for (let client = 0; client < CLIENTS; client++) {
		const count = Number((await redis.get(`count:${client}`)) ?? 0);
		assert.ok(count >= acknowledged[client]! && count <= acknowledged[client]! + 1, `client ${client}: ${count} there, ${acknowledged[client]} acknowledged`);
		const counts = [
			await redis.llen(`list:${client}`),
			await redis.scard(`set:${client}`),
			await redis.zcard(`sorted:${client}`),
			await redis.hlen(`hash:${client}`),
		];
		assert.deepEqual(counts, [count, count, count, count], `client ${client}`);
		const list = await redis.lrange(`list:${client}`, 0, -1);
		assert.deepEqual(
			list.map((member) => Number(member.split(':')[0])),
			Array.from({ length: count }, (_, i) => i + 1),
		);
		assert.deepEqual(await redis.zrange(`sorted:${client}`, 0, -1), list);
		assert.deepEqual((await redis.smembers(`set:${client}`)).sort(), [...list].sort());
		acknowledged[client] = count;
	}
}

test(`what was acknowledged over Redis' protocol survives kill -9 (seed ${seed})`, { timeout: 240_000 }, async () => {
	const random = new SimulatedRandom(seed);
	const acknowledged: Acknowledged = new Array<number>(CLIENTS).fill(0);
	for (let round = 0; round < KILLS; round++) {
		const server = await start();
		const checker = connect(server.port);
		await check(checker, acknowledged);
		let left = 50 + random.below(400);
		const clients = Array.from({ length: CLIENTS }, () => connect(server.port));
		await Promise.all(
			clients.map((redis, client) =>
				write(redis, client, acknowledged, () => {
					if (--left === 0) server.child.kill('SIGKILL');
				}),
			),
		);
		await server.exited;
		for (const redis of [...clients, checker]) redis.disconnect();
	}
	const server = await start();
	const checker = connect(server.port);
	await check(checker, acknowledged);
	checker.disconnect();
	server.child.kill('SIGTERM');
	await server.exited;
});
