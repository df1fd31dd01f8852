/** DELETE: the target joined with USING, filtered. */
import type { Plan } from '../../query/algebra/plan.ts';
import { analyzeReturning, newRowColumns, references } from './analyze-returning.ts';
import { joinedTarget, returningLevel, scanTarget } from './analyze-update.ts';
import { analyzeWith, wrapCtes } from './analyze-with.ts';
import type { AstNode, DeleteStmt } from './ast.ts';
import { QueryLevel } from './scope.ts';
import type { StatementContext } from './statement-context.ts';

export function analyzeDelete(context: StatementContext, node: DeleteStmt, parent: QueryLevel | null): Plan {
	const level = new QueryLevel(context, parent);
	analyzeWith(level, node.withClause, node);
	const scanned = scanTarget(level, node.relation!, 'delete');
	const input = joinedTarget(level, scanned, (node.usingClause ?? []) as AstNode[], node.whereClause as AstNode | undefined);
	const newRow = newRowColumns(level, scanned.target.table);
	const returning = analyzeReturning(returningLevel(level, scanned, references(newRow)), node.returningClause);
	return wrapCtes(level, {
		kind: 'delete',
		table: scanned.target.table,
		input,
		keyColumn: scanned.scan.keyColumn!,
		oldRow: scanned.scan.columns.map((c) => c.id),
		newRow,
		viewChecks: [],
		returning,
		columns: returning?.map((r) => r.column) ?? [],
	});
}
