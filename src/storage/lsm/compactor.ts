/**
 * Runs the compactions of a store: one at a time, as a worker task over immutable sstables or, for writers who wait, in this
 * thread. Readers never wait for one: they keep the old version until the new one is installed.
 *
 * Invariant: while a compaction of a keyspace is under way nothing else may be added to its levels below 0, since the outputs
 * may span keys between those of the inputs; `isBusy` tells.
 */
import type { EngineVersion } from '../engine-version.ts';
import { NO_BYTES } from '../entry-source.ts';
import type { EngineOwner, FlushLayer, Maintenance } from '../storage-engine.ts';
import { type Compaction, pickCompaction, pickSettling } from './compaction-picker.ts';
import { type CompactionInput, compactionTask } from './compaction-task.ts';
import { LEVELS_MAX, type LsmVersion } from './lsm-version.ts';
import { Sstable } from './sstable.ts';
import type { SstableInfo } from './sstable-format.ts';

const SLOW_LEVEL0_FACTOR = 3;
const STOP_LEVEL0_FACTOR = 5;

interface Picked {
	readonly id: number;
	readonly compaction: Compaction;
}

export class Compactor implements Maintenance {
	compactions = 0;
	moves = 0;
	bytesWritten = 0;
	/** The most files that a keyspace has at level 0. */
	#level0Files = 0;
	readonly #owner: EngineOwner;
	/** Keyspaces that may want a compaction: no others have many files at level 0. */
	readonly #candidates = new Set<number>();
	/** Keyspaces that are to be compacted down to their deepest level. */
	readonly #settling = new Set<number>();
	/** Where in a level the last compaction ended. */
	readonly #cursors = new Map<number, (Uint8Array | null)[]>();
	#current: Picked | null = null;

	constructor(owner: EngineOwner) {
		this.#owner = owner;
	}

	noteFiles(id: number): void {
		this.#candidates.add(id);
		this.#measureLevel0();
	}

	forget(id: number): void {
		this.#candidates.delete(id);
		this.#settling.delete(id);
		this.#cursors.delete(id);
		this.#measureLevel0();
	}

	settle(id: number): void {
		this.#settling.add(id);
		this.#candidates.add(id);
	}

	isSettling(): boolean {
		return this.#settling.size > 0;
	}

	isBusy(id: number): boolean {
		return this.#current?.id === id;
	}

	/** Bulk files go to a deep level, which a compaction under way may be about to write. */
	mayFlush(id: number, kind: FlushLayer['kind']): boolean {
		return kind === 'memtable' || !this.isBusy(id);
	}

	pressure(): number {
		const { level0Files } = this.#owner.options;
		if (this.#level0Files >= level0Files * STOP_LEVEL0_FACTOR) return 2;
		return this.#level0Files >= level0Files * SLOW_LEVEL0_FACTOR ? 1 : 0;
	}

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
		this.#owner.began();
		this.#owner.tasks.run(compactionTask, this.#inputOf(compaction), (error, infos) => {
			for (const table of compaction.inputs) table.release();
			if (error === null) this.#commit(picked, infos!);
			else {
				this.#current = null;
				this.#owner.failed(error);
			}
			this.#owner.ended();
		});
	}

	runHere(): boolean {
		this.#owner.finishEdits();
		if (this.#current !== null) {
			this.#owner.tasks.drain(() => this.#current === null);
			this.#owner.finishEdits();
			return true;
		}
		const picked = this.#pick();
		if (picked === null) return false;
		this.#current = picked;
		let infos: readonly SstableInfo[] | null = null;
		try {
			if (!picked.compaction.isMove) infos = compactionTask.run(this.#inputOf(picked.compaction), this.#owner.files);
		} catch (error) {
			this.#current = null;
			throw error;
		}
		this.#commit(picked, infos);
		this.#owner.finishEdits();
		return true;
	}

	#baseOf(id: number): LsmVersion | null {
		return this.#owner.base(id) as LsmVersion | null;
	}

	#pick(): Picked | null {
		for (const id of this.#candidates) {
			if (this.#owner.isAdopting(id)) continue;
			let cursors = this.#cursors.get(id);
			if (cursors === undefined) {
				cursors = new Array<Uint8Array | null>(LEVELS_MAX).fill(null);
				this.#cursors.set(id, cursors);
			}
			const base = this.#baseOf(id);
			let compaction = base === null ? null : pickCompaction(base, this.#owner.options, cursors);
			if (compaction === null && base !== null && this.#settling.has(id)) compaction = pickSettling(base, cursors);
			if (compaction !== null) return { id, compaction };
			this.#candidates.delete(id);
			this.#settling.delete(id);
		}
		return null;
	}

	#inputOf(compaction: Compaction): CompactionInput {
		const { blockBytes, sstableBytes, compression } = this.#owner.options;
		const bytes = compaction.inputs.reduce((sum, table) => sum + table.info.bytes, 0);
		const numberCount = Math.ceil(bytes / sstableBytes) + 1;
		return {
			runs: compaction.runs.map((run) => run.map((table) => table.info)),
			firstNumber: this.#owner.takeNumbers(numberCount),
			numberCount,
			dropTombstones: compaction.dropTombstones,
			options: { directory: this.#owner.directory, blockBytes, sstableBytes, compression },
		};
	}

	/** Puts the outputs in the place of the inputs; `infos` null: a move. */
	#commit(picked: Picked, infos: readonly SstableInfo[] | null): void {
		const { compaction, id } = picked;
		const level = compaction.outputLevel;
		this.#owner.replace(id, {
			change: {
				removed: compaction.inputs.map((table) => table.info.number),
				added: (infos ?? compaction.inputs.map((table) => table.info)).map((info) => ({ level, info, state: NO_BYTES })),
			},
			made: (infos ?? []).map((info) => info.number),
			// Nothing else changed the levels below 0 meanwhile.
			isValid: (base) => {
				const present = new Set((base as LsmVersion).tables());
				return compaction.inputs.every((table) => present.has(table));
			},
			finished: () => {
				this.#current = null;
			},
			install: (base) => this.#install(compaction, base as LsmVersion, infos),
		});
	}

	#install(compaction: Compaction, base: LsmVersion, infos: readonly SstableInfo[] | null): EngineVersion {
		let tables = compaction.inputs;
		if (infos === null) {
			this.moves++;
		} else {
			this.compactions++;
			for (const info of infos) this.bytesWritten += info.bytes;
			tables = infos.map((info) => new Sstable(this.#owner.files, this.#owner.directory, info, this.#owner.cache));
			for (const table of compaction.inputs) table.isObsolete = true;
		}
		return base.with(new Set(compaction.inputs), compaction.outputLevel, tables);
	}

	#measureLevel0(): void {
		this.#level0Files = 0;
		for (const id of this.#candidates) this.#level0Files = Math.max(this.#level0Files, this.#baseOf(id)?.level0.length ?? 0);
	}
}
