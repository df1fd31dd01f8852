/**
 * Adoption of finished sstables that a bulk load wrote: opened and checked against what the log says of them, then placed at
 * the deepest level where nothing newer lies below them.
 */
import { compareArrays } from '../../bytes/compare-bytes.ts';
import { CorruptionError, invariant } from '../../platform/errors.ts';
import type { FileSystem } from '../../platform/files.ts';
import type { BlockCache } from '../block-cache.ts';
import type { CompactionSizes } from './compaction-picker.ts';
import { LEVELS_MAX, Level, LsmVersion } from './lsm-version.ts';
import { Sstable } from './sstable.ts';
import { type SstableInfo, sstableNumber } from './sstable-format.ts';

/** Opens a bulk file named by the log. Throws `CorruptionError` when it is absent or not as long as the log says. */
export function openIngested(
	files: FileSystem,
	directory: string,
	file: { readonly name: string; readonly bytes: number; readonly hash: string },
	cache: BlockCache,
): Sstable {
	const path = `${directory}/${file.name}`;
	const number = sstableNumber(file.name);
	if (number < 0 || !files.exists(path)) {
		throw new CorruptionError('corruption', `bulk file "${path}", which the log names, is not there`, {
			sqlstate: 'XX001',
			hint: 'Restore the database from a backup.',
		});
	}
	return Sstable.fromFile(files, directory, number, file.bytes, file.hash, cache);
}

/** The files as runs of their own: one, or several when they overlap, the newest first. */
export function ingestedVersion(tables: readonly Sstable[]): LsmVersion {
	return new LsmVersion(
		[],
		runsOf(tables)
			.reverse()
			.map((run) => new Level(run)),
	);
}

/** Parts files, in the order of a bulk load, into runs that each ascend, the oldest first. */
export function runsOf<T extends { readonly info: SstableInfo }>(tables: readonly T[]): T[][] {
	const runs: T[][] = [];
	for (const table of tables) {
		const last = runs.at(-1);
		if (last !== undefined && compareArrays(last.at(-1)!.info.largest, table.info.smallest) < 0) last.push(table);
		else runs.push([table]);
	}
	return runs;
}

/**
 * Where the files of a run go: the deepest level such that neither it nor any level above holds keys of their range, and no
 * deeper than their size asks for; level 0, above everything else, when even that one is taken.
 */
export function ingestLevel(base: LsmVersion, run: LsmVersion, sizes: CompactionSizes): number {
	invariant(run.levels.length === 1, 'bulk files of an LSM tree are one run');
	const tables = run.tablesAt(1);
	const smallest = tables[0]!.info.smallest;
	const largest = tables.at(-1)!.info.largest;
	let wanted = 1;
	while (wanted < LEVELS_MAX - 1 && sizes.levelBytes * sizes.levelFactor ** (wanted - 1) < run.diskBytes) wanted++;
	wanted = Math.max(wanted, base.levels.length);
	let level = 0;
	for (let i = 0; i <= wanted; i++) {
		const isTaken = i === 0 ? base.level0.some((table) => overlaps(table, smallest, largest)) : base.overlapping(i, smallest, largest).length > 0;
		if (isTaken) break;
		level = i;
	}
	return level;
}

function overlaps(table: Sstable, smallest: Uint8Array, largest: Uint8Array): boolean {
	return compareArrays(table.info.smallest, largest) <= 0 && compareArrays(table.info.largest, smallest) >= 0;
}
