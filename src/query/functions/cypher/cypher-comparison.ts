/**
 * Cypher's `=` and `<`, which know of unknowns, over values that are not null themselves.
 *
 * Equality: values of different kinds are not equal, integers and floats are compared by their exact values, NaN equals nothing.
 * Lists and maps are equal when all their parts are; a null among the parts makes the answer unknown, unless another part or the
 * count already says no.
 *
 * Comparability: numbers, strings, booleans, lists (from their beginnings), and each of the temporal types but durations can be
 * compared with their own kind; anything else is unknown. A comparison of numbers with NaN is false.
 *
 * Source: openCypher 9, "Comparability and equality"; TCK features Comparison1 and Comparison2.
 */
import { compareBytes } from '../../../value/comparison.ts';
import {
	type DynamicList,
	type DynamicMap,
	type DynamicNumber,
	type DynamicValue,
	type GraphPath,
	IntegralFloat,
	type Vertex,
} from '../../../value/dynamic.ts';
import { compareDynamic, dynamicKey, RANK, rankOf } from '../../../value/dynamic-comparison.ts';
import type { CypherDate } from '../../../value/temporal/cypher-date.ts';
import { compareText } from '../../../value/text-order.ts';
import type { Equality, Ordering } from '../contracts.ts';

/** `=`: true, false, or null for unknown. Both are not null. */
export function equalValues(left: DynamicValue, right: DynamicValue): boolean | null {
	if (typeof left === 'string' || typeof left === 'boolean') return left === right;
	if (typeof left === 'number' && typeof right === 'number') return left === right;
	const rank = rankOf(left);
	if (rank !== rankOf(right)) return false;
	switch (rank) {
		case RANK.number:
			return equalNumbers(left as DynamicNumber, right as DynamicNumber);
		case RANK.list:
			return equalLists(left as DynamicList, right as DynamicList);
		case RANK.map:
			return equalMaps(left as DynamicMap, right as DynamicMap);
		case RANK.vertex:
		case RANK.edge:
			return (left as Vertex).id === (right as Vertex).id;
		case RANK.path:
			return equalPaths(left as GraphPath, right as GraphPath);
		case RANK.bytes:
			return compareBytes(left as Uint8Array, right as Uint8Array) === 0;
		default:
			return (left as CypherDate).equals(right as CypherDate);
	}
}

function equalNumbers(left: DynamicNumber, right: DynamicNumber): boolean {
	const a = left instanceof IntegralFloat ? left.value : left;
	const b = right instanceof IntegralFloat ? right.value : right;
	// A bigint and a number are equal when their mathematical values are.
	// biome-ignore lint/suspicious/noDoubleEquals: `===` would tell the forms apart
	return a == b;
}

function equalOrUnknown(left: DynamicValue, right: DynamicValue): boolean | null {
	return left === null || right === null ? null : equalValues(left, right);
}

function equalLists(left: DynamicList, right: DynamicList): boolean | null {
	if (left.length !== right.length) return false;
	let result: boolean | null = true;
	for (let index = 0; index < left.length; index++) {
		const same = equalOrUnknown(left[index]!, right[index]!);
		if (same === false) return false;
		if (same === null) result = null;
	}
	return result;
}

function equalMaps(left: DynamicMap, right: DynamicMap): boolean | null {
	if (left.size !== right.size) return false;
	for (const key of left.keys()) if (!right.has(key)) return false;
	let result: boolean | null = true;
	for (const [key, value] of left) {
		const same = equalOrUnknown(value, right.get(key)!);
		if (same === false) return false;
		if (same === null) result = null;
	}
	return result;
}

function equalPaths(left: GraphPath, right: GraphPath): boolean {
	if (left.vertices.length !== right.vertices.length) return false;
	return (
		left.vertices.every((vertex, index) => vertex.id === right.vertices[index]!.id) && left.edges.every((edge, index) => edge.id === right.edges[index]!.id)
	);
}

/** Negative, 0 or positive; NaN where every comparison is false; null where none is known. Both are not null. */
export function compareValues(left: DynamicValue, right: DynamicValue): number | null {
	if (typeof left === 'number' && typeof right === 'number') return left - right;
	const rank = rankOf(left);
	if (rank !== rankOf(right)) return null;
	switch (rank) {
		case RANK.number:
			return compareNumbers(left as DynamicNumber, right as DynamicNumber);
		case RANK.string:
			return compareText(left as string, right as string);
		case RANK.boolean:
			return Number(left) - Number(right);
		case RANK.list:
			return compareLists(left as DynamicList, right as DynamicList);
		case RANK.dateTime:
		case RANK.localDateTime:
		case RANK.date:
		case RANK.time:
		case RANK.localTime:
			return (left as CypherDate).compareTo(right as CypherDate);
		default:
			return null;
	}
}

function compareNumbers(left: DynamicNumber, right: DynamicNumber): number {
	const a = (left instanceof IntegralFloat ? left.value : left) as number;
	const b = (right instanceof IntegralFloat ? right.value : right) as number;
	if (a < b) return -1;
	if (a > b) return 1;
	return Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : 0;
}

/** The first pair of elements that are not equal decides. */
function compareLists(left: DynamicList, right: DynamicList): number | null {
	const common = Math.min(left.length, right.length);
	for (let index = 0; index < common; index++) {
		const [a, b] = [left[index]!, right[index]!];
		const same = equalOrUnknown(a, b);
		if (same === null) return null;
		if (!same) return compareValues(a, b);
	}
	return left.length - right.length;
}

let loners = 0;

/** Whether a null or NaN is somewhere inside: then the value does not equal itself. */
function equalsItself(value: DynamicValue): boolean {
	if (typeof value === 'number') return !Number.isNaN(value);
	if (typeof value !== 'object' || value === null) return value !== null;
	if (Array.isArray(value)) return (value as DynamicList).every(equalsItself);
	return value instanceof Map ? [...(value as DynamicMap).values()].every(equalsItself) : true;
}

/** What joins on `=` go by: a value that does not equal itself has a key of its own each time. */
export const CYPHER_EQUALITY: Equality = {
	name: 'cypher =',
	equals: (left, right) => equalValues(left as DynamicValue, right as DynamicValue) === true,
	key: (value) => (equalsItself(value as DynamicValue) ? dynamicKey(value as DynamicValue) : `\0?${loners++}`),
	identity: false,
};

/** Equivalence: what DISTINCT and grouping go by. NaN is NaN, null inside a list is null. */
export const CYPHER_EQUIVALENCE: Equality = {
	name: 'cypher equivalence',
	equals: (left, right) => left === right || compareDynamic(left as DynamicValue, right as DynamicValue) === 0,
	key: (value) => dynamicKey(value as DynamicValue),
	identity: false,
	numbersAreKeys: true,
};

/** The order of ORDER BY, min and max. */
export const CYPHER_ORDERING: Ordering = {
	name: 'cypher',
	compare: (left, right) => compareDynamic(left as DynamicValue, right as DynamicValue),
	primitive: false,
};
