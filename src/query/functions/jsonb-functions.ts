/**
 * Operators and functions of jsonb. What they do to trees is in `jsonb-access.ts`; the path language is in `json-path-functions.ts`.
 *
 * Source: PostgreSQL manual §9.16.
 */
import { sqlError } from '../../platform/errors.ts';
import { formatJsonb, JSON_NULL, type Jsonb, JsonbArray, JsonbObject, jsonbKind, quoteJson } from '../../value/jsonb.ts';
import type { PgArray } from '../../value/pg-array.ts';
import type { CallInfo, OperatorEntry, ScalarFunction, SetFunction } from './contracts.ts';
import { boundContextual, type Evaluate, operator, scalar, set } from './define.ts';
import { jsonbMaker, textOfJsonb } from './json-conversion.ts';
import { populateFunctions, populateSets } from './json-population.ts';
import {
	jsonbAtPath,
	jsonbChangePath,
	jsonbConcatenate,
	jsonbContains,
	jsonbDeleteIndex,
	jsonbDeleteKeys,
	jsonbElement,
	jsonbExists,
	jsonbMember,
	jsonbStripNulls,
	type PathChange,
} from './jsonb-access.ts';

const texts = (array: PgArray): readonly (string | null)[] => array.elements as readonly (string | null)[];

const member = (value: Jsonb, key: string): Jsonb | null => jsonbMember(value, key) ?? null;
const memberText = (value: Jsonb, key: string): string | null => textOfJsonb(jsonbMember(value, key));
const element = (value: Jsonb, index: number): Jsonb | null => jsonbElement(value, index) ?? null;
const elementText = (value: Jsonb, index: number): string | null => textOfJsonb(jsonbElement(value, index));
const atPath = (value: Jsonb, path: PgArray): Jsonb | null => jsonbAtPath(value, texts(path)) ?? null;
const atPathText = (value: Jsonb, path: PgArray): string | null => textOfJsonb(jsonbAtPath(value, texts(path)));

function existsAny(value: Jsonb, keys: PgArray): boolean {
	return texts(keys).some((key) => key !== null && jsonbExists(value, key));
}

function existsAll(value: Jsonb, keys: PgArray): boolean {
	return texts(keys).every((key) => key === null || jsonbExists(value, key));
}

/** A path must be one-dimensional, and a scalar has no parts. */
function change(value: Jsonb, path: PgArray, how: PathChange, refusal: string): Jsonb {
	if (path.dimensions.length > 1) throw sqlError('2202E', 'wrong number of array subscripts');
	if (!(value instanceof JsonbArray) && !(value instanceof JsonbObject)) throw sqlError('22023', refusal);
	return jsonbChangePath(value, texts(path), how);
}

function setPath(target: Jsonb, path: PgArray, value: Jsonb, create = true): Jsonb {
	return change(target, path, { operation: 'set', value, create }, 'cannot set path in scalar');
}

function insertPath(target: Jsonb, path: PgArray, value: Jsonb, after = false): Jsonb {
	return change(target, path, { operation: 'insert', value, after, create: true }, 'cannot set path in scalar');
}

const deletePath = (target: Jsonb, path: PgArray): Jsonb => change(target, path, { operation: 'delete' }, 'cannot delete path in scalar');

/** jsonb_set with a say in what SQL's null does: `use_json_null`, `delete_key`, `return_target` or `raise_exception`. */
function setLax(target: Jsonb | null, path: PgArray | null, value: Jsonb | null, create: boolean | null, treatment: string | null): Jsonb | null {
	if (target === null || path === null || create === null) return null;
	const known = ['raise_exception', 'return_target', 'delete_key', 'use_json_null'];
	if (treatment === null || !known.includes(treatment)) {
		throw sqlError('22023', 'null_value_treatment must be "delete_key", "return_target", "use_json_null", or "raise_exception"');
	}
	if (value !== null) return setPath(target, path, value, create);
	switch (treatment) {
		case 'return_target':
			return target;
		case 'delete_key':
			return deletePath(target, path);
		case 'use_json_null':
			return setPath(target, path, JSON_NULL, create);
		default:
			throw sqlError('22004', 'JSON value must not be null', {
				detail: 'Exception was raised because null_value_treatment is "raise_exception".',
				hint: 'To avoid, either change the null_value_treatment argument or ensure that an SQL NULL is not passed.',
			});
	}
}

function arrayLength(value: Jsonb): number {
	if (value instanceof JsonbArray) return value.items.length;
	throw sqlError('22023', value instanceof JsonbObject ? 'cannot get array length of a non-array' : 'cannot get array length of a scalar');
}

/** Four blanks a level, as psql users know it. */
export function prettyJsonb(value: Jsonb, depth = 0): string {
	const inner = '    '.repeat(depth + 1);
	if (value instanceof JsonbArray) {
		if (value.items.length === 0) return `[\n${'    '.repeat(depth)}]`;
		return `[\n${value.items.map((item) => inner + prettyJsonb(item, depth + 1)).join(',\n')}\n${'    '.repeat(depth)}]`;
	}
	if (!(value instanceof JsonbObject)) return formatJsonb(value);
	if (value.keys.length === 0) return `{\n${'    '.repeat(depth)}}`;
	const members = value.keys.map((key, index) => `${inner}${quoteJson(key)}: ${prettyJsonb(value.values[index]!, depth + 1)}`);
	return `{\n${members.join(',\n')}\n${'    '.repeat(depth)}}`;
}

function itemsOf(value: Jsonb): readonly Jsonb[] {
	if (value instanceof JsonbArray) return value.items;
	throw sqlError('22023', value instanceof JsonbObject ? 'cannot extract elements from an object' : 'cannot extract elements from a scalar');
}

function objectOf(value: Jsonb, name: string): JsonbObject {
	if (value instanceof JsonbObject) return value;
	if (name !== 'jsonb_object_keys') throw sqlError('22023', `cannot call ${name} on a non-object`);
	throw sqlError('22023', `cannot call ${name} on ${value instanceof JsonbArray ? 'an array' : 'a scalar'}`);
}

const members = (value: Jsonb, name: string): (readonly [string, Jsonb])[] => {
	const object = objectOf(value, name);
	return object.keys.map((key, index) => [key, object.values[index]!] as const);
};

const memberTexts = (value: Jsonb, name: string): (readonly [string, string | null])[] =>
	members(value, name).map(([key, item]) => [key, textOfJsonb(item)] as const);

function bindToJsonb(info: CallInfo): Evaluate {
	return jsonbMaker(info.argumentTypes[0]!, info.types);
}

const field = scalar(3478, 'jsonb_object_field(from_json jsonb, field_name text) jsonb', member);
const fieldText = scalar(3214, 'jsonb_object_field_text(from_json jsonb, field_name text) text', memberText);
const item = scalar(3215, 'jsonb_array_element(from_json jsonb, element_index int4) jsonb', element);
const itemText = scalar(3216, 'jsonb_array_element_text(from_json jsonb, element_index int4) text', elementText);
const path = scalar(3217, 'jsonb_extract_path(from_json jsonb, variadic path_elems _text) jsonb', atPath);
const pathText = scalar(3940, 'jsonb_extract_path_text(from_json jsonb, variadic path_elems _text) text', atPathText);
const deleteKeys = scalar(3343, 'jsonb_delete(from_json jsonb, variadic path_elems _text) jsonb', (value: Jsonb, keys: PgArray) =>
	jsonbDeleteKeys(value, texts(keys)),
);

export const jsonbOperators: readonly OperatorEntry[] = [
	operator(3211, 'jsonb -> text', field),
	operator(3477, 'jsonb ->> text', fieldText),
	operator(3212, 'jsonb -> int4', item),
	operator(3481, 'jsonb ->> int4', itemText),
	operator(3213, 'jsonb #> _text', path),
	operator(3206, 'jsonb #>> _text', pathText),
	operator(3246, 'jsonb @> jsonb', scalar(4046, 'jsonb_contains(jsonb, jsonb) bool', jsonbContains), '<@'),
	operator(
		3250,
		'jsonb <@ jsonb',
		scalar(4050, 'jsonb_contained(jsonb, jsonb) bool', (a: Jsonb, b: Jsonb) => jsonbContains(b, a)),
		'@>',
	),
	operator(3247, 'jsonb ? text', scalar(4047, 'jsonb_exists(jsonb, text) bool', jsonbExists)),
	operator(3248, 'jsonb ?| _text', scalar(4048, 'jsonb_exists_any(jsonb, _text) bool', existsAny)),
	operator(3249, 'jsonb ?& _text', scalar(4049, 'jsonb_exists_all(jsonb, _text) bool', existsAll)),
	operator(3284, 'jsonb || jsonb', scalar(3301, 'jsonb_concat(jsonb, jsonb) jsonb', jsonbConcatenate)),
	operator(
		3285,
		'jsonb - text',
		scalar(3302, 'jsonb_delete(jsonb, text) jsonb', (value: Jsonb, key: string) => jsonbDeleteKeys(value, [key])),
	),
	operator(3286, 'jsonb - int4', scalar(3303, 'jsonb_delete(jsonb, int4) jsonb', jsonbDeleteIndex)),
	operator(3398, 'jsonb - _text', deleteKeys),
	operator(3287, 'jsonb #- _text', scalar(3304, 'jsonb_delete_path(jsonb, _text) jsonb', deletePath)),
];

export const jsonbFunctions: readonly ScalarFunction[] = [
	scalar(3207, 'jsonb_array_length(jsonb) int4', arrayLength),
	scalar(3210, 'jsonb_typeof(jsonb) text', jsonbKind),
	scalar(3262, 'jsonb_strip_nulls(jsonb) jsonb', jsonbStripNulls),
	scalar(3306, 'jsonb_pretty(jsonb) text', (value: Jsonb) => prettyJsonb(value)),
	scalar(3305, 'jsonb_set(jsonb_in jsonb, path _text, replacement jsonb, create_if_missing bool = true) jsonb', setPath),
	scalar(
		5054,
		'jsonb_set_lax(jsonb_in jsonb, path _text, replacement jsonb, create_if_missing bool = true, null_value_treatment text = "use_json_null") jsonb',
		setLax,
		{ strict: false },
	),
	scalar(3579, 'jsonb_insert(jsonb_in jsonb, path _text, replacement jsonb, insert_after bool = false) jsonb', insertPath),
	boundContextual(3787, 'to_jsonb(anyelement) jsonb', bindToJsonb),
	...populateFunctions('jsonb', (value) => value as Jsonb, { populate: 3209, toRecord: 3490 }),
];

export const jsonbSets: readonly SetFunction[] = [
	set(3219, 'jsonb_array_elements(from_json jsonb) jsonb', itemsOf, { columnName: 'value' }),
	set(3465, 'jsonb_array_elements_text(from_json jsonb) text', (value: Jsonb) => itemsOf(value).map(textOfJsonb), { columnName: 'value' }),
	set(3208, 'jsonb_each(from_json jsonb) record', (value: Jsonb) => members(value, 'jsonb_each'), { outputs: 'key text, value jsonb' }),
	set(3932, 'jsonb_each_text(from_json jsonb) record', (value: Jsonb) => memberTexts(value, 'jsonb_each_text'), { outputs: 'key text, value text' }),
	set(3931, 'jsonb_object_keys(jsonb) text', (value: Jsonb) => objectOf(value, 'jsonb_object_keys').keys),
	...populateSets('jsonb', (value) => value as Jsonb, { populate: 3475, toRecord: 3491 }),
];
