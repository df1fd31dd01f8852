/**
 * Operators and functions of float4 and float8. As in PostgreSQL an infinite result of finite arguments is an overflow (22003), and
 * a zero product or quotient of non-zero arguments an underflow; float4 results are rounded by Math.fround.
 *
 * Source: PostgreSQL manual §9.3; trigonometry in degrees is exact at multiples of 30 and 45.
 */
import { sqlError } from '../../platform/errors.ts';
import type { FunctionContext, OperatorEntry, ScalarFunction } from './contracts.ts';
import { contextual, operator, scalar } from './define.ts';
import { compareFloat } from './type-comparison.ts';

const overflow = (): Error => sqlError('22003', 'value out of range: overflow');
const underflow = (): Error => sqlError('22003', 'value out of range: underflow');
const divisionByZero = (): Error => sqlError('22012', 'division by zero');
const inputOutOfRange = (): Error => sqlError('22003', 'input is out of range');

const isInfinite = (value: number): boolean => value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;

function add(a: number, b: number): number {
	const result = a + b;
	if (isInfinite(result) && !isInfinite(a) && !isInfinite(b)) throw overflow();
	return result;
}

function subtract(a: number, b: number): number {
	const result = a - b;
	if (isInfinite(result) && !isInfinite(a) && !isInfinite(b)) throw overflow();
	return result;
}

function multiply(a: number, b: number): number {
	const result = a * b;
	if (isInfinite(result) && !isInfinite(a) && !isInfinite(b)) throw overflow();
	if (result === 0 && a !== 0 && b !== 0) throw underflow();
	return result;
}

function divide(a: number, b: number): number {
	if (b === 0 && !Number.isNaN(a)) throw divisionByZero();
	const result = a / b;
	if (isInfinite(result) && !isInfinite(a)) throw overflow();
	if (result === 0 && a !== 0 && !isInfinite(b)) throw underflow();
	return result;
}

function add4(a: number, b: number): number {
	const result = Math.fround(a + b);
	if (isInfinite(result) && !isInfinite(a) && !isInfinite(b)) throw overflow();
	return result;
}

function subtract4(a: number, b: number): number {
	const result = Math.fround(a - b);
	if (isInfinite(result) && !isInfinite(a) && !isInfinite(b)) throw overflow();
	return result;
}

function multiply4(a: number, b: number): number {
	const result = Math.fround(a * b);
	if (isInfinite(result) && !isInfinite(a) && !isInfinite(b)) throw overflow();
	if (result === 0 && a !== 0 && b !== 0) throw underflow();
	return result;
}

function divide4(a: number, b: number): number {
	if (b === 0 && !Number.isNaN(a)) throw divisionByZero();
	const result = Math.fround(a / b);
	if (isInfinite(result) && !isInfinite(a)) throw overflow();
	if (result === 0 && a !== 0 && !isInfinite(b)) throw underflow();
	return result;
}

const negate = (value: number): number => -value;
const same = (value: number): number => value;
const abs = (value: number): number => Math.abs(value);
const larger = (a: number, b: number): number => (compareFloat(a, b) > 0 ? a : b);
const smaller = (a: number, b: number): number => (compareFloat(a, b) < 0 ? a : b);

/** Half to even, as C's rint. */
export function roundHalfEven(value: number): number {
	const floor = Math.floor(value);
	const fraction = value - floor;
	if (fraction < 0.5) return floor === 0 && value < 0 ? -0 : floor;
	if (fraction > 0.5) return floor + 1 === 0 ? -0 : floor + 1;
	if (Number.isNaN(fraction)) return value;
	const even = floor % 2 === 0 ? floor : floor + 1;
	return even === 0 && value < 0 ? -0 : even;
}

function sign(value: number): number {
	return value > 0 ? 1 : value < 0 ? -1 : 0;
}

function squareRoot(value: number): number {
	if (value < 0) throw sqlError('2201F', 'cannot take square root of a negative number');
	return Math.sqrt(value);
}

function power(base: number, exponent: number): number {
	if (base === 1 || exponent === 0) return 1;
	if (base === 0 && exponent < 0) throw sqlError('2201F', 'zero raised to a negative power is undefined');
	if (base < 0 && !Number.isNaN(exponent) && !isInfinite(exponent) && Math.floor(exponent) !== exponent) {
		throw sqlError('2201F', 'a negative number raised to a non-integer power yields a complex result');
	}
	if (base === -1 && isInfinite(exponent)) return 1;
	const result = base ** exponent;
	if (isInfinite(result) && !isInfinite(base) && !isInfinite(exponent)) throw overflow();
	if (result === 0 && base !== 0 && !isInfinite(base) && !isInfinite(exponent)) throw underflow();
	return result;
}

function exponential(value: number): number {
	const result = Math.exp(value);
	if (isInfinite(result) && !isInfinite(value)) throw overflow();
	if (result === 0 && !isInfinite(value)) throw underflow();
	return result;
}

function checkLogarithm(value: number): void {
	if (value === 0) throw sqlError('2201E', 'cannot take logarithm of zero');
	if (value < 0) throw sqlError('2201E', 'cannot take logarithm of a negative number');
}

function naturalLogarithm(value: number): number {
	checkLogarithm(value);
	return Math.log(value);
}

function decimalLogarithm(value: number): number {
	checkLogarithm(value);
	return Math.log10(value);
}

/** A function that has no finite value at infinity. */
function finite(compute: (value: number) => number): (value: number) => number {
	return (value) => {
		if (isInfinite(value)) throw inputOutOfRange();
		const result = compute(value);
		if (isInfinite(result)) throw overflow();
		return result;
	};
}

/** A function of an argument within [low, high]. */
function within(low: number, high: number, compute: (value: number) => number): (value: number) => number {
	return (value) => {
		if (value < low || value > high) throw inputOutOfRange();
		return compute(value);
	};
}

const cotangent = (value: number): number => {
	if (isInfinite(value)) throw inputOutOfRange();
	return 1 / Math.tan(value);
};

function hyperbolicArctangent(value: number): number {
	if (value < -1 || value > 1) throw inputOutOfRange();
	return Math.atanh(value);
}

const DEGREE = Math.PI / 180;
const SIN_30 = Math.sin(30 * DEGREE);
const ONE_MINUS_COS_60 = 1 - Math.cos(60 * DEGREE);
const TAN_45 = sinFirstQuadrant(45) / cosFirstQuadrant(45);
const COT_45 = cosFirstQuadrant(45) / sinFirstQuadrant(45);

/** Scaled so that sin 30° is exactly ½ and cos 60° too. */
function sinFirstQuadrant(degrees: number): number {
	if (degrees <= 30) return Math.sin(degrees * DEGREE) / SIN_30 / 2;
	return cosUpTo60(90 - degrees);
}

function cosFirstQuadrant(degrees: number): number {
	if (degrees <= 60) return cosUpTo60(degrees);
	return Math.sin((90 - degrees) * DEGREE) / SIN_30 / 2;
}

function cosUpTo60(degrees: number): number {
	return 1 - (1 - Math.cos(degrees * DEGREE)) / ONE_MINUS_COS_60 / 2;
}

/** Reduces an angle to the first quadrant; gives the signs that sine and cosine have there. */
function reduceDegrees(value: number): { readonly degrees: number; readonly sineSign: number; readonly cosineSign: number } {
	if (isInfinite(value)) throw inputOutOfRange();
	let degrees = value % 360;
	let sineSign = 1;
	let cosineSign = 1;
	if (degrees < 0) {
		degrees = -degrees;
		sineSign = -sineSign;
	}
	if (degrees > 180) {
		degrees = 360 - degrees;
		sineSign = -sineSign;
	}
	if (degrees > 90) {
		degrees = 180 - degrees;
		cosineSign = -cosineSign;
	}
	return { degrees, sineSign, cosineSign };
}

function sinDegrees(value: number): number {
	if (Number.isNaN(value)) return value;
	const { degrees, sineSign } = reduceDegrees(value);
	return sineSign * sinFirstQuadrant(degrees);
}

function cosDegrees(value: number): number {
	if (Number.isNaN(value)) return value;
	const { degrees, cosineSign } = reduceDegrees(value);
	return cosineSign * cosFirstQuadrant(degrees);
}

function tanDegrees(value: number): number {
	if (Number.isNaN(value)) return value;
	const { degrees, sineSign, cosineSign } = reduceDegrees(value);
	const tangent = sinFirstQuadrant(degrees) / cosFirstQuadrant(degrees) / TAN_45;
	return positiveZero(sineSign * cosineSign * tangent);
}

function cotDegrees(value: number): number {
	if (Number.isNaN(value)) return value;
	const { degrees, sineSign, cosineSign } = reduceDegrees(value);
	const cotangentValue = cosFirstQuadrant(degrees) / sinFirstQuadrant(degrees) / COT_45;
	return positiveZero(sineSign * cosineSign * cotangentValue);
}

const positiveZero = (value: number): number => (value === 0 ? 0 : value);

const ASIN_HALF = Math.asin(0.5);
const ACOS_HALF = Math.acos(0.5);
const ATAN_ONE = Math.atan(1);

function arcsinFirstQuadrant(value: number): number {
	return value <= 0.5 ? (Math.asin(value) / ASIN_HALF) * 30 : 90 - (Math.acos(value) / ACOS_HALF) * 60;
}

function arccosFirstQuadrant(value: number): number {
	return value <= 0.5 ? 90 - (Math.asin(value) / ASIN_HALF) * 30 : (Math.acos(value) / ACOS_HALF) * 60;
}

const arcsinDegrees = (value: number): number => (value >= 0 ? arcsinFirstQuadrant(value) : -arcsinFirstQuadrant(-value));
const arccosDegrees = (value: number): number => (value >= 0 ? arccosFirstQuadrant(value) : 90 + arcsinFirstQuadrant(-value));
const arctanDegrees = (value: number): number => (Math.atan(value) / ATAN_ONE) * 45;
const arctan2Degrees = (y: number, x: number): number => (Math.atan2(y, x) / ATAN_ONE) * 45;

/** Which of `count` equal buckets between `low` and `high` a value is in; 0 below, count + 1 above. */
function widthBucket(value: number, low: number, high: number, count: number): number {
	if (count <= 0) throw sqlError('2201G', 'count must be greater than zero');
	if (Number.isNaN(value) || Number.isNaN(low) || Number.isNaN(high)) throw sqlError('2201G', 'operand, lower bound, and upper bound cannot be NaN');
	if (isInfinite(low) || isInfinite(high)) throw sqlError('2201G', 'lower and upper bounds must be finite');
	if (low === high) throw sqlError('2201G', 'lower bound cannot equal upper bound');
	const ascending = low < high;
	if (ascending ? value < low : value > low) return 0;
	if (ascending ? value >= high : value <= high) {
		if (count === 2147483647) throw sqlError('22003', 'integer out of range');
		return count + 1;
	}
	const bucket = Math.floor(count * ((value - low) / (high - low)));
	return Math.min(bucket, count - 1) + 1;
}

/** RANGE frames of windows. */
function inRange(value: number, base: number, offset: number, subtractOffset: boolean, less: boolean): boolean {
	if (Number.isNaN(offset) || offset < 0) throw sqlError('22013', 'invalid preceding or following size in window function');
	if (Number.isNaN(value)) return Number.isNaN(base) || !less;
	if (Number.isNaN(base)) return less;
	if (isInfinite(offset) && isInfinite(base) && (subtractOffset ? base > 0 : base < 0)) return true;
	const limit = subtractOffset ? base - offset : base + offset;
	return less ? value <= limit : value >= limit;
}

function setSeed(context: FunctionContext, seed: number): string {
	if (!(seed >= -1 && seed <= 1)) throw sqlError('22023', `setseed parameter ${seed} is out of allowed range [-1,1]`);
	context.setSeed(seed);
	return '';
}

export const floatOperators: readonly OperatorEntry[] = [
	operator(589, 'float4 * float4', scalar(202, 'float4mul(float4, float4) float4', multiply4), '*'),
	operator(594, 'float8 * float8', scalar(216, 'float8mul(float8, float8) float8', multiply), '*'),
	operator(1119, 'float4 * float8', scalar(279, 'float48mul(float4, float8) float8', multiply), '*'),
	operator(1129, 'float8 * float4', scalar(283, 'float84mul(float8, float4) float8', multiply), '*'),
	operator(586, 'float4 + float4', scalar(204, 'float4pl(float4, float4) float4', add4), '+'),
	operator(591, 'float8 + float8', scalar(218, 'float8pl(float8, float8) float8', add), '+'),
	operator(1116, 'float4 + float8', scalar(281, 'float48pl(float4, float8) float8', add), '+'),
	operator(1126, 'float8 + float4', scalar(285, 'float84pl(float8, float4) float8', add), '+'),
	operator(1919, '+ float4', scalar(1913, 'float4up(float4) float4', same)),
	operator(1920, '+ float8', scalar(1914, 'float8up(float8) float8', same)),
	operator(584, '- float4', scalar(206, 'float4um(float4) float4', negate, { inline: ([a]) => `(-${a})` })),
	operator(585, '- float8', scalar(220, 'float8um(float8) float8', negate, { inline: ([a]) => `(-${a})` })),
	operator(587, 'float4 - float4', scalar(205, 'float4mi(float4, float4) float4', subtract4)),
	operator(592, 'float8 - float8', scalar(219, 'float8mi(float8, float8) float8', subtract)),
	operator(1117, 'float4 - float8', scalar(282, 'float48mi(float4, float8) float8', subtract)),
	operator(1127, 'float8 - float4', scalar(286, 'float84mi(float8, float4) float8', subtract)),
	operator(588, 'float4 / float4', scalar(203, 'float4div(float4, float4) float4', divide4)),
	operator(593, 'float8 / float8', scalar(217, 'float8div(float8, float8) float8', divide)),
	operator(1118, 'float4 / float8', scalar(280, 'float48div(float4, float8) float8', divide)),
	operator(1128, 'float8 / float4', scalar(284, 'float84div(float8, float4) float8', divide)),
	operator(590, '@ float4', scalar(207, 'float4abs(float4) float4', abs)),
	operator(595, '@ float8', scalar(221, 'float8abs(float8) float8', abs)),
	operator(965, 'float8 ^ float8', scalar(232, 'dpow(float8, float8) float8', power)),
	operator(596, '|/ float8', scalar(230, 'dsqrt(float8) float8', squareRoot)),
	operator(597, '||/ float8', scalar(231, 'dcbrt(float8) float8', Math.cbrt)),
];

export const floatFunctions: readonly ScalarFunction[] = [
	scalar(1394, 'abs(float4) float4', abs, { inline: ([a]) => `Math.abs(${a})` }),
	scalar(1395, 'abs(float8) float8', abs, { inline: ([a]) => `Math.abs(${a})` }),
	scalar(1601, 'acos(float8) float8', within(-1, 1, Math.acos)),
	scalar(2732, 'acosd(float8) float8', within(-1, 1, arccosDegrees)),
	scalar(2466, 'acosh(float8) float8', within(1, Number.POSITIVE_INFINITY, Math.acosh)),
	scalar(1600, 'asin(float8) float8', within(-1, 1, Math.asin)),
	scalar(2731, 'asind(float8) float8', within(-1, 1, arcsinDegrees)),
	scalar(2465, 'asinh(float8) float8', Math.asinh),
	scalar(1602, 'atan(float8) float8', Math.atan),
	scalar(1603, 'atan2(float8, float8) float8', Math.atan2),
	scalar(2734, 'atan2d(float8, float8) float8', arctan2Degrees),
	scalar(2733, 'atand(float8) float8', arctanDegrees),
	scalar(2467, 'atanh(float8) float8', hyperbolicArctangent),
	scalar(1345, 'cbrt(float8) float8', Math.cbrt),
	scalar(231, 'dcbrt(float8) float8', Math.cbrt),
	scalar(2308, 'ceil(float8) float8', Math.ceil),
	scalar(2320, 'ceiling(float8) float8', Math.ceil),
	scalar(1605, 'cos(float8) float8', finite(Math.cos)),
	scalar(2736, 'cosd(float8) float8', cosDegrees),
	scalar(2463, 'cosh(float8) float8', (value: number) => Math.cosh(value)),
	scalar(1607, 'cot(float8) float8', cotangent),
	scalar(2738, 'cotd(float8) float8', cotDegrees),
	scalar(1608, 'degrees(float8) float8', (value: number) => divide(value, DEGREE)),
	scalar(1347, 'exp(float8) float8', exponential),
	scalar(233, 'dexp(float8) float8', exponential),
	scalar(2309, 'floor(float8) float8', Math.floor),
	scalar(1341, 'ln(float8) float8', naturalLogarithm),
	scalar(234, 'dlog1(float8) float8', naturalLogarithm),
	scalar(1340, 'log(float8) float8', decimalLogarithm),
	scalar(1194, 'log10(float8) float8', decimalLogarithm),
	scalar(1339, 'dlog10(float8) float8', decimalLogarithm),
	scalar(1610, 'pi() float8', () => Math.PI),
	scalar(1346, 'pow(float8, float8) float8', power),
	scalar(1368, 'power(float8, float8) float8', power),
	scalar(1609, 'radians(float8) float8', (value: number) => multiply(value, DEGREE)),
	contextual(1598, 'random() float8', (context: FunctionContext) => context.random(), { volatility: 'volatile' }),
	contextual(1599, 'setseed(float8) void', setSeed, { volatility: 'volatile' }),
	scalar(1342, 'round(float8) float8', roundHalfEven),
	scalar(228, 'dround(float8) float8', roundHalfEven),
	scalar(2310, 'sign(float8) float8', sign),
	scalar(1604, 'sin(float8) float8', finite(Math.sin)),
	scalar(2735, 'sind(float8) float8', sinDegrees),
	scalar(2462, 'sinh(float8) float8', (value: number) => Math.sinh(value)),
	scalar(1344, 'sqrt(float8) float8', squareRoot),
	scalar(1606, 'tan(float8) float8', finite(Math.tan)),
	scalar(2737, 'tand(float8) float8', tanDegrees),
	scalar(2464, 'tanh(float8) float8', (value: number) => Math.tanh(value)),
	scalar(1343, 'trunc(float8) float8', Math.trunc),
	scalar(229, 'dtrunc(float8) float8', Math.trunc),
	scalar(320, 'width_bucket(float8, float8, float8, int4) int4', widthBucket),
	scalar(209, 'float4larger(float4, float4) float4', larger),
	scalar(211, 'float4smaller(float4, float4) float4', smaller),
	scalar(223, 'float8larger(float8, float8) float8', larger),
	scalar(224, 'float8smaller(float8, float8) float8', smaller),
	scalar(4139, 'in_range(float8, float8, float8, bool, bool) bool', inRange),
	scalar(4140, 'in_range(float4, float4, float8, bool, bool) bool', inRange),
];
