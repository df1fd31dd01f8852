/** What the body of a trigger function knows. */
import type { Given } from '../../language/sql/procedural/syntax.ts';

function variable(name: string, type: string): Given {
	return { name, aliases: [], type };
}

/** Places of the variables, behind FOUND and what INTO assigns through. */
export const TRIGGER_DATUMS = {
	new: 2,
	old: 3,
	name: 4,
	when: 5,
	level: 6,
	op: 7,
	relid: 8,
	relname: 9,
	tableName: 10,
	tableSchema: 11,
	nargs: 12,
	argv: 13,
	newRows: 14,
	oldRows: 15,
} as const;

export const TRIGGER_VARIABLES: readonly Given[] = [
	variable('new', 'record'),
	variable('old', 'record'),
	variable('tg_name', 'pg_catalog.name'),
	variable('tg_when', 'pg_catalog.text'),
	variable('tg_level', 'pg_catalog.text'),
	variable('tg_op', 'pg_catalog.text'),
	variable('tg_relid', 'pg_catalog.oid'),
	variable('tg_relname', 'pg_catalog.name'),
	variable('tg_table_name', 'pg_catalog.name'),
	variable('tg_table_schema', 'pg_catalog.name'),
	variable('tg_nargs', 'pg_catalog.int4'),
	variable('tg_argv', 'pg_catalog.text[]'),
	// The rows of transition tables, which have names of their own.
	variable('', 'pg_catalog.text'),
	variable('', 'pg_catalog.text'),
];
