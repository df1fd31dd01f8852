/**
 * What a clause is given and what it gives: the plan so far, and what each variable in scope stands for in it.
 *
 * A variable is bound statically where that can be: a node or a relationship of a pattern is the columns that make it up, and becomes a value (`Vertex`,
 * `Edge`, `GraphPath`) only where one is needed (`wholeValue` in `compile-expression.ts`). Everything else is one column. An environment is immutable; a clause makes a new one.
 *
 * (1) A binding's columns are columns of `plan`, or outer ones: inside a subquery (`inner`) those of the enclosing query are seen as outer references of the
 *     algebra, and nothing has to carry them along. A clause that narrows the columns of its plan (WITH) keeps those of the bindings that it keeps.
 * (2) A nullable binding is null when its `id` (its column) is; then all its columns are.
 * (3) `labels` and `properties` are null unless `CompileContext.uses` says that the variable's labels or properties are asked for somewhere.
 */
import type { Column, Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import type { CypherType } from './cypher-type.ts';

export type Binding = NodeBinding | EdgeBinding | PathBinding | ValueBinding;

/** A node: a row of the vertices. */
export interface NodeBinding {
	readonly kind: 'node';
	/** int8. */
	readonly id: Column;
	/** text[]. */
	readonly labels: Column | null;
	/** properties. */
	readonly properties: Column | null;
	readonly nullable: boolean;
}

/** A relationship: a row of the edges. */
export interface EdgeBinding {
	readonly kind: 'edge';
	/** int8. */
	readonly id: Column;
	/** text. */
	readonly type: Column;
	/** int8: the node that it starts at, and the one that it leads to. */
	readonly tail: Column;
	readonly head: Column;
	/** properties. */
	readonly properties: Column | null;
	readonly nullable: boolean;
}

/** A path of a pattern, which is put together only where it is used. After a projection it is a value. */
export interface PathBinding {
	readonly kind: 'path';
	/** dynamic: the `GraphPath`, over columns of the plan. */
	readonly value: Expression;
	/** int8: its number of relationships, where that is cheaper than to build the path. */
	readonly length: Expression | null;
	readonly nullable: boolean;
}

/** Any value, a list of relationships of a variable length pattern among them. */
export interface ValueBinding {
	readonly kind: 'value';
	/** Of type dynamic, or of a static type whose values are dynamic values as they are (bool, int8, text). */
	readonly column: Column;
	readonly type: CypherType;
}

export class Environment {
	readonly plan: Plan;
	readonly bindings: ReadonlyMap<string, Binding>;

	constructor(plan: Plan, bindings: ReadonlyMap<string, Binding>) {
		this.plan = plan;
		this.bindings = bindings;
	}

	/** Where a statement begins: one row without columns, no variable. */
	static start(): Environment {
		return new Environment(ONE_ROW, new Map());
	}

	/** Where a subquery begins: one row, and the variables of the enclosing query seen from inside. */
	inner(): Environment {
		return new Environment(ONE_ROW, this.bindings);
	}

	lookup(name: string): Binding | undefined {
		return this.bindings.get(name);
	}

	/** The same variables over another plan that produces at least the columns of the bindings. */
	withPlan(plan: Plan): Environment {
		return plan === this.plan ? this : new Environment(plan, this.bindings);
	}

	/** With one more variable, or another binding of one. */
	bind(name: string, binding: Binding): Environment {
		return new Environment(this.plan, new Map(this.bindings).set(name, binding));
	}

	/** Over another plan, with more variables. */
	extend(plan: Plan, bindings: Iterable<readonly [string, Binding]>): Environment {
		const all = new Map(this.bindings);
		for (const [name, binding] of bindings) all.set(name, binding);
		return new Environment(plan, all);
	}
}

/** One row without columns. */
export const ONE_ROW: Plan = { kind: 'values', rows: [[]], columns: [] };
