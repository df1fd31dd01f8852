/** Statements of SQL inside a procedure: run in the call's transaction, their rows into variables. */
import type { CallStmt, DoStmt } from 'libpg-query';
import { parseSql } from '../../language/sql/parser.ts';
import type { DynamicQuery, Into, SqlText } from '../../language/sql/procedural/syntax.ts';
import { LockWait, StatementRestart } from '../../model/table/contracts.ts';
import { PolylogError, sqlError } from '../../platform/errors.ts';
import type { Program, RowSink } from '../../query/executor/contracts.ts';
import { textFormatter } from '../../value/value-text.ts';
import { RowList } from '../collect-rows.ts';
import type { UtilityOutcome } from '../portal.ts';
import { Run } from '../run.ts';
import { RunContext } from '../run-context.ts';
import { runUtilityStatement } from '../utility/dispatch.ts';
import { callProcedure, runBlock } from './block-call.ts';
import type { RowShape } from './frame.ts';
import { type Interpreter, joined, type Steps } from './interpreter.ts';
import { type CompiledStatement, type CompiledUtility, type CompiledValue, compileStatement } from './procedure.ts';

export interface QueryOutcome {
	readonly rows: unknown[][];
	/** Rows shown, or else changed. */
	readonly count: number;
}

/** Commands that a procedure cannot run as they are. */
const OUTSIDE_ONLY: ReadonlySet<string> = new Set(['VACUUM', 'CREATE DATABASE', 'DROP DATABASE', 'ALTER SYSTEM']);

export class QuerySteps {
	readonly #interpreter: Interpreter;

	constructor(interpreter: Interpreter) {
		this.#interpreter = interpreter;
	}

	/** The value of an expression that reads tables or calls procedures. */
	*value(compiled: CompiledValue, text: SqlText): Steps<unknown> {
		const sink = new RowList(1);
		const { frame } = this.#interpreter;
		try {
			yield* this.program(() => compiled.program, frame.values, sink);
		} catch (error) {
			throw compiled.hasQuery ? within(error, `SQL expression "${text.text}"`) : error;
		}
		return sink.rows[0]?.[0] ?? null;
	}

	/** Runs a program to its end, or until the sink wants no more. `current` gives it anew when it must be run again. */
	*program(current: () => Program, parameters: readonly unknown[], sink: RowSink): Steps<{ readonly rows: number; readonly changed: number }> {
		const { session, transaction, procedure } = this.#interpreter;
		if (!procedure.isReadOnly) transaction.startStatement();
		const run = new Run(current(), new RunContext(session, transaction, parameters), transaction, sink, { program: current });
		try {
			while (run.advance(true) === 'wait') {
				yield 'wait';
				run.beginAgain();
			}
			return { rows: run.rows, changed: run.changedRows };
		} finally {
			run.close();
		}
	}

	/** A statement as it stands in the body. */
	*statement(query: SqlText, into: Into | null): Steps<void> {
		const interpreter = this.#interpreter;
		const { session, frame, procedure } = interpreter;
		const compile = (): CompiledStatement => procedure.statement(session, query, frame);
		const compiled = this.#compiled(compile, query.text);
		if (into === null && compiled.kind === 'query' && compiled.command === 'SELECT')
			throw sqlError('42601', 'query has no destination for result data', { hint: 'If you want to discard the results of a SELECT, use PERFORM instead.' });
		if (into === null && compiled.columns !== null && compiled.kind === 'query') throw sqlError('42601', 'query has no destination for result data');
		if (into !== null && compiled.columns === null) throw sqlError('42601', 'INTO used with a command that cannot return data');
		const most = into === null ? Number.POSITIVE_INFINITY : into.strict || compiled.command !== 'SELECT' ? 2 : 1;
		const outcome = yield* this.#run(compile, compiled, frame.values, most);
		this.#take(compiled, outcome, into);
	}

	*perform(query: SqlText): Steps<void> {
		const { session, frame, procedure } = this.#interpreter;
		const compile = (): CompiledStatement => procedure.statement(session, query, frame);
		const compiled = this.#compiled(compile, query.text);
		const outcome = yield* this.#run(compile, compiled, frame.values, Number.POSITIVE_INFINITY, true);
		this.#interpreter.rowCount = outcome.count;
		frame.found = outcome.count > 0;
	}

	*execute(dynamic: DynamicQuery, into: Into | null): Steps<void> {
		const { text, parameters, oids } = yield* this.dynamic(dynamic);
		const { session } = this.#interpreter;
		const compile = (): CompiledStatement => compileDynamic(session, text, oids);
		const compiled = this.#compiled(compile, text);
		if (compiled.kind === 'utility' && 'TransactionStmt' in compiled.node) throw sqlError('0A000', 'EXECUTE of transaction commands is not implemented');
		if (into !== null && compiled.columns === null) throw sqlError('42601', 'INTO used with a command that cannot return data');
		const most = into === null ? Number.POSITIVE_INFINITY : into.strict || compiled.command !== 'SELECT' ? 2 : 1;
		const outcome = yield* this.#run(compile, compiled, parameters, most, into === null);
		// Unlike a statement of the body, one that was put together leaves FOUND alone.
		const { frame } = this.#interpreter;
		const found = frame.values[frame.routine.found];
		this.#take(compiled, outcome, into);
		frame.values[frame.routine.found] = found;
	}

	/** The text of EXECUTE, and the values of USING with their types. */
	*dynamic({ query, using }: DynamicQuery): Steps<{ readonly text: string; readonly parameters: unknown[]; readonly oids: number[] }> {
		const interpreter = this.#interpreter;
		const { session } = interpreter;
		const compiled = interpreter.compiled(query, null);
		const value = yield* interpreter.valueOf(compiled, query);
		if (value === null) throw sqlError('22004', 'query string argument of EXECUTE is null');
		const text = textFormatter(compiled.type, session.catalog, session.textSettings)(value);
		const parameters: unknown[] = [];
		const oids: number[] = [];
		for (const one of using) {
			const argument = interpreter.compiled(one, null);
			parameters.push(yield* interpreter.valueOf(argument, one));
			oids.push(argument.type.oid);
		}
		return { text, parameters, oids };
	}

	/** CALL and DO. */
	*call(query: SqlText): Steps<void> {
		const interpreter = this.#interpreter;
		const { session, frame } = interpreter;
		const { CallStmt: call, DoStmt: block } = parseSql(query.text)[0]!.node as { CallStmt?: CallStmt; DoStmt?: DoStmt };
		if (block !== undefined) {
			yield* runBlock(session, interpreter.transaction, block);
			return;
		}
		const given = yield* callProcedure(session, interpreter.transaction, call!, { text: query, frame });
		for (const { target, value, type, typmod } of given) frame.assign(target, value, type, typmod);
	}

	/** COMMIT and ROLLBACK. */
	// biome-ignore lint/correctness/useYield: it may become a wait
	*endTransaction(isRollback: boolean, _chain: boolean): Steps<void> {
		throw sqlError('0A000', `${isRollback ? 'ROLLBACK' : 'COMMIT'} inside procedures is not supported`, {
			hint: 'End the transaction outside of the procedure, or catch errors in a block with EXCEPTION.',
		});
	}

	#compiled(compile: () => CompiledStatement, text: string): CompiledStatement {
		try {
			const compiled = compile();
			this.check(compiled);
			return compiled;
		} catch (error) {
			throw within(error, `SQL statement "${text}"`);
		}
	}

	/** What may not be run here at all. */
	check(compiled: CompiledStatement): void {
		const { procedure } = this.#interpreter;
		const { command } = compiled;
		if (procedure.isReadOnly && (compiled.kind === 'utility' ? !isReadingUtility(compiled) : compiled.program.writes && command !== 'SELECT'))
			throw sqlError('0A000', `${command} is not allowed in a non-volatile function`);
		if (procedure.isReadOnly && compiled.kind === 'query' && compiled.program.locks)
			throw sqlError('0A000', 'SELECT FOR UPDATE is not allowed in a non-volatile function');
		if (compiled.kind !== 'utility') return;
		if ('TransactionStmt' in compiled.node) throw sqlError('0A000', 'unsupported transaction command in PL/pgSQL');
		if (compiled.prepared.copy !== null) throw sqlError('0A000', 'cannot COPY to/from client in PL/pgSQL');
		if (OUTSIDE_ONLY.has(command)) throw sqlError('25001', `${command} cannot be executed from a function`);
	}

	*#run(compile: () => CompiledStatement, compiled: CompiledStatement, parameters: readonly unknown[], most: number, discards = false): Steps<QueryOutcome> {
		try {
			if (compiled.kind === 'utility') return yield* this.utility(compiled);
			const sink = discards ? new Discarded(compiled.program.columns.length) : new RowList(compiled.program.columns.length, most);
			const program = (): Program => (compile() as Extract<CompiledStatement, { kind: 'query' }>).program;
			const { rows, changed } = yield* this.program(program, parameters, sink);
			return { rows: sink instanceof RowList ? sink.rows : [], count: compiled.command === 'SELECT' ? rows : changed };
		} catch (error) {
			throw within(error, `SQL statement "${compiled.text}"`);
		}
	}

	/** A statement that is no query: undone by itself when it must wait. */
	*utility(compiled: CompiledUtility): Steps<QueryOutcome> {
		const { session, transaction } = this.#interpreter;
		for (;;) {
			const savepoint = transaction.savepoint('');
			transaction.startStatement();
			try {
				const running = runUtilityStatement(session, compiled.node, compiled.prepared, []);
				let outcome: UtilityOutcome;
				if (running instanceof Promise) {
					// When the call is given up instead, nobody is left to be told.
					running.catch(() => undefined);
					outcome = (yield running) as UtilityOutcome;
				} else outcome = running;
				const rows = [...(outcome.rows ?? [])].map((row) => [...row]);
				return { rows, count: outcome.rowCount ?? rows.length };
			} catch (error) {
				if (error instanceof LockWait) {
					transaction.rollbackTo(savepoint);
					yield 'wait';
				} else if (error instanceof StatementRestart) transaction.rollbackTo(savepoint);
				else throw error;
			}
		}
	}

	#take(compiled: CompiledStatement, outcome: QueryOutcome, into: Into | null): void {
		const interpreter = this.#interpreter;
		const { frame } = interpreter;
		interpreter.rowCount = into === null ? outcome.count : compiled.command === 'SELECT' ? Math.min(outcome.rows.length, 1) : outcome.count;
		if (compiled.kind === 'query') frame.found = outcome.count > 0;
		if (into === null) return;
		const { rows } = outcome;
		if (into.strict && rows.length === 0) throw sqlError('P0002', 'query returned no rows');
		if (rows.length > 1 && (into.strict || compiled.command !== 'SELECT'))
			throw sqlError('P0003', 'query returned more than one row', { hint: 'Make sure the query returns a single row, or use LIMIT 1.' });
		interpreter.assignRow(into.targets, rows[0] ?? null, compiled.columns as readonly RowShape[]);
	}
}

class Discarded implements RowSink {
	readonly writers: readonly ((value: unknown) => void)[];

	constructor(columnCount: number) {
		this.writers = Array.from({ length: columnCount }, () => () => {});
	}

	begin(): void {}

	end(): boolean {
		return true;
	}
}

function isReadingUtility({ command }: CompiledUtility): boolean {
	return command === 'EXPLAIN' || command === 'SHOW' || command === 'FETCH' || command === 'MOVE' || command === 'CLOSE CURSOR';
}

/** A statement that was put together, with the values of USING as its parameters. */
export function compileDynamic(session: Interpreter['session'], text: string, oids: readonly number[], isCursor = false): CompiledStatement {
	return { key: session.planKey, records: [], ...compileStatement(session, text, null, null, oids, isCursor) } as CompiledStatement;
}

/** An error that left a statement inside: the text is named, unless the error told a place in it, which its caller cannot use. */
export function within(error: unknown, line: string): unknown {
	if (!(error instanceof PolylogError) || error.sqlstate === undefined) return error;
	if (error.position === undefined || error.position === 0) error.where = joined(error.where, line);
	else error.position = undefined;
	return error;
}
