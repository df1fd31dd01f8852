/**
 * Rows of numbers, parted by the upper bits of a hash while they are written, so that each part can be worked on in the processor's
 * caches: the tables of large group-bys and joins. Past the statement's memory they go to a file.
 *
 * Rows are written into a *slab*: an array for each column, in chunks of 256 rows that belong to one part each. A row costs a
 * comparison beside its stores. A full slab is kept, or written to the file part by part when the account has no more room.
 *
 * Format of the file: for each slab and part, the rows of each column one after the other, 4 or 8 bytes each, as the machine has them.
 * Where they lie is known in memory. There is no checksum: the file does not outlive the process that wrote it.
 *
 * Calls: `reserve` before so many rows; `place` for each, and stores into `columns` there, which `reserve` may replace; `seal` when all are
 * there; then `read`, any number of times.
 *
 * Cost: memory of the rows, and in each slab half a chunk for each part; 256 streams of writes, as many as the second-level cache holds lines
 * for comfortably.
 */
import { type MemoryAccount, outOfMemory } from './memory-account.ts';
import { ExecutionFile, type SpillDirectory } from './spill-file.ts';

const PART_BITS = 8;
export const RADIX_PARTS = 1 << PART_BITS;
const PART_SHIFT = 32 - PART_BITS;
const CHUNK_BITS = 8;
const CHUNK_ROWS = 1 << CHUNK_BITS;
const CHUNK_MASK = CHUNK_ROWS - 1;
const SLAB_CHUNKS_MAX = 4096;
/** A row group, and a chunk for each part. */
const SLAB_CHUNKS_MIN = 3 * RADIX_PARTS;
/** So many slabs have room in the statement's memory. */
const SLABS = 5;
const ROOM_FACTOR = 1.25;

export type RadixColumn = 'integer' | 'double';
export type RadixArray = Int32Array | Float64Array;

/** The part of a hash. */
export function radixPart(hash: number): number {
	return hash >>> PART_SHIFT;
}

/** A slab that is full: in memory, or in the file. */
interface Slab {
	/** By part: its rows. */
	readonly rows: Int32Array;
	readonly columns: readonly RadixArray[] | null;
	/** In memory: chunks in the order of their parts, and where those of a part begin. */
	readonly chunks: Uint16Array;
	readonly firsts: Int32Array;
	/** In the file: where a part begins. */
	readonly positions: Float64Array;
}

export class RadixRows {
	/** The open slab. */
	columns: RadixArray[];
	/** Rows in all. */
	count: number;
	readonly #kinds: readonly RadixColumn[];
	readonly #rowBytes: number;
	readonly #slabChunks: number;
	readonly #account: MemoryAccount;
	readonly #spill: SpillDirectory;
	readonly #what: string;
	readonly #share: number;
	/** Of the open slab, by part: where the next row goes; at a multiple of a chunk's rows there is no chunk. */
	readonly #cursors: Int32Array;
	readonly #owners: Uint8Array;
	#usedChunks: number;
	#hasSlab: boolean;
	#slabs: Slab[];
	#file: ExecutionFile | null;
	#fileBytes: number;
	#takenBytes: number;

	/** `what` it is, for the error when not even a slab has room; `share`: of the statement's memory. */
	constructor(kinds: readonly RadixColumn[], account: MemoryAccount, spill: SpillDirectory, what: string, share = 1) {
		this.columns = [];
		this.count = 0;
		this.#kinds = kinds;
		this.#rowBytes = kinds.reduce((sum, kind) => sum + (kind === 'integer' ? 4 : 8), 0);
		this.#slabChunks = slabChunksFor(account.limitBytes / this.#rowBytes);
		this.#account = account;
		this.#spill = spill;
		this.#what = what;
		this.#share = share;
		this.#cursors = new Int32Array(RADIX_PARTS);
		this.#owners = new Uint8Array(this.#slabChunks);
		this.#usedChunks = 0;
		this.#hasSlab = false;
		this.#slabs = [];
		this.#file = null;
		this.#fileBytes = 0;
		this.#takenBytes = 0;
	}

	/** Bytes of memory and of the file that the rows take. */
	get bytes(): number {
		return this.count * this.#rowBytes;
	}

	/** Another slab has no room beside what works on a part. */
	get isPastMemory(): boolean {
		const { usedBytes, limitBytes } = this.#account;
		return usedBytes + this.#slabBytes * ROOM_FACTOR > limitBytes || this.#takenBytes + this.#slabBytes > limitBytes * this.#share;
	}

	/** The open slab may not have room for so many rows. */
	isFullFor(rows: number): boolean {
		return this.#hasSlab && this.#usedChunks + chunksFor(rows) > this.#slabChunks;
	}

	get #slabBytes(): number {
		return this.#slabChunks * CHUNK_ROWS * this.#rowBytes;
	}

	/** Makes room for so many rows more. */
	reserve(rows: number): void {
		if (this.#hasSlab && !this.isFullFor(rows)) return;
		const canReuse = this.#hasSlab && !this.#endSlab(true);
		if (!canReuse) {
			this.#take(this.#slabBytes);
			this.columns = this.#kinds.map((kind) => newArray(kind, this.#slabChunks * CHUNK_ROWS));
		}
		this.#hasSlab = true;
		this.#usedChunks = 0;
		this.#cursors.fill(0);
	}

	#take(bytes: number): void {
		this.#takenBytes += bytes;
		if (!this.#account.take(bytes)) throw outOfMemory(this.#what, this.#account.limitBytes);
	}

	/** Where the next row with a hash goes. */
	place(hash: number): number {
		const part = hash >>> PART_SHIFT;
		const at = this.#cursors[part]!;
		if ((at & CHUNK_MASK) === 0) return this.#openChunk(part);
		this.#cursors[part] = at + 1;
		return at;
	}

	/** Where the next rows go, by their hashes. Room for them must be there. */
	placeAll(hashes: ArrayLike<number>, count: number, places: Int32Array): void {
		const cursors = this.#cursors;
		for (let i = 0; i < count; i++) {
			const part = hashes[i]! >>> PART_SHIFT;
			const at = cursors[part]!;
			if ((at & CHUNK_MASK) === 0) places[i] = this.#openChunk(part);
			else {
				cursors[part] = at + 1;
				places[i] = at;
			}
		}
	}

	#openChunk(part: number): number {
		const chunk = this.#usedChunks++;
		this.#owners[chunk] = part;
		const at = chunk << CHUNK_BITS;
		this.#cursors[part] = at + 1;
		return at;
	}

	/** Rows can be read. `isMore`: others come later. */
	seal(isMore = false): void {
		if (!this.#hasSlab) return;
		const isKept = this.#endSlab(isMore);
		this.#hasSlab = false;
		this.columns = [];
		if (isKept) return;
		this.#account.give(this.#slabBytes);
		this.#takenBytes -= this.#slabBytes;
	}

	/** `isMore`: another slab comes. True when its arrays are kept. */
	#endSlab(isMore: boolean): boolean {
		const chunks = new Uint16Array(this.#usedChunks);
		const firsts = new Int32Array(RADIX_PARTS + 1);
		for (let chunk = 0; chunk < this.#usedChunks; chunk++) firsts[this.#owners[chunk]! + 1]!++;
		for (let part = 0; part < RADIX_PARTS; part++) firsts[part + 1]! += firsts[part]!;
		const next = firsts.slice();
		for (let chunk = 0; chunk < this.#usedChunks; chunk++) chunks[next[this.#owners[chunk]!]!++] = chunk;
		const rows = new Int32Array(RADIX_PARTS);
		for (let part = 0; part < RADIX_PARTS; part++) {
			const open = this.#cursors[part]! & CHUNK_MASK;
			const all = (firsts[part + 1]! - firsts[part]!) << CHUNK_BITS;
			rows[part] = open === 0 ? all : all - CHUNK_ROWS + open;
			this.count += rows[part]!;
		}
		const slab = { rows, columns: this.columns, chunks, firsts, positions: NO_POSITIONS };
		const isKept = !(isMore && this.isPastMemory && this.#spill.isOpen);
		this.#slabs.push(isKept ? slab : this.#write(slab));
		return isKept;
	}

	/** Writes a slab to the file: its arrays can be used again. */
	#write(slab: Slab): Slab {
		this.#file ??= new ExecutionFile(this.#spill);
		const positions = new Float64Array(RADIX_PARTS);
		for (let part = 0; part < RADIX_PARTS; part++) {
			const count = slab.rows[part]!;
			positions[part] = this.#fileBytes;
			if (count === 0) continue;
			const bytes = count * this.#rowBytes;
			const scratch = this.#spill.scratch(bytes);
			let at = 0;
			slab.columns!.forEach((column) => {
				for (let chunk = slab.firsts[part]!, left = count; left > 0; chunk++, left -= CHUNK_ROWS) {
					const piece = chunkBytes(column, slab.chunks[chunk]!, Math.min(left, CHUNK_ROWS));
					scratch.set(piece, at);
					at += piece.length;
				}
			});
			this.#file.handle.write(scratch, 0, bytes, this.#fileBytes);
			this.#fileBytes += bytes;
		}
		return { ...slab, columns: null, chunks: NO_CHUNKS, positions };
	}

	rowsOf(part: number): number {
		let rows = 0;
		for (const slab of this.#slabs) rows += slab.rows[part]!;
		return rows;
	}

	/** Rows of the part that has most. */
	get rowsMax(): number {
		let most = 0;
		for (let part = 0; part < RADIX_PARTS; part++) most = Math.max(most, this.rowsOf(part));
		return most;
	}

	/** Copies the rows of a part in the order in which they came into arrays of the same kinds, from index 0; returns how many they are. */
	read(part: number, into: readonly RadixArray[]): number {
		let count = 0;
		for (let slab = 0; slab < this.#slabs.length; slab++) count += this.readPiece(part, slab, into, count);
		return count;
	}

	/** Arrays for so many rows, to be read into. */
	newArrays(rows: number): RadixArray[] {
		return this.#kinds.map((kind) => newArray(kind, rows));
	}

	/** Slabs: pieces of each part. */
	get pieceCount(): number {
		return this.#slabs.length;
	}

	/** Rows of the largest piece. */
	get pieceRowsMax(): number {
		return this.#slabs.reduce((most, { rows }) => Math.max(most, ...rows), 0);
	}

	/** As `read`, for those of its rows that lie in one slab, from an index. */
	readPiece(part: number, piece: number, into: readonly RadixArray[], first = 0): number {
		const slab = this.#slabs[piece]!;
		const rows = slab.rows[part]!;
		if (rows === 0) return 0;
		if (slab.columns === null) this.#readBack(slab, part, into, first);
		else
			for (let chunk = slab.firsts[part]!, at = first, left = rows; left > 0; chunk++, at += CHUNK_ROWS, left -= CHUNK_ROWS) {
				const start = slab.chunks[chunk]! << CHUNK_BITS;
				const end = start + Math.min(left, CHUNK_ROWS);
				for (let c = 0; c < into.length; c++) into[c]!.set(slab.columns[c]!.subarray(start, end), at);
			}
		return rows;
	}

	#readBack(slab: Slab, part: number, into: readonly RadixArray[], at: number): void {
		const rows = slab.rows[part]!;
		let position = slab.positions[part]!;
		for (const array of into) {
			const width = array.BYTES_PER_ELEMENT;
			const bytes = new Uint8Array(array.buffer, array.byteOffset + at * width, rows * width);
			this.#file!.handle.read(bytes, 0, bytes.length, position);
			position += bytes.length;
		}
	}

	/** Forgets all rows, and gives their memory back. */
	clear(): void {
		this.columns = [];
		this.count = 0;
		this.#hasSlab = false;
		this.#usedChunks = 0;
		this.#slabs = [];
		this.#file?.close();
		this.#file = null;
		this.#fileBytes = 0;
		this.#account.give(this.#takenBytes);
		this.#takenBytes = 0;
	}
}

/** Chunks of a slab, in memory for so many rows. */
function slabChunksFor(rows: number): number {
	return Math.max(SLAB_CHUNKS_MIN, Math.min(SLAB_CHUNKS_MAX, Math.floor(rows / CHUNK_ROWS / SLABS)));
}

/** The most chunks that so many rows open. */
function chunksFor(rows: number): number {
	return Math.ceil(rows / CHUNK_ROWS) + RADIX_PARTS;
}

export function newArray(kind: RadixColumn, count: number): RadixArray {
	return kind === 'integer' ? new Int32Array(count) : new Float64Array(count);
}

function chunkBytes(column: RadixArray, chunk: number, rows: number): Uint8Array {
	const width = column.BYTES_PER_ELEMENT;
	return new Uint8Array(column.buffer, column.byteOffset + (chunk << CHUNK_BITS) * width, rows * width);
}

const NO_POSITIONS = new Float64Array(0);
const NO_CHUNKS = new Uint16Array(0);
