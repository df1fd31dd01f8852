/**
 * Queries to plans: clause after clause over an `Environment`, UNION, subqueries.
 *
 * CREATE clauses that follow each other are compiled as one: none of them reads, and a script may have hundreds.
 */
import { assertNever, invariant } from '../../platform/errors.ts';
import { reorder } from '../../query/algebra/build.ts';
import type { Column } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import { loadCsv } from '../../query/functions/cypher/load-csv-function.ts';
import { DYNAMIC } from '../../value/builtin-types.ts';
import { elementRows, projectOf } from './algebra-build.ts';
import type * as ast from './ast.ts';
import { compileCallProcedure, compileCallSubquery } from './compile-call.ts';
import type { CompileContext } from './compile-context.ts';
import { asDynamic, compileExpression, wholeValue } from './compile-expression.ts';
import { compileProjection } from './compile-projection.ts';
import { ANY_TYPE } from './cypher-type.ts';
import type { Binding, Environment } from './environment.ts';

/** A query with its result. */
export interface CompiledQuery {
	readonly plan: Plan;
	/** One column per name, as values; empty where the query returns nothing. */
	readonly columns: readonly Column[];
}

/** A query inside another one: its variables as they are bound, without making values of them. */
export interface InnerQuery {
	readonly plan: Plan;
	/** What it returns, in order; null: nothing. */
	readonly bindings: ReadonlyMap<string, Binding> | null;
}

/** What a query begins with; parts of a UNION may import different variables. */
type Beginning = (part: ast.SingleQuery) => Environment;

/** A query whose columns are values, named as the client is to see them; one that returns nothing (EXISTS { MATCH … } too) has no columns. */
export function compileResult(context: CompileContext, beginning: Beginning, query: ast.Query): CompiledQuery {
	const inner = compileBindings(context, beginning, query);
	if (inner.bindings === null) return { plan: inner.plan, columns: [] };
	return valuesOf(context, inner.plan, inner.bindings);
}

/** A query whose result is bound to variables of the query around it. */
export function compileBindings(context: CompileContext, beginning: Beginning, query: ast.Query): InnerQuery {
	return query.kind === 'singleQuery' ? compileSingle(context, beginning(query), query) : compileUnion(context, beginning, query);
}

/** One column per binding, each a value. */
export function valuesOf(context: CompileContext, input: Plan, bindings: ReadonlyMap<string, Binding>): CompiledQuery {
	const items = [...bindings].map(([name, binding]) => {
		const expression = asDynamic(wholeValue(context, binding));
		return { column: context.newColumn(name, DYNAMIC), expression };
	});
	return { plan: projectOf(input, items), columns: items.map((item) => item.column) };
}

function compileUnion(context: CompileContext, beginning: Beginning, query: ast.UnionQuery): InnerQuery {
	const parts = query.queries.map((part) => compileResult(context, beginning, part));
	const first = parts[0]!;
	let { plan } = first;
	let { columns } = first;
	for (const part of parts.slice(1)) {
		const right = reorder(
			part.plan,
			columns.map((column) => part.columns.find((c) => c.name === column.name)!),
		);
		columns = columns.map((column) => context.newColumn(column.name, DYNAMIC));
		const equalities = columns.map(() => context.library.equivalence);
		plan = { kind: 'set-operation', operation: 'union', all: query.all, left: plan, right, equalities, columns };
	}
	const bindings = new Map<string, Binding>(columns.map((column) => [column.name, { kind: 'value', column, type: ANY_TYPE }]));
	return { plan, bindings: query.queries[0]!.clauses.at(-1)!.kind === 'return' ? bindings : null };
}

function compileSingle(context: CompileContext, environment: Environment, query: ast.SingleQuery): InnerQuery {
	let current = environment;
	const clauses = joinCreates(query.clauses);
	for (const [i, clause] of clauses.entries()) {
		if (clause.kind === 'return') {
			const returned = compileProjection(context, current, clause.projection, null);
			return { plan: returned.plan, bindings: returned.bindings };
		}
		const isStandalone = clause.kind === 'callProcedure' && clauses.length === 1;
		current = compileClause(context, current, clause);
		if (isStandalone) return { plan: current.plan, bindings: current.bindings.size === 0 ? null : current.bindings };
		if (clause.kind === 'finish') invariant(i === clauses.length - 1, 'FINISH is the last clause');
	}
	return { plan: current.plan, bindings: null };
}

function joinCreates(clauses: readonly ast.Clause[]): readonly ast.Clause[] {
	const joined: ast.Clause[] = [];
	for (const clause of clauses) {
		const last = joined.at(-1);
		if (clause.kind === 'create' && last?.kind === 'create')
			joined[joined.length - 1] = { ...last, patterns: [...last.patterns, ...clause.patterns], end: clause.end };
		else joined.push(clause);
	}
	return joined;
}

function compileClause(context: CompileContext, environment: Environment, clause: Exclude<ast.Clause, ast.ReturnClause>): Environment {
	switch (clause.kind) {
		case 'match':
			return context.clauses.match(context, environment, clause);
		case 'create':
		case 'merge':
		case 'set':
		case 'remove':
		case 'delete':
		case 'foreach':
			return context.clauses.update(context, environment, clause);
		case 'unwind':
			return compileUnwind(context, environment, clause);
		case 'with':
			return compileProjection(context, environment, clause.projection, clause.where);
		case 'callProcedure':
			return compileCallProcedure(context, environment, clause);
		case 'callSubquery':
			return compileCallSubquery(context, environment, clause);
		case 'loadCsv':
			return compileLoadCsv(context, environment, clause);
		case 'use':
		case 'finish':
			return environment;
		default:
			return assertNever(clause);
	}
}

function compileUnwind(context: CompileContext, environment: Environment, clause: ast.UnwindClause): Environment {
	const column = context.newColumn(clause.variable.name, DYNAMIC);
	const items = [{ column, ...elementRows(context.library, compileExpression(context, environment, clause.list)) }];
	const plan: Plan = { kind: 'expand', input: environment.plan, items, columns: [...environment.plan.columns, column] };
	return environment.extend(plan, [[clause.variable.name, { kind: 'value', column, type: ANY_TYPE }]]);
}

/** Each record is a row: a list of strings, or a map by the names in the first record. */
function compileLoadCsv(context: CompileContext, environment: Environment, clause: ast.LoadCsvClause): Environment {
	const column = context.newColumn(clause.variable.name, DYNAMIC);
	const items = [
		compileExpression(context, environment, clause.url),
		{ kind: 'constant' as const, value: clause.withHeaders, type: DYNAMIC },
		{ kind: 'constant' as const, value: clause.fieldTerminator ?? ',', type: DYNAMIC },
	];
	const plan: Plan = {
		kind: 'expand',
		input: environment.plan,
		items: [{ column, function: loadCsv, arguments: items }],
		columns: [...environment.plan.columns, column],
	};
	return environment.extend(plan, [[clause.variable.name, { kind: 'value', column, type: ANY_TYPE }]]);
}

const UPDATES: ReadonlySet<string> = new Set(['create', 'merge', 'set', 'remove', 'delete', 'foreach']);

/** Whether a query changes the graph, in its subqueries too. */
export function changesGraph(query: ast.Query): boolean {
	if (query.kind === 'unionQuery') return query.queries.some(changesGraph);
	return query.clauses.some((clause) => UPDATES.has(clause.kind) || (clause.kind === 'callSubquery' && changesGraph(clause.query)));
}
