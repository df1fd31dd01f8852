/**
 * Structures of PackStream that are values: temporal values and points both ways, nodes, relationships and paths towards the client.
 *
 * Format: `tag fields`. Date 44 days · Time 54 nanoseconds, offset · LocalTime 74 nanoseconds · LocalDateTime 64 seconds, nanoseconds ·
 * DateTime 49 seconds, nanoseconds, offset · with a zone 69 seconds, nanoseconds, name · Duration 45 months, days, seconds, nanoseconds ·
 * Point 58 srid, x, y · 59 srid, x, y, z. Times are local, their offset in seconds. Seconds of datetimes count from 1970-01-01T00:00Z; before
 * 5.0, when the client did not ask for the patch `utc`, tags are 46 and 66 and seconds are those of the local clock.
 * Node 4e id, labels, properties, element id · Relationship 52 id, start, end, type, properties, and the three element ids · in a path 72
 * id, type, properties, element id · Path 50 nodes, relationships, steps. Element ids came with 5.0; they are the ids as text.
 *
 * Source: the Bolt specification, "Structure Semantics".
 */
import { cypherError } from '../../platform/cypher-errors.ts';
import { IntegralFloat } from '../../value/dynamic.ts';
import { checkSrid, Point } from '../../value/spatial/point.ts';
import { NANOSECONDS_PER_DAY, NANOSECONDS_PER_SECOND } from '../../value/temporal/calendar.ts';
import { CypherDate } from '../../value/temporal/cypher-date.ts';
import { CypherDateTime } from '../../value/temporal/cypher-date-time.ts';
import { CypherDuration } from '../../value/temporal/cypher-duration.ts';
import { CypherLocalDateTime } from '../../value/temporal/cypher-local-date-time.ts';
import { CypherLocalTime } from '../../value/temporal/cypher-local-time.ts';
import { CypherTime } from '../../value/temporal/cypher-time.ts';
import { OFFSET_SECONDS_MAX, parseZone, type TemporalZone } from '../../value/temporal/temporal-zone.ts';
import { FramingError } from './message-reader.ts';

export const NODE = 0x4e;
export const RELATIONSHIP = 0x52;
export const UNBOUND_RELATIONSHIP = 0x72;
export const PATH = 0x50;
export const DATE = 0x44;
export const TIME = 0x54;
export const LOCAL_TIME = 0x74;
export const LOCAL_DATE_TIME = 0x64;
export const DATE_TIME = 0x49;
export const ZONED_DATE_TIME = 0x69;
export const LOCAL_CLOCK_DATE_TIME = 0x46;
export const LOCAL_CLOCK_ZONED_DATE_TIME = 0x66;
export const DURATION = 0x45;
export const POINT_2D = 0x58;
export const POINT_3D = 0x59;

/** Tag → how many fields. */
const FIELD_COUNTS: ReadonlyMap<number, number> = new Map([
	[DATE, 1],
	[TIME, 2],
	[LOCAL_TIME, 1],
	[LOCAL_DATE_TIME, 2],
	[DATE_TIME, 3],
	[ZONED_DATE_TIME, 3],
	[LOCAL_CLOCK_DATE_TIME, 3],
	[LOCAL_CLOCK_ZONED_DATE_TIME, 3],
	[DURATION, 4],
	[POINT_2D, 3],
	[POINT_3D, 4],
]);

const OUTPUT_ONLY: ReadonlyMap<number, string> = new Map([
	[NODE, 'node'],
	[RELATIONSHIP, 'relationship'],
	[UNBOUND_RELATIONSHIP, 'relationship'],
	[PATH, 'path'],
]);

/** The value of a structure that a client sent. Throws FramingError when it is none, and the value's own error when it is out of range. */
export function readStructure(tag: number, fields: readonly unknown[], utc: boolean): unknown {
	const kind = OUTPUT_ONLY.get(tag);
	if (kind !== undefined) throw cypherError('TypeError', `a ${kind} cannot be a parameter`, { hint: 'Pass its id or properties.' });
	if (FIELD_COUNTS.get(tag) !== fields.length) throw new FramingError(`no structure has tag ${tag.toString(16)} and ${fields.length} fields`);
	switch (tag) {
		case DATE:
			return CypherDate.ofEpochDay(small(fields[0]));
		case TIME:
			return new CypherTime(ofDay(fields[0]), offset(fields[1]));
		case LOCAL_TIME:
			return new CypherLocalTime(ofDay(fields[0]));
		case LOCAL_DATE_TIME:
			return CypherLocalDateTime.ofEpochSecond(integer(fields[0]), ofSecond(fields[1]));
		case DURATION:
			return CypherDuration.of(integer(fields[0]), integer(fields[1]), integer(fields[2]), integer(fields[3]));
		case POINT_2D:
			return new Point(checkSrid(small(fields[0])), coordinate(fields[1]), coordinate(fields[2]), Number.NaN);
		case POINT_3D:
			return new Point(checkSrid(small(fields[0])), coordinate(fields[1]), coordinate(fields[2]), coordinate(fields[3]));
		default:
			return dateTime(tag, fields, utc);
	}
}

function dateTime(tag: number, fields: readonly unknown[], utc: boolean): CypherDateTime {
	const inUtc = tag === DATE_TIME || tag === ZONED_DATE_TIME;
	if (inUtc !== utc) throw new FramingError(`structure ${tag.toString(16)} is not of the version that is spoken`);
	const second = integer(fields[0]);
	const nanosecond = ofSecond(fields[1]);
	const zone: TemporalZone = tag === DATE_TIME || tag === LOCAL_CLOCK_DATE_TIME ? { name: null, offsetSeconds: offset(fields[2]) } : namedZone(fields[2]);
	if (inUtc) return CypherDateTime.ofEpochSecond(second, nanosecond, zone);
	const local = CypherLocalDateTime.ofEpochSecond(second, nanosecond);
	return CypherDateTime.ofLocal(local.epochDay, local.nanosecondOfDay, zone);
}

function namedZone(value: unknown): TemporalZone {
	if (typeof value !== 'string') throw new FramingError('the zone of a datetime must be a text');
	return parseZone(value);
}

function integer(value: unknown): number | bigint {
	if (typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))) return value;
	throw new FramingError('a field of a structure must be an integer');
}

/** An integer that must be safe. */
function small(value: unknown): number {
	const given = integer(value);
	if (typeof given === 'bigint') throw outOfRange(given);
	return given;
}

function within(value: unknown, lowest: number, highest: number): number {
	const given = small(value);
	if (given < lowest || given > highest) throw outOfRange(given);
	return given;
}

function ofDay(value: unknown): number {
	return within(value, 0, NANOSECONDS_PER_DAY - 1);
}

function ofSecond(value: unknown): number {
	return within(value, 0, NANOSECONDS_PER_SECOND - 1);
}

function offset(value: unknown): number {
	return within(value, -OFFSET_SECONDS_MAX, OFFSET_SECONDS_MAX);
}

function coordinate(value: unknown): number {
	if (value instanceof IntegralFloat) return value.value;
	if (typeof value === 'number' && !Number.isInteger(value)) return value;
	throw new FramingError('a coordinate must be a float');
}

function outOfRange(value: number | bigint): Error {
	return cypherError('ArgumentError', `${value} is out of range for a field of a temporal value or point`);
}
