/**
 * Intervals: months, days and microseconds, kept apart because months and days have no fixed length. For comparison a month
 * is 30 days and a day 24 hours, so '1 month' equals '30 days' and both equal '720 hours'.
 *
 * Source: PostgreSQL 15 `timestamp.c` (interval_mul, interval_div, justify_*, AdjustIntervalForTypmod).
 */
import { sqlError } from '../platform/errors.ts';
import { addInt8, divisionByZero, fromBigInt, type Int8, negateInt8, roundHalfEven, subtractInt8 } from './int8.ts';

export const MICROSECONDS_PER_DAY = 86_400_000_000;
const MICROSECONDS_PER_HOUR = 3_600_000_000;
const MICROSECONDS_PER_MINUTE = 60_000_000;
const MICROSECONDS_PER_SECOND = 1_000_000;
const INT4_MAX = 2147483647;

export class Interval {
	readonly months: number;
	readonly days: number;
	/** Number iff safe. */
	readonly microseconds: Int8;

	constructor(months: number, days: number, microseconds: Int8) {
		this.months = months;
		this.days = days;
		this.microseconds = microseconds;
	}

	static readonly zero: Interval = new Interval(0, 0, 0);
}

export function intervalOutOfRange(): Error {
	return sqlError('22008', 'interval out of range');
}

/** An interval whose parts must fit their fields: 22008 otherwise. */
export function checkedInterval(months: number, days: number, microseconds: Int8): Interval {
	if (Math.abs(months) > INT4_MAX || Math.abs(days) > INT4_MAX) throw intervalOutOfRange();
	return new Interval(months, days, microseconds);
}

/** Microseconds with 30-day months and 24-hour days: equal for equal intervals. Not limited to the range of int8. */
export function intervalKey(value: Interval): Int8 {
	const days = value.months * 30 + value.days;
	const time = value.microseconds;
	if (typeof time === 'number') {
		const sum = days * MICROSECONDS_PER_DAY + time;
		if (Number.isSafeInteger(sum) && Math.abs(days) < 100_000) return sum;
	}
	return fromBigInt(BigInt(days) * 86_400_000_000n + BigInt(time));
}

export function compareInterval(left: Interval, right: Interval): number {
	const a = intervalKey(left);
	const b = intervalKey(right);
	return a < b ? -1 : a > b ? 1 : 0;
}

export function addIntervals(left: Interval, right: Interval): Interval {
	return checkedInterval(
		left.months + right.months,
		left.days + right.days,
		inRange(() => addInt8(left.microseconds, right.microseconds)),
	);
}

export function subtractIntervals(left: Interval, right: Interval): Interval {
	return checkedInterval(
		left.months - right.months,
		left.days - right.days,
		inRange(() => subtractInt8(left.microseconds, right.microseconds)),
	);
}

export function negateInterval(value: Interval): Interval {
	return checkedInterval(
		0 - value.months,
		0 - value.days,
		inRange(() => negateInt8(value.microseconds)),
	);
}

/** Fractions of months spill into days, those of days into time; 22008 on overflow. */
export function multiplyInterval(value: Interval, factor: number): Interval {
	return scaleInterval(value, factor, (part) => part * factor);
}

export function divideInterval(value: Interval, divisor: number): Interval {
	if (divisor === 0) throw divisionByZero();
	return scaleInterval(value, divisor, (part) => part / divisor);
}

function scaleInterval(value: Interval, by: number, scale: (part: number) => number): Interval {
	if (Number.isNaN(by)) throw intervalOutOfRange();
	const exactMonths = scale(value.months);
	const exactDays = scale(value.days);
	if (!(Math.abs(exactMonths) <= INT4_MAX && Math.abs(exactDays) <= INT4_MAX)) throw intervalOutOfRange();
	const months = Math.trunc(exactMonths);
	let days = Math.trunc(exactDays);
	const monthRest = roundTo6((exactMonths - months) * 30);
	let seconds = roundTo6((exactDays - days + (monthRest - Math.trunc(monthRest))) * 86400);
	if (Math.abs(seconds) >= 86400) {
		const whole = Math.trunc(seconds / 86400);
		days += whole;
		seconds -= whole * 86400;
	}
	days += Math.trunc(monthRest);
	const microseconds = roundHalfEven(scale(Number(value.microseconds)) + seconds * MICROSECONDS_PER_SECOND);
	if (!(Math.abs(microseconds) < 2 ** 63)) throw intervalOutOfRange();
	return checkedInterval(months + 0, days + 0, Number.isSafeInteger(microseconds) ? microseconds : BigInt(microseconds));
}

/** PostgreSQL's TSROUND: cuts the noise of binary fractions. */
function roundTo6(value: number): number {
	return roundHalfEven(value * 1e6) / 1e6;
}

/** Whole days out of the time. */
export function justifyHours(value: Interval): Interval {
	return alignHours(value.months, value.days, value.microseconds);
}

function alignHours(months: number, days: number, microseconds: Int8): Interval {
	const whole = Number(BigInt(microseconds) / 86_400_000_000n);
	let rest = Number(BigInt(microseconds) % 86_400_000_000n);
	let sum = days + whole;
	if (sum > 0 && rest < 0) {
		rest += MICROSECONDS_PER_DAY;
		sum--;
	} else if (sum < 0 && rest > 0) {
		rest -= MICROSECONDS_PER_DAY;
		sum++;
	}
	return checkedInterval(months, sum, rest);
}

/** Whole months of 30 days out of the days. */
export function justifyDays(value: Interval): Interval {
	let months = value.months + Math.trunc(value.days / 30);
	let days = value.days % 30;
	if (months > 0 && days < 0) {
		days += 30;
		months--;
	} else if (months < 0 && days > 0) {
		days -= 30;
		months++;
	}
	return checkedInterval(months, days + 0, value.microseconds);
}

/** Both, with one sign for all three fields. */
export function justifyInterval(value: Interval): Interval {
	const wholeDays = Number(BigInt(value.microseconds) / 86_400_000_000n);
	let time = Number(BigInt(value.microseconds) % 86_400_000_000n);
	let days = value.days + wholeDays;
	let months = value.months + Math.trunc(days / 30);
	days %= 30;
	if (months > 0 && (days < 0 || (days === 0 && time < 0))) {
		days += 30;
		months--;
	} else if (months < 0 && (days > 0 || (days === 0 && time > 0))) {
		days -= 30;
		months++;
	}
	if (days > 0 && time < 0) {
		time += MICROSECONDS_PER_DAY;
		days--;
	} else if (days < 0 && time > 0) {
		time -= MICROSECONDS_PER_DAY;
		days++;
	}
	return checkedInterval(months, days + 0, time);
}

/** Bits of the fields in the upper half of an interval's typmod. */
export const INTERVAL_MONTH = 1 << 1;
export const INTERVAL_YEAR = 1 << 2;
export const INTERVAL_DAY = 1 << 3;
export const INTERVAL_HOUR = 1 << 10;
export const INTERVAL_MINUTE = 1 << 11;
export const INTERVAL_SECOND = 1 << 12;
export const INTERVAL_FULL_RANGE = 0x7fff;
export const INTERVAL_FULL_PRECISION = 0xffff;

/** Cuts fields and rounds fractional seconds as interval(p), interval day to second … say. */
export function applyIntervalTypmod(value: Interval, typmod: number): Interval {
	if (typmod < 0) return value;
	const range = (typmod >> 16) & INTERVAL_FULL_RANGE;
	const precision = typmod & 0xffff;
	let { months, days, microseconds } = value;
	switch (range) {
		case INTERVAL_YEAR:
			return new Interval(Math.trunc(months / 12) * 12 + 0, 0, 0);
		case INTERVAL_MONTH:
		case INTERVAL_YEAR | INTERVAL_MONTH:
			return new Interval(months, 0, 0);
		case INTERVAL_DAY:
			return new Interval(months, days, 0);
		case INTERVAL_HOUR:
		case INTERVAL_DAY | INTERVAL_HOUR:
			return new Interval(months, days, cut(microseconds, MICROSECONDS_PER_HOUR));
		case INTERVAL_MINUTE:
		case INTERVAL_HOUR | INTERVAL_MINUTE:
		case INTERVAL_DAY | INTERVAL_HOUR | INTERVAL_MINUTE:
			return new Interval(months, days, cut(microseconds, MICROSECONDS_PER_MINUTE));
		default:
			break;
	}
	if (precision < 6) {
		months += 0;
		days += 0;
		microseconds = roundMicroseconds(microseconds, precision);
	}
	return new Interval(months, days, microseconds);
}

function cut(microseconds: Int8, unit: number): Int8 {
	return fromBigInt((BigInt(microseconds) / BigInt(unit)) * BigInt(unit));
}

/** Rounds to `precision` digits of a second, half away from zero. */
export function roundMicroseconds(value: Int8, precision: number): Int8 {
	if (precision >= 6) return value;
	const unit = 10 ** (6 - precision);
	if (typeof value === 'number') {
		const rounded = Math.trunc((Math.abs(value) + unit / 2) / unit) * unit;
		if (Number.isSafeInteger(rounded)) return value < 0 ? 0 - rounded : rounded;
	}
	const magnitude = value < 0 ? -BigInt(value) : BigInt(value);
	const rounded = ((magnitude + BigInt(unit / 2)) / BigInt(unit)) * BigInt(unit);
	return fromBigInt(value < 0 ? -rounded : rounded);
}

function inRange(compute: () => Int8): Int8 {
	try {
		return compute();
	} catch (cause) {
		throw Object.assign(intervalOutOfRange(), { cause });
	}
}
