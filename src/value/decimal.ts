/**
 * Exact decimal numbers with PostgreSQL's numeric semantics: value = coefficient / 10^scale, where `scale` is the display
 * scale, so 1.50 and 1.5 are equal but print differently.
 *
 * Invariants: (1) `coefficient` is a number when |c| ≤ 2^53 − 1 and a bigint beyond, one form per value, never −0; (2) NaN and
 * ±Infinity are numbers with scale 0; (3) 0 ≤ scale ≤ 16383; a finite value has at most 131072 digits before the point.
 * Cost: sums, products and comparisons of small values allocate one object; coefficients past 2^53 take the bigint path.
 * Source: PostgreSQL 15 `numeric.c` for the rules of result scales (at least 16 significant digits for division, roots and
 * logarithms, weights counted in groups of four digits), written anew over bigints. Roots, exp, ln and powers are computed with guard
 * bits and rounded once, so the last digit may differ from PostgreSQL's where its own result is not correctly rounded.
 */
import { sqlError } from '../platform/errors.ts';
import { fixedExp, fixedLn, integerSquareRoot } from './fixed-point.ts';
import { divisionByZero, fromBigInt, type Int8, outOfRange } from './int8.ts';

const MAX_SAFE = Number.MAX_SAFE_INTEGER;
const SCALE_MAX = 16383;
const INTEGER_DIGITS_MAX = 131072;
/** Scales of computed results stay below this (NUMERIC_MAX_DISPLAY_SCALE). */
const RESULT_SCALE_MAX = 1000;
/** Division, roots and logarithms give at least so many significant digits. */
const SIGNIFICANT_DIGITS_MIN = 16;
const ROUND_SCALE_MAX = 2000;
const LOG10_OF_E = Math.LOG10E;
const BITS_PER_DIGIT = 3.3219280948873626;

const SMALL_POWERS: readonly number[] = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const bigPowers: bigint[] = [1n];

export class Decimal {
	/** Unscaled value: number iff a safe integer, else bigint; NaN, Infinity, −Infinity for the special values. */
	readonly coefficient: number | bigint;
	/** Display scale: digits after the point. */
	readonly scale: number;

	constructor(coefficient: number | bigint, scale: number) {
		this.coefficient = coefficient;
		this.scale = scale;
	}

	static readonly zero: Decimal = new Decimal(0, 0);
	static readonly one: Decimal = new Decimal(1, 0);
	static readonly nan: Decimal = new Decimal(Number.NaN, 0);
	static readonly infinity: Decimal = new Decimal(Number.POSITIVE_INFINITY, 0);
	static readonly negativeInfinity: Decimal = new Decimal(Number.NEGATIVE_INFINITY, 0);

	/** Throws 22P02 for a malformed text, 22003 for one too large. */
	static parse(text: string): Decimal {
		return parseShort(text) ?? parseLong(text);
	}

	/** An integer (int2, int4, int8, oid). */
	static fromInteger(value: Int8): Decimal {
		return new Decimal(value, 0);
	}

	/** As PostgreSQL casts float8 (15 significant digits) or, with digits = 6, float4. */
	static fromFloat(value: number, digits = 15): Decimal {
		if (Number.isInteger(value) && Math.abs(value) < 1e6) return new Decimal(value + 0, 0);
		if (!Number.isFinite(value)) return Number.isNaN(value) ? Decimal.nan : value > 0 ? Decimal.infinity : Decimal.negativeInfinity;
		return Decimal.parse(String(Number(value.toPrecision(digits))));
	}

	get isNaN(): boolean {
		return typeof this.coefficient === 'number' && Number.isNaN(this.coefficient);
	}

	get isFinite(): boolean {
		return typeof this.coefficient === 'bigint' || Number.isFinite(this.coefficient);
	}

	get isZero(): boolean {
		return this.coefficient === 0;
	}

	/** −1, 0, 1; NaN counts as 1. */
	get sign(): number {
		return this.coefficient < 0 ? -1 : this.coefficient === 0 ? 0 : 1;
	}

	/** Finite and without digits other than 0 after the point. */
	get isInteger(): boolean {
		return this.isFinite && (this.scale === 0 || BigInt(this.coefficient) % tenToThe(this.scale) === 0n);
	}

	add(other: Decimal): Decimal {
		const left = this.coefficient;
		const right = other.coefficient;
		if (typeof left === 'number' && typeof right === 'number' && this.scale === other.scale) {
			const sum = left + right;
			if (sum <= MAX_SAFE && sum >= -MAX_SAFE) return new Decimal(sum, this.scale);
		}
		if (!this.isFinite || !other.isFinite) return specialSum(this, other);
		const scale = Math.max(this.scale, other.scale);
		return finish(scaled(this, scale) + scaled(other, scale), scale);
	}

	subtract(other: Decimal): Decimal {
		const left = this.coefficient;
		const right = other.coefficient;
		if (typeof left === 'number' && typeof right === 'number' && this.scale === other.scale) {
			const difference = left - right;
			if (difference <= MAX_SAFE && difference >= -MAX_SAFE) return new Decimal(difference, this.scale);
		}
		return this.add(other.negate());
	}

	multiply(other: Decimal): Decimal {
		const left = this.coefficient;
		const right = other.coefficient;
		const scale = this.scale + other.scale;
		if (typeof left === 'number' && typeof right === 'number') {
			const product = left * right;
			if (product <= MAX_SAFE && product >= -MAX_SAFE && scale <= SCALE_MAX) return new Decimal(product + 0, scale);
			if (!Number.isFinite(left) || !Number.isFinite(right)) return fromSpecial(product);
		} else if (!this.isFinite || !other.isFinite) return fromSpecial(sign(left) * sign(right) * Number.POSITIVE_INFINITY + nanOf(this, other));
		const product = BigInt(left) * BigInt(right);
		return scale > SCALE_MAX ? finish(roundedQuotient(product, tenToThe(scale - SCALE_MAX)), SCALE_MAX) : finish(product, scale);
	}

	/** Throws 22012 for a zero divisor. */
	divide(other: Decimal): Decimal {
		const exceptional = this.#exceptionalQuotient(other);
		if (exceptional !== null) return exceptional;
		return this.#quotient(other, quotientScale(this, other));
	}

	/** The quotient rounded half away from zero to `scale` digits, both finite, the divisor not zero. */
	#quotient(other: Decimal, scale: number): Decimal {
		const shift = scale + other.scale - this.scale;
		if (typeof this.coefficient === 'number' && typeof other.coefficient === 'number') {
			const small = smallQuotient(this.coefficient, other.coefficient, shift);
			if (small !== null) return new Decimal(small, scale);
		}
		const dividend = BigInt(this.coefficient);
		const divisor = BigInt(other.coefficient);
		return finish(shift >= 0 ? roundedQuotient(dividend * tenToThe(shift), divisor) : roundedQuotient(dividend, divisor * tenToThe(-shift)), scale);
	}

	#exceptionalQuotient(other: Decimal): Decimal | null {
		if (this.isNaN || other.isNaN) return Decimal.nan;
		if (other.coefficient === 0) throw divisionByZero();
		if (this.isFinite) return other.isFinite ? null : Decimal.zero;
		return other.isFinite ? fromSpecial(Number(this.coefficient) * other.sign) : Decimal.nan;
	}

	/** div(): the quotient truncated to an integer. */
	divideInteger(other: Decimal): Decimal {
		const exceptional = this.#exceptionalQuotient(other);
		if (exceptional !== null) return exceptional;
		const scale = Math.max(this.scale, other.scale);
		return finish(scaled(this, scale) / scaled(other, scale), 0);
	}

	/** The remainder has the sign of the dividend. */
	modulo(other: Decimal): Decimal {
		if (this.isNaN || other.isNaN) return Decimal.nan;
		if (other.coefficient === 0) throw divisionByZero();
		if (!this.isFinite) return Decimal.nan;
		if (!other.isFinite) return this;
		const scale = Math.max(this.scale, other.scale);
		return finish(scaled(this, scale) % scaled(other, scale), scale);
	}

	negate(): Decimal {
		const coefficient = this.coefficient;
		return new Decimal(typeof coefficient === 'number' ? 0 - coefficient : -coefficient, this.scale);
	}

	abs(): Decimal {
		return this.coefficient < 0 ? this.negate() : this;
	}

	/** NaN equals NaN and is greatest. */
	compare(other: Decimal): number {
		const left = this.coefficient;
		const right = other.coefficient;
		// Of one scale, or where the signs differ, the coefficients order the values: numbers and bigints mix under `<`.
		if (this.scale === other.scale || left < 0 !== right < 0) {
			if (left < right) return -1;
			if (left > right) return 1;
			if (left === right) return 0;
		}
		if (!this.isFinite || !other.isFinite) {
			if (this.isNaN) return other.isNaN ? 0 : 1;
			if (other.isNaN) return -1;
			return left < right ? -1 : left > right ? 1 : 0;
		}
		return compareScaled(this, other);
	}

	equals(other: Decimal): boolean {
		return this.compare(other) === 0;
	}

	/** Half away from zero; a negative scale rounds left of the point and leaves scale 0. */
	round(scale = 0): Decimal {
		if (!this.isFinite) return this;
		const wanted = Math.max(-ROUND_SCALE_MAX, Math.min(ROUND_SCALE_MAX, scale));
		if (wanted >= this.scale) return this.#extend(wanted);
		const divisor = this.scale - wanted;
		const coefficient = this.coefficient;
		if (typeof coefficient === 'number' && divisor <= 15 && wanted >= 0) {
			const unit = SMALL_POWERS[divisor]!;
			const magnitude = Math.abs(coefficient);
			const rest = magnitude % unit;
			const whole = (magnitude - rest) / unit + (rest * 2 >= unit ? 1 : 0);
			return new Decimal(coefficient < 0 ? 0 - whole : whole, wanted);
		}
		const rounded = roundedQuotient(BigInt(coefficient), tenToThe(divisor));
		return wanted < 0 ? finish(rounded * tenToThe(-wanted), 0) : finish(rounded, wanted);
	}

	truncate(scale = 0): Decimal {
		if (!this.isFinite) return this;
		const wanted = Math.max(-ROUND_SCALE_MAX, Math.min(ROUND_SCALE_MAX, scale));
		if (wanted >= this.scale) return this.#extend(wanted);
		const cut = BigInt(this.coefficient) / tenToThe(this.scale - wanted);
		return wanted < 0 ? finish(cut * tenToThe(-wanted), 0) : finish(cut, wanted);
	}

	#extend(scale: number): Decimal {
		if (scale === this.scale) return this;
		const coefficient = this.coefficient;
		const added = scale - this.scale;
		if (typeof coefficient === 'number' && added <= 15) {
			const shifted = coefficient * SMALL_POWERS[added]!;
			if (shifted <= MAX_SAFE && shifted >= -MAX_SAFE) return new Decimal(shifted, scale);
		}
		return finish(scaled(this, scale), scale);
	}

	ceil(): Decimal {
		const cut = this.truncate(0);
		return cut.compare(this) < 0 ? cut.add(Decimal.one) : cut;
	}

	floor(): Decimal {
		const cut = this.truncate(0);
		return cut.compare(this) > 0 ? cut.subtract(Decimal.one) : cut;
	}

	sqrt(): Decimal {
		if (this.isNaN) return this;
		if (this.sign < 0) throw sqlError('2201F', 'cannot take square root of a negative number');
		if (!this.isFinite) return this;
		const weight = this.isZero ? 0 : groupWeight(this);
		const scale = resultScale(SIGNIFICANT_DIGITS_MIN - (Math.trunc(((weight + 1) * 4) / 2) - 1), this.scale);
		const square = BigInt(this.coefficient) * tenToThe(2 * scale - this.scale);
		const root = integerSquareRoot(square);
		return finish(square - root * root > root ? root + 1n : root, scale);
	}

	exp(): Decimal {
		if (this.isNaN) return this;
		if (!this.isFinite) return this.sign > 0 ? this : Decimal.zero;
		const weight = Math.max(-ROUND_SCALE_MAX, Math.min(ROUND_SCALE_MAX, approximate(this) * LOG10_OF_E));
		return expToScale(this, resultScale(SIGNIFICANT_DIGITS_MIN - Math.trunc(weight), this.scale));
	}

	ln(): Decimal {
		if (this.isNaN) return this;
		checkLogarithm(this);
		if (!this.isFinite) return this;
		return lnToScale(this, resultScale(SIGNIFICANT_DIGITS_MIN - lnWeight(this), this.scale));
	}

	/** Logarithm to base 10. */
	log10(): Decimal {
		return this.log(TEN);
	}

	/** log(base, this). */
	log(base: Decimal): Decimal {
		if (this.isNaN || base.isNaN) return Decimal.nan;
		checkLogarithm(base);
		checkLogarithm(this);
		if (!base.isFinite) return this.isFinite ? Decimal.zero : Decimal.nan;
		if (!this.isFinite) return this;
		const scale = resultScale(SIGNIFICANT_DIGITS_MIN - (lnWeight(this) - lnWeight(base)), Math.max(base.scale, this.scale));
		const workScale = scale + 40;
		const divisor = lnToScale(base, workScale);
		if (divisor.isZero) throw divisionByZero();
		return lnToScale(this, workScale).#quotient(divisor, scale);
	}

	power(exponent: Decimal): Decimal {
		const exceptional = exceptionalPower(this, exponent);
		if (exceptional !== null) return exceptional;
		if (exponent.isInteger) {
			const integer = exponent.truncate(0).coefficient;
			if (integer <= 2147483647 && integer >= -2147483648) return powerOfInteger(this, Number(integer));
		}
		if (this.isZero) return new Decimal(0, SIGNIFICANT_DIGITS_MIN);
		const magnitude = powerOfFraction(this.abs(), exponent, Math.max(this.scale, exponent.scale));
		return this.sign < 0 && BigInt(exponent.truncate(0).coefficient) % 2n !== 0n ? magnitude.negate() : magnitude;
	}

	/** numeric(p, s): rounds, 22003 on overflow; −1 leaves the value. */
	applyTypmod(typmod: number): Decimal {
		if (typmod < 4 || this.isNaN) return this;
		const precision = numericPrecision(typmod);
		const scale = numericScale(typmod);
		if (!this.isFinite) throw fieldOverflow(precision, scale, 'cannot hold an infinite value');
		const rounded = this.round(scale);
		const digits = precision - scale;
		if (rounded.coefficient !== 0 && decimalDigits(rounded.coefficient) - rounded.scale > digits) {
			throw fieldOverflow(precision, scale, `must round to an absolute value less than ${digits === 0 ? '1' : `10^${digits}`}`);
		}
		return rounded;
	}

	/** The fewest digits after the point that show the value exactly. */
	minScale(): number {
		return this.trimScale().scale;
	}

	/** Without zeros at the end of its fraction. */
	trimScale(): Decimal {
		if (this.scale === 0) return this;
		let coefficient = this.coefficient;
		let scale = this.scale;
		if (coefficient === 0) return Decimal.zero;
		if (typeof coefficient === 'bigint') {
			const digits = coefficient.toString();
			let zeros = 0;
			while (zeros < scale && digits.charCodeAt(digits.length - 1 - zeros) === 48) zeros++;
			return zeros === 0 ? this : new Decimal(fromBigInt(coefficient / tenToThe(zeros)), scale - zeros);
		}
		while (scale > 0 && coefficient % 10 === 0) {
			coefficient /= 10;
			scale--;
		}
		return scale === this.scale ? this : new Decimal(coefficient, scale);
	}

	/** The nearest float8; 22003 where there is none. */
	toNumber(): number {
		const coefficient = this.coefficient;
		if (typeof coefficient === 'number' && this.scale <= 22) return coefficient / SMALL_POWERS[this.scale]!;
		const text = this.toString();
		const value = Number(text);
		if (!Number.isFinite(value) || (value === 0 && coefficient !== 0)) throw sqlError('22003', `"${text}" is out of range for type double precision`);
		return value;
	}

	/** Rounded; 22003 when out of range, 0A000 for NaN and infinities. */
	toInt8(): Int8 {
		const value = this.#toInteger('bigint');
		if (value < -9223372036854775808n || value > 9223372036854775807n) throw outOfRange('bigint');
		return value;
	}

	toInt4(): number {
		const value = this.#toInteger('integer');
		if (value < -2147483648 || value > 2147483647) throw outOfRange('integer');
		return Number(value);
	}

	toInt2(): number {
		const value = this.#toInteger('smallint');
		if (value < -32768 || value > 32767) throw outOfRange('smallint');
		return Number(value);
	}

	#toInteger(typeName: string): Int8 {
		if (this.isNaN) throw sqlError('0A000', `cannot convert NaN to ${typeName}`);
		if (!this.isFinite) throw sqlError('0A000', `cannot convert infinity to ${typeName}`);
		return this.scale === 0 ? this.coefficient : this.round(0).coefficient;
	}

	toString(): string {
		const coefficient = this.coefficient;
		if (this.scale === 0 || !this.isFinite) return String(coefficient);
		const negative = coefficient < 0;
		const digits = (negative ? -coefficient : coefficient).toString().padStart(this.scale + 1, '0');
		const point = digits.length - this.scale;
		return `${negative ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
	}

	/** The same primitive for equal values whatever their scale, by the rule of Map: a key for hashing. */
	toKey(): string | number {
		const coefficient = this.coefficient;
		// Decimals of up to 15 digits are told apart by their float8; the quotient of safe integers is the nearest one.
		if (typeof coefficient === 'number' && this.scale <= 22 && (this.scale === 0 || Math.abs(coefficient) < 1e15))
			return coefficient / SMALL_POWERS[this.scale]!;
		const trimmed = this.trimScale();
		if (trimmed.scale !== this.scale) return trimmed.toKey();
		return trimmed.toString();
	}
}

const TEN = new Decimal(10, 0);

/** typmod of numeric(precision, scale). */
export function numericTypmod(precision: number, scale: number): number {
	return ((precision << 16) | (scale & 0x7ff)) + 4;
}

export function numericPrecision(typmod: number): number {
	return ((typmod - 4) >> 16) & 0xffff;
}

/** May be negative: numeric(3, −2). */
export function numericScale(typmod: number): number {
	return (((typmod - 4) & 0x7ff) ^ 1024) - 1024;
}

/** 10^exponent. */
export function tenToThe(exponent: number): bigint {
	const known = bigPowers[exponent];
	if (known !== undefined) return known;
	if (exponent > 400) return 10n ** BigInt(exponent);
	for (let index = bigPowers.length; index <= exponent; index++) bigPowers.push(bigPowers[index - 1]! * 10n);
	return bigPowers[exponent]!;
}

/** Count of decimal digits of |value|; 1 for 0. */
export function decimalDigits(value: number | bigint): number {
	if (typeof value === 'bigint') return value.toString().length - (value < 0n ? 1 : 0);
	const magnitude = Math.abs(value);
	let digits = 1;
	while (digits < 16 && magnitude >= SMALL_POWERS[digits]!) digits++;
	return digits;
}

/** The result of exact arithmetic: normal form, range checked. */
function finish(coefficient: bigint, scale: number): Decimal {
	const normal = fromBigInt(coefficient);
	if (typeof normal === 'bigint') checkSize(normal, scale);
	return new Decimal(normal, scale);
}

function checkSize(coefficient: bigint, scale: number): void {
	// A cheap bound first: hexadecimal digits are counted without a conversion to decimal being needed for small values.
	if (coefficient < 10n ** 300n && coefficient > -(10n ** 300n)) return;
	if (decimalDigits(coefficient) - scale > INTEGER_DIGITS_MAX) throw overflow();
}

function overflow(): Error {
	return sqlError('22003', 'value overflows numeric format');
}

function fieldOverflow(precision: number, scale: number, what: string): Error {
	return sqlError('22003', 'numeric field overflow', { detail: `A field with precision ${precision}, scale ${scale} ${what}.` });
}

function sign(coefficient: number | bigint): number {
	return coefficient < 0 ? -1 : coefficient > 0 ? 1 : 0;
}

function nanOf(left: Decimal, right: Decimal): number {
	return left.isNaN || right.isNaN ? Number.NaN : 0;
}

function fromSpecial(value: number): Decimal {
	return Number.isNaN(value) ? Decimal.nan : value > 0 ? Decimal.infinity : Decimal.negativeInfinity;
}

/** Sum of values of which one is NaN or infinite. */
function specialSum(left: Decimal, right: Decimal): Decimal {
	const a = left.isFinite ? 0 : Number(left.coefficient);
	const b = right.isFinite ? 0 : Number(right.coefficient);
	return fromSpecial(a + b);
}

/** The coefficient at a scale not below the value's own. */
function scaled(value: Decimal, scale: number): bigint {
	const coefficient = BigInt(value.coefficient);
	return scale === value.scale ? coefficient : coefficient * tenToThe(scale - value.scale);
}

function compareScaled(left: Decimal, right: Decimal): number {
	const scale = Math.max(left.scale, right.scale);
	if (typeof left.coefficient === 'number' && typeof right.coefficient === 'number') {
		const leftUp = scale - left.scale;
		const rightUp = scale - right.scale;
		if (leftUp <= 15 && rightUp <= 15) {
			const a = left.coefficient * SMALL_POWERS[leftUp]!;
			const b = right.coefficient * SMALL_POWERS[rightUp]!;
			if (Math.abs(a) <= MAX_SAFE && Math.abs(b) <= MAX_SAFE) return a < b ? -1 : a > b ? 1 : 0;
		}
	}
	const a = scaled(left, scale);
	const b = scaled(right, scale);
	return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * round(dividend × 10^shift / divisor) in pieces of safe integers, by long division seven digits at a time; null where a piece
 * or the quotient would not be safe. Four times as fast as bigints for the usual 16 to 20 digits.
 */
function smallQuotient(dividend: number, divisor: number, shift: number): bigint | number | null {
	const by = Math.abs(divisor);
	if (by >= 900_000_000 || shift < 0 || shift > 28) return null;
	const magnitude = Math.abs(dividend);
	let rest = magnitude % by;
	let high = (magnitude - rest) / by;
	let low = 0;
	let lowDigits = 0;
	for (let left = shift; left > 0; ) {
		const digits = Math.min(left, 7);
		const power = SMALL_POWERS[digits]!;
		const piece = rest * power;
		rest = piece % by;
		const quotient = (piece - rest) / by;
		if (lowDigits + digits <= 15) {
			low = low * power + quotient;
			lowDigits += digits;
		} else {
			high = high * SMALL_POWERS[lowDigits]! + low;
			if (high > MAX_SAFE) return null;
			low = quotient;
			lowDigits = digits;
		}
		left -= digits;
	}
	if (rest * 2 >= by) low++;
	const negative = dividend < 0 !== divisor < 0;
	const sum = high * SMALL_POWERS[lowDigits]! + low;
	if (sum <= MAX_SAFE) return negative ? 0 - sum : sum;
	const exact = BigInt(high) * tenToThe(lowDigits) + BigInt(low);
	return negative ? -exact : exact;
}

/** dividend / divisor, rounded half away from zero. */
function roundedQuotient(dividend: bigint, divisor: bigint): bigint {
	const quotient = dividend / divisor;
	const rest = dividend - quotient * divisor;
	const twice = rest < 0n ? -2n * rest : 2n * rest;
	if (twice < (divisor < 0n ? -divisor : divisor)) return quotient;
	return dividend < 0n === divisor < 0n ? quotient + 1n : quotient - 1n;
}

/** Weight of the first group of four digits: the value is first group × 10000^weight + … (not for zero). */
function groupWeight(value: Decimal): number {
	return Math.floor((decimalDigits(value.coefficient) - 1 - value.scale) / 4);
}

/** The first group of four digits (1 to 9999). */
function firstGroup(value: Decimal): number {
	if (typeof value.coefficient === 'number') {
		const count = decimalDigits(value.coefficient);
		const wanted = (((count - 1 - value.scale) % 4) + 4) % 4;
		const magnitude = Math.abs(value.coefficient);
		return wanted + 1 <= count ? Math.floor(magnitude / SMALL_POWERS[count - 1 - wanted]!) : magnitude * SMALL_POWERS[wanted + 1 - count]!;
	}
	const digits = absoluteDigits(value);
	const exponent = digits.length - 1 - value.scale;
	const count = exponent - Math.floor(exponent / 4) * 4 + 1;
	return Number(digits.slice(0, count).padEnd(count, '0'));
}

function absoluteDigits(value: Decimal): string {
	const text = value.coefficient.toString();
	return text.charCodeAt(0) === 45 ? text.slice(1) : text;
}

function quotientScale(dividend: Decimal, divisor: Decimal): number {
	const zero = dividend.isZero;
	let weight = (zero ? 0 : groupWeight(dividend)) - groupWeight(divisor);
	if ((zero ? 0 : firstGroup(dividend)) <= firstGroup(divisor)) weight--;
	return resultScale(SIGNIFICANT_DIGITS_MIN - weight * 4, Math.max(dividend.scale, divisor.scale));
}

function resultScale(wanted: number, least: number): number {
	return Math.min(Math.max(wanted, least, 0), RESULT_SCALE_MAX);
}

/** The nearest float8, ±Infinity and 0 where it is out of range. */
function approximate(value: Decimal): number {
	return typeof value.coefficient === 'number' && value.scale <= 22 ? value.coefficient / SMALL_POWERS[value.scale]! : Number(value.toString());
}

function checkLogarithm(value: Decimal): void {
	if (value.sign < 0) throw sqlError('2201E', 'cannot take logarithm of a negative number');
	if (value.isZero) throw sqlError('2201E', 'cannot take logarithm of zero');
}

/** Decimal weight of ln(value), estimated as PostgreSQL does. */
function lnWeight(value: Decimal): number {
	if (value.compare(NINE_TENTHS) >= 0 && value.compare(ELEVEN_TENTHS) <= 0) {
		const difference = value.subtract(Decimal.one);
		if (difference.isZero) return 0;
		return groupWeight(difference) * 4 + Math.trunc(Math.log10(firstGroup(difference)));
	}
	const digits = absoluteDigits(value);
	const leading = digits.slice(0, 8);
	const log = Math.log(Number(leading)) + (digits.length - leading.length - value.scale) * Math.LN10;
	return Math.trunc(Math.log10(Math.abs(log)));
}

const NINE_TENTHS = new Decimal(9, 1);
const ELEVEN_TENTHS = new Decimal(11, 1);

/** Bits that hold `digits` decimal digits, with guard bits. */
function bitsFor(digits: number): number {
	return Math.ceil(Math.max(digits, 0) * BITS_PER_DIGIT) + 64;
}

/** value / 2^bits as a decimal of `scale` digits. */
function fromFixed(value: bigint, bits: number, scale: number): Decimal {
	return finish(roundedQuotient(value * tenToThe(scale), 1n << BigInt(bits)), scale);
}

function expToScale(value: Decimal, scale: number): Decimal {
	const size = approximate(value);
	if (Math.abs(size) >= 3 * ROUND_SCALE_MAX) {
		if (size > 0) throw overflow();
		return new Decimal(0, scale);
	}
	const bits = bitsFor(scale + Math.max(0, Math.ceil(size * LOG10_OF_E)));
	return fromFixed(fixedExp((BigInt(value.coefficient) << BigInt(bits)) / tenToThe(value.scale), bits), bits, scale);
}

function lnToScale(value: Decimal, scale: number): Decimal {
	const bits = bitsFor(scale);
	return fromFixed(fixedLn(BigInt(value.coefficient), tenToThe(value.scale), bits), bits, scale);
}

/** Powers with NaN, infinities or an undefined result; null for all others. */
function exceptionalPower(base: Decimal, exponent: Decimal): Decimal | null {
	if (base.isNaN || exponent.isNaN) {
		if (!base.isNaN && base.equals(Decimal.one)) return Decimal.one;
		return !exponent.isNaN && exponent.isZero ? Decimal.one : Decimal.nan;
	}
	if (base.isZero && exponent.sign < 0) throw sqlError('2201F', 'zero raised to a negative power is undefined');
	if (base.sign < 0 && exponent.isFinite && !exponent.isInteger) {
		throw sqlError('2201F', 'a negative number raised to a non-integer power yields a complex result');
	}
	if (base.isFinite && exponent.isFinite) return null;
	if (!exponent.isFinite) {
		const magnitude = base.abs().compare(Decimal.one);
		if (magnitude === 0) return Decimal.one;
		return magnitude > 0 === exponent.sign > 0 ? Decimal.infinity : Decimal.zero;
	}
	if (exponent.isZero) return Decimal.one;
	if (exponent.sign < 0) return Decimal.zero;
	return base.sign < 0 && BigInt(exponent.truncate(0).coefficient) % 2n !== 0n ? Decimal.negativeInfinity : Decimal.infinity;
}

/** base ^ exponent for a whole exponent, with 16 digits after the point or the base's own scale. */
function powerOfInteger(base: Decimal, exponent: number): Decimal {
	const weight = base.isZero ? 0 : exponent * decimalLog(base);
	if (weight > INTEGER_DIGITS_MAX) throw overflow();
	const scale = resultScale(SIGNIFICANT_DIGITS_MIN, base.scale);
	if (weight + 1 < -scale) return new Decimal(0, scale);
	if (exponent === 0) return new Decimal(1, 0).round(scale);
	if (base.isZero) {
		if (exponent < 0) throw divisionByZero();
		return new Decimal(0, scale);
	}
	const count = Math.abs(exponent);
	// Digits that matter: those of the result and what |exponent| products lose.
	const digits = Math.ceil(Math.abs(weight)) + scale + Math.ceil(Math.log10(count + 1)) + 20;
	const raised = floatingPower(BigInt(base.coefficient), base.scale, count, digits);
	const [numerator, denominator] = raised.scale >= 0 ? [raised.coefficient, tenToThe(raised.scale)] : [raised.coefficient * tenToThe(-raised.scale), 1n];
	if (exponent > 0) return finish(roundedQuotient(numerator * tenToThe(scale), denominator), scale);
	return finish(roundedQuotient(denominator * tenToThe(scale), numerator), scale);
}

/** log10 of |value|, not zero. */
function decimalLog(value: Decimal): number {
	const digits = absoluteDigits(value);
	const leading = digits.slice(0, 16);
	return Math.log10(Number(leading)) + digits.length - leading.length - value.scale;
}

/** Square and multiply; factors are cut to `digits` significant digits (their scale may become negative). */
function floatingPower(coefficient: bigint, scale: number, exponent: number, digits: number): { coefficient: bigint; scale: number } {
	let result = 1n;
	let resultScaleNow = 0;
	let factor = coefficient;
	let factorScale = scale;
	for (let rest = exponent; ; ) {
		if (rest % 2 === 1) {
			result *= factor;
			resultScaleNow += factorScale;
			const excess = excessDigits(result, digits);
			if (excess > 0) {
				result /= tenToThe(excess);
				resultScaleNow -= excess;
			}
		}
		rest = Math.floor(rest / 2);
		if (rest === 0) return { coefficient: result, scale: resultScaleNow };
		factor *= factor;
		factorScale *= 2;
		const excess = excessDigits(factor, digits);
		if (excess > 0) {
			factor /= tenToThe(excess);
			factorScale -= excess;
		}
	}
}

function excessDigits(value: bigint, digits: number): number {
	return decimalDigits(value) - digits;
}

/** base ^ exponent = e^(exponent × ln base), base positive. */
function powerOfFraction(base: Decimal, exponent: Decimal, least: number): Decimal {
	const estimate = approximate(exponent) * decimalLog(base) * Math.LN10;
	if (Math.abs(estimate) > 3.01 * ROUND_SCALE_MAX) {
		if (estimate > 0) throw overflow();
		return new Decimal(0, RESULT_SCALE_MAX);
	}
	const weight = estimate * LOG10_OF_E;
	const scale = resultScale(SIGNIFICANT_DIGITS_MIN - Math.trunc(weight), least);
	const workScale = scale + Math.ceil(Math.abs(weight)) + Math.max(0, Math.ceil(decimalLog(exponent))) + 20;
	const product = lnToScale(base, workScale).multiply(exponent);
	return expToScale(product, scale);
}

/** Up to 15 digits, a sign, a point and nothing else; undefined for any other text. */
function parseShort(text: string): Decimal | undefined {
	const length = text.length;
	if (length === 0 || length > 16) return undefined;
	const first = text.charCodeAt(0);
	let coefficient = 0;
	let point = -1;
	let index = first === 45 ? 1 : 0;
	const begin = index;
	for (; index < length; index++) {
		const code = text.charCodeAt(index);
		if (code === 46 && point < 0) point = index;
		else if (code >= 48 && code <= 57) coefficient = coefficient * 10 + code - 48;
		else return undefined;
	}
	if (length - begin - (point < 0 ? 0 : 1) === 0 || coefficient > MAX_SAFE) return undefined;
	return new Decimal(first === 45 ? 0 - coefficient : coefficient, point < 0 ? 0 : length - 1 - point);
}

const NUMERIC_TEXT = /^[ \t\n\v\f\r]*(?:([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?|([+-]?)(inf|infinity|nan))[ \t\n\v\f\r]*$/i;

function parseLong(text: string): Decimal {
	const match = NUMERIC_TEXT.exec(text);
	const name = match?.[6]?.toLowerCase();
	if (match === null || (name === 'nan' && match[5] !== '')) throw syntaxError(text);
	if (name !== undefined) return name === 'nan' ? Decimal.nan : match[5] === '-' ? Decimal.negativeInfinity : Decimal.infinity;
	const whole = match[2] ?? '';
	const fraction = match[3] ?? '';
	if (whole === '' && fraction === '') throw syntaxError(text);
	const exponent = match[4] === undefined ? 0 : Number(match[4]);
	if (Math.abs(exponent) >= 1073741823) throw overflow();
	const scale = fraction.length - exponent;
	const digits = `${whole}${fraction}`.replace(/^0+(?=[0-9])/, '');
	if (scale > SCALE_MAX || (digits !== '0' && digits.length - scale > INTEGER_DIGITS_MAX)) throw overflow();
	let coefficient = digits.length <= 15 ? Number(digits) : BigInt(digits);
	if (scale < 0 && coefficient !== 0) coefficient = BigInt(coefficient) * tenToThe(-scale);
	const normal = typeof coefficient === 'bigint' ? fromBigInt(coefficient) : coefficient;
	return new Decimal(match[1] === '-' ? (typeof normal === 'bigint' ? -normal : 0 - normal) : normal, Math.max(scale, 0));
}

function syntaxError(text: string): Error {
	return sqlError('22P02', `invalid input syntax for type numeric: "${text}"`);
}
