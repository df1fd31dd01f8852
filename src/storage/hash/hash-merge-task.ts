/**
 * A merge of segments as a task for a worker: of each key the newest record of the run, if the directory led to it when the merge
 * began. Tombstones stay unless nothing older than the run is left.
 */
import type { FileSystem } from '../../platform/files.ts';
import type { Task } from '../../platform/platform.ts';
import { BlockCache } from '../block-cache.ts';
import { Merge } from '../merge.ts';
import { Segment } from './segment.ts';
import { SegmentCursor } from './segment-cursor.ts';
import { UNIT_BYTES } from './segment-format.ts';
import { type SegmentInfo, SegmentWriter } from './segment-writer.ts';

const READ_BYTES = 1 << 18;

export interface MergeInput {
	readonly directory: string;
	/** Newest first; `live` are the positions, in units, of the records that count. */
	readonly segments: readonly { readonly info: SegmentInfo; readonly live: Int32Array }[];
	readonly number: number;
	readonly seed: number;
	readonly dropTombstones: boolean;
}

/** Null when nothing is left. */
export type MergeOutput = SegmentInfo | null;

export function run(input: MergeInput, files: FileSystem): MergeOutput {
	const cache = new BlockCache(0, Number.POSITIVE_INFINITY);
	const segments: Segment[] = [];
	const writer = new SegmentWriter(files, input.directory, input.number, input.seed);
	try {
		const cursors = input.segments.map(({ info, live }) => {
			const segment = new Segment(files, input.directory, info, 0, cache);
			segments.push(segment);
			return new SegmentCursor(segment, READ_BYTES, bitsOf(live, info.bytes));
		});
		const merge = new Merge(cursors, false);
		merge.seek(null, null);
		while (merge.next()) {
			const entry = merge.top as SegmentCursor;
			// One that the directory leads to hides something with its hash: it stays.
			if (entry.isTombstone && input.dropTombstones && !entry.isLive) continue;
			writer.add(entry.keyBuffer, entry.keyStart, entry.keyEnd, entry.isTombstone ? null : entry.valueBuffer, entry.valueStart, entry.valueEnd);
		}
		const merged = writer.finish();
		if (merged !== null) files.syncDirectory(input.directory);
		return merged;
	} catch (error) {
		writer.abandon();
		throw error;
	} finally {
		for (const segment of segments) segment.close(false);
	}
}

export const mergeTask: Task<MergeInput, MergeOutput> = { module: new URL('./hash-merge-task.ts', import.meta.url), run };

/** A bit for each unit of a file, set where a record that counts begins. */
function bitsOf(positions: Int32Array, fileBytes: number): Uint8Array {
	const bits = new Uint8Array(Math.ceil(fileBytes / UNIT_BYTES / 8));
	for (const signed of positions) {
		const position = signed >>> 0;
		bits[position >>> 3]! |= 1 << (position & 7);
	}
	return bits;
}
