/**
 * Templates of dates and times, and to_char by them. A template is a list of fields (`YYYY`, `Mon`, `HH24` …), each perhaps with
 * modifiers (FM before it, TH behind it), and texts between them.
 *
 * Source: PostgreSQL manual §9.8, tables 9.26 to 9.29; names of months and days are English.
 */
import { sqlError } from '../../platform/errors.ts';
import { dayOfWeek, dayOfYear, isoWeekOf, isoWeekStart, julianDayOf, partsOfTimestamp, timestampToDate } from '../../value/date-time.ts';
import type { Int8 } from '../../value/int8.ts';
import type { Interval } from '../../value/interval.ts';
import { ordinalSuffix } from './number-format.ts';

/** A field's canonical name and how it was written. */
export interface TemplateField {
	readonly kind: 'field';
	readonly name: string;
	readonly written: string;
	readonly isFilled: boolean;
	readonly ordinal: 'upper' | 'lower' | null;
}

export interface TemplateText {
	readonly kind: 'text';
	/** One character. */
	readonly text: string;
	/** It stood in double quotes. */
	readonly isQuoted: boolean;
}

export interface DateTemplate {
	readonly items: readonly (TemplateField | TemplateText)[];
	/** FX: spaces count. */
	readonly isExact: boolean;
}

/** Fields whose case does not matter. */
const CASELESS =
	'SSSSS SSSS IYYY Y,YYY YYYY IDDD HH24 HH12 FF1 FF2 FF3 FF4 FF5 FF6 IYY YYY DDD TZH TZM HH MI SS MS US MM DD ID WW IW CC IY YY RM OF Q J W D I Y'.split(' ');
/** Fields whose case decides the case of the result. */
const CASED = 'A.M. P.M. B.C. A.D. a.m. p.m. b.c. a.d. MONTH Month month MON Mon mon DAY Day day DY Dy dy AM PM BC AD am pm bc ad TZ tz RM rm'.split(' ');

const FIELDS: readonly (readonly [written: string, name: string])[] = [
	...CASED.map((field) => [field, field] as const),
	...CASELESS.filter((field) => field !== 'RM').flatMap((field) => [[field, field] as const, [field.toLowerCase(), field] as const]),
].sort((a, b) => b[0].length - a[0].length);

const PREFIXES = ['FM', 'fm', 'TM', 'tm', 'FX', 'fx'];
const SUFFIXES = ['TH', 'th', 'SP'];

const CACHE_MAX = 256;
const cache = new Map<string, DateTemplate>();

export function dateTemplate(text: string): DateTemplate {
	const known = cache.get(text);
	if (known !== undefined) return known;
	const made = new TemplateParser(text).parse();
	if (cache.size >= CACHE_MAX) cache.clear();
	cache.set(text, made);
	return made;
}

class TemplateParser {
	readonly text: string;
	readonly items: (TemplateField | TemplateText)[] = [];
	at = 0;
	isExact = false;

	constructor(text: string) {
		this.text = text;
	}

	parse(): DateTemplate {
		while (this.at < this.text.length) {
			if (this.#field()) continue;
			if (this.text[this.at] === '"') this.#quoted();
			else this.#character();
		}
		return { items: this.items, isExact: this.isExact };
	}

	#field(): boolean {
		const start = this.at;
		let isFilled = false;
		for (let prefix = this.#accept(PREFIXES); prefix !== null; prefix = this.#accept(PREFIXES)) {
			const upper = prefix.toUpperCase();
			if (upper === 'FX') this.isExact = true;
			else isFilled = true;
		}
		const rest = this.text;
		const found = FIELDS.find(([written]) => rest.startsWith(written, this.at));
		if (found === undefined) return this.at > start;
		this.at += found[0].length;
		const suffix = this.#accept(SUFFIXES);
		const ordinal = suffix === 'TH' ? 'upper' : suffix === 'th' ? 'lower' : null;
		this.items.push({ kind: 'field', name: found[1], written: found[0], isFilled, ordinal });
		return true;
	}

	#accept(words: readonly string[]): string | null {
		for (const word of words) {
			if (!this.text.startsWith(word, this.at)) continue;
			this.at += word.length;
			return word;
		}
		return null;
	}

	#quoted(): void {
		this.at++;
		while (this.at < this.text.length && this.text[this.at] !== '"') {
			if (this.text[this.at] === '\\' && this.at + 1 < this.text.length) this.at++;
			this.#push(true);
		}
		this.at++;
	}

	#character(): void {
		if (this.text[this.at] === '\\' && this.text[this.at + 1] === '"') this.at++;
		this.#push(false);
	}

	#push(isQuoted: boolean): void {
		const text = String.fromCodePoint(this.text.codePointAt(this.at)!);
		this.items.push({ kind: 'text', text, isQuoted });
		this.at += text.length;
	}
}

export const MONTH_NAMES = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
export const DAY_NAMES = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
export const ROMAN_MONTHS = ['I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX', 'X', 'XI', 'XII'];
const NAME_WIDTH = 9;
const ROMAN_WIDTH = 4;

interface Zone {
	readonly abbreviation: string;
	readonly secondsEast: number;
}

/** What fields are computed from. */
interface TimeParts {
	readonly isInterval: boolean;
	readonly year: number;
	readonly month: number;
	readonly day: number;
	readonly hour: number;
	readonly minute: number;
	readonly second: number;
	readonly microsecond: number;
	/** Day of the year; of intervals all days, a month having 30. */
	readonly dayOfYear: number;
	readonly days: number;
	readonly zone: Zone | null;
}

/** to_char of a timestamp given as local time. */
export function formatLocalTime(local: Int8, templateText: string, zone: Zone | null): string | null {
	if (templateText === '') return null;
	const days = timestampToDate(local);
	const parts = partsOfTimestamp(local);
	return formatParts({ isInterval: false, ...pick(parts), dayOfYear: dayOfYear(days), days, zone }, templateText);
}

function pick(parts: Omit<TimeParts, 'isInterval' | 'dayOfYear' | 'days' | 'zone'>) {
	const { year, month, day, hour, minute, second, microsecond } = parts;
	return { year, month, day, hour, minute, second, microsecond };
}

/** to_char of an interval. */
export function formatInterval(value: Interval, templateText: string): string | null {
	if (templateText === '') return null;
	const time = BigInt(value.microseconds);
	const year = Math.trunc(value.months / 12) + 0;
	const month = (value.months % 12) + 0;
	const parts: TimeParts = {
		isInterval: true,
		year,
		month,
		day: value.days,
		hour: Number(time / 3_600_000_000n),
		minute: Number((time / 60_000_000n) % 60n),
		second: Number((time / 1_000_000n) % 60n),
		microsecond: Number(time % 1_000_000n),
		dayOfYear: value.months * 30 + value.days,
		days: 0,
		zone: null,
	};
	return formatParts(parts, templateText);
}

function formatParts(parts: TimeParts, templateText: string): string {
	let result = '';
	for (const item of dateTemplate(templateText).items) result += item.kind === 'text' ? item.text : formatField(item, parts);
	return result;
}

/** A number padded with zeros to a width, one more where it is negative; FM leaves the padding out. */
function padded(value: number, width: number, field: TemplateField): string {
	const digits = String(Math.abs(value));
	const text = `${value < 0 ? '-' : ''}${field.isFilled ? digits : digits.padStart(width, '0')}`;
	if (field.ordinal === null) return text;
	return text + ordinalSuffix(text, field.ordinal === 'upper');
}

const cased = (text: string, model: string): string => {
	if (model === model.toLowerCase()) return text.toLowerCase();
	return model === model.toUpperCase() ? text.toUpperCase() : text;
};

function calendarOnly(parts: TimeParts): void {
	if (parts.isInterval) {
		throw sqlError('22007', 'invalid format specification for an interval value', { hint: 'Intervals are not tied to specific calendar dates.' });
	}
}

const shownYear = (parts: TimeParts): number => (parts.isInterval || parts.year > 0 ? parts.year : 1 - parts.year);
const shownIsoYear = (parts: TimeParts): number => {
	if (parts.isInterval) return parts.year;
	const year = isoWeekOf(parts.days).year;
	return year > 0 ? year : 1 - year;
};

function formatField(field: TemplateField, parts: TimeParts): string {
	return formatClock(field, parts) ?? formatCalendar(field, parts) ?? formatNames(field, parts) ?? formatZone(field, parts);
}

function formatClock(field: TemplateField, parts: TimeParts): string | undefined {
	switch (field.name) {
		case 'HH':
		case 'HH12':
			return padded(parts.hour % 12 === 0 ? 12 : parts.hour % 12, 2, field);
		case 'HH24':
			return padded(parts.hour, 2, field);
		case 'MI':
			return padded(parts.minute, 2, field);
		case 'SS':
			return padded(parts.second, 2, field);
		case 'MS':
			return padded(Math.trunc(parts.microsecond / 1000), 3, { ...field, isFilled: false });
		case 'US':
			return padded(parts.microsecond, 6, { ...field, isFilled: false });
		case 'SSSS':
		case 'SSSSS':
			return padded(parts.hour * 3600 + parts.minute * 60 + parts.second, 1, field);
		case 'FF1':
		case 'FF2':
		case 'FF3':
		case 'FF4':
		case 'FF5':
		case 'FF6': {
			const width = Number(field.name[2]);
			return padded(Math.trunc(parts.microsecond / 10 ** (6 - width)), width, { ...field, isFilled: false });
		}
		case 'AM':
		case 'PM':
		case 'am':
		case 'pm':
			return cased(isAfternoon(parts) ? 'PM' : 'AM', field.name);
		case 'A.M.':
		case 'P.M.':
		case 'a.m.':
		case 'p.m.':
			return cased(isAfternoon(parts) ? 'P.M.' : 'A.M.', field.name);
		default:
			return undefined;
	}
}

const isAfternoon = (parts: TimeParts): boolean => parts.hour % 24 >= 12;

function formatCalendar(field: TemplateField, parts: TimeParts): string | undefined {
	switch (field.name) {
		case 'Y,YYY': {
			const year = shownYear(parts);
			const text = `${Math.trunc(year / 1000)},${String(year % 1000).padStart(3, '0')}`;
			return field.ordinal === null ? text : text + ordinalSuffix(text, field.ordinal === 'upper');
		}
		case 'YYYY':
			return padded(shownYear(parts), 4, field);
		case 'IYYY':
			return padded(shownIsoYear(parts), 4, field);
		case 'YYY':
			return padded(shownYear(parts) % 1000, 3, field);
		case 'IYY':
			return padded(shownIsoYear(parts) % 1000, 3, field);
		case 'YY':
			return padded(shownYear(parts) % 100, 2, field);
		case 'IY':
			return padded(shownIsoYear(parts) % 100, 2, field);
		case 'Y':
			return padded(shownYear(parts) % 10, 1, field);
		case 'I':
			return padded(shownIsoYear(parts) % 10, 1, field);
		case 'CC':
			return padded(centuryOf(parts), 2, field);
		case 'MM':
			return padded(parts.month, 2, field);
		case 'Q':
			return parts.month === 0 ? '' : padded(Math.trunc((parts.month - 1) / 3) + 1, 1, field);
		case 'DDD':
			return padded(parts.dayOfYear, 3, field);
		case 'DD':
			return padded(parts.day, 2, field);
		case 'W':
			return padded(Math.trunc((parts.day - 1) / 7) + 1, 1, field);
		case 'WW':
			return padded(Math.trunc((parts.dayOfYear - 1) / 7) + 1, 2, field);
		case 'RM':
		case 'rm':
			return romanMonth(field, parts);
		default:
			return formatDayOfCalendar(field, parts);
	}
}

function centuryOf(parts: TimeParts): number {
	if (parts.isInterval) return Math.trunc(parts.year / 100);
	return parts.year > 0 ? Math.trunc((parts.year - 1) / 100) + 1 : Math.trunc(parts.year / 100) - 1;
}

function romanMonth(field: TemplateField, parts: TimeParts): string {
	if (parts.month === 0 && parts.year === 0) return '';
	const index = parts.month > 0 ? parts.month - 1 : parts.month === 0 ? (parts.year >= 0 ? 11 : 0) : parts.month + 12;
	const text = cased(ROMAN_MONTHS[index]!, field.name);
	return field.isFilled ? text : text.padEnd(ROMAN_WIDTH);
}

/** Fields that need a date of the calendar. */
function formatDayOfCalendar(field: TemplateField, parts: TimeParts): string | undefined {
	switch (field.name) {
		case 'IDDD':
			calendarOnly(parts);
			return padded(parts.days - isoWeekStart(isoWeekOf(parts.days).year, 1) + 1, 3, field);
		case 'IW':
			calendarOnly(parts);
			return padded(isoWeekOf(parts.days).week, 2, field);
		case 'D':
			calendarOnly(parts);
			return padded(dayOfWeek(parts.days) + 1, 1, field);
		case 'ID':
			calendarOnly(parts);
			return padded(dayOfWeek(parts.days) || 7, 1, field);
		case 'J':
			return padded(parts.isInterval ? intervalJulian(parts) : julianDayOf(parts.days), 1, field);
		default:
			return undefined;
	}
}

/** An interval's years, months and days read as a date. */
function intervalJulian(parts: TimeParts): number {
	const shift = parts.month > 2 ? 0 : 1;
	const month = parts.month > 2 ? parts.month + 1 : parts.month + 13;
	const year = parts.year + 4800 - shift;
	const century = Math.trunc(year / 100);
	return year * 365 - 32167 + Math.trunc(year / 4) - century + Math.trunc(century / 4) + Math.trunc((7834 * month) / 256) + parts.day;
}

function formatNames(field: TemplateField, parts: TimeParts): string | undefined {
	switch (field.name.toLowerCase()) {
		case 'month':
			calendarOnly(parts);
			return named(MONTH_NAMES[parts.month - 1]!, field, NAME_WIDTH);
		case 'mon':
			calendarOnly(parts);
			return named(MONTH_NAMES[parts.month - 1]!.slice(0, 3), field, 0);
		case 'day':
			calendarOnly(parts);
			return named(DAY_NAMES[dayOfWeek(parts.days)]!, field, NAME_WIDTH);
		case 'dy':
			calendarOnly(parts);
			return named(DAY_NAMES[dayOfWeek(parts.days)]!.slice(0, 3), field, 0);
		case 'bc':
		case 'ad':
			calendarOnly(parts);
			return cased(parts.year <= 0 ? 'BC' : 'AD', field.name);
		case 'b.c.':
		case 'a.d.':
			calendarOnly(parts);
			return cased(parts.year <= 0 ? 'B.C.' : 'A.D.', field.name);
		default:
			return undefined;
	}
}

function named(name: string, field: TemplateField, width: number): string {
	const text = cased(name, field.name);
	return field.isFilled ? text : text.padEnd(width);
}

function formatZone(field: TemplateField, parts: TimeParts): string {
	calendarOnly(parts);
	const secondsEast = parts.zone?.secondsEast ?? 0;
	const sign = secondsEast < 0 ? '-' : '+';
	const hours = Math.trunc(Math.abs(secondsEast) / 3600);
	const minutes = Math.trunc(Math.abs(secondsEast) / 60) % 60;
	const two = (value: number): string => String(value).padStart(2, '0');
	switch (field.name) {
		case 'TZ':
			return parts.zone?.abbreviation ?? '';
		case 'tz':
			return (parts.zone?.abbreviation ?? '').toLowerCase();
		case 'TZH':
			return `${sign}${two(hours)}`;
		case 'TZM':
			return two(minutes);
		case 'OF':
			return `${sign}${field.isFilled ? hours : two(hours)}${minutes === 0 ? '' : `:${two(minutes)}`}`;
		default:
			return '';
	}
}
