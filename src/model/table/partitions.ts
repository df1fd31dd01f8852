/**
 * Which partition of a table a row belongs to. Values are compared as keys: their bytes sort as they do, so that a bound is a
 * prefix of bytes (`minimum` ends it, `maximum` is a byte greater than any that could follow).
 */
import { compareBytes } from '../../bytes/compare-bytes.ts';
import { sqlError } from '../../platform/errors.ts';
import type { BoundValue, PartitionBound, TableObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../../transaction/contracts.ts';
import { GrowingKeyBuffer } from '../../value/key-buffer.ts';
import { type KeyWriter, keyWriter } from '../../value/key-codec.ts';
import { defaultTextSettings } from '../../value/text-settings.ts';
import type { Type } from '../../value/type.ts';
import { textFormatter, textParser } from '../../value/value-text.ts';
import { tableCodec } from './table-codec.ts';

/** Greater than the marker that each part of a key begins with. */
const BEYOND = 0xff;

type Hash = (value: unknown, seed: bigint) => bigint;

let hashOf: (type: Type) => Hash | undefined = () => undefined;

/** Gives the hashes that rows are spread by, which are a matter of the language: the same as PostgreSQL's, so that dumps fit. */
export function setPartitionHashes(of: (type: Type) => Hash | undefined): void {
	hashOf = of;
}

/** PostgreSQL's own. */
const HASH_SEED = 0x7a5b22367996dcfdn;
const HASH_STIR = 0x49a0f4dd15e5a8e3n;

interface HashedTable {
	readonly table: TableObject;
	readonly modulus: number;
	readonly remainder: number;
}

export interface RangeOfKeys {
	readonly table: TableObject;
	readonly lower: Uint8Array;
	readonly upper: Uint8Array;
}

/** The partitions right below a table, in order of id. */
export function partitionsOf(catalog: CatalogVersion, parent: TableObject): TableObject[] {
	return catalog
		.dependents(parent.id)
		.filter((o): o is TableObject => o.kind === 'table' && o.partitionOf?.parentId === parent.id)
		.sort((a, b) => a.id - b.id);
}

/** The tables below a partitioned table that hold rows. */
export function leavesOf(catalog: CatalogVersion, parent: TableObject): TableObject[] {
	return partitionsOf(catalog, parent).flatMap((p) => (p.partitionBy === undefined ? [p] : leavesOf(catalog, p)));
}

/** The tables that inherit from a table right away, in order of id. */
export function heirsOf(catalog: CatalogVersion, parent: TableObject): TableObject[] {
	if (parent.isInherited !== true) return [];
	return catalog
		.dependents(parent.id)
		.filter((o): o is TableObject => o.kind === 'table' && (o.parentIds ?? []).includes(parent.id))
		.sort((a, b) => a.id - b.id);
}

/** The tables whose rows are rows of a table: its partitions, or itself and those that inherit from it. */
export function rowTablesOf(catalog: CatalogVersion, table: TableObject): TableObject[] {
	if (table.partitionBy !== undefined) return leavesOf(catalog, table);
	const found = new Map<number, TableObject>();
	const visit = (one: TableObject): void => {
		if (found.has(one.id)) return;
		found.set(one.id, one);
		for (const heir of heirsOf(catalog, one)) visit(heir);
	};
	visit(table);
	return [...found.values()];
}

/** True when the rows of a table are told apart by keys that say which table holds them. */
export function spreads(table: TableObject): boolean {
	return table.partitionBy !== undefined || table.isInherited === true;
}

export class PartitionMap {
	readonly parent: TableObject;
	readonly ranges: readonly RangeOfKeys[];
	/** By the key of a listed value, as text of its bytes. */
	readonly listed: ReadonlyMap<string, TableObject>;
	readonly rest: TableObject | null;
	readonly hashed: readonly HashedTable[];
	readonly types: readonly Type[];
	readonly #catalog: CatalogVersion;
	readonly #places: readonly number[];
	readonly #writers: readonly KeyWriter[];
	readonly #key = new GrowingKeyBuffer(64);

	constructor(catalog: CatalogVersion, parent: TableObject) {
		const codec = tableCodec(catalog, parent);
		const { columns } = parent.partitionBy!;
		this.parent = parent;
		this.#catalog = catalog;
		this.types = columns.map((number) => codec.typeOf(number));
		this.#places = columns.map((number) => codec.placeOf(number));
		this.#writers = this.types.map((type) => keyWriter(type, false, false, catalog));
		const tables = partitionsOf(catalog, parent);
		this.rest = tables.find((t) => t.partitionOf!.bound.kind === 'default') ?? null;
		this.hashed = tables.flatMap((table) => {
			const { bound } = table.partitionOf!;
			return bound.kind === 'hash' ? [{ table, modulus: bound.modulus, remainder: bound.remainder }] : [];
		});
		this.ranges = tables.flatMap((t) => this.rangeOf(t, t.partitionOf!.bound) ?? []).sort((a, b) => compareWhole(a.lower, b.lower));
		const listed = new Map<string, TableObject>();
		for (const table of tables) for (const key of this.listKeys(table.partitionOf!.bound)) listed.set(key, table);
		this.listed = listed;
	}

	/** The partition of a row (live values of the parent); null when there is none. */
	find(row: readonly unknown[]): TableObject | null {
		if (this.parent.partitionBy!.strategy === 'list') return this.listed.get(this.#listKey(row[this.#places[0]!])) ?? this.rest;
		if (this.parent.partitionBy!.strategy === 'hash') return this.findHashed(this.#places.map((place) => row[place]));
		const key = this.#key;
		key.length = 0;
		for (let part = 0; part < this.#places.length; part++) {
			const value = row[this.#places[part]!];
			if (value === null) return this.rest;
			this.#writers[part]!(value, key);
		}
		return this.findRange(key.bytes, key.length) ?? this.rest;
	}

	/** The partition of the key's values by their hash, or null. */
	findHashed(values: readonly unknown[]): TableObject | null {
		let all = 0n;
		values.forEach((value, part) => {
			if (value === null) return;
			const hash = BigInt.asUintN(64, hashOf(this.types[part]!)!(value, HASH_SEED));
			all ^= BigInt.asUintN(64, hash + HASH_STIR + (all << 54n) + (all >> 7n));
		});
		return this.hashed.find(({ modulus, remainder }) => all % BigInt(modulus) === BigInt(remainder))?.table ?? null;
	}

	/** The range that holds a key, or null. */
	findRange(key: Uint8Array, length: number): TableObject | null {
		let [low, high] = [0, this.ranges.length - 1];
		while (low <= high) {
			const middle = (low + high) >> 1;
			const { lower, upper, table } = this.ranges[middle]!;
			if (compareBytes(key, 0, length, lower, 0, lower.length) < 0) high = middle - 1;
			else if (compareBytes(key, 0, length, upper, 0, upper.length) >= 0) low = middle + 1;
			else return table;
		}
		return null;
	}

	require(row: readonly unknown[]): TableObject {
		const found = this.find(row);
		if (found !== null) return found;
		const codec = tableCodec(this.#catalog, this.parent);
		const names = this.parent.partitionBy!.columns.map((number) => codec.live[codec.placeOf(number)]!.name);
		const values = this.types.map((type, i) => {
			const value = row[this.#places[i]!];
			return value === null ? 'null' : textFormatter(type, this.#catalog, defaultTextSettings)(value);
		});
		throw sqlError('23514', `no partition of relation "${this.parent.name}" found for row`, {
			detail: `Partition key of the failing row contains (${names.join(', ')}) = (${values.join(', ')}).`,
			schema: this.#catalog.get(this.parent.schemaId)?.name ?? '',
			table: this.parent.name,
		});
	}

	/** The keys that a range takes; null when the bound is none. */
	rangeOf(table: TableObject, bound: PartitionBound): RangeOfKeys | null {
		if (bound.kind !== 'range') return null;
		return { table, lower: this.#edge(bound.from), upper: this.#edge(bound.to) };
	}

	/** The keys of a list's values, as texts. */
	listKeys(bound: PartitionBound): string[] {
		if (bound.kind !== 'list') return [];
		const parse = textParser(this.types[0]!, -1, this.#catalog, defaultTextSettings);
		return bound.values.map((text) => this.#listKey(text === null ? null : parse(text)));
	}

	/** The key of one value of the first column. */
	keyOf(value: unknown): Uint8Array {
		const key = new GrowingKeyBuffer(32);
		this.#writers[0]!(value, key);
		return key.copy();
	}

	#listKey(value: unknown): string {
		if (value === null) return '';
		const key = this.#key;
		key.length = 0;
		this.#writers[0]!(value, key);
		return Buffer.from(key.bytes.buffer, key.bytes.byteOffset, key.length).toString('latin1');
	}

	#edge(values: readonly BoundValue[]): Uint8Array {
		const key = new GrowingKeyBuffer(64);
		for (const [part, value] of values.entries()) {
			if (value === 'minimum') break;
			if (value === 'maximum') return Uint8Array.from([...key.copy(), BEYOND]);
			this.#writers[part]!(textParser(this.types[part]!, -1, this.#catalog, defaultTextSettings)(value.text), key);
		}
		return key.copy();
	}
}

/** Two keys in their order. */
export function compareWhole(a: Uint8Array, b: Uint8Array): number {
	return compareBytes(a, 0, a.length, b, 0, b.length);
}

const kept = new WeakMap<CatalogVersion, Map<TableObject, PartitionMap>>();

/** The map of a table under a catalog; kept with the catalog. */
export function partitionMap(catalog: CatalogVersion, parent: TableObject): PartitionMap {
	let maps = kept.get(catalog);
	if (maps === undefined) kept.set(catalog, (maps = new Map()));
	let map = maps.get(parent);
	if (map === undefined) maps.set(parent, (map = new PartitionMap(catalog, parent)));
	return map;
}

/** How the values of one table's rows lie in another's, by the names of columns; null when they lie the same. */
export function placesBetween(from: TableObject, to: TableObject): Int32Array | null {
	const names = from.columns.filter((c) => !c.dropped).map((c) => c.name);
	const places = to.columns.filter((c) => !c.dropped).map((c) => names.indexOf(c.name));
	return places.every((place, i) => place === i) && places.length === names.length ? null : Int32Array.from(places);
}

const ID_BYTES = 4;

/** A row's key below a partitioned table: the id of the table that holds it, then its key there. */
export function keyBelow(tableId: number, key: Uint8Array): Uint8Array {
	const whole = new Uint8Array(ID_BYTES + key.length);
	new DataView(whole.buffer).setUint32(0, tableId);
	whole.set(key, ID_BYTES);
	return whole;
}

export function splitKey(key: Uint8Array): { readonly tableId: number; readonly key: Uint8Array } {
	return { tableId: new DataView(key.buffer, key.byteOffset).getUint32(0), key: key.subarray(ID_BYTES) };
}
