/**
 * A page in memory, and searches in it. The layout is in `page-format.ts`.
 *
 * Calls: the bytes never change once a page was read, so views of its values stay valid as long as somebody holds them.
 * Cost: a search is a binary search over the prefixes in the page itself (nothing is decoded), which touches two or three
 * cache lines, and compares the bytes of about one key. Watched by `bench/btree.mjs`.
 */
import { compareBytes, prefixOf } from '../../bytes/compare-bytes.ts';
import { readVarint, varintBytes } from '../../bytes/varint.ts';
import { corrupt } from '../stored-files.ts';
import {
	BRANCH,
	CHILD_BYTES,
	COUNT_AT,
	END_AT,
	GENERATION_AT,
	HEADER_BYTES,
	KEY_IN_EXTENT,
	KEY_TABLE_BYTES,
	KIND_AT,
	LEAF,
	LEVEL_AT,
	NUMBER_AT,
	REFERENCE_BYTES,
	readUint16,
	readUint32,
	readUint64,
	SKIP_AT,
} from './page-format.ts';

const PREFIXES_AT = HEADER_BYTES >> 2;
/** What a page in memory takes beside its bytes: the objects around them. */
export const PAGE_OBJECT_BYTES = 400;

/** Where pages find the bytes of large keys and values. */
export interface ExtentSource {
	/** The bytes of the extent that begins at page `first`; throws `CorruptionError` when they are not what was written. */
	extent(first: number, bytes: number, sum: number): Uint8Array;
}

/** Leaves have none. */
const NO_WORDS = new Int32Array(0);

export class Page {
	readonly bytes: Uint8Array;
	/** Keys: entries of a leaf, one less than children in a branch. */
	readonly keys: number;
	readonly skip: number;
	/** Where the positions of cells, and the bytes that all keys have in common, begin. */
	readonly positionsAt: number;
	readonly commonAt: number;
	/** 0: a leaf. */
	readonly level: number;
	/** Read since the cache looked last. */
	used: boolean;
	/** A branch's bytes as words, and the place of its first child in them. A leaf does without: one more object is two cache misses a read. */
	readonly words: Int32Array;
	readonly childrenAt: number;
	/** Entries of a leaf, children of a branch. */
	readonly count: number;
	readonly number: number;
	readonly generation: number;
	/** Where the content ends. */
	readonly end: number;

	/** `bytes` is a whole checked page that begins at a multiple of 4 of its buffer. */
	constructor(bytes: Uint8Array, path: string) {
		const kind = bytes[KIND_AT]!;
		const level = bytes[LEVEL_AT]!;
		const count = readUint16(bytes, COUNT_AT);
		const keys = level === 0 ? count : count - 1;
		const tables = HEADER_BYTES + keys * KEY_TABLE_BYTES + (level === 0 ? 0 : count * CHILD_BYTES);
		this.bytes = bytes;
		this.keys = keys;
		this.skip = readUint16(bytes, SKIP_AT);
		this.positionsAt = tables - 2 * keys;
		this.commonAt = tables;
		this.level = level;
		this.used = false;
		this.words = level === 0 ? NO_WORDS : new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
		this.childrenAt = PREFIXES_AT + keys;
		this.count = count;
		this.number = readUint32(bytes, NUMBER_AT);
		this.generation = readUint64(bytes, GENERATION_AT);
		this.end = readUint16(bytes, END_AT);
		if (kind !== (level === 0 ? LEAF : BRANCH) || count === 0 || tables + this.skip > this.end || this.end > bytes.length) {
			throw corrupt(path, this.number * bytes.length, `page ${this.number} is no page of a tree`);
		}
	}

	child(place: number): number {
		return this.words[this.childrenAt + place]! >>> 0;
	}

	position(place: number): number {
		const at = this.positionsAt + 2 * place;
		return this.bytes[at]! | (this.bytes[at + 1]! << 8);
	}

	/** The length of key `place`. */
	keyLength(place: number): number {
		return (readVarint(this.bytes, this.position(place)) >>> 2) + this.skip;
	}

	/** Copies key `place` to `into[at…]`, which must have room for it. */
	copyKey(place: number, into: Uint8Array, at: number, extents: ExtentSource): void {
		const { bytes, skip, commonAt } = this;
		let cell = this.position(place);
		const tag = readVarint(bytes, cell);
		cell += varintBytes(tag);
		const length = tag >>> 2;
		if ((tag & KEY_IN_EXTENT) !== 0) {
			into.set(extents.extent(readUint32(bytes, cell), skip + length, readUint32(bytes, cell + 4)), at);
			return;
		}
		for (let i = 0; i < skip; i++) into[at + i] = bytes[commonAt + i]!;
		putPrefix(bytes, HEADER_BYTES + 4 * place, into, at + skip, length);
		const rest = length - 4;
		for (let i = 0; i < rest; i++) into[at + skip + 4 + i] = bytes[cell + i]!;
	}

	/** Key `place` as bytes of its own. */
	key(place: number, extents: ExtentSource): Uint8Array {
		const key = new Uint8Array(this.keyLength(place));
		this.copyKey(place, key, 0, extents);
		return key;
	}

	/** The extent of a key that has one. */
	keyExtent(place: number): { extent: number; sum: number } {
		const cell = this.position(place);
		const at = cell + varintBytes(readVarint(this.bytes, cell));
		return { extent: readUint32(this.bytes, at), sum: readUint32(this.bytes, at + 4) };
	}

	/** The child under which `key[0, keyLength)` is. */
	findChild(key: Uint8Array, keyLength: number, extents: ExtentSource): number {
		const order = this.#compareCommon(key, keyLength);
		if (order !== 0) return order > 0 ? 0 : this.keys;
		const words = this.words;
		const skip = this.skip;
		const wanted = prefixOf(key, skip, keyLength);
		let low = 0;
		let high = this.keys;
		while (low < high) {
			const middle = (low + high) >>> 1;
			const prefix = words[PREFIXES_AT + middle]!;
			if (prefix < wanted || (prefix === wanted && this.#compareRest(middle, key, keyLength, extents) <= 0)) low = middle + 1;
			else high = middle;
		}
		return low;
	}

	/** The first place whose key is not before `key[0, keyLength)`; the count of keys if all are. */
	lowerBound(key: Uint8Array, keyLength: number, extents: ExtentSource): number {
		const order = this.#compareCommon(key, keyLength);
		if (order !== 0) return order > 0 ? 0 : this.keys;
		return this.#search(prefixOf(key, this.skip, keyLength), key, keyLength, extents);
	}

	/** The place of `key[0, keyLength)`, -1 if it is not there. */
	find(key: Uint8Array, keyLength: number, extents: ExtentSource): number {
		const skip = this.skip;
		const wanted = prefixOf(key, skip, keyLength);
		// A key that begins otherwise than all keys of the page finds some place; what it begins with is compared there.
		const place = this.#search(wanted, key, keyLength, extents);
		if (place === this.keys || this.#prefix(place) !== wanted || this.#compareRest(place, key, keyLength, extents) !== 0) return -1;
		return this.#compareCommon(key, keyLength) === 0 ? place : -1;
	}

	#prefix(place: number): number {
		const bytes = this.bytes;
		const at = HEADER_BYTES + 4 * place;
		return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
	}

	#search(wanted: number, key: Uint8Array, keyLength: number, extents: ExtentSource): number {
		const bytes = this.bytes;
		let low = 0;
		let high = this.keys;
		while (low < high) {
			const middle = (low + high) >>> 1;
			const at = HEADER_BYTES + 4 * middle;
			const prefix = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
			if (prefix < wanted || (prefix === wanted && this.#compareRest(middle, key, keyLength, extents) < 0)) low = middle + 1;
			else high = middle;
		}
		return low;
	}

	/** Order of what all keys of the page begin with, and the beginning of `key`: 0 if it begins like them. */
	#compareCommon(key: Uint8Array, keyLength: number): number {
		const skip = this.skip;
		const bytes = this.bytes;
		const commonAt = this.commonAt;
		const most = keyLength < skip ? keyLength : skip;
		for (let i = 0; i < most; i++) {
			const difference = bytes[commonAt + i]! - key[i]!;
			if (difference !== 0) return difference;
		}
		return skip - most;
	}

	/** Order of key `place` and `key`, which have their first `skip` bytes and the prefix behind them in common. */
	#compareRest(place: number, key: Uint8Array, keyLength: number, extents: ExtentSource): number {
		const bytes = this.bytes;
		const skip = this.skip;
		let cell = this.position(place);
		let tag = bytes[cell]!;
		if (tag < 0x80) cell++;
		else {
			tag = readVarint(bytes, cell);
			cell += varintBytes(tag);
		}
		const length = tag >>> 2;
		const wantedLength = keyLength - skip;
		if (length <= 4 || wantedLength <= 4) return length - wantedLength;
		if ((tag & KEY_IN_EXTENT) !== 0) {
			const whole = extents.extent(readUint32(bytes, cell), skip + length, readUint32(bytes, cell + 4));
			return compareBytes(whole, skip + 4, whole.length, key, skip + 4, keyLength);
		}
		return compareBytes(bytes, cell, cell + length - 4, key, skip + 4, keyLength);
	}
}

/** The first place of the values of a leaf's cell `at`: behind the key. */
export function valueCell(bytes: Uint8Array, cell: number): number {
	const tag = readVarint(bytes, cell);
	const length = tag >>> 2;
	const at = cell + varintBytes(tag);
	if ((tag & KEY_IN_EXTENT) !== 0) return at + REFERENCE_BYTES;
	return length > 4 ? at + length - 4 : at;
}

/** Copies as many of the four bytes of the prefix at `from[at…]` to a key as its `length` bytes behind the common ones have. */
export function putPrefix(from: Uint8Array, at: number, into: Uint8Array, to: number, length: number): void {
	if (length > 0) into[to] = from[at + 3]! ^ 0x80;
	if (length > 1) into[to + 1] = from[at + 2]!;
	if (length > 2) into[to + 2] = from[at + 1]!;
	if (length > 3) into[to + 3] = from[at]!;
}
