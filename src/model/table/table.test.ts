import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PolylogError } from '../../platform/errors.ts';
import { TableTestDatabase } from './table-test-database.ts';

function refused(sqlstate: string, detail?: string): (error: unknown) => boolean {
	return (error) => {
		assert.ok(error instanceof PolylogError, String(error));
		assert.equal(error.sqlstate, sqlstate, error.message);
		if (detail !== undefined) assert.equal(error.detail, detail);
		return true;
	};
}

function albums(): TableTestDatabase {
	const db = new TableTestDatabase();
	db.createTable('album', { columns: ['id int4 not null', 'title text', 'artist int4'], primaryKey: ['id'] });
	db.createIndex('album', { name: 'album_artist', columns: ['artist'] });
	db.createIndex('album', { name: 'album_title', columns: ['title'], unique: true, include: ['artist'] });
	return db;
}

test('rows inserted, updated and deleted are there, and so are their index entries, also after reopening', () => {
	const db = albums();
	db.change((tx) => db.insert(tx, 'album', [7, 'Kind of Blue', 3], [8, 'Blue Train', 4], [9, null, 4]));
	db.change((tx) =>
		db.update(
			tx,
			'album',
			([id]) => id === 8,
			(row) => void (row[2] = 5),
		),
	);
	db.change((tx) =>
		db.update(
			tx,
			'album',
			([id]) => id === 7,
			(row) => void (row[0] = 1),
		),
	);
	db.change((tx) => db.delete(tx, 'album', ([id]) => id === 9));
	const expected = [
		[1, 'Kind of Blue', 3],
		[8, 'Blue Train', 5],
	];
	assert.deepEqual(db.all('album'), expected);
	assert.deepEqual(db.inconsistencies('album'), []);
	const again = db.reopen();
	assert.deepEqual(again.all('album'), expected);
	assert.deepEqual(again.inconsistencies('album'), []);
});

test('a table without a primary key keeps insertion order and duplicates', () => {
	const db = new TableTestDatabase();
	db.createTable('note', { columns: ['body text'] });
	db.change((tx) => db.insert(tx, 'note', ['b'], ['a'], ['a']));
	const again = db.reopen();
	again.change((tx) => again.insert(tx, 'note', ['c']));
	assert.deepEqual(again.all('note'), [['b'], ['a'], ['a'], ['c']]);
});

test('NOT NULL and UNIQUE are refused with the words of PostgreSQL', () => {
	const db = albums();
	db.change((tx) => db.insert(tx, 'album', [7, 'Kind of Blue', 3]));
	const tx = db.base.begin();
	assert.throws(() => db.insert(tx, 'album', [null, 'x', 1]), refused('23502', 'Failing row contains (null, x, 1).'));
	assert.throws(() => db.insert(tx, 'album', [7, 'x', 1]), refused('23505', 'Key (id)=(7) already exists.'));
	assert.throws(() => db.insert(tx, 'album', [8, 'Kind of Blue', 1]), refused('23505', 'Key (title)=(Kind of Blue) already exists.'));
	tx.rollback();
	assert.deepEqual(db.inconsistencies('album'), []);
});
