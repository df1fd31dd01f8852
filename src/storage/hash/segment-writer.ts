/**
 * Writes one segment. Records come in ascending order of their keys, each key once; `finish` syncs the file (not its directory).
 *
 * Cost: one pass, a write buffer of 256 KiB and 24 bytes a record for its hints in memory.
 */
import { checksum } from '../../bytes/checksum.ts';
import { LimitError } from '../../platform/errors.ts';
import type { FileHandle, FileSystem } from '../../platform/files.ts';
import { fileName } from '../file-names.ts';
import { removeQuietly } from '../stored-files.ts';
import { HintList } from './hint-list.ts';
import { KeyHash } from './key-hash.ts';
import {
	encodeFooter,
	encodeHeader,
	FENCE_BYTES,
	HASH_SHIFT,
	HEADER_BYTES,
	LENGTH_MASK,
	LENGTH_SHIFT,
	RECORD_HEADER_BYTES,
	recordBytes,
	TOMBSTONE,
	TOMBSTONE_BIT,
	UNIT_BYTES,
} from './segment-format.ts';

const WRITE_BYTES = 1 << 18;
const SEGMENT_BYTES_MAX = 2 ** 32 * UNIT_BYTES;

/** What is known of a finished segment. */
export interface SegmentInfo {
	readonly number: number;
	readonly bytes: number;
	readonly entries: number;
	readonly tombstones: number;
}

export class SegmentWriter {
	readonly #files: FileSystem;
	readonly #path: string;
	readonly #number: number;
	readonly #file: FileHandle;
	readonly #hash: KeyHash;
	readonly #hints: HintList;
	readonly #fences: number[];
	/** Written to the file so far, and what waits to be written. */
	#written: number;
	#buffer: Uint8Array;
	#end: number;
	#tombstones: number;
	/** The part of the file that the last fence is of. */
	#fencedPart: number;
	#isClosed: boolean;

	/** Makes the file. `seed`: of the keyspace's hash. */
	constructor(files: FileSystem, directory: string, number: number, seed: number) {
		this.#files = files;
		this.#path = `${directory}/${fileName(number, 'hash')}`;
		this.#number = number;
		this.#file = files.open(this.#path, 'create');
		this.#hash = new KeyHash(seed);
		this.#hints = new HintList();
		this.#fences = [];
		this.#written = 0;
		this.#buffer = new Uint8Array(WRITE_BYTES);
		this.#buffer.set(encodeHeader(seed));
		this.#end = HEADER_BYTES;
		this.#tombstones = 0;
		this.#fencedPart = -1;
		this.#isClosed = false;
	}

	/** Adds a record with a key above all before; value null is a tombstone. */
	add(key: Uint8Array, keyStart: number, keyEnd: number, value: Uint8Array | null, valueStart: number, valueEnd: number): void {
		const keyBytes = keyEnd - keyStart;
		const valueBytes = value === null ? 0 : valueEnd - valueStart;
		const bytes = recordBytes(keyBytes, valueBytes);
		if (this.#end + bytes > this.#buffer.length) this.#flush(bytes);
		const position = this.#written + this.#end;
		if (position + bytes > SEGMENT_BYTES_MAX) {
			throw new LimitError('file-too-long', `segment "${this.#path}" cannot hold more than ${SEGMENT_BYTES_MAX} bytes`, { sqlstate: '54000' });
		}
		const buffer = this.#buffer;
		const start = this.#end;
		writeUint32(buffer, start + 4, value === null ? TOMBSTONE : valueBytes);
		buffer[start + 8] = keyBytes;
		buffer[start + 9] = keyBytes >>> 8;
		let at = start + RECORD_HEADER_BYTES;
		copy(key, keyStart, keyEnd, buffer, at);
		at += keyBytes;
		if (value !== null) copy(value, valueStart, valueEnd, buffer, at);
		at += valueBytes;
		writeUint32(buffer, start, checksum(buffer, start + 4, at));
		this.#end = start + bytes;
		for (; at < this.#end; at++) buffer[at] = 0;
		const part = Math.floor(position / FENCE_BYTES);
		if (part !== this.#fencedPart) {
			this.#fencedPart = part;
			this.#fences.push(position / UNIT_BYTES);
		}
		this.#hash.hash(key, keyStart, keyEnd);
		const units = Math.min(bytes / UNIT_BYTES, LENGTH_MASK);
		if (value === null) this.#tombstones++;
		this.#hints.add(this.#hash.high, position / UNIT_BYTES, (this.#hash.low << HASH_SHIFT) | (value === null ? TOMBSTONE_BIT : 0) | (units << LENGTH_SHIFT));
	}

	/** The finished, synced segment; null, and no file, when nothing was added. */
	finish(): SegmentInfo | null {
		const entries = this.#hints.count;
		if (entries === 0) {
			this.abandon();
			return null;
		}
		const hintsPosition = this.#written + this.#end;
		this.#flush(0);
		const hints = bytesOf(this.#hints.sorted());
		const fences = bytesOf(Int32Array.from(this.#fences));
		const footer = encodeFooter({
			hintsPosition,
			entries,
			tombstones: this.#tombstones,
			fences: this.#fences.length,
			hintsChecksum: checksum(hints, 0, hints.length),
			fencesChecksum: checksum(fences, 0, fences.length),
		});
		for (const part of [hints, fences, footer]) {
			this.#file.write(part, 0, part.length, this.#written);
			this.#written += part.length;
		}
		this.#file.sync();
		this.#close();
		return { number: this.#number, bytes: this.#written, entries, tombstones: this.#tombstones };
	}

	/** Removes what was written. */
	abandon(): void {
		this.#close();
		removeQuietly(this.#files, this.#path);
	}

	#close(): void {
		if (!this.#isClosed) this.#file.close();
		this.#isClosed = true;
	}

	/** Writes the buffer, and makes room for `bytes`. */
	#flush(bytes: number): void {
		if (this.#end > 0) this.#file.write(this.#buffer, 0, this.#end, this.#written);
		this.#written += this.#end;
		this.#end = 0;
		if (bytes > this.#buffer.length) this.#buffer = new Uint8Array(bytes);
	}
}

/** Words as the bytes of the file: little-endian, whatever the machine's order. */
function bytesOf(words: Int32Array): Uint8Array {
	const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
	return isLittleEndian ? bytes : swapped(bytes);
}

/** The words in bytes of a file, for which nothing else may be using the memory. */
export function wordsOf(bytes: Uint8Array): Int32Array {
	const own = isLittleEndian ? bytes : swapped(bytes);
	return new Int32Array(own.buffer, own.byteOffset, own.length >>> 2);
}

const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

function swapped(bytes: Uint8Array): Uint8Array {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	const made = new Uint8Array(bytes.length);
	const into = new DataView(made.buffer);
	for (let at = 0; at < bytes.length; at += 4) into.setUint32(at, view.getUint32(at, true), false);
	return made;
}

const LOOP_COPY_BYTES = 48;

function copy(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
	if (end - start <= LOOP_COPY_BYTES) for (let i = start; i < end; i++) to[at++] = from[i]!;
	else to.set(from.subarray(start, end), at);
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
	bytes[at] = value;
	bytes[at + 1] = value >>> 8;
	bytes[at + 2] = value >>> 16;
	bytes[at + 3] = value >>> 24;
}
