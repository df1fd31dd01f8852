/**
 * Rows written to disk when a statement's memory is used up. A file belongs to one statement, is never synced, and is removed
 * when closed. It is written in blocks of rows and read back from its start in the same blocks.
 *
 * Format of a block: length u32 of what follows · rows u32 · rows in the row format of `value/row-format.ts`, each led by its
 * length u32. Little-endian. There is no checksum: the file does not outlive the process that wrote it.
 */
import type { FileHandle, FileSystem } from '../../../platform/files.ts';
import type { RowCodec } from './spill-codec.ts';

/** Bytes of a block, about: what one reader holds in memory of its file. */
const BLOCK_BYTES = 65536;
const HEADER_BYTES = 8;

/** Where a statement's spill files go, and how the rows of one buffer are written. */
export class SpillSpace {
	readonly #directory: SpillDirectory;
	readonly #codec: RowCodec;

	constructor(directory: SpillDirectory, codec: RowCodec) {
		this.#directory = directory;
		this.#codec = codec;
	}

	get isOpen(): boolean {
		return this.#directory.isOpen;
	}

	create(): SpillFile {
		return new SpillFile(this.#directory, this.#codec);
	}
}

/** The directory of an execution, set when it starts, and the files that the execution has there. */
export class SpillDirectory {
	files: FileSystem | null = null;
	directory = '';
	readonly opened = new Set<SpillFile>();

	get isOpen(): boolean {
		return this.files !== null;
	}

	set(files: FileSystem | null, directory: string): void {
		this.files = files;
		this.directory = directory;
	}

	/** Removes what an execution that failed has left. */
	closeAll(): void {
		for (const file of this.opened) file.close();
	}
}

let filesMade = 0;

export class SpillFile {
	readonly #space: SpillDirectory;
	readonly #files: FileSystem;
	readonly #path: string;
	readonly #handle: FileHandle;
	readonly #codec: RowCodec;
	#writtenBytes = 0;
	#readAt = 0;
	#block = Buffer.allocUnsafe(BLOCK_BYTES * 2);

	constructor(space: SpillDirectory, codec: RowCodec) {
		this.#space = space;
		this.#files = space.files!;
		if (!this.#files.exists(space.directory)) this.#files.makeDirectory(space.directory);
		do this.#path = `${space.directory}/spill-${filesMade++}.tmp`;
		while (this.#files.exists(this.#path));
		this.#handle = this.#files.open(this.#path, 'create');
		this.#codec = codec;
		space.opened.add(this);
	}

	/** Appends rows [from, to). With `order`, rows order[from] to order[to − 1]. */
	write(columns: readonly (readonly unknown[])[], from: number, to: number, order: ArrayLike<number> | null = null): void {
		let used = HEADER_BYTES;
		let rows = 0;
		for (let i = from; i < to; i++) {
			const bytes = this.#codec.encode(columns, order === null ? i : order[i]!);
			if (used + 4 + bytes.length > this.#block.length) this.#grow(used + 4 + bytes.length);
			this.#block.writeUInt32LE(bytes.length, used);
			this.#block.set(bytes, used + 4);
			used += 4 + bytes.length;
			rows++;
			if (used >= BLOCK_BYTES) {
				this.#flush(used, rows);
				used = HEADER_BYTES;
				rows = 0;
			}
		}
		if (rows > 0) this.#flush(used, rows);
	}

	#flush(used: number, rows: number): void {
		this.#block.writeUInt32LE(used - HEADER_BYTES, 0);
		this.#block.writeUInt32LE(rows, 4);
		this.#handle.write(this.#block, 0, used, this.#writtenBytes);
		this.#writtenBytes += used;
	}

	#grow(bytes: number): void {
		const grown = Buffer.allocUnsafe(bytes * 2);
		grown.set(this.#block);
		this.#block = grown;
	}

	rewind(): void {
		this.#readAt = 0;
	}

	/** Reads the next block into the columns from index `at`; returns its rows, 0 at the end. */
	read(columns: unknown[][], at: number): number {
		if (this.#readAt >= this.#writtenBytes) return 0;
		this.#handle.read(this.#block, 0, HEADER_BYTES, this.#readAt);
		const bytes = this.#block.readUInt32LE(0);
		const rows = this.#block.readUInt32LE(4);
		if (bytes > this.#block.length) this.#grow(bytes);
		this.#handle.read(this.#block, 0, bytes, this.#readAt + HEADER_BYTES);
		this.#readAt += HEADER_BYTES + bytes;
		let offset = 0;
		for (let i = 0; i < rows; i++) {
			const end = offset + 4 + this.#block.readUInt32LE(offset);
			this.#codec.decode(this.#block, offset + 4, end, columns, at + i);
			offset = end;
		}
		return rows;
	}

	close(): void {
		if (!this.#space.opened.delete(this)) return;
		this.#handle.close();
		this.#files.remove(this.#path);
	}
}
