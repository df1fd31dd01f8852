import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { checksum } from './checksum.ts';
import { readVarint, unzigzag, varintBytes, writeVarint, zigzag } from './varint.ts';

test('the checksum is that of zlib, whole or continued, on both sides of the table limit', () => {
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 600 }), fc.nat(), (bytes, cutSeed) => {
			const cut = bytes.length === 0 ? 0 : cutSeed % bytes.length;
			assert.equal(checksum(bytes, 0, bytes.length), crc32(bytes));
			assert.equal(checksum(bytes, cut, bytes.length, checksum(bytes, 0, cut)), crc32(bytes));
		}),
	);
	assert.equal(checksum(Buffer.from('123456789'), 0, 9), 0xcbf43926);
});

test('varints round-trip and take the length that varintBytes says', () => {
	const into = new Uint8Array(16);
	const check = (value: number) => {
		const end = writeVarint(into, 3, value);
		assert.equal(end - 3, varintBytes(value));
		assert.equal(readVarint(into, 3), value);
	};
	for (let power = 0; power < 53; power++) for (const off of [-1, 0, 1]) check(Math.max(0, 2 ** power + off));
	check(Number.MAX_SAFE_INTEGER);
	fc.assert(fc.property(fc.maxSafeNat(), check));
	fc.assert(fc.property(fc.integer({ min: -(2 ** 52) + 1, max: 2 ** 52 - 1 }), (value) => assert.equal(unzigzag(zigzag(value)), value)));
});

test('a varint that runs out of bytes or past 2^53 is refused', () => {
	assert.throws(() => readVarint(new Uint8Array([0x80, 0x80]), 0), RangeError);
	assert.throws(() => readVarint(new Uint8Array(9).fill(0xff), 0), RangeError);
	assert.throws(() => readVarint(new Uint8Array([]), 0), RangeError);
});

test('a reader reads back what a writer wrote', () => {
	fc.assert(
		fc.property(
			fc.maxSafeNat(),
			fc.string({ unit: 'grapheme' }),
			fc.uint8Array({ maxLength: 400 }),
			fc.double({ noNaN: true }),
			(number, text, blob, float) => {
				const writer = new ByteWriter(1);
				writer.uint8(number % 256);
				writer.uint16(number % 65536);
				writer.uint32(number % 2 ** 32);
				writer.uint64(number);
				writer.varint(number);
				writer.signedVarint(-Math.floor(number / 4));
				writer.float64(float);
				writer.text(text);
				writer.blob(blob);
				const reader = new ByteReader(writer.copy());
				assert.equal(reader.uint8(), number % 256);
				assert.equal(reader.uint16(), number % 65536);
				assert.equal(reader.uint32(), number % 2 ** 32);
				assert.equal(reader.uint64(), number);
				assert.equal(reader.varint(), number);
				assert.equal(reader.signedVarint(), 0 - Math.floor(number / 4));
				assert.equal(reader.float64(), float);
				assert.equal(reader.text(), Buffer.from(text).toString());
				assert.deepEqual(new Uint8Array(reader.blob()), blob);
				assert.ok(reader.atEnd);
				assert.throws(() => reader.uint8(), RangeError);
			},
		),
	);
});
