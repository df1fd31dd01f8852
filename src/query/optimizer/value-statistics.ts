/**
 * What is known of a column's values, and the shares of rows that it promises: the most common values by themselves, all others
 * by a histogram whose buckets hold equally many rows (Piatetsky-Shapiro and Connell 1984), as PostgreSQL keeps them. Values
 * are assumed to be spread evenly within a bucket, and all values that are not common to be equally frequent.
 *
 * Where such statistics come from is not said here (`database/value-statistics/`); they may be old, and are estimates in any case.
 */
import type { TableObject } from '../../transaction/catalog-objects.ts';
import type { Ordering } from '../functions/contracts.ts';

export interface CommonValue {
	readonly value: unknown;
	/** Of all rows. */
	readonly share: number;
}

export interface ColumnStatistics {
	/** Of all rows. */
	readonly nullShare: number;
	/** Distinct values when the statistics were made, null aside; 0: not known. */
	readonly distinct: number;
	/** Values come with rows: there are more when the table is larger. */
	readonly isGrowing: boolean;
	/** Bytes of a value, on the average. */
	readonly width: number;
	/** Most frequent first. */
	readonly common: readonly CommonValue[];
	/** Bounds of the buckets of the values that are not common, ascending, the least and the greatest included; empty: not known. */
	readonly bounds: readonly unknown[];
	/** null: the type has no order, and there are neither common values nor bounds. */
	readonly ordering: Ordering | null;
}

export interface TableStatistics {
	/** How many rows there were, and the time when the statistics were made. */
	readonly rows: number;
	readonly madeUs: number;
	/** By attribute number. */
	readonly columns: ReadonlyMap<number, ColumnStatistics>;
}

/** The statistics of one column of a table that has so many rows by now. */
export interface KnownColumn {
	readonly table: TableObject;
	readonly attribute: number;
	readonly statistics: ColumnStatistics;
	/** Distinct values in the table as it is. */
	readonly distinct: number;
}

/** An estimate hangs on the value of a parameter. */
export interface ValueUse {
	/** From 0. */
	readonly parameter: number;
	/** Two of the same name say the same. */
	readonly name: string;
	/** The share of rows that the predicate lets through when the parameter has this value. */
	share(value: unknown): number;
}

/** Distinct values of a column when its table has `rows` rows, and had `rowsThen` when the statistics were made; 0: not known. */
export function distinctIn(statistics: ColumnStatistics, rows: number, rowsThen: number): number {
	const { distinct, isGrowing } = statistics;
	const now = isGrowing && rowsThen > 0 ? (distinct / rowsThen) * rows : distinct;
	return distinct === 0 ? 0 : Math.max(1, Math.min(now, rows));
}

/** The share of rows that have a value: one that is given, or (undefined) some value that the column has. */
export function equalShare({ statistics, distinct }: KnownColumn, value: unknown): number | null {
	const { common, ordering, nullShare } = statistics;
	if (distinct === 0) return null;
	if (value === undefined) return (1 - nullShare) / distinct;
	if (value === null) return 0;
	const found = ordering === null ? undefined : common.find((one) => ordering.compare(one.value, value) === 0);
	if (found !== undefined) return found.share;
	const others = distinct - common.length;
	// What is not among the values, when all are known, was not there then.
	return others < 1 ? restShare(statistics) / 10 : restShare(statistics) / others;
}

/** The share of rows whose values lie before `value` (with `inclusive`, or are the same); null where that is not known. */
export function shareBelow({ statistics }: KnownColumn, value: unknown, inclusive: boolean): number | null {
	const { common, bounds, ordering } = statistics;
	if (ordering === null || (bounds.length < 2 && common.length === 0)) return null;
	let share = 0;
	for (const one of common) {
		const order = ordering.compare(one.value, value);
		if (order < 0 || (inclusive && order === 0)) share += one.share;
	}
	return share + restShare(statistics) * placeAmong(bounds, value, ordering);
}

/** The share of rows whose values lie between two, each undefined where there is no end; null where that is not known. */
export function shareBetween(known: KnownColumn, lower: RangeEnd | null, upper: RangeEnd | null): number | null {
	const below = upper === null ? 1 - known.statistics.nullShare : shareBelow(known, upper.value, upper.inclusive);
	const before = lower === null ? 0 : shareBelow(known, lower.value, !lower.inclusive);
	if (below === null || before === null) return null;
	// A range that is thought to be empty may have some rows of a single value.
	return Math.max(below - before, (equalShare(known, undefined) ?? 0) / 2, 0);
}

export interface RangeEnd {
	readonly value: unknown;
	readonly inclusive: boolean;
}

/** Rows with values that are neither common nor null. */
function restShare({ common, nullShare }: ColumnStatistics): number {
	return Math.max(0, 1 - nullShare - common.reduce((sum, one) => sum + one.share, 0));
}

/** Where a value lies among the bounds: 0 before all of them, 1 behind. */
function placeAmong(bounds: readonly unknown[], value: unknown, ordering: Ordering): number {
	const last = bounds.length - 1;
	if (last < 1 || ordering.compare(value, bounds[0]) <= 0) return 0;
	if (ordering.compare(value, bounds[last]) >= 0) return 1;
	let low = 0;
	let high = last;
	while (high - low > 1) {
		const middle = (low + high) >> 1;
		if (ordering.compare(bounds[middle], value) <= 0) low = middle;
		else high = middle;
	}
	return (low + placeWithin(bounds[low], bounds[high], value)) / last;
}

/** Where a value lies between two others, from 0 to 1; a half for values that are no numbers in any way. */
function placeWithin(lower: unknown, upper: unknown, value: unknown): number {
	const [from, to, at] = typeof value === 'string' ? textPlaces(lower, upper, value) : [lower, upper, value].map(numberOf);
	const place = (at! - from!) / (to! - from!);
	return Number.isFinite(place) ? Math.min(1, Math.max(0, place)) : 0.5;
}

function numberOf(value: unknown): number {
	if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
	const toNumber = (value as { readonly toNumber?: () => number }).toNumber;
	return toNumber === undefined ? Number.NaN : toNumber.call(value);
}

/** Texts as numbers, by the four characters behind what all of them begin with. */
function textPlaces(lower: unknown, upper: unknown, value: string): number[] {
	const texts = [String(lower), String(upper), value];
	let same = 0;
	while (same < value.length && texts.every((text) => text.charCodeAt(same) === value.charCodeAt(same))) same++;
	return texts.map((text) => {
		let number = 0;
		for (let i = 0; i < 4; i++) number = number * 65_536 + (text.charCodeAt(same + i) || 0);
		return number;
	});
}
