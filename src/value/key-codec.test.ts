/** Keys must sort as values do, for every type, direction and place of NULL: an index that orders otherwise loses rows in silence. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ARBITRARY_VALUES, testLookup } from './arbitrary-values.testing.ts';
import { comparatorOf, compareBytes, equalsOf } from './comparison.ts';
import { GrowingKeyBuffer } from './key-buffer.ts';
import { keyReader, keySkipper, keyWriter } from './key-codec.ts';
import type { Type } from './type.ts';

function keyOf(type: Type, descending: boolean, nullsFirst: boolean, value: unknown): Uint8Array {
	const target = new GrowingKeyBuffer(1);
	keyWriter(type, descending, nullsFirst, testLookup)(value, target);
	return target.copy();
}

function expectedOrder(type: Type, descending: boolean, nullsFirst: boolean, left: unknown, right: unknown): number {
	if (left === null || right === null) return left === right ? 0 : (left === null) === nullsFirst ? -1 : 1;
	const order = comparatorOf(type, testLookup)!(left, right);
	return Math.sign(descending ? -order : order) + 0;
}

for (const [type, values] of ARBITRARY_VALUES) {
	for (const descending of [false, true]) {
		test(`keys of ${type.name} sort as its values, ${descending ? 'descending' : 'ascending'}`, () => {
			const maybe = fc.option(values, { nil: null, freq: 10 });
			fc.assert(
				fc.property(maybe, maybe, fc.boolean(), (left, right, nullsFirst) => {
					const a = keyOf(type, descending, nullsFirst, left);
					const b = keyOf(type, descending, nullsFirst, right);
					assert.equal(Math.sign(compareBytes(a, b)) + 0, expectedOrder(type, descending, nullsFirst, left, right));
				}),
				{ numRuns: 400 },
			);
		});

		test(`a key part of ${type.name} ends where the next begins, ${descending ? 'descending' : 'ascending'}`, () => {
			const maybe = fc.option(values, { nil: null, freq: 10 });
			fc.assert(
				fc.property(maybe, fc.boolean(), fc.uint8Array({ maxLength: 4 }), (value, nullsFirst, rest) => {
					const part = keyOf(type, descending, nullsFirst, value);
					const whole = Buffer.concat([Buffer.from([7]), part, rest]);
					assert.equal(keySkipper(type, descending, nullsFirst, testLookup)(whole, 1), 1 + part.length);
					const reader = keyReader(type, descending, nullsFirst, testLookup);
					if (reader !== null) assert.deepEqual(reader.read(whole, 1), value);
				}),
				{ numRuns: 200 },
			);
		});
	}

	test(`equality of ${type.name} agrees with its order and its hash key`, async () => {
		const { equalityKey } = await import('./comparison.ts');
		const equals = equalsOf(type, testLookup)!;
		const key = equalityKey(type, testLookup)!;
		fc.assert(
			fc.property(values, values, (left, right) => {
				const same = comparatorOf(type, testLookup)!(left, right) === 0;
				assert.equal(equals(left, right), same);
				assert.equal(new Set([key.key(left), key.key(right)]).size === 1, same);
			}),
			{ numRuns: 300 },
		);
	});
}

test('text with a 0 character is refused', () => {
	const type = testLookup.typeByOid(25)!;
	assert.throws(() => keyOf(type, false, false, 'a\0b'), { sqlstate: '22021' });
	assert.throws(() => keyOf(type, false, false, `${'x'.repeat(40)}\0`), { sqlstate: '22021' });
});

test('a type without an order of its own keys, record, is refused', () => {
	assert.throws(() => keyWriter(testLookup.typeByOid(2249)!, false, false, testLookup), { sqlstate: '0A000' });
});
