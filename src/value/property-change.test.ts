import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { DynamicValue } from './dynamic.ts';
import { PropertyKey, writeProperties } from './dynamic-binary.ts';
import { GrowingKeyBuffer } from './key-buffer.ts';
import { withValue } from './property-change.ts';
import { PropertyMap } from './property-map.ts';

const value: fc.Arbitrary<Exclude<DynamicValue, null>> = fc.oneof(fc.string({ maxLength: 120 }), fc.integer(), fc.double(), fc.boolean());
const key = fc.oneof(fc.constantFrom('a', 'b', 'name', 'score'), fc.string({ maxLength: 6 }));

function bytesOf(properties: PropertyMap): Uint8Array {
	const target = new GrowingKeyBuffer();
	writeProperties(properties, target);
	return target.copy();
}

test('a property in another value: the bytes are those of the map with it, behind whatever stands before it', () => {
	fc.assert(
		fc.property(fc.array(fc.tuple(key, value), { minLength: 1, maxLength: 12 }), key, value, fc.nat(9), (entries, changed, to, before) => {
			const map = new Map<string, DynamicValue>(entries);
			const bytes = bytesOf(PropertyMap.ofMap(map));
			const padded = new Uint8Array(before + bytes.length + 3).fill(0xee);
			padded.set(bytes, before);
			const after = withValue(PropertyMap.fromBytes(padded, before, before + bytes.length), new PropertyKey(changed), to);
			if (!map.has(changed)) assert.equal(after, null);
			else if (after !== null) assert.deepEqual(bytesOf(after), bytesOf(PropertyMap.ofMap(map.set(changed, to))));
		}),
		{ numRuns: 300 },
	);
});

test('it takes more than a copy: a new key, numbers of two bytes before or after, properties that were never bytes', () => {
	const short = bytesOf(PropertyMap.of([['a', 'x']]));
	const read = PropertyMap.fromBytes(short, 0, short.length);
	assert.deepEqual(withValue(read, new PropertyKey('a'), 7)!.entries(), new Map([['a', 7]]));
	assert.equal(withValue(read, new PropertyKey('b'), 7), null);
	assert.equal(withValue(read, new PropertyKey('a'), 'x'.repeat(255)), null);
	assert.equal(withValue(read, new PropertyKey('a'), 'x'.repeat(254))!.get('a'), 'x'.repeat(254));
	const long = bytesOf(PropertyMap.of([['a', 'x'.repeat(300)]]));
	assert.equal(withValue(PropertyMap.fromBytes(long, 0, long.length), new PropertyKey('a'), 7), null);
	assert.equal(withValue(PropertyMap.of([['a', 1]]), new PropertyKey('a'), 7), null);
});
