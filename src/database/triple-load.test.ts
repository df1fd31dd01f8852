/** Loads of documents: in bulk and row by row they give the same store, whole or not at all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from '../index.ts';
import { NamedNode } from '../value/rdf-term.ts';
import type { Database } from './embedded/database.ts';
import { type DocumentLoad, type LoadOutcome, loadDocument } from './triple-load.ts';

type Load = Partial<DocumentLoad> & { readonly text: string };

function load(db: Database, { text, ...more }: Load): Promise<LoadOutcome> {
	const bytes = Buffer.from(text);
	const pieces = Array.from({ length: Math.ceil(bytes.length / 10_007) }, (_, i) => bytes.subarray(i * 10_007, (i + 1) * 10_007));
	return db.withSession((session) => loadDocument(session, { schema: 'public', store: 'default', format: 'n-quads', pieces, ...more }));
}

/** The quads of the store as text, blank nodes left unnamed. */
function contents(db: Database): string[] {
	const rows = db.sql`select subject || ' ' || predicate || ' ' || object || coalesce(' ' || graph, '') as line from default_triples`.all();
	return rows.map((row) => String(row['line']).replace(/_:b\d+/g, '_:b')).sort();
}

const OBJECTS = [
	(i: number) => `"${i}"^^<http://www.w3.org/2001/XMLSchema#integer>`,
	(i: number) => `"0${i}"^^<http://www.w3.org/2001/XMLSchema#integer>`,
	(i: number) => `"text number ${i % 700}"`,
	(i: number) => `"t${i % 50}"`,
	(i: number) => `"Text ${i % 90}"@${i % 2 === 0 ? 'de-AT' : 'fr'}`,
	(i: number) => `"esc\\"aped\\n\\u00fc ${i % 40}"`,
	(i: number) => `<http://example.org/o${i % 1000}>`,
	(i: number) => `_:n${i % 333}`,
	(i: number) => `"2024-01-0${1 + (i % 9)}"^^<http://www.w3.org/2001/XMLSchema#date>`,
	(i: number) => `"x${i % 20}"^^<http://example.org/type>`,
];

/** Lines of N-Quads with every kind of term, repeated ones among them. */
function lines(from: number, to: number, graphs = 3): string[] {
	return Array.from({ length: to - from }, (_, k) => {
		const i = from + k - (k % 17 === 0 && k > 0 ? 1 : 0);
		const graph = i % graphs === 0 ? '' : ` <http://example.org/g${i % graphs}>`;
		return `<http://example.org/s${Math.floor(i / 5)}> <http://example.org/p${i % 13}> ${OBJECTS[i % OBJECTS.length]!(i)}${graph} .`;
	});
}

test('a load in bulk gives what the same quads give one by one, into an empty store and into one with quads', async () => {
	const bulk = await open(':memory:');
	const single = await open(':memory:');
	for (const [from, to] of [
		[0, 21_000],
		[20_000, 42_000],
	] as const) {
		const all = lines(from, to);
		const outcome = await load(bulk, { text: all.join('\n') });
		assert.equal(outcome.read, all.length);
		for (let at = 0; at < all.length; at += 11_000) {
			const part = all.slice(at, at + 11_000);
			await load(single, { text: part.join('\n') });
		}
	}
	const expected = contents(single);
	// Blank nodes are new in every document: the parts of the second database share none.
	const named = (all: string[]): string[] => all.filter((line) => !line.includes('_:b'));
	assert.deepEqual(named(contents(bulk)), named(expected));
	assert.deepEqual(bulk.sql`select * from polylog.check`.all(), []);
	assert.deepEqual(single.sql`select * from polylog.check`.all(), []);
	const count = (db: Database): unknown => db.sql`select count(*)::int as n from default_terms`.get()?.['n'];
	assert.equal(count(bulk), count(single));
	await Promise.all([bulk.close(), single.close()]);
});

test('what was loaded in bulk is queried, changed and replaced like all else', async () => {
	const db = await open(':memory:');
	await load(db, { text: lines(0, 25_000, 1).join('\n') });
	const store = db.triples();
	const before = contents(db).length;
	await store.sparql('INSERT DATA { <http://example.org/s1> <http://example.org/p5> 5 ; <urn:new> "text number 12" }');
	assert.equal(contents(db).length, before + 2);
	await store.sparql('DELETE DATA { <http://example.org/s1> <urn:new> "text number 12" }');
	assert.equal(contents(db).length, before + 1);
	const replaced = await load(db, { text: lines(0, 21_000, 2).join('\n'), replaces: 'store' });
	assert.equal(replaced.existed, true);
	const fresh = await open(':memory:');
	await load(fresh, { text: lines(0, 21_000, 2).join('\n') });
	assert.deepEqual(contents(db), contents(fresh));
	assert.deepEqual(db.sql`select * from polylog.check`.all(), []);
	await Promise.all([db.close(), fresh.close()]);
});

test('a graph with quads is replaced by a long document', async () => {
	const db = await open(':memory:');
	const graph = new NamedNode('urn:g');
	const text = (of: string): string => Array.from({ length: 20_500 }, (_, i) => `<urn:${of}${i}> <urn:p> "value ${i}" .`).join('\n');
	await load(db, { text: '<urn:a> <urn:p> 1 .', format: 'turtle' });
	assert.equal((await load(db, { text: text('x'), graph, replaces: 'graph' })).existed, false);
	assert.equal((await load(db, { text: text('y'), graph, replaces: 'graph' })).existed, true);
	assert.equal(db.triples().sparql('SELECT ?s { GRAPH <urn:g> { ?s <urn:p> ?o } }').all().length, 20_500);
	assert.equal(contents(db).length, 20_501);
	await db.close();
});

test('a mistake at the end of a long document leaves nothing of it', async () => {
	const db = await open(':memory:');
	await load(db, { text: '<urn:a> <urn:p> 1 .', format: 'turtle' });
	await assert.rejects(load(db, { text: `${lines(0, 30_000).join('\n')}\n<urn:a> <urn:b> oops .` }), { code: 'rdf-syntax', line: 30_001 });
	assert.equal(contents(db).length, 1);
	assert.equal(db.sql`select count(*)::int as n from default_terms`.get()?.['n'], 2);
	await db.close();
});
