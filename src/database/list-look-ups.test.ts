/** `IN` with a list that is known when the statement runs: looked up through an index, or gone through, the rows are the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from '../index.ts';
import type { Database } from './embedded/database.ts';
import { outcome, uses } from './test-graph.ts';

async function graph(): Promise<Database> {
	const db = await open(':memory:');
	await db.graph().cypher('CREATE CONSTRAINT FOR (p:P) REQUIRE p.id IS UNIQUE');
	await db.graph().load(
		Array.from({ length: 300 }, (_, key) => ({
			key,
			labels: key % 3 === 0 ? ['P', 'Q'] : ['P'],
			properties: { id: key % 50 === 7 ? `t${key}` : key, k: key % 5 },
		})),
		Array.from({ length: 600 }, (_, i) => ({ from: i % 300, to: (i * 7) % 300, type: 'R', properties: { at: i } })),
	);
	await db.graph().cypher('CREATE (:Other {id: 5}), (:P)');
	return db;
}

/** Expressions, so that they are no lists of literals. */
const LISTS = [
	'tail([1])',
	"([1, 2, 2, null, 5, 7] + ['t7', true, 2.5, 1.0])",
	'range(0, 200, 2)',
	"(range(0, 40) + [null, 't57', 0.0 / 0.0, 12.0])",
	'([[1]] + [[2, null]])',
];

const LOOKED_UP = [
	'MATCH (p:P) WHERE p.id IN $list RETURN p.id, p.k ORDER BY toString(p.id)',
	'MATCH (p:P) WHERE p.id IN $list + [1.0, 3] AND p.k > 0 RETURN count(p)',
	'MATCH (p:P)-[r:R]->(q) WHERE p.id IN $list RETURN r.at ORDER BY r.at',
	'MATCH (p:P)-[r:R]->(q:P) WHERE p.k = 1 AND q.id IN $list RETURN r.at ORDER BY r.at',
	'OPTIONAL MATCH (p:P) WHERE p.id IN $list AND p.k = 3 RETURN count(p)',
	'MATCH (p:P) WHERE p.id IN $list AND p.id IN $list RETURN count(*)',
	'MATCH (p:P) WHERE EXISTS { MATCH (p)-[:R]->(q:P) WHERE q.id IN $list } RETURN count(*)',
];

/** No index, nothing that is known, or another question. */
const GONE_THROUGH = [
	'MATCH (p:P) WHERE p.k IN $list RETURN count(*)',
	'MATCH (p:P) WHERE p.id IN $list AND p.id IN [2, 5, 6] RETURN count(*)',
	'MATCH (p) WHERE p.id IN $list RETURN count(*)',
	'MATCH (p:P) WHERE NOT p.id IN $list RETURN count(*)',
	'MATCH (p:P) WHERE p.id IN $list OR p.k = 2 RETURN count(*)',
	'MATCH (p:P) WHERE p.id IN [p.k] + $list RETURN count(*)',
	'MATCH (p:P) RETURN count(CASE WHEN p.id IN $list THEN 1 END)',
];

test('lists are looked up where an index has what is asked, and the rows are those of the filter', async () => {
	const db = await graph();
	for (const [queries, isLookedUp] of [
		[LOOKED_UP, true],
		[GONE_THROUGH, false],
	] as const) {
		for (const query of queries) {
			for (const list of LISTS) {
				const text = query.replaceAll('$list', list);
				await db.withSession(async (session) => {
					const found = await outcome(session, text, []);
					const plain = await outcome(session, text, ['look-up-lists']);
					assert.deepEqual(found.rows, plain.rows, text);
					assert.equal(uses(found.plan, 'expand'), isLookedUp, text);
					assert.equal(uses(plain.plan, 'expand'), false, text);
				});
			}
		}
	}
	await db.close();
});

test('a list may be a parameter, or null; what is none is refused', async () => {
	const db = await graph();
	const ids = (list: unknown): unknown[] =>
		db
			.graph()
			.cypher('MATCH (p:P) WHERE p.id IN $list RETURN p.id AS id ORDER BY id', { list })
			.all()
			.map((row) => row['id']);
	assert.deepEqual(ids([3, null, 1, 't7', 3, 1000]), ['t7', 1, 3]);
	assert.deepEqual(ids(null), []);
	assert.throws(() => ids(3), { condition: 'TypeError' });
	await db.close();
});
