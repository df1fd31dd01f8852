/**
 * The plan of a pattern while it is put together: inputs that are joined, and conditions over them, which the optimizer orders. What
 * must be run for each row (a walk of any length, an edge in either direction) is an `apply` over what is there so far.
 */
import { filterBy, joinColumns, joinOf } from '../../query/algebra/build.ts';
import type { Column, Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import { containsEdge, edgesMeet } from '../../query/functions/cypher/pattern-functions.ts';
import { callOf, notOf, reference, sameOf } from './algebra-build.ts';
import type { CompileContext } from './compile-context.ts';
import { type Binding, type Environment, ONE_ROW } from './environment.ts';
import { areDisjoint } from './graph-source.ts';

/** A relationship of the pattern, or a list of them: none occurs twice. */
export interface Walked {
	readonly column: Column;
	readonly isList: boolean;
	/** Types that it can have; null: any. */
	readonly types: readonly string[] | null;
}

export class PatternBuilder {
	readonly context: CompileContext;
	/** The variables before the clause. */
	readonly before: Environment;
	/** Variables that the pattern binds. */
	readonly bindings = new Map<string, Binding>();
	readonly #inputs: Plan[] = [];
	readonly #predicates: Expression[] = [];
	/** Conditions that are made when all variables are bound. */
	readonly #later: (() => Expression)[] = [];
	readonly #walked: Walked[] = [];

	/** `input`: what the pattern is joined to; its columns, or outer ones, are those of the bindings in `before`. */
	constructor(context: CompileContext, before: Environment, input: Plan) {
		this.context = context;
		this.before = before;
		if (!isOneRow(input)) this.#inputs.push(input);
	}

	lookup(name: string): Binding | undefined {
		return this.bindings.get(name) ?? this.before.lookup(name);
	}

	/** All variables, to compile expressions with. */
	get environment(): Environment {
		return this.before.extend(this.before.plan, this.bindings);
	}

	join(input: Plan): void {
		this.#inputs.push(input);
	}

	require(...predicates: readonly Expression[]): void {
		this.#predicates.push(...predicates);
	}

	requireLater(predicate: () => Expression): void {
		this.#later.push(predicate);
	}

	/** For each row so far, the rows of a plan that sees it. */
	apply(right: Plan): void {
		const left = this.#close();
		this.#inputs.push(isOneRow(left) ? right : { kind: 'apply', type: 'inner', left, right, on: null, columns: joinColumns('inner', left, right) });
	}

	/** Adds columns that are computed from those so far. */
	compute(items: readonly { readonly column: Column; readonly expression: Expression }[]): void {
		const input = this.#close();
		const kept = input.columns.map((column) => ({ column, expression: reference(column) }));
		this.#inputs.push({ kind: 'project', input, items: [...kept, ...items], columns: [...input.columns, ...items.map((i) => i.column)] });
	}

	/** Another relationship: it is none of those before. */
	walked(next: Walked): void {
		for (const other of this.#walked) {
			if (areDisjoint(other.types, next.types)) continue;
			this.require(notOf(isShared(other, next)));
		}
		this.#walked.push(next);
	}

	/** The plan of everything so far, inputs joined and filtered. */
	#close(): Plan {
		const inputs = this.#inputs.splice(0);
		const predicates = this.#predicates.splice(0);
		const joined = inputs.length === 0 ? ONE_ROW : inputs.reduce((left, right) => joinOf('inner', left, right, []));
		return filterBy(joined, predicates);
	}

	/** The whole plan. */
	finish(): Plan {
		this.require(...this.#later.map((make) => make()));
		return this.#close();
	}
}

export function isOneRow(plan: Plan): boolean {
	return plan.kind === 'values' && plan.rows.length === 1 && plan.columns.length === 0;
}

function isShared(left: Walked, right: Walked): Expression {
	if (left.isList && right.isList) return callOf(edgesMeet, [reference(left.column), reference(right.column)]);
	if (left.isList) return callOf(containsEdge, [reference(left.column), reference(right.column)]);
	if (right.isList) return callOf(containsEdge, [reference(right.column), reference(left.column)]);
	return sameOf(reference(left.column), reference(right.column));
}
