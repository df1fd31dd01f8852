/**
 * All keyspaces of one database directory: their memtables, their bases on disk, flush, compaction and checkpoints.
 *
 * Calls, in order: `open`; `create` for every keyspace of the catalog; `put` (through the keyspaces) for every logged entry
 * after `appliedOffset` that `needsReplay`; `finishRecovery`; then normal work. After each commit is applied `setApplied`;
 * whenever commits became durable *and* visible (so that no snapshot older than them will be taken any more) `setDurable`.
 * What is not durable is never flushed. Creating and dropping keyspaces costs no file operation.
 */
import { InputError, invariant } from '../platform/errors.ts';
import type { Platform } from '../platform/platform.ts';
import type { BaseVersion } from './base-version.ts';
import type { DerivedStore, EngineAbilities, Keyspace, Offset, StoreStatistics } from './contracts.ts';
import { ABSENT } from './entry-source.ts';
import { type KeyspaceStoreOptions, type ResolvedStoreOptions, resolveStoreOptions } from './keyspace-store-options.ts';
import { type KeyspaceOwner, VersionedKeyspace } from './versioned-keyspace.ts';

export type EngineName = EngineAbilities['name'];
/** 'slow': flushes lag, a writer should give way now and then; 'stop': it must wait for `whenRelieved`, or call `relieveNow`. */
export type Pressure = 'none' | 'slow' | 'stop';

const EMPTY: BaseVersion = { get: () => ABSENT, addSources: () => undefined, estimate: () => undefined, entries: 0, diskBytes: 0 };
const LSM_ABILITIES: EngineAbilities = { name: 'lsm', ordered: true, snapshots: true };

export class KeyspaceStore implements DerivedStore, KeyspaceOwner {
	readonly name = 'keyspaces';
	readonly options: ResolvedStoreOptions;
	readonly #keyspaces = new Map<number, VersionedKeyspace>();
	readonly #dirty = new Set<VersionedKeyspace>();
	readonly #snapshots = new Map<Offset, number>();
	#applied: Offset = 0;
	#durable: Offset = 0;
	#activeBytes = 0;

	private constructor(options: ResolvedStoreOptions) {
		this.options = options;
	}

	/** Opens the store in `directory`, which is made if absent. Throws `CorruptionError` when its files are not what was written. */
	static open(_platform: Platform, _directory: string, options: KeyspaceStoreOptions = {}): KeyspaceStore {
		return new KeyspaceStore(resolveStoreOptions(options));
	}

	/** Makes the keyspace known; when the directory holds its data it comes with it. Calling it again returns the same one. */
	create(id: number, engine: EngineName): Keyspace {
		const existing = this.#keyspaces.get(id);
		if (existing !== undefined) return existing;
		invariant(engine === 'lsm', `an engine ${engine} is registered`);
		const made = new VersionedKeyspace(id, LSM_ABILITIES, EMPTY, 0, this);
		this.#keyspaces.set(id, made);
		return made;
	}

	has(id: number): boolean {
		return this.#keyspaces.has(id);
	}

	keyspace(id: number): Keyspace {
		const found = this.#keyspaces.get(id);
		if (found === undefined) throw new InputError('no-keyspace', `there is no keyspace ${id}`, { sqlstate: '42P01' });
		return found;
	}

	/** The commit at `offset` drops the keyspace. It stays readable for older snapshots; its files go when it is durable and they are closed. */
	drop(id: number, offset: Offset): void {
		const found = this.#keyspaces.get(id);
		if (found !== undefined) found.droppedAt = offset;
	}

	/** False when the keyspace's own files already hold everything up to `offset`: replay then skips the entry. */
	needsReplay(id: number, offset: Offset): boolean {
		const found = this.#keyspaces.get(id);
		return found !== undefined && offset > found.baseOffset;
	}

	/** The logged tail was replayed: removes keyspaces that the catalog does not know (`live`), and files that nothing names. */
	finishRecovery(live: ReadonlySet<number>): void {
		for (const id of this.#keyspaces.keys()) if (!live.has(id)) this.#keyspaces.delete(id);
	}

	/** The commit at `offset` was applied to all its keyspaces. Starts a flush when memory asks for it. */
	setApplied(offset: Offset): void {
		this.#applied = offset;
	}

	/** Commits up to `offset` are synced and visible: they may be flushed. */
	setDurable(offset: Offset): void {
		this.#durable = offset;
	}

	/** Keeps everything readable as of `offset` until it is released as often as it was retained. */
	retainSnapshot(offset: Offset): void {
		this.#snapshots.set(offset, (this.#snapshots.get(offset) ?? 0) + 1);
	}

	releaseSnapshot(offset: Offset): void {
		const count = this.#snapshots.get(offset) ?? 0;
		if (count > 1) this.#snapshots.set(offset, count - 1);
		else this.#snapshots.delete(offset);
	}

	/** Snapshots older than it were given up: reading them throws `snapshot too old`, and `newestOffset` says nothing about them. */
	get horizon(): Offset {
		return 0;
	}

	pressure(): Pressure {
		return 'none';
	}

	/** Resolves once `pressure` is no longer 'stop'. */
	whenRelieved(): Promise<void> {
		return Promise.resolve();
	}

	/** Flushes in this thread until `pressure` is no longer 'stop': for synchronous writers. Needs the option `syncNow`. */
	relieveNow(): void {}

	get appliedOffset(): Offset {
		return 0;
	}

	/** The newest offset told by `setApplied`. */
	get newestAppliedOffset(): Offset {
		return this.#applied;
	}

	/** Flushes everything applied when it was called (waiting for its durability) and records it. */
	async checkpoint(): Promise<void> {}

	/** The same in this thread. Needs the option `syncNow`. */
	checkpointNow(): void {}

	verify(): string[] {
		const wrong: string[] = [];
		for (const keyspace of this.#keyspaces.values()) if (keyspace.active !== null) wrong.push(...keyspace.active.verify());
		return wrong;
	}

	statistics(): StoreStatistics {
		return { entries: 0, diskBytes: 0, memoryBytes: this.#activeBytes, durableOffset: this.#durable, dirtyKeyspaces: this.#dirty.size };
	}

	/** Stops background work and closes all files. What was not flushed is replayed from the log. */
	async close(): Promise<void> {}

	memoryGrew(_keyspace: VersionedKeyspace, bytes: number): void {
		this.#activeBytes += bytes;
	}

	becameDirty(keyspace: VersionedKeyspace): void {
		this.#dirty.add(keyspace);
	}
}
