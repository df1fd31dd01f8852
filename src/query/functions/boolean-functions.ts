/**
 * Functions of bool beyond the connectives, which are part of the algebra.
 */
import type { ScalarFunction } from './contracts.ts';
import { scalar } from './define.ts';

export const booleanFunctions: readonly ScalarFunction[] = [
	scalar(2515, 'booland_statefunc(bool, bool) bool', (a: boolean, b: boolean) => a && b),
	scalar(2516, 'boolor_statefunc(bool, bool) bool', (a: boolean, b: boolean) => a || b),
];
