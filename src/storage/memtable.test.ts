import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Slot } from './contracts.ts';
import { ABSENT, FOUND } from './entry-source.ts';
import { KEY_BYTES_MAX } from './key-limit.ts';
import { Memtable } from './memtable.ts';
import { MemtableCursor } from './memtable-cursor.ts';

const slot: Slot = { buffer: new Uint8Array(0), start: 0, end: 0 };

/** Keys of a small alphabet collide, share prefixes and end early: what prefixes in nodes could get wrong. */
const keys = fc.oneof(
	fc.uint8Array({ maxLength: 3 }),
	fc.array(fc.constantFrom(0, 1, 255), { maxLength: 12 }).map((bytes) => Uint8Array.from(bytes)),
	fc.nat(5000).map((number) => Uint8Array.of(128, 0, 0, 0, 0, 0, number >> 8, number)),
);

function textOf(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString('latin1');
}

test('a memtable agrees with a sorted map whatever the keys and their order', () => {
	fc.assert(
		fc.property(fc.array(keys, { minLength: 1, maxLength: 800 }), fc.array(keys, { maxLength: 20 }), (puts, probes) => {
			const memtable = new Memtable();
			const model = new Map<string, number>();
			puts.forEach((key, i) => {
				memtable.put(key, 0, key.length, Uint8Array.of(i >> 8, i), 0, 2, i + 1);
				model.set(textOf(key), i);
			});
			assert.deepEqual(memtable.verify(), []);
			const sorted = [...model.keys()].sort();
			for (const reverse of [false, true]) {
				const cursor = new MemtableCursor(memtable, reverse, puts.length);
				cursor.seek(null, null);
				const found: string[] = [];
				while (cursor.next()) found.push(textOf(cursor.keyBuffer.slice(cursor.keyStart, cursor.keyEnd)));
				assert.deepEqual(found, reverse ? [...sorted].reverse() : sorted);
			}
			for (const probe of probes) {
				const expected = model.get(textOf(probe));
				assert.equal(memtable.get(probe, probe.length, puts.length, slot) === FOUND, expected !== undefined);
				assert.equal(memtable.newestOffset(probe, probe.length), expected === undefined ? 0 : expected + 1);
				const cursor = new MemtableCursor(memtable, false, puts.length);
				cursor.seek(probe, null);
				const next = cursor.next() ? textOf(cursor.keyBuffer.slice(cursor.keyStart, cursor.keyEnd)) : undefined;
				assert.equal(
					next,
					sorted.find((key) => key >= textOf(probe)),
				);
			}
		}),
		{ numRuns: 150 },
	);
});

test('ascending and descending keys by the ten thousand keep the tree in order', () => {
	for (const step of [1, -1]) {
		const memtable = new Memtable();
		const key = new Uint8Array(8);
		const view = new DataView(key.buffer);
		for (let i = 0; i < 20_000; i++) {
			view.setInt32(4, step > 0 ? i : 20_000 - i);
			memtable.put(key, 0, 8, key, 4, 4, i + 1);
		}
		assert.deepEqual(memtable.verify(), []);
		assert.equal(memtable.entries, 20_000);
	}
});

test('a reader sees the version of its offset, and memory handed out never changes', () => {
	const memtable = new Memtable();
	const key = Uint8Array.of(1);
	const seen: { text: string; buffer: Uint8Array; start: number; end: number }[] = [];
	for (let offset = 1; offset <= 2000; offset++) {
		const value = Buffer.from(`version ${offset}`);
		memtable.put(key, 0, 1, value, 0, value.length, offset);
		assert.equal(memtable.get(key, 1, offset, slot), FOUND);
		seen.push({ text: `version ${offset}`, ...slot });
	}
	seen.forEach(({ text, buffer, start, end }, i) => {
		assert.equal(Buffer.from(buffer.slice(start, end)).toString(), text);
		memtable.get(key, 1, i + 1, slot);
		assert.equal(slot.start, start);
	});
});

test('a value larger than a chunk is kept whole', () => {
	const memtable = new Memtable();
	const large = new Uint8Array(3 << 20).fill(9);
	memtable.put(Uint8Array.of(1), 0, 1, large, 0, large.length, 1);
	memtable.put(Uint8Array.of(2), 0, 1, large, 0, 5, 2);
	assert.equal(memtable.get(Uint8Array.of(1), 1, 2, slot), FOUND);
	assert.deepEqual(slot.buffer.slice(slot.start, slot.end), large);
	assert.equal(memtable.get(Uint8Array.of(2), 1, 2, slot), FOUND);
	assert.equal(slot.end - slot.start, 5);
});

test('keys past the limit and offsets that go down are refused', () => {
	const memtable = new Memtable();
	const long = new Uint8Array(KEY_BYTES_MAX + 1);
	assert.throws(() => memtable.put(long, 0, long.length, null, 0, 0, 1), { sqlstate: '54000' });
	memtable.put(long, 0, KEY_BYTES_MAX, null, 0, 0, 2);
	assert.throws(() => memtable.put(long, 0, 1, null, 0, 0, 1), { code: 'invariant' });
});

test('offsets past 32 bits are kept exactly', () => {
	const memtable = new Memtable();
	const key = Uint8Array.of(1);
	const offset = 2 ** 40 + 3;
	memtable.put(key, 0, 1, key, 0, 1, offset);
	assert.equal(memtable.newestOffset(key, 1), offset);
	assert.notEqual(memtable.get(key, 1, offset - 1, slot), FOUND);
	assert.equal(memtable.get(key, 1, offset, slot), FOUND);
});

test('keys handed in as views of a Buffer that is used again are copied', () => {
	const buffer = Buffer.alloc(16);
	const memtable = new Memtable();
	for (let number = 0; number < 200; number++) {
		buffer.writeUInt32BE(number * 0x10101, 4);
		memtable.put(buffer, 4, 4, buffer, 0, 4, number + 1);
	}
	assert.deepEqual(memtable.verify(), []);
});

/** What a memtable holds, version by version: key, offset, value. */
function contentOf(memtable: Memtable): string[] {
	const found: string[] = [];
	for (let leaf = memtable.firstLeaf; leaf >= 0; leaf = memtable.leafNext(leaf)) {
		for (let i = 0; i < memtable.leafCount(leaf); i++) {
			const newest = memtable.leafReference(leaf, i);
			for (let offset = memtable.offsetMax, version = newest; version !== 0; version = memtable.versionAt(newest, --offset)) {
				const keyEnd = memtable.keyStartOf(version) + memtable.keyLengthOf(version);
				const valueEnd = keyEnd + memtable.valueLengthOf(version);
				const bytes = memtable.bytesOf(version);
				found.push(
					`${textOf(bytes.slice(memtable.keyStartOf(version), keyEnd))}@${offset}=${valueEnd < keyEnd ? 'none' : textOf(bytes.slice(keyEnd, valueEnd))}`,
				);
			}
		}
	}
	return found;
}

/** Keys, some of them in several versions, whose values follow them in one piece of memory, as in a log. */
function logOf(puts: readonly Uint8Array[]): { bytes: Uint8Array; starts: number[] } {
	const starts: number[] = [];
	const parts: Buffer[] = [];
	let length = 0;
	puts.forEach((key, i) => {
		starts.push(length);
		parts.push(Buffer.from(key), Buffer.from([i >> 8, i & 255]));
		length += key.length + 2;
	});
	return { bytes: Buffer.concat(parts), starts };
}

function gather(memtable: Memtable, { bytes, starts }: ReturnType<typeof logOf>, key: Uint8Array, i: number, isKept: boolean): void {
	const start = starts[i]!;
	if (i % 7 === 3) memtable.gather(bytes, start, key.length, null, 0, 0, i + 1, isKept);
	else memtable.gather(bytes, start, key.length, bytes, start + key.length, 2, i + 1, isKept);
}

test('what was gathered is what was put, read at any time and from any piece of memory', () => {
	fc.assert(
		fc.property(fc.array(keys, { minLength: 1, maxLength: 1500 }), fc.array(keys, { maxLength: 30 }), fc.nat(), fc.nat(3), (puts, probes, later, kept) => {
			const log = logOf(puts);
			const one = new Memtable();
			const other = new Memtable();
			const rest = later % (puts.length + 1);
			puts.forEach((key, i) => {
				const isRemoved = i % 7 === 3;
				one.put(log.bytes, log.starts[i]!, key.length, isRemoved ? null : log.bytes, log.starts[i]! + key.length, isRemoved ? 0 : 2, i + 1);
				if (i >= rest) return;
				gather(other, log, key, i, kept === 0 || (kept === 1 && i % 3 === 0));
			});
			for (const probe of probes.slice(0, kept * 10)) {
				assert.equal(
					other.get(probe, probe.length, rest, slot),
					other.newestOffset(probe, probe.length) === 0 ? ABSENT : one.get(probe, probe.length, rest, slot),
				);
			}
			for (let i = rest; i < puts.length; i++) {
				if (i % 2 === 0) gather(other, log, puts[i]!, i, true);
				else one.verify();
				if (i % 2 === 1) {
					const isRemoved = i % 7 === 3;
					other.put(log.bytes, log.starts[i]!, puts[i]!.length, isRemoved ? null : log.bytes, log.starts[i]! + puts[i]!.length, isRemoved ? 0 : 2, i + 1);
				}
			}
			assert.deepEqual(other.verify(), []);
			assert.equal(other.entries, one.entries);
			assert.equal(other.dataBytes, one.dataBytes);
			assert.deepEqual(contentOf(other), contentOf(one));
			for (const probe of probes) {
				assert.equal(other.newestOffset(probe, probe.length), one.newestOffset(probe, probe.length));
				assert.equal(other.get(probe, probe.length, puts.length >> 1, slot), one.get(probe, probe.length, puts.length >> 1, slot));
			}
		}),
		{ numRuns: 200 },
	);
});

test('keys with long parts in common, of any number and order, are arranged', () => {
	for (const count of [1, 2, 24, 25, 32, 33, 700, 20_000]) {
		for (const step of [1, 7919]) {
			const memtable = new Memtable();
			const bytes = new Uint8Array(count * 24);
			const view = new DataView(bytes.buffer);
			for (let i = 0; i < count; i++) {
				view.setUint16(i * 24 + 6, (i * step) % 5);
				view.setUint32(i * 24 + 18, (i * step) % count);
				memtable.gather(bytes, i * 24, 22, bytes, i * 24 + 22, 2, i + 1, true);
			}
			assert.deepEqual(memtable.verify(), []);
			assert.equal(memtable.entries, count);
			const copy = Memtable.over(memtable.image());
			const cursor = new MemtableCursor(copy, false, count);
			cursor.seek(null, null);
			let walked = 0;
			while (cursor.next()) walked++;
			assert.equal(walked, count);
		}
	}
});
