/**
 * Puts the tables that hold a table's rows in the place of its scan, where it is partitioned or others inherit from it: UNION ALL
 * of them, each filtered by what the scan was filtered by. Partitions that no row can come from, by comparisons of the first key column with constants, are left out.
 * The keys of their rows say which table they are in (`keyBelow`).
 *
 * Without this pass nothing can be read from a partitioned table: it is no choice, unlike the others.
 */

import { compareBytes } from '../../bytes/compare-bytes.ts';
import { keyBelow, leavesOf, type PartitionMap, partitionMap, partitionsOf, rowTablesOf, spreads } from '../../model/table/partitions.ts';
import type { TableObject } from '../../transaction/catalog-objects.ts';
import type { CatalogVersion } from '../../transaction/contracts.ts';
import { BYTEA, INT4 } from '../../value/builtin-types.ts';
import { columnOf, filterBy } from '../algebra/build.ts';
import type { Column, ColumnId, Expression } from '../algebra/expression.ts';
import type { Plan, ScanColumn } from '../algebra/plan.ts';
import { conjuncts, greatestColumnId, mapChildren, mapPlanParts, type Rewriter, substitute, visitPlanParts } from '../algebra/traverse.ts';
import type { ScalarFunction } from '../functions/contracts.ts';
import type { OptimizerContext } from './context.ts';

type Scan = Extract<Plan, { kind: 'scan' }>;

/** (table id, key) → the key below the partitioned table. */
const KEY_BELOW: ScalarFunction = {
	kind: 'scalar',
	name: 'key_below',
	argumentOids: [INT4.oid, BYTEA.oid],
	returnOid: BYTEA.oid,
	variadicOid: 0,
	volatility: 'immutable',
	oid: 0,
	strict: true,
	context: false,
	evaluate: keyBelow as NonNullable<ScalarFunction['evaluate']>,
};

export function expandPartitions(plan: Plan, context: OptimizerContext): Plan {
	if (!readsPartitioned(plan)) return plan;
	return new Expander(context.catalog, greatestColumnId(plan)).plan(plan);
}

function readsPartitioned(plan: Plan): boolean {
	let found = false;
	const expression = (e: Expression): void => void mapChildren(e, { expression: (c) => (expression(c), c), plan: (p) => (walk(p), p) });
	const walk = (p: Plan): void => {
		found ||= p.kind === 'scan' && spreads(p.table);
		if (!found) visitPlanParts(p, walk, expression);
	};
	walk(plan);
	return found;
}

class Expander implements Rewriter {
	readonly #catalog: CatalogVersion;
	#lastId: ColumnId;

	constructor(catalog: CatalogVersion, lastId: ColumnId) {
		this.#catalog = catalog;
		this.#lastId = lastId;
	}

	expression(e: Expression): Expression {
		return mapChildren(e, this);
	}

	plan(plan: Plan): Plan {
		if (plan.kind === 'filter' && plan.input.kind === 'scan' && spreads(plan.input.table))
			return this.#expand(plan.input, conjuncts(this.expression(plan.predicate)));
		if (plan.kind === 'scan' && spreads(plan.table)) return this.#expand(plan, []);
		return mapPlanParts(plan, this);
	}

	#expand(scan: Scan, predicates: readonly Expression[]): Plan {
		const leaves = this.#rowTables(scan, predicates);
		const branches = leaves.map((leaf) => this.#branch(scan, leaf, predicates));
		const [first, ...rest] = branches;
		if (first === undefined) return { kind: 'values', rows: [], columns: scan.columns };
		if (rest.length === 0) {
			const items = scan.columns.map((column, i) => ({ column, expression: columnOf(first.columns[i]!) }));
			return { kind: 'project', input: first, items, columns: scan.columns };
		}
		return rest.reduce((left: Plan, right, i): Plan => {
			const columns = i === rest.length - 1 ? scan.columns : scan.columns.map((c) => this.#fresh(c));
			return { kind: 'set-operation', operation: 'union', all: true, left, right, equalities: [], columns };
		}, first);
	}

	#rowTables(scan: Scan, predicates: readonly Expression[]): TableObject[] {
		if (scan.table.partitionBy === undefined) return scan.only ? [scan.table] : rowTablesOf(this.#catalog, scan.table);
		return scan.only ? [] : this.#possible(scan.table, scan.scan, predicates);
	}

	/** One of the tables, filtered, with the columns of the scan in its order. */
	#branch(scan: Scan, leaf: TableObject, predicates: readonly Expression[]): Plan {
		const own = scan.scan.map(
			(s): ScanColumn => ({ column: this.#fresh(s.column), number: s.number <= 0 ? s.number : numberBelow(scan.table, leaf, s.number) }),
		);
		const read: Plan = { kind: 'scan', table: leaf, scan: own, columns: own.map((s) => s.column) };
		const names = new Map(scan.scan.map((s, i) => [s.column.id, this.#value(own[i]!, leaf)]));
		const filtered = filterBy(
			read,
			predicates.map((p) => substitute(p, names)),
		);
		const items = scan.scan.map((s, i) => ({ column: this.#fresh(s.column), expression: this.#value(own[i]!, leaf) }));
		return { kind: 'project', input: filtered, items, columns: items.map((i) => i.column) };
	}

	#value({ column, number }: ScanColumn, leaf: TableObject): Expression {
		if (number !== 0) return columnOf(column);
		const id: Expression = { kind: 'constant', type: INT4, value: leaf.id };
		return { kind: 'call', function: KEY_BELOW, arguments: [id, columnOf(column)], typmod: -1, type: column.type };
	}

	#fresh(column: Column): Column {
		return { ...column, id: ++this.#lastId };
	}

	/** The leaves that rows may come from. */
	#possible(table: TableObject, scan: readonly ScanColumn[], predicates: readonly Expression[]): TableObject[] {
		const map = partitionMap(this.#catalog, table);
		const column = scan.find((s) => s.number === table.partitionBy!.columns[0])?.column;
		const wanted = column === undefined ? null : partitionsOfValues(map, column, predicates);
		return partitionsOf(this.#catalog, table)
			.filter((p) => wanted === null || wanted.has(p))
			.flatMap((p) => {
				if (p.partitionBy === undefined) return [p];
				if (scan.some((s) => s.number > 0 && numberBelow(table, p, s.number) !== s.number)) return leavesOf(this.#catalog, p);
				return this.#possible(p, scan, predicates);
			});
	}
}

function numberBelow(table: TableObject, leaf: TableObject, number: number): number {
	const name = table.columns.find((c) => c.number === number)!.name;
	return leaf.columns.find((c) => c.name === name && !c.dropped)!.number;
}

/** The partitions with values of the first key column that the predicates let through; null: all. */
function partitionsOfValues(map: PartitionMap, column: Column, predicates: readonly Expression[]): ReadonlySet<TableObject> | null {
	const found = predicates.map((p) => partitionsFor(map, column, p)).filter((tables) => tables !== null);
	if (found.length === 0) return null;
	return new Set([...found[0]!].filter((table) => found.every((tables) => tables.has(table))));
}

const FLIPPED: Readonly<Record<string, string>> = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

function partitionsFor(map: PartitionMap, column: Column, predicate: Expression): ReadonlySet<TableObject> | null {
	const isColumn = (e: Expression): boolean => e.kind === 'column' && e.id === column.id;
	if (predicate.kind === 'in-list' && isColumn(predicate.left)) {
		const found = new Set<TableObject>();
		for (const item of predicate.list) {
			if (item.kind !== 'constant' || item.type.oid !== column.type.oid) return null;
			if (item.value !== null) for (const table of withValue(map, '=', item.value)) found.add(table);
		}
		return found;
	}
	if (predicate.kind !== 'call' || predicate.function.comparison === undefined || predicate.arguments.length !== 2) return null;
	const [left, right] = predicate.arguments as [Expression, Expression];
	const operator = predicate.function.comparison.operator;
	const [name, constant] = isColumn(left) ? [operator, right] : isColumn(right) ? [FLIPPED[operator], left] : [undefined, left];
	if (name === undefined || name === '<>' || constant.kind !== 'constant' || constant.value === null || constant.type.oid !== column.type.oid) return null;
	return withValue(map, name, constant.value);
}

/** The partitions that hold rows whose first key column stands so to a value. */
function withValue(map: PartitionMap, operator: string, value: unknown): ReadonlySet<TableObject> {
	const { strategy, columns } = map.parent.partitionBy!;
	if (strategy === 'hash') {
		const one = operator === '=' && columns.length === 1 ? map.findHashed([value]) : null;
		return new Set(one === null ? map.hashed.map((h) => h.table) : [one]);
	}
	const found = new Set<TableObject>(map.rest === null ? [] : [map.rest]);
	const key = map.keyOf(value);
	if (strategy === 'list') {
		for (const [listed, table] of map.listed) {
			const order = listed === '' ? null : compareText(listed, key);
			if (order !== null && holds(operator, order)) found.add(table);
		}
		return found;
	}
	for (const { table, lower, upper } of map.ranges) {
		// Keys of several columns begin with the first: all that begin with the value lie within [key, key + 0xff).
		const below = compareBytes(lower, 0, Math.min(lower.length, key.length), key, 0, key.length);
		const above = compareBytes(upper, 0, Math.min(upper.length, key.length), key, 0, key.length);
		const mayReach = operator === '=' ? below <= 0 && above >= 0 : operator.startsWith('<') ? below <= 0 : above >= 0;
		if (mayReach) found.add(table);
	}
	return found;
}

function compareText(listed: string, key: Uint8Array): number {
	const bytes = Buffer.from(listed, 'latin1');
	return compareBytes(bytes, 0, bytes.length, key, 0, key.length);
}

function holds(operator: string, order: number): boolean {
	switch (operator) {
		case '=':
			return order === 0;
		case '<':
			return order < 0;
		case '<=':
			return order <= 0;
		case '>':
			return order > 0;
		default:
			return order >= 0;
	}
}
