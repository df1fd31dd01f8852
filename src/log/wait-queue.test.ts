import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WaitQueue } from './wait-queue.ts';

test('callbacks come in the order of offsets, those of one offset in the order they were added', () => {
	const queue = new WaitQueue();
	const called: string[] = [];
	const added: readonly (readonly [number, string])[] = [
		[5, 'a'],
		[3, 'b'],
		[5, 'c'],
		[4, 'd'],
		[9, 'e'],
	];
	for (const [offset, name] of added) queue.add(offset, () => called.push(name));
	queue.reach(2);
	assert.equal(called.length, 0);
	queue.reach(5);
	assert.deepEqual(called, ['b', 'd', 'a', 'c']);
	const error = new Error('no');
	queue.add(7, (told) => called.push(told?.message ?? 'nothing'));
	queue.fail(error);
	assert.deepEqual(called, ['b', 'd', 'a', 'c', 'no', 'e']);
	assert.ok(queue.isEmpty);
});

test('a callback may add another', () => {
	const queue = new WaitQueue();
	let calls = 0;
	const again = () => {
		if (++calls < 5000) queue.add(calls, again);
	};
	queue.add(0, again);
	queue.reach(10_000);
	assert.equal(calls, 5000);
	assert.ok(queue.isEmpty);
});
