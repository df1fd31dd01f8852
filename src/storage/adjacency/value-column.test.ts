/** A column of values beside a list of all its states. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { IntegralFloat } from '../../value/dynamic.ts';
import { ValueColumn } from './value-column.ts';
import { VertexNumbers } from './vertex-numbers.ts';

const ROWS = 12;
const value = fc.oneof(
	fc.constantFrom<unknown>(null, 0, -0, Number.NaN, Number.POSITIVE_INFINITY, 2.5, 'a', 'b', '', true, false, 5n, 2n ** 60n),
	fc.integer(),
	fc.string(),
	fc.double().map((n) => new IntegralFloat(n)),
	fc.array(fc.integer()),
);

test('every state from the floor on has the values given', () => {
	fc.assert(
		fc.property(
			fc.array(fc.tuple(fc.nat(ROWS - 1), value)),
			fc.array(fc.tuple(fc.nat(ROWS + 5), value, fc.boolean())),
			fc.array(fc.nat(30)),
			(built, changes, compactings) => {
				let column = new ValueColumn(new VertexNumbers(), 4, 10);
				const state = new Map<number, unknown>();
				for (const [row, v] of built) {
					column.set(row, v);
					state.set(row, v);
				}
				const states = new Map([[10, new Map(state)]]);
				const held: { readonly column: ValueColumn; readonly until: number }[] = [];
				let offset = 10;
				changes.forEach(([row, v, isNext], i) => {
					if (isNext || offset === 10) offset++;
					column.change(row, v, offset);
					state.set(row, v);
					states.set(offset, new Map(state));
					if (!compactings.includes(i)) return;
					held.push({ column, until: offset });
					column = column.compacted(offset);
				});
				const agrees = (one: ValueColumn, until: number): void => {
					for (const [at, values] of states) {
						if (at < one.floorOffset || at > until) continue;
						for (let row = 0; row < ROWS + 8; row++) assert.deepEqual(one.valueAt(row, at), values.get(row) ?? null);
					}
				};
				agrees(column, offset);
				// One that was replaced keeps its states; the last of them may have gone on in the new one.
				for (const one of held) agrees(one.column, one.until - 1);
			},
		),
	);
});

test('a plain number needs no look at versions, a changed one does', () => {
	const column = new ValueColumn(new VertexNumbers(), 4, 1);
	column.set(0, 7);
	column.set(1, 8);
	column.change(1, 9, 5);
	assert.deepEqual([column.kinds[0], column.numbers[0]], [1, 7]);
	assert.notEqual(column.kinds[1], 1);
	assert.deepEqual([column.valueAt(1, 4), column.valueAt(1, 5)], [8, 9]);
});

test('values that changes have left behind wear a column out', () => {
	const column = new ValueColumn(new VertexNumbers(), 2, 1);
	for (let i = 0; i < 10; i++) column.change(0, `text ${i}`, 2 + i);
	assert.ok(column.isWorn);
	assert.ok(column.bytes > 0);
});
