/**
 * From fields to a date and time: the second half of PostgreSQL's lenient grammar (`DecodeDateTime`, `DecodeTimeOnly` and
 * their parts in `datetime.c`, written anew). One decoder reads one text. Which parts have been set is kept as a mask, and a
 * part set twice is an error; a number's meaning follows from what is set already and from the DateStyle order.
 */
import { sqlError } from '../platform/errors.ts';
import { dateOfJulianDay, daysFromParts, daysInMonth, instantToLocal, partsOfDate, timestampFromDays } from './date-time.ts';
import { type DateWord, dateWord, type Field, splitFields, type UnitName } from './date-time-fields.ts';
import { MICROSECONDS_PER_DAY } from './interval.ts';
import type { TextSettings } from './text-settings.ts';
import { namedZone, type TimeZone } from './time-zone.ts';
import { abbreviationOffset } from './time-zone-abbreviations.ts';

const YEAR = 1;
const MONTH = 2;
const DAY = 4;
const HOUR = 8;
const MINUTE = 16;
const SECOND = 32;
const ZONE = 64;
const DAY_OF_YEAR = 128;
const SAVING = 256;
const OTHER = 512;
const ERA = 1024;
const MERIDIEM = 2048;
const DATE = YEAR | MONTH | DAY;
const TIME = HOUR | MINUTE | SECOND;

/** Why a text was refused; each has PostgreSQL's own error. */
export type DecodeFailure = 'format' | 'field' | 'month or day' | 'interval' | 'displacement';

export class DecodeError extends Error {
	readonly failure: DecodeFailure;

	constructor(failure: DecodeFailure) {
		super(failure);
		this.failure = failure;
	}
}

function bad(): DecodeError {
	return new DecodeError('format');
}

/** PostgreSQL's error for a text of a type that could not be decoded. */
export function decodeFailure(failure: DecodeFailure, text: string, typeName: string): Error {
	switch (failure) {
		case 'field':
			return sqlError('22008', `date/time field value out of range: "${text}"`);
		case 'month or day':
			return sqlError('22008', `date/time field value out of range: "${text}"`, { hint: 'Perhaps you need a different "datestyle" setting.' });
		case 'interval':
			return sqlError('22015', `interval field value out of range: "${text}"`);
		case 'displacement':
			return sqlError('22009', `time zone displacement out of range: "${text}"`);
		default:
			return sqlError('22007', `invalid input syntax for type ${typeName}: "${text}"`);
	}
}

export interface DecodedDateTime {
	/** ±Infinity and epoch stand for the whole value. */
	readonly special: 'infinity' | '-infinity' | 'epoch' | null;
	readonly days: number;
	/** Microseconds since midnight, local; 24:00 is a day. */
	readonly time: number;
	/** Seconds east of UTC that the text says; null where it says none. */
	readonly secondsEast: number | null;
}

export function decodeDateTime(text: string, settings: TextSettings): DecodedDateTime {
	return new Decoder(settings).dateTime(fieldsOf(text));
}

/** For time and timetz: the date may be absent. `days` is NaN then. */
export function decodeTimeOnly(text: string, settings: TextSettings): DecodedDateTime {
	return new Decoder(settings).timeOnly(fieldsOf(text));
}

function fieldsOf(text: string): Field[] {
	const fields = splitFields(text);
	if (fields === null) throw bad();
	return fields;
}

class Decoder {
	readonly #settings: TextSettings;
	#set = 0;
	#year = 0;
	#month = 0;
	#day = 0;
	#dayOfYear = 0;
	#hour = 0;
	#minute = 0;
	#second = 0;
	#microsecond = 0;
	#secondsEast = 0;
	#zone: TimeZone | null = null;
	#special: DecodedDateTime['special'] = null;
	#twoDigits = false;
	#textMonth = false;
	#julian = false;
	#beforeChrist = false;
	#meridiem: 'am' | 'pm' | null = null;
	/** Unit that the word before announced for the next number, or 'none'. */
	#announced: UnitName | 'none' = 'none';

	constructor(settings: TextSettings) {
		this.#settings = settings;
	}

	dateTime(fields: readonly Field[]): DecodedDateTime {
		for (let index = 0; index < fields.length; index++) {
			const field = fields[index]!;
			const mask = this.#dateTimeField(field, fields, index);
			if ((mask & this.#set) !== 0) throw bad();
			this.#set |= mask;
		}
		if (this.#special !== null) return { special: this.#special, days: 0, time: 0, secondsEast: 0 };
		this.#validateDate();
		this.#applyMeridiem();
		if ((this.#set & DATE) !== DATE) throw bad();
		return this.#result();
	}

	#dateTimeField(field: Field, fields: readonly Field[], index: number): number {
		switch (field.kind) {
			case 'date':
				return this.#dateField(field.text);
			case 'time':
				this.#takeTimeAnnouncement();
				return this.#timeText(field.text);
			case 'zone':
				this.#secondsEast = decodeOffset(field.text);
				return ZONE;
			case 'number':
				return this.#announced === 'none' ? this.#plainNumber(field.text) : this.#announcedNumber(field.text);
			default:
				return this.#word(field.text, fields, index);
		}
	}

	#takeTimeAnnouncement(): void {
		if (this.#announced !== 'none' && this.#announced !== 'time') throw bad();
		this.#announced = 'none';
	}

	#dateField(text: string): number {
		if (this.#announced === 'julian') {
			const match = /^([0-9]+)([+-].*)$/.exec(text);
			if (match === null) throw bad();
			this.#setJulianDay(Number(match[1]));
			this.#secondsEast = decodeOffset(match[2]!);
			this.#announced = 'none';
			return DATE | TIME | ZONE;
		}
		const haveDate = (this.#set & (MONTH | DAY)) === (MONTH | DAY);
		if (this.#announced === 'none' && !haveDate) return this.#date(text);
		if (!/^[0-9]/.test(text) && this.#announced === 'none') return this.#zoneName(text);
		this.#takeTimeAnnouncement();
		if ((this.#set & TIME) === TIME) throw bad();
		return this.#timeWithOffset(text);
	}

	/** hhmmss-zz: run together, with a zone that begins with a minus. */
	#timeWithOffset(text: string): number {
		const minus = text.indexOf('-');
		if (minus < 0) throw bad();
		this.#secondsEast = decodeOffset(text.slice(minus));
		return this.#runTogether(text.slice(0, minus), this.#set) | ZONE;
	}

	#zoneName(text: string): number {
		const zone = namedZone(text);
		if (zone === undefined) throw sqlError('22023', `time zone "${text}" not recognized`);
		this.#zone = zone;
		return ZONE;
	}

	#timeText(text: string): number {
		const match = /^([0-9]+):([0-9]*)(?::([0-9]*))?(\.[0-9]*)?$/.exec(text);
		if (match === null) throw bad();
		let [hour, minute, second] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
		// mm:ss.fff, as for intervals.
		if (match[3] === undefined && match[4] !== undefined) [hour, minute, second] = [0, hour, minute];
		this.#hour = hour;
		this.#minute = minute;
		this.#second = second;
		this.#microsecond = fractionToMicroseconds(match[4]);
		if (minute > 59 || second > 60 || this.#timeOverflows()) throw new DecodeError('field');
		return TIME;
	}

	#timeOverflows(): boolean {
		if (this.#hour > 24 || this.#minute > 59 || this.#second > 60) return true;
		return this.#time() > MICROSECONDS_PER_DAY;
	}

	#time(): number {
		return ((this.#hour * 60 + this.#minute) * 60 + this.#second) * 1e6 + this.#microsecond;
	}

	/** A number after a word that says what it is: "y2001m02d04", "J2451187", "t040506". */
	#announcedNumber(text: string): number {
		const unit = this.#announced;
		this.#announced = 'none';
		const match = /^([0-9]+)(\.[0-9]*)?$/.exec(text);
		if (match === null) throw bad();
		const value = Number(match[1]);
		if (value > 2147483647) throw new DecodeError('field');
		const fraction = match[2];
		if (fraction !== undefined && unit !== 'julian' && unit !== 'time' && unit !== 'second') throw bad();
		switch (unit) {
			case 'year':
				this.#year = value;
				return YEAR;
			case 'month':
				// After an hour, "m" means minutes.
				if ((this.#set & MONTH) !== 0 && (this.#set & HOUR) !== 0) {
					this.#minute = value;
					return MINUTE;
				}
				this.#month = value;
				return MONTH;
			case 'day':
				this.#day = value;
				return DAY;
			case 'hour':
				this.#hour = value;
				return HOUR;
			case 'minute':
				this.#minute = value;
				return MINUTE;
			case 'second':
				this.#second = value;
				this.#microsecond = fractionToMicroseconds(fraction);
				return SECOND;
			case 'julian':
				return this.#julianNumber(value, fraction);
			case 'time': {
				const mask = this.#runTogether(text, this.#set | DATE);
				if (mask !== TIME) throw bad();
				return mask;
			}
			default:
				throw bad();
		}
	}

	#julianNumber(value: number, fraction: string | undefined): number {
		this.#setJulianDay(value);
		if (fraction === undefined || fraction === '.') return DATE;
		const microseconds = Math.round(Number(`0${fraction}`) * MICROSECONDS_PER_DAY);
		this.#hour = Math.floor(microseconds / 3.6e9);
		this.#minute = Math.floor(microseconds / 6e7) % 60;
		this.#second = Math.floor(microseconds / 1e6) % 60;
		this.#microsecond = microseconds % 1e6;
		return DATE | TIME;
	}

	#setJulianDay(value: number): void {
		({ year: this.#year, month: this.#month, day: this.#day } = partsOfDate(dateOfJulianDay(value)));
		this.#julian = true;
	}

	#plainNumber(text: string): number {
		const point = text.indexOf('.');
		if (point >= 0 && (this.#set & DATE) === 0) return this.#date(text);
		if (point > 2) return this.#runTogether(text, this.#set);
		// Six digits or more are a date or a time written together, unless both are there: then a year.
		if (text.length >= 6 && ((this.#set & DATE) === 0 || (this.#set & TIME) === 0)) return this.#runTogether(text, this.#set);
		return this.#number(text, this.#set);
	}

	/** One number of a date; what it is follows from what is set and from the DateStyle order. */
	#number(text: string, set: number): number {
		const match = /^([0-9]+)(\.[0-9]*)?$/.exec(text);
		if (match === null) throw bad();
		const value = Number(match[1]);
		if (value > 2147483647) throw new DecodeError('field');
		if (match[2] !== undefined) {
			if (match[1]!.length > 2) return this.#runTogether(text, set | DATE);
			this.#microsecond = fractionToMicroseconds(match[2]);
		}
		const length = text.length;
		if (length === 3 && (set & DATE) === YEAR && value >= 1 && value <= 366) {
			this.#dayOfYear = value;
			return DAY_OF_YEAR | MONTH | DAY;
		}
		if ((set & DATE) === (YEAR | MONTH) && this.#textMonth && length >= 3 && this.#twoDigits) {
			// The first number was the day after all: DD-MON-YYYY in YMD order.
			this.#day = this.#year;
			this.#year = value;
			this.#twoDigits = false;
			return DAY;
		}
		const mask = this.#meaning(set, length);
		if (mask === 0) return this.#runTogether(text, set);
		this.#assign(mask, value);
		if (mask === YEAR) this.#twoDigits = length <= 2;
		return mask;
	}

	/** YEAR, MONTH or DAY; 0 when the date is complete. */
	#meaning(set: number, length: number): number {
		const { dateOrder } = this.#settings;
		switch (set & DATE) {
			case 0:
				if (length >= 3 || dateOrder === 'YMD') return YEAR;
				return dateOrder === 'DMY' ? DAY : MONTH;
			case YEAR:
			case DAY:
				return MONTH;
			case MONTH:
				if (!this.#textMonth) return DAY;
				return length >= 3 || dateOrder === 'YMD' ? YEAR : DAY;
			case YEAR | MONTH:
				return DAY;
			case MONTH | DAY:
				return YEAR;
			case DATE:
				return 0;
			default:
				throw bad();
		}
	}

	#assign(mask: number, value: number): void {
		if (mask === YEAR) this.#year = value;
		else if (mask === MONTH) this.#month = value;
		else if (mask === DAY) this.#day = value;
	}

	/** yyyymmdd, yymmdd, hhmmss or hhmm, with a fraction of seconds. */
	#runTogether(text: string, set: number): number {
		const point = text.indexOf('.');
		let digits = text;
		if (point >= 0) {
			this.#microsecond = fractionToMicroseconds(text.slice(point));
			digits = text.slice(0, point);
		} else if ((set & DATE) !== DATE && digits.length >= 6) {
			const length = digits.length;
			this.#day = Number(digits.slice(length - 2));
			this.#month = Number(digits.slice(length - 4, length - 2));
			this.#year = Number(digits.slice(0, length - 4));
			if (length === 6) this.#twoDigits = true;
			return DATE;
		}
		if ((set & TIME) !== TIME && (digits.length === 6 || digits.length === 4)) {
			this.#hour = Number(digits.slice(0, 2));
			this.#minute = Number(digits.slice(2, 4));
			this.#second = digits.length === 6 ? Number(digits.slice(4)) : 0;
			return TIME;
		}
		throw bad();
	}

	/** A date with separators, perhaps with a month in letters. */
	#date(text: string): number {
		const parts = text.match(/[0-9]+|[a-z]+/g);
		if (parts === null || !/[0-9a-z][^0-9a-z]?$/.test(text)) throw bad();
		let set = this.#set;
		let mask = 0;
		const add = (part: number): void => {
			if ((part & set) !== 0) throw bad();
			set |= part;
			mask |= part;
		};
		for (const part of parts) {
			if (/^[0-9]/.test(part)) continue;
			const word = dateWord(part);
			if (word?.kind === 'ignored') continue;
			if (word?.kind !== 'month') throw bad();
			this.#month = word.value;
			this.#textMonth = true;
			add(MONTH);
		}
		for (const part of parts) if (/^[0-9]/.test(part)) add(this.#number(part, set));
		if ((set & ~(DAY_OF_YEAR | ZONE)) !== DATE) throw bad();
		return mask;
	}

	#word(text: string, fields: readonly Field[], index: number): number {
		const offset = abbreviationOffset(text);
		if (offset !== undefined) {
			this.#secondsEast = offset;
			return ZONE;
		}
		const word = dateWord(text);
		if (word === undefined) {
			const zone = namedZone(text);
			if (zone === undefined) throw bad();
			this.#zone = zone;
			return ZONE;
		}
		if (word.kind === 'reserved') return this.#reserved(word.value);
		if (word.kind === 'iso time') {
			const next = fields[index + 1]?.kind;
			if ((this.#set & DATE) !== DATE || (next !== 'number' && next !== 'time' && next !== 'date')) throw bad();
			this.#announced = 'time';
			return 0;
		}
		return this.#plainWord(word);
	}

	#plainWord(word: DateWord): number {
		switch (word.kind) {
			case 'month':
				// A number read as a month before was the day.
				if ((this.#set & MONTH) !== 0 && !this.#textMonth && (this.#set & DAY) === 0 && this.#month >= 1 && this.#month <= 31) {
					this.#day = this.#month;
					this.#month = word.value;
					this.#textMonth = true;
					return DAY;
				}
				this.#textMonth = true;
				this.#month = word.value;
				return MONTH;
			case 'meridiem':
				this.#meridiem = word.value;
				return MERIDIEM;
			case 'era':
				this.#beforeChrist = word.value === 'bc';
				return ERA;
			case 'weekday':
				return OTHER;
			case 'unit':
				this.#announced = word.value;
				return 0;
			case 'daylight saving':
				this.#secondsEast += 3600;
				return SAVING;
			case 'ignored':
				return 0;
			default:
				throw bad();
		}
	}

	#reserved(value: Extract<DateWord, { kind: 'reserved' }>['value']): number {
		switch (value) {
			case 'infinity':
			case '-infinity':
			case 'epoch':
				this.#special = value;
				return DATE | TIME | ZONE;
			case 'allballs':
				this.#secondsEast = 0;
				return TIME | ZONE;
			case 'now':
				this.#setNow();
				return DATE | TIME | ZONE;
			default:
				this.#setToday(value === 'yesterday' ? -1 : value === 'tomorrow' ? 1 : 0);
				return DATE;
		}
	}

	#localNow(): { days: number; time: number; secondsEast: number } {
		const now = this.#settings.nowUs();
		const local = Number(instantToLocal(now, this.#settings.timeZone));
		const days = Math.floor(local / MICROSECONDS_PER_DAY);
		return { days, time: local - days * MICROSECONDS_PER_DAY, secondsEast: this.#settings.timeZone.offsetAt(now) };
	}

	#setNow(): void {
		const { time, secondsEast } = this.#localNow();
		this.#setToday(0);
		this.#hour = Math.floor(time / 3.6e9);
		this.#minute = Math.floor(time / 6e7) % 60;
		this.#second = Math.floor(time / 1e6) % 60;
		this.#microsecond = time % 1e6;
		this.#secondsEast = secondsEast;
	}

	#setToday(move: number): void {
		({ year: this.#year, month: this.#month, day: this.#day } = partsOfDate(this.#localNow().days + move));
		this.#julian = true;
	}

	#validateDate(): void {
		if ((this.#set & YEAR) !== 0 && !this.#julian) {
			if (this.#beforeChrist) {
				if (this.#year <= 0) throw new DecodeError('field');
				this.#year = 1 - this.#year;
			} else if (this.#twoDigits) this.#year += this.#year < 70 ? 2000 : this.#year < 100 ? 1900 : 0;
			else if (this.#year <= 0) throw new DecodeError('field');
		}
		if ((this.#set & DAY_OF_YEAR) !== 0)
			({ year: this.#year, month: this.#month, day: this.#day } = partsOfDate(daysFromParts(this.#year, 1, 1) + this.#dayOfYear - 1));
		if ((this.#set & MONTH) !== 0 && (this.#month < 1 || this.#month > 12)) throw new DecodeError('month or day');
		if ((this.#set & DAY) !== 0 && (this.#day < 1 || this.#day > 31)) throw new DecodeError('month or day');
		if ((this.#set & DATE) === DATE && this.#day > daysInMonth(this.#year, this.#month)) throw new DecodeError('field');
	}

	#applyMeridiem(): void {
		if (this.#meridiem === null) return;
		if (this.#hour > 12) throw new DecodeError('field');
		if (this.#meridiem === 'am' && this.#hour === 12) this.#hour = 0;
		else if (this.#meridiem === 'pm' && this.#hour !== 12) this.#hour += 12;
	}

	#result(): DecodedDateTime {
		const days = (this.#set & DATE) === DATE ? daysFromParts(this.#year, this.#month, this.#day) : Number.NaN;
		if (this.#timeOverflows()) throw new DecodeError('field');
		let secondsEast: number | null = null;
		if ((this.#set & SAVING) !== 0 && (this.#zone !== null || (this.#set & ZONE) === 0)) throw bad();
		if (this.#zone !== null) secondsEast = this.#offsetIn(this.#zone, days);
		else if ((this.#set & ZONE) !== 0) secondsEast = this.#secondsEast;
		return { special: null, days, time: this.#time(), secondsEast };
	}

	#offsetIn(zone: TimeZone, days: number): number {
		// Without a date only a zone of one offset has a meaning.
		if (Number.isNaN(days)) {
			const winter = zone.offsetAt(0);
			if (winter !== zone.offsetAt(15_552_000_000_000)) throw bad();
			return winter;
		}
		return zone.offsetOfLocal(timestampFromDays(days, this.#time()));
	}

	timeOnly(fields: readonly Field[]): DecodedDateTime {
		for (let index = 0; index < fields.length; index++) {
			const mask = this.#timeOnlyField(fields[index]!, fields, index);
			if ((mask & this.#set) !== 0) throw bad();
			this.#set |= mask;
		}
		if (this.#special !== null) throw bad();
		this.#validateDate();
		this.#applyMeridiem();
		if (this.#timeOverflows()) throw new DecodeError('field');
		if ((this.#set & TIME) !== TIME) throw bad();
		if ((this.#set & DATE) !== 0 && (this.#set & DATE) !== DATE) throw bad();
		return this.#result();
	}

	#timeOnlyField(field: Field, fields: readonly Field[], index: number): number {
		const last = fields[fields.length - 1]!.kind;
		const mayBeDate = index === 0 && fields.length >= 2 && (last === 'date' || fields[1]!.kind === 'time');
		switch (field.kind) {
			case 'date':
				if (mayBeDate && this.#announced === 'none') return this.#date(field.text);
				if (/^[0-9]/.test(field.text)) {
					this.#takeTimeAnnouncement();
					if ((this.#set & TIME) === TIME) throw bad();
					const minus = field.text.indexOf('-');
					if (minus < 0) throw bad();
					this.#secondsEast = decodeOffset(field.text.slice(minus));
					return this.#runTogether(field.text.slice(0, minus), this.#set | DATE) | ZONE;
				}
				return this.#zoneName(field.text);
			case 'number':
				if (this.#announced !== 'none') return this.#announcedNumber(field.text);
				return this.#timeOnlyNumber(field.text, index === 0 && fields.length >= 2 && last === 'date');
			case 'string':
			case 'special':
				return this.#timeOnlyWord(field.text, fields, index);
			default:
				return this.#dateTimeField(field, fields, index);
		}
	}

	#timeOnlyNumber(text: string, mayBeDate: boolean): number {
		const point = text.indexOf('.');
		if (point >= 0) {
			if (mayBeDate) return this.#date(text);
			if (point > 2) return this.#runTogether(text, this.#set | DATE);
			throw bad();
		}
		return text.length > 4 ? this.#runTogether(text, this.#set | DATE) : this.#number(text, this.#set | DATE);
	}

	#timeOnlyWord(text: string, fields: readonly Field[], index: number): number {
		const word = dateWord(text);
		if (abbreviationOffset(text) === undefined) {
			if (word?.kind === 'iso time') {
				this.#announced = 'time';
				return 0;
			}
			if (word?.kind === 'reserved') {
				if (word.value === 'allballs') return this.#reserved(word.value);
				if (word.value !== 'now') throw bad();
				this.#setNow();
				return TIME;
			}
		}
		return this.#word(text, fields, index);
	}
}

/** ".123456" in microseconds, rounded. */
export function fractionToMicroseconds(fraction: string | undefined): number {
	if (fraction === undefined || fraction === '.') return 0;
	if (fraction.length <= 7) return Number(fraction.slice(1).padEnd(6, '0'));
	return Math.round(Number(`0${fraction}`) * 1e6);
}

/** "+05:30", "-0330", "+5": seconds east of UTC. */
export function decodeOffset(text: string): number {
	const match = /^([+-])([0-9]+)(?::([0-9]+)(?::([0-9]+))?)?$/.exec(text);
	if (match === null) throw bad();
	let hours = Number(match[2]);
	let minutes = Number(match[3] ?? 0);
	const seconds = Number(match[4] ?? 0);
	if (match[3] === undefined && match[2]!.length > 2) {
		minutes = hours % 100;
		hours = Math.floor(hours / 100);
	}
	if (hours > 15 || minutes > 59 || seconds > 59) throw new DecodeError('displacement');
	const total = (hours * 60 + minutes) * 60 + seconds;
	return match[1] === '-' ? 0 - total : total;
}
