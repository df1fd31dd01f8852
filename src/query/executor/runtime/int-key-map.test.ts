import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { IntKeyMap } from './int-key-map.ts';
import { MixedKeyMap } from './mixed-key-map.ts';

test('it answers as Map does', () => {
	const key = fc.oneof(fc.integer(), fc.integer({ min: -3, max: 3 }), fc.constant(null));
	fc.assert(
		fc.property(fc.array(fc.tuple(key, fc.nat(1000)), { maxLength: 400 }), fc.array(fc.oneof(key, fc.double()), { maxLength: 50 }), (entries, probes) => {
			const map = new IntKeyMap();
			const model = new Map<unknown, number>();
			for (let round = 0; round < 2; round++) {
				for (const [k, v] of entries) {
					assert.equal(map.swap(k, v), model.get(k));
					model.set(k, v);
				}
				for (const probe of [...probes, ...entries.map(([k]) => k)]) {
					assert.equal(map.get(probe), model.get(probe));
					assert.equal(map.has(probe), model.has(probe));
				}
				map.clear();
				model.clear();
			}
		}),
	);
});

test('with keys of any kind it answers as Map does', () => {
	const key = fc.oneof(fc.integer(), fc.double(), fc.constantFrom<unknown>(null, -0, Number.NaN, 2 ** 31, -(2 ** 31) - 1, '1', true, 5n), fc.string());
	fc.assert(
		fc.property(fc.array(fc.tuple(key, fc.nat(1000)), { maxLength: 200 }), fc.array(key, { maxLength: 50 }), (entries, probes) => {
			const map = new MixedKeyMap();
			const model = new Map<unknown, number>();
			for (let round = 0; round < 2; round++) {
				for (const [k, v] of entries) {
					map.set(k, v);
					model.set(k, v);
				}
				for (const probe of [...probes, ...entries.map(([k]) => k)]) assert.equal(map.get(probe), model.get(probe));
				map.clear();
				model.clear();
			}
		}),
	);
});
