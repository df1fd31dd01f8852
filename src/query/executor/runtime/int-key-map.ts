/**
 * A map from 32-bit integers (and null) to small non-negative numbers, with the part of `Map`'s interface that hash tables use.
 * Open addressing over two typed arrays, at most half full; several times faster than `Map` past a few thousand keys.
 *
 * Filled from columns (`fill`), it is an array by key where the keys lie close enough: rows that come in the order of their keys
 * then find theirs side by side in memory. Nothing may be stored one by one in such a map.
 */
import type { ColumnSegment } from '../../../storage/column/column-segment.ts';

const INITIAL_BITS = 6;
/** Emptying so many places takes about a microsecond. */
const KEPT_BITS = 12;
/** An array by key may have so many places for each row. */
const PLACES_PER_ROW = 16;
const DENSE_PLACES_MIN = 1 << 16;
const DENSE_PLACES_MAX = 1 << 25;

export class IntKeyMap {
	#keys = new Int32Array(1 << INITIAL_BITS);
	/** Value + 1; 0 where there is no entry. */
	#values = new Int32Array(1 << INITIAL_BITS);
	#shift = 32 - INITIAL_BITS;
	#mask = (1 << INITIAL_BITS) - 1;
	#count = 0;
	#nullValue: number | undefined = undefined;
	/** By key: value + 1. In place of the table. */
	#dense: Int32Array | null = null;
	/** The key of its first place. */
	#first = 0;

	get(key: number | null): number | undefined {
		if (this.#dense !== null) return this.#getDense(key);
		const value = this.#values[this.#find(key as number)]!;
		if (value !== 0 && (key as number) === ((key as number) | 0)) return value - 1;
		return key === null ? this.#nullValue : undefined;
	}

	#getDense(key: number | null): number | undefined {
		// Of a place that is no integer, or outside, the array has nothing.
		const value = key === null ? undefined : this.#dense![key - this.#first];
		return value === undefined || value === 0 ? undefined : value - 1;
	}

	has(key: number | null): boolean {
		return this.get(key) !== undefined;
	}

	/** Stores a value; returns the one there was. */
	swap(key: number | null, value: number): number | undefined {
		if (key === null) {
			const before = this.#nullValue;
			this.#nullValue = value;
			return before;
		}
		const at = this.#find(key);
		const before = this.#values[at]!;
		this.#values[at] = value + 1;
		if (before !== 0) return before - 1;
		this.#keys[at] = key;
		if (++this.#count * 2 > this.#mask) this.#grow();
		return undefined;
	}

	set(key: number | null, value: number): void {
		this.swap(key, value);
	}

	forEach(visit: (value: number, key: number | null) => void): void {
		for (let i = 0; i < this.#keys.length; i++) if (this.#values[i] !== 0) visit(this.#values[i]! - 1, this.#keys[i]!);
		if (this.#nullValue !== undefined) visit(this.#nullValue, null);
	}

	/** Whether `fill` of so many rows with keys in a range makes an array by key. */
	static isDense(count: number, least: number, most: number): boolean {
		return isDense(count, least, most);
	}

	/** What `fill` of so many rows with keys in a range takes. */
	static bytesFor(count: number, least: number, most: number): number {
		return isDense(count, least, most) ? (most - least + 1) * 4 : 8 * 2 ** bitsFor(count);
	}

	/** Enters row after row of an empty map under its key. `ring`: of the last row of a key the first, of each other the next. */
	fill(keys: Int32Array, count: number, least: number, most: number, ring: Int32Array): void {
		if (!isDense(count, least, most)) {
			this.#allocate(bitsFor(count));
			for (let row = 0; row < count; row++) chain(ring, row, this.swap(keys[row]!, row) ?? -1);
			return;
		}
		const dense = new Int32Array(most - least + 1);
		for (let row = 0; row < count; row++) {
			const place = keys[row]! - least;
			chain(ring, row, dense[place]! - 1);
			dense[place] = row + 1;
		}
		this.#count = count;
		this.#dense = dense;
		this.#first = least;
	}

	/**
	 * Looks up the integers of selected rows of a segment. `values` gets what is found, by row, −1 where there is nothing. Rows without stay
	 * in the selection only when `keepsMisses`; returns how many are left.
	 */
	probe(segment: ColumnSegment, selection: Uint16Array, count: number, values: Int32Array, keepsMisses: boolean): number {
		const { codes, nulls, least } = segment;
		const dense = this.#dense;
		const first = this.#first;
		const [keys, entries] = [this.#keys, this.#values];
		let kept = 0;
		for (let i = 0; i < count; i++) {
			const row = selection[i]!;
			const key = least + codes[row]!;
			let value = 0;
			if (dense !== null) {
				const place = key - first;
				if (place >= 0 && place < dense.length) value = dense[place]!;
			} else {
				const at = this.#find(key);
				if (keys[at] === key) value = entries[at]!;
			}
			if (nulls !== null && nulls[row] !== 0) value = 0;
			values[row] = value - 1;
			selection[kept] = row;
			if (value !== 0 || keepsMisses) kept++;
		}
		return kept;
	}

	/** As `probe`, for keys given by their places in the selection; `isNull` by row, or null. Not of an array by key. */
	probeKeys(keys: Int32Array, isNull: Uint8Array | null, selection: Uint16Array, count: number, values: Int32Array, keepsMisses: boolean): number {
		let kept = 0;
		for (let i = 0; i < count; i++) {
			const row = selection[i]!;
			const value = isNull !== null && isNull[row] !== 0 ? -1 : (this.get(keys[i]!) ?? -1);
			values[row] = value;
			selection[kept] = row;
			if (value >= 0 || keepsMisses) kept++;
		}
		return kept;
	}

	/** Where a key is, or would be. */
	#find(key: number): number {
		const keys = this.#keys;
		const values = this.#values;
		const mask = this.#mask;
		let at = Math.imul(key, 0x9e3779b1) >>> this.#shift;
		while (values[at] !== 0 && keys[at] !== key) at = (at + 1) & mask;
		return at;
	}

	#grow(): void {
		const keys = this.#keys;
		const values = this.#values;
		this.#allocate(32 - this.#shift + 1);
		for (let i = 0; i < keys.length; i++) {
			if (values[i] === 0) continue;
			const at = this.#find(keys[i]!);
			this.#keys[at] = keys[i]!;
			this.#values[at] = values[i]!;
		}
	}

	/** Arrays that are not large are kept for the next use. */
	#empty(): void {
		const bits = 32 - this.#shift;
		if (bits <= KEPT_BITS) this.#values.fill(0);
		else this.#allocate(INITIAL_BITS);
	}

	#allocate(bits: number): void {
		this.#keys = new Int32Array(1 << bits);
		this.#values = new Int32Array(1 << bits);
		this.#shift = 32 - bits;
		this.#mask = (1 << bits) - 1;
	}

	clear(): void {
		if (this.#count > 0) this.#empty();
		this.#count = 0;
		this.#nullValue = undefined;
		this.#dense = null;
	}
}

/** Puts another part into the hash of a key of several, which begins as 0. Whoever finds rows by it compares the parts. */
export function mixPart(hash: number, part: number): number {
	const mixed = Math.imul(hash ^ part, 0x9e3779b1);
	return mixed ^ (mixed >>> 15);
}

function isDense(count: number, least: number, most: number): boolean {
	const places = most - least + 1;
	return places <= DENSE_PLACES_MAX && places <= Math.max(DENSE_PLACES_MIN, count * PLACES_PER_ROW);
}

/** Of the places of a table at most half full. */
function bitsFor(count: number): number {
	return Math.max(INITIAL_BITS, Math.ceil(Math.log2(count * 2 + 2)));
}

/** Puts a row behind the last one of its key; `last` −1: it is the first. */
function chain(ring: Int32Array, row: number, last: number): void {
	if (last < 0) ring[row] = row;
	else {
		ring[row] = ring[last]!;
		ring[last] = row;
	}
}
