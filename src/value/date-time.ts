/**
 * Dates, times and timestamps: the proleptic Gregorian calendar and arithmetic. Dates are days, timestamps microseconds since
 * 1970-01-01, ±Infinity for infinity; a timestamp without time zone counts as if local time were UTC. Year 0 is 1 BC.
 *
 * Source: PostgreSQL 15 `timestamp.c` and `date.c` for ranges and for the meaning of month arithmetic and age().
 */
import { sqlError } from '../platform/errors.ts';
import { addInt8, fromBigInt, type Int8, subtractInt8 } from './int8.ts';
import { Interval, justifyHours, MICROSECONDS_PER_DAY, roundMicroseconds } from './interval.ts';
import type { TimeZone } from './time-zone.ts';

export interface DateParts {
	year: number;
	month: number;
	day: number;
}

export interface TimestampParts extends DateParts {
	hour: number;
	minute: number;
	second: number;
	microsecond: number;
}

/** timetz: microseconds since midnight, local, and the zone in seconds east of UTC. */
export class TimeTz {
	readonly microseconds: number;
	readonly secondsEast: number;

	constructor(microseconds: number, secondsEast: number) {
		this.microseconds = microseconds;
		this.secondsEast = secondsEast;
	}
}

/** By the instant, then the zone further east first. */
export function compareTimeTz(left: TimeTz, right: TimeTz): number {
	const a = left.microseconds - left.secondsEast * 1e6;
	const b = right.microseconds - right.secondsEast * 1e6;
	return a !== b ? a - b : right.secondsEast - left.secondsEast;
}

/** Julian day 0, 4714-11-24 BC. */
const DATE_MIN = -2_440_588;
const DATE_END = 2_145_042_906;
const TIMESTAMP_MIN = -210_866_803_200_000_000n;
const TIMESTAMP_END = 9_224_318_016_000_000_000n;
const JULIAN_DAY_OF_EPOCH = 2_440_588;

/** Months past 12 and days past the month's end carry over. */
export function daysFromParts(year: number, month: number, day: number): number {
	// Years that begin in March put the leap day last.
	const shiftedYear = month <= 2 ? year - 1 : year;
	const era = Math.floor(shiftedYear / 400);
	const yearOfEra = shiftedYear - era * 400;
	const dayOfYearFromMarch = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
	return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYearFromMarch - 719_468;
}

export function partsOfDate(days: number): DateParts {
	const shifted = days + 719_468;
	const era = Math.floor(shifted / 146_097);
	const dayOfEra = shifted - era * 146_097;
	const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365);
	const dayFromMarch = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
	const monthFromMarch = Math.floor((5 * dayFromMarch + 2) / 153);
	const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
	return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day: dayFromMarch - Math.floor((153 * monthFromMarch + 2) / 5) + 1 };
}

/** Days since 1970 of a timestamp, rounded down. */
export function timestampToDate(timestamp: Int8): number {
	if (typeof timestamp === 'number') return Number.isFinite(timestamp) ? Math.floor(timestamp / MICROSECONDS_PER_DAY) : timestamp;
	const quotient = timestamp / 86_400_000_000n;
	return Number(timestamp < 0n && quotient * 86_400_000_000n !== timestamp ? quotient - 1n : quotient);
}

/** Microseconds since midnight. */
export function timestampToTime(timestamp: Int8): number {
	const days = timestampToDate(timestamp);
	if (typeof timestamp === 'number') return timestamp - days * MICROSECONDS_PER_DAY;
	return Number(timestamp - BigInt(days) * 86_400_000_000n);
}

export function partsOfTimestamp(timestamp: Int8): TimestampParts {
	const time = timestampToTime(timestamp);
	const { year, month, day } = partsOfDate(timestampToDate(timestamp));
	const second = Math.floor(time / 1e6);
	return { year, month, day, hour: Math.floor(second / 3600), minute: Math.floor(second / 60) % 60, second: second % 60, microsecond: time - second * 1e6 };
}

/** Days and microseconds since midnight as a timestamp; not checked against the range. */
export function timestampFromDays(days: number, microseconds: number): Int8 {
	const sum = days * MICROSECONDS_PER_DAY + microseconds;
	if (Number.isSafeInteger(sum)) return sum;
	return fromBigInt(BigInt(days) * 86_400_000_000n + BigInt(microseconds));
}

export function timestampFromParts(parts: TimestampParts): Int8 {
	const time = ((parts.hour * 60 + parts.minute) * 60 + parts.second) * 1e6 + parts.microsecond;
	return checkTimestamp(timestampFromDays(daysFromParts(parts.year, parts.month, parts.day), time));
}

export function isLeapYear(year: number): boolean {
	return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

export function daysInMonth(year: number, month: number): number {
	if (month === 2) return isLeapYear(year) ? 29 : 28;
	return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** 22008 when a finite value is outside PostgreSQL's range. */
export function checkDate(days: number): number {
	if ((days < DATE_MIN || days >= DATE_END) && Number.isFinite(days)) throw sqlError('22008', 'date out of range');
	return days;
}

export function checkTimestamp(timestamp: Int8): Int8 {
	if (!isTimestampInRange(timestamp)) throw timestampOutOfRange();
	return timestamp;
}

export function isTimestampInRange(timestamp: Int8): boolean {
	if (typeof timestamp === 'number') return true;
	return timestamp >= TIMESTAMP_MIN && timestamp < TIMESTAMP_END;
}

function timestampOutOfRange(): Error {
	return sqlError('22008', 'timestamp out of range');
}

export function dateToTimestamp(days: number): Int8 {
	if (!Number.isFinite(days)) return days;
	const timestamp = timestampFromDays(days, 0);
	if (!isTimestampInRange(timestamp)) throw sqlError('22008', 'date out of range for timestamp');
	return timestamp;
}

export function dateToTimestamptz(days: number, zone: TimeZone): Int8 {
	return localToInstant(dateToTimestamp(days), zone);
}

/** timestamp without time zone → with time zone. */
export function localToInstant(local: Int8, zone: TimeZone): Int8 {
	if (typeof local === 'number' && !Number.isFinite(local)) return local;
	return checkTimestamp(shift(local, -zone.offsetOfLocal(local)));
}

/** The local time may lie past the range of timestamps by the zone's offset. */
export function instantToLocal(instant: Int8, zone: TimeZone): Int8 {
	if (typeof instant === 'number' && !Number.isFinite(instant)) return instant;
	return shift(instant, zone.offsetAt(instant));
}

function shift(timestamp: Int8, seconds: number): Int8 {
	if (typeof timestamp === 'number') {
		const sum = timestamp + seconds * 1e6;
		if (Number.isSafeInteger(sum)) return sum;
	}
	return fromBigInt(BigInt(timestamp) + BigInt(seconds) * 1_000_000n);
}

/** Adds months first (the day cut to the month's end), then days, then time. */
export function timestampPlusInterval(timestamp: Int8, interval: Interval): Int8 {
	if (typeof timestamp === 'number' && !Number.isFinite(timestamp)) return timestamp;
	let result = timestamp;
	if (interval.months !== 0) result = plusMonths(result, interval.months);
	if (interval.days !== 0) result = plusDays(result, interval.days);
	return plusMicroseconds(result, interval.microseconds);
}

/** Months and days are added in local time of the zone, so that an hour of daylight saving keeps the clock's time. */
export function timestamptzPlusInterval(instant: Int8, interval: Interval, zone: TimeZone): Int8 {
	if (typeof instant === 'number' && !Number.isFinite(instant)) return instant;
	let result = instant;
	if (interval.months !== 0) result = localToInstant(plusMonths(instantToLocal(result, zone), interval.months), zone);
	if (interval.days !== 0) result = localToInstant(plusDays(instantToLocal(result, zone), interval.days), zone);
	return plusMicroseconds(result, interval.microseconds);
}

function plusMonths(timestamp: Int8, months: number): Int8 {
	const { year, month, day } = partsOfDate(timestampToDate(timestamp));
	const count = year * 12 + (month - 1) + months;
	const newYear = Math.floor(count / 12);
	const newMonth = count - newYear * 12 + 1;
	const days = daysFromParts(newYear, newMonth, Math.min(day, daysInMonth(newYear, newMonth)));
	return checkTimestamp(timestampFromDays(days, timestampToTime(timestamp)));
}

function plusDays(timestamp: Int8, days: number): Int8 {
	return checkTimestamp(timestampFromDays(timestampToDate(timestamp) + days, timestampToTime(timestamp)));
}

function plusMicroseconds(timestamp: Int8, microseconds: Int8): Int8 {
	if (typeof timestamp === 'number' && typeof microseconds === 'number') {
		const sum = timestamp + microseconds;
		if (Number.isSafeInteger(sum)) return sum;
	}
	return checkTimestamp(fromBigInt(BigInt(timestamp) + BigInt(microseconds)));
}

/** Difference in days and microseconds, as `-` gives it. */
export function timestampDifference(left: Int8, right: Int8): Interval {
	if (!isFiniteTimestamp(left) || !isFiniteTimestamp(right)) throw sqlError('22008', 'cannot subtract infinite timestamps');
	return justifyHours(new Interval(0, 0, subtractInt8(left, right)));
}

export function isFiniteTimestamp(timestamp: Int8): boolean {
	return typeof timestamp === 'bigint' || Number.isFinite(timestamp);
}

/** age(): in years, months, days and time, counted on the calendar. */
export function timestampAge(left: Int8, right: Int8): Interval {
	if (!isFiniteTimestamp(left) || !isFiniteTimestamp(right)) throw timestampOutOfRange();
	const negative = left < right;
	const later = partsOfTimestamp(negative ? right : left);
	const earlier = partsOfTimestamp(negative ? left : right);
	let time = timeOfParts(later) - timeOfParts(earlier);
	let days = later.day - earlier.day;
	let months = later.month - earlier.month;
	let years = later.year - earlier.year;
	if (time < 0) {
		time += MICROSECONDS_PER_DAY;
		days--;
	}
	while (days < 0) {
		days += daysInMonth(earlier.year, earlier.month);
		months--;
	}
	while (months < 0) {
		months += 12;
		years--;
	}
	const sign = negative ? -1 : 1;
	return new Interval(sign * (years * 12 + months) + 0, sign * days + 0, sign * time + 0);
}

function timeOfParts(parts: TimestampParts): number {
	return ((parts.hour * 60 + parts.minute) * 60 + parts.second) * 1e6 + parts.microsecond;
}

/** time + interval: only the interval's time counts, around the clock. */
export function timePlusInterval(time: number, interval: Interval): number {
	const sum = addInt8(time, Number(BigInt(interval.microseconds) % 86_400_000_000n));
	const rest = Number(sum) % MICROSECONDS_PER_DAY;
	return rest < 0 ? rest + MICROSECONDS_PER_DAY : rest;
}

/** Rounds microseconds to the precision of time(p), timestamp(p). */
export function applyTimePrecision(value: Int8, typmod: number): Int8 {
	if (typmod < 0 || typmod >= 6 || (typeof value === 'number' && !Number.isFinite(value))) return value;
	return roundMicroseconds(value, typmod);
}

/** ISO 8601 week number and the year it belongs to. */
export function isoWeekOf(days: number): { year: number; week: number } {
	// The Thursday of the week decides its year.
	const thursday = days - ((dayOfWeek(days) + 6) % 7) + 3;
	const { year } = partsOfDate(thursday);
	return { year, week: Math.floor((thursday - daysFromParts(year, 1, 1)) / 7) + 1 };
}

/** The Monday of an ISO week. */
export function isoWeekStart(year: number, week: number): number {
	const fourth = daysFromParts(year, 1, 4);
	return fourth - ((dayOfWeek(fourth) + 6) % 7) + (week - 1) * 7;
}

/** 1 to 366. */
export function dayOfYear(days: number): number {
	return days - daysFromParts(partsOfDate(days).year, 1, 1) + 1;
}

/** 0 = Sunday. */
export function dayOfWeek(days: number): number {
	return (((days + 4) % 7) + 7) % 7;
}

export function julianDayOf(days: number): number {
	return days + JULIAN_DAY_OF_EPOCH;
}

export function dateOfJulianDay(julianDay: number): number {
	return julianDay - JULIAN_DAY_OF_EPOCH;
}
