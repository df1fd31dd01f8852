/**
 * Rows of a table in the order of their distance from a point, by a spatial index (`storage/rtree/nearest-search.ts`). The
 * distance is that of the row's own values, as the functions `polylog.distance` and `polylog.box_distance` give it; rows
 * without one come last.
 *
 * Calls: `open`, `next` until false, `open` again …, `close`. The fields describe a row's key and bytes, and stay as they are.
 */
import { sqlError } from '../../platform/errors.ts';
import type { Slot } from '../../storage/contracts.ts';
import { type Coordinates, distanceFrom, leastDistance, type Metric, originDimensions } from '../../storage/rtree/distance.ts';
import { type Found, NearestSearch, type NearestSource } from '../../storage/rtree/nearest-search.ts';
import type { IndexObject } from '../../transaction/catalog-objects.ts';
import type { Transaction } from '../../transaction/contracts.ts';
import { GrowingKeyBuffer } from '../../value/key-buffer.ts';
import type { ColumnGetter, IndexAccess, TableAccess } from './contracts.ts';
import type { SpatialAccess } from './spatial-access.ts';

interface Row {
	readonly key: Uint8Array;
	readonly bytes: Uint8Array;
}

export class NearestRows {
	keyBuffer: Uint8Array = new Uint8Array(0);
	readonly keyStart = 0;
	keyEnd = 0;
	valueBuffer: Uint8Array = this.keyBuffer;
	readonly valueStart = 0;
	valueEnd = 0;
	readonly #access: TableAccess;
	readonly #index: IndexAccess;
	readonly #spatial: SpatialAccess;
	readonly #metric: Metric;
	readonly #getters: readonly ColumnGetter[];
	readonly #rowKey = new GrowingKeyBuffer(64);
	readonly #slot: Slot = { buffer: this.keyBuffer, start: 0, end: 0 };
	#search: NearestSearch<Row> | null = null;

	constructor(access: TableAccess, index: IndexObject, metric: Metric) {
		this.#access = access;
		this.#index = access.indexAccess(index);
		this.#spatial = this.#index.spatial!;
		this.#metric = metric;
		this.#getters = index.columns.map((column) => access.getter(column.column));
	}

	/** Stands before the nearest row. `origin` null: no row has a distance. */
	open(transaction: Transaction, origin: Coordinates | null): void {
		this.close();
		this.#search = new NearestSearch(this.#getters.length, this.#source(transaction, origin));
	}

	next(): boolean {
		const found = this.#search?.next() ?? null;
		if (found === null) return false;
		this.keyBuffer = found.row.key;
		this.keyEnd = this.keyBuffer.length;
		this.valueBuffer = found.row.bytes;
		this.valueEnd = this.valueBuffer.length;
		return true;
	}

	close(): void {
		this.#search?.close();
		this.#search = null;
	}

	#source(transaction: Transaction, origin: Coordinates | null): NearestSource<Row> {
		const { key, keyspace } = this.#spatial;
		const asked = origin ?? [];
		const measurable = origin === null ? null : requireDimensions(this.#metric, this.#getters.length, origin);
		return {
			open: (lower, upper) => transaction.cursor(keyspace, lower, upper, false),
			bound: (low, high) => leastDistance(this.#metric, key.frames, low, high, asked),
			resolve: (entryKey, value) => this.#resolve(transaction, measurable, entryKey, value),
		};
	}

	#resolve(transaction: Transaction, origin: Coordinates | null, key: Uint8Array, value: Uint8Array): Found<Row> | null {
		const rowKey = this.#rowKey;
		const slot = this.#slot;
		this.#index.rowKey(key, 0, key.length, value, 0, value.length, rowKey);
		if (!transaction.get(this.#access.rows, rowKey.bytes, rowKey.length, slot)) return null;
		const row: Row = { key: rowKey.copy(), bytes: slot.buffer.slice(slot.start, slot.end) };
		const coordinates = this.#getters.map((getter, j) => {
			const column = getter(row.bytes, 0, row.bytes.length);
			return column === null ? null : this.#spatial.key.coordinates[j]!(column as never);
		});
		return { distance: origin === null ? null : distanceFrom(this.#metric, coordinates, origin), row };
	}
}

/** The origin, which has as many coordinates as the metric wants for things of so many dimensions; else an error. */
export function requireDimensions(metric: Metric, dimensions: number, origin: Coordinates): Coordinates {
	if (metric === 'box' && dimensions % 2 !== 0) throw sqlError('22023', `a box has a lower and an upper bound for each dimension, not ${dimensions} bounds`);
	if (originDimensions(metric, dimensions) === origin.length) return origin;
	const what = metric === 'box' ? `box of ${dimensions / 2}` : `point of ${dimensions}`;
	throw sqlError('22023', `a ${what} dimensions has no distance from a point of ${origin.length}`);
}
