import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PolylogError } from '../platform/errors.ts';
import { PUBLIC_SCHEMA_ID } from './catalog.ts';
import type { SequenceObject } from './catalog-objects.ts';
import { TestDatabase } from './test-database.ts';

const withState = (sqlstate: string) => (error: unknown) => error instanceof PolylogError && error.sqlstate === sqlstate;

test('a commit is read by the next transaction, and by read-only ones once durable', () => {
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

test('commits become visible in order, each at its own level', async () => {
	const db = new TestDatabase();
	const commit = (key: string, level: 'memory' | 'os' | 'disk') => {
		const tx = db.begin({ transient: true });
		db.put(tx, key, '1');
		return tx.commit(level);
	};
	const start = db.manager.visibleOffset;
	const memory = commit('a', 'memory');
	assert.equal(memory.durable, true);
	const os = commit('b', 'os');
	const behind = commit('c', 'memory');
	assert.equal(behind.durable, false);
	const seen: string[] = [];
	behind.onDurable(() => seen.push('c'));
	os.onDurable(() => seen.push('b'));
	db.log.writeNow();
	assert.deepEqual(seen, ['b', 'c']);
	assert.equal(db.manager.visibleOffset, start + 3);
	const disk = commit('d', 'disk');
	const later = commit('e', 'os');
	db.log.writeNow();
	assert.equal(later.durable, false);
	db.log.syncNow();
	await Promise.all([disk.wait(), later.wait()]);
	assert.equal(db.manager.visibleOffset, start + 5);
});

test('a transaction that changed nothing waits for what it read', () => {
	const db = new TestDatabase();
	db.write({ a: '1' });
	const reader = db.begin();
	reader.startStatement();
	assert.equal(db.get(reader, 'a'), '1');
	const ticket = reader.commit('disk');
	assert.equal(ticket.durable, false);
	db.log.syncNow();
	assert.equal(ticket.durable, true);
	assert.equal(db.begin({ readOnly: true }).commit('disk').durable, true);
});

test('results wait for the commits they show, not for every commit before the snapshot', () => {
	const db = new TestDatabase();
	db.write({ a: '1', b: '1' });
	db.log.syncNow();
	const visible = db.manager.visibleOffset;
	db.write({ b: '2' });
	const reader = db.begin();
	reader.startStatement();
	assert.equal(db.get(reader, 'a'), '1');
	assert.equal(db.get(reader, 'nowhere'), null);
	assert.ok(reader.readOffset <= visible);
	assert.equal(db.get(reader, 'b'), '2');
	assert.equal(reader.readOffset, visible + 1);
	db.write({ a: '3' });
	assert.equal(db.get(reader, 'a'), '1');
	assert.equal(reader.readOffset, visible + 1);
	const scanner = db.begin();
	scanner.startStatement();
	db.scan(scanner);
	assert.equal(scanner.readOffset, visible + 2);
});

test('after the log failed, outcomes are unknown, what was not durable is not read, writes are refused', async () => {
	const db = new TestDatabase();
	db.write({ a: '1' });
	db.manager.syncNow();
	const open = db.begin();
	const tx = db.begin();
	db.put(tx, 'a', '2');
	const ticket = tx.commit('disk');
	const late = db.begin();
	late.startStatement();
	assert.equal(db.get(late, 'a'), '2');
	const waited = ticket.wait();
	db.log.fail();
	await assert.rejects(waited, withState('08007'));
	assert.equal(db.get(db.begin({ readOnly: true }), 'a'), '1');
	assert.equal(db.get(db.begin(), 'a'), '1');
	assert.throws(() => db.put(open, 'b', '1'), withState('58030'));
	assert.throws(() => late.startStatement(), withState('58030'));
	assert.throws(() => db.write({ b: '1' }), withState('58030'));
	assert.throws(() => ticket.waitSync(), withState('08007'));
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

test('a statement sees what the transaction did before it, not what it does itself', () => {
	const db = new TestDatabase();
	db.write({ a: '1', c: '1' });
	const tx = db.begin();
	tx.startStatement();
	db.put(tx, 'b', '1');
	tx.startStatement();
	const cursor = tx.cursor(db.manager.keyspace(db.keyspaceId), null, null, false);
	const seen: string[] = [];
	while (cursor.next()) {
		const key = Buffer.from(cursor.keyBuffer.subarray(cursor.keyStart, cursor.keyEnd)).toString();
		seen.push(key);
		db.put(tx, `${key}${key}`, '1');
		db.put(tx, 'c', null);
	}
	assert.deepEqual(seen, ['a', 'b', 'c']);
	assert.equal(db.get(tx, 'aa'), null);
	assert.equal(db.get(tx, 'c'), '1');
	tx.startStatement();
	assert.deepEqual(db.scan(tx), ['a=1', 'aa=1', 'b=1', 'bb=1', 'cc=1']);
	assert.deepEqual(db.scan(tx, 'aa', 'c', true), ['bb=1', 'b=1', 'aa=1']);
});

test('a rollback to a savepoint takes back what came after it, again and again', () => {
	const db = new TestDatabase();
	const tx = db.begin();
	db.put(tx, 'a', '1');
	const first = tx.savepoint('s');
	db.put(tx, 'a', '2');
	db.put(tx, 'b', '2');
	assert.deepEqual(db.scan(tx), ['a=2', 'b=2']);
	const second = tx.savepoint('t');
	for (let index = 0; index < 100; index++) db.put(tx, `n${index}`, '3');
	db.put(tx, 'a', null);
	tx.rollbackTo(second);
	assert.deepEqual(db.scan(tx), ['a=2', 'b=2']);
	tx.rollbackTo(first);
	tx.rollbackTo(first);
	assert.deepEqual(db.scan(tx), ['a=1']);
	tx.fail();
	assert.throws(() => tx.startStatement(), withState('25P02'));
	tx.rollbackTo(first);
	db.put(tx, 'c', '4');
	tx.commit('disk');
	assert.deepEqual(db.scan(db.begin()), ['a=1', 'c=4']);
});

test('schema changes are rolled back with their transaction, or to a savepoint', () => {
	const db = new TestDatabase();
	const tx = db.begin();
	const role = (id: number, name: string) => ({ kind: 'role', id, name, schemaId: 0, canLogin: true, superuser: false, verifier: null }) as const;
	const id = tx.newId();
	tx.changeCatalog(id, role(id, 'ada'));
	const savepoint = tx.savepoint('s');
	tx.changeCatalog(id, role(id, 'grace'));
	assert.equal(tx.catalog.findRole('grace')?.id, id);
	tx.rollbackTo(savepoint);
	assert.equal(tx.catalog.findRole('grace'), undefined);
	assert.equal(tx.catalog.findRole('ada')?.id, id);
	assert.equal(db.begin().catalog.findRole('ada'), undefined);
	tx.rollback();
	assert.equal(db.begin().catalog.findRole('ada'), undefined);
	const keyspaceId = db.createKeyspace('other');
	assert.throws(() => db.createKeyspace('other'), withState('42710'));
	const again = db.reopen();
	assert.equal(again.manager.catalog.find(PUBLIC_SCHEMA_ID, 'keyspace', 'other')?.id, keyspaceId);
	assert.ok(again.begin().newId() > keyspaceId);
});

test('two transactions that change the same catalog object: the second is refused', () => {
	const db = new TestDatabase();
	const first = db.begin();
	const second = db.begin();
	const schema = (comment: string) => ({ kind: 'schema', id: PUBLIC_SCHEMA_ID, name: 'public', schemaId: 0, comment }) as const;
	first.changeCatalog(PUBLIC_SCHEMA_ID, schema('one'));
	second.changeCatalog(PUBLIC_SCHEMA_ID, schema('two'));
	first.commit('disk');
	assert.throws(() => second.commit('disk'), withState('40001'));
	assert.equal(db.manager.catalog.get(PUBLIC_SCHEMA_ID)?.comment, 'one');
	assert.notEqual(db.manager.visibleCatalog.get(PUBLIC_SCHEMA_ID)?.comment, 'one');
	db.manager.syncNow();
	assert.equal(db.manager.visibleCatalog.get(PUBLIC_SCHEMA_ID)?.comment, 'one');
});

test('sequences hand out each value once, also after a crash, and keep to their bounds', () => {
	const db = new TestDatabase();
	const tx = db.begin();
	const id = tx.newId();
	const sequence: SequenceObject = {
		kind: 'sequence',
		id,
		name: 's',
		schemaId: PUBLIC_SCHEMA_ID,
		typeOid: 20,
		start: '1',
		increment: '2',
		minimum: '1',
		maximum: '101',
		cache: 1,
		cycle: false,
		ownerTableId: 0,
		ownerColumn: 0,
		persistence: 'p',
	};
	tx.changeCatalog(id, sequence);
	assert.equal(db.manager.nextval(id, tx.catalog, tx), 1n);
	tx.commit('disk');
	assert.equal(db.manager.nextval(id, db.manager.catalog, null), 3n);
	assert.deepEqual(db.manager.sequenceState(id, db.manager.catalog), { lastValue: 3n, isCalled: true });
	db.manager.syncNow();
	const reader = db.begin({ readOnly: true });
	db.manager.setval(id, 5n, true, db.manager.catalog, reader);
	assert.equal(reader.commit('disk').durable, false);
	db.manager.syncNow();
	const again = db.reopen();
	assert.ok(again.manager.nextval(id, again.manager.catalog, null) >= 7n);
	again.manager.setval(id, 99n, false, again.manager.catalog, null);
	assert.equal(again.manager.nextval(id, again.manager.catalog, null), 99n);
	assert.equal(again.manager.nextval(id, again.manager.catalog, null), 101n);
	assert.throws(() => again.manager.nextval(id, again.manager.catalog, null), withState('2200H'));
	assert.throws(() => again.manager.setval(id, 102n, false, again.manager.catalog, null), withState('22003'));
	again.manager.setval(id, 1n, false, again.manager.catalog, null);
	assert.deepEqual(again.manager.nextSequenceValues(id, 100, again.manager.catalog, null), { first: 1n, taken: 51, offset: again.log.decidedOffset });
});

test('a clean close leaves sequences exactly where they were', async () => {
	const db = new TestDatabase();
	const tx = db.begin();
	const id = tx.newId();
	const bounds = { start: '1', increment: '1', minimum: '1', maximum: '9', cache: 1, cycle: true, ownerTableId: 0, ownerColumn: 0 };
	tx.changeCatalog(id, { kind: 'sequence', id, name: 's', schemaId: PUBLIC_SCHEMA_ID, typeOid: 20, persistence: 'p', ...bounds });
	tx.commit('disk');
	for (let expected = 1n; expected <= 9n; expected++) assert.equal(db.manager.nextval(id, db.manager.catalog, null), expected);
	for (let expected = 1n; expected <= 4n; expected++) assert.equal(db.manager.nextval(id, db.manager.catalog, null), expected);
	await db.manager.close();
	const again = db.reopen();
	assert.equal(again.manager.nextval(id, again.manager.catalog, null), 5n);
});

test('what is committed at the end of a transaction comes after it', () => {
	const db = new TestDatabase();
	const start = db.manager.visibleOffset;
	const tx = db.begin();
	db.put(tx, 'a', '1');
	let inner = 0;
	tx.afterEnd((committed) => {
		assert.equal(committed, true);
		const next = db.begin({ transient: true });
		db.put(next, 'b', '1');
		inner = next.commit('memory').offset;
	});
	const ticket = tx.commit('disk');
	assert.equal(inner, ticket.offset + 1);
	assert.equal(db.manager.visibleOffset, start);
	ticket.waitSync();
	assert.equal(db.manager.visibleOffset, inner);
});

test('checks before the commit run in order, and may make it fail', () => {
	const db = new TestDatabase();
	const tx = db.begin();
	const seen: number[] = [];
	db.put(tx, 'a', '1');
	tx.beforeCommit(() => seen.push(1));
	tx.beforeCommit(() => {
		db.put(tx, 'b', '2');
		seen.push(2);
	});
	tx.commit('disk');
	assert.deepEqual(seen, [1, 2]);
	assert.deepEqual(db.scan(db.begin({ transient: true })), ['a=1', 'b=2']);
	const bad = db.begin();
	db.put(bad, 'c', '1');
	bad.beforeCommit(() => {
		throw new PolylogError('sql', 'no', { sqlstate: '23503' });
	});
	assert.throws(() => bad.commit('disk'), withState('23503'));
	assert.equal(bad.state, 'rolled back');
	assert.deepEqual(db.scan(db.begin({ transient: true })), ['a=1', 'b=2']);
});

test('a large transaction spills, reads what it wrote, is cut back to savepoints, and is logged whole', () => {
	const db = new TestDatabase({ transactions: { transactionMemoryBytes: 100 } });
	db.write({ a: 'before', z: 'before' });
	const value = (n: number): string => `${n}`.padStart(6, '0').repeat(20_000);
	const key = (n: number): string => `k${100 + n}`;
	const expected: string[] = [];
	const isExpected = (found: readonly string[]): void => assert.ok(found.join() === expected.join(), 'the entries are as written');
	const tx = db.begin();
	for (let n = 0; n < 30; n++) db.put(tx, key(n), value(n));
	assert.equal(db.spillFiles().length, 2, 'changes and values are on disk');
	const early = tx.savepoint('early');
	for (let n = 20; n < 60; n++) db.put(tx, key(n), value(n + 1));
	db.put(tx, 'a', null);
	const late = tx.savepoint('late');
	db.put(tx, key(3), 'changed');
	tx.rollbackTo(late);
	tx.sealChanges();
	for (const n of [0, 3, 19]) assert.equal(db.get(tx, key(n)), value(n));
	for (const n of [20, 41, 59]) assert.equal(db.get(tx, key(n)), value(n + 1));
	tx.rollbackTo(early);
	for (let n = 25; n < 35; n++) db.put(tx, key(n), value(n + 2));
	tx.startStatement();
	expected.push('a=before');
	for (let n = 0; n < 35; n++) expected.push(`${key(n)}=${value(n < 25 ? n : n + 2)}`);
	expected.push('z=before');
	isExpected(db.scan(tx));
	tx.commit('disk').waitSync();
	assert.deepEqual(db.spillFiles(), []);
	isExpected(db.scan(db.begin({ readOnly: true })));
	const again = db.reopen();
	isExpected(again.scan(again.begin({ readOnly: true })));
	const undone = db.begin();
	for (let n = 0; n < 30; n++) db.put(undone, key(n), value(n + 9));
	assert.equal(db.spillFiles().length, 2);
	undone.rollback();
	assert.deepEqual(db.spillFiles(), []);
});
