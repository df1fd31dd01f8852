/**
 * POSIX texts of time zones with daylight saving, as TZ has them: `std offset dst [offset] [, start [/time], end [/time]]`, such as
 * `CST7CDT,M4.1.0,M10.5.0`. Offsets count westwards. A rule is `Mm.w.d` (day d of week w of month m; week 5 is the last), `Jn`
 * (day 1 to 365, never 29 February) or `n` (day 0 to 365); its time is local, 02:00 where left out. Without rules the United
 * States' hold, as in PostgreSQL.
 */

export interface PosixRules {
	readonly standardName: string;
	readonly daylightName: string;
	/** Seconds east of UTC. */
	readonly standardOffset: number;
	readonly daylightOffset: number;
	/** Second of UTC at which daylight saving begins and ends in a year. */
	start(year: number): number;
	end(year: number): number;
}

const DAY_S = 86_400;
const DEFAULT_RULES = 'M3.2.0,M11.1.0';
const TEXT = /^(<[A-Za-z0-9+-]+>|[A-Za-z]{3,})([+-]?\d{1,3}(?::\d{2}){0,2})(<[A-Za-z0-9+-]+>|[A-Za-z]{3,})([+-]?\d{1,3}(?::\d{2}){0,2})?(?:,([^,]+),([^,]+))?$/;
const RULE = /^(?:M(\d{1,2})\.([1-5])\.([0-6])|(J?)(\d{1,3}))(?:\/([+-]?\d{1,3}(?::\d{2}){0,2}))?$/;

/** `[+-]h[:mm[:ss]]` in seconds; null when out of range. */
function secondsOf(text: string): number | null {
	const sign = text.startsWith('-') ? -1 : 1;
	const [hours, minutes = '0', seconds = '0'] = text.replace(/^[+-]/, '').split(':');
	if (Number(hours) > 168 || Number(minutes) > 59 || Number(seconds) > 59) return null;
	return sign * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds));
}

type Rule = (year: number) => number;

/** A rule as: year → second of local time, counted from 1970. */
function ruleOf(text: string): Rule | null {
	const match = RULE.exec(text);
	const time = match === null ? null : secondsOf(match[6] ?? '2');
	if (match === null || time === null) return null;
	const dayOf = match[1] === undefined ? dayOfYear(match[4] === 'J', Number(match[5])) : weekdayOfMonth(Number(match[1]), Number(match[2]), Number(match[3]));
	return dayOf === null ? null : (year) => dayOf(year) * DAY_S + time;
}

function dayOfYear(isJulian: boolean, day: number): Rule | null {
	if (day > 365 || (isJulian && day === 0)) return null;
	return (year) => {
		const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
		return daysOf(year, 0, 1) + (isJulian ? day - 1 + (leap && day >= 60 ? 1 : 0) : day);
	};
}

function weekdayOfMonth(month: number, week: number, weekday: number): Rule | null {
	if (month < 1 || month > 12) return null;
	return (year) => {
		const first = daysOf(year, month - 1, 1);
		const length = daysOf(year, month, 1) - first;
		// 1 January 1970 was a Thursday.
		const firstWeekday = (((first + 4) % 7) + 7) % 7;
		let day = ((weekday - firstWeekday + 7) % 7) + (week - 1) * 7;
		while (day >= length) day -= 7;
		return first + day;
	};
}

function daysOf(year: number, month: number, day: number): number {
	const date = new Date(0);
	date.setUTCFullYear(year, month, day);
	return date.getTime() / 1000 / DAY_S;
}

/** The rules that a text gives; null when it is no such text. */
export function posixRules(text: string): PosixRules | null {
	const match = TEXT.exec(text);
	if (match === null) return null;
	const west = secondsOf(match[2]!);
	const daylightWest = match[4] === undefined ? (west === null ? null : west - 3600) : secondsOf(match[4]);
	const [defaultStart, defaultEnd] = DEFAULT_RULES.split(',');
	const start = ruleOf(match[5] ?? defaultStart!);
	const end = ruleOf(match[6] ?? defaultEnd!);
	if (west === null || daylightWest === null || start === null || end === null) return null;
	return {
		standardName: match[1]!.replace(/[<>]/g, ''),
		daylightName: match[3]!.replace(/[<>]/g, ''),
		standardOffset: 0 - west,
		daylightOffset: 0 - daylightWest,
		start: (year) => start(year) + west,
		end: (year) => end(year) + daylightWest,
	};
}

/** Whether daylight saving is in force at a second of UTC. */
export function isDaylight(rules: PosixRules, second: number): boolean {
	const year = new Date((second + rules.standardOffset) * 1000).getUTCFullYear();
	const [start, end] = [rules.start(year), rules.end(year)];
	// South of the equator it ends before it begins.
	return start < end ? second >= start && second < end : second >= start || second < end;
}
