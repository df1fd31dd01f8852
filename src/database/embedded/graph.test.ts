import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '../open.ts';
import type { Database } from './database.ts';
import { Node, Path, Relationship } from './graph-elements.ts';

async function withDatabase(work: (db: Database) => Promise<void>): Promise<void> {
	const db = await openDatabase(':memory:', {});
	try {
		await work(db);
	} finally {
		await db.close();
	}
}

const CHAIN = "CREATE (:Stop {name: 'a'})-[:NEXT {m: 1.0}]->(:Stop {name: 'b'})-[:NEXT {m: 2.5}]->(:Stop {name: 'c'})";

test('nodes, relationships and paths are objects of their classes', async () => {
	await withDatabase(async (db) => {
		const graph = db.graph();
		await graph.cypher(CHAIN);
		const row = graph.cypher("MATCH p = (a:Stop {name: 'a'})-[r]->(b) RETURN a, r, p").get()!;
		const { a, r, p } = row as { a: Node; r: Relationship; p: Path };
		assert.ok(a instanceof Node && r instanceof Relationship && p instanceof Path);
		assert.deepEqual([a.labels, a.properties], [['Stop'], { name: 'a' }]);
		assert.deepEqual([r.type, r.start, r.properties], ['NEXT', a.id, { m: 1 }]);
		assert.deepEqual([p.length, p.nodes.map((n) => n.properties['name'])], [1, ['a', 'b']]);
	});
});

test('what is read can be iterated and stopped', async () => {
	await withDatabase(async (db) => {
		await db.graph().cypher('UNWIND range(1, 1000) AS n CREATE ({n: n})');
		let sum = 0;
		for (const row of db.graph().cypher('MATCH (x) RETURN x.n AS n').iterate()) {
			sum += Number(row['n']);
			if (row['n'] === 600) break;
		}
		assert.equal(sum, 180_300);
		assert.deepEqual(db.graph().cypher('MATCH (x) RETURN count(*) AS n').all(), [{ n: 1000 }]);
	});
});

test('an iteration goes on over its own snapshot, whatever else is asked meanwhile', async () => {
	await withDatabase(async (db) => {
		const graph = db.graph();
		await graph.cypher('UNWIND range(1, 600) AS n CREATE (:A {n: n})-[:R]->(:B)');
		let count = 0;
		for (const row of graph.cypher('MATCH p = (:A)-[:R]->() RETURN p').iterate()) {
			assert.equal((row['p'] as Path).length, 1);
			if (count % 100 === 0) assert.deepEqual(graph.cypher('MATCH (a:A {n: 5}) RETURN count(*) AS n').all(), [{ n: 1 }]);
			if (count === 50) await graph.cypher('CREATE (:A)-[:R]->(:B)');
			count++;
		}
		assert.equal(count, 600);
	});
});

test('numbers keep their kind on the way in and out', async () => {
	await withDatabase(async (db) => {
		const given = { whole: 3, big: 2n ** 60n, part: 0.5, list: [1, null, 'x'], map: { a: 1 }, none: null };
		const text = 'RETURN $whole / 2 AS halved, $big AS big, $part AS part, $list AS list, $map AS map, $none AS none';
		assert.deepEqual(db.graph().cypher(text, given).get(), { halved: 1, big: 2n ** 60n, part: 0.5, list: [1, null, 'x'], map: { a: 1 }, none: null });
		assert.deepEqual(
			db
				.graph()
				.cypher("RETURN $at = datetime('2024-01-02T03:04:05.006Z') AS same", { at: new Date('2024-01-02T03:04:05.006Z') })
				.get(),
			{
				same: true,
			},
		);
	});
});

test('what changes the graph cannot be read synchronously', async () => {
	await withDatabase(async (db) => {
		assert.throws(() => db.graph().cypher('CREATE ()').all(), { sqlstate: '0A000' });
		assert.deepEqual(db.graph().cypher('CREATE (:A {x: 1}) RETURN 1 AS one').runSync(), {
			rows: [{ one: 1 }],
			columns: ['one'],
			counters: { nodesCreated: 1, propertiesSet: 1, labelsAdded: 1 },
		});
	});
});

test('a missing parameter and a missing graph are told', async () => {
	await withDatabase(async (db) => {
		assert.throws(() => db.graph().cypher('RETURN $x').all(), { condition: 'ParameterMissing', message: 'Expected parameter(s): x' });
		assert.throws(() => db.graph('nowhere').cypher('RETURN 1').all(), { sqlstate: '3D000' });
		await assert.rejects(async () => await db.graph().cypher('MATCH (n RETURN n'), { code: 'cypher', condition: 'SyntaxError' });
	});
});

test('a transaction changes tables and the graph together, or neither', async () => {
	await withDatabase(async (db) => {
		await db.sql`create table log (entry text)`;
		const both = (fails: boolean): Promise<void> =>
			db.transaction((tx) => {
				tx.sql`insert into log values ('made')`;
				tx.graph().cypher('CREATE (:Made)').runSync();
				assert.deepEqual(tx.graph().cypher('MATCH (m:Made) RETURN count(m) AS n').all(), [{ n: fails ? 2 : 1 }]);
				if (fails) throw new Error('no');
			});
		await both(false);
		await assert.rejects(both(true), { message: 'no' });
		assert.deepEqual(db.graph().cypher('MATCH (m:Made) RETURN count(m) AS n').all(), [{ n: 1 }]);
		assert.deepEqual(db.sql`select count(*) from log`.all(), [{ count: 1 }]);
	});
});

test('SQL sees the same vertices and edges', async () => {
	await withDatabase(async (db) => {
		await db.graph().cypher(CHAIN);
		assert.deepEqual(db.sql`select labels, properties from default_vertices where properties->>'name' = 'b'`.all(), [
			{ labels: ['Stop'], properties: { name: 'b' } },
		]);
		const recursive = db.sql`with recursive reached(id, depth) as (
			select id, 0 from default_vertices where properties->>'name' = 'a'
			union select e.head, r.depth + 1 from reached r join default_edges e on e.tail = r.id)
			select v.properties->>'name' as name, depth from reached join default_vertices v using (id) order by depth`.all();
		const walked = db.graph().cypher("MATCH p = (:Stop {name: 'a'})-[*0..]->(s) RETURN s.name AS name, length(p) AS depth ORDER BY depth").all();
		assert.deepEqual(recursive, walked);
	});
});

test('a node that has relationships is deleted with them or not at all', async () => {
	await withDatabase(async (db) => {
		const graph = db.graph();
		await graph.cypher(CHAIN);
		await assert.rejects(async () => await graph.cypher("MATCH (s {name: 'b'}) DELETE s"), { condition: 'ConstraintVerificationFailed' });
		assert.deepEqual((await graph.cypher("MATCH (s {name: 'b'}) DETACH DELETE s").run()).counters, { nodesDeleted: 1, relationshipsDeleted: 2 });
		await assert.rejects(async () => await graph.cypher("MATCH (s {name: 'a'}) DELETE s RETURN s.name"), { condition: 'EntityNotFound' });
		assert.deepEqual(graph.cypher('MATCH (s) RETURN count(s) AS n').all(), [{ n: 2 }]);
	});
});

test('a node that was deleted with its relationships gets no other one in the same statement', async () => {
	await withDatabase(async (db) => {
		const graph = db.graph();
		await graph.cypher(CHAIN);
		const recreated = "MATCH (b {name: 'b'}), (a {name: 'a'}) DETACH DELETE b CREATE (a)-[:AGAIN]->(b)";
		await assert.rejects(async () => await graph.cypher(recreated), { condition: 'EntityNotFound' });
		await graph.cypher("MATCH (b {name: 'b'}) CREATE (b)-[:LOOP]->(b)");
		const both = "MATCH (s) WHERE s.name IN ['a', 'b'] DETACH DELETE s";
		assert.deepEqual((await graph.cypher(both).run()).counters, { nodesDeleted: 2, relationshipsDeleted: 3 });
		assert.deepEqual(graph.cypher('MATCH ()-[r]->() RETURN count(r) AS n').all(), [{ n: 0 }]);
	});
});

test('merge sees what the rows before it have made', async () => {
	await withDatabase(async (db) => {
		const graph = db.graph();
		const merged = 'UNWIND [1, 2, 1, 1] AS n MERGE (v:V {n: n}) ON CREATE SET v.made = 1 ON MATCH SET v.made = v.made + 1 RETURN v.n AS n, v.made AS made';
		assert.deepEqual(await graph.cypher(merged), [
			{ n: 1, made: 3 },
			{ n: 2, made: 1 },
			{ n: 1, made: 3 },
			{ n: 1, made: 3 },
		]);
		await graph.cypher('UNWIND [1, 2, 1] AS n MATCH (a:V {n: 1}), (b:V {n: n}) MERGE (a)-[r:R]->(b)');
		assert.deepEqual(graph.cypher('MATCH ()-[r:R]->() RETURN count(r) AS n').all(), [{ n: 2 }]);
	});
});

test('two sessions that delete a node and join an edge to it do not both succeed', async () => {
	await withDatabase(async (db) => {
		await db.graph().cypher('CREATE (:A), (:B)');
		const [joined, deleted] = await Promise.allSettled([
			db.graph().cypher('MATCH (a:A), (b:B) CREATE (a)-[:R]->(b)').run(),
			db.graph().cypher('MATCH (b:B) DELETE b').run(),
		]);
		const nodes = db.graph().cypher('MATCH (n) RETURN count(n) AS n').get()!['n'];
		const edges = db.sql`select count(*) as n from default_edges`.get()!['n'];
		assert.deepEqual([joined.status, deleted.status, nodes, edges], ['fulfilled', 'rejected', 2, 1]);
	});
});
