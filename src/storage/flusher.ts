/**
 * Takes layers from memory to disk: the oldest of each keyspace, one flush at a time, in a worker or, for writers who wait, in
 * this thread. What a flush does with the entries is the engine's matter (`storage-engine.ts`).
 *
 * Invariants:
 * (1) What is not durable is never flushed; the log is asked to make it so.
 * (2) At most one flush is under way, and one that a worker works on is never given up: this thread waits for it.
 * (3) Layers of a keyspace are installed in the order of their age.
 */
import { LimitError } from '../platform/errors.ts';
import type { FileSystem } from '../platform/files.ts';
import type { Platform, TaskRunner } from '../platform/platform.ts';
import type { Offset } from './contracts.ts';
import { asError, type EditQueue } from './edit-queue.ts';
import { FlushStaging } from './flush-staging.ts';
import type { KeyspaceEdit, ManifestEdit } from './manifest.ts';
import type { Memtable, MemtableImage } from './memtable.ts';
import type { FileChanges, FlushPart } from './storage-engine.ts';
import { type Layer, offsetOf, type VersionedKeyspace } from './versioned-keyspace.ts';

/** Small memtables are flushed together, up to so much and so many. */
const BATCH_BYTES_MAX = 4 << 20;
const BATCH_LAYERS_MAX = 64;

/** The oldest layer of a keyspace, on its way to the base. */
export interface PendingLayer {
	readonly keyspace: VersionedKeyspace;
	readonly layer: Layer;
}

/** A flush under way: pending layers of one engine. */
interface Flush {
	readonly batch: readonly PendingLayer[];
	/** 'staging': nothing is read or written yet, so it can be given up; then 'working' in a worker, 'committing' in the edit queue. */
	phase: 'staging' | 'working' | 'committing' | 'given up';
}

/** What flushes need of their store. */
export interface FlushOwner {
	/** Commits up to it are synced and visible. */
	readonly durable: Offset;
	readonly edits: EditQueue;
	/** Asks the log to sync up to an offset soon; and makes everything decided durable at once. */
	requestSync(offset: Offset): void;
	syncNow(): void;
	isLive(keyspace: VersionedKeyspace): boolean;
	edit(keyspaces: readonly KeyspaceEdit[], leaving: ReadonlySet<Layer>): ManifestEdit;
	/** The edit is durable: puts the layer into the base. */
	install(pending: PendingLayer, part: FlushPart, change: FileChanges): void;
	/** Removes the files of a keyspace that was dropped meanwhile. */
	removeUnused(keyspace: VersionedKeyspace, numbers: readonly number[], isNamed: boolean): void;
	/** Something was flushed, or can be started again. */
	progressed(): void;
	failed(error: Error): void;
	began(): void;
	ended(): void;
}

export class Flusher {
	readonly #owner: FlushOwner;
	readonly #files: FileSystem;
	readonly #tasks: TaskRunner;
	readonly #staging: FlushStaging;
	/** Keyspaces with layers, in the order in which they were frozen (a keyspace comes once for each layer). */
	readonly #pending: VersionedKeyspace[] = [];
	#syncRequested: Offset = 0;
	#flush: Flush | null = null;

	/** `stagingBytes`: of the memory through which memtables reach a worker. */
	constructor(platform: Platform, stagingBytes: number, owner: FlushOwner) {
		this.#owner = owner;
		this.#files = platform.files;
		this.#tasks = platform.tasks;
		this.#staging = new FlushStaging(platform.timers, stagingBytes);
	}

	/** No layer waits, and none is under way. */
	get isIdle(): boolean {
		return this.#pending.length === 0;
	}

	get memoryBytes(): number {
		return this.#staging.memoryBytes;
	}

	/** The keyspace got a layer. */
	add(keyspace: VersionedKeyspace): void {
		this.#pending.push(keyspace);
	}

	/** The keyspace is gone. */
	forget(keyspace: VersionedKeyspace): void {
		for (let i = this.#pending.length - 1; i >= 0; i--) if (this.#pending[i] === keyspace) this.#pending.splice(i, 1);
	}

	/** Bulk files or a removed range of this keyspace are on their way to its base. */
	isAdopting(id: number): boolean {
		return this.#flush?.batch.some(({ keyspace, layer }) => keyspace.id === id && layer.kind !== 'memtable') ?? false;
	}

	/** Layers of this keyspace are on their way to its base. */
	isFlushing(id: number): boolean {
		return this.#flush?.batch.some(({ keyspace }) => keyspace.id === id) ?? false;
	}

	/**
	 * The next to flush (1): the oldest layer of the first keyspace in line, and with a small memtable others like it, so that
	 * many small keyspaces share a sync of the directory and a manifest edit. Empty when nothing is durable; the log is then
	 * asked for a sync.
	 */
	#nextToFlush(isInline: boolean): PendingLayer[] {
		const batch: PendingLayer[] = [];
		const taken = new Set<VersionedKeyspace>();
		let newest = 0;
		let bytes = 0;
		for (const keyspace of this.#pending) {
			if (taken.has(keyspace)) continue;
			taken.add(keyspace);
			const layer = keyspace.layers.at(-1)!;
			const { engine } = keyspace;
			newest = Math.max(newest, offsetOf(layer));
			if (offsetOf(layer) > this.#owner.durable) continue;
			if (batch.length > 0 && (layer.kind !== 'memtable' || engine !== batch[0]!.keyspace.engine)) continue;
			if (!engine.maintenance.mayFlush(keyspace.id, layer.kind) && !isInline) continue;
			if (layer.kind !== 'memtable') return [{ keyspace, layer }];
			if (batch.length > 0 && bytes + layer.memtable.memoryBytes > BATCH_BYTES_MAX) continue;
			batch.push({ keyspace, layer });
			bytes += layer.memtable.memoryBytes;
			if (bytes >= BATCH_BYTES_MAX || batch.length === BATCH_LAYERS_MAX) break;
		}
		if (batch.length === 0 && newest > this.#syncRequested) {
			this.#syncRequested = newest;
			this.#owner.requestSync(newest);
		}
		return batch;
	}

	/** Starts the next flush, unless one is under way or nothing can be flushed. */
	start(): void {
		if (this.#flush !== null || this.#staging.isBusy) return;
		const batch = this.#nextToFlush(false);
		if (batch.length === 0) return;
		const flush: Flush = { batch, phase: 'staging' };
		this.#flush = flush;
		this.#owner.began();
		this.#staging
			.fill(memtablesOf(batch))
			.then((images) => this.#workOn(flush, images))
			.catch((error) => this.#flushFailed(flush, asError(error)))
			.finally(() => this.#owner.ended());
	}

	/** Hands a staged flush to a worker; resolves when the worker is done. */
	#workOn(flush: Flush, images: readonly MemtableImage[]): Promise<void> | undefined {
		if (flush.phase !== 'staging') {
			this.#staging.done();
			this.#owner.progressed();
			return undefined;
		}
		const parts = partsOf(flush.batch, images);
		const { engine } = flush.batch[0]!.keyspace;
		const input = engine.flushInput(parts);
		if (input === null) {
			this.#staging.done();
			this.#commitFlush(flush, parts, null);
			return undefined;
		}
		flush.phase = 'working';
		return new Promise((resolve) => {
			this.#tasks.run(engine.flushTask, input, (error, output) => {
				this.#staging.done();
				if (error === null) this.#commitFlush(flush, parts, output);
				else this.#flushFailed(flush, error);
				resolve();
			});
		});
	}

	#flushFailed(flush: Flush, error: Error): void {
		if (this.#flush === flush) this.#flush = null;
		this.#owner.failed(error);
	}

	/** Names the files of flushed or ingested layers in the manifest, then lets the layers go. */
	#commitFlush(flush: Flush, parts: readonly FlushPart[], output: unknown): void {
		flush.phase = 'committing';
		const changes = flush.batch[0]!.keyspace.engine.changes(parts, output);
		// A keyspace that was dropped meanwhile leaves its files unused.
		const outputs = flush.batch.map((pending, i) => ({ ...pending, part: parts[i]!, change: changes[i]!, isNamed: false }));
		this.#owner.edits.add(
			() => {
				const named = outputs.filter((output) => this.#isStillPending(output));
				for (const output of named) output.isNamed = true;
				const edits = named.map(({ keyspace, layer, change }) => editOf(keyspace, change, offsetOf(layer)));
				return this.#owner.edit(edits, new Set(named.map(({ layer }) => layer)));
			},
			() => {
				if (this.#flush === flush) this.#flush = null;
				for (const output of outputs) {
					if (output.isNamed && this.#isStillPending(output)) this.#install(output, output.part, output.change);
					else if (output.layer.kind === 'memtable') this.#owner.removeUnused(output.keyspace, numbersOf(output.change), output.isNamed);
				}
				this.#owner.progressed();
			},
		);
	}

	/** Flushes the next layers in this thread, or waits for a worker that has them in hand. */
	runHere(): void {
		// An edit for them may be under way already.
		this.#owner.edits.finishNow();
		if (this.#pending.length === 0) return;
		if (this.#flush?.phase === 'working') {
			this.#tasks.drain(() => this.#flush?.phase !== 'working');
			this.#owner.edits.finishNow();
			return;
		}
		if (this.#flush !== null) this.#flush.phase = 'given up';
		const batch = this.#nextDurable();
		this.#waitForMaintenance(batch);
		const { engine } = batch[0]!.keyspace;
		const flush: Flush = { batch, phase: 'working' };
		this.#flush = flush;
		const parts = partsOf(
			batch,
			memtablesOf(batch).map((memtable) => memtable.image()),
		);
		try {
			const input = engine.flushInput(parts);
			this.#commitFlush(flush, parts, input === null ? null : engine.flushTask.run(input, this.#files));
		} catch (error) {
			this.#flush = null;
			throw error;
		}
		this.#owner.edits.finishNow();
	}

	/** The next layers to flush in this thread, made durable first if they are not. */
	#nextDurable(): PendingLayer[] {
		let batch = this.#nextToFlush(true);
		if (batch.length === 0) {
			this.#owner.syncNow();
			batch = this.#nextToFlush(true);
		}
		if (batch.length > 0) return batch;
		throw new LimitError('memtable-full', 'memtables cannot be flushed before the log is synced', {
			sqlstate: '53200',
			hint: 'Wait for the log to be synced, or raise the memory for memtables.',
		});
	}

	/** An engine that cannot flush while it maintains a keyspace is waited for. */
	#waitForMaintenance(batch: readonly PendingLayer[]): void {
		const isFree = (): boolean => batch.every(({ keyspace, layer }) => keyspace.engine.maintenance.mayFlush(keyspace.id, layer.kind));
		while (!isFree()) {
			this.#tasks.drain(isFree);
			this.#owner.edits.finishNow();
		}
	}

	#isStillPending({ keyspace, layer }: PendingLayer): boolean {
		return this.#owner.isLive(keyspace) && keyspace.layers.at(-1) === layer;
	}

	#install(pending: PendingLayer, part: FlushPart, change: FileChanges): void {
		this.#pending.splice(this.#pending.indexOf(pending.keyspace), 1);
		this.#owner.install(pending, part, change);
	}
}

function memtablesOf(batch: readonly PendingLayer[]): Memtable[] {
	return batch.flatMap(({ layer }) => (layer.kind === 'memtable' ? [layer.memtable] : []));
}

/** The parts of a flush; `images` are those of its memtables, in order. */
function partsOf(batch: readonly PendingLayer[], images: readonly MemtableImage[]): FlushPart[] {
	let image = 0;
	return batch.map(({ keyspace, layer }) => ({
		id: keyspace.id,
		base: keyspace.base,
		offset: offsetOf(layer),
		layer: layer.kind === 'memtable' ? { kind: 'memtable', image: images[image++]! } : layer,
	}));
}

/** An edit that changes the files of a keyspace and, when it is above what was known, what they are as of. */
export function editOf(keyspace: VersionedKeyspace, change: FileChanges, baseOffset: Offset): KeyspaceEdit {
	return { id: keyspace.id, engine: keyspace.abilities.name, isDropped: false, baseOffset, removed: change.removed, added: change.added };
}

function numbersOf(change: FileChanges): number[] {
	return change.added.map((file) => file.info.number);
}
