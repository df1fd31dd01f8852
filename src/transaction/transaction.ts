/**
 * One transaction: a snapshot, the changes made over it, the locks taken. All fields are plain: the manager and the commit
 * pipeline read them on the hot path.
 *
 * Changes are kept twice: in `changes`, as the log will hold them (`docs/formats/changes.md`), and in `writes`, as the entries
 * that the applier of the model made of them. Both buffers come from pools of the manager and go back at the end.
 *
 * Key locks of a transaction that is alone are only noted (`noted-locks.ts`). When another transaction first asks for a lock they
 * are entered into the lock table; if they are many they stay noted, and others look there too (the manager's `largeNoting`).
 * So a bulk load by the only writer, and every autocommit statement, pays one copy of the key for a lock.
 *
 * A savepoint set with `releasesLocks` marks how many locks there were: those noted since are cut off, those in the lock table are
 * given back by its journal. A lock that is entered late brings the place where it was noted, which says on which side it is.
 *
 * Invariants: (1) `writes` equals the appliers' output for `changes`; (2) own catalog changes are in `changes` at their place,
 * so that replay decodes each change with the catalog it was encoded with; (3) after the end nothing of the pools is held.
 */
import type { ByteWriter } from '../bytes/byte-writer.ts';
import type { Durability } from '../log/log.ts';
import { ClosedError, invariant, sqlError } from '../platform/errors.ts';
import type { BulkOptions, BulkTarget } from '../storage/bulk-builder.ts';
import type { ColumnView } from '../storage/column/column-view.ts';
import type { Cursor, Keyspace, Offset, Slot } from '../storage/contracts.ts';
import type { BulkLoad } from './bulk.ts';
import type { Catalog } from './catalog.ts';
import type { CatalogObject, ObjectId } from './catalog-objects.ts';
import { encodeCatalogChange } from './catalog-store.ts';
import type { CommitTicket, Isolation, LockMode, LockOutcome, Savepoint } from './contracts.ts';
import { type Lock, type LockGrant, type LockOwner, type LockWaiter, OBJECT_KEYSPACE, type Strength, strengthOf } from './lock-table.ts';
import type { BeginOptions, OwnedTransaction, StatementMark } from './manager.ts';
import { MergeCursor } from './merge-cursor.ts';
import { CATALOG_MODEL } from './models.ts';
import type { NotedLocks } from './noted-locks.ts';
import { LockWait, StatementRestart } from './signals.ts';
import { SpilledChanges } from './spilled-changes.ts';
import { TrackingCursor } from './tracking-cursor.ts';
import type { LogTransactions } from './transaction-manager.ts';
import { keyText, ReadSet } from './validation.ts';
import type { WriteSet } from './write-set.ts';

const NO_LIMIT = 0x7fffffff;

export interface CatalogChange {
	/** As it is in the changes. */
	readonly encoded: Uint8Array;
	readonly id: ObjectId;
	readonly object: CatalogObject | null;
	/** What it replaced. */
	readonly before: CatalogObject | undefined;
}

class TransactionSavepoint implements Savepoint {
	readonly name: string;
	readonly changeBytes: number;
	readonly changeCount: number;
	readonly writeCount: number;
	readonly catalogCount: number;
	readonly bulkCount: number;
	/** Null when a rollback keeps the locks. */
	readonly locks: LockMark | null;

	constructor(name: string, changeBytes: number, changeCount: number, writeCount: number, catalogCount: number, bulkCount: number, locks: LockMark | null) {
		this.name = name;
		this.changeBytes = changeBytes;
		this.changeCount = changeCount;
		this.writeCount = writeCount;
		this.catalogCount = catalogCount;
		this.bulkCount = bulkCount;
		this.locks = locks;
	}
}

/** How many locks there were. */
interface LockMark {
	readonly journalCount: number;
	/** Places of noted key locks, counted over all lists of the transaction. */
	readonly notedEnd: number;
	/** Locks in the list of that time. */
	readonly notedCount: number;
	readonly objectCount: number;
}

export class LogTransaction implements OwnedTransaction, LockOwner {
	readonly id: number;
	readonly owner: number;
	readonly isolation: Isolation;
	readonly readOnly: boolean;
	refusesWrites: boolean;
	/** Monotonic clock at the time it was held; 0 while it is transient. */
	startMs: number;
	readonly heldLocks: Lock[];
	wait: LockWaiter | null;
	waiting: Promise<void> | null;
	state: 'open' | 'failed' | 'committed' | 'rolled back';
	snapshotOffset: Offset;
	catalog: Catalog;
	/** What own catalog changes lie over. */
	catalogBase: Catalog;
	changeCount: number;
	/** Null until the first change; behind `changesAhead`. */
	changes: ByteWriter | null;
	/** The first changes, on disk; null while all are in memory. */
	changesAhead: SpilledChanges | null;
	writes: WriteSet | null;
	/** Own catalog changes, in order; null until the first. */
	catalogChanges: CatalogChange[] | null;
	/** Bulk loads; null until the first. */
	bulks: BulkLoad[] | null;
	/** What a held serializable transaction has read. */
	reads: ReadSet | null;
	/** Entries of `writes` below it are shown by `get` and `cursor`. */
	ownLimit: number;
	/** Registered with the manager: it may outlive the turn. */
	isHeld: boolean;
	/** Offset pinned in the store, or −1. */
	pinnedOffset: Offset;
	/** The snapshot of repeatable read and serializable is fixed by the first statement. */
	isSnapshotFixed: boolean;
	/** Reads made before it was held, by a serializable transaction, were not noted. */
	hasUnknownReads: boolean;
	/** Some keys written blindly must not have changed since the snapshot (repeatable read). */
	validatesWrites: boolean;
	/** Set when the snapshot was given up: reads would not be exact any more. */
	isTooOld: boolean;
	/** Logged outside (sequences), to be durable before results are shown. */
	sideOffset: Offset;
	/** The newest commit that what was read so far depends on, of those that were not visible when it was read. */
	seenOffset: Offset;
	/** Key locks that are not entered in the table, or null. */
	notedLocks: NotedLocks | null;
	/** Bytes of earlier lists of noted locks, which have been entered in the table. */
	notesBefore: number;
	lockJournal: LockGrant[] | null;
	/** Ids × 4 + strength of object locks. */
	objectLocks: number[] | null;
	/** 0 until asked for (at the latest when it is held): a clock is read only for transactions that show the time. */
	#startTimeUs: number;
	#isMaintained: boolean;
	#checks: (() => void)[] | null;
	#endings: ((committed: boolean) => void)[] | null;
	readonly #core: LogTransactions;

	constructor(core: LogTransactions, id: number, options: BeginOptions) {
		this.#core = core;
		this.id = id;
		this.owner = options.owner ?? 0;
		this.isolation = options.isolation ?? 'read committed';
		this.readOnly = options.readOnly ?? false;
		this.refusesWrites = this.readOnly;
		this.startMs = 0;
		this.#startTimeUs = 0;
		this.heldLocks = [];
		this.wait = null;
		this.waiting = null;
		this.state = 'open';
		this.snapshotOffset = this.readOnly ? core.visibleOffset : core.decidedOffset;
		this.catalog = this.readOnly ? core.visibleCatalog : core.catalog;
		this.catalogBase = this.catalog;
		this.changeCount = 0;
		this.changes = null;
		this.changesAhead = null;
		this.writes = null;
		this.catalogChanges = null;
		this.bulks = null;
		this.reads = null;
		this.ownLimit = NO_LIMIT;
		this.isHeld = false;
		this.pinnedOffset = -1;
		this.isSnapshotFixed = false;
		this.hasUnknownReads = false;
		this.validatesWrites = false;
		this.isTooOld = false;
		this.sideOffset = 0;
		this.seenOffset = 0;
		this.notedLocks = null;
		this.notesBefore = 0;
		this.lockJournal = null;
		this.objectLocks = null;
		this.#isMaintained = false;
		this.#checks = null;
		this.#endings = null;
		if (options.transient !== true) this.#register();
	}

	get startTimeUs(): number {
		if (this.#startTimeUs === 0) this.#startTimeUs = this.#core.nowUs();
		return this.#startTimeUs;
	}

	get readOffset(): Offset {
		return this.readOnly ? this.sideOffset : Math.max(this.seenOffset, this.sideOffset, this.catalogBase.offset);
	}

	get changeBytes(): number {
		return this.changes === null ? 0 : this.changes.length + (this.changesAhead?.bytes ?? 0);
	}

	get changesCatalog(): boolean {
		return this.catalogChanges !== null && this.catalogChanges.length > 0;
	}

	hold(): void {
		if (this.isHeld || this.state === 'committed' || this.state === 'rolled back') return;
		if (this.isolation === 'serializable' && !this.readOnly) this.hasUnknownReads = true;
		this.#register();
	}

	startStatement(): void {
		const core = this.#core;
		if (!this.isSnapshotFixed || this.isolation === 'read committed') {
			this.isSnapshotFixed = true;
			this.isTooOld = false;
			const newest = this.readOnly ? core.visibleOffset : core.decidedOffset;
			if (core.failure === null || newest > this.snapshotOffset) this.snapshotOffset = newest;
			if (this.isHeld && this.pinnedOffset !== this.snapshotOffset) core.movePin(this);
		}
		this.#requireOpen();
		this.#refreshCatalog();
		this.sealChanges();
	}

	sealChanges(): void {
		this.ownLimit = this.writes === null ? 0 : this.writes.count;
	}

	statementMark(): StatementMark {
		return { snapshotOffset: this.snapshotOffset, ownLimit: this.ownLimit };
	}

	returnTo({ snapshotOffset, ownLimit }: StatementMark): void {
		if (this.state === 'committed' || this.state === 'rolled back') return;
		this.snapshotOffset = snapshotOffset;
		if (this.isHeld && this.pinnedOffset !== snapshotOffset) this.#core.movePin(this);
		// A rollback to a savepoint may have taken entries away.
		this.ownLimit = ownLimit === NO_LIMIT ? NO_LIMIT : Math.min(ownLimit, this.writes?.count ?? 0);
	}

	get(keyspace: Keyspace, key: Uint8Array, keyLength: number, slot: Slot): boolean {
		if (this.reads !== null) this.reads.point(keyspace.id, key, keyLength);
		if (this.writes !== null) {
			const entry = this.writes.before(this.writes.find(keyspace.id, key, 0, keyLength), this.ownLimit);
			if (entry >= 0) return this.#ownEntry(entry, slot);
		}
		if (this.snapshotOffset > this.#core.visibleOffset) this.#sees(keyspace, key, keyLength, this.snapshotOffset);
		return keyspace.get(key, keyLength, this.snapshotOffset, slot);
	}

	derivedOffset(...keyspaces: readonly Keyspace[]): Offset {
		this.#requireSnapshot();
		if (this.isolation === 'serializable' && !this.readOnly) return -1;
		for (const keyspace of keyspaces) {
			if (this.writes?.touches(keyspace.id)) return -1;
			if (this.bulks?.some((load) => load.keyspaceId === keyspace.id)) return -1;
		}
		if (this.snapshotOffset > this.seenOffset && this.snapshotOffset > this.#core.visibleOffset) this.seenOffset = this.snapshotOffset;
		return this.snapshotOffset;
	}

	getNewest(keyspace: Keyspace, key: Uint8Array, keyLength: number, slot: Slot): boolean {
		if (this.reads !== null) this.reads.point(keyspace.id, key, keyLength);
		if (this.writes !== null) {
			const entry = this.writes.find(keyspace.id, key, 0, keyLength);
			if (entry >= 0) return this.#ownEntry(entry, slot);
		}
		const { decidedOffset } = this.#core;
		if (decidedOffset > this.#core.visibleOffset) this.#sees(keyspace, key, keyLength, decidedOffset);
		return keyspace.get(key, keyLength, decidedOffset, slot);
	}

	cursor(keyspace: Keyspace, lower: Uint8Array | null, upper: Uint8Array | null, reverse: boolean): Cursor {
		return this.#cursorAt(keyspace, lower, upper, reverse, this.snapshotOffset, this.ownLimit);
	}

	columns(keyspace: Keyspace): ColumnView | null {
		if (this.writes?.touches(keyspace.id)) return null;
		if (this.bulks !== null) invariant(!this.bulks.some((load) => load.keyspaceId === keyspace.id), 'a transaction does not read what it loads in bulk');
		const offset = this.snapshotOffset;
		const view = keyspace.columns(offset);
		if (view === null) return null;
		if (offset > this.seenOffset && offset > this.#core.visibleOffset) this.seenOffset = offset;
		// Which rows a reader of columns looks at is not followed one by one.
		this.reads?.range(keyspace.id, null, null);
		return view;
	}

	cursorNewest(keyspace: Keyspace, lower: Uint8Array | null, upper: Uint8Array | null, reverse: boolean): Cursor {
		return this.#cursorAt(keyspace, lower, upper, reverse, this.#core.decidedOffset, NO_LIMIT);
	}

	changedSinceSnapshot(keyspace: Keyspace, key: Uint8Array, keyLength: number): boolean {
		this.#requireSnapshot();
		return keyspace.newestOffset(key, keyLength) > this.snapshotOffset;
	}

	changedByStatement(keyspace: Keyspace, key: Uint8Array, keyLength: number): boolean {
		return this.writes !== null && this.writes.count > this.ownLimit && this.writes.find(keyspace.id, key, 0, keyLength) >= this.ownLimit;
	}

	change(model: number, bytes: Uint8Array, length: number): void {
		const applier = this.#core.appliers[model];
		if (applier === undefined) throw new RangeError(`no applier is registered for model ${model}`);
		this.#requireWritable();
		const changes = this.changes!;
		changes.varint(model);
		changes.varint(length);
		changes.raw(bytes, 0, length);
		this.changeCount++;
		applier.apply(bytes, 0, length, this.catalog, this.writes!);
		if (this.isolation === 'repeatable read' && applier.validatesWrites === true) this.validatesWrites = true;
		if (changes.length >= this.#core.changeBytesKept) this.#spillChanges();
	}

	/** Writes the changes in memory to disk, when they are many: they are not looked at before the commit. */
	#spillChanges(): void {
		const [core, changes] = [this.#core, this.changes!];
		if (core.changeSpace === null) return;
		this.changesAhead ??= new SpilledChanges(core.changeSpace);
		this.changesAhead.append(changes.bytes, changes.length);
		changes.reset();
	}

	/** Forgets all but the first `count` bytes of changes. */
	#truncateChanges(count: number): void {
		const ahead = this.changesAhead?.bytes ?? 0;
		if (count < ahead) this.changesAhead!.truncate(count);
		this.changes!.length = Math.max(0, count - ahead);
	}

	bulk(keyspace: Keyspace, options: BulkOptions = {}): BulkTarget {
		this.#requireWritable();
		const { store } = this.#core;
		const own = options.isAscending === true ? store.ownBulkBuilder(keyspace.id) : null;
		const builder = own ?? store.bulkBuilder(options);
		this.bulks ??= [];
		this.bulks.push({ keyspaceId: keyspace.id, builder });
		this.changeCount++;
		return builder;
	}

	changeCatalog(id: ObjectId, object: CatalogObject | null): void {
		this.#requireWritable();
		const before = this.catalog.get(id);
		const changed = this.catalog.with(id, object);
		const encoded = encodeCatalogChange(id, object, this.#core.lastId());
		this.changes!.varint(CATALOG_MODEL);
		this.changes!.blob(encoded);
		this.changeCount++;
		this.catalogChanges ??= [];
		this.catalogChanges.push({ encoded, id, object, before });
		this.catalog = changed;
		if (object !== null) this.#core.ensureKeyspaces(object);
	}

	newId(): ObjectId {
		return this.#core.newId();
	}

	lock(keyspaceId: number, key: Uint8Array, keyLength: number, mode: LockMode, noWait: boolean): LockOutcome {
		const core = this.#core;
		const strength = strengthOf(mode);
		if (this.#mayNoteLocks()) {
			this.#noteLock(keyspaceId, key, keyLength, strength);
			return 'granted';
		}
		const text = keyText(key, 0, keyLength);
		core.enterNoted(this, keyspaceId, key, keyLength, text);
		const notesMore = !this.isHeld
			? !core.lockTable.conflicts(null, keyspaceId, text, strength)
			: core.largeNoting.has(this) && !core.lockTable.has(keyspaceId, text);
		if (notesMore) {
			this.#noteLock(keyspaceId, key, keyLength, strength);
			return 'granted';
		}
		if (!this.isHeld) {
			if (noWait) return 'refused';
			this.hold();
		}
		return this.#request(keyspaceId, text, strength, noWait);
	}

	isLocked(keyspaceId: number, key: Uint8Array, keyLength: number, mode: LockMode): boolean {
		const core = this.#core;
		core.meetNoting(this);
		if (core.lockTable.count === 0 && core.largeNoting.size === 0) return false;
		const text = keyText(key, 0, keyLength);
		core.enterNoted(this, keyspaceId, key, keyLength, text);
		return core.lockTable.conflicts(this, keyspaceId, text, strengthOf(mode));
	}

	lockObject(id: ObjectId, mode: 'shared' | 'exclusive', noWait: boolean): LockOutcome {
		const strength: Strength = mode === 'exclusive' ? 3 : 0;
		const held = this.objectLocks;
		if (held !== null) {
			for (let index = 0; index < held.length; index++) if (held[index]! >>> 2 === id && (held[index]! & 3) >= strength) return 'granted';
		}
		let outcome: LockOutcome = 'granted';
		if (!this.#mayNoteLocks()) {
			if (this.isHeld || this.#core.lockTable.conflicts(null, OBJECT_KEYSPACE, String(id), strength)) {
				if (noWait && !this.isHeld) return 'refused';
				this.hold();
				outcome = this.#request(OBJECT_KEYSPACE, String(id), strength, noWait);
			}
		}
		if (outcome === 'granted') {
			this.#requireCurrent(id);
			this.objectLocks ??= [];
			this.objectLocks.push(id * 4 + strength);
		}
		return outcome;
	}

	cancelWait(error: Error): void {
		const waiter = this.wait;
		if (waiter === null) return;
		this.#core.lockTable.cancelWait(this);
		waiter.settle(error);
	}

	savepoint(name: string, releasesLocks = false): Savepoint {
		return new TransactionSavepoint(
			name,
			this.changeBytes,
			this.changeCount,
			this.writes?.count ?? 0,
			this.catalogChanges?.length ?? 0,
			this.bulks?.length ?? 0,
			releasesLocks ? this.#lockMark() : null,
		);
	}

	#lockMark(): LockMark {
		const { notedLocks, notesBefore } = this;
		this.lockJournal ??= [];
		return {
			journalCount: this.lockJournal.length,
			notedEnd: notesBefore + (notedLocks?.length ?? 0),
			notedCount: notedLocks?.count ?? 0,
			objectCount: this.objectLocks?.length ?? 0,
		};
	}

	/** A wait for a lock goes on: a statement is undone to its savepoint before it waits. */
	rollbackTo(savepoint: Savepoint): void {
		if (!(savepoint instanceof TransactionSavepoint)) throw new TypeError('the savepoint is not one of a transaction');
		if (this.state === 'committed' || this.state === 'rolled back') throw this.#ended();
		if (this.changes !== null && this.writes !== null) {
			this.#truncateChanges(savepoint.changeBytes);
			this.writes.truncate(savepoint.writeCount);
			this.changeCount = savepoint.changeCount;
			this.ownLimit = Math.min(this.ownLimit, savepoint.writeCount);
		}
		if (this.catalogChanges !== null && this.catalogChanges.length > savepoint.catalogCount) {
			const undone = this.catalogChanges.splice(savepoint.catalogCount);
			this.catalogBase = this.#base();
			this.catalog = this.#core.overlay(this.catalogBase, this.catalogChanges);
			this.#core.dropUnused(undone, this.catalog);
		}
		if (this.bulks !== null) for (const load of this.bulks.splice(savepoint.bulkCount)) load.builder.abandon();
		if (savepoint.locks !== null) this.#releaseLocks(savepoint.locks);
		this.state = 'open';
	}

	/** Gives back the locks taken after the mark. */
	#releaseLocks(mark: LockMark): void {
		const notedLength = Math.max(0, mark.notedEnd - this.notesBefore);
		this.notedLocks?.truncate(notedLength, notedLength === 0 ? 0 : mark.notedCount);
		if (this.objectLocks !== null && this.objectLocks.length > mark.objectCount) this.objectLocks.length = mark.objectCount;
		const taken = this.lockJournal!.splice(mark.journalCount);
		const kept: LockGrant[] = [];
		for (let at = taken.length - 1; at >= 0; at--) {
			const grant = taken[at]!;
			const isObject = grant.lock.keyspaceId === OBJECT_KEYSPACE;
			if (grant.place >= 0 && grant.place < (isObject ? mark.objectCount : mark.notedEnd)) kept.push(grant);
			else this.#core.lockTable.undo(this, grant, isObject ? -1 : this.#notedStrength(grant.lock));
		}
		this.lockJournal!.push(...kept.reverse());
	}

	/** How strongly a key is still noted that was entered by its strongest place. */
	#notedStrength(lock: Lock): Strength | -1 {
		if (this.notedLocks === null || this.notedLocks.count === 0) return -1;
		const key = Buffer.from(lock.key, 'latin1');
		return this.notedLocks.strengthOf(lock.keyspaceId, key, key.length);
	}

	release(savepoint: Savepoint): void {
		if (!(savepoint instanceof TransactionSavepoint)) throw new TypeError('the savepoint is not one of a transaction');
	}

	fail(): void {
		if (this.state === 'open') this.state = 'failed';
	}

	beforeCommit(check: () => void): void {
		this.#checks ??= [];
		this.#checks.push(check);
	}

	afterEnd(callback: (committed: boolean) => void): void {
		this.#endings ??= [];
		this.#endings.push(callback);
	}

	commit(durability: Durability): CommitTicket {
		this.#requireOpen();
		try {
			if (this.#checks !== null) this.#runChecks();
			const { maintain } = this.#core;
			if (maintain !== null && this.changeCount > 0 && !this.#isMaintained) {
				maintain(this);
				this.#isMaintained = true;
			}
			if (this.changeCount > 0) return this.#core.decide(this, durability);
		} catch (error) {
			if (!(error instanceof LockWait)) this.rollback();
			throw error;
		}
		const ticket = this.#core.ticketWithoutChanges(this, durability);
		this.end('committed');
		return ticket;
	}

	withState<T>(state: 'before' | 'after', run: () => T): T {
		const { snapshotOffset, ownLimit, reads } = this;
		this.snapshotOffset = this.#core.decidedOffset;
		this.ownLimit = state === 'before' ? 0 : NO_LIMIT;
		this.reads = null;
		try {
			return run();
		} finally {
			this.snapshotOffset = snapshotOffset;
			this.ownLimit = ownLimit;
			this.reads = reads;
		}
	}

	eachWrittenKey(keyspace: Keyspace, visit: (key: Uint8Array, keyStart: number, keyLength: number) => void): void {
		const { writes } = this;
		if (writes === null || !writes.touches(keyspace.id)) return;
		const count = writes.count;
		for (let entry = 0; entry < count; entry++) {
			if (writes.keyspaceId(entry) === keyspace.id && !writes.isSuperseded(entry)) visit(writes.arena, writes.keyStart(entry), writes.keyLength(entry));
		}
	}

	wrote(keyspace: Keyspace): boolean {
		return this.writes?.touches(keyspace.id) ?? false;
	}

	rollback(): void {
		if (this.state === 'committed' || this.state === 'rolled back') return;
		const undone = this.catalogChanges;
		if (this.bulks !== null) for (const load of this.bulks) load.builder.abandon();
		if (this.wait !== null) this.cancelWait(sqlError('57014', 'the wait for a lock was ended by a rollback'));
		this.end('rolled back');
		if (undone !== null) this.#core.dropUnused(undone, this.#core.catalog);
	}

	/** Gives back everything; called once, by `commit`, `rollback` and the core. */
	end(state: 'committed' | 'rolled back'): void {
		this.state = state;
		this.#core.ended(this);
		const endings = this.#endings;
		this.#endings = null;
		this.#checks = null;
		if (endings !== null) for (const callback of endings) callback(state === 'committed');
	}

	/** Enters the object locks and, with `keysToo`, the noted key locks into the lock table. */
	enterLocks(keysToo: boolean): void {
		const table = this.#core.lockTable;
		if (keysToo && this.notedLocks !== null) {
			const noted = this.notedLocks;
			noted.each((keyspaceId, place, bytes, start, end) =>
				table.enter(this, keyspaceId, keyText(bytes, start, end), noted.strengthAt(place), this.notesBefore + place),
			);
			this.notesBefore += noted.length;
			this.#core.giveBackNoted(noted);
			this.notedLocks = null;
		}
		this.objectLocks?.forEach((held, place) => {
			table.enter(this, OBJECT_KEYSPACE, String(held >>> 2), (held & 3) as Strength, place);
		});
	}

	#register(): void {
		this.isHeld = true;
		this.startMs = this.#core.monotonicMs();
		if (this.#startTimeUs === 0) this.#startTimeUs = this.#core.nowUs();
		if (this.isolation === 'serializable' && !this.readOnly) this.reads = new ReadSet();
		this.#core.held(this);
	}

	#requireOpen(): void {
		if (this.state === 'failed') throw sqlError('25P02', 'current transaction is aborted, commands ignored until end of transaction block');
		if (this.state !== 'open') throw this.#ended();
		// The store gives up the oldest snapshots when they keep too much memory: then it knows no conflicts for them either.
		if (this.isTooOld || (this.isHeld && this.snapshotOffset < this.#core.store.horizon))
			throw sqlError('72000', 'snapshot too old', { hint: 'Keep transactions shorter, or raise the age limit of snapshots.' });
		if (this.snapshotOffset > this.#core.visibleOffset && this.#core.failure !== null) throw this.#core.unavailable();
	}

	/** What was given up cannot be read exactly any more, nor compared with. */
	#requireSnapshot(): void {
		if (!this.isHeld) return;
		const core = this.#core;
		if (!this.isTooOld && (this.snapshotOffset >= core.store.horizon || this.snapshotOffset >= core.visibleOffset)) return;
		throw sqlError('72000', 'snapshot too old', { hint: 'Keep transactions shorter, or give the database more memory.', retryable: true });
	}

	#ended(): Error {
		return new ClosedError('transaction-ended', `the transaction was ${this.state === 'committed' ? 'committed' : 'rolled back'} before`, {
			sqlstate: '25P01',
		});
	}

	#requireWritable(): void {
		if (this.refusesWrites) throw sqlError('25006', 'cannot change data in a read-only transaction');
		if (this.writes !== null && this.state === 'open') return;
		this.#requireOpen();
		if (this.#core.failure !== null) throw this.#core.unavailable();
		this.changes ??= this.#core.takeWriter();
		this.writes ??= this.#core.takeWriteSet();
	}

	/** Once an object is locked nobody changes it; before, somebody may have. */
	#requireCurrent(id: ObjectId): void {
		const current = this.#core.catalog;
		if (current === this.catalogBase || current.get(id) === this.catalogBase.get(id)) return;
		throw new StatementRestart();
	}

	#ownEntry(entry: number, slot: Slot): boolean {
		const writes = this.writes!;
		if (writes.valueLength(entry) < 0) return false;
		writes.value(entry, slot);
		return true;
	}

	#cursorAt(keyspace: Keyspace, lower: Uint8Array | null, upper: Uint8Array | null, reverse: boolean, offset: Offset, limit: number): Cursor {
		if (this.bulks !== null) invariant(!this.bulks.some((load) => load.keyspaceId === keyspace.id), 'a transaction does not read what it loads in bulk');
		if (offset > this.seenOffset && offset > this.#core.visibleOffset) this.seenOffset = offset;
		let cursor = keyspace.cursor(lower, upper, reverse, offset);
		if (this.writes?.touches(keyspace.id)) cursor = new MergeCursor(cursor, this.writes, this.writes.ordered(keyspace.id), lower, upper, reverse, limit);
		return this.reads === null ? cursor : new TrackingCursor(cursor, this.reads, keyspace.id, lower, upper, reverse);
	}

	/** Notes how new the version of a key is that is read at `offset`: its reader's results wait for that commit, not for all up to the snapshot. */
	#sees(keyspace: Keyspace, key: Uint8Array, keyLength: number, offset: Offset): void {
		const newest = keyspace.newestOffset(key, keyLength);
		if (newest > this.seenOffset) this.seenOffset = Math.min(newest, offset);
	}

	#base(): Catalog {
		return this.readOnly ? this.#core.visibleCatalog : this.#core.catalog;
	}

	#refreshCatalog(): void {
		const base = this.#base();
		if (base === this.catalogBase && this.catalogChanges !== null) return;
		this.catalog = this.catalogChanges === null ? base : this.#core.overlay(base, this.catalogChanges);
		this.catalogBase = base;
	}

	/** True while no other transaction can meet this one's locks in the lock table. */
	#mayNoteLocks(): boolean {
		const core = this.#core;
		if (core.noting === this) return true;
		core.meetNoting(this);
		if (core.lockTable.count > 0 || core.largeNoting.size > 0) return false;
		if (this.isHeld) core.noting = this;
		return true;
	}

	#noteLock(keyspaceId: number, key: Uint8Array, keyLength: number, strength: Strength): void {
		this.notedLocks ??= this.#core.takeNoted();
		this.notedLocks.note(keyspaceId, key, keyLength, strength);
	}

	#request(keyspaceId: number, key: string, strength: Strength, noWait: boolean): LockOutcome {
		if (this.wait !== null) {
			const { lock, strength: wanted } = this.wait;
			if (lock.keyspaceId === keyspaceId && lock.key === key && wanted >= strength) return noWait ? 'refused' : 'wait';
			this.cancelWait(sqlError('57014', 'the wait for a lock was given up for another'));
		}
		return this.#core.lockTable.request(this, keyspaceId, key, strength, noWait, () => {
			let settle: (error: Error | null) => void = () => undefined;
			this.waiting = new Promise<void>((resolve, reject) => {
				settle = (error) => {
					this.waiting = null;
					if (error === null) resolve();
					else reject(error);
				};
			});
			// A wait that nobody awaits any more (its statement was cancelled) must not end the process.
			this.waiting.catch(() => undefined);
			return settle;
		});
	}

	#runChecks(): void {
		const checks = this.#checks!;
		while (checks.length > 0) {
			checks[0]!();
			checks.shift();
		}
		this.#checks = null;
	}
}
