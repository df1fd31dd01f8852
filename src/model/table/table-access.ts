/**
 * How the executor reads a table and its indexes: getters over bytes, writers of bounds. Kept with the codec of the table's
 * definition; the layout of entries is in `table-codec.ts`.
 */
import { invariant } from '../../platform/errors.ts';
import type { Keyspace } from '../../storage/contracts.ts';
import type { IndexObject, ObjectId, TableObject } from '../../transaction/catalog-objects.ts';
import { appendBytes, GrowingKeyBuffer } from '../../value/key-buffer.ts';
import { type KeyReader, keyReader, keySkipper } from '../../value/key-codec.ts';
import { type ColumnPart, columnGetter, inlineGetter, inlineIsCurrent, partGetter } from '../../value/row-format.ts';
import type { Type } from '../../value/type.ts';
import type { ColumnAccess, ColumnGetter, IndexAccess, KeyBuffer, KeyPartWriter, TableAccess } from './contracts.ts';
import { SpatialAccess } from './spatial-access.ts';
import { findRowKey, includeStart, type RowKeyPlace, type TableCodec } from './table-codec.ts';

type EntryGetter = (keyBuffer: Uint8Array, keyStart: number, keyEnd: number, valueBuffer: Uint8Array, valueStart: number, valueEnd: number) => unknown;
type Skip = (bytes: Uint8Array, start: number) => number;

/** Finds keyspaces by id. */
export type KeyspaceLookup = (id: number) => Keyspace;

interface KeyColumn {
	readonly type: Type;
	readonly descending: boolean;
	readonly nullsFirst: boolean;
}

export class CodecTableAccess implements TableAccess {
	readonly table: TableObject;
	readonly rows: Keyspace;
	readonly codec: TableCodec;
	readonly #keyspaces: KeyspaceLookup;
	readonly #key = new GrowingKeyBuffer(64);
	readonly #indexes = new Map<ObjectId, IndexAccess>();
	#primary: IndexAccess | null | undefined = undefined;

	constructor(codec: TableCodec, keyspaces: KeyspaceLookup) {
		this.table = codec.table;
		this.codec = codec;
		this.rows = keyspaces(codec.table.keyspaceId);
		this.#keyspaces = keyspaces;
	}

	getter(attribute: number): ColumnGetter {
		return this.codec.getter(attribute);
	}

	partGetter(attribute: number, part: ColumnPart): ColumnGetter {
		return partGetter(this.codec.layout, this.codec.columnIndex(attribute), part);
	}

	inlineGetter(attribute: number, buffer: string, start: string): string | null {
		return inlineGetter(this.codec.layout, this.codec.columnIndex(attribute), buffer, start);
	}

	inlineIsCurrent(buffer: string, start: string): string {
		return inlineIsCurrent(this.codec.layout, buffer, start);
	}

	decode(buffer: Uint8Array, start: number, end: number): unknown[] {
		return this.codec.decodeRow(buffer, start, end);
	}

	key(row: readonly unknown[]): Uint8Array {
		invariant(this.table.primaryKey.length > 0, `table ${this.table.name} has a primary key`);
		const target = this.#key;
		target.length = 0;
		this.codec.writeKey(row, target);
		return target.copy();
	}

	indexAccess(index: IndexObject): IndexAccess {
		if (index.primary) return this.primary!;
		let access = this.#indexes.get(index.id);
		if (access === undefined) {
			access = new SecondaryAccess(this.codec, index, this.#keyspaces(index.keyspaceId));
			this.#indexes.set(index.id, access);
		}
		return access;
	}

	columnAccess(index: IndexObject | null): ColumnAccess {
		const { codec } = this;
		if (index === null) {
			return {
				keyspace: this.rows,
				column: (attribute) => {
					const { representation, value } = codec.layout.places[codec.columnIndex(attribute)]!;
					return { attribute, representation, value, getter: codec.getter(attribute) };
				},
			};
		}
		const { includeLayout } = codec.index(index.id);
		invariant(includeLayout !== null, `columnar index ${index.name} has columns`);
		return {
			keyspace: this.#keyspaces(index.keyspaceId),
			column: (attribute) => {
				const at = index.include.indexOf(attribute);
				const { representation, value } = includeLayout.places[at]!;
				const getter = columnGetter(includeLayout, at);
				return { attribute, representation, value, getter: (buffer, start, end) => getter(buffer, includeStart(buffer, start), end) };
			},
		};
	}

	get primary(): IndexAccess | null {
		if (this.#primary === undefined) this.#primary = this.table.primaryKey.length === 0 ? null : new PrimaryAccess(this.codec, this.rows);
		return this.#primary;
	}
}

/** The rows themselves, in the order of the primary key. */
class PrimaryAccess implements IndexAccess {
	readonly keyspace: Keyspace;
	readonly parts: readonly KeyPartWriter[];
	readonly hasUniqueKeys = true;
	readonly spatial = null;
	readonly #codec: TableCodec;

	constructor(codec: TableCodec, keyspace: Keyspace) {
		this.keyspace = keyspace;
		this.parts = codec.keyWriters;
		this.#codec = codec;
	}

	entryGetter(attribute: number): EntryGetter {
		const getter = this.#codec.getter(attribute);
		return (_key, _keyStart, _keyEnd, value, valueStart, valueEnd) => getter(value, valueStart, valueEnd);
	}

	rowKey(key: Uint8Array, keyStart: number, keyEnd: number, _value: Uint8Array, _valueStart: number, _valueEnd: number, target: KeyBuffer): void {
		target.reset();
		appendBytes(target, key, keyStart, keyEnd);
	}
}

class SecondaryAccess implements IndexAccess {
	readonly keyspace: Keyspace;
	readonly parts: readonly KeyPartWriter[];
	readonly hasUniqueKeys: boolean;
	readonly spatial: SpatialAccess | null;
	readonly #codec: TableCodec;
	readonly #index: IndexObject;
	readonly #place: RowKeyPlace = { inKey: false, start: 0, length: 0 };
	/** For an index whose columns hold the row's key. */
	readonly #keyParts: KeyParts | null;

	constructor(codec: TableCodec, index: IndexObject, keyspace: Keyspace) {
		this.keyspace = keyspace;
		this.parts = codec.index(index.id).writers;
		const { isUniqueLayout, holdsRowKey } = codec.index(index.id);
		this.hasUniqueKeys = isUniqueLayout || holdsRowKey;
		this.#codec = codec;
		this.#keyParts = holdsRowKey ? new KeyParts(codec, index) : null;
		this.#index = index;
		const { spatial } = codec.index(index.id);
		this.spatial = spatial === null ? null : new SpatialAccess(spatial, keyspace);
	}

	entryGetter(attribute: number): EntryGetter | null {
		return this.#includedGetter(attribute) ?? this.#columnGetter(attribute) ?? this.#rowKeyGetter(attribute);
	}

	rowKey(key: Uint8Array, keyStart: number, keyEnd: number, value: Uint8Array, valueStart: number, _valueEnd: number, target: KeyBuffer): void {
		if (this.#keyParts !== null) {
			this.#keyParts.write(key, keyStart, target);
			return;
		}
		const place = this.#place;
		findRowKey(keyEnd, value, valueStart, place);
		target.reset();
		appendBytes(target, place.inKey ? key : value, place.start, place.start + place.length);
	}

	#includedGetter(attribute: number): EntryGetter | null {
		const { includeLayout } = this.#codec.index(this.#index.id);
		const at = this.#index.include.indexOf(attribute);
		if (at < 0 || includeLayout === null) return null;
		const getter = columnGetter(includeLayout, at);
		return (_key, _keyStart, _keyEnd, value, valueStart, valueEnd) => getter(value, includeStart(value, valueStart), valueEnd);
	}

	#columnGetter(attribute: number): EntryGetter | null {
		const at = this.#index.columns.findIndex((column) => column.column === attribute);
		if (at < 0 || this.#index.spatial !== undefined || this.#index.columns[at]!.each === true) return null;
		const before: KeyColumn[] = [];
		for (const column of this.#index.columns.slice(0, at)) {
			const type = column.column === 0 ? this.#codec.catalog.typeByOid(column.typeOid ?? 0) : this.#codec.typeOf(column.column);
			if (type === undefined) return null;
			before.push({ type, descending: column.descending, nullsFirst: column.nullsFirst });
		}
		const { descending, nullsFirst } = this.#index.columns[at]!;
		const reader = keyReader(this.#codec.typeOf(attribute), descending, nullsFirst, this.#codec.catalog);
		if (reader === null) return null;
		const skips = this.#skips(before);
		return (key, keyStart) => readAfter(reader, skips, key, keyStart);
	}

	#rowKeyGetter(attribute: number): EntryGetter | null {
		const codec = this.#codec;
		const at = codec.table.primaryKey.indexOf(attribute);
		if (at < 0) return null;
		const reader = keyReader(codec.typeOf(attribute), false, false, codec.catalog);
		if (reader === null) return null;
		const before = codec.table.primaryKey.slice(0, at).map((number) => ({ type: codec.typeOf(number), descending: false, nullsFirst: false }));
		const skips = this.#skips(before);
		const place: RowKeyPlace = { inKey: false, start: 0, length: 0 };
		return (key, _keyStart, keyEnd, value, valueStart) => {
			findRowKey(keyEnd, value, valueStart, place);
			return readAfter(reader, skips, place.inKey ? key : value, place.start);
		};
	}

	#skips(columns: readonly KeyColumn[]): Skip[] {
		return columns.map((column) => keySkipper(column.type, column.descending, column.nullsFirst, this.#codec.catalog));
	}
}

/** The key of a row from the columns of an entry that hold it: their bytes in another order. */
class KeyParts {
	readonly #skips: readonly Skip[];
	/** For each column of the row's key, its place in the index. */
	readonly #places: readonly number[];
	readonly #ends: Int32Array;
	readonly #copy = new GrowingKeyBuffer(64);

	constructor(codec: TableCodec, index: IndexObject) {
		this.#skips = index.columns.map((column) => keySkipper(codec.typeOf(column.column), false, false, codec.catalog));
		this.#places = codec.table.primaryKey.map((number) => index.columns.findIndex((column) => column.column === number));
		invariant(!this.#places.includes(-1), `index ${index.name} holds the primary key`);
		this.#ends = new Int32Array(this.#skips.length + 1);
	}

	/** `target` may be where the entry's key lies. */
	write(key: Uint8Array, keyStart: number, target: KeyBuffer): void {
		const ends = this.#ends;
		const skips = this.#skips;
		ends[0] = keyStart;
		for (let part = 0; part < skips.length; part++) ends[part + 1] = skips[part]!(key, ends[part]!);
		const copy = this.#copy;
		copy.length = 0;
		for (let i = 0; i < this.#places.length; i++) appendBytes(copy, key, ends[this.#places[i]!]!, ends[this.#places[i]! + 1]!);
		target.reset();
		appendBytes(target, copy.bytes, 0, copy.length);
	}
}

function readAfter(reader: KeyReader, skips: readonly Skip[], bytes: Uint8Array, start: number): unknown {
	let at = start;
	for (let index = 0; index < skips.length; index++) at = skips[index]!(bytes, at);
	return reader.read(bytes, at);
}

/** The access to a table under a catalog; kept with its codec. */
export class TableAccessCache {
	readonly #keyspaces: KeyspaceLookup;
	readonly #kept = new WeakMap<TableCodec, CodecTableAccess>();

	constructor(keyspaces: KeyspaceLookup) {
		this.#keyspaces = keyspaces;
	}

	get(codec: TableCodec): CodecTableAccess {
		let access = this.#kept.get(codec);
		if (access === undefined) {
			access = new CodecTableAccess(codec, this.#keyspaces);
			this.#kept.set(codec, access);
		}
		return access;
	}
}
