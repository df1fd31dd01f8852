/**
 * Many vertices and edges into a graph, past the writer of single changes: vertices go to the loader of their table as they come, edges
 * are gathered and sorted (`edge-sorter.ts`), so that both orders of an empty graph's edges are written once, from their first entry to their last.
 *
 * Calls: `addVertex` and `addEdge` in any order, and whenever `wants` is not null the pieces of work that it gives, each run by itself and again
 * when it throws `LockWait`; `finish` gives the last ones.
 *
 * The ends of an edge are not looked up: who calls knows that both are vertices of this load.
 */
import { invariant } from '../../platform/errors.ts';
import type { IndexObject } from '../../transaction/catalog-objects.ts';
import type { Transaction } from '../../transaction/contracts.ts';
import type { GrowingKeyBuffer } from '../../value/key-buffer.ts';
import type { PgArray } from '../../value/pg-array.ts';
import type { PropertyMap } from '../../value/property-map.ts';
import type { SortedRowLoader, TableModel, TableRowLoader } from '../table/contracts.ts';
import { EDGE_HEAD, type GraphTables } from './contracts.ts';
import { EdgeSorter } from './edge-sorter.ts';

const BATCH_ROWS = 1000;
const STEP_ENTRIES = 20_000;
/** Fewer edges go the way of single ones: no files are made for them. */
const SORTED_EDGES_MIN = 10_000;

/** A piece of work. What it does is undone, and it is called again, when it throws `LockWait`. */
export type LoadStep = () => void;

export class GraphLoad {
	vertexCount = 0;
	edgeCount = 0;
	readonly #transaction: Transaction;
	readonly #tables: TableModel;
	readonly #graph: GraphTables;
	readonly #mayBulk: boolean;
	readonly #vertexLoader: TableRowLoader;
	#vertices: unknown[][] = [];
	readonly #edges: EdgeSorter;
	/** Set at the first edges that are written: one of the two. */
	#sorted: SortedRowLoader | null = null;
	#unsorted: TableRowLoader | null = null;

	/** `mayBulk`: the transaction is nothing but this load. */
	constructor(transaction: Transaction, tables: TableModel, graph: GraphTables, mayBulk: boolean, edges: EdgeSorter = new EdgeSorter()) {
		this.#transaction = transaction;
		this.#tables = tables;
		this.#graph = graph;
		this.#mayBulk = mayBulk;
		this.#edges = edges;
		this.#vertexLoader = tables.loader(transaction, graph.vertices, mayBulk);
	}

	addVertex(id: number, labels: PgArray, properties: PropertyMap): void {
		this.#vertices.push([id, labels, properties]);
		this.vertexCount++;
	}

	/** To which the properties of the next edge are appended, before `addEdge`; nothing for none. */
	get edgeProperties(): GrowingKeyBuffer {
		return this.#edges.properties;
	}

	addEdge(tail: number, type: string, head: number, id: number): void {
		this.#edges.add(tail, type, head, id);
		this.edgeCount++;
	}

	/** Nothing may be added before what `wants` gives is done. */
	get isFull(): boolean {
		return this.#vertices.length >= BATCH_ROWS || this.#edges.isFull;
	}

	/** What is to be written now; null while there is room. */
	get wants(): Iterable<LoadStep> | null {
		if (this.#vertices.length >= BATCH_ROWS) return [this.#vertexStep()];
		return this.#edges.isFull ? this.#edgeSteps() : null;
	}

	*finish(): Generator<LoadStep> {
		if (this.#vertices.length > 0) yield this.#vertexStep();
		if (this.#edges.count > 0) yield* this.#edgeSteps();
		for (const loader of [this.#vertexLoader, this.#sorted, this.#unsorted]) {
			if (loader === null) continue;
			for (let isDone = false; !isDone; )
				yield () => {
					isDone = loader.step(STEP_ENTRIES);
				};
		}
	}

	#vertexStep(): LoadStep {
		const rows = this.#vertices;
		this.#vertices = [];
		return () => this.#vertexLoader.insert(rows);
	}

	*#edgeSteps(): Generator<LoadStep> {
		if (this.#sorted === null && this.#unsorted === null) yield () => this.#begin();
		const edges = this.#edges;
		const sorted = this.#sorted;
		if (sorted === null) {
			for (const rows of batches(edges, 'tail')) yield () => this.#unsorted!.insert(rows);
		} else {
			for (const rows of batches(edges, 'tail')) yield () => sorted.add(rows);
			for (const rows of batches(edges, 'head')) yield () => sorted.addEntries(0, rows);
		}
		edges.clear();
	}

	#begin(): void {
		const { edges } = this.#graph;
		const { catalog } = this.#transaction;
		const byHead = edges.indexIds.map((id) => catalog.get(id)).find((index) => index?.kind === 'index' && isByHead(index));
		invariant(byHead?.kind === 'index', `the edges ${edges.name} have an index by their heads`);
		if (this.#mayBulk && this.#edges.count >= SORTED_EDGES_MIN) this.#sorted = this.#tables.sortedLoader(this.#transaction, edges, [byHead]);
		if (this.#sorted === null) this.#unsorted = this.#tables.loader(this.#transaction, edges, false);
	}
}

function isByHead(index: IndexObject): boolean {
	return !index.primary && index.predicateText === null && index.columns[0]?.column === EDGE_HEAD;
}

/** The gathered edges as rows in an order. */
function* batches(edges: EdgeSorter, from: 'tail' | 'head'): Generator<unknown[][]> {
	const places = edges.order(from);
	for (let at = 0; at < places.length; at += BATCH_ROWS) {
		const rows: unknown[][] = [];
		for (let i = at; i < at + BATCH_ROWS && i < places.length; i++) rows.push(edges.row(places[i]!));
		yield rows;
	}
}
