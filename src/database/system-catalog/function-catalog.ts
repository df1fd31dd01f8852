/**
 * The functions of the library and of the user under one roof: each with an oid, PostgreSQL's where it has one, so that pg_proc,
 * regproc and the services that describe functions agree.
 */
import type { AnyFunction, FunctionLibrary, OperatorEntry } from '../../query/functions/contracts.ts';
import type { FunctionObject } from '../../transaction/catalog-objects.ts';
import { objectsOf, PG_CATALOG_ID } from './object-names.ts';
import type { SystemContext } from './system-table.ts';
import { typeFunctions } from './type-facts.ts';

/** First oid of functions and operators that PostgreSQL does not have; its own end below, a user's begin above. */
const OWN_FUNCTION_ID = 9000;
const OWN_OPERATOR_ID = 9000;

export interface KnownFunction {
	readonly oid: number;
	readonly name: string;
	readonly schemaId: number;
	/** pg_proc.prokind: f, p, a, w. */
	readonly kind: 'f' | 'p' | 'a' | 'w';
	readonly returnOid: number;
	readonly returnsSet: boolean;
	/** Input arguments. */
	readonly argumentOids: readonly number[];
	readonly variadicOid: number;
	readonly defaultCount: number;
	readonly volatility: 'i' | 's' | 'v';
	readonly strict: boolean;
	readonly user: FunctionObject | null;
	readonly library: AnyFunction | null;
}

export interface KnownOperator {
	readonly oid: number;
	readonly entry: OperatorEntry;
}

interface Known {
	readonly functions: readonly KnownFunction[];
	readonly byOid: ReadonlyMap<number, KnownFunction>;
	readonly byName: ReadonlyMap<string, readonly KnownFunction[]>;
	readonly operators: readonly KnownOperator[];
	readonly idOfFunction: ReadonlyMap<AnyFunction, number>;
}

const kept = new WeakMap<FunctionLibrary, Known>();

function known(library: FunctionLibrary): Known {
	let result = kept.get(library);
	if (result === undefined) kept.set(library, (result = collect(library)));
	return result;
}

function collect(library: FunctionLibrary): Known {
	const functions: KnownFunction[] = [];
	const idOfFunction = new Map<AnyFunction, number>();
	const taken = new Set<number>();
	let nextId = OWN_FUNCTION_ID;
	for (const one of library.allFunctions()) {
		const oid = one.oid !== 0 && !taken.has(one.oid) ? one.oid : nextId++;
		taken.add(oid);
		idOfFunction.set(one, oid);
		// Schema polylog is not PostgreSQL's: its functions are in the manual, as its tables are.
		if (one.name.startsWith('polylog.')) continue;
		functions.push(fromLibrary(one, oid));
	}
	for (const io of typeFunctions().values()) {
		if (taken.has(io.oid)) continue;
		taken.add(io.oid);
		functions.push({
			...builtin(io.oid, io.name),
			kind: 'f',
			returnOid: io.returnOid,
			returnsSet: false,
			argumentOids: io.argumentOids,
			volatility: io.volatility as 'i' | 's' | 'v',
			strict: true,
		});
	}
	const operators: KnownOperator[] = [];
	let nextOperatorId = OWN_OPERATOR_ID;
	for (const entry of library.allOperators()) operators.push({ oid: nextOperatorId++, entry });
	return { functions, byOid: new Map(functions.map((one) => [one.oid, one])), byName: groupByName(functions), operators, idOfFunction };
}

function builtin(oid: number, name: string): Pick<KnownFunction, 'oid' | 'name' | 'schemaId' | 'variadicOid' | 'defaultCount' | 'user' | 'library'> {
	return { oid, name, schemaId: PG_CATALOG_ID, variadicOid: 0, defaultCount: 0, user: null, library: null };
}

function fromLibrary(one: AnyFunction, oid: number): KnownFunction {
	return {
		...builtin(oid, one.name),
		kind: one.kind === 'aggregate' ? 'a' : one.kind === 'window' ? 'w' : 'f',
		returnOid: one.returnOid,
		returnsSet: one.kind === 'set',
		argumentOids: one.argumentOids,
		variadicOid: one.variadicOid,
		defaultCount: one.defaults?.length ?? 0,
		volatility: one.volatility === 'immutable' ? 'i' : one.volatility === 'stable' ? 's' : 'v',
		strict: one.kind === 'scalar' || one.kind === 'set' ? one.strict : false,
		library: one,
	};
}

function groupByName(functions: readonly KnownFunction[]): Map<string, KnownFunction[]> {
	const byName = new Map<string, KnownFunction[]>();
	for (const one of functions) {
		const list = byName.get(one.name);
		if (list === undefined) byName.set(one.name, [one]);
		else list.push(one);
	}
	return byName;
}

function fromUser(object: FunctionObject): KnownFunction {
	const inputs = object.argumentOids.filter((_, index) => isInput(object.argumentModes[index]));
	return {
		oid: object.id,
		name: object.name,
		schemaId: object.schemaId,
		kind: object.isProcedure ? 'p' : 'f',
		returnOid: object.returnOid,
		returnsSet: object.returnsSet,
		argumentOids: inputs,
		variadicOid: 0,
		defaultCount: object.argumentDefaults.filter((text) => text !== null).length,
		volatility: object.volatility,
		strict: object.strict,
		user: object,
		library: null,
	};
}

export function isInput(mode: string | undefined): boolean {
	return mode === undefined || mode === 'i' || mode === 'b' || mode === 'v';
}

export function* allFunctions(context: SystemContext): Iterable<KnownFunction> {
	yield* known(context.functions).functions;
	for (const object of objectsOf(context.catalog, 'function')) yield fromUser(object);
}

export function functionByOid(context: SystemContext, oid: number): KnownFunction | undefined {
	const object = context.catalog.get(oid);
	return object?.kind === 'function' ? fromUser(object) : known(context.functions).byOid.get(oid);
}

/** In no order; of all schemas when `schemaId` is null. */
export function functionsByName(context: SystemContext, schemaId: number | null, name: string): KnownFunction[] {
	const found: KnownFunction[] = [];
	if (schemaId === null || schemaId === PG_CATALOG_ID) found.push(...(known(context.functions).byName.get(name) ?? []));
	for (const object of objectsOf(context.catalog, 'function')) {
		if (object.name === name && (schemaId === null || object.schemaId === schemaId)) found.push(fromUser(object));
	}
	return found;
}

export function allOperators(context: SystemContext): readonly KnownOperator[] {
	return known(context.functions).operators;
}

/** pg_proc.oid of a function of the library. */
export function idOfFunction(context: SystemContext, one: AnyFunction): number {
	return known(context.functions).idOfFunction.get(one) ?? one.oid;
}
