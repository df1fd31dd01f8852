/**
 * A query that only reads, run in this thread to its end or until its sink has enough: what a `QueryPortal` with a `Run` does, without
 * either, as short queries cost little more than what is around them, most of all while a program is young and nothing is optimized yet.
 *
 * Whatever may be undone, wait, stop in between or show its plan goes through a portal.
 */

import { invariant } from '../platform/errors.ts';
import type { Execution, Program, RowSink } from '../query/executor/contracts.ts';
import type { OwnedTransaction } from '../transaction/manager.ts';
import { QueryPortal } from './portal.ts';
import type { Prepared } from './prepared.ts';
import { RunContext } from './run-context.ts';
import type { DatabaseSession } from './session.ts';

/** Source rows between two looks at whether the statement was cancelled. */
const STEP_BUDGET = 4096;

/** A sink that refuses rows at some time. */
export interface LimitedSink extends RowSink {
	readonly rows: { readonly length: number };
	readonly isFull: boolean;
}

/** Hands the rows of `statement`, whose program is `program`, to the sink. */
export function readNow(session: DatabaseSession, statement: Prepared, program: Program, parameters: readonly unknown[], sink: LimitedSink): void {
	const isPlain = session.block === null && session.nested.transaction === null && statement.mode === undefined;
	if (!isPlain || program.waits || program.locks || program.writes) {
		readByPortal(session, statement, parameters, sink);
		return;
	}
	session.checkOpen();
	const transaction = session.statementTransaction(true);
	session.startControl();
	session.functions.begin(session.functions.statementTimeUs);
	const context = new RunContext(session, transaction, statement.ownParameters(session.functions) ?? parameters);
	runWhole(session, program, context, sink);
	session.activity.rows = sink.rows.length;
	if (sink.isFull) abandon(session, transaction);
	else session.endStatement(transaction, true);
}

function runWhole(session: DatabaseSession, program: Program, context: RunContext, sink: LimitedSink): void {
	const { engine, running } = session;
	const { working } = engine;
	engine.working = session;
	session.running = context.transaction;
	let execution: Execution | null = null;
	let isDone = false;
	try {
		execution = program.start(context, sink);
		for (;;) {
			const outcome = execution.step(STEP_BUDGET);
			if (outcome === 'done' || sink.isFull) break;
			invariant(outcome === 'more', 'a query that only reads neither waits nor is undone');
		}
		isDone = true;
	} finally {
		execution?.close();
		session.running = running;
		engine.working = working;
		if (!isDone) abandon(session, context.transaction);
	}
}

function abandon(session: DatabaseSession, transaction: OwnedTransaction): void {
	session.control.end();
	session.leaveStatement(transaction);
}

function readByPortal(session: DatabaseSession, statement: Prepared, parameters: readonly unknown[], sink: RowSink): void {
	const portal = new QueryPortal(session, statement, parameters);
	try {
		portal.run(sink);
	} finally {
		portal.close();
	}
}
