/**
 * The transactions of one log: begins them, decides their commits, keeps the newest catalog, and hands what became durable to
 * the store. `recovery.ts` makes one when a database is opened.
 *
 * A commit is decided in one synchronous step: validation → log → versions into the memtables → the next reader sees them.
 * Waiting for durability comes after, in `commit-pipeline.ts`.
 *
 * Invariants: (1) offsets reach keyspaces in order; (2) after the log failed, nothing above the visible offset is read: the
 * decided offset falls back to it and open transactions that read above it fail; (3) every held transaction has its snapshot
 * retained in the store.
 *
 * Cost: begin + one change + commit allocate the transaction and its ticket; buffers come from pools. Watched by
 * `bench/transaction.mjs`.
 */
import { ByteWriter } from '../bytes/byte-writer.ts';
import type { Durability, Log } from '../log/log.ts';
import { ClosedError, type PolylogError, sqlError, UnavailableError } from '../platform/errors.ts';
import type { Platform } from '../platform/platform.ts';
import type { Keyspace, Offset, Slot } from '../storage/contracts.ts';
import type { KeyRange } from '../storage/key-ranges.ts';
import type { KeyspaceStore } from '../storage/keyspace-store.ts';
import { filesOf, finishLoads, NO_LOADS } from './bulk.ts';
import { type Catalog, keyspacesOf } from './catalog.ts';
import type { CatalogObject, ObjectId } from './catalog-objects.ts';
import { type CatalogStore, dropReplaced } from './catalog-store.ts';
import { ChangeWriter, eachChange } from './change-payload.ts';
import { CommitPipeline, PipelineTicket } from './commit-pipeline.ts';
import type { Applier, CatalogVersion, CommitTicket, EntrySink, Transaction } from './contracts.ts';
import { LockTable } from './lock-table.ts';
import type { BeginOptions, LockDescription, OwnedTransaction, SequenceState, TransactionManager, TransactionStatistics } from './manager.ts';
import { CATALOG_MODEL, SEQUENCE_KEYSPACE } from './models.ts';
import { NotedLocks } from './noted-locks.ts';
import { Sequences } from './sequences.ts';
import type { ChangeSpace } from './spilled-changes.ts';
import { type CatalogChange, LogTransaction } from './transaction.ts';
import { CommitRing } from './validation.ts';
import { WriteSet } from './write-set.ts';

/** What is kept of a transaction's memory for the next: one of the larger size, and others of the smaller. Fresh memory costs a page fault for each 4 KiB. */
const POOLED_FIRST_BYTES_MAX = 4 << 20;
const POOLED_BYTES_MAX = 256 << 10;
const POOLED_COUNT_MAX = 32;
/** Transactions with more noted locks keep them noted when others come. */
const NOTED_LOCKS_ENTERED_MAX = 1000;

export interface TransactionOptions {
	/** Memory for recent write sets, against which serializable transactions are validated; default 16 MiB. */
	readonly ringBytes?: number;
	/** Bytes of keys that one transaction may change before it fails with 53200; default 1 GiB. */
	readonly transactionBytesMax?: number;
	/** Memory for the changes of a transaction, and for the values of its entries, before they spill; default 16 MiB each. */
	readonly transactionMemoryBytes?: number;
	/** Where they spill; null: they stay in memory. */
	readonly changeSpace?: ChangeSpace | null;
	/** Bytes of log past which the stores are checkpointed so that it can shrink; default 256 MiB. */
	readonly logBytesMax?: number;
	/** Called when a checkpoint in the background failed: the log then keeps growing. */
	readonly onCheckpointFailure?: (error: unknown) => void;
	/** Age past which a snapshot may be given up when the store's memory is short; default 10 minutes. */
	readonly snapshotAgeMs?: number;
}

const DEFAULTS: Required<TransactionOptions> = {
	ringBytes: 16 << 20,
	transactionBytesMax: 1 << 30,
	transactionMemoryBytes: 16 << 20,
	changeSpace: null,
	snapshotAgeMs: 600_000,
	logBytesMax: 256 << 20,
	onCheckpointFailure: () => undefined,
};

/** Commits between two looks at retention and old snapshots. */
const HOUSEKEEPING_EVERY = 256;
/** So many bytes of changes count as one commit more. */
const HOUSEKEEPING_BYTES = 32 << 10;

export interface ManagerParts {
	readonly platform: Platform;
	readonly log: Log;
	readonly store: KeyspaceStore;
	readonly appliers: readonly (Applier | undefined)[];
	readonly catalog: Catalog;
	readonly catalogStore: CatalogStore;
	readonly options: TransactionOptions;
}

/** The catalog that a commit makes, and the change that prunes versions nobody needs. */
interface PreparedCatalog {
	readonly catalog: Catalog;
	readonly prune: Uint8Array | null;
}

/** Puts the entries of one change straight into keyspaces: for what is logged outside of transactions. */
class DirectSink implements EntrySink {
	offset: Offset = 0;
	readonly #store: KeyspaceStore;

	constructor(store: KeyspaceStore) {
		this.#store = store;
	}

	put(keyspaceId: number, key: Uint8Array, keyStart: number, keyLength: number, value: Uint8Array | null, valueStart: number, valueLength: number): void {
		this.#store.keyspace(keyspaceId).put(key, keyStart, keyLength, value, valueStart, valueLength, this.offset);
	}

	removeRange(keyspaceId: number, range: KeyRange): void {
		this.#store.removeRange(keyspaceId, range, this.offset);
	}
}

export class LogTransactions implements TransactionManager {
	readonly appliers: readonly (Applier | undefined)[];
	readonly lockTable: LockTable;
	readonly store: KeyspaceStore;
	/** Where large transactions spill, and from how many bytes of changes on. */
	readonly changeSpace: ChangeSpace | null;
	readonly changeBytesKept: number;
	maintain: ((transaction: OwnedTransaction) => void) | null = null;
	keepsLogAfter: (() => Offset) | null = null;
	decidedOffset: Offset;
	catalog: Catalog;
	visibleCatalog: Catalog;
	/** The held transaction whose locks are only noted, if there is one. */
	noting: LogTransaction | null;
	/** Held transactions with so many noted locks that only those are entered which others ask for. */
	readonly largeNoting: Set<LogTransaction>;
	readonly #platform: Platform;
	readonly #log: Log;
	readonly #pipeline: CommitPipeline;
	readonly #catalogStore: CatalogStore;
	readonly #sequences: Sequences;
	readonly #options: Required<TransactionOptions>;
	readonly #held: Set<LogTransaction>;
	readonly #writers: ByteWriter[];
	readonly #noted: NotedLocks[];
	readonly #writeSets: WriteSet[];
	readonly #direct: DirectSink;
	/** Catalogs decided but not visible yet. */
	readonly #pendingCatalogs: Catalog[];
	readonly #listeners: (() => void)[];
	/** Told when the log fails. */
	readonly #failureWaiters: Set<(error: Error) => void>;
	/** Kept while serializable transactions are held. */
	#ring: CommitRing | null;
	#serializableCount: number;
	#lastTransactionId: number;
	#releasedOffset: Offset;
	#untilHousekeeping: number;
	#isCheckpointing: boolean;
	#durableOffset: Offset;
	#keyspaceId: number;
	#keyspace: Keyspace | null;
	#commits: number;
	#rollbacks: number;
	#conflicts: number;
	#isClosed: boolean;
	/** The value that is applied. */
	readonly #value: Slot;

	constructor(parts: ManagerParts) {
		const { log, store } = parts;
		this.appliers = parts.appliers;
		this.lockTable = new LockTable();
		this.store = store;
		this.decidedOffset = log.decidedOffset;
		this.catalog = parts.catalog;
		this.visibleCatalog = parts.catalog;
		this.noting = null;
		this.largeNoting = new Set();
		this.#platform = parts.platform;
		this.#log = log;
		this.#pipeline = new CommitPipeline(log, log.decidedOffset);
		this.#catalogStore = parts.catalogStore;
		this.#sequences = new Sequences(store.keyspace(SEQUENCE_KEYSPACE), (model, bytes, length) => this.#logAside(model, bytes, length));
		this.#options = { ...DEFAULTS, ...parts.options };
		this.changeSpace = this.#options.changeSpace;
		this.changeBytesKept = this.#options.transactionMemoryBytes;
		this.#held = new Set();
		this.#writers = [];
		this.#noted = [];
		this.#writeSets = [];
		this.#direct = new DirectSink(store);
		this.#pendingCatalogs = [];
		this.#listeners = [];
		this.#failureWaiters = new Set();
		this.#ring = null;
		this.#serializableCount = 0;
		this.#lastTransactionId = 0;
		this.#releasedOffset = 0;
		this.#untilHousekeeping = HOUSEKEEPING_EVERY;
		this.#isCheckpointing = false;
		this.#durableOffset = 0;
		this.#keyspaceId = -1;
		this.#keyspace = null;
		this.#commits = 0;
		this.#rollbacks = 0;
		this.#conflicts = 0;
		this.#isClosed = false;
		this.#value = { buffer: new Uint8Array(0), start: 0, end: 0 };
		this.#pipeline.onProgress = () => this.#progressed();
		this.#pipeline.onFailure = () => this.#failed();
		log.onProgress = () => this.#pipeline.publish();
		this.#progressed();
	}

	get visibleOffset(): Offset {
		return this.#pipeline.visibleOffset;
	}

	get failure(): PolylogError | null {
		return this.#pipeline.failure;
	}

	begin(options: BeginOptions = {}): LogTransaction {
		if (this.#isClosed) throw this.unavailable();
		return new LogTransaction(this, ++this.#lastTransactionId, options);
	}

	keyspace(id: number): Keyspace {
		if (id === this.#keyspaceId) return this.#keyspace!;
		const found = this.store.keyspace(id);
		this.#keyspaceId = id;
		this.#keyspace = found;
		return found;
	}

	newId(): ObjectId {
		return ++this.#catalogStore.lastId;
	}

	lastId(): ObjectId {
		return this.#catalogStore.lastId;
	}

	nowUs(): number {
		return this.#platform.clock.nowUs();
	}

	monotonicMs(): number {
		return this.#platform.clock.monotonicMs();
	}

	whenVisible(offset: Offset, done: (error: Error | null) => void): void {
		this.#pipeline.whenVisible(offset, done);
	}

	onVisible(listener: () => void): void {
		this.#listeners.push(listener);
	}

	syncNow(): void {
		this.#pipeline.waitSync(this.decidedOffset, 'disk');
		this.#log.syncNow();
		this.#pipeline.publish();
	}

	nextval(sequenceId: ObjectId, catalog: CatalogVersion, transaction: Transaction | null): bigint {
		return this.nextSequenceValues(sequenceId, 1, catalog, transaction).first;
	}

	nextSequenceValues(sequenceId: ObjectId, count: number, catalog: CatalogVersion, transaction: Transaction | null): { first: bigint; taken: number } {
		const result = this.#sequences.take(sequenceId, count, catalog);
		if (result.offset > 0 && transaction instanceof LogTransaction) transaction.sideOffset = result.offset;
		return result;
	}

	setval(sequenceId: ObjectId, value: bigint, isCalled: boolean, catalog: CatalogVersion, transaction: Transaction | null): void {
		const offset = this.#sequences.set(sequenceId, value, isCalled, catalog);
		if (transaction instanceof LogTransaction) transaction.sideOffset = offset;
	}

	sequenceState(sequenceId: ObjectId, catalog: CatalogVersion): SequenceState {
		return this.#sequences.state(sequenceId, catalog);
	}

	/** Rejects when the log fails meanwhile: what is not durable is never flushed. */
	async checkpoint(): Promise<void> {
		if (this.#isClosed || this.failure !== null) throw this.unavailable();
		let waiter: (error: Error) => void = () => undefined;
		const failed = new Promise<never>((_, reject) => {
			waiter = reject;
			this.#failureWaiters.add(reject);
		});
		try {
			await Promise.race([this.store.checkpoint(), failed]);
		} finally {
			this.#failureWaiters.delete(waiter);
		}
		this.#release();
	}

	transactions(): readonly OwnedTransaction[] {
		return [...this.#held];
	}

	locks(): LockDescription[] {
		this.meetNoting(null);
		return this.lockTable.describe();
	}

	async close(): Promise<void> {
		if (this.#isClosed) return;
		for (const transaction of [...this.#held]) transaction.rollback();
		if (this.failure === null) {
			this.#sequences.settle(this.catalog);
			this.syncNow();
		}
		this.#isClosed = true;
	}

	/** What a write meets after the log failed, or the database was closed. */
	unavailable(): PolylogError {
		if (this.#isClosed) return new ClosedError('closed', 'the database is closed', { sqlstate: '57P03' });
		return new UnavailableError('log-failed', 'the log could not be written: the database can only be read until it is opened again', {
			sqlstate: '58030',
			hint: 'Look for the cause (a full or broken disk), then open the database again.',
			cause: this.failure,
		});
	}

	statistics(): TransactionStatistics {
		return {
			openTransactions: this.#held.size,
			commits: this.#commits,
			rollbacks: this.#rollbacks,
			conflicts: this.#conflicts,
			deadlocks: this.lockTable.deadlocks,
			lockWaits: this.lockTable.waits,
			decidedOffset: this.decidedOffset,
			visibleOffset: this.visibleOffset,
			ringBytes: this.#ring?.bytes ?? 0,
		};
	}

	/** Commits one change of a model without a transaction object: for models whose writes take no locks. */
	commitChange(model: number, bytes: Uint8Array, length: number, durability: Durability): CommitTicket {
		if (this.#ring !== null || this.store.pressure() === 'stop' || this.store.isRefusing) {
			const transaction = this.begin({ transient: true });
			transaction.change(model, bytes, length);
			return transaction.commit(durability);
		}
		const offset = this.#logDirectly(model, bytes, length);
		this.#commits++;
		this.#pipeline.add(offset, durability);
		return new PipelineTicket(this.#pipeline, offset, offset, durability);
	}

	commitRemoval(model: number, bytes: Uint8Array, length: number, durability: Durability): CommitTicket | null {
		if (this.#ring !== null) return null;
		if (this.store.pressure() === 'stop') this.store.relieveNow();
		const offset = this.#logDirectly(model, bytes, length);
		this.#commits++;
		this.#pipeline.add(offset, durability);
		return new PipelineTicket(this.#pipeline, offset, offset, durability);
	}

	/** The same for several changes in one commit: `write` adds them to the payload that it is given. What it throws leaves everything as it was. */
	commitChanges(write: (payload: ChangeWriter) => void, durability: Durability): CommitTicket {
		const writer = this.takeWriter();
		try {
			write(new ChangeWriter(writer));
			const { bytes, length } = writer;
			if (length === 0) return new PipelineTicket(this.#pipeline, 0, 0, durability);
			if (this.#ring !== null || this.store.pressure() === 'stop' || this.store.isRefusing) {
				const transaction = this.begin({ transient: true });
				eachChange(bytes, 0, length, (model, start, end) => transaction.change(model, bytes.subarray(start, end), end - start));
				return transaction.commit(durability);
			}
			const offset = this.#logPayload(writer);
			this.#commits++;
			this.#pipeline.add(offset, durability);
			return new PipelineTicket(this.#pipeline, offset, offset, durability);
		} finally {
			this.giveBackWriter(writer);
		}
	}

	// What transactions ask of their owner.

	/** A transaction may outlive the turn: its snapshot is retained and its noted locks get their place. */
	held(transaction: LogTransaction): void {
		this.#held.add(transaction);
		this.store.retainSnapshot(transaction.snapshotOffset);
		transaction.pinnedOffset = transaction.snapshotOffset;
		if (transaction.reads !== null) {
			this.#ring ??= new CommitRing(this.#options.ringBytes, this.decidedOffset);
			this.#serializableCount++;
		}
		if (transaction.notedLocks === null && transaction.objectLocks === null) return;
		this.meetNoting(transaction);
		if (this.lockTable.count === 0 && this.largeNoting.size === 0) this.noting = transaction;
		else this.#enterLocks(transaction);
	}

	/** The snapshot of a held transaction moved. */
	movePin(transaction: LogTransaction): void {
		this.store.retainSnapshot(transaction.snapshotOffset);
		if (transaction.pinnedOffset >= 0) this.store.releaseSnapshot(transaction.pinnedOffset);
		transaction.pinnedOffset = transaction.snapshotOffset;
	}

	/** A transaction other than the one that only notes its locks is about to ask for some: they are entered, or, if they are many, looked up. */
	meetNoting(transaction: LogTransaction | null): void {
		const noting = this.noting;
		if (noting === null || noting === transaction) return;
		this.noting = null;
		this.#enterLocks(noting);
	}

	/** Enters into the table what others with many noted locks hold of a key. */
	enterNoted(transaction: LogTransaction, keyspaceId: number, key: Uint8Array, keyLength: number, text: string): void {
		if (this.largeNoting.size === 0) return;
		for (const other of this.largeNoting) {
			if (other === transaction || other.notedLocks === null) continue;
			const place = other.notedLocks.find(keyspaceId, key, keyLength);
			if (place >= 0) this.lockTable.enter(other, keyspaceId, text, other.notedLocks.strengthAt(place), other.notesBefore + place);
		}
	}

	takeNoted(): NotedLocks {
		return this.#noted.pop() ?? new NotedLocks();
	}

	giveBackNoted(noted: NotedLocks): void {
		if (this.#noted.length < POOLED_COUNT_MAX && noted.reset(POOLED_BYTES_MAX)) this.#noted.push(noted);
	}

	#enterLocks(transaction: LogTransaction): void {
		const isLarge = transaction.notedLocks !== null && transaction.notedLocks.count > NOTED_LOCKS_ENTERED_MAX;
		if (isLarge) this.largeNoting.add(transaction);
		transaction.enterLocks(!isLarge);
	}

	takeWriter(): ByteWriter {
		return this.#writers.pop() ?? new ByteWriter(1024);
	}

	giveBackWriter(writer: ByteWriter): void {
		if (!isKept(writer.bytes.length, this.#writers.length)) return;
		writer.reset();
		this.#writers.push(writer);
	}

	takeWriteSet(): WriteSet {
		const writes = this.#writeSets.pop() ?? new WriteSet();
		writes.bytesMax = this.#options.transactionBytesMax;
		writes.spillTo(this.changeSpace, this.#options.transactionMemoryBytes);
		return writes;
	}

	ensureKeyspaces(object: CatalogObject): void {
		for (const keyspace of keyspacesOf(object)) this.store.create(keyspace.id, keyspace.engine);
	}

	/** Catalog changes were undone: keyspaces that only they named are dropped. */
	dropUnused(undone: readonly CatalogChange[], catalog: Catalog): void {
		for (const { id, object, before } of undone) {
			if (object === null) continue;
			for (const keyspace of keyspacesOf(object)) {
				if (!namesKeyspace(catalog.get(id), keyspace.id) && !namesKeyspace(before, keyspace.id)) this.store.drop(keyspace.id, 0);
			}
		}
	}

	/** Own changes over a newer catalog. Throws 40001 when both changed the same object. */
	overlay(base: Catalog, changes: readonly CatalogChange[]): Catalog {
		const seen = new Set<ObjectId>();
		let catalog = base;
		for (const { id, object, before } of changes) {
			if (!seen.has(id) && base.get(id) !== before) throw sqlError('40001', 'could not serialize access due to concurrent update');
			seen.add(id);
			catalog = catalog.with(id, object);
		}
		return catalog;
	}

	/** Commits without changes wait for what they read, and for what they logged aside. */
	ticketWithoutChanges(transaction: LogTransaction, durability: Durability): CommitTicket {
		if (transaction.sideOffset > 0 && durability !== 'memory') return new LogTicket(this.#log, this.#pipeline, transaction.sideOffset, durability);
		return new PipelineTicket(this.#pipeline, 0, transaction.readOffset, durability);
	}

	/** Validates, logs, applies: from here on the transaction is decided. Throws 40001, or what the log throws; then nothing was decided. */
	decide(transaction: LogTransaction, durability: Durability): CommitTicket {
		if (this.#isClosed || this.failure !== null) throw this.unavailable();
		this.#validate(transaction);
		if (this.store.pressure() === 'stop') this.store.relieveNow();
		const changes = transaction.changes!;
		const writes = transaction.writes!;
		if (this.store.isRefusing) this.#refuseEntries(transaction, writes);
		const catalog = transaction.changesCatalog ? this.#prepareCatalog(transaction) : null;
		const catalogOffset = catalog === null ? this.catalog.offset : this.#log.decidedOffset + 1;
		const loads = transaction.bulks === null ? NO_LOADS : finishLoads(transaction.bulks, writes, changes);
		const { changeBytes } = transaction;
		const { offset } = this.#log.append(changes.bytes, changes.length, catalogOffset, filesOf(loads), transaction.changesAhead);
		for (const { keyspaceId, files } of loads) this.store.ingest(keyspaceId, files, offset);
		this.#apply(writes, offset);
		if (catalog !== null) this.#applyCatalog(transaction, catalog, offset);
		this.#decided(offset, changeBytes);
		if (this.#ring !== null && this.#serializableCount > (transaction.reads === null ? 0 : 1)) this.#ring.add(offset, writes);
		const ticket = new PipelineTicket(this.#pipeline, offset, offset, durability);
		// In the order of offsets: what is called at the transaction's end may commit something itself.
		this.#pipeline.add(offset, durability);
		transaction.end('committed');
		return ticket;
	}

	/** Throws when the transaction adds to a keyspace whose engine is at its limit. */
	#refuseEntries(transaction: LogTransaction, writes: WriteSet): void {
		for (let entry = 0; entry < writes.count; entry++) if (writes.valueLength(entry) >= 0) this.store.refuse(writes.keyspaceId(entry));
		for (const { keyspaceId } of transaction.bulks ?? []) this.store.refuse(keyspaceId);
	}

	/** Takes back what an ended transaction held. */
	ended(transaction: LogTransaction): void {
		if (transaction.state === 'committed') this.#commits++;
		else this.#rollbacks++;
		if (transaction.changes !== null) {
			this.giveBackWriter(transaction.changes);
			transaction.changes = null;
		}
		if (transaction.changesAhead !== null) {
			transaction.changesAhead.close();
			transaction.changesAhead = null;
		}
		if (transaction.writes !== null) {
			this.#giveBackWriteSet(transaction.writes);
			transaction.writes = null;
		}
		if (transaction.notedLocks !== null) {
			this.giveBackNoted(transaction.notedLocks);
			transaction.notedLocks = null;
		}
		if (!transaction.isHeld) return;
		if (this.noting === transaction) this.noting = null;
		if (this.largeNoting.size > 0) this.largeNoting.delete(transaction);
		this.#held.delete(transaction);
		if (transaction.pinnedOffset >= 0) this.store.releaseSnapshot(transaction.pinnedOffset);
		if (transaction.reads !== null) this.#serializableEnded(transaction);
		this.lockTable.releaseAll(transaction);
	}

	#serializableEnded(transaction: LogTransaction): void {
		transaction.reads = null;
		this.#serializableCount--;
		if (this.#serializableCount === 0) {
			this.#ring = null;
			return;
		}
		let oldest = this.decidedOffset;
		for (const other of this.#held) if (other.reads !== null && other.snapshotOffset < oldest) oldest = other.snapshotOffset;
		this.#ring!.forget(oldest);
	}

	#giveBackWriteSet(writes: WriteSet): void {
		writes.values.close();
		if (!isKept(writes.capacityBytes, this.#writeSets.length)) return;
		writes.reset();
		this.#writeSets.push(writes);
	}

	#validate(transaction: LogTransaction): void {
		if (this.decidedOffset === transaction.snapshotOffset) return;
		const { reads, writes } = transaction;
		if (reads !== null) {
			reads.settle();
			const found = transaction.hasUnknownReads ? 'unknown' : this.#ring!.check(reads, transaction.snapshotOffset);
			if (found !== 'none') {
				this.#conflicts++;
				const detail =
					found === 'conflict' ? 'What it read was changed by a commit after its snapshot.' : 'It is older than what is remembered of recent commits.';
				throw sqlError('40001', 'could not serialize access due to read/write dependencies among transactions', {
					detail,
					hint: 'The transaction might succeed if retried.',
				});
			}
		}
		if (!transaction.validatesWrites || writes === null) return;
		for (let entry = 0; entry < writes.count; entry++) {
			if (writes.isSuperseded(entry)) continue;
			const start = writes.keyStart(entry);
			const key = writes.arena.subarray(start, start + writes.keyLength(entry));
			if (this.keyspace(writes.keyspaceId(entry)).newestOffset(key, key.length) <= transaction.snapshotOffset) continue;
			this.#conflicts++;
			throw sqlError('40001', 'could not serialize access due to concurrent update');
		}
	}

	#apply(writes: WriteSet, offset: Offset): void {
		const { arena, count } = writes;
		const value = this.#value;
		for (let entry = 0; entry < count; entry++) {
			if (writes.isSuperseded(entry)) continue;
			const length = writes.valueLength(entry);
			const keyspace = this.keyspace(writes.keyspaceId(entry));
			if (length < 0) keyspace.put(arena, writes.keyStart(entry), writes.keyLength(entry), null, 0, 0, offset);
			else {
				writes.value(entry, value);
				keyspace.put(arena, writes.keyStart(entry), writes.keyLength(entry), value.buffer, value.start, length, offset);
			}
		}
	}

	/** The catalog that the commit makes; adds the pruning of versions that nobody needs to the changes. */
	#prepareCatalog(transaction: LogTransaction): PreparedCatalog {
		const catalog = this.overlay(this.catalog, transaction.catalogChanges!);
		const prune = this.#catalogStore.prune(this.#releasedOffset);
		if (prune !== null) {
			transaction.changes!.varint(CATALOG_MODEL);
			transaction.changes!.blob(prune);
		}
		return { catalog, prune };
	}

	#applyCatalog(transaction: LogTransaction, prepared: PreparedCatalog, offset: Offset): void {
		const changes = transaction.catalogChanges!;
		for (const { encoded } of changes) this.#catalogStore.write(encoded, 0, encoded.length, offset);
		if (prepared.prune !== null) this.#catalogStore.write(prepared.prune, 0, prepared.prune.length, offset);
		const catalog = prepared.catalog.at(offset);
		this.catalog = catalog;
		this.#pendingCatalogs.push(catalog);
		dropReplaced(this.store, changes, catalog, offset);
	}

	#decided(offset: Offset, changeBytes: number): void {
		this.decidedOffset = offset;
		this.store.setApplied(offset);
		this.#untilHousekeeping -= 1 + Math.floor(changeBytes / HOUSEKEEPING_BYTES);
		if (this.#untilHousekeeping <= 0) this.#housekeep();
	}

	/** A commit that nobody waits for: later ones on which something depends follow it in the log. */
	#logAside(model: number, bytes: Uint8Array, length: number): Offset {
		const offset = this.#logDirectly(model, bytes, length);
		this.#pipeline.add(offset, 'memory');
		return offset;
	}

	/** Logs and applies one change, outside of any transaction. */
	#logDirectly(model: number, bytes: Uint8Array, length: number): Offset {
		const writer = this.takeWriter();
		new ChangeWriter(writer).add(model, bytes, length);
		try {
			return this.#logPayload(writer);
		} finally {
			this.giveBackWriter(writer);
		}
	}

	/** Logs and applies changes of models whose writes take no locks. */
	#logPayload(writer: ByteWriter): Offset {
		if (this.#isClosed || this.failure !== null) throw this.unavailable();
		const { bytes, length } = writer;
		const { offset } = this.#log.append(bytes, length, this.catalog.offset);
		this.#direct.offset = offset;
		eachChange(bytes, 0, length, (model, start, end) => this.appliers[model]!.apply(bytes, start, end, this.catalog, this.#direct));
		this.#decided(offset, length);
		return offset;
	}

	#progressed(): void {
		const visible = this.#pipeline.visibleOffset;
		while (this.#pendingCatalogs.length > 0 && this.#pendingCatalogs[0]!.offset <= visible) this.visibleCatalog = this.#pendingCatalogs.shift()!;
		const durable = Math.min(visible, this.#log.syncedOffset);
		if (durable > this.#durableOffset) {
			this.#durableOffset = durable;
			this.store.setDurable(durable);
		}
		for (const listener of this.#listeners) listener();
	}

	/** Keeps invariant (2). */
	#failed(): void {
		this.decidedOffset = this.#pipeline.visibleOffset;
		this.catalog = this.visibleCatalog;
		this.#pendingCatalogs.length = 0;
		for (const reject of this.#failureWaiters) reject(this.unavailable());
		this.#failureWaiters.clear();
	}

	/** Gives back log that no store needs, starts a checkpoint when the log is too long, gives up snapshots that are too old. */
	#housekeep(): void {
		this.#untilHousekeeping = HOUSEKEEPING_EVERY;
		this.#release();
		if (this.#log.bytes() > this.#options.logBytesMax && !this.#isCheckpointing) {
			this.#isCheckpointing = true;
			this.checkpoint()
				.catch(this.#options.onCheckpointFailure)
				.finally(() => {
					this.#isCheckpointing = false;
				});
		}
		if (this.store.pressure() === 'none') return;
		const limitMs = this.monotonicMs() - this.#options.snapshotAgeMs;
		for (const transaction of this.#held) {
			if (transaction.startMs > limitMs || transaction.pinnedOffset < 0) continue;
			this.store.releaseSnapshot(transaction.pinnedOffset);
			transaction.pinnedOffset = -1;
			transaction.isTooOld = true;
		}
	}

	#release(): void {
		const offset = Math.min(this.store.appliedOffset, this.keepsLogAfter?.() ?? Number.POSITIVE_INFINITY);
		if (offset <= this.#releasedOffset) return;
		this.#releasedOffset = offset;
		this.#log.release(offset);
	}
}

/** A commit without changes that took values of sequences: waits for the log alone. */
class LogTicket implements CommitTicket {
	readonly offset = 0;
	readonly #log: Log;
	readonly #pipeline: CommitPipeline;
	readonly #waitOffset: Offset;
	readonly #level: Durability;

	constructor(log: Log, pipeline: CommitPipeline, waitOffset: Offset, level: Durability) {
		this.#log = log;
		this.#pipeline = pipeline;
		this.#waitOffset = waitOffset;
		this.#level = level;
	}

	get durable(): boolean {
		const durableOffset = this.#level === 'disk' ? this.#log.syncedOffset : this.#log.writtenOffset;
		return durableOffset >= this.#waitOffset && this.#pipeline.visibleOffset >= this.#waitOffset;
	}

	wait(): Promise<void> {
		return new Promise((resolve, reject) => this.onDurable((error) => (error === null ? resolve() : reject(error))));
	}

	onDurable(done: (error: Error | null) => void): void {
		this.#log.whenDurable(this.#waitOffset, this.#level, (error) => {
			if (error === null) this.#pipeline.whenVisible(this.#waitOffset, done);
			else done(error);
		});
	}

	waitSync(): void {
		if (this.#level === 'disk') this.#log.syncNow();
		else this.#log.writeNow();
		this.#pipeline.waitSync(this.#waitOffset, this.#level);
	}
}

function namesKeyspace(object: CatalogObject | undefined, keyspaceId: number): boolean {
	return object !== undefined && keyspacesOf(object).some((keyspace) => keyspace.id === keyspaceId);
}

/** Whether memory of a transaction that ended is worth keeping beside `count` others. */
function isKept(bytes: number, count: number): boolean {
	return count === 0 ? bytes <= POOLED_FIRST_BYTES_MAX : bytes <= POOLED_BYTES_MAX && count < POOLED_COUNT_MAX;
}
