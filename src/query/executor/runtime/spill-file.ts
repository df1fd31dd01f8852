/**
 * Rows written to disk when a statement's memory is used up. A file belongs to one statement, is never synced, and is removed
 * when closed. It is written in blocks of rows, and read back block by block, by any number of readers.
 *
 * Format of a block: rows in the row format of `value/row-format.ts`, each led by its length u32, little-endian. Where blocks
 * begin is known in memory. There is no checksum: the file does not outlive the process that wrote it.
 *
 * Cost: one row's bytes are copied twice on their way; 24 bytes of memory a block, and one block while the file is written. What
 * is decoded is copied out of the block, so that all files of an execution read through one piece of memory.
 */
import type { FileSystem } from '../../../platform/files.ts';
import { TemporaryFile } from '../../../platform/temporary-file.ts';
import type { RowCodec } from './spill-codec.ts';

/** Bytes of a block, about: what one reader holds in memory of its file. */
const BLOCK_BYTES = 16384;

/** Where a statement's spill files go, and how the rows of one buffer are written. */
export class SpillSpace {
	readonly directory: SpillDirectory;
	readonly #codec: RowCodec;

	constructor(directory: SpillDirectory, codec: RowCodec) {
		this.directory = directory;
		this.#codec = codec;
	}

	get isOpen(): boolean {
		return this.directory.isOpen;
	}

	create(): SpillFile {
		return new SpillFile(this.directory, this.#codec);
	}
}

/** The directory of an execution, set when it starts, and the files that the execution has there. */
export class SpillDirectory {
	files: FileSystem | null = null;
	directory = '';
	readonly opened = new Set<ExecutionFile>();
	#scratch: Buffer | null = null;

	get isOpen(): boolean {
		return this.files !== null;
	}

	set(files: FileSystem | null, directory: string): void {
		this.files = files;
		this.directory = directory;
		if (files === null) this.#scratch = null;
	}

	/** Memory that is used between two calls of nothing else. */
	scratch(bytes: number): Buffer {
		if (this.#scratch === null || this.#scratch.length < bytes) this.#scratch = Buffer.allocUnsafeSlow(Math.max(bytes, BLOCK_BYTES * 2));
		return this.#scratch;
	}

	/** Removes what an execution that failed has left. */
	closeAll(): void {
		for (const file of this.opened) file.close();
	}
}

/** A file of an execution, without a format of its own. */
export class ExecutionFile extends TemporaryFile {
	readonly #space: SpillDirectory;

	constructor(space: SpillDirectory) {
		super(space.files!, space.directory);
		this.#space = space;
		space.opened.add(this);
	}

	override close(): void {
		this.#space.opened.delete(this);
		super.close();
	}
}

export class SpillFile {
	/** Rows written. */
	rows = 0;
	/** Rows of the block that has most. */
	blockRowsMax = 0;
	readonly #space: SpillDirectory;
	readonly #codec: RowCodec;
	readonly #file: ExecutionFile;
	/** Where each block begins, in the file and in rows. */
	readonly #starts: number[] = [];
	readonly #firstRows: number[] = [];
	#writtenBytes = 0;
	/** The block that is being written; null when there is none. */
	#block: Buffer | null = null;
	#usedBytes = 0;
	#next = 0;

	constructor(space: SpillDirectory, codec: RowCodec) {
		this.#space = space;
		this.#codec = codec;
		this.#file = new ExecutionFile(space);
	}

	get blockCount(): number {
		return this.#starts.length;
	}

	/** Appends rows [from, to). With `order`, rows order[from] to order[to − 1]. */
	write(columns: readonly (readonly unknown[])[], from: number, to: number, order: ArrayLike<number> | null = null): void {
		for (let i = from; i < to; i++) this.#append(this.#codec.encode(columns, order === null ? i : order[i]!));
	}

	append(row: readonly unknown[]): void {
		this.#append(this.#codec.encodeRow(row));
	}

	#append(bytes: Uint8Array): void {
		const needed = this.#usedBytes + 4 + bytes.length;
		this.#block ??= Buffer.allocUnsafeSlow(BLOCK_BYTES);
		if (needed > this.#block.length) {
			const grown = Buffer.allocUnsafeSlow(needed);
			grown.set(this.#block.subarray(0, this.#usedBytes));
			this.#block = grown;
		}
		if (this.#usedBytes === 0) {
			this.#starts.push(this.#writtenBytes);
			this.#firstRows.push(this.rows);
		}
		this.#block.writeUInt32LE(bytes.length, this.#usedBytes);
		this.#block.set(bytes, this.#usedBytes + 4);
		this.#usedBytes = needed;
		this.rows++;
		if (needed >= BLOCK_BYTES - 256) this.#endBlock();
	}

	#endBlock(): void {
		if (this.#usedBytes === 0) return;
		this.#file.handle.write(this.#block!, 0, this.#usedBytes, this.#writtenBytes);
		this.#writtenBytes += this.#usedBytes;
		this.#usedBytes = 0;
		this.blockRowsMax = Math.max(this.blockRowsMax, this.rows - this.#firstRows[this.#firstRows.length - 1]!);
		if (this.#block!.length > BLOCK_BYTES) this.#block = null;
	}

	/** No more rows will come for now: gives back the memory of writing. */
	finish(): void {
		this.#endBlock();
		this.#block = null;
	}

	rewind(): void {
		this.finish();
		this.#next = 0;
	}

	/** Reads the next block into the columns from index `at`; returns its rows, 0 at the end. */
	read(columns: unknown[][], at: number): number {
		return this.#next < this.#starts.length ? this.readBlock(this.#next++, columns, at) : 0;
	}

	/** Index of the block that holds a row. */
	blockOf(row: number): number {
		const first = this.#firstRows;
		let low = 0;
		let high = first.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if (first[middle]! <= row) low = middle + 1;
			else high = middle;
		}
		return low - 1;
	}

	firstRowOf(block: number): number {
		return this.#firstRows[block]!;
	}

	/** Reads one block, of a file that is not being written; returns its rows. */
	readBlock(block: number, columns: unknown[][], at: number): number {
		const start = this.#starts[block]!;
		const bytes = (this.#starts[block + 1] ?? this.#writtenBytes) - start;
		const rows = (this.#firstRows[block + 1] ?? this.rows) - this.#firstRows[block]!;
		const scratch = this.#space.scratch(bytes);
		this.#file.handle.read(scratch, 0, bytes, start);
		let offset = 0;
		for (let i = 0; i < rows; i++) {
			const end = offset + 4 + scratch.readUInt32LE(offset);
			this.#codec.decode(scratch, offset + 4, end, columns, at + i);
			offset = end;
		}
		return rows;
	}

	close(): void {
		this.#file.close();
	}
}
