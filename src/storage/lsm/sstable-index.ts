/**
 * The index of an sstable as it lies in memory: which block has which keys, and the filters that say which keys are there at all.
 * A small one is one part. That of a large sstable is several, each with a filter of its own, and a root that says which part has
 * which keys: only the root must be in memory, parts are read and given up like blocks.
 */
import { readVarint, varintBytes } from '../../bytes/varint.ts';
import { KeyIndex } from './key-index.ts';

/** What finds a block among those of a part. */
export interface IndexPart {
	/** Separators: block i of the part holds the keys up to separator i. */
	readonly index: KeyIndex;
	readonly positions: Float64Array;
	readonly sizes: Int32Array;
	readonly filter: Uint8Array;
	readonly memoryBytes: number;
}

/** Where the parts are. */
export interface IndexRoot {
	/** Part i holds the keys up to bound i; null: there is one part, which is in memory with the root. */
	readonly bounds: KeyIndex | null;
	/** The number of its first block, by part; at the end the number of all blocks. */
	readonly firstBlocks: Int32Array;
	readonly positions: Float64Array;
	readonly indexBytes: Int32Array;
	readonly filterBytes: Int32Array;
	/** Values are wrapped: `value-file.ts`. */
	readonly isWrapped: boolean;
	readonly memoryBytes: number;
}

/** For each block beside the index: a pointer and a mark. */
const BLOCK_MEMORY_BYTES = 8 + 1;

/** A part from its bytes, and those of its filter. */
export function decodeIndexPart(bytes: Uint8Array, filter: Uint8Array): IndexPart {
	const count = countAtEnd(bytes);
	const positions = new Float64Array(count);
	const sizes = new Int32Array(count);
	const keys = new KeyReader(bytes, count);
	for (let i = 0; i < count; i++) {
		keys.next(i);
		positions[i] = keys.varint();
		sizes[i] = keys.varint();
	}
	const index = keys.finish();
	return { index, positions, sizes, filter, memoryBytes: index.memoryBytes + count * (8 + 4) + filter.length };
}

export function decodeIndexRoot(bytes: Uint8Array, isWrapped: boolean): IndexRoot {
	const count = countAtEnd(bytes);
	const firstBlocks = new Int32Array(count + 1);
	const positions = new Float64Array(count);
	const indexBytes = new Int32Array(count);
	const filterBytes = new Int32Array(count);
	const keys = new KeyReader(bytes, count);
	for (let i = 0; i < count; i++) {
		keys.next(i);
		positions[i] = keys.varint();
		indexBytes[i] = keys.varint();
		filterBytes[i] = keys.varint();
		firstBlocks[i + 1] = firstBlocks[i]! + keys.varint();
	}
	const bounds = keys.finish();
	const memoryBytes = bounds.memoryBytes + count * (8 + 4 + 4 + 4 + 8 + 1 + 4) + firstBlocks[count]! * BLOCK_MEMORY_BYTES;
	return { bounds, firstBlocks, positions, indexBytes, filterBytes, isWrapped, memoryBytes };
}

/** The root of an index that is one part. */
export function rootOf(part: IndexPart, isWrapped: boolean): IndexRoot {
	const { count } = part.index;
	const firstBlocks = Int32Array.of(0, count);
	const none = new Int32Array(0);
	const memoryBytes = part.memoryBytes + count * BLOCK_MEMORY_BYTES;
	return { bounds: null, firstBlocks, positions: new Float64Array(0), indexBytes: none, filterBytes: none, isWrapped, memoryBytes };
}

/** The part that a block belongs to. */
export function partOf({ firstBlocks }: IndexRoot, block: number): number {
	let low = 1;
	let high = firstBlocks.length - 1;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (firstBlocks[middle]! <= block) low = middle + 1;
		else high = middle;
	}
	return low - 1;
}

function countAtEnd(bytes: Uint8Array): number {
	const end = bytes.length - 4;
	return (bytes[end]! | (bytes[end + 1]! << 8) | (bytes[end + 2]! << 16) | (bytes[end + 3]! << 24)) >>> 0;
}

/** Reads rows that begin with a blob, a key, and gathers the keys. */
class KeyReader {
	readonly #bytes: Uint8Array;
	readonly #keys: Uint8Array;
	readonly #ends: Int32Array;
	#at: number;

	constructor(bytes: Uint8Array, count: number) {
		this.#bytes = bytes;
		this.#keys = new Uint8Array(bytes.length - 4);
		this.#ends = new Int32Array(count + 1);
		this.#at = 0;
	}

	next(row: number): void {
		const length = this.varint();
		const start = this.#ends[row]!;
		this.#keys.set(this.#bytes.subarray(this.#at, this.#at + length), start);
		this.#ends[row + 1] = start + length;
		this.#at += length;
	}

	varint(): number {
		const value = readVarint(this.#bytes, this.#at);
		this.#at += varintBytes(value);
		return value;
	}

	finish(): KeyIndex {
		return new KeyIndex(this.#keys.slice(0, this.#ends.at(-1)), this.#ends);
	}
}
