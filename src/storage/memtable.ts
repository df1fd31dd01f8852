/**
 * The memtable: an ordered map (key, offset) → value or tombstone in memory, a B+tree over an arena.
 *
 * Records (one for each version of a key) lie in chunks and never move or change, so a reader may keep views of them, and a
 * copy of chunks and leaves, byte for byte, is a memtable that another thread can walk. `memtable-layout.ts` has the places of
 * all fields.
 *
 * Entries that a log brings at its replay are only gathered at first (`gather`), and their bytes stay where they were read.
 * They are arranged once something asks for an order, or has looked for more than a few keys.
 *
 * A prefix is the four key bytes after the first `skip`, in an integer that sorts like them, so most comparisons touch only
 * the node.
 *
 * Invariants:
 * (1) All keys that can be routed to a node share their first `skip` bytes: `skip` is what the two separators around the node
 *     have in common; for nodes at the left and right edge, which have one separator or none, it is what all keys have in common.
 * (2) A leaf's references name the newest version of each key; offsets never rise along `older`.
 * (3) Nothing is ever removed.
 *
 * Cost: 16 bytes a record, about 12 a key for nodes. Watched by `bench/memtable.mjs`.
 */
import { prefixOf, sharedPrefixLength } from '../bytes/compare-bytes.ts';
import { invariant } from '../platform/errors.ts';
import type { Offset, Slot } from './contracts.ts';
import { ABSENT, FOUND, type SearchResult, TOMBSTONE } from './entry-source.ts';
import { GatheredRecords } from './gathered-records.ts';
import { checkKeyLength } from './key-limit.ts';
import { arrange } from './memtable-arrangement.ts';
import {
	BRANCH_CHILDREN_AT,
	BRANCH_PREFIXES_AT,
	BRANCH_REFERENCES_AT,
	BRANCH_SKIP_AT,
	BRANCH_WORDS,
	CHUNK_AT,
	COUNT_AT,
	HEADER_WORDS,
	IS_OUTSIDE,
	LEAF_NEXT_AT,
	LEAF_PREFIXES_AT,
	LEAF_PREVIOUS_AT,
	LEAF_REFERENCES_AT,
	LEAF_SKIP_AT,
	LEAF_WORDS,
	NODE_ENTRIES,
	OFFSET_HIGH_AT,
	OFFSET_HIGH_MASK,
	OFFSET_LOW_AT,
	OLDER_AT,
	PLACE_BITS,
	PLACE_MASK,
	START_AT,
	TWO_TO_32,
	VALUE_LENGTH_AT,
} from './memtable-layout.ts';
import { RecordArena } from './record-arena.ts';

const DEPTH_MAX = 16;
/** Bytes stay where a log was read as long as they are more than such a share of the memory that is kept for them. */
const OUTSIDE_SHARE_MIN = 0.5;
/** A piece of a memtable's memory: `buffer[start, start + bytes)`. */
export interface MemtablePart {
	readonly buffer: ArrayBufferLike;
	readonly start: number;
	readonly bytes: number;
}

/** A frozen memtable as the flush reads it: its own memory, or a copy that another thread can see. */
export interface MemtableImage {
	readonly chunks: readonly MemtablePart[];
	readonly leaves: MemtablePart;
	readonly firstLeaf: number;
	readonly entries: number;
	readonly offsetMax: Offset;
	readonly valueBytesMax: number;
}

export class Memtable extends RecordArena {
	leaves: Int32Array;
	/** Raised whenever entries change place in the leaves: cursors then find their place again. */
	changes: number;
	/** Number of different keys, and of records. */
	entries: number;
	records: number;
	/** Offsets of the first and the newest record; 0 when empty. */
	offsetMin: Offset;
	offsetMax: Offset;
	firstLeaf: number;
	lastLeaf: number;

	#branches: Int32Array;
	#leafCount: number;
	#branchCount: number;
	/** 0: the root is the leaf `#root`; otherwise a branch with `#depth` levels of branches. */
	#depth: number;
	#root: number;
	/** Bytes that all keys begin with. */
	#common: Uint8Array;
	#commonLength: number;
	#lastKeyReference: number;
	/** What `gather` was given since, if it is not arranged yet. */
	#gathered: GatheredRecords | null;
	/** The way of the last descent: branch and child index of each level, and the separators around the leaf. */
	readonly #pathBranch: Int32Array;
	readonly #pathChild: Int32Array;
	readonly #pathLower: Int32Array;
	readonly #pathUpper: Int32Array;

	constructor() {
		super();
		this.leaves = new Int32Array(LEAF_WORDS);
		this.changes = 0;
		this.entries = 0;
		this.records = 0;
		this.offsetMin = 0;
		this.offsetMax = 0;
		this.memoryBytes = LEAF_WORDS * 4;
		this.firstLeaf = 0;
		this.lastLeaf = 0;
		this.#branches = new Int32Array(0);
		this.#leafCount = 1;
		this.#branchCount = 0;
		this.#depth = 0;
		this.#root = 0;
		this.#common = new Uint8Array(0);
		this.#commonLength = 0;
		this.#lastKeyReference = 0;
		this.#gathered = null;
		this.#pathBranch = new Int32Array(DEPTH_MAX);
		this.#pathChild = new Int32Array(DEPTH_MAX);
		this.#pathLower = new Int32Array(DEPTH_MAX + 1);
		this.#pathUpper = new Int32Array(DEPTH_MAX + 1);
		this.leaves[LEAF_NEXT_AT] = -1;
		this.leaves[LEAF_PREVIOUS_AT] = -1;
	}

	/** The memory of this memtable, which must not be written any more. */
	image(): MemtableImage {
		this.arrange();
		const last = this.chunk;
		return {
			chunks: this.chunkBytes.map((chunk, i) => ({ buffer: chunk.buffer, start: chunk.byteOffset, bytes: i === last ? this.wordsUsed * 4 : chunk.length })),
			leaves: { buffer: this.leaves.buffer, start: 0, bytes: this.#leafCount * LEAF_WORDS * 4 },
			firstLeaf: this.firstLeaf,
			entries: this.entries,
			offsetMax: this.offsetMax,
			valueBytesMax: this.valueBytesMax,
		};
	}

	/** A memtable over an image: it can be walked from its first entry to its last, and nothing else. */
	static over(image: MemtableImage): Memtable {
		const memtable = new Memtable();
		for (const { buffer, start, bytes } of image.chunks) {
			memtable.chunkBytes.push(new Uint8Array(buffer, start, bytes));
			memtable.chunkWords.push(new Int32Array(buffer, start, bytes >>> 2));
		}
		memtable.leaves = new Int32Array(image.leaves.buffer, image.leaves.start, image.leaves.bytes >>> 2);
		memtable.firstLeaf = image.firstLeaf;
		memtable.entries = image.entries;
		memtable.offsetMax = image.offsetMax;
		return memtable;
	}

	/** Adds a version; `offset` is never less than that of any put before it. Keys and values are copied. */
	put(key: Uint8Array, keyStart: number, keyLength: number, value: Uint8Array | null, valueStart: number, valueLength: number, offset: Offset): void {
		if (this.#gathered !== null) this.arrange();
		checkKeyLength(keyLength);
		invariant(offset >= this.offsetMax, 'offsets of puts never go down');
		if (this.records === 0) {
			this.offsetMin = offset;
			this.#common = new Uint8Array(key.subarray(keyStart, keyStart + keyLength));
			this.#commonLength = keyLength;
		} else {
			const shared = sharedPrefixLength(this.#common, 0, this.#commonLength, key, keyStart, keyStart + keyLength);
			if (shared < this.#commonLength) this.#shrinkCommon(shared);
		}
		this.offsetMax = offset;
		this.records++;
		const keyEnd = keyStart + keyLength;
		const last = this.#lastKeyReference;
		if (last === 0 || this.compareKey(last, key, keyStart, keyEnd, 0) < 0) {
			const appended = this.record(key, keyStart, keyLength, value, valueStart, valueLength, offset, 0);
			this.#append(appended, key, keyStart, keyEnd);
			return;
		}
		const leaf = this.#descend(key, keyStart, keyEnd);
		const base = leaf * LEAF_WORDS;
		const index = this.#searchLeaf(base, key, keyStart, keyEnd);
		if (this.#matches(base, index, key, keyStart, keyEnd)) {
			const at = base + LEAF_REFERENCES_AT + index;
			this.leaves[at] = this.record(key, keyStart, keyLength, value, valueStart, valueLength, offset, this.leaves[at]!);
			return;
		}
		const reference = this.record(key, keyStart, keyLength, value, valueStart, valueLength, offset, 0);
		this.entries++;
		this.changes++;
		this.#insert(leaf, index, reference, key, keyStart, keyEnd);
	}

	/**
	 * As `put`, for entries that come in numbers before they are read: they are kept in their order of arrival and arranged when
	 * that is needed. With `isKept` the bytes are never overwritten, and may be kept where they are.
	 */
	gather(
		key: Uint8Array,
		keyStart: number,
		keyLength: number,
		value: Uint8Array | null,
		valueStart: number,
		valueLength: number,
		offset: Offset,
		isKept: boolean,
	): void {
		if (!this.gathers) {
			this.put(key, keyStart, keyLength, value, valueStart, valueLength, offset);
			return;
		}
		checkKeyLength(keyLength);
		const gathered = this.#begin(1, offset);
		const before = gathered.memoryBytes;
		const held = value === null ? -1 : valueLength;
		if (isKept && (value === null || (value === key && valueStart === keyStart + keyLength))) {
			gathered.addOutside(this.outsideChunk(key), key.byteOffset + keyStart, keyLength, held, offset);
			this.memoryBytes += keyLength + Math.max(held, 0);
		} else {
			gathered.addInside(this.record(key, keyStart, keyLength, value, valueStart, valueLength, offset, 0), keyLength, held);
		}
		this.memoryBytes += gathered.memoryBytes - before;
	}

	/** It is empty, or everything in it was gathered and is not arranged. */
	get gathers(): boolean {
		return this.entries === 0 || this.#gathered !== null;
	}

	/** As `gather` for entries of `bytes` that are never overwritten, given as the three numbers of `RunSink.putRun`. */
	gatherRun(bytes: Uint8Array, places: Int32Array, count: number, offset: Offset): void {
		const gathered = this.#begin(count, offset);
		const before = gathered.memoryBytes;
		gathered.addRun(this.outsideChunk(bytes), bytes.byteOffset, places, count, offset);
		const last = 3 * (count - 1);
		const end = places[last]! + places[last + 1]! + Math.max(places[last + 2]!, 0);
		this.memoryBytes += gathered.memoryBytes - before + end - places[0]!;
	}

	/** Notes that entries are gathered. */
	#begin(count: number, offset: Offset): GatheredRecords {
		invariant(offset >= this.offsetMax, 'offsets of puts never go down');
		if (this.records === 0) this.offsetMin = offset;
		this.offsetMax = offset;
		this.records += count;
		this.entries += count;
		this.#gathered ??= new GatheredRecords();
		return this.#gathered;
	}

	/** Brings what was gathered into order. */
	arrange(): void {
		const gathered = this.#gathered;
		if (gathered === null) return;
		// What is made now takes the place of memory that was counted when entries came.
		const { memoryBytes } = this;
		gathered.settle(this);
		const { dataBytes } = gathered;
		const copies = gathered.outsideBytes < this.outsideMemoryBytes * OUTSIDE_SHARE_MIN;
		const references = gathered.references(this, copies);
		if (copies) this.dropOutside();
		const made = arrange(this, { references, prefixes: gathered.prefixes, keyBytesMin: gathered.keyBytesMin, common: gathered.commonLength });
		this.#gathered = null;
		this.#common = gathered.common;
		this.#commonLength = gathered.commonLength;
		this.leaves = made.leaves;
		this.firstLeaf = 0;
		this.lastLeaf = made.leafCount - 1;
		this.entries = made.entries;
		this.changes++;
		this.memoryBytes = memoryBytes;
		this.dataBytes = dataBytes;
		this.valueBytesMax = gathered.valueBytesMax;
		this.#leafCount = made.leafCount;
		this.#branches = made.branches;
		this.#branchCount = made.branchCount;
		this.#depth = made.depth;
		this.#root = made.root;
		this.#lastKeyReference = made.lastKeyReference;
	}

	/** The newest version of `key[0, keyLength)` at or before `offset`: its value goes to `slot`. */
	get(key: Uint8Array, keyLength: number, offset: Offset, slot: Slot): SearchResult {
		// Versions are linked when they are arranged.
		if (this.#gathered !== null && offset < this.offsetMax) this.arrange();
		let reference = this.#find(key, keyLength);
		while (reference !== 0) {
			const words = this.chunkWords[reference >>> PLACE_BITS]!;
			const at = reference & PLACE_MASK;
			const high = words[at + OFFSET_HIGH_AT]!;
			if ((words[at + OFFSET_LOW_AT]! >>> 0) + (high & OFFSET_HIGH_MASK) * TWO_TO_32 <= offset) {
				const valueLength = words[at + VALUE_LENGTH_AT]!;
				if (valueLength < 0) return TOMBSTONE;
				let start = (at + HEADER_WORDS) * 4 + (high >>> 16);
				let chunk = reference >>> PLACE_BITS;
				if ((high & IS_OUTSIDE) !== 0) {
					start = words[at + START_AT]! + (high >>> 16);
					chunk = words[at + CHUNK_AT]!;
				}
				slot.buffer = this.chunkBytes[chunk]!;
				slot.start = start;
				slot.end = start + valueLength;
				return FOUND;
			}
			reference = words[at + OLDER_AT]!;
		}
		return ABSENT;
	}

	/** The offset of the newest version of the key, 0 if it was never put. */
	newestOffset(key: Uint8Array, keyLength: number): Offset {
		const reference = this.#find(key, keyLength);
		if (reference === 0) return 0;
		const words = this.chunkWords[reference >>> PLACE_BITS]!;
		const at = reference & PLACE_MASK;
		return (words[at + OFFSET_LOW_AT]! >>> 0) + (words[at + OFFSET_HIGH_AT]! & OFFSET_HIGH_MASK) * TWO_TO_32;
	}

	/** Number of entries in a leaf, and the reference at one of its places. */
	leafCount(leaf: number): number {
		return this.leaves[leaf * LEAF_WORDS + COUNT_AT]!;
	}

	leafReference(leaf: number, index: number): number {
		return this.leaves[leaf * LEAF_WORDS + LEAF_REFERENCES_AT + index]!;
	}

	leafNext(leaf: number): number {
		return this.leaves[leaf * LEAF_WORDS + LEAF_NEXT_AT]!;
	}

	leafPrevious(leaf: number): number {
		return this.leaves[leaf * LEAF_WORDS + LEAF_PREVIOUS_AT]!;
	}

	/** The leaf in which `key[start, end)` is or would be, for keys whatever they begin with. */
	seekLeaf(key: Uint8Array, start: number, end: number): number {
		const order = this.#compareCommon(key, start, end);
		if (order < 0) return this.firstLeaf;
		if (order > 0) return this.lastLeaf;
		return this.#descend(key, start, end);
	}

	/** The place of the first entry of the leaf that is not before `key[start, end)`; the leaf's count if all are. */
	seekIndex(leaf: number, key: Uint8Array, start: number, end: number): number {
		const order = this.#compareCommon(key, start, end);
		if (order < 0) return 0;
		if (order > 0) return this.leafCount(leaf);
		return this.#searchLeaf(leaf * LEAF_WORDS, key, start, end);
	}

	/** About how many keys sort before `key`. */
	rank(key: Uint8Array): number {
		this.arrange();
		const order = this.#compareCommon(key, 0, key.length);
		if (order < 0 || this.entries === 0) return 0;
		if (order > 0) return this.entries;
		const leaf = this.#descend(key, 0, key.length);
		let rank = 0;
		let share = this.entries;
		for (let level = 0; level < this.#depth; level++) {
			share /= this.#branches[this.#pathBranch[level]! * BRANCH_WORDS + COUNT_AT]!;
			rank += share * this.#pathChild[level]!;
		}
		const count = this.leafCount(leaf);
		return count === 0 ? 0 : rank + (share * this.#searchLeaf(leaf * LEAF_WORDS, key, 0, key.length)) / count;
	}

	/** Says which invariant is broken, if any. */
	verify(): string[] {
		this.arrange();
		const wrong: string[] = [];
		let previous = 0;
		let entries = 0;
		for (let leaf = this.firstLeaf; leaf >= 0; leaf = this.leafNext(leaf)) {
			const base = leaf * LEAF_WORDS;
			for (let i = 0; i < this.leafCount(leaf); i++) {
				const reference = this.leafReference(leaf, i);
				const start = this.keyStartOf(reference);
				const end = start + this.keyLengthOf(reference);
				const bytes = this.bytesOf(reference);
				if (previous !== 0 && this.compareKey(previous, bytes, start, end, 0) >= 0) wrong.push(`memtable: entry ${i} of leaf ${leaf} is out of order`);
				if (this.leaves[base + LEAF_PREFIXES_AT + i] !== prefixOf(bytes, start + this.leaves[base + LEAF_SKIP_AT]!, end)) {
					wrong.push(`memtable: prefix ${i} of leaf ${leaf} is wrong (1)`);
				}
				if (this.#find(bytes.slice(start, end), end - start) !== reference) wrong.push(`memtable: entry ${i} of leaf ${leaf} is not found`);
				previous = reference;
				entries++;
			}
		}
		if (entries !== this.entries) wrong.push(`memtable: ${entries} entries in leaves, ${this.entries} counted`);
		return wrong;
	}

	/** The reference of the key's newest version, 0 if none. */
	#find(key: Uint8Array, keyLength: number): number {
		const gathered = this.#gathered;
		if (gathered !== null) {
			if (!gathered.isWorn) return gathered.newest(this, key, keyLength);
			this.arrange();
		}
		const common = this.#common;
		const commonLength = this.#commonLength;
		if (keyLength < commonLength) return 0;
		for (let i = 0; i < commonLength; i++) if (common[i] !== key[i]) return 0;
		const base = this.#route(key, keyLength) * LEAF_WORDS;
		const index = this.#searchLeaf(base, key, 0, keyLength);
		return this.#matches(base, index, key, 0, keyLength) ? this.leaves[base + LEAF_REFERENCES_AT + index]! : 0;
	}

	/** Whether the entry at a place that a search gave is the key itself. */
	#matches(base: number, index: number, key: Uint8Array, start: number, end: number): boolean {
		const leaves = this.leaves;
		if (index >= leaves[base + COUNT_AT]!) return false;
		const skip = leaves[base + LEAF_SKIP_AT]!;
		if (leaves[base + LEAF_PREFIXES_AT + index] !== prefixOf(key, start + skip, end)) return false;
		return this.compareKey(leaves[base + LEAF_REFERENCES_AT + index]!, key, start, end, skip) === 0;
	}

	/** Negative or positive when the key sorts before or after everything here because it begins differently. */
	#compareCommon(key: Uint8Array, start: number, end: number): number {
		const length = this.#commonLength;
		const shorter = Math.min(end - start, length);
		for (let i = 0; i < shorter; i++) {
			const difference = key[start + i]! - this.#common[i]!;
			if (difference !== 0) return difference;
		}
		return end - start < length ? -1 : 0;
	}

	/** The leaf of a key that begins like all the others. As `#descend`, without keeping the way. */
	#route(key: Uint8Array, keyLength: number): number {
		let node = this.#root;
		for (let level = this.#depth; level > 0; level--) {
			node = this.#branches[node * BRANCH_WORDS + BRANCH_CHILDREN_AT + this.#searchBranch(node * BRANCH_WORDS, key, 0, keyLength)]!;
		}
		return node;
	}

	/** The leaf of a key that begins like all the others; the way to it stays in `#path…`. */
	#descend(key: Uint8Array, start: number, end: number): number {
		const branches = this.#branches;
		const depth = this.#depth;
		let node = this.#root;
		this.#pathLower[0] = 0;
		this.#pathUpper[0] = 0;
		for (let level = 0; level < depth; level++) {
			const base = node * BRANCH_WORDS;
			const child = this.#searchBranch(base, key, start, end);
			this.#pathBranch[level] = node;
			this.#pathChild[level] = child;
			this.#pathLower[level + 1] = child === 0 ? this.#pathLower[level]! : branches[base + BRANCH_REFERENCES_AT + child]!;
			this.#pathUpper[level + 1] = child + 1 === branches[base + COUNT_AT] ? this.#pathUpper[level]! : branches[base + BRANCH_REFERENCES_AT + child + 1]!;
			node = branches[base + BRANCH_CHILDREN_AT + child]!;
		}
		return node;
	}

	/** The last child whose separator is not after the key. */
	#searchBranch(base: number, key: Uint8Array, start: number, end: number): number {
		const branches = this.#branches;
		const skip = branches[base + BRANCH_SKIP_AT]!;
		const wanted = prefixOf(key, start + skip, end);
		let low = 1;
		let high = branches[base + COUNT_AT]!;
		while (low < high) {
			const middle = (low + high) >>> 1;
			const prefix = branches[base + BRANCH_PREFIXES_AT + middle]!;
			if (prefix < wanted || (prefix === wanted && this.compareKey(branches[base + BRANCH_REFERENCES_AT + middle]!, key, start, end, skip) <= 0))
				low = middle + 1;
			else high = middle;
		}
		return low - 1;
	}

	/** The place of the first entry that is not before the key. */
	#searchLeaf(base: number, key: Uint8Array, start: number, end: number): number {
		const leaves = this.leaves;
		const skip = leaves[base + LEAF_SKIP_AT]!;
		const wanted = prefixOf(key, start + skip, end);
		let low = 0;
		let high = leaves[base + COUNT_AT]!;
		while (low < high) {
			const middle = (low + high) >>> 1;
			const prefix = leaves[base + LEAF_PREFIXES_AT + middle]!;
			if (prefix < wanted || (prefix === wanted && this.compareKey(leaves[base + LEAF_REFERENCES_AT + middle]!, key, start, end, skip) < 0)) low = middle + 1;
			else high = middle;
		}
		return low;
	}

	/** Adds a key that sorts after all others. */
	#append(reference: number, key: Uint8Array, keyStart: number, keyEnd: number): void {
		this.entries++;
		this.changes++;
		this.#lastKeyReference = reference;
		const base = this.lastLeaf * LEAF_WORDS;
		const leaves = this.leaves;
		const count = leaves[base + COUNT_AT]!;
		if (count < NODE_ENTRIES) {
			leaves[base + COUNT_AT] = count + 1;
			leaves[base + LEAF_PREFIXES_AT + count] = prefixOf(key, keyStart + leaves[base + LEAF_SKIP_AT]!, keyEnd);
			leaves[base + LEAF_REFERENCES_AT + count] = reference;
			return;
		}
		this.#insert(this.#descend(key, keyStart, keyEnd), NODE_ENTRIES, reference, key, keyStart, keyEnd);
	}

	/** Puts a reference at a place of a leaf, to which the last descent led. */
	#insert(leaf: number, index: number, reference: number, key: Uint8Array, keyStart: number, keyEnd: number): void {
		let base = leaf * LEAF_WORDS;
		let place = index;
		if (this.leaves[base + COUNT_AT] === NODE_ENTRIES) {
			// A full leaf at the right edge that grows at its end stays full: ascending keys fill leaves wholly.
			const isAppend = leaf === this.lastLeaf && index === NODE_ENTRIES;
			const kept = isAppend ? NODE_ENTRIES : NODE_ENTRIES >> 1;
			const right = this.#splitLeaf(leaf, kept, isAppend ? reference : this.leaves[base + LEAF_REFERENCES_AT + kept]!);
			if (isAppend || place > kept) {
				place -= kept;
				base = right * LEAF_WORDS;
			}
		}
		const leaves = this.leaves;
		const count = leaves[base + COUNT_AT]!;
		const prefixes = base + LEAF_PREFIXES_AT;
		const references = base + LEAF_REFERENCES_AT;
		for (let i = count; i > place; i--) {
			leaves[prefixes + i] = leaves[prefixes + i - 1]!;
			leaves[references + i] = leaves[references + i - 1]!;
		}
		leaves[prefixes + place] = prefixOf(key, keyStart + leaves[base + LEAF_SKIP_AT]!, keyEnd);
		leaves[references + place] = reference;
		leaves[base + COUNT_AT] = count + 1;
	}

	/** Moves the entries from `kept` on to a new leaf, separated by the key of `separator`; returns the new leaf. */
	#splitLeaf(leaf: number, kept: number, separator: number): number {
		const right = this.#newLeaf();
		const leaves = this.leaves;
		const base = leaf * LEAF_WORDS;
		const rightBase = right * LEAF_WORDS;
		const moved = leaves[base + COUNT_AT]! - kept;
		for (let i = 0; i < moved; i++) leaves[rightBase + LEAF_REFERENCES_AT + i] = leaves[base + LEAF_REFERENCES_AT + kept + i]!;
		leaves[rightBase + COUNT_AT] = moved;
		leaves[base + COUNT_AT] = kept;
		const next = leaves[base + LEAF_NEXT_AT]!;
		leaves[rightBase + LEAF_NEXT_AT] = next;
		leaves[rightBase + LEAF_PREVIOUS_AT] = leaf;
		leaves[base + LEAF_NEXT_AT] = right;
		if (next >= 0) leaves[next * LEAF_WORDS + LEAF_PREVIOUS_AT] = right;
		else this.lastLeaf = right;
		const depth = this.#depth;
		this.#prepareLeaf(leaf, this.#sharedBy(this.#pathLower[depth]!, separator));
		this.#prepareLeaf(right, this.#sharedBy(separator, this.#pathUpper[depth]!));
		this.#insertChild(depth - 1, leaf, separator, right);
		return right;
	}

	/** Adds a child, separated by the key of `separator`, to the branch of the last descent at `level`, after the child that split. */
	#insertChild(level: number, left: number, separator: number, right: number): void {
		if (level < 0) {
			this.#growRoot(left, separator, right);
			return;
		}
		let branch = this.#pathBranch[level]!;
		let place = this.#pathChild[level]! + 1;
		let base = branch * BRANCH_WORDS;
		if (this.#branches[base + COUNT_AT] === NODE_ENTRIES) {
			// At the right edge keep the branch full, as leaves do.
			const kept = place === NODE_ENTRIES && this.#pathUpper[level] === 0 ? NODE_ENTRIES - 1 : NODE_ENTRIES >> 1;
			const split = this.#splitBranch(level, branch, kept);
			if (place > kept) {
				place -= kept;
				branch = split;
				base = branch * BRANCH_WORDS;
			}
		}
		const branches = this.#branches;
		const count = branches[base + COUNT_AT]!;
		for (let i = count; i > place; i--) {
			branches[base + BRANCH_PREFIXES_AT + i] = branches[base + BRANCH_PREFIXES_AT + i - 1]!;
			branches[base + BRANCH_REFERENCES_AT + i] = branches[base + BRANCH_REFERENCES_AT + i - 1]!;
			branches[base + BRANCH_CHILDREN_AT + i] = branches[base + BRANCH_CHILDREN_AT + i - 1]!;
		}
		branches[base + BRANCH_PREFIXES_AT + place] = this.#prefix(separator, branches[base + BRANCH_SKIP_AT]!);
		branches[base + BRANCH_REFERENCES_AT + place] = separator;
		branches[base + BRANCH_CHILDREN_AT + place] = right;
		branches[base + COUNT_AT] = count + 1;
	}

	/** Moves the children from `kept` on to a new branch and tells the parent; returns the new branch. */
	#splitBranch(level: number, branch: number, kept: number): number {
		const right = this.#newBranch();
		const branches = this.#branches;
		const base = branch * BRANCH_WORDS;
		const rightBase = right * BRANCH_WORDS;
		const moved = branches[base + COUNT_AT]! - kept;
		const separator = branches[base + BRANCH_REFERENCES_AT + kept]!;
		for (let i = 0; i < moved; i++) {
			branches[rightBase + BRANCH_REFERENCES_AT + i] = branches[base + BRANCH_REFERENCES_AT + kept + i]!;
			branches[rightBase + BRANCH_CHILDREN_AT + i] = branches[base + BRANCH_CHILDREN_AT + kept + i]!;
		}
		branches[rightBase + COUNT_AT] = moved;
		branches[base + COUNT_AT] = kept;
		this.#prepareBranch(branch, this.#sharedBy(this.#pathLower[level]!, separator));
		this.#prepareBranch(right, this.#sharedBy(separator, this.#pathUpper[level]!));
		this.#insertChild(level - 1, branch, separator, right);
		return right;
	}

	#growRoot(left: number, separator: number, right: number): void {
		const root = this.#newBranch();
		const base = root * BRANCH_WORDS;
		this.#branches[base + COUNT_AT] = 2;
		this.#branches[base + BRANCH_REFERENCES_AT + 1] = separator;
		this.#branches[base + BRANCH_CHILDREN_AT] = left;
		this.#branches[base + BRANCH_CHILDREN_AT + 1] = right;
		this.#prepareBranch(root, this.#commonLength);
		this.#root = root;
		this.#depth++;
		invariant(this.#depth < DEPTH_MAX, 'a memtable is less than 16 levels deep');
	}

	/** How many bytes all keys between two separators share (1). */
	#sharedBy(lower: number, upper: number): number {
		if (lower === 0 || upper === 0) return this.#commonLength;
		const lowerStart = this.keyStartOf(lower);
		const upperStart = this.keyStartOf(upper);
		return sharedPrefixLength(
			this.bytesOf(lower),
			lowerStart,
			lowerStart + this.keyLengthOf(lower),
			this.bytesOf(upper),
			upperStart,
			upperStart + this.keyLengthOf(upper),
		);
	}

	#prefix(reference: number, skip: number): number {
		const start = this.keyStartOf(reference);
		return prefixOf(this.bytesOf(reference), start + skip, start + this.keyLengthOf(reference));
	}

	#prepareLeaf(leaf: number, skip: number): void {
		const base = leaf * LEAF_WORDS;
		const leaves = this.leaves;
		leaves[base + LEAF_SKIP_AT] = skip;
		const count = leaves[base + COUNT_AT]!;
		for (let i = 0; i < count; i++) leaves[base + LEAF_PREFIXES_AT + i] = this.#prefix(leaves[base + LEAF_REFERENCES_AT + i]!, skip);
	}

	#prepareBranch(branch: number, skip: number): void {
		const base = branch * BRANCH_WORDS;
		const branches = this.#branches;
		branches[base + BRANCH_SKIP_AT] = skip;
		const count = branches[base + COUNT_AT]!;
		for (let i = 1; i < count; i++) branches[base + BRANCH_PREFIXES_AT + i] = this.#prefix(branches[base + BRANCH_REFERENCES_AT + i]!, skip);
	}

	/** A key came that begins differently: the nodes at both edges lose bytes that all their keys shared (1). */
	#shrinkCommon(length: number): void {
		this.#commonLength = length;
		let left = this.#root;
		let right = this.#root;
		for (let level = this.#depth; level > 0; level--) {
			this.#prepareBranch(left, length);
			if (right !== left) this.#prepareBranch(right, length);
			left = this.#branches[left * BRANCH_WORDS + BRANCH_CHILDREN_AT]!;
			const base = right * BRANCH_WORDS;
			right = this.#branches[base + BRANCH_CHILDREN_AT + this.#branches[base + COUNT_AT]! - 1]!;
		}
		this.#prepareLeaf(left, length);
		if (right !== left) this.#prepareLeaf(right, length);
	}

	#newLeaf(): number {
		const leaf = this.#leafCount++;
		if (this.#leafCount * LEAF_WORDS > this.leaves.length) {
			const grown = new Int32Array(this.leaves.length * 2);
			grown.set(this.leaves);
			this.memoryBytes += (grown.length - this.leaves.length) * 4;
			this.leaves = grown;
		}
		return leaf;
	}

	#newBranch(): number {
		const branch = this.#branchCount++;
		if (this.#branchCount * BRANCH_WORDS > this.#branches.length) {
			const grown = new Int32Array(Math.max(BRANCH_WORDS, this.#branches.length * 2));
			grown.set(this.#branches);
			this.memoryBytes += (grown.length - this.#branches.length) * 4;
			this.#branches = grown;
		}
		return branch;
	}
}
