/**
 * How many rows a look-up in an index is likely to find, by looking: ranges are measured by the store (to the block; small ones are
 * counted), and where some of the bound columns have values that only the execution knows, a few rows that have the known ones
 * are picked across the table and their look-ups are counted.
 *
 * Only for tables of which every index holds every column, all of them integers (the quads of triple stores, edges): there a few
 * values of one column, such as a predicate, decide by orders of magnitude. And for the elements of an array, such as labels: one may
 * be everywhere, another nowhere. What was found is kept until the table's size has changed by a tenth.
 *
 * Cost: tens of microseconds for a range, some hundred for a look-up of unknown values.
 */
import type { IndexAccess } from '../model/table/contracts.ts';
import { usableIndexes } from '../query/optimizer/context.ts';
import type { IndexObject, TableObject } from '../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../transaction/contracts.ts';
import { INT8 } from '../value/builtin-types.ts';
import { GrowingKeyBuffer } from '../value/key-buffer.ts';
import type { Engine } from './engine.ts';

/** Rows looked at for unknown values. */
const SAMPLE_ROWS = 12;
/** Ranges estimated smaller than this are counted. */
const COUNTED_ROWS = 300;
const KEPT_MAX = 5000;

interface Kept {
	readonly tableRows: number;
	readonly rows: number;
}

export class LookupStatistics {
	readonly #engine: Engine;
	readonly #kept = new Map<string, Kept>();

	constructor(engine: Engine) {
		this.#engine = engine;
	}

	/** About how many rows have these values (attribute → value) in an index, each of the `open` attributes besides having some value of the table's own; null: it is not known. */
	rows(catalog: CatalogVersion, table: TableObject, index: IndexObject | null, known: ReadonlyMap<number, unknown>, open: readonly number[]): number | null {
		const isElement = index !== null && isElementIndex(index) && open.length === 0;
		const indexes = isElement ? [index] : this.#indexes(catalog, table);
		const chosen = indexes?.find((one) => one === index || (index === null && one.primary));
		if (indexes === null || chosen === undefined || !this.#engine.store.has(chosen.keyspaceId)) return null;
		const tableRows = this.#engine.rowCount(table);
		const key = `${chosen.keyspaceId}/${[...known].map(([a, v]) => `${a}=${String(v)}`).join()}/${open.join()}`;
		const kept = this.#kept.get(key);
		if (kept !== undefined && Math.abs(kept.tableRows - tableRows) <= kept.tableRows / 10) return kept.rows;
		const found =
			open.length === 0 ? this.#prefixRows(catalog, table, chosen, [...known.values()]) : this.#lookupRows(catalog, table, indexes, chosen, known, open);
		if (this.#kept.size >= KEPT_MAX) this.#kept.clear();
		this.#kept.set(key, { tableRows, rows: found });
		return found;
	}

	/** The table's indexes when each holds all columns; null for other tables. */
	#indexes(catalog: CatalogVersion, table: TableObject): readonly IndexObject[] | null {
		if (table.columns.some((c) => c.dropped || c.typeOid !== INT8.oid || !c.notNull) || !this.#engine.store.has(table.keyspaceId)) return null;
		const indexes = usableIndexes(table, catalog);
		return indexes.length > 0 && indexes.every((index) => index.columns.length === table.columns.length) ? indexes : null;
	}

	#access(catalog: CatalogVersion, table: TableObject, index: IndexObject): IndexAccess {
		const access = this.#engine.tables.access(catalog, table);
		return index.primary ? access.primary! : access.indexAccess(index);
	}

	#prefixRows(catalog: CatalogVersion, table: TableObject, index: IndexObject, values: readonly unknown[]): number {
		const access = this.#access(catalog, table, index);
		const [lower, upper] = boundsOf(access, values);
		const { entries } = access.keyspace.estimate(lower, upper);
		return entries < COUNTED_ROWS ? this.#count(access, lower, upper, COUNTED_ROWS) : entries;
	}

	#count(access: IndexAccess, lower: Uint8Array | null, upper: Uint8Array | null, most: number): number {
		const cursor = access.keyspace.cursor(lower, upper, false, this.#engine.manager.visibleOffset);
		let count = 0;
		while (count < most && cursor.next()) count++;
		cursor.close();
		return count;
	}

	#lookupRows(
		catalog: CatalogVersion,
		table: TableObject,
		indexes: readonly IndexObject[],
		index: IndexObject,
		known: ReadonlyMap<number, unknown>,
		open: readonly number[],
	): number {
		const target = this.#access(catalog, table, index);
		const attributes = index.columns.slice(0, known.size + open.length).map((c) => c.column);
		const samples = this.#samples(catalog, table, indexes, known, open);
		if (samples.length === 0) return 1;
		let total = 0;
		for (const sample of samples) {
			const values = attributes.map((attribute) => known.get(attribute) ?? sample.get(attribute));
			const [lower, upper] = boundsOf(target, values);
			total += this.#count(target, lower, upper, COUNTED_ROWS);
		}
		return total / samples.length;
	}

	/** Values of the open attributes in some rows that have the known ones, as far as an index can tell. */
	#samples(
		catalog: CatalogVersion,
		table: TableObject,
		indexes: readonly IndexObject[],
		known: ReadonlyMap<number, unknown>,
		open: readonly number[],
	): ReadonlyMap<number, unknown>[] {
		const leading = (index: IndexObject): number => {
			const at = index.columns.findIndex((c) => !known.has(c.column));
			return at < 0 ? index.columns.length : at;
		};
		// What says most of the rows; the first column alone may be one value throughout, as that of the graph.
		const source = indexes.reduce((best, index) =>
			this.#share(catalog, table, index, known, leading(index)) < this.#share(catalog, table, best, known, leading(best)) ? index : best,
		);
		const count = leading(source);
		const access = this.#access(catalog, table, source);
		const fixed = source.columns.slice(0, count).map((c) => known.get(c.column));
		const [lower, upper] = boundsOf(access, fixed);
		const getters = open.map((attribute) => access.entryGetter(attribute));
		const next = source.columns[count]?.column;
		const position = next === undefined ? null : access.entryGetter(next);
		const samples: Map<number, unknown>[] = [];
		const read = (from: Uint8Array | null, reverse: boolean, rows: number): number => {
			const cursor = access.keyspace.cursor(from, upper, reverse, this.#engine.manager.visibleOffset);
			let at = Number.NaN;
			for (let i = 0; i < rows && cursor.next(); i++) {
				const { keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd } = cursor;
				if (!reverse)
					samples.push(new Map(open.map((attribute, g) => [attribute, getters[g]?.(keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd)])));
				at = Number(position?.(keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd));
			}
			cursor.close();
			return at;
		};
		const first = read(lower, false, 1);
		const last = read(lower, true, 1);
		for (let i = 1; i < SAMPLE_ROWS && !Number.isNaN(first) && !Number.isNaN(last); i++) {
			const value = Math.floor(first + ((last - first) * i) / SAMPLE_ROWS);
			read(boundsOf(access, [...fixed, value])[0], false, 1);
		}
		return samples;
	}

	#share(catalog: CatalogVersion, table: TableObject, index: IndexObject, known: ReadonlyMap<number, unknown>, count: number): number {
		if (count === 0) return Number.POSITIVE_INFINITY;
		return this.rows(catalog, table, index, new Map(index.columns.slice(0, count).map((c) => [c.column, known.get(c.column)])), []) ?? Number.POSITIVE_INFINITY;
	}
}

/** An index over the elements of an array and nothing else. */
function isElementIndex(index: IndexObject): boolean {
	return index.columns.length === 1 && index.columns[0]!.each === true;
}

/** All entries whose key begins with the values: [lower, upper). */
function boundsOf(access: IndexAccess, values: readonly unknown[]): [Uint8Array | null, Uint8Array | null] {
	if (values.length === 0) return [null, null];
	const buffer = new GrowingKeyBuffer(64);
	values.forEach((value, i) => {
		access.parts[i]!(value, buffer);
	});
	const lower = buffer.copy();
	const upper = buffer.copy();
	// The next key of the same length; parts of integers never end in all ones throughout.
	for (let i = upper.length - 1; i >= 0; i--) {
		upper[i] = (upper[i]! + 1) & 0xff;
		if (upper[i] !== 0) return [lower, upper];
	}
	return [lower, null];
}
