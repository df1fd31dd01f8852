/**
 * The flush of frozen memtables to level 0 of their keyspaces, as a task for a worker: the newest version of each key,
 * tombstones too unless nothing lies below, large values into a value file beside it. The memtables come as shared memory.
 */
import type { FileSystem } from '../../platform/files.ts';
import type { Task } from '../../platform/platform.ts';
import { Memtable, type MemtableImage } from '../memtable.ts';
import { MemtableCursor } from '../memtable-cursor.ts';
import { type RunOptions, RunWriter, type WrittenTable } from './run-writer.ts';
import type { SstableInfo } from './sstable-format.ts';

export interface MemtableFlush {
	readonly memtable: MemtableImage;
	readonly number: number;
	/** Of the value file; −1 when no value is large. */
	readonly valueNumber: number;
	readonly dropTombstones: boolean;
}

export interface FlushInput {
	readonly flushes: readonly MemtableFlush[];
	readonly options: Omit<RunOptions, 'filesMax' | 'values'>;
	readonly valueBytesMin: number;
}

/** One for each memtable; null when only tombstones were there, and dropped. */
export type FlushOutput = (FlushedTable | null)[];

export interface FlushedTable extends WrittenTable {
	readonly valueFile: SstableInfo | null;
}

export function run(input: FlushInput, files: FileSystem): FlushOutput {
	const writers: RunWriter[] = [];
	try {
		const output: FlushOutput = [];
		for (const flush of input.flushes) {
			// Level 0 holds whole flushes: never cut.
			const values = flush.valueNumber < 0 ? {} : { values: { number: flush.valueNumber, bytesMin: input.valueBytesMin, moved: new Map() } };
			const writer = new RunWriter(files, { ...input.options, filesMax: 1, ...values }, () => flush.number);
			writers.push(writer);
			output.push(flushOne(flush, writer));
		}
		if (output.some((flushed) => flushed !== null)) files.syncDirectory(input.options.directory);
		return output;
	} catch (error) {
		for (const writer of writers) abandonQuietly(writer);
		throw error;
	}
}

export const flushTask: Task<FlushInput, FlushOutput> = { module: new URL('./flush-task.ts', import.meta.url), run };

function flushOne(flush: MemtableFlush, writer: RunWriter): FlushedTable | null {
	const cursor = new MemtableCursor(Memtable.over(flush.memtable), false, flush.memtable.offsetMax);
	cursor.seek(null, null);
	while (cursor.next()) {
		if (cursor.isTombstone && flush.dropTombstones) continue;
		writer.add(cursor.keyBuffer, cursor.keyStart, cursor.keyEnd, cursor.isTombstone ? null : cursor.valueBuffer, cursor.valueStart, cursor.valueEnd);
	}
	const { tables, valueFile } = writer.finish();
	return tables.length === 0 ? null : { ...tables[0]!, valueFile };
}

/** Removes what was written; when even that fails, the next open removes it. */
export function abandonQuietly(writer: RunWriter): void {
	try {
		writer.abandon();
	} catch {
		// The error that led here is the one to report.
	}
}
