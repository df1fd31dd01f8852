/**
 * Files of rows, whatever their format, as an import reads them: named columns with a type each, and batches of values by column.
 *
 * A value is in the representation that `value/type.ts` gives its column's type, null for NULL. Columns of JSON lines have type jsonb, those of
 * CSV type text: there the type of a table's column (`declared`) is a guess from the first rows.
 *
 * Calls: `batches` once, from any row on. A batch is valid until the next one is asked for. Memory is that of one batch, which a format's own unit (row group,
 * record batch, block) bounds; those are cut where the format allows it.
 */
import { JSONB, TEXT } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';

/** Formats of files of rows. */
export type TabularFormat = 'csv' | 'jsonl' | 'parquet' | 'arrow' | 'avro';

/** A file, or anything like one, read at any place. */
export interface FileBytes {
	readonly byteLength: number;
	/** Up to `count` bytes at `position`; fewer at the end. */
	read(position: number, count: number): Uint8Array;
}

export interface TabularColumn {
	readonly name: string;
	/** Of the values. */
	readonly type: Type;
	readonly typmod: number;
	/** What a table made for the file has, as SQL writes it. */
	readonly declared: string;
}

/** Takes the values of a column in their order. */
export interface ValueSink {
	/** `count` values of a list from place `from` on; null for NULL. */
	values(list: ArrayLike<unknown>, from: number, count: number): void;
	/** Entries of a dictionary by their numbers, `count` from place `from` of `numbers` on; none is null. */
	entries(dictionary: ArrayLike<unknown>, numbers: Int32Array, from: number, count: number): void;
}

export interface TabularBatch {
	/** Of the first row in the file, from 0. */
	readonly firstRow: number;
	readonly rowCount: number;
	/** A list of `rowCount` values for each column. */
	readonly columns: readonly ArrayLike<unknown>[];
	/** Instead of `columns`, where a format can: gives the next `count` values of a column to `sink`, as they lie in the file. Each value is given once. */
	transfer?(column: number, count: number, sink: ValueSink): void;
	/** Lines on which rows begin, from 1; null for formats without lines. */
	readonly lines: ArrayLike<number> | null;
	/** Rows of the batch that cannot be read → why. Their values are null. */
	readonly unreadable: ReadonlyMap<number, string> | null;
	/** A row as the file has it, for people; null where its values say it. */
	readonly original: ((row: number) => string) | null;
	/** Bytes of the file, or what stands for them, that are done with this batch. */
	readonly bytesDone: number;
	/** Where the row behind the batch begins, for formats that can go on from there; else 0. */
	readonly nextPosition: number;
	/** The line on which it begins; 0 as above. */
	readonly nextLine: number;
}

/** Where to begin: a row, and, for formats with lines, where it is. */
export interface StartPlace {
	readonly row: number;
	readonly position: number;
	readonly line: number;
}

export const FILE_START: StartPlace = { row: 0, position: 0, line: 1 };

export interface TabularSource {
	readonly columns: readonly TabularColumn[];
	/** What `bytesDone` comes to at the end. */
	readonly bytesTotal: number;
	batches(start: StartPlace): AsyncIterable<TabularBatch>;
}

/** A batch of a format without lines. */
export function plainBatch(firstRow: number, rowCount: number, columns: readonly ArrayLike<unknown>[], bytesDone: number): TabularBatch {
	return { firstRow, rowCount, columns, lines: null, unreadable: null, original: null, bytesDone, nextPosition: 0, nextLine: 0 };
}

/** True when values have no type of their own: what a column gets is a guess. */
export function isGuessed(format: TabularFormat): boolean {
	return format === 'csv' || format === 'jsonl';
}

export function textColumn(name: string, declared: string): TabularColumn {
	return { name, type: TEXT, typmod: -1, declared };
}

export function jsonColumn(name: string, declared = 'jsonb'): TabularColumn {
	return { name, type: JSONB, typmod: -1, declared };
}
