/**
 * A look-up in the table of a hash join that a scan does for its rows, on codes and before anything else of them is decoded: rows that
 * find nothing are given up there, and what is found comes beside the batch's values.
 */
import type { ColumnSegment } from '../../../storage/column/column-segment.ts';
import { GROUP_ROWS } from '../../../storage/column/column-segment.ts';
import type { IntKeyMap } from './int-key-map.ts';

export class ScanProbe {
	/** The key, by its place among the scan's columns. */
	readonly column: number;
	/** By row of the batch: the last row of the table that has the row's key, or −1. Emptied, never replaced. */
	readonly vector: number[];
	#map: IntKeyMap | null;
	#keepsMisses: boolean;
	/** By row of the group. */
	readonly #found: Int32Array;

	constructor(column: number) {
		this.column = column;
		this.vector = [];
		this.#map = null;
		this.#keepsMisses = false;
		this.#found = new Int32Array(GROUP_ROWS);
	}

	/** `keepsMisses`: rows that find nothing are wanted as well. */
	open(map: IntKeyMap, keepsMisses: boolean): void {
		this.#map = map;
		this.#keepsMisses = keepsMisses;
	}

	/** Looks up the selected rows of a group; returns how many of them are left. */
	select(segment: ColumnSegment, selection: Uint16Array, count: number): number {
		return this.#map!.probe(segment, selection, count, this.#found, this.#keepsMisses);
	}

	/** Fills the vector for rows of the group. */
	gather(selection: Uint16Array, from: number, to: number): void {
		const [found, vector] = [this.#found, this.vector];
		for (let i = from; i < to; i++) vector[i - from] = found[selection[i]!]!;
	}

	/** The same for a row that came whole; false when it is not wanted. */
	take(key: number | null, row: number): boolean {
		const found = key === null ? undefined : this.#map!.get(key);
		this.vector[row] = found ?? -1;
		return found !== undefined || this.#keepsMisses;
	}

	clear(): void {
		this.#map = null;
		this.vector.length = 0;
	}
}
