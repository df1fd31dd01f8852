/**
 * Expressions of the algebra: closed, immutable, typed. Every language compiles to them; names are already resolved, overloads
 * chosen, coercions made explicit. What an operator compares by is named by its `Equality` or `Ordering`; nothing is built in.
 *
 * Columns are referred to by `ColumnId`, unique within one statement's plan, so that a reference to an id which the
 * operator's inputs do not produce is an outer reference (correlation), to be found in an enclosing `apply` or subquery.
 */
import type { Type } from '../../value/type.ts';
import type { AggregateFunction, Equality, Ordering, ScalarFunction } from '../functions/contracts.ts';
import type { Plan } from './plan.ts';

export type ColumnId = number;

/** A column of an operator's output. */
export interface Column {
	readonly id: ColumnId;
	readonly name: string;
	readonly type: Type;
	readonly typmod: number;
	/** The table column it came from unchanged, for result descriptions: [table id, attribute number], or null. */
	readonly origin?: readonly [number, number] | null;
}

interface Typed {
	readonly type: Type;
	/** 1-based character position in the statement, or 0: for errors. */
	readonly position?: number;
}

export type Expression =
	| (Typed & { readonly kind: 'constant'; readonly value: unknown })
	/** `index` counts from 0. `likely`: the value that the parameter had when the plan was made, for estimates alone. */
	| (Typed & { readonly kind: 'parameter'; readonly index: number; readonly likely?: unknown })
	| (Typed & { readonly kind: 'column'; readonly id: ColumnId })
	/** A strict function is not called when an argument is null: the result is null. */
	| (Typed & {
			readonly kind: 'call';
			readonly function: ScalarFunction;
			readonly arguments: readonly Expression[];
			readonly typmod: number /** The call was written VARIADIC array. */;
			readonly variadic?: boolean;
	  })
	| (Typed & { readonly kind: 'and' | 'or'; readonly operands: readonly Expression[] })
	| (Typed & { readonly kind: 'not'; readonly operand: Expression })
	| (Typed & {
			readonly kind: 'is-null';
			readonly operand: Expression;
			readonly negated: boolean /** IS NULL of a row: true when every field is. */;
			readonly row: boolean;
	  })
	/** IS [NOT] TRUE | FALSE | UNKNOWN */
	| (Typed & { readonly kind: 'is-truth'; readonly operand: Expression; readonly value: boolean | null; readonly negated: boolean })
	| (Typed & { readonly kind: 'is-distinct'; readonly left: Expression; readonly right: Expression; readonly equality: Equality; readonly negated: boolean })
	/** Searched form; a simple CASE has been rewritten, its operand bound by `let`. */
	| (Typed & {
			readonly kind: 'case';
			readonly branches: readonly { readonly when: Expression; readonly then: Expression }[];
			readonly otherwise: Expression | null;
	  })
	/** Evaluates `value` once and names it `id` inside `body`. */
	| (Typed & { readonly kind: 'let'; readonly id: ColumnId; readonly value: Expression; readonly body: Expression })
	| (Typed & { readonly kind: 'coalesce'; readonly operands: readonly Expression[] })
	| (Typed & { readonly kind: 'extreme'; readonly greatest: boolean; readonly operands: readonly Expression[]; readonly ordering: Ordering })
	/** PostgreSQL's array constructor; `nested`: the operands are arrays and become its inner dimension. */
	| (Typed & { readonly kind: 'array'; readonly operands: readonly Expression[]; readonly nested: boolean })
	| (Typed & { readonly kind: 'row'; readonly operands: readonly Expression[] })
	| (Typed & { readonly kind: 'field'; readonly operand: Expression; readonly index: number })
	/** array[i], array[i:j]; jsonb subscripts. A missing bound of a slice is null in its place. */
	| (Typed & {
			readonly kind: 'subscript';
			readonly operand: Expression;
			readonly subscripts: readonly { readonly slice: boolean; readonly lower: Expression | null; readonly upper: Expression | null }[];
	  })
	/** `left op ANY|ALL (array)`; `function` is the boolean operator of (left, element). */
	| (Typed & {
			readonly kind: 'quantified';
			readonly left: Expression;
			readonly array: Expression;
			readonly function: ScalarFunction;
			readonly all: boolean;
			readonly elementType: Type;
	  })
	/** `left IN (constants…)`: same as a chain of ORs of the equality. */
	| (Typed & { readonly kind: 'in-list'; readonly left: Expression; readonly list: readonly Expression[]; readonly equality: Equality })
	/**
	 * Over the elements of a list, each named `id` in turn: an array of SQL, or a dynamic list; a list that is null gives null.
	 * `transform`: a list of `body` (null: the element) for those for which `filter` is true (null: all).
	 */
	| (Typed & {
			readonly kind: 'list-transform';
			readonly list: Expression;
			readonly id: ColumnId;
			readonly filter: Expression | null;
			readonly body: Expression | null;
	  })
	/** Whether a predicate is true for all, any, none or exactly one of the elements, three-valued: null where an unknown would decide. */
	| (Typed & {
			readonly kind: 'list-test';
			readonly list: Expression;
			readonly id: ColumnId;
			readonly mode: 'all' | 'any' | 'none' | 'single';
			readonly predicate: Expression;
	  })
	/** `initial`, then `body` for each element, in which `accumulatorId` names the value before. */
	| (Typed & {
			readonly kind: 'list-fold';
			readonly list: Expression;
			readonly id: ColumnId;
			readonly accumulatorId: ColumnId;
			readonly initial: Expression;
			readonly body: Expression;
	  })
	/** A subplan. `scalar`: at most one row, one column, null when empty (error 21000 on a second row); `exists`; `array`: all values as an array; `any`/`all`: `comparison` over the columns named by `row`, three-valued as SQL's. */
	| (Typed & {
			readonly kind: 'subquery';
			readonly mode: 'scalar' | 'exists' | 'array' | 'any' | 'all' | 'row';
			readonly plan: Plan;
			/** For any/all: a boolean expression in terms of outer columns and the subplan's output columns. */
			readonly comparison: Expression | null;
			/** For `any` made of equalities (IN): the pairs, so that it can become a semi-join. */
			readonly pairs?: readonly { readonly left: Expression; readonly right: ColumnId; readonly equality: Equality }[];
	  });

export interface SortKey {
	readonly expression: Expression;
	readonly ordering: Ordering;
	readonly descending: boolean;
	readonly nullsFirst: boolean;
}

export interface AggregateCall {
	/** Output column. */
	readonly column: Column;
	readonly function: AggregateFunction;
	readonly arguments: readonly Expression[];
	readonly distinct: boolean;
	/** Equalities of the arguments, when distinct. */
	readonly equalities: readonly Equality[];
	readonly filter: Expression | null;
	readonly orderBy: readonly SortKey[];
	/** WITHIN GROUP (ordered-set and hypothetical-set aggregates): then `arguments` are the direct ones, over the operator's group columns. */
	readonly withinGroup: readonly SortKey[];
}

export interface WindowFrame {
	readonly mode: 'rows' | 'range' | 'groups';
	readonly start: FrameBound;
	readonly end: FrameBound;
	readonly exclude: 'no others' | 'current row' | 'group' | 'ties';
	/** For RANGE with offsets: (sort value, offset) → moved value, and its ordering is that of the only sort key. */
	readonly rangeAdd?: ScalarFunction;
	readonly rangeSubtract?: ScalarFunction;
}
export interface FrameBound {
	readonly kind: 'unbounded preceding' | 'preceding' | 'current row' | 'following' | 'unbounded following';
	readonly offset: Expression | null;
}

export interface WindowCall {
	readonly column: Column;
	/** A window function proper, or an aggregate over the frame. */
	readonly function: import('../functions/contracts.ts').WindowFunction | AggregateFunction;
	readonly arguments: readonly Expression[];
	readonly filter: Expression | null;
	readonly frame: WindowFrame;
	readonly ignoreNulls: boolean;
}
