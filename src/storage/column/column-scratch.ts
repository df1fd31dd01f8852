/**
 * Arrays of one statement in the shared memory of the pool, so that generated code reads them beside segments; where there is no room,
 * on the heap, and `isShared` tells. Leases go back to the pool when the statement ends, and are kept for the next.
 */
import type { WasmMemory } from '../../platform/web-assembly.ts';
import type { CodeArray } from './code-encoding.ts';
import type { ColumnPool, Lease } from './column-pool.ts';

/** Arrays that live as long as a row group is read: tables by code. */
const PIECES_BYTES = 1 << 19;

export class ColumnScratch {
	/** All arrays given out so far are in the shared memory. */
	isShared: boolean;
	readonly #pool: ColumnPool;
	readonly #leases: Lease[];
	/** Where pieces begin, and how far they are given out; −1 before the first. */
	#pieces: number;
	#used: number;

	constructor(pool: ColumnPool) {
		this.isShared = true;
		this.#pool = pool;
		this.#leases = [];
		this.#pieces = -1;
		this.#used = 0;
	}

	get memory(): WasmMemory {
		return this.#pool.memory;
	}

	/** Zeros. */
	codes(count: number, width: 1 | 2 | 4): CodeArray {
		const start = this.#take(count * width);
		if (start < 0) return width === 1 ? new Uint8Array(count) : width === 2 ? new Uint16Array(count) : new Uint32Array(count);
		const { buffer } = this.memory;
		const array =
			width === 1 ? new Uint8Array(buffer, start, count) : width === 2 ? new Uint16Array(buffer, start, count) : new Uint32Array(buffer, start, count);
		return array.fill(0);
	}

	doubles(count: number): Float64Array {
		const start = this.#take(count * 8);
		return start < 0 ? new Float64Array(count) : new Float64Array(this.memory.buffer, start, count).fill(0);
	}

	/** Room for the places of so many rows, and one more. */
	selection(count: number): Uint16Array {
		const start = this.#take((count + 1) * 2);
		return start < 0 ? new Uint16Array(count + 1) : new Uint16Array(this.memory.buffer, start, count + 1);
	}

	/** What `bytes` and `piece` gave is not needed any more. */
	nextGroup(): void {
		this.#used = 0;
	}

	/** A copy for the current row group. */
	bytes(from: Uint8Array): Uint8Array {
		const start = this.#takePiece(from.length);
		if (start < 0) return from;
		const copy = new Uint8Array(this.memory.buffer, start, from.length);
		copy.set(from);
		return copy;
	}

	/** Words for the current row group. */
	piece(count: number): Uint32Array {
		const start = this.#takePiece(count * 4);
		return start < 0 ? new Uint32Array(count) : new Uint32Array(this.memory.buffer, start, count);
	}

	release(): void {
		for (const lease of this.#leases.splice(0)) this.#pool.giveBackLease(lease);
		this.#pieces = -1;
	}

	#take(bytes: number): number {
		const lease = this.isShared ? this.#pool.lease(Math.max(8, bytes)) : null;
		if (lease === null) {
			this.isShared = false;
			return -1;
		}
		this.#leases.push(lease);
		return lease.start;
	}

	#takePiece(bytes: number): number {
		if (this.#pieces < 0) this.#pieces = this.#take(PIECES_BYTES);
		const start = this.#pieces + this.#used;
		const end = this.#used + Math.ceil(bytes / 8) * 8;
		if (this.#pieces < 0 || end > PIECES_BYTES) return -1;
		this.#used = end;
		return start;
	}
}
