/**
 * What INSERT, UPDATE and DELETE change: a table, or a view that is simple enough to be changed through (one table in FROM,
 * nothing that groups, combines or limits rows). A view's columns are expressions over the table's.
 */
import type { Expression } from '../../query/algebra/expression.ts';
import type { RowCheck } from '../../query/algebra/plan.ts';
import type { ColumnObject, TableObject, TriggerObject, ViewObject } from '../../transaction/catalog-objects.ts';
import { plainColumn } from '../../transaction/plain-column.ts';
import { analyzeBoolean } from './analyze-expression.ts';
import { parseView } from './analyze-from.ts';
import type { AstNode, SelectStmt } from './ast.ts';
import { type Relation, type RelationName, requireRelation } from './relations.ts';
import { entryOf, QueryLevel, type RangeEntry, registerColumns, type ScopeColumn, visibleItem } from './scope.ts';
import type { StatementContext } from './statement-context.ts';
import { analyzeTargets } from './target-list.ts';
import { rowTypeOf } from './type-names.ts';

export type Command = 'insert' | 'update' | 'delete';

export interface TargetColumn {
	readonly name: string;
	/** The table's column that it is; null when it is computed and cannot be assigned. */
	readonly column: ColumnObject | null;
}

/** A relation seen over one set of expressions for the table's live columns. */
export interface TargetView {
	readonly columns: readonly ScopeColumn[];
	/** The WHERE clauses of the views, from the table outwards. */
	readonly predicates: readonly RowCheck[];
	/** Why rows cannot be told apart from those of the table: aggregates and the like in the select list. */
	readonly computed: string | null;
}

export interface ChangeTarget {
	readonly table: TableObject;
	readonly name: string;
	readonly schema: string;
	readonly columns: readonly TargetColumn[];
	/** `row`: one expression per live column of the table. */
	view(row: readonly Expression[]): TargetView;
	/** Names of the views whose predicates new rows must fulfil (WITH CHECK OPTION). */
	readonly checked: ReadonlySet<string>;
	readonly rowType: RangeEntry['rowType'];
}

const DOING = { insert: 'inserting into', update: 'updating', delete: 'deleting from' } as const;
const VERB = { insert: 'insert into', update: 'update', delete: 'delete from' } as const;

/** The target of a statement; throws when the relation cannot be changed. */
export function changeTarget(context: StatementContext, name: RelationName, command: Command): ChangeTarget {
	return targetOf(context, requireRelation(context, name), command, context.at(name.location));
}

function targetOf(context: StatementContext, relation: Relation, command: Command, position: number): ChangeTarget {
	switch (relation.kind) {
		case 'table':
			return tableTarget(context, relation.object, relation.schema);
		case 'view':
			if (relation.object.materializedTableId !== 0) throw context.error('42809', `cannot change materialized view "${relation.object.name}"`);
			return viewTarget(context, relation.object, relation.schema, command, position);
		case 'sequence':
			throw context.error('42809', `cannot change sequence "${relation.object.name}"`);
		case 'virtual':
			throw context.error('42501', `permission denied: "${relation.table.name}" is a system catalog`);
	}
}

function tableTarget(context: StatementContext, table: TableObject, schema: string): ChangeTarget {
	const live = table.columns.filter((c) => !c.dropped);
	return {
		table,
		name: table.name,
		schema,
		columns: live.map((column) => ({ name: column.name, column })),
		view: (row) => ({ columns: live.map((c, i) => ({ name: c.name, expression: row[i]! })), predicates: [], computed: null }),
		checked: new Set(),
		rowType: rowTypeOf(table, context),
	};
}

function viewTarget(context: StatementContext, view: ViewObject, schema: string, command: Command, position: number): ChangeTarget {
	const instead = insteadTarget(context, view, schema, command);
	if (instead !== null) return instead;
	const select = parseView(view);
	const reason = whyNotUpdatable(select);
	const refuse = (detail: string): Error =>
		context.error('55000', `cannot ${VERB[command]} view "${view.name}"`, 0, {
			detail,
			hint: `To enable ${DOING[command]} the view, provide an INSTEAD OF ${command.toUpperCase()} trigger or an unconditional ON ${command.toUpperCase()} DO INSTEAD rule.`,
		});
	if (reason !== null) throw refuse(reason);
	const inner = context.nested(view.searchPath, view.text);
	const from = (select.fromClause as AstNode[])[0]!.RangeVar!;
	const base = targetOf(inner, requireRelation(inner, from), command, position);
	const alias = from.alias?.aliasname ?? from.relname ?? '';
	const over = (row: readonly Expression[]): TargetView => viewOver(inner, view, select, base, alias, row);
	// A trial row tells which columns of the view are plain columns of the table.
	const trial = base.table.columns.filter((c) => !c.dropped).map((c) => context.newColumn(c.name, context.type(c.typeOid), c.typmod));
	const shown = over(trial.map((c) => ({ kind: 'column', id: c.id, type: c.type })));
	if (shown.computed !== null) throw refuse(shown.computed);
	const live = base.table.columns.filter((c) => !c.dropped);
	const columns = shown.columns.map((c): TargetColumn => {
		const expression = c.expression;
		const index = expression.kind === 'column' ? trial.findIndex((t) => t.id === expression.id) : -1;
		return { name: c.name, column: index < 0 ? null : live[index]! };
	});
	if (command !== 'delete' && columns.every((c) => c.column === null)) throw refuse('Views that have no updatable columns are not automatically updatable.');
	return { table: base.table, name: view.name, schema, columns, view: over, checked: checkedViews(view, base, shown), rowType: rowTypeOf(view, context) };
}

const standIns = new WeakMap<ViewObject, TableObject>();

/** A view as the table that its INSTEAD OF triggers make of it: it has columns, and nothing else. */
function standIn(view: ViewObject, triggers: readonly number[]): TableObject {
	const known = standIns.get(view);
	if (known !== undefined && known.triggers?.join() === triggers.join()) return known;
	const columns = view.columns.map((c, i): ColumnObject => ({ ...c, ...plainColumn(c.name, i + 1, c.typeOid, false, c.typmod) }));
	const { id, name, schemaId } = view;
	const rest = {
		schemaVersion: 1,
		primaryKey: [],
		keyspaceId: 0,
		indexIds: [],
		constraintIds: [],
		options: {},
		engine: 'lsm' as const,
		persistence: 'p' as const,
	};
	const table: TableObject = { kind: 'table', id, name, schemaId, columns, triggers, ...rest };
	standIns.set(view, table);
	return table;
}

/** The target when the view has an INSTEAD OF trigger for the command; null when it has none. */
function insteadTarget(context: StatementContext, view: ViewObject, schema: string, command: Command): ChangeTarget | null {
	const triggers = context.catalog.dependents(view.id).filter((o): o is TriggerObject => o.kind === 'trigger' && o.tableId === view.id);
	if (!triggers.some((t) => t.events.includes(command))) return null;
	const table = standIn(
		view,
		triggers.map((t) => t.id),
	);
	return {
		...tableTarget(context, table, schema),
		rowType: rowTypeOf(view, context),
		view: (row) => ({ columns: view.columns.map((c, i) => ({ name: c.name, expression: row[i]! })), predicates: [], computed: null }),
	};
}

function viewOver(context: StatementContext, view: ViewObject, select: SelectStmt, base: ChangeTarget, alias: string, row: readonly Expression[]): TargetView {
	const inner = base.view(row);
	const level = new QueryLevel(context, null);
	const entry = entryOf(alias, [], { columns: inner.columns, rowType: base.rowType });
	registerColumns(level, entry);
	level.namespace = [visibleItem(entry)];
	const targets = level.within('select', () => analyzeTargets(level, (select.targetList ?? []) as AstNode[]));
	const predicates = [...inner.predicates];
	if (select.whereClause !== undefined) {
		const expression = level.within('where', () => analyzeBoolean(level, select.whereClause as AstNode, 'WHERE'));
		predicates.push({ expression, viewName: view.name });
	}
	return {
		columns: view.columns.map((c, i) => ({ name: c.name, expression: targets[i]!.expression })),
		predicates,
		computed: inner.computed ?? computedParts(level),
	};
}

function computedParts(level: QueryLevel): string | null {
	if (level.aggregates.length > 0) return 'Views that return aggregate functions are not automatically updatable.';
	if (level.windows.length > 0) return 'Views that return window functions are not automatically updatable.';
	return level.expands.length > 0 ? 'Views that return set-returning functions are not automatically updatable.' : null;
}

/** LOCAL: this view's predicate and what inner views demand themselves. CASCADED: all predicates below as well. */
function checkedViews(view: ViewObject, base: ChangeTarget, shown: TargetView): ReadonlySet<string> {
	const checked = new Set(base.checked);
	if (view.checkOption === 'local') checked.add(view.name);
	if (view.checkOption === 'cascaded') for (const p of shown.predicates) checked.add(p.viewName);
	return checked;
}

function whyNotUpdatable(select: SelectStmt): string | null {
	if (select.distinctClause !== undefined) return 'Views containing DISTINCT are not automatically updatable.';
	if (select.groupClause !== undefined) return 'Views containing GROUP BY are not automatically updatable.';
	if (select.havingClause !== undefined) return 'Views containing HAVING are not automatically updatable.';
	if (select.op !== undefined && select.op !== 'SETOP_NONE') return 'Views containing UNION, INTERSECT, or EXCEPT are not automatically updatable.';
	if (select.withClause !== undefined) return 'Views containing WITH are not automatically updatable.';
	if (select.limitCount !== undefined || select.limitOffset !== undefined) return 'Views containing LIMIT or OFFSET are not automatically updatable.';
	if (select.fromClause?.length !== 1 || (select.fromClause as AstNode[])[0]!.RangeVar === undefined)
		return 'Views that do not select from a single table or view are not automatically updatable.';
	return null;
}

/** The entry under which a target's row is in scope. */
export function targetEntry(
	target: ChangeTarget,
	alias: string,
	schema: string | null,
	row: readonly Expression[],
	rest: Partial<RangeEntry> = {},
): RangeEntry {
	return entryOf(alias, [], { columns: target.view(row).columns, schema, table: target.table, rowType: target.rowType, ...rest });
}

/** The checks that a new row must pass for WITH CHECK OPTION. */
export function viewChecks(target: ChangeTarget, newRow: readonly Expression[]): readonly RowCheck[] {
	if (target.checked.size === 0) return [];
	return target.view(newRow).predicates.filter((p) => target.checked.has(p.viewName));
}

/** The column of a name; 42703 when there is none, 0A000 when it is computed. */
export function assignableColumn(context: StatementContext, target: ChangeTarget, name: string, command: Command, position: number): ColumnObject {
	const found = target.columns.find((c) => c.name === name);
	if (found === undefined) throw context.error('42703', `column "${name}" of relation "${target.name}" does not exist`, position);
	if (found.column === null) {
		throw context.error('0A000', `cannot ${VERB[command]} column "${name}" of view "${target.name}"`, 0, {
			detail: 'View columns that are not columns of their base relation are not updatable.',
		});
	}
	return found.column;
}
