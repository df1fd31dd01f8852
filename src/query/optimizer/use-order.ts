/**
 * Uses the order in which tables and indexes are kept: drops a sort whose input comes in that order (or, read in reverse, in
 * the opposite one), reads a table through an index that gives the order a LIMIT wants, and tells a sort under a LIMIT how many
 * rows are enough.
 */

import type { IndexObject, TableObject } from '../../transaction/catalog-objects.ts';
import { filterBy } from '../algebra/build.ts';
import type { ColumnId, Expression, SortKey } from '../algebra/expression.ts';
import type { Plan } from '../algebra/plan.ts';
import { conjuncts, mapChildren, mapPlanParts, type Rewriter } from '../algebra/traverse.ts';
import { accessOf } from './choose-access.ts';
import { type OptimizerContext, usableIndexes } from './context.ts';
import { hasOrder, isReadable, keyAttributes, matchIndex, restrictionsOf } from './match-index.ts';

interface OrderItem {
	readonly id: ColumnId;
	readonly descending: boolean;
	readonly nullsFirst: boolean;
	readonly notNull: boolean;
}

interface ProvidedOrder {
	readonly items: readonly OrderItem[];
	/** Columns that have one value throughout. */
	readonly constant: ReadonlySet<ColumnId>;
}

const NONE: ProvidedOrder = { items: [], constant: new Set() };

/** The order in which a plan gives its rows. */
export function providedOrder(plan: Plan): ProvidedOrder {
	switch (plan.kind) {
		case 'scan':
			return hasOrder(plan.table) ? tableOrder(plan.table, null, plan, 0, false) : NONE;
		case 'access':
			if (plan.bounds.length !== 1) return NONE;
			return tableOrder(plan.table, plan.index, plan, plan.bounds[0]!.equal.length, plan.reverse);
		case 'filter':
		case 'limit':
			return providedOrder(plan.input);
		case 'project': {
			const below = providedOrder(plan.input);
			const renamed = new Map<ColumnId, ColumnId>();
			for (const item of plan.items) if (item.expression.kind === 'column') renamed.set(item.expression.id, item.column.id);
			const items: OrderItem[] = [];
			for (const item of below.items) {
				const id = renamed.get(item.id);
				if (id === undefined) break;
				items.push({ ...item, id });
			}
			return { items, constant: new Set([...below.constant].flatMap((id) => renamed.get(id) ?? [])) };
		}
		case 'apply':
			return providedOrder(plan.left);
		default:
			return NONE;
	}
}

function tableOrder(
	table: TableObject,
	index: IndexObject | null,
	plan: Extract<Plan, { kind: 'scan' | 'access' }>,
	equalCount: number,
	reverse: boolean,
): ProvidedOrder {
	const byAttribute = new Map(plan.scan.map((s) => [s.number, s.column.id]));
	const attributes = [...keyAttributes(table, index)];
	if (index !== null && !index.primary && !index.unique) for (const a of table.primaryKey) if (!attributes.includes(a)) attributes.push(a);
	const items: OrderItem[] = [];
	const constant = new Set<ColumnId>();
	let broken = false;
	attributes.forEach((attribute, i) => {
		const id = byAttribute.get(attribute);
		if (i < equalCount) {
			if (id !== undefined) constant.add(id);
			return;
		}
		if (id === undefined) broken = true;
		if (broken || id === undefined) return;
		const part = index?.primary ? undefined : index?.columns[i];
		const notNull = table.primaryKey.includes(attribute) || (table.columns.find((c) => c.number === attribute)?.notNull ?? false);
		items.push({ id, descending: (part?.descending ?? false) !== reverse, nullsFirst: (part?.nullsFirst ?? false) !== reverse, notNull });
	});
	return { items, constant };
}

/** 'same' or 'reverse' when rows in the provided order are sorted by the keys (reverse: when read backwards). */
function satisfies(provided: ProvidedOrder, keys: readonly SortKey[]): 'same' | 'reverse' | null {
	let direction: 'same' | 'reverse' | null = null;
	let at = 0;
	for (const key of keys) {
		if (key.expression.kind !== 'column') return null;
		if (provided.constant.has(key.expression.id)) continue;
		const item = provided.items[at++];
		if (item === undefined || item.id !== key.expression.id) return null;
		const same = item.descending === key.descending && (item.notNull || item.nullsFirst === key.nullsFirst);
		const opposite = item.descending !== key.descending && (item.notNull || item.nullsFirst !== key.nullsFirst);
		if (direction === null) direction = same ? 'same' : opposite ? 'reverse' : null;
		if (direction === null || (direction === 'same' ? !same : !opposite)) return null;
	}
	return direction ?? 'same';
}

/** The plan with its table read the other way round; null where it cannot be. */
function reversed(plan: Plan): Plan | null {
	switch (plan.kind) {
		case 'access':
			return { ...plan, reverse: !plan.reverse };
		case 'scan':
			return {
				kind: 'access',
				table: plan.table,
				scan: plan.scan,
				index: null,
				bounds: [{ equal: [], lower: null, upper: null }],
				reverse: true,
				covering: false,
				columns: plan.columns,
			};
		case 'filter':
		case 'project': {
			const input = reversed(plan.input);
			return input === null ? null : { ...plan, input };
		}
		case 'apply': {
			const left = reversed(plan.left);
			return left === null ? null : { ...plan, left };
		}
		default:
			return null;
	}
}

/** Drops sorts that the order of their input makes unnecessary, and bounds those that stand under a LIMIT. */
export function useOrder(plan: Plan): Plan {
	const by: Rewriter = { plan: useOrder, expression: (e) => mapChildren(e, by) };
	const rebuilt = mapPlanParts(plan, by);
	if (rebuilt.kind === 'sort') {
		const direction = satisfies(providedOrder(rebuilt.input), rebuilt.keys);
		if (direction === 'same') return rebuilt.input;
		if (direction === 'reverse') return reversed(rebuilt.input) ?? rebuilt;
	}
	if (rebuilt.kind === 'limit' && rebuilt.ties === undefined) return boundSort(rebuilt);
	return rebuilt;
}

/** Passes the limit on to a sort below it, through projections. */
function boundSort(plan: Extract<Plan, { kind: 'limit' }>): Plan {
	const wanted = rowsWanted(plan.count, plan.offset);
	if (wanted === null) return plan;
	const bound = (input: Plan): Plan => {
		if (input.kind === 'sort' && !input.limit) return { ...input, limit: wanted };
		if (input.kind === 'project') return { ...input, input: bound(input.input) };
		return input;
	};
	return { ...plan, input: bound(plan.input) };
}

function rowsWanted(count: Expression | null, offset: Expression | null): Expression | null {
	if (count === null) return null;
	if (offset === null) return count;
	if (count.kind !== 'constant' || offset.kind !== 'constant') return null;
	if (typeof count.value !== 'number' || typeof offset.value !== 'number') return null;
	return { ...count, value: count.value + offset.value };
}

/**
 * LIMIT over a sort of one table: reads the table through an index that gives the wanted order, so that only as many rows as
 * the limit wants are touched. Null where no index does.
 */
export function orderedAccess(plan: Extract<Plan, { kind: 'limit' }>, context: OptimizerContext): Plan | null {
	if (plan.count === null || plan.ties !== undefined || context.without?.has('order')) return null;
	const projects: Extract<Plan, { kind: 'project' }>[] = [];
	let sort: Plan = plan.input;
	while (sort.kind === 'project') {
		projects.push(sort);
		sort = sort.input;
	}
	if (sort.kind !== 'sort') return null;
	let below: Plan = sort.input;
	const inner: Extract<Plan, { kind: 'project' }>[] = [];
	while (below.kind === 'project') {
		inner.push(below);
		below = below.input;
	}
	const predicates = below.kind === 'filter' ? conjuncts(below.predicate) : [];
	const scan = below.kind === 'filter' ? below.input : below;
	if (scan.kind !== 'scan') return null;
	const rewrap = (input: Plan, wraps: readonly Extract<Plan, { kind: 'project' }>[]): Plan => wraps.reduceRight<Plan>((p, w) => ({ ...w, input: p }), input);
	const restrictions = restrictionsOf(scan.scan, predicates);
	const indexes: (IndexObject | null)[] = scan.table.primaryKey.length > 0 ? [null] : [];
	for (const index of usableIndexes(scan.table, context.catalog)) if (!index.primary) indexes.push(index);
	let best: { plan: Plan; score: number } | null = null;
	for (const index of indexes) {
		const match = matchIndex(scan.table, index, restrictions);
		if (match.bounds.length !== 1 || !isReadable(scan.table, match)) continue;
		const rest = predicates.filter((p) => !match.used.has(p));
		const candidate = rewrap(filterBy(accessOf(scan, match, false), rest), inner);
		const direction = satisfies(providedOrder(candidate), sort.keys);
		const read = direction === 'same' ? candidate : direction === 'reverse' ? reversed(candidate) : null;
		if (read === null) continue;
		const score = match.equalCount * 2 + Number(match.hasRange) - rest.length * 0.1;
		if (best === null || score > best.score) best = { plan: read, score };
	}
	// A better bound by another index, whose rows then are sorted, wins when it is an equality and this one has none.
	if (best === null) return null;
	if (best.score < 2 && equalityElsewhere(scan, restrictions, context)) return null;
	return { ...plan, input: rewrap({ ...sort, input: best.plan }, projects) };
}

function equalityElsewhere(scan: Extract<Plan, { kind: 'scan' }>, restrictions: ReturnType<typeof restrictionsOf>, context: OptimizerContext): boolean {
	const keys: (IndexObject | null)[] = [...(scan.table.primaryKey.length > 0 ? [null] : []), ...usableIndexes(scan.table, context.catalog)];
	return keys.some((index) => matchIndex(scan.table, index, restrictions).equalCount > 0);
}
