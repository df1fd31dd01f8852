/**
 * Operators and functions of int2, int4, int8 and oid. Arithmetic is exact and checked: a result outside the type is 22003, a zero
 * divisor 22012. int4 results pass through `| 0`, which also turns −0 into 0.
 */
import { sqlError } from '../../platform/errors.ts';
import { Decimal } from '../../value/decimal.ts';
import {
	absInt8,
	addInt4,
	addInt8,
	andInt8,
	checkInt2,
	checkInt8,
	compareInt8,
	divideInt4,
	divideInt8,
	fromBigInt,
	type Int8,
	moduloInt4,
	moduloInt8,
	multiplyInt4,
	multiplyInt8,
	negateInt8,
	notInt8,
	orInt8,
	shiftLeftInt8,
	shiftRightInt8,
	subtractInt4,
	subtractInt8,
	xorInt8,
} from '../../value/int8.ts';
import type { OperatorEntry, ScalarFunction } from './contracts.ts';
import { operator, scalar } from './define.ts';

const INT4_MIN = -2147483648;

const addInt2 = (a: number, b: number): number => checkInt2(a + b);
const subtractInt2 = (a: number, b: number): number => checkInt2(a - b);
const multiplyInt2 = (a: number, b: number): number => checkInt2((a * b) | 0);
const divideInt2 = (a: number, b: number): number => checkInt2(divideInt4(a, b));

function negateInt4(value: number): number {
	if (value === INT4_MIN) throw sqlError('22003', 'integer out of range');
	return -value | 0;
}

const negateInt2 = (value: number): number => checkInt2(-value | 0);
const absInt4 = (value: number): number => (value < 0 ? negateInt4(value) : value);
const absInt2 = (value: number): number => checkInt2(Math.abs(value));

/** The count of a shift is taken modulo the width, as x86 and PostgreSQL do. */
const shiftLeftInt4 = (value: number, count: number): number => value << count;
const shiftRightInt4 = (value: number, count: number): number => value >> count;
const shiftLeftInt2 = (value: number, count: number): number => ((value << count) << 16) >> 16;
const shiftRightInt2 = (value: number, count: number): number => ((value >> count) << 16) >> 16;

const same = (value: Int8): Int8 => value;
const larger = (a: Int8, b: Int8): Int8 => (a > b ? a : b);
const smaller = (a: Int8, b: Int8): Int8 => (a < b ? a : b);

function gcdInt4(a: number, b: number): number {
	let x = Math.abs(a);
	let y = Math.abs(b);
	while (y !== 0) [x, y] = [y, x % y];
	if (x > 2147483647) throw sqlError('22003', 'integer out of range');
	return x;
}

function gcdInt8(a: Int8, b: Int8): Int8 {
	if (typeof a === 'number' && typeof b === 'number') {
		let x = Math.abs(a);
		let y = Math.abs(b);
		while (y !== 0) [x, y] = [y, x % y];
		return x;
	}
	let x = absBigInt(BigInt(a));
	let y = absBigInt(BigInt(b));
	while (y !== 0n) [x, y] = [y, x % y];
	return checkInt8(x);
}

const absBigInt = (value: bigint): bigint => (value < 0n ? -value : value);

function lcmInt4(a: number, b: number): number {
	if (a === 0 || b === 0) return 0;
	const result = Math.abs((a / gcdInt4(a, b)) * b);
	if (result > 2147483647) throw sqlError('22003', 'integer out of range');
	return result;
}

function lcmInt8(a: Int8, b: Int8): Int8 {
	if (a === 0 || b === 0) return 0;
	return absInt8(multiplyInt8(divideInt8(a, gcdInt8(a, b)), b));
}

/** n! as numeric. */
function factorial(value: Int8): Decimal {
	if (value < 0) throw sqlError('22003', 'factorial of a negative number is undefined');
	if (value > 32177) throw sqlError('22003', 'value overflows numeric format');
	let product = 1n;
	for (let factor = 2n; factor <= BigInt(value); factor++) product *= factor;
	return new Decimal(fromBigInt(product), 0);
}

const hexInt4 = (value: number): string => (value >>> 0).toString(16);
const hexInt8 = (value: Int8): string => BigInt.asUintN(64, BigInt(value)).toString(16);

/** Whether `value` is within `offset` of `base`: RANGE frames of windows. */
function inRange(value: Int8, base: Int8, offset: Int8, subtract: boolean, less: boolean): boolean {
	if (offset < 0) throw sqlError('22013', 'invalid preceding or following size in window function');
	const limit = subtract ? BigInt(base) - BigInt(offset) : BigInt(base) + BigInt(offset);
	return less ? value <= limit : value >= limit;
}

export const integerOperators: readonly OperatorEntry[] = [
	operator(
		1876,
		'int2 # int2',
		scalar(1894, 'int2xor(int2, int2) int2', (a: number, b: number) => a ^ b, { inline: ([a, b]) => `(${a} ^ ${b})` }),
		'#',
	),
	operator(
		1882,
		'int4 # int4',
		scalar(1900, 'int4xor(int4, int4) int4', (a: number, b: number) => a ^ b, { inline: ([a, b]) => `(${a} ^ ${b})` }),
		'#',
	),
	operator(1888, 'int8 # int8', scalar(1906, 'int8xor(int8, int8) int8', xorInt8), '#'),
	operator(439, 'int8 % int8', scalar(945, 'int8mod(int8, int8) int8', moduloInt8)),
	operator(529, 'int2 % int2', scalar(155, 'int2mod(int2, int2) int2', moduloInt4)),
	operator(530, 'int4 % int4', scalar(156, 'int4mod(int4, int4) int4', moduloInt4)),
	operator(
		1874,
		'int2 & int2',
		scalar(1892, 'int2and(int2, int2) int2', (a: number, b: number) => a & b, { inline: ([a, b]) => `(${a} & ${b})` }),
		'&',
	),
	operator(
		1880,
		'int4 & int4',
		scalar(1898, 'int4and(int4, int4) int4', (a: number, b: number) => a & b, { inline: ([a, b]) => `(${a} & ${b})` }),
		'&',
	),
	operator(1886, 'int8 & int8', scalar(1904, 'int8and(int8, int8) int8', andInt8), '&'),
	operator(514, 'int4 * int4', scalar(141, 'int4mul(int4, int4) int4', multiplyInt4), '*'),
	operator(526, 'int2 * int2', scalar(152, 'int2mul(int2, int2) int2', multiplyInt2), '*'),
	operator(544, 'int2 * int4', scalar(170, 'int24mul(int2, int4) int4', multiplyInt4), '*'),
	operator(545, 'int4 * int2', scalar(171, 'int42mul(int4, int2) int4', multiplyInt4), '*'),
	operator(686, 'int8 * int8', scalar(465, 'int8mul(int8, int8) int8', multiplyInt8), '*'),
	operator(690, 'int8 * int4', scalar(1276, 'int84mul(int8, int4) int8', multiplyInt8), '*'),
	operator(694, 'int4 * int8', scalar(1280, 'int48mul(int4, int8) int8', multiplyInt8), '*'),
	operator(820, 'int8 * int2', scalar(839, 'int82mul(int8, int2) int8', multiplyInt8), '*'),
	operator(824, 'int2 * int8', scalar(943, 'int28mul(int2, int8) int8', multiplyInt8), '*'),
	operator(550, 'int2 + int2', scalar(176, 'int2pl(int2, int2) int2', addInt2), '+'),
	operator(551, 'int4 + int4', scalar(177, 'int4pl(int4, int4) int4', addInt4), '+'),
	operator(552, 'int2 + int4', scalar(178, 'int24pl(int2, int4) int4', addInt4), '+'),
	operator(553, 'int4 + int2', scalar(179, 'int42pl(int4, int2) int4', addInt4), '+'),
	operator(684, 'int8 + int8', scalar(463, 'int8pl(int8, int8) int8', addInt8), '+'),
	operator(688, 'int8 + int4', scalar(1274, 'int84pl(int8, int4) int8', addInt8), '+'),
	operator(692, 'int4 + int8', scalar(1278, 'int48pl(int4, int8) int8', addInt8), '+'),
	operator(818, 'int8 + int2', scalar(837, 'int82pl(int8, int2) int8', addInt8), '+'),
	operator(822, 'int2 + int8', scalar(841, 'int28pl(int2, int8) int8', addInt8), '+'),
	operator(1916, '+ int8', scalar(1910, 'int8up(int8) int8', same)),
	operator(1917, '+ int2', scalar(1911, 'int2up(int2) int2', same)),
	operator(1918, '+ int4', scalar(1912, 'int4up(int4) int4', same)),
	operator(484, '- int8', scalar(462, 'int8um(int8) int8', negateInt8)),
	operator(554, 'int2 - int2', scalar(180, 'int2mi(int2, int2) int2', subtractInt2)),
	operator(555, 'int4 - int4', scalar(181, 'int4mi(int4, int4) int4', subtractInt4)),
	operator(556, 'int2 - int4', scalar(182, 'int24mi(int2, int4) int4', subtractInt4)),
	operator(557, 'int4 - int2', scalar(183, 'int42mi(int4, int2) int4', subtractInt4)),
	operator(558, '- int4', scalar(212, 'int4um(int4) int4', negateInt4)),
	operator(559, '- int2', scalar(213, 'int2um(int2) int2', negateInt2)),
	operator(685, 'int8 - int8', scalar(464, 'int8mi(int8, int8) int8', subtractInt8)),
	operator(689, 'int8 - int4', scalar(1275, 'int84mi(int8, int4) int8', subtractInt8)),
	operator(693, 'int4 - int8', scalar(1279, 'int48mi(int4, int8) int8', subtractInt8)),
	operator(819, 'int8 - int2', scalar(838, 'int82mi(int8, int2) int8', subtractInt8)),
	operator(823, 'int2 - int8', scalar(942, 'int28mi(int2, int8) int8', subtractInt8)),
	operator(527, 'int2 / int2', scalar(153, 'int2div(int2, int2) int2', divideInt2)),
	operator(528, 'int4 / int4', scalar(154, 'int4div(int4, int4) int4', divideInt4)),
	operator(546, 'int2 / int4', scalar(172, 'int24div(int2, int4) int4', divideInt4)),
	operator(547, 'int4 / int2', scalar(173, 'int42div(int4, int2) int4', divideInt4)),
	operator(687, 'int8 / int8', scalar(466, 'int8div(int8, int8) int8', divideInt8)),
	operator(691, 'int8 / int4', scalar(1277, 'int84div(int8, int4) int8', divideInt8)),
	operator(695, 'int4 / int8', scalar(1281, 'int48div(int4, int8) int8', divideInt8)),
	operator(821, 'int8 / int2', scalar(840, 'int82div(int8, int2) int8', divideInt8)),
	operator(825, 'int2 / int8', scalar(948, 'int28div(int2, int8) int8', divideInt8)),
	operator(1878, 'int2 << int4', scalar(1896, 'int2shl(int2, int4) int2', shiftLeftInt2)),
	operator(1884, 'int4 << int4', scalar(1902, 'int4shl(int4, int4) int4', shiftLeftInt4, { inline: ([a, b]) => `(${a} << ${b})` })),
	operator(1890, 'int8 << int4', scalar(1908, 'int8shl(int8, int4) int8', shiftLeftInt8)),
	operator(1879, 'int2 >> int4', scalar(1897, 'int2shr(int2, int4) int2', shiftRightInt2)),
	operator(1885, 'int4 >> int4', scalar(1903, 'int4shr(int4, int4) int4', shiftRightInt4, { inline: ([a, b]) => `(${a} >> ${b})` })),
	operator(1891, 'int8 >> int4', scalar(1909, 'int8shr(int8, int4) int8', shiftRightInt8)),
	operator(473, '@ int8', scalar(1230, 'int8abs(int8) int8', absInt8)),
	operator(682, '@ int2', scalar(1253, 'int2abs(int2) int2', absInt2)),
	operator(773, '@ int4', scalar(1251, 'int4abs(int4) int4', absInt4)),
	operator(
		1875,
		'int2 | int2',
		scalar(1893, 'int2or(int2, int2) int2', (a: number, b: number) => a | b, { inline: ([a, b]) => `(${a} | ${b})` }),
		'|',
	),
	operator(
		1881,
		'int4 | int4',
		scalar(1899, 'int4or(int4, int4) int4', (a: number, b: number) => a | b, { inline: ([a, b]) => `(${a} | ${b})` }),
		'|',
	),
	operator(1887, 'int8 | int8', scalar(1905, 'int8or(int8, int8) int8', orInt8), '|'),
	operator(
		1877,
		'~ int2',
		scalar(1895, 'int2not(int2) int2', (a: number) => ~a, { inline: ([a]) => `(~${a})` }),
	),
	operator(
		1883,
		'~ int4',
		scalar(1901, 'int4not(int4) int4', (a: number) => ~a, { inline: ([a]) => `(~${a})` }),
	),
	operator(1889, '~ int8', scalar(1907, 'int8not(int8) int8', notInt8)),
];

export const integerFunctions: readonly ScalarFunction[] = [
	scalar(1396, 'abs(int8) int8', absInt8),
	scalar(1397, 'abs(int4) int4', absInt4),
	scalar(1398, 'abs(int2) int2', absInt2),
	scalar(5044, 'gcd(int4, int4) int4', gcdInt4),
	scalar(5045, 'gcd(int8, int8) int8', gcdInt8),
	scalar(5046, 'lcm(int4, int4) int4', lcmInt4),
	scalar(5047, 'lcm(int8, int8) int8', lcmInt8),
	scalar(940, 'mod(int2, int2) int2', moduloInt4),
	scalar(941, 'mod(int4, int4) int4', moduloInt4),
	scalar(947, 'mod(int8, int8) int8', moduloInt8),
	scalar(1376, 'factorial(int8) numeric', factorial),
	scalar(2089, 'to_hex(int4) text', hexInt4),
	scalar(2090, 'to_hex(int8) text', hexInt8),
	scalar(766, 'int4inc(int4) int4', (value: number) => addInt4(value, 1)),
	scalar(1219, 'int8inc(int8) int8', (value: Int8) => addInt8(value, 1)),
	scalar(768, 'int4larger(int4, int4) int4', larger),
	scalar(769, 'int4smaller(int4, int4) int4', smaller),
	scalar(770, 'int2larger(int2, int2) int2', larger),
	scalar(771, 'int2smaller(int2, int2) int2', smaller),
	scalar(1236, 'int8larger(int8, int8) int8', larger),
	scalar(1237, 'int8smaller(int8, int8) int8', smaller),
	scalar(4126, 'in_range(int8, int8, int8, bool, bool) bool', inRange),
	scalar(4127, 'in_range(int4, int4, int8, bool, bool) bool', inRange),
	scalar(4128, 'in_range(int4, int4, int4, bool, bool) bool', inRange),
	scalar(4129, 'in_range(int4, int4, int2, bool, bool) bool', inRange),
	scalar(4130, 'in_range(int2, int2, int8, bool, bool) bool', inRange),
	scalar(4131, 'in_range(int2, int2, int4, bool, bool) bool', inRange),
	scalar(4132, 'in_range(int2, int2, int2, bool, bool) bool', inRange),
	scalar(2188, 'btint48cmp(int4, int8) int4', compareInt8),
	scalar(2189, 'btint84cmp(int8, int4) int4', compareInt8),
];
