/** For tests of graphs: queries run with rules of the optimizer switched off, and plans looked into. */
import assert from 'node:assert/strict';
import type { Plan } from '../query/algebra/plan.ts';
import { visitPlanParts } from '../query/algebra/traverse.ts';
import type { RowSink } from '../query/executor/contracts.ts';
import type { OptimizerContext } from '../query/optimizer/context.ts';
import { optimize } from '../query/optimizer/optimize.ts';
import type { OwnedTransaction } from '../transaction/manager.ts';
import { RowList } from './collect-rows.ts';
import { cypherLanguage } from './cypher/cypher-language.ts';
import { RunContext } from './run-context.ts';
import type { DatabaseSession } from './session.ts';

export function generator(seed: number): () => number {
	let state = seed;
	return () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 2 ** 32;
	};
}

/** Sizes at which plans do not hang on a few rows. */
export const largeGraph: OptimizerContext['rowCount'] = (table) => (table.name.endsWith('edges') ? 2_000_000 : 100_000);

export interface Outcome {
	readonly rows: readonly string[];
	readonly plan: Plan;
}

/** Runs a query with rules switched off; rows as sorted texts. */
export async function outcome(session: DatabaseSession, text: string, without: readonly string[], rowCount?: OptimizerContext['rowCount']): Promise<Outcome> {
	return session.inTransaction((transaction: OwnedTransaction) => outcomeIn(session, transaction, text, without, rowCount));
}

/** The same in a transaction. */
export function outcomeIn(
	session: DatabaseSession,
	transaction: OwnedTransaction,
	text: string,
	without: readonly string[],
	rowCount?: OptimizerContext['rowCount'],
): Outcome {
	const { engine, catalog } = session;
	const query = cypherLanguage.analyse(session, text, '');
	assert.ok(query.kind === 'query');
	const { lookupRows, ...known } = engine.optimizerContext(catalog, true);
	const sizes = rowCount === undefined ? { ...known, ...(lookupRows === undefined ? {} : { lookupRows }) } : { ...known, rowCount };
	const plan = optimize(query.plan, { ...sizes, without: new Set(without) });
	const sink = new RowList(query.columns?.length ?? 0);
	const execution = engine.compilePlan(plan, catalog, false).start(new RunContext(session, transaction, []), sink as RowSink);
	// Small steps: everything is suspended and resumed.
	while (execution.step(50) === 'more');
	execution.close();
	return { rows: sink.rows.map((row) => JSON.stringify(row, (_, v) => (typeof v === 'bigint' ? String(v) : v))).sort(), plan };
}

export function uses(plan: Plan, kind: Plan['kind']): boolean {
	let found = plan.kind === kind;
	visitPlanParts(
		plan,
		(p) => {
			found ||= uses(p, kind);
		},
		() => undefined,
	);
	return found;
}
