/**
 * Which neighbours of a vertex are neighbours of others too: slices sorted by neighbour, gone through together, each leaping over
 * what the others do not have.
 *
 * Calls: `begin`, `add` for each other slice, then `next` with rising places. Slices never change, so it goes on behind a suspension.
 *
 * Cost: a leap is a search by doubling steps, so the whole takes about as many steps as the shortest slice has entries, times the logarithm
 * of how much longer the others are (Veldhuizen, Leapfrog Triejoin, 2014).
 */
import type { AdjacencyReader } from './adjacency-reader.ts';

export class SliceMeeting {
	/** Of the other slices: their arrays, where they stand, and where they end. */
	readonly #neighbours: Int32Array[];
	readonly #at: number[];
	readonly #end: number[];
	#count: number;

	constructor() {
		this.#neighbours = [];
		this.#at = [];
		this.#end = [];
		this.#count = 0;
	}

	begin(): void {
		this.#count = 0;
	}

	/** The neighbours of another vertex must be met too. Where the reader cannot say, all are let through. */
	add(reader: AdjacencyReader, vertex: unknown, type: string, isOutgoing: boolean): void {
		if (!reader.open(vertex, type, isOutgoing)) return;
		const slot = this.#count++;
		this.#neighbours[slot] = reader.neighbours;
		this.#at[slot] = reader.start;
		this.#end[slot] = reader.end;
	}

	/** The first place in [at, end) of a slice whose neighbour all others have; `end` when there is none. */
	next(neighbours: Int32Array, from: number, end: number): number {
		const count = this.#count;
		let at = from;
		search: while (at < end) {
			const neighbour = neighbours[at]!;
			for (let slot = 0; slot < count; slot++) {
				const others = this.#neighbours[slot]!;
				const otherEnd = this.#end[slot]!;
				const place = leap(others, this.#at[slot]!, otherEnd, neighbour);
				this.#at[slot] = place;
				if (place === otherEnd) return end;
				if (others[place]! > neighbour) {
					at = leap(neighbours, at + 1, end, others[place]!);
					continue search;
				}
			}
			return at;
		}
		return end;
	}

	clear(): void {
		this.#neighbours.length = 0;
		this.#count = 0;
	}
}

/** The first place in [start, end) with a number not below one. */
function leap(numbers: Int32Array, start: number, end: number, number: number): number {
	if (start >= end || numbers[start]! >= number) return start;
	let low = start;
	let step = 1;
	let high = start + 1;
	while (high < end && numbers[high]! < number) {
		low = high;
		step *= 2;
		high = low + step;
	}
	if (high > end) high = end;
	low++;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (numbers[middle]! < number) low = middle + 1;
		else high = middle;
	}
	return low;
}
