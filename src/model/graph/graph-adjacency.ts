/**
 * The adjacency of a graph over its life: nobody pays for it before its use has; then it is built, kept up with every commit, and
 * thrown away when a bulk load, a lost order or its upkeep make building anew cheaper.
 *
 * When it is built: each execution that could use it says how many edges it expects to read. Once those of all together are a
 * hundredth of the graph's (`WANTED_SHARE`), the next builds it before it runs, in steps as everything else. What one alone expects
 * counts as an eighth of that at most, since expectations of walks are often far too high, unless it is the whole graph; one that has
 * really read a fiftieth (`READ_SHARE`) builds it in the middle and goes on with it. So what is asked first after a start is answered
 * from the tables unless it does read a good part of the graph.
 *
 * Columns of values (`KeptColumn`) come and go with it: one is built when executions have wanted a hundredth as many values as the table has
 * rows; on the way, if the adjacency itself is built then. Where there is no room for one, those that were not read for longest go.
 *
 * While it is built, commits are noted and applied at its end. Nothing but the edges, labels and values themselves is kept.
 */
import { PolylogError } from '../../platform/errors.ts';
import type { Adjacency } from '../../storage/adjacency/adjacency.ts';
import type { AdjacencySource, RowValue } from '../../storage/adjacency/adjacency-reader.ts';
import type { EntryObserver, Keyspace, Offset } from '../../storage/contracts.ts';
import type { Transaction } from '../../transaction/contracts.ts';
import { AdjacencyBuild, type LabelsOfRow } from './adjacency-build.ts';
import { ColumnBuild } from './column-build.ts';
import { EdgeKey, readId } from './edge-keys.ts';
import { KeptColumn } from './kept-column.ts';

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
/** What is wanted of a graph of less than a hundred thousand edges. */
const WANTED_MIN = 1000;
/** The part of what is wanted that one execution's expectation can be. */
const EXPECTED_PART = 8;
const READ_SHARE = 0.02;
const READ_MIN = 20_000;
/** Entries between two looks at the budget, about a millisecond. */
const STEP_ENTRIES = 2048;
/** What an edge and a vertex take while the adjacency is built and after. */
const BYTES_PER_EDGE = 40;
/** What a value of a column takes, about. */
const BYTES_PER_VALUE = 16;
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
	readonly #columns: Map<string, KeptColumn>;
	#columnBuild: ColumnBuild | null;
	/** Counts how often columns were asked for. */
	#uses: number;

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
		this.#columns = new Map();
		this.#columnBuild = null;
		this.#uses = 0;
	}

	get bytes(): number {
		let total = this.#adjacency?.bytes ?? 0;
		for (const { current } of this.#columns.values()) total += current?.bytes ?? 0;
		return total;
	}

	column(part: 'edges' | 'vertices', key: string, read: RowValue): KeptColumn {
		const name = `${part} ${key}`;
		let column = this.#columns.get(name);
		if (column === undefined) {
			column = new KeptColumn(
				part,
				read,
				(wanted) => this.#prepareColumn(wanted),
				() => ++this.#uses,
			);
			this.#columns.set(name, column);
		}
		return column;
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
			refuseOthers(error);
			this.#drop();
			return true;
		}
		this.#finish(build);
		return true;
	}

	goOn(readRows: number): boolean {
		if (this.#adjacency !== null || this.#isImpossible) return true;
		if (this.#build === null) {
			if (readRows < READ_MIN || readRows < this.#edgeCount * READ_SHARE) return true;
			this.#wanted = Number.POSITIVE_INFINITY;
			if (!this.#begin(0)) return true;
		} else if (readRows < READ_MIN) return true;
		return this.#advance(this.#build!);
	}

	get #edgeCount(): number {
		return this.#edges.estimate(null, null).entries;
	}

	/** As `prepare`, for a column that is not there; true as well where it is not worth building. */
	#prepareColumn(column: KeptColumn): boolean {
		if (this.#adjacency === null || this.#build !== null) return true;
		if (this.#columnBuild === null && !this.#beginColumns(column)) return true;
		const build = this.#columnBuild!;
		try {
			if (!build.step(STEP_ENTRIES)) return false;
		} catch (error) {
			refuseOthers(error);
			this.#endColumnBuild(build);
			return true;
		}
		const noted = this.#noted ?? [];
		this.#endColumnBuild(build);
		build.finish();
		for (const change of noted) change(this.#adjacency);
		return column.current !== null || this.#prepareColumn(column);
	}

	#beginColumns(column: KeptColumn): boolean {
		if (!this.#isWanted(column)) return false;
		const columns = [...this.#columns.values()].filter((c) => c.part === column.part && c.current === null && this.#isWanted(c));
		const rows = this.#keyspaceOf(column.part).estimate(null, null).entries;
		if (!this.#makeRoom(rows * columns.length * BYTES_PER_VALUE)) {
			column.wanted = 0;
			return false;
		}
		const offset = this.#host.decidedOffset;
		this.#host.retainSnapshot(offset);
		this.#noted = [];
		const { numbers, edgeNumbers } = this.#adjacency!;
		this.#columnBuild = new ColumnBuild(this.#keyspaceOf(column.part), column.part === 'edges' ? edgeNumbers : numbers, columns, offset);
		return true;
	}

	#endColumnBuild(build: ColumnBuild): void {
		build.close();
		this.#host.releaseSnapshot(build.offset);
		this.#columnBuild = null;
		this.#noted = null;
	}

	#keyspaceOf(part: 'edges' | 'vertices'): Keyspace {
		return part === 'edges' ? this.#edges : this.#vertices;
	}

	#isWanted(column: KeptColumn): boolean {
		return column.wanted >= Math.max(WANTED_MIN, this.#keyspaceOf(column.part).estimate(null, null).entries * WANTED_SHARE);
	}

	/** Leaves columns that were not asked for lately until there is room; false when there is none. */
	#makeRoom(bytes: number): boolean {
		const built = [...this.#columns.values()].filter((c) => c.current !== null && c.usedAt < this.#uses - this.#columns.size);
		built.sort((a, b) => a.usedAt - b.usedAt);
		while (bytes > this.#host.bytesMax - this.#host.bytesTaken()) {
			const oldest = built.shift();
			if (oldest === undefined) return false;
			oldest.drop();
		}
		return true;
	}

	#begin(expectedRows: number): boolean {
		const edges = this.#edgeCount;
		const enough = Math.max(WANTED_MIN, edges * WANTED_SHARE);
		this.#wanted += expectedRows >= edges ? edges : Math.min(expectedRows, Math.max(WANTED_MIN, enough / EXPECTED_PART));
		if (this.#wanted < enough) return false;
		if (edges * BYTES_PER_EDGE > this.#host.bytesMax - this.#host.bytesTaken()) return false;
		const offset = this.#host.decidedOffset;
		this.#host.retainSnapshot(offset);
		this.#noted = [];
		this.#edges.observer = this.#edgeObserver;
		this.#vertices.observer = this.#vertexObserver;
		const columns = [...this.#columns.values()].filter((column) => this.#isWanted(column));
		this.#build = new AdjacencyBuild(this.#edges, this.#vertices, offset, this.#labelsOf, columns);
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
		build.finishColumns();
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
		if (this.#columnBuild !== null) this.#endColumnBuild(this.#columnBuild);
		for (const column of this.#columns.values()) column.drop();
		this.#edges.observer = null;
		this.#vertices.observer = null;
		this.#adjacency = null;
	}

	#change(change: Noted): void {
		if (this.#adjacency !== null) change(this.#adjacency);
		else if (this.#noted !== null && this.#noted.push(change) > NOTED_MAX) this.#drop();
	}

	/** The row's values in all columns of its table; null: the row is gone. */
	#changeValues(part: 'edges' | 'vertices', id: number, value: Uint8Array | null, start: number, length: number, offset: Offset): void {
		for (const column of this.#columns.values()) {
			if (column.part !== part || !(column.current !== null || this.#noted !== null)) continue;
			// The bytes are not kept, the value is.
			const cell = value === null ? null : column.read(value, start, start + length);
			const change: Noted = (adjacency) => column.change(part === 'edges' ? adjacency.edgeNumbers : adjacency.numbers, id, cell, offset);
			if (column.current !== null) change(this.#adjacency!);
			else if (this.#noted!.push(change) > NOTED_MAX) this.#endNoting();
		}
	}

	#endNoting(): void {
		if (this.#columnBuild === null) this.#drop();
		else this.#endColumnBuild(this.#columnBuild);
	}

	readonly #edgeObserver: EntryObserver = {
		put: (key, keyStart, _keyLength, value, valueStart, valueLength, offset) => {
			if (!this.#key.read(key, keyStart)) {
				this.#isImpossible = true;
				this.#drop();
				return;
			}
			const { tail, type, head, id } = this.#key;
			this.#change((adjacency) => adjacency.changeEdge(tail, type, head, id, value !== null, offset));
			if (this.#columns.size > 0) this.#changeValues('edges', id, value, valueStart, valueLength, offset);
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
			if (this.#columns.size > 0) this.#changeValues('vertices', id, value, valueStart, valueLength, offset);
		},
		invalidate: () => this.#drop(),
	};
}

/** A build that nobody went on with for too long has lost its snapshot: it is begun anew when it is wanted again. Anything else is thrown on. */
function refuseOthers(error: unknown): void {
	if (!(error instanceof PolylogError) || error.sqlstate !== '72000') throw error;
}
