/**
 * Portals: a statement with its parameters, running. `run` answers at once when the statement ends within the current turn of
 * the event loop, and with a promise when it must wait: for a lock, for its commit to be durable, or because its time slice is
 * over and others want a turn.
 */
import type { GraphCounters } from '../model/graph/contracts.ts';
import { sqlError } from '../platform/errors.ts';
import type { Column } from '../query/algebra/expression.ts';
import type { RowSink } from '../query/executor/contracts.ts';
import type { Portal, StatementResult } from './contracts.ts';
import type { Prepared } from './prepared.ts';
import type { Run } from './run.ts';
import type { DatabaseSession } from './session.ts';

export type PortalResult = StatementResult | 'suspended';

/** A portal over a query: SELECT, INSERT, UPDATE, DELETE, VALUES. */
export class QueryPortal implements Portal {
	readonly statement: Prepared;
	readonly parameters: readonly unknown[];
	readonly #session: DatabaseSession;
	#run: Run | null = null;
	#result: StatementResult | null = null;

	constructor(session: DatabaseSession, statement: Prepared, parameters: readonly unknown[]) {
		this.#session = session;
		this.statement = statement;
		this.parameters = parameters;
	}

	get columns(): readonly Column[] | null {
		return this.statement.columns;
	}

	get writes(): boolean {
		return this.statement.program(this.#session, this.parameters)?.writes ?? false;
	}

	run(sink: RowSink): PortalResult | Promise<PortalResult> {
		if (this.#result !== null) return { ...this.#result, rowCount: 0, tag: tagOf(this.statement.command, 0, 0) };
		const rowsBefore = this.#run?.rows ?? 0;
		if (this.#run === null) this.#run = this.#session.startRun(this.statement, this.parameters, sink);
		else this.#run.resume(sink);
		return this.#advance(this.#run, rowsBefore);
	}

	#advance(run: Run, rowsBefore: number): PortalResult | Promise<PortalResult> {
		const session = this.#session;
		let outcome: ReturnType<Run['advance']>;
		try {
			outcome = run.advance(session.synchronous || session.nested.transaction !== null);
		} catch (error) {
			this.#end(run);
			throw error;
		}
		switch (outcome) {
			case 'done':
				return this.#finish(run, rowsBefore);
			case 'suspended':
				session.suspendRun(run);
				return 'suspended';
			case 'yield':
				session.suspendRun(run);
				return session.nextTurn().then(() => this.#advance(run, rowsBefore));
			case 'wait':
				return session.waitForLockOf(run.transaction).then(
					() => this.#again(run, rowsBefore),
					(error: unknown) => {
						this.#end(run);
						throw error;
					},
				);
		}
	}

	#again(run: Run, rowsBefore: number): PortalResult | Promise<PortalResult> {
		try {
			run.beginAgain();
		} catch (error) {
			this.#end(run);
			throw error;
		}
		return this.#advance(run, rowsBefore);
	}

	#finish(run: Run, rowsBefore: number): PortalResult | Promise<PortalResult> {
		const rows = run.rows - rowsBefore;
		const result: StatementResult = {
			tag: tagOf(this.statement.command, rows, run.changedRows),
			rowCount: this.statement.command === 'SELECT' || this.statement.source !== null ? rows : run.changedRows,
			...(run.counters === undefined ? {} : { counters: run.counters }),
			...(this.statement.mode === undefined ? {} : { plan: this.statement.shownPlan(this.#session, run.operatorRows()) }),
		};
		this.#result = result;
		this.#run = null;
		const wait = this.#session.endRun(run);
		return wait === null ? result : wait.then(() => result);
	}

	#end(run: Run): void {
		this.#run = null;
		this.#session.abandonRun(run);
	}

	close(): void {
		const run = this.#run;
		this.#run = null;
		if (run !== null) this.#session.closeRun(run);
	}
}

/** A portal over a query that is not run, but shows how it would be. */
export class ExplainPortal implements Portal {
	readonly statement: Prepared;
	readonly writes = false;
	readonly #session: DatabaseSession;

	constructor(session: DatabaseSession, statement: Prepared) {
		this.#session = session;
		this.statement = statement;
	}

	get columns(): readonly Column[] | null {
		return this.statement.columns;
	}

	run(): PortalResult {
		return { tag: 'EXPLAIN', rowCount: 0, plan: this.statement.shownPlan(this.#session, null) };
	}

	close(): void {}
}

export function tagOf(command: string, rows: number, changedRows: number): string {
	switch (command) {
		case 'SELECT':
			return `SELECT ${rows}`;
		case 'INSERT':
			return `INSERT 0 ${changedRows}`;
		case 'UPDATE':
		case 'DELETE':
		case 'MERGE':
			return `${command} ${changedRows}`;
		default:
			return command;
	}
}

/** What a utility statement gave. */
export interface UtilityOutcome {
	readonly tag: string;
	/** Result rows (SHOW, EXPLAIN, FETCH, CALL). */
	readonly rows?: Iterable<readonly unknown[]>;
	readonly rowCount?: number;
	/** What was changed, as Neo4j counts it. */
	readonly counters?: GraphCounters;
}

/** A portal over any other statement. Its rows are few and made at once. */
export class UtilityPortal implements Portal {
	readonly statement: Prepared;
	readonly parameters: readonly unknown[];
	readonly #session: DatabaseSession;
	#outcome: UtilityOutcome | null = null;
	#rows: Iterator<readonly unknown[]> | null = null;
	#pending: readonly unknown[] | null = null;
	#shown = 0;

	constructor(session: DatabaseSession, statement: Prepared, parameters: readonly unknown[]) {
		this.#session = session;
		this.statement = statement;
		this.parameters = parameters;
	}

	get columns(): readonly Column[] | null {
		return this.statement.columns;
	}

	get isBinary(): boolean {
		const cursor = this.statement.node?.FetchStmt?.portalname;
		return cursor !== undefined && (this.#session.cursors.get(cursor)?.binary ?? false);
	}

	run(sink: RowSink): PortalResult | Promise<PortalResult> {
		if (this.#outcome !== null) return this.#show(sink);
		const outcome = this.#session.runUtility(this.statement, this.parameters);
		if (!(outcome instanceof Promise)) return this.#done(outcome, sink);
		if (this.#session.synchronous) throw sqlError('0A000', `${this.statement.command} cannot finish synchronously`, { hint: 'Await the statement instead.' });
		return outcome.then((o) => this.#done(o, sink));
	}

	#done(outcome: UtilityOutcome, sink: RowSink): PortalResult {
		this.#outcome = outcome;
		this.#rows = outcome.rows?.[Symbol.iterator]() ?? null;
		return this.#show(sink);
	}

	#show(sink: RowSink): PortalResult {
		const outcome = this.#outcome!;
		for (;;) {
			const next = this.#pending ?? this.#next();
			if (next === null) break;
			this.#pending = null;
			sink.begin();
			for (let i = 0; i < sink.writers.length; i++) sink.writers[i]!(next[i]);
			this.#shown++;
			if (!sink.end()) {
				this.#pending = this.#next();
				if (this.#pending !== null) return 'suspended';
			}
		}
		return { tag: outcome.tag, rowCount: outcome.rowCount ?? this.#shown, ...(outcome.counters === undefined ? {} : { counters: outcome.counters }) };
	}

	#next(): readonly unknown[] | null {
		const next = this.#rows?.next();
		return next === undefined || next.done === true ? null : next.value;
	}

	close(): void {
		this.#rows = null;
	}
}
