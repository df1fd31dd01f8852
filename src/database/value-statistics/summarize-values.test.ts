import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PRIMITIVE_EQUALITY, PRIMITIVE_ORDERING } from '../../query/functions/type-comparison.ts';
import { equalShare, type KnownColumn, shareBetween } from '../../query/optimizer/value-statistics.ts';
import { summarizeValues } from './summarize-values.ts';

const NUMBERS = { equality: PRIMITIVE_EQUALITY, ordering: PRIMITIVE_ORDERING, isWhole: () => true, widthOf: () => 4 };

function known(values: readonly (number | null)[], rows: number, target = 10): KnownColumn {
	const statistics = summarizeValues(values, rows, target, NUMBERS);
	return { table: null as never, attribute: 1, statistics, distinct: statistics.distinct };
}

test('a column that was seen as a whole is known exactly, but for what lies within a bucket', () => {
	const value = fc.option(fc.integer({ min: 0, max: 40 }), { nil: null });
	fc.assert(
		fc.property(fc.array(value, { minLength: 1, maxLength: 200 }), fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 }), (values, a, b) => {
			const column = known(values, values.length, 50);
			const present = values.filter((one) => one !== null);
			assert.equal(column.statistics.nullShare, (values.length - present.length) / values.length);
			assert.equal(column.distinct, new Set(present).size);
			const [low, high] = [Math.min(a, b), Math.max(a, b)];
			const share = shareBetween(column, { value: low, inclusive: true }, { value: high, inclusive: true });
			if (share === null) {
				assert.ok(new Set(present).size < 2);
				return;
			}
			const exact = present.filter((one) => one >= low && one <= high).length / values.length;
			// Two buckets are cut by the ends of the range; none has more rows than the most frequent of the rest, or two values.
			const counts = present.map((one) => present.filter((other) => other === one).length);
			const most = (2 * Math.max(...counts, 2)) / values.length + 2 / 50;
			assert.ok(Math.abs(share - exact) <= most + 1e-9, `${share} and ${exact} of ${JSON.stringify(values)} in [${low}, ${high}]`);
		}),
	);
});

test('common values are known by their share, others share the rest', () => {
	const values = [...new Array<number>(900).fill(7), ...Array.from({ length: 100 }, (_, i) => 1000 + i)];
	const column = known(values, 1000);
	assert.deepEqual(column.statistics.common, [{ value: 7, share: 0.9 }]);
	assert.equal(equalShare(column, 7), 0.9);
	assert.ok(Math.abs(equalShare(column, 1050)! - 0.001) < 1e-9);
	assert.ok(Math.abs(equalShare(column, undefined)! - 1 / 101) < 1e-9);
	assert.equal(equalShare(column, null), 0);
});

test('the number of distinct values of a table is told from those that a sample has once', () => {
	let seed = 1;
	const draw = (below: number): number => {
		seed = (seed * 48_271) % 2_147_483_647;
		return seed % below;
	};
	const few = known(
		Array.from({ length: 3000 }, () => draw(50)),
		1_000_000,
	);
	assert.equal(few.distinct, 50);
	assert.ok(!few.statistics.isGrowing);
	const many = known(
		Array.from({ length: 3000 }, () => draw(20_000)),
		1_000_000,
	);
	assert.ok(many.distinct > 10_000 && many.distinct < 40_000, String(many.distinct));
	const all = known(
		Array.from({ length: 3000 }, (_, i) => i * 300),
		900_000,
	);
	assert.equal(all.distinct, 900_000);
	assert.ok(all.statistics.isGrowing);
});

test('values without an order are counted only, and no values at all are no trouble', () => {
	const counted = summarizeValues([true, null, true, true], 4, 10, { equality: null, ordering: null, isWhole: () => true, widthOf: () => 0 });
	assert.deepEqual(counted, { nullShare: 0.25, distinct: 0, isGrowing: false, width: 0, common: [], bounds: [], ordering: null });
	assert.equal(known([], 0).distinct, 0);
	assert.equal(equalShare(known([null], 1), 3), null);
});
