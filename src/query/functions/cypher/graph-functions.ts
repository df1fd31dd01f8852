/**
 * Cypher's functions of nodes, relationships and paths, and what makes such values of columns.
 */
import { cypherError } from '../../../platform/cypher-errors.ts';
import { type DynamicList, type DynamicValue, Edge, GraphPath, isListValue, kindName, Vertex } from '../../../value/dynamic.ts';
import type { Int8 } from '../../../value/int8.ts';
import type { PgArray } from '../../../value/pg-array.ts';
import type { PropertyMap } from '../../../value/property-map.ts';
import { arrayContains } from '../../../value/row-values.ts';
import type { FunctionContext, ScalarFunction } from '../contracts.ts';
import { contextual, scalar } from '../define.ts';

/** A node of its columns. */
export const VERTEX: ScalarFunction = scalar(
	0,
	'vertex(int8, _text, properties) dynamic',
	(id: Int8, labels: PgArray, properties: PropertyMap) => new Vertex(id, labels.elements as readonly string[], properties),
);

/** A relationship of its columns: id, type, tail, head, properties. */
export const EDGE: ScalarFunction = scalar(
	0,
	'edge(int8, text, int8, int8, properties) dynamic',
	(id: Int8, type: string, tail: Int8, head: Int8, properties: PropertyMap) => new Edge(id, type, tail, head, properties),
);

/** A path of nodes and relationships in turn, of which those may be lists of relationships with the nodes between them. Null when a part is. */
export const PATH: ScalarFunction = scalar(0, 'path(variadic any) dynamic', (...parts: DynamicList) => {
	const vertices: Vertex[] = [];
	const edges: Edge[] = [];
	for (const part of parts) {
		for (const item of isListValue(part) ? part : [part]) {
			if (item instanceof Vertex) vertices.push(item);
			else edges.push(item as Edge);
		}
	}
	return new GraphPath(vertices, edges);
});

/** A column of labels as a list. */
export const LABEL_LIST: ScalarFunction = scalar(0, 'labels(_text) dynamic', (labels: PgArray) => labels.elements);
export const LABELS_CONTAIN: ScalarFunction = {
	...scalar(0, 'hasLabel(_text, text) bool', (labels: PgArray, label: string) => labels.elements.includes(label), {
		stored: ([label]) => {
			const wanted = Buffer.from(label as string, 'utf8');
			return (bytes, start, end) => arrayContains(bytes, start, end, wanted);
		},
	}),
	containment: true,
};
export const HAS_ANY_LABEL: ScalarFunction = scalar(0, 'hasAnyLabel(_text) bool', (labels: PgArray) => labels.elements.length > 0);

/** Whether a node has a label, or a relationship a type. */
export const HAS_LABEL: ScalarFunction = scalar(0, 'hasLabel(dynamic, text) bool', (value: DynamicValue, label: string) => {
	if (value instanceof Vertex) return value.labels.includes(label);
	if (value instanceof Edge) return value.type === label;
	throw cypherError('TypeError', `${kindName(value)} has no labels`);
});

function unfit(name: string, wanted: string, value: DynamicValue): Error {
	return cypherError('TypeError', `${name}() takes ${wanted}, not ${kindName(value)}`);
}

function labels(value: DynamicValue): DynamicList {
	if (value instanceof Vertex) return value.labels;
	throw unfit('labels', 'a node', value);
}

function typeOf(value: DynamicValue): string {
	if (value instanceof Edge) return value.type;
	throw unfit('type', 'a relationship', value);
}

function idOf(name: string, value: DynamicValue): Int8 {
	if (value instanceof Vertex || value instanceof Edge) return value.id;
	throw unfit(name, 'a node or a relationship', value);
}

function path(name: string, value: DynamicValue): GraphPath {
	if (value instanceof GraphPath) return value;
	throw unfit(name, 'a path', value);
}

/** A vertex as it is now, from the graph. */
function readVertex(context: FunctionContext, graphId: number, id: Int8): Vertex {
	const empty = new Vertex(id, [], null as never);
	return new Vertex(
		id,
		context.service('graph.labels', graphId, empty) as readonly string[],
		context.service('graph.properties', graphId, empty) as PropertyMap,
	);
}

function endOf(name: string, side: 'tail' | 'head'): ScalarFunction {
	return contextual(0, `${name}(dynamic, int8) dynamic`, (context: FunctionContext, value: DynamicValue, graphId: number) => {
		if (value instanceof Edge) return readVertex(context, graphId, value[side]);
		throw unfit(name, 'a relationship', value);
	});
}

/** startNode and endNode of any value; the second argument is the graph's id in the catalog. */
export const START_NODE: ScalarFunction = endOf('startNode', 'tail');
export const END_NODE: ScalarFunction = endOf('endNode', 'head');

export const graphFunctions: readonly ScalarFunction[] = [
	scalar(0, 'labels(dynamic) dynamic', labels),
	scalar(0, 'type(dynamic) text', typeOf),
	scalar(0, 'id(dynamic) int8', (value: DynamicValue) => idOf('id', value)),
	scalar(0, 'elementId(dynamic) text', (value: DynamicValue) => String(idOf('elementId', value))),
	scalar(0, 'nodes(dynamic) dynamic', (value: DynamicValue) => path('nodes', value).vertices),
	scalar(0, 'relationships(dynamic) dynamic', (value: DynamicValue) => path('relationships', value).edges),
	scalar(0, 'rels(dynamic) dynamic', (value: DynamicValue) => path('rels', value).edges),
	scalar(0, 'length(dynamic) int8', (value: DynamicValue) => path('length', value).edges.length),
];
