/**
 * Building json and jsonb: build_object, build_array, object from arrays, and the aggregates.
 */
import { sqlError } from '../../platform/errors.ts';
import { JSON_NULL, type Jsonb, JsonbArray, JsonbObject, quoteJson } from '../../value/jsonb.ts';
import type { PgArray } from '../../value/pg-array.ts';
import type { Type } from '../../value/type.ts';
import type { AggregateFunction, AggregateImplementation, CallInfo, FunctionContext, ScalarFunction } from './contracts.ts';
import { boundAggregate, boundContextual, type Evaluate, scalar } from './define.ts';
import { jsonbMaker, jsonWriter } from './json-conversion.ts';
import { valueFormatter } from './value-conversion.ts';

/** The values of a VARIADIC "any" call, each made by the maker of its type. */
function variadicMaker<T>(info: CallInfo, makerOf: (type: Type) => (context: FunctionContext, value: unknown) => T) {
	if (info.variadic) {
		const make = makerOf(info.types.typeByOid(info.argumentTypes[0]!.elementOid)!);
		return (context: FunctionContext, values: readonly unknown[]): T[] | null => {
			const array = values[0] as PgArray | null;
			return array === null ? null : array.elements.map((value) => make(context, value));
		};
	}
	const makers = info.argumentTypes.map(makerOf);
	return (context: FunctionContext, values: readonly unknown[]): T[] | null => makers.map((make, index) => make(context, values[index]));
}

/** Text of a key; null for a null key. */
function keyMaker(info: CallInfo): (type: Type) => (context: FunctionContext, value: unknown) => string | null {
	return (type) => {
		const format = valueFormatter(type, info.types);
		const isNested = type.kind === 'array' || type.kind === 'composite' || type.name === 'json' || type.name === 'jsonb' || type.name === 'record';
		const text = type.name === 'bool' ? (_: FunctionContext, value: unknown) => (value === true ? 'true' : 'false') : format;
		return (context, value) => {
			if (value === null) return null;
			if (isNested) throw sqlError('22023', 'key value must be scalar, not array, composite, or json');
			return text(context, value);
		};
	};
}

function evenCount(count: number): void {
	if (count % 2 === 0) return;
	throw sqlError('22023', 'argument list must have even number of elements', {
		hint: 'The arguments of jsonb_build_object() must consist of alternating keys and values.',
	});
}

function nullKey(position: number): Error {
	return sqlError('22023', `argument ${position}: key must not be null`);
}

function bindBuildArray(info: CallInfo): Evaluate {
	const make = variadicMaker(info, (type) => jsonWriter(type, info.types));
	return (context: FunctionContext, ...values: unknown[]): string | null => {
		const parts = make(context, values);
		return parts === null ? null : `[${parts.join(', ')}]`;
	};
}

function bindBuildObject(info: CallInfo): Evaluate {
	const keys = variadicMaker(info, keyMaker(info));
	const make = variadicMaker(info, (type) => jsonWriter(type, info.types));
	return (context: FunctionContext, ...values: unknown[]): string | null => {
		const parts = make(context, values);
		if (parts === null) return null;
		evenCountJson(parts.length);
		const names = keysOf(keys, context, values);
		const members: string[] = [];
		for (let index = 0; index < parts.length; index += 2) {
			const key = names[index];
			if (key === null) throw sqlError('22023', `argument ${index + 1} cannot be null`, { hint: 'Object keys should be text.' });
			members.push(`${quoteJson(key!)} : ${parts[index + 1]}`);
		}
		return `{${members.join(', ')}}`;
	};
}

type KeyMaker = (context: FunctionContext, values: readonly unknown[]) => (string | null)[] | null;

/** Only every other argument is a key: values in between are hidden from the maker of keys, which refuses nested ones. */
function keysOf(keys: KeyMaker, context: FunctionContext, values: readonly unknown[]): (string | null)[] {
	const isArray = values.length === 1;
	return keys(context, isArray ? values : values.map((value, index) => (index % 2 === 0 ? value : null))) ?? [];
}

function evenCountJson(count: number): void {
	if (count % 2 === 0) return;
	throw sqlError('22023', 'argument list must have even number of elements', {
		hint: 'The arguments of json_build_object() must consist of alternating keys and values.',
	});
}

function bindBuildJsonbArray(info: CallInfo): Evaluate {
	const make = variadicMaker(info, (type) => jsonbMaker(type, info.types));
	return (context: FunctionContext, ...values: unknown[]): Jsonb | null => {
		const items = make(context, values);
		return items === null ? null : new JsonbArray(items);
	};
}

function bindBuildJsonbObject(info: CallInfo): Evaluate {
	const keys = variadicMaker(info, keyMaker(info));
	const make = variadicMaker(info, (type) => jsonbMaker(type, info.types));
	return (context: FunctionContext, ...values: unknown[]): Jsonb | null => {
		const items = make(context, values);
		if (items === null) return null;
		evenCount(items.length);
		const names = keysOf(keys, context, values);
		const entries: [string, Jsonb][] = [];
		for (let index = 0; index < items.length; index += 2) {
			const key = names[index];
			if (key === null) throw nullKey(index + 1);
			entries.push([key!, items[index + 1]!]);
		}
		return JsonbObject.from(entries);
	};
}

/** Pairs of an array of keys and values, or of an array of pairs. */
function pairsOf(array: PgArray): [string, string | null][] {
	const [rows, columns] = array.dimensions;
	if (array.dimensions.length > 2) throw sqlError('2202E', 'wrong number of array subscripts');
	if (array.dimensions.length === 2 && columns !== 2) throw sqlError('2202E', 'array must have two columns');
	if (array.dimensions.length === 1 && rows! % 2 !== 0) throw sqlError('2202E', 'array must have even number of elements');
	const pairs: [string, string | null][] = [];
	for (let index = 0; index < array.elements.length; index += 2) {
		pairs.push([requireKey(array.elements[index] as string | null), array.elements[index + 1] as string | null]);
	}
	return pairs;
}

function requireKey(key: string | null): string {
	if (key === null) throw sqlError('22004', 'null value not allowed for object key');
	return key;
}

function pairsOfTwo(keys: PgArray, values: PgArray): [string, string | null][] {
	if (keys.dimensions.length > 1 || values.dimensions.length > 1) throw sqlError('2202E', 'wrong number of array subscripts');
	if (keys.elements.length !== values.elements.length) throw sqlError('2202E', 'mismatched array dimensions');
	return keys.elements.map((key, index) => [requireKey(key as string | null), values.elements[index] as string | null]);
}

const objectText = (pairs: readonly [string, string | null][]): string =>
	`{${pairs.map(([key, value]) => `${quoteJson(key)} : ${value === null ? 'null' : quoteJson(value)}`).join(', ')}}`;
const objectOfPairs = (pairs: readonly [string, string | null][]): Jsonb => JsonbObject.from(pairs.map(([key, value]) => [key, value ?? JSON_NULL] as const));

/** Collects texts or values; null for no rows. */
function collected<T>(make: (...values: unknown[]) => T, finish: (parts: readonly T[]) => unknown): AggregateImplementation {
	return {
		create: () => null,
		step: (state: T[] | null, ...values: never[]) => {
			const part = make(...values);
			if (state === null) return [part];
			state.push(part);
			return state;
		},
		finish: (state: T[] | null) => (state === null ? null : finish(state)),
	};
}

function bindArrayAggregate(info: CallInfo, context: () => FunctionContext): AggregateImplementation {
	const type = info.argumentTypes[0]!;
	const write = jsonWriter(type, info.types);
	const separator = type.kind === 'array' || type.kind === 'composite' || type.name === 'record' ? ', \n ' : ', ';
	return collected(
		(value) => write(context(), value),
		(parts) => `[${parts.join(separator)}]`,
	);
}

function bindJsonbArrayAggregate(info: CallInfo, context: () => FunctionContext): AggregateImplementation {
	const make = jsonbMaker(info.argumentTypes[0]!, info.types);
	return collected(
		(value) => make(context(), value),
		(items) => new JsonbArray(items),
	);
}

function requireFieldName(name: string | null): string {
	if (name === null) throw sqlError('22023', 'field name must not be null');
	return name;
}

function bindObjectAggregate(info: CallInfo, context: () => FunctionContext): AggregateImplementation {
	const key = keyMaker(info)(info.argumentTypes[0]!);
	const write = jsonWriter(info.argumentTypes[1]!, info.types);
	return collected(
		(name, value) => `${quoteJson(requireFieldName(key(context(), name)))} : ${write(context(), value)}`,
		(members) => `{ ${members.join(', ')} }`,
	);
}

function bindJsonbObjectAggregate(info: CallInfo, context: () => FunctionContext): AggregateImplementation {
	const key = keyMaker(info)(info.argumentTypes[0]!);
	const make = jsonbMaker(info.argumentTypes[1]!, info.types);
	return collected(
		(name, value) => [requireFieldName(key(context(), name)), make(context(), value)] as const,
		(entries) => JsonbObject.from(entries),
	);
}

const NULLS = { strict: false } as const;
const STABLE_NULLS = { strict: false, volatility: 'stable' } as const;

export const jsonConstructionFunctions: readonly ScalarFunction[] = [
	boundContextual(3198, 'json_build_array(variadic any) json', bindBuildArray, NULLS),
	scalar(3199, 'json_build_array() json', () => '[]', STABLE_NULLS),
	boundContextual(3200, 'json_build_object(variadic any) json', bindBuildObject, NULLS),
	scalar(3201, 'json_build_object() json', () => '{}', STABLE_NULLS),
	boundContextual(3271, 'jsonb_build_array(variadic any) jsonb', bindBuildJsonbArray, NULLS),
	scalar(3272, 'jsonb_build_array() jsonb', () => new JsonbArray([]), STABLE_NULLS),
	boundContextual(3273, 'jsonb_build_object(variadic any) jsonb', bindBuildJsonbObject, NULLS),
	scalar(3274, 'jsonb_build_object() jsonb', () => JsonbObject.from([]), STABLE_NULLS),
	scalar(3202, 'json_object(_text) json', (array: PgArray) => objectText(pairsOf(array))),
	scalar(3203, 'json_object(_text, _text) json', (keys: PgArray, values: PgArray) => objectText(pairsOfTwo(keys, values))),
	scalar(3263, 'jsonb_object(_text) jsonb', (array: PgArray) => objectOfPairs(pairsOf(array))),
	scalar(3264, 'jsonb_object(_text, _text) jsonb', (keys: PgArray, values: PgArray) => objectOfPairs(pairsOfTwo(keys, values))),
];

export const jsonAggregates: readonly AggregateFunction[] = [
	boundAggregate(3175, 'json_agg(anyelement) json', bindArrayAggregate, STABLE_NULLS),
	boundAggregate(3267, 'jsonb_agg(anyelement) jsonb', bindJsonbArrayAggregate, STABLE_NULLS),
	boundAggregate(3197, 'json_object_agg(any, any) json', bindObjectAggregate, STABLE_NULLS),
	boundAggregate(3270, 'jsonb_object_agg(any, any) jsonb', bindJsonbObjectAggregate, NULLS),
];
