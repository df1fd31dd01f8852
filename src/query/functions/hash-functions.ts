/**
 * Hash functions of types, as PostgreSQL computes them for hash indexes and partitions: hashint4, hashtext and their kin, each with an
 * `…extended` form of 64 bits and a seed. Values hash as the bytes PostgreSQL keeps them in, so the numbers are the same.
 *
 * Source: Bob Jenkins' lookup3, little-endian, with PostgreSQL's initial value.
 */

import { sqlError } from '../../platform/errors.ts';
import type { TimeTz } from '../../value/date-time.ts';
import type { Decimal } from '../../value/decimal.ts';
import { inetParts } from '../../value/inet.ts';
import { checkInt8, type Int8 } from '../../value/int8.ts';
import { type Interval, intervalKey } from '../../value/interval.ts';
import { type Jsonb, jsonbEqualityKey } from '../../value/jsonb.ts';
import { rangeValues } from '../../value/load-ranges.ts';
import type { PgArray } from '../../value/pg-array.ts';
import type { Multirange, Range } from '../../value/range.ts';
import type { Type } from '../../value/type.ts';
import { formatTypeName } from '../../value/typmod.ts';
import { byteOfChar } from '../../value/value-text.ts';
import type { CallInfo, ScalarFunction } from './contracts.ts';
import { bound, type Evaluate, scalar } from './define.ts';
import { trimTrailingSpaces } from './text-functions.ts';

const INITIAL = 0x9e3779b9;
const PRIME = 3923095;

/** The three words of the state. */
class HashState {
	a: number;
	b: number;
	c: number;

	constructor(byteCount: number, seed: bigint) {
		this.a = this.b = this.c = (INITIAL + byteCount + PRIME) | 0;
		if (seed === 0n) return;
		this.a = (this.a + Number(BigInt.asIntN(32, seed >> 32n))) | 0;
		this.b = (this.b + Number(BigInt.asIntN(32, seed))) | 0;
		this.mix();
	}

	mix(): void {
		let { a, b, c } = this;
		a = (a - c) ^ rotate(c, 4);
		c = (c + b) | 0;
		b = (b - a) ^ rotate(a, 6);
		a = (a + c) | 0;
		c = (c - b) ^ rotate(b, 8);
		b = (b + a) | 0;
		a = (a - c) ^ rotate(c, 16);
		c = (c + b) | 0;
		b = (b - a) ^ rotate(a, 19);
		a = (a + c) | 0;
		c = (c - b) ^ rotate(b, 4);
		b = (b + a) | 0;
		this.a = a;
		this.b = b;
		this.c = c;
	}

	finish(): void {
		let { a, b, c } = this;
		c = ((c ^ b) - rotate(b, 14)) | 0;
		a = ((a ^ c) - rotate(c, 11)) | 0;
		b = ((b ^ a) - rotate(a, 25)) | 0;
		c = ((c ^ b) - rotate(b, 16)) | 0;
		a = ((a ^ c) - rotate(c, 4)) | 0;
		b = ((b ^ a) - rotate(a, 14)) | 0;
		c = ((c ^ b) - rotate(b, 24)) | 0;
		this.a = a;
		this.b = b;
		this.c = c;
	}
}

const rotate = (value: number, count: number): number => (value << count) | (value >>> (32 - count));

function hashState(bytes: Uint8Array, seed: bigint): HashState {
	const state = new HashState(bytes.length, seed);
	const word = (at: number): number => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
	let at = 0;
	for (; bytes.length - at >= 12; at += 12) {
		state.a = (state.a + word(at)) | 0;
		state.b = (state.b + word(at + 4)) | 0;
		state.c = (state.c + word(at + 8)) | 0;
		state.mix();
	}
	state.a = (state.a + word(at)) | 0;
	state.b = (state.b + word(at + 4)) | 0;
	// The lowest byte of the last word is kept for the length.
	state.c = (state.c + (word(at + 8) << 8)) | 0;
	state.finish();
	return state;
}

/** 64 bits: words b and c. With seed 0 the low half is the plain hash. */
function hashBytes(bytes: Uint8Array, seed: bigint): bigint {
	const { b, c } = hashState(bytes, seed);
	return (BigInt(b >>> 0) << 32n) | BigInt(c >>> 0);
}

function hashWord(value: number, seed: bigint): bigint {
	const state = new HashState(4, seed);
	state.a = (state.a + value) | 0;
	state.finish();
	return (BigInt(state.b >>> 0) << 32n) | BigInt(state.c >>> 0);
}

/** Small int8 values hash as the int4 they could be. */
function hashInt8(value: Int8, seed: bigint): bigint {
	const whole = BigInt(value);
	const low = Number(BigInt.asIntN(32, whole));
	const high = Number(BigInt.asIntN(32, whole >> 32n));
	return hashWord(low ^ (whole >= 0n ? high : ~high), seed);
}

function hashFloat(value: number, seed: bigint): bigint {
	if (value === 0) return seed;
	const bytes = new Uint8Array(8);
	new DataView(bytes.buffer).setFloat64(0, Number.isNaN(value) ? Number.NaN : value, true);
	return hashBytes(bytes, seed);
}

const hashText = (text: string, seed: bigint): bigint => hashBytes(Buffer.from(text, 'utf8'), seed);

/** By the digits in base 10000, without zeros at either end, and their weight. */
function hashNumeric(value: Decimal, seed: bigint): bigint {
	if (!value.isFinite) return hashWord(0, seed);
	if (value.sign === 0) return seed === 0n ? 0xffffffffn : seed - 1n;
	const [whole = '', fraction = ''] = value.abs().toString().split('.');
	const left = whole.padStart(Math.ceil(whole.length / 4) * 4, '0');
	const right = fraction.padEnd(Math.ceil(fraction.length / 4) * 4, '0');
	const groups = (left + right).match(/.{4}/g)!.map(Number);
	let weight = left.length / 4 - 1;
	while (groups[0] === 0) {
		groups.shift();
		weight--;
	}
	while (groups[groups.length - 1] === 0) groups.pop();
	const bytes = new Uint8Array(groups.length * 2);
	const view = new DataView(bytes.buffer);
	for (let index = 0; index < groups.length; index++) view.setUint16(index * 2, groups[index]!, true);
	return BigInt.asUintN(64, hashBytes(bytes, seed) ^ BigInt(weight));
}

const EPOCH_2000_DAYS = 10957;
const EPOCH_2000_US = 946684800000000;

function hashDays(days: number, seed: bigint): bigint {
	return hashWord(days === Number.POSITIVE_INFINITY ? 2147483647 : days === Number.NEGATIVE_INFINITY ? -2147483648 : days - EPOCH_2000_DAYS, seed);
}

function hashTimestamp(value: Int8, seed: bigint): bigint {
	if (value === Number.POSITIVE_INFINITY) return hashInt8(9223372036854775807n, seed);
	if (value === Number.NEGATIVE_INFINITY) return hashInt8(-9223372036854775808n, seed);
	return hashInt8(BigInt(value) - BigInt(EPOCH_2000_US), seed);
}

function hashTimeTz(value: TimeTz, seed: bigint): bigint {
	return hashInt8(value.microseconds, seed) ^ hashWord(-value.secondsEast, seed);
}

const hashUuid = (uuid: string, seed: bigint): bigint => hashBytes(Buffer.from(uuid.replaceAll('-', ''), 'hex'), seed);

/** Family, prefix length and address, as they are kept. */
function hashInet(value: string, seed: bigint): bigint {
	const { address, prefix } = inetParts(value);
	return hashBytes(Uint8Array.from([address.length === 4 ? 2 : 3, prefix, ...address]), seed);
}

function hashOids(value: PgArray, seed: bigint): bigint {
	const bytes = new Uint8Array(value.elements.length * 4);
	const view = new DataView(bytes.buffer);
	for (let index = 0; index < value.elements.length; index++) view.setUint32(index * 4, value.elements[index] as number, true);
	return hashBytes(bytes, seed);
}

type Hash = (value: never, seed: bigint) => bigint;

/** The hash of a type's values; undefined where there is none here. */
export function hashOf(type: Type): ((value: unknown, seed: bigint) => bigint) | undefined {
	return HASHES[type.kind === 'enum' ? 'text' : type.name] as ((value: unknown, seed: bigint) => bigint) | undefined;
}

const HASHES: Readonly<Record<string, Hash>> = {
	bool: (value: boolean, seed) => hashWord(value ? 1 : 0, seed),
	int2: hashWord,
	int4: hashWord,
	oid: hashWord,
	int8: hashInt8,
	float4: hashFloat,
	float8: hashFloat,
	numeric: hashNumeric,
	text: hashText,
	varchar: hashText,
	name: hashText,
	bpchar: (text: string, seed) => hashText(trimTrailingSpaces(text), seed),
	char: (text: string, seed) => hashWord((byteOfChar(text) << 24) >> 24, seed),
	bytea: hashBytes,
	uuid: hashUuid,
	date: hashDays,
	time: hashInt8,
	timetz: hashTimeTz,
	timestamp: hashTimestamp,
	timestamptz: hashTimestamp,
	inet: hashInet,
	oidvector: hashOids,
	interval: (value: Interval, seed) => hashInt8(checkInt8(BigInt.asIntN(64, BigInt(intervalKey(value)))), seed),
	jsonb: (value: Jsonb, seed) => hashText(jsonbEqualityKey(value), seed),
};

const asInt4 = (hash: bigint): number => Number(BigInt.asIntN(32, hash));
const asInt8 = (hash: bigint): Int8 => checkInt8(BigInt.asIntN(64, hash));

function requireHash(type: Type, info: CallInfo): Hash {
	const hash = hashOf(type);
	if (hash === undefined) throw sqlError('42883', `could not identify a hash function for type ${formatTypeName(type, -1, info.types)}`);
	return hash;
}

/** Hashes of parts are joined as 31 h + part; a null counts as 0. */
function joined(parts: readonly unknown[], hashes: (index: number) => Hash, seed: bigint, bits: 32 | 64, start: bigint): bigint {
	return parts.reduce<bigint>((sum, part, index) => {
		const own = part === null ? 0n : hashes(index)(part as never, seed);
		return BigInt.asUintN(bits, (sum << 5n) - sum + BigInt.asUintN(bits, own));
	}, start);
}

function bindArray(isExtended: boolean): (info: CallInfo) => Evaluate {
	return (info) => {
		const hash = requireHash(info.types.typeByOid(info.argumentTypes[0]!.elementOid)!, info);
		if (isExtended) return (array: PgArray, seed: Int8) => asInt8(joined(array.elements, () => hash, BigInt(seed), 64, 1n));
		return (array: PgArray) => asInt4(joined(array.elements, () => hash, 0n, 32, 1n));
	};
}

function bindRecord(isExtended: boolean): (info: CallInfo) => Evaluate {
	return (info) => {
		const hashes = info.argumentTypes[0]!.fields.map((field) => requireHash(info.types.typeByOid(field.typeOid)!, info));
		const at = (index: number): Hash => hashes[index]!;
		if (isExtended) return (row: readonly unknown[], seed: Int8) => asInt8(joined(row, at, BigInt(seed), 64, 0n));
		return (row: readonly unknown[]) => asInt4(joined(row, at, 0n, 32, 0n));
	};
}

const HALVES_WITHOUT_LAST = 0xfffffffefffffffen;
const HALVES_LAST = 0x100000001n;

/** Flags as they are kept, then the hashes of both bounds; as an int8 the flags hash with the seed. */
function hashRange(range: Range, hash: Hash, seed: bigint, bits: 32 | 64): bigint {
	const bound = (value: unknown): bigint => (value === null || range.isEmpty ? 0n : BigInt.asUintN(bits, hash(value as never, seed)));
	// Of 64 bits each half is turned by itself.
	const turned = (value: bigint): bigint => ((value << 1n) & HALVES_WITHOUT_LAST) | ((value >> 31n) & HALVES_LAST);
	const flags = BigInt.asUintN(bits, hashWord(rangeValues().flagsOf(range), seed));
	return BigInt.asUintN(bits, turned(flags ^ bound(range.lower))) ^ bound(range.upper);
}

function bindRange(isExtended: boolean): (info: CallInfo) => Evaluate {
	return (info) => {
		const hash = requireHash(rangeValues().subtypeOf(info.argumentTypes[0]!, info.types), info);
		if (isExtended) return (range: Range, seed: Int8) => asInt8(hashRange(range, hash, BigInt(seed), 64));
		return (range: Range) => asInt4(hashRange(range, hash, 0n, 32));
	};
}

function bindMultirange(isExtended: boolean): (info: CallInfo) => Evaluate {
	return (info) => {
		const hash = requireHash(rangeValues().subtypeOf(info.argumentTypes[0]!, info.types), info);
		const bits = isExtended ? 64 : 32;
		const all = ({ ranges }: Multirange, seed: bigint): bigint =>
			joined(ranges, () => (range: Range, own) => hashRange(range, hash, own, bits), seed, bits, 1n);
		return isExtended ? (value: Multirange, seed: Int8) => asInt8(all(value, BigInt(seed))) : (value: Multirange) => asInt4(all(value, 0n));
	};
}

const NAMED: readonly (readonly [type: string, name: string, oid: number, extendedName: string, extendedOid: number])[] = [
	['int2', 'hashint2', 449, 'hashint2extended', 441],
	['int4', 'hashint4', 450, 'hashint4extended', 425],
	['int8', 'hashint8', 949, 'hashint8extended', 442],
	['float4', 'hashfloat4', 451, 'hashfloat4extended', 443],
	['float8', 'hashfloat8', 452, 'hashfloat8extended', 444],
	['oid', 'hashoid', 453, 'hashoidextended', 445],
	['char', 'hashchar', 454, 'hashcharextended', 446],
	['name', 'hashname', 455, 'hashnameextended', 447],
	['text', 'hashtext', 400, 'hashtextextended', 448],
	['bpchar', 'hashbpchar', 1080, 'hashbpcharextended', 972],
	['numeric', 'hash_numeric', 432, 'hash_numeric_extended', 780],
	['time', 'time_hash', 1688, 'time_hash_extended', 3409],
	['timetz', 'timetz_hash', 1696, 'timetz_hash_extended', 3410],
	['timestamp', 'timestamp_hash', 2039, 'timestamp_hash_extended', 3411],
	['interval', 'interval_hash', 1697, 'interval_hash_extended', 3418],
	['uuid', 'uuid_hash', 2963, 'uuid_hash_extended', 3412],
	['inet', 'hashinet', 422, 'hashinetextended', 779],
	['oidvector', 'hashoidvector', 457, 'hashoidvectorextended', 776],
	['jsonb', 'jsonb_hash', 4045, 'jsonb_hash_extended', 3416],
];

/** timetz joins two seeded hashes by exclusive or; its plain form joins plain ones, which is the same. */
function namedPair([type, name, oid, extendedName, extendedOid]: (typeof NAMED)[number]): ScalarFunction[] {
	const hash = HASHES[type]! as (value: unknown, seed: bigint) => bigint;
	return [
		scalar(oid, `${name}(${type}) int4`, (value: unknown) => asInt4(hash(value, 0n))),
		scalar(extendedOid, `${extendedName}(${type}, int8) int8`, (value: unknown, seed: Int8) => asInt8(hash(value, BigInt(seed)))),
	];
}

export const hashFunctions: readonly ScalarFunction[] = [
	...NAMED.flatMap(namedPair),
	scalar(3515, 'hashenum(anyenum) int4', (label: string) => asInt4(hashText(label, 0n))),
	scalar(3414, 'hashenumextended(anyenum, int8) int8', (label: string, seed: Int8) => asInt8(hashText(label, BigInt(seed)))),
	bound(626, 'hash_array(anyarray) int4', bindArray(false)),
	bound(782, 'hash_array_extended(anyarray, int8) int8', bindArray(true)),
	bound(3902, 'hash_range(anyrange) int4', bindRange(false)),
	bound(3417, 'hash_range_extended(anyrange, int8) int8', bindRange(true)),
	bound(4278, 'hash_multirange(anymultirange) int4', bindMultirange(false)),
	bound(4279, 'hash_multirange_extended(anymultirange, int8) int8', bindMultirange(true)),
	bound(6192, 'hash_record(record) int4', bindRecord(false)),
	bound(6193, 'hash_record_extended(record, int8) int8', bindRecord(true)),
];
