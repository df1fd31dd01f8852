/** The part of `polylog export` that writes Parquet, Arrow and Avro: rows of a cursor, gathered by column until they make a row group, record batch or block. */
import { randomBytes } from 'node:crypto';
import type { Writable } from 'node:stream';
import type pg from 'pg';
import { openSink, type SinkFormat } from '../encoding/tabular/tabular-file.ts';
import { type SinkColumn, sinkColumn, type TabularSink } from '../encoding/tabular/tabular-sink.ts';
import type { TextRow } from './rows-output.ts';

const FETCH_ROWS = 2000;
const SYNC_BYTES = 16;
/** Of one row group, record batch or block: as many rows, or texts of as many characters. */
const UNIT_ROWS: Readonly<Record<SinkFormat, number>> = { parquet: 100_000, arrow: 65_536, avro: 10_000 };
const UNIT_CHARACTERS = 32 << 20;

class Gathered {
	readonly columns: unknown[][];
	rowCount = 0;
	characters = 0;

	constructor(columnCount: number) {
		this.columns = Array.from({ length: columnCount }, () => []);
	}

	add(row: TextRow, columns: readonly SinkColumn[]): void {
		for (let i = 0; i < columns.length; i++) {
			const text = row[i] ?? null;
			this.columns[i]!.push(text === null ? null : columns[i]!.parse(text));
			if (text !== null) this.characters += text.length;
		}
		this.rowCount++;
	}
}

/** Writes the rows of a query, read at one snapshot. */
export async function exportRows(client: pg.Client, source: string, format: SinkFormat, out: Writable): Promise<void> {
	await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
	await client.query(`DECLARE exported CURSOR FOR ${source}`);
	let columns: SinkColumn[] | null = null;
	let sink: TabularSink | null = null;
	let gathered = new Gathered(0);
	const flush = async (): Promise<void> => {
		await sink!.write(gathered.columns, gathered.rowCount);
		gathered = new Gathered(columns!.length);
		if (out.writableNeedDrain) await new Promise((drained) => out.once('drain', drained));
	};
	for (;;) {
		const result = await client.query({ text: `FETCH ${FETCH_ROWS} FROM exported`, rowMode: 'array' });
		if (columns === null) {
			columns = result.fields.map((field) => sinkColumn(field.name, field.dataTypeID, field.dataTypeModifier));
			sink = await openSink(format, columns, (bytes) => void out.write(bytes), randomBytes(SYNC_BYTES));
			gathered = new Gathered(columns.length);
		}
		for (const row of result.rows as TextRow[]) gathered.add(row, columns);
		if (gathered.rowCount >= UNIT_ROWS[format] || gathered.characters >= UNIT_CHARACTERS) await flush();
		if (result.rows.length < FETCH_ROWS) break;
	}
	if (gathered.rowCount > 0) await flush();
	await sink!.finish();
	await client.query('COMMIT');
}
