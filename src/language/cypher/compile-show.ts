/** SHOW: rows known when the statement is compiled (they are the catalog's, and it is compiled anew when that changes), with YIELD, WHERE and RETURN as in a query. */
import type { Plan } from '../../query/algebra/plan.ts';
import { DYNAMIC } from '../../value/builtin-types.ts';
import { constantOf } from './algebra-build.ts';
import type * as ast from './ast.ts';
import { checkPredicate } from './check-expression.ts';
import { checkProjection } from './check-projection.ts';
import { type Checker, Scope } from './checker.ts';
import type { CompileContext } from './compile-context.ts';
import { compilePredicate } from './compile-expression.ts';
import { compileProjection } from './compile-projection.ts';
import { type CompiledQuery, valuesOf } from './compile-query.ts';
import { ANY_TYPE } from './cypher-type.ts';
import { type Binding, Environment } from './environment.ts';
import { shownTable } from './show-tables.ts';

export function compileShow(context: CompileContext, checker: Checker, command: ast.ShowCommand): CompiledQuery {
	const table = shownTable(context, command);
	const columns = table.columns.map((name) => context.newColumn(name, DYNAMIC));
	const rows = table.rows.map((row) => row.map((value) => constantOf(value, DYNAMIC)));
	const plan: Plan = { kind: 'values', rows, columns };
	const names = command.yield === null ? table.columns.slice(0, table.shownCount) : table.columns;
	const shown = new Map(names.map((name, i): [string, Binding] => [name, { kind: 'value', column: columns[i]!, type: ANY_TYPE }]));
	let environment = new Environment(plan, shown);
	let scope = new Scope(new Map(names.map((name) => [name, ANY_TYPE])));
	for (const { projection, where } of projectionsOf(command, names)) {
		scope = checkProjection(checker, scope, projection, where, false);
		environment = compileProjection(context, environment, projection, where);
	}
	if (command.where !== null) {
		checkPredicate(checker, scope, command.where);
		const predicate = compilePredicate(context, environment, command.where);
		environment = environment.withPlan({ kind: 'filter', input: environment.plan, predicate, columns: environment.plan.columns });
	}
	return valuesOf(context, environment.plan, environment.bindings);
}

/** YIELD and RETURN as what a query has for them. */
function projectionsOf(
	command: ast.ShowCommand,
	names: readonly string[],
): readonly { readonly projection: ast.Projection; readonly where: ast.Expression | null }[] {
	const yielded = command.yield;
	if (yielded === null) return [];
	const { start, end, orderBy, skip, limit } = yielded;
	const items = yielded.star
		? names.map((name) => itemOf({ kind: 'identifier', name, start, end }, null))
		: yielded.items.map((item) => itemOf(item.field, item.alias));
	const projection: ast.Projection = { kind: 'projection', distinct: false, star: false, items, orderBy, skip, limit, start, end };
	const first = { projection, where: yielded.where };
	return command.return === null ? [first] : [first, { projection: command.return.projection, where: null }];
}

function itemOf(field: ast.Identifier, alias: ast.Identifier | null): ast.ProjectionItem {
	const { name, start, end } = field;
	return { kind: 'projectionItem', expression: { kind: 'variable', name, start, end }, alias, start, end };
}
