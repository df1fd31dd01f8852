/**
 * Rows from json and jsonb: populate_record, to_record and their set forms. The row's type is that of the first argument, or the
 * column list written after the call, which is the return type at the call site.
 */
import { sqlError } from '../../platform/errors.ts';
import { type Jsonb, JsonbArray, JsonbObject } from '../../value/jsonb.ts';
import type { Type } from '../../value/type.ts';
import type { CallInfo, FunctionContext, ScalarFunction, SetFunction } from './contracts.ts';
import { boundContextual, boundSet, type Evaluate } from './define.ts';
import { type JsonReader, jsonReader } from './json-conversion.ts';

type Parse = (value: unknown) => Jsonb;
type Kind = 'json' | 'jsonb';
interface Oids {
	readonly populate: number;
	readonly toRecord: number;
}

function rowReader(type: Type, info: CallInfo): JsonReader {
	const base = type.kind === 'domain' ? (info.types.typeByOid(type.baseOid) ?? type) : type;
	if (base.fields.length === 0) {
		if (base.kind === 'composite' || base.name === 'record') {
			throw sqlError('0A000', 'could not determine row type for result of the function', { hint: 'Provide a column definition list in the FROM clause.' });
		}
		throw sqlError('42804', 'first argument must be a row type');
	}
	return jsonReader(type, -1, info.types);
}

function bindPopulate(parse: Parse) {
	return (info: CallInfo): Evaluate => {
		const type = info.argumentTypes[0]!.fields.length > 0 ? info.argumentTypes[0]! : info.returnType;
		const read = rowReader(type, info);
		return (context: FunctionContext, base: unknown, value: unknown): unknown => (value === null ? base : read(context, parse(value), base));
	};
}

function bindToRecord(parse: Parse, name: string) {
	return (info: CallInfo): Evaluate => {
		const read = rowReader(info.returnType, info);
		return (context: FunctionContext, value: unknown): unknown => {
			const tree = parse(value);
			if (!(tree instanceof JsonbObject)) throw notAnObject(tree, name);
			return read(context, tree, null);
		};
	};
}

function notAnObject(value: Jsonb, name: string): Error {
	return sqlError('22023', value instanceof JsonbArray ? `cannot call ${name} on an array` : `cannot call ${name} on a scalar`);
}

function* rowsOf(context: FunctionContext, tree: Jsonb, read: JsonReader, base: unknown, name: string): Generator<unknown> {
	if (!(tree instanceof JsonbArray)) {
		throw sqlError('22023', tree instanceof JsonbObject ? `cannot call ${name} on an object` : `cannot call ${name} on a scalar`);
	}
	for (const item of tree.items) {
		if (!(item instanceof JsonbObject)) throw sqlError('22023', `argument of ${name} must be an array of objects`);
		yield read(context, item, base);
	}
}

function bindPopulateSet(parse: Parse, name: string) {
	return (info: CallInfo) => {
		const type = info.argumentTypes[0]!.fields.length > 0 ? info.argumentTypes[0]! : info.returnType;
		const read = rowReader(type, info);
		return (context: FunctionContext, base: unknown, value: unknown): Iterable<unknown> =>
			value === null ? [] : rowsOf(context, parse(value), read, base, name);
	};
}

function bindToRecordSet(parse: Parse, name: string) {
	return (info: CallInfo) => {
		const read = rowReader(info.returnType, info);
		return (context: FunctionContext, value: unknown): Iterable<unknown> => (value === null ? [] : rowsOf(context, parse(value), read, null, name));
	};
}

const useAsText = (kind: Kind): string => (kind === 'json' ? ', use_json_as_text bool = false' : '');
const names = (kind: Kind): readonly [string, string] => (kind === 'json' ? ['base ', 'from_json '] : ['', '']);

export function populateFunctions(kind: Kind, parse: Parse, oids: Oids): readonly ScalarFunction[] {
	const [base, from] = names(kind);
	return [
		boundContextual(oids.populate, `${kind}_populate_record(${base}anyelement, ${from}${kind}${useAsText(kind)}) anyelement`, bindPopulate(parse), {
			strict: false,
		}),
		boundContextual(oids.toRecord, `${kind}_to_record(${kind}) record`, bindToRecord(parse, `${kind}_to_record`)),
	];
}

export function populateSets(kind: Kind, parse: Parse, oids: Oids): readonly SetFunction[] {
	const [base, from] = names(kind);
	const options = { context: true, strict: false, volatility: 'stable' } as const;
	return [
		boundSet(
			oids.populate,
			`${kind}_populate_recordset(${base}anyelement, ${from}${kind}${useAsText(kind)}) anyelement`,
			bindPopulateSet(parse, `${kind}_populate_recordset`),
			options,
		),
		boundSet(oids.toRecord, `${kind}_to_recordset(${kind}) record`, bindToRecordSet(parse, `${kind}_to_recordset`), options),
	];
}
