/** Exact decimals: PostgreSQL's digits and scales (literals from `psql`), and bigints as the oracle of arithmetic. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Decimal, numericPrecision, numericScale, numericTypmod } from './decimal.ts';
import { readDecimal, writeDecimal } from './decimal-binary.ts';
import { fromBigInt } from './int8.ts';
import { GrowingKeyBuffer } from './key-buffer.ts';

const of = (text: string): Decimal => Decimal.parse(text);

/** [operation, left, right, PostgreSQL's result] */
const BINARY: readonly (readonly ['add' | 'subtract' | 'multiply' | 'divide' | 'modulo' | 'divideInteger' | 'power' | 'log', string, string, string])[] = [
	['add', '1.50', '2.5', '4.00'],
	['add', '9007199254740991', '1', '9007199254740992'],
	['add', 'Infinity', '-Infinity', 'NaN'],
	['subtract', '1', '1.000', '0.000'],
	['multiply', '1.50', '-2.0', '-3.000'],
	['multiply', '0', '-5', '0'],
	['multiply', 'Infinity', '0', 'NaN'],
	['multiply', '94906266', '94906267', '9007199420969022'],
	['divide', '1', '3', '0.33333333333333333333'],
	['divide', '2', '3', '0.66666666666666666667'],
	['divide', '10', '3', '3.3333333333333333'],
	['divide', '1000000', '3', '333333.333333333333'],
	['divide', '1', '7000', '0.00014285714285714286'],
	['divide', '0.001', '3', '0.00033333333333333333'],
	['divide', '1e20', '3', '33333333333333333333'],
	['divide', '7', '1000000', '0.000007000000000000000000'],
	['divide', '1.5', '0.3', '5.0000000000000000'],
	['divide', '0', '5.00', '0.00000000000000000000'],
	['divide', '1e-10', '3', '0.0000000000333333333333333333'],
	['divide', '5', 'Infinity', '0'],
	['divide', 'NaN', '0', 'NaN'],
	['modulo', '-7', '3', '-1'],
	['modulo', '7.5', '-2', '1.5'],
	['modulo', '5', 'Infinity', '5'],
	['divideInteger', '7.5', '2', '3'],
	['divideInteger', '-7.5', '2.1', '-3'],
	['power', '2', '0.5', '1.4142135623730950'],
	['power', '2', '100', '1267650600228229401496703205376.0000000000000000'],
	['power', '1.1', '-3', '0.7513148009015778'],
	['power', '0.5', '1.5', '0.3535533905932738'],
	['power', '-2', '3', '-8.0000000000000000'],
	['power', '10', '-20', '0.0000000000000000'],
	['log', '64', '2', '6.0000000000000000'],
	['log', '2', '1.1', '7.272540897341719'],
];

test('arithmetic has the digits and scales of PostgreSQL', () => {
	for (const [operation, left, right, expected] of BINARY) assert.equal(of(left)[operation](of(right)).toString(), expected, `${left} ${operation} ${right}`);
});

const UNARY: readonly (readonly ['sqrt' | 'exp' | 'ln' | 'log10' | 'ceil' | 'floor' | 'trimScale' | 'negate', string, string])[] = [
	['sqrt', '2', '1.414213562373095'],
	['sqrt', '10000.00', '100.0000000000000'],
	['sqrt', '1e-5', '0.0031622776601683793'],
	['sqrt', '1e20', '10000000000.00000'],
	['exp', '1', '2.7182818284590452'],
	['exp', '-10', '0.00004539992976248485'],
	['exp', '100', '26881171418161354484126255515800135873611119'],
	['ln', '2', '0.6931471805599453'],
	['ln', '0.99', '-0.010050335853501441'],
	['ln', '1e30', '69.077552789821371'],
	['log10', '2', '0.3010299956639812'],
	['log10', '100', '2.0000000000000000'],
	['ceil', '-0.5', '0'],
	['floor', '-0.5', '-1'],
	['trimScale', '1.2300', '1.23'],
	['trimScale', '100.00', '100'],
	['negate', '0.00', '0.00'],
];

test('functions have the digits and scales of PostgreSQL', () => {
	for (const [operation, value, expected] of UNARY) assert.equal(of(value)[operation]().toString(), expected, `${operation} ${value}`);
	assert.equal(of('1234.5678').round(-2).toString(), '1200');
	assert.equal(of('5').round(3).toString(), '5.000');
	assert.equal(of('-0.5').round().toString(), '-1');
	assert.equal(of('-1.99').truncate(1).toString(), '-1.9');
	assert.equal(of('19.9').truncate(-1).toString(), '10');
});

test('undefined results are refused with their SQLSTATE', () => {
	assert.throws(() => of('1').divide(Decimal.zero), { sqlstate: '22012' });
	assert.throws(() => of('-1').sqrt(), { sqlstate: '2201F' });
	assert.throws(() => of('0').ln(), { sqlstate: '2201E', message: 'cannot take logarithm of zero' });
	assert.throws(() => of('-1').ln(), { sqlstate: '2201E' });
	assert.throws(() => of('0').power(of('-1')), { sqlstate: '2201F' });
	assert.throws(() => of('-1').power(of('0.5')), { sqlstate: '2201F' });
	assert.throws(() => of('10000').exp(), { sqlstate: '22003' });
	assert.throws(() => of('1e131072'), { sqlstate: '22003', message: 'value overflows numeric format' });
	assert.throws(() => of('NaN').toInt4(), { sqlstate: '0A000', message: 'cannot convert NaN to integer' });
	assert.throws(() => of('2147483647.5').toInt4(), { sqlstate: '22003', message: 'integer out of range' });
	assert.throws(() => of('1e400').toNumber(), { sqlstate: '22003' });
});

test('precision and scale hold', () => {
	assert.equal(numericPrecision(numericTypmod(10, -2)), 10);
	assert.equal(numericScale(numericTypmod(10, -2)), -2);
	assert.equal(of('12345').applyTypmod(numericTypmod(3, -2)).toString(), '12300');
	assert.equal(of('0.00123').applyTypmod(numericTypmod(2, 4)).toString(), '0.0012');
	assert.throws(() => of('0.0123').applyTypmod(numericTypmod(2, 4)), {
		detail: 'A field with precision 2, scale 4 must round to an absolute value less than 10^-2.',
	});
	assert.throws(() => of('Infinity').applyTypmod(numericTypmod(5, 2)), { detail: 'A field with precision 5, scale 2 cannot hold an infinite value.' });
});

test('floats become decimals of 15 digits', () => {
	assert.equal(Decimal.fromFloat(0.1).toString(), '0.1');
	assert.equal(Decimal.fromFloat(1 / 3).toString(), '0.333333333333333');
	assert.equal(Decimal.fromFloat(1e22).toString(), '10000000000000000000000');
	assert.equal(Decimal.fromFloat(Math.fround(0.1), 6).toString(), '0.1');
	assert.equal(Decimal.fromFloat(-0).toString(), '0');
});

const finite = fc.tuple(fc.oneof(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.bigInt({ min: -1000n, max: 1000n })), fc.integer({ min: 0, max: 20 }));
const decimalOf = ([coefficient, scale]: readonly [bigint, number]): Decimal => new Decimal(fromBigInt(coefficient), scale);
const at40 = ([coefficient, scale]: readonly [bigint, number]): bigint => coefficient * 10n ** BigInt(40 - scale);

test('sums, products, quotients and comparisons are those of bigints', () => {
	fc.assert(
		fc.property(finite, finite, (left, right) => {
			const a = decimalOf(left);
			const b = decimalOf(right);
			assert.equal(at40([BigInt(a.add(b).coefficient), a.add(b).scale]), at40(left) + at40(right));
			assert.equal(at40([BigInt(a.subtract(b).coefficient), a.subtract(b).scale]), at40(left) - at40(right));
			assert.equal(BigInt(a.multiply(b).coefficient), left[0] * right[0]);
			assert.equal(a.compare(b), at40(left) < at40(right) ? -1 : at40(left) > at40(right) ? 1 : 0);
			if (right[0] === 0n) return;
			const quotient = a.divide(b);
			// |a − quotient × b| is at most half a unit of the quotient's last digit, times |b|.
			const error = a.subtract(quotient.multiply(b)).abs();
			assert.ok(error.multiply(of('2')).compare(b.abs().multiply(new Decimal(1, quotient.scale))) <= 0);
			assert.equal(a.modulo(b).add(a.divideInteger(b).multiply(b)).compare(a), 0);
		}),
		{ numRuns: 2000 },
	);
});

test('text and binary forms give back the same value and scale', () => {
	const target = new GrowingKeyBuffer(1);
	fc.assert(
		fc.property(finite, (parts) => {
			const value = decimalOf(parts);
			assert.deepEqual(of(value.toString()), value);
			target.reset();
			writeDecimal(value, target);
			assert.deepEqual(readDecimal(target.bytes, 0, target.length), value);
		}),
		{ numRuns: 2000 },
	);
	for (const value of [Decimal.nan, Decimal.infinity, Decimal.negativeInfinity, new Decimal(5, 300), new Decimal(-1, 16383)]) {
		target.reset();
		writeDecimal(value, target);
		assert.deepEqual(readDecimal(target.bytes, 0, target.length), value);
	}
});
