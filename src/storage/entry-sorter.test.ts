import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EntrySorter } from './entry-sorter.ts';

test('entries come in the order of their keys, of equal keys the last', () => {
	const key = fc.uint8Array({ maxLength: 12 }).map((bytes) => bytes.map((byte) => byte & 3));
	fc.assert(
		fc.property(fc.array(key, { maxLength: 200 }), (keys) => {
			const sorter = new EntrySorter();
			const expected = new Map<string, number>();
			let twice = 0;
			keys.forEach((bytes, i) => {
				sorter.add(bytes, 0, bytes.length, Uint8Array.of(9, i), 1, 2);
				const text = Buffer.from(bytes).toString('hex');
				if (expected.has(text)) twice++;
				expected.set(text, i);
			});
			const given: [string, number][] = [];
			let refused = 0;
			sorter.drain(
				(bytes, start, end, value, valueStart, valueEnd) => {
					assert.equal(valueEnd - valueStart, 1);
					given.push([Buffer.from(bytes.subarray(start, end)).toString('hex'), value[valueStart]!]);
				},
				() => refused++,
			);
			assert.deepEqual(
				given,
				[...expected].sort(([a], [b]) => Buffer.compare(Buffer.from(a, 'hex'), Buffer.from(b, 'hex'))),
			);
			assert.equal(refused, twice);
			assert.equal(sorter.count, 0);
		}),
	);
});
