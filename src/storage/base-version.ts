/**
 * One immutable state of what an engine keeps on disk for a keyspace. Flush, ingestion and compaction make a new one; readers
 * keep the one they began with only until the keyspace's `serial` rises, since then its files may be gone.
 */
import type { Slot } from './contracts.ts';
import type { EntrySource, SearchResult } from './entry-source.ts';

export interface BaseVersion {
	get(key: Uint8Array, keyLength: number, slot: Slot): SearchResult;
	/** Adds the sources to be merged, newest first, not yet sought. */
	addSources(reverse: boolean, into: EntrySource[]): void;
	/** Adds about how many entries and bytes lie in [lower, upper) to `into`. */
	estimate(lower: Uint8Array | null, upper: Uint8Array | null, into: { entries: number; bytes: number }): void;
	/** Entries of all files, tombstones and hidden entries included. */
	readonly entries: number;
	readonly diskBytes: number;
}
