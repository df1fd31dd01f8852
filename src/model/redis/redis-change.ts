/**
 * Changes of Redis databases, as the log holds them (`docs/formats/redis.md`): a varint keyspace id, then operations to the end.
 * `blob` is a varint count and its bytes; `milliseconds` and scores have eight bytes, as in entries.
 *
 *     1 set key        flags, blob key, [milliseconds], [varint id], blob header
 *     2 remove key     flags, blob key, [milliseconds], [varint id]
 *     3 set element    varint id, blob element, blob value
 *     4 remove element varint id, blob element
 *     5 set member     flags, varint id, blob member, [old score], score
 *     6 remove member  varint id, blob member, score
 *     7 swept          varint id
 *     8 sweep          varint id
 *
 * Sweeping removes all elements of a collection as a range, in a commit of its own.
 *
 * Flag 1 brings the milliseconds at which the key was to expire, or the member's old score; flag 2 the collection that the
 * key no longer leads to. They let the applier keep the other entries right without reading anything.
 */
import { readVarint, VARINT_BYTES_MAX, varintBytes, writeVarint } from '../../bytes/varint.ts';
import { CorruptionError, LimitError } from '../../platform/errors.ts';
import type { Applier, CatalogVersion, EntrySink } from '../../transaction/contracts.ts';
import { REDIS_MODEL } from '../../transaction/models.ts';
import {
	afterPrefix,
	copyBytes,
	EntryKey,
	EXPIRES,
	HEADER_BYTES_MAX,
	type Header,
	readScore,
	readUint64,
	STRING,
	writeHead,
	writeScore,
	writeUint64,
} from './redis-layout.ts';

const SET_KEY = 1;
const REMOVE_KEY = 2;
const SET_ELEMENT = 3;
const REMOVE_ELEMENT = 4;
const SET_MEMBER = 5;
const REMOVE_MEMBER = 6;
const SWEPT = 7;
const SWEEP = 8;

/** The key was to expire; the member had a score. */
const HAS_OLD = 1;
const HAS_GARBAGE = 2;

const NO_BYTES = new Uint8Array(0);

/** Entries add to it what they need: a tag, an id, a score or an expiry. */
const KEY_BYTES_MAX = 65_500;

/** A buffer that grows to large values is given back afterwards. */
const KEPT_BYTES_MAX = 1 << 20;

/** Builds changes in a buffer that is used again and again. */
export class RedisChange {
	bytes: Uint8Array;
	length: number;
	/** Operations so far. */
	count: number;

	constructor() {
		this.bytes = Buffer.allocUnsafeSlow(4096);
		this.length = 0;
		this.count = 0;
	}

	begin(keyspaceId: number): void {
		if (this.bytes.length > KEPT_BYTES_MAX) this.bytes = Buffer.allocUnsafeSlow(4096);
		this.length = writeVarint(this.bytes, 0, keyspaceId);
		this.count = 0;
	}

	/** A string at a key, whatever was there before (`old`). */
	setString(key: Uint8Array, start: number, end: number, old: Header, expiryMs: number, value: Uint8Array, valueStart: number, valueEnd: number): void {
		checkLength(start, end);
		let at = this.#room(end - start + valueEnd - valueStart);
		const bytes = this.bytes;
		at = this.#key(SET_KEY, key, start, end, old, old.storedId, at);
		at = writeVarint(bytes, at, (expiryMs < 0 ? 1 : 9) + valueEnd - valueStart);
		at = writeHead(bytes, at, STRING, expiryMs);
		this.length = copyBytes(bytes, at, value, valueStart, valueEnd);
	}

	/** The header of a collection, in which `header` also says what was there before. */
	setCollection(key: Uint8Array, start: number, end: number, header: Header): void {
		checkLength(start, end);
		let at = this.#room(end - start);
		const bytes = this.bytes;
		at = this.#key(SET_KEY, key, start, end, header, header.storedId === header.id ? 0 : header.storedId, at);
		const headerEnd = header.encodeCollection(bytes, at + 1);
		bytes[at] = headerEnd - at - 1;
		this.length = headerEnd;
	}

	/** `keepElements`: another key leads to the collection now. */
	removeKey(key: Uint8Array, start: number, end: number, old: Header, keepElements: boolean): void {
		const at = this.#room(end - start);
		this.length = this.#key(REMOVE_KEY, key, start, end, old, keepElements ? 0 : old.storedId, at);
	}

	setElement(id: number, element: Uint8Array, start: number, end: number, value: Uint8Array, valueStart: number, valueEnd: number): void {
		const at = this.#element(SET_ELEMENT, id, element, start, end, valueEnd - valueStart);
		this.length = copyBytes(this.bytes, writeVarint(this.bytes, at, valueEnd - valueStart), value, valueStart, valueEnd);
	}

	removeElement(id: number, element: Uint8Array, start: number, end: number): void {
		this.length = this.#element(REMOVE_ELEMENT, id, element, start, end, 0);
	}

	/** `oldScore` NaN: the member is new. */
	setMember(id: number, member: Uint8Array, start: number, end: number, oldScore: number, score: number): void {
		checkLength(start, end);
		let at = this.#room(end - start);
		const bytes = this.bytes;
		const isNew = Number.isNaN(oldScore);
		bytes[at++] = SET_MEMBER;
		bytes[at++] = isNew ? 0 : HAS_OLD;
		at = writeBlob(bytes, writeVarint(bytes, at, id), member, start, end);
		if (!isNew) at = writeScore(bytes, at, oldScore);
		this.length = writeScore(bytes, at, score);
	}

	removeMember(id: number, member: Uint8Array, start: number, end: number, score: number): void {
		const at = this.#element(REMOVE_MEMBER, id, member, start, end, 8);
		this.length = writeScore(this.bytes, at, score);
	}

	/** Nothing is left of a collection whose key has gone. */
	swept(id: number): void {
		const at = this.#room(0);
		this.bytes[at] = SWEPT;
		this.length = writeVarint(this.bytes, at + 1, id);
	}

	/** All elements of a collection whose key has gone: the only operation of its change. */
	sweep(id: number): void {
		const at = this.#room(0);
		this.bytes[at] = SWEEP;
		this.length = writeVarint(this.bytes, at + 1, id);
	}

	#key(operation: number, key: Uint8Array, start: number, end: number, old: Header, garbageId: number, from: number): number {
		const bytes = this.bytes;
		let at = from;
		bytes[at++] = operation;
		bytes[at++] = (old.storedExpiryMs < 0 ? 0 : HAS_OLD) | (garbageId === 0 ? 0 : HAS_GARBAGE);
		at = writeBlob(bytes, at, key, start, end);
		if (old.storedExpiryMs >= 0) at = writeUint64(bytes, at, old.storedExpiryMs);
		return garbageId === 0 ? at : writeVarint(bytes, at, garbageId);
	}

	#element(operation: number, id: number, element: Uint8Array, start: number, end: number, more: number): number {
		checkLength(start, end);
		const at = this.#room(end - start + more);
		this.bytes[at] = operation;
		return writeBlob(this.bytes, writeVarint(this.bytes, at + 1, id), element, start, end);
	}

	/** Room for one more operation with `count` bytes in its parts; returns where it goes. */
	#room(count: number): number {
		this.count++;
		const needed = this.length + count + HEADER_BYTES_MAX + 4 * VARINT_BYTES_MAX + 32;
		if (needed > this.bytes.length) {
			const larger = Buffer.allocUnsafeSlow(needed * 2);
			larger.set(this.bytes.subarray(0, this.length));
			this.bytes = larger;
		}
		return this.length;
	}
}

/** Before anything is logged: the store would refuse it when it is applied. */
function checkLength(start: number, end: number): void {
	const bytes = end - start;
	if (bytes > KEY_BYTES_MAX) {
		throw new LimitError('key-too-long', `a key of ${bytes} bytes is longer than the limit of ${KEY_BYTES_MAX}`, { sqlstate: '54000' });
	}
}

function writeBlob(into: Uint8Array, at: number, bytes: Uint8Array, start: number, end: number): number {
	return copyBytes(into, writeVarint(into, at, end - start), bytes, start, end);
}

/** Turns the changes into entries; see `redis-layout.ts`. */
export class RedisApplier implements Applier {
	readonly model = REDIS_MODEL;
	readonly validatesWrites = true;
	readonly #entry: EntryKey;
	#bytes: Uint8Array;
	#at: number;
	#end: number;
	#keyspaceId: number;
	/** Bounds of the blob read last. */
	#start: number;
	#stop: number;

	constructor() {
		this.#entry = new EntryKey();
		this.#bytes = NO_BYTES;
		this.#at = 0;
		this.#end = 0;
		this.#keyspaceId = 0;
		this.#start = 0;
		this.#stop = 0;
	}

	apply(bytes: Uint8Array, start: number, end: number, _catalog: CatalogVersion, sink: EntrySink): void {
		this.#bytes = bytes;
		this.#at = start;
		this.#end = end;
		this.#keyspaceId = this.#varint();
		while (this.#at < end) this.#operation(bytes[this.#at++]!, sink);
	}

	#operation(operation: number, sink: EntrySink): void {
		switch (operation) {
			case SET_KEY:
			case REMOVE_KEY:
				this.#applyKey(operation === SET_KEY, sink);
				return;
			case SET_ELEMENT:
			case REMOVE_ELEMENT:
				this.#applyElement(operation === SET_ELEMENT, sink);
				return;
			case SET_MEMBER:
				this.#applyMember(sink);
				return;
			case REMOVE_MEMBER:
				this.#removeMember(sink);
				return;
			case SWEPT:
				this.#remove(this.#entry.garbage(this.#varint()), sink);
				return;
			case SWEEP:
				this.#sweep(this.#varint(), sink);
				return;
			default:
				throw new CorruptionError('corruption', `a change of a Redis database has the unknown operation ${operation}`, { sqlstate: 'XX001' });
		}
	}

	#applyKey(isSet: boolean, sink: EntrySink): void {
		const bytes = this.#bytes;
		const entry = this.#entry;
		const flags = bytes[this.#at++]!;
		this.#blob();
		const keyStart = this.#start;
		const keyEnd = this.#stop;
		let oldExpiryMs = -1;
		if ((flags & HAS_OLD) !== 0) {
			oldExpiryMs = readUint64(bytes, this.#at);
			this.#at += 8;
		}
		if ((flags & HAS_GARBAGE) !== 0) {
			entry.garbage(this.#varint());
			sink.put(this.#keyspaceId, entry.bytes, 0, entry.length, NO_BYTES, 0, 0);
		}
		let expiryMs = -1;
		if (isSet) {
			this.#blob();
			if ((bytes[this.#start]! & EXPIRES) !== 0) expiryMs = readUint64(bytes, this.#start + 1);
			entry.key(bytes, keyStart, keyEnd);
			sink.put(this.#keyspaceId, entry.bytes, 0, entry.length, bytes, this.#start, this.#stop - this.#start);
		} else {
			this.#remove(entry.key(bytes, keyStart, keyEnd), sink);
		}
		if (oldExpiryMs === expiryMs) return;
		if (oldExpiryMs >= 0) this.#remove(entry.expiry(oldExpiryMs, bytes, keyStart, keyEnd), sink);
		if (expiryMs < 0) return;
		entry.expiry(expiryMs, bytes, keyStart, keyEnd);
		sink.put(this.#keyspaceId, entry.bytes, 0, entry.length, NO_BYTES, 0, 0);
	}

	#applyElement(isSet: boolean, sink: EntrySink): void {
		const id = this.#varint();
		this.#blob();
		const entry = this.#entry.element(id, this.#bytes, this.#start, this.#stop);
		if (!isSet) {
			this.#remove(entry, sink);
			return;
		}
		this.#blob();
		sink.put(this.#keyspaceId, entry.bytes, 0, entry.length, this.#bytes, this.#start, this.#stop - this.#start);
	}

	#applyMember(sink: EntrySink): void {
		const bytes = this.#bytes;
		const entry = this.#entry;
		const hasOld = (bytes[this.#at++]! & HAS_OLD) !== 0;
		const id = this.#varint();
		this.#blob();
		const { start, end } = { start: this.#start, end: this.#stop };
		if (hasOld) {
			this.#remove(entry.scored(id, readScore(bytes, this.#at), bytes, start, end), sink);
			this.#at += 8;
		}
		const scoreAt = this.#at;
		this.#at += 8;
		entry.member(id, bytes, start, end);
		sink.put(this.#keyspaceId, entry.bytes, 0, entry.length, bytes, scoreAt, 8);
		entry.scored(id, readScore(bytes, scoreAt), bytes, start, end);
		sink.put(this.#keyspaceId, entry.bytes, 0, entry.length, NO_BYTES, 0, 0);
	}

	#removeMember(sink: EntrySink): void {
		const bytes = this.#bytes;
		const id = this.#varint();
		this.#blob();
		const score = readScore(bytes, this.#at);
		this.#at += 8;
		this.#remove(this.#entry.member(id, bytes, this.#start, this.#stop), sink);
		this.#remove(this.#entry.scored(id, score, bytes, this.#start, this.#stop), sink);
	}

	#sweep(id: number, sink: EntrySink): void {
		const lower = this.#entry.collection(id).copy();
		sink.removeRange(this.#keyspaceId, { lower, upper: afterPrefix(lower) });
	}

	#remove(entry: EntryKey, sink: EntrySink): void {
		sink.put(this.#keyspaceId, entry.bytes, 0, entry.length, null, 0, 0);
	}

	#varint(): number {
		const value = readVarint(this.#bytes, this.#at);
		this.#at += varintBytes(value);
		return value;
	}

	#blob(): void {
		const length = this.#varint();
		this.#start = this.#at;
		this.#stop = this.#at + length;
		if (this.#stop > this.#end)
			throw new CorruptionError('corruption', `a part of ${length} bytes runs past the end of a change of a Redis database`, { sqlstate: 'XX001' });
		this.#at = this.#stop;
	}
}
