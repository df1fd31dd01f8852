/**
 * The flush of one frozen memtable to level 0, as a task for a worker: the newest version of each key, tombstones too unless
 * nothing lies below. The memtable comes as shared memory.
 */
import type { FileSystem } from '../../platform/files.ts';
import type { Task } from '../../platform/platform.ts';
import { Memtable, type MemtableImage } from '../memtable.ts';
import { MemtableCursor } from '../memtable-cursor.ts';
import { type RunOptions, RunWriter } from './run-writer.ts';
import type { SstableInfo } from './sstable-format.ts';

export interface FlushInput {
	readonly memtable: MemtableImage;
	readonly number: number;
	readonly dropTombstones: boolean;
	readonly options: Omit<RunOptions, 'filesMax'>;
}

/** null when only tombstones were there, and dropped. */
export type FlushOutput = SstableInfo | null;

export function run(input: FlushInput, files: FileSystem): FlushOutput {
	const memtable = Memtable.over(input.memtable);
	const cursor = new MemtableCursor(memtable, false, input.memtable.offsetMax);
	cursor.seek(null, null);
	// Level 0 holds whole flushes: never cut.
	const writer = new RunWriter(files, { ...input.options, filesMax: 1 }, () => input.number);
	try {
		while (cursor.next()) {
			if (cursor.isTombstone && input.dropTombstones) continue;
			writer.add(cursor.keyBuffer, cursor.keyStart, cursor.keyEnd, cursor.isTombstone ? null : cursor.valueBuffer, cursor.valueStart, cursor.valueEnd);
		}
		return writer.finish()[0] ?? null;
	} catch (error) {
		abandonQuietly(writer);
		throw error;
	}
}

export const flushTask: Task<FlushInput, FlushOutput> = { module: new URL(import.meta.url), run };

/** Removes what was written; when even that fails, the next open removes it. */
export function abandonQuietly(writer: RunWriter): void {
	try {
		writer.abandon();
	} catch {
		// The error that led here is the one to report.
	}
}
