/** Arrays, rows and lists of values at run time: what generated code calls for expressions too large to write inline. */
import { sqlError } from '../../../platform/errors.ts';
import { PgArray } from '../../../value/pg-array.ts';
import type { FunctionContext, Ordering } from '../../functions/contracts.ts';
import { jsonbAt } from './jsonb-subscript.ts';

type AnyFunction = (...values: unknown[]) => unknown;

/** IS NULL of a row (every field is null), or with `negated` IS NOT NULL (no field is). */
export function isNullRow(row: unknown, negated: boolean): boolean {
	if (row === null) return !negated;
	if (!Array.isArray(row)) return negated;
	for (const field of row) if ((field === null) === negated) return false;
	return true;
}

/** The array constructor. */
export function arrayOf(nested: boolean): (elements: readonly unknown[]) => PgArray {
	return nested ? nestedArray : (elements) => (elements.length === 0 ? PgArray.empty : new PgArray([elements.length], [1], elements));
}

function nestedArray(operands: readonly unknown[]): PgArray {
	const first = operands[0] as PgArray | null | undefined;
	const dimensions = first?.dimensions ?? [];
	const elements: unknown[] = [];
	for (const operand of operands) {
		const array = operand as PgArray | null;
		const own = array?.dimensions ?? [];
		if (own.length !== dimensions.length || own.some((d, i) => d !== dimensions[i]))
			throw sqlError('2202E', 'multidimensional arrays must have array expressions with matching dimensions');
		if (array !== null) for (const element of array.elements) elements.push(element);
	}
	if (elements.length === 0) return PgArray.empty;
	return new PgArray([operands.length, ...dimensions], [1, ...dimensions.map(() => 1)], elements);
}

/** GREATEST and LEAST: nulls are left out. */
export function extremeOf(ordering: Ordering, greatest: boolean): (values: readonly unknown[]) => unknown {
	const sign = greatest ? 1 : -1;
	return (values) => {
		let best: unknown = null;
		for (const value of values) if (value !== null && (best === null || ordering.compare(value, best) * sign > 0)) best = value;
		return best;
	};
}

/** `left op ANY|ALL (array)`, three-valued. */
export function quantified(
	call: AnyFunction,
	strict: boolean,
	context: boolean,
	all: boolean,
): (functions: FunctionContext | null, left: unknown, array: unknown) => boolean | null {
	return (functions, left, array) => {
		if (array === null) return null;
		const elements = (array as PgArray).elements;
		if (elements.length === 0) return all;
		if (left === null && strict) return null;
		let sawNull = false;
		for (const element of elements) {
			const result = element === null && strict ? null : context ? call(functions, left, element) : call(left, element);
			if (result === null) sawNull = true;
			else if (result !== all) return !all;
		}
		return sawNull ? null : all;
	};
}

/** Reads an element or a slice of an array, or into a jsonb value. `undefined` is a bound left out. */
export function subscript(isJsonb: boolean, isSlice: boolean): (value: unknown, subscripts: readonly unknown[]) => unknown {
	if (isJsonb) return (value, path) => (value === null || path.includes(null) ? null : jsonbAt(value, path));
	if (isSlice) return slice;
	return element;
}

function element(value: unknown, subscripts: readonly unknown[]): unknown {
	if (value === null) return null;
	const array = value as PgArray;
	if (array.dimensions.length !== subscripts.length) return null;
	let index = 0;
	for (let d = 0; d < subscripts.length; d++) {
		const at = subscripts[d] as number | null;
		if (at === null) return null;
		const place = at - array.lowerBounds[d]!;
		if (place < 0 || place >= array.dimensions[d]!) return null;
		index = index * array.dimensions[d]! + place;
	}
	return array.elements[index]!;
}

function slice(value: unknown, subscripts: readonly unknown[]): unknown {
	if (value === null || subscripts.includes(null)) return null;
	const array = value as PgArray;
	const count = array.dimensions.length;
	if (count === 0 || subscripts.length / 2 > count) return PgArray.empty;
	const from: number[] = [];
	const lengths: number[] = [];
	for (let d = 0; d < count; d++) {
		const low = array.lowerBounds[d]!;
		const high = low + array.dimensions[d]! - 1;
		const start = Math.max(low, (subscripts[2 * d] as number | undefined) ?? low);
		const end = Math.min(high, (subscripts[2 * d + 1] as number | undefined) ?? high);
		if (end < start) return PgArray.empty;
		from.push(start - low);
		lengths.push(end - start + 1);
	}
	const elements: unknown[] = [];
	copySlice(array, from, lengths, 0, 0, elements);
	return new PgArray(
		lengths,
		lengths.map(() => 1),
		elements,
	);
}

function copySlice(array: PgArray, from: readonly number[], lengths: readonly number[], dimension: number, base: number, into: unknown[]): void {
	const width = array.dimensions[dimension]!;
	for (let i = 0; i < lengths[dimension]!; i++) {
		const index = base * width + from[dimension]! + i;
		if (dimension === lengths.length - 1) into.push(array.elements[index]!);
		else copySlice(array, from, lengths, dimension + 1, index, into);
	}
}
