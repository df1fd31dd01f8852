/** Patterns over random graphs beside a plain enumeration in JavaScript, and reachability beside SQL's WITH RECURSIVE over the same edges. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Database } from '../embedded/database.ts';
import { openDatabase } from '../open.ts';

const VERTICES = 6;
type Edge = readonly [tail: number, type: string, head: number];
type Walk = readonly number[];

const graphs = fc.array(fc.tuple(fc.nat(VERTICES - 1), fc.constantFrom('A', 'B'), fc.nat(VERTICES - 1)), { maxLength: 9 });

async function withGraph(edges: readonly Edge[], work: (db: Database) => void): Promise<void> {
	const db = await openDatabase(':memory:', {});
	try {
		await db.graph().cypher('UNWIND range(0, $last) AS n CREATE (:V {n: n})', { last: VERTICES - 1 });
		for (const [tail, type, head] of edges) await db.graph().cypher(`MATCH (a:V {n: $tail}), (b:V {n: $head}) CREATE (a)-[:${type}]->(b)`, { tail, head });
		work(db);
	} finally {
		await db.close();
	}
}

/** All walks of so many edges that take none twice, as places of edges, by where they begin and end. */
function walks(edges: readonly Edge[], isStep: (edge: Edge, from: number) => readonly number[], least: number, most: number): [number, number, Walk][] {
	const found: [number, number, Walk][] = [];
	const go = (start: number, at: number, taken: Walk): void => {
		if (taken.length >= least) found.push([start, at, taken]);
		if (taken.length === most) return;
		edges.forEach((edge, place) => {
			if (!taken.includes(place)) for (const next of isStep(edge, at)) go(start, next, [...taken, place]);
		});
	};
	for (let n = 0; n < VERTICES; n++) go(n, n, []);
	return found;
}

const out = ([tail, , head]: Edge, from: number): number[] => (tail === from ? [head] : []);
const either = ([tail, , head]: Edge, from: number): number[] => [...(tail === from ? [head] : []), ...(head === from && tail !== head ? [tail] : [])];

function ends(found: readonly (readonly [number, number, Walk])[]): string[] {
	return found.map(([a, b]) => `${a} ${b}`).sort();
}

function asked(db: Database, pattern: string): string[] {
	const rows = db.graph().cypher(`MATCH ${pattern} RETURN a.n AS a, b.n AS b`).all();
	return rows.map((row) => `${row['a']} ${row['b']}`).sort();
}

test('patterns match what an enumeration finds', { timeout: 120_000 }, async () => {
	await fc.assert(
		fc.asyncProperty(graphs, async (edges) => {
			await withGraph(edges, (db) => {
				assert.deepEqual(asked(db, '(a)-->(b)'), ends(walks(edges, out, 1, 1)), 'one step');
				assert.deepEqual(asked(db, '(a)--(b)'), ends(walks(edges, either, 1, 1)), 'either way');
				assert.deepEqual(asked(db, '(a)-->()-->(b)'), ends(walks(edges, out, 2, 2)), 'two steps');
				assert.deepEqual(asked(db, '(a)--()--(b)'), ends(walks(edges, either, 2, 2)), 'two steps either way');
				assert.deepEqual(asked(db, '(a)-[*0..3]->(b)'), ends(walks(edges, out, 0, 3)), 'up to three steps');
				assert.deepEqual(asked(db, '(a)-[*2..3]-(b)'), ends(walks(edges, either, 2, 3)), 'two or three steps either way');
				assert.deepEqual(asked(db, '(a)-->()-[*1..2]->(b)'), ends(walks(edges, out, 2, 3)), 'a step and a walk');
				const typed = edges.filter(([, type]) => type === 'A');
				assert.deepEqual(asked(db, '(a)-[:A*1..3]->(b)'), ends(walks(typed, out, 1, 3)), 'of a type');
				const circles = walks(edges, out, 3, 3).filter(([start, end]) => start === end);
				assert.deepEqual(asked(db, '(a)-->()-->(b)-->(a)').length, circles.length, 'triangles');
			});
		}),
		{ numRuns: 25 },
	);
});

test('shortest paths have the fewest edges, and all of them are found', { timeout: 120_000 }, async () => {
	await fc.assert(
		fc.asyncProperty(graphs, async (edges) => {
			await withGraph(edges, (db) => {
				const all = walks(edges, out, 1, edges.length).filter(([a, b]) => a !== b);
				const least = new Map<string, number>();
				for (const [a, b, taken] of all) least.set(`${a} ${b}`, Math.min(least.get(`${a} ${b}`) ?? Number.POSITIVE_INFINITY, taken.length));
				const one = db
					.graph()
					.cypher('MATCH (a:V), (b:V) WHERE a <> b MATCH p = shortestPath((a)-[*]->(b)) RETURN a.n AS a, b.n AS b, length(p) AS length')
					.all();
				assert.deepEqual(new Map(one.map((row) => [`${row['a']} ${row['b']}`, row['length']])), least);
				const expected = all.filter(([a, b, taken]) => taken.length === least.get(`${a} ${b}`));
				assert.deepEqual(
					db
						.graph()
						.cypher('MATCH (a:V), (b:V) WHERE a <> b MATCH p = allShortestPaths((a)-[*]->(b)) RETURN a.n AS a, b.n AS b')
						.all()
						.map((row) => `${row['a']} ${row['b']}`)
						.sort(),
					ends(expected),
				);
			});
		}),
		{ numRuns: 20 },
	);
});

test('WITH RECURSIVE in SQL reaches what a walk reaches', { timeout: 60_000 }, async () => {
	await fc.assert(
		fc.asyncProperty(graphs, async (edges) => {
			await withGraph(edges, (db) => {
				const walked = db.graph().cypher('MATCH (a:V)-[*0..]->(b) RETURN DISTINCT a.n AS a, b.n AS b ORDER BY a, b').all();
				const recursive = db.sql`with recursive reached(a, id) as (
					select (properties->>'n')::int, id from default_vertices
					union select r.a, e.head from reached r join default_edges e on e.tail = r.id)
					select a, (v.properties->>'n')::int as b from reached join default_vertices v using (id) order by a, b`.all();
				assert.deepEqual(walked, recursive);
			});
		}),
		{ numRuns: 15 },
	);
});
