/**
 * Functions that patterns and updating clauses of Cypher compile to: parts of entities, lists of edges along a walk, paths, and the
 * services of a graph (`model/graph/contracts.ts`), whose first argument is the graph's id.
 *
 * Along a walk edges are kept as values where they are asked for, else by their ids alone; what looks at such lists takes both.
 */
import { cypherError } from '../../../platform/cypher-errors.ts';
import { type DynamicList, type DynamicMap, type DynamicValue, Edge, GraphPath, kindName, Vertex } from '../../../value/dynamic.ts';
import { PropertyMap } from '../../../value/property-map.ts';
import type { FunctionContext, ScalarFunction } from '../contracts.ts';
import { contextual, scalar } from '../define.ts';

type Id = number | bigint;

function wrongKind(wanted: string, value: DynamicValue): Error {
	return cypherError('TypeError', `expected a ${wanted}, but it is a ${kindName(value)}`);
}

function vertexOf(value: DynamicValue): Vertex {
	if (value instanceof Vertex) return value;
	throw wrongKind('Node', value);
}

function edgeOf(value: DynamicValue): Edge {
	if (value instanceof Edge) return value;
	throw wrongKind('Relationship', value);
}

function edgesOf(value: DynamicValue): DynamicList {
	if (Array.isArray(value)) return value as DynamicList;
	throw wrongKind('List of relationships', value);
}

const idOf = (item: DynamicValue): Id => (item instanceof Edge ? item.id : (item as Id));

function contains(list: DynamicList, id: Id): boolean {
	for (let i = 0; i < list.length; i++) if (idOf(list[i]!) === id) return true;
	return false;
}

// ---- parts of values ----

export const vertexId: ScalarFunction = scalar(0, 'vertex_id(dynamic) int8', (value: DynamicValue) => vertexOf(value).id);
export const edgeId: ScalarFunction = scalar(0, 'edge_id(dynamic) int8', (value: DynamicValue) => edgeOf(value).id);
export const edgeType: ScalarFunction = scalar(0, 'edge_type(dynamic) text', (value: DynamicValue) => edgeOf(value).type);
export const edgeTail: ScalarFunction = scalar(0, 'edge_tail(dynamic) int8', (value: DynamicValue) => edgeOf(value).tail);
export const edgeHead: ScalarFunction = scalar(0, 'edge_head(dynamic) int8', (value: DynamicValue) => edgeOf(value).head);
export const edgeProperties: ScalarFunction = scalar(0, 'edge_properties(dynamic) properties', (value: DynamicValue) => edgeOf(value).properties);

/** What names a node or a relationship, without its labels and properties. */
export const vertexReference: ScalarFunction = scalar(0, 'vertex_reference(int8) dynamic', (id: Id) => new Vertex(id, [], PropertyMap.empty));
export const edgeReference: ScalarFunction = scalar(
	0,
	'edge_reference(int8, text, int8, int8) dynamic',
	(id: Id, type: string, tail: Id, head: Id) => new Edge(id, type, tail, head, PropertyMap.empty),
);

// ---- walks ----

export const appendEdge: ScalarFunction = scalar(0, 'append_edge(dynamic, dynamic) dynamic', (list: DynamicList, edge: DynamicValue) => [...list, edge]);
export const containsEdge: ScalarFunction = scalar(0, 'contains_edge(dynamic, int8) bool', contains);
export const edgesMeet: ScalarFunction = scalar(0, 'edges_meet(dynamic, dynamic) bool', (left: DynamicList, right: DynamicList) =>
	left.some((item) => contains(right, idOf(item))),
);
/** The same edges in the same order. */
export const sameEdges: ScalarFunction = scalar(0, 'same_edges(dynamic, dynamic) bool', (walked: DynamicList, given: DynamicValue) => {
	const edges = edgesOf(given);
	return edges.length === walked.length && edges.every((edge, i) => edgeOf(edge).id === idOf(walked[i]!));
});
export const reverseEdges: ScalarFunction = scalar(0, 'reverse_edges(dynamic) dynamic', (list: DynamicList) => [...list].reverse());
export const nextDepth: ScalarFunction = scalar(0, 'next_depth(int8) int8', (depth: number) => depth + 1, { inline: (args) => `(${args[0]!} + 1)` });

function vertexNow(context: FunctionContext, graphId: number, id: Id): Vertex {
	return context.service('graph.refresh', graphId, new Vertex(id, [], PropertyMap.empty)) as Vertex;
}

/** (graph, id of the first node, relationship or list of relationships, …) → path; null where one of them is. Its nodes are read by their ids. */
export const graphPath: ScalarFunction = contextual(
	0,
	'graph_path(int4, int8, variadic any) dynamic',
	(context: FunctionContext, graphId: number, start: Id | null, ...items: DynamicValue[]) => {
		if (start === null) return null;
		const vertices = [vertexNow(context, graphId, start)];
		const edges: Edge[] = [];
		let at = start;
		for (const item of items) {
			if (item === null) return null;
			for (const edge of (Array.isArray(item) ? item : [item]) as readonly Edge[]) {
				at = edge.tail === at ? edge.head : edge.tail;
				edges.push(edge);
				vertices.push(vertexNow(context, graphId, at));
			}
		}
		return new GraphPath(vertices, edges);
	},
	{ strict: false },
);

// ---- services of a graph ----

function service(name: string, signature: string, volatility: ScalarFunction['volatility'] = 'volatile'): ScalarFunction {
	return contextual(0, signature, (context: FunctionContext, ...values: unknown[]) => context.service(name, ...values), { volatility, strict: false });
}

/** (graph, labels, map of properties) → id. */
export const createVertex: ScalarFunction = service('graph.create_vertex', 'create_vertex(int4, dynamic, dynamic) int8');
/** (graph, type, tail, head, map of properties) → id. */
export const createEdge: ScalarFunction = service('graph.create_edge', 'create_edge(int4, text, int8, int8, dynamic) int8');
/** (graph, entity, key, value). */
export const setProperty: ScalarFunction = service('graph.set_property', 'set_property(int4, dynamic, dynamic, dynamic) dynamic');
/** (graph, entity, map or entity, whether others are kept). */
export const setProperties: ScalarFunction = service('graph.set_properties', 'set_properties(int4, dynamic, dynamic, bool) dynamic');
/** (graph, node, labels, whether they are added). */
export const setLabels: ScalarFunction = service('graph.set_labels', 'set_labels(int4, dynamic, dynamic, bool) dynamic');
/** (graph, what is deleted, whether with relationships). */
export const deleteEntities: ScalarFunction = service('graph.delete', 'delete_entities(int4, dynamic, bool) dynamic');
// What is read of the present is computed where it is used: something deleted may be carried along as long as nobody asks for its parts.

/** (graph, node) → its labels now. */
export const currentLabels: ScalarFunction = service('graph.labels', 'current_labels(int4, dynamic) _text', 'stable');
/** (graph, node or relationship) → its properties now. */
export const currentProperties: ScalarFunction = service('graph.properties', 'current_properties(int4, dynamic) properties', 'stable');
/** (graph, value) → the same value with all entities in it as they are now. */
export const refreshed: ScalarFunction = service('graph.refresh', 'refreshed(int4, dynamic) dynamic', 'stable');

/** The properties that MERGE makes something with: a null could not be found again. */
export const mergedProperties: ScalarFunction = scalar(0, 'merged_properties(dynamic) dynamic', (map: DynamicMap) => {
	for (const [key, value] of map)
		if (value === null)
			throw cypherError('SemanticError', `Cannot merge because of a null property value for '${key}'`, { hint: 'Use MERGE with values that are there.' });
	return map;
});
