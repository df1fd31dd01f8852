/**
 * COPY's binary format.
 *
 * Format: `PGCOPY\n\xff\r\n\0 | flags i32 | extension length i32 | extension`, then rows of `fields i16`, each field
 * `length i32 (−1: NULL) | bytes`; fields −1 ends the data. Big-endian.
 *
 * Source: PostgreSQL 15, COPY, "Binary Format".
 */
import { atCopyPosition, badCopyData, type CopyDecoder, type CopyTarget, type FieldParser, type RowTaker } from './copy-options.ts';

export const COPY_SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const HEADER_BYTES = COPY_SIGNATURE.length + 8;
/** Flags in the upper half say that the format differs; bit 16 was for rows with oids. */
const CRITICAL_FLAGS = 0xffff0000;
const RETRY_BYTES_MIN = 64 * 1024;

export class CopyBinaryDecoder implements CopyDecoder {
	rowCount = 0;
	readonly #target: CopyTarget;
	readonly #parsers: readonly FieldParser[];
	readonly #take: RowTaker;
	readonly #row: unknown[];
	#bytes: Buffer = Buffer.alloc(0);
	#at = 0;
	#headerRead = false;
	#done = false;
	#column = -1;
	#retryAt = 0;

	constructor(target: CopyTarget, parsers: readonly FieldParser[], take: RowTaker) {
		this.#target = target;
		this.#parsers = parsers;
		this.#take = take;
		this.#row = new Array<unknown>(parsers.length).fill(null);
	}

	push(piece: Uint8Array): void {
		if (this.#done) {
			if (piece.length > 0) throw badCopyData('received copy data after EOF marker');
			return;
		}
		const waiting = this.#bytes.length - this.#at;
		const view = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
		this.#bytes = waiting === 0 ? view : Buffer.concat([this.#bytes.subarray(this.#at), view]);
		this.#at = 0;
		if (this.#bytes.length >= this.#retryAt) {
			this.#read();
			const left = this.#bytes.length - this.#at;
			this.#retryAt = left < RETRY_BYTES_MIN ? 0 : left * 2;
		}
		// The piece is the caller's.
		this.#bytes = Buffer.from(this.#bytes.subarray(this.#at));
		this.#at = 0;
	}

	finish(): void {
		if (this.#done) return;
		this.#read();
		if (!this.#headerRead) throw badCopyData('COPY file signature not recognized');
		if (!this.#done && this.#at < this.#bytes.length) throw badCopyData('unexpected EOF in COPY data');
	}

	#read(): void {
		try {
			if (!this.#headerRead && !this.#readHeader()) return;
			while (!this.#done && this.#readRow());
		} catch (error) {
			throw atCopyPosition(error, this.#target, this.rowCount + 1, this.#column, null);
		}
	}

	#readHeader(): boolean {
		const bytes = this.#bytes;
		const count = Math.min(bytes.length, COPY_SIGNATURE.length);
		if (!bytes.subarray(0, count).equals(COPY_SIGNATURE.subarray(0, count))) throw badCopyData('COPY file signature not recognized');
		if (bytes.length < HEADER_BYTES) return false;
		const flags = bytes.readUInt32BE(COPY_SIGNATURE.length);
		if ((flags & CRITICAL_FLAGS) !== 0) throw badCopyData('unrecognized critical flags in COPY file header');
		const extensionBytes = bytes.readInt32BE(COPY_SIGNATURE.length + 4);
		if (extensionBytes < 0) throw badCopyData('invalid COPY file header (missing length)');
		if (bytes.length < HEADER_BYTES + extensionBytes) return false;
		this.#at = HEADER_BYTES + extensionBytes;
		this.#headerRead = true;
		return true;
	}

	#readRow(): boolean {
		const bytes = this.#bytes;
		const end = bytes.length;
		const rowStart = this.#at;
		if (rowStart + 2 > end) return false;
		const count = bytes.readInt16BE(rowStart);
		if (count === -1) {
			this.#done = true;
			this.#at = rowStart + 2;
			if (this.#at < end) throw badCopyData('received copy data after EOF marker');
			return false;
		}
		if (count !== this.#parsers.length) throw badCopyData(`row field count is ${count}, expected ${this.#parsers.length}`);
		if (!this.#isComplete(rowStart + 2, count)) return false;
		let at = rowStart + 2;
		for (let column = 0; column < count; column++) {
			this.#column = column;
			const length = bytes.readInt32BE(at);
			at += 4;
			this.#row[column] = length === -1 ? null : this.#parsers[column]!(bytes, at, at + length);
			at += Math.max(0, length);
		}
		this.#column = -1;
		this.#at = at;
		this.rowCount++;
		this.#take(this.#row);
		return true;
	}

	#isComplete(start: number, count: number): boolean {
		const bytes = this.#bytes;
		let at = start;
		for (let column = 0; column < count; column++) {
			if (at + 4 > bytes.length) return false;
			const length = bytes.readInt32BE(at);
			if (length < -1) throw badCopyData('invalid field size');
			at += 4 + Math.max(0, length);
			if (at > bytes.length) return false;
		}
		return true;
	}
}
