/**
 * The anomalies of isolation, each by name at each level, as PostgreSQL answers. Updates are read, lock, write, as statements
 * of SQL do them: under read committed a row that changed restarts the statement, under the stricter levels it is 40001.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PolylogError } from '../platform/errors.ts';
import type { Isolation } from './contracts.ts';
import { TestDatabase } from './test-database.ts';
import type { LogTransaction } from './transaction.ts';

const LEVELS: readonly Isolation[] = ['read committed', 'repeatable read', 'serializable'];

const conflict = (error: unknown): boolean => error instanceof PolylogError && error.sqlstate === '40001';

class Bank extends TestDatabase {
	/** UPDATE … SET value = change(value): 'wait' when the row is locked. */
	update(tx: LogTransaction, key: string, change: (value: string) => string): 'done' | 'wait' {
		for (;;) {
			tx.startStatement();
			const value = this.get(tx, key);
			if (value === null) return 'done';
			if (this.lock(tx, key, 'no key update') === 'wait') return 'wait';
			const bytes = Buffer.from(key);
			if (tx.changedSinceSnapshot(this.manager.keyspace(this.keyspaceId), bytes, bytes.length)) {
				if (tx.isolation === 'read committed') continue;
				throw new PolylogError('sql', 'could not serialize access due to concurrent update', { sqlstate: '40001' });
			}
			this.put(tx, key, change(value));
			return 'done';
		}
	}

	read(tx: LogTransaction, key: string): string | null {
		tx.startStatement();
		return this.get(tx, key);
	}

	list(tx: LogTransaction, lower: string, upper: string): string[] {
		tx.startStatement();
		return this.scan(tx, lower, upper);
	}
}

function bank(values: Record<string, string>): Bank {
	const db = new Bank();
	db.write(values);
	db.manager.syncNow();
	return db;
}

for (const isolation of LEVELS) {
	test(`dirty write: two transactions never interleave writes of the same rows (${isolation})`, async () => {
		const db = bank({ x: '0', y: '0' });
		const first = db.begin({ isolation });
		const second = db.begin({ isolation });
		db.update(first, 'x', () => '1');
		assert.equal(
			db.update(second, 'x', () => '2'),
			'wait',
		);
		const { waiting } = second;
		db.update(first, 'y', () => '1');
		first.commit('disk');
		await waiting;
		if (isolation === 'read committed') {
			db.update(second, 'x', () => '2');
			db.update(second, 'y', () => '2');
			second.commit('disk');
			assert.deepEqual(db.scan(db.begin()), ['x=2', 'y=2']);
		} else {
			assert.throws(() => db.update(second, 'x', () => '2'), conflict);
			second.rollback();
			assert.deepEqual(db.scan(db.begin()), ['x=1', 'y=1']);
		}
	});

	test(`dirty read: uncommitted changes are not seen, nor those rolled back (${isolation})`, () => {
		const db = bank({ x: '0' });
		const writer = db.begin({ isolation });
		const reader = db.begin({ isolation });
		db.update(writer, 'x', () => '1');
		assert.equal(db.read(reader, 'x'), '0');
		writer.rollback();
		assert.equal(db.read(reader, 'x'), '0');
	});

	test(`fuzzy read: a row read twice is the same but under read committed (${isolation})`, () => {
		const db = bank({ x: '0' });
		const reader = db.begin({ isolation });
		assert.equal(db.read(reader, 'x'), '0');
		db.write({ x: '1' });
		assert.equal(db.read(reader, 'x'), isolation === 'read committed' ? '1' : '0');
		reader.commit('disk');
	});

	test(`lost update: two increments count twice, or one fails (${isolation})`, async () => {
		const db = bank({ x: '10' });
		const first = db.begin({ isolation });
		const second = db.begin({ isolation });
		assert.equal(db.read(first, 'x'), '10');
		assert.equal(db.read(second, 'x'), '10');
		db.update(first, 'x', (value) => String(Number(value) + 1));
		assert.equal(
			db.update(second, 'x', (value) => String(Number(value) + 1)),
			'wait',
		);
		const { waiting } = second;
		first.commit('disk');
		await waiting;
		if (isolation === 'read committed') {
			db.update(second, 'x', (value) => String(Number(value) + 1));
			second.commit('disk');
			assert.equal(db.get(db.begin(), 'x'), '12');
		} else {
			assert.throws(() => db.update(second, 'x', String), conflict);
		}
	});

	test(`lost update by blind writes of what was read before: only read committed lets it pass (${isolation})`, () => {
		const db = bank({ x: '10' });
		const first = db.begin({ isolation });
		const second = db.begin({ isolation });
		db.read(first, 'x');
		db.read(second, 'x');
		db.put(first, 'x', '11');
		db.put(second, 'x', '12');
		first.commit('disk');
		if (isolation === 'read committed') second.commit('disk');
		else assert.throws(() => second.commit('disk'), conflict);
		assert.equal(db.get(db.begin(), 'x'), isolation === 'read committed' ? '12' : '11');
	});

	test(`read skew: two rows are read as of one moment but under read committed (${isolation})`, () => {
		const db = bank({ x: '50', y: '50' });
		const reader = db.begin({ isolation });
		assert.equal(db.read(reader, 'x'), '50');
		db.write({ x: '25', y: '75' });
		assert.equal(db.read(reader, 'y'), isolation === 'read committed' ? '75' : '50');
		reader.commit('disk');
	});

	test(`write skew: two that read both and change one each pass but under serializable (${isolation})`, () => {
		const db = bank({ x: '1', y: '1' });
		const first = db.begin({ isolation });
		const second = db.begin({ isolation });
		assert.equal(db.list(first, 'x', 'z').length, 2);
		assert.equal(db.list(second, 'x', 'z').length, 2);
		db.update(first, 'x', () => '0');
		db.update(second, 'y', () => '0');
		first.commit('disk');
		if (isolation === 'serializable') assert.throws(() => second.commit('disk'), conflict);
		else second.commit('disk');
	});

	test(`phantom: a range read twice is the same but under read committed (${isolation})`, () => {
		const db = bank({ a: '1', c: '1' });
		const reader = db.begin({ isolation });
		assert.deepEqual(db.list(reader, 'a', 'm'), ['a=1', 'c=1']);
		db.write({ b: '1' });
		assert.deepEqual(db.list(reader, 'a', 'm'), isolation === 'read committed' ? ['a=1', 'b=1', 'c=1'] : ['a=1', 'c=1']);
		db.put(reader, 'z', '1');
		if (isolation === 'serializable') assert.throws(() => reader.commit('disk'), conflict);
		else reader.commit('disk');
	});

	test(`phantom of a predicate: two inserts that each counted the range pass but under serializable (${isolation})`, () => {
		const db = bank({ a: '1' });
		const first = db.begin({ isolation });
		const second = db.begin({ isolation });
		db.list(first, 'a', 'm');
		db.list(second, 'a', 'm');
		db.put(first, 'b', '1');
		db.put(second, 'c', '1');
		first.commit('disk');
		if (isolation === 'serializable') assert.throws(() => second.commit('disk'), conflict);
		else second.commit('disk');
	});
}

test('serializable: reads outside of what others wrote do not conflict, nor do read-only transactions', () => {
	const db = bank({ a: '1', m: '1' });
	const first = db.begin({ isolation: 'serializable' });
	const reader = db.begin({ isolation: 'serializable', readOnly: true });
	db.list(first, 'a', 'c');
	db.list(reader, 'a', 'z');
	db.write({ d: '1', m: '2' });
	db.put(first, 'b', '1');
	first.commit('disk');
	assert.deepEqual(db.list(reader, 'a', 'z'), ['a=1', 'm=1']);
	reader.commit('disk');
});

test('serializable: only what a cursor really read counts', () => {
	const db = bank({ a: '1', b: '1', c: '1' });
	const tx = db.begin({ isolation: 'serializable' });
	tx.startStatement();
	const cursor = tx.cursor(db.manager.keyspace(db.keyspaceId), null, null, false);
	cursor.next();
	db.write({ c: '2' });
	db.put(tx, 'z', '1');
	tx.commit('disk');
	const again = db.begin({ isolation: 'serializable' });
	again.startStatement();
	const reverse = again.cursor(db.manager.keyspace(db.keyspaceId), null, null, true);
	reverse.next();
	db.write({ zz: '1' });
	db.put(again, 'a', '2');
	assert.throws(() => again.commit('disk'), conflict);
});

test('serializable: one that is older than the ring of recent commits is refused', () => {
	const db = new Bank({ transactions: { ringBytes: 500 } });
	const tx = db.begin({ isolation: 'serializable' });
	db.read(tx, 'a');
	for (let index = 0; index < 20; index++) db.write({ [`k${index}`]: '1' });
	db.put(tx, 'b', '1');
	assert.throws(() => tx.commit('disk'), conflict);
});
