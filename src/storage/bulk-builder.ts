/**
 * Builds immutable sorted files for `KeyspaceStore.ingest`: large loads and index builds go past log and memtable.
 *
 * While keys ascend, entries go straight into the final files. Where they begin anew after a long run, another run is begun; at
 * the first key that does not ascend otherwise, entries are sorted in memory and written as runs. `finish` merges the runs, unless they
 * `mayOverlap`: then they are given one after the other. Of equal keys the one added last counts, unless `onDuplicate` refuses them.
 *
 * Cost: `sortBytes` of memory; sorted input is written once, unsorted input twice when runs are merged.
 */
import { invariant } from '../platform/errors.ts';
import type { FileSystem } from '../platform/files.ts';
import { BlockCache } from './block-cache.ts';
import { EntrySorter, type EntryTaker } from './entry-sorter.ts';
import type { EntrySource } from './entry-source.ts';
import { checkKeyLength } from './key-limit.ts';
import { LevelCursor } from './lsm/level-cursor.ts';
import { Level } from './lsm/lsm-version.ts';
import { type RunOptions, RunWriter } from './lsm/run-writer.ts';
import { Sstable } from './lsm/sstable.ts';
import { type SstableInfo, sstableName } from './lsm/sstable-format.ts';
import { Merge } from './merge.ts';

const SORT_BYTES = 32 << 20;
const READ_AHEAD_BYTES = 1 << 18;
/** Input that comes in a few long sorted parts is not sorted again: from so many entries on a part is a run of its own. */
const LONG_RUN_ENTRIES = 20_000;
const LONG_RUNS_MAX = 16;

export interface BulkOptions {
	/** Memory for sorting; default 32 MiB. */
	readonly sortBytes?: number;
	/** Keys come in ascending order, each once; it is not checked. An engine may then write files of its own format at once. */
	readonly isAscending?: boolean;
	/** Called with a copy of a key that came twice; it may throw to refuse it. Without it the later entry replaces the earlier. */
	readonly onDuplicate?: (key: Uint8Array) => void;
	/** Whoever takes the files in merges them: they are several runs, the oldest first. Not with `onDuplicate`. */
	readonly mayOverlap?: boolean;
}

/** A file to be named by a bulk record of the log and handed to `ingest`. */
export interface BulkOutput {
	readonly name: string;
	readonly bytes: number;
	readonly hash: string;
}

/** Who takes the entries of a bulk load, and makes finished, synced files of them. */
export interface BulkTarget {
	/** Entries added so far. */
	readonly count: number;
	/** Adds an entry; keys and values are copied. */
	add(key: Uint8Array, keyStart: number, keyEnd: number, value: Uint8Array, valueStart: number, valueEnd: number): void;
	/** Finishes in steps of about `entries` entries; returns whether it is done. */
	finishStep(entries: number): boolean;
	/** The finished, synced files; none when nothing was added. */
	finish(): BulkOutput[];
	/** Removes all files; also after `finish`, when the load is not committed. */
	abandon(): void;
}

export class BulkBuilder implements BulkTarget {
	readonly #files: FileSystem;
	readonly #run: RunOptions;
	readonly #sortBytes: number;
	readonly #onDuplicate: ((key: Uint8Array) => void) | null;
	readonly #isAscending: boolean;
	readonly #mayOverlap: boolean;
	readonly #nextNumber: () => number;
	readonly #cache: BlockCache;
	/** Finished runs, oldest first. */
	readonly #runs: SstableInfo[][];
	#writer: RunWriter;
	#sorter: EntrySorter | null;
	/** The key merged last. */
	#lastKey: Uint8Array;
	#lastKeyLength: number;
	#count: number;
	/** Of the run being written in order. */
	#runEntries: number;
	#merge: Merge | null;
	#merged: Sstable[];
	#output: SstableInfo[] | null;

	constructor(files: FileSystem, run: RunOptions, options: BulkOptions, nextNumber: () => number) {
		this.#files = files;
		this.#run = run;
		this.#sortBytes = options.sortBytes ?? SORT_BYTES;
		this.#onDuplicate = options.onDuplicate ?? null;
		this.#isAscending = options.isAscending ?? false;
		this.#mayOverlap = options.mayOverlap ?? false;
		this.#nextNumber = nextNumber;
		this.#cache = new BlockCache(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
		this.#runs = [];
		this.#writer = new RunWriter(files, run, nextNumber);
		this.#sorter = null;
		this.#lastKey = new Uint8Array(64);
		this.#lastKeyLength = 0;
		this.#count = 0;
		this.#runEntries = 0;
		this.#merge = null;
		this.#merged = [];
		this.#output = null;
	}

	/** Entries added so far. */
	get count(): number {
		return this.#count;
	}

	/** Adds an entry; keys and values are copied. */
	add(key: Uint8Array, keyStart: number, keyEnd: number, value: Uint8Array, valueStart: number, valueEnd: number): void {
		invariant(this.#output === null && this.#merge === null, 'nothing is added to a finished bulk load');
		checkKeyLength(keyEnd - keyStart);
		this.#count++;
		if (this.#isAscending) {
			this.#writer.add(key, keyStart, keyEnd, value, valueStart, valueEnd);
			return;
		}
		if (this.#sorter === null) {
			if (this.#writer.addNext(key, keyStart, keyEnd, value, valueStart, valueEnd)) {
				this.#runEntries++;
				return;
			}
			this.#runs.push(finishedTables(this.#writer));
			if (this.#runEntries >= LONG_RUN_ENTRIES && this.#runs.length < LONG_RUNS_MAX) {
				this.#writer = new RunWriter(this.#files, this.#run, this.#nextNumber);
				this.#runEntries = 1;
				this.#writer.add(key, keyStart, keyEnd, value, valueStart, valueEnd);
				return;
			}
			this.#sorter = new EntrySorter();
		}
		const sorter = this.#sorter;
		sorter.add(key, keyStart, keyEnd, value, valueStart, valueEnd);
		if (sorter.memoryBytes >= this.#sortBytes) this.#writeRun(sorter);
	}

	/** Finishes in steps of about `entries` entries; returns whether it is done. */
	finishStep(entries: number): boolean {
		if (this.#output !== null) return true;
		if (this.#sorter === null && this.#runs.length === 0 && this.#merge === null) {
			this.#finishOutput();
			return true;
		}
		if (this.#mayOverlap) {
			this.#finishRuns();
			return true;
		}
		if (this.#merge === null) this.#startMerge();
		const merge = this.#merge!;
		for (let i = 0; i < entries; i++) {
			const duplicates = merge.duplicates;
			if (!merge.next()) {
				if (merge.duplicates !== duplicates) this.#onDuplicate?.(this.#lastKey.slice(0, this.#lastKeyLength));
				this.#finishOutput();
				this.#removeRuns();
				return true;
			}
			// The merge skips the others with the last key when it moves on.
			if (merge.duplicates !== duplicates) this.#onDuplicate?.(this.#lastKey.slice(0, this.#lastKeyLength));
			const entry = merge.top!;
			this.#writer.add(entry.keyBuffer, entry.keyStart, entry.keyEnd, entry.valueBuffer, entry.valueStart, entry.valueEnd);
			if (this.#onDuplicate !== null) this.#keep(entry.keyBuffer, entry.keyStart, entry.keyEnd);
		}
		return false;
	}

	/** The finished, synced files in order of their keys; none when nothing was added. */
	finish(): BulkOutput[] {
		while (!this.finishStep(100_000));
		return this.#output!.map((info) => ({ name: sstableName(info.number), bytes: info.bytes, hash: info.hash }));
	}

	/** Removes all files; also after `finish`, when the load is not committed. */
	abandon(): void {
		this.#writer.abandon();
		this.#removeRuns();
		this.#output = [];
	}

	/** The last of the runs: the entries in memory, or those that came in order. */
	#closeRuns(): void {
		if (this.#sorter === null) this.#runs.push(finishedTables(this.#writer));
		else if (this.#sorter.count > 0) this.#writeRun(this.#sorter);
		this.#sorter = null;
	}

	/** All runs as they are. */
	#finishRuns(): void {
		this.#closeRuns();
		this.#files.syncDirectory(this.#run.directory);
		this.#output = this.#runs.flat();
	}

	#finishOutput(): void {
		const output = finishedTables(this.#writer);
		if (output.length > 0) this.#files.syncDirectory(this.#run.directory);
		this.#output = output;
	}

	/** Sorts what is in memory into a run of its own. */
	#writeRun(sorter: EntrySorter): void {
		const writer = new RunWriter(this.#files, this.#run, this.#nextNumber);
		const take: EntryTaker = (key, keyStart, keyEnd, value, valueStart, valueEnd) => writer.add(key, keyStart, keyEnd, value, valueStart, valueEnd);
		sorter.drain(take, this.#onDuplicate);
		this.#runs.push(finishedTables(writer));
	}

	#startMerge(): void {
		const sources: EntrySource[] = [];
		this.#closeRuns();
		for (let i = this.#runs.length - 1; i >= 0; i--) {
			const tables = this.#runs[i]!.map((info) => new Sstable(this.#files, this.#run.directory, info, this.#cache));
			this.#merged.push(...tables);
			sources.push(new LevelCursor(new Level(tables), false, READ_AHEAD_BYTES));
		}
		this.#writer = new RunWriter(this.#files, this.#run, this.#nextNumber);
		this.#lastKeyLength = 0;
		this.#merge = new Merge(sources, false);
		this.#merge.seek(null, null);
	}

	#removeRuns(): void {
		for (const table of this.#merged.splice(0)) table.close();
		for (const infos of this.#runs.splice(0)) {
			for (const info of infos) {
				const path = `${this.#run.directory}/${sstableName(info.number)}`;
				if (this.#files.exists(path)) this.#files.remove(path);
			}
		}
		this.#sorter = null;
		this.#merge = null;
	}

	#keep(key: Uint8Array, start: number, end: number): void {
		const length = end - start;
		if (length > this.#lastKey.length) this.#lastKey = new Uint8Array(length * 2);
		const last = this.#lastKey;
		for (let i = 0; i < length; i++) last[i] = key[start + i]!;
		this.#lastKeyLength = length;
	}
}

/** Bulk files keep their values: they go where they are not written again soon. */
function finishedTables(writer: RunWriter): SstableInfo[] {
	return writer.finish().tables.map((table) => table.info);
}
