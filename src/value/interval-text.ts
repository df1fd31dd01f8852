/**
 * Text of intervals: PostgreSQL's own form, the SQL standard's and ISO 8601's are read (`DecodeInterval` and
 * `DecodeISO8601Interval` of `datetime.c`, written anew); all four IntervalStyles are printed.
 */

import { DecodeError, decodeFailure } from './date-time-decoder.ts';
import { type Field, splitFields, unitWord } from './date-time-fields.ts';
import { fractionText } from './date-time-text.ts';
import { checkInt8, fromBigInt, type Int8 } from './int8.ts';
import * as interval from './interval.ts';
import { Interval } from './interval.ts';
import type { IntervalStyle } from './text-settings.ts';

const { INTERVAL_YEAR, INTERVAL_MONTH, INTERVAL_DAY, INTERVAL_HOUR, INTERVAL_MINUTE, INTERVAL_SECOND, INTERVAL_FULL_RANGE } = interval;

export function parseInterval(text: string, typmod: number, style: IntervalStyle): Interval {
	const range = typmod < 0 ? INTERVAL_FULL_RANGE : (typmod >> 16) & INTERVAL_FULL_RANGE;
	try {
		const fields = splitFields(text);
		const reader = new IntervalReader();
		if (fields === null || !reader.read(fields, range, style)) {
			const iso = new IntervalReader();
			if (!iso.readIso8601(text)) throw new DecodeError('format');
			return interval.applyIntervalTypmod(iso.result(), typmod);
		}
		return interval.applyIntervalTypmod(reader.result(), typmod);
	} catch (error) {
		if (error instanceof DecodeError) throw decodeFailure(error.failure === 'field' ? 'interval' : error.failure, text, 'interval');
		throw error;
	}
}

/** Meaning of a number without a unit, at the right end, from the fields of the type. */
function rightmostUnit(range: number): string {
	if ((range & INTERVAL_SECOND) !== 0) return 'second';
	if ((range & INTERVAL_MINUTE) !== 0) return 'minute';
	if ((range & INTERVAL_HOUR) !== 0) return 'hour';
	if ((range & INTERVAL_DAY) !== 0) return 'day';
	if ((range & INTERVAL_MONTH) !== 0) return 'month';
	return (range & INTERVAL_YEAR) !== 0 ? 'year' : 'second';
}

const MICROSECONDS: Readonly<Record<string, bigint>> = { microsecond: 1n, millisecond: 1000n, second: 1_000_000n, minute: 60_000_000n, hour: 3_600_000_000n };
const MONTHS: Readonly<Record<string, number>> = { month: 1, year: 12, decade: 120, century: 1200, millennium: 12_000 };

/** Sums up the fields of one text. */
class IntervalReader {
	#months = 0;
	#days = 0;
	#microseconds = 0n;

	result(): Interval {
		if (!inInt4(this.#months)) throw interval.intervalOutOfRange();
		if (!inInt4(this.#days)) throw new DecodeError('interval');
		let time: Int8;
		try {
			time = checkInt8(this.#microseconds);
		} catch {
			throw new DecodeError('interval');
		}
		return new Interval(this.#months + 0, this.#days + 0, time);
	}

	/** In the SQL standard's style a leading minus holds for all fields, unless another has a sign of its own. */
	#allNegative = false;

	/** From right to left, so that a unit is met before its number; false for a text of another form. */
	read(fields: readonly Field[], range: number, style: IntervalStyle): boolean {
		this.#allNegative = style === 'sql_standard' && fields[0]?.text.startsWith('-') === true && !fields.slice(1).some((field) => /^[+-]/.test(field.text));
		let unit: string | null = null;
		let before = false;
		const seen = new Set<string>();
		for (let index = fields.length - 1; index >= 0; index--) {
			const { kind, text } = fields[index]!;
			if (kind === 'string' || kind === 'special') {
				const word = unitWord(text);
				if (word === 'ignored') continue;
				if (word === 'ago') {
					before = true;
					unit = 'ago';
				} else if (word !== undefined) unit = word;
				else return false;
				continue;
			}
			const parts = this.#value(kind, text, unit, range);
			if (parts === null) return false;
			for (const part of parts.seen) {
				if (seen.has(part)) return false;
				seen.add(part);
			}
			unit = parts.next;
		}
		if (seen.size === 0) return false;
		if (before) this.#negate();
		return true;
	}

	/** One number or time: the parts it sets and the unit for the field to its left; null for a wrong form. */
	#value(kind: Field['kind'], text: string, unit: string | null, range: number): { seen: readonly string[]; next: string | null } | null {
		if (kind === 'time') return this.#time(text, this.#allNegative ? -1n : 1n, range) ? { seen: TIME_PARTS, next: 'day' } : null;
		if (kind === 'zone' && text.includes(':')) {
			if (this.#time(text.slice(1), text.startsWith('-') ? -1n : 1n, range)) return { seen: TIME_PARTS, next: 'day' };
			return null;
		}
		const yearMonth = /^([+-]?)([0-9]+)-([0-9]+)$/.exec(text);
		if (yearMonth !== null) {
			const months = Number(yearMonth[3]);
			if (months >= 12) throw new DecodeError('field');
			this.#months += (yearMonth[1] === '-' || this.#allNegative ? -1 : 1) * (Number(yearMonth[2]) * 12 + months);
			return { seen: ['month'], next: 'month' };
		}
		const match = /^([+-]?)([0-9]*)(\.[0-9]*)?$/.exec(text);
		if (match === null || (match[2] === '' && match[3] === undefined)) return null;
		const sign = match[1] === '-' || this.#allNegative ? -1 : 1;
		const fraction = match[3] === undefined || match[3] === '.' ? 0 : Number(`0${match[3]}`);
		const named = unit ?? rightmostUnit(range);
		return this.#add(named, BigInt(match[2] === '' ? '0' : match[2]!) * BigInt(sign), fraction * sign);
	}

	#add(unit: string, whole: bigint, fraction: number): { seen: readonly string[]; next: string } | null {
		if (whole > 9_223_372_036_854_775_807n || whole < -9_223_372_036_854_775_808n) throw new DecodeError('interval');
		if (MICROSECONDS[unit] === undefined && !inInt4(Number(whole))) throw new DecodeError('interval');
		const microseconds = MICROSECONDS[unit];
		const months = MONTHS[unit];
		if (microseconds !== undefined) {
			this.#microseconds += whole * microseconds + roundedFraction(fraction * Number(microseconds));
			const seen = unit === 'second' && fraction !== 0 ? SECOND_PARTS : [unit];
			return { seen, next: unit === 'hour' ? 'day' : unit };
		}
		if (months !== undefined) {
			this.#months += Number(whole) * months;
			if (unit === 'month') this.#addDays(fraction * 30);
			else this.#months += Math.round(fraction * months);
		} else if (unit === 'day') {
			this.#days += Number(whole);
			this.#microseconds += roundedFraction(fraction * interval.MICROSECONDS_PER_DAY);
		} else if (unit === 'week') {
			this.#days += Number(whole) * 7;
			this.#addDays(fraction * 7);
		} else return null;
		return { seen: [unit], next: unit };
	}

	/** Days with a fraction, which goes to the time. */
	#addDays(days: number): void {
		const whole = Math.trunc(days);
		this.#days += whole;
		this.#microseconds += roundedFraction((days - whole) * interval.MICROSECONDS_PER_DAY);
	}

	/** hh:mm, hh:mm:ss.fff, mm:ss.fff. */
	#time(text: string, sign: bigint, range: number): boolean {
		const match = /^([0-9]+):([0-9]*)(?::([0-9]*))?(\.[0-9]*)?$/.exec(text);
		if (match === null) return false;
		let [hour, minute, second] = [BigInt(match[1]!), BigInt(match[2]!), BigInt(match[3] ?? '0')];
		const twoFields = match[3] === undefined;
		if (twoFields && (match[4] !== undefined || range === (INTERVAL_MINUTE | INTERVAL_SECOND))) [hour, minute, second] = [0n, hour, minute];
		if (minute > 59n || second > 60n) throw new DecodeError('field');
		const fraction = match[4] === undefined || match[4] === '.' ? 0n : BigInt(Math.round(Number(`0${match[4]}`) * 1e6));
		this.#microseconds += sign * (((hour * 60n + minute) * 60n + second) * 1_000_000n + fraction);
		return true;
	}

	#negate(): void {
		this.#months = 0 - this.#months;
		this.#days = 0 - this.#days;
		this.#microseconds = -this.#microseconds;
	}

	/** P1Y2M3W4DT5H6M7S, and P0001-02-03T04:05:06. */
	readIso8601(text: string): boolean {
		const match = /^P([^T]*)(?:T(.*))?$/.exec(text);
		if (match === null || text.length < 2) return false;
		const time = match[2];
		if (!this.#isoDate(match[1]!)) return false;
		return time === undefined ? match[1] !== '' : this.#isoTime(time);
	}

	#isoDate(text: string): boolean {
		const match = /^([+-]?)(?:([0-9]{4})([0-9]{2})([0-9]{2})|([0-9]+)(?:-([0-9]+))?(?:-([0-9]+))?)$/.exec(text);
		if (match === null) return this.#isoParts(text, ISO_DATE_UNITS);
		const sign = match[1] === '-' ? -1 : 1;
		this.#months += sign * Number(match[2] ?? match[5]) * 12 + Number(match[3] ?? match[6] ?? 0);
		this.#days += Number(match[4] ?? match[7] ?? 0);
		return true;
	}

	#isoTime(text: string): boolean {
		const match = /^([+-]?)(?:([0-9]{2})([0-9]{2})([0-9]{2})|([0-9]+)(:.*)?)$/.exec(text);
		if (match === null) return this.#isoParts(text, ISO_TIME_UNITS);
		const sign = match[1] === '-' ? -1n : 1n;
		if (match[2] !== undefined) return this.#time(`${match[2]}:${match[3]}:${match[4]}`, sign, INTERVAL_FULL_RANGE);
		return this.#time(match[5]! + (match[6] ?? ':'), sign, INTERVAL_FULL_RANGE);
	}

	#isoParts(text: string, units: Readonly<Record<string, string>>): boolean {
		let rest = text;
		while (rest !== '') {
			const match = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([A-Z])/.exec(rest);
			const unit = match === null ? undefined : units[match[4]!];
			if (match === null || unit === undefined || (match[2] === '' && match[3] === undefined)) return false;
			const sign = match[1] === '-' ? -1 : 1;
			this.#add(unit, BigInt(match[2] === '' ? '0' : match[2]!) * BigInt(sign), sign * Number(`0.${match[3] ?? '0'}0`));
			rest = rest.slice(match[0].length);
		}
		return true;
	}
}

const TIME_PARTS = ['hour', 'minute', 'second', 'millisecond', 'microsecond'];
const SECOND_PARTS = ['second', 'millisecond', 'microsecond'];
const ISO_DATE_UNITS: Readonly<Record<string, string>> = { Y: 'year', M: 'month', W: 'week', D: 'day' };
const ISO_TIME_UNITS: Readonly<Record<string, string>> = { H: 'hour', M: 'minute', S: 'second' };

function inInt4(value: number): boolean {
	return value >= -2147483648 && value <= 2147483647;
}

/** Fractions of units are binary fractions; the nearest microsecond, half towards zero, is meant. */
function roundedFraction(microseconds: number): bigint {
	const whole = Math.trunc(microseconds);
	const rest = microseconds - whole;
	return BigInt(rest > 0.5 ? whole + 1 : rest < -0.5 ? whole - 1 : whole);
}

/** The parts of an interval as people say them; the time has one sign. */
interface SaidInterval {
	readonly years: number;
	readonly months: number;
	readonly days: number;
	readonly negativeTime: boolean;
	readonly hours: Int8;
	readonly minutes: number;
	readonly seconds: number;
	readonly microseconds: number;
}

function say(value: Interval): SaidInterval {
	const time = BigInt(value.microseconds);
	const size = time < 0n ? -time : time;
	return {
		years: Math.trunc(value.months / 12),
		months: value.months % 12,
		days: value.days,
		negativeTime: time < 0n,
		hours: fromBigInt(size / 3_600_000_000n),
		minutes: Number((size / 60_000_000n) % 60n),
		seconds: Number((size / 1_000_000n) % 60n),
		microseconds: Number(size % 1_000_000n),
	};
}

function two(value: Int8): string {
	return value < 10 ? `0${value}` : String(value);
}

function secondsText(said: SaidInterval, padded: boolean): string {
	const whole = padded ? two(said.seconds) : String(said.seconds);
	return said.microseconds === 0 ? whole : whole + fractionText(said.microseconds);
}

export function formatInterval(value: Interval, style: IntervalStyle): string {
	const said = say(value);
	switch (style) {
		case 'sql_standard':
			return formatSqlStandard(value, said);
		case 'iso_8601':
			return formatIso8601(said);
		case 'postgres_verbose':
			return formatVerbose(said);
		default:
			return formatPostgres(said);
	}
}

function formatPostgres(said: SaidInterval): string {
	let text = '';
	// After a negative part, a positive one shows its sign.
	let afterNegative = false;
	const add = (amount: number, unit: string): void => {
		if (amount === 0) return;
		text += `${text === '' ? '' : ' '}${afterNegative && amount > 0 ? '+' : ''}${amount} ${unit}${amount === 1 ? '' : 's'}`;
		afterNegative = amount < 0;
	};
	add(said.years, 'year');
	add(said.months, 'mon');
	add(said.days, 'day');
	const hasTime = said.hours !== 0 || said.minutes !== 0 || said.seconds !== 0 || said.microseconds !== 0;
	if (text !== '' && !hasTime) return text;
	return `${text === '' ? '' : `${text} `}${said.negativeTime ? '-' : afterNegative ? '+' : ''}${two(said.hours)}:${two(said.minutes)}:${secondsText(said, true)}`;
}

function formatVerbose(said: SaidInterval): string {
	let text = '@';
	let negative = false;
	let first = true;
	const add = (amount: Int8, unit: string): void => {
		if (amount === 0) return;
		let shown = amount;
		if (first) {
			negative = amount < 0;
			shown = amount < 0 ? -amount : amount;
			first = false;
		} else if (negative) shown = -amount;
		text += ` ${shown} ${unit}${shown === 1 ? '' : 's'}`;
	};
	const sign = said.negativeTime ? -1 : 1;
	add(said.years, 'year');
	add(said.months, 'mon');
	add(said.days, 'day');
	add(typeof said.hours === 'bigint' ? said.hours * BigInt(sign) : said.hours * sign, 'hour');
	add(said.minutes * sign, 'min');
	if (said.seconds !== 0 || said.microseconds !== 0) {
		if (first) negative = said.negativeTime;
		const shownSign = negative !== said.negativeTime ? '-' : '';
		text += ` ${shownSign}${secondsText(said, false)} sec${said.seconds === 1 && said.microseconds === 0 ? '' : 's'}`;
		first = false;
	}
	if (first) return '@ 0';
	return negative ? `${text} ago` : text;
}

function formatSqlStandard(value: Interval, said: SaidInterval): string {
	const time = BigInt(value.microseconds);
	const hasYearMonth = value.months !== 0;
	const hasDayTime = value.days !== 0 || time !== 0n;
	const hasNegative = value.months < 0 || value.days < 0 || time < 0n;
	const hasPositive = value.months > 0 || value.days > 0 || time > 0n;
	if (!hasNegative && !hasPositive) return '0';
	const clock = `${said.hours}:${two(said.minutes)}:${secondsText(said, true)}`;
	const yearMonth = `${Math.abs(said.years)}-${Math.abs(said.months)}`;
	if ((hasNegative && hasPositive) || (hasYearMonth && hasDayTime)) {
		const sign = (negative: boolean): string => (negative ? '-' : '+');
		return `${sign(value.months < 0)}${yearMonth} ${sign(value.days < 0)}${Math.abs(said.days)} ${sign(said.negativeTime)}${clock}`;
	}
	const minus = hasNegative ? '-' : '';
	if (hasYearMonth) return minus + yearMonth;
	return value.days !== 0 ? `${minus}${Math.abs(said.days)} ${clock}` : minus + clock;
}

function formatIso8601(said: SaidInterval): string {
	const sign = said.negativeTime ? '-' : '';
	const part = (amount: Int8, unit: string): string => (amount === 0 ? '' : `${amount}${unit}`);
	const signed = (amount: Int8, unit: string): string => (amount === 0 ? '' : `${sign}${amount}${unit}`);
	const date = part(said.years, 'Y') + part(said.months, 'M') + part(said.days, 'D');
	const seconds = said.seconds === 0 && said.microseconds === 0 ? '' : `${sign}${secondsText(said, false)}S`;
	const time = signed(said.hours, 'H') + signed(said.minutes, 'M') + seconds;
	if (date === '' && time === '') return 'PT0S';
	return `P${date}${time === '' ? '' : `T${time}`}`;
}
