/**
 * The build side of a hash join in parts (`radix-rows.ts`), by a hash of the key's integers: one part at a time is a table, small enough for
 * the processor's caches. The rows that probe are parted in the same way (`parted-probe.ts`).
 *
 * Calls: `add`; `seal`; `openPart`: then `columns` and `ring` are those of the part, in the same arrays each time; `find`.
 */
import { type CarriedKind, CarriedValues, radixColumn } from './carried-values.ts';
import { mixPart } from './int-key-map.ts';
import type { MemoryAccount } from './memory-account.ts';
import { RadixRows } from './radix-rows.ts';
import type { SpillDirectory } from './spill-file.ts';

/** Of the statement's memory: the rows that probe need some as well. */
const SHARE = 0.5;

/** A column by its place among the scan's. */
export interface CarriedColumn {
	readonly place: number;
	readonly kind: CarriedKind;
}

export class PartedBuild {
	/** Of the part that is open. */
	readonly columns: (Int32Array | unknown[])[];
	ring: Int32Array;
	count: number;
	readonly #account: MemoryAccount;
	readonly #rows: RadixRows;
	readonly #values: readonly CarriedValues[];
	readonly #keyCount: number;
	/** By column: its place among those of the rows. */
	readonly #at: readonly number[];
	/** Arrays of the open part, parallel to the columns of the rows: keys first. */
	#arrays: (Int32Array | Float64Array)[];
	#slots: Int32Array;
	#shift: number;
	#takenBytes: number;
	#hashes: Int32Array;
	#places: Int32Array;
	#chosen: Int32Array;

	/** `keys`: the places of the key's parts. */
	constructor(keys: readonly number[], columns: readonly CarriedColumn[], account: MemoryAccount, spill: SpillDirectory) {
		const layout = carriedLayout(keys, columns);
		this.#account = account;
		this.#rows = new RadixRows(layout.kinds, account, spill, 'the table of a hash join', SHARE);
		this.#values = columns.map(({ kind }) => new CarriedValues(kind, account));
		this.#keyCount = keys.length;
		this.#at = layout.at;
		this.columns = columns.map(() => []);
		this.ring = NO_ROWS;
		this.count = 0;
		this.#arrays = [];
		this.#slots = NO_ROWS;
		this.#shift = 0;
		this.#takenBytes = 0;
		this.#hashes = NO_ROWS;
		this.#places = NO_ROWS;
		this.#chosen = NO_ROWS;
	}

	/** Adds rows [from, to) of arrays with the key's parts and the columns; those with NULL in their key find nothing and are left out. */
	add(keys: readonly ArrayLike<number | null>[], values: readonly ArrayLike<unknown>[], from: number, to: number): void {
		if (this.#places.length < to - from) {
			this.#hashes = new Int32Array(to - from);
			this.#places = new Int32Array(to - from);
			this.#chosen = new Int32Array(to - from);
		}
		const [hashes, places, chosen] = [this.#hashes, this.#places, this.#chosen];
		let count = 0;
		for (let i = from; i < to; i++) {
			let hash = 0;
			let isNull = false;
			for (let k = 0; k < keys.length; k++) {
				const part = keys[k]![i]!;
				if (part === null) isNull = true;
				else hash = mixPart(hash, part);
			}
			if (isNull) continue;
			hashes[count] = hash;
			chosen[count++] = i;
		}
		this.#rows.reserve(count);
		this.#rows.placeAll(hashes, count, places);
		for (let k = 0; k < keys.length; k++) scatter(keys[k] as ArrayLike<number>, chosen, this.#rows.columns[k]!, places, count);
		for (let c = 0; c < values.length; c++) {
			const at = this.#at[c]!;
			if (at < this.#keyCount) continue;
			const column = this.#rows.columns[at]!;
			const carried = this.#values[c]!;
			if (carried.kind === 'integer') scatter(values[c] as ArrayLike<number>, chosen, column, places, count);
			else for (let i = 0; i < count; i++) column[places[i]!] = carried.encode(values[c]![chosen[i]!]);
		}
	}

	/** All rows are there. Fails when the table of a part has no room. */
	seal(): void {
		this.#rows.seal();
		const rows = this.#rows.rowsMax;
		const slots = 2 ** Math.ceil(Math.log2(rows * 2 + 2));
		this.#takenBytes = slots * 4 + rows * (4 + 8 * this.#arraysNeeded());
		this.#account.demand(this.#takenBytes, 'the table of a hash join');
		this.#slots = new Int32Array(slots);
		this.ring = new Int32Array(rows);
		this.#arrays = this.#rows.newArrays(rows);
		this.#values.forEach(({ kind }, c) => {
			if (kind === 'integer') this.columns[c] = this.#arrays[this.#at[c]!] as Int32Array;
		});
	}

	#arraysNeeded(): number {
		return this.#keyCount + this.#at.length;
	}

	/** Makes the table of a part. */
	openPart(part: number): void {
		const count = this.#rows.read(part, this.#arrays);
		this.count = count;
		this.#values.forEach((carried, c) => {
			if (carried.kind === 'integer') return;
			const [column, numbers] = [this.columns[c] as unknown[], this.#arrays[this.#at[c]!]!];
			for (let i = 0; i < count; i++) column[i] = carried.decode(numbers[i]!);
		});
		const bits = Math.max(4, Math.ceil(Math.log2(count * 2 + 2)));
		this.#shift = 32 - bits;
		this.#slots.fill(0, 0, 2 ** bits);
		const keys = this.#partKeys;
		const hashes = this.#hashesOf(keys, count);
		const [slots, ring, shift, first] = [this.#slots, this.ring, this.#shift, keys[0]!];
		const mask = 2 ** bits - 1;
		for (let row = 0; row < count; row++) {
			let at = slotOf(hashes[row]!, shift);
			let last = slots[at]! - 1;
			while (last >= 0 && (first[last] !== first[row] || !areRestEqual(keys, last, keys, row))) {
				at = (at + 1) & mask;
				last = slots[at]! - 1;
			}
			if (last < 0) ring[row] = row;
			else {
				ring[row] = ring[last]!;
				ring[last] = row;
			}
			slots[at] = row + 1;
		}
	}

	/** The key's parts of the open part's rows. */
	get #partKeys(): readonly Int32Array[] {
		return this.#arrays.slice(0, this.#keyCount) as Int32Array[];
	}

	/** Valid until it is called again. */
	#hashesOf(keys: readonly Int32Array[], count: number): Int32Array {
		if (this.#hashes.length < count) this.#hashes = new Int32Array(count);
		const hashes = this.#hashes.fill(0, 0, count);
		for (const key of keys) for (let i = 0; i < count; i++) hashes[i] = mixPart(hashes[i]!, key[i]!);
		return hashes;
	}

	/** Looks up the keys of rows of the part: `found` gets the last row of each key, or −1. */
	find(others: readonly Int32Array[], count: number, found: Int32Array): void {
		const keys = this.#partKeys;
		const hashes = this.#hashesOf(others, count);
		const [slots, shift, first, own] = [this.#slots, this.#shift, keys[0]!, others[0]!];
		const mask = 2 ** (32 - shift) - 1;
		for (let i = 0; i < count; i++) {
			let at = slotOf(hashes[i]!, shift);
			let last = slots[at]! - 1;
			while (last >= 0 && (first[last] !== own[i] || !areRestEqual(keys, last, others, i))) {
				at = (at + 1) & mask;
				last = slots[at]! - 1;
			}
			found[i] = last;
		}
	}

	clear(): void {
		this.#rows.clear();
		for (const values of this.#values) values.clear();
		this.#account.give(this.#takenBytes);
		this.#takenBytes = 0;
	}
}

/** The columns of parted rows: the key's parts, then what is none of them; and where each carried column is among them. */
export function carriedLayout(keys: readonly number[], columns: readonly CarriedColumn[]): { readonly kinds: ('integer' | 'double')[]; readonly at: number[] } {
	const kinds: ('integer' | 'double')[] = keys.map(() => 'integer');
	const at = columns.map(({ place, kind }) => {
		const key = kind === 'integer' ? keys.indexOf(place) : -1;
		return key >= 0 ? key : kinds.push(radixColumn(kind)) - 1;
	});
	return { kinds, at };
}

/** Stores the chosen values at their places. */
export function scatter(values: ArrayLike<number>, chosen: Int32Array, into: Int32Array | Float64Array, places: Int32Array, count: number): void {
	for (let i = 0; i < count; i++) into[places[i]!] = values[chosen[i]!]!;
}

/** From bits of the hash that its part does not tell. */
function slotOf(hash: number, shift: number): number {
	return Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> shift;
}

/** The parts of two keys behind the first. */
function areRestEqual(a: readonly Int32Array[], row: number, b: readonly Int32Array[], other: number): boolean {
	for (let k = 1; k < a.length; k++) if (a[k]![row] !== b[k]![other]) return false;
	return true;
}

const NO_ROWS = new Int32Array(0);
