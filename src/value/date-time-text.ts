/**
 * Text of dates and times: PostgreSQL's input grammar, with a fast way for ISO 8601, and its output styles (ISO, SQL,
 * Postgres, German; MDY, DMY, YMD orders).
 */
import { sqlError } from '../platform/errors.ts';
import {
	applyTimePrecision,
	checkDate,
	dayOfWeek,
	daysFromParts,
	daysInMonth,
	instantToLocal,
	isTimestampInRange,
	localToInstant,
	partsOfDate,
	TimeTz,
	timestampFromDays,
	timestampToDate,
	timestampToTime,
} from './date-time.ts';
import { type DecodedDateTime, DecodeError, decodeDateTime, decodeFailure, decodeTimeOnly } from './date-time-decoder.ts';
import { fromBigInt, type Int8 } from './int8.ts';
import { MICROSECONDS_PER_DAY } from './interval.ts';
import type { TextSettings } from './text-settings.ts';
import { offsetText } from './time-zone.ts';

export function parseDate(text: string, settings: TextSettings): number {
	const fast = isoDate(text, 0);
	if (!Number.isNaN(fast) && text.length === 10) return fast;
	const decoded = decode(text, 'date', settings, decodeDateTime);
	if (decoded.special !== null) return decoded.special === 'epoch' ? 0 : infinityOf(decoded.special);
	try {
		return checkDate(decoded.days);
	} catch (cause) {
		throw sqlError('22008', `date out of range: "${text}"`, { cause });
	}
}

export function parseTime(text: string, typmod: number, settings: TextSettings): number {
	const fast = isoTime(text, 0, text.length);
	const time = Number.isNaN(fast) ? decode(text, 'time', settings, decodeTimeOnly).time : fast;
	return Number(applyTimePrecision(time, typmod));
}

export function parseTimeTz(text: string, typmod: number, settings: TextSettings): TimeTz {
	const decoded = decode(text, 'time with time zone', settings, decodeTimeOnly);
	const secondsEast = decoded.secondsEast ?? zoneOfTime(decoded, settings);
	return new TimeTz(Number(applyTimePrecision(decoded.time, typmod)), secondsEast);
}

/** A time without a zone has the session's, on the date given or today. */
function zoneOfTime(decoded: DecodedDateTime, settings: TextSettings): number {
	const days = Number.isNaN(decoded.days) ? timestampToDate(instantToLocal(settings.nowUs(), settings.timeZone)) : decoded.days;
	return settings.timeZone.offsetOfLocal(timestampFromDays(days, decoded.time));
}

export function parseTimestamp(text: string, typmod: number, settings: TextSettings): Int8 {
	const fast = isoTimestamp(text);
	if (!Number.isNaN(fast)) return applyTimePrecision(fast, typmod);
	const decoded = decode(text, 'timestamp', settings, decodeDateTime);
	if (decoded.special !== null) return decoded.special === 'epoch' ? 0 : infinityOf(decoded.special);
	return applyTimePrecision(inRange(timestampFromDays(decoded.days, decoded.time), text), typmod);
}

export function parseTimestamptz(text: string, typmod: number, settings: TextSettings): Int8 {
	const fast = isoInstant(text);
	if (!Number.isNaN(fast)) return applyTimePrecision(fast, typmod);
	const fastLocal = isoTimestamp(text);
	if (!Number.isNaN(fastLocal)) return applyTimePrecision(localToInstant(fastLocal, settings.timeZone), typmod);
	const decoded = decode(text, 'timestamp with time zone', settings, decodeDateTime);
	if (decoded.special !== null) return decoded.special === 'epoch' ? 0 : infinityOf(decoded.special);
	const local = timestampFromDays(decoded.days, decoded.time);
	const secondsEast = decoded.secondsEast ?? settings.timeZone.offsetOfLocal(local);
	const instant =
		typeof local === 'number' && Number.isSafeInteger(local - secondsEast * 1e6)
			? local - secondsEast * 1e6
			: fromBigInt(BigInt(local) - BigInt(secondsEast) * 1_000_000n);
	return applyTimePrecision(inRange(instant, text), typmod);
}

function inRange(timestamp: Int8, text: string): Int8 {
	if (!isTimestampInRange(timestamp)) throw sqlError('22008', `timestamp out of range: "${text}"`);
	return timestamp;
}

function infinityOf(special: 'infinity' | '-infinity'): number {
	return special === 'infinity' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}

function decode(text: string, typeName: string, settings: TextSettings, read: (text: string, settings: TextSettings) => DecodedDateTime): DecodedDateTime {
	try {
		return read(text, settings);
	} catch (error) {
		if (error instanceof DecodeError) throw decodeFailure(error.failure, text, typeName);
		throw error;
	}
}

function twoDigits(text: string, at: number): number {
	const high = text.charCodeAt(at) - 48;
	const low = text.charCodeAt(at + 1) - 48;
	return high >= 0 && high <= 9 && low >= 0 && low <= 9 ? high * 10 + low : Number.NaN;
}

/** Days of `yyyy-mm-dd` at `at`, or NaN for any other text. */
function isoDate(text: string, at: number): number {
	if (text.charCodeAt(at + 4) !== 45 || text.charCodeAt(at + 7) !== 45) return Number.NaN;
	const year = twoDigits(text, at) * 100 + twoDigits(text, at + 2);
	const month = twoDigits(text, at + 5);
	const day = twoDigits(text, at + 8);
	if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month))) return Number.NaN;
	return daysFromParts(year, month, day);
}

/** Microseconds of `hh:mm:ss[.f…]` within [at, end), or NaN. */
function isoTime(text: string, at: number, end: number): number {
	if (end - at < 8 || text.charCodeAt(at + 2) !== 58 || text.charCodeAt(at + 5) !== 58) return Number.NaN;
	const hour = twoDigits(text, at);
	const minute = twoDigits(text, at + 3);
	const second = twoDigits(text, at + 6);
	if (!(hour <= 23 && minute <= 59 && second <= 59)) return Number.NaN;
	const whole = ((hour * 60 + minute) * 60 + second) * 1e6;
	if (end - at === 8) return whole;
	if (text.charCodeAt(at + 8) !== 46 || end - at > 15 || end - at === 9) return Number.NaN;
	let fraction = 0;
	for (let index = at + 9; index < at + 15; index++) {
		const digit = index < end ? text.charCodeAt(index) - 48 : 0;
		if (!(digit >= 0 && digit <= 9)) return Number.NaN;
		fraction = fraction * 10 + digit;
	}
	return whole + fraction;
}

/** Microseconds since 1970 of `yyyy-mm-dd hh:mm:ss[.f…]` (or T between), or NaN. */
function isoTimestamp(text: string): number {
	const separator = text.charCodeAt(10);
	if (separator !== 32 && separator !== 84) return Number.NaN;
	return safe(isoDate(text, 0) * MICROSECONDS_PER_DAY + isoTime(text, 11, text.length));
}

/** Microseconds since 1970 UTC of an ISO timestamp followed by Z, +hh or +hh:mm, or NaN. */
function isoInstant(text: string): number {
	let end = text.length;
	let secondsEast = 0;
	if (text.charCodeAt(end - 1) === 90) end--;
	else {
		let minutes = 0;
		if (text.charCodeAt(end - 3) === 58) {
			minutes = twoDigits(text, end - 2);
			end -= 3;
		}
		const sign = text.charCodeAt(end - 3);
		const hours = twoDigits(text, end - 2);
		if ((sign !== 43 && sign !== 45) || end < 20 || !(hours <= 15 && minutes <= 59)) return Number.NaN;
		secondsEast = (hours * 3600 + minutes * 60) * (sign === 45 ? -1 : 1);
		end -= 3;
	}
	const separator = text.charCodeAt(10);
	if (separator !== 32 && separator !== 84) return Number.NaN;
	return safe(isoDate(text, 0) * MICROSECONDS_PER_DAY + isoTime(text, 11, end) - secondsEast * 1e6);
}

/** Sums past 2^53 may have been rounded: they are left to the slow way. */
function safe(value: number): number {
	return Number.isSafeInteger(value) ? value : Number.NaN;
}

function two(value: number): string {
	return value < 10 ? `0${value}` : String(value);
}

function yearText(year: number): string {
	const shown = year > 0 ? year : 1 - year;
	return shown < 1000 ? String(shown).padStart(4, '0') : String(shown);
}

export function formatDate(days: number, settings: TextSettings): string {
	if (!Number.isFinite(days)) return days > 0 ? 'infinity' : '-infinity';
	return dateText(days, settings) + eraText(days);
}

function eraText(days: number): string {
	// 0001-01-01 is day −719162.
	return days < -719_162 ? ' BC' : '';
}

/** A date without its era. */
function dateText(days: number, settings: TextSettings): string {
	const { year, month, day } = partsOfDate(days);
	const shown = yearText(year);
	switch (settings.dateStyle) {
		case 'SQL':
			return settings.dateOrder === 'DMY' ? `${two(day)}/${two(month)}/${shown}` : `${two(month)}/${two(day)}/${shown}`;
		case 'German':
			return `${two(day)}.${two(month)}.${shown}`;
		case 'Postgres':
			return settings.dateOrder === 'DMY' ? `${two(day)}-${two(month)}-${shown}` : `${two(month)}-${two(day)}-${shown}`;
		default:
			return `${shown}-${two(month)}-${two(day)}`;
	}
}

export function formatTime(time: number): string {
	const second = Math.floor(time / 1e6);
	const fraction = time - second * 1e6;
	const whole = `${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`;
	return fraction === 0 ? whole : whole + fractionText(fraction);
}

/** ".5" for 500000 microseconds. */
export function fractionText(microseconds: number): string {
	return `.${String(microseconds).padStart(6, '0').replace(/0+$/, '')}`;
}

export function formatTimeTz(value: TimeTz): string {
	return formatTime(value.microseconds) + offsetText(value.secondsEast);
}

export function formatTimestamp(timestamp: Int8, settings: TextSettings): string {
	if (timestamp === Number.POSITIVE_INFINITY) return 'infinity';
	if (timestamp === Number.NEGATIVE_INFINITY) return '-infinity';
	return timestampText(timestamp, settings, '', '');
}

export function formatTimestamptz(instant: Int8, settings: TextSettings): string {
	if (instant === Number.POSITIVE_INFINITY) return 'infinity';
	if (instant === Number.NEGATIVE_INFINITY) return '-infinity';
	const local = instantToLocal(instant, settings.timeZone);
	if (settings.dateStyle === 'ISO') return timestampText(local, settings, offsetText(settings.timeZone.offsetAt(instant)), '');
	return timestampText(local, settings, '', ` ${settings.timeZone.abbreviationAt(instant)}`);
}

const MONTH_NAMES = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY_NAMES = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

function timestampText(local: Int8, settings: TextSettings, offset: string, zone: string): string {
	const days = timestampToDate(local);
	const time = formatTime(timestampToTime(local));
	if (settings.dateStyle !== 'Postgres') return `${dateText(days, settings)} ${time}${offset}${zone}${eraText(days)}`;
	const { year, month, day } = partsOfDate(days);
	const name = MONTH_NAMES[month - 1]!;
	const date = settings.dateOrder === 'DMY' ? `${two(day)} ${name}` : `${name} ${two(day)}`;
	return `${DAY_NAMES[dayOfWeek(days)]} ${date} ${time} ${yearText(year)}${zone}${eraText(days)}`;
}
