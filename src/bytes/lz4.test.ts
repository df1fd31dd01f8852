import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lz4BytesMax, lz4Compress, lz4Decompress } from './lz4.ts';

function compress(bytes: Uint8Array): Uint8Array {
	const into = new Uint8Array(lz4BytesMax(bytes.length));
	return into.slice(0, lz4Compress(bytes, 0, bytes.length, into, 0));
}

function decompress(bytes: Uint8Array, length: number): Uint8Array {
	const into = new Uint8Array(length);
	lz4Decompress(bytes, 0, bytes.length, into);
	return into;
}

const runs = fc
	.array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 400 })), { maxLength: 12 })
	.map((parts) => new Uint8Array(parts.flatMap(([bytes, count]) => Array.from({ length: count }, () => [...bytes]).flat())));

test('what was compressed comes back', () => {
	fc.assert(fc.property(fc.oneof(runs, fc.uint8Array({ maxLength: 3000 })), (bytes) => assert.deepEqual(decompress(compress(bytes), bytes.length), bytes)));
});

test('bytes far apart, and runs longer than a length byte', () => {
	const bytes = new Uint8Array(300_000);
	for (let i = 0; i < bytes.length; i++) bytes[i] = (Math.imul(i, 2_654_435_761) >>> 24) & (i > 200_000 ? 0 : 0xff);
	bytes.copyWithin(100_000, 0, 5000);
	const compressed = compress(bytes);
	assert.ok(compressed.length < 210_000);
	assert.deepEqual(decompress(compressed, bytes.length), bytes);
});

test('a block of the specification: literals, then a copy that repeats them', () => {
	// Token: 3 literals, a copy of 4 + 9 bytes from 3 before; then 5 literals.
	const block = Uint8Array.of(0x39, 97, 98, 99, 3, 0, 0x50, 118, 119, 120, 121, 122);
	assert.equal(Buffer.from(decompress(block, 21)).toString(), 'abcabcabcabcabcavwxyz');
});

test('what is damaged is refused, and never runs past the end', () => {
	const bytes = Buffer.from('the same words, the same words, the same words and no others, no others');
	const compressed = compress(bytes);
	assert.ok(compressed.length < bytes.length);
	assert.throws(() => decompress(compressed, bytes.length - 1), RangeError);
	assert.throws(() => decompress(compressed, bytes.length + 1), RangeError);
	for (let i = 0; i < compressed.length; i++) assert.throws(() => decompress(compressed.subarray(0, i), bytes.length), RangeError);
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(500), (block, length) => {
			try {
				decompress(block, length);
			} catch (error) {
				assert.ok(error instanceof RangeError);
			}
		}),
	);
});
