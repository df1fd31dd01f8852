/**
 * Dates and times of Cypher from text: ISO 8601's calendar, week, quarter and ordinal dates, in the extended and the basic form,
 * with any part left out from the right; times with fractions of a second, offsets and names of zones in brackets.
 *
 * Years past four digits have a sign, and then need the extended form. The texts of the values themselves are all read.
 */
import { cypherError } from '../../platform/cypher-errors.ts';
import { checkField, daysInMonth, daysInQuarter, daysInYear, daysOfCivil, firstWeekStart, weeksInWeekYear, YEAR_MAX, YEAR_MIN } from './calendar.ts';
import { CypherDate } from './cypher-date.ts';
import { CypherDateTime } from './cypher-date-time.ts';
import { CypherLocalDateTime } from './cypher-local-date-time.ts';
import { CypherLocalTime, nanosecondOfDay } from './cypher-local-time.ts';
import { CypherTime } from './cypher-time.ts';
import { offsetAtSecond, parseOffset, parseZone, type TemporalZone } from './temporal-zone.ts';

const DATE =
	'(?<year>[+-]\\d{1,9}(?=-|$|T|\\[)|\\d{4})' +
	'(?:-?W(?<week>\\d{2})(?:-?(?<weekDay>\\d))?' +
	'|-?Q(?<quarter>\\d)(?:-?(?<quarterDay>\\d{1,2}))?' +
	'|-(?<month>\\d{1,2})(?:-(?<day>\\d{1,2}))?' +
	'|-?(?<ordinal>\\d{3})' +
	'|(?<basicMonth>\\d{2})(?<basicDay>\\d{2})?)?';
const TIME = '(?<hour>\\d{1,2})(?::(?<minute>\\d{1,2})(?::(?<second>\\d{1,2})F)?|(?<basicMinute>\\d{2})(?:(?<basicSecond>\\d{2})G)?)?'
	.replace('F', '(?:[.,](?<fraction>\\d{1,9}))?')
	.replace('G', '(?:[.,](?<basicFraction>\\d{1,9}))?');
const OFFSET = '(?<offset>Z|[+-]\\d{1,2}(?::?\\d{2}(?::?\\d{2})?)?)?';
const ZONE = '(?:\\[(?<zone>[^\\]]+)\\])?';

const DATE_PATTERN = new RegExp(`^${DATE}$`, 'i');
const LOCAL_TIME_PATTERN = new RegExp(`^T?${TIME}$`, 'i');
const TIME_PATTERN = new RegExp(`^T?${TIME}${OFFSET}${ZONE}$`, 'i');
const LOCAL_DATE_TIME_PATTERN = new RegExp(`^${DATE}(?:T${TIME})?$`, 'i');
const DATE_TIME_PATTERN = new RegExp(`^${DATE}(?:T${TIME}${OFFSET})?${ZONE}$`, 'i');

type Groups = Readonly<Record<string, string | undefined>>;

/** `2015-07-21`, `20150721`, `2015-W30-2`, `2015202`, `2015`; an ArgumentError for anything else. */
export function parseDate(text: string): CypherDate {
	return new CypherDate(epochDayOf(matched(DATE_PATTERN, text, 'a date')));
}

/** `21:40:32.142`, `214032`, `21`; an ArgumentError for anything else. */
export function parseLocalTime(text: string): CypherLocalTime {
	return new CypherLocalTime(nanosecondOf(matched(LOCAL_TIME_PATTERN, text, 'a local time')));
}

/** A local time with an offset, or a zone whose offset at `nowSecond` is taken; without either in `zone`. */
export function parseTime(text: string, zone: TemporalZone, nowSecond: number): CypherTime {
	const groups = matched(TIME_PATTERN, text, 'a time');
	const named = groups.zone === undefined ? null : parseZone(groups.zone);
	const offset = groups.offset === undefined ? offsetAtSecond(named ?? zone, nowSecond) : offsetOf(groups.offset);
	if (named !== null && offset !== offsetAtSecond(named, nowSecond)) throw mismatch(text);
	return new CypherTime(nanosecondOf(groups), offset);
}

/** A date, and a time of day after T (midnight without). */
export function parseLocalDateTime(text: string): CypherLocalDateTime {
	const groups = matched(LOCAL_DATE_TIME_PATTERN, text, 'a local datetime');
	return new CypherLocalDateTime(epochDayOf(groups), nanosecondOf(groups));
}

/** A local datetime with an offset, the name of a zone or both; without either in `zone`. */
export function parseDateTime(text: string, zone: TemporalZone): CypherDateTime {
	const groups = matched(DATE_TIME_PATTERN, text, 'a datetime');
	const epochDay = epochDayOf(groups);
	const nanosecond = nanosecondOf(groups);
	const offset = groups.offset === undefined ? null : { name: null, offsetSeconds: offsetOf(groups.offset) };
	if (groups.zone === undefined) return CypherDateTime.ofLocal(epochDay, nanosecond, offset ?? zone);
	const named = parseZone(groups.zone);
	if (offset === null) return CypherDateTime.ofLocal(epochDay, nanosecond, named);
	// The offset decides where the zone's clock shows the time twice; one that the zone does not have then is an error.
	const fixed = CypherDateTime.ofLocal(epochDay, nanosecond, offset);
	const result = CypherDateTime.ofEpochSecond(fixed.epochSecond, fixed.nanosecond, named);
	if (result.offsetSeconds !== fixed.offsetSeconds) throw mismatch(text);
	return result;
}

function matched(pattern: RegExp, text: string, what: string): Groups {
	const match = pattern.exec(text);
	if (match === null) throw cypherError('ArgumentError', `text cannot be read as ${what}: '${text}'`);
	return match.groups ?? {};
}

function mismatch(text: string): Error {
	return cypherError('ArgumentError', `offset and time zone do not agree: '${text}'`);
}

function offsetOf(text: string): number {
	const offset = parseOffset(text.replaceAll(':', ''));
	if (offset === null) throw cypherError('ArgumentError', `'${text}' is no offset`);
	return offset;
}

function epochDayOf(groups: Groups): number {
	const year = checkField('year', Number(groups.year), YEAR_MIN, YEAR_MAX);
	if (groups.week !== undefined) {
		const week = checkField('week', Number(groups.week), 1, weeksInWeekYear(year));
		return firstWeekStart(year) + (week - 1) * 7 + checkField('dayOfWeek', Number(groups.weekDay ?? 1), 1, 7) - 1;
	}
	if (groups.quarter !== undefined) {
		const quarter = checkField('quarter', Number(groups.quarter), 1, 4);
		const day = checkField('dayOfQuarter', Number(groups.quarterDay ?? 1), 1, daysInQuarter(year, quarter));
		return daysOfCivil(year, quarter * 3 - 2, 1) + day - 1;
	}
	if (groups.ordinal !== undefined) {
		return daysOfCivil(year, 1, 1) + checkField('ordinalDay', Number(groups.ordinal), 1, daysInYear(year)) - 1;
	}
	const month = checkField('month', Number(groups.month ?? groups.basicMonth ?? 1), 1, 12);
	return daysOfCivil(year, month, checkField('day', Number(groups.day ?? groups.basicDay ?? 1), 1, daysInMonth(year, month)));
}

function nanosecondOf(groups: Groups): number {
	const hour = Number(groups.hour ?? 0);
	const minute = Number(groups.minute ?? groups.basicMinute ?? 0);
	const second = Number(groups.second ?? groups.basicSecond ?? 0);
	return nanosecondOfDay(hour, minute, second, Number((groups.fraction ?? groups.basicFraction ?? '').padEnd(9, '0')));
}
