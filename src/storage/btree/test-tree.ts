/** A tree as the store uses it, for tests: flushes batches from memory, installs what they give, holds versions. */
import { BlockCache } from '../block-cache.ts';
import { type EntrySource, NO_BYTES } from '../entry-source.ts';
import type { TestFiles } from '../test-platform.ts';
import { BtreeFile } from './btree-file.ts';
import { BtreeVersion, EMPTY_TREE } from './btree-version.ts';
import { type FlushedTree, flushTree, type TreeFlush } from './tree-flush.ts';

export type Entry = readonly [key: Uint8Array, value: Uint8Array | null];

/** A sorted batch in memory. */
export class ArraySource implements EntrySource {
	keyBuffer = NO_BYTES;
	keyStart = 0;
	keyEnd = 0;
	valueBuffer = NO_BYTES;
	valueStart = 0;
	valueEnd = 0;
	isTombstone = false;
	readonly #entries: readonly Entry[];
	#place = -1;

	constructor(entries: readonly Entry[]) {
		this.#entries = entries;
	}

	seek(): void {
		this.#place = -1;
	}

	next(): boolean {
		const entry = this.#entries[++this.#place];
		if (entry === undefined) return false;
		const [key, value] = entry;
		this.keyBuffer = key;
		this.keyEnd = key.length;
		this.valueBuffer = value ?? NO_BYTES;
		this.valueEnd = this.valueBuffer.length;
		this.isTombstone = value === null;
		return true;
	}
}

/** What the store does with a tree: flush, install, hold versions. */
export class Tree {
	readonly files: TestFiles;
	readonly cache: BlockCache;
	readonly pageBytes: number;
	version: BtreeVersion = EMPTY_TREE;
	nextNumber = 1;

	constructor(files: TestFiles, pageBytes: number, cache = new BlockCache(1 << 30, 10)) {
		this.files = files;
		this.pageBytes = pageBytes;
		this.cache = cache;
	}

	input(rewrite = false): TreeFlush {
		const { file, state } = this.version;
		const newNumber = this.nextNumber++;
		return {
			keyspaceId: 7,
			base: file === null ? null : { path: file.path, number: file.number, state },
			oldestRetained: file?.oldestRetained ?? 0,
			newPath: `/t/${newNumber}`,
			newNumber,
			pageBytes: this.pageBytes,
			offset: newNumber,
			rewrite,
		};
	}

	flush(entries: readonly Entry[], rewrite = false): FlushedTree {
		const flushed = flushTree(this.files, this.input(rewrite), new ArraySource(entries), () => 0);
		this.install(flushed);
		return flushed;
	}

	install({ meta, number, reused }: FlushedTree): void {
		const before = this.version;
		if (meta === null) {
			this.version = EMPTY_TREE;
		} else {
			const isSame = number === before.file?.number;
			const file = isSame ? before.file! : new BtreeFile(this.files, `/t/${number}`, number, meta.pageBytes, this.cache);
			if (isSame) file.forgetPages(reused);
			this.version = new BtreeVersion(file, meta, meta.entries, meta.pageCount * meta.pageBytes);
		}
		this.version.retain();
		if (before.file !== null && before.file !== this.version.file) before.file.isObsolete = true;
		before.release();
	}
}

export function seededRandom(seed: number): (below: number) => number {
	let state = seed | 0;
	return (below) => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below);
	};
}
