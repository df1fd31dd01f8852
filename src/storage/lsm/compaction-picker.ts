/**
 * Decides what to compact in a keyspace: the level that is fullest against its target. Level 0 counts by files, deeper levels
 * by bytes, each `levelFactor` times the one above. Source: the leveled compaction of LevelDB (Ghemawat, Dean; implementation
 * notes), with moves of sstables that overlap nothing.
 */
import { compareArrays } from '../../bytes/compare-bytes.ts';
import { LEVELS_MAX, type LsmVersion } from './lsm-version.ts';
import type { Sstable } from './sstable.ts';
import type { ValueFile } from './value-file.ts';

export interface CompactionSizes {
	readonly level0Files: number;
	readonly levelBytes: number;
	readonly levelFactor: number;
}

export interface Compaction {
	/** All inputs. */
	readonly inputs: readonly Sstable[];
	/** The inputs as runs, newest first. */
	readonly runs: readonly (readonly Sstable[])[];
	readonly outputLevel: number;
	/** The inputs overlap nothing and can change level as they are. */
	readonly isMove: boolean;
	/** No sstable below the output holds keys of the range. */
	readonly dropTombstones: boolean;
	/** No level below the output holds anything. */
	readonly isDeepest: boolean;
}

/** The compaction that a keyspace needs most, or null. `cursors` remembers per level where the last one ended. */
export function pickCompaction(version: LsmVersion, sizes: CompactionSizes, cursors: (Uint8Array | null)[]): Compaction | null {
	let level = -1;
	let score = 1;
	for (let i = 0; i < LEVELS_MAX - 1; i++) {
		const levelScore = scoreOf(version, i, sizes);
		if (levelScore >= score && (levelScore > score || level < 0)) {
			score = levelScore;
			level = i;
		}
	}
	if (level < 0) return null;
	return level === 0 ? fromLevel0(version) : fromLevel(version, level, cursors);
}

/** The next step towards a state in which the deepest level alone holds anything, or null when that is so. */
export function pickSettling(version: LsmVersion, cursors: (Uint8Array | null)[]): Compaction | null {
	if (version.level0.length > 0) return fromLevel0(version);
	for (let level = 1; level < version.levels.length; level++) {
		if (version.tablesAt(level).length > 0) return fromLevel(version, level, cursors);
	}
	return null;
}

/** The value files of which so large a share, or more, is garbage. */
export function wastefulFiles(version: LsmVersion, share: number): ValueFile[] {
	if (version.valueFiles.size === 0) return [];
	const pointed = version.pointedBytes();
	return [...version.valueFiles.values()].filter(({ valueBytes, info }) => valueBytes - pointed.get(info.number)! >= valueBytes * share);
}

/** Writes an sstable anew that points into one of these files, so that nothing does in the end. Those of level 0 get there by being compacted. */
export function pickGarbage(version: LsmVersion, wasteful: readonly ValueFile[]): Compaction | null {
	if (wasteful.length === 0) return null;
	const numbers = new Set(wasteful.map(({ info }) => info.number));
	for (let level = 1; level <= version.levels.length; level++) {
		const table = version.tablesAt(level).find((one) => one.values.references.some(({ file }) => numbers.has(file)));
		if (table !== undefined) return complete(version, [table], [[table]], level, false);
	}
	return null;
}

/** Writes an sstable anew in which a range is hidden. Those of level 0 get there by being compacted. */
export function pickHidden(version: LsmVersion): Compaction | null {
	for (const table of version.hidden.keys()) {
		for (let level = 1; level <= version.levels.length; level++) {
			if (version.tablesAt(level).includes(table)) return complete(version, [table], [[table]], level, false);
		}
	}
	return null;
}

/** 1 and more: the level wants a compaction. */
export function scoreOf(version: LsmVersion, level: number, sizes: CompactionSizes): number {
	if (level === 0) return version.level0.length / sizes.level0Files;
	const held = version.levels[level - 1];
	if (held === undefined) return 0;
	return held.bytes / (sizes.levelBytes * sizes.levelFactor ** (level - 1) + 1);
}

function fromLevel0(version: LsmVersion): Compaction {
	const inputs = version.level0;
	const [smallest, largest] = rangeOf(inputs);
	const below = version.overlapping(1, smallest, largest);
	const sorted = [...inputs].sort((a, b) => compareArrays(a.info.smallest, b.info.smallest));
	const areDisjoint = sorted.every((table, i) => i === 0 || compareArrays(sorted[i - 1]!.info.largest, table.info.smallest) < 0);
	const runs = inputs.map((table) => [table]);
	if (below.length > 0) runs.push(below);
	return complete(version, [...inputs, ...below], runs, 1, areDisjoint && below.length === 0);
}

function fromLevel(version: LsmVersion, level: number, cursors: (Uint8Array | null)[]): Compaction {
	const tables = version.tablesAt(level);
	const last = cursors[level] ?? null;
	const table = (last === null ? undefined : tables.find((one) => compareArrays(one.info.smallest, last) > 0)) ?? tables[0]!;
	cursors[level] = table.info.largest;
	const below = version.overlapping(level + 1, table.info.smallest, table.info.largest);
	const runs = below.length > 0 ? [[table], below] : [[table]];
	return complete(version, [table, ...below], runs, level + 1, below.length === 0);
}

function complete(version: LsmVersion, inputs: readonly Sstable[], runs: readonly (readonly Sstable[])[], outputLevel: number, isMove: boolean): Compaction {
	const [smallest, largest] = rangeOf(inputs);
	let dropTombstones = true;
	let isDeepest = true;
	for (let level = outputLevel + 1; level <= version.levels.length; level++) {
		if (version.tablesAt(level).length > 0) isDeepest = false;
		if (version.overlapping(level, smallest, largest).length > 0) dropTombstones = false;
	}
	// A move would carry tombstones along that a merge at the bottom drops.
	const hasTombstones = inputs.some((table) => table.info.tombstones > 0);
	return { inputs, runs, outputLevel, isMove: isMove && !(dropTombstones && hasTombstones), dropTombstones, isDeepest };
}

function rangeOf(tables: readonly Sstable[]): [Uint8Array, Uint8Array] {
	let smallest = tables[0]!.info.smallest;
	let largest = tables[0]!.info.largest;
	for (const { info } of tables) {
		if (compareArrays(info.smallest, smallest) < 0) smallest = info.smallest;
		if (compareArrays(info.largest, largest) > 0) largest = info.largest;
	}
	return [smallest, largest];
}
