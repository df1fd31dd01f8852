/** Slices gone through together, beside sets. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { AdjacencyReader } from './adjacency-reader.ts';
import { SliceMeeting } from './slice-meeting.ts';

const slice = fc.array(fc.nat(60), { maxLength: 80 }).map((list) => Int32Array.from(list).sort());

/** A reader that finds one slice; null: it cannot say. */
function readerOf(numbers: Int32Array | null): AdjacencyReader {
	return { open: () => numbers !== null, neighbours: numbers, start: 0, end: numbers?.length } as unknown as AdjacencyReader;
}

test('places are met whose neighbours all slices have, parallel edges each', () => {
	fc.assert(
		fc.property(slice, fc.array(fc.option(slice), { maxLength: 3 }), fc.boolean(), (first, others, isResumed) => {
			const meeting = new SliceMeeting();
			meeting.begin();
			for (const other of others) meeting.add(readerOf(other), 0, 'X', true);
			const met: number[] = [];
			let at = -1;
			while ((at = meeting.next(isResumed ? first.slice() : first, at + 1, first.length)) < first.length) met.push(at);
			const expected = [...first.keys()].filter((place) => others.every((other) => other === null || other.includes(first[place]!)));
			assert.deepEqual(met, expected);
		}),
	);
});
