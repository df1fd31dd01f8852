/**
 * The value bytes of key parts, ascending and without markers, per form of value: the table in `key-codec.ts`.
 */
import { sqlError } from '../platform/errors.ts';
import { BitString } from './bit-string.ts';
import { trimBlanks } from './comparison.ts';
import { TimeTz } from './date-time.ts';
import type { Decimal } from './decimal.ts';
import { inetParts } from './inet.ts';
import type { Int8 } from './int8.ts';
import { type Interval, intervalKey } from './interval.ts';
import { type KeyTarget, reserveBytes } from './key-buffer.ts';
import { decimalKeyEnd, writeDecimalKey } from './key-decimal.ts';
import { dynamicPart, propertiesPart } from './key-dynamic.ts';
import { escapedEnd, readEscaped, writeEscaped } from './key-escaped.ts';
import { arrayPart, jsonbPart, recordPart } from './key-nested.ts';
import { writeFloat64, writeInt8 } from './key-numbers.ts';
import { textKeyEnd, writeTextKey } from './key-text.ts';
import { rangeValues } from './load-ranges.ts';
import { type Representation, representationOf } from './representation.ts';
import type { Type, TypeLookup } from './type.ts';
import { decodeUtf8 } from './utf8.ts';
import { formatUuid, writeUuid } from './uuid.ts';
import * as wide from './wide-integer.ts';

export interface PartCodec {
	/** Appends the value's bytes. */
	readonly write: (value: unknown, target: KeyTarget) => void;
	/** The place after the value's bytes, each first combined with `mask` (255 for a descending part). */
	readonly end: (bytes: Uint8Array, start: number, mask: number) => number;
	/** null where the value cannot be restored. */
	readonly read: ((bytes: Uint8Array, start: number) => unknown) | null;
}

/** Throws 0A000 for a type without a key form. */
export function partCodecOf(type: Type, lookup: TypeLookup): PartCodec {
	const representation = representationOf(type, lookup);
	if (representation === 'enum') return enumPart(type);
	if (representation === 'array') return arrayPart(type, lookup, partCodecOf);
	if (representation === 'record') return recordPart(type, lookup, partCodecOf);
	if (representation === 'range' || representation === 'multirange') return rangeValues().rangePart(type, lookup, partCodecOf);
	if (representation === 'geometry') throw sqlError('0A000', `values of type ${type.name} have no order and cannot be keys`);
	return simpleParts[representation];
}

function fixed(count: number, write: (bytes: Uint8Array, at: number, value: never) => void, read: PartCodec['read']): PartCodec {
	return {
		write: (value, target) => {
			reserveBytes(target, count);
			write(target.bytes, target.length, value as never);
			target.length += count;
		},
		end: (_bytes, start) => start + count,
		read,
	};
}

function writeFloat32(bytes: Uint8Array, at: number, value: number): void {
	const bits = wide.float32Bits(value === 0 ? 0 : Number.isNaN(value) ? Number.NaN : value);
	wide.writeInt32Be(bytes, at, value < 0 ? ~bits : bits ^ 0x80000000);
}

function writeInterval(bytes: Uint8Array, at: number, value: Interval): void {
	const key = intervalKey(value);
	if (typeof key === 'number') {
		wide.writeInt32Be(bytes, at, key < 0 ? 0x7fffffff : 0x80000000);
		wide.writeInt8Be(bytes, at + 4, key);
	} else {
		wide.writeInt32Be(bytes, at, Number(BigInt.asIntN(32, key >> 64n)) ^ 0x80000000);
		wide.writeInt8Be(bytes, at + 4, BigInt.asIntN(64, key));
	}
}

function writeTimeTz(bytes: Uint8Array, at: number, value: TimeTz): void {
	wide.writeInt8Be(bytes, at, value.microseconds - value.secondsEast * 1_000_000);
	bytes[at]! ^= 0x80;
	wide.writeInt32Be(bytes, at + 8, -value.secondsEast ^ 0x80000000);
}

function readTimeTz(bytes: Uint8Array, start: number): TimeTz {
	const secondsEast = -(wide.readInt32Be(bytes, start + 8) ^ 0x80000000) + 0;
	return new TimeTz(Number(readFlippedInt8(bytes, start)) + secondsEast * 1_000_000, secondsEast);
}

function readFlippedInt8(bytes: Uint8Array, start: number): Int8 {
	return wide.joinInt8(wide.readInt32Be(bytes, start) ^ 0x80000000, wide.readInt32Be(bytes, start + 4) >>> 0);
}

function writeTimestamp(bytes: Uint8Array, at: number, value: Int8): void {
	wide.writeTimestampBe(bytes, at, value);
	bytes[at]! ^= 0x80;
}

/** Infinity does not fit an int32: the ends of the range stand for it. */
export function dateToInt32(days: number): number {
	return days === Number.POSITIVE_INFINITY ? 0x7fffffff : days === Number.NEGATIVE_INFINITY ? -0x80000000 : days;
}

export function dateFromInt32(days: number): number {
	return days === 0x7fffffff ? Number.POSITIVE_INFINITY : days === -0x80000000 ? Number.NEGATIVE_INFINITY : days;
}

function writeInet(value: string, target: KeyTarget): void {
	const { address, prefix } = inetParts(value);
	const count = address.length;
	reserveBytes(target, 2 + 2 * count);
	const bytes = target.bytes;
	let at = target.length;
	bytes[at++] = count;
	for (let index = 0; index < count; index++) {
		const kept = Math.min(8, Math.max(0, prefix - index * 8));
		bytes[at++] = address[index]! & (0xff << (8 - kept));
	}
	bytes[at++] = prefix;
	bytes.set(address, at);
	target.length = at + count;
}

function writeBits(value: BitString, target: KeyTarget): void {
	writeEscaped(value.bytes, target);
	reserveBytes(target, 4);
	wide.writeInt32Be(target.bytes, target.length, value.bitCount);
	target.length += 4;
}

const int4Part = fixed(
	4,
	(bytes, at, value: number) => wide.writeInt32Be(bytes, at, value ^ 0x80000000),
	(bytes, at) => wide.readInt32Be(bytes, at) ^ 0x80000000,
);
const int8Part = fixed(8, writeInt8, readFlippedInt8);

const simpleParts: Readonly<Record<Exclude<Representation, 'enum' | 'array' | 'record' | 'geometry' | 'range' | 'multirange'>, PartCodec>> = {
	bool: fixed(
		1,
		(bytes, at, value: boolean) => {
			bytes[at] = value ? 1 : 0;
		},
		(bytes, at) => bytes[at] !== 0,
	),
	int2: fixed(
		2,
		(bytes, at, value: number) => {
			bytes[at] = (value >> 8) ^ 0x80;
			bytes[at + 1] = value;
		},
		(bytes, at) => (((bytes[at]! ^ 0x80) << 24) >> 16) | bytes[at + 1]!,
	),
	int4: int4Part,
	oid: fixed(
		4,
		(bytes, at, value: number) => wide.writeInt32Be(bytes, at, value),
		(bytes, at) => wide.readInt32Be(bytes, at) >>> 0,
	),
	int8: int8Part,
	time: int8Part,
	date: fixed(
		4,
		(bytes, at, value: number) => wide.writeInt32Be(bytes, at, dateToInt32(value) ^ 0x80000000),
		(bytes, at) => dateFromInt32(wide.readInt32Be(bytes, at) ^ 0x80000000),
	),
	timestamp: fixed(8, writeTimestamp, (bytes, at) => wide.joinTimestamp(wide.readInt32Be(bytes, at) ^ 0x80000000, wide.readInt32Be(bytes, at + 4) >>> 0)),
	float4: fixed(4, writeFloat32, null),
	float8: fixed(8, writeFloat64, null),
	numeric: { write: (value, target) => writeDecimalKey(value as Decimal, target), end: decimalKeyEnd, read: null },
	text: {
		write: (value, target) => writeTextKey(value as string, target),
		end: textKeyEnd,
		read: (bytes, start) => decodeUtf8(bytes, start, textKeyEnd(bytes, start, 0) - 1),
	},
	bpchar: { write: (value, target) => writeTextKey(trimBlanks(value as string), target), end: textKeyEnd, read: null },
	bytea: { write: (value, target) => writeEscaped(value as Uint8Array, target), end: escapedEnd, read: readEscaped },
	uuid: fixed(16, writeUuid, formatUuid),
	interval: fixed(12, writeInterval, null),
	timetz: fixed(12, writeTimeTz, readTimeTz),
	jsonb: jsonbPart,
	dynamic: dynamicPart,
	properties: propertiesPart,
	bit: {
		write: (value, target) => writeBits(value as BitString, target),
		end: (bytes, start, mask) => escapedEnd(bytes, start, mask) + 4,
		read: (bytes, start) => new BitString(wide.readInt32Be(bytes, escapedEnd(bytes, start, 0)), readEscaped(bytes, start)),
	},
	inet: { write: (value, target) => writeInet(value as string, target), end: (bytes, start, mask) => start + 2 + 2 * (bytes[start]! ^ mask), read: null },
};

/** An enum's key is the place of its label, so that its declared order holds. */
function enumPart(type: Type): PartCodec {
	const places = new Map(type.enumLabels.map((label, index) => [label, index]));
	const write = (bytes: Uint8Array, at: number, value: string): void => {
		const place = places.get(value) ?? -1;
		if (place < 0) throw sqlError('22P02', `invalid input value for enum ${type.name}: "${value}"`);
		bytes[at] = place >> 8;
		bytes[at + 1] = place;
	};
	return fixed(2, write, (bytes, at) => type.enumLabels[(bytes[at]! << 8) | bytes[at + 1]!]);
}
