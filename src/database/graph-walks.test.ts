/**
 * Walks over graphs: what the optimizer makes of them gives the rows of the plain plan, with the adjacency and without, over random
 * graphs with loops, parallel edges and several types; and where a search must not take the place of walks, it does not.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { open } from '../index.ts';
import type { Plan } from '../query/algebra/plan.ts';
import { visitPlanParts } from '../query/algebra/traverse.ts';
import { cypherLanguage } from './cypher/cypher-language.ts';
import type { Database } from './embedded/database.ts';
import { generator, largeGraph, outcome, uses } from './test-graph.ts';

const VERTICES = 40;

/** A random graph; `loops`: some edges lead back to their vertex. */
async function graph(seed: number, edges: number, loops: boolean): Promise<Database> {
	const db = await open(':memory:');
	await db.withSession((session) => session.inTransaction(() => void cypherLanguage.analyse(session, 'RETURN 1 AS one', '')));
	const random = generator(seed);
	await db.sql`insert into default_vertices select i, case when i % 4 = 0 then array['A'] else array['A', 'B'] end, jsonb_build_object('k', i % 7) from generate_series(0, ${VERTICES - 1}::int) i`;
	const rows: unknown[] = [];
	for (let id = 1000; id < 1000 + edges; id++) {
		const tail = Math.floor(random() * VERTICES);
		const head = Math.floor(random() * VERTICES);
		if (tail === head && !loops) continue;
		rows.push({ id, tail, type: random() < 0.7 ? 'X' : 'Y', head });
	}
	await db.sql`insert into default_edges select tail, type, head, id, '{}' from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id int8, tail int8, type text, head int8)`;
	return db;
}

/** Queries whose plan depends on sizes. */
const OTHERS = [
	'MATCH (a)-[:X]->(b) MATCH (b)-[:Y*1..2]-(c) WHERE id(a) = 7 RETURN count(DISTINCT c), count(DISTINCT b)',
	'MATCH (a)-[:Y*1..1]-(b) WHERE a.k < 3 RETURN DISTINCT id(a), id(b)',
	'MATCH (a)-[:X]->(b)<-[:Y]-(c:B) WHERE id(a) = 5 RETURN count(DISTINCT c), min(c.k)',
	'MATCH (a)-[:X*1..2]->(b)-[:Y]->(c) WHERE id(a) = 11 RETURN DISTINCT id(c)',
	'MATCH (a)-[:X*0..2]->(b:B) WHERE id(a) = 7 RETURN DISTINCT id(b)',
	'MATCH (a)-[:X]->(b) WHERE NOT (a)-[:Y]->(b) RETURN id(a), id(b)',
	'MATCH (a)-[r:X]->(b)-[s:X]->(c)-[t:X]->(a) RETURN id(a), id(b), id(c), id(r)',
	'MATCH (a:A), (b:B) WHERE a.k < 3 MATCH p = shortestPath((a)-[:X*..6]->(b)) RETURN id(a), id(b), length(p)',
	'MATCH (a:A), (b:B) WHERE a.k = 3 MATCH p = shortestPath((a)<-[:X*]-(b)) RETURN id(a), id(b), length(p), [i IN range(0, length(p) - 1) | startNode(relationships(p)[i]) = nodes(p)[i + 1]]',
	'MATCH (a:A), (b:B) WHERE a.k = 3 MATCH p = shortestPath((a)-[:X*..2]->(b)) RETURN id(a), id(b), length(p)',
	'MATCH (a:A), (b:B) WHERE a.k = 3 MATCH p = shortestPath((a)-[:X*..4]-(b)) RETURN id(a), id(b), length(p)',
	'MATCH (a:A), (b:B) WHERE a.k = 3 MATCH p = shortestPath((a)-[:Y*]-(b)) RETURN id(a), id(b), length(p), [i IN range(0, length(p) - 1) | nodes(p)[i] <> nodes(p)[i + 1] AND nodes(p)[i] IN [startNode(relationships(p)[i]), endNode(relationships(p)[i])]]',
	'MATCH (a:A) WHERE a.k = 3 MATCH p = shortestPath((a)-[:X*..5]->(a)) RETURN id(a), length(p)',
];

/** Cycles that are closed by intersection. */
const CLOSED = [
	'MATCH (a:A)-[:X]->(b)-[:X]->(c), (a)-[:X]->(c) RETURN id(a), id(b), id(c)',
	'MATCH (a:A)-[r:X]->(b:B)-[s:X]->(c:B), (a)-[t:Y]->(c) RETURN id(r), id(s), id(t)',
	'MATCH (a:B)-[:X]->(b)-[:X]->(c)-[:X]->(a) RETURN count(*)',
	'MATCH (a:B)-[:X]->(b)-[:X]->(c)-[:Y]->(d)-[:X]->(a) RETURN id(a), id(b), id(c), id(d)',
	'MATCH (a:A)<-[:X]-(b)<-[:X]-(c), (c)-[:X]->(a) RETURN id(a), id(b), id(c)',
	'MATCH (a:A)-[:X]->(b)-[:X]->(c), (a)-[:X]->(c), (a)-[:X]->(d), (b)-[:X]->(d), (c)-[:X]->(d) RETURN id(a), id(b), id(c), id(d)',
	'MATCH (a:A)-[:X]->(b)-[:X]->(c) WHERE (a)-[:Y]->(c) RETURN id(a), id(b), id(c)',
	'MATCH (a:A)-[:X]->(b)-[:X]->(c:B), (a)-[:X]->(c) WHERE a.k < b.k AND c.k > 2 RETURN a.k, count(*)',
];

/** Patterns in which nothing may be skipped, or nothing is known that could be. */
const OPEN = [
	'MATCH (a:A)-[:X]->(b)-[:X]->(c) WHERE NOT (a)-[:X]->(c) RETURN id(a), id(b), id(c)',
	'MATCH (a:A)-[:X]->(b)-[:X]->(c) OPTIONAL MATCH (a)-[r:X]->(c) RETURN id(a), id(b), id(c), id(r)',
	'MATCH (a:A)-[:X]->(b)-[:X]->(c), (a)-[:X]->(d) RETURN count(*)',
	'MATCH (a:A)-[:X]->(b)-[:X]->(c)-[:X]->(d) WHERE c.k = a.k RETURN id(d)',
	'MATCH (a:A)-[:X]->(b)-[:X]->(c), (a)-[:X|Y]->(c) RETURN id(a), id(c)',
];

const RULES = ['use-reach', 'use-adjacency', 'use-shortest', 'use-values', 'use-intersection'];

/** Queries in which a search takes the place of walks. */
const SEARCHED = [
	'MATCH (a)-[:X]->(b)-[:X]->(c) WHERE id(a) = 3 RETURN count(DISTINCT c)',
	'MATCH (a:A)-[:X]->(b:B)-[:X]->(c:B) WHERE id(a) = 5 RETURN count(DISTINCT c)',

	'MATCH (a)-[:X]->(b)-[:X]->(c) MATCH (c)-[:X]->(d) WHERE id(a) = 3 RETURN DISTINCT id(d)',
	'MATCH (a)<-[:X]-(b)<-[:X]-(c) WHERE id(a) = 3 RETURN DISTINCT id(c)',
	'MATCH (a)-[:X*1..3]->(b) WHERE id(a) = 7 RETURN count(DISTINCT b)',
	'MATCH (a:A)-[:X*0..2]->(b:B) WHERE id(a) = 7 RETURN DISTINCT id(b)',
	'MATCH (a)<-[:Y*]-(b) WHERE id(a) = 9 RETURN count(DISTINCT b)',
	'MATCH (a:B)-[:X*..2]->(b) WHERE a.k = 2 RETURN id(a), count(DISTINCT b)',
	'MATCH (a)-[:X*1..2]-(b) WHERE id(a) = 7 RETURN count(DISTINCT b)',
	'MATCH (a:B)-[:Y*1..3]-(b) WHERE a.k = 2 RETURN id(a), count(DISTINCT b)',
	'MATCH (a)-[:X*0..2]-(b) WHERE a.k = 5 RETURN DISTINCT id(a), id(b)',
	'MATCH (a)-[:Y*1..3]-(b) MATCH (b)-[:X]->(c) WHERE id(a) = 9 RETURN DISTINCT id(c)',
];

/** Queries in which walks are counted, or more is asked of them: they stay. */
const WALKED = [
	'MATCH (a)-[:X]->(b)-[:X]->(c) WHERE id(a) = 3 RETURN count(c)',
	'MATCH (a)-[:X]->(b)-[:X]->(c) WHERE id(a) = 3 RETURN DISTINCT id(b), id(c)',
	'MATCH (a)-[:X]->(b)<-[:X]-(c) WHERE id(a) = 3 RETURN DISTINCT id(c)',
	'MATCH (a)-[:X]->(b) WHERE id(a) = 3 RETURN DISTINCT id(b)',
	'MATCH (a)-[:X*2..3]->(b) WHERE id(a) = 7 RETURN count(DISTINCT b)',
	'MATCH (a)-[r:X*1..2]->(b) WHERE id(a) = 7 RETURN count(DISTINCT size(r))',
	'MATCH (a)-[:X*1..2]->(b) WHERE id(a) = 7 RETURN count(b)',
	'MATCH (a)-[r:X*1..2]-(b) WHERE id(a) = 7 RETURN count(DISTINCT size(r))',
	'MATCH (a)-[:X|Y*1..2]-(b) WHERE id(a) = 7 RETURN count(DISTINCT b)',
	'MATCH (a)-[:X]-(b)-[:X]-(c) WHERE id(a) = 7 RETURN count(DISTINCT c)',
	'MATCH (a)-[:X]->(b)-[:Y]->(c)-[:X]->(d) WHERE id(a) = 3 RETURN count(DISTINCT d)',
	'MATCH (a)-[:X]->(b)-[:X]->(c), (a)-[:X]->(c) WHERE id(a) = 3 RETURN count(*)',
];

for (const [seed, edges, loops] of [
	[1, 90, false],
	[2, 90, true],
	[3, 160, true],
] as const) {
	test(`every rule gives the rows of the plain plan: seed ${seed}, ${edges} edges`, async () => {
		const db = await graph(seed, edges, loops);
		await db.withSession(async (session) => {
			for (let pass = 0; pass < 2; pass++) {
				for (const text of [...SEARCHED, ...WALKED, ...OTHERS, ...CLOSED, ...OPEN]) {
					const plain = await outcome(session, text, RULES);
					for (const without of [[], ['use-reach'], ['use-adjacency'], ['use-shortest'], ['use-values'], ['use-intersection']]) {
						assert.deepEqual((await outcome(session, text, without)).rows, plain.rows, `${text} without ${without.join()}, pass ${pass}`);
					}
				}
				// For the second pass the adjacency has been built, and then changed.
				for (let i = 0; i < 60; i++) await outcome(session, 'MATCH (a)-[:X]->(b)-[:X]->(c) RETURN count(DISTINCT c)', []);
				await db.sql`insert into default_edges values (7, 'X', 9, ${5000 + pass}, '{}'), (3, 'X', 7, ${6000 + pass}, '{}')`;
				await db.sql`delete from default_edges where id = ${1003 + pass}`;
			}
		});
		await db.close();
	});
}

test('a search stands only where nobody counts walks', async () => {
	const db = await graph(4, 100, true);
	await db.withSession(async (session) => {
		for (const text of SEARCHED) assert.ok(uses((await outcome(session, text, [], largeGraph)).plan, 'reach'), text);
		const shortest = 'MATCH (a:A), (b:B) MATCH p = shortestPath((a)-[:X*..6]->(b)) RETURN length(p)';
		assert.ok(uses((await outcome(session, shortest, [], largeGraph)).plan, 'shortest'));
		const either = 'MATCH (a:A), (b:B) MATCH p = shortestPath((a)-[:X*..6]-(b)) RETURN length(p)';
		assert.ok(uses((await outcome(session, either, [], largeGraph)).plan, 'shortest'));
		for (const text of [
			'MATCH (a:A), (b:B) MATCH p = allShortestPaths((a)-[:X*..6]->(b)) RETURN length(p)',
			'MATCH (a:A), (b:B) MATCH p = shortestPath((a)-[:X|Y*..6]-(b)) RETURN length(p)',
			'MATCH (a:A), (b:B) MATCH p = shortestPath((a)-[:X*..6 {w: 1}]-(b)) RETURN length(p)',
			'MATCH (a:A), (b:B) MATCH p = shortestPath((a)-[:X|Y*..6]->(b)) RETURN length(p)',
			'MATCH (a:A), (b:B) MATCH p = shortestPath((a)-[:X*0..6]->(b)) RETURN length(p)',
			'MATCH (a:A), (b:B) MATCH p = shortestPath((a)-[:X*..6 {w: 1}]->(b)) RETURN length(p)',
		])
			assert.ok(!uses((await outcome(session, text, [], largeGraph)).plan, 'shortest'), text);
		for (const text of WALKED) assert.ok(!uses((await outcome(session, text, [], largeGraph)).plan, 'reach'), text);
	});
	await db.close();
});

function intersects(plan: Plan): boolean {
	let found = plan.kind === 'access' && plan.adjacency?.meets !== undefined;
	visitPlanParts(
		plan,
		(p) => {
			found ||= intersects(p);
		},
		() => undefined,
	);
	return found;
}

test('cycles are closed by intersection where nothing else may be asked of what is skipped', async () => {
	const db = await graph(5, 200, true);
	await db.withSession(async (session) => {
		for (const text of CLOSED) {
			const { plan, rows } = await outcome(session, text, [], largeGraph);
			assert.ok(intersects(plan), text);
			assert.deepEqual(rows, (await outcome(session, text, ['use-intersection'], largeGraph)).rows, text);
			assert.deepEqual(rows, (await outcome(session, text, RULES)).rows, text);
		}
		const volatile = 'MATCH (a:A)-[:X]->(b)-[:X]->(c), (a)-[:X]->(c) WHERE rand() < 0.5 RETURN count(*)';
		for (const text of [...OPEN, volatile]) assert.ok(!intersects((await outcome(session, text, [], largeGraph)).plan), text);
	});
	await db.close();
});
