/**
 * One immutable state of a column keyspace: its files, oldest first, and a bitmap of the rows of each that files after it have
 * replaced. Every key has at most one row that is not replaced, so reading columns needs no merge: it is the union of all files.
 *
 * Bitmaps are never changed: a version that replaces rows of a file has a bitmap of its own for it. They are not stored; each file
 * says what it replaces, and opening a keyspace puts the bitmaps together from that.
 */
import type { Slot } from '../contracts.ts';
import type { EngineVersion } from '../engine-version.ts';
import { ABSENT, type EntrySource, FOUND, type SearchResult } from '../entry-source.ts';
import { ColumnCursor } from './column-cursor.ts';
import type { ColumnFile } from './column-file.ts';
import { RowJoiner } from './row-joiner.ts';

export interface LiveFile {
	readonly file: ColumnFile;
	/** A bit for each row, set where it is replaced; null: none is. */
	readonly replaced: Uint8Array | null;
	readonly replacedCount: number;
}

export class ColumnVersion implements EngineVersion {
	readonly live: readonly LiveFile[];
	readonly entries: number;
	readonly diskBytes: number;

	constructor(live: readonly LiveFile[]) {
		this.live = live;
		this.entries = live.reduce((sum, { file, replacedCount }) => sum + file.rows - replacedCount, 0);
		this.diskBytes = live.reduce((sum, { file }) => sum + file.info.bytes, 0);
	}

	/** The state of files read from disk. */
	static of(files: readonly ColumnFile[]): ColumnVersion {
		return new ColumnVersion([]).with(new Set(), files);
	}

	/** This version without some files and with others. */
	with(removed: ReadonlySet<ColumnFile>, added: readonly ColumnFile[]): ColumnVersion {
		const kept: LiveFile[] = this.live.filter(({ file }) => !removed.has(file));
		for (const file of added) kept.push({ file, replaced: null, replacedCount: 0 });
		const news = new Map<number, Uint32Array[]>();
		for (const file of added) {
			for (const { number, rows } of file.directory.replaced) {
				const lists = news.get(number);
				if (lists === undefined) news.set(number, [rows]);
				else lists.push(rows);
			}
		}
		return new ColumnVersion(kept.map((live) => withReplaced(live, news.get(live.file.info.number) ?? [])));
	}

	get files(): number {
		return this.live.length;
	}

	get isEmpty(): boolean {
		return this.live.length === 0;
	}

	get(key: Uint8Array, keyLength: number, slot: Slot): SearchResult {
		for (let i = this.live.length - 1; i >= 0; i--) {
			const { file, replaced } = this.live[i]!;
			const row = file.find(key, 0, keyLength);
			if (row < 0 || isSet(replaced, row)) continue;
			const group = file.groupOfRow(row);
			const pinned = [];
			for (let column = 0; column < file.columnCount; column++) pinned.push(file.acquire(group, column));
			const joiner = new RowJoiner(file.directory.shape, 0);
			joiner.join(
				pinned.map((entry) => entry.segment!),
				row - file.directory.groups[group]!.firstRow,
			);
			for (const entry of pinned) entry.pins--;
			slot.buffer = joiner.bytes;
			slot.start = joiner.start;
			slot.end = joiner.end;
			return FOUND;
		}
		return ABSENT;
	}

	addSources(reverse: boolean, into: EntrySource[]): void {
		for (let i = this.live.length - 1; i >= 0; i--) {
			const { file, replaced } = this.live[i]!;
			if (file.rows > 0) into.push(new ColumnCursor(file, replaced, reverse));
		}
	}

	estimate(lower: Uint8Array | null, upper: Uint8Array | null, into: { entries: number; bytes: number }): void {
		for (const { file, replacedCount } of this.live) {
			if (file.rows === 0) continue;
			const { groups } = file.directory;
			const from = lower === null ? 0 : file.groupOf(lower, 0, lower.length);
			const to = upper === null ? groups.length : file.groupOf(upper, 0, upper.length);
			// A range within one group is taken for a small part of it.
			const share = (lower === null && upper === null ? groups.length : to > from ? to - from : 1 / 16) / groups.length;
			into.entries += (file.rows - replacedCount) * share;
			into.bytes += file.info.bytes * share;
		}
	}

	verify(): string[] {
		const wrong: string[] = [];
		for (const { file } of this.live) {
			const damage = file.verify();
			wrong.push(...damage);
			if (damage.length > 0) continue;
			for (const { number, rows } of file.directory.replaced) {
				const other = this.live.find((live) => live.file.info.number === number);
				if (other !== undefined && rows.length > 0 && rows.at(-1)! >= other.file.rows)
					wrong.push(`"${file.path}" replaces rows that "${other.file.path}" does not have`);
			}
		}
		return wrong;
	}

	retain(): void {
		for (const { file } of this.live) file.references++;
	}

	release(): void {
		for (const { file } of this.live) file.release();
	}

	discard(): void {
		for (const { file } of this.live) file.isObsolete = true;
		this.release();
	}
}

export function isSet(bits: Uint8Array | null, row: number): boolean {
	return bits !== null && (bits[row >> 3]! & (1 << (row & 7))) !== 0;
}

function withReplaced(live: LiveFile, lists: readonly Uint32Array[]): LiveFile {
	if (lists.length === 0) return live;
	const { file } = live;
	const bits = new Uint8Array((file.rows + 7) >> 3);
	if (live.replaced !== null) bits.set(live.replaced);
	let count = live.replacedCount;
	for (const rows of lists) {
		for (let i = 0; i < rows.length; i++) {
			const row = rows[i]!;
			const mask = 1 << (row & 7);
			if ((bits[row >> 3]! & mask) !== 0) continue;
			bits[row >> 3]! |= mask;
			count++;
		}
	}
	return { file, replaced: bits, replacedCount: count };
}
