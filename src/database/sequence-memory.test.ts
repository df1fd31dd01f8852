import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DrawnNumbers } from './sequence-memory.ts';

test('numbers drawn are given again in order after each rewind, and new ones after them', () => {
	fc.assert(
		fc.property(fc.array(fc.bigInt({ min: -3n, max: 5n })), fc.array(fc.nat(20)), (source, attempts) => {
			const numbers = new DrawnNumbers();
			let drawn = 0;
			const draw = (): bigint => source[drawn++] ?? BigInt(drawn);
			const known: bigint[] = [];
			for (const count of attempts) {
				numbers.rewind();
				for (let i = 0; i < count; i++) {
					const value = numbers.next(draw);
					if (i < known.length) assert.equal(value, known[i]);
					else known.push(value);
				}
				assert.equal(drawn, known.length);
			}
		}),
	);
});
