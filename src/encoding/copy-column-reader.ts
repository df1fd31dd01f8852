/**
 * Rows of COPY's text and CSV formats straight into the columns of a table that is loaded: fields of plain rows become integers and bytes in the columns' arrays,
 * without a value, a row or a text in between.
 *
 * A row is plain when it has as many fields as there are columns, no escape or quote (but the text that stands for NULL), integers in digits and within
 * range, and texts in UTF-8. Any other row is left to the decoder, which knows what it means or what is wrong with it.
 *
 * Cost: two passes over the bytes of a field, no allocation.
 */
import { isUtf8 } from 'node:buffer';
import type { ColumnLoad } from '../model/table/column-load.ts';
import { PolylogError } from '../platform/errors.ts';
import type { ColumnBuilder } from '../storage/column/group-builder.ts';
import { INT2, INT4, INT8, TEXT, VARCHAR } from '../value/builtin-types.ts';
import type { CopyTextOptions, FieldParser } from './copy-options.ts';

const NEWLINE = 10;
const RETURN = 13;
const BACKSLASH = 92;
const MINUS = 45;
const ZERO = 48;
const WORD = 2 ** 32;
/** Integers of so many digits are exact in a number. */
const DIGITS_MAX = 15;

const TEXT_FIELD = 0;
const INTEGER_FIELD = 1;
const WIDE_FIELD = 2;
/** Through a value, by its parser. */
const OTHER_FIELD = 3;

/** A column of the data: where it goes, and how its fields are read. */
export interface CopiedColumn {
	/** Among the columns of the table. */
	readonly place: number;
	readonly typeOid: number;
	readonly typmod: number;
	readonly parse: FieldParser;
}

export class CopyColumnReader {
	/** Rows read by the last call. */
	rowsRead = 0;
	readonly #load: ColumnLoad;
	readonly #columns: readonly CopiedColumn[];
	readonly #builders: readonly ColumnBuilder[];
	readonly #kinds: Uint8Array;
	readonly #limits: Float64Array;
	readonly #nullBytes: Buffer;
	readonly #delimiter: number;
	/** What makes a row other than plain. */
	readonly #special: number;
	readonly #isCsv: boolean;

	/** `columns`: one for each of the table's columns, in the order of the data. */
	constructor(options: CopyTextOptions, load: ColumnLoad, columns: readonly CopiedColumn[]) {
		this.#load = load;
		this.#columns = columns;
		this.#builders = columns.map(({ place }) => load.columns[place]!);
		this.#kinds = Uint8Array.from(columns, kindOf);
		this.#limits = Float64Array.from(columns, ({ typeOid }) => (typeOid === INT2.oid ? 0x7fff : typeOid === INT4.oid ? 0x7fffffff : Number.MAX_SAFE_INTEGER));
		this.#nullBytes = Buffer.from(options.nullText);
		this.#delimiter = options.delimiter.charCodeAt(0);
		this.#isCsv = options.format === 'csv';
		this.#special = this.#isCsv ? options.quote.charCodeAt(0) : BACKSLASH;
	}

	/** Takes plain rows of `bytes[start, end)` that end in a newline, up to the first that is not one; returns where that begins. */
	read(bytes: Buffer, start: number, end: number): number {
		const load = this.#load;
		let at = start;
		this.rowsRead = 0;
		while (at < end) {
			const next = this.#readRow(bytes, at, end, load.row);
			if (next < 0) return at;
			load.endRow();
			this.rowsRead++;
			at = next;
		}
		return at;
	}

	/** Returns where the next row begins; −1, and nothing was taken, when the row is not plain or not whole. */
	#readRow(bytes: Buffer, start: number, end: number, row: number): number {
		const kinds = this.#kinds;
		const count = kinds.length;
		// Empty lines, and the mark of the end.
		if (bytes[start] === NEWLINE || (this.#isCsv && bytes[start] === BACKSLASH)) return -1;
		let at = start;
		for (let c = 0; c < count; c++) {
			const stop = c === count - 1 ? NEWLINE : this.#delimiter;
			let next = this.#nullAt(bytes, at, end, stop) ? this.#takeNull(c, row, at) : -1;
			if (next < 0) {
				const kind = kinds[c]!;
				if (kind === TEXT_FIELD) next = this.#takeText(this.#builders[c]!, bytes, at, end, row, stop);
				else if (kind === OTHER_FIELD) next = this.#takeOther(c, bytes, at, end, row, stop);
				else next = this.#takeInteger(c, bytes, at, end, row, stop);
			}
			if (next < 0) {
				for (let i = 0; i < c; i++) this.#builders[i]!.retract(row);
				return -1;
			}
			at = next + 1;
		}
		return at;
	}

	#nullAt(bytes: Buffer, start: number, end: number, stop: number): boolean {
		const wanted = this.#nullBytes;
		const length = wanted.length;
		if (start + length >= end || bytes[start + length] !== stop) return false;
		for (let i = 0; i < length; i++) if (bytes[start + i] !== wanted[i]) return false;
		return true;
	}

	/** Returns the end of the field, like the others. */
	#takeNull(c: number, row: number, start: number): number {
		if (this.#load.notNull[this.#columns[c]!.place] === 1) return -1;
		this.#builders[c]!.addNull(row);
		return start + this.#nullBytes.length;
	}

	#takeText(builder: ColumnBuilder, bytes: Buffer, start: number, end: number, row: number, stop: number): number {
		const fieldEnd = this.#fieldEnd(bytes, start, end, stop);
		if (fieldEnd < 0) return -1;
		builder.addBytes(row, bytes, start, fieldEnd);
		return fieldEnd;
	}

	/** Where a field without anything special ends; −1 when it has. */
	#fieldEnd(bytes: Buffer, start: number, end: number, stop: number): number {
		const special = this.#special;
		const delimiter = this.#delimiter;
		let at = start;
		let all = 0;
		for (; at < end; at++) {
			const byte = bytes[at]!;
			if (byte === stop) break;
			if (byte === special || byte === NEWLINE || byte === RETURN || byte === 0 || byte === delimiter) return -1;
			all |= byte;
		}
		if (at === end) return -1;
		return all < 0x80 || isUtf8(bytes.subarray(start, at)) ? at : -1;
	}

	#takeInteger(c: number, bytes: Buffer, start: number, end: number, row: number, stop: number): number {
		const isNegative = bytes[start] === MINUS;
		const first = isNegative ? start + 1 : start;
		let at = first;
		let value = 0;
		for (; at < end; at++) {
			const digit = bytes[at]! - ZERO;
			if (digit < 0 || digit > 9) break;
			value = value * 10 + digit;
		}
		if (at === first || at === end || bytes[at] !== stop || at - first > DIGITS_MAX || value > this.#limits[c]!) return -1;
		if (isNegative) value = -value;
		const builder = this.#builders[c]!;
		builder.low[row] = value;
		if (this.#kinds[c] === WIDE_FIELD) builder.high[row] = Math.floor(value / WORD);
		return at;
	}

	#takeOther(c: number, bytes: Buffer, start: number, end: number, row: number, stop: number): number {
		const fieldEnd = this.#fieldEnd(bytes, start, end, stop);
		if (fieldEnd < 0) return -1;
		const { place, parse } = this.#columns[c]!;
		const value = parsed(parse, bytes, start, fieldEnd);
		if (value === null) return -1;
		this.#load.put(place, row, value);
		return fieldEnd;
	}
}

/** null where there is none: the decoder reads the field again and says what is wrong, and where. */
function parsed(parse: FieldParser, bytes: Buffer, start: number, end: number): unknown {
	try {
		return parse(bytes, start, end);
	} catch (error) {
		if (error instanceof PolylogError) return null;
		throw error;
	}
}

function kindOf({ typeOid, typmod }: CopiedColumn): number {
	if (typeOid === INT2.oid || typeOid === INT4.oid) return INTEGER_FIELD;
	if (typeOid === INT8.oid) return WIDE_FIELD;
	return (typeOid === TEXT.oid || typeOid === VARCHAR.oid) && typmod === -1 ? TEXT_FIELD : OTHER_FIELD;
}
