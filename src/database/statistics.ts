/** Sizes and counters of an open database, by part: what `db.statistics()` gives and the table `polylog.statistics` shows. */
import type { Foundation } from './start-engine.ts';

export type Statistics = Readonly<Record<string, Readonly<Record<string, number>>>>;

export function statisticsOf({ store, manager, log }: Pick<Foundation, 'store' | 'manager' | 'log'>, sessions: number): Statistics {
	const { bytes, bytesWritten, syncs } = log.statistics();
	return {
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
}
