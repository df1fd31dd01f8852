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
import type { ColumnObject, IndexObject, ObjectId, SchemaObject, TableObject, TripleStoreObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion, Transaction } from '../../transaction/contracts.ts';
import { INT8, TEXT } from '../../value/builtin-types.ts';
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
	const quads = putTable(transaction, schema, owner, `${name}_quads`, QUAD_COLUMNS.map(int8Column));
	const terms = putTable(transaction, schema, owner, `${name}_terms`, [
		int8Column('id', 0),
		int8Column('hash', 1),
		{ ...int8Column('value', 2), typeOid: TEXT.oid },
		{ ...int8Column('datatype', 3), typeOid: TEXT.oid, notNull: false },
		{ ...int8Column('language', 4), typeOid: TEXT.oid, notNull: false },
	]);
	for (const columns of QUAD_INDEXES) {
		const isPrimary = columns === QUAD_INDEXES[0];
		const label = columns.map((column) => column[0]).join('');
		const numbers = columns.map((column) => QUAD_COLUMNS.indexOf(column) + 1);
		putIndex(transaction, quads, isPrimary ? `${name}_quads_pkey` : `${name}_quads_${label}_idx`, numbers, isPrimary ? 'primary' : 'plain');
	}
	putIndex(transaction, terms, `${name}_terms_pkey`, [1], 'primary');
	putIndex(transaction, terms, `${name}_terms_hash_key`, [TERM_COLUMNS.indexOf('hash') + 1], 'unique');
	const sequenceId = putSequence(transaction, schema, owner, `${name}_ids`, terms);
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
	const gone = new Set<ObjectId>();
	const visit = (id: ObjectId): void => {
		if (gone.has(id)) return;
		gone.add(id);
		for (const dependent of transaction.catalog.dependents(id)) visit(dependent.id);
	};
	for (const id of [store.quads.id, store.terms.id, store.sequenceId]) visit(id);
	for (const id of gone) transaction.changeCatalog(id, null);
}

function int8Column(name: string, place: number): ColumnObject {
	return {
		name,
		number: place + 1,
		typeOid: INT8.oid,
		typmod: -1,
		notNull: true,
		defaultText: null,
		generatedText: null,
		identity: '',
		sequenceId: 0,
		dropped: false,
		addedIn: 1,
		missingText: null,
	};
}

function putTable(transaction: Transaction, schema: SchemaObject, owner: string, name: string, columns: readonly ColumnObject[]): ObjectId {
	const id = transaction.newId();
	transaction.changeCatalog(id, {
		kind: 'table',
		id,
		name,
		schemaId: schema.id,
		owner,
		columns,
		schemaVersion: 1,
		primaryKey: [],
		keyspaceId: transaction.newId(),
		indexIds: [],
		constraintIds: [],
		options: {},
		engine: 'lsm',
		persistence: 'p',
	});
	return id;
}

function putIndex(transaction: Transaction, tableId: ObjectId, name: string, numbers: readonly number[], kind: 'primary' | 'unique' | 'plain'): void {
	const table = transaction.catalog.get(tableId) as TableObject;
	const index: IndexObject = {
		kind: 'index',
		id: transaction.newId(),
		name,
		schemaId: table.schemaId,
		tableId,
		keyspaceId: kind === 'primary' ? table.keyspaceId : transaction.newId(),
		unique: kind !== 'plain',
		nullsNotDistinct: false,
		primary: kind === 'primary',
		columns: numbers.map((column) => ({ column, expressionText: null, descending: false, nullsFirst: false })),
		include: [],
		predicateText: null,
		ready: true,
		method: 'btree',
		...(kind === 'primary' ? {} : { engine: 'lsm' }),
		// The orders of quads hold all columns.
		...(kind === 'plain' ? { holdsRowKey: true } : {}),
	};
	transaction.changeCatalog(index.id, index);
	const constraintIds = kind === 'plain' ? table.constraintIds : [...table.constraintIds, putConstraint(transaction, table, index)];
	transaction.changeCatalog(tableId, {
		...table,
		indexIds: kind === 'primary' ? [index.id, ...table.indexIds] : [...table.indexIds, index.id],
		constraintIds,
		...(kind === 'primary' ? { primaryKey: numbers } : {}),
	});
}

function putConstraint(transaction: Transaction, table: TableObject, index: IndexObject): ObjectId {
	const id = transaction.newId();
	transaction.changeCatalog(id, {
		kind: 'constraint',
		id,
		name: index.name,
		schemaId: table.schemaId,
		tableId: table.id,
		type: index.primary ? 'primary' : 'unique',
		columns: index.columns.map((column) => column.column),
		indexId: index.id,
		checkText: null,
		foreignTableId: 0,
		foreignColumns: [],
		onDelete: 'no action',
		onUpdate: 'no action',
		matchFull: false,
		deferrable: false,
		initiallyDeferred: false,
		validated: true,
	});
	return id;
}

function putSequence(transaction: Transaction, schema: SchemaObject, owner: string, name: string, ownerTableId: ObjectId): ObjectId {
	const id = transaction.newId();
	transaction.changeCatalog(id, {
		kind: 'sequence',
		id,
		name,
		schemaId: schema.id,
		owner,
		typeOid: INT8.oid,
		start: '1',
		increment: '1',
		minimum: '1',
		maximum: String(NUMBER_MAX),
		cache: 1,
		cycle: false,
		ownerTableId,
		ownerColumn: 1,
		persistence: 'p',
	});
	return id;
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
