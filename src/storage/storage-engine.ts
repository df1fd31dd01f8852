/**
 * The contract between the keyspace store and its engines. The store owns memtables, offsets, snapshots, the manifest and the
 * order of work; an engine owns the files of its keyspaces. `engine-version.ts` is what readers see of it.
 *
 * A keyspace's oldest layer (a frozen memtable, bulk files that a commit adopted, or a range that one removed) becomes part of its base in four steps:
 * `flushInput` → the engine's task, in a worker or in this thread → `changes`, which the manifest records → `install`. At most
 * one flush of a store is under way at a time and none is given up half-way, so an engine may write into a file that already
 * holds a base, as long as everything that an earlier version reads stays as it is.
 *
 * Invariants:
 * (1) When the task returns, everything it wrote is synced, names of new files included.
 * (2) The edit of the manifest is what commits a flush. What a task wrote and no edit names must do no harm: new files are
 *     removed as orphans, pages and tails of old ones are written over.
 * (3) A version that someone retains reads the same for ever, whatever is flushed or maintained meanwhile.
 */
import type { FileSystem } from '../platform/files.ts';
import type { Random, Task, TaskRunner, Timers } from '../platform/platform.ts';
import type { BlockCache } from './block-cache.ts';
import type { BulkOutput, BulkTarget } from './bulk-builder.ts';
import type { EngineAbilities, Offset } from './contracts.ts';
import type { EngineVersion } from './engine-version.ts';
import type { KeyRange } from './key-ranges.ts';
import type { ResolvedStoreOptions } from './keyspace-store-options.ts';
import type { StoredFile } from './manifest.ts';
import type { MemtableImage } from './memtable.ts';

/** One keyspace's part of a flush. */
export interface FlushPart {
	readonly id: number;
	/** The newest state of the keyspace's base, which the layer goes on top of. */
	readonly base: EngineVersion;
	readonly layer: FlushLayer;
	/** What the base will be as of: the newest offset of the layer. */
	readonly offset: Offset;
}

export type FlushLayer =
	/** Sorted entries with versions: the newest of each key counts. The image's bytes lie in memory that a worker can share. */
	| { readonly kind: 'memtable'; readonly image: MemtableImage }
	/** Sstables (the format of bulk files, whatever the engine), in order of their keys, without tombstones: open here, and as a task is told of them. */
	/** With `isAdopted` files of the engine's own format, which become part of the base as they are. */
	| { readonly kind: 'ingested'; readonly files: EngineVersion; readonly tables: readonly StoredFile[]; readonly isAdopted: boolean }
	/** Everything in the range is gone; only for engines that say they remove ranges. */
	| { readonly kind: 'removed'; readonly range: KeyRange };

/** How the files that the manifest names for a keyspace change. */
export interface FileChanges {
	/** Numbers of files that go once no version reads them. */
	readonly removed: readonly number[];
	/** New files, and files whose description changed. */
	readonly added: readonly StoredFile[];
}

/** An engine is made by its store, one for all of its keyspaces. `Input` and `Output` are those of its flush task. */
export interface StorageEngine<Input = unknown, Output = unknown> {
	readonly abilities: EngineAbilities;
	/** Sstables of bulk loads become files of the base as they are; otherwise their entries are merged into it and they go. */
	readonly adoptsBulkFiles: boolean;
	/** A builder of bulk files in the engine's own format, for a keyspace whose entries come in the order of their keys, each once, and none that the base has; null: they go into sstables. */
	bulkBuilder?(id: number): BulkTarget | null;
	/** Opens bulk files of the engine's own format that the log names; null when they are sstables. Not retained yet. Throws `CorruptionError`. */
	openBulk?(files: readonly BulkOutput[]): { readonly version: EngineVersion; readonly tables: readonly StoredFile[] } | null;
	/** Merges one layer into the base of each of several keyspaces. */
	readonly flushTask: Task<Input, Output>;
	/** What the flush task is given; null when there is nothing to run. */
	flushInput(parts: readonly FlushPart[]): Input | null;
	/** What the manifest must say of each part, in their order. `output` is null when nothing was run. */
	changes(parts: readonly FlushPart[], output: Output | null): readonly FileChanges[];
	/** The edit for the part is durable: its new state, on top of `base` (which maintenance may have replaced since the flush began). Not retained yet. */
	install(part: FlushPart, base: EngineVersion, change: FileChanges): EngineVersion;
	/** The state of a keyspace from the files that the manifest names, oldest first; none: an empty one. Throws `CorruptionError`. Not retained yet. */
	open(id: number, files: readonly StoredFile[]): EngineVersion;
	readonly maintenance: Maintenance;
	/** Of engines that need memory for each key: whether they have all of it that they may, and what to say to who writes then. Removals pass. */
	readonly limit?: { readonly isReached: boolean; error(): Error };
	/** Figures for the statistics of the store, by name; those of one name are added up. `bytesWritten` is everything written into files of keyspaces since the start. */
	statistics(): { readonly [name: string]: number };
}

/** Work in the background that keeps the files of an engine's keyspaces in shape. */
export interface Maintenance {
	/** The base of a keyspace got new files. */
	noteFiles(id: number): void;
	/** The keyspace is gone. */
	forget(id: number): void;
	/** False while work under way does not allow a layer of this kind to become part of the keyspace's base. */
	mayFlush(id: number, kind: FlushLayer['kind']): boolean;
	/** Starts the next piece of work in a worker, unless one is under way or none is wanted. */
	start(): void;
	/** Does, or waits for, one piece of work in this thread; false when none is wanted. */
	runHere(): boolean;
	/** From 0: in shape; from 1 writers should slow down, from 2 they must wait. */
	pressure(): number;
	/** Asks for the keyspace's files to be brought into their smallest form; `start` and `runHere` then have it in mind. */
	settle?(id: number): void;
	/** Something that was asked for by `settle` is not done. */
	isSettling?(): boolean;
}

/** How maintenance replaces files of a base. */
export interface Replacement {
	readonly change: FileChanges;
	/** Numbers of files among those added that nobody else names: they are removed when the replacement comes too late. */
	readonly made: readonly number[];
	/** Whether it can still go on top of this base. Asked before the edit and after it. */
	isValid(base: EngineVersion): boolean;
	/** The edit is durable: the new state. Not retained yet. */
	install(base: EngineVersion): EngineVersion;
	/** It is in place, or was given up. Called before either is acted on. */
	finished(): void;
}

/** What an engine gets of its store. */
export interface EngineOwner {
	readonly files: FileSystem;
	readonly tasks: TaskRunner;
	readonly timers: Timers;
	readonly random: Random;
	readonly directory: string;
	readonly options: ResolvedStoreOptions;
	readonly cache: BlockCache;
	/** Sets numbers of files aside and returns the first. */
	takeNumbers(count: number): number;
	/** The newest base of a keyspace, or null when it is gone. */
	base(id: number): EngineVersion | null;
	/** A flush of bulk files or of a removed range of this keyspace is under way, which may change files anywhere. */
	isAdopting(id: number): boolean;
	/** A flush of any layer of this keyspace is under way. */
	isFlushing(id: number): boolean;
	/** Names the result of maintenance in the manifest, then puts it in place. */
	replace(id: number, replacement: Replacement): void;
	/** Makes all queued edits of the manifest durable in this thread. */
	finishEdits(): void;
	/** Background work of `start` failed: it is reported, and tried again later. */
	failed(error: Error): void;
	/** Work in the background began, and ended: a store that is closed waits for it. */
	began(): void;
	ended(): void;
}
