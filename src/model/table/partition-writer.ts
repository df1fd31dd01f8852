/**
 * Writing through partitioned and inherited tables. `SpreadWriter` is the writer of one: it gives each row to the writer of the table
 * that holds it; a row whose key is changed to another partition's is deleted here and inserted there. What is inserted into
 * an inherited table stays there; an heir's row keeps its other columns. `PartitionWriter` is that
 * of a partition which a statement names itself: its rows must be within its bounds.
 *
 * Keys are those of `keyBelow`. A row is rearranged when the partition has its columns in another order; generated values
 * that the partition computes are brought back into the row that was given.
 */
import { invariant, sqlError } from '../../platform/errors.ts';
import type { IndexObject, ObjectId, TableObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion, LockMode, Transaction } from '../../transaction/contracts.ts';
import { failingRow } from './constraint-errors.ts';
import { StatementRestart, type TableRowLoader, type TableWriter } from './contracts.ts';
import { keyBelow, partitionMap, placesBetween, splitKey } from './partitions.ts';
import { tableCodec } from './table-codec.ts';
import { TriggeredWriter } from './triggered-writer.ts';

interface Leaf {
	readonly table: TableObject;
	readonly writer: TableWriter;
	/** It has triggers. */
	readonly mayChangeRows: boolean;
	/** Places of the leaf's values in the partitioned table's rows, and the other way; null: the same. */
	readonly toLeaf: Int32Array | null;
	readonly toParent: Int32Array | null;
	/** The leaf has columns that the table above has not. */
	readonly isWider: boolean;
}

type WriterOf = (table: TableObject) => TableWriter;

/** The table that holds a row of a partitioned table, however far below. */
function leafOf(catalog: CatalogVersion, parent: TableObject, row: readonly unknown[]): TableObject {
	if (parent.partitionBy === undefined) return parent;
	const found = partitionMap(catalog, parent).require(row);
	return found.partitionBy === undefined ? found : leafOf(catalog, found, arranged(row, placesBetween(parent, found)));
}

function arranged(row: readonly unknown[], places: Int32Array | null): unknown[] {
	if (places === null) return row as unknown[];
	const result: unknown[] = new Array(places.length);
	for (let i = 0; i < places.length; i++) result[i] = row[places[i]!];
	return result;
}

export class SpreadWriter implements TableWriter {
	readonly #table: TableObject;
	readonly #catalog: CatalogVersion;
	readonly #writerOf: WriterOf;
	readonly #leaves = new Map<ObjectId, Leaf>();
	/** The row that `findConflict` saw last, and what became of it in its leaf. */
	#prepared: { readonly row: readonly unknown[]; readonly leaf: Leaf; readonly arranged: unknown[] } | null = null;

	constructor(transaction: Transaction, table: TableObject, writerOf: WriterOf) {
		this.#table = table;
		this.#catalog = transaction.catalog;
		this.#writerOf = writerOf;
	}

	insert(row: unknown[]): boolean {
		const prepared = this.#prepared?.row === row ? this.#prepared : this.#place(row);
		this.#prepared = null;
		const isStored = prepared.leaf.writer.insert(prepared.arranged);
		this.#bringBack(prepared.leaf, prepared.arranged, row);
		if (isStored) this.#requireSameLeaf(prepared.leaf, row);
		return isStored;
	}

	/** A trigger may have changed the columns that say where a row belongs. */
	#requireSameLeaf(leaf: Leaf, row: readonly unknown[]): void {
		if (!leaf.mayChangeRows || this.#table.partitionBy === undefined || leafOf(this.#catalog, this.#table, row).id === leaf.table.id) return;
		throw sqlError('0A000', 'moving row to another partition during a BEFORE FOR EACH ROW trigger is not supported');
	}

	findConflict(row: readonly unknown[], indexes: readonly IndexObject[] | null): Uint8Array | null {
		this.#prepared = this.#place(row);
		const { leaf, arranged: inner } = this.#prepared;
		const own = indexes === null ? null : indexes.map((index) => this.#indexBelow(leaf.table, index));
		const key = leaf.writer.findConflict(inner, own);
		return key === null ? null : keyBelow(leaf.table.id, key);
	}

	fetch(key: Uint8Array): unknown[] | null {
		const { leaf, inner } = this.#at(key);
		const row = leaf.writer.fetch(inner);
		return row === null ? null : arranged(row, leaf.toParent);
	}

	lock(key: Uint8Array, strength: LockMode, wait: 'wait' | 'nowait' | 'skip'): 'granted' | 'changed' | 'skipped' {
		const { leaf, inner } = this.#at(key);
		return leaf.writer.lock(inner, strength, wait);
	}

	update(key: Uint8Array, oldRow: readonly unknown[], newRow: unknown[], assigned: readonly number[]): boolean {
		const { leaf, inner } = this.#at(key);
		if (this.#table.partitionBy === undefined) return this.#updateHeir(leaf, inner, oldRow, newRow, assigned);
		let target = this.#place(newRow);
		const old = arranged(oldRow, leaf.toLeaf);
		if (target.leaf !== leaf && leaf.writer instanceof TriggeredWriter) {
			const changed = arranged(newRow, leaf.toLeaf);
			if (!leaf.writer.beforeMove(inner, old, changed, numbersIn(this.#table, leaf.table, assigned))) return false;
			this.#bringBack(leaf, changed, newRow);
			target = this.#place(newRow);
		}
		let isStored: boolean;
		if (target.leaf === leaf) isStored = leaf.writer.update(inner, old, target.arranged, numbersIn(this.#table, leaf.table, assigned));
		else isStored = leaf.writer.delete(inner, old) && target.leaf.writer.insert(target.arranged);
		this.#bringBack(target.leaf, target.arranged, newRow);
		if (isStored) this.#requireSameLeaf(target.leaf, newRow);
		return isStored;
	}

	delete(key: Uint8Array, oldRow: readonly unknown[]): boolean {
		const { leaf, inner } = this.#at(key);
		return leaf.writer.delete(inner, leaf.isWider ? wholeRow(leaf, inner) : arranged(oldRow, leaf.toLeaf));
	}

	#updateHeir(leaf: Leaf, key: Uint8Array, oldRow: readonly unknown[], newRow: unknown[], assigned: readonly number[]): boolean {
		const old = leaf.isWider ? wholeRow(leaf, key) : arranged(oldRow, leaf.toLeaf);
		const changed = leaf.isWider ? [...old] : arranged(newRow, leaf.toLeaf);
		if (leaf.isWider) for (let i = 0; i < newRow.length; i++) changed[leaf.toParent![i]!] = newRow[i];
		const isStored = leaf.writer.update(key, old, changed, numbersIn(this.#table, leaf.table, assigned));
		this.#bringBack(leaf, changed, newRow);
		return isStored;
	}

	finish(): void {
		for (const leaf of this.#leaves.values()) leaf.writer.finish();
	}

	#place(row: readonly unknown[]): { readonly row: readonly unknown[]; readonly leaf: Leaf; readonly arranged: unknown[] } {
		const leaf = this.#leaf(leafOf(this.#catalog, this.#table, row));
		return { row, leaf, arranged: arranged(row, leaf.toLeaf) };
	}

	#at(key: Uint8Array): { readonly leaf: Leaf; readonly inner: Uint8Array } {
		const { tableId, key: inner } = splitKey(key);
		const table = this.#catalog.get(tableId);
		invariant(table?.kind === 'table', `table ${tableId} below ${this.#table.name} is in the catalog`);
		return { leaf: this.#leaf(table), inner };
	}

	#leaf(table: TableObject): Leaf {
		let leaf = this.#leaves.get(table.id);
		if (leaf === undefined) {
			const toLeaf = placesBetween(this.#table, table);
			const writer = this.#writerOf(table);
			leaf = {
				table,
				writer,
				mayChangeRows: writer instanceof TriggeredWriter,
				toLeaf,
				toParent: placesBetween(table, this.#table),
				isWider: toLeaf?.includes(-1) ?? false,
			};
			this.#leaves.set(table.id, leaf);
		}
		return leaf;
	}

	#bringBack(leaf: Leaf, inner: readonly unknown[], row: unknown[]): void {
		if (leaf.toParent === null) return;
		for (let i = 0; i < row.length; i++) row[i] = inner[leaf.toParent[i]!];
	}

	/** The part of an index of the partitioned table that a leaf has. */
	#indexBelow(leaf: TableObject, index: IndexObject): IndexObject {
		if (leaf.id === this.#table.id) return index;
		const path = new Set<ObjectId>([index.id]);
		const below = (table: TableObject): IndexObject | undefined => {
			const parent = this.#catalog.get(table.partitionOf!.parentId) as TableObject;
			if (parent.id !== this.#table.id) {
				const above = below(parent);
				if (above !== undefined) path.add(above.id);
			}
			return table.indexIds
				.map((id) => this.#catalog.get(id))
				.find((i): i is IndexObject => i?.kind === 'index' && i.parentIndexId !== undefined && path.has(i.parentIndexId));
		};
		const found = below(leaf);
		if (found === undefined)
			throw sqlError('55000', `partition "${leaf.name}" has no part of index "${index.name}"`, { hint: 'Attach one with ALTER INDEX … ATTACH PARTITION.' });
		return found;
	}
}

/** The numbers that columns of a table have in one below it. */
function numbersIn(table: TableObject, below: TableObject, numbers: readonly number[]): readonly number[] {
	if (table.id === below.id) return numbers;
	return numbers.flatMap((number) => {
		const name = table.columns.find((c) => c.number === number)?.name;
		const found = below.columns.find((c) => !c.dropped && c.name === name);
		return found === undefined ? [] : [found.number];
	});
}

/** An heir's row with the columns that the table above does not know. */
function wholeRow(leaf: Leaf, key: Uint8Array): unknown[] {
	const row = leaf.writer.fetch(key);
	if (row === null) throw new StatementRestart();
	return row;
}

export class PartitionWriter implements TableWriter {
	readonly #table: TableObject;
	readonly #catalog: CatalogVersion;
	readonly #writer: TableWriter;

	constructor(transaction: Transaction, table: TableObject, writer: TableWriter) {
		this.#table = table;
		this.#catalog = transaction.catalog;
		this.#writer = writer;
	}

	insert(row: unknown[]): boolean {
		requireWithin(this.#catalog, this.#table, row);
		return this.#writer.insert(row);
	}

	findConflict(row: readonly unknown[], indexes: readonly IndexObject[] | null): Uint8Array | null {
		requireWithin(this.#catalog, this.#table, row);
		return this.#writer.findConflict(row, indexes);
	}

	fetch(key: Uint8Array): unknown[] | null {
		return this.#writer.fetch(key);
	}

	lock(key: Uint8Array, strength: LockMode, wait: 'wait' | 'nowait' | 'skip'): 'granted' | 'changed' | 'skipped' {
		return this.#writer.lock(key, strength, wait);
	}

	update(key: Uint8Array, oldRow: readonly unknown[], newRow: unknown[], assigned: readonly number[]): boolean {
		requireWithin(this.#catalog, this.#table, newRow);
		return this.#writer.update(key, oldRow, newRow, assigned);
	}

	delete(key: Uint8Array, oldRow: readonly unknown[]): boolean {
		return this.#writer.delete(key, oldRow);
	}

	finish(putsOff = false): void {
		this.#writer.finish(putsOff);
	}

	finishActions(): void {
		this.#writer.finishActions?.();
	}
}

/** True when a row belongs to a partition, and that to the one above it. */
export function isWithin(catalog: CatalogVersion, table: TableObject, row: readonly unknown[]): boolean {
	if (table.partitionOf === undefined) return true;
	const parent = catalog.get(table.partitionOf.parentId) as TableObject;
	const above = arranged(row, placesBetween(table, parent));
	return partitionMap(catalog, parent).find(above)?.id === table.id && isWithin(catalog, parent, above);
}

function requireWithin(catalog: CatalogVersion, table: TableObject, row: readonly unknown[]): void {
	if (!isWithin(catalog, table, row))
		throw sqlError('23514', `new row for relation "${table.name}" violates partition constraint`, rowFields(catalog, table, row));
}

function rowFields(catalog: CatalogVersion, table: TableObject, row: readonly unknown[]): { detail: string; schema: string; table: string } {
	return { detail: failingRow(tableCodec(catalog, table), row), schema: catalog.get(table.schemaId)?.name ?? '', table: table.name };
}

/** Rows in batches through a writer, one by one: for tables that are no single store. */
export class WriterLoader implements TableRowLoader {
	rowCount = 0;
	readonly isBulk = false;
	readonly #writer: TableWriter;

	constructor(writer: TableWriter) {
		this.#writer = writer;
	}

	insert(rows: readonly unknown[][]): void {
		for (const row of rows) this.#writer.insert(row);
		this.rowCount += rows.length;
	}

	step(): boolean {
		this.#writer.finish();
		return true;
	}
}
