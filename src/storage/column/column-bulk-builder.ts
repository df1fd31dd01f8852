/**
 * Bulk loads of columnar tables whose rows come in the order of their keys: one column file, which the commit names in the log and the
 * next flush takes into the base as it is. Entries are taken apart at once; who has values by column puts them into `columns` past rows.
 *
 * Cost: one pass, memory of one row group.
 */
import { CorruptionError, invariant } from '../../platform/errors.ts';
import type { FileSystem } from '../../platform/files.ts';
import type { BulkOutput, BulkTarget } from '../bulk-builder.ts';
import { fileName, fileNumber } from '../file-names.ts';
import { checkKeyLength } from '../key-limit.ts';
import { corrupt, removeQuietly } from '../stored-files.ts';
import { ColumnFile } from './column-file.ts';
import { type ColumnFileInfo, ColumnFileWriter } from './column-file-writer.ts';
import type { ColumnPool } from './column-pool.ts';
import type { ColumnBuilder } from './group-builder.ts';
import type { RowShape } from './row-shape.ts';

export class ColumnBulkBuilder implements BulkTarget {
	count: number;
	readonly shape: RowShape;
	readonly #files: FileSystem;
	readonly #directory: string;
	readonly #number: number;
	readonly #writer: ColumnFileWriter;
	#output: BulkOutput[] | null;

	constructor(files: FileSystem, directory: string, number: number, shape: RowShape) {
		this.count = 0;
		this.shape = shape;
		this.#files = files;
		this.#directory = directory;
		this.#number = number;
		this.#writer = new ColumnFileWriter(files, directory, number, shape);
		this.#output = null;
	}

	add(key: Uint8Array, keyStart: number, keyEnd: number, value: Uint8Array, valueStart: number, valueEnd: number): void {
		invariant(this.#output === null, 'nothing is added to a finished bulk load');
		checkKeyLength(keyEnd - keyStart);
		this.count++;
		this.#writer.add(key, keyStart, keyEnd, value, valueStart, valueEnd);
	}

	/** Those of the row group being filled, for the values of row `row`; `endRow` when all have one. */
	get columns(): readonly ColumnBuilder[] {
		return this.#writer.group.columns;
	}

	/** The place of the next row in its group. */
	get row(): number {
		return this.#writer.group.rows;
	}

	/** Each column has its value of row `row`. */
	endRow(key: Uint8Array, keyStart: number, keyEnd: number): void {
		this.count++;
		this.#writer.group.endRow(key, keyStart, keyEnd);
		this.#writer.filled();
	}

	finishStep(): boolean {
		if (this.#output !== null) return true;
		const info = this.#writer.finish();
		if (info !== null) this.#files.syncDirectory(this.#directory);
		this.#output = info === null ? [] : [{ name: fileName(info.number, 'columnar'), bytes: info.bytes, hash: this.#writer.hash }];
		return true;
	}

	finish(): BulkOutput[] {
		this.finishStep();
		return this.#output!;
	}

	abandon(): void {
		if (this.#output === null) this.#writer.abandon();
		else removeQuietly(this.#files, `${this.#directory}/${fileName(this.#number, 'columnar')}`);
		this.#output = [];
	}
}

export function isColumnFile(name: string): boolean {
	const number = fileNumber(name);
	return number >= 0 && name === fileName(number, 'columnar');
}

/** What the manifest is told of a column file that the log names. Throws `CorruptionError` when it is absent or not as long as the log says. */
export function bulkFileInfo(files: FileSystem, directory: string, { name, bytes }: BulkOutput, pool: ColumnPool): ColumnFileInfo {
	const path = `${directory}/${name}`;
	if (!files.exists(path)) {
		throw new CorruptionError('corruption', `bulk file "${path}", which the log names, is not there`, {
			sqlstate: 'XX001',
			hint: 'Restore the database from a backup.',
		});
	}
	const found = bytesOf(files, path);
	if (found !== bytes) throw corrupt(path, Math.min(bytes, found), `${bytes} bytes expected, ${found} found`);
	const unread: ColumnFileInfo = { number: fileNumber(name), bytes, entries: 0, tombstones: 0 };
	const file = new ColumnFile(files, directory, unread, pool);
	try {
		const last = file.directory.groups.at(-1);
		return { ...unread, entries: last === undefined ? 0 : last.firstRow + last.rows };
	} finally {
		file.close();
	}
}

function bytesOf(files: FileSystem, path: string): number {
	const handle = files.open(path, 'read');
	try {
		return handle.bytes();
	} finally {
		handle.close();
	}
}
