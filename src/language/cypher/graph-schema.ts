/**
 * What the compiler must know of the graph that a statement is about. Made by `model/graph` from the catalog, per catalog version.
 */
import type { GraphRule, ObjectId, TableObject } from '../../transaction/catalog-objects.ts';

export interface GraphSchema {
	/** Of the graph's object in the catalog. */
	readonly id: ObjectId;
	/** `default`, in the schema `public`, where nothing else is named. */
	readonly name: string;
	/** id, labels, properties. */
	readonly vertices: TableObject;
	/** tail, type, head, id, properties. */
	readonly edges: TableObject;
	/** Its property indexes and constraints. */
	readonly rules: readonly GraphRule[];
}
