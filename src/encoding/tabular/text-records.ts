/**
 * A file of text cut into records: lines, or lines that go on while a quote is open (CSV). Says where each record begins, in bytes and lines, so that reading
 * can go on from there.
 *
 * A quote anywhere opens and the next one closes, as COPY has it: a doubled quote inside does both. Empty lines are no records. A carriage return before the line end, and a byte
 * order mark at the beginning of the file, belong to no record.
 *
 * Cost: one pass over the bytes; memory of two pieces, or of the longest record.
 */
import { sqlError } from '../../platform/errors.ts';
import type { FileBytes, StartPlace } from './tabular-source.ts';

const PIECE_BYTES = 1 << 20;
const RECORD_BYTES_MAX = 64 * 1024 * 1024;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const QUOTE = 34;

export class TextRecords {
	/** Of the record last read: its bytes, the line it begins on, where the one behind it begins. */
	bytes: Uint8Array = new Uint8Array(0);
	line = 0;
	nextPosition: number;
	nextLine: number;
	readonly #file: FileBytes;
	readonly #name: string;
	readonly #isQuoted: boolean;
	#piece: Uint8Array = new Uint8Array(0);
	/** Of the piece in the file. */
	#pieceAt: number;
	#at = 0;

	constructor(file: FileBytes, name: string, isQuoted: boolean, start: StartPlace) {
		this.#file = file;
		this.#name = name;
		this.#isQuoted = isQuoted;
		const mark = start.position === 0 ? file.read(0, 3) : [];
		this.#pieceAt = mark[0] === 0xef && mark[1] === 0xbb && mark[2] === 0xbf ? 3 : start.position;
		this.nextPosition = this.#pieceAt;
		this.nextLine = start.line;
	}

	/** False at the end of the file. */
	next(): boolean {
		for (;;) {
			if (!this.#record()) return false;
			if (this.bytes.length > 0) return true;
		}
	}

	#record(): boolean {
		let at = this.#at;
		let isOpen = false;
		this.line = this.nextLine;
		for (;;) {
			for (; at < this.#piece.length; at++) {
				const byte = this.#piece[at];
				if (byte === QUOTE && this.#isQuoted) isOpen = !isOpen;
				else if (byte === LINE_FEED) {
					this.nextLine++;
					if (!isOpen) return this.#take(at, at + 1);
				}
			}
			const begun = this.#piece.length - this.#at;
			if (!this.#more()) {
				if (begun === 0) return false;
				if (isOpen) throw sqlError('22P04', `${this.#name}:${this.line}: a quote is not closed`);
				return this.#take(this.#piece.length, this.#piece.length);
			}
			if (begun > RECORD_BYTES_MAX) throw sqlError('54000', `${this.#name}:${this.line}: a record is longer than ${RECORD_BYTES_MAX} bytes`);
			at = begun;
		}
	}

	#take(end: number, next: number): true {
		const trimmed = end > this.#at && this.#piece[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
		this.bytes = this.#piece.subarray(this.#at, trimmed);
		this.#at = next;
		this.nextPosition = this.#pieceAt + next;
		return true;
	}

	/** Reads on; what was not taken of the piece stays at its beginning. */
	#more(): boolean {
		const left = this.#piece.length - this.#at;
		const added = this.#file.read(this.#pieceAt + this.#piece.length, Math.max(PIECE_BYTES, left));
		if (added.length === 0) return false;
		const joined = new Uint8Array(left + added.length);
		joined.set(this.#piece.subarray(this.#at));
		joined.set(added, left);
		this.#pieceAt += this.#at;
		this.#piece = joined;
		this.#at = 0;
		return true;
	}
}
