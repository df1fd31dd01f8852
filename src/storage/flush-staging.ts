/**
 * The shared memory through which frozen memtables reach the worker that flushes them: one region, filled again for each flush.
 *
 * Memtables themselves lie in ordinary buffers: the collector knows their size, while shared buffers of a megabyte each were
 * let lie until 2 GB had gathered. So a memtable is copied here (4 MiB a turn of the event loop, about 1 ms), and the region
 * stays. What is not touched of it takes no memory. One that had to grow for a large transaction goes when it is done with,
 * once the worker has gone too: task workers end when they are idle.
 */
import type { Timers } from '../platform/platform.ts';
import type { Memtable, MemtableImage, MemtablePart } from './memtable.ts';

const SLICE_BYTES = 4 << 20;
const ALIGNMENT = 8;

export class FlushStaging {
	/** A worker may still read the region. */
	isBusy: boolean;
	readonly #timers: Timers;
	readonly #firstBytes: number;
	#region: SharedArrayBuffer | null;
	#usedMax: number;

	/** `firstBytes`: size of the region when it is first needed; it grows for a memtable that is larger. */
	constructor(timers: Timers, firstBytes: number) {
		this.isBusy = false;
		this.#timers = timers;
		this.#firstBytes = firstBytes;
		this.#region = null;
		this.#usedMax = 0;
	}

	/** The most of the region that was ever used. */
	get memoryBytes(): number {
		return this.#usedMax;
	}

	/** Copies frozen memtables; the region is busy until `done`. */
	async fill(memtables: readonly Memtable[]): Promise<MemtableImage[]> {
		this.isBusy = true;
		const images = memtables.map((memtable) => memtable.image());
		let needed = 0;
		for (const image of images) for (const part of partsOf(image)) needed += roundUp(part.bytes);
		if (this.#region === null || this.#region.byteLength < needed) this.#region = new SharedArrayBuffer(Math.max(needed, this.#firstBytes));
		this.#usedMax = Math.max(this.#usedMax, needed);
		const region = this.#region;
		const copies: MemtableImage[] = [];
		let end = 0;
		let inSlice = 0;
		for (const image of images) {
			const parts: MemtablePart[] = [];
			for (const part of partsOf(image)) {
				new Uint8Array(region, end, part.bytes).set(new Uint8Array(part.buffer, part.start, part.bytes));
				parts.push({ buffer: region, start: end, bytes: part.bytes });
				end += roundUp(part.bytes);
				inSlice += part.bytes;
				if (inSlice < SLICE_BYTES) continue;
				inSlice = 0;
				await new Promise<void>((resolve) => this.#timers.soon(resolve));
			}
			copies.push({ ...image, leaves: parts.pop()!, chunks: parts });
		}
		return copies;
	}

	/** No worker reads the region any more. */
	done(): void {
		this.isBusy = false;
		if (this.#region === null || this.#region.byteLength <= this.#firstBytes) return;
		this.#region = null;
		this.#usedMax = 0;
	}
}

/** The chunks, then the leaves. */
function partsOf(image: MemtableImage): MemtablePart[] {
	return [...image.chunks, image.leaves];
}

function roundUp(bytes: number): number {
	return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
