/** The bytes of docs/formats/table.md, and that a row's key is the same however its values come. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { framesOf } from '../../storage/rtree/coordinate-frame.ts';
import { FLOAT8, INT8, NUMERIC, TEXT, TIMESTAMPTZ } from '../../value/builtin-types.ts';
import { Decimal } from '../../value/decimal.ts';
import { GrowingKeyBuffer } from '../../value/key-buffer.ts';
import { coordinateOf, SpatialKey } from './spatial-key.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('the example of the format page', () => {
	const frames = framesOf([
		{ low: -90, high: 90 },
		{ low: -180, high: 180 },
	]);
	assert.deepEqual(frames, [
		{ centre: 0, reach: 256 },
		{ centre: 0, reach: 256 },
	]);
	const key = new GrowingKeyBuffer(16);
	new SpatialKey(frames, [FLOAT8, FLOAT8]).writeValues([51.5, -0.125], key);
	const page = readFileSync(new URL('../../../docs/formats/table.md', import.meta.url), 'utf8');
	const shown = /^place +([0-9a-f]{16}) 01 80000007 → 0b/m.exec(page);
	assert.ok(shown !== null, 'the page has the example');
	assert.equal(hex(key.copy()), shown[1]);
});

test('bytes, rows and values give one key; null is told', () => {
	const frames = [
		{ centre: 0, reach: 64 },
		{ centre: 1000, reach: 64 },
		{ centre: 0, reach: 64 },
	];
	const spatial = new SpatialKey(frames, [INT8, NUMERIC, TIMESTAMPTZ]);
	const row = ['unused', Decimal.parse('1000.25'), 9007199254740993n, null];
	const write = (how: (target: GrowingKeyBuffer) => boolean): [string, boolean] => {
		const target = new GrowingKeyBuffer(4);
		const hasNull = how(target);
		return [hex(target.copy()), hasNull];
	};
	const expected = write((target) => spatial.writeValues([9007199254740993n, Decimal.parse('1000.25'), null], target));
	assert.equal(expected[0].length, 24);
	assert.equal(expected[1], true);
	assert.deepEqual(
		write((target) => spatial.writeFromRow(row, [2, 1, 3], target)),
		expected,
	);
	const getters = [2, 1, 3].map((place) => () => row[place]);
	assert.deepEqual(
		write((target) => spatial.writeFromBytes(getters, new Uint8Array(0), 0, 0, target)),
		expected,
	);
	assert.equal(coordinateOf(TEXT), null);
});
