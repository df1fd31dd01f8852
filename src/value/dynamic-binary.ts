/**
 * Dynamic values as bytes: `docs/formats/properties.md`. A value is a tag and what follows; its end is known from outside, so a
 * value inside a list or map is reached through the table of ends before it, and one key of a map without decoding the rest.
 *
 * | tag | value | bytes after the tag |
 * |---|---|---|
 * | 0, 1, 2 | null, false, true | |
 * | 3 | integer | two's complement, little-endian, as few bytes as hold it: 0 to 8 |
 * | 4 | float | 8, little-endian |
 * | 5 | string | UTF-8 |
 * | 6 | bytes | as they are |
 * | 7 | list | width w (1, 2 or 4); count n, w; n ends, w each; values |
 * | 8 | map | width w; count n, w; n ends of keys, w each; n ends of values, w each; keys, by their UTF-8 bytes; values |
 * | 16 | date | days since 1970, 6 |
 * | 17 | local time | nanoseconds, 6 |
 * | 18 | time | local nanoseconds, 6; seconds east of UTC, 4 |
 * | 19 | local datetime | days, 6; nanoseconds, 6 |
 * | 20 | datetime | local days, 6; local nanoseconds, 6; seconds east of UTC, 4; name of the zone, UTF-8, or nothing |
 * | 21 | duration | months, days, seconds, 8 each; nanoseconds, 4 |
 * | 22 | point | srid, 4; coordinates, 8 each |
 * | 32 | node | as the list [id, labels, properties] |
 * | 33 | relationship | as the list [id, type, tail, head, properties] |
 * | 34 | path | as the list [node, relationship, node, …] |
 *
 * Ends count from the first key or value. All numbers are little-endian. Tags are never used again for something else.
 *
 * Cost: a key of a map of eight is found in about 20 ns, 10 ns where it is at the same place as in the map before.
 */
import { CorruptionError } from '../platform/errors.ts';
import { type DynamicList, type DynamicMap, type DynamicValue, Edge, floatValue, GraphPath, IntegralFloat, Vertex } from './dynamic.ts';
import { readTemporal, writeTemporal } from './dynamic-temporal-binary.ts';
import { appendBytes, copyBytes, type KeyTarget, reserveBytes } from './key-buffer.ts';
import { keysOfMap } from './map-keys.ts';
import { PropertyMap } from './property-map.ts';
import { decodeUtf8, encodeUtf8, UTF8_BYTES_PER_UNIT_MAX } from './utf8.ts';
import * as wide from './wide-integer.ts';

const NULL = 0;
const FALSE = 1;
const TRUE = 2;
const INTEGER = 3;
const FLOAT = 4;
const STRING = 5;
const BYTES = 6;
const LIST = 7;
const MAP = 8;
const VERTEX = 32;
const EDGE = 33;
const PATH = 34;

/** A key that is looked up in many maps: its bytes, and where it was in the last one, since maps of one kind have the same keys. */
export class PropertyKey {
	readonly text: string;
	readonly bytes: Uint8Array;
	/** Place among the keys of the map in which it was found last. */
	hint: number;
	/** End of the value found last. */
	foundEnd: number;

	constructor(text: string) {
		this.text = text;
		this.bytes = Buffer.from(text, 'utf8');
		this.hint = 0;
		this.foundEnd = 0;
	}
}

// ------------------------------------------------------------------------------------------------------------------------------------- writing

/** Appends the value. */
export function writeDynamic(value: DynamicValue, target: KeyTarget): void {
	switch (typeof value) {
		case 'string':
			writeTag(target, STRING);
			writeText(value, target);
			return;
		case 'number':
			if (Number.isInteger(value)) writeInteger(value, target);
			else writeFloat(value, target);
			return;
		case 'boolean':
			writeTag(target, value ? TRUE : FALSE);
			return;
		case 'bigint':
			writeInteger(value, target);
			return;
		default:
			if (value === null) writeTag(target, NULL);
			else writeObject(value, target);
	}
}

function writeObject(value: Exclude<DynamicValue, null | boolean | string | number | bigint>, target: KeyTarget): void {
	if (value instanceof IntegralFloat) writeFloat(value.value, target);
	else if (Array.isArray(value)) writeList(LIST, value as DynamicList, target);
	else if (value instanceof Map) writeMap(value as DynamicMap, target);
	else if (value instanceof Vertex)
		writeParts(
			VERTEX,
			[() => writeInteger(value.id, target), () => writeList(LIST, value.labels, target), () => writeProperties(value.properties, target)],
			target,
		);
	else if (value instanceof Edge) writeEdge(value, target);
	else if (value instanceof GraphPath)
		writeList(
			PATH,
			value.vertices.flatMap((vertex, index) => (index === 0 ? [vertex] : [value.edges[index - 1]!, vertex])),
			target,
		);
	else if (value instanceof Uint8Array) {
		writeTag(target, BYTES);
		appendBytes(target, value);
	} else writeTemporal(value as Parameters<typeof writeTemporal>[0], target);
}

function writeEdge(edge: Edge, target: KeyTarget): void {
	writeParts(
		EDGE,
		[
			() => writeInteger(edge.id, target),
			() => writeDynamic(edge.type, target),
			() => writeInteger(edge.tail, target),
			() => writeInteger(edge.head, target),
			() => writeProperties(edge.properties, target),
		],
		target,
	);
}

/** Appends a map of properties: its bytes as they are, where it has them. */
export function writeProperties(properties: PropertyMap, target: KeyTarget): void {
	if (properties.end > properties.start) appendBytes(target, properties.bytes, properties.start, properties.end);
	else writeMap(properties.entries(), target);
}

function writeTag(target: KeyTarget, tag: number): void {
	reserveBytes(target, 1);
	target.bytes[target.length++] = tag;
}

function writeText(text: string, target: KeyTarget): void {
	reserveBytes(target, text.length * UTF8_BYTES_PER_UNIT_MAX);
	target.length = encodeUtf8(target.bytes, target.length, text);
}

function writeFloat(value: number, target: KeyTarget): void {
	writeTag(target, FLOAT);
	reserveBytes(target, 8);
	wide.writeFloat64Le(target.bytes, target.length, value);
	target.length += 8;
}

function writeInteger(value: number | bigint, target: KeyTarget): void {
	reserveBytes(target, 9);
	const bytes = target.bytes;
	let at = target.length;
	bytes[at++] = INTEGER;
	if (typeof value === 'number' && value >= -0x80000000 && value <= 0x7fffffff) {
		let rest = value | 0;
		// The sign of the last byte written must be that of the number.
		while (rest < -0x80 || rest > 0x7f) {
			bytes[at++] = rest;
			rest >>= 8;
		}
		if (value !== 0) bytes[at++] = rest;
		target.length = at;
		return;
	}
	wide.writeInt8Le(bytes, at, value);
	let last = at + 7;
	const fill = value < 0 ? 0xff : 0;
	while (bytes[last] === fill && (bytes[last - 1]! & 0x80) === (fill & 0x80)) last--;
	target.length = last + 1;
}

/** Writes the parts behind a table of their ends, one byte wide; the table is widened when they turn out longer. */
function writeParts(tag: number, parts: readonly (() => void)[], target: KeyTarget): void {
	const table = beginTable(tag, parts.length, parts.length, target);
	const ends: number[] = [];
	const start = target.length;
	for (const part of parts) {
		part();
		ends.push(target.length - start);
	}
	endTable(table, parts.length, ends, target);
}

function writeList(tag: number, items: DynamicList, target: KeyTarget): void {
	const table = beginTable(tag, items.length, items.length, target);
	const ends: number[] = [];
	const start = target.length;
	for (let index = 0; index < items.length; index++) {
		writeDynamic(items[index]!, target);
		ends.push(target.length - start);
	}
	endTable(table, items.length, ends, target);
}

function writeMap(map: DynamicMap, target: KeyTarget): void {
	const keys = keysOfMap(map);
	const { sorted } = keys;
	const table = beginTable(MAP, sorted.length, 2 * sorted.length, target);
	const ends = keys.ends.slice();
	appendBytes(target, keys.bytes);
	const start = target.length;
	for (let index = 0; index < sorted.length; index++) {
		writeDynamic(map.get(sorted[index]!) ?? null, target);
		ends.push(target.length - start);
	}
	endTable(table, sorted.length, ends, target);
}

/** The tag, and room for a table one byte wide; returns where the table begins. */
function beginTable(tag: number, count: number, endCount: number, target: KeyTarget): number {
	writeTag(target, tag);
	const width = count <= 0xff ? 1 : 4;
	reserveBytes(target, 1 + width * (1 + endCount));
	const table = target.length;
	target.bytes[table] = width;
	target.length = table + 1 + width * (1 + endCount);
	return table;
}

/** Fills the table; what is behind it moves where its numbers need more room. */
function endTable(table: number, count: number, ends: readonly number[], target: KeyTarget): void {
	const guessed = target.bytes[table]!;
	let most = count;
	for (let index = 0; index < ends.length; index++) if (ends[index]! > most) most = ends[index]!;
	const width = guessed === 4 || most > 0xffff ? 4 : most > 0xff ? 2 : 1;
	if (width !== guessed) {
		const from = table + 1 + guessed * (1 + ends.length);
		const added = (width - guessed) * (1 + ends.length);
		reserveBytes(target, added);
		target.bytes.copyWithin(from + added, from, target.length);
		target.bytes[table] = width;
		target.length += added;
	}
	const { bytes } = target;
	let at = table + 1;
	writeSized(bytes, at, width, count);
	for (let index = 0; index < ends.length; index++) writeSized(bytes, (at += width), width, ends[index]!);
}

function writeSized(bytes: Uint8Array, at: number, width: number, value: number): void {
	bytes[at] = value;
	if (width === 1) return;
	bytes[at + 1] = value >>> 8;
	if (width === 2) return;
	bytes[at + 2] = value >>> 16;
	bytes[at + 3] = value >>> 24;
}

// ------------------------------------------------------------------------------------------------------------------------------------- reading

/** The value whose bytes are `bytes[start, end)`. */
export function readDynamic(bytes: Uint8Array, start: number, end: number): DynamicValue {
	switch (bytes[start]) {
		case NULL:
			return null;
		case FALSE:
			return false;
		case TRUE:
			return true;
		case INTEGER:
			return readInteger(bytes, start + 1, end);
		case FLOAT:
			return floatValue(wide.readFloat64Le(bytes, start + 1));
		case STRING:
			return decodeUtf8(bytes, start + 1, end);
		case BYTES:
			return new Uint8Array(bytes.subarray(start + 1, end));
		case LIST:
			return readItems(bytes, start);
		case MAP:
			return decodeMap(bytes, start);
		case VERTEX:
			return readVertex(bytes, start);
		case EDGE:
			return readEdge(bytes, start);
		case PATH:
			return readPath(bytes, start);
		default:
			return readTemporal(bytes, start, end);
	}
}

function readInteger(bytes: Uint8Array, start: number, end: number): number | bigint {
	const count = end - start;
	if (count === 1) return (bytes[start]! << 24) >> 24;
	if (count === 0) return 0;
	if (count === 2) return ((bytes[start]! | (bytes[start + 1]! << 8)) << 16) >> 16;
	if (count === 4) return wide.readInt32Le(bytes, start);
	if (count === 3) return ((bytes[start]! | (bytes[start + 1]! << 8) | (bytes[start + 2]! << 16)) << 8) >> 8;
	if (count === 8) return wide.readInt8Le(bytes, start);
	let high = (bytes[end - 1]! << 24) >> 24;
	for (let at = end - 2; at >= start + 4; at--) high = high * 256 + bytes[at]!;
	return wide.joinInt8(high, wide.readInt32Le(bytes, start) >>> 0);
}

function readSized(bytes: Uint8Array, at: number, width: number): number {
	const first = bytes[at]!;
	if (width === 1) return first;
	const low = first | (bytes[at + 1]! << 8);
	return width === 2 ? low : (low | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

function readItems(bytes: Uint8Array, start: number): DynamicValue[] {
	const width = bytes[start + 1]!;
	const count = readSized(bytes, start + 2, width);
	const first = start + 2 + width * (1 + count);
	const items: DynamicValue[] = [];
	let from = first;
	for (let index = 0, at = start + 2 + width; index < count; index++, at += width) {
		const to = first + readSized(bytes, at, width);
		items.push(readDynamic(bytes, from, to));
		from = to;
	}
	return items;
}

/** The map at `start`, in the order of its keys' bytes. */
export function decodeMap(bytes: Uint8Array, start: number): Map<string, DynamicValue> {
	const width = bytes[start + 1]!;
	const count = readSized(bytes, start + 2, width);
	const keyEnds = start + 2 + width;
	const valueEnds = keyEnds + width * count;
	const firstKey = valueEnds + width * count;
	const firstValue = firstKey + (count === 0 ? 0 : readSized(bytes, valueEnds - width, width));
	const map = new Map<string, DynamicValue>();
	let key = firstKey;
	let value = firstValue;
	for (let index = 0; index < count; index++) {
		const keyEnd = firstKey + readSized(bytes, keyEnds + width * index, width);
		const valueEnd = firstValue + readSized(bytes, valueEnds + width * index, width);
		map.set(decodeUtf8(bytes, key, keyEnd), readDynamic(bytes, value, valueEnd));
		key = keyEnd;
		value = valueEnd;
	}
	return map;
}

/** Keys of the map at `start`, in the order of their bytes. */
export function mapKeys(bytes: Uint8Array, start: number): string[] {
	const width = bytes[start + 1]!;
	const count = readSized(bytes, start + 2, width);
	const firstKey = start + 2 + width * (1 + 2 * count);
	const keys: string[] = [];
	let from = firstKey;
	for (let index = 0; index < count; index++) {
		const to = firstKey + readSized(bytes, start + 2 + width * (1 + index), width);
		keys.push(decodeUtf8(bytes, from, to));
		from = to;
	}
	return keys;
}

/** Count of keys of the map at `start`. */
export function mapKeyCount(bytes: Uint8Array, start: number): number {
	return readSized(bytes, start + 2, bytes[start + 1]!);
}

/** Where the value of a key of the map at `start` begins; its end is left in `key.foundEnd`. −1 when there is no such key. */
export function findMapValue(bytes: Uint8Array, start: number, key: PropertyKey): number {
	const width = bytes[start + 1]!;
	if (width === 1) {
		// Nearly every map, and nearly every time at the place of the last one: without calls, since much code runs only some hundred times.
		const count = bytes[start + 2]!;
		const hint = key.hint;
		if (hint < count) {
			const wanted = key.bytes;
			const { length } = wanted;
			const valueEnds = start + 3 + count;
			const firstKey = valueEnds + count;
			const keyEnd = firstKey + bytes[start + 3 + hint]!;
			const from = hint === 0 ? firstKey : firstKey + bytes[start + 2 + hint]!;
			let i = 0;
			if (keyEnd - from === length) while (i < length && bytes[from + i] === wanted[i]) i++;
			if (i === length && keyEnd - from === length) {
				const firstValue = firstKey + bytes[valueEnds - 1]!;
				key.foundEnd = firstValue + bytes[valueEnds + hint]!;
				return hint === 0 ? firstValue : firstValue + bytes[valueEnds + hint - 1]!;
			}
		}
	}
	return searchMapValue(bytes, start, width, key);
}

function searchMapValue(bytes: Uint8Array, start: number, width: number, key: PropertyKey): number {
	const count = readSized(bytes, start + 2, width);
	let low = 0;
	let high = count - 1;
	while (low <= high) {
		const middle = (low + high) >> 1;
		const order = compareKey(bytes, start, width, count, middle, key.bytes);
		if (order === 0) {
			key.hint = middle;
			return valueAt(bytes, start, width, count, middle, key);
		}
		if (order < 0) low = middle + 1;
		else high = middle - 1;
	}
	return -1;
}

/** The value of a key of the map at `start`, or null. */
export function readMapValue(bytes: Uint8Array, start: number, key: PropertyKey): DynamicValue {
	const at = findMapValue(bytes, start, key);
	return at < 0 ? null : readDynamic(bytes, at, key.foundEnd);
}

function compareKey(bytes: Uint8Array, start: number, width: number, count: number, index: number, key: Uint8Array): number {
	const ends = start + 2 + width;
	const first = ends + 2 * width * count;
	const from = first + (index === 0 ? 0 : readSized(bytes, ends + width * (index - 1), width));
	const length = first + readSized(bytes, ends + width * index, width) - from;
	const common = length < key.length ? length : key.length;
	for (let at = 0; at < common; at++) {
		const difference = bytes[from + at]! - key[at]!;
		if (difference !== 0) return difference;
	}
	return length - key.length;
}

function valueAt(bytes: Uint8Array, start: number, width: number, count: number, index: number, key: PropertyKey): number {
	const valueEnds = start + 2 + width * (1 + count);
	const firstKey = valueEnds + width * count;
	const firstValue = firstKey + readSized(bytes, valueEnds - width, width);
	key.foundEnd = firstValue + readSized(bytes, valueEnds + width * index, width);
	return index === 0 ? firstValue : firstValue + readSized(bytes, valueEnds + width * (index - 1), width);
}

/** Place and end of part `index` of the list at `start`. */
function partBounds(bytes: Uint8Array, start: number, index: number): [from: number, to: number] {
	const width = bytes[start + 1]!;
	const ends = start + 2 + width;
	const first = ends + width * readSized(bytes, start + 2, width);
	return [first + (index === 0 ? 0 : readSized(bytes, ends + width * (index - 1), width)), first + readSized(bytes, ends + width * index, width)];
}

function readPart(bytes: Uint8Array, start: number, index: number): DynamicValue {
	const [from, to] = partBounds(bytes, start, index);
	return readDynamic(bytes, from, to);
}

function readPartProperties(bytes: Uint8Array, start: number, index: number): PropertyMap {
	const [from, to] = partBounds(bytes, start, index);
	return readProperties(bytes, from, to);
}

/** A map of properties with a copy of its bytes. */
export function readProperties(bytes: Uint8Array, start: number, end: number): PropertyMap {
	if (bytes[start] !== MAP) throw new CorruptionError('corruption', `a property map begins with byte ${bytes[start]}, not ${MAP}`);
	const copy = new Uint8Array(end - start);
	copyBytes(bytes, start, end, copy, 0);
	return PropertyMap.fromBytes(copy, 0, copy.length);
}

function readVertex(bytes: Uint8Array, start: number): Vertex {
	return new Vertex(readPart(bytes, start, 0) as number, readPart(bytes, start, 1) as string[], readPartProperties(bytes, start, 2));
}

function readEdge(bytes: Uint8Array, start: number): Edge {
	return new Edge(
		readPart(bytes, start, 0) as number,
		readPart(bytes, start, 1) as string,
		readPart(bytes, start, 2) as number,
		readPart(bytes, start, 3) as number,
		readPartProperties(bytes, start, 4),
	);
}

function readPath(bytes: Uint8Array, start: number): GraphPath {
	const items = readItems(bytes, start);
	return new GraphPath(items.filter((_, index) => index % 2 === 0) as Vertex[], items.filter((_, index) => index % 2 === 1) as Edge[]);
}
