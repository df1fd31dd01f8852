/**
 * How one operator of one execution reads an index of integers: rows that begin with given values, leaf by leaf, or word that the
 * keyspace must be read (there is no index yet, the snapshot is older than its oldest version, the transaction has changed the
 * keyspace itself, or its reads are to be validated).
 *
 * Calls: `at` when the operator is entered, `set` for each value, `open`, then the rows [start, end) of `columns`, and `more` for
 * those of the next leaf until it says no.
 */
import type { Offset } from '../contracts.ts';
import { compareRow, type IndexVersion, type IntegerIndex, lowerBound } from './integer-index.ts';

/** What a reader asks of the transaction that it reads for. */
export interface IntegerIndexSource {
	/** Called before an execution that expects to read so many rows. True: it may run. False: some of the work of building an index was done; call again. */
	prepare(expectedRows: number): boolean;
	/** null: there is none now. */
	current(): IntegerIndex | null;
	/** As of when the transaction may read it; −1 when it must read the keyspace. */
	offsetOf(transaction: unknown): Offset;
}

const NO_COLUMN = new Float64Array(0);
/** Rows looked at one by one before the end of a range is searched for. */
const STEPS_MAX = 8;

export class IntegerIndexReader {
	start: number;
	end: number;
	c0: Float64Array;
	c1: Float64Array;
	c2: Float64Array;
	c3: Float64Array;
	readonly #source: IntegerIndexSource;
	readonly #values: Float64Array;
	#version: IndexVersion | null;
	#leaf: number;
	#count: number;

	constructor(source: IntegerIndexSource) {
		this.start = 0;
		this.end = 0;
		this.c0 = NO_COLUMN;
		this.c1 = NO_COLUMN;
		this.c2 = NO_COLUMN;
		this.c3 = NO_COLUMN;
		this.#source = source;
		this.#values = new Float64Array(4);
		this.#version = null;
		this.#leaf = 0;
		this.#count = 0;
	}

	/** Looks what the transaction may read now. */
	at(transaction: unknown): this {
		const index = this.#source.current();
		const offset = index === null ? -1 : this.#source.offsetOf(transaction);
		this.#version = index === null || offset < 0 ? null : index.at(offset);
		return this;
	}

	set(place: number, value: unknown): void {
		// No row has an integer beyond 2^53.
		this.#values[place] = typeof value === 'number' ? value : Number.NaN;
	}

	/** Finds the rows whose first columns are the `count` values set; false when the keyspace must be read. */
	open(count: number): boolean {
		const version = this.#version;
		if (version === null) return false;
		this.start = 0;
		this.end = 0;
		this.#count = 0;
		const values = this.#values;
		for (let i = 0; i < count; i++) if (Number.isNaN(values[i])) return true;
		const { leaves, firsts } = version;
		let leaf = lowerBound(firsts, leaves.length, values, count);
		// The row before the first of a leaf is in the leaf before.
		if (leaf > 0) leaf--;
		if (leaf === leaves.length) return true;
		let at = lowerBound(leaves[leaf]!.columns, leaves[leaf]!.count, values, count);
		if (at === leaves[leaf]!.count) {
			if (++leaf === leaves.length) return true;
			at = 0;
		}
		this.#count = count;
		this.#enter(version, leaf, at);
		return true;
	}

	/** Goes to the next leaf; false when no row of it belongs to the range. */
	more(): boolean {
		const version = this.#version!;
		const next = this.#leaf + 1;
		// A range that ended within its leaf goes no further.
		if (this.#count === 0 || this.end < version.leaves[this.#leaf]!.count || next >= version.leaves.length) return false;
		this.#enter(version, next, 0);
		return this.end > this.start;
	}

	#enter(version: IndexVersion, leafAt: number, at: number): void {
		const leaf = version.leaves[leafAt]!;
		const { columns, count: rows } = leaf;
		this.#leaf = leafAt;
		this.start = at;
		this.c0 = columns[0]!;
		this.c1 = columns[1] ?? NO_COLUMN;
		this.c2 = columns[2] ?? NO_COLUMN;
		this.c3 = columns[3] ?? NO_COLUMN;
		const values = this.#values;
		const count = this.#count;
		let end = at;
		const near = Math.min(rows, at + STEPS_MAX);
		while (end < near && compareRow(columns, end, values, count) === 0) end++;
		if (end === near && near < rows && compareRow(columns, rows - 1, values, count) === 0) end = rows;
		else if (end === near && near < rows) {
			// The first row above the values, among those behind.
			let low = near;
			let high = rows;
			while (low < high) {
				const middle = (low + high) >>> 1;
				if (compareRow(columns, middle, values, count) === 0) low = middle + 1;
				else high = middle;
			}
			end = low;
		}
		this.end = end;
	}
}
