/**
 * Sizes and counters of an open database, by part: what `db.statistics()` gives and the table `polylog.statistics` shows. A keyspace of raw keys
 * that was used since the database was opened is a part of its own, `keyspace NAME`: its entries, estimated, and what was done with it.
 */
import { allUsages } from '../model/keyvalue/keyspace-usage.ts';
import type { Foundation } from './start-engine.ts';

export type Statistics = Readonly<Record<string, Readonly<Record<string, number>>>>;

export function statisticsOf({ store, manager, log }: Pick<Foundation, 'store' | 'manager' | 'log'>, sessions: number): Statistics {
	const { bytes, bytesWritten, syncs } = log.statistics();
	const parts: Record<string, Readonly<Record<string, number>>> = {
		store: store.statistics(),
		transactions: manager.statistics(),
		log: {
			bytes,
			bytesWritten,
			syncs,
			decidedOffset: log.decidedOffset,
			writtenOffset: log.writtenOffset,
			syncedOffset: log.syncedOffset,
			visibleOffset: manager.visibleOffset,
		},
		process: { residentBytes: process.memoryUsage.rss(), sessions },
	};
	for (const usage of allUsages(manager)) {
		if (manager.catalog.get(usage.id)?.kind !== 'keyspace') continue;
		parts[`keyspace ${usage.name}`] = { entries: manager.keyspace(usage.keyspaceId).estimate(null, null).entries, ...usage.counts() };
	}
	return parts;
}
