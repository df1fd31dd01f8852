/**
 * An open B-tree file as readers use it: pages and large values through the block cache, which limits their memory. Several
 * versions of one tree share it; it counts who holds which generation, so that a flush knows which free pages nobody reads.
 *
 * Pages are found by number in an array of arrays, so a hit costs two loads. The number of a page may be used again once no
 * version reads it: `forgetPages` then drops what the cache had of it. Bytes handed out stay as they are. To the cache, parts
 * from 0 on are pages, −1 − n is the extent that begins at page n.
 */
import type { FileHandle, FileSystem } from '../../platform/files.ts';
import type { BlockCache, CachedFile } from '../block-cache.ts';
import { removeQuietly } from '../stored-files.ts';
import type { Runs } from './free-list.ts';
import { type Meta, readMeta, type TreeState } from './meta-page.ts';
import { type ExtentSource, PAGE_OBJECT_BYTES, type Page } from './page.ts';
import { PageReader, SPAN_BYTES_MAX } from './page-reader.ts';

const CHUNK_BITS = 6;
const CHUNK_PAGES = 1 << CHUNK_BITS;
/** A larger extent is not kept: it would drive out too much else. */
const KEPT_SHARE = 1 / 16;

interface CachedExtent {
	readonly bytes: Uint8Array;
	used: boolean;
}

export class BtreeFile implements CachedFile, ExtentSource {
	readonly path: string;
	readonly number: number;
	readonly pageBytes: number;
	/** Nothing names it any more: it is removed when the last version lets it go. */
	isObsolete: boolean;
	isGone: boolean;
	readonly #files: FileSystem;
	readonly #cache: BlockCache;
	readonly #chunks: ((Page | null)[] | undefined)[];
	readonly #extents: Map<number, CachedExtent>;
	/** How many hold each generation. */
	readonly #holders: Map<number, number>;
	#reader: PageReader | null;
	#handle: FileHandle | null;
	/** The page that goes on with the last walk, and how many its reads take. */
	#walkNext: number;
	#ahead: number;
	readonly #aheadMax: number;

	constructor(files: FileSystem, path: string, number: number, pageBytes: number, cache: BlockCache) {
		this.path = path;
		this.number = number;
		this.pageBytes = pageBytes;
		this.isObsolete = false;
		this.isGone = false;
		this.#files = files;
		this.#cache = cache;
		this.#chunks = [];
		this.#extents = new Map();
		this.#holders = new Map();
		this.#reader = null;
		this.#handle = null;
		this.#walkNext = 0;
		this.#ahead = 1;
		this.#aheadMax = Math.max(1, Math.floor(Math.min(SPAN_BYTES_MAX, cache.bytesMax / 8) / pageBytes));
	}

	page(number: number): Page {
		const chunk = this.#chunks[number >>> CHUNK_BITS];
		if (chunk !== undefined) {
			const page = chunk[number & (CHUNK_PAGES - 1)];
			if (page != null) {
				page.used = true;
				this.#cache.hits++;
				return page;
			}
		}
		return this.#keep(this.#open().page(number));
	}

	/**
	 * Child `place` of a branch, in a walk over its children in the direction `step` (1 or −1). What is not cached is read together
	 * with those that come next, if they lie beside it: twice as many each time the walk goes on.
	 */
	childInWalk(parent: Page, place: number, step: number): Page {
		const number = parent.child(place);
		const cached = this.#cached(number);
		if (cached !== null) {
			cached.used = true;
			this.#cache.hits++;
			return cached;
		}
		this.#ahead = number === this.#walkNext ? Math.min(this.#ahead * 2, this.#aheadMax) : 1;
		let count = 1;
		while (count < this.#ahead) {
			const next = place + step * count;
			const expected = number + step * count;
			if (next < 0 || next >= parent.count || parent.child(next) !== expected || this.#cached(expected) !== null) break;
			count++;
		}
		this.#walkNext = number + step * count;
		const pages = this.#open().pages(step > 0 ? number : number - count + 1, count);
		for (const page of pages) this.#keep(page);
		return pages[step > 0 ? 0 : count - 1]!;
	}

	extent(first: number, bytes: number, sum: number): Uint8Array {
		const cached = this.#extents.get(first);
		if (cached !== undefined) {
			cached.used = true;
			this.#cache.hits++;
			return cached.bytes;
		}
		const content = this.#open().extent(first, bytes, sum);
		if (bytes > this.#cache.bytesMax * KEPT_SHARE) return content;
		this.#cache.add(this, -1 - first, bytes + PAGE_OBJECT_BYTES);
		this.#extents.set(first, { bytes: content, used: false });
		return content;
	}

	/** The meta page of a generation. */
	readMeta(state: TreeState): Meta {
		this.#open();
		return readMeta(this.#handle!, state);
	}

	/** Calls back with the open file. */
	withHandle<Result>(run: (file: FileHandle) => Result): Result {
		this.#open();
		return run(this.#handle!);
	}

	retain(generation: number): void {
		this.#holders.set(generation, (this.#holders.get(generation) ?? 0) + 1);
	}

	/** One holder less; the last one closes the file, and removes it if it is obsolete. */
	release(generation: number): void {
		const count = this.#holders.get(generation) ?? 0;
		if (count > 1) {
			this.#holders.set(generation, count - 1);
			return;
		}
		this.#holders.delete(generation);
		if (this.#holders.size === 0) this.#close();
	}

	/** The oldest generation that someone holds. */
	get oldestRetained(): number {
		let oldest = Number.MAX_SAFE_INTEGER;
		for (const generation of this.#holders.keys()) oldest = Math.min(oldest, generation);
		return oldest;
	}

	/** Pages were written anew. */
	forgetPages(runs: Runs): void {
		for (let i = 0; i < runs.length; i += 2) {
			for (let page = runs[i]!; page < runs[i]! + runs[i + 1]!; page++) {
				const chunk = this.#chunks[page >>> CHUNK_BITS];
				if (chunk !== undefined) chunk[page & (CHUNK_PAGES - 1)] = null;
				this.#extents.delete(page);
			}
		}
	}

	wasUsed(part: number): boolean {
		const cached = part < 0 ? this.#extents.get(-1 - part) : this.#chunks[part >>> CHUNK_BITS]?.[part & (CHUNK_PAGES - 1)];
		if (cached == null) return false;
		const used = cached.used;
		cached.used = false;
		return used;
	}

	evict(part: number): boolean {
		if (part < 0) {
			this.#extents.delete(-1 - part);
			return true;
		}
		const chunk = this.#chunks[part >>> CHUNK_BITS];
		if (chunk !== undefined) {
			chunk[part & (CHUNK_PAGES - 1)] = null;
			if (chunk.every((page) => page === null)) this.#chunks[part >>> CHUNK_BITS] = undefined;
		}
		return true;
	}

	closeFile(): void {
		this.#cache.closed(this);
		this.#handle?.close();
		this.#handle = null;
		this.#reader = null;
	}

	/** A page that the cache has. */
	#cached(number: number): Page | null {
		return this.#chunks[number >>> CHUNK_BITS]?.[number & (CHUNK_PAGES - 1)] ?? null;
	}

	#keep(page: Page): Page {
		const { number } = page;
		this.#cache.add(this, number, this.pageBytes + PAGE_OBJECT_BYTES);
		const place = number >>> CHUNK_BITS;
		// Without holes: far behind its end an array turns into a hash table.
		while (this.#chunks.length <= place) this.#chunks.push(undefined);
		let chunk = this.#chunks[place];
		if (chunk === undefined) {
			chunk = new Array<Page | null>(CHUNK_PAGES).fill(null);
			this.#chunks[place] = chunk;
		}
		chunk[number & (CHUNK_PAGES - 1)] = page;
		return page;
	}

	#open(): PageReader {
		if (this.#reader === null) {
			this.#handle = this.#files.open(this.path, 'read');
			this.#reader = new PageReader(this.#handle, this.pageBytes);
			this.#cache.opened(this);
		}
		return this.#reader;
	}

	#close(): void {
		this.isGone = true;
		this.#cache.forget(this);
		this.#chunks.length = 0;
		this.#extents.clear();
		this.closeFile();
		if (this.isObsolete) removeQuietly(this.#files, this.path);
	}
}
