/**
 * Checks that a table's rows and its secondary indexes agree: every row has exactly the entry that it should, and there are no
 * other entries. Reads everything at one snapshot; for `polylog check` and for tests.
 */
import { equalBytes } from '../../bytes/compare-bytes.ts';
import type { Slot } from '../../storage/contracts.ts';
import type { IndexObject, TableObject } from '../../transaction/catalog-objects.ts';
import type { Transaction } from '../../transaction/contracts.ts';
import { appendBytes, GrowingKeyBuffer } from '../../value/key-buffer.ts';
import type { CodecTableAccess } from './table-access.ts';
import type { IndexCodec } from './table-codec.ts';
import type { Tables } from './table-model.ts';

const WRONG_MAX = 20;

/** What is wrong, in words; at most a few of each index. */
export function verifyTable(tables: Tables, transaction: Transaction, table: TableObject): string[] {
	const access = tables.access(transaction.catalog, table);
	const wrong: string[] = [];
	for (const id of table.indexIds) {
		const index = transaction.catalog.get(id);
		if (index?.kind === 'index' && !index.primary && index.ready) wrong.push(...verifyIndex(tables, transaction, access, index));
	}
	return wrong;
}

function verifyIndex(tables: Tables, transaction: Transaction, access: CodecTableAccess, index: IndexObject): string[] {
	const codec = access.codec.index(index.id);
	const entries = tables.keyspaces(index.keyspaceId);
	const wrong: string[] = [];
	const slot: Slot = { buffer: new Uint8Array(0), start: 0, end: 0 };
	const key = new GrowingKeyBuffer(256);
	const rows = transaction.cursor(access.rows, null, null, false);
	let expected = 0;
	while (rows.next() && wrong.length < WRONG_MAX) {
		const row = access.decode(rows.valueBuffer, rows.valueStart, rows.valueEnd);
		const check = (hasNull: boolean): void => {
			expected++;
			const carries = codec.carriesRowKey(hasNull);
			if (carries) appendBytes(key, rows.keyBuffer, rows.keyStart, rows.keyEnd);
			if (!transaction.get(entries, key.bytes, key.length, slot)) {
				wrong.push(`index ${index.name}: a row of ${access.table.name} has no entry`);
				return;
			}
			const value = codec.value(carries, rows.keyBuffer, rows.keyStart, rows.keyEnd - rows.keyStart, rows.valueBuffer, rows.valueStart, rows.valueEnd);
			if (!equalBytes(slot.buffer, slot.start, slot.end, value.bytes, 0, value.length))
				wrong.push(`index ${index.name}: an entry does not say what its row of ${access.table.name} says`);
		};
		if (codec.isElements) {
			for (const element of codec.elements(row)) {
				key.length = 0;
				codec.writeElement(element, key);
				check(false);
			}
			continue;
		}
		key.length = 0;
		const hasNull = entryKey(tables, transaction, access, codec, index, row, key);
		if (hasNull !== null) check(hasNull);
	}
	rows.close();
	const count = countEntries(transaction, entries);
	if (wrong.length === 0 && count !== expected) wrong.push(`index ${index.name}: ${count} entries for ${expected} rows of ${access.table.name}`);
	return wrong;
}

/** Writes the key of a row's entry; null when the row is not in the index, else whether a key column is null. */
function entryKey(
	tables: Tables,
	transaction: Transaction,
	access: CodecTableAccess,
	codec: IndexCodec,
	index: IndexObject,
	row: readonly unknown[],
	key: GrowingKeyBuffer,
): boolean | null {
	if (!codec.isComputed) return codec.writeFromRow(row, key);
	const values = tables.plan(transaction.catalog, access.table).program?.indexValues(index, row) ?? null;
	return values === null ? null : codec.writeValues(values, key);
}

function countEntries(transaction: Transaction, entries: Parameters<Transaction['cursor']>[0]): number {
	const cursor = transaction.cursor(entries, null, null, false);
	let count = 0;
	while (cursor.next()) count++;
	cursor.close();
	return count;
}
