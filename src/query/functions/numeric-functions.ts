/**
 * Operators and functions of numeric. The arithmetic itself, with PostgreSQL's rules for result scales, is `Decimal`'s.
 */
import { sqlError } from '../../platform/errors.ts';
import { Decimal } from '../../value/decimal.ts';
import type { PgArray } from '../../value/pg-array.ts';
import type { CallInfo, OperatorEntry, ScalarFunction } from './contracts.ts';
import { bound, type Evaluate, operator, scalar } from './define.ts';
import { requireOrdering } from './type-comparison.ts';

const add = (a: Decimal, b: Decimal): Decimal => a.add(b);
const subtract = (a: Decimal, b: Decimal): Decimal => a.subtract(b);
const multiply = (a: Decimal, b: Decimal): Decimal => a.multiply(b);
const divide = (a: Decimal, b: Decimal): Decimal => a.divide(b);
const modulo = (a: Decimal, b: Decimal): Decimal => a.modulo(b);
const power = (a: Decimal, b: Decimal): Decimal => a.power(b);
const negate = (a: Decimal): Decimal => a.negate();
const abs = (a: Decimal): Decimal => a.abs();
const same = (a: Decimal): Decimal => a;
const divideInteger = (a: Decimal, b: Decimal): Decimal => a.divideInteger(b);
const ceil = (a: Decimal): Decimal => a.ceil();
const floor = (a: Decimal): Decimal => a.floor();
const exp = (a: Decimal): Decimal => a.exp();
const ln = (a: Decimal): Decimal => a.ln();
const log10 = (a: Decimal): Decimal => a.log10();
const logarithm = (base: Decimal, a: Decimal): Decimal => a.log(base);
const round = (a: Decimal, scale = 0): Decimal => a.round(scale);
const truncate = (a: Decimal, scale = 0): Decimal => a.truncate(scale);
const larger = (a: Decimal, b: Decimal): Decimal => (a.compare(b) > 0 ? a : b);
const smaller = (a: Decimal, b: Decimal): Decimal => (a.compare(b) < 0 ? a : b);
const sign = (a: Decimal): Decimal => (a.isNaN ? a : Decimal.fromInteger(a.sign));
const scaleOf = (a: Decimal): number | null => (a.isFinite ? a.scale : null);
const minScale = (a: Decimal): number | null => (a.isFinite ? a.minScale() : null);

/** Euclid's algorithm; the scale of the result is the greater one. */
function gcd(a: Decimal, b: Decimal): Decimal {
	if (!a.isFinite || !b.isFinite) return Decimal.nan;
	let x = a.abs();
	let y = b.abs();
	while (y.sign !== 0) [x, y] = [y, x.modulo(y)];
	return x.round(Math.max(a.scale, b.scale));
}

function lcm(a: Decimal, b: Decimal): Decimal {
	if (!a.isFinite || !b.isFinite) return Decimal.nan;
	const scale = Math.max(a.scale, b.scale);
	if (a.sign === 0 || b.sign === 0) return Decimal.zero.round(scale);
	return a.divideInteger(gcd(a, b)).multiply(b).abs().round(scale);
}

/** Which of `count` equal buckets between `low` and `high` a value is in; 0 below, count + 1 above. */
function widthBucket(value: Decimal, low: Decimal, high: Decimal, count: number): number {
	if (count <= 0) throw sqlError('2201G', 'count must be greater than zero');
	if (value.isNaN || low.isNaN || high.isNaN) throw sqlError('2201G', 'operand, lower bound, and upper bound cannot be NaN');
	if (!low.isFinite || !high.isFinite) throw sqlError('2201G', 'lower and upper bounds must be finite');
	const direction = low.compare(high);
	if (direction === 0) throw sqlError('2201G', 'lower bound cannot equal upper bound');
	const fromLow = value.compare(low) * -direction;
	if (fromLow < 0) return 0;
	if (value.compare(high) * -direction >= 0) {
		if (count === 2147483647) throw sqlError('22003', 'integer out of range');
		return count + 1;
	}
	return Number(value.subtract(low).multiply(Decimal.fromInteger(count)).divideInteger(high.subtract(low)).coefficient) + 1;
}

/** In a sorted array of lower bounds: how many are not above the value. */
function bindWidthBucketArray(info: CallInfo): Evaluate {
	const elementType = info.types.typeByOid(info.argumentTypes[1]!.elementOid)!;
	const compare = requireOrdering(elementType, info.types);
	return (value: unknown, thresholds: PgArray): number => {
		if (thresholds.dimensions.length > 1) throw sqlError('2202E', 'thresholds must be one-dimensional array');
		if (thresholds.elements.includes(null)) throw sqlError('22004', 'thresholds array must not contain NULLs');
		let low = 0;
		let high = thresholds.elements.length;
		while (low < high) {
			const middle = (low + high) >> 1;
			if (compare(value, thresholds.elements[middle]) < 0) high = middle;
			else low = middle + 1;
		}
		return low;
	};
}

/** RANGE frames of windows. */
function inRange(value: Decimal, base: Decimal, offset: Decimal, subtractOffset: boolean, less: boolean): boolean {
	if (offset.isNaN || offset.sign < 0) throw sqlError('22013', 'invalid preceding or following size in window function');
	if (value.isNaN) return base.isNaN || !less;
	if (base.isNaN) return less;
	if (!offset.isFinite && !base.isFinite && (subtractOffset ? base.sign > 0 : base.sign < 0)) return true;
	const limit = subtractOffset ? base.subtract(offset) : base.add(offset);
	const order = value.compare(limit);
	return less ? order <= 0 : order >= 0;
}

export const numericOperators: readonly OperatorEntry[] = [
	operator(1758, 'numeric + numeric', scalar(1724, 'numeric_add(numeric, numeric) numeric', add), '+'),
	operator(1759, 'numeric - numeric', scalar(1725, 'numeric_sub(numeric, numeric) numeric', subtract)),
	operator(1760, 'numeric * numeric', scalar(1726, 'numeric_mul(numeric, numeric) numeric', multiply), '*'),
	operator(1761, 'numeric / numeric', scalar(1727, 'numeric_div(numeric, numeric) numeric', divide)),
	operator(1762, 'numeric % numeric', scalar(1729, 'numeric_mod(numeric, numeric) numeric', modulo)),
	operator(1038, 'numeric ^ numeric', scalar(1739, 'numeric_power(numeric, numeric) numeric', power)),
	operator(1921, '+ numeric', scalar(1915, 'numeric_uplus(numeric) numeric', same)),
	operator(1751, '- numeric', scalar(1771, 'numeric_uminus(numeric) numeric', negate)),
	operator(1763, '@ numeric', scalar(1704, 'numeric_abs(numeric) numeric', abs)),
];

export const numericFunctions: readonly ScalarFunction[] = [
	scalar(1705, 'abs(numeric) numeric', abs),
	scalar(1711, 'ceil(numeric) numeric', ceil),
	scalar(2167, 'ceiling(numeric) numeric', ceil),
	scalar(1973, 'div(numeric, numeric) numeric', divideInteger),
	scalar(1980, 'numeric_div_trunc(numeric, numeric) numeric', divideInteger),
	scalar(1732, 'exp(numeric) numeric', exp),
	scalar(1733, 'numeric_exp(numeric) numeric', exp),
	scalar(1712, 'floor(numeric) numeric', floor),
	scalar(5048, 'gcd(numeric, numeric) numeric', gcd),
	scalar(5049, 'lcm(numeric, numeric) numeric', lcm),
	scalar(1734, 'ln(numeric) numeric', ln),
	scalar(1735, 'numeric_ln(numeric) numeric', ln),
	scalar(1736, 'log(numeric, numeric) numeric', logarithm),
	scalar(1737, 'numeric_log(numeric, numeric) numeric', logarithm),
	scalar(1741, 'log(numeric) numeric', log10),
	scalar(1481, 'log10(numeric) numeric', log10),
	scalar(5042, 'min_scale(numeric) int4', minScale),
	scalar(1728, 'mod(numeric, numeric) numeric', modulo),
	scalar(1738, 'pow(numeric, numeric) numeric', power),
	scalar(2169, 'power(numeric, numeric) numeric', power),
	scalar(1707, 'round(numeric, int4) numeric', round),
	scalar(1708, 'round(numeric) numeric', (a: Decimal) => a.round(0)),
	scalar(3281, 'scale(numeric) int4', scaleOf),
	scalar(1706, 'sign(numeric) numeric', sign),
	scalar(1730, 'sqrt(numeric) numeric', (a: Decimal) => a.sqrt()),
	scalar(1731, 'numeric_sqrt(numeric) numeric', (a: Decimal) => a.sqrt()),
	scalar(5043, 'trim_scale(numeric) numeric', (a: Decimal) => a.trimScale()),
	scalar(1709, 'trunc(numeric, int4) numeric', truncate),
	scalar(1710, 'trunc(numeric) numeric', (a: Decimal) => a.truncate(0)),
	scalar(2170, 'width_bucket(numeric, numeric, numeric, int4) int4', widthBucket),
	bound(3218, 'width_bucket(anycompatible, anycompatiblearray) int4', bindWidthBucketArray),
	scalar(1764, 'numeric_inc(numeric) numeric', (a: Decimal) => a.add(Decimal.one)),
	scalar(1767, 'numeric_larger(numeric, numeric) numeric', larger),
	scalar(1766, 'numeric_smaller(numeric, numeric) numeric', smaller),
	scalar(4141, 'in_range(numeric, numeric, numeric, bool, bool) bool', inRange),
];
