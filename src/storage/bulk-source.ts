/** Bulk files as one sorted source, for flush tasks of engines that merge their entries into files of their own. */
import type { FileSystem } from '../platform/files.ts';
import { BlockCache } from './block-cache.ts';
import type { EntrySource } from './entry-source.ts';
import { LevelCursor } from './lsm/level-cursor.ts';
import { Level } from './lsm/lsm-version.ts';
import { Sstable } from './lsm/sstable.ts';
import type { StoredFile } from './manifest.ts';

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
	const source = new LevelCursor(new Level(opened), false, READ_AHEAD_BYTES, true);
	source.seek(null, null);
	return {
		source,
		close: () => {
			for (const table of opened) table.close();
		},
	};
}
