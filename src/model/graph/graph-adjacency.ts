/**
 * The adjacency of a graph over its life: nobody pays for it before its use has; then it is built, kept up with every commit, and
 * thrown away when a bulk load, a lost order or its upkeep make building anew cheaper.
 *
 * When it is built: each execution that could use it says how many edges it expects to read. Once those of all together are a
 * hundredth of the graph's (`WANTED_SHARE`), the next builds it before it runs, in steps as everything else. So what is asked
 * once after a start is answered from the tables unless it reads a good part of the graph.
 *
 * While it is built, commits are noted and applied at its end. Nothing but the edges and labels themselves is kept.
 */
import { PolylogError } from '../../platform/errors.ts';
import type { Adjacency } from '../../storage/adjacency/adjacency.ts';
import type { AdjacencySource } from '../../storage/adjacency/adjacency-reader.ts';
import type { EntryObserver, Keyspace, Offset } from '../../storage/contracts.ts';
import type { Transaction } from '../../transaction/contracts.ts';
import { AdjacencyBuild, type LabelsOfRow } from './adjacency-build.ts';
import { EdgeKey, readId } from './edge-keys.ts';

/** What it needs of the database. */
export interface AdjacencyHost {
	/** The newest commit decided. */
	readonly decidedOffset: Offset;
	retainSnapshot(offset: Offset): void;
	releaseSnapshot(offset: Offset): void;
	/** The most bytes that all adjacencies may take. */
	readonly bytesMax: number;
	/** Bytes that they take now. */
	bytesTaken(): number;
}

const WANTED_SHARE = 0.01;
/** Smaller graphs are built at once. */
const WANTED_MIN = 1000;
/** Entries between two looks at the budget, about a millisecond. */
const STEP_ENTRIES = 2048;
/** What an edge and a vertex take while the adjacency is built and after. */
const BYTES_PER_EDGE = 40;
/** Commits noted while it is built, past which it is given up. */
const NOTED_MAX = 1_000_000;

/** A change noted while the adjacency is built. */
type Noted = (adjacency: Adjacency) => void;

export class GraphAdjacency implements AdjacencySource {
	readonly #edges: Keyspace;
	readonly #vertices: Keyspace;
	readonly #host: AdjacencyHost;
	readonly #labelsOf: LabelsOfRow;
	readonly #key: EdgeKey;
	#adjacency: Adjacency | null;
	#build: AdjacencyBuild | null;
	#noted: Noted[] | null;
	/** Edges that executions would have read, since there is no adjacency. */
	#wanted: number;
	#isImpossible: boolean;

	constructor(edges: Keyspace, vertices: Keyspace, labelsOf: LabelsOfRow, host: AdjacencyHost) {
		this.#edges = edges;
		this.#vertices = vertices;
		this.#labelsOf = labelsOf;
		this.#host = host;
		this.#key = new EdgeKey();
		this.#adjacency = null;
		this.#build = null;
		this.#noted = null;
		this.#wanted = 0;
		this.#isImpossible = false;
	}

	get bytes(): number {
		return this.#adjacency?.bytes ?? 0;
	}

	current(): Adjacency | null {
		return this.#adjacency;
	}

	offsetOf(transaction: unknown): Offset {
		return (transaction as Transaction).derivedOffset(this.#edges, this.#vertices);
	}

	/**
	 * Called before an execution that expects to read so many edges. True: it may run (with the adjacency or without). False: call
	 * again; a part of the building was done.
	 */
	prepare(expectedRows: number): boolean {
		if (this.#adjacency !== null) {
			if (!this.#adjacency.isWorn) return true;
			this.#drop();
		}
		if (this.#isImpossible) return true;
		if (this.#build === null && !this.#begin(expectedRows)) return true;
		return this.#advance(this.#build!);
	}

	#advance(build: AdjacencyBuild): boolean {
		try {
			if (!build.step(STEP_ENTRIES)) return false;
		} catch (error) {
			// A build that nobody went on with for too long: its snapshot was given up. It is begun anew when it is wanted again.
			if (!(error instanceof PolylogError) || error.sqlstate !== '72000') throw error;
			this.#drop();
			return true;
		}
		this.#finish(build);
		return true;
	}

	#begin(expectedRows: number): boolean {
		const edges = this.#edges.estimate(null, null).entries;
		this.#wanted += Math.min(expectedRows, edges);
		if (this.#wanted < Math.max(WANTED_MIN, edges * WANTED_SHARE)) return false;
		if (edges * BYTES_PER_EDGE > this.#host.bytesMax - this.#host.bytesTaken()) return false;
		const offset = this.#host.decidedOffset;
		this.#host.retainSnapshot(offset);
		this.#noted = [];
		this.#edges.observer = this.#edgeObserver;
		this.#vertices.observer = this.#vertexObserver;
		this.#build = new AdjacencyBuild(this.#edges, this.#vertices, offset, this.#labelsOf);
		return true;
	}

	#finish(build: AdjacencyBuild): void {
		const { adjacency } = build;
		const noted = this.#noted ?? [];
		this.#endBuild(build);
		if (build.isImpossible) {
			this.#isImpossible = true;
			this.#drop();
			return;
		}
		for (const change of noted) change(adjacency);
		this.#adjacency = adjacency;
		this.#wanted = 0;
	}

	#endBuild(build: AdjacencyBuild): void {
		build.close();
		this.#host.releaseSnapshot(build.adjacency.builtOffset);
		this.#build = null;
		this.#noted = null;
	}

	#drop(): void {
		if (this.#build !== null) this.#endBuild(this.#build);
		this.#edges.observer = null;
		this.#vertices.observer = null;
		this.#adjacency = null;
	}

	#change(change: Noted): void {
		if (this.#adjacency !== null) change(this.#adjacency);
		else if (this.#noted !== null && this.#noted.push(change) > NOTED_MAX) this.#drop();
	}

	readonly #edgeObserver: EntryObserver = {
		put: (key, keyStart, _keyLength, value, _valueStart, _valueLength, offset) => {
			if (!this.#key.read(key, keyStart)) {
				this.#isImpossible = true;
				this.#drop();
				return;
			}
			const { tail, type, head, id } = this.#key;
			this.#change((adjacency) => adjacency.changeEdge(tail, type, head, id, value !== null, offset));
		},
		invalidate: () => this.#drop(),
	};

	readonly #vertexObserver: EntryObserver = {
		put: (key, keyStart, _keyLength, value, valueStart, valueLength, offset) => {
			const id = readId(key, keyStart);
			if (id < 0) {
				this.#isImpossible = true;
				this.#drop();
				return;
			}
			const labels = value === null ? null : this.#labelsOf(value, valueStart, valueStart + valueLength);
			this.#change((adjacency) => adjacency.changeVertex(id, labels, offset));
		},
		invalidate: () => this.#drop(),
	};
}
