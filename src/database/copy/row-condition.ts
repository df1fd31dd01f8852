/** The WHERE of a COPY FROM: a test of complete rows (live columns in order), before generated columns are computed. */
import { analyzeCopyCondition } from '../../language/sql/analyze-statement.ts';
import type { AstNode } from '../../language/sql/ast.ts';
import { StatementContext } from '../../language/sql/statement-context.ts';
import { RowEvaluator } from '../../query/executor/row-evaluator.ts';
import type { TableObject } from '../../transaction/catalog-objects.ts';
import type { OwnedTransaction } from '../../transaction/manager.ts';
import { analysisContext } from '../analysis.ts';
import { RunContext } from '../run-context.ts';
import type { DatabaseSession } from '../session.ts';

export function analyseRowCondition(session: DatabaseSession, table: TableObject, node: AstNode, text: string): ReturnType<typeof analyzeCopyCondition> {
	return analyzeCopyCondition(node, new StatementContext(analysisContext(session, [], false), text), table);
}

export function rowCondition(session: DatabaseSession, transaction: OwnedTransaction, table: TableObject, node: AstNode): (row: readonly unknown[]) => boolean {
	const { expression, row: columns } = analyseRowCondition(session, table, node, '');
	const evaluator = new RowEvaluator([expression], columns, transaction.catalog, (row) => new RunContext(session, transaction, row));
	return (row) => evaluator.evaluate(row)[0] === true;
}
