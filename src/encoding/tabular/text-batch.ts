/** A batch of a format of text while it is filled: values by column, lines, what could not be read, and the records themselves, for whoever must show them. */
import type { TabularBatch } from './tabular-source.ts';
import type { TextRecords } from './text-records.ts';

export const TEXT_BATCH_ROWS = 4096;
const TEXT_BATCH_BYTES = 4 << 20;

class TextBatch {
	readonly #firstRow: number;
	readonly #columns: unknown[][];
	readonly #lines: number[] = [];
	readonly #records: Uint8Array[] = [];
	readonly #unreadable = new Map<number, string>();
	#bytes = 0;

	constructor(firstRow: number, columnCount: number) {
		this.#firstRow = firstRow;
		this.#columns = Array.from({ length: columnCount }, () => []);
	}

	get rowCount(): number {
		return this.#lines.length;
	}

	get isFull(): boolean {
		return this.#lines.length >= TEXT_BATCH_ROWS || this.#bytes >= TEXT_BATCH_BYTES;
	}

	/** `values`: one for each column, or a text why there are none. */
	add(records: TextRecords, values: readonly unknown[] | string): void {
		if (typeof values === 'string') this.#unreadable.set(this.#lines.length, values);
		for (let i = 0; i < this.#columns.length; i++) this.#columns[i]!.push(typeof values === 'string' ? null : values[i]);
		this.#lines.push(records.line);
		this.#records.push(records.bytes);
		this.#bytes += records.bytes.length;
	}

	done(records: TextRecords): TabularBatch {
		return {
			firstRow: this.#firstRow,
			rowCount: this.#lines.length,
			columns: this.#columns,
			lines: this.#lines,
			unreadable: this.#unreadable,
			original: (row) => Buffer.from(this.#records[row]!).toString(),
			bytesDone: records.nextPosition,
			nextPosition: records.nextPosition,
			nextLine: records.nextLine,
		};
	}
}

/** The records that are left, in batches. `valuesOf` gives a record's values, one for each column, or a text why there are none. */
export async function* textBatches(
	records: TextRecords,
	firstRow: number,
	columnCount: number,
	valuesOf: (bytes: Uint8Array) => readonly unknown[] | string,
): AsyncGenerator<TabularBatch> {
	let row = firstRow;
	let batch = new TextBatch(row, columnCount);
	while (records.next()) {
		batch.add(records, valuesOf(records.bytes));
		row++;
		if (!batch.isFull) continue;
		yield batch.done(records);
		batch = new TextBatch(row, columnCount);
	}
	if (batch.rowCount > 0) yield batch.done(records);
}

/** What is wrong, for the row that it is wrong with. */
export function reasonOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
