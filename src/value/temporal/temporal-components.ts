/**
 * The named parts of temporal values: `d.year`, `t.millisecond`, `dt.epochMillis`, `p.monthsOfYear`. Integers are int8, the rest is
 * text. Parts of a second count all that is below the second (`.microsecond` of 0.645876123 s is 645876); of durations the plain
 * plural counts the whole (`.minutes` of 1 h is 60), `…Of…` what is left of the greater unit.
 */
import { cypherError } from '../../platform/cypher-errors.ts';
import { addInt8, fromBigInt, type Int8, multiplyInt8 } from '../int8.ts';
import {
	civilOfDays,
	dayOfWeek,
	daysOfCivil,
	NANOSECONDS_PER_HOUR,
	NANOSECONDS_PER_MINUTE,
	NANOSECONDS_PER_SECOND,
	weekOf,
	weekYearOf,
	zoneOffsetText,
} from './calendar.ts';
import { CypherDateTime } from './cypher-date-time.ts';
import { CypherDuration } from './cypher-duration.ts';
import { dayPart, type Instant, instantKind, type Temporal, timePart, zonePart } from './temporal-value.ts';

type Component = Int8 | string;

const DAY_COMPONENTS: ReadonlyMap<string, (epochDay: number) => number> = new Map([
	['year', (day) => civilOfDays(day).year],
	['quarter', (day) => quarterOf(day)],
	['month', (day) => civilOfDays(day).month],
	['week', weekOf],
	['weekYear', weekYearOf],
	['day', (day) => civilOfDays(day).day],
	['ordinalDay', (day) => day - daysOfCivil(civilOfDays(day).year, 1, 1) + 1],
	['dayOfWeek', dayOfWeek],
	['weekDay', dayOfWeek],
	['dayOfQuarter', (day) => day - daysOfCivil(civilOfDays(day).year, quarterOf(day) * 3 - 2, 1) + 1],
	['quarterDay', (day) => day - daysOfCivil(civilOfDays(day).year, quarterOf(day) * 3 - 2, 1) + 1],
]);

function quarterOf(epochDay: number): number {
	return Math.ceil(civilOfDays(epochDay).month / 3);
}

const TIME_COMPONENTS: ReadonlyMap<string, (nanosecondOfDay: number) => number> = new Map([
	['hour', (time) => Math.floor(time / NANOSECONDS_PER_HOUR)],
	['minute', (time) => Math.floor(time / NANOSECONDS_PER_MINUTE) % 60],
	['second', (time) => Math.floor(time / NANOSECONDS_PER_SECOND) % 60],
	['millisecond', (time) => Math.floor((time % NANOSECONDS_PER_SECOND) / 1_000_000)],
	['microsecond', (time) => Math.floor((time % NANOSECONDS_PER_SECOND) / 1000)],
	['nanosecond', (time) => time % NANOSECONDS_PER_SECOND],
]);

const DURATION_COMPONENTS: ReadonlyMap<string, (duration: CypherDuration) => Int8> = new Map([
	['years', (d) => truncated(d.months, 12)],
	['quarters', (d) => truncated(d.months, 3)],
	['quartersOfYear', (d) => truncated(d.months % 12, 3)],
	['months', (d) => d.months],
	['monthsOfYear', (d) => (d.months % 12) + 0],
	['monthsOfQuarter', (d) => (d.months % 3) + 0],
	['weeks', (d) => truncated(d.days, 7)],
	['days', (d) => d.days],
	['daysOfWeek', (d) => (d.days % 7) + 0],
	['hours', (d) => truncated(d.seconds, 3600)],
	['minutes', (d) => truncated(d.seconds, 60)],
	['minutesOfHour', (d) => Number((BigInt(d.seconds) % 3600n) / 60n)],
	['seconds', (d) => d.seconds],
	['secondsOfMinute', (d) => Number(BigInt(d.seconds) % 60n)],
	['milliseconds', (d) => wholeDuration(d, 1000)],
	['millisecondsOfSecond', (d) => Math.floor(d.nanoseconds / 1_000_000)],
	['microseconds', (d) => wholeDuration(d, 1_000_000)],
	['microsecondsOfSecond', (d) => Math.floor(d.nanoseconds / 1000)],
	['nanoseconds', (d) => wholeDuration(d, NANOSECONDS_PER_SECOND)],
	['nanosecondsOfSecond', (d) => d.nanoseconds],
]);

/** A named part; an ArgumentError when values of this type have none of that name. */
export function temporalComponent(value: Temporal, name: string): Component {
	const found = value instanceof CypherDuration ? DURATION_COMPONENTS.get(name)?.(value) : instantComponent(value, name);
	if (found !== undefined && found !== null) return found;
	throw cypherError('ArgumentError', `a ${value instanceof CypherDuration ? 'duration' : instantKind(value)} has no component '${name}'`);
}

function instantComponent(value: Instant, name: string): Component | null {
	const ofDay = DAY_COMPONENTS.get(name);
	if (ofDay !== undefined) {
		const day = dayPart(value);
		return day === null ? null : ofDay(day);
	}
	const ofTime = TIME_COMPONENTS.get(name);
	if (ofTime !== undefined) {
		const time = timePart(value);
		return time === null ? null : ofTime(time);
	}
	const zone = zonePart(value);
	return zone === null ? null : zoneComponent(value, zone.name, zone.offsetSeconds, name);
}

function zoneComponent(value: Instant, zoneName: string | null, offsetSeconds: number, name: string): Component | null {
	switch (name) {
		case 'timezone':
			return zoneName ?? zoneOffsetText(offsetSeconds);
		case 'offset':
			return zoneOffsetText(offsetSeconds);
		case 'offsetMinutes':
			return truncated(offsetSeconds, 60);
		case 'offsetSeconds':
			return offsetSeconds;
		case 'epochSeconds':
			return value instanceof CypherDateTime ? value.epochSecond : null;
		case 'epochMillis':
			return value instanceof CypherDateTime ? addInt8(multiplyInt8(value.epochSecond, 1000), Math.floor(value.nanosecond / 1_000_000)) : null;
		default:
			return null;
	}
}

function truncated(value: Int8, unit: number): Int8 {
	return typeof value === 'number' ? Math.trunc(value / unit) + 0 : fromBigInt(value / BigInt(unit));
}

/** Seconds and nanoseconds in parts of a second, rounded down; an ArithmeticError past int8. */
function wholeDuration(duration: CypherDuration, partsPerSecond: number): Int8 {
	const below = Math.floor(duration.nanoseconds / (NANOSECONDS_PER_SECOND / partsPerSecond));
	return addInt8(multiplyInt8(duration.seconds, partsPerSecond), below);
}
