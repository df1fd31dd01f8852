/**
 * Cuts a connection's bytes into requests: RESP arrays of bulk strings, or lines of words (`inline`), as telnet sends them.
 *
 *     *2 CRLF $3 CRLF GET CRLF $1 CRLF a CRLF         GET a
 *
 * A request is read in place from the socket's own chunk when it lies in it whole; only the beginning of an incomplete one is
 * copied, into a buffer that grows as bytes arrive, never by the length that a client merely announces. Reading goes on where
 * it stopped, so that a request which comes in many chunks is not read twice.
 *
 * Calls: `push` a chunk, `next` until false, then `release`. The request is valid until the next call of `next` or `push`.
 *
 * Invariants: (1) unread bytes are `bytes[start, end)`, `start` being where the request under way begins; (2) start ≤ at ≤ end.
 * Source: https://redis.io/docs/reference/protocol-spec; errors as redis-server 7 words them.
 */
import { ProtocolError } from './redis-error.ts';
import { Request } from './request.ts';

const INLINE_BYTES_MAX = 64 * 1024;
const COUNT_BYTES_MAX = 64 * 1024;
const ARGUMENTS_MAX = 2 ** 31 - 1;
export const BULK_BYTES_MAX = 512 * 1024 * 1024;
const REQUEST_BYTES_MAX = 1024 * 1024 * 1024;
const STRANGER_ARGUMENTS_MAX = 10;
const STRANGER_BULK_BYTES_MAX = 16 * 1024;
const GROWTH_BYTES_MIN = 16 * 1024;

const STAR = 0x2a;
const DOLLAR = 0x24;
const CR = 0x0d;
const LF = 0x0a;
const EMPTY = Buffer.alloc(0);

export class RequestParser {
	readonly request: Request;
	/** False: of a client that has not shown a password yet nothing large is taken. */
	isTrusted: boolean;
	/** The last request was a line of words. */
	isInline: boolean;
	#bytes: Buffer;
	#start: number;
	#at: number;
	#end: number;
	/** `#bytes` is ours, so that more may be copied behind `#end`. */
	#isOwned: boolean;
	/** Arguments that are still to come, −1: the request has not begun. */
	#missing: number;
	/** Bytes of the argument under way, −1: its length has not been read. */
	#bulkBytes: number;

	constructor() {
		this.request = new Request(EMPTY);
		this.isTrusted = true;
		this.isInline = false;
		this.#bytes = EMPTY;
		this.#start = 0;
		this.#at = 0;
		this.#end = 0;
		this.#isOwned = false;
		this.#missing = -1;
		this.#bulkBytes = -1;
	}

	/** Bytes received and not yet taken as requests. */
	get waitingBytes(): number {
		return this.#end - this.#start;
	}

	/** Adds a chunk, which now belongs to the parser. */
	push(chunk: Buffer): void {
		if (this.#start === this.#end) {
			this.#bytes = chunk;
			this.#start = 0;
			this.#at = 0;
			this.#end = chunk.length;
			this.#isOwned = false;
			return;
		}
		if (!this.#isOwned || this.#end + chunk.length > this.#bytes.length) this.#makeRoom(chunk.length);
		chunk.copy(this.#bytes, this.#end);
		this.#end += chunk.length;
	}

	/** Moves to the next whole request; false when it has not arrived yet. Throws ProtocolError: the stream cannot be followed any more. */
	next(): boolean {
		for (;;) {
			if (this.#missing < 0) {
				this.#start = this.#at;
				if (this.#at === this.#end) return false;
				this.request.count = 0;
				if (this.#bytes[this.#at] !== STAR) {
					if (!this.#inline()) return false;
					if (this.request.count === 0) continue;
					return true;
				}
				if (!this.#arrayHead()) return false;
				// An array of nothing is passed over.
				if (this.#missing < 0) continue;
			}
			return this.#arguments();
		}
	}

	/** Forgets a chunk's memory once all of it was taken. */
	release(): void {
		if (this.#start !== this.#end) return;
		this.#bytes = EMPTY;
		this.request.bytes = EMPTY;
		this.#start = 0;
		this.#at = 0;
		this.#end = 0;
		this.#isOwned = false;
	}

	#arrayHead(): boolean {
		const lineEnd = this.#line('too big mbulk count string');
		if (lineEnd < 0) return false;
		const count = this.#number(this.#at + 1, lineEnd);
		if (Number.isNaN(count) || count > ARGUMENTS_MAX) throw new ProtocolError('invalid multibulk length');
		if (!this.isTrusted && count > STRANGER_ARGUMENTS_MAX) throw new ProtocolError('unauthenticated multibulk length');
		this.#at = lineEnd + 2;
		this.isInline = false;
		this.#missing = count > 0 ? count : -1;
		this.#bulkBytes = -1;
		return true;
	}

	#arguments(): boolean {
		const request = this.request;
		const bytes = this.#bytes;
		let at = this.#at;
		while (this.#missing > 0) {
			if (this.#bulkBytes < 0) {
				this.#at = at;
				if (!this.#bulkHead()) return false;
				at = this.#at;
			}
			const end = at + this.#bulkBytes;
			if (end + 2 > this.#end) {
				this.#at = at;
				if (end + 2 - this.#start > REQUEST_BYTES_MAX) throw new ProtocolError('too big request');
				return false;
			}
			request.add(at - this.#start, end - this.#start);
			at = end + 2;
			this.#bulkBytes = -1;
			this.#missing--;
		}
		this.#at = at;
		this.#missing = -1;
		// Places were kept from the beginning of the request: the buffer may have been replaced under way.
		const { starts, ends, count } = request;
		const first = this.#start;
		if (first > 0) {
			for (let i = 0; i < count; i++) {
				starts[i]! += first;
				ends[i]! += first;
			}
		}
		request.bytes = bytes;
		return true;
	}

	#bulkHead(): boolean {
		const bytes = this.#bytes;
		const at = this.#at;
		// The usual case: one or two digits.
		if (this.#end - at >= 5 && bytes[at] === DOLLAR) {
			const first = bytes[at + 1]! - 0x30;
			if (first >= 0 && first <= 9) {
				if (bytes[at + 2] === CR) {
					this.#bulkBytes = first;
					this.#at = at + 4;
					return true;
				}
				const second = bytes[at + 2]! - 0x30;
				if (first > 0 && second >= 0 && second <= 9 && bytes[at + 3] === CR) {
					this.#bulkBytes = first * 10 + second;
					this.#at = at + 5;
					return true;
				}
			}
		}
		const lineEnd = this.#line('too big bulk count string');
		if (lineEnd < 0) return false;
		if (bytes[at] !== DOLLAR) throw new ProtocolError(`expected '$', got '${String.fromCharCode(bytes[at]!)}'`);
		const count = this.#number(at + 1, lineEnd);
		if (!(count >= 0 && count <= BULK_BYTES_MAX)) throw new ProtocolError('invalid bulk length');
		if (!this.isTrusted && count > STRANGER_BULK_BYTES_MAX) throw new ProtocolError('unauthenticated bulk length');
		this.#bulkBytes = count;
		this.#at = lineEnd + 2;
		return true;
	}

	/** The place of the CR that ends the line at `#at`, with the byte after it there too; −1 when it has not arrived. */
	#line(tooBig: string): number {
		const place = this.#bytes.indexOf(CR, this.#at);
		if (place >= 0 && place + 1 < this.#end) return place;
		if (this.#end - this.#at > COUNT_BYTES_MAX) throw new ProtocolError(tooBig);
		return -1;
	}

	#number(start: number, end: number): number {
		const bytes = this.#bytes;
		const isNegative = bytes[start] === 0x2d;
		const first = isNegative ? start + 1 : start;
		if (first === end || end - first > 18) return Number.NaN;
		let value = 0;
		for (let at = first; at < end; at++) {
			const digit = bytes[at]! - 0x30;
			if (digit < 0 || digit > 9) return Number.NaN;
			value = value * 10 + digit;
		}
		return isNegative ? -value : value;
	}

	#inline(): boolean {
		const newline = this.#bytes.indexOf(LF, this.#at);
		if (newline < 0 || newline >= this.#end) {
			if (this.#end - this.#at > INLINE_BYTES_MAX) throw new ProtocolError('too big inline request');
			return false;
		}
		const end = newline > this.#at && this.#bytes[newline - 1] === CR ? newline - 1 : newline;
		const words = splitWords(this.#bytes.toString('latin1', this.#at, end));
		if (words === null) throw new ProtocolError('unbalanced quotes in request');
		this.#at = newline + 1;
		this.isInline = true;
		this.request.bytes = Buffer.from(words.join(''), 'latin1');
		let at = 0;
		for (const word of words) {
			this.request.add(at, at + word.length);
			at += word.length;
		}
		return true;
	}

	/** Moves what is unread to the beginning of a buffer of our own with room for `count` bytes more. */
	#makeRoom(count: number): void {
		const waiting = this.#end - this.#start;
		const needed = waiting + count;
		const target = this.#isOwned && needed <= this.#bytes.length ? this.#bytes : Buffer.allocUnsafeSlow(Math.max(GROWTH_BYTES_MIN, needed + (needed >> 1)));
		this.#bytes.copy(target, 0, this.#start, this.#end);
		this.#bytes = target;
		this.#isOwned = true;
		this.#at -= this.#start;
		this.#end = waiting;
		this.#start = 0;
	}
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };

/** The words of a line: quoted ones may hold blanks and, in double quotes, escapes. Null when a quote is left open. */
export function splitWords(line: string): string[] | null {
	const words: string[] = [];
	let at = 0;
	for (;;) {
		while (at < line.length && isBlank(line[at]!)) at++;
		if (at >= line.length) return words;
		let word = '';
		while (at < line.length && !isBlank(line[at]!)) {
			const quote = line[at]!;
			if (quote !== '"' && quote !== "'") {
				word += quote;
				at++;
				continue;
			}
			const quoted = readQuoted(line, at + 1, quote);
			if (quoted === null || (quoted.end < line.length && !isBlank(line[quoted.end]!))) return null;
			word += quoted.text;
			at = quoted.end;
		}
		words.push(word);
	}
}

function readQuoted(line: string, from: number, quote: string): { readonly text: string; readonly end: number } | null {
	let text = '';
	for (let at = from; at < line.length; at++) {
		const character = line[at]!;
		if (character === quote) return { text, end: at + 1 };
		if (character !== '\\') {
			text += character;
		} else if (quote === "'") {
			if (line[at + 1] === "'") at++;
			text += at < line.length ? line[at] : '';
		} else {
			const hexadecimal = /^x[0-9a-fA-F]{2}/.exec(line.slice(at + 1, at + 4));
			if (hexadecimal !== null) {
				text += String.fromCharCode(Number.parseInt(hexadecimal[0].slice(1), 16));
				at += 3;
			} else {
				at++;
				if (at >= line.length) return null;
				text += ESCAPES[line[at]!] ?? line[at]!;
			}
		}
	}
	return null;
}

function isBlank(character: string): boolean {
	return /\s/.test(character) || character === '\0';
}
