/**
 * Many rows into one table (COPY, rewrites). As long as they are few they go the way of single rows; past `bulkRowsMin` rows,
 * into an empty table that nobody else has open, they are sorted into files that the commit adopts.
 *
 * Calls: `insert` with batches, then `step` until it returns true, then the commit. `insert` and `step` may throw `LockWait`:
 * nothing of the batch was taken then, and the same call is made again after the wait.
 *
 * A bulk load must be the transaction's only change of the table: nothing reads it before the commit. So it is used for
 * statements that commit by themselves (`mayBulk`). Unique keys are checked when the files are merged.
 */
import type { Keyspace } from '../../storage/contracts.ts';
import type { IndexObject, TableObject } from '../../transaction/catalog-objects.ts';
import type { Transaction } from '../../transaction/contracts.ts';
import { BulkRows, isPlain } from './bulk-rows.ts';
import type { ColumnLoad } from './column-load.ts';
import type { SortedRowLoader, SortedRowTemplate } from './contracts.ts';
import { StatementScope } from './statement-scope.ts';
import type { Tables } from './table-model.ts';
import { RowWriter } from './table-writer.ts';
import type { WritePlan } from './write-plan.ts';

export class TableLoader {
	#rowCount = 0;
	readonly #tables: Tables;
	readonly #transaction: Transaction;
	readonly #plan: WritePlan;
	readonly #writer: RowWriter;
	readonly #rows: Keyspace;
	/** Foreign keys are known to hold. */
	readonly #isChecked: boolean;
	/** Rows that wait for the choice between the two ways; null once it was made. */
	#waiting: unknown[][] | null;
	#bulk: BulkRows | null = null;
	/** undefined: not asked for yet. */
	#columns: ColumnLoad | null | undefined = undefined;

	constructor(tables: Tables, transaction: Transaction, table: TableObject, mayBulk: boolean, isChecked: boolean) {
		this.#tables = tables;
		this.#transaction = transaction;
		this.#plan = tables.plan(transaction.catalog, table);
		this.#isChecked = isChecked;
		this.#writer = isChecked ? new RowWriter(this.#plan, transaction, new StatementScope(tables, transaction), true) : tables.rowWriter(transaction, table);
		this.#rows = this.#writer.rows;
		this.#waiting = mayBulk && isLoadable(this.#plan) ? [] : null;
	}

	/** Rows taken so far. */
	get rowCount(): number {
		return this.#rowCount + (this.#columns?.rowCount ?? 0);
	}

	get isBulk(): boolean {
		return this.#bulk !== null;
	}

	insert(rows: readonly unknown[][]): void {
		const waiting = this.#waiting;
		if (waiting === null) {
			this.#take(rows);
		} else if (waiting.length + rows.length < this.#tables.bulkRowsMin) {
			for (const row of rows) waiting.push(row);
		} else {
			const all = [...waiting, ...rows];
			if (isEmptyFor(this.#transaction, this.#plan, this.#rows, this.#isChecked)) {
				// Whatever may have to wait comes before the files are begun.
				this.#writer.prepareAll(all, !this.#isChecked);
				this.#bulk = new BulkRows(this.#tables, this.#transaction, this.#plan);
				for (const row of all) this.#bulk.add(row);
			} else {
				this.#take(all);
			}
			this.#waiting = null;
		}
		this.#rowCount += rows.length;
	}

	columns(): ColumnLoad | null {
		if (this.#columns === undefined && this.#bulk !== null) this.#columns = this.#isChecked ? null : this.#bulk.columns();
		return this.#columns ?? null;
	}

	/** Ends the load in steps of about `budget` entries; true when it is complete. */
	step(budget: number): boolean {
		if (this.#waiting !== null) {
			this.#take(this.#waiting);
			this.#waiting = null;
		}
		if (this.#bulk !== null) return this.#bulk.finishStep(budget);
		this.#writer.finish();
		return true;
	}

	#take(rows: readonly unknown[][]): void {
		if (this.#bulk !== null) {
			this.#writer.prepareAll(rows, !this.#isChecked);
			for (const row of rows) this.#bulk.add(row);
		} else if (this.#isChecked) {
			for (const row of rows) this.#writer.insertChecked(row);
		} else {
			for (const row of rows) this.#writer.insert(row);
		}
	}
}

/** The table is empty, and nobody else is about to write to it: it is locked from here on, unless it is the transaction's own (`isLocked`). */
function isEmptyFor(transaction: Transaction, plan: WritePlan, rows: Keyspace, isLocked: boolean): boolean {
	if (!isLocked && transaction.lockObject(plan.table.id, 'exclusive', true) !== 'granted') return false;
	const cursor = transaction.cursorNewest(rows, null, null, false);
	const isEmpty = !cursor.next();
	cursor.close();
	return isEmpty;
}

/** Rows that come sorted, and past the writer: those of a table that is empty and can be loaded in bulk. */
export class SortedTableLoader implements SortedRowLoader {
	readonly #writer: RowWriter;
	readonly #bulk: BulkRows;

	private constructor(writer: RowWriter, bulk: BulkRows) {
		this.#writer = writer;
		this.#bulk = bulk;
	}

	/** null when the rows must go the way of single ones. */
	static begin(tables: Tables, transaction: Transaction, table: TableObject, apart: readonly IndexObject[]): SortedTableLoader | null {
		const plan = tables.plan(transaction.catalog, table);
		const writer = tables.rowWriter(transaction, table);
		const isPossible =
			isLoadable(plan) &&
			plan.primary !== null &&
			plan.references.length === 0 &&
			plan.codec.secondary.every((index) => !apart.includes(index.index) || isPlain(index));
		if (!isPossible || !isEmptyFor(transaction, plan, writer.rows, false)) return null;
		return new SortedTableLoader(writer, new BulkRows(tables, transaction, plan, apart));
	}

	add(rows: readonly unknown[][]): void {
		this.#writer.prepareAll(rows, true);
		for (const row of rows) this.#bulk.add(row);
	}

	addEntries(place: number, rows: readonly (readonly unknown[])[]): void {
		for (const row of rows) this.#bulk.addEntry(place, row);
	}

	template(sample: readonly unknown[]): SortedRowTemplate | null {
		return this.#bulk.template(sample);
	}

	step(budget: number): boolean {
		return this.#bulk.finishStep(budget);
	}
}

/** True when nothing but the rows themselves has to be looked at while they are loaded. */
function isLoadable(plan: WritePlan): boolean {
	if (plan.unfinished.length > 0 || plan.unique.some((unique) => unique.deferrable)) return false;
	return plan.references.every((key) => key.parent.id !== plan.table.id && !key.constraint.deferrable);
}
