/**
 * Statistics of a column from the values that a random sample of its table's rows has: the share of nulls, the number of distinct values, the
 * most common of them, and bounds that part the others into buckets of equally many rows.
 *
 * The number of distinct values is estimated from how many occur just once (Haas and Stokes 1998, the estimator Duj1), as
 * PostgreSQL does. Cost: a look-up in a map for each value, and a sort of those that differ.
 */
import type { Equality, Ordering } from '../../query/functions/contracts.ts';
import type { ColumnStatistics, CommonValue } from '../../query/optimizer/value-statistics.ts';

/** How the values of a column are told apart; null for either: they are not. */
export interface ValueKind {
	readonly equality: Equality | null;
	readonly ordering: Ordering | null;
	/** Whether a value may be kept as it is: not one that was cut off. */
	readonly isWhole: (value: unknown) => boolean;
	readonly widthOf: (value: unknown) => number;
}

interface Occurrences {
	readonly value: unknown;
	count: number;
}

/** A value is common when it occurs so much more often than values do on the average. */
const COMMON_FACTOR = 1.25;
/** From this share of distinct values among the rows on, their number is taken to grow with the table. */
const GROWING_SHARE = 0.1;

/** `values`: of the rows of the sample, null among them. `rows`: of the whole table. `target`: most common values and buckets at most. */
export function summarizeValues(values: readonly unknown[], rows: number, target: number, kind: ValueKind): ColumnStatistics {
	const sampled = values.length;
	let nulls = 0;
	let bytes = 0;
	const found = new Map<unknown, Occurrences>();
	for (const value of values) {
		if (value === null) {
			nulls++;
			continue;
		}
		bytes += kind.widthOf(value);
		if (kind.equality === null) continue;
		const key = kind.equality.key(value);
		const known = found.get(key);
		if (known === undefined) found.set(key, { value, count: 1 });
		else known.count++;
	}
	const present = sampled - nulls;
	const nullShare = sampled === 0 ? 0 : nulls / sampled;
	const width = present === 0 ? 0 : bytes / present;
	const all = [...found.values()];
	const presentRows = sampled === 0 ? 0 : Math.round((rows * present) / sampled);
	const distinct = all.length === 0 ? 0 : distinctValues(all, present, presentRows);
	const isGrowing = distinct > presentRows * GROWING_SHARE;
	const { ordering } = kind;
	if (ordering === null) return { nullShare, distinct, isGrowing, width, common: [], bounds: [], ordering };
	const common = commonValues(all, sampled, present, target, distinct, kind);
	const commonKeys = new Set(common.map((one) => kind.equality!.key(one.value)));
	const others = all.filter((one) => !commonKeys.has(kind.equality!.key(one.value))).sort((a, b) => ordering.compare(a.value, b.value));
	return { nullShare, distinct, isGrowing, width, common, bounds: boundsOf(others, target), ordering };
}

function distinctValues(all: readonly Occurrences[], sampled: number, rows: number): number {
	const once = all.reduce((count, one) => count + (one.count === 1 ? 1 : 0), 0);
	// Every value that there is was met more than once: there are hardly any more.
	if (once === 0 || sampled >= rows) return all.length;
	if (once === sampled) return rows;
	const estimated = (sampled * all.length) / (sampled - once + (once * sampled) / rows);
	return Math.round(Math.min(rows, Math.max(all.length, estimated)));
}

function commonValues(all: readonly Occurrences[], sampled: number, present: number, target: number, distinct: number, kind: ValueKind): CommonValue[] {
	const isAll = all.length <= target && distinct <= all.length && all.every((one) => one.count > 1);
	const least = isAll ? 1 : Math.max(2, (present / Math.max(1, distinct)) * COMMON_FACTOR);
	return all
		.filter((one) => one.count >= least && kind.isWhole(one.value))
		.sort((a, b) => b.count - a.count)
		.slice(0, target)
		.map((one) => ({ value: one.value, share: one.count / sampled }));
}

/** Bounds of buckets that hold equally many rows; none for fewer than two values. */
function boundsOf(others: readonly Occurrences[], target: number): unknown[] {
	if (others.length < 2) return [];
	const rows = others.reduce((sum, one) => sum + one.count, 0);
	const buckets = Math.min(target, others.length - 1);
	const bounds: unknown[] = [others[0]!.value];
	let at = 0;
	let passed = others[0]!.count;
	for (let bucket = 1; bucket < buckets; bucket++) {
		while (passed < (rows * bucket) / buckets) passed += others[++at]!.count;
		if (others[at]!.value !== bounds.at(-1)) bounds.push(others[at]!.value);
	}
	bounds.push(others.at(-1)!.value);
	return bounds;
}
