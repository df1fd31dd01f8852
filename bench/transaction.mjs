/**
 * Times transactions without disk or SQL: begin + change + commit of a raw put, of a table insert with and without indexes,
 * point reads. `node bench/transaction.mjs` after a build.
 */
import { KeyValueApplier } from '../dist/model/keyvalue/keyvalue-applier.js';
import { openKeyspace } from '../dist/model/keyvalue/raw-keyspace.js';
import { TableApplier } from '../dist/model/table/table-applier.js';
import { TableTestDatabase } from '../dist/model/table/table-test-database.js';
import { TestDatabase } from '../dist/transaction/test-database.js';

const base = new TestDatabase({ appliers: [new KeyValueApplier(), new TableApplier()], store: { memtableBytes: 2 ** 31 } });
base.log.records.push = () => 0;
const db = new TableTestDatabase(base);
const COUNT = 100_000;

function time(name, run) {
	for (let index = 0; index < 2; index++) run(index * COUNT, COUNT);
	// CPU time of the process: on a machine that does other things too, wall time says little.
	const start = process.cpuUsage();
	run(2 * COUNT, COUNT);
	const used = process.cpuUsage(start);
	const us = (used.user + used.system) / COUNT;
	console.log(`${name.padEnd(44)} ${us.toFixed(3)} us`);
}

const keyspace = openKeyspace(db.base.manager, 'raw', 'memory');
const key = new Uint8Array(8);
const view = new DataView(key.buffer);
const value = new Uint8Array(100);

time('log append + memtable put alone (keyspace 99)', (start, count) => {
	const raw = db.base.store.create(99, 'lsm');
	for (let index = start; index < start + count; index++) {
		view.setUint32(0, index);
		const { offset } = db.base.log.append(value, 100, 0);
		raw.put(key, 0, 8, value, 0, 100, offset);
	}
});
time('raw put, memory', (start, count) => {
	for (let index = start; index < start + count; index++) {
		view.setUint32(0, index);
		keyspace.put(key, value);
	}
});
time('raw get', (start, count) => {
	for (let index = start; index < start + count; index++) {
		view.setUint32(0, index);
		keyspace.get(key);
	}
});
time('begin + rollback, read-only transient', (start, count) => {
	for (let index = start; index < start + count; index++) db.base.manager.begin({ readOnly: true, transient: true }).rollback();
});
time('begin + raw put + commit', (start, count) => {
	for (let index = start; index < start + count; index++) {
		view.setUint32(0, index);
		const tx = db.base.manager.begin({ transient: true });
		keyspace.within(tx).put(key, value);
		tx.commit('memory');
	}
});
db.createTable('plain', { columns: ['id int4 not null', 'a text', 'b int4', 'c int8', 'd text', 'e int4'], primaryKey: ['id'] });
db.createTable('indexed', { columns: ['id int4 not null', 'a text', 'b int4', 'c int8', 'd text', 'e int4'], primaryKey: ['id'] });
db.createIndex('indexed', { name: 'indexed_a', columns: ['a'] });
db.createIndex('indexed', { name: 'indexed_b', columns: ['b'] });
for (const name of ['plain', 'indexed']) {
	time(`autocommit insert into ${name}`, (start, count) => {
		const table = db.table(name);
		for (let index = start; index < start + count; index++) {
			const tx = db.base.manager.begin({ transient: true });
			tx.startStatement();
			const writer = db.tables.writer(tx, table);
			writer.insert([index, `name ${index}`, index % 1000, index, 'something else', 5]);
			writer.finish();
			tx.commit('memory');
		}
	});
	time(`insert into ${name}, 100k in one transaction`, (start, count) => {
		const table = db.table(name);
		const tx = db.base.manager.begin();
		tx.startStatement();
		const writer = db.tables.writer(tx, table);
		for (let index = start + 1e6; index < start + 1e6 + count; index++) writer.insert([index, `name ${index}`, index % 1000, index, 'something else', 5]);
		writer.finish();
		tx.commit('memory');
	});
}
time('autocommit update of a plain column', (start, count) => {
	const table = db.table('indexed');
	const keyOf = db.tables.access(db.base.manager.catalog, table);
	for (let index = start; index < start + count; index++) {
		const tx = db.base.manager.begin({ transient: true });
		tx.startStatement();
		const writer = db.tables.writer(tx, table);
		const rowKey = keyOf.key([index]);
		const row = writer.fetch(rowKey);
		const changed = [...row];
		changed[5] = 6;
		if (writer.lock(rowKey, 'no key update', 'wait') !== 'granted') throw new Error('not granted');
		writer.update(rowKey, row, changed);
		writer.finish();
		tx.commit('memory');
	}
});
