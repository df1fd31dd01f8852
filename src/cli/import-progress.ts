/**
 * How far imports have come: a row of `polylog_import_progress` for each file and table, changed in the transaction that stores the rows. An import that goes on begins
 * behind the last row that was committed, so that no row is missing or twice.
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type pg from 'pg';
import { FILE_START, type StartPlace } from '../encoding/tabular/tabular-source.ts';
import { InputError } from '../platform/errors.ts';

const MAKE = `CREATE TABLE IF NOT EXISTS public.polylog_import_progress (
	source text, target text, bytes bigint NOT NULL, modified text NOT NULL, rows bigint NOT NULL, position bigint NOT NULL, line bigint NOT NULL,
	bad_rows bigint NOT NULL, bad_bytes bigint NOT NULL, is_done boolean NOT NULL, changed timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (source, target))`;

export interface Remembered {
	readonly start: StartPlace;
	readonly badRows: number;
	readonly badBytes: number;
	readonly isDone: boolean;
}

const NOTHING: Remembered = { start: FILE_START, badRows: 0, badBytes: 0, isDone: false };

export class ImportProgress {
	readonly #client: pg.Client;
	readonly #source: string;
	readonly #target: string;
	readonly #bytes: number;
	readonly #modified: string;

	constructor(client: pg.Client, file: string, table: string) {
		const { size, mtime } = statSync(file);
		this.#client = client;
		this.#source = resolve(file);
		this.#target = table;
		this.#bytes = size;
		this.#modified = mtime.toISOString();
	}

	/** Where to begin. Throws when the file is not the one that the import began with. */
	async begin(): Promise<Remembered> {
		await this.#client.query(MAKE);
		const { rows } = await this.#client.query({
			text: 'SELECT bytes, modified, rows, position, line, bad_rows, bad_bytes, is_done FROM public.polylog_import_progress WHERE source = $1 AND target = $2',
			values: [this.#source, this.#target],
			rowMode: 'array',
		});
		const found = rows[0] as string[] | undefined;
		if (found === undefined) return NOTHING;
		const [bytes, modified, count, position, line, badRows, badBytes, isDone] = found;
		if (Number(bytes) !== this.#bytes || modified !== this.#modified)
			throw new InputError('input', `${this.#source} has changed since ${count} rows of it were imported into ${this.#target}`, {
				hint: 'Delete its row of polylog_import_progress to begin anew.',
			});
		return {
			start: { row: Number(count), position: Number(position), line: Number(line) },
			badRows: Number(badRows),
			badBytes: Number(badBytes),
			isDone: isDone === 't',
		};
	}

	/** To be called in the transaction of the rows. */
	async save(place: StartPlace, badRows: number, badBytes: number, isDone: boolean): Promise<void> {
		await this.#client.query({
			text: `INSERT INTO public.polylog_import_progress AS p VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
				ON CONFLICT (source, target) DO UPDATE SET rows = excluded.rows, position = excluded.position, line = excluded.line,
				bad_rows = excluded.bad_rows, bad_bytes = excluded.bad_bytes, is_done = excluded.is_done, changed = now()`,
			values: [this.#source, this.#target, this.#bytes, this.#modified, place.row, place.position, place.line, badRows, badBytes, isDone],
		});
	}
}
