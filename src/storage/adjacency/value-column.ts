/**
 * The values that the rows of a table have in one place (a property, a part of a column), by a small number of the row: what a
 * query would else read in the rows' bytes and parse. Values are exactly those that reading the row gives.
 *
 * A cell is a kind and a number: nothing (null), a plain number, the number within an `IntegralFloat`, or the place of any other value
 * among the column's values, where equal texts lie once. A changed cell keeps what it was with the offset of the commit, and its
 * kind says so (`CHANGED`), so that a reader of the newest state tests nothing but the kind of a plain number.
 *
 * Invariants: (1) a column is exact for every offset at or above `floorOffset`, for as long as someone holds it: where older values
 * are to be forgotten, a copy takes the column's place (`compacted`) and this one stays as it is; (2) `kinds[n] === PLAIN` says that
 * `numbers[n]` is the value at every such offset.
 *
 * Cost: 9 bytes a row and the distinct texts; 2 ns to read a plain number.
 */
import { IntegralFloat } from '../../value/dynamic.ts';
import type { Offset } from '../contracts.ts';
import type { VertexNumbers } from './vertex-numbers.ts';

export const PLAIN = 1;
const NOTHING = 0;
const INTEGRAL_FLOAT = 2;
const OTHER = 3;
/** Added to the kind of a cell that has older values. */
const CHANGED = 4;

interface OlderValue {
	readonly value: unknown;
	/** The commit that replaced it. */
	readonly until: Offset;
}

const OLDER_MAX = 100_000;
/** About what a value that is no number takes beside its text. */
const VALUE_BYTES = 32;

export class ValueColumn {
	/** The numbers of rows by their ids. */
	readonly rows: VertexNumbers;
	/** By row number. */
	kinds: Uint8Array;
	numbers: Float64Array;
	floorOffset: Offset;
	/** Of the last commit that changed a value: from it on there are no older ones. */
	newestOffset: Offset;
	/** Values that are no numbers, by their place. */
	#values: unknown[];
	#places: Map<unknown, number>;
	#valueBytes: number;
	#older: Map<number, OlderValue[]>;
	#olderCount: number;

	constructor(rows: VertexNumbers, capacity: number, offset: Offset) {
		this.rows = rows;
		this.kinds = new Uint8Array(capacity);
		this.numbers = new Float64Array(capacity);
		this.floorOffset = offset;
		this.newestOffset = offset;
		this.#values = [];
		this.#places = new Map();
		this.#valueBytes = 0;
		this.#older = new Map();
		this.#olderCount = 0;
	}

	get bytes(): number {
		return this.kinds.byteLength + this.numbers.byteLength + this.#valueBytes + this.#olderCount * 80;
	}

	/** More values are kept than there are rows: changes have left many behind. */
	get isWorn(): boolean {
		return this.#values.length > 2 * this.kinds.length;
	}

	/** Older values are many: `compacted` should take its place. */
	get isFull(): boolean {
		return this.#olderCount > OLDER_MAX;
	}

	/** The value of a row as of an offset at or above the floor; null for rows that it does not know. */
	valueAt(row: number, offset: Offset): unknown {
		const kind = this.kinds[row];
		if (kind === undefined) return null;
		if (kind >= CHANGED && offset < this.newestOffset) {
			for (const { value, until } of this.#older.get(row)!) if (until > offset) return value;
		}
		return this.#newest(row, kind & 3);
	}

	#newest(row: number, kind: number): unknown {
		if (kind === PLAIN) return this.numbers[row]!;
		if (kind === NOTHING) return null;
		return kind === OTHER ? this.#values[this.numbers[row]!] : new IntegralFloat(this.numbers[row]!);
	}

	/** While it is built. */
	set(row: number, value: unknown): void {
		if (row >= this.kinds.length) this.#grow(row + 1);
		this.kinds[row] = (this.kinds[row]! & CHANGED) | this.#put(row, value);
	}

	/** Writes the cell's number; returns its kind. */
	#put(row: number, value: unknown): number {
		if (typeof value === 'number') {
			this.numbers[row] = value;
			return PLAIN;
		}
		if (value === null || value === undefined) return NOTHING;
		if (value instanceof IntegralFloat) {
			this.numbers[row] = value.value;
			return INTEGRAL_FLOAT;
		}
		this.numbers[row] = this.#placeOf(value);
		return OTHER;
	}

	#placeOf(value: unknown): number {
		const isShared = typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint';
		const known = isShared ? this.#places.get(value) : undefined;
		if (known !== undefined) return known;
		const place = this.#values.push(value) - 1;
		if (isShared) this.#places.set(value, place);
		this.#valueBytes += VALUE_BYTES + (typeof value === 'string' ? value.length * 2 + VALUE_BYTES : VALUE_BYTES);
		return place;
	}

	/** The commit at `offset` gives a row this value. */
	change(row: number, value: unknown, offset: Offset): void {
		if (row >= this.kinds.length) this.#grow(row + 1);
		const kind = this.kinds[row]!;
		const before = this.#newest(row, kind & 3);
		if (Object.is(before, value)) return;
		const older = this.#older.get(row);
		if (older === undefined) this.#older.set(row, [{ value: before, until: offset }]);
		// Only the state before the commit counts, not those within it.
		else if (older[older.length - 1]!.until < offset) older.push({ value: before, until: offset });
		else this.#olderCount--;
		this.#olderCount++;
		this.newestOffset = offset;
		this.kinds[row] = CHANGED | this.#put(row, value);
	}

	/** A column with the newest values alone, for offsets from this one on. */
	compacted(offset: Offset): ValueColumn {
		const column = new ValueColumn(this.rows, 0, offset);
		column.kinds = this.kinds.slice();
		for (const row of this.#older.keys()) column.kinds[row]! &= 3;
		column.numbers = this.numbers.slice();
		column.#values = this.#values.slice();
		column.#places = new Map(this.#places);
		column.#valueBytes = this.#valueBytes;
		return column;
	}

	#grow(needed: number): void {
		const capacity = Math.max(needed, Math.ceil(this.kinds.length * 1.25) + 256);
		const kinds = new Uint8Array(capacity);
		kinds.set(this.kinds);
		const numbers = new Float64Array(capacity);
		numbers.set(this.numbers);
		this.kinds = kinds;
		this.numbers = numbers;
	}
}
