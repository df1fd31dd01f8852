/**
 * The objects that make a graph `g`: its tables `g_vertices` and `g_edges` with their indexes, the sequence `g_graph_ids` and the object
 * that names them (`contracts.ts`). All are ordinary and seen in SQL. Dropping one of the tables needs CASCADE, which takes the
 * graph along; `dropGraph` removes all of it.
 */
import { invariant } from '../../platform/errors.ts';
import type { ColumnObject, GraphObject, SchemaObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion, Transaction } from '../../transaction/contracts.ts';
import { plainColumn } from '../../transaction/plain-column.ts';
import { INT8, PROPERTIES, TEXT } from '../../value/builtin-types.ts';
import { dropCascading, putIndex, putSequence, putTable } from '../table/own-objects.ts';
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
	const place = { transaction, schema, owner };
	const columns = (of: readonly (readonly [string, number])[]): ColumnObject[] => of.map(([column, typeOid], at) => plainColumn(column, at + 1, typeOid));
	const vertexColumns = columns([
		['id', INT8.oid],
		['labels', TEXT.arrayOid],
		['properties', PROPERTIES.oid],
	]);
	const edgeColumns = columns([
		['tail', INT8.oid],
		['type', TEXT.oid],
		['head', INT8.oid],
		['id', INT8.oid],
		['properties', PROPERTIES.oid],
	]);
	const verticesId = putTable(place, `${name}_vertices`, vertexColumns);
	const edgesId = putTable(place, `${name}_edges`, edgeColumns);
	putIndex(transaction, verticesId, `${name}_vertices_pkey`, [VERTEX_ID], 'primary');
	putIndex(transaction, edgesId, `${name}_edges_pkey`, [EDGE_TAIL, EDGE_TYPE, EDGE_HEAD, EDGE_ID], 'primary');
	// Its entries end with the row's key: they are in the order (head, type, tail, id) and hold all but the properties.
	putIndex(transaction, edgesId, `${name}_edges_head_type_idx`, [EDGE_HEAD, EDGE_TYPE], 'plain');
	const labels = { column: VERTEX_LABELS, expressionText: null, descending: false, nullsFirst: false, each: true };
	putIndex(transaction, verticesId, `${name}_vertices_labels_idx`, [VERTEX_LABELS], 'plain', { columns: [labels] });
	const sequenceId = putSequence(place, `${name}_graph_ids`, verticesId, 0, Number.MAX_SAFE_INTEGER);
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
	dropCascading(transaction, graph.verticesId === 0 ? [graph.id] : [graph.verticesId, graph.edgesId, graph.sequenceId]);
}
