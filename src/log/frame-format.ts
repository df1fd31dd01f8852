/**
 * Frames and records of the log: layout and checks. The page is `docs/formats/log.md`.
 *
 * A frame is a header of 64 bytes and records; its whole length is a multiple of 8, so that a search for frames steps by 8.
 * `Frame.read` takes the header at a place of a buffer; `continues` says whether it is the next of a chain, and `advance`
 * moves the chain past it. Records are walked by `RecordWalk`.
 */
import { checksum } from '../bytes/checksum.ts';
import { readVarint, varintBytes } from '../bytes/varint.ts';
import type { Offset } from '../storage/contracts.ts';
import { type ChainState, type LogId, readUint64 } from './segment-format.ts';

export const CHECKSUM_AT = 0;
export const BYTES_AT = CHECKSUM_AT + 4;
export const LOG_ID_AT = BYTES_AT + 4;
export const EPOCH_AT = LOG_ID_AT + 8;
export const FLAGS_AT = EPOCH_AT + 4;
export const VERSION_AT = FLAGS_AT + 2;
export const COUNT_AT = VERSION_AT + 2;
export const PREVIOUS_AT = COUNT_AT + 4;
export const SEQUENCE_AT = PREVIOUS_AT + 4;
export const FIRST_OFFSET_AT = SEQUENCE_AT + 8;
export const SYNCED_AT = FIRST_OFFSET_AT + 8;
export const TIME_AT = SYNCED_AT + 8;
export const FRAME_HEADER_BYTES = TIME_AT + 8;

/** Frames begin at multiples of it. */
export const FRAME_ALIGNMENT = 8;
/** No frame is longer: a length past it is damage, not a reason to read that much. */
export const FRAME_BYTES_LIMIT = 64 << 20;

/** Frame flags. Both are reserved from version 1 on; a frame with a flag that is not known is refused. */
export const FRAME_COMPRESSED = 1;
export const FRAME_ENCRYPTED = 2;
export const FRAME_FLAGS_KNOWN = 0;

/** Kinds of record. Never reused. */
export const CHANGES = 1;
export const COMMIT = 2;
export const BULK = 3;
export const CLAIM = 4;

/** Flags of a record: the payload is encrypted with a key of its subject (reserved). */
export const RECORD_ENCRYPTED = 1;
/** Flags of a commit: a request id follows the fixed fields (reserved). */
export const COMMIT_REQUEST_ID = 2;
/** Flags of a commit: the id of the log it came from follows (reserved). */
export const COMMIT_ORIGIN = 4;
export const RECORD_FLAGS_KNOWN = 0;

/** Why a log was claimed. Never reused. */
export const CLAIM_CREATED = 1;
export const CLAIM_OPENED = 2;
export const CLAIM_CUT = 3;

/** The header of one frame, read from `buffer[at…]`. */
export class Frame {
	buffer: Buffer = Buffer.alloc(0);
	at = 0;
	checksum = 0;
	bytes = 0;
	idLow = 0;
	idHigh = 0;
	epoch = 0;
	flags = 0;
	version = 0;
	count = 0;
	previous = 0;
	sequence = 0;
	firstOffset: Offset = 0;
	syncedOffset: Offset = 0;
	timeUs = 0;

	/** Takes the fields from the header at `buffer[at]`; there must be FRAME_HEADER_BYTES of it. Checks nothing. */
	read(buffer: Buffer, at: number): void {
		this.buffer = buffer;
		this.at = at;
		this.checksum = buffer.readUInt32LE(at + CHECKSUM_AT);
		this.bytes = buffer.readUInt32LE(at + BYTES_AT);
		this.idLow = buffer.readUInt32LE(at + LOG_ID_AT);
		this.idHigh = buffer.readUInt32LE(at + LOG_ID_AT + 4);
		this.epoch = buffer.readUInt32LE(at + EPOCH_AT);
		this.flags = buffer.readUInt16LE(at + FLAGS_AT);
		this.version = buffer.readUInt16LE(at + VERSION_AT);
		this.count = buffer.readUInt32LE(at + COUNT_AT);
		this.previous = buffer.readUInt32LE(at + PREVIOUS_AT);
		this.sequence = readUint64(buffer, at + SEQUENCE_AT);
		this.firstOffset = readUint64(buffer, at + FIRST_OFFSET_AT);
		this.syncedOffset = readUint64(buffer, at + SYNCED_AT);
		this.timeUs = readUint64(buffer, at + TIME_AT);
	}

	/** The length is one that a frame can have. */
	hasPlausibleLength(): boolean {
		return this.bytes >= FRAME_HEADER_BYTES && this.bytes <= FRAME_BYTES_LIMIT && this.bytes % FRAME_ALIGNMENT === 0;
	}

	/** The whole frame is in the buffer, and its checksum is right. */
	isWhole(): boolean {
		const end = this.at + this.bytes;
		return end <= this.buffer.length && checksum(this.buffer, this.at + BYTES_AT, end) === this.checksum;
	}

	belongsTo(id: LogId): boolean {
		return this.idLow === id.low && this.idHigh === id.high;
	}

	/** Kind of the first record. */
	get firstKind(): number {
		return this.bytes > FRAME_HEADER_BYTES ? this.buffer[this.at + FRAME_HEADER_BYTES]! : 0;
	}
}

/**
 * Null when the frame is the next of the chain, otherwise why it is not. Only a claim may raise the epoch: what a deposed or
 * cut-off writer left behind carries an old one.
 */
export function whyNotNext(frame: Frame, chain: ChainState): string | null {
	if (!frame.belongsTo(chain.id)) return 'it belongs to another log';
	if (frame.sequence !== chain.sequence) return `it is frame ${frame.sequence}, not ${chain.sequence}`;
	if (frame.previous !== chain.previous) return 'it does not follow the frame before it';
	if (frame.epoch !== chain.epoch && !(frame.epoch > chain.epoch && frame.firstKind === CLAIM)) return `its epoch is ${frame.epoch}, not ${chain.epoch}`;
	if (frame.firstOffset !== chain.nextOffset) return `its first offset is ${frame.firstOffset}, not ${chain.nextOffset}`;
	return null;
}

/** A walk over the records of one frame: `next`, then the fields. */
export class RecordWalk {
	buffer: Buffer = Buffer.alloc(0);
	/** Place of the record's first byte. */
	recordStart = 0;
	kind = 0;
	flags = 0;
	/** The payload is `buffer[start, end)`. */
	start = 0;
	end = 0;
	#rest = 0;

	open(frame: Frame): void {
		this.buffer = frame.buffer;
		this.end = frame.at + FRAME_HEADER_BYTES;
		this.#rest = frame.count;
	}

	next(): boolean {
		if (this.#rest === 0) return false;
		this.#rest--;
		const at = this.end;
		this.recordStart = at;
		this.kind = this.buffer[at]!;
		this.flags = this.buffer[at + 1]!;
		const bytes = readVarint(this.buffer, at + 2);
		this.start = at + 2 + varintBytes(bytes);
		this.end = this.start + bytes;
		return true;
	}
}
