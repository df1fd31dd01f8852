/** The two orders of edges beside a plain sort. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EdgeSorter } from './edge-sorter.ts';

const id = fc.oneof(fc.nat(5), fc.nat(70_000), fc.integer({ min: 2 ** 31, max: 2 ** 33 }), fc.maxSafeNat());
const edges = fc.array(fc.tuple(id, fc.constantFrom('A', 'B', 'Ä', 'a\u0000b', ''), id), { maxLength: 60 });

type Key = readonly [number, string, number, number];

function compare(a: Key, b: Key): number {
	return a[0] - b[0] || Buffer.compare(Buffer.from(a[1]), Buffer.from(b[1])) || a[2] - b[2] || a[3] - b[3];
}

test('edges come by tail and by head as a plain sort puts them', () => {
	fc.assert(
		fc.property(edges, (given) => {
			const sorter = new EdgeSorter();
			given.forEach(([tail, type, head], at) => {
				sorter.add(tail, type, head, at);
			});
			const rows = (from: 'tail' | 'head'): Key[] => [...sorter.order(from)].map((place) => sorter.row(place).slice(0, 4) as unknown as Key);
			const all = given.map(([tail, type, head], at): Key => [tail, type, head, at]);
			const turned = ([tail, type, head, at]: Key): Key => [head, type, tail, at];
			assert.deepEqual(rows('tail'), [...all].sort(compare));
			assert.deepEqual(rows('head').map(turned), all.map(turned).sort(compare));
		}),
	);
});

test('it is full when it has as many as it may, and empty after clear', () => {
	const sorter = new EdgeSorter(2);
	sorter.add(1, 'T', 2, 0);
	assert.equal(sorter.isFull, false);
	sorter.add(1, 'T', 2, 1);
	assert.equal(sorter.isFull, true);
	sorter.clear();
	assert.deepEqual([sorter.count, sorter.isFull, sorter.order('tail').length], [0, false, 0]);
});
