/**
 * Where files of nodes and relationships are loaded to: a graph of another process, over Bolt in batches of one transaction, or one of this
 * process (`graph-direct-loader.ts`).
 *
 * Nodes are known to relationships by keys of the source (an id space and a key), which are kept in memory until the load ends: some hundred
 * bytes for each node that has one, nothing for a relationship.
 */
import { InputError } from '../platform/errors.ts';
import type { DynamicValue } from '../value/dynamic.ts';
import type { BoltClient } from './bolt-client.ts';

/** Rows of one statement. */
const BATCH_ROWS = 10_000;

/** What all rows of a source of nodes have in common. */
export interface NodeShape {
	readonly labels: readonly string[];
	readonly properties: readonly string[];
	/** Where keys of these nodes are unique; null: no relationship names them. */
	readonly space: string | null;
}

export interface RelationshipShape {
	readonly type: string;
	readonly properties: readonly string[];
	/** Id spaces of the node where it begins and of the one where it ends. */
	readonly fromSpace: string;
	readonly toSpace: string;
}

/** Takes the rows of one shape. */
export interface RowTaker {
	/** A row's properties, and its keys: of a node its own, of a relationship those of its ends. null: the next one may follow at once. */
	add(row: readonly DynamicValue[], keys: readonly unknown[]): Promise<void> | null;
	/** Sends what is left. */
	end(): Promise<void> | null;
}

export interface GraphLoader {
	readonly nodeCount: number;
	readonly relationshipCount: number;
	/** Adding throws 'input' for a key that is there twice. */
	nodes(shape: NodeShape): RowTaker;
	/** Adding throws 'input' for an end that is not there. */
	relationships(shape: RelationshipShape): RowTaker;
}

/** Which node has a key: space → key → id. */
export class NodeKeys<Id> {
	readonly #spaces = new Map<string, Map<unknown, Id>>();

	/** `key` null or undefined: no relationship names the node. */
	set(space: string | null, key: unknown, id: Id): void {
		if (space === null || key === null || key === undefined) return;
		let ids = this.#spaces.get(space);
		if (ids === undefined) this.#spaces.set(space, (ids = new Map()));
		if (ids.has(key)) throw new InputError('input', `two nodes have the key ${String(key)}${inSpace(space)}`);
		ids.set(key, id);
	}

	get(space: string, key: unknown): Id {
		const id = this.#spaces.get(space)?.get(key);
		if (id === undefined) throw new InputError('input', `a relationship names the node ${String(key)}${inSpace(space)}, which is not there`);
		return id;
	}
}

export class BoltGraphLoader implements GraphLoader {
	nodeCount = 0;
	relationshipCount = 0;
	readonly #client: BoltClient;
	readonly #graph: string;
	readonly #ids = new NodeKeys<unknown>();

	constructor(client: BoltClient, graph: string) {
		this.#client = client;
		this.#graph = graph;
	}

	nodes(shape: NodeShape): RowTaker {
		const text = `UNWIND $rows AS row CREATE (n${shape.labels.map((label) => `:${quoted(label)}`).join('')} ${propertiesText(shape.properties, 0)}) RETURN id(n)`;
		return new Batch(async (rows, keys) => {
			let at = 0;
			await this.#client.run(text, new Map([['rows', rows]]), this.#graph, ([id]) => this.#ids.set(shape.space, keys[at++]?.[0], id));
			this.nodeCount += rows.length;
		});
	}

	relationships(shape: RelationshipShape): RowTaker {
		const text = `UNWIND $rows AS row MATCH (a) WHERE id(a) = row[0] MATCH (b) WHERE id(b) = row[1] CREATE (a)-[:${quoted(shape.type)} ${propertiesText(shape.properties, 2)}]->(b)`;
		return new Batch(async (rows, keys) => {
			const ids = this.#ids;
			const ended = rows.map((row, index) => [ids.get(shape.fromSpace, keys[index]![0]), ids.get(shape.toSpace, keys[index]![1]), ...row]);
			await this.#client.run(text, new Map([['rows', ended]]), this.#graph, () => undefined);
			this.relationshipCount += rows.length;
		});
	}
}

/** The statement that keeps a property of a label's nodes unique, and its nodes found by it. */
export function uniqueConstraint(label: string, property: string): string {
	return `CREATE CONSTRAINT IF NOT EXISTS FOR (n:${quoted(label)}) REQUIRE n.${quoted(property)} IS UNIQUE`;
}

/** Rows that go to the server together. */
class Batch implements RowTaker {
	readonly #send: (rows: readonly (readonly unknown[])[], keys: readonly (readonly unknown[])[]) => Promise<void>;
	#rows: (readonly unknown[])[] = [];
	#keys: (readonly unknown[])[] = [];

	constructor(send: (rows: readonly (readonly unknown[])[], keys: readonly (readonly unknown[])[]) => Promise<void>) {
		this.#send = send;
	}

	add(row: readonly unknown[], keys: readonly unknown[]): Promise<void> | null {
		this.#rows.push(row);
		this.#keys.push(keys);
		return this.#rows.length >= BATCH_ROWS ? this.end() : null;
	}

	end(): Promise<void> | null {
		if (this.#rows.length === 0) return null;
		const rows = this.#rows;
		const keys = this.#keys;
		this.#rows = [];
		this.#keys = [];
		return this.#send(rows, keys);
	}
}

/** `{a: row[0], b: row[1]}`: nulls are no properties. */
function propertiesText(names: readonly string[], first: number): string {
	return `{${names.map((name, index) => `${quoted(name)}: row[${first + index}]`).join(', ')}}`;
}

export function quoted(name: string): string {
	return `\`${name.replaceAll('`', '``')}\``;
}

function inSpace(space: string): string {
	return space === '' ? '' : ` of ${space}`;
}
