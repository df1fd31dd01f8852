/**
 * How the data types of Redis lie in a keyspace as ordered entries; `docs/formats/redis.md`. A database is one keyspace:
 *
 *     1 key                               → header          every key; a string's value is in it
 *     2 id(6) field                       → value           a hash
 *     2 id(6) member                      → (empty)         a set
 *     2 id(6) position(8)                 → element         a list
 *     2 id(6) 0 member                    → score(8)        a sorted set, by member
 *     2 id(6) 1 score(8) member           → (empty)         a sorted set, by score
 *     3 id(6)                             → (empty)         a collection whose key has gone, to be swept
 *     4 milliseconds(8) key               → (empty)         a key that expires
 *
 * Everything is big-endian. A collection's elements lie below its id, which is never used again within its keyspace: so
 * deleting, renaming or overwriting a collection of any size changes its key alone, and the elements are swept later.
 *
 * Header: `type u8 (128: expires) | expiry u64 if it expires | …`, then for a string its bytes, for a collection
 * `varint id | varint count`, and for a list the positions of its first element and of the place after its last one, and a byte
 * that is 1 unless its elements lie exactly a step apart.
 */
import { readVarint, varintBytes, writeVarint } from '../../bytes/varint.ts';
import type { Slot } from '../../storage/contracts.ts';

export const KEY_TAG = 1;
export const ELEMENT_TAG = 2;
export const GARBAGE_TAG = 3;
export const EXPIRY_TAG = 4;

export const STRING = 1;
export const LIST = 2;
export const SET = 3;
export const SORTED_SET = 4;
export const HASH = 5;
export const TYPE_NAMES = ['none', 'string', 'list', 'set', 'zset', 'hash'] as const;

export const EXPIRES = 0x80;

/** Bytes before what distinguishes the elements of one collection. */
export const ELEMENT_HEAD_BYTES = 7;
/** Before the key in an entry of the expiry index. */
export const EXPIRY_HEAD_BYTES = 9;
export const BY_MEMBER = 0;
export const BY_SCORE = 1;
const SCORE_BYTES = 8;

/** What a header takes beside a string's bytes, at most. */
export const HEADER_BYTES_MAX = 48;

/** Positions of list elements start in the middle of the safe integers and are this far apart, so that elements can be put between them. */
export const POSITION_FIRST = 2 ** 52;
export const POSITION_STEP = 2 ** 16;

const TWO_TO_32 = 2 ** 32;

/** A safe integer, big-endian in eight bytes. */
export function writeUint64(into: Uint8Array, at: number, value: number): number {
	const high = Math.floor(value / TWO_TO_32);
	const low = value >>> 0;
	into[at] = high >>> 24;
	into[at + 1] = high >>> 16;
	into[at + 2] = high >>> 8;
	into[at + 3] = high;
	into[at + 4] = low >>> 24;
	into[at + 5] = low >>> 16;
	into[at + 6] = low >>> 8;
	into[at + 7] = low;
	return at + 8;
}

export function readUint64(from: Uint8Array, at: number): number {
	const high = ((from[at]! << 24) | (from[at + 1]! << 16) | (from[at + 2]! << 8) | from[at + 3]!) >>> 0;
	const low = ((from[at + 4]! << 24) | (from[at + 5]! << 16) | (from[at + 6]! << 8) | from[at + 7]!) >>> 0;
	return high * TWO_TO_32 + low;
}

/** Ids have six bytes. */
export function writeId(into: Uint8Array, at: number, id: number): number {
	const high = Math.floor(id / TWO_TO_32);
	const low = id >>> 0;
	into[at] = high >>> 8;
	into[at + 1] = high;
	into[at + 2] = low >>> 24;
	into[at + 3] = low >>> 16;
	into[at + 4] = low >>> 8;
	into[at + 5] = low;
	return at + 6;
}

export function readId(from: Uint8Array, at: number): number {
	const low = ((from[at + 2]! << 24) | (from[at + 3]! << 16) | (from[at + 4]! << 8) | from[at + 5]!) >>> 0;
	return ((from[at]! << 8) | from[at + 1]!) * TWO_TO_32 + low;
}

const doubles = new Float64Array(1);
const words = new Uint32Array(doubles.buffer);

/** A score so that bytes order as numbers do: −inf first, no difference between 0 and −0. */
export function writeScore(into: Uint8Array, at: number, score: number): number {
	doubles[0] = score === 0 ? 0 : score;
	let high = words[1]!;
	let low = words[0]!;
	if (high >= 0x80000000) {
		high = ~high >>> 0;
		low = ~low >>> 0;
	} else {
		high = (high | 0x80000000) >>> 0;
	}
	into[at] = high >>> 24;
	into[at + 1] = high >>> 16;
	into[at + 2] = high >>> 8;
	into[at + 3] = high;
	into[at + 4] = low >>> 24;
	into[at + 5] = low >>> 16;
	into[at + 6] = low >>> 8;
	into[at + 7] = low;
	return at + SCORE_BYTES;
}

export function readScore(from: Uint8Array, at: number): number {
	let high = ((from[at]! << 24) | (from[at + 1]! << 16) | (from[at + 2]! << 8) | from[at + 3]!) >>> 0;
	let low = ((from[at + 4]! << 24) | (from[at + 5]! << 16) | (from[at + 6]! << 8) | from[at + 7]!) >>> 0;
	if (high >= 0x80000000) {
		high = (high & 0x7fffffff) >>> 0;
	} else {
		high = ~high >>> 0;
		low = ~low >>> 0;
	}
	words[0] = low;
	words[1] = high;
	return doubles[0]!;
}

/** Copies a short run of bytes; returns the place after it. */
export function copyBytes(into: Uint8Array, at: number, from: Uint8Array, start: number, end: number): number {
	const length = end - start;
	if (length < 48) for (let i = 0; i < length; i++) into[at + i] = from[start + i]!;
	else into.set(from.subarray(start, end), at);
	return at + length;
}

/** A buffer in which keys of entries are put together; it grows and is used again. */
export class EntryKey {
	bytes: Uint8Array;
	length: number;

	constructor() {
		this.bytes = new Uint8Array(256);
		this.length = 0;
	}

	key(bytes: Uint8Array, start: number, end: number): this {
		const into = this.#room(1 + end - start);
		into[0] = KEY_TAG;
		this.length = copyBytes(into, 1, bytes, start, end);
		return this;
	}

	/** The first bytes of all elements of a collection. */
	collection(id: number): this {
		const into = this.#room(ELEMENT_HEAD_BYTES);
		into[0] = ELEMENT_TAG;
		this.length = writeId(into, 1, id);
		return this;
	}

	/** A field of a hash, a member of a set. */
	element(id: number, bytes: Uint8Array, start: number, end: number): this {
		const into = this.#room(ELEMENT_HEAD_BYTES + end - start);
		into[0] = ELEMENT_TAG;
		this.length = copyBytes(into, writeId(into, 1, id), bytes, start, end);
		return this;
	}

	position(id: number, position: number): this {
		const into = this.#room(ELEMENT_HEAD_BYTES + 8);
		into[0] = ELEMENT_TAG;
		this.length = writeUint64(into, writeId(into, 1, id), position);
		return this;
	}

	member(id: number, bytes: Uint8Array, start: number, end: number): this {
		const into = this.#room(ELEMENT_HEAD_BYTES + 1 + end - start);
		into[0] = ELEMENT_TAG;
		const at = writeId(into, 1, id);
		into[at] = BY_MEMBER;
		this.length = copyBytes(into, at + 1, bytes, start, end);
		return this;
	}

	scored(id: number, score: number, bytes: Uint8Array, start: number, end: number): this {
		const into = this.#room(ELEMENT_HEAD_BYTES + 1 + SCORE_BYTES + end - start);
		into[0] = ELEMENT_TAG;
		const at = writeId(into, 1, id);
		into[at] = BY_SCORE;
		this.length = copyBytes(into, writeScore(into, at + 1, score), bytes, start, end);
		return this;
	}

	garbage(id: number): this {
		const into = this.#room(ELEMENT_HEAD_BYTES);
		into[0] = GARBAGE_TAG;
		this.length = writeId(into, 1, id);
		return this;
	}

	expiry(expiryMs: number, bytes: Uint8Array, start: number, end: number): this {
		const into = this.#room(EXPIRY_HEAD_BYTES + end - start);
		into[0] = EXPIRY_TAG;
		this.length = copyBytes(into, writeUint64(into, 1, expiryMs), bytes, start, end);
		return this;
	}

	/** The same with one byte behind it. */
	then(byte: number): this {
		const into = this.#room(this.length + 1);
		into[this.length++] = byte;
		return this;
	}

	copy(): Uint8Array {
		return this.bytes.slice(0, this.length);
	}

	#room(needed: number): Uint8Array {
		if (needed > this.bytes.length) {
			const larger = new Uint8Array(needed * 2);
			larger.set(this.bytes.subarray(0, this.length));
			this.bytes = larger;
		}
		return this.bytes;
	}
}

/** The least bytes after all that begin with `prefix`; null when there are none. */
export function afterPrefix(prefix: Uint8Array): Uint8Array | null {
	let length = prefix.length;
	while (length > 0 && prefix[length - 1] === 0xff) length--;
	if (length === 0) return null;
	const next = prefix.slice(0, length);
	next[length - 1]!++;
	return next;
}

/**
 * What is known of a key: what is stored, and what of it still lives. Used again and again; strings are shown by buffer and
 * bounds, valid until the next read.
 */
export class Header {
	/** There is an entry for the key, perhaps one that has expired. */
	isStored: boolean;
	/** 0: no such key (any more). */
	type: number;
	/** Milliseconds since 1970, −1: never. */
	expiryMs: number;
	/** As stored, also when it has expired: what a change must take back. */
	storedExpiryMs: number;
	/** The collection as stored, 0: none. */
	storedId: number;
	buffer: Uint8Array;
	start: number;
	end: number;
	id: number;
	count: number;
	/** Positions: of the first element, and after the last one. */
	head: number;
	tail: number;
	/** Elements of the list do not lie exactly a step apart. */
	isUneven: boolean;

	constructor() {
		this.isStored = false;
		this.type = 0;
		this.expiryMs = -1;
		this.storedExpiryMs = -1;
		this.storedId = 0;
		this.buffer = new Uint8Array(0);
		this.start = 0;
		this.end = 0;
		this.id = 0;
		this.count = 0;
		this.head = 0;
		this.tail = 0;
		this.isUneven = false;
	}

	/** No entry at all. */
	absent(): this {
		this.isStored = false;
		this.type = 0;
		this.expiryMs = -1;
		this.storedExpiryMs = -1;
		this.storedId = 0;
		this.id = 0;
		this.count = 0;
		return this;
	}

	decode(slot: Slot, nowMs: number): this {
		const { buffer, start, end } = slot;
		const first = buffer[start]!;
		let at = start + 1;
		let expiryMs = -1;
		if ((first & EXPIRES) !== 0) {
			expiryMs = readUint64(buffer, at);
			at += 8;
		}
		const type = first & 0x7f;
		this.isStored = true;
		this.storedExpiryMs = expiryMs;
		if (type === STRING) {
			this.storedId = 0;
			this.buffer = buffer;
			this.start = at;
			this.end = end;
		} else {
			this.#decodeCollection(buffer, at, type);
		}
		const isLive = expiryMs < 0 || expiryMs > nowMs;
		this.type = isLive ? type : 0;
		this.expiryMs = isLive ? expiryMs : -1;
		if (!isLive) this.count = 0;
		return this;
	}

	#decodeCollection(buffer: Uint8Array, start: number, type: number): void {
		let at = start;
		this.id = readVarint(buffer, at);
		this.storedId = this.id;
		at += varintBytes(this.id);
		this.count = readVarint(buffer, at);
		if (type !== LIST) return;
		at += varintBytes(this.count);
		this.head = readUint64(buffer, at);
		this.tail = readUint64(buffer, at + 8);
		this.isUneven = buffer[at + 16] === 1;
	}

	/** Turns it into an empty collection of a fresh id. */
	create(type: number, id: number): void {
		this.type = type;
		this.expiryMs = -1;
		this.id = id;
		this.count = 0;
		this.head = POSITION_FIRST;
		this.tail = POSITION_FIRST;
		this.isUneven = false;
	}

	/** Writes a collection's header; returns the place after it. */
	encodeCollection(into: Uint8Array, start: number): number {
		let at = writeHead(into, start, this.type, this.expiryMs);
		at = writeVarint(into, at, this.id);
		at = writeVarint(into, at, this.count);
		if (this.type !== LIST) return at;
		at = writeUint64(into, writeUint64(into, at, this.head), this.tail);
		into[at] = this.isUneven ? 1 : 0;
		return at + 1;
	}
}

/** Type and expiry; returns the place after them. */
export function writeHead(into: Uint8Array, at: number, type: number, expiryMs: number): number {
	if (expiryMs < 0) {
		into[at] = type;
		return at + 1;
	}
	into[at] = type | EXPIRES;
	return writeUint64(into, at + 1, expiryMs);
}
