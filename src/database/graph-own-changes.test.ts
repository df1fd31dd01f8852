/** Statements that read a graph by its adjacency and change it in the same go: what they read is what was there before them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from './open.ts';

const VERTICES = 600;
const EDGES = 900;

test('a statement that deletes what it walks finds all of it, over many steps', async () => {
	const db = await openDatabase(':memory:', {});
	const graph = db.graph();
	await graph.cypher('CREATE CONSTRAINT FOR (v:V) REQUIRE v.id IS UNIQUE');
	await graph.load(
		Array.from({ length: VERTICES }, (_, key) => ({ key, labels: ['V'], properties: { id: key } })),
		Array.from({ length: 20 * VERTICES }, (_, i) => ({ from: i % VERTICES, to: (i * 31 + 7) % VERTICES, type: 'R', properties: { since: 2000 + (i % 20) } })),
	);
	const walk = 'MATCH (a:V)-[r:R]->(b:V) WHERE r.since = 2100 RETURN count(*) AS n';
	// Often enough for the adjacency, and the column of values, to be worth building.
	for (let i = 0; i < 200; i++) graph.cypher(walk).all();
	const rows = Array.from({ length: EDGES }, (_, i) => ({ a: (i * 7) % VERTICES, b: (i * 13 + Math.floor(i / VERTICES)) % VERTICES }));
	for (let round = 0; round < 3; round++) {
		await graph.cypher('UNWIND $rows AS r MATCH (a:V {id: r.a}), (b:V {id: r.b}) CREATE (a)-[:R {since: 2100}]->(b)', { rows });
		assert.equal(graph.cypher(walk).get()!['n'], EDGES);
		const starts = Array.from({ length: VERTICES }, (_, a) => ({ a }));
		const text = 'UNWIND $starts AS s MATCH (a:V {id: s.a})-[k:R]->(b:V) WHERE k.since = 2100 AND b.id >= 0 DELETE k';
		const { counters } = await graph.cypher(text, { starts }).run();
		assert.deepEqual(counters, { relationshipsDeleted: EDGES });
		assert.equal(graph.cypher(walk).get()!['n'], 0);
	}
	await db.close();
});

test('a statement that changes the vertices it scans goes on by their labels as they were', async () => {
	const db = await openDatabase(':memory:', {});
	const graph = db.graph();
	const count = 20_000;
	await graph.load(
		Array.from({ length: count }, (_, key) => ({ key, labels: key % 2 === 0 ? ['A', 'B'] : ['A'], properties: { id: key } })),
		[{ from: 0, to: 1, type: 'R' }],
	);
	const scan = 'MATCH (a:A:B) WHERE a.id >= 0 RETURN count(*) AS n, sum(CASE WHEN a:C THEN 1 ELSE 0 END) AS c';
	for (let i = 0; i < 60; i++) assert.equal(graph.cypher(scan).get()!['n'], count / 2);
	await graph.cypher('MATCH (a:A:B) WHERE a.id >= 0 AND NOT a:C SET a:C, a.seen = true').run();
	assert.deepEqual(graph.cypher(scan).get(), { n: count / 2, c: count / 2 });
	await graph.cypher('MATCH (a:A:B) WHERE a.seen REMOVE a:B').run();
	assert.equal(graph.cypher(scan).get()!['n'], 0);
	await db.close();
});
