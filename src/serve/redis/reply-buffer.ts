/**
 * What a connection is about to send: replies written one behind the other in RESP2 or RESP3, as the client has chosen.
 *
 * Memory: buffers come from a shared pool and go back as soon as the kernel has taken their bytes, so an idle connection
 * holds none. Content is `bytes[0, length)`; a reply may be undone by setting `length` back to where it began.
 */
import { BufferPool, NO_BYTES } from '../buffer-pool.ts';

const BUFFER_BYTES = 16 * 1024;
const POOLED_MAX = 256;
const LOOP_BYTES_MAX = 48;
const LOOP_CHARACTERS_MAX = 64;
/** Room for a type byte, a count and a line's end. */
const HEAD_BYTES = 24;

/** Takes back what `take` gave. */
export const replyBuffers = new BufferPool(BUFFER_BYTES, POOLED_MAX);

const CR = 0x0d;
const LF = 0x0a;
const DOLLAR = 0x24;
const COLON = 0x3a;

export class ReplyBuffer {
	bytes: Buffer;
	length: number;
	/** 2 or 3. */
	protocol: number;

	constructor() {
		this.bytes = NO_BYTES;
		this.length = 0;
		this.protocol = 2;
	}

	/** `+text`: a word of ASCII. */
	simple(text: string): void {
		this.#line(0x2b, text);
	}

	ok(): void {
		const at = this.#room(5);
		const bytes = this.bytes;
		bytes[at] = 0x2b;
		bytes[at + 1] = 0x4f;
		bytes[at + 2] = 0x4b;
		bytes[at + 3] = CR;
		bytes[at + 4] = LF;
		this.length = at + 5;
	}

	/** `-message`: lines are joined. */
	error(message: string): void {
		this.#line(0x2d, message.replace(/[\r\n]/g, ' '));
	}

	integer(value: number): void {
		const at = this.#room(HEAD_BYTES);
		this.length = this.#head(at, COLON, value);
	}

	bigInteger(value: bigint): void {
		this.#line(COLON, String(value));
	}

	bulk(from: Uint8Array, start: number, end: number): void {
		const length = end - start;
		let at = this.#room(HEAD_BYTES + length + 2);
		const bytes = this.bytes;
		at = this.#head(at, DOLLAR, length);
		if (length <= LOOP_BYTES_MAX) for (let i = 0; i < length; i++) bytes[at + i] = from[start + i]!;
		else bytes.set(from.subarray(start, end), at);
		at += length;
		bytes[at] = CR;
		bytes[at + 1] = LF;
		this.length = at + 2;
	}

	bulkBytes(from: Uint8Array): void {
		this.bulk(from, 0, from.length);
	}

	bulkText(text: string): void {
		const length = Buffer.byteLength(text);
		let at = this.#room(HEAD_BYTES + length + 2);
		at = this.#head(at, DOLLAR, length);
		at += this.bytes.write(text, at, 'utf8');
		this.bytes[at] = CR;
		this.bytes[at + 1] = LF;
		this.length = at + 2;
	}

	/** A value that is not there: a key, a field, a rank. */
	nil(): void {
		this.#ascii(this.protocol === 3 ? '_\r\n' : '$-1\r\n');
	}

	/** The same in place of an array. */
	nilArray(): void {
		this.#ascii(this.protocol === 3 ? '_\r\n' : '*-1\r\n');
	}

	array(count: number): void {
		this.#count(0x2a, count);
	}

	/** A map of `count` pairs; in RESP2 an array of twice as many. */
	map(count: number): void {
		if (this.protocol === 3) this.#count(0x25, count);
		else this.#count(0x2a, count * 2);
	}

	set(count: number): void {
		this.#count(this.protocol === 3 ? 0x7e : 0x2a, count);
	}

	/** Out of turn in RESP3: a message of a subscription. */
	push(count: number): void {
		this.#count(this.protocol === 3 ? 0x3e : 0x2a, count);
	}

	double(value: number): void {
		if (this.protocol === 3) this.#line(0x2c, doubleText(value));
		else this.bulkText(doubleText(value));
	}

	/** Lines for people, such as INFO's. */
	verbatim(text: string): void {
		if (this.protocol !== 3) {
			this.bulkText(text);
			return;
		}
		this.#ascii(`=${Buffer.byteLength(text) + 4}\r\ntxt:`);
		const at = this.#room(text.length * 3 + 2);
		this.length = at + this.bytes.write(text, at, 'utf8');
		this.#ascii('\r\n');
	}

	/** Replies encoded elsewhere. */
	raw(from: Uint8Array): void {
		const at = this.#room(from.length);
		this.bytes.set(from, at);
		this.length = at + from.length;
	}

	/** Hands over the buffer, of which `length` bytes were written, and begins anew. */
	take(): Buffer {
		const taken = this.bytes;
		this.bytes = NO_BYTES;
		this.length = 0;
		return taken;
	}

	/** Gives the buffer back without sending. */
	discard(): void {
		replyBuffers.giveBack(this.bytes);
		this.bytes = NO_BYTES;
		this.length = 0;
	}

	#line(type: number, text: string): void {
		const at = this.#room(text.length * 3 + 3);
		const bytes = this.bytes;
		bytes[at] = type;
		const end = at + 1 + bytes.write(text, at + 1, 'utf8');
		bytes[end] = CR;
		bytes[end + 1] = LF;
		this.length = end + 2;
	}

	#ascii(text: string): void {
		const at = this.#room(text.length);
		const bytes = this.bytes;
		if (text.length <= LOOP_CHARACTERS_MAX) for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
		else bytes.write(text, at, 'latin1');
		this.length = at + text.length;
	}

	#count(type: number, count: number): void {
		const at = this.#room(HEAD_BYTES);
		this.length = this.#head(at, type, count);
	}

	/** Type, number, line's end; there is room. */
	#head(start: number, type: number, value: number): number {
		const bytes = this.bytes;
		let at = start;
		bytes[at++] = type;
		let rest = value;
		if (rest < 0) {
			bytes[at++] = 0x2d;
			rest = -rest;
		}
		if (rest < 10) {
			bytes[at++] = 0x30 + rest;
		} else if (rest < 1e9) {
			const end = at + digitCount(rest);
			let place = end;
			while (place > at) {
				const next = (rest / 10) | 0;
				bytes[--place] = 0x30 + rest - next * 10;
				rest = next;
			}
			at = end;
		} else {
			at += bytes.write(String(rest), at, 'latin1');
		}
		bytes[at] = CR;
		bytes[at + 1] = LF;
		return at + 2;
	}

	#room(count: number): number {
		if (this.length + count > this.bytes.length) this.#grow(this.length + count);
		return this.length;
	}

	#grow(needed: number): void {
		this.bytes = replyBuffers.grow(this.bytes, this.length, needed);
	}
}

function digitCount(value: number): number {
	if (value < 1e4) return value < 100 ? 2 : value < 1e3 ? 3 : 4;
	if (value < 1e7) return value < 1e5 ? 5 : value < 1e6 ? 6 : 7;
	return value < 1e8 ? 8 : 9;
}

/** As C's `%.17g` writes it. */
export function doubleText(value: number): string {
	if (Number.isInteger(value) && Math.abs(value) < 1e17) return Object.is(value, -0) ? '-0' : String(value);
	if (!Number.isFinite(value)) return value > 0 ? 'inf' : value < 0 ? '-inf' : 'nan';
	const [digits, exponent] = value.toExponential(16).split('e') as [string, string];
	const power = Number(exponent);
	if (power < -4 || power >= 17) {
		const shown = Math.abs(power) < 10 ? `0${Math.abs(power)}` : String(Math.abs(power));
		return `${trimZeros(digits)}e${power < 0 ? '-' : '+'}${shown}`;
	}
	return trimZeros(value.toFixed(Math.min(100, 16 - power)));
}

function trimZeros(text: string): string {
	return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
