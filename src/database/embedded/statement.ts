/**
 * Statements of the embedded API. One `PreparedQuery` per text and database, shared by all who run it; a `Statement` or `Query`
 * binds it to the sessions of a database, a transaction's to its own session.
 *
 * Synchronous calls (`all`, `get`, `iterate`, `runSync`) end within the call: they never wait for locks, and `runSync` writes
 * and syncs in this thread. Awaited calls wait for locks and for durability without holding the thread.
 */
import { sqlError } from '../../platform/errors.ts';
import type { Type } from '../../value/type.ts';
import type { StatementResult } from '../contracts.ts';
import { QueryPortal } from '../portal.ts';
import type { Prepared } from '../prepared.ts';
import type { DatabaseSession } from '../session.ts';
import { fromJs, type ValueOptions } from './js-values.ts';
import { ObjectSink, type Row, RowShape } from './object-sink.ts';

const FETCH_ROWS = 256;

/** What statements need of where they run. */
export interface StatementHost {
	readonly valueOptions: ValueOptions;
	/** The session for a synchronous call; throws when there is a reason not to. */
	syncSession(): DatabaseSession;
	/** Runs `work` with a session that nobody else uses meanwhile. */
	withSession<T>(work: (session: DatabaseSession) => T | Promise<T>): Promise<T>;
}

/** A statement, parsed once, with how its parameters and rows are converted. */
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

function refuseWrites(query: PreparedQuery, session: DatabaseSession): Prepared {
	const prepared = query.prepared(session);
	const program = prepared.program(session);
	if (program === null || program.writes) {
		throw sqlError('0A000', `${prepared.command || 'an empty statement'} changes the database and cannot run through a synchronous read`, {
			hint: 'Await the statement, or use runSync().',
		});
	}
	return prepared;
}

/** All rows of a reading statement, now. */
export function allSync(query: PreparedQuery, host: StatementHost, values: readonly unknown[], most: number): Row[] {
	const session = host.syncSession();
	const prepared = refuseWrites(query, session);
	const sink = new ObjectSink(query.shape(session, host.valueOptions));
	sink.most = most;
	const portal = new QueryPortal(session, prepared, query.parameters(session, values));
	try {
		portal.run(sink);
	} finally {
		portal.close();
	}
	return sink.rows;
}

export function* iterateSync(query: PreparedQuery, host: StatementHost, values: readonly unknown[]): IterableIterator<Row> {
	const session = host.syncSession();
	const prepared = refuseWrites(query, session);
	const sink = new ObjectSink(query.shape(session, host.valueOptions));
	sink.most = FETCH_ROWS;
	const portal = new QueryPortal(session, prepared, query.parameters(session, values));
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

/** What a statement that was run to its end gave. */
export interface RunResult {
	/** Rows inserted, updated, deleted; for a SELECT, rows returned. */
	readonly changes: number;
	readonly rows: readonly Row[];
	/** PostgreSQL's command tag. */
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

/** Runs any statement to its end in this thread; durable at the database's level when it returns. */
export function runSync(query: PreparedQuery, host: StatementHost, values: readonly unknown[]): RunResult {
	const result = runIn(query, host.syncSession(), values, host.valueOptions);
	if (result instanceof Promise) throw sqlError('0A000', 'the statement cannot finish synchronously', { hint: 'Await it instead.' });
	return result;
}

/** Runs any statement; resolves with its rows once it is durable at the database's level. */
export function runAsync(query: PreparedQuery, host: StatementHost, values: readonly unknown[]): Promise<RunResult> {
	return host.withSession((session) => runIn(query, session, values, host.valueOptions));
}

/** A statement with parameters `$1, $2 …`, to be run often. */
export class Statement {
	readonly #query: PreparedQuery;
	readonly #host: StatementHost;

	constructor(query: PreparedQuery, host: StatementHost) {
		this.#query = query;
		this.#host = host;
	}

	/** All rows; synchronous, for statements that only read. */
	all(values: readonly unknown[] = []): Row[] {
		return allSync(this.#query, this.#host, values, Number.POSITIVE_INFINITY);
	}

	/** The first row or undefined; synchronous, for statements that only read. */
	get(values: readonly unknown[] = []): Row | undefined {
		return allSync(this.#query, this.#host, values, 1)[0];
	}

	/** Rows one by one over one snapshot; synchronous, for statements that only read. */
	iterate(values: readonly unknown[] = []): IterableIterator<Row> {
		return iterateSync(this.#query, this.#host, values);
	}

	/** Runs any statement; resolves when it is durable. */
	run(values: readonly unknown[] = []): Promise<RunResult> {
		return runAsync(this.#query, this.#host, values);
	}

	/** Runs any statement in this thread; durable when it returns. */
	runSync(values: readonly unknown[] = []): RunResult {
		return runSync(this.#query, this.#host, values);
	}
}

/** What `` db.sql`…` `` gives: awaited, it runs and resolves with its rows; or read it synchronously. */
export class Query implements PromiseLike<Row[]> {
	readonly #query: PreparedQuery;
	readonly #values: readonly unknown[];
	readonly #host: StatementHost;

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

	/** All rows; synchronous, for statements that only read. */
	all(): Row[] {
		return allSync(this.#query, this.#host, this.#values, Number.POSITIVE_INFINITY);
	}

	/** The first row or undefined; synchronous, for statements that only read. */
	get(): Row | undefined {
		return allSync(this.#query, this.#host, this.#values, 1)[0];
	}

	/** Rows one by one over one snapshot; synchronous, for statements that only read. */
	iterate(): IterableIterator<Row> {
		return iterateSync(this.#query, this.#host, this.#values);
	}

	/** Runs it and resolves with rows, count and command tag. */
	run(): Promise<RunResult> {
		return runAsync(this.#query, this.#host, this.#values);
	}

	/** Runs any statement in this thread; durable when it returns. */
	runSync(): RunResult {
		return runSync(this.#query, this.#host, this.#values);
	}
}
