/** From a function's name and arguments to the one definition meant, with its arguments converted and put in order. */
import type { Expression } from '../../query/algebra/expression.ts';
import type { AnyFunction } from '../../query/functions/contracts.ts';
import { ANY, arrayOf, baseTypeOf, RECORD, UNKNOWN, VOID } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { coercionPathway } from './coercion.ts';
import { chooseFunction, declaredInCallOrder, type FunctionCandidate, functionCandidates } from './overload.ts';
import { bindSignature, coerceArguments, polymorphicFits, recordType, signatureText } from './signature.ts';
import type { StatementContext } from './statement-context.ts';
import { findType } from './type-names.ts';
import { userDefault, userFunctions } from './user-functions.ts';

/** How a call is written. */
export interface CallForm {
	readonly names: readonly string[];
	readonly arguments: readonly Expression[];
	/** Names of the last arguments, when given by name. */
	readonly argumentNames: readonly string[];
	/** VARIADIC before the last argument. */
	readonly variadic: boolean;
	readonly position: number;
	/** Procedures are looked for instead of functions. */
	readonly procedure?: boolean;
}

export interface ResolvedCall {
	readonly kind: 'call';
	readonly definition: AnyFunction;
	/** In declared order, converted, defaults filled in, spread arguments gathered into an array. */
	readonly arguments: readonly Expression[];
	readonly returnType: Type;
	/** The arguments as written, before conversion. */
	readonly given: readonly Expression[];
	/** VARIADIC "any" given an array. */
	readonly variadic: boolean;
}

/** `typename(x)`: a cast in the form of a call. */
export interface ResolvedCast {
	readonly kind: 'cast';
	readonly type: Type;
}

export function resolveFunction(context: StatementContext, form: CallForm): ResolvedCall | ResolvedCast {
	const found = lookupFunction(context, form);
	if (found === null) throw functionMissing(context, form);
	return found;
}

/** The same, null where nothing fits. Ambiguity is still an error. */
export function lookupFunction(context: StatementContext, form: CallForm): ResolvedCall | ResolvedCast | null {
	const actual = form.arguments.map((a) => a.type);
	const definitions = form.procedure ? proceduresOf(context, form.names) : definitionsOf(context, form.names);
	const candidates = functionCandidates(definitions, actual.length, form.argumentNames, form.variadic);
	const usable = candidates.filter((c) => polymorphicFits(context, actual, declaredInCallOrder(c)));
	const exact = usable.find((c) => declaredInCallOrder(c).every((oid, i) => oid === actual[i]!.oid));
	if (exact !== undefined) return bindCall(context, exact, form);
	const cast = castByName(context, form);
	if (cast !== null) return cast;
	const chosen = chooseFunction(context, usable, actual);
	if (chosen === 'ambiguous') {
		throw context.error('42725', `function ${callText(context, form)} is not unique`, form.position, {
			hint: 'Could not choose a best candidate function. You might need to add explicit type casts.',
		});
	}
	if (chosen !== null) return bindCall(context, chosen, form);
	// A failing polymorphic match says more than "does not exist".
	if (candidates.length === 1 && usable.length === 0 && form.names.length === 1) return bindCallIfConvertible(context, candidates[0]!, form);
	return null;
}

function bindCallIfConvertible(context: StatementContext, candidate: FunctionCandidate, form: CallForm): ResolvedCall | null {
	const actual = form.arguments.map((a) => a.type);
	const chosen = chooseFunction(context, [candidate], actual);
	return chosen === null || chosen === 'ambiguous' ? null : bindCall(context, chosen, form);
}

/** What CALL may mean: procedures, and functions only so that they can be refused. */
function proceduresOf(context: StatementContext, names: readonly string[]): readonly AnyFunction[] {
	const own = userFunctions(context, names.length > 1 ? names[names.length - 2]! : null, names[names.length - 1]!, true);
	return own.length > 0 ? own : definitionsOf(context, names);
}

/** All definitions of a name: the library's (pg_catalog, and schema polylog, whose functions the library calls `polylog.…`), then the user's along the search path. */
export function definitionsOf(context: StatementContext, names: readonly string[]): readonly AnyFunction[] {
	const name = names[names.length - 1]!;
	const schema = names.length > 1 ? names[names.length - 2]! : null;
	const inLibrary = schema === null || schema === 'pg_catalog' || (schema === 'information_schema' && name.startsWith('_pg_'));
	const builtin = inLibrary ? context.functions.functions(name) : schema === 'polylog' ? context.functions.functions(`polylog.${name}`) : [];
	const own = userFunctions(context, schema, name);
	return own.length === 0 ? builtin : [...builtin, ...own];
}

/** One argument, and the name is a type's: `text(5)`, `int4('7')`. Only where no real function does it. */
function castByName(context: StatementContext, form: CallForm): ResolvedCast | null {
	if (form.arguments.length !== 1 || form.argumentNames.length > 0 || form.variadic) return null;
	const type = findType(form.names, context);
	if (type === undefined || type.kind === 'pseudo') return null;
	const from = form.arguments[0]!.type;
	if (from.oid === UNKNOWN.oid) return { kind: 'cast', type };
	const pathway = coercionPathway(context, from, type, 'explicit');
	if (pathway.kind === 'relabel') return { kind: 'cast', type };
	const fromRow = baseTypeOf(from, context.catalog).kind === 'composite' || from.oid === RECORD.oid;
	return pathway.kind === 'io' && !(fromRow && type.category === 'S') ? { kind: 'cast', type } : null;
}

function bindCall(context: StatementContext, candidate: FunctionCandidate, form: CallForm): ResolvedCall {
	const { definition } = candidate;
	checkVariadic(context, definition, form);
	const declared = declaredInCallOrder(candidate);
	const actual = form.arguments.map((a) => a.type);
	const signature = bindSignature(context, actual, declared, returnOidOf(definition), form.position);
	const converted = coerceArguments(context, form.arguments, signature.argumentTypes, form.position);
	if (definition.volatility === 'volatile') context.shared.volatileCalls++;
	return {
		kind: 'call',
		definition,
		arguments: candidate.spread ? gatherSpread(context, definition, converted) : inDeclaredOrder(context, candidate, converted),
		returnType: returnTypeOf(context, definition, signature.returnType),
		given: form.arguments,
		variadic: form.variadic && definition.variadicOid === ANY.oid,
	};
}

/** VARIADIC "any" spreads an array given as one. */
function checkVariadic(context: StatementContext, definition: AnyFunction, form: CallForm): void {
	if (!form.variadic || definition.variadicOid !== ANY.oid) return;
	const last = form.arguments[form.arguments.length - 1]!;
	const base = baseTypeOf(last.type, context.catalog);
	if (base.kind !== 'array' && base.oid !== UNKNOWN.oid) throw context.error('42804', 'VARIADIC argument must be an array', last.position ?? 0);
}

function returnOidOf(definition: AnyFunction): number {
	return definition.returnOid === 0 ? VOID.oid : definition.returnOid;
}

/** Functions with several OUT columns give records with those fields. */
function returnTypeOf(context: StatementContext, definition: AnyFunction, type: Type): Type {
	if (definition.kind !== 'set' || definition.outputs === undefined || type.oid !== RECORD.oid) return type;
	return recordType(definition.outputs.map((o) => ({ name: o.name, type: context.type(o.typeOid) })));
}

/** Spread VARIADIC arguments become one array; those of VARIADIC "any" stay as they are. */
function gatherSpread(context: StatementContext, definition: AnyFunction, args: readonly Expression[]): readonly Expression[] {
	if (definition.variadicOid === ANY.oid) return args;
	const fixed = definition.argumentOids.length - 1;
	const spread = args.slice(fixed);
	const element = spread[0]!.type;
	const type = arrayOf(element, context.catalog);
	if (type === undefined) throw context.error('42704', `could not find array type for data type ${context.typeName(element)}`);
	return [...args.slice(0, fixed), { kind: 'array', operands: spread, nested: false, type }];
}

function inDeclaredOrder(context: StatementContext, candidate: FunctionCandidate, args: readonly Expression[]): readonly Expression[] {
	if (candidate.order === null) return args;
	const { definition } = candidate;
	const defaults = definition.defaults ?? [];
	const firstDefault = definition.argumentOids.length - defaults.length;
	return candidate.order.map((from, at): Expression => {
		if (from >= 0) return args[from]!;
		const given = defaults[at - firstDefault];
		const own = userDefault(context, definition, at, given);
		if (own !== null) return own;
		return { kind: 'constant', value: given, type: context.type(definition.argumentOids[at]!) };
	});
}

function callText(context: StatementContext, form: CallForm): string {
	const positional = form.arguments.length - form.argumentNames.length;
	const types = form.arguments.map((a, i) =>
		i < positional ? context.typeName(a.type) : `${form.argumentNames[i - positional]} => ${context.typeName(a.type)}`,
	);
	return `${form.names.join('.')}(${types.join(', ')})`;
}

function functionMissing(context: StatementContext, form: CallForm): Error {
	if (
		form.names.length > 1 &&
		form.names[form.names.length - 2] !== 'pg_catalog' &&
		context.catalog.findSchema(form.names[form.names.length - 2]!) === undefined
	) {
		return context.error('3F000', `schema "${form.names[form.names.length - 2]}" does not exist`, form.position);
	}
	if (!form.procedure && userFunctions(context, form.names.length > 1 ? form.names.at(-2)! : null, form.names.at(-1)!, true).length > 0)
		return context.error('42809', `${callText(context, form)} is a procedure`, form.position, { hint: 'To call a procedure, use CALL.' });
	return context.error('42883', `${form.procedure ? 'procedure' : 'function'} ${callText(context, form)} does not exist`, form.position, {
		hint: `No ${form.procedure ? 'procedure' : 'function'} matches the given name and argument types. You might need to add explicit type casts.`,
	});
}

export { signatureText };
