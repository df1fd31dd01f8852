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
import { ClosedError, InputError, invariant } from '../platform/errors.ts';
import type { Platform } from '../platform/platform.ts';
import { BlockCache } from './block-cache.ts';
import { BulkBuilder, type BulkOptions, type BulkOutput, type BulkTarget } from './bulk-builder.ts';
import type { DerivedStore, Keyspace, Offset, StoreStatistics } from './contracts.ts';
import { EditQueue } from './edit-queue.ts';
import type { EngineVersion } from './engine-version.ts';
import { Engines } from './engines.ts';
import { NO_BYTES } from './entry-source.ts';
import { fileNames, fileNumber, storedFileName } from './file-names.ts';
import { editOf, Flusher, type FlushOwner, type PendingLayer } from './flusher.ts';
import type { KeyRange } from './key-ranges.ts';
import { type KeyspaceStoreOptions, type ResolvedStoreOptions, resolveStoreOptions } from './keyspace-store-options.ts';
import { DEEPEST_FILTER_BITS } from './lsm/bloom-filter.ts';
import { ingestedVersion, openIngested } from './lsm/ingestion.ts';
import { type EngineName, type KeyspaceEdit, Manifest, type ManifestEdit, type StoredFile } from './manifest.ts';
import { SnapshotRegistry } from './snapshot-registry.ts';
import type { EngineOwner, FileChanges, FlushPart, Replacement } from './storage-engine.ts';
import { corrupt, removeQuietly } from './stored-files.ts';
import { type IngestedLayer, type KeyspaceOwner, type Layer, offsetOf, VersionedKeyspace } from './versioned-keyspace.ts';

/** 'slow': flushes lag, a writer should give way now and then; 'stop': it must wait for `whenRelieved`, or call `relieveNow`. */
export type Pressure = 'none' | 'slow' | 'stop';

const SLOW_MEMORY_SHARE = 0.75;
const RETRY_MS = 1000;
const NO_CHANGES: FileChanges = { removed: [], added: [] };

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
	/** Keyspaces with views that only older snapshots need. */
	readonly #pinned = new Set<VersionedKeyspace>();
	readonly #dropped = new Set<VersionedKeyspace>();
	readonly #engines: Engines;
	readonly #flusher: Flusher;
	readonly #waiters: Waiter[] = [];
	/** Who waits for `compact`. */
	readonly #settlers: Pick<Waiter, 'resolve' | 'reject'>[] = [];
	/** Pieces of background work under way, and who waits for their end. */
	#running = 0;
	readonly #idle: (() => void)[] = [];
	#nextNumber: number;
	/** The first number given out since the store was opened: files below it were there before. */
	readonly #firstNumber: number;
	/** Files that manifest or log named when the store was opened: they go with what holds them, never as orphans. */
	readonly #namedAtOpen = new Set<number>();
	#applied: Offset;
	#durable: Offset;
	#activeBytes = 0;
	#frozenBytes = 0;
	#pinnedBytes = 0;
	#cancelRetry: (() => void) | null = null;
	/** Times that a writer had to wait for a flush or a compaction, and for how long. */
	#stalls = 0;
	#stallMs = 0;
	#stallMsMax = 0;
	#isRecovering = true;
	/** The keyspace that replay put into last. */
	#replayed: VersionedKeyspace | null = null;
	/** This thread flushes or compacts itself: no tasks are started meanwhile. */
	#isInline = false;
	#isClosed = false;

	private constructor(platform: Platform, directory: string, options: ResolvedStoreOptions) {
		this.options = options;
		this.#platform = platform;
		this.#directory = directory;
		this.#cache = new BlockCache(options.cacheBytes, options.openFilesMax);
		this.#manifest = Manifest.open(platform.files, directory, options.manifestBytes);
		this.#edits = new EditQueue(platform, this.#manifest, (error) => this.#failed(error));
		this.#applied = this.#manifest.appliedOffset;
		this.#durable = this.#applied;
		let nextNumber = this.#manifest.nextNumber;
		const present = new Set<number>();
		for (const name of platform.files.list(directory)) present.add(fileNumber(name));
		for (const number of present) nextNumber = Math.max(nextNumber, number + 1);
		for (const { engine, files } of this.#manifest.keyspaces.values()) {
			for (const [number, file] of files) {
				if (!present.has(number)) throw corrupt(`${directory}/${storedFileName(file, engine)}`, 0, 'the manifest names it, and it is not there');
				this.#namedAtOpen.add(number);
			}
		}
		this.#nextNumber = nextNumber;
		this.#firstNumber = nextNumber;
		this.#engines = new Engines(this.#engineOwner());
		this.#flusher = new Flusher(platform, options.memtableBytes / 2, this.#flushOwner());
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
			for (const [id, state] of store.#manifest.keyspaces) if (!state.isDropped) store.#adopt(id, state.engine);
		} catch (error) {
			store.#edits.close();
			throw error;
		}
		return store;
	}

	/** Makes the keyspace known; when the directory holds its data it comes with it. Calling it again returns the same one. */
	create(id: number, engine: EngineName): Keyspace {
		const existing = this.#keyspaces.get(id);
		if (existing !== undefined) {
			invariant(existing.abilities.name === engine, `keyspace ${id} has the engine ${existing.abilities.name}, not ${engine}`);
			return existing;
		}
		return this.#adopt(id, engine);
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
		found.observer?.invalidate(offset);
		this.#dropped.add(found);
		this.#reap();
	}

	/** False when the keyspace's own files already hold everything up to `offset`, or it is not known: replay then skips the entry. */
	needsReplay(id: number, offset: Offset): boolean {
		const found = this.#keyspaces.get(id);
		return found !== undefined && offset > found.baseOffset;
	}

	/**
	 * Puts a logged entry at replay, unless `needsReplay` says no. With `isKept` the bytes are never overwritten: they may stay where they
	 * are, and the keyspace keeps their memory until they are flushed.
	 */
	replay(
		id: number,
		key: Uint8Array,
		keyStart: number,
		keyLength: number,
		value: Uint8Array | null,
		valueStart: number,
		valueLength: number,
		offset: Offset,
		isKept: boolean,
	): void {
		const keyspace = this.#replayed?.id === id ? this.#replayed : this.#keyspaces.get(id);
		if (keyspace === undefined || offset <= keyspace.baseOffset) return;
		this.#replayed = keyspace;
		keyspace.replay(key, keyStart, keyLength, value, valueStart, valueLength, offset, isKept);
	}

	/** As `replay` for entries of `bytes`, of three numbers each: start and length of the key, length of the value behind it (−1 removes). */
	replayRun(id: number, bytes: Uint8Array, places: Int32Array, count: number, offset: Offset, isKept: boolean): void {
		const keyspace = this.#keyspaces.get(id);
		if (keyspace !== undefined && offset > keyspace.baseOffset) keyspace.replayRun(bytes, places, count, offset, isKept);
	}

	/** The logged tail was replayed: removes keyspaces that the catalog does not know (`live`), and files that nothing names. */
	finishRecovery(live: ReadonlySet<number>): void {
		this.#isRecovering = false;
		this.#replayed = null;
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
		if (!this.#flusher.isIdle) this.#work();
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
		const { memtableBytes } = this.options;
		const memory = this.#activeBytes + this.#frozenBytes;
		let files = 0;
		for (const engine of this.#engines.list) files = Math.max(files, engine.maintenance.pressure());
		if (memory >= memtableBytes || files >= 2) return 'stop';
		return memory >= memtableBytes * SLOW_MEMORY_SHARE || files >= 1 ? 'slow' : 'none';
	}

	/** An engine refuses entries now: `refuse` must be asked before a commit is logged. */
	get isRefusing(): boolean {
		for (const limit of this.#engines.limits) if (limit.isReached) return true;
		return false;
	}

	/** Throws when the keyspace's engine takes no more entries. */
	refuse(id: number): void {
		const limit = this.#keyspaces.get(id)?.engine.limit;
		if (limit?.isReached) throw limit.error();
	}

	/** Resolves once `pressure` is no longer 'stop'; rejects when a flush fails meanwhile (a full disk). */
	whenRelieved(): Promise<void> {
		if (this.pressure() !== 'stop') return Promise.resolve();
		const stalled = this.#stalled();
		return this.#wait(-1).finally(stalled);
	}

	/** Flushes and compacts in this thread until `pressure` is no longer 'stop': for synchronous writers. Needs the option `syncNow`. */
	relieveNow(): void {
		if (this.pressure() !== 'stop') return;
		const stalled = this.#stalled();
		try {
			this.#inline(() => {
				while (this.pressure() === 'stop') {
					if (this.#flusher.isIdle && this.#activeBytes >= this.options.memtableBytes) this.#freezeLargest();
					if (!this.#flusher.isIdle) this.#flusher.runHere();
					else if (!this.#engines.list.some((engine) => engine.maintenance.runHere())) return;
				}
			});
		} finally {
			stalled();
		}
	}

	/** A writer waits from here; the result is called when it goes on. */
	#stalled(): () => void {
		const { clock } = this.#platform;
		const startMs = clock.monotonicMs();
		this.#stalls++;
		return () => {
			const ms = clock.monotonicMs() - startMs;
			this.#stallMs += ms;
			this.#stallMsMax = Math.max(this.#stallMsMax, ms);
		};
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

	/** Brings all files into their smallest form: what was overwritten or removed before takes no space any more. Rejects when that fails. */
	async compact(): Promise<void> {
		await this.checkpoint();
		for (const { id, engine } of this.#keyspaces.values()) engine.maintenance.settle?.(id);
		this.#work();
		if (!this.#isSettling()) return;
		await new Promise<void>((resolve, reject) => this.#settlers.push({ resolve, reject }));
	}

	#isSettling(): boolean {
		return this.#engines.list.some((engine) => engine.maintenance.isSettling?.() ?? false);
	}

	/** As `checkpoint`, in this thread. Needs the option `syncNow`. */
	checkpointNow(): void {
		this.#assertOpen();
		this.#inline(() => {
			for (const keyspace of this.#dirty) this.#freeze(keyspace);
			while (!this.#flusher.isIdle) this.#flusher.runHere();
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
		const { blockBytes, sstableBytes, indexPartBytes, compression } = this.options;
		const run = { directory: this.#directory, blockBytes, sstableBytes, indexPartBytes, compression, filterBits: DEEPEST_FILTER_BITS };
		return new BulkBuilder(this.#platform.files, { ...run, filesMax: Number.POSITIVE_INFINITY }, options, () => this.#nextNumber++);
	}

	/** As `bulkBuilder`, of files in the format of the keyspace's engine, for entries in the order of their keys that are all new; null where it has none. */
	ownBulkBuilder(id: number): BulkTarget | null {
		this.#assertOpen();
		return this.#keyspaces.get(id)?.engine.bulkBuilder?.(id) ?? null;
	}

	#openSstables(files: readonly BulkOutput[]): { version: EngineVersion; tables: StoredFile[] } {
		const tables = files.map((file) => openIngested(this.#platform.files, this.#directory, file, this.#cache));
		return { version: ingestedVersion(tables), tables: tables.map((table) => ({ level: 0, info: table.info, state: NO_BYTES })) };
	}

	/**
	 * The commit at `offset` adopts finished bulk files: their entries are seen by readers from that offset on, above all
	 * earlier entries of the keyspace. Also called by replay; then files that are already part of the base are left alone.
	 */
	ingest(id: number, files: readonly BulkOutput[], offset: Offset): void {
		const keyspace = this.#keyspaces.get(id);
		if (keyspace === undefined) throw new InputError('no-keyspace', `there is no keyspace ${id}`, { sqlstate: '42P01' });
		if (files.length === 0 || offset <= keyspace.baseOffset) return;
		const own = keyspace.engine.openBulk?.(files) ?? null;
		const { version, tables } = own ?? this.#openSstables(files);
		invariant(keyspace.active === null || keyspace.active.offsetMax < offset, 'a bulk commit has no other entries of its keyspace');
		this.#freeze(keyspace);
		if (this.#isRecovering) for (const table of tables) this.#namedAtOpen.add(table.info.number);
		version.retain();
		keyspace.layers.unshift({ kind: 'ingested', offset, files: version, tables, isAdopted: own !== null || keyspace.engine.adoptsBulkFiles });
		keyspace.serial++;
		keyspace.observer?.invalidate(offset);
		this.#dirty.add(keyspace);
		this.#flusher.add(keyspace);
		this.#work();
	}

	/**
	 * The commit at `offset`, which has no other entries of the keyspace, removes every key in a range: readers from that offset on see
	 * nothing of what was put before. Also called by replay; then what the files know already is left alone. Only for engines that remove ranges.
	 */
	removeRange(id: number, range: KeyRange, offset: Offset): void {
		const keyspace = this.#keyspaces.get(id);
		if (keyspace === undefined || offset <= keyspace.baseOffset) return;
		invariant(keyspace.abilities.removesRanges, `an engine ${keyspace.abilities.name} removes keys one by one`);
		invariant(keyspace.active === null || keyspace.active.offsetMax < offset, 'a commit that removes a range has no other entries of its keyspace');
		this.#freeze(keyspace);
		const copied = { lower: Uint8Array.from(range.lower), upper: range.upper === null ? null : Uint8Array.from(range.upper) };
		keyspace.layers.unshift({ kind: 'removed', offset, range: copied });
		keyspace.serial++;
		keyspace.observer?.invalidate(offset);
		this.#dirty.add(keyspace);
		this.#flusher.add(keyspace);
		this.#work();
	}

	verify(): string[] {
		const wrong: string[] = [];
		for (const keyspace of this.#keyspaces.values()) {
			if (keyspace.active !== null) wrong.push(...keyspace.active.verify());
			for (const layer of keyspace.layers)
				wrong.push(...(layer.kind === 'memtable' ? layer.memtable.verify() : layer.kind === 'ingested' ? layer.files.verify() : []));
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
			for (const layer of keyspace.layers) entries += layer.kind === 'memtable' ? layer.memtable.entries : layer.kind === 'ingested' ? layer.files.entries : 0;
			diskBytes += keyspace.base.diskBytes;
			files += keyspace.base.files;
		}
		const ofEngines: Record<string, number> = {};
		for (const engine of this.#engines.list) {
			for (const [name, value] of Object.entries(engine.statistics())) ofEngines[name] = (ofEngines[name] ?? 0) + value;
		}
		return {
			entries,
			diskBytes,
			files,
			memoryBytes: this.#activeBytes + this.#frozenBytes + this.#pinnedBytes + this.#flusher.memoryBytes + this.#cache.bytes,
			memtableBytes: this.#activeBytes + this.#frozenBytes,
			pinnedBytes: this.#pinnedBytes,
			cacheBytes: this.#cache.bytes,
			cacheHits: this.#cache.hits,
			cacheMisses: this.#cache.misses,
			keyspaces: this.#keyspaces.size,
			manifestRolls: this.#manifest.rolls,
			runningTasks: this.#running,
			stalls: this.#stalls,
			stallMs: this.#stallMs,
			stallMsMax: this.#stallMsMax,
			...ofEngines,
		};
	}

	/** Waits for tasks under way, then closes all files. What was not flushed is replayed from the log. */
	async close(): Promise<void> {
		if (this.#isClosed) return;
		this.#isClosed = true;
		this.#cancelRetry?.();
		for (const waiter of this.#waiters.splice(0)) waiter.reject(new ClosedError('closed', 'the store was closed'));
		for (const settler of this.#settlers.splice(0)) settler.reject(new ClosedError('closed', 'the store was closed'));
		while (this.#running > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
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
	#adopt(id: number, name: EngineName): VersionedKeyspace {
		const state = this.#manifest.keyspaces.get(id);
		const engine = this.#engines.get(name);
		const version = engine.open(id, [...(state?.files.values() ?? [])]);
		version.retain();
		const made = new VersionedKeyspace(id, engine, version, state?.baseOffset ?? 0, this);
		this.#keyspaces.set(id, made);
		if (!version.isEmpty) engine.maintenance.noteFiles(id);
		return made;
	}

	/** (2): turns the active memtable into a layer. */
	#freeze(keyspace: VersionedKeyspace): void {
		const memtable = keyspace.active;
		if (memtable === null) return;
		memtable.arrange();
		keyspace.active = null;
		keyspace.layers.unshift({ kind: 'memtable', memtable });
		keyspace.serial++;
		this.#activeBytes -= memtable.memoryBytes;
		this.#frozenBytes += memtable.memoryBytes;
		this.#flusher.add(keyspace);
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

	/** Starts whatever can be done: one flush at a time, and one piece of maintenance of each engine. */
	#work(): void {
		if (this.#isClosed || this.#isRecovering || this.#isInline || this.#cancelRetry !== null) return;
		this.#flusher.start();
		for (const engine of this.#engines.list) engine.maintenance.start();
	}

	#engineOwner(): EngineOwner {
		return {
			files: this.#platform.files,
			tasks: this.#platform.tasks,
			timers: this.#platform.timers,
			random: this.#platform.random,
			directory: this.#directory,
			options: this.options,
			cache: this.#cache,
			takeNumbers: (count) => {
				this.#nextNumber += count;
				return this.#nextNumber - count;
			},
			base: (id) => this.#keyspaces.get(id)?.base ?? null,
			isAdopting: (id) => this.#flusher.isAdopting(id),
			isFlushing: (id) => this.#flusher.isFlushing(id),
			replace: (id, replacement) => this.#replace(id, replacement),
			finishEdits: () => this.#edits.finishNow(),
			failed: (error) => this.#failed(error),
			began: () => void this.#running++,
			ended: () => this.#ended(),
		};
	}

	#flushOwner(): FlushOwner {
		const durable = (): Offset => this.#durable;
		return {
			get durable() {
				return durable();
			},
			edits: this.#edits,
			requestSync: (offset) => this.options.requestSync(offset),
			syncNow: () => this.options.syncNow(),
			isLive: (keyspace) => this.#keyspaces.get(keyspace.id) === keyspace,
			edit: (keyspaces, leaving) => this.#edit(keyspaces, leaving),
			install: (pending, part, change) => this.#installLayer(pending, part, change),
			removeUnused: (keyspace, numbers, isNamed) => this.#removeUnused(keyspace, numbers, isNamed),
			progressed: () => this.#afterProgress(),
			failed: (error) => this.#failed(error),
			began: () => void this.#running++,
			ended: () => this.#ended(),
		};
	}

	/** Names the result of maintenance in the manifest, then puts it in the place of the base. */
	#replace(id: number, replacement: Replacement): void {
		const keyspace = this.#keyspaces.get(id);
		const isWanted = (): boolean => keyspace !== undefined && this.#keyspaces.get(id) === keyspace && replacement.isValid(keyspace.base);
		if (keyspace === undefined || !isWanted()) {
			replacement.finished();
			if (keyspace !== undefined) this.#removeUnused(keyspace, replacement.made, false);
			this.#afterProgress();
			return;
		}
		let isNamed = false;
		this.#edits.add(
			() => {
				isNamed = isWanted();
				return this.#edit(isNamed ? [editOf(keyspace, replacement.change, 0)] : []);
			},
			() => {
				replacement.finished();
				if (isNamed && isWanted()) {
					const before = keyspace.base;
					const version = replacement.install(before);
					version.retain();
					keyspace.base = version;
					keyspace.serial++;
					keyspace.engine.maintenance.noteFiles(id);
					before.release();
				} else {
					this.#removeUnused(keyspace, replacement.made, isNamed);
				}
				this.#afterProgress();
			},
		);
	}

	/** Removes files that nobody will read; those that an edit named only after the edit that drops the keyspace, which is queued already. */
	#removeUnused(keyspace: VersionedKeyspace, numbers: readonly number[], isNamed: boolean): void {
		const remove = (): void => {
			for (const number of numbers) for (const name of fileNames(number, keyspace.abilities.name)) this.#removeFile(name);
		};
		if (isNamed) this.#edits.add(() => this.#edit([]), remove);
		else remove();
	}

	/** The edit is durable: the layer becomes part of the base (3), and stays as a view if a snapshot needs it. */
	#installLayer({ keyspace, layer }: PendingLayer, part: FlushPart, change: FileChanges): void {
		const { engine, base: before, baseOffset: beforeOffset } = keyspace;
		const untilOffset = offsetOf(layer);
		const version = engine.install(part, before, change);
		version.retain();
		keyspace.base = version;
		keyspace.baseOffset = untilOffset;
		keyspace.layers.pop();
		keyspace.serial++;
		if (layer.kind === 'memtable') this.#frozenBytes -= layer.memtable.memoryBytes;
		if (keyspace.layers.length === 0 && keyspace.active === null) this.#dirty.delete(keyspace);
		engine.maintenance.noteFiles(keyspace.id);
		if (this.#snapshots.oldestBelow(untilOffset) >= 0) {
			keyspace.olderViews.unshift({ baseOffset: beforeOffset, base: before, layers: [layer], untilOffset });
			this.#pinned.add(keyspace);
			if (layer.kind === 'memtable') this.#pinnedBytes += layer.memtable.memoryBytes;
			this.#limitPinned();
		} else {
			if (layer.kind === 'ingested') letGoOfBulk(layer, false);
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
		this.#replayed = null;
		this.#dirty.delete(keyspace);
		this.#pinned.delete(keyspace);
		keyspace.engine.maintenance.forget(keyspace.id);
		this.#flusher.forget(keyspace);
		if (keyspace.active !== null) this.#activeBytes -= keyspace.active.memoryBytes;
		for (const layer of keyspace.layers) if (layer.kind === 'memtable') this.#frozenBytes -= layer.memtable.memoryBytes;
		const letGo = (): void => {
			for (const view of keyspace.olderViews.splice(0)) this.#releaseView(view, true);
			for (const layer of keyspace.layers) if (layer.kind === 'ingested') letGoOfBulk(layer, true);
			keyspace.base.discard();
			this.#afterProgress();
		};
		const hasFiles = this.#manifest.keyspaces.has(keyspace.id) || keyspace.layers.some((layer) => layer.kind === 'ingested');
		if (!hasFiles) {
			letGo();
			return;
		}
		// Replay may meet entries and bulk files of it again: the manifest remembers that it is gone.
		const droppedAt = Math.max(keyspace.droppedAt, this.#durable);
		this.#edits.add(() => this.#edit([{ ...editOf(keyspace, NO_CHANGES, droppedAt), isDropped: true }]), letGo);
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
			else if (layer.kind === 'ingested') letGoOfBulk(layer, isDropped);
		}
		if (isDropped) view.base.discard();
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
		if (this.#settlers.length > 0 && !this.#isSettling()) for (const settler of this.#settlers.splice(0)) settler.resolve();
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

	/** A task or an edit failed: those who wait are told, and it is tried again in a second. */
	#failed(error: Error): void {
		if (this.#isClosed) return;
		for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
		for (const settler of this.#settlers.splice(0)) settler.reject(error);
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

	#ended(): void {
		this.#running--;
		if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve();
	}

	#removeFile(name: string): void {
		removeQuietly(this.#platform.files, `${this.#directory}/${name}`);
	}

	/** Removes files that neither the manifest nor the log named: what a crash left behind. */
	#removeOrphans(): void {
		for (const name of this.#platform.files.list(this.#directory)) {
			const number = fileNumber(name);
			if (number >= 0 && number < this.#firstNumber && !this.#namedAtOpen.has(number)) this.#removeFile(name);
		}
		this.#namedAtOpen.clear();
	}

	#assertOpen(): void {
		if (this.#isClosed) throw new ClosedError('closed', 'the store is closed');
	}
}

/** Bulk files that became part of the base stay; those whose entries were merged into it go. */
function letGoOfBulk(layer: IngestedLayer, isDropped: boolean): void {
	if (isDropped || !layer.isAdopted) layer.files.discard();
	else layer.files.release();
}
