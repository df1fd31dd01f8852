/**
 * The contract of engines: one immutable state of what an engine keeps on disk for a keyspace, one version of each key. An
 * engine is fed by frozen memtables (sorted, newest versions, tombstones) and adopted files, each of which makes a new state;
 * versions by offset live above it, once for all engines, in `versioned-keyspace.ts`.
 */
import type { Slot } from './contracts.ts';
import type { EntrySource, SearchResult } from './entry-source.ts';

export interface EngineVersion {
	/** Entries of all files, tombstones and hidden entries included. */
	readonly entries: number;
	readonly diskBytes: number;
	/** Number of files. */
	readonly files: number;
	readonly isEmpty: boolean;
	get(key: Uint8Array, keyLength: number, slot: Slot): SearchResult;
	/** Adds the sources whose merge is the content, newest first, not yet sought. Each is in order of its keys; `reverse` is asked of ordered engines only, which also seek fast. */
	addSources(reverse: boolean, into: EntrySource[]): void;
	/** Adds about how many entries and bytes lie in [lower, upper) to `into`. */
	estimate(lower: Uint8Array | null, upper: Uint8Array | null, into: { entries: number; bytes: number }): void;
	/** Reads everything and says what is wrong. */
	verify(): string[];
	/** Holders are counted: the last release closes files, and removes those that are obsolete. */
	retain(): void;
	release(): void;
	/** Releases it, and removes its files once nobody holds them. */
	discard(): void;
}
