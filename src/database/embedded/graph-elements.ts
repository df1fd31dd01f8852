/** Nodes, relationships and paths as programs get them. */

/**
 * A node in a result.
 *
 * @since 0.2.0
 */
export class Node {
	/** A bigint past 2^53. */
	readonly id: number | bigint;
	readonly labels: readonly string[];
	readonly properties: Readonly<Record<string, unknown>>;

	/** @internal */
	constructor(id: number | bigint, labels: readonly string[], properties: Readonly<Record<string, unknown>>) {
		this.id = id;
		this.labels = labels;
		this.properties = properties;
	}
}

/**
 * A relationship in a result.
 *
 * @since 0.2.0
 */
export class Relationship {
	readonly id: number | bigint;
	readonly type: string;
	/** Ids of the nodes where it begins and ends. */
	readonly start: number | bigint;
	readonly end: number | bigint;
	readonly properties: Readonly<Record<string, unknown>>;

	/** @internal */
	constructor(id: number | bigint, type: string, start: number | bigint, end: number | bigint, properties: Readonly<Record<string, unknown>>) {
		this.id = id;
		this.type = type;
		this.start = start;
		this.end = end;
		this.properties = properties;
	}
}

/**
 * A path in a result: `relationships[i]` joins `nodes[i]` and `nodes[i + 1]`, in either direction.
 *
 * @since 0.2.0
 */
export class Path {
	readonly nodes: readonly Node[];
	readonly relationships: readonly Relationship[];

	/** @internal */
	constructor(nodes: readonly Node[], relationships: readonly Relationship[]) {
		this.nodes = nodes;
		this.relationships = relationships;
	}

	/** Its number of relationships. */
	get length(): number {
		return this.relationships.length;
	}
}
