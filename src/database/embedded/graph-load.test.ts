/** Loads of graphs: what CREATE makes, all of it or nothing, by files or row by row. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '../open.ts';
import type { Database } from './database.ts';
import type { LoadNode, LoadRelationship } from './graph-load.ts';

const NODES = 12_000;
const nodes = Array.from(
	{ length: NODES },
	(_, key): LoadNode => ({ key, labels: key % 3 === 0 ? ['B', 'A'] : ['A'], properties: { id: key, name: `n${key}`, none: null } }),
);
const relationships = Array.from(
	{ length: 2 * NODES },
	(_, i): LoadRelationship => ({
		from: (i * 7919) % NODES,
		to: (i * 104_729) % NODES,
		type: i % 5 === 0 ? 'S' : 'R',
		...(i % 2 === 0 ? { properties: { weight: i / 4, at: i } } : {}),
	}),
);

async function withDatabase(work: (db: Database) => Promise<void>): Promise<void> {
	const db = await openDatabase(':memory:', {});
	try {
		await work(db);
		assert.deepEqual(await db.sql`select part, problem from polylog.check`, []);
	} finally {
		await db.close();
	}
}

const counts = (db: Database): unknown =>
	db.sql('select (select count(*) from default_vertices) as nodes, (select count(*) from default_edges) as edges').get();

/** What a graph is, without its ids. */
function facts(db: Database): unknown {
	const graph = db.graph();
	return [
		graph.cypher('MATCH (n) RETURN labels(n) AS l, n.id AS id, n.name AS name ORDER BY id').all(),
		graph.cypher('MATCH (a)-[r]->(b) RETURN a.id AS a, type(r) AS t, b.id AS b, r.weight AS w, r.at AS at ORDER BY a, t, b, at').all(),
		graph.cypher('MATCH (b:B)<-[r:S]-(a) RETURN b.id AS b, count(r) AS n ORDER BY b').all(),
		graph.cypher('MATCH (n:A {id: 7777}) RETURN n.name AS name').all(),
	];
}

test('a load into an empty graph, and one into a graph that has something, give what CREATE gives', async () => {
	const shown: unknown[] = [];
	const few = nodes.slice(0, 600).map((node) => ({ ...node }));
	const fewEdges = relationships.map((r) => ({ ...r, from: Number(r.from) % 600, to: Number(r.to) % 600 })).slice(0, 1200);
	await withDatabase(async (db) => {
		await db.graph().cypher('CREATE CONSTRAINT FOR (a:A) REQUIRE a.id IS UNIQUE');
		assert.deepEqual(await db.graph().load(few, fewEdges), { nodes: 600, relationships: 1200 });
		shown.push(facts(db));
	});
	await withDatabase(async (db) => {
		await db.graph().cypher('CREATE (:Other {id: -1})');
		await db.graph().load(
			few.map((n) => ({ ...n, key: `k${String(n.key)}` })),
			fewEdges.map((r) => ({ ...r, from: `k${r.from}`, to: `k${r.to}` })),
		);
		await db.graph().cypher('MATCH (o:Other) DELETE o');
		shown.push(facts(db));
	});
	await withDatabase(async (db) => {
		const rows = few.map(({ labels, properties }) => ({ labels, properties }));
		await db
			.graph()
			.cypher('UNWIND $rows AS r CREATE (n:A) SET n = r.properties FOREACH (x IN CASE WHEN size(r.labels) = 2 THEN [1] ELSE [] END | SET n:B)', { rows });
		await db.graph().cypher(
			`UNWIND $rows AS r MATCH (a {id: r.from}), (b {id: r.to}) FOREACH (x IN CASE WHEN r.type = 'R' THEN [1] ELSE [] END | CREATE (a)-[k:R]->(b) SET k = r.properties)
				FOREACH (x IN CASE WHEN r.type = 'S' THEN [1] ELSE [] END | CREATE (a)-[k:S]->(b) SET k = r.properties)`,
			{ rows: fewEdges.map((r) => ({ properties: {}, ...r })) },
		);
		shown.push(facts(db));
	});
	assert.deepEqual(shown[0], shown[1]);
	assert.deepEqual(shown[0], shown[2]);
});

test('many go by files, from asynchronous streams too, and later changes find them', async () => {
	await withDatabase(async (db) => {
		async function* stream<T>(items: readonly T[]): AsyncGenerator<T> {
			for (const item of items) yield item;
		}
		const graph = db.graph();
		await graph.cypher('CREATE CONSTRAINT FOR (a:A) REQUIRE a.id IS UNIQUE');
		assert.deepEqual(await graph.load(stream(nodes), stream(relationships)), { nodes: NODES, relationships: 2 * NODES });
		assert.deepEqual(counts(db), { nodes: NODES, edges: 2 * NODES });
		const both = graph.cypher('MATCH (a:A {id: $id}) RETURN COUNT { (a)-->() } AS out, COUNT { (a)<--() } AS "in"'.replaceAll('"', '`'), { id: 7 }).get();
		const expected = (end: 'from' | 'to'): number => relationships.filter((r) => r[end] === 7).length;
		assert.deepEqual(both, { out: expected('from'), in: expected('to') });
		const { counters } = await graph.cypher('MATCH (a:A {id: 7}) DETACH DELETE a').run();
		assert.deepEqual(counters, { nodesDeleted: 1, relationshipsDeleted: relationships.filter((r) => r.from === 7 || r.to === 7).length });
		await graph.cypher('CREATE (:A {id: 7})-[:R]->(:A {id: -1})');
		assert.equal(graph.cypher('MATCH (:A {id: 7})-[:R]->(x) RETURN x.id AS id').get()!['id'], -1);
	});
});

test('a load that fails leaves nothing', async () => {
	await withDatabase(async (db) => {
		const graph = db.graph();
		await graph.cypher('CREATE CONSTRAINT FOR (a:A) REQUIRE a.id IS UNIQUE');
		const load = (some: readonly LoadNode[], between: readonly LoadRelationship[] = []): Promise<unknown> => graph.load(some, between);
		await assert.rejects(load([...nodes, { labels: ['A'], properties: { id: 5 } }]), { condition: 'ConstraintValidationFailed' });
		await assert.rejects(load([...nodes.slice(0, 9), { labels: ['A'], properties: { id: 5 } }]), { condition: 'ConstraintValidationFailed' });
		await assert.rejects(load(nodes, [...relationships, { from: 1, to: NODES, type: 'R' }]), { code: 'input', message: /names the node 12000/ });
		await assert.rejects(load([nodes[0]!, nodes[0]!]), { code: 'input', message: 'two nodes have the key 0' });
		await assert.rejects(load([{ labels: [], properties: { map: { a: 1 } } }]), { condition: 'TypeError' });
		function* failing(): Generator<LoadRelationship> {
			yield* relationships;
			throw new RangeError('the source ended');
		}
		await assert.rejects(graph.load(nodes, failing()), /the source ended/);
		assert.deepEqual(counts(db), { nodes: 0, edges: 0 });
		const inside = await db.transaction((tx) => ({ load: tx.graph().load([]) }));
		await assert.rejects(inside.load, { sqlstate: '0A000' });
		await load(nodes, relationships);
		assert.deepEqual(counts(db), { nodes: NODES, edges: 2 * NODES });
	});
});

test('relationships of every length and over a table with an index of its own are loaded alike', async () => {
	const long = 'x'.repeat(70_000);
	const some = relationships.map((r, i) => (i === 7000 ? { ...r, properties: { weight: 0.5, at: -1, long } } : r));
	const shown: unknown[] = [];
	for (const isIndexed of [false, true]) {
		await withDatabase(async (db) => {
			const graph = db.graph();
			await graph.cypher('CREATE CONSTRAINT FOR (a:A) REQUIRE a.id IS UNIQUE');
			if (isIndexed) await db.sql`create index on default_edges (type, id)`;
			await graph.load(nodes, some);
			assert.equal(graph.cypher('MATCH ()-[r]->() WHERE r.at = -1 RETURN r.long AS long').get()!['long'], long);
			shown.push(facts(db));
		});
	}
	assert.deepEqual(shown[0], shown[1]);
});
