/**
 * The contracts of stores. An engine (`engine-version.ts`) keeps one keyspace's base on disk: one version of each key, fed by
 * sorted batches at flush. `Keyspace` is what the floors above use: base + memtables, versioned by offset. `DerivedStore` is
 * anything fed by the log, keyspaces included.
 *
 * Bytes handed out (keys, values) are views into memory owned by the store: valid until the next call of `next`, `seek` or
 * `get` with the same slot or cursor, and in any case not past the current turn of the event loop unless a snapshot is held.
 * Bytes handed in are copied.
 */

import type { ColumnView } from './column/column-view.ts';

/** Place of a commit in the log's total order. 0 is before the first commit. */
export type Offset = number;

/** Where a `get` puts what it found: `buffer[start, end)`. */
export interface Slot {
	buffer: Uint8Array;
	start: number;
	end: number;
}

/**
 * An ordered walk. Before the first `next` it stands before the first entry. `key` and `value` are described by buffer and
 * bounds, so that nothing is allocated per entry.
 */
export interface Cursor {
	keyBuffer: Uint8Array;
	keyStart: number;
	keyEnd: number;
	valueBuffer: Uint8Array;
	valueStart: number;
	valueEnd: number;
	/** Moves to the next entry in the cursor's direction; false when there is none within the bounds. */
	next(): boolean;
	/** Starts again with other bounds: inclusive `lower`, exclusive `upper` (null: unbounded). The arrays must stay unchanged while the cursor is used. */
	seek(lower: Uint8Array | null, upper: Uint8Array | null): void;
	close(): void;
}

/** One version of a key for engines: value null is a tombstone. */
export interface EngineAbilities {
	readonly name: 'lsm' | 'btree' | 'hash' | 'columnar';
	/** Keys have an order: ranges and walks in both directions. Without it a cursor only enumerates. */
	readonly ordered: boolean;
	readonly snapshots: boolean;
	/** A range of keys can be removed by one entry in the log; otherwise each key is. */
	readonly removesRanges: boolean;
}

/** A keyspace with its versions: what transactions and executors read and appliers write. */
export interface Keyspace {
	readonly id: number;
	readonly abilities: EngineAbilities;
	/** The newest version of `key[0, keyLength)` at or before `offset` goes to `slot`; false where there is none or a tombstone. */
	get(key: Uint8Array, keyLength: number, offset: Offset, slot: Slot): boolean;
	/** The offset of the newest version of the key that the memtables know, or 0 if the key was not written since the base (conflict checks: a base never holds a version newer than the oldest live snapshot). */
	newestOffset(key: Uint8Array, keyLength: number): Offset;
	/** Entries in [lower, upper) as of `offset`, tombstones left out. An engine without order enumerates: in an order that nobody may rely on beside its own cursors, forward, without `upper` (else it throws 0A000); `lower` goes on behind a key met before, at the cost of a search in each file. */
	cursor(lower: Uint8Array | null, upper: Uint8Array | null, reverse: boolean, offset: Offset): Cursor;
	/** Applies one entry of the commit at `offset`; offsets never go down. `value` null removes the key. */
	put(key: Uint8Array, keyStart: number, keyLength: number, value: Uint8Array | null, valueStart: number, valueLength: number, offset: Offset): void;
	/** The columns of a columnar keyspace as of `offset`, to be closed; null for others. */
	columns(offset: Offset): ColumnView | null;
	/** About how many entries and bytes lie in [lower, upper): for the optimizer. */
	estimate(lower: Uint8Array | null, upper: Uint8Array | null): { entries: number; bytes: number };
	/** Who is told of every entry that is put from now on; null: nobody. There is at most one. */
	observer: EntryObserver | null;
}

/** A store derived from the entries of a keyspace. */
export interface EntryObserver {
	/** An entry of the commit at `offset`; the arguments of `Keyspace.put`. The bytes must not be kept. */
	put(key: Uint8Array, keyStart: number, keyLength: number, value: Uint8Array | null, valueStart: number, valueLength: number, offset: Offset): void;
	/** The commit at `offset` brought entries in files, or removed the keyspace: what was derived is out of date. */
	invalidate(offset: Offset): void;
}

export interface StoreStatistics {
	readonly entries: number;
	readonly diskBytes: number;
	readonly memoryBytes: number;
	readonly [name: string]: number;
}

/** Anything that applies the log and remembers how far, atomically with its data. */
export interface DerivedStore {
	readonly name: string;
	/** The offset from whose successor replay must start for this store: everything up to it is durable in the store's own files. */
	readonly appliedOffset: Offset;
	/** Makes everything applied so far durable in the store's own files and raises `appliedOffset`. */
	checkpoint(): Promise<void>;
	/** Reads everything and checks every checksum and invariant; returns what is wrong, in words. */
	verify(): string[];
	statistics(): StoreStatistics;
}
