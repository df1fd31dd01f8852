/**
 * Small numbers for the vertices of a graph, under which arrays hold what is known of them. Ids come from one sequence with the
 * edges' and so leave gaps: pages of 256 ids get a number each when a vertex of theirs is first met.
 *
 * Invariants: (1) a number stands for one id, for as long as the store lives; (2) while `isOrdered`, numbers are in the order of
 * their ids. An id of an old page that was never met before breaks (2); the store is then built anew.
 *
 * Cost: a number is two loads, an id one; 4 bytes per 256 ids up to the greatest, 4 per page. Ids are below 2^32.
 */

export const ID_MAX = 0xffffffff;
const PAGE_BITS = 8;
const PAGE_MASK = 255;

export class VertexNumbers {
	/** First id of each page, by the page's number. */
	firstIds: Uint32Array;
	isOrdered: boolean;
	pageCount: number;
	/** Number of a page plus one, by the id's upper bits; 0: no vertex was met. */
	#pages: Int32Array;

	constructor() {
		this.firstIds = new Uint32Array(64);
		this.isOrdered = true;
		this.pageCount = 0;
		this.#pages = new Int32Array(64);
	}

	/** How many numbers there may be: above all given out. */
	get capacity(): number {
		return this.pageCount << PAGE_BITS;
	}

	get bytes(): number {
		return this.firstIds.byteLength + this.#pages.byteLength;
	}

	/** −1 for an id that was not met. */
	numberOf(id: number): number {
		const page = this.#pages[id >>> PAGE_BITS];
		return page === undefined || page === 0 ? -1 : ((page - 1) << PAGE_BITS) | (id & PAGE_MASK);
	}

	idOf(number: number): number {
		return this.firstIds[number >> PAGE_BITS]! + (number & PAGE_MASK);
	}

	/** The number of an id, a new one where it has none yet. */
	add(id: number): number {
		const known = this.numberOf(id);
		if (known >= 0) return known;
		const upper = id >>> PAGE_BITS;
		if (upper >= this.#pages.length) this.#pages = grown(this.#pages, upper + 1);
		if (this.pageCount === this.firstIds.length) {
			const longer = new Uint32Array(this.firstIds.length * 2);
			longer.set(this.firstIds);
			this.firstIds = longer;
		}
		const first = (upper << PAGE_BITS) >>> 0;
		if (this.pageCount > 0 && this.firstIds[this.pageCount - 1]! > first) this.isOrdered = false;
		this.firstIds[this.pageCount] = first;
		this.pageCount++;
		this.#pages[upper] = this.pageCount;
		return ((this.pageCount - 1) << PAGE_BITS) | (id & PAGE_MASK);
	}

	/** Gives numbers to the pages of many ids, in their order. Only before any other was given. */
	addAll(ids: readonly Uint32Array[]): void {
		let greatest = 0;
		for (const list of ids) for (let i = 0; i < list.length; i++) if (list[i]! > greatest) greatest = list[i]!;
		const met = new Uint8Array((greatest >>> PAGE_BITS) + 1);
		for (const list of ids) for (let i = 0; i < list.length; i++) met[list[i]! >>> PAGE_BITS] = 1;
		for (let page = 0; page < met.length; page++) if (met[page] === 1) this.add((page << PAGE_BITS) >>> 0);
	}
}

function grown(array: Int32Array, needed: number): Int32Array<ArrayBuffer> {
	const longer = new Int32Array(Math.max(needed, array.length * 2));
	longer.set(array);
	return longer;
}
