/**
 * The changes of a key directory that follow from a flush, in slices that leave the event loop free: overlays are folded in, doubts
 * acted on once they are settled, superseded entries swept when no version needs them any more. Everything is consistent for
 * readers after each slice.
 */
import { compareArrays } from '../../bytes/compare-bytes.ts';
import { DOUBT_WORDS, type HashBase } from './hash-base.ts';
import { KeyDirectory, lowHashOf, placeOf, unitsOf } from './key-directory.ts';
import { HINT_WORDS, SUPERSEDED_BIT, TOMBSTONE_BIT } from './segment-format.ts';

export class DirectoryFold {
	readonly #base: HashBase;
	/** The larger directory that entries are being copied to, and the place of the next. */
	#grown: KeyDirectory | null;
	#growAt: number;
	/** Hashes of superseded entries that a sweep goes through, and how many are left. */
	#swept: Int32Array;
	#sweepLeft: number;

	constructor(base: HashBase) {
		this.#base = base;
		this.#grown = null;
		this.#growAt = 0;
		this.#swept = new Int32Array(0);
		this.#sweepLeft = 0;
	}

	/** Memory beside the base's own, and that of the directory to come. */
	get memoryBytes(): number {
		return this.grownBytes + this.#swept.byteLength;
	}

	get grownBytes(): number {
		return this.#grown?.memoryBytes ?? 0;
	}

	/** Entries are being copied: nothing else may change the directory. */
	get isGrowing(): boolean {
		return this.#grown !== null;
	}

	get isSweepWanted(): boolean {
		return this.#sweepLeft > 0 || (this.#base.mustSweep && this.#base.superseded.count > 0);
	}

	/** Folds up to so many hints of the oldest overlay in, or copies twice as many entries to a larger directory. */
	slice(hints: number): void {
		const base = this.#base;
		if (this.#grown !== null) {
			this.#copy(this.#grown, hints * 2);
			return;
		}
		const overlay = base.overlays.at(-1);
		if (overlay === undefined) return;
		const left = (overlay.hints.length - overlay.next) / HINT_WORDS;
		if (!base.directory.hasRoom(left)) {
			this.#grow(base.directory.grownFor(left));
			return;
		}
		const end = Math.min(overlay.hints.length, overlay.next + hints * HINT_WORDS);
		const { hints: words, segment } = overlay;
		for (; overlay.next < end; overlay.next += HINT_WORDS) {
			const at = overlay.next;
			if (!this.add(words[at]!, words[at + 1]!, words[at + 2]! | segment.place)) {
				this.#grow(base.directory.grownFor(left));
				return;
			}
		}
		if (overlay.next === overlay.hints.length) base.overlays.pop();
	}

	/** Makes room for so many entries at once: for an empty directory. */
	reserve(entries: number): void {
		this.#base.directory = new KeyDirectory(KeyDirectory.capacityFor(entries));
	}

	/** Adds an entry that is newer than all; grows in one go if need be. */
	mustAdd(hash: number, position: number, rest: number): void {
		while (!this.add(hash, position, rest)) {
			this.#grow(this.#base.directory.grownFor(1));
			while (this.#grown !== null) this.#copy(this.#grown, Number.POSITIVE_INFINITY);
		}
	}

	/** Adds an entry that is newer than all; false when the directory must grow first. */
	add(hash: number, position: number, rest: number): boolean {
		const { directory, doubts } = this.#base;
		const words = directory.words;
		const low = lowHashOf(rest);
		const first = directory.search(hash);
		let older = first;
		while (words[older + 1] !== 0 && words[older] === hash && !(lowHashOf(words[older + 2]!) === low && (words[older + 2]! & SUPERSEDED_BIT) === 0)) {
			older += HINT_WORDS;
		}
		const hasOlder = words[older + 1] !== 0 && words[older] === hash;
		// A tombstone that hides nothing stays in its segment alone.
		if (!hasOlder && (rest & TOMBSTONE_BIT) !== 0) return true;
		const olderPosition = words[older + 1]!;
		const olderPlace = placeOf(words[older + 2]!);
		if (!directory.insert(first, hash, position, rest)) return false;
		if (hasOlder) doubts.add(hash, position, olderPosition, (placeOf(rest) << 16) | olderPlace);
		return true;
	}

	/** Acts on settled doubts: `isSame` says of each whether both entries are of one key. */
	settle(doubts: Int32Array, isSame: Uint8Array): void {
		const base = this.#base;
		for (let i = 0; i < isSame.length; i++) {
			const at = i * DOUBT_WORDS;
			const hash = doubts[at]!;
			const newerPlace = doubts[at + 3]! >>> 16;
			const older = this.#find(hash, doubts[at + 2]!, doubts[at + 3]! & 0xffff);
			if (older >= 0 && isSame[i] === 1) this.#supersede(older, base.places[newerPlace]!.age);
			else this.#resolve(hash);
			const newer = this.#find(hash, doubts[at + 1]!, newerPlace);
			if (newer >= 0) this.#dropTombstone(newer);
		}
	}

	/** Looks at up to so many superseded entries and removes those that no version needs. */
	sweepSlice(entries: number): void {
		const base = this.#base;
		if (this.#sweepLeft === 0) {
			base.mustSweep = false;
			this.#sweepLeft = base.superseded.count;
			this.#swept = base.superseded.takeLast(this.#sweepLeft);
		}
		const end = Math.max(0, this.#sweepLeft - entries);
		while (this.#sweepLeft > end) this.#sweep(this.#swept[--this.#sweepLeft]!);
		if (this.#sweepLeft === 0) this.#swept = new Int32Array(0);
	}

	#sweep(hash: number): void {
		const { directory, places, newestAge, superseded } = this.#base;
		const words = directory.words;
		let isKept = false;
		for (let at = directory.search(hash); words[at + 1] !== 0 && words[at] === hash; ) {
			const isSuperseded = (words[at + 2]! & SUPERSEDED_BIT) !== 0;
			const isNeeded = !isSuperseded || this.#base.isNeeded(places[placeOf(words[at + 2]!)]!.age, newestAge);
			if (isNeeded) at += HINT_WORDS;
			else this.#remove(at);
			if (isSuperseded && isNeeded) isKept = true;
		}
		if (isKept) superseded.add(hash);
		for (let at = directory.search(hash); words[at + 1] !== 0 && words[at] === hash; ) if (!this.#dropTombstone(at)) at += HINT_WORDS;
	}

	/** The place of the entry that leads to a position in a segment, or -1. */
	#find(hash: number, position: number, place: number): number {
		const { directory } = this.#base;
		const words = directory.words;
		for (let at = directory.search(hash); words[at + 1] !== 0 && words[at] === hash; at += HINT_WORDS) {
			if (words[at + 1] === position && placeOf(words[at + 2]!) === place) return at;
		}
		return -1;
	}

	/** The entry at a place has a newer one of the same key, of that age. */
	#supersede(at: number, newerAge: number): void {
		const { directory, places, superseded } = this.#base;
		const words = directory.words;
		if (!this.#base.isNeeded(places[placeOf(words[at + 2]!)]!.age, newerAge)) {
			this.#remove(at);
			return;
		}
		superseded.add(words[at]!);
		directory.supersede(at);
	}

	/** Keys meet in a hash, which is rare: all entries with it are told apart by their keys, in this thread. */
	#resolve(hash: number): void {
		const { directory, places } = this.#base;
		const words = directory.words;
		const newest: { readonly key: Uint8Array; readonly age: number }[] = [];
		for (let at = directory.search(hash); words[at + 1] !== 0 && words[at] === hash; ) {
			const rest = words[at + 2]!;
			const segment = places[placeOf(rest)]!;
			const { entries } = directory;
			if ((rest & SUPERSEDED_BIT) === 0) {
				const key = segment.key(words[at + 1]! >>> 0);
				const newer = newest.find((other) => compareArrays(other.key, key) === 0);
				if (newer === undefined) newest.push({ key, age: segment.age });
				else this.#supersede(at, newer.age);
			}
			if (directory.entries === entries) at += HINT_WORDS;
		}
	}

	/** Takes the entry at a place away if it is a tombstone with nothing older behind it. */
	#dropTombstone(at: number): boolean {
		const { directory } = this.#base;
		const words = directory.words;
		const rest = words[at + 2]!;
		if ((rest & TOMBSTONE_BIT) === 0) return false;
		for (let next = at + HINT_WORDS; words[next + 1] !== 0 && words[next] === words[at]; next += HINT_WORDS) {
			if (lowHashOf(words[next + 2]!) === lowHashOf(rest)) return false;
		}
		directory.remove(at);
		return true;
	}

	#remove(at: number): void {
		const { directory, places } = this.#base;
		const rest = directory.words[at + 2]!;
		const segment = places[placeOf(rest)]!;
		segment.deadBytes += segment.bytesOf(unitsOf(rest));
		directory.remove(at);
	}

	#grow(capacity: number): void {
		this.#grown = new KeyDirectory(capacity);
		this.#growAt = 0;
	}

	#copy(grown: KeyDirectory, entries: number): void {
		const { words } = this.#base.directory;
		const end = Math.min(words.length, this.#growAt + entries * HINT_WORDS);
		for (; this.#growAt < end; this.#growAt += HINT_WORDS) {
			const at = this.#growAt;
			if (words[at + 1] === 0 || grown.append(words[at]!, words[at + 1]!, words[at + 2]!)) continue;
			this.#grow(Math.ceil(grown.capacity * 1.25));
			return;
		}
		if (this.#growAt < words.length) return;
		this.#base.directory = grown;
		this.#grown = null;
	}
}
