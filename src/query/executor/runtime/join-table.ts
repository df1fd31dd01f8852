/**
 * The build side of a hash join: rows in columns, a map from key to the last row of the key, and a ring through the rows of
 * equal keys (`ring[last]` is the first), so that matches come in order of arrival and a row costs one map entry at most.
 */
import { IntKeyMap } from './int-key-map.ts';
import { outOfMemory } from './memory-account.ts';
import { RowBuffer } from './row-buffer.ts';

/** About what a map entry and a ring entry take. */
const ENTRY_BYTES = 48;
const HARD_LIMIT_FACTOR = 4;

export class JoinTable extends RowBuffer {
	readonly last: Map<unknown, number> | IntKeyMap;
	readonly ring: number[] = [];
	/** A row whose key was null was met. */
	hasNull = false;
	/** No new keys: their rows go to an overflow. */
	isFull = false;
	canRefuse = false;
	/** Flags of rows that found a partner, for right and full joins. */
	readonly matched: boolean[] = [];

	/** `intKeys`: every key is a 32-bit integer. */
	constructor(columnCount: number, intKeys = false) {
		super(columnCount);
		this.last = intKeys ? new IntKeyMap() : new Map<unknown, number>();
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

	override weigh(): void {
		this.account?.take((this.count - this.weighedCount) * ENTRY_BYTES);
		super.weigh();
	}

	/** At the limit a table that can refuse takes no new keys; rows of keys it has it takes up to a few times the limit. */
	protected override overflow(): void {
		const account = this.account!;
		if (!this.canRefuse || account.usedBytes > account.limitBytes * HARD_LIMIT_FACTOR) throw outOfMemory('the table of a hash join', account.limitBytes);
		this.isFull = true;
	}

	override clear(): void {
		super.clear();
		this.last.clear();
		this.ring.length = 0;
		this.hasNull = false;
		this.isFull = false;
		this.matched.length = 0;
	}
}
