/**
 * Bytes that no client would send. Whatever comes, the server answers with an error or hangs up, and goes on serving others.
 * Replay a failure with POLYLOG_SEED.
 */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { PostgresServer } from './host.ts';
import { MessageReader } from './message-reader.ts';
import { bind, extended, int16, message, RawClient, startup, types } from './raw-client.testing.ts';
import { type ScriptedHost, scriptedHost } from './scripted-session.testing.ts';
import { servePostgres } from './server.ts';

const seed = Number(process.env.POLYLOG_SEED ?? randomInt(2 ** 31));
const runs = Number(process.env.POLYLOG_RUNS ?? 150);

let host: ScriptedHost;
let server: PostgresServer;

before(async () => {
	host = scriptedHost();
	server = await servePostgres(host, { port: 0, messageBytesMax: 1 << 16 });
});

after(async () => {
	await server.close();
});

/** mulberry32 */
function generator(start: number): (limit: number) => number {
	let state = start | 0;
	return (limit) => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * limit);
	};
}

const phrases: readonly Buffer[] = [
	message('Q', 'rows 2; rows 1'),
	extended('rows 3'),
	message('P', 's', 'echo', int16(2), 23, 25),
	bind('', 's', ['1', 'a']),
	message('E', '', 1),
	message('S'),
	message('Q', 'copy in'),
	message('d', Buffer.from('1\t2\n')),
	message('c'),
	message('f', 'no'),
	message('Q', 'copy out 2'),
	message('H'),
	message('C', Buffer.from('S'), 's'),
	message('Q', 'begin'),
	message('Q', 'fail 22012'),
];

test(`mutated conversations harm nobody (seed ${seed})`, async () => {
	const random = generator(seed);
	for (let run = 0; run < runs; run++) {
		const client = await RawClient.login(server.port);
		const parts = Array.from({ length: 1 + random(8) }, () => phrases[random(phrases.length)]!);
		const bytes = Buffer.concat(parts);
		for (let count = random(4); count > 0; count--) bytes[random(bytes.length)] = random(256);
		client.send(random(4) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes);
		client.socket.end();
		await client.untilEnd();
	}
	while (host.sessions.some((session) => !session.closed)) await new Promise((resolve) => setImmediate(resolve));
	const client = await RawClient.login(server.port);
	client.send(message('Q', 'rows 1'));
	assert.equal(types(await client.until('Z')), 'TDCZ');
	client.close();
});

test(`noise before the login harms nobody (seed ${seed})`, async () => {
	const random = generator(seed + 1);
	for (let run = 0; run < runs; run++) {
		const client = await RawClient.open(server.port);
		const bytes = random(2) === 0 ? Buffer.from(startup({ user: 'x', options: '-c a=b' })) : Buffer.alloc(1 + random(60));
		for (let count = 1 + random(6); count > 0; count--) bytes[random(bytes.length)] = random(256);
		client.send(bytes);
		client.socket.end();
		await client.untilEnd();
	}
	assert.equal(types(await loginAndAsk()), 'TDCZ');
});

async function loginAndAsk(): ReturnType<RawClient['until']> {
	const client = await RawClient.login(server.port);
	client.send(message('Q', 'rows 1'));
	const answer = await client.until('Z');
	client.close();
	return answer;
}

test('an announced length costs no memory before the bytes come', () => {
	const reader = new MessageReader(1 << 30);
	reader.push(Buffer.from([0x51, 0x3f, 0xff, 0xff, 0xff, 0x61]));
	assert.equal(reader.next(), false);
	reader.push(Buffer.from([0x62]));
	assert.equal(reader.next(), false);
	assert.ok(reader.bytes.length < 10_000);
});

test('messages are read alike however they are cut', () => {
	const random = generator(seed + 2);
	const wanted = Array.from({ length: 300 }, (_, index) => `${index} ${'x'.repeat(random(500))}`);
	const bytes = Buffer.concat(wanted.map((text) => message('Q', text)));
	const reader = new MessageReader(1 << 20);
	const read: string[] = [];
	for (let at = 0; at < bytes.length; ) {
		const count = 1 + random(1 + random(2000));
		reader.push(Buffer.from(bytes.subarray(at, at + count)));
		at += count;
		while (reader.next()) read.push(reader.text());
		reader.release();
	}
	assert.deepEqual(read, wanted, `seed ${seed}`);
});
