/**
 * The objects that make a graph `g`: its tables `g_vertices` and `g_edges` with their indexes, the sequence `g_graph_ids` and the object
 * that names them (`contracts.ts`). All are ordinary and seen in SQL. Dropping one of the tables needs CASCADE, which takes the
 * graph along; `dropGraph` removes all of it.
 */
import { invariant } from '../../platform/errors.ts';
import type { ColumnObject, GraphObject, IndexObject, ObjectId, SchemaObject, TableObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion, Transaction } from '../../transaction/contracts.ts';
import { INT8, PROPERTIES, TEXT } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { EDGE_HEAD, EDGE_ID, EDGE_TAIL, EDGE_TYPE, type GraphTables, VERTEX_ID, VERTEX_LABELS } from './contracts.ts';

/** The graph where none is named. */
export const DEFAULT_GRAPH = 'default';

/** The graph of a schema and name; undefined when there is none. */
export function findGraph(catalog: CatalogVersion, schemaName: string, name: string): GraphObject | undefined {
	const schema = catalog.findSchema(schemaName);
	const object = schema === undefined ? undefined : catalog.find(schema.id, 'graph', name);
	return object?.kind === 'graph' ? object : undefined;
}

/** All graphs. */
export function graphsOf(catalog: CatalogVersion): GraphObject[] {
	return [...catalog.objects()].filter((object) => object.kind === 'graph');
}

/** The tables of a graph that has its own. */
export function graphTables(catalog: CatalogVersion, graph: GraphObject): GraphTables {
	const vertices = catalog.get(graph.verticesId);
	const edges = catalog.get(graph.edgesId);
	invariant(vertices?.kind === 'table' && edges?.kind === 'table', `the tables of graph ${graph.name} are in the catalog`);
	return { vertices, edges };
}

/** Makes an empty graph. Throws 42710 or 42P07 when one of its names is taken. */
export function createGraph(transaction: Transaction, schema: SchemaObject, name: string, owner: string): GraphObject {
	const text = arrayOf(TEXT);
	const place = { transaction, schema, owner };
	const verticesId = putTable(place, `${name}_vertices`, [
		['id', INT8.oid],
		['labels', text],
		['properties', PROPERTIES.oid],
	]);
	const edgesId = putTable(place, `${name}_edges`, [
		['tail', INT8.oid],
		['type', TEXT.oid],
		['head', INT8.oid],
		['id', INT8.oid],
		['properties', PROPERTIES.oid],
	]);
	putPrimaryKey(transaction, verticesId, [VERTEX_ID]);
	putPrimaryKey(transaction, edgesId, [EDGE_TAIL, EDGE_TYPE, EDGE_HEAD, EDGE_ID]);
	// Its entries end with the row's key: they are in the order (head, type, tail, id) and hold all but the properties.
	putIndex(transaction, edgesId, `${name}_edges_head_type_idx`, [EDGE_HEAD, EDGE_TYPE], false);
	putIndex(transaction, verticesId, `${name}_vertices_labels_idx`, [VERTEX_LABELS], false, true);
	const sequenceId = putSequence(place, `${name}_graph_ids`, verticesId);
	const graph: GraphObject = {
		kind: 'graph',
		id: transaction.newId(),
		name,
		schemaId: schema.id,
		owner,
		verticesId,
		edgesId,
		sequenceId,
		rules: [],
		definition: null,
		dependsOn: [verticesId, edgesId, sequenceId],
	};
	transaction.changeCatalog(graph.id, graph);
	return graph;
}

/** Removes a graph, its own tables with everything in them, and what else depends on those. */
export function dropGraph(transaction: Transaction, graph: GraphObject): void {
	const gone = new Set<ObjectId>();
	const visit = (id: ObjectId): void => {
		if (gone.has(id)) return;
		gone.add(id);
		for (const dependent of transaction.catalog.dependents(id)) visit(dependent.id);
	};
	if (graph.verticesId === 0) visit(graph.id);
	else for (const id of [graph.verticesId, graph.edgesId, graph.sequenceId]) visit(id);
	for (const id of gone) transaction.changeCatalog(id, null);
}

function arrayOf(type: Type): number {
	return type.arrayOid;
}

interface Place {
	readonly transaction: Transaction;
	readonly schema: SchemaObject;
	readonly owner: string;
}

function putTable({ transaction, schema, owner }: Place, name: string, columns: readonly (readonly [string, number])[]): ObjectId {
	const id = transaction.newId();
	transaction.changeCatalog(id, {
		kind: 'table',
		id,
		name,
		schemaId: schema.id,
		owner,
		columns: columns.map(([column, typeOid], at) => columnObject(column, at + 1, typeOid)),
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

function columnObject(name: string, number: number, typeOid: number): ColumnObject {
	return {
		name,
		number,
		typeOid,
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

function putIndex(transaction: Transaction, tableId: ObjectId, name: string, numbers: readonly number[], isPrimary: boolean, each = false): IndexObject {
	const table = transaction.catalog.get(tableId) as TableObject;
	const index: IndexObject = {
		kind: 'index',
		id: transaction.newId(),
		name,
		schemaId: table.schemaId,
		tableId,
		keyspaceId: isPrimary ? table.keyspaceId : transaction.newId(),
		unique: isPrimary,
		nullsNotDistinct: false,
		primary: isPrimary,
		columns: numbers.map((column) => ({ column, expressionText: null, descending: false, nullsFirst: false, ...(each ? { each } : {}) })),
		include: [],
		predicateText: null,
		ready: true,
		method: 'btree',
		...(isPrimary ? {} : { engine: 'lsm' }),
	};
	transaction.changeCatalog(index.id, index);
	transaction.changeCatalog(tableId, { ...table, indexIds: [...table.indexIds, index.id], ...(isPrimary ? { primaryKey: numbers } : {}) });
	return index;
}

function putPrimaryKey(transaction: Transaction, tableId: ObjectId, numbers: readonly number[]): void {
	const { name, schemaId } = transaction.catalog.get(tableId) as TableObject;
	const index = putIndex(transaction, tableId, `${name}_pkey`, numbers, true);
	const id = transaction.newId();
	transaction.changeCatalog(id, {
		kind: 'constraint',
		id,
		name: index.name,
		schemaId,
		tableId,
		type: 'primary',
		columns: numbers,
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
	const table = transaction.catalog.get(tableId) as TableObject;
	transaction.changeCatalog(tableId, { ...table, constraintIds: [...table.constraintIds, id] });
}

function putSequence({ transaction, schema, owner }: Place, name: string, ownerTableId: ObjectId): ObjectId {
	const id = transaction.newId();
	transaction.changeCatalog(id, {
		kind: 'sequence',
		id,
		name,
		schemaId: schema.id,
		owner,
		typeOid: INT8.oid,
		start: '0',
		increment: '1',
		minimum: '0',
		maximum: String(Number.MAX_SAFE_INTEGER),
		cache: 1,
		cycle: false,
		ownerTableId,
		ownerColumn: VERTEX_ID,
		persistence: 'p',
	});
	return id;
}
