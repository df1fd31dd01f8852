/** The protocol message by message, over a scripted session. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { PostgresServer } from './host.ts';
import { bind, errorFields, extended, int16, message, RawClient, rowTexts, startup, types } from './raw-client.testing.ts';
import { type ScriptedHost, type ScriptedSession, scriptedHost } from './scripted-session.testing.ts';
import { servePostgres } from './server.ts';

let host: ScriptedHost;
let server: PostgresServer;

before(async () => {
	host = scriptedHost();
	server = await servePostgres(host, { port: 0, messageBytesMax: 1 << 20 });
});

after(async () => {
	await server.close();
});

function lastSession(): ScriptedSession {
	return host.sessions.at(-1)!;
}

test('a login says who answers and that it is ready', async () => {
	const client = await RawClient.open(server.port);
	client.send(startup({ user: 'tester', database: 'anything', application_name: 'a test', options: '-c work_mem=1MB --search-path=a\\ b' }));
	const answer = await client.until('Z');
	assert.equal(types(answer), 'RSSSKZ');
	assert.equal(answer[0]!.body.readInt32BE(0), 0);
	assert.ok(answer.some(({ body }) => body.toString() === 'server_version\x0015.18\0'));
	assert.equal(answer.at(-1)!.body.toString(), 'I');
	assert.equal(lastSession().settings.work_mem, '1MB');
	assert.equal(lastSession().settings.search_path, 'a b');
	client.close();
});

test('requests for encryption are declined when there is none', async () => {
	const client = await RawClient.open(server.port);
	const declined: string[] = [];
	client.socket.removeAllListeners('data');
	client.socket.on('data', (chunk: Buffer) => declined.push(chunk.toString()));
	for (const code of [80877104, 80877103]) {
		const request = Buffer.alloc(8);
		request.writeInt32BE(8, 0);
		request.writeInt32BE(code, 4);
		client.socket.write(request);
		await new Promise((resolve) => client.socket.once('data', resolve));
	}
	assert.equal(declined.join(''), 'NN');
	client.close();
});

test('a newer minor version is negotiated down', async () => {
	const client = await RawClient.open(server.port);
	client.send(startup({ user: 'tester', '_pq_.colour': 'red' }, 196610));
	const answer = await client.until('Z');
	assert.equal(answer[0]!.type, 'v');
	assert.deepEqual([...answer[0]!.body.subarray(0, 8)], [0, 0, 0, 0, 0, 0, 0, 1]);
	assert.equal(answer[0]!.body.toString('utf8', 8), '_pq_.colour\0');
	client.close();
});

test('start-up packets that cannot be served are refused', async () => {
	const refusals: [Buffer, string][] = [
		[startup({ user: 'x' }, 2 << 16), '0A000'],
		[startup({ database: 'x' }), '28000'],
		[startup({ user: 'x', nonsense: '1' }), '42704'],
		[startup({ user: 'x', replication: 'true' }), '0A000'],
		[startup({ user: 'x', options: 'what' }), '42601'],
	];
	for (const [packet, sqlstate] of refusals) {
		const client = await RawClient.open(server.port);
		client.send(packet);
		const answer = await client.untilEnd();
		assert.equal(errorFields(answer.at(-1)!).C, sqlstate);
		assert.equal(errorFields(answer.at(-1)!).S, 'FATAL');
	}
});

test('a connection that begins like HTTP, or with noise, is dropped without a word', async () => {
	for (const text of ['GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', 'POST /x HTTP/1.1\r\n\r\n', '\0\0\0\x04', '\x16\x03\x01\x02\0']) {
		const client = await RawClient.open(server.port);
		client.send(Buffer.from(text, 'latin1'));
		assert.deepEqual(await client.untilEnd(), []);
	}
});

test('a simple query answers rows, tag and readiness', async () => {
	const client = await RawClient.login(server.port);
	client.send(message('Q', 'rows 2'));
	const answer = await client.until('Z');
	assert.equal(types(answer), 'TDDCZ');
	assert.deepEqual(rowTexts(answer[1]!), ['0', 'row 0']);
	assert.equal(answer[3]!.body.toString(), 'SELECT 2\0');
	client.close();
});

test('several statements in one query share a transaction; an error stops them', async () => {
	const client = await RawClient.login(server.port);
	client.send(message('Q', 'rows 1; later 1; rows 0'));
	assert.equal(types(await client.until('Z')), 'TDCTDCTCZ');
	assert.deepEqual(lastSession().events, ['begin implicit', 'commit implicit']);
	lastSession().events.length = 0;
	client.send(message('Q', 'rows 1; fail 22012; rows 1'));
	const answer = await client.until('Z');
	assert.equal(types(answer), 'TDCEZ');
	assert.deepEqual(lastSession().events, ['begin implicit', 'failed', 'roll back implicit']);
	assert.deepEqual(errorFields(answer[3]!), {
		S: 'ERROR',
		V: 'ERROR',
		C: '22012',
		M: 'failed as told',
		D: 'a detail',
		H: 'a hint',
		P: '6',
		t: 'a_table',
		n: 'a_constraint',
	});
	client.close();
});

test('a script of many statements does not use up the stack', async () => {
	const client = await RawClient.login(server.port);
	client.send(message('Q', 'rows 0;'.repeat(20_000)));
	const answer = await client.until('Z');
	assert.equal(answer.length, 40_001);
	client.close();
});

test('an empty query is answered as such', async () => {
	const client = await RawClient.login(server.port);
	client.send(message('Q', ' '));
	assert.equal(types(await client.until('Z')), 'IZ');
	client.send(extended(''));
	assert.equal(types(await client.until('Z')), '12nIZ');
	client.close();
});

test('parse, bind, describe, execute and sync of one chunk are answered in order', async () => {
	const client = await RawClient.login(server.port);
	client.send(extended('rows 1'), extended('later 2'), extended('rows 3'));
	assert.equal(types(await client.until('Z')), '12TDCZ');
	assert.equal(types(await client.until('Z')), '12TDDCZ');
	assert.equal(types(await client.until('Z')), '12TDDDCZ');
	assert.deepEqual(lastSession().events, []);
	client.close();
});

test('executions that share a Sync share a transaction', async () => {
	const client = await RawClient.login(server.port);
	const twice = [message('P', 's', 'rows 1', int16(0)), bind('', 's'), message('E', '', 0), bind('', 's'), message('E', '', 0), message('S')];
	client.send(...twice);
	assert.equal(types(await client.until('Z')), '12DC2DCZ');
	assert.deepEqual(lastSession().events, ['begin implicit', 'commit implicit']);
	client.close();
});

test('after an error everything up to the Sync is passed over', async () => {
	const client = await RawClient.login(server.port);
	client.send(
		message('P', '', 'fail 23505', int16(0)),
		bind('', ''),
		message('E', '', 0),
		bind('', ''),
		message('Q', 'rows 1'),
		message('S'),
		message('Q', 'rows 1'),
	);
	assert.equal(types(await client.until('Z')), '12EZ');
	assert.equal(types(await client.until('Z')), 'TDCZ');
	client.close();
});

test('an execution may stop at a number of rows and go on', async () => {
	const client = await RawClient.login(server.port);
	const execute = message('E', 'p', 2);
	client.send(message('P', '', 'rows 5', int16(0)), bind('p', ''), execute, execute, execute, execute, message('H'));
	const answer = await client.until('C');
	assert.equal(types(answer), '12DDsDDsDC');
	assert.equal(answer.at(-1)!.body.toString(), 'SELECT 1\0');
	assert.equal((await client.until('C')).at(-1)!.body.toString(), 'SELECT 0\0');
	client.send(message('S'), message('E', 'p', 0), message('S'));
	assert.equal(types(await client.until('Z')), 'Z');
	assert.equal(errorFields((await client.until('Z'))[0]!).C, '34000');
	client.close();
});

test('parameters and results come in text and binary', async () => {
	const client = await RawClient.login(server.port);
	const parse = message('P', 'e', 'echo', int16(3), 23, 25, 20);
	const binary = [Buffer.from([0xff, 0xff, 0xff, 0xfe]), Buffer.from('grün'), Buffer.from([0, 0, 0, 1, 0, 0, 0, 0])];
	client.send(
		parse,
		bind('', 'e', binary, [], [1]),
		message('E', '', 0),
		bind('', 'e', ['-7', null, '9007199254740993'], [1]),
		message('E', '', 0),
		message('S'),
	);
	const rows = (await client.until('Z')).filter(({ type }) => type === 'D');
	assert.deepEqual(rowTexts(rows[0]!), ['-2', 'grün', '4294967296']);
	assert.equal(rows[1]!.body.toString('hex'), `0003${'00000004'}fffffff9${'ffffffff'}${'00000008'}0020000000000001`);
	client.close();
});

test('describing a statement tells its parameters and columns', async () => {
	const client = await RawClient.login(server.port);
	client.send(
		message('P', 'd', 'echo', int16(2), 23, 0),
		message('D', Buffer.from('S'), 'd'),
		message('C', Buffer.from('S'), 'd'),
		message('D', Buffer.from('S'), 'd'),
		message('S'),
	);
	const answer = await client.until('Z');
	assert.equal(types(answer), '1tT3EZ');
	assert.deepEqual([...answer[1]!.body], [0, 2, 0, 0, 0, 23, 0, 0, 0, 25]);
	assert.equal(errorFields(answer[4]!).C, '26000');
	client.close();
});

test('errors of the protocol inside a message leave the connection usable', async () => {
	const client = await RawClient.login(server.port);
	const wrong: [Buffer, string][] = [
		[bind('', 'missing'), '26000'],
		[message('P', '', 'rows 1'), '08P01'],
		[message('P', '', Buffer.from('rows')), '08P01'],
		[message('P', '', Buffer.from([0xff, 0xfe, 0]), int16(0)), '22021'],
		[message('D', Buffer.from('X'), ''), '08P01'],
		[message('E', 'nothing', 0), '34000'],
		[message('F', 1), '0A000'],
	];
	for (const [bytes, sqlstate] of wrong) {
		client.send(bytes, message('S'));
		const answer = await client.until('Z');
		assert.equal(errorFields(answer[0]!).C, sqlstate);
		if (sqlstate === '0A000') await client.until('Z');
	}
	client.send(message('P', 'twice', 'rows 1', int16(0)), message('P', 'twice', 'rows 1', int16(0)), message('S'));
	assert.equal(errorFields((await client.until('Z'))[1]!).C, '42P05');
	client.send(message('P', '', 'echo', int16(1), 23), bind('', '', []), message('S'));
	assert.equal(errorFields((await client.until('Z'))[1]!).C, '08P01');
	client.send(message('P', '', 'echo', int16(1), 23), bind('', '', ['1'], [], [2]), message('S'));
	assert.equal(errorFields((await client.until('Z'))[1]!).C, '22023');
	client.send(message('P', '', 'echo', int16(1), 25), bind('', '', ['a\0b']), message('S'));
	assert.equal(errorFields((await client.until('Z'))[1]!).C, '22021');
	client.send(message('Q', Buffer.from([0x72, 0xc3, 0x28, 0])));
	const invalid = await client.until('Z');
	assert.equal(errorFields(invalid[0]!).M, 'invalid byte sequence for encoding "UTF8": 0xc3 0x28');
	client.send(message('Q', 'rows 1'));
	assert.equal(types(await client.until('Z')), 'TDCZ');
	client.close();
});

test('bytes that are no messages end the connection with FATAL 08P01', async () => {
	const wrong = [message('~'), Buffer.from([0x51, 0, 0, 0, 3]), Buffer.from([0x51, 0xff, 0, 0, 3]), Buffer.from([0x51, 0x7f, 0xff, 0xff, 0xff])];
	for (const bytes of wrong) {
		const client = await RawClient.login(server.port);
		client.send(bytes);
		const answer = await client.untilEnd();
		assert.equal(errorFields(answer[0]!).C, '08P01');
		assert.equal(errorFields(answer[0]!).S, 'FATAL');
		assert.ok(lastSession().closed);
	}
});

test('a message may come in any pieces', async () => {
	const client = await RawClient.login(server.port);
	const bytes = Buffer.concat([extended('rows 1'), message('Q', `rows 1 ${'x'.repeat(9000)}`), extended('later 1')]);
	let seed = 7;
	for (let at = 0; at < bytes.length; ) {
		seed = (seed * 1103515245 + 12345) & 0x7fffffff;
		const count = at < 200 ? 1 + (seed % 3) : 1 + (seed % 2000);
		client.socket.write(bytes.subarray(at, at + count));
		at += count;
		await new Promise((resolve) => setImmediate(resolve));
	}
	assert.equal(types(await client.until('Z')), '12TDCZ');
	assert.equal(types(await client.until('Z')), 'TDCZ');
	assert.equal(types(await client.until('Z')), '12TDCZ');
	client.close();
});

test('an error in the middle of a row takes the row back', async () => {
	const client = await RawClient.login(server.port);
	client.send(message('Q', 'break'));
	assert.equal(types(await client.until('Z')), 'TEZ');
	client.close();
});

test('notices come in place, changed settings before ReadyForQuery', async () => {
	const client = await RawClient.login(server.port);
	client.send(message('Q', 'notice; set TimeZone Asia/Tokyo'));
	const answer = await client.until('Z');
	assert.equal(types(answer), 'NCCSZ');
	assert.equal(answer[3]!.body.toString(), 'TimeZone\0Asia/Tokyo\0');
	client.close();
});

test('in a failed transaction only its end is run', async () => {
	const client = await RawClient.login(server.port);
	client.send(message('P', 's', 'rows 1', int16(0)), message('Q', 'begin'));
	await client.until('Z');
	client.send(message('Q', 'fail 22012'));
	assert.equal((await client.until('Z')).at(-1)!.body.toString(), 'E');
	client.send(bind('', 's'), message('E', '', 0), message('S'));
	assert.equal(errorFields((await client.until('Z'))[0]!).C, '25P02');
	client.send(message('Q', 'rollback'));
	assert.equal((await client.until('Z')).at(-1)!.body.toString(), 'I');
	client.close();
});

test('COPY IN passes pieces on, in both protocols', async () => {
	const client = await RawClient.login(server.port);
	const pieces = Array.from({ length: 10 }, (_, index) => message('d', Buffer.from(`${index}\tline\n`)));
	client.send(message('Q', 'copy in'), ...pieces, message('c'));
	assert.equal(types(await client.until('Z')), 'GCZ');
	client.send(message('P', '', 'copy in', int16(0)), bind('', ''), message('E', '', 0), message('S'), ...pieces, message('c'), message('S'));
	const answer = await client.until('Z');
	assert.equal(types(answer), '12GCZ');
	assert.equal(answer[3]!.body.toString(), 'COPY 10\0');
	assert.equal(lastSession().received[0], lastSession().received[1]);
	client.close();
});

test('COPY IN that fails, by the client or by its data, ends with an error', async () => {
	const client = await RawClient.login(server.port);
	client.send(message('Q', 'copy in'), message('d', Buffer.from('1')), message('f', 'changed my mind'));
	assert.equal(errorFields((await client.until('Z'))[1]!).M, 'COPY from stdin failed: changed my mind');
	assert.equal(lastSession().received[0], 'failed: COPY from stdin failed: changed my mind');
	client.send(message('Q', 'copy in'), message('d', Buffer.from('wrong')), message('d', Buffer.from('more')), message('c'), message('Q', 'rows 1'));
	assert.equal(types(await client.until('Z')), 'GEZ');
	assert.equal(types(await client.until('Z')), 'TDCZ');
	client.send(message('Q', 'copy in'), message('Q', 'rows 1'));
	assert.equal(errorFields((await client.until('Z'))[1]!).C, '08P01');
	client.close();
});

test('COPY OUT sends a message per line and its tag', async () => {
	const client = await RawClient.login(server.port);
	client.send(message('Q', 'copy out 3'));
	const answer = await client.until('Z');
	assert.equal(types(answer), 'HdddcCZ');
	assert.equal(answer[5]!.body.toString(), 'COPY 3\0');
	client.close();
});

test('a cancel request with the right key cancels, with a wrong one does not', async () => {
	const client = await RawClient.open(server.port);
	client.send(startup({ user: 'tester' }));
	const key = (await client.until('Z')).find(({ type }) => type === 'K')!.body;
	client.send(message('Q', 'wait'));
	const request = (secret: number): Buffer => {
		const bytes = Buffer.alloc(16);
		bytes.writeInt32BE(16, 0);
		bytes.writeInt32BE(80877102, 4);
		bytes.writeInt32BE(key.readInt32BE(0), 8);
		bytes.writeInt32BE(secret, 12);
		return bytes;
	};
	while (lastSession().cancelWaiting === null) await new Promise((resolve) => setImmediate(resolve));
	for (const secret of [key.readInt32BE(4) ^ 1, key.readInt32BE(4)]) {
		const canceller = await RawClient.open(server.port);
		canceller.send(request(secret));
		assert.deepEqual(await canceller.untilEnd(), []);
	}
	const answer = await client.until('Z');
	assert.equal(errorFields(answer[0]!).C, '57014');
	client.close();
});

test('a client that stops reading stops its statement, not the memory', async () => {
	const client = await RawClient.login(server.port);
	client.socket.pause();
	const session = lastSession();
	client.send(message('Q', 'rows 3000000'));
	let before = -1;
	while (session.rowsMade === 0 || session.rowsMade !== before) {
		before = session.rowsMade;
		for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
	}
	assert.ok(session.rowsMade < 1_000_000, `${session.rowsMade} rows were made for a client that does not read`);
	// Another client is served meanwhile.
	const other = await RawClient.login(server.port);
	other.send(message('Q', 'rows 1'));
	assert.equal(types(await other.until('Z')), 'TDCZ');
	other.close();
	client.close();
	while (!session.closed) await new Promise((resolve) => setImmediate(resolve));
	assert.ok(session.events.includes('terminated'));
});

test('a slow reader gets every row', async () => {
	const client = await RawClient.login(server.port);
	client.send(message('Q', 'rows 200000'), message('Q', 'rows 1'));
	client.socket.pause();
	for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
	client.socket.resume();
	assert.equal((await client.until('Z')).length, 200_003);
	assert.equal(types(await client.until('Z')), 'TDCZ');
	client.close();
});

test('a session ended from outside tells its client', async () => {
	const client = await RawClient.login(server.port);
	lastSession().terminate();
	const answer = await client.untilEnd();
	assert.equal(errorFields(answer[0]!).C, '57P01');
	assert.equal(errorFields(answer[0]!).S, 'FATAL');
});

test('a client that vanishes gives everything back', async () => {
	const client = await RawClient.login(server.port);
	const session = lastSession();
	client.send(message('P', '', 'rows 5', int16(0)), bind('p', ''), message('E', 'p', 1), message('H'));
	await client.until('s');
	client.close();
	while (!session.closed) await new Promise((resolve) => setImmediate(resolve));
	assert.equal(session.closedPortals, 1);
});

test('closing the server says goodbye to everybody', async () => {
	const other = await servePostgres(host, { port: 0 });
	const clients = await Promise.all(Array.from({ length: 20 }, () => RawClient.login(other.port)));
	const silent = await RawClient.open(other.port);
	await other.close();
	for (const client of clients) assert.equal(errorFields((await client.untilEnd())[0]!).C, '57P01');
	assert.deepEqual(await silent.untilEnd(), []);
	assert.equal(other.connectionCount, 0);
});

test('one connection too many is refused', async () => {
	const small = await servePostgres(host, { port: 0, connectionsMax: 2 });
	const first = await RawClient.login(small.port);
	const second = await RawClient.login(small.port);
	const third = await RawClient.open(small.port);
	third.send(startup({ user: 'x' }));
	assert.equal(errorFields((await third.untilEnd())[0]!).C, '53300');
	first.close();
	second.close();
	await small.close();
});

test('nothing listens beyond this machine without passwords', async () => {
	await assert.rejects(servePostgres(host, { port: 0, host: '0.0.0.0' }), { code: 'unsafe-listen' });
	const told = await servePostgres(host, { port: 0, host: '0.0.0.0', trustRemote: true });
	await told.close();
});
