/**
 * Joins whose left rows come from a scan by columns, and whose key is a column of it: the scan looks the key up itself (`ScanProbe`), so
 * that rows without a partner are given up before anything else of them is read.
 */
import type { ColumnId } from '../../algebra/expression.ts';
import type { Plan } from '../../algebra/plan.ts';
import { isVolatile } from '../../algebra/traverse.ts';
import { carriedKind } from '../runtime/carried-values.ts';
import type { JoinTableChoice } from '../runtime/column-join-table.ts';
import type { CarriedColumn } from '../runtime/parted-build.ts';
import type { BuiltTable, HashJoin, JoinKey } from './hash-join-table.ts';
import { isIntKey } from './keys.ts';
import type { PipelineBuilder } from './pipeline-builder.ts';
import { isNullable } from './table-sources.ts';

type ColumnScanPlan = Extract<Plan, { kind: 'column-scan' }>;

/** Of a row that the scan has not looked up: it was put aside and came again. */
export const NOT_LOOKED_UP = '-2';

export interface ScanLookup {
	/** Places of the key's parts among the scan's columns. */
	readonly columns: readonly number[];
	/** Text of the table, and of its map. */
	readonly table: string;
	readonly map: string;
	/** Set where the table and the scan's rows can be parted; null: the table's cannot. */
	readonly choice: JoinTableChoice | null;
	/** The columns that rows need when they are parted. */
	readonly carried: readonly CarriedColumn[] | null;
	/** Text of a condition under which rows that find nothing are wanted. */
	readonly keepsMisses: string;
	/** Local with what was found: the last row of the key, −1 for none, or `NOT_LOOKED_UP`. */
	readonly found: string;
}

/**
 * Has the scan below a join's left side look up the join's key; null where that is not possible. Before the left side is produced.
 */
export function lookUpInScan(
	pipeline: PipelineBuilder,
	plan: HashJoin,
	keys: readonly JoinKey[],
	{ field, isMixed, choice }: Pick<BuiltTable, 'field' | 'isMixed' | 'choice'>,
	keepsMisses: string,
): ScanLookup | null {
	if (!['inner', 'left', 'semi', 'anti'].includes(plan.type) || plan.nullAware === true || pipeline.program.instrument) return null;
	if (keys.length === 0 || (keys.length > 1 && !isMixed) || !keys.every(isIntegerPair)) return null;
	const sources = keys.map(({ left }) => (left.kind === 'column' ? sourceOf(plan.left, left.id) : null));
	const scan = sources[0]?.scan;
	if (scan === undefined || sources.some((source) => source?.scan !== scan)) return null;
	const columns = sources.map((source) => scan.scan.findIndex((s) => s.column.id === source!.id));
	const others = pipeline.scanProbes.get(scan);
	// One table for each scan can be parted, and only where its rows need no NULL in their key.
	const canMiss = plan.type === 'left' || plan.type === 'anti';
	const isWhole = others !== undefined || choice === null || (canMiss && columns.some((c) => isNullable(scan.table, scan.scan[c]!.number)));
	const carried = isWhole ? null : carriedColumns(scan);
	if (choice !== null) choice.canPart = carried !== null;
	const table = `S.${field}`;
	const lookup: ScanLookup = { columns, table, map: `${table}.last`, choice, carried, keepsMisses, found: pipeline.persistent('w', NOT_LOOKED_UP) };
	if (others === undefined) pipeline.scanProbes.set(scan, [lookup]);
	else others.unshift(lookup);
	return lookup;
}

/** What a scan gives, as parts have it; null when they cannot. */
function carriedColumns({ scan, columns, table }: ColumnScanPlan): readonly CarriedColumn[] | null {
	const carried: CarriedColumn[] = [];
	for (const { id, type } of columns) {
		const place = scan.findIndex((s) => s.column.id === id);
		const kind = place < 0 ? null : carriedKind(type.name, isNullable(table, scan[place]!.number));
		if (kind === null) return null;
		carried.push({ place, kind });
	}
	return carried;
}

/** Both sides are columns of 32 bits or fewer, compared as what they are. */
function isIntegerPair({ left, right, equality, nullsEqual }: JoinKey): boolean {
	return nullsEqual !== true && left.kind === 'column' && right.kind === 'column' && isIntKey([left], [equality]) && isIntKey([right], [equality]);
}

/** The scan that a plan's rows come from one by one, and its column that is one of the plan's. */
function sourceOf(plan: Plan, id: ColumnId): { readonly scan: ColumnScanPlan; readonly id: ColumnId } | null {
	switch (plan.kind) {
		case 'column-scan':
			return plan.columns.some((column) => column.id === id) ? { scan: plan, id } : null;
		case 'filter':
			return sourceOf(plan.input, id);
		case 'project': {
			const item = plan.items.find(({ column }) => column.id === id);
			if (item?.expression.kind !== 'column' || plan.items.some(({ expression }) => isVolatile(expression))) return null;
			return sourceOf(plan.input, item.expression.id);
		}
		case 'hash-join':
			// The right rows of other joins that found no partner must not grow more.
			return plan.type === 'right' || plan.type === 'full' ? null : sourceOf(plan.left, id);
		default:
			return null;
	}
}

/** Tells that the current row, which was put aside, was looked up for none of the joins above. */
export function forgetLookups(pipeline: PipelineBuilder, plan: Plan): void {
	const scan = leafOf(plan);
	for (const { found } of (scan === null ? undefined : pipeline.scanProbes.get(scan)) ?? []) pipeline.emit(`${found} = ${NOT_LOOKED_UP};`);
}

function leafOf(plan: Plan): ColumnScanPlan | null {
	switch (plan.kind) {
		case 'column-scan':
			return plan;
		case 'filter':
		case 'project':
			return leafOf(plan.input);
		case 'hash-join':
			return leafOf(plan.left);
		default:
			return null;
	}
}
