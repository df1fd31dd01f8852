/**
 * What a merge of segments asks of the key directory, in slices: before it which of their records are still led to, after it that
 * those entries lead to the merged segment. Both run only while there are no overlays and no doubts.
 *
 * No retained version stands between the segments that are merged, and of each key that has entries for them the merged segment
 * has the newest record. So when both sides have one entry with a hash they belong together; else keys are read.
 */

import { checksum } from '../../bytes/checksum.ts';
import type { Slot } from '../contracts.ts';
import { ABSENT, NO_BYTES } from '../entry-source.ts';
import { corrupt } from '../stored-files.ts';
import type { HashBase } from './hash-base.ts';
import { lowHashOf, placeOf, unitsOf } from './key-directory.ts';
import type { Segment } from './segment.ts';
import { HINT_WORDS, PLACE_MASK, type SegmentFooter, SUPERSEDED_BIT, TOMBSTONE_BIT } from './segment-format.ts';
import { WordList } from './word-list.ts';

/** Finds the records of some segments that the directory leads to. */
export class LiveRecords {
	/** Their positions, by segment in the order given. */
	readonly positions: WordList[];
	readonly #base: HashBase;
	/** For each place of a segment 1 + its place among those given, or 0. */
	readonly #wanted: Uint8Array;
	#at: number;

	constructor(base: HashBase, run: readonly Segment[]) {
		this.positions = run.map(() => new WordList(1));
		this.#base = base;
		this.#wanted = new Uint8Array(PLACE_MASK + 1);
		this.#at = 0;
		run.forEach((segment, i) => {
			this.#wanted[segment.place] = i + 1;
		});
	}

	/** Looks at up to so many slots; returns whether it is done. */
	slice(slots: number): boolean {
		const { words } = this.#base.directory;
		const end = Math.min(words.length, this.#at + slots * HINT_WORDS);
		for (let at = this.#at; at < end; at += HINT_WORDS) {
			if (words[at + 1] === 0) continue;
			const wanted = this.#wanted[placeOf(words[at + 2]!)]!;
			if (wanted !== 0) this.positions[wanted - 1]!.add(words[at + 1]!);
		}
		this.#at = end;
		return end === words.length;
	}
}

/** Leads the entries of merged segments to the segment that replaces them. */
export class MergeFold {
	readonly #base: HashBase;
	readonly #merged: Segment;
	readonly #run: readonly Segment[];
	readonly #isRun: Uint8Array;
	readonly #footer: SegmentFooter;
	#read: number;
	#checksum: number;

	/** `merged` has its place already. */
	constructor(base: HashBase, run: readonly Segment[], merged: Segment) {
		this.#base = base;
		this.#merged = merged;
		this.#run = run;
		this.#isRun = new Uint8Array(PLACE_MASK + 1);
		for (const segment of run) this.#isRun[segment.place] = 1;
		this.#footer = merged.footer();
		this.#read = 0;
		this.#checksum = 0;
	}

	/** Goes through up to so many hints; returns whether it is done. */
	slice(count: number): boolean {
		const footer = this.#footer;
		const taken = Math.min(count, footer.entries - this.#read);
		// One more before and behind tell whether a hash comes twice.
		const from = Math.max(0, this.#read - 1);
		const until = Math.min(footer.entries, this.#read + taken + 1);
		const hints = this.#merged.readHints(footer, from, until - from);
		const bytes = new Uint8Array(hints.buffer, (this.#read - from) * HINT_WORDS * 4, taken * HINT_WORDS * 4);
		this.#checksum = checksum(bytes, 0, bytes.length, this.#checksum);
		for (let i = this.#read - from; i < this.#read - from + taken; i++) {
			const at = i * HINT_WORDS;
			const isAlone = hints[at - HINT_WORDS] !== hints[at] && hints[at + HINT_WORDS] !== hints[at];
			this.#lead(hints[at]!, hints[at + 1]!, hints[at + 2]!, isAlone);
		}
		this.#read += taken;
		if (this.#read < footer.entries) return false;
		if (this.#checksum !== footer.hintsChecksum) throw corrupt(this.#merged.path, footer.hintsPosition, 'the checksum of the hints does not match');
		for (const segment of this.#run) this.#base.letGo(segment);
		return true;
	}

	/** Leads the entry of a record of the merged segment to it; without one the record is dead already. */
	#lead(hash: number, position: number, rest: number, isAlone: boolean): void {
		const { directory } = this.#base;
		const words = directory.words;
		const low = lowHashOf(rest);
		let found = -1;
		let count = 0;
		for (let at = directory.search(hash); words[at + 1] !== 0 && words[at] === hash; at += HINT_WORDS) {
			if (lowHashOf(words[at + 2]!) !== low || this.#isRun[placeOf(words[at + 2]!)] === 0) continue;
			found = at;
			count++;
		}
		if (count > 1 || (count === 1 && !isAlone)) found = this.#findByKey(hash, low, position);
		if (found >= 0) {
			words[found + 1] = position;
			words[found + 2] = (rest & ~PLACE_MASK) | (words[found + 2]! & SUPERSEDED_BIT) | this.#merged.place;
		} else if ((rest & TOMBSTONE_BIT) === 0) {
			this.#merged.deadBytes += this.#merged.bytesOf(unitsOf(rest));
		}
	}

	/**
	 * The newest entry whose key is that of a record of the merged segment, where hashes meet. Older ones of the same key were kept
	 * for a version that may be gone (or seemed to need them): none stands between the segments of the run, so they go.
	 */
	#findByKey(hash: number, low: number, position: number): number {
		const { directory, places } = this.#base;
		const words = directory.words;
		const key = this.#merged.key(position >>> 0);
		const slot: Slot = { buffer: NO_BYTES, start: 0, end: 0 };
		let found = -1;
		for (let at = directory.search(hash); words[at + 1] !== 0 && words[at] === hash; ) {
			const rest = words[at + 2]!;
			const isWanted = lowHashOf(rest) === low && this.#isRun[placeOf(rest)] !== 0;
			const isSame = isWanted && places[placeOf(rest)]!.match(words[at + 1]! >>> 0, unitsOf(rest), key, key.length, slot) !== ABSENT;
			if (isSame && found >= 0) {
				directory.remove(at);
				continue;
			}
			if (isSame) found = at;
			at += HINT_WORDS;
		}
		return found;
	}
}
