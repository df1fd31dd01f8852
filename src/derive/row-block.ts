/**
 * Row blocks: the part of a kept view's plan in which a row of the result comes from one row of each table that is read. It is
 * made of scans, filters, projections, inner, left and anti-joins; right joins are turned round, an order is dropped.
 *
 * Every result row carries the keys of the rows that it came from (null where an outer join found none). They name the row: what
 * a change takes from the result and brings to it are found by these names, whatever equal rows there are beside.
 *
 * A change of a table is followed by putting the changed rows in the place of the table's scan (`onlyChanged`): in the state before
 * the change that gives the rows that go, in the state after it those that come. Of outer joins this holds only for the tables
 * that are always there: so a change of another one is first followed to the rows of the first table that it concerns (`concerned`), and
 * then these rows are taken for changed.
 *
 * Source: the counting and the DRed algorithm (Gupta, Mumick, Subrahmanian, "Maintaining Views Incrementally", 1993), with names of
 * rows in the place of counts.
 */
import { columnOf } from '../query/algebra/build.ts';
import type { Column, Expression } from '../query/algebra/expression.ts';
import type { Plan } from '../query/algebra/plan.ts';
import { hasSubquery, mapPlanParts, visitChildren } from '../query/algebra/traverse.ts';
import type { TableObject } from '../transaction/catalog-objects.ts';
import { BOOL, BYTEA, INT4 } from '../value/builtin-types.ts';
import { unkept } from './unkept.ts';

type ScanPlan = Extract<Plan, { kind: 'scan' }>;

/** The name of the provider of changed rows: its argument is the number of the scan. */
export const CHANGED_ROWS = 'changed rows';
/** Changes are thought to be few, so that what they meet is found by indexes. */
const CHANGED_ROWS_EXPECTED = 4;

/** Gives column ids that the plan has not used. */
export class ColumnIds {
	#last: number;

	constructor(plan: Plan) {
		this.#last = greatestId(plan);
	}

	column(name: string, like: Pick<Column, 'type' | 'typmod'>): Column {
		return { id: ++this.#last, name, type: like.type, typmod: like.typmod, origin: null };
	}
}

function greatestId(plan: Plan): number {
	let greatest = plan.columns.reduce((id, column) => Math.max(id, column.id), 0);
	mapPlanParts(plan, {
		expression: (expression) => expression,
		plan: (inner) => {
			greatest = Math.max(greatest, greatestId(inner));
			return inner;
		},
	});
	return greatest;
}

/** A table that a block reads. */
export interface BlockScan {
	readonly node: ScanPlan;
	readonly table: TableObject;
	/** An outer join may find no row of it. */
	readonly isOptional: boolean;
}

export interface RowBlock {
	/** Produces the outputs, then the keys. */
	readonly plan: Plan;
	readonly outputs: readonly Column[];
	/** One per scan, in their order. */
	readonly keys: readonly Column[];
	readonly scans: readonly BlockScan[];
	/** Conditions that an anti-join found no row. */
	readonly absences: ReadonlySet<Expression>;
}

/** The block of a plan. Throws 0A000 for what cannot be kept, naming it. */
export function rowBlock(plan: Plan, ids: ColumnIds): RowBlock {
	const scans: BlockScan[] = [];
	const absences = new Set<Expression>();
	const keyed = new KeyedPlans(ids, scans, absences).keyed(plan, false);
	const columns = [...plan.columns, ...keyed.keys];
	return {
		plan: { kind: 'project', input: keyed.plan, columns, items: columns.map((column) => ({ column, expression: columnOf(column) })) },
		outputs: plan.columns,
		keys: keyed.keys,
		scans,
		absences,
	};
}

/** The block's plan with the changed rows of a scan in the place of its table. */
export function onlyChanged(block: RowBlock, scan: number): Plan {
	return withScan(block.plan, block.scans[scan]!.node, changedRows(block.scans[scan]!, scan));
}

/** The key of the first table's row in every row that the changed rows of a scan have a part in. */
export function concerned(block: RowBlock, scan: number): Plan {
	const { node } = block.scans[scan]!;
	const inner = withScan(withInnerJoins(block.plan, node, block.absences), node, changedRows(block.scans[scan]!, scan));
	const key = block.keys[0]!;
	return { kind: 'project', input: inner, columns: [key], items: [{ column: key, expression: columnOf(key) }] };
}

/** What may not stand in a kept view: its rows would not follow from the tables alone. */
export function checkKept(expression: Expression): void {
	if (hasSubquery(expression)) throw unkept('a subquery in an expression');
	if (expression.kind === 'call' && expression.function.volatility !== 'immutable') {
		throw unkept(`the function ${expression.function.name}, which is ${expression.function.volatility}`);
	}
	visitChildren(expression, checkKept, () => undefined);
}

class KeyedPlans {
	readonly #ids: ColumnIds;
	readonly #scans: BlockScan[];
	readonly #absences: Set<Expression>;

	constructor(ids: ColumnIds, scans: BlockScan[], absences: Set<Expression>) {
		this.#ids = ids;
		this.#scans = scans;
		this.#absences = absences;
	}

	/** The plan with the keys of its scans beside its columns. */
	keyed(plan: Plan, isOptional: boolean): { plan: Plan; keys: Column[] } {
		switch (plan.kind) {
			case 'scan':
				return this.#scan(plan, isOptional);
			case 'filter': {
				checkKept(plan.predicate);
				const input = this.keyed(plan.input, isOptional);
				return { plan: { ...plan, input: input.plan, columns: input.plan.columns }, keys: input.keys };
			}
			case 'project': {
				for (const item of plan.items) checkKept(item.expression);
				const input = this.keyed(plan.input, isOptional);
				const passed = input.keys.map((key) => ({ column: this.#ids.column('', key), expression: columnOf(key) }));
				const items = [...plan.items, ...passed];
				return { plan: { kind: 'project', input: input.plan, items, columns: items.map((item) => item.column) }, keys: passed.map((item) => item.column) };
			}
			case 'sort':
				if (plan.limit != null) throw unkept('LIMIT');
				return this.keyed(plan.input, isOptional);
			case 'join':
				return this.#join(plan, isOptional);
			default:
				throw unkept(NAMES[plan.kind] ?? `an operator "${plan.kind}"`);
		}
	}

	#scan(plan: ScanPlan, isOptional: boolean): { plan: Plan; keys: Column[] } {
		const { table } = plan;
		if (table.partitionBy !== undefined || table.isInherited === true) throw unkept(`the partitioned or inherited table "${table.name}"`);
		if (table.persistence === 't') throw unkept(`the temporary table "${table.name}"`);
		if (plan.scan.some(({ number }) => number < 0)) throw unkept('tableoid or ctid');
		const key = this.#ids.column('', { type: BYTEA, typmod: -1 });
		const node: ScanPlan = { ...plan, scan: [...plan.scan, { column: key, number: 0 }], columns: [...plan.columns, key] };
		this.#scans.push({ node, table, isOptional });
		return { plan: node, keys: [key] };
	}

	#join(plan: Extract<Plan, { kind: 'join' }>, isOptional: boolean): { plan: Plan; keys: Column[] } {
		if (plan.on !== null) checkKept(plan.on);
		if (plan.type === 'anti') return this.#antiJoin(plan, isOptional);
		if (plan.type !== 'inner' && plan.type !== 'left' && plan.type !== 'right') throw unkept(`a ${plan.type} join`);
		const [first, second] = plan.type === 'right' ? [plan.right, plan.left] : [plan.left, plan.right];
		const left = this.keyed(first, isOptional);
		const right = this.keyed(second, isOptional || plan.type !== 'inner');
		const columns = [...left.plan.columns, ...right.plan.columns];
		const type = plan.type === 'inner' ? 'inner' : 'left';
		return { plan: { kind: 'join', type, left: left.plan, right: right.plan, on: plan.on, columns }, keys: [...left.keys, ...right.keys] };
	}

	/** A left join whose rows without a partner are taken: those in which the first key of the other side, which is always there, is not. */
	#antiJoin(plan: Extract<Plan, { kind: 'join' }>, isOptional: boolean): { plan: Plan; keys: Column[] } {
		const { plan: input, keys } = this.#join({ ...plan, type: 'left' }, isOptional);
		const predicate: Expression = { kind: 'is-null', operand: columnOf(keys[keys.length - scansOf(plan.right)]!), negated: false, row: false, type: BOOL };
		this.#absences.add(predicate);
		return { plan: { kind: 'filter', input, predicate, columns: input.columns }, keys };
	}
}

/** How many tables a plan reads. */
function scansOf(plan: Plan): number {
	let count = plan.kind === 'scan' ? 1 : 0;
	mapPlanParts(plan, {
		expression: (expression) => expression,
		plan: (inner) => {
			count += scansOf(inner);
			return inner;
		},
	});
	return count;
}

const NAMES: Readonly<Partial<Record<Plan['kind'], string>>> = {
	limit: 'LIMIT',
	window: 'window functions',
	recursion: 'WITH RECURSIVE',
	with: 'WITH',
	'cte-scan': 'WITH',
	apply: 'LATERAL',
	'function-scan': 'functions in FROM',
	'virtual-scan': 'tables of the system',
	expand: 'set functions',
	values: 'VALUES, or no table',
	'set-operation': 'UNION, INTERSECT or EXCEPT there',
	aggregate: 'an aggregate inside of another query',
	distinct: 'DISTINCT inside of another query',
};

function changedRows({ node, table }: BlockScan, scan: number): Plan {
	const live = table.columns.filter((column) => !column.dropped);
	return {
		kind: 'virtual-scan',
		provider: CHANGED_ROWS,
		arguments: [{ kind: 'constant', value: scan, type: INT4 }],
		positions: node.scan.map(({ number }) => (number === 0 ? live.length : live.findIndex((column) => column.number === number))),
		columns: node.columns,
		expectedRows: CHANGED_ROWS_EXPECTED,
	};
}

function withScan(plan: Plan, node: Plan, replacement: Plan): Plan {
	if (plan === node) return replacement;
	return mapPlanParts(plan, { expression: (expression) => expression, plan: (inner) => withScan(inner, node, replacement) });
}

/** The plan without those outer joins that would keep a row to which `node` gives nothing, and without conditions that such a row is absent. */
function withInnerJoins(plan: Plan, node: Plan, absences: ReadonlySet<Expression>): Plan {
	const inner = mapPlanParts(plan, { expression: (expression) => expression, plan: (one) => withInnerJoins(one, node, absences) });
	if (inner.kind === 'filter' && absences.has(inner.predicate)) return inner.input;
	if (plan.kind !== 'join' || plan.type !== 'left' || inner.kind !== 'join' || !contains(plan.right, node)) return inner;
	return { ...inner, type: 'inner' };
}

function contains(plan: Plan, node: Plan): boolean {
	let found = plan === node;
	mapPlanParts(plan, {
		expression: (expression) => expression,
		plan: (inner) => {
			found ||= contains(inner, node);
			return inner;
		},
	});
	return found;
}
