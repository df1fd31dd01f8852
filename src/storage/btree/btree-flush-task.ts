/**
 * The flush of layers into the B-trees of their keyspaces, as a task for a worker: memtables (shared memory), bulk files, or
 * nothing at all when a tree is only to be written anew.
 */
import type { FileSystem } from '../../platform/files.ts';
import type { Task } from '../../platform/platform.ts';
import { openBulkSource } from '../bulk-source.ts';
import type { StoredFile } from '../manifest.ts';
import { Memtable, type MemtableImage } from '../memtable.ts';
import { MemtableCursor } from '../memtable-cursor.ts';
import { removeQuietly } from '../stored-files.ts';
import { sampleMemtable, sampleTables, touchedLeaves } from './touched-leaves.ts';
import { type FlushedTree, flushTree, NO_BATCH, type TreeFlush } from './tree-flush.ts';

export interface TreeFlushPart {
	readonly flush: TreeFlush;
	/** What to merge: a memtable, or bulk files in order of their keys; neither for a tree that is only written anew. */
	readonly memtable: MemtableImage | null;
	readonly tables: readonly StoredFile[];
}

export interface TreeFlushInput {
	readonly directory: string;
	readonly parts: readonly TreeFlushPart[];
}

export function run(input: TreeFlushInput, files: FileSystem): FlushedTree[] {
	const flushed: FlushedTree[] = [];
	try {
		for (const part of input.parts) flushed.push(flushPart(part, input.directory, files));
		if (flushed.some((tree, i) => tree.number === input.parts[i]!.flush.newNumber)) files.syncDirectory(input.directory);
		return flushed;
	} catch (error) {
		flushed.forEach((tree, i) => {
			const { newNumber, newPath } = input.parts[i]!.flush;
			if (tree.number === newNumber) removeQuietly(files, newPath);
		});
		throw error;
	}
}

export const treeFlushTask: Task<TreeFlushInput, FlushedTree[]> = { module: new URL('./btree-flush-task.ts', import.meta.url), run };

function flushPart({ flush, memtable, tables }: TreeFlushPart, directory: string, files: FileSystem): FlushedTree {
	if (memtable !== null) {
		const cursor = new MemtableCursor(Memtable.over(memtable), false, memtable.offsetMax);
		cursor.seek(null, null);
		return flushTree(files, flush, cursor, (reader, meta) => touchedLeaves(sampleMemtable(memtable), reader, meta));
	}
	if (tables.length === 0) return flushTree(files, flush, NO_BATCH, () => 0);
	const bulk = openBulkSource(files, directory, tables);
	try {
		return flushTree(files, flush, bulk.source, (reader, meta) => touchedLeaves(sampleTables(tables), reader, meta));
	} finally {
		bulk.close();
	}
}
