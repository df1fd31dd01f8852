/** CALL: procedures and subqueries, both run once for each row so far (`apply`). */
import { invariant, sqlError } from '../../platform/errors.ts';
import type { Expression } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import { DYNAMIC, INT8 } from '../../value/builtin-types.ts';
import type * as ast from './ast.ts';
import type { CompileContext } from './compile-context.ts';
import { compileExpression, compilePredicate } from './compile-expression.ts';
import { changesGraph, compileBindings } from './compile-query.ts';
import { settled } from './compile-update.ts';
import { type Binding, Environment, ONE_ROW } from './environment.ts';
import type { Procedure } from './procedure.ts';

export function compileCallProcedure(context: CompileContext, environment: Environment, clause: ast.CallProcedureClause): Environment {
	const procedure = context.procedures.get(clause.procedure.name.toLowerCase());
	invariant(procedure !== undefined, `procedure ${clause.procedure.name} is not there`);
	const called = procedure.compile(context, argumentsOf(context, environment, clause, procedure));
	if (procedure.outputs.length === 0) return environment.withPlan(applied(environment, oneRow(context, called), false));
	const bindings = yielded(clause, procedure, called);
	const after = environment.extend(applied(environment, called, clause.optional), bindings);
	const where = clause.yield?.where ?? null;
	if (where === null) return after;
	const predicate = compilePredicate(context, after, where);
	return after.withPlan({ kind: 'filter', input: after.plan, predicate, columns: after.plan.columns });
}

/** Those written; the parameters of their names where there are none; defaults for those left out. */
function argumentsOf(context: CompileContext, environment: Environment, clause: ast.CallProcedureClause, procedure: Procedure): Expression[] {
	const written = clause.arguments;
	return procedure.arguments.map((argument, i) => {
		if (written === null) return context.parameter(argument.name, DYNAMIC);
		const item = written[i];
		if (item !== undefined) return compileExpression(context, environment, item);
		invariant(argument.default !== undefined, 'an argument is missing');
		return argument.default;
	});
}

function yielded(clause: ast.CallProcedureClause, procedure: Procedure, called: Plan): (readonly [string, Binding])[] {
	const all = procedure.outputs.map((output, i) => [output, called.columns[i]!] as const);
	const items = clause.yield === null || clause.yield.star ? all.map(([o]) => [o.name, o.name] as const) : clause.yield.items.map(namesOf);
	return items.map(([field, name]) => {
		const [output, column] = all.find(([o]) => o.name === field)!;
		return [name, { kind: 'value', column, type: output.type }];
	});
}

function namesOf(item: ast.YieldItem): readonly [string, string] {
	return [item.field.name, (item.alias ?? item.field).name];
}

/** `called` for each row; the first call of a query needs no row before it. */
function applied(environment: Environment, called: Plan, optional: boolean): Plan {
	const left = environment.plan;
	if (left === ONE_ROW && !optional) return called;
	return { kind: 'apply', type: optional ? 'left' : 'inner', left, right: called, on: null, columns: [...left.columns, ...called.columns] };
}

/** All of a plan's rows, and then one row without meaning: so that what is run for its effect leaves each row as it is. */
function oneRow(context: CompileContext, input: Plan): Plan {
	const column = context.newColumn('rows', INT8);
	const call = { column, function: context.library.countRows, arguments: [], distinct: false, equalities: [], filter: null, orderBy: [], withinGroup: [] };
	return { kind: 'aggregate', input, groups: [], sets: [[]], aggregates: [call], grouping: [], columns: [column] };
}

export function compileCallSubquery(context: CompileContext, environment: Environment, clause: ast.CallSubqueryClause): Environment {
	if (clause.inTransactions !== null)
		throw sqlError('0A000', 'CALL {} IN TRANSACTIONS is not supported', {
			position: clause.inTransactions.start + 1,
			hint: 'Run the query once for each part of the data.',
		});
	const inner = compileBindings(context, (part) => importsOf(environment, clause, part), clause.query);
	const after =
		inner.bindings === null
			? environment.withPlan(applied(environment, oneRow(context, inner.plan), false))
			: environment.extend(applied(environment, inner.plan, clause.optional), inner.bindings);
	return changesGraph(clause.query) ? settled(context, after) : after;
}

/** What a subquery sees: the variables that `CALL (a, b)` lists, else those that its importing WITH names. */
function importsOf(environment: Environment, clause: ast.CallSubqueryClause, part: ast.SingleQuery): Environment {
	const inner = environment.inner();
	if (clause.imports === 'all') return inner;
	const names = new Set(clause.imports === null ? importedNames(part, [...inner.bindings.keys()]) : clause.imports.map((i) => i.name));
	return new Environment(ONE_ROW, new Map([...inner.bindings].filter(([name]) => names.has(name))));
}

/** Names of the importing WITH with which a subquery may begin: plain variables alone, or `*`. Empty without one. */
export function importedNames(part: ast.SingleQuery, outer: readonly string[]): readonly string[] {
	const first = part.clauses.find((clause) => clause.kind !== 'use');
	if (first?.kind !== 'with' || !isImport(first)) return [];
	return first.projection.star ? outer : first.projection.items.map((item) => (item.expression as ast.Variable).name);
}

function isImport({ projection, where }: ast.WithClause): boolean {
	const { items, distinct, orderBy, skip, limit } = projection;
	if (where !== null || distinct || orderBy.length > 0 || skip !== null || limit !== null) return false;
	return items.every((item) => item.expression.kind === 'variable' && (item.alias === null || item.alias.name === item.expression.name));
}
