/**
 * The table that holds a kept view's rows: the columns of the view, then hidden ones, the first of which is the key that names the row.
 * `RowStore` reads and changes it, within a commit.
 */
import type { TableModel, TableWriter } from '../model/table/contracts.ts';
import type { TableObject } from '../transaction/catalog-objects.ts';
import type { Transaction } from '../transaction/contracts.ts';

export const KEY_COLUMN = 'polylog_key';

export class RowStore {
	readonly #writer: TableWriter;
	readonly #keyOf: (row: readonly unknown[]) => Uint8Array;
	readonly #keyPlace: number;
	readonly #width: number;

	constructor(tables: TableModel, transaction: Transaction, table: TableObject, keyPlace: number) {
		this.#writer = tables.writer(transaction, table);
		const access = tables.access(transaction.catalog, table);
		this.#keyOf = (row) => access.key(row);
		this.#keyPlace = keyPlace;
		this.#width = table.columns.length;
	}

	/** The stored row of this name, or null. */
	fetch(name: Uint8Array): unknown[] | null {
		return this.#writer.fetch(this.#keyOf(this.#named(name)));
	}

	/** Puts a row in the place of `before` (null: there was none). */
	put(before: readonly unknown[] | null, row: unknown[]): void {
		if (before === null) this.#writer.insert(row);
		else this.#writer.update(this.#keyOf(before), before, row, []);
	}

	remove(row: readonly unknown[]): void {
		this.#writer.delete(this.#keyOf(row), row);
	}

	finish(): void {
		this.#writer.finish();
	}

	#named(name: Uint8Array): unknown[] {
		const row: unknown[] = new Array(this.#width).fill(null);
		row[this.#keyPlace] = name;
		return row;
	}
}
