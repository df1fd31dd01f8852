/**
 * Changes of raw keyspaces. A logged change is: byte 1 (put) or 2 (delete), varint keyspace id, varint byte count of the key,
 * the key, and for a put the value up to the end of the change. The entry is the change: key → value. Byte 3 removes a range: the
 * key is its lower bound, and what follows to the end is its upper one, exclusive, or nothing where it has none.
 */
import { ByteWriter } from '../../bytes/byte-writer.ts';
import { readVarint, varintBytes } from '../../bytes/varint.ts';
import { CorruptionError, sqlError } from '../../platform/errors.ts';
import { checkKeyLength, KEY_BYTES_MAX } from '../../storage/key-limit.ts';
import type { KeyRange } from '../../storage/key-ranges.ts';
import type { ChangeWriter } from '../../transaction/change-payload.ts';
import type { Applier, CatalogVersion, EntrySink, RunSink } from '../../transaction/contracts.ts';
import { KEYVALUE_MODEL } from '../../transaction/models.ts';

const PUT = 1;
const DELETE = 2;
const DELETE_RANGE = 3;

/** Builds changes in a buffer that is used again and again. */
export class KeyValueChange {
	readonly #writer = new ByteWriter(1024);

	get bytes(): Uint8Array {
		return this.#writer.bytes;
	}

	get length(): number {
		return this.#writer.length;
	}

	/** The change that sets a key, or removes it where `value` is null. */
	set(keyspaceId: number, key: Uint8Array, value: Uint8Array | null): void {
		checkKey(key);
		this.#writer.reset();
		writeChange(this.#writer, keyspaceId, key, value);
	}

	/** The change that removes every key of a range. */
	setRange(keyspaceId: number, { lower, upper }: KeyRange): void {
		const writer = this.#writer;
		writer.reset();
		writer.uint8(DELETE_RANGE);
		writer.varint(keyspaceId);
		writer.varint(lower.length);
		writer.raw(lower);
		if (upper !== null) writer.raw(upper);
	}
}

/** Adds a change straight to a commit's payload. */
export function addChange(payload: ChangeWriter, keyspaceId: number, key: Uint8Array, value: Uint8Array | null): void {
	checkKey(key);
	const headBytes = 1 + varintBytes(keyspaceId) + varintBytes(key.length);
	writeChange(payload.begin(KEYVALUE_MODEL, headBytes + key.length + (value?.length ?? 0)), keyspaceId, key, value);
}

/** Refuses what no store would take: what is logged must be applied. */
function checkKey(key: Uint8Array): void {
	if (key.length === 0) throw sqlError('22023', 'a key has at least one byte');
	checkKeyLength(key.length);
}

function writeChange(writer: ByteWriter, keyspaceId: number, key: Uint8Array, value: Uint8Array | null): void {
	writer.uint8(value === null ? DELETE : PUT);
	writer.varint(keyspaceId);
	writer.varint(key.length);
	writer.raw(key);
	if (value !== null) writer.raw(value);
}

/** Entries handed on at once, of three numbers each. */
const RUN_ENTRIES = 1024;

export class KeyValueApplier implements Applier {
	readonly model = KEYVALUE_MODEL;
	readonly validatesWrites = true;
	readonly #run = new Int32Array(RUN_ENTRIES * 3);

	apply(bytes: Uint8Array, start: number, end: number, _catalog: CatalogVersion, sink: EntrySink): void {
		const kind = bytes[start]!;
		const keyspaceId = readVarint(bytes, start + 1);
		const lengthAt = start + 1 + varintBytes(keyspaceId);
		const keyLength = readVarint(bytes, lengthAt);
		const keyStart = lengthAt + varintBytes(keyLength);
		const keyEnd = keyStart + keyLength;
		if (keyEnd > end) throw badChange(kind, keyLength);
		if (kind === PUT) sink.put(keyspaceId, bytes, keyStart, keyLength, bytes, keyEnd, end - keyEnd);
		else if (kind === DELETE) sink.put(keyspaceId, bytes, keyStart, keyLength, null, 0, 0);
		else if (kind === DELETE_RANGE) sink.removeRange(keyspaceId, rangeAt(bytes, keyStart, keyEnd, end));
		else throw badChange(kind, keyLength);
	}

	applyRun(bytes: Uint8Array, start: number, end: number, sink: RunSink): number {
		const run = this.#run;
		let count = 0;
		let keyspaceId = 0;
		let at = start;
		while (at < end && bytes[at] === KEYVALUE_MODEL) {
			// Numbers of one byte are read here: at the start of a process each call takes as long as all the rest of an entry.
			let length = bytes[at + 1]!;
			let kindAt = at + 2;
			if (length >= 0x80) {
				length = readVarint(bytes, at + 1);
				kindAt = at + 1 + varintBytes(length);
			}
			const kind = bytes[kindAt]!;
			let id = bytes[kindAt + 1]!;
			let keyStart = kindAt + 2;
			if (id >= 0x80) {
				id = readVarint(bytes, kindAt + 1);
				keyStart = kindAt + 1 + varintBytes(id);
			}
			let keyLength = bytes[keyStart++]!;
			if (keyLength >= 0x80) {
				keyLength = readVarint(bytes, keyStart - 1);
				keyStart += varintBytes(keyLength) - 1;
			}
			const keyEnd = keyStart + keyLength;
			at = kindAt + length;
			if (at > end || keyEnd > at || keyLength > KEY_BYTES_MAX || kind < PUT || kind > DELETE_RANGE) throw badChange(kind, keyLength);
			if (kind === DELETE_RANGE) {
				// It has a commit of its own.
				sink.removeRange(id, rangeAt(bytes, keyStart, keyEnd, at));
				continue;
			}
			if (id !== keyspaceId || count === RUN_ENTRIES) {
				if (count > 0) sink.putRun(keyspaceId, bytes, run, count);
				keyspaceId = id;
				count = 0;
			}
			run[3 * count] = keyStart;
			run[3 * count + 1] = keyLength;
			run[3 * count + 2] = kind === PUT ? at - keyEnd : -1;
			count++;
		}
		if (count > 0) sink.putRun(keyspaceId, bytes, run, count);
		return at;
	}
}

function rangeAt(bytes: Uint8Array, start: number, lowerEnd: number, end: number): KeyRange {
	return { lower: bytes.subarray(start, lowerEnd), upper: lowerEnd === end ? null : bytes.subarray(lowerEnd, end) };
}

function badChange(kind: number, keyLength: number): CorruptionError {
	const isKnown = kind >= PUT && kind <= DELETE_RANGE;
	const what = isKnown ? `a key of ${keyLength} bytes runs past the end of its change` : `a change of a raw keyspace has the unknown kind ${kind}`;
	return new CorruptionError('corruption', what, { sqlstate: 'XX001' });
}
