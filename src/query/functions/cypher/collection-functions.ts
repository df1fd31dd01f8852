/**
 * Cypher's functions of lists, maps and strings as sequences: constructors, subscripts, slices, `size`, `head`, `range` and so on.
 * Positions count from 0; negative ones count from the end. What lies outside a list is null.
 */
import { cypherError } from '../../../platform/cypher-errors.ts';
import { type DynamicList, type DynamicValue, isIntegerValue, isListValue, isMapValue, kindName } from '../../../value/dynamic.ts';
import { fromBigInt, type Int8 } from '../../../value/int8.ts';
import type { ScalarFunction, SetFunction } from '../contracts.ts';
import { scalar, set } from '../define.ts';
import { propertyOf } from './property-functions.ts';

/** Of `range`: 256 MiB. */
const RANGE_LENGTH_MAX = 2 ** 25;

/** `[a, b, …]`: as many arguments as elements. */
export const LIST: ScalarFunction = scalar(0, 'list(variadic any) dynamic', (...items: DynamicList) => items, { strict: false });

/** `{a: x, b: y}`: keys and values in turn. */
export const MAP: ScalarFunction = scalar(
	0,
	'map(variadic any) dynamic',
	(...parts: DynamicList) => {
		const map = new Map<string, DynamicValue>();
		for (let index = 0; index < parts.length; index += 2) map.set(parts[index] as string, parts[index + 1]!);
		return map;
	},
	{ strict: false },
);

/** The entries of both maps, of equal keys those of the second. */
export const MERGE_MAPS: ScalarFunction = scalar(0, 'mergeMaps(dynamic, dynamic) dynamic', (base: DynamicValue, more: DynamicValue) => {
	if (!isMapValue(base) || !isMapValue(more)) throw cypherError('TypeError', `${kindName(base)} is no map`);
	return new Map([...base, ...more]);
});

function outOfRange(position: DynamicValue): Error {
	return cypherError('TypeError', `a position in a list is an Integer, not ${kindName(position)}`);
}

/** `subject[index]`: of a list by position, of a map, node or relationship by key. */
function at(subject: DynamicValue, index: DynamicValue): DynamicValue {
	if (isListValue(subject)) {
		if (!isIntegerValue(index)) throw outOfRange(index);
		const position = Number(index);
		return subject[position < 0 ? subject.length + position : position] ?? null;
	}
	if (typeof index !== 'string') {
		const kind = isMapValue(subject) ? 'a map' : kindName(subject);
		throw cypherError('TypeError', `${kind} cannot be asked for an element by ${kindName(index)}`);
	}
	return propertyOf(subject, index);
}

/** A bound of a slice as a position from 0 to the list's length. */
function bound(value: DynamicValue, length: number): number {
	if (!isIntegerValue(value)) throw outOfRange(value);
	const position = Number(value);
	return Math.min(length, Math.max(0, position < 0 ? length + position : position));
}

function asList(value: DynamicValue, name: string): DynamicList {
	if (isListValue(value)) return value;
	throw cypherError('TypeError', `${name} takes a list, not ${kindName(value)}`);
}

/** `list[from..to]`. */
function slice(list: DynamicValue, from: DynamicValue, to: DynamicValue): DynamicList {
	const items = asList(list, 'a slice');
	return items.slice(bound(from, items.length), bound(to, items.length));
}

/** By which bounds are written. Each is null when a bound given is. */
export const SLICES: Readonly<Record<'both' | 'from' | 'to' | 'none', ScalarFunction>> = {
	both: scalar(0, 'slice(dynamic, dynamic, dynamic) dynamic', slice),
	from: scalar(0, 'sliceFrom(dynamic, dynamic) dynamic', (list: DynamicValue, from: DynamicValue) => slice(list, from, asList(list, 'a slice').length)),
	to: scalar(0, 'sliceTo(dynamic, dynamic) dynamic', (list: DynamicValue, to: DynamicValue) => slice(list, 0, to)),
	none: scalar(0, 'sliceAll(dynamic) dynamic', (list: DynamicValue) => asList(list, 'a slice')),
};

export const AT: ScalarFunction = scalar(0, 'at(dynamic, dynamic) dynamic', at);

function size(value: DynamicValue): number {
	if (typeof value === 'string') return value.length;
	if (isListValue(value)) return value.length;
	if (isMapValue(value)) return value.size;
	throw cypherError('TypeError', `size() takes a string or a list, not ${kindName(value)}`);
}

function range(from: DynamicValue, to: DynamicValue, step: DynamicValue = 1): DynamicList {
	const [start, end, stride] = rangeOf(from, to, step);
	if (stride > 0 ? end < start : end > start) return [];
	const count = Number((BigInt(end) - BigInt(start)) / BigInt(stride)) + 1;
	if (count > RANGE_LENGTH_MAX) throw cypherError('ArgumentError', `range() gives at most ${RANGE_LENGTH_MAX} elements, not ${count}`);
	return [...rangeValues(start, end, stride)];
}

function rangeOf(...values: readonly DynamicValue[]): readonly [start: Int8, end: Int8, stride: Int8] {
	for (const value of values) {
		if (!isIntegerValue(value)) throw cypherError('ArgumentError', `range() takes integers, not ${kindName(value)}`);
	}
	const [start, end, stride] = values as readonly [Int8, Int8, Int8];
	if (stride === 0) throw cypherError('ArgumentError', 'the step of range() must not be 0');
	return [start, end, stride];
}

function* rangeValues(start: Int8, end: Int8, stride: Int8): Iterable<Int8> {
	if (typeof start === 'number' && typeof end === 'number' && typeof stride === 'number' && Number.isSafeInteger(end + stride)) {
		for (let value = start; stride > 0 ? value <= end : value >= end; value += stride) yield value;
		return;
	}
	const [last, step] = [BigInt(end), BigInt(stride)];
	for (let value = BigInt(start); step > 0n ? value <= last : value >= last; value += step) yield fromBigInt(value);
}

/** Rows of UNWIND: a list's elements, or any other value by itself. */
export const unwind: SetFunction = set(0, 'unwind(dynamic) dynamic', (value: DynamicValue) => (isListValue(value) ? value : [value]));

const rangeRows = (from: DynamicValue, to: DynamicValue, step: DynamicValue = 1): Iterable<Int8> => rangeValues(...rangeOf(from, to, step));

function reverse(value: DynamicValue): DynamicValue {
	if (typeof value === 'string') return [...value].reverse().join('');
	if (isListValue(value)) return [...value].reverse();
	throw cypherError('TypeError', `reverse() takes a string or a list, not ${kindName(value)}`);
}

/** A long list shall not be made with the plan and stay as long as it. */
const NOT_FOLDED = { volatility: 'stable' } as const;

/** `range`, and for each of its forms the same as rows that are made one by one. */
const RANGES: ReadonlyMap<ScalarFunction, SetFunction> = new Map([
	[scalar(0, 'range(dynamic, dynamic) dynamic', range, NOT_FOLDED), set(0, 'range(dynamic, dynamic) dynamic', rangeRows)],
	[scalar(0, 'range(dynamic, dynamic, dynamic) dynamic', range, NOT_FOLDED), set(0, 'range(dynamic, dynamic, dynamic) dynamic', rangeRows)],
]);

/** What gives the elements of a function's list as rows without making the list; undefined: there is no such thing. */
export const elementsOf = (listing: ScalarFunction): SetFunction | undefined => RANGES.get(listing);

export const collectionFunctions: readonly ScalarFunction[] = [
	scalar(0, 'size(dynamic) int8', size),
	scalar(0, 'head(dynamic) dynamic', (list: DynamicValue) => asList(list, 'head()')[0] ?? null),
	scalar(0, 'last(dynamic) dynamic', (list: DynamicValue) => asList(list, 'last()').at(-1) ?? null),
	scalar(0, 'tail(dynamic) dynamic', (list: DynamicValue) => asList(list, 'tail()').slice(1)),
	scalar(0, 'reverse(dynamic) dynamic', reverse),
	...RANGES.keys(),
];
