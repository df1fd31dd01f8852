/**
 * Changes of raw keyspaces. A logged change is: byte 1 (put) or 2 (delete), varint keyspace id, varint byte count of the key,
 * the key, and for a put the value up to the end of the change. The entry is the change: key → value.
 */
import { ByteWriter } from '../../bytes/byte-writer.ts';
import { readVarint, varintBytes } from '../../bytes/varint.ts';
import { CorruptionError, sqlError } from '../../platform/errors.ts';
import { checkKeyLength } from '../../storage/key-limit.ts';
import type { ChangeWriter } from '../../transaction/change-payload.ts';
import type { Applier, CatalogVersion, EntrySink } from '../../transaction/contracts.ts';
import { KEYVALUE_MODEL } from '../../transaction/models.ts';

const PUT = 1;
const DELETE = 2;

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

export class KeyValueApplier implements Applier {
	readonly model = KEYVALUE_MODEL;
	readonly validatesWrites = true;

	apply(bytes: Uint8Array, start: number, end: number, _catalog: CatalogVersion, sink: EntrySink): void {
		const kind = bytes[start]!;
		const keyspaceId = readVarint(bytes, start + 1);
		const lengthAt = start + 1 + varintBytes(keyspaceId);
		const keyLength = readVarint(bytes, lengthAt);
		const keyStart = lengthAt + varintBytes(keyLength);
		const keyEnd = keyStart + keyLength;
		if (keyEnd > end) throw new CorruptionError('corruption', `a key of ${keyLength} bytes runs past the end of its change`, { sqlstate: 'XX001' });
		if (kind === PUT) sink.put(keyspaceId, bytes, keyStart, keyLength, bytes, keyEnd, end - keyEnd);
		else if (kind === DELETE) sink.put(keyspaceId, bytes, keyStart, keyLength, null, 0, 0);
		else throw new CorruptionError('corruption', `a change of a raw keyspace has the unknown kind ${kind}`, { sqlstate: 'XX001' });
	}
}
