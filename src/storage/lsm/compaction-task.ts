/**
 * A compaction as a task for a worker: merges sstables into new ones. Tombstones are dropped only when no sstable below the
 * output's level holds keys of the range. Pointers to values are taken over, but for those into files that are mostly garbage:
 * these values are written anew.
 */
import type { FileSystem } from '../../platform/files.ts';
import type { Task } from '../../platform/platform.ts';
import { BlockCache } from '../block-cache.ts';
import { type KeyRange, KeyRanges } from '../key-ranges.ts';
import { MaskedSource } from '../masked-source.ts';
import { Merge } from '../merge.ts';
import { abandonQuietly } from './flush-task.ts';
import { LevelCursor } from './level-cursor.ts';
import { Level } from './lsm-version.ts';
import { type RunOptions, RunWriter, type WrittenRun } from './run-writer.ts';
import { Sstable } from './sstable.ts';
import { SstableCursor } from './sstable-cursor.ts';
import type { SstableInfo } from './sstable-format.ts';
import { ValueFile } from './value-file.ts';

const READ_AHEAD_BYTES = 1 << 18;

type RunSource = SstableCursor | LevelCursor;

export interface CompactionInput {
	/** Runs to merge, newest first; the sstables of a run do not overlap and are in order. */
	readonly runs: readonly (readonly SstableInfo[])[];
	/** What is hidden in each run, in order of the keys. */
	readonly hidden: readonly (readonly KeyRange[])[];
	/** Numbers for the outputs, from here on. */
	readonly firstNumber: number;
	readonly numberCount: number;
	readonly dropTombstones: boolean;
	readonly options: Omit<RunOptions, 'filesMax' | 'values'>;
	readonly values: {
		/** Of the value file that may be written. */
		readonly number: number;
		readonly bytesMin: number;
		/** Files out of which values are moved. */
		readonly moved: readonly SstableInfo[];
	};
}

export function run(input: CompactionInput, files: FileSystem): WrittenRun {
	// Indexes and filters of the inputs are held whole, blocks pass by.
	const cache = new BlockCache(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
	const opened: Sstable[] = [];
	let number = input.firstNumber;
	const { directory } = input.options;
	const moved = new Map(input.values.moved.map((info) => [info.number, new ValueFile(files, directory, info, cache)]));
	let writer: RunWriter | null = null;
	try {
		const sources = input.runs.map((infos, i) => {
			const tables = infos.map((info) => new Sstable(files, directory, info, cache));
			opened.push(...tables);
			const source =
				tables.length === 1
					? new SstableCursor(tables[0]!, false, READ_AHEAD_BYTES, false, true)
					: new LevelCursor(new Level(tables), false, READ_AHEAD_BYTES, false, true);
			const hidden = input.hidden[i]!;
			return hidden.length === 0 ? source : new MaskedSource(source, KeyRanges.inOrder(hidden), false);
		});
		// Values are taken apart where they were already; a run without pointers stays as it is.
		const values = opened.some((table) => table.isWrapped) ? { values: { ...input.values, moved } } : {};
		writer = new RunWriter(files, { ...input.options, filesMax: input.numberCount, ...values }, () => number++);
		const merge = new Merge(sources, false);
		merge.seek(null, null);
		while (merge.next()) {
			const entry = merge.top as RunSource | MaskedSource<RunSource>;
			if (entry.isTombstone && input.dropTombstones) continue;
			writer.add(
				entry.keyBuffer,
				entry.keyStart,
				entry.keyEnd,
				entry.isTombstone ? null : entry.valueBuffer,
				entry.valueStart,
				entry.valueEnd,
				(entry instanceof MaskedSource ? entry.source : entry).isWrapped,
			);
		}
		const outputs = writer.finish();
		if (outputs.tables.length > 0) files.syncDirectory(input.options.directory);
		return outputs;
	} catch (error) {
		if (writer !== null) abandonQuietly(writer);
		throw error;
	} finally {
		for (const table of opened) table.close();
		for (const file of moved.values()) file.close();
	}
}

export const compactionTask: Task<CompactionInput, WrittenRun> = { module: new URL('./compaction-task.ts', import.meta.url), run };
