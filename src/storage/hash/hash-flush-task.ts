/**
 * The flush of frozen memtables, or bulk files, to segments, as a task for a worker: the newest version of each key, tombstones too
 * unless nothing is older. The memtables come as shared memory.
 */
import type { FileSystem } from '../../platform/files.ts';
import type { Task } from '../../platform/platform.ts';
import { openBulkSource } from '../bulk-source.ts';
import type { EntrySource } from '../entry-source.ts';
import type { StoredFile } from '../manifest.ts';
import { Memtable, type MemtableImage } from '../memtable.ts';
import { MemtableCursor } from '../memtable-cursor.ts';
import { type SegmentInfo, SegmentWriter } from './segment-writer.ts';

export interface SegmentFlush {
	readonly number: number;
	readonly seed: number;
	readonly dropTombstones: boolean;
	/** One of the two. */
	readonly memtable: MemtableImage | null;
	readonly tables: readonly StoredFile[];
}

export interface FlushInput {
	readonly directory: string;
	readonly flushes: readonly SegmentFlush[];
}

/** One for each flush; null when only tombstones were there, and dropped. */
export type FlushOutput = (SegmentInfo | null)[];

export function run(input: FlushInput, files: FileSystem): FlushOutput {
	const output: FlushOutput = [];
	const writers: SegmentWriter[] = [];
	try {
		for (const flush of input.flushes) {
			const writer = new SegmentWriter(files, input.directory, flush.number, flush.seed);
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

export const flushTask: Task<FlushInput, FlushOutput> = { module: new URL('./hash-flush-task.ts', import.meta.url), run };

function flushOne(flush: SegmentFlush, writer: SegmentWriter, files: FileSystem, directory: string): SegmentInfo | null {
	if (flush.memtable === null) {
		const bulk = openBulkSource(files, directory, flush.tables);
		try {
			return writeAll(bulk.source, writer, flush.dropTombstones);
		} finally {
			bulk.close();
		}
	}
	const cursor = new MemtableCursor(Memtable.over(flush.memtable), false, flush.memtable.offsetMax);
	cursor.seek(null, null);
	return writeAll(cursor, writer, flush.dropTombstones);
}

function writeAll(source: EntrySource, writer: SegmentWriter, dropTombstones: boolean): SegmentInfo | null {
	while (source.next()) {
		if (source.isTombstone && dropTombstones) continue;
		writer.add(source.keyBuffer, source.keyStart, source.keyEnd, source.isTombstone ? null : source.valueBuffer, source.valueStart, source.valueEnd);
	}
	return writer.finish();
}
