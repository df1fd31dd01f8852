import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
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

test('nothing that opens a database imports SQL', () => {
	const modules = new Set<string>();
	const visit = (url: URL): void => {
		if (modules.has(url.href)) return;
		modules.add(url.href);
		for (const [, path] of readFileSync(url, 'utf8').matchAll(/^(?:import|export)\b[^;]*?["'](\.{1,2}\/[^"']+\.js)["'];/gm)) visit(new URL(path!, url));
	};
	visit(new URL('../index.js', import.meta.url));
	assert.ok(modules.size > 50, `${modules.size} modules`);
	assert.deepEqual(
		[...modules].filter((href) => /\/(language|query|serve)\/|\/database\/(engine|session)\.js/.test(href)),
		[],
	);
});
