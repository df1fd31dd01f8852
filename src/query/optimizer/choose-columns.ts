/**
 * Reads tables by columns where they are kept so: whole scans of columnar tables, and of tables with a columnar index that has all
 * columns asked for. Predicates over one column go into the scan. Reads by key keep their way, which was chosen before.
 */
import type { IndexObject } from '../../transaction/catalog-objects.ts';
import { filterBy } from '../algebra/build.ts';
import type { Expression } from '../algebra/expression.ts';
import type { Plan, ScanColumn } from '../algebra/plan.ts';
import { columnsRead, conjuncts, hasSubquery, isVolatile, mapChildren, mapPlanParts, type Rewriter } from '../algebra/traverse.ts';
import { type OptimizerContext, usableIndexes } from './context.ts';

type Scan = Extract<Plan, { kind: 'scan' }>;

/** Of smaller tables a copy in columns is not worth opening. */
const INDEX_ROWS_MIN = 500;

export function chooseColumns(plan: Plan, context: OptimizerContext): Plan {
	const by: Rewriter = { plan: (p) => chooseColumns(p, context), expression: (e) => mapChildren(e, by) };
	if (plan.kind === 'filter' && plan.input.kind === 'scan') {
		const predicates = conjuncts(by.expression(plan.predicate));
		const pushed = predicates.filter((p) => isPushable(p, plan.input as Scan));
		const scan = columnScan(plan.input, pushed, context);
		if (scan === null) return mapPlanParts(plan, by);
		return filterBy(
			scan,
			predicates.filter((p) => !pushed.includes(p)),
		);
	}
	if (plan.kind === 'scan') return columnScan(plan, [], context) ?? plan;
	return mapPlanParts(plan, by);
}

/** The scan by columns that does the work of a table's; null where there is none. */
export function columnScan(scan: Scan, predicates: readonly Expression[], context: OptimizerContext): Extract<Plan, { kind: 'column-scan' }> | null {
	const index = columnsFor(scan, scan.scan, context);
	if (index === undefined) return null;
	return { kind: 'column-scan', table: scan.table, scan: scan.scan, index, predicates, columns: scan.columns };
}

/** The columnar index that has the columns, null for the table itself; undefined where neither has. */
function columnsFor({ table }: Scan, scan: readonly ScanColumn[], context: OptimizerContext): IndexObject | null | undefined {
	if (table.partitionBy !== undefined || scan.some(({ number }) => number <= 0 && number !== -1)) return undefined;
	if (scan.some(({ number }) => number === -1)) return undefined;
	if (table.engine === 'columnar') return null;
	if (context.rowCount(table) < INDEX_ROWS_MIN) return undefined;
	return usableIndexes(table, context.catalog, 'columnar').find((index) => scan.every(({ number }) => index.include.includes(number)));
}

/** Over one column of the table, the same for the same value. */
export function isPushable(predicate: Expression, { scan }: Scan): boolean {
	const read = columnsRead(predicate);
	if (read.size !== 1 || isVolatile(predicate) || hasSubquery(predicate)) return false;
	const [id] = read;
	return scan.some(({ column }) => column.id === id);
}
