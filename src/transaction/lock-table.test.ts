import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PolylogError } from '../platform/errors.ts';
import type { LockMode } from './contracts.ts';
import { TestDatabase } from './test-database.ts';

const MODES: readonly LockMode[] = ['key share', 'share', 'no key update', 'update'];
const deadlock = (error: unknown): boolean => error instanceof PolylogError && error.sqlstate === '40P01';

/** Rows: held; columns: asked for. PostgreSQL's table of row-level lock conflicts. */
const CONFLICTS = ['...X', '..XX', '.XXX', 'XXXX'];

test('row lock strengths conflict as in PostgreSQL', () => {
	MODES.forEach((held, row) => {
		MODES.forEach((asked, column) => {
			const db = new TestDatabase();
			assert.equal(db.lock(db.begin(), 'k', held), 'granted');
			const expected = CONFLICTS[row]![column] === 'X' ? 'refused' : 'granted';
			assert.equal(db.lock(db.begin(), 'k', asked, true), expected, `${asked} against ${held}`);
		});
	});
});

test('waiters get a lock in the order they came, and compatible ones together', async () => {
	const db = new TestDatabase();
	const holder = db.begin();
	const waiters = [db.begin(), db.begin(), db.begin()];
	db.lock(holder, 'k');
	const granted: number[] = [];
	const modes: LockMode[] = ['share', 'share', 'update'];
	waiters.forEach((tx, index) => {
		assert.equal(db.lock(tx, 'k', modes[index]), 'wait');
		void tx.waiting!.then(() => granted.push(index));
	});
	assert.equal(db.lock(db.begin(), 'k', 'key share', true), 'refused', 'nobody passes the queue');
	holder.rollback();
	await Promise.resolve();
	assert.deepEqual(granted, [0, 1]);
	waiters[0]!.rollback();
	waiters[1]!.rollback();
	await Promise.resolve();
	assert.deepEqual(granted, [0, 1, 2]);
	waiters[2]!.rollback();
	assert.deepEqual(db.manager.locks(), []);
});

test('a wait that would close a circle is refused at once; the others go on', async () => {
	const db = new TestDatabase();
	const [a, b, c] = [db.begin({ owner: 1 }), db.begin({ owner: 2 }), db.begin({ owner: 3 })];
	db.lock(a, 'x');
	db.lock(b, 'y');
	db.lock(c, 'z');
	assert.equal(db.lock(a, 'y'), 'wait');
	assert.equal(db.lock(b, 'z'), 'wait');
	assert.throws(() => db.lock(c, 'x'), deadlock);
	c.rollback();
	await b.waiting;
	b.rollback();
	await a.waiting;
	a.rollback();
	assert.equal(db.manager.statistics().deadlocks, 1);
});

test('two that share a lock and both want more: the second is the victim', async () => {
	const db = new TestDatabase();
	const [a, b] = [db.begin(), db.begin()];
	db.lock(a, 'x', 'share');
	db.lock(b, 'x', 'share');
	assert.equal(db.lock(a, 'x', 'update'), 'wait');
	assert.throws(() => db.lock(b, 'x', 'update'), deadlock);
	const { waiting } = a;
	b.rollback();
	await waiting;
	assert.equal(db.lock(a, 'x', 'update'), 'granted');
});

test('a cancelled wait rejects, and those behind it move up', async () => {
	const db = new TestDatabase();
	const [a, b, c] = [db.begin(), db.begin(), db.begin()];
	db.lock(a, 'x', 'share');
	db.lock(b, 'x', 'update');
	db.lock(c, 'x', 'share');
	const waits = [b.waiting!, c.waiting!];
	b.cancelWait(new PolylogError('sql', 'canceling statement due to user request', { sqlstate: '57014' }));
	await assert.rejects(waits[0]!, /canceling/);
	await waits[1];
});

test('locks survive a rollback to a savepoint and end with the transaction', () => {
	const db = new TestDatabase();
	const tx = db.begin();
	const savepoint = tx.savepoint('s');
	db.lock(tx, 'x');
	tx.rollbackTo(savepoint);
	assert.equal(db.lock(db.begin(), 'x', 'update', true), 'refused');
	tx.commit('disk');
	assert.equal(db.lock(db.begin(), 'x', 'update', true), 'granted');
});

test('an autocommit statement that outlives its turn keeps the locks it took in it', () => {
	const db = new TestDatabase();
	const statement = db.begin({ transient: true });
	assert.equal(db.lock(statement, 'x'), 'granted');
	assert.equal(statement.lockObject(5, 'shared', false), 'granted');
	statement.hold();
	const other = db.begin();
	assert.equal(db.lock(other, 'x', 'share', true), 'refused');
	assert.equal(other.isLocked(db.keyspaceId, Buffer.from('x'), 1, 'share'), true);
	assert.equal(other.lockObject(5, 'exclusive', true), 'refused');
	assert.equal(other.lockObject(5, 'shared', true), 'granted');
	statement.rollback();
	assert.equal(other.lockObject(5, 'exclusive', true), 'granted');
});

test('the lock of a lone transaction is entered when a second one comes', () => {
	const db = new TestDatabase();
	const alone = db.begin({ owner: 7 });
	for (let index = 0; index < 1000; index++) db.lock(alone, `k${index}`);
	const second = db.begin({ transient: true });
	assert.equal(db.lock(second, 'k500', 'share', true), 'refused');
	assert.equal(db.lock(second, 'other'), 'granted');
	assert.equal(db.lock(alone, 'k1000'), 'granted');
	assert.equal(db.manager.locks().length, 1001);
	assert.equal(db.manager.locks()[0]!.owner, 7);
});

test('very many locks stay noted when others come, and are found there', async () => {
	const db = new TestDatabase();
	const large = db.begin({ owner: 7 });
	for (let index = 0; index < 5000; index++) db.lock(large, `k${index}`, index % 2 === 0 ? 'key share' : 'update');
	db.lock(large, 'k10', 'update');
	const second = db.begin();
	assert.equal(db.lock(second, 'k1', 'key share', true), 'refused');
	assert.equal(db.lock(second, 'k2', 'share', true), 'granted');
	assert.equal(db.lock(second, 'k10', 'key share', true), 'refused', 'the stronger of two counts');
	assert.equal(db.lock(second, 'other'), 'granted');
	assert.equal(second.isLocked(db.keyspaceId, Buffer.from('k4999'), 5, 'share'), true);
	assert.ok(db.manager.locks().length < 10);
	assert.equal(db.lock(large, 'other', 'update', true), 'refused');
	assert.equal(db.lock(large, 'k5001'), 'granted');
	assert.equal(db.lock(second, 'k5001', 'update', true), 'refused');
	assert.equal(db.lock(second, 'k4999', 'share'), 'wait');
	const { waiting } = second;
	assert.throws(() => db.lock(large, 'other'), deadlock);
	large.rollback();
	await waiting;
	assert.equal(db.lock(second, 'k1', 'update', true), 'granted');
	second.rollback();
	assert.deepEqual(db.manager.locks(), []);
	const autocommit = db.begin({ transient: true });
	const holder = db.begin();
	db.lock(holder, 'x');
	for (let index = 0; index < 3000; index++) assert.equal(db.lock(autocommit, `k${index}`), 'granted');
	autocommit.hold();
	assert.equal(db.lock(holder, 'k2999', 'share', true), 'refused');
	assert.equal(db.lock(autocommit, 'x', 'share', true), 'refused');
});
