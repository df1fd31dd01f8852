/** Dates, times and timestamps: calendar and arithmetic. Dates are days, timestamps microseconds since 1970-01-01; ±Infinity for infinity. */
import type { Int8 } from './int8.ts';
import type { Interval } from './interval.ts';
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
export function compareTimeTz(left: TimeTz, right: TimeTz): number {
	throw new Error('value: not built yet');
}
/** Proleptic Gregorian; year 0 is 1 BC. */
export function daysFromParts(year: number, month: number, day: number): number {
	throw new Error('value: not built yet');
}
export function partsOfDate(days: number): DateParts {
	throw new Error('value: not built yet');
}
export function partsOfTimestamp(timestamp: Int8): TimestampParts {
	throw new Error('value: not built yet');
}
export function timestampFromParts(parts: TimestampParts): Int8 {
	throw new Error('value: not built yet');
}
export function daysInMonth(year: number, month: number): number {
	throw new Error('value: not built yet');
}
/** 22008 when a finite value is outside PostgreSQL's range. */
export function checkDate(days: number): number {
	throw new Error('value: not built yet');
}
export function checkTimestamp(timestamp: Int8): Int8 {
	throw new Error('value: not built yet');
}
export function dateToTimestamp(days: number): Int8 {
	throw new Error('value: not built yet');
}
export function timestampToDate(timestamp: Int8): number {
	throw new Error('value: not built yet');
}
/** Microseconds since midnight. */
export function timestampToTime(timestamp: Int8): number {
	throw new Error('value: not built yet');
}
export function dateToTimestamptz(days: number, zone: TimeZone): Int8 {
	throw new Error('value: not built yet');
}
/** timestamp without zone ↔ with zone. */
export function localToInstant(local: Int8, zone: TimeZone): Int8 {
	throw new Error('value: not built yet');
}
export function instantToLocal(instant: Int8, zone: TimeZone): Int8 {
	throw new Error('value: not built yet');
}
export function timestampPlusInterval(timestamp: Int8, interval: Interval): Int8 {
	throw new Error('value: not built yet');
}
export function timestamptzPlusInterval(instant: Int8, interval: Interval, zone: TimeZone): Int8 {
	throw new Error('value: not built yet');
}
/** Difference in days and microseconds, as `-` gives it. */
export function timestampDifference(left: Int8, right: Int8): Interval {
	throw new Error('value: not built yet');
}
/** age(): in years, months, days. */
export function timestampAge(left: Int8, right: Int8): Interval {
	throw new Error('value: not built yet');
}
export function timePlusInterval(time: number, interval: Interval): number {
	throw new Error('value: not built yet');
}
/** Rounds microseconds to the precision of time(p), timestamp(p). */
export function applyTimePrecision(value: Int8, typmod: number): Int8 {
	throw new Error('value: not built yet');
}
/** ISO 8601 week number and its year; day of the year. */
export function isoWeekOf(days: number): { year: number; week: number } {
	throw new Error('value: not built yet');
}
export function isoWeekStart(year: number, week: number): number {
	throw new Error('value: not built yet');
}
export function dayOfYear(days: number): number {
	throw new Error('value: not built yet');
}
/** 0 = Sunday. */
export function dayOfWeek(days: number): number {
	throw new Error('value: not built yet');
}
export function julianDayOf(days: number): number {
	throw new Error('value: not built yet');
}
