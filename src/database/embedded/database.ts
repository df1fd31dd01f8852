/**
 * The embedded face of a database: what `open` resolves with.
 */

import { ClosedError, PolylogError, sqlError } from '../../platform/errors.ts';
import type { Isolation } from '../../transaction/contracts.ts';
import type { Session, SessionOptions } from '../contracts.ts';
import type { Engine } from '../engine.ts';
import { loadEngine, loadGraphs, loadLoads, loadTriples } from '../load-engine.ts';
import type { DatabaseSession } from '../session.ts';
import type { Foundation } from '../start-engine.ts';
import { type Statistics, statisticsOf } from '../statistics.ts';
import { Acknowledgements } from './acknowledgements.ts';
import type { GraphHandle, GraphTexts } from './graph.ts';
import type { ImportOptions } from './import-file.ts';
import type { ValueOptions } from './js-values.ts';
import { KeyspaceHandle, type KeyspaceOptions } from './keyspace.ts';
import type { LoadRow } from './load-rows.ts';
import type { Row } from './object-sink.ts';
import type { PreparedQuery, Query, Statement, StatementHost } from './statement.ts';
import type { TripleStoreHandle } from './triples.ts';

/** Texts kept parsed; the least recently used goes first. */
const PREPARED_MAX = 1000;
const IDLE_SESSIONS_MAX = 16;

/** @since 0.1.0 */
export interface TransactionOptions {
	/** Default 'serializable'. Weaker levels see what PostgreSQL's of the same name see. */
	readonly isolation?: Isolation;
	/** How often it is run again after a conflict before the conflict is thrown. Default 10. */
	readonly retries?: number;
	/** Refuses changes (25006). Default false. */
	readonly readOnly?: boolean;
	/** Aborting it rejects with its reason before the next attempt; what has been decided stays. */
	readonly signal?: AbortSignal;
}

/**
 * Statements inside `db.transaction`: all synchronous, all over one snapshot with the transaction's own changes. Others see them after
 * the commit. Valid until the function returns (`transaction-ended` afterwards).
 *
 * @since 0.1.0
 */
export class TransactionHandle {
	/** @internal */
	readonly valueOptions: ValueOptions;
	readonly #session: DatabaseSession;
	readonly #prepare: (text: string) => PreparedQuery;
	readonly #graph: (host: StatementHost, name: string) => GraphHandle;
	#ended = false;

	/** @internal */
	constructor(
		session: DatabaseSession,
		prepare: (text: string) => PreparedQuery,
		graph: (host: StatementHost, name: string) => GraphHandle,
		valueOptions: ValueOptions,
	) {
		this.#session = session;
		this.#prepare = prepare;
		this.#graph = graph;
		this.valueOptions = valueOptions;
	}

	/** Runs any statement now, changes included, and gives its rows. Texts and values as in `db.sql`. Throws 55P03 rather than wait for a lock. */
	sql(strings: TemplateStringsArray | string, ...values: unknown[]): readonly Row[] {
		return new (loadEngine().Query)(this.#prepare(queryText(strings)), parametersOf(strings, values), this).runSync().rows;
	}

	/** A statement to run in this transaction, with parameters `$1, $2 …`; the same text is parsed once per database. */
	prepare(text: string): Statement {
		return new (loadEngine().Statement)(this.#prepare(text), this);
	}

	/** A property graph, as `db.graph`, in this transaction: reads as there, changes by `runSync()`. */
	graph(name = 'default'): GraphHandle {
		return this.#graph(this, name);
	}

	/** A triple store, as `db.triples`, in this transaction: reads as there, updates by `runSync()`. */
	triples(name = 'default'): TripleStoreHandle {
		return tripleStore(this, name);
	}

	/** @internal */
	syncSession(): DatabaseSession {
		if (this.#ended)
			throw new ClosedError('transaction-ended', 'the transaction has ended', { sqlstate: '25P01', hint: 'Use the transaction only inside its function.' });
		return this.#session;
	}

	/** @internal */
	withSession<T>(work: (session: DatabaseSession) => T | Promise<T>): Promise<T> {
		return Promise.resolve(work(this.syncSession()));
	}

	/**
	 * Called when the function of the transaction has returned.
	 * @internal
	 */
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

/**
 * An open database: what `open` resolves with. Each statement is a transaction by itself (read committed) and runs in a session of its
 * own: SET, temporary tables and cursors last for it alone, or for the transaction that they are in.
 *
 * @since 0.1.0
 */
export class Database implements AsyncDisposable {
	/** @internal */
	readonly valueOptions: ValueOptions;
	readonly #foundation: Foundation;
	readonly #acknowledgements: Acknowledgements;
	#engine: Engine | null = null;
	readonly #onClose: () => Promise<void>;
	readonly #prepared = new Map<string, PreparedQuery>();
	/** By the graph's name. */
	readonly #graphTexts = new Map<string, GraphTexts>();
	readonly #byTemplate = new WeakMap<TemplateStringsArray, PreparedQuery>();
	readonly #idle: DatabaseSession[] = [];
	#sync: DatabaseSession | null = null;
	#inTransaction = false;
	#closing: Promise<void> | null = null;

	/** @internal */
	constructor(foundation: Foundation, valueOptions: ValueOptions, onClose: () => Promise<void>) {
		this.#foundation = foundation;
		this.#acknowledgements = new Acknowledgements(() => foundation.log.endTurn(), foundation.platform.timers);
		this.valueOptions = valueOptions;
		this.#onClose = onClose;
	}

	/**
	 * What servers and tools work with; started at the first need.
	 * @internal
	 */
	get engine(): Engine {
		if (this.#engine !== null) return this.#engine;
		if (this.#closing !== null) throw databaseClosed();
		this.#engine = loadEngine().startEngine(this.#foundation);
		return this.#engine;
	}

	/**
	 * Null before the first statement.
	 * @internal
	 */
	get startedEngine(): Engine | null {
		return this.#engine;
	}

	/**
	 * A statement with its values, to be awaited or read. Values in `${…}` are parameters and never become text of the statement; a plain
	 * text takes them as an array: `db.sql('select $1', [x])`. The same template is parsed once.
	 *
	 * Awaited, it resolves with the rows when the change is durable at the database's level and seen by every later read. `.all()`, `.get()`
	 * and `.iterate()` read at once, without a promise; `.runSync()` runs and syncs in this thread.
	 *
	 * @throws {PolylogError} `sql`, with PostgreSQL's SQLSTATE, and `position` for errors of syntax and names.
	 * @throws {RangeError} an int8 past ±(2^53 − 1) in the result, unless the database was opened with `int8: 'bigint'`.
	 * @throws {UnavailableError} `outcome-unknown`: the log failed while the commit was on its way.
	 * @throws {LimitError} `disk-full`: nothing was changed.
	 *
	 * @example
	 * ```ts
	 * import { open } from 'polylog';
	 *
	 * const db = await open(':memory:');
	 * await db.sql`create table person (id int primary key, name text, born date)`;
	 * const rows = await db.sql`insert into person values (${1}, ${'Ada'}, ${'1815-12-10'}) returning name, born`;
	 * console.log(rows); // [ { name: 'Ada', born: '1815-12-10' } ]
	 * console.log(db.sql`select name from person where id = ${2}`.get()); // undefined
	 * await db.close();
	 * ```
	 */
	sql(strings: TemplateStringsArray | string, ...values: unknown[]): Query {
		if (typeof strings === 'string') return new (loadEngine().Query)(this.#prepare(strings), parametersOf(strings, values), this);
		let query = this.#byTemplate.get(strings);
		if (query === undefined) this.#byTemplate.set(strings, (query = this.#prepare(queryText(strings))));
		return new (loadEngine().Query)(query, values, this);
	}

	/** A statement with parameters `$1, $2 …`, to be run often. The text is parsed when it is first run. */
	prepare(text: string): Statement {
		return new (loadEngine().Statement)(this.#prepare(text), this);
	}

	/**
	 * A property graph by name, `graph` or `schema.graph`, read and changed in openCypher. The graph `default` is made at its first use;
	 * others by `SELECT polylog.create_graph('name')`. Its tables are `<graph>_vertices` and `<graph>_edges`.
	 *
	 * @example
	 * ```ts
	 * import { open } from 'polylog';
	 *
	 * const db = await open(':memory:');
	 * await db.graph().cypher('UNWIND range(1, 4) AS n CREATE (:Stop {n: n})');
	 * await db.graph().cypher('MATCH (a:Stop), (b:Stop) WHERE b.n = a.n + 1 CREATE (a)-[:NEXT]->(b)');
	 * console.log(db.graph().cypher('MATCH (:Stop {n: 1})-[:NEXT*]->(s) RETURN collect(s.n) AS stops').get()); // { stops: [ 2, 3, 4 ] }
	 * console.log(db.sql`select count(*) as edges from default_edges`.get()); // { edges: 3 }
	 * await db.close();
	 * ```
	 * @since 0.2.0
	 */
	graph(name = 'default'): GraphHandle {
		return this.#graph(this, name);
	}

	#graph(host: StatementHost, name: string): GraphHandle {
		const { GraphHandle, GraphTexts } = loadGraphs();
		let texts = this.#graphTexts.get(name);
		if (texts === undefined) this.#graphTexts.set(name, (texts = new GraphTexts(name.includes('.') ? name : `public.${name}`)));
		return new GraphHandle(host, texts);
	}

	/**
	 * A triple store by name, `store` or `schema.store`, made empty at its first use. Its tables are `<store>_quads` and `<store>_terms`.
	 *
	 * @example
	 * ```ts
	 * import { open } from 'polylog';
	 *
	 * const db = await open(':memory:');
	 * await db.triples('facts').sparql('INSERT DATA { <urn:a> <urn:knows> <urn:b> . <urn:b> <urn:knows> <urn:c> }');
	 * console.log(db.triples('facts').sparql('SELECT ?who { <urn:a> <urn:knows>+ ?who }').all().length); // 2
	 * await db.close();
	 * ```
	 * @since 0.2.0
	 */
	triples(name = 'default'): TripleStoreHandle {
		return tripleStore(this, name);
	}

	/**
	 * Runs a text of several statements, one after the other in one session, each as a transaction of its own unless the text says BEGIN.
	 * Rows are dropped. Rejects at the first that fails; those before it stay. Resolves when all are durable at the database's level.
	 */
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
	 * Runs `work` in one transaction and resolves with what it returned, once the commit is durable at the database's level and seen by
	 * every later read. All statements inside are synchronous, only the commit is awaited. When `work` throws, everything is undone and
	 * the promise rejects with what it threw. When another transaction got in the way (40001, 40P01, 55P03), everything is undone and
	 * `work` is run again, up to `retries` times: it should have no effects but on the database.
	 *
	 * @throws {TypeError} `work` is async.
	 * @throws {InputError} 25001: `db` itself was used inside `work`.
	 *
	 * @example
	 * ```ts
	 * import { open } from 'polylog';
	 *
	 * const db = await open(':memory:');
	 * await db.execute(`create table account (name text primary key, amount int check (amount >= 0));
	 *   insert into account values ('a', 100), ('b', 0)`);
	 * const move = (amount: number) =>
	 *   db.transaction((tx) => {
	 *     tx.sql`update account set amount = amount + ${amount} where name = 'b'`;
	 *     tx.sql`update account set amount = amount - ${amount} where name = 'a'`;
	 *   });
	 * await move(70);
	 * const refused = await move(70).catch((error) => error.sqlstate);
	 * console.log(refused, db.sql`select amount from account order by name`.all()); // 23514 [ { amount: 30 }, { amount: 70 } ]
	 * await db.close();
	 * ```
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

	/** As `transaction`, in this thread: durable at the database's level when it returns. `signal` is not looked at. */
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
		const handle = new TransactionHandle(
			session,
			(text) => this.#prepare(text),
			(host, name) => this.#graph(host, name),
			this.valueOptions,
		);
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

	/**
	 * Loads many rows into a table (`table` or `schema.table`), all or none, and resolves with their number once they are durable.
	 * Each row is an object by column name; `columns` names those to take (default: all), the others get their defaults. Far
	 * faster than INSERT, most of all into an empty table.
	 *
	 * @example
	 * ```ts
	 * import { open } from 'polylog';
	 *
	 * const db = await open(':memory:');
	 * await db.sql`create table square (n int primary key, square int, note text default 'none')`;
	 * const rows = Array.from({ length: 1000 }, (_, n) => ({ n, square: n * n }));
	 * console.log(await db.load('square', rows, ['n', 'square'])); // 1000
	 * console.log(db.sql`select * from square where n = 30`.get()); // { n: 30, square: 900, note: 'none' }
	 * await db.close();
	 * ```
	 * @throws errors of values and constraints as INSERT's; 42P01 and 42703 for names that do not exist.
	 * @since 0.1.0
	 */
	load(table: string, rows: Iterable<LoadRow> | AsyncIterable<LoadRow>, columns: readonly string[] | null = null): Promise<number> {
		return this.withSession((session) => loadLoads().loadRows(session, table, rows, columns));
	}

	/**
	 * Loads a file into a table, all of it or nothing, and resolves with the number of rows once they are durable: CSV with a header line, JSON lines, Parquet, Arrow
	 * IPC (Feather V2) or Avro, told by the file's ending. Columns go by their names. A table that does not exist is made, with the types of the file, or for CSV and JSON lines
	 * types that fit the first 1000 rows; `docs/guide/import.md` lists what becomes what. Memory is that of a batch, whatever the file's length.
	 *
	 * @example
	 * ```ts
	 * import { writeFileSync } from 'node:fs';
	 * import { open } from 'polylog';
	 *
	 * writeFileSync('square.csv', 'n,square\n2,4\n3,9\n');
	 * const db = await open(':memory:');
	 * console.log(await db.import('square.csv')); // 2
	 * console.log(db.sql`select sum(square) as sum from square`.get()); // { sum: '13' }
	 * await db.close();
	 * ```
	 * @throws errors of values and constraints as COPY's, with the row; 22P04 for a file that is not of the format; 42703 for columns that the table lacks.
	 * @since 0.2.0
	 */
	import(path: string, options: ImportOptions = {}): Promise<number> {
		const files = this.#foundation.userFiles();
		return loadLoads().importFile(
			(work) => this.withSession(work),
			(name) => files.open(name, 'read'),
			path,
			options,
		);
	}

	/**
	 * Runs `COPY … FROM STDIN` with the data of `source` (pieces of any length, in the format that the statement says): all rows or none.
	 * Resolves with their number once they are durable.
	 *
	 * @example
	 * ```ts
	 * import { open } from 'polylog';
	 *
	 * const db = await open(':memory:');
	 * await db.sql`create table square (n int primary key, square int)`;
	 * const count = await db.copy(`copy square from stdin with (format csv)`, ['1,1\n2,', '4\n3,9\n']);
	 * console.log(count, db.sql`select sum(square) as sum from square`.get()); // 3 { sum: 14 }
	 * await db.close();
	 * ```
	 * @since 0.1.0
	 */
	copy(statement: string, source: Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>): Promise<number> {
		return this.withSession((session) => loadLoads().copyIn(session, statement, source));
	}

	/**
	 * The keyspace of raw ordered keys and values of this name, made at its first use, with the engine `options.engine` (default 'lsm').
	 * Throws a TypeError for an empty name or an unknown engine, 22023 when the keyspace is there with another engine.
	 */
	keyspace(name: string, options: KeyspaceOptions = {}): KeyspaceHandle {
		this.#refuseInTransaction();
		return KeyspaceHandle.open(this.#foundation, name, options, this.#acknowledgements);
	}

	/**
	 * A session for a protocol or a tool: settings and at most one transaction of its own.
	 * @internal
	 */
	connect(options: SessionOptions): Session {
		return this.engine.connect(options);
	}

	/** Makes all stores durable in their own files, so that the next start replays nothing and the log can shrink. Commits need it not: they are durable by the log. */
	checkpoint(): Promise<void> {
		return this.#foundation.manager.checkpoint();
	}

	/**
	 * Brings the files of tables and keyspaces into their smallest form, in the background: what was overwritten or deleted takes no space any more.
	 * LSM trees merge all their levels into one. Reads and writes go on; resolves when it is done.
	 */
	async compact(): Promise<void> {
		await this.#foundation.manager.checkpoint();
		await this.#foundation.store.compact();
	}

	/**
	 * Sizes and counters by part (`store`, `transactions`, `log`, `process`, and `keyspace NAME` for each keyspace used), each a number by name. The table
	 * `polylog.statistics` shows the same. `store.bytesWritten` and `log.bytesWritten` are what went into files since the database was opened.
	 *
	 * @example
	 * ```ts
	 * import { open } from 'polylog';
	 *
	 * const db = await open(':memory:');
	 * await db.keyspace('seen').put('a', 'b');
	 * console.log(db.statistics()['store']?.['keyspaces']! > 0); // true
	 * await db.close();
	 * ```
	 * @since 0.2.0
	 */
	statistics(): Statistics {
		return statisticsOf(this.#foundation, this.#engine?.sessions.size ?? 0);
	}

	/** @internal */
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

	/** @internal */
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
		if (this.#closing !== null) throw databaseClosed();
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
		query = new (loadEngine().PreparedQuery)(text);
		if (this.#prepared.size >= PREPARED_MAX) this.#prepared.delete(this.#prepared.keys().next().value!);
		this.#prepared.set(text, query);
		return query;
	}

	/** Ends all sessions, makes everything durable and gives the directory back. Servers of this database should be closed before. Further calls get the same promise; every other use throws `database-closed`. */
	close(): Promise<void> {
		this.#closing ??= this.#close();
		return this.#closing;
	}

	async #close(): Promise<void> {
		for (const session of [...(this.#engine?.sessions.values() ?? [])]) session.terminate(sqlError('57P01', 'the database is closing'));
		await this.#onClose();
	}

	/** The same as `close`, for `await using`. */
	[Symbol.asyncDispose](): Promise<void> {
		return this.close();
	}
}

function tripleStore(host: StatementHost, name: string): TripleStoreHandle {
	const dot = name.indexOf('.');
	const { TripleStoreHandle } = loadTriples();
	return dot < 0 ? new TripleStoreHandle(host, 'public', name) : new TripleStoreHandle(host, name.slice(0, dot), name.slice(dot + 1));
}

function databaseClosed(): ClosedError {
	return new ClosedError('database-closed', 'the database is closed', { sqlstate: '57P03' });
}

function isConflict(error: PolylogError): boolean {
	return error.sqlstate === '40001' || error.sqlstate === '40P01' || error.sqlstate === '55P03';
}
