/**
 * Reads a whole generation of a B-tree file, past the cache, and says what is wrong. What must hold:
 *
 * (1) Every page and extent is what its checksum says, and every byte behind the content of a page or extent is zero.
 * (2) Keys ascend, within a page and from page to page, between the separators around it.
 * (3) All leaves are at the same depth; a page's generation is not above that of the page that refers to it.
 * (4) Every page of the file is reachable or free, exactly once.
 * (5) Entries, leaves, bytes and free pages are as many as the meta page says.
 */
import { compareArrays } from '../../bytes/compare-bytes.ts';
import { PolylogError } from '../../platform/errors.ts';
import type { FileHandle } from '../../platform/files.ts';
import { corrupt } from '../stored-files.ts';
import { LeafCells } from './cell.ts';
import { readFreeList } from './free-list.ts';
import { type Meta, readMeta, type TreeState } from './meta-page.ts';
import type { Page } from './page.ts';
import { extentPages, FIRST_PAGE, inlineKeyBytesMax } from './page-format.ts';
import { PageReader } from './page-reader.ts';

/** What is wrong with the committed generation; nothing when all is well. */
export function verifyTree(file: FileHandle, state: TreeState): string[] {
	try {
		const meta = readMeta(file, state);
		return new TreeCheck(file, meta).run();
	} catch (error) {
		if (error instanceof PolylogError || error instanceof RangeError) return [error.message];
		throw error;
	}
}

class TreeCheck {
	readonly #meta: Meta;
	readonly #path: string;
	readonly #file: FileHandle;
	readonly #reader: PageReader;
	readonly #seen: Uint8Array;
	readonly #cells: LeafCells;
	#entries = 0;
	#dataBytes = 0;
	#leaves = 0;

	constructor(file: FileHandle, meta: Meta) {
		this.#meta = meta;
		this.#path = file.path;
		this.#file = file;
		this.#reader = new PageReader(file, meta.pageBytes);
		this.#seen = new Uint8Array(Math.ceil(meta.pageCount / 8));
		this.#cells = new LeafCells(this.#reader);
	}

	run(): string[] {
		const { root, height, pageCount, pageBytes, freeHead } = this.#meta;
		const bytes = this.#file.bytes();
		if (bytes < pageCount * pageBytes) throw corrupt(this.#path, bytes, `${pageCount} pages expected, the file has ${bytes} bytes`);
		this.#mark(0, FIRST_PAGE);
		if (height > 0) this.#checkPage(this.#reader.page(root), height - 1, this.#meta.generation, null, null);
		const free = readFreeList(this.#reader, freeHead, pageCount);
		for (const page of free.ownPages) this.#mark(page, 1);
		let freePages = 0;
		for (const { runs } of free.groups) {
			for (let i = 0; i < runs.length; i += 2) {
				this.#mark(runs[i]!, runs[i + 1]!);
				freePages += runs[i + 1]!;
			}
		}
		for (let page = 0; page < pageCount; page++) if (!this.#isSeen(page)) throw this.#wrong(page, 'is neither part of the tree nor free');
		const found = { entries: this.#entries, dataBytes: this.#dataBytes, leafPages: this.#leaves, freePages };
		const { entries, dataBytes, leafPages, freePages: freeSaid } = this.#meta;
		const said = { entries, dataBytes, leafPages, freePages: freeSaid };
		return JSON.stringify(found) === JSON.stringify(said)
			? []
			: [`"${this.#path}": found ${JSON.stringify(found)}, the meta page says ${JSON.stringify(said)}`];
	}

	/** Checks a page and all below it: its keys are in [lower, upper). */
	#checkPage(page: Page, level: number, generation: number, lower: Uint8Array | null, upper: Uint8Array | null): void {
		this.#mark(page.number, 1);
		if (page.level !== level) throw this.#wrong(page.number, `is of level ${page.level}, ${level} expected`);
		if (page.generation > generation) throw this.#wrong(page.number, 'was written after the page that refers to it');
		for (let at = page.end; at < page.bytes.length; at++) if (page.bytes[at] !== 0) throw this.#wrong(page.number, 'has something behind its content');
		if (level === 0) this.#checkLeaf(page, lower, upper);
		else this.#checkBranch(page, level, lower, upper);
	}

	#checkBranch(page: Page, level: number, lower: Uint8Array | null, upper: Uint8Array | null): void {
		const { pageBytes } = this.#meta;
		let childLower = lower;
		for (let i = 0; i < page.count; i++) {
			let childUpper = upper;
			if (i < page.keys) {
				childUpper = page.key(i, this.#reader);
				this.#checkOrder(page, childUpper, childLower, i === 0, upper);
				if (childUpper.length > inlineKeyBytesMax(pageBytes)) this.#markExtent(page.keyExtent(i).extent, childUpper.length);
			}
			this.#checkPage(this.#reader.childInWalk(page, i), level - 1, page.generation, childLower, childUpper);
			childLower = childUpper;
		}
	}

	#checkLeaf(page: Page, lower: Uint8Array | null, upper: Uint8Array | null): void {
		const cells = this.#cells;
		cells.enter(page);
		let last = lower;
		for (let i = 0; cells.next(); i++) {
			const key = cells.keyBuffer.slice(cells.keyStart, cells.keyEnd);
			this.#checkOrder(page, key, last, i === 0, upper);
			if (compareArrays(page.key(i, this.#reader), key) !== 0 || page.find(key, key.length, this.#reader) !== i) {
				throw this.#wrong(page.number, `does not find its entry ${i}`);
			}
			if (cells.keyExtent > 0) this.#markExtent(cells.keyExtent, key.length);
			if (cells.valueExtent > 0) {
				this.#reader.extent(cells.valueExtent, cells.valueLength, cells.valueSum);
				this.#markExtent(cells.valueExtent, cells.valueLength);
			}
			this.#entries++;
			this.#dataBytes += key.length + cells.valueLength;
			last = key;
		}
		this.#leaves++;
	}

	/** A key comes after the one before it (or, as the first, not before the page's separator) and before the next separator. */
	#checkOrder(page: Page, key: Uint8Array, last: Uint8Array | null, isFirst: boolean, upper: Uint8Array | null): void {
		const order = last === null ? 1 : compareArrays(key, last);
		if (order < (isFirst && page.level === 0 ? 0 : 1)) throw this.#wrong(page.number, 'has keys out of order');
		if (upper !== null && compareArrays(key, upper) >= 0) throw this.#wrong(page.number, 'has a key that belongs to a later page');
	}

	#markExtent(first: number, bytes: number): void {
		const { pageBytes } = this.#meta;
		const pages = extentPages(bytes, pageBytes);
		this.#mark(first, pages);
		const rest = this.#reader.raw(first + pages - 1, 1);
		for (let at = bytes - (pages - 1) * pageBytes; at < pageBytes; at++)
			if (rest[at] !== 0) throw this.#wrong(first, 'begins an extent with something behind its content');
	}

	#mark(first: number, pages: number): void {
		if (first + pages > this.#meta.pageCount) throw this.#wrong(first, 'lies outside the file');
		for (let page = first; page < first + pages; page++) {
			if (this.#isSeen(page)) throw this.#wrong(page, 'is named twice');
			this.#seen[page >>> 3]! |= 1 << (page & 7);
		}
	}

	#isSeen(page: number): boolean {
		return (this.#seen[page >>> 3]! & (1 << (page & 7))) !== 0;
	}

	#wrong(page: number, what: string): PolylogError {
		return corrupt(this.#path, page * this.#meta.pageBytes, `page ${page} ${what}`);
	}
}
