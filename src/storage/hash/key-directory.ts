/**
 * The key directory of a keyspace: where the newest record of each key lies. Open addressing over one typed array, three words an
 * entry (`segment-format.ts`); the keys themselves are not in it, so an entry that has the hash of a key is confirmed by reading.
 *
 * The home of an entry is its hash scaled to the capacity, and entries stand in order of their hashes (linear probing that keeps
 * the order): a search ends at the first greater hash, and filling it from hints, which are in the same order, walks memory
 * from front to back. Several entries may have one hash: the newest stands first.
 *
 * Invariants:
 * (1) Hashes ascend from slot to slot, empty slots left out.
 * (2) From the home of an entry to its slot no slot is empty.
 *
 * Cost: 12 bytes a slot; full to 70 %, it grows by half: 17 to 26 bytes an entry, 43 while it grows. Removing moves what
 * follows back. Source: Amble, Knuth, "Ordered hash tables" (1974).
 */
import { HINT_WORDS, LENGTH_MASK, LENGTH_SHIFT, PLACE_MASK, SUPERSEDED_BIT, TOMBSTONE_BIT } from './segment-format.ts';

const LOAD_MAX = 0.7;
const GROWTH = 1.5;
const CAPACITY_MIN = 16;
/** Slots behind the last home, for entries that do not find theirs free; the table grows when they do not do. */
const SLACK_MAX = 1024;
const SIGN = 0x80000000;
const TWO_TO_32 = 0x1_0000_0000;
const LOOP_MOVE_WORDS = 96;

export class KeyDirectory {
	/** Read by those who search: three words a slot, the second 0 where it is empty. One empty slot always stands at the end. */
	readonly words: Int32Array;
	readonly capacity: number;
	/** Entries, and those of them that are neither tombstones nor superseded. */
	entries: number;
	live: number;
	readonly #scale: number;
	/** While it is filled in order: behind the last entry. */
	#end: number;

	constructor(capacity: number) {
		this.capacity = capacity;
		this.words = new Int32Array((capacity + Math.min(capacity, SLACK_MAX) + 1) * HINT_WORDS);
		this.entries = 0;
		this.live = 0;
		this.#scale = capacity / TWO_TO_32;
		this.#end = 0;
	}

	/** The capacity for so many entries. */
	static capacityFor(entries: number): number {
		return Math.max(CAPACITY_MIN, Math.ceil(entries / LOAD_MAX));
	}

	get memoryBytes(): number {
		return this.words.byteLength;
	}

	/** What its memory would be with more entries. */
	bytesWith(more: number): number {
		return this.hasRoom(more) ? this.memoryBytes : (this.grownFor(more) + SLACK_MAX) * HINT_WORDS * 4;
	}

	hasRoom(more: number): boolean {
		return this.entries + more <= this.capacity * LOAD_MAX;
	}

	/** The capacity that makes room for more entries. */
	grownFor(more: number): number {
		return Math.max(Math.ceil(this.capacity * GROWTH), KeyDirectory.capacityFor(this.entries + more));
	}

	/** The place in `words` of the first entry whose hash is not less. */
	search(hash: number): number {
		const words = this.words;
		let at = this.#home(hash) * HINT_WORDS;
		while (words[at + 1] !== 0 && words[at]! < hash) at += HINT_WORDS;
		return at;
	}

	/** Puts an entry at the place that `search` gave for its hash, before what has the same; false, and nothing is done, when the end is full. */
	insert(at: number, hash: number, position: number, rest: number): boolean {
		const words = this.words;
		let end = at;
		while (words[end + 1] !== 0) end += HINT_WORDS;
		// The last slot stays empty: searches end there.
		if (end + HINT_WORDS >= words.length) return false;
		if (end - at > LOOP_MOVE_WORDS) words.copyWithin(at + HINT_WORDS, at, end);
		else for (let i = end - 1; i >= at; i--) words[i + HINT_WORDS] = words[i]!;
		this.#set(at, hash, position, rest);
		return true;
	}

	/** Adds an entry whose hash is not less than any before; while it is filled only. False when the end is full. */
	append(hash: number, position: number, rest: number): boolean {
		const at = Math.max(this.#home(hash) * HINT_WORDS, this.#end);
		if (at + HINT_WORDS >= this.words.length) return false;
		this.#end = at + HINT_WORDS;
		this.#set(at, hash, position, rest);
		return true;
	}

	/** Takes the entry at a place away; what follows moves back. */
	remove(at: number): void {
		const words = this.words;
		this.entries--;
		if ((words[at + 2]! & (TOMBSTONE_BIT | SUPERSEDED_BIT)) === 0) this.live--;
		let end = at + HINT_WORDS;
		while (words[end + 1] !== 0 && this.#home(words[end]!) * HINT_WORDS < end) end += HINT_WORDS;
		if (end - at > LOOP_MOVE_WORDS) words.copyWithin(at, at + HINT_WORDS, end);
		else for (let i = at; i < end - HINT_WORDS; i++) words[i] = words[i + HINT_WORDS]!;
		words[end - 2] = 0;
	}

	/** The entry at a place is not the newest of its key any more, but is kept. */
	supersede(at: number): void {
		const rest = this.words[at + 2]!;
		if ((rest & (TOMBSTONE_BIT | SUPERSEDED_BIT)) === 0) this.live--;
		this.words[at + 2] = rest | SUPERSEDED_BIT;
	}

	/** Says which invariant is broken, if any. */
	verify(): string[] {
		const words = this.words;
		let entries = 0;
		let live = 0;
		let last = -SIGN;
		let emptyBefore = -HINT_WORDS;
		for (let at = 0; at < words.length; at += HINT_WORDS) {
			if (words[at + 1] === 0) {
				emptyBefore = at;
				continue;
			}
			if (words[at]! < last) return [`key directory: slot ${at / HINT_WORDS} is out of order (1)`];
			if (this.#home(words[at]!) * HINT_WORDS <= emptyBefore) return [`key directory: slot ${at / HINT_WORDS} cannot be reached (2)`];
			last = words[at]!;
			entries++;
			if ((words[at + 2]! & (TOMBSTONE_BIT | SUPERSEDED_BIT)) === 0) live++;
		}
		if (entries === this.entries && live === this.live) return [];
		return [`key directory: ${entries} entries and ${live} live ones, ${this.entries} and ${this.live} counted`];
	}

	#set(at: number, hash: number, position: number, rest: number): void {
		const words = this.words;
		words[at] = hash;
		words[at + 1] = position;
		words[at + 2] = rest;
		this.entries++;
		if ((rest & (TOMBSTONE_BIT | SUPERSEDED_BIT)) === 0) this.live++;
	}

	#home(hash: number): number {
		return Math.floor((hash + SIGN) * this.#scale);
	}
}

/** The parts of an entry's third word. */
export function lowHashOf(rest: number): number {
	return rest >>> 24;
}

export function unitsOf(rest: number): number {
	return (rest >>> LENGTH_SHIFT) & LENGTH_MASK;
}

export function placeOf(rest: number): number {
	return rest & PLACE_MASK;
}
