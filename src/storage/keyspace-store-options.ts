/**
 * Options of a keyspace store, with their defaults. All sizes are bytes.
 */
import { isPageSize, PAGE_BYTES_MAX, PAGE_BYTES_MIN } from './btree/page-format.ts';
import type { RowShape } from './column/row-shape.ts';
import type { Offset } from './contracts.ts';
import type { Compression } from './lsm/sstable-format.ts';

export interface KeyspaceStoreOptions {
	/** Memory of all memtables, frozen ones included; default 64 MiB. At half of it the largest are flushed, above it writers are told to wait. */
	readonly memtableBytes?: number;
	/** Memory for blocks, indexes and filters read from sstables; default 64 MiB. */
	readonly cacheBytes?: number;
	/** Memory of flushed memtables kept only for older snapshots; default `memtableBytes`. Above it the oldest snapshots are given up. */
	readonly pinnedBytes?: number;
	/** Target size of a data block before its trailer; default 4 KiB. */
	readonly blockBytes?: number;
	/** How data blocks of sstables are written from now on; default 'none'. */
	readonly compression?: Compression;
	/** Values of LSM keyspaces from so many bytes on are kept in files apart from the keys, which compactions leave where they are; default 2 KiB. 0: never. */
	readonly largeValueBytes?: number;
	/** Target size of an sstable; default 8 MiB. */
	readonly sstableBytes?: number;
	/** Size of the parts into which the index of an sstable is cut when it is longer than two of them; default a thousandth of `cacheBytes`, from 4 to 64 KiB. */
	readonly indexPartBytes?: number;
	/** Size of the pages of new B-tree files, a power of two from 512 to 32,768; default 8 KiB. */
	readonly pageBytes?: number;
	/** Number of level-0 sstables of a keyspace that starts a compaction; default 4. Writers slow down at three times, stop at five times as many. */
	readonly level0Files?: number;
	/** Size of level 1 of a keyspace; default 32 MiB. Each further level is `levelFactor` (default 10) times as large. */
	readonly levelBytes?: number;
	readonly levelFactor?: number;
	/** Length past which the manifest is written anew (and past four times the state it describes); default 64 KiB. */
	readonly manifestBytes?: number;
	/** Sstables held open at once; default 500. */
	readonly openFilesMax?: number;
	/** Memory of the key directories of hash keyspaces; default 256 MiB, about 12 million keys. At it writes to them are refused. */
	readonly hashDirectoryBytes?: number;
	/** Entries of a key directory that are changed in one turn of the event loop; default 8,192, about 1 ms. */
	readonly hashSliceEntries?: number;
	/** Memory of decoded column segments; default 256 MiB. */
	readonly columnPoolBytes?: number;
	/** How the files of an LSM keyspace are compacted, by the newest catalog. Default: all levelled. */
	readonly compactionOf?: (keyspaceId: number) => CompactionMode;
	/** How the rows of a columnar keyspace lie in bytes, by the newest catalog; null: they are one column. Default: null. */
	readonly rowShape?: (keyspaceId: number) => RowShape | null;
	/** Asks the log to sync up to `offset` soon; answered by `setDurable`. A flush waits for it. Default: nothing (then `setDurable` must come by itself). */
	readonly requestSync?: (offset: Offset) => void;
	/** Makes everything decided durable and visible before it returns, calling `setDurable`: for inline flushes. Throws when the log cannot. */
	readonly syncNow?: () => void;
	/** Called when a background flush or compaction failed; the store then refuses nothing by itself, but `pressure` will rise. */
	readonly onFailure?: (error: Error) => void;
}

/** Sorted levels that each hold some times the one above, or runs of about a size that are merged whole. */
export type CompactionMode = 'levelled' | 'tiered';
export const COMPACTION_MODES: readonly CompactionMode[] = ['levelled', 'tiered'];

export type ResolvedStoreOptions = Required<KeyspaceStoreOptions>;

const MEBIBYTE = 1 << 20;

export function resolveStoreOptions(options: KeyspaceStoreOptions): ResolvedStoreOptions {
	const memtableBytes = options.memtableBytes ?? 64 * MEBIBYTE;
	const cacheBytes = options.cacheBytes ?? 64 * MEBIBYTE;
	return {
		memtableBytes,
		cacheBytes,
		pinnedBytes: options.pinnedBytes ?? memtableBytes,
		blockBytes: inRange('blockBytes', options.blockBytes ?? 4096, 64, MEBIBYTE),
		compression: options.compression ?? 'none',
		largeValueBytes: inRange('largeValueBytes', options.largeValueBytes ?? 2048, 0, MEBIBYTE * 1024),
		sstableBytes: inRange('sstableBytes', options.sstableBytes ?? 8 * MEBIBYTE, 1024, 1024 * MEBIBYTE),
		indexPartBytes: inRange('indexPartBytes', options.indexPartBytes ?? partBytesFor(cacheBytes), 16, MEBIBYTE),
		pageBytes: pageSize(options.pageBytes ?? 8192),
		level0Files: inRange('level0Files', options.level0Files ?? 4, 1, 1000),
		levelBytes: inRange('levelBytes', options.levelBytes ?? 32 * MEBIBYTE, 1024, 2 ** 50),
		levelFactor: inRange('levelFactor', options.levelFactor ?? 10, 2, 1000),
		manifestBytes: inRange('manifestBytes', options.manifestBytes ?? 64 << 10, 64, 1024 * MEBIBYTE),
		openFilesMax: inRange('openFilesMax', options.openFilesMax ?? 500, 4, 100_000),
		hashDirectoryBytes: inRange('hashDirectoryBytes', options.hashDirectoryBytes ?? 256 * MEBIBYTE, 1024, 2 ** 40),
		hashSliceEntries: inRange('hashSliceEntries', options.hashSliceEntries ?? 8192, 1, MEBIBYTE),
		columnPoolBytes: inRange('columnPoolBytes', options.columnPoolBytes ?? 256 * MEBIBYTE, MEBIBYTE, 3 * 1024 * MEBIBYTE),
		compactionOf: options.compactionOf ?? (() => 'levelled'),
		rowShape: options.rowShape ?? (() => null),
		requestSync: options.requestSync ?? (() => undefined),
		syncNow: options.syncNow ?? (() => undefined),
		onFailure: options.onFailure ?? (() => undefined),
	};
}

/** Reads out of the cache are cheapest with few parts; a cache that is small beside the data must not be filled by them. */
function partBytesFor(cacheBytes: number): number {
	return Math.min(Math.max(cacheBytes / 1024, 4 << 10), 64 << 10);
}

function pageSize(bytes: number): number {
	if (!isPageSize(bytes)) throw new RangeError(`pageBytes must be a power of two from ${PAGE_BYTES_MIN} to ${PAGE_BYTES_MAX}, not ${bytes}`);
	return bytes;
}

function inRange(name: string, value: number, least: number, most: number): number {
	if (!(value >= least && value <= most)) throw new RangeError(`${name} must be from ${least} to ${most}, not ${value}`);
	return value;
}
