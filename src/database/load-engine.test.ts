import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClosedError } from '../platform/errors.ts';
import { openDatabase } from './open.ts';

test('a database whose keyspaces alone are used never loads SQL', async () => {
	const db = await openDatabase(':memory:');
	const keyspace = db.keyspace('words');
	await keyspace.put('a', '1');
	assert.deepEqual(keyspace.get('a'), new Uint8Array(Buffer.from('1')));
	await db.checkpoint();
	assert.equal(db.startedEngine, null);
	await db.close();
	assert.throws(() => db.engine, ClosedError);
	assert.throws(() => db.sql`select 1`.all(), ClosedError);
});

test('the first statement, synchronous or awaited, starts the engine', async () => {
	const first = await openDatabase(':memory:');
	assert.deepEqual(first.sql`select 1 as one`.all(), [{ one: 1 }]);
	assert.notEqual(first.startedEngine, null);
	await first.close();
	const second = await openDatabase(':memory:');
	assert.deepEqual(await second.sql`select 2 as two`, [{ two: 2 }]);
	await second.close();
});
