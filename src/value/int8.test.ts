/** Integers: one form per value, exact at the borders of 2^53 and 2^63. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import * as int8 from './int8.ts';

const BORDERS = [0n, 1n, -1n, 2n ** 31n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n), 3037000500n];
const any = fc.oneof(fc.constantFrom(...BORDERS), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: -1000n, max: 1000n }));

const OPERATIONS: readonly (readonly [string, (a: int8.Int8, b: int8.Int8) => int8.Int8, (a: bigint, b: bigint) => bigint])[] = [
	['+', int8.addInt8, (a, b) => a + b],
	['-', int8.subtractInt8, (a, b) => a - b],
	['*', int8.multiplyInt8, (a, b) => a * b],
	['/', int8.divideInt8, (a, b) => a / b],
	['%', int8.moduloInt8, (a, b) => a % b],
	['&', int8.andInt8, (a, b) => a & b],
	['|', int8.orInt8, (a, b) => a | b],
	['#', int8.xorInt8, (a, b) => a ^ b],
];

for (const [name, operation, oracle] of OPERATIONS) {
	test(`${name} of bigint is exact, in normal form, or out of range`, () => {
		fc.assert(
			fc.property(any, any, (a, b) => {
				const [left, right] = [int8.fromBigInt(a), int8.fromBigInt(b)];
				if (b === 0n && (name === '/' || name === '%')) {
					assert.throws(() => operation(left, right), { sqlstate: '22012', message: 'division by zero' });
					return;
				}
				const expected = oracle(a, b);
				if (BigInt.asIntN(64, expected) !== expected) assert.throws(() => operation(left, right), { sqlstate: '22003', message: 'bigint out of range' });
				else assert.ok(Object.is(operation(left, right), int8.fromBigInt(expected)), `${a} ${name} ${b}`);
			}),
			{ numRuns: 1000 },
		);
	});
}

test('integers wrap nowhere', () => {
	assert.throws(() => int8.addInt4(2147483647, 1), { sqlstate: '22003', message: 'integer out of range' });
	assert.throws(() => int8.multiplyInt4(65536, 65536), { sqlstate: '22003' });
	assert.throws(() => int8.divideInt4(-2147483648, -1), { sqlstate: '22003' });
	assert.throws(() => int8.negateInt8(-(2n ** 63n)), { sqlstate: '22003' });
	assert.ok(Object.is(int8.multiplyInt4(0, -5), 0));
	assert.ok(Object.is(int8.divideInt4(-1, 2), 0));
	assert.ok(Object.is(int8.moduloInt4(-4, 2), 0));
	assert.equal(int8.divideInt4(-7, 2), -3);
	assert.equal(int8.moduloInt4(-7, 3), -1);
});

test('floats are rounded half to even', () => {
	assert.deepEqual([0.5, 1.5, 2.5, -0.5, -1.5, 0.4999999999999999].map(int8.floatToInt4), [0, 2, 2, 0, -2, 0]);
	assert.ok(Object.is(int8.floatToInt4(-0.2), 0));
	assert.equal(int8.floatToInt8(2 ** 60), 2n ** 60n);
	assert.throws(() => int8.floatToInt8(2 ** 63), { sqlstate: '22003' });
	assert.throws(() => int8.floatToInt4(Number.NaN), { sqlstate: '22003', message: 'integer out of range' });
});

test('shifts are those of 64 bits', () => {
	assert.equal(int8.shiftLeftInt8(1, 63), -(2n ** 63n));
	assert.equal(int8.shiftLeftInt8(1, 64), 1);
	assert.equal(int8.shiftRightInt8(-8, 1), -4);
	assert.equal(int8.notInt8(0), -1);
});
