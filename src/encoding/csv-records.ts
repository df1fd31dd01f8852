/**
 * Records of a CSV text whose columns nobody knows: lists of fields of any count, as LOAD CSV reads them.
 *
 * Format: RFC 4180 with any one character between fields. A field that begins with a quote goes to the next quote that is not doubled (a
 * quote behind a backslash is one, too, as Neo4j writes them); line ends may be inside. An empty field without quotes is null. Lines
 * without anything are passed over; a byte order mark at the beginning is as well.
 *
 * Calls: `records()` once; it asks `read` for pieces of bytes as it goes (null: the end), so a file of any length takes little memory.
 * Errors: 22P04 with the line, for a quote that is not closed, a field that goes on behind its quote, a record past its limit; 22021 for
 * bytes that are not UTF-8.
 */
import { sqlError } from '../platform/errors.ts';

const RECORD_CHARACTERS_MAX = 64 * 1024 * 1024;
const QUOTE = '"';

export class CsvRecords {
	readonly #read: () => Uint8Array | null;
	readonly #separator: string;
	readonly #decoder = new TextDecoder('utf-8', { fatal: true });
	#text = '';
	#at = 0;
	#isAtEnd = false;
	/** Of the record that is read, from 1. */
	#line = 1;

	constructor(read: () => Uint8Array | null, separator: string) {
		this.#read = read;
		this.#separator = separator;
	}

	*records(): Generator<(string | null)[]> {
		for (;;) {
			const record = this.#record();
			if (record === null) return;
			if (record.length > 1 || record[0] !== null) yield record;
		}
	}

	/** The next record; null at the end. */
	#record(): (string | null)[] | null {
		const fields: (string | null)[] = [];
		this.#text = this.#text.slice(this.#at);
		this.#at = 0;
		if (!this.#has(0)) return null;
		for (;;) {
			fields.push(this.#has(this.#at) && this.#text[this.#at] === QUOTE ? this.#quoted() : this.#plain());
			if (!this.#has(this.#at)) return fields;
			const next = this.#text[this.#at]!;
			if (next === this.#separator) {
				this.#at++;
				continue;
			}
			if (next !== '\n' && next !== '\r') throw this.#wrong('a quoted field goes on behind its quote');
			this.#at += next === '\r' && this.#has(this.#at + 1) && this.#text[this.#at + 1] === '\n' ? 2 : 1;
			this.#line++;
			return fields;
		}
	}

	/** A field without quotes, up to a separator or line end. */
	#plain(): string | null {
		const start = this.#at;
		let at = start;
		for (; this.#has(at); at++) {
			const character = this.#text[at]!;
			if (character === this.#separator || character === '\n' || character === '\r') break;
		}
		this.#at = at;
		return at === start ? null : this.#text.slice(start, at);
	}

	/** A field in quotes. */
	#quoted(): string {
		let text = '';
		let start = this.#at + 1;
		for (let at = start; this.#has(at); at++) {
			const character = this.#text[at];
			if (character === '\n') this.#line++;
			const isEscaped = character === '\\' && this.#has(at + 1) && this.#text[at + 1] === QUOTE && !this.#endsField(at + 2);
			const isDoubled = character === QUOTE && this.#has(at + 1) && this.#text[at + 1] === QUOTE;
			if (isEscaped || isDoubled) {
				text += this.#text.slice(start, at) + QUOTE;
				start = at + 2;
				at++;
			} else if (character === QUOTE) {
				this.#at = at + 1;
				return text + this.#text.slice(start, at);
			}
		}
		throw this.#wrong('a quote is not closed');
	}

	/** True when a field may end here: a backslash before its last quote is a backslash. */
	#endsField(at: number): boolean {
		if (!this.#has(at)) return true;
		const character = this.#text[at]!;
		return character === this.#separator || character === '\n' || character === '\r';
	}

	/** True when there is a character at this place; reads on as needed. */
	#has(at: number): boolean {
		while (at >= this.#text.length) {
			if (this.#isAtEnd) return false;
			if (this.#text.length > RECORD_CHARACTERS_MAX) throw this.#wrong(`a record is longer than ${RECORD_CHARACTERS_MAX} characters`);
			this.#more();
		}
		return true;
	}

	#more(): void {
		const piece = this.#read();
		try {
			if (piece === null) {
				this.#isAtEnd = true;
				this.#text += this.#decoder.decode();
			} else {
				this.#text += this.#decoder.decode(piece, { stream: true });
			}
		} catch (error) {
			throw sqlError('22021', `the CSV text is not UTF-8 (near line ${this.#line})`, { cause: error });
		}
	}

	#wrong(problem: string): Error {
		return sqlError('22P04', `${problem} (line ${this.#line} of the CSV text)`);
	}
}
