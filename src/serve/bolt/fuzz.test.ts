/**
 * Bytes that no client would send. Whatever comes, the server answers with an error or hangs up, and goes on serving others.
 * Replay a failure with POLYLOG_SEED.
 */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { BoltServer } from './host.ts';
import { FramingError, MessageReader } from './message-reader.ts';
import { framed, handshake, RawClient, request } from './raw-client.testing.ts';
import { ScriptedHost } from './scripted-host.testing.ts';
import { serveBolt } from './server.ts';
import { Unpacker } from './unpacker.ts';

const seed = Number(process.env.POLYLOG_SEED ?? randomInt(2 ** 31));
const runs = Number(process.env.POLYLOG_RUNS ?? 150);
const SUCCESS = 0x70;
const FAILURE = 0x7f;

let host: ScriptedHost;
let server: BoltServer;

before(async () => {
	host = new ScriptedHost();
	server = await serveBolt(host, { port: 0, messageBytesMax: 1 << 16 });
});

after(async () => {
	await server.close();
	assert.deepEqual(host.reports, []);
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
	request(0x10, 'rows 20', { a: 1, b: [1.5, 'x', null] }, {}),
	request(0x3f, { n: -1 }),
	request(0x3f, { n: 2, qid: 0 }),
	request(0x2f, { n: -1 }),
	request(0x11, { mode: 'r', bookmarks: ['polylog:1'] }),
	request(0x12),
	request(0x13),
	request(0x0f),
	request(0x54, 1),
	request(0x66, { address: 'x:1' }, [], { db: 'other' }),
	request(0x10, 'create 1', {}, { tx_timeout: 10 }),
	request(0x10, 'fail later TypeError', {}, {}),
	request(0x6b),
	request(0x6a, { scheme: 'none' }),
	Buffer.from([0, 0]),
];

async function servesOthers(): Promise<void> {
	const client = await RawClient.login(server.port);
	client.send(Buffer.concat([request(0x10, 'rows 1', {}, {}), request(0x3f, { n: -1 })]));
	assert.equal((await client.answer())!.tag, SUCCESS);
	client.close();
}

test(`mutated conversations harm nobody (seed ${seed})`, async () => {
	const random = generator(seed);
	for (let run = 0; run < runs; run++) {
		const client = await RawClient.login(server.port, 5, random(5));
		const bytes = Buffer.concat(Array.from({ length: 1 + random(8) }, () => phrases[random(phrases.length)]!));
		for (let count = random(4); count > 0; count--) bytes[random(bytes.length)] = random(256);
		client.send(random(4) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes);
		client.socket.end();
		await client.untilEnd();
	}
	while (host.sessions.some((session) => !session.isClosed)) await new Promise((resolve) => setImmediate(resolve));
	await servesOthers();
});

test(`noise before the login harms nobody (seed ${seed})`, async () => {
	const random = generator(seed + 1);
	for (let run = 0; run < runs; run++) {
		const client = await RawClient.open(server.port);
		const bytes = random(2) === 0 ? Buffer.concat([handshake([0, 8, 8, 5]), request(0x01, { user_agent: 'x' })]) : Buffer.alloc(1 + random(60));
		for (let count = 1 + random(6); count > 0; count--) bytes[random(bytes.length)] = random(256);
		client.send(bytes);
		client.socket.end();
		await client.untilEnd();
	}
	await servesOthers();
});

/** What a message in a RUN of these parameters' bytes is answered with. */
async function refusal(...parameters: readonly number[]): Promise<string> {
	const client = await RawClient.login(server.port);
	client.send(framed(0xb3, 0x10, 0x84, ...Buffer.from('echo'), ...parameters, 0xa0));
	const answer = await client.answer();
	client.close();
	if (answer?.tag !== FAILURE) return String(answer?.tag);
	const map = answer.value as ReadonlyMap<string, string>;
	return `${map.get('code')}: ${map.get('message')}`;
}

test('sizes that are announced and not there, unknown tags, wrong types: each is told', async () => {
	const invalid = 'Neo.ClientError.Request.Invalid: ';
	const ends = `${invalid}a message ends inside a value`;
	assert.equal(await refusal(0xa1, 0x81, 0x61, 0xd6, 0xff, 0xff, 0xff, 0xff), ends);
	assert.equal(await refusal(0xda, 0x7f, 0xff, 0xff, 0xff), ends);
	assert.equal(await refusal(0xa1, 0x81, 0x61, 0xd2, 0x7f, 0xff, 0xff, 0xff), ends);
	assert.equal(await refusal(0xa1, 0x81, 0x61, 0xce, 0x7f, 0xff, 0xff, 0xff), ends);
	assert.equal(await refusal(0xa1, 0x81, 0x61, 0xcb, 0x00), ends);
	assert.equal(await refusal(0xa1, 0x81, 0x61, 0xdc), `${invalid}unknown marker dc of a value`);
	assert.equal(await refusal(0xa1, 0x81, 0x61, 0xb1, 0x7a, 0x01), `${invalid}no structure has tag 7a and 1 fields`);
	assert.equal(await refusal(0xa1, 0x81, 0x61, 0xb2, 0x44, 0x01, 0x01), `${invalid}no structure has tag 44 and 2 fields`);
	assert.equal(await refusal(0xa1, 0x01, 0x02), `${invalid}the key of a map must be a text`);
	assert.equal(await refusal(0xa2, 0x81, 0x61, 0x01, 0x81, 0x61, 0x02), `${invalid}a map has the key "a" twice`);
	assert.equal(await refusal(0xa1, 0x81, 0x61, 0x81, 0xff), `${invalid}a text is not UTF-8`);
	assert.equal(await refusal(0x90), `${invalid}a map was expected`);
	assert.equal(await refusal(0xa0, 0xa0), `${invalid}a message goes on behind its end`);
	assert.equal(await refusal(0xa1, 0x81, 0x61, ...new Array(600).fill(0x91), 0x01), `${invalid}values are nested more than 500 deep`);
	assert.match(
		await refusal(0xa1, 0x81, 0x61, 0xb1, 0x44, 0xcb, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
		/ArgumentError: 9223372036854775807 is out of range/,
	);
	assert.match(await refusal(0xa1, 0x81, 0x61, 0xb4, 0x4e, 0x01, 0x90, 0xa0, 0x80), /TypeError: a node cannot be a parameter/);
});

test('a message past the limit ends its connection', async () => {
	const client = await RawClient.login(server.port);
	const chunk = Buffer.alloc(2 + 0xffff, 0x80);
	chunk.writeUInt16BE(0xffff, 0);
	client.send(Buffer.concat([chunk, chunk]));
	const answers = await client.untilEnd();
	assert.match(String((answers[0]!.value as ReadonlyMap<string, string>).get('message')), /longer than 65536 bytes/);
	await servesOthers();
});

test('an announced length costs no memory before the bytes come, and the limit holds for all chunks together', () => {
	const reader = new MessageReader(100);
	reader.push(Buffer.from([0xff, 0xff, 0x61]));
	assert.equal(reader.next(), false);
	assert.equal(reader.waitingBytes, 3);
	const many = new MessageReader(100);
	many.push(Buffer.concat(Array.from({ length: 10 }, () => Buffer.from([0, 10, ...new Array(10).fill(1)]))));
	assert.throws(() => many.push(Buffer.from([0, 1, 1])), FramingError);
});

test('messages are read alike however they are chunked and cut', () => {
	const random = generator(seed + 2);
	const wanted = Array.from({ length: 300 }, (_, index) => `${index} ${'x'.repeat(random(500))}`);
	const parts: Buffer[] = [];
	for (const text of wanted) {
		const whole = request(0x10, text);
		const body = whole.subarray(2, -2);
		for (let at = 0; at < body.length; ) {
			const count = Math.min(body.length - at, 1 + random(random(3) === 0 ? 20 : 1000));
			parts.push(Buffer.from([count >> 8, count & 0xff]), body.subarray(at, at + count));
			at += count;
		}
		parts.push(Buffer.from([0, 0]));
		if (random(5) === 0) parts.push(Buffer.from([0, 0, 0, 0]));
	}
	const bytes = Buffer.concat(parts);
	const reader = new MessageReader(1 << 20);
	const unpacker = new Unpacker();
	const read: string[] = [];
	for (let at = 0; at < bytes.length; ) {
		const count = 1 + random(1 + random(2000));
		reader.push(Buffer.from(bytes.subarray(at, at + count)));
		at += count;
		while (reader.next()) {
			unpacker.begin(reader.body, reader.at, reader.bodyEnd);
			read.push(unpacker.text());
		}
		reader.release();
	}
	assert.deepEqual(read, wanted, `seed ${seed}`);
});
