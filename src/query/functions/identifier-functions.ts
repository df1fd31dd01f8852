/**
 * Operators of the system's own identifiers: xid, cid, and the extremes of oid. Comparisons of xid8 and tid are with all others in
 * `comparison-functions.ts`.
 */
import type { Int8 } from '../../value/int8.ts';
import type { CastEntry, OperatorEntry, ScalarFunction } from './contracts.ts';
import { cast, operator, scalar } from './define.ts';
import { PRIMITIVE_EQUALITY, PRIMITIVE_ORDERING } from './type-comparison.ts';

const equal = (a: number, b: number): boolean => a === b;
const different = (a: number, b: number): boolean => a !== b;
/** An int4 counts as the unsigned number of its bits. */
const equalSigned = (a: number, b: number): boolean => a === b >>> 0;

const comparison = (sign: '=' | '<>') =>
	({
		comparison: { operator: sign, equality: PRIMITIVE_EQUALITY, ordering: PRIMITIVE_ORDERING },
		inline: ([a, b]: readonly string[]) => `(${a} ${sign === '=' ? '===' : '!=='} ${b})`,
	}) as const;

export const identifierOperators: readonly OperatorEntry[] = [
	operator(352, 'xid = xid', scalar(68, 'xideq(xid, xid) bool', equal, comparison('=')), '=', '<>'),
	operator(3315, 'xid <> xid', scalar(3308, 'xidneq(xid, xid) bool', different, comparison('<>')), '<>', '='),
	operator(353, 'xid = int4', scalar(1319, 'xideqint4(xid, int4) bool', equalSigned), '', '<>'),
	operator(
		3316,
		'xid <> int4',
		scalar(3309, 'xidneqint4(xid, int4) bool', (a: number, b: number) => !equalSigned(a, b)),
		'',
		'=',
	),
	operator(385, 'cid = cid', scalar(69, 'cideq(cid, cid) bool', equal, comparison('=')), '='),
];

export const identifierCasts: readonly CastEntry[] = [
	cast(
		'xid8',
		'xid',
		'explicit',
		scalar(5071, 'xid(xid8) xid', (value: Int8) => Number(BigInt.asUintN(32, BigInt(value)))),
	),
];

export const identifierFunctions: readonly ScalarFunction[] = [
	scalar(1965, 'oidlarger(oid, oid) oid', (a: number, b: number) => Math.max(a, b)),
	scalar(1966, 'oidsmaller(oid, oid) oid', (a: number, b: number) => Math.min(a, b)),
	scalar(5097, 'xid8_larger(xid8, xid8) xid8', (a: Int8, b: Int8) => (a > b ? a : b)),
	scalar(5098, 'xid8_smaller(xid8, xid8) xid8', (a: Int8, b: Int8) => (a < b ? a : b)),
];
