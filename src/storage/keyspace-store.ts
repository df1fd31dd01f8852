/**
 * All keyspaces of one database directory: their memtables, their bases on disk, flush, compaction and checkpoints.
 *
 * Calls, in order: `open`; `create` for every keyspace of the catalog; `put` (through the keyspaces) for every logged entry
 * after `appliedOffset` that `needsReplay`; `finishRecovery`; then normal work. After each commit is applied `setApplied`;
 * whenever commits became durable *and* visible (so that no snapshot older than them will be taken any more) `setDurable`.
 *
 * Invariants:
 * (1) What is not durable is never flushed: a base never holds what the log may lose.
 * (2) A memtable is frozen only between commits, so that no commit lies in two layers.
 * (3) A layer leaves memory only after the manifest edit that names its files is synced; layers of a keyspace leave in order.
 * (4) `appliedOffset` rises only with a synced edit, and never past the oldest unflushed entry or the durable offset.
 *
 * Flush and compaction run as worker tasks, one of each at a time, over immutable inputs; numbers of files and the manifest
 * are this thread's alone. Creating and dropping keyspaces costs no file operation.
 */
import { ClosedError, InputError, invariant, LimitError } from '../platform/errors.ts';
import type { Platform } from '../platform/platform.ts';
import { BulkBuilder, type BulkOptions } from './bulk-builder.ts';
import { Compactor, type CompactorOwner } from './compactor.ts';
import type { DerivedStore, EngineAbilities, Keyspace, Offset, StoreStatistics } from './contracts.ts';
import { FlushStaging } from './flush-staging.ts';
import { type KeyspaceStoreOptions, type ResolvedStoreOptions, resolveStoreOptions } from './keyspace-store-options.ts';
import { BlockCache } from './lsm/block-cache.ts';
import { asError, EditQueue } from './lsm/edit-queue.ts';
import { type FlushInput, flushTask } from './lsm/flush-task.ts';
import { ingestedVersion, ingestLevel, openIngested } from './lsm/ingestion.ts';
import { LEVELS_MAX, Level, LsmVersion } from './lsm/lsm-version.ts';
import { type FileAtLevel, type KeyspaceEdit, Manifest, type ManifestEdit } from './lsm/manifest.ts';
import { removeQuietly, Sstable } from './lsm/sstable.ts';
import { corrupt, type SstableInfo, sstableName, sstableNumber } from './lsm/sstable-format.ts';
import type { Memtable, MemtableImage } from './memtable.ts';
import { SnapshotRegistry } from './snapshot-registry.ts';
import { type KeyspaceOwner, type Layer, offsetOf, VersionedKeyspace } from './versioned-keyspace.ts';

export type EngineName = EngineAbilities['name'];
/** 'slow': flushes lag, a writer should give way now and then; 'stop': it must wait for `whenRelieved`, or call `relieveNow`. */
export type Pressure = 'none' | 'slow' | 'stop';

/** A finished bulk file, as the log names it. */
export interface StoredFile {
	readonly name: string;
	readonly bytes: number;
	readonly hash: string;
}

const LSM_ABILITIES: EngineAbilities = { name: 'lsm', ordered: true, snapshots: true };
const SLOW_LEVEL0_FACTOR = 3;
const STOP_LEVEL0_FACTOR = 5;
const SLOW_MEMORY_SHARE = 0.75;
const RETRY_MS = 1000;
/** Small memtables are flushed together, up to so much and so many. */
const BATCH_BYTES_MAX = 4 << 20;
const BATCH_LAYERS_MAX = 64;

/** The oldest layer of a keyspace, on its way to the base. */
interface PendingLayer {
	readonly keyspace: VersionedKeyspace;
	readonly layer: Layer;
}

interface Waiter {
	/** Offset that must be flushed; -1 waits for pressure to fall. */
	readonly target: Offset;
	readonly resolve: () => void;
	readonly reject: (error: Error) => void;
}

export class KeyspaceStore implements DerivedStore, KeyspaceOwner {
	readonly name = 'keyspaces';
	readonly options: ResolvedStoreOptions;
	readonly #platform: Platform;
	readonly #directory: string;
	readonly #manifest: Manifest;
	readonly #edits: EditQueue;
	readonly #cache: BlockCache;
	readonly #snapshots = new SnapshotRegistry();
	readonly #keyspaces = new Map<number, VersionedKeyspace>();
	/** Keyspaces with entries that are not in their base. */
	readonly #dirty = new Set<VersionedKeyspace>();
	/** Keyspaces with layers, in the order in which they were frozen (a keyspace comes once for each layer). */
	readonly #pending: VersionedKeyspace[] = [];
	/** Keyspaces with views that only older snapshots need. */
	readonly #pinned = new Set<VersionedKeyspace>();
	readonly #dropped = new Set<VersionedKeyspace>();
	readonly #compactor: Compactor;
	readonly #staging: FlushStaging;
	readonly #waiters: Waiter[] = [];
	readonly #running = new Set<Promise<void>>();
	#nextNumber: number;
	/** The first number given out since the store was opened: files below it were there before. */
	readonly #firstNumber: number;
	/** Files that manifest or log named when the store was opened: they go with what holds them, never as orphans. */
	readonly #namedAtOpen = new Set<number>();
	#applied: Offset;
	#durable: Offset;
	#syncRequested: Offset;
	#activeBytes = 0;
	#frozenBytes = 0;
	#pinnedBytes = 0;
	/** What a worker or the edit queue has in hand. */
	#flushing: readonly PendingLayer[] = [];
	#cancelRetry: (() => void) | null = null;
	#isRecovering = true;
	/** This thread flushes or compacts itself: no tasks are started meanwhile. */
	#isInline = false;
	#isClosed = false;
	#flushes = 0;
	#bytesFlushed = 0;

	private constructor(platform: Platform, directory: string, options: ResolvedStoreOptions) {
		this.options = options;
		this.#platform = platform;
		this.#directory = directory;
		this.#cache = new BlockCache(options.cacheBytes, options.openFilesMax);
		this.#manifest = Manifest.open(platform.files, directory, options.manifestBytes);
		this.#edits = new EditQueue(platform, this.#manifest, (error) => this.#failed(error));
		this.#applied = this.#manifest.appliedOffset;
		this.#durable = this.#applied;
		this.#syncRequested = this.#applied;
		let nextNumber = this.#manifest.nextNumber;
		const present = new Set<number>();
		for (const name of platform.files.list(directory)) present.add(sstableNumber(name));
		for (const number of present) nextNumber = Math.max(nextNumber, number + 1);
		for (const { files } of this.#manifest.keyspaces.values()) {
			for (const number of files.keys()) {
				if (!present.has(number)) throw corrupt(`${directory}/${sstableName(number)}`, 0, 'the manifest names it, and it is not there');
				this.#namedAtOpen.add(number);
			}
		}
		this.#nextNumber = nextNumber;
		this.#firstNumber = nextNumber;
		this.#compactor = new Compactor(this.#compactorOwner());
		this.#staging = new FlushStaging(platform.timers, options.memtableBytes / 2);
	}

	/** Opens the store in `directory`, which is made if absent (its parent must exist). Throws `CorruptionError` when its files are not what was written. */
	static open(platform: Platform, directory: string, options: KeyspaceStoreOptions = {}): KeyspaceStore {
		const { files } = platform;
		if (!files.exists(directory)) {
			files.makeDirectory(directory);
			const parent = directory.slice(0, Math.max(directory.lastIndexOf('/'), 0));
			files.syncDirectory(parent === '' ? (directory.startsWith('/') ? '/' : '.') : parent);
		}
		const store = new KeyspaceStore(platform, directory, resolveStoreOptions(options));
		try {
			for (const [id, state] of store.#manifest.keyspaces) if (!state.isDropped) store.#adopt(id);
		} catch (error) {
			store.#edits.close();
			throw error;
		}
		return store;
	}

	/** Makes the keyspace known; when the directory holds its data it comes with it. Calling it again returns the same one. */
	create(id: number, engine: EngineName): Keyspace {
		const existing = this.#keyspaces.get(id);
		if (existing !== undefined) return existing;
		invariant(engine === 'lsm', `an engine ${engine} is registered`);
		return this.#adopt(id);
	}

	has(id: number): boolean {
		return this.#keyspaces.has(id);
	}

	keyspace(id: number): Keyspace {
		const found = this.#keyspaces.get(id);
		if (found === undefined) throw new InputError('no-keyspace', `there is no keyspace ${id}`, { sqlstate: '42P01' });
		return found;
	}

	/**
	 * The commit at `offset` drops the keyspace (0: it was never committed). It stays readable for older snapshots; its files go
	 * once the commit is durable and those snapshots are released.
	 */
	drop(id: number, offset: Offset): void {
		const found = this.#keyspaces.get(id);
		if (found === undefined) return;
		found.droppedAt = offset;
		this.#dropped.add(found);
		this.#reap();
	}

	/** False when the keyspace's own files already hold everything up to `offset`, or it is not known: replay then skips the entry. */
	needsReplay(id: number, offset: Offset): boolean {
		const found = this.#keyspaces.get(id);
		return found !== undefined && offset > found.baseOffset;
	}

	/** The logged tail was replayed: removes keyspaces that the catalog does not know (`live`), and files that nothing names. */
	finishRecovery(live: ReadonlySet<number>): void {
		this.#isRecovering = false;
		// Orphans first: the files of a keyspace that goes must stay until the edit that drops it is durable.
		this.#removeOrphans();
		for (const keyspace of [...this.#keyspaces.values()]) if (!live.has(keyspace.id)) this.#remove(keyspace);
		this.#work();
	}

	/** The commit at `offset` was applied to all its keyspaces. Freezes the largest memtables when they take half of the memory. */
	setApplied(offset: Offset): void {
		this.#applied = offset;
		// What replay reads was synced before it was read, and nobody writes who could be told to wait.
		if (this.#isRecovering) this.#durable = offset;
		if (this.#activeBytes * 2 >= this.options.memtableBytes) {
			this.#freezeLargest();
			if (this.#isRecovering) this.relieveNow();
			else this.#work();
		}
	}

	/** Commits up to `offset` are synced and visible: they may be flushed. */
	setDurable(offset: Offset): void {
		this.#durable = offset;
		if (this.#pending.length > 0) this.#work();
		if (this.#dropped.size > 0) this.#reap();
	}

	/** Keeps everything readable as of `offset` until it is released as often as it was retained. */
	retainSnapshot(offset: Offset): void {
		this.#snapshots.retain(offset);
	}

	releaseSnapshot(offset: Offset): void {
		if (!this.#snapshots.release(offset)) return;
		if (this.#pinned.size > 0) this.#unpin();
		if (this.#dropped.size > 0) this.#reap();
	}

	/** Snapshots below it were given up: reading them throws `snapshot too old`, and `newestOffset` does not speak for them. */
	get horizon(): Offset {
		return this.#snapshots.horizon;
	}

	pressure(): Pressure {
		const { memtableBytes, level0Files } = this.options;
		const memory = this.#activeBytes + this.#frozenBytes;
		const level0 = this.#compactor.level0Files;
		if (memory >= memtableBytes || level0 >= level0Files * STOP_LEVEL0_FACTOR) return 'stop';
		return memory >= memtableBytes * SLOW_MEMORY_SHARE || level0 >= level0Files * SLOW_LEVEL0_FACTOR ? 'slow' : 'none';
	}

	/** Resolves once `pressure` is no longer 'stop'; rejects when a flush fails meanwhile (a full disk). */
	whenRelieved(): Promise<void> {
		if (this.pressure() !== 'stop') return Promise.resolve();
		return this.#wait(-1);
	}

	/** Flushes and compacts in this thread until `pressure` is no longer 'stop': for synchronous writers. Needs the option `syncNow`. */
	relieveNow(): void {
		this.#inline(() => {
			while (this.pressure() === 'stop') {
				if (this.#pending.length === 0 && this.#activeBytes >= this.options.memtableBytes) this.#freezeLargest();
				if (this.#pending.length > 0) this.#flushHere();
				else if (!this.#compactor.runHere()) return;
			}
		});
	}

	get appliedOffset(): Offset {
		return this.#edits.appliedOffset;
	}

	/** Flushes everything applied when it was called (asking for its durability) and records it. Rejects when that fails. */
	async checkpoint(): Promise<void> {
		this.#assertOpen();
		for (const keyspace of this.#dirty) this.#freeze(keyspace);
		const target = this.#applied;
		const flushed = this.#wait(target);
		this.#work();
		await flushed;
		if (this.#edits.appliedOffset >= target) return;
		await new Promise<void>((resolve, reject) => {
			this.#waiters.push({ target: Number.POSITIVE_INFINITY, resolve, reject });
			this.#edits.add(
				() => this.#edit([]),
				() => {
					this.#dropWaiter(resolve);
					resolve();
				},
			);
		});
	}

	/** The same in this thread. Needs the option `syncNow`. */
	checkpointNow(): void {
		this.#assertOpen();
		this.#inline(() => {
			for (const keyspace of this.#dirty) this.#freeze(keyspace);
			while (this.#pending.length > 0) this.#flushHere();
			this.options.syncNow();
			this.#edits.add(
				() => this.#edit([]),
				() => undefined,
			);
			this.#edits.finishNow();
		});
	}

	/** Builds sorted files for `ingest`, past the memtable. */
	bulkBuilder(options: BulkOptions = {}): BulkBuilder {
		this.#assertOpen();
		const { blockBytes, sstableBytes } = this.options;
		const run = { directory: this.#directory, blockBytes, sstableBytes, filesMax: Number.POSITIVE_INFINITY };
		return new BulkBuilder(this.#platform.files, run, options, () => this.#nextNumber++);
	}

	/**
	 * The commit at `offset` adopts finished bulk files: their entries are seen by readers from that offset on, above all
	 * earlier entries of the keyspace. Also called by replay; then files that are already part of the base are left alone.
	 */
	ingest(id: number, files: readonly StoredFile[], offset: Offset): void {
		const keyspace = this.#keyspaces.get(id);
		if (keyspace === undefined) throw new InputError('no-keyspace', `there is no keyspace ${id}`, { sqlstate: '42P01' });
		if (files.length === 0 || offset <= keyspace.baseOffset) return;
		const tables = files.map((file) => openIngested(this.#platform.files, this.#directory, file, this.#cache));
		invariant(keyspace.active === null || keyspace.active.offsetMax < offset, 'a bulk commit has no other entries of its keyspace');
		this.#freeze(keyspace);
		if (this.#isRecovering) for (const table of tables) this.#namedAtOpen.add(table.info.number);
		const version = ingestedVersion(tables);
		version.retain();
		keyspace.layers.unshift({ kind: 'ingested', offset, files: version });
		keyspace.serial++;
		this.#dirty.add(keyspace);
		this.#pending.push(keyspace);
		this.#work();
	}

	verify(): string[] {
		const wrong: string[] = [];
		for (const keyspace of this.#keyspaces.values()) {
			if (keyspace.active !== null) wrong.push(...keyspace.active.verify());
			for (const layer of keyspace.layers) wrong.push(...(layer.kind === 'memtable' ? layer.memtable.verify() : layer.files.verify()));
			wrong.push(...keyspace.base.verify());
		}
		return wrong;
	}

	statistics(): StoreStatistics {
		let entries = 0;
		let diskBytes = 0;
		let files = 0;
		for (const keyspace of this.#keyspaces.values()) {
			entries += keyspace.base.entries + (keyspace.active?.entries ?? 0);
			for (const layer of keyspace.layers) entries += layer.kind === 'memtable' ? layer.memtable.entries : layer.files.entries;
			diskBytes += keyspace.base.diskBytes;
			for (const _ of keyspace.base.tables()) files++;
		}
		return {
			entries,
			diskBytes,
			files,
			memoryBytes: this.#activeBytes + this.#frozenBytes + this.#pinnedBytes + this.#staging.memoryBytes + this.#cache.bytes,
			memtableBytes: this.#activeBytes + this.#frozenBytes,
			pinnedBytes: this.#pinnedBytes,
			cacheBytes: this.#cache.bytes,
			cacheHits: this.#cache.hits,
			cacheMisses: this.#cache.misses,
			keyspaces: this.#keyspaces.size,
			flushes: this.#flushes,
			bytesFlushed: this.#bytesFlushed,
			compactions: this.#compactor.compactions,
			bytesCompacted: this.#compactor.bytesWritten,
			moves: this.#compactor.moves,
			manifestRolls: this.#manifest.rolls,
		};
	}

	/** Waits for tasks under way, then closes all files. What was not flushed is replayed from the log. */
	async close(): Promise<void> {
		if (this.#isClosed) return;
		this.#isClosed = true;
		this.#cancelRetry?.();
		for (const waiter of this.#waiters.splice(0)) waiter.reject(new ClosedError('closed', 'the store was closed'));
		while (this.#running.size > 0) await Promise.allSettled([...this.#running]);
		this.#edits.close();
		for (const keyspace of this.#keyspaces.values()) {
			for (const view of keyspace.olderViews) view.base.release();
			for (const layer of keyspace.layers) if (layer.kind === 'ingested') layer.files.release();
			keyspace.base.release();
		}
		this.#keyspaces.clear();
	}

	memoryGrew(_keyspace: VersionedKeyspace, bytes: number): void {
		this.#activeBytes += bytes;
	}

	becameDirty(keyspace: VersionedKeyspace): void {
		this.#dirty.add(keyspace);
	}

	/** Makes a keyspace with the files that the manifest names. */
	#adopt(id: number): VersionedKeyspace {
		const state = this.#manifest.keyspaces.get(id);
		const level0: Sstable[] = [];
		const below: Sstable[][] = Array.from({ length: LEVELS_MAX }, () => []);
		for (const file of state?.files.values() ?? []) {
			const table = new Sstable(this.#platform.files, this.#directory, file.info, this.#cache);
			if (file.level === 0) level0.unshift(table);
			else below[file.level - 1]!.push(table);
		}
		const version = new LsmVersion(
			level0,
			below.map((tables) => Level.sorted(tables)),
		);
		version.retain();
		const made = new VersionedKeyspace(id, LSM_ABILITIES, version, state?.baseOffset ?? 0, this);
		this.#keyspaces.set(id, made);
		if (!version.isEmpty) this.#compactor.noteFiles(made);
		return made;
	}

	/** (2): turns the active memtable into a layer. */
	#freeze(keyspace: VersionedKeyspace): void {
		const memtable = keyspace.active;
		if (memtable === null) return;
		keyspace.active = null;
		keyspace.layers.unshift({ kind: 'memtable', memtable });
		keyspace.serial++;
		this.#activeBytes -= memtable.memoryBytes;
		this.#frozenBytes += memtable.memoryBytes;
		this.#pending.push(keyspace);
	}

	/** Freezes memtables, largest first, until half of their memory is frozen. */
	#freezeLargest(): void {
		const candidates = [...this.#dirty].filter((keyspace) => keyspace.active !== null);
		candidates.sort((a, b) => b.active!.memoryBytes - a.active!.memoryBytes);
		const enough = this.#activeBytes / 2;
		for (const keyspace of candidates) {
			this.#freeze(keyspace);
			if (this.#activeBytes <= enough) return;
		}
	}

	/** Starts whatever can be done: one flush and one compaction at a time. */
	#work(): void {
		if (this.#isClosed || this.#isRecovering || this.#isInline || this.#cancelRetry !== null) return;
		if (this.#flushing.length === 0 && !this.#staging.isBusy) this.#startFlush();
		this.#compactor.start();
	}

	#compactorOwner(): CompactorOwner {
		return {
			files: this.#platform.files,
			tasks: this.#platform.tasks,
			directory: this.#directory,
			options: this.options,
			cache: this.#cache,
			edits: this.#edits,
			takeNumbers: (count) => {
				this.#nextNumber += count;
				return this.#nextNumber - count;
			},
			isLive: (keyspace) => this.#keyspaces.get(keyspace.id) === keyspace,
			mayCompact: (keyspace) => !this.#flushing.some((pending) => pending.keyspace === keyspace && pending.layer.kind === 'ingested'),
			edit: (keyspaces) => this.#edit(keyspaces),
			removeUnused: (infos, isNamed) => this.#removeUnused(infos, isNamed),
			track: (work) => this.#track(work),
			progressed: () => this.#afterProgress(),
		};
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
			newest = Math.max(newest, offsetOf(layer));
			if (offsetOf(layer) > this.#durable) continue;
			if (layer.kind === 'ingested') {
				// Bulk files go to a deep level, which a compaction under way may be about to write.
				if (batch.length > 0 || (this.#compactor.isBusy(keyspace) && !isInline)) continue;
				return [{ keyspace, layer }];
			}
			if (batch.length > 0 && bytes + layer.memtable.memoryBytes > BATCH_BYTES_MAX) continue;
			batch.push({ keyspace, layer });
			bytes += layer.memtable.memoryBytes;
			if (bytes >= BATCH_BYTES_MAX || batch.length === BATCH_LAYERS_MAX) break;
		}
		if (batch.length === 0 && newest > this.#syncRequested) {
			this.#syncRequested = newest;
			this.options.requestSync(newest);
		}
		return batch;
	}

	#startFlush(): void {
		const batch = this.#nextToFlush(false);
		if (batch.length === 0) return;
		this.#flushing = batch;
		const memtables = memtablesOf(batch);
		if (memtables.length === 0) {
			this.#commitLayers(batch, [null]);
			return;
		}
		const work = this.#staging
			.fill(memtables)
			.then((images) => this.#platform.tasks.run(flushTask, this.#flushInput(batch, images)))
			.finally(() => this.#staging.done())
			.then(
				(infos) => this.#commitLayers(batch, infos),
				(error) => {
					this.#flushing = [];
					throw error;
				},
			);
		this.#track(work);
	}

	#flushInput(batch: readonly PendingLayer[], images: readonly MemtableImage[]): FlushInput {
		const { blockBytes, sstableBytes } = this.options;
		const flushes = batch.map(({ keyspace }, i) => ({ memtable: images[i]!, number: this.#nextNumber++, dropTombstones: keyspace.base.isEmpty }));
		return { flushes, options: { directory: this.#directory, blockBytes, sstableBytes } };
	}

	/** Names the files of flushed or ingested layers in the manifest, then lets the layers go. */
	#commitLayers(batch: readonly PendingLayer[], infos: readonly (SstableInfo | null)[]): void {
		// What was flushed in this thread, or dropped, while the worker was at it leaves its file unused.
		const outputs = batch.map((pending, i) => ({ ...pending, info: infos[i]!, isNamed: false, added: this.#layerFiles(pending, infos[i]!) }));
		this.#edits.add(
			() => {
				const named = outputs.filter((output) => this.#isStillPending(output));
				for (const output of named) output.isNamed = true;
				const changes = named.map(({ keyspace, layer, added }) => ({ id: keyspace.id, isDropped: false, baseOffset: offsetOf(layer), removed: [], added }));
				return this.#edit(changes, new Set(named.map(({ layer }) => layer)));
			},
			() => {
				if (this.#flushing === batch) this.#flushing = [];
				for (const output of outputs) {
					if (output.isNamed && this.#isStillPending(output)) this.#installLayer(output.keyspace, output.layer, output.added);
					else if (output.info !== null) this.#removeUnused([output.info], output.isNamed);
				}
				this.#afterProgress();
			},
		);
	}

	/** The files that a layer brings to the base, and their level. */
	#layerFiles({ keyspace, layer }: PendingLayer, info: SstableInfo | null): FileAtLevel[] {
		if (layer.kind === 'memtable') return info === null ? [] : [{ level: 0, info }];
		const level = this.#compactor.isBusy(keyspace) ? 0 : ingestLevel(keyspace.base, layer.files, this.options);
		return [...layer.files.tables()].map((table) => ({ level, info: table.info }));
	}

	/** Removes outputs of a task whose keyspace is gone; those that an edit named only after the edit that drops the keyspace, which is queued already. */
	#removeUnused(infos: readonly SstableInfo[], isNamed: boolean): void {
		const remove = (): void => {
			for (const info of infos) this.#removeFile(info.number);
		};
		if (isNamed) this.#edits.add(() => this.#edit([]), remove);
		else remove();
	}

	#isStillPending({ keyspace, layer }: PendingLayer): boolean {
		return this.#keyspaces.get(keyspace.id) === keyspace && keyspace.layers.at(-1) === layer;
	}

	/** The edit is durable: the layer becomes part of the base (3), and stays as a view if a snapshot needs it. */
	#installLayer(keyspace: VersionedKeyspace, layer: Layer, added: readonly FileAtLevel[]): void {
		const before = keyspace.base;
		const beforeOffset = keyspace.baseOffset;
		const untilOffset = offsetOf(layer);
		let version = before;
		if (layer.kind === 'ingested') {
			const tables = [...layer.files.tables()];
			version = version.with(new Set(), added[0]!.level, tables);
		} else if (added.length > 0) {
			version = version.with(new Set(), 0, [new Sstable(this.#platform.files, this.#directory, added[0]!.info, this.#cache)]);
			this.#bytesFlushed += added[0]!.info.bytes;
		}
		this.#flushes++;
		version.retain();
		keyspace.base = version;
		keyspace.baseOffset = untilOffset;
		keyspace.layers.pop();
		keyspace.serial++;
		this.#pending.splice(this.#pending.indexOf(keyspace), 1);
		if (layer.kind === 'memtable') this.#frozenBytes -= layer.memtable.memoryBytes;
		if (keyspace.layers.length === 0 && keyspace.active === null) this.#dirty.delete(keyspace);
		this.#compactor.noteFiles(keyspace);
		if (this.#snapshots.oldestBelow(untilOffset) >= 0) {
			keyspace.olderViews.unshift({ baseOffset: beforeOffset, base: before, layers: [layer], untilOffset });
			this.#pinned.add(keyspace);
			if (layer.kind === 'memtable') this.#pinnedBytes += layer.memtable.memoryBytes;
			this.#limitPinned();
		} else {
			if (layer.kind === 'ingested') layer.files.release();
			before.release();
		}
	}

	/** A complete edit with the offsets of this moment. `leaving` are layers that this very edit makes durable. */
	#edit(keyspaces: readonly KeyspaceEdit[], leaving: ReadonlySet<Layer> | null = null): ManifestEdit {
		let applied = Math.min(this.#applied, this.#durable);
		for (const keyspace of this.#dirty) {
			const first = keyspace.firstUnflushedOffset(leaving);
			if (first > 0) applied = Math.min(applied, first - 1);
		}
		return { appliedOffset: applied, nextNumber: this.#nextNumber, keyspaces };
	}

	/** Frees dropped keyspaces that no snapshot can read any more. */
	#reap(): void {
		for (const keyspace of this.#dropped) {
			if (keyspace.droppedAt > this.#durable || this.#snapshots.oldestBelow(keyspace.droppedAt) >= 0) continue;
			this.#dropped.delete(keyspace);
			this.#remove(keyspace);
		}
	}

	/** Takes a keyspace out of memory and manifest; its files go when the edit is durable. */
	#remove(keyspace: VersionedKeyspace): void {
		this.#keyspaces.delete(keyspace.id);
		this.#dirty.delete(keyspace);
		this.#pinned.delete(keyspace);
		this.#compactor.forget(keyspace);
		for (let i = this.#pending.length - 1; i >= 0; i--) if (this.#pending[i] === keyspace) this.#pending.splice(i, 1);
		if (keyspace.active !== null) this.#activeBytes -= keyspace.active.memoryBytes;
		for (const layer of keyspace.layers) if (layer.kind === 'memtable') this.#frozenBytes -= layer.memtable.memoryBytes;
		const letGo = (): void => {
			for (const view of keyspace.olderViews.splice(0)) this.#releaseView(view, true);
			for (const layer of keyspace.layers) if (layer.kind === 'ingested') releaseObsolete(layer.files);
			releaseObsolete(keyspace.base);
			this.#afterProgress();
		};
		const hasFiles = this.#manifest.keyspaces.has(keyspace.id) || keyspace.layers.some((layer) => layer.kind === 'ingested');
		if (!hasFiles) {
			letGo();
			return;
		}
		// Replay may meet entries and bulk files of it again: the manifest remembers that it is gone.
		const droppedAt = Math.max(keyspace.droppedAt, this.#durable);
		this.#edits.add(() => this.#edit([{ id: keyspace.id, isDropped: true, baseOffset: droppedAt, removed: [], added: [] }]), letGo);
	}

	/** Releases views that no snapshot needs any more. */
	#unpin(): void {
		for (const keyspace of this.#pinned) {
			const views = keyspace.olderViews;
			while (views.length > 0 && this.#snapshots.oldestBelow(views.at(-1)!.untilOffset) < 0) this.#releaseView(views.pop()!, false);
			if (views.length === 0) this.#pinned.delete(keyspace);
		}
	}

	#releaseView(view: VersionedKeyspace['olderViews'][number], isDropped: boolean): void {
		for (const layer of view.layers) {
			if (layer.kind === 'memtable') this.#pinnedBytes -= layer.memtable.memoryBytes;
			else if (isDropped) releaseObsolete(layer.files);
			else layer.files.release();
		}
		if (isDropped) releaseObsolete(view.base);
		else view.base.release();
	}

	/** Gives up the oldest snapshots while they keep too much memory. */
	#limitPinned(): void {
		while (this.#pinnedBytes > this.options.pinnedBytes && this.#snapshots.giveUpOldest()) this.#unpin();
	}

	/** After an install: wakes those who wait, and goes on. */
	#afterProgress(): void {
		for (let i = this.#waiters.length - 1; i >= 0; i--) {
			const waiter = this.#waiters[i]!;
			if (waiter.target < 0 ? this.pressure() !== 'stop' : this.#isFlushed(waiter.target)) {
				this.#waiters.splice(i, 1);
				waiter.resolve();
			}
		}
		this.#work();
	}

	#isFlushed(target: Offset): boolean {
		if (target === Number.POSITIVE_INFINITY) return false;
		for (const keyspace of this.#dirty) {
			const first = keyspace.firstUnflushedOffset();
			if (first > 0 && first <= target) return false;
		}
		return true;
	}

	#wait(target: Offset): Promise<void> {
		if (target >= 0 && this.#isFlushed(target)) return Promise.resolve();
		return new Promise<void>((resolve, reject) => {
			this.#waiters.push({ target, resolve, reject });
		});
	}

	#dropWaiter(resolve: () => void): void {
		const place = this.#waiters.findIndex((waiter) => waiter.resolve === resolve);
		if (place >= 0) this.#waiters.splice(place, 1);
	}

	/** Flushes the next layers in this thread. */
	#flushHere(): void {
		// An edit for them may be under way already.
		this.#edits.finishNow();
		if (this.#pending.length === 0) return;
		let batch = this.#nextToFlush(true);
		if (batch.length === 0) {
			this.options.syncNow();
			batch = this.#nextToFlush(true);
		}
		if (batch.length === 0) {
			throw new LimitError('memtable-full', `memtables of ${this.#activeBytes + this.#frozenBytes} bytes cannot be flushed before the log is synced`, {
				sqlstate: '53200',
				hint: 'Wait for the log to be synced, or raise the memory for memtables.',
			});
		}
		const images = memtablesOf(batch).map((memtable) => memtable.image());
		const infos = images.length === 0 ? [null] : flushTask.run(this.#flushInput(batch, images), this.#platform.files);
		this.#commitLayers(batch, infos);
		this.#edits.finishNow();
	}

	/** A task or an edit failed: those who wait are told, and it is tried again in a second. */
	#failed(error: Error): void {
		if (this.#isClosed) return;
		for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
		this.#cancelRetry?.();
		this.#cancelRetry = this.#platform.timers.after(RETRY_MS, () => {
			this.#cancelRetry = null;
			this.#work();
		});
		this.options.onFailure(error);
	}

	/** Runs work of this thread's own, then lets tasks start again. */
	#inline(run: () => void): void {
		this.#isInline = true;
		try {
			run();
		} finally {
			this.#isInline = false;
			this.#work();
		}
	}

	#track(work: Promise<void>): void {
		const tracked = work.catch((error) => this.#failed(asError(error))).finally(() => this.#running.delete(tracked));
		this.#running.add(tracked);
	}

	#removeFile(number: number): void {
		removeQuietly(this.#platform.files, `${this.#directory}/${sstableName(number)}`);
	}

	/** Removes sstables that neither the manifest nor the log named: what a crash left behind. */
	#removeOrphans(): void {
		for (const name of this.#platform.files.list(this.#directory)) {
			const number = sstableNumber(name);
			if (number >= 0 && number < this.#firstNumber && !this.#namedAtOpen.has(number)) this.#removeFile(number);
		}
		this.#namedAtOpen.clear();
	}

	#assertOpen(): void {
		if (this.#isClosed) throw new ClosedError('closed', 'the store is closed');
	}
}

function memtablesOf(batch: readonly PendingLayer[]): Memtable[] {
	return batch.flatMap(({ layer }) => (layer.kind === 'memtable' ? [layer.memtable] : []));
}

function releaseObsolete(version: LsmVersion): void {
	for (const table of version.tables()) table.isObsolete = true;
	version.release();
}
