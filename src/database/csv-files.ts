/**
 * Files that LOAD CSV reads: those below one directory that the operator names, and no others. A URL is `file:///path/in/it.csv`, or the path alone;
 * nothing is fetched from other machines. A path cannot leave the directory; links inside it are the operator's own.
 */

import { CsvRecords } from '../encoding/csv-records.ts';
import { cypherError } from '../platform/cypher-errors.ts';
import { PolylogError } from '../platform/errors.ts';
import type { FileSystem } from '../platform/files.ts';

const PIECE_BYTES = 64 * 1024;

/** Where LOAD CSV finds its files. */
export interface ImportDirectory {
	readonly files: FileSystem;
	readonly path: string;
}

/** Records of a file: lists of texts, or maps by the names of the first record; null where a field is empty or missing. */
export function* loadCsv(directory: ImportDirectory | null, url: unknown, withHeaders: boolean, separator: string): Generator<unknown> {
	if (typeof url !== 'string') throw cypherError('TypeError', 'LOAD CSV needs a text that names a file');
	if (separator.length !== 1) throw cypherError('ArgumentError', `FIELDTERMINATOR must be one character, not ${JSON.stringify(separator)}`);
	const records = recordsOf(directory, url, separator);
	if (!withHeaders) {
		yield* records;
		return;
	}
	const first = records.next();
	if (first.done === true) return;
	const names = first.value.map((name) => name ?? '');
	for (const record of records) yield new Map(names.map((name, index) => [name, record[index] ?? null]));
}

function* recordsOf(directory: ImportDirectory | null, url: string, separator: string): Generator<(string | null)[]> {
	if (directory === null) {
		throw cypherError('ExternalResourceFailed', 'LOAD CSV is switched off', {
			hint: 'Name the directory of its files: --import-dir, or importDirectory in open().',
		});
	}
	const name = pathOf(url);
	const { files } = directory;
	let file: ReturnType<FileSystem['open']>;
	try {
		file = files.open(`${directory.path}/${name}`, 'read');
	} catch (error) {
		throw cypherError('ExternalResourceFailed', `cannot load CSV from ${url}: ${error instanceof PolylogError ? 'there is no such file' : String(error)}`, {
			cause: error,
		});
	}
	try {
		let position = 0;
		const read = (): Uint8Array | null => {
			const piece = new Uint8Array(PIECE_BYTES);
			const count = file.read(piece, 0, PIECE_BYTES, position);
			position += count;
			return count === 0 ? null : piece.subarray(0, count);
		};
		yield* new CsvRecords(read, separator).records();
	} finally {
		file.close();
	}
}

/** The path below the directory that a URL names. */
function pathOf(url: string): string {
	const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
	if (scheme !== undefined && scheme !== 'file') {
		throw cypherError('ExternalResourceFailed', `cannot load CSV from ${url}: only files below the import directory are read`);
	}
	let path = scheme === undefined ? url : url.slice('file:'.length).replace(/^\/\/(localhost)?(?=\/|$)/i, '');
	try {
		if (scheme !== undefined) path = decodeURIComponent(path);
	} catch (error) {
		throw cypherError('ExternalResourceFailed', `${url} is no URL`, { cause: error });
	}
	const parts = path.split(/[/\\]/).filter((part) => part !== '' && part !== '.');
	if (parts.length === 0 || parts.includes('..') || path.includes('\0')) {
		throw cypherError('ExternalResourceFailed', `cannot load CSV from ${url}: it names no file below the import directory`);
	}
	return parts.join('/');
}
