/**
 * The base of one keyspace of the hash engine, shared by all its versions: its segments, and the key directory that leads to
 * their records. A version is no more than an age: it sees the segments that are not younger.
 *
 * A flush adds a segment. Its hints stand in front of the directory as an *overlay*, and are folded into it in slices, in
 * order of their hashes (`directory-fold.ts`). An entry that has the hash of an older one goes before it; whether it is the same
 * key is a *doubt*, which a task settles by reading both. The older entry is then removed, or kept as *superseded* while a retained
 * version needs it: so an older version finds in the directory what it saw, and the directory is its own undo.
 *
 * Invariants:
 * (1) The newest entry of a key stands before its older ones; without doubts and older versions there are none.
 * (2) An entry leads to a record of a segment in `places`; a segment leaves `places` when no entry leads to it.
 * (3) Segments are merged between the ages of two retained versions, never across one: a merged segment holds, of each key,
 *     what every version that sees it sees.
 * (4) Doubts name entries by where they lead, which only `merge-fold.ts` changes: it waits until no doubts are left.
 */
import { invariant } from '../../platform/errors.ts';
import type { Slot } from '../contracts.ts';
import { ABSENT, type EntrySource, FOUND, NO_BYTES, type SearchResult } from '../entry-source.ts';
import { Merge } from '../merge.ts';
import type { HashVersion } from './hash-version.ts';
import { KeyDirectory, lowHashOf, placeOf, unitsOf } from './key-directory.ts';
import { KeyHash } from './key-hash.ts';
import type { Segment } from './segment.ts';
import { SegmentCursor } from './segment-cursor.ts';
import { HINT_WORDS, PLACE_MASK } from './segment-format.ts';
import { WordList } from './word-list.ts';

export const SEGMENTS_MAX = PLACE_MASK + 1;
/** A doubt: hash, positions of the newer and the older entry, places of their segments (the newer's in the upper half). */
export const DOUBT_WORDS = 4;
const ENUMERATE_BYTES = 1 << 16;
const VERIFY_BYTES = 1 << 18;
const SIGN = 0x80000000;
const TWO_TO_32 = 0x1_0000_0000;

/** The hints of a segment, as far as they are not in the directory yet: from word `next` on. */
export interface Overlay {
	readonly segment: Segment;
	readonly hints: Int32Array;
	next: number;
}

export class HashBase {
	/** What the manifest names, oldest first. */
	segments: readonly Segment[];
	readonly places: (Segment | null)[];
	directory: KeyDirectory;
	/** Newest first. */
	readonly overlays: Overlay[];
	readonly doubts: WordList;
	/** Hashes of superseded entries, and whether a version was released that they may have been kept for. */
	readonly superseded: WordList;
	mustSweep: boolean;
	/** The age of the newest segment that ever was. */
	newestAge: number;
	/** Of the hash, as segments have it. */
	readonly seed: number;
	readonly hash: KeyHash;
	/** Versions that are retained, the newest of all included, oldest first. */
	readonly versions: HashVersion[];
	/** Nobody holds it any more. */
	isClosed: boolean;
	/** The keyspace is gone: files are removed when they are closed. */
	isObsolete: boolean;
	#holders: number;
	readonly #wake: () => void;
	/** Where the last search found its record. */
	#foundSegment: Segment | null;
	#foundPosition: number;

	/** `wake` is called when there is background work that nothing else will start. */
	constructor(seed: number, wake: () => void) {
		this.segments = [];
		this.places = [];
		this.directory = new KeyDirectory(KeyDirectory.capacityFor(0));
		this.overlays = [];
		this.doubts = new WordList(DOUBT_WORDS);
		this.superseded = new WordList(1);
		this.mustSweep = false;
		this.newestAge = 0;
		this.seed = seed;
		this.hash = new KeyHash(seed);
		this.versions = [];
		this.isClosed = false;
		this.#holders = 0;
		this.isObsolete = false;
		this.#wake = wake;
		this.#foundSegment = null;
		this.#foundPosition = 0;
	}

	/** The newest record of the key in segments up to an age. */
	get(key: Uint8Array, keyLength: number, age: number, slot: Slot): SearchResult {
		const hash = this.hash;
		hash.hash(key, 0, keyLength);
		const { high, low } = hash;
		for (let i = 0; i < this.overlays.length; i++) {
			const overlay = this.overlays[i]!;
			if (overlay.segment.age > age) continue;
			const result = this.#searchOverlay(overlay, high, low, key, keyLength, slot);
			if (result !== ABSENT) return result;
		}
		const directory = this.directory;
		const words = directory.words;
		for (let at = directory.search(high); words[at + 1] !== 0 && words[at] === high; at += HINT_WORDS) {
			const rest = words[at + 2]!;
			if (lowHashOf(rest) !== low) continue;
			const segment = this.places[placeOf(rest)]!;
			if (segment.age > age) continue;
			const position = words[at + 1]! >>> 0;
			const result = segment.match(position, unitsOf(rest), key, keyLength, slot);
			if (result === ABSENT) continue;
			this.#foundSegment = segment;
			this.#foundPosition = position;
			return result;
		}
		return ABSENT;
	}

	/** Records, hidden ones included, and about how many keys there are. */
	get entries(): number {
		let entries = 0;
		for (const segment of this.segments) entries += segment.info.entries;
		return entries;
	}

	get keysAbout(): number {
		let keys = this.directory.live;
		for (const overlay of this.overlays) keys += (overlay.hints.length - overlay.next) / HINT_WORDS;
		return keys;
	}

	get diskBytes(): number {
		let bytes = 0;
		for (const segment of this.segments) bytes += segment.info.bytes;
		return bytes;
	}

	/** Memory for finding keys. */
	get memoryBytes(): number {
		let bytes = this.directory.memoryBytes + this.doubts.words.byteLength + this.superseded.words.byteLength;
		for (const overlay of this.overlays) bytes += overlay.hints.byteLength;
		return bytes;
	}

	/** Adds the newest segment, with its hints as an overlay. */
	addFlushed(segment: Segment): void {
		this.addOpened(segment);
		this.overlays.unshift({ segment, hints: segment.hints(), next: 0 });
	}

	/** Adds the newest segment; its hints are added by who calls. */
	addOpened(segment: Segment): void {
		this.settle(segment);
		this.segments = [...this.segments, segment];
		this.newestAge = segment.age;
	}

	/** Gives a segment a place. */
	settle(segment: Segment): void {
		let place = this.places.indexOf(null);
		if (place < 0) place = this.places.length;
		invariant(place < SEGMENTS_MAX, `a keyspace has at most ${SEGMENTS_MAX} segments`);
		segment.place = place;
		this.places[place] = segment;
	}

	/** No entry leads to the segment any more: its file goes. */
	letGo(segment: Segment): void {
		this.places[segment.place] = null;
		segment.close(true);
	}

	addSources(age: number, into: EntrySource[]): void {
		for (let i = this.segments.length - 1; i >= 0; i--) {
			const segment = this.segments[i]!;
			if (segment.age <= age) into.push(new SegmentCursor(segment, ENUMERATE_BYTES, null));
		}
	}

	retained(version: HashVersion): void {
		const after = this.versions.findIndex((other) => other.age > version.age);
		this.versions.splice(after < 0 ? this.versions.length : after, 0, version);
		this.hold();
	}

	released(version: HashVersion): void {
		this.versions.splice(this.versions.indexOf(version), 1);
		if (this.superseded.count > 0) this.mustSweep = true;
		this.unhold();
		if (!this.isClosed) this.#wake();
	}

	/** Whether a version that is retained sees an entry of one age and not the one of another age that superseded it. */
	isNeeded(olderAge: number, newerAge: number): boolean {
		for (const version of this.versions) if (version.age >= olderAge && version.age < newerAge) return true;
		return false;
	}

	/** Files stay open while someone holds the base. */
	hold(): void {
		this.#holders++;
	}

	unhold(): void {
		this.#holders--;
		if (this.#holders > 0) return;
		this.isClosed = true;
		for (const segment of this.places) segment?.close(this.isObsolete || !this.segments.includes(segment));
	}

	/** Reads all records and checks that exactly the newest of each key are found. */
	verify(age: number): string[] {
		const wrong = this.segments.flatMap((segment) => segment.verify());
		if (wrong.length > 0) return wrong;
		wrong.push(...this.directory.verify(), ...this.#verifyPlaces());
		try {
			const keys = this.#verifyRecords(age, wrong);
			const isSettled = this.overlays.length === 0 && this.doubts.count === 0;
			if (isSettled && age === this.newestAge && keys !== this.directory.live)
				wrong.push(`key directory: ${this.directory.live} keys, ${keys} in the segments`);
		} catch (error) {
			wrong.push(error instanceof Error ? error.message : String(error));
		}
		return wrong;
	}

	/** (2): what entries lead to is there. */
	#verifyPlaces(): string[] {
		const { words } = this.directory;
		for (let at = 0; at < words.length; at += HINT_WORDS) {
			if (words[at + 1] !== 0 && this.places[placeOf(words[at + 2]!)] == null)
				return [`key directory: slot ${at / HINT_WORDS} leads to a segment that is gone`];
		}
		return [];
	}

	/** Walks all records up to an age; the number of keys that have a value. */
	#verifyRecords(age: number, wrong: string[]): number {
		const cursors: SegmentCursor[] = [];
		for (let i = this.segments.length - 1; i >= 0; i--) {
			if (this.segments[i]!.age <= age) cursors.push(new SegmentCursor(this.segments[i]!, VERIFY_BYTES, null));
		}
		for (const cursor of cursors) wrong.push(...verifySegment(cursor));
		const merge = new Merge(cursors, false);
		const slot: Slot = { buffer: NO_BYTES, start: 0, end: 0 };
		let keys = 0;
		merge.seek(null, null);
		while (merge.next()) {
			const cursor = merge.top as SegmentCursor;
			const key = cursor.keyBuffer.slice(cursor.keyStart, cursor.keyEnd);
			const result = this.get(key, key.length, age, slot);
			if (cursor.isTombstone) {
				if (result === FOUND) wrong.push(`${where(cursor)} a removed key is found`);
				continue;
			}
			keys++;
			const isHere = result === FOUND && this.#foundSegment === cursor.segment && this.#foundPosition === cursor.position;
			if (!isHere) wrong.push(`${where(cursor)} the key directory does not lead to the record`);
		}
		return keys;
	}

	#searchOverlay(overlay: Overlay, high: number, low: number, key: Uint8Array, keyLength: number, slot: Slot): SearchResult {
		const { hints, next, segment } = overlay;
		if (next === hints.length || high < hints[next]!) return ABSENT;
		for (let at = lowerBound(hints, next, high); at < hints.length && hints[at] === high; at += HINT_WORDS) {
			const rest = hints[at + 2]!;
			if (lowHashOf(rest) !== low) continue;
			const position = hints[at + 1]! >>> 0;
			const result = segment.match(position, unitsOf(rest), key, keyLength, slot);
			if (result === ABSENT) continue;
			this.#foundSegment = segment;
			this.#foundPosition = position;
			return result;
		}
		return ABSENT;
	}
}

/** The word of the first hint at or behind word `from` whose hash is not less. Hashes are even, so a guess comes close. */
function lowerBound(hints: Int32Array, from: number, hash: number): number {
	const count = hints.length / HINT_WORDS;
	const guess = Math.floor(((hash + SIGN) / TWO_TO_32) * count);
	const margin = Math.ceil(Math.sqrt(count)) * 2;
	let low = from / HINT_WORDS;
	let high = count;
	const before = guess - margin;
	const behind = guess + margin;
	if (before > low && hints[before * HINT_WORDS]! < hash) low = before;
	if (behind < high && behind >= low && hints[behind * HINT_WORDS]! >= hash) high = behind;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (hints[middle * HINT_WORDS]! < hash) low = middle + 1;
		else high = middle;
	}
	return low * HINT_WORDS;
}

/** Keys must ascend, be as many as the footer says, and have the hashes that the hints say. */
function verifySegment(cursor: SegmentCursor): string[] {
	const wrong: string[] = [];
	const { segment } = cursor;
	const hints = segment.hints();
	const hash = new KeyHash(segment.seed());
	for (let at = 0; at < hints.length; at += HINT_WORDS) {
		if (at > 0 && hints[at]! < hints[at - HINT_WORDS]!) return [`"${segment.path}": hint ${at / HINT_WORDS} is out of order`];
	}
	let last: Uint8Array | null = null;
	let entries = 0;
	cursor.seek(null, null);
	while (cursor.next()) {
		const key = cursor.keyBuffer.slice(cursor.keyStart, cursor.keyEnd);
		if (last !== null && Buffer.compare(last, key) >= 0) wrong.push(`${where(cursor)} a record is out of order`);
		hash.hash(key, 0, key.length);
		let at = lowerBound(hints, 0, hash.high);
		while (at < hints.length && hints[at] === hash.high && hints[at + 1]! >>> 0 !== cursor.position) at += HINT_WORDS;
		if (at === hints.length || hints[at] !== hash.high || lowHashOf(hints[at + 2]!) !== hash.low)
			wrong.push(`${where(cursor)} a record has no hint, or a wrong one`);
		last = key;
		entries++;
	}
	// As many hints as records, each record with its own: none is left over.
	if (entries !== segment.info.entries) wrong.push(`"${segment.path}": ${entries} records, ${segment.info.entries} expected`);
	return wrong;
}

function where(cursor: SegmentCursor): string {
	return `"${cursor.segment.path}" at position ${cursor.position * 4}:`;
}
