/**
 * Writes one column file. Rows come in ascending order of their keys, each key once; `replace` notes rows of older files, in any order.
 * `finish` syncs the file (not its directory).
 *
 * Cost: one pass, a group of rows and its bytes in memory.
 */
import { ByteWriter } from '../../bytes/byte-writer.ts';
import { checksum } from '../../bytes/checksum.ts';
import type { FileHandle, FileSystem } from '../../platform/files.ts';
import { fileName } from '../file-names.ts';
import { removeQuietly } from '../stored-files.ts';
import { type BlockPlace, encodeDirectory, encodeHeader, type Replaced, type RowGroup } from './file-format.ts';
import { GroupBuilder, type SegmentFacts } from './group-builder.ts';
import type { RowShape } from './row-shape.ts';

export interface ColumnFileInfo {
	readonly number: number;
	readonly bytes: number;
	readonly entries: number;
	/** Rows of older files that it replaces or removes. */
	readonly tombstones: number;
}

export class ColumnFileWriter {
	readonly #files: FileSystem;
	readonly #path: string;
	readonly #number: number;
	readonly #shape: RowShape | null;
	readonly #file: FileHandle;
	/** The group that is being filled. */
	readonly group: GroupBuilder;
	readonly #buffer = new ByteWriter(1 << 20);
	readonly #groups: RowGroup[] = [];
	readonly #replaced = new Map<number, number[]>();
	#position: number;
	#checksum: number;
	#rows: number;
	#isClosed: boolean;

	constructor(files: FileSystem, directory: string, number: number, shape: RowShape | null) {
		this.#files = files;
		this.#path = `${directory}/${fileName(number, 'columnar')}`;
		this.#number = number;
		this.#shape = shape;
		this.#file = files.open(this.#path, 'create');
		this.group = new GroupBuilder(shape);
		const header = encodeHeader();
		this.#position = 0;
		this.#checksum = 0;
		this.#append(header, header.length);
		this.#rows = 0;
		this.#isClosed = false;
	}

	add(key: Uint8Array, keyStart: number, keyEnd: number, value: Uint8Array, valueStart: number, valueEnd: number): void {
		this.group.add(key, keyStart, keyEnd, value, valueStart, valueEnd);
		this.filled();
	}

	/** Rows were put into the group itself: writes it when it is full. */
	filled(): void {
		if (this.group.isFull) this.#finishGroup();
	}

	/** The row of an older file is replaced or removed. */
	replace(number: number, row: number): void {
		let rows = this.#replaced.get(number);
		if (rows === undefined) this.#replaced.set(number, (rows = []));
		rows.push(row);
	}

	/** The finished, synced file; null, and no file, when there is nothing in it. */
	finish(): ColumnFileInfo | null {
		if (this.group.rows > 0) this.#finishGroup();
		if (this.#rows === 0 && this.#replaced.size === 0) {
			this.abandon();
			return null;
		}
		const replaced: Replaced[] = [];
		let tombstones = 0;
		for (const [number, rows] of this.#replaced) {
			const ascending = [...new Set(Uint32Array.from(rows).sort())];
			replaced.push({ number, rows: Uint32Array.from(ascending) });
			tombstones += ascending.length;
		}
		const directory = encodeDirectory({ shape: this.#shape, groups: this.#groups, replaced }, this.#position);
		this.#append(directory, directory.length);
		this.#file.sync();
		this.#close();
		return { number: this.#number, bytes: this.#position, entries: this.#rows, tombstones };
	}

	/** The checksum of everything written so far, in hexadecimal digits. */
	get hash(): string {
		return this.#checksum.toString(16).padStart(8, '0');
	}

	/** Removes what was written. */
	abandon(): void {
		this.#close();
		removeQuietly(this.#files, this.#path);
	}

	#close(): void {
		if (!this.#isClosed) this.#file.close();
		this.#isClosed = true;
	}

	#append(bytes: Uint8Array, length: number): void {
		this.#file.write(bytes, 0, length, this.#position);
		this.#checksum = checksum(bytes, 0, length, this.#checksum);
		this.#position += length;
	}

	#finishGroup(): void {
		const builder = this.group;
		const { rows } = builder;
		const [smallest, largest] = [builder.keyOf(0), builder.keyOf(rows - 1)];
		const places: BlockPlace[] = [];
		const buffer = this.#buffer;
		buffer.reset();
		let start = 0;
		builder.finish(buffer, (facts: SegmentFacts | null) => {
			places.push({ position: this.#position + start, bytes: buffer.length - start, facts });
			buffer.uint32(checksum(buffer.bytes, start, buffer.length));
			start = buffer.length;
		});
		this.#append(buffer.bytes, buffer.length);
		const [keys, ...columns] = places;
		this.#groups.push({ firstRow: this.#rows, rows, smallest, largest, keys: keys!, columns });
		this.#rows += rows;
	}
}
