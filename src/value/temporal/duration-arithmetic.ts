/**
 * Sums of durations, durations times and divided by numbers, and durations added to dates and times. To a date months, then days,
 * then whole days of the seconds are added; to a time of day only seconds and nanoseconds, around midnight; to a datetime months
 * and days on the calendar of its zone, and seconds on the line of time.
 */
import { cypherError } from '../../platform/cypher-errors.ts';
import { addInt8, fromBigInt, type Int8, multiplyInt8, negateInt8 } from '../int8.ts';
import {
	checkEpochDay,
	checkField,
	civilOfDays,
	daysInMonth,
	daysOfCivil,
	NANOSECONDS_PER_DAY,
	NANOSECONDS_PER_SECOND,
	positiveModulo,
	SECONDS_PER_DAY,
	YEAR_MAX,
	YEAR_MIN,
} from './calendar.ts';
import { CypherDate } from './cypher-date.ts';
import { CypherDateTime } from './cypher-date-time.ts';
import { CypherDuration } from './cypher-duration.ts';
import { CypherLocalDateTime } from './cypher-local-date-time.ts';
import { CypherLocalTime } from './cypher-local-time.ts';
import { CypherTime } from './cypher-time.ts';
import { durationOfParts } from './duration-construction.ts';
import { type Fraction, fractionOf } from './exact-number.ts';
import type { Instant } from './temporal-value.ts';

export function addDurations(left: CypherDuration, right: CypherDuration): CypherDuration {
	return CypherDuration.of(left.months + right.months, left.days + right.days, addInt8(left.seconds, right.seconds), left.nanoseconds + right.nanoseconds);
}

export function subtractDurations(left: CypherDuration, right: CypherDuration): CypherDuration {
	return addDurations(left, negateDuration(right));
}

export function negateDuration(duration: CypherDuration): CypherDuration {
	return CypherDuration.of(0 - duration.months, 0 - duration.days, negateInt8(duration.seconds), 0 - duration.nanoseconds);
}

/** Every part by itself; fractions of months and days are carried down. */
export function multiplyDuration(duration: CypherDuration, factor: Int8): CypherDuration {
	if (typeof factor === 'number' && Number.isSafeInteger(factor)) {
		return CypherDuration.of(
			multiplyInt8(duration.months, factor),
			multiplyInt8(duration.days, factor),
			multiplyInt8(duration.seconds, factor),
			multiplyInt8(duration.nanoseconds, factor),
		);
	}
	return scaleDuration(duration, fractionOf(factor));
}

/** An ArithmeticError for zero. */
export function divideDuration(duration: CypherDuration, divisor: Int8): CypherDuration {
	const { numerator, denominator } = fractionOf(divisor);
	if (numerator === 0n) throw cypherError('ArithmeticError', 'division by zero', { sqlstate: '22012' });
	return scaleDuration(duration, numerator < 0n ? { numerator: -denominator, denominator: -numerator } : { numerator: denominator, denominator: numerator });
}

function scaleDuration(duration: CypherDuration, { numerator, denominator }: Fraction): CypherDuration {
	const scaled = (value: Int8): Fraction => ({ numerator: BigInt(value) * numerator, denominator });
	return durationOfParts(scaled(duration.months), scaled(duration.days), scaled(duration.seconds), scaled(duration.nanoseconds));
}

/** The same kind of value later by a duration; an ArgumentError when the year is out of range. */
export function addToInstant<T extends Instant>(instant: T, duration: CypherDuration): T;
export function addToInstant(instant: Instant, duration: CypherDuration): Instant {
	if (instant instanceof CypherDate) {
		const days = plusDays(plusMonths(instant.epochDay, duration.months), duration.days + wholeDays(duration));
		return new CypherDate(days);
	}
	if (instant instanceof CypherLocalTime) return new CypherLocalTime(aroundMidnight(instant.nanosecondOfDay, duration));
	if (instant instanceof CypherTime) return new CypherTime(aroundMidnight(instant.nanosecondOfDay, duration), instant.offsetSeconds);
	const day = plusDays(plusMonths(instant.epochDay, duration.months), duration.days);
	if (instant instanceof CypherLocalDateTime) {
		return plusSeconds(new CypherLocalDateTime(day, instant.nanosecondOfDay), duration.seconds, duration.nanoseconds);
	}
	const moved = day === instant.epochDay ? instant : CypherDateTime.ofLocal(day, instant.nanosecondOfDay, instant.zone);
	if (duration.seconds === 0 && duration.nanoseconds === 0) return moved;
	const nanosecond = moved.nanosecond + duration.nanoseconds;
	const carried = nanosecond >= NANOSECONDS_PER_SECOND ? 1 : 0;
	const second = addInt8(addInt8(moved.epochSecond, duration.seconds), carried);
	return CypherDateTime.ofEpochSecond(second, nanosecond - carried * NANOSECONDS_PER_SECOND, instant.zone);
}

export function subtractFromInstant<T extends Instant>(instant: T, duration: CypherDuration): T {
	return addToInstant(instant, negateDuration(duration));
}

/** A day some months later, in a shorter month its last day. */
export function plusMonths(epochDay: number, months: number): number {
	if (months === 0) return epochDay;
	const { year, month, day } = civilOfDays(epochDay);
	const total = year * 12 + (month - 1) + months;
	const newYear = checkField('year', Math.floor(total / 12), YEAR_MIN, YEAR_MAX);
	const newMonth = positiveModulo(total, 12) + 1;
	return daysOfCivil(newYear, newMonth, Math.min(day, daysInMonth(newYear, newMonth)));
}

function plusDays(epochDay: number, days: number): number {
	return checkEpochDay(epochDay + days);
}

function plusSeconds(instant: CypherLocalDateTime, seconds: Int8, nanoseconds: number): CypherLocalDateTime {
	const { days, nanosecondOfDay } = splitDuration(seconds, nanoseconds);
	const time = instant.nanosecondOfDay + nanosecondOfDay;
	const carried = time >= NANOSECONDS_PER_DAY ? 1 : 0;
	return new CypherLocalDateTime(plusDays(instant.epochDay, days + carried), time - carried * NANOSECONDS_PER_DAY);
}

function aroundMidnight(nanosecondOfDay: number, duration: CypherDuration): number {
	return (nanosecondOfDay + splitDuration(duration.seconds, duration.nanoseconds).nanosecondOfDay) % NANOSECONDS_PER_DAY;
}

/** Days (rounded down) and the nanoseconds past them. */
function splitDuration(seconds: Int8, nanoseconds: number): { readonly days: number; readonly nanosecondOfDay: number } {
	const total = BigInt(seconds);
	const perDay = BigInt(SECONDS_PER_DAY);
	const rest = typeof seconds === 'number' ? positiveModulo(seconds, SECONDS_PER_DAY) : Number(((total % perDay) + perDay) % perDay);
	const days = typeof seconds === 'number' ? (seconds - rest) / SECONDS_PER_DAY : Number(fromBigInt((total - BigInt(rest)) / perDay));
	return { days, nanosecondOfDay: rest * NANOSECONDS_PER_SECOND + nanoseconds };
}

/** Days in a duration's seconds, towards zero. */
function wholeDays(duration: CypherDuration): number {
	const { days, nanosecondOfDay } = splitDuration(duration.seconds, duration.nanoseconds);
	return days < 0 && nanosecondOfDay > 0 ? days + 1 : days;
}
