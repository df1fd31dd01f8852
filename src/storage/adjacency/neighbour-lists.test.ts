/** Lists and labels under random changes, read as of every offset that they still have, beside plain copies. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { listsOfSorted, listsReversed, NeighbourLists } from './neighbour-lists.ts';
import { VertexLabels } from './vertex-labels.ts';
import { VertexNumbers } from './vertex-numbers.ts';

const VERTICES = 12;

function sliceOf(lists: NeighbourLists, vertex: number, offset: number): number[][] {
	lists.seek(vertex, offset);
	const found: number[][] = [];
	for (let i = lists.start; i < lists.end; i++) found.push([lists.neighbours[i]!, lists.edges[i]!]);
	return found;
}

test('lists are those of every offset from the floor on', () => {
	const change = fc.record({ vertex: fc.nat(VERTICES - 1), neighbour: fc.nat(VERTICES - 1), edge: fc.nat(6), adds: fc.boolean(), commits: fc.boolean() });
	fc.assert(
		fc.property(fc.array(change, { maxLength: 400 }), (changes) => {
			const lists = NeighbourLists.empty(0);
			/** By offset: the edges of each vertex as sorted pairs. */
			const states = [Array.from({ length: VERTICES }, (): number[][] => [])];
			let offset = 1;
			let present = states[0]!;
			for (const { vertex, neighbour, edge, adds, commits } of changes) {
				const before = present[vertex]!;
				const has = before.some(([n, e]) => n === neighbour && e === edge);
				assert.equal(adds ? lists.insert(vertex, neighbour, edge, offset) : lists.remove(vertex, neighbour, edge, offset), adds !== has);
				const after = before.filter(([n, e]) => n !== neighbour || e !== edge);
				if (adds) after.push([neighbour, edge]);
				present = present.with(
					vertex,
					after.sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]!),
				);
				if (!commits) continue;
				states[offset++] = present;
			}
			states[offset] = present;
			for (let at = lists.floorOffset; at <= offset; at++)
				for (let vertex = 0; vertex < VERTICES; vertex++) assert.deepEqual(sliceOf(lists, vertex, at), states[at]![vertex], `vertex ${vertex} at ${at}`);
			assert.equal(
				lists.live,
				present.reduce((sum, edges) => sum + edges.length, 0),
			);
		}),
		{ numRuns: 60 },
	);
});

test('old slices are packed away, and whoever reads them keeps them', () => {
	const lists = NeighbourLists.empty(0);
	lists.insert(1, 2, 3, 1);
	lists.seek(1, 1);
	const { neighbours, start, end } = lists;
	for (let offset = 2; offset < 20_000; offset++) {
		if (offset % 2 === 0) lists.insert(5, 6, 7, offset);
		else lists.remove(5, 6, 7, offset);
	}
	assert.ok(lists.neighbours.length < 10_000);
	assert.ok(lists.floorOffset > 0);
	assert.deepEqual([...neighbours.subarray(start, end)], [2]);
	assert.deepEqual(sliceOf(lists, 1, 20_000), [[2, 3]]);
});

test('a commit of many edges at one vertex copies its slice once', () => {
	const lists = NeighbourLists.empty(0);
	const count = 3000;
	for (let edge = 0; edge < count; edge++) lists.insert(1, 7, edge, 1);
	lists.seek(1, 1);
	const before = lists.neighbours.slice(lists.start, lists.end);
	for (let edge = 0; edge < count; edge++) lists.insert(1, 8, edge, 2);
	for (let edge = count - 1; edge >= 0; edge -= 2) lists.remove(1, 8, edge, 2);
	assert.ok(lists.copied < (count * count) / 4, `${lists.copied} entries were copied`);
	assert.equal(sliceOf(lists, 1, 2).length, 1.5 * count);
	lists.seek(1, 1);
	assert.deepEqual(lists.neighbours.slice(lists.start, lists.end), before);
});

test('built from sorted edges, in both directions', () => {
	const first = Int32Array.from([0, 0, 1, 3]);
	const second = Int32Array.from([1, 3, 3, 0]);
	const ids = Uint32Array.from([10, 11, 12, 13]);
	const outgoing = listsOfSorted(first, second, ids, 4, 9);
	const incoming = listsReversed(first, second, ids, 4, 9);
	assert.deepEqual(
		[0, 1, 2, 3].map((v) => sliceOf(outgoing, v, 9)),
		[
			[
				[1, 10],
				[3, 11],
			],
			[[3, 12]],
			[],
			[[0, 13]],
		],
	);
	assert.deepEqual(
		[0, 1, 2, 3].map((v) => sliceOf(incoming, v, 9)),
		[
			[[3, 13]],
			[[0, 10]],
			[],
			[
				[0, 11],
				[1, 12],
			],
		],
	);
	assert.deepEqual(sliceOf(outgoing, 400, 9), []);
});

test('numbers stand for ids, in their order unless an old page comes late', () => {
	const numbers = new VertexNumbers();
	numbers.addAll([Uint32Array.from([5, 1000, 4_000_000_000]), Uint32Array.from([6, 70_000])]);
	const ids = [5, 6, 1000, 70_000, 4_000_000_000];
	const given = ids.map((id) => numbers.numberOf(id));
	assert.deepEqual(
		[...given].sort((a, b) => a - b),
		given,
	);
	assert.deepEqual(
		given.map((number) => numbers.idOf(number)),
		ids,
	);
	assert.equal(numbers.numberOf(300_000), -1);
	assert.equal(numbers.isOrdered, true);
	assert.equal(numbers.idOf(numbers.add(300_000)), 300_000);
	assert.equal(numbers.isOrdered, false);
});

test('labels are those of every offset', () => {
	const labels = new VertexLabels(0);
	labels.add(3, ['A', 'B']);
	labels.change(3, ['B', 'C'], 5);
	labels.change(3, null, 8);
	labels.change(4, ['A'], 8);
	labels.change(4, ['A'], 9);
	assert.deepEqual(
		[0, 4, 5, 7, 8].map((at) => ['A', 'B', 'C'].filter((label) => labels.has(3, label, at)).join('')),
		['AB', 'AB', 'BC', 'BC', ''],
	);
	assert.deepEqual(
		[0, 7, 8].map((at) => [labels.isPresent(3, at), labels.isPresent(4, at)]),
		[
			[true, false],
			[true, false],
			[false, true],
		],
	);
	assert.equal(labels.newestOffset, 8);
});
