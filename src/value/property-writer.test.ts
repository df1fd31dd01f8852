/** Properties of objects written by templates: the same bytes as those of a map. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { DynamicValue } from './dynamic.ts';
import { writeProperties } from './dynamic-binary.ts';
import { GrowingKeyBuffer } from './key-buffer.ts';
import { PropertyMap } from './property-map.ts';
import { type PropertyValues, PropertyWriter } from './property-writer.ts';

const value = fc.oneof(fc.integer(), fc.double(), fc.string({ maxLength: 300 }), fc.boolean(), fc.constant(null), fc.constant(undefined));
const object = fc.dictionary(fc.oneof(fc.constantFrom('a', 'b', 'ä', 'length', '__proto__', '1', 'x'.repeat(300)), fc.string({ maxLength: 3 })), value, {
	maxKeys: 5,
});
/** Objects of few shapes, one after the other. */
const objects = fc
	.tuple(fc.array(object, { minLength: 1, maxLength: 4 }), fc.array(fc.tuple(fc.nat(3), fc.array(value, { maxLength: 5 }))))
	.map(([shapes, uses]) =>
		uses.map(([shape, values]): PropertyValues => {
			const of = shapes[shape % shapes.length]!;
			return Object.fromEntries(Object.keys(of).map((key, at) => [key, at < values.length ? values[at] : of[key]]));
		}),
	);

const convert = (given: unknown): DynamicValue => (given === undefined ? null : (given as DynamicValue));

test('each object gives the bytes of its map', () => {
	fc.assert(
		fc.property(objects, (given) => {
			const writer = new PropertyWriter((_key, item) => convert(item));
			for (const values of given) {
				const written = new GrowingKeyBuffer(1);
				writer.write(values, written);
				const expected = new GrowingKeyBuffer(1);
				const map = PropertyMap.of(Object.keys(values).map((key): [string, DynamicValue] => [key, convert(values[key])]));
				if (!map.isEmpty) writeProperties(map, expected);
				assert.deepEqual(written.copy(), expected.copy());
			}
		}),
	);
});

test('only own keys of an object are properties', () => {
	const writer = new PropertyWriter((_key, item) => convert(item));
	const target = new GrowingKeyBuffer();
	writer.write(Object.assign(Object.create({ inherited: 1 }), { own: 2 }), target);
	assert.deepEqual(PropertyMap.fromBytes(target.bytes, 0, target.length).keys(), ['own']);
});
