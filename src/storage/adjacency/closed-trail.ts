/**
 * Whether one can leave a vertex and come back to it over edges in either direction, none of them twice.
 *
 * Breadth first from the vertex, each vertex met knowing its branch: the first edge of the way to it. An edge between two branches closes
 * a cycle, and a shortest one is found so: along it the branches of its two first edges must meet somewhere, and breadth first no
 * way to either end of that edge is longer than along the cycle.
 */
import type { Offset } from '../contracts.ts';
import type { TypeLists } from './adjacency.ts';
import type { NeighbourLists } from './neighbour-lists.ts';

export class ClosedTrail {
	readonly #lists: TypeLists;
	readonly #offset: Offset;
	readonly #start: number;
	readonly #maximum: number;
	readonly #depths = new Map<number, number>();
	/** The first edge of the way to a vertex, and the last. */
	readonly #branches = new Map<number, number>();
	readonly #lastEdges = new Map<number, number>();
	#next: number[] = [];

	constructor(lists: TypeLists, offset: Offset, start: number, maximum: number) {
		this.#lists = lists;
		this.#offset = offset;
		this.#start = start;
		this.#maximum = maximum;
	}

	/** There is one of at most the maximum of edges. */
	exists(): boolean {
		this.#depths.set(this.#start, 0);
		let frontier = [this.#start];
		for (let depth = 0; frontier.length > 0 && 2 * depth + 1 <= this.#maximum; depth++) {
			this.#next = [];
			for (const vertex of frontier) if (this.#closes(vertex, depth, this.#lists.outgoing) || this.#closes(vertex, depth, this.#lists.incoming)) return true;
			frontier = this.#next;
		}
		return false;
	}

	/** Looks at the edges of a vertex in one direction; true when one closes a trail that is short enough. */
	#closes(vertex: number, depth: number, lists: NeighbourLists): boolean {
		lists.seek(vertex, this.#offset);
		const { neighbours, edges, start, end } = lists;
		for (let i = start; i < end; i++) {
			const [other, edge] = [neighbours[i]!, edges[i]!];
			if (other === vertex) {
				if (depth === 0) return true;
				continue;
			}
			if (edge === this.#lastEdges.get(vertex)) continue;
			const branch = depth === 0 ? edge : this.#branches.get(vertex)!;
			const known = this.#depths.get(other);
			if (known === undefined) {
				this.#depths.set(other, depth + 1);
				this.#branches.set(other, branch);
				this.#lastEdges.set(other, edge);
				this.#next.push(other);
			} else if (other !== this.#start && this.#branches.get(other) !== branch && depth + known + 1 <= this.#maximum) return true;
		}
		return false;
	}
}
