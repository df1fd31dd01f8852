/** jsonb: trees, their binary form in rows, and what bad or deep texts do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ARBITRARY_VALUES } from './arbitrary-values.testing.ts';
import { Decimal } from './decimal.ts';
import { formatJsonb, JSON_NULL, type Jsonb, JsonbObject, jsonbFromJavaScript, jsonbToJavaScript, parseJsonb } from './jsonb.ts';
import { findJsonbKey, readJsonbBinary, writeJsonbBinary } from './jsonb-binary.ts';
import { GrowingKeyBuffer } from './key-buffer.ts';

const values = ARBITRARY_VALUES.find(([type]) => type.name === 'jsonb')![1] as fc.Arbitrary<Jsonb>;

test('the binary form gives back the tree, and any key of an object', () => {
	fc.assert(
		fc.property(values, (value) => {
			const target = new GrowingKeyBuffer(1);
			target.length = 1;
			writeJsonbBinary(value, target);
			assert.deepEqual(readJsonbBinary(target.bytes, 1, target.length), value);
			if (!(value instanceof JsonbObject)) return;
			value.keys.forEach((key, index) => {
				assert.deepEqual(findJsonbKey(target.bytes, 1, key), value.values[index]);
				assert.deepEqual(value.get(key), value.values[index]);
			});
			assert.equal(findJsonbKey(target.bytes, 1, 'no such key'), undefined);
		}),
		{ numRuns: 1000 },
	);
});

test('text of a tree parses to the same tree', () => {
	fc.assert(
		fc.property(values, (value) => {
			assert.deepEqual(parseJsonb(formatJsonb(value)), value);
		}),
		{ numRuns: 1000 },
	);
});

test('JavaScript values become jsonb and back', () => {
	const value = { b: [1, null, 'x', { deep: true }], a: 1.5, ['__proto__']: 2 };
	const tree = jsonbFromJavaScript(Object.defineProperty({ ...value }, '__proto__', { value: 2, enumerable: true }));
	assert.equal(formatJsonb(tree), '{"a": 1.5, "b": [1, null, "x", {"deep": true}], "__proto__": 2}');
	const back = jsonbToJavaScript(tree) as Record<string, unknown>;
	assert.equal(Object.getPrototypeOf(back), Object.prototype);
	assert.deepEqual(Object.keys(back), ['a', 'b', '__proto__']);
	assert.deepEqual(jsonbFromJavaScript(10n ** 20n), Decimal.parse('100000000000000000000'));
	assert.equal(jsonbFromJavaScript(null), JSON_NULL);
	assert.throws(() => jsonbFromJavaScript(Number.NaN), { sqlstate: '22023' });
});

test('deep nesting is read, printed and stored up to the limit, and refused past it', () => {
	const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
	const value = parseJsonb(deep(1000));
	assert.equal(formatJsonb(value), deep(1000));
	const target = new GrowingKeyBuffer();
	writeJsonbBinary(value, target);
	assert.equal(formatJsonb(readJsonbBinary(target.bytes, 0, target.length)), deep(1000));
	assert.throws(() => parseJsonb(deep(10_000)), { sqlstate: '54001', message: 'stack depth limit exceeded' });
	assert.throws(() => parseJsonb('{"a":'.repeat(10_000)), { sqlstate: '54001' });
});

test('errors name the line and what was met', () => {
	assert.throws(() => parseJsonb('{"a":1,\n "b":tru}'), { sqlstate: '22P02', detail: 'Token "tru" is invalid.', where: 'JSON data, line 2:  "b":tru...' });
	assert.throws(() => parseJsonb('"\\u0000"'), { sqlstate: '22P05', message: 'unsupported Unicode escape sequence' });
});
