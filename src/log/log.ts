/**
 * The log as the floors above see it: a total order of transactions. Formats are in `docs/formats/log.md`; the embedded
 * implementation is `embedded-log.ts`.
 *
 * A transaction reaches the log whole: its encoded changes and its commit go into the frame under construction together (large
 * ones are spilled ahead as `changes` records of the same transaction). The append decides its offset. The frame is written at
 * the end of the turn of the event loop, or at once by `writeNow`; it is synced by the sync thread, or at once by `syncNow`.
 */
import type { Offset } from '../storage/contracts.ts';

/** How sure a commit is when it is acknowledged. See DESIGN §3: memory < os < disk. */
export type Durability = 'memory' | 'os' | 'disk';

export interface LoggedTransaction {
	readonly offset: Offset;
	/** Microseconds since 1970; never less than that of the offset before. */
	readonly timeUs: number;
	/** Offset of the catalog change in force when it was written (its own, if it changes the catalog). */
	readonly catalogOffset: Offset;
	/** The payload handed to `append`, byte for byte: `bytes[start, end)`, valid until the next one is read. */
	readonly bytes: Uint8Array;
	readonly start: number;
	readonly end: number;
	/** The files handed to `append`. */
	readonly files: readonly BulkFile[];
}

/** The payload of a transaction as an array of its own. */
export function changesOf({ bytes, start, end }: LoggedTransaction): Uint8Array {
	return bytes.subarray(start, end);
}

export interface BulkFile {
	readonly name: string;
	readonly bytes: number;
	/** Hex digest of the content (crc32c or better). */
	readonly hash: string;
}

/** Changes of a large transaction that are not in memory: they come before those that are. */
export interface ChangesAhead {
	readonly bytes: number;
	/** Copies `count` of them from `position` on. */
	read(into: Uint8Array, at: number, count: number, position: number): void;
}

export interface Log {
	/** The newest offset given out. */
	readonly decidedOffset: Offset;
	/** All commits up to it have been handed to the operating system. */
	readonly writtenOffset: Offset;
	/** All commits up to it are on disk. */
	readonly syncedOffset: Offset;
	/** Set once a write or sync failed: nothing is appended any more. */
	readonly failure: Error | null;

	/** Decides the next offset for the changes in `ahead`, then `bytes[0, length)`, which are copied. Throws `UnavailableError` after a failure, `LimitError` (disk-full) when there is no room; then nothing was decided. */
	append(
		bytes: Uint8Array,
		length: number,
		catalogOffset: Offset,
		files?: readonly BulkFile[],
		ahead?: ChangesAhead | null,
	): { offset: Offset; timeUs: number };
	/** Calls back once `offset` is durable at `level` ('memory' at once), or with the error after which its outcome is unknown. */
	whenDurable(offset: Offset, level: Durability, done: (error: Error | null) => void): void;
	/** Writes the pending frame now. */
	writeNow(): void;
	/** Writes and syncs everything pending, in this thread. */
	syncNow(): void;
	/** Called after `writtenOffset` or `syncedOffset` rose. */
	onProgress: (() => void) | null;
	/** The transactions after `from`, in order, up to the last whole one. With `keeps` the bytes handed out are never overwritten. */
	read(from: Offset, keeps?: boolean): IterableIterator<LoggedTransaction>;
	/** Nothing at or below `offset` is needed any more by any store: whole segments below it may go. */
	release(offset: Offset): void;
	/** Bytes on disk. */
	bytes(): number;
	close(): Promise<void>;
}
