/**
 * Random histories asked of redis-server and of ours: every reply must be the same. Skips where redis-server is not installed.
 * Order counts where Redis has one; sums of decimals are left to the tests beside the code, since Redis' are not exact.
 *
 * POLYLOG_RUNS sets how many histories (4), POLYLOG_SEED replays one.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { SimulatedRandom } from '../../src/platform/simulated-random.ts';
import { encode, TestServer } from '../../src/serve/redis/redis.testing.ts';

const RUNS = Number(process.env.POLYLOG_RUNS ?? 4);
const REQUESTS = 2000;
const isInstalled = spawnSync('redis-server', ['--version']).status === 0;
const directory = mkdtempSync(join(tmpdir(), 'polylog-redis-oracle-'));
let child: ChildProcess | null = null;
let port = 0;

before(async () => {
	if (!isInstalled) return;
	port = await freePort();
	const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', '', '--appendonly', 'no'];
	const started = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'ignore'] });
	child = started;
	await new Promise<void>((resolve, reject) => {
		let output = '';
		started.on('exit', () => reject(new Error(`redis-server ended: ${output}`)));
		started.stdout.on('data', (piece: Buffer) => {
			output += piece;
			if (output.includes('Ready to accept connections')) resolve();
		});
	});
});

after(async () => {
	if (child !== null) {
		const exited = new Promise((resolve) => child!.on('exit', resolve));
		child.kill('SIGTERM');
		await exited;
	}
	rmSync(directory, { recursive: true, force: true });
});

function freePort(): Promise<number> {
	return new Promise((resolve, reject) => {
		const server = createServer().once('error', reject);
		server.listen(0, '127.0.0.1', () => {
			const address = server.address();
			server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
		});
	});
}

/** The place after the reply at `at`, −1 when it is not whole. */
function replyEnd(bytes: string, at: number): number {
	const lineEnd = bytes.indexOf('\r\n', at);
	if (lineEnd < 0) return -1;
	const count = Number(bytes.slice(at + 1, lineEnd));
	let place = lineEnd + 2;
	if (bytes[at] === '$') {
		if (count < 0) return place;
		place += count + 2;
		return place <= bytes.length ? place : -1;
	}
	if (bytes[at] !== '*') return place;
	for (let i = 0; i < count && place >= 0; i++) place = replyEnd(bytes, place);
	return place;
}

/** The replies in `bytes`, one after the other. */
function repliesIn(bytes: string): string[] {
	const replies: string[] = [];
	for (let at = 0; at < bytes.length; ) {
		const end = replyEnd(bytes, at);
		if (end < 0) break;
		replies.push(bytes.slice(at, end));
		at = end;
	}
	return replies;
}

function askRedis(requests: readonly (readonly string[])[]): Promise<string[]> {
	return new Promise((resolve, reject) => {
		const socket = connect(port, '127.0.0.1');
		let received = '';
		socket.on('error', reject);
		socket.on('data', (piece: Buffer) => {
			received += piece.toString('latin1');
			// The last request's reply; no other has this word.
			if (!received.endsWith('$3\r\nend\r\n')) return;
			socket.destroy();
			resolve(repliesIn(received).slice(0, -2));
		});
		socket.write(Buffer.from([...requests, ['DISCARD'], ['ECHO', 'end']].map(encode).join(''), 'latin1'));
	});
}

/** Draws requests: a word per argument, `key` being one of a few for the type that the command is about. */
class Requests {
	readonly #random: SimulatedRandom;
	#family = 's';

	constructor(random: SimulatedRandom) {
		this.#random = random;
	}

	next(): string[] {
		const template = this.#random.pick(TEMPLATES);
		this.#family = template.family === '*' ? this.#random.pick(['s', 'h', 'l', 't', 'z']) : template.family;
		const words: string[] = [];
		for (const word of template.words) {
			if (word.endsWith('+')) for (let i = 1 + this.#random.below(3); i > 0; i--) words.push(...this.#group(word.slice(0, -1)));
			else if (word.endsWith('?')) {
				if (this.#random.chance(0.5)) words.push(...this.#group(word.slice(0, -1)));
			} else words.push(...this.#group(word));
		}
		return words;
	}

	#group(word: string): string[] {
		return word.split(',').map((part) => this.#word(part));
	}

	#word(part: string): string {
		const random = this.#random;
		switch (part) {
			case '<key>':
				return (random.chance(0.03) ? random.pick(['s', 'h', 'l', 't', 'z']) : this.#family) + random.pick(['1', '2', '3']);
			case '<member>':
				return random.pick(['x', 'y', 'z', '1', '2', '10', 'foo', '', '\xff\r\n']);
			case '<integer>':
				return random.pick(['0', '1', '-1', '2', '3', '-2', '5', '-5', '100', 'x', '9223372036854775807']);
			case '<score>':
				return random.pick(['0', '1', '2', '-1', '1.5', 'inf', '-inf', '3', '1e3', 'abc']);
			case '<bound>':
				return random.pick(['0', '1', '(1', '(0', '2', '-inf', '+inf', '(inf', '1.5', 'x']);
			default:
				return part.includes('|') ? random.pick(part.split('|')) : part;
		}
	}
}

interface Template {
	readonly family: string;
	readonly words: readonly string[];
}

const TEMPLATES: readonly Template[] = `
s set <key> <member>
s set <key> <integer> nx|xx|get|keepttl
s get <key>
s append <key> <member>
s incrby|decrby <key> <integer>
s incr|decr <key>
s strlen|getdel <key>
s getrange <key> <integer> <integer>
s setrange <key> <integer> <member>
s mget <key>+
s mset|msetnx <key>,<integer>+
s getset <key> <member>
s setbit <key> 0|7|20 0|1
s bitcount <key>
s bitop and|or|xor <key> <key> <key>
* del|exists|touch|unlink <key>+
* type|persist <key>
* rename|renamenx <key> <key>
* copy <key> <key> replace?
* expire <key> 1000|-1|0|abc nx|xx|gt|lt?
* dbsize
* keys *
h hset <key> <member>,<integer>+
h hget|hexists|hstrlen <key> <member>
h hdel|hmget <key> <member>+
h hgetall|hlen|hkeys|hvals <key>
h hincrby <key> <member> <integer>
h hsetnx <key> <member> <integer>
l lpush|rpush|lpushx|rpushx <key> <member>+
l lpop|rpop <key> <integer>?
l lrange|ltrim <key> <integer> <integer>
l lindex <key> <integer>
l lset <key> <integer> <member>
l linsert <key> before|after <member> <member>
l lrem <key> <integer> <member>
l lpos <key> <member> rank,<integer>? count,<integer>?
l lmove <key> <key> left|right left|right
l rpoplpush <key> <key>
l lmpop 2 <key> <key> left|right count 2
l llen <key>
t sadd|srem|smismember <key> <member>+
t smembers|scard <key>
t sismember <key> <member>
t smove <key> <key> <member>
t sinter|sunion|sdiff <key>+
t sinterstore|sunionstore|sdiffstore <key> <key>+
t sintercard 2 <key> <key>
z zadd <key> <score>,<member>+
z zadd <key> nx|xx|gt|lt ch|incr <score> <member>
z zincrby <key> <score> <member>
z zrem|zmscore <key> <member>+
z zscore|zrank|zrevrank <key> <member>
z zrange|zrevrange <key> <integer> <integer> withscores?
z zrange <key> <bound> <bound> byscore limit,<integer>,<integer>?
z zrangebyscore|zrevrangebyscore <key> <bound> <bound> withscores?
z zcount|zremrangebyscore <key> <bound> <bound>
z zremrangebyrank <key> <integer> <integer>
z zpopmin|zpopmax <key> <integer>?
z zunionstore|zinterstore <key> 2 <key> <key> weights,2,0.5? aggregate,min|max|sum?
z zdiffstore <key> 2 <key> <key>
z zrangestore <key> <key> <integer> <integer>
z zcard <key>
* multi
* exec
* exec
* exec
* discard`
	.trim()
	.split('\n')
	.map((line) => line.split(' '))
	.map(([family, ...words]) => ({ family: family!, words }));

/** Replies without an order, also as parts of EXEC's, by their lines. */
function normal(request: readonly string[], reply: string): string {
	return /^(smembers|hgetall|hkeys|hvals|sinter|sunion|sdiff|keys|exec)$/.test(request[0]!) ? reply.split('\r\n').sort().join('\n') : reply;
}

test('random histories: replies are those of redis-server', { skip: !isInstalled, timeout: 120_000 }, async () => {
	const first = Number(process.env.POLYLOG_SEED ?? Math.floor(Math.random() * 2 ** 31));
	for (let seed = first; seed < first + (process.env.POLYLOG_SEED === undefined ? RUNS : 1); seed++) {
		const drawn = new Requests(new SimulatedRandom(seed));
		const requests: (readonly string[])[] = [['flushall'], ...Array.from({ length: REQUESTS }, () => drawn.next())];
		const theirs = await askRedis(requests);
		const server = new TestServer();
		const client = server.connect();
		// Some in pipelines, as many as the seed says.
		const pipeline = 1 + (seed % 3) * 20;
		const ours: string[] = [];
		for (let at = 0; at < requests.length; at += pipeline) {
			client.send(
				requests
					.slice(at, at + pipeline)
					.map(encode)
					.join(''),
			);
			ours.push(...repliesIn(client.take()));
		}
		assert.deepEqual(server.reports, []);
		for (const [i, request] of requests.entries()) {
			const where = `seed ${seed} (POLYLOG_SEED=${seed}), request ${i}: ${JSON.stringify(request)}`;
			assert.equal(normal(request, ours[i]!), normal(request, theirs[i]!), where);
		}
	}
});
