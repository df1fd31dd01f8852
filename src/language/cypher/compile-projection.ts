/**
 * WITH and RETURN: projection, aggregation with implicit grouping, DISTINCT, ORDER BY, SKIP, LIMIT, and the WHERE after WITH.
 *
 * Without aggregation and DISTINCT, ORDER BY and WHERE see the variables before the projection as well as its own: new columns are computed beside the old ones, and the
 * old ones go last. With one of them they see what is projected, and expressions that are written as something that is projected.
 *
 * Items without an aggregation are the groups. A node or relationship groups by its id; what else was read of it is the same in all rows of a group, and any of them is
 * taken. An item with aggregations is computed behind the grouping, over them and the groups.
 */
import type { AggregateCall, Column, Expression, SortKey } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import type { Equality } from '../../query/functions/contracts.ts';
import { sqlFunctions } from '../../query/functions/sql-functions.ts';
import { BOOL, builtinTypes, DYNAMIC, INT8, TEXT } from '../../value/builtin-types.ts';
import type { Type } from '../../value/type.ts';
import { aggregationsIn } from './aggregation.ts';
import { callOf, projectOf, reference } from './algebra-build.ts';
import type * as ast from './ast.ts';
import { expressionKey } from './ast-walk.ts';
import type { CompileContext } from './compile-context.ts';
import { ExpressionCompiler, type Replacements, wholeValue } from './compile-expression.ts';
import { aggregateFunction } from './compile-function.ts';
import { ANY_TYPE } from './cypher-type.ts';
import { type Binding, Environment } from './environment.ts';

/** One thing that is projected. */
interface Item {
	readonly name: string;
	readonly expression: ast.Expression;
}

/** What comes out of the items: bindings by name over a plan, and what ORDER BY and WHERE may use beside them. */
interface Projected {
	readonly plan: Plan;
	readonly bindings: Map<string, Binding>;
	/** Visible to ORDER BY and WHERE. */
	readonly scope: ReadonlyMap<string, Binding>;
	readonly replacements: Replacements;
}

export function compileProjection(context: CompileContext, environment: Environment, projection: ast.Projection, where: ast.Expression | null): Environment {
	const items = itemsOf(context, environment, projection);
	const isAggregated = items.some((item) => aggregationsIn(context.library, item.expression).length > 0);
	let projected = isAggregated ? aggregate(context, environment, items, projection) : computed(context, environment, items);
	if (projection.distinct) projected = distinct(context, projected, items);
	const compiler = new ExpressionCompiler(context, new Environment(projected.plan, projected.scope), projected.replacements);
	let plan = ordered(compiler, projected.plan, projection);
	if (where !== null) plan = { kind: 'filter', input: plan, predicate: compiler.predicate(where), columns: plan.columns };
	return new Environment(narrowed(plan, projected.bindings), projected.bindings);
}

/** The items written, and before them what `*` stands for. */
function itemsOf(context: CompileContext, environment: Environment, projection: ast.Projection): Item[] {
	const items: Item[] = [];
	if (projection.star) for (const name of [...environment.bindings.keys()].sort(byName)) items.push({ name, expression: variable(name) });
	for (const item of projection.items) items.push({ name: nameOf(context.text, item), expression: item.expression });
	return items;
}

function byName(a: string, b: string): number {
	return a < b ? -1 : 1;
}

function variable(name: string): ast.Variable {
	return { kind: 'variable', name, start: 0, end: 0 };
}

/** Its alias, else how it was written. */
export function nameOf(text: string, item: ast.ProjectionItem): string {
	if (item.alias !== null) return item.alias.name;
	return item.expression.kind === 'variable' ? item.expression.name : text.slice(item.start, item.end);
}

// ------------------------------------------------------------------------------------------------------------------------- without aggregation

/** New columns beside the old ones; variables stay what they are bound to. */
function computed(context: CompileContext, environment: Environment, items: readonly Item[]): Projected {
	const compiler = new ExpressionCompiler(context, environment, new Map());
	const bindings = new Map<string, Binding>();
	const added: { column: Column; expression: Expression }[] = [];
	for (const item of items) {
		const bound = compiler.bindingOf(item.expression);
		if (bound !== null && bound.kind !== 'path') bindings.set(item.name, bound);
		else {
			const made = newItem(context, compiler, item);
			added.push(made);
			bindings.set(item.name, valueBinding(made.column));
		}
	}
	const { plan } = environment;
	const kept = plan.columns.map((column) => ({ column, expression: reference(column) }));
	const input = added.length === 0 ? plan : projectOf(plan, [...kept, ...added]);
	const replacements = replacementsOf(items, bindings);
	return { plan: input, bindings, scope: new Map([...environment.bindings, ...bindings]), replacements };
}

function newItem(context: CompileContext, compiler: ExpressionCompiler, item: Item): { column: Column; expression: Expression } {
	const expression = compiler.value(item.expression);
	return { column: context.newColumn(item.name, expression.type), expression };
}

function valueBinding(column: Column): Binding {
	return { kind: 'value', column, type: ANY_TYPE };
}

/** Expressions that were computed, by how they are written. */
function replacementsOf(items: readonly Item[], bindings: ReadonlyMap<string, Binding>): Map<string, Expression> {
	const replacements = new Map<string, Expression>();
	for (const item of items) {
		const binding = bindings.get(item.name)!;
		if (item.expression.kind !== 'variable' && binding.kind === 'value') replacements.set(expressionKey(item.expression), reference(binding.column));
	}
	return replacements;
}

// ---------------------------------------------------------------------------------------------------------------------------- with aggregation

type Group = Extract<Plan, { kind: 'aggregate' }>['groups'][number];

function aggregate(context: CompileContext, environment: Environment, items: readonly Item[], projection: ast.Projection): Projected {
	const compiler = new ExpressionCompiler(context, environment, new Map());
	const grouping = new Grouping(context, compiler);
	const bindings = new Map<string, Binding>();
	const keys = items.filter((item) => aggregationsIn(context.library, item.expression).length === 0);
	for (const item of keys) bindings.set(item.name, grouping.group(item));
	for (const item of items) for (const call of aggregationsIn(context.library, item.expression)) grouping.aggregation(call);
	for (const sort of projection.orderBy) for (const call of aggregationsIn(context.library, sort.expression)) grouping.aggregation(call);
	const plan = grouping.plan(environment.plan);
	return behind(context, plan, grouping, items, bindings);
}

/** The items with aggregations, computed over the groups. */
function behind(context: CompileContext, plan: Plan, grouping: Grouping, items: readonly Item[], keys: Map<string, Binding>): Projected {
	const compiler = new ExpressionCompiler(context, new Environment(plan, grouping.variables), grouping.replacements);
	const bindings = new Map<string, Binding>();
	const added: { column: Column; expression: Expression }[] = [];
	for (const item of items) {
		const key = keys.get(item.name);
		if (key === undefined) added.push(newItem(context, compiler, item));
		bindings.set(item.name, key ?? valueBinding(added.at(-1)!.column));
	}
	const kept = plan.columns.map((column) => ({ column, expression: reference(column) }));
	const replacements = new Map([...grouping.replacements, ...replacementsOf(items, bindings)]);
	const scope = new Map([...grouping.variables, ...bindings]);
	return { plan: projectOf(plan, [...kept, ...added]), bindings, scope, replacements };
}

/** Groups and aggregations of one projection as they are met. */
class Grouping {
	readonly groups: Group[] = [];
	readonly aggregates: AggregateCall[] = [];
	/** Variables that are groups: visible behind under their own names. */
	readonly variables = new Map<string, Binding>();
	/** Groups that are expressions, and aggregations, by how they are written. */
	readonly replacements = new Map<string, Expression>();
	readonly #context: CompileContext;
	readonly #compiler: ExpressionCompiler;

	constructor(context: CompileContext, compiler: ExpressionCompiler) {
		this.#context = context;
		this.#compiler = compiler;
	}

	group(item: Item): Binding {
		const bound = this.#compiler.bindingOf(item.expression);
		const binding = bound === null ? this.#value(item) : this.#bound(item, bound);
		if (item.expression.kind === 'variable') this.variables.set(item.expression.name, binding);
		else if (binding.kind === 'value') this.replacements.set(expressionKey(item.expression), reference(binding.column));
		return binding;
	}

	#value(item: Item): Binding {
		return valueBinding(this.#key(item.name, this.#compiler.value(item.expression)));
	}

	#bound(item: Item, binding: Binding): Binding {
		switch (binding.kind) {
			case 'node':
				return { ...binding, id: this.#column(binding.id), labels: this.#any(binding.labels), properties: this.#any(binding.properties) };
			case 'edge':
				return {
					...binding,
					id: this.#column(binding.id),
					type: this.#any(binding.type),
					tail: this.#any(binding.tail),
					head: this.#any(binding.head),
					properties: this.#any(binding.properties),
				};
			case 'path':
				return this.#value(item);
			case 'value':
				return { ...binding, column: this.#column(binding.column) };
		}
	}

	#column(column: Column): Column {
		return this.#key(column.name, reference(column));
	}

	#key(name: string, expression: Expression): Column {
		const column = this.#context.newColumn(name, expression.type);
		this.groups.push({ column, expression, equality: equalityOf(this.#context, expression.type) });
		return column;
	}

	/** A column that is the same in all rows of a group. */
	#any<T extends Column | null>(source: T): T {
		if (source === null) return source;
		const column = this.#context.newColumn(source.name, source.type);
		this.aggregates.push(aggregateCall(column, this.#context.library.anyValue, [reference(source)], []));
		return column as T;
	}

	aggregation(call: ast.FunctionCall | ast.CountStar): void {
		const key = expressionKey(call);
		if (this.replacements.has(key)) return;
		const made = call.kind === 'countStar' ? this.#countRows() : this.#called(call);
		this.aggregates.push(made);
		this.replacements.set(key, reference(made.column));
	}

	#countRows(): AggregateCall {
		return aggregateCall(this.#context.newColumn('count', INT8), this.#context.library.countRows, [], []);
	}

	#called(call: ast.FunctionCall): AggregateCall {
		const called = aggregateFunction(this.#context, call.name.toLowerCase(), call.arguments.length)!;
		const isCount = called.name === 'count';
		// What is counted is not looked at: the id of a node will do.
		const items = call.arguments.map((argument) => (isCount ? this.#compiler.identity(argument) : this.#compiler.value(argument)));
		const column = this.#context.newColumn(called.name, builtinTypes.typeByOid(called.returnOid) ?? DYNAMIC);
		const equalities = call.distinct ? items.map((item) => equalityOf(this.#context, item.type)) : [];
		return { ...aggregateCall(column, called, items, equalities), distinct: call.distinct };
	}

	plan(input: Plan): Plan {
		const columns = [...this.groups.map((g) => g.column), ...this.aggregates.map((a) => a.column)];
		return { kind: 'aggregate', input, groups: this.groups, sets: [this.groups.map((_, i) => i)], aggregates: this.aggregates, grouping: [], columns };
	}
}

function aggregateCall(column: Column, called: AggregateCall['function'], items: readonly Expression[], equalities: readonly Equality[]): AggregateCall {
	return { column, function: called, arguments: items, distinct: false, equalities, filter: null, orderBy: [], withinGroup: [] };
}

const STATIC_EQUALITIES: ReadonlyMap<number, Equality> = new Map([BOOL, INT8, TEXT].map((type) => [type.oid, sqlFunctions.equality(type, builtinTypes)!]));

/** Cypher's own for values; that of the type where it is known and the same. */
function equalityOf(context: CompileContext, type: Type): Equality {
	return STATIC_EQUALITIES.get(type.oid) ?? context.library.equivalence;
}

// ------------------------------------------------------------------------------------------------------------ distinct, order, rows, columns

/** One row of each, by what tells the values apart. */
function distinct(context: CompileContext, projected: Projected, items: readonly Item[]): Projected {
	const { bindings } = projected;
	const input = narrowed(projected.plan, bindings);
	const on = [...bindings.values()].map((binding) => {
		const expression = binding.kind === 'node' || binding.kind === 'edge' ? reference(binding.id) : wholeValue(context, binding);
		return { expression, equality: equalityOf(context, expression.type) };
	});
	const plan: Plan = { kind: 'distinct', input, on, columns: input.columns };
	const renamed = new Map<string, Binding>(bindings);
	for (const item of items) if (item.expression.kind === 'variable') renamed.set(item.expression.name, bindings.get(item.name)!);
	return { plan, bindings, scope: new Map([...renamed, ...bindings]), replacements: replacementsOf(items, bindings) };
}

function ordered(compiler: ExpressionCompiler, input: Plan, projection: ast.Projection): Plan {
	let plan = input;
	if (projection.orderBy.length > 0) {
		const keys = projection.orderBy.map((sort) => sortKey(compiler, sort));
		plan = { kind: 'sort', input: plan, keys, columns: plan.columns };
	}
	if (projection.skip === null && projection.limit === null) return plan;
	const { rowCount } = compiler.context.library.operators;
	const rows = (e: ast.Expression | null): Expression | null => (e === null ? null : callOf(rowCount, [compiler.value(e)], compiler.context.position(e)));
	return { kind: 'limit', input: plan, count: rows(projection.limit), offset: rows(projection.skip), columns: plan.columns };
}

/** Null is greater than everything. Nodes and relationships are ordered by their ids. */
function sortKey(compiler: ExpressionCompiler, sort: ast.SortItem): SortKey {
	const expression = compiler.identity(sort.expression);
	const ordering = STATIC_EQUALITIES.has(expression.type.oid) ? sqlFunctions.ordering(expression.type, builtinTypes)! : compiler.context.library.ordering;
	return { expression, ordering, descending: sort.descending, nullsFirst: sort.descending };
}

/** Only the columns of the bindings; those of an outer query are none of the plan's. */
function narrowed(plan: Plan, bindings: ReadonlyMap<string, Binding>): Plan {
	const wanted = new Set<number>();
	for (const binding of bindings.values()) for (const column of columnsOf(binding)) wanted.add(column.id);
	const columns = plan.columns.filter((column) => wanted.has(column.id));
	if (columns.length === plan.columns.length) return plan;
	return projectOf(
		plan,
		columns.map((column) => ({ column, expression: reference(column) })),
	);
}

/** The columns that a binding is made of. */
function columnsOf(binding: Binding): readonly Column[] {
	switch (binding.kind) {
		case 'node':
			return [binding.id, binding.labels, binding.properties].filter((c) => c !== null);
		case 'edge':
			return [binding.id, binding.type, binding.tail, binding.head, binding.properties].filter((c) => c !== null);
		case 'path':
			return [];
		case 'value':
			return [binding.column];
	}
}
