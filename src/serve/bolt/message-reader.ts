/**
 * Cuts a connection's bytes into messages.
 *
 * Format: a message is chunks, `length u16 | bytes`, big-endian, and ends with a chunk of length 0. A chunk of length 0 outside
 * of a message keeps a connection alive and means nothing. The bytes of all chunks are one PackStream structure.
 *
 * A message of one chunk is read where it lies in the socket's own memory; only the rest of an incomplete one is copied, into
 * a buffer that grows as bytes arrive, never by what a client merely announces. Whole messages are found as they arrive, so that
 * a RESET behind others is seen at once.
 *
 * Calls: `push` a chunk of the socket; `next` until false; `body[at, bodyEnd)` is the message, valid until the next `push`.
 * Invariants: (1) unread bytes are `bytes[start, end)`; (2) `scanAt` is the header of the first chunk that is not whole yet.
 */
const EMPTY = Buffer.alloc(0);
const GROWTH_BYTES_MIN = 4096;
/** RESET: a structure without fields, as its two bytes say. */
const RESET_BYTES = 0xb00f;

/** The stream cannot be followed any more: the connection ends. */
export class FramingError extends Error {}

/** A message that arrived whole: positions are of the stream, not of the buffer. */
interface Arrived {
	readonly start: number;
	readonly end: number;
	readonly chunks: number;
	readonly bodyBytes: number;
	readonly isReset: boolean;
}

export class MessageReader {
	/** Memory of the current message's bytes. */
	body: Buffer;
	at: number;
	bodyEnd: number;
	messageBytesMax: number;
	/** RESETs that have arrived and are not read yet. */
	resetCount: number;
	#bytes: Buffer;
	#start: number;
	#end: number;
	/** True when `#bytes` is ours, so that more may be copied behind its end. */
	#isOwned: boolean;
	/** Place in the stream of `#bytes[0]`. */
	#base: number;
	#scanAt: number;
	readonly #arrived: Arrived[];
	/** How many of `#arrived` have been read. */
	#taken: number;
	/** The message that is arriving: where it began (−1: none), its chunks and their bytes so far. */
	#openAt: number;
	#openChunks: number;
	#openBytes: number;

	constructor(messageBytesMax: number) {
		this.body = EMPTY;
		this.at = 0;
		this.bodyEnd = 0;
		this.messageBytesMax = messageBytesMax;
		this.resetCount = 0;
		this.#bytes = EMPTY;
		this.#start = 0;
		this.#end = 0;
		this.#isOwned = false;
		this.#base = 0;
		this.#scanAt = 0;
		this.#arrived = [];
		this.#taken = 0;
		this.#openAt = -1;
		this.#openChunks = 0;
		this.#openBytes = 0;
	}

	/** Bytes received and not yet read. */
	get waitingBytes(): number {
		return this.#end - this.#start;
	}

	/** Adds bytes, which now belong to the reader. Throws FramingError when a message passes its limit. */
	push(chunk: Buffer): void {
		const waiting = this.#end - this.#start;
		if (waiting === 0) {
			this.#base += this.#start;
			this.#bytes = chunk;
			this.#start = 0;
			this.#end = chunk.length;
			this.#isOwned = false;
		} else {
			if (!this.#isOwned || this.#end + chunk.length > this.#bytes.length) this.#makeRoom(waiting + chunk.length);
			chunk.copy(this.#bytes, this.#end);
			this.#end += chunk.length;
		}
		this.#scan();
	}

	/** Moves to the next whole message; false when it has not arrived yet. */
	next(): boolean {
		if (this.#taken === this.#arrived.length) {
			this.#arrived.length = 0;
			this.#taken = 0;
			return false;
		}
		const message = this.#arrived[this.#taken++]!;
		if (message.isReset) this.resetCount--;
		const at = message.start - this.#base;
		this.#start = message.end - this.#base;
		if (message.chunks === 1) {
			this.body = this.#bytes;
			this.at = at + 2;
			this.bodyEnd = this.at + message.bodyBytes;
			return true;
		}
		this.#join(at, message);
		return true;
	}

	/** Forgets memory once all of it was read. */
	release(): void {
		this.body = EMPTY;
		if (this.#start !== this.#end) return;
		this.#base += this.#start;
		this.#bytes = EMPTY;
		this.#start = 0;
		this.#end = 0;
		this.#isOwned = false;
	}

	/** Finds messages that have become whole. */
	#scan(): void {
		const bytes = this.#bytes;
		const end = this.#end;
		let at = this.#scanAt - this.#base;
		while (end - at >= 2) {
			const length = (bytes[at]! << 8) | bytes[at + 1]!;
			if (end - at < length + 2) break;
			if (length === 0) this.#closeMessage(at);
			else this.#openChunk(at, length);
			at += length + 2;
		}
		this.#scanAt = this.#base + at;
	}

	#openChunk(at: number, length: number): void {
		if (this.#openAt < 0) {
			this.#openAt = this.#base + at;
			this.#openChunks = 0;
			this.#openBytes = 0;
		}
		this.#openChunks++;
		this.#openBytes += length;
		if (this.#openBytes > this.messageBytesMax) throw new FramingError(`a message is longer than ${this.messageBytesMax} bytes`);
	}

	#closeMessage(at: number): void {
		if (this.#openAt < 0) {
			// Nothing waits before it: passed over at once, so that a stream of them takes no memory.
			if (this.#taken === this.#arrived.length) this.#start = at + 2;
			return;
		}
		const bodyAt = this.#openAt - this.#base + 2;
		const isReset = this.#openBytes === 2 && this.#openChunks === 1 && ((this.#bytes[bodyAt]! << 8) | this.#bytes[bodyAt + 1]!) === RESET_BYTES;
		if (isReset) this.resetCount++;
		this.#arrived.push({ start: this.#openAt, end: this.#base + at + 2, chunks: this.#openChunks, bodyBytes: this.#openBytes, isReset });
		this.#openAt = -1;
	}

	/** The bytes of several chunks, one behind the other. */
	#join(start: number, message: Arrived): void {
		const joined = Buffer.allocUnsafeSlow(message.bodyBytes);
		const bytes = this.#bytes;
		let at = start;
		let length = 0;
		for (let chunk = 0; chunk < message.chunks; chunk++) {
			const count = (bytes[at]! << 8) | bytes[at + 1]!;
			bytes.copy(joined, length, at + 2, at + 2 + count);
			length += count;
			at += 2 + count;
		}
		this.body = joined;
		this.at = 0;
		this.bodyEnd = length;
	}

	#makeRoom(needed: number): void {
		const waiting = this.#end - this.#start;
		if (this.#isOwned && needed <= this.#bytes.length) {
			this.#bytes.copy(this.#bytes, 0, this.#start, this.#end);
		} else {
			const larger = Buffer.allocUnsafeSlow(Math.max(GROWTH_BYTES_MIN, needed + (needed >> 1)));
			this.#bytes.copy(larger, 0, this.#start, this.#end);
			this.#bytes = larger;
			this.#isOwned = true;
		}
		this.#base += this.#start;
		this.#start = 0;
		this.#end = waiting;
	}
}
