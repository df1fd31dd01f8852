/**
 * CSV with a header line as rows of texts, read as COPY … (FORMAT csv, HEADER) reads it: an empty field without quotes is NULL, a quote may stand anywhere in a field.
 * Types of columns are guessed from the first rows.
 */
import { sqlError } from '../../platform/errors.ts';
import { FILE_START, type FileBytes, type StartPlace, type TabularBatch, type TabularColumn, type TabularSource, textColumn } from './tabular-source.ts';
import { reasonOf, textBatches } from './text-batch.ts';
import { SAMPLE_ROWS, typeFor } from './text-inference.ts';
import { TextRecords } from './text-records.ts';

export function openCsv(file: FileBytes, name: string, delimiter: string): TabularSource {
	const records = new TextRecords(file, name, true, FILE_START);
	const header = records.next() ? fieldsOf(records.bytes, delimiter) : [];
	if (header.length === 0) throw sqlError('22P04', `${name} has no header line`);
	const rows: (string | null)[][] = [];
	while (rows.length < SAMPLE_ROWS && records.next()) {
		try {
			rows.push(fieldsOf(records.bytes, delimiter));
		} catch {
			// Whoever takes the rows is told; a guess goes by those that can be read.
		}
	}
	const columns = header.map((field, i) => textColumn(field ?? `column${i + 1}`, typeFor(rows.map((row) => row[i] ?? null))));
	return new CsvSource(file, name, delimiter, columns);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The fields of a record. */
export function fieldsOf(record: Uint8Array, delimiter: string): (string | null)[] {
	const text = utf8.decode(record);
	const fields: (string | null)[] = [];
	if (!text.includes('"')) {
		for (const field of text.split(delimiter)) fields.push(field === '' ? null : field);
		return fields;
	}
	let field = '';
	let isQuoted = false;
	let isOpen = false;
	for (let at = 0; at < text.length; at++) {
		const character = text[at]!;
		if (character === '"') {
			if (isOpen && text[at + 1] === '"') {
				field += '"';
				at++;
			} else {
				isOpen = !isOpen;
				isQuoted = true;
			}
		} else if (character === delimiter && !isOpen) {
			fields.push(field === '' && !isQuoted ? null : field);
			field = '';
			isQuoted = false;
		} else field += character;
	}
	fields.push(field === '' && !isQuoted ? null : field);
	return fields;
}

class CsvSource implements TabularSource {
	readonly columns: readonly TabularColumn[];
	readonly bytesTotal: number;
	readonly #file: FileBytes;
	readonly #name: string;
	readonly #delimiter: string;

	constructor(file: FileBytes, name: string, delimiter: string, columns: readonly TabularColumn[]) {
		this.#file = file;
		this.#name = name;
		this.#delimiter = delimiter;
		this.columns = columns;
		this.bytesTotal = file.byteLength;
	}

	batches(start: StartPlace): AsyncGenerator<TabularBatch> {
		const records = new TextRecords(this.#file, this.#name, true, start);
		if (start.position === 0) records.next();
		return textBatches(records, start.row, this.columns.length, (bytes) => this.#values(bytes));
	}

	#values(bytes: Uint8Array): (string | null)[] | string {
		try {
			const fields = fieldsOf(bytes, this.#delimiter);
			if (fields.length < this.columns.length) return `missing data for column "${this.columns[fields.length]!.name}"`;
			return fields.length > this.columns.length ? 'extra data after last expected column' : fields;
		} catch (error) {
			return `the record is not UTF-8: ${reasonOf(error)}`;
		}
	}
}
