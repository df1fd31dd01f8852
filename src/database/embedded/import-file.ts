/**
 * Loads a file into a table from a program: the format is told by the file's ending, the table is made when there is none. What `Database.import` does.
 */
import { fileBytes, openTabular, tabularFormatOf } from '../../encoding/tabular/tabular-file.ts';
import type { TabularFormat, TabularSource } from '../../encoding/tabular/tabular-source.ts';
import { sqlError } from '../../platform/errors.ts';
import type { FileHandle } from '../../platform/files.ts';
import type { DatabaseSession } from '../session.ts';
import { copyIn } from './copy-in.ts';
import { loadBatches } from './load-batches.ts';

const PIECE_BYTES = 1 << 20;

/**
 * How `db.import` reads a file.
 *
 * @since 0.2.0
 */
export interface ImportOptions {
	/** The table, also `schema.table`; default: the file's name without its ending. */
	readonly table?: string;
	/** Default: by the file's ending. */
	readonly format?: TabularFormat;
	/** Columns to take, by name; default all. Columns of the table that are left out get their defaults. */
	readonly columns?: readonly string[];
	/** How a table that has to be made is kept: `lsm`, `btree`, `hash` or `columnar`; default the setting `default_table_access_method`. */
	readonly using?: string;
	/** Between fields of CSV; default a comma. */
	readonly delimiter?: string;
	/** Told how much of the file is done, in whatever the format counts (bytes, rows). */
	readonly onProgress?: (done: number, total: number) => void;
}

/** Runs work in a session of its own. */
export type WithSession = <T>(work: (session: DatabaseSession) => T | Promise<T>) => Promise<T>;

/** Loads all rows or none; resolves with their number. A table that was made for them goes again if they cannot be loaded. */
export async function importFile(withSession: WithSession, open: (path: string) => FileHandle, path: string, options: ImportOptions): Promise<number> {
	const format = options.format ?? tabularFormatOf(path);
	if (format === undefined) throw sqlError('22023', `the format of ${path} is not known`, { hint: 'Name it: csv, jsonl, parquet, arrow or avro.' });
	const table = options.table ?? tableNameOf(path);
	const handle = open(path);
	try {
		const source = await openTabular(fileBytes(handle), path, format, options.delimiter === undefined ? {} : { delimiter: options.delimiter });
		const isMade = await makeTable(withSession, table, source, options);
		try {
			return await load(withSession, handle, path, table, format, source, options);
		} catch (error) {
			if (isMade) await runStatement(withSession, `DROP TABLE ${quoteTable(table)}`);
			throw error;
		}
	} finally {
		handle.close();
	}
}

async function load(
	withSession: WithSession,
	handle: FileHandle,
	path: string,
	table: string,
	format: TabularFormat,
	source: TabularSource,
	options: ImportOptions,
): Promise<number> {
	const report = options.onProgress ?? (() => undefined);
	if (format === 'csv' && options.columns === undefined) {
		const delimiter = options.delimiter === undefined ? '' : `, DELIMITER '${options.delimiter.replaceAll("'", "''")}'`;
		const names = source.columns.map((c) => quoteName(c.name)).join(', ');
		const copy = `COPY ${quoteTable(table)} (${names}) FROM STDIN WITH (FORMAT csv, HEADER${delimiter})`;
		return withSession((session) =>
			copyIn(
				session,
				copy,
				pieces(handle, (done) => report(done, source.bytesTotal)),
			),
		);
	}
	return withSession((session) => loadBatches(session, table, source, path, options.columns ?? null, (done) => report(done, source.bytesTotal)));
}

function* pieces(handle: FileHandle, onBytes: (done: number) => void): Generator<Uint8Array> {
	const file = fileBytes(handle);
	for (let at = 0; at < file.byteLength; at += PIECE_BYTES) {
		yield file.read(at, PIECE_BYTES);
		onBytes(Math.min(file.byteLength, at + PIECE_BYTES));
	}
}

async function makeTable(withSession: WithSession, table: string, source: TabularSource, options: ImportOptions): Promise<boolean> {
	const exists = await withSession((session) => {
		const portal = session.bind(session.prepare(`SELECT to_regclass('${quoteTable(table).replaceAll("'", "''")}') IS NOT NULL`, []), []);
		let found = false;
		const write = (value: unknown): void => {
			found = value === true;
		};
		portal.run({ begin: () => undefined, end: () => true, writers: [write] });
		portal.close();
		return found;
	});
	if (exists) return false;
	const names = options.columns ?? null;
	const columns = source.columns.filter((c) => names === null || names.includes(c.name));
	await runStatement(withSession, createTable(table, columns, options.using));
	return true;
}

/** The statement that makes a table for columns of a file. */
export function createTable(table: string, columns: readonly { readonly name: string; readonly declared: string }[], using: string | undefined): string {
	const engine = using === undefined ? '' : ` USING ${quoteName(using)}`;
	return `CREATE TABLE ${quoteTable(table)} (${columns.map((c) => `${quoteName(c.name)} ${c.declared}`).join(', ')})${engine}`;
}

async function runStatement(withSession: WithSession, text: string): Promise<void> {
	await withSession(async (session) => {
		const portal = session.bind(session.prepare(text, []), []);
		try {
			await portal.run({ begin: () => undefined, end: () => true, writers: [] });
		} finally {
			portal.close();
		}
	});
}

/** A file's name without directories and ending. */
export function tableNameOf(path: string): string {
	return /([^/\\]+?)(\.[^.]*)?$/.exec(path)?.[1] ?? 'imported';
}

function quoteName(name: string): string {
	return `"${name.replaceAll('"', '""')}"`;
}

function quoteTable(name: string): string {
	return name.split('.').map(quoteName).join('.');
}
