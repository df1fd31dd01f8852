/**
 * Time zones. Offsets of IANA zones come from the runtime's own tables through `Intl`: a call there costs 2 µs, so the
 * changes of a zone are found once per calendar year (by sampling every ten days and halving the steps where the offset
 * differs) and kept. Years past 2400 use the year 400 or more before, whose calendar is the same.
 *
 * Offsets are seconds east of UTC. POSIX texts (`UTC+3`, `<+03>-3`, `+05:30`) count westwards, as PostgreSQL reads them.
 */
import type { Int8 } from './int8.ts';
import { isDaylight, type PosixRules, posixRules } from './posix-time-zone.ts';
import { abbreviationOffset } from './time-zone-abbreviations.ts';

export interface TimeZone {
	readonly name: string;
	/** Seconds east of UTC at an instant (microseconds since 1970 UTC). */
	offsetAt(instant: Int8): number;
	/** Seconds east of UTC that a local timestamp means; in gaps and overlaps as PostgreSQL decides. */
	offsetOfLocal(local: Int8): number;
	/** Abbreviation in force at an instant, such as CET; the offset where there is none. */
	abbreviationAt(instant: Int8): string;
}

const DAY_S = 86_400;
const SAMPLE_STEP_S = 10 * DAY_S;

class FixedZone implements TimeZone {
	readonly name: string;
	readonly #secondsEast: number;
	readonly #abbreviation: string;

	constructor(name: string, secondsEast: number, abbreviation: string) {
		this.name = name;
		this.#secondsEast = secondsEast;
		this.#abbreviation = abbreviation;
	}

	offsetAt(): number {
		return this.#secondsEast;
	}

	offsetOfLocal(): number {
		return this.#secondsEast;
	}

	abbreviationAt(): string {
		return this.#abbreviation;
	}
}

/** A change of offset: in force from `at` (seconds since 1970 UTC). */
interface Change {
	readonly at: number;
	readonly before: number;
	readonly after: number;
}

interface ZoneYear {
	readonly firstOffset: number;
	readonly changes: readonly Change[];
}

/** A zone whose offset changes: subclasses say the offset and its name at a second. */
abstract class ChangingZone implements TimeZone {
	readonly name: string;
	readonly #years = new Map<number, ZoneYear>();
	#lastYear = Number.NaN;
	#last: ZoneYear = { firstOffset: 0, changes: [] };

	constructor(name: string) {
		this.name = name;
	}

	/** Seconds east of UTC at a second of UTC. */
	protected abstract ask(second: number): number;

	abstract abbreviationAt(instant: Int8): string;

	offsetAt(instant: Int8): number {
		if (instant === Number.POSITIVE_INFINITY || instant === Number.NEGATIVE_INFINITY) return 0;
		return this.offsetAtSecond(Math.floor(Number(instant) / 1e6));
	}

	protected offsetAtSecond(second: number): number {
		const shifted = shiftIntoRange(second);
		const year = this.#year(new Date(shifted * 1000).getUTCFullYear());
		let offset = year.firstOffset;
		for (const change of year.changes) {
			if (shifted < change.at) break;
			offset = change.after;
		}
		return offset;
	}

	offsetOfLocal(local: Int8): number {
		if (local === Number.POSITIVE_INFINITY || local === Number.NEGATIVE_INFINITY) return 0;
		const second = Math.floor(Number(local) / 1e6);
		const shifted = shiftIntoRange(second);
		const before = this.offsetAtSecond(shifted - DAY_S);
		const change = this.#firstChangeAfter(shifted - DAY_S, shifted + 2 * DAY_S);
		if (change === null) return before;
		const ifBefore = shifted - change.before;
		const ifAfter = shifted - change.after;
		if (ifBefore < change.at && ifAfter < change.at) return change.before;
		if (ifBefore > change.at && ifAfter >= change.at) return change.after;
		// In a gap the offset before it, in an overlap the one after it: PostgreSQL's choice.
		return ifBefore > ifAfter ? change.before : change.after;
	}

	#firstChangeAfter(from: number, to: number): Change | null {
		const first = new Date(from * 1000).getUTCFullYear();
		const last = new Date(to * 1000).getUTCFullYear();
		for (let year = first; year <= last; year++) {
			for (const change of this.#year(year).changes) if (change.at > from && change.at <= to) return change;
		}
		return null;
	}

	#year(number: number): ZoneYear {
		if (number === this.#lastYear) return this.#last;
		let year = this.#years.get(number);
		if (year === undefined) {
			year = this.#compute(number);
			this.#years.set(number, year);
		}
		this.#lastYear = number;
		this.#last = year;
		return year;
	}

	#compute(number: number): ZoneYear {
		const start = utcSecond(number);
		const end = utcSecond(number + 1);
		const firstOffset = this.ask(start);
		const changes: Change[] = [];
		let at = start;
		let offset = firstOffset;
		while (at < end) {
			const next = Math.min(at + SAMPLE_STEP_S, end);
			const nextOffset = this.ask(next - 1);
			if (nextOffset !== offset) changes.push({ at: this.#locate(at, next - 1, offset), before: offset, after: nextOffset });
			at = next;
			offset = nextOffset;
		}
		return { firstOffset, changes };
	}

	/** The first second in (low, high] whose offset is not `before`. */
	#locate(low: number, high: number, before: number): number {
		let same = low;
		let other = high;
		while (other - same > 1) {
			const middle = Math.floor((same + other) / 2);
			if (this.ask(middle) === before) same = middle;
			else other = middle;
		}
		return this.ask(same) === before ? other : same;
	}
}

class IanaZone extends ChangingZone {
	readonly #format: Intl.DateTimeFormat;

	constructor(name: string, format: Intl.DateTimeFormat) {
		super(name);
		this.#format = format;
	}

	protected ask(second: number): number {
		const match = /GMT(?:([+-])(\d{2}):?(\d{2})(?::?(\d{2}))?)?/.exec(this.#format.format(second * 1000));
		if (match === null || match[1] === undefined) return 0;
		const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
		return match[1] === '-' ? -seconds : seconds;
	}

	abbreviationAt(instant: Int8): string {
		const second = shiftIntoRange(Math.floor(Number(instant) / 1e6));
		const offset = this.offsetAtSecond(second);
		const name = this.#runtimeName(second);
		if (name !== null) return name;
		// The runtime names no zone of long ago: a present name of the same offset serves, before it local mean time.
		for (const present of PRESENT_S) {
			const presentName = this.offsetAtSecond(present) === offset ? this.#runtimeName(present) : null;
			if (presentName !== null) return presentName;
		}
		return offset === this.offsetAtSecond(FIRST_SECOND) && offset !== this.offsetAtSecond(PRESENT_S[0]!) ? 'LMT' : offsetText(offset);
	}

	#runtimeName(second: number): string | null {
		for (const locale of ['en-US', 'en-GB', 'en-AU', 'en-IN']) {
			const parts = shortFormat(locale, this.name).formatToParts(second * 1000);
			const name = parts.find((part) => part.type === 'timeZoneName')?.value ?? '';
			if (/^[A-Z]{3,5}$/.test(name)) return name;
		}
		return null;
	}
}

/** Daylight saving by the rules of a POSIX text. */
class RuledZone extends ChangingZone {
	readonly #rules: PosixRules;

	constructor(name: string, rules: PosixRules) {
		super(name);
		this.#rules = rules;
	}

	protected ask(second: number): number {
		return isDaylight(this.#rules, second) ? this.#rules.daylightOffset : this.#rules.standardOffset;
	}

	abbreviationAt(instant: Int8): string {
		return isDaylight(this.#rules, shiftIntoRange(Math.floor(Number(instant) / 1e6))) ? this.#rules.daylightName : this.#rules.standardName;
	}
}

/** The middle of January and of July 2021. */
const PRESENT_S: readonly number[] = [1_610_668_800, 1_626_307_200];

const shortFormats = new Map<string, Intl.DateTimeFormat>();

function shortFormat(locale: string, zone: string): Intl.DateTimeFormat {
	const key = `${locale} ${zone}`;
	let format = shortFormats.get(key);
	if (format === undefined) {
		format = new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: 'short' });
		shortFormats.set(key, format);
	}
	return format;
}

const CYCLE_S = 146_097 * DAY_S;
const SECOND_OF_2400 = 13_569_465_600;
const FIRST_SECOND = -62_135_596_800;

/** Past 2400 the calendar repeats every 400 years; before the year 1 the zone has its first offset. */
function shiftIntoRange(second: number): number {
	if (second < FIRST_SECOND) return FIRST_SECOND;
	return second < SECOND_OF_2400 ? second : second - Math.ceil((second - SECOND_OF_2400 + 1) / CYCLE_S) * CYCLE_S;
}

function utcSecond(year: number): number {
	const date = new Date(0);
	date.setUTCFullYear(year, 0, 1);
	return date.getTime() / 1000;
}

/** +01, -03:30, +00:53:28: an offset as ISO timestamps show it. */
export function offsetText(secondsEast: number): string {
	const size = Math.abs(secondsEast);
	const two = (value: number): string => (value < 10 ? `0${value}` : String(value));
	const hours = `${secondsEast < 0 ? '-' : '+'}${two(Math.floor(size / 3600))}`;
	const minutes = Math.floor(size / 60) % 60;
	const seconds = size % 60;
	if (seconds !== 0) return `${hours}:${two(minutes)}:${two(seconds)}`;
	return minutes === 0 ? hours : `${hours}:${two(minutes)}`;
}

export const utc: TimeZone = new FixedZone('UTC', 0, 'UTC');

/** A fixed offset in seconds east of UTC, named as PostgreSQL names it: `<+05:30>-05:30`. */
export function fixedTimeZone(secondsEast: number): TimeZone {
	const text = offsetText(secondsEast);
	return new FixedZone(`<${text}>${offsetText(-secondsEast)}`, secondsEast, text);
}

const zonesByName = new Map<string, TimeZone | null>([
	['utc', utc],
	['gmt', new FixedZone('GMT', 0, 'GMT')],
]);
const ZONES_KEPT_MAX = 1000;

/** A zone by IANA name (any case), abbreviation, or POSIX text; undefined if unknown. As AT TIME ZONE and the text of timestamps read it. */
export function timeZoneByName(name: string): TimeZone | undefined {
	const offset = abbreviationOffset(name.toLowerCase());
	if (offset !== undefined && name.toLowerCase() !== 'utc') return new FixedZone(name.toUpperCase(), offset, name.toUpperCase());
	return namedZone(name);
}

/** A zone as SET TIME ZONE takes it: an IANA name, a POSIX text, or a number of hours east of UTC; undefined if it is none. */
export function sessionTimeZone(text: string): TimeZone | undefined {
	if (/^[+-]?[0-9]+(?:\.[0-9]*)?$/.test(text)) {
		const seconds = Math.round(Number(text) * 3600);
		return Math.abs(seconds) > 168 * 3600 ? undefined : fixedTimeZone(seconds);
	}
	return namedZone(text);
}

/** By IANA name or POSIX text, without abbreviations. */
export function namedZone(name: string): TimeZone | undefined {
	const key = name.toLowerCase();
	let zone = zonesByName.get(key);
	if (zone === undefined) {
		zone = posixZone(name) ?? ianaZone(name) ?? ruledZone(name);
		if (zonesByName.size < ZONES_KEPT_MAX) zonesByName.set(key, zone);
	}
	return zone ?? undefined;
}

function posixZone(name: string): TimeZone | null {
	const match = /^(<[A-Za-z0-9+:-]+>|[A-Za-z]{3,})?([+-]?)(\d{1,3})(?::(\d{2})(?::(\d{2}))?)?$/.exec(name);
	if (match === null || (match[1] === undefined && match[2] === '')) return null;
	const west = Number(match[3]) * 3600 + Number(match[4] ?? 0) * 60 + Number(match[5] ?? 0);
	if (west > 168 * 3600) return null;
	const secondsEast = match[2] === '-' ? west : -west;
	const abbreviation = match[1] === undefined ? '' : match[1].replace(/[<>]/g, '');
	return new FixedZone(name.startsWith('<') ? name : name.toUpperCase(), secondsEast + 0, abbreviation);
}

function ruledZone(name: string): TimeZone | null {
	const rules = posixRules(name);
	return rules === null ? null : new RuledZone(name, rules);
}

function ianaZone(name: string): TimeZone | null {
	if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name)) return null;
	let format: Intl.DateTimeFormat;
	try {
		format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
	} catch (error) {
		if (error instanceof RangeError) return null;
		throw error;
	}
	return new IanaZone(properName(name, format.resolvedOptions().timeZone), format);
}

/** The name in IANA's own case: the runtime's name when it is the same zone name, else capitalised by its parts. */
function properName(name: string, resolved: string): string {
	if (resolved.toLowerCase() === name.toLowerCase()) return resolved;
	if (!name.includes('/')) return name.length <= 3 || /\d/.test(name) ? name.toUpperCase() : name.charAt(0).toUpperCase() + name.slice(1);
	return name
		.toLowerCase()
		.replace(
			/(^|[/_-])([a-z]+)/g,
			(_, separator: string, word: string) => separator + (SMALL_WORDS.has(word) && separator === '_' ? word : word.charAt(0).toUpperCase() + word.slice(1)),
		);
}

const SMALL_WORDS: ReadonlySet<string> = new Set(['of', 'es', 'au']);
