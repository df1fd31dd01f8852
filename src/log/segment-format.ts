/**
 * Log segments: the files of the log, and the header each begins with. The layout is in `docs/formats/log.md`.
 *
 * A segment is named by the first offset that it may hold, 16 hex digits and `.log`. Its header says where the chain stood
 * when it was made, so that a segment can be checked without the ones before it, which retention may have removed.
 */
import { checksum } from '../bytes/checksum.ts';
import { CorruptionError, newerFormat } from '../platform/errors.ts';
import type { Offset } from '../storage/contracts.ts';

/** The newest version of the format that this code reads, and the one it writes. */
export const LOG_VERSION = 1;

/** "POLYLOG\n", read as two little-endian words. */
const MAGIC_LOW = 0x594c4f50;
const MAGIC_HIGH = 0x0a474f4c;

const MAGIC_AT = 0;
const VERSION_AT = MAGIC_AT + 8;
const EPOCH_AT = VERSION_AT + 4;
const LOG_ID_AT = EPOCH_AT + 4;
const FIRST_OFFSET_AT = LOG_ID_AT + 8;
const SEQUENCE_AT = FIRST_OFFSET_AT + 8;
const SEGMENT_BEFORE_AT = SEQUENCE_AT + 8;
const TIME_AT = SEGMENT_BEFORE_AT + 8;
const PREVIOUS_AT = TIME_AT + 8;
const CHECKSUM_AT = PREVIOUS_AT + 4;
export const SEGMENT_HEADER_BYTES = CHECKSUM_AT + 4;

const NAME = /^[0-9a-f]{16}\.log$/;

/** A log's own random number, in the two halves that its bytes are compared by. */
export interface LogId {
	readonly low: number;
	readonly high: number;
}

/** Where the chain of frames stands: everything that decides whether the next bytes are its next frame. */
export interface ChainState {
	readonly id: LogId;
	/** Of the newest claim. */
	epoch: number;
	/** Number of the next frame; frames count from 1. */
	sequence: number;
	/** Checksum of the frame before, 0 before the first. */
	previous: number;
	/** The offset that the next commit will take. */
	nextOffset: Offset;
	/** Time of the newest commit, 0 before the first. */
	timeUs: number;
}

export interface SegmentHeader extends ChainState {
	/** First offset of the segment before, 0 for the first segment of the log. */
	readonly segmentBefore: Offset;
}

export function segmentName(firstOffset: Offset): string {
	return `${firstOffset.toString(16).padStart(16, '0')}.log`;
}

/** The first offset that a file's name stands for, or null when it is not the name of a segment. */
export function segmentOffset(name: string): Offset | null {
	return NAME.test(name) ? Number.parseInt(name.slice(0, 16), 16) : null;
}

export function encodeSegmentHeader(state: ChainState, segmentBefore: Offset): Buffer {
	const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
	bytes.writeUInt32LE(MAGIC_LOW, MAGIC_AT);
	bytes.writeUInt32LE(MAGIC_HIGH, MAGIC_AT + 4);
	bytes.writeUInt32LE(LOG_VERSION, VERSION_AT);
	bytes.writeUInt32LE(state.epoch, EPOCH_AT);
	bytes.writeUInt32LE(state.id.low, LOG_ID_AT);
	bytes.writeUInt32LE(state.id.high, LOG_ID_AT + 4);
	writeUint64(bytes, FIRST_OFFSET_AT, state.nextOffset);
	writeUint64(bytes, SEQUENCE_AT, state.sequence);
	writeUint64(bytes, SEGMENT_BEFORE_AT, segmentBefore);
	writeUint64(bytes, TIME_AT, state.timeUs);
	bytes.writeUInt32LE(state.previous, PREVIOUS_AT);
	bytes.writeUInt32LE(checksum(bytes, 0, CHECKSUM_AT), CHECKSUM_AT);
	return bytes;
}

/**
 * The header in `bytes`, which came from the start of the file at `path`. Throws CorruptionError when it is not whole,
 * UnsupportedError when a newer version wrote it.
 */
export function decodeSegmentHeader(bytes: Buffer, path: string): SegmentHeader {
	if (bytes.length < SEGMENT_HEADER_BYTES) throw damaged(path, `it has ${bytes.length} of ${SEGMENT_HEADER_BYTES} bytes`);
	if (bytes.readUInt32LE(MAGIC_AT) !== MAGIC_LOW || bytes.readUInt32LE(MAGIC_AT + 4) !== MAGIC_HIGH) throw damaged(path, 'it does not begin with "POLYLOG"');
	// The checksum comes first: stale bytes of preallocated space may look like a magic and any version.
	if (checksum(bytes, 0, CHECKSUM_AT) !== bytes.readUInt32LE(CHECKSUM_AT)) throw damaged(path, 'its checksum is wrong');
	const version = bytes.readUInt32LE(VERSION_AT);
	if (version > LOG_VERSION) throw newerFormat('log segment', path, version, LOG_VERSION);
	const firstOffset = readUint64(bytes, FIRST_OFFSET_AT);
	if (!path.endsWith(segmentName(firstOffset))) throw damaged(path, `it is that of the segment ${segmentName(firstOffset)}`);
	return {
		id: { low: bytes.readUInt32LE(LOG_ID_AT), high: bytes.readUInt32LE(LOG_ID_AT + 4) },
		epoch: bytes.readUInt32LE(EPOCH_AT),
		sequence: readUint64(bytes, SEQUENCE_AT),
		previous: bytes.readUInt32LE(PREVIOUS_AT),
		nextOffset: firstOffset,
		timeUs: readUint64(bytes, TIME_AT),
		segmentBefore: readUint64(bytes, SEGMENT_BEFORE_AT),
	};
}

/** A safe integer as 8 little-endian bytes. */
export function writeUint64(bytes: Buffer, at: number, value: number): void {
	bytes.writeUInt32LE(value % 0x100000000, at);
	bytes.writeUInt32LE(Math.floor(value / 0x100000000), at + 4);
}

export function readUint64(bytes: Buffer, at: number): number {
	return bytes.readUInt32LE(at + 4) * 0x100000000 + bytes.readUInt32LE(at);
}

function damaged(path: string, what: string): CorruptionError {
	return new CorruptionError('corruption', `the header of the log segment "${path}" (position 0) is damaged: ${what}`, { sqlstate: 'XX001' });
}
