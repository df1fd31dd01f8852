/**
 * Statements of the embedded API. One `PreparedQuery` per text and database, shared by all who run it; a `Statement` or `Query`
 * binds it to the sessions of a database, a transaction's to its own session.
 *
 * Synchronous calls (`all`, `get`, `iterate`, `runSync`) end within the call: they never wait for locks, and `runSync` writes
 * and syncs in this thread. Awaited calls wait for locks and for durability without holding the thread.
 */
import { PolylogError, sqlError } from '../../platform/errors.ts';
import type { Program } from '../../query/executor/contracts.ts';
import type { Type } from '../../value/type.ts';
import type { StatementResult } from '../contracts.ts';
import { QueryPortal } from '../portal.ts';
import type { Prepared } from '../prepared.ts';
import type { DatabaseSession } from '../session.ts';
import { readNow } from '../sync-read.ts';
import { fromJs, type ValueOptions } from './js-values.ts';
import { ObjectSink, type Row, RowShape } from './object-sink.ts';

const FETCH_ROWS = 256;
/** SQLSTATE of a statement that was cancelled. */
const CANCELED = '57014';

/**
 * What statements need of where they run.
 * @internal
 */
export interface StatementHost {
	readonly valueOptions: ValueOptions;
	/** The session for a synchronous call; throws when there is a reason not to. */
	syncSession(): DatabaseSession;
	/** Runs `work` with a session that nobody else uses meanwhile. */
	withSession<T>(work: (session: DatabaseSession) => T | Promise<T>): Promise<T>;
}

/**
 * A statement, parsed once, with how its parameters and rows are converted.
 * @internal
 */
export class PreparedQuery {
	readonly text: string;
	#prepared: Prepared | null = null;
	#types: readonly Type[] = [];
	#converts: readonly ((value: unknown) => unknown)[] = [];
	#shape: RowShape | null = null;
	#shapeColumns: unknown = null;

	constructor(text: string) {
		this.text = text;
	}

	prepared(session: DatabaseSession): Prepared {
		this.#prepared ??= session.prepare(this.text, []) as Prepared;
		return this.#prepared;
	}

	parameters(session: DatabaseSession, values: readonly unknown[]): unknown[] {
		const prepared = this.prepared(session);
		const types = prepared.parameterTypes;
		if (types !== this.#types) {
			this.#types = types;
			this.#converts = types.map((type) => fromJs(type, session.lookup, session.textSettings));
		}
		if (values.length !== types.length) throw sqlError('08P01', `the statement takes ${types.length} parameters, ${values.length} were given`);
		const converted = new Array<unknown>(values.length);
		for (let i = 0; i < values.length; i++) converted[i] = this.#converts[i]!(values[i]);
		return converted;
	}

	shape(session: DatabaseSession, options: ValueOptions): RowShape {
		const columns = this.prepared(session).columns;
		if (this.#shape === null || this.#shapeColumns !== columns) {
			this.#shape = new RowShape(columns ?? [], session.lookup, session.textSettings, options);
			this.#shapeColumns = columns;
		}
		return this.#shape;
	}
}

/**
 * The program of a statement that only reads.
 * @internal
 */
export function readingProgram(prepared: Prepared, session: DatabaseSession, values: readonly unknown[] | null): Program {
	const program = prepared.program(session, values);
	if (program !== null && !program.writes) return program;
	throw sqlError('0A000', `${prepared.command || 'an empty statement'} changes the database and cannot run through a synchronous read`, {
		hint: prepared.source === null ? 'Await the statement, or use runSync().' : 'Await the query, or use runSync().',
	});
}

/**
 * Rows of a statement that only reads, at most so many.
 * @internal
 */
export function rowsNow(session: DatabaseSession, prepared: Prepared, program: Program, values: readonly unknown[], shape: RowShape, most: number): Row[] {
	const sink = shape.takeSink(most);
	try {
		readNow(session, prepared, program, values, sink);
		return sink.take();
	} finally {
		sink.take();
		shape.giveBack(sink);
	}
}

/**
 * All rows of a reading statement, now.
 * @internal
 */
export function allSync(query: PreparedQuery, host: StatementHost, values: readonly unknown[], most: number): Row[] {
	const session = host.syncSession();
	const prepared = query.prepared(session);
	const parameters = query.parameters(session, values);
	const program = readingProgram(prepared, session, parameters);
	return rowsNow(session, prepared, program, parameters, query.shape(session, host.valueOptions), most);
}

/** @internal */
export function* iterateSync(query: PreparedQuery, host: StatementHost, values: readonly unknown[]): IterableIterator<Row> {
	const session = host.syncSession();
	const parameters = query.parameters(session, values);
	const prepared = query.prepared(session);
	readingProgram(prepared, session, parameters);
	const sink = new ObjectSink(query.shape(session, host.valueOptions));
	sink.most = FETCH_ROWS;
	const portal = new QueryPortal(session, prepared, parameters);
	try {
		for (;;) {
			const result = portal.run(sink);
			yield* sink.take();
			if (result !== 'suspended') return;
		}
	} finally {
		portal.close();
	}
}

/** @since 0.1.0 */
export interface RunOptions {
	/** Aborting it cancels the statement, which then rejects with the signal's reason and has changed nothing. */
	readonly signal?: AbortSignal;
}

/**
 * What a statement that was run to its end gave.
 *
 * @since 0.1.0
 */
export interface RunResult {
	/** Rows inserted, updated, deleted; for a SELECT, rows returned. */
	readonly changes: number;
	readonly rows: readonly Row[];
	/** PostgreSQL's command tag, such as 'INSERT 0 3'. */
	readonly command: string;
}

function runIn(query: PreparedQuery, session: DatabaseSession, values: readonly unknown[], options: ValueOptions): RunResult | Promise<RunResult> {
	const prepared = query.prepared(session);
	const parameters = query.parameters(session, values);
	const sink = new ObjectSink(query.shape(session, options));
	const portal = session.bind(prepared, parameters);
	const done = (result: StatementResult | 'suspended'): RunResult => {
		portal.close();
		if (result === 'suspended') throw new TypeError('a sink without limit is never suspended');
		return { changes: result.rowCount, rows: sink.rows, command: result.tag };
	};
	const failed = (error: unknown): never => {
		portal.close();
		session.failed(error);
		throw error;
	};
	try {
		const outcome = portal.run(sink);
		return outcome instanceof Promise ? outcome.then(done, failed) : done(outcome);
	} catch (error) {
		return failed(error);
	}
}

/**
 * Runs any statement to its end in this thread; durable at the database's level when it returns.
 * @internal
 */
export function runSync(query: PreparedQuery, host: StatementHost, values: readonly unknown[]): RunResult {
	const result = runIn(query, host.syncSession(), values, host.valueOptions);
	if (result instanceof Promise) throw sqlError('0A000', 'the statement cannot finish synchronously', { hint: 'Await it instead.' });
	return result;
}

/**
 * Runs any statement; resolves with its rows once it is durable at the database's level.
 * @internal
 */
export function runAsync(query: PreparedQuery, host: StatementHost, values: readonly unknown[], options: RunOptions = {}): Promise<RunResult> {
	const { signal } = options;
	if (signal === undefined) return host.withSession((session) => runIn(query, session, values, host.valueOptions));
	return host.withSession(async (session) => {
		signal.throwIfAborted();
		const abort = (): void => session.cancel();
		signal.addEventListener('abort', abort, { once: true });
		try {
			return await runIn(query, session, values, host.valueOptions);
		} catch (error) {
			throw signal.aborted && error instanceof PolylogError && error.sqlstate === CANCELED ? signal.reason : error;
		} finally {
			signal.removeEventListener('abort', abort);
		}
	});
}

/**
 * A statement with parameters `$1, $2 …`, to be run often: made by `db.prepare` or `tx.prepare`. Values are given as one array, in
 * order, and converted by the parameters' types. It stays valid as long as its database, or its transaction, is open: when the
 * schema changes it is planned anew.
 *
 * All calls throw `PolylogError`s of code `sql` with PostgreSQL's SQLSTATE; 08P01 when the number of values is wrong; `database-closed`
 * after the database was closed.
 *
 * @example
 * ```ts
 * import { open } from 'polylog';
 *
 * const db = await open(':memory:');
 * await db.sql`create table city (name text primary key, people int8)`;
 * const add = db.prepare('insert into city values ($1, $2)');
 * await add.run(['Oslo', 709_037]);
 * add.runSync(['Bergen', 291_940]);
 * const larger = db.prepare('select name from city where people > $1 order by name');
 * console.log(larger.all([100_000])); // [ { name: 'Bergen' }, { name: 'Oslo' } ]
 * console.log(larger.get([500_000])); // { name: 'Oslo' }
 * await db.close();
 * ```
 * @since 0.1.0
 */
export class Statement {
	readonly #query: PreparedQuery;
	readonly #host: StatementHost;

	/** @internal */
	constructor(query: PreparedQuery, host: StatementHost) {
		this.#query = query;
		this.#host = host;
	}

	/** All rows, read at once from the newest visible state. For statements that only read: others throw 0A000 with the hint to await. */
	all(values: readonly unknown[] = []): Row[] {
		return allSync(this.#query, this.#host, values, Number.POSITIVE_INFINITY);
	}

	/** The first row, or undefined when there is none. Stops reading after it. Otherwise as `all`. */
	get(values: readonly unknown[] = []): Row | undefined {
		return allSync(this.#query, this.#host, values, 1)[0];
	}

	/** Rows one by one over one snapshot, for results too large to hold. Leave the loop (or call `return`) to let the snapshot go. Otherwise as `all`. */
	iterate(values: readonly unknown[] = []): IterableIterator<Row> {
		return iterateSync(this.#query, this.#host, values);
	}

	/** Runs any statement. Resolves when its change is durable at the database's level and seen by every later read. Waits for locks without holding the thread. */
	run(values: readonly unknown[] = [], options: RunOptions = {}): Promise<RunResult> {
		return runAsync(this.#query, this.#host, values, options);
	}

	/** Runs any statement in this thread: written, and synced at 'disk', when it returns. Throws 55P03 rather than wait for a lock. For scripts: each call holds the thread for a sync. */
	runSync(values: readonly unknown[] = []): RunResult {
		return runSync(this.#query, this.#host, values);
	}
}

/**
 * What `` db.sql`…` `` gives: a statement with its values, not yet run. Awaited, it runs and resolves with its rows once it is durable;
 * each `await` runs it again. Or read it synchronously.
 *
 * @since 0.1.0
 */
export class Query implements PromiseLike<Row[]> {
	readonly #query: PreparedQuery;
	readonly #values: readonly unknown[];
	readonly #host: StatementHost;

	/** @internal */
	constructor(query: PreparedQuery, values: readonly unknown[], host: StatementHost) {
		this.#query = query;
		this.#values = values;
		this.#host = host;
	}

	// biome-ignore lint/suspicious/noThenProperty: a query is awaited by design
	then<A = Row[], B = never>(
		fulfilled?: ((rows: Row[]) => A | PromiseLike<A>) | null,
		rejected?: ((error: unknown) => B | PromiseLike<B>) | null,
	): Promise<A | B> {
		return runAsync(this.#query, this.#host, this.#values)
			.then((result) => result.rows as Row[])
			.then(fulfilled, rejected);
	}

	/** All rows, read at once. For statements that only read: others throw 0A000 with the hint to await. */
	all(): Row[] {
		return allSync(this.#query, this.#host, this.#values, Number.POSITIVE_INFINITY);
	}

	/** The first row, or undefined when there is none. Otherwise as `all`. */
	get(): Row | undefined {
		return allSync(this.#query, this.#host, this.#values, 1)[0];
	}

	/** Rows one by one over one snapshot. Otherwise as `all`. */
	iterate(): IterableIterator<Row> {
		return iterateSync(this.#query, this.#host, this.#values);
	}

	/** Runs it and resolves, when it is durable, with rows, count and command tag. */
	run(options: RunOptions = {}): Promise<RunResult> {
		return runAsync(this.#query, this.#host, this.#values, options);
	}

	/** Runs it in this thread: durable at the database's level when it returns. Throws 55P03 rather than wait for a lock. */
	runSync(): RunResult {
		return runSync(this.#query, this.#host, this.#values);
	}
}
