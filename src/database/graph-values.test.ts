/**
 * Values of a graph's rows from columns beside its adjacency: the answers are those of the rows themselves, whatever kinds of values
 * meet in a property, while commits change them, and for a transaction that sees an older state.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { open } from '../index.ts';
import type { Plan } from '../query/algebra/plan.ts';
import { visitPlanParts } from '../query/algebra/traverse.ts';
import { cypherLanguage } from './cypher/cypher-language.ts';
import type { Database } from './embedded/database.ts';
import type { DatabaseSession } from './session.ts';
import { generator, largeGraph, outcome, outcomeIn } from './test-graph.ts';

const VERTICES = 60;

/** Literals of Cypher that a property may have; null leaves it out. */
const LITERALS = [
	...['1', '2', '2', '3', '-5', '1.0', '2.5', '0.0', '-0.0', '1e300', '0.0/0.0', '9007199254740991', '9007199254740993', '-9223372036854775808'],
	...["'a'", "'b'", "'b'", "''", "'ä\u{1F600}'", 'true', 'false', 'null', '[1, 2]', "['x']", '[]'],
	...["date('2020-02-29')", "duration('P1D')", 'point({x: 1.5, y: 2.0})'],
];

async function graph(seed: number): Promise<Database> {
	const db = await open(':memory:');
	await db.withSession((session) => session.inTransaction(() => void cypherLanguage.analyse(session, 'RETURN 1 AS one', '')));
	const random = generator(seed);
	const any = (): string => LITERALS[Math.floor(random() * LITERALS.length)]!;
	const cypher = db.graph();
	for (let i = 0; i < VERTICES; i++) {
		const labels = [':A', ':A:B', ':B', ''][i % 4];
		await cypher.cypher(`CREATE (${labels} {i: ${i}, k: ${i % 7}, v: ${any()}, w: ${any()}})`).run();
	}
	for (let i = 0; i < 150; i++) {
		const [tail, head] = [Math.floor(random() * VERTICES), Math.floor(random() * VERTICES)];
		const type = random() < 0.7 ? 'X' : 'Y';
		await cypher.cypher(`MATCH (a {i: ${tail}}), (b {i: ${head}}) CREATE (a)-[:${type} {s: ${i % 5}, v: ${any()}}]->(b)`).run();
	}
	return db;
}

/** Queries that columns answer as a whole. */
const ANSWERED = [
	'MATCH (a:A) RETURN a.i, a.v, a.w',
	'MATCH (a:A:B) WHERE a.k < 4 RETURN a.i, a.v',
	'MATCH (a) RETURN a.v, count(*)',
	'MATCH (a) WHERE a.v > 1 RETURN count(*), min(a.v), max(a.w)',
	"MATCH (a) WHERE a.v = 'b' OR a.v IS NULL RETURN id(a), a:B",
	'MATCH (a:B) WHERE a.v = 1 RETURN a.i',
	'MATCH (a)-[r:X]->(b) RETURN r.s, r.v, a.v, b.v',
	'MATCH (a:A)-[r:X]->(b:B) WHERE r.s >= 2 RETURN a.i, b.i, r.v',
	'MATCH (:A)-[r:Y]->() RETURN r.s, count(*), count(r.v)',
	'MATCH (a:A)<-[r:X]-(b) WHERE a.k = 3 RETURN a.i, b.i, r.s, r.v ORDER BY r.v, b.i LIMIT 5',
	'MATCH (a:A)-[r:X]-(b) WHERE a.k = 3 RETURN a.i, b.i, r.v',
	'MATCH (a:A)-[r]->(b) RETURN a.i, type(r), r.v, b.i',
	'MATCH (a:A)-[r:Y|X]->(b) WHERE r.s >= 2 RETURN a.i, id(r), type(r), r.v',
	'MATCH (a:A)<-[r]-(b) RETURN a.i, type(r), r.s, b.v',
	'MATCH (a:B)-[r:Y|X]-(b) WHERE a.k = 3 RETURN a.i, type(r), r.v, b.i',
	'MATCH (a:A)-[:X]->(b) OPTIONAL MATCH (b)-[r:Y]->(c:B) RETURN a.i, r.v, c.v',
	'MATCH (a:A) WHERE NOT (a)-[:Y]->() RETURN a.i, a.v',
	'MATCH (a:B) WHERE EXISTS { MATCH (a)-[r:X]->(b) WHERE b.k = r.s } RETURN a.i',
];

/** Queries that want more of a row than a column has. */
const NOT_ANSWERED = [
	'MATCH (a:A) RETURN a',
	'MATCH (a) RETURN properties(a)',
	'MATCH (a) RETURN keys(a)',
	'MATCH (a) RETURN labels(a)',
	'MATCH (a) RETURN a[toString("v")]',
];

function readsValues(plan: Plan): boolean {
	let found = (plan.kind === 'scan' || plan.kind === 'access') && plan.adjacency !== undefined && plan.scan.some((s) => s.part !== undefined);
	visitPlanParts(
		plan,
		(p) => {
			found ||= readsValues(p);
		},
		() => undefined,
	);
	return found;
}

const RULES = ['use-reach', 'use-adjacency', 'use-shortest', 'use-values'];

async function agree(session: DatabaseSession, when: string): Promise<void> {
	for (const text of ANSWERED) {
		const plain = await outcome(session, text, RULES);
		const answered = await outcome(session, text, [], largeGraph);
		assert.ok(readsValues(answered.plan), text);
		assert.deepEqual(answered.rows, plain.rows, `${text}, ${when}`);
		assert.deepEqual((await outcome(session, text, ['use-values'], largeGraph)).rows, plain.rows, `${text} without, ${when}`);
	}
}

for (const seed of [1, 2]) {
	test(`columns give the values of the rows, before they are there and while commits change them: seed ${seed}`, async () => {
		const db = await graph(seed);
		const random = generator(seed + 100);
		await db.withSession(async (session) => {
			for (let round = 0; round < 3; round++) {
				await agree(session, `round ${round}`);
				for (let change = 0; change < 12; change++) {
					const [i, k] = [Math.floor(random() * VERTICES), Math.floor(random() * 5)];
					const literal = LITERALS[Math.floor(random() * LITERALS.length)]!;
					const text = [
						`MATCH (a {i: ${i}}) SET a.v = ${literal}`,
						`MATCH (a {i: ${i}})-[r:X]->() SET r.v = ${literal}, r.s = ${k}`,
						`MATCH (a {i: ${i}}) SET a:B REMOVE a.w`,
						`MATCH (a {i: ${i}})-[r:X {s: ${k}}]->() DELETE r`,
						`MATCH (a {i: ${i}}) CREATE (a)-[:X {s: ${k}, v: ${literal}}]->(:A {i: ${1000 + round * 100 + change}, k: 3, v: ${literal}})`,
						`MATCH (a {i: ${i}}) DETACH DELETE a`,
					][change % 6]!;
					await db.graph().cypher(text).run();
				}
			}
			await agree(session, 'at the end');
		});
		await db.close();
	});
}

test('a transaction reads the values of its own state while others are committed', async () => {
	const db = await graph(3);
	await db.withSession(async (session) => {
		await agree(session, 'before');
		await session.inTransaction(async (transaction) => {
			const before = ANSWERED.map((text) => outcomeIn(session, transaction, text, RULES).rows);
			await db.graph().cypher("MATCH (a) SET a.v = 'changed', a.w = 17").run();
			await db.graph().cypher("MATCH ()-[r]->() SET r.v = 'changed', r.s = 17").run();
			await db.graph().cypher('MATCH (a:A {k: 3}) REMOVE a:A').run();
			await db.graph().cypher('MATCH (a {k: 2}) DETACH DELETE a').run();
			await db.graph().cypher("CREATE (:A:B {i: 5000, k: 3, v: 1})-[:X {s: 1, v: 'new'}]->(:B {i: 5001, v: 2})").run();
			ANSWERED.forEach((text, i) => {
				assert.deepEqual(outcomeIn(session, transaction, text, [], largeGraph).rows, before[i], text);
			});
		});
		await agree(session, 'after');
	});
	await db.close();
});

test('what asks for more of a row than its parts reads the row', async () => {
	const db = await graph(4);
	await db.withSession(async (session) => {
		for (const text of NOT_ANSWERED) {
			const { plan, rows } = await outcome(session, text, [], largeGraph);
			assert.ok(!readsValues(plan), text);
			assert.deepEqual(rows, (await outcome(session, text, RULES)).rows, text);
		}
	});
	await db.close();
});

test('SQL over the tables of a graph reads the same columns', async () => {
	const db = await graph(5);
	await db.withSession(async (session) => {
		await agree(session, 'built');
	});
	const count = () => db.sql`select count(*) as n from default_vertices where properties ->> 'k' = '3'`.all();
	const explained = await db.sql`EXPLAIN select count(*) as n from default_vertices where properties ->> 'k' = '3'`.run();
	assert.match(JSON.stringify(explained.rows), /values of properties\.k/);
	for (let run = 0; run < 200; run++) {
		const [bySql] = (await count()) as { n: number }[];
		const [byCypher] = db.graph().cypher('MATCH (a) WHERE a.k = 3 RETURN count(*) AS n').all() as { n: number }[];
		assert.equal(bySql!.n, byCypher!.n);
	}
	await db.close();
});
