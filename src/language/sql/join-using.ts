/** JOIN … USING and NATURAL: the equalities, and the columns that the join shows, merged ones first. */
import type { Expression } from '../../query/algebra/expression.ts';
import type { JoinType } from '../../query/algebra/plan.ts';
import { BOOL } from '../../value/builtin-types.ts';
import { requireBoolean } from './analyze-expression.ts';
import type { FromItem } from './analyze-from.ts';
import { operatorCall } from './analyze-operator.ts';
import { type AstNode, type JoinExpr, namesOf } from './ast.ts';
import { coerceToCommon, commonType } from './common-type.ts';
import type { NamespaceItem, QueryLevel, ScopeColumn } from './scope.ts';

export interface JoinColumns {
	/** null: there is no USING. */
	readonly condition: Expression | null;
	readonly columns: readonly ScopeColumn[];
	/** How many of the columns are merged ones; they come first. */
	readonly mergedCount: number;
}

export function joinUsing(level: QueryLevel, node: JoinExpr, type: JoinType, left: FromItem, right: FromItem): JoinColumns {
	const leftColumns = shownColumns(left.namespace);
	const rightColumns = shownColumns(right.namespace);
	const names = node.isNatural ? commonNames(leftColumns, rightColumns) : namesOf(node.usingClause as AstNode[] | undefined);
	const merged: ScopeColumn[] = [];
	const conditions: Expression[] = [];
	for (const name of names) {
		if (merged.some((c) => c.name === name)) throw level.context.error('42701', `column name "${name}" appears more than once in USING clause`);
		const l = usingColumn(level, leftColumns, name, 'left');
		const r = usingColumn(level, rightColumns, name, 'right');
		conditions.push(requireBoolean(level.context, operatorCall(level.context, '=', l, r, 0), 'JOIN/USING'));
		merged.push({ name, expression: mergedColumn(level, type, l, r) });
	}
	const taken = new Set(names);
	const rest = [...leftColumns, ...rightColumns].filter((c) => !taken.has(c.name));
	const condition: Expression | null =
		conditions.length === 0 ? null : conditions.length === 1 ? conditions[0]! : { kind: 'and', operands: conditions, type: BOOL };
	return { condition, columns: [...merged, ...rest], mergedCount: merged.length };
}

/** The columns that `*` would show for one side. */
function shownColumns(namespace: readonly NamespaceItem[]): ScopeColumn[] {
	return namespace.flatMap((item) => (item.columnsVisible ? item.entry.columns : []));
}

function commonNames(left: readonly ScopeColumn[], right: readonly ScopeColumn[]): string[] {
	return left.filter((c) => right.some((r) => r.name === c.name)).map((c) => c.name);
}

function usingColumn(level: QueryLevel, columns: readonly ScopeColumn[], name: string, side: string): Expression {
	const found = columns.filter((c) => c.name === name);
	if (found.length > 1) throw level.context.error('42702', `common column name "${name}" appears more than once in ${side} table`);
	if (found.length === 0) throw level.context.error('42703', `column "${name}" specified in USING clause does not exist in ${side} table`);
	return found[0]!.expression;
}

/** The value of a merged column: that of the side which is never null-extended, or of either in a FULL join. */
function mergedColumn(level: QueryLevel, type: JoinType, left: Expression, right: Expression): Expression {
	const { context } = level;
	const common = commonType(context, [left, right], 'JOIN/USING');
	const l = coerceToCommon(context, left, common, 'JOIN/USING');
	const r = coerceToCommon(context, right, common, 'JOIN/USING');
	if (type === 'full')
		return context.withTypmod(
			{ kind: 'coalesce', operands: [l, r], type: common },
			context.typmodOf(left) === context.typmodOf(right) ? context.typmodOf(left) : -1,
		);
	if (type === 'right') return r;
	if (type === 'inner' && l.kind !== 'column' && r.kind === 'column') return r;
	return l;
}
