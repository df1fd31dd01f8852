/**
 * A store of triples as languages, protocols and the API see it: two tables, and services by which expressions turn ids into
 * terms and changes get in. Terms and their ids: `value/rdf-term.ts`, `value/rdf-inline.ts`.
 *
 * **Reading.** The quads of a store are an ordinary table, `QUAD_COLUMNS` (four int8, never null) with `QUAD_INDEXES`. A triple
 * pattern is a `scan` of it under equalities with ids; the optimizer chooses the index and the order of joins. A quad of the
 * default graph has 0 for its graph. Constants of a query become ids when it is bound; a term that the store does not know has
 * no id (`NO_TERM`) and matches nothing. Columns stay ids until a value is needed: a function or the output asks the reader.
 *
 * **Blank nodes** have no entry in the dictionary: they are numbers (`TAG_BLANK`), drawn from a sequence of the store by `blank()`.
 * A label of a document or update is given a new number per document or operation by whoever reads it; in answers it is `b<number>`.
 *
 * **Changes** go through `QuadWriter`, within the transaction of the statement that asks: they are rows of the tables, with their
 * constraints, log records and rollback. A quad that is there is inserted without effect, one that is not is deleted without effect.
 * Empty graphs are not kept: a named graph is there while it has a quad.
 */
import type { IndexObject, TableObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../../transaction/contracts.ts';
import type { RdfTerm } from '../../value/rdf-term.ts';

/** Columns of `<name>_quads`, in order. */
export const QUAD_COLUMNS = ['graph', 'subject', 'predicate', 'object'] as const;

export type QuadColumn = (typeof QUAD_COLUMNS)[number];

/**
 * Keys of `<name>_quads`: the primary key first, then covering indexes. Each begins with other columns, so that every set of
 * bound columns is a prefix of one; the graph comes last, since most stores use one graph or name it.
 */
export const QUAD_INDEXES: readonly (readonly QuadColumn[])[] = [
	['subject', 'predicate', 'object', 'graph'],
	['predicate', 'object', 'subject', 'graph'],
	['object', 'subject', 'predicate', 'graph'],
	['graph', 'subject', 'predicate', 'object'],
];

/** What a front end knows of a store. */
export interface TripleStore {
	/** Names the store to the services: the id of its quads table. */
	readonly id: number;
	readonly name: string;
	readonly quads: TableObject;
	readonly terms: TableObject;
	/** Numbers of terms and blank nodes. */
	readonly sequenceId: number;
}

/** Finds a store by schema and name in a catalog; undefined when there is none. */
export type FindTripleStore = (catalog: CatalogVersion, schema: string, name: string) => TripleStore | undefined;

/** The indexes of a store's quads, by the order of their columns (`QUAD_INDEXES`). */
export type QuadIndexes = (catalog: CatalogVersion, store: TripleStore) => readonly IndexObject[];

/** Service `triples.reader` (store id): ids ↔ terms as the running statement sees them. Valid during the statement; keeps what it has read. */
export interface TermReader {
	/** The term of an id that came out of the store (or is inline). A corruption error for an id that is not there. */
	term(id: number): RdfTerm;
	/** The id of a term, inline ones included; `NO_TERM` when the store does not know it. */
	id(term: RdfTerm): number;
}

/** Service `triples.writer` (store id): refuses in a read-only transaction. May throw `LockWait` as table writers do. */
export interface QuadWriter extends TermReader {
	/** The id of a term, given to it now if it has none. Blank nodes that are not the store's own are a mistake of the caller. */
	intern(term: RdfTerm): number;
	/** The id of a new blank node. */
	blank(): number;
	/** False when it was there. */
	insert(graph: number, subject: number, predicate: number, object: number): boolean;
	/** False when it was not there. */
	delete(graph: number, subject: number, predicate: number, object: number): boolean;
	/** Removes all quads of a graph (0: the default graph). */
	clear(graph: number): number;
	/** Ids of the named graphs that have quads, as the transaction sees them now. */
	namedGraphs(): number[];
	/** End of the statement: deferred checks of the tables. */
	finish(): void;
}
