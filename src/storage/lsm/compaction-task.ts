/**
 * A compaction as a task for a worker: merges sstables into new ones. Tombstones are dropped only when no sstable below the
 * output's level holds keys of the range.
 */
import type { FileSystem } from '../../platform/files.ts';
import type { Task } from '../../platform/platform.ts';
import { BlockCache } from '../block-cache.ts';
import { Merge } from '../merge.ts';
import { abandonQuietly } from './flush-task.ts';
import { LevelCursor } from './level-cursor.ts';
import { Level } from './lsm-version.ts';
import { type RunOptions, RunWriter } from './run-writer.ts';
import { Sstable } from './sstable.ts';
import { SstableCursor } from './sstable-cursor.ts';
import type { SstableInfo } from './sstable-format.ts';

const READ_AHEAD_BYTES = 1 << 18;

export interface CompactionInput {
	/** Runs to merge, newest first; the sstables of a run do not overlap and are in order. */
	readonly runs: readonly (readonly SstableInfo[])[];
	/** Numbers for the outputs, from here on. */
	readonly firstNumber: number;
	readonly numberCount: number;
	readonly dropTombstones: boolean;
	readonly options: Omit<RunOptions, 'filesMax'>;
}

export function run(input: CompactionInput, files: FileSystem): SstableInfo[] {
	// Indexes and filters of the inputs are held whole, blocks pass by.
	const cache = new BlockCache(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
	const opened: Sstable[] = [];
	let number = input.firstNumber;
	const writer = new RunWriter(files, { ...input.options, filesMax: input.numberCount }, () => number++);
	try {
		const sources = input.runs.map((infos) => {
			const tables = infos.map((info) => new Sstable(files, input.options.directory, info, cache));
			opened.push(...tables);
			return tables.length === 1 ? new SstableCursor(tables[0]!, false, READ_AHEAD_BYTES) : new LevelCursor(new Level(tables), false, READ_AHEAD_BYTES);
		});
		const merge = new Merge(sources, false);
		merge.seek(null, null);
		while (merge.next()) {
			const entry = merge.top!;
			if (entry.isTombstone && input.dropTombstones) continue;
			writer.add(entry.keyBuffer, entry.keyStart, entry.keyEnd, entry.isTombstone ? null : entry.valueBuffer, entry.valueStart, entry.valueEnd);
		}
		const outputs = writer.finish();
		if (outputs.length > 0) files.syncDirectory(input.options.directory);
		return outputs;
	} catch (error) {
		abandonQuietly(writer);
		throw error;
	} finally {
		for (const table of opened) table.close();
	}
}

export const compactionTask: Task<CompactionInput, SstableInfo[]> = { module: new URL('./compaction-task.ts', import.meta.url), run };
