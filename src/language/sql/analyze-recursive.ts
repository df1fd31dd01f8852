/** WITH RECURSIVE: base UNION [ALL] step, where the step reads the rows that the last round made. */
import type { Column } from '../../query/algebra/expression.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import { equalityOf } from './analyze-operator.ts';
import { analyzeSelect } from './analyze-select.ts';
import { convertColumns } from './analyze-set-operation.ts';
import { analyzeWith, wrapCtes } from './analyze-with.ts';
import type { AstNode, CommonTableExpr, SelectStmt } from './ast.ts';
import { commonTypeOf } from './common-type.ts';
import { QueryLevel } from './scope.ts';
import { expandSearchAndCycle } from './search-cycle.ts';

/** How often a parse tree refers to a table name without schema. An upper bound: inner CTEs of the same name count too. */
export function refersTo(node: unknown, name: string): number {
	if (typeof node !== 'object' || node === null) return 0;
	if (Array.isArray(node)) return node.reduce((sum: number, item) => sum + refersTo(item, name), 0);
	let count = 0;
	for (const [key, value] of Object.entries(node)) {
		if (key === 'RangeVar') {
			const table = value as { relname?: string; schemaname?: string };
			if (table.relname === name && !table.schemaname) count++;
		} else count += refersTo(value, name);
	}
	return count;
}

export function analyzeRecursive(level: QueryLevel, cte: CommonTableExpr, name: string, names: readonly string[]): Plan {
	const { context } = level;
	const position = context.at(cte.location);
	const select = expandSearchAndCycle(level, cte, names);
	checkForm(level, select, name, position);
	const inner = new QueryLevel(context, level);
	analyzeWith(inner, select.withClause, select);
	const base = analyzeSelect(context, inner, select.larg!).plan;
	const number = context.newCte();
	const working = base.columns.map((c, i): Column => ({ ...c, name: names[i] ?? c.name }));
	inner.ctes.set(name, { name, number, plan: null, columns: working, inlined: false, readable: true, modifies: false, references: 0 });
	const step = analyzeSelect(context, inner, select.rarg!, { unknownsStay: true }).plan;
	if (step.columns.length !== base.columns.length) throw context.error('42601', 'each UNION query must have the same number of columns', position);
	base.columns.forEach((column, i) => {
		const overall = commonTypeOf(context, [column.type, step.columns[i]!.type]);
		if (overall === null)
			throw context.error('42804', `UNION types ${context.typeName(column.type)} and ${context.typeName(step.columns[i]!.type)} cannot be matched`, position);
		if (overall.oid !== column.type.oid) {
			throw context.error(
				'42804',
				`recursive query "${name}" column ${i + 1} has type ${context.typeName(column.type)} in non-recursive term but type ${context.typeName(overall)} overall`,
				position,
				{ hint: 'Cast the output of the non-recursive term to the correct type.' },
			);
		}
	});
	const converted = convertColumns(
		context,
		step,
		base.columns.map((c) => c.type),
		'UNION',
	);
	const columns = working.map((c) => context.newColumn(c.name, c.type, c.typmod));
	const distinct = !(select.all ?? false);
	const equalities = distinct ? columns.map((c) => equalityOf(context, c.type, position)) : [];
	inner.ctes.delete(name);
	return wrapCtes(inner, { kind: 'recursion', name: number, base, step: converted, distinct, equalities, columns });
}

function checkForm(level: QueryLevel, select: SelectStmt, name: string, position: number): void {
	const { context } = level;
	const fail = (message: string): never => {
		throw context.error('42P19', message, position);
	};
	if (select.op !== 'SETOP_UNION' || select.larg === undefined || select.rarg === undefined)
		fail(`recursive query "${name}" does not have the form non-recursive-term UNION [ALL] recursive-term`);
	if (refersTo(select.larg, name) > 0) fail(`recursive reference to query "${name}" must not appear within its non-recursive term`);
	if (refersTo(select.withClause, name) > 0) fail(`recursive reference to query "${name}" must not appear within a subquery`);
	if (refersTo(select.rarg, name) > 1) fail(`recursive reference to query "${name}" must not appear more than once`);
	if ((select.sortClause?.length ?? 0) > 0) throw context.error('0A000', 'ORDER BY in a recursive query is not implemented', position);
	if (select.limitOffset !== undefined) throw context.error('0A000', 'OFFSET in a recursive query is not implemented', position);
	if (select.limitCount !== undefined) throw context.error('0A000', 'LIMIT in a recursive query is not implemented', position);
	if ((select.lockingClause?.length ?? 0) > 0) throw context.error('0A000', 'FOR UPDATE/SHARE in a recursive query is not implemented', position);
	const step = select.rarg!;
	if (step.op === 'SETOP_EXCEPT' && refersTo(step.rarg, name) > 0) fail(`recursive reference to query "${name}" must not appear within EXCEPT`);
	if (step.op === 'SETOP_INTERSECT') fail(`recursive reference to query "${name}" must not appear within INTERSECT`);
	checkPlace(level, step.fromClause as AstNode[] | undefined, name, position);
	for (const part of [step.targetList, step.whereClause, step.havingClause, step.limitCount, step.sortClause]) {
		if (refersTo(part, name) > 0) fail(`recursive reference to query "${name}" must not appear within a subquery`);
	}
}

/** The reference may not stand on the nullable side of an outer join. */
function checkPlace(level: QueryLevel, nodes: readonly AstNode[] | undefined, name: string, position: number): void {
	for (const node of nodes ?? []) {
		const join = node.JoinExpr;
		if (join === undefined) continue;
		const left = refersTo(join.larg, name) > 0;
		const right = refersTo(join.rarg, name) > 0;
		const type = join.jointype;
		if ((left && (type === 'JOIN_RIGHT' || type === 'JOIN_FULL')) || (right && (type === 'JOIN_LEFT' || type === 'JOIN_FULL'))) {
			throw level.context.error('42P19', `recursive reference to query "${name}" must not appear within an outer join`, position);
		}
		checkPlace(level, [join.larg, join.rarg] as AstNode[], name, position);
	}
}
