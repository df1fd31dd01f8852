/**
 * A column segment: the values of one column in up to `GROUP_ROWS` rows, as bytes on disk and as arrays in memory. The format is
 * `docs/formats/column-file.md`.
 *
 * In memory a value is a code of one, two or four bytes: an integer's distance from the least one, or the place of an entry in the
 * segment's dictionary. A segment without a dictionary has an entry per row, and no codes. NULL has code 0 (or an empty entry)
 * and a flag.
 */
import type { ByteReader } from '../../bytes/byte-reader.ts';
import type { ByteWriter } from '../../bytes/byte-writer.ts';
import { lz4BytesMax, lz4Compress, lz4Decompress } from '../../bytes/lz4.ts';
import { type CodeArray, decodeCodes, encodeCodes, widthAhead } from './code-encoding.ts';

/** Rows of a row group, and so the most of a segment. */
export const GROUP_ROWS = 1 << 16;

/** Value = base + code. */
export const INTEGERS = 1;
/** Bytes of a fixed width. */
export const SLOTS = 2;
/** Bytes of any length. */
export const BYTES = 3;

const HAS_NULLS = 1;
const HAS_DICTIONARY = 2;

/** What compression must save of a blob to be worth it. */
const COMPRESSED_SHARE_MAX = 0.9;
const COMPRESS_BYTES_MIN = 64;

/** Where decoded codes and flags are put. */
export interface CodeMemory {
	take(count: number, width: 1 | 2 | 4): CodeArray;
}

export const HEAP_MEMORY: CodeMemory = {
	take: (count, width) => (width === 1 ? new Uint8Array(count) : width === 2 ? new Uint16Array(count) : new Uint32Array(count)),
};

/** The codes of segments that need none: all 0. */
const ZEROS = new Uint8Array(GROUP_ROWS);
const NO_ENDS = new Uint32Array(0);
const NO_ENTRIES = new Uint8Array(0);

export class ColumnSegment {
	readonly kind: number;
	readonly count: number;
	/** 1 where the value is NULL; null: nowhere. */
	readonly nulls: Uint8Array | null;
	/** Codes of integers, or places in the dictionary; without one zeros. */
	readonly codes: CodeArray;
	readonly hasDictionary: boolean;
	/** Of integers: the least, and the greatest value; NaN when all are NULL. */
	readonly least: number;
	readonly most: number;
	/** Of slots. */
	readonly width: number;
	/** Of bytes: where each entry ends. */
	readonly ends: Uint32Array;
	readonly entries: Uint8Array;
	readonly entryCount: number;
	/** What a reader makes of the entries of a dictionary, once: texts, for instance. Kept as long as the segment is. */
	derived: unknown;

	constructor(
		kind: number,
		count: number,
		nulls: Uint8Array | null,
		codes: CodeArray | null,
		hasDictionary: boolean,
		least: number,
		most: number,
		width: number,
		ends: Uint32Array,
		entries: Uint8Array,
		entryCount: number,
	) {
		this.kind = kind;
		this.count = count;
		this.nulls = nulls;
		this.codes = codes ?? ZEROS;
		this.hasDictionary = hasDictionary;
		this.least = least;
		this.most = most;
		this.width = width;
		this.ends = ends;
		this.entries = entries;
		this.entryCount = entryCount;
		this.derived = null;
	}

	/** Bytes outside the memory of codes. */
	get entryBytes(): number {
		return this.entries.length + this.ends.byteLength;
	}

	isNull(row: number): boolean {
		return this.nulls !== null && this.nulls[row] !== 0;
	}

	entryOf(row: number): number {
		return this.hasDictionary ? this.codes[row]! : row;
	}

	entryStart(entry: number): number {
		if (this.kind === SLOTS) return entry * this.width;
		return entry === 0 ? 0 : this.ends[entry - 1]!;
	}

	entryEnd(entry: number): number {
		return this.kind === SLOTS ? (entry + 1) * this.width : this.ends[entry]!;
	}
}

// ---- writing ----

/** Writes a segment of integers: `codes` are their distances from `least`; NULLs have code 0. */
export function encodeIntegers(codes: CodeArray, count: number, nulls: Uint8Array | null, least: number, most: number, target: ByteWriter): void {
	writeHead(INTEGERS, nulls, count, false, target);
	target.float64(least);
	target.float64(most);
	encodeCodes(codes, count, target);
}

/** Writes slots of `width` bytes, one a row; with a dictionary where that is smaller. */
export function encodeSlots(slots: Uint8Array, width: number, count: number, nulls: Uint8Array | null, target: ByteWriter): void {
	const ends = new Uint32Array(count);
	for (let i = 0; i < count; i++) ends[i] = (i + 1) * width;
	const dictionary = makeDictionary(slots, ends, count);
	writeHead(SLOTS, nulls, count, dictionary !== null, target);
	target.varint(width);
	if (dictionary === null) {
		writeBlob(slots.subarray(0, count * width), target);
		return;
	}
	target.varint(dictionary.ends.length);
	writeBlob(dictionary.bytes, target);
	encodeCodes(dictionary.codes, count, target);
}

/** Writes values of any length: row i's end at `ends[i]` of `bytes`. */
export function encodeBytes(bytes: Uint8Array, ends: Uint32Array, count: number, nulls: Uint8Array | null, target: ByteWriter): void {
	const dictionary = makeDictionary(bytes, ends, count);
	writeHead(BYTES, nulls, count, dictionary !== null, target);
	if (dictionary === null) {
		writeEntries(bytes.subarray(0, count === 0 ? 0 : ends[count - 1]!), ends, count, target);
		return;
	}
	target.varint(dictionary.ends.length);
	writeEntries(dictionary.bytes, dictionary.ends, dictionary.ends.length, target);
	encodeCodes(dictionary.codes, count, target);
}

function writeHead(kind: number, nulls: Uint8Array | null, count: number, hasDictionary: boolean, target: ByteWriter): void {
	target.uint8(kind);
	target.uint8((nulls === null ? 0 : HAS_NULLS) | (hasDictionary ? HAS_DICTIONARY : 0));
	target.varint(count);
	if (nulls !== null) encodeCodes(nulls, count, target);
}

function writeEntries(bytes: Uint8Array, ends: Uint32Array, count: number, target: ByteWriter): void {
	const lengths = new Uint32Array(count);
	for (let i = 0; i < count; i++) lengths[i] = ends[i]! - (i === 0 ? 0 : ends[i - 1]!);
	encodeCodes(lengths, count, target);
	writeBlob(bytes, target);
}

/** Bytes, compressed if that saves enough: count, count as stored, bytes. */
export function writeBlob(bytes: Uint8Array, target: ByteWriter): void {
	target.varint(bytes.length);
	if (bytes.length >= COMPRESS_BYTES_MIN) {
		const compressed = new Uint8Array(lz4BytesMax(bytes.length));
		const end = lz4Compress(bytes, 0, bytes.length, compressed, 0);
		if (end <= bytes.length * COMPRESSED_SHARE_MAX) {
			target.varint(end);
			target.raw(compressed, 0, end);
			return;
		}
	}
	target.varint(bytes.length);
	target.raw(bytes);
}

interface Dictionary {
	readonly bytes: Uint8Array;
	readonly ends: Uint32Array;
	readonly codes: CodeArray;
}

const HASH_SEED = 0x811c9dc5 | 0;

/** Different values of a segment, in order of their bytes; null when there are so many that a dictionary does not pay. */
function makeDictionary(bytes: Uint8Array, ends: Uint32Array, count: number): Dictionary | null {
	if (count < 4) return null;
	const entriesMax = count >>> 1;
	let capacity = 256;
	let table: Int32Array = new Int32Array(capacity);
	const codes = new Uint32Array(count);
	/** The first row of each entry. */
	const firsts: number[] = [];
	let start = 0;
	for (let row = 0; row < count; row++) {
		const end = ends[row]!;
		let place = hashOf(bytes, start, end) & (capacity - 1);
		let entry = table[place]! - 1;
		while (entry >= 0 && !isSame(bytes, firsts[entry]!, ends, start, end)) {
			place = (place + 1) & (capacity - 1);
			entry = table[place]! - 1;
		}
		if (entry < 0) {
			entry = firsts.length;
			if (entry >= entriesMax) return null;
			firsts.push(row);
			table[place] = entry + 1;
			if (firsts.length * 2 > capacity) {
				capacity *= 2;
				table = rehash(bytes, ends, firsts, capacity);
			}
		}
		codes[row] = entry;
		start = end;
	}
	return sorted(bytes, ends, firsts, codes, count);
}

function startOf(ends: Uint32Array, row: number): number {
	return row === 0 ? 0 : ends[row - 1]!;
}

function rehash(bytes: Uint8Array, ends: Uint32Array, firsts: readonly number[], capacity: number): Int32Array {
	const table = new Int32Array(capacity);
	for (let entry = 0; entry < firsts.length; entry++) {
		const row = firsts[entry]!;
		let place = hashOf(bytes, startOf(ends, row), ends[row]!) & (capacity - 1);
		while (table[place] !== 0) place = (place + 1) & (capacity - 1);
		table[place] = entry + 1;
	}
	return table;
}

/** FNV-1a, its high bits folded in. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
	let hash = HASH_SEED;
	for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
	return hash ^ (hash >>> 15);
}

function isSame(bytes: Uint8Array, row: number, ends: Uint32Array, start: number, end: number): boolean {
	let at = startOf(ends, row);
	if (ends[row]! - at !== end - start) return false;
	for (let other = start; other < end; other++) if (bytes[at++] !== bytes[other]) return false;
	return true;
}

/** Entries in order of their bytes, and the codes that name them so. */
function sorted(bytes: Uint8Array, ends: Uint32Array, firsts: readonly number[], codes: Uint32Array, count: number): Dictionary {
	const order = firsts.map((row, entry) => ({
		entry,
		bytes: Buffer.from(bytes.buffer, bytes.byteOffset + startOf(ends, row), ends[row]! - startOf(ends, row)),
	}));
	order.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
	const places = new Uint32Array(order.length);
	const entryEnds = new Uint32Array(order.length);
	let total = 0;
	order.forEach((item, place) => {
		places[item.entry] = place;
		total += item.bytes.length;
		entryEnds[place] = total;
	});
	const entries = new Uint8Array(total);
	order.forEach((item, place) => {
		entries.set(item.bytes, place === 0 ? 0 : entryEnds[place - 1]!);
	});
	for (let row = 0; row < count; row++) codes[row] = places[codes[row]!]!;
	return { bytes: entries, ends: entryEnds, codes };
}

// ---- reading ----

/** Reads a segment whose checksum was right. Throws `RangeError` for what no writer wrote. */
export function decodeSegment(reader: ByteReader, memory: CodeMemory): ColumnSegment {
	const kind = reader.uint8();
	const flags = reader.uint8();
	const count = reader.varint();
	if (count > GROUP_ROWS) throw new RangeError(`a segment of ${count} rows is too long`);
	let nulls: Uint8Array | null = null;
	if ((flags & HAS_NULLS) !== 0) {
		nulls = memory.take(count, 1) as Uint8Array;
		decodeCodes(reader, count, nulls);
	}
	const hasDictionary = (flags & HAS_DICTIONARY) !== 0;
	if (kind === INTEGERS) {
		const least = reader.float64();
		const most = reader.float64();
		return new ColumnSegment(kind, count, nulls, readCodes(reader, count, memory), false, least, most, 0, NO_ENDS, NO_ENTRIES, 0);
	}
	if (kind === SLOTS) {
		const width = reader.varint();
		const entryCount = hasDictionary ? reader.varint() : count;
		const entries = readBlob(reader);
		if (entries.length !== entryCount * width) throw new RangeError('the slots of a segment are not as many as its rows');
		const codes = hasDictionary ? readCodes(reader, count, memory) : null;
		return new ColumnSegment(kind, count, nulls, codes, hasDictionary, Number.NaN, Number.NaN, width, NO_ENDS, entries, entryCount);
	}
	if (kind !== BYTES) throw new RangeError(`a segment of kind ${kind} is not known`);
	const entryCount = hasDictionary ? reader.varint() : count;
	if (entryCount > count) throw new RangeError('a dictionary has more entries than its segment rows');
	const ends = new Uint32Array(entryCount);
	decodeCodes(reader, entryCount, ends);
	for (let entry = 1; entry < entryCount; entry++) ends[entry]! += ends[entry - 1]!;
	const entries = readBlob(reader);
	const codes = hasDictionary ? readCodes(reader, count, memory) : null;
	return new ColumnSegment(kind, count, nulls, codes, hasDictionary, Number.NaN, Number.NaN, 0, ends, entries, entryCount);
}

function readCodes(reader: ByteReader, count: number, memory: CodeMemory): CodeArray {
	const codes = memory.take(count, widthAhead(reader));
	decodeCodes(reader, count, codes);
	return codes;
}

export function readBlob(reader: ByteReader): Uint8Array {
	const length = reader.varint();
	const stored = reader.varint();
	const bytes = reader.raw(stored);
	// Not a view: the bytes it is read from hold a whole segment, with its codes.
	const blob = new Uint8Array(length);
	if (stored === length) blob.set(bytes);
	else lz4Decompress(bytes, 0, stored, blob);
	return blob;
}
