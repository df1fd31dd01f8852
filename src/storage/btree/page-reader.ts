/**
 * Reads pages and extents of an open B-tree file, each checked by its checksum, and keeps nothing but the last span: what
 * reads every page once (flush, vacuum, verify), and the cache, which decides itself what to keep.
 *
 * A walk in key order asks with a hint, the pages it will want next. When they lie behind one another in the file they are
 * read at once, twice as many each time the hint was right.
 */
import { checksum } from '../../bytes/checksum.ts';
import type { FileHandle } from '../../platform/files.ts';
import { NO_BYTES } from '../entry-source.ts';
import { corrupt } from '../stored-files.ts';
import { type ExtentSource, Page } from './page.ts';
import { checkPage } from './page-format.ts';

const SPAN_BYTES_MAX = 1 << 18;

export class PageReader implements ExtentSource {
	readonly #file: FileHandle;
	readonly pageBytes: number;
	#span: Uint8Array;
	#spanFirst: number;
	#spanCount: number;
	/** How many pages the next read takes when the one before was part of a walk. */
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

	/** Child `place` of a branch, in a walk over its children; its bytes lie in a buffer with others. */
	childInWalk(parent: Page, place: number): Page {
		return new Page(this.bytesInWalk(parent, place), this.path);
	}

	/** The checked bytes of that page. */
	bytesInWalk(parent: Page, place: number): Uint8Array {
		const number = parent.child(place);
		const { pageBytes } = this;
		if (number < this.#spanFirst || number >= this.#spanFirst + this.#spanCount) {
			let count = 1;
			while (count < this.#ahead && place + count < parent.count && parent.child(place + count) === number + count) count++;
			const isGoingOn = number === this.#spanFirst + this.#spanCount || this.#ahead === 1;
			this.#ahead = isGoingOn ? Math.min(this.#ahead * 2, SPAN_BYTES_MAX / pageBytes) : Math.max(2, this.#ahead >>> 1);
			this.#span = this.#read(number, count);
			this.#spanFirst = number;
			this.#spanCount = count;
		}
		const start = (number - this.#spanFirst) * pageBytes;
		checkPage(this.#span, start, pageBytes, number, this.path);
		return this.#span.subarray(start, start + pageBytes);
	}

	/** Pages may have been written anew. */
	forgetSpan(): void {
		this.#span = NO_BYTES;
		this.#spanCount = 0;
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
