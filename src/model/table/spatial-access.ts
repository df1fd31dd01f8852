/**
 * Reading a spatial index: the entries within a window.
 *
 * What a window gives is a superset of the rows asked for: cells are compared, not values, and both ends count as belonging to
 * it. Whoever reads checks the rows. Nulls are met only where the window leaves their dimension free, as a comparison with null
 * is never true; NaN lies above every number.
 */
import type { Keyspace } from '../../storage/contracts.ts';
import { CELL_INFINITY, CELL_NEGATIVE_INFINITY, CELL_NULL } from '../../storage/rtree/coordinate-frame.ts';
import { WindowCursor } from '../../storage/rtree/window-cursor.ts';
import type { Transaction } from '../../transaction/contracts.ts';
import type { SpatialKey } from './spatial-key.ts';

export class SpatialAccess {
	readonly key: SpatialKey;
	readonly keyspace: Keyspace;

	constructor(key: SpatialKey, keyspace: Keyspace) {
		this.key = key;
		this.keyspace = keyspace;
	}

	/** A reader of windows, to be used again and again by one execution. */
	window(): SpatialWindow {
		return new SpatialWindow(this);
	}
}

/** Calls: `begin`, `from` and `to` for the dimensions that are bounded, `open`, `next` until false; `close` at the end. */
export class SpatialWindow {
	readonly cursor: WindowCursor;
	readonly #access: SpatialAccess;
	readonly #isBounded: Uint8Array;
	#transaction: Transaction | null = null;
	#isEmpty = false;

	constructor(access: SpatialAccess) {
		this.#access = access;
		this.#isBounded = new Uint8Array(access.key.frames.length);
		this.cursor = new WindowCursor(access.key.frames.length, (lower) => this.#transaction!.cursor(access.keyspace, lower, null, false));
	}

	begin(): void {
		this.#isEmpty = false;
		this.#isBounded.fill(0);
		this.cursor.low.fill(CELL_NEGATIVE_INFINITY);
		this.cursor.high.fill(CELL_NULL);
	}

	/** Bounds a dimension from below; null: nothing matches. */
	from(dimension: number, coordinate: number | null): void {
		if (coordinate === null) {
			this.#isEmpty = true;
			return;
		}
		this.cursor.low[dimension] = this.#access.key.frames[dimension]!.cell(coordinate);
		this.#excludeNull(dimension);
	}

	/** Bounds a dimension from above; null: nothing matches. */
	to(dimension: number, coordinate: number | null): void {
		if (coordinate === null) {
			this.#isEmpty = true;
			return;
		}
		this.cursor.high[dimension] = this.#access.key.frames[dimension]!.cell(coordinate);
		this.#isBounded[dimension] = 1;
	}

	#excludeNull(dimension: number): void {
		if (this.#isBounded[dimension] === 0) this.cursor.high[dimension] = CELL_INFINITY;
	}

	open(transaction: Transaction): void {
		// A cursor belongs to the transaction that it was opened in.
		if (this.#transaction !== transaction) this.cursor.close();
		this.#transaction = transaction;
		this.cursor.open(this.#isEmpty);
	}

	close(): void {
		this.cursor.close();
		this.#transaction = null;
	}
}
