/**
 * Key bytes of dynamic values, in the order of `dynamic-comparison.ts`. First the rank of the kind, 1; then:
 *
 * | kind | bytes |
 * |---|---|
 * | number | the nearest float, 8 (as float8; NaN greatest, −0 as 0); what the exact value is more than it, 2, sign bit flipped |
 * | string, bytes | as bytea: 0 as 0 255, end 0 0 |
 * | boolean | 1 |
 * | list | values; 0 |
 * | map | count, 4; keys as strings; values |
 * | node, relationship | id, 8, sign bit flipped |
 * | path | per node 1, its id and that of the relationship behind it, if any, 8 each; 0 |
 * | point | srid, 4; coordinates, 8 each |
 * | date, local datetime | days, 8; nanoseconds, 8 |
 * | time, datetime | days (0 for a time) and nanoseconds in UTC, 8 each; what breaks ties: offset or local time, 8; zone name as string |
 * | duration | average seconds, 8; nanoseconds, 4; months, 8; days, 8 |
 *
 * An integer and a float of the same value have the same key, so a value cannot be restored from it.
 */

import { type DynamicMap, type DynamicValue, type Edge, type GraphPath, IntegralFloat, type Vertex } from './dynamic.ts';
import { RANK, rankOf, sortedKeys } from './dynamic-comparison.ts';
import { type KeyTarget, reserveBytes } from './key-buffer.ts';
import { escapedEnd, writeEscaped } from './key-escaped.ts';
import { writeFloat64, writeInt8 } from './key-numbers.ts';
import type { PartCodec } from './key-parts.ts';
import type { PropertyMap } from './property-map.ts';
import { CARTESIAN_3D, type Point, WGS_84_3D } from './spatial/point.ts';
import { NANOSECONDS_PER_DAY, NANOSECONDS_PER_SECOND } from './temporal/calendar.ts';
import type { CypherDate } from './temporal/cypher-date.ts';
import type { CypherDateTime } from './temporal/cypher-date-time.ts';
import type { CypherDuration } from './temporal/cypher-duration.ts';
import type { CypherLocalDateTime } from './temporal/cypher-local-date-time.ts';
import type { CypherLocalTime } from './temporal/cypher-local-time.ts';
import type { CypherTime } from './temporal/cypher-time.ts';
import { encodeUtf8, UTF8_BYTES_PER_UNIT_MAX } from './utf8.ts';
import { readInt32Be, writeInt32Be } from './wide-integer.ts';

/** All values of one kind: its key is what the keys of all of them begin with. For bounds of ranges alone, no value of any column. */
export class KindBound {
	readonly rank: number;

	constructor(value: DynamicValue) {
		this.rank = rankOf(value);
	}
}

export const dynamicPart: PartCodec = {
	write: (value, target) => {
		if (value instanceof KindBound) writeByte(target, value.rank);
		else writeKey(value as DynamicValue, target);
	},
	end: keyEnd,
	read: null,
};

/** Property maps have the keys of maps. */
export const propertiesPart: PartCodec = { write: (value, target) => writeKey((value as PropertyMap).entries(), target), end: keyEnd, read: null };

function writeByte(target: KeyTarget, byte: number): void {
	reserveBytes(target, 1);
	target.bytes[target.length++] = byte;
}

function write8(target: KeyTarget, value: number | bigint): void {
	reserveBytes(target, 8);
	writeInt8(target.bytes, target.length, value);
	target.length += 8;
}

function write4(target: KeyTarget, value: number): void {
	reserveBytes(target, 4);
	writeInt32Be(target.bytes, target.length, value);
	target.length += 4;
}

function writeFloat(target: KeyTarget, value: number): void {
	reserveBytes(target, 8);
	writeFloat64(target.bytes, target.length, value);
	target.length += 8;
}

function writeKey(value: DynamicValue, target: KeyTarget): void {
	const rank = rankOf(value);
	writeByte(target, rank);
	switch (rank) {
		case RANK.number:
			writeNumber(value as number, target);
			return;
		case RANK.string:
			writeText(value as string, target);
			return;
		case RANK.boolean:
			writeByte(target, value === true ? 1 : 0);
			return;
		case RANK.bytes:
			writeEscaped(value as Uint8Array, target);
			return;
		case RANK.list:
			for (const item of value as readonly DynamicValue[]) writeKey(item, target);
			writeByte(target, 0);
			return;
		case RANK.map:
			writeMap(value as DynamicMap, target);
			return;
		case RANK.vertex:
		case RANK.edge:
			write8(target, (value as Vertex | Edge).id);
			return;
		case RANK.path:
			writePath(value as GraphPath, target);
			return;
		default:
			writeOther(rank, value, target);
	}
}

/** Points and temporal values; null has no more than its rank. */
function writeOther(rank: number, value: unknown, target: KeyTarget): void {
	switch (rank) {
		case RANK.point:
			writePoint(value as Point, target);
			return;
		case RANK.date:
			write8(target, (value as CypherDate).epochDay);
			return;
		case RANK.localTime:
			write8(target, (value as CypherLocalTime).nanosecondOfDay);
			return;
		case RANK.localDateTime:
			write8(target, (value as CypherLocalDateTime).epochDay);
			write8(target, (value as CypherLocalDateTime).nanosecondOfDay);
			return;
		case RANK.time:
			write8(target, (value as CypherTime).utcNanosecond);
			write8(target, (value as CypherTime).nanosecondOfDay);
			return;
		case RANK.dateTime:
			writeDateTime(value as CypherDateTime, target);
			return;
		case RANK.duration:
			write8(target, (value as CypherDuration).averageSeconds);
			write4(target, (value as CypherDuration).nanoseconds);
			write8(target, (value as CypherDuration).months);
			write8(target, (value as CypherDuration).days);
			return;
	}
}

/** Rounding keeps the order, so that numbers with the same nearest float are told apart by what is left: at most 512. */
function writeNumber(value: number | bigint | IntegralFloat, target: KeyTarget): void {
	const exact = value instanceof IntegralFloat ? value.value : value;
	const nearest = Number(exact);
	writeFloat(target, nearest);
	reserveBytes(target, 2);
	const rest = typeof exact === 'bigint' ? Number(exact - BigInt(nearest)) : 0;
	target.bytes[target.length] = (rest >> 8) ^ 0x80;
	target.bytes[target.length + 1] = rest;
	target.length += 2;
}

let scratch: Uint8Array = Buffer.allocUnsafeSlow(256);

function writeText(text: string, target: KeyTarget): void {
	const most = text.length * UTF8_BYTES_PER_UNIT_MAX;
	if (text.includes('\0')) {
		if (scratch.length < most) scratch = Buffer.allocUnsafeSlow(2 * most);
		writeEscaped(scratch.subarray(0, encodeUtf8(scratch, 0, text)), target);
		return;
	}
	reserveBytes(target, most + 2);
	const end = encodeUtf8(target.bytes, target.length, text);
	target.bytes[end] = 0;
	target.bytes[end + 1] = 0;
	target.length = end + 2;
}

function writeMap(map: DynamicMap, target: KeyTarget): void {
	const keys = sortedKeys(map);
	write4(target, keys.length);
	for (const key of keys) writeText(key, target);
	for (const key of keys) writeKey(map.get(key)!, target);
}

function writePath(path: GraphPath, target: KeyTarget): void {
	for (let index = 0; index < path.vertices.length; index++) {
		writeByte(target, 1);
		write8(target, path.vertices[index]!.id);
		const edge = path.edges[index];
		if (edge !== undefined) write8(target, edge.id);
	}
	writeByte(target, 0);
}

function writePoint(point: Point, target: KeyTarget): void {
	write4(target, point.srid);
	writeFloat(target, point.x);
	writeFloat(target, point.y);
	if (point.hasHeight) writeFloat(target, point.z);
}

function writeDateTime(value: CypherDateTime, target: KeyTarget): void {
	// Two offsets differ by less than two days: nanoseconds of the local day, moved to UTC, are carried into the days.
	const moved = value.nanosecondOfDay - value.offsetSeconds * NANOSECONDS_PER_SECOND;
	const days = Math.floor(moved / NANOSECONDS_PER_DAY);
	write8(target, value.epochDay + days);
	write8(target, moved - days * NANOSECONDS_PER_DAY);
	write8(target, value.offsetSeconds);
	writeText(value.zoneName ?? '', target);
}

/** The place behind the value that begins at `start`; every byte has been xored with `mask`. */
function keyEnd(bytes: Uint8Array, start: number, mask: number): number {
	const at = start + 1;
	switch (bytes[start]! ^ mask) {
		case RANK.number:
			return at + 10;
		case RANK.string:
		case RANK.bytes:
			return escapedEnd(bytes, at, mask);
		case RANK.boolean:
			return at + 1;
		case RANK.list:
			return listEnd(bytes, at, mask);
		case RANK.map:
			return mapEnd(bytes, at, mask);
		case RANK.path:
			return pathEnd(bytes, at, mask);
		case RANK.point:
			return pointEnd(bytes, at, mask);
		case RANK.time:
		case RANK.localDateTime:
			return at + 16;
		case RANK.dateTime:
			return escapedEnd(bytes, at + 24, mask);
		case RANK.duration:
			return at + 28;
		case RANK.null:
			return at;
		default:
			return at + 8;
	}
}

function pointEnd(bytes: Uint8Array, start: number, mask: number): number {
	const srid = readInt32Be(bytes, start) ^ (mask === 0 ? 0 : -1);
	return start + (srid === CARTESIAN_3D || srid === WGS_84_3D ? 28 : 20);
}

function listEnd(bytes: Uint8Array, start: number, mask: number): number {
	let at = start;
	while ((bytes[at]! ^ mask) !== 0) at = keyEnd(bytes, at, mask);
	return at + 1;
}

function mapEnd(bytes: Uint8Array, start: number, mask: number): number {
	const count = (readInt32Be(bytes, start) ^ (mask === 0 ? 0 : -1)) >>> 0;
	let at = start + 4;
	for (let index = 0; index < count; index++) at = escapedEnd(bytes, at, mask);
	for (let index = 0; index < count; index++) at = keyEnd(bytes, at, mask);
	return at;
}

/** Behind every node but the last stands a relationship. */
function pathEnd(bytes: Uint8Array, start: number, mask: number): number {
	let at = start;
	for (;;) {
		if ((bytes[at]! ^ mask) === 0) return at + 1;
		at += 9;
		if ((bytes[at]! ^ mask) === 0) continue;
		at += 8;
	}
}
