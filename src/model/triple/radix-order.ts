/**
 * Rows of small unsigned integers in the order of some of their columns: a stable counting sort, one pass for each digit of 11
 * bits, that moves whole rows from one set of columns to another, so that all but the writes is sequential. Since it is stable,
 * rows that are in one order come into a related one by the passes of a single column.
 *
 * Cost: some 10 ns a row and pass; a column of less than 2^11 values takes one pass, of less than 2^22 two, of one value none.
 */

const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;

/** Renames values, which are below `limit`, to their places among those that occur, in place; gives the values by place. */
export function makeDense(values: Uint32Array, limit: number): Uint32Array {
	const places = new Uint32Array(limit);
	for (let i = 0; i < values.length; i++) places[values[i]!] = 1;
	let count = 0;
	for (let value = 0; value < limit; value++) if (places[value] === 1) places[value] = ++count;
	const byPlace = new Uint32Array(count);
	for (let i = 0; i < values.length; i++) {
		const value = values[i]!;
		const place = places[value]! - 1;
		byPlace[place] = value;
		values[i] = place;
	}
	return byPlace;
}

export class SortedRows {
	/** The columns, each with the value of every row. */
	columns: Uint32Array[];
	rowCount: number;
	/** Where the next pass writes. */
	#others: Uint32Array[];
	/** How many different values a column has, at most. */
	readonly #counts: readonly number[];

	constructor(columns: Uint32Array[], counts: readonly number[]) {
		this.columns = columns;
		this.rowCount = columns[0]!.length;
		this.#others = columns.map((column) => new Uint32Array(column.length));
		this.#counts = counts;
	}

	/** Orders the rows by one column; those with the same value stay as they are. Others get a turn after each pass. */
	*sortBy(place: number): Generator<void> {
		const count = this.#counts[place]!;
		for (let shift = 0; shift < 32 && (count - 1) >>> shift > 0; shift += DIGIT_BITS) {
			this.#pass(this.columns[place]!, shift);
			yield;
		}
	}

	#pass(values: Uint32Array, shift: number): void {
		const { rowCount, columns } = this;
		const places = new Uint32Array(DIGITS);
		const mask = DIGITS - 1;
		for (let i = 0; i < rowCount; i++) places[(values[i]! >>> shift) & mask]!++;
		let at = 0;
		for (let digit = 0; digit < DIGITS; digit++) {
			const count = places[digit]!;
			places[digit] = at;
			at += count;
		}
		const target = new Uint32Array(rowCount);
		for (let i = 0; i < rowCount; i++) target[i] = places[(values[i]! >>> shift) & mask]!++;
		for (let c = 0; c < columns.length; c++) {
			// A column of one value is the same in every order.
			if (this.#counts[c]! > 1) move(columns[c]!, this.#others[c]!, target);
			else this.#others[c] = columns[c]!;
		}
		[this.columns, this.#others] = [this.#others, this.columns];
	}

	/** Leaves out rows that are the same as the one before. */
	dropRepeated(): void {
		const { columns, rowCount } = this;
		let kept = 0;
		for (let i = 0; i < rowCount; i++) {
			let isRepeated = i > 0;
			for (let c = 0; c < columns.length && isRepeated; c++) isRepeated = columns[c]![i] === columns[c]![kept - 1];
			if (isRepeated) continue;
			if (kept !== i) for (let c = 0; c < columns.length; c++) columns[c]![kept] = columns[c]![i]!;
			kept++;
		}
		this.rowCount = kept;
	}
}

function move(from: Uint32Array, to: Uint32Array, target: Uint32Array): void {
	for (let i = 0; i < target.length; i++) to[target[i]!] = from[i]!;
}
