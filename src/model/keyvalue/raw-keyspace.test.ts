import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEY_BYTES_MAX } from '../../storage/key-limit.ts';
import { TestDatabase } from '../../transaction/test-database.ts';
import { KeyValueApplier } from './keyvalue-applier.ts';
import { type Entry, openKeyspace, type RawKeyspace } from './raw-keyspace.ts';

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const text = (value: Uint8Array | null): string | null => (value === null ? null : Buffer.from(value).toString());
const texts = (entries: Iterable<Entry>): string[] => [...entries].map(({ key, value }) => `${text(key)}=${text(value)}`);

function opened(): { db: TestDatabase; cities: RawKeyspace } {
	const db = new TestDatabase({ appliers: [new KeyValueApplier()] });
	return { db, cities: openKeyspace(db.manager, 'cities', 'disk') };
}

test('puts, deletes and batches are read once durable, and after reopening', () => {
	const { db, cities } = opened();
	const ticket = cities.put(bytes('oslo'), bytes('709000'));
	assert.equal(cities.get(bytes('oslo')), null);
	ticket.waitSync();
	assert.equal(text(cities.get(bytes('oslo'))), '709000');
	cities
		.batch([
			{ type: 'put', key: bytes('bergen'), value: bytes('') },
			{ type: 'put', key: bytes('voss'), value: bytes('1') },
			{ type: 'delete', key: bytes('voss') },
		])
		.waitSync();
	cities.delete(bytes('none')).waitSync();
	assert.deepEqual(texts(cities.range()), ['bergen=', 'oslo=709000']);
	const again = db.reopen();
	const same = openKeyspace(again.manager, 'cities', 'disk');
	assert.deepEqual(texts(same.range({ lower: bytes('c'), upper: bytes('p') })), ['oslo=709000']);
	assert.deepEqual(texts(same.range({ reverse: true, limit: 1 })), ['oslo=709000']);
});

test('a key that no store would take is refused before anything is logged', () => {
	const { db, cities } = opened();
	const tooLong = new Uint8Array(KEY_BYTES_MAX + 1);
	const before = db.manager.decidedOffset;
	assert.throws(() => cities.put(tooLong, bytes('')), { code: 'key-too-long' });
	assert.throws(() => cities.put(bytes(''), bytes('')), { sqlstate: '22023' });
	assert.throws(
		() =>
			cities.batch([
				{ type: 'put', key: bytes('a'), value: bytes('') },
				{ type: 'put', key: tooLong, value: bytes('') },
			]),
		{ code: 'key-too-long' },
	);
	assert.equal(db.manager.decidedOffset, before);
	const tx = db.begin({});
	const inside = cities.within(tx);
	assert.throws(() => inside.put(tooLong, bytes('')), { code: 'key-too-long' });
	inside.put(new Uint8Array(KEY_BYTES_MAX), bytes('longest'));
	tx.commit('disk').waitSync();
	const again = openKeyspace(db.reopen().manager, 'cities', 'disk');
	assert.equal(text(again.get(new Uint8Array(KEY_BYTES_MAX))), 'longest');
	assert.equal(again.get(bytes('a')), null);
});

test('a transaction sees its own writes in order, others do not', () => {
	const { db, cities } = opened();
	cities.put(bytes('b'), bytes('1')).waitSync();
	const tx = db.begin({ isolation: 'serializable' });
	const inside = cities.within(tx);
	inside.put(bytes('a'), bytes('2'));
	inside.delete(bytes('b'));
	assert.deepEqual(texts(inside.range()), ['a=2']);
	assert.equal(text(inside.get(bytes('a'))), '2');
	assert.deepEqual(texts(cities.range()), ['b=1']);
	tx.commit('disk').waitSync();
	assert.deepEqual(texts(cities.range()), ['a=2']);
});

test('a range keeps its snapshot while it is read', () => {
	const { cities } = opened();
	for (const key of ['a', 'b', 'c']) cities.put(bytes(key), bytes('1')).waitSync();
	const range = cities.range();
	assert.equal(text(range.next().value.key), 'a');
	cities.put(bytes('bb'), bytes('1')).waitSync();
	assert.deepEqual(texts(range), ['b=1', 'c=1']);
});
