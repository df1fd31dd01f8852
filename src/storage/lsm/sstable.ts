/**
 * An open sstable, read by block: the format is `docs/formats/sstable.md`. Everything is loaded when first needed, checked by
 * its checksum, and kept as the block cache decides.
 *
 * Cost of a cached `get`: the filter (one cache miss), of a large table the part before it, a search over prefixes of the index, a search over the block's
 * restarts, at most 16 entries looked at without building their keys. Watched by `bench/sstable.mjs`.
 */

import { checksum } from '../../bytes/checksum.ts';
import type { FileHandle, FileSystem } from '../../platform/files.ts';
import type { BlockCache, CachedFile } from '../block-cache.ts';
import type { Slot } from '../contracts.ts';
import { ABSENT, FOUND, type SearchResult } from '../entry-source.ts';
import { corrupt, removeQuietly } from '../stored-files.ts';
import { searchBlock } from './block-search.ts';
import { mayContain } from './bloom-filter.ts';
import { decodeFooter, decodeProperties, FOOTER_BYTES, type Footer, openPart, type SstableInfo, sstableName, TRAILER_BYTES } from './sstable-format.ts';
import { decodeIndexPart, decodeIndexRoot, type IndexPart, type IndexRoot, partOf, rootOf } from './sstable-index.ts';
import { readPointer, type ValueFile, type ValuePointer, type ValueReference, WRAPPED_INLINE } from './value-file.ts';

/** The root of the index to the cache; its parts are numbered downwards from it. */
const ROOT = -1;
const VERIFY_BYTES = 1 << 20;

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
	#root: IndexRoot | null;
	#rootUsed: boolean;
	/** Parts of the index, whether each was used, and how many of its blocks are cached. */
	#parts: (IndexPart | null)[];
	#partUsed: Uint8Array;
	#blocksOf: Int32Array;
	#cachedParts: number;
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
		this.#root = null;
		this.#rootUsed = false;
		this.#parts = [];
		this.#partUsed = new Uint8Array(0);
		this.#blocksOf = new Int32Array(0);
		this.#cachedParts = 0;
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
		// As `searchBlocks` and `block`, without calls: the way of every short read.
		this.#rootUsed = true;
		const root = this.#root ?? this.#loadRoot();
		const { bounds } = root;
		let partPlace = 0;
		if (bounds !== null) {
			partPlace = bounds.search(key, keyLength);
			if (partPlace === bounds.count) return ABSENT;
			this.#partUsed[partPlace] = 1;
		}
		const part = this.#parts[partPlace] ?? this.#loadPart(partPlace);
		if (!mayContain(part.filter, hash)) return ABSENT;
		const { index } = part;
		const within = index.search(key, keyLength);
		if (within === index.count) return ABSENT;
		const place = root.firstBlocks[partPlace]! + within;
		let block = this.#blocks[place];
		if (block == null) block = this.#loadBlock(place);
		else {
			this.#used[place] = 1;
			this.#cache.hits++;
		}
		const result = searchBlock(block, key, keyLength, slot);
		if (root.isWrapped && result === FOUND) this.unwrap(slot);
		return result;
	}

	/** Values are wrapped: `value-file.ts`. */
	get isWrapped(): boolean {
		return this.#loaded().isWrapped;
	}

	get blockCount(): number {
		const { firstBlocks } = this.#loaded();
		return firstBlocks[firstBlocks.length - 1]!;
	}

	/** The block that has the first key not before `key[0, keyLength)`; `blockCount` when all are. */
	searchBlocks(key: Uint8Array, keyLength: number): number {
		const root = this.#loaded();
		const part = root.bounds === null ? 0 : root.bounds.search(key, keyLength);
		if (part === root.firstBlocks.length - 1) return root.firstBlocks[part]!;
		return root.firstBlocks[part]! + this.#part(part).index.search(key, keyLength);
	}

	/** The order of a block's separator, which none of its keys is above, and a key. */
	compareSeparator(block: number, key: Uint8Array): number {
		const root = this.#loaded();
		const part = partOf(root, block);
		return this.#part(part).index.compare(block - root.firstBlocks[part]!, key);
	}

	/** Where a block begins in the file, and its length without the trailer. */
	blockPosition(block: number): number {
		const root = this.#loaded();
		const part = partOf(root, block);
		return this.#part(part).positions[block - root.firstBlocks[part]!]!;
	}

	blockBytes(block: number): number {
		const root = this.#loaded();
		const part = partOf(root, block);
		return this.#part(part).sizes[block - root.firstBlocks[part]!]!;
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
			for (const part of this.#readAllParts(footer)) for (let i = 0; i < part.index.count; i++) this.#readPart(part.positions[i]!, part.sizes[i]!);
			if (hash.toString(16).padStart(8, '0') !== this.info.hash) wrong.push(`"${this.path}": its content is not what was written (checksum of the whole file)`);
		} catch (error) {
			wrong.push(error instanceof Error ? error.message : String(error));
		}
		return wrong;
	}

	/** The parts of the index, one after the other, past the cache. */
	*#readAllParts(footer: Footer): IterableIterator<IndexPart> {
		const { indexPosition, indexBytes } = footer;
		if (!footer.isParted) {
			yield this.#readIndexPart(indexPosition, indexBytes, footer.filterPosition, footer.filterBytes);
			return;
		}
		const root = decodeIndexRoot(this.#readPart(indexPosition, indexBytes), footer.isWrapped);
		for (let part = 0; part < root.positions.length; part++) yield this.#readPartOf(root, part);
	}

	/** One holder less; the last one closes it. */
	release(): void {
		this.references--;
		if (this.references === 0) this.close();
	}

	/** Closes it for good and removes the file if it is obsolete. */
	close(): void {
		this.isGone = true;
		if (this.#root !== null) this.#cache.forget(this);
		this.#root = null;
		this.#parts = [];
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
		if (part === ROOT) {
			const used = this.#rootUsed;
			this.#rootUsed = false;
			return used;
		}
		const marks = part < ROOT ? this.#partUsed : this.#used;
		const place = part < ROOT ? ROOT - 1 - part : part;
		const used = marks[place] === 1;
		marks[place] = 0;
		return used;
	}

	/** An index stays while what it leads to is cached. */
	evict(part: number): boolean {
		if (part === ROOT) {
			if (this.#cachedBlocks > 0 || this.#cachedParts > 0) return false;
			this.#root = null;
			this.#parts = [];
			this.#blocks = [];
			this.#used = new Uint8Array(0);
			return true;
		}
		if (part < ROOT) {
			const place = ROOT - 1 - part;
			if (this.#blocksOf[place]! > 0) return false;
			this.#parts[place] = null;
			this.#cachedParts--;
			return true;
		}
		this.#blocks[part] = null;
		this.#cachedBlocks--;
		this.#blocksOf[partOf(this.#root!, part)]!--;
		return true;
	}

	#loadRoot(): IndexRoot {
		const footer = this.#readFooter();
		const { indexPosition, indexBytes, isWrapped } = footer;
		const only = footer.isParted ? null : this.#readIndexPart(indexPosition, indexBytes, footer.filterPosition, footer.filterBytes);
		const root = only === null ? decodeIndexRoot(this.#readPart(indexPosition, indexBytes), isWrapped) : rootOf(only, isWrapped);
		this.#cache.add(this, ROOT, root.memoryBytes);
		const count = root.firstBlocks.length - 1;
		const blockCount = root.firstBlocks[count]!;
		this.#root = root;
		this.#parts = new Array<IndexPart | null>(count).fill(only);
		this.#partUsed = new Uint8Array(count);
		this.#blocksOf = new Int32Array(count);
		this.#blocks = new Array<Uint8Array | null>(blockCount).fill(null);
		this.#used = new Uint8Array(blockCount);
		return root;
	}

	#loadPart(place: number): IndexPart {
		const part = this.#readPartOf(this.#root!, place);
		// Counted before it is added, so that making room for it cannot take the root away.
		this.#cachedParts++;
		this.#cache.add(this, ROOT - 1 - place, part.memoryBytes);
		this.#parts[place] = part;
		return part;
	}

	/** A part, read if it is not in memory. */
	#part(place: number): IndexPart {
		this.#partUsed[place] = 1;
		return this.#parts[place] ?? this.#loadPart(place);
	}

	#loadBlock(place: number): Uint8Array {
		const root = this.#loaded();
		const partPlace = partOf(root, place);
		const part = this.#part(partPlace);
		const within = place - root.firstBlocks[partPlace]!;
		const bytes = this.#readPart(part.positions[within]!, part.sizes[within]!);
		// Counted before it is added, so that making room for it cannot take its own index away.
		this.#cachedBlocks++;
		this.#blocksOf[partPlace]!++;
		this.#cache.add(this, place, bytes.length + TRAILER_BYTES);
		this.#blocks[place] = bytes;
		return bytes;
	}

	#loaded(): IndexRoot {
		this.#rootUsed = true;
		return this.#root ?? this.#loadRoot();
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

	#readIndexPart(position: number, indexBytes: number, filterPosition: number, filterBytes: number): IndexPart {
		return decodeIndexPart(this.#readPart(position, indexBytes), this.#readPart(filterPosition, filterBytes));
	}

	/** The part of a root that has several. */
	#readPartOf(root: IndexRoot, part: number): IndexPart {
		const position = root.positions[part]!;
		const indexBytes = root.indexBytes[part]!;
		return this.#readIndexPart(position, indexBytes, position + indexBytes + TRAILER_BYTES, root.filterBytes[part]!);
	}

	#handle(): FileHandle {
		if (this.#file === null) {
			this.#file = this.#files.open(this.path, 'read');
			this.#cache.opened(this);
		}
		return this.#file;
	}
}
