/**
 * Decides what to compact in a keyspace: the level that is fullest against its target. Level 0 counts by files, deeper levels
 * by bytes, each `levelFactor` times the one above. Source: the leveled compaction of LevelDB (Ghemawat, Dean; implementation
 * notes), with moves of sstables that overlap nothing.
 *
 * Or, where a keyspace asks for it, tiered: each level below 0 is one run, and runs are merged whole once there are some of about a
 * size. An entry is then written once for each time that its run grows fourfold instead of about ten times for each level, and more runs
 * and more overwritten entries are kept. As the universal compaction of RocksDB, whose runs below level 0 are levels too.
 */
import { compareArrays } from '../../bytes/compare-bytes.ts';
import { LEVELS_MAX, type LsmVersion, sumBytes } from './lsm-version.ts';
import type { Sstable } from './sstable.ts';
import type { ValueFile } from './value-file.ts';

/** Runs of about a size that make one of the next size. */
const TIER_RUNS = 4;
/** A run belongs to those that are merged when it is no larger than so many times what comes from above. */
const ALIKE_FACTOR = 2;
/** All runs are merged when the younger ones hold more than so many times the bytes of the oldest. */
const YOUNGER_FACTOR_MAX = 2;

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

/** The tiered compaction that a keyspace needs, or null: level 0 whole, the runs below that are like it, and so on. */
export function pickTiered(version: LsmVersion, sizes: CompactionSizes): Compaction | null {
	if (version.level0.length < sizes.level0Files) return null;
	const occupied: number[] = [];
	for (let level = 1; level <= version.levels.length; level++) if (version.tablesAt(level).length > 0) occupied.push(level);
	const count = runsToMerge(version, occupied);
	const taken = occupied.slice(0, count).map((level) => version.tablesAt(level));
	const outputLevel = count === occupied.length ? LEVELS_MAX - 1 : occupied[count]! - 1;
	const inputs = [...version.level0, ...taken.flat()];
	return complete(version, inputs, [...version.level0.map((table) => [table]), ...taken], outputLevel, areDisjoint(inputs));
}

/** How many of the occupied levels are merged with level 0. */
function runsToMerge(version: LsmVersion, occupied: readonly number[]): number {
	const sizes = occupied.map((level) => version.levels[level - 1]!.bytes);
	let bytes = sumBytes(version.level0);
	let count = 0;
	for (;;) {
		let end = count;
		while (end < sizes.length && sizes[end]! <= bytes * ALIKE_FACTOR) end++;
		if (end - count < TIER_RUNS - 1) break;
		for (; count < end; count++) bytes += sizes[count]!;
	}
	// Without a free level above it, a run has to be taken whatever its size.
	if (occupied[count] === 1) {
		do bytes += sizes[count++]!;
		while (count < sizes.length && sizes[count]! <= bytes);
	}
	const younger = sizes.slice(count, -1).reduce((sum, size) => sum + size, bytes);
	return count < sizes.length && younger > YOUNGER_FACTOR_MAX * sizes.at(-1)! ? sizes.length : count;
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
	const runs = inputs.map((table) => [table]);
	if (below.length > 0) runs.push(below);
	return complete(version, [...inputs, ...below], runs, 1, below.length === 0 && areDisjoint(inputs));
}

function areDisjoint(tables: readonly Sstable[]): boolean {
	const sorted = [...tables].sort((a, b) => compareArrays(a.info.smallest, b.info.smallest));
	return sorted.every((table, i) => i === 0 || compareArrays(sorted[i - 1]!.info.largest, table.info.smallest) < 0);
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
