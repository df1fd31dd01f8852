/**
 * Views of the first rows in an order: ORDER BY … LIMIT k, or row_number() OVER (PARTITION BY … ORDER BY …) <= k over a subquery, of rows of one
 * block. What stands above the limit or the rank is expressions alone.
 */
import { columnOf } from '../query/algebra/build.ts';
import type { Column, Expression, SortKey } from '../query/algebra/expression.ts';
import type { Plan } from '../query/algebra/plan.ts';
import { columnsRead, substitute } from '../query/algebra/traverse.ts';
import type { Equality } from '../query/functions/contracts.ts';
import { INT8 } from '../value/builtin-types.ts';
import { ColumnIds, checkKept, type RowBlock, rowBlock } from './row-block.ts';
import { branchesOf } from './union-branches.ts';
import { unkept } from './unkept.ts';

/** More rows of one partition are not kept in order. */
const TOP_ROWS_MAX = 1000;

export interface TopShape {
	readonly kind: 'top';
	/** Its outputs: values of the partition, of the order, then the columns that `outputs` reads. */
	readonly block: RowBlock;
	readonly equalities: readonly Equality[];
	/** Over the block's outputs. */
	readonly order: readonly SortKey[];
	readonly rowsMax: number;
	/** The row's number in its partition, from 1 on. */
	readonly rank: Column;
	/** What the view shows, over the block's outputs and `rank`. */
	readonly outputs: readonly Expression[];
}

/** The parts of such a plan, in terms of `input`'s columns and of `rank`. */
interface Parts {
	readonly input: Plan;
	readonly partition: readonly { readonly expression: Expression; readonly equality: Equality }[];
	readonly order: readonly SortKey[];
	readonly rowsMax: number;
	readonly rank: Column | null;
	readonly outputs: readonly Expression[];
}

/** Null for a plan of another form. */
export function topShape(plan: Plan): TopShape | null {
	const ids = new ColumnIds(plan);
	const parts = partsOf(plan);
	if (parts === null) return null;
	if (parts.order.length === 0) throw unkept('LIMIT or row_number() without ORDER BY');
	if (!(parts.rowsMax >= 1 && parts.rowsMax <= TOP_ROWS_MAX)) throw unkept(`fewer than 1 or more than ${TOP_ROWS_MAX} rows of an order`);
	const items: { column: Column; expression: Expression }[] = [];
	const put = (expression: Expression): Column => {
		checkKept(expression);
		const column = ids.column('', { type: expression.type, typmod: -1 });
		items.push({ column, expression });
		return column;
	};
	for (const { expression } of parts.partition) put(expression);
	const order = parts.order.map((key) => ({ ...key, expression: columnOf(put(key.expression)) }));
	const read = new Set(parts.outputs.flatMap((output) => [...columnsRead(output)]));
	const places = new Map<number, Expression>();
	for (const column of parts.input.columns) if (read.has(column.id)) places.set(column.id, columnOf(put(columnOf(column))));
	const branches = branchesOf({ kind: 'project', input: parts.input, items, columns: items.map((item) => item.column) });
	if (branches.length !== 1) throw unkept('the first rows of UNION ALL or of a full join');
	const outputs = parts.outputs.map((output) => substitute(output, places));
	for (const output of outputs) checkKept(output);
	return {
		kind: 'top',
		block: rowBlock(branches[0]!, ids),
		equalities: parts.partition.map((one) => one.equality),
		order,
		rowsMax: parts.rowsMax,
		rank: parts.rank ?? ids.column('', { type: INT8, typmod: -1 }),
		outputs,
	};
}

function partsOf(plan: Plan): Parts | null {
	switch (plan.kind) {
		case 'sort':
			return plan.limit == null ? partsOf(plan.input) : null;
		case 'project': {
			const below = partsOf(plan.input);
			if (below === null) return null;
			const places = new Map(plan.input.columns.map((column, i) => [column.id, below.outputs[i]!]));
			return { ...below, outputs: plan.items.map((item) => substitute(item.expression, places)) };
		}
		case 'limit':
			return limited(plan);
		case 'filter':
			return ranked(plan);
		default:
			return null;
	}
}

function limited(plan: Extract<Plan, { kind: 'limit' }>): Parts {
	if (plan.offset !== null) throw unkept('OFFSET');
	if (plan.ties !== undefined) throw unkept('WITH TIES');
	const rowsMax = plan.count?.kind === 'constant' ? Number(plan.count.value) : Number.NaN;
	let { input } = plan;
	let outputs: readonly Expression[] = input.columns.map(columnOf);
	while (input.kind === 'project') {
		const places = new Map(input.items.map((item) => [item.column.id, item.expression]));
		outputs = outputs.map((output) => substitute(output, places));
		input = input.input;
	}
	if (input.kind !== 'sort') throw unkept('LIMIT without ORDER BY');
	return { input: input.input, partition: [], order: input.keys, rowsMax, rank: null, outputs };
}

/** A condition on row_number() over a window, and nothing else. */
function ranked(plan: Extract<Plan, { kind: 'filter' }>): Parts | null {
	let { input } = plan;
	let predicate = plan.predicate;
	let outputs: readonly Expression[] = input.columns.map(columnOf);
	while (input.kind === 'project') {
		const places = new Map(input.items.map((item) => [item.column.id, item.expression]));
		outputs = outputs.map((output) => substitute(output, places));
		predicate = substitute(predicate, places);
		input = input.input;
	}
	if (input.kind !== 'window') return null;
	const [call, second] = input.calls;
	if (call === undefined || second !== undefined || call.function.kind !== 'window' || call.function.operation !== 'row_number') return null;
	const rowsMax = greatestRank(predicate, call.column);
	if (rowsMax === null) return null;
	return { input: input.input, partition: input.partition, order: input.orderBy, rowsMax, rank: call.column, outputs };
}

/** Of `rank <= k`, `rank < k`, `rank = 1`, written either way round. */
function greatestRank(predicate: Expression, rank: Column): number | null {
	if (predicate.kind !== 'call' || predicate.arguments.length !== 2) return null;
	const isRank = (e: Expression): boolean => e.kind === 'column' && e.id === rank.id;
	const [left, right] = predicate.arguments as readonly [Expression, Expression];
	const operator = predicate.function.comparison?.operator;
	const value = isRank(left) ? right : isRank(right) ? left : null;
	if (value?.kind !== 'constant' || value.value === null || operator === undefined) return null;
	const bound = Number(value.value);
	if (operator === '=') return bound === 1 ? 1 : null;
	if (operator === (isRank(left) ? '<=' : '>=')) return bound;
	return operator === (isRank(left) ? '<' : '>') ? bound - 1 : null;
}
