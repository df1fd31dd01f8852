/**
 * An open sstable, read by block: the format is `docs/formats/sstable.md`. Everything is loaded when first needed, checked by
 * its checksum, and kept as the block cache decides.
 *
 * Cost of a cached `get`: the filter (one cache miss), a search over prefixes of the index, a search over the block's
 * restarts, at most 16 entries looked at without building their keys. Watched by `bench/sstable.mjs`.
 */

import { checksum } from '../../bytes/checksum.ts';
import { readVarint, varintBytes } from '../../bytes/varint.ts';
import type { FileHandle, FileSystem } from '../../platform/files.ts';
import type { BlockCache, CachedFile } from '../block-cache.ts';
import type { Slot } from '../contracts.ts';
import { ABSENT, FOUND, type SearchResult } from '../entry-source.ts';
import { corrupt, removeQuietly } from '../stored-files.ts';
import { searchBlock } from './block-search.ts';
import { mayContain } from './bloom-filter.ts';
import { KeyIndex } from './key-index.ts';
import { decodeFooter, decodeProperties, FOOTER_BYTES, type Footer, openPart, type SstableInfo, sstableName, TRAILER_BYTES } from './sstable-format.ts';
import { readPointer, type ValueFile, type ValuePointer, type ValueReference, WRAPPED_INLINE } from './value-file.ts';

const HEAD = -1;
const VERIFY_BYTES = 1 << 20;

/** Index and filter: what must be in memory to find a block. */
export interface SstableHead {
	/** Separators: block i holds the keys up to separator i. */
	readonly index: KeyIndex;
	readonly positions: Float64Array;
	readonly sizes: Int32Array;
	readonly filter: Uint8Array;
	/** Values are wrapped: `value-file.ts`. */
	readonly isWrapped: boolean;
	readonly memoryBytes: number;
}

/** The value files that an sstable points into. */
export interface TableValues {
	readonly references: readonly ValueReference[];
	/** At least those of the references, by number. */
	readonly files: ReadonlyMap<number, ValueFile>;
}

const NO_VALUES: TableValues = { references: [], files: new Map() };
/** Of the value that is being read. */
const pointer: ValuePointer = { file: 0, position: 0, length: 0 };

export class Sstable implements CachedFile {
	readonly path: string;
	readonly info: SstableInfo;
	/** Versions that hold it; at 0 it is closed, and removed if `isObsolete`. */
	references: number;
	isObsolete: boolean;
	isGone: boolean;
	/** What it points to, and the bytes of it. */
	readonly values: TableValues;
	readonly valueBytes: number;
	readonly #files: FileSystem;
	readonly #cache: BlockCache;
	#file: FileHandle | null;
	#head: SstableHead | null;
	#headUsed: boolean;
	#blocks: (Uint8Array | null)[];
	#used: Uint8Array;
	#cachedBlocks: number;

	/** Holds the value files until it is closed. */
	constructor(files: FileSystem, directory: string, info: SstableInfo, cache: BlockCache, values: TableValues = NO_VALUES) {
		this.path = `${directory}/${sstableName(info.number)}`;
		this.info = info;
		this.references = 0;
		this.isObsolete = false;
		this.isGone = false;
		this.values = values;
		this.valueBytes = values.references.reduce((sum, reference) => sum + reference.bytes, 0);
		for (const { file } of values.references) this.#valueFile(file).references++;
		this.#files = files;
		this.#cache = cache;
		this.#file = null;
		this.#head = null;
		this.#headUsed = false;
		this.#blocks = [];
		this.#used = new Uint8Array(0);
		this.#cachedBlocks = 0;
	}

	/** Opens a file of which only name, length and hash are known; the rest comes from its properties. */
	static fromFile(files: FileSystem, directory: string, number: number, bytes: number, hash: string, cache: BlockCache): Sstable {
		const path = `${directory}/${sstableName(number)}`;
		const file = files.open(path, 'read');
		try {
			const found = file.bytes();
			if (found !== bytes) throw corrupt(path, Math.min(bytes, found), `${bytes} bytes expected, ${found} found`);
			const end = new Uint8Array(Math.min(FOOTER_BYTES, bytes));
			file.read(end, 0, end.length, bytes - end.length);
			const footer = decodeFooter(end, path, bytes);
			const part = new Uint8Array(footer.propertiesBytes + TRAILER_BYTES);
			file.read(part, 0, part.length, footer.propertiesPosition);
			const properties = openPart(part, 0, footer.propertiesBytes, path, footer.propertiesPosition);
			return new Sstable(files, directory, { number, bytes, hash, ...decodeProperties(properties) }, cache);
		} finally {
			file.close();
		}
	}

	/** The value of `key[0, keyLength)`, whose `keyHash` is `hash`. */
	get(key: Uint8Array, keyLength: number, hash: number, slot: Slot): SearchResult {
		// As `head` and `block`, without calls: the way of every short read.
		this.#headUsed = true;
		const head = this.#head ?? this.#loadHead();
		if (!mayContain(head.filter, hash)) return ABSENT;
		const { index } = head;
		const place = index.search(key, keyLength);
		if (place === index.count) return ABSENT;
		let block = this.#blocks[place];
		if (block == null) block = this.#loadBlock(place);
		else {
			this.#used[place] = 1;
			this.#cache.hits++;
		}
		const result = searchBlock(block, key, keyLength, slot);
		if (head.isWrapped && result === FOUND) this.unwrap(slot);
		return result;
	}

	head(): SstableHead {
		this.#headUsed = true;
		return this.#head ?? this.#loadHead();
	}

	/** The content of a block, without its trailer. */
	block(place: number): Uint8Array {
		const cached = this.#blocks[place];
		if (cached != null) {
			this.#used[place] = 1;
			this.#cache.hits++;
			return cached;
		}
		return this.#loadBlock(place);
	}

	/** Puts in `slot` the value itself that the wrapped one there stands for. */
	unwrap(slot: Slot): void {
		if (slot.buffer[slot.start] === WRAPPED_INLINE) {
			slot.start++;
			return;
		}
		readPointer(slot.buffer, slot.start, pointer);
		this.#valueFile(pointer.file).read(pointer.position, pointer.length, slot);
	}

	/** Reads blocks [from, to) in one go, unchecked and past the cache, into `into`, which must be long enough; for compaction. */
	readSpan(position: number, count: number, into: Uint8Array): void {
		const got = this.#handle().read(into, 0, count, position);
		if (got < count) throw corrupt(this.path, position, `${count} bytes expected, ${got} found`);
	}

	/** Reads the whole file and compares it with its checksums; returns what is wrong. */
	verify(): string[] {
		const wrong: string[] = [];
		try {
			const bytes = this.#handle().bytes();
			if (bytes !== this.info.bytes) throw corrupt(this.path, Math.min(bytes, this.info.bytes), `${this.info.bytes} bytes expected, ${bytes} found`);
			const buffer = new Uint8Array(Math.min(VERIFY_BYTES, bytes));
			let hash = 0;
			for (let position = 0; position < bytes; position += buffer.length) {
				const count = Math.min(buffer.length, bytes - position);
				this.readSpan(position, count, buffer);
				hash = checksum(buffer, 0, count, hash);
			}
			const footer = this.#readFooter();
			const properties = decodeProperties(this.#readPart(footer.propertiesPosition, footer.propertiesBytes));
			if (properties.entries !== this.info.entries)
				wrong.push(`"${this.path}": ${properties.entries} entries in the properties, ${this.info.entries} in the manifest`);
			const head = this.#readHead(footer);
			for (let i = 0; i < head.index.count; i++) this.#readPart(head.positions[i]!, head.sizes[i]!);
			if (hash.toString(16).padStart(8, '0') !== this.info.hash) wrong.push(`"${this.path}": its content is not what was written (checksum of the whole file)`);
		} catch (error) {
			wrong.push(error instanceof Error ? error.message : String(error));
		}
		return wrong;
	}

	/** One holder less; the last one closes it. */
	release(): void {
		this.references--;
		if (this.references === 0) this.close();
	}

	/** Closes it for good and removes the file if it is obsolete. */
	close(): void {
		this.isGone = true;
		if (this.#head !== null) this.#cache.forget(this);
		this.#head = null;
		this.#blocks = [];
		this.closeFile();
		if (this.isObsolete) removeQuietly(this.#files, this.path);
		for (const { file } of this.values.references) this.#valueFile(file).release();
	}

	#valueFile(number: number): ValueFile {
		const file = this.values.files.get(number);
		if (file === undefined) throw corrupt(this.path, 0, `it points into value file ${number}, which is not there`);
		return file;
	}

	closeFile(): void {
		this.#cache.closed(this);
		this.#file?.close();
		this.#file = null;
	}

	wasUsed(part: number): boolean {
		if (part === HEAD) {
			const used = this.#headUsed;
			this.#headUsed = false;
			return used;
		}
		const used = this.#used[part] === 1;
		this.#used[part] = 0;
		return used;
	}

	evict(part: number): boolean {
		if (part === HEAD) {
			if (this.#cachedBlocks > 0) return false;
			this.#head = null;
			this.#blocks = [];
			this.#used = new Uint8Array(0);
			return true;
		}
		this.#blocks[part] = null;
		this.#cachedBlocks--;
		return true;
	}

	#loadHead(): SstableHead {
		const head = this.#readHead(this.#readFooter());
		this.#cache.add(this, HEAD, head.memoryBytes);
		this.#head = head;
		this.#blocks = new Array<Uint8Array | null>(head.index.count).fill(null);
		this.#used = new Uint8Array(head.index.count);
		return head;
	}

	#loadBlock(place: number): Uint8Array {
		const head = this.head();
		const bytes = this.#readPart(head.positions[place]!, head.sizes[place]!);
		// Counted before it is added, so that making room for it cannot take its own index away.
		this.#cachedBlocks++;
		this.#cache.add(this, place, bytes.length + TRAILER_BYTES);
		this.#blocks[place] = bytes;
		return bytes;
	}

	#readFooter(): Footer {
		const fileBytes = this.info.bytes;
		const position = Math.max(0, fileBytes - FOOTER_BYTES);
		const bytes = new Uint8Array(fileBytes - position);
		this.readSpan(position, bytes.length, bytes);
		return decodeFooter(bytes, this.path, fileBytes);
	}

	#readPart(position: number, partBytes: number): Uint8Array {
		const bytes = new Uint8Array(partBytes + TRAILER_BYTES);
		this.readSpan(position, bytes.length, bytes);
		return openPart(bytes, 0, partBytes, this.path, position);
	}

	#readHead(footer: Footer): SstableHead {
		const bytes = this.#readPart(footer.indexPosition, footer.indexBytes);
		const filter = this.#readPart(footer.filterPosition, footer.filterBytes);
		const end = bytes.length - 4;
		const count = (bytes[end]! | (bytes[end + 1]! << 8) | (bytes[end + 2]! << 16) | (bytes[end + 3]! << 24)) >>> 0;
		const positions = new Float64Array(count);
		const sizes = new Int32Array(count);
		const keyEnds = new Int32Array(count + 1);
		const keys = new Uint8Array(end);
		let at = 0;
		for (let i = 0; i < count; i++) {
			const keyLength = readVarint(bytes, at);
			at += varintBytes(keyLength);
			keys.set(bytes.subarray(at, at + keyLength), keyEnds[i]);
			keyEnds[i + 1] = keyEnds[i]! + keyLength;
			at += keyLength;
			positions[i] = readVarint(bytes, at);
			at += varintBytes(positions[i]!);
			sizes[i] = readVarint(bytes, at);
			at += varintBytes(sizes[i]!);
		}
		const index = new KeyIndex(keys.slice(0, keyEnds[count]), keyEnds);
		// A pointer and a mark for each block beside the arrays themselves.
		const memoryBytes = index.memoryBytes + count * (8 + 4 + 9) + filter.length;
		return { index, positions, sizes, filter, isWrapped: footer.isWrapped, memoryBytes };
	}

	#handle(): FileHandle {
		if (this.#file === null) {
			this.#file = this.#files.open(this.path, 'read');
			this.#cache.opened(this);
		}
		return this.#file;
	}
}
