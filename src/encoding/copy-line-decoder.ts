/**
 * What reading COPY's text and CSV formats has in common: pieces, line ends, the header line, the end mark.
 *
 * Bytes that do not end a row yet are kept and looked at again when more have come. To keep that linear for very long rows, a
 * row that was incomplete at n bytes (past a threshold) is tried again only at 2n.
 *
 * Invariants: (1) unread bytes are `#bytes[#start, #end)`; (2) `#start` is at the beginning of a row.
 * Cost: one pass over the bytes, no allocation but the values'.
 */
import { PolylogError } from '../platform/errors.ts';
import { parseUtf8 } from './copy-field.ts';
import { atCopyPosition, badCopyData, type CopyDecoder, type CopyTarget, type CopyTextOptions, type FieldParser, type RowTaker } from './copy-options.ts';

const NEWLINE = 10;
const RETURN = 13;
const BACKSLASH = 92;
const DOT = 46;

/** Rows shorter than this are looked at again with every piece. */
const RETRY_BYTES_MIN = 64 * 1024;

const NONE = Buffer.alloc(0);

/** How a row's scan ended. */
export const INCOMPLETE = 0;
export const ROW = 1;
export const END_OF_DATA = 2;

/** Reads rows that need no decoding: each on a line that ends in a newline. */
export interface PlainRowReader {
	/** Of the last call. */
	readonly rowsRead: number;
	/** Takes such rows from the beginning of `bytes[start, end)`; returns where the first other one begins. */
	read(bytes: Buffer, start: number, end: number): number;
}

export abstract class LineDecoder implements CopyDecoder {
	rowCount = 0;
	protected bytes: Buffer = NONE;
	protected start = 0;
	protected end = 0;
	/** Where the row read last ends, its line end included. */
	protected next = 0;
	/** No more bytes will come: the last row needs no line end. */
	protected ending = false;
	/** Field being read, −1 outside fields. */
	protected column = -1;
	/** What its parser was given. */
	protected fieldBytes: Buffer = NONE;
	protected fieldStart = 0;
	protected fieldEnd = 0;
	protected readonly options: CopyTextOptions;
	protected readonly target: CopyTarget;
	protected readonly row: unknown[];
	protected readonly columnCount: number;
	/** Bytes of a field that had to be changed: escapes taken out. */
	protected scratch: Buffer = Buffer.allocUnsafe(256);
	protected readonly nullBytes: Buffer;
	protected readonly delimiter: number;
	#line = 1;
	#owned = false;
	#plain: PlainRowReader | null = null;
	#retryAt = 0;
	#done = false;
	#headerLeft: boolean;
	readonly #take: RowTaker;
	/** −1 until the first line end: 10, 13, or 1310 for both. All must be alike. */
	#lineEnd = -1;
	readonly #parsers: readonly FieldParser[];
	protected parsers: readonly FieldParser[];

	constructor(options: CopyTextOptions, target: CopyTarget, parsers: readonly FieldParser[], take: RowTaker) {
		this.options = options;
		this.target = target;
		this.columnCount = parsers.length;
		this.row = new Array<unknown>(parsers.length).fill(null);
		this.nullBytes = Buffer.from(options.nullText);
		this.delimiter = options.delimiter.charCodeAt(0);
		this.#take = take;
		this.#headerLeft = options.header !== false;
		this.#parsers = parsers;
		this.parsers = this.#headerLeft ? parsers.map(() => parseUtf8) : parsers;
	}

	push(piece: Uint8Array): void {
		if (this.#done || piece.length === 0) return;
		this.#add(piece);
		if (this.end - this.start < this.#retryAt) return;
		this.#readRows();
		const waiting = this.end - this.start;
		this.#retryAt = waiting < RETRY_BYTES_MIN ? 0 : waiting * 2;
		// What is left lies in the caller's piece: keep a copy.
		if (!this.#owned && waiting > 0) this.#keep(waiting);
	}

	finish(): void {
		this.ending = true;
		if (!this.#done && this.start < this.end) this.#readRows();
	}

	/** Plain rows from here on are read by `reader`, all others come to the row taker, in their order among them. */
	readPlainRows(reader: PlainRowReader): void {
		this.#plain = reader;
	}

	/** Reads one row from `start`; sets `next`. Counts the lines that it passed in `linesPassed`. */
	protected abstract readRow(): number;

	/** Lines inside the row read last. */
	protected linesPassed = 1;

	/** Bytes of the line end at `at` (1 or 2), 0 when it cannot be told yet. Checks that all are alike. */
	protected lineEndBytes(at: number): number {
		const bytes = this.bytes;
		if (bytes[at] === NEWLINE) {
			this.#sameLineEnd(NEWLINE);
			return 1;
		}
		if (at + 1 >= this.end && !this.ending) return 0;
		if (bytes[at + 1] === NEWLINE && at + 1 < this.end) {
			this.#sameLineEnd(1310);
			return 2;
		}
		this.#sameLineEnd(RETURN);
		return 1;
	}

	/** Puts the value of the next field. */
	protected field(bytes: Buffer, start: number, end: number): void {
		const column = ++this.column;
		if (column >= this.columnCount) throw this.tooMany();
		this.fieldBytes = bytes;
		this.fieldStart = start;
		this.fieldEnd = end;
		this.row[column] = this.parsers[column]!(bytes, start, end);
	}

	protected nullField(): void {
		const column = ++this.column;
		if (column >= this.columnCount) throw this.tooMany();
		this.row[column] = null;
	}

	protected tooMany(): Error {
		this.column = -1;
		return badCopyData('extra data after last expected column');
	}

	protected isNullText(bytes: Buffer, start: number, end: number): boolean {
		const wanted = this.nullBytes;
		if (end - start !== wanted.length) return false;
		for (let index = 0; index < wanted.length; index++) if (bytes[start + index] !== wanted[index]) return false;
		return true;
	}

	/** True when the line at `at` says `\.` and nothing else. */
	protected isEndMark(at: number): boolean {
		const bytes = this.bytes;
		if (bytes[at] !== BACKSLASH || bytes[at + 1] !== DOT || at + 2 > this.end) return false;
		return at + 2 === this.end ? this.ending : bytes[at + 2] === NEWLINE || bytes[at + 2] === RETURN;
	}

	/** Room for `count` bytes in `scratch`, what is in it kept. */
	protected growScratch(count: number): Buffer {
		if (count <= this.scratch.length) return this.scratch;
		const larger = Buffer.allocUnsafe(count * 2);
		this.scratch.copy(larger);
		this.scratch = larger;
		return larger;
	}

	#readRows(): void {
		try {
			while (this.start < this.end) {
				if (this.#plain !== null && this.#lineEnd === NEWLINE && !this.#headerLeft && this.#readPlain(this.#plain)) continue;
				this.column = -1;
				this.linesPassed = 1;
				const outcome = this.readRow();
				if (outcome === INCOMPLETE) return;
				if (outcome === END_OF_DATA) {
					this.#done = true;
					this.start = this.end;
					return;
				}
				this.#takeRow();
				this.start = this.next;
				this.#line += this.linesPassed;
			}
		} catch (error) {
			throw atCopyPosition(error, this.target, this.#line, this.column, this.#shownText(error));
		}
	}

	/** False when the next row is for this decoder. */
	#readPlain(reader: PlainRowReader): boolean {
		const at = reader.read(this.bytes, this.start, this.end);
		if (at === this.start) return false;
		this.start = at;
		this.#line += reader.rowsRead;
		this.rowCount += reader.rowsRead;
		return true;
	}

	#takeRow(): void {
		const missing = this.column + 1;
		if (missing < this.columnCount) {
			this.column = -1;
			throw badCopyData(`missing data for column "${this.target.columns[missing] ?? missing + 1}"`);
		}
		this.column = -1;
		if (this.#headerLeft) {
			this.#headerLeft = false;
			this.parsers = this.#parsers;
			if (this.options.header === 'match') this.#matchHeader();
			return;
		}
		this.rowCount++;
		this.#take(this.row);
	}

	/** What an error's context shows: the field, or the whole line when its form is wrong. */
	#shownText(error: unknown): string | null {
		if (this.column >= 0) return this.fieldBytes.toString('utf8', this.fieldStart, this.fieldEnd);
		if (!(error instanceof PolylogError) || error.sqlstate !== '22P04') return null;
		const newline = this.bytes.indexOf(NEWLINE, this.start);
		const end = newline < 0 || newline > this.end ? this.end : newline;
		return this.bytes.toString('utf8', this.start, end);
	}

	#matchHeader(): void {
		for (let index = 0; index < this.columnCount; index++) {
			const name = this.row[index];
			if (name === this.target.columns[index]) continue;
			const got = name === null ? `got null value ("${this.options.nullText}")` : `got "${String(name)}"`;
			throw badCopyData(`column name mismatch in header line field ${index + 1}: ${got}, expected "${this.target.columns[index]}"`);
		}
	}

	#sameLineEnd(kind: number): void {
		if (this.#lineEnd === kind) return;
		if (this.#lineEnd === -1) {
			this.#lineEnd = kind;
			return;
		}
		const csv = this.options.format === 'csv';
		if (kind === NEWLINE || (kind === 1310 && this.#lineEnd === RETURN)) {
			throw csv
				? badCopyData('unquoted newline found in data', 'Use quoted CSV field to represent newline.')
				: badCopyData('literal newline found in data', 'Use "\\n" to represent newline.');
		}
		throw csv
			? badCopyData('unquoted carriage return found in data', 'Use quoted CSV field to represent carriage return.')
			: badCopyData('literal carriage return found in data', 'Use "\\r" to represent carriage return.');
	}

	#add(piece: Uint8Array): void {
		if (this.start === this.end) {
			// Nothing waits: read from the piece itself.
			this.bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
			this.start = 0;
			this.end = piece.length;
			this.#owned = false;
			return;
		}
		const needed = this.end - this.start + piece.length;
		if (this.end + piece.length > this.bytes.length) this.#keep(needed);
		this.bytes.set(piece, this.end);
		this.end += piece.length;
	}

	/** Moves what is unread into memory of our own, with room for `count` bytes. */
	#keep(count: number): void {
		const waiting = this.end - this.start;
		const own = this.#owned && count <= this.bytes.length ? this.bytes : Buffer.allocUnsafeSlow(Math.max(4096, count * 2));
		this.bytes.copy(own, 0, this.start, this.end);
		this.bytes = own;
		this.start = 0;
		this.end = waiting;
		this.#owned = true;
	}
}
