/**
 * What may stop a session's running statement or make it wait: cancelling, statement_timeout and lock_timeout, locks of rows
 * and objects, advisory locks, sleeping.
 *
 * A statement looks at `check` between its steps; while it waits it is woken by `cancel` or a timer. Cancelling ends what runs
 * when it is asked for and nothing that begins later.
 *
 * A statement that must wait inside a function (sleep, advisory lock) is undone, waits, and is run again; what such functions
 * gave before is kept, so that in a second attempt each call finds its own sleep slept and its own lock had. The numbers that
 * an undone attempt drew from a sequence are given out again by the next one, in order.
 */
import { sqlError } from '../platform/errors.ts';
import type { Clock, Timers } from '../platform/platform.ts';
import type { OwnedTransaction } from '../transaction/manager.ts';
import { DrawnNumbers } from './sequence-memory.ts';

/** What pg_stat_activity calls that which is waited for; null: nothing. */
export type WaitEvent = 'transactionid' | 'advisory' | 'PgSleep' | null;

interface OtherWait {
	readonly promise: Promise<unknown>;
	readonly event: WaitEvent;
	/** Gives up what was waited for. */
	readonly stop: () => void;
}

export class StatementControl {
	waitEvent: WaitEvent = null;
	readonly #clock: Clock;
	readonly #timers: Timers;
	#deadlineMs = Number.POSITIVE_INFINITY;
	#cancelError: Error | null = null;
	#rejectWait: ((error: Error) => void) | null = null;
	#otherWait: OtherWait | null = null;
	/** What the calls of `once` gave so far, and how many the present attempt has made. */
	#given: unknown[] = [];
	#asked = 0;
	/** By sequence; null until a number is drawn. */
	#numbers: Map<number, DrawnNumbers> | null = null;

	constructor(clock: Clock, timers: Timers) {
		this.#clock = clock;
		this.#timers = timers;
	}

	/** A statement begins; `ms` 0: it may take any time. */
	begin(ms: number): void {
		this.#cancelError = null;
		this.#otherWait = null;
		if (this.#given.length > 0) this.#given = [];
		this.#asked = 0;
		this.#numbers = null;
		this.#deadlineMs = ms === 0 ? Number.POSITIVE_INFINITY : this.#clock.monotonicMs() + ms;
	}

	/** The statement is at its end: its time no longer runs. */
	end(): void {
		this.#deadlineMs = Number.POSITIVE_INFINITY;
	}

	/** Called from inside running statements: throws when they are to stop. */
	check(): void {
		if (this.#cancelError !== null) {
			const error = this.#cancelError;
			this.#cancelError = null;
			throw error;
		}
		if (this.#deadlineMs !== Number.POSITIVE_INFINITY && this.#clock.monotonicMs() > this.#deadlineMs) {
			this.#deadlineMs = Number.POSITIVE_INFINITY;
			throw statementTimeout();
		}
	}

	/** Ends the wait or, at its next look, the statement. */
	cancel(error: Error): void {
		if (this.#rejectWait !== null) this.#rejectWait(error);
		else this.#cancelError = error;
	}

	/** Makes the statement's next wait one for `promise`; `stop` gives it up. */
	waitFor(promise: Promise<unknown>, event: WaitEvent, stop: () => void): void {
		this.#otherWait = { promise, event, stop };
	}

	/** Has an effect once per call of the statement, however often it is undone and run again. */
	once<T>(effect: () => T): T {
		if (this.#asked === this.#given.length) this.#given.push(effect());
		return this.#given[this.#asked++] as T;
	}

	/** The next number of a sequence: one that an undone attempt drew, or else a new one. */
	drawn(sequenceId: number, draw: () => bigint): bigint {
		this.#numbers ??= new Map();
		let of = this.#numbers.get(sequenceId);
		if (of === undefined) this.#numbers.set(sequenceId, (of = new DrawnNumbers()));
		return of.next(draw);
	}

	/** How many calls of `once` the present attempt has made. */
	get effects(): number {
		return this.#asked;
	}

	/** The attempt was undone: the next one begins. Of a statement inside another, `effects` is how many there were before it; it draws new numbers. */
	undone(effects: number | null = null): void {
		this.#asked = effects ?? 0;
		if (effects !== null) return;
		if (this.#numbers !== null) for (const numbers of this.#numbers.values()) numbers.rewind();
	}

	/** True when the statement has this sleep behind it; otherwise it must wait and ask again. */
	sleptFor(seconds: number): boolean {
		if (this.#asked < this.#given.length) return this.once(() => true);
		if (!(seconds > 0)) return true;
		this.#given.push(true);
		let stop = (): void => undefined;
		const slept = new Promise<void>((resolve) => {
			stop = this.#timers.after(seconds * 1000, resolve);
		});
		this.waitFor(slept, 'PgSleep', stop);
		return false;
	}

	/** What the statement that was just undone is to wait for: null when it may run again at once. */
	wait(transaction: OwnedTransaction, lockMs: number): Promise<void> | null {
		const other = this.#otherWait;
		this.#otherWait = null;
		if (other === null) {
			const { waiting } = transaction;
			return waiting === null ? null : this.#waitFor(waiting, 'transactionid', lockMs, (error) => transaction.cancelWait(error));
		}
		let reject: (error: Error) => void = () => undefined;
		const cancelled = new Promise<never>((_, rejectIt) => {
			reject = rejectIt;
		});
		const stop = (error: Error): void => {
			other.stop();
			reject(error);
		};
		return this.#waitFor(Promise.race([other.promise, cancelled]), other.event, other.event === 'PgSleep' ? 0 : lockMs, stop);
	}

	#waitFor(waiting: Promise<unknown>, event: WaitEvent, lockMs: number, stop: (error: Error) => void): Promise<void> {
		const stopTimers: (() => void)[] = [];
		const leftMs = this.#deadlineMs - this.#clock.monotonicMs();
		if (lockMs > 0) stopTimers.push(this.#timers.after(lockMs, () => stop(sqlError('55P03', 'canceling statement due to lock timeout'))));
		if (Number.isFinite(leftMs)) stopTimers.push(this.#timers.after(Math.max(0, leftMs), () => stop(statementTimeout())));
		this.#rejectWait = stop;
		this.waitEvent = event;
		return waiting.then(
			() => this.#waitEnded(stopTimers),
			(error: unknown) => {
				this.#waitEnded(stopTimers);
				throw error;
			},
		);
	}

	#waitEnded(stopTimers: readonly (() => void)[]): void {
		this.#rejectWait = null;
		this.waitEvent = null;
		for (const stop of stopTimers) stop();
	}
}

function statementTimeout(): Error {
	return sqlError('57014', 'canceling statement due to statement timeout');
}
