/**
 * The newest own entries of one keyspace in key order: runs of entry numbers, each run sorted, runs in order. An insertion
 * moves at most one run; appending in key order moves nothing.
 *
 * `generation` changes whenever places move, so that a cursor knows that it must find its place again by key.
 */
import { compareBytes } from '../bytes/compare-bytes.ts';
import type { WriteSet } from './write-set.ts';

const RUN_ENTRIES_MAX = 256;

export class OrderedEntries {
	count: number;
	generation: number;
	readonly #entries: WriteSet;
	readonly #runs: number[][];

	constructor(entries: WriteSet) {
		this.count = 0;
		this.generation = 0;
		this.#entries = entries;
		this.#runs = [[]];
	}

	/** Adds an entry, in the place of `previous` (−1: of none). */
	put(entry: number, previous: number): void {
		const entries = this.#entries;
		const start = entries.keyStart(entry);
		const place = this.seek(entries.arena, start, start + entries.keyLength(entry));
		const runIndex = Math.floor(place / RUN_ENTRIES_MAX);
		const run = this.#runs[runIndex]!;
		const at = place % RUN_ENTRIES_MAX;
		if (previous >= 0) {
			run[at] = entry;
			return;
		}
		if (at === run.length) run.push(entry);
		else run.splice(at, 0, entry);
		this.count++;
		this.generation++;
		if (run.length >= RUN_ENTRIES_MAX) this.#split(runIndex);
	}

	/** Takes back `put(entry, previous)`. */
	undo(entry: number, previous: number): void {
		const entries = this.#entries;
		const start = entries.keyStart(entry);
		const place = this.seek(entries.arena, start, start + entries.keyLength(entry));
		const run = this.#runs[Math.floor(place / RUN_ENTRIES_MAX)]!;
		if (previous >= 0) {
			run[place % RUN_ENTRIES_MAX] = previous;
			return;
		}
		run.splice(place % RUN_ENTRIES_MAX, 1);
		if (run.length === 0 && this.#runs.length > 1) this.#runs.splice(this.#runs.indexOf(run), 1);
		this.count--;
		this.generation++;
	}

	/** The place of the first entry whose key is not below `key[start, end)`; for `at` and `after`. May be one past its run. */
	seek(key: Uint8Array, start: number, end: number): number {
		const entries = this.#entries;
		const arena = entries.arena;
		let low = 0;
		let high = this.#runs.length - 1;
		while (low < high) {
			const middle = (low + high) >>> 1;
			const last = this.#runs[middle]!.at(-1)!;
			const lastStart = entries.keyStart(last);
			if (compareBytes(arena, lastStart, lastStart + entries.keyLength(last), key, start, end) < 0) low = middle + 1;
			else high = middle;
		}
		const run = this.#runs[low]!;
		let from = 0;
		let to = run.length;
		while (from < to) {
			const middle = (from + to) >>> 1;
			const entry = run[middle]!;
			const entryStart = entries.keyStart(entry);
			if (compareBytes(arena, entryStart, entryStart + entries.keyLength(entry), key, start, end) < 0) from = middle + 1;
			else to = middle;
		}
		return low * RUN_ENTRIES_MAX + from;
	}

	/** Place of the first entry. */
	first(): number {
		return 0;
	}

	/** Place of the last entry, or −1. */
	last(): number {
		const run = this.#runs.length - 1;
		return this.count === 0 ? -1 : run * RUN_ENTRIES_MAX + this.#runs[run]!.length - 1;
	}

	/** The entry at a place, or −1 when there is none there. */
	at(place: number): number {
		if (place < 0) return -1;
		const run = this.#runs[Math.floor(place / RUN_ENTRIES_MAX)];
		return run?.[place % RUN_ENTRIES_MAX] ?? -1;
	}

	/** The place of the next entry, also from one past a run. The result is not valid past the last entry: `at` gives −1. */
	next(place: number): number {
		const run = Math.floor(place / RUN_ENTRIES_MAX);
		const after = (place % RUN_ENTRIES_MAX) + 1;
		return after < (this.#runs[run]?.length ?? 0) ? place + 1 : (run + 1) * RUN_ENTRIES_MAX;
	}

	/** The place before, or −1. */
	previous(place: number): number {
		if (place % RUN_ENTRIES_MAX > 0) return place - 1;
		const run = Math.floor(place / RUN_ENTRIES_MAX) - 1;
		return run < 0 ? -1 : run * RUN_ENTRIES_MAX + this.#runs[run]!.length - 1;
	}

	#split(index: number): void {
		const run = this.#runs[index]!;
		// Appending in order fills runs; insertions in the middle halve them.
		const isLast = index === this.#runs.length - 1;
		const keep = isLast ? RUN_ENTRIES_MAX - 16 : RUN_ENTRIES_MAX >>> 1;
		this.#runs.splice(index + 1, 0, run.splice(keep));
	}
}
