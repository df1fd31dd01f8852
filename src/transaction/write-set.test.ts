import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NotedLocks } from './noted-locks.ts';
import { PersistentMap } from './persistent-map.ts';
import { WriteSet } from './write-set.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

/** Key → value (null: removed) as the first `limit` entries leave it, in key order. */
function shown(writes: WriteSet, keyspaceId: number, limit: number): string[] {
	const ordered = writes.ordered(keyspaceId);
	const found: string[] = [];
	for (let place = ordered.first(), seen = 0; seen < ordered.count; place = ordered.next(place)) {
		const entry = ordered.at(place);
		if (entry < 0) continue;
		seen++;
		const version = writes.before(entry, limit);
		if (version < 0) continue;
		const key = Buffer.from(writes.arena.subarray(writes.keyStart(version), writes.keyStart(version) + writes.keyLength(version))).toString();
		const slot = { buffer: bytes(''), start: 0, end: 0 };
		const isRemoval = writes.valueLength(version) < 0;
		if (!isRemoval) writes.value(version, slot);
		found.push(`${key}=${isRemoval ? '-' : Buffer.from(slot.buffer.subarray(slot.start, slot.end)).toString()}`);
	}
	return found;
}

function expected(model: readonly (readonly [number, string, string | null])[], keyspaceId: number): string[] {
	const last = new Map<string, string | null>();
	for (const [id, key, value] of model) if (id === keyspaceId) last.set(key, value);
	return [...last].sort(([left], [right]) => (left < right ? -1 : 1)).map(([key, value]) => `${key}=${value ?? '-'}`);
}

const operation: fc.Arbitrary<number | [number, string, string | null]> = fc.oneof(
	{
		weight: 20,
		arbitrary: fc.tuple(fc.constantFrom(1, 2), fc.nat(400).map(String), fc.option(fc.string({ maxLength: 40 }))) as fc.Arbitrary<
			number | [number, string, string | null]
		>,
	},
	{ weight: 1, arbitrary: fc.nat(100) },
);

test('a write set shows the newest of each key, in order, as of any length, also after it was cut', () => {
	fc.assert(
		fc.property(fc.array(operation, { minLength: 1, maxLength: 700, size: 'max' }), fc.boolean(), (operations, ordersEarly) => {
			const writes = new WriteSet();
			let model: [number, string, string | null][] = [];
			for (const one of operations) {
				if (typeof one === 'number') {
					const keep = Math.floor((writes.count * one) / 100);
					writes.truncate(keep);
					model = model.slice(0, keep);
				} else {
					const [id, key, value] = one;
					const valueBytes = value === null ? null : bytes(value);
					writes.put(id, bytes(key), 0, key.length, valueBytes, 0, valueBytes?.length ?? 0);
					model.push([id, key, value]);
				}
				if (ordersEarly) writes.ordered(1);
			}
			const half = model.length >> 1;
			for (const id of [1, 2]) {
				assert.deepEqual(shown(writes, id, writes.count), expected(model, id));
				assert.deepEqual(shown(writes, id, half), expected(model.slice(0, half), id));
				assert.equal(writes.touches(id), expected(model, id).length > 0);
			}
			for (const [id, key] of model) {
				const entry = writes.find(id, bytes(key), 0, key.length);
				assert.equal(model[entry]![1], key);
				assert.equal(writes.isSuperseded(entry), false);
			}
			assert.equal(writes.find(3, bytes('1'), 0, 1), -1);
		}),
		{ numRuns: 60 },
	);
});

test('a persistent map keeps every version', () => {
	fc.assert(
		fc.property(fc.array(fc.tuple(fc.nat(300), fc.option(fc.nat())), { maxLength: 600, size: 'max' }), (changes) => {
			let map = PersistentMap.empty<string | number, number>();
			const model = new Map<string | number, number>();
			const versions: [PersistentMap<string | number, number>, Map<string | number, number>][] = [];
			for (const [number, value] of changes) {
				const key = number % 2 === 0 ? number : `key ${number}`;
				map = value === null ? map.delete(key) : map.set(key, value);
				if (value === null) model.delete(key);
				else model.set(key, value);
				if (number % 50 === 0) versions.push([map, new Map(model)]);
			}
			for (const [version, content] of [...versions, [map, model] as const]) {
				assert.equal(version.size, content.size);
				for (const [key, value] of content) assert.equal(version.get(key), value);
				assert.deepEqual([...version.values()].sort(), [...content.values()].sort());
			}
		}),
		{ numRuns: 60 },
	);
});

test('noted locks are found by key, with the greatest strength', () => {
	const locks = new NotedLocks();
	const strengths = new Map<string, number>();
	for (let index = 0; index < 6000; index++) {
		const key = `key ${(index * 7919) % 2500}`;
		const strength = (index % 4) as 0 | 1 | 2 | 3;
		locks.note(5, bytes(key), key.length, strength);
		strengths.set(key, Math.max(strengths.get(key) ?? 0, strength));
		if (index % 500 === 0) assert.equal(locks.strengthOf(5, bytes(key), key.length), strengths.get(key));
	}
	for (const [key, strength] of strengths) assert.equal(locks.strengthOf(5, bytes(key), key.length), strength);
	assert.equal(locks.strengthOf(6, bytes('key 1'), 5), -1);
	assert.equal(locks.strengthOf(5, bytes('key x'), 5), -1);
	let count = 0;
	locks.each(() => count++);
	assert.equal(count, 6000);
	locks.reset(1 << 20);
	assert.equal(locks.strengthOf(5, bytes('key 1'), 5), -1);
});
