/** Positions of derived data: bytes of their changes, states, and what a restart finds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Transaction } from './contracts.ts';
import { removePosition, saysFilled, setFilled, setPosition } from './derived-positions.ts';
import { POSITION_KEYSPACE, POSITION_MODEL } from './models.ts';
import { PositionApplier } from './position-applier.ts';

/** What a call logs. */
function logged(write: (transaction: Transaction) => void): Uint8Array {
	let bytes: Uint8Array | null = null;
	const change = (model: number, from: Uint8Array, length: number): void => {
		assert.equal(model, POSITION_MODEL);
		bytes = from.slice(0, length);
	};
	write({ change } as unknown as Transaction);
	assert.ok(bytes !== null);
	return bytes;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('changes of positions have the bytes of their page', () => {
	assert.equal(hex(logged((transaction) => setPosition(transaction, 16385, 1000))), '81800101e807');
	assert.equal(hex(logged((transaction) => setFilled(transaction, 16385, 1000))), '81800102e807');
	assert.equal(hex(logged((transaction) => removePosition(transaction, 5))), '050000');
});

test('a change is the entry of its id, or removes it', () => {
	const entries: (readonly [number, string, string | null])[] = [];
	const sink = {
		put(keyspaceId: number, key: Uint8Array, start: number, length: number, value: Uint8Array | null, valueStart: number, valueLength: number): void {
			entries.push([keyspaceId, hex(key.subarray(start, start + length)), value === null ? null : hex(value.subarray(valueStart, valueStart + valueLength))]);
		},
		removeRange: (): never => assert.fail('no range'),
	};
	for (const write of [setPosition, setFilled, removePosition]) {
		const bytes = logged((transaction) => write(transaction, 258, 7));
		new PositionApplier().apply(bytes, 0, bytes.length, null as never, sink);
	}
	assert.deepEqual(entries, [
		[POSITION_KEYSPACE, '00000102', '0107'],
		[POSITION_KEYSPACE, '00000102', '0207'],
		[POSITION_KEYSPACE, '00000102', null],
	]);
});

test('only the filling of the same view says that it was filled', () => {
	const filled = logged((transaction) => setFilled(transaction, 300, 9));
	assert.equal(saysFilled(filled, 0, 300), true);
	assert.equal(saysFilled(filled, 0, 301), false);
	assert.equal(
		saysFilled(
			logged((transaction) => setPosition(transaction, 300, 9)),
			0,
			300,
		),
		false,
	);
});
