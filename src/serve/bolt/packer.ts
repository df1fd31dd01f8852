/**
 * Writes dynamic values as PackStream, straight into a connection's output. `value-structures.ts` tells the structures.
 *
 * Cost: no allocation for a scalar; nodes and relationships read their property map once.
 */
import { invariant } from '../../platform/errors.ts';
import { Edge, GraphPath, IntegralFloat, Vertex } from '../../value/dynamic.ts';
import type { PropertyMap } from '../../value/property-map.ts';
import { Point } from '../../value/spatial/point.ts';
import { CypherDate } from '../../value/temporal/cypher-date.ts';
import { CypherDateTime } from '../../value/temporal/cypher-date-time.ts';
import { CypherDuration } from '../../value/temporal/cypher-duration.ts';
import { CypherLocalDateTime } from '../../value/temporal/cypher-local-date-time.ts';
import { CypherLocalTime } from '../../value/temporal/cypher-local-time.ts';
import { CypherTime } from '../../value/temporal/cypher-time.ts';
import type { OutputBuffer } from './output-buffer.ts';
import {
	DATE,
	DATE_TIME,
	DURATION,
	LOCAL_CLOCK_DATE_TIME,
	LOCAL_CLOCK_ZONED_DATE_TIME,
	LOCAL_DATE_TIME,
	LOCAL_TIME,
	NODE,
	PATH,
	POINT_2D,
	POINT_3D,
	RELATIONSHIP,
	TIME,
	UNBOUND_RELATIONSHIP,
	ZONED_DATE_TIME,
} from './value-structures.ts';

export class Packer {
	/** Datetimes in UTC: always from 5.0 on, before that when the client asked for it. */
	utc: boolean;
	/** Structures have element ids: from 5.0 on. */
	hasElementIds: boolean;
	readonly #out: OutputBuffer;

	constructor(out: OutputBuffer) {
		this.#out = out;
		this.utc = true;
		this.hasElementIds = true;
	}

	/** Any dynamic value. */
	value(value: unknown): void {
		const out = this.#out;
		switch (typeof value) {
			case 'number':
				if (Number.isInteger(value)) out.integer(value);
				else out.float(value);
				return;
			case 'string':
				out.text(value);
				return;
			case 'boolean':
				out.boolean(value);
				return;
			case 'bigint':
				out.wideInteger(value);
				return;
			default:
				if (value === null) out.null();
				else this.#object(value as object);
		}
	}

	#object(value: object): void {
		if (value instanceof Vertex) this.#node(value);
		else if (value instanceof Edge) this.#relationship(value);
		else if (Array.isArray(value)) this.#list(value);
		else if (value instanceof Map) this.map(value);
		else if (value instanceof IntegralFloat) this.#out.float(value.value);
		else if (value instanceof GraphPath) this.#path(value);
		else if (value instanceof Uint8Array) this.#out.binary(value);
		else if (value instanceof Point) this.#point(value);
		else this.#temporal(value);
	}

	map(map: ReadonlyMap<string, unknown>): void {
		this.#out.map(map.size);
		for (const [key, value] of map) {
			this.#out.text(key);
			this.value(value);
		}
	}

	#list(list: readonly unknown[]): void {
		this.#out.list(list.length);
		for (let index = 0; index < list.length; index++) this.value(list[index]);
	}

	#properties(properties: PropertyMap): void {
		this.map(properties.entries());
	}

	#texts(texts: readonly string[]): void {
		this.#out.list(texts.length);
		for (const text of texts) this.#out.text(text);
	}

	#elementId(id: number | bigint): void {
		if (this.hasElementIds) this.#out.text(String(id));
	}

	#node(vertex: Vertex): void {
		this.#out.structure(NODE, this.hasElementIds ? 4 : 3);
		this.value(vertex.id);
		this.#texts(vertex.labels);
		this.#properties(vertex.properties);
		this.#elementId(vertex.id);
	}

	#relationship(edge: Edge): void {
		this.#out.structure(RELATIONSHIP, this.hasElementIds ? 8 : 5);
		this.value(edge.id);
		this.value(edge.tail);
		this.value(edge.head);
		this.#out.text(edge.type);
		this.#properties(edge.properties);
		this.#elementId(edge.id);
		this.#elementId(edge.tail);
		this.#elementId(edge.head);
	}

	#unboundRelationship(edge: Edge): void {
		this.#out.structure(UNBOUND_RELATIONSHIP, this.hasElementIds ? 4 : 3);
		this.value(edge.id);
		this.#out.text(edge.type);
		this.#properties(edge.properties);
		this.#elementId(edge.id);
	}

	/** Each node and relationship once; the steps name relationships from 1 (negative against their direction) and nodes from 0. */
	#path(path: GraphPath): void {
		const nodes = new Places<Vertex>();
		const edges = new Places<Edge>();
		const steps: number[] = [];
		nodes.of(path.vertices[0]!);
		for (let index = 0; index < path.edges.length; index++) {
			const edge = path.edges[index]!;
			const to = path.vertices[index + 1]!;
			const isForward = edge.tail === path.vertices[index]!.id && edge.head === to.id;
			const place = edges.of(edge) + 1;
			steps.push(isForward ? place : -place, nodes.of(to));
		}
		this.#out.structure(PATH, 3);
		this.#out.list(nodes.things.length);
		for (const node of nodes.things) this.#node(node);
		this.#out.list(edges.things.length);
		for (const edge of edges.things) this.#unboundRelationship(edge);
		this.#list(steps);
	}

	#point(point: Point): void {
		const out = this.#out;
		out.structure(point.hasHeight ? POINT_3D : POINT_2D, point.hasHeight ? 4 : 3);
		out.integer(point.srid);
		out.float(point.x);
		out.float(point.y);
		if (point.hasHeight) out.float(point.z);
	}

	#temporal(value: object): void {
		const out = this.#out;
		if (value instanceof CypherDate) {
			out.structure(DATE, 1);
			out.integer(value.epochDay);
		} else if (value instanceof CypherDateTime) {
			this.#dateTime(value);
		} else if (value instanceof CypherLocalDateTime) {
			out.structure(LOCAL_DATE_TIME, 2);
			this.value(value.epochSecond);
			out.integer(value.nanosecond);
		} else if (value instanceof CypherLocalTime) {
			out.structure(LOCAL_TIME, 1);
			out.integer(value.nanosecondOfDay);
		} else if (value instanceof CypherTime) {
			out.structure(TIME, 2);
			out.integer(value.nanosecondOfDay);
			out.integer(value.offsetSeconds);
		} else {
			invariant(value instanceof CypherDuration, `a value of Cypher cannot be ${Object.prototype.toString.call(value)}`);
			out.structure(DURATION, 4);
			out.integer(value.months);
			out.integer(value.days);
			this.value(value.seconds);
			out.integer(value.nanoseconds);
		}
	}

	#dateTime(value: CypherDateTime): void {
		const out = this.#out;
		const isNamed = value.zoneName !== null;
		if (this.utc) out.structure(isNamed ? ZONED_DATE_TIME : DATE_TIME, 3);
		else out.structure(isNamed ? LOCAL_CLOCK_ZONED_DATE_TIME : LOCAL_CLOCK_DATE_TIME, 3);
		this.value(this.utc ? value.epochSecond : value.localEpochSecond);
		out.integer(value.nanosecond);
		if (value.zoneName === null) out.integer(value.offsetSeconds);
		else out.text(value.zoneName);
	}
}

/** Things by id, in the order in which they came. */
class Places<T extends { readonly id: number | bigint }> {
	readonly things: T[] = [];
	readonly #places = new Map<number | bigint, number>();

	of(thing: T): number {
		const known = this.#places.get(thing.id);
		if (known !== undefined) return known;
		const place = this.things.push(thing) - 1;
		this.#places.set(thing.id, place);
		return place;
	}
}
