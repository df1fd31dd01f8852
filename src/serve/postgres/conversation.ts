/**
 * A logged-in client: takes its messages in order and answers them. Whatever can be answered at once is answered in the turn
 * in which the message came; when a statement must wait (for its commit to become durable, for a lock, for the client to read
 * on), `busy` is set and messages are left unread until it is done, so that answers keep the order of the questions.
 *
 * Invariants: (1) at most one thing is awaited at a time; (2) while `busy`, no message is dispatched; (3) notices and settings
 * that change in the middle of a row wait until the row is whole.
 */
import type { Notice, Portal, Session, StatementResult } from '../../database/contracts.ts';
import { sqlError } from '../../platform/errors.ts';
import type { Timers } from '../../platform/platform.ts';
import type { ByteTarget } from '../buffer-pool.ts';
import { CopyTransfer } from './copy-transfer.ts';
import { ExtendedQuery } from './extended-query.ts';
import { FramingError, type MessageReader } from './message-reader.ts';
import {
	BIND,
	CLOSE,
	COPY_DATA,
	COPY_DONE,
	COPY_FAIL,
	DESCRIBE,
	EXECUTE,
	FLUSH,
	FUNCTION_CALL,
	PARSE,
	QUERY,
	SYNC,
	TERMINATE,
	writeNotification,
	writeParameterStatus,
	writeReady,
} from './messages.ts';
import type { OutputBuffer } from './output-buffer.ts';
import { type RowEncoder, WAITING_BYTES_MAX } from './row-encoder.ts';
import { SimpleQuery } from './simple-query.ts';
import { writeError, writeNotice } from './sqlstates.ts';

/** The connection below a conversation. */
export interface Transport extends ByteTarget {
	/** Reads on, after something awaited is done. */
	proceed(): void;
	/** Says goodbye and hangs up; `error` is sent as FATAL when given. */
	hangUp(error: unknown): void;
	readonly closed: boolean;
}

export class Conversation {
	readonly session: Session;
	readonly out: OutputBuffer;
	readonly reader: MessageReader;
	readonly transport: Transport;
	busy: boolean;
	/** The client was promised, or wants, what is written so far, though the answer goes on. */
	urgent: boolean;
	readonly #timers: Timers;
	readonly #simple: SimpleQuery;
	readonly #extended: ExtendedQuery;
	readonly #copy: CopyTransfer;
	readonly #changedParameters = new Map<string, string>();
	readonly #waitingNotices: Notice[] = [];
	#onDrained: (() => void) | null = null;

	constructor(session: Session, out: OutputBuffer, reader: MessageReader, transport: Transport, timers: Timers) {
		this.session = session;
		this.out = out;
		this.reader = reader;
		this.transport = transport;
		this.busy = false;
		this.urgent = false;
		this.#timers = timers;
		this.#copy = new CopyTransfer(this);
		this.#simple = new SimpleQuery(this, this.#copy);
		this.#extended = new ExtendedQuery(this, this.#copy);
		this.#listen();
	}

	/** Answers the reader's current message. Throws only what ends the connection. */
	dispatch(): void {
		const type = this.reader.type;
		if (this.#copy.receiving) {
			this.#copy.message(type);
			return;
		}
		if (this.#extended.skipping && type !== SYNC && type !== TERMINATE) return;
		switch (type) {
			case BIND:
			case EXECUTE:
			case PARSE:
			case DESCRIBE:
			case CLOSE:
			case SYNC:
				this.#extended.message(type);
				return;
			case QUERY:
				this.#extended.dropUnnamed();
				this.#simple.start();
				return;
			case FLUSH:
				this.urgent = true;
				return;
			case COPY_DATA:
			case COPY_DONE:
			case COPY_FAIL:
				// Pieces of a COPY that failed are passed over.
				return;
			case FUNCTION_CALL:
				this.#refuseFunctionCall();
				return;
			case TERMINATE:
				this.transport.hangUp(null);
				return;
			default:
				throw new FramingError(`invalid frontend message type ${type}`);
		}
	}

	/** ReadyForQuery, with what a client must know before it. */
	ready(): void {
		this.#sendWaiting();
		for (const [name, value] of this.#changedParameters) writeParameterStatus(this.out, name, value);
		this.#changedParameters.clear();
		this.session.idle();
		writeReady(this.out, this.session.transactionStatus);
	}

	/** Tells the session and the client of a statement's error; a row begun is taken back. */
	fail(error: unknown): void {
		const out = this.out;
		if (out.messageAt >= 0) out.truncate(out.messageAt - 1);
		this.session.failed(error);
		this.#sendWaiting();
		writeError(out, error);
	}

	/** Calls `then` with the outcome, at once or when the promise has settled. Nothing is read meanwhile. */
	settle<T>(outcome: T | Promise<T>, then: (value: T) => void, failed: (error: unknown) => void): void {
		if (!(outcome instanceof Promise)) {
			then(outcome);
			return;
		}
		this.busy = true;
		outcome.then(
			(value) => this.#resume(() => then(value)),
			(error: unknown) => this.#resume(() => failed(error)),
		);
	}

	/** Runs a portal into the encoder until it is done or has met the row limit. */
	run(portal: Portal, encoder: RowEncoder, rowsMax: number, then: (result: StatementResult | 'suspended') => void, failed: (error: unknown) => void): void {
		encoder.start(rowsMax);
		this.#step(portal, encoder, then, failed);
	}

	/** Calls back when the client has read enough of what waits; in a later turn of the event loop, so that others get theirs. */
	whenDrained(callback: () => void): void {
		this.busy = true;
		this.out.flush(this.transport);
		if (this.transport.writableLength >= WAITING_BYTES_MAX) this.#onDrained = callback;
		else this.#timers.soon(() => this.#resume(callback));
	}

	drained(): void {
		const callback = this.#onDrained;
		this.#onDrained = null;
		if (callback !== null) this.#resume(callback);
	}

	/** The client is gone. */
	closed(): void {
		const session = this.session;
		session.onParameter = null;
		session.onNotice = null;
		session.onNotification = null;
		session.onTerminate = null;
		this.#onDrained = null;
		this.#copy.abandon();
		this.#extended.closeAll();
		if (this.busy) session.terminate();
		session.close();
	}

	#listen(): void {
		const session = this.session;
		session.onParameter = (name, value) => {
			this.#changedParameters.set(name, value);
		};
		session.onNotice = (notice) => {
			if (this.out.messageAt >= 0) this.#waitingNotices.push(notice);
			else writeNotice(this.out, notice);
			this.urgent = true;
		};
		session.onNotification = (processId, channel, payload) => {
			if (this.transport.closed) return;
			writeNotification(this.out, processId, channel, payload);
			if (!this.busy) this.out.flush(this.transport);
		};
		session.onTerminate = (reason) => this.transport.hangUp(reason);
	}

	#sendWaiting(): void {
		if (this.#waitingNotices.length === 0) return;
		for (const notice of this.#waitingNotices) writeNotice(this.out, notice);
		this.#waitingNotices.length = 0;
	}

	#step(portal: Portal, encoder: RowEncoder, then: (result: StatementResult | 'suspended') => void, failed: (error: unknown) => void): void {
		let outcome: ReturnType<Portal['run']>;
		try {
			outcome = portal.run(encoder);
		} catch (error) {
			failed(error);
			return;
		}
		this.settle(
			outcome,
			(result) => {
				if (result !== 'suspended' || encoder.refusal === 'limit') {
					this.#sendWaiting();
					then(result);
					return;
				}
				this.whenDrained(() => {
					encoder.proceed();
					this.#step(portal, encoder, then, failed);
				});
			},
			failed,
		);
	}

	#resume(go: () => void): void {
		if (this.transport.closed) return;
		this.busy = false;
		try {
			go();
		} catch (error) {
			this.transport.hangUp(error);
			return;
		}
		this.transport.proceed();
	}

	#refuseFunctionCall(): void {
		this.fail(sqlError('0A000', 'the function call message is not supported', { hint: 'Call the function by SELECT.' }));
		this.ready();
	}
}
