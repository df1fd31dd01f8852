/** Bytes that nobody means: the server answers or cuts, never breaks, and goes on serving others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encode, TestServer } from './redis.testing.ts';

const words = fc.oneof(
	fc.constantFrom(
		'SET',
		'get',
		'HSET',
		'LPUSH',
		'ZADD',
		'MULTI',
		'EXEC',
		'SUBSCRIBE',
		'CLIENT',
		'CONFIG',
		'COMMAND',
		'OBJECT',
		'SCAN',
		'BLPOP',
		'INFO',
		'HELLO',
		'RESET',
	),
	fc.constantFrom('a', 'b', '0', '1', '-1', '3', 'GET', 'SET', 'LIST', 'INFO', 'COUNT', 'MATCH', 'KILL', 'WITHSCORES', '*', '[', '\\', 'nan', '1e400', ''),
	fc.string({ maxLength: 8 }),
);

test('random requests get one answer each, or more, and no bug is reported', () => {
	fc.assert(
		fc.property(fc.array(fc.array(words, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 30 }), (requests) => {
			const server = new TestServer();
			const client = server.connect();
			for (const request of requests) client.send(encode(request.map((word) => Buffer.from(word).toString('latin1'))));
			assert.deepEqual(server.reports, []);
			assert.equal(server.connect().ask('PING'), '+PONG\r\n');
		}),
		{ numRuns: 300 },
	);
});

test('random bytes are answered or cut', () => {
	const pieces = fc.oneof(fc.constantFrom('*', '$', '\r\n', '\n', '*3\r\n', '$3\r\n', 'SET', '"', "'", '-1', '1000000000', ':'), fc.string({ maxLength: 12 }));
	fc.assert(
		fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
			const server = new TestServer();
			const client = server.connect();
			for (const part of parts) if (client.isOpen) client.send(part);
			assert.deepEqual(server.reports, []);
			assert.equal(server.connect().ask('PING'), '+PONG\r\n');
		}),
		{ numRuns: 500 },
	);
});
