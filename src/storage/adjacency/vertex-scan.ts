/** The vertices of a graph with a label, or all, in the order of their ids, as of the offset at which the scan was opened. */
import type { Offset } from '../contracts.ts';
import type { Adjacency } from './adjacency.ts';
import type { AdjacencyReader } from './adjacency-reader.ts';
import { snapshotTooOld } from './snapshot-too-old.ts';

export class VertexScan {
	#adjacency: Adjacency | null;
	#offset: Offset;
	#label: string | null;
	#limit: number;

	constructor() {
		this.#adjacency = null;
		this.#offset = -1;
		this.#label = null;
		this.#limit = 0;
	}

	/** Only where the reader serves vertices. */
	open(reader: AdjacencyReader, label: string | null): void {
		this.#adjacency = reader.adjacency;
		this.#offset = reader.offset;
		this.#label = label;
		this.#limit = reader.adjacency!.numbers.capacity;
	}

	/** The number of the next vertex behind one; −1: there is none. */
	next(after: number): number {
		const { labels } = this.#adjacency!;
		if (this.#offset < labels.floorOffset) throw snapshotTooOld(this.#offset);
		return labels.next(after + 1, this.#limit, this.#label, this.#offset);
	}

	/** Whether a vertex that it came to has a label, as of when it was opened, whatever may be read since. */
	has(number: number, label: string): boolean {
		return this.#adjacency!.labels.has(number, label, this.#offset);
	}

	idOf(number: number): number {
		return this.#adjacency!.numbers.idOf(number);
	}

	clear(): void {
		this.#adjacency = null;
	}
}
