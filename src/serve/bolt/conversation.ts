/**
 * A client whose version is known: takes its requests in order and answers them. Whatever can be answered at once is answered in the
 * turn in which the request came; when something must be waited for (a commit, a lock, a bookmark, the client to read on), `busy` is
 * set and requests are left unread until it is done.
 *
 * States: 'connected' (HELLO wanted) → 'unauthenticated' (5.1 on: LOGON wanted) → 'ready' → 'streaming' (results of a query without
 * transaction) → 'ready'; BEGIN → 'in transaction' → COMMIT, ROLLBACK → 'ready'. A failure leads to 'failed', in which everything is
 * ignored up to a RESET. A RESET that arrives behind others interrupts what runs, and they are ignored up to it.
 *
 * Invariants: (1) at most one thing is awaited at a time; (2) while `busy`, no request is dispatched; (3) every request but GOODBYE gets
 * exactly one SUCCESS, FAILURE or IGNORED, in order; (4) a transaction is rolled back before the failure in it is told.
 *
 * Source: the Bolt specification, "Server state", versions 4.4 to 5.8.
 */

import type { ByteTarget } from '../buffer-pool.ts';
import type { BoltSession, BoltTransactionOptions } from './host.ts';
import { type ClientAddress, logIn } from './login.ts';
import { FramingError, type MessageReader } from './message-reader.ts';
import * as messages from './messages.ts';
import type { OutputBuffer } from './output-buffer.ts';
import { Packer } from './packer.ts';
import { bookmarkOf, lastOffset, optionalText, readPull, readTransactionRequest, type TransactionRequest } from './request-metadata.ts';
import { ResultStream } from './result-stream.ts';
import { routingTable } from './routing.ts';
import type { ServerState } from './server.ts';
import { BOOKMARK_TIMEOUT, failureOf, REQUEST_INVALID, RequestError } from './status-codes.ts';
import { Unpacker } from './unpacker.ts';
import { atLeast, type BoltVersion } from './versions.ts';

/** The connection below a conversation. */
export interface Transport extends ByteTarget, ClientAddress {
	readonly id: string;
	readonly remoteAddress: string;
	readonly remotePort: number;
	/** Reads on, after something awaited is done. */
	proceed(): void;
	/** Sends what was written and hangs up. */
	hangUp(): void;
	/** The client has logged in, or out. */
	authenticated(isIn: boolean): void;
	readonly closed: boolean;
}

type State = 'connected' | 'unauthenticated' | 'ready' | 'streaming' | 'in transaction' | 'failed';

/** Where a request is allowed. */
const ALLOWED: ReadonlyMap<number, readonly State[]> = new Map<number, readonly State[]>([
	[messages.HELLO, ['connected']],
	[messages.LOGON, ['unauthenticated']],
	[messages.LOGOFF, ['ready']],
	[messages.RUN, ['ready', 'in transaction']],
	[messages.BEGIN, ['ready']],
	[messages.COMMIT, ['in transaction']],
	[messages.ROLLBACK, ['in transaction']],
	[messages.PULL, ['streaming', 'in transaction']],
	[messages.DISCARD, ['streaming', 'in transaction']],
	[messages.ROUTE, ['ready']],
	[messages.TELEMETRY, ['ready', 'streaming', 'in transaction']],
]);

export class Conversation {
	busy: boolean;
	readonly version: BoltVersion;
	readonly #server: ServerState;
	readonly #out: OutputBuffer;
	readonly #reader: MessageReader;
	readonly #transport: Transport;
	readonly #packer: Packer;
	readonly #unpacker: Unpacker;
	#state: State;
	#user: string;
	#agent: string;
	/** What the client says of the address that it connected to. */
	#routing: ReadonlyMap<string, unknown> | null;
	#session: BoltSession | null;
	/** Of the open transaction, or of the query without one. */
	#options: BoltTransactionOptions | null;
	/** Open results by number. */
	readonly #streams: Map<number, ResultStream>;
	#nextQid: number;
	/** A RESET has been seen behind what runs. */
	#isInterrupted: boolean;
	/** Ends a wait of this side's own in vain: for the client to read, or for a bookmark. */
	#giveUpWait: (() => void) | null;
	#onDrained: (() => void) | null;

	constructor(server: ServerState, version: BoltVersion, out: OutputBuffer, reader: MessageReader, transport: Transport) {
		this.busy = false;
		this.version = version;
		this.#server = server;
		this.#out = out;
		this.#reader = reader;
		this.#transport = transport;
		this.#packer = new Packer(out);
		this.#unpacker = new Unpacker();
		this.#packer.hasElementIds = atLeast(version, 5, 0);
		this.#setUtc(atLeast(version, 5, 0));
		this.#state = 'connected';
		this.#user = '';
		this.#agent = '';
		this.#routing = null;
		this.#session = null;
		this.#options = null;
		this.#streams = new Map();
		this.#nextQid = 0;
		this.#isInterrupted = false;
		this.#giveUpWait = null;
		this.#onDrained = null;
	}

	/** Answers the reader's current message. Throws FramingError when the connection must end. */
	dispatch(): void {
		const unpacker = this.#unpacker;
		const { body, at, bodyEnd } = this.#reader;
		const tag = unpacker.begin(body, at, bodyEnd);
		const fieldCount = body[at]! & 0x0f;
		if (tag === messages.GOODBYE) this.#transport.hangUp();
		else if (tag === messages.RESET) this.#reset();
		else if (this.#isInterrupted || this.#state === 'failed') messages.writeIgnored(this.#out);
		else this.#request(tag, fieldCount);
	}

	/** A RESET has arrived behind what is being done: it ends now. */
	interrupt(): void {
		if (this.#isInterrupted) return;
		this.#isInterrupted = true;
		this.#session?.cancel();
		this.#giveUpWait?.();
	}

	drained(): void {
		const callback = this.#onDrained;
		this.#onDrained = null;
		callback?.();
	}

	/** Tells the client why it is thrown out. */
	refuse(error: unknown): void {
		this.#out.undo();
		messages.writeFailure(this.#out, this.#packer, this.version, failureOf(error));
	}

	/** The client is gone. */
	closed(): void {
		this.#streams.clear();
		this.#onDrained = null;
		this.#giveUpWait?.();
		this.#giveUpWait = null;
		this.#closeSession();
	}

	#request(tag: number, fieldCount: number): void {
		const allowed = ALLOWED.get(tag);
		if (allowed === undefined) throw new FramingError(`no request has tag ${tag.toString(16)}`);
		try {
			if (!allowed.includes(this.#state)) {
				throw new RequestError(REQUEST_INVALID, `${messages.requestName(tag)} is not allowed here (state: ${this.#state})`);
			}
			this.#answer(tag, fieldCount);
		} catch (error) {
			if (error instanceof FramingError) throw error;
			this.#fail(error);
		}
	}

	#answer(tag: number, fieldCount: number): void {
		switch (tag) {
			case messages.HELLO:
				this.#hello(this.#onlyMap(fieldCount));
				return;
			case messages.LOGON:
				this.#logOn(this.#onlyMap(fieldCount));
				return;
			case messages.LOGOFF:
				this.#noFields(fieldCount);
				this.#closeSession();
				this.#state = 'unauthenticated';
				this.#transport.authenticated(false);
				this.#success();
				return;
			case messages.RUN:
				this.#run(fieldCount);
				return;
			case messages.BEGIN:
				this.#begin(this.#onlyMap(fieldCount));
				return;
			case messages.COMMIT:
			case messages.ROLLBACK:
				this.#noFields(fieldCount);
				this.#endTransaction(tag === messages.COMMIT);
				return;
			case messages.PULL:
			case messages.DISCARD:
				this.#pull(this.#onlyMap(fieldCount), tag === messages.DISCARD);
				return;
			case messages.ROUTE:
				this.#route(fieldCount);
				return;
			default:
				this.#telemetry(fieldCount);
		}
	}

	#hello(metadata: ReadonlyMap<string, unknown>): void {
		this.#agent = optionalText(metadata, 'user_agent');
		const routing = metadata.get('routing');
		this.#routing = routing instanceof Map ? routing : null;
		const answer = new Map<string, unknown>([
			['server', this.#server.agent],
			['connection_id', this.#transport.id],
		]);
		if (!atLeast(this.version, 5, 0)) {
			const patches = metadata.get('patch_bolt');
			if (Array.isArray(patches) && patches.includes('utc')) {
				this.#setUtc(true);
				answer.set('patch_bolt', ['utc']);
			}
		}
		if (atLeast(this.version, 5, 1)) this.#state = 'unauthenticated';
		else this.#openSession(metadata);
		answer.set('hints', new Map());
		messages.writeSuccess(this.#out, this.#packer, answer);
	}

	#logOn(token: ReadonlyMap<string, unknown>): void {
		this.#openSession(token);
		this.#success();
	}

	#openSession(token: ReadonlyMap<string, unknown>): void {
		const transport = this.#transport;
		this.#user = logIn(this.#server, transport, token);
		this.#session = this.#server.host.connect({
			user: this.#user,
			address: transport.remoteAddress,
			port: transport.remotePort,
			applicationName: this.#agent,
		});
		this.#session.onTerminate = (reason) => {
			this.refuse(reason);
			transport.hangUp();
		};
		this.#state = 'ready';
		transport.authenticated(true);
	}

	#begin(metadata: ReadonlyMap<string, unknown>): void {
		const request = this.#transaction(metadata);
		this.#afterBookmark(request, () => {
			this.#options = request;
			this.#settle(this.#session!.begin(request), () => {
				this.#state = 'in transaction';
				this.#success(atLeast(this.version, 5, 8) ? new Map([['db', request.database]]) : undefined);
			});
		});
	}

	#run(fieldCount: number): void {
		const unpacker = this.#unpacker;
		if (fieldCount !== 3) throw new FramingError('RUN must have 3 fields');
		const text = unpacker.text();
		const parameters = unpacker.map();
		const metadata = unpacker.map();
		unpacker.expectEnd();
		const startMs = this.#nowMs();
		if (this.#state === 'in transaction') {
			this.#start(text, parameters, this.#options!, startMs);
			return;
		}
		const request = this.#transaction(metadata);
		this.#afterBookmark(request, () => {
			this.#options = request;
			this.#start(text, parameters, request, startMs);
		});
	}

	#start(text: string, parameters: ReadonlyMap<string, unknown>, options: BoltTransactionOptions, startMs: number): void {
		const result = this.#session!.run(text, parameters, options);
		const qid = this.#nextQid++;
		this.#streams.set(qid, new ResultStream(result, this.#out, this.#packer, this.#transport, startMs));
		const answer = new Map<string, unknown>([
			['fields', result.fields],
			['t_first', Math.round(this.#nowMs() - startMs)],
		]);
		if (this.#state === 'in transaction') answer.set('qid', qid);
		else {
			this.#state = 'streaming';
			if (atLeast(this.version, 5, 8)) answer.set('db', options.database);
		}
		this.#success(answer);
	}

	#pull(metadata: ReadonlyMap<string, unknown>, isDiscarding: boolean): void {
		const { count, qid } = readPull(metadata);
		const number = qid === -1 ? this.#nextQid - 1 : qid;
		const stream = this.#streams.get(number);
		if (stream === undefined) throw new RequestError(REQUEST_INVALID, `there is no open result ${qid}`);
		stream.encoder.start(count, isDiscarding);
		if (isDiscarding && count === Number.POSITIVE_INFINITY && !stream.result.writes) {
			this.#settle(stream.result.close(), () => this.#ended(number, stream, stream.unfinished()));
		} else this.#step(number, stream);
	}

	#step(qid: number, stream: ResultStream): void {
		this.#settle(stream.result.run(stream.encoder), (outcome) => {
			if (outcome !== 'suspended') this.#ended(qid, stream, stream.finished(outcome, this.version));
			else if (stream.encoder.refusal === 'limit') this.#success(new Map([['has_more', true]]));
			else
				this.#whenDrained(() => {
					stream.encoder.proceed();
					this.#step(qid, stream);
				});
		});
	}

	#ended(qid: number, stream: ResultStream, metadata: Map<string, unknown>): void {
		this.#streams.delete(qid);
		metadata.set('t_last', Math.round(this.#nowMs() - stream.startMs));
		metadata.set('db', this.#options!.database);
		if (this.#state === 'streaming') {
			this.#state = 'ready';
			metadata.set('bookmark', bookmarkOf(this.#server.host.visibleOffset));
		}
		this.#success(metadata);
	}

	#endTransaction(commits: boolean): void {
		const session = this.#session!;
		if (commits && [...this.#streams.values()].some((stream) => stream.result.writes)) {
			throw new RequestError(REQUEST_INVALID, 'a result that changes something must be pulled or discarded before COMMIT');
		}
		this.#settle(this.#closeStreams(), () =>
			this.#settle(commits ? session.commit() : session.rollback(), () => {
				this.#state = 'ready';
				this.#success(commits ? new Map([['bookmark', bookmarkOf(this.#server.host.visibleOffset)]]) : undefined);
			}),
		);
	}

	#route(fieldCount: number): void {
		const unpacker = this.#unpacker;
		if (fieldCount !== 3) throw new FramingError('ROUTE must have 3 fields');
		const context = unpacker.map();
		const afterOffset = lastOffset(unpacker.value());
		const database = unpacker.map();
		unpacker.expectEnd();
		const request = { ...readTransactionRequest(database, this.#user), afterOffset };
		const name = this.#server.host.databaseName(request.database);
		this.#afterBookmark(request, () => {
			this.#success(new Map([['rt', routingTable(name, this.#server.address(context, this.#routing))]]));
		});
	}

	/** Which calls of its own API a driver uses: told to nobody. */
	#telemetry(fieldCount: number): void {
		if (fieldCount !== 1 || !atLeast(this.version, 5, 4)) throw new FramingError('TELEMETRY must have 1 field');
		const api = this.#unpacker.value();
		this.#unpacker.expectEnd();
		if (typeof api !== 'number' || !Number.isInteger(api)) throw new RequestError(REQUEST_INVALID, 'TELEMETRY must be a number');
		this.#success();
	}

	/** Gives up everything that is open, also a failure. */
	#reset(): void {
		if (this.#state === 'connected' || this.#state === 'unauthenticated') {
			throw new FramingError('RESET is not allowed before a login');
		}
		if (this.#reader.resetCount === 0) this.#isInterrupted = false;
		this.#giveUp(() => {
			this.#state = 'ready';
			this.#success();
		});
	}

	/** The answer to what went wrong; the transaction ends first. */
	#fail(error: unknown): void {
		this.#out.undo();
		const wasIn = this.#state;
		if (wasIn === 'connected' || wasIn === 'unauthenticated') {
			this.refuse(error);
			this.#transport.hangUp();
			return;
		}
		const failure = failureOf(error);
		this.#giveUp(() => {
			this.#state = 'failed';
			if (this.#isInterrupted) messages.writeIgnored(this.#out);
			else messages.writeFailure(this.#out, this.#packer, this.version, failure);
		});
	}

	/** Ends results and transaction. What goes wrong with that is told to the operator: to the client they are gone anyhow. */
	#giveUp(then: () => void): void {
		const done = (error: unknown): void => {
			if (error !== null) this.#server.host.report(error instanceof Error ? (error.stack ?? error.message) : String(error));
			then();
		};
		let outcome: void | Promise<void>;
		try {
			this.#streams.clear();
			outcome = this.#session!.reset();
		} catch (error) {
			done(error);
			return;
		}
		if (outcome === undefined) {
			done(null);
			return;
		}
		this.busy = true;
		outcome.then(
			() => this.#resume(() => done(null)),
			(error: unknown) => this.#resume(() => done(error)),
		);
	}

	#closeStreams(): void | Promise<void> {
		const waits = [...this.#streams.values()].map((stream) => stream.result.close()).filter((wait) => wait !== undefined);
		this.#streams.clear();
		if (waits.length > 0) return Promise.all(waits).then(() => undefined);
	}

	/** Calls `then` when the offset of the request's bookmarks is visible. */
	#afterBookmark(request: TransactionRequest, then: () => void): void {
		const { host, bookmarkTimeoutMs } = this.#server;
		const wait = request.afterOffset === 0 ? undefined : host.whenVisible(request.afterOffset);
		if (wait === undefined) {
			then();
			return;
		}
		const timeoutMs = request.timeoutMs > 0 ? Math.min(request.timeoutMs, bookmarkTimeoutMs) : bookmarkTimeoutMs;
		let isOver = false;
		const over = (go: () => void): void => {
			if (isOver) return;
			isOver = true;
			cancelTimer();
			wait.cancel();
			this.#giveUpWait = null;
			this.#resume(go);
		};
		const inVain = (): void => {
			this.#fail(new RequestError(BOOKMARK_TIMEOUT, `the database has not reached the bookmark ${bookmarkOf(request.afterOffset)} within ${timeoutMs} ms`));
		};
		const cancelTimer = host.platform.timers.after(timeoutMs, () => over(inVain));
		this.busy = true;
		this.#giveUpWait = () => over(inVain);
		wait.reached.then(
			() => over(() => this.#attempt(then)),
			(error: unknown) => over(() => this.#fail(error)),
		);
	}

	/** Calls back when the client has read enough of what waits; in a later turn of the event loop, so that others get theirs. */
	#whenDrained(callback: () => void): void {
		const transport = this.#transport;
		this.busy = true;
		this.#out.flush(transport);
		let isOver = false;
		const over = (go: () => void): void => {
			if (isOver) return;
			isOver = true;
			this.#giveUpWait = null;
			this.#onDrained = null;
			this.#resume(() => this.#attempt(go));
		};
		// Interrupted: whoever sent a RESET reads its answer behind all that was sent before.
		this.#giveUpWait = () => over(() => this.#fail(null));
		if (this.#server.isFull(transport)) this.#onDrained = () => over(callback);
		else this.#server.host.platform.timers.soon(() => over(callback));
	}

	/** Calls `then` with the outcome, at once or when the promise has settled. Nothing is read meanwhile. */
	#settle<T>(outcome: T | Promise<T>, then: (value: T) => void): void {
		if (!(outcome instanceof Promise)) {
			then(outcome);
			return;
		}
		this.busy = true;
		outcome.then(
			(value) => this.#resume(() => this.#attempt(() => then(value))),
			(error: unknown) => this.#resume(() => this.#fail(error)),
		);
	}

	/** What goes wrong in `go` is the request's failure. */
	#attempt(go: () => void): void {
		try {
			if (this.#isInterrupted) this.#fail(null);
			else go();
		} catch (error) {
			if (error instanceof FramingError) throw error;
			this.#fail(error);
		}
	}

	#resume(go: () => void): void {
		if (this.#transport.closed) return;
		this.busy = false;
		try {
			go();
		} catch (error) {
			this.refuse(error);
			this.#transport.hangUp();
			return;
		}
		this.#transport.proceed();
	}

	#transaction(metadata: ReadonlyMap<string, unknown>): TransactionRequest {
		const request = readTransactionRequest(metadata, this.#user);
		return { ...request, database: this.#server.host.databaseName(request.database) };
	}

	#success(metadata?: ReadonlyMap<string, unknown>): void {
		messages.writeSuccess(this.#out, this.#packer, metadata);
		// With a result open it is not idle: what runs next is part of the same statement, and must be found when it is cancelled.
		if ((this.#state === 'ready' || this.#state === 'in transaction') && this.#streams.size === 0) this.#session?.idle();
	}

	#onlyMap(fieldCount: number): ReadonlyMap<string, unknown> {
		if (fieldCount !== 1) throw new FramingError('a request must have 1 field');
		const map = this.#unpacker.map();
		this.#unpacker.expectEnd();
		return map;
	}

	#noFields(fieldCount: number): void {
		if (fieldCount !== 0) throw new FramingError('a request must have no fields');
		this.#unpacker.expectEnd();
	}

	#closeSession(): void {
		const session = this.#session;
		this.#session = null;
		if (session === null) return;
		session.onTerminate = null;
		if (this.busy) session.cancel();
		session.close();
	}

	#setUtc(utc: boolean): void {
		this.#packer.utc = utc;
		this.#unpacker.utc = utc;
	}

	#nowMs(): number {
		return this.#server.host.platform.clock.monotonicMs();
	}
}
