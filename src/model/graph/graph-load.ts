/**
 * Many vertices and edges into a graph, past the writer of single changes: vertices go to the loader of their table as they come, edges
 * are gathered and sorted (`edge-sorter.ts`), so that both orders of an empty graph's edges are written once, from their first entry to their last.
 *
 * Calls: `addVertex` and `addEdge` in any order, and whenever `wants` is not null the pieces of work that it gives, each run by itself and again
 * when it throws `LockWait`; `finish` gives the last ones.
 *
 * Sorted edges are written as bytes, from a template for each type, as long as the table is what a graph's edges are made as.
 *
 * The ends of an edge are not looked up: who calls knows that both are vertices of this load.
 */
import { invariant } from '../../platform/errors.ts';
import type { IndexObject } from '../../transaction/catalog-objects.ts';
import type { Transaction } from '../../transaction/contracts.ts';
import { writeProperties } from '../../value/dynamic-binary.ts';
import { GrowingKeyBuffer } from '../../value/key-buffer.ts';
import type { PgArray } from '../../value/pg-array.ts';
import { PropertyMap } from '../../value/property-map.ts';
import type { SortedRowLoader, SortedRowTemplate, TableModel, TableRowLoader } from '../table/contracts.ts';
import { EDGE_HEAD, EDGE_PROPERTIES, type GraphTables } from './contracts.ts';
import { EdgeSorter } from './edge-sorter.ts';

const BATCH_ROWS = 1000;
/** Of edges that are written as bytes. */
const BATCH_ENCODED = 4000;
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
			for (const rows of batches(edges, edges.order('tail'))) yield () => this.#unsorted!.insert(rows);
		} else {
			const encoded = new SortedEdges(edges, sorted);
			yield* encoded.steps('tail');
			yield* encoded.steps('head');
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

/** The gathered edges in both their orders, as bytes where the table takes them so. */
class SortedEdges {
	readonly #edges: EdgeSorter;
	readonly #loader: SortedRowLoader;
	/** By number of type; null: rows are made of the edges. */
	readonly #templates: readonly SortedRowTemplate[] | null;
	readonly #noProperties: GrowingKeyBuffer;
	/** A row's integers. */
	readonly #row = new Float64Array(EDGE_PROPERTIES);

	constructor(edges: EdgeSorter, loader: SortedRowLoader) {
		this.#edges = edges;
		this.#loader = loader;
		const templates = edges.types.map((type) => loader.template([0, type, 0, 0, PropertyMap.empty]));
		this.#templates = templates.includes(null) ? null : (templates as SortedRowTemplate[]);
		this.#noProperties = new GrowingKeyBuffer(8);
		writeProperties(PropertyMap.empty, this.#noProperties);
	}

	*steps(from: 'tail' | 'head'): Generator<LoadStep> {
		const edges = this.#edges;
		const places = edges.order(from);
		if (this.#templates === null) {
			for (const rows of batches(edges, places)) yield from === 'tail' ? () => this.#loader.add(rows) : () => this.#loader.addEntries(0, rows);
			return;
		}
		const templates = this.#templates;
		for (let at = 0; at < places.length; at += BATCH_ENCODED) {
			const batch = places.subarray(at, at + BATCH_ENCODED);
			yield from === 'tail' ? () => this.#addRows(templates, batch) : () => this.#addEntries(templates, batch);
		}
	}

	#addRows(templates: readonly SortedRowTemplate[], places: Uint32Array): void {
		const edges = this.#edges;
		const row = this.#row;
		const { bytes } = edges.properties;
		const none = this.#noProperties;
		for (let i = 0; i < places.length; i++) {
			const place = places[i]!;
			edges.integersAt(place, row);
			const start = edges.propertiesStart(place);
			const end = edges.propertiesEnd(place);
			const template = templates[edges.typeAt(place)]!;
			const isTaken = start === end ? template.add(row, none.bytes, 0, none.length) : template.add(row, bytes, start, end);
			if (!isTaken) this.#loader.add([edges.row(place)]);
		}
	}

	#addEntries(templates: readonly SortedRowTemplate[], places: Uint32Array): void {
		const edges = this.#edges;
		const row = this.#row;
		for (let i = 0; i < places.length; i++) {
			const place = places[i]!;
			edges.integersAt(place, row);
			templates[edges.typeAt(place)]!.addEntry(0, row);
		}
	}
}

function isByHead(index: IndexObject): boolean {
	return !index.primary && index.predicateText === null && index.columns[0]?.column === EDGE_HEAD;
}

/** The gathered edges as rows in an order. */
function* batches(edges: EdgeSorter, places: Uint32Array): Generator<unknown[][]> {
	for (let at = 0; at < places.length; at += BATCH_ROWS) {
		const rows: unknown[][] = [];
		for (let i = at; i < at + BATCH_ROWS && i < places.length; i++) rows.push(edges.row(places[i]!));
		yield rows;
	}
}
