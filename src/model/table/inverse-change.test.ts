/** The inverse of a change names what the change did, the other way round; the inverse of that is the change. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { invertChange } from './inverse-change.ts';
import { DELETE, HAS_BEFORE, HAS_COMPUTED, INSERT, TableChange, TableChangeReader, UPDATE } from './table-change.ts';

const blob = fc.uint8Array({ maxLength: 300 });
const computedKey = fc.record({ id: fc.integer({ min: 1, max: 70_000 }), flags: fc.integer({ min: 0, max: 15 }), old: blob, fresh: blob });
const anyChange = fc.record({
	kind: fc.constantFrom(INSERT, UPDATE, DELETE),
	key: fc.uint8Array({ minLength: 1, maxLength: 300 }),
	computed: fc.array(computedKey, { maxLength: 3 }),
	before: blob,
	after: blob,
});

type Parts = typeof anyChange extends fc.Arbitrary<infer T> ? T : never;

function written({ kind, key, computed, before, after }: Parts): TableChange {
	const change = new TableChange(64);
	change.begin(kind, 16400);
	change.blob(key, 0, key.length);
	if (computed.length > 0) {
		change.flag(HAS_COMPUTED);
		change.varint(computed.length);
		for (const { id, flags, old, fresh } of computed) {
			change.varint(id);
			change.byte(flags);
			if ((flags & 1) !== 0) change.blob(old, 0, old.length);
			if ((flags & 2) !== 0) change.blob(fresh, 0, fresh.length);
		}
	}
	if (kind !== INSERT) {
		change.flag(HAS_BEFORE);
		change.blob(before, 0, before.length);
	}
	if (kind !== DELETE) change.raw(after, 0, after.length);
	return change;
}

function inverted(change: TableChange): TableChange {
	const reader = new TableChangeReader();
	reader.read(change.bytes, 0, change.length);
	const inverse = new TableChange(64);
	assert.equal(invertChange(reader, change.bytes, change.length, inverse), true);
	return inverse;
}

const bytesOf = (change: TableChange): number[] => [...change.bytes.subarray(0, change.length)];

test('the inverse exchanges images and computed keys, and its own inverse is the change', () => {
	fc.assert(
		fc.property(anyChange, (parts) => {
			const change = written(parts);
			const inverse = inverted(change);
			const swapped = {
				...parts,
				kind: parts.kind === INSERT ? DELETE : parts.kind === DELETE ? INSERT : UPDATE,
				before: parts.after,
				after: parts.before,
				computed: parts.computed.map(({ id, flags, old, fresh }) => ({ id, flags: ((flags & 5) << 1) | ((flags & 10) >> 1), old: fresh, fresh: old })),
			} as Parts;
			assert.deepEqual(bytesOf(inverse), bytesOf(written(swapped)));
			assert.deepEqual(bytesOf(inverted(inverse)), bytesOf(change));
		}),
		{ numRuns: 300 },
	);
});

test('a change that does not say what the row was has no inverse', () => {
	const change = new TableChange(64);
	change.begin(UPDATE, 16400);
	change.blob(Uint8Array.of(1), 0, 1);
	const reader = new TableChangeReader();
	reader.read(change.bytes, 0, change.length);
	assert.equal(invertChange(reader, change.bytes, change.length, new TableChange(64)), false);
});
