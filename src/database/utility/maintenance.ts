/** VACUUM, ANALYZE, CHECKPOINT: what they can mean for a log-structured store. */
import type { CheckPointStmt, VacuumStmt } from 'libpg-query';
import { type AstNode, namesOf } from '../../language/sql/ast.ts';
import { rowTablesOf } from '../../model/table/partitions.ts';
import { sqlError } from '../../platform/errors.ts';
import type { TableObject } from '../../transaction/catalog-objects.ts';
import { type QualifiedName, rangeName, requireRelation, shownName } from '../ddl/names.ts';
import type { DatabaseSession } from '../session.ts';
import { analyseTable } from '../value-statistics/analyse-table.ts';
import type { UtilityHandler } from './handler.ts';
import { isSwitchedOn } from './option-values.ts';

const ANALYZE_OPTIONS: ReadonlySet<string> = new Set(['verbose', 'skip_locked']);
const VACUUM_OPTIONS: ReadonlySet<string> = new Set([
	...ANALYZE_OPTIONS,
	...['full', 'freeze', 'analyze', 'disable_page_skipping', 'index_cleanup', 'process_toast', 'truncate', 'parallel'],
]);

/** A table, and the columns of it that are to be looked at; none: all. */
interface Target {
	readonly table: TableObject;
	readonly names: readonly string[];
}

/**
 * There are no dead rows to vacuum (compaction drops old versions by itself): VACUUM only checks that the tables it names exist, and
 * lets the optimizer look at sizes anew. ANALYZE makes the statistics of values.
 */
const vacuum: UtilityHandler<VacuumStmt> = {
	command: (node) => (node.is_vacuumcmd ? 'VACUUM' : 'ANALYZE'),
	run({ session, node }) {
		const tag = vacuum.command(node);
		if (node.is_vacuumcmd && session.inBlock) throw sqlError('25001', 'VACUUM cannot run inside a transaction block');
		const options = optionsOf(node, tag);
		const analyses = !node.is_vacuumcmd || options.has('analyze');
		const relations = ((node.rels ?? []) as AstNode[]).map((relation) => relation.VacuumRelation!);
		const targets = relations.flatMap((relation) => {
			const names = namesOf(relation.va_cols as AstNode[] | undefined);
			if (names.length > 0 && !analyses) throw sqlError('0A000', 'ANALYZE option must be specified when a column list is provided');
			return targetsOf(session, rangeName(relation.relation!), names, tag);
		});
		session.engine.sizesChanged();
		if (!analyses) return { tag };
		return analyseAll(session, relations.length === 0 ? allTables(session) : targets, options.has('verbose')).then(() => ({ tag }));
	},
};

/** The options that are switched on. */
function optionsOf(node: VacuumStmt, tag: string): ReadonlySet<string> {
	const on = new Set<string>();
	for (const option of (node.options ?? []) as AstNode[]) {
		const { defname = '', arg } = option.DefElem ?? {};
		if (!(node.is_vacuumcmd ? VACUUM_OPTIONS : ANALYZE_OPTIONS).has(defname)) throw sqlError('42601', `unrecognized ${tag} option "${defname}"`);
		if (isSwitchedOn(arg as AstNode | undefined)) on.add(defname);
	}
	return on;
}

/** The tables that hold the rows of a name: those of its partitions where it has some. */
function targetsOf(session: DatabaseSession, name: QualifiedName, names: readonly string[], tag: string): Target[] {
	const relation = requireRelation(session, name, ['table', 'view', 'index', 'sequence']);
	const { catalog } = session;
	const held = relation.kind === 'view' ? catalog.get(relation.materializedTableId) : relation;
	if (held?.kind !== 'table') {
		session.notice('WARNING', '01000', `skipping "${relation.name}" --- cannot ${tag.toLowerCase()} non-tables or special system tables`);
		return [];
	}
	const shown = relation.kind === 'view' ? held.columns.slice(0, relation.columns.length) : held.columns;
	names.forEach((column, i) => {
		const isThere = shown.some((one) => one.name === column && !one.dropped);
		if (!isThere) throw sqlError('42703', `column "${column}" of relation "${shownName(name)}" does not exist`);
		if (names.indexOf(column) < i) throw sqlError('42701', `column "${column}" of relation "${shownName(name)}" appears more than once`);
	});
	const tables = held.partitionBy === undefined ? [held] : rowTablesOf(catalog, held);
	return tables.map((table) => ({ table, names }));
}

/** All tables with rows but the temporary ones of others. */
function allTables(session: DatabaseSession): Target[] {
	const found: Target[] = [];
	for (const object of session.catalog.objects()) {
		if (object.kind !== 'table' || object.partitionBy !== undefined) continue;
		if (object.persistence === 't' && object.schemaId !== session.temporarySchemaId) continue;
		found.push({ table: object, names: [] });
	}
	return found;
}

async function analyseAll(session: DatabaseSession, targets: readonly Target[], isVerbose: boolean): Promise<void> {
	for (const { table, names } of targets) {
		const name = `${session.catalog.get(table.schemaId)?.name}.${table.name}`;
		if (isVerbose) session.notice('INFO', '00000', `analyzing "${name}"`);
		const { sampled, rows } = await analyseTable(session, table, names);
		if (isVerbose) session.notice('INFO', '00000', `"${table.name}": ${sampled} rows in sample, ${rows} estimated total rows`);
	}
}

const checkpoint: UtilityHandler<CheckPointStmt> = {
	command: () => 'CHECKPOINT',
	run({ session }) {
		return session.engine.manager.checkpoint().then(() => ({ tag: 'CHECKPOINT' }));
	},
};

export const maintenanceHandlers = { VacuumStmt: vacuum, CheckPointStmt: checkpoint };
