/** The bytes of changes and entries are those of the example in `docs/formats/redis.md`. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { TestDatabase } from '../../transaction/test-database.ts';
import { pushElement } from './list-elements.ts';
import { RedisApplier } from './redis-change.ts';
import { HASH, LIST, SET, SORTED_SET } from './redis-layout.ts';
import { RedisData, type RedisSpace } from './redis-space.ts';
import { setScore } from './sorted-set.ts';

const PAGE = new URL('../../../docs/formats/redis.md', import.meta.url);

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const hex = (buffer: Uint8Array, start = 0, end = buffer.length): string => Buffer.from(buffer.subarray(start, end)).toString('hex');

/** What the example does, command by command. */
const COMMANDS: readonly (readonly [string, (space: RedisSpace) => void])[] = [
	['SET s hi PXAT 2000', (space) => space.setString(bytes('s'), 0, 1, space.find(bytes('s'), 0, 1), 2000, bytes('hi'), 0, 2)],
	[
		'HSET h f v',
		(space) => {
			const hash = space.collection(bytes('h'), 0, 1, HASH);
			space.setElement(hash.id, bytes('f'), 0, 1, bytes('v'), 0, 1);
			hash.count++;
			space.setCollection(bytes('h'), 0, 1, hash);
		},
	],
	[
		'RPUSH l x',
		(space) => {
			const list = space.collection(bytes('l'), 0, 1, LIST);
			pushElement(space, list, false, bytes('x'), 0, 1);
			space.setCollection(bytes('l'), 0, 1, list);
		},
	],
	[
		'ZADD z 1.5 m',
		(space) => {
			const set = space.collection(bytes('z'), 0, 1, SORTED_SET);
			setScore(space, set, bytes('m'), 0, 1, Number.NaN, 1.5);
			space.setCollection(bytes('z'), 0, 1, set);
		},
	],
	[
		'ZADD z -1 m',
		(space) => {
			const set = space.collection(bytes('z'), 0, 1, SORTED_SET);
			setScore(space, set, bytes('m'), 0, 1, 1.5, -1);
		},
	],
	[
		'SADD t a',
		(space) => {
			const set = space.collection(bytes('t'), 0, 1, SET);
			space.setElement(set.id, bytes('a'), 0, 1, bytes(''), 0, 0);
			set.count++;
			space.setCollection(bytes('t'), 0, 1, set);
		},
	],
	['DEL t', (space) => space.removeKey(bytes('t'), 0, 1, space.find(bytes('t'), 0, 1))],
	['(swept)', (space) => space.change.sweep(4)],
	['HDEL h f', (space) => removeField(space)],
];

function removeField(space: RedisSpace): void {
	const hash = space.find(bytes('h'), 0, 1);
	space.removeElement(hash.id, bytes('f'), 0, 1);
	hash.count--;
	space.setCollection(bytes('h'), 0, 1, hash);
}

function example(): string[] {
	const database = new TestDatabase({ keyspaceName: null, appliers: [new RedisApplier()] });
	const data = new RedisData(database.manager, 'disk');
	const space = data.space(0);
	const lines: string[] = [];
	for (const [command, run] of COMMANDS) {
		data.readOffset = database.manager.decidedOffset;
		run(space);
		lines.push(`${command.padEnd(20)} ${hex(space.change.bytes, 0, space.change.length)}`);
		space.commit();
	}
	lines.push('');
	const cursor = space.keyspace.cursor(null, null, false, database.manager.decidedOffset);
	while (cursor.next()) {
		lines.push(`${hex(cursor.keyBuffer, cursor.keyStart, cursor.keyEnd).padEnd(34)} ${hex(cursor.valueBuffer, cursor.valueStart, cursor.valueEnd)}`.trimEnd());
	}
	cursor.close();
	return lines;
}

test('changes and entries are those of the format’s page', () => {
	const block = /```redis-example\n([\s\S]*?)```/.exec(readFileSync(PAGE, 'utf8'));
	assert.notEqual(block, null, 'the page has no example');
	assert.equal(block![1]!.trimEnd(), example().join('\n'));
});
