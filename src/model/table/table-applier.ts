/**
 * Changes of tables → entries of the table's keyspace and of its indexes. Pure: it reads the change and the table's definition
 * as of the change, nothing else.
 */

import { equalBytes } from '../../bytes/compare-bytes.ts';
import { readVarint, varintBytes } from '../../bytes/varint.ts';
import { CorruptionError } from '../../platform/errors.ts';
import type { Applier, CatalogVersion, EntrySink } from '../../transaction/contracts.ts';
import { TABLE_MODEL } from '../../transaction/models.ts';
import { appendBytes, GrowingKeyBuffer } from '../../value/key-buffer.ts';
import { DELETE, ENTRIES, ENTRY_HAS_NULL, INSERT, NEW_HAS_NULL, NEW_PRESENT, OLD_HAS_NULL, OLD_PRESENT, skipBlob, TableChangeReader } from './table-change.ts';
import { type IndexCodec, type TableCodec, tableCodec } from './table-codec.ts';

export class TableApplier implements Applier {
	readonly model = TABLE_MODEL;
	readonly #reader = new TableChangeReader();
	readonly #newKey = new GrowingKeyBuffer(256);
	readonly #oldKey = new GrowingKeyBuffer(256);

	apply(bytes: Uint8Array, start: number, end: number, catalog: CatalogVersion, sink: EntrySink): void {
		const reader = this.#reader;
		reader.read(bytes, start, end);
		const table = catalog.get(reader.tableId);
		if (table === undefined || table.kind !== 'table') {
			throw new CorruptionError('corruption', `a change is of table ${reader.tableId}, which its catalog does not have`, { sqlstate: 'XX001' });
		}
		const codec = tableCodec(catalog, table);
		if (reader.kind === ENTRIES) {
			this.#applyEntries(codec, bytes, end, sink);
			return;
		}
		const { keyStart, keyLength, restStart } = reader;
		if (reader.kind === DELETE) sink.put(table.keyspaceId, bytes, keyStart, keyLength, null, 0, 0);
		else sink.put(table.keyspaceId, bytes, keyStart, keyLength, bytes, restStart, end - restStart);
		const secondary = codec.secondary;
		for (let index = 0; index < secondary.length; index++) {
			const indexCodec = secondary[index]!;
			if (!indexCodec.isComputed) this.#applyIndex(indexCodec, bytes, end, sink);
		}
		if (reader.computedCount > 0) this.#applyComputed(codec, bytes, end, sink);
	}

	#applyIndex(codec: IndexCodec, bytes: Uint8Array, end: number, sink: EntrySink): void {
		const { kind, beforeStart, beforeEnd, restStart, keyStart, keyLength } = this.#reader;
		const oldKey = this.#oldKey;
		const newKey = this.#newKey;
		const keyspaceId = codec.index.keyspaceId;
		let hasOld = false;
		if (kind !== INSERT) {
			if (beforeStart < 0) return;
			hasOld = true;
			oldKey.length = 0;
			const hasNull = codec.writeFromBytes(bytes, beforeStart, beforeEnd, oldKey);
			if (codec.carriesRowKey(hasNull)) appendBytes(oldKey, bytes, keyStart, keyStart + keyLength);
			if (kind === DELETE) {
				sink.put(keyspaceId, oldKey.bytes, 0, oldKey.length, null, 0, 0);
				return;
			}
		}
		newKey.length = 0;
		const hasNull = codec.writeFromBytes(bytes, restStart, end, newKey);
		const carries = codec.carriesRowKey(hasNull);
		if (carries) appendBytes(newKey, bytes, keyStart, keyStart + keyLength);
		if (hasOld) {
			const isSame = equalBytes(oldKey.bytes, 0, oldKey.length, newKey.bytes, 0, newKey.length);
			if (isSame && codec.encodeInclude === null) return;
			if (!isSame) sink.put(keyspaceId, oldKey.bytes, 0, oldKey.length, null, 0, 0);
		}
		const value = codec.value(carries, bytes, keyStart, keyLength, bytes, restStart, end);
		sink.put(keyspaceId, newKey.bytes, 0, newKey.length, value.bytes, 0, value.length);
	}

	#applyComputed(table: TableCodec, bytes: Uint8Array, end: number, sink: EntrySink): void {
		const { computedCount, computedStart, restStart, keyStart, keyLength } = this.#reader;
		const key = this.#newKey;
		let at = computedStart;
		for (let index = 0; index < computedCount; index++) {
			const id = readVarint(bytes, at);
			at += varintBytes(id);
			const flags = bytes[at++]!;
			const codec = table.index(id);
			const keyspaceId = codec.index.keyspaceId;
			if ((flags & OLD_PRESENT) !== 0) {
				at = this.#computedKey(bytes, at, codec.carriesRowKey((flags & OLD_HAS_NULL) !== 0));
				sink.put(keyspaceId, key.bytes, 0, key.length, null, 0, 0);
			}
			if ((flags & NEW_PRESENT) !== 0) {
				const carries = codec.carriesRowKey((flags & NEW_HAS_NULL) !== 0);
				at = this.#computedKey(bytes, at, carries);
				const value = codec.value(carries, bytes, keyStart, keyLength, bytes, restStart, end);
				sink.put(keyspaceId, key.bytes, 0, key.length, value.bytes, 0, value.length);
			}
		}
	}

	/** Puts a computed entry's key together in `#newKey`; returns the place after it. */
	#computedKey(bytes: Uint8Array, at: number, carriesRowKey: boolean): number {
		const { keyStart, keyLength } = this.#reader;
		const end = skipBlob(bytes, at);
		const start = at + varintBytes(readVarint(bytes, at));
		this.#newKey.length = 0;
		appendBytes(this.#newKey, bytes, start, end);
		if (carriesRowKey) appendBytes(this.#newKey, bytes, keyStart, keyStart + keyLength);
		return end;
	}

	#applyEntries(table: TableCodec, bytes: Uint8Array, end: number, sink: EntrySink): void {
		const key = this.#newKey;
		let at = this.#reader.restStart;
		const id = readVarint(bytes, at);
		at += varintBytes(id);
		const codec = table.index(id);
		while (at < end) {
			const hasNull = (bytes[at++]! & ENTRY_HAS_NULL) !== 0;
			const carries = codec.carriesRowKey(hasNull);
			const columnsEnd = skipBlob(bytes, at);
			key.length = 0;
			appendBytes(key, bytes, at + varintBytes(readVarint(bytes, at)), columnsEnd);
			const rowKeyEnd = skipBlob(bytes, columnsEnd);
			const rowKeyStart = columnsEnd + varintBytes(readVarint(bytes, columnsEnd));
			if (carries) appendBytes(key, bytes, rowKeyStart, rowKeyEnd);
			at = skipBlob(bytes, rowKeyEnd);
			const rowStart = rowKeyEnd + varintBytes(readVarint(bytes, rowKeyEnd));
			const value = codec.value(carries, bytes, rowKeyStart, rowKeyEnd - rowKeyStart, bytes, rowStart, at);
			sink.put(codec.index.keyspaceId, key.bytes, 0, key.length, value.bytes, 0, value.length);
		}
	}
}
