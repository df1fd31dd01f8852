/** VACUUM, ANALYZE, CHECKPOINT, CLUSTER, REINDEX: what they can mean for a log-structured store. */
import type { CheckPointStmt, VacuumStmt } from 'libpg-query';
import type { AstNode } from '../../language/sql/ast.ts';
import { rangeName, requireRelation } from '../ddl/names.ts';
import type { UtilityHandler } from './handler.ts';

/**
 * There are no dead rows to vacuum (compaction drops old versions by itself) and table sizes are always known, so both only
 * check that the tables they name exist, and let the optimizer look at sizes anew.
 */
const vacuum: UtilityHandler<VacuumStmt> = {
	command: (node) => (node.is_vacuumcmd ? 'VACUUM' : 'ANALYZE'),
	run({ session, node }) {
		for (const relation of (node.rels ?? []) as AstNode[]) {
			const range = relation.VacuumRelation?.relation;
			if (range !== undefined) requireRelation(session, rangeName(range), ['table', 'view']);
		}
		session.engine.sizesChanged();
		return { tag: node.is_vacuumcmd ? 'VACUUM' : 'ANALYZE' };
	},
};

const checkpoint: UtilityHandler<CheckPointStmt> = {
	command: () => 'CHECKPOINT',
	run({ session }) {
		return session.engine.manager.checkpoint().then(() => ({ tag: 'CHECKPOINT' }));
	},
};

export const maintenanceHandlers = { VacuumStmt: vacuum, CheckPointStmt: checkpoint };
