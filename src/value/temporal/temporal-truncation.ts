/**
 * `date.truncate('week', value, {dayOfWeek: 3})` and its like: everything below a unit set to its first value, then single fields
 * below the unit replaced.
 */
import { cypherError } from '../../platform/cypher-errors.ts';
import {
	checkEpochDay,
	civilOfDays,
	dayOfWeek,
	daysOfCivil,
	firstWeekStart,
	NANOSECONDS_PER_HOUR,
	NANOSECONDS_PER_MINUTE,
	NANOSECONDS_PER_SECOND,
	weekYearOf,
} from './calendar.ts';
import { CypherDate } from './cypher-date.ts';
import type { CypherDateTime } from './cypher-date-time.ts';
import { CypherLocalDateTime } from './cypher-local-date-time.ts';
import { CypherLocalTime } from './cypher-local-time.ts';
import { CypherTime } from './cypher-time.ts';
import {
	dateOfFields,
	dateTimeOfFields,
	type FieldDefaults,
	localDateTimeOfFields,
	localTimeOfFields,
	type TemporalFields,
	zoneField,
} from './temporal-fields.ts';
import { type Instant, requiredDay, timePart, zonePart } from './temporal-value.ts';
import { offsetAtSecond } from './temporal-zone.ts';

/** Units of a day and above: the first day of the one that a day is in. */
const DAY_UNITS: Readonly<Record<string, (epochDay: number) => number>> = {
	millennium: (day) => firstOfYears(day, 1000),
	century: (day) => firstOfYears(day, 100),
	decade: (day) => firstOfYears(day, 10),
	year: (day) => firstOfYears(day, 1),
	weekyear: (day) => firstWeekStart(weekYearOf(day)),
	quarter: (day) => {
		const { year, month } = civilOfDays(day);
		return daysOfCivil(year, Math.floor((month - 1) / 3) * 3 + 1, 1);
	},
	month: (day) => {
		const { year, month } = civilOfDays(day);
		return daysOfCivil(year, month, 1);
	},
	week: (day) => day - (dayOfWeek(day) - 1),
	day: (day) => day,
};

/** Units below a day, in nanoseconds. */
const TIME_UNITS: Readonly<Record<string, number>> = {
	hour: NANOSECONDS_PER_HOUR,
	minute: NANOSECONDS_PER_MINUTE,
	second: NANOSECONDS_PER_SECOND,
	millisecond: 1_000_000,
	microsecond: 1000,
	nanosecond: 1,
};

function firstOfYears(epochDay: number, years: number): number {
	return daysOfCivil(Math.floor(civilOfDays(epochDay).year / years) * years, 1, 1);
}

export function truncateDate(unit: string, value: Instant, fields: TemporalFields): CypherDate {
	const day = checkEpochDay(dayUnit(unit, 'date')(requiredDay(value)));
	return dateOfFields(withBase(fields, 'date', new CypherDate(day)));
}

export function truncateLocalTime(unit: string, value: Instant, fields: TemporalFields): CypherLocalTime {
	const time = truncatedTime(unit, value);
	return localTimeOfFields(withSubsecond(withBase(fields, 'time', new CypherLocalTime(time)), unit, time));
}

export function truncateTime(unit: string, value: Instant, fields: TemporalFields, defaults: FieldDefaults): CypherTime {
	const time = truncatedTime(unit, value);
	const own = zonePart(value);
	const given = zoneField(fields) ?? (own === null ? defaults.zone : { name: null, offsetSeconds: own.offsetSeconds });
	const rest = withSubsecond(without(withBase(fields, 'time', new CypherLocalTime(time)), 'timezone'), unit, time);
	return new CypherTime(localTimeOfFields(rest).nanosecondOfDay, offsetAtSecond(given, defaults.nowSecond));
}

export function truncateLocalDateTime(unit: string, value: Instant, fields: TemporalFields): CypherLocalDateTime {
	const base = truncatedDateTime(unit, value, 'localdatetime');
	return localDateTimeOfFields(withSubsecond(withBase(fields, 'datetime', base), unit, base.nanosecondOfDay));
}

/** The zone is the value's or the one named in the fields; the clock stays as it is. */
export function truncateDateTime(unit: string, value: Instant, fields: TemporalFields, defaults: FieldDefaults): CypherDateTime {
	const base = truncatedDateTime(unit, value, 'datetime');
	const zone = zoneField(fields) ?? zonePart(value) ?? defaults.zone;
	const rest = withSubsecond(without(withBase(fields, 'datetime', base), 'timezone'), unit, base.nanosecondOfDay);
	return dateTimeOfFields(rest, { ...defaults, zone });
}

function dayUnit(unit: string, kind: string): (epochDay: number) => number {
	const key = unit.toLowerCase();
	const first = Object.hasOwn(DAY_UNITS, key) ? DAY_UNITS[key] : undefined;
	if (first === undefined) throw cypherError('ArgumentError', `a ${kind} cannot be truncated to '${unit}'`);
	return first;
}

function truncatedTime(unit: string, value: Instant): number {
	const key = unit.toLowerCase();
	const time = timePart(value);
	if (key === 'day') return 0;
	const nanoseconds = Object.hasOwn(TIME_UNITS, key) ? TIME_UNITS[key] : undefined;
	if (nanoseconds === undefined) throw cypherError('ArgumentError', `a time of day cannot be truncated to '${unit}'`);
	if (time === null) throw cypherError('ArgumentError', `a date cannot be truncated to '${unit}'`);
	return time - (time % nanoseconds);
}

function truncatedDateTime(unit: string, value: Instant, kind: string): CypherLocalDateTime {
	const day = requiredDay(value);
	const key = unit.toLowerCase();
	if (!Object.hasOwn(TIME_UNITS, key)) return new CypherLocalDateTime(checkEpochDay(dayUnit(unit, kind)(day)), 0);
	return new CypherLocalDateTime(day, truncatedTime(unit, value));
}

function withBase(fields: TemporalFields, name: 'date' | 'time' | 'datetime', base: Instant): Map<string, unknown> {
	for (const taken of ['date', 'time', 'datetime']) {
		if (fields.has(taken)) throw cypherError('ArgumentError', `truncation has no field '${taken}'`);
	}
	return new Map(fields).set(name, base);
}

function without(fields: Map<string, unknown>, name: string): Map<string, unknown> {
	fields.delete(name);
	return fields;
}

/** Fields below milliseconds or microseconds leave what was kept of the second as it is. */
function withSubsecond(fields: Map<string, unknown>, unit: string, time: number): Map<string, unknown> {
	const key = unit.toLowerCase();
	const below = key === 'millisecond' ? ['microsecond', 'nanosecond'] : key === 'microsecond' ? ['nanosecond'] : [];
	if (!below.some((name) => fields.has(name))) return fields;
	fields.set('millisecond', Math.floor(time / 1_000_000) % 1000);
	if (key === 'microsecond') fields.set('microsecond', Math.floor(time / 1000) % 1000);
	return fields;
}
