/**
 * Eight-byte integers and floats in byte arrays, big- and little-endian, from and to the house's forms: an int8 is a number
 * when safe, else a bigint; a timestamp counts from 2000 in bytes and from 1970 in memory, with ±Infinity at the ends of the
 * range (so that its whole range fits 64 bits, as in PostgreSQL).
 */
import type { Int8 } from './int8.ts';

const TWO_32 = 4294967296;
/** Microseconds from 1970-01-01 to 2000-01-01. */
export const EPOCH_2000_US = 946_684_800_000_000;

const float64 = new Float64Array(1);
const float64Words = new Uint32Array(float64.buffer);
const float32 = new Float32Array(1);
const float32Word = new Uint32Array(float32.buffer);

/** Set by the last split: the low half as an unsigned 32-bit number. */
let low = 0;

/** The high half of an int8 as a signed 32-bit number; the low half is left in `low`. */
function split(value: Int8): number {
	if (typeof value === 'number') {
		const high = Math.floor(value / TWO_32);
		low = value - high * TWO_32;
		return high;
	}
	low = Number(BigInt.asUintN(32, value));
	return Number(value >> 32n);
}

/** high × 2^32 + low in normal form. */
export function joinInt8(high: number, lowHalf: number): Int8 {
	// |high| < 2^21 keeps the sum within ±2^53.
	if (high < 0x200000 && high > -0x200000) return high * TWO_32 + lowHalf;
	return normal((BigInt(high) << 32n) + BigInt(lowHalf));
}

function normal(value: bigint): Int8 {
	return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value;
}

/** high × 2^32 + low microseconds since 2000 → since 1970. */
export function joinTimestamp(high: number, lowHalf: number): Int8 {
	if (high < 0x100000 && high > -0x100000) return high * TWO_32 + lowHalf + EPOCH_2000_US;
	if (high === 0x7fffffff && lowHalf === 0xffffffff) return Number.POSITIVE_INFINITY;
	if (high === -0x80000000 && lowHalf === 0) return Number.NEGATIVE_INFINITY;
	return normal((BigInt(high) << 32n) + BigInt(lowHalf) + BigInt(EPOCH_2000_US));
}

function splitTimestamp(value: Int8): number {
	if (typeof value === 'number') {
		if (value === Number.POSITIVE_INFINITY) {
			low = 0xffffffff;
			return 0x7fffffff;
		}
		if (value === Number.NEGATIVE_INFINITY) {
			low = 0;
			return -0x80000000;
		}
		const shifted = value - EPOCH_2000_US;
		if (shifted >= -Number.MAX_SAFE_INTEGER) return split(shifted);
	}
	return split(BigInt(value) - BigInt(EPOCH_2000_US));
}

export function writeInt32Be(bytes: Uint8Array, at: number, value: number): void {
	bytes[at] = value >>> 24;
	bytes[at + 1] = value >>> 16;
	bytes[at + 2] = value >>> 8;
	bytes[at + 3] = value;
}

export function writeInt32Le(bytes: Uint8Array, at: number, value: number): void {
	bytes[at] = value;
	bytes[at + 1] = value >>> 8;
	bytes[at + 2] = value >>> 16;
	bytes[at + 3] = value >>> 24;
}

export function readInt32Be(bytes: Uint8Array, at: number): number {
	return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

export function readInt32Le(bytes: Uint8Array, at: number): number {
	return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

export function writeInt8Be(bytes: Uint8Array, at: number, value: Int8): void {
	const high = split(value);
	writeInt32Be(bytes, at, high);
	writeInt32Be(bytes, at + 4, low);
}

export function writeInt8Le(bytes: Uint8Array, at: number, value: Int8): void {
	const high = split(value);
	writeInt32Le(bytes, at, low);
	writeInt32Le(bytes, at + 4, high);
}

export function readInt8Be(bytes: Uint8Array, at: number): Int8 {
	return joinInt8(readInt32Be(bytes, at), readInt32Be(bytes, at + 4) >>> 0);
}

export function readInt8Le(bytes: Uint8Array, at: number): Int8 {
	return joinInt8(readInt32Le(bytes, at + 4), readInt32Le(bytes, at) >>> 0);
}

export function writeTimestampBe(bytes: Uint8Array, at: number, value: Int8): void {
	const high = splitTimestamp(value);
	writeInt32Be(bytes, at, high);
	writeInt32Be(bytes, at + 4, low);
}

export function writeTimestampLe(bytes: Uint8Array, at: number, value: Int8): void {
	const high = splitTimestamp(value);
	writeInt32Le(bytes, at, low);
	writeInt32Le(bytes, at + 4, high);
}

export function readTimestampBe(bytes: Uint8Array, at: number): Int8 {
	return joinTimestamp(readInt32Be(bytes, at), readInt32Be(bytes, at + 4) >>> 0);
}

export function readTimestampLe(bytes: Uint8Array, at: number): Int8 {
	return joinTimestamp(readInt32Le(bytes, at + 4), readInt32Le(bytes, at) >>> 0);
}

export function writeFloat64Be(bytes: Uint8Array, at: number, value: number): void {
	float64[0] = value;
	writeInt32Be(bytes, at, float64Words[1]!);
	writeInt32Be(bytes, at + 4, float64Words[0]!);
}

export function writeFloat64Le(bytes: Uint8Array, at: number, value: number): void {
	float64[0] = value;
	writeInt32Le(bytes, at, float64Words[0]!);
	writeInt32Le(bytes, at + 4, float64Words[1]!);
}

export function readFloat64Be(bytes: Uint8Array, at: number): number {
	float64Words[1] = readInt32Be(bytes, at);
	float64Words[0] = readInt32Be(bytes, at + 4);
	return float64[0]!;
}

export function readFloat64Le(bytes: Uint8Array, at: number): number {
	float64Words[0] = readInt32Le(bytes, at);
	float64Words[1] = readInt32Le(bytes, at + 4);
	return float64[0]!;
}

/** The bits of a float4. */
export function float32Bits(value: number): number {
	float32[0] = value;
	return float32Word[0]! | 0;
}

export function float32FromBits(bits: number): number {
	float32Word[0] = bits;
	return float32[0]!;
}
