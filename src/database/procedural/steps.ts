/** Drives calls: to the end within this turn, or with others running between and waiting where it must be waited. */
import { LockWait } from '../../model/table/contracts.ts';
import { PolylogError, sqlError } from '../../platform/errors.ts';
import type { OwnedTransaction } from '../../transaction/manager.ts';
import type { DatabaseSession } from '../session.ts';
import { type Interpreter as Call, Interpreter, joined, type Steps } from './interpreter.ts';
import type { Procedure } from './procedure.ts';

/** Calls inside calls; each takes some of the stack of JavaScript. */
const DEPTH_MAX = 150;

/** One call: its arguments are given, its result comes back. `begin` sets what else it starts with. */
export function* invoke<T>(
	session: DatabaseSession,
	procedure: Procedure,
	transaction: OwnedTransaction,
	begin: (call: Call) => void,
	end: (call: Call) => T,
): Steps<T> {
	const { nested } = session;
	if (nested.calls.length >= DEPTH_MAX)
		throw sqlError('54001', 'stack depth limit exceeded', { hint: `Procedures can call each other at most ${DEPTH_MAX} deep.` });
	const outer = nested.transaction;
	if (outer === null) nested.token = {};
	const { graphWork } = session;
	const mark = transaction.statementMark();
	nested.transaction = transaction;
	const call = new Interpreter(session, procedure, transaction);
	nested.calls.push(call);
	try {
		begin(call);
		yield* call.run();
		return call.finish(() => end(call));
	} catch (error) {
		throw error === call.again ? error : named(error, call.where);
	} finally {
		nested.calls.pop();
		nested.transaction = outer;
		if (outer === null) nested.token = null;
		session.graphWork = graphWork;
		transaction.returnTo(mark);
	}
}

function named(error: unknown, where: string): unknown {
	if (error instanceof RangeError && /call stack/i.test(error.message))
		return sqlError('54001', 'stack depth limit exceeded', { hint: 'Let procedures call each other less deeply.', where });
	if (error instanceof PolylogError && error.sqlstate !== undefined) {
		error.position = undefined;
		error.where = joined(error.where, where);
	}
	return error;
}

/** To the end in this turn; what would have to wait makes the statement around wait and run again. */
export function runNow<T>(session: DatabaseSession, steps: Steps<T>): T {
	let step = steps.next();
	while (step.done !== true) {
		if (step.value === 'turn') session.checkCancelled();
		else {
			const isWait = step.value === 'wait';
			steps.return(undefined as never);
			if (isWait) throw new LockWait();
			throw sqlError('0A000', 'this statement cannot be run by a function that a query calls', { hint: 'Run it from DO or a procedure that is called.' });
		}
		step = steps.next();
	}
	return step.value;
}

/** A statement of its own: within this turn when it is short, else others get theirs. */
export function run<T>(session: DatabaseSession, transaction: OwnedTransaction, steps: Steps<T>): T | Promise<T> {
	if (session.synchronous) return runNow(session, steps);
	const step = steps.next();
	return step.done === true ? step.value : goOn(session, transaction, steps, step);
}

async function goOn<T>(session: DatabaseSession, transaction: OwnedTransaction, steps: Steps<T>, first: IteratorResult<unknown, T>): Promise<T> {
	let step = first;
	while (step.done !== true) {
		let given: unknown;
		try {
			given = await pause(session, transaction, step.value);
		} catch (error) {
			step = steps.throw(error);
			continue;
		}
		step = steps.next(given);
	}
	return step.value;
}

async function pause(session: DatabaseSession, transaction: OwnedTransaction, why: unknown): Promise<unknown> {
	if (why instanceof Promise) return await why;
	for (const reader of session.nested.readers) readRest(reader);
	if (why === 'wait') await session.lockFree(transaction);
	else await session.pause();
	return undefined;
}

function readRest(reader: { readAll(): void }): void {
	try {
		reader.readAll();
	} catch (error) {
		// It waits itself, and will take up its rows anew.
		if (!(error instanceof LockWait)) throw error;
	}
}
