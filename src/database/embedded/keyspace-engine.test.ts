/** The engine of a keyspace: chosen when it is made, kept when the database is opened again, and fixed. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { open } from '../../index.ts';

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
