/**
 * CREATE INDEX on a table with rows, in steps.
 *
 * `IndexFill` reads the rows and logs their entries. Within a transaction that holds the table's exclusive lock it is all there
 * is to do (`fillWithin`). Otherwise (`buildConcurrently`) the index object is committed first, not ready; from then on
 * every writer keeps it up to date, and the fill commits small batches of its own beside them. Each batch reads the newest
 * decided rows and commits in the same turn, so no writer comes between; a writer's later entries lie above the batch's.
 *
 * Unique indexes: a key that another row has is a duplicate, unless its holder is still open: the key is locked then, and the
 * batch waits. A writer that removes an entry of another row (both had the key, neither was seen yet) reports it
 * (`UniqueSuspects`), and the fill begins again.
 */
import { equalBytes } from '../../bytes/compare-bytes.ts';
import { type PolylogError, sqlError } from '../../platform/errors.ts';
import type { Keyspace, Slot } from '../../storage/contracts.ts';
import type { IndexObject, ObjectId } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion, Transaction } from '../../transaction/contracts.ts';
import type { TransactionManager } from '../../transaction/manager.ts';
import { TABLE_MODEL } from '../../transaction/models.ts';
import { GrowingKeyBuffer } from '../../value/key-buffer.ts';
import { indexKeyText } from './constraint-errors.ts';
import { LockWait } from './contracts.ts';
import { successor } from './foreign-key-search.ts';
import type { CodecTableAccess } from './table-access.ts';
import { ENTRIES, ENTRY_HAS_NULL, TableChange } from './table-change.ts';
import { findRowKey, type IndexCodec, type RowKeyPlace } from './table-codec.ts';
import type { Tables } from './table-model.ts';
import { TableScan } from './table-scan.ts';
import type { WritePlan } from './write-plan.ts';

const BATCH_ROWS = 500;

/** Unique indexes under construction of which a writer removed another row's entry. */
export class UniqueSuspects {
	readonly #ids = new Set<ObjectId>();

	add(id: ObjectId): void {
		this.#ids.add(id);
	}

	/** True if it was reported since the last call. */
	take(id: ObjectId): boolean {
		return this.#ids.delete(id);
	}
}

export class IndexFill {
	readonly #access: CodecTableAccess;
	readonly #plan: WritePlan;
	readonly #codec: IndexCodec;
	readonly #entries: Keyspace;
	readonly #scan: TableScan;
	readonly #change = new TableChange(16 << 10);
	readonly #key = new GrowingKeyBuffer(256);
	readonly #slot: Slot = { buffer: new Uint8Array(0), start: 0, end: 0 };
	readonly #place: RowKeyPlace = { inKey: false, start: 0, length: 0 };
	/** Others may write to the table meanwhile: keys are locked before they are looked at. */
	readonly #isConcurrent: boolean;

	constructor(tables: Tables, catalog: CatalogVersion, tableId: ObjectId, indexId: ObjectId, isConcurrent: boolean) {
		const table = catalog.get(tableId);
		if (table?.kind !== 'table') throw sqlError('42P01', `table with id ${tableId} does not exist`);
		this.#access = tables.access(catalog, table);
		this.#plan = tables.plan(catalog, table);
		this.#codec = this.#access.codec.index(indexId);
		this.#entries = tables.keyspaces(this.#codec.index.keyspaceId);
		this.#scan = new TableScan(this.#access);
		this.#isConcurrent = isConcurrent;
	}

	/** Rows read so far. */
	get rowCount(): number {
		return this.#scan.rowCount;
	}

	restart(): void {
		this.#scan.restart();
	}

	/** Fills in the entries of up to `budget` rows; true when all are in. Throws 23505 for a duplicate, `LockWait` when a key is locked by another (the step is then to be made again). */
	step(transaction: Transaction, budget: number): boolean {
		const change = this.#change;
		change.begin(ENTRIES, this.#access.table.id);
		change.varint(this.#codec.index.id);
		const headLength = change.length;
		const isDone = this.#scan.step(transaction, budget, (key, keyStart, keyEnd, row, rowStart, rowEnd) => {
			this.#add(transaction, key, keyStart, keyEnd, row, rowStart, rowEnd);
			if (this.#codec.index.unique) {
				// The next row must see this entry.
				transaction.change(TABLE_MODEL, change.bytes, change.length);
				change.length = headLength;
			}
		});
		if (change.length > headLength) transaction.change(TABLE_MODEL, change.bytes, change.length);
		return isDone;
	}

	#add(transaction: Transaction, key: Uint8Array, keyStart: number, keyEnd: number, row: Uint8Array, rowStart: number, rowEnd: number): void {
		const codec = this.#codec;
		const columns = this.#key;
		if (codec.isElements) {
			this.#addElements(key, keyStart, keyEnd, row, rowStart, rowEnd);
			return;
		}
		columns.length = 0;
		let hasNull: boolean;
		if (codec.isComputed) {
			const values = this.#values(row, rowStart, rowEnd);
			if (values === null) return;
			hasNull = codec.writeValues(values, columns);
		} else {
			hasNull = codec.writeFromBytes(row, rowStart, rowEnd, columns);
		}
		if (!codec.carriesRowKey(hasNull)) this.#requireFree(transaction, key, keyStart, keyEnd, row, rowStart, rowEnd);
		else if (codec.index.unique && (!hasNull || codec.index.nullsNotDistinct)) this.#requireAlone(transaction, row, rowStart, rowEnd);
		const change = this.#change;
		change.byte(hasNull ? ENTRY_HAS_NULL : 0);
		change.blob(columns.bytes, 0, columns.length);
		change.blob(key, keyStart, keyEnd);
		if (codec.encodeInclude === null) change.varint(0);
		else change.blob(row, rowStart, rowEnd);
	}

	#addElements(key: Uint8Array, keyStart: number, keyEnd: number, row: Uint8Array, rowStart: number, rowEnd: number): void {
		const change = this.#change;
		for (const element of this.#codec.elements(this.#access.decode(row, rowStart, rowEnd))) {
			this.#key.length = 0;
			this.#codec.writeElement(element, this.#key);
			change.byte(0);
			change.blob(this.#key.bytes, 0, this.#key.length);
			change.blob(key, keyStart, keyEnd);
			change.varint(0);
		}
	}

	#values(row: Uint8Array, start: number, end: number): unknown[] | null {
		const decoded = this.#access.decode(row, start, end);
		return this.#plan.program?.indexValues(this.#codec.index, decoded) ?? null;
	}

	/** The key in `#key` has no entry of another row, and nobody is about to make one. */
	#requireFree(transaction: Transaction, key: Uint8Array, keyStart: number, keyEnd: number, row: Uint8Array, rowStart: number, rowEnd: number): void {
		const columns = this.#key;
		if (this.#isConcurrent && transaction.lock(this.#entries.id, columns.bytes, columns.length, 'update', false) === 'wait') throw new LockWait();
		const slot = this.#slot;
		if (!transaction.getNewest(this.#entries, columns.bytes, columns.length, slot)) return;
		const place = this.#place;
		findRowKey(columns.length, slot.buffer, slot.start, place);
		if (equalBytes(slot.buffer, place.start, place.start + place.length, key, keyStart, keyEnd)) return;
		throw this.#duplicate(row, rowStart, rowEnd);
	}

	/** The same for an index of a deferrable constraint, where entries of one key stand side by side. */
	#requireAlone(transaction: Transaction, row: Uint8Array, rowStart: number, rowEnd: number): void {
		const columns = this.#key.copy();
		const cursor = transaction.cursorNewest(this.#entries, columns, successor(columns), false);
		const isThere = cursor.next();
		cursor.close();
		if (isThere) throw this.#duplicate(row, rowStart, rowEnd);
	}

	#duplicate(row: Uint8Array, start: number, end: number): PolylogError {
		const { index } = this.#codec;
		const { codec } = this.#access;
		const decoded = this.#access.decode(row, start, end);
		const isPlain = index.columns.every(({ column }) => column !== 0);
		const values = isPlain ? index.columns.map(({ column }) => decoded[codec.placeOf(column)]) : (this.#values(row, start, end) ?? []);
		return sqlError('23505', `could not create unique index "${index.name}"`, {
			detail: `Key ${indexKeyText(codec, index, values)} is duplicated.`,
			schema: this.#plan.schemaName,
			table: this.#access.table.name,
			constraint: index.name,
		});
	}
}

/** Gives other work a turn; may throw to cancel. */
export type Pause = () => Promise<void>;

/**
 * Fills an index within the transaction that made it (its table is locked exclusively, or as new as the index), and marks it
 * ready. The transaction's other own changes to the table are seen.
 */
export async function fillWithin(tables: Tables, transaction: Transaction, tableId: ObjectId, indexId: ObjectId, pause: Pause): Promise<void> {
	const fill = new IndexFill(tables, transaction.catalog, tableId, indexId, false);
	while (!fill.step(transaction, BATCH_ROWS)) await pause();
	markReady(transaction, indexId);
}

/** The same without a pause, for tables that are known to be small or new. */
export function fillNow(tables: Tables, transaction: Transaction, tableId: ObjectId, indexId: ObjectId): void {
	const fill = new IndexFill(tables, transaction.catalog, tableId, indexId, false);
	while (!fill.step(transaction, BATCH_ROWS));
	markReady(transaction, indexId);
}

/**
 * Fills a committed index that is not ready, beside writers, then marks it ready in a commit of its own. When it fails, the
 * index is dropped again and the error thrown.
 */
export async function buildConcurrently(tables: Tables, manager: TransactionManager, tableId: ObjectId, indexId: ObjectId, pause: Pause): Promise<void> {
	try {
		const fill = new IndexFill(tables, manager.catalog, tableId, indexId, true);
		do {
			tables.suspects.take(indexId);
			fill.restart();
			while (!(await fillBatch(manager, fill))) await pause();
		} while (tables.suspects.take(indexId));
	} catch (error) {
		await endBuild(manager, tableId, (transaction) => dropIndex(transaction, tableId, indexId));
		throw error;
	}
	await endBuild(manager, tableId, (transaction) => markReady(transaction, indexId));
}

async function fillBatch(manager: TransactionManager, fill: IndexFill): Promise<boolean> {
	for (;;) {
		const transaction = manager.begin({ transient: true });
		try {
			const isDone = fill.step(transaction, BATCH_ROWS);
			transaction.commit('memory');
			return isDone;
		} catch (error) {
			const waiting = error instanceof LockWait ? transaction.waiting : null;
			if (waiting === null) {
				transaction.rollback();
				throw error;
			}
			await waiting.finally(() => transaction.rollback());
		}
	}
}

/** Makes the last change of a build when nobody writes with the definition before. */
async function endBuild(manager: TransactionManager, tableId: ObjectId, change: (transaction: Transaction) => void): Promise<void> {
	const transaction = manager.begin();
	try {
		transaction.startStatement();
		while (transaction.lockObject(tableId, 'exclusive', false) === 'wait') {
			await transaction.waiting;
			transaction.startStatement();
		}
		change(transaction);
		await transaction.commit('disk').wait();
	} finally {
		transaction.rollback();
	}
}

function markReady(transaction: Transaction, indexId: ObjectId): void {
	const index = transaction.catalog.get(indexId);
	if (index?.kind === 'index' && !index.ready) transaction.changeCatalog(indexId, { ...index, ready: true } satisfies IndexObject);
}

/** Takes an index and what stands on it from the catalog. */
function dropIndex(transaction: Transaction, tableId: ObjectId, indexId: ObjectId): void {
	const table = transaction.catalog.get(tableId);
	if (table?.kind === 'table') {
		const constraintIds = table.constraintIds.filter((id) => {
			const constraint = transaction.catalog.get(id);
			return !(constraint?.kind === 'constraint' && constraint.indexId === indexId && constraint.type !== 'foreign');
		});
		for (const id of table.constraintIds) if (!constraintIds.includes(id)) transaction.changeCatalog(id, null);
		transaction.changeCatalog(tableId, { ...table, indexIds: table.indexIds.filter((id) => id !== indexId), constraintIds });
	}
	if (transaction.catalog.get(indexId) !== undefined) transaction.changeCatalog(indexId, null);
}

/** After a crash: indexes whose build did not end are dropped. Called once, when a database is opened. */
export function dropUnfinished(manager: TransactionManager): void {
	const unfinished = [...manager.catalog.objects()].filter((object) => object.kind === 'index' && !object.ready) as IndexObject[];
	if (unfinished.length === 0) return;
	const transaction = manager.begin({ transient: true });
	for (const index of unfinished) dropIndex(transaction, index.tableId, index.id);
	transaction.commit('disk');
}
