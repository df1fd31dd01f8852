/**
 * COPY's CSV format: fields between delimiters; quotes, which may begin and end anywhere in a field, keep delimiters and line
 * ends from being such. A quoted value is never NULL (unless FORCE_NULL), so `""` is the empty text and nothing is NULL.
 *
 * Source: PostgreSQL 15, COPY, "CSV Format".
 */

import { END_OF_DATA, INCOMPLETE, LineDecoder, ROW } from './copy-line-decoder.ts';
import { badCopyData } from './copy-options.ts';

const NEWLINE = 10;
const RETURN = 13;

export class CopyCsvDecoder extends LineDecoder {
	readonly #quote = this.options.quote.charCodeAt(0);
	readonly #escape = this.options.escape.charCodeAt(0);
	readonly #forceNotNull = new Set(this.options.forceNotNull);
	readonly #forceNull = new Set(this.options.forceNull);
	/** Where the field read last ended: at a delimiter, a line end, or the end of the bytes. */
	#at = 0;

	protected readRow(): number {
		if (this.isEndMark(this.start)) return END_OF_DATA;
		this.#at = this.start;
		for (;;) {
			if (!this.#readField()) return INCOMPLETE;
			const at = this.#at;
			if (at >= this.end) {
				this.next = this.end;
				return ROW;
			}
			if (this.bytes[at] === this.delimiter) {
				this.#at = at + 1;
				continue;
			}
			const count = this.lineEndBytes(at);
			if (count === 0) return INCOMPLETE;
			this.next = at + count;
			return ROW;
		}
	}

	/** Reads the field at `#at`; false when its end has not come yet. */
	#readField(): boolean {
		const bytes = this.bytes;
		const end = this.end;
		const delimiter = this.delimiter;
		const quote = this.#quote;
		const start = this.#at;
		let at = start;
		for (; at < end; at++) {
			const byte = bytes[at]!;
			if (byte === delimiter || byte === NEWLINE || byte === RETURN) break;
			if (byte === quote) return this.#readQuoted(start, at);
		}
		if (at >= end && !this.ending) return false;
		this.#at = at;
		if (this.columnCount === 0 && start === at) return true;
		if (this.isNullText(bytes, start, at) && !this.#forceNotNull.has(this.column + 1)) this.nullField();
		else this.field(bytes, start, at);
		return true;
	}

	/** A field with a quote at `quoteAt`: it is put together in `scratch`. */
	#readQuoted(start: number, quoteAt: number): boolean {
		const bytes = this.bytes;
		const end = this.end;
		const quote = this.#quote;
		const escapeByte = this.#escape;
		let lines = 0;
		let count = quoteAt - start;
		let scratch = this.growScratch(count + 1);
		bytes.copy(scratch, 0, start, quoteAt);
		let inside = false;
		let at = quoteAt;
		for (; at < end; at++) {
			const byte = bytes[at]!;
			if (inside) {
				if (byte === escapeByte && at + 1 < end && (bytes[at + 1] === quote || bytes[at + 1] === escapeByte)) at++;
				else if (byte === quote) {
					// A last byte that may be the first half of an escaped quote.
					if (at + 1 >= end && escapeByte === quote && !this.ending) return false;
					inside = false;
					continue;
				}
				if (bytes[at] === NEWLINE) lines++;
			} else if (byte === quote) {
				inside = true;
				continue;
			} else if (byte === this.delimiter || byte === NEWLINE || byte === RETURN) {
				break;
			}
			if (count >= scratch.length) scratch = this.growScratch(count + 1);
			scratch[count++] = bytes[at]!;
		}
		if (at >= end) {
			if (!this.ending) return false;
			if (inside) throw badCopyData('unterminated CSV quoted field');
		}
		this.#at = at;
		this.linesPassed += lines;
		if (this.#forceNull.has(this.column + 1) && this.isNullText(scratch, 0, count)) this.nullField();
		else this.field(scratch, 0, count);
		return true;
	}
}
