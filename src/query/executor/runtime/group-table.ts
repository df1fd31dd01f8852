/**
 * Groups of a hash aggregate: a map from key to group number per grouping set, group values and aggregate states in columns by
 * group number. Generated code looks up, pushes and updates the arrays itself.
 */
import { IntKeyMap } from './int-key-map.ts';
import { type MemoryAccount, outOfMemory } from './memory-account.ts';
import { MixedKeyMap } from './mixed-key-map.ts';
import type { RowSet } from './row-set.ts';

const WEIGH_GROUPS = 16;
/** About what a map entry takes. */
const ENTRY_BYTES = 48;
/** About what a value or a state takes in its column. */
const VALUE_BYTES = 24;

export type GroupKeys = 'integers' | 'mixed' | 'others';

export class GroupTable {
	/** One per grouping set. */
	readonly maps: (Map<unknown, number> | IntKeyMap | MixedKeyMap)[];
	/** Values of the group expressions; null where the set leaves one out. */
	readonly columns: unknown[][];
	readonly states: unknown[][];
	/** The grouping set of each group. */
	readonly sets: number[] = [];
	count = 0;
	/** No new groups: their rows go to an overflow. */
	isFull = false;
	#canRefuse = false;
	#account: MemoryAccount | null = null;
	#takenBytes = 0;

	/** States that are sets of values. */
	readonly #seenAt: readonly number[];

	/** `keys`: for each set, what its keys are: 32-bit integers or null, perhaps integers, or texts and the like; `seenAt`: which states are sets of values. */
	constructor(keys: readonly GroupKeys[], columnCount: number, stateCount: number, seenAt: readonly number[] = []) {
		this.#seenAt = seenAt;
		this.maps = keys.map((kind) => (kind === 'integers' ? new IntKeyMap() : kind === 'mixed' ? new MixedKeyMap() : new Map<unknown, number>()));
		this.columns = Array.from({ length: columnCount }, () => []);
		this.states = Array.from({ length: stateCount }, () => []);
	}

	/** With `canRefuse`, a table at its limit says so in `isFull` instead of failing. */
	open(account: MemoryAccount, canRefuse = false): void {
		this.clear();
		this.#account = account;
		this.#canRefuse = canRefuse;
	}

	/** Enters a key that is new; returns its group number. */
	add(set: number, key: unknown): number {
		const group = this.count++;
		(this.maps[set] as Map<unknown, number>).set(key, group);
		this.sets.push(set);
		if (this.count % WEIGH_GROUPS === 0) this.#weigh();
		return group;
	}

	#weigh(): void {
		const bytes = WEIGH_GROUPS * (ENTRY_BYTES + VALUE_BYTES * (this.columns.length + this.states.length));
		this.#takenBytes += bytes;
		if (this.#account === null || this.#account.take(bytes)) return;
		if (!this.#canRefuse) throw outOfMemory('a hash aggregate', this.#account.limitBytes);
		this.isFull = this.#takenBytes >= this.#account.minimumBytes;
	}

	clear(): void {
		if (this.count === 0) return;
		for (const map of this.maps) map.clear();
		for (const column of this.columns) column.length = 0;
		for (const at of this.#seenAt) for (const set of this.states[at]!) (set as RowSet).clear();
		for (const states of this.states) states.length = 0;
		this.sets.length = 0;
		this.count = 0;
		this.isFull = false;
		this.#account?.give(this.#takenBytes);
		this.#takenBytes = 0;
	}
}
