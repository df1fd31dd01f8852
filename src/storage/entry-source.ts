/**
 * What sorted runs of entries look like to those who merge them: memtables, sstables, levels. A source knows one version of
 * each key (a memtable's at the offset of the reader) and shows tombstones, because they hide entries of older sources.
 *
 * `key…` and `value…` describe bytes that stay unchanged until the next call of `next` or `seek`; key bytes may be reused
 * after it, value bytes are never overwritten.
 */
export interface EntrySource {
	keyBuffer: Uint8Array;
	keyStart: number;
	keyEnd: number;
	valueBuffer: Uint8Array;
	valueStart: number;
	valueEnd: number;
	isTombstone: boolean;
	next(): boolean;
	/** Starts again before the first entry of [lower, upper) in the source's direction. */
	seek(lower: Uint8Array | null, upper: Uint8Array | null): void;
}

/** What a search for one key in one source says. */
export const ABSENT = 0;
export const FOUND = 1;
export const TOMBSTONE = 2;
export type SearchResult = typeof ABSENT | typeof FOUND | typeof TOMBSTONE;

export const NO_BYTES: Uint8Array = new Uint8Array(0);
