/**
 * Takes rows apart into columns: up to `GROUP_ROWS` of them, then their segments are written. Rows of older versions of the shape are
 * shown as rows of its version, with the missing values of columns that came later.
 *
 * Cost: a row of 17 columns about 120 ns; memory of a full group 4 to 8 bytes a value and the bytes of texts.
 */
import type { ByteWriter } from '../../bytes/byte-writer.ts';
import { readVarint, varintBytes } from '../../bytes/varint.ts';
import { CorruptionError } from '../../platform/errors.ts';
import { encodeBytes, encodeIntegers, encodeSlots, GROUP_ROWS } from './column-segment.ts';
import { encodeKeys } from './key-segment.ts';
import type { RowShape, ShapeColumn } from './row-shape.ts';

const LONG_ROW = 0x8000;
const VERSION_MASK = 0x7fff;
const WORD = 2 ** 32;
/** High halves of integers that are safe in a number. */
const SAFE_HIGH = 2 ** 20;

/** Where the columns lie in rows of one version. −1: the column came later. */
interface Places {
	readonly bits: Int32Array;
	/** Of fixed columns from the row's start, of others among the ends. */
	readonly at: Int32Array;
	readonly endsAt: number;
	readonly variables: number;
}

/** What is known of a segment without reading it. */
export interface SegmentFacts {
	readonly nullCount: number;
	/** Of integers; else NaN. */
	readonly least: number;
	readonly most: number;
}

/**
 * The values of one column in the group being filled. Row by row, in order: exactly one of the `add` calls for each column, or, for who has many values at
 * once, stores into `low`, `high`, `bytes` and `ends` themselves, after `reserve`.
 */
export class ColumnBuilder {
	readonly column: ShapeColumn;
	/** Low halves of integers. */
	readonly low: Int32Array;
	/** High halves of integers of eight bytes. */
	readonly high: Int32Array;
	bytes: Uint8Array;
	readonly ends: Uint32Array;
	readonly nulls: Uint8Array;
	nullCount: number;
	length: number;

	constructor(column: ShapeColumn) {
		const isInteger = column.kind === 'integer';
		this.column = column;
		this.low = new Int32Array(isInteger ? GROUP_ROWS : 0);
		this.high = new Int32Array(isInteger && column.width === 8 ? GROUP_ROWS : 0);
		this.bytes = new Uint8Array(isInteger ? 0 : 1 << 12);
		this.ends = new Uint32Array(isInteger ? 0 : GROUP_ROWS);
		this.nulls = new Uint8Array(GROUP_ROWS);
		this.nullCount = 0;
		this.length = 0;
	}

	addNull(row: number): void {
		this.nulls[row] = 1;
		this.nullCount++;
		if (this.column.kind === 'integer') {
			this.low[row] = 0;
			if (this.column.width === 8) this.high[row] = 0;
		} else {
			this.reserve(this.column.width);
			this.bytes.fill(0, this.length, this.length + this.column.width);
			this.length += this.column.width;
			this.ends[row] = this.length;
		}
	}

	addFixed(row: number, from: Uint8Array, at: number): void {
		const { width, kind } = this.column;
		if (kind !== 'integer') {
			this.addBytes(row, from, at, at + width);
			return;
		}
		if (width === 4) {
			this.low[row] = from[at]! | (from[at + 1]! << 8) | (from[at + 2]! << 16) | (from[at + 3]! << 24);
		} else if (width === 8) {
			this.low[row] = from[at]! | (from[at + 1]! << 8) | (from[at + 2]! << 16) | (from[at + 3]! << 24);
			this.high[row] = from[at + 4]! | (from[at + 5]! << 8) | (from[at + 6]! << 16) | (from[at + 7]! << 24);
		} else if (width === 2) {
			this.low[row] = ((from[at]! | (from[at + 1]! << 8)) << 16) >> 16;
		} else {
			this.low[row] = (from[at]! << 24) >> 24;
		}
	}

	/** Takes the value of row `row` back, the last one. */
	retract(row: number): void {
		if (this.nulls[row] !== 0) {
			this.nulls[row] = 0;
			this.nullCount--;
		}
		if (this.column.kind !== 'integer') this.length = row === 0 ? 0 : this.ends[row - 1]!;
	}

	addBytes(row: number, from: Uint8Array, start: number, end: number): void {
		this.reserve(end - start);
		const bytes = this.bytes;
		let to = this.length;
		for (let at = start; at < end; at++) bytes[to++] = from[at]!;
		this.length = to;
		this.ends[row] = to;
	}

	addInteger(row: number, value: number): void {
		this.low[row] = value;
	}

	/** Room for so many more bytes. */
	reserve(count: number): void {
		if (this.length + count <= this.bytes.length) return;
		const grown = new Uint8Array(Math.max(this.length + count, this.bytes.length * 2));
		grown.set(this.bytes.subarray(0, this.length));
		this.bytes = grown;
	}

	/** Writes the segment of the first `count` rows, and starts anew. */
	finish(count: number, target: ByteWriter): SegmentFacts {
		const nulls = this.nullCount > 0 ? this.nulls : null;
		const { kind, width } = this.column;
		const nullCount = this.nullCount;
		let facts: SegmentFacts = { nullCount, least: Number.NaN, most: Number.NaN };
		if (kind === 'bytes') encodeBytes(this.bytes.subarray(0, this.length), this.ends, count, nulls, target);
		else if (kind === 'slot') encodeSlots(this.bytes, width, count, nulls, target);
		else facts = this.#finishIntegers(count, nulls, target);
		if (nullCount > 0) this.nulls.fill(0, 0, count);
		this.nullCount = 0;
		this.length = 0;
		return facts;
	}

	#finishIntegers(count: number, nulls: Uint8Array | null, target: ByteWriter): SegmentFacts {
		const values = this.column.width === 8 ? safeIntegers(this.low, this.high, count) : this.low;
		const { nullCount } = this;
		if (values === null) return this.#asSlots(count, nulls, target);
		if (values instanceof Int32Array && nulls === null && count > 0) return finishSmall(values, count, target);
		let least = Number.POSITIVE_INFINITY;
		let most = Number.NEGATIVE_INFINITY;
		for (let row = 0; row < count; row++) {
			if (nulls !== null && nulls[row] !== 0) continue;
			const value = values[row]!;
			if (value < least) least = value;
			if (value > most) most = value;
		}
		if (most - least >= WORD) return this.#asSlots(count, nulls, target);
		const codes = new Uint32Array(count);
		if (nullCount < count) for (let row = 0; row < count; row++) codes[row] = nulls !== null && nulls[row] !== 0 ? 0 : values[row]! - least;
		else {
			least = Number.NaN;
			most = Number.NaN;
		}
		encodeIntegers(codes, count, nulls, least, most, target);
		return { nullCount, least, most };
	}

	/** Integers too far apart for codes, as the bytes that rows hold. */
	#asSlots(count: number, nulls: Uint8Array | null, target: ByteWriter): SegmentFacts {
		const halves = new Int32Array(count * 2);
		for (let row = 0; row < count; row++) {
			halves[row * 2] = this.low[row]!;
			halves[row * 2 + 1] = this.high[row]!;
		}
		encodeSlots(new Uint8Array(halves.buffer), 8, count, nulls, target);
		return { nullCount: this.nullCount, least: Number.NaN, most: Number.NaN };
	}
}

/** Integers of up to four bytes, none of them NULL. */
function finishSmall(values: Int32Array, count: number, target: ByteWriter): SegmentFacts {
	let least = values[0]!;
	let most = least;
	for (let row = 1; row < count; row++) {
		const value = values[row]!;
		if (value < least) least = value;
		else if (value > most) most = value;
	}
	const codes = new Uint32Array(count);
	// Differences of up to 2^32 wrap around, and are stored without a sign.
	for (let row = 0; row < count; row++) codes[row] = (values[row]! - least) | 0;
	encodeIntegers(codes, count, null, least, most, target);
	return { nullCount: 0, least, most };
}

/** Integers of eight bytes as numbers; null when one is not safe. */
function safeIntegers(low: Int32Array, high: Int32Array, count: number): Float64Array | null {
	const values = new Float64Array(count);
	for (let row = 0; row < count; row++) {
		const upper = high[row]!;
		if (upper >= SAFE_HIGH || upper < -SAFE_HIGH) return null;
		values[row] = upper * WORD + (low[row]! >>> 0);
	}
	return values;
}

const OPAQUE: ShapeColumn = { attribute: 0, kind: 'bytes', width: 0, addedIn: 0, missing: null };
/** The varint before the row of an index entry. */
const HEAD: ShapeColumn = { attribute: 0, kind: 'integer', width: 4, addedIn: 0, missing: null };

/** The columns of a file: those of the shape; before them, of index entries, their head; without a shape the value. */
export function columnsOf(shape: RowShape | null): readonly ShapeColumn[] {
	if (shape === null) return [OPAQUE];
	return shape.isEntry ? [HEAD, ...shape.columns] : shape.columns;
}

export class GroupBuilder {
	rows: number;
	readonly #shape: RowShape | null;
	/** Those of `columnsOf`. */
	readonly columns: readonly ColumnBuilder[];
	readonly #keys: ColumnBuilder;
	readonly #places: (Places | undefined)[];
	readonly #first: number;

	constructor(shape: RowShape | null) {
		this.rows = 0;
		this.#shape = shape;
		this.columns = columnsOf(shape).map((column) => new ColumnBuilder(column));
		this.#keys = new ColumnBuilder(OPAQUE);
		this.#places = [];
		this.#first = shape?.isEntry ? 1 : 0;
	}

	/** The values of row `rows` are in the columns: ends it, with a key above all before. */
	endRow(key: Uint8Array, keyStart: number, keyEnd: number): void {
		this.#keys.addBytes(this.rows++, key, keyStart, keyEnd);
	}

	get isFull(): boolean {
		return this.rows === GROUP_ROWS;
	}

	/** A copy of the key of a row that was added. */
	keyOf(row: number): Uint8Array {
		const { bytes, ends } = this.#keys;
		return bytes.slice(row === 0 ? 0 : ends[row - 1]!, ends[row]!);
	}

	/** Adds a row with a key above all before. */
	add(key: Uint8Array, keyStart: number, keyEnd: number, value: Uint8Array, valueStart: number, valueEnd: number): void {
		const row = this.rows++;
		this.#keys.addBytes(row, key, keyStart, keyEnd);
		if (this.#shape === null) this.columns[0]!.addBytes(row, value, valueStart, valueEnd);
		else this.#split(this.#shape, row, value, valueStart);
	}

	#split(shape: RowShape, row: number, value: Uint8Array, valueStart: number): void {
		let start = valueStart;
		if (shape.isEntry) {
			const head = readVarint(value, start);
			if ((head & 1) !== 1) throw new CorruptionError('corruption', 'an entry of a columnar index does not hold its row key at the end of its own');
			this.columns[0]!.addInteger(row, head);
			start += varintBytes(head);
		}
		const word = value[start]! | (value[start + 1]! << 8);
		const version = word & VERSION_MASK;
		if (version > shape.version) throw new CorruptionError('corruption', `a row has schema version ${version}, its columns only ${shape.version}`);
		const isLong = (word & LONG_ROW) !== 0;
		const places = this.#placesOf(shape, version);
		const ends = start + places.endsAt;
		const endBytes = isLong ? 4 : 2;
		let dataAt = start + places.endsAt + places.variables * endBytes;
		for (let i = 0; i < shape.columns.length; i++) {
			const builder = this.columns[i + this.#first]!;
			const at = places.at[i]!;
			if (at < 0) {
				this.#addMissing(builder, row);
				continue;
			}
			const bit = places.bits[i]!;
			const isNull = (value[start + 2 + (bit >> 3)]! & (1 << (bit & 7))) !== 0;
			if (builder.column.width > 0) {
				if (isNull) builder.addNull(row);
				else builder.addFixed(row, value, start + at);
				continue;
			}
			const place = ends + at * endBytes;
			let end = value[place]! | (value[place + 1]! << 8);
			if (isLong) end += value[place + 2]! * 0x10000 + value[place + 3]! * 0x1000000;
			if (isNull) builder.addNull(row);
			else builder.addBytes(row, value, dataAt, start + end);
			dataAt = start + end;
		}
	}

	#addMissing(builder: ColumnBuilder, row: number): void {
		const { missing, width } = builder.column;
		if (missing === null) builder.addNull(row);
		else if (width > 0) builder.addFixed(row, missing, 0);
		else builder.addBytes(row, missing, 0, missing.length);
	}

	#placesOf(shape: RowShape, version: number): Places {
		let places = this.#places[version];
		if (places === undefined) this.#places[version] = places = placesOf(shape, version);
		return places;
	}

	/** Writes the segments one by one: keys first. `emit` is called behind each with what is known of it, and takes the bytes. */
	finish(target: ByteWriter, emit: (facts: SegmentFacts | null) => void): void {
		const keys = this.#keys;
		encodeKeys(keys.bytes, keys.ends, this.rows, target);
		keys.length = 0;
		emit(null);
		for (const column of this.columns) emit(column.finish(this.rows, target));
		this.rows = 0;
	}
}

function placesOf(shape: RowShape, version: number): Places {
	const present = shape.columns.filter((column) => column.addedIn <= version);
	const bits = new Int32Array(shape.columns.length);
	const at = new Int32Array(shape.columns.length).fill(-1);
	let slot = 2 + ((present.length + 7) >> 3);
	let variables = 0;
	let bit = 0;
	shape.columns.forEach((column, i) => {
		if (column.addedIn > version) return;
		bits[i] = bit++;
		at[i] = column.width > 0 ? slot : variables++;
		slot += column.width;
	});
	return { bits, at, endsAt: slot, variables };
}
