/**
 * Property graphs as languages and functions see them: where a graph's vertices and edges are, and the services through which
 * functions of a statement read and change it.
 *
 * A graph `g` in schema `s` owns two ordinary tables, which SQL sees too:
 *
 * - `<g>_vertices(id int8 primary key, labels text[] not null, properties polylog.properties not null)`
 * - `<g>_edges(tail int8, type text, head int8, id int8, properties polylog.properties not null, primary key (tail, type, head, id))`
 *   with an index `(head, type)`, whose entries go on with tail and id: what leaves a vertex and what comes to it are one range each.
 *
 * The vertices have an inverted index of their labels: (label, id). Ids of both come from one sequence. Labels of a vertex are distinct and in order of their bytes. A property is never null.
 *
 * Services (`FunctionContext.service(name, graphId, …)`); values are those of `value/dynamic.ts`. All but the readers need a
 * statement that writes, and may throw `LockWait` and `StatementRestart`:
 *
 * | name | arguments | result |
 * |---|---|---|
 * | `graph.create_vertex` | labels, properties (Map; nulls left out) | id |
 * | `graph.create_edge` | type, tail, head, properties | id |
 * | `graph.set_property` | entity, key, value (null removes) | null |
 * | `graph.set_properties` | entity, Map or entity, whether it adds (`+=`) or replaces (`=`) | null |
 * | `graph.set_labels` | vertex, labels, whether they are added or removed | null |
 * | `graph.delete` | entity, path or list of them, whether with edges (DETACH) | null |
 * | `graph.labels`, `graph.properties` | entity | its state now, own changes included; throws when it was deleted |
 * | `graph.refresh` | any value | the same with all entities in it as they are now |
 *
 * `entity` is a `Vertex` or `Edge` (any state of it: what counts is its identity) or null, which is left alone.
 * A vertex that was deleted while edges still hold it fails at the end of the statement.
 */
import type { TableObject } from '../../transaction/catalog-objects.ts';

/** What a statement changed, as Neo4j counts it; what is 0 is left out. */
export interface GraphCounters {
	readonly nodesCreated?: number;
	readonly nodesDeleted?: number;
	readonly relationshipsCreated?: number;
	readonly relationshipsDeleted?: number;
	readonly propertiesSet?: number;
	readonly labelsAdded?: number;
	readonly labelsRemoved?: number;
	readonly indexesAdded?: number;
	readonly indexesRemoved?: number;
	readonly constraintsAdded?: number;
	readonly constraintsRemoved?: number;
}

/** The tables of a graph, and the attribute numbers of their columns. */
export interface GraphTables {
	readonly vertices: TableObject;
	readonly edges: TableObject;
}

/** Attribute numbers of a graph's own tables. */
export const VERTEX_ID = 1;
export const VERTEX_LABELS = 2;
export const VERTEX_PROPERTIES = 3;
export const EDGE_TAIL = 1;
export const EDGE_TYPE = 2;
export const EDGE_HEAD = 3;
export const EDGE_ID = 4;
export const EDGE_PROPERTIES = 5;
