/**
 * The owner of all transactions of one log: what `database/` opens and sessions begin transactions with. Implemented by
 * `transaction-manager.ts`; opened by `recovery.ts` (`openTransactions`).
 *
 * Calls: one thread. `begin` → reads and changes → `commit` or `rollback`. A transaction that may outlive the current turn of
 * the event loop must not be `transient`, or must be turned by `Transaction.hold` before the turn ends: its snapshot is then
 * pinned in the store and its locks are registered.
 *
 * Statement rule, at every isolation level: `startStatement` is called before each statement. It refreshes the catalog, takes
 * a new snapshot under read committed, and fixes which of the transaction's own changes `get` and `cursor` show: those made
 * before it. `getNewest` and `cursorNewest` always show all of them.
 */
import type { Durability } from '../log/log.ts';
import type { Keyspace, Offset } from '../storage/contracts.ts';
import type { ObjectId } from './catalog-objects.ts';
import type { ChangeWriter } from './change-payload.ts';
import type { CatalogVersion, CommitTicket, Isolation, LockMode, Transaction } from './contracts.ts';

export interface BeginOptions {
	/** Default 'read committed'. */
	readonly isolation?: Isolation;
	/** Reads the visible offset, is never validated, refuses changes with 25006. Default false. */
	readonly readOnly?: boolean;
	/** Ends before the current turn of the event loop does: nothing is registered. Default false. */
	readonly transient?: boolean;
	/** A number that names the owner in deadlock reports and `locks()` (the session's process id). Default 0. */
	readonly owner?: number;
}

/** What `get` and `cursor` of a statement show. */
export interface StatementMark {
	readonly snapshotOffset: Offset;
	/** How many of the transaction's own entries. */
	readonly ownLimit: number;
}

/** A transaction as sessions hold it: with what only its owner may do. */
export interface OwnedTransaction extends Transaction {
	readonly owner: number;
	/** Registers snapshot and locks of a transient transaction that will outlive the turn. No effect when done already. */
	hold(): void;
	/** The offset that must be visible before results read so far may be shown to anyone (0: shown at once). */
	readonly readOffset: Offset;
	/** Ends the wait for a lock: `waiting` rejects with `error`. */
	cancelWait(error: Error): void;
	/** What the statement that runs now sees: statements inside it begin with `startStatement`, and `returnTo` brings it back. */
	statementMark(): StatementMark;
	returnTo(mark: StatementMark): void;
	/** Later statements throw 25P02 until rolled back (to a savepoint). */
	fail(): void;
	/** Milliseconds of the monotonic clock when it began; 0 while it is transient. */
	readonly startMs: number;
	/** Bytes of buffered changes. */
	readonly changeBytes: number;
	/** True once it changed the catalog: plans made for it must not be kept for others. */
	readonly changesCatalog: boolean;
}

export interface LockDescription {
	readonly owner: number;
	readonly transactionId: number;
	readonly keyspaceId: number;
	/** Set for locks on whole objects. */
	readonly objectId: ObjectId;
	readonly key: Uint8Array | null;
	readonly mode: LockMode | 'shared' | 'exclusive';
	readonly granted: boolean;
}

export interface SequenceState {
	/** The value handed out last (or set by setval). */
	readonly lastValue: bigint;
	/** False until `lastValue` was handed out. */
	readonly isCalled: boolean;
}

export interface TransactionStatistics {
	readonly openTransactions: number;
	readonly commits: number;
	readonly rollbacks: number;
	readonly conflicts: number;
	readonly deadlocks: number;
	readonly lockWaits: number;
	readonly [name: string]: number;
}

export interface TransactionManager {
	/**
	 * Called by the commit of every transaction that has changes, after its deferred checks: what it changes is part of the commit. It may throw
	 * `LockWait` (before it has changed anything) and is then called again. Null: nothing to do.
	 */
	maintain: ((transaction: OwnedTransaction) => void) | null;
	/** Asked before log is given back: commits after this offset are still to be read by what is derived from the log. Null: nothing is. */
	keepsLogAfter: (() => Offset) | null;
	/** The newest commit whose durability has been reached: what read-only work reads. */
	readonly visibleOffset: Offset;
	/** The newest commit decided: what read-write transactions read. */
	readonly decidedOffset: Offset;
	/** The newest decided catalog. */
	readonly catalog: CatalogVersion;
	/** The catalog at the visible offset. */
	readonly visibleCatalog: CatalogVersion;
	/** Set once the log failed: reads go on at the visible offset, changes are refused. */
	readonly failure: Error | null;

	begin(options?: BeginOptions): OwnedTransaction;
	/** Commits one change of a model without a transaction object: for models whose writes take no locks. `bytes` are copied. */
	commitChange(model: number, bytes: Uint8Array, length: number, durability: Durability): CommitTicket;
	/** The same for several changes in one commit: `write` adds them to the payload that it is given. What it throws leaves everything as it was. */
	commitChanges(write: (payload: ChangeWriter) => void, durability: Durability): CommitTicket;
	/**
	 * Commits a change of which all that it does is to remove one range of a keyspace whose engine can do that as a whole. Null, and nothing is
	 * done, while transactions are open that must be told of each key: those that are serializable.
	 */
	commitRemoval(model: number, bytes: Uint8Array, length: number, durability: Durability): CommitTicket | null;
	/** The keyspace of an id; throws when there is none. */
	keyspace(id: number): Keyspace;
	/** A new object id (also a keyspace id), never given out before. */
	newId(): ObjectId;

	/** Calls back once `offset` is visible, at once when it is already; with the error when the log failed before. */
	whenVisible(offset: Offset, done: (error: Error | null) => void): void;
	/** Called after `visibleOffset` rose. */
	onVisible(listener: () => void): void;
	/** Writes and syncs everything decided, in this thread. */
	syncNow(): void;

	/** Takes the next value; throws 2200H at the end of one that does not cycle. Not undone by rollbacks. What was logged is durable before the commit of `transaction` is acknowledged; after a crash values may be left out, never given again. */
	nextval(sequenceId: ObjectId, catalog: CatalogVersion, transaction: Transaction | null): bigint;
	/** Takes `count` values at once and returns the first; the rest follow by the increment (a cycle ends the run early, see `taken`). */
	nextSequenceValues(
		sequenceId: ObjectId,
		count: number,
		catalog: CatalogVersion,
		transaction: Transaction | null,
	): { readonly first: bigint; readonly taken: number };
	/** Throws 22003 out of bounds. */
	setval(sequenceId: ObjectId, value: bigint, isCalled: boolean, catalog: CatalogVersion, transaction: Transaction | null): void;
	sequenceState(sequenceId: ObjectId, catalog: CatalogVersion): SequenceState;

	/** Makes every store durable up to the decided offset and gives back the log below. */
	checkpoint(): Promise<void>;
	/** Live transactions, oldest first (pg_stat_activity, pg_locks). */
	transactions(): readonly OwnedTransaction[];
	/** Locks held and waited for. Of a transaction with very many, only those that another has asked for. */
	locks(): LockDescription[];
	statistics(): TransactionStatistics;
	/** Rolls back what is open, makes what was decided durable. The log and the stores are closed by their owner. */
	close(): Promise<void>;
}
