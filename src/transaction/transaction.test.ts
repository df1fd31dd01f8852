import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestDatabase } from './test-database.ts';

test('a commit is read by the next transaction, and by read-only ones once durable', async () => {
	const db = new TestDatabase();
	const tx = db.begin();
	db.put(tx, 'a', '1');
	assert.equal(db.get(tx, 'a'), '1');
	const ticket = tx.commit('disk');
	assert.equal(ticket.durable, false);
	assert.equal(db.get(db.begin({ transient: true }), 'a'), '1');
	assert.equal(db.get(db.begin({ readOnly: true }), 'a'), null);
	ticket.waitSync();
	assert.equal(ticket.durable, true);
	assert.equal(db.get(db.begin({ readOnly: true }), 'a'), '1');
});

test('what was synced is there after reopening, and nothing else', () => {
	const db = new TestDatabase();
	db.write({ a: '1' });
	db.manager.syncNow();
	db.write({ a: '2', b: '3' });
	const again = db.reopen();
	assert.equal(again.get(again.begin(), 'a'), '1');
	assert.equal(again.get(again.begin(), 'b'), null);
});
