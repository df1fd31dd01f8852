/** The protocol byte by byte: handshakes, states, back-pressure, interrupts, TLS. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import neo4j from 'neo4j-driver';
import type { BoltServer } from './host.ts';
import { type Answer, framed, handshake, RawClient, request } from './raw-client.testing.ts';
import { ScriptedHost } from './scripted-host.testing.ts';
import { serveBolt } from './server.ts';

const HELLO = 0x01;
const GOODBYE = 0x02;
const RESET = 0x0f;
const RUN = 0x10;
const BEGIN = 0x11;
const COMMIT = 0x12;
const DISCARD = 0x2f;
const PULL = 0x3f;
const SUCCESS = 0x70;
const RECORD = 0x71;
const IGNORED = 0x7e;
const FAILURE = 0x7f;

let host: ScriptedHost;
let server: BoltServer;

before(async () => {
	host = new ScriptedHost();
	server = await serveBolt(host, { port: 0, messageBytesMax: 1 << 20 });
});

after(async () => {
	await server.close();
	assert.deepEqual(host.reports, []);
});

const run = (text: string, metadata: object = {}): Buffer => request(RUN, text, {}, metadata);
const pull = (n = -1, qid = -1): Buffer => request(PULL, { n, qid });

function codeOf(answer: Answer | undefined): unknown {
	return (answer!.value as ReadonlyMap<string, unknown>).get('code');
}

function field(answer: Answer | undefined, key: string): unknown {
	return (answer!.value as ReadonlyMap<string, unknown>).get(key);
}

async function answers(client: RawClient, count: number): Promise<Answer[]> {
	const all: Answer[] = [];
	for (let index = 0; index < count; index++) all.push((await client.answer())!);
	return all;
}

const tags = (list: readonly Answer[]): number[] => list.map((answer) => answer.tag);

test('the best version that both speak is taken', async () => {
	const negotiate = async (...proposals: number[][]): Promise<string> => {
		const client = await RawClient.open(server.port);
		client.send(handshake(...proposals));
		const bytes = await client.bytes(4);
		client.close();
		return bytes.toString('hex');
	};
	assert.equal(await negotiate([0, 0, 4, 4]), '00000404');
	assert.equal(await negotiate([0, 2, 4, 4]), '00000404');
	assert.equal(await negotiate([0, 8, 8, 5]), '00000805');
	assert.equal(await negotiate([0, 0, 5, 5], [0, 0, 4, 4]), '00000404');
	assert.equal(await negotiate([0, 9, 9, 5]), '00000805');
	assert.equal(await negotiate([0, 0, 0, 3]), '00000000');
	assert.equal(await negotiate([0, 0, 0, 9], [0, 0, 0, 3], [0, 0, 0, 2], [0, 0, 1, 5]), '00000105');
	assert.equal(await negotiate([0, 0, 2, 255], [0, 0, 3, 5]), '00000305');
});

test('the manifest lists what is spoken, and the client chooses', async () => {
	const client = await RawClient.open(server.port);
	client.send(handshake([0, 0, 1, 255]));
	assert.equal((await client.bytes(18)).toString('hex'), '000001ff03' + '00020805' + '00040405' + '00000404' + '00');
	client.send(Buffer.from([0, 0, 4, 5]));
	client.send(Buffer.concat([Buffer.from([0]), request(HELLO, { user_agent: 'raw' })]));
	client.startMessages();
	assert.equal((await client.answer())!.tag, SUCCESS);
	client.close();
	const other = await RawClient.open(server.port);
	other.send(handshake([0, 0, 1, 255]));
	await other.bytes(18);
	other.send(Buffer.from([0, 0, 5, 5, 0]));
	await other.untilEnd();
});

test('what begins like HTTP, or like nothing, is cut', async () => {
	for (const text of ['GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', 'POST /db HTTP/1.1\r\n\r\n', '\x16\x03\x01', '\x00', '\x60\x60\xb0\x18aaaabbbbccccdddd']) {
		const client = await RawClient.open(server.port);
		client.send(Buffer.from(text, 'latin1'));
		assert.deepEqual(await client.untilEnd(), []);
	}
});

test('a handshake may come byte by byte', async () => {
	const client = await RawClient.open(server.port);
	for (const byte of handshake([0, 0, 3, 5])) client.send(Buffer.from([byte]));
	assert.equal((await client.bytes(4)).toString('hex'), '00000305');
	client.close();
});

test('several requests are answered in one write, in order', async () => {
	const client = await RawClient.login(server.port);
	client.send(Buffer.concat([request(BEGIN, {}), run('rows 2'), pull(), request(COMMIT)]));
	const all = await answers(client, 6);
	assert.deepEqual(tags(all), [SUCCESS, SUCCESS, RECORD, RECORD, SUCCESS, SUCCESS]);
	assert.deepEqual(all[2]!.value, [0]);
	assert.equal(field(all[1], 'qid'), 0);
	assert.match(String(field(all[5], 'bookmark')), /^polylog:\d+$/);
	client.close();
});

test('a failure lets everything be ignored up to a RESET', async () => {
	const client = await RawClient.login(server.port);
	client.send(Buffer.concat([run('fail TypeError'), pull(), run('rows 1'), pull(), request(RESET), run('rows 1'), pull()]));
	const all = await answers(client, 8);
	assert.deepEqual(tags(all), [FAILURE, IGNORED, IGNORED, IGNORED, SUCCESS, SUCCESS, RECORD, SUCCESS]);
	assert.equal(codeOf(all[0]), 'Neo.ClientError.Statement.TypeError');
	client.close();
});

test('a request at the wrong time is refused', async () => {
	const client = await RawClient.login(server.port);
	for (const wrong of [pull(), request(COMMIT), request(0x13)]) {
		client.send(Buffer.concat([wrong, request(RESET)]));
		const [failure, success] = await answers(client, 2);
		assert.equal(codeOf(failure), 'Neo.ClientError.Request.Invalid');
		assert.equal(success!.tag, SUCCESS);
	}
	client.send(Buffer.concat([run('rows 3'), pull(1), pull(0), request(RESET), run('rows 1'), pull(1, 55), request(GOODBYE)]));
	const all = await answers(client, 7);
	assert.deepEqual(tags(all), [SUCCESS, RECORD, SUCCESS, FAILURE, SUCCESS, SUCCESS, FAILURE]);
	assert.equal(await client.answer(), null);
});

test('without a login nothing is answered but that', async () => {
	const client = await RawClient.open(server.port);
	client.send(Buffer.concat([handshake([0, 0, 4, 5]), run('rows 1')]));
	await client.bytes(4);
	client.startMessages();
	assert.equal(codeOf((await client.untilEnd())[0]), 'Neo.ClientError.Request.Invalid');
});

test('a RESET overtakes what runs, and what is behind it', async () => {
	const client = await RawClient.login(server.port);
	client.send(Buffer.concat([run('hang'), pull()]));
	await client.until(SUCCESS);
	client.send(Buffer.concat([run('rows 1'), pull(), request(RESET), run('rows 1'), pull()]));
	assert.deepEqual(tags(await answers(client, 7)), [IGNORED, IGNORED, IGNORED, SUCCESS, SUCCESS, RECORD, SUCCESS]);
	client.close();
});

test('results of a transaction are pulled in any order, and told by their number', async () => {
	const client = await RawClient.login(server.port, 4, 4);
	client.send(Buffer.concat([request(BEGIN, { mode: 'r' }), run('rows 3'), run('rows 2'), pull(1, 0), pull(-1, 1), pull(-1, 0)]));
	const all = await answers(client, 11);
	assert.deepEqual(tags(all), [SUCCESS, SUCCESS, SUCCESS, RECORD, SUCCESS, RECORD, RECORD, SUCCESS, RECORD, RECORD, SUCCESS]);
	assert.equal(field(all[4], 'has_more'), true);
	assert.equal(field(all[10], 'has_more'), undefined);
	client.close();
});

test('a change that is not pulled is not committed', async () => {
	const client = await RawClient.login(server.port);
	client.send(Buffer.concat([request(BEGIN, {}), run('create 1'), request(COMMIT), request(RESET), request(BEGIN, {}), run('create 1')]));
	assert.deepEqual(tags(await answers(client, 6)), [SUCCESS, SUCCESS, FAILURE, SUCCESS, SUCCESS, SUCCESS]);
	client.send(Buffer.concat([request(DISCARD, { n: -1 }), request(COMMIT)]));
	const [discarded, committed] = await answers(client, 2);
	assert.equal((field(discarded, 'stats') as ReadonlyMap<string, unknown>).get('nodes-created'), 1);
	assert.equal(committed!.tag, SUCCESS);
	client.close();
});

test('a client that does not read stops its rows, and goes on when it reads', async () => {
	const client = await RawClient.login(server.port);
	client.socket.pause();
	client.send(Buffer.concat([run('rows 400000'), pull()]));
	// The rows of another client come all the same.
	const other = await RawClient.login(server.port);
	other.send(Buffer.concat([run('rows 1'), pull()]));
	assert.deepEqual(tags(await answers(other, 3)), [SUCCESS, RECORD, SUCCESS]);
	other.close();
	client.socket.resume();
	await client.until(SUCCESS);
	const all = await client.until(SUCCESS);
	assert.equal(all.length, 400_001);
	client.close();
});

test('a client that does not read may vanish', async () => {
	const client = await RawClient.login(server.port);
	const session = host.sessions.at(-1)!;
	client.socket.pause();
	client.send(Buffer.concat([run('rows 10000000'), pull()]));
	for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
	client.close();
	while (!session.isClosed) await new Promise((resolve) => setImmediate(resolve));
});

test('datetimes before 5.0 are those of the local clock, unless UTC is asked for', async () => {
	const text = (bytes: Buffer): string => bytes.toString('hex');
	for (const [patch, tag] of [
		[false, '46'],
		[true, '49'],
	] as const) {
		const client = await RawClient.open(server.port);
		client.send(handshake([0, 0, 4, 4]));
		await client.bytes(4);
		client.send(request(HELLO, { user_agent: 'raw', scheme: 'none', ...(patch ? { patch_bolt: ['utc'] } : {}) }));
		let hello = '';
		while (!hello.includes('hints')) hello += (await client.bytes(1)).toString('latin1');
		assert.equal(hello.includes('patch_bolt'), patch);
		// RUN 'echo' {d: DateTime(3600, 0, 3600)} {}, then PULL: the same structure must come back.
		const dateTime = [0xb3, Number.parseInt(tag, 16), 0xc9, 0x0e, 0x10, 0, 0xc9, 0x0e, 0x10];
		client.send(framed(0xb3, RUN, 0x84, ...Buffer.from('echo'), 0xa1, 0x81, 0x64, ...dateTime, 0xa0));
		client.send(pull());
		let received = '';
		while (!received.includes(text(Buffer.from(dateTime)))) received += text(await client.bytes(1));
		client.close();
	}
});

test('too many connections are turned away', async () => {
	const small = await serveBolt(host, { port: 0, connectionsMax: 1 });
	const client = await RawClient.login(small.port);
	const other = await RawClient.open(small.port);
	await other.untilEnd();
	assert.equal(small.connectionCount, 1);
	client.close();
	await small.close();
});

test('the end of the server ends idle clients', async () => {
	const other = await serveBolt(host, { port: 0 });
	const client = await RawClient.login(other.port);
	await other.close();
	assert.deepEqual(await client.untilEnd(), []);
});

test('options are checked', async () => {
	await assert.rejects(serveBolt(host, { port: 0, cert: 'x' }), /cert and key must be given together/);
	await assert.rejects(serveBolt(host, { port: 0, requireTls: true }), /requireTls needs cert and key/);
	await assert.rejects(serveBolt(host, { port: 0, connectionsMax: 0 }), /connectionsMax/);
	await assert.rejects(serveBolt(host, { port: 0, host: '0.0.0.0' }), { code: 'unsafe-listen' });
});

test('an advertised address is told to clients that ask for a route', async () => {
	const router = new ScriptedHost();
	const other = await serveBolt(router, { port: 0, advertisedAddress: `127.0.0.1:${server.port}` });
	const driver = neo4j.driver(`neo4j://127.0.0.1:${other.port}`);
	const count = host.sessions.length;
	await driver.executeQuery('rows 1');
	assert.ok(host.sessions.length > count);
	assert.ok(router.sessions.every((session) => session.lastOptions === null));
	await driver.close();
	await other.close();
});
