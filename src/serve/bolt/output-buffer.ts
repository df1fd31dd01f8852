/**
 * PackStream messages on their way to the socket (`pooled-output.ts`).
 *
 * Format: PackStream, big-endian, inside chunks as `message-reader.ts` tells. A message of up to 65,535 bytes is one chunk whose
 * header was left open; a longer one is moved apart at its end to make room for the headers between.
 *
 * Calls: `begin(tag, fields)` … values … `finish()`; or `undo()`. `messageAt` is the chunk header of the open message.
 */
import { PooledOutput } from '../pooled-output.ts';

const CHUNK_BYTES_MAX = 0xffff;
/** ASCII texts up to this many characters are copied by a loop, which is faster than a native call. */
const LOOP_CHARACTERS_MAX = 40;

const NULL = 0xc0;
const FLOAT = 0xc1;
const FALSE = 0xc2;
const TRUE = 0xc3;
const INT_8 = 0xc8;
const INT_16 = 0xc9;
const INT_32 = 0xca;
const INT_64 = 0xcb;
const BYTES_8 = 0xcc;
const TINY_TEXT = 0x80;
const TEXT_8 = 0xd0;
const TINY_LIST = 0x90;
const LIST_8 = 0xd4;
const TINY_MAP = 0xa0;
const MAP_8 = 0xd8;
const STRUCTURE = 0xb0;

export class OutputBuffer extends PooledOutput {
	/** Begins a message: a structure of so many fields. */
	begin(tag: number, fieldCount: number): void {
		const at = this.reserve(4);
		const bytes = this.bytes;
		this.messageAt = at;
		bytes[at + 2] = STRUCTURE | fieldCount;
		bytes[at + 3] = tag;
		this.length = at + 4;
	}

	finish(): void {
		const start = this.messageAt;
		const bodyBytes = this.length - start - 2;
		this.messageAt = -1;
		if (bodyBytes > CHUNK_BYTES_MAX) this.#split(start, bodyBytes);
		else this.#setLength(start, bodyBytes);
		const at = this.reserve(2);
		this.#setLength(at, 0);
		this.length = at + 2;
	}

	/** Takes back the open message, if there is one. */
	undo(): void {
		if (this.messageAt < 0) return;
		this.length = this.messageAt;
		this.messageAt = -1;
	}

	/** A structure of so many fields (up to 15), which follow. */
	structure(tag: number, fieldCount: number): void {
		const at = this.reserve(2);
		this.bytes[at] = STRUCTURE | fieldCount;
		this.bytes[at + 1] = tag;
		this.length = at + 2;
	}

	null(): void {
		this.#byte(NULL);
	}

	boolean(value: boolean): void {
		this.#byte(value ? TRUE : FALSE);
	}

	/** A safe integer. */
	integer(value: number): void {
		const at = this.reserve(9);
		const bytes = this.bytes;
		if (value >= -16 && value < 128) {
			bytes[at] = value;
			this.length = at + 1;
		} else if (value >= -128 && value < 128) {
			bytes[at] = INT_8;
			bytes[at + 1] = value;
			this.length = at + 2;
		} else if (value >= -32768 && value < 32768) {
			bytes[at] = INT_16;
			bytes[at + 1] = value >> 8;
			bytes[at + 2] = value;
			this.length = at + 3;
		} else if (value === (value | 0)) {
			bytes[at] = INT_32;
			this.length = bytes.writeInt32BE(value, at + 1);
		} else {
			bytes[at] = INT_64;
			const high = Math.floor(value / 0x1_0000_0000);
			bytes.writeInt32BE(high, at + 1);
			this.length = bytes.writeUInt32BE(value - high * 0x1_0000_0000, at + 5);
		}
	}

	/** An integer past the safe ones. */
	wideInteger(value: bigint): void {
		const at = this.reserve(9);
		this.bytes[at] = INT_64;
		this.length = this.bytes.writeBigInt64BE(value, at + 1);
	}

	float(value: number): void {
		const at = this.reserve(9);
		this.bytes[at] = FLOAT;
		this.length = this.bytes.writeDoubleBE(value, at + 1);
	}

	text(value: string): void {
		const count = value.length;
		if (count > LOOP_CHARACTERS_MAX || !this.#shortAscii(value, count)) this.#anyText(value);
	}

	binary(value: Uint8Array): void {
		const count = value.length;
		const at = this.reserve(5 + count);
		const bytes = this.bytes;
		const power = count < 0x100 ? 0 : count < 0x10000 ? 1 : 2;
		bytes[at] = BYTES_8 + power;
		bytes.writeUIntBE(count, at + 1, 1 << power);
		bytes.set(value, at + 1 + (1 << power));
		this.length = at + 1 + (1 << power) + count;
	}

	/** So many values follow. */
	list(count: number): void {
		this.#header(count, TINY_LIST, LIST_8);
	}

	/** So many pairs of a text and a value follow. */
	map(count: number): void {
		this.#header(count, TINY_MAP, MAP_8);
	}

	#byte(value: number): void {
		const at = this.reserve(1);
		this.bytes[at] = value;
		this.length = at + 1;
	}

	/** A size of up to 15 in the marker itself, others in 1, 2 or 4 bytes behind one of three markers. */
	#header(count: number, tiny: number, marker: number): void {
		const at = this.reserve(5);
		const bytes = this.bytes;
		if (count < 16) {
			bytes[at] = tiny | count;
			this.length = at + 1;
		} else if (count < 0x100) {
			bytes[at] = marker;
			bytes[at + 1] = count;
			this.length = at + 2;
		} else if (count < 0x10000) {
			bytes[at] = marker + 1;
			this.length = bytes.writeUInt16BE(count, at + 1);
		} else {
			bytes[at] = marker + 2;
			this.length = bytes.writeUInt32BE(count, at + 1);
		}
	}

	/** False, with nothing written, when the text is not ASCII. */
	#shortAscii(value: string, count: number): boolean {
		const start = this.reserve(2 + count);
		const bytes = this.bytes;
		let at = start;
		if (count < 16) bytes[at++] = TINY_TEXT | count;
		else {
			bytes[at++] = TEXT_8;
			bytes[at++] = count;
		}
		for (let index = 0; index < count; index++) {
			const code = value.charCodeAt(index);
			if (code >= 0x80) return false;
			bytes[at++] = code;
		}
		this.length = at;
		return true;
	}

	#anyText(value: string): void {
		const byteCount = Buffer.byteLength(value, 'utf8');
		this.#header(byteCount, TINY_TEXT, TEXT_8);
		const at = this.reserve(byteCount);
		this.bytes.write(value, at, byteCount, 'utf8');
		this.length = at + byteCount;
	}

	#setLength(at: number, length: number): void {
		this.bytes[at] = length >>> 8;
		this.bytes[at + 1] = length;
	}

	/** Makes room for the headers of the second chunk and those after it, from the last to the first. */
	#split(start: number, bodyBytes: number): void {
		const chunks = Math.ceil(bodyBytes / CHUNK_BYTES_MAX);
		this.reserve((chunks - 1) * 2);
		this.length += (chunks - 1) * 2;
		for (let chunk = chunks - 1; chunk >= 0; chunk--) {
			const from = start + 2 + chunk * CHUNK_BYTES_MAX;
			const count = chunk === chunks - 1 ? bodyBytes - chunk * CHUNK_BYTES_MAX : CHUNK_BYTES_MAX;
			if (chunk > 0) this.bytes.copyWithin(from + chunk * 2, from, from + count);
			this.#setLength(from + chunk * 2 - 2, count);
		}
	}
}
