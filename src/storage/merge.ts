/**
 * Merges sorted sources: at each key the newest source wins and the others' entries are skipped. Sources are given newest
 * first. `top` is the winner; tombstones are shown, the caller decides.
 *
 * The sources are kept sorted by their current keys, so that a run of entries from one source costs one comparison each.
 */
import { compareBytes } from '../bytes/compare-bytes.ts';
import type { EntrySource } from './entry-source.ts';

export class Merge {
	/** The source that stands on the entry found by the last `next`. */
	top: EntrySource | null;
	/** Entries skipped so far because a newer source had their key. */
	duplicates: number;
	readonly #sources: readonly EntrySource[];
	readonly #reverse: boolean;
	/** Sources with an entry, in order of their keys, newest first among equals; and their ages. */
	readonly #order: EntrySource[];
	readonly #ages: number[];
	#count: number;
	#isStarted: boolean;
	/** The second source stands on the same key as the first. */
	#hasDuplicate: boolean;

	constructor(sources: readonly EntrySource[], reverse: boolean) {
		this.top = null;
		this.duplicates = 0;
		this.#sources = sources;
		this.#reverse = reverse;
		this.#order = [];
		this.#ages = [];
		this.#count = 0;
		this.#isStarted = false;
		this.#hasDuplicate = false;
	}

	seek(lower: Uint8Array | null, upper: Uint8Array | null): void {
		for (let i = 0; i < this.#sources.length; i++) this.#sources[i]!.seek(lower, upper);
		this.#isStarted = false;
		this.#count = 0;
	}

	next(): boolean {
		if (this.#isStarted) {
			if (this.#count === 0) return false;
			while (this.#hasDuplicate) {
				this.duplicates++;
				this.#advance(1);
			}
			this.#advance(0);
		} else {
			this.#start();
		}
		this.top = this.#order[0]!;
		return this.#count > 0;
	}

	#start(): void {
		this.#isStarted = true;
		this.#count = 0;
		this.#hasDuplicate = false;
		for (let age = this.#sources.length - 1; age >= 0; age--) {
			const source = this.#sources[age]!;
			if (!source.next()) continue;
			for (let i = this.#count; i > 0; i--) {
				this.#order[i] = this.#order[i - 1]!;
				this.#ages[i] = this.#ages[i - 1]!;
			}
			this.#order[0] = source;
			this.#ages[0] = age;
			this.#count++;
			this.#sink(0);
		}
		this.#checkDuplicate();
	}

	/** Moves the source at a place on, and to its new place. */
	#advance(place: number): void {
		if (this.#order[place]!.next()) {
			this.#sink(place);
		} else {
			this.#count--;
			this.#hasDuplicate = true; // not known: compared below
			for (let i = place; i < this.#count; i++) {
				this.#order[i] = this.#order[i + 1]!;
				this.#ages[i] = this.#ages[i + 1]!;
			}
		}
		if (this.#count < 2) this.#hasDuplicate = false;
		else if (place === 1 || this.#hasDuplicate) this.#checkDuplicate();
	}

	/** Restores the order when only the source at `place` may be too far forward; tells about duplicates on the way. */
	#sink(place: number): void {
		const order = this.#order;
		const ages = this.#ages;
		const source = order[place]!;
		const age = ages[place]!;
		let at = place;
		let isEqual = false;
		while (at + 1 < this.#count) {
			const comparison = this.#compare(source, order[at + 1]!);
			isEqual = comparison === 0;
			if (comparison < 0 || (isEqual && age < ages[at + 1]!)) break;
			order[at] = order[at + 1]!;
			ages[at] = ages[at + 1]!;
			at++;
		}
		order[at] = source;
		ages[at] = age;
		// Sunk further, the first two must be compared anew.
		if (place === 0) this.#hasDuplicate = at === 0 ? isEqual : true;
	}

	#checkDuplicate(): void {
		this.#hasDuplicate = this.#count > 1 && this.#compare(this.#order[0]!, this.#order[1]!) === 0;
	}

	#compare(a: EntrySource, b: EntrySource): number {
		const comparison = compareBytes(a.keyBuffer, a.keyStart, a.keyEnd, b.keyBuffer, b.keyStart, b.keyEnd);
		return this.#reverse ? -comparison : comparison;
	}
}
