/**
 * The memory of decoded column segments, one for all column keyspaces of a store: codes and flags of NULL in one shared WebAssembly
 * memory, where generated code reads them in place; dictionaries and texts beside it. It has a limit, above which what was not used for
 * longest goes.
 *
 * The memory is made of frames of 64 KiB, of which an array takes one, two or four that lie together; four frames are a slab, whose
 * frames all belong to arrays of one size. Short arrays take no frame: a small table would fill the pool with air.
 *
 * Invariants:
 * (1) What is pinned stays where it is. A reader pins what it reads, and lets go at the latest when it gives up the thread; only what
 *     the kernels of other threads read stays pinned until their calls have ended.
 * (2) `bytes` is what all segments take, inside and outside the shared memory; it is above `bytesMax` only by what is pinned.
 *
 * Eviction is by clock (second chance). Cost: a hit is two array accesses.
 */
import { type WasmMemory, webAssembly } from '../../platform/web-assembly.ts';
import type { CodeArray } from './code-encoding.ts';
import { ColumnScratch } from './column-scratch.ts';
import { type CodeMemory, type ColumnSegment, HEAP_MEMORY } from './column-segment.ts';
import type { KeySegment } from './key-segment.ts';

const FRAME_BYTES = 1 << 16;
const SLAB_FRAMES = 4;
const SLAB_BYTES = FRAME_BYTES * SLAB_FRAMES;
/** The shared memory grows by so many slabs. */
const GROWTH_SLABS = 32;
/** Arrays shorter than this are kept on the heap. */
const FRAMED_BYTES_MIN = 1 << 13;
const MEMORY_BYTES_MAX = 2 ** 32 - FRAME_BYTES;
/** What an entry takes beside its arrays. */
const ENTRY_BYTES = 300;

/** A decoded segment and its place in memory. */
export class PoolEntry {
	readonly segment: ColumnSegment | null;
	readonly keys: KeySegment | null;
	pins: number;
	/** Set when it is used, taken away by the clock. */
	wasUsed: boolean;
	/** It was evicted, or its file is gone. */
	isGone: boolean;
	readonly bytes: number;
	readonly frames: readonly FrameRange[];
	readonly #leave: () => void;

	constructor(segment: ColumnSegment | null, keys: KeySegment | null, bytes: number, frames: readonly FrameRange[], leave: () => void) {
		this.segment = segment;
		this.keys = keys;
		this.pins = 0;
		this.wasUsed = true;
		this.isGone = false;
		this.bytes = bytes;
		this.frames = frames;
		this.#leave = leave;
	}

	/** Takes it out of its file's list. */
	leave(): void {
		this.#leave();
	}
}

/** A stretch of the shared memory. */
export interface Lease {
	readonly start: number;
	readonly bytes: number;
}

/** Frames of the shared memory that lie together. */
interface FrameRange {
	readonly start: number;
	readonly frames: 1 | 2 | 4;
}

export class ColumnPool implements CodeMemory {
	readonly bytesMax: number;
	bytes: number;
	/** Rises with each segment that goes: who holds segments without a pin must look for them again then. */
	evictions: number;
	hits: number;
	misses: number;
	readonly #isShared: boolean;
	/** Stretches for arrays of statements that nobody has now. */
	readonly #leases = new Set<Lease>();
	/** What statements have now: it counts against the limit. */
	#leasedBytes = 0;
	readonly #entries: PoolEntry[];
	#hand: number;
	#memory: WasmMemory | null;
	/** Where free ranges of 1, 2 and 4 frames begin. */
	readonly #free: { 1: number[]; 2: number[]; 4: number[] };
	/** By slab: frames in use, and the frames of a range in it. */
	readonly #used: number[];
	/** Ranges given out to the segment that is being decoded. */
	#taken: FrameRange[];
	#takenBytes: number;
	#block: Uint8Array;

	/** `isShared`: codes go to the shared memory; else, for tasks of workers, to the heap. */
	constructor(bytesMax: number, isShared: boolean) {
		this.bytesMax = bytesMax;
		this.#isShared = isShared;
		this.bytes = 0;
		this.evictions = 0;
		this.hits = 0;
		this.misses = 0;
		this.#entries = [];
		this.#hand = 0;
		this.#memory = null;
		this.#free = { 1: [], 2: [], 4: [] };
		this.#used = [];
		this.#taken = [];
		this.#takenBytes = 0;
		this.#block = new Uint8Array(FRAME_BYTES);
	}

	/** The shared memory, for code that reads segments in place; made at the first call. */
	get memory(): WasmMemory {
		// Twice the limit: arrays of different sizes leave gaps. Only what is used takes memory.
		const pages = Math.floor(Math.min(MEMORY_BYTES_MAX, this.bytesMax * 2 + SLAB_BYTES * GROWTH_SLABS) / FRAME_BYTES);
		this.#memory ??= new webAssembly.Memory({ initial: 1, maximum: pages, shared: true });
		return this.#memory;
	}

	/** Keeps what `decode` makes; `leave` is called when it goes. */
	add(decode: (memory: CodeMemory) => ColumnSegment, leave: () => void): PoolEntry {
		this.misses++;
		this.#taken = [];
		this.#takenBytes = 0;
		let segment: ColumnSegment;
		try {
			segment = decode(this);
		} catch (error) {
			for (const range of this.#taken) this.#giveBack(range);
			throw error;
		}
		return this.#enter(new PoolEntry(segment, null, this.#takenBytes + segment.entryBytes + ENTRY_BYTES, this.#taken, leave));
	}

	addKeys(keys: KeySegment, leave: () => void): PoolEntry {
		this.misses++;
		return this.#enter(new PoolEntry(null, keys, keys.memoryBytes + ENTRY_BYTES, [], leave));
	}

	#enter(entry: PoolEntry): PoolEntry {
		this.#makeRoom(entry.bytes + this.#leasedBytes);
		this.#entries.push(entry);
		this.bytes += entry.bytes;
		return entry;
	}

	/** The file of an entry is closed. */
	drop(entry: PoolEntry): void {
		const place = this.#entries.indexOf(entry);
		if (place >= 0) this.#removeAt(place);
	}

	take(count: number, width: 1 | 2 | 4): CodeArray {
		const bytes = count * width;
		this.#takenBytes += bytes;
		if (!this.#isShared || bytes < FRAMED_BYTES_MIN) return HEAP_MEMORY.take(count, width);
		const frames = bytes <= FRAME_BYTES ? 1 : bytes <= FRAME_BYTES * 2 ? 2 : 4;
		const start = this.#takeFrames(frames);
		if (start < 0) return HEAP_MEMORY.take(count, width);
		this.#taken.push({ start, frames });
		const { buffer } = this.memory;
		return width === 1 ? new Uint8Array(buffer, start, count) : width === 2 ? new Uint16Array(buffer, start, count) : new Uint32Array(buffer, start, count);
	}

	/** Memory for a block while it is decoded, the same each time: touching fresh memory costs more than reading a cached file into it. */
	readBuffer(bytes: number): Uint8Array {
		if (this.#block.length < bytes) this.#block = new Uint8Array(bytes * 2);
		return this.#block;
	}

	/** Memory for one statement's arrays. */
	scratch(): ColumnScratch {
		return new ColumnScratch(this);
	}

	/** A stretch of the shared memory for arrays of a statement; null when there is none. */
	lease(bytes: number): Lease | null {
		if (!this.#isShared) return null;
		const wanted = Math.ceil(bytes / FRAME_BYTES) * FRAME_BYTES;
		// One statement must leave room for what it reads.
		if (this.#leasedBytes + wanted > this.bytesMax / 2) return null;
		let best: Lease | null = null;
		for (const lease of this.#leases) if (lease.bytes >= wanted && lease.bytes <= wanted * 2 && (best === null || lease.bytes < best.bytes)) best = lease;
		if (best !== null) {
			this.#leases.delete(best);
			this.#leasedBytes += best.bytes;
			return best;
		}
		const { memory } = this;
		const start = memory.buffer.byteLength;
		try {
			memory.grow(wanted / FRAME_BYTES);
		} catch (error) {
			if (error instanceof RangeError) return null;
			throw error;
		}
		this.#leasedBytes += wanted;
		this.#makeRoom(this.#leasedBytes);
		return { start, bytes: wanted };
	}

	giveBackLease(lease: Lease): void {
		this.#leasedBytes -= lease.bytes;
		this.#leases.add(lease);
	}

	/** Where free frames begin; −1 when the memory is as large as it may be, and full. */
	#takeFrames(frames: 1 | 2 | 4): number {
		const free = this.#free[frames];
		if (free.length === 0 && frames !== 4) this.#splitSlab(frames);
		if (free.length === 0 && frames === 4) this.#grow();
		const start = free.pop();
		if (start === undefined) return -1;
		this.#used[Math.floor(start / SLAB_BYTES)]! += frames;
		return start;
	}

	/** Makes a free slab one of smaller ranges. */
	#splitSlab(frames: 1 | 2): void {
		if (this.#free[4].length === 0) this.#grow();
		const slab = this.#free[4].pop();
		if (slab === undefined) return;
		for (let start = slab; start < slab + SLAB_BYTES; start += frames * FRAME_BYTES) this.#free[frames].push(start);
	}

	#grow(): void {
		const { memory } = this;
		const before = memory.buffer.byteLength;
		// The first slab begins at a multiple of its size, so that its number follows from any place in it.
		const first = Math.ceil(before / SLAB_BYTES) * SLAB_BYTES;
		try {
			memory.grow((first + SLAB_BYTES * GROWTH_SLABS - before) / FRAME_BYTES);
		} catch (error) {
			if (error instanceof RangeError) return;
			throw error;
		}
		for (let slab = first; slab < first + SLAB_BYTES * GROWTH_SLABS; slab += SLAB_BYTES) {
			this.#free[4].push(slab);
			this.#used[slab / SLAB_BYTES] = 0;
		}
	}

	#giveBack({ start, frames }: FrameRange): void {
		const slab = Math.floor(start / SLAB_BYTES);
		this.#used[slab]! -= frames;
		this.#free[frames].push(start);
		if (this.#used[slab] !== 0 || frames === 4) return;
		const from = slab * SLAB_BYTES;
		this.#free[frames] = this.#free[frames].filter((place) => place < from || place >= from + SLAB_BYTES);
		this.#free[4].push(from);
	}

	/** Evicts until `bytes` more fit, or all that is left is pinned. */
	#makeRoom(bytes: number): void {
		for (let looks = this.#entries.length * 2; this.bytes + bytes > this.bytesMax && looks > 0 && this.#entries.length > 0; looks--) {
			if (this.#hand >= this.#entries.length) this.#hand = 0;
			const entry = this.#entries[this.#hand]!;
			if (entry.pins === 0 && !entry.wasUsed) {
				this.#removeAt(this.#hand);
			} else {
				entry.wasUsed = false;
				this.#hand++;
			}
		}
	}

	#removeAt(place: number): void {
		const entry = this.#entries[place]!;
		const last = this.#entries.pop()!;
		if (entry !== last) this.#entries[place] = last;
		entry.isGone = true;
		this.evictions++;
		this.bytes -= entry.bytes;
		for (const range of entry.frames) this.#giveBack(range);
		entry.leave();
	}
}
