/**
 * Which column of a table a column of a plan is, so that its statistics can be asked for. Ids of columns are unique within a
 * statement, so what was once seen of one stays true through all rewriting: the estimates note what they come by.
 */
import type { TableObject } from '../../transaction/catalog-objects.ts';
import type { ColumnId, Expression } from '../algebra/expression.ts';
import type { Plan } from '../algebra/plan.ts';
import type { OptimizerContext } from './context.ts';
import { distinctIn, type KnownColumn } from './value-statistics.ts';

interface Origin {
	readonly table: TableObject;
	readonly attribute: number;
}

/** Of the columns of the plans that one run of the optimizer has come by. */
const originsOf = new WeakMap<OptimizerContext, Map<ColumnId, Origin>>();

/** Notes the columns that an operator reads from a table, or hands on under a new id. */
export function noteOrigins(plan: Plan, context: OptimizerContext): void {
	if (context.tableStatistics === undefined) return;
	let origins = originsOf.get(context);
	if (origins === undefined) originsOf.set(context, (origins = new Map()));
	const handOn = (id: ColumnId, expression: Expression): void => {
		const from = expression.kind === 'column' ? origins.get(expression.id) : undefined;
		if (from !== undefined) origins.set(id, from);
	};
	if (plan.kind === 'scan' || plan.kind === 'access' || plan.kind === 'column-scan') {
		for (const { column, number, part } of plan.scan) if (number > 0 && part === undefined) origins.set(column.id, { table: plan.table, attribute: number });
	} else if (plan.kind === 'project') for (const item of plan.items) handOn(item.column.id, item.expression);
	else if (plan.kind === 'aggregate') for (const group of plan.groups) handOn(group.column.id, group.expression);
}

/** What is known of the values of an expression; null unless it is a column of a table that was analysed. */
export function knownColumn(expression: Expression, context: OptimizerContext): KnownColumn | null {
	const origin = expression.kind === 'column' ? originsOf.get(context)?.get(expression.id) : undefined;
	return origin === undefined ? null : knownAttribute(origin.table, origin.attribute, context);
}

/** What is known of the values of a table's column; null: the table was not analysed. */
export function knownAttribute(table: TableObject, attribute: number, context: OptimizerContext): KnownColumn | null {
	const ofTable = context.tableStatistics?.(table) ?? null;
	const statistics = ofTable?.columns.get(attribute);
	if (ofTable === null || statistics === undefined) return null;
	return { table, attribute, statistics, distinct: distinctIn(statistics, Math.max(1, context.rowCount(table)), ofTable.rows) };
}
