/**
 * Stores gathered quads past log and memtable: sorted files for each index of the two tables, which the commit names. Needs the
 * tables for itself (exclusive locks) and a transaction that does nothing else with them. The store need not be empty: terms that
 * it has keep their ids, and a quad that it has is written again, which changes nothing.
 *
 * Calls: `steps` is run to its end, others getting a turn at each `yield`; then the commit. Ids are drawn from the store's
 * sequence in one run, those of new terms ascending as they were met, so that what came together lies together.
 */
import type { BulkTarget } from '../../storage/bulk-builder.ts';
import type { IndexObject } from '../../transaction/catalog-objects.ts';
import type { Transaction } from '../../transaction/contracts.ts';
import { GrowingKeyBuffer } from '../../value/key-buffer.ts';
import { blankNodeId, FIRST_LITERAL_ID, NO_TERM } from '../../value/rdf-inline.ts';
import { tableCodec } from '../table/table-codec.ts';
import type { Tables } from '../table/table-model.ts';
import { QUAD_COLUMNS, QUAD_INDEXES, type TripleStore } from './contracts.ts';
import type { QuadLoad } from './quad-load.ts';
import { makeDense, SortedRows } from './radix-order.ts';
import { quadIndexes } from './store-definition.ts';
import { HASH_COUNT } from './term-hash.ts';
import type { StoreTermReader } from './term-reader.ts';

const TWO_32 = 4_294_967_296;
/** Entries between two turns of others. */
const STEP_ENTRIES = 2048;
/** Terms between two turns of others while ids are ranked. */
const RANK_STEP = 1 << 14;
/** Bytes of an id in a key: a marker and eight, big-endian, sign bit flipped. */
const ID_BYTES = 9;
const KEY_BYTES = 4 * ID_BYTES;
/** Places of the columns in `QUAD_COLUMNS`, and of the orders in `QUAD_INDEXES`. */
const GRAPH = 0;
const SUBJECT = 1;
const PREDICATE = 2;
const OBJECT = 3;
const BY_SUBJECT = 0;
const BY_PREDICATE = 1;
const BY_OBJECT = 2;
const BY_GRAPH = 3;
const VALUE_MARKER = 1;
/** The value of an entry whose columns hold the row's key: docs/formats/table.md. */
const ENTRY_VALUE = Uint8Array.of(0);

/** Draws `count` values of a sequence that follow each other; the first. */
export type DrawNumbers = (sequenceId: number, count: number) => number;

export class BulkQuadLoad {
	/** Different quads of the load. */
	quadCount = 0;
	/** Terms that the store did not have. */
	newTerms = 0;
	readonly #tables: Tables;
	readonly #transaction: Transaction;
	readonly #store: TripleStore;
	readonly #load: QuadLoad;
	readonly #reader: StoreTermReader;
	readonly #draw: DrawNumbers;
	/** Ids by number of term. */
	#ids = new Float64Array(0);
	/** By number, for new terms: a hash that no term of the store has. */
	#hashOf = new Float64Array(0);
	/** The hashes of the new terms, in the order of their ids. */
	#hashes = new Float64Array(0);
	/** Numbers of new terms, in the order of their ids. */
	#newNumbers = new Uint32Array(0);

	constructor(tables: Tables, transaction: Transaction, store: TripleStore, load: QuadLoad, reader: StoreTermReader, draw: DrawNumbers) {
		this.#tables = tables;
		this.#transaction = transaction;
		this.#store = store;
		this.#load = load;
		this.#reader = reader;
		this.#draw = draw;
	}

	*steps(): Generator<void> {
		yield* this.#giveIds();
		yield* this.#storeTerms();
		yield* this.#storeHashes();
		yield* this.#storeQuads();
	}

	/** Ids of terms that are inline, that the store has, and new ones for the others. */
	*#giveIds(): Generator<void> {
		const load = this.#load;
		const { count } = load.dictionary;
		const ids = new Float64Array(count);
		const isEmpty = this.#isEmpty();
		this.#hashOf = new Float64Array(count);
		const iris: number[] = [];
		const literals: number[] = [];
		const blanks: number[] = [];
		for (let number = 0; number < count; number++) {
			if (number % STEP_ENTRIES === STEP_ENTRIES - 1) yield;
			let id = load.inlineId(number);
			if (id === NO_TERM && load.isBlank(number)) blanks.push(number);
			else if (id === NO_TERM) {
				if (!isEmpty) id = this.#reader.id(load.termOf(number));
				if (id === NO_TERM) {
					(load.isIri(number) ? iris : literals).push(number);
					this.#hashOf[number] = isEmpty ? load.dictionary.hash(number) : this.#reader.freeHash;
				}
			}
			ids[number] = id;
		}
		const fresh = iris.length + literals.length + blanks.length;
		let next = fresh === 0 ? 0 : this.#draw(this.#store.sequenceId, fresh);
		for (const number of iris) ids[number] = next++;
		for (const number of literals) ids[number] = FIRST_LITERAL_ID + next++;
		for (const number of blanks) ids[number] = blankNodeId(next++);
		this.#ids = ids;
		this.newTerms = iris.length + literals.length;
		this.#newNumbers = new Uint32Array(this.newTerms);
		this.#newNumbers.set(iris);
		this.#newNumbers.set(literals, iris.length);
	}

	/** No term is in the dictionary yet. */
	#isEmpty(): boolean {
		const { rows } = this.#tables.access(this.#transaction.catalog, this.#store.terms);
		const cursor = this.#transaction.cursorNewest(rows, null, null, false);
		const isEmpty = !cursor.next();
		cursor.close();
		return isEmpty;
	}

	*#storeTerms(): Generator<void> {
		if (this.newTerms === 0) return;
		const codec = tableCodec(this.#transaction.catalog, this.#store.terms);
		const builder = this.#transaction.bulk(this.#tables.keyspaces(this.#store.terms.keyspaceId), { isAscending: true });
		const hashes = this.#freeHashes();
		const key = new GrowingKeyBuffer(32);
		const row = new GrowingKeyBuffer(1024);
		for (let i = 0; i < this.newTerms; i++) {
			if (i % STEP_ENTRIES === STEP_ENTRIES - 1) yield;
			const number = this.#newNumbers[i]!;
			const [value, datatype, language] = this.#load.columns(number);
			const values = [this.#ids[number]!, hashes[i]!, value, datatype, language];
			key.length = 0;
			row.length = 0;
			codec.writeKey(values, key);
			codec.encodeRow(values, row);
			builder.add(key.bytes, 0, key.length, row.bytes, 0, row.length);
		}
		yield* finish(builder);
		this.#hashes = hashes;
	}

	/** Hashes of the new terms, each moved on to the next free one where another term has it. */
	#freeHashes(): Float64Array<ArrayBuffer> {
		const hashes = new Float64Array(this.newTerms);
		for (let i = 0; i < hashes.length; i++) hashes[i] = this.#hashOf[this.#newNumbers[i]!]!;
		const sorted = hashes.slice().sort();
		let isDistinct = true;
		for (let i = 1; i < sorted.length && isDistinct; i++) isDistinct = sorted[i] !== sorted[i - 1];
		if (isDistinct) return hashes;
		const given = new Set<number>();
		for (let i = 0; i < hashes.length; i++) {
			let hash = hashes[i]!;
			while (given.has(hash) || this.#reader.hasHash(hash)) hash = (hash + 1) % HASH_COUNT;
			given.add(hash);
			hashes[i] = hash;
		}
		return hashes;
	}

	*#storeHashes(): Generator<void> {
		if (this.newTerms === 0) return;
		const hashes = this.#hashes;
		const { catalog } = this.#transaction;
		const index = this.#store.terms.indexIds.map((id) => catalog.get(id)).find((object) => object?.kind === 'index' && !object.primary);
		if (index?.kind !== 'index') throw new TypeError(`the terms of store ${this.#store.name} have no index by hash`);
		const codec = tableCodec(catalog, this.#store.terms).index(index.id);
		const builder = this.#builder(index);
		const low = new Uint32Array(hashes.length);
		const high = new Uint32Array(hashes.length);
		for (let i = 0; i < hashes.length; i++) {
			low[i] = hashes[i]! >>> 0;
			high[i] = Math.floor(hashes[i]! / TWO_32);
		}
		const places = new Uint32Array(hashes.length);
		for (let i = 0; i < places.length; i++) places[i] = i;
		const rows = new SortedRows([high, low, places], [1 << 20, TWO_32, TWO_32]);
		yield* rows.sortBy(1);
		yield* rows.sortBy(0);
		const order = rows.columns[2]!;
		const key = new GrowingKeyBuffer(32);
		const entry = new GrowingKeyBuffer(32);
		const tableKeys = tableCodec(catalog, this.#store.terms);
		const row: unknown[] = [0, 0, '', null, null];
		for (let i = 0; i < order.length; i++) {
			if (i % STEP_ENTRIES === STEP_ENTRIES - 1) yield;
			const at = order[i]!;
			row[0] = this.#ids[this.#newNumbers[at]!]!;
			row[1] = hashes[at]!;
			key.length = 0;
			entry.length = 0;
			tableKeys.writeKey(row, key);
			codec.writeFromRow(row, entry);
			const value = codec.value(false, key.bytes, 0, key.length, key.bytes, 0, 0);
			builder.add(entry.bytes, 0, entry.length, value.bytes, 0, value.length);
		}
		yield* finish(builder);
		this.#hashes = new Float64Array(0);
		this.#hashOf = this.#hashes;
	}

	/** Each order of the quads comes from the one before it by sorting by one column (see `radix-order.ts`). */
	*#storeQuads(): Generator<void> {
		const { rows, ids } = yield* this.#rankedRows();
		const indexes = quadIndexes(this.#transaction.catalog, this.#store);
		for (const column of [GRAPH, OBJECT, PREDICATE, SUBJECT]) yield* rows.sortBy(column);
		rows.dropRepeated();
		this.quadCount = rows.rowCount;
		yield* this.#addRows(this.#builder(indexes[BY_SUBJECT]!), rows, ids);
		const isOneGraph = ids[GRAPH]!.length === 1;
		if (isOneGraph) yield* this.#addEntries(this.#builder(indexes[BY_GRAPH]!), BY_GRAPH, rows, ids);
		yield* rows.sortBy(OBJECT);
		yield* this.#addEntries(this.#builder(indexes[BY_OBJECT]!), BY_OBJECT, rows, ids);
		yield* rows.sortBy(PREDICATE);
		yield* this.#addEntries(this.#builder(indexes[BY_PREDICATE]!), BY_PREDICATE, rows, ids);
		if (isOneGraph) return;
		yield* rows.sortBy(SUBJECT);
		yield* rows.sortBy(GRAPH);
		yield* this.#addEntries(this.#builder(indexes[BY_GRAPH]!), BY_GRAPH, rows, ids);
	}

	#builder(index: IndexObject): BulkTarget {
		return this.#transaction.bulk(this.#tables.keyspaces(index.keyspaceId), { isAscending: true });
	}

	/** The quads as places of their ids: in each column, among the different ids of the column. */
	*#rankedRows(): Generator<void, { readonly rows: SortedRows; readonly ids: readonly Float64Array[] }> {
		const sorted = this.#ids.slice().sort();
		yield;
		const rank = new Uint32Array(this.#ids.length);
		for (let number = 0; number < rank.length; number++) {
			if (number % RANK_STEP === RANK_STEP - 1) yield;
			rank[number] = placeOf(sorted, this.#ids[number]!);
		}
		const ids: Float64Array[] = [];
		const columns: Uint32Array[] = [];
		for (let place = 0; place < QUAD_COLUMNS.length; place++) {
			const values = this.#load.column(place);
			for (let i = 0; i < values.length; i++) values[i] = rank[values[i]!]!;
			yield;
			const byPlace = makeDense(values, sorted.length);
			const own = new Float64Array(byPlace.length);
			for (let i = 0; i < own.length; i++) own[i] = sorted[byPlace[i]!]!;
			ids.push(own);
			columns.push(values);
			yield;
		}
		this.#load.forgetQuads();
		return {
			rows: new SortedRows(
				columns,
				ids.map((column) => column.length),
			),
			ids,
		};
	}

	/** The rows themselves, by the primary key. */
	*#addRows(builder: BulkTarget, rows: SortedRows, ids: readonly Float64Array[]): Generator<void> {
		const codec = tableCodec(this.#transaction.catalog, this.#store.quads);
		// The values of a row are fixed in width and lie behind each other, at its end.
		const row = new GrowingKeyBuffer(64);
		codec.encodeRow([0, 0, 0, 0], row);
		const valuesAt = row.length - 8 * QUAD_COLUMNS.length;
		const key = keyWriter(BY_SUBJECT, rows, ids);
		const values = new IdWriter(
			row.bytes,
			QUAD_COLUMNS.map((_, c) => idPart(rows.columns[c]!, ids[c]!, valuesAt + 8 * c, false)),
		);
		for (let i = 0; i < rows.rowCount; i++) {
			if (i % STEP_ENTRIES === STEP_ENTRIES - 1) yield;
			key.write(i);
			values.write(i);
			builder.add(key.bytes, 0, KEY_BYTES, row.bytes, 0, row.length);
		}
		yield* finish(builder);
	}

	/** Entries of an index. */
	*#addEntries(builder: BulkTarget, index: number, rows: SortedRows, ids: readonly Float64Array[]): Generator<void> {
		const key = keyWriter(index, rows, ids);
		for (let i = 0; i < rows.rowCount; i++) {
			if (i % STEP_ENTRIES === STEP_ENTRIES - 1) yield;
			key.write(i);
			builder.add(key.bytes, 0, KEY_BYTES, ENTRY_VALUE, 0, 1);
		}
		yield* finish(builder);
	}
}

/** Writes the keys of an index, rows being in its order. */
function keyWriter(index: number, rows: SortedRows, ids: readonly Float64Array[]): IdWriter {
	const key = new Uint8Array(KEY_BYTES);
	for (let at = 0; at < key.length; at += ID_BYTES) key[at] = VALUE_MARKER;
	const parts = QUAD_INDEXES[index]!.map((name, part) => {
		const column = QUAD_COLUMNS.indexOf(name);
		return idPart(rows.columns[column]!, ids[column]!, part * ID_BYTES + 1, true);
	});
	return new IdWriter(key, parts);
}

/** Ids as bytes: for keys big-endian with the sign bit flipped, for rows little-endian. */
function idPart(values: Uint32Array, ids: Float64Array, at: number, isKey: boolean): IdPart {
	const bytes = new Uint8Array(ids.length * 8);
	const view = new DataView(bytes.buffer);
	for (let place = 0; place < ids.length; place++) {
		const high = Math.floor(ids[place]! / TWO_32);
		const low = ids[place]! - high * TWO_32;
		view.setUint32(place * 8, isKey ? high ^ 0x80000000 : low, !isKey);
		view.setUint32(place * 8 + 4, isKey ? low : high, !isKey);
	}
	return { values, bytes, at, last: -1 };
}

/** A column as the bytes of its ids, by place. */
interface IdPart {
	readonly values: Uint32Array;
	readonly bytes: Uint8Array;
	/** Where the eight bytes go. */
	readonly at: number;
	/** The place whose bytes are there. */
	last: number;
}

/** Writes the ids of quads into a key or a row, those that changed. */
class IdWriter {
	readonly bytes: Uint8Array;
	readonly #parts: readonly IdPart[];

	constructor(bytes: Uint8Array, parts: readonly IdPart[]) {
		this.bytes = bytes;
		this.#parts = parts;
	}

	write(quad: number): void {
		const { bytes } = this;
		const parts = this.#parts;
		for (let p = 0; p < parts.length; p++) {
			const part = parts[p]!;
			const place = part.values[quad]!;
			if (place === part.last) continue;
			part.last = place;
			const from = part.bytes;
			const { at } = part;
			for (let i = 0, f = place * 8; i < 8; i++) bytes[at + i] = from[f + i]!;
		}
	}
}

function placeOf(sorted: Float64Array, id: number): number {
	let low = 0;
	let high = sorted.length - 1;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (sorted[middle]! < id) low = middle + 1;
		else high = middle;
	}
	return low;
}

function* finish(builder: BulkTarget): Generator<void> {
	while (!builder.finishStep(STEP_ENTRIES)) yield;
}
