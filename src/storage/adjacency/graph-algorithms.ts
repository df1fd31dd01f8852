/**
 * Algorithms over a whole graph, in pieces: breadth-first search, cheapest walks (Dijkstra), PageRank, connected components, triangles.
 *
 * Calls: the constructor, then `work` until it is true; the result is then in `found` (vertex numbers), `values` beside them. All of one
 * run reads one state of the adjacency.
 *
 * Cost: per vertex number 8 to 32 bytes while one runs; 2 to 10 ns per edge and round. Triangles take 4 bytes per edge more.
 */
import { sqlError } from '../../platform/errors.ts';
import type { Offset } from '../contracts.ts';
import type { Adjacency, TypeLists } from './adjacency.ts';
import type { NeighbourLists } from './neighbour-lists.ts';

/** Entries looked at between two returns. */
const WORK_ENTRIES = 1 << 15;

/** The edges of some types at one state. */
export class GraphState {
	readonly adjacency: Adjacency;
	readonly offset: Offset;
	readonly types: readonly (readonly [string, TypeLists])[];

	/** `type` null: all types. */
	constructor(adjacency: Adjacency, offset: Offset, type: string | null) {
		this.adjacency = adjacency;
		this.offset = offset;
		this.types = [...adjacency.types].filter(([name]) => type === null || name === type);
	}

	get capacity(): number {
		return this.adjacency.numbers.capacity;
	}

	/** Goes over the neighbours of a vertex in one direction; returns how many there were. */
	each(vertex: number, isOutgoing: boolean, visit: (neighbour: number) => void): number {
		let count = 0;
		for (const [, { outgoing, incoming }] of this.types) {
			const lists = isOutgoing ? outgoing : incoming;
			this.seek(lists, vertex);
			const { neighbours, start, end } = lists;
			for (let i = start; i < end; i++) visit(neighbours[i]!);
			count += end - start;
		}
		return count;
	}

	seek(lists: NeighbourLists, vertex: number): void {
		if (this.offset < lists.floorOffset) throw sqlError('72000', 'snapshot too old', { hint: 'Run the statement again.', retryable: true });
		lists.seek(vertex, this.offset);
	}

	isVertex(vertex: number): boolean {
		return this.adjacency.labels.isPresent(vertex, this.offset);
	}

	/** All vertices, in order of their ids. */
	vertices(): Int32Array {
		const found = new Int32Array(this.capacity);
		let count = 0;
		for (let vertex = 0; vertex < found.length; vertex++) if (this.isVertex(vertex)) found[count++] = vertex;
		return found.subarray(0, count);
	}
}

export interface GraphAlgorithm {
	readonly found: Int32Array;
	readonly values: Float64Array;
	/** Does a part of the work; true when the result is there. */
	work(): boolean;
}

/** Distances in edges from a vertex, along their direction. */
export class BreadthFirst implements GraphAlgorithm {
	found: Int32Array = new Int32Array(0);
	values: Float64Array = new Float64Array(0);
	readonly #state: GraphState;
	readonly #maximum: number;
	readonly #queue: Int32Array;
	readonly #depths: Int32Array;
	#count: number;
	#at: number;

	constructor(state: GraphState, start: number, maximum: number) {
		this.#state = state;
		this.#maximum = maximum;
		this.#queue = new Int32Array(state.capacity);
		this.#depths = new Int32Array(state.capacity).fill(-1);
		this.#queue[0] = start;
		this.#depths[start] = 0;
		this.#count = 1;
		this.#at = 0;
	}

	work(): boolean {
		let left = WORK_ENTRIES;
		const [queue, depths] = [this.#queue, this.#depths];
		while (this.#at < this.#count && left > 0) {
			const vertex = queue[this.#at++]!;
			const depth = depths[vertex]! + 1;
			if (depth > this.#maximum) continue;
			left -= this.#state.each(vertex, true, (neighbour) => {
				if (depths[neighbour] !== -1) return;
				depths[neighbour] = depth;
				queue[this.#count++] = neighbour;
			});
			left--;
		}
		if (this.#at < this.#count) return false;
		this.found = queue.subarray(0, this.#count);
		this.values = Float64Array.from(this.found, (vertex) => depths[vertex]!);
		return true;
	}
}

/** What an edge costs; never negative. */
export type EdgeCost = (tail: number, type: string, head: number, edge: number) => number;

/** The cheapest walk between two vertices: its vertices in order, with the cost up to each. Nothing where there is none. */
export class CheapestWalk implements GraphAlgorithm {
	found: Int32Array = new Int32Array(0);
	values: Float64Array = new Float64Array(0);
	readonly #state: GraphState;
	readonly #goal: number;
	readonly #costOf: EdgeCost;
	readonly #costs: Float64Array;
	readonly #parents: Int32Array;
	/** A binary heap of (cost, vertex); entries that were bettered are passed over. */
	readonly #heapCosts: number[];
	readonly #heapVertices: number[];

	constructor(state: GraphState, start: number, goal: number, costOf: EdgeCost) {
		this.#state = state;
		this.#goal = goal;
		this.#costOf = costOf;
		this.#costs = new Float64Array(state.capacity).fill(Number.POSITIVE_INFINITY);
		this.#parents = new Int32Array(state.capacity).fill(-1);
		this.#costs[start] = 0;
		this.#heapCosts = [0];
		this.#heapVertices = [start];
	}

	work(): boolean {
		let left = WORK_ENTRIES >> 5;
		while (this.#heapCosts.length > 0 && left > 0) {
			const cost = this.#heapCosts[0]!;
			const vertex = this.#heapVertices[0]!;
			this.#pop();
			if (cost > this.#costs[vertex]!) continue;
			if (vertex === this.#goal) {
				this.#trace();
				return true;
			}
			left -= 1 + this.#relax(vertex, cost);
		}
		return this.#heapCosts.length === 0;
	}

	#relax(vertex: number, cost: number): number {
		const { numbers } = this.#state.adjacency;
		const tail = numbers.idOf(vertex);
		let count = 0;
		for (const [type, { outgoing }] of this.#state.types) {
			this.#state.seek(outgoing, vertex);
			const { neighbours, edges, start, end } = outgoing;
			for (let i = start; i < end; i++) {
				const next = neighbours[i]!;
				const total = cost + this.#costOf(tail, type, numbers.idOf(next), edges[i]!);
				if (total >= this.#costs[next]!) continue;
				this.#costs[next] = total;
				this.#parents[next] = vertex;
				this.#push(total, next);
			}
			count += end - start;
		}
		return count;
	}

	#push(cost: number, vertex: number): void {
		const [costs, vertices] = [this.#heapCosts, this.#heapVertices];
		let at = costs.length;
		costs.push(cost);
		vertices.push(vertex);
		while (at > 0) {
			const above = (at - 1) >> 1;
			if (costs[above]! <= cost) break;
			costs[at] = costs[above]!;
			vertices[at] = vertices[above]!;
			at = above;
		}
		costs[at] = cost;
		vertices[at] = vertex;
	}

	#pop(): void {
		const [costs, vertices] = [this.#heapCosts, this.#heapVertices];
		const cost = costs.pop()!;
		const vertex = vertices.pop()!;
		const { length } = costs;
		if (length === 0) return;
		let at = 0;
		for (;;) {
			let below = at * 2 + 1;
			if (below >= length) break;
			if (below + 1 < length && costs[below + 1]! < costs[below]!) below++;
			if (costs[below]! >= cost) break;
			costs[at] = costs[below]!;
			vertices[at] = vertices[below]!;
			at = below;
		}
		costs[at] = cost;
		vertices[at] = vertex;
	}

	#trace(): void {
		const walk: number[] = [];
		for (let at = this.#goal; at >= 0; at = this.#parents[at]!) walk.push(at);
		this.found = Int32Array.from(walk.reverse());
		this.values = Float64Array.from(walk, (vertex) => this.#costs[vertex]!);
	}
}

/** PageRank by iteration; what vertices without edges out have goes to all alike. The ranks add up to 1. */
export class PageRank implements GraphAlgorithm {
	found: Int32Array;
	values: Float64Array;
	readonly #state: GraphState;
	readonly #damping: number;
	readonly #degrees: Int32Array;
	#ranks: Float64Array;
	#next: Float64Array;
	/** −1: degrees are being counted. */
	#iteration: number;
	readonly #iterations: number;
	#at: number;
	#loose: number;

	constructor(state: GraphState, iterations: number, damping: number) {
		this.#state = state;
		this.#damping = damping;
		this.#iterations = iterations;
		this.found = state.vertices();
		this.values = new Float64Array(0);
		this.#degrees = new Int32Array(state.capacity);
		this.#ranks = new Float64Array(state.capacity);
		this.#next = new Float64Array(state.capacity);
		for (const vertex of this.found) this.#ranks[vertex] = 1 / this.found.length;
		this.#iteration = -1;
		this.#at = 0;
		this.#loose = 0;
	}

	work(): boolean {
		let left = WORK_ENTRIES;
		const { found } = this;
		const next = this.#next;
		while (this.#at < found.length && left > 0) {
			const vertex = found[this.#at++]!;
			if (this.#iteration < 0) {
				this.#degrees[vertex] = this.#state.each(vertex, true, () => undefined);
				left -= this.#degrees[vertex]! + 1;
				continue;
			}
			const degree = this.#degrees[vertex]!;
			const share = this.#ranks[vertex]! / degree;
			if (degree === 0) this.#loose += this.#ranks[vertex]!;
			else
				left -= this.#state.each(vertex, true, (neighbour) => {
					next[neighbour]! += share;
				});
			left--;
		}
		if (this.#at < found.length) return false;
		this.#endRound();
		if (this.#iteration < this.#iterations) return false;
		this.values = Float64Array.from(found, (vertex) => this.#ranks[vertex]!);
		return true;
	}

	#endRound(): void {
		this.#at = 0;
		if (this.#iteration++ < 0) return;
		const { found } = this;
		const base = (1 - this.#damping + this.#damping * this.#loose) / found.length;
		for (const vertex of found) this.#next[vertex] = base + this.#damping * this.#next[vertex]!;
		[this.#ranks, this.#next] = [this.#next, this.#ranks];
		this.#next.fill(0);
		this.#loose = 0;
	}
}

/** Components of vertices that edges join, in whatever direction: each vertex with the least id of its component. */
export class ConnectedComponents implements GraphAlgorithm {
	found: Int32Array;
	values: Float64Array;
	readonly #state: GraphState;
	readonly #parents: Int32Array;
	#at: number;

	constructor(state: GraphState) {
		this.#state = state;
		this.found = state.vertices();
		this.values = new Float64Array(0);
		this.#parents = Int32Array.from({ length: state.capacity }, (_, i) => i);
		this.#at = 0;
	}

	work(): boolean {
		let left = WORK_ENTRIES;
		while (this.#at < this.found.length && left > 0) {
			const vertex = this.found[this.#at++]!;
			left -= 1 + this.#state.each(vertex, true, (neighbour) => this.#join(vertex, neighbour));
		}
		if (this.#at < this.found.length) return false;
		const { numbers } = this.#state.adjacency;
		this.values = Float64Array.from(this.found, (vertex) => numbers.idOf(this.#root(vertex)));
		return true;
	}

	/** The root of a component is its least number, and numbers are in the order of ids. */
	#join(left: number, right: number): void {
		const [a, b] = [this.#root(left), this.#root(right)];
		if (a < b) this.#parents[b] = a;
		else if (b < a) this.#parents[a] = b;
	}

	#root(vertex: number): number {
		const parents = this.#parents;
		let at = vertex;
		while (parents[at] !== at) {
			parents[at] = parents[parents[at]!]!;
			at = parents[at]!;
		}
		return at;
	}
}

/**
 * Triangles at each vertex, of edges in whatever direction, where parallel edges count as one. Each triangle is found once, at the vertex
 * of the least degree: edges lead from it to greater ones.
 */
export class TriangleCount implements GraphAlgorithm {
	found: Int32Array;
	values: Float64Array;
	readonly #state: GraphState;
	/** Neighbours, each once. */
	readonly #degrees: Int32Array;
	readonly #seen: Int32Array;
	readonly #counts: Float64Array;
	/** Neighbours of a greater (degree, number): slices of one list. */
	#greater: Int32Array;
	readonly #starts: Int32Array;
	#used: number;
	#phase: 'degrees' | 'greater' | 'count';
	#at: number;

	constructor(state: GraphState) {
		this.#state = state;
		this.found = state.vertices();
		this.values = new Float64Array(0);
		this.#degrees = new Int32Array(state.capacity);
		this.#seen = new Int32Array(state.capacity).fill(-1);
		this.#counts = new Float64Array(state.capacity);
		this.#greater = new Int32Array(1024);
		this.#starts = new Int32Array(state.capacity + 1);
		this.#used = 0;
		this.#phase = 'degrees';
		this.#at = 0;
	}

	work(): boolean {
		let left = WORK_ENTRIES;
		const { found } = this;
		while (this.#at < found.length && left > 0) {
			const vertex = found[this.#at++]!;
			if (this.#phase === 'count') left -= 1 + this.#count(vertex);
			else left -= 1 + this.#neighbours(vertex, this.#phase === 'greater');
		}
		if (this.#at < found.length) return false;
		this.#at = 0;
		this.#seen.fill(-1);
		if (this.#phase === 'count') {
			this.values = Float64Array.from(found, (vertex) => this.#counts[vertex]!);
			return true;
		}
		this.#phase = this.#phase === 'degrees' ? 'greater' : 'count';
		return false;
	}

	/** Counts the neighbours of a vertex, or keeps those that are greater. */
	#neighbours(vertex: number, keeps: boolean): number {
		const seen = this.#seen;
		const degrees = this.#degrees;
		this.#starts[vertex] = this.#used;
		const visit = (neighbour: number): void => {
			if (neighbour === vertex || seen[neighbour] === vertex) return;
			seen[neighbour] = vertex;
			if (!keeps) degrees[vertex]!++;
			else if (degrees[neighbour]! > degrees[vertex]! || (degrees[neighbour] === degrees[vertex] && neighbour > vertex)) this.#keep(neighbour);
		};
		const looked = this.#state.each(vertex, true, visit) + this.#state.each(vertex, false, visit);
		// Numbers without a vertex in between have empty slices.
		for (let next = vertex + 1; next < this.#starts.length && keeps; next++) {
			this.#starts[next] = this.#used;
			if (this.#state.isVertex(next)) break;
		}
		return looked;
	}

	#keep(neighbour: number): void {
		if (this.#used === this.#greater.length) {
			const longer = new Int32Array(this.#used * 2);
			longer.set(this.#greater);
			this.#greater = longer;
		}
		this.#greater[this.#used++] = neighbour;
	}

	#count(vertex: number): number {
		const [seen, greater, starts, counts] = [this.#seen, this.#greater, this.#starts, this.#counts];
		const [from, to] = [starts[vertex]!, starts[vertex + 1]!];
		for (let i = from; i < to; i++) seen[greater[i]!] = vertex;
		let looked = to - from;
		for (let i = from; i < to; i++) {
			const second = greater[i]!;
			const end = starts[second + 1]!;
			for (let k = starts[second]!; k < end; k++) {
				const third = greater[k]!;
				if (seen[third] !== vertex) continue;
				counts[vertex]!++;
				counts[second]!++;
				counts[third]!++;
			}
			looked += end - starts[second]!;
		}
		return looked;
	}
}
