/**
 * The segment format of the hash engine, version 1: see `docs/formats/hash.md`. An immutable file: header, records in order of
 * their keys, hints (what the key directory needs of each record, in order of their hashes), fences (where records begin, every
 * 64 KiB), footer.
 *
 * A hint has three 32-bit words, and an entry of the key directory the same three, the third with the segment's place in it:
 *
 *     0  the key's hash, 32 bits, signed
 *     1  position of the record in the file, in units of 4 bytes
 *     2  bits 31–24 eight more bits of the hash, 23 superseded (directory only), 22 tombstone,
 *        21–11 length of the record in units of 4 bytes (2047: that or more), 10–0 place of the segment (0 in hints)
 *
 * Positions count units of 4 bytes, so a segment ends at 16 GiB.
 */
import { checksum } from '../../bytes/checksum.ts';
import { newerFormat } from '../../platform/errors.ts';
import { corrupt } from '../stored-files.ts';

export const SEGMENT_VERSION = 1;
export const UNIT_BYTES = 4;
export const HINT_WORDS = 3;
export const HINT_BYTES = HINT_WORDS * 4;

export const HASH_SHIFT = 24;
export const SUPERSEDED_BIT = 1 << 23;
export const TOMBSTONE_BIT = 1 << 22;
export const LENGTH_SHIFT = 11;
export const LENGTH_MASK = 0x7ff;
/** Places of segments: as many segments a keyspace may have at most. */
export const PLACE_MASK = 0x7ff;

/** "PLOGHASH". */
const MAGIC = Uint8Array.of(0x50, 0x4c, 0x4f, 0x47, 0x48, 0x41, 0x53, 0x48);
const VERSION_AT = 8;
const SEED_AT = VERSION_AT + 4;
const HEADER_CHECKSUM_AT = SEED_AT + 4;
export const HEADER_BYTES = HEADER_CHECKSUM_AT + 4;

export const RECORD_CHECKSUM_AT = 0;
export const VALUE_BYTES_AT = 4;
export const KEY_BYTES_AT = 8;
export const RECORD_HEADER_BYTES = 10;
/** In place of the length of the value. */
export const TOMBSTONE = 0xffffffff;

/** The record that begins first in each such part of a segment is named by a fence. */
export const FENCE_BYTES = 1 << 16;

const HINTS_POSITION_AT = 0;
const ENTRIES_AT = HINTS_POSITION_AT + 8;
const TOMBSTONES_AT = ENTRIES_AT + 4;
const FENCES_AT = TOMBSTONES_AT + 4;
const HINTS_CHECKSUM_AT = FENCES_AT + 4;
const FENCES_CHECKSUM_AT = HINTS_CHECKSUM_AT + 4;
const FOOTER_CHECKSUM_AT = FENCES_CHECKSUM_AT + 4;
export const FOOTER_BYTES = FOOTER_CHECKSUM_AT + 4;

export interface SegmentFooter {
	/** Where the records end and the hints begin. */
	readonly hintsPosition: number;
	/** Records, tombstones included. */
	readonly entries: number;
	readonly tombstones: number;
	readonly fences: number;
	readonly hintsChecksum: number;
	readonly fencesChecksum: number;
}

export function encodeHeader(seed: number): Uint8Array {
	const bytes = new Uint8Array(HEADER_BYTES);
	const view = new DataView(bytes.buffer);
	bytes.set(MAGIC);
	view.setUint32(VERSION_AT, SEGMENT_VERSION, true);
	view.setUint32(SEED_AT, seed, true);
	view.setUint32(HEADER_CHECKSUM_AT, checksum(bytes, 0, HEADER_CHECKSUM_AT), true);
	return bytes;
}

/** The seed of the hash. Checks in the order bounds, magic, version, checksum. */
export function decodeHeader(bytes: Uint8Array, path: string): number {
	if (bytes.length < HEADER_BYTES) throw corrupt(path, 0, `${bytes.length} bytes are too short for a segment`);
	for (let i = 0; i < MAGIC.length; i++) if (bytes[i] !== MAGIC[i]) throw corrupt(path, i, 'it does not begin like a segment');
	const view = new DataView(bytes.buffer, bytes.byteOffset);
	const version = view.getUint32(VERSION_AT, true);
	if (version > SEGMENT_VERSION) {
		throw newerFormat('segment', path, version, SEGMENT_VERSION);
	}
	if (checksum(bytes, 0, HEADER_CHECKSUM_AT) !== view.getUint32(HEADER_CHECKSUM_AT, true)) throw corrupt(path, 0, 'the checksum of the header does not match');
	return view.getUint32(SEED_AT, true);
}

export function encodeFooter(footer: SegmentFooter): Uint8Array {
	const bytes = new Uint8Array(FOOTER_BYTES);
	const view = new DataView(bytes.buffer);
	view.setBigUint64(HINTS_POSITION_AT, BigInt(footer.hintsPosition), true);
	view.setUint32(ENTRIES_AT, footer.entries, true);
	view.setUint32(TOMBSTONES_AT, footer.tombstones, true);
	view.setUint32(FENCES_AT, footer.fences, true);
	view.setUint32(HINTS_CHECKSUM_AT, footer.hintsChecksum, true);
	view.setUint32(FENCES_CHECKSUM_AT, footer.fencesChecksum, true);
	view.setUint32(FOOTER_CHECKSUM_AT, checksum(bytes, 0, FOOTER_CHECKSUM_AT), true);
	return bytes;
}

export function decodeFooter(bytes: Uint8Array, path: string, fileBytes: number): SegmentFooter {
	const position = fileBytes - FOOTER_BYTES;
	if (bytes.length < FOOTER_BYTES || position < HEADER_BYTES)
		throw corrupt(path, Math.max(0, position), `the file of ${fileBytes} bytes is too short for a footer`);
	const view = new DataView(bytes.buffer, bytes.byteOffset);
	if (checksum(bytes, 0, FOOTER_CHECKSUM_AT) !== view.getUint32(FOOTER_CHECKSUM_AT, true))
		throw corrupt(path, position, 'the checksum of the footer does not match');
	const footer = {
		hintsPosition: Number(view.getBigUint64(HINTS_POSITION_AT, true)),
		entries: view.getUint32(ENTRIES_AT, true),
		tombstones: view.getUint32(TOMBSTONES_AT, true),
		fences: view.getUint32(FENCES_AT, true),
		hintsChecksum: view.getUint32(HINTS_CHECKSUM_AT, true),
		fencesChecksum: view.getUint32(FENCES_CHECKSUM_AT, true),
	};
	if (footer.hintsPosition + footer.entries * HINT_BYTES + footer.fences * 4 !== position)
		throw corrupt(path, position, 'the footer does not fit the length of the file');
	return footer;
}

/** The bytes of a record, padding included. */
export function recordBytes(keyBytes: number, valueBytes: number): number {
	return Math.ceil((RECORD_HEADER_BYTES + keyBytes + valueBytes) / UNIT_BYTES) * UNIT_BYTES;
}

/** The number that four bytes hold. */
export function uint32At(bytes: Uint8Array, at: number): number {
	return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
