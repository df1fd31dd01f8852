/**
 * Puts rows together again from the segments of a group: the bytes of `docs/formats/row.md`, of the schema version of the file's
 * shape, as short as they can be.
 *
 * Bytes that were handed out are never overwritten: rows are written one behind the other into pieces of memory that are left to
 * the collector when they are full.
 */
import { varintBytes, writeVarint } from '../../bytes/varint.ts';
import { type ColumnSegment, INTEGERS } from './column-segment.ts';
import type { RowShape } from './row-shape.ts';

const PIECE_BYTES = 1 << 16;
const SHORT_ROW_BYTES_MAX = 0xffff;
const LONG_ROW = 0x80;
const WORD = 2 ** 32;

export class RowJoiner {
	/** The row put together last: `bytes[start, end)`. */
	bytes: Uint8Array;
	start: number;
	end: number;
	readonly #pieceBytes: number;
	readonly #shape: RowShape | null;
	readonly #variables: number;
	readonly #fixedBytes: number;
	readonly #bitmapBytes: number;

	/** `pieceBytes`: memory that is taken at once; 0 for a single row. */
	constructor(shape: RowShape | null, pieceBytes = PIECE_BYTES) {
		this.#pieceBytes = pieceBytes;
		this.bytes = new Uint8Array(0);
		this.start = 0;
		this.end = 0;
		this.#shape = shape;
		const columns = shape?.columns ?? [];
		this.#variables = columns.filter((column) => column.width === 0).length;
		this.#bitmapBytes = (columns.length + 7) >> 3;
		this.#fixedBytes = 2 + this.#bitmapBytes + columns.reduce((bytes, column) => bytes + column.width, 0);
	}

	/** Joins a row from one segment for each column of the file, in order. */
	join(segments: readonly ColumnSegment[], row: number): void {
		const shape = this.#shape;
		if (shape === null) {
			const value = segments[0]!;
			const entry = value.entryOf(row);
			const start = value.entryStart(entry);
			this.#open(value.entryEnd(entry) - start);
			this.end = copyBytes(value.entries, start, value.entryEnd(entry), this.bytes, this.start);
			return;
		}
		const first = shape.isEntry ? 1 : 0;
		let data = 0;
		for (let i = 0; i < shape.columns.length; i++) if (shape.columns[i]!.width === 0) data += lengthOf(segments[i + first]!, row);
		const short = this.#fixedBytes + this.#variables * 2 + data;
		const isLong = short > SHORT_ROW_BYTES_MAX;
		const head = shape.isEntry ? segments[0]!.least + segments[0]!.codes[row]! : -1;
		const headBytes = head < 0 ? 0 : varintBytes(head);
		this.#open(headBytes + short + (isLong ? this.#variables * 2 : 0));
		if (head >= 0) writeVarint(this.bytes, this.start, head);
		this.#write(shape, segments, row, this.start + headBytes, isLong);
	}

	#write(shape: RowShape, segments: readonly ColumnSegment[], row: number, start: number, isLong: boolean): void {
		const { bytes } = this;
		const first = shape.isEntry ? 1 : 0;
		bytes[start] = shape.version;
		bytes[start + 1] = (shape.version >> 8) | (isLong ? LONG_ROW : 0);
		let slot = start + 2 + this.#bitmapBytes;
		bytes.fill(0, start + 2, slot);
		let endAt = start + this.#fixedBytes;
		const endBytes = isLong ? 4 : 2;
		let data = endAt + this.#variables * endBytes;
		for (let i = 0; i < shape.columns.length; i++) {
			const { width } = shape.columns[i]!;
			const segment = segments[i + first]!;
			const isNull = segment.nulls !== null && segment.nulls[row] !== 0;
			if (isNull) bytes[start + 2 + (i >> 3)]! |= 1 << (i & 7);
			if (width > 0) {
				if (isNull) bytes.fill(0, slot, slot + width);
				else writeFixed(segment, row, width, bytes, slot);
				slot += width;
				continue;
			}
			if (!isNull) {
				const entry = segment.entryOf(row);
				data = copyBytes(segment.entries, segment.entryStart(entry), segment.entryEnd(entry), bytes, data);
			}
			const end = data - start;
			for (let byte = 0; byte < endBytes; byte++) bytes[endAt++] = end >>> (8 * byte);
		}
		this.end = data;
	}

	/** Makes room for `count` bytes behind the last row. */
	#open(count: number): void {
		if (this.end + count > this.bytes.length) {
			this.bytes = new Uint8Array(Math.max(this.#pieceBytes, count));
			this.end = 0;
		}
		this.start = this.end;
	}
}

function lengthOf(segment: ColumnSegment, row: number): number {
	if (segment.nulls !== null && segment.nulls[row] !== 0) return 0;
	const entry = segment.entryOf(row);
	return segment.entryEnd(entry) - segment.entryStart(entry);
}

/** Writes the slot of a value that is not NULL. */
function writeFixed(segment: ColumnSegment, row: number, width: number, into: Uint8Array, at: number): void {
	if (segment.kind !== INTEGERS) {
		const entry = segment.entryOf(row);
		copyBytes(segment.entries, entry * width, (entry + 1) * width, into, at);
		return;
	}
	writeInteger(segment.least + segment.codes[row]!, width, into, at);
}

/** Writes a safe integer as a slot of 1, 2, 4 or 8 bytes. */
export function writeInteger(value: number, width: number, into: Uint8Array, at: number): void {
	into[at] = value;
	if (width === 1) return;
	into[at + 1] = value >> 8;
	if (width === 2) return;
	into[at + 2] = value >> 16;
	into[at + 3] = value >> 24;
	if (width === 4) return;
	const high = Math.floor(value / WORD);
	into[at + 4] = high;
	into[at + 5] = high >> 8;
	into[at + 6] = high >> 16;
	into[at + 7] = high >> 24;
}

function copyBytes(from: Uint8Array, start: number, end: number, into: Uint8Array, at: number): number {
	for (let i = start; i < end; i++) into[at++] = from[i]!;
	return at;
}
