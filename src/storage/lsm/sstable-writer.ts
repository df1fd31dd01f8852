/**
 * Writes one sstable. Entries come in ascending order of their keys, each key once; `finish` syncs the file (not its
 * directory) and returns what the manifest must know.
 *
 * Cost: one pass, the block under construction and a write buffer of 256 KiB in memory, four bytes a key for the filter.
 */

import { ByteWriter } from '../../bytes/byte-writer.ts';
import { checksum } from '../../bytes/checksum.ts';
import { prefixOf, sharedPrefixLength } from '../../bytes/compare-bytes.ts';
import { lz4BytesMax, lz4Compress } from '../../bytes/lz4.ts';
import { readVarint, varintBytes, writeVarint } from '../../bytes/varint.ts';
import { invariant } from '../../platform/errors.ts';
import type { FileHandle, FileSystem } from '../../platform/files.ts';
import { addToFilter, DEEPEST_FILTER_BITS, filterBytes, keyHash } from './bloom-filter.ts';
import {
	BLOCK_TAIL_BYTES,
	type Compression,
	encodeFooter,
	encodeProperties,
	type Footer,
	KIND_LZ4,
	KIND_PLAIN,
	RESTART_BYTES,
	RESTART_INTERVAL,
	RESTARTS_MAX,
	type SstableInfo,
	sealPart,
	sstableName,
	TRAILER_BYTES,
} from './sstable-format.ts';

const WRITE_BYTES = 1 << 18;
const HASHES_FIRST = 1024;
const ENTRY_HEADER_BYTES_MAX = 3 * 8;
/** Before a compressed block stands its length. */
const LENGTH_BYTES_MAX = 8;
/** A block that stays above it is not worth the time to decompress it. */
const WORTHWHILE_SHARE = 7 / 8;

/** The end of a part of the index, as running totals. */
interface IndexCut {
	/** The separator of its last block. */
	readonly bound: Uint8Array;
	readonly indexEnd: number;
	readonly entries: number;
	readonly blocks: number;
}

const NOTHING_BEFORE: Omit<IndexCut, 'bound'> = { indexEnd: 0, entries: 0, blocks: 0 };
/** An index is cut once it is longer than so many parts. */
const PARTS_MIN = 2;

type IndexPlaces = Pick<Footer, 'indexPosition' | 'indexBytes' | 'filterPosition' | 'filterBytes' | 'isParted'>;

export class SstableWriter {
	readonly #number: number;
	readonly #isWrapped: boolean;
	readonly #file: FileHandle;
	readonly #blockBytes: number;
	/** Where blocks are compressed; null: they are not. */
	#compressed: Uint8Array | null;
	/** Written to the file so far, and what waits to be written, the block under construction at its end. */
	#written: number;
	#buffer: Uint8Array;
	#end: number;
	#blockStart: number;
	#hash: number;
	readonly #restarts: ByteWriter;
	#restartCount: number;
	#sinceRestart: number;
	#lastKey: Uint8Array;
	#lastKeyLength: number;
	/** The first key of the block. */
	#firstKey: Uint8Array;
	#firstKeyLength: number;
	/** The last key of a finished block, whose separator waits for the first key of the next. */
	#pendingPosition: number;
	#pendingBytes: number;
	readonly #index: ByteWriter;
	readonly #indexPartBytes: number;
	/** Where the index would be cut. */
	readonly #indexCuts: IndexCut[];
	#blockCount: number;
	#hashes: Uint32Array;
	readonly #filterBits: number;
	#entries: number;
	#tombstones: number;
	#smallest: Uint8Array;

	/** With `isWrapped` the values that come are wrapped ones (`value-file.ts`). An index of more than two times `indexPartBytes` is cut into parts. */
	constructor(
		files: FileSystem,
		directory: string,
		number: number,
		blockBytes: number,
		compression: Compression,
		filterBits = DEEPEST_FILTER_BITS,
		isWrapped = false,
		indexPartBytes = Number.POSITIVE_INFINITY,
	) {
		this.#indexPartBytes = indexPartBytes;
		this.#indexCuts = [];
		this.#filterBits = filterBits;
		this.#number = number;
		this.#isWrapped = isWrapped;
		this.#compressed = compression === 'none' ? null : new Uint8Array(0);
		this.#file = files.open(`${directory}/${sstableName(number)}`, 'create');
		this.#blockBytes = blockBytes;
		this.#written = 0;
		this.#buffer = new Uint8Array(WRITE_BYTES + 2 * blockBytes + 1024);
		this.#end = 0;
		this.#blockStart = 0;
		this.#hash = 0;
		this.#restarts = new ByteWriter(64);
		this.#restartCount = 0;
		this.#sinceRestart = 0;
		this.#lastKey = new Uint8Array(64);
		this.#lastKeyLength = 0;
		this.#firstKey = new Uint8Array(64);
		this.#firstKeyLength = 0;
		this.#pendingPosition = -1;
		this.#pendingBytes = 0;
		this.#index = new ByteWriter(1024);
		this.#blockCount = 0;
		this.#hashes = new Uint32Array(HASHES_FIRST);
		this.#entries = 0;
		this.#tombstones = 0;
		this.#smallest = new Uint8Array(0);
	}

	get entries(): number {
		return this.#entries;
	}

	/** Size of the data so far. */
	get bytes(): number {
		return this.#written + this.#end;
	}

	/** Adds an entry; value null is a tombstone. False, with nothing done, when its key is not above the last one. */
	addNext(key: Uint8Array, keyStart: number, keyEnd: number, value: Uint8Array | null, valueStart: number, valueEnd: number): boolean {
		const keyLength = keyEnd - keyStart;
		let shared = 0;
		if (this.#entries > 0) {
			shared = sharedPrefixLength(this.#lastKey, 0, this.#lastKeyLength, key, keyStart, keyEnd);
			if (shared === keyLength || (shared < this.#lastKeyLength && this.#lastKey[shared]! > key[keyStart + shared]!)) return false;
			if (this.#pendingPosition >= 0) this.#addSeparator(shared, key, keyStart);
		} else {
			this.#smallest = new Uint8Array(key.subarray(keyStart, keyEnd));
		}
		if (this.#sinceRestart === 0) {
			shared = 0;
			this.#restarts.uint32(this.#end - this.#blockStart);
			this.#restartCount++;
			if (this.#restartCount === 1) this.#keepFirstKey(key, keyStart, keyLength);
		}
		this.#sinceRestart = (this.#sinceRestart + 1) % RESTART_INTERVAL;
		this.#writeEntry(shared, key, keyStart, keyEnd, value, valueStart, valueEnd);
		this.#keepKey(shared, key, keyStart, keyLength);
		if (this.#entries === this.#hashes.length) {
			const grown = new Uint32Array(this.#hashes.length * 2);
			grown.set(this.#hashes);
			this.#hashes = grown;
		}
		this.#hashes[this.#entries++] = keyHash(key, keyStart, keyEnd);
		if (value === null) this.#tombstones++;
		if (this.#end - this.#blockStart >= this.#blockBytes || (this.#sinceRestart === 0 && this.#restartCount === RESTARTS_MAX)) this.#finishBlock();
		return true;
	}

	/** As `addNext`, of an entry that is known to be the next. */
	add(key: Uint8Array, keyStart: number, keyEnd: number, value: Uint8Array | null, valueStart: number, valueEnd: number): void {
		invariant(this.addNext(key, keyStart, keyEnd, value, valueStart, valueEnd), 'keys of an sstable ascend');
	}

	/** Writes the rest, syncs and closes the file. */
	finish(): SstableInfo {
		invariant(this.#entries > 0, 'an sstable has at least one entry');
		if (this.#end > this.#blockStart) this.#finishBlock();
		const largest = this.#lastKey.slice(0, this.#lastKeyLength);
		this.#addIndexEntry(largest, 0, largest.length);
		const places = this.#index.length > PARTS_MIN * this.#indexPartBytes ? this.#writeIndexInParts() : this.#writeIndex();
		const known = { entries: this.#entries, tombstones: this.#tombstones, smallest: this.#smallest, largest };
		const properties = encodeProperties(known);
		const propertiesPosition = this.#writePart(properties, properties.length);
		const footer = encodeFooter({
			...places,
			propertiesPosition,
			propertiesBytes: properties.length,
			isWrapped: this.#isWrapped,
		});
		this.#makeRoom(footer.length);
		this.#buffer.set(footer, this.#end);
		this.#end += footer.length;
		this.#blockStart = this.#end;
		this.#writeOut();
		this.#file.sync();
		this.#file.close();
		return { number: this.#number, bytes: this.#written, ...known, hash: this.#hash.toString(16).padStart(8, '0') };
	}

	/** Closes the file without finishing it; the caller removes it. */
	abandon(): void {
		this.#file.close();
	}

	#writeEntry(shared: number, key: Uint8Array, keyStart: number, keyEnd: number, value: Uint8Array | null, valueStart: number, valueEnd: number): void {
		const valueLength = value === null ? 0 : valueEnd - valueStart;
		const unshared = keyEnd - keyStart - shared;
		this.#makeRoom(ENTRY_HEADER_BYTES_MAX + unshared + valueLength);
		const buffer = this.#buffer;
		let at = writeVarint(buffer, this.#end, shared);
		at = writeVarint(buffer, at, unshared);
		at = writeVarint(buffer, at, value === null ? 0 : valueLength + 1);
		for (let i = keyStart + shared; i < keyEnd; i++) buffer[at++] = key[i]!;
		if (value !== null) {
			if (valueLength > 48) buffer.set(value.subarray(valueStart, valueEnd), at);
			else for (let i = 0; i < valueLength; i++) buffer[at + i] = value[valueStart + i]!;
			at += valueLength;
		}
		this.#end = at;
	}

	#keepKey(shared: number, key: Uint8Array, keyStart: number, keyLength: number): void {
		if (keyLength > this.#lastKey.length) {
			const grown = new Uint8Array(keyLength * 2);
			grown.set(this.#lastKey);
			this.#lastKey = grown;
		}
		const last = this.#lastKey;
		for (let i = shared; i < keyLength; i++) last[i] = key[keyStart + i]!;
		this.#lastKeyLength = keyLength;
	}

	#finishBlock(): void {
		const first = this.#firstKey;
		const skip = sharedPrefixLength(first, 0, this.#firstKeyLength, this.#lastKey, 0, this.#lastKeyLength);
		this.#writeRestarts(skip);
		const kind = this.#compressed === null ? KIND_PLAIN : this.#compressBlock(this.#compressed);
		this.#pendingPosition = this.#written + this.#blockStart;
		this.#pendingBytes = this.#end - this.#blockStart;
		sealPart(this.#buffer, this.#blockStart, this.#end, kind);
		this.#end += TRAILER_BYTES;
		this.#blockStart = this.#end;
		this.#blockCount++;
		this.#restarts.reset();
		this.#restartCount = 0;
		this.#sinceRestart = 0;
		if (this.#end >= WRITE_BYTES) this.#writeOut();
	}

	/** Puts the block in compressed form in its own place, unless that saves too little; returns the kind. */
	#compressBlock(scratch: Uint8Array): number {
		const length = this.#end - this.#blockStart;
		const needed = LENGTH_BYTES_MAX + lz4BytesMax(length);
		const into = scratch.length < needed ? new Uint8Array(2 * needed) : scratch;
		this.#compressed = into;
		const bytes = lz4Compress(this.#buffer, this.#blockStart, this.#end, into, writeVarint(into, 0, length));
		if (bytes > length * WORTHWHILE_SHARE) return KIND_PLAIN;
		this.#buffer.set(into.subarray(0, bytes), this.#blockStart);
		this.#end = this.#blockStart + bytes;
		return KIND_LZ4;
	}

	/** Writes the table of restarts and the tail of the block. */
	#writeRestarts(skip: number): void {
		const count = this.#restartCount;
		this.#makeRoom(count * RESTART_BYTES + BLOCK_TAIL_BYTES + TRAILER_BYTES);
		const buffer = this.#buffer;
		const positions = this.#restarts.bytes;
		let at = this.#end;
		for (let i = 0; i < count; i++) {
			const position = positions.readUInt32LE(i * 4);
			// A restart is {0, key length, value tag, key, value}.
			let keyStart = this.#blockStart + position + 1;
			const keyLength = readVarint(buffer, keyStart);
			keyStart += varintBytes(keyLength);
			keyStart += varintBytes(readVarint(buffer, keyStart));
			at = writeInt32(buffer, at, prefixOf(buffer, keyStart + skip, keyStart + keyLength));
			at = writeInt32(buffer, at, position);
		}
		buffer[at] = skip;
		buffer[at + 1] = skip >>> 8;
		buffer[at + 2] = count;
		buffer[at + 3] = count >>> 8;
		this.#end = at + BLOCK_TAIL_BYTES;
	}

	#keepFirstKey(key: Uint8Array, keyStart: number, keyLength: number): void {
		if (keyLength > this.#firstKey.length) this.#firstKey = new Uint8Array(keyLength * 2);
		for (let i = 0; i < keyLength; i++) this.#firstKey[i] = key[keyStart + i]!;
		this.#firstKeyLength = keyLength;
	}

	/** The shortest key that is not before the last key of the block and before the first of the next, which shares so many bytes with it. */
	#addSeparator(shared: number, key: Uint8Array, keyStart: number): void {
		const last = this.#lastKey;
		// One byte more than the two share, of the next key, is after the last key; it must be less than the whole next key to be before it.
		if (shared < this.#lastKeyLength && last[shared]! + 1 < key[keyStart + shared]!) {
			const separator = last.slice(0, shared + 1);
			separator[shared] = last[shared]! + 1;
			this.#addIndexEntry(separator, 0, separator.length);
		} else {
			this.#addIndexEntry(last, 0, this.#lastKeyLength);
		}
	}

	#addIndexEntry(separator: Uint8Array, start: number, end: number): void {
		this.#index.blob(separator, start, end);
		this.#index.varint(this.#pendingPosition);
		this.#index.varint(this.#pendingBytes);
		this.#pendingPosition = -1;
		const begun = this.#indexCuts.at(-1)?.indexEnd ?? 0;
		if (this.#index.length - begun >= this.#indexPartBytes) this.#cutIndex(separator.slice(start, end));
	}

	/** Everything so far belongs to parts that end here. */
	#cutIndex(bound: Uint8Array): void {
		this.#indexCuts.push({ bound, indexEnd: this.#index.length, entries: this.#entries, blocks: this.#blockCount });
	}

	#writeIndex(): IndexPlaces {
		const cut = { indexEnd: this.#index.length, entries: this.#entries, blocks: this.#blockCount };
		const part = this.#writeIndexPart(NOTHING_BEFORE, cut);
		return { indexPosition: part.position, indexBytes: part.indexBytes, filterPosition: part.filterPosition, filterBytes: part.filterBytes, isParted: false };
	}

	#writeIndexInParts(): IndexPlaces {
		if (this.#indexCuts.at(-1)!.indexEnd < this.#index.length) this.#cutIndex(this.#lastKey.slice(0, this.#lastKeyLength));
		const root = new ByteWriter(1024);
		let before: Omit<IndexCut, 'bound'> = NOTHING_BEFORE;
		for (const cut of this.#indexCuts) {
			const part = this.#writeIndexPart(before, cut);
			root.blob(cut.bound);
			root.varint(part.position);
			root.varint(part.indexBytes);
			root.varint(part.filterBytes);
			root.varint(cut.blocks - before.blocks);
			before = cut;
		}
		root.uint32(this.#indexCuts.length);
		const indexPosition = this.#writePart(root.bytes, root.length);
		return { indexPosition, indexBytes: root.length, filterPosition: 0, filterBytes: 0, isParted: true };
	}

	/** Writes the rows of the index between two cuts, and behind them the filter of the entries there. */
	#writeIndexPart(
		from: Omit<IndexCut, 'bound'>,
		to: Omit<IndexCut, 'bound'>,
	): { position: number; indexBytes: number; filterPosition: number; filterBytes: number } {
		const rows = new ByteWriter(to.indexEnd - from.indexEnd + 4);
		rows.raw(this.#index.bytes, from.indexEnd, to.indexEnd);
		rows.uint32(to.blocks - from.blocks);
		const position = this.#writePart(rows.bytes, rows.length);
		const filter = new Uint8Array(filterBytes(to.entries - from.entries, this.#filterBits));
		for (let i = from.entries; i < to.entries; i++) addToFilter(filter, this.#hashes[i]!);
		return { position, indexBytes: rows.length, filterPosition: this.#writePart(filter, filter.length), filterBytes: filter.length };
	}

	#writePart(bytes: Uint8Array, length: number): number {
		this.#makeRoom(length + TRAILER_BYTES);
		const position = this.#written + this.#end;
		this.#buffer.set(bytes.subarray(0, length), this.#end);
		sealPart(this.#buffer, this.#end, this.#end + length);
		this.#end += length + TRAILER_BYTES;
		this.#blockStart = this.#end;
		if (this.#end >= WRITE_BYTES) this.#writeOut();
		return position;
	}

	#makeRoom(count: number): void {
		const needed = this.#end + count;
		if (needed <= this.#buffer.length) return;
		const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
		grown.set(this.#buffer.subarray(0, this.#end));
		this.#buffer = grown;
	}

	/** Writes all finished parts. */
	#writeOut(): void {
		this.#hash = checksum(this.#buffer, 0, this.#end, this.#hash);
		this.#file.write(this.#buffer, 0, this.#end, this.#written);
		this.#written += this.#end;
		this.#end = 0;
		this.#blockStart = 0;
	}
}

function writeInt32(into: Uint8Array, at: number, value: number): number {
	into[at] = value;
	into[at + 1] = value >>> 8;
	into[at + 2] = value >>> 16;
	into[at + 3] = value >>> 24;
	return at + 4;
}
