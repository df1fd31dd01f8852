/**
 * The frame under construction: records are copied in behind room for the header, which `finish` fills in. Nothing is
 * allocated per record; the buffer is kept for the next frame and grows to the largest frame met.
 *
 * Cost: two records and about 20 bytes for a small transaction; the header is 64 bytes a frame.
 */
import { ByteWriter } from '../bytes/byte-writer.ts';
import { checksum } from '../bytes/checksum.ts';
import { varintBytes, writeVarint } from '../bytes/varint.ts';
import type { Offset } from '../storage/contracts.ts';
import {
	BULK,
	BYTES_AT,
	CHANGES,
	CHECKSUM_AT,
	CLAIM,
	COMMIT,
	COUNT_AT,
	EPOCH_AT,
	FIRST_OFFSET_AT,
	FLAGS_AT,
	FRAME_ALIGNMENT,
	FRAME_HEADER_BYTES,
	LOG_ID_AT,
	PREVIOUS_AT,
	SEQUENCE_AT,
	SYNCED_AT,
	TIME_AT,
	VERSION_AT,
} from './frame-format.ts';
import type { BulkFile } from './log.ts';
import { type ChainState, LOG_VERSION, writeUint64 } from './segment-format.ts';

/** Kind, flags and length of a record never take more. */
export const RECORD_HEADER_BYTES_MAX = 2 + 8;
/** A commit record never takes more (its flags' fields are reserved). */
export const COMMIT_BYTES_MAX = RECORD_HEADER_BYTES_MAX + 3 * 8;

export class FrameBuilder {
	bytes: Buffer;
	/** Where the next record goes; FRAME_HEADER_BYTES when there is none yet. */
	length = FRAME_HEADER_BYTES;
	count = 0;
	firstOffset: Offset = 0;
	timeUs = 0;
	readonly #bulk = new ByteWriter(64);

	constructor(initialBytes: number) {
		this.bytes = Buffer.alloc(initialBytes);
	}

	get isEmpty(): boolean {
		return this.count === 0;
	}

	begin(firstOffset: Offset, timeUs: number): void {
		this.length = FRAME_HEADER_BYTES;
		this.count = 0;
		this.firstOffset = firstOffset;
		this.timeUs = timeUs;
	}

	/** Adds a `changes` record with the bytes `from[start, end)`. */
	changes(from: Uint8Array, start: number, end: number): void {
		const count = end - start;
		let at = this.#record(CHANGES, count);
		const bytes = this.bytes;
		if (count < 32) for (let index = start; index < end; index++) bytes[at++] = from[index]!;
		else {
			bytes.set(start === 0 && end === from.length ? from : from.subarray(start, end), at);
			at += count;
		}
		this.length = at;
	}

	/** Adds a `changes` record of `count` bytes, which the caller copies to the place returned. */
	changesOf(count: number): number {
		const at = this.#record(CHANGES, count);
		this.length = at + count;
		return at;
	}

	/** Adds the commit that gives the changes before it their offset. */
	commit(offset: Offset, timeUs: number, catalogOffset: Offset): void {
		const place = offset - this.firstOffset;
		const elapsedUs = timeUs - this.timeUs;
		const catalogAge = offset - catalogOffset;
		let at = this.#record(COMMIT, varintBytes(place) + varintBytes(elapsedUs) + varintBytes(catalogAge));
		at = writeVarint(this.bytes, at, place);
		at = writeVarint(this.bytes, at, elapsedUs);
		this.length = writeVarint(this.bytes, at, catalogAge);
	}

	/** Adds the files that the transaction adopts. */
	bulk(files: readonly BulkFile[]): void {
		const payload = encodeBulk(this.#bulk, files);
		const at = this.#record(BULK, payload.length);
		this.bytes.set(payload.bytes.subarray(0, payload.length), at);
		this.length = at + payload.length;
	}

	/** Adds a claim: `reason` is one of CLAIM_…, `nonce` makes two claims of one epoch differ. */
	claim(reason: number, nonce: Uint8Array): void {
		let at = this.#record(CLAIM, 1 + nonce.length);
		this.bytes[at++] = reason;
		this.bytes.set(nonce, at);
		this.length = at + nonce.length;
	}

	/**
	 * Pads the frame, so that it ends at a multiple of `alignment` in its file where it begins at `position`, and writes its
	 * header for its place in the chain; returns its length. The chain is not moved.
	 */
	finish(chain: ChainState, syncedOffset: Offset, position: number, alignment: number): number {
		const end = Math.ceil((position + this.length) / alignment) * alignment - position;
		if (end > this.bytes.length) this.#grow(end);
		const bytes = this.bytes;
		bytes.fill(0, this.length, end);
		bytes.writeUInt32LE(end, BYTES_AT);
		bytes.writeUInt32LE(chain.id.low, LOG_ID_AT);
		bytes.writeUInt32LE(chain.id.high, LOG_ID_AT + 4);
		bytes.writeUInt32LE(chain.epoch, EPOCH_AT);
		bytes.writeUInt16LE(0, FLAGS_AT);
		bytes.writeUInt16LE(LOG_VERSION, VERSION_AT);
		bytes.writeUInt32LE(this.count, COUNT_AT);
		bytes.writeUInt32LE(chain.previous, PREVIOUS_AT);
		writeUint64(bytes, SEQUENCE_AT, chain.sequence);
		writeUint64(bytes, FIRST_OFFSET_AT, this.firstOffset);
		writeUint64(bytes, SYNCED_AT, syncedOffset);
		writeUint64(bytes, TIME_AT, this.timeUs);
		bytes.writeUInt32LE(checksum(bytes, BYTES_AT, end), CHECKSUM_AT);
		return end;
	}

	/** The checksum of the finished frame, which the next one repeats. */
	get checksum(): number {
		return this.bytes.readUInt32LE(CHECKSUM_AT);
	}

	/** Writes the head of a record of `payloadBytes`; returns where the payload goes. There is room for it, and for padding. */
	#record(kind: number, payloadBytes: number): number {
		const at = this.length;
		const needed = at + RECORD_HEADER_BYTES_MAX + payloadBytes + FRAME_ALIGNMENT;
		if (needed > this.bytes.length) this.#grow(needed);
		this.bytes[at] = kind;
		this.bytes[at + 1] = 0;
		this.count++;
		return writeVarint(this.bytes, at + 2, payloadBytes);
	}

	#grow(needed: number): void {
		const grown = Buffer.alloc(Math.max(needed, this.bytes.length * 2));
		grown.set(this.bytes.subarray(0, this.length));
		this.bytes = grown;
	}
}

/** Bytes that a `bulk` record for the files takes. */
export function bulkRecordBytes(files: readonly BulkFile[]): number {
	return RECORD_HEADER_BYTES_MAX + encodeBulk(new ByteWriter(64), files).length;
}

function encodeBulk(writer: ByteWriter, files: readonly BulkFile[]): ByteWriter {
	writer.reset();
	writer.varint(files.length);
	for (const file of files) {
		writer.text(file.name);
		writer.varint(file.bytes);
		writer.text(file.hash);
	}
	return writer;
}
