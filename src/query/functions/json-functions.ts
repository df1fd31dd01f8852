/**
 * Operators and functions of json, which is kept as text: parts of a value are cut out of it unchanged. Conversions of SQL values are
 * in `json-conversion.ts`, construction in `json-construction.ts`.
 *
 * Source: PostgreSQL manual §9.16.
 */
import { sqlError } from '../../platform/errors.ts';
import { parseJsonb, quoteJson } from '../../value/jsonb.ts';
import type { PgArray } from '../../value/pg-array.ts';
import type { CallInfo, FunctionContext, OperatorEntry, ScalarFunction, SetFunction } from './contracts.ts';
import { boundContextual, type Evaluate, operator, scalar, set } from './define.ts';
import { jsonWriter } from './json-conversion.ts';
import { populateFunctions, populateSets } from './json-population.ts';
import { elementOf, type JsonSpan, memberOf, scanJson, spanAsText, spanText, stepInto } from './json-text.ts';

type Take = (text: string, span: JsonSpan) => string | null;

/** Cuts a part out of a json text. */
function cut(text: string, span: JsonSpan | undefined, take: Take): string | null {
	return span === undefined ? null : take(text, span);
}

const member = (take: Take) => (text: string, key: string) => cut(text, memberOf(scanJson(text), key), take);
const element = (take: Take) => (text: string, index: number) => cut(text, elementOf(scanJson(text), index), take);

const atPath = (take: Take) => (text: string, path: PgArray) => {
	let span: JsonSpan | undefined = scanJson(text);
	for (const step of path.elements) {
		if (step === null || span === undefined) return null;
		span = stepInto(span, step as string);
	}
	return cut(text, span, take);
};

function arrayLength(text: string): number {
	const span = scanJson(text);
	if (span.kind === 'object') throw sqlError('22023', 'cannot get array length of a non-array');
	if (span.kind !== 'array') throw sqlError('22023', 'cannot get array length of a scalar');
	return span.items.length;
}

function* elements(text: string, take: Take, name: string): Generator<string | null> {
	const span = scanJson(text);
	if (span.kind !== 'array') throw sqlError('22023', span.kind === 'object' ? `cannot call ${name} on a non-array` : `cannot call ${name} on a scalar`);
	for (const item of span.items) yield take(text, item);
}

function* members(text: string, take: Take): Generator<readonly [string, string | null]> {
	const span = scanJson(text);
	if (span.kind !== 'object') throw sqlError('22023', span.kind === 'array' ? 'cannot deconstruct an array as an object' : 'cannot deconstruct a scalar');
	for (let index = 0; index < span.keys.length; index++) yield [span.keys[index]!, take(text, span.items[index]!)];
}

function keysOf(text: string): readonly string[] {
	const span = scanJson(text);
	if (span.kind === 'object') return [...new Set(span.keys)];
	throw sqlError('22023', `cannot call json_object_keys on ${span.kind === 'array' ? 'an array' : 'a scalar'}`);
}

/** Written anew without blanks and without members that are null. */
function stripNulls(text: string): string {
	const write = (span: JsonSpan): string => {
		if (span.kind === 'array') return `[${span.items.map(write).join(',')}]`;
		if (span.kind !== 'object') return spanText(text, span);
		const kept: string[] = [];
		span.items.forEach((item, index) => {
			if (item.kind !== 'null') kept.push(`${quoteJson(span.keys[index]!)}:${write(item)}`);
		});
		return `{${kept.join(',')}}`;
	};
	return write(scanJson(text));
}

function bindToJson(info: CallInfo): Evaluate {
	return jsonWriter(info.argumentTypes[0]!, info.types);
}

function bindPretty(info: CallInfo): Evaluate {
	const plain = jsonWriter(info.argumentTypes[0]!, info.types);
	const broken = jsonWriter(info.argumentTypes[0]!, info.types, true);
	return (context: FunctionContext, value: unknown, pretty: boolean) => (pretty ? broken : plain)(context, value);
}

const field = scalar(3947, 'json_object_field(from_json json, field_name text) json', member(spanText));
const fieldText = scalar(3948, 'json_object_field_text(from_json json, field_name text) text', member(spanAsText));
const item = scalar(3949, 'json_array_element(from_json json, element_index int4) json', element(spanText));
const itemText = scalar(3950, 'json_array_element_text(from_json json, element_index int4) text', element(spanAsText));
const path = scalar(3951, 'json_extract_path(from_json json, variadic path_elems _text) json', atPath(spanText));
const pathText = scalar(3953, 'json_extract_path_text(from_json json, variadic path_elems _text) text', atPath(spanAsText));

export const jsonOperators: readonly OperatorEntry[] = [
	operator(3962, 'json -> text', field),
	operator(3963, 'json ->> text', fieldText),
	operator(3964, 'json -> int4', item),
	operator(3965, 'json ->> int4', itemText),
	operator(3966, 'json #> _text', path),
	operator(3967, 'json #>> _text', pathText),
];

export const jsonFunctions: readonly ScalarFunction[] = [
	scalar(3956, 'json_array_length(json) int4', arrayLength),
	scalar(3968, 'json_typeof(json) text', (text: string) => scanJson(text).kind),
	scalar(3261, 'json_strip_nulls(json) json', stripNulls),
	boundContextual(3176, 'to_json(anyelement) json', bindToJson),
	boundContextual(3155, 'row_to_json(record) json', bindToJson),
	boundContextual(3156, 'row_to_json(record, bool) json', bindPretty),
	boundContextual(3153, 'array_to_json(anyarray) json', bindToJson),
	boundContextual(3154, 'array_to_json(anyarray, bool) json', bindPretty),
	...populateFunctions('json', (value) => parseJsonb(value as string), { populate: 3960, toRecord: 3204 }),
];

export const jsonSets: readonly SetFunction[] = [
	set(3955, 'json_array_elements(from_json json) json', (text: string) => elements(text, spanText, 'json_array_elements'), { columnName: 'value' }),
	set(3969, 'json_array_elements_text(from_json json) text', (text: string) => elements(text, spanAsText, 'json_array_elements_text'), {
		columnName: 'value',
	}),
	set(3958, 'json_each(from_json json) record', (text: string) => members(text, spanText), { outputs: 'key text, value json' }),
	set(3959, 'json_each_text(from_json json) record', (text: string) => members(text, spanAsText), {
		outputs: 'key text, value text',
	}),
	set(3957, 'json_object_keys(json) text', keysOf),
	...populateSets('json', (value) => parseJsonb(value as string), { populate: 3961, toRecord: 3205 }),
];
