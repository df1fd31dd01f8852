/**
 * Functions of enum types. enum_first and its kin look at the type of their argument, not at its value.
 */
import { PgArray } from '../../value/pg-array.ts';
import type { CallInfo, ScalarFunction } from './contracts.ts';
import { bound, type Evaluate } from './define.ts';
import { requireOrdering } from './type-comparison.ts';

const labelsOf = (info: CallInfo): readonly string[] => info.argumentTypes[0]!.enumLabels;

function bindFirst(info: CallInfo): Evaluate {
	const label = labelsOf(info)[0] ?? null;
	return () => label;
}

function bindLast(info: CallInfo): Evaluate {
	const labels = labelsOf(info);
	const label = labels[labels.length - 1] ?? null;
	return () => label;
}

/** All labels, or those from one to another; a null bound is open. */
function bindRange(info: CallInfo): Evaluate {
	const labels = labelsOf(info);
	const isWhole = info.argumentTypes.length === 1;
	return (from: string | null, to: string | null): PgArray => {
		if (isWhole) return PgArray.of(labels);
		const start = from === null ? 0 : labels.indexOf(from);
		const end = to === null ? labels.length : labels.indexOf(to) + 1;
		return PgArray.of(labels.slice(start, end));
	};
}

function bindExtreme(direction: 1 | -1): (info: CallInfo) => Evaluate {
	return (info) => {
		const compare = requireOrdering(info.argumentTypes[0]!, info.types);
		return (left: unknown, right: unknown) => (compare(left, right) * direction >= 0 ? left : right);
	};
}

const OPTIONS = { strict: false, volatility: 'stable' } as const;

export const enumFunctions: readonly ScalarFunction[] = [
	bound(3528, 'enum_first(anyenum) anyenum', bindFirst, OPTIONS),
	bound(3529, 'enum_last(anyenum) anyenum', bindLast, OPTIONS),
	bound(3530, 'enum_range(anyenum, anyenum) anyarray', bindRange, OPTIONS),
	bound(3531, 'enum_range(anyenum) anyarray', bindRange, OPTIONS),
	bound(3525, 'enum_larger(anyenum, anyenum) anyenum', bindExtreme(1)),
	bound(3524, 'enum_smaller(anyenum, anyenum) anyenum', bindExtreme(-1)),
];
