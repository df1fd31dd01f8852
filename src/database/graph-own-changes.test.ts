/**
 * Statements that read a graph by its adjacency and change it in the same go: what they read is what was there before them.
 *
 * A statement looks around after 4,096 rows of a loop. By then it has changed the graph, and the adjacency does not serve it any more: what was
 * open goes on. So both tests read more rows than that from one slice or one scan, and change some before it and some behind it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from './open.ts';

test('a statement that deletes what it walks finds all of it, over many steps', async () => {
	const db = await openDatabase(':memory:', {});
	const graph = db.graph();
	const count = 100;
	// All of them leave one node. Few are made later, or the adjacency would be made anew, and know them from the beginning.
	await graph.load(
		Array.from({ length: count }, (_, key) => ({ key, labels: ['V'], properties: { id: key } })),
		Array.from({ length: 45 * count }, (_, i) => ({ from: 0, to: i % count, type: 'R', properties: { since: 2000 + (i % 20) } })),
	);
	const pattern = 'MATCH (a:V {id: 0})-[r:R]->(b:V) WHERE r.since = 2100 AND b.id >= 0';
	const left = (): unknown => graph.cypher(`${pattern} RETURN count(*) AS n`).get()!['n'];
	// Reads enough for the adjacency, and the column of values, to be worth building.
	for (let i = 0; i < 4; i++) assert.equal(left(), 0);
	await graph.cypher(`MATCH (a:V {id: 0}) UNWIND range(1, 400) AS i MATCH (b:V {id: ${count - 1} * (i % 2)}) CREATE (a)-[:R {since: 2100}]->(b)`);
	assert.equal(left(), 400);
	assert.deepEqual((await graph.cypher(`${pattern} DELETE r`).run()).counters, { relationshipsDeleted: 400 });
	assert.equal(left(), 0);
	await db.close();
});

test('a statement that changes the vertices it scans goes on by their labels as they were', async () => {
	const db = await openDatabase(':memory:', {});
	const graph = db.graph();
	const count = 10_000;
	// Scans are worth an adjacency where there are edges, too.
	await graph.load(
		Array.from({ length: count }, (_, key) => ({ key, labels: key % 2 === 0 ? ['A', 'B'] : ['A'], properties: { id: key } })),
		Array.from({ length: 1000 }, (_, i) => ({ from: i, to: i + 1, type: 'R' })),
	);
	const scan = 'MATCH (a:A:B) WHERE a.id >= 0 RETURN count(*) AS n, sum(CASE WHEN a:C THEN 1 ELSE 0 END) AS c';
	for (let i = 0; i < 20; i++) assert.equal(graph.cypher(scan).get()!['n'], count / 2);
	await graph.cypher('MATCH (a:A:B) WHERE a.id >= 0 AND NOT a:C SET a:C, a.seen = true');
	assert.deepEqual(graph.cypher(scan).get(), { n: count / 2, c: count / 2 });
	await graph.cypher('MATCH (a:A:B) WHERE a.seen REMOVE a:B');
	assert.equal(graph.cypher(scan).get()!['n'], 0);
	await db.close();
});
