/**
 * A merge of column files as a task for a worker: all their rows that are not replaced, in one file. What they replace in files
 * that stay is said by the new file again.
 */
import type { FileSystem } from '../../platform/files.ts';
import type { Task } from '../../platform/platform.ts';
import type { EntrySource } from '../entry-source.ts';
import { Merge } from '../merge.ts';
import { ColumnCursor } from './column-cursor.ts';
import { ColumnFile } from './column-file.ts';
import { type ColumnFileInfo, ColumnFileWriter } from './column-file-writer.ts';
import { ColumnPool } from './column-pool.ts';
import type { RowShape } from './row-shape.ts';

const POOL_BYTES = 1 << 26;

export interface MergeInput {
	readonly directory: string;
	readonly files: readonly { readonly info: ColumnFileInfo; readonly replaced: Uint8Array | null }[];
	readonly number: number;
	readonly shape: RowShape | null;
	/** Numbers of the keyspace's files that stay. */
	readonly staying: readonly number[];
}

/** Null when nothing is left. */
export type MergeOutput = ColumnFileInfo | null;

export function run(input: MergeInput, files: FileSystem): MergeOutput {
	const pool = new ColumnPool(POOL_BYTES, false);
	const opened: ColumnFile[] = [];
	const writer = new ColumnFileWriter(files, input.directory, input.number, input.shape);
	try {
		const staying = new Set(input.staying);
		const sources: EntrySource[] = [];
		for (const { info, replaced } of input.files) {
			const file = new ColumnFile(files, input.directory, info, pool);
			opened.push(file);
			for (const { number, rows } of file.directory.replaced) if (staying.has(number)) for (const row of rows) writer.replace(number, row);
			if (file.rows > 0) sources.push(new ColumnCursor(file, replaced, false));
		}
		const merge = new Merge(sources, false);
		merge.seek(null, null);
		while (merge.next()) {
			const entry = merge.top!;
			writer.add(entry.keyBuffer, entry.keyStart, entry.keyEnd, entry.valueBuffer, entry.valueStart, entry.valueEnd);
		}
		const merged = writer.finish();
		if (merged !== null) files.syncDirectory(input.directory);
		return merged;
	} catch (error) {
		writer.abandon();
		throw error;
	} finally {
		for (const file of opened) file.close();
	}
}

export const mergeTask: Task<MergeInput, MergeOutput> = { module: new URL('./column-merge-task.ts', import.meta.url), run };
