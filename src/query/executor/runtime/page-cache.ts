/**
 * Pages of a temporary file in memory: those used last, as many as there is room for. A page is words, all 0 when never written;
 * it is valid until the next is asked for, and whoever changes it says so. Least recently used pages are written out first.
 */
import { ExecutionFile, type SpillDirectory } from './spill-file.ts';

export const PAGE_WORDS = 1024;
const PAGE_BYTES = PAGE_WORDS * 4;

interface Page {
	readonly words: Uint32Array;
	readonly bytes: Uint8Array;
	isDirty: boolean;
}

export class PageCache {
	readonly #file: ExecutionFile;
	readonly #pagesMax: number;
	/** In the order of their use. */
	readonly #pages = new Map<number, Page>();
	#last: Page | null = null;
	#lastNumber = -1;

	constructor(space: SpillDirectory, pagesMax: number) {
		this.#file = new ExecutionFile(space);
		this.#pagesMax = pagesMax;
	}

	page(number: number): Uint32Array {
		if (number === this.#lastNumber) return this.#last!.words;
		let page = this.#pages.get(number);
		if (page === undefined) page = this.#load(number);
		else this.#pages.delete(number);
		this.#pages.set(number, page);
		this.#last = page;
		this.#lastNumber = number;
		return page.words;
	}

	/** The page asked for last has been changed. */
	changed(): void {
		this.#last!.isDirty = true;
	}

	#load(number: number): Page {
		let page: Page;
		if (this.#pages.size < this.#pagesMax) {
			const words = new Uint32Array(PAGE_WORDS);
			page = { words, bytes: new Uint8Array(words.buffer), isDirty: false };
		} else {
			const [oldest, evicted] = this.#pages.entries().next().value!;
			if (evicted.isDirty) this.#file.handle.write(evicted.bytes, 0, PAGE_BYTES, oldest * PAGE_BYTES);
			this.#pages.delete(oldest);
			page = evicted;
			page.isDirty = false;
		}
		const bytes = this.#file.handle.read(page.bytes, 0, PAGE_BYTES, number * PAGE_BYTES);
		page.bytes.fill(0, bytes);
		return page;
	}

	close(): void {
		this.#pages.clear();
		this.#file.close();
	}
}
