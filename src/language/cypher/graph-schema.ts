/**
 * What the compiler must know of the graph that a statement is about. Made by `model/graph` from the catalog, per catalog version.
 */
import type { GraphTables } from '../../model/graph/contracts.ts';
import type { OverlayGraph } from '../../model/graph/overlay-graph.ts';
import type { GraphRule, ObjectId, TableObject } from '../../transaction/catalog-objects.ts';

/** A graph over other tables, with these. */
export interface OverlaySchema {
	readonly graph: OverlayGraph;
	tableOf(id: ObjectId): TableObject;
}

export interface GraphSchema {
	/** Of the graph's object in the catalog. */
	readonly id: ObjectId;
	/** `default`, in the schema `public`, where nothing else is named. */
	readonly name: string;
	/** Its own tables: vertices (id, labels, properties), edges (tail, type, head, id, properties); null for a graph over other tables. */
	readonly own: GraphTables | null;
	/** How other tables make it up; null for a graph with its own. */
	readonly overlay: OverlaySchema | null;
	/** Its property indexes and constraints. */
	readonly rules: readonly GraphRule[];
}
