/** Loads nodes and relationships from the program into a graph: all of them or none, past the log where the graph is empty. */
import { graphTables } from '../../model/graph/graph-definition.ts';
import { GraphLoad, type LoadStep } from '../../model/graph/graph-load.ts';
import { checkProperty } from '../../model/graph/property-values.ts';
import { inWordsOfCypher } from '../../model/graph/refused-changes.ts';
import { LockWait } from '../../model/table/contracts.ts';
import { InputError, sqlError } from '../../platform/errors.ts';
import type { GraphObject } from '../../transaction/catalog-objects.ts';
import type { OwnedTransaction } from '../../transaction/manager.ts';
import type { DynamicValue } from '../../value/dynamic.ts';
import { GrowingKeyBuffer } from '../../value/key-buffer.ts';
import { PgArray } from '../../value/pg-array.ts';
import { PropertyMap } from '../../value/property-map.ts';
import { PropertyWriter } from '../../value/property-writer.ts';
import { compareText } from '../../value/text-order.ts';
import { requireGraph } from '../cypher/cypher-language.ts';
import type { DatabaseSession } from '../session.ts';
import { dynamicFromJs } from './graph-values.ts';
import { wholeLoad } from './whole-load.ts';

/** Ids are taken from the graph's sequence so many at a time. */
const IDS = 1000;
/** No node has this key. */
const NO_ID = -1;
/** Whole numbers below this, and not far past those before, are kept in an array. */
const DENSE_KEY_MAX = 2 ** 30;
/** Elements between two turns of the event loop, at most. */
const TURN_ELEMENTS = 2000;

/** What names a node to the relationships of the same load: equal as keys of a Map are. Whole numbers from 0 or 1 on take least memory. */
export type LoadKey = number | string | bigint;

/**
 * A node to load. `key` is not kept: it is what relationships of the same load name the node by.
 *
 * @since 0.2.0
 */
export interface LoadNode {
	readonly key?: LoadKey;
	readonly labels: readonly string[];
	/** Values as those of parameters; null and undefined are no properties. */
	readonly properties?: Readonly<Record<string, unknown>>;
}

/**
 * A relationship to load, by the keys of its nodes.
 *
 * @since 0.2.0
 */
export interface LoadRelationship {
	readonly from: LoadKey;
	readonly to: LoadKey;
	readonly type: string;
	readonly properties?: Readonly<Record<string, unknown>>;
}

/**
 * How much was loaded.
 *
 * @since 0.2.0
 */
export interface LoadedGraph {
	readonly nodes: number;
	readonly relationships: number;
}

export type Elements<T> = Iterable<T> | AsyncIterable<T>;

/** Ids of loaded nodes by their keys. */
class NodeIds {
	readonly #dense: number[] = [];
	readonly #others = new Map<LoadKey, number>();

	set(key: LoadKey, id: number): void {
		if (typeof key === 'number' && Number.isInteger(key) && key >= 0 && key < DENSE_KEY_MAX && key <= 2 * this.#dense.length + IDS) {
			while (this.#dense.length <= key) this.#dense.push(NO_ID);
			if (this.#dense[key] !== NO_ID) throw twice(key);
			this.#dense[key] = id;
		} else if (this.#others.has(key)) throw twice(key);
		else this.#others.set(key, id);
	}

	get(key: LoadKey): number {
		let id = typeof key === 'number' ? this.#dense[key] : undefined;
		if (id === undefined || id === NO_ID) id = this.#others.get(key);
		if (id === undefined) throw new InputError('input', `a relationship names the node ${String(key)}, which is not among those that are loaded`);
		return id;
	}
}

function twice(key: LoadKey): Error {
	return new InputError('input', `two nodes have the key ${String(key)}`);
}

/**
 * A load that goes on: `node` and `relationship` take elements, and as soon as `isFull`, `settle` is awaited before the next one.
 * @internal
 */
export class GraphLoading {
	readonly #load: GraphLoad;
	readonly #session: DatabaseSession;
	readonly #transaction: OwnedTransaction;
	readonly #sequenceId: number;
	readonly #ids = new NodeIds();
	readonly #labels = new Map<string, PgArray>();
	readonly #properties: PropertyWriter;
	readonly #buffer = new GrowingKeyBuffer(1024);
	#nextId = 0;
	#idsLeft = 0;
	#elements = 0;

	constructor(session: DatabaseSession, transaction: OwnedTransaction, graph: GraphObject, convert: (value: unknown) => DynamicValue) {
		this.#session = session;
		this.#transaction = transaction;
		this.#sequenceId = graph.sequenceId;
		this.#load = new GraphLoad(transaction, session.engine.tables, graphTables(transaction.catalog, graph), true);
		this.#properties = new PropertyWriter((key, value) => {
			if (typeof value === 'string') return value;
			const property = convert(value);
			checkProperty(key, property);
			return property;
		});
	}

	get isFull(): boolean {
		return this.#elements >= TURN_ELEMENTS || this.#load.isFull;
	}

	/** Makes room, and lets others run. */
	async settle(): Promise<void> {
		this.#elements = 0;
		const steps = this.#load.wants;
		if (steps !== null) await this.#doEach(steps);
		else await this.#session.pause();
	}

	/** Writes what is left. */
	async finish(): Promise<LoadedGraph> {
		await this.#doEach(this.#load.finish());
		return { nodes: this.#load.vertexCount, relationships: this.#load.edgeCount };
	}

	/** Does the steps; one that meets a lock is undone, waits for the lock, and is done again. */
	async #doEach(steps: Iterable<LoadStep>): Promise<void> {
		const transaction = this.#transaction;
		for (const step of steps) {
			for (let isDone = false; !isDone; ) {
				const savepoint = transaction.savepoint('');
				try {
					step();
					transaction.release(savepoint);
					isDone = true;
				} catch (error) {
					if (!(error instanceof LockWait)) throw inWordsOfCypher(error);
					transaction.rollbackTo(savepoint);
					await this.#session.waitForLockOf(transaction);
				}
			}
			await this.#session.pause();
		}
	}

	node({ key, labels, properties }: LoadNode): void {
		this.#elements++;
		const id = this.#newId();
		if (key !== undefined) this.#ids.set(key, id);
		this.#load.addVertex(id, this.#labelsOf(labels), properties === undefined ? PropertyMap.empty : this.#propertiesOf(properties));
	}

	relationship({ from, to, type, properties }: LoadRelationship): void {
		this.#elements++;
		const tail = this.#ids.get(from);
		const head = this.#ids.get(to);
		if (typeof type !== 'string' || type === '') throw new TypeError('the type of a relationship is a text of at least one character');
		if (properties !== undefined) this.#properties.write(properties, this.#load.edgeProperties);
		this.#load.addEdge(tail, type, head, this.#newId());
	}

	#newId(): number {
		if (this.#idsLeft === 0) {
			const { first, taken } = this.#session.engine.manager.nextSequenceValues(this.#sequenceId, IDS, this.#transaction.catalog, this.#transaction);
			this.#nextId = Number(first);
			this.#idsLeft = taken;
		}
		this.#idsLeft--;
		return this.#nextId++;
	}

	#labelsOf(labels: readonly string[]): PgArray {
		const name = labels.join('\u0000');
		let known = this.#labels.get(name);
		if (known === undefined) this.#labels.set(name, (known = PgArray.of([...new Set(labels)].sort(compareText))));
		return known;
	}

	#propertiesOf(values: Readonly<Record<string, unknown>>): PropertyMap {
		const buffer = this.#buffer;
		buffer.length = 0;
		this.#properties.write(values, buffer);
		return buffer.length === 0 ? PropertyMap.empty : PropertyMap.fromBytes(buffer.copy(), 0, buffer.length);
	}
}

/**
 * A load, done by `work`: all or nothing; resolves when it is durable. `convert` makes values of properties.
 * @internal
 */
export async function withGraphLoad(
	session: DatabaseSession,
	target: string,
	convert: (value: unknown) => DynamicValue,
	work: (loading: GraphLoading) => Promise<void>,
): Promise<LoadedGraph> {
	if (session.block !== null) throw sqlError('0A000', 'a graph is not loaded inside a transaction', { hint: 'The load is a transaction of its own.' });
	// Before the transaction: the default graph is made in one of its own.
	const graph = requireGraph(session, target);
	if (graph.verticesId === 0) throw sqlError('0A000', `graph "${graph.name}" is over tables, and cannot be changed`, { hint: 'Change the tables with SQL.' });
	return wholeLoad(session, async (transaction) => {
		const loading = new GraphLoading(session, transaction, graph, convert);
		await work(loading);
		return loading.finish();
	});
}

/** @internal */
export function loadGraph(
	session: DatabaseSession,
	target: string,
	nodes: Elements<LoadNode>,
	relationships: Elements<LoadRelationship>,
): Promise<LoadedGraph> {
	return withGraphLoad(session, target, dynamicFromJs, async (loading) => {
		await eachOf(loading, nodes, (node) => loading.node(node));
		await eachOf(loading, relationships, (relationship) => loading.relationship(relationship));
	});
}

async function eachOf<T>(loading: GraphLoading, items: Elements<T>, add: (item: T) => void): Promise<void> {
	// A promise for each element only where there is one already.
	if (Symbol.iterator in items) {
		for (const item of items) {
			add(item);
			if (loading.isFull) await loading.settle();
		}
	} else {
		for await (const item of items) {
			add(item);
			if (loading.isFull) await loading.settle();
		}
	}
}
