/**
 * Values that tell their own type: those of Cypher, in columns of type `dynamic`, and the values in property maps.
 *
 * | value | JavaScript |
 * |---|---|
 * | null | `null` |
 * | boolean, string | boolean, string |
 * | integer (64 bits) | number while it is safe, else bigint |
 * | float | number where it is no integer (1.5, NaN, ±Infinity), else `IntegralFloat` (1.0, −0.0, 1e300) |
 * | bytes | Uint8Array |
 * | list | readonly array |
 * | map | `ReadonlyMap` with string keys, in the order in which they came |
 * | node, relationship, path | `Vertex`, `Edge`, `GraphPath` |
 * | temporal | the classes of `temporal/` |
 * | point | `Point` |
 *
 * Invariants: (1) a number for which `Number.isInteger` holds is an integer and safe, any other number is a float; (2) a bigint is
 * not safe and fits in 64 bits; (3) an `IntegralFloat` holds an integer, which may be −0; (4) values are immutable once made.
 * So arithmetic on small integers and on floats with a fraction, nearly all there is, makes no object.
 */
import type { PropertyMap } from './property-map.ts';
import { Point } from './spatial/point.ts';
import { CypherDate } from './temporal/cypher-date.ts';
import { CypherDateTime } from './temporal/cypher-date-time.ts';
import { CypherDuration } from './temporal/cypher-duration.ts';
import { CypherLocalDateTime } from './temporal/cypher-local-date-time.ts';
import { CypherLocalTime } from './temporal/cypher-local-time.ts';
import { CypherTime } from './temporal/cypher-time.ts';

/** A float whose value is an integer, told apart from the integer. */
export class IntegralFloat {
	readonly value: number;

	constructor(value: number) {
		this.value = value;
	}

	/** 1.0, -0.0, 1.0E300. */
	toString(): string {
		return floatText(this.value);
	}
}

/** A node as a value. Two are the same when their ids are. */
export class Vertex {
	readonly id: number | bigint;
	readonly labels: readonly string[];
	readonly properties: PropertyMap;

	constructor(id: number | bigint, labels: readonly string[], properties: PropertyMap) {
		this.id = id;
		this.labels = labels;
		this.properties = properties;
	}
}

/** A relationship as a value. Two are the same when their ids are. */
export class Edge {
	readonly id: number | bigint;
	readonly type: string;
	/** Id of the vertex where it begins. */
	readonly tail: number | bigint;
	/** Id of the vertex where it ends. */
	readonly head: number | bigint;
	readonly properties: PropertyMap;

	constructor(id: number | bigint, type: string, tail: number | bigint, head: number | bigint, properties: PropertyMap) {
		this.id = id;
		this.type = type;
		this.tail = tail;
		this.head = head;
		this.properties = properties;
	}
}

/** A walk: `edges[i]` joins `vertices[i]` and `vertices[i + 1]`, in either direction. There is one vertex more than edges. */
export class GraphPath {
	readonly vertices: readonly Vertex[];
	readonly edges: readonly Edge[];

	constructor(vertices: readonly Vertex[], edges: readonly Edge[]) {
		this.vertices = vertices;
		this.edges = edges;
	}
}

export type Temporal = CypherDate | CypherLocalTime | CypherTime | CypherLocalDateTime | CypherDateTime | CypherDuration;
export type DynamicInteger = number | bigint;
export type DynamicFloat = number | IntegralFloat;
export type DynamicNumber = number | bigint | IntegralFloat;
export type DynamicMap = ReadonlyMap<string, DynamicValue>;
export type DynamicList = readonly DynamicValue[];

/** Any value of Cypher, null too. */
export type DynamicValue =
	| null
	| boolean
	| string
	| DynamicNumber
	| Uint8Array
	| readonly DynamicValue[]
	| ReadonlyMap<string, DynamicValue>
	| Vertex
	| Edge
	| GraphPath
	| Temporal
	| Point;

/** What kind of value it is. */
export type DynamicKind =
	| 'null'
	| 'boolean'
	| 'string'
	| 'integer'
	| 'float'
	| 'bytes'
	| 'list'
	| 'map'
	| 'vertex'
	| 'edge'
	| 'path'
	| 'date'
	| 'local time'
	| 'time'
	| 'local datetime'
	| 'datetime'
	| 'duration'
	| 'point';

export function kindOf(value: DynamicValue): DynamicKind {
	switch (typeof value) {
		case 'string':
			return 'string';
		case 'number':
			return Number.isInteger(value) ? 'integer' : 'float';
		case 'boolean':
			return 'boolean';
		case 'bigint':
			return 'integer';
		default:
			return value === null ? 'null' : kindOfObject(value);
	}
}

function kindOfObject(value: object): DynamicKind {
	if (value instanceof IntegralFloat) return 'float';
	if (Array.isArray(value)) return 'list';
	if (value instanceof Map) return 'map';
	if (value instanceof Vertex) return 'vertex';
	if (value instanceof Edge) return 'edge';
	if (value instanceof GraphPath) return 'path';
	if (value instanceof CypherDate) return 'date';
	if (value instanceof CypherDateTime) return 'datetime';
	if (value instanceof CypherLocalDateTime) return 'local datetime';
	if (value instanceof CypherLocalTime) return 'local time';
	if (value instanceof CypherTime) return 'time';
	if (value instanceof CypherDuration) return 'duration';
	if (value instanceof Point) return 'point';
	if (value instanceof Uint8Array) return 'bytes';
	throw new TypeError(`${Object.prototype.toString.call(value)} is no dynamic value`);
}

/** Names as Cypher's errors and `valueType` have them: Integer, ZonedDateTime. */
const KIND_NAMES: Readonly<Record<DynamicKind, string>> = {
	null: 'Null',
	boolean: 'Boolean',
	string: 'String',
	integer: 'Integer',
	float: 'Float',
	bytes: 'ByteArray',
	list: 'List',
	map: 'Map',
	vertex: 'Node',
	edge: 'Relationship',
	path: 'Path',
	date: 'Date',
	'local time': 'LocalTime',
	time: 'Time',
	'local datetime': 'LocalDateTime',
	datetime: 'DateTime',
	duration: 'Duration',
	point: 'Point',
};

/** The name of the value's type in messages: Integer, Node, LocalDateTime. */
export function kindName(value: DynamicValue): string {
	return KIND_NAMES[kindOf(value)];
}

export function isIntegerValue(value: DynamicValue): value is DynamicInteger {
	return typeof value === 'number' ? Number.isInteger(value) : typeof value === 'bigint';
}

export function isFloatValue(value: DynamicValue): value is DynamicFloat {
	return typeof value === 'number' ? !Number.isInteger(value) : value instanceof IntegralFloat;
}

export function isNumberValue(value: DynamicValue): value is DynamicNumber {
	return typeof value === 'number' || typeof value === 'bigint' || value instanceof IntegralFloat;
}

export function isListValue(value: DynamicValue): value is DynamicList {
	return Array.isArray(value);
}

export function isMapValue(value: DynamicValue): value is DynamicMap {
	return value instanceof Map;
}

export function isTemporalValue(value: DynamicValue): value is Temporal {
	return (
		value instanceof CypherDate ||
		value instanceof CypherDateTime ||
		value instanceof CypherLocalDateTime ||
		value instanceof CypherLocalTime ||
		value instanceof CypherTime ||
		value instanceof CypherDuration
	);
}

/** A JavaScript number as a float of the house: boxed where it is an integer. */
export function floatValue(value: number): DynamicFloat {
	return Number.isInteger(value) ? new IntegralFloat(value) : value;
}

/** Any number as a JavaScript number; integers past 2^53 are rounded. */
export function asNumber(value: DynamicNumber): number {
	return typeof value === 'number' ? value : typeof value === 'bigint' ? Number(value) : value.value;
}

/** A float as Cypher shows it: always with a point or an exponent (1.0, 1.0E10, 1.5E-7, NaN, Infinity). */
export function floatText(value: number): string {
	if (!Number.isFinite(value)) return String(value);
	if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
	const size = Math.abs(value);
	if (size >= 1e-3 && size < 1e7) {
		const text = String(value);
		return text.includes('.') ? text : `${text}.0`;
	}
	const [digits, exponent] = value.toExponential().split('e') as [string, string];
	return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`;
}
