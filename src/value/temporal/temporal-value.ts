/**
 * The temporal values of Cypher as one: their union, and the parts (day, time of day, zone) that one kind of value lends to
 * another.
 */
import { cypherError } from '../../platform/cypher-errors.ts';
import { CypherDate } from './cypher-date.ts';
import { CypherDateTime } from './cypher-date-time.ts';
import { CypherDuration } from './cypher-duration.ts';
import { CypherLocalDateTime } from './cypher-local-date-time.ts';
import { CypherLocalTime } from './cypher-local-time.ts';
import { CypherTime } from './cypher-time.ts';
import type { TemporalZone } from './temporal-zone.ts';

/** A point of time, or of the day. */
export type Instant = CypherDate | CypherLocalTime | CypherTime | CypherLocalDateTime | CypherDateTime;
export type Temporal = Instant | CypherDuration;

export type InstantKind = 'date' | 'localtime' | 'time' | 'localdatetime' | 'datetime';

export function isInstant(value: unknown): value is Instant {
	return (
		value instanceof CypherDate ||
		value instanceof CypherDateTime ||
		value instanceof CypherLocalDateTime ||
		value instanceof CypherTime ||
		value instanceof CypherLocalTime
	);
}

export function isTemporal(value: unknown): value is Temporal {
	return value instanceof CypherDuration || isInstant(value);
}

/** Name of the type, as functions have it. */
export function instantKind(value: Instant): InstantKind {
	if (value instanceof CypherDate) return 'date';
	if (value instanceof CypherDateTime) return 'datetime';
	if (value instanceof CypherLocalDateTime) return 'localdatetime';
	return value instanceof CypherTime ? 'time' : 'localtime';
}

/** Days since 1970, where the value has a day. */
export function dayPart(value: Instant): number | null {
	return value instanceof CypherTime || value instanceof CypherLocalTime ? null : value.epochDay;
}

/** Nanoseconds since midnight, where the value has a time of day. */
export function timePart(value: Instant): number | null {
	return value instanceof CypherDate ? null : value.nanosecondOfDay;
}

/** The zone of a value that has one. */
export function zonePart(value: Instant): TemporalZone | null {
	if (value instanceof CypherDateTime) return value.zone;
	return value instanceof CypherTime ? { name: null, offsetSeconds: value.offsetSeconds } : null;
}

/** Days since 1970; an ArgumentError where the value has no day. */
export function requiredDay(value: Instant): number {
	const day = dayPart(value);
	if (day === null) throw cypherError('ArgumentError', `a ${instantKind(value)} has no date`);
	return day;
}

/** Nanoseconds since midnight; an ArgumentError where the value has no time of day. */
export function requiredTime(value: Instant): number {
	const time = timePart(value);
	if (time === null) throw cypherError('ArgumentError', `a ${instantKind(value)} has no time of day`);
	return time;
}
