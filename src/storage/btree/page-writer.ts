/**
 * Hands out pages and writes them: free pages in ascending order first, then pages behind the end. Pages that lie behind one
 * another are written at once, up to 1 MiB.
 *
 * Calls: `begin` gives a zeroed page of the buffer to build in (`bytes`, `words`, `halves`, from `start`), `seal` ends it.
 * A page can be read back only after `flush`.
 */
import { invariant } from '../../platform/errors.ts';
import type { FileHandle } from '../../platform/files.ts';
import type { Runs } from './free-list.ts';
import { extentPages, sealPage } from './page-format.ts';

const WRITE_BYTES = 1 << 20;
const PAGES_MAX = 0xffff_ffff;
/** So many runs are looked at for an extent of several pages before it goes to the end. */
const LOOKS_MAX = 64;

export class PageWriter {
	readonly pageBytes: number;
	readonly generation: number;
	readonly bytes: Uint8Array;
	readonly words: Int32Array;
	readonly halves: Uint16Array;
	/** Where the page under construction begins in the buffer. */
	start: number;
	/** Pages of the file so far. */
	pageCount: number;
	pagesWritten: number;
	bytesWritten: number;
	readonly #file: FileHandle;
	/** Free pages left, from `#place` on, and those handed out. */
	readonly #free: Runs;
	#place: number;
	readonly taken: Runs;
	/** The buffer holds so many pages, the first of which is `#first`. */
	#first: number;
	#count: number;

	/** `free` are pages that may be written, ascending; the file has `pageCount` pages. */
	constructor(file: FileHandle, pageBytes: number, generation: number, free: Runs, pageCount: number) {
		this.pageBytes = pageBytes;
		this.generation = generation;
		this.bytes = new Uint8Array(WRITE_BYTES);
		this.words = new Int32Array(this.bytes.buffer);
		this.halves = new Uint16Array(this.bytes.buffer);
		this.start = 0;
		this.pageCount = pageCount;
		this.pagesWritten = 0;
		this.bytesWritten = 0;
		this.#file = file;
		this.#free = [...free];
		this.#place = 0;
		this.taken = [];
		this.#first = 0;
		this.#count = 0;
	}

	/** Starts a page; returns its number. */
	begin(): number {
		const number = this.#take(1);
		this.#makeRoom(number, 1);
		return number;
	}

	/** Hands out a page for later: `beginReserved` starts it. */
	reserve(): number {
		return this.#take(1);
	}

	beginReserved(number: number): void {
		this.#makeRoom(number, 1);
	}

	/** Ends the page that was begun last: its content ends at `end` behind its start. */
	seal(number: number, kind: number, level: number, count: number, skip: number, end: number): void {
		sealPage(this.bytes, this.start, this.pageBytes, { number, kind, level, count, skip, end, generation: this.generation });
	}

	/** Writes an extent: returns its first page. Zeros follow in the last page, so that the whole file can be checked. */
	extent(from: Uint8Array, start: number, count: number): number {
		const { pageBytes } = this;
		const pages = extentPages(count, pageBytes);
		const first = this.#take(pages);
		if (pages * pageBytes <= WRITE_BYTES) {
			this.#makeRoom(first, pages);
			this.bytes.set(from.subarray(start, start + count), this.start);
			return first;
		}
		this.flush();
		this.#write(from, start, count, first * pageBytes);
		const rest = pages * pageBytes - count;
		if (rest > 0) this.#write(new Uint8Array(rest), 0, rest, first * pageBytes + count);
		this.pagesWritten += pages;
		return first;
	}

	/** Zeroed room in the buffer for pages from `first` on, at `start`. */
	#makeRoom(first: number, pages: number): void {
		const { pageBytes } = this;
		if (first !== this.#first + this.#count || (this.#count + pages) * pageBytes > WRITE_BYTES) {
			this.flush();
			this.#first = first;
		}
		this.start = this.#count * pageBytes;
		this.#count += pages;
		this.bytes.fill(0, this.start, this.start + pages * pageBytes);
	}

	/** Free pages not handed out. */
	leftFree(): Runs {
		return this.#free.slice(this.#place);
	}

	/** Writes what the buffer holds. */
	flush(): void {
		if (this.#count === 0) return;
		this.#write(this.bytes, 0, this.#count * this.pageBytes, this.#first * this.pageBytes);
		this.pagesWritten += this.#count;
		this.#first += this.#count;
		this.#count = 0;
	}

	#write(from: Uint8Array, start: number, count: number, position: number): void {
		this.#file.write(from, start, count, position);
		this.bytesWritten += count;
	}

	/** The first of `pages` pages that lie behind one another. */
	#take(pages: number): number {
		const free = this.#free;
		const last = Math.min(free.length, this.#place + (pages === 1 ? 2 : LOOKS_MAX));
		for (let i = this.#place; i < last; i += 2) {
			if (free[i + 1]! < pages) continue;
			const first = free[i]!;
			free[i] = first + pages;
			free[i + 1]! -= pages;
			if (free[i + 1] === 0) this.#removeRun(i);
			this.taken.push(first, pages);
			return first;
		}
		const first = this.pageCount;
		invariant(first + pages <= PAGES_MAX, 'page numbers of a B-tree fit 32 bits');
		this.pageCount += pages;
		return first;
	}

	#removeRun(place: number): void {
		if (place === this.#place) this.#place += 2;
		else this.#free.splice(place, 2);
	}
}
