/**
 * The objects that make a triple store `s`: the tables `s_quads` and `s_terms` with their indexes, the sequence `s_ids`, the view
 * `s_triples` that shows the quads as text, and the object that names them. All are ordinary and seen in SQL.
 *
 *     s_quads (graph, subject, predicate, object int8 NOT NULL)    keys in the orders of QUAD_INDEXES, the first is the primary key
 *     s_terms (id int8 PRIMARY KEY, hash int8 NOT NULL UNIQUE, value text NOT NULL, datatype text, language text)
 *
 * A term of `s_terms` is an IRI (id < 2^52) or a literal: of xsd:string where `datatype` and `language` are null. `hash` is that
 * of `term-hash.ts`, or the next one free when another term has it. Layout and ids: docs/formats/triples.md.
 *
 * Dropping one of the tables needs CASCADE, which takes the store along; `dropTripleStore` removes all of it.
 */
import { invariant } from '../../platform/errors.ts';
import type { ObjectId, SchemaObject, TableObject, TripleStoreObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion, Transaction } from '../../transaction/contracts.ts';
import { plainColumn } from '../../transaction/plain-column.ts';
import { INT8, TEXT } from '../../value/builtin-types.ts';
import { dropCascading, putIndex, putSequence, putTable } from '../table/own-objects.ts';
import { type FindTripleStore, QUAD_COLUMNS, QUAD_INDEXES, type QuadIndexes, type TripleStore } from './contracts.ts';

/** Numbers of terms and blank nodes are less: a blank node's stands within its id. */
const NUMBER_MAX = 2 ** 48 - 1;

const TERM_COLUMNS = ['id', 'hash', 'value', 'datatype', 'language'] as const;

/** The store of a schema and name; undefined when there is none. */
export const findTripleStore: FindTripleStore = (catalog, schemaName, name) => {
	const schema = catalog.findSchema(schemaName);
	const object = schema === undefined ? undefined : catalog.find(schema.id, 'triple store', name);
	return object?.kind === 'triple store' ? storeOf(catalog, object) : undefined;
};

/** The store whose quads are the table of this id. */
export function tripleStoreOf(catalog: CatalogVersion, quadsId: ObjectId): TripleStore | undefined {
	const object = catalog.dependents(quadsId).find((dependent) => dependent.kind === 'triple store');
	return object?.kind === 'triple store' ? storeOf(catalog, object) : undefined;
}

/** All stores, by schema and name. */
export function tripleStores(catalog: CatalogVersion): { readonly schema: string; readonly store: TripleStore }[] {
	const found: { schema: string; store: TripleStore }[] = [];
	for (const object of catalog.objects())
		if (object.kind === 'triple store') found.push({ schema: catalog.get(object.schemaId)?.name ?? '', store: storeOf(catalog, object) });
	return found;
}

export const quadIndexes: QuadIndexes = (catalog, store) =>
	QUAD_INDEXES.map((columns) => {
		const numbers = columns.map((column) => QUAD_COLUMNS.indexOf(column) + 1).join();
		for (const id of store.quads.indexIds) {
			const index = catalog.get(id);
			if (index?.kind === 'index' && index.columns.map((column) => column.column).join() === numbers) return index;
		}
		throw new RangeError(`the quads of store ${store.name} have no index (${columns.join(', ')})`);
	});

function storeOf(catalog: CatalogVersion, object: TripleStoreObject): TripleStore {
	const quads = catalog.get(object.quadsId);
	const terms = catalog.get(object.termsId);
	invariant(quads?.kind === 'table' && terms?.kind === 'table', `the tables of triple store ${object.name} are in the catalog`);
	return { id: object.quadsId, name: object.name, quads, terms, sequenceId: object.sequenceId };
}

/** Makes an empty store. Throws 42710 or 42P07 when one of its names is taken. */
export function createTripleStore(transaction: Transaction, schema: SchemaObject, name: string, owner: string): TripleStore {
	const place = { transaction, schema, owner };
	const quadColumns = QUAD_COLUMNS.map((column, at) => plainColumn(column, at + 1, INT8.oid));
	const quads = putTable(place, `${name}_quads`, quadColumns);
	const terms = putTable(place, `${name}_terms`, [
		plainColumn('id', 1, INT8.oid),
		plainColumn('hash', 2, INT8.oid),
		plainColumn('value', 3, TEXT.oid),
		plainColumn('datatype', 4, TEXT.oid, false),
		plainColumn('language', 5, TEXT.oid, false),
	]);
	for (const columns of QUAD_INDEXES) {
		const isPrimary = columns === QUAD_INDEXES[0];
		const label = columns.map((column) => column[0]).join('');
		const numbers = columns.map((column) => QUAD_COLUMNS.indexOf(column) + 1);
		if (isPrimary) putIndex(transaction, quads, `${name}_quads_pkey`, numbers, 'primary');
		// The orders of quads hold all columns.
		else putIndex(transaction, quads, `${name}_quads_${label}_idx`, numbers, 'plain', { holdsRowKey: true });
	}
	putIndex(transaction, terms, `${name}_terms_pkey`, [1], 'primary');
	putIndex(transaction, terms, `${name}_terms_hash_key`, [TERM_COLUMNS.indexOf('hash') + 1], 'unique');
	const sequenceId = putSequence(place, `${name}_ids`, terms, 1, NUMBER_MAX);
	const indexIds = [quads, terms].flatMap((table) => (transaction.catalog.get(table) as TableObject).indexIds);
	const id = transaction.newId();
	const object: TripleStoreObject = {
		kind: 'triple store',
		id,
		name,
		schemaId: schema.id,
		owner,
		quadsId: quads,
		termsId: terms,
		sequenceId,
		dependsOn: [quads, terms, sequenceId, ...indexIds],
	};
	transaction.changeCatalog(id, object);
	putView(transaction, schema, owner, name, [quads, terms]);
	return storeOf(transaction.catalog, object);
}

/** Removes a store with everything in it, and what else depends on it. */
export function dropTripleStore(transaction: Transaction, store: TripleStore): void {
	dropCascading(transaction, [store.quads.id, store.terms.id, store.sequenceId]);
}

/** The view `s_triples`: each quad as the text that N-Quads has for its terms; null for the default graph. */
function putView(transaction: Transaction, schema: SchemaObject, owner: string, name: string, dependsOn: readonly ObjectId[]): void {
	const quoted = (part: string): string => `"${part.replaceAll('"', '""')}"`;
	const terms = `${quoted(schema.name)}.${quoted(`${name}_terms`)}`;
	const columns = ['subject', 'predicate', 'object', 'graph'] as const;
	const shown = columns.map((column, i) => `polylog.rdf_text(q.${column}, t${i}.value, t${i}.datatype, t${i}.language) AS ${column}`);
	const joins = columns.map((column, i) => `LEFT JOIN ${terms} t${i} ON t${i}.id = q.${column}`);
	const id = transaction.newId();
	transaction.changeCatalog(id, {
		kind: 'view',
		id,
		name: `${name}_triples`,
		schemaId: schema.id,
		owner,
		text: `SELECT ${shown.join(', ')} FROM ${quoted(schema.name)}.${quoted(`${name}_quads`)} q ${joins.join(' ')}`,
		columns: columns.map((column) => ({ name: column, typeOid: TEXT.oid, typmod: -1 })),
		searchPath: ['public'],
		materializedTableId: 0,
		dependsOn,
	});
}
