/**
 * The duration from one value to another: in months, days and seconds, or in one of them alone. A value without a time of day
 * is taken at midnight; one without a day has the other's day (if any), one without a zone the other's zone. Months and days are
 * counted on the calendar (of the first value's zone), seconds on the line of time.
 */
import { type Int8, subtractInt8 } from '../int8.ts';
import { civilOfDays, NANOSECONDS_PER_SECOND } from './calendar.ts';
import { CypherDateTime } from './cypher-date-time.ts';
import { CypherDuration } from './cypher-duration.ts';
import { joinSeconds } from './cypher-local-date-time.ts';
import { plusMonths } from './duration-arithmetic.ts';
import { dayPart, type Instant, timePart, zonePart } from './temporal-value.ts';
import type { TemporalZone } from './temporal-zone.ts';

/** Both ends with what one has and the other lacks. */
interface Ends {
	readonly from: End;
	readonly to: End;
	/** False when neither end has a day. */
	readonly haveDays: boolean;
	/** The zone in which the end's calendar days are counted, or null. */
	readonly zone: TemporalZone | null;
}

/** A local day and time, and the seconds by which UTC is before it. */
interface End {
	readonly epochDay: number;
	readonly nanosecondOfDay: number;
	readonly offsetSeconds: number;
}

export function durationBetween(from: Instant, to: Instant): CypherDuration {
	const ends = commonEnds(from, to);
	if (!ends.haveDays) return secondsBetween(ends.from, ends.to, 0, 0);
	const target = inZoneOf(ends);
	const months = monthsUntil(ends.from, target);
	const afterMonths = at(plusMonths(ends.from.epochDay, months), ends.from, ends.zone);
	const days = daysUntil(afterMonths, target);
	return secondsBetween(at(afterMonths.epochDay + days, afterMonths, ends.zone), ends.to, months, days);
}

export function durationInMonths(from: Instant, to: Instant): CypherDuration {
	const ends = commonEnds(from, to);
	return new CypherDuration(ends.haveDays ? monthsUntil(ends.from, inZoneOf(ends)) : 0, 0, 0, 0);
}

export function durationInDays(from: Instant, to: Instant): CypherDuration {
	const ends = commonEnds(from, to);
	return new CypherDuration(0, ends.haveDays ? daysUntil(ends.from, inZoneOf(ends)) : 0, 0, 0);
}

export function durationInSeconds(from: Instant, to: Instant): CypherDuration {
	const ends = commonEnds(from, to);
	return secondsBetween(ends.from, ends.to, 0, 0);
}

function commonEnds(from: Instant, to: Instant): Ends {
	const fromDay = dayPart(from);
	const toDay = dayPart(to);
	const fromZone = zonePart(from);
	const toZone = zonePart(to);
	const zone = fromZone ?? toZone;
	return {
		from: endOf(from, fromDay ?? toDay ?? 0, fromZone ?? toZone),
		to: endOf(to, toDay ?? fromDay ?? 0, toZone ?? fromZone),
		haveDays: fromDay !== null || toDay !== null,
		zone,
	};
}

function endOf(value: Instant, epochDay: number, zone: TemporalZone | null): End {
	if (value instanceof CypherDateTime) return value;
	return at(epochDay, { epochDay, nanosecondOfDay: timePart(value) ?? 0, offsetSeconds: 0 }, zone);
}

/** The time of day of `end` on another day, with the zone's offset there. */
function at(epochDay: number, end: End, zone: TemporalZone | null): End {
	if (zone === null) return { epochDay, nanosecondOfDay: end.nanosecondOfDay, offsetSeconds: 0 };
	if (zone.name === null) return { epochDay, nanosecondOfDay: end.nanosecondOfDay, offsetSeconds: zone.offsetSeconds };
	return CypherDateTime.ofLocal(epochDay, end.nanosecondOfDay, zone);
}

/** The second end as the clock in the first one's zone shows it. */
function inZoneOf(ends: Ends): End {
	const { zone, to } = ends;
	if (zone === null || (zone.name === null && zone.offsetSeconds === to.offsetSeconds)) return to;
	return CypherDateTime.ofEpochSecond(secondOf(to), to.nanosecondOfDay % NANOSECONDS_PER_SECOND, zone);
}

function monthsUntil(from: End, to: End): number {
	const start = civilOfDays(from.epochDay);
	const end = civilOfDays(wholeDayBefore(from, to));
	// Days of a month are below 32: months and days as one number compare as dates do.
	const months = (end.year - start.year) * 12 + end.month - start.month;
	return Math.trunc((months * 32 + end.day - start.day) / 32) + 0;
}

function daysUntil(from: End, to: End): number {
	return wholeDayBefore(from, to) - from.epochDay;
}

/** The last day, seen from `from`, that is wholly reached at `to`. */
function wholeDayBefore(from: End, to: End): number {
	if (to.epochDay > from.epochDay && to.nanosecondOfDay < from.nanosecondOfDay) return to.epochDay - 1;
	if (to.epochDay < from.epochDay && to.nanosecondOfDay > from.nanosecondOfDay) return to.epochDay + 1;
	return to.epochDay;
}

function secondsBetween(from: End, to: End, months: number, days: number): CypherDuration {
	const nanoseconds = (to.nanosecondOfDay % NANOSECONDS_PER_SECOND) - (from.nanosecondOfDay % NANOSECONDS_PER_SECOND);
	return CypherDuration.of(months, days, subtractInt8(secondOf(to), secondOf(from)), nanoseconds);
}

function secondOf(end: End): Int8 {
	return joinSeconds(end.epochDay, Math.floor(end.nanosecondOfDay / NANOSECONDS_PER_SECOND) - end.offsetSeconds);
}
