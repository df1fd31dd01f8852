/** Polylog under the key-value benchmark: a raw keyspace through the public API. */
import { mkdirSync } from 'node:fs';
import { open as openPolylog } from 'polylog';

export const name = 'polylog-lsm';

export async function open(dir, { durable, cacheBytes }) {
	mkdirSync(dir, { recursive: true });
	const db = await openPolylog(dir, { durability: durable ? 'disk' : 'os', cacheBytes });
	const keyspace = db.keyspace('bench');
	return {
		syncReads: true,
		putBatch: (entries) => keyspace.batch(entries),
		put: (key, value) => keyspace.put(key, value),
		get: (key) => keyspace.get(key),
		del: (key) => keyspace.delete(key),
		range: (start, limit, visit) =>
			keyspace.scan({ ...(start === null ? {} : { gte: start }), limit }, (keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd) => {
				visit(keyBuffer.subarray(keyStart, keyEnd), valueBuffer.subarray(valueStart, valueEnd));
			}),
		flush: () => undefined,
		compact: () => db.compact(),
		close: () => db.close(),
	};
}
