/** What pg_type says about a type beyond its description in `value/`: for built-in types from facts, for a user's derived. */
import { builtinTypes } from '../../value/builtin-types.ts';
import type { Type, TypeLookup } from '../../value/type.ts';
import { operatorClassFacts, typeFacts, typeFunctionFacts } from './builtin-facts.ts';

export interface TypeFact {
	readonly byValue: boolean;
	/** pg_type.typalign, typstorage. */
	readonly align: string;
	readonly storage: string;
	/** 0, or the oid of a collation: 100 the default, 950 C. */
	readonly collation: number;
	/** Names of the functions for input, output, receive, send, typmod in, typmod out; '-' for none. */
	readonly functions: readonly string[];
}

export interface TypeFunction {
	readonly oid: number;
	readonly name: string;
	readonly argumentOids: readonly number[];
	readonly returnOid: number;
	readonly volatility: string;
}

const NO_FUNCTIONS = ['-', '-', '-', '-', '-', '-'];
const UNKNOWN_FACT: TypeFact = { byValue: false, align: 'i', storage: 'x', collation: 0, functions: NO_FUNCTIONS };
const ENUM_FACT: TypeFact = { byValue: true, align: 'i', storage: 'p', collation: 0, functions: ['enum_in', 'enum_out', 'enum_recv', 'enum_send', '-', '-'] };
const RECORD_FACT: TypeFact = {
	byValue: false,
	align: 'd',
	storage: 'x',
	collation: 0,
	functions: ['record_in', 'record_out', 'record_recv', 'record_send', '-', '-'],
};
const ARRAY_FUNCTIONS = ['array_in', 'array_out', 'array_recv', 'array_send'];
const RANGE_FACT: TypeFact = {
	byValue: false,
	align: 'i',
	storage: 'x',
	collation: 0,
	functions: ['range_in', 'range_out', 'range_recv', 'range_send', '-', '-'],
};

const MULTIRANGE_FACT: TypeFact = { ...RANGE_FACT, functions: ['multirange_in', 'multirange_out', 'multirange_recv', 'multirange_send', '-', '-'] };

let facts: ReadonlyMap<string, TypeFact> | null = null;
let functions: ReadonlyMap<string, TypeFunction> | null = null;
let families: ReadonlyMap<number, number> | null = null;
let classes: ReadonlyMap<number, number> | null = null;

function lines(text: string): string[][] {
	return text
		.trim()
		.split('\n')
		.map((line) => line.split(' '));
}

function allFacts(): ReadonlyMap<string, TypeFact> {
	facts ??= new Map(
		lines(typeFacts).map(([name, , byValue, align, storage, collation, ...names]) => [
			name!,
			{ byValue: byValue === 't', align: align!, storage: storage!, collation: Number(collation), functions: names },
		]),
	);
	return facts;
}

export function typeFact(type: Type | undefined, types: TypeLookup): TypeFact {
	if (type === undefined) return UNKNOWN_FACT;
	const known = type.oid < 16384 ? allFacts().get(type.name) : undefined;
	if (known !== undefined) return known;
	switch (type.kind) {
		case 'array': {
			const element = typeFact(types.typeByOid(type.elementOid), types);
			return {
				...element,
				byValue: false,
				align: element.align === 'd' ? 'd' : 'i',
				storage: 'x',
				functions: [...ARRAY_FUNCTIONS, ...element.functions.slice(4)],
			};
		}
		case 'domain': {
			const base = typeFact(types.typeByOid(type.baseOid), types);
			return { ...base, functions: ['domain_in', base.functions[1]!, 'domain_recv', base.functions[3]!, '-', '-'] };
		}
		case 'enum':
			return ENUM_FACT;
		case 'composite':
			return RECORD_FACT;
		case 'range':
			return aligned(RANGE_FACT, types.typeByOid(type.subtypeOid ?? 0));
		case 'multirange':
			return aligned(MULTIRANGE_FACT, types.typeByOid(types.typeByOid(type.rangeOid ?? 0)?.subtypeOid ?? 0));
		default:
			return UNKNOWN_FACT;
	}
}

/** Ranges are aligned as their bounds are. */
function aligned(fact: TypeFact, subtype: Type | undefined): TypeFact {
	return subtype !== undefined && allFacts().get(subtype.name)?.align === 'd' ? { ...fact, align: 'd' } : fact;
}

/** The input, output, receive and send functions of types, by name. */
export function typeFunctions(): ReadonlyMap<string, TypeFunction> {
	functions ??= new Map(
		lines(typeFunctionFacts).map(([oid, name, argumentTypes, returnType, volatility]) => [
			name!,
			{
				oid: Number(oid),
				name: name!,
				argumentOids: argumentTypes === '-' ? [] : argumentTypes!.split(',').map(oidOf),
				returnOid: oidOf(returnType!),
				volatility: volatility!,
			},
		]),
	);
	return functions;
}

function oidOf(name: string): number {
	return builtinTypes.byName(name)?.oid ?? 0;
}

/** Operator family of the default B-tree operator class, by type. */
export function operatorFamilies(): ReadonlyMap<number, number> {
	families ??= new Map(lines(operatorClassFacts).map(([, , family, typeOid]) => [Number(typeOid), Number(family)]));
	return families;
}

/** The operator family of spatial indexes, and the first of its classes: numbers that PostgreSQL leaves free. */
export const COORDINATE_FAMILY_ID = 9900;
const FIRST_COORDINATE_CLASS_ID = 9901;

/** Types of columns of spatial indexes: int2, int4, int8, float4, float8, numeric, date, timestamp, timestamptz. */
export const COORDINATE_TYPES = [21, 23, 20, 700, 701, 1700, 1082, 1114, 1184] as const;

/** oid of the class of a type for spatial indexes. */
export function coordinateClassOf(type: Type | undefined): number {
	const at = COORDINATE_TYPES.findIndex((oid) => oid === type?.oid);
	return at < 0 ? 0 : FIRST_COORDINATE_CLASS_ID + at;
}

/** oid of the default B-tree operator class of a type; that of its kind (array_ops, enum_ops) where it has none of its own. */
export function operatorClassOf(type: Type | undefined, types: TypeLookup): number {
	classes ??= new Map(lines(operatorClassFacts).map(([oid, , , typeOid]) => [Number(typeOid), Number(oid)]));
	if (type === undefined) return 0;
	const own = classes.get(type.oid);
	if (own !== undefined) return own;
	switch (type.kind) {
		case 'array':
			return classes.get(2277) ?? 0;
		case 'enum':
			return classes.get(3500) ?? 0;
		case 'composite':
			return classes.get(2249) ?? 0;
		case 'domain':
			return operatorClassOf(types.typeByOid(type.baseOid), types);
		default:
			// varchar is compared as text is.
			return type.category === 'S' ? (classes.get(25) ?? 0) : 0;
	}
}
