/** UPDATE t SET a[i] = x, a[i:j] = y: PostgreSQL's rules for growing and filling arrays (array_set_element, array_set_slice). */
import { sqlError } from '../../platform/errors.ts';
import type { ScalarFunction } from '../../query/functions/contracts.ts';
import { PgArray } from '../../value/pg-array.ts';
import type { Type } from '../../value/type.ts';

const ELEMENTS_MAX = 0x7ffffff;

function arrayFunction(name: string, type: Type, evaluate: (...values: unknown[]) => unknown): ScalarFunction {
	return {
		kind: 'scalar',
		name,
		argumentOids: [type.oid],
		returnOid: type.oid,
		variadicOid: 0,
		volatility: 'immutable',
		oid: 0,
		strict: false,
		context: false,
		evaluate: evaluate as NonNullable<ScalarFunction['evaluate']>,
	};
}

/** (array, value, subscript …) → array. */
export function assignElement(type: Type): ScalarFunction {
	return arrayFunction('array_set_element', type, (array, value, ...subscripts) => setElement(array as PgArray | null, value, subscripts as (number | null)[]));
}

/** (array, values, lower, upper, …) → array; a null bound is that of the array. */
export function assignSlice(type: Type): ScalarFunction {
	return arrayFunction('array_set_slice', type, (array, values, ...bounds) =>
		setSlice(array as PgArray | null, values as PgArray | null, bounds as (number | null)[]),
	);
}

function setElement(given: PgArray | null, value: unknown, subscripts: readonly (number | null)[]): PgArray {
	if (subscripts.includes(null)) throw sqlError('22004', 'array subscript in assignment must not be null');
	const at = subscripts as readonly number[];
	const array = given ?? PgArray.empty;
	if (array.dimensions.length === 0)
		return new PgArray(
			at.map(() => 1),
			[...at],
			[value],
		);
	if (array.dimensions.length !== at.length) throw sqlError('2202E', 'wrong number of array subscripts');
	if (at.length === 1) return setInVector(array, value, at[0]!);
	let offset = 0;
	for (let d = 0; d < at.length; d++) {
		const index = at[d]! - array.lowerBounds[d]!;
		if (index < 0 || index >= array.dimensions[d]!) throw sqlError('2202E', 'array subscript out of range');
		offset = offset * array.dimensions[d]! + index;
	}
	const elements = [...array.elements];
	elements[offset] = value;
	return new PgArray(array.dimensions, array.lowerBounds, elements);
}

/** One dimension grows at either end, with nulls in between. */
function setInVector(array: PgArray, value: unknown, at: number): PgArray {
	const lower = Math.min(array.lowerBounds[0]!, at);
	const upper = Math.max(array.lowerBounds[0]! + array.dimensions[0]! - 1, at);
	const length = upper - lower + 1;
	if (length > ELEMENTS_MAX) throw sqlError('54000', `array size exceeds the maximum allowed (${ELEMENTS_MAX})`);
	const shift = array.lowerBounds[0]! - lower;
	const elements: unknown[] = new Array(length).fill(null);
	for (let i = 0; i < array.elements.length; i++) elements[i + shift] = array.elements[i];
	elements[at - lower] = value;
	return new PgArray([length], [lower], elements);
}

function setSlice(given: PgArray | null, values: PgArray | null, bounds: readonly (number | null)[]): PgArray | null {
	if (values === null) return given;
	const array = given ?? PgArray.empty;
	const dimensions = bounds.length / 2;
	if (array.dimensions.length === 0) return newFromSlice(values, bounds, dimensions);
	if (array.dimensions.length !== dimensions) throw sqlError('2202E', 'wrong number of array subscripts');
	if (dimensions === 1) return setVectorSlice(array, values, bounds[0] ?? array.lowerBounds[0]!, bounds[1] ?? array.lowerBounds[0]! + array.dimensions[0]! - 1);
	return setInnerSlice(array, values, bounds);
}

function newFromSlice(values: PgArray, bounds: readonly (number | null)[], dimensions: number): PgArray {
	const lowers: number[] = [];
	const lengths: number[] = [];
	for (let d = 0; d < dimensions; d++) {
		const lower = bounds[d * 2] ?? null;
		const upper = bounds[d * 2 + 1] ?? null;
		if (lower === null || upper === null)
			throw sqlError('2202E', 'array slice subscript must provide both boundaries', {
				detail: 'When assigning to a slice of an empty array value, slice boundaries must be fully specified.',
			});
		lowers.push(lower);
		lengths.push(upper - lower + 1);
	}
	const count = lengths.reduce((product, n) => product * n, 1);
	if (count > values.elements.length) throw sqlError('2202E', 'source array too small');
	return new PgArray(lengths, lowers, values.elements.slice(0, count));
}

function setVectorSlice(array: PgArray, values: PgArray, lower: number, upper: number): PgArray {
	if (lower > upper) throw sqlError('2202E', 'upper bound cannot be less than lower bound');
	const count = upper - lower + 1;
	if (count > values.elements.length) throw sqlError('2202E', 'source array too small');
	let result = array;
	for (let i = 0; i < count; i++) result = setInVector(result, values.elements[i], lower + i);
	return result;
}

function setInnerSlice(array: PgArray, values: PgArray, bounds: readonly (number | null)[]): PgArray {
	const lowers = array.dimensions.map((_, d) => bounds[d * 2] ?? array.lowerBounds[d]!);
	const uppers = array.dimensions.map((n, d) => bounds[d * 2 + 1] ?? array.lowerBounds[d]! + n - 1);
	for (let d = 0; d < lowers.length; d++) {
		if (lowers[d]! > uppers[d]! || lowers[d]! < array.lowerBounds[d]! || uppers[d]! >= array.lowerBounds[d]! + array.dimensions[d]!)
			throw sqlError('2202E', 'array subscript out of range');
	}
	const count = lowers.reduce((product, lower, d) => product * (uppers[d]! - lower + 1), 1);
	if (count > values.elements.length) throw sqlError('2202E', 'source array too small');
	const elements = [...array.elements];
	const at = [...lowers];
	for (let i = 0; i < count; i++) {
		const offset = at.reduce((sum, index, d) => sum * array.dimensions[d]! + index - array.lowerBounds[d]!, 0);
		elements[offset] = values.elements[i];
		for (let d = at.length - 1; d >= 0; d--) {
			if (++at[d]! <= uppers[d]!) break;
			at[d] = lowers[d]!;
		}
	}
	return new PgArray(array.dimensions, array.lowerBounds, elements);
}
