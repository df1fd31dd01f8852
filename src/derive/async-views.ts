/**
 * Views that follow the log behind the commits (materialized views with `refresh = async`). Commits pay nothing for them but the old row in the log;
 * a job in the background reads the log from a view's position on, and brings the view's rows from state to state, in batches of whole commits. A batch's
 * rows and the position that they reach are one commit, so that after a crash the job goes on where the rows stand.
 *
 * What a batch needs to read are the states before and after it, which lie behind: `past-states.ts` makes them from the newest state and the log.
 *
 * Calls: `note` at every commit; the job runs by itself, one batch in a turn of the event loop; `catchUp` does all at once. Of a view that nothing
 * was changed for since its position, the position is the newest offset; it is written down only so often that the log can be given back.
 *
 * Invariants: (1) a view's rows equal its query at its position; (2) the log after the least position is kept (`keepsLogAfter`).
 *
 * Source: deferred maintenance (Colby, Griffin, Libkin, Mumick, Trickey, "Algorithms for Deferred View Maintenance", 1996), with states that are read
 * as they were in the place of queries rewritten for what has changed since.
 */
import type { Log } from '../log/log.ts';
import type { Clock, Timers } from '../platform/platform.ts';
import type { Offset } from '../storage/contracts.ts';
import type { ObjectId, TableObject, ViewObject } from '../transaction/catalog-objects.ts';
import type { CatalogVersion, Transaction } from '../transaction/contracts.ts';
import { positionOf, setPosition } from '../transaction/derived-positions.ts';
import type { OwnedTransaction, StatementMark, TransactionManager } from '../transaction/manager.ts';
import { LockWait, StatementRestart } from '../transaction/signals.ts';
import { type ChangedRows, rowsWithKeys, type ViewHost } from './kept-view.ts';
import type { KeptViews } from './kept-views.ts';
import { type LoggedCommit, LoggedRows } from './logged-rows.ts';
import { PastStates } from './past-states.ts';

const BATCH_ROWS = 1024;
/** The job rests so many times as long as its last turn took. */
const REST_FACTOR = 2;
const REST_MS_MAX = 500;
const RETRY_MS = 1000;
const LOCKED_MS = 20;
/** Offsets past which the position of a view that nothing was changed for is written down. */
const POSITION_OFFSETS = 4096;

export interface AsyncHost {
	readonly views: KeptViews;
	readonly view: ViewHost;
	readonly manager: TransactionManager;
	readonly log: Log;
	readonly timers: Timers;
	readonly clock: Clock;
	isClosed(): boolean;
	/** A view could not be brought on for now. */
	failed(view: ViewObject, error: unknown): void;
}

/** Whole commits, and the states that they lead from and to. */
interface Batch {
	readonly offset: Offset;
	readonly commits: readonly LoggedCommit[];
	before: StatementMark;
	after: StatementMark;
}

/** A view on its way to the newest offset. */
interface Way {
	readonly view: ViewObject;
	readonly past: PastStates;
	readonly batches: Batch[];
	next: number;
	/** What the next batch goes on from. */
	position: Offset;
}

/** What the job knows of a view. */
interface Progress {
	/** Something was changed for it after its position, or may have been. */
	isBehind: boolean;
	/** The same, after the end of the way. */
	hasMore: boolean;
	way: Way | null;
	/** Keyspaces of its tables at the position. */
	keyspaces: ReadonlyMap<ObjectId, number>;
	problem: string;
}

export class AsyncViews {
	/** A batch ends with the commit that reaches so many changed rows. */
	batchRows = BATCH_ROWS;
	readonly #host: AsyncHost;
	readonly #progress = new Map<ObjectId, Progress>();
	#isScheduled = false;

	constructor(host: AsyncHost) {
		this.#host = host;
		host.manager.keepsLogAfter = () => this.#leastPosition();
		if (this.#viewsOf(host.manager.catalog).length > 0) this.#schedule(0);
	}

	/** Called by every commit that has changes, after what it changes itself is known. */
	note(transaction: Transaction): void {
		for (const view of this.#viewsOf(transaction.catalog)) {
			const progress = this.#progressOf(view);
			const isSame = this.#host.manager.catalog.get(view.id) === view;
			if ((progress.isBehind && progress.hasMore) || (isSame && !this.#isConcerned(transaction, view))) continue;
			progress.isBehind = true;
			progress.hasMore = true;
			this.#schedule(0);
		}
	}

	#isConcerned(transaction: Transaction, view: ViewObject): boolean {
		const decided = this.#host.manager.catalog;
		const { tableIds } = this.#host.views.keeping(view, transaction.catalog);
		for (const id of tableIds) if (decided.get(id) !== transaction.catalog.get(id)) return true;
		return this.#host.views.isWrittenFor(transaction, view);
	}

	/** The newest offset that the visible rows of a view equal, and what kept it from coming further. */
	standing(view: ViewObject): { readonly offset: Offset; readonly problem: string } {
		const { manager } = this.#host;
		const { isBehind, problem } = this.#progressOf(view);
		const shown = positionOf(manager, view.id, manager.visibleOffset);
		return { offset: isBehind || shown !== positionOf(manager, view.id) ? shown : manager.visibleOffset, problem };
	}

	/** Brings a view to the newest decided offset, in this turn. Throws `LockWait` when its rows are locked. */
	catchUp(view: ViewObject): void {
		const progress = this.#progressOf(view);
		this.#leave(progress);
		while (progress.isBehind) while (!this.#step(view, progress));
	}

	#progressOf(view: ViewObject): Progress {
		let progress = this.#progress.get(view.id);
		if (progress === undefined) this.#progress.set(view.id, (progress = { isBehind: true, hasMore: false, way: null, keyspaces: new Map(), problem: '' }));
		return progress;
	}

	#leastPosition(): Offset {
		let least = Number.POSITIVE_INFINITY;
		const { manager } = this.#host;
		for (const view of this.#viewsOf(manager.catalog)) {
			const position = positionOf(manager, view.id);
			if (position < least) least = Math.max(0, position);
			if (manager.decidedOffset - position > POSITION_OFFSETS) this.#schedule(0);
		}
		return least;
	}

	// ---- the job ----

	#schedule(afterMs: number): void {
		if (this.#isScheduled) return;
		this.#isScheduled = true;
		this.#host.timers.after(afterMs, () => {
			this.#isScheduled = false;
			this.#turn();
		});
	}

	/** One step of the first view that has something to do. */
	#turn(): void {
		const { manager, clock } = this.#host;
		if (this.#host.isClosed() || manager.failure !== null) return;
		const startMs = clock.monotonicMs();
		const views = this.#viewsOf(manager.catalog);
		this.#forgetOthers(views);
		for (const view of views) {
			const progress = this.#progressOf(view);
			const isOld = manager.decidedOffset - positionOf(manager, view.id) > POSITION_OFFSETS;
			if (!progress.isBehind && progress.way === null && !isOld) continue;
			const restMs = this.#attempt(view, progress);
			this.#schedule(restMs ?? Math.min(REST_MS_MAX, REST_FACTOR * (clock.monotonicMs() - startMs)));
			return;
		}
	}

	/** Returns how long to wait after what went wrong. */
	#attempt(view: ViewObject, progress: Progress): number | null {
		try {
			if (progress.isBehind) this.#step(view, progress);
			else this.#writePosition(view);
			progress.problem = '';
			return null;
		} catch (error) {
			this.#leave(progress);
			if (error instanceof LockWait || error instanceof StatementRestart) return LOCKED_MS;
			const problem = error instanceof Error ? error.message : String(error);
			if (problem !== progress.problem) this.#host.failed(view, error);
			progress.problem = problem;
			return RETRY_MS;
		}
	}

	#forgetOthers(views: readonly ViewObject[]): void {
		for (const [id, progress] of this.#progress) {
			if (views.some((view) => view.id === id)) continue;
			this.#leave(progress);
			this.#progress.delete(id);
		}
	}

	#leave(progress: Progress): void {
		progress.way?.past.close();
		progress.way = null;
	}

	/** Begins the way, or goes a batch of it; true at its end. */
	#step(view: ViewObject, progress: Progress): boolean {
		if (progress.way !== null && !this.#isOpen(progress.way, view)) this.#leave(progress);
		progress.way ??= this.#begin(view, progress);
		const { way } = progress;
		if (way === null) {
			this.#fillAnew(view);
			this.#arrived(view, progress);
			return true;
		}
		const batch = way.batches[way.next++];
		if (batch !== undefined) this.#follow(way, batch);
		if (way.next < way.batches.length) return false;
		this.#leave(progress);
		this.#arrived(view, progress);
		return true;
	}

	/** Null where the view is to be filled anew. */
	#begin(view: ViewObject, progress: Progress): Way | null {
		const { manager, log } = this.#host;
		const position = positionOf(manager, view.id);
		progress.hasMore = false;
		if (position < 0) return null;
		const tables = this.#tablesOf(view, manager.catalog);
		const known = new Set([...tables].filter(([id, table]) => progress.keyspaces.get(id) === table.keyspaceId).map(([id]) => id));
		const logged = new LoggedRows({ viewId: view.id, tables, known });
		logged.read(log, position);
		if (logged.isLost) return null;
		const past = new PastStates(manager);
		try {
			return { view, past, batches: takenBack(past, batchesOf(logged.commits, this.batchRows)), next: 0, position };
		} catch (error) {
			past.close();
			throw error;
		}
	}

	#follow(way: Way, batch: Batch): void {
		const { view, past } = way;
		const { views, manager } = this.#host;
		const states = {
			transaction: past.transaction,
			withState: <T>(state: 'before' | 'after', run: () => T): T => past.at(batch[state], run),
		};
		this.#commit(view, 'shared', (transaction) => {
			views.followBetween(transaction, view, states, this.#changesOf(past, view, batch));
			setPosition(transaction, view.id, batch.offset);
		});
		way.position = positionOf(manager, view.id);
	}

	/** The rows that a batch changes, as they were before it and are after it. */
	#changesOf(past: PastStates, view: ViewObject, batch: Batch): Map<ObjectId, ChangedRows> {
		const { transaction } = past;
		const keys = new Map<ObjectId, Map<string, Uint8Array>>();
		for (const { rows } of batch.commits) {
			for (const { tableId, key } of rows) {
				let ofTable = keys.get(tableId);
				if (ofTable === undefined) keys.set(tableId, (ofTable = new Map()));
				ofTable.set(Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1'), key);
			}
		}
		const changes = new Map<ObjectId, ChangedRows>();
		for (const [id, table] of this.#tablesOf(view, transaction.catalog)) {
			const ofTable = keys.get(id);
			if (ofTable === undefined) continue;
			const rows = (mark: StatementMark): unknown[][] => past.at(mark, () => rowsWithKeys(this.#host.view, transaction, table, ofTable.values()));
			changes.set(id, { before: rows(batch.before), after: rows(batch.after) });
		}
		return changes;
	}

	#fillAnew(view: ViewObject): void {
		const { manager, views } = this.#host;
		this.#commit(view, 'exclusive', (transaction) => {
			views.fillAnew(transaction, view);
			setPosition(transaction, view.id, manager.decidedOffset);
		});
	}

	#writePosition(view: ViewObject): void {
		const { manager } = this.#host;
		this.#commit(view, 'shared', (transaction) => setPosition(transaction, view.id, manager.decidedOffset));
	}

	/** A commit of the job's own, for which nobody waits. */
	#commit(view: ViewObject, lock: 'shared' | 'exclusive', write: (transaction: OwnedTransaction) => void): void {
		const transaction = this.#host.manager.begin({ transient: true });
		try {
			transaction.startStatement();
			if (transaction.lockObject(view.materializedTableId, lock, true) !== 'granted') throw new LockWait();
			write(transaction);
			transaction.commit('os').onDurable(() => undefined);
		} finally {
			transaction.rollback();
		}
	}

	/** Nothing that it was begun with has changed. */
	#isOpen(way: Way, view: ViewObject): boolean {
		const { manager, views } = this.#host;
		const { transaction } = way.past;
		if (way.view !== view || transaction.state !== 'open' || positionOf(manager, view.id) !== way.position) return false;
		for (const id of [view.materializedTableId, ...views.keeping(view, transaction.catalog).tableIds]) {
			if (manager.catalog.get(id) !== transaction.catalog.get(id)) return false;
		}
		return true;
	}

	#arrived(view: ViewObject, progress: Progress): void {
		progress.keyspaces = new Map([...this.#tablesOf(view, this.#host.manager.catalog)].map(([id, table]) => [id, table.keyspaceId]));
		progress.isBehind = progress.hasMore;
	}

	#tablesOf(view: ViewObject, catalog: CatalogVersion): Map<ObjectId, TableObject> {
		const tables = new Map<ObjectId, TableObject>();
		for (const id of this.#host.views.keeping(view, catalog).tableIds) {
			const table = catalog.get(id);
			if (table?.kind === 'table') tables.set(id, table);
		}
		return tables;
	}

	#viewsOf(catalog: CatalogVersion): readonly ViewObject[] {
		return this.#host.views.viewsOf(catalog, 'async');
	}
}

const NO_MARK: StatementMark = { snapshotOffset: 0, ownLimit: 0 };

function batchesOf(commits: readonly LoggedCommit[], rowsMax: number): Batch[] {
	const batches: Batch[] = [];
	let members: LoggedCommit[] = [];
	let rowCount = 0;
	commits.forEach((commit, i) => {
		members.push(commit);
		rowCount += commit.rows.length;
		if (rowCount < rowsMax && i + 1 < commits.length) return;
		batches.push({ offset: commit.offset, commits: members, before: NO_MARK, after: NO_MARK });
		members = [];
		rowCount = 0;
	});
	return batches;
}

/** Takes back the commits of all batches, the newest first, and marks the states between them. */
function takenBack(past: PastStates, batches: Batch[]): Batch[] {
	for (const batch of batches.toReversed()) {
		batch.after = past.mark();
		for (const { rows } of batch.commits.toReversed()) {
			for (const { inverse } of rows.toReversed()) past.takeBack({ bytes: inverse, length: inverse.length });
		}
		batch.before = past.mark();
	}
	return batches;
}
