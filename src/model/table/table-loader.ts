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
import { type PolylogError, sqlError } from '../../platform/errors.ts';
import type { BulkBuilder } from '../../storage/bulk-builder.ts';
import type { Keyspace } from '../../storage/contracts.ts';
import type { IndexObject, TableObject } from '../../transaction/catalog-objects.ts';
import type { Transaction } from '../../transaction/contracts.ts';
import { appendBytes, GrowingKeyBuffer } from '../../value/key-buffer.ts';
import { keyReader, keySkipper } from '../../value/key-codec.ts';
import { uniqueViolation } from './constraint-errors.ts';
import { StatementScope } from './statement-scope.ts';
import type { IndexCodec } from './table-codec.ts';
import type { Tables } from './table-model.ts';
import { RowWriter } from './table-writer.ts';
import type { WritePlan } from './write-plan.ts';

interface IndexLoad {
	readonly codec: IndexCodec;
	readonly builder: BulkBuilder;
}

export class TableLoader {
	/** Rows taken so far. */
	rowCount = 0;
	readonly #tables: Tables;
	readonly #transaction: Transaction;
	readonly #plan: WritePlan;
	readonly #writer: RowWriter;
	readonly #rows: Keyspace;
	/** Foreign keys are known to hold. */
	readonly #isChecked: boolean;
	/** Rows that wait for the choice between the two ways; null once it was made. */
	#waiting: unknown[][] | null;
	#rowBuilder: BulkBuilder | null = null;
	#indexes: readonly IndexLoad[] = [];
	readonly #key = new GrowingKeyBuffer(256);
	readonly #row = new GrowingKeyBuffer(1024);

	constructor(tables: Tables, transaction: Transaction, table: TableObject, mayBulk: boolean, isChecked: boolean) {
		this.#tables = tables;
		this.#transaction = transaction;
		this.#plan = tables.plan(transaction.catalog, table);
		this.#isChecked = isChecked;
		this.#writer = isChecked ? new RowWriter(this.#plan, transaction, new StatementScope(tables, transaction), true) : tables.rowWriter(transaction, table);
		this.#rows = this.#writer.rows;
		this.#waiting = mayBulk && isLoadable(this.#plan) ? [] : null;
	}

	get isBulk(): boolean {
		return this.#rowBuilder !== null;
	}

	insert(rows: readonly unknown[][]): void {
		const waiting = this.#waiting;
		if (waiting === null) {
			this.#take(rows);
		} else if (waiting.length + rows.length < this.#tables.bulkRowsMin) {
			for (const row of rows) waiting.push(row);
		} else {
			const all = [...waiting, ...rows];
			if (this.#mayStart()) {
				// Whatever may have to wait comes before the files are begun.
				this.#writer.prepareAll(all, !this.#isChecked);
				this.#start();
				for (const row of all) this.#add(row);
			} else {
				this.#take(all);
			}
			this.#waiting = null;
		}
		this.rowCount += rows.length;
	}

	/** Ends the load in steps of about `budget` entries; true when it is complete. */
	step(budget: number): boolean {
		if (this.#waiting !== null) {
			this.#take(this.#waiting);
			this.#waiting = null;
		}
		if (this.#rowBuilder === null) {
			this.#writer.finish();
			return true;
		}
		if (!this.#rowBuilder.finishStep(budget)) return false;
		for (const { builder } of this.#indexes) if (!builder.finishStep(budget)) return false;
		return true;
	}

	#take(rows: readonly unknown[][]): void {
		if (this.#rowBuilder !== null) {
			this.#writer.prepareAll(rows, !this.#isChecked);
			for (const row of rows) this.#add(row);
		} else if (this.#isChecked) {
			for (const row of rows) this.#writer.insertChecked(row);
		} else {
			for (const row of rows) this.#writer.insert(row);
		}
	}

	/** The table is empty, and nobody else is about to write to it. */
	#mayStart(): boolean {
		const transaction = this.#transaction;
		if (!this.#isChecked && transaction.lockObject(this.#plan.table.id, 'exclusive', true) !== 'granted') return false;
		const cursor = transaction.cursorNewest(this.#rows, null, null, false);
		const isEmpty = !cursor.next();
		cursor.close();
		return isEmpty;
	}

	#start(): void {
		const { primary, codec, unique } = this.#plan;
		if (primary === null) this.#tables.rowNumbers.prime(this.#transaction, this.#rows);
		// Columns are written anew from the files anyway, and row numbers come once.
		const ofRowNumbers = { mayOverlap: this.#plan.table.engine === 'columnar' };
		this.#rowBuilder = this.#transaction.bulk(this.#rows, primary === null ? ofRowNumbers : { onDuplicate: (key) => this.#refuse(primary.index, key) });
		this.#indexes = codec.secondary.map((index) => {
			const isUnique = index.isUniqueLayout && unique.some((one) => one.codec === index);
			const options = isUnique ? { onDuplicate: (key: Uint8Array) => this.#refuse(index.index, key) } : {};
			return { codec: index, builder: this.#transaction.bulk(this.#tables.keyspaces(index.index.keyspaceId), options) };
		});
	}

	#add(row: unknown[]): void {
		const { codec, primary, program } = this.#plan;
		const key = this.#key;
		const bytes = this.#row;
		key.length = 0;
		bytes.length = 0;
		if (primary !== null) codec.writeKey(row, key);
		else {
			codec.writeSort(row, key);
			this.#tables.rowNumbers.next(this.#transaction, this.#rows, key);
		}
		codec.encodeRow(row, bytes);
		this.#rowBuilder!.add(key.bytes, 0, key.length, bytes.bytes, 0, bytes.length);
		program?.hold(row);
		for (const { codec: index, builder } of this.#indexes) {
			const entry = this.#tables.buffers.indexKey;
			if (index.isElements) {
				for (const element of index.elements(row)) {
					entry.length = 0;
					index.writeElement(element, entry);
					this.#addEntry(index, builder, false);
				}
				continue;
			}
			entry.length = 0;
			let hasNull: boolean;
			if (index.isComputed) {
				const values = program?.indexValues(index.index, row) ?? null;
				if (values === null) continue;
				hasNull = index.writeValues(values, entry);
			} else {
				hasNull = index.writeFromRow(row, entry);
			}
			this.#addEntry(index, builder, hasNull);
		}
		program?.release();
	}

	/** The entry of the row whose key and bytes were written last; its own key columns are written. */
	#addEntry(index: IndexCodec, builder: BulkBuilder, hasNull: boolean): void {
		const entry = this.#tables.buffers.indexKey;
		const [key, bytes] = [this.#key, this.#row];
		const carries = index.carriesRowKey(hasNull);
		if (carries) appendBytes(entry, key.bytes, 0, key.length);
		const value = index.value(carries, key.bytes, 0, key.length, bytes.bytes, 0, bytes.length);
		builder.add(entry.bytes, 0, entry.length, value.bytes, 0, value.length);
	}

	#refuse(index: IndexObject, key: Uint8Array): never {
		throw uniqueViolation(this.#plan, index, this.#valuesOf(index, key)) satisfies PolylogError;
	}

	/** The values that a key was made from, as far as they can be read back. */
	#valuesOf(index: IndexObject, key: Uint8Array): unknown[] {
		const { codec } = this.#plan;
		const values: unknown[] = [];
		let at = 0;
		for (const column of index.columns) {
			const type = column.column === 0 ? codec.catalog.typeByOid(column.typeOid ?? 0)! : codec.typeOf(column.column);
			const reader = keyReader(type, column.descending, column.nullsFirst, codec.catalog);
			if (reader === null) throw this.#withoutValues(index);
			values.push(reader.read(key, at));
			at = keySkipper(type, column.descending, column.nullsFirst, codec.catalog)(key, at);
		}
		return values;
	}

	#withoutValues(index: IndexObject): PolylogError {
		const { table, schemaName } = this.#plan;
		return sqlError('23505', `duplicate key value violates unique constraint "${index.name}"`, {
			schema: schemaName,
			table: table.name,
			constraint: index.name,
		});
	}
}

/** True when nothing but the rows themselves has to be looked at while they are loaded. */
function isLoadable(plan: WritePlan): boolean {
	if (plan.unfinished.length > 0 || plan.unique.some((unique) => unique.deferrable)) return false;
	return plan.references.every((key) => key.parent.id !== plan.table.id && !key.constraint.deferrable);
}
