/** Buffers of connections come back when the socket has passed their bytes on, and only then. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferPool, NO_BYTES } from './buffer-pool.ts';

test('a buffer that grows keeps what was written, and the smaller one goes back', () => {
	const pool = new BufferPool(16, 2);
	const first = pool.grow(NO_BYTES, 0, 3);
	assert.equal(first.length, 16);
	first.write('abc');
	const larger = pool.grow(first, 3, 20);
	assert.equal(larger.length, 30);
	assert.equal(larger.toString('latin1', 0, 3), 'abc');
	assert.equal(pool.grow(NO_BYTES, 0, 1), first);
});

test('what the socket has kept does not come back', () => {
	const pool = new BufferPool(16, 2);
	const written: string[] = [];
	const target = { writableLength: 0, write: (bytes: Buffer) => written.push(bytes.toString('latin1')) > 0 };
	const kept = pool.grow(NO_BYTES, 0, 2);
	kept.write('ab');
	assert.equal(pool.send({ ...target, writableLength: 2 }, kept, 2), false);
	const other = pool.grow(NO_BYTES, 0, 2);
	assert.notEqual(other, kept);
	other.write('cd');
	assert.equal(pool.send(target, other, 2), true);
	assert.equal(pool.grow(NO_BYTES, 0, 2), other);
	assert.deepEqual(written, ['ab', 'cd']);
});

test('no more are kept than allowed', () => {
	const pool = new BufferPool(16, 1);
	const [one, two] = [pool.grow(NO_BYTES, 0, 1), pool.grow(NO_BYTES, 0, 1)];
	pool.giveBack(one);
	pool.giveBack(two);
	assert.equal(pool.grow(NO_BYTES, 0, 1), one);
	assert.notEqual(pool.grow(NO_BYTES, 0, 1), two);
});
