/**
 * Kept views (materialized views with `refresh = commit`): every commit that changes a table which such a view reads changes the view's stored rows too, as part of
 * the same commit. So a view equals its query at every offset, whatever crashes, and its rows are logged and replayed like any table's.
 *
 * It runs in the turn in which the commit is decided: nobody else decides in between, so the state before is the newest decided one at
 * every isolation level, and concurrent changes of different tables, or of one group, meet one after the other.
 *
 * Where the changes of a table cannot be told row by row (TRUNCATE, a rewrite, a view made in this very transaction), the view is filled anew.
 */
import type { StoredGroups } from '../query/optimizer/kept-groups.ts';
import type { CatalogObject, ViewObject } from '../transaction/catalog-objects.ts';
import type { CatalogVersion, Transaction } from '../transaction/contracts.ts';
import { LockWait } from '../transaction/signals.ts';
import { RowStore } from './kept-rows.ts';
import { type ChangedRows, type ChangeStates, type Changes, type Keeping, keepingOf, rowsWithKeys, type ViewHost, ViewRun } from './kept-view.ts';

interface KeptView {
	readonly view: ViewObject;
	readonly keeping: Keeping;
	/** What it was made for: ids, the objects under them, and their sizes. */
	readonly madeFor: readonly { readonly id: number; readonly object: CatalogObject | undefined; readonly size: number }[];
}

const NONE: readonly StoredGroups[] = [];

export class KeptViews {
	readonly #host: ViewHost;
	/** The newest decided catalog. */
	readonly #decided: () => CatalogVersion;
	readonly #keepings = new WeakMap<ViewObject, KeptView>();
	readonly #views = new WeakMap<CatalogVersion, { readonly commit: ViewObject[]; readonly async: ViewObject[] }>();
	/** By the tables that they read. */
	readonly #stored = new WeakMap<CatalogVersion, Map<number, StoredGroups[]>>();

	constructor(host: ViewHost, decided: () => CatalogVersion) {
		this.#host = host;
		this.#decided = decided;
	}

	/** How a view would be kept. Throws 0A000 when it cannot be. */
	keeping(view: ViewObject, catalog: CatalogVersion): Keeping {
		const known = this.#keepings.get(view);
		if (known?.madeFor.every(({ id, object, size }) => catalog.get(id) === object && this.#sizeOf(object) === size)) return known.keeping;
		const keeping = keepingOf(this.#host, view, catalog);
		this.#keepings.set(view, {
			view,
			keeping,
			madeFor: [...keeping.tableIds].map((id) => ({ id, object: catalog.get(id), size: this.#sizeOf(catalog.get(id)) })),
		});
		return keeping;
	}

	/** The order of magnitude of a table, in powers of four: another one may ask for other joins. */
	#sizeOf(object: CatalogObject | undefined): number {
		return object?.kind === 'table' ? Math.floor(Math.log2(this.#host.rowCount(object) + 1) / 2) : 0;
	}

	/** The views with groups that read a table. A transaction's own definitions are not asked: its views and tables may be of different states. */
	storedGroups(catalog: CatalogVersion, tableId: number): readonly StoredGroups[] {
		if (catalog !== this.#decided()) return NONE;
		let byTable = this.#stored.get(catalog);
		if (byTable === undefined) this.#stored.set(catalog, (byTable = this.#findStored(catalog)));
		return byTable.get(tableId) ?? NONE;
	}

	#findStored(catalog: CatalogVersion): Map<number, StoredGroups[]> {
		const byTable = new Map<number, StoredGroups[]>();
		for (const view of this.viewsOf(catalog, 'commit')) {
			const keeping = this.keeping(view, catalog);
			const rows = catalog.get(view.materializedTableId);
			const stored = rows?.kind === 'table' ? keeping.storedGroups(view.name, rows, (plan) => this.#host.normalize(plan, catalog)) : null;
			if (stored === null) continue;
			for (const id of keeping.tableIds) byTable.set(id, [...(byTable.get(id) ?? []), stored]);
		}
		return byTable;
	}

	/** Fills the table of a view, which is empty, from the state that the transaction would leave. */
	fill(transaction: Transaction, view: ViewObject): void {
		const keeping = this.keeping(view, transaction.catalog);
		transaction.withState('after', () => {
			const store = this.#store(transaction, view);
			keeping.fill(new ViewRun(this.#host, transaction), store);
			store.finish();
		});
	}

	/** Brings the rows of a view from one state to another, which lie behind: what is written is part of `transaction`. */
	followBetween(transaction: Transaction, view: ViewObject, states: ChangeStates, changes: Changes): void {
		const store = transaction.withState('after', () => this.#store(transaction, view));
		this.keeping(view, states.transaction.catalog).follow(new ViewRun(this.#host, states.transaction, states), store, changes);
		transaction.withState('after', () => store.finish());
	}

	/** What a view reads that this transaction changes. */
	isWrittenFor(transaction: Transaction, view: ViewObject): boolean {
		for (const id of this.keeping(view, transaction.catalog).tableIds) if (this.#isWritten(transaction, transaction.catalog, id)) return true;
		return false;
	}

	/** Empties a view's table and fills it. */
	fillAnew(transaction: Transaction, view: ViewObject): void {
		const table = transaction.catalog.get(view.materializedTableId);
		if (table?.kind === 'table') this.#host.tables.truncate(transaction, table);
		this.fill(transaction, view);
	}

	/** Called by every commit that has changes. */
	maintain(transaction: Transaction): void {
		if (this.viewsOf(this.#decided(), 'commit').length === 0 && this.viewsOf(transaction.catalog, 'commit').length === 0) return;
		transaction.startStatement();
		const { catalog } = transaction;
		const work = this.#plan(transaction, catalog);
		for (const { view, isAnew } of work) {
			if (transaction.lockObject(view.materializedTableId, isAnew ? 'exclusive' : 'shared', false) === 'wait') throw new LockWait();
		}
		const changes = new Map<number, ChangedRows>();
		for (const { view, isAnew } of work) {
			if (isAnew) this.fillAnew(transaction, view);
			else this.#follow(transaction, view, changes);
		}
	}

	/** Views to follow, those that others read before these, and whether they are filled anew. */
	#plan(transaction: Transaction, catalog: CatalogVersion): { view: ViewObject; isAnew: boolean }[] {
		const before = this.#decided();
		const work: { view: ViewObject; isAnew: boolean }[] = [];
		/** Tables of views that will change, and whether they are filled anew. */
		const changing = new Map<number, boolean>();
		for (const view of this.viewsOf(catalog, 'commit')) {
			const { tableIds } = this.keeping(view, catalog);
			let isChanged = false;
			let isAnew = false;
			for (const id of tableIds) {
				const table = catalog.get(id);
				if (table?.kind !== 'table') continue;
				const old = before.get(id);
				const isOther = old?.kind !== 'table' || old.keyspaceId !== table.keyspaceId;
				isAnew ||= isOther || changing.get(id) === true;
				isChanged ||= isOther || changing.has(id) || this.#isWritten(transaction, catalog, id);
			}
			// What was changed before the view was made is in it already.
			isAnew ||= before.get(view.id) === undefined;
			if (!isChanged) continue;
			work.push({ view, isAnew });
			changing.set(view.materializedTableId, isAnew);
		}
		return work;
	}

	#isWritten(transaction: Transaction, catalog: CatalogVersion, tableId: number): boolean {
		const table = catalog.get(tableId);
		if (table?.kind !== 'table') return false;
		return transaction.wrote(this.#host.tables.access(catalog, table).rows);
	}

	#follow(transaction: Transaction, view: ViewObject, changes: Map<number, ChangedRows>): void {
		const keeping = this.keeping(view, transaction.catalog);
		for (const id of keeping.tableIds) {
			if (changes.has(id)) continue;
			const rows = this.#changedRows(transaction, id);
			if (rows !== null) changes.set(id, rows);
		}
		const store = transaction.withState('after', () => this.#store(transaction, view));
		keeping.follow(new ViewRun(this.#host, transaction), store, changes);
		transaction.withState('after', () => store.finish());
	}

	/** What the transaction has changed of a table, row by row; null: nothing. */
	#changedRows(transaction: Transaction, tableId: number): ChangedRows | null {
		const table = transaction.catalog.get(tableId);
		if (table?.kind !== 'table') return null;
		const { rows } = this.#host.tables.access(transaction.catalog, table);
		const keys: Uint8Array[] = [];
		transaction.eachWrittenKey(rows, (bytes, start, length) => keys.push(bytes.slice(start, start + length)));
		if (keys.length === 0) return null;
		const read = (state: 'before' | 'after'): unknown[][] => transaction.withState(state, () => rowsWithKeys(this.#host, transaction, table, keys));
		return { before: read('before'), after: read('after') };
	}

	#store(transaction: Transaction, view: ViewObject): RowStore {
		const table = transaction.catalog.get(view.materializedTableId);
		if (table?.kind !== 'table') throw new TypeError(`the rows of the view "${view.name}" are gone`);
		return new RowStore(this.#host.tables, transaction, table, view.columns.length);
	}

	/** The views of a catalog that follow what they read in a way, older ones first: a view only reads what was there before it. */
	viewsOf(catalog: CatalogVersion, refresh: 'commit' | 'async'): readonly ViewObject[] {
		let known = this.#views.get(catalog);
		if (known === undefined) {
			known = { commit: [], async: [] };
			for (const object of catalog.objects())
				if (object.kind === 'view' && (object.refresh === 'commit' || object.refresh === 'async')) known[object.refresh].push(object);
			for (const views of Object.values(known)) views.sort((one, other) => one.id - other.id);
			this.#views.set(catalog, known);
		}
		return known[refresh];
	}
}
