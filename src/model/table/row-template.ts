/**
 * Rows that differ in their int8 columns and in the last column alone, as bytes: key, row and entries of plain indexes are encoded once,
 * from a sample, and of each row only its integers and the last value are put into them.
 *
 * Invariant: what comes out is, byte for byte, what the table's codec makes of the row's values.
 *
 * Cost: about 10 ns for each place of an integer, and a copy of the last value: a quarter of encoding the values.
 */
import { copyBytes, GrowingKeyBuffer, reserveBytes } from '../../value/key-buffer.ts';
import { representationOf } from '../../value/representation.ts';
import type { IndexCodec, TableCodec } from './table-codec.ts';

const TWO_32 = 4294967296;
const SHORT_ROW_BYTES_MAX = 0xffff;

/** Bytes with places of integers in them: big-endian with the sign bit flipped, as in keys. */
class KeyTemplate {
	readonly bytes: Uint8Array;
	/** Two numbers each: the place among the row's values, and that of the eight bytes. */
	readonly #integers: Int32Array;

	constructor(bytes: Uint8Array, integers: readonly number[]) {
		this.bytes = sameKind(bytes);
		this.#integers = Int32Array.from(integers);
	}

	fill(values: Float64Array): void {
		const { bytes } = this;
		const integers = this.#integers;
		for (let i = 0; i < integers.length; i += 2) {
			const value = values[integers[i]!]!;
			const at = integers[i + 1]!;
			const high = Math.floor(value / TWO_32);
			const low = value - high * TWO_32;
			bytes[at] = (high >>> 24) ^ 0x80;
			bytes[at + 1] = high >>> 16;
			bytes[at + 2] = high >>> 8;
			bytes[at + 3] = high;
			bytes[at + 4] = low >>> 24;
			bytes[at + 5] = low >>> 16;
			bytes[at + 6] = low >>> 8;
			bytes[at + 7] = low;
		}
	}
}

/** A copy that is a Buffer, as rows are: whoever takes both sees one kind of array. */
function sameKind(bytes: Uint8Array): Uint8Array {
	const copy = Buffer.allocUnsafeSlow(bytes.length);
	copy.set(bytes);
	return copy;
}

interface EntryTemplate {
	readonly key: KeyTemplate;
	readonly value: Uint8Array;
}

export class RowTemplate {
	readonly key: KeyTemplate;
	readonly entries: readonly EntryTemplate[];
	/** The row, filled by `fillRow`. */
	readonly row: GrowingKeyBuffer;
	/** Two numbers each: the place among the row's values, and that of its slot in the row. */
	readonly #slots: Int32Array;
	/** Where the last value begins, and where its end is noted. */
	readonly #lastAt: number;
	readonly #endAt: number;

	private constructor(codec: TableCodec, indexes: readonly IndexCodec[], sample: readonly unknown[]) {
		const { places, endsAt, variableCount } = codec.layout;
		this.row = new GrowingKeyBuffer(256);
		codec.encodeRow(sample, this.row);
		this.#slots = Int32Array.from(places.flatMap((place, value) => (place.representation === 'int8' ? [value, place.slot] : [])));
		this.#endAt = endsAt + 2 * (variableCount - 1);
		const { bytes } = this.row;
		this.#lastAt = variableCount === 1 ? endsAt + 2 : bytes[this.#endAt - 2]! | (bytes[this.#endAt - 1]! << 8);
		const rowKey = keyTemplate(codec, codec.keyPlaces, codec.keyWriters, sample);
		this.key = new KeyTemplate(rowKey.bytes, rowKey.integers);
		this.entries = indexes.map((index) => {
			const own = keyTemplate(codec, index.places, index.writers, sample);
			const carries = index.carriesRowKey(false);
			const bytes = carries ? Buffer.concat([own.bytes, rowKey.bytes]) : own.bytes;
			const carried = carries ? rowKey.integers.map((number, i) => (i % 2 === 0 ? number : number + own.bytes.length)) : [];
			const value = sameKind(index.value(carries, rowKey.bytes, 0, rowKey.bytes.length, bytes, 0, 0).copy());
			return { key: new KeyTemplate(bytes, [...own.integers, ...carried]), value };
		});
	}

	/** `indexes` are plain ones. null: rows of this table are not written this way. The sample's last value is a short one, and no value is null. */
	static of(codec: TableCodec, indexes: readonly IndexCodec[], sample: readonly unknown[]): RowTemplate | null {
		const { places, columns } = codec.layout;
		if (columns.some((column) => column.dropped) || places[places.length - 1]!.variable < 0 || sample.includes(null)) return null;
		// An entry whose value is, or holds, the row's key is not made of parts of its own.
		if (indexes.some((index) => index.spatial !== null || !index.carriesRowKey(false))) return null;
		return new RowTemplate(codec, indexes, sample);
	}

	/** False when the row is too long to be written this way. */
	fillRow(values: Float64Array, last: Uint8Array, start: number, end: number): boolean {
		const { row } = this;
		const length = this.#lastAt + end - start;
		if (length > SHORT_ROW_BYTES_MAX) return false;
		row.length = this.#lastAt;
		reserveBytes(row, end - start);
		row.length = length;
		const { bytes } = row;
		const slots = this.#slots;
		for (let i = 0; i < slots.length; i += 2) {
			const value = values[slots[i]!]!;
			const at = slots[i + 1]!;
			const high = Math.floor(value / TWO_32);
			const low = value - high * TWO_32;
			bytes[at] = low;
			bytes[at + 1] = low >>> 8;
			bytes[at + 2] = low >>> 16;
			bytes[at + 3] = low >>> 24;
			bytes[at + 4] = high;
			bytes[at + 5] = high >>> 8;
			bytes[at + 6] = high >>> 16;
			bytes[at + 7] = high >>> 24;
		}
		copyBytes(last, start, end, bytes, this.#lastAt);
		bytes[this.#endAt] = length;
		bytes[this.#endAt + 1] = length >>> 8;
		return true;
	}
}

function keyTemplate(
	{ layout, catalog }: TableCodec,
	places: readonly number[],
	writers: readonly ((value: unknown, target: GrowingKeyBuffer) => void)[],
	sample: readonly unknown[],
): { bytes: Uint8Array; integers: readonly number[] } {
	const target = new GrowingKeyBuffer(64);
	const integers: number[] = [];
	places.forEach((place, i) => {
		// A marker stands before each part.
		if (representationOf(layout.columns[place]!.type, catalog) === 'int8') integers.push(place, target.length + 1);
		writers[i]!(sample[place], target);
	});
	return { bytes: target.copy(), integers };
}
