/**
 * Fields of dates, times and intervals: extract (numeric), date_part (float8), date_trunc and date_bin.
 *
 * A field is first computed as an integer, or as a Decimal where it has a fraction (milliseconds, seconds, epoch, julian), and then
 * given its SQL type. Of an infinite timestamp, fields that only grow are infinite, the others null.
 */
import { sqlError } from '../../platform/errors.ts';
import {
	checkTimestamp,
	dateToTimestamp,
	dayOfWeek,
	dayOfYear,
	instantToLocal,
	isoWeekOf,
	julianDayOf,
	localToInstant,
	partsOfTimestamp,
	type TimestampParts,
	type TimeTz,
	timestampFromParts,
	timestampToDate,
	timestampToTime,
} from '../../value/date-time.ts';
import { Decimal } from '../../value/decimal.ts';
import { addInt8, fromBigInt, type Int8, subtractInt8 } from '../../value/int8.ts';
import { Interval } from '../../value/interval.ts';
import type { TimeZone } from '../../value/time-zone.ts';
import type { FunctionContext, ScalarFunction } from './contracts.ts';
import { type Unit, unitOf, unsupportedUnit } from './date-time-units.ts';
import { contextual, type Evaluate, scalar } from './define.ts';
import { requireTimeZone, sessionTimeZone } from './session-settings.ts';

const TIMESTAMP = 'timestamp without time zone';
const TIMESTAMPTZ = 'timestamp with time zone';
const TIME = 'time without time zone';
const TIMETZ = 'time with time zone';

const MONTHS_PER_YEAR = 12;
const INT8_MAX = 2n ** 63n - 1n;
const MICROSECONDS_PER_DAY = 86_400_000_000;

/** An integer, or a Decimal; null for what an infinite time does not have. */
type Field = number | Decimal | null;

const decimal = (value: Int8, scale: number): Decimal => new Decimal(value, scale);
const isInfinite = (value: Int8): boolean => value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;

/** Years as people count: there is no year 0. */
const countedYear = (year: number): number => (year > 0 ? year : year - 1);
const decadeOf = (year: number): number => (year >= 0 ? Math.trunc(year / 10) : -Math.trunc((8 - (year - 1)) / 10));
const centuryOf = (year: number): number => (year > 0 ? Math.trunc((year + 99) / 100) : -Math.trunc((99 - (year - 1)) / 100));
const millenniumOf = (year: number): number => (year > 0 ? Math.trunc((year + 999) / 1000) : -Math.trunc((999 - (year - 1)) / 1000));

/** Fields of the time of day; undefined for others. */
function clockField(unit: Unit, microseconds: number): Field | undefined {
	switch (unit) {
		case 'microsecond':
			return microseconds % 60_000_000;
		case 'millisecond':
			return decimal(microseconds % 60_000_000, 3);
		case 'second':
			return decimal(microseconds % 60_000_000, 6);
		case 'minute':
			return Math.trunc(microseconds / 60_000_000) % 60;
		case 'hour':
			return Math.trunc(microseconds / 3_600_000_000);
		default:
			return undefined;
	}
}

/** Fields of the calendar; undefined for others. */
function calendarField(unit: Unit, days: number, parts: { readonly year: number; readonly month: number; readonly day: number }): Field | undefined {
	switch (unit) {
		case 'day':
			return parts.day;
		case 'month':
			return parts.month;
		case 'quarter':
			return Math.trunc((parts.month - 1) / 3) + 1;
		case 'year':
			return countedYear(parts.year);
		case 'decade':
			return decadeOf(parts.year);
		case 'century':
			return centuryOf(parts.year);
		case 'millennium':
			return millenniumOf(parts.year);
		case 'week':
			return isoWeekOf(days).week;
		case 'isoyear':
			return countedYear(isoWeekOf(days).year);
		case 'dow':
			return dayOfWeek(days);
		case 'isodow':
			return dayOfWeek(days) || 7;
		case 'doy':
			return dayOfYear(days);
		default:
			return undefined;
	}
}

const GROWING: ReadonlySet<Unit> = new Set(['year', 'decade', 'century', 'millennium', 'isoyear', 'julian', 'epoch']);

/** A field of an infinite date or timestamp. */
function infiniteField(value: Int8, unit: Unit): Field {
	if (!GROWING.has(unit)) return null;
	return value > 0 ? Decimal.infinity : Decimal.negativeInfinity;
}

function timestampField(timestamp: Int8, text: string, unit: Unit, typeName: string): Field {
	if (unit === 'timezone' || unit === 'timezone_hour' || unit === 'timezone_minute') throw unsupportedUnit(text, typeName);
	if (isInfinite(timestamp)) return infiniteField(timestamp, unit);
	if (unit === 'epoch') return decimal(timestamp, 6);
	const clock = clockField(unit, timestampToTime(timestamp));
	if (clock !== undefined) return clock;
	const days = timestampToDate(timestamp);
	if (unit === 'julian') return julianField(days, timestampToTime(timestamp));
	return calendarField(unit, days, partsOfTimestamp(timestamp)) as Field;
}

function julianField(days: number, microseconds: number): Decimal {
	const share = decimal(microseconds, 0).divide(decimal(MICROSECONDS_PER_DAY, 0));
	return Decimal.fromInteger(julianDayOf(days)).add(share);
}

function zoneField(unit: Unit, secondsEast: number): Field | undefined {
	switch (unit) {
		case 'timezone':
			return secondsEast;
		case 'timezone_hour':
			return Math.trunc(secondsEast / 3600) + 0;
		case 'timezone_minute':
			return (Math.trunc(secondsEast / 60) % 60) + 0;
		default:
			return undefined;
	}
}

function timestamptzField(instant: Int8, text: string, zone: TimeZone): Field {
	const unit = unitOf(text, TIMESTAMPTZ);
	if (isInfinite(instant)) return infiniteField(instant, unit);
	if (unit === 'epoch') return decimal(instant, 6);
	const zoned = zoneField(unit, zone.offsetAt(instant));
	return zoned !== undefined ? zoned : timestampField(instantToLocal(instant, zone), text, unit, TIMESTAMPTZ);
}

const DATE_UNITS: ReadonlySet<Unit> = new Set([
	...(['day', 'month', 'quarter', 'week', 'year', 'decade', 'century', 'millennium', 'isoyear', 'dow', 'isodow', 'doy', 'julian', 'epoch'] as const),
]);

function dateField(days: number, text: string): Field {
	const unit = unitOf(text, 'date');
	if (!DATE_UNITS.has(unit)) throw unsupportedUnit(text, 'date');
	if (isInfinite(days)) return infiniteField(days, unit);
	if (unit === 'epoch') return Decimal.fromInteger(days * 86400);
	if (unit === 'julian') return julianDayOf(days);
	return timestampField(dateToTimestamp(days), text, unit, 'date');
}

function timeField(time: number, text: string): Field {
	const unit = unitOf(text, TIME);
	if (unit === 'epoch') return decimal(time, 6);
	const field = clockField(unit, time);
	if (field === undefined) throw unsupportedUnit(text, TIME);
	return field;
}

function timeTzField(value: TimeTz, text: string): Field {
	const unit = unitOf(text, TIMETZ);
	if (unit === 'epoch') return decimal(value.microseconds - value.secondsEast * 1_000_000, 6);
	const field = zoneField(unit, value.secondsEast) ?? clockField(unit, value.microseconds);
	if (field === undefined) throw unsupportedUnit(text, TIMETZ);
	return field;
}

function intervalField(value: Interval, text: string): Field {
	const unit = unitOf(text, 'interval');
	const months = value.months % MONTHS_PER_YEAR;
	const years = Math.trunc(value.months / MONTHS_PER_YEAR);
	switch (unit) {
		case 'day':
			return value.days;
		case 'month':
			return months + 0;
		case 'quarter':
			return Math.trunc(months / 3) + 1;
		case 'year':
			return years + 0;
		case 'decade':
			return Math.trunc(years / 10) + 0;
		case 'century':
			return Math.trunc(years / 100) + 0;
		case 'millennium':
			return Math.trunc(years / 1000) + 0;
		case 'epoch':
			return intervalEpoch(value, years, months);
		case 'hour':
			return decimal(fromBigInt(BigInt(value.microseconds) / 3_600_000_000n), 0);
		default:
			return intervalClockField(unit, value, text);
	}
}

/** A year is 365.25 days, a month 30. */
function intervalEpoch(value: Interval, years: number, months: number): Decimal {
	const quarterDays = BigInt(years) * 1461n + BigInt(months) * 120n + BigInt(value.days) * 4n;
	return decimal(fromBigInt(quarterDays * 21_600_000_000n + BigInt(value.microseconds)), 6);
}

function intervalClockField(unit: Unit, value: Interval, text: string): Field {
	const rest = Number(BigInt(value.microseconds) % 3_600_000_000n);
	const field = unit === 'minute' ? Math.trunc(rest / 60_000_000) + 0 : clockField(unit, rest);
	if (field === undefined) throw unsupportedUnit(text, 'interval');
	return typeof field === 'number' ? field + 0 : field;
}

/** As extract gives it. */
const numeric = (field: Field): Decimal | null => (typeof field === 'number' ? Decimal.fromInteger(field) : field);
/** As date_part gives it. */
const float = (field: Field): number | null => {
	if (field === null || typeof field === 'number') return field;
	if (field === Decimal.infinity) return Number.POSITIVE_INFINITY;
	return field === Decimal.negativeInfinity ? Number.NEGATIVE_INFINITY : field.toNumber();
};

const fieldOfTimestamp = (text: string, timestamp: Int8): Field => timestampField(timestamp, text, unitOf(text, TIMESTAMP), TIMESTAMP);

/** date_trunc of the parts of a local time, in place; undefined for a unit it does not know. */
function truncateParts(parts: TimestampParts, unit: Unit): boolean {
	switch (unit) {
		case 'millennium':
			parts.year = parts.year > 0 ? Math.trunc((parts.year + 999) / 1000) * 1000 - 999 : -Math.trunc((999 - (parts.year - 1)) / 1000) * 1000 + 1;
			break;
		case 'century':
			parts.year = parts.year > 0 ? Math.trunc((parts.year + 99) / 100) * 100 - 99 : -Math.trunc((99 - (parts.year - 1)) / 100) * 100 + 1;
			break;
		case 'decade':
			parts.year = parts.year > 0 ? Math.trunc(parts.year / 10) * 10 : -Math.trunc((8 - (parts.year - 1)) / 10) * 10;
			break;
		case 'year':
			break;
		case 'quarter':
			parts.month = Math.trunc((parts.month - 1) / 3) * 3 + 1;
			break;
		case 'month':
			break;
		default:
			return false;
	}
	if (unit !== 'quarter' && unit !== 'month') parts.month = 1;
	parts.day = 1;
	return true;
}

const CLOCK_STEPS: ReadonlyMap<Unit, number> = new Map([
	['microsecond', 1],
	['millisecond', 1000],
	['second', 1_000_000],
	['minute', 60_000_000],
	['hour', 3_600_000_000],
	['day', MICROSECONDS_PER_DAY],
]);

function truncateLocal(local: Int8, text: string, unit: Unit, typeName: string): Int8 {
	const step = CLOCK_STEPS.get(unit);
	if (step !== undefined) return subtractInt8(local, timestampToTime(local) % step);
	const days = timestampToDate(local);
	if (unit === 'week') return dateToTimestamp(days - ((dayOfWeek(days) + 6) % 7));
	const parts = partsOfTimestamp(local);
	if (!truncateParts(parts, unit)) throw unsupportedUnit(text, typeName);
	return timestampFromParts({ year: parts.year, month: parts.month, day: parts.day, hour: 0, minute: 0, second: 0, microsecond: 0 });
}

/** The unit of date_trunc: fields that are no span of time are not recognized there. */
function spanOf(text: string, typeName: string): Unit {
	const unit = unitOf(text, typeName);
	if (NO_SPANS.has(unit)) throw sqlError('22023', `unit "${text.toLowerCase()}" not recognized for type ${typeName}`);
	return unit;
}

const NO_SPANS: ReadonlySet<Unit> = new Set(['dow', 'isodow', 'doy', 'epoch', 'isoyear', 'julian']);

function truncateTimestamp(text: string, timestamp: Int8): Int8 {
	return isInfinite(timestamp) ? timestamp : truncateLocal(timestamp, text, spanOf(text, TIMESTAMP), TIMESTAMP);
}

/** Units below the day keep the offset in force at the instant, so that the hour repeated in autumn stays itself. */
function truncateInstant(text: string, instant: Int8, zone: TimeZone): Int8 {
	if (isInfinite(instant)) return instant;
	const unit = spanOf(text, TIMESTAMPTZ);
	const local = instantToLocal(instant, zone);
	const cut = truncateLocal(local, text, unit, TIMESTAMPTZ);
	const step = CLOCK_STEPS.get(unit);
	if (step !== undefined && step < MICROSECONDS_PER_DAY) return subtractInt8(instant, subtractInt8(local, cut));
	return localToInstant(cut, zone);
}

function truncateInterval(text: string, value: Interval): Interval {
	const unit = spanOf(text, 'interval');
	const step = CLOCK_STEPS.get(unit);
	if (step !== undefined) {
		const microseconds = BigInt(value.microseconds);
		const kept = unit === 'day' ? 0n : microseconds - (microseconds % BigInt(step));
		return new Interval(value.months, value.days, fromBigInt(kept));
	}
	const months = INTERVAL_MONTHS.get(unit);
	if (months === undefined) {
		if (unit === 'week') throw sqlError('0A000', 'unit "week" not supported for type interval', { detail: 'Months usually have fractional weeks.' });
		throw unsupportedUnit(text, 'interval');
	}
	return new Interval(value.months - (value.months % months) + 0, 0, 0);
}

const INTERVAL_MONTHS: ReadonlyMap<Unit, number> = new Map([
	['month', 1],
	['quarter', 3],
	['year', 12],
	['decade', 120],
	['century', 1200],
	['millennium', 12000],
]);

/** The start of the bin of width `stride`, counted from `origin`, that a time is in. */
function bin(stride: Interval, time: Int8, origin: Int8): Int8 {
	if (isInfinite(time)) return time;
	if (isInfinite(origin)) throw sqlError('22008', 'origin out of range');
	if (stride.months !== 0) throw sqlError('0A000', 'timestamps cannot be binned into intervals containing months or years');
	const width = BigInt(stride.days) * BigInt(MICROSECONDS_PER_DAY) + BigInt(stride.microseconds);
	if (width > INT8_MAX) throw sqlError('22008', 'interval out of range');
	if (width <= 0n) throw sqlError('22008', 'stride must be greater than zero');
	const difference = BigInt(subtractInt8(time, origin));
	let rest = difference % width;
	if (rest < 0n) rest += width;
	return checkTimestamp(addInt8(origin, fromBigInt(difference - rest)));
}

const inZone =
	(compute: (text: string, instant: Int8, zone: TimeZone) => unknown): Evaluate =>
	(context: FunctionContext, text: string, instant: Int8) =>
		compute(text, instant, sessionTimeZone(context));

export const dateTimeFieldFunctions: readonly ScalarFunction[] = [
	scalar(6199, 'extract(text, date) numeric', (text: string, days: number) => numeric(dateField(days, text))),
	scalar(6200, 'extract(text, time) numeric', (text: string, time: number) => numeric(timeField(time, text))),
	scalar(6201, 'extract(text, timetz) numeric', (text: string, value: TimeTz) => numeric(timeTzField(value, text))),
	scalar(6202, 'extract(text, timestamp) numeric', (text: string, timestamp: Int8) => numeric(fieldOfTimestamp(text, timestamp))),
	contextual(
		6203,
		'extract(text, timestamptz) numeric',
		inZone((text, instant, zone) => numeric(timestamptzField(instant, text, zone))),
	),
	scalar(6204, 'extract(text, interval) numeric', (text: string, value: Interval) => numeric(intervalField(value, text))),
	contextual(
		1171,
		'date_part(text, timestamptz) float8',
		inZone((text, instant, zone) => float(timestamptzField(instant, text, zone))),
	),
	scalar(1172, 'date_part(text, interval) float8', (text: string, value: Interval) => float(intervalField(value, text))),
	scalar(1273, 'date_part(text, timetz) float8', (text: string, value: TimeTz) => float(timeTzField(value, text))),
	scalar(1384, 'date_part(text, date) float8', (text: string, days: number) => float(fieldOfTimestamp(text, dateToTimestamp(days)))),
	scalar(1385, 'date_part(text, time) float8', (text: string, time: number) => float(timeField(time, text))),
	scalar(2021, 'date_part(text, timestamp) float8', (text: string, timestamp: Int8) => float(fieldOfTimestamp(text, timestamp))),
	contextual(1217, 'date_trunc(text, timestamptz) timestamptz', inZone(truncateInstant)),
	contextual(1284, 'date_trunc(text, timestamptz, text) timestamptz', (_: FunctionContext, text: string, instant: Int8, zone: string) =>
		truncateInstant(text, instant, requireTimeZone(zone)),
	),
	scalar(1218, 'date_trunc(text, interval) interval', truncateInterval),
	scalar(2020, 'date_trunc(text, timestamp) timestamp', truncateTimestamp),
	scalar(6177, 'date_bin(interval, timestamp, timestamp) timestamp', bin),
	scalar(6178, 'date_bin(interval, timestamptz, timestamptz) timestamptz', bin),
];
