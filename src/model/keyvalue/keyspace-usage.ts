/**
 * How keyspaces are used: counters of each, since the database was opened. They say what a workload consists of, so that it can be tried
 * on other engines, and are shown with the statistics of the database. To count is an addition to an element of a typed array.
 */
import type { KeyspaceObject } from '../../transaction/catalog-objects.ts';
import type { TransactionManager } from '../../transaction/manager.ts';

/** `keyBytes`: of gets, puts and deletes; `valueBytes`: of puts and of what gets found; `rangeEntries`: entries that ranges and scans visited. */
export const USAGE_COUNTERS = ['gets', 'found', 'puts', 'deletes', 'ranges', 'rangeEntries', 'keyBytes', 'valueBytes'] as const;
export type UsageCounter = (typeof USAGE_COUNTERS)[number];

const GETS = 0;
const FOUND = 1;
const PUTS = 2;
const DELETES = 3;
const RANGES = 4;
const RANGE_ENTRIES = 5;
const KEY_BYTES = 6;
const VALUE_BYTES = 7;

export class KeyspaceUsage {
	readonly id: number;
	readonly name: string;
	readonly keyspaceId: number;
	readonly #counts: Float64Array;

	constructor({ id, name, keyspaceId }: KeyspaceObject) {
		this.id = id;
		this.name = name;
		this.keyspaceId = keyspaceId;
		this.#counts = new Float64Array(USAGE_COUNTERS.length);
	}

	/** `valueBytes`: −1 when nothing was found. */
	get(keyBytes: number, valueBytes: number): void {
		const counts = this.#counts;
		counts[GETS]!++;
		counts[KEY_BYTES]! += keyBytes;
		if (valueBytes < 0) return;
		counts[FOUND]!++;
		counts[VALUE_BYTES]! += valueBytes;
	}

	/** A put, or a delete, whose `valueBytes` are −1. */
	change(keyBytes: number, valueBytes: number): void {
		const counts = this.#counts;
		counts[KEY_BYTES]! += keyBytes;
		if (valueBytes < 0) {
			counts[DELETES]!++;
			return;
		}
		counts[PUTS]!++;
		counts[VALUE_BYTES]! += valueBytes;
	}

	range(entries: number): void {
		this.#counts[RANGES]!++;
		this.#counts[RANGE_ENTRIES]! += entries;
	}

	counts(): Readonly<Record<UsageCounter, number>> {
		return Object.fromEntries(USAGE_COUNTERS.map((name, at) => [name, this.#counts[at]!])) as Record<UsageCounter, number>;
	}
}

/** By database, then by the keyspace's object. */
const usages = new WeakMap<TransactionManager, Map<number, KeyspaceUsage>>();

/** The counters of a keyspace, the same for all who use it. */
export function usageOf(manager: TransactionManager, object: KeyspaceObject): KeyspaceUsage {
	let ofDatabase = usages.get(manager);
	if (ofDatabase === undefined) usages.set(manager, (ofDatabase = new Map()));
	let usage = ofDatabase.get(object.id);
	if (usage === undefined) ofDatabase.set(object.id, (usage = new KeyspaceUsage(object)));
	return usage;
}

/** Those of all keyspaces that were used since the database was opened. */
export function allUsages(manager: TransactionManager): Iterable<KeyspaceUsage> {
	return usages.get(manager)?.values() ?? [];
}
