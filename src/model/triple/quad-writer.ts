/**
 * Changes to one store in one statement. Quads are a set: what is there is inserted, and what is not there deleted, without
 * effect. New terms get ids from the store's sequence, which are in the rows that the log carries.
 *
 * A quad that this statement inserted cannot be deleted by it: a language deletes first, or begins another statement between.
 */
import { sqlError } from '../../platform/errors.ts';
import type { Slot } from '../../storage/contracts.ts';
import type { CatalogVersion, Transaction } from '../../transaction/contracts.ts';
import { StatementRestart } from '../../transaction/signals.ts';
import { builtinTypes, INT8 } from '../../value/builtin-types.ts';
import { GrowingKeyBuffer } from '../../value/key-buffer.ts';
import { keyReader } from '../../value/key-codec.ts';
import { blankNodeId, DEFAULT_GRAPH_ID, FIRST_LITERAL_ID, inlineId, NO_TERM } from '../../value/rdf-inline.ts';
import { type Literal, type NamedNode, type RdfTerm, termKey } from '../../value/rdf-term.ts';
import type { IndexAccess, TableAccess, TableModel, TableWriter } from '../table/contracts.ts';
import type { QuadWriter, TripleStore } from './contracts.ts';
import { quadIndexes } from './store-definition.ts';
import type { TermCache } from './term-cache.ts';
import { StoreTermReader, termColumns } from './term-reader.ts';

/** The next value of a sequence. */
export type NextNumber = (sequenceId: number, catalog: CatalogVersion, transaction: Transaction) => number;

/** Ids of terms kept during a statement. */
const IDS_MAX = 100_000;
/** Of the indexes, in the order of `QUAD_INDEXES`: the one by graph. */
const BY_GRAPH = 3;

export class StoreQuadWriter extends StoreTermReader implements QuadWriter {
	readonly #quads: TableWriter;
	readonly #terms: TableWriter;
	readonly #access: TableAccess;
	readonly #byGraph: IndexAccess;
	readonly #nextNumber: NextNumber;
	readonly #ids = new Map<string, number>();
	/** Changes of the transaction when an id was last given out: with fewer of them now, the statement was undone meanwhile. */
	#changesSeen: number;
	readonly #quadKey = new GrowingKeyBuffer(40);
	readonly #quadSlot: Slot = { buffer: new Uint8Array(0), start: 0, end: 0 };

	constructor(tables: TableModel, transaction: Transaction, store: TripleStore, cache: TermCache, nextNumber: NextNumber) {
		super(tables, transaction, store, cache);
		if (transaction.refusesWrites) throw sqlError('25006', `cannot change triple store "${store.name}" in a read-only transaction`);
		this.#nextNumber = nextNumber;
		this.#quads = tables.writer(transaction, store.quads);
		this.#terms = tables.writer(transaction, store.terms);
		this.#access = tables.access(transaction.catalog, store.quads);
		this.#byGraph = this.#access.indexAccess(quadIndexes(transaction.catalog, store)[BY_GRAPH]!);
		this.#changesSeen = transaction.changeCount;
	}

	intern(term: RdfTerm): number {
		const inline = inlineId(term);
		if (inline !== NO_TERM) return inline;
		if (term.termType === 'BlankNode') throw new TypeError(`blank node "${term.value}" is none of the store's own`);
		const { transaction } = this;
		if (transaction.changeCount < this.#changesSeen) this.#ids.clear();
		const key = termKey(term);
		let id = this.#ids.get(key);
		if (id !== undefined) return id;
		id = this.find(term as NamedNode | Literal, key);
		if (id === NO_TERM) id = this.#add(term as NamedNode | Literal);
		if (this.#ids.size >= IDS_MAX) this.#ids.clear();
		this.#ids.set(key, id);
		this.#changesSeen = transaction.changeCount;
		return id;
	}

	#add(term: NamedNode | Literal): number {
		const hash = this.freeHash;
		const number = this.#number();
		const id = term.termType === 'NamedNode' ? number : FIRST_LITERAL_ID + number;
		this.#terms.insert([id, hash, ...termColumns(term)]);
		return id;
	}

	#number(): number {
		return this.#nextNumber(this.store.sequenceId, this.transaction.catalog, this.transaction);
	}

	blank(): number {
		return blankNodeId(this.#number());
	}

	insert(graph: number, subject: number, predicate: number, object: number): boolean {
		if (this.#has(graph, subject, predicate, object)) return false;
		this.#quads.insert([graph, subject, predicate, object]);
		return true;
	}

	delete(graph: number, subject: number, predicate: number, object: number): boolean {
		if (!this.#has(graph, subject, predicate, object)) return false;
		this.#delete(this.#quadKey.copy(), [graph, subject, predicate, object]);
		return true;
	}

	#delete(key: Uint8Array, row: readonly number[]): void {
		switch (this.#quads.lock(key, 'update', 'wait')) {
			case 'granted':
				this.#quads.delete(key, row);
				return;
			case 'changed':
				throw new StatementRestart();
			case 'skipped':
				throw new TypeError('a quad cannot be deleted by the statement that inserted it');
		}
	}

	/** True when the newest state has the quad; its key is then in `#quadKey`. */
	#has(graph: number, subject: number, predicate: number, object: number): boolean {
		const key = this.#quadKey;
		key.reset();
		const { parts, keyspace } = this.#access.primary!;
		parts[0]!(subject, key);
		parts[1]!(predicate, key);
		parts[2]!(object, key);
		parts[3]!(graph, key);
		return this.transaction.getNewest(keyspace, key.bytes, key.length, this.#quadSlot);
	}

	clear(graph: number): number {
		const cursor = this.transaction.cursorNewest(this.#byGraph.keyspace, this.#graphBound(graph), this.#graphBound(graph + 1), false);
		const keys: Uint8Array[] = [];
		try {
			const key = new GrowingKeyBuffer(40);
			while (cursor.next()) {
				const { keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd } = cursor;
				this.#byGraph.rowKey(keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd, key);
				keys.push(key.copy());
			}
		} finally {
			cursor.close();
		}
		for (const key of keys) {
			const row = this.#quads.fetch(key);
			if (row !== null) this.#delete(key, row as number[]);
		}
		return keys.length;
	}

	namedGraphs(): number[] {
		const graphs: number[] = [];
		const cursor = this.transaction.cursorNewest(this.#byGraph.keyspace, null, null, false);
		try {
			while (cursor.next()) {
				const graph = graphReader.read(cursor.keyBuffer, cursor.keyStart) as number;
				if (graph !== DEFAULT_GRAPH_ID) graphs.push(graph);
				cursor.seek(this.#graphBound(graph + 1), null);
			}
		} finally {
			cursor.close();
		}
		return graphs;
	}

	/** The first key of a graph's entries. */
	#graphBound(graph: number): Uint8Array {
		const key = new GrowingKeyBuffer(16);
		this.#byGraph.parts[0]!(graph, key);
		return key.copy();
	}

	finish(): void {
		this.#terms.finish();
		this.#quads.finish();
	}
}

const graphReader = keyReader(INT8, false, false, builtinTypes)!;
