/** EXPLAIN: the plan as text or JSON, with ANALYZE its counts and times, with CODE the generated JavaScript. */
import type { ExplainStmt } from 'libpg-query';
import { type AstNode, nodeKind } from '../../language/sql/ast.ts';
import { sqlError } from '../../platform/errors.ts';
import { explainJson, explainText } from '../../query/executor/explain.ts';
import { JSON_TYPE } from '../../value/builtin-types.ts';
import { RowList } from '../collect-rows.ts';
import type { UtilityOutcome } from '../portal.ts';
import type { Prepared } from '../prepared.ts';
import { Run } from '../run.ts';
import { RunContext } from '../run-context.ts';
import type { DatabaseSession } from '../session.ts';
import { resultColumn, textColumns, type UtilityHandler } from './handler.ts';
import { isSwitchedOn, optionText } from './option-values.ts';
import { preparedByName } from './prepared-statements.ts';

interface Options {
	analyze: boolean;
	/** COSTS: expected rows are shown. They are off unless asked for, since costs have no unit here. */
	estimates: boolean;
	code: boolean;
	json: boolean;
	timing: boolean;
}

const IGNORABLE = new Set(['verbose', 'buffers', 'wal', 'summary', 'settings', 'generic_plan']);

function optionsOf(node: ExplainStmt): Options {
	const found: Options = { analyze: false, estimates: false, code: false, json: false, timing: true };
	for (const option of (node.options ?? []) as AstNode[]) {
		const { defname, arg } = option.DefElem ?? {};
		const text = optionText(arg as AstNode | undefined);
		const on = isSwitchedOn(arg as AstNode | undefined);
		if (defname === 'analyze') found.analyze = on;
		else if (defname === 'costs') found.estimates = on;
		else if (defname === 'code') found.code = on;
		else if (defname === 'timing') found.timing = on;
		else if (defname === 'format') {
			if (text !== 'json' && text !== 'text') throw sqlError('0A000', `EXPLAIN format "${text}" is not supported`, { hint: 'Use TEXT or JSON.' });
			found.json = text === 'json';
		} else if (!IGNORABLE.has(defname ?? '')) throw sqlError('42601', `unrecognized EXPLAIN option "${defname}"`);
	}
	return found;
}

function explained(session: DatabaseSession, node: ExplainStmt, text: string): Prepared {
	const query = node.query as AstNode;
	if (nodeKind(query) === 'ExecuteStmt') return preparedByName(session, query.ExecuteStmt?.name ?? '');
	if (nodeKind(query) === 'CreateTableAsStmt') return session.prepareNode(query.CreateTableAsStmt?.query as AstNode, text, [], 0);
	if (nodeKind(query) === 'DeclareCursorStmt') return session.prepareNode(query.DeclareCursorStmt?.query as AstNode, text, [], 0);
	return session.prepareNode(query, text, [], 0);
}

const explain: UtilityHandler<ExplainStmt> = {
	command: () => 'EXPLAIN',
	columns: (_session, node) => (optionsOf(node).json ? [resultColumn(0, 'QUERY PLAN', JSON_TYPE)] : textColumns('QUERY PLAN')),
	run({ session, node, statement }) {
		const options = optionsOf(node);
		const prepared = explained(session, node, statement.text);
		const analysed = prepared.analysed(session);
		if (analysed.kind !== 'query') throw sqlError('42601', 'EXPLAIN takes a query', { hint: 'Explain a SELECT, INSERT, UPDATE, DELETE or VALUES.' });
		const plan = session.optimizePlan(analysed.plan);
		if (options.code) {
			const program = session.engine.compilePlan(plan, session.catalog, false);
			return { tag: 'EXPLAIN', rows: program.code.split('\n').map((line) => [line]) };
		}
		const estimated = options.estimates ? session.engine.estimated(session.catalog) : null;
		const lines = (
			measured: ReturnType<NonNullable<import('../../query/executor/contracts.ts').Program['operatorRows']>> | null,
			ms: number | null,
		): UtilityOutcome => {
			if (options.json)
				return {
					tag: 'EXPLAIN',
					rows: [
						[JSON.stringify([{ Plan: explainJson(plan, measured, estimated), ...(ms === null ? {} : { 'Execution Time': Number(ms.toFixed(3)) }) }], null, 2)],
					],
				};
			const text = explainText(plan, measured, estimated).split('\n');
			if (ms !== null) text.push(`Execution Time: ${ms.toFixed(3)} ms`);
			return { tag: 'EXPLAIN', rows: text.map((line) => [line]) };
		};
		if (!options.analyze) return lines(null, null);
		return analyze(session, plan, lines);
	},
};

function analyze(
	session: DatabaseSession,
	plan: Parameters<typeof explainText>[0],
	lines: (measured: ReturnType<Run['operatorRows']>, ms: number) => UtilityOutcome,
): UtilityOutcome | Promise<UtilityOutcome> {
	return session.inTransaction((transaction) => {
		const program = session.engine.compilePlan(plan, session.catalog, true);
		const sink = new RowList(program.columns.length);
		const started = performance.now();
		const run = new Run(program, new RunContext(session, transaction, []), transaction, sink);
		let outcome = run.advance(true);
		while (outcome !== 'done') {
			if (outcome === 'wait') throw sqlError('55P03', 'EXPLAIN ANALYZE met a locked row', { hint: 'Try again when the other transaction has ended.' });
			outcome = run.advance(true);
		}
		const ms = performance.now() - started;
		return lines(run.operatorRows(), ms);
	});
}

export const explainHandlers = { ExplainStmt: explain };
