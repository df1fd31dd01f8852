/** A triple store through its services: ids, idempotence, rollback, and what SQL sees of it. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { open } from '../index.ts';
import type { StoreQuadWriter } from '../model/triple/quad-writer.ts';
import { tripleStores } from '../model/triple/store-definition.ts';
import { Literal, langLiteral, NamedNode, type RdfTerm, stringLiteral, termKey, XSD_INTEGER } from '../value/rdf-term.ts';
import type { Database } from './embedded/database.ts';
import { ensureTripleStore } from './triple-stores.ts';

/** Runs `work` with the writer of `public.default` in a transaction of its own. */
function write<T>(db: Database, work: (writer: StoreQuadWriter) => T): Promise<T> {
	return db.withSession((session) =>
		session.inTransaction((transaction) => {
			const store = ensureTripleStore(session, transaction, 'public', 'default');
			const writer = session.engine.tripleStores.writer(transaction, store.id);
			const result = work(writer);
			writer.finish();
			return result;
		}),
	);
}

const iri = (name: string): NamedNode => new NamedNode(`http://example.org/${name}`);

test('quads are a set, and terms keep their ids', async () => {
	const db = await open(':memory:');
	const terms: RdfTerm[] = [iri('a'), iri('knows'), stringLiteral('a longer text'), langLiteral('chat', 'fr'), langLiteral('chat', 'en')];
	const first = await write(db, (writer) => {
		const ids = terms.map((term) => writer.intern(term));
		assert.equal(new Set(ids).size, ids.length);
		assert.equal(writer.insert(0, ids[0]!, ids[1]!, ids[2]!), true);
		assert.equal(writer.insert(0, ids[0]!, ids[1]!, ids[2]!), false);
		assert.equal(writer.insert(ids[1]!, ids[0]!, ids[1]!, ids[2]!), true);
		return ids;
	});
	await write(db, (writer) => {
		assert.deepEqual(
			terms.map((term) => writer.intern(term)),
			first,
		);
		for (const [i, term] of terms.entries()) assert.equal(termKey(writer.term(first[i]!)), termKey(term));
		assert.deepEqual(writer.namedGraphs(), [first[1]!]);
		assert.equal(writer.delete(0, first[0]!, first[1]!, first[2]!), true);
		assert.equal(writer.delete(0, first[0]!, first[1]!, first[2]!), false);
		assert.equal(writer.clear(first[1]!), 1);
	});
	assert.deepEqual(db.sql`select count(*)::int as n from default_quads`.all(), [{ n: 0 }]);
	await db.close();
});

test('what is rolled back leaves neither quads nor ids', async () => {
	const db = await open(':memory:');
	await write(db, () => undefined);
	await assert.rejects(
		write(db, (writer) => {
			writer.insert(0, writer.intern(iri('a')), writer.intern(iri('b')), writer.intern(iri('c')));
			throw new Error('stop');
		}),
		/stop/,
	);
	const ids = await write(db, (writer) => [writer.id(iri('a')), writer.intern(iri('a'))]);
	assert.equal(ids[0], -1);
	assert.deepEqual(db.sql`select value from default_terms`.all(), [{ value: 'http://example.org/a' }]);
	await db.close();
});

test('the tables of a store go with it, and only with CASCADE', async () => {
	const db = await open(':memory:');
	await write(db, () => undefined);
	await assert.rejects(async () => db.sql`drop table default_quads`, /depend/);
	await assert.rejects(async () => db.sql`drop index default_quads_posg_idx`, /depend/);
	await assert.rejects(async () => db.sql`alter table default_quads add column note text`, { sqlstate: '42809' });
	await db.sql`drop table default_terms cascade`;
	assert.deepEqual(tripleStores(db.engine.manager.catalog), []);
	await db.close();
});

test('the view of a store shows its quads as N-Quads does', async () => {
	const db = await open(':memory:');
	await write(db, (writer) => {
		const [a, p, g] = [iri('a'), iri('p'), iri('g')].map((term) => writer.intern(term));
		writer.insert(0, a!, p!, writer.intern(langLiteral('he said "oui"', 'fr')));
		writer.insert(g!, a!, p!, writer.intern(new Literal('12', '', XSD_INTEGER)));
	});
	assert.deepEqual(db.sql`select * from default_triples order by object`.all(), [
		{
			subject: '<http://example.org/a>',
			predicate: '<http://example.org/p>',
			object: '"12"^^<http://www.w3.org/2001/XMLSchema#integer>',
			graph: '<http://example.org/g>',
		},
		{ subject: '<http://example.org/a>', predicate: '<http://example.org/p>', object: '"he said \\"oui\\""@fr', graph: null },
	]);
	await db.close();
});

test('stores are made and dropped in SQL, also within a transaction', async () => {
	const db = await open(':memory:');
	const names = (): string[] => tripleStores(db.engine.manager.catalog).map(({ schema, store }) => `${schema}.${store.name}`);
	await db.sql`select polylog.create_triple_store('music')`;
	await db.sql`create schema art`;
	await assert.rejects(
		db.transaction((tx) => {
			tx.sql`select polylog.create_triple_store('art.works')`;
			tx.sql`insert into art.works_quads values (0, 1, 2, 3)`;
			throw new Error('undo');
		}),
		/undo/,
	);
	assert.deepEqual(names(), ['public.music']);
	await assert.rejects(async () => db.sql`select polylog.create_triple_store('music')`, { sqlstate: '42710' });
	await db.sql`select polylog.drop_triple_store('music')`;
	assert.deepEqual(names(), []);
	assert.deepEqual(db.sql`select relname from pg_class where relname like 'music%'`.all(), []);
	await assert.rejects(async () => db.sql`select polylog.drop_triple_store('music')`, { sqlstate: '42704' });
	await db.close();
});
