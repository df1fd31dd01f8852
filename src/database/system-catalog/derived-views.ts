/** The views of pg_catalog that show relations with names in place of oids: pg_tables, pg_views, pg_indexes, pg_matviews, pg_rules. */
import { indexDefinition, ruleDefinition, viewText } from './definition-text.ts';
import { isMaterialized, objectsOf, schemaName, shownTableId, visibleTables } from './object-names.ts';
import { constraintsOf } from './relation-tables.ts';
import { type Provider, perCall, perVersion, type SystemContext, type SystemRecord, tableDefinitions } from './system-table.ts';

const OWNER = 'polylog';

function* tables(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const definition of tableDefinitions().values()) {
		if (definition.relationKind !== 'r') continue;
		const name = { schemaname: definition.schema, tablename: definition.name };
		yield { ...name, tableowner: OWNER, hasindexes: false, hasrules: false, hastriggers: false, rowsecurity: false };
	}
	for (const table of visibleTables(catalog)) {
		yield {
			schemaname: schemaName(catalog, table.schemaId),
			tablename: table.name,
			tableowner: table.owner ?? OWNER,
			hasindexes: table.indexIds.length > 0,
			hasrules: false,
			hastriggers: constraintsOf(catalog, table).some((constraint) => constraint.type === 'foreign'),
			rowsecurity: false,
		};
	}
}

function* views(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const view of objectsOf(catalog, 'view')) {
		if (isMaterialized(view)) continue;
		yield { schemaname: schemaName(catalog, view.schemaId), viewname: view.name, viewowner: view.owner ?? OWNER, definition: ` ${viewText(context, view)};` };
	}
}

function* materializedViews(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const view of objectsOf(catalog, 'view')) {
		if (!isMaterialized(view)) continue;
		const holder = catalog.get(view.materializedTableId);
		yield {
			schemaname: schemaName(catalog, view.schemaId),
			matviewname: view.name,
			matviewowner: view.owner ?? OWNER,
			hasindexes: holder?.kind === 'table' && holder.indexIds.length > 0,
			ispopulated: true,
			definition: ` ${viewText(context, view)};`,
		};
	}
}

function* indexes(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const index of objectsOf(catalog, 'index')) {
		const table = catalog.get(shownTableId(catalog, index.tableId));
		if (table === undefined) continue;
		yield {
			schemaname: schemaName(catalog, index.schemaId),
			tablename: table.name,
			indexname: index.name,
			indexdef: indexDefinition(context, index.id, false),
		};
	}
}

function* rules(context: SystemContext): Iterable<SystemRecord> {
	const { catalog } = context;
	for (const view of objectsOf(catalog, 'view')) {
		yield { schemaname: schemaName(catalog, view.schemaId), tablename: view.name, rulename: '_RETURN', definition: ruleDefinition(context, view.id) };
	}
}

export const derivedViews: Readonly<Record<string, Provider>> = {
	pg_tables: perVersion(tables),
	pg_views: perCall(views),
	pg_matviews: perCall(materializedViews),
	pg_indexes: perVersion(indexes),
	pg_rules: perVersion(rules),
};
