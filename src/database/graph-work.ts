/**
 * What one statement does to graphs: a writer for each, from its first change or look to the statement's end. When the statement is
 * undone to be run again, its work is thrown away with it.
 */
import type { GraphCounters } from '../model/graph/contracts.ts';
import { graphTables } from '../model/graph/graph-definition.ts';
import { GraphWriter, totalCounters } from '../model/graph/graph-writer.ts';
import type { OverlayGraph } from '../model/graph/overlay-graph.ts';
import { OverlayReader } from '../model/graph/overlay-reader.ts';
import { cypherError } from '../platform/cypher-errors.ts';
import { invariant, sqlError } from '../platform/errors.ts';
import type { ObjectId } from '../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../transaction/contracts.ts';
import type { OwnedTransaction } from '../transaction/manager.ts';
import { type DynamicMap, type DynamicValue, Edge, Vertex } from '../value/dynamic.ts';
import { fromBigInt } from '../value/int8.ts';
import type { DatabaseSession } from './session.ts';

type GraphReader = Pick<GraphWriter, 'labels' | 'properties' | 'refresh'>;

export class GraphWork {
	readonly transaction: OwnedTransaction;
	readonly catalog: CatalogVersion;
	readonly #session: DatabaseSession;
	readonly #writers = new Map<ObjectId, GraphWriter>();
	readonly #readers = new Map<ObjectId, GraphReader>();

	constructor(session: DatabaseSession, transaction: OwnedTransaction) {
		this.#session = session;
		this.transaction = transaction;
		this.catalog = transaction.catalog;
	}

	/** What reads single entities: the writer, or for a graph over other tables a reader. */
	reader(graphId: ObjectId): GraphReader {
		let reader: GraphReader | undefined = this.#readers.get(graphId);
		if (reader !== undefined) return reader;
		const graph = this.catalog.get(graphId);
		reader =
			graph?.kind === 'graph' && graph.verticesId === 0
				? new OverlayReader(this.transaction, this.#session.engine.tables, graph.definition as OverlayGraph)
				: this.writer(graphId);
		this.#readers.set(graphId, reader);
		return reader;
	}

	writer(graphId: ObjectId): GraphWriter {
		let writer = this.#writers.get(graphId);
		if (writer === undefined) this.#writers.set(graphId, (writer = this.#make(graphId)));
		return writer;
	}

	#make(graphId: ObjectId): GraphWriter {
		const session = this.#session;
		const { transaction, catalog } = this;
		const graph = catalog.get(graphId);
		invariant(graph?.kind === 'graph', `graph ${graphId} is in the catalog`);
		if (graph.verticesId === 0) throw sqlError('0A000', `graph "${graph.name}" is over tables, and cannot be changed`, { hint: 'Change the tables with SQL.' });
		const { manager, tables } = session.engine;
		const { sequenceId } = graph;
		const nextId = (): number | bigint => fromBigInt(session.control.drawn(sequenceId, () => manager.nextval(sequenceId, catalog, transaction)));
		return new GraphWriter({ transaction, tables, graph: graphTables(catalog, graph), nextId });
	}

	/** The end of the statement: what had to wait for it is checked. */
	finish(): void {
		for (const writer of this.#writers.values()) writer.finish();
	}

	get counters(): GraphCounters | undefined {
		return totalCounters(this.#writers.values());
	}
}

/** The work of the statement that runs now. */
function workOf(session: DatabaseSession): GraphWork {
	const transaction = session.currentTransaction;
	invariant(transaction !== null, 'a function of a graph runs inside a statement');
	const { graphWork } = session;
	if (graphWork !== null && graphWork.transaction === transaction && graphWork.catalog === transaction.catalog) return graphWork;
	session.graphWork = new GraphWork(session, transaction);
	return session.graphWork;
}

type Service = (session: DatabaseSession, args: readonly unknown[]) => unknown;
type Entity = Vertex | Edge | null;

/** `work` gets the arguments as they come: the graph's id is the first. */
function change(work: (writer: GraphWriter, args: readonly unknown[]) => unknown): Service {
	return (session, args) => {
		if (session.currentTransaction?.refusesWrites) throw cypherError('AccessMode', 'Writing in read access mode not allowed.');
		return work(workOf(session).writer(args[0] as ObjectId), args) ?? null;
	};
}

function look(work: (reader: GraphReader, value: unknown) => unknown): Service {
	return (session, args) => (args[1] === null ? null : work(workOf(session).reader(args[0] as ObjectId), args[1]));
}

/** The services of `model/graph/contracts.ts`. */
export const graphServices: readonly (readonly [string, Service])[] = [
	['graph.create_vertex', change((writer, args) => writer.createVertex(args[1] as string[], args[2] as DynamicMap))],
	['graph.create_edge', change((writer, args) => writer.createEdge(args[1] as string, args[2] as number, args[3] as number, args[4] as DynamicMap))],
	[
		'graph.set_property',
		change((writer, args) => {
			if (args[1] !== null) writer.setProperty(entityOf(args[1]), args[2] as string, args[3] as DynamicValue);
		}),
	],
	[
		'graph.set_properties',
		change((writer, args) => {
			if (args[1] !== null) writer.setProperties(entityOf(args[1]), mapOf(writer, args[2]), args[3] as boolean);
		}),
	],
	[
		'graph.set_labels',
		change((writer, args) => {
			if (args[1] !== null) writer.setLabels(vertexOf(args[1]), args[2] as string[], args[3] as boolean);
		}),
	],
	['graph.delete', change((writer, args) => writer.delete(args[1] as DynamicValue, args[2] as boolean))],
	['graph.labels', look((writer, vertex) => writer.labels(vertexOf(vertex)))],
	['graph.properties', look((writer, entity) => writer.properties(entityOf(entity)))],
	['graph.refresh', look((writer, value) => writer.refresh(value as DynamicValue))],
];

function entityOf(value: unknown): Exclude<Entity, null> {
	if (value instanceof Vertex || value instanceof Edge) return value;
	throw cypherError('TypeError', 'properties can be set of nodes and relationships alone');
}

function vertexOf(value: unknown): Vertex {
	if (value instanceof Vertex) return value;
	throw cypherError('TypeError', 'labels belong to nodes alone');
}

/** What `SET n = value` takes: a map, or an entity's properties; null is as no property. */
function mapOf(writer: GraphWriter, value: unknown): DynamicMap {
	if (value === null) return new Map();
	if (value instanceof Map) return value as DynamicMap;
	if (value instanceof Vertex || value instanceof Edge) return writer.properties(value).entries();
	throw cypherError('TypeError', 'properties are set from a map, a node or a relationship');
}
