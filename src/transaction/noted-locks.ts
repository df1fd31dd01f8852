/**
 * The key locks of one transaction that have not been entered in the lock table: a list in one buffer, with a hash index that is
 * made when another transaction first asks whether a key is in it. So a million locks that nobody asks for cost their keys and
 * some bytes each.
 *
 * A lock, in the buffer: keyspace id 4, strength 1, byte count of the key 4, the key; numbers big-endian. A key may come again;
 * the index holds the place where it is strongest.
 */
import { ByteWriter } from '../bytes/byte-writer.ts';
import { equalBytes } from '../bytes/compare-bytes.ts';
import { sqlError } from '../platform/errors.ts';
import type { Strength } from './lock-table.ts';

const STRENGTH_AT = 4;
const LENGTH_AT = 5;
const KEY_AT = 9;
const BYTES_MAX = 1 << 30;
const FIRST_SLOTS = 1024;

export class NotedLocks {
	/** Locks noted, repeated ones included. */
	count = 0;
	readonly #locks = new ByteWriter(256);
	/** Places + 1 of locks by hash, open addressing; empty until it is asked for. */
	#slots = new Int32Array(0);
	#indexedBytes = 0;

	/** Bytes of the list: a place to go back to by `truncate`. */
	get length(): number {
		return this.#locks.length;
	}

	/** Forgets what was noted after the list had this length and this many locks. */
	truncate(length: number, count: number): void {
		if (length >= this.#locks.length) return;
		this.#locks.length = length;
		if (this.#slots.length > 0) this.#slots = new Int32Array(0);
		this.#indexedBytes = 0;
		this.count = count;
	}

	/** Forgets all; memory beyond `bytesMax` is not kept: false then. */
	reset(bytesMax: number): boolean {
		this.count = 0;
		this.#locks.reset();
		if (this.#slots.length > 0) this.#slots = new Int32Array(0);
		this.#indexedBytes = 0;
		return this.#locks.bytes.length <= bytesMax;
	}

	note(keyspaceId: number, key: Uint8Array, keyLength: number, strength: Strength): void {
		const locks = this.#locks;
		if (locks.length + keyLength > BYTES_MAX) {
			throw sqlError('53200', 'out of memory', {
				detail: `The locks of the transaction take more than ${BYTES_MAX} bytes.`,
				hint: 'Split it into several transactions.',
			});
		}
		const at = locks.reserve(KEY_AT);
		const bytes = locks.bytes;
		bytes[at] = keyspaceId >>> 24;
		bytes[at + 1] = keyspaceId >>> 16;
		bytes[at + 2] = keyspaceId >>> 8;
		bytes[at + 3] = keyspaceId;
		bytes[at + STRENGTH_AT] = strength;
		bytes[at + LENGTH_AT] = keyLength >>> 24;
		bytes[at + LENGTH_AT + 1] = keyLength >>> 16;
		bytes[at + LENGTH_AT + 2] = keyLength >>> 8;
		bytes[at + LENGTH_AT + 3] = keyLength;
		locks.length = at + KEY_AT;
		locks.raw(key, 0, keyLength);
		this.count++;
	}

	/** The place where a key is noted with its greatest strength, or −1. */
	find(keyspaceId: number, key: Uint8Array, keyLength: number): number {
		this.#index();
		const at = this.#search(keyspaceId, key, 0, keyLength);
		return at < 0 ? -1 : this.#slots[at]! - 1;
	}

	/** The strength noted for a key, or −1. */
	strengthOf(keyspaceId: number, key: Uint8Array, keyLength: number): Strength | -1 {
		const place = this.find(keyspaceId, key, keyLength);
		return place < 0 ? -1 : this.strengthAt(place);
	}

	strengthAt(place: number): Strength {
		return this.#locks.bytes[place + STRENGTH_AT] as Strength;
	}

	each(visit: (keyspaceId: number, place: number, bytes: Uint8Array, keyStart: number, keyEnd: number) => void): void {
		const { bytes, length } = this.#locks;
		for (let at = 0; at < length; ) {
			const keyEnd = at + KEY_AT + bytes.readUInt32BE(at + LENGTH_AT);
			visit(bytes.readUInt32BE(at), at, bytes, at + KEY_AT, keyEnd);
			at = keyEnd;
		}
	}

	/** Takes what was noted since the last call into the index. */
	#index(): void {
		const { bytes, length } = this.#locks;
		if (this.#indexedBytes === length) return;
		if (this.count * 2 > this.#slots.length) this.#grow();
		for (let at = this.#indexedBytes; at < length; ) {
			const keyLength = bytes.readUInt32BE(at + LENGTH_AT);
			this.#add(at, keyLength);
			at += KEY_AT + keyLength;
		}
		this.#indexedBytes = length;
	}

	#add(at: number, keyLength: number): void {
		const { bytes } = this.#locks;
		const keyspaceId = bytes.readUInt32BE(at);
		const slots = this.#slots;
		const known = this.#search(keyspaceId, bytes, at + KEY_AT, keyLength);
		if (known >= 0) {
			if (bytes[at + STRENGTH_AT]! > bytes[slots[known]! - 1 + STRENGTH_AT]!) slots[known] = at + 1;
			return;
		}
		const mask = slots.length - 1;
		let slot = hash(keyspaceId, bytes, at + KEY_AT, keyLength) & mask;
		while (slots[slot] !== 0) slot = (slot + 1) & mask;
		slots[slot] = at + 1;
	}

	/** The slot of a key, or −1. */
	#search(keyspaceId: number, key: Uint8Array, keyStart: number, keyLength: number): number {
		const slots = this.#slots;
		if (slots.length === 0) return -1;
		const { bytes } = this.#locks;
		const mask = slots.length - 1;
		for (let slot = hash(keyspaceId, key, keyStart, keyLength) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
			const at = slots[slot]! - 1;
			if (bytes.readUInt32BE(at) !== keyspaceId || bytes.readUInt32BE(at + LENGTH_AT) !== keyLength) continue;
			if (equalBytes(bytes, at + KEY_AT, at + KEY_AT + keyLength, key, keyStart, keyStart + keyLength)) return slot;
		}
		return -1;
	}

	#grow(): void {
		let slots = Math.max(FIRST_SLOTS, this.#slots.length);
		while (slots < this.count * 2) slots *= 2;
		this.#slots = new Int32Array(slots * 2);
		this.#indexedBytes = 0;
	}
}

function hash(keyspaceId: number, key: Uint8Array, start: number, length: number): number {
	let value = keyspaceId ^ 0x811c9dc5;
	for (let index = start, end = start + length; index < end; index++) value = Math.imul(value ^ key[index]!, 0x01000193);
	value ^= value >>> 15;
	return Math.imul(value, 0x2c1b3c6d) >>> 1;
}
