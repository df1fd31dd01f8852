/**
 * Merges of column files in the background: small files become larger ones, and replaced rows go. One at a time, as a worker task or,
 * for writers who wait, in this thread.
 *
 * A merge decides at its beginning which rows are replaced, and a flush says by row numbers what it replaces: so of one
 * keyspace only one of the two is under way (`mayFlush`, `isFlushing`).
 */
import { NO_BYTES } from '../entry-source.ts';
import type { StoredFile } from '../manifest.ts';
import type { EngineOwner, Maintenance } from '../storage-engine.ts';
import { ColumnFile } from './column-file.ts';
import type { ColumnFileInfo } from './column-file-writer.ts';
import { type MergeInput, type MergeOutput, mergeTask } from './column-merge-task.ts';
import type { ColumnPool } from './column-pool.ts';
import type { ColumnVersion, LiveFile } from './column-version.ts';

/** Files of about one size that are merged. */
const TIER_FILES = 4;
/** How much larger than those before it a file may be to be merged with them. */
const TIER_FACTOR = 3;
/** Merges make no files of more rows: they would hold up flushes for long. */
const ROWS_MAX = 1 << 22;
/** The share of replaced rows from which on a file is written anew. */
const REPLACED_SHARE = 0.25;
const SLOW_FILES = 16;
const STOP_FILES = 32;

/** The files that are worth merging, or none. */
export function pickFiles(live: readonly LiveFile[], isSettling: boolean): readonly LiveFile[] {
	const wasteful = live.filter(({ file, replacedCount }) => replacedCount > 0 && replacedCount >= file.rows * REPLACED_SHARE);
	if (isSettling && (live.length > 1 || live.some(({ replacedCount }) => replacedCount > 0))) return live;
	const rowsOf = ({ file, replacedCount }: LiveFile): number => file.rows - replacedCount;
	const bySize = live.filter((one) => rowsOf(one) <= ROWS_MAX / 2).sort((a, b) => rowsOf(a) - rowsOf(b));
	const picked: LiveFile[] = [];
	let rows = 0;
	for (const one of bySize) {
		if (picked.length >= TIER_FILES && rowsOf(one) > rows * TIER_FACTOR) break;
		if (rows + rowsOf(one) > ROWS_MAX) break;
		picked.push(one);
		rows += rowsOf(one);
	}
	if (picked.length >= TIER_FILES) return picked;
	return wasteful.slice(0, 1);
}

interface Merging {
	readonly id: number;
	readonly picked: readonly LiveFile[];
}

export class ColumnMaintenance implements Maintenance {
	merges = 0;
	bytesMerged = 0;
	readonly #owner: EngineOwner;
	readonly #pool: ColumnPool;
	readonly #candidates = new Set<number>();
	readonly #settling = new Set<number>();
	#current: Merging | null = null;
	#pressure = 0;

	constructor(owner: EngineOwner, pool: ColumnPool) {
		this.#owner = owner;
		this.#pool = pool;
	}

	noteFiles(id: number): void {
		this.#candidates.add(id);
		this.#measure();
	}

	forget(id: number): void {
		this.#candidates.delete(id);
		this.#settling.delete(id);
		this.#measure();
	}

	settle(id: number): void {
		if (this.#owner.base(id)?.files === 0) return;
		this.#settling.add(id);
		this.#candidates.add(id);
	}

	isSettling(): boolean {
		return this.#settling.size > 0;
	}

	mayFlush(id: number): boolean {
		return this.#current?.id !== id;
	}

	pressure(): number {
		return this.#pressure;
	}

	start(): void {
		if (this.#current !== null) return;
		const picked = this.#pick();
		if (picked === null) return;
		this.#current = picked;
		// The inputs stay open and in place, whatever happens to the keyspace meanwhile.
		for (const { file } of picked.picked) file.references++;
		this.#owner.began();
		this.#owner.tasks.run(mergeTask, this.#inputOf(picked), (error, merged) => {
			for (const { file } of picked.picked) file.release();
			if (error === null) this.#commit(picked, merged!);
			else {
				this.#current = null;
				this.#owner.failed(error);
			}
			this.#owner.ended();
		});
	}

	runHere(): boolean {
		this.#owner.finishEdits();
		if (this.#current !== null) {
			this.#owner.tasks.drain(() => this.#current === null);
			this.#owner.finishEdits();
			return true;
		}
		const picked = this.#pick();
		if (picked === null) return false;
		this.#current = picked;
		let merged: MergeOutput;
		try {
			merged = mergeTask.run(this.#inputOf(picked), this.#owner.files);
		} catch (error) {
			this.#current = null;
			throw error;
		}
		this.#commit(picked, merged);
		this.#owner.finishEdits();
		return true;
	}

	#pick(): Merging | null {
		for (const id of this.#candidates) {
			if (this.#owner.isFlushing(id)) continue;
			const base = this.#owner.base(id) as ColumnVersion | null;
			const picked = base === null ? [] : pickFiles(base.live, this.#settling.has(id));
			if (picked.length > 0) return { id, picked };
			this.#candidates.delete(id);
			this.#settling.delete(id);
		}
		return null;
	}

	#inputOf({ id, picked }: Merging): MergeInput {
		const base = this.#owner.base(id) as ColumnVersion;
		return {
			directory: this.#owner.directory,
			files: picked.map(({ file, replaced }) => ({ info: file.info, replaced })),
			number: this.#owner.takeNumbers(1),
			shape: this.#owner.options.rowShape(id),
			staying: base.live.filter((live) => !picked.includes(live)).map(({ file }) => file.info.number),
		};
	}

	#commit({ id, picked }: Merging, merged: MergeOutput): void {
		this.#owner.replace(id, {
			change: { removed: picked.map(({ file }) => file.info.number), added: merged === null ? [] : [storedColumnFile(merged)] },
			made: merged === null ? [] : [merged.number],
			isValid: (base) => picked.every((one) => (base as ColumnVersion).live.includes(one)),
			finished: () => {
				this.#current = null;
			},
			install: (base) => {
				this.merges++;
				this.bytesMerged += merged?.bytes ?? 0;
				for (const { file } of picked) file.isObsolete = true;
				const added = merged === null ? [] : [new ColumnFile(this.#owner.files, this.#owner.directory, merged, this.#pool)];
				return (base as ColumnVersion).with(new Set(picked.map(({ file }) => file)), added);
			},
		});
	}

	#measure(): void {
		let files = 0;
		for (const id of this.#candidates) {
			const base = this.#owner.base(id) as ColumnVersion | null;
			if (base !== null) files = Math.max(files, base.live.filter(({ file }) => file.rows <= ROWS_MAX / 2).length);
		}
		this.#pressure = files >= STOP_FILES ? 2 : files >= SLOW_FILES ? 1 : 0;
	}
}

/** What the manifest says of a column file. */
export function storedColumnFile(info: ColumnFileInfo): StoredFile {
	return { level: 0, info: { ...info, hash: '00000000', smallest: NO_BYTES, largest: NO_BYTES }, state: NO_BYTES };
}
