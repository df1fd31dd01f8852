/**
 * Rows of one input that a hash table had no room for, in files by a hash of their key, and the reading of one such file. What
 * is put while a file is read belongs to the next split: by other bits of the hash.
 *
 * Calls: `put` per row; `takeParts` makes parts of what was put; `open` reads a part: the row at `at` of `columns` is the next
 * one while `at` < `count`, then `more()`. Rows of a part come in the order in which they were put.
 */
import { outOfMemory } from './memory-account.ts';
import type { SpillFile, SpillSpace } from './spill-file.ts';

const PARTITION_BITS = 4;
export const PARTITIONS = 1 << PARTITION_BITS;
/** After so many splits the bits of the hash are used up. */
const LEVELS_MAX = 8;

/** What is known of the hashes in a file: all are one, or not. */
interface Part {
	readonly file: SpillFile;
	readonly hash: number;
	isOneHash: boolean;
}

export type PutAsidePart = Readonly<Part>;

export class PutAsideRows {
	/** A block of the part that is read. */
	readonly columns: unknown[][];
	count = 0;
	at = 0;
	/** Rows have been put at this level: the table is partial. */
	isUsed = false;
	/** There is nothing to clear: so it is wherever nothing spills, and correlated parts clear at each row. */
	isClear = true;
	readonly #space: SpillSpace | null;
	readonly #parts: (Part | null)[] = new Array<Part | null>(PARTITIONS).fill(null);
	#file: SpillFile | null = null;
	#block = 0;
	#level = 0;

	constructor(columnCount: number, space: SpillSpace | null) {
		this.#space = space;
		this.columns = Array.from({ length: columnCount }, () => []);
	}

	get canSpill(): boolean {
		return this.#space?.isOpen ?? false;
	}

	/** `key` as hash tables have it: a primitive. */
	put(key: unknown, row: readonly unknown[]): void {
		if (this.#level >= LEVELS_MAX) throw outOfMemory('a hash table', 0);
		const hash = hashOf(key);
		const partition = (hash >>> (this.#level * PARTITION_BITS)) & (PARTITIONS - 1);
		this.isUsed = true;
		this.isClear = false;
		let part = this.#parts[partition]!;
		if (part === null) {
			part = { file: this.#space!.create(), hash, isOneHash: true };
			this.#parts[partition] = part;
		} else if (part.hash !== hash) part.isOneHash = false;
		part.file.append(row);
	}

	/** What has been put at this level, by partition; the caller has it then. */
	takeParts(): (PutAsidePart | null)[] {
		const parts = this.#parts.slice();
		for (const part of parts) part?.file.finish();
		this.#parts.fill(null);
		this.isUsed = false;
		return parts;
	}

	/** Reads a part that was made by so many splits, or nothing; the part read before is closed. */
	open(part: PutAsidePart | null, level: number): void {
		this.isClear = false;
		if (this.#file !== part?.file) this.#file?.close();
		this.#file = part?.file ?? null;
		this.#level = level;
		this.#block = 0;
		this.more();
	}

	/** Another split would not part the rows. */
	static isWhole(part: PutAsidePart | null, level: number): boolean {
		return part !== null && (part.isOneHash || level >= LEVELS_MAX);
	}

	/** The next rows of the part, in place of those before; false at its end. */
	more(): boolean {
		const file = this.#file;
		this.at = 0;
		this.count = file === null || this.#block >= file.blockCount ? 0 : file.readBlock(this.#block++, this.columns, 0);
		return this.count > 0;
	}

	/** There are rows behind the one given last. */
	get hasMore(): boolean {
		return this.at < this.count || (this.#file !== null && this.#block < this.#file.blockCount);
	}

	/** Number, in its part, of the row given last. */
	get rowNumber(): number {
		return this.#file!.firstRowOf(this.#block - 1) + this.at - 1;
	}

	clear(): void {
		if (this.isClear) return;
		this.isClear = true;
		for (let partition = 0; partition < PARTITIONS; partition++) {
			this.#parts[partition]?.file.close();
			this.#parts[partition] = null;
		}
		this.#file?.close();
		this.#file = null;
		for (const column of this.columns) column.length = 0;
		this.count = 0;
		this.at = 0;
		this.isUsed = false;
		this.#block = 0;
		this.#level = 0;
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
