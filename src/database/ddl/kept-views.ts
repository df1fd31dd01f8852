/** CREATE MATERIALIZED VIEW … WITH (refresh = commit), and REFRESH of such a view. How they are kept is in `derive/kept-views.ts`. */
import type { CreateTableAsStmt } from 'libpg-query';
import { analyzeQueryOf } from '../../language/sql/analyze-statement.ts';
import { type AstNode, namesOf } from '../../language/sql/ast.ts';
import { deparseStatement } from '../../language/sql/deparse.ts';
import { putIndex } from '../../model/table/own-objects.ts';
import { sqlError } from '../../platform/errors.ts';
import type { SchemaObject, ViewObject } from '../../transaction/catalog-objects.ts';
import { plainColumn } from '../../transaction/plain-column.ts';
import { analysisContext } from '../analysis.ts';
import type { UtilityOutcome } from '../portal.ts';
import { type DdlContext, nodesOf } from './context.ts';
import { engineOf, putTable } from './create-table.ts';
import { checkStorageOptions, checkTablespace, storageOptions } from './storage-options.ts';
import { namedColumns, rowsName, tableColumns, viewSearchPath } from './view-columns.ts';

/** Whether a CREATE MATERIALIZED VIEW asks for a view that commits keep. */
export function isKept(node: CreateTableAsStmt): boolean {
	return storageOptions(nodesOf(node.into?.options))['refresh'] === 'commit';
}

export function createKeptView(ddl: DdlContext, node: CreateTableAsStmt, schema: SchemaObject, name: string, query: AstNode): UtilityOutcome {
	const into = node.into!;
	const options = storageOptions(nodesOf(into.options));
	checkTablespace(into.tableSpaceName);
	checkStorageOptions('materialized', options);
	if (into.skipData) throw sqlError('0A000', 'a materialized view with refresh = commit cannot be made WITH NO DATA');
	if (into.rel?.relpersistence === 't' || schema.id === ddl.session.temporarySchemaId) {
		throw sqlError('0A000', 'a materialized view with refresh = commit cannot be temporary');
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
		refresh: 'commit',
		options,
	};
	const { keptViews } = ddl.session.engine;
	const keeping = keptViews.keeping(draft, ddl.catalog);
	// Nobody changes what the view reads before it is there for all.
	for (const id of keeping.tableIds) ddl.lock(id, 'exclusive');
	const { refresh: _commit, ...tableOptions } = options;
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
	keptViews.fill(ddl.transaction, view);
	return { tag: 'CREATE MATERIALIZED VIEW' };
}

export function refreshKeptView(ddl: DdlContext, view: ViewObject, skipsData: boolean): UtilityOutcome {
	if (skipsData) throw sqlError('0A000', `materialized view "${view.name}" is kept by every commit and cannot be emptied`);
	const { keptViews, tables } = ddl.session.engine;
	for (const id of keptViews.keeping(view, ddl.catalog).tableIds) ddl.lock(id, 'exclusive');
	ddl.lock(view.materializedTableId, 'exclusive');
	tables.truncate(ddl.transaction, ddl.table(view.materializedTableId));
	keptViews.fill(ddl.transaction, view);
	return { tag: 'REFRESH MATERIALIZED VIEW' };
}
