/**
 * Integer arithmetic with PostgreSQL's overflow rules. An int8 is a number when |v| ≤ 2^53 − 1 and a bigint beyond, one form
 * per value, so `===` is equality and `<` orders mixed pairs; every function here returns the normal form. int4 and int2 are
 * numbers. −0 never comes out of these functions.
 *
 * Errors: 22003 when a result is out of range, 22012 for a division by zero, 22P02 for text that is no integer.
 */
import { sqlError } from '../platform/errors.ts';

export type Int8 = number | bigint;

const INT8_MIN = -(2n ** 63n);
const INT8_MAX = 2n ** 63n - 1n;
const SAFE_MIN = BigInt(Number.MIN_SAFE_INTEGER);
const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);
const INT4_MAX = 2147483647;
const INT4_MIN = -2147483648;
const MAX_SAFE = Number.MAX_SAFE_INTEGER;

export function outOfRange(typeName: string): Error {
	return sqlError('22003', `${typeName} out of range`);
}

export function divisionByZero(): Error {
	return sqlError('22012', 'division by zero');
}

/** The normal form of an integer: a number if it is safe. The range of int8 is not checked. */
export function fromBigInt(value: bigint): Int8 {
	return value >= SAFE_MIN && value <= SAFE_MAX ? Number(value) : value;
}

/** Normalises and checks the range: 22003 "bigint out of range". */
export function checkInt8(value: bigint): Int8 {
	if (value >= SAFE_MIN && value <= SAFE_MAX) return Number(value);
	if (value < INT8_MIN || value > INT8_MAX) throw outOfRange('bigint');
	return value;
}

export function addInt8(left: Int8, right: Int8): Int8 {
	if (typeof left === 'number' && typeof right === 'number') {
		const sum = left + right;
		if (sum <= MAX_SAFE && sum >= -MAX_SAFE) return sum;
	}
	return checkInt8(BigInt(left) + BigInt(right));
}

export function subtractInt8(left: Int8, right: Int8): Int8 {
	if (typeof left === 'number' && typeof right === 'number') {
		const difference = left - right;
		if (difference <= MAX_SAFE && difference >= -MAX_SAFE) return difference;
	}
	return checkInt8(BigInt(left) - BigInt(right));
}

export function multiplyInt8(left: Int8, right: Int8): Int8 {
	if (typeof left === 'number' && typeof right === 'number') {
		const product = left * right;
		// A true product past 2^53 is never rounded to a safe one; adding 0 turns −0 into 0.
		if (product <= MAX_SAFE && product >= -MAX_SAFE) return product + 0;
	}
	return checkInt8(BigInt(left) * BigInt(right));
}

/** Truncates towards zero; 22012 for a zero divisor. */
export function divideInt8(left: Int8, right: Int8): Int8 {
	if (right === 0) throw divisionByZero();
	if (typeof left === 'number' && typeof right === 'number') return Math.trunc(left / right) + 0;
	return checkInt8(BigInt(left) / BigInt(right));
}

/** The remainder has the sign of the dividend. */
export function moduloInt8(left: Int8, right: Int8): Int8 {
	if (right === 0) throw divisionByZero();
	if (typeof left === 'number' && typeof right === 'number') return (left % right) + 0;
	return checkInt8(BigInt(left) % BigInt(right));
}

export function negateInt8(value: Int8): Int8 {
	return typeof value === 'number' ? 0 - value : checkInt8(-value);
}

export function absInt8(value: Int8): Int8 {
	return value < 0 ? negateInt8(value) : value;
}

export function compareInt8(left: Int8, right: Int8): number {
	return left < right ? -1 : left > right ? 1 : 0;
}

export function andInt8(left: Int8, right: Int8): Int8 {
	return fromBigInt(BigInt(left) & BigInt(right));
}

export function orInt8(left: Int8, right: Int8): Int8 {
	return fromBigInt(BigInt(left) | BigInt(right));
}

export function xorInt8(left: Int8, right: Int8): Int8 {
	return fromBigInt(BigInt(left) ^ BigInt(right));
}

export function notInt8(value: Int8): Int8 {
	return fromBigInt(~BigInt(value));
}

/** Bits shifted out are lost; the count is taken modulo 64, as the processor does for PostgreSQL. */
export function shiftLeftInt8(value: Int8, count: number): Int8 {
	return fromBigInt(BigInt.asIntN(64, BigInt(value) << BigInt(count & 63)));
}

/** Arithmetic: the sign is kept. */
export function shiftRightInt8(value: Int8, count: number): Int8 {
	return fromBigInt(BigInt(value) >> BigInt(count & 63));
}

/** The value if it is in range, else 22003 "integer out of range". */
export function checkInt4(value: number): number {
	if (value > INT4_MAX || value < INT4_MIN) throw outOfRange('integer');
	return value;
}

export function checkInt2(value: number): number {
	if (value > 32767 || value < -32768) throw outOfRange('smallint');
	return value;
}

export function addInt4(left: number, right: number): number {
	return checkInt4(left + right);
}

export function subtractInt4(left: number, right: number): number {
	return checkInt4(left - right);
}

export function multiplyInt4(left: number, right: number): number {
	return checkInt4(left * right + 0);
}

export function divideInt4(left: number, right: number): number {
	if (right === 0) throw divisionByZero();
	return checkInt4(Math.trunc(left / right) + 0);
}

export function moduloInt4(left: number, right: number): number {
	if (right === 0) throw divisionByZero();
	return (left % right) + 0;
}

export function int8ToInt4(value: Int8): number {
	if (value > INT4_MAX || value < INT4_MIN) throw outOfRange('integer');
	return Number(value);
}

/** Rounds half to even, as rint() does. */
export function roundHalfEven(value: number): number {
	const floor = Math.floor(value);
	const rest = value - floor;
	if (rest < 0.5) return floor + 0;
	if (rest > 0.5) return floor + 1;
	return floor % 2 === 0 ? floor + 0 : floor + 1;
}

/** float8 → int8 by rounding half to even; 22003 when out of range. */
export function floatToInt8(value: number): Int8 {
	const rounded = roundHalfEven(value);
	if (!(rounded >= -(2 ** 63) && rounded < 2 ** 63)) throw outOfRange('bigint');
	return Number.isSafeInteger(rounded) ? rounded : BigInt(rounded);
}

export function floatToInt4(value: number): number {
	const rounded = roundHalfEven(value);
	if (!(rounded >= INT4_MIN && rounded <= INT4_MAX)) throw outOfRange('integer');
	return rounded;
}

export function floatToInt2(value: number): number {
	const rounded = roundHalfEven(value);
	if (!(rounded >= -32768 && rounded <= 32767)) throw outOfRange('smallint');
	return rounded;
}

export function parseInt8(text: string): Int8 {
	const short = parseShort(text);
	if (short !== undefined) return short;
	const value = parseLong(text, 'bigint');
	if (value < INT8_MIN || value > INT8_MAX) throw sqlError('22003', `value "${text}" is out of range for type bigint`);
	return fromBigInt(value);
}

export function parseInt4(text: string): number {
	return parseWithin(text, 'integer', INT4_MIN, INT4_MAX);
}

export function parseInt2(text: string): number {
	return parseWithin(text, 'smallint', -32768, 32767);
}

/** An oid: unsigned 32 bits, where a negative number counts back from 2^32. */
export function parseOid(text: string): number {
	const value = parseWithin(text, 'oid', INT4_MIN, 4294967295);
	return value < 0 ? value + 4294967296 : value;
}

function parseWithin(text: string, typeName: string, least: number, greatest: number): number {
	const value = parseShort(text) ?? parseLong(text, typeName);
	if (value < least || value > greatest) throw sqlError('22003', `value "${text}" is out of range for type ${typeName}`);
	return Number(value);
}

/** Up to 15 digits with an optional sign and nothing else; undefined for any other text. */
function parseShort(text: string): number | undefined {
	const length = text.length;
	if (length === 0 || length > 15) return undefined;
	const first = text.charCodeAt(0);
	let index = first === 45 || first === 43 ? 1 : 0;
	if (index === length) return undefined;
	let value = 0;
	for (; index < length; index++) {
		const digit = text.charCodeAt(index) - 48;
		if (digit < 0 || digit > 9) return undefined;
		value = value * 10 + digit;
	}
	return first === 45 ? 0 - value : value;
}

function parseLong(text: string, typeName: string): bigint {
	const match = /^[ \t\n\v\f\r]*([+-]?)([0-9]+)[ \t\n\v\f\r]*$/.exec(text);
	if (match === null) throw sqlError('22P02', `invalid input syntax for type ${typeName}: "${text}"`);
	const digits = match[2]!.replace(/^0+(?=[0-9])/, '');
	// No integer type has more than 20 digits; a longer text is out of every range and need not be converted in full.
	const value = BigInt(digits.length > 30 ? digits.slice(0, 30) : digits);
	return match[1] === '-' ? -value : value;
}
