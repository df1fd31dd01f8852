/**
 * jsonb values: trees with exact numbers and keys in jsonb's own order, and the comparison of PostgreSQL's btree operator
 * class. JSON null is `JSON_NULL`, never JavaScript's null, which is SQL's NULL.
 *
 * Text is read by `json-parser.ts`; the binary form of rows is in `jsonb-binary.ts`.
 */
import { sqlError } from '../platform/errors.ts';
import { Decimal } from './decimal.ts';
import { compareText } from './text-order.ts';

export { checkJson, parseJsonb } from './json-parser.ts';

/** JSON null: distinct from SQL's null. */
export const JSON_NULL: JsonNull = Object.freeze({ json: 'null' });
export interface JsonNull {
	readonly json: 'null';
}

export type Jsonb = JsonNull | boolean | string | Decimal | JsonbArray | JsonbObject;

export class JsonbArray {
	readonly items: readonly Jsonb[];

	constructor(items: readonly Jsonb[]) {
		this.items = items;
	}
}

/** Keys are in jsonb's order (by byte length, then bytes), without duplicates. */
export class JsonbObject {
	readonly keys: readonly string[];
	readonly values: readonly Jsonb[];

	constructor(keys: readonly string[], values: readonly Jsonb[]) {
		this.keys = keys;
		this.values = values;
	}

	/** Sorts; the last of equal keys stays. */
	static from(entries: Iterable<readonly [string, Jsonb]>): JsonbObject {
		const byKey = new Map<string, Jsonb>(entries);
		const keys = [...byKey.keys()];
		if (keys.length > 1) keys.sort(compareJsonbKeys);
		return new JsonbObject(
			keys,
			keys.map((key) => byKey.get(key)!),
		);
	}

	get(key: string): Jsonb | undefined {
		let low = 0;
		let high = this.keys.length - 1;
		while (low <= high) {
			const middle = (low + high) >> 1;
			const order = compareJsonbKeys(this.keys[middle]!, key);
			if (order === 0) return this.values[middle];
			if (order < 0) low = middle + 1;
			else high = middle - 1;
		}
		return undefined;
	}
}

/** Order of keys within an object: shorter in bytes first, then bytes. */
export function compareJsonbKeys(left: string, right: string): number {
	const difference = utf8Length(left) - utf8Length(right);
	return difference !== 0 ? difference : compareText(left, right);
}

function utf8Length(text: string): number {
	for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) >= 0x80) return Buffer.byteLength(text, 'utf8');
	return text.length;
}

export type JsonbKind = 'null' | 'boolean' | 'string' | 'number' | 'array' | 'object';

export function jsonbKind(value: Jsonb): JsonbKind {
	if (typeof value === 'string') return 'string';
	if (typeof value === 'boolean') return 'boolean';
	if (value instanceof Decimal) return 'number';
	if (value instanceof JsonbArray) return 'array';
	return value instanceof JsonbObject ? 'object' : 'null';
}

/** A string as a JSON text literal, as PostgreSQL escapes it. */
export function quoteJson(text: string): string {
	// JSON.stringify escapes as PostgreSQL does, but for lone surrogates, which no text has.
	return JSON.stringify(text);
}

/** The text PostgreSQL prints: a blank after each colon and comma. */
export function formatJsonb(value: Jsonb): string {
	if (typeof value === 'string') return quoteJson(value);
	if (typeof value === 'boolean') return value ? 'true' : 'false';
	if (value instanceof Decimal) return value.toString();
	if (value instanceof JsonbArray) {
		let text = '[';
		const items = value.items;
		for (let index = 0; index < items.length; index++) text += (index === 0 ? '' : ', ') + formatJsonb(items[index]!);
		return `${text}]`;
	}
	if (value instanceof JsonbObject) {
		let text = '{';
		const { keys, values } = value;
		for (let index = 0; index < keys.length; index++) text += `${index === 0 ? '' : ', '}${quoteJson(keys[index]!)}: ${formatJsonb(values[index]!)}`;
		return `${text}}`;
	}
	return 'null';
}

/** PostgreSQL's order of kinds: null < string < number < boolean < array < object. */
const RANKS: Readonly<Record<JsonbKind, number>> = { null: 0, string: 1, number: 2, boolean: 3, array: 4, object: 5 };

/** The order of jsonb's btree operator class. At the top, an empty array is below every scalar (a quirk kept from PostgreSQL). */
export function compareJsonb(left: Jsonb, right: Jsonb): number {
	const leftEmpty = left instanceof JsonbArray && left.items.length === 0;
	const rightEmpty = right instanceof JsonbArray && right.items.length === 0;
	if (leftEmpty !== rightEmpty) {
		if (leftEmpty && isScalar(right)) return -1;
		if (rightEmpty && isScalar(left)) return 1;
	}
	return compareNested(left, right);
}

function isScalar(value: Jsonb): boolean {
	return !(value instanceof JsonbArray || value instanceof JsonbObject);
}

function compareNested(left: Jsonb, right: Jsonb): number {
	if (typeof left === 'string' && typeof right === 'string') return compareText(left, right);
	if (left instanceof Decimal && right instanceof Decimal) return left.compare(right);
	const difference = RANKS[jsonbKind(left)] - RANKS[jsonbKind(right)];
	if (difference !== 0) return difference;
	if (typeof left === 'boolean') return Number(left) - Number(right);
	if (left instanceof JsonbArray) return compareItems(left.items, (right as JsonbArray).items);
	if (left instanceof JsonbObject) return compareObjects(left, right as JsonbObject);
	return 0;
}

function compareItems(left: readonly Jsonb[], right: readonly Jsonb[]): number {
	if (left.length !== right.length) return left.length - right.length;
	for (let index = 0; index < left.length; index++) {
		const order = compareNested(left[index]!, right[index]!);
		if (order !== 0) return order;
	}
	return 0;
}

function compareObjects(left: JsonbObject, right: JsonbObject): number {
	if (left.keys.length !== right.keys.length) return left.keys.length - right.keys.length;
	for (let index = 0; index < left.keys.length; index++) {
		const keyOrder = compareText(left.keys[index]!, right.keys[index]!);
		if (keyOrder !== 0) return keyOrder;
		const order = compareNested(left.values[index]!, right.values[index]!);
		if (order !== 0) return order;
	}
	return 0;
}

/** A primitive that is the same for equal values, whatever the scale of their numbers. */
export function jsonbEqualityKey(value: Jsonb): string {
	if (value instanceof Decimal) return value.trimScale().toString();
	if (value instanceof JsonbArray) return `[${value.items.map(jsonbEqualityKey).join(',')}]`;
	if (value instanceof JsonbObject) return `{${value.keys.map((key, index) => `${JSON.stringify(key)}:${jsonbEqualityKey(value.values[index]!)}`).join(',')}}`;
	return typeof value === 'string' ? JSON.stringify(value) : formatJsonb(value);
}

/** A JavaScript value (what JSON.stringify takes; bigint allowed) as jsonb. `undefined` in an object is left out, elsewhere null. */
export function jsonbFromJavaScript(value: unknown): Jsonb {
	switch (typeof value) {
		case 'string':
		case 'boolean':
			return value;
		case 'bigint':
			return Decimal.parse(value.toString());
		case 'number':
			if (!Number.isFinite(value)) throw sqlError('22023', `${value} is not a JSON number`);
			return Decimal.parse(String(value));
		case 'object':
			return value === null ? JSON_NULL : jsonbFromObject(value);
		default:
			if (value === undefined) return JSON_NULL;
			throw sqlError('22023', `a ${typeof value} is not a JSON value`);
	}
}

function jsonbFromObject(value: object): Jsonb {
	if (value === JSON_NULL || value instanceof Decimal || value instanceof JsonbArray || value instanceof JsonbObject) return value as Jsonb;
	if (Array.isArray(value)) return new JsonbArray(value.map(jsonbFromJavaScript));
	const own = (value as { toJSON?: unknown }).toJSON;
	if (typeof own === 'function') return jsonbFromJavaScript(own.call(value));
	const entries: [string, Jsonb][] = [];
	for (const [key, item] of Object.entries(value)) if (item !== undefined) entries.push([key, jsonbFromJavaScript(item)]);
	return JsonbObject.from(entries);
}

/** The value as JSON.parse would give it. */
export function jsonbToJavaScript(value: Jsonb): unknown {
	if (typeof value === 'string' || typeof value === 'boolean') return value;
	if (value instanceof Decimal) return Number(value.toString());
	if (value instanceof JsonbArray) return value.items.map(jsonbToJavaScript);
	if (!(value instanceof JsonbObject)) return null;
	const object: Record<string, unknown> = {};
	value.keys.forEach((key, index) => {
		// defineProperty, so that a key named __proto__ becomes a property like any other.
		Object.defineProperty(object, key, { value: jsonbToJavaScript(value.values[index]!), enumerable: true, writable: true, configurable: true });
	});
	return object;
}
