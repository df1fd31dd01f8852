/** SEARCH and CYCLE clauses of recursive queries, rewritten into the plain columns that the standard defines them by. */
import type { CommonTableExpr, SelectStmt } from './ast.ts';
import type { QueryLevel } from './scope.ts';

/** The query of a recursive CTE with its SEARCH and CYCLE clauses expanded. */
export function expandSearchAndCycle(level: QueryLevel, cte: CommonTableExpr, _names: readonly string[]): SelectStmt {
	const { context } = level;
	if (cte.search_clause !== undefined) throw context.unsupported('SEARCH', context.at(cte.search_clause.location));
	if (cte.cycle_clause !== undefined) throw context.unsupported('CYCLE', context.at(cte.cycle_clause.location));
	return (cte.ctequery as { SelectStmt: SelectStmt }).SelectStmt;
}
