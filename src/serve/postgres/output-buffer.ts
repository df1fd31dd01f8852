/**
 * Messages of PostgreSQL's protocol on their way to the socket (`pooled-output.ts`).
 *
 * Calls: `begin(type)` … writes … `finish()`. A message may also be undone by `truncate` to where it began. `messageAt` is the length
 * field of the open message.
 */
import { PooledOutput } from '../pooled-output.ts';

/** ASCII texts up to this many characters are copied by a loop, which is faster than a native call. */
const LOOP_CHARACTERS_MAX = 40;

export class OutputBuffer extends PooledOutput {
	begin(type: number): void {
		const at = this.reserve(5);
		this.bytes[at] = type;
		this.messageAt = at + 1;
		this.length = at + 5;
	}

	finish(): void {
		const at = this.messageAt;
		const length = this.length - at;
		const bytes = this.bytes;
		bytes[at] = length >>> 24;
		bytes[at + 1] = length >>> 16;
		bytes[at + 2] = length >>> 8;
		bytes[at + 3] = length;
		this.messageAt = -1;
	}

	/** Takes back what was written from `length` on, an open message included. */
	truncate(length: number): void {
		this.length = length;
		this.messageAt = -1;
	}

	/** A message without a body. */
	empty(type: number): void {
		const at = this.reserve(5);
		const bytes = this.bytes;
		bytes[at] = type;
		bytes[at + 1] = 0;
		bytes[at + 2] = 0;
		bytes[at + 3] = 0;
		bytes[at + 4] = 4;
		this.length = at + 5;
	}

	byte(value: number): void {
		const at = this.reserve(1);
		this.bytes[at] = value;
		this.length = at + 1;
	}

	int16(value: number): void {
		const at = this.reserve(2);
		this.bytes[at] = value >> 8;
		this.bytes[at + 1] = value;
		this.length = at + 2;
	}

	int32(value: number): void {
		const at = this.reserve(4);
		const bytes = this.bytes;
		bytes[at] = value >> 24;
		bytes[at + 1] = value >> 16;
		bytes[at + 2] = value >> 8;
		bytes[at + 3] = value;
		this.length = at + 4;
	}

	/** UTF-8 without an end mark. Returns how many bytes it took. */
	text(text: string): number {
		const start = this.reserve(text.length * 3);
		const bytes = this.bytes;
		const count = text.length;
		let at = start;
		if (count <= LOOP_CHARACTERS_MAX) {
			let index = 0;
			for (; index < count; index++) {
				const code = text.charCodeAt(index);
				if (code >= 0x80) break;
				bytes[at++] = code;
			}
			if (index === count) {
				this.length = at;
				return count;
			}
		}
		const written = bytes.write(text, start, 'utf8');
		this.length = start + written;
		return written;
	}

	/** UTF-8 and a zero byte. A zero inside would end it early, so it is left out. */
	string(text: string): void {
		this.text(text.includes('\0') ? text.replaceAll('\0', '') : text);
		this.byte(0);
	}

	/** UTF-8 behind its length in 4 bytes: a value of a row. */
	sizedText(text: string): void {
		this.reserve(4 + text.length * 3);
		const at = this.length;
		this.length = at + 4;
		this.#setInt32(at, this.text(text));
	}

	/** Bytes behind their length. */
	sizedBytes(value: Uint8Array): void {
		this.int32(value.length);
		this.append(value);
	}

	append(value: Uint8Array): void {
		const at = this.reserve(value.length);
		this.bytes.set(value, at);
		this.length = at + value.length;
	}

	/** The decimal digits of an int32, behind their length. */
	sizedDigits(value: number): void {
		const at = this.reserve(16);
		const bytes = this.bytes;
		let end = at + 4;
		let rest = value;
		if (rest < 0) {
			bytes[end++] = 0x2d;
			rest = -rest;
		}
		const count = digitCount(rest);
		end += count;
		let place = end;
		do {
			const quotient = (rest / 10) | 0;
			bytes[--place] = 48 + rest - quotient * 10;
			rest = quotient;
		} while (rest !== 0);
		bytes[at] = 0;
		bytes[at + 1] = 0;
		bytes[at + 2] = 0;
		bytes[at + 3] = end - at - 4;
		this.length = end;
	}

	/** Leaves the length of a value open; `closeSized` fills it in. */
	openSized(): number {
		const at = this.reserve(4);
		this.length = at + 4;
		return at;
	}

	closeSized(at: number): void {
		this.#setInt32(at, this.length - at - 4);
	}

	#setInt32(at: number, value: number): void {
		const bytes = this.bytes;
		bytes[at] = value >> 24;
		bytes[at + 1] = value >> 16;
		bytes[at + 2] = value >> 8;
		bytes[at + 3] = value;
	}
}

function digitCount(value: number): number {
	if (value < 100000) {
		if (value < 100) return value < 10 ? 1 : 2;
		return value < 1000 ? 3 : value < 10000 ? 4 : 5;
	}
	if (value < 10000000) return value < 1000000 ? 6 : 7;
	return value < 100000000 ? 8 : value < 1000000000 ? 9 : 10;
}
