/**
 * Rows and index entries of one empty table on their way into sorted files that the commit adopts, past log and memtable. The rows are
 * prepared and checked already; unique keys are checked when the files are merged.
 *
 * Calls: `add` for each row, `addEntry` for each row and each index that was named `apart`, then `finishStep` until it returns true.
 * Whoever calls in the order of a keyspace's keys spares it the sorting.
 */
import { invariant, type PolylogError, sqlError } from '../../platform/errors.ts';
import type { BulkTarget } from '../../storage/bulk-builder.ts';
import { ColumnBulkBuilder } from '../../storage/column/column-bulk-builder.ts';
import type { IndexObject } from '../../transaction/catalog-objects.ts';
import type { Transaction } from '../../transaction/contracts.ts';
import { appendBytes, GrowingKeyBuffer } from '../../value/key-buffer.ts';
import { keyReader, keySkipper } from '../../value/key-codec.ts';
import { ColumnLoad } from './column-load.ts';
import { uniqueViolation } from './constraint-errors.ts';
import type { SortedRowTemplate } from './contracts.ts';
import { RowTemplate } from './row-template.ts';
import type { IndexCodec } from './table-codec.ts';
import type { Tables } from './table-model.ts';
import type { WritePlan } from './write-plan.ts';

interface IndexLoad {
	readonly codec: IndexCodec;
	readonly builder: BulkTarget;
}

export class BulkRows {
	readonly #tables: Tables;
	readonly #transaction: Transaction;
	readonly #plan: WritePlan;
	readonly #rowBuilder: BulkTarget;
	readonly #indexes: readonly IndexLoad[];
	/** Indexes whose entries come by `addEntry`. */
	readonly #apart: readonly IndexLoad[];
	readonly #key = new GrowingKeyBuffer(256);
	readonly #row = new GrowingKeyBuffer(1024);

	constructor(tables: Tables, transaction: Transaction, plan: WritePlan, apart: readonly IndexObject[] = []) {
		const { primary, codec, unique, table } = plan;
		const rows = tables.keyspaces(table.keyspaceId);
		this.#tables = tables;
		this.#transaction = transaction;
		this.#plan = plan;
		if (primary === null) tables.rowNumbers.prime(transaction, rows);
		// Row numbers come once, and in their order unless the values to sort by stand before them; then columns are written anew from the files anyway.
		const isInOrder = codec.sortPlaces.length === 0;
		const ofRowNumbers = { isAscending: isInOrder, mayOverlap: !isInOrder };
		this.#rowBuilder = transaction.bulk(rows, primary === null ? ofRowNumbers : { onDuplicate: (key) => this.#refuse(primary.index, key) });
		const all = codec.secondary.map((index): IndexLoad => {
			const isUnique = index.isUniqueLayout && unique.some((one) => one.codec === index);
			const options = isUnique ? { onDuplicate: (key: Uint8Array) => this.#refuse(index.index, key) } : {};
			return { codec: index, builder: transaction.bulk(tables.keyspaces(index.index.keyspaceId), options) };
		});
		this.#apart = apart.map((index) => {
			const found = all.find((one) => one.codec.index.id === index.id);
			invariant(found !== undefined && isPlain(found.codec), `the entries of index ${index.name} are made from its columns`);
			return found;
		});
		this.#indexes = all.filter((one) => !this.#apart.includes(one));
	}

	add(row: readonly unknown[]): void {
		const { codec, primary, program } = this.#plan;
		const key = this.#key;
		const bytes = this.#row;
		key.length = 0;
		bytes.length = 0;
		if (primary !== null) codec.writeKey(row, key);
		else {
			codec.writeSort(row, key);
			this.#tables.rowNumbers.next(this.#transaction, this.#tables.keyspaces(this.#plan.table.keyspaceId), key);
		}
		codec.encodeRow(row, bytes);
		this.#rowBuilder.add(key.bytes, 0, key.length, bytes.bytes, 0, bytes.length);
		if (this.#indexes.length === 0) return;
		program?.hold(row);
		for (const index of this.#indexes) this.#addEntries(index, row);
		program?.release();
	}

	/** The columns of the table, for rows that need nothing but to be stored; null where they are more than that, or rows are not taken apart at once. */
	columns(): ColumnLoad | null {
		const { primary, codec, references, program, table } = this.#plan;
		const isPlain = primary === null && references.length === 0 && program === null && codec.secondary.length === 0;
		if (!isPlain || !(this.#rowBuilder instanceof ColumnBulkBuilder) || codec.live.length !== table.columns.length) return null;
		const rows = this.#tables.keyspaces(table.keyspaceId);
		return new ColumnLoad(this.#rowBuilder, this.#plan, (target) => this.#tables.rowNumbers.next(this.#transaction, rows, target));
	}

	/** The entry of a row in one of the indexes that are `apart`, by its place among them. */
	addEntry(place: number, row: readonly unknown[]): void {
		const { codec, builder } = this.#apart[place]!;
		const entry = this.#tables.buffers.indexKey;
		const key = this.#key;
		entry.length = 0;
		const hasNull = codec.writeFromRow(row, entry);
		key.length = 0;
		this.#plan.codec.writeKey(row, key);
		this.#addEntry(codec, builder, hasNull);
	}

	/** Only where nothing is computed of a row and all its indexes are `apart`. */
	template(sample: readonly unknown[]): SortedRowTemplate | null {
		const { program, codec, primary } = this.#plan;
		if (program !== null || primary === null || this.#indexes.length > 0) return null;
		const made = RowTemplate.of(
			codec,
			this.#apart.map((index) => index.codec),
			sample,
		);
		return made === null ? null : new BulkTemplate(made, this.#rowBuilder, this.#apart);
	}

	/** Ends the load in steps of about `budget` entries; true when it is complete. */
	finishStep(budget: number): boolean {
		if (!this.#rowBuilder.finishStep(budget)) return false;
		for (const { builder } of this.#indexes) if (!builder.finishStep(budget)) return false;
		for (const { builder } of this.#apart) if (!builder.finishStep(budget)) return false;
		return true;
	}

	#addEntries({ codec, builder }: IndexLoad, row: readonly unknown[]): void {
		const entry = this.#tables.buffers.indexKey;
		if (codec.isElements) {
			for (const element of codec.elements(row)) {
				entry.length = 0;
				codec.writeElement(element, entry);
				this.#addEntry(codec, builder, false);
			}
			return;
		}
		entry.length = 0;
		if (!codec.isComputed) {
			this.#addEntry(codec, builder, codec.writeFromRow(row, entry));
			return;
		}
		const values = this.#plan.program?.indexValues(codec.index, row) ?? null;
		if (values !== null) this.#addEntry(codec, builder, codec.writeValues(values, entry));
	}

	/** The entry of the row whose key and bytes were written last; its own key columns are written. */
	#addEntry(index: IndexCodec, builder: BulkTarget, hasNull: boolean): void {
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

class BulkTemplate implements SortedRowTemplate {
	readonly #template: RowTemplate;
	readonly #rows: BulkTarget;
	readonly #apart: readonly IndexLoad[];

	constructor(template: RowTemplate, rows: BulkTarget, apart: readonly IndexLoad[]) {
		this.#template = template;
		this.#rows = rows;
		this.#apart = apart;
	}

	add(integers: Float64Array, bytes: Uint8Array, start: number, end: number): boolean {
		const { key, row } = this.#template;
		if (!this.#template.fillRow(integers, bytes, start, end)) return false;
		key.fill(integers);
		this.#rows.add(key.bytes, 0, key.bytes.length, row.bytes, 0, row.length);
		return true;
	}

	addEntry(place: number, integers: Float64Array): void {
		const { key, value } = this.#template.entries[place]!;
		key.fill(integers);
		this.#apart[place]!.builder.add(key.bytes, 0, key.bytes.length, value, 0, value.length);
	}
}

/** An index whose entries hold nothing but its key columns and the row's key. */
export function isPlain(codec: IndexCodec): boolean {
	return !codec.isComputed && !codec.isElements && codec.includePlaces.length === 0;
}
