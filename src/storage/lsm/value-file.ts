/**
 * Value files hold the large values of a keyspace apart from its keys: sstables then have a pointer in the place of the value,
 * and a compaction moves pointers. The format is `docs/formats/value-file.md`. A file is written once, by one flush or one
 * compaction, and lives as long as a pointer to it: sstables hold it, and the manifest names it beside them.
 *
 * Garbage: each sstable knows how many bytes it points to in each file, so what nothing points to is known without reading.
 * `compaction-picker.ts` has the values of a file that is mostly garbage written anew.
 *
 * Source: Lu et al., "WiscKey: Separating Keys from Values in SSD-conscious Storage" (2016); pointers kept per sstable as in
 * RocksDB's BlobDB, since a value log of one piece is collected by looking up each of its keys.
 */
import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-writer.ts';
import { checksum } from '../../bytes/checksum.ts';
import { readVarint, varintBytes, writeVarint } from '../../bytes/varint.ts';
import { newerFormat } from '../../platform/errors.ts';
import type { FileHandle, FileSystem } from '../../platform/files.ts';
import type { BlockCache, CachedFile } from '../block-cache.ts';
import type { Slot } from '../contracts.ts';
import { NO_BYTES } from '../entry-source.ts';
import { valueFileName } from '../file-names.ts';
import { corrupt, removeQuietly } from '../stored-files.ts';
import type { SstableInfo } from './sstable-format.ts';

export const VALUE_FILE_VERSION = 1;
/** "PLOGVAL" and a zero byte. */
const MAGIC = Uint8Array.of(0x50, 0x4c, 0x4f, 0x47, 0x56, 0x41, 0x4c, 0x00);
const VERSION_AT = MAGIC.length;
const HEADER_BYTES = VERSION_AT + 4;
/** Before a value: its length and the checksum of its bytes. */
const RECORD_LENGTH_BYTES = 4;
export const RECORD_HEADER_BYTES = RECORD_LENGTH_BYTES + 4;
const WRITE_BYTES = 1 << 18;
/** Kinds of wrapped values: the first byte of every value in an sstable that has pointers. */
export const WRAPPED_INLINE = 0;
export const WRAPPED_POINTER = 1;
/** A pointer is its kind and three varints. */
export const POINTER_BYTES_MAX = 1 + 3 * 8;
/** How many bytes of a value file, headers of values included, an sstable points to. */
export interface ValueReference {
	readonly file: number;
	readonly bytes: number;
}

/** What the manifest keeps with an sstable that points into value files. */
export function encodeReferences(references: readonly ValueReference[]): Uint8Array {
	if (references.length === 0) return NO_BYTES;
	const writer = new ByteWriter();
	writer.varint(references.length);
	for (const { file, bytes } of references) {
		writer.varint(file);
		writer.varint(bytes);
	}
	return writer.copy();
}

export function decodeReferences(state: Uint8Array): ValueReference[] {
	const references: ValueReference[] = [];
	if (state.length === 0) return references;
	const reader = new ByteReader(state);
	for (let rest = reader.varint(); rest > 0; rest--) references.push({ file: reader.varint(), bytes: reader.varint() });
	return references;
}

/** Moves behind the references at the beginning of a state. */
export function skipReferences(reader: ByteReader): void {
	for (let rest = reader.varint(); rest > 0; rest--) {
		reader.varint();
		reader.varint();
	}
}

/** Where a value lies. */
export interface ValuePointer {
	file: number;
	/** Of its record. */
	position: number;
	/** Of the value. */
	length: number;
}

/** Writes a pointer as a wrapped value at `into[at]`; returns where it ends. */
export function writePointer(into: Uint8Array, at: number, file: number, position: number, length: number): number {
	into[at] = WRAPPED_POINTER;
	return writeVarint(into, writeVarint(into, writeVarint(into, at + 1, file), position), length);
}

/** Reads the pointer that is the wrapped value at `bytes[start]`. */
export function readPointer(bytes: Uint8Array, start: number, into: ValuePointer): void {
	let at = start + 1;
	into.file = readVarint(bytes, at);
	at += varintBytes(into.file);
	into.position = readVarint(bytes, at);
	at += varintBytes(into.position);
	into.length = readVarint(bytes, at);
}

/** Writes one value file: `append` for each value, then `finish`. */
export class ValueFileWriter {
	readonly number: number;
	readonly #file: FileHandle;
	#buffer: Uint8Array;
	#end: number;
	#written: number;
	#hash: number;
	#entries: number;

	constructor(files: FileSystem, directory: string, number: number) {
		this.number = number;
		this.#file = files.open(`${directory}/${valueFileName(number)}`, 'create');
		this.#buffer = new Uint8Array(2 * WRITE_BYTES);
		this.#buffer.set(MAGIC);
		this.#buffer[VERSION_AT] = VALUE_FILE_VERSION;
		this.#end = HEADER_BYTES;
		this.#written = 0;
		this.#hash = 0;
		this.#entries = 0;
	}

	/** Adds a value; returns the position of its record. */
	append(value: Uint8Array, start: number, end: number): number {
		const length = end - start;
		const needed = this.#end + RECORD_HEADER_BYTES + length;
		if (needed > this.#buffer.length) {
			const grown = new Uint8Array(needed + WRITE_BYTES);
			grown.set(this.#buffer.subarray(0, this.#end));
			this.#buffer = grown;
		}
		const position = this.#written + this.#end;
		writeUint32(this.#buffer, this.#end, length);
		writeUint32(this.#buffer, this.#end + RECORD_LENGTH_BYTES, checksum(value, start, end));
		this.#buffer.set(value.subarray(start, end), this.#end + RECORD_HEADER_BYTES);
		this.#end = needed;
		this.#entries++;
		if (this.#end >= WRITE_BYTES) this.#writeOut();
		return position;
	}

	/** Writes the rest, syncs and closes the file. The caller syncs the directory. */
	finish(): SstableInfo {
		this.#writeOut();
		this.#file.sync();
		this.#file.close();
		return {
			number: this.number,
			bytes: this.#written,
			entries: this.#entries,
			tombstones: 0,
			smallest: NO_BYTES,
			largest: NO_BYTES,
			hash: this.#hash.toString(16).padStart(8, '0'),
		};
	}

	/** Closes the file without finishing it; the caller removes it. */
	abandon(): void {
		this.#file.close();
	}

	#writeOut(): void {
		this.#hash = checksum(this.#buffer, 0, this.#end, this.#hash);
		this.#file.write(this.#buffer, 0, this.#end, this.#written);
		this.#written += this.#end;
		this.#end = 0;
	}
}

/** An open value file: sstables hold it, the last one to let go closes it. Values that were read are kept as the block cache decides. */
export class ValueFile implements CachedFile {
	readonly path: string;
	readonly info: SstableInfo;
	/** Bytes of all its values, their headers included. */
	readonly valueBytes: number;
	/** Open sstables that point into it. */
	references: number;
	/** No version will point into it: the file is removed when the last sstable lets go. */
	isObsolete: boolean;
	isGone: boolean;
	readonly #files: FileSystem;
	readonly #cache: BlockCache;
	#file: FileHandle | null;
	#isChecked: boolean;
	readonly #values: Map<number, Uint8Array>;
	readonly #used: Set<number>;

	constructor(files: FileSystem, directory: string, info: SstableInfo, cache: BlockCache) {
		this.path = `${directory}/${valueFileName(info.number)}`;
		this.info = info;
		this.valueBytes = info.bytes - HEADER_BYTES;
		this.references = 0;
		this.isObsolete = false;
		this.isGone = false;
		this.#files = files;
		this.#cache = cache;
		this.#file = null;
		this.#isChecked = false;
		this.#values = new Map();
		this.#used = new Set();
	}

	/** Puts the value at a pointer in `slot`. */
	read(position: number, length: number, slot: Slot): void {
		let value = this.#values.get(position);
		if (value === undefined) {
			value = this.readUncached(position, length);
			this.#values.set(position, value);
			this.#cache.add(this, position, value.length);
		} else {
			this.#used.add(position);
			this.#cache.hits++;
		}
		slot.buffer = value;
		slot.start = RECORD_HEADER_BYTES;
		slot.end = value.length;
	}

	/** The record at `position`, header and value of `length` bytes; checked. */
	readUncached(position: number, length: number): Uint8Array {
		const record = new Uint8Array(RECORD_HEADER_BYTES + length);
		const got = this.#handle().read(record, 0, record.length, position);
		if (got < record.length) throw corrupt(this.path, position, `a value of ${length} bytes is cut short after ${got}`);
		if (readUint32(record, 0) !== length || readUint32(record, RECORD_LENGTH_BYTES) !== checksum(record, RECORD_HEADER_BYTES, record.length)) {
			throw corrupt(this.path, position, `the checksum of a value of ${length} bytes does not match`);
		}
		return record;
	}

	/** Reads the whole file: header, the checksum of each value and of all bytes. Returns what is wrong. */
	verify(): string[] {
		try {
			const bytes = this.#handle().bytes();
			if (bytes !== this.info.bytes) throw corrupt(this.path, Math.min(bytes, this.info.bytes), `${this.info.bytes} bytes expected, ${bytes} found`);
			const header = new Uint8Array(HEADER_BYTES);
			this.#handle().read(header, 0, HEADER_BYTES, 0);
			let hash = checksum(header, 0, HEADER_BYTES);
			let entries = 0;
			const length = new Uint8Array(RECORD_LENGTH_BYTES);
			for (let position = HEADER_BYTES; position < bytes; entries++) {
				this.#handle().read(length, 0, RECORD_LENGTH_BYTES, position);
				const record = this.readUncached(position, Math.min(readUint32(length, 0), bytes - position));
				hash = checksum(record, 0, record.length, hash);
				position += record.length;
			}
			if (entries !== this.info.entries || hash.toString(16).padStart(8, '0') !== this.info.hash) {
				return [`"${this.path}": its content is not what was written (${entries} values, the manifest says ${this.info.entries})`];
			}
			return [];
		} catch (error) {
			return [error instanceof Error ? error.message : String(error)];
		}
	}

	/** An sstable lets go. */
	release(): void {
		this.references--;
		if (this.references > 0) return;
		this.close();
		if (this.isObsolete) removeQuietly(this.#files, this.path);
	}

	close(): void {
		this.isGone = true;
		if (this.#values.size > 0) this.#cache.forget(this);
		this.#values.clear();
		this.closeFile();
	}

	closeFile(): void {
		this.#cache.closed(this);
		this.#file?.close();
		this.#file = null;
	}

	wasUsed(part: number): boolean {
		return this.#used.delete(part);
	}

	evict(part: number): boolean {
		this.#values.delete(part);
		return true;
	}

	#handle(): FileHandle {
		if (this.#file === null) {
			this.#file = this.#files.open(this.path, 'read');
			this.#cache.opened(this);
			if (!this.#isChecked) this.#checkHeader(this.#file);
		}
		return this.#file;
	}

	#checkHeader(file: FileHandle): void {
		const header = new Uint8Array(HEADER_BYTES);
		const count = file.read(header, 0, HEADER_BYTES, 0);
		if (count < HEADER_BYTES) throw corrupt(this.path, 0, `the file of ${count} bytes is too short for a header`);
		for (let i = 0; i < MAGIC.length; i++) if (header[i] !== MAGIC[i]) throw corrupt(this.path, i, 'it does not begin like a value file');
		const version = readUint32(header, VERSION_AT);
		this.#isChecked = version <= VALUE_FILE_VERSION;
		if (this.#isChecked) return;
		throw newerFormat('value file', this.path, version, VALUE_FILE_VERSION);
	}
}

function writeUint32(into: Uint8Array, at: number, value: number): void {
	into[at] = value;
	into[at + 1] = value >>> 8;
	into[at + 2] = value >>> 16;
	into[at + 3] = value >>> 24;
}

function readUint32(bytes: Uint8Array, at: number): number {
	return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
