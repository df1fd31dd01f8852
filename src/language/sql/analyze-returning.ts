/** RETURNING of INSERT, UPDATE and DELETE. */
import type { Column, Expression } from '../../query/algebra/expression.ts';
import { TEXT, UNKNOWN } from '../../value/builtin-types.ts';
import type { AstNode } from './ast.ts';
import { coerceType } from './coercion.ts';
import type { QueryLevel } from './scope.ts';
import { analyzeTargets } from './target-list.ts';

export interface ReturningItem {
	readonly column: Column;
	readonly expression: Expression;
}

/** The items over what the level shows; null without RETURNING. */
export function analyzeReturning(level: QueryLevel, clause: { readonly options?: unknown; readonly exprs?: unknown } | undefined): ReturningItem[] | null {
	if (clause === undefined) return null;
	const { context } = level;
	if (((clause.options ?? []) as unknown[]).length > 0) throw context.unsupported('RETURNING WITH (…)');
	const targets = level.within('returning', () => analyzeTargets(level, (clause.exprs ?? []) as AstNode[]));
	return targets.map((t) => {
		const expression = t.expression.type.oid === UNKNOWN.oid ? coerceType(context, t.expression, TEXT, -1, 'implicit') : t.expression;
		const source = expression.kind === 'column' ? context.shared.columns.get(expression.id) : undefined;
		return { column: context.newColumn(t.name, expression.type, context.typmodOf(expression), source?.origin ?? null), expression };
	});
}

/** A column for each live column of a table, under new ids: the row as stored. */
export function newRowColumns(level: QueryLevel, table: import('../../transaction/catalog-objects.ts').TableObject): readonly Column[] {
	return table.columns.filter((c) => !c.dropped).map((c) => level.context.newColumn(c.name, level.context.type(c.typeOid), c.typmod, [table.id, c.number]));
}

export function references(columns: readonly Column[]): Expression[] {
	return columns.map((c) => ({ kind: 'column', id: c.id, type: c.type }));
}
