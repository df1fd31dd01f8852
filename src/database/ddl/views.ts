/** CREATE VIEW, CREATE TABLE AS, materialized views: relations defined by a query. */
import type { CreateTableAsStmt, RefreshMatViewStmt, SelectStmt, ViewStmt } from 'libpg-query';
import { analyzeQueryOf } from '../../language/sql/analyze-statement.ts';
import { modifiesInWith } from '../../language/sql/analyze-with.ts';
import { type AstNode, namesOf, nodeKind } from '../../language/sql/ast.ts';
import { deparseStatement } from '../../language/sql/deparse.ts';
import { sqlError } from '../../platform/errors.ts';
import type { SchemaObject, TableObject, ViewObject } from '../../transaction/catalog-objects.ts';
import { analysisContext } from '../analysis.ts';
import { type CollectedRows, collectRows } from '../collect-rows.ts';
import type { UtilityOutcome } from '../portal.ts';
import type { Prepared } from '../prepared.ts';
import { withSearchPath } from '../search-path.ts';
import type { UtilityHandler } from '../utility/handler.ts';
import { executeArguments, preparedByName } from '../utility/prepared-statements.ts';
import { DdlContext, ddlHandler, nodesOf } from './context.ts';
import { engineOf, existsAlready, putTable } from './create-table.ts';
import { createKeptView, isKept, refreshKeptView } from './kept-views.ts';
import { creationSchema, rangeName, requireRelation } from './names.ts';
import { checkStorageOptions, checkTablespace, storageOptions } from './storage-options.ts';
import { namedColumns, rowsName, tableColumns, type ViewColumn, viewSearchPath } from './view-columns.ts';

const create = ddlHandler<ViewStmt>('CREATE VIEW', (ddl, node) => {
	const name = rangeName(node.view!);
	const query = node.query as AstNode;
	if (modifiesInWith(query)) throw sqlError('0A000', 'views must not contain data-modifying statements in WITH');
	const analysed = analyzeQueryOf(query, ddl.text, { ...analysisContext(ddl.session, [], false), catalog: ddl.catalog });
	const temporary =
		name.temporary ||
		[...analysed.dependencies].some((id) => ddl.session.temporarySchemaId !== 0 && ddl.catalog.get(id)?.schemaId === ddl.session.temporarySchemaId);
	const schema = creationSchema(ddl.session, { ...name, temporary });
	const columns = namedColumns(analysed.columns, namesOf(node.aliases as AstNode[] | undefined), 'CREATE VIEW');
	const before = ddl.catalog.find(schema.id, 'relation', name.name);
	if (before !== undefined && !(node.replace && before.kind === 'view')) throw sqlError('42P07', `relation "${name.name}" already exists`);
	if (before?.kind === 'view') checkReplacement(before, columns);
	const options = storageOptions(nodesOf(node.options));
	checkStorageOptions('view', options);
	const check =
		node.withCheckOption === 'LOCAL_CHECK_OPTION' || options['check_option'] === 'local'
			? 'local'
			: node.withCheckOption === 'CASCADED_CHECK_OPTION' || options['check_option'] === 'cascaded'
				? 'cascaded'
				: '';
	ddl.put({
		kind: 'view',
		id: before?.id ?? ddl.newId(),
		name: name.name,
		schemaId: schema.id,
		owner: ddl.session.currentUser,
		text: deparseStatement(query),
		columns,
		searchPath: viewSearchPath(ddl),
		materializedTableId: 0,
		dependsOn: [...analysed.dependencies],
		checkOption: check,
		options,
	});
});

function checkReplacement(before: ViewObject, columns: readonly ViewColumn[]): void {
	if (columns.length < before.columns.length) throw sqlError('42P16', 'cannot drop columns from view');
	before.columns.forEach((old, i) => {
		const now = columns[i]!;
		if (old.name !== now.name)
			throw sqlError('42P16', `cannot change name of view column "${old.name}" to "${now.name}"`, {
				hint: 'Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead.',
			});
		if (old.typeOid !== now.typeOid) throw sqlError('42P16', `cannot change data type of view column "${old.name}"`);
	});
}

// ---- tables from queries ----

function preparedQuery(ddl: DdlContext, query: AstNode): { prepared: Prepared; parameters: unknown[] } {
	if (nodeKind(query) !== 'ExecuteStmt') return { prepared: ddl.session.prepareNode(query, ddl.text, [], 0), parameters: [] };
	const prepared = preparedByName(ddl.session, query.ExecuteStmt?.name ?? '');
	return { prepared, parameters: executeArguments(ddl.session, query.ExecuteStmt!, prepared, ddl.text) };
}

function insertRows(ddl: DdlContext, table: TableObject, rows: readonly unknown[][]): void {
	const writer = ddl.session.engine.tables.writer(ddl.transaction, table);
	for (const row of rows) writer.insert(row);
	writer.finish();
}

const createAs: UtilityHandler<CreateTableAsStmt> = {
	command: (node) => (node.objtype === 'OBJECT_MATVIEW' ? 'CREATE MATERIALIZED VIEW' : 'CREATE TABLE AS'),
	run({ session, node, statement }) {
		const materialized = node.objtype === 'OBJECT_MATVIEW';
		return session.inNestedBlock((transaction) => {
			const ddl = new DdlContext(session, transaction, statement.text);
			const into = node.into!;
			const name = rangeName(into.rel!);
			const schema = creationSchema(session, name);
			if (existsAlready(ddl, schema, name.name, node.if_not_exists ?? false)) return { tag: createAs.command(node) };
			const query = node.query as AstNode;
			if (materialized && modifiesInWith(query)) throw sqlError('0A000', 'materialized views must not use data-modifying statements in WITH');
			if (materialized && isKept(node)) return createKeptView(ddl, node, schema, name.name, query);
			const { prepared, parameters } = preparedQuery(ddl, query);
			if (prepared.columns === null) throw sqlError('42601', 'the query gives no columns');
			const columns = namedColumns(
				prepared.columns,
				namesOf(into.colNames as AstNode[] | undefined),
				materialized ? 'CREATE MATERIALIZED VIEW' : 'CREATE TABLE AS',
			);
			const target = (): TableObject => makeTarget(ddl, node, schema, name.name, columns, query);
			if (into.skipData) {
				target();
				return { tag: createAs.command(node) };
			}
			const filled = (collected: CollectedRows): UtilityOutcome => {
				insertRows(ddl, target(), collected.rows);
				return { tag: `SELECT ${collected.rows.length}`, rowCount: collected.rows.length };
			};
			const collected = collectRows(session, prepared, parameters);
			return collected instanceof Promise ? collected.then(filled) : filled(collected);
		});
	},
};

function makeTarget(ddl: DdlContext, node: CreateTableAsStmt, schema: SchemaObject, name: string, columns: readonly ViewColumn[], query: AstNode): TableObject {
	const into = node.into!;
	const persistence = into.rel?.relpersistence === 't' || schema.id === ddl.session.temporarySchemaId ? 't' : 'p';
	checkTablespace(into.tableSpaceName);
	checkStorageOptions(node.objtype === 'OBJECT_MATVIEW' ? 'materialized' : 'table', storageOptions(nodesOf(into.options)));
	const { refresh: _manual, ...options } = storageOptions(nodesOf(into.options));
	const shape = { persistence, engine: engineOf(ddl, into.accessMethod), options } as const;
	if (node.objtype !== 'OBJECT_MATVIEW') return putTable(ddl, schema, name, tableColumns(columns), shape);
	const viewId = ddl.newId();
	const table = putTable(ddl, schema, rowsName(name, viewId), tableColumns(columns), shape);
	const analysed = analyzeQueryOf(query, ddl.text, { ...analysisContext(ddl.session, [], false), catalog: ddl.catalog });
	ddl.put({
		kind: 'view',
		id: viewId,
		name,
		schemaId: schema.id,
		owner: ddl.session.currentUser,
		text: deparseStatement(query),
		columns,
		searchPath: viewSearchPath(ddl),
		materializedTableId: table.id,
		dependsOn: [...analysed.dependencies],
	});
	return table;
}

const refresh: UtilityHandler<RefreshMatViewStmt> = {
	command: () => 'REFRESH MATERIALIZED VIEW',
	run({ session, node, statement }) {
		return session.inNestedBlock((transaction) => {
			const ddl = new DdlContext(session, transaction, statement.text);
			const view = requireRelation(session, rangeName(node.relation!), ['view']);
			if (view.materializedTableId === 0) throw sqlError('0A000', `"${view.name}" is not a materialized view`);
			const outcome = { tag: 'REFRESH MATERIALIZED VIEW' };
			if (view.refresh !== undefined) return refreshKeptView(ddl, view, node.skipData ?? false);
			ddl.lock(view.materializedTableId, 'exclusive');
			session.engine.tables.truncate(transaction, ddl.table(view.materializedTableId));
			if (node.skipData) return outcome;
			const query = session.engine.parseSelect(view.text);
			const prepared = withSearchPath(session, view.searchPath, () => session.prepareNode(query, view.text, [], 0));
			const filled = (collected: CollectedRows): UtilityOutcome => {
				insertRows(ddl, ddl.table(view.materializedTableId), collected.rows);
				return outcome;
			};
			const collected = withSearchPath(session, view.searchPath, () => collectRows(session, prepared, []));
			return collected instanceof Promise ? collected.then(filled) : filled(collected);
		});
	},
};

/** SELECT … INTO is CREATE TABLE AS, written otherwise. */
const selectInto: UtilityHandler<SelectStmt> = {
	command: () => 'SELECT',
	run(call) {
		let into: SelectStmt['intoClause'];
		const strip = (select: SelectStmt): SelectStmt => {
			if (select.intoClause === undefined) return select.larg === undefined ? select : { ...select, larg: strip(select.larg) };
			into = select.intoClause;
			const { intoClause: _taken, ...rest } = select;
			return rest;
		};
		const query = { SelectStmt: strip(call.node) };
		return createAs.run({ ...call, node: { query, into: into!, objtype: 'OBJECT_TABLE' } as CreateTableAsStmt });
	},
};

export const viewHandlers = { SelectStmt: selectInto, ViewStmt: create, CreateTableAsStmt: createAs, RefreshMatViewStmt: refresh };
