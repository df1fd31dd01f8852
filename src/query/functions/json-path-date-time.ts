/**
 * Dates and times inside paths: what `.datetime()` makes of a text, by ISO 8601 or a template, and how such values compare. Values
 * with and without a time zone compare only where the session's zone may be used (the functions ending in _tz).
 */
import { PolylogError, sqlError } from '../../platform/errors.ts';
import { checkTimestamp, dateToTimestamp, TimeTz } from '../../value/date-time.ts';
import { formatDate, formatTime, formatTimestamp, formatTimeTz } from '../../value/date-time-text.ts';
import { addInt8, type Int8, subtractInt8 } from '../../value/int8.ts';
import { defaultTextSettings } from '../../value/text-settings.ts';
import type { TimeZone } from '../../value/time-zone.ts';
import { comparableInstant, comparableTimestamp } from './comparable-times.ts';
import { dateTemplate } from './date-format.ts';
import { readDateTime } from './date-parse.ts';
import { JsonPathFailure } from './json-path-failure.ts';

type Kind = 'date' | 'time' | 'timetz' | 'timestamp' | 'timestamptz';

/** A date or time in a path. */
export class DateTimeItem {
	readonly kind: Kind;
	/** Days, microseconds, a TimeTz; of timestamptz the instant. */
	readonly value: Int8 | TimeTz;
	/** Zone the text was written in, in seconds east: shown again. */
	readonly secondsEast: number;

	constructor(kind: Kind, value: Int8 | TimeTz, secondsEast = 0) {
		this.kind = kind;
		this.value = value;
		this.secondsEast = secondsEast;
	}

	get typeName(): string {
		return TYPE_NAMES[this.kind];
	}
}

const TYPE_NAMES: Readonly<Record<Kind, string>> = {
	date: 'date',
	time: 'time without time zone',
	timetz: 'time with time zone',
	timestamp: 'timestamp without time zone',
	timestamptz: 'timestamp with time zone',
};

export function isDateTime(item: unknown): item is DateTimeItem {
	return item instanceof DateTimeItem;
}

const zoneText = (secondsEast: number): string => {
	const size = Math.abs(secondsEast);
	const two = (value: number): string => String(value).padStart(2, '0');
	return `${secondsEast < 0 ? '-' : '+'}${two(Math.trunc(size / 3600))}:${two(Math.trunc(size / 60) % 60)}`;
};

/** ISO 8601 text. */
export function dateTimeText(item: DateTimeItem): string {
	switch (item.kind) {
		case 'date':
			return formatDate(item.value as number, defaultTextSettings);
		case 'time':
			return formatTime(item.value as number);
		case 'timetz':
			return formatTimeTz(item.value as TimeTz).replace(/([+-]\d\d)$/, '$1:00');
		case 'timestamp':
			return formatTimestamp(item.value as Int8, defaultTextSettings).replace(' ', 'T');
		case 'timestamptz': {
			const local = addInt8(item.value as Int8, item.secondsEast * 1_000_000);
			return formatTimestamp(local, defaultTextSettings).replace(' ', 'T') + zoneText(item.secondsEast);
		}
	}
}

/** Templates tried in order when none is given. */
const ISO_TEMPLATES = [
	'yyyy-mm-dd',
	'HH24:MI:SS.USTZH:TZM',
	'HH24:MI:SS.USTZH',
	'HH24:MI:SSTZH:TZM',
	'HH24:MI:SSTZH',
	'HH24:MI:SS.US',
	'HH24:MI:SS',
	'yyyy-mm-dd HH24:MI:SS.USTZH:TZM',
	'yyyy-mm-dd HH24:MI:SS.USTZH',
	'yyyy-mm-dd HH24:MI:SSTZH:TZM',
	'yyyy-mm-dd HH24:MI:SSTZH',
	'yyyy-mm-dd HH24:MI:SS.US',
	'yyyy-mm-dd HH24:MI:SS',
	'yyyy-mm-dd"T"HH24:MI:SS.USTZH:TZM',
	'yyyy-mm-dd"T"HH24:MI:SS.USTZH',
	'yyyy-mm-dd"T"HH24:MI:SSTZH:TZM',
	'yyyy-mm-dd"T"HH24:MI:SSTZH',
	'yyyy-mm-dd"T"HH24:MI:SS.US',
	'yyyy-mm-dd"T"HH24:MI:SS',
];

export function parseDateTime(text: string, template: string | null, zone: TimeZone | null): DateTimeItem {
	if (template !== null) return byTemplate(text, template, zone);
	for (const candidate of ISO_TEMPLATES) {
		try {
			return byTemplate(text, candidate, zone);
		} catch (error) {
			if (!(error instanceof JsonPathFailure)) throw error;
		}
	}
	throw new JsonPathFailure('22031', `datetime format is not recognized: "${text}"`);
}

const TIME_FIELDS = /^(HH|HH12|HH24|MI|SS|MS|US|FF[1-6]|SSSSS?|[AP]\.?M\.?)$/i;
const ZONE_FIELDS = /^TZ[HM]$/;

/** The kind of value follows from the fields of the template. */
function byTemplate(text: string, template: string, _zone: TimeZone | null): DateTimeItem {
	const fields = dateTemplate(template).items.flatMap((item) => (item.kind === 'field' ? [item.name] : []));
	const hasTime = fields.some((name) => TIME_FIELDS.test(name));
	const hasZone = fields.some((name) => ZONE_FIELDS.test(name));
	const hasDate = fields.some((name) => !TIME_FIELDS.test(name) && !ZONE_FIELDS.test(name));
	const { days, time, secondsEast } = readStrictly(text, template);
	if (hasDate && !hasTime) return new DateTimeItem('date', days);
	if (!hasDate) return hasZone ? new DateTimeItem('timetz', new TimeTz(time, secondsEast)) : new DateTimeItem('time', time);
	const local = checkTimestamp(addInt8(dateToTimestamp(days), time));
	if (!hasZone) return new DateTimeItem('timestamp', local);
	return new DateTimeItem('timestamptz', subtractInt8(local, secondsEast * 1_000_000), secondsEast);
}

function readStrictly(text: string, template: string): ReturnType<typeof readDateTime> {
	try {
		return readDateTime(text, template);
	} catch (error) {
		if (error instanceof PolylogError && error.sqlstate?.startsWith('22') === true) throw new JsonPathFailure(error.sqlstate, error.message);
		throw error;
	}
}

/** Null for values that never compare, such as a date and a time. */
export function compareDateTimes(left: DateTimeItem, right: DateTimeItem, zone: TimeZone | null): number | null {
	const isTime = (item: DateTimeItem): boolean => item.kind === 'time' || item.kind === 'timetz';
	if (isTime(left) !== isTime(right)) return null;
	if (isTime(left)) return compareTimes(left, right, zone);
	const zoned = left.kind === 'timestamptz' || right.kind === 'timestamptz';
	const a = instantOf(left, zoned, zone, right);
	const b = instantOf(right, zoned, zone, left);
	return a < b ? -1 : a > b ? 1 : 0;
}

function needsZone(from: DateTimeItem, to: DateTimeItem): Error {
	const names: Readonly<Record<Kind, string>> = { date: 'date', time: 'time', timetz: 'timetz', timestamp: 'timestamp', timestamptz: 'timestamptz' };
	return sqlError('0A000', `cannot convert value from ${names[from.kind]} to ${names[to.kind]} without time zone usage`, {
		hint: 'Use *_tz() function for time zone support.',
	});
}

function instantOf(item: DateTimeItem, zoned: boolean, zone: TimeZone | null, other: DateTimeItem): Int8 {
	const local = item.kind === 'date' ? comparableTimestamp(item.value as number) : (item.value as Int8);
	if (!zoned) return local;
	if (item.kind === 'timestamptz') return item.value as Int8;
	if (zone === null) throw needsZone(item, other);
	return comparableInstant(local, zone);
}

function compareTimes(left: DateTimeItem, right: DateTimeItem, zone: TimeZone | null): number {
	if (left.kind === right.kind && left.kind === 'time') return Number(left.value) - Number(right.value);
	const a = timeTzOf(left, right, zone);
	const b = timeTzOf(right, left, zone);
	const order = a.microseconds - a.secondsEast * 1_000_000 - (b.microseconds - b.secondsEast * 1_000_000);
	return order !== 0 ? order : b.secondsEast - a.secondsEast;
}

function timeTzOf(item: DateTimeItem, other: DateTimeItem, zone: TimeZone | null): TimeTz {
	if (item.value instanceof TimeTz) return item.value;
	if (zone === null) throw needsZone(item, other);
	return new TimeTz(Number(item.value), zone.offsetAt(0));
}
