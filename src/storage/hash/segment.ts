/**
 * An open segment, read by record through the store's block cache. Blocks are 4 KiB of the file as it is; a record that ends
 * outside the block it begins in is read, and kept, by itself. A record is checked by its checksum the first time it is looked at
 * since it was read; in memory its checksum is then replaced by a mark. (Bytes from a disk pass for the mark by the chance by which
 * they would pass a checksum.)
 *
 * Cost of a warm look at a record: three array accesses, the mark, the comparison of the key. A cold one: one read of 4 KiB, or of the
 * record; a record of 8 KiB and more takes two, the first for its length.
 */
import { checksum } from '../../bytes/checksum.ts';
import { PolylogError } from '../../platform/errors.ts';
import type { FileHandle, FileSystem } from '../../platform/files.ts';
import type { BlockCache, CachedFile } from '../block-cache.ts';
import type { Slot } from '../contracts.ts';
import { ABSENT, FOUND, type SearchResult, TOMBSTONE as TOMBSTONE_FOUND } from '../entry-source.ts';
import { fileName } from '../file-names.ts';
import { corrupt, removeQuietly } from '../stored-files.ts';
import {
	decodeFooter,
	decodeHeader,
	FOOTER_BYTES,
	HEADER_BYTES,
	HINT_BYTES,
	KEY_BYTES_AT,
	LENGTH_MASK,
	RECORD_HEADER_BYTES,
	recordBytes,
	type SegmentFooter,
	TOMBSTONE,
	UNIT_BYTES,
	uint32At,
	VALUE_BYTES_AT,
} from './segment-format.ts';
import { type SegmentInfo, wordsOf } from './segment-writer.ts';

const BLOCK_BYTES = 1 << 12;
const BLOCK_UNIT_SHIFT = 10;
const BLOCK_UNITS = 1 << BLOCK_UNIT_SHIFT;
/** In place of the checksum of a record in memory that was checked. */
const CHECKED = 0x5eed900d;
/** Blocks are kept in groups, so that only the parts of a file that are in memory take any. */
const GROUP_SHIFT = 5;
const GROUP_BLOCKS = 1 << GROUP_SHIFT;
/** What a cached part takes besides its bytes: its array object and its place in a group. */
const PART_BYTES = 120;

/** Of a block in the cache, and of the record that begins in it and ends outside: bytes, and whether they were used. */
class BlockGroup {
	readonly parts: (Uint8Array | null)[];
	readonly used: Uint8Array;
	/** Where the records that stand alone begin, in units. */
	readonly positions: Float64Array;
	count: number;

	constructor() {
		this.parts = new Array<Uint8Array | null>(GROUP_BLOCKS * 2).fill(null);
		this.used = new Uint8Array(GROUP_BLOCKS * 2);
		this.positions = new Float64Array(GROUP_BLOCKS);
		this.count = 0;
	}
}

export class Segment implements CachedFile {
	readonly path: string;
	readonly info: SegmentInfo;
	/** Its age: the number of the flush that it holds, or of the newest one of those merged into it. */
	readonly age: number;
	/** Its place in entries of the directory. */
	place: number;
	/** Bytes of records that the directory does not lead to any more. */
	deadBytes: number;
	isGone: boolean;
	readonly #files: FileSystem;
	readonly #cache: BlockCache;
	readonly #groups: (BlockGroup | null)[];
	#file: FileHandle | null;

	constructor(files: FileSystem, directory: string, info: SegmentInfo, age: number, cache: BlockCache) {
		this.path = `${directory}/${fileName(info.number, 'hash')}`;
		this.info = info;
		this.age = age;
		this.place = -1;
		this.deadBytes = 0;
		this.isGone = false;
		this.#files = files;
		this.#cache = cache;
		this.#groups = new Array<BlockGroup | null>(Math.ceil(info.bytes / (BLOCK_BYTES * GROUP_BLOCKS))).fill(null);
		this.#file = null;
	}

	/** Whether the record at `position` (in units, `units` long as an entry says) has the key `key[0, keyLength)`: its value goes to `slot`. */
	match(position: number, units: number, key: Uint8Array, keyLength: number, slot: Slot): SearchResult {
		const block = position >>> BLOCK_UNIT_SHIFT;
		const inBlock = position & (BLOCK_UNITS - 1);
		let bytes: Uint8Array;
		let at = 0;
		if (units !== LENGTH_MASK && inBlock + units <= BLOCK_UNITS) {
			bytes = this.#block(block);
			at = inBlock * UNIT_BYTES;
			if ((bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24) | 0) !== CHECKED) {
				this.#check(bytes, at, at + units * UNIT_BYTES, position);
				markChecked(bytes, at);
			}
		} else {
			bytes = this.#alone(block, position, units);
		}
		if ((bytes[at + KEY_BYTES_AT]! | (bytes[at + KEY_BYTES_AT + 1]! << 8)) !== keyLength) return ABSENT;
		const keyStart = at + RECORD_HEADER_BYTES;
		for (let i = 0; i < keyLength; i++) if (bytes[keyStart + i] !== key[i]) return ABSENT;
		const valueBytes = uint32At(bytes, at + VALUE_BYTES_AT);
		if (valueBytes === TOMBSTONE) return TOMBSTONE_FOUND;
		slot.buffer = bytes;
		slot.start = keyStart + keyLength;
		slot.end = slot.start + valueBytes;
		return FOUND;
	}

	/** Reads `count` bytes, which must be there, unchecked and past the cache. */
	readSpan(position: number, count: number, into: Uint8Array): void {
		const got = this.#handle().read(into, 0, count, position);
		if (got < count) throw corrupt(this.path, position, `${count} bytes expected, ${got} found`);
	}

	footer(): SegmentFooter {
		const position = Math.max(0, this.info.bytes - FOOTER_BYTES);
		const bytes = new Uint8Array(this.info.bytes - position);
		this.readSpan(position, bytes.length, bytes);
		const footer = decodeFooter(bytes, this.path, this.info.bytes);
		if (footer.entries !== this.info.entries) throw corrupt(this.path, position, `${footer.entries} records, the manifest says ${this.info.entries}`);
		return footer;
	}

	/** The seed of the keyspace's hash. */
	seed(): number {
		const bytes = new Uint8Array(Math.min(HEADER_BYTES, this.info.bytes));
		this.readSpan(0, bytes.length, bytes);
		return decodeHeader(bytes, this.path);
	}

	/** All hints, in order of their hashes. */
	hints(): Int32Array {
		const footer = this.footer();
		const bytes = new Uint8Array(footer.entries * HINT_BYTES);
		this.readSpan(footer.hintsPosition, bytes.length, bytes);
		if (checksum(bytes, 0, bytes.length) !== footer.hintsChecksum) throw corrupt(this.path, footer.hintsPosition, 'the checksum of the hints does not match');
		return wordsOf(bytes);
	}

	/** Shows all hints, some at a time; throws at the end when their checksum does not match. */
	walkHints(hintsAtOnce: number, visit: (hints: Int32Array) => void): void {
		const footer = this.footer();
		let sum = 0;
		for (let from = 0; from < footer.entries; from += hintsAtOnce) {
			const hints = this.readHints(footer, from, Math.min(hintsAtOnce, footer.entries - from));
			const bytes = new Uint8Array(hints.buffer, hints.byteOffset, hints.byteLength);
			sum = checksum(bytes, 0, bytes.length, sum);
			visit(hints);
		}
		if (sum !== footer.hintsChecksum) throw corrupt(this.path, footer.hintsPosition, 'the checksum of the hints does not match');
	}

	/** `count` hints from number `from` on, unchecked. */
	readHints(footer: SegmentFooter, from: number, count: number): Int32Array {
		const bytes = new Uint8Array(count * HINT_BYTES);
		this.readSpan(footer.hintsPosition + from * HINT_BYTES, bytes.length, bytes);
		return wordsOf(bytes);
	}

	/** A copy of the key of the record at a position in units, checked. */
	key(position: number): Uint8Array {
		const bytes = new Uint8Array(this.#recordBytes(position));
		this.readSpan(position * UNIT_BYTES, bytes.length, bytes);
		this.#check(bytes, 0, bytes.length, position);
		return bytes.slice(RECORD_HEADER_BYTES, RECORD_HEADER_BYTES + (bytes[KEY_BYTES_AT]! | (bytes[KEY_BYTES_AT + 1]! << 8)));
	}

	/** Positions, in units, of the first record of each 64 KiB in which one begins. */
	fences(): Uint32Array {
		const footer = this.footer();
		const bytes = new Uint8Array(footer.fences * 4);
		const position = footer.hintsPosition + footer.entries * HINT_BYTES;
		this.readSpan(position, bytes.length, bytes);
		if (checksum(bytes, 0, bytes.length) !== footer.fencesChecksum) throw corrupt(this.path, position, 'the checksum of the fences does not match');
		return new Uint32Array(wordsOf(bytes).buffer);
	}

	/** Checks header, hints, fences and footer; returns what is wrong. Records are checked by walking them. */
	verify(): string[] {
		try {
			const bytes = this.#handle().bytes();
			if (bytes !== this.info.bytes) throw corrupt(this.path, Math.min(bytes, this.info.bytes), `${this.info.bytes} bytes expected, ${bytes} found`);
			this.seed();
			this.fences();
			this.hints();
			return [];
		} catch (error) {
			return [error instanceof Error ? error.message : String(error)];
		}
	}

	/** Bytes of a record as an entry gives its length; an average one's when it is longer than an entry can say. */
	bytesOf(units: number): number {
		if (units !== LENGTH_MASK) return units * UNIT_BYTES;
		return Math.max(LENGTH_MASK * UNIT_BYTES, this.info.bytes / this.info.entries);
	}

	/** Closes it for good, and removes the file if it is not needed. */
	close(isObsolete: boolean): void {
		if (this.isGone) return;
		this.isGone = true;
		if (this.#groups.some((group) => group !== null)) this.#cache.forget(this);
		this.#groups.length = 0;
		this.closeFile();
		if (isObsolete) removeQuietly(this.#files, this.path);
	}

	closeFile(): void {
		this.#cache.closed(this);
		this.#file?.close();
		this.#file = null;
	}

	wasUsed(part: number): boolean {
		const group = this.#groups[part >>> (GROUP_SHIFT + 1)];
		if (group == null) return false;
		const inGroup = part & (GROUP_BLOCKS * 2 - 1);
		const used = group.used[inGroup] === 1;
		group.used[inGroup] = 0;
		return used;
	}

	evict(part: number): boolean {
		const place = part >>> (GROUP_SHIFT + 1);
		const group = this.#groups[place];
		const inGroup = part & (GROUP_BLOCKS * 2 - 1);
		if (group == null || group.parts[inGroup] === null) return true;
		group.parts[inGroup] = null;
		if (--group.count === 0) this.#groups[place] = null;
		return true;
	}

	#block(block: number): Uint8Array {
		const group = this.#groups[block >>> GROUP_SHIFT];
		const inGroup = (block & (GROUP_BLOCKS - 1)) * 2;
		if (group != null) {
			const cached = group.parts[inGroup];
			if (cached != null) {
				group.used[inGroup] = 1;
				this.#cache.hits++;
				return cached;
			}
		}
		const bytes = new Uint8Array(BLOCK_BYTES);
		this.#handle().read(bytes, 0, BLOCK_BYTES, block * BLOCK_BYTES);
		this.#keep(block, 0, bytes);
		return bytes;
	}

	/** A record that ends outside the block it begins in, checked. */
	#alone(block: number, position: number, units: number): Uint8Array {
		const group = this.#groups[block >>> GROUP_SHIFT];
		const place = block & (GROUP_BLOCKS - 1);
		if (group != null && group.positions[place] === position) {
			const cached = group.parts[place * 2 + 1];
			if (cached != null) {
				group.used[place * 2 + 1] = 1;
				this.#cache.hits++;
				return cached;
			}
		}
		const bytes = new Uint8Array(units === LENGTH_MASK ? this.#recordBytes(position) : units * UNIT_BYTES);
		this.readSpan(position * UNIT_BYTES, bytes.length, bytes);
		this.#check(bytes, 0, bytes.length, position);
		this.#keep(block, 1, bytes);
		this.#groups[block >>> GROUP_SHIFT]!.positions[place] = position;
		return bytes;
	}

	/** The length of a long record, as its head says. */
	#recordBytes(position: number): number {
		const head = new Uint8Array(RECORD_HEADER_BYTES);
		this.readSpan(position * UNIT_BYTES, head.length, head);
		const valueBytes = uint32At(head, VALUE_BYTES_AT);
		const bytes = recordBytes(head[KEY_BYTES_AT]! | (head[KEY_BYTES_AT + 1]! << 8), valueBytes === TOMBSTONE ? 0 : valueBytes);
		if (position * UNIT_BYTES + bytes > this.info.bytes) throw corrupt(this.path, position * UNIT_BYTES, 'a record runs past the end of the file');
		return bytes;
	}

	#keep(block: number, part: number, bytes: Uint8Array): void {
		// Counted before it is put in place, so that making room for it cannot take its group away.
		this.#cache.add(this, block * 2 + part, bytes.length + PART_BYTES);
		let group = this.#groups[block >>> GROUP_SHIFT];
		if (group == null) {
			group = new BlockGroup();
			this.#groups[block >>> GROUP_SHIFT] = group;
		}
		const inGroup = (block & (GROUP_BLOCKS - 1)) * 2 + part;
		if (group.parts[inGroup] === null) group.count++;
		group.parts[inGroup] = bytes;
	}

	/** That the record in `bytes[start, end)` is what was written. */
	#check(bytes: Uint8Array, start: number, end: number, position: number): void {
		checkRecord(bytes, start, end, this.path, position * UNIT_BYTES);
	}

	#handle(): FileHandle {
		if (this.#file === null) {
			if (this.isGone) throw new PolylogError('invariant', `segment "${this.path}" is read after it was closed`, { sqlstate: 'XX000' });
			this.#file = this.#files.open(this.path, 'read');
			this.#cache.opened(this);
		}
		return this.#file;
	}
}

function markChecked(bytes: Uint8Array, at: number): void {
	bytes[at] = CHECKED;
	bytes[at + 1] = CHECKED >>> 8;
	bytes[at + 2] = CHECKED >>> 16;
	bytes[at + 3] = CHECKED >>> 24;
}

/** That `bytes[start, end)` is a whole record, its padding zeros. */
export function checkRecord(bytes: Uint8Array, start: number, end: number, path: string, position: number): void {
	const keyBytes = bytes[start + KEY_BYTES_AT]! | (bytes[start + KEY_BYTES_AT + 1]! << 8);
	const stored = uint32At(bytes, start + VALUE_BYTES_AT);
	const valueBytes = stored === TOMBSTONE ? 0 : stored;
	if (recordBytes(keyBytes, valueBytes) !== end - start)
		throw corrupt(path, position, `a record of ${end - start} bytes says that it has ${recordBytes(keyBytes, valueBytes)}`);
	const dataEnd = start + RECORD_HEADER_BYTES + keyBytes + valueBytes;
	if (checksum(bytes, start + VALUE_BYTES_AT, dataEnd) !== uint32At(bytes, start)) throw corrupt(path, position, 'the checksum of a record does not match');
	for (let at = dataEnd; at < end; at++) if (bytes[at] !== 0) throw corrupt(path, position, 'the padding of a record is not zero');
}
