/** The procedures of a database as the rest of it calls them; loaded at the first use (`load-procedural.ts`). */
import type { CallStmt, DoStmt } from 'libpg-query';
import type { StatementTriggers, TriggerScope } from '../../model/table/contracts.ts';
import type { FunctionObject, TableObject } from '../../transaction/catalog-objects.ts';
import type { OwnedTransaction } from '../../transaction/manager.ts';
import { RECORD } from '../../value/builtin-types.ts';
import type { UtilityOutcome } from '../portal.ts';
import type { DatabaseSession } from '../session.ts';
import { runBlock, runCall } from './block-call.ts';
import { checkRoutine } from './check-routine.ts';
import { type CallTypes, procedureOf } from './procedure-maker.ts';
import { RunningTriggers, triggersOf } from './statement-triggers.ts';
import { invoke, run, runNow } from './steps.ts';

export { callTrigger, compileCondition } from './statement-triggers.ts';

/** The triggers of a statement that changes a table; null when none could run. */
export function statementTriggers(session: DatabaseSession, transaction: OwnedTransaction, table: TableObject, scope: TriggerScope): StatementTriggers | null {
	const triggers = triggersOf(transaction.catalog, table, scope);
	return triggers.length === 0 ? null : new RunningTriggers(session, transaction, table, triggers);
}

export { callColumns, resolveCall } from './block-call.ts';
export { checkRoutine };

/** A call from inside a query: of a scalar function its value, of a set function its rows. */
export function callRoutine(session: DatabaseSession, object: FunctionObject, types: CallTypes, args: readonly unknown[]): unknown {
	const procedure = procedureOf(session, object, types);
	const begun = session.currentTransaction === null ? session.engine.manager.begin({ readOnly: true, transient: true }) : null;
	const transaction = begun ?? session.currentTransaction!;
	try {
		return runNow(
			session,
			invoke(
				session,
				procedure,
				transaction,
				({ frame }) => {
					procedure.inputs.forEach((datum, i) => {
						const type = frame.types[datum];
						frame.values[datum] = args[i] ?? null;
						const given = types.argumentTypes[i];
						if (type === null && given !== undefined && given.oid === RECORD.oid) frame.types[datum] = { type: given, typmod: -1 };
					});
				},
				({ results }) => results.result(),
			),
		);
	} finally {
		begun?.rollback();
	}
}

export function doBlock(session: DatabaseSession, node: DoStmt): UtilityOutcome | Promise<UtilityOutcome> {
	return session.inNestedBlock((transaction) => {
		const done = run(session, transaction, runBlock(session, transaction, node));
		return done instanceof Promise ? done.then(() => ({ tag: 'DO' })) : { tag: 'DO' };
	});
}

export function callStatement(
	session: DatabaseSession,
	node: CallStmt,
	text: string,
	parameters: readonly unknown[],
): UtilityOutcome | Promise<UtilityOutcome> {
	const outcome = (row: readonly unknown[] | null): UtilityOutcome => (row === null ? { tag: 'CALL' } : { tag: 'CALL', rows: [row] });
	return session.inNestedBlock((transaction) => {
		const done = run(session, transaction, runCall(session, transaction, node, text, parameters));
		return done instanceof Promise ? done.then(outcome) : outcome(done);
	});
}
