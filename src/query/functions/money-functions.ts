/**
 * Operators and functions of money: an int8 of cents. Products and quotients round to the nearest cent.
 */
import { sqlError } from '../../platform/errors.ts';
import { Decimal } from '../../value/decimal.ts';
import { addInt8, checkInt8, divideInt8, type Int8, multiplyInt8, subtractInt8 } from '../../value/int8.ts';
import type { AggregateFunction, CastEntry, OperatorEntry, ScalarFunction } from './contracts.ts';
import { aggregate, cast, operator, scalar } from './define.ts';
import { roundHalfEven } from './float-functions.ts';

const CENTS = Decimal.fromInteger(100);

function fromFloat(cents: number): Int8 {
	const rounded = roundHalfEven(cents);
	if (!Number.isFinite(rounded)) throw sqlError('22003', 'bigint out of range');
	return checkInt8(BigInt(rounded));
}

const timesFloat = (money: Int8, factor: number): Int8 => fromFloat(Number(money) * factor);

function overFloat(money: Int8, divisor: number): Int8 {
	if (divisor === 0) throw sqlError('22012', 'division by zero');
	return fromFloat(Number(money) / divisor);
}

function overMoney(money: Int8, divisor: Int8): number {
	if (divisor === 0) throw sqlError('22012', 'division by zero');
	return Number(money) / Number(divisor);
}

const swapped =
	<A, B>(compute: (money: A, factor: B) => Int8) =>
	(factor: B, money: A): Int8 =>
		compute(money, factor);

const fromInteger = (value: Int8): Int8 => multiplyInt8(value, 100);
const fromDecimal = (value: Decimal): Int8 => value.multiply(CENTS).toInt8();
const toDecimal = (money: Int8): Decimal => Decimal.fromInteger(money).divide(CENTS).round(2);

const STABLE = { volatility: 'stable' } as const;

export const moneyOperators: readonly OperatorEntry[] = [
	operator(906, 'money + money', scalar(894, 'cash_pl(money, money) money', addInt8), '+'),
	operator(907, 'money - money', scalar(895, 'cash_mi(money, money) money', subtractInt8)),
	operator(3825, 'money / money', scalar(3822, 'cash_div_cash(money, money) float8', overMoney)),
	operator(843, 'money * float4', scalar(846, 'cash_mul_flt4(money, float4) money', timesFloat), '*'),
	operator(845, 'float4 * money', scalar(848, 'flt4_mul_cash(float4, money) money', swapped(timesFloat)), '*'),
	operator(908, 'money * float8', scalar(896, 'cash_mul_flt8(money, float8) money', timesFloat), '*'),
	operator(916, 'float8 * money', scalar(919, 'flt8_mul_cash(float8, money) money', swapped(timesFloat)), '*'),
	operator(914, 'money * int2', scalar(866, 'cash_mul_int2(money, int2) money', multiplyInt8), '*'),
	operator(918, 'int2 * money', scalar(863, 'int2_mul_cash(int2, money) money', multiplyInt8), '*'),
	operator(912, 'money * int4', scalar(864, 'cash_mul_int4(money, int4) money', multiplyInt8), '*'),
	operator(917, 'int4 * money', scalar(862, 'int4_mul_cash(int4, money) money', multiplyInt8), '*'),
	operator(3346, 'money * int8', scalar(3344, 'cash_mul_int8(money, int8) money', multiplyInt8), '*'),
	operator(3349, 'int8 * money', scalar(3399, 'int8_mul_cash(int8, money) money', multiplyInt8), '*'),
	operator(844, 'money / float4', scalar(847, 'cash_div_flt4(money, float4) money', overFloat)),
	operator(909, 'money / float8', scalar(897, 'cash_div_flt8(money, float8) money', overFloat)),
	operator(915, 'money / int2', scalar(867, 'cash_div_int2(money, int2) money', divideInt8)),
	operator(913, 'money / int4', scalar(865, 'cash_div_int4(money, int4) money', divideInt8)),
	operator(3347, 'money / int8', scalar(3345, 'cash_div_int8(money, int8) money', divideInt8)),
];

export const moneyCasts: readonly CastEntry[] = [
	cast('money', 'numeric', 'assignment', scalar(3823, 'numeric(money) numeric', toDecimal, STABLE)),
	cast('numeric', 'money', 'assignment', scalar(3824, 'money(numeric) money', fromDecimal, STABLE)),
	cast('int4', 'money', 'assignment', scalar(3811, 'money(int4) money', fromInteger, STABLE)),
	cast('int8', 'money', 'assignment', scalar(3812, 'money(int8) money', fromInteger, STABLE)),
];

export const moneyFunctions: readonly ScalarFunction[] = [
	scalar(898, 'cashlarger(money, money) money', (a: Int8, b: Int8) => (a > b ? a : b)),
	scalar(899, 'cashsmaller(money, money) money', (a: Int8, b: Int8) => (a < b ? a : b)),
];

export const moneyAggregates: readonly AggregateFunction[] = [
	aggregate(2112, 'sum(money) money', {
		create: () => null,
		step: (state: Int8 | null, value: Int8) => (state === null ? value : addInt8(state, value)),
		finish: (state: Int8 | null) => state,
	}),
];
