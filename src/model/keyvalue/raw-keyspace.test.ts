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

/** Keys `k0000` to `k2999`. */
function filled(engine: 'lsm' | 'btree' | 'hash'): { db: TestDatabase; numbers: RawKeyspace } {
	const db = new TestDatabase({ appliers: [new KeyValueApplier()] });
	const numbers = openKeyspace(db.manager, 'numbers', 'disk', { engine });
	numbers.batch(Array.from({ length: 3000 }, (_, i) => ({ type: 'put' as const, key: numbered(i), value: bytes(`${i}`) }))).waitSync();
	return { db, numbers };
}

const numbered = (number: number): Uint8Array => bytes(`k${String(number).padStart(4, '0')}`);

test('a range is removed with one commit by every engine, and stays so after reopening', () => {
	for (const engine of ['lsm', 'btree'] as const) {
		const { db, numbers } = filled(engine);
		const before = db.manager.decidedOffset;
		numbers.deleteRange({ lower: numbered(100), upper: numbered(2900) }).waitSync();
		numbers.deleteRange({ lower: numbered(2990) }).waitSync();
		numbers.deleteRange({ lower: numbered(50), upper: numbered(40) }).waitSync();
		numbers.put(numbered(1000), bytes('again')).waitSync();
		assert.equal(db.manager.decidedOffset, before + 3);
		assert.equal([...numbers.range()].length, 191);
		assert.equal(numbers.get(numbered(100)), null);
		assert.equal(text(numbers.get(numbered(99))), '99');
		const again = openKeyspace(db.reopen().manager, 'numbers', 'disk');
		assert.equal([...again.range()].length, 191);
		assert.equal(text(again.get(numbered(1000))), 'again');
		again.deleteRange({}).waitSync();
		assert.deepEqual(texts(again.range()), []);
	}
	const { numbers } = filled('hash');
	assert.throws(() => numbers.deleteRange({ lower: numbered(1) }), { sqlstate: '0A000' });
	numbers.deleteRange({}).waitSync();
	assert.deepEqual(texts(numbers.range()), []);
});

test('the log holds one entry for a range of many keys', () => {
	const { db, numbers } = filled('lsm');
	numbers.deleteRange({ lower: numbered(0), upper: numbered(2500) }).waitSync();
	const last = [...db.log.read(db.manager.decidedOffset - 1)].at(-1)!;
	assert.equal(Buffer.from(last.bytes.subarray(last.start, last.end)).toString('hex'), `030f03${'818001'}056b303030306b32353030`);
});

test('a removed range is met by serializable and by repeatable-read transactions', () => {
	const { db, numbers } = filled('lsm');
	const serializable = db.begin({ isolation: 'serializable' });
	const reads = numbers.within(serializable);
	assert.equal(text(reads.get(numbered(1500))), '1500');
	reads.put(bytes('seen'), bytes('1500'));
	numbers.deleteRange({ lower: numbered(1000), upper: numbered(2000) }).waitSync();
	assert.throws(() => serializable.commit('disk'), { sqlstate: '40001' });
	const repeatable = db.begin({ isolation: 'repeatable read' });
	const writes = numbers.within(repeatable);
	assert.equal(text(writes.get(numbered(2500))), '2500');
	numbers.deleteRange({ lower: numbered(2000), upper: numbered(3000) }).waitSync();
	assert.equal(text(writes.get(numbered(2500))), '2500', 'its snapshot is kept');
	writes.put(numbered(2500), bytes('mine'));
	assert.throws(() => repeatable.commit('disk'), { sqlstate: '40001' });
	assert.equal([...numbers.range()].length, 1000);
});

test('a transaction removes the keys that it sees', () => {
	const { db, numbers } = filled('lsm');
	const transaction = db.begin({ isolation: 'serializable' });
	const inside = numbers.within(transaction);
	inside.put(bytes('k0001a'), bytes('own'));
	inside.deleteRange({ lower: numbered(1), upper: numbered(2998) });
	inside.put(numbered(7), bytes('after'));
	assert.deepEqual(texts(inside.range()), ['k0000=0', 'k0007=after', 'k2998=2998', 'k2999=2999']);
	assert.equal([...numbers.range()].length, 3000);
	transaction.commit('disk').waitSync();
	assert.deepEqual(texts(numbers.range()), ['k0000=0', 'k0007=after', 'k2998=2998', 'k2999=2999']);
});
