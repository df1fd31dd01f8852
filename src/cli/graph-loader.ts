/**
 * Loads nodes and relationships into a graph over Bolt, in batches, all in one transaction.
 *
 * Nodes are known to relationships by keys of the source (an id space and a key), which are kept in memory until the load ends: some hundred
 * bytes for each node that has one, nothing for a relationship.
 */
import { InputError } from '../platform/errors.ts';
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

export class GraphLoader {
	nodeCount = 0;
	relationshipCount = 0;
	readonly #client: BoltClient;
	readonly #graph: string;
	/** Space → key → id. */
	readonly #ids = new Map<string, Map<unknown, unknown>>();

	constructor(client: BoltClient, graph: string) {
		this.#client = client;
		this.#graph = graph;
	}

	/** A batch of nodes of one shape. Throws 'input' for a key that is there twice. */
	nodes(shape: NodeShape): Batch {
		const text = `UNWIND $rows AS row CREATE (n${shape.labels.map((label) => `:${quoted(label)}`).join('')} ${propertiesText(shape.properties, 0)}) RETURN id(n)`;
		return new Batch(async (rows, keys) => {
			const ids = shape.space === null ? null : this.#space(shape.space);
			let at = 0;
			await this.#client.run(text, new Map([['rows', rows]]), this.#graph, ([id]) => {
				const key = keys[at++]?.[0];
				if (ids === null || key === null || key === undefined) return;
				if (ids.has(key)) throw new InputError('input', `two nodes have the key ${String(key)}${inSpace(shape.space)}`);
				ids.set(key, id);
			});
			this.nodeCount += rows.length;
		});
	}

	/** A batch of relationships of one shape; keys are those of its ends. Throws 'input' for an end that is not there. */
	relationships(shape: RelationshipShape): Batch {
		const text = `UNWIND $rows AS row MATCH (a) WHERE id(a) = row[0] MATCH (b) WHERE id(b) = row[1] CREATE (a)-[:${quoted(shape.type)} ${propertiesText(shape.properties, 2)}]->(b)`;
		return new Batch(async (rows, keys) => {
			const from = this.#space(shape.fromSpace);
			const to = this.#space(shape.toSpace);
			const ended = rows.map((row, index) => [this.#end(from, keys[index]![0], shape.fromSpace), this.#end(to, keys[index]![1], shape.toSpace), ...row]);
			await this.#client.run(text, new Map([['rows', ended]]), this.#graph, () => undefined);
			this.relationshipCount += rows.length;
		});
	}

	/** Keeps a property of a label's nodes unique, and its nodes found by it. */
	async keepUnique(label: string, property: string): Promise<void> {
		const text = `CREATE CONSTRAINT IF NOT EXISTS FOR (n:${quoted(label)}) REQUIRE n.${quoted(property)} IS UNIQUE`;
		await this.#client.run(text, new Map(), this.#graph, () => undefined);
	}

	#space(name: string): Map<unknown, unknown> {
		let ids = this.#ids.get(name);
		if (ids === undefined) this.#ids.set(name, (ids = new Map()));
		return ids;
	}

	#end(ids: ReadonlyMap<unknown, unknown>, key: unknown, space: string): unknown {
		const id = ids.get(key);
		if (id === undefined) throw new InputError('input', `a relationship names the node ${String(key)}${inSpace(space)}, which is not there`);
		return id;
	}
}

/** Rows that go to the server together. */
export class Batch {
	readonly #send: (rows: readonly (readonly unknown[])[], keys: readonly (readonly unknown[])[]) => Promise<void>;
	#rows: (readonly unknown[])[] = [];
	#keys: (readonly unknown[])[] = [];

	constructor(send: Batch['addAll']) {
		this.#send = send;
	}

	/** A row's properties and keys. */
	async add(row: readonly unknown[], keys: readonly unknown[]): Promise<void> {
		this.#rows.push(row);
		this.#keys.push(keys);
		if (this.#rows.length >= BATCH_ROWS) await this.end();
	}

	async addAll(rows: readonly (readonly unknown[])[], keys: readonly (readonly unknown[])[]): Promise<void> {
		for (const [index, row] of rows.entries()) await this.add(row, keys[index]!);
	}

	/** Sends what is left. */
	async end(): Promise<void> {
		if (this.#rows.length === 0) return;
		const rows = this.#rows;
		const keys = this.#keys;
		this.#rows = [];
		this.#keys = [];
		await this.#send(rows, keys);
	}
}

/** `{a: row[0], b: row[1]}`: nulls are no properties. */
function propertiesText(names: readonly string[], first: number): string {
	return `{${names.map((name, index) => `${quoted(name)}: row[${first + index}]`).join(', ')}}`;
}

function quoted(name: string): string {
	return `\`${name.replaceAll('`', '``')}\``;
}

function inSpace(space: string | null): string {
	return space === null || space === '' ? '' : ` of ${space}`;
}
