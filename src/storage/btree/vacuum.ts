/**
 * Gives free pages back: when more than half of a tree's file is free, and no flush comes along that would do it, the tree is
 * written to a new file in key order, in a worker or, for writers who wait, in this thread.
 *
 * Invariant: while a vacuum of a keyspace is under way nothing is flushed into it, and none begins while a flush is: the one
 * that came later would be lost.
 */
import type { EngineVersion } from '../engine-version.ts';
import type { EngineOwner, FileChanges, Maintenance } from '../storage-engine.ts';
import { type TreeFlushInput, treeFlushTask } from './btree-flush-task.ts';
import type { BtreeVersion } from './btree-version.ts';
import type { FlushedTree } from './tree-flush.ts';

/** Smaller files are left as they are. */
const PAGES_MIN = 32;
const FREE_SHARE_MAX = 0.5;

/** What a vacuum needs of its engine. */
export interface VacuumEngine {
	input(id: number, base: BtreeVersion): TreeFlushInput;
	change(base: BtreeVersion, tree: FlushedTree): FileChanges;
	install(base: BtreeVersion, change: FileChanges): BtreeVersion;
}

interface Current {
	readonly id: number;
	readonly base: BtreeVersion;
}

export class Vacuum implements Maintenance {
	vacuums: number;
	readonly #owner: EngineOwner;
	readonly #engine: VacuumEngine;
	readonly #candidates: Set<number>;
	#current: Current | null;

	constructor(owner: EngineOwner, engine: VacuumEngine) {
		this.vacuums = 0;
		this.#owner = owner;
		this.#engine = engine;
		this.#candidates = new Set();
		this.#current = null;
	}

	noteFiles(id: number): void {
		this.#candidates.add(id);
	}

	forget(id: number): void {
		this.#candidates.delete(id);
	}

	mayFlush(id: number): boolean {
		return this.#current?.id !== id;
	}

	pressure(): number {
		return 0;
	}

	start(): void {
		if (this.#current !== null) return;
		const current = this.#pick();
		if (current === null) return;
		this.#current = current;
		const { id, base } = current;
		base.retain();
		this.#owner.began();
		this.#owner.tasks.run(treeFlushTask, this.#engine.input(id, base), (error, trees) => {
			base.release();
			if (error === null) this.#commit(current, trees![0]!);
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
		const current = this.#pick();
		if (current === null) return false;
		this.#current = current;
		try {
			this.#commit(current, treeFlushTask.run(this.#engine.input(current.id, current.base), this.#owner.files)[0]!);
		} catch (error) {
			this.#current = null;
			throw error;
		}
		this.#owner.finishEdits();
		return true;
	}

	#pick(): Current | null {
		for (const id of this.#candidates) {
			if (this.#owner.isFlushing(id)) continue;
			this.#candidates.delete(id);
			const base = this.#owner.base(id) as BtreeVersion | null;
			if (base !== null && base.diskBytes >= PAGES_MIN * base.state.pageBytes && base.freeShare > FREE_SHARE_MAX) return { id, base };
		}
		return null;
	}

	#commit({ id, base }: Current, tree: FlushedTree): void {
		const change = this.#engine.change(base, tree);
		this.#owner.replace(id, {
			change,
			made: [tree.number],
			isValid: (now) => now === base,
			finished: () => {
				this.#current = null;
			},
			install: (now: EngineVersion) => {
				this.vacuums++;
				return this.#engine.install(now as BtreeVersion, change);
			},
		});
	}
}
