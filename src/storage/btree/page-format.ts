/**
 * The pages of a B-tree file, version 1: see `docs/formats/btree.md`. A file is a row of pages of one length; pages 0 and 1
 * are meta pages (`meta-page.ts`), any other is a leaf, a branch, a part of the free list, or belongs to an extent: the bytes of
 * one large value or key, which begin at a page and whose checksum stands in the cell that refers to them.
 *
 * Header of leaves, branches and free list:
 *
 *      0  u32  checksum of the rest of the page
 *      4  u32  number of the page
 *      8  u8   kind
 *      9  u8   level: 0 a leaf, above it one more than that of the children
 *     10  u16  count of entries (leaf) or children (branch)
 *     12  u16  skip: how many bytes all keys of the page begin with
 *     14  u16  where the content ends; zeros follow
 *     16  u64  generation that wrote the page
 *
 * Behind it, n being the number of keys (entries of a leaf, children less one of a branch): n prefixes (int32: the four bytes
 * of the key behind `skip`, less 2^31, so that they sort like the bytes), for a branch the numbers of its children (u32), n
 * positions of cells (u16), the `skip` bytes, the cells.
 *
 * A cell: varint (length of the key behind `skip`) · 4 + flags; the key's bytes behind `skip` + 4, or the reference to its
 * extent; in a leaf a varint length of the value, then its bytes, or the reference to its extent. A reference: u32 first
 * page, u32 checksum.
 */
import { checksum } from '../../bytes/checksum.ts';
import { corrupt } from '../stored-files.ts';

export const PAGE_BYTES_MIN = 512;
export const PAGE_BYTES_MAX = 32_768;
/** Pages 0 and 1 are meta pages. */
export const FIRST_PAGE = 2;

export const LEAF = 1;
export const BRANCH = 2;
export const FREE_LIST = 3;

const CHECKSUM_AT = 0;
export const NUMBER_AT = CHECKSUM_AT + 4;
export const KIND_AT = NUMBER_AT + 4;
export const LEVEL_AT = KIND_AT + 1;
export const COUNT_AT = LEVEL_AT + 1;
export const SKIP_AT = COUNT_AT + 2;
export const END_AT = SKIP_AT + 2;
export const GENERATION_AT = END_AT + 2;
export const HEADER_BYTES = GENERATION_AT + 8;

/** Of each key the page's tables take four bytes of prefix and two of position. */
export const KEY_TABLE_BYTES = 6;
export const CHILD_BYTES = 4;
/** A reference to an extent: first page and checksum. */
export const REFERENCE_BYTES = 8;
/** Flags of a cell. */
export const KEY_IN_EXTENT = 1;
export const VALUE_IN_EXTENT = 2;

/** Page sizes are powers of two within bounds. */
export function isPageSize(bytes: number): boolean {
	return bytes >= PAGE_BYTES_MIN && bytes <= PAGE_BYTES_MAX && (bytes & (bytes - 1)) === 0;
}

export function inlineKeyBytesMax(pageBytes: number): number {
	return pageBytes >>> 4;
}

export function inlineValueBytesMax(pageBytes: number): number {
	return pageBytes >>> 2;
}

/** Pages that an extent of so many bytes takes. */
export function extentPages(bytes: number, pageBytes: number): number {
	return Math.ceil(bytes / pageBytes);
}

export function readUint16(bytes: Uint8Array, at: number): number {
	return bytes[at]! | (bytes[at + 1]! << 8);
}

export function readUint32(bytes: Uint8Array, at: number): number {
	return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

export function readUint64(bytes: Uint8Array, at: number): number {
	return readUint32(bytes, at) + readUint32(bytes, at + 4) * 0x1_0000_0000;
}

export function writeUint16(into: Uint8Array, at: number, value: number): number {
	into[at] = value;
	into[at + 1] = value >>> 8;
	return at + 2;
}

export function writeUint32(into: Uint8Array, at: number, value: number): number {
	into[at] = value;
	into[at + 1] = value >>> 8;
	into[at + 2] = value >>> 16;
	into[at + 3] = value >>> 24;
	return at + 4;
}

export function writeUint64(into: Uint8Array, at: number, value: number): number {
	writeUint32(into, at, value % 0x1_0000_0000);
	return writeUint32(into, at + 4, Math.floor(value / 0x1_0000_0000));
}

export interface PageHeader {
	readonly number: number;
	readonly kind: number;
	readonly level: number;
	readonly count: number;
	readonly skip: number;
	readonly end: number;
	readonly generation: number;
}

/** Writes the header of the page at `into[start…]`, whose content and zeros are there already, and its checksum. */
export function sealPage(into: Uint8Array, start: number, pageBytes: number, header: PageHeader): void {
	writeUint32(into, start + NUMBER_AT, header.number);
	into[start + KIND_AT] = header.kind;
	into[start + LEVEL_AT] = header.level;
	writeUint16(into, start + COUNT_AT, header.count);
	writeUint16(into, start + SKIP_AT, header.skip);
	writeUint16(into, start + END_AT, header.end);
	writeUint64(into, start + GENERATION_AT, header.generation);
	writeUint32(into, start + CHECKSUM_AT, checksum(into, start + NUMBER_AT, start + pageBytes));
}

/** Checks that `bytes[start, start + pageBytes)` is what was written to page `number`. */
export function checkPage(bytes: Uint8Array, start: number, pageBytes: number, number: number, path: string): void {
	if (checksum(bytes, start + NUMBER_AT, start + pageBytes) !== readUint32(bytes, start + CHECKSUM_AT)) {
		throw corrupt(path, number * pageBytes, `the checksum of page ${number} does not match`);
	}
	const found = readUint32(bytes, start + NUMBER_AT);
	if (found !== number) throw corrupt(path, number * pageBytes, `page ${number} expected, page ${found} found`);
}
