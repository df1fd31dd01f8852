/**
 * Reads pages and extents of an open B-tree file, each checked by its checksum, and keeps nothing but one span of pages.
 *
 * `childInWalk` is for those who read every page once, in key order (flush, vacuum, verify): while the pages that come next lie
 * behind one another in the file, it reads twice as many each time.
 */
import { checksum } from '../../bytes/checksum.ts';
import type { FileHandle } from '../../platform/files.ts';
import { NO_BYTES } from '../entry-source.ts';
import { corrupt } from '../stored-files.ts';
import { type ExtentSource, Page } from './page.ts';
import { checkPage } from './page-format.ts';

/** The most that is read ahead at once. */
export const SPAN_BYTES_MAX = 1 << 18;

export class PageReader implements ExtentSource {
	readonly #file: FileHandle;
	readonly pageBytes: number;
	#span: Uint8Array;
	#spanFirst: number;
	#spanCount: number;
	/** How many pages a read of the walk takes. */
	#ahead: number;

	constructor(file: FileHandle, pageBytes: number) {
		this.#file = file;
		this.pageBytes = pageBytes;
		this.#span = NO_BYTES;
		this.#spanFirst = 0;
		this.#spanCount = 0;
		this.#ahead = 1;
	}

	get path(): string {
		return this.#file.path;
	}

	page(number: number): Page {
		const bytes = this.#read(number, 1);
		checkPage(bytes, 0, this.pageBytes, number, this.path);
		return new Page(bytes, this.path);
	}

	/** Pages that lie behind one another, read at once, each in a buffer of its own. */
	pages(first: number, count: number): Page[] {
		const { pageBytes } = this;
		if (count === 1) return [this.page(first)];
		const bytes = this.#read(first, count);
		return Array.from({ length: count }, (_, i) => {
			checkPage(bytes, i * pageBytes, pageBytes, first + i, this.path);
			return new Page(bytes.slice(i * pageBytes, (i + 1) * pageBytes), this.path);
		});
	}

	/** Child `place` of a branch, in a walk over its children; its bytes lie in a buffer with others. */
	childInWalk(parent: Page, place: number): Page {
		const number = parent.child(place);
		const { pageBytes } = this;
		if (number < this.#spanFirst || number >= this.#spanFirst + this.#spanCount) {
			const isGoingOn = number === this.#spanFirst + this.#spanCount;
			this.#ahead = isGoingOn ? Math.min(this.#ahead * 2, SPAN_BYTES_MAX / pageBytes) : 1;
			let count = 1;
			while (count < this.#ahead && place + count < parent.count && parent.child(place + count) === number + count) count++;
			this.#span = this.#read(number, count);
			this.#spanFirst = number;
			this.#spanCount = count;
		}
		const start = (number - this.#spanFirst) * pageBytes;
		checkPage(this.#span, start, pageBytes, number, this.path);
		return new Page(this.#span.subarray(start, start + pageBytes), this.path);
	}

	extent(first: number, bytes: number, sum: number): Uint8Array {
		const content = new Uint8Array(bytes);
		const position = first * this.pageBytes;
		const got = this.#file.read(content, 0, bytes, position);
		if (got < bytes || checksum(content, 0, bytes) !== sum)
			throw corrupt(this.path, position, `the checksum of a value or key of ${bytes} bytes does not match`);
		return content;
	}

	/** The bytes of whole pages, unchecked. */
	raw(first: number, count: number): Uint8Array {
		return this.#read(first, count);
	}

	/** The bytes of one page that is none of the tree's, its checksum checked. */
	checkedRaw(number: number): Uint8Array {
		const bytes = this.#read(number, 1);
		checkPage(bytes, 0, this.pageBytes, number, this.path);
		return bytes;
	}

	/** Whole pages in a buffer of their own: what was handed out stays as it is. */
	#read(first: number, count: number): Uint8Array {
		const bytes = new Uint8Array(count * this.pageBytes);
		const position = first * this.pageBytes;
		const got = this.#file.read(bytes, 0, bytes.length, position);
		if (got < bytes.length) throw corrupt(this.path, position, `${bytes.length} bytes expected, ${got} found`);
		return bytes;
	}
}
