/**
 * Runs the compactions of a store: one at a time, as a worker task over immutable sstables or, for writers who wait, in this
 * thread. Readers never wait for one: they keep the old version until the new one is installed.
 *
 * Invariant: while a compaction of a keyspace is under way nothing else may be added to its levels below 0, since the outputs
 * may span keys between those of the inputs; `isBusy` tells.
 */
import type { FileSystem } from '../platform/files.ts';
import type { TaskRunner } from '../platform/platform.ts';
import type { BlockCache } from './lsm/block-cache.ts';
import { type Compaction, type CompactionSizes, pickCompaction } from './lsm/compaction-picker.ts';
import { type CompactionInput, compactionTask } from './lsm/compaction-task.ts';
import type { EditQueue } from './lsm/edit-queue.ts';
import { LEVELS_MAX } from './lsm/lsm-version.ts';
import type { KeyspaceEdit, ManifestEdit } from './lsm/manifest.ts';
import { Sstable } from './lsm/sstable.ts';
import type { SstableInfo } from './lsm/sstable-format.ts';
import type { VersionedKeyspace } from './versioned-keyspace.ts';

/** What the compactor needs of its store. */
export interface CompactorOwner {
	readonly files: FileSystem;
	readonly tasks: TaskRunner;
	readonly directory: string;
	readonly options: CompactionSizes & { readonly blockBytes: number; readonly sstableBytes: number };
	readonly cache: BlockCache;
	readonly edits: EditQueue;
	/** Sets `count` numbers of sstables aside and returns the first. */
	takeNumbers(count: number): number;
	isLive(keyspace: VersionedKeyspace): boolean;
	/** False while files are being added to the keyspace's levels below 0. */
	mayCompact(keyspace: VersionedKeyspace): boolean;
	edit(keyspaces: readonly KeyspaceEdit[]): ManifestEdit;
	/** Removes files that no edit will name; `isNamed`: one named them, and the edit that drops their keyspace is queued. */
	removeUnused(infos: readonly SstableInfo[], isNamed: boolean): void;
	/** Keeps the store open until the work is done, and reports its failure. */
	track(work: Promise<void>): void;
	progressed(): void;
}

interface Picked {
	readonly keyspace: VersionedKeyspace;
	readonly compaction: Compaction;
	/** The levels it was made for have changed: its outputs are thrown away. */
	isAbandoned: boolean;
}

export class Compactor {
	compactions = 0;
	moves = 0;
	bytesWritten = 0;
	/** The most files that a keyspace has at level 0. */
	level0Files = 0;
	readonly #owner: CompactorOwner;
	/** Keyspaces that may want a compaction: no others have many files at level 0. */
	readonly #candidates = new Set<VersionedKeyspace>();
	/** Where in a level the last compaction ended. */
	readonly #cursors = new Map<number, (Uint8Array | null)[]>();
	#current: Picked | null = null;

	constructor(owner: CompactorOwner) {
		this.#owner = owner;
	}

	/** The base of the keyspace got new files. */
	noteFiles(keyspace: VersionedKeyspace): void {
		this.#candidates.add(keyspace);
		this.#measureLevel0();
	}

	forget(keyspace: VersionedKeyspace): void {
		this.#candidates.delete(keyspace);
		this.#cursors.delete(keyspace.id);
		this.#measureLevel0();
	}

	isBusy(keyspace: VersionedKeyspace): boolean {
		return this.#current?.keyspace === keyspace;
	}

	/** Starts the next compaction, unless one is under way or none is wanted. */
	start(): void {
		if (this.#current !== null) return;
		const picked = this.#pick();
		if (picked === null) return;
		this.#current = picked;
		const { compaction } = picked;
		if (compaction.isMove) {
			this.#commit(picked, null);
			return;
		}
		// The inputs stay open and in place, whatever happens to the keyspace meanwhile.
		for (const table of compaction.inputs) table.references++;
		const settle = (): void => {
			for (const table of compaction.inputs) table.release();
		};
		const work = this.#owner.tasks.run(compactionTask, this.#inputOf(compaction)).then(
			(infos) => {
				settle();
				this.#commit(picked, infos);
			},
			(error) => {
				settle();
				this.#current = null;
				throw error;
			},
		);
		this.#owner.track(work);
	}

	/** One compaction in this thread; false when there is none to do. */
	runHere(): boolean {
		this.#owner.edits.finishNow();
		const picked = this.#pick();
		if (picked === null) return false;
		// The worker's outputs would not fit beside what this one leaves.
		if (this.#current?.keyspace === picked.keyspace) this.#current.isAbandoned = true;
		const infos = picked.compaction.isMove ? null : compactionTask.run(this.#inputOf(picked.compaction), this.#owner.files);
		this.#commit(picked, infos);
		this.#owner.edits.finishNow();
		return true;
	}

	#pick(): Picked | null {
		for (const keyspace of this.#candidates) {
			if (!this.#owner.mayCompact(keyspace)) continue;
			let cursors = this.#cursors.get(keyspace.id);
			if (cursors === undefined) {
				cursors = new Array<Uint8Array | null>(LEVELS_MAX).fill(null);
				this.#cursors.set(keyspace.id, cursors);
			}
			const compaction = pickCompaction(keyspace.base, this.#owner.options, cursors);
			if (compaction !== null) return { keyspace, compaction, isAbandoned: false };
			this.#candidates.delete(keyspace);
		}
		return null;
	}

	#inputOf(compaction: Compaction): CompactionInput {
		const { blockBytes, sstableBytes } = this.#owner.options;
		const bytes = compaction.inputs.reduce((sum, table) => sum + table.info.bytes, 0);
		const numberCount = Math.ceil(bytes / sstableBytes) + 1;
		return {
			runs: compaction.runs.map((run) => run.map((table) => table.info)),
			firstNumber: this.#owner.takeNumbers(numberCount),
			numberCount,
			dropTombstones: compaction.dropTombstones,
			options: { directory: this.#owner.directory, blockBytes, sstableBytes },
		};
	}

	/** Names the outputs in the manifest instead of the inputs; `infos` null: a move. */
	#commit(picked: Picked, infos: readonly SstableInfo[] | null): void {
		const { compaction, keyspace } = picked;
		if (!this.#isInBase(picked)) {
			this.#finished(picked);
			this.#owner.removeUnused(infos ?? [], false);
			this.#owner.progressed();
			return;
		}
		const level = compaction.outputLevel;
		const added = (infos ?? compaction.inputs.map((table) => table.info)).map((info) => ({ level, info }));
		const removed = compaction.inputs.map((table) => table.info.number);
		let isNamed = false;
		this.#owner.edits.add(
			() => {
				isNamed = this.#isInBase(picked);
				return this.#owner.edit(isNamed ? [{ id: keyspace.id, isDropped: false, baseOffset: 0, removed, added }] : []);
			},
			() => {
				this.#finished(picked);
				if (this.#isInBase(picked)) this.#install(picked, infos);
				else this.#owner.removeUnused(infos ?? [], isNamed);
				this.#owner.progressed();
			},
		);
	}

	/** A compaction of this thread's own may end while a worker has another in hand. */
	#finished(picked: Picked): void {
		if (this.#current === picked) this.#current = null;
	}

	/** Nothing else changed the levels below 0 meanwhile, and the keyspace was not dropped. */
	#isInBase({ keyspace, compaction, isAbandoned }: Picked): boolean {
		if (isAbandoned || !this.#owner.isLive(keyspace)) return false;
		const present = new Set(keyspace.base.tables());
		return compaction.inputs.every((table) => present.has(table));
	}

	#install({ keyspace, compaction }: Picked, infos: readonly SstableInfo[] | null): void {
		const before = keyspace.base;
		let tables = compaction.inputs;
		if (infos === null) {
			this.moves++;
		} else {
			this.compactions++;
			for (const info of infos) this.bytesWritten += info.bytes;
			tables = infos.map((info) => new Sstable(this.#owner.files, this.#owner.directory, info, this.#owner.cache));
			for (const table of compaction.inputs) table.isObsolete = true;
		}
		const version = before.with(new Set(compaction.inputs), compaction.outputLevel, tables);
		version.retain();
		keyspace.base = version;
		keyspace.serial++;
		this.noteFiles(keyspace);
		before.release();
	}

	#measureLevel0(): void {
		this.level0Files = 0;
		for (const keyspace of this.#candidates) this.level0Files = Math.max(this.level0Files, keyspace.base.level0.length);
	}
}
