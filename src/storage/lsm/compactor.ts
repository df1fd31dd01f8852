/**
 * Runs the compactions of a store: one at a time, as a worker task over immutable sstables or, for writers who wait, in this
 * thread. Readers never wait for one: they keep the old version until the new one is installed.
 *
 * Invariant: while a compaction of a keyspace is under way nothing else may be added to its levels below 0, since the outputs
 * may span keys between those of the inputs; `isBusy` tells.
 */

import type { EngineVersion } from '../engine-version.ts';
import type { StoredFile } from '../manifest.ts';
import type { EngineOwner, FlushLayer, Maintenance } from '../storage-engine.ts';
import { DEEPEST_FILTER_BITS, UPPER_FILTER_BITS } from './bloom-filter.ts';
import { type Compaction, pickCompaction, pickGarbage, pickHidden, pickSettling, pickTiered, wastefulFiles } from './compaction-picker.ts';
import { type CompactionInput, compactionTask } from './compaction-task.ts';
import { LEVELS_MAX, type LsmVersion, leftFiles } from './lsm-version.ts';
import type { WrittenRun } from './run-writer.ts';
import { openTables, tableFile, valuesFile } from './table-files.ts';
import type { ValueFile } from './value-file.ts';

const SLOW_LEVEL0_FACTOR = 3;
const STOP_LEVEL0_FACTOR = 5;
/** Garbage in a value file from which on its values are moved, and the same when everything is to be brought into its smallest form. */
const GARBAGE_SHARE = 1 / 3;
const SETTLED_GARBAGE_SHARE = 1 / 16;

interface Picked {
	readonly id: number;
	readonly compaction: Compaction;
	/** Value files with more garbage are left. */
	readonly garbageShare: number;
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

	/** Bulk files go to a deep level, which a compaction under way may be about to write; a removed range is hidden in what it reads. */
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
		this.#owner.tasks.run(compactionTask, this.#inputOf(picked), (error, written) => {
			for (const table of compaction.inputs) table.release();
			if (error === null) this.#commit(picked, written!);
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
		let written: WrittenRun | null = null;
		try {
			if (!picked.compaction.isMove) written = compactionTask.run(this.#inputOf(picked), this.#owner.files);
		} catch (error) {
			this.#current = null;
			throw error;
		}
		this.#commit(picked, written);
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
			const { options } = this.#owner;
			let compaction: Compaction | null = null;
			if (base !== null) compaction = options.compactionOf(id) === 'tiered' ? pickTiered(base, options) : pickCompaction(base, options, cursors);
			const isSettling = this.#settling.has(id);
			if (compaction === null && base !== null && isSettling) compaction = pickSettling(base, cursors);
			if (compaction === null && base !== null)
				compaction = pickGarbage(base, wastefulFiles(base, isSettling ? SETTLED_GARBAGE_SHARE : GARBAGE_SHARE)) ?? pickHidden(base);
			if (compaction !== null) return { id, compaction, garbageShare: isSettling ? SETTLED_GARBAGE_SHARE : GARBAGE_SHARE };
			this.#candidates.delete(id);
			this.#settling.delete(id);
		}
		return null;
	}

	#inputOf({ id, compaction, garbageShare }: Picked): CompactionInput {
		const base = this.#baseOf(id)!;
		const { blockBytes, sstableBytes, indexPartBytes, compression, largeValueBytes } = this.#owner.options;
		const firstNumber = this.#owner.takeNumbers(numberCount(compaction, sstableBytes) + 1);
		return {
			runs: compaction.runs.map((run) => run.map((table) => table.info)),
			hidden: compaction.runs.map((run) => base.hiddenIn(run).ranges),
			firstNumber: firstNumber + 1,
			numberCount: numberCount(compaction, sstableBytes),
			dropTombstones: compaction.dropTombstones,
			options: {
				directory: this.#owner.directory,
				blockBytes,
				sstableBytes,
				indexPartBytes,
				compression,
				filterBits: compaction.isDeepest ? DEEPEST_FILTER_BITS : UPPER_FILTER_BITS,
			},
			values: {
				number: firstNumber,
				bytesMin: largeValueBytes === 0 ? Number.POSITIVE_INFINITY : largeValueBytes,
				moved: wastefulFiles(base, garbageShare).map((file) => file.info),
			},
		};
	}

	/** Puts the outputs in the place of the inputs; `written` null: a move. */
	#commit(picked: Picked, written: WrittenRun | null): void {
		const { compaction, id } = picked;
		const level = compaction.outputLevel;
		const hidden = this.#baseOf(id)?.hidden;
		const added =
			written === null
				? compaction.inputs.map((table) => tableFile(level, { info: table.info, references: table.values.references }, hidden?.get(table)))
				: written.tables.map((table) => tableFile(level, table));
		if (written?.valueFile != null) added.push(valuesFile(written.valueFile));
		const base = this.#baseOf(id);
		const left = written === null || base === null ? [] : leftFiles(base, compaction.inputs, written.tables);
		this.#owner.replace(id, {
			change: {
				removed: [...compaction.inputs, ...left].map((file) => file.info.number),
				added,
			},
			made: written === null ? [] : added.map((file) => file.info.number),
			// Nothing else changed the levels below 0 meanwhile.
			isValid: (base) => {
				const present = new Set((base as LsmVersion).tables());
				return compaction.inputs.every((table) => present.has(table));
			},
			finished: () => {
				this.#current = null;
			},
			install: (base) => this.#install(compaction, base as LsmVersion, written === null ? null : added, left),
		});
	}

	/** `added` null: a move. `left`: value files that nothing points into any more. */
	#install(compaction: Compaction, base: LsmVersion, added: readonly StoredFile[] | null, left: readonly ValueFile[]): EngineVersion {
		let tables = compaction.inputs;
		if (added === null) {
			this.moves++;
		} else {
			this.compactions++;
			for (const { info } of added) this.bytesWritten += info.bytes;
			tables = openTables(this.#owner, added, base);
			for (const table of compaction.inputs) table.isObsolete = true;
			for (const file of left) file.isObsolete = true;
		}
		return base.with(new Set(compaction.inputs), compaction.outputLevel, tables);
	}

	#measureLevel0(): void {
		this.#level0Files = 0;
		for (const id of this.#candidates) this.#level0Files = Math.max(this.#level0Files, this.#baseOf(id)?.level0.length ?? 0);
	}
}

/** How many sstables a compaction may write. */
function numberCount({ inputs }: Compaction, sstableBytes: number): number {
	const bytes = inputs.reduce((sum, table) => sum + table.info.bytes, 0);
	return Math.ceil(bytes / sstableBytes) + 1;
}
