/**
 * A shortest walk between two vertices over edges of one type, in one direction or in both: breadth first from both ends, the side with the smaller frontier a whole
 * round at a time, until a round has met the other side.
 *
 * Calls: `open`, then `work` until it is true; `length` is then that of the walk, or −1, and `trace` gives it. Where `open` is false the
 * adjacency cannot serve and the tables must be read.
 *
 * Invariant: what a side has reached after d rounds is all at a distance of at most d; so the shortest of the meetings of the first round
 * that meets is a shortest walk.
 *
 * Cost: 20 bytes per vertex number, 3 ns per edge that is looked at.
 */
import type { Offset } from '../contracts.ts';
import type { Adjacency, TypeLists } from './adjacency.ts';
import type { AdjacencySource } from './adjacency-reader.ts';
import type { NeighbourLists } from './neighbour-lists.ts';
import { snapshotTooOld } from './snapshot-too-old.ts';
import { ID_MAX } from './vertex-numbers.ts';

export interface ShortestStep {
	readonly type: string;
	readonly isOutgoing: boolean;
	/** It goes over edges in both directions. */
	readonly isEither: boolean;
	/** Infinity: any. */
	readonly maximum: number;
}

/** The walk: vertices, and the edges between them. */
export interface TracedWalk {
	readonly vertices: number[];
	readonly edges: number[];
}

const WORK_ENTRIES = 1 << 15;
/** Walks are not followed further than distances fit. */
const DISTANCE_MAX = 65_000;

/** One side of the search. */
class Side {
	/** Distance plus one by vertex number; 0: not reached. */
	distances = new Uint16Array(0);
	/** The vertex and the edge from which it was reached. */
	parents = new Int32Array(0);
	edges = new Uint32Array(0);
	/** All that was reached, in order; the frontier is its end. */
	queue = new Int32Array(0);
	count = 0;
	frontier = 0;
	round = 0;

	begin(capacity: number, vertex: number): void {
		this.clear();
		if (this.distances.length < capacity) {
			this.distances = new Uint16Array(capacity);
			this.parents = new Int32Array(capacity);
			this.edges = new Uint32Array(capacity);
			this.queue = new Int32Array(capacity);
		}
		this.distances[vertex] = 1;
		this.queue[0] = vertex;
		this.count = 1;
		this.frontier = 0;
		this.round = 0;
	}

	clear(): void {
		for (let i = 0; i < this.count; i++) this.distances[this.queue[i]!] = 0;
		this.count = 0;
	}
}

export class ShortestWalk {
	/** −1: there is none. */
	length: number;
	readonly #source: AdjacencySource;
	readonly #step: ShortestStep;
	readonly #near: Side;
	readonly #far: Side;
	#adjacency: Adjacency | null;
	#lists: TypeLists | null;
	#offset: Offset;
	#side: Side;
	/** End of the frontier that is gone through, and the place in it. */
	#frontierEnd: number;
	#at: number;
	/** Where the sides met: the edge from a vertex of the present side to one of the other. */
	#meetFrom: number;
	#meetEdge: number;
	#meetTo: number;

	constructor(source: AdjacencySource, step: ShortestStep) {
		this.length = -1;
		this.#source = source;
		this.#step = step;
		this.#near = new Side();
		this.#far = new Side();
		this.#adjacency = null;
		this.#lists = null;
		this.#offset = -1;
		this.#side = this.#near;
		this.#frontierEnd = 0;
		this.#at = 0;
		this.#meetFrom = -1;
		this.#meetEdge = 0;
		this.#meetTo = -1;
	}

	/** Begins between two different vertices; false when the tables must be read (also for a walk back to where it begins). */
	open(transaction: unknown, from: unknown, to: unknown): boolean {
		const adjacency = this.#source.current();
		if (adjacency === null || from === to || !adjacency.numbers.isOrdered) return false;
		this.#offset = this.#source.offsetOf(transaction);
		const lists = adjacency.types.get(this.#step.type) ?? null;
		if (this.#offset < adjacency.builtOffset) return false;
		if (lists !== null && this.#offset < Math.max(lists.outgoing.floorOffset, lists.incoming.floorOffset)) return false;
		this.#adjacency = adjacency;
		this.#lists = lists;
		this.length = -1;
		const start = numberOf(adjacency, from);
		const goal = numberOf(adjacency, to);
		if (lists === null || start < 0 || goal < 0) {
			this.#lists = null;
			return true;
		}
		this.#near.begin(adjacency.numbers.capacity, start);
		this.#far.begin(adjacency.numbers.capacity, goal);
		this.#beginRound();
		return true;
	}

	/** Does a part of the work; true when it is done. */
	work(): boolean {
		const lists = this.#lists;
		if (lists === null) return true;
		const near = this.#side === this.#near;
		const isForward = near === this.#step.isOutgoing;
		const forward = isForward ? lists.outgoing : lists.incoming;
		const backward = isForward ? lists.incoming : lists.outgoing;
		if (this.#offset < Math.max(forward.floorOffset, backward.floorOffset)) throw snapshotTooOld(this.#offset);
		const side = this.#side;
		let left = WORK_ENTRIES;
		while (this.#at < this.#frontierEnd && left > 0) {
			const vertex = side.queue[this.#at++]!;
			left -= this.#goOn(side, vertex, forward) + 1;
			if (this.#step.isEither) left -= this.#goOn(side, vertex, backward);
		}
		return this.#at === this.#frontierEnd && this.#endRound(side);
	}

	/** Over the edges of a vertex in one direction; returns how many there are. */
	#goOn(side: Side, vertex: number, lists: NeighbourLists): number {
		const { distances, parents, edges: taken, queue } = side;
		const known = (side === this.#near ? this.#far : this.#near).distances;
		lists.seek(vertex, this.#offset);
		const { neighbours, edges, start, end } = lists;
		for (let i = start; i < end; i++) {
			const next = neighbours[i]!;
			if (distances[next] !== 0) continue;
			distances[next] = side.round + 2;
			parents[next] = vertex;
			taken[next] = edges[i]!;
			queue[side.count++] = next;
			if (known[next] !== 0) this.#meet(vertex, edges[i]!, next, side.round + known[next]!);
		}
		return end - start;
	}

	#meet(from: number, edge: number, to: number, length: number): void {
		if (this.length >= 0 && this.length <= length) return;
		this.length = length;
		this.#meetFrom = from;
		this.#meetEdge = edge;
		this.#meetTo = to;
	}

	#endRound(side: Side): boolean {
		side.round++;
		side.frontier = this.#frontierEnd;
		if (this.length >= 0) {
			if (this.length > this.#step.maximum) this.length = -1;
			return true;
		}
		const walked = this.#near.round + this.#far.round;
		if (walked >= Math.min(this.#step.maximum, DISTANCE_MAX) || side.frontier === side.count) return true;
		this.#beginRound();
		return false;
	}

	/** The side with the smaller frontier goes on. */
	#beginRound(): void {
		const [near, far] = [this.#near, this.#far];
		this.#side = near.count - near.frontier <= far.count - far.frontier ? near : far;
		this.#at = this.#side.frontier;
		this.#frontierEnd = this.#side.count;
	}

	/** The walk that was found, from its beginning. */
	trace(): TracedWalk {
		const { numbers } = this.#adjacency!;
		const isNear = this.#side === this.#near;
		const [nearEnd, farEnd] = isNear ? [this.#meetFrom, this.#meetTo] : [this.#meetTo, this.#meetFrom];
		const vertices: number[] = [];
		const edges: number[] = [];
		for (let at = nearEnd, left = this.#near.distances[at]!; left > 0; left--, at = this.#near.parents[at]!) {
			vertices.push(numbers.idOf(at));
			if (left > 1) edges.push(this.#near.edges[at]!);
		}
		vertices.reverse();
		edges.reverse();
		edges.push(this.#meetEdge);
		for (let at = farEnd, left = this.#far.distances[at]!; left > 0; left--, at = this.#far.parents[at]!) {
			vertices.push(numbers.idOf(at));
			if (left > 1) edges.push(this.#far.edges[at]!);
		}
		return { vertices, edges };
	}

	clear(): void {
		this.#near.clear();
		this.#far.clear();
		this.#adjacency = null;
		this.#lists = null;
	}
}

function numberOf(adjacency: Adjacency, id: unknown): number {
	return typeof id === 'number' && id >= 0 && id <= ID_MAX ? adjacency.numbers.numberOf(id) : -1;
}
