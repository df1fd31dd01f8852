import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GrowingKeyBuffer } from '../../value/key-buffer.ts';
import { RowTemplate } from './row-template.ts';
import { type IndexCodec, type TableCodec, tableCodec } from './table-codec.ts';
import { TableTestDatabase } from './table-test-database.ts';

function edges(columns: readonly string[]): { codec: TableCodec; indexes: readonly IndexCodec[] } {
	const db = new TableTestDatabase();
	db.createTable('edge', { columns: [...columns], primaryKey: ['tail', 'type', 'head', 'id'] });
	db.createIndex('edge', { name: 'by_head', columns: ['head', 'type'] });
	const table = db.table('edge');
	const codec = tableCodec(db.base.manager.catalog, table);
	return { codec, indexes: codec.secondary };
}

const COLUMNS = ['tail int8 not null', 'type text not null', 'head int8 not null', 'id int8 not null', 'note bytea not null'];

test('a template gives the bytes that the codec makes of the values', () => {
	const { codec, indexes } = edges(COLUMNS);
	const id = fc.oneof(fc.nat(300), fc.integer(), fc.maxSafeInteger());
	const row = fc.tuple(id, id, id, fc.uint8Array({ maxLength: 200 }));
	fc.assert(
		fc.property(fc.constantFrom('KNOWS', 'Ä', ''), fc.array(row, { minLength: 1, maxLength: 5 }), (type, rows) => {
			const template = RowTemplate.of(codec, indexes, [0, type, 0, 0, new Uint8Array(0)])!;
			for (const [tail, head, edge, note] of rows) {
				const values = [tail, type, head, edge, note];
				const [key, entry, bytes] = [new GrowingKeyBuffer(), new GrowingKeyBuffer(), new GrowingKeyBuffer()];
				codec.writeKey(values, key);
				indexes[0]!.writeFromRow(values, entry);
				codec.writeKey(values, entry);
				codec.encodeRow(values, bytes);
				const integers = Float64Array.of(tail, 0, head, edge, 0);
				assert.ok(template.fillRow(integers, note, 0, note.length));
				template.key.fill(integers);
				template.entries[0]!.key.fill(integers);
				assert.deepEqual(Buffer.from(template.key.bytes), Buffer.from(key.copy()));
				assert.deepEqual(Buffer.from(template.entries[0]!.key.bytes), Buffer.from(entry.copy()));
				assert.deepEqual(Buffer.from(template.row.copy()), Buffer.from(bytes.copy()));
			}
		}),
		{ numRuns: 100 },
	);
});

test('a row of more than 65,535 bytes is not for a template, nor is a table whose last column has a fixed width', () => {
	const { codec, indexes } = edges(COLUMNS);
	const template = RowTemplate.of(codec, indexes, [0, 'T', 0, 0, new Uint8Array(0)])!;
	assert.equal(template.fillRow(new Float64Array(5), new Uint8Array(65_536), 0, 65_536), false);
	assert.equal(template.fillRow(new Float64Array(5), new Uint8Array(65_000), 0, 65_000), true);
	const other = edges([...COLUMNS, 'weight int4 not null']);
	assert.equal(RowTemplate.of(other.codec, other.indexes, [0, 'T', 0, 0, new Uint8Array(0), 1]), null);
});
