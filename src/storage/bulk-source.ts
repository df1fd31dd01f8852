/** Bulk files, one run or several, as one sorted source, for flush tasks of engines that merge their entries into files of their own. */
import type { FileSystem } from '../platform/files.ts';
import { BlockCache } from './block-cache.ts';
import { type EntrySource, NO_BYTES } from './entry-source.ts';
import { runsOf } from './lsm/ingestion.ts';
import { LevelCursor } from './lsm/level-cursor.ts';
import { Level } from './lsm/lsm-version.ts';
import { Sstable } from './lsm/sstable.ts';
import type { StoredFile } from './manifest.ts';
import { Merge } from './merge.ts';

const READ_AHEAD_BYTES = 1 << 18;

export interface BulkSource {
	readonly source: EntrySource;
	close(): void;
}

/** Opens bulk files, in order of their keys, for one walk forward; the source stands before its first entry. */
export function openBulkSource(files: FileSystem, directory: string, tables: readonly StoredFile[]): BulkSource {
	// Indexes are held whole, blocks pass by.
	const cache = new BlockCache(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
	const opened = tables.map((table) => new Sstable(files, directory, table.info, cache));
	// Who merges may hold values of many entries, until a page of them is full.
	const runs = runsOf(opened).map((run) => new LevelCursor(new Level(run), false, READ_AHEAD_BYTES, true));
	const source = runs.length === 1 ? runs[0]! : new MergedSource(runs.reverse());
	source.seek(null, null);
	return {
		source,
		close: () => {
			for (const table of opened) table.close();
		},
	};
}

/** Runs, the newest first, as one source. */
class MergedSource implements EntrySource {
	keyBuffer: Uint8Array;
	keyStart: number;
	keyEnd: number;
	valueBuffer: Uint8Array;
	valueStart: number;
	valueEnd: number;
	isTombstone: boolean;
	readonly #merge: Merge;

	constructor(runs: readonly EntrySource[]) {
		this.keyBuffer = NO_BYTES;
		this.keyStart = 0;
		this.keyEnd = 0;
		this.valueBuffer = NO_BYTES;
		this.valueStart = 0;
		this.valueEnd = 0;
		this.isTombstone = false;
		this.#merge = new Merge(runs, false);
	}

	seek(lower: Uint8Array | null, upper: Uint8Array | null): void {
		this.#merge.seek(lower, upper);
	}

	next(): boolean {
		if (!this.#merge.next()) return false;
		const entry = this.#merge.top!;
		this.keyBuffer = entry.keyBuffer;
		this.keyStart = entry.keyStart;
		this.keyEnd = entry.keyEnd;
		this.valueBuffer = entry.valueBuffer;
		this.valueStart = entry.valueStart;
		this.valueEnd = entry.valueEnd;
		this.isTombstone = entry.isTombstone;
		return true;
	}
}
