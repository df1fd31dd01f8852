/**
 * Looking along a foreign key: from a child's values to the parent row, and from a parent's values to the child rows. Reads the
 * newest state, own changes included. Values are converted where the two columns differ in type.
 */
import { equalBytes } from '../../bytes/compare-bytes.ts';
import { invariant } from '../../platform/errors.ts';
import type { Cursor, Keyspace, Slot } from '../../storage/contracts.ts';
import { ENGINE_ABILITIES } from '../../storage/engine-abilities.ts';
import type { CatalogVersion, Transaction } from '../../transaction/contracts.ts';
import { appendBytes, GrowingKeyBuffer } from '../../value/key-buffer.ts';
import { type KeyWriter, keyWriter } from '../../value/key-codec.ts';
import { representationOf } from '../../value/representation.ts';
import { defaultTextSettings } from '../../value/text-settings.ts';
import type { Type } from '../../value/type.ts';
import { formatText, parseText } from '../../value/value-text.ts';
import type { KeyspaceLookup } from './table-access.ts';
import { findRowKey, type IndexCodec, type RowKeyPlace, type TableCodec, tableCodec } from './table-codec.ts';
import type { ForeignKey } from './write-plan.ts';

type Convert = (value: unknown) => unknown;

const identity: Convert = (value) => value;

/** From a value of one column's type to the other's; equal representations need nothing. */
export function converter(from: Type, to: Type, catalog: CatalogVersion): Convert {
	if (from.oid === to.oid || representationOf(from, catalog) === representationOf(to, catalog)) return identity;
	const integers = ['int2', 'int4', 'int8', 'oid'];
	if (integers.includes(from.name) && integers.includes(to.name)) return identity;
	return (value) => parseText(to, formatText(from, value, catalog, defaultTextSettings), -1, catalog, defaultTextSettings);
}

/** Finds the parent row of child values, by the parent's primary key or unique index. */
export class ParentSearch {
	readonly key: ForeignKey;
	/** Where the lookup goes: rows, or a unique index. */
	readonly keyspace: Keyspace;
	readonly rows: Keyspace;
	readonly #isPrimary: boolean;
	readonly #writers: readonly KeyWriter[];
	/** For each part of the key: the place in a child's row, and in a parent's. */
	readonly #childPlaces: readonly number[];
	readonly #parentPlaces: readonly number[];
	readonly #converts: readonly Convert[];
	readonly #place: RowKeyPlace = { inKey: false, start: 0, length: 0 };

	constructor(key: ForeignKey, catalog: CatalogVersion, keyspaces: KeyspaceLookup) {
		this.key = key;
		const child = tableCodec(catalog, key.child);
		const parent = tableCodec(catalog, key.parent);
		const { columns, foreignColumns, indexId } = key.constraint;
		const index = catalog.get(indexId);
		invariant(index?.kind === 'index', `the index that constraint ${key.constraint.name} refers to is in the catalog`);
		const numbers = index.columns.map((column) => column.column);
		const parts = numbers.map((number) => foreignColumns.indexOf(number));
		this.rows = keyspaces(key.parent.keyspaceId);
		this.#isPrimary = index.primary;
		this.keyspace = index.primary ? this.rows : keyspaces(index.keyspaceId);
		this.#writers = index.columns.map((column) => keyWriter(parent.typeOf(column.column), column.descending, column.nullsFirst, catalog));
		this.#childPlaces = parts.map((part) => key.childPlaces[part]!);
		this.#parentPlaces = parts.map((part) => key.parentPlaces[part]!);
		this.#converts = parts.map((part) => converter(child.typeOf(columns[part]!), parent.typeOf(foreignColumns[part]!), catalog));
	}

	/** The lookup key for a child's row. */
	writeFromChild(row: readonly unknown[], target: GrowingKeyBuffer): void {
		target.length = 0;
		for (let part = 0; part < this.#writers.length; part++) this.#writers[part]!(this.#converts[part]!(row[this.#childPlaces[part]!]), target);
	}

	/** The lookup key for a parent's row. */
	writeFromParent(row: readonly unknown[], target: GrowingKeyBuffer): void {
		target.length = 0;
		for (let part = 0; part < this.#writers.length; part++) this.#writers[part]!(row[this.#parentPlaces[part]!], target);
	}

	exists(transaction: Transaction, key: GrowingKeyBuffer, slot: Slot): boolean {
		return transaction.getNewest(this.keyspace, key.bytes, key.length, slot);
	}

	/** The key of the parent row that `exists` found in `slot`; `rowKey` may be `key` itself for a primary key. */
	rowKey(key: GrowingKeyBuffer, slot: Slot, rowKey: GrowingKeyBuffer): void {
		rowKey.length = 0;
		if (this.#isPrimary) {
			appendBytes(rowKey, key.bytes, 0, key.length);
			return;
		}
		findRowKey(key.length, slot.buffer, slot.start, this.#place);
		appendBytes(rowKey, this.#place.inKey ? key.bytes : slot.buffer, this.#place.start, this.#place.start + this.#place.length);
	}
}

/** Finds the child rows of a parent's values: by an index whose first columns are the foreign key's, else by reading all. */
export class ChildSearch {
	readonly rows: Keyspace;
	readonly #codec: TableCodec;
	readonly #index: IndexCodec | null;
	/** Where entries are read: an index, or the rows. */
	readonly #keyspace: Keyspace;
	/** True when the prefix bounds the cursor. */
	readonly #isBounded: boolean;
	readonly #writers: readonly KeyWriter[];
	readonly #parentPlaces: readonly number[];
	readonly #childPlaces: readonly number[];
	readonly #converts: readonly Convert[];
	readonly #prefix = new GrowingKeyBuffer(64);
	readonly #probe = new GrowingKeyBuffer(64);

	constructor(key: ForeignKey, catalog: CatalogVersion, keyspaces: KeyspaceLookup) {
		const child = tableCodec(catalog, key.child);
		const parent = tableCodec(catalog, key.parent);
		const { columns, foreignColumns } = key.constraint;
		this.#codec = child;
		this.rows = keyspaces(key.child.keyspaceId);
		this.#index =
			child.secondary.find(
				(codec) =>
					!codec.isComputed &&
					codec.spatial === null &&
					!codec.holdsRowKey &&
					codec.index.ready &&
					leadsWith(
						codec.index.columns.map(({ column }) => column),
						columns,
					),
			) ?? null;
		const byPrimary = this.#index === null && ENGINE_ABILITIES[key.child.engine].ordered && leadsWith(key.child.primaryKey, columns);
		this.#isBounded = this.#index !== null || byPrimary;
		this.#keyspace = this.#index === null ? this.rows : keyspaces(this.#index.index.keyspaceId);
		const order =
			this.#index !== null
				? this.#index.index.columns.slice(0, columns.length).map(({ column }) => column)
				: byPrimary
					? key.child.primaryKey.slice(0, columns.length)
					: columns;
		const parts = order.map((number) => columns.indexOf(number));
		this.#parentPlaces = parts.map((part) => key.parentPlaces[part]!);
		this.#childPlaces = parts.map((part) => key.childPlaces[part]!);
		this.#converts = parts.map((part) => converter(parent.typeOf(foreignColumns[part]!), child.typeOf(columns[part]!), catalog));
		this.#writers = order.map((number, at) => {
			const column = this.#index?.index.columns[at];
			return keyWriter(child.typeOf(number), column?.descending ?? false, column?.nullsFirst ?? false, catalog);
		});
	}

	/** Keys of up to `limit` child rows of the parent row. */
	find(transaction: Transaction, parentRow: readonly unknown[], limit: number): Uint8Array[] {
		const prefix = this.#prefix;
		prefix.length = 0;
		for (let part = 0; part < this.#writers.length; part++) this.#writers[part]!(this.#converts[part]!(parentRow[this.#parentPlaces[part]!]), prefix);
		const lower = this.#isBounded ? prefix.copy() : null;
		const cursor = transaction.cursorNewest(this.#keyspace, lower, lower === null ? null : successor(lower), false);
		const found: Uint8Array[] = [];
		const place: RowKeyPlace = { inKey: false, start: 0, length: 0 };
		while (found.length < limit && cursor.next()) {
			if (this.#index !== null) {
				findRowKey(cursor.keyEnd, cursor.valueBuffer, cursor.valueStart, place);
				const from = place.inKey ? cursor.keyBuffer : cursor.valueBuffer;
				found.push(new Uint8Array(from.subarray(place.start, place.start + place.length)));
			} else if (this.#isBounded || this.#matches(cursor)) {
				found.push(new Uint8Array(cursor.keyBuffer.subarray(cursor.keyStart, cursor.keyEnd)));
			}
		}
		cursor.close();
		return found;
	}

	/** Whether the row under the cursor has the values of `#prefix`. */
	#matches(cursor: Cursor): boolean {
		const row = this.#codec.decodeRow(cursor.valueBuffer, cursor.valueStart, cursor.valueEnd);
		const probe = this.#probe;
		probe.length = 0;
		for (let part = 0; part < this.#writers.length; part++) this.#writers[part]!(row[this.#childPlaces[part]!], probe);
		return equalBytes(probe.bytes, 0, probe.length, this.#prefix.bytes, 0, this.#prefix.length);
	}
}

/** True when the first columns of a key are these, in any order. */
function leadsWith(key: readonly number[], columns: readonly number[]): boolean {
	return key.length >= columns.length && key.slice(0, columns.length).every((number) => columns.includes(number));
}

/** The least key above all that begin with `prefix`; null when there is none. */
export function successor(prefix: Uint8Array): Uint8Array | null {
	let end = prefix.length;
	while (end > 0 && prefix[end - 1] === 0xff) end--;
	if (end === 0) return null;
	const next = new Uint8Array(prefix.subarray(0, end));
	next[end - 1]!++;
	return next;
}
