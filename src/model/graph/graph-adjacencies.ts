/**
 * The adjacencies of all graphs of a database. A graph is known by the keyspaces of its two tables; a table that is truncated gets
 * other keyspaces, and so another adjacency.
 */
import type { AdjacencySource } from '../../storage/adjacency/adjacency-reader.ts';
import type { Keyspace, Offset } from '../../storage/contracts.ts';
import type { TableObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../../transaction/contracts.ts';
import type { PgArray } from '../../value/pg-array.ts';
import type { TableModel } from '../table/contracts.ts';
import { VERTEX_LABELS } from './contracts.ts';
import { type AdjacencyHost, GraphAdjacency } from './graph-adjacency.ts';

/** The most memory that all adjacencies of a database take together. */
const ADJACENCY_BYTES_MAX = 1 << 30;

/** A graph as one of its tables leads to it. */
export interface GraphOfTable {
	/** What the table is to it. */
	readonly part: 'edges' | 'vertices';
	readonly edges: TableObject;
	readonly vertices: TableObject;
}

/** The graph that a table belongs to, if it is one of a graph's own tables. */
export function graphOf(catalog: CatalogVersion, table: TableObject): GraphOfTable | null {
	for (const object of catalog.dependents(table.id)) {
		if (object.kind !== 'graph' || object.verticesId === 0) continue;
		const edges = catalog.get(object.edgesId);
		const vertices = catalog.get(object.verticesId);
		if (edges?.kind !== 'table' || vertices?.kind !== 'table') continue;
		if (edges.id === table.id) return { part: 'edges', edges, vertices };
		if (vertices.id === table.id) return { part: 'vertices', edges, vertices };
	}
	return null;
}

/** What it needs of the transactions of the database. */
interface Commits {
	readonly decidedOffset: Offset;
	keyspace(id: number): Keyspace;
}

interface Snapshots {
	retainSnapshot(offset: Offset): void;
	releaseSnapshot(offset: Offset): void;
}

export class GraphAdjacencies {
	readonly #tables: TableModel;
	readonly #commits: Commits;
	readonly #host: AdjacencyHost;
	/** By the keyspaces of edges and vertices: one for each pair, as a keyspace has one observer. Those of dropped keyspaces are empty. */
	readonly #known = new Map<string, GraphAdjacency>();

	constructor(tables: TableModel, commits: Commits, snapshots: Snapshots) {
		this.#tables = tables;
		this.#commits = commits;
		const taken = (): number => this.bytes;
		this.#host = {
			get decidedOffset() {
				return commits.decidedOffset;
			},
			retainSnapshot: (offset) => snapshots.retainSnapshot(offset),
			releaseSnapshot: (offset) => snapshots.releaseSnapshot(offset),
			bytesMax: ADJACENCY_BYTES_MAX,
			bytesTaken: taken,
		};
	}

	get bytes(): number {
		let total = 0;
		for (const adjacency of this.#known.values()) total += adjacency.bytes;
		return total;
	}

	/** The adjacency of the graph that a table belongs to; null when it belongs to none. */
	of(catalog: CatalogVersion, table: TableObject): AdjacencySource | null {
		const graph = graphOf(catalog, table);
		if (graph === null) return null;
		const { edges, vertices } = graph;
		const key = `${edges.keyspaceId} ${vertices.keyspaceId}`;
		let found = this.#known.get(key);
		if (found === undefined) {
			const getter = this.#tables.access(catalog, vertices).getter(VERTEX_LABELS);
			const labelsOf = (buffer: Uint8Array, start: number, end: number) => (getter(buffer, start, end) as PgArray).elements as readonly string[];
			found = new GraphAdjacency(this.#commits.keyspace(edges.keyspaceId), this.#commits.keyspace(vertices.keyspaceId), labelsOf, this.#host);
			this.#known.set(key, found);
		}
		return found;
	}
}
