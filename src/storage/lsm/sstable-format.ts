/**
 * The sstable format, versions 1 to 4: see `docs/formats/sstable.md`. An immutable file of entries in order of their keys, each key
 * once: data blocks, index, filter, properties, footer. Every part but the footer is followed by a trailer
 * {kind u8, checksum u32 of the part and its kind}; the footer carries its own checksum.
 */
import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-writer.ts';
import { checksum } from '../../bytes/checksum.ts';
import { lz4Decompress } from '../../bytes/lz4.ts';
import { readVarint, varintBytes } from '../../bytes/varint.ts';
import { newerFormat, UnsupportedError } from '../../platform/errors.ts';
import { corrupt } from '../stored-files.ts';

/** Values are as they were given. */
export const SSTABLE_PLAIN = 1;
/** Values are wrapped: in place, or a pointer into a value file (`value-file.ts`). */
export const SSTABLE_WRAPPED = 2;
/** Added to these: the index is in parts. */
const PARTED = 2;
export const SSTABLE_VERSION = SSTABLE_WRAPPED + PARTED;
/** Entries from one restart to the next. */
export const RESTART_INTERVAL = 8;
/** A row of a block's table of restarts: prefix and position. */
export const RESTART_BYTES = 8;
/** Behind the table: how many bytes all keys of the block share, and the number of restarts. */
export const BLOCK_TAIL_BYTES = 4;
/** A block ends at the latest with so many restarts. */
export const RESTARTS_MAX = 0xffff;
export const TRAILER_BYTES = 5;
/** Kinds of parts: as it was built; or compressed, a varint of its length and an LZ4 block (data blocks only). */
export const KIND_PLAIN = 0;
export const KIND_LZ4 = 1;

/** How data blocks are written. What is read says of itself how it was. */
export type Compression = 'none' | 'lz4';

const INDEX_POSITION_AT = 0;
const INDEX_BYTES_AT = INDEX_POSITION_AT + 8;
const FILTER_POSITION_AT = INDEX_BYTES_AT + 4;
const FILTER_BYTES_AT = FILTER_POSITION_AT + 8;
const PROPERTIES_POSITION_AT = FILTER_BYTES_AT + 4;
const PROPERTIES_BYTES_AT = PROPERTIES_POSITION_AT + 8;
const VERSION_AT = PROPERTIES_BYTES_AT + 4;
const CHECKSUM_AT = VERSION_AT + 4;
const MAGIC_AT = CHECKSUM_AT + 4;
export const FOOTER_BYTES = MAGIC_AT + 8;
/** "PLOGSST" and a zero byte. */
const MAGIC = Uint8Array.of(0x50, 0x4c, 0x4f, 0x47, 0x53, 0x53, 0x54, 0x00);

export interface Footer {
	readonly indexPosition: number;
	readonly indexBytes: number;
	readonly filterPosition: number;
	readonly filterBytes: number;
	readonly propertiesPosition: number;
	readonly propertiesBytes: number;
	readonly isWrapped: boolean;
	/** The index is the root of one in parts, which have the filters. */
	readonly isParted: boolean;
}

/** What is known of a finished sstable without opening it: kept in the manifest. */
export interface SstableInfo {
	readonly number: number;
	readonly bytes: number;
	readonly entries: number;
	readonly tombstones: number;
	readonly smallest: Uint8Array;
	readonly largest: Uint8Array;
	/** Checksum of the whole file, as eight hex digits. */
	readonly hash: string;
}

export function sstableName(number: number): string {
	return `${String(number).padStart(6, '0')}.sst`;
}

/** The number in an sstable's name, or -1 for other names. */
export function sstableNumber(name: string): number {
	return /^\d{6,}\.sst$/.test(name) ? Number.parseInt(name, 10) : -1;
}

export function encodeFooter(footer: Footer): Uint8Array {
	const writer = new ByteWriter(FOOTER_BYTES);
	writer.uint64(footer.indexPosition);
	writer.uint32(footer.indexBytes);
	writer.uint64(footer.filterPosition);
	writer.uint32(footer.filterBytes);
	writer.uint64(footer.propertiesPosition);
	writer.uint32(footer.propertiesBytes);
	writer.uint32((footer.isWrapped ? SSTABLE_WRAPPED : SSTABLE_PLAIN) + (footer.isParted ? PARTED : 0));
	writer.uint32(checksum(writer.bytes, 0, CHECKSUM_AT));
	writer.raw(MAGIC);
	return writer.copy();
}

/** Reads the last bytes of a file, in the order bounds, magic, version, checksum. */
export function decodeFooter(bytes: Uint8Array, path: string, fileBytes: number): Footer {
	const position = fileBytes - FOOTER_BYTES;
	if (bytes.length < FOOTER_BYTES) throw corrupt(path, Math.max(0, position), `the file of ${fileBytes} bytes is too short for a footer`);
	for (let i = 0; i < MAGIC.length; i++) if (bytes[MAGIC_AT + i] !== MAGIC[i]) throw corrupt(path, position + MAGIC_AT, 'it does not end like an sstable');
	const reader = new ByteReader(bytes);
	reader.position = VERSION_AT;
	const version = reader.uint32();
	const stored = reader.uint32();
	if (version > SSTABLE_VERSION) {
		throw newerFormat('sstable', path, version, SSTABLE_VERSION);
	}
	if (checksum(bytes, 0, CHECKSUM_AT) !== stored) throw corrupt(path, position, 'the checksum of the footer does not match');
	reader.position = 0;
	const footer = {
		indexPosition: reader.uint64(),
		indexBytes: reader.uint32(),
		filterPosition: reader.uint64(),
		filterBytes: reader.uint32(),
		propertiesPosition: reader.uint64(),
		propertiesBytes: reader.uint32(),
		isWrapped: version === SSTABLE_WRAPPED || version === SSTABLE_WRAPPED + PARTED,
		isParted: version > PARTED,
	};
	const ends = [footer.indexPosition + footer.indexBytes, footer.filterPosition + footer.filterBytes, footer.propertiesPosition + footer.propertiesBytes];
	for (const end of ends) if (end + TRAILER_BYTES > position) throw corrupt(path, position, 'the footer points past the end of the file');
	return footer;
}

export function encodeProperties(info: Omit<SstableInfo, 'number' | 'bytes' | 'hash'>): Uint8Array {
	const writer = new ByteWriter();
	writer.varint(info.entries);
	writer.varint(info.tombstones);
	writer.blob(info.smallest);
	writer.blob(info.largest);
	return writer.copy();
}

export function decodeProperties(bytes: Uint8Array): Omit<SstableInfo, 'number' | 'bytes' | 'hash'> {
	const reader = new ByteReader(bytes);
	return { entries: reader.varint(), tombstones: reader.varint(), smallest: Uint8Array.from(reader.blob()), largest: Uint8Array.from(reader.blob()) };
}

/** Writes the trailer behind a part. */
export function sealPart(bytes: Uint8Array, start: number, end: number, kind = KIND_PLAIN): void {
	bytes[end] = kind;
	const sum = checksum(bytes, start, end + 1);
	bytes[end + 1] = sum;
	bytes[end + 2] = sum >>> 8;
	bytes[end + 3] = sum >>> 16;
	bytes[end + 4] = sum >>> 24;
}

/** The content of a part of `partBytes` bytes that was read from `position` of the file: a view, or what it was before it was compressed. Checks its trailer. */
export function openPart(bytes: Uint8Array, start: number, partBytes: number, path: string, position: number): Uint8Array {
	const end = start + partBytes;
	const stored = (bytes[end + 1]! | (bytes[end + 2]! << 8) | (bytes[end + 3]! << 16) | (bytes[end + 4]! << 24)) >>> 0;
	if (checksum(bytes, start, end + 1) !== stored) throw corrupt(path, position, `the checksum of a block of ${partBytes} bytes does not match`);
	const kind = bytes[end]!;
	if (kind === KIND_PLAIN) return bytes.subarray(start, end);
	if (kind === KIND_LZ4) return decompressed(bytes, start, end, path, position);
	throw new UnsupportedError('newer-format', `sstable "${path}" has a block of kind ${kind} at position ${position}`, {
		sqlstate: '0A000',
		hint: 'Open the database with the newer release that wrote it.',
	});
}

function decompressed(bytes: Uint8Array, start: number, end: number, path: string, position: number): Uint8Array {
	const length = readVarint(bytes, start);
	try {
		const content = new Uint8Array(length);
		lz4Decompress(bytes, start + varintBytes(length), end, content);
		return content;
	} catch (error) {
		if (!(error instanceof RangeError)) throw error;
		throw corrupt(path, position, 'a block cannot be decompressed');
	}
}
