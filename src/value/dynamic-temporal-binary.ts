/**
 * Temporal values and points as bytes: tags 16 to 22 of `dynamic-binary.ts`.
 */
import { CorruptionError } from '../platform/errors.ts';
import type { Temporal } from './dynamic.ts';
import { type KeyTarget, reserveBytes } from './key-buffer.ts';
import { checkSrid, Point } from './spatial/point.ts';
import { CypherDate } from './temporal/cypher-date.ts';
import { CypherDateTime } from './temporal/cypher-date-time.ts';
import { CypherDuration } from './temporal/cypher-duration.ts';
import { CypherLocalDateTime } from './temporal/cypher-local-date-time.ts';
import { CypherLocalTime } from './temporal/cypher-local-time.ts';
import { CypherTime } from './temporal/cypher-time.ts';
import { decodeUtf8, encodeUtf8, UTF8_BYTES_PER_UNIT_MAX } from './utf8.ts';
import * as wide from './wide-integer.ts';

const DATE = 16;
const LOCAL_TIME = 17;
const TIME = 18;
const LOCAL_DATE_TIME = 19;
const DATE_TIME = 20;
const DURATION = 21;
const POINT = 22;

/** Tag and fixed parts: room for the longest, a duration. */
const BYTES_MAX = 40;
const TWO_32 = 4294967296;

export function writeTemporal(value: Temporal | Point, target: KeyTarget): void {
	reserveBytes(target, BYTES_MAX);
	const { bytes, length: at } = target;
	if (value instanceof CypherDate) {
		bytes[at] = DATE;
		writeInt6(bytes, at + 1, value.epochDay);
		target.length = at + 7;
	} else if (value instanceof CypherLocalTime) {
		bytes[at] = LOCAL_TIME;
		writeInt6(bytes, at + 1, value.nanosecondOfDay);
		target.length = at + 7;
	} else if (value instanceof CypherTime) {
		bytes[at] = TIME;
		writeInt6(bytes, at + 1, value.nanosecondOfDay);
		wide.writeInt32Le(bytes, at + 7, value.offsetSeconds);
		target.length = at + 11;
	} else if (value instanceof CypherLocalDateTime) {
		bytes[at] = LOCAL_DATE_TIME;
		writeInt6(bytes, at + 1, value.epochDay);
		writeInt6(bytes, at + 7, value.nanosecondOfDay);
		target.length = at + 13;
	} else if (value instanceof CypherDateTime) writeDateTime(value, target);
	else if (value instanceof CypherDuration) writeDuration(value, target);
	else writePoint(value, target);
}

function writeDateTime(value: CypherDateTime, target: KeyTarget): void {
	const at = target.length;
	target.bytes[at] = DATE_TIME;
	writeInt6(target.bytes, at + 1, value.epochDay);
	writeInt6(target.bytes, at + 7, value.nanosecondOfDay);
	wide.writeInt32Le(target.bytes, at + 13, value.offsetSeconds);
	target.length = at + 17;
	if (value.zoneName === null) return;
	reserveBytes(target, value.zoneName.length * UTF8_BYTES_PER_UNIT_MAX);
	target.length = encodeUtf8(target.bytes, target.length, value.zoneName);
}

function writeDuration(value: CypherDuration, target: KeyTarget): void {
	const { bytes, length: at } = target;
	bytes[at] = DURATION;
	wide.writeInt8Le(bytes, at + 1, value.months);
	wide.writeInt8Le(bytes, at + 9, value.days);
	wide.writeInt8Le(bytes, at + 17, value.seconds);
	wide.writeInt32Le(bytes, at + 25, value.nanoseconds);
	target.length = at + 29;
}

function writePoint(value: Point, target: KeyTarget): void {
	const { bytes, length: at } = target;
	bytes[at] = POINT;
	wide.writeInt32Le(bytes, at + 1, value.srid);
	wide.writeFloat64Le(bytes, at + 5, value.x);
	wide.writeFloat64Le(bytes, at + 13, value.y);
	target.length = at + 21;
	if (!value.hasHeight) return;
	wide.writeFloat64Le(bytes, at + 21, value.z);
	target.length = at + 29;
}

/** The value whose bytes are `bytes[start, end)`; any tag that is none of the format's is corruption. */
export function readTemporal(bytes: Uint8Array, start: number, end: number): Temporal | Point {
	const at = start + 1;
	switch (bytes[start]) {
		case DATE:
			return new CypherDate(readInt6(bytes, at));
		case LOCAL_TIME:
			return new CypherLocalTime(readInt6(bytes, at));
		case TIME:
			return new CypherTime(readInt6(bytes, at), wide.readInt32Le(bytes, at + 6));
		case LOCAL_DATE_TIME:
			return new CypherLocalDateTime(readInt6(bytes, at), readInt6(bytes, at + 6));
		case DATE_TIME: {
			const name = end > at + 16 ? decodeUtf8(bytes, at + 16, end) : null;
			return new CypherDateTime(readInt6(bytes, at), readInt6(bytes, at + 6), wide.readInt32Le(bytes, at + 12), name);
		}
		case DURATION:
			return new CypherDuration(
				Number(wide.readInt8Le(bytes, at)),
				Number(wide.readInt8Le(bytes, at + 8)),
				wide.readInt8Le(bytes, at + 16),
				wide.readInt32Le(bytes, at + 24),
			);
		case POINT: {
			const z = end - at > 20 ? wide.readFloat64Le(bytes, at + 20) : Number.NaN;
			return new Point(checkSrid(wide.readInt32Le(bytes, at)), wide.readFloat64Le(bytes, at + 4), wide.readFloat64Le(bytes, at + 12), z);
		}
		default:
			throw new CorruptionError('corruption', `a dynamic value has the unknown tag ${bytes[start]}`);
	}
}

/** 48 bits, signed: days of all years, nanoseconds of a day. */
function writeInt6(bytes: Uint8Array, at: number, value: number): void {
	const high = Math.floor(value / TWO_32);
	wide.writeInt32Le(bytes, at, value - high * TWO_32);
	bytes[at + 4] = high;
	bytes[at + 5] = high >> 8;
}

function readInt6(bytes: Uint8Array, at: number): number {
	const high = ((bytes[at + 4]! | (bytes[at + 5]! << 8)) << 16) >> 16;
	return high * TWO_32 + (wide.readInt32Le(bytes, at) >>> 0);
}
