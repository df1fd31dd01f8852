/**
 * Dates and local times as timestamps, for comparison alone: beyond the range of timestamps too, where a conversion would fail.
 */
import { fromBigInt, type Int8 } from '../../value/int8.ts';
import type { TimeZone } from '../../value/time-zone.ts';

const MICROSECONDS_PER_DAY = 86_400_000_000;
const MICROSECONDS_PER_SECOND = 1_000_000;

const isInfinite = (value: Int8): boolean => value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;

/** Midnight of a date. */
export function comparableTimestamp(days: number): Int8 {
	if (isInfinite(days)) return days;
	const microseconds = days * MICROSECONDS_PER_DAY;
	return Number.isSafeInteger(microseconds) ? microseconds : fromBigInt(BigInt(days) * BigInt(MICROSECONDS_PER_DAY));
}

/** The instant of a local time. */
export function comparableInstant(local: Int8, zone: TimeZone): Int8 {
	if (isInfinite(local)) return local;
	const east = zone.offsetOfLocal(local) * MICROSECONDS_PER_SECOND;
	if (typeof local === 'number') {
		const instant = local - east;
		if (Number.isSafeInteger(instant)) return instant;
	}
	return fromBigInt(BigInt(local) - BigInt(east));
}
