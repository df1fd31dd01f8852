/**
 * One immutable state of a keyspace's sstables: level 0 holds whole flushes, newest first, whose keys may overlap; each deeper
 * level holds sstables in order of their keys that do not overlap, older than all of the levels above.
 *
 * A range that was removed as a whole takes the sstables that lie in it along, and is hidden in those that reach out of it: a few
 * at level 0, at most two of each level below. Nothing of it has to be written; what compactions read leaves the hidden entries
 * out. An sstable's hidden ranges lie between its smallest and its largest key.
 */
import { compareArrays, compareBytes } from '../../bytes/compare-bytes.ts';
import { invariant } from '../../platform/errors.ts';
import type { Slot } from '../contracts.ts';
import type { EngineVersion } from '../engine-version.ts';
import { ABSENT, type EntrySource, type SearchResult } from '../entry-source.ts';
import { KeyRanges } from '../key-ranges.ts';
import { MaskedSource } from '../masked-source.ts';
import { keyHash } from './bloom-filter.ts';
import { KeyIndex } from './key-index.ts';
import { LevelCursor } from './level-cursor.ts';
import type { Sstable } from './sstable.ts';
import { SstableCursor } from './sstable-cursor.ts';
import type { ValueFile, ValueReference } from './value-file.ts';

export const LEVELS_MAX = 7;
const VERIFY_READ_BYTES = 1 << 18;
const NOTHING_HIDDEN: ReadonlyMap<Sstable, KeyRanges> = new Map();

/** Sstables of a level below 0, in order. */
export class Level {
	readonly tables: readonly Sstable[];
	/** Their largest keys. */
	readonly largest: KeyIndex;
	readonly bytes: number;

	/** `tables` in order of their keys. */
	constructor(tables: readonly Sstable[]) {
		this.tables = tables;
		this.largest = KeyIndex.fromKeys(tables.map((table) => table.info.largest));
		this.bytes = sumBytes(tables);
		for (let i = 1; i < tables.length; i++) {
			invariant(compareArrays(tables[i - 1]!.info.largest, tables[i]!.info.smallest) < 0, 'sstables of a level do not overlap');
		}
	}

	static sorted(tables: readonly Sstable[]): Level {
		return new Level([...tables].sort((a, b) => compareArrays(a.info.smallest, b.info.smallest)));
	}
}

export class LsmVersion implements EngineVersion {
	/** Newest first. */
	readonly level0: readonly Sstable[];
	/** Level i is at i − 1; the last is not empty. */
	readonly levels: readonly Level[];
	readonly entries: number;
	readonly diskBytes: number;
	readonly files: number;
	/** The value files that its sstables point into, by number. */
	readonly valueFiles: ReadonlyMap<number, ValueFile>;
	/** Of sstables in which ranges are hidden. */
	readonly hidden: ReadonlyMap<Sstable, KeyRanges>;

	constructor(level0: readonly Sstable[], levels: readonly Level[], hidden: ReadonlyMap<Sstable, KeyRanges> = NOTHING_HIDDEN) {
		this.level0 = level0;
		this.hidden = hidden;
		let depth = levels.length;
		while (depth > 0 && levels[depth - 1]!.tables.length === 0) depth--;
		this.levels = depth === levels.length ? levels : levels.slice(0, depth);
		let entries = 0;
		let files = 0;
		const valueFiles = new Map<number, ValueFile>();
		for (const table of this.tables()) {
			entries += table.info.entries;
			files++;
			for (const { file } of table.values.references) valueFiles.set(file, table.values.files.get(file)!);
		}
		this.entries = entries;
		this.files = files + valueFiles.size;
		this.valueFiles = valueFiles;
		let bytes = sumBytes(level0);
		for (const level of this.levels) bytes += level.bytes;
		for (const file of valueFiles.values()) bytes += file.info.bytes;
		this.diskBytes = bytes;
	}

	get(key: Uint8Array, keyLength: number, slot: Slot): SearchResult {
		const level0 = this.level0;
		const levels = this.levels;
		if (level0.length === 0 && levels.length === 0) return ABSENT;
		const hash = keyHash(key, 0, keyLength);
		const hides = this.hidden.size > 0;
		for (let i = 0; i < level0.length; i++) {
			const table = level0[i]!;
			if (hides && this.#isHidden(table, key, keyLength)) continue;
			const result = table.get(key, keyLength, hash, slot);
			if (result !== ABSENT) return result;
		}
		for (let i = 0; i < levels.length; i++) {
			const level = levels[i]!;
			const { tables } = level;
			const place = tables.length === 1 ? 0 : level.largest.search(key, keyLength);
			if (place === tables.length) continue;
			const table = tables[place]!;
			if (hides && this.#isHidden(table, key, keyLength)) continue;
			const result = table.get(key, keyLength, hash, slot);
			if (result !== ABSENT) return result;
		}
		return ABSENT;
	}

	/** Older sstables are asked all the same: what is hidden is hidden in each of them. */
	#isHidden(table: Sstable, key: Uint8Array, keyLength: number): boolean {
		const hidden = this.hidden.get(table);
		return hidden !== undefined && hidden.find(key, 0, keyLength) !== null;
	}

	addSources(reverse: boolean, into: EntrySource[]): void {
		for (const table of this.level0) into.push(this.#masked(new SstableCursor(table, reverse, 0), [table], reverse));
		for (const level of this.levels) {
			const { tables } = level;
			if (tables.length === 0) continue;
			const source = tables.length === 1 ? new SstableCursor(tables[0]!, reverse, 0) : new LevelCursor(level, reverse, 0);
			into.push(this.#masked(source, tables, reverse));
		}
	}

	/** A source over sstables that do not overlap, without what is hidden in them. */
	#masked(source: EntrySource, tables: readonly Sstable[], reverse: boolean): EntrySource {
		if (this.hidden.size === 0) return source;
		const hidden = this.hiddenIn(tables);
		return hidden === KeyRanges.NONE ? source : new MaskedSource(source, hidden, reverse);
	}

	/** What is hidden in sstables that do not overlap, each of which hides within its own bounds. */
	hiddenIn(tables: readonly Sstable[]): KeyRanges {
		let hidden = KeyRanges.NONE;
		for (const table of tables) {
			const ranges = this.hidden.get(table);
			if (ranges !== undefined) hidden = hidden.with(ranges);
		}
		return hidden;
	}

	estimate(lower: Uint8Array | null, upper: Uint8Array | null, into: { entries: number; bytes: number }): void {
		for (const table of this.level0) estimateTable(table, lower, upper, into);
		for (const level of this.levels) {
			const from = lower === null ? 0 : level.largest.search(lower, lower.length);
			for (let i = from; i < level.tables.length; i++) {
				const table = level.tables[i]!;
				if (upper !== null && compareArrays(table.info.smallest, upper) >= 0) break;
				estimateTable(table, lower, upper, into);
			}
		}
	}

	*tables(): IterableIterator<Sstable> {
		yield* this.level0;
		for (const level of this.levels) yield* level.tables;
	}

	/** The sstables of a level; an empty list for levels that do not exist. */
	tablesAt(level: number): readonly Sstable[] {
		return level === 0 ? this.level0 : (this.levels[level - 1]?.tables ?? []);
	}

	/** This version without some sstables and with others, which go to `level` (at level 0 as the newest, the last the newest of all). Those that are moved hide what they hid. */
	with(removed: ReadonlySet<Sstable>, level: number, added: readonly Sstable[]): LsmVersion {
		const level0 = this.level0.filter((table) => !removed.has(table));
		if (level === 0) for (const table of added) level0.unshift(table);
		const levels: Level[] = [];
		for (let i = 1; i <= Math.max(this.levels.length, level); i++) {
			const before = this.tablesAt(i);
			const kept = before.filter((table) => !removed.has(table));
			if (i === level && added.length > 0) {
				levels.push(Level.sorted([...kept, ...added]));
			} else {
				levels.push(kept.length === before.length && i <= this.levels.length ? this.levels[i - 1]! : new Level(kept));
			}
		}
		return new LsmVersion(level0, levels, this.#hiddenWithout(removed, added));
	}

	/** This version with ranges hidden in sstables of it, in place of what was hidden there. */
	withHidden(changed: ReadonlyMap<Sstable, KeyRanges>): LsmVersion {
		return new LsmVersion(this.level0, this.levels, new Map([...this.hidden, ...changed]));
	}

	#hiddenWithout(removed: ReadonlySet<Sstable>, added: readonly Sstable[]): ReadonlyMap<Sstable, KeyRanges> {
		if (this.hidden.size === 0) return NOTHING_HIDDEN;
		return new Map([...this.hidden].filter(([table]) => !removed.has(table) || added.includes(table)));
	}

	/** How many bytes its sstables point to in each value file: the rest of a file is garbage. */
	pointedBytes(): Map<number, number> {
		const pointed = new Map<number, number>();
		for (const table of this.tables()) for (const { file, bytes } of table.values.references) pointed.set(file, (pointed.get(file) ?? 0) + bytes);
		return pointed;
	}

	/** Sstables of a level that have keys in [smallest, largest]. */
	overlapping(level: number, smallest: Uint8Array, largest: Uint8Array): Sstable[] {
		return this.tablesAt(level).filter((table) => compareArrays(table.info.smallest, largest) <= 0 && compareArrays(table.info.largest, smallest) >= 0);
	}

	get isEmpty(): boolean {
		return this.level0.length === 0 && this.levels.length === 0;
	}

	/** Reads every sstable whole: checksums, order of keys, and what the manifest says of them. */
	verify(): string[] {
		const wrong: string[] = [];
		for (const file of this.valueFiles.values()) wrong.push(...file.verify());
		for (const table of this.tables()) {
			const damage = table.verify();
			wrong.push(...(damage.length > 0 ? damage : verifyEntries(table)));
		}
		return wrong;
	}

	/** Counts one more (or less) holder of all sstables; those that nobody holds are closed. */
	retain(): void {
		for (const table of this.tables()) table.references++;
	}

	release(): void {
		for (const table of this.tables()) table.release();
	}

	discard(): void {
		for (const table of this.tables()) table.isObsolete = true;
		for (const file of this.valueFiles.values()) file.isObsolete = true;
		this.release();
	}
}

export function sumBytes(tables: readonly Sstable[]): number {
	let bytes = 0;
	for (const table of tables) bytes += table.info.bytes;
	return bytes;
}

/** The value files that only sstables which go from a version point into, and those that come do not. */
export function leftFiles(
	version: LsmVersion,
	leaving: readonly Sstable[],
	coming: readonly { readonly references: readonly ValueReference[] }[],
): ValueFile[] {
	if (version.valueFiles.size === 0) return [];
	const gone = new Set(leaving);
	const pointed = new Set<number>();
	for (const table of version.tables()) if (!gone.has(table)) for (const { file } of table.values.references) pointed.add(file);
	for (const table of coming) for (const { file } of table.references) pointed.add(file);
	return [...version.valueFiles.values()].filter((file) => !pointed.has(file.info.number));
}

/** Adds a table's share of a range: all of it, or as many blocks as the index says lie in the range. */
function estimateTable(table: Sstable, lower: Uint8Array | null, upper: Uint8Array | null, into: { entries: number; bytes: number }): void {
	const { smallest, largest, entries } = table.info;
	const bytes = table.info.bytes + table.valueBytes;
	const startsWithin = lower === null || compareBytes(smallest, 0, smallest.length, lower, 0, lower.length) >= 0;
	const endsWithin = upper === null || compareBytes(largest, 0, largest.length, upper, 0, upper.length) < 0;
	if (startsWithin && endsWithin) {
		into.entries += entries;
		into.bytes += bytes;
		return;
	}
	if ((lower !== null && compareArrays(largest, lower) < 0) || (upper !== null && compareArrays(smallest, upper) >= 0)) return;
	const { blockCount } = table;
	const from = lower === null || startsWithin ? 0 : table.searchBlocks(lower, lower.length);
	const to = upper === null || endsWithin ? blockCount : Math.min(blockCount, table.searchBlocks(upper, upper.length));
	// A range within one block is taken for a small part of it.
	const blocks = to > from ? to - from : 1 / 16;
	into.entries += (entries * blocks) / blockCount;
	into.bytes += (bytes * blocks) / blockCount;
}

/** Walks a table whose checksums are right: keys must ascend within its bounds, and be as many as it says. */
function verifyEntries(table: Sstable): string[] {
	const { smallest, largest, entries, tombstones } = table.info;
	const cursor = new SstableCursor(table, false, VERIFY_READ_BYTES);
	cursor.seek(null, null);
	let last: Uint8Array | null = null;
	let found = 0;
	let gone = 0;
	while (cursor.next()) {
		const key = cursor.keyBuffer.slice(cursor.keyStart, cursor.keyEnd);
		if (compareArrays(last ?? smallest, key) > (last === null ? 0 : -1) || compareArrays(key, largest) > 0) {
			return [`"${table.path}": entry ${found} is out of order or outside the bounds that the manifest gives`];
		}
		last = key;
		found++;
		if (cursor.isTombstone) gone++;
	}
	if (found === entries && gone === tombstones) return [];
	return [`"${table.path}": ${found} entries and ${gone} tombstones, the manifest says ${entries} and ${tombstones}`];
}
