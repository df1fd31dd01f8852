import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PolylogError } from '../../platform/errors.ts';
import { buildConcurrently, dropUnfinished, fillWithin } from './index-build.ts';
import { checkConstraint, checkNotNull } from './table-check.ts';
import { rewriteTable } from './table-rewrite.ts';
import { TableTestDatabase } from './table-test-database.ts';

const withState = (sqlstate: string, detail?: string) => (error: unknown) =>
	error instanceof PolylogError && error.sqlstate === sqlstate && (detail === undefined || error.detail === detail);

const noPause = async (): Promise<void> => undefined;

function numbered(count: number): TableTestDatabase {
	const db = new TableTestDatabase();
	db.createTable('t', { columns: ['id int4 not null', 'n int4', 'name text'], primaryKey: ['id'] });
	db.change((tx) => db.insert(tx, 't', ...Array.from({ length: count }, (_, id) => [id, id % 7, `name ${id}`])));
	return db;
}

test('an index is filled in steps while rows come, change and go', async () => {
	const db = numbered(3000);
	db.createIndex('t', { name: 't_n', columns: ['n'], include: ['name'], ready: false });
	db.createIndex('t', { name: 't_name', columns: ['name'], unique: true, ready: false });
	let step = 0;
	const pause = async (): Promise<void> => {
		step++;
		db.change((tx) => {
			db.update(
				tx,
				't',
				([id]) => id === step * 300,
				(row) => void (row[1] = 99),
			);
			db.update(
				tx,
				't',
				([id]) => id === step * 400,
				(row) => void (row[2] = `changed ${step}`),
			);
			db.delete(tx, 't', ([id]) => id === 2990 - step || id === step);
			db.insert(tx, 't', [5000 + step, 1, `new ${step}`], [-step, 2, null]);
		});
	};
	await buildConcurrentlySynced(db, 't_n', pause);
	assert.ok(step >= 5);
	await buildConcurrentlySynced(db, 't_name', pause);
	assert.equal(db.index('t_n').ready && db.index('t_name').ready, true);
	assert.deepEqual(db.inconsistencies('t'), []);
	assert.deepEqual(db.reopen().inconsistencies('t'), []);
});

/** The test's log syncs only when asked to. */
async function buildConcurrentlySynced(db: TableTestDatabase, name: string, pause: () => Promise<void>): Promise<void> {
	const built = buildConcurrently(db.tables, db.base.manager, db.table('t').id, db.index(name).id, pause);
	const settled = built.then(
		() => true,
		() => true,
	);
	while (!(await Promise.race([settled, new Promise<false>((resolve) => setImmediate(resolve, false))]))) db.base.manager.syncNow();
	await built;
}

test('a duplicate ends the building of a unique index, which is then gone', async () => {
	const db = numbered(1200);
	db.createIndex('t', { name: 't_n', columns: ['n'], unique: true, ready: false });
	await assert.rejects(buildConcurrentlySynced(db, 't_n', noPause), withState('23505', 'Key (n)=(0) is duplicated.'));
	assert.throws(() => db.index('t_n'));
	assert.equal(db.table('t').indexIds.length, 1);
	db.change((tx) => db.insert(tx, 't', [9999, 0, 'more']));
});

test('an open writer of a unique key is waited for by the fill', async () => {
	const db = numbered(10);
	db.createIndex('t', { name: 't_name', columns: ['name'], unique: true, ready: false });
	const writer = db.base.begin();
	db.insert(writer, 't', [100, 1, 'name 3']);
	const built = buildConcurrentlySynced(db, 't_name', noPause);
	await new Promise((resolve) => setImmediate(resolve));
	writer.commit('disk');
	await assert.rejects(built, withState('23505', 'Key (name)=(name 3) is duplicated.'));
});

test('an index made and filled in one transaction is undone with it', async () => {
	const db = numbered(50);
	const tx = db.base.begin();
	tx.startStatement();
	db.createIndex('t', { name: 't_n', columns: ['n'], ready: false }, tx);
	await fillWithin(db.tables, tx, db.table('t', tx).id, db.index('t_n', tx).id, noPause);
	assert.equal(db.index('t_n', tx).ready, true);
	tx.rollback();
	assert.throws(() => db.index('t_n'));
	const again = db.base.begin();
	again.startStatement();
	db.createIndex('t', { name: 't_name', columns: ['name'], unique: true, ready: false }, again);
	await fillWithin(db.tables, again, db.table('t', again).id, db.index('t_name', again).id, noPause);
	again.commit('disk').waitSync();
	assert.deepEqual(db.inconsistencies('t'), []);
	assert.deepEqual(db.reopen().inconsistencies('t'), []);
});

test('what a crash left of a build is dropped at the next open', () => {
	const db = numbered(50);
	db.createIndex('t', { name: 't_n', columns: ['n'], ready: false });
	const again = db.reopen();
	dropUnfinished(again.base.manager);
	again.base.manager.syncNow();
	assert.throws(() => again.index('t_n'));
	assert.equal(again.table('t').indexIds.length, 1);
});

test('a new constraint is checked against the rows that are there', async () => {
	const db = numbered(20);
	db.createTable('parent', { columns: ['id int4 not null'], primaryKey: ['id'] });
	db.change((tx) => db.insert(tx, 'parent', [0], [1], [2], [3], [4], [5]));
	db.createForeignKey('t', { name: 't_n_fkey', columns: ['n'], parent: 'parent', foreignColumns: ['id'] });
	const tx = db.base.begin();
	tx.startStatement();
	const constraint = tx.catalog.get(db.table('t', tx).constraintIds[0]!);
	assert.ok(constraint?.kind === 'constraint');
	await assert.rejects(checkConstraint(db.tables, tx, constraint, noPause), withState('23503', 'Key (n)=(6) is not present in table "parent".'));
	db.insert(tx, 'parent', [6]);
	await checkConstraint(db.tables, tx, constraint, noPause);
	await checkNotNull(db.tables, tx, db.table('t', tx).id, 2, noPause);
	db.insert(tx, 't', [77, null, null]);
	await assert.rejects(checkNotNull(db.tables, tx, db.table('t', tx).id, 2, noPause), withState('23502'));
	tx.rollback();
});

test('a table is written anew under another definition, with its indexes', async () => {
	const db = numbered(2500);
	db.createIndex('t', { name: 't_n', columns: ['n'] });
	db.change((tx) => db.delete(tx, 't', () => true));
	db.change((tx) => db.insert(tx, 't', ...Array.from({ length: 2500 }, (_, id) => [id, id % 7, `name ${id}`])));
	const tx = db.base.begin();
	tx.startStatement();
	const table = db.table('t', tx);
	const columns = table.columns.map((column) => (column.name === 'n' ? { ...column, typeOid: 25 } : column));
	await rewriteTable(db.tables, tx, { ...table, columns, schemaVersion: 2 }, ([id, n, name]) => [id, `${n}!`, name], noPause);
	tx.commit('disk').waitSync();
	assert.deepEqual(db.all('t')[9], [9, '2!', 'name 9']);
	assert.deepEqual(db.inconsistencies('t'), []);
	const again = db.reopen();
	assert.equal(again.all('t').length, 2500);
	assert.deepEqual(again.inconsistencies('t'), []);
});

test('columns added and dropped leave the rows as they are', () => {
	const db = numbered(3);
	db.change((tx) => {
		const table = db.table('t', tx);
		const added = { ...table.columns[1]!, name: 'more', number: 4, typeOid: 20, addedIn: 2, missingText: '42' };
		tx.changeCatalog(table.id, { ...table, columns: [...table.columns, added], schemaVersion: 2 });
	});
	db.change((tx) => db.insert(tx, 't', [10, 1, 'x', 7]));
	db.change((tx) => {
		const table = db.table('t', tx);
		tx.changeCatalog(table.id, {
			...table,
			columns: table.columns.map((column) => ({ ...column, dropped: column.dropped || column.name === 'n' })),
			schemaVersion: 3,
		});
	});
	db.change((tx) => db.insert(tx, 't', [11, 'y', 8]));
	const expected = [
		[0, 'name 0', 42],
		[1, 'name 1', 42],
		[2, 'name 2', 42],
		[10, 'x', 7],
		[11, 'y', 8],
	];
	assert.deepEqual(db.all('t'), expected);
	assert.deepEqual(db.reopen().all('t'), expected);
});

test('many rows are loaded in bulk into an empty table, in one commit', () => {
	const db = new TableTestDatabase();
	db.createTable('t', { columns: ['id int4 not null', 'n int4', 'name text'], primaryKey: ['id'] });
	db.createIndex('t', { name: 't_n', columns: ['n'], include: ['name'] });
	db.createIndex('t', { name: 't_name', columns: ['name'], unique: true });
	const load = (ids: readonly number[], name: (id: number) => string | null, mayBulk = true) => {
		const tx = db.base.begin();
		tx.startStatement();
		const loader = db.tables.loader(tx, db.table('t', tx), mayBulk);
		try {
			for (const id of ids) loader.insert([[id, id % 5, name(id)]]);
			while (!loader.step(30));
		} catch (error) {
			tx.rollback();
			throw error;
		}
		return { tx, loader };
	};
	const ids = Array.from({ length: 200 }, (_, index) => (index * 37) % 200);
	assert.throws(() => load([...ids, 3], (id) => `n${id}`), withState('23505', 'Key (id)=(3) already exists.'));
	assert.throws(() => load(ids, (id) => `n${id % 100}`), withState('23505'));
	const few = load(ids.slice(0, 20), () => null);
	assert.equal(few.loader.isBulk, false);
	few.tx.rollback();
	const { tx, loader } = load(ids, (id) => (id % 3 === 0 ? null : `n${id}`));
	assert.equal(loader.isBulk, true);
	assert.equal(db.all('t').length, 0);
	tx.commit('disk').waitSync();
	assert.equal(db.all('t').length, 200);
	assert.deepEqual(db.inconsistencies('t'), []);
	const more = load([200, 201], (id) => `n${id}`);
	assert.equal(more.loader.isBulk, false);
	more.tx.commit('disk').waitSync();
	assert.deepEqual(db.all('t').at(-1), [201, 1, 'n201']);
	assert.deepEqual(db.inconsistencies('t'), []);
});

test('a bulk load of child rows checks their parents', () => {
	const db = new TableTestDatabase();
	db.createTable('p', { columns: ['id int4 not null'], primaryKey: ['id'] });
	db.createTable('c', { columns: ['pid int4'] });
	db.createForeignKey('c', { name: 'c_pid', columns: ['pid'], parent: 'p', foreignColumns: ['id'] });
	db.change((tx) => db.insert(tx, 'p', [1], [2]));
	const load = (last: number) => {
		const tx = db.base.begin();
		tx.startStatement();
		const loader = db.tables.loader(tx, db.table('c', tx), true);
		try {
			loader.insert(Array.from({ length: 99 }, (_, index) => [1 + (index % 2)]));
			loader.insert([[last]]);
			while (!loader.step(30));
		} catch (error) {
			tx.rollback();
			throw error;
		}
		return tx;
	};
	assert.throws(() => load(3), withState('23503', 'Key (pid)=(3) is not present in table "p".'));
	load(2).commit('disk').waitSync();
	assert.equal(db.all('c').length, 100);
});
