/**
 * An open column file: its directory, and its blocks, read and checked one at a time and kept decoded in the pool.
 *
 * Calls: `acquire` pins a segment until `letGo`; whatever `keys` and `peek` give stays valid only until the thread is given up.
 */
import { ByteReader } from '../../bytes/byte-reader.ts';
import { checksum } from '../../bytes/checksum.ts';
import { compareArrays, compareBytes } from '../../bytes/compare-bytes.ts';
import { PolylogError } from '../../platform/errors.ts';
import type { FileHandle, FileSystem } from '../../platform/files.ts';
import { fileName } from '../file-names.ts';
import { corrupt, removeQuietly } from '../stored-files.ts';
import type { ColumnFileInfo } from './column-file-writer.ts';
import type { ColumnPool, PoolEntry } from './column-pool.ts';
import { type ColumnSegment, decodeSegment, HEAP_MEMORY } from './column-segment.ts';
import { type BlockPlace, CHECKSUM_BYTES, checkHeader, type Directory, decodeDirectory, decodeTrailer, HEADER_BYTES, TRAILER_BYTES } from './file-format.ts';
import { columnsOf } from './group-builder.ts';
import { decodeKeys, type KeySegment } from './key-segment.ts';

export class ColumnFile {
	readonly path: string;
	readonly info: ColumnFileInfo;
	readonly #files: FileSystem;
	readonly pool: ColumnPool;
	#handle: FileHandle | null = null;
	#directory: Directory | null = null;
	/** By group and block: the keys, then the columns. */
	#blocks: (PoolEntry | null)[] = [];
	#blocksPerGroup = 0;
	references = 0;
	isObsolete = false;

	constructor(files: FileSystem, directory: string, info: ColumnFileInfo, pool: ColumnPool) {
		this.path = `${directory}/${fileName(info.number, 'columnar')}`;
		this.info = info;
		this.#files = files;
		this.pool = pool;
	}

	get directory(): Directory {
		if (this.#directory === null) {
			this.#directory = this.#readDirectory();
			this.#blocksPerGroup = columnsOf(this.#directory.shape).length + 1;
			this.#blocks = new Array<PoolEntry | null>(this.#directory.groups.length * this.#blocksPerGroup).fill(null);
		}
		return this.#directory;
	}

	get rows(): number {
		return this.info.entries;
	}

	/** The number of columns in the file. */
	get columnCount(): number {
		this.directory;
		return this.#blocksPerGroup - 1;
	}

	/** The segment of a column, pinned. */
	acquire(group: number, column: number): PoolEntry {
		const entry = this.#entry(group, column);
		entry.pins++;
		return entry;
	}

	/** The segment of a column, which another call may evict. */
	peek(group: number, column: number): ColumnSegment {
		return this.#entry(group, column).segment!;
	}

	keys(group: number): KeySegment {
		const place = group * this.#blocksPerGroup;
		const found = this.#blocks[place];
		if (found) {
			this.pool.hits++;
			found.wasUsed = true;
			return found.keys!;
		}
		const block = this.directory.groups[group]!.keys;
		const keys = this.#decode(block, decodeKeys);
		if (keys.count !== this.directory.groups[group]!.rows) throw corrupt(this.path, block.position, 'a group has not as many keys as rows');
		this.#blocks[place] = this.pool.addKeys(keys, () => {
			this.#blocks[place] = null;
		});
		return keys;
	}

	#entry(group: number, column: number): PoolEntry {
		const { groups } = this.directory;
		const place = group * this.#blocksPerGroup + column + 1;
		const found = this.#blocks[place];
		if (found) {
			this.pool.hits++;
			found.wasUsed = true;
			return found;
		}
		const block = groups[group]!.columns[column]!;
		const entry = this.pool.add(
			(memory) => this.#decode(block, (reader) => decodeSegment(reader, memory)),
			() => {
				this.#blocks[place] = null;
			},
		);
		this.#blocks[place] = entry;
		if (entry.segment!.count !== groups[group]!.rows) throw corrupt(this.path, block.position, 'a segment has not as many values as its group rows');
		return entry;
	}

	/** The row of the file that has the key, or −1. */
	find(key: Uint8Array, start: number, end: number): number {
		const { groups } = this.directory;
		const group = this.groupOf(key, start, end);
		if (group === groups.length) return -1;
		const { smallest, firstRow } = groups[group]!;
		if (compareBytes(smallest, 0, smallest.length, key, start, end) > 0) return -1;
		const row = this.keys(group).search(key, start, end);
		return row < 0 ? -1 : firstRow + row;
	}

	/** The first row whose key is not below the key. */
	lowerBound(key: Uint8Array): number {
		const { groups } = this.directory;
		const group = this.groupOf(key, 0, key.length);
		if (group === groups.length) return this.rows;
		const { smallest, firstRow } = groups[group]!;
		if (compareArrays(smallest, key) >= 0) return firstRow;
		const row = this.keys(group).search(key, 0, key.length);
		return firstRow + (row < 0 ? -1 - row : row);
	}

	/** The group that a row of the file is in. */
	groupOfRow(row: number): number {
		const { groups } = this.directory;
		let low = 0;
		let high = groups.length - 1;
		while (low < high) {
			const middle = (low + high + 1) >>> 1;
			if (groups[middle]!.firstRow <= row) low = middle;
			else high = middle - 1;
		}
		return low;
	}

	/** The pool's count of evictions: segments stay in place while it is the same. */
	get evictions(): number {
		return this.pool.evictions;
	}

	/** The first group that does not lie wholly below the key. */
	groupOf(key: Uint8Array, start: number, end: number): number {
		const { groups } = this.directory;
		let low = 0;
		let high = groups.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			const { largest } = groups[middle]!;
			if (compareBytes(largest, 0, largest.length, key, start, end) < 0) low = middle + 1;
			else high = middle;
		}
		return low;
	}

	/** Reads everything: checksums, order of keys, counts. */
	verify(): string[] {
		try {
			const header = this.#read(0, HEADER_BYTES);
			checkHeader(header, this.path);
			const directory = this.#readDirectory();
			let last: Uint8Array | null = null;
			let rows = 0;
			for (const group of directory.groups) {
				const keys = this.#decode(group.keys, decodeKeys);
				for (let row = 0; row < keys.count; row++) {
					const key: Uint8Array = new Uint8Array(keys.bytesOf(row));
					keys.write(row, key, 0);
					if (last !== null && compareArrays(last, key) >= 0) return [`"${this.path}": row ${rows + row} is out of order`];
					if (row === 0 && compareArrays(key, group.smallest) !== 0) return [`"${this.path}": a group does not begin with the key that the directory says`];
					last = key;
				}
				if (last === null || compareArrays(last, group.largest) !== 0) return [`"${this.path}": a group does not end with the key that the directory says`];
				for (const column of group.columns) {
					const segment = this.#decode(column, (reader) => decodeSegment(reader, HEAP_MEMORY));
					if (segment.count !== group.rows) return [`"${this.path}": a segment has ${segment.count} values, its group ${group.rows} rows`];
				}
				rows += group.rows;
			}
			return rows === this.info.entries ? [] : [`"${this.path}": ${rows} rows, the manifest says ${this.info.entries}`];
		} catch (error) {
			if (error instanceof PolylogError) return [error.message];
			throw error;
		}
	}

	release(): void {
		this.references--;
		if (this.references === 0) this.close();
	}

	close(): void {
		for (const entry of this.#blocks) if (entry !== null) this.pool.drop(entry);
		this.#blocks = [];
		this.#directory = null;
		this.#handle?.close();
		this.#handle = null;
		if (this.isObsolete) removeQuietly(this.#files, this.path);
	}

	#readDirectory(): Directory {
		const { bytes } = this.info;
		checkHeader(this.#read(0, HEADER_BYTES), this.path);
		const trailer = decodeTrailer(this.#read(bytes - TRAILER_BYTES, TRAILER_BYTES), this.path, bytes);
		const directory = this.#read(trailer.position, trailer.bytes);
		if (checksum(directory, 0, directory.length) !== trailer.checksum) throw corrupt(this.path, trailer.position, 'the checksum of its directory is wrong');
		return this.#checked(trailer.position, () => decodeDirectory(directory));
	}

	/** A block without its checksum, decoded; `decode` keeps none of its bytes. */
	#decode<T>({ position, bytes }: BlockPlace, decode: (reader: ByteReader) => T): T {
		const block = this.#read(position, bytes + CHECKSUM_BYTES, this.pool.readBuffer(bytes + CHECKSUM_BYTES));
		const stored = new ByteReader(block, bytes).uint32();
		if (stored !== checksum(block, 0, bytes)) throw corrupt(this.path, position, 'the checksum of a block is wrong');
		return this.#checked(position, () => decode(new ByteReader(block, 0, bytes)));
	}

	#checked<T>(position: number, decode: () => T): T {
		try {
			return decode();
		} catch (error) {
			if (error instanceof RangeError) throw corrupt(this.path, position, error.message);
			throw error;
		}
	}

	#read(position: number, bytes: number, into: Uint8Array = new Uint8Array(bytes)): Uint8Array {
		this.#handle ??= this.#files.open(this.path, 'read');
		if (position < 0) throw corrupt(this.path, 0, 'it is too short');
		const got = this.#handle.read(into, 0, bytes, position);
		if (got !== bytes) throw corrupt(this.path, position + got, 'it ends too early');
		return into;
	}
}
