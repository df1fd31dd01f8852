/**
 * A session of the database as the Bolt server sees it: Cypher in the portals that SQL has, transactions by the same statements.
 *
 * A limit of time is the transaction's: when it is over, what runs is cancelled, an idle transaction is rolled back, and the next request
 * is told. What a client says about its transaction stands behind the text in `pg_stat_activity`.
 */

import type { LanguageSession, Portal, StatementResult } from '../../database/contracts.ts';
import type { Language } from '../../database/language.ts';
import type { GraphCounters } from '../../model/graph/contracts.ts';
import { cypherError } from '../../platform/cypher-errors.ts';
import { sqlError } from '../../platform/errors.ts';
import type { Timers } from '../../platform/platform.ts';
import type { RowSink } from '../../query/executor/contracts.ts';
import type { BoltResult, BoltSession, BoltSummary, BoltTransactionOptions } from './host.ts';

/** What is run for its effect alone: BEGIN, COMMIT, ROLLBACK. */
const NO_ROWS: RowSink = { begin: () => undefined, writers: [], end: () => true };

export class DatabaseBoltSession implements BoltSession {
	onTerminate: ((reason: unknown) => void) | null;
	readonly #session: LanguageSession;
	readonly #language: Language;
	readonly #timers: Timers;
	/** Graph of a database's name, as the language wants it. */
	readonly #target: (database: string) => string;
	readonly #open: Set<DatabaseBoltResult>;
	#stopTimer: (() => void) | null;
	#hasTimedOut: boolean;

	constructor(session: LanguageSession, language: Language, timers: Timers, target: (database: string) => string) {
		this.onTerminate = null;
		this.#session = session;
		this.#language = language;
		this.#timers = timers;
		this.#target = target;
		this.#open = new Set();
		this.#stopTimer = null;
		this.#hasTimedOut = false;
		session.onTerminate = (reason) => this.onTerminate?.(reason);
	}

	begin(options: BoltTransactionOptions): void | Promise<void> {
		this.#startTimer(options.timeoutMs);
		return this.#control(options.mode === 'read' ? 'BEGIN READ ONLY' : 'BEGIN');
	}

	commit(): void | Promise<void> {
		this.checkTime();
		this.#endTimer();
		return this.#control('COMMIT');
	}

	rollback(): void | Promise<void> {
		this.#endTimer();
		return this.#control('ROLLBACK');
	}

	run(text: string, parameters: ReadonlyMap<string, unknown>, options: BoltTransactionOptions): BoltResult {
		this.checkTime();
		const session = this.#session;
		const isAlone = session.transactionStatus === 'idle';
		if (isAlone) this.#startTimer(options.timeoutMs);
		try {
			const statement = session.prepareLanguage(this.#language, this.#target(options.database), text);
			const portal = session.bindNamed(statement, parameters);
			if (options.metadata.size > 0) session.annotate(noteOf(options.metadata));
			if (isAlone && options.mode === 'read' && portal.writes === true) throw cypherError('AccessMode', 'Writing in read access mode not allowed.');
			const result = new DatabaseBoltResult(this, portal, isAlone);
			this.#open.add(result);
			return result;
		} catch (error) {
			this.failed(error);
			throw this.#hasTimedOut ? outOfTime() : error;
		}
	}

	reset(): void | Promise<void> {
		this.#endTimer();
		this.#hasTimedOut = false;
		this.#closeResults();
		if (this.#session.transactionStatus !== 'idle') return this.#control('ROLLBACK');
	}

	cancel(): void {
		this.#session.cancel();
	}

	idle(): void {
		this.#session.idle();
	}

	close(): void {
		this.#endTimer();
		this.#closeResults();
		this.#session.onTerminate = null;
		this.#session.close();
	}

	/** The statement failed: the session is told, and an error that comes of the limit of time says so. */
	failed(error: unknown): unknown {
		this.#session.failed(error);
		return this.#hasTimedOut ? outOfTime() : error;
	}

	/** A result is at its end. */
	ended(result: DatabaseBoltResult, isAlone: boolean): void {
		this.#open.delete(result);
		if (isAlone) this.#endTimer();
	}

	checkTime(): void {
		if (this.#hasTimedOut) throw outOfTime();
	}

	#control(text: string): void | Promise<void> {
		const session = this.#session;
		const told = (result: StatementResult | 'suspended'): void => {
			// A COMMIT of what has failed is a rollback.
			if (text === 'COMMIT' && result !== 'suspended' && result.tag === 'ROLLBACK') {
				throw sqlError('25P02', 'the transaction has failed and was rolled back');
			}
		};
		try {
			const outcome = session.bind(session.prepare(text, []), []).run(NO_ROWS);
			if (outcome instanceof Promise) {
				return outcome.then(told, (error: unknown) => {
					throw this.failed(error);
				});
			}
			told(outcome);
		} catch (error) {
			throw this.failed(error);
		}
	}

	#startTimer(timeoutMs: number): void {
		this.#endTimer();
		this.#hasTimedOut = false;
		if (timeoutMs > 0) this.#stopTimer = this.#timers.after(timeoutMs, () => this.#timeIsOver());
	}

	#timeIsOver(): void {
		this.#stopTimer = null;
		this.#hasTimedOut = true;
		this.#session.cancel();
		// Nothing runs: what it holds is given back at once, not when the client comes again.
		if (![...this.#open].some((result) => result.isRunning)) {
			this.#closeResults();
			this.#session.failed(outOfTime());
		}
	}

	#endTimer(): void {
		this.#stopTimer?.();
		this.#stopTimer = null;
	}

	#closeResults(): void {
		const open = [...this.#open];
		this.#open.clear();
		for (const result of open) result.close();
	}
}

class DatabaseBoltResult implements BoltResult {
	readonly fields: readonly string[];
	readonly writes: boolean;
	isRunning: boolean;
	readonly #session: DatabaseBoltSession;
	readonly #portal: Portal;
	readonly #isAlone: boolean;

	constructor(session: DatabaseBoltSession, portal: Portal, isAlone: boolean) {
		this.fields = portal.columns?.map((column) => column.name) ?? [];
		this.writes = portal.writes ?? true;
		this.isRunning = false;
		this.#session = session;
		this.#portal = portal;
		this.#isAlone = isAlone;
	}

	run(sink: RowSink): BoltSummary | 'suspended' | Promise<BoltSummary | 'suspended'> {
		this.#session.checkTime();
		this.isRunning = true;
		let outcome: ReturnType<Portal['run']>;
		try {
			outcome = this.#portal.run(sink);
		} catch (error) {
			throw this.#failed(error);
		}
		if (!(outcome instanceof Promise)) return this.#done(outcome);
		return outcome.then(
			(result) => this.#done(result),
			(error: unknown) => {
				throw this.#failed(error);
			},
		);
	}

	close(): void {
		this.#session.ended(this, this.#isAlone);
		this.#portal.close();
	}

	#failed(error: unknown): unknown {
		this.isRunning = false;
		this.#session.ended(this, this.#isAlone);
		return this.#session.failed(error);
	}

	#done(result: StatementResult | 'suspended'): BoltSummary | 'suspended' {
		this.isRunning = false;
		if (result === 'suspended') return result;
		this.#session.ended(this, this.#isAlone);
		const counters: GraphCounters = result.counters ?? {};
		const { root = null, isMeasured = false } = result.plan ?? {};
		return {
			type: queryType(counters, this.writes, this.fields.length > 0),
			counters,
			plan: isMeasured ? null : root,
			profile: isMeasured ? root : null,
		};
	}
}

/** s: changed the schema; w, rw: may have changed the graph, without or with a result; r: only read. */
function queryType(counters: GraphCounters, writes: boolean, hasFields: boolean): BoltSummary['type'] {
	const { indexesAdded, indexesRemoved, constraintsAdded, constraintsRemoved } = counters;
	if ((indexesAdded ?? indexesRemoved ?? constraintsAdded ?? constraintsRemoved) !== undefined) return 's';
	if (!writes) return 'r';
	return hasFields ? 'rw' : 'w';
}

/** What a client says about its transaction, as a comment; values that JSON does not have are shown as their text. */
function noteOf(metadata: ReadonlyMap<string, unknown>): string {
	const plain = (_key: string, value: unknown): unknown =>
		value instanceof Map ? Object.fromEntries(value) : typeof value === 'bigint' ? String(value) : value;
	return `/* ${JSON.stringify(metadata, plain).replaceAll('*/', '* /')} */`;
}

function outOfTime(): Error {
	return sqlError('25P04', 'the transaction has lasted longer than the time that it was given', { hint: 'Give it a longer timeout, or make it shorter.' });
}
