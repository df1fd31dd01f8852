/**
 * Changes of raw keyspaces. A logged change is: byte 1 (put) or 2 (delete), varint keyspace id, varint byte count of the key,
 * the key, and for a put the value up to the end of the change. The entry is the change: key → value.
 */
import { readVarint, varintBytes, writeVarint } from '../../bytes/varint.ts';
import { CorruptionError, sqlError } from '../../platform/errors.ts';
import { checkKeyLength } from '../../storage/key-limit.ts';
import type { Applier, CatalogVersion, EntrySink } from '../../transaction/contracts.ts';
import { KEYVALUE_MODEL } from '../../transaction/models.ts';

const PUT = 1;
const DELETE = 2;

/** Room for kind, keyspace id and key length. */
const HEAD_BYTES_MAX = 20;

/** Builds changes in a buffer that is used again and again. */
export class KeyValueChange {
	bytes: Uint8Array = Buffer.allocUnsafeSlow(1024);
	length = 0;

	put(keyspaceId: number, key: Uint8Array, value: Uint8Array): void {
		this.#head(PUT, keyspaceId, key, value.length);
		this.bytes.set(value, this.length);
		this.length += value.length;
	}

	delete(keyspaceId: number, key: Uint8Array): void {
		this.#head(DELETE, keyspaceId, key, 0);
	}

	/** Refuses what no store would take: what is logged must be applied. */
	#head(kind: number, keyspaceId: number, key: Uint8Array, valueLength: number): void {
		if (key.length === 0) throw sqlError('22023', 'a key has at least one byte');
		checkKeyLength(key.length);
		const needed = HEAD_BYTES_MAX + key.length + valueLength;
		if (needed > this.bytes.length) this.bytes = Buffer.allocUnsafeSlow(needed * 2);
		const bytes = this.bytes;
		bytes[0] = kind;
		const at = writeVarint(bytes, writeVarint(bytes, 1, keyspaceId), key.length);
		if (key.length < 32) for (let index = 0; index < key.length; index++) bytes[at + index] = key[index]!;
		else bytes.set(key, at);
		this.length = at + key.length;
	}
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
