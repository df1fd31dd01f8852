/**
 * COPY's text format: one row a line, fields between delimiters, backslashes for what would be misread.
 *
 * Source: PostgreSQL 15, COPY, "Text Format".
 */

import { END_OF_DATA, INCOMPLETE, LineDecoder, ROW } from './copy-line-decoder.ts';
import { badCopyData } from './copy-options.ts';

const NEWLINE = 10;
const RETURN = 13;
const BACKSLASH = 92;
const DOT = 46;

export class CopyTextDecoder extends LineDecoder {
	protected readRow(): number {
		if (this.isEndMark(this.start)) return END_OF_DATA;
		const bytes = this.bytes;
		const end = this.end;
		const delimiter = this.delimiter;
		let fieldStart = this.start;
		let escaped = false;
		let at = fieldStart;
		for (; at < end; at++) {
			const byte = bytes[at]!;
			if (byte > BACKSLASH && byte !== delimiter) continue;
			if (byte === delimiter) {
				this.#field(fieldStart, at, escaped);
				fieldStart = at + 1;
				escaped = false;
			} else if (byte === BACKSLASH) {
				if (at + 1 >= end) break;
				at++;
				if (bytes[at] === NEWLINE) this.linesPassed++;
				if (bytes[at] === DOT) {
					if (at === this.start + 1 && at + 1 >= end && !this.ending) return INCOMPLETE;
					throw badCopyData('end-of-copy marker corrupt');
				}
				escaped = true;
			} else if (byte === NEWLINE || byte === RETURN) {
				const count = this.lineEndBytes(at);
				if (count === 0) return INCOMPLETE;
				this.#last(fieldStart, at, escaped);
				this.next = at + count;
				return ROW;
			}
		}
		if (!this.ending) return INCOMPLETE;
		this.#last(fieldStart, end, escaped);
		this.next = end;
		return ROW;
	}

	#last(start: number, end: number, escaped: boolean): void {
		// A table without columns has empty lines.
		if (this.columnCount === 0 && start === end && this.column === -1) return;
		this.#field(start, end, escaped);
	}

	#field(start: number, end: number, escaped: boolean): void {
		if (this.isNullText(this.bytes, start, end)) this.nullField();
		else if (!escaped) this.field(this.bytes, start, end);
		else this.field(this.scratch, 0, this.#unescape(start, end));
	}

	/** Takes the escapes out of a field, into `scratch`; returns how many bytes are left. */
	#unescape(start: number, end: number): number {
		const bytes = this.bytes;
		const scratch = this.growScratch(end - start);
		let count = 0;
		for (let at = start; at < end; at++) {
			const byte = bytes[at]!;
			if (byte !== BACKSLASH || at + 1 >= end) {
				scratch[count++] = byte;
				continue;
			}
			const code = bytes[++at]!;
			if (code >= 0x30 && code <= 0x37) {
				let value = code - 0x30;
				for (let digits = 1; digits < 3 && at + 1 < end && isOctal(bytes[at + 1]!); digits++) value = value * 8 + bytes[++at]! - 0x30;
				scratch[count++] = value;
			} else if (code === 0x78 && at + 1 < end && hexDigit(bytes[at + 1]!) >= 0) {
				let value = hexDigit(bytes[++at]!);
				if (at + 1 < end && hexDigit(bytes[at + 1]!) >= 0) value = value * 16 + hexDigit(bytes[++at]!);
				scratch[count++] = value;
			} else {
				scratch[count++] = controlCode(code);
			}
		}
		return count;
	}
}

function isOctal(byte: number): boolean {
	return byte >= 0x30 && byte <= 0x37;
}

function hexDigit(byte: number): number {
	if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
	const lower = byte | 0x20;
	return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** What a backslash and this letter stand for; other characters for themselves. */
function controlCode(letter: number): number {
	switch (letter) {
		case 0x62:
			return 8;
		case 0x66:
			return 12;
		case 0x6e:
			return 10;
		case 0x72:
			return 13;
		case 0x74:
			return 9;
		case 0x76:
			return 11;
		default:
			return letter;
	}
}
