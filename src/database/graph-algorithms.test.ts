/** Algorithms over a graph beside plain ones, on the shared adjacency, and inside a transaction that has changed the graph. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { open } from '../index.ts';
import type { Database } from './embedded/database.ts';

const COUNT = 30;

interface Plain {
	readonly edges: readonly (readonly [number, number, number])[];
}

/** Nodes 0 to 29 by their property k, edges of type X with a weight; the last five nodes have none. */
async function graph(seed: number): Promise<{ db: Database; plain: Plain }> {
	let state = seed;
	const random = (below: number): number => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return Math.floor((state / 2 ** 32) * below);
	};
	const db = await open(':memory:');
	await db
		.graph()
		.cypher(`UNWIND range(0, ${COUNT - 1}) AS k CREATE (:N {k: k})`)
		.run();
	const edges = Array.from({ length: 60 }, () => [random(COUNT - 5), random(COUNT - 5), 1 + random(9)] as const);
	const rows = edges.map(([a, b, w]) => ({ a, b, w: w + 0.5 }));
	await db.graph().cypher('UNWIND $rows AS r MATCH (a:N {k: r.a}), (b:N {k: r.b}) CREATE (a)-[:X {w: r.w}]->(b)', { rows }).run();
	return { db, plain: { edges } };
}

function distances({ edges }: Plain, start: number, costOf: (edge: Plain['edges'][number]) => number): number[] {
	const found = Array.from({ length: COUNT }, () => Number.POSITIVE_INFINITY);
	found[start] = 0;
	for (let round = 0; round < COUNT; round++) for (const edge of edges) found[edge[1]] = Math.min(found[edge[1]]!, found[edge[0]]! + costOf(edge));
	return found;
}

function pairs(db: Pick<Database, 'graph'>, call: string, value: string): (readonly [number, number])[] {
	return db
		.graph()
		.cypher(`${call} YIELD node, ${value} RETURN node.k AS k, ${value} AS v`)
		.all()
		.map((row) => [row.k as number, row.v as number] as const);
}

function sorted(list: (readonly [number, number])[]): (readonly [number, number])[] {
	return [...list].sort((a, b) => a[0] - b[0]);
}

/** `alone`: so many of the last five nodes have no edges. */
function check(db: Pick<Database, 'graph'>, plain: Plain, alone = 5): void {
	const from = 'MATCH (s:N {k: 3})';
	const expected = distances(plain, 3, () => 1);
	const reached = expected.flatMap((depth, k) => (depth < Number.POSITIVE_INFINITY ? [[k, depth] as const] : []));
	assert.deepEqual(sorted(pairs(db, `${from} CALL algo.bfs(s, 'X')`, 'depth')), reached);
	assert.deepEqual(
		sorted(pairs(db, `${from} CALL algo.bfs(s, null, 1)`, 'depth')),
		reached.filter(([, depth]) => depth <= 1),
	);
	const costs = distances(plain, 3, (edge) => edge[2] + 0.5);
	for (const goal of [0, 7, 29]) {
		const walk = pairs(db, `${from} MATCH (t:N {k: ${goal}}) CALL algo.shortestPath(s, t, 'X', 'w')`, 'cost');
		if (costs[goal] === Number.POSITIVE_INFINITY) assert.deepEqual(walk, []);
		else
			assert.deepEqual(
				[walk[0], walk.at(-1)],
				[
					[3, 0],
					[goal, costs[goal]],
				],
			);
	}
	const components = new Map(sorted(pairs(db, 'CALL algo.connectedComponents()', 'component')));
	for (const [a, b] of plain.edges) assert.equal(components.get(a), components.get(b));
	const joinedTo = (k: number): number => [...components.values()].filter((component) => component === components.get(k)).length;
	assert.equal(Array.from({ length: 5 }, (_, i) => joinedTo(COUNT - 1 - i)).filter((size) => size === 1).length, alone);
	const ranks = pairs(db, "CALL algo.pageRank('X', 50)", 'score');
	assert.equal(ranks.length, COUNT);
	assert.ok(Math.abs(ranks.reduce((sum, [, rank]) => sum + rank, 0) - 1) < 1e-9);
	const joined = (a: number, b: number): boolean => plain.edges.some(([x, y]) => (x === a && y === b) || (x === b && y === a));
	const triangles = sorted(pairs(db, "CALL algo.triangleCount('X')", 'triangles'));
	const counts = Array.from({ length: COUNT }, () => 0);
	for (let a = 0; a < COUNT; a++)
		for (let b = a + 1; b < COUNT; b++)
			for (let c = b + 1; c < COUNT; c++) if (joined(a, b) && joined(b, c) && joined(a, c)) for (const k of [a, b, c]) counts[k]!++;
	assert.deepEqual(
		triangles,
		counts.map((count, k) => [k, count]),
	);
}

test('algorithms agree with plain ones', async () => {
	for (const seed of [5, 6, 7]) {
		const { db, plain } = await graph(seed);
		check(db, plain);
		check(db, plain);
		await db.close();
	}
});

test('a transaction runs them over what it has changed', async () => {
	const { db, plain } = await graph(8);
	check(db, plain);
	const after: Plain = { edges: [...plain.edges, [3, 29, 1]] };
	await db.transaction((tx) => {
		tx.graph().cypher('MATCH (a:N {k: 3}), (b:N {k: 29}) CREATE (a)-[:X {w: 1.5}]->(b)').runSync();
		check(tx, after, 4);
	});
	check(db, after, 4);
	await db.close();
});

test('arguments that are wrong are refused', async () => {
	const { db } = await graph(9);
	const refused = (call: string): void => {
		assert.throws(
			() => db.graph().cypher(call).all(),
			(error) => (error as { condition?: string }).condition === 'ArgumentError',
			call,
		);
	};
	refused("MATCH (s:N {k: 3}) CALL algo.bfs(s, 'X', -1) YIELD node RETURN node");
	refused('MATCH (s:N {k: 3}) CALL algo.shortestPath(s, null) YIELD node RETURN node');
	refused("MATCH (s:N {k: 3}), (t:N {k: 4}) CALL algo.shortestPath(s, t, 'X', 'none') YIELD node RETURN node");
	refused("CALL algo.pageRank('X', 3, 1.5) YIELD node RETURN node");
	await db.close();
});
