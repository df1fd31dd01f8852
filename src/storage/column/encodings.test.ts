/** Every encoding gives back what was written, whatever it is, and is chosen where it is the smallest. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-writer.ts';
import { CONSTANT, type CodeArray, codeWidth, DELTA, decodeCodes, encodeCodes, PACKED, RUNS, widthAhead } from './code-encoding.ts';
import { BYTES, decodeSegment, encodeBytes, encodeIntegers, encodeSlots, HEAP_MEMORY, INTEGERS, SLOTS } from './column-segment.ts';
import { decodeKeys, encodeKeys } from './key-segment.ts';

function encoded(codes: readonly number[]): Uint8Array {
	const writer = new ByteWriter();
	encodeCodes(Uint32Array.from(codes), codes.length, writer);
	return writer.copy();
}

function decoded(bytes: Uint8Array, count: number): CodeArray {
	const reader = new ByteReader(bytes);
	const codes = HEAP_MEMORY.take(count, widthAhead(reader));
	decodeCodes(reader, count, codes);
	assert.ok(reader.atEnd);
	return codes;
}

/** Codes of every kind: few and many, runs, ascending, of any width. */
const anyCodes = fc.oneof(
	fc.array(fc.nat(0xffffffff), { maxLength: 300 }),
	fc.array(fc.nat(9), { maxLength: 300 }),
	fc
		.array(fc.tuple(fc.nat(70000), fc.integer({ min: 1, max: 40 })), { maxLength: 20 })
		.map((runs) => runs.flatMap(([code, length]) => new Array<number>(length).fill(code))),
	fc.tuple(fc.nat(1 << 30), fc.array(fc.nat(5), { maxLength: 300 })).map(([first, steps]) => {
		let code = first;
		return steps.map((step) => (code += step));
	}),
);

test('codes come back as they were', () => {
	fc.assert(
		fc.property(anyCodes, (codes) => {
			assert.deepEqual([...decoded(encoded(codes), codes.length)], codes);
		}),
		{ numRuns: 300 },
	);
});

test('long rows of codes of every width come back, packed, in runs and as differences', () => {
	// Not whole blocks, and from values whose bits are mixed up.
	const count = 2048 * 3 + 17;
	for (let bits = 1; bits <= 32; bits++) {
		const mask = bits === 32 ? -1 : (1 << bits) - 1;
		const mixed = Array.from({ length: count }, (_, i) => (Math.imul(i + 1, 0x9e3779b1) & mask) >>> 0);
		const runs = mixed.map((_, i) => mixed[i - (i % (1 + (i >> 9)))]!);
		const ascending = Array.from({ length: count }, (_, i) => (((2 ** bits - 1) / count) * i + (i % 3)) >>> 0);
		for (const codes of [mixed, runs, ascending]) assert.deepEqual([...decoded(encoded(codes), count)], codes, `${bits} bits`);
	}
});

test('the way of codes is the smallest', () => {
	const ascending = Array.from({ length: 1000 }, (_, i) => 5_000_000 + i * 3);
	assert.equal(encoded(new Array<number>(1000).fill(0))[0], CONSTANT);
	assert.equal(encoded(Array.from({ length: 1000 }, (_, i) => Math.floor(i / 100) + 1))[0], RUNS);
	assert.equal(encoded(ascending)[0], DELTA);
	assert.equal(encoded(Array.from({ length: 1000 }, (_, i) => (i * 7919) % 1000))[0], PACKED);
	assert.ok(encoded(ascending).length < 30);
});

test('integers, slots and bytes come back as they were, with their NULLs', () => {
	const rows = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.oneof(fc.string(), fc.constantFrom('a', 'b', 'ccc'))), {
		maxLength: 200,
	});
	fc.assert(
		fc.property(rows, fc.boolean(), (list, hasNulls) => {
			const count = list.length;
			const nulls = hasNulls ? Uint8Array.from(list, ([isNull]) => Number(isNull)) : null;
			const integers = list.map(([, value]) => value);
			const least = Math.min(...integers, 0);
			const writer = new ByteWriter();
			encodeIntegers(
				Uint32Array.from(integers, (value, i) => (nulls?.[i] ? 0 : value - least)),
				count,
				nulls,
				least,
				Math.max(...integers, 0),
				writer,
			);
			const segment = decodeSegment(new ByteReader(writer.copy()), HEAP_MEMORY);
			assert.equal(segment.kind, INTEGERS);
			for (let i = 0; i < count; i++) {
				assert.equal(segment.isNull(i), nulls?.[i] === 1);
				if (!segment.isNull(i)) assert.equal(segment.least + segment.codes[i]!, integers[i]);
			}
			const texts = list.map(([, , text]) => Buffer.from(text));
			let end = 0;
			const ends = Uint32Array.from(texts, (text) => (end += text.length));
			writer.reset();
			encodeBytes(Buffer.concat(texts), ends, count, nulls, writer);
			const bytes = decodeSegment(new ByteReader(writer.copy()), HEAP_MEMORY);
			assert.equal(bytes.kind, BYTES);
			texts.forEach((text, i) => {
				const entry = bytes.entryOf(i);
				assert.deepEqual(Buffer.from(bytes.entries.subarray(bytes.entryStart(entry), bytes.entryEnd(entry))), text);
			});
			writer.reset();
			encodeSlots(new Uint8Array(Int32Array.from(integers).buffer), 4, count, nulls, writer);
			const slots = decodeSegment(new ByteReader(writer.copy()), HEAP_MEMORY);
			assert.equal(slots.kind, SLOTS);
			integers.forEach((value, i) => {
				const start = slots.entryStart(slots.entryOf(i));
				assert.equal(Buffer.from(slots.entries).readInt32LE(start), value);
			});
		}),
		{ numRuns: 200 },
	);
});

test('dictionaries are in the order of bytes, and only where values repeat', () => {
	const writer = new ByteWriter();
	const texts = ['red', 'green', 'blue', 'red', 'red', 'blue', 'green', 'red'].map((text) => Buffer.from(text));
	let end = 0;
	encodeBytes(
		Buffer.concat(texts),
		Uint32Array.from(texts, (text) => (end += text.length)),
		texts.length,
		null,
		writer,
	);
	const segment = decodeSegment(new ByteReader(writer.copy()), HEAP_MEMORY);
	assert.ok(segment.hasDictionary);
	assert.deepEqual([...segment.codes], [2, 1, 0, 2, 2, 0, 1, 2]);
	assert.equal(codeWidth(255), 1);
	assert.equal(codeWidth(256), 2);
});

test('keys are found, and those that are not have their place', () => {
	const lists = fc.oneof(
		fc.uniqueArray(fc.uint8Array({ minLength: 0, maxLength: 9 }), { minLength: 1, maxLength: 80, selector: (key) => Buffer.from(key).toString('hex') }),
		fc.uniqueArray(fc.uint8Array({ minLength: 6, maxLength: 6 }), { minLength: 1, maxLength: 80, selector: (key) => Buffer.from(key).toString('hex') }),
	);
	fc.assert(
		fc.property(lists, fc.uint8Array({ maxLength: 9 }), (list, sought) => {
			const keys = list.map((key) => Buffer.from(key)).sort(Buffer.compare);
			let end = 0;
			const writer = new ByteWriter();
			encodeKeys(
				Buffer.concat(keys),
				Uint32Array.from(keys, (key) => (end += key.length)),
				keys.length,
				writer,
			);
			const segment = decodeKeys(new ByteReader(writer.copy()));
			keys.forEach((key, i) => {
				assert.equal(segment.search(key, 0, key.length), i);
				const shown = new Uint8Array(segment.bytesOf(i));
				assert.equal(segment.write(i, shown, 0), key.length);
				assert.deepEqual(Buffer.from(shown), key);
			});
			const below = keys.filter((key) => Buffer.compare(key, Buffer.from(sought)) < 0).length;
			const isThere = keys.some((key) => key.equals(Buffer.from(sought)));
			assert.equal(segment.search(sought, 0, sought.length), isThere ? below : -1 - below);
		}),
		{ numRuns: 300 },
	);
});
