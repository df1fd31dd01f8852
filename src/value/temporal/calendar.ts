/**
 * The proleptic Gregorian calendar of Cypher's temporal values: days since 1970-01-01 to year, month and day, ISO weeks,
 * quarters and days of the year, for the years −999999999 to 999999999. Every number here is an exact integer below 2^53.
 *
 * Source: ISO 8601; the conversion of days is the usual one by eras of 400 years that begin on 1 March.
 */
import { cypherError } from '../../platform/cypher-errors.ts';

export const YEAR_MIN = -999_999_999;
export const YEAR_MAX = 999_999_999;

export const NANOSECONDS_PER_SECOND = 1_000_000_000;
export const SECONDS_PER_DAY = 86_400;
export const NANOSECONDS_PER_DAY = SECONDS_PER_DAY * NANOSECONDS_PER_SECOND;
export const NANOSECONDS_PER_HOUR = 3600 * NANOSECONDS_PER_SECOND;
export const NANOSECONDS_PER_MINUTE = 60 * NANOSECONDS_PER_SECOND;

const DAYS_PER_ERA = 146_097;
/** Days from 0000-03-01 to 1970-01-01. */
const EPOCH_SHIFT_DAYS = 719_468;

export interface YearMonthDay {
	readonly year: number;
	readonly month: number;
	readonly day: number;
}

/** Days since 1970-01-01; the day may be past the end of the month. */
export function daysOfCivil(year: number, month: number, day: number): number {
	const shifted = month <= 2 ? year - 1 : year;
	const era = Math.floor(shifted / 400);
	const yearOfEra = shifted - era * 400;
	const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
	return era * DAYS_PER_ERA + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - EPOCH_SHIFT_DAYS;
}

export function civilOfDays(epochDay: number): YearMonthDay {
	const shifted = epochDay + EPOCH_SHIFT_DAYS;
	const era = Math.floor(shifted / DAYS_PER_ERA);
	const dayOfEra = shifted - era * DAYS_PER_ERA;
	const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365);
	const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
	const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
	const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
	const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
	return { year, month, day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1 };
}

export function isLeapYear(year: number): boolean {
	return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

export function daysInMonth(year: number, month: number): number {
	if (month === 2) return isLeapYear(year) ? 29 : 28;
	return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

export function daysInYear(year: number): number {
	return isLeapYear(year) ? 366 : 365;
}

/** Days of a quarter (1 to 4). */
export function daysInQuarter(year: number, quarter: number): number {
	if (quarter === 1) return isLeapYear(year) ? 91 : 90;
	return quarter === 2 ? 91 : 92;
}

/** 1 (Monday) to 7 (Sunday). */
export function dayOfWeek(epochDay: number): number {
	return positiveModulo(epochDay + 3, 7) + 1;
}

/** The Monday of week 1 of an ISO week year: the week of 4 January. */
export function firstWeekStart(weekYear: number): number {
	const fourth = daysOfCivil(weekYear, 1, 4);
	return fourth - (dayOfWeek(fourth) - 1);
}

/** 52 or 53. */
export function weeksInWeekYear(weekYear: number): number {
	return (firstWeekStart(weekYear + 1) - firstWeekStart(weekYear)) / 7;
}

/** The ISO week year of a day: that of its Thursday. */
export function weekYearOf(epochDay: number): number {
	return civilOfDays(epochDay - (dayOfWeek(epochDay) - 1) + 3).year;
}

/** The ISO week of a day, 1 to 53. */
export function weekOf(epochDay: number): number {
	return Math.floor((epochDay - firstWeekStart(weekYearOf(epochDay))) / 7) + 1;
}

export function positiveModulo(value: number, divisor: number): number {
	const rest = value % divisor;
	return (rest < 0 ? rest + divisor : rest) + 0;
}

const DAY_MIN = daysOfCivil(YEAR_MIN, 1, 1);
const DAY_MAX = daysOfCivil(YEAR_MAX, 12, 31);

/** The day itself when its year is one that dates have, else an ArgumentError. */
export function checkEpochDay(epochDay: number): number {
	if (!(epochDay >= DAY_MIN && epochDay <= DAY_MAX)) throw cypherError('ArgumentError', `the year is out of range: years go from ${YEAR_MIN} to ${YEAR_MAX}`);
	return epochDay;
}

/** The value if it is an integer within bounds, else an ArgumentError naming the field. */
export function checkField(name: string, value: number, min: number, max: number): number {
	if (!Number.isInteger(value) || value < min || value > max)
		throw cypherError('ArgumentError', `invalid value for ${name}: ${value} (valid values are ${min} to ${max})`);
	return value;
}

/** 2015, 0007, -0001, +10000: four digits at least, a sign past four. */
export function yearText(year: number): string {
	if (year > 9999) return `+${year}`;
	return `${year < 0 ? '-' : ''}${String(Math.abs(year)).padStart(4, '0')}`;
}

/** The year, month and day of a day as 2015-07-21. */
export function dateText(epochDay: number): string {
	const { year, month, day } = civilOfDays(epochDay);
	return `${yearText(year)}-${twoDigits(month)}-${twoDigits(day)}`;
}

/** 21:40, 21:40:32, 21:40:32.142: seconds and fractions (3, 6 or 9 digits) only where they are not zero. */
export function timeText(nanosecondOfDay: number): string {
	const seconds = Math.floor(nanosecondOfDay / NANOSECONDS_PER_SECOND);
	const fraction = nanosecondOfDay - seconds * NANOSECONDS_PER_SECOND;
	const minutes = `${twoDigits(Math.floor(seconds / 3600))}:${twoDigits(Math.floor(seconds / 60) % 60)}`;
	if (fraction === 0) return seconds % 60 === 0 ? minutes : `${minutes}:${twoDigits(seconds % 60)}`;
	return `${minutes}:${twoDigits(seconds % 60)}.${String(fraction)
		.padStart(9, '0')
		.replace(/(?:000){1,2}$/, '')}`;
}

/** Z, +01:00, -02:05:07. */
export function zoneOffsetText(offsetSeconds: number): string {
	if (offsetSeconds === 0) return 'Z';
	const size = Math.abs(offsetSeconds);
	const minutes = `${offsetSeconds < 0 ? '-' : '+'}${twoDigits(Math.floor(size / 3600))}:${twoDigits(Math.floor(size / 60) % 60)}`;
	return size % 60 === 0 ? minutes : `${minutes}:${twoDigits(size % 60)}`;
}

function twoDigits(value: number): string {
	return value < 10 ? `0${value}` : String(value);
}
