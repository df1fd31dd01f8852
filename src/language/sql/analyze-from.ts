/**
 * FROM: tables, views, CTEs, subqueries, functions and joins. Each item gives a plan and the names it shows; items that read
 * columns of those before them (LATERAL, functions) are joined by `apply`, others by `join`.
 */

import { columnOf, filterBy, reorder } from '../../query/algebra/build.ts';
import type { Column, Expression } from '../../query/algebra/expression.ts';
import type { JoinType, Plan } from '../../query/algebra/plan.ts';
import { outerColumns } from '../../query/algebra/traverse.ts';
import type { ViewObject } from '../../transaction/catalog-objects.ts';
import { analyzeBoolean } from './analyze-expression.ts';
import { analyzeRangeFunction } from './analyze-from-function.ts';
import { analyzeTableSample } from './analyze-sample.ts';
import { analyzeSelect } from './analyze-select.ts';
import { findCte, scanCte } from './analyze-with.ts';
import { type Alias, type AstNode, type JoinExpr, namesOf, nodeKind, type RangeSubselect, type RangeVar } from './ast.ts';
import { joinUsing } from './join-using.ts';
import { parseStatement } from './parser.ts';
import { type Relation, requireRelation, scanSequence, scanTable, scanVirtual } from './relations.ts';
import { entryOf, type NamespaceItem, type QueryLevel, type RangeEntry, registerColumns, visibleItem } from './scope.ts';
import { rowTypeOf } from './type-names.ts';

export interface FromItem {
	readonly plan: Plan;
	readonly namespace: NamespaceItem[];
}

/** Analyses all of FROM into the level's plan and namespace. */
export function analyzeFrom(level: QueryLevel, nodes: readonly AstNode[]): void {
	level.analyzingFrom = true;
	for (const node of nodes) {
		const item = analyzeFromItem(level, node);
		checkConflicts(level, level.namespace, item.namespace);
		level.plan = level.plan === null ? item.plan : joinPlans('inner', level.plan, item.plan, null);
		setLateral(item.namespace, true, true);
		level.namespace = [...level.namespace, ...item.namespace];
	}
	setLateral(level.namespace, false, true);
	level.analyzingFrom = false;
}

export function analyzeFromItem(level: QueryLevel, node: AstNode): FromItem {
	if (node.RangeVar !== undefined) return analyzeRangeVar(level, node.RangeVar);
	if (node.RangeSubselect !== undefined) return analyzeRangeSubselect(level, node.RangeSubselect);
	if (node.JoinExpr !== undefined) return analyzeJoin(level, node.JoinExpr);
	if (node.RangeFunction !== undefined) return analyzeRangeFunction(level, node.RangeFunction);
	if (node.RangeTableSample !== undefined) return analyzeTableSample(level, node.RangeTableSample);
	if (node.RangeTableFunc !== undefined) throw level.context.unsupported('XMLTABLE', level.context.at(node.RangeTableFunc.location));
	if (node.JsonTable !== undefined) throw level.context.unsupported('JSON_TABLE', level.context.at(node.JsonTable.location));
	throw level.context.unsupported(nodeKind(node));
}

/** Makes an item of a plan under a name, with the alias's column names. */
export function itemOf(
	level: QueryLevel,
	plan: Plan,
	columns: readonly Column[],
	alias: Alias | undefined,
	name: string,
	rest: Partial<RangeEntry> = {},
): FromItem {
	const entry = entryOf(alias?.aliasname ?? name, columns, rest);
	const named = renameColumns(level, entry, namesOf(alias?.colnames as AstNode[] | undefined));
	registerColumns(level, named);
	return { plan, namespace: [visibleItem(named)] };
}

/** `alias(a, b)`: new names for the first columns. */
export function renameColumns(level: QueryLevel, entry: RangeEntry, names: readonly string[]): RangeEntry {
	if (names.length === 0) return entry;
	if (names.length > entry.columns.length) {
		throw level.context.error(
			'42P10',
			`table "${entry.alias}" has ${entry.columns.length} columns available but ${names.length} columns specified`,
			entry.position,
		);
	}
	return { ...entry, columns: entry.columns.map((c, i) => (i < names.length ? { ...c, name: names[i]! } : c)) };
}

function analyzeRangeVar(level: QueryLevel, node: RangeVar): FromItem {
	const { context } = level;
	const position = context.at(node.location);
	if (!node.schemaname) {
		const cte = findCte(level, node.relname ?? '');
		if (cte !== null) {
			const scan = scanCte(level, cte, position);
			return itemOf(level, scan.plan, scan.columns, node.alias, node.relname ?? '', { position });
		}
	}
	return relationItem(level, requireRelation(context, node), node);
}

function relationItem(level: QueryLevel, relation: Relation, node: RangeVar): FromItem {
	const { context } = level;
	const position = context.at(node.location);
	const name = node.relname ?? '';
	const schema = node.alias === undefined ? relation.schema : null;
	switch (relation.kind) {
		case 'virtual': {
			const scan = scanVirtual(context, relation.table);
			return itemOf(level, scan.plan, scan.columns, node.alias, name, { schema, position, system: scan.system });
		}
		case 'sequence': {
			const scan = scanSequence(context, relation.object);
			return itemOf(level, scan.plan, scan.columns, node.alias, name, { schema, position });
		}
		case 'view':
			return viewItem(level, relation.object, node, schema);
		case 'table': {
			const table = relation.object;
			const scan = scanTable(context, table, level.withKeys, context.mentionsSystemColumns, node.inh !== true);
			const item = itemOf(level, scan.plan, scan.columns, node.alias, name, {
				schema,
				position,
				table,
				rowType: rowTypeOf(table, context),
				keyColumn: scan.keyColumn,
				system: scan.system,
			});
			level.lockable.push(item.namespace[0]!.entry);
			return item;
		}
	}
}

/** Views may nest; a chain longer than this is taken for a circle. */
const VIEW_DEPTH_MAX = 100;

function viewItem(level: QueryLevel, view: ViewObject, node: RangeVar, schema: string | null): FromItem {
	const { context } = level;
	const position = context.at(node.location);
	if (view.materializedTableId !== 0) {
		const table = context.catalog.get(view.materializedTableId);
		if (table?.kind === 'table') {
			const scan = scanTable(context, table, false, false);
			const plan = shownRows(view, scan.plan, scan.columns);
			return itemOf(level, plan, scan.columns.slice(0, view.columns.length), node.alias, view.name, { schema, position, rowType: rowTypeOf(view, context) });
		}
	}
	const plan = expandView(level, view, position);
	return itemOf(level, plan, plan.columns, node.alias, view.name, { schema, position, rowType: rowTypeOf(view, context) });
}

/** The rows that a materialized view's table shows, without the columns that it hides. */
export function shownRows(view: ViewObject, rows: Plan, columns: readonly Column[]): Plan {
	const shown = columns.slice(0, view.columns.length);
	if (shown.length === columns.length) return rows;
	return reorder(view.hidesRows === true ? filterBy(rows, [columnOf(columns.at(-1)!)]) : rows, shown);
}

/** The plan of a view's query, with the view's column names. */
export function expandView(level: QueryLevel, view: ViewObject, position: number): Plan {
	const { context } = level;
	if (++context.shared.viewDepth > VIEW_DEPTH_MAX) throw context.error('42P17', `infinite recursion detected in rules for relation "${view.name}"`, position);
	const inner = context.nested(view.searchPath, view.text);
	const select = parseView(view);
	const { plan } = analyzeSelect(inner, null, select);
	context.shared.viewDepth--;
	const items = view.columns.map((c, i) => {
		const source = plan.columns[i];
		if (source === undefined) throw context.error('42P16', `view "${view.name}" has more columns than its query`, position);
		return { column: context.newColumn(c.name, source.type, source.typmod), expression: { kind: 'column', id: source.id, type: source.type } as Expression };
	});
	return { kind: 'project', input: plan, items, columns: items.map((i) => i.column) };
}

const parsedViews = new WeakMap<ViewObject, NonNullable<AstNode['SelectStmt']>>();

export function parseView(view: ViewObject): NonNullable<AstNode['SelectStmt']> {
	let select = parsedViews.get(view);
	if (select === undefined) {
		select = parseStatement(view.text)!.SelectStmt!;
		parsedViews.set(view, select);
	}
	return select;
}

function analyzeRangeSubselect(level: QueryLevel, node: RangeSubselect): FromItem {
	const { context } = level;
	const subquery = node.subquery as AstNode;
	const select = subquery.SelectStmt;
	if (select === undefined) throw context.unsupported('this kind of subquery in FROM');
	if (node.alias === undefined) {
		const values = select.valuesLists !== undefined && select.valuesLists.length > 0;
		throw context.error('42601', values ? 'VALUES in FROM must have an alias' : 'subquery in FROM must have an alias', 0, {
			hint: `For example, FROM (${values ? 'VALUES' : 'SELECT'} ...) [AS] foo.`,
		});
	}
	const before = level.lateralActive;
	level.lateralActive = node.lateral ?? false;
	try {
		const { plan } = analyzeSelect(context, level, select);
		return itemOf(level, plan, plan.columns, node.alias, node.alias.aliasname ?? '');
	} finally {
		level.lateralActive = before;
	}
}

const JOIN_TYPES: Readonly<Record<string, JoinType>> = { JOIN_INNER: 'inner', JOIN_LEFT: 'left', JOIN_RIGHT: 'right', JOIN_FULL: 'full' };

function analyzeJoin(level: QueryLevel, node: JoinExpr): FromItem {
	const type = JOIN_TYPES[node.jointype ?? 'JOIN_INNER']!;
	const left = analyzeFromItem(level, node.larg as AstNode);
	const outer = level.namespace;
	setLateral(left.namespace, true, type === 'inner' || type === 'left');
	level.namespace = [...outer, ...left.namespace];
	const right = analyzeFromItem(level, node.rarg as AstNode);
	level.namespace = outer;
	checkConflicts(level, left.namespace, right.namespace);
	const both = [...left.namespace, ...right.namespace];
	const using = joinUsing(level, node, type, left, right);
	const on = using.condition ?? (node.quals === undefined ? null : joinCondition(level, node.quals as AstNode, both));
	const plan = joinPlans(type, left.plan, right.plan, on);
	const entry = entryOf(node.alias?.aliasname ?? '', [], { columns: using.columns });
	const joined = renameColumns(level, entry, namesOf(node.alias?.colnames as AstNode[] | undefined));
	if (node.alias !== undefined) return { plan, namespace: [visibleItem(joined)] };
	const namespace: NamespaceItem[] = both.map((item) => ({ ...item, columnsVisible: false, lateralOnly: false, lateralOk: true }));
	namespace.push({ ...visibleItem(joined), relationVisible: false });
	const usingAlias = node.join_using_alias?.aliasname;
	if (usingAlias !== undefined) {
		if (namespace.some((i) => i.relationVisible && i.entry.alias === usingAlias))
			throw level.context.error('42712', `table name "${usingAlias}" specified more than once`);
		namespace.push({ ...visibleItem(entryOf(usingAlias, [], { columns: using.columns.slice(0, using.mergedCount) })), columnsVisible: false });
	}
	return { plan, namespace };
}

function joinCondition(level: QueryLevel, node: AstNode, namespace: readonly NamespaceItem[]): Expression {
	const before = level.namespace;
	setLateral(namespace, false, true);
	level.namespace = [...namespace];
	try {
		return level.within('join', () => analyzeBoolean(level, node, 'JOIN/ON'));
	} finally {
		level.namespace = before;
	}
}

/** Joins two plans: by `apply` when the right one reads columns of the left. */
export function joinPlans(type: JoinType, left: Plan, right: Plan, on: Expression | null): Plan {
	const columns = [...left.columns, ...right.columns];
	if (type === 'inner' || type === 'left') {
		const outer = outerColumns(right);
		if (outer.size > 0 && left.columns.some((c) => outer.has(c.id))) return { kind: 'apply', type, left, right, on, columns };
	}
	return { kind: 'join', type, left, right, on, columns };
}

function setLateral(namespace: readonly NamespaceItem[], only: boolean, ok: boolean): void {
	for (const item of namespace) {
		item.lateralOnly = only;
		item.lateralOk = ok;
	}
}

/** Two tables of one name in one FROM: 42712, unless they are of different schemas. */
function checkConflicts(level: QueryLevel, left: readonly NamespaceItem[], right: readonly NamespaceItem[]): void {
	for (const a of left) {
		if (!a.relationVisible) continue;
		for (const b of right) {
			if (!b.relationVisible || a.entry.alias !== b.entry.alias) continue;
			if (a.entry.schema !== null && b.entry.schema !== null && a.entry.schema !== b.entry.schema) continue;
			throw level.context.error('42712', `table name "${a.entry.alias}" specified more than once`);
		}
	}
}
