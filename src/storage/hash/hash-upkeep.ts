/**
 * The background work on one keyspace of the hash engine, as a slice of the owner's thread at a time, or as the input of a task.
 *
 * What may change the directory when: while it grows, nothing but the copying. Settled doubts, then a merge that was begun to be
 * folded in, come before flushed segments are; a merge is begun to be folded in, and the scan before one runs, only while
 * there are no overlays and no doubts. Whatever else changes the directory starts a scan anew.
 */
import { DirectoryFold } from './directory-fold.ts';
import { DOUBT_WORDS, type HashBase } from './hash-base.ts';
import type { DoubtInput } from './hash-doubt-task.ts';
import type { MergeInput } from './hash-merge-task.ts';
import { LiveRecords, MergeFold } from './merge-fold.ts';
import type { Segment } from './segment.ts';

/** Slots looked at for what folding in one entry costs. */
const SLOTS_AN_ENTRY = 32;

/** A merge: its records are looked for; that is done; a task runs; the manifest is told; its segment is in the base and entries are being led to it. */
type MergePhase = 'scanning' | 'scanned' | 'working' | 'committing' | 'folding';

export class HashUpkeep {
	readonly id: number;
	readonly base: HashBase;
	readonly fold: DirectoryFold;
	doubtsSettled: number;
	readonly #sliceEntries: number;
	/** Doubts that a task has, and what it said of them. */
	#asked: Int32Array | null;
	#answer: Uint8Array | null;
	#run: readonly Segment[];
	#phase: MergePhase | null;
	#live: LiveRecords | null;
	#mergeFold: MergeFold | null;
	/** The merge has begun to change the directory. */
	#isFolding: boolean;

	/** `sliceEntries`: entries of the directory changed in a slice. */
	constructor(id: number, base: HashBase, sliceEntries: number) {
		this.id = id;
		this.base = base;
		this.fold = new DirectoryFold(base);
		this.doubtsSettled = 0;
		this.#sliceEntries = sliceEntries;
		this.#asked = null;
		this.#answer = null;
		this.#run = [];
		this.#phase = null;
		this.#live = null;
		this.#mergeFold = null;
		this.#isFolding = false;
	}

	/** What the directory takes; while it grows, what it will take. */
	get directoryBytes(): number {
		return Math.max(this.base.directory.memoryBytes, this.fold.grownBytes);
	}

	get memoryBytes(): number {
		return this.base.memoryBytes + this.fold.memoryBytes;
	}

	get mergePhase(): MergePhase | null {
		return this.#phase;
	}

	/** Segments of the merge under way, oldest first. */
	get mergeRun(): readonly Segment[] {
		return this.#run;
	}

	get mayAsk(): boolean {
		return this.#asked === null && this.base.doubts.count > 0;
	}

	/** Nothing waits for a slice or a task. */
	get isAtRest(): boolean {
		const { base, fold } = this;
		return base.overlays.length === 0 && base.doubts.count === 0 && this.#asked === null && this.#phase === null && !fold.isGrowing && !fold.isSweepWanted;
	}

	/** Does a slice of work in this thread; false when there is none. */
	slice(): boolean {
		const { base, fold } = this;
		if (fold.isGrowing) {
			fold.slice(this.#sliceEntries);
		} else if (this.#answer !== null) {
			this.#actOnAnswer(this.#asked!, this.#answer);
		} else if (this.#isFolding) {
			this.#foldMerge();
		} else if (base.overlays.length > 0) {
			this.#changed();
			fold.slice(this.#sliceEntries);
		} else if (base.doubts.count > 0 || this.#asked !== null) {
			return false;
		} else if (this.#phase === 'folding') {
			this.#foldMerge();
		} else if (fold.isSweepWanted) {
			// Before a scan: a merge that drops tombstones must not meet what they hide, kept for a version that is gone.
			this.#changed();
			fold.sweepSlice(this.#sliceEntries);
		} else if (this.#phase === 'scanning') {
			this.#live ??= new LiveRecords(base, this.#run);
			if (this.#live.slice(this.#sliceEntries * SLOTS_AN_ENTRY)) this.#phase = 'scanned';
		} else {
			return false;
		}
		return true;
	}

	/** Takes doubts for a task. */
	ask(directory: string): DoubtInput {
		const doubts = this.base.doubts.takeLast(this.#sliceEntries);
		this.#asked = doubts;
		const count = doubts.length / DOUBT_WORDS;
		const newer = { positions: new Uint32Array(count), places: new Uint16Array(count) };
		const older = { positions: new Uint32Array(count), places: new Uint16Array(count) };
		for (let i = 0, at = 0; i < count; i++, at += DOUBT_WORDS) {
			newer.positions[i] = doubts[at + 1]!;
			older.positions[i] = doubts[at + 2]!;
			newer.places[i] = doubts[at + 3]! >>> 16;
			older.places[i] = doubts[at + 3]! & 0xffff;
		}
		const segments = this.base.places.flatMap((segment, place) => (segment === null ? [] : [{ place, info: segment.info }]));
		return { directory, segments, newer, older };
	}

	answered(isSame: Uint8Array): void {
		this.#answer = isSame;
	}

	/** The task failed: its doubts are as they were. */
	notAnswered(): void {
		const { doubts } = this.base;
		const asked = this.#asked!;
		for (let at = 0; at < asked.length; at += DOUBT_WORDS) doubts.add(asked[at]!, asked[at + 1], asked[at + 2], asked[at + 3]);
		this.#asked = null;
	}

	beginMerge(run: readonly Segment[]): void {
		this.#run = run;
		this.#phase = 'scanning';
		this.#live = null;
	}

	/** What the task of a merge is given, once its records are found. */
	mergeInput(directory: string, number: number): MergeInput {
		const { positions } = this.#live!;
		this.#live = null;
		this.#phase = 'working';
		const segments = this.#run.map((segment, i) => ({ info: segment.info, live: positions[i]!.words.slice(0, positions[i]!.count) }));
		return { directory, segments: segments.reverse(), number, seed: this.base.seed, dropTombstones: this.#run[0] === this.base.segments[0] };
	}

	commitMerge(): void {
		this.#phase = 'committing';
	}

	/** The merge was given up. */
	forgetMerge(): void {
		this.#phase = null;
		this.#run = [];
	}

	/** The manifest names the merged segment (null: nothing was left) instead of the run: so does the base. */
	installMerge(run: readonly Segment[], merged: Segment | null): void {
		const { base } = this;
		if (merged !== null) base.settle(merged);
		base.segments = base.segments.flatMap((segment) => (segment === run.at(-1) ? (merged === null ? [] : [merged]) : run.includes(segment) ? [] : [segment]));
		if (merged === null) {
			for (const segment of run) base.letGo(segment);
			return;
		}
		this.#run = run;
		this.#phase = 'folding';
		this.#mergeFold = new MergeFold(base, run, merged);
	}

	#foldMerge(): void {
		this.#isFolding = true;
		if (!this.#mergeFold!.slice(this.#sliceEntries)) return;
		this.#mergeFold = null;
		this.#isFolding = false;
		this.forgetMerge();
	}

	#actOnAnswer(doubts: Int32Array, isSame: Uint8Array): void {
		this.#changed();
		this.fold.settle(doubts, isSame);
		this.doubtsSettled += isSame.length;
		this.#asked = null;
		this.#answer = null;
	}

	/** The directory changes: a scan under way must see all of it again. */
	#changed(): void {
		if (this.#phase === 'scanned') this.#phase = 'scanning';
		this.#live = null;
	}
}
