/**
 * Values of Cypher at the API. What Cypher has and JavaScript has not: nodes, relationships and paths are the classes of `graph-elements.ts`, times
 * and durations their text, points `{ srid, x, y, z? }`.
 */
import { cypherError } from '../../platform/cypher-errors.ts';
import { type DynamicMap, type DynamicValue, Edge, floatValue, GraphPath, IntegralFloat, Vertex } from '../../value/dynamic.ts';
import type { PropertyMap } from '../../value/property-map.ts';
import { Point } from '../../value/spatial/point.ts';
import { CypherDate } from '../../value/temporal/cypher-date.ts';
import { CypherDateTime } from '../../value/temporal/cypher-date-time.ts';
import { CypherDuration } from '../../value/temporal/cypher-duration.ts';
import { CypherLocalDateTime } from '../../value/temporal/cypher-local-date-time.ts';
import { CypherLocalTime } from '../../value/temporal/cypher-local-time.ts';
import { CypherTime } from '../../value/temporal/cypher-time.ts';
import { UTC_ZONE } from '../../value/temporal/temporal-zone.ts';
import { Node, Path, Relationship } from './graph-elements.ts';

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** From the runtime's form of a dynamic value to the API's. */
export function dynamicToJs(value: DynamicValue): unknown {
	if (typeof value !== 'object' || value === null) return value;
	if (value instanceof IntegralFloat) return value.value;
	if (value instanceof Vertex) return nodeOf(value);
	if (value instanceof Edge) return relationshipOf(value);
	if (Array.isArray(value)) return (value as readonly DynamicValue[]).map(dynamicToJs);
	if (value instanceof Map) return entriesToJs(value as ReadonlyMap<string, DynamicValue>);
	if (value instanceof GraphPath) return new Path(value.vertices.map(nodeOf), value.edges.map(relationshipOf));
	if (value instanceof Uint8Array) return value.slice();
	if (value instanceof Point) return { srid: value.srid, x: value.x, y: value.y, ...(value.hasHeight ? { z: value.z } : {}) };
	return value.toString();
}

function nodeOf(vertex: Vertex): Node {
	return new Node(vertex.id, [...vertex.labels], propertiesToJs(vertex.properties));
}

function relationshipOf(edge: Edge): Relationship {
	return new Relationship(edge.id, edge.type, edge.tail, edge.head, propertiesToJs(edge.properties));
}

function propertiesToJs(properties: PropertyMap): Record<string, unknown> {
	return entriesToJs(properties.entries());
}

function entriesToJs(entries: ReadonlyMap<string, DynamicValue>): Record<string, unknown> {
	const object: Record<string, unknown> = {};
	for (const [key, value] of entries) define(object, key, dynamicToJs(value));
	return object;
}

/** A key such as `__proto__` is a property like any other. */
function define(object: Record<string, unknown>, key: string, value: unknown): void {
	if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
	else object[key] = value;
}

const PASSED = [CypherDate, CypherDateTime, CypherDuration, CypherLocalDateTime, CypherLocalTime, CypherTime, Point];

/**
 * From the API's form of a parameter to the runtime's: numbers that are safe integers are integers, others floats; a bigint is an
 * integer of 64 bits; a Date a time in UTC.
 */
export function dynamicFromJs(value: unknown): DynamicValue {
	switch (typeof value) {
		case 'string':
		case 'boolean':
			return value;
		case 'number':
			return Number.isSafeInteger(value) ? value + 0 : floatValue(value);
		case 'bigint':
			return integerOf(value);
		case 'undefined':
			return null;
		case 'object':
			return value === null ? null : objectFromJs(value);
		default:
			throw cypherError('TypeError', `a JavaScript ${typeof value} cannot be the value of a parameter`);
	}
}

function integerOf(value: bigint): number | bigint {
	if (value < INT64_MIN || value > INT64_MAX) throw cypherError('ArgumentError', `the integer ${value} has more than 64 bits`);
	const number = Number(value);
	return Number.isSafeInteger(number) ? number : value;
}

function dateTimeOf(date: Date): CypherDateTime {
	const ms = date.getTime();
	if (Number.isNaN(ms)) throw cypherError('ArgumentError', 'an invalid Date cannot be the value of a parameter');
	const second = Math.floor(ms / 1000);
	return CypherDateTime.ofEpochSecond(second, (ms - second * 1000) * 1_000_000, UTC_ZONE);
}

function objectFromJs(value: object): DynamicValue {
	if (Array.isArray(value)) return value.map(dynamicFromJs);
	if (Object.getPrototypeOf(value) === Object.prototype) return mapFromJs(value as Readonly<Record<string, unknown>>);
	if (value instanceof Uint8Array) return value.slice();
	if (value instanceof Date) return dateTimeOf(value);
	if (value instanceof Map) return new Map([...value].map(([key, item]) => [String(key), dynamicFromJs(item)]));
	if (PASSED.some((type) => value instanceof type)) return value as DynamicValue;
	if (value instanceof Node || value instanceof Relationship || value instanceof Path)
		throw cypherError('TypeError', `a ${value.constructor.name} cannot be the value of a parameter`, { hint: 'Give its id.' });
	return mapFromJs(value as Readonly<Record<string, unknown>>);
}

function mapFromJs(value: Readonly<Record<string, unknown>>): DynamicMap {
	const map = new Map<string, DynamicValue>();
	for (const key of Object.keys(value)) map.set(key, dynamicFromJs(value[key]));
	return map;
}
