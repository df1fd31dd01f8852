/**
 * SELECT: grouping and aggregates, HAVING, expressions, ORDER BY, DISTINCT, LIMIT (SPARQL 1.1 Query Language, section 18.2.4 and
 * 18.2.5). Ids stay ids to the end: terms are made of those rows that come out.
 */
import { columnOf } from '../../query/algebra/build.ts';
import type { AggregateCall, Column, Expression, SortKey } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import type { AggregateFunction, Equality } from '../../query/functions/contracts.ts';
import {
	averageAggregate,
	averageOfIds,
	concatAggregate,
	maxAggregate,
	minAggregate,
	rowKey,
	sampleAggregate,
	sumAggregate,
	sumOfIds,
} from '../../query/functions/sparql/aggregate-functions.ts';
import { termEquality, termOrdering } from '../../query/functions/sparql/comparison.ts';
import { sortKeyOfId, sortKeyOrdering } from '../../query/functions/sparql/inline-functions.ts';
import { termOfCount } from '../../query/functions/sparql/term-functions.ts';
import { sqlFunctions } from '../../query/functions/sql-functions.ts';
import { builtinTypes, INT8, TEXT } from '../../value/builtin-types.ts';
import { RDF_TERM } from '../../value/rdf-term.ts';
import { type Formula, isVisible, type Selection } from './algebra.ts';
import { projectedNames } from './checks.ts';
import { compilePattern, extend, formulas } from './compile-pattern.ts';
import { call, idEquality, type PlanContext } from './plan-context.ts';
import { type Binding, type Bindings, distinct, extended, filtered, join, projected, type Relation } from './relation.ts';
import type { Scope } from './scope.ts';

const textEquality: Equality = sqlFunctions.equality(TEXT, builtinTypes)!;

const countFunctions = sqlFunctions.functions('count').filter((f): f is AggregateFunction => f.kind === 'aggregate');
const COUNT_ROWS = countFunctions.find((f) => f.argumentOids.length === 0)!;
const COUNT_VALUES = countFunctions.find((f) => f.argumentOids.length === 1)!;

/** Aggregates that take ids as they are. */
const OF_IDS: ReadonlyMap<string, AggregateFunction> = new Map([
	['sum', sumOfIds],
	['avg', averageOfIds],
]);

/** The relation of a SELECT: only its variables, in their order. */
export function compileSelection(context: PlanContext, selection: Selection, scope: Scope): Relation {
	const compiler = new SelectionCompiler(context, selection, scope);
	return compiler.compile();
}

class SelectionCompiler {
	readonly #context: PlanContext;
	readonly #selection: Selection;
	readonly #scope: Scope;
	/** Aggregates met, with the variable that stands for each. */
	readonly #aggregates: { readonly name: string; readonly formula: Extract<Formula, { kind: 'aggregate' }> }[] = [];

	constructor(context: PlanContext, selection: Selection, scope: Scope) {
		this.#context = context;
		this.#selection = selection;
		this.#scope = scope;
	}

	compile(): Relation {
		const { where, groups, values, limit, offset } = this.#selection;
		let relation = compilePattern(this.#context, where, this.#scope);
		const having = this.#selection.having.map((f) => this.#withoutAggregates(f));
		const orderBy = this.#selection.orderBy.map((o) => ({ ...o, value: this.#withoutAggregates(o.value) }));
		const projection = (this.#selection.projection ?? []).map((p) => ({
			variable: p.variable,
			value: p.value === null ? null : this.#withoutAggregates(p.value),
		}));
		if (groups !== null || this.#aggregates.length > 0) relation = this.#group(relation, groups ?? []);
		for (const condition of having) relation = filtered(relation, [formulas(this.#context, relation.bindings, this.#scope).truth(condition)]);
		if (values !== null) relation = join(this.#context, relation, compilePattern(this.#context, values, this.#scope));
		for (const { variable, value } of projection) if (value !== null) relation = extend(this.#context, relation, variable, value, this.#scope);
		relation = this.#arranged(relation, projectedNames(this.#selection), orderBy);
		if (limit === null && offset === null) return relation;
		const plan: Plan = { kind: 'limit', input: relation.plan, count: count(limit), offset: count(offset), columns: relation.plan.columns };
		return { plan, bindings: relation.bindings };
	}

	/** DISTINCT before ORDER BY where the keys are among what is selected, so that the order is the last thing made. */
	#arranged(relation: Relation, names: readonly string[], orderBy: readonly { value: Formula; descending: boolean }[]): Relation {
		const context = this.#context;
		if (!this.#selection.distinct) return projected(context, this.#sorted(relation, orderBy), names);
		const selected = new Set(names);
		if (orderBy.every((o) => readsOnly(o.value, selected))) return this.#sorted(distinct(context, relation, names), orderBy);
		return distinct(context, this.#sorted(relation, orderBy), names);
	}

	#sorted(relation: Relation, orderBy: readonly { value: Formula; descending: boolean }[]): Relation {
		if (orderBy.length === 0) return relation;
		const compiler = formulas(this.#context, relation.bindings, this.#scope);
		const keys = orderBy.map(({ value, descending }): SortKey => {
			const typed = compiler.value(value);
			const rest = { descending, nullsFirst: !descending };
			if (typed.kind !== 'id') return { expression: typed.expression, ordering: termOrdering, ...rest };
			return { expression: call(sortKeyOfId, [this.#context.space, typed.expression], RDF_TERM), ordering: sortKeyOrdering, ...rest };
		});
		return { plan: { kind: 'sort', input: relation.plan, keys, columns: relation.plan.columns }, bindings: relation.bindings };
	}

	// ---- grouping ----

	/** The formula with a variable in the place of each aggregate. */
	#withoutAggregates(formula: Formula): Formula {
		if (formula.kind === 'aggregate') {
			const name = this.#context.freshName();
			this.#aggregates.push({ name, formula });
			return { kind: 'variable', name };
		}
		if (formula.kind !== 'operation' && formula.kind !== 'function') return formula;
		return { ...formula, arguments: formula.arguments.map((a) => this.#withoutAggregates(a)) };
	}

	#group(relation: Relation, groups: NonNullable<Selection['groups']>): Relation {
		const compiler = formulas(this.#context, relation.bindings, this.#scope);
		const bindings = new Map<string, Binding>();
		const keys = groups.map(({ variable, value }) => {
			const { kind, expression, certain } = compiler.value(value);
			const column = this.#context.column(variable ?? '', kind === 'id' ? INT8 : RDF_TERM);
			if (variable !== null) bindings.set(variable, { column, kind: kind === 'id' ? 'id' : 'term', certain });
			return { column, expression, equality: kind === 'id' ? idEquality : termEquality };
		});
		const counts: { column: Column; expression: Expression }[] = [];
		const calls = this.#aggregates.map(({ name, formula }) => this.#call(name, formula, relation.bindings, bindings, counts));
		const plan: Plan = {
			kind: 'aggregate',
			input: relation.plan,
			groups: keys,
			sets: [keys.map((_, i) => i)],
			aggregates: calls,
			grouping: [],
			columns: [...keys.map((k) => k.column), ...calls.map((c) => c.column)],
		};
		return { plan: extended(plan, counts), bindings };
	}

	#call(
		name: string,
		formula: Extract<Formula, { kind: 'aggregate' }>,
		input: Bindings,
		bindings: Map<string, Binding>,
		counts: { column: Column; expression: Expression }[],
	): AggregateCall {
		const isCount = formula.name === 'count';
		const column = this.#context.column(name, isCount ? INT8 : RDF_TERM);
		if (isCount) {
			const term = this.#context.column(name, RDF_TERM);
			counts.push({ column: term, expression: call(termOfCount, [columnOf(column)], RDF_TERM) });
			bindings.set(name, { column: term, kind: 'term', certain: true });
		} else bindings.set(name, { column, kind: 'term', certain: false });
		const { args, equality } = this.#argument(formula, input);
		return {
			column,
			function: isCount && args.length === 0 ? COUNT_ROWS : args.length === 2 ? OF_IDS.get(formula.name)! : aggregateOf(formula),
			arguments: args,
			distinct: formula.distinct,
			equalities: formula.distinct ? [equality] : [],
			filter: null,
			orderBy: [],
			withinGroup: [],
		};
	}

	#argument(formula: Extract<Formula, { kind: 'aggregate' }>, input: Bindings): { args: Expression[]; equality: Equality } {
		const compiler = formulas(this.#context, input, this.#scope);
		if (formula.argument === null) {
			if (!formula.distinct) return { args: [], equality: idEquality };
			// COUNT(DISTINCT *): one text for each solution.
			const parts = [...input].filter(([name]) => isVisible(name)).map(([name]) => compiler.term({ kind: 'variable', name }));
			return { args: [call(rowKey, parts, TEXT)], equality: textEquality };
		}
		const typed = compiler.value(formula.argument);
		// Counting and telling apart need no terms.
		if (formula.name === 'count') return { args: [typed.expression], equality: typed.kind === 'id' ? idEquality : termEquality };
		if (typed.kind === 'id' && OF_IDS.has(formula.name) && !formula.distinct) return { args: [this.#context.space, typed.expression], equality: idEquality };
		return { args: [typed.kind === 'id' ? this.#context.termOf(typed.expression) : typed.expression], equality: termEquality };
	}
}

function aggregateOf(formula: Extract<Formula, { kind: 'aggregate' }>): AggregateFunction {
	switch (formula.name) {
		case 'sum':
			return sumAggregate;
		case 'avg':
			return averageAggregate;
		case 'min':
			return minAggregate;
		case 'max':
			return maxAggregate;
		case 'sample':
			return sampleAggregate;
		case 'group_concat':
			return concatAggregate(formula.separator);
		default:
			return COUNT_VALUES;
	}
}

function count(value: number | null): Expression | null {
	return value === null ? null : { kind: 'constant', type: INT8, value };
}

/** No variable but these; no EXISTS. */
function readsOnly(formula: Formula, names: ReadonlySet<string>): boolean {
	if (formula.kind === 'variable') return names.has(formula.name);
	if (formula.kind === 'operation' || formula.kind === 'function') return formula.arguments.every((a) => readsOnly(a, names));
	return formula.kind === 'term';
}

/** The columns of the result: terms, one for each variable. */
export function shown(context: PlanContext, relation: Relation, names: readonly string[]): { plan: Plan; columns: Column[] } {
	const items = names.map((name) => {
		const column = context.column(name, RDF_TERM);
		const binding = relation.bindings.get(name);
		if (binding === undefined) return { column, expression: { kind: 'constant', type: RDF_TERM, value: null } as Expression };
		const source = columnOf(binding.column);
		return { column, expression: binding.kind === 'id' ? context.termOf(source) : source };
	});
	const columns = items.map((i) => i.column);
	return { plan: { kind: 'project', input: relation.plan, items, columns }, columns };
}
