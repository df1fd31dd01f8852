/**
 * What the floors above use of transactions. Implemented by `transaction-manager.ts` and `catalog.ts`.
 *
 * One thread owns the partition: everything here is synchronous except waiting for durability and for locks. A transaction's
 * changes are buffered as logical changes in encoded form (what the log will hold) and, beside them, as entries over the
 * snapshot (what its own reads see); both come from the one `Applier` of the model, so replay cannot differ from execution.
 */

import type { Durability } from '../log/log.ts';
import type { BulkOptions, BulkTarget } from '../storage/bulk-builder.ts';
import type { ColumnView } from '../storage/column/column-view.ts';
import type { Cursor, Keyspace, Offset, Slot } from '../storage/contracts.ts';
import type { KeyRange } from '../storage/key-ranges.ts';
import type { Type, TypeLookup } from '../value/type.ts';
import type { CatalogObject, ObjectId } from './catalog-objects.ts';

export type Isolation = 'read committed' | 'repeatable read' | 'serializable';

/** An immutable version of the catalog. Lookups by name take names as stored (case already folded). */
export interface CatalogVersion extends TypeLookup {
	/** Offset of the commit that made it; equal versions are the same object, so plans are cached per object. */
	readonly offset: Offset;
	/** A number unique to this version's content in this process, also for versions that live only in an open transaction. */
	readonly serial: number;
	get(id: ObjectId): CatalogObject | undefined;
	/** kind 'relation' covers tables, views, indexes and sequences, which share one namespace. */
	find(schemaId: ObjectId, space: 'relation' | 'type' | 'keyspace' | 'triple store' | 'graph', name: string): CatalogObject | undefined;
	findSchema(name: string): CatalogObject | undefined;
	findRole(name: string): CatalogObject | undefined;
	functions(schemaId: ObjectId, name: string): readonly CatalogObject[];
	objects(): Iterable<CatalogObject>;
	typeByOid(oid: number): Type | undefined;
	/** Objects whose `dependsOn` names `id` (and, for a table, its indexes, constraints, views over it, owned sequences). */
	dependents(id: ObjectId): readonly CatalogObject[];
}

/** Lock strength, weakest first, as PostgreSQL's row locks. */
export type LockMode = 'key share' | 'share' | 'no key update' | 'update';
/** 'wait': the transaction is queued; `Transaction.waiting` resolves when it may try again. */
export type LockOutcome = 'granted' | 'wait' | 'refused';

export interface Savepoint {
	readonly name: string;
}

/** One row-level entry of the log, given by a model to its transaction. The bytes are the model's own encoding. */
export interface Transaction {
	readonly id: number;
	readonly isolation: Isolation;
	readonly readOnly: boolean;
	/** Refuses changes (25006): those made before, if any, stand. Always true when `readOnly`. */
	refusesWrites: boolean;
	/** Reads see commits up to it; read committed raises it for each statement by `startStatement`. */
	readonly snapshotOffset: Offset;
	readonly state: 'open' | 'failed' | 'committed' | 'rolled back';
	/** The catalog as this transaction sees it, its own DDL included. */
	readonly catalog: CatalogVersion;
	/** The commit time that the transaction's now() shows: microseconds at its start. */
	readonly startTimeUs: number;

	/** Called before each statement, at every level: takes a new snapshot under read committed, refreshes the catalog, and lets `get` and `cursor` show the own changes made so far (not those made later by this statement). */
	startStatement(): void;

	get(keyspace: Keyspace, key: Uint8Array, keyLength: number, slot: Slot): boolean;
	cursor(keyspace: Keyspace, lower: Uint8Array | null, upper: Uint8Array | null, reverse: boolean): Cursor;
	/** The columns of a columnar keyspace at the snapshot, to be closed; null for others, and when this transaction has written to it (a cursor shows that). */
	columns(keyspace: Keyspace): ColumnView | null;
	/** The offset at which a store derived from these keyspaces may be read in their place; −1 when it may not: the transaction has changed them itself, or what it reads of them is to be validated. */
	derivedOffset(...keyspaces: readonly Keyspace[]): Offset;
	/** The newest decided version, own writes included, whatever the snapshot: for unique and foreign key checks. */
	getNewest(keyspace: Keyspace, key: Uint8Array, keyLength: number, slot: Slot): boolean;
	cursorNewest(keyspace: Keyspace, lower: Uint8Array | null, upper: Uint8Array | null, reverse: boolean): Cursor;
	/** True when another transaction committed a change of the key after this one's snapshot. */
	changedSinceSnapshot(keyspace: Keyspace, key: Uint8Array, keyLength: number): boolean;
	/** Makes own changes so far visible to `get` and `cursor`, without a new snapshot: between two parts of a statement of which the second sees what the first did. */
	sealChanges(): void;
	/** True when this transaction wrote the key after the last `startStatement`. */
	changedByStatement(keyspace: Keyspace, key: Uint8Array, keyLength: number): boolean;

	/** Buffers one change: `model` names the applier, `bytes[0, length)` is its encoding, copied. */
	change(model: number, bytes: Uint8Array, length: number): void;
	/**
	 * Entries for a keyspace past log and memtable, for large loads: they are sorted into files, which the commit names and the
	 * store adopts at its offset. Nobody reads them before the commit, this transaction included, and it must not change the
	 * keyspace otherwise (the commit throws then). A rollback, also to a savepoint before, removes the files.
	 */
	bulk(keyspace: Keyspace, options?: BulkOptions): BulkTarget;
	/** Adds or replaces (`object`), or removes (null) a catalog object. Seen at once by this transaction's `catalog`. */
	changeCatalog(id: ObjectId, object: CatalogObject | null): void;
	/** A new object id (also keyspace id), never given out before. */
	newId(): ObjectId;

	/** Asks for a lock on a key (a row, a unique key). 'refused' only with `noWait`. Throws 40P01 when waiting would close a circle. */
	lock(keyspaceId: number, key: Uint8Array, keyLength: number, mode: LockMode, noWait: boolean): LockOutcome;
	/** Tells whether another transaction holds a conflicting lock, without asking for one (SKIP LOCKED). */
	isLocked(keyspaceId: number, key: Uint8Array, keyLength: number, mode: LockMode): boolean;
	/** Takes a lock on a whole object (DDL, LOCK TABLE): 'exclusive' conflicts with every writer and other DDL. Throws `StatementRestart` when the object is no more what `catalog` shows. */
	lockObject(id: ObjectId, mode: 'shared' | 'exclusive', noWait: boolean): LockOutcome;
	/** Resolves when the lock asked for last may be tried again; rejects with the deadlock, timeout or cancel error. */
	readonly waiting: Promise<void> | null;

	/** With `releasesLocks` a rollback to it also gives back the locks taken after it; otherwise they stay until the end. */
	savepoint(name: string, releasesLocks?: boolean): Savepoint;
	rollbackTo(savepoint: Savepoint): void;
	release(savepoint: Savepoint): void;

	/**
	 * Runs deferred checks, validates and decides; throws 40001 when another got in the way (the transaction is then rolled
	 * back), `LockWait` when a deferred check must wait (it is then open as before: wait and call again). Visible when
	 * durable: see `TransactionManager.whenVisible`.
	 */
	commit(durability: Durability): CommitTicket;
	rollback(): void;
	/**
	 * Runs `run` with reads of the newest decided state, whatever the isolation level, without the own changes ('before') or with all of them
	 * ('after'); what is read is not validated. For what is derived at the commit, when nobody else can decide in between.
	 */
	withState<T>(state: 'before' | 'after', run: () => T): T;
	/** Calls `visit` once for each key of the keyspace that this transaction has written, in no order; the bytes must not be kept. */
	eachWrittenKey(keyspace: Keyspace, visit: (key: Uint8Array, keyStart: number, keyLength: number) => void): void;
	/** True when this transaction has written entries of the keyspace; bulk loads are not counted. */
	wrote(keyspace: Keyspace): boolean;
	/** Called in order just before `commit` validates (deferred constraints); may throw. Those that passed are not called again. */
	beforeCommit(check: () => void): void;
	/** Called once, with true after the commit was decided, or false after a rollback. */
	afterEnd(callback: (committed: boolean) => void): void;
	/** Number of buffered changes. */
	readonly changeCount: number;
}

export interface CommitTicket {
	/** 0 when nothing was changed. */
	readonly offset: Offset;
	/** True when the commit needs no wait at its level (nothing written, or `memory`). */
	readonly durable: boolean;
	/** Resolves when it is durable at its level and visible; rejects with "outcome unknown" when the log failed first. */
	wait(): Promise<void>;
	/** The same, without a promise. */
	onDurable(done: (error: Error | null) => void): void;
	/** Writes (and syncs, as the level asks) in this thread; returns when it is visible. */
	waitSync(): void;
}

/** Turns logged changes of one model into entries of keyspaces. Pure: reads only the change and the catalog at its offset. */
export interface Applier {
	readonly model: number;
	/** Under repeatable read, keys that it writes must not have been committed by others since the snapshot: checked at commit (models that lock keys as they write check then). */
	readonly validatesWrites?: boolean;
	/** Decodes the change at `bytes[start, end)` and puts its entries. The bytes must not be kept. */
	apply(bytes: Uint8Array, start: number, end: number, catalog: CatalogVersion, sink: EntrySink): void;
	/**
	 * As `apply` for all changes of the model that stand one behind the other from `start` of a payload on, each with its head (model and
	 * length): returns where the first other change stands, or `end`. For replay: a loop over many changes is fast at once, where calls for
	 * each have to be compiled first.
	 */
	applyRun?(bytes: Uint8Array, start: number, end: number, sink: RunSink): number;
}

/** Takes entries that lie in a payload as key and value, one behind the other: three numbers each, start and length of the key, length of the value (−1 removes). */
export interface RunSink {
	putRun(keyspaceId: number, bytes: Uint8Array, places: Int32Array, count: number): void;
	/** As that of `EntrySink`. */
	removeRange(keyspaceId: number, range: KeyRange): void;
}

/** Called once per entry; value null removes. Buffers are copied by the sink. */
export interface EntrySink {
	put(keyspaceId: number, key: Uint8Array, keyStart: number, keyLength: number, value: Uint8Array | null, valueStart: number, valueLength: number): void;
	/** Every key in a range goes: only in a commit of `TransactionManager.commitRemoval`. */
	removeRange(keyspaceId: number, range: KeyRange): void;
}
