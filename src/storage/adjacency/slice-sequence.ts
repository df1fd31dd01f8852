/**
 * The edges of one vertex over several types, or all, in one direction: slice after slice in the order of the types' bytes, as in the keys of the
 * edges. Slices never change, so it goes on behind a suspension.
 */
import { compareText } from '../../value/text-order.ts';
import type { Adjacency } from './adjacency.ts';
import type { AdjacencyReader } from './adjacency-reader.ts';

interface Slice {
	readonly type: string;
	readonly start: number;
	readonly end: number;
	readonly neighbours: Int32Array;
	readonly edges: Uint32Array;
}

const NO_NUMBERS = new Int32Array(0);
const NO_EDGES = new Uint32Array(0);

export class SliceSequence {
	/** The slice that `next` came to. */
	type: string;
	start: number;
	end: number;
	neighbours: Int32Array;
	edges: Uint32Array;
	/** The types asked for; null: all. */
	readonly #asked: readonly string[] | null;
	readonly #slices: Slice[];
	#at: number;
	/** All types of an adjacency in order, and what they are of. */
	#sorted: readonly string[];
	#sortedOf: Adjacency | null;

	constructor(types: readonly string[] | null) {
		this.type = '';
		this.start = 0;
		this.end = 0;
		this.neighbours = NO_NUMBERS;
		this.edges = NO_EDGES;
		this.#asked = types === null ? null : [...new Set(types)].sort(compareText);
		this.#slices = [];
		this.#at = 0;
		this.#sorted = [];
		this.#sortedOf = null;
	}

	/** False when the tables must be read. */
	open(reader: AdjacencyReader, vertex: unknown, isOutgoing: boolean): boolean {
		this.#slices.length = 0;
		this.#at = 0;
		if (reader.adjacency === null) return false;
		for (const type of this.#asked ?? this.#typesOf(reader.adjacency)) {
			if (!reader.open(vertex, type, isOutgoing)) return false;
			const { start, end, neighbours, edges } = reader;
			if (start < end) this.#slices.push({ type, start, end, neighbours, edges });
		}
		return true;
	}

	#typesOf(adjacency: Adjacency): readonly string[] {
		if (this.#sortedOf !== adjacency || this.#sorted.length !== adjacency.types.size) {
			this.#sorted = [...adjacency.types.keys()].sort(compareText);
			this.#sortedOf = adjacency;
		}
		return this.#sorted;
	}

	next(): boolean {
		if (this.#at >= this.#slices.length) return false;
		const slice = this.#slices[this.#at++]!;
		this.type = slice.type;
		this.start = slice.start;
		this.end = slice.end;
		this.neighbours = slice.neighbours;
		this.edges = slice.edges;
		return true;
	}

	clear(): void {
		this.#slices.length = 0;
		this.#sortedOf = null;
	}
}
