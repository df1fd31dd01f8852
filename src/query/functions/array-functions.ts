/**
 * Operators and functions of arrays. Arrays of several dimensions keep their elements flat, so most functions look at `elements`
 * alone and copy the shape; those PostgreSQL limits to one dimension say so.
 *
 * Source: PostgreSQL manual §9.19.
 */
import { sqlError } from '../../platform/errors.ts';
import { PgArray } from '../../value/pg-array.ts';
import type { CallInfo, FunctionContext, OperatorEntry, ScalarFunction } from './contracts.ts';
import { bound, boundContextual, type Evaluate, operator, scalar } from './define.ts';
import { requireEquality, requireOrdering } from './type-comparison.ts';
import { valueFormatter } from './value-conversion.ts';

const DIMENSIONS_MAX = 6;
const INT4_MAX = 2147483647;

type Equals = (left: unknown, right: unknown) => boolean;

/** Equality of the elements of the array at an argument. */
function elementEquals(info: CallInfo, argument = 0): Equals {
	const element = info.types.typeByOid(info.argumentTypes[argument]!.elementOid)!;
	return requireEquality(element, info.types).equals;
}

/** As IS NOT DISTINCT FROM. */
const same = (equals: Equals, left: unknown, right: unknown): boolean => (left === null || right === null ? left === right : equals(left, right));

function append(array: PgArray | null, element: unknown): PgArray {
	if (array === null || array.dimensions.length === 0) return PgArray.of([element]);
	if (array.dimensions.length > 1) throw notOneDimensional();
	return new PgArray([array.dimensions[0]! + 1], array.lowerBounds, [...array.elements, element]);
}

function prepend(element: unknown, array: PgArray | null): PgArray {
	if (array === null || array.dimensions.length === 0) return PgArray.of([element]);
	if (array.dimensions.length > 1) throw notOneDimensional();
	return new PgArray([array.dimensions[0]! + 1], array.lowerBounds, [element, ...array.elements]);
}

function notOneDimensional(): Error {
	return sqlError('22000', 'argument must be empty or one-dimensional array');
}

/** Joins along the outer dimension; an array of one dimension less counts as one more element of it. */
function concatenate(left: PgArray | null, right: PgArray | null): PgArray | null {
	if (left === null || right === null) return left ?? right;
	if (left.dimensions.length === 0) return right;
	if (right.dimensions.length === 0) return left;
	const difference = left.dimensions.length - right.dimensions.length;
	if (Math.abs(difference) > 1)
		throw incompatible(`Arrays of ${left.dimensions.length} and ${right.dimensions.length} dimensions are not compatible for concatenation.`);
	const elements = [...left.elements, ...right.elements];
	if (difference === 0) {
		checkInner(left.dimensions.slice(1), right.dimensions.slice(1), 'Arrays with differing element dimensions are not compatible for concatenation.');
		return new PgArray([left.dimensions[0]! + right.dimensions[0]!, ...left.dimensions.slice(1)], left.lowerBounds, elements);
	}
	const [outer, inner] = difference > 0 ? [left, right] : [right, left];
	checkInner(outer.dimensions.slice(1), inner.dimensions, 'Arrays with differing dimensions are not compatible for concatenation.');
	return new PgArray([outer.dimensions[0]! + 1, ...outer.dimensions.slice(1)], outer.lowerBounds, elements);
}

function checkInner(left: readonly number[], right: readonly number[], detail: string): void {
	if (left.some((length, index) => length !== right[index])) throw incompatible(detail);
}

function incompatible(detail: string): Error {
	return sqlError('2202E', 'cannot concatenate incompatible arrays', { detail });
}

function dimensionsText(array: PgArray): string | null {
	if (array.dimensions.length === 0) return null;
	return array.dimensions.map((length, index) => `[${array.lowerBounds[index]!}:${array.lowerBounds[index]! + length - 1}]`).join('');
}

const lengthOf = (array: PgArray, dimension: number): number | null => array.dimensions[dimension - 1] ?? null;
const lowerOf = (array: PgArray, dimension: number): number | null => array.lowerBounds[dimension - 1] ?? null;
const dimensionCount = (array: PgArray): number | null => array.dimensions.length || null;

function upperOf(array: PgArray, dimension: number): number | null {
	const length = array.dimensions[dimension - 1];
	return length === undefined ? null : array.lowerBounds[dimension - 1]! + length - 1;
}

function fill(value: unknown, dimensions: PgArray | null, lowerBounds: PgArray | null = null): PgArray {
	if (dimensions === null) throw sqlError('22004', 'dimension array or low bound array cannot be null');
	checkFillArray(dimensions);
	const lengths = dimensions.elements as readonly number[];
	if (lengths.length > DIMENSIONS_MAX)
		throw sqlError('54000', `number of array dimensions (${lengths.length}) exceeds the maximum allowed (${DIMENSIONS_MAX})`);
	const lower = lowerBounds === null ? lengths.map(() => 1) : fillBounds(lowerBounds, lengths.length);
	if (lengths.length === 0 || lengths.some((length) => length <= 0)) return PgArray.empty;
	const count = lengths.reduce((product, length) => product * length, 1);
	if (count > 134217727) throw sqlError('54000', 'array size exceeds the maximum allowed (134217727)');
	if (lengths.some((length, index) => lower[index]! + length > INT4_MAX)) throw sqlError('22003', 'integer out of range');
	return new PgArray(lengths, lower, new Array(count).fill(value));
}

function checkFillArray(array: PgArray): void {
	if (array.dimensions.length > 1) throw sqlError('2202E', 'wrong number of array subscripts', { detail: 'Dimension array must be one dimensional.' });
	if (array.elements.includes(null)) throw sqlError('22004', 'dimension values cannot be null');
}

function fillBounds(lowerBounds: PgArray, count: number): readonly number[] {
	checkFillArray(lowerBounds);
	if (lowerBounds.elements.length !== count) {
		throw sqlError('2202E', 'wrong number of array subscripts', { detail: 'Low bound array has different size than dimensions array.' });
	}
	return lowerBounds.elements as readonly number[];
}

function bindPosition(info: CallInfo): Evaluate {
	const equals = elementEquals(info);
	return (array: PgArray | null, element: unknown, start?: number | null): number | null => {
		if (array === null) return null;
		refuseDimensions(array, 'searching for elements in multidimensional arrays is not supported');
		if (start === null) throw sqlError('22004', 'initial position must not be null');
		const lower = array.lowerBounds[0] ?? 1;
		const from = start === undefined ? 0 : Math.max(start - lower, 0);
		for (let index = from; index < array.elements.length; index++) if (same(equals, array.elements[index], element)) return index + lower;
		return null;
	};
}

function refuseDimensions(array: PgArray, message: string): void {
	if (array.dimensions.length > 1) throw sqlError('0A000', message);
}

function bindPositions(info: CallInfo): Evaluate {
	const equals = elementEquals(info);
	return (array: PgArray | null, element: unknown): PgArray | null => {
		if (array === null) return null;
		refuseDimensions(array, 'searching for elements in multidimensional arrays is not supported');
		const lower = array.lowerBounds[0] ?? 1;
		const found: number[] = [];
		array.elements.forEach((value, index) => {
			if (same(equals, value, element)) found.push(index + lower);
		});
		return PgArray.of(found);
	};
}

function bindRemove(info: CallInfo): Evaluate {
	const equals = elementEquals(info);
	return (array: PgArray | null, element: unknown): PgArray | null => {
		if (array === null) return null;
		refuseDimensions(array, 'removing elements from multidimensional arrays is not supported');
		const kept = array.elements.filter((value) => !same(equals, value, element));
		if (kept.length === array.elements.length) return array;
		return kept.length === 0 ? PgArray.empty : new PgArray([kept.length], array.lowerBounds, kept);
	};
}

function bindReplace(info: CallInfo): Evaluate {
	const equals = elementEquals(info);
	return (array: PgArray | null, from: unknown, to: unknown): PgArray | null => {
		if (array === null) return null;
		const elements = array.elements.map((value) => (same(equals, value, from) ? to : value));
		return new PgArray(array.dimensions, array.lowerBounds, elements);
	};
}

function trim(array: PgArray, count: number): PgArray {
	const length = array.dimensions[0] ?? 0;
	if (count < 0 || count > length) throw sqlError('2202E', `number of elements to trim must be between 0 and ${length}`);
	if (count === length) return PgArray.empty;
	const kept = length - count;
	const rowLength = array.elements.length / length;
	return new PgArray(
		[kept, ...array.dimensions.slice(1)],
		array.lowerBounds.map(() => 1),
		array.elements.slice(0, kept * rowLength),
	);
}

function bindToText(info: CallInfo): Evaluate {
	const format = valueFormatter(info.types.typeByOid(info.argumentTypes[0]!.elementOid)!, info.types);
	return (context: FunctionContext, array: PgArray | null, delimiter: string | null, nullText: string | null = null): string | null => {
		if (array === null || delimiter === null) return null;
		const texts: string[] = [];
		for (const element of array.elements) {
			if (element !== null) texts.push(format(context, element));
			else if (nullText !== null) texts.push(nullText);
		}
		return texts.join(delimiter);
	};
}

/** Every element of the right array is in the left one; null is in no array. */
function contains(container: PgArray, contained: PgArray, equals: Equals): boolean {
	return contained.elements.every((wanted) => wanted !== null && container.elements.some((value) => value !== null && equals(value, wanted)));
}

function bindContains(info: CallInfo): Evaluate {
	const equals = elementEquals(info);
	return (left: PgArray, right: PgArray) => contains(left, right, equals);
}

function bindContained(info: CallInfo): Evaluate {
	const equals = elementEquals(info);
	return (left: PgArray, right: PgArray) => contains(right, left, equals);
}

function bindOverlaps(info: CallInfo): Evaluate {
	const equals = elementEquals(info);
	return (left: PgArray, right: PgArray) =>
		left.elements.some((value) => value !== null && right.elements.some((other) => other !== null && equals(value, other)));
}

function bindExtreme(direction: 1 | -1): (info: CallInfo) => Evaluate {
	return (info) => {
		const compare = requireOrdering(info.argumentTypes[0]!, info.types);
		return (left: unknown, right: unknown) => (compare(left, right) * direction > 0 ? left : right);
	};
}

const NULLS = { strict: false } as const;

export const arrayOperators: readonly OperatorEntry[] = [
	operator(2751, 'anyarray @> anyarray', bound(2748, 'arraycontains(anyarray, anyarray) bool', bindContains), '<@'),
	operator(2752, 'anyarray <@ anyarray', bound(2749, 'arraycontained(anyarray, anyarray) bool', bindContained), '@>'),
	operator(2750, 'anyarray && anyarray', bound(2747, 'arrayoverlap(anyarray, anyarray) bool', bindOverlaps), '&&'),
	operator(349, 'anycompatiblearray || anycompatible', scalar(378, 'array_append(anycompatiblearray, anycompatible) anycompatiblearray', append, NULLS)),
	operator(374, 'anycompatible || anycompatiblearray', scalar(379, 'array_prepend(anycompatible, anycompatiblearray) anycompatiblearray', prepend, NULLS)),
	operator(
		375,
		'anycompatiblearray || anycompatiblearray',
		scalar(383, 'array_cat(anycompatiblearray, anycompatiblearray) anycompatiblearray', concatenate, NULLS),
	),
];

export const arrayFunctions: readonly ScalarFunction[] = [
	scalar(747, 'array_dims(anyarray) text', dimensionsText),
	scalar(748, 'array_ndims(anyarray) int4', dimensionCount),
	scalar(2176, 'array_length(anyarray, int4) int4', lengthOf),
	scalar(2091, 'array_lower(anyarray, int4) int4', lowerOf),
	scalar(2092, 'array_upper(anyarray, int4) int4', upperOf),
	scalar(3179, 'cardinality(anyarray) int4', (array: PgArray) => array.elements.length),
	scalar(1193, 'array_fill(anyelement, _int4) anyarray', fill, NULLS),
	scalar(1286, 'array_fill(anyelement, _int4, _int4) anyarray', fill, NULLS),
	bound(3277, 'array_position(anycompatiblearray, anycompatible) int4', bindPosition, NULLS),
	bound(3278, 'array_position(anycompatiblearray, anycompatible, int4) int4', bindPosition, NULLS),
	bound(3279, 'array_positions(anycompatiblearray, anycompatible) _int4', bindPositions, NULLS),
	bound(3167, 'array_remove(anycompatiblearray, anycompatible) anycompatiblearray', bindRemove, NULLS),
	bound(3168, 'array_replace(anycompatiblearray, anycompatible, anycompatible) anycompatiblearray', bindReplace, NULLS),
	scalar(6172, 'trim_array(anyarray, int4) anyarray', trim),
	boundContextual(384, 'array_to_string(anyarray, text, text) text', bindToText, NULLS),
	boundContextual(395, 'array_to_string(anyarray, text) text', bindToText),
	bound(515, 'array_larger(anyarray, anyarray) anyarray', bindExtreme(1)),
	bound(516, 'array_smaller(anyarray, anyarray) anyarray', bindExtreme(-1)),
];
