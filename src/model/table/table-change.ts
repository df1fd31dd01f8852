/**
 * Logged changes of rows; the page is `docs/formats/changes.md`.
 *
 * | part | bytes | present |
 * |---|---|---|
 * | kind and flags | 1: kind in the low 4 bits; 16: a before-image, 32: computed keys | always |
 * | table id | varint | always |
 * | row's key | varint count, bytes | always (not for kind 4) |
 * | computed keys | varint count of indexes; each: varint index id, byte flags, and for old and new, if present, varint count, bytes | flag 32 |
 * | before-image | varint count, the old row | flag 16 |
 * | after-image | the row, to the end of the change | insert, update |
 *
 * Kinds: 1 insert, 2 update (the key stays), 3 delete, 4 entries (filling one index: varint index id, then entries to the end,
 * each: byte flags, varint count and key columns, varint count and row's key, varint count and INCLUDE row).
 * The before-image is there when an index that is not computed needs it: delete with indexes, update of an indexed
 * column; and always when something reads the table's changes from the log. Computed keys are the key columns of indexes over expressions or with a predicate, as far as the change touches them.
 */
import { readVarint, varintBytes } from '../../bytes/varint.ts';
import { CorruptionError } from '../../platform/errors.ts';
import type { ObjectId } from '../../transaction/catalog-objects.ts';
import { appendBytes, GrowingKeyBuffer, reserveBytes } from '../../value/key-buffer.ts';
import { writeVarintTo } from './table-codec.ts';

export const INSERT = 1;
export const UPDATE = 2;
export const DELETE = 3;
export const ENTRIES = 4;

export const KIND_MASK = 15;
export const HAS_BEFORE = 16;
export const HAS_COMPUTED = 32;

/** Flags of a computed key. */
export const OLD_PRESENT = 1;
export const NEW_PRESENT = 2;
export const OLD_HAS_NULL = 4;
export const NEW_HAS_NULL = 8;

/** Flag of an entry: one of its key columns is null. */
export const ENTRY_HAS_NULL = 1;

/** A change under construction; one is used for all. */
export class TableChange extends GrowingKeyBuffer {
	begin(kind: number, tableId: ObjectId): void {
		this.length = 0;
		this.byte(kind);
		writeVarintTo(this, tableId);
	}

	byte(value: number): void {
		reserveBytes(this, 1);
		this.bytes[this.length++] = value;
	}

	varint(value: number): void {
		writeVarintTo(this, value);
	}

	blob(from: Uint8Array, start: number, end: number): void {
		writeVarintTo(this, end - start);
		appendBytes(this, from, start, end);
	}

	raw(from: Uint8Array, start: number, end: number): void {
		appendBytes(this, from, start, end);
	}

	/** Sets a flag of the head after it was written. */
	flag(flag: number): void {
		this.bytes[0]! |= flag;
	}
}

/** Reads changes; the fields describe the one read last. */
export class TableChangeReader {
	kind = 0;
	flags = 0;
	tableId: ObjectId = 0;
	keyStart = 0;
	keyLength = 0;
	/** Place of the first computed key, after their count. */
	computedStart = 0;
	computedCount = 0;
	/** −1 without a before-image. */
	beforeStart = -1;
	beforeEnd = -1;
	/** The after-image, or (kind 4) the index id and entries. */
	restStart = 0;

	read(bytes: Uint8Array, start: number, end: number): void {
		const head = bytes[start]!;
		this.kind = head & KIND_MASK;
		this.flags = head & ~KIND_MASK;
		if (this.kind < INSERT || this.kind > ENTRIES)
			throw new CorruptionError('corruption', `a change of a table has the unknown kind ${this.kind}`, { sqlstate: 'XX001' });
		let at = start + 1;
		this.tableId = readVarint(bytes, at);
		at += varintBytes(this.tableId);
		this.computedCount = 0;
		this.beforeStart = -1;
		this.beforeEnd = -1;
		if (this.kind !== ENTRIES) {
			this.keyLength = readVarint(bytes, at);
			this.keyStart = at + varintBytes(this.keyLength);
			at = this.keyStart + this.keyLength;
			if ((head & HAS_COMPUTED) !== 0) at = this.#skipComputed(bytes, at);
			if ((head & HAS_BEFORE) !== 0) {
				const count = readVarint(bytes, at);
				this.beforeStart = at + varintBytes(count);
				this.beforeEnd = this.beforeStart + count;
				at = this.beforeEnd;
			}
		}
		if (at > end) throw new CorruptionError('corruption', 'a change of a table runs past its end', { sqlstate: 'XX001' });
		this.restStart = at;
	}

	#skipComputed(bytes: Uint8Array, start: number): number {
		this.computedCount = readVarint(bytes, start);
		let at = start + varintBytes(this.computedCount);
		this.computedStart = at;
		for (let index = 0; index < this.computedCount; index++) {
			at += varintBytes(readVarint(bytes, at));
			const flags = bytes[at++]!;
			if ((flags & OLD_PRESENT) !== 0) at = skipBlob(bytes, at);
			if ((flags & NEW_PRESENT) !== 0) at = skipBlob(bytes, at);
		}
		return at;
	}
}

/** The place after a counted run of bytes. */
export function skipBlob(bytes: Uint8Array, at: number): number {
	const count = readVarint(bytes, at);
	return at + varintBytes(count) + count;
}
