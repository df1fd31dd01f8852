import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { IntegerIndex } from './integer-index.ts';
import { IntegerIndexReader, type IntegerIndexSource } from './integer-index-reader.ts';

type Row = readonly [number, number, number];

function order(a: Row, b: Row): number {
	return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

function source(index: IntegerIndex, offset: () => number): IntegerIndexSource {
	return { prepare: () => true, current: () => index, offsetOf: offset };
}

function rowsOf(reader: IntegerIndexReader, values: readonly number[]): Row[] {
	values.forEach((value, i) => {
		reader.set(i, value);
	});
	assert.ok(reader.at(null).open(values.length));
	const rows: Row[] = [];
	do for (let i = reader.start; i < reader.end; i++) rows.push([reader.c0[i]!, reader.c1[i]!, reader.c2[i]!]);
	while (reader.more());
	return rows;
}

const row = fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -40, max: 40 }), fc.integer({ min: 0, max: 30 }));

test('every version gives the rows of its offset, whatever was changed after it', () => {
	const commits = fc.array(fc.array(fc.tuple(row, fc.boolean()), { maxLength: 300 }), { maxLength: 8 });
	fc.assert(
		fc.property(fc.array(row, { maxLength: 5000 }), commits, fc.array(row, { minLength: 1, maxLength: 20 }), (built, changes, probes) => {
			const rows = new Map(built.map((r) => [r.join(), r as Row]));
			const index = new IntegerIndex(3, 10);
			for (const r of [...rows.values()].sort(order)) index.append(Float64Array.from(r));
			index.finish();
			const states: Row[][] = [[...rows.values()].sort(order)];
			changes.forEach((commit, i) => {
				for (const [r, isThere] of commit) {
					if (isThere) rows.set(r.join(), r);
					else rows.delete(r.join());
					index.change(Float64Array.from(r), isThere, 11 + i);
				}
				states.push([...rows.values()].sort(order));
			});
			assert.equal(index.rows, rows.size);
			let offset = 10;
			const reader = new IntegerIndexReader(source(index, () => offset));
			states.forEach((state, i) => {
				offset = 10 + i;
				for (const probe of probes)
					for (let count = 1; count <= 3; count++) {
						const values = probe.slice(0, count);
						assert.deepEqual(
							rowsOf(reader, values),
							state.filter((r) => values.every((v, c) => r[c] === v)),
						);
					}
			});
		}),
		{ numRuns: 60 },
	);
});

test('ranges over many leaves come whole, and what is no integer finds nothing', () => {
	const index = new IntegerIndex(3, 1);
	for (let i = 0; i < 5000; i++) index.append(Float64Array.of(Math.floor(i / 4000), i, 0));
	index.finish();
	const reader = new IntegerIndexReader(source(index, () => 1));
	assert.equal(rowsOf(reader, [0]).length, 4000);
	assert.equal(rowsOf(reader, [1]).length, 1000);
	assert.equal(rowsOf(reader, [2]).length, 0);
	reader.set(0, 2n ** 60n);
	assert.ok(reader.at(null).open(1));
	assert.equal(reader.end - reader.start, 0);
	assert.equal(reader.more(), false);
});

test('a snapshot older than the oldest version reads the keyspace', () => {
	const index = new IntegerIndex(3, 1);
	index.append(Float64Array.of(1, 1, 1));
	index.finish();
	for (let offset = 2; offset < 200; offset++) index.change(Float64Array.of(1, offset, 1), true, offset);
	const old = new IntegerIndexReader(source(index, () => 5)).at(null);
	old.set(0, 1);
	assert.equal(old.open(1), false);
	assert.equal(rowsOf(new IntegerIndexReader(source(index, () => 199)), [1]).length, 199);
	assert.equal(new IntegerIndexReader(source(index, () => -1)).at(null).open(1), false);
});
