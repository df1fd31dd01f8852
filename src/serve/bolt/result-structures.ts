/** Structures of results as dynamic values, nodes, relationships and paths among them: for clients of the house. */
import { Edge, GraphPath, Vertex } from '../../value/dynamic.ts';
import { PropertyMap } from '../../value/property-map.ts';
import { FramingError } from './message-reader.ts';
import { NODE, PATH, RELATIONSHIP, readStructure, UNBOUND_RELATIONSHIP } from './value-structures.ts';

type Id = number | bigint;

/** As `readStructure`, and what only servers send. */
export function readResultStructure(tag: number, fields: readonly unknown[], utc: boolean): unknown {
	switch (tag) {
		case NODE:
			return new Vertex(fields[0] as Id, fields[1] as string[], propertiesOf(fields[2]));
		case RELATIONSHIP:
			return new Edge(fields[0] as Id, fields[3] as string, fields[1] as Id, fields[2] as Id, propertiesOf(fields[4]));
		case UNBOUND_RELATIONSHIP:
			// Its ends are known by the path that it is in.
			return new Edge(fields[0] as Id, fields[1] as string, -1, -1, propertiesOf(fields[2]));
		case PATH:
			return pathOf(fields[0] as Vertex[], fields[1] as Edge[], fields[2] as number[]);
		default:
			return readStructure(tag, fields, utc);
	}
}

function propertiesOf(value: unknown): PropertyMap {
	if (!(value instanceof Map)) throw new FramingError('properties must be a map');
	return PropertyMap.of(value);
}

/** Steps are pairs: a relationship from 1, negative against its direction, and a node from 0. */
function pathOf(nodes: readonly Vertex[], unbound: readonly Edge[], steps: readonly number[]): GraphPath {
	const vertices = [nodes[0]!];
	const edges: Edge[] = [];
	for (let step = 0; step < steps.length; step += 2) {
		const place = steps[step]!;
		const from = vertices.at(-1)!;
		const to = nodes[steps[step + 1]!]!;
		const edge = unbound[Math.abs(place) - 1]!;
		edges.push(new Edge(edge.id, edge.type, place > 0 ? from.id : to.id, place > 0 ? to.id : from.id, edge.properties));
		vertices.push(to);
	}
	return new GraphPath(vertices, edges);
}
