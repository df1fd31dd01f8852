/**
 * jsonb in rows. A value is a tag byte and what follows; its end is known from outside.
 *
 * | tag | value | bytes after the tag |
 * |---|---|---|
 * | 0, 1, 2 | null, false, true | |
 * | 3 | text | UTF-8 |
 * | 4 | number | `decimal-binary.ts` |
 * | 5 | array | count n; n ends of items; items |
 * | 6 | object | count n; n ends of keys; n ends of values; keys; values |
 *
 * Counts and ends take 4 bytes, little-endian; ends count from the first item (key, value), so that any item is reached in
 * O(1) and any key in O(log n): keys stand in jsonb's order.
 */

import { Decimal } from './decimal.ts';
import { readDecimal, writeDecimal } from './decimal-binary.ts';
import { compareJsonbKeys, JSON_NULL, type Jsonb, JsonbArray, JsonbObject } from './jsonb.ts';
import { type KeyTarget, reserveBytes } from './key-buffer.ts';
import { decodeUtf8, encodeUtf8, UTF8_BYTES_PER_UNIT_MAX } from './utf8.ts';
import { readInt32Le, writeInt32Le } from './wide-integer.ts';

const TEXT = 3;
const NUMBER = 4;
const ARRAY = 5;
const OBJECT = 6;

export function writeJsonbBinary(value: Jsonb, target: KeyTarget): void {
	if (typeof value === 'string') {
		writeTag(target, TEXT);
		writeText(value, target);
	} else if (value instanceof Decimal) {
		writeTag(target, NUMBER);
		writeDecimal(value, target);
	} else if (typeof value === 'boolean') writeTag(target, value ? 2 : 1);
	else if (value instanceof JsonbArray) {
		writeTag(target, ARRAY);
		const count = value.items.length;
		const ends = writeTable(target, count, count);
		writeAll(value.items, ends, target);
	} else if (value instanceof JsonbObject) {
		writeTag(target, OBJECT);
		const count = value.keys.length;
		const ends = writeTable(target, count, 2 * count);
		const keysStart = target.length;
		for (let index = 0; index < count; index++) {
			writeText(value.keys[index]!, target);
			writeInt32Le(target.bytes, ends + 4 * index, target.length - keysStart);
		}
		writeAll(value.values, ends + 4 * count, target);
	} else writeTag(target, 0);
}

function writeTag(target: KeyTarget, tag: number): void {
	reserveBytes(target, 1);
	target.bytes[target.length++] = tag;
}

/** A count and room for a table of ends; returns where the table begins. */
function writeTable(target: KeyTarget, count: number, ends: number): number {
	reserveBytes(target, 4 + 4 * ends);
	writeInt32Le(target.bytes, target.length, count);
	const at = target.length + 4;
	target.length = at + 4 * ends;
	return at;
}

function writeAll(items: readonly Jsonb[], ends: number, target: KeyTarget): void {
	const start = target.length;
	for (let index = 0; index < items.length; index++) {
		writeJsonbBinary(items[index]!, target);
		writeInt32Le(target.bytes, ends + 4 * index, target.length - start);
	}
}

function writeText(text: string, target: KeyTarget): void {
	reserveBytes(target, text.length * UTF8_BYTES_PER_UNIT_MAX);
	target.length = encodeUtf8(target.bytes, target.length, text);
}

export function readJsonbBinary(bytes: Uint8Array, start: number, end: number): Jsonb {
	switch (bytes[start]) {
		case 1:
			return false;
		case 2:
			return true;
		case TEXT:
			return decodeUtf8(bytes, start + 1, end);
		case NUMBER:
			return readDecimal(bytes, start + 1, end);
		case ARRAY: {
			const count = readInt32Le(bytes, start + 1);
			const items: Jsonb[] = [];
			forEachPart(bytes, start + 5, count, start + 5 + 4 * count, (from, to) => items.push(readJsonbBinary(bytes, from, to)));
			return new JsonbArray(items);
		}
		case OBJECT:
			return readObject(bytes, start);
		default:
			return JSON_NULL;
	}
}

function readObject(bytes: Uint8Array, start: number): JsonbObject {
	const count = readInt32Le(bytes, start + 1);
	const keysStart = start + 5 + 8 * count;
	const keys: string[] = [];
	const values: Jsonb[] = [];
	forEachPart(bytes, start + 5, count, keysStart, (from, to) => keys.push(decodeUtf8(bytes, from, to)));
	forEachPart(bytes, start + 5 + 4 * count, count, valuesStartOf(bytes, start, count), (from, to) => values.push(readJsonbBinary(bytes, from, to)));
	return new JsonbObject(keys, values);
}

function valuesStartOf(bytes: Uint8Array, start: number, count: number): number {
	return start + 5 + 8 * count + (count === 0 ? 0 : readInt32Le(bytes, start + 5 + 4 * (count - 1)));
}

function forEachPart(bytes: Uint8Array, table: number, count: number, base: number, visit: (from: number, to: number) => void): void {
	let from = base;
	for (let index = 0; index < count; index++) {
		const to = base + readInt32Le(bytes, table + 4 * index);
		visit(from, to);
		from = to;
	}
}

/** The value of a key of the object at `start`, without reading the rest; undefined if it is no object or has no such key. */
export function findJsonbKey(bytes: Uint8Array, start: number, key: string): Jsonb | undefined {
	if (bytes[start] !== OBJECT) return undefined;
	const count = readInt32Le(bytes, start + 1);
	const table = start + 5;
	const keysStart = table + 8 * count;
	let low = 0;
	let high = count - 1;
	while (low <= high) {
		const middle = (low + high) >> 1;
		const from = keysStart + (middle === 0 ? 0 : readInt32Le(bytes, table + 4 * (middle - 1)));
		const order = compareJsonbKeys(decodeUtf8(bytes, from, keysStart + readInt32Le(bytes, table + 4 * middle)), key);
		if (order === 0) {
			const valueTable = table + 4 * count;
			const valuesStart = valuesStartOf(bytes, start, count);
			const valueFrom = valuesStart + (middle === 0 ? 0 : readInt32Le(bytes, valueTable + 4 * (middle - 1)));
			return readJsonbBinary(bytes, valueFrom, valuesStart + readInt32Le(bytes, valueTable + 4 * middle));
		}
		if (order < 0) low = middle + 1;
		else high = middle - 1;
	}
	return undefined;
}
