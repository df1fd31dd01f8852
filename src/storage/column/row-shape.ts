/**
 * How the rows of a keyspace lie in bytes, as far as taking them apart into columns needs it: the slots and variable parts of
 * `docs/formats/row.md`, without types. It is made from the catalog by a floor above, written into every column file, and read back
 * from there, so that a file explains itself.
 *
 * A keyspace without a shape has one column: the value as it is.
 */
import type { ByteReader } from '../../bytes/byte-reader.ts';
import type { ByteWriter } from '../../bytes/byte-writer.ts';

/** 'integer': a little-endian signed number of 1, 2, 4 or 8 bytes. 'slot': other bytes of a fixed width. 'bytes': any number of them. */
export type ShapeKind = 'integer' | 'slot' | 'bytes';

export interface ShapeColumn {
	/** Attribute number of the table's column. */
	readonly attribute: number;
	readonly kind: ShapeKind;
	/** Bytes of the slot; 0 for 'bytes'. */
	readonly width: number;
	/** Schema version in which the column came. */
	readonly addedIn: number;
	/** What rows of older versions show, as in a row; null: NULL. */
	readonly missing: Uint8Array | null;
}

export interface RowShape {
	/** Schema version of the rows that are put together again. */
	readonly version: number;
	/** Entries of an index: a varint stands before the row, which says how much of the entry's key is the row's. */
	readonly isEntry: boolean;
	readonly columns: readonly ShapeColumn[];
}

const KINDS: readonly ShapeKind[] = ['integer', 'slot', 'bytes'];

export function encodeShape(shape: RowShape | null, target: ByteWriter): void {
	target.uint8(shape === null ? 0 : shape.isEntry ? 2 : 1);
	if (shape === null) return;
	target.varint(shape.version);
	target.varint(shape.columns.length);
	for (const column of shape.columns) {
		target.varint(column.attribute);
		target.uint8(KINDS.indexOf(column.kind));
		target.varint(column.width);
		target.varint(column.addedIn);
		target.uint8(column.missing === null ? 0 : 1);
		if (column.missing !== null) target.blob(column.missing);
	}
}

export function decodeShape(reader: ByteReader): RowShape | null {
	const form = reader.uint8();
	if (form === 0) return null;
	if (form > 2) throw new RangeError(`a shape of form ${form} is not known`);
	const version = reader.varint();
	const columns: ShapeColumn[] = [];
	for (let left = reader.varint(); left > 0; left--) {
		const attribute = reader.varint();
		const kind = KINDS[reader.uint8()];
		if (kind === undefined) throw new RangeError('a column of a shape has a kind that is not known');
		const width = reader.varint();
		const addedIn = reader.varint();
		const missing = reader.uint8() === 0 ? null : new Uint8Array(reader.blob());
		columns.push({ attribute, kind, width, addedIn, missing });
	}
	return { version, isEntry: form === 2, columns };
}
