/**
 * `polylog.create_graph` and `polylog.drop_graph`: graphs with tables of their own, and graphs over tables that are there. Names are
 * `graph` (in the first schema of search_path) or `schema.graph`.
 */
import { createGraph, dropGraph, findGraph } from '../model/graph/graph-definition.ts';
import { type OverlayGraph, readOverlay } from '../model/graph/overlay-graph.ts';
import { LockWait } from '../model/table/contracts.ts';
import { sqlError } from '../platform/errors.ts';
import type { GraphObject, SchemaObject, TableObject } from '../transaction/catalog-objects.ts';
import type { Transaction } from '../transaction/contracts.ts';
import { type Jsonb, jsonbToJavaScript } from '../value/jsonb.ts';
import { searchPathOf } from './analysis.ts';
import type { DatabaseSession } from './session.ts';

function splitName(session: DatabaseSession, text: string): readonly [schema: string, name: string] {
	const dot = text.indexOf('.');
	if (dot >= 0) return [text.slice(0, dot), text.slice(dot + 1)];
	return [searchPathOf(session)[0] ?? 'public', text];
}

function requireSchema(transaction: Transaction, name: string): SchemaObject {
	const schema = transaction.catalog.findSchema(name);
	if (schema?.kind !== 'schema') throw sqlError('3F000', `schema "${name}" does not exist`);
	return schema;
}

/** A table by its name, or `schema.name`. */
function requireTable(session: DatabaseSession, transaction: Transaction, text: string): TableObject {
	const dot = text.indexOf('.');
	const schemas = dot < 0 ? searchPathOf(session) : [text.slice(0, dot)];
	for (const schema of schemas) {
		const object = transaction.catalog.findSchema(schema);
		const found = object === undefined ? undefined : transaction.catalog.find(object.id, 'relation', text.slice(dot + 1));
		if (found?.kind === 'table') return found;
		if (found !== undefined) throw sqlError('42809', `"${text}" is not a table`);
	}
	throw sqlError('42P01', `relation "${text}" does not exist`);
}

/** `definition` null: a graph with tables of its own, empty. 42710 when there is one of the name. */
export function createNamedGraph(session: DatabaseSession, transaction: Transaction, text: string, definition: Jsonb | null): null {
	const [schemaName, name] = splitName(session, text);
	if (name === '') throw sqlError('42602', 'a graph needs a name');
	const schema = requireSchema(transaction, schemaName);
	if (findGraph(transaction.catalog, schemaName, name) !== undefined) throw sqlError('42710', `graph "${text}" already exists`);
	if (definition === null) {
		createGraph(transaction, schema, name, session.currentUser);
		return null;
	}
	const overlay = readOverlay(jsonbToJavaScript(definition), (table) => requireTable(session, transaction, table));
	const graph: GraphObject = {
		kind: 'graph',
		id: transaction.newId(),
		name,
		schemaId: schema.id,
		owner: session.currentUser,
		verticesId: 0,
		edgesId: 0,
		sequenceId: 0,
		rules: [],
		definition: overlay,
		dependsOn: tableIdsOf(overlay),
	};
	transaction.changeCatalog(graph.id, graph);
	return null;
}

function tableIdsOf(overlay: OverlayGraph): number[] {
	return [...new Set([...overlay.nodes, ...overlay.relationships].map((part) => part.tableId))];
}

/** With everything in it; a graph over other tables leaves those. */
export function dropNamedGraph(session: DatabaseSession, transaction: Transaction, text: string): null {
	const [schema, name] = splitName(session, text);
	const graph = findGraph(transaction.catalog, schema, name);
	if (graph === undefined) throw sqlError('42704', `graph "${text}" does not exist`);
	if (graph.verticesId !== 0)
		for (const id of [graph.verticesId, graph.edgesId]) if (transaction.lockObject(id, 'exclusive', false) === 'wait') throw new LockWait();
	dropGraph(transaction, graph);
	return null;
}
