/**
 * What a function, an aggregate, an equality and an ordering are to the algebra. Libraries of them (one per language) are
 * tables of these; SQL's is `sql-functions.ts` and the files beside it.
 */
import type { TextSettings } from '../../value/text-settings.ts';
import type { Type, TypeLookup } from '../../value/type.ts';

/** When two values of a type are the same, in a language. Hash joins, grouping and DISTINCT use nothing else. */
export interface Equality {
	readonly name: string;
	/** Both not null. */
	equals(left: unknown, right: unknown): boolean;
	/** A primitive that is the same (by Map's rule) exactly for equal values. Never called with null. */
	key(value: unknown): string | number | bigint | boolean;
	/** `key` is the value itself: generated code may skip the call. */
	readonly identity: boolean;
	/** Of a type that has values of many kinds: `key` of a JavaScript number is the number itself. */
	readonly numbersAreKeys?: boolean;
}

/** A total order of a type's values, in a language. Never called with null. */
export interface Ordering {
	readonly name: string;
	compare(left: unknown, right: unknown): number;
	/** `<` of JavaScript gives the same order (numbers that are never NaN, mixed number and bigint, booleans). */
	readonly primitive: boolean;
}

/** What a function may ask of the statement that runs it. */
export interface FunctionContext {
	readonly types: TypeLookup;
	/** Microseconds since 1970 at the start of the transaction, of the statement, and now. */
	readonly transactionTimeUs: number;
	readonly statementTimeUs: number;
	clockUs(): number;
	/** [0, 1) from the session's generator (setseed). */
	random(): number;
	setSeed(seed: number): void;
	randomBytes(count: number): Uint8Array;
	/** What the settings say of text forms and the time zone: the same object until one of them changes. Absent: they are read by `setting`. */
	readonly textSettings?: TextSettings;
	/** Current value of a setting such as TimeZone, DateStyle; undefined if there is none. */
	setting(name: string): string | undefined;
	setSetting(name: string, value: string, local: boolean): void;
	/** Sequences, catalogs, advisory locks, sessions: what only the database knows, by name (see `database/`). Throws when there is no such service. */
	service(name: string, ...args: readonly unknown[]): unknown;
}

/** What a call site knows, once per plan. */
export interface CallInfo {
	readonly argumentTypes: readonly Type[];
	readonly returnType: Type;
	/** Target typmod of a cast; −1. */
	readonly typmod: number;
	readonly types: TypeLookup;
	/** The last argument is an array to spread (VARIADIC). */
	readonly variadic: boolean;
}

interface Signature {
	/** As in pg_proc.proname; operators have the name of their symbol in the operator table instead. */
	readonly name: string;
	/** Types of the arguments; polymorphic pseudo-types allowed. */
	readonly argumentOids: readonly number[];
	readonly returnOid: number;
	/** Element type of a VARIADIC last argument, else 0 (pg_proc.provariadic). Where it is `any` (2276) the function gets that many plain arguments (or one array, with CallInfo.variadic); otherwise always one array, which the caller builds. */
	readonly variadicOid: number;
	/** How many of the last arguments may be left out; `defaults` has their values. */
	readonly defaults?: readonly unknown[];
	/** Names of arguments, where they can be given by name. */
	readonly argumentNames?: readonly string[];
	readonly volatility: 'immutable' | 'stable' | 'volatile';
	/** oid in pg_proc where PostgreSQL has the function, else 0. */
	readonly oid: number;
	/** A procedure, which runs statements of its own: they may have to wait, and those of one that `writes` may change tables. */
	readonly procedure?: 'reads' | 'writes';
}

type Evaluate = (...values: never[]) => unknown;

export interface ScalarFunction extends Signature {
	readonly kind: 'scalar';
	/** Never called with a null argument: the result is null. */
	readonly strict: boolean;
	/** The function's first parameter is the FunctionContext. */
	readonly context: boolean;
	/** Exactly one of `evaluate` and `bind` is given. `bind` makes the function for one call site from its types. */
	readonly evaluate?: Evaluate;
	readonly bind?: (info: CallInfo) => Evaluate;
	/** JavaScript for the result, in terms of the texts of its (non-null, strict) arguments: only for hot operators; must equal `evaluate`. `$name` cannot occur; helper functions are not reachable: pure expressions over numbers and strings only. A text may occur twice in the result: pass constants or names of locals. */
	readonly inline?: (argumentTexts: readonly string[]) => string;
	/**
	 * For strict functions that need no more than a part of a long first argument: made for the values of the other arguments, reads the result from the first one's bytes
	 * as a row holds them (`value/row-values.ts`, a type of variable length). Must equal `evaluate`.
	 */
	readonly stored?: (values: readonly unknown[]) => (bytes: Uint8Array, start: number, end: number) => unknown;
	/** (text, prefix): whether the text begins with the prefix; false or unknown for anything but two texts. */
	readonly prefixTest?: boolean;
	/** For operators: the equality or ordering the operator is part of, so that the optimizer can use indexes and hashes. */
	readonly comparison?: {
		readonly operator: '=' | '<>' | '<' | '<=' | '>' | '>=';
		readonly equality: Equality;
		readonly ordering: Ordering;
		/** The result may be null for values that are not, or false where the ordering says otherwise (NaN): what an index gives must be looked at again. */
		readonly partial?: boolean;
	};
	/** It is true exactly when the second argument, of the element type, is an element of the array that is the first: indexes over elements can serve it. */
	readonly containment?: boolean;
	/**
	 * It is true exactly when the first argument equals, by `equals`, one of the rows of `elements` over the second, which are different from each other by it; a second
	 * argument that is null has none.
	 */
	readonly membership?: { readonly elements: SetFunction; readonly equals: ScalarFunction };
	/** For comparison operators of polymorphic types (arrays, enums, records): the same function for these argument types, with `comparison`. Call it when types are known. */
	readonly specialize?: (argumentTypes: readonly Type[], types: TypeLookup) => ScalarFunction;
}

/** A function that returns a set: used by the `function-scan` and `expand` operators. */
export interface SetFunction extends Signature {
	readonly kind: 'set';
	readonly strict: boolean;
	readonly context: boolean;
	/** Rows of one value each, or of several where `outputs` names them. Evaluated lazily. */
	readonly evaluate?: (...values: never[]) => Iterable<unknown>;
	readonly bind?: (info: CallInfo) => (...values: never[]) => Iterable<unknown>;
	/** OUT columns (name, type oid) when a row has several: then each item is an array. */
	readonly outputs?: readonly { readonly name: string; readonly typeOid: number }[];
	/** Name of the only column, where it is not that of the function (`value` of jsonb_array_elements). */
	readonly columnName?: string;
}

export interface AggregateFunction extends Signature {
	readonly kind: 'aggregate';
	/** Rows in which an argument is null are skipped. */
	readonly strict: boolean;
	/** 'n' normal, 'o' ordered-set, 'h' hypothetical-set. For 'o' and 'h', `argumentOids` are the direct arguments followed by the aggregated ones; `directCount` says how many are direct. */
	readonly aggregateKind: 'n' | 'o' | 'h';
	readonly directCount?: number;
	readonly bind: (info: CallInfo, context: () => FunctionContext) => AggregateImplementation;
}

/** One aggregate at one call site. A state is whatever `create` returned, and then what `step` returned last. */
export interface AggregateImplementation {
	create(): unknown;
	/**
	 * Ordered-set aggregates get the rows' aggregated arguments in WITHIN GROUP order. Hypothetical-set ones get two values per row: how it
	 * stands to the direct arguments in that order (−1 before, 0 a peer, 1 after), and whether it differs from the row before it.
	 */
	step(state: never, ...values: never[]): unknown;
	/** Also called for no rows. `direct` are the direct arguments of an ordered-set aggregate. */
	finish(state: never, ...direct: never[]): unknown;
	/** Takes a row out again, for moving frames; absent: the frame is computed anew. */
	inverse?(state: never, ...values: never[]): unknown;
	/** JavaScript for hot aggregates: state held in a field; texts as in ScalarFunction.inline. */
	readonly inline?: { readonly create: string; readonly step: (state: string, args: readonly string[]) => string; readonly finish: (state: string) => string };
}

export interface WindowFunction extends Signature {
	readonly kind: 'window';
	/** What the executor computes for it; arguments as written. */
	readonly operation:
		| 'row_number'
		| 'rank'
		| 'dense_rank'
		| 'percent_rank'
		| 'cume_dist'
		| 'ntile'
		| 'lag'
		| 'lead'
		| 'first_value'
		| 'last_value'
		| 'nth_value';
}

export type AnyFunction = ScalarFunction | SetFunction | AggregateFunction | WindowFunction;

/** A row of the operator table: `left` or `right` 0 for prefix operators (left = 0). */
export interface OperatorEntry {
	readonly name: string;
	readonly leftOid: number;
	readonly rightOid: number;
	readonly function: ScalarFunction;
	readonly commutator?: string;
	readonly negator?: string;
	/** oid in pg_operator, 0 where PostgreSQL has none. */
	readonly oid: number;
}

/** A row of the cast table. `function` null: the values are the same (binary coercible). The function takes the value, and reads `CallInfo.typmod`. */
export interface CastEntry {
	readonly sourceOid: number;
	readonly targetOid: number;
	readonly context: 'implicit' | 'assignment' | 'explicit';
	readonly function: ScalarFunction | null;
}

/** All that a language offers. SQL's is exported by `sql-functions.ts` as `sqlFunctions`. */
export interface FunctionLibrary {
	/** By name, in no order. */
	functions(name: string): readonly AnyFunction[];
	operators(name: string): readonly OperatorEntry[];
	cast(sourceOid: number, targetOid: number): CastEntry | undefined;
	/** Applies a length, precision or scale to a value of its own type (varchar(3), numeric(5,2)); undefined where a type has no typmod. Called with the value and whether the cast is explicit (false where left out): implicit and assignment casts raise, explicit ones truncate. */
	typmodCast(typeOid: number): ScalarFunction | undefined;
	/** text → value of the type, as its input function; and back. Used where no cast entry exists (I/O conversion). */
	input(type: Type): ScalarFunction;
	output(type: Type): ScalarFunction;
	/** The default equality and ordering of a type (its btree operator class); undefined where it has none (json, xml, point). */
	equality(type: Type, types: TypeLookup): Equality | undefined;
	ordering(type: Type, types: TypeLookup): Ordering | undefined;
	/** Everything, for pg_proc and pg_operator. */
	allFunctions(): Iterable<AnyFunction>;
	allOperators(): Iterable<OperatorEntry>;
	allCasts(): Iterable<CastEntry>;
}
