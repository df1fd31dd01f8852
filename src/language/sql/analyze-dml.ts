/** INSERT, UPDATE, DELETE and MERGE, at the top or inside WITH. */
import { LazyModule } from '../../platform/lazy-module.ts';
import type { Plan } from '../../query/algebra/plan.ts';
import { analyzeDelete } from './analyze-delete.ts';
import { analyzeInsert } from './analyze-insert.ts';
import { analyzeUpdate } from './analyze-update.ts';
import { type AstNode, nodeKind } from './ast.ts';
import type { QueryLevel } from './scope.ts';
import type { StatementContext } from './statement-context.ts';

/** Few programs use it. */
const merging = new LazyModule<typeof import('./analyze-merge.ts')>(new URL('./analyze-merge.ts', import.meta.url));

/** The plan of a data-modifying statement; its columns are those of RETURNING. `parent` when it stands in a WITH. */
export function analyzeDataModifying(context: StatementContext, node: AstNode, parent: QueryLevel | null): Plan {
	if (node.InsertStmt !== undefined) return analyzeInsert(context, node.InsertStmt, parent);
	if (node.UpdateStmt !== undefined) return analyzeUpdate(context, node.UpdateStmt, parent);
	if (node.DeleteStmt !== undefined) return analyzeDelete(context, node.DeleteStmt, parent);
	if (node.MergeStmt !== undefined && (parent === null || parent.conflict !== null)) return merging.get().analyzeMerge(context, node.MergeStmt, parent);
	throw context.unsupported(node.MergeStmt === undefined ? nodeKind(node) : 'MERGE in WITH');
}
