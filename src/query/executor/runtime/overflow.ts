/**
 * Rows that a hash table had no room for: written to files by a hash of their key, and given back one partition after the other
 * when the table has been emptied. A partition that is too large again is split by other bits of the hash.
 *
 * Calls: `put` per row; then `nextPartition` until false, and after each: rows 0 to `count` of `columns`, and `more()` for the
 * next block, as in a `RowBuffer`. Rows put while a partition is read belong to its own parts.
 */
import { outOfMemory } from './memory-account.ts';
import type { SpillFile, SpillSpace } from './spill-file.ts';

const PARTITION_BITS = 4;
const PARTITIONS = 1 << PARTITION_BITS;
/** After so many splits the rows all have one key, or the limit is too low for anything. */
const LEVELS_MAX = 7;
/** Rows of a partition collected before they are written. */
const STAGED_ROWS = 128;

interface Part {
	readonly file: SpillFile;
	/** Its number within each split, outermost first. */
	readonly path: string;
}

export class Overflow {
	/** Rows of the partition that is read. */
	readonly columns: unknown[][];
	count = 0;
	readonly #space: SpillSpace | null;
	readonly #staged: unknown[][][];
	readonly #files: (SpillFile | null)[] = new Array<SpillFile | null>(PARTITIONS).fill(null);
	#waiting: Part[] = [];
	#reading: SpillFile | null = null;
	/** The partition that is read; two overflows of one join read the same one. */
	path = '';
	/** A row has been put since `clear`: tables are partial. */
	isUsed = false;

	constructor(columnCount: number, space: SpillSpace | null) {
		this.#space = space;
		this.columns = Array.from({ length: columnCount }, () => []);
		this.#staged = Array.from({ length: PARTITIONS }, () => Array.from({ length: columnCount }, () => []));
	}

	get canSpill(): boolean {
		return this.#space?.isOpen ?? false;
	}

	/** `key` as hash tables have it: a primitive. */
	put(key: unknown, row: readonly unknown[]): void {
		if (this.path.length >= LEVELS_MAX) throw outOfMemory('a single key of a hash table', 0);
		this.isUsed = true;
		const partition = (hashOf(key) >>> (this.path.length * PARTITION_BITS)) & (PARTITIONS - 1);
		const staged = this.#staged[partition]!;
		for (let c = 0; c < row.length; c++) staged[c]!.push(row[c]);
		if (staged[0]!.length >= STAGED_ROWS) this.#write(partition);
	}

	#write(partition: number): void {
		const staged = this.#staged[partition]!;
		const rows = staged[0]?.length ?? 0;
		if (rows === 0) return;
		this.#files[partition] ??= this.#space!.create();
		this.#files[partition]!.write(staged, 0, rows);
		for (const column of staged) column.length = 0;
	}

	/** Goes to the next partition; false when all have been read. */
	nextPartition(): boolean {
		this.#endLevel();
		const part = this.#waiting.pop();
		this.#read(part, part?.path ?? '');
		return part !== undefined;
	}

	/** Goes to a partition by its path; one without rows when nothing was put there. */
	openPath(path: string): void {
		this.#endLevel();
		const at = this.#waiting.findIndex((part) => part.path === path);
		this.#read(at < 0 ? undefined : this.#waiting.splice(at, 1)[0], path);
	}

	#read(part: Part | undefined, path: string): void {
		this.#reading?.close();
		this.#reading = part?.file ?? null;
		this.path = path;
		this.count = 0;
		this.#reading?.rewind();
		this.more();
	}

	/** Makes parts of what has been put. */
	#endLevel(): void {
		for (let partition = PARTITIONS - 1; partition >= 0; partition--) {
			this.#write(partition);
			const file = this.#files[partition]!;
			if (file === null) continue;
			this.#waiting.push({ file, path: this.path + String.fromCharCode(97 + partition) });
			this.#files[partition] = null;
		}
	}

	/** The next rows of the partition, in place of those before; false at its end. */
	more(): boolean {
		if (this.#reading === null) return false;
		this.count = this.#reading.read(this.columns, 0);
		return this.count > 0;
	}

	clear(): void {
		if (!this.isUsed) return;
		for (let partition = 0; partition < PARTITIONS; partition++) {
			for (const column of this.#staged[partition]!) column.length = 0;
			this.#files[partition]?.close();
			this.#files[partition] = null;
		}
		this.#reading?.close();
		this.#reading = null;
		for (const part of this.#waiting) part.file.close();
		this.#waiting = [];
		for (const column of this.columns) column.length = 0;
		this.count = 0;
		this.path = '';
		this.isUsed = false;
	}
}

/** 32 well-mixed bits of a key. */
export function hashOf(key: unknown): number {
	let hash = 0x811c9dc5;
	if (typeof key === 'number' && (key | 0) === key) hash ^= key;
	else {
		const text = typeof key === 'string' ? key : String(key);
		for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
	}
	hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
	hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
	return (hash ^ (hash >>> 16)) >>> 0;
}
