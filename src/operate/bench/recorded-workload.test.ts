/** What a keyspace was used for becomes a workload, by way of the counters that the database keeps. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '../../database/open.ts';
import { workloadOfUsage } from './recorded-workload.ts';
import { parseWorkload } from './workload.ts';

test('the counters of a used keyspace become its mix, sizes and rate', async () => {
	const db = await openDatabase(':memory:');
	try {
		const keyspace = db.keyspace('sessions');
		await keyspace.batch(Array.from({ length: 100 }, (_, at) => ({ type: 'put', key: `key ${String(at).padStart(6, '0')}`, value: 'x'.repeat(50) })));
		const before = db.statistics()['keyspace sessions']!;
		assert.equal(before['entries'], 100);
		for (let at = 0; at < 60; at++) assert.ok(keyspace.get(`key ${String(at).padStart(6, '0')}`));
		for (let at = 0; at < 10; at++) assert.equal(keyspace.get(`kex ${String(at).padStart(6, '0')}`), undefined);
		for (let at = 0; at < 20; at++) await keyspace.put(`new ${String(at).padStart(6, '0')}`, 'y'.repeat(50));
		for (let at = 0; at < 5; at++) assert.equal([...keyspace.range({ gte: 'key', limit: 8 })].length, 8);
		for (let at = 0; at < 5; at++)
			assert.equal(
				db.keyspace('sessions').scan({ limit: 12 }, () => undefined),
				12,
			);
		const { texts, rate, operations } = workloadOfUsage(before, db.statistics()['keyspace sessions']!, 2);
		assert.equal(operations, 100);
		assert.equal(rate, 50);
		assert.deepEqual(texts, {
			keys: '120',
			mix: 'get=60.0000,missing=10.0000,insert=20.0000,range=10.0000',
			keyBytes: '10',
			valueBytes: '50',
			rangeEntries: '10',
		});
		assert.equal(parseWorkload(texts).mix.get, 0.6);
	} finally {
		await db.close();
	}
});

test('puts beyond the growth of the keyspace are puts of keys that were there', () => {
	const { texts } = workloadOfUsage({ entries: 100, puts: 10 }, { entries: 105, puts: 30, deletes: 5, keyBytes: 400, valueBytes: 2000 }, 1);
	assert.equal(texts.mix, 'put=40.0000,insert=40.0000,delete=20.0000');
	assert.deepEqual([texts.keys, texts.keyBytes, texts.valueBytes, texts.rangeEntries], ['105', '16', '100', undefined]);
});

test('a keyspace that was not used gives no workload', () => {
	assert.throws(() => workloadOfUsage({ gets: 5 }, { gets: 5 }, 1), /was not used while it was recorded/);
});
