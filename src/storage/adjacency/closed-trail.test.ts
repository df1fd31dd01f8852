/** Trails that come back, beside all trails. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Adjacency } from './adjacency.ts';
import { ClosedTrail } from './closed-trail.ts';

const VERTICES = 7;
const pairs = fc.array(fc.tuple(fc.nat(VERTICES - 1), fc.nat(VERTICES - 1)), { maxLength: 9 });

/** Whether some trail of at most so many edges leads from one vertex to another, none of the edges used. */
function leads(edges: readonly (readonly [number, number])[], from: number, to: number, left: number, used: ReadonlySet<number>): boolean {
	if (left === 0) return false;
	return edges.some(([tail, head], id) => {
		if (used.has(id) || (tail !== from && head !== from)) return false;
		const next = tail === from ? head : tail;
		return next === to || leads(edges, next, to, left - 1, new Set([...used, id]));
	});
}

test('a trail comes back exactly where one of all trails does', () => {
	fc.assert(
		fc.property(pairs, fc.integer({ min: 1, max: 6 }), (edges, maximum) => {
			const adjacency = new Adjacency(1);
			edges.forEach(([tail, head], id) => {
				adjacency.changeEdge(tail, 'X', head, id, true, 2);
			});
			const lists = adjacency.types.get('X');
			if (lists === undefined) return;
			for (let vertex = 0; vertex < VERTICES; vertex++) {
				const expected = leads(edges, vertex, vertex, maximum, new Set());
				assert.equal(new ClosedTrail(lists, 2, adjacency.numbers.numberOf(vertex), maximum).exists(), expected, `${vertex}`);
			}
		}),
		{ numRuns: 500 },
	);
});
