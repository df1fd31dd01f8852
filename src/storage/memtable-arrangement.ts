/**
 * Records that came in large numbers before anyone read them (`gathered-records.ts`) are arranged once, by a sort, instead of
 * being put into the tree one by one.
 *
 * **Sort.** An entry is one 64-bit number: four bytes of its key, how many of them the key has, its place in the order of
 * arrival. Numbers are sorted by the runtime's own code, which needs no warming up: at the start of a process it took 8 ms for
 * 150,000 entries, a radix sort written here 17. Entries whose four bytes are equal are sorted among themselves by the bytes
 * that follow. The place makes the order stable, so versions of a key keep theirs.
 *
 * **Tree.** Leaves are laid out in order, three quarters full so that keys put later find room (wholly where keys came in
 * order), then the branches over them, level by level.
 */
import { prefixOf, sharedPrefixLength } from '../bytes/compare-bytes.ts';
import {
	BRANCH_CHILDREN_AT,
	BRANCH_PREFIXES_AT,
	BRANCH_REFERENCES_AT,
	BRANCH_SKIP_AT,
	BRANCH_WORDS,
	COUNT_AT,
	LEAF_NEXT_AT,
	LEAF_PREFIXES_AT,
	LEAF_PREVIOUS_AT,
	LEAF_REFERENCES_AT,
	LEAF_SKIP_AT,
	LEAF_WORDS,
	NODE_ENTRIES,
	OLDER_AT,
	PLACE_BITS,
	PLACE_MASK,
} from './memtable-layout.ts';

const PREFIX_BYTES = 4;
/** Bits of a number's low word for the place in the order of arrival; the others count bytes. */
const PLACE_OF_ARRIVAL_BITS = 29;
const PLACE_OF_ARRIVAL_MASK = 2 ** PLACE_OF_ARRIVAL_BITS - 1;
/** Shorter runs of equal prefixes are sorted by comparing keys. */
const INSERTION_ENTRIES = 12;
const NODE_FILL = (NODE_ENTRIES * 3) / 4;
/** Where the words of a 64-bit number lie. */
const LOW_AT = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 0 : 1;
const HIGH_AT = 1 - LOW_AT;

/** The records of a memtable, as far as arranging them needs it. */
export interface RecordSource {
	readonly chunkWords: readonly Int32Array[];
	bytesOf(reference: number): Uint8Array;
	keyStartOf(reference: number): number;
	keyLengthOf(reference: number): number;
	compareKey(reference: number, key: Uint8Array, start: number, end: number, from: number): number;
}

/** Records in their order of arrival. */
export interface UnsortedRecords {
	readonly references: Int32Array;
	/** The four bytes of each key behind what all have in common. */
	readonly prefixes: Int32Array;
	/** The shortest key. */
	readonly keyBytesMin: number;
	/** How many bytes all keys have in common. */
	readonly common: number;
}

/** The nodes over records that were gathered. */
export interface Arrangement {
	readonly entries: number;
	readonly leaves: Int32Array;
	readonly leafCount: number;
	readonly branches: Int32Array;
	readonly branchCount: number;
	readonly depth: number;
	readonly root: number;
	/** A record of the last key. */
	readonly lastKeyReference: number;
}

/** Sorts what was gathered (one record at least), links versions of the same key, and builds the nodes over them. */
export function arrange(source: RecordSource, unsorted: UnsortedRecords): Arrangement {
	const { common } = unsorted;
	const sorted = sortRecords(source, unsorted);
	const entries = linkVersions(source, sorted);
	const fill = sorted.inOrder ? NODE_ENTRIES : NODE_FILL;
	const leaves = buildLeaves(source, sorted, entries, common, fill);
	return { entries, ...leaves, ...buildBranches(source, leaves, common, fill), lastKeyReference: sorted.references[entries - 1]! };
}

/** Records in the order of their keys, older versions of a key before newer ones. */
interface SortedRecords {
	readonly references: Int32Array;
	/** Their four bytes behind what all have in common, in the order of the keys. */
	readonly prefixes: Int32Array;
	/** Some prefixes are equal. */
	readonly hasTies: boolean;
	/** They came in this order. */
	readonly inOrder: boolean;
}

function sortRecords(source: RecordSource, { references: arrived, prefixes: found, keyBytesMin, common }: UnsortedRecords): SortedRecords {
	const count = arrived.length;
	const areLong = keyBytesMin >= common + PREFIX_BYTES;
	const words = new Uint32Array(count * 2);
	for (let place = 0; place < count; place++) {
		const present = areLong ? PREFIX_BYTES : Math.min(source.keyLengthOf(arrived[place]!) - common, PREFIX_BYTES);
		words[2 * place + LOW_AT] = present * (PLACE_OF_ARRIVAL_MASK + 1) + place;
		words[2 * place + HIGH_AT] = found[place]! ^ 0x80000000;
	}
	new BigUint64Array(words.buffer).sort();
	const references = new Int32Array(count);
	const prefixes = new Int32Array(count);
	let hasTies = false;
	let inOrder = true;
	for (let place = 0; place < count; place++) {
		const arrival = words[2 * place + LOW_AT]! & PLACE_OF_ARRIVAL_MASK;
		references[place] = arrived[arrival]!;
		const prefix = words[2 * place + HIGH_AT]! ^ 0x80000000;
		prefixes[place] = prefix;
		if (arrival !== place) inOrder = false;
		if (place > 0 && prefix === prefixes[place - 1]) hasTies = true;
	}
	if (hasTies) new TieSort(source, references).sort(words, 0, common);
	return { references, prefixes, hasTies, inOrder };
}

/** Sorts runs of records that a first sort, by four bytes of their keys, could not tell apart. */
class TieSort {
	readonly #source: RecordSource;
	readonly #references: Int32Array;
	/** Ranges whose keys share their first `common` bytes: from, to, common, one behind the other. */
	readonly #waiting: number[] = [];

	constructor(source: RecordSource, references: Int32Array) {
		this.#source = source;
		this.#references = references;
	}

	/** `words` are the sorted numbers of the records from place `from` on, taken behind `common` bytes. */
	sort(words: Uint32Array, from: number, common: number): void {
		this.#noteRuns(words, from, common);
		const waiting = this.#waiting;
		while (waiting.length > 0) {
			const shared = waiting.pop()!;
			const to = waiting.pop()!;
			const start = waiting.pop()!;
			if (to - start <= INSERTION_ENTRIES) this.#sortByComparing(start, to, shared);
			else this.#sortRun(start, to, shared);
		}
	}

	#noteRuns(words: Uint32Array, from: number, common: number): void {
		const count = words.length / 2;
		for (let start = 0, end = 1; start < count; start = end++) {
			const prefix = words[2 * start + HIGH_AT];
			const present = words[2 * start + LOW_AT]! >>> PLACE_OF_ARRIVAL_BITS;
			while (end < count && words[2 * end + HIGH_AT] === prefix && words[2 * end + LOW_AT]! >>> PLACE_OF_ARRIVAL_BITS === present) end++;
			// Keys that end within the prefix are equal.
			if (end - start > 1 && present === PREFIX_BYTES) this.#waiting.push(from + start, from + end, common + PREFIX_BYTES);
		}
	}

	#sortRun(start: number, end: number, shared: number): void {
		const source = this.#source;
		const references = this.#references;
		const common = this.#commonOf(start, end, shared);
		const words = new Uint32Array((end - start) * 2);
		for (let place = start; place < end; place++) {
			const reference = references[place]!;
			const present = Math.min(source.keyLengthOf(reference) - common, PREFIX_BYTES);
			words[2 * (place - start) + LOW_AT] = present * (PLACE_OF_ARRIVAL_MASK + 1) + (place - start);
			words[2 * (place - start) + HIGH_AT] = prefixBehind(source, reference, common) ^ 0x80000000;
		}
		new BigUint64Array(words.buffer).sort();
		const before = references.slice(start, end);
		for (let place = start; place < end; place++) references[place] = before[words[2 * (place - start) + LOW_AT]! & PLACE_OF_ARRIVAL_MASK]!;
		this.#noteRuns(words, start, common);
	}

	/** How many bytes the keys share, `shared` at least. */
	#commonOf(start: number, end: number, shared: number): number {
		const source = this.#source;
		const first = this.#references[start]!;
		const bytes = source.bytesOf(first);
		const keyStart = source.keyStartOf(first) + shared;
		let common = source.keyLengthOf(first) - shared;
		for (let place = start + 1; place < end && common > 0; place++) {
			const other = this.#references[place]!;
			const otherStart = source.keyStartOf(other);
			const otherEnd = otherStart + source.keyLengthOf(other);
			common = sharedPrefixLength(bytes, keyStart, keyStart + common, source.bytesOf(other), otherStart + shared, otherEnd);
		}
		return shared + common;
	}

	/** By insertion, which keeps the order of equal keys. */
	#sortByComparing(start: number, end: number, shared: number): void {
		const source = this.#source;
		const references = this.#references;
		for (let place = start + 1; place < end; place++) {
			const reference = references[place]!;
			const bytes = source.bytesOf(reference);
			const keyStart = source.keyStartOf(reference);
			const keyEnd = keyStart + source.keyLengthOf(reference);
			let at = place;
			for (; at > start && source.compareKey(references[at - 1]!, bytes, keyStart, keyEnd, shared) > 0; at--) references[at] = references[at - 1]!;
			references[at] = reference;
		}
	}
}

/** Leaves one record of each key, the newest, at the front of the arrays, with the older ones behind it in its chain; returns how many keys there are. */
function linkVersions(source: RecordSource, sorted: SortedRecords): number {
	const { references, prefixes } = sorted;
	if (!sorted.hasTies) return references.length;
	let kept = 0;
	for (let place = 0; place < references.length; place++) {
		const reference = references[place]!;
		if (kept > 0 && prefixes[place] === prefixes[kept - 1] && isSameKey(source, references[kept - 1]!, reference)) {
			source.chunkWords[reference >>> PLACE_BITS]![(reference & PLACE_MASK) + OLDER_AT] = references[kept - 1]!;
			kept--;
		}
		references[kept] = reference;
		prefixes[kept++] = prefixes[place]!;
	}
	return kept;
}

function buildLeaves(source: RecordSource, sorted: SortedRecords, entries: number, common: number, fill: number): Pick<Arrangement, 'leaves' | 'leafCount'> {
	const { references, prefixes } = sorted;
	const leafCount = Math.ceil(entries / fill);
	const leaves = new Int32Array(leafCount * LEAF_WORDS);
	for (let leaf = 0, from = 0; leaf < leafCount; leaf++, from += fill) {
		const base = leaf * LEAF_WORDS;
		const count = Math.min(fill, entries - from);
		leaves[base + COUNT_AT] = count;
		leaves[base + LEAF_NEXT_AT] = leaf + 1 < leafCount ? leaf + 1 : -1;
		leaves[base + LEAF_PREVIOUS_AT] = leaf - 1;
		// What all keys share is less than those of a leaf do, but its prefixes are at hand; they are taken anew where they do not tell keys apart.
		let skip = common;
		if (sorted.hasTies && prefixes[from] === prefixes[from + count - 1] && leaf > 0 && leaf + 1 < leafCount) {
			skip = sharedBy(source, references[from]!, references[from + fill]!);
		}
		leaves[base + LEAF_SKIP_AT] = skip;
		for (let i = 0; i < count; i++) {
			const reference = references[from + i]!;
			leaves[base + LEAF_REFERENCES_AT + i] = reference;
			leaves[base + LEAF_PREFIXES_AT + i] = skip === common ? prefixes[from + i]! : prefixBehind(source, reference, skip);
		}
	}
	return { leaves, leafCount };
}

/** The levels over the leaves. A child's separator is the first key below it. */
function buildBranches(
	source: RecordSource,
	{ leaves, leafCount }: Pick<Arrangement, 'leaves' | 'leafCount'>,
	common: number,
	fill: number,
): Pick<Arrangement, 'branches' | 'branchCount' | 'depth' | 'root'> {
	let branches: Int32Array = new Int32Array(BRANCH_WORDS);
	let branchCount = 0;
	let depth = 0;
	let children: number[] = [];
	let firsts: number[] = [];
	for (let leaf = 0; leaf < leafCount; leaf++) {
		children.push(leaf);
		firsts.push(leaves[leaf * LEAF_WORDS + LEAF_REFERENCES_AT]!);
	}
	for (; children.length > 1; depth++) {
		const parents: number[] = [];
		const parentFirsts: number[] = [];
		for (let from = 0; from < children.length; ) {
			// A branch has two children at least.
			const rest = children.length - from;
			const count = rest > fill && rest - fill < 2 ? fill - 1 : Math.min(fill, rest);
			const branch = branchCount++;
			branches = withRoom(branches, branchCount * BRANCH_WORDS);
			fillBranch(source, branches, branch * BRANCH_WORDS, children, firsts, from, count, common);
			parents.push(branch);
			parentFirsts.push(firsts[from]!);
			from += count;
		}
		children = parents;
		firsts = parentFirsts;
	}
	return { branches, branchCount, depth, root: children[0]! };
}

function fillBranch(
	source: RecordSource,
	branches: Int32Array,
	base: number,
	children: readonly number[],
	firsts: readonly number[],
	from: number,
	count: number,
	common: number,
): void {
	const isAtEdge = from === 0 || from + count === children.length;
	const skip = isAtEdge ? common : sharedBy(source, firsts[from]!, firsts[from + count]!);
	branches[base + COUNT_AT] = count;
	branches[base + BRANCH_SKIP_AT] = skip;
	for (let i = 0; i < count; i++) {
		branches[base + BRANCH_CHILDREN_AT + i] = children[from + i]!;
		if (i === 0) continue;
		branches[base + BRANCH_REFERENCES_AT + i] = firsts[from + i]!;
		branches[base + BRANCH_PREFIXES_AT + i] = prefixBehind(source, firsts[from + i]!, skip);
	}
}

function withRoom(words: Int32Array, needed: number): Int32Array {
	if (needed <= words.length) return words;
	const grown = new Int32Array(Math.max(needed, words.length * 2));
	grown.set(words);
	return grown;
}

function prefixBehind(source: RecordSource, reference: number, skip: number): number {
	const start = source.keyStartOf(reference);
	return prefixOf(source.bytesOf(reference), start + skip, start + source.keyLengthOf(reference));
}

function isSameKey(source: RecordSource, one: number, other: number): boolean {
	const start = source.keyStartOf(other);
	return source.compareKey(one, source.bytesOf(other), start, start + source.keyLengthOf(other), 0) === 0;
}

/** How many bytes the keys of two records share. */
function sharedBy(source: RecordSource, one: number, other: number): number {
	const start = source.keyStartOf(one);
	const otherStart = source.keyStartOf(other);
	const end = start + source.keyLengthOf(one);
	const otherEnd = otherStart + source.keyLengthOf(other);
	return sharedPrefixLength(source.bytesOf(one), start, end, source.bytesOf(other), otherStart, otherEnd);
}
