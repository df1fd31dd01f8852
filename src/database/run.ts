/**
 * One execution of a plan for a session: drives `Execution.step` and decides what its outcomes mean. A statement that changes
 * or locks rows keeps its result rows until it is done, because it may be undone and run again (a lock to wait for, a row
 * changed under read committed); one that only reads streams to the sink.
 *
 * Invariants: (1) a restarted attempt begins from the savepoint taken before the statement, on a new snapshot; (2) rows reach
 * the sink only once nothing can make the statement run again.
 */
import type { GraphCounters } from '../model/graph/contracts.ts';
import { LockWait, StatementRestart } from '../model/table/contracts.ts';
import { sqlError } from '../platform/errors.ts';
import type { Execution, Program, RowSink } from '../query/executor/contracts.ts';
import type { Savepoint } from '../transaction/contracts.ts';
import type { OwnedTransaction } from '../transaction/manager.ts';
import type { RunContext } from './run-context.ts';
import type { DatabaseSession } from './session.ts';

/** Source rows between two looks at the clock: some microseconds each where the statement changes rows. */
const STEP_BUDGET = 4096;
const CHANGING_STEP_BUDGET = 256;
/** How long a statement may hold the thread before others get a turn; when some had one in the last tenth of a second. */
const SLICE_MS = 8;
const SHARED_SLICE_MS = 1;
const SHARED_FOR_MS = 100;
/** Attempts of one statement under read committed before it gives up. */
const RESTARTS_MAX = 1000;

/** What is run: asked again for its program before it is run again. */
export interface RunStatement {
	program(session: DatabaseSession, values: readonly unknown[]): Program | null;
}

export type RunOutcome = 'done' | 'suspended' | 'yield' | 'wait';

/** Keeps rows until they may be shown. */
class KeptRows implements RowSink {
	readonly writers: readonly ((value: unknown) => void)[];
	rows: unknown[][] = [];
	#row: unknown[] = [];

	constructor(columnCount: number) {
		this.writers = Array.from({ length: columnCount }, () => (value: unknown) => {
			this.#row.push(value);
		});
	}

	begin(): void {
		this.#row = [];
	}

	end(): boolean {
		this.rows.push(this.#row);
		return true;
	}
}

/** Counts rows and notes when the sink refuses more. */
class CountingSink implements RowSink {
	readonly writers: readonly ((value: unknown) => void)[];
	target: RowSink;
	rows = 0;
	refused = false;
	/** Changed in place when the target changes: generated code holds on to `writers`. */
	readonly #writers: ((value: unknown) => void)[];

	constructor(target: RowSink) {
		this.target = target;
		this.#writers = [...target.writers];
		this.writers = this.#writers;
	}

	retarget(target: RowSink): void {
		this.target = target;
		target.writers.forEach((writer, i) => {
			this.#writers[i] = writer;
		});
	}

	begin(): void {
		this.target.begin();
	}

	end(): boolean {
		this.rows++;
		if (this.target.end()) return true;
		this.refused = true;
		return false;
	}
}

export class Run {
	/** Made anew when the catalog changed before a new attempt. */
	program: Program;
	readonly context: RunContext;
	readonly transaction: OwnedTransaction;
	readonly #statement: RunStatement | null;
	/** It may be undone and run again. */
	readonly #mayRestart: boolean;
	readonly #kept: KeptRows | null;
	readonly #sink: CountingSink;
	#execution: Execution | null = null;
	#savepoint: Savepoint | null = null;
	#restarts = 0;
	#shown = 0;
	#done = false;
	/** Effects of the statement around it before it began. */
	#effects = 0;
	#measured: ReturnType<NonNullable<Program['operatorRows']>> | null = null;
	changedRows = 0;
	/** What was changed in graphs, at the end. */
	counters: GraphCounters | undefined = undefined;

	constructor(program: Program, context: RunContext, transaction: OwnedTransaction, sink: RowSink, statement: RunStatement | null = null) {
		this.#statement = statement;
		this.program = program;
		this.context = context;
		this.transaction = transaction;
		this.#mayRestart = program.writes || program.locks || program.waits;
		this.#kept = this.#mayRestart && program.columns.length > 0 ? new KeptRows(program.columns.length) : null;
		this.#sink = new CountingSink(sink);
	}

	/** Rows handed to the sink by all runs of the portal. */
	get rows(): number {
		return this.#sink.rows;
	}

	/** Goes on with a sink of the same columns (a portal run again after it was suspended). */
	resume(sink: RowSink): void {
		this.#sink.retarget(sink);
	}

	/** Works until done, refused, out of its time slice, or made to wait for `transaction.waiting`. With `whole`, never yields. */
	advance(whole: boolean): RunOutcome {
		const { session } = this.context;
		const outer = session.running;
		const { engine } = session;
		const before = engine.working;
		engine.working = session;
		// Expressions that are evaluated by themselves are part of the statement around them.
		if (this.#statement !== null) session.running = this.transaction;
		try {
			return this.#advance(whole);
		} finally {
			session.running = outer;
			engine.working = before;
		}
	}

	#advance(whole: boolean): RunOutcome {
		this.#sink.refused = false;
		if (this.#done) return this.#show();
		const started = whole ? 0 : performance.now();
		const sliceMs = this.#isShared(started) ? SHARED_SLICE_MS : SLICE_MS;
		const budget = this.program.writes && !whole ? CHANGING_STEP_BUDGET : STEP_BUDGET;
		for (;;) {
			this.#execution ??= this.#start();
			const outcome = this.#execution.step(budget);
			switch (outcome === 'done' ? this.#finishWork() : outcome) {
				case 'done':
					this.changedRows = this.#execution.changedRows;
					this.#measured = this.program.operatorRows?.(this.#execution) ?? null;
					this.#execution.close();
					this.#execution = null;
					this.#done = true;
					return this.#show();
				case 'more':
					if (this.#sink.refused) return 'suspended';
					if (!whole && performance.now() - started > sliceMs) return 'yield';
					break;
				case 'restart':
					this.#undo();
					if (++this.#restarts > RESTARTS_MAX) throw sqlError('40001', 'could not serialize access due to concurrent update');
					this.beginAgain();
					break;
				case 'blocked':
					this.#undo();
					return 'wait';
			}
		}
	}

	/** Others had a turn a short time ago: more of them may come meanwhile. */
	#isShared(now: number): boolean {
		const { session } = this.context;
		const turn = session.engine.turnOf(session);
		if (turn > session.turn + 1) session.sharedMs = now;
		session.turn = turn;
		return now - session.sharedMs < SHARED_FOR_MS;
	}

	/** Ends what the statement did to graphs: 'done' when it stands. */
	#finishWork(): 'done' | 'blocked' | 'restart' {
		const { session } = this.context;
		const work = this.#mayRestart ? session.graphWork : null;
		if (work === null) return 'done';
		try {
			work.finish();
			this.counters = work.counters;
			return 'done';
		} catch (error) {
			if (error instanceof LockWait) return 'blocked';
			if (error instanceof StatementRestart) return 'restart';
			throw error;
		} finally {
			session.graphWork = null;
		}
	}

	/** A new attempt, on a new snapshot under read committed, by what the statement means then. */
	beginAgain(): void {
		this.transaction.startStatement();
		if (this.#statement !== null) this.program = this.#statement.program(this.context.session, this.context.parameters)!;
	}

	#start(): Execution {
		if (this.#mayRestart) {
			if (this.#kept !== null) this.#kept.rows = [];
			if (this.#savepoint === null) {
				this.#savepoint = this.transaction.savepoint('');
				this.#effects = this.context.session.control.effects;
			}
			this.context.session.graphWork = null;
		}
		return this.program.start(this.context, this.#kept ?? this.#sink);
	}

	#undo(): void {
		this.#execution?.close();
		this.#execution = null;
		if (this.#savepoint !== null) this.transaction.rollbackTo(this.#savepoint);
		const { control, nested } = this.context.session;
		control.undone(nested.transaction === null ? null : this.#effects);
	}

	/** Hands the kept rows on; 'suspended' when the sink has had enough before the last. */
	#show(): RunOutcome {
		if (this.#savepoint !== null) {
			this.transaction.release(this.#savepoint);
			this.#savepoint = null;
		}
		if (this.#kept === null) return 'done';
		const writers = this.#sink.writers;
		while (this.#shown < this.#kept.rows.length) {
			const row = this.#kept.rows[this.#shown++]!;
			this.#sink.begin();
			for (let i = 0; i < writers.length; i++) writers[i]!(row[i]);
			if (!this.#sink.end() && this.#shown < this.#kept.rows.length) return 'suspended';
		}
		return 'done';
	}

	/** Rows and times per operator of an instrumented program that is done. */
	operatorRows(): ReturnType<NonNullable<Program['operatorRows']>> | null {
		return this.#measured;
	}

	close(): void {
		this.#execution?.close();
		this.#execution = null;
	}
}
