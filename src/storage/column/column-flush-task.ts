/**
 * The flush of frozen memtables, or bulk files, to column files, as a task for a worker: the rows, and where older files have the
 * same keys. Removals leave nothing but that. The memtables come as shared memory.
 */
import { compareBytes } from '../../bytes/compare-bytes.ts';
import type { FileSystem } from '../../platform/files.ts';
import type { Task } from '../../platform/platform.ts';
import { openBulkSource } from '../bulk-source.ts';
import type { EntrySource } from '../entry-source.ts';
import type { StoredFile } from '../manifest.ts';
import { Memtable, type MemtableImage } from '../memtable.ts';
import { MemtableCursor } from '../memtable-cursor.ts';
import { ColumnFile } from './column-file.ts';
import { type ColumnFileInfo, ColumnFileWriter } from './column-file-writer.ts';
import { ColumnPool } from './column-pool.ts';
import type { RowShape } from './row-shape.ts';

/** Memory for keys of older files. */
const POOL_BYTES = 1 << 26;

export interface ColumnFlush {
	readonly number: number;
	readonly shape: RowShape | null;
	/** One of the two. */
	readonly memtable: MemtableImage | null;
	readonly tables: readonly StoredFile[];
	readonly base: readonly ColumnFileInfo[];
}

export interface FlushInput {
	readonly directory: string;
	readonly flushes: readonly ColumnFlush[];
}

/** One for each flush; null when it changed nothing. */
export type FlushOutput = (ColumnFileInfo | null)[];

export function run(input: FlushInput, files: FileSystem): FlushOutput {
	const output: FlushOutput = [];
	const writers: ColumnFileWriter[] = [];
	try {
		for (const flush of input.flushes) {
			const writer = new ColumnFileWriter(files, input.directory, flush.number, flush.shape);
			writers.push(writer);
			output.push(flushOne(flush, writer, files, input.directory));
		}
		if (output.some((info) => info !== null)) files.syncDirectory(input.directory);
		return output;
	} catch (error) {
		for (const writer of writers) writer.abandon();
		throw error;
	}
}

export const flushTask: Task<FlushInput, FlushOutput> = { module: new URL('./column-flush-task.ts', import.meta.url), run };

function flushOne(flush: ColumnFlush, writer: ColumnFileWriter, files: FileSystem, directory: string): ColumnFileInfo | null {
	const pool = new ColumnPool(POOL_BYTES, false);
	const base = flush.base.filter((info) => info.entries > 0).map((info) => new ColumnFile(files, directory, info, pool));
	try {
		if (flush.memtable === null) {
			const bulk = openBulkSource(files, directory, flush.tables);
			try {
				return writeAll(bulk.source, writer, base);
			} finally {
				bulk.close();
			}
		}
		const cursor = new MemtableCursor(Memtable.over(flush.memtable), false, flush.memtable.offsetMax);
		cursor.seek(null, null);
		return writeAll(cursor, writer, base);
	} finally {
		for (const file of base) file.close();
	}
}

function writeAll(source: EntrySource, writer: ColumnFileWriter, base: readonly ColumnFile[]): ColumnFileInfo | null {
	// Keys ascend: a file whose keys are all passed is not asked again. Rows that are appended meet none.
	let open = base.map((file) => ({ file, largest: file.directory.groups.at(-1)!.largest }));
	while (source.next()) {
		const { keyBuffer: key, keyStart, keyEnd } = source;
		let passed = false;
		for (const { file, largest } of open) {
			if (compareBytes(largest, 0, largest.length, key, keyStart, keyEnd) < 0) {
				passed = true;
				continue;
			}
			const row = file.find(key, keyStart, keyEnd);
			if (row >= 0) writer.replace(file.info.number, row);
		}
		if (passed) open = open.filter(({ largest }) => compareBytes(largest, 0, largest.length, key, keyStart, keyEnd) >= 0);
		if (!source.isTombstone) writer.add(key, keyStart, keyEnd, source.valueBuffer, source.valueStart, source.valueEnd);
	}
	return writer.finish();
}
