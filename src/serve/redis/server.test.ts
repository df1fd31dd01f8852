/** What clients see of each other: MULTI and WATCH, waiting, subscriptions; what survives a crash; who is let in. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatScramVerifier, makeScramVerifier } from '../../database/scram-verifier.ts';
import { encode, TestServer } from './redis.testing.ts';

const OK = '+OK\r\n';

test('a reply that tells of a commit waits until it is durable, and later ones behind it', () => {
	const server = new TestServer();
	server.isSyncing = false;
	const writer = server.connect();
	const reader = server.connect();
	writer.send(encode(['SET', 'a', '1']) + encode(['GET', 'a']) + encode(['PING']));
	assert.equal(writer.take(), '');
	// Others do not see what is not durable.
	assert.equal(reader.ask('GET a'), '$-1\r\n');
	server.database.log.syncNow();
	assert.equal(writer.take(), '+OK\r\n$1\r\n1\r\n+PONG\r\n');
	assert.equal(reader.ask('GET a'), '$1\r\n1\r\n');
	// A command that decides by what another has not made durable yet waits with it.
	writer.send(encode(['SET', 'b', '1']));
	assert.equal(reader.ask('SETNX b 2'), '');
	server.database.log.syncNow();
	assert.equal(reader.take(), ':0\r\n');
});

test('when the log fails nobody is told that his commit stands; reads go on, writes are refused', () => {
	const server = new TestServer();
	server.connect().ask('SET before 1');
	server.isSyncing = false;
	const client = server.connect();
	client.send(encode(['SET', 'a', '1']));
	server.database.log.fail();
	assert.equal(client.take(), '');
	assert.equal(client.isOpen, false);
	const other = server.connect();
	assert.equal(other.ask('MGET a before'), '*2\r\n$-1\r\n$1\r\n1\r\n');
	assert.match(other.ask('SET a 2'), /^-MISCONF Errors writing to the log: /);
});

test('pipelined writes are one commit; when it fails each of them is told', () => {
	const server = new TestServer();
	const client = server.connect();
	client.ask('SET x 1');
	const before = server.database.manager.decidedOffset;
	const lines = ['SET a 1', 'INCR b', 'GET x', 'RPUSH c 1 2', 'HSET d f v', 'INCR c', 'SET e 1 EX 10'];
	client.send(lines.map((line) => encode(line.split(' '))).join(''));
	assert.equal(client.take(), '+OK\r\n:1\r\n$1\r\n1\r\n:2\r\n:1\r\n-WRONGTYPE Operation against a key holding the wrong kind of value\r\n+OK\r\n');
	// INCR c looks at what RPUSH has gathered: it ends the first batch.
	assert.equal(server.database.manager.decidedOffset - before, 2);
	assert.equal(client.ask('DBSIZE'), ':6\r\n');
	server.database.log.failure = new Error('the disk is gone');
	client.send(['PING', 'SET a 2', 'GET x', 'SET f 2', 'PING'].map((line) => encode(line.split(' '))).join(''));
	assert.match(client.take(), /^\+PONG\r\n(-MISCONF [^\r]*\r\n|-ERR [^\r]*\r\n){3}\+PONG\r\n$/);
});

test('what was acknowledged is there after a crash, whatever its type; what was not synced is not', () => {
	const server = new TestServer();
	const client = server.connect();
	for (const line of [
		'SET s v EX 1000',
		'HSET h a 1 b 2',
		'RPUSH l 1 2 3',
		'LPOP l',
		'SADD set x y',
		'ZADD z 1.5 m -inf n',
		'SET gone 1 PX 10',
		'DEL nothing',
		'RENAME h hash',
		'SADD dropped 1 2 3',
		'DEL dropped',
	])
		client.ask(line);
	server.timers.advance(150);
	server.settle();
	server.isSyncing = false;
	client.send(encode(['SET', 'late', '1']));
	server.restart();
	const again = server.connect();
	assert.equal(again.ask('GET s'), '$1\r\nv\r\n');
	assert.equal(again.ask('TTL s'), ':1000\r\n');
	assert.equal(again.ask('HGETALL hash'), '*4\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$1\r\n2\r\n');
	assert.equal(again.ask('LRANGE l 0 -1'), '*2\r\n$1\r\n2\r\n$1\r\n3\r\n');
	assert.equal(again.ask('SMEMBERS set'), '*2\r\n$1\r\nx\r\n$1\r\ny\r\n');
	assert.equal(again.ask('ZRANGE z 0 -1 WITHSCORES'), '*4\r\n$1\r\nn\r\n$4\r\n-inf\r\n$1\r\nm\r\n$3\r\n1.5\r\n');
	assert.equal(again.ask('EXISTS gone late h dropped'), ':0\r\n');
	assert.equal(again.ask('DBSIZE'), ':5\r\n');
});

test('appendfsync is the durability of the selected database, and is kept', () => {
	const server = new TestServer();
	const client = server.connect();
	const asked = (): string => client.ask('CONFIG GET appendfsync').split('\r\n')[4]!;
	assert.equal(asked(), 'always');
	for (const word of ['no', 'everysec', 'always', 'everysec']) {
		assert.equal(client.ask(['CONFIG', 'SET', 'appendfsync', word]), OK);
		assert.equal(asked(), word);
	}
	client.ask('SELECT 1');
	assert.equal(asked(), 'always');
	server.restart();
	const again = server.connect();
	assert.match(again.ask('CONFIG GET appendfsync'), /everysec/);
	// A write is acknowledged when it is written, not synced.
	server.isSyncing = false;
	assert.equal(again.ask('SET a 1'), '');
	server.database.log.writeNow();
	assert.equal(again.take(), OK);
	// One of a database at 'always' waits for the sync, and in one transaction the surest level holds.
	again.send(['MULTI', 'SET a 2', 'SELECT 1', 'SET b 2', 'EXEC'].map((line) => encode(line.split(' '))).join(''));
	server.database.log.writeNow();
	assert.equal(again.take(), '');
	server.database.log.syncNow();
	assert.equal(again.take(), '+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n+OK\r\n+OK\r\n+OK\r\n');
});

test('WATCH: EXEC does nothing when a watched key was changed, by anybody, in any way', () => {
	const changes = [
		'SET k 2',
		'APPEND k x',
		'DEL k',
		'EXPIRE k 100',
		'RENAME other k',
		'FLUSHDB',
		'FLUSHALL',
		'MSET k 1 l 2',
		'SUNIONSTORE k none',
		'PERSIST k',
	];
	for (const change of changes) {
		const server = new TestServer();
		const [one, two] = [server.connect(), server.connect()];
		two.ask('SET k 1 EX 1000');
		two.ask('SET other 1');
		one.ask('WATCH k');
		two.ask(change);
		one.ask('MULTI');
		one.ask('SET done 1');
		assert.equal(one.ask('EXEC'), '*-1\r\n', change);
		assert.equal(two.ask('EXISTS done'), ':0\r\n', change);
		// The watch has ended with it.
		one.ask('MULTI');
		assert.equal(one.ask('EXEC'), '*0\r\n', change);
	}
});

test('WATCH: elements of a collection count, other keys and other databases do not', () => {
	const server = new TestServer();
	const [one, two] = [server.connect(), server.connect()];
	const tried = (change: string): string => {
		one.ask('WATCH h');
		two.ask(change);
		one.ask('MULTI');
		return one.ask('EXEC');
	};
	two.ask('HSET h a 1');
	assert.equal(tried('HSET h a 2'), '*-1\r\n');
	assert.equal(tried('HSET g a 2'), '*0\r\n');
	assert.equal(tried('GET h'), '*0\r\n');
	two.ask('SELECT 1');
	assert.equal(tried('HSET h a 3'), '*0\r\n');
	// A key that expires meanwhile has changed.
	two.ask('SELECT 0');
	two.ask('PEXPIRE h 50');
	one.ask('WATCH h');
	server.timers.advance(60);
	one.ask('MULTI');
	assert.equal(one.ask('EXEC'), '*-1\r\n');
});

test('EXEC is one transaction of the log; a command that fails in it changes nothing', () => {
	const server = new TestServer();
	const client = server.connect();
	client.ask('SET s text');
	for (const line of ['MULTI', 'RPUSH l 1', 'LPUSH s 1', 'INCR n', 'SADD set 1 2 3', 'SELECT 2', 'SET other 1']) client.ask(line);
	const before = server.database.manager.decidedOffset;
	assert.equal(client.ask('EXEC'), '*6\r\n:1\r\n-WRONGTYPE Operation against a key holding the wrong kind of value\r\n:1\r\n:3\r\n+OK\r\n+OK\r\n');
	// The database 2 itself was made by a commit of its own.
	assert.equal(server.database.manager.decidedOffset - before, 2);
	assert.equal(client.ask('GET other'), '$1\r\n1\r\n');
});

test('a command in EXEC sees what those before it did, also after one that failed', () => {
	const server = new TestServer();
	const client = server.connect();
	client.ask('SET k 1');
	for (const line of ['MULTI', 'INCR k', 'LPUSH k x', 'INCR k', 'INCRBY k x', 'INCR k', 'DEL k', 'EXISTS k', 'RENAME k l', 'RPUSH k a b', 'LRANGE k 0 -1'])
		client.ask(line);
	const wrongType = '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n';
	const notInteger = '-ERR value is not an integer or out of range\r\n';
	assert.equal(client.ask('EXEC'), `*10\r\n:2\r\n${wrongType}:3\r\n${notInteger}:4\r\n:1\r\n:0\r\n-ERR no such key\r\n:2\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n`);
});

test('collections made in the first EXEC of a database stay apart when a command between them fails', () => {
	const client = new TestServer().connect();
	for (const command of ['FLUSHALL', 'MULTI', 'HSET h x 1', 'INCRBY h 1', 'ZADD z 2 y', 'EXEC']) client.ask(command);
	assert.equal(client.ask('HGETALL h'), '*2\r\n$1\r\nx\r\n$1\r\n1\r\n');
	assert.equal(client.ask('ZRANGE z 0 -1'), '*1\r\n$1\r\ny\r\n');
});

test('DBSIZE stays right when commands in EXEC fail', () => {
	const server = new TestServer();
	const client = server.connect();
	client.ask('MSET a 1 b 2');
	assert.equal(client.ask('DBSIZE'), ':2\r\n');
	for (const line of ['MULTI', 'SET c 3', 'INCRBY c x', 'DEL a b', 'SET d 4', 'EXEC']) client.ask(line);
	assert.equal(client.ask('DBSIZE'), ':2\r\n');
});

test('waiting clients are served in the order in which they came, one element each', () => {
	const server = new TestServer();
	const [one, two, three, pusher] = [server.connect(), server.connect(), server.connect(), server.connect()];
	assert.equal(one.ask('BLPOP l 0'), '');
	assert.equal(two.ask('BRPOP none l 0'), '');
	assert.equal(three.ask('BLMOVE l target LEFT LEFT 0'), '');
	assert.match(pusher.ask('INFO clients'), /blocked_clients:3/);
	// Requests that come meanwhile wait.
	one.send(encode(['PING']));
	assert.equal(one.take(), '');
	assert.equal(pusher.ask('RPUSH l a b'), ':2\r\n');
	assert.equal(one.take(), '*2\r\n$1\r\nl\r\n$1\r\na\r\n+PONG\r\n');
	assert.equal(two.take(), '*2\r\n$1\r\nl\r\n$1\r\nb\r\n');
	assert.equal(three.take(), '');
	for (const line of ['MULTI', 'RPUSH l c', 'SET x 1', 'EXEC']) pusher.ask(line);
	assert.equal(three.take(), '$1\r\nc\r\n');
	assert.equal(pusher.ask('LRANGE target 0 -1'), '*1\r\n$1\r\nc\r\n');
	assert.equal(pusher.ask('EXISTS l'), ':0\r\n');
});

test('waiting ends by time, by CLIENT UNBLOCK, by leaving; a moved element wakes the next', () => {
	const server = new TestServer();
	const [one, two, other] = [server.connect(), server.connect(), server.connect()];
	one.ask('BLPOP a 0.5');
	server.timers.advance(499);
	assert.equal(one.take(), '');
	server.timers.advance(1);
	assert.equal(one.take(), '*-1\r\n');
	one.ask('BZPOPMIN z 0');
	const id = /^id=(\d+) .* cmd=bzpopmin /m.exec(other.ask('CLIENT LIST'))![1]!;
	assert.equal(other.ask(`CLIENT UNBLOCK ${id} ERROR`), ':1\r\n');
	assert.equal(one.take(), '-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n');
	assert.equal(other.ask(`CLIENT UNBLOCK ${id}`), ':0\r\n');
	one.ask('BLPOP chain 0');
	one.destroy();
	two.ask('BLPOP second 0');
	assert.equal(other.ask('BLMOVE first second LEFT LEFT 0'), '');
	const pusher = server.connect();
	pusher.ask('RPUSH first v');
	assert.equal(other.take(), '$1\r\nv\r\n');
	assert.equal(two.take(), '*2\r\n$6\r\nsecond\r\n$1\r\nv\r\n');
	pusher.ask('RPUSH chain left');
	assert.equal(pusher.ask('LLEN chain'), ':1\r\n');
});

test('messages reach those who are subscribed, by channel and by pattern', () => {
	const server = new TestServer();
	const [one, two, publisher] = [server.connect(), server.connect(), server.connect()];
	assert.equal(one.ask('SUBSCRIBE news'), '*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n');
	two.ask('HELLO 3');
	two.ask('PSUBSCRIBE n*');
	two.ask('SSUBSCRIBE news');
	assert.equal(publisher.ask('PUBLISH news hello'), ':2\r\n');
	assert.equal(one.take(), '*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n');
	assert.equal(two.take(), '>4\r\n$8\r\npmessage\r\n$2\r\nn*\r\n$4\r\nnews\r\n$5\r\nhello\r\n');
	assert.equal(publisher.ask('SPUBLISH news shard'), ':1\r\n');
	assert.equal(two.take(), '>3\r\n$8\r\nsmessage\r\n$4\r\nnews\r\n$5\r\nshard\r\n');
	assert.equal(publisher.ask('PUBLISH other x'), ':0\r\n');
	assert.equal(publisher.ask('PUBSUB NUMSUB news other'), '*4\r\n$4\r\nnews\r\n:1\r\n$5\r\nother\r\n:0\r\n');
	// A client of RESP3 may ask for anything while it is subscribed.
	assert.equal(two.ask('GET a'), '_\r\n');
	assert.match(one.ask('GET a'), /^-ERR Can't execute 'get'/);
	one.destroy();
	assert.equal(publisher.ask('PUBLISH news again'), ':1\r\n');
});

test('a message goes out no sooner than what its publisher wrote before it', () => {
	const server = new TestServer();
	server.isSyncing = false;
	const [subscriber, publisher] = [server.connect(), server.connect()];
	subscriber.ask('SUBSCRIBE done');
	publisher.send(encode(['SET', 'a', '1']) + encode(['PUBLISH', 'done', 'a']));
	assert.equal(subscriber.take(), '');
	server.database.log.syncNow();
	assert.equal(subscriber.take(), '*3\r\n$7\r\nmessage\r\n$4\r\ndone\r\n$1\r\na\r\n');
	assert.equal(publisher.take(), '+OK\r\n:1\r\n');
});

test('expired keys are hidden at once, and removed by a sweep that is committed', () => {
	const server = new TestServer();
	const client = server.connect();
	client.ask('SET a 1 PX 95');
	client.ask('SADD s 1 2 3');
	client.ask('PEXPIRE s 95');
	client.ask('SET b 1');
	const before = server.database.log.decidedOffset;
	server.timers.advance(96);
	assert.equal(client.ask('EXISTS a s'), ':0\r\n');
	assert.equal(client.ask('DBSIZE'), ':3\r\n');
	assert.equal(server.database.log.decidedOffset, before);
	server.timers.advance(500);
	assert.equal(client.ask('DBSIZE'), ':1\r\n');
	assert.match(client.ask('INFO stats'), /expired_keys:2/);
	server.isSyncing = true;
	server.settle();
	server.restart();
	assert.equal(server.connect().ask('DBSIZE'), ':1\r\n');
	// Nothing is left of the set's members either.
	const { manager } = server.database;
	const space = server.state.data.space(0);
	const cursor = space.keyspace.cursor(null, null, false, manager.decidedOffset);
	let entries = 0;
	while (cursor.next()) entries++;
	assert.equal(entries, 1);
});

test('SCAN returns what stays exactly once, whatever changes meanwhile', () => {
	const server = new TestServer();
	const client = server.connect();
	for (let i = 0; i < 200; i++) client.ask(`SET stay:${i} x`);
	const seen: string[] = [];
	let cursor = '0';
	let round = 0;
	do {
		const parts = client.ask(`SCAN ${cursor} MATCH stay:* COUNT 7`).split('\r\n');
		cursor = parts[2]!;
		seen.push(...parts.filter((part) => part.startsWith('stay:')));
		client.ask(`SET stray:${round} x`);
		client.ask(`SET a${round++} x`);
		client.ask('RPUSH list x');
	} while (cursor !== '0');
	assert.equal(seen.length, 200);
	assert.equal(new Set(seen).size, 200);
	assert.equal(client.ask('SCAN 99999'), '-ERR invalid cursor\r\n');
	// A cursor of one key means nothing for another: it never shows what is not the key's own.
	for (let i = 0; i < 30; i++) client.ask(`SADD s1 ${i}`);
	for (let i = 0; i < 30; i++) client.ask(`HSET h2 f${i} v`);
	const of = client.ask('HSCAN h2 0 COUNT 5').split('\r\n')[2]!;
	assert.doesNotMatch(client.ask(`SSCAN s1 ${of} COUNT 100`), /f\d/);
});

const verifier = (password: string): string => formatScramVerifier(makeScramVerifier(password, Buffer.from('0123456789abcdef'), 16));

test('as soon as a user has a password everybody must show one', () => {
	const roles = new Map([
		['polylog', { canLogin: true, verifier: verifier('first') }],
		['ann', { canLogin: true, verifier: verifier('secret') }],
		['group', { canLogin: false, verifier: verifier('secret') }],
		['bare', { canLogin: true, verifier: null }],
	]);
	const server = new TestServer({ roles });
	const client = server.connect();
	for (const line of ['GET a', 'PING', 'SUBSCRIBE a', 'MULTI', 'COMMAND']) assert.equal(client.ask(line), '-NOAUTH Authentication required.\r\n', line);
	assert.match(client.ask('HELLO 3'), /^-NOAUTH HELLO must be called/);
	const wrong = '-WRONGPASS invalid username-password pair or user is disabled.\r\n';
	for (const line of ['AUTH nope', 'AUTH ann nope', 'AUTH nobody secret', 'AUTH group secret', 'AUTH bare secret', 'HELLO 3 AUTH ann nope'])
		assert.equal(client.ask(line), wrong, line);
	assert.equal(client.ask('GET a'), '-NOAUTH Authentication required.\r\n');
	assert.equal(client.ask('AUTH ann secret'), OK);
	assert.equal(client.ask('GET a'), '$-1\r\n');
	assert.equal(client.ask('RESET'), '+RESET\r\n');
	assert.equal(client.ask('GET a'), '-NOAUTH Authentication required.\r\n');
	assert.equal(client.ask('AUTH first'), OK);
	assert.match(server.connect().ask('HELLO 3 AUTH default first SETNAME me'), /^%7/);
	// Nothing large of a stranger.
	const stranger = server.connect();
	stranger.send('*1000\r\n');
	assert.equal(stranger.take(), '-ERR Protocol error: unauthenticated multibulk length\r\n');
	assert.equal(stranger.isOpen, false);
});

test('without passwords only this machine is let in', () => {
	const server = new TestServer();
	const stranger = server.connect('10.0.0.9');
	assert.match(stranger.take(), /^-DENIED /);
	assert.equal(stranger.isOpen, false);
	assert.equal(server.connect('::1').ask('PING'), '+PONG\r\n');
});

test('what looks like HTTP is cut without an answer, and nothing after it is obeyed', () => {
	for (const bytes of [
		'POST / HTTP/1.1\r\nHost: localhost\r\n\r\nSET a 1\r\n',
		'GET / HTTP/1.1\r\nSET a 1\r\n',
		'OPTIONS /x HTTP/1.1\r\nSET a 1\r\n',
		'Host: localhost:7379\r\nSET a 1\r\n',
		'post x\r\nSET a 1\r\n',
	]) {
		const server = new TestServer();
		const browser = server.connect();
		browser.send(bytes);
		assert.equal(browser.take(), '', bytes);
		assert.equal(browser.isOpen, false, bytes);
		assert.equal(server.connect().ask('EXISTS a'), ':0\r\n', bytes);
	}
});

test('a broken stream is answered, then cut', () => {
	const server = new TestServer();
	const client = server.connect();
	client.send(`${encode(['SET', 'a', '1'])}*1\r\n+x\r\n${encode(['SET', 'b', '1'])}`);
	assert.equal(client.take(), "+OK\r\n-ERR Protocol error: expected '$', got '+'\r\n");
	assert.equal(client.isOpen, false);
	assert.equal(server.connect().ask('EXISTS a b'), ':1\r\n');
});

test('CLIENT REPLY holds replies back, QUIT ends after its own', () => {
	const server = new TestServer();
	const client = server.connect();
	assert.equal(client.ask('CLIENT REPLY SKIP'), '');
	assert.equal(client.ask('SET a 1'), '');
	assert.equal(client.ask('GET a'), '$1\r\n1\r\n');
	assert.equal(client.ask('CLIENT REPLY OFF'), '');
	assert.equal(client.ask('GET a'), '');
	assert.equal(client.ask('CLIENT REPLY ON'), OK);
	client.send(encode(['GET', 'a']) + encode(['QUIT']) + encode(['SET', 'a', '2']));
	assert.equal(client.take(), '$1\r\n1\r\n+OK\r\n');
	assert.equal(client.isOpen, false);
	assert.equal(server.connect().ask('GET a'), '$1\r\n1\r\n');
});

test('CLIENT KILL cuts others, and itself after the reply', () => {
	const server = new TestServer();
	const [one, two] = [server.connect(), server.connect()];
	assert.equal(one.ask('CLIENT KILL TYPE normal'), ':1\r\n');
	assert.equal(two.isOpen, false);
	assert.equal(one.ask('CLIENT KILL TYPE normal SKIPME no'), ':1\r\n');
	assert.equal(one.isOpen, false);
});

test('keys and fields past the limit are refused, and nothing is changed', () => {
	const server = new TestServer();
	const client = server.connect();
	const long = 'k'.repeat(70_000);
	for (const request of [
		['SET', long, '1'],
		['HSET', 'h', long, '1'],
		['SADD', 's', 'a', long],
		['ZADD', 'z', '1', long],
	])
		assert.match(client.ask(request), /^-ERR a key of \d+ bytes is longer than the limit of 65500/, request[0]);
	assert.equal(client.ask('DBSIZE'), ':0\r\n');
	assert.equal(client.ask(['GET', long]), '$-1\r\n');
	assert.equal(client.ask(['SET', 'v', long]), OK);
	server.restart();
	assert.equal(server.connect().ask('STRLEN v'), ':70000\r\n');
});
