/**
 * The adjacency of one graph in memory: neighbours of every vertex by type and direction, and the labels of vertices. It is built
 * from a snapshot of the edges and vertices and then fed with every commit that touches them.
 *
 * Calls: `fill…` and `addVertex` while it is built, then `changeEdge` and `changeVertex` in the order of offsets.
 *
 * Invariants: (1) at every offset from `builtOffset` on that is not below a list's floor, lists and labels are those of the two
 * keyspaces at that offset; (2) while `numbers.isOrdered`, neighbours come in the order of their ids, then of the edges' ids, as the
 * keys of the edges do; (3) a type is without loops when no edge of it ever led back to its vertex since the adjacency was built.
 *
 * Cost: 16 bytes per edge, 16 per vertex number and type, a bit per vertex number and label.
 */
import type { Offset } from '../contracts.ts';
import { listsOfSorted, listsReversed, NeighbourLists } from './neighbour-lists.ts';
import { VertexLabels } from './vertex-labels.ts';
import { VertexNumbers } from './vertex-numbers.ts';

/** The edges of one type, by both ends. */
export class TypeLists {
	readonly outgoing: NeighbourLists;
	readonly incoming: NeighbourLists;
	hasLoops: boolean;

	constructor(outgoing: NeighbourLists, incoming: NeighbourLists, hasLoops: boolean) {
		this.outgoing = outgoing;
		this.incoming = incoming;
		this.hasLoops = hasLoops;
	}
}

/** The edges of a type as they were read: three parallel arrays of ids, sorted by tail, head, edge. */
export interface EdgeColumns {
	readonly type: string;
	readonly tails: Uint32Array;
	readonly heads: Uint32Array;
	readonly ids: Uint32Array;
}

/** Entries copied by changes, as a multiple of those built, from which on building anew is cheaper. */
const COPIED_SHARE_MAX = 16;
const COPIED_MIN = 1 << 22;

export class Adjacency {
	readonly builtOffset: Offset;
	readonly numbers: VertexNumbers;
	/** Of edges, where columns of their values are kept. */
	readonly edgeNumbers: VertexNumbers;
	readonly labels: VertexLabels;
	readonly types: Map<string, TypeLists>;

	constructor(offset: Offset) {
		this.builtOffset = offset;
		this.numbers = new VertexNumbers();
		this.edgeNumbers = new VertexNumbers();
		this.labels = new VertexLabels(offset);
		this.types = new Map();
	}

	get bytes(): number {
		let total = this.numbers.bytes + this.edgeNumbers.bytes + this.labels.bytes;
		for (const { outgoing, incoming } of this.types.values()) total += outgoing.bytes + incoming.bytes;
		return total;
	}

	/** Upkeep has cost more than building anew, or the order is lost. */
	get isWorn(): boolean {
		if (!this.numbers.isOrdered) return true;
		for (const { outgoing, incoming } of this.types.values()) {
			if (outgoing.copied + incoming.copied > Math.max(COPIED_MIN, COPIED_SHARE_MAX * outgoing.live)) return true;
		}
		return false;
	}

	/** Gives every vertex its number; the first call. `vertices` are all ids, in any order. */
	fillNumbers(vertices: Uint32Array, edges: readonly EdgeColumns[]): void {
		this.numbers.addAll([vertices, ...edges.flatMap(({ tails, heads }) => [tails, heads])]);
	}

	fillType({ type, tails, heads, ids }: EdgeColumns): void {
		const { numbers, builtOffset } = this;
		const first = new Int32Array(tails.length);
		const second = new Int32Array(tails.length);
		let hasLoops = false;
		for (let i = 0; i < tails.length; i++) {
			first[i] = numbers.numberOf(tails[i]!);
			second[i] = numbers.numberOf(heads[i]!);
			if (tails[i] === heads[i]) hasLoops = true;
		}
		const count = numbers.capacity;
		const incoming = listsReversed(first, second, ids, count, builtOffset);
		this.types.set(type, new TypeLists(listsOfSorted(first, second, ids, count, builtOffset), incoming, hasLoops));
	}

	/** While it is built. */
	addVertex(id: number, labels: readonly string[]): void {
		this.labels.add(this.numbers.add(id), labels);
	}

	/** A commit adds an edge or takes it away; one that was there already (its properties changed) stays. */
	changeEdge(tail: number, type: string, head: number, id: number, isPresent: boolean, offset: Offset): void {
		let lists = this.types.get(type);
		if (lists === undefined) {
			if (!isPresent) return;
			lists = new TypeLists(NeighbourLists.empty(this.builtOffset), NeighbourLists.empty(this.builtOffset), false);
			this.types.set(type, lists);
		}
		const from = this.numbers.add(tail);
		const to = this.numbers.add(head);
		if (!isPresent) {
			if (lists.outgoing.remove(from, to, id, offset)) lists.incoming.remove(to, from, id, offset);
			return;
		}
		if (tail === head) lists.hasLoops = true;
		if (lists.outgoing.insert(from, to, id, offset)) lists.incoming.insert(to, from, id, offset);
	}

	/** A commit gives a vertex these labels, or (null) takes it away. */
	changeVertex(id: number, labels: readonly string[] | null, offset: Offset): void {
		this.labels.change(this.numbers.add(id), labels, offset);
	}
}
