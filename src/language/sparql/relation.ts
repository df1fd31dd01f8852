/**
 * Solutions as rows: a plan, and in which of its columns each variable is. A variable is a column of ids as long as it came out
 * of the store, of terms where it was computed; a null is an unbound variable. Where both sides of a join bind a variable for
 * certain, the join is a plain equality; only where one may leave it unbound does SPARQL's compatibility (unbound goes with
 * anything) become a condition of its own.
 */
import { columnOf, filterBy, joinColumns } from '../../query/algebra/build.ts';
import type { Column, Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import { substitute } from '../../query/algebra/traverse.ts';
import type { Equality } from '../../query/functions/contracts.ts';
import { termEquality } from '../../query/functions/sparql/comparison.ts';
import { INT8 } from '../../value/builtin-types.ts';
import { RDF_TERM } from '../../value/rdf-term.ts';
import { allOf, anyOf, equalIds, idEquality, isNull, type PlanContext, sameTerms } from './plan-context.ts';

export interface Binding {
	readonly column: Column;
	readonly kind: 'id' | 'term';
	/** Never null. */
	readonly certain: boolean;
}

export type Bindings = ReadonlyMap<string, Binding>;

export interface Relation {
	readonly plan: Plan;
	readonly bindings: Bindings;
}

/** One solution, in which nothing is bound. */
export function unit(): Relation {
	return { plan: { kind: 'values', rows: [[]], columns: [] }, bindings: new Map() };
}

export function equalityOf(binding: Binding): Equality {
	return binding.kind === 'id' ? idEquality : termEquality;
}

/** The binding's term, made of its id where that is what it has. */
export function termOfBinding(context: PlanContext, binding: Binding): Expression {
	const column = columnOf(binding.column);
	return binding.kind === 'term' ? column : context.termOf(column);
}

/** Both bound: the same term. */
export function sameBinding(context: PlanContext, left: Binding, right: Binding): Expression {
	const [a, b] = [columnOf(left.column), columnOf(right.column)];
	if (left.kind === 'term' && right.kind === 'term') return sameTerms(a, b);
	return equalIds(left.kind === 'id' ? a : context.findId(a), right.kind === 'id' ? b : context.findId(b));
}

/** Conditions under which two solutions are compatible, one for each shared variable. */
export function compatibility(context: PlanContext, left: Bindings, right: Bindings): Expression[] {
	const conditions: Expression[] = [];
	for (const [name, mine] of left) {
		const other = right.get(name);
		if (other === undefined) continue;
		const either = [mine, other].filter((b) => !b.certain).map((b) => isNull(columnOf(b.column)));
		conditions.push(anyOf([...either, sameBinding(context, mine, other)]));
	}
	return conditions;
}

/** The two bindings of a variable after a join: the first that is bound. */
function merge(context: PlanContext, left: Binding, right: Binding): { binding: Binding; expression: Expression } {
	const kind = left.kind === 'id' && right.kind === 'id' ? 'id' : 'term';
	const column = context.column(left.column.name, kind === 'id' ? INT8 : RDF_TERM);
	const operand = (b: Binding): Expression => (kind === 'id' ? columnOf(b.column) : termOfBinding(context, b));
	return { binding: { column, kind, certain: false }, expression: { kind: 'coalesce', operands: [operand(left), operand(right)], type: column.type } };
}

/** A join of either type, further conditions included, over columns of both. `lateral`: the right refers to the left. */
function joinPlan(type: 'inner' | 'left', left: Plan, right: Plan, on: readonly Expression[], lateral: boolean): Plan {
	const columns = joinColumns(type, left, right);
	const condition = on.length === 0 ? null : allOf(on);
	return lateral ? { kind: 'apply', type, left, right, on: condition, columns } : { kind: 'join', type, left, right, on: condition, columns };
}

/** Join (section 18.5). */
export function join(context: PlanContext, left: Relation, right: Relation, lateral = false): Relation {
	if (isUnit(left)) return right;
	if (isUnit(right)) return left;
	const on = compatibility(context, left.bindings, right.bindings);
	return merged(context, left, right, joinPlan('inner', left.plan, right.plan, on, lateral), 'inner');
}

/** LeftJoin; `condition` makes the filter of the optional part, over both sides' bindings. */
export function leftJoin(context: PlanContext, left: Relation, right: Relation, condition: ((bindings: Bindings) => Expression) | null): Relation {
	const on = compatibility(context, left.bindings, right.bindings);
	if (condition !== null) {
		// The condition sees a shared variable as it is bound, on either side.
		const seen = new Map([...right.bindings, ...left.bindings]);
		const bound = new Map<number, Expression>();
		for (const [name, other] of right.bindings) {
			const mine = left.bindings.get(name);
			if (mine === undefined || mine.certain) continue;
			const both = merge(context, mine, other);
			seen.set(name, both.binding);
			bound.set(both.binding.column.id, both.expression);
		}
		on.push(substitute(condition(seen), bound));
	}
	return merged(context, left, right, joinPlan('left', left.plan, right.plan, on, false), 'left');
}

function isUnit(relation: Relation): boolean {
	return relation.plan.kind === 'values' && relation.plan.columns.length === 0 && relation.plan.rows.length === 1;
}

function merged(context: PlanContext, left: Relation, right: Relation, plan: Plan, type: 'inner' | 'left'): Relation {
	const bindings = new Map(left.bindings);
	const made: { column: Column; expression: Expression }[] = [];
	for (const [name, other] of right.bindings) {
		const mine = bindings.get(name);
		if (mine === undefined) bindings.set(name, type === 'left' ? { ...other, certain: false } : other);
		else if (mine.certain) {
			// Ids are cheaper to go on with.
			if (type === 'inner' && other.certain && mine.kind === 'term' && other.kind === 'id') bindings.set(name, other);
		} else if (type === 'inner' && other.certain) {
			// Compatible, so the right's is the variable's, bound or not on the left.
			bindings.set(name, other);
		} else {
			const both = merge(context, mine, other);
			bindings.set(name, both.binding);
			made.push({ column: both.binding.column, expression: both.expression });
		}
	}
	return { plan: extended(plan, made), bindings };
}

/** The plan with more columns. */
export function extended(input: Plan, items: readonly { column: Column; expression: Expression }[]): Plan {
	if (items.length === 0) return input;
	const kept = input.columns.map((column) => ({ column, expression: columnOf(column) }));
	return { kind: 'project', input, items: [...kept, ...items], columns: [...input.columns, ...items.map((i) => i.column)] };
}

/** Only the columns of these variables, in order: a variable that is not there is null. */
export function projected(context: PlanContext, relation: Relation, names: readonly string[]): Relation {
	const bindings = new Map<string, Binding>();
	const items: { column: Column; expression: Expression }[] = [];
	for (const name of names) {
		const binding = relation.bindings.get(name);
		if (binding === undefined || bindings.has(name)) continue;
		const column = context.column(name, binding.column.type);
		items.push({ column, expression: columnOf(binding.column) });
		bindings.set(name, { ...binding, column });
	}
	return { plan: { kind: 'project', input: relation.plan, items, columns: items.map((i) => i.column) }, bindings };
}

/** Rows of each side, those of a variable in one column: of ids if all sides have ids. */
export function union(context: PlanContext, branches: readonly Relation[]): Relation {
	const names = new Set(branches.flatMap((b) => [...b.bindings.keys()]));
	const bindings = new Map<string, Binding>();
	const columns: Column[] = [];
	for (const name of names) {
		const all = branches.map((b) => b.bindings.get(name));
		const kind = all.every((b) => b === undefined || b.kind === 'id') ? 'id' : 'term';
		const column = context.column(name, kind === 'id' ? INT8 : RDF_TERM);
		columns.push(column);
		bindings.set(name, { column, kind, certain: all.every((b) => b?.certain === true) });
	}
	const aligned = branches.map((branch): Plan => {
		const items = [...bindings].map(([name, target]) => {
			const column = context.column(name, target.column.type);
			const binding = branch.bindings.get(name);
			if (binding === undefined) return { column, expression: { kind: 'constant', type: column.type, value: null } as Expression };
			return { column, expression: target.kind === 'id' ? columnOf(binding.column) : termOfBinding(context, binding) };
		});
		return { kind: 'project', input: branch.plan, items, columns: items.map((i) => i.column) };
	});
	const equalities = [...bindings.values()].map(equalityOf);
	const plan = aligned.reduce((left, right, i): Plan => {
		const isLast = i === aligned.length - 1;
		return {
			kind: 'set-operation',
			operation: 'union',
			all: true,
			left,
			right,
			equalities,
			columns: isLast ? columns : columns.map((c) => context.column(c.name, c.type)),
		};
	});
	return aligned.length === 1 ? branches[0]! : { plan, bindings };
}

/** Minus: solutions of the left with which none of the right is compatible that shares a bound variable. */
export function minus(context: PlanContext, left: Relation, right: Relation): Relation {
	const shared = [...left.bindings].flatMap(([name, mine]) => {
		const other = right.bindings.get(name);
		return other === undefined || name.startsWith('.') ? [] : [{ mine, other }];
	});
	if (shared.length === 0) return left;
	const on = compatibility(context, left.bindings, right.bindings);
	if (shared.every(({ mine, other }) => !mine.certain || !other.certain)) {
		const bound = shared.map(({ mine, other }) => allOf([isNull(columnOf(mine.column), true), isNull(columnOf(other.column), true)]));
		on.push(anyOf(bound));
	}
	return { plan: { kind: 'join', type: 'anti', left: left.plan, right: right.plan, on: allOf(on), columns: left.plan.columns }, bindings: left.bindings };
}

/** Without duplicates, over the columns of these bindings alone. */
export function distinct(context: PlanContext, relation: Relation, names: readonly string[]): Relation {
	const only = projected(context, relation, names);
	const on = [...only.bindings.values()].map((b) => ({ expression: columnOf(b.column), equality: equalityOf(b) }));
	const input = only.plan;
	if (on.length === 0)
		return { plan: { kind: 'limit', input, count: { kind: 'constant', type: INT8, value: 1 }, offset: null, columns: input.columns }, bindings: only.bindings };
	return { plan: { kind: 'distinct', input, on, columns: input.columns }, bindings: only.bindings };
}

export function filtered(relation: Relation, conditions: readonly Expression[]): Relation {
	return { plan: filterBy(relation.plan, conditions), bindings: relation.bindings };
}
