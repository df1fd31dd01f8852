/**
 * The column file, `docs/formats/column-file.md`: a header, the blocks of all row groups, a directory of them, and a trailer that
 * says where the directory is. Each part ends in a checksum of it.
 *
 *     0     16  header: magic, version, checksum of both
 *     16     …  blocks: keys, then the columns, of each row group; each followed by its checksum
 *     …      …  directory
 *     end−28 28 trailer: position and bytes of the directory, its checksum, magic, checksum of the trailer
 *
 * A directory says of each block where it lies and what its values are between, so that a reader can pass it over; and which rows of
 * older files the rows and removals of this one have replaced.
 */
import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-writer.ts';
import { checksum } from '../../bytes/checksum.ts';
import { newerFormat } from '../../platform/errors.ts';
import { corrupt } from '../stored-files.ts';
import type { SegmentFacts } from './group-builder.ts';
import { decodeShape, encodeShape, type RowShape } from './row-shape.ts';

export const COLUMN_FILE_VERSION = 1;
/** "PLOGCOL" and a zero byte. */
const MAGIC = Uint8Array.of(0x50, 0x4c, 0x4f, 0x47, 0x43, 0x4f, 0x4c, 0x00);
const VERSION_AT = 8;
const HEADER_CHECKSUM_AT = 12;
export const HEADER_BYTES = 16;
const DIRECTORY_BYTES_AT = 8;
const DIRECTORY_CHECKSUM_AT = 12;
const TRAILER_MAGIC_AT = 16;
const TRAILER_CHECKSUM_AT = 24;
export const TRAILER_BYTES = 28;
export const CHECKSUM_BYTES = 4;

/** Where a block lies, without its checksum. */
export interface BlockPlace {
	readonly position: number;
	readonly bytes: number;
	/** Of columns; null for keys. */
	readonly facts: SegmentFacts | null;
}

export interface RowGroup {
	/** The row of the file with which it begins. */
	readonly firstRow: number;
	readonly rows: number;
	readonly smallest: Uint8Array;
	readonly largest: Uint8Array;
	readonly keys: BlockPlace;
	readonly columns: readonly BlockPlace[];
}

/** Rows of an older file that are replaced or removed. */
export interface Replaced {
	/** Number of the older file. */
	readonly number: number;
	/** Ascending. */
	readonly rows: Uint32Array;
}

export interface Directory {
	readonly shape: RowShape | null;
	readonly groups: readonly RowGroup[];
	readonly replaced: readonly Replaced[];
}

export function encodeHeader(): Uint8Array {
	const writer = new ByteWriter(HEADER_BYTES);
	writer.raw(MAGIC);
	writer.uint32(COLUMN_FILE_VERSION);
	writer.uint32(checksum(writer.bytes, 0, HEADER_CHECKSUM_AT));
	return writer.copy();
}

export function checkHeader(bytes: Uint8Array, path: string): void {
	const reader = new ByteReader(bytes);
	if (!startsWith(bytes, 0)) throw corrupt(path, 0, 'it does not begin as a column file does');
	reader.skip(VERSION_AT);
	const version = reader.uint32();
	if (reader.uint32() !== checksum(bytes, 0, HEADER_CHECKSUM_AT)) throw corrupt(path, 0, 'the checksum of its header is wrong');
	if (version > COLUMN_FILE_VERSION) {
		throw newerFormat('column file', path, version, COLUMN_FILE_VERSION);
	}
}

function startsWith(bytes: Uint8Array, at: number): boolean {
	return MAGIC.every((byte, i) => bytes[at + i] === byte);
}

/** The directory and the trailer behind it, which lies at `position` of the file. */
export function encodeDirectory(directory: Directory, position: number): Uint8Array {
	const writer = new ByteWriter(1 << 14);
	encodeShape(directory.shape, writer);
	writer.varint(directory.groups.length);
	for (const group of directory.groups) {
		writer.varint(group.rows);
		writer.blob(group.smallest);
		writer.blob(group.largest);
		writeBlock(group.keys, writer);
		writer.varint(group.columns.length);
		for (const column of group.columns) writeBlock(column, writer);
	}
	writer.varint(directory.replaced.length);
	for (const { number, rows } of directory.replaced) {
		writer.varint(number);
		writer.varint(rows.length);
		let last = -1;
		for (const row of rows) {
			writer.varint(row - last - 1);
			last = row;
		}
	}
	const bytes = writer.length;
	const trailer = new ByteWriter(TRAILER_BYTES);
	trailer.uint64(position);
	trailer.uint32(bytes);
	trailer.uint32(checksum(writer.bytes, 0, bytes));
	trailer.raw(MAGIC);
	trailer.uint32(checksum(trailer.bytes, 0, TRAILER_CHECKSUM_AT));
	writer.raw(trailer.copy());
	return writer.copy();
}

function writeBlock({ position, bytes, facts }: BlockPlace, writer: ByteWriter): void {
	writer.varint(position);
	writer.varint(bytes);
	if (facts === null) return;
	writer.varint(facts.nullCount);
	writer.uint8(Number.isNaN(facts.least) ? 0 : 1);
	if (Number.isNaN(facts.least)) return;
	writer.float64(facts.least);
	writer.float64(facts.most);
}

/** Where the trailer of a file says that its directory is. */
export function decodeTrailer(bytes: Uint8Array, path: string, fileBytes: number): { position: number; bytes: number; checksum: number } {
	const at = fileBytes - TRAILER_BYTES;
	const reader = new ByteReader(bytes);
	reader.skip(TRAILER_CHECKSUM_AT);
	if (reader.uint32() !== checksum(bytes, 0, TRAILER_CHECKSUM_AT)) throw corrupt(path, at, 'the checksum of its trailer is wrong');
	if (!startsWith(bytes, TRAILER_MAGIC_AT)) throw corrupt(path, at, 'it does not end as a column file does');
	reader.position = 0;
	const position = reader.uint64();
	reader.position = DIRECTORY_BYTES_AT;
	const directoryBytes = reader.uint32();
	reader.position = DIRECTORY_CHECKSUM_AT;
	if (position + directoryBytes !== at) throw corrupt(path, at, 'its directory does not end where the trailer begins');
	return { position, bytes: directoryBytes, checksum: reader.uint32() };
}

/** Reads a directory whose checksum was right. Throws `RangeError` for what no writer wrote. */
export function decodeDirectory(bytes: Uint8Array): Directory {
	const reader = new ByteReader(bytes);
	const shape = decodeShape(reader);
	const groups: RowGroup[] = [];
	let firstRow = 0;
	for (let left = reader.varint(); left > 0; left--) {
		const rows = reader.varint();
		const smallest = new Uint8Array(reader.blob());
		const largest = new Uint8Array(reader.blob());
		const keys = readBlock(reader, false);
		const columns: BlockPlace[] = [];
		for (let count = reader.varint(); count > 0; count--) columns.push(readBlock(reader, true));
		groups.push({ firstRow, rows, smallest, largest, keys, columns });
		firstRow += rows;
	}
	const replaced: Replaced[] = [];
	for (let left = reader.varint(); left > 0; left--) {
		const number = reader.varint();
		const rows = new Uint32Array(reader.varint());
		let last = -1;
		for (let i = 0; i < rows.length; i++) {
			last += reader.varint() + 1;
			rows[i] = last;
		}
		replaced.push({ number, rows });
	}
	return { shape, groups, replaced };
}

function readBlock(reader: ByteReader, hasFacts: boolean): BlockPlace {
	const position = reader.varint();
	const bytes = reader.varint();
	if (!hasFacts) return { position, bytes, facts: null };
	const nullCount = reader.varint();
	const isNumber = reader.uint8() === 1;
	return { position, bytes, facts: { nullCount, least: isNumber ? reader.float64() : Number.NaN, most: isNumber ? reader.float64() : Number.NaN } };
}
