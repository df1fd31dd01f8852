/**
 * CREATE MATERIALIZED VIEW … WITH (refresh = commit or async), ALTER … SET (refresh = …), and REFRESH of such a view. How they are kept is in
 * `derive/kept-views.ts` and `derive/async-views.ts`.
 */
import type { CreateTableAsStmt } from 'libpg-query';
import { analyzeQueryOf } from '../../language/sql/analyze-statement.ts';
import { type AstNode, namesOf } from '../../language/sql/ast.ts';
import { deparseStatement } from '../../language/sql/deparse.ts';
import { putIndex } from '../../model/table/own-objects.ts';
import { sqlError } from '../../platform/errors.ts';
import type { SchemaObject, ViewObject } from '../../transaction/catalog-objects.ts';
import { removePosition, seePosition, setFilled } from '../../transaction/derived-positions.ts';
import { plainColumn } from '../../transaction/plain-column.ts';
import { LockWait } from '../../transaction/signals.ts';
import { analysisContext } from '../analysis.ts';
import type { UtilityOutcome } from '../portal.ts';
import { type DdlContext, nodesOf } from './context.ts';
import { engineOf, putTable } from './create-table.ts';
import { checkStorageOptions, checkTablespace, storageOptions } from './storage-options.ts';
import { namedColumns, rowsName, tableColumns, viewSearchPath } from './view-columns.ts';

/** Whether a CREATE MATERIALIZED VIEW asks for a view that follows what it reads. */
export function isKept(node: CreateTableAsStmt): boolean {
	return refreshOf(storageOptions(nodesOf(node.into?.options))) !== 'manual';
}

function refreshOf({ refresh }: Readonly<Record<string, string>>): 'commit' | 'async' | 'manual' {
	return refresh === 'commit' || refresh === 'async' ? refresh : 'manual';
}

export function createKeptView(ddl: DdlContext, node: CreateTableAsStmt, schema: SchemaObject, name: string, query: AstNode): UtilityOutcome {
	const into = node.into!;
	const options = storageOptions(nodesOf(into.options));
	checkTablespace(into.tableSpaceName);
	checkStorageOptions('materialized', options);
	const refresh = refreshOf(options);
	if (into.skipData) throw sqlError('0A000', `a materialized view with refresh = ${refresh} cannot be made WITH NO DATA`);
	if (into.rel?.relpersistence === 't' || schema.id === ddl.session.temporarySchemaId) {
		throw sqlError('0A000', `a materialized view with refresh = ${refresh} cannot be temporary`);
	}
	const analysed = analyzeQueryOf(query, ddl.text, { ...analysisContext(ddl.session, [], false), catalog: ddl.catalog });
	const draft: ViewObject = {
		kind: 'view',
		id: ddl.newId(),
		name,
		schemaId: schema.id,
		owner: ddl.session.currentUser,
		text: deparseStatement(query),
		columns: namedColumns(analysed.columns, namesOf(into.colNames as AstNode[] | undefined), 'CREATE MATERIALIZED VIEW'),
		searchPath: viewSearchPath(ddl),
		materializedTableId: 0,
		refresh,
		options,
	};
	const { keptViews } = ddl.session.engine;
	const keeping = keptViews.keeping(draft, ddl.catalog);
	// Nobody changes what the view reads before it is there for all.
	for (const id of keeping.tableIds) ddl.lock(id, 'exclusive');
	const { refresh: _, ...tableOptions } = options;
	const shape = { persistence: 'p', engine: engineOf(ddl, into.accessMethod), options: tableOptions } as const;
	const columns = [
		...tableColumns(draft.columns),
		...keeping.hidden.map((column, i) => plainColumn(column.name, draft.columns.length + i + 1, column.type.oid, i === 0)),
	];
	const table = putTable(ddl, schema, rowsName(name, draft.id), columns, shape);
	// The column that names a row is the key that clusters the table.
	putIndex(ddl.transaction, table.id, `${table.name}_pkey`, [draft.columns.length + 1], 'primary');
	const view: ViewObject = {
		...draft,
		materializedTableId: table.id,
		...(keeping.hidesRows ? { hidesRows: true } : {}),
		dependsOn: [...new Set([...analysed.dependencies, ...keeping.tableIds])],
	};
	ddl.put(view);
	fill(ddl, view, true);
	return { tag: 'CREATE MATERIALIZED VIEW' };
}

/** Fills a view from the state that the transaction will leave; nobody changes what it reads before that. */
function fill(ddl: DdlContext, view: ViewObject, isNew = false): void {
	const { keptViews, manager, tables } = ddl.session.engine;
	for (const id of keptViews.keeping(view, ddl.catalog).tableIds) ddl.lock(id, 'exclusive');
	ddl.lock(view.materializedTableId, 'exclusive');
	if (!isNew) tables.truncate(ddl.transaction, ddl.table(view.materializedTableId));
	keptViews.fill(ddl.transaction, view);
	if (view.refresh === 'async') setFilled(ddl.transaction, view.id, manager.decidedOffset);
}

export function refreshKeptView(ddl: DdlContext, view: ViewObject, skipsData: boolean): UtilityOutcome {
	if (skipsData) throw sqlError('0A000', `materialized view "${view.name}" is kept (refresh = ${view.refresh}) and cannot be emptied`);
	if (!catchesUp(ddl, view)) fill(ddl, view);
	return { tag: 'REFRESH MATERIALIZED VIEW' };
}

/** Lets the job that follows the log come to its end. False where that cannot be done in this transaction. */
function catchesUp({ session, transaction }: DdlContext, view: ViewObject): boolean {
	const { asyncViews, manager } = session.engine;
	// What the transaction itself has changed is not in the log yet.
	if (view.refresh !== 'async' || transaction.changeCount > 0 || manager.catalog.get(view.id) !== view) return false;
	try {
		asyncViews.catchUp(view);
		seePosition(manager, transaction, view.id);
		return true;
	} catch (error) {
		// Another one has the view's rows locked: filling waits for it.
		if (error instanceof LockWait) return false;
		throw error;
	}
}

/** ALTER MATERIALIZED VIEW … SET (refresh = …), or RESET. */
export function alterRefresh(ddl: DdlContext, view: ViewObject, named: Readonly<Record<string, string>>, isReset: boolean): void {
	for (const name of Object.keys(named)) {
		if (name !== 'refresh') throw sqlError('0A000', `the parameter "${name}" of a materialized view cannot be changed`);
	}
	if (!isReset) checkStorageOptions('materialized', named);
	const refresh = isReset ? 'manual' : refreshOf(named);
	if (view.refresh === undefined && refresh !== 'manual') {
		throw sqlError('0A000', `materialized view "${view.name}" was not made to be kept`, {
			hint: `Make it anew, WITH (refresh = ${refresh}).`,
		});
	}
	if (view.refresh === undefined || view.refresh === refresh) return;
	const { refresh: _, ...others } = view.options ?? {};
	const changed: ViewObject = { ...view, refresh, options: { ...others, refresh } };
	if (view.refresh === 'async') removePosition(ddl.transaction, view.id);
	ddl.put(changed);
	// Rows that were left alone for a while are no start to go on from.
	if (refresh !== 'manual') fill(ddl, changed);
}
