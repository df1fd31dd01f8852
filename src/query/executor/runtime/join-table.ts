/**
 * The build side of a hash join: rows in columns, a map from key to the last row of the key, and a ring through the rows of
 * equal keys (`ring[last]` is the first), so that matches come in order of arrival and a row costs one map entry at most.
 *
 * A table that can refuse says when it `isFull`: then it is offered rows of keys that it has only, so that the rows of a key are
 * in the table all or none. When these are too many as well (`isOverfull`), `evict` gives up all rows.
 */
import { IntKeyMap } from './int-key-map.ts';
import { type MemoryAccount, outOfMemory } from './memory-account.ts';
import type { PutAsideRows } from './put-aside-rows.ts';
import { RowBuffer } from './row-buffer.ts';

/** About what a map entry and a ring entry take. */
const ENTRY_BYTES = 48;
const HARD_LIMIT_FACTOR = 3;

export class JoinTable extends RowBuffer {
	readonly last: Map<unknown, number> | IntKeyMap;
	readonly ring: number[] = [];
	/** A row whose key was null was met; a row was met. Of all rows, those put aside included. */
	hasNull = false;
	hasRows = false;
	/** No new keys: their rows go to an overflow. */
	isFull = false;
	isOverfull = false;
	/** Flags of rows that found a partner, for right and full joins. */
	readonly matched: boolean[] = [];
	#canRefuse = false;

	/** `intKeys`: every key is a 32-bit integer. */
	constructor(columnCount: number, intKeys = false) {
		super(columnCount, null, ENTRY_BYTES);
		this.last = intKeys ? new IntKeyMap() : new Map<unknown, number>();
	}

	override open(account: MemoryAccount): void {
		super.open(account);
		this.#canRefuse = false;
		this.hasNull = false;
		this.hasRows = false;
	}

	/** Opens a table at the limit of which rows are put aside; `again`: for rows that were put aside. */
	openPartial(account: MemoryAccount, canRefuse: boolean, again: boolean): void {
		if (again) super.open(account);
		else this.open(account);
		this.#canRefuse = canRefuse;
	}

	/** Enters the row counted last under its key, a 32-bit integer. */
	enterInt(key: number): void {
		const row = this.count - 1;
		const last = (this.last as IntKeyMap).swap(key, row);
		if (last === undefined) this.ring.push(row);
		else {
			this.ring.push(this.ring[last]!);
			this.ring[last] = row;
		}
	}

	/** Enters the row counted last under its key. */
	enter(key: unknown): void {
		const row = this.count - 1;
		const map = this.last as Map<unknown, number>;
		const last = map.get(key);
		if (last === undefined) this.ring.push(row);
		else {
			this.ring.push(this.ring[last]!);
			this.ring[last] = row;
		}
		map.set(key, row);
	}

	/** The row counted last has a null in its key: it is kept, but found by no key. */
	enterNull(): void {
		this.hasNull = true;
		this.ring.push(this.count - 1);
	}

	/** Starts new flags: no row has a partner. */
	openMatched(): void {
		this.matched.length = 0;
		for (let i = 0; i < this.count; i++) this.matched.push(false);
	}

	/** Puts all rows aside; the columns are all that is put aside of a row. */
	evict(rows: PutAsideRows): void {
		const isPut = new Uint8Array(this.count);
		const put = (key: unknown, row: number): void => {
			isPut[row] = 1;
			rows.put(
				key,
				this.columns.map((column) => column[row]),
			);
		};
		this.last.forEach((last, key) => {
			let row = this.ring[last]!;
			for (; row !== last; row = this.ring[row]!) put(key, row);
			put(key, last);
		});
		for (let row = 0; row < this.count; row++) if (isPut[row] === 0) put(null, row);
		this.#forget();
		this.isFull = true;
	}

	protected override overflow(): void {
		const account = this.account!;
		if (!this.#canRefuse) throw outOfMemory('the table of a hash join', account.limitBytes);
		if (this.weighedBytes < this.account!.minimumBytes) return;
		this.isOverfull = this.isFull && this.weighedBytes > account.minimumBytes * HARD_LIMIT_FACTOR && account.usedBytes > account.limitBytes * HARD_LIMIT_FACTOR;
		this.isFull = true;
	}

	override clear(): void {
		this.#forget();
		this.isFull = false;
		this.matched.length = 0;
	}

	#forget(): void {
		super.clear();
		this.last.clear();
		this.ring.length = 0;
		this.isOverfull = false;
	}
}
