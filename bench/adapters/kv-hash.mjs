/** Polylog's hash engine under the key-value benchmark: a raw keyspace through the public API. */
import { mkdirSync } from 'node:fs';
import { open as openPolylog } from 'polylog';

export const name = 'polylog-hash';

/** What needs an order of keys. */
export const unsupported = new Set(['scanseq', 'seek50', 'scan', 'ycsbE', 'seekcold50', 'scancold', 'verifyscan']);

export async function open(dir, { durable, cacheBytes }) {
	mkdirSync(dir, { recursive: true });
	const db = await openPolylog(dir, { durability: durable ? 'disk' : 'os', cacheBytes });
	const keyspace = db.keyspace('bench', { engine: 'hash' });
	return {
		syncReads: true,
		putBatch: (entries) => keyspace.batch(entries),
		put: (key, value) => keyspace.put(key, value),
		get: (key) => keyspace.get(key),
		del: (key) => keyspace.delete(key),
		flush: () => undefined,
		close: () => db.close(),
	};
}
