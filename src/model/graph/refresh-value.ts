/** Values with the nodes and relationships in them as they are now. */
import { type DynamicMap, type DynamicValue, Edge, GraphPath, Vertex } from '../../value/dynamic.ts';

/** Gives entities as they are now. */
export interface EntityReader {
	vertex(vertex: Vertex): Vertex;
	edge(edge: Edge): Edge;
}

/** The same value when nothing in it is an entity. */
export function refreshValue(value: DynamicValue, now: EntityReader): DynamicValue {
	if (typeof value !== 'object' || value === null) return value;
	if (value instanceof Vertex) return now.vertex(value);
	if (value instanceof Edge) return now.edge(value);
	if (value instanceof GraphPath)
		return new GraphPath(
			value.vertices.map((vertex) => now.vertex(vertex)),
			value.edges.map((edge) => now.edge(edge)),
		);
	if (Array.isArray(value)) {
		const list = value as readonly DynamicValue[];
		return list.some((item) => typeof item === 'object' && item !== null) ? list.map((item) => refreshValue(item, now)) : list;
	}
	if (value instanceof Map) return new Map([...(value as DynamicMap)].map(([key, item]) => [key, refreshValue(item, now)]));
	return value;
}
