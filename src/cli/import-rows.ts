/**
 * The part of `polylog import` that loads files of rows through a connection: rows that cannot be taken are set aside, and what was stored is remembered, so that an import can
 * go on. Without either, and where this process has the database open itself, `Database.import` does it, which is several times faster.
 *
 * Rows go in pieces by COPY. A piece that fails is undone to its savepoint and tried in halves, until the rows that are at fault are alone: whatever the server
 * refuses of a row (its values, a constraint) is found so, with the server's own reason.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { createTable } from '../database/embedded/import-file.ts';
import { type TargetColumn, toText } from '../encoding/tabular/column-conversion.ts';
import { openTabular } from '../encoding/tabular/tabular-file.ts';
import {
	FILE_START,
	type FileBytes,
	type StartPlace,
	type TabularBatch,
	type TabularColumn,
	type TabularFormat,
	type TabularSource,
} from '../encoding/tabular/tabular-source.ts';
import { InputError, PolylogError } from '../platform/errors.ts';
import { builtinTypes } from '../value/builtin-types.ts';
import { BadRows } from './bad-rows.ts';
import { quoteName, quoteTable } from './client.ts';
import { ImportProgress, type Remembered } from './import-progress.ts';
import { Progress } from './progress.ts';

/** Rows of one COPY: what is done again, in halves, when one of them is bad. */
const PIECE_ROWS = 1000;
/** Rows of one transaction of an import that can go on. */
const COMMIT_ROWS = 50_000;
/** SQLSTATE classes of errors that are a row's own: data exceptions, integrity constraints. */
const ROW_ERROR = /^2[23]/;

export interface RowsImport {
	readonly file: string;
	readonly format: TabularFormat;
	readonly table: string;
	readonly columns: readonly string[] | null;
	readonly using: string | undefined;
	readonly delimiter: string | undefined;
	readonly badRows: string | null;
	readonly badRowsMax: number;
	readonly resumes: boolean;
}

export interface RowsImported {
	readonly rowCount: number;
	readonly badCount: number;
	/** False when it was interrupted; it can go on. */
	readonly isWhole: boolean;
}

interface Row {
	/** A line of COPY's text format; null when the row could not be read. */
	readonly text: string | null;
	readonly reason: string;
	/** In its batch. */
	readonly at: number;
	readonly batch: TabularBatch;
}

/** `isStopped` is asked between pieces. */
export async function importRows(client: pg.Client, wanted: RowsImport, isStopped: () => boolean): Promise<RowsImported> {
	const descriptor = openSync(wanted.file, 'r');
	try {
		const source = await openTabular(bytesOf(descriptor), wanted.file, wanted.format, wanted.delimiter === undefined ? {} : { delimiter: wanted.delimiter });
		return await new RowsImporter(client, wanted, source).run(isStopped);
	} finally {
		closeSync(descriptor);
	}
}

function bytesOf(descriptor: number): FileBytes {
	const byteLength = fstatSync(descriptor).size;
	return {
		byteLength,
		read(position, count) {
			const bytes = new Uint8Array(Math.max(0, Math.min(count, byteLength - position)));
			let done = 0;
			while (done < bytes.length) {
				const read = readSync(descriptor, bytes, done, bytes.length - done, position + done);
				if (read === 0) break;
				done += read;
			}
			return bytes.subarray(0, done);
		},
	};
}

class RowsImporter {
	readonly #client: pg.Client;
	readonly #wanted: RowsImport;
	readonly #source: TabularSource;
	#bad = new BadRows(null, 0, 0, 0);
	#copy = '';
	#rowCount = 0;
	#columns: readonly { readonly at: number; readonly text: (value: unknown) => string | null }[] = [];

	constructor(client: pg.Client, wanted: RowsImport, source: TabularSource) {
		this.#client = client;
		this.#wanted = wanted;
		this.#source = source;
	}

	async run(isStopped: () => boolean): Promise<RowsImported> {
		const { file, table, resumes, badRows, badRowsMax } = this.#wanted;
		const progress = resumes ? new ImportProgress(this.#client, file, table) : null;
		const remembered: Remembered = (await progress?.begin()) ?? { start: FILE_START, badRows: 0, badBytes: 0, isDone: false };
		if (remembered.isDone) return { rowCount: remembered.start.row - remembered.badRows, badCount: remembered.badRows, isWhole: true };
		const bar = new Progress(`importing ${file}`, this.#source.bytesTotal);
		await this.#client.query('BEGIN');
		try {
			await this.#prepare();
			this.#bad = new BadRows(badRows, badRowsMax, remembered.badRows, remembered.badBytes);
			this.#rowCount = remembered.start.row - remembered.badRows;
			const isWhole = await this.#load(remembered.start, progress, bar, isStopped);
			await this.#client.query('COMMIT');
			bar.end();
			return { rowCount: this.#rowCount, badCount: this.#bad.count, isWhole };
		} catch (error) {
			await this.#client.query('ROLLBACK').catch(() => undefined);
			throw error;
		}
	}

	/** Makes the table when there is none, and the ways from the file's columns to the table's. */
	async #prepare(): Promise<void> {
		const { table, columns: names, using, file } = this.#wanted;
		const taken = this.#source.columns.map((column, at) => ({ column, at })).filter(({ column }) => names === null || names.includes(column.name));
		const missing = names?.find((name) => !taken.some(({ column }) => column.name === name));
		if (missing !== undefined) throw new InputError('input', `${file} has no column "${missing}"`);
		let targets = await this.#targets();
		if (targets.size === 0) {
			await this.#client.query(
				createTable(
					table,
					taken.map(({ column }) => column),
					using,
				),
			);
			targets = await this.#targets();
		}
		this.#columns = taken.map(({ column, at }) => ({ at, text: toText(column, this.#target(targets, column), builtinTypes) }));
		this.#copy = `COPY ${quoteTable(table)} (${taken.map(({ column }) => quoteName(column.name)).join(', ')}) FROM STDIN`;
	}

	#target(targets: ReadonlyMap<string, TargetColumn>, column: TabularColumn): TargetColumn {
		const target = targets.get(column.name);
		if (target !== undefined) return target;
		throw new InputError('input', `${this.#wanted.file} has the column "${column.name}", which table ${this.#wanted.table} has not`, {
			hint: 'Add the column, name those to take by --columns, or import into a new table.',
		});
	}

	async #targets(): Promise<Map<string, TargetColumn>> {
		const { rows } = await this.#client.query({
			text: `SELECT attname, atttypid, atttypmod FROM pg_attribute
				WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
			values: [quoteTable(this.#wanted.table)],
			rowMode: 'array',
		});
		return new Map((rows as string[][]).map(([name, oid, typmod]) => [name!, { type: builtinTypes.typeByOid(Number(oid)), typmod: Number(typmod) }]));
	}

	/** False when it was stopped. */
	async #load(start: StartPlace, progress: ImportProgress | null, bar: Progress, isStopped: () => boolean): Promise<boolean> {
		let place = start;
		let uncommitted = 0;
		for await (const batch of this.#source.batches(start)) {
			for (let from = 0; from < batch.rowCount; from += PIECE_ROWS) await this.#store(this.#rows(batch, from, Math.min(batch.rowCount, from + PIECE_ROWS)));
			place = { row: batch.firstRow + batch.rowCount, position: batch.nextPosition, line: batch.nextLine };
			bar.update(batch.bytesDone);
			uncommitted += batch.rowCount;
			if (progress !== null && (uncommitted >= COMMIT_ROWS || isStopped())) {
				await progress.save(place, this.#bad.count, this.#bad.bytes, false);
				await this.#client.query('COMMIT');
				await this.#client.query('BEGIN');
				uncommitted = 0;
			}
			if (!isStopped()) continue;
			if (progress === null) throw new InputError('input', 'interrupted: nothing was imported', { hint: 'An import with --resume keeps what it has.' });
			return false;
		}
		await progress?.save(place, this.#bad.count, this.#bad.bytes, true);
		return true;
	}

	#rows(batch: TabularBatch, from: number, to: number): Row[] {
		const rows: Row[] = [];
		for (let at = from; at < to; at++) {
			const unreadable = batch.unreadable?.get(at);
			if (unreadable !== undefined) rows.push({ text: null, reason: unreadable, at, batch });
			else rows.push(this.#row(batch, at));
		}
		return rows;
	}

	#row(batch: TabularBatch, at: number): Row {
		try {
			let text = '';
			for (const [i, column] of this.#columns.entries()) {
				const value = batch.columns[column.at]![at];
				const shown = value === null ? null : column.text(value);
				text += `${i === 0 ? '' : '\t'}${shown === null ? '\\N' : escaped(shown)}`;
			}
			return { text: `${text}\n`, reason: '', at, batch };
		} catch (error) {
			if (!(error instanceof PolylogError)) throw error;
			return { text: null, reason: error.message, at, batch };
		}
	}

	/** Stores rows but those that are bad, which are set aside. */
	async #store(rows: readonly Row[]): Promise<void> {
		for (const row of rows) if (row.text === null) this.#setAside(row, null, row.reason);
		await this.#storeReadable(rows.filter((row) => row.text !== null));
	}

	async #storeReadable(rows: readonly Row[]): Promise<void> {
		if (rows.length === 0) return;
		await this.#client.query('SAVEPOINT piece');
		try {
			await pipeline(Readable.from([rows.map((row) => row.text).join('')]), this.#client.query(copyFrom(this.#copy)));
		} catch (error) {
			await this.#client.query('ROLLBACK TO piece');
			const { code } = error as { readonly code?: unknown };
			if (typeof code !== 'string' || !ROW_ERROR.test(code)) throw error;
			if (rows.length === 1) this.#setAside(rows[0]!, code, reasonOf(error as Error));
			else {
				const middle = rows.length >> 1;
				await this.#storeReadable(rows.slice(0, middle));
				await this.#storeReadable(rows.slice(middle));
			}
			return;
		}
		await this.#client.query('RELEASE piece');
		this.#rowCount += rows.length;
	}

	#setAside({ batch, at }: Row, code: string | null, reason: string): void {
		const values = (): Record<string, unknown> =>
			Object.fromEntries(this.#source.columns.map((column, i) => [column.name, shownValue(column, batch.columns[i]![at])]));
		this.#bad.add({
			file: this.#wanted.file,
			row: batch.firstRow + at + 1,
			line: batch.lines === null ? null : batch.lines[at]!,
			code,
			reason,
			record: batch.original === null ? values() : batch.original(at),
		});
	}
}

function shownValue(column: TabularColumn, value: unknown): unknown {
	return value === null ? null : toText(column, { type: undefined, typmod: -1 }, builtinTypes)(value);
}

function reasonOf(error: Error & { readonly detail?: string }): string {
	return error.detail === undefined ? error.message : `${error.message}: ${error.detail}`;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\b': '\\b', '\f': '\\f', '\v': '\\v' };

/** A value in a line of COPY's text format. */
function escaped(text: string): string {
	return /[\\\t\n\r\b\f\v]/.test(text) ? text.replace(/[\\\t\n\r\b\f\v]/g, (character) => ESCAPES[character]!) : text;
}
