/**
 * The quads of a store that match a pattern, one by one, as a transaction sees them: one range of the index whose first columns
 * are those that the pattern binds. For protocols, exports and the API; queries scan the table by plans.
 *
 * Calls: `next` until it is false, or `close`; the ids are those of the quad that `next` came to. Cost: some 100 ns a quad.
 */
import type { Cursor } from '../../storage/contracts.ts';
import type { Transaction } from '../../transaction/contracts.ts';
import { builtinTypes, INT8 } from '../../value/builtin-types.ts';
import { GrowingKeyBuffer } from '../../value/key-buffer.ts';
import { keyReader } from '../../value/key-codec.ts';
import type { IndexAccess, TableModel } from '../table/contracts.ts';
import { QUAD_INDEXES, type QuadColumn, type TripleStore } from './contracts.ts';
import { quadIndexes } from './store-definition.ts';

/** Ids that are asked for; null: any. */
export type QuadPattern = Readonly<Record<QuadColumn, number | null>>;

/** Bytes of one id in a key: a marker and eight bytes. */
const ID_BYTES = 9;

const idReader = keyReader(INT8, false, false, builtinTypes)!;

export class QuadCursor {
	graph = 0;
	subject = 0;
	predicate = 0;
	object = 0;
	readonly #cursor: Cursor;
	readonly #columns: readonly QuadColumn[];
	readonly #pattern: QuadPattern;
	/** The pattern binds columns that are no prefix of the index: entries are looked at. */
	readonly #isFiltered: boolean;

	constructor(tables: TableModel, transaction: Transaction, store: TripleStore, pattern: QuadPattern) {
		this.#pattern = pattern;
		const indexes = quadIndexes(transaction.catalog, store);
		const prefixes = QUAD_INDEXES.map((columns) => boundPrefix(columns, pattern));
		const bound = QUAD_INDEXES[0]!.filter((column) => pattern[column] !== null).length;
		// Without any bound column: by graph, so that those of one graph come together.
		const best = bound === 0 ? QUAD_INDEXES.length - 1 : prefixes.indexOf(Math.max(...prefixes));
		this.#columns = QUAD_INDEXES[best]!;
		this.#isFiltered = prefixes[best]! < bound;
		const access = tables.access(transaction.catalog, store.quads).indexAccess(indexes[best]!);
		const lower = prefix(access, this.#columns, pattern, prefixes[best]!);
		this.#cursor = transaction.cursor(access.keyspace, lower, lower === null ? null : afterPrefix(lower), false);
	}

	next(): boolean {
		const cursor = this.#cursor;
		while (cursor.next()) {
			const { keyBuffer, keyStart } = cursor;
			for (let i = 0; i < 4; i++) this[this.#columns[i]!] = idReader.read(keyBuffer, keyStart + i * ID_BYTES) as number;
			if (!this.#isFiltered || this.#matches()) return true;
		}
		return false;
	}

	#matches(): boolean {
		const { graph, subject, predicate, object } = this.#pattern;
		return (
			(graph === null || graph === this.graph) &&
			(subject === null || subject === this.subject) &&
			(predicate === null || predicate === this.predicate) &&
			(object === null || object === this.object)
		);
	}

	close(): void {
		this.#cursor.close();
	}
}

/** How many of the first columns are bound. */
function boundPrefix(columns: readonly QuadColumn[], pattern: QuadPattern): number {
	const free = columns.findIndex((column) => pattern[column] === null);
	return free < 0 ? columns.length : free;
}

function prefix(access: IndexAccess, columns: readonly QuadColumn[], pattern: QuadPattern, count: number): Uint8Array | null {
	if (count === 0) return null;
	const key = new GrowingKeyBuffer(ID_BYTES * 4);
	for (let i = 0; i < count; i++) access.parts[i]!(pattern[columns[i]!], key);
	return key.copy();
}

/** The first key behind all that begin with the prefix. Its first byte is a marker, so there is one. */
function afterPrefix(key: Uint8Array): Uint8Array {
	const after = key.slice();
	let at = after.length - 1;
	while (after[at] === 0xff) at--;
	after[at]!++;
	return after.subarray(0, at + 1);
}
