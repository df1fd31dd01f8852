/**
 * Values of xsd:dateTime, date, time and the Gregorian parts of dates. A moment without a zone is compared with one that has
 * one only if the answer is the same in every zone (XML Schema Part 2, section 3.2.7.4): otherwise there is none.
 *
 * Cost: fractions of seconds are kept as text and compared to the microsecond.
 */

/** 14 hours: the widest zone. */
const ZONE_US_MAX = 14 * 3_600_000_000;

export class Moment {
	readonly year: number;
	readonly month: number;
	readonly day: number;
	readonly hour: number;
	readonly minute: number;
	/** Decimal text of the seconds, as written but for zeros before it. */
	readonly second: string;
	/** Minutes east of UTC; null: no zone. */
	readonly zone: number | null;
	/** Microseconds since 1970 in UTC, or as if it were UTC. */
	readonly us: number;

	constructor(fields: readonly [year: number, month: number, day: number, hour: number, minute: number], second: string, zone: number | null) {
		[this.year, this.month, this.day, this.hour, this.minute] = fields;
		this.second = second;
		this.zone = zone;
		const seconds = Number(second);
		const whole = Math.floor(seconds);
		this.us =
			utcDayMs(this.year, this.month, this.day) * 1000 +
			((this.hour * 60 + this.minute - (zone ?? 0)) * 60 + whole) * 1_000_000 +
			Math.round((seconds - whole) * 1_000_000);
	}
}

function utcDayMs(year: number, month: number, day: number): number {
	const date = new Date(0);
	date.setUTCFullYear(year, month - 1, day);
	return date.getTime();
}

const ZONE = '(Z|[+-](?:0\\d|1[0-4]):[0-5]\\d)?';
const YEAR = '(-?(?:[1-9]\\d{4,}|\\d{4}))';
const CLOCK = '(\\d\\d):(\\d\\d):(\\d\\d(?:\\.\\d+)?)';
const FORMS: Readonly<Record<string, readonly [pattern: RegExp, fields: string]>> = {
	dateTime: [new RegExp(`^${YEAR}-(\\d\\d)-(\\d\\d)T${CLOCK}${ZONE}$`), 'YMDhms'],
	dateTimeStamp: [new RegExp(`^${YEAR}-(\\d\\d)-(\\d\\d)T${CLOCK}(Z|[+-](?:0\\d|1[0-4]):[0-5]\\d)$`), 'YMDhms'],
	date: [new RegExp(`^${YEAR}-(\\d\\d)-(\\d\\d)${ZONE}$`), 'YMD'],
	time: [new RegExp(`^${CLOCK}${ZONE}$`), 'hms'],
	gYear: [new RegExp(`^${YEAR}${ZONE}$`), 'Y'],
	gYearMonth: [new RegExp(`^${YEAR}-(\\d\\d)${ZONE}$`), 'YM'],
	gMonth: [new RegExp(`^--(\\d\\d)${ZONE}$`), 'M'],
	gMonthDay: [new RegExp(`^--(\\d\\d)-(\\d\\d)${ZONE}$`), 'MD'],
	gDay: [new RegExp(`^---(\\d\\d)${ZONE}$`), 'D'],
};

/** Reads a form of the datatype named; null when it is none. What a datatype lacks is that of 1972-01-01T00:00:00. */
export function parseMoment(text: string, datatype: string): Moment | null {
	const [pattern, names] = FORMS[datatype]!;
	const match = pattern.exec(text);
	if (match === null) return null;
	const at = (name: string, otherwise: number): number => (names.includes(name) ? Number(match[names.indexOf(name) + 1]) : otherwise);
	const second = names.includes('s') ? match[names.indexOf('s') + 1]! : '0';
	const zone = zoneMinutes(match[names.length + 1]);
	const month = at('M', 1);
	const day = at('D', 1);
	const year = at('Y', 1972);
	const hour = at('h', 0);
	const minute = at('m', 0);
	if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month) || minute > 59 || Number(second) >= 60) return null;
	if (hour > 24 || (hour === 24 && (minute !== 0 || Number(second) !== 0))) return null;
	if (hour === 24 && datatype === 'time') return new Moment([year, month, day, 0, 0], '0', zone);
	if (hour === 24) {
		const next = new Date(utcDayMs(year, month, day) + 86_400_000);
		return new Moment([next.getUTCFullYear(), next.getUTCMonth() + 1, next.getUTCDate(), 0, 0], '0', zone);
	}
	return new Moment([year, month, day, hour, minute], second.replace(/^0(?=\d)/, ''), zone);
}

function daysOf(year: number, month: number): number {
	if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
	return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function zoneMinutes(text: string | undefined): number | null {
	if (text === undefined) return null;
	if (text === 'Z') return 0;
	const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(4, 6));
	return minutes > 840 ? null : text.startsWith('-') ? 0 - minutes : minutes;
}

/** Negative, 0, positive; null when the zone that one of them lacks decides. */
export function compareMoments(left: Moment, right: Moment): number | null {
	const difference = left.us - right.us;
	if ((left.zone === null) === (right.zone === null)) return difference;
	return Math.abs(difference) > ZONE_US_MAX ? difference : null;
}

/** `Z`, `-05:00`, or empty for none. */
export function zoneText(zone: number | null): string {
	if (zone === null) return '';
	if (zone === 0) return 'Z';
	const size = Math.abs(zone);
	const two = (n: number): string => String(n).padStart(2, '0');
	return `${zone < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
