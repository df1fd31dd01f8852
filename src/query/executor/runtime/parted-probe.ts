/**
 * The rows of a scan that probe a parted table (`parted-build.ts`): they are put in parts with all that is wanted of them, and when
 * all are there, part after part is looked up and given out as batches of the scan. What other tables have found for a row goes with it.
 */
import { type ColumnSegment, GROUP_ROWS, INTEGERS } from '../../../storage/column/column-segment.ts';
import { CarriedValues } from './carried-values.ts';
import { mixPart } from './int-key-map.ts';
import type { MemoryAccount } from './memory-account.ts';
import { type CarriedColumn, carriedLayout, type PartedBuild } from './parted-build.ts';
import { RADIX_PARTS, type RadixArray, RadixRows } from './radix-rows.ts';
import type { SpillDirectory } from './spill-file.ts';

/** Rows of a batch. */
export const BATCH_ROWS = 2048;

/** What a probe needs of the scan. */
export interface PartedSource {
	segment(column: number): ColumnSegment;
	/** A value of a segment that is not NULL. */
	valueOf(segment: ColumnSegment, column: number, row: number): unknown;
	/** What another probe has found, by row of the group. */
	readonly others: readonly Int32Array[];
}

export class PartedProbe {
	readonly #build: PartedBuild;
	readonly #keys: readonly number[];
	readonly #columns: readonly CarriedColumn[];
	readonly #keepsMisses: boolean;
	readonly #rows: RadixRows;
	readonly #at: readonly number[];
	readonly #values: readonly CarriedValues[];
	/** Where what other probes have found is among the columns of the rows. */
	readonly #others: number;
	readonly #hashes: Int32Array;
	readonly #places: Int32Array;
	#part: number;
	#piece: number;
	/** The rows of a piece, what they have found, those that are wanted, and how many of them are given out. */
	#arrays: RadixArray[];
	#found: Int32Array;
	#wanted: Int32Array;
	#count: number;
	#given: number;
	#isRead: boolean;

	constructor(
		build: PartedBuild,
		keys: readonly number[],
		columns: readonly CarriedColumn[],
		otherCount: number,
		keepsMisses: boolean,
		account: MemoryAccount,
		spill: SpillDirectory,
	) {
		const { kinds, at } = carriedLayout(keys, columns);
		this.#build = build;
		this.#keys = keys;
		this.#columns = columns;
		this.#keepsMisses = keepsMisses;
		this.#others = kinds.length;
		for (let i = 0; i < otherCount; i++) kinds.push('integer');
		this.#rows = new RadixRows(kinds, account, spill, 'the rows of a hash join');
		this.#at = at;
		this.#values = columns.map(({ kind }) => new CarriedValues(kind, account));
		this.#hashes = new Int32Array(GROUP_ROWS);
		this.#places = new Int32Array(GROUP_ROWS);
		this.#part = -1;
		this.#piece = 0;
		this.#arrays = [];
		this.#found = NO_ROWS;
		this.#wanted = NO_ROWS;
		this.#count = 0;
		this.#given = 0;
		this.#isRead = false;
	}

	/** Puts the selected rows of a row group aside. */
	putGroup(source: PartedSource, selection: Uint16Array, selected: number): void {
		const keys = this.#keys.map((column) => source.segment(column));
		const count = withoutNulls(keys, selection, selected);
		if (count === 0) return;
		const [hashes, places] = [this.#hashes.fill(0, 0, count), this.#places];
		for (const { codes, least } of keys) for (let i = 0; i < count; i++) hashes[i] = mixPart(hashes[i]!, least + codes[selection[i]!]!);
		this.#rows.reserve(count);
		this.#rows.placeAll(hashes, count, places);
		const { columns } = this.#rows;
		for (let k = 0; k < keys.length; k++) putIntegers(keys[k]!, selection, count, columns[k]!, places);
		this.#columns.forEach(({ place }, c) => {
			if (this.#at[c]! >= keys.length) this.#putColumn(source, place, c, selection, count);
		});
		source.others.forEach((found, o) => {
			const column = columns[this.#others + o]!;
			for (let i = 0; i < count; i++) column[places[i]!] = found[selection[i]!]!;
		});
	}

	#putColumn(source: PartedSource, place: number, c: number, selection: Uint16Array, count: number): void {
		const segment = source.segment(place);
		const [values, places] = [this.#values[c]!, this.#places];
		const column = this.#rows.columns[this.#at[c]!]!;
		const { nulls, codes } = segment;
		if (values.kind === 'integer' && segment.kind === INTEGERS) {
			putIntegers(segment, selection, count, column, places);
			return;
		}
		// Of a dictionary's entry the code is asked for once.
		const known = segment.hasDictionary ? new Float64Array(segment.entryCount).fill(-1) : null;
		const ofNull = nulls === null ? 0 : values.encode(null);
		for (let i = 0; i < count; i++) {
			const row = selection[i]!;
			let value: number;
			if (nulls !== null && nulls[row] !== 0) value = ofNull;
			else if (known !== null && values.kind === 'coded') {
				value = known[codes[row]!]!;
				if (value < 0) {
					value = values.encode(source.valueOf(segment, place, row));
					known[codes[row]!] = value;
				}
			} else value = values.encode(source.valueOf(segment, place, row));
			column[places[i]!] = value;
		}
	}

	/** Puts a row aside that came whole. `found`: what other probes have found. */
	putRow(read: (column: number) => unknown, found: readonly number[]): void {
		const keys = this.#keys.map(read) as (number | null)[];
		if (keys.includes(null)) return;
		this.#rows.reserve(1);
		const at = this.#rows.place((keys as number[]).reduce(mixPart, 0));
		const { columns } = this.#rows;
		keys.forEach((key, k) => {
			columns[k]![at] = key!;
		});
		this.#columns.forEach(({ place }, c) => {
			if (this.#at[c]! >= keys.length) columns[this.#at[c]!]![at] = this.#values[c]!.encode(read(place));
		});
		found.forEach((row, o) => {
			columns[this.#others + o]![at] = row;
		});
	}

	/** Fills vectors with rows: by column of the scan, what this probe has found, and what others have. Returns how many; 0 at the end. */
	fill(vectors: readonly unknown[][], found: number[], others: readonly number[][]): number {
		if (!this.#isRead) this.#startReading();
		while (this.#given >= this.#count) if (!this.#nextPiece()) return 0;
		const from = this.#given;
		const to = Math.min(this.#count, from + BATCH_ROWS);
		const wanted = this.#wanted;
		this.#columns.forEach(({ place }, c) => {
			const [vector, numbers, values] = [vectors[place]!, this.#arrays[this.#at[c]!]!, this.#values[c]!];
			if (values.kind === 'integer') for (let i = from; i < to; i++) vector[i - from] = numbers[wanted[i]!];
			else for (let i = from; i < to; i++) vector[i - from] = values.decode(numbers[wanted[i]!]!);
		});
		for (let i = from; i < to; i++) found[i - from] = this.#found[wanted[i]!]!;
		others.forEach((vector, o) => {
			const numbers = this.#arrays[this.#others + o]!;
			for (let i = from; i < to; i++) vector[i - from] = numbers[wanted[i]!]!;
		});
		this.#given = to;
		return to - from;
	}

	#startReading(): void {
		this.#isRead = true;
		this.#rows.seal();
		const rows = this.#rows.pieceRowsMax;
		this.#arrays = this.#rows.newArrays(rows);
		this.#found = new Int32Array(rows);
		this.#wanted = new Int32Array(rows);
		this.#piece = this.#rows.pieceCount;
	}

	/** Looks up the rows of the next piece of a part; false when all are done. */
	#nextPiece(): boolean {
		if (this.#piece >= this.#rows.pieceCount) {
			if (++this.#part >= RADIX_PARTS) return false;
			this.#piece = 0;
			this.#build.openPart(this.#part);
		}
		if (this.#rows.pieceCount === 0) return true;
		const count = this.#rows.readPiece(this.#part, this.#piece++, this.#arrays);
		const [found, wanted] = [this.#found, this.#wanted];
		this.#build.find(this.#arrays.slice(0, this.#keys.length) as Int32Array[], count, found);
		let kept = 0;
		for (let i = 0; i < count; i++) {
			wanted[kept] = i;
			if (found[i]! >= 0 || this.#keepsMisses) kept++;
		}
		this.#count = kept;
		this.#given = 0;
		return true;
	}

	clear(): void {
		this.#rows.clear();
		for (const values of this.#values) values.clear();
	}
}

/** Leaves out the rows that are NULL in any of the segments. */
function withoutNulls(segments: readonly ColumnSegment[], selection: Uint16Array, count: number): number {
	let kept = count;
	for (const { nulls } of segments) {
		if (nulls === null) continue;
		const all = kept;
		kept = 0;
		for (let i = 0; i < all; i++) {
			const row = selection[i]!;
			selection[kept] = row;
			if (nulls[row] === 0) kept++;
		}
	}
	return kept;
}

function putIntegers({ codes, least }: ColumnSegment, selection: Uint16Array, count: number, into: RadixArray, places: Int32Array): void {
	for (let i = 0; i < count; i++) into[places[i]!] = least + codes[selection[i]!]!;
}

const NO_ROWS = new Int32Array(0);
