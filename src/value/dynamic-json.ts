/**
 * Dynamic values and property maps as JSON, for SQL: text forms, and jsonb both ways.
 *
 * | value | JSON |
 * |---|---|
 * | null, boolean, string, list, map | themselves |
 * | integer | number without a point |
 * | float | number with a point (`1.0`); NaN and infinities are strings |
 * | temporal | its text, a string |
 * | point | object: `crs`, `srid`, `x`, `y` and, where it has one, `z` |
 * | bytes | hexadecimal string that begins with `\x` |
 * | node | object: `id`, `labels`, `properties` |
 * | relationship | object: `id`, `type`, `tail`, `head`, `properties` |
 * | path | array of nodes and relationships in turn |
 *
 * Backwards a number is an integer where it has no point and fits in 64 bits, otherwise a float; strings stay strings.
 */
import { sqlError } from '../platform/errors.ts';
import { formatBytea } from './bytea-text.ts';
import { Decimal } from './decimal.ts';
import { type DynamicMap, type DynamicValue, Edge, floatText, floatValue, GraphPath, IntegralFloat, Vertex } from './dynamic.ts';
import { parseJsonb } from './json-parser.ts';
import { JSON_NULL, type Jsonb, JsonbArray, JsonbObject, jsonbFromJavaScript, quoteJson } from './jsonb.ts';
import { PropertyMap } from './property-map.ts';
import { Point } from './spatial/point.ts';

/** JSON text, with a blank after each colon and comma, as jsonb has it. */
export function formatDynamic(value: DynamicValue): string {
	switch (typeof value) {
		case 'string':
			return quoteJson(value);
		case 'number':
			return Number.isFinite(value) ? String(value) : quoteJson(String(value));
		case 'bigint':
		case 'boolean':
			return String(value);
		default:
			return value === null ? 'null' : formatObject(value);
	}
}

function formatObject(value: Exclude<DynamicValue, null | boolean | string | number | bigint>): string {
	if (value instanceof IntegralFloat) return integralText(value.value);
	if (Array.isArray(value)) return `[${(value as readonly DynamicValue[]).map(formatDynamic).join(', ')}]`;
	if (value instanceof Map) return formatMap(value as DynamicMap);
	const parts = partsOf(value);
	return typeof parts === 'string' ? quoteJson(parts) : formatDynamic(parts);
}

/** 1e300 is not written with an exponent: it shall be read as a float again. */
function integralText(value: number): string {
	return Math.abs(value) < 1e21 ? `${String(value)}.0` : floatText(value).replace('E', 'e+');
}

function formatMap(map: DynamicMap): string {
	const entries: string[] = [];
	for (const [key, value] of map) entries.push(`${quoteJson(key)}: ${formatDynamic(value)}`);
	return `{${entries.join(', ')}}`;
}

/** What JSON has no value for, as a text or as values that it has. */
function partsOf(value: object): string | DynamicValue {
	if (value instanceof Vertex) {
		return new Map<string, DynamicValue>([
			['id', value.id],
			['labels', value.labels],
			['properties', value.properties.entries()],
		]);
	}
	if (value instanceof Edge) {
		return new Map<string, DynamicValue>([
			['id', value.id],
			['type', value.type],
			['tail', value.tail],
			['head', value.head],
			['properties', value.properties.entries()],
		]);
	}
	if (value instanceof GraphPath) return value.vertices.flatMap((vertex, index) => (index === 0 ? [vertex] : [value.edges[index - 1]!, vertex]));
	if (value instanceof Point) return pointParts(value);
	return value instanceof Uint8Array ? formatBytea(value, 'hex') : String(value);
}

function pointParts(point: Point): DynamicMap {
	const parts = new Map<string, DynamicValue>([
		['crs', point.crs],
		['srid', point.srid],
		['x', floatValue(point.x)],
		['y', floatValue(point.y)],
	]);
	return point.hasHeight ? parts.set('z', floatValue(point.z)) : parts;
}

/** The JSON object of a property map. */
export function formatProperties(properties: PropertyMap): string {
	return formatMap(properties.entries());
}

/** A property map from the text of a JSON object; nulls are left out. 22P02 for a text that is none. */
export function parseProperties(text: string): PropertyMap {
	return propertiesFromJsonb(parseJsonb(text));
}

/** A property map from a JSON object; nulls are left out. 22023 for any other JSON value. */
export function propertiesFromJsonb(value: Jsonb): PropertyMap {
	if (!(value instanceof JsonbObject)) throw sqlError('22023', 'properties must be a JSON object');
	return PropertyMap.of(value.keys.map((key, index): [string, DynamicValue] => [key, dynamicFromJsonb(value.values[index]!)]));
}

/** A property map from a JavaScript object, as through jsonb: integers are integers, other numbers floats. 22023 for what is no object. */
export function propertiesFromJavaScript(value: unknown): PropertyMap {
	if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype || 'toJSON' in value) {
		return propertiesFromJsonb(jsonbFromJavaScript(value));
	}
	const entries: [string, DynamicValue][] = [];
	for (const key of Object.keys(value)) {
		const item = (value as Readonly<Record<string, unknown>>)[key];
		if (item !== undefined) entries.push([key, dynamicFromJavaScript(item)]);
	}
	return PropertyMap.of(entries);
}

function dynamicFromJavaScript(value: unknown): DynamicValue {
	if (typeof value === 'string' || typeof value === 'boolean') return value;
	if (typeof value === 'number' && (Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value)))) return value === 0 ? 0 : value;
	return dynamicFromJsonb(jsonbFromJavaScript(value));
}

export function dynamicFromJsonb(value: Jsonb): DynamicValue {
	if (typeof value === 'string' || typeof value === 'boolean') return value;
	if (value instanceof Decimal) return numberFromDecimal(value);
	if (value instanceof JsonbArray) return value.items.map(dynamicFromJsonb);
	if (value instanceof JsonbObject) return new Map(value.keys.map((key, index) => [key, dynamicFromJsonb(value.values[index]!)]));
	return null;
}

const INT8_MIN = -(2n ** 63n);
const INT8_MAX = 2n ** 63n - 1n;

function numberFromDecimal(value: Decimal): DynamicValue {
	const { coefficient } = value;
	if (value.scale === 0 && coefficient >= INT8_MIN && coefficient <= INT8_MAX) return coefficient;
	return floatValue(Number(value.toString()));
}

export function propertiesToJsonb(properties: PropertyMap): Jsonb {
	return dynamicToJsonb(properties.entries());
}

/** 22P05 for a string with a 0 character, which jsonb cannot hold. */
export function dynamicToJsonb(value: DynamicValue): Jsonb {
	switch (typeof value) {
		case 'string':
			return checkedText(value);
		case 'number':
			return Number.isFinite(value) ? Decimal.parse(String(value)) : String(value);
		case 'bigint':
			return new Decimal(value, 0);
		case 'boolean':
			return value;
		default:
			return value === null ? JSON_NULL : objectToJsonb(value);
	}
}

function objectToJsonb(value: Exclude<DynamicValue, null | boolean | string | number | bigint>): Jsonb {
	if (value instanceof IntegralFloat) return Decimal.parse(`${BigInt(value.value)}.0`);
	if (Array.isArray(value)) return new JsonbArray((value as readonly DynamicValue[]).map(dynamicToJsonb));
	if (value instanceof Map) {
		return JsonbObject.from([...(value as DynamicMap)].map(([key, item]): [string, Jsonb] => [checkedText(key), dynamicToJsonb(item)]));
	}
	const parts = partsOf(value);
	return typeof parts === 'string' ? parts : dynamicToJsonb(parts);
}

function checkedText(text: string): string {
	if (text.includes('\0')) throw sqlError('22P05', 'unsupported Unicode escape sequence', { detail: '\\u0000 cannot be converted to text.' });
	return text;
}
