/**
 * Dates and times from maps of fields: `{year, month, day}`, weeks, quarters and ordinal days, `{hour, minute, second}` and parts
 * of a second, and from other values (`date`, `time`, `datetime`) of which single fields are replaced. Truncation uses the same.
 *
 * Rules: (1) fields of one way to name a day cannot be mixed with those of another. (2) Without a value to start from a field
 * needs the next greater one. (3) A replaced year, month, quarter or week keeps what is below it as far as the calendar has it
 * (31 January with month 2 is the last of February); a day that is named must exist. (4) Where the value that a time is taken from
 * has a zone, `timezone` moves the clock to that zone at the same moment; else it only says which zone is meant.
 */
import { cypherError } from '../../platform/cypher-errors.ts';
import { checkInt8, type Int8 } from '../int8.ts';
import {
	checkEpochDay,
	checkField,
	civilOfDays,
	dayOfWeek,
	daysInMonth,
	daysInQuarter,
	daysInYear,
	daysOfCivil,
	firstWeekStart,
	NANOSECONDS_PER_DAY,
	NANOSECONDS_PER_HOUR,
	NANOSECONDS_PER_MINUTE,
	NANOSECONDS_PER_SECOND,
	positiveModulo,
	weekOf,
	weeksInWeekYear,
	weekYearOf,
	YEAR_MAX,
	YEAR_MIN,
} from './calendar.ts';
import { CypherDate } from './cypher-date.ts';
import { CypherDateTime } from './cypher-date-time.ts';
import { CypherLocalDateTime } from './cypher-local-date-time.ts';
import { CypherLocalTime, nanosecondOfDay } from './cypher-local-time.ts';
import { CypherTime } from './cypher-time.ts';
import { type Instant, type InstantKind, isInstant, requiredDay, requiredTime, timePart, zonePart } from './temporal-value.ts';
import { offsetAtSecond, parseZone, type TemporalZone } from './temporal-zone.ts';

/** Names to integers, texts and temporal values, as a query gave them; integers are numbers or bigints. */
export type TemporalFields = ReadonlyMap<string, unknown>;

/** What fields leave open. */
export interface FieldDefaults {
	readonly zone: TemporalZone;
	/** Seconds since 1970 UTC: when a named zone's offset is asked for a time of day alone. */
	readonly nowSecond: number;
}

const DATE_GROUPS: readonly (readonly string[])[] = [['month', 'day'], ['week', 'dayOfWeek'], ['quarter', 'dayOfQuarter'], ['ordinalDay']];
const TIME_FIELDS: readonly string[] = ['hour', 'minute', 'second', 'millisecond', 'microsecond', 'nanosecond'];
const SUBSECOND_FIELDS: readonly string[] = ['millisecond', 'microsecond', 'nanosecond'];
const DATE_FIELDS: readonly string[] = ['year', ...DATE_GROUPS.flat()];
const EPOCH_FIELDS: readonly string[] = ['epochSeconds', 'epochMillis'];

const FIELDS_OF: Readonly<Record<InstantKind, ReadonlySet<string>>> = {
	date: new Set(['date', 'datetime', ...DATE_FIELDS]),
	localtime: new Set(['time', 'datetime', ...TIME_FIELDS]),
	time: new Set(['time', 'datetime', 'timezone', ...TIME_FIELDS]),
	localdatetime: new Set(['date', 'time', 'datetime', ...DATE_FIELDS, ...TIME_FIELDS]),
	datetime: new Set(['date', 'time', 'datetime', 'timezone', ...EPOCH_FIELDS, ...DATE_FIELDS, ...TIME_FIELDS]),
};

export function dateOfFields(fields: TemporalFields): CypherDate {
	checkNames(fields, 'date');
	return new CypherDate(dayOfFields(fields, baseOf(fields, 'date', 'datetime')));
}

export function localTimeOfFields(fields: TemporalFields): CypherLocalTime {
	checkNames(fields, 'localtime');
	return new CypherLocalTime(timeOfFields(fields, requiredBaseTime(fields)));
}

export function timeOfFieldMap(fields: TemporalFields, defaults: FieldDefaults): CypherTime {
	checkNames(fields, 'time');
	const base = baseOf(fields, 'time', 'datetime');
	const given = zoneField(fields);
	const time = timeOfFields(fields, requiredBaseTime(fields));
	const own = base === null ? null : zonePart(base);
	const target = given === null ? null : offsetAtSecond(given, defaults.nowSecond);
	if (own === null) return new CypherTime(time, target ?? offsetAtSecond(defaults.zone, defaults.nowSecond));
	if (target === null) return new CypherTime(time, own.offsetSeconds);
	return new CypherTime(positiveModulo(time + (target - own.offsetSeconds) * NANOSECONDS_PER_SECOND, NANOSECONDS_PER_DAY), target);
}

export function localDateTimeOfFields(fields: TemporalFields): CypherLocalDateTime {
	checkNames(fields, 'localdatetime');
	const day = dayOfFields(fields, baseOf(fields, 'date', 'datetime'));
	return new CypherLocalDateTime(day, timeOfFields(fields, optionalBaseTime(fields)));
}

export function dateTimeOfFields(fields: TemporalFields, defaults: FieldDefaults): CypherDateTime {
	checkNames(fields, 'datetime');
	const given = zoneField(fields);
	if (EPOCH_FIELDS.some((name) => fields.has(name))) return dateTimeOfEpoch(fields, given ?? defaults.zone);
	const day = dayOfFields(fields, baseOf(fields, 'date', 'datetime'));
	const time = timeOfFields(fields, optionalBaseTime(fields));
	const clock = baseOf(fields, 'time', 'datetime');
	const own = clock === null ? null : zonePart(clock);
	if (own === null) return CypherDateTime.ofLocal(day, time, given ?? defaults.zone);
	const result = CypherDateTime.ofLocal(day, time, own);
	return given === null ? result : CypherDateTime.ofEpochSecond(result.epochSecond, result.nanosecond, given);
}

function dateTimeOfEpoch(fields: TemporalFields, zone: TemporalZone): CypherDateTime {
	const names = [...fields.keys()];
	const other = names.find((name) => name !== 'timezone' && name !== 'epochSeconds' && name !== 'epochMillis' && !SUBSECOND_FIELDS.includes(name));
	if (other !== undefined || (fields.has('epochSeconds') && fields.has('epochMillis'))) {
		throw cypherError('ArgumentError', `${names.find((name) => EPOCH_FIELDS.includes(name))} cannot be combined with ${other ?? 'epochMillis'}`);
	}
	if (fields.has('epochSeconds')) return CypherDateTime.ofEpochSecond(int8Field(fields, 'epochSeconds'), subsecond(fields, 0), zone);
	const { second, nanosecond } = splitMilliseconds(int8Field(fields, 'epochMillis'));
	const below = checkField('nanosecond', Number(integerField(fields, 'nanosecond', 0)), 0, 999_999);
	return CypherDateTime.ofEpochSecond(second, nanosecond + below, zone);
}

/** Milliseconds since 1970 as seconds and nanoseconds. */
export function splitMilliseconds(milliseconds: Int8): { readonly second: Int8; readonly nanosecond: number } {
	if (typeof milliseconds === 'number') {
		const second = Math.floor(milliseconds / 1000);
		return { second, nanosecond: (milliseconds - second * 1000) * 1_000_000 };
	}
	const rest = ((milliseconds % 1000n) + 1000n) % 1000n;
	return { second: checkInt8((milliseconds - rest) / 1000n), nanosecond: Number(rest) * 1_000_000 };
}

/** The zone that a map names, or null. */
export function zoneField(fields: TemporalFields): TemporalZone | null {
	if (!fields.has('timezone')) return null;
	const value = fields.get('timezone');
	if (typeof value !== 'string') throw cypherError('TypeError', 'timezone must be a string');
	return parseZone(value);
}

function checkNames(fields: TemporalFields, kind: InstantKind): void {
	for (const name of fields.keys()) {
		if (!FIELDS_OF[kind].has(name)) throw cypherError('ArgumentError', `a ${kind} has no field '${name}'`);
	}
	const groups = DATE_GROUPS.filter((group) => group.some((name) => fields.has(name)));
	if (groups.length > 1) {
		const names = groups.map((group) => group.find((name) => fields.has(name)));
		throw cypherError('ArgumentError', `${names[0]} and ${names[1]} cannot be combined`);
	}
	if (fields.has('datetime') && (fields.has('date') || fields.has('time'))) {
		throw cypherError('ArgumentError', 'datetime cannot be combined with date or time');
	}
}

/** The value to start from, by the first of the names that is there. */
function baseOf(fields: TemporalFields, ...names: readonly string[]): Instant | null {
	for (const name of names) {
		if (!fields.has(name)) continue;
		const value = fields.get(name);
		if (!isInstant(value)) throw cypherError('TypeError', `${name} must be a temporal value`);
		return value;
	}
	return null;
}

function requiredBaseTime(fields: TemporalFields): number | null {
	const base = baseOf(fields, 'time', 'datetime');
	if (base !== null) return requiredTime(base);
	if (!fields.has('hour')) throw cypherError('ArgumentError', 'hour must be specified');
	return null;
}

/** Of a datetime that is a date the time is midnight. */
function optionalBaseTime(fields: TemporalFields): number | null {
	const base = baseOf(fields, 'time');
	if (base !== null) return requiredTime(base);
	const both = baseOf(fields, 'datetime');
	return both === null ? null : (timePart(both) ?? 0);
}

function dayOfFields(fields: TemporalFields, base: Instant | null): number {
	if (base === null) requireGreaterFields(fields);
	const start = base === null ? null : requiredDay(base);
	if (fields.has('week') || fields.has('dayOfWeek')) return checkEpochDay(weekDay(fields, start));
	const civil = start === null ? { year: 0, month: 1, day: 1 } : civilOfDays(start);
	const year = integerInRange(fields, 'year', civil.year, YEAR_MIN, YEAR_MAX);
	if (fields.has('ordinalDay')) return daysOfCivil(year, 1, 1) + integerInRange(fields, 'ordinalDay', 1, 1, daysInYear(year)) - 1;
	if (fields.has('dayOfQuarter')) {
		const quarter = integerInRange(fields, 'quarter', Math.ceil(civil.month / 3), 1, 4);
		return daysOfCivil(year, quarter * 3 - 2, 1) + integerInRange(fields, 'dayOfQuarter', 1, 1, daysInQuarter(year, quarter)) - 1;
	}
	let month = integerInRange(fields, 'month', civil.month, 1, 12);
	if (fields.has('quarter')) month = (integerInRange(fields, 'quarter', 1, 1, 4) - 1) * 3 + ((civil.month - 1) % 3) + 1;
	const last = daysInMonth(year, month);
	const day = fields.has('day') ? integerInRange(fields, 'day', 1, 1, last) : Math.min(civil.day, last);
	return daysOfCivil(year, month, day);
}

function weekDay(fields: TemporalFields, start: number | null): number {
	const year = integerInRange(fields, 'year', start === null ? 0 : weekYearOf(start), YEAR_MIN, YEAR_MAX);
	const last = weeksInWeekYear(year);
	const kept = start === null ? 1 : Math.min(weekOf(start), last);
	const week = fields.has('week') ? integerInRange(fields, 'week', 1, 1, last) : kept;
	return firstWeekStart(year) + (week - 1) * 7 + integerInRange(fields, 'dayOfWeek', start === null ? 1 : dayOfWeek(start), 1, 7) - 1;
}

function requireGreaterFields(fields: TemporalFields): void {
	if (!fields.has('year')) throw cypherError('ArgumentError', 'year must be specified');
	for (const [less, greater] of [
		['day', 'month'],
		['dayOfWeek', 'week'],
		['dayOfQuarter', 'quarter'],
	] as const) {
		if (fields.has(less) && !fields.has(greater)) throw cypherError('ArgumentError', `${less} needs ${greater}`);
	}
}

function timeOfFields(fields: TemporalFields, base: number | null): number {
	if (base === null) requireGreaterTimes(fields);
	const start = base ?? 0;
	const hour = integerInRange(fields, 'hour', Math.floor(start / NANOSECONDS_PER_HOUR), 0, 23);
	const minute = integerInRange(fields, 'minute', Math.floor(start / NANOSECONDS_PER_MINUTE) % 60, 0, 59);
	const second = integerInRange(fields, 'second', Math.floor(start / NANOSECONDS_PER_SECOND) % 60, 0, 59);
	return nanosecondOfDay(hour, minute, second, subsecond(fields, start % NANOSECONDS_PER_SECOND));
}

function requireGreaterTimes(fields: TemporalFields): void {
	if (fields.has('minute') && !fields.has('hour')) throw cypherError('ArgumentError', 'minute needs hour');
	if (fields.has('second') && !fields.has('minute')) throw cypherError('ArgumentError', 'second needs minute');
	const part = SUBSECOND_FIELDS.find((name) => fields.has(name));
	if (part !== undefined && !fields.has('second')) throw cypherError('ArgumentError', `${part} needs second`);
}

/** Milliseconds, microseconds and nanoseconds add up; each then counts only what the greater one leaves. */
function subsecond(fields: TemporalFields, base: number): number {
	if (!SUBSECOND_FIELDS.some((name) => fields.has(name))) return base;
	let left = 999_999_999;
	let total = 0;
	for (const [name, unit] of [
		['millisecond', 1_000_000],
		['microsecond', 1000],
		['nanosecond', 1],
	] as const) {
		if (!fields.has(name)) continue;
		total += integerInRange(fields, name, 0, 0, Math.floor(left / unit)) * unit;
		left = unit - 1;
	}
	return total;
}

function integerField(fields: TemporalFields, name: string, preset: number): Int8 {
	if (!fields.has(name)) return preset;
	const value = fields.get(name);
	if (typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))) return value;
	throw cypherError('TypeError', `${name} must be an integer`);
}

function integerInRange(fields: TemporalFields, name: string, preset: number, min: number, max: number): number {
	return fields.has(name) ? checkField(name, Number(integerField(fields, name, preset)), min, max) : preset;
}

function int8Field(fields: TemporalFields, name: string): Int8 {
	return integerField(fields, name, 0);
}
