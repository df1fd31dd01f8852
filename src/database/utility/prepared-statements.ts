/** PREPARE, EXECUTE, DEALLOCATE: statements kept by name in the session, apart from those of the wire protocol. */
import type { DeallocateStmt, ExecuteStmt, PrepareStmt } from 'libpg-query';
import { analyzeExpressionOf } from '../../language/sql/analyze-statement.ts';
import { type AstNode, nodeKind } from '../../language/sql/ast.ts';
import { StatementContext } from '../../language/sql/statement-context.ts';
import { resolveTypeName } from '../../language/sql/type-names.ts';
import { sqlError } from '../../platform/errors.ts';
import { analysisContext } from '../analysis.ts';
import { collectRows } from '../collect-rows.ts';
import type { UtilityOutcome } from '../portal.ts';
import type { Prepared } from '../prepared.ts';
import type { DatabaseSession } from '../session.ts';
import type { UtilityHandler } from './handler.ts';

const PREPARABLE = new Set(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

const prepare: UtilityHandler<PrepareStmt> = {
	command: () => 'PREPARE',
	run({ session, node, statement }) {
		const name = node.name ?? '';
		if (session.preparedStatements.has(name)) throw sqlError('42P05', `prepared statement "${name}" already exists`);
		const query = node.query as AstNode;
		if (!PREPARABLE.has(nodeKind(query))) throw sqlError('42601', 'only SELECT, INSERT, UPDATE, DELETE and MERGE can be prepared');
		const context = new StatementContext(analysisContext(session, []), statement.text);
		const oids = ((node.argtypes ?? []) as AstNode[]).map((t) => resolveTypeName(t.TypeName!, context).type.oid);
		const prepared = session.prepareNode(query, statement.text, oids, statement.start);
		session.preparedStatements.set(name, { statement: prepared, madeUs: session.functions.statementTimeUs, text: statement.text });
		return { tag: 'PREPARE' };
	},
};

/** The statement of a name, or PostgreSQL's error. */
export function preparedByName(session: DatabaseSession, name: string): Prepared {
	const found = session.preparedStatements.get(name);
	if (found === undefined) throw sqlError('26000', `prepared statement "${name}" does not exist`);
	return found.statement;
}

/** The values of EXECUTE's arguments, each assigned to its parameter's type. */
export function executeArguments(session: DatabaseSession, node: ExecuteStmt, prepared: Prepared, text: string): unknown[] {
	const params = (node.params ?? []) as AstNode[];
	const types = prepared.parameterTypes;
	if (params.length !== types.length) {
		throw sqlError('42601', `wrong number of parameters for prepared statement "${node.name}"`, {
			detail: `Expected ${types.length} parameters but got ${params.length}.`,
		});
	}
	return params.map((p, i) => {
		const expression = analyzeExpressionOf(p, text, analysisContext(session, [], false), types[i]!, -1);
		return session.evaluate(expression);
	});
}

const execute: UtilityHandler<ExecuteStmt> = {
	command: (_node) => 'EXECUTE',
	columns: (session, node) => preparedByName(session, node.name ?? '').columns,
	run({ session, node, statement }) {
		const prepared = preparedByName(session, node.name ?? '');
		const parameters = executeArguments(session, node, prepared, statement.text);
		const collected = collectRows(session, prepared, parameters);
		const outcome = (c: { rows: unknown[][]; tag: string; rowCount: number }): UtilityOutcome => ({ tag: c.tag, rows: c.rows, rowCount: c.rowCount });
		return collected instanceof Promise ? collected.then(outcome) : outcome(collected);
	},
};

const deallocate: UtilityHandler<DeallocateStmt> = {
	command: (node) => (node.name === undefined || node.name === '' ? 'DEALLOCATE ALL' : 'DEALLOCATE'),
	run({ session, node }) {
		if (node.name === undefined || node.name === '') session.preparedStatements.clear();
		else if (!session.preparedStatements.delete(node.name)) throw sqlError('26000', `prepared statement "${node.name}" does not exist`);
		return { tag: deallocate.command(node) };
	},
};

export const preparedHandlers = { PrepareStmt: prepare, ExecuteStmt: execute, DeallocateStmt: deallocate };
