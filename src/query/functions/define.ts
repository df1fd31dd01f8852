/**
 * How functions, operators, aggregates and casts are registered: one line each, with the signature written as PostgreSQL prints
 * it, by internal type names.
 *
 *     scalar(870, 'lower(text) text', (s: string) => …)
 *     scalar(3463, 'make_interval(years int4 = 0, …) interval', …)      names and defaults (JSON) of arguments
 *     bound(3058, 'concat(variadic any) text', (info) => …)             made per call site
 *     operator(551, 'int4 + int4', scalar(177, 'int4pl(int4, int4) int4', add), '+')
 *
 * The number is the oid in pg_proc (pg_operator for operators), 0 where PostgreSQL has none. Unless options say otherwise a
 * function is immutable and strict, as most are.
 *
 * A VARIADIC argument of type `any` reaches the function as that many plain arguments; one of an array type as one array.
 */
import { ANY, ANYARRAY, ANYCOMPATIBLE, ANYCOMPATIBLEARRAY, ANYELEMENT, builtinTypes } from '../../value/builtin-types.ts';
import type {
	AggregateFunction,
	AggregateImplementation,
	CallInfo,
	CastEntry,
	FunctionContext,
	OperatorEntry,
	ScalarFunction,
	SetFunction,
	WindowFunction,
} from './contracts.ts';

export type Evaluate = (...values: never[]) => unknown;
type Volatility = ScalarFunction['volatility'];

export interface Options {
	readonly volatility?: Volatility;
	/** Default true. */
	readonly strict?: boolean;
	readonly inline?: NonNullable<ScalarFunction['inline']>;
	readonly comparison?: NonNullable<ScalarFunction['comparison']>;
	readonly stored?: NonNullable<ScalarFunction['stored']>;
	/** Values of defaults that JSON cannot say. */
	readonly defaults?: readonly unknown[];
}

interface ParsedSignature {
	readonly name: string;
	readonly argumentOids: readonly number[];
	readonly returnOid: number;
	readonly variadicOid: number;
	readonly defaults?: readonly unknown[];
	readonly argumentNames?: readonly string[];
}

/** The oid of a built-in type by its internal name. */
export function typeOid(name: string): number {
	const type = builtinTypes.byName(name);
	if (type === undefined) throw new TypeError(`signature names unknown type ${name}`);
	return type.oid;
}

/** A function that needs nothing but its arguments. */
export function scalar(oid: number, signature: string, evaluate: Evaluate, options: Options = {}): ScalarFunction {
	return { ...scalarBase(oid, signature, options), context: false, evaluate };
}

/** A function whose first parameter is the FunctionContext; stable unless options say otherwise. */
export function contextual(oid: number, signature: string, evaluate: Evaluate, options: Options = {}): ScalarFunction {
	return { ...scalarBase(oid, signature, { volatility: 'stable', ...options }), context: true, evaluate };
}

/** A function made for one call site from its types. */
export function bound(oid: number, signature: string, bind: (info: CallInfo) => Evaluate, options: Options = {}): ScalarFunction {
	return { ...scalarBase(oid, signature, options), context: false, bind };
}

/** Both: made for one call site, and given the FunctionContext first. */
export function boundContextual(oid: number, signature: string, bind: (info: CallInfo) => Evaluate, options: Options = {}): ScalarFunction {
	return { ...scalarBase(oid, signature, { volatility: 'stable', ...options }), context: true, bind };
}

function scalarBase(oid: number, signature: string, options: Options) {
	return {
		kind: 'scalar' as const,
		...parseSignature(signature, options.defaults),
		volatility: options.volatility ?? ('immutable' as const),
		oid,
		strict: options.strict ?? true,
		...(options.inline === undefined ? {} : { inline: options.inline }),
		...(options.comparison === undefined ? {} : { comparison: options.comparison }),
		...(options.stored === undefined ? {} : { stored: options.stored }),
	};
}

export interface SetOptions {
	readonly volatility?: Volatility;
	readonly strict?: boolean;
	readonly context?: boolean;
	/** OUT columns as `name type, …`. */
	readonly outputs?: string;
	/** Name of the only column. */
	readonly columnName?: string;
	readonly defaults?: readonly unknown[];
}

type EvaluateSet = (...values: never[]) => Iterable<unknown>;

/** A function that returns a set of rows. */
export function set(oid: number, signature: string, evaluate: EvaluateSet, options: SetOptions = {}): SetFunction {
	return { ...setBase(oid, signature, options), evaluate };
}

/** A set function made for one call site. */
export function boundSet(oid: number, signature: string, bind: (info: CallInfo) => EvaluateSet, options: SetOptions = {}): SetFunction {
	return { ...setBase(oid, signature, options), bind };
}

function setBase(oid: number, signature: string, options: SetOptions) {
	return {
		kind: 'set' as const,
		...parseSignature(signature, options.defaults),
		volatility: options.volatility ?? ('immutable' as const),
		oid,
		strict: options.strict ?? true,
		context: options.context ?? false,
		...(options.outputs === undefined ? {} : { outputs: parseOutputs(options.outputs) }),
		...(options.columnName === undefined ? {} : { columnName: options.columnName }),
	};
}

function parseOutputs(text: string): { name: string; typeOid: number }[] {
	return text.split(', ').map((part) => {
		const [name, type] = part.split(' ');
		return { name: name!, typeOid: typeOid(type!) };
	});
}

export interface AggregateOptions {
	/** Default true: rows with a null argument are skipped. */
	readonly strict?: boolean;
	readonly kind?: 'n' | 'o' | 'h';
	readonly directCount?: number;
	readonly volatility?: Volatility;
}

/** An aggregate that is the same at every call site. */
export function aggregate(oid: number, signature: string, implementation: AggregateImplementation, options: AggregateOptions = {}): AggregateFunction {
	return boundAggregate(oid, signature, () => implementation, options);
}

/** An aggregate made for one call site. */
export function boundAggregate(
	oid: number,
	signature: string,
	bind: (info: CallInfo, context: () => FunctionContext) => AggregateImplementation,
	options: AggregateOptions = {},
): AggregateFunction {
	return {
		kind: 'aggregate',
		...parseSignature(signature, undefined),
		volatility: options.volatility ?? 'immutable',
		oid,
		strict: options.strict ?? true,
		aggregateKind: options.kind ?? 'n',
		...(options.directCount === undefined ? {} : { directCount: options.directCount }),
		bind,
	};
}

/** A window function proper: the executor computes it. */
export function window(oid: number, signature: string, operation: WindowFunction['operation']): WindowFunction {
	return { kind: 'window', ...parseSignature(signature, undefined), volatility: 'immutable', oid, operation };
}

/** An operator: `left symbol right`, or `symbol right` for a prefix one. */
export function operator(oid: number, signature: string, implementation: ScalarFunction, commutator = '', negator = ''): OperatorEntry {
	const parts = signature.split(' ');
	const [left, name, right] = parts.length === 3 ? parts : ['', ...parts];
	return {
		name: name!,
		leftOid: left === '' ? 0 : typeOid(left!),
		rightOid: typeOid(right!),
		function: implementation,
		oid,
		...(commutator === '' ? {} : { commutator }),
		...(negator === '' ? {} : { negator }),
	};
}

/** The operator alone, its function shared with another entry of the same signature (`||` and textcat). */
export function cast(source: string, target: string, context: CastEntry['context'], implementation: ScalarFunction | null): CastEntry {
	return { sourceOid: typeOid(source), targetOid: typeOid(target), context, function: implementation };
}

/** A type alone, as most arguments are: two thousand signatures are read at the first statement of SQL. */
const PLAIN = /^\w+$/;
const ARGUMENT = /^(variadic )?(?:(\w+) )?"?(\w+)"?(?: = (.+))?$/;

function parseSignature(signature: string, defaults: readonly unknown[] | undefined): ParsedSignature {
	const open = signature.indexOf('(');
	const close = signature.lastIndexOf(')');
	const inner = signature.slice(open + 1, close);
	const argumentOids: number[] = [];
	const names: string[] = [];
	const values: unknown[] = [];
	let variadicOid = 0;
	for (const text of inner === '' ? [] : inner.split(', ')) {
		if (PLAIN.test(text)) {
			argumentOids.push(typeOid(text));
			names.push('');
			continue;
		}
		const match = ARGUMENT.exec(text);
		if (match === null) throw new TypeError(`bad signature ${signature}`);
		const oid = typeOid(match[3]!);
		argumentOids.push(oid);
		names.push(match[2] ?? '');
		if (match[4] !== undefined) values.push(JSON.parse(match[4]));
		if (match[1] !== undefined) variadicOid = variadicElement(oid);
	}
	const given = defaults ?? values;
	return {
		name: signature.slice(0, open),
		argumentOids,
		returnOid: typeOid(signature.slice(close + 2)),
		variadicOid,
		...(given.length === 0 ? {} : { defaults: given }),
		...(names.some((name) => name !== '') ? { argumentNames: names } : {}),
	};
}

function variadicElement(oid: number): number {
	if (oid === ANY.oid) return ANY.oid;
	if (oid === ANYARRAY.oid) return ANYELEMENT.oid;
	if (oid === ANYCOMPATIBLEARRAY.oid) return ANYCOMPATIBLE.oid;
	return builtinTypes.typeByOid(oid)?.elementOid ?? 0;
}
