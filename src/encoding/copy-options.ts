/**
 * What the three formats of COPY have in common: options, the parser of one field, and the place of an error.
 *
 * Source: PostgreSQL 15, reference page of COPY, "File Formats".
 */
import { PolylogError, sqlError } from '../platform/errors.ts';

export interface CopyTextOptions {
	readonly format: 'text' | 'csv';
	/** One character of one byte. Text: tab; CSV: comma. */
	readonly delimiter: string;
	/** Text: \N; CSV: empty. */
	readonly nullText: string;
	/** CSV, and text since PostgreSQL 15: the first line names the columns; 'match': they must be those of the table. */
	readonly header: boolean | 'match';
	/** CSV only: one character of one byte each. */
	readonly quote: string;
	readonly escape: string;
	/** CSV, writing: positions of the columns whose values are quoted always. */
	readonly forceQuote: readonly number[];
	/** CSV, reading: columns whose values are never compared with `nullText`; and columns compared even when quoted. */
	readonly forceNotNull: readonly number[];
	readonly forceNull: readonly number[];
}

export const textDefaults: CopyTextOptions = {
	format: 'text',
	delimiter: '\t',
	nullText: '\\N',
	header: false,
	quote: '"',
	escape: '"',
	forceQuote: [],
	forceNotNull: [],
	forceNull: [],
};

export const csvDefaults: CopyTextOptions = { ...textDefaults, format: 'csv', delimiter: ',', nullText: '' };

/** What is copied, for messages. */
export interface CopyTarget {
	readonly table: string;
	readonly columns: readonly string[];
}

/** One field's bytes, already without quotes and escapes, at `bytes[start, end)` → its value. The bytes must not be kept. */
export type FieldParser = (bytes: Buffer, start: number, end: number) => unknown;

/** Takes one row; the array is the decoder's own and changes with the next row. */
export type RowTaker = (row: readonly unknown[]) => void;

/** Reads rows from a copy's bytes, which come in any pieces. */
export interface CopyDecoder {
	/** Takes a piece; calls the row taker for every row that is complete. The piece is not kept. */
	push(piece: Uint8Array): void;
	/** The end of the data: takes the last row, throws if something is missing. */
	finish(): void;
	/** Rows taken. */
	readonly rowCount: number;
}

/** An error of COPY's data itself. */
export function badCopyData(message: string, hint?: string): PolylogError {
	return sqlError('22P04', message, hint === undefined ? {} : { hint });
}

const SHOWN_CHARACTERS_MAX = 100;

/** The same error, saying where in the data it happened, as PostgreSQL's CONTEXT does. */
export function atCopyPosition(error: unknown, target: CopyTarget, line: number, column: number, text: string | null): unknown {
	if (!(error instanceof PolylogError) || error.where !== undefined) return error;
	const shown = text !== null && text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}...` : text;
	const name = column < 0 ? undefined : target.columns[column];
	const place = name === undefined ? '' : `, column ${name}`;
	const where = `COPY ${target.table}, line ${line}${place}${shown === null ? '' : `: "${shown}"`}`;
	const { message, hint, detail, sqlstate, schema, table, column: columnName, constraint, dataType, retryable } = error;
	const known = Object.entries({ hint, detail, sqlstate, schema, table, column: columnName, constraint, dataType }).filter(([, value]) => value !== undefined);
	const family = error.constructor as typeof PolylogError;
	return new family(error.code, message, { ...Object.fromEntries(known), retryable, where, cause: error });
}
