/**
 * Cuts a connection's bytes into PostgreSQL messages and reads their fields in place.
 *
 * Format: `type u8 | length i32 (itself included, the type not) | body`, big-endian; the first packets of a connection have
 * no type byte. A message is read from the socket's own chunk when it lies in it whole; only the rest of an incomplete one is
 * copied, into a buffer that grows as bytes arrive, never by the length that a client merely announces.
 *
 * Calls: `push` a chunk; `next` until false; between two calls of `next`, the fields of the current message are read in order.
 * Views returned by `view` are valid until the next `push`.
 *
 * Invariants: (1) unread bytes are `bytes[start, end)`; (2) 0 ≤ `at` ≤ `bodyEnd` ≤ `end` while a message is current.
 */
import { isUtf8 } from 'node:buffer';
import { sqlError } from '../../platform/errors.ts';

const HEADER_BYTES = 5;
const GROWTH_BYTES_MIN = 4096;
/** Above this a native call decodes faster than a loop. */
const LOOP_CHARACTERS_MAX = 24;

const EMPTY = Buffer.alloc(0);

/** The stream cannot be followed any more: the connection ends with FATAL. */
export class FramingError extends Error {}

export class MessageReader {
	bytes: Buffer;
	start: number;
	end: number;
	/** True when `bytes` is ours, so that more may be copied behind `end`. */
	owned: boolean;
	/** Type byte of the current message; 0 for a startup packet. */
	type: number;
	/** Next unread byte of the current message's body. */
	at: number;
	bodyEnd: number;
	messageBytesMax: number;

	constructor(messageBytesMax: number) {
		this.bytes = EMPTY;
		this.start = 0;
		this.end = 0;
		this.owned = false;
		this.type = 0;
		this.at = 0;
		this.bodyEnd = 0;
		this.messageBytesMax = messageBytesMax;
	}

	/** Bytes received and not yet read as messages. */
	get waitingBytes(): number {
		return this.end - this.start;
	}

	/** Adds a chunk, which now belongs to the reader. */
	push(chunk: Buffer): void {
		if (this.start === this.end) {
			this.bytes = chunk;
			this.start = 0;
			this.end = chunk.length;
			this.owned = false;
			return;
		}
		const waiting = this.end - this.start;
		if (!this.owned || this.end + chunk.length > this.bytes.length) this.#makeRoom(waiting + chunk.length);
		chunk.copy(this.bytes, this.end);
		this.end += chunk.length;
	}

	/** Forgets a chunk's memory once all of it was read. */
	release(): void {
		if (this.start !== this.end) return;
		this.bytes = EMPTY;
		this.start = 0;
		this.end = 0;
		this.owned = false;
	}

	/** Moves to the next whole message; false when it has not arrived yet. Throws FramingError for an impossible length. */
	next(): boolean {
		const at = this.start;
		if (this.end - at < HEADER_BYTES) return false;
		const bytes = this.bytes;
		const length = (bytes[at + 1]! << 24) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 8) | bytes[at + 4]!;
		if (length < 4 || length > this.messageBytesMax) throw new FramingError('invalid message length');
		if (this.end - at < length + 1) return false;
		this.type = bytes[at]!;
		this.at = at + HEADER_BYTES;
		this.bodyEnd = at + 1 + length;
		this.start = this.bodyEnd;
		return true;
	}

	/** The same for a packet without a type byte. */
	nextStartup(packetBytesMax: number): boolean {
		const at = this.start;
		if (this.end - at < 4) return false;
		const length = this.bytes.readInt32BE(at);
		if (length < 8 || length > packetBytesMax) throw new FramingError('invalid length of startup packet');
		if (this.end - at < length) return false;
		this.type = 0;
		this.at = at + 4;
		this.bodyEnd = at + length;
		this.start = this.bodyEnd;
		return true;
	}

	/** True when the next message has arrived whole and is a Sync. */
	nextIsSync(): boolean {
		const at = this.start;
		return this.end - at >= HEADER_BYTES && this.bytes[at] === 0x53 && this.bytes[at + 4] === 4;
	}

	byte(): number {
		if (this.at >= this.bodyEnd) throw shortMessage();
		return this.bytes[this.at++]!;
	}

	int16(): number {
		const at = this.at;
		if (at + 2 > this.bodyEnd) throw shortMessage();
		this.at = at + 2;
		return ((this.bytes[at]! << 24) | (this.bytes[at + 1]! << 16)) >> 16;
	}

	int32(): number {
		const at = this.at;
		if (at + 4 > this.bodyEnd) throw shortMessage();
		this.at = at + 4;
		const bytes = this.bytes;
		return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
	}

	/** Text up to a zero byte. */
	text(): string {
		const start = this.at;
		const bytes = this.bytes;
		const end = this.bodyEnd;
		let at = start;
		const loopEnd = Math.min(end, start + LOOP_CHARACTERS_MAX);
		let text = '';
		for (; at < loopEnd; at++) {
			const byte = bytes[at]!;
			if (byte === 0) {
				this.at = at + 1;
				return text;
			}
			if (byte >= 0x80) break;
			text += String.fromCharCode(byte);
		}
		const zero = bytes.indexOf(0, start);
		if (zero < 0 || zero >= end) throw sqlError('08P01', 'invalid string in message');
		this.at = zero + 1;
		return decodeUtf8(bytes, start, zero);
	}

	/** Passes over text up to a zero byte if it equals the bytes of `name`; otherwise stays where it is. */
	skipText(name: Uint8Array): boolean {
		const start = this.at;
		const count = name.length;
		const bytes = this.bytes;
		if (start + count >= this.bodyEnd || bytes[start + count] !== 0) return false;
		for (let index = 0; index < count; index++) if (bytes[start + index] !== name[index]) return false;
		this.at = start + count + 1;
		return true;
	}

	/** Passes over `count` bytes; returns where they begin. */
	skip(count: number): number {
		const at = this.at;
		if (count < 0 || at + count > this.bodyEnd) throw shortMessage();
		this.at = at + count;
		return at;
	}

	/** The rest of the body, not copied. */
	rest(): Buffer {
		const view = this.bytes.subarray(this.at, this.bodyEnd);
		this.at = this.bodyEnd;
		return view;
	}

	/** Every message must be read to its end. */
	expectEnd(): void {
		if (this.at !== this.bodyEnd) throw sqlError('08P01', 'invalid message format');
	}

	#makeRoom(needed: number): void {
		const waiting = this.end - this.start;
		if (this.owned && needed <= this.bytes.length) {
			this.bytes.copy(this.bytes, 0, this.start, this.end);
		} else {
			const larger = Buffer.allocUnsafeSlow(Math.max(GROWTH_BYTES_MIN, needed + (needed >> 1)));
			this.bytes.copy(larger, 0, this.start, this.end);
			this.bytes = larger;
			this.owned = true;
		}
		this.start = 0;
		this.end = waiting;
	}
}

function shortMessage(): Error {
	return sqlError('08P01', 'insufficient data left in message');
}

/** UTF-8 at `bytes[start, end)`; throws 22021 naming the first wrong sequence, and for a zero byte. */
export function decodeUtf8(bytes: Buffer, start: number, end: number): string {
	const text = bytes.toString('utf8', start, end);
	if (text.includes('\ufffd') && !isUtf8(bytes.subarray(start, end))) throw invalidUtf8(bytes, start, end);
	return text;
}

/** The value of a text parameter: as `decodeUtf8`, and without zero bytes, which text cannot hold. */
export function decodeTextValue(bytes: Buffer, start: number, end: number): string {
	let text = '';
	if (end - start <= LOOP_CHARACTERS_MAX) {
		let at = start;
		for (; at < end; at++) {
			const byte = bytes[at]!;
			if (byte === 0 || byte >= 0x80) break;
			text += String.fromCharCode(byte);
		}
		if (at === end) return text;
	}
	text = decodeUtf8(bytes, start, end);
	if (text.includes('\0')) throw sqlError('22021', 'invalid byte sequence for encoding "UTF8": 0x00');
	return text;
}

function invalidUtf8(bytes: Buffer, start: number, end: number): Error {
	let at = start;
	// The longest valid prefix, by trying each character: only for the message, so slow is fine.
	while (at < end) {
		const length = sequenceBytes(bytes[at]!);
		if (length === 0 || at + length > end || !isUtf8(bytes.subarray(at, at + length))) break;
		at += length;
	}
	const wrong = bytes.subarray(at, Math.min(end, at + Math.max(1, sequenceBytes(bytes[at] ?? 0))));
	const shown = [...wrong].map((byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(' ');
	return sqlError('22021', `invalid byte sequence for encoding "UTF8": ${shown}`);
}

function sequenceBytes(lead: number): number {
	if (lead < 0x80) return 1;
	if (lead >= 0xc2 && lead < 0xe0) return 2;
	if (lead >= 0xe0 && lead < 0xf0) return 3;
	if (lead >= 0xf0 && lead < 0xf5) return 4;
	return 0;
}
