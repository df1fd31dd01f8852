/**
 * The neighbours of every vertex over the edges of one type in one direction: a slice of two shared arrays for each vertex, sorted
 * by the neighbour's number, then the edge's id.
 *
 * A change writes the vertex's slice anew behind all others and keeps where it was with the offset of the commit, so that readers
 * of the newest state find slices without a look at versions, those of an older one look them up, and whoever is on a slice stays
 * on it. When half of the arrays are old slices they are packed, and older states end there (`floorOffset`).
 *
 * What one commit changes more than once is changed where that commit has put it, since nobody reads it before the commit is applied: a
 * slice that is the last one of the arrays grows in its place.
 *
 * Invariants: (1) slices once written never change, but by the commit that wrote them; (2) `starts` and `ends` are those as of `newestOffset`; (3) a state at or above
 * `floorOffset` and below `newestOffset` is had through `seek` alone.
 *
 * Cost: 8 bytes per edge and 8 per vertex; 2 ns per edge read; the first change that a commit does to a vertex copies its slice. `copied` counts what changes copied.
 */
import type { Offset } from '../contracts.ts';

interface OlderSlice {
	readonly start: number;
	readonly end: number;
	/** The commit that replaced it. */
	readonly until: Offset;
}

const OLDER_MAX = 100_000;

export class NeighbourLists {
	/** By vertex number. */
	starts: Int32Array;
	ends: Int32Array;
	neighbours: Int32Array;
	edges: Uint32Array;
	used: number;
	/** Entries of all present slices. */
	live: number;
	newestOffset: Offset;
	floorOffset: Offset;
	/** Entries that changes have copied since the lists were built. */
	copied: number;
	/** Where the slice is that `seek` found. */
	start: number;
	end: number;
	#older: Map<number, OlderSlice[]>;
	#olderCount: number;

	constructor(starts: Int32Array, ends: Int32Array, neighbours: Int32Array, edges: Uint32Array, offset: Offset) {
		this.starts = starts;
		this.ends = ends;
		this.neighbours = neighbours;
		this.edges = edges;
		this.used = neighbours.length;
		this.live = neighbours.length;
		this.newestOffset = offset;
		this.floorOffset = offset;
		this.copied = 0;
		this.start = 0;
		this.end = 0;
		this.#older = new Map();
		this.#olderCount = 0;
	}

	static empty(offset: Offset): NeighbourLists {
		return new NeighbourLists(new Int32Array(256), new Int32Array(256), new Int32Array(0), new Uint32Array(0), offset);
	}

	get bytes(): number {
		return this.starts.byteLength + this.ends.byteLength + this.neighbours.byteLength + this.edges.byteLength + this.#olderCount * 80;
	}

	/** Puts `start` and `end` to the vertex's slice as of an offset at or above the floor. */
	seek(vertex: number, offset: Offset): void {
		if (vertex < 0 || vertex >= this.starts.length) {
			this.start = 0;
			this.end = 0;
			return;
		}
		this.start = this.starts[vertex]!;
		this.end = this.ends[vertex]!;
		if (offset < this.newestOffset) this.#seekOlder(vertex, offset);
	}

	#seekOlder(vertex: number, offset: Offset): void {
		const older = this.#older.get(vertex);
		if (older === undefined) return;
		for (const slice of older) {
			if (slice.until <= offset) continue;
			this.start = slice.start;
			this.end = slice.end;
			return;
		}
	}

	/** The place of the first entry in [start, end) that is not before (neighbour, edge). */
	lowerBound(start: number, end: number, neighbour: number, edge: number): number {
		const { neighbours, edges } = this;
		let low = start;
		let high = end;
		while (low < high) {
			const middle = (low + high) >>> 1;
			const other = neighbours[middle]!;
			if (other < neighbour || (other === neighbour && edges[middle]! < edge)) low = middle + 1;
			else high = middle;
		}
		return low;
	}

	/** Adds an edge; false when it is there. */
	insert(vertex: number, neighbour: number, edge: number, offset: Offset): boolean {
		if (vertex >= this.starts.length) this.#growVertices(vertex + 1);
		const start = this.starts[vertex]!;
		const end = this.ends[vertex]!;
		const at = this.lowerBound(start, end, neighbour, edge);
		if (at < end && this.neighbours[at] === neighbour && this.edges[at] === edge) return false;
		this.live++;
		if (end === this.used && end < this.neighbours.length && this.#isOf(vertex, offset)) {
			this.neighbours.copyWithin(at + 1, at, end);
			this.edges.copyWithin(at + 1, at, end);
			this.neighbours[at] = neighbour;
			this.edges[at] = edge;
			this.ends[vertex] = end + 1;
			this.used++;
			this.copied += end - at;
			return true;
		}
		const to = this.#replace(vertex, end - start + 1, offset);
		const { neighbours, edges } = this;
		const [from, until, middle] = [this.start, this.end, this.start + (at - start)];
		neighbours.copyWithin(to, from, middle);
		edges.copyWithin(to, from, middle);
		neighbours[to + middle - from] = neighbour;
		edges[to + middle - from] = edge;
		neighbours.copyWithin(to + middle - from + 1, middle, until);
		edges.copyWithin(to + middle - from + 1, middle, until);
		return true;
	}

	/** Takes an edge away; false when it is not there. */
	remove(vertex: number, neighbour: number, edge: number, offset: Offset): boolean {
		if (vertex >= this.starts.length) return false;
		const start = this.starts[vertex]!;
		const end = this.ends[vertex]!;
		const at = this.lowerBound(start, end, neighbour, edge);
		if (at === end || this.neighbours[at] !== neighbour || this.edges[at] !== edge) return false;
		this.live--;
		if (this.#isOf(vertex, offset)) {
			this.neighbours.copyWithin(at, at + 1, end);
			this.edges.copyWithin(at, at + 1, end);
			this.ends[vertex] = end - 1;
			if (end === this.used) this.used--;
			this.copied += end - at;
			return true;
		}
		const to = this.#replace(vertex, end - start - 1, offset);
		const { neighbours, edges } = this;
		const [from, until, middle] = [this.start, this.end, this.start + (at - start)];
		neighbours.copyWithin(to, from, middle);
		edges.copyWithin(to, from, middle);
		neighbours.copyWithin(to + middle - from, middle + 1, until);
		edges.copyWithin(to + middle - from, middle + 1, until);
		return true;
	}

	/** Whether the commit at `offset` has written the vertex's slice. */
	#isOf(vertex: number, offset: Offset): boolean {
		if (offset !== this.newestOffset) return false;
		const older = this.#older.get(vertex);
		return older !== undefined && older[older.length - 1]!.until === offset;
	}

	/** Makes room for the vertex's new slice and notes the old one, whose place is in `start` and `end` then; returns the place of the new one. */
	#replace(vertex: number, count: number, offset: Offset): number {
		if (this.used + count > this.neighbours.length) this.#makeRoom(count, offset);
		const start = this.starts[vertex]!;
		const end = this.ends[vertex]!;
		this.start = start;
		this.end = end;
		const older = this.#older.get(vertex);
		if (older === undefined) this.#older.set(vertex, [{ start, end, until: offset }]);
		// Only the state before the commit counts, not those within it.
		else if (older[older.length - 1]!.until < offset) older.push({ start, end, until: offset });
		else this.#olderCount--;
		this.#olderCount++;
		if (this.#olderCount > OLDER_MAX) this.#forget(offset);
		const to = this.used;
		this.used += count;
		this.copied += count;
		this.starts[vertex] = to;
		this.ends[vertex] = to + count;
		this.newestOffset = offset;
		return to;
	}

	/** Older states end: those below the commit at `offset`. */
	#forget(offset: Offset): void {
		this.#older = new Map();
		this.#olderCount = 0;
		this.floorOffset = offset;
	}

	/** Longer arrays; packed when half of the entries are old. Whoever reads the old arrays keeps them. */
	#makeRoom(count: number, offset: Offset): void {
		const isSparse = this.live * 2 < this.used;
		const length = Math.ceil(((isSparse ? this.live : this.used) + count) * 1.5) + 1024;
		const neighbours = new Int32Array(length);
		const edges = new Uint32Array(length);
		if (isSparse) {
			this.used = this.#pack(neighbours, edges);
			this.#forget(offset);
		} else {
			neighbours.set(this.neighbours);
			edges.set(this.edges);
		}
		this.neighbours = neighbours;
		this.edges = edges;
	}

	#pack(neighbours: Int32Array, edges: Uint32Array): number {
		let to = 0;
		const starts = this.starts.slice();
		const ends = this.ends.slice();
		for (let vertex = 0; vertex < starts.length; vertex++) {
			const start = starts[vertex]!;
			const end = ends[vertex]!;
			neighbours.set(this.neighbours.subarray(start, end), to);
			edges.set(this.edges.subarray(start, end), to);
			starts[vertex] = to;
			to += end - start;
			ends[vertex] = to;
		}
		this.starts = starts;
		this.ends = ends;
		return to;
	}

	#growVertices(needed: number): void {
		const length = Math.max(needed, Math.ceil(this.starts.length * 1.25));
		const starts = new Int32Array(length);
		const ends = new Int32Array(length);
		starts.set(this.starts);
		ends.set(this.ends);
		this.starts = starts;
		this.ends = ends;
	}
}

/** Edges of one type as three parallel arrays → lists by their first end. Edges must come sorted by (first, second, id). */
export function listsOfSorted(first: Int32Array, second: Int32Array, ids: Uint32Array, vertexCount: number, offset: Offset): NeighbourLists {
	const starts = new Int32Array(vertexCount);
	const ends = new Int32Array(vertexCount);
	for (let i = 0; i < first.length; i++) ends[first[i]!]!++;
	let at = 0;
	for (let vertex = 0; vertex < vertexCount; vertex++) {
		starts[vertex] = at;
		at += ends[vertex]!;
		ends[vertex] = at;
	}
	return new NeighbourLists(starts, ends, second, ids, offset);
}

/** The same edges by their second end: a counting sort, which keeps the order of the first ends. */
export function listsReversed(first: Int32Array, second: Int32Array, ids: Uint32Array, vertexCount: number, offset: Offset): NeighbourLists {
	const starts = new Int32Array(vertexCount);
	const ends = new Int32Array(vertexCount);
	for (let i = 0; i < second.length; i++) ends[second[i]!]!++;
	let total = 0;
	for (let vertex = 0; vertex < vertexCount; vertex++) {
		starts[vertex] = total;
		total += ends[vertex]!;
		ends[vertex] = starts[vertex]!;
	}
	const neighbours = new Int32Array(first.length);
	const edges = new Uint32Array(first.length);
	for (let i = 0; i < first.length; i++) {
		const to = ends[second[i]!]!++;
		neighbours[to] = first[i]!;
		edges[to] = ids[i]!;
	}
	return new NeighbourLists(starts, ends, neighbours, edges, offset);
}
