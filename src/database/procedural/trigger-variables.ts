/** What the body of a trigger function knows. */
import type { Given } from '../../language/sql/procedural/syntax.ts';

function variable(name: string, type: string): Given {
	return { name, aliases: [], type };
}

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
];
