/**
 * Operators of dates, times, timestamps and intervals, and the functions that make, convert and relate them: make_*, age, now,
 * timezone, justify_*, overlaps. Fields and truncation are in `date-time-fields.ts`, templates in `format-functions.ts`.
 *
 * Source: PostgreSQL manual §9.9.
 */
import { sqlError } from '../../platform/errors.ts';
import {
	checkDate,
	checkTimestamp,
	compareTimeTz,
	dateToTimestamp,
	daysFromParts,
	daysInMonth,
	instantToLocal,
	localToInstant,
	partsOfTimestamp,
	TimeTz,
	timePlusInterval,
	timestampAge,
	timestampDifference,
	timestampPlusInterval,
	timestampToDate,
	timestamptzPlusInterval,
} from '../../value/date-time.ts';
import { addInt8, fromBigInt, type Int8 } from '../../value/int8.ts';
import {
	addIntervals,
	compareInterval,
	divideInterval,
	Interval,
	justifyDays,
	justifyHours,
	justifyInterval,
	multiplyInterval,
	negateInterval,
	subtractIntervals,
} from '../../value/interval.ts';
import { formatInterval } from '../../value/interval-text.ts';
import { fixedTimeZone, type TimeZone } from '../../value/time-zone.ts';
import type { FunctionContext, OperatorEntry, ScalarFunction } from './contracts.ts';
import { contextual, operator, scalar } from './define.ts';
import { roundHalfEven } from './float-functions.ts';
import { requireTimeZone, sessionTimeZone } from './session-settings.ts';

const MICROSECONDS_PER_SECOND = 1_000_000;
const MICROSECONDS_PER_DAY = 86_400_000_000;
/** 2000-01-01 in seconds since 1970: PostgreSQL rounds seconds counted from there. */
const EPOCH_2000_SECONDS = 946_684_800;

const isInfinite = (value: Int8): boolean => value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;

const datePlusDays = (days: number, count: number): number => checkDate(days + count);
const dateMinusDays = (days: number, count: number): number => checkDate(days - count);

function dateDifference(a: number, b: number): number {
	if (isInfinite(a) || isInfinite(b)) throw sqlError('22008', 'cannot subtract infinite dates');
	return a - b;
}

const datePlusInterval = (days: number, interval: Interval): Int8 => timestampPlusInterval(dateToTimestamp(days), interval);
const dateMinusInterval = (days: number, interval: Interval): Int8 => timestampPlusInterval(dateToTimestamp(days), negateInterval(interval));
const timestampMinusInterval = (timestamp: Int8, interval: Interval): Int8 => timestampPlusInterval(timestamp, negateInterval(interval));
const timeMinusInterval = (time: number, interval: Interval): number => timePlusInterval(time, negateInterval(interval));
const timeTzPlusInterval = (value: TimeTz, interval: Interval): TimeTz => new TimeTz(timePlusInterval(value.microseconds, interval), value.secondsEast);
const timeTzMinusInterval = (value: TimeTz, interval: Interval): TimeTz => timeTzPlusInterval(value, negateInterval(interval));
const timeDifference = (a: number, b: number): Interval => new Interval(0, 0, a - b);
const datePlusTime = (days: number, time: number): Int8 => (isInfinite(days) ? days : checkTimestamp(addInt8(dateToTimestamp(days), time)));

function datePlusTimeTz(days: number, value: TimeTz): Int8 {
	if (isInfinite(days)) return days;
	return checkTimestamp(addInt8(dateToTimestamp(days), value.microseconds - value.secondsEast * MICROSECONDS_PER_SECOND));
}

const instantPlusInterval = (context: FunctionContext, instant: Int8, interval: Interval): Int8 =>
	timestamptzPlusInterval(instant, interval, sessionTimeZone(context));
const instantMinusInterval = (context: FunctionContext, instant: Int8, interval: Interval): Int8 =>
	timestamptzPlusInterval(instant, negateInterval(interval), sessionTimeZone(context));

function instantAge(context: FunctionContext, a: Int8, b: Int8): Interval {
	const zone = sessionTimeZone(context);
	return timestampAge(instantToLocal(a, zone), instantToLocal(b, zone));
}

/** Midnight of the current date, local. */
function today(context: FunctionContext): Int8 {
	return dateToTimestamp(currentDate(context));
}

const currentDate = (context: FunctionContext): number => timestampToDate(localNow(context));
const localNow = (context: FunctionContext): Int8 => instantToLocal(context.transactionTimeUs, sessionTimeZone(context));

/** Days of a date given by year (negative for BC), month and day; undefined where there is no such date. */
function daysOf(year: number, month: number, day: number): number | undefined {
	if (year === 0 || month < 1 || month > 12 || day < 1) return undefined;
	const counted = year < 0 ? year + 1 : year;
	return day > daysInMonth(counted, month) ? undefined : daysFromParts(counted, month, day);
}

const two = (value: number): string => (value < 0 ? String(value) : String(value).padStart(2, '0'));

function makeDate(year: number, month: number, day: number): number {
	const days = daysOf(year, month, day);
	if (days === undefined) throw sqlError('22008', `date field value out of range: ${year}-${two(month)}-${two(day)}`);
	return checkDate(days);
}

/** Microseconds of a time of day; undefined where there is no such time. 24:00:00 is one. */
function microsecondsOf(hour: number, minute: number, second: number): number | undefined {
	if (hour < 0 || minute < 0 || minute > 59 || Number.isNaN(second) || second < 0 || second > 60 || hour > 24) return undefined;
	const microseconds = (hour * 60 + minute) * 60 * MICROSECONDS_PER_SECOND + roundHalfEven(second * MICROSECONDS_PER_SECOND);
	return microseconds > MICROSECONDS_PER_DAY ? undefined : microseconds;
}

function makeTime(hour: number, minute: number, second: number): number {
	const time = microsecondsOf(hour, minute, second);
	if (time === undefined) throw sqlError('22008', `time field value out of range: ${hour}:${two(minute)}:${formatSecond(second)}`);
	return time;
}

function makeTimestamp(year: number, month: number, day: number, hour: number, minute: number, second: number): Int8 {
	const days = daysOf(year, month, day);
	if (days === undefined) throw sqlError('22008', `date field value out of range: ${year}-${two(month)}-${two(day)}`);
	return checkTimestamp(addInt8(dateToTimestamp(checkDate(days)), makeTime(hour, minute, second)));
}

const formatSecond = (second: number): string => String(second).padStart(2, '0');

function makeTimestampTz(context: FunctionContext, ...parts: readonly unknown[]): Int8 {
	const [year, month, day, hour, minute, second, zone] = parts as [number, number, number, number, number, number, string?];
	return localToInstant(makeTimestamp(year, month, day, hour, minute, second), zone === undefined ? sessionTimeZone(context) : requireTimeZone(zone));
}

function makeInterval(years: number, months: number, weeks: number, days: number, hours: number, minutes: number, seconds: number): Interval {
	if (!Number.isFinite(seconds)) throw sqlError('22008', 'interval out of range');
	const allMonths = years * 12 + months;
	const allDays = weeks * 7 + days;
	const time = BigInt(hours) * 3_600_000_000n + BigInt(minutes) * 60_000_000n + BigInt(roundHalfEven(seconds * MICROSECONDS_PER_SECOND));
	if (allMonths !== (allMonths | 0) || allDays !== (allDays | 0) || time !== BigInt.asIntN(64, time)) throw sqlError('22008', 'interval out of range');
	return new Interval(allMonths, allDays, fromBigInt(time));
}

function timestampOfSeconds(seconds: number): Int8 {
	if (Number.isNaN(seconds)) throw sqlError('22008', 'timestamp cannot be NaN');
	if (isInfinite(seconds)) return seconds;
	const microseconds = roundHalfEven((seconds - EPOCH_2000_SECONDS) * MICROSECONDS_PER_SECOND);
	if (Math.abs(microseconds) > 9.3e18) throw sqlError('22008', `timestamp out of range: "${seconds}"`);
	return checkTimestamp(addInt8(fromBigInt(BigInt(microseconds)), EPOCH_2000_SECONDS * MICROSECONDS_PER_SECOND));
}

/** Whether two periods overlap; a missing end makes a period its other end. */
function overlaps(compare: (a: never, b: never) => number): (start1: unknown, end1: unknown, start2: unknown, end2: unknown) => boolean | null {
	const order = compare as (a: unknown, b: unknown) => number;
	return (start1, end1, start2, end2) => {
		const first = normalPeriod(start1, end1, order);
		const second = normalPeriod(start2, end2, order);
		if (first === null || second === null) return null;
		const direction = order(first.start, second.start);
		if (direction === 0) return first.end === null || second.end === null ? null : true;
		const [early, late] = direction > 0 ? [second, first] : [first, second];
		if (early.end === null) return null;
		if (order(late.start, early.end) < 0) return true;
		return late.end === null ? null : false;
	};
}

function normalPeriod(start: unknown, end: unknown, order: (a: unknown, b: unknown) => number): { readonly start: unknown; readonly end: unknown } | null {
	if (start === null) return end === null ? null : { start: end, end: null };
	return end !== null && order(start, end) > 0 ? { start: end, end: start } : { start, end };
}

const compareTimes = (a: Int8, b: Int8): number => (a < b ? -1 : a > b ? 1 : 0);
const timesOverlap = overlaps(compareTimes);
const timeTzOverlap = overlaps(compareTimeTz);

type Shift = (context: FunctionContext, start: never, interval: Interval) => unknown;

/** Ends given as intervals from the start, where `asInterval` says so. */
function overlapsByInterval(shift: Shift, first: boolean, second: boolean) {
	const end = (context: FunctionContext, start: unknown, value: unknown, asInterval: boolean): unknown =>
		asInterval && value !== null ? (start === null ? null : shift(context, start as never, value as Interval)) : value;
	return (context: FunctionContext, start1: unknown, end1: unknown, start2: unknown, end2: unknown): boolean | null =>
		timesOverlap(start1, end(context, start1, end1, first), start2, end(context, start2, end2, second));
}

const shiftTime: Shift = (_, time: number, interval) => timePlusInterval(time, interval);
const shiftTimestamp: Shift = (_, timestamp: Int8, interval) => timestampPlusInterval(timestamp, interval);
const shiftInstant: Shift = (context, instant: Int8, interval) => instantPlusInterval(context, instant, interval);

function zoneOfInterval(interval: Interval): TimeZone {
	if (interval.months !== 0 || interval.days !== 0) {
		throw sqlError('22023', `interval time zone "${formatInterval(interval, 'postgres')}" must not include months or days`);
	}
	return fixedTimeZone(Math.trunc(Number(interval.microseconds) / MICROSECONDS_PER_SECOND));
}

/** The same instant of the day in another zone. */
function moveTimeTz(value: TimeTz, secondsEast: number): TimeTz {
	const moved = (value.microseconds + (secondsEast - value.secondsEast) * MICROSECONDS_PER_SECOND) % MICROSECONDS_PER_DAY;
	return new TimeTz(moved < 0 ? moved + MICROSECONDS_PER_DAY : moved, secondsEast);
}

const timeTzInZone = (context: FunctionContext, zone: string, value: TimeTz): TimeTz =>
	moveTimeTz(value, requireTimeZone(zone).offsetAt(context.transactionTimeUs));

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function timeOfDay(context: FunctionContext): string {
	const now = context.clockUs();
	const zone = sessionTimeZone(context);
	const local = instantToLocal(now, zone);
	const parts = partsOfTimestamp(local);
	const weekday = WEEKDAYS[(((timestampToDate(local) + 4) % 7) + 7) % 7];
	const clock = `${two(parts.hour)}:${two(parts.minute)}:${two(parts.second)}.${String(parts.microsecond).padStart(6, '0')}`;
	return `${weekday} ${MONTHS[parts.month - 1]} ${two(parts.day)} ${clock} ${parts.year} ${zone.abbreviationAt(now)}`;
}

const larger = (a: Int8, b: Int8): Int8 => (a > b ? a : b);
const smaller = (a: Int8, b: Int8): Int8 => (a < b ? a : b);

/** RANGE frames of windows: `shift` moves the base by the offset. */
function inRange(shift: (context: FunctionContext, base: never, offset: Interval) => unknown, order: (a: never, b: never) => number) {
	const zero = new Interval(0, 0, 0);
	return (context: FunctionContext, value: never, base: never, offset: Interval, subtract: boolean, less: boolean): boolean => {
		if (compareInterval(offset, zero) < 0) throw sqlError('22013', 'invalid preceding or following size in window function');
		const limit = shift(context, base, subtract ? negateInterval(offset) : offset) as never;
		return less ? order(value, limit) <= 0 : order(value, limit) >= 0;
	};
}

/** A moved time is not taken modulo a day here: a frame may reach past midnight. */
const unboundedTime = (_: FunctionContext, time: number, interval: Interval): Int8 => addInt8(time, interval.microseconds);

export const dateTimeOperators: readonly OperatorEntry[] = [
	operator(1100, 'date + int4', scalar(1141, 'date_pli(date, int4) date', datePlusDays), '+'),
	operator(
		2555,
		'int4 + date',
		scalar(2550, 'integer_pl_date(int4, date) date', (count: number, days: number) => datePlusDays(days, count)),
		'+',
	),
	operator(1101, 'date - int4', scalar(1142, 'date_mii(date, int4) date', dateMinusDays)),
	operator(1099, 'date - date', scalar(1140, 'date_mi(date, date) int4', dateDifference)),
	operator(1076, 'date + interval', scalar(2071, 'date_pl_interval(date, interval) timestamp', datePlusInterval), '+'),
	operator(
		2551,
		'interval + date',
		scalar(2546, 'interval_pl_date(interval, date) timestamp', (i: Interval, d: number) => datePlusInterval(d, i)),
		'+',
	),
	operator(1077, 'date - interval', scalar(2072, 'date_mi_interval(date, interval) timestamp', dateMinusInterval)),
	operator(1360, 'date + time', scalar(1272, 'datetime_pl(date, time) timestamp', datePlusTime), '+'),
	operator(
		1363,
		'time + date',
		scalar(1296, 'timedate_pl(time, date) timestamp', (time: number, days: number) => datePlusTime(days, time)),
		'+',
	),
	operator(1361, 'date + timetz', scalar(1297, 'datetimetz_pl(date, timetz) timestamptz', datePlusTimeTz), '+'),
	operator(
		1366,
		'timetz + date',
		scalar(1298, 'timetzdate_pl(timetz, date) timestamptz', (time: TimeTz, days: number) => datePlusTimeTz(days, time)),
		'+',
	),
	operator(2066, 'timestamp + interval', scalar(2032, 'timestamp_pl_interval(timestamp, interval) timestamp', timestampPlusInterval), '+'),
	operator(
		2553,
		'interval + timestamp',
		scalar(2548, 'interval_pl_timestamp(interval, timestamp) timestamp', (i: Interval, t: Int8) => timestampPlusInterval(t, i)),
		'+',
	),
	operator(2068, 'timestamp - interval', scalar(2033, 'timestamp_mi_interval(timestamp, interval) timestamp', timestampMinusInterval)),
	operator(2067, 'timestamp - timestamp', scalar(2031, 'timestamp_mi(timestamp, timestamp) interval', timestampDifference)),
	operator(1327, 'timestamptz + interval', contextual(1189, 'timestamptz_pl_interval(timestamptz, interval) timestamptz', instantPlusInterval), '+'),
	operator(
		2554,
		'interval + timestamptz',
		contextual(2549, 'interval_pl_timestamptz(interval, timestamptz) timestamptz', (context: FunctionContext, i: Interval, t: Int8) =>
			instantPlusInterval(context, t, i),
		),
		'+',
	),
	operator(1329, 'timestamptz - interval', contextual(1190, 'timestamptz_mi_interval(timestamptz, interval) timestamptz', instantMinusInterval)),
	operator(1328, 'timestamptz - timestamptz', scalar(1188, 'timestamptz_mi(timestamptz, timestamptz) interval', timestampDifference)),
	operator(1399, 'time - time', scalar(1690, 'time_mi_time(time, time) interval', timeDifference)),
	operator(1800, 'time + interval', scalar(1747, 'time_pl_interval(time, interval) time', timePlusInterval), '+'),
	operator(
		1849,
		'interval + time',
		scalar(1848, 'interval_pl_time(interval, time) time', (i: Interval, t: number) => timePlusInterval(t, i)),
		'+',
	),
	operator(1801, 'time - interval', scalar(1748, 'time_mi_interval(time, interval) time', timeMinusInterval)),
	operator(1802, 'timetz + interval', scalar(1749, 'timetz_pl_interval(timetz, interval) timetz', timeTzPlusInterval), '+'),
	operator(
		2552,
		'interval + timetz',
		scalar(2547, 'interval_pl_timetz(interval, timetz) timetz', (i: Interval, t: TimeTz) => timeTzPlusInterval(t, i)),
		'+',
	),
	operator(1803, 'timetz - interval', scalar(1750, 'timetz_mi_interval(timetz, interval) timetz', timeTzMinusInterval)),
	operator(1337, 'interval + interval', scalar(1169, 'interval_pl(interval, interval) interval', addIntervals), '+'),
	operator(1338, 'interval - interval', scalar(1170, 'interval_mi(interval, interval) interval', subtractIntervals)),
	operator(1336, '- interval', scalar(1168, 'interval_um(interval) interval', negateInterval)),
	operator(1583, 'interval * float8', scalar(1618, 'interval_mul(interval, float8) interval', multiplyInterval), '*'),
	operator(
		1584,
		'float8 * interval',
		scalar(1624, 'mul_d_interval(float8, interval) interval', (f: number, i: Interval) => multiplyInterval(i, f)),
		'*',
	),
	operator(1585, 'interval / float8', scalar(1326, 'interval_div(interval, float8) interval', divideInterval)),
];

const OVERLAPS = { strict: false } as const;
const IMMUTABLE_OVERLAPS = { strict: false, volatility: 'immutable' } as const;
const VOLATILE = { volatility: 'volatile' } as const;

const overlapFunctions: readonly ScalarFunction[] = [
	scalar(1271, 'overlaps(timetz, timetz, timetz, timetz) bool', timeTzOverlap, OVERLAPS),
	scalar(1304, 'overlaps(timestamptz, timestamptz, timestamptz, timestamptz) bool', timesOverlap, OVERLAPS),
	contextual(1305, 'overlaps(timestamptz, interval, timestamptz, interval) bool', overlapsByInterval(shiftInstant, true, true), OVERLAPS),
	contextual(1306, 'overlaps(timestamptz, timestamptz, timestamptz, interval) bool', overlapsByInterval(shiftInstant, false, true), OVERLAPS),
	contextual(1307, 'overlaps(timestamptz, interval, timestamptz, timestamptz) bool', overlapsByInterval(shiftInstant, true, false), OVERLAPS),
	scalar(1308, 'overlaps(time, time, time, time) bool', timesOverlap, OVERLAPS),
	contextual(1309, 'overlaps(time, interval, time, interval) bool', overlapsByInterval(shiftTime, true, true), IMMUTABLE_OVERLAPS),
	contextual(1310, 'overlaps(time, time, time, interval) bool', overlapsByInterval(shiftTime, false, true), IMMUTABLE_OVERLAPS),
	contextual(1311, 'overlaps(time, interval, time, time) bool', overlapsByInterval(shiftTime, true, false), IMMUTABLE_OVERLAPS),
	scalar(2041, 'overlaps(timestamp, timestamp, timestamp, timestamp) bool', timesOverlap, OVERLAPS),
	contextual(2042, 'overlaps(timestamp, interval, timestamp, interval) bool', overlapsByInterval(shiftTimestamp, true, true), IMMUTABLE_OVERLAPS),
	contextual(2043, 'overlaps(timestamp, timestamp, timestamp, interval) bool', overlapsByInterval(shiftTimestamp, false, true), IMMUTABLE_OVERLAPS),
	contextual(2044, 'overlaps(timestamp, interval, timestamp, timestamp) bool', overlapsByInterval(shiftTimestamp, true, false), IMMUTABLE_OVERLAPS),
];

const zoneFunctions: readonly ScalarFunction[] = [
	scalar(1159, 'timezone(text, timestamptz) timestamp', (zone: string, instant: Int8) => instantToLocal(instant, requireTimeZone(zone))),
	scalar(2069, 'timezone(text, timestamp) timestamptz', (zone: string, local: Int8) => localToInstant(local, requireTimeZone(zone))),
	scalar(1026, 'timezone(interval, timestamptz) timestamp', (zone: Interval, instant: Int8) => instantToLocal(instant, zoneOfInterval(zone))),
	scalar(2070, 'timezone(interval, timestamp) timestamptz', (zone: Interval, local: Int8) => localToInstant(local, zoneOfInterval(zone))),
	contextual(2037, 'timezone(text, timetz) timetz', timeTzInZone),
	scalar(2038, 'timezone(interval, timetz) timetz', (zone: Interval, value: TimeTz) => moveTimeTz(value, zoneOfInterval(zone).offsetAt(0))),
];

const nowFunctions: readonly ScalarFunction[] = [
	contextual(1299, 'now() timestamptz', (context: FunctionContext) => context.transactionTimeUs),
	contextual(2647, 'transaction_timestamp() timestamptz', (context: FunctionContext) => context.transactionTimeUs),
	contextual(2648, 'statement_timestamp() timestamptz', (context: FunctionContext) => context.statementTimeUs),
	contextual(2649, 'clock_timestamp() timestamptz', (context: FunctionContext) => context.clockUs(), VOLATILE),
	contextual(274, 'timeofday() text', timeOfDay, VOLATILE),
];

const IMMUTABLE = { volatility: 'immutable' } as const;

const rangeFunctions: readonly ScalarFunction[] = [
	contextual(
		4133,
		'in_range(date, date, interval, bool, bool) bool',
		(context: FunctionContext, ...args: [number, number, Interval, boolean, boolean]) => {
			const [value, base, offset, subtract, less] = args;
			return inRange(shiftTimestamp, compareTimes)(context, dateToTimestamp(value) as never, dateToTimestamp(base) as never, offset, subtract, less);
		},
		IMMUTABLE,
	),
	contextual(4134, 'in_range(timestamp, timestamp, interval, bool, bool) bool', inRange(shiftTimestamp, compareTimes), IMMUTABLE),
	contextual(4135, 'in_range(timestamptz, timestamptz, interval, bool, bool) bool', inRange(shiftInstant, compareTimes)),
	contextual(
		4136,
		'in_range(interval, interval, interval, bool, bool) bool',
		inRange((_, base: Interval, offset) => addIntervals(base, offset), compareInterval),
		IMMUTABLE,
	),
	contextual(4137, 'in_range(time, time, interval, bool, bool) bool', inRange(unboundedTime, compareTimes), IMMUTABLE),
];

export const dateTimeFunctions: readonly ScalarFunction[] = [
	...overlapFunctions,
	...zoneFunctions,
	...nowFunctions,
	...rangeFunctions,
	contextual(1199, 'age(timestamptz, timestamptz) interval', instantAge, { volatility: 'immutable' }),
	contextual(1386, 'age(timestamptz) interval', (context: FunctionContext, instant: Int8) =>
		timestampAge(today(context), instantToLocal(instant, sessionTimeZone(context))),
	),
	scalar(2058, 'age(timestamp, timestamp) interval', timestampAge),
	contextual(2059, 'age(timestamp) interval', (context: FunctionContext, timestamp: Int8) => timestampAge(today(context), timestamp)),
	scalar(1373, 'isfinite(date) bool', (days: number) => !isInfinite(days)),
	scalar(1389, 'isfinite(timestamptz) bool', (instant: Int8) => !isInfinite(instant)),
	scalar(1390, 'isfinite(interval) bool', () => true),
	scalar(2048, 'isfinite(timestamp) bool', (timestamp: Int8) => !isInfinite(timestamp)),
	scalar(1295, 'justify_days(interval) interval', justifyDays),
	scalar(1175, 'justify_hours(interval) interval', justifyHours),
	scalar(2711, 'justify_interval(interval) interval', justifyInterval),
	scalar(3846, 'make_date(year int4, month int4, day int4) date', makeDate),
	scalar(3847, 'make_time(hour int4, min int4, sec float8) time', makeTime),
	scalar(3461, 'make_timestamp(year int4, month int4, mday int4, hour int4, min int4, sec float8) timestamp', makeTimestamp),
	contextual(3462, 'make_timestamptz(year int4, month int4, mday int4, hour int4, min int4, sec float8) timestamptz', makeTimestampTz),
	contextual(3463, 'make_timestamptz(year int4, month int4, mday int4, hour int4, min int4, sec float8, timezone text) timestamptz', makeTimestampTz),
	scalar(
		3464,
		'make_interval(years int4 = 0, months int4 = 0, weeks int4 = 0, days int4 = 0, hours int4 = 0, mins int4 = 0, secs float8 = 0) interval',
		makeInterval,
	),
	scalar(1158, 'to_timestamp(float8) timestamptz', timestampOfSeconds),
	scalar(1138, 'date_larger(date, date) date', larger),
	scalar(1139, 'date_smaller(date, date) date', smaller),
	scalar(1377, 'time_larger(time, time) time', larger),
	scalar(1378, 'time_smaller(time, time) time', smaller),
	scalar(2036, 'timestamp_larger(timestamp, timestamp) timestamp', larger),
	scalar(2035, 'timestamp_smaller(timestamp, timestamp) timestamp', smaller),
	scalar(1196, 'timestamptz_larger(timestamptz, timestamptz) timestamptz', larger),
	scalar(1195, 'timestamptz_smaller(timestamptz, timestamptz) timestamptz', smaller),
	scalar(1198, 'interval_larger(interval, interval) interval', (a: Interval, b: Interval) => (compareInterval(a, b) > 0 ? a : b)),
	scalar(1379, 'timetz_larger(timetz, timetz) timetz', (a: TimeTz, b: TimeTz) => (compareTimeTz(a, b) > 0 ? a : b)),
	scalar(1380, 'timetz_smaller(timetz, timetz) timetz', (a: TimeTz, b: TimeTz) => (compareTimeTz(a, b) < 0 ? a : b)),
	scalar(2025, 'timestamp(date, time) timestamp', datePlusTime),
	scalar(1359, 'timestamptz(date, timetz) timestamptz', datePlusTimeTz),
	contextual(1176, 'timestamptz(date, time) timestamptz', (context: FunctionContext, days: number, time: number) =>
		localToInstant(datePlusTime(days, time), sessionTimeZone(context)),
	),
	scalar(1197, 'interval_smaller(interval, interval) interval', (a: Interval, b: Interval) => (compareInterval(a, b) < 0 ? a : b)),
];
