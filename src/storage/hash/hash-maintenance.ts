/**
 * The background work of the hash engine over all its keyspaces: slices in this thread, one a turn of the event loop, and tasks in
 * workers, at most one that settles doubts and one that merges segments (`hash-upkeep.ts` says what may run beside what).
 */
import { sqlError } from '../../platform/errors.ts';
import { asError } from '../edit-queue.ts';
import type { EngineVersion } from '../engine-version.ts';
import type { EngineOwner, Maintenance } from '../storage-engine.ts';
import { type HashBase, SEGMENTS_MAX } from './hash-base.ts';
import { doubtTask } from './hash-doubt-task.ts';
import { type MergeOutput, mergeTask } from './hash-merge-task.ts';
import { HashUpkeep } from './hash-upkeep.ts';
import { HashVersion } from './hash-version.ts';
import { type MergeSizes, pickMerge } from './merge-picker.ts';
import { Segment } from './segment.ts';
import { storedSegment } from './stored-segment.ts';

/** Flushed segments of a keyspace that wait to be folded in. */
const SLOW_OVERLAYS = 4;
const STOP_OVERLAYS = 8;
/** Segments of a keyspace from which on merges come before writes. */
const SLOW_SEGMENTS = SEGMENTS_MAX / 4;
const STOP_SEGMENTS = SEGMENTS_MAX / 2;
const SEGMENT_BYTES_MAX = 2 ** 30;

export class HashMaintenance implements Maintenance {
	merges: number;
	bytesMerged: number;
	readonly #owner: EngineOwner;
	readonly #sizes: MergeSizes;
	readonly #kept: Map<number, HashUpkeep>;
	/** Keyspaces that may have work. */
	readonly #active: Set<HashUpkeep>;
	#asking: HashUpkeep | null;
	#merging: HashUpkeep | null;
	#isScheduled: boolean;
	/** Something failed: it is tried again when the store says so. */
	#isPaused: boolean;
	/** The directories take all the memory that they may. */
	isReached: boolean;
	#pressure: number;
	#doubtsSettled: number;

	constructor(owner: EngineOwner) {
		this.merges = 0;
		this.bytesMerged = 0;
		this.#owner = owner;
		const { level0Files, memtableBytes } = owner.options;
		this.#sizes = { tierSegments: Math.max(2, level0Files * 2), tierBytes: memtableBytes / 2, segmentBytesMax: SEGMENT_BYTES_MAX };
		this.#kept = new Map();
		this.#active = new Set();
		this.#asking = null;
		this.#merging = null;
		this.#isScheduled = false;
		this.#isPaused = false;
		this.isReached = false;
		this.#pressure = 0;
		this.#doubtsSettled = 0;
	}

	get doubtsSettled(): number {
		let settled = this.#doubtsSettled;
		for (const upkeep of this.#kept.values()) settled += upkeep.doubtsSettled;
		return settled;
	}

	/** Memory of the directories of all keyspaces. */
	get directoryBytes(): number {
		let bytes = 0;
		for (const upkeep of this.#kept.values()) bytes += upkeep.directoryBytes;
		return bytes;
	}

	/** The same with what background work holds. */
	get memoryBytes(): number {
		let bytes = 0;
		for (const upkeep of this.#kept.values()) bytes += upkeep.memoryBytes;
		return bytes;
	}

	/** A keyspace was opened. */
	keep(id: number, base: HashBase): HashUpkeep {
		const upkeep = new HashUpkeep(id, base, this.#owner.options.hashSliceEntries);
		this.#kept.set(id, upkeep);
		return upkeep;
	}

	noteFiles(id: number): void {
		const upkeep = this.#kept.get(id);
		if (upkeep !== undefined) this.#active.add(upkeep);
		this.#measure();
		this.wake();
	}

	forget(id: number): void {
		const upkeep = this.#kept.get(id);
		if (upkeep === undefined) return;
		this.#doubtsSettled += upkeep.doubtsSettled;
		this.#kept.delete(id);
		this.#active.delete(upkeep);
		this.#measure();
	}

	mayFlush(): boolean {
		return true;
	}

	pressure(): number {
		return this.#pressure;
	}

	/** There may be work of this thread's. */
	wake(): void {
		if (this.#isScheduled || this.#isPaused) return;
		this.#isScheduled = true;
		this.#owner.timers.soon(() => {
			this.#isScheduled = false;
			this.#turn();
		});
	}

	start(): void {
		this.#isPaused = false;
		if (this.#active.size > 0) this.wake();
	}

	runHere(): boolean {
		this.#owner.finishEdits();
		try {
			return this.#sliceHere() || this.#settleHere() || this.#mergeHere();
		} finally {
			this.#measure();
		}
	}

	error(): Error {
		const { hashDirectoryBytes } = this.#owner.options;
		return sqlError('53200', `the key directories of hash keyspaces take ${this.directoryBytes} bytes, the limit hashDirectoryBytes is ${hashDirectoryBytes}`, {
			hint: 'Raise hashDirectoryBytes, delete rows, or keep the data in an engine that needs no memory for each key (lsm, btree).',
		});
	}

	/** One turn of the event loop: a slice, then whatever tasks may start. */
	#turn(): void {
		if (this.#isPaused) return;
		this.#dropMergeOfGone();
		try {
			const hasMore = this.#sliceHere();
			for (const upkeep of this.#active) this.#startTasks(upkeep);
			this.#measure();
			if (hasMore || this.#merging?.mergePhase === 'scanning') this.wake();
		} catch (error) {
			this.#failed(asError(error));
		}
	}

	/** A merge that waits for this thread, of a keyspace that was dropped or closed meanwhile, would wait for ever, and others behind it. */
	#dropMergeOfGone(): void {
		const merging = this.#merging;
		if (merging === null || !this.#isGone(merging)) return;
		if (merging.mergePhase === 'scanning' || merging.mergePhase === 'scanned') this.#endMerge(merging);
	}

	#sliceHere(): boolean {
		for (const upkeep of this.#active) {
			if (this.#isGone(upkeep)) this.#active.delete(upkeep);
			else if (upkeep.slice()) return true;
		}
		return false;
	}

	#startTasks(upkeep: HashUpkeep): void {
		if (this.#isGone(upkeep)) return;
		if (this.#asking === null && upkeep.mayAsk) this.#ask(upkeep);
		if (this.#merging === null) this.#beginMerge(upkeep);
		if (this.#merging === upkeep && upkeep.mergePhase === 'scanned') this.#startMerge(upkeep);
		if (upkeep.isAtRest && this.#merging !== upkeep && pickMerge(upkeep.base, this.#sizes).length === 0) this.#active.delete(upkeep);
	}

	#ask(upkeep: HashUpkeep): void {
		this.#asking = upkeep;
		upkeep.base.hold();
		this.#owner.began();
		this.#owner.tasks.run(doubtTask, upkeep.ask(this.#owner.directory), (error, isSame) => {
			this.#asking = null;
			if (error === null) upkeep.answered(isSame!);
			else upkeep.notAnswered();
			upkeep.base.unhold();
			if (error === null) this.wake();
			else this.#failed(error);
			this.#owner.ended();
		});
	}

	/** Settles doubts in this thread, or waits for the worker that has them. */
	#settleHere(): boolean {
		if (this.#asking !== null) {
			this.#owner.tasks.drain(() => this.#asking === null);
			return true;
		}
		for (const upkeep of this.#active) {
			if (this.#isGone(upkeep) || !upkeep.mayAsk) continue;
			const input = upkeep.ask(this.#owner.directory);
			try {
				upkeep.answered(doubtTask.run(input, this.#owner.files));
			} catch (error) {
				upkeep.notAnswered();
				throw error;
			}
			return true;
		}
		return false;
	}

	#beginMerge(upkeep: HashUpkeep): boolean {
		// The merge before may still be led to, entry by entry.
		if (upkeep.mergePhase !== null) return false;
		const run = pickMerge(upkeep.base, this.#sizes);
		if (run.length === 0) return false;
		this.#merging = upkeep;
		upkeep.beginMerge(run);
		return true;
	}

	#startMerge(upkeep: HashUpkeep): void {
		const number = this.#owner.takeNumbers(1);
		upkeep.base.hold();
		this.#owner.began();
		this.#owner.tasks.run(mergeTask, upkeep.mergeInput(this.#owner.directory, number), (error, merged) => {
			if (error === null) this.#commitMerge(upkeep, merged!);
			else {
				this.#endMerge(upkeep);
				this.#failed(error);
			}
			upkeep.base.unhold();
			this.#owner.ended();
		});
	}

	/** Merges segments in this thread, or waits for the worker that does. */
	#mergeHere(): boolean {
		const { tasks, files, directory } = this.#owner;
		const current = this.#merging;
		if (current === null) {
			for (const upkeep of this.#active) if (!this.#isGone(upkeep) && this.#beginMerge(upkeep)) return true;
			return false;
		}
		if (current.mergePhase === 'working') {
			tasks.drain(() => current.mergePhase !== 'working');
			this.#owner.finishEdits();
			return true;
		}
		if (current.mergePhase !== 'scanned') return false;
		const input = current.mergeInput(directory, this.#owner.takeNumbers(1));
		let merged: MergeOutput;
		try {
			merged = mergeTask.run(input, files);
		} catch (error) {
			this.#endMerge(current);
			throw error;
		}
		this.#commitMerge(current, merged);
		this.#owner.finishEdits();
		return true;
	}

	/** Names the merged segment in the manifest instead of the run, then puts it in its place. */
	#commitMerge(upkeep: HashUpkeep, merged: MergeOutput): void {
		const run = upkeep.mergeRun;
		const age = run.at(-1)!.age;
		upkeep.commitMerge();
		this.#owner.replace(upkeep.id, {
			change: { removed: run.map((segment) => segment.info.number), added: merged === null ? [] : [storedSegment(merged, age)] },
			made: merged === null ? [] : [merged.number],
			isValid: (version) => (version as HashVersion).base === upkeep.base,
			finished: () => this.#endMerge(upkeep),
			install: (version) => this.#installMerge(upkeep, version as HashVersion, run, merged),
		});
	}

	#installMerge(upkeep: HashUpkeep, version: HashVersion, run: readonly Segment[], merged: MergeOutput): EngineVersion {
		const { files, directory, cache } = this.#owner;
		this.merges++;
		this.bytesMerged += merged?.bytes ?? 0;
		upkeep.installMerge(run, merged === null ? null : new Segment(files, directory, merged, run.at(-1)!.age, cache));
		return new HashVersion(version.base, version.age);
	}

	/** The merge was given up, or comes into its place next. */
	#endMerge(upkeep: HashUpkeep): void {
		upkeep.forgetMerge();
		if (this.#merging === upkeep) this.#merging = null;
		this.wake();
	}

	#isGone(upkeep: HashUpkeep): boolean {
		return upkeep.base.isClosed || this.#kept.get(upkeep.id) !== upkeep;
	}

	#failed(error: Error): void {
		this.#isPaused = true;
		this.#owner.failed(error);
	}

	#measure(): void {
		let pressure = 0;
		for (const upkeep of this.#active) {
			const overlays = upkeep.base.overlays.length;
			const segments = upkeep.base.segments.length;
			// What retained versions keep from being merged cannot be waited for.
			const isMergeLate = segments >= SLOW_SEGMENTS && (upkeep.mergePhase !== null || pickMerge(upkeep.base, this.#sizes).length > 0);
			if (overlays >= STOP_OVERLAYS || (isMergeLate && segments >= STOP_SEGMENTS)) pressure = 2;
			else if (overlays >= SLOW_OVERLAYS || isMergeLate) pressure = Math.max(pressure, 1);
		}
		this.#pressure = pressure;
		this.isReached = this.directoryBytes >= this.#owner.options.hashDirectoryBytes;
	}
}
