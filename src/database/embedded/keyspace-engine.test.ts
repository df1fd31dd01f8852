/** The engine of a keyspace: chosen when it is made, kept when the database is opened again, and fixed. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { open } from '../../index.ts';
import { compactionOf, PUBLIC_SCHEMA_ID } from '../../transaction/catalog.ts';

test('a keyspace of the B-tree engine keeps what was put over checkpoints and restarts, and its engine', async () => {
	const directory = mkdtempSync(join(tmpdir(), 'polylog-engine-'));
	try {
		for (let round = 0; round < 3; round++) {
			const db = await open(directory);
			const tree = db.keyspace('tree', round === 0 ? { engine: 'btree' } : {});
			for (let i = 0; i < 500; i++) tree.putSync(`key ${i}`, `value ${round} of ${i}`);
			if (round < 2) await db.checkpoint();
			assert.equal(Buffer.from(tree.get('key 77')!).toString(), `value ${round} of 77`);
			assert.equal([...tree.range()].length, 500);
			assert.throws(() => db.keyspace('tree', { engine: 'lsm' }), { sqlstate: '22023' });
			assert.throws(() => db.keyspace('other', { engine: 'heap' as 'lsm' }), TypeError);
			await db.close();
		}
		assert.equal(readdirSync(join(directory, 'store')).filter((name) => name.endsWith('.btree')).length, 1);
	} finally {
		rmSync(directory, { recursive: true });
	}
});

test('the compaction of a keyspace and of a table is noted, can be changed, and is asked for by name', async () => {
	const db = await open(':memory:');
	const modeOf = (keyspaceId: number): string => compactionOf(db.engine.manager.catalog, keyspaceId);
	const idOf = (kind: 'keyspace' | 'relation', name: string): number => {
		const object = db.engine.manager.catalog.find(PUBLIC_SCHEMA_ID, kind, name);
		assert.ok(object?.kind === 'keyspace' || object?.kind === 'table' || object?.kind === 'index');
		return object.keyspaceId;
	};
	db.keyspace('events', { compaction: 'tiered' }).putSync('a', '1');
	assert.equal(modeOf(idOf('keyspace', 'events')), 'tiered');
	db.keyspace('events');
	assert.equal(modeOf(idOf('keyspace', 'events')), 'tiered');
	assert.equal(Buffer.from(db.keyspace('events', { engine: 'lsm', compaction: 'levelled' }).get('a')!).toString(), '1');
	assert.equal(modeOf(idOf('keyspace', 'events')), 'levelled');
	assert.throws(() => db.keyspace('tree', { engine: 'btree', compaction: 'tiered' }), { sqlstate: '22023' });
	assert.throws(() => db.keyspace('other', { compaction: 'leveled' as 'levelled' }), TypeError);
	await db.sql`CREATE TABLE reading (id int PRIMARY KEY, at int) WITH (compaction = tiered)`;
	await db.sql`CREATE INDEX reading_at ON reading (at)`;
	for (const name of ['reading', 'reading_at']) assert.equal(modeOf(idOf('relation', name)), 'tiered', name);
	await db.sql`ALTER TABLE reading RESET (compaction)`;
	for (const name of ['reading', 'reading_at']) assert.equal(modeOf(idOf('relation', name)), 'levelled', name);
	await db.sql`ALTER TABLE reading SET (compaction = tiered)`;
	assert.equal(modeOf(idOf('relation', 'reading_at')), 'tiered');
	await assert.rejects(async () => db.sql`ALTER TABLE reading SET (compaction = leveled)`, { sqlstate: '22023' });
	await assert.rejects(async () => db.sql`ALTER TABLE reading SET ACCESS METHOD btree`, { sqlstate: '22023' });
	await assert.rejects(async () => db.sql`CREATE TABLE x (id int) USING columnar WITH (compaction = tiered)`, { sqlstate: '22023' });
	await assert.rejects(async () => db.sql`CREATE INDEX x ON reading (at) WITH (compaction = tiered)`, { sqlstate: '22023' });
	await db.close();
});
