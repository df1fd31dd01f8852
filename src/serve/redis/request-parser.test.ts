/** Requests cut out of bytes: at every place where chunks may end, and bytes that are no requests. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encode } from './redis.testing.ts';
import { RequestParser, splitWords } from './request-parser.ts';

/** Everything that a parser makes of chunks: words of each request, then the error if there is one. */
function parsed(chunks: readonly string[], isTrusted = true): (readonly string[] | string)[] {
	const parser = new RequestParser();
	parser.isTrusted = isTrusted;
	const found: (readonly string[] | string)[] = [];
	try {
		for (const chunk of chunks) {
			parser.push(Buffer.from(chunk, 'latin1'));
			while (parser.next()) found.push(Array.from({ length: parser.request.count }, (_, i) => parser.request.latin1(i)));
			parser.release();
		}
	} catch (error) {
		found.push((error as Error).message);
	}
	return found;
}

const STREAM = `${encode(['SET', 'key', 'a\r\nb\0'])}PING\r\n${encode(['GET', ''])}*0\r\n\r\n set "a b" 'c\\'d'\n${encode(['X', 'y'.repeat(300)])}*-1\r\n${encode(['LAST'])}`;
const REQUESTS = [['SET', 'key', 'a\r\nb\0'], ['PING'], ['GET', ''], ['set', 'a b', "c'd"], ['X', 'y'.repeat(300)], ['LAST']];

test('requests are the same wherever chunks end', () => {
	assert.deepEqual(parsed([STREAM]), REQUESTS);
	for (let at = 1; at < STREAM.length; at++) assert.deepEqual(parsed([STREAM.slice(0, at), STREAM.slice(at)]), REQUESTS, `cut at ${at}`);
	assert.deepEqual(parsed([...STREAM]), REQUESTS);
	for (const size of [2, 3, 7, 64]) assert.deepEqual(parsed(STREAM.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g'))!), REQUESTS, `pieces of ${size}`);
});

test('any words come out as they went in, in any chunks', () => {
	fc.assert(
		fc.property(
			fc.array(fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 5 }), { maxLength: 5 }),
			fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
			(requests, sizes) => {
				const words = requests.map((request) => request.map((word) => Buffer.from(word).toString('latin1')));
				const stream = words.map(encode).join('');
				const chunks: string[] = [];
				for (let at = 0, i = 0; at < stream.length; i++) {
					const size = sizes[i % sizes.length]!;
					chunks.push(stream.slice(at, at + size));
					at += size;
				}
				assert.deepEqual(parsed(chunks), words);
			},
		),
	);
});

test('what is no request is told in the words of redis-server', () => {
	const errors: Readonly<Record<string, string>> = {
		'*abc\r\n': 'invalid multibulk length',
		'*\r\n': 'invalid multibulk length',
		'*9999999999999999999\r\n': 'invalid multibulk length',
		'*2147483648\r\n': 'invalid multibulk length',
		'*1\r\n:1\r\n': "expected '$', got ':'",
		'*1\r\n$abc\r\n': 'invalid bulk length',
		'*1\r\n$-1\r\n': 'invalid bulk length',
		'*1\r\n$536870913\r\n': 'invalid bulk length',
		'set "a\r\n': 'unbalanced quotes in request',
		'set "a"b\r\n': 'unbalanced quotes in request',
		[`*${'1'.repeat(70_000)}`]: 'too big mbulk count string',
		[`*1\r\n$${'1'.repeat(70_000)}`]: 'too big bulk count string',
		['x'.repeat(70_000)]: 'too big inline request',
	};
	for (const [bytes, message] of Object.entries(errors)) assert.deepEqual(parsed([bytes]), [`ERR Protocol error: ${message}`], bytes.slice(0, 30));
});

test('a length that is only announced takes no memory', () => {
	const before = process.memoryUsage().arrayBuffers;
	for (let i = 0; i < 20; i++) {
		assert.deepEqual(parsed(['*2147483647\r\n$536870912\r\n', 'abc']), []);
	}
	assert.ok(process.memoryUsage().arrayBuffers - before < 8 * 1024 * 1024);
});

test('a value in many chunks is copied a few times, not once for each', () => {
	const value = 'v'.repeat(4 * 1024 * 1024);
	const chunks = encode(['SET', 'k', value]).match(/[\s\S]{1,1000}/g)!;
	const [request] = parsed(chunks) as [readonly string[]];
	assert.equal(request[2]!.length, value.length);
});

test('of a stranger nothing large is taken', () => {
	assert.deepEqual(parsed(['*11\r\n'], false), ['ERR Protocol error: unauthenticated multibulk length']);
	assert.deepEqual(parsed(['*2\r\n$4\r\nAUTH\r\n$16385\r\n'], false), ['ERR Protocol error: unauthenticated bulk length']);
	assert.deepEqual(parsed([encode(['AUTH', 'a', 'b'])], false), [['AUTH', 'a', 'b']]);
});

test('words of a line: quotes and escapes', () => {
	assert.deepEqual(splitWords(' a  b\tc '), ['a', 'b', 'c']);
	assert.deepEqual(splitWords('"\\x41\\n\\"\\\\" \'\\n\\\'\''), ['A\n"\\', "\\n'"]);
	assert.deepEqual(splitWords('""'), ['']);
	assert.equal(splitWords("'a"), null);
	assert.equal(splitWords('"a\\'), null);
});
