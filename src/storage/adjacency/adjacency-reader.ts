/**
 * How one operator of one execution reads an adjacency: asked at every step for what its transaction may see, and for each vertex
 * where its neighbours are. Where the adjacency cannot serve (it is not built, the snapshot is older, the transaction has changed
 * the graph itself, or its reads are to be validated) the calls say so and the operator reads the tables.
 */
import type { Offset } from '../contracts.ts';
import type { Adjacency, TypeLists } from './adjacency.ts';
import type { NeighbourLists } from './neighbour-lists.ts';
import type { ValueColumn } from './value-column.ts';
import { Bitmap } from './vertex-labels.ts';
import { ID_MAX } from './vertex-numbers.ts';

/** What a reader asks of the transaction that it reads for. */
export interface AdjacencySource {
	/** Called before an execution that expects to read so many edges. True: it may run, with an adjacency or without. False: some of the work of building one was done; call again. */
	prepare(expectedRows: number): boolean;
	/** The same of one that runs and has read about so many rows: so one that turns out longer than expected does not go through with the tables. */
	goOn(readRows: number): boolean;
	/** null: there is none now. */
	current(): Adjacency | null;
	/** As of when the transaction may read it; −1 when the transaction must read the tables. */
	offsetOf(transaction: unknown): Offset;
	/** The column of what `read` finds in the rows of a table; equal keys are one column. */
	column(part: 'edges' | 'vertices', key: string, read: RowValue): ColumnSource;
}

/** A value from the bytes of a row. */
export type RowValue = (buffer: Uint8Array, start: number, end: number) => unknown;

/** A column of values as operators know it: there or not. */
export interface ColumnSource {
	readonly current: ValueColumn | null;
	/** How many values were, or will be, read without it: what it is built by. */
	wanted: number;
	/** Before an execution that expects to read so many values of it. */
	expect(rows: number): void;
	/** As of the adjacency, behind `expect` for all that the execution reads. */
	prepare(): boolean;
}

const NO_NUMBERS = new Int32Array(0);
const NO_EDGES = new Uint32Array(0);
const NO_IDS = new Uint32Array(0);
const NO_VERTICES = new Bitmap(0);

export class AdjacencyReader {
	/** The neighbours that `open` found are at [start, end) of these. */
	start: number;
	end: number;
	neighbours: Int32Array;
	edges: Uint32Array;
	/** First id of each page of vertex numbers: the id of n is `firstIds[n >> 8] + (n & 255)`. */
	firstIds: Uint32Array;
	adjacency: Adjacency | null;
	offset: Offset;
	readonly #source: AdjacencySource;
	#type: string | null;
	#lists: TypeLists | null;
	#label: string | null;
	#bitmap: Bitmap | null;

	constructor(source: AdjacencySource) {
		this.start = 0;
		this.end = 0;
		this.neighbours = NO_NUMBERS;
		this.edges = NO_EDGES;
		this.firstIds = NO_IDS;
		this.adjacency = null;
		this.offset = -1;
		this.#source = source;
		this.#type = null;
		this.#lists = null;
		this.#label = null;
		this.#bitmap = null;
	}

	/** Looks at what may be read now; called at the entry of every step. */
	at(transaction: unknown): this {
		const adjacency = this.#source.current();
		this.offset = adjacency === null ? -1 : this.#source.offsetOf(transaction);
		this.adjacency = adjacency !== null && this.offset >= adjacency.builtOffset && adjacency.numbers.isOrdered ? adjacency : null;
		this.#type = null;
		this.#label = null;
		if (this.adjacency !== null) this.firstIds = this.adjacency.numbers.firstIds;
		return this;
	}

	/** The lists of a type, if they can be read; null: there are none, `undefined`: the tables must be read. */
	lists(type: string): TypeLists | null | undefined {
		if (this.adjacency === null) return undefined;
		if (type !== this.#type) {
			this.#type = type;
			this.#lists = this.adjacency.types.get(type) ?? null;
		}
		const lists = this.#lists;
		if (lists !== null && (this.offset < lists.outgoing.floorOffset || this.offset < lists.incoming.floorOffset)) return undefined;
		return lists;
	}

	/** Finds the neighbours of a vertex over edges of a type; false when the tables must be read. */
	open(vertex: unknown, type: unknown, isOutgoing: boolean): boolean {
		const lists = this.lists(type as string);
		if (lists === undefined) return false;
		this.start = 0;
		this.end = 0;
		if (lists === null || typeof vertex !== 'number' || !(vertex >= 0 && vertex <= ID_MAX)) return true;
		this.#seek(isOutgoing ? lists.outgoing : lists.incoming, this.adjacency!.numbers.numberOf(vertex));
		return true;
	}

	/** Finds the edges of a type from one vertex to another; false when the tables must be read. */
	openPair(tail: unknown, type: unknown, head: unknown): boolean {
		if (!this.open(tail, type, true)) return false;
		if (this.start === this.end) return true;
		const neighbour = typeof head === 'number' && head >= 0 && head <= ID_MAX ? this.adjacency!.numbers.numberOf(head) : -1;
		if (neighbour < 0) {
			this.end = this.start;
			return true;
		}
		const lists = this.#lists!.outgoing;
		const { start, end } = this;
		this.start = lists.lowerBound(start, end, neighbour, 0);
		let last = this.start;
		while (last < end && this.neighbours[last] === neighbour) last++;
		this.end = last;
		return true;
	}

	/** The number of a vertex that may be there, or of nothing: what its labels are says whether it is. −1: there is none. */
	numberOf(id: unknown): number {
		return typeof id === 'number' && id >= 0 && id <= ID_MAX ? this.adjacency!.numbers.numberOf(id) : -1;
	}

	/** The number of a vertex that is there; −1: there is none. Only while `servesVertices`. */
	vertex(id: unknown): number {
		const number = this.numberOf(id);
		return number >= 0 && this.isPresent(number) ? number : -1;
	}

	isPresent(number: number): boolean {
		const { labels } = this.adjacency!;
		return this.offset < labels.newestOffset ? labels.isPresent(number, this.offset) : labels.present.has(number);
	}

	/** Which vertices there are, and their labels, can be read. */
	get servesVertices(): boolean {
		return this.adjacency !== null && this.offset >= this.adjacency.labels.floorOffset;
	}

	/** The vertices with a label (null: all), if the newest state is read; else null, and `hasLabelAt` says. */
	bitmap(label: string | null): Bitmap | null {
		const { adjacency } = this;
		if (adjacency === null || this.offset < adjacency.labels.newestOffset) return null;
		return label === null ? adjacency.labels.present : (adjacency.labels.bitmap(label) ?? NO_VERTICES);
	}

	/** Whether a vertex has a label, by its number, at any offset that `servesVertices`. */
	hasLabelAt(vertex: number, label: string): boolean {
		return this.adjacency!.labels.has(vertex, label, this.offset);
	}

	/** A column, if it can be read. */
	column(source: ColumnSource): ValueColumn | null {
		const { current } = source;
		return this.adjacency !== null && current !== null && this.offset >= current.floorOffset ? current : null;
	}

	#seek(lists: NeighbourLists, vertex: number): void {
		lists.seek(vertex, this.offset);
		this.start = lists.start;
		this.end = lists.end;
		this.neighbours = lists.neighbours;
		this.edges = lists.edges;
	}

	/** 1 and 0: whether a vertex is there with the label; −1: the tables must be read. */
	hasLabel(vertex: unknown, label: string): number {
		const { adjacency, offset } = this;
		if (adjacency === null) return -1;
		const { labels, numbers } = adjacency;
		if (offset < labels.floorOffset) return -1;
		if (typeof vertex !== 'number' || !(vertex >= 0 && vertex <= ID_MAX)) return 0;
		const number = numbers.numberOf(vertex);
		if (number < 0) return 0;
		if (offset < labels.newestOffset) return labels.has(number, label, offset) ? 1 : 0;
		if (label !== this.#label) {
			this.#label = label;
			this.#bitmap = labels.bitmap(label) ?? null;
		}
		return this.#bitmap?.has(number) ? 1 : 0;
	}
}
