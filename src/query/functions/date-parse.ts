/**
 * to_date and to_timestamp: reading a text by a template. Fields are read in the template's order into a set of values, from which
 * the date is made at the end; contradictions and impossible values raise PostgreSQL's errors.
 *
 * Unless FX is given, blanks around fields do not count and a separator of the template matches any one separator or none.
 */
import { sqlError } from '../../platform/errors.ts';
import {
	applyTimePrecision,
	checkDate,
	checkTimestamp,
	dateToTimestamp,
	daysFromParts,
	daysInMonth,
	isoWeekStart,
	localToInstant,
	partsOfDate,
} from '../../value/date-time.ts';
import { addInt8, type Int8 } from '../../value/int8.ts';
import { fixedTimeZone, type TimeZone } from '../../value/time-zone.ts';
import { DAY_NAMES, type DateTemplate, dateTemplate, MONTH_NAMES, ROMAN_MONTHS, type TemplateField } from './date-format.ts';

/** Julian day of 1970-01-01. */
const UNIX_EPOCH_JULIAN_DAY = 2440588;

/** Values by field; undefined where the text gave none. */
interface FieldValues {
	hour?: number;
	isTwelveHours: boolean;
	isAfternoon?: boolean;
	minute?: number;
	second?: number;
	secondsOfDay?: number;
	millisecond?: number;
	microsecond?: number;
	year?: number;
	yearDigits: number;
	isBeforeChrist?: boolean;
	century?: number;
	month?: number;
	day?: number;
	dayOfYear?: number;
	dayOfWeek?: number;
	week?: number;
	weekOfMonth?: number;
	julian?: number;
	isIso?: boolean;
	/** Digits of a fraction of a second that are kept. */
	precision?: number;
	zoneSign: number;
	zoneHours?: number;
	zoneMinutes?: number;
}

type NumberKey = {
	[K in keyof FieldValues]-?: FieldValues[K] extends number | undefined ? K : never;
}[keyof FieldValues];

/** to_date. */
export function parseDateByTemplate(text: string, template: string): number {
	return checkDate(daysOf(new TemplateReader(text, dateTemplate(template)).read(), text));
}

/** to_timestamp; without a zone in the text, in the session's. */
export function parseInstantByTemplate(text: string, template: string, zone: TimeZone): Int8 {
	const values = new TemplateReader(text, dateTemplate(template)).read();
	const local = addInt8(dateToTimestamp(checkDate(daysOf(values, text))), timeOf(values, text));
	if (values.zoneHours === undefined && values.zoneMinutes === undefined) return rounded(localToInstant(local, zone), values);
	if ((values.zoneHours ?? 0) > ZONE_HOURS_MAX || (values.zoneMinutes ?? 0) > 59) throw outOfRange(text);
	const secondsEast = values.zoneSign * ((values.zoneHours ?? 0) * 3600 + (values.zoneMinutes ?? 0) * 60);
	return rounded(localToInstant(local, fixedTimeZone(secondsEast)), values);
}

const ZONE_HOURS_MAX = 15;

/** FF1 to FF6 round to that many digits. */
function rounded(instant: Int8, values: FieldValues): Int8 {
	return checkTimestamp(values.precision === undefined ? instant : applyTimePrecision(instant, values.precision));
}

/** A whole text read by a template, its date and time local, and the zone written in it. Nothing may be left over. */
export function readDateTime(text: string, template: string): { readonly days: number; readonly time: number; readonly secondsEast: number } {
	const reader = new TemplateReader(text, dateTemplate(template), true);
	const values = reader.read();
	const secondsEast = values.zoneSign * ((values.zoneHours ?? 0) * 3600 + (values.zoneMinutes ?? 0) * 60);
	return { days: checkDate(daysOf(values, text)), time: timeOf(values, text), secondsEast };
}

const badFormat = (message: string, detail = '', hint = ''): Error =>
	sqlError('22007', message, { ...(detail === '' ? {} : { detail }), ...(hint === '' ? {} : { hint }) });

const isBlank = (character: string | undefined): boolean => character !== undefined && /\s/.test(character);
/** Printable ASCII that is neither letter nor digit. */
const isSeparator = (character: string | undefined): boolean => character !== undefined && /^[!-/:-@[-`{-~]$/.test(character);

/** How many digits a number field has when the next field follows at once. */
const WIDTHS: Readonly<Record<string, number>> = {
	HH: 2,
	HH12: 2,
	HH24: 2,
	MI: 2,
	SS: 2,
	MS: 3,
	US: 6,
	FF1: 1,
	FF2: 2,
	FF3: 3,
	FF4: 4,
	FF5: 5,
	FF6: 6,
	SSSS: 5,
	SSSSS: 5,
	YYYY: 4,
	IYYY: 4,
	YYY: 3,
	IYY: 3,
	YY: 2,
	IY: 2,
	Y: 1,
	I: 1,
	CC: 2,
	MM: 2,
	DDD: 3,
	IDDD: 3,
	DD: 2,
	D: 1,
	ID: 1,
	WW: 2,
	IW: 2,
	W: 1,
	Q: 1,
	J: 7,
	TZH: 2,
	TZM: 2,
};

/** Number fields that are simply kept. */
const PLAIN: Readonly<Record<string, NumberKey>> = {
	HH24: 'hour',
	MI: 'minute',
	SS: 'second',
	SSSS: 'secondsOfDay',
	SSSSS: 'secondsOfDay',
	CC: 'century',
	MM: 'month',
	DD: 'day',
	DDD: 'dayOfYear',
	WW: 'week',
	W: 'weekOfMonth',
	J: 'julian',
	TZM: 'zoneMinutes',
};

const ISO_FIELDS: ReadonlySet<string> = new Set(['IYYY', 'IYY', 'IY', 'I', 'IDDD', 'ID', 'IW']);
const GREGORIAN_FIELDS: ReadonlySet<string> = new Set(['Y,YYY', 'YYYY', 'YYY', 'YY', 'Y', 'CC', 'MM', 'DDD', 'DD', 'D', 'WW', 'W', 'MONTH', 'MON', 'RM']);

class TemplateReader {
	readonly text: string;
	readonly template: DateTemplate;
	/** Text and template must end together, and separators be those of the template: the standard's rules for datetime(). */
	readonly isWhole: boolean;
	readonly values: FieldValues = { isTwelveHours: false, yearDigits: 0, zoneSign: 1 };
	at = 0;
	/** Characters skipped beyond what the template asked for. */
	skipped = 0;

	constructor(text: string, template: DateTemplate, isWhole = false) {
		this.text = text;
		this.template = template;
		this.isWhole = isWhole;
	}

	read(): FieldValues {
		const { items, isExact } = this.template;
		items.forEach((item, index) => {
			if (this.at >= this.text.length) {
				if (this.isWhole && item.kind === 'field') throw badFormat('input string is too short for datetime format');
				return;
			}
			if (!isExact && !this.isWhole && (item.kind === 'field' || index === 0)) this.#skipBlanks();
			if (item.kind === 'text') {
				this.#textItem(item.text, item.isQuoted);
				return;
			}
			this.#field(item, index);
			if (!isExact && !this.isWhole) {
				this.skipped = 0;
				this.#skipBlanks();
			}
		});
		if (this.isWhole && this.at < this.text.length) throw badFormat('trailing characters remain in input string after datetime format');
		return this.values;
	}

	#skipBlanks(): void {
		while (isBlank(this.text[this.at])) {
			this.at++;
			this.skipped++;
		}
	}

	#textItem(text: string, isQuoted: boolean): void {
		if (this.isWhole) {
			if (!isQuoted && !isBlank(text) && !isSeparator(text)) throw badFormat(`invalid datetime format separator: "${text}"`);
			if (this.text[this.at] !== text) throw badFormat(`unmatched format ${isQuoted ? 'character' : 'separator'} "${text}"`);
			this.at++;
			return;
		}
		const isLoose = !isQuoted && (isBlank(text) || isSeparator(text));
		if (this.template.isExact) {
			this.at += text.length;
		} else if (isLoose) {
			this.skipped--;
			if (isBlank(this.text[this.at]) || isSeparator(this.text[this.at])) {
				this.at++;
				this.skipped++;
			}
		} else if (this.skipped > 0) this.skipped--;
		else this.at += 1;
	}

	#field(field: TemplateField, index: number): void {
		const upper = field.name.toUpperCase();
		this.#checkCalendar(upper);
		if (!this.#nameField(field, upper)) this.#numberField(field, index);
		if (field.ordinal !== null) this.at += 2;
	}

	/** Fields of ISO weeks and of the Gregorian calendar do not mix. */
	#checkCalendar(name: string): void {
		const isIso = ISO_FIELDS.has(name);
		if (!isIso && !GREGORIAN_FIELDS.has(name)) return;
		if (this.values.isIso !== undefined && this.values.isIso !== isIso) {
			throw badFormat('invalid combination of date conventions', '', 'Do not mix Gregorian and ISO week date conventions in a formatting template.');
		}
		this.values.isIso = isIso;
	}

	#set(key: NumberKey, value: number, field: TemplateField): void {
		const known = this.values[key];
		if (known !== undefined && known !== value) {
			throw badFormat(
				`conflicting values for "${field.written}" field in formatting string`,
				'This value contradicts a previous setting for the same field type.',
			);
		}
		this.values[key] = value;
	}

	#nameField(field: TemplateField, upper: string): boolean {
		switch (upper) {
			case 'AM':
			case 'PM':
				this.values.isAfternoon = this.#choose(['AM', 'PM'], field) === 1;
				this.values.isTwelveHours = true;
				return true;
			case 'A.M.':
			case 'P.M.':
				this.values.isAfternoon = this.#choose(['A.M.', 'P.M.'], field) === 1;
				this.values.isTwelveHours = true;
				return true;
			case 'BC':
			case 'AD':
				this.values.isBeforeChrist = this.#choose(['AD', 'BC'], field) === 1;
				return true;
			case 'B.C.':
			case 'A.D.':
				this.values.isBeforeChrist = this.#choose(['A.D.', 'B.C.'], field) === 1;
				return true;
			case 'MONTH':
				this.#set('month', this.#choose(MONTH_NAMES, field) + 1, field);
				return true;
			case 'MON':
				this.#set('month', this.#choose(MONTH_NAMES.map(short), field) + 1, field);
				return true;
			case 'DAY':
				this.#set('dayOfWeek', this.#choose(DAY_NAMES, field) + 1, field);
				return true;
			case 'DY':
				this.#set('dayOfWeek', this.#choose(DAY_NAMES.map(short), field) + 1, field);
				return true;
			case 'RM':
				this.#set('month', this.#choose(ROMAN_MONTHS, field) + 1, field);
				return true;
			case 'TZ':
			case 'OF':
				throw sqlError('0A000', `formatting field "${field.written}" is only supported in to_char`);
			case 'TZH':
				this.#zoneSign();
				return false;
			default:
				return false;
		}
	}

	#zoneSign(): void {
		const sign = this.text[this.at];
		if (sign === '+' || sign === '-' || sign === ' ') {
			this.values.zoneSign = sign === '-' ? -1 : 1;
			this.at++;
		} else if (this.skipped > 0 && this.text[this.at - 1] === '-') this.values.zoneSign = -1;
	}

	/** Index of the word that the text goes on with, in any case; the longest that fits. */
	#choose(words: readonly string[], field: TemplateField): number {
		const rest = this.text.slice(this.at).toLowerCase();
		let best = -1;
		words.forEach((word, index) => {
			if (rest.startsWith(word.toLowerCase()) && (best < 0 || word.length > words[best]!.length)) best = index;
		});
		if (best < 0) {
			const shown = /^[^\s]*/.exec(this.text.slice(this.at))![0];
			throw badFormat(`invalid value "${shown}" for "${field.written}"`, 'The given value did not match any of the allowed values for this field.');
		}
		this.at += words[best]!.length;
		return best;
	}

	#numberField(field: TemplateField, index: number): void {
		if (field.name === 'Y,YYY') {
			this.#yearWithComma(field);
			return;
		}
		const start = this.at;
		const value = this.#integer(field, this.#isFollowedBySeparator(index));
		const length = this.at - start;
		const plain = PLAIN[field.name];
		if (plain !== undefined) {
			if (field.name === 'HH24') this.values.isTwelveHours = false;
			this.#set(plain, value, field);
			return;
		}
		this.#specialNumber(field, value, length);
	}

	#specialNumber(field: TemplateField, value: number, length: number): void {
		switch (field.name) {
			case 'HH':
			case 'HH12':
				this.values.isTwelveHours = true;
				this.#set('hour', value, field);
				break;
			case 'MS':
				// 25 is 250 milliseconds: digits of a fraction.
				this.#set('millisecond', value * 10 ** Math.max(3 - length, 0), field);
				break;
			case 'US':
			case 'FF1':
			case 'FF2':
			case 'FF3':
			case 'FF4':
			case 'FF5':
			case 'FF6':
				if (field.name !== 'US') this.values.precision = Number(field.name[2]);
				this.#set('microsecond', value * 10 ** Math.max(6 - length, 0), field);
				break;
			case 'D':
				this.#set('dayOfWeek', value, field);
				break;
			case 'ID':
				// Kept with Sunday as 1, as D counts.
				this.#set('dayOfWeek', (value % 7) + 1, field);
				break;
			case 'IW':
				this.#set('week', value, field);
				break;
			case 'IDDD':
				this.#set('dayOfYear', value, field);
				break;
			case 'TZH':
				this.#set('zoneHours', value, field);
				break;
			case 'Q':
				break;
			default:
				this.#year(field, value, length);
		}
	}

	#year(field: TemplateField, value: number, length: number): void {
		const digits = field.name.replace('I', 'Y').length;
		this.values.yearDigits = digits;
		this.#set('year', digits < 4 && length < 4 ? fullYear(value) : value, field);
	}

	#yearWithComma(field: TemplateField): void {
		const match = /^(\d+),(\d{3})/.exec(this.text.slice(this.at));
		if (match === null) throw badFormat('invalid input string for "Y,YYY"');
		this.at += match[0].length;
		this.values.yearDigits = 4;
		this.#set('year', Number(match[1]) * 1000 + Number(match[2]), field);
	}

	/** Whether the number may take all digits there are: nothing that begins with a digit follows at once. */
	#isFollowedBySeparator(index: number): boolean {
		const next = this.template.items[index + 1];
		if (next === undefined) return true;
		if (next.kind === 'text') return !/[0-9]/.test(next.text);
		return (WIDTHS[next.name] === undefined || next.name === 'TZH') && next.name !== 'Y,YYY';
	}

	#integer(field: TemplateField, isFree: boolean): number {
		const rest = this.text.slice(this.at);
		const width = WIDTHS[field.name] ?? 0;
		const part = isFree || field.isFilled || field.ordinal !== null ? rest : rest.slice(0, width);
		if (part !== rest || rest.length < width) this.#checkWidth(part, width, field, isFree || field.isFilled || field.ordinal !== null);
		const match = /^\s*[+-]?\d+/.exec(part);
		if (match === null) throw badFormat(`invalid value "${shownValue(rest, width)}" for "${field.written}"`, 'Value must be an integer.');
		if (part !== rest && match[0].length < width) {
			throw badFormat(
				`invalid value "${part}" for "${field.written}"`,
				`Field requires ${width} characters, but only ${match[0].length} could be parsed.`,
				'If your source string is not fixed-width, try using the "FM" modifier.',
			);
		}
		this.at += match[0].length;
		const value = Number(match[0]);
		if (value > 2147483647 || value < -2147483648) {
			throw sqlError('22008', `value for "${field.written}" in source string is out of range`, {
				detail: 'Value must be in the range -2147483648 to 2147483647.',
			});
		}
		return value;
	}

	#checkWidth(part: string, width: number, field: TemplateField, isFree: boolean): void {
		if (isFree || part.length >= width) return;
		throw badFormat(
			`source string too short for "${field.written}" formatting field`,
			`Field requires ${width} characters, but only ${part.length} remain.`,
			'If your source string is not fixed-width, try using the "FM" modifier.',
		);
	}
}

const short = (name: string): string => name.slice(0, 3);
const shownValue = (rest: string, width: number): string => rest.slice(0, width === 0 ? rest.length : width);

/** A year of fewer than four digits is the one nearest to 2020. */
function fullYear(year: number): number {
	if (year < 70) return year + 2000;
	if (year < 100) return year + 1900;
	if (year < 520) return year + 2000;
	return year < 1000 ? year + 1000 : year;
}

function outOfRange(text: string): Error {
	return sqlError('22008', `date/time field value out of range: "${text}"`);
}

/** Microseconds since midnight. */
function timeOf(values: FieldValues, text: string): number {
	let { hour = 0, minute = 0, second = 0 } = values;
	if (values.secondsOfDay !== undefined) {
		hour = Math.trunc(values.secondsOfDay / 3600);
		minute = Math.trunc(values.secondsOfDay / 60) % 60;
		second = values.secondsOfDay % 60;
	}
	if (values.isTwelveHours) hour = hourOfTwelve(values);
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) throw outOfRange(text);
	const fraction = (values.millisecond ?? 0) * 1000 + (values.microsecond ?? 0);
	if (fraction >= 1_000_000) throw outOfRange(text);
	return ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction;
}

function hourOfTwelve(values: FieldValues): number {
	const hour = values.hour ?? 0;
	if (hour < 1 || hour > 12) {
		throw badFormat(`hour "${hour}" is invalid for the 12-hour clock`, '', 'Use the 24-hour clock, or give an hour between 1 and 12.');
	}
	if (values.isAfternoon === true) return hour < 12 ? hour + 12 : hour;
	return hour === 12 ? 0 : hour;
}

/** Days since 1970; year 0 (1 BC), January and the first are what a text leaves out. */
function daysOf(values: FieldValues, text: string): number {
	if (values.isTwelveHours) hourOfTwelve(values);
	const year = yearOf(values);
	if (values.julian !== undefined) return checkDay(values.julian - UNIX_EPOCH_JULIAN_DAY, values);
	if (values.isIso === true && values.week !== undefined) return isoDays(year, values, text);
	let dayOfYear = values.dayOfYear;
	if (values.week !== undefined && values.week !== 0) dayOfYear = (values.week - 1) * 7 + 1;
	let day = values.day ?? 0;
	if (values.weekOfMonth !== undefined && values.weekOfMonth !== 0) day = (values.weekOfMonth - 1) * 7 + 1;
	const month = values.month ?? 0;
	if (dayOfYear !== undefined && dayOfYear !== 0 && (month <= 1 || day <= 1)) return fromDayOfYear(year, dayOfYear, values, text);
	const shownMonth = values.month ?? 1;
	const shownDay = day === 0 ? (values.day === 0 ? 0 : 1) : day;
	if (shownMonth < 1 || shownMonth > 12 || shownDay < 1 || shownDay > daysInMonth(year, shownMonth)) throw outOfRange(text);
	return daysFromParts(year, shownMonth, shownDay);
}

/** The day and month given besides a Julian day take its place. */
function checkDay(days: number, values: FieldValues): number {
	if (values.day === undefined && values.month === undefined) return days;
	const parts = partsOfDate(days);
	return daysFromParts(parts.year, values.month ?? parts.month, values.day ?? parts.day);
}

function isoDays(year: number, values: FieldValues, text: string): number {
	const week = values.week!;
	if (week < 1 || week > 53) throw outOfRange(text);
	// dayOfWeek counts from Sunday as 1, the ISO week begins on Monday.
	const offset = values.dayOfWeek === undefined ? 0 : (values.dayOfWeek + 5) % 7;
	return isoWeekStart(year, week) + offset;
}

function fromDayOfYear(year: number, dayOfYear: number, values: FieldValues, text: string): number {
	if (values.year === undefined && values.isBeforeChrist !== true) throw badFormat('cannot calculate day of year without year information');
	if (values.isIso === true) return isoWeekStart(year, 1) + dayOfYear - 1;
	const first = daysFromParts(year, 1, 1);
	if (dayOfYear < 1 || first + dayOfYear - 1 >= daysFromParts(year + 1, 1, 1)) throw outOfRange(text);
	// A month or day given besides stays what it is.
	const parts = partsOfDate(first + dayOfYear - 1);
	const month = (values.month ?? 0) > 1 ? values.month! : parts.month;
	const day = (values.day ?? 0) > 1 ? values.day! : parts.day;
	if (day > daysInMonth(year, month)) throw outOfRange(text);
	return daysFromParts(year, month, day);
}

/** The year as calendars count it: 0 is 1 BC. */
function yearOf(values: FieldValues): number {
	const { year, century, isBeforeChrist } = values;
	if (year === undefined) {
		if (century === undefined) return 0;
		return isBeforeChrist === true ? -century * 100 + 1 : (century - 1) * 100 + 1;
	}
	if (century !== undefined && values.yearDigits <= 2) return yearOfCentury(year % 100, isBeforeChrist === true ? -century : century);
	const signed = isBeforeChrist === true ? -year : year;
	return signed < 0 ? signed + 1 : signed;
}

function yearOfCentury(year: number, century: number): number {
	if (year === 0) return century >= 0 ? century * 100 : century * 100 + 1;
	return century >= 0 ? year + (century - 1) * 100 : (century + 1) * 100 - year + 1;
}
