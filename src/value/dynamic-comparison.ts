/**
 * The two relations of dynamic values that are total: the order of ORDER BY, min and max, and the equivalence of DISTINCT and
 * grouping. (Cypher's `=` and `<`, which know of unknowns, are in `query/functions/cypher/`.)
 *
 * Order of kinds: map, node, relationship, list, path, bytes, point, datetime, local datetime, date, time, local time, duration,
 * string, boolean, number. Null is greater than all, also inside lists. Numbers are in the order of their exact values, integers and floats
 * together, NaN last and equal to itself. Strings and keys are in the order of their UTF-8 bytes. Maps are compared by count, then
 * by their sorted keys, then by the values; nodes and relationships by id; paths from node to node.
 *
 * (1) `dynamicKey` of two values is the same primitive exactly when `compareDynamic` gives 0. (2) The key bytes of
 * `key-dynamic.ts` are in this order.
 *
 * Source: openCypher 9, "Orderability and equivalence" (CIP2016-06-14).
 */
import { compareBytes } from './comparison.ts';
import { type DynamicMap, type DynamicNumber, type DynamicValue, Edge, GraphPath, IntegralFloat, Vertex } from './dynamic.ts';
import { Point } from './spatial/point.ts';
import { CypherDate } from './temporal/cypher-date.ts';
import { CypherDateTime } from './temporal/cypher-date-time.ts';
import { CypherDuration } from './temporal/cypher-duration.ts';
import { CypherLocalDateTime } from './temporal/cypher-local-date-time.ts';
import { CypherLocalTime } from './temporal/cypher-local-time.ts';
import { CypherTime } from './temporal/cypher-time.ts';
import { compareText } from './text-order.ts';

/** Places of kinds in the order; also the first byte of keys. 0 ends a list there. */
export const RANK = {
	map: 1,
	vertex: 2,
	edge: 3,
	list: 4,
	path: 5,
	bytes: 6,
	point: 7,
	dateTime: 8,
	localDateTime: 9,
	date: 10,
	time: 11,
	localTime: 12,
	duration: 13,
	string: 14,
	boolean: 15,
	number: 16,
	null: 17,
} as const;

/** The place of the value's kind in the order. */
export function rankOf(value: DynamicValue): number {
	switch (typeof value) {
		case 'string':
			return RANK.string;
		case 'number':
		case 'bigint':
			return RANK.number;
		case 'boolean':
			return RANK.boolean;
		default:
			return value === null ? RANK.null : rankOfObject(value);
	}
}

function rankOfObject(value: object): number {
	if (value instanceof IntegralFloat) return RANK.number;
	if (Array.isArray(value)) return RANK.list;
	if (value instanceof Map) return RANK.map;
	if (value instanceof Vertex) return RANK.vertex;
	if (value instanceof Edge) return RANK.edge;
	if (value instanceof GraphPath) return RANK.path;
	if (value instanceof Uint8Array) return RANK.bytes;
	if (value instanceof Point) return RANK.point;
	if (value instanceof CypherDateTime) return RANK.dateTime;
	if (value instanceof CypherLocalDateTime) return RANK.localDateTime;
	if (value instanceof CypherDate) return RANK.date;
	if (value instanceof CypherTime) return RANK.time;
	if (value instanceof CypherLocalTime) return RANK.localTime;
	if (value instanceof CypherDuration) return RANK.duration;
	throw new TypeError(`${Object.prototype.toString.call(value)} is no dynamic value`);
}

/** Negative, 0 or positive, for any two values, nulls included. */
export function compareDynamic(left: DynamicValue, right: DynamicValue): number {
	if (typeof left === 'number' && typeof right === 'number') return compareFloats(left, right);
	if (typeof left === 'string' && typeof right === 'string') return compareText(left, right);
	const rank = rankOf(left);
	const difference = rank - rankOf(right);
	return difference !== 0 ? difference : compareOfRank(rank, left as never, right as never);
}

/** Both have this rank. */
function compareOfRank(rank: number, left: never, right: never): number {
	switch (rank) {
		case RANK.number:
			return compareNumbers(left, right);
		case RANK.string:
			return compareText(left, right);
		case RANK.boolean:
			return Number(left) - Number(right);
		case RANK.list:
			return compareLists(left, right);
		case RANK.map:
			return compareMaps(left, right);
		case RANK.vertex:
		case RANK.edge:
			return compareIds(left, right);
		case RANK.path:
			return comparePaths(left, right);
		case RANK.bytes:
			return compareBytes(left, right);
		case RANK.null:
			return 0;
		default:
			return (left as CypherDate).compareTo(right);
	}
}

/** Exact, whatever the forms: JavaScript compares a bigint with a number by their mathematical values. NaN is greatest. */
export function compareNumbers(left: DynamicNumber, right: DynamicNumber): number {
	const a = left instanceof IntegralFloat ? left.value : left;
	const b = right instanceof IntegralFloat ? right.value : right;
	return compareFloats(a as number, b as number);
}

function compareFloats(left: number, right: number): number {
	if (left < right) return -1;
	if (left > right) return 1;
	return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
}

function compareLists(left: readonly DynamicValue[], right: readonly DynamicValue[]): number {
	const common = Math.min(left.length, right.length);
	for (let index = 0; index < common; index++) {
		const order = compareDynamic(left[index]!, right[index]!);
		if (order !== 0) return order;
	}
	return left.length - right.length;
}

/** Keys of a map in the order of their UTF-8 bytes. */
export function sortedKeys(map: DynamicMap): string[] {
	const keys = [...map.keys()];
	return keys.length > 1 ? keys.sort(compareText) : keys;
}

function compareMaps(left: DynamicMap, right: DynamicMap): number {
	if (left.size !== right.size) return left.size - right.size;
	const [leftKeys, rightKeys] = [sortedKeys(left), sortedKeys(right)];
	for (let index = 0; index < leftKeys.length; index++) {
		const order = compareText(leftKeys[index]!, rightKeys[index]!);
		if (order !== 0) return order;
	}
	for (const key of leftKeys) {
		const order = compareDynamic(left.get(key)!, right.get(key)!);
		if (order !== 0) return order;
	}
	return 0;
}

function compareIds(left: { readonly id: number | bigint }, right: { readonly id: number | bigint }): number {
	return left.id < right.id ? -1 : left.id > right.id ? 1 : 0;
}

/** From node to relationship to node; a path that another begins with is less. */
function comparePaths(left: GraphPath, right: GraphPath): number {
	const common = Math.min(left.vertices.length, right.vertices.length);
	for (let index = 0; index < common; index++) {
		const order = compareIds(left.vertices[index]!, right.vertices[index]!) || compareEdgesAt(left, right, index);
		if (order !== 0) return order;
	}
	return left.vertices.length - right.vertices.length;
}

function compareEdgesAt(left: GraphPath, right: GraphPath, index: number): number {
	const [a, b] = [left.edges[index], right.edges[index]];
	return a === undefined || b === undefined ? 0 : compareIds(a, b);
}

/** A primitive that is the same, by Map's rule, exactly for values that are equivalent. */
export function dynamicKey(value: DynamicValue): string | number | bigint | boolean {
	switch (typeof value) {
		case 'string':
			// Keys of values made of others begin with a 0: strings that do so themselves are marked.
			return value.charCodeAt(0) === 0 ? `\0s${value}` : value;
		case 'number':
			return value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER ? floatKey(value) : value;
		case 'boolean':
		case 'bigint':
			return value;
		default:
			if (value instanceof IntegralFloat) return floatKey(value.value);
			return `\0${keyText(value)}`;
	}
}

/** A float that is an integer has the integer's key. */
function floatKey(value: number): number | bigint {
	if (Number.isSafeInteger(value) || !Number.isFinite(value)) return value;
	return BigInt(value);
}

/** A text that no other value has, in which parts cannot run into each other. */
function keyText(value: DynamicValue): string {
	if (typeof value === 'string') return `s${value.length}:${value}`;
	const rank = rankOf(value);
	switch (rank) {
		case RANK.number:
			return `n${String(dynamicKey(value))};`;
		case RANK.boolean:
			return value === true ? 't' : 'f';
		case RANK.null:
			return '~';
		case RANK.list:
			return `l${(value as readonly DynamicValue[]).length}:${(value as readonly DynamicValue[]).map(keyText).join('')}`;
		case RANK.map: {
			const map = value as DynamicMap;
			return `m${map.size}:${sortedKeys(map)
				.map((key) => keyText(key) + keyText(map.get(key)!))
				.join('')}`;
		}
		case RANK.vertex:
			return `v${(value as Vertex).id};`;
		case RANK.edge:
			return `e${(value as Edge).id};`;
		case RANK.path: {
			const path = value as GraphPath;
			return `p${path.vertices.map((v) => v.id).join(',')}/${path.edges.map((e) => e.id).join(',')};`;
		}
		case RANK.bytes:
			return `b${Buffer.from(value as Uint8Array).toString('hex')};`;
		case RANK.duration: {
			const { months, days, seconds, nanoseconds } = value as CypherDuration;
			return `d${months},${days},${seconds},${nanoseconds};`;
		}
		case RANK.point: {
			const { srid, x, y, z } = value as Point;
			return `@${srid},${x + 0},${y + 0},${z + 0};`;
		}
		default:
			return `${rank}=${String(value)};`;
	}
}
