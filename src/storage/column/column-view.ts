/**
 * A column keyspace as of one offset: the files of its base, the rows of them that count, and the rows that are in no file yet.
 *
 * Calls: `prepare`, until it is true; then `hidden` and `rows`, any number of times; `close`. The view holds its files and layers, so
 * it stays as it is whatever is flushed or merged meanwhile.
 *
 * A row in a memtable hides the row of the base that has its key. A key above all keys of a file is not looked up in it, so rows that
 * are appended cost a comparison each.
 */
import { compareBytes } from '../../bytes/compare-bytes.ts';
import type { EngineVersion } from '../engine-version.ts';
import type { EntrySource } from '../entry-source.ts';
import { Merge } from '../merge.ts';
import type { ColumnFile } from './column-file.ts';
import type { ColumnVersion } from './column-version.ts';

const PIECE_ENTRIES = 4096;

export class ColumnView {
	readonly files: readonly ColumnFile[];
	/** By file: a bit for each row, set where it does not count; null: all count. Right once `prepare` is done. */
	readonly hidden: (Uint8Array | null)[];
	/** Rows in no file; right once `prepare` is done. */
	rowsAbove: number;
	readonly #own: boolean[];
	readonly #sources: () => EntrySource[];
	readonly #held: readonly EngineVersion[];
	#merge: Merge | null;
	#isOpen: boolean;

	/** `sources` gives the layers above the base, newest first, not yet sought; `held` is let go at the end. */
	constructor(base: ColumnVersion, sources: () => EntrySource[], held: readonly EngineVersion[]) {
		this.files = base.live.map(({ file }) => file);
		this.hidden = base.live.map(({ replaced }) => replaced);
		this.rowsAbove = 0;
		this.#own = base.live.map(() => false);
		this.#sources = sources;
		this.#held = held;
		this.#merge = null;
		this.#isOpen = true;
		for (const version of held) version.retain();
	}

	/** Looks up the keys of some more rows above the base; true when all are done. */
	prepare(): boolean {
		if (this.#merge === null) {
			this.#merge = new Merge(this.#sources(), false);
			this.#merge.seek(null, null);
		}
		const merge = this.#merge;
		for (let left = PIECE_ENTRIES; left > 0; left--) {
			if (!merge.next()) return true;
			const entry = merge.top!;
			this.#hide(entry.keyBuffer, entry.keyStart, entry.keyEnd);
			if (!entry.isTombstone) this.rowsAbove++;
		}
		return false;
	}

	/** The rows above the base, removals among them. */
	rows(): Merge {
		const merge = new Merge(this.#sources(), false);
		merge.seek(null, null);
		return merge;
	}

	#hide(key: Uint8Array, start: number, end: number): void {
		for (let i = 0; i < this.files.length; i++) {
			const file = this.files[i]!;
			const last = file.directory.groups.at(-1);
			if (last === undefined || compareBytes(last.largest, 0, last.largest.length, key, start, end) < 0) continue;
			const row = file.find(key, start, end);
			if (row < 0) continue;
			if (!this.#own[i]) {
				const bits = new Uint8Array((file.rows + 7) >> 3);
				const before = this.hidden[i]!;
				if (before !== null) bits.set(before);
				this.hidden[i] = bits;
				this.#own[i] = true;
			}
			this.hidden[i]![row >> 3]! |= 1 << (row & 7);
		}
	}

	close(): void {
		if (!this.#isOpen) return;
		this.#isOpen = false;
		this.#merge = null;
		for (const version of this.#held) version.release();
	}
}
