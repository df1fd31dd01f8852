/**
 * The embedded face of a database: what `open` resolves with.
 */
import { ClosedError, PolylogError, sqlError } from '../../platform/errors.ts';
import type { Isolation } from '../../transaction/contracts.ts';
import type { Session, SessionOptions } from '../contracts.ts';
import type { Engine } from '../engine.ts';
import type { DatabaseSession } from '../session.ts';
import type { ValueOptions } from './js-values.ts';
import { KeyspaceHandle } from './keyspace.ts';
import { PreparedQuery, Query, Statement, type StatementHost } from './statement.ts';

/** Texts kept parsed; the least recently used goes first. */
const PREPARED_MAX = 1000;
const IDLE_SESSIONS_MAX = 16;

export interface TransactionOptions {
	/** Default 'serializable'. */
	readonly isolation?: Isolation;
	/** How often it is run again after a conflict before the conflict is thrown. Default 10. */
	readonly retries?: number;
	readonly readOnly?: boolean;
	readonly signal?: AbortSignal;
}

/** Statements inside `db.transaction`: all synchronous; nothing is seen by others before the commit. */
export class TransactionHandle implements StatementHost {
	readonly valueOptions: ValueOptions;
	readonly #session: DatabaseSession;
	readonly #prepare: (text: string) => PreparedQuery;
	#ended = false;

	constructor(session: DatabaseSession, prepare: (text: string) => PreparedQuery, valueOptions: ValueOptions) {
		this.#session = session;
		this.#prepare = prepare;
		this.valueOptions = valueOptions;
	}

	/** Runs any statement now, changes included; gives its rows. */
	sql(strings: TemplateStringsArray | string, ...values: unknown[]): ReturnType<Query['runSync']>['rows'] {
		return new Query(this.#prepare(queryText(strings)), parametersOf(strings, values), this).runSync().rows;
	}

	/** A statement to run in this transaction; the same text is parsed once per database. */
	prepare(text: string): Statement {
		return new Statement(this.#prepare(text), this);
	}

	syncSession(): DatabaseSession {
		if (this.#ended)
			throw new ClosedError('transaction-ended', 'the transaction has ended', { sqlstate: '25P01', hint: 'Use the transaction only inside its function.' });
		return this.#session;
	}

	withSession<T>(work: (session: DatabaseSession) => T | Promise<T>): Promise<T> {
		return Promise.resolve(work(this.syncSession()));
	}

	/** Called when the function of the transaction has returned. */
	end(): void {
		this.#ended = true;
	}
}

function queryText(strings: TemplateStringsArray | string): string {
	if (typeof strings === 'string') return strings;
	let text = strings[0]!;
	for (let i = 1; i < strings.length; i++) text += `$${i}${strings[i]}`;
	return text;
}

function parametersOf(strings: TemplateStringsArray | string, values: readonly unknown[]): readonly unknown[] {
	return typeof strings === 'string' && values.length === 1 && Array.isArray(values[0]) ? values[0] : values;
}

export class Database implements StatementHost, AsyncDisposable {
	/** What servers and tools work with; not part of the stable interface. */
	readonly engine: Engine;
	readonly valueOptions: ValueOptions;
	readonly #onClose: () => Promise<void>;
	readonly #prepared = new Map<string, PreparedQuery>();
	readonly #byTemplate = new WeakMap<TemplateStringsArray, PreparedQuery>();
	readonly #idle: DatabaseSession[] = [];
	#sync: DatabaseSession | null = null;
	#inTransaction = false;
	#closing: Promise<void> | null = null;

	constructor(engine: Engine, valueOptions: ValueOptions, onClose: () => Promise<void>) {
		this.engine = engine;
		this.valueOptions = valueOptions;
		this.#onClose = onClose;
	}

	/** A statement with its parameters: `` await db.sql`select ${x}::int` `` runs it; `.all()`, `.get()`, `.iterate()` read synchronously; `.runSync()` runs and syncs in this thread. A plain text takes its parameters as an array: `db.sql('select $1', [x])`. */
	sql(strings: TemplateStringsArray | string, ...values: unknown[]): Query {
		if (typeof strings === 'string') return new Query(this.#prepare(strings), parametersOf(strings, values), this);
		let query = this.#byTemplate.get(strings);
		if (query === undefined) this.#byTemplate.set(strings, (query = this.#prepare(queryText(strings))));
		return new Query(query, values, this);
	}

	/** A statement with parameters `$1, $2 …`, to be run often. */
	prepare(text: string): Statement {
		return new Statement(this.#prepare(text), this);
	}

	/** Runs a text of several statements, one after the other, each for itself unless the text says BEGIN. */
	async execute(text: string): Promise<void> {
		await this.withSession(async (session) => {
			try {
				for (const { text: one, start } of session.split(text)) {
					const portal = session.bind(session.prepare(one, [], start), []);
					const sink = { begin: () => undefined, end: () => true, writers: (portal.columns ?? []).map(() => () => undefined) };
					try {
						await portal.run(sink);
					} finally {
						portal.close();
					}
				}
			} catch (error) {
				session.failed(error);
				throw error;
			} finally {
				session.closeBlock(false);
			}
		});
	}

	/**
	 * Runs `work` in one transaction and resolves with what it returned once the commit is durable. All statements inside are
	 * synchronous. When another transaction got in the way, everything is undone and `work` is run again.
	 */
	async transaction<T>(work: (tx: TransactionHandle) => T, options: TransactionOptions = {}): Promise<T> {
		return this.withSession(async (session) => {
			const retries = options.retries ?? 10;
			for (let attempt = 0; ; attempt++) {
				options.signal?.throwIfAborted();
				try {
					const { value, wait } = this.#attempt(session, work, options);
					if (wait !== null) await wait;
					return value;
				} catch (error) {
					if (!(error instanceof PolylogError) || !isConflict(error) || attempt >= retries) throw error;
					await session.nextTurn();
				}
			}
		});
	}

	/** As `transaction`, in this thread: written and synced when it returns. */
	transactionSync<T>(work: (tx: TransactionHandle) => T, options: TransactionOptions = {}): T {
		const session = this.#newSession();
		session.synchronous = true;
		try {
			const retries = options.retries ?? 10;
			for (let attempt = 0; ; attempt++) {
				try {
					return this.#attempt(session, work, options).value;
				} catch (error) {
					if (!(error instanceof PolylogError) || !isConflict(error) || attempt >= retries) throw error;
				}
			}
		} finally {
			this.#release(session);
		}
	}

	#attempt<T>(session: DatabaseSession, work: (tx: TransactionHandle) => T, options: TransactionOptions): { value: T; wait: Promise<void> | null } {
		const wasSynchronous = session.synchronous;
		session.openBlock(true, { isolation: options.isolation ?? 'serializable', readOnly: options.readOnly });
		session.synchronous = true;
		const handle = new TransactionHandle(session, (text) => this.#prepare(text), this.valueOptions);
		try {
			this.#inTransaction = true;
			const value = work(handle);
			if (value instanceof Promise) throw new TypeError('the function of a transaction must not be async: its statements are synchronous');
			session.synchronous = wasSynchronous;
			return { value, wait: session.closeBlock(true) };
		} catch (error) {
			session.closeBlock(false);
			throw error;
		} finally {
			session.synchronous = wasSynchronous;
			this.#inTransaction = false;
			handle.end();
		}
	}

	/** A keyspace of raw ordered keys and values, made at its first use. */
	keyspace(name: string): KeyspaceHandle {
		this.#refuseInTransaction();
		return KeyspaceHandle.open(this.engine, name);
	}

	/** A session for a protocol or a tool: settings and at most one transaction of its own. */
	connect(options: SessionOptions): Session {
		return this.engine.connect(options);
	}

	/** Makes all stores durable in their own files, so that the next start replays nothing. */
	checkpoint(): Promise<void> {
		return this.engine.manager.checkpoint();
	}

	syncSession(): DatabaseSession {
		this.#refuseInTransaction();
		if (this.#sync?.isOpen === false || this.#sync?.isPristine === false) {
			this.#sync.close();
			this.#sync = null;
		}
		if (this.#sync === null) {
			this.#sync = this.#newSession();
			this.#sync.synchronous = true;
		}
		return this.#sync;
	}

	async withSession<T>(work: (session: DatabaseSession) => T | Promise<T>): Promise<T> {
		this.#refuseInTransaction();
		const session = this.#newSession();
		try {
			return await work(session);
		} finally {
			this.#release(session);
		}
	}

	#newSession(): DatabaseSession {
		if (this.#closing !== null) throw new ClosedError('database-closed', 'the database is closed', { sqlstate: '57P03' });
		for (;;) {
			const session = this.#idle.pop();
			if (session?.isOpen !== false) return session ?? this.engine.connect({ user: 'polylog' });
		}
	}

	#release(session: DatabaseSession): void {
		session.synchronous = false;
		session.closeBlock(false);
		session.idle();
		if (this.#idle.length < IDLE_SESSIONS_MAX && session.isPristine && !this.engine.closed) this.#idle.push(session);
		else session.close();
	}

	#refuseInTransaction(): void {
		if (this.#inTransaction)
			throw sqlError('25001', 'the database itself was used inside a transaction', { hint: 'Use the transaction that the function was given.' });
	}

	#prepare(text: string): PreparedQuery {
		let query = this.#prepared.get(text);
		if (query !== undefined) return query;
		query = new PreparedQuery(text);
		if (this.#prepared.size >= PREPARED_MAX) this.#prepared.delete(this.#prepared.keys().next().value!);
		this.#prepared.set(text, query);
		return query;
	}

	/** Ends all sessions, makes everything durable and gives the directory back. */
	close(): Promise<void> {
		this.#closing ??= this.#close();
		return this.#closing;
	}

	async #close(): Promise<void> {
		for (const session of [...this.engine.sessions.values()]) session.terminate(sqlError('57P01', 'the database is closing'));
		await this.#onClose();
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.close();
	}
}

function isConflict(error: PolylogError): boolean {
	return error.sqlstate === '40001' || error.sqlstate === '40P01' || error.sqlstate === '55P03';
}
