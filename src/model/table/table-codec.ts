/**
 * Tables ↔ bytes: rows, row keys, and the entries of indexes. A codec belongs to one version of a table's definition and is
 * kept with it; it reads no store, so that the applier can use it.
 *
 * The key of a row is its primary key's columns, each as `value/key-codec.ts` writes it; without a primary key it is a row
 * number of `ROW_NUMBER_BYTES` bytes, big-endian.
 *
 * Entries of an index (docs/formats/table.md): the key is the index's columns, followed by the row's key unless the index is
 * unique. The value begins with varint(2 × byte count of the row's key + 1 if it stands in the entry's key); for a unique
 * index the row's key follows, then for any index the INCLUDE columns as a row. A unique index treats entries with a null
 * among their columns as a plain one does (unless NULLS NOT DISTINCT); so does one whose constraint is deferrable, for all.
 * An inverted index is a plain one over the elements of an array, with an entry for each. An index whose columns hold the primary
 * key (`holdsRowKey`) has entries without a row's key. In a spatial index the place on its curve (`spatial-key.ts`) stands for the columns.
 */
import { readVarint, varintBytes } from '../../bytes/varint.ts';
import { invariant } from '../../platform/errors.ts';
import type { ColumnObject, IndexObject, ObjectId, TableObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../../transaction/contracts.ts';
import { TEXT } from '../../value/builtin-types.ts';
import { appendBytes, GrowingKeyBuffer, type KeyTarget, reserveBytes } from '../../value/key-buffer.ts';
import { type KeyWriter, keyWriter } from '../../value/key-codec.ts';
import type { PgArray } from '../../value/pg-array.ts';
import { columnGetter, type RowEncoder, RowLayout, rowDecoder, rowEncoder } from '../../value/row-format.ts';
import { defaultTextSettings } from '../../value/text-settings.ts';
import type { Type } from '../../value/type.ts';
import { parseText } from '../../value/value-text.ts';
import type { ColumnGetter } from './contracts.ts';
import { SpatialKey } from './spatial-key.ts';

export const ROW_NUMBER_BYTES = 6;

/** User types: their definition can change under the table's. */
const FIRST_USER_TYPE = 16384;

export class IndexCodec {
	readonly index: IndexObject;
	/** Null for an expression whose type is not stored. */
	readonly writers: readonly KeyWriter[];
	/** Place of each key column among the live values of a row; −1 for an expression. */
	readonly places: readonly number[];
	/** Getters of the key columns from the row's bytes; empty when `isComputed`. */
	readonly getters: readonly ColumnGetter[];
	/** Of a spatial index: writes the place on its curve, which stands for the key columns. */
	readonly spatial: SpatialKey | null;
	/** It has expressions, a predicate or elements: its keys are computed by the writer and carried by the change. */
	readonly isComputed: boolean;
	/** An inverted index: a row has an entry for each element of an array (`elements`). */
	readonly isElements: boolean;
	/** The key of an entry is unique by itself (see the header). */
	readonly isUniqueLayout: boolean;
	/** The key of a row is made of the columns: entries carry none. */
	readonly holdsRowKey: boolean;
	readonly includePlaces: readonly number[];
	readonly includeGetters: readonly ColumnGetter[];
	readonly includeLayout: RowLayout | null;
	readonly encodeInclude: RowEncoder | null;
	readonly #value: GrowingKeyBuffer;
	readonly #included: unknown[];

	constructor(codec: TableCodec, index: IndexObject, catalog: CatalogVersion) {
		this.index = index;
		this.isElements = index.columns[0]?.each === true;
		this.isComputed = index.predicateText !== null || this.isElements || index.columns.some((column) => column.column === 0);
		this.places = index.columns.map((column) => (column.column === 0 ? -1 : codec.placeOf(column.column)));
		this.writers = index.columns.map((column) => {
			const type = column.column === 0 ? catalog.typeByOid(column.typeOid ?? 0) : keyType(codec.typeOf(column.column), column.each === true, catalog);
			invariant(type !== undefined, `the type of an expression in index ${index.name} is stored`);
			return keyWriter(type, column.descending, column.nullsFirst, catalog);
		});
		this.spatial =
			index.spatial === undefined
				? null
				: new SpatialKey(
						index.spatial.frames,
						index.columns.map((column) => codec.typeOf(column.column)),
					);
		this.getters = this.isComputed ? [] : index.columns.map((column) => codec.getter(column.column));
		this.holdsRowKey = index.holdsRowKey === true;
		this.isUniqueLayout = index.unique && !isDeferrable(codec.table, index, catalog);
		this.includePlaces = index.include.map((number) => codec.placeOf(number));
		this.includeGetters = index.include.map((number) => codec.getter(number));
		const included = index.include.map((number) => codec.layout.columns[codec.columnIndex(number)]!);
		this.includeLayout =
			included.length === 0
				? null
				: new RowLayout(
						included.map((column) => ({ type: column.type, typmod: column.typmod, addedIn: 1, dropped: false, missing: null })),
						1,
						catalog,
					);
		this.encodeInclude = this.includeLayout === null ? null : rowEncoder(this.includeLayout);
		this.#value = new GrowingKeyBuffer(64);
		this.#included = included.map(() => null);
	}

	/** True when the entry's key must carry the row's key. */
	carriesRowKey(hasNull: boolean): boolean {
		return !this.holdsRowKey && (!this.isUniqueLayout || (hasNull && !this.index.nullsNotDistinct));
	}

	/** Appends the key columns from a row's bytes to `target`; true when one is null. */
	writeFromBytes(row: Uint8Array, start: number, end: number, target: KeyTarget): boolean {
		const { getters, writers, spatial } = this;
		if (spatial !== null) return spatial.writeFromBytes(getters, row, start, end, target);
		let hasNull = false;
		for (let index = 0; index < getters.length; index++) {
			const value = getters[index]!(row, start, end);
			if (value === null) hasNull = true;
			writers[index]!(value, target);
		}
		return hasNull;
	}

	/** Appends the key columns from a row's values to `target`; true when one is null. Not for computed indexes. */
	writeFromRow(row: readonly unknown[], target: KeyTarget): boolean {
		const { places, writers, spatial } = this;
		if (spatial !== null) return spatial.writeFromRow(row, places, target);
		let hasNull = false;
		for (let index = 0; index < places.length; index++) {
			const value = row[places[index]!];
			if (value === null) hasNull = true;
			writers[index]!(value, target);
		}
		return hasNull;
	}

	/** The elements for which a row has entries in an inverted index. */
	elements(row: readonly unknown[]): ReadonlySet<unknown> {
		const array = row[this.places[0]!] as PgArray | null;
		const found = new Set(array === null ? [] : array.elements);
		found.delete(null);
		return found;
	}

	/** Writes the key for an element. */
	writeElement(element: unknown, target: KeyTarget): void {
		this.writers[0]!(element, target);
	}

	/** Appends computed key values; true when one is null. */
	writeValues(values: readonly unknown[], target: KeyTarget): boolean {
		if (this.spatial !== null) return this.spatial.writeValues(values, target);
		let hasNull = false;
		for (let index = 0; index < this.writers.length; index++) {
			const value = values[index] ?? null;
			if (value === null) hasNull = true;
			this.writers[index]!(value, target);
		}
		return hasNull;
	}

	/** The entry's value, valid until the next call; `row` gives the INCLUDE columns. */
	value(carriesRowKey: boolean, rowKey: Uint8Array, keyStart: number, keyLength: number, row: Uint8Array, rowStart: number, rowEnd: number): GrowingKeyBuffer {
		const value = this.#value;
		value.reset();
		writeVarintTo(value, this.holdsRowKey ? 0 : keyLength * 2 + (carriesRowKey ? 1 : 0));
		if (!carriesRowKey && !this.holdsRowKey) appendBytes(value, rowKey, keyStart, keyStart + keyLength);
		if (this.encodeInclude !== null) {
			const included = this.#included;
			for (let index = 0; index < included.length; index++) included[index] = this.includeGetters[index]!(row, rowStart, rowEnd);
			this.encodeInclude(included, value);
		}
		return value;
	}
}

function keyType(type: Type, each: boolean, catalog: CatalogVersion): Type | undefined {
	return each ? catalog.typeByOid(type.elementOid) : type;
}

function isDeferrable(table: TableObject, index: IndexObject, catalog: CatalogVersion): boolean {
	for (const id of table.constraintIds) {
		const constraint = catalog.get(id);
		if (constraint?.kind === 'constraint' && constraint.indexId === index.id && constraint.type !== 'foreign' && constraint.deferrable) return true;
	}
	return false;
}

/** Where the row's key lies in an entry: start and byte count go to `place`, in the key or the value as `place.inKey` says. */
export interface RowKeyPlace {
	inKey: boolean;
	start: number;
	length: number;
}

export function findRowKey(keyEnd: number, value: Uint8Array, valueStart: number, place: RowKeyPlace): void {
	const head = readVarint(value, valueStart);
	place.inKey = (head & 1) === 1;
	place.length = Math.floor(head / 2);
	place.start = place.inKey ? keyEnd - place.length : valueStart + varintBytes(head);
}

/** Where the INCLUDE row begins in an entry's value. */
export function includeStart(value: Uint8Array, valueStart: number): number {
	const head = readVarint(value, valueStart);
	return valueStart + varintBytes(head) + ((head & 1) === 1 ? 0 : Math.floor(head / 2));
}

export function writeVarintTo(target: KeyTarget, value: number): void {
	reserveBytes(target, 8);
	let rest = value;
	const bytes = target.bytes;
	let at = target.length;
	while (rest > 0x7f) {
		bytes[at++] = (rest % 128) | 0x80;
		rest = Math.floor(rest / 128);
	}
	bytes[at++] = rest;
	target.length = at;
}

export class TableCodec {
	readonly table: TableObject;
	readonly catalog: CatalogVersion;
	readonly layout: RowLayout;
	readonly live: readonly ColumnObject[];
	readonly encodeRow: RowEncoder;
	readonly decodeRow: (buffer: Uint8Array, start: number, end: number) => unknown[];
	/** Writers of the primary key's columns and their places among live values. */
	readonly keyWriters: readonly KeyWriter[];
	readonly keyPlaces: readonly number[];
	/** Writers of the columns that stand before row numbers, and their places among live values. */
	readonly sortWriters: readonly KeyWriter[];
	readonly sortPlaces: readonly number[];
	readonly #places: Map<number, number>;
	readonly #getters: Map<number, ColumnGetter>;
	readonly #indexes: Map<ObjectId, IndexCodec>;
	/** Secondary indexes, primary left out. */
	#secondary: readonly IndexCodec[] | null;
	readonly #userTypes: readonly (readonly [number, Type | undefined])[];

	constructor(catalog: CatalogVersion, table: TableObject) {
		this.table = table;
		this.catalog = catalog;
		this.live = table.columns.filter((column) => !column.dropped);
		this.#places = new Map(this.live.map((column, place) => [column.number, place]));
		this.layout = layoutOf(table, catalog);
		this.encodeRow = rowEncoder(this.layout);
		this.decodeRow = rowDecoder(this.layout);
		this.keyPlaces = table.primaryKey.map((number) => this.placeOf(number));
		this.keyWriters = table.primaryKey.map((number) => keyWriter(this.typeOf(number), false, false, catalog));
		const sortBy = (table.sortBy ?? []).filter((number) => this.#places.has(number));
		this.sortPlaces = sortBy.map((number) => this.placeOf(number));
		this.sortWriters = sortBy.map((number) => keyWriter(this.typeOf(number), false, false, catalog));
		this.#getters = new Map();
		this.#indexes = new Map();
		this.#secondary = null;
		this.#userTypes = table.columns.filter((column) => column.typeOid >= FIRST_USER_TYPE).map((column) => [column.typeOid, catalog.typeByOid(column.typeOid)]);
	}

	/** True when the codec is right under this catalog too: types and indexes have not changed. */
	isRightFor(catalog: CatalogVersion): boolean {
		for (const [oid, type] of this.#userTypes) if (catalog.typeByOid(oid) !== type) return false;
		for (const codec of this.#indexes.values()) if (catalog.get(codec.index.id) !== codec.index) return false;
		return true;
	}

	/** Place of a column among the live values of a row. */
	placeOf(number: number): number {
		const place = this.#places.get(number);
		invariant(place !== undefined, `table ${this.table.name} has a live column ${number}`);
		return place;
	}

	/** Index of a column in `table.columns` and `layout.columns`. */
	columnIndex(number: number): number {
		return this.table.columns.findIndex((column) => column.number === number);
	}

	typeOf(number: number): Type {
		return this.layout.columns[this.columnIndex(number)]!.type;
	}

	getter(number: number): ColumnGetter {
		let getter = this.#getters.get(number);
		if (getter === undefined) {
			getter = columnGetter(this.layout, this.columnIndex(number));
			this.#getters.set(number, getter);
		}
		return getter;
	}

	/** Appends the primary key of a row's values. */
	writeKey(row: readonly unknown[], target: KeyTarget): void {
		const { keyPlaces, keyWriters } = this;
		for (let index = 0; index < keyPlaces.length; index++) keyWriters[index]!(row[keyPlaces[index]!], target);
	}

	/** Appends what a row's number stands behind. */
	writeSort(row: readonly unknown[], target: KeyTarget): void {
		for (let index = 0; index < this.sortPlaces.length; index++) this.sortWriters[index]!(row[this.sortPlaces[index]!], target);
	}

	index(id: ObjectId): IndexCodec {
		let codec = this.#indexes.get(id);
		if (codec === undefined) {
			const index = this.catalog.get(id);
			invariant(index !== undefined && index.kind === 'index', `index ${id} of table ${this.table.name} is in the catalog`);
			codec = new IndexCodec(this, index, this.catalog);
			this.#indexes.set(id, codec);
		}
		return codec;
	}

	get secondary(): readonly IndexCodec[] {
		this.#secondary ??= this.table.indexIds.map((id) => this.index(id)).filter((codec) => !codec.index.primary);
		return this.#secondary;
	}
}

function layoutOf(table: TableObject, catalog: CatalogVersion): RowLayout {
	const columns = table.columns.map((column) => {
		const type = catalog.typeByOid(column.typeOid) ?? TEXT;
		const missing = column.missingText === null || column.dropped ? null : parseText(type, column.missingText, column.typmod, catalog, defaultTextSettings);
		return { type, typmod: column.typmod, addedIn: column.addedIn, dropped: column.dropped, missing };
	});
	return new RowLayout(columns, table.schemaVersion, catalog);
}

const codecs = new WeakMap<TableObject, TableCodec>();

/** The codec of a table under a catalog; kept for as long as both stay as they are. */
export function tableCodec(catalog: CatalogVersion, table: TableObject): TableCodec {
	const kept = codecs.get(table);
	if (kept !== undefined && (kept.catalog === catalog || kept.isRightFor(catalog))) return kept;
	const made = new TableCodec(catalog, table);
	codecs.set(table, made);
	return made;
}
