/**
 * Limits the memory of blocks, indexes and filters read from the files of engines. Each file keeps its own blocks in an array by
 * block number, so a hit is one array access; the cache keeps the clock that decides what goes.
 *
 * The clock (second chance): a part is evicted when the hand meets it and it was not used since the hand met it last. Parts
 * of closed sstables are dropped when met. Source: Corbató, "A Paging Experiment with the Multics System" (1968).
 *
 * It also limits how many sstables are held open.
 */

/** What the cache asks of an sstable. Parts below 0 are its index and filters, the others its blocks. */
export interface CachedFile {
	/** Whether the part was used since the last call. */
	wasUsed(part: number): boolean;
	/** Gives the part up; false when it must stay for now (an index whose blocks are cached). */
	evict(part: number): boolean;
	closeFile(): void;
	readonly isGone: boolean;
}

export class BlockCache {
	readonly bytesMax: number;
	bytes: number;
	hits: number;
	misses: number;
	readonly #openFilesMax: number;
	readonly #files: CachedFile[];
	readonly #parts: number[];
	readonly #sizes: number[];
	#hand: number;
	readonly #open: Set<CachedFile>;

	constructor(bytesMax: number, openFilesMax: number) {
		this.bytesMax = bytesMax;
		this.bytes = 0;
		this.hits = 0;
		this.misses = 0;
		this.#openFilesMax = openFilesMax;
		this.#files = [];
		this.#parts = [];
		this.#sizes = [];
		this.#hand = 0;
		this.#open = new Set();
	}

	/** A part was read: makes room for it, then counts it. */
	add(file: CachedFile, part: number, bytes: number): void {
		this.misses++;
		// Two rounds: the first may only take away the marks of use.
		for (let looks = this.#files.length * 2; this.bytes + bytes > this.bytesMax && looks > 0 && this.#files.length > 0; looks--) this.#look();
		this.#files.push(file);
		this.#parts.push(part);
		this.#sizes.push(bytes);
		this.bytes += bytes;
	}

	/** A file was opened: closes the one opened longest ago when there are too many. */
	opened(file: CachedFile): void {
		this.#open.add(file);
		if (this.#open.size <= this.#openFilesMax) return;
		for (const oldest of this.#open) {
			oldest.closeFile();
			break;
		}
	}

	closed(file: CachedFile): void {
		this.#open.delete(file);
	}

	/** Forgets all parts of a file that is gone. */
	forget(file: CachedFile): void {
		for (let i = this.#files.length - 1; i >= 0; i--) if (this.#files[i] === file) this.#removeAt(i);
	}

	/** Looks at the part under the hand: evicts it, or gives it a second chance. */
	#look(): void {
		if (this.#hand >= this.#files.length) this.#hand = 0;
		const file = this.#files[this.#hand]!;
		const part = this.#parts[this.#hand]!;
		if (file.isGone || (!file.wasUsed(part) && file.evict(part))) this.#removeAt(this.#hand);
		// Behind an evicted part too: the newest has come to its place, whose turn is a round away.
		this.#hand++;
	}

	#removeAt(place: number): void {
		this.bytes -= this.#sizes[place]!;
		const last = this.#files.length - 1;
		this.#files[place] = this.#files[last]!;
		this.#parts[place] = this.#parts[last]!;
		this.#sizes[place] = this.#sizes[last]!;
		this.#files.pop();
		this.#parts.pop();
		this.#sizes.pop();
	}
}
