import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PolylogError } from '../../platform/errors.ts';
import type { Quad } from '../../value/rdf-term.ts';
import { openDatabase } from '../open.ts';
import type { Database } from './database.ts';

async function withDatabase(work: (db: Database) => Promise<void>): Promise<void> {
	const db = await openDatabase(':memory:', {});
	try {
		await work(db);
	} finally {
		await db.close();
	}
}

/** Rows as texts, in any order. */
function rows(db: Database, text: string): string[] {
	return db
		.triples()
		.sparql(`PREFIX : <urn:> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> ${text}`)
		.all()
		.map((row) =>
			Object.values(row)
				.map((term) => term?.value.replace('urn:', '') ?? '-')
				.join(' '),
		)
		.sort();
}

const DATA = `PREFIX : <urn:> INSERT DATA {
	:a :knows :b . :b :knows :c . :c :knows :a . :c :knows :d .
	:a :age 30 . :b :age 7 . :c :age 41.5 . :d :name "Dee"@en .
	GRAPH :g { :a :knows :x . :x :age 1 } GRAPH :h { :a :knows :y } }`;

test('each form gives what it is for', async () => {
	await withDatabase(async (db) => {
		const store = db.triples();
		assert.deepEqual(await store.sparql(DATA), { changes: 11 });
		assert.deepEqual(rows(db, 'SELECT ?x ?n { :a :knows ?x OPTIONAL { ?x :age ?n } }'), ['b 7']);
		assert.equal(store.sparql('ASK { <urn:a> <urn:knows> <urn:b> }').ask(), true);
		const quads = (await store.sparql('CONSTRUCT { ?y <urn:knownBy> ?x } WHERE { ?x <urn:knows> ?y }')) as Quad[];
		assert.equal(quads.length, 4);
		assert.equal(quads[0]!.predicate.value, 'urn:knownBy');
		assert.equal(store.sparql('DESCRIBE <urn:a>').quads().length, 2);
		assert.throws(() => store.sparql('ASK { }').all(), /ASK does not give what was asked for/);
		assert.throws(() => store.sparql('CLEAR ALL').all(), /UPDATE does not give/);
	});
});

test('paths, graphs, and what may be unbound', async () => {
	await withDatabase(async (db) => {
		db.triples().sparql(DATA).runSync();
		assert.deepEqual(rows(db, 'SELECT ?x { :a :knows+ ?x }'), ['a', 'b', 'c', 'd']);
		assert.deepEqual(rows(db, 'SELECT ?x { ?x :knows+ :d }'), ['a', 'b', 'c']);
		assert.deepEqual(rows(db, 'SELECT ?x ?y { ?x :age ?n FILTER(?n < 10) ?x :knows* ?y }'), ['b a', 'b b', 'b c', 'b d']);
		assert.deepEqual(rows(db, 'SELECT ?g ?x { GRAPH ?g { :a :knows ?x } }'), ['g x', 'h y']);
		assert.deepEqual(rows(db, 'SELECT ?g ?x { GRAPH ?g { :a :knows+ ?x } }'), ['g x', 'h y']);
		assert.deepEqual(rows(db, 'SELECT ?x FROM :g FROM :h { :a :knows ?x }'), ['x', 'y']);
		assert.deepEqual(rows(db, 'SELECT ?x ?n { VALUES ?x { :a :nobody } OPTIONAL { ?x :age ?n } }'), ['a 30', 'nobody -']);
		assert.deepEqual(rows(db, 'SELECT ?x { :nobody :knows* ?x }'), ['nobody']);
		assert.deepEqual(rows(db, 'SELECT (SUM(?n) AS ?s) (COUNT(*) AS ?c) { ?x :age ?n }'), ['78.5 3']);
	});
});

test('an update is one transaction whose operations see each other', async () => {
	await withDatabase(async (db) => {
		const store = db.triples('facts');
		await store.sparql('INSERT DATA { <urn:a> <urn:n> 1 } ; DELETE { ?x <urn:n> ?n } INSERT { ?x <urn:n> ?m } WHERE { ?x <urn:n> ?n BIND(?n + 1 AS ?m) }');
		assert.equal(store.sparql('SELECT ?n { <urn:a> <urn:n> ?n }').all()[0]!['n']!.value, '2');
		await assert.rejects(async () => {
			await store.sparql('CLEAR DEFAULT ; LOAD <urn:nowhere>');
		}, PolylogError);
		assert.equal(store.sparql('SELECT * { ?s ?p ?o }').all().length, 1);
	});
});

test('a transaction of the database holds SQL and SPARQL together', async () => {
	await withDatabase(async (db) => {
		await db.sql`create table note (n int)`;
		await db.transaction((tx) => {
			tx.sql`insert into note values (1)`;
			tx.triples().sparql('INSERT DATA { <urn:a> <urn:b> <urn:c> }').runSync();
			assert.equal(tx.triples().sparql('SELECT * { ?s ?p ?o }').all().length, 1);
		});
		assert.equal(db.sql`select * from default_quads`.all().length, 1);
		const failed = db.transaction((tx) => {
			tx.triples().sparql('CLEAR ALL').runSync();
			throw new Error('no');
		});
		await assert.rejects(failed, /no/);
		assert.equal(db.triples().sparql('ASK { ?s ?p ?o }').ask(), true);
	});
});

test('a mistake is told with its place', async () => {
	await withDatabase(async (db) => {
		assert.throws(() => db.triples().sparql('SELECT *\n{ ?s ?p }').all(), {
			message: 'SPARQL syntax error at line 2, column 9: unexpected "}"',
			sqlstate: '42601',
		});
		assert.throws(() => db.triples().sparql('SELECT (<urn:f>(1) AS ?x) {}').all(), { sqlstate: '42883' });
		const nested = `SELECT * { FILTER(${'('.repeat(20_000)}1${')'.repeat(20_000)}) }`;
		assert.throws(() => db.triples().sparql(nested).all(), { sqlstate: '54001' });
		const chain = Array.from({ length: 500 }, (_, i) => `?o = ${i}`).join(' || ');
		assert.equal(db.triples().sparql(`SELECT * { ?s ?p ?o FILTER(${chain}) }`).all().length, 0);
	});
});

test('EXPLAIN shows the operators of SQL', async () => {
	await withDatabase(async (db) => {
		const plan = db.triples().sparql('EXPLAIN SELECT * { ?s <urn:p> ?o . ?o <urn:q> ?z }').all();
		assert.match(plan.map((row) => Object.values(row).join()).join('\n'), /default_quads/);
	});
});
