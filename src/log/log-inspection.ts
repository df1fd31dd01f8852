/** What `polylog check` and `polylog log` ask of the log: every frame checked, or described record by record. */
import { ByteReader } from '../bytes/byte-reader.ts';
import { CorruptionError } from '../platform/errors.ts';
import type { FileSystem } from '../platform/files.ts';
import type { Offset } from '../storage/contracts.ts';
import { BULK, CHANGES, CLAIM, CLAIM_CREATED, CLAIM_CUT, COMMIT, type Frame, RecordWalk } from './frame-format.ts';
import type { BulkFile } from './log.ts';
import { decodeBulk, readTransactions } from './log-reader.ts';
import { LogWalk } from './log-walk.ts';
import type { Segment } from './recovery.ts';

export type RecordDescription =
	| { readonly kind: 'changes'; readonly bytes: Uint8Array }
	| { readonly kind: 'commit'; readonly offset: Offset; readonly timeUs: number; readonly catalogOffset: Offset }
	| { readonly kind: 'bulk'; readonly files: readonly BulkFile[] }
	| { readonly kind: 'claim'; readonly reason: 'created' | 'opened' | 'cut' };

export interface FrameDescription {
	readonly path: string;
	readonly position: number;
	readonly bytes: number;
	readonly sequence: number;
	readonly epoch: number;
	readonly firstOffset: Offset;
	readonly syncedOffset: Offset;
	readonly timeUs: number;
	readonly records: readonly RecordDescription[];
}

/** Describes the frames from the one in which `from` lies (or the oldest held) to the end. */
export function* describeFrames(files: FileSystem, segments: readonly Segment[], endPosition: number, from: Offset): Generator<FrameDescription, void> {
	let index = segments.length - 1;
	while (index > 0 && segments[index]!.firstOffset > from) index--;
	const walk = new LogWalk(files, segments, index, endPosition);
	try {
		while (walk.next()) {
			const { frame } = walk;
			const records = describeRecords(frame);
			const last = records.findLast((record) => record.kind === 'commit');
			if ((last?.offset ?? frame.firstOffset) < from) continue;
			const { bytes, sequence, epoch, firstOffset, syncedOffset, timeUs } = frame;
			yield { path: walk.segment.path, position: walk.position, bytes, sequence, epoch, firstOffset, syncedOffset, timeUs, records };
		}
	} finally {
		walk.close();
	}
}

/** Reads everything from the oldest segment on; returns what is wrong, in words, ending at the first broken link. */
export function verifyFrames(files: FileSystem, segments: readonly Segment[], endPosition: number, lastOffset: Offset): string[] {
	const first = segments[0]!.firstOffset;
	const wrong: string[] = [];
	let expected = first;
	let timeUs = 0;
	try {
		for (const transaction of readTransactions(files, segments, endPosition, first - 1, false)) {
			if (transaction.offset !== expected) wrong.push(`log: offset ${transaction.offset} stands where ${expected} should`);
			if (transaction.timeUs <= timeUs) wrong.push(`log: the time of offset ${transaction.offset} is not after that of the one before`);
			expected = transaction.offset + 1;
			timeUs = transaction.timeUs;
		}
	} catch (error) {
		if (!(error instanceof CorruptionError)) throw error;
		wrong.push(error.message);
		return wrong;
	}
	if (expected !== lastOffset + 1) wrong.push(`log: the last offset is ${expected - 1}, but ${lastOffset} was written`);
	return wrong;
}

function describeRecords(frame: Frame): RecordDescription[] {
	const walk = new RecordWalk();
	const records: RecordDescription[] = [];
	walk.open(frame);
	while (walk.next()) records.push(describeRecord(frame, walk));
	return records;
}

function describeRecord(frame: Frame, walk: RecordWalk): RecordDescription {
	const reader = new ByteReader(walk.buffer, walk.start, walk.end);
	switch (walk.kind) {
		case CHANGES:
			return { kind: 'changes', bytes: reader.raw(walk.end - walk.start).slice() };
		case COMMIT: {
			const offset = frame.firstOffset + reader.varint();
			return { kind: 'commit', offset, timeUs: frame.timeUs + reader.varint(), catalogOffset: offset - reader.varint() };
		}
		case BULK:
			return { kind: 'bulk', files: decodeBulk(walk) };
		case CLAIM: {
			const reason = reader.uint8();
			return { kind: 'claim', reason: reason === CLAIM_CREATED ? 'created' : reason === CLAIM_CUT ? 'cut' : 'opened' };
		}
		default:
			throw new CorruptionError('corruption', `the log holds a record of unknown kind ${walk.kind}`, { sqlstate: 'XX001' });
	}
}
