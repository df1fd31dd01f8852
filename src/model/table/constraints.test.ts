import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PolylogError } from '../../platform/errors.ts';
import type { ReferentialAction } from '../../transaction/catalog-objects.ts';
import { LockWait, StatementRestart } from './contracts.ts';
import { type ForeignKeyDraft, TableTestDatabase } from './table-test-database.ts';

function refused(sqlstate: string, message?: string, detail?: string): (error: unknown) => boolean {
	return (error) => {
		assert.ok(error instanceof PolylogError, String(error));
		assert.equal(error.sqlstate, sqlstate, error.message);
		if (message !== undefined) assert.equal(error.message, message);
		if (detail !== undefined) assert.equal(error.detail, detail);
		return true;
	};
}

function family(draft: Partial<ForeignKeyDraft> = {}): TableTestDatabase {
	const db = new TableTestDatabase();
	db.createTable('parent', { columns: ['id int4 not null', 'name text'], primaryKey: ['id'] });
	db.createTable('child', { columns: ['id int4 not null', 'pid int4'], primaryKey: ['id'] });
	db.createForeignKey('child', { name: 'child_pid_fkey', columns: ['pid'], parent: 'parent', foreignColumns: ['id'], ...draft });
	db.change((tx) => {
		db.insert(tx, 'parent', [1, 'a'], [2, 'b']);
		db.insert(tx, 'child', [10, 1], [11, 1], [12, null]);
	});
	return db;
}

const is =
	(value: unknown, place = 0) =>
	(row: readonly unknown[]) =>
		row[place] === value;

test('a child needs its parent, at once or by the end of the statement', () => {
	const db = family();
	const tx = db.base.begin();
	assert.throws(
		() => db.insert(tx, 'child', [13, 5]),
		refused('23503', 'insert or update on table "child" violates foreign key constraint "child_pid_fkey"', 'Key (pid)=(5) is not present in table "parent".'),
	);
	tx.rollback();
	const other = db.base.begin();
	assert.throws(() => db.update(other, 'child', is(10), (row) => void (row[1] = 9)), refused('23503'));
	other.rollback();
	db.createForeignKey('parent', { name: 'parent_self', columns: ['id'], parent: 'parent', foreignColumns: ['id'] });
	db.change((again) => db.insert(again, 'parent', [3, 'self']));
});

for (const action of ['no action', 'restrict'] as const) {
	test(`ON DELETE and ON UPDATE ${action.toUpperCase()} refuse while children are there`, () => {
		const db = family({ onDelete: action, onUpdate: action });
		const tx = db.base.begin();
		const savepoint = tx.savepoint('s');
		const message = 'update or delete on table "parent" violates foreign key constraint "child_pid_fkey" on table "child"';
		assert.throws(() => db.delete(tx, 'parent', is(1)), refused('23503', message, 'Key (id)=(1) is still referenced from table "child".'));
		tx.rollbackTo(savepoint);
		assert.throws(() => db.update(tx, 'parent', is(1), (row) => void (row[0] = 7)), refused('23503', message));
		tx.rollbackTo(savepoint);
		assert.equal(db.delete(tx, 'parent', is(2)), 1);
		tx.commit('disk');
	});
}

test('NO ACTION lets another row take the key within the statement', () => {
	const db = family();
	db.change((tx) => {
		tx.startStatement();
		const writer = db.tables.writer(tx, db.table('parent'));
		const key = db.tables.access(tx.catalog, db.table('parent')).key([1, null]);
		writer.delete(key, [1, 'a']);
		writer.insert([1, 'again']);
		writer.finish();
	});
	assert.deepEqual(db.all('parent'), [
		[1, 'again'],
		[2, 'b'],
	]);
});

const outcomes: readonly [ReferentialAction, unknown[][], unknown[][]][] = [
	[
		'cascade',
		[[12, null]],
		[
			[10, 7],
			[11, 7],
			[12, null],
		],
	],
	[
		'set null',
		[
			[10, null],
			[11, null],
			[12, null],
		],
		[
			[10, null],
			[11, null],
			[12, null],
		],
	],
	[
		'set default',
		[
			[10, 2],
			[11, 2],
			[12, null],
		],
		[
			[10, 2],
			[11, 2],
			[12, null],
		],
	],
];
for (const [action, afterDelete, afterUpdate] of outcomes) {
	for (const isIndexed of [false, true]) {
		test(`${action.toUpperCase()} changes the children ${isIndexed ? 'by index' : 'by a scan'}`, () => {
			const db = family({ onDelete: action, onUpdate: action });
			db.programs.set('child', {
				generate: () => undefined,
				check: () => undefined,
				indexValues: () => null,
				hold: () => undefined,
				release: () => undefined,
				defaultValue: () => 2,
			});
			db.createIndex(isIndexed ? 'child' : 'parent', { name: 'second', columns: [isIndexed ? 'pid' : 'name'] });
			if (isIndexed) refill(db);
			const tx = db.base.begin();
			const savepoint = tx.savepoint('s');
			db.delete(tx, 'parent', is(1));
			tx.startStatement();
			assert.deepEqual(db.rows(tx, 'child'), afterDelete);
			tx.rollbackTo(savepoint);
			db.update(tx, 'parent', is(1), (row) => void (row[0] = 7));
			tx.commit('disk').waitSync();
			assert.deepEqual(db.all('child'), afterUpdate);
			assert.deepEqual(db.inconsistencies('child'), []);
			assert.deepEqual(db.reopen().all('child'), afterUpdate);
		});
	}
}

/** Makes entries of an index that was added empty. */
function refill(db: TableTestDatabase): void {
	const rows = db.all('child');
	db.change((tx) => db.delete(tx, 'child', () => true));
	db.change((tx) => db.insert(tx, 'child', ...rows));
}

test('a cascade goes on through further tables, and round a self-reference', () => {
	const db = family({ onDelete: 'cascade' });
	db.createTable('toy', { columns: ['cid int4', 'name text'] });
	db.createForeignKey('toy', { name: 'toy_cid', columns: ['cid'], parent: 'child', foreignColumns: ['id'], onDelete: 'cascade' });
	db.createTable('node', { columns: ['id int4 not null', 'up int4'], primaryKey: ['id'] });
	db.createForeignKey('node', { name: 'node_up', columns: ['up'], parent: 'node', foreignColumns: ['id'], onDelete: 'cascade' });
	db.change((tx) => {
		db.insert(tx, 'toy', [10, 'ball'], [12, 'kite']);
		db.insert(tx, 'node', [3, 2], [2, 1], [1, null], [9, 9]);
	});
	db.change((tx) => {
		db.delete(tx, 'parent', is(1));
		db.delete(tx, 'node', is(1));
		db.delete(tx, 'node', is(9));
	});
	assert.deepEqual(db.all('toy'), [[12, 'kite']]);
	assert.deepEqual(db.all('node'), []);
});

test('MATCH FULL takes all nulls or none', () => {
	const db = new TableTestDatabase();
	db.createTable('pair', { columns: ['a int4 not null', 'b int4 not null'], primaryKey: ['a', 'b'] });
	db.createTable('use', { columns: ['x int8', 'y int4'] });
	db.createForeignKey('use', { name: 'use_fk', columns: ['y', 'x'], parent: 'pair', foreignColumns: ['b', 'a'], matchFull: true });
	db.change((tx) => db.insert(tx, 'pair', [1, 2]));
	db.change((tx) => db.insert(tx, 'use', [1, 2], [null, null]));
	const tx = db.base.begin();
	const savepoint = tx.savepoint('s');
	assert.throws(() => db.insert(tx, 'use', [1, null]), refused('23503', undefined, 'MATCH FULL does not allow mixing of null and nonnull key values.'));
	tx.rollbackTo(savepoint);
	assert.throws(() => db.insert(tx, 'use', [2, 1]), refused('23503', undefined, 'Key (y, x)=(1, 2) is not present in table "pair".'));
	tx.rollback();
});

test('deferred keys are checked at the commit, or when they are made immediate', () => {
	const db = family({ deferrable: true, initiallyDeferred: true });
	const tx = db.base.begin();
	db.insert(tx, 'child', [13, 5]);
	db.insert(tx, 'parent', [5, 'late']);
	db.delete(tx, 'parent', is(1));
	db.insert(tx, 'parent', [1, 'back']);
	tx.commit('disk');
	const bad = db.base.begin();
	db.insert(bad, 'child', [14, 6]);
	assert.throws(() => bad.commit('disk'), refused('23503'));
	assert.equal(bad.state, 'rolled back');
	const gone = db.base.begin();
	db.insert(gone, 'child', [15, 6]);
	db.delete(gone, 'child', is(15));
	db.delete(gone, 'parent', is(2));
	gone.commit('disk');
	const immediate = db.base.begin();
	db.insert(immediate, 'child', [16, 6]);
	assert.throws(() => db.tables.setConstraints(immediate, null, false), refused('23503'));
	immediate.rollback();
	const strict = db.base.begin();
	db.tables.setConstraints(strict, null, false);
	assert.throws(() => db.insert(strict, 'child', [17, 6]), refused('23503'));
	strict.rollback();
});

test('a deferrable unique key may be doubled within a statement, not after it', () => {
	const db = new TableTestDatabase();
	db.createTable('t', { columns: ['id int4 not null', 'n int4'], primaryKey: ['id'] });
	db.createIndex('t', { name: 't_n_key', columns: ['n'], unique: true, deferrable: true });
	db.change((tx) => db.insert(tx, 't', [1, 1], [2, 2], [3, 3]));
	db.change((tx) =>
		db.update(
			tx,
			't',
			() => true,
			(row) => void (row[1] = Number(row[1]) + 1),
		),
	);
	assert.deepEqual(
		db.all('t').map(([, n]) => n),
		[2, 3, 4],
	);
	const tx = db.base.begin();
	assert.throws(() => db.insert(tx, 't', [4, 2]), refused('23505', 'duplicate key value violates unique constraint "t_n_key"', 'Key (n)=(2) already exists.'));
	tx.rollback();
});

test('a primary key may be shifted by one statement when it is deferrable, not otherwise', () => {
	for (const deferrable of [false, true]) {
		const db = new TableTestDatabase();
		db.createTable('t', { columns: ['id int4 not null', 'n int4'], primaryKey: ['id'], deferrable });
		db.createIndex('t', { name: 't_n', columns: ['n'] });
		db.change((tx) => db.insert(tx, 't', [1, 10], [2, 20], [3, 30]));
		const tx = db.base.begin();
		const shift = (row: unknown[]): void => {
			row[0] = Number(row[0]) + 1;
		};
		if (!deferrable) assert.throws(() => db.update(tx, 't', () => true, shift), refused('23505', undefined, 'Key (id)=(2) already exists.'));
		else {
			db.update(tx, 't', () => true, shift);
			assert.throws(() => db.update(tx, 't', is(2), shift), refused('23505', undefined, 'Key (id)=(3) already exists.'));
			tx.rollback();
			db.change((again) => db.update(again, 't', () => true, shift));
			assert.deepEqual(db.all('t'), [
				[2, 10],
				[3, 20],
				[4, 30],
			]);
			assert.deepEqual(db.inconsistencies('t'), []);
		}
	}
});

test('nulls are distinct in a unique index, unless NULLS NOT DISTINCT', () => {
	const db = new TableTestDatabase();
	db.createTable('t', { columns: ['a int4', 'b int4'] });
	db.createIndex('t', { name: 't_a', columns: ['a'], unique: true });
	db.createIndex('t', { name: 't_b', columns: ['b'], unique: true, nullsNotDistinct: true });
	db.change((tx) => db.insert(tx, 't', [null, 1], [null, 2], [null, null]));
	const tx = db.base.begin();
	assert.throws(() => db.insert(tx, 't', [null, null]), refused('23505', undefined, 'Key (b)=(null) already exists.'));
	tx.rollback();
	assert.deepEqual(db.inconsistencies('t'), []);
});

test('partial and expression indexes get the keys that the row program computes', () => {
	const db = new TableTestDatabase();
	db.createTable('t', { columns: ['id int4 not null', 'name text', 'live bool'], primaryKey: ['id'] });
	db.programs.set('t', {
		generate: () => undefined,
		check: () => undefined,
		indexValues: (_index, row) => (row[2] === true ? [row[1]] : null),
		hold: () => undefined,
		release: () => undefined,
		defaultValue: () => null,
	});
	db.createIndex('t', { name: 't_live', columns: ['name'], unique: true, predicateText: 'live' });
	db.change((tx) => db.insert(tx, 't', [1, 'a', true], [2, 'a', false], [3, 'b', true]));
	const tx = db.base.begin();
	assert.throws(() => db.update(tx, 't', is(2), (row) => void (row[2] = true)), refused('23505', undefined, 'Key (name)=(a) already exists.'));
	tx.rollback();
	db.change((again) => db.update(again, 't', is(1), (row) => void (row[2] = false)));
	db.change((again) => db.update(again, 't', is(2), (row) => void (row[2] = true)));
	const entries = (from: TableTestDatabase): number => {
		const cursor = from.base.begin().cursor(from.base.manager.keyspace(from.index('t_live').keyspaceId), null, null, false);
		let count = 0;
		while (cursor.next()) count++;
		return count;
	};
	assert.equal(entries(db), 2);
	assert.equal(entries(db.reopen()), 2);
});

test('a unique key written by an open transaction is waited for', async () => {
	const db = family();
	const first = db.base.begin();
	const second = db.base.begin();
	db.insert(first, 'parent', [5, 'first']);
	const savepoint = second.savepoint('s');
	assert.throws(() => db.insert(second, 'parent', [5, 'second']), LockWait);
	second.rollbackTo(savepoint);
	const { waiting } = second;
	assert.notEqual(waiting, null, 'the wait goes on when its statement is undone');
	assert.throws(() => db.insert(second, 'parent', [5, 'second']), LockWait);
	assert.equal(second.waiting, waiting, 'asked for again, it keeps its place');
	first.commit('disk');
	await waiting;
	assert.throws(() => db.insert(second, 'parent', [5, 'second']), refused('23505'));
	second.rollback();
});

test('a parent cannot go while an open transaction has a new child of it', async () => {
	const db = family();
	const child = db.base.begin();
	const parent = db.base.begin();
	db.insert(child, 'child', [20, 2]);
	assert.throws(() => db.delete(parent, 'parent', is(2)), LockWait);
	const { waiting } = parent;
	child.commit('disk');
	await waiting;
	assert.throws(() => db.delete(parent, 'parent', is(2)), refused('23503'));
	parent.rollback();
});

test('an update of a row that another changed meanwhile restarts the statement, or fails with 40001', async () => {
	for (const isolation of ['read committed', 'repeatable read'] as const) {
		const db = family();
		const first = db.base.begin({ isolation });
		const second = db.base.begin({ isolation });
		second.startStatement();
		db.update(first, 'parent', is(1), (row) => void (row[1] = 'x'));
		assert.throws(() => db.update(second, 'parent', is(1), (row) => void (row[1] = `${row[1]}y`)), LockWait);
		const { waiting } = second;
		first.commit('disk');
		await waiting;
		if (isolation === 'read committed') {
			db.update(second, 'parent', is(1), (row) => void (row[1] = `${row[1]}y`));
			second.commit('disk').waitSync();
			assert.deepEqual(db.all('parent')[0], [1, 'xy']);
		} else {
			assert.throws(() => db.update(second, 'parent', is(1), (row) => void (row[1] = 'y')), refused('40001'));
		}
	}
});

test('the definition that a writer was given must be the one in force', () => {
	const db = family();
	const tx = db.base.begin();
	tx.startStatement();
	const before = db.table('parent');
	db.createIndex('parent', { name: 'parent_name', columns: ['name'] });
	assert.throws(() => db.tables.writer(tx, before), StatementRestart);
	tx.startStatement();
	assert.throws(() => db.tables.writer(tx, before), StatementRestart);
	db.tables.writer(tx, db.table('parent', tx));
});

test('findConflict gives the row in the way, by any unique index or the ones asked for', () => {
	const db = family();
	db.createIndex('parent', { name: 'parent_name', columns: ['name'], unique: true });
	db.change((tx) => db.delete(tx, 'child', () => true));
	db.change((tx) => db.delete(tx, 'parent', () => true));
	db.change((tx) => db.insert(tx, 'parent', [1, 'a'], [2, 'b']));
	const tx = db.base.begin();
	tx.startStatement();
	const writer = db.tables.writer(tx, db.table('parent', tx));
	const key = (id: number) => db.tables.access(tx.catalog, db.table('parent', tx)).key([id, null]);
	assert.deepEqual(writer.findConflict([2, 'x'], null), key(2));
	assert.deepEqual(writer.findConflict([3, 'a'], [db.index('parent_name', tx)]), key(1));
	assert.equal(writer.findConflict([2, 'x'], [db.index('parent_name', tx)]), null);
	const row = [3, 'c'];
	assert.equal(writer.findConflict(row, null), null);
	writer.insert(row);
	const mine = writer.findConflict([3, 'd'], null)!;
	assert.deepEqual(mine, key(3));
	assert.equal(writer.lock(mine, 'update', 'wait'), 'skipped', 'this statement has written it');
	assert.equal(writer.lock(key(1), 'update', 'wait'), 'granted');
	assert.deepEqual(writer.fetch(key(1)), [1, 'a']);
	writer.finish();
	tx.rollback();
});

test('TRUNCATE empties table and indexes in its transaction, and is undone with it', () => {
	const db = family();
	db.createIndex('child', { name: 'child_pid', columns: ['pid'] });
	const tx = db.base.begin();
	tx.startStatement();
	db.tables.truncate(tx, db.table('child', tx));
	db.insert(tx, 'child', [1, 2]);
	tx.startStatement();
	assert.deepEqual(db.rows(tx, 'child'), [[1, 2]]);
	tx.rollback();
	assert.equal(db.all('child').length, 3);
	db.change((again) => db.tables.truncate(again, db.table('child', again)));
	assert.deepEqual(db.all('child'), []);
	const reopened = db.reopen();
	assert.deepEqual(reopened.all('child'), []);
	assert.deepEqual(reopened.inconsistencies('child'), []);
});
