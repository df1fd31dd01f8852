/** ORDER BY items → sort keys: direction, nulls, USING operators. */
import type { Expression, SortKey } from '../../query/algebra/expression.ts';
import { TEXT } from '../../value/builtin-types.ts';
import { resolveUnknown } from './analyze-expression.ts';
import { findOperator } from './analyze-operator.ts';
import { type AstNode, namesOf, type SortBy } from './ast.ts';
import { coerceToTarget } from './coercion.ts';
import { isUnknown } from './signature.ts';
import type { StatementContext } from './statement-context.ts';

/** The key for an analysed expression. Unknown literals and parameters are text. */
export function sortKey(context: StatementContext, node: SortBy, expression: Expression): SortKey {
	const resolved = isUnknown(expression) ? (coerceToTarget(context, expression, TEXT, -1, 'implicit') ?? resolveUnknown(context, expression)) : expression;
	let descending = node.sortby_dir === 'SORTBY_DESC';
	if (node.sortby_dir === 'SORTBY_USING') descending = directionOf(context, node, resolved);
	const nullsFirst = node.sortby_nulls === 'SORTBY_NULLS_FIRST' || (node.sortby_nulls !== 'SORTBY_NULLS_LAST' && descending);
	const ordering = context.functions.ordering(resolved.type, context.catalog);
	if (ordering === undefined) {
		throw context.error('42883', `could not identify an ordering operator for type ${context.typeName(resolved.type)}`, expression.position ?? 0, {
			hint: 'Use an explicit ordering operator or modify the query.',
		});
	}
	return { expression: resolved, ordering, descending, nullsFirst };
}

function directionOf(context: StatementContext, node: SortBy, expression: Expression): boolean {
	const names = namesOf(node.useOp as AstNode[] | undefined);
	const name = names[names.length - 1] ?? '';
	const position = context.at(node.location);
	const entry = findOperator(context, name, expression.type, expression.type, position);
	if (entry.function.comparison?.operator === '<' || name === '<') return false;
	if (entry.function.comparison?.operator === '>' || name === '>') return true;
	throw context.error('42809', `operator ${name} is not a valid ordering operator`, position, {
		hint: 'Ordering operators must be "<" or ">" members of btree operator families.',
	});
}
