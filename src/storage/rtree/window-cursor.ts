/**
 * Entries of a spatial index whose cells lie within a window, in the order of the curve.
 *
 * An entry's key begins with a place on the Hilbert curve (`hilbert-curve.ts`). The window is never cut into ranges beforehand:
 * an entry outside tells where the curve enters the window next, and the cursor goes there, by a few steps if it is near, else
 * by a seek. So the number of seeks is bounded by what is stored around the window, not by the window's shape.
 *
 * Calls: `open`, then `next` until false, `open` again …, `close`. The fields are those of the cursor below and are valid as
 * long. Cost: one conversion of a place an entry; no allocation but the bound of a seek.
 */
import type { Cursor } from '../contracts.ts';
import { type HilbertCurve, hilbertCurve } from './hilbert-curve.ts';

/** Entries read before it is worth a search: about as many as lie in a block behind the one at hand cost less than a seek. */
const STEPS_MAX = 12;

/** Opens a cursor on the index's keyspace, from `lower` on. */
export type OpenCursor = (lower: Uint8Array) => Cursor;

export class WindowCursor {
	keyBuffer: Uint8Array = new Uint8Array(0);
	keyStart = 0;
	keyEnd = 0;
	valueBuffer: Uint8Array = this.keyBuffer;
	valueStart = 0;
	valueEnd = 0;
	/** Cells of the window, both ends inclusive: set before `open`. */
	readonly low: Uint32Array;
	readonly high: Uint32Array;
	/** Searches made since the cursor was made. */
	seekCount = 0;
	readonly #curve: HilbertCurve;
	readonly #openCursor: OpenCursor;
	readonly #cell: Uint32Array;
	readonly #target: Uint8Array;
	#inner: Cursor | null = null;
	#isEmpty = true;

	constructor(dimensions: number, openCursor: OpenCursor) {
		this.#curve = hilbertCurve(dimensions);
		this.#openCursor = openCursor;
		this.low = new Uint32Array(dimensions);
		this.high = new Uint32Array(dimensions);
		this.#cell = new Uint32Array(dimensions);
		this.#target = new Uint8Array(this.#curve.placeBytes);
	}

	/** Stands before the first entry of the window; `isEmpty`: it has none, whatever its cells. */
	open(isEmpty: boolean): void {
		this.#isEmpty = isEmpty || !this.#curve.nextWithin(new Uint8Array(this.#curve.placeBytes), 0, this.low, this.high, this.#target);
		if (!this.#isEmpty) this.#seek();
	}

	next(): boolean {
		const inner = this.#inner;
		if (this.#isEmpty || inner === null || !inner.next()) return false;
		while (!this.#isWithin(inner)) {
			if (!this.#curve.nextWithin(inner.keyBuffer, inner.keyStart, this.low, this.high, this.#target)) {
				this.#isEmpty = true;
				return false;
			}
			if (!this.#advance(inner)) return false;
		}
		this.keyBuffer = inner.keyBuffer;
		this.keyStart = inner.keyStart;
		this.keyEnd = inner.keyEnd;
		this.valueBuffer = inner.valueBuffer;
		this.valueStart = inner.valueStart;
		this.valueEnd = inner.valueEnd;
		return true;
	}

	close(): void {
		this.#inner?.close();
		this.#inner = null;
		this.#isEmpty = true;
	}

	#seek(): void {
		const lower = this.#target.slice();
		this.seekCount++;
		if (this.#inner === null) this.#inner = this.#openCursor(lower);
		else this.#inner.seek(lower, null);
	}

	/** Goes to the first entry at or after `#target`. */
	#advance(inner: Cursor): boolean {
		for (let step = 0; step < STEPS_MAX; step++) {
			if (!inner.next()) return false;
			if (this.#hasReached(inner)) return true;
		}
		this.#seek();
		return inner.next();
	}

	#hasReached(inner: Cursor): boolean {
		const target = this.#target;
		const { keyBuffer, keyStart } = inner;
		for (let at = 0; at < target.length; at++) {
			const difference = keyBuffer[keyStart + at]! - target[at]!;
			if (difference !== 0) return difference > 0;
		}
		return true;
	}

	#isWithin(inner: Cursor): boolean {
		const { low, high } = this;
		const cell = this.#cell;
		this.#curve.decode(inner.keyBuffer, inner.keyStart, cell);
		for (let j = 0; j < cell.length; j++) if (cell[j]! < low[j]! || cell[j]! > high[j]!) return false;
		return true;
	}
}
