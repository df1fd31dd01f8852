/** RDF/JS' interfaces over a store, with the terms, streams and stores of another library of that model. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import n3 from 'n3';
import { open } from '../../index.ts';

const { DataFactory, Store } = n3;
const { namedNode, literal, quad, blankNode } = DataFactory;
const knows = namedNode('urn:knows');

test('quads of another library are added, found and removed', async () => {
	const db = await open(':memory:');
	const store = db.triples('facts');
	const one = quad(namedNode('urn:a'), knows, literal('Wien', 'de'));
	store
		.add(one)
		.add(one)
		.add(quad(namedNode('urn:a'), knows, blankNode('x')))
		.add(quad(blankNode('x'), knows, literal('3', namedNode('urn:own'))));
	assert.equal(store.size, 3);
	assert.equal(store.has(one), true);
	assert.equal(store.countQuads(namedNode('urn:a')), 2);
	const [found] = await store.match(null, null, literal('Wien', 'de')).toArray();
	assert.equal(one.equals(found), true);
	// The blank node is one, and stands for itself when it is given back.
	const [of] = [...store].filter((q) => q.object.termType === 'BlankNode');
	assert.equal(store.countQuads(of!.object), 1);
	store.delete(one);
	assert.equal(store.has(one), false);
	assert.equal(store.countQuads(null, namedNode('urn:nothing')), 0);
	await db.close();
});

test('streams are imported and removed, and matches fill another store', async () => {
	const db = await open(':memory:');
	const store = db.triples();
	const source = new Store(
		Array.from({ length: 2500 }, (_, i) => quad(namedNode(`urn:s${i % 50}`), namedNode(`urn:p${i % 7}`), literal(`value ${i}`), namedNode(`urn:g${i % 2}`))),
	);
	await once(store.import(source.match()), 'end');
	assert.equal(store.size, 2500);
	const copy = new Store();
	await once(copy.import(store.match(null, null, null, namedNode('urn:g1'))), 'end');
	assert.equal(copy.size, 1250);
	await once(store.remove(copy.match(namedNode('urn:s1'))), 'end');
	assert.equal(store.countQuads(namedNode('urn:s1')), 0);
	await once(store.removeMatches(null, namedNode('urn:p3')), 'end');
	assert.equal(store.countQuads(null, namedNode('urn:p3')), 0);
	await once(store.deleteGraph('urn:g0'), 'end');
	assert.equal(store.countQuads(null, null, null, namedNode('urn:g0')), 0);
	const [failure] = await once(store.import(Readable.from([quad(DataFactory.variable('v') as never, knows, knows)]) as never), 'error');
	assert.equal(failure.sqlstate, '0A000');
	await db.close();
});

test('a match is as it was when it was asked for, and a transaction sees its own quads', async () => {
	const db = await open(':memory:');
	const store = db.triples();
	await store.load('<urn:a> <urn:p> 1, 2, 3 .', { format: 'turtle' });
	const before = store.match();
	await store.sparql('DELETE WHERE { ?s ?p ?o }');
	assert.equal((await before.toArray()).length, 3);
	assert.equal(store.size, 0);
	await db.transaction((tx) => {
		tx.triples().add(quad(namedNode('urn:a'), knows, namedNode('urn:b')));
		assert.equal(tx.triples().size, 1);
	});
	assert.equal(store.size, 1);
	await assert.rejects(store.load('<urn:a> <urn:p> .', { format: 'turtle' }), { code: 'rdf-syntax' });
	await db.close();
});

test('a document comes as a text, or in pieces of text or bytes', async () => {
	const db = await open(':memory:');
	const store = db.triples();
	const text = '<urn:ä> <urn:p> "€", "ö" .';
	assert.deepEqual(await store.load(text, { format: 'turtle' }), { quads: 2, added: 2 });
	assert.deepEqual(await store.load([text.slice(0, 9), Buffer.from(text.slice(9))], { format: 'turtle' }), { quads: 2, added: 0 });
	await db.close();
});
