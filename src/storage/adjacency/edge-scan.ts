/** All edges of a type, slice by slice in the order of their tails, as of the offset at which the scan was opened. */
import type { Offset } from '../contracts.ts';
import type { Adjacency } from './adjacency.ts';
import type { AdjacencyReader } from './adjacency-reader.ts';
import type { NeighbourLists } from './neighbour-lists.ts';
import { snapshotTooOld } from './snapshot-too-old.ts';

export class EdgeScan {
	/** The slice that `next` found is at [start, end) of these. */
	start: number;
	end: number;
	/** The id of its tail. */
	tail: number;
	neighbours: Int32Array;
	edges: Uint32Array;
	#adjacency: Adjacency | null;
	#lists: NeighbourLists | null;
	#offset: Offset;
	#vertex: number;

	constructor() {
		this.start = 0;
		this.end = 0;
		this.tail = 0;
		this.neighbours = new Int32Array(0);
		this.edges = new Uint32Array(0);
		this.#adjacency = null;
		this.#lists = null;
		this.#offset = -1;
		this.#vertex = -1;
	}

	/** False when the tables must be read. */
	open(reader: AdjacencyReader, type: string): boolean {
		const lists = reader.lists(type);
		if (lists === undefined) return false;
		this.#adjacency = reader.adjacency;
		this.#lists = lists === null ? null : lists.outgoing;
		this.#offset = reader.offset;
		this.#vertex = -1;
		return true;
	}

	/** Goes on to the next slice that is not empty. */
	next(): boolean {
		const lists = this.#lists;
		if (lists === null) return false;
		if (this.#offset < lists.floorOffset) throw snapshotTooOld(this.#offset);
		const count = lists.starts.length;
		for (let vertex = this.#vertex + 1; vertex < count; vertex++) {
			lists.seek(vertex, this.#offset);
			if (lists.start === lists.end) continue;
			this.#vertex = vertex;
			this.start = lists.start;
			this.end = lists.end;
			this.tail = this.#adjacency!.numbers.idOf(vertex);
			this.neighbours = lists.neighbours;
			this.edges = lists.edges;
			return true;
		}
		this.#vertex = count;
		return false;
	}

	clear(): void {
		this.#adjacency = null;
		this.#lists = null;
	}
}
