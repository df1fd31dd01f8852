/**
 * Property graphs in the embedded API: `db.graph(name).cypher(text, parameters)`. Reads are synchronous; a change is awaited, or run
 * in this thread.
 */

import type { GraphCounters } from '../../model/graph/contracts.ts';
import { sqlError } from '../../platform/errors.ts';
import type { DynamicValue } from '../../value/dynamic.ts';
import type { StatementResult } from '../contracts.ts';
import { cypherLanguage } from '../cypher/cypher-language.ts';
import { QueryPortal } from '../portal.ts';
import type { Prepared } from '../prepared.ts';
import type { DatabaseSession } from '../session.ts';
import { type Elements, type GraphLoading, type LoadedGraph, type LoadNode, type LoadRelationship, loadGraph, withGraphLoad } from './graph-load.ts';
import { dynamicFromJs } from './graph-values.ts';
import { ObjectSink, type Row, RowShape } from './object-sink.ts';
import { readingProgram, rowsNow, type StatementHost } from './statement.ts';

/** Texts of a graph kept compiled; the least recently used goes first. */
const TEXTS_MAX = 1000;
const FETCH_ROWS = 256;

/**
 * Values of parameters, by name without the `$`: numbers (safe integers are integers, others floats), bigints (integers of 64 bits),
 * strings, booleans, null, Uint8Arrays, arrays, and objects or Maps, which are maps. A Date is a DateTime in UTC.
 *
 * @since 0.2.0
 */
export type CypherParameters = Readonly<Record<string, unknown>>;

/**
 * What a text of Cypher gave when it was run to its end.
 *
 * @since 0.2.0
 */
export interface CypherResult {
	readonly rows: readonly Row[];
	/** Names of the columns, in order; none for a text without RETURN. */
	readonly columns: readonly string[];
	/** What was changed: `nodesCreated`, `propertiesSet` and so on; what is 0 is left out. */
	readonly counters: GraphCounters;
}

/** A text over one graph, compiled once for all that run it. */
class PreparedCypher {
	readonly text: string;
	readonly target: string;
	#prepared: Prepared | null = null;
	#shape: RowShape | null = null;
	#shapeColumns: unknown = null;

	constructor(text: string, target: string) {
		this.text = text;
		this.target = target;
	}

	prepared(session: DatabaseSession): Prepared {
		this.#prepared ??= session.prepareLanguage(cypherLanguage, this.target, this.text) as Prepared;
		return this.#prepared;
	}

	shape(session: DatabaseSession, host: StatementHost): RowShape {
		const { columns } = this.prepared(session);
		if (this.#shape === null || this.#shapeColumns !== columns) {
			this.#shape = new RowShape(columns ?? [], session.lookup, session.textSettings, host.valueOptions);
			this.#shapeColumns = columns;
		}
		return this.#shape;
	}
}

/**
 * The compiled texts of a graph: shared by a database and its transactions.
 * @internal
 */
export class GraphTexts {
	readonly target: string;
	readonly #prepared = new Map<string, PreparedCypher>();

	constructor(target: string) {
		this.target = target;
	}

	get(text: string): PreparedCypher {
		let query = this.#prepared.get(text);
		if (query !== undefined) return query;
		query = new PreparedCypher(text, this.target);
		if (this.#prepared.size >= TEXTS_MAX) this.#prepared.delete(this.#prepared.keys().next().value!);
		this.#prepared.set(text, query);
		return query;
	}
}

/**
 * A property graph: `db.graph(name)`, or `tx.graph(name)` inside a transaction.
 *
 * @since 0.2.0
 */
export class GraphHandle {
	readonly #host: StatementHost;
	readonly #texts: GraphTexts;

	/** @internal */
	constructor(host: StatementHost, texts: GraphTexts) {
		this.#host = host;
		this.#texts = texts;
	}

	/**
	 * A query of openCypher with its parameters, to be awaited or read at once.
	 *
	 * In results, integers are numbers (bigints past 2^53), floats numbers, maps objects; nodes, relationships and paths are `Node`,
	 * `Relationship` and `Path`; times and durations are their text.
	 *
	 * @throws {PolylogError} `cypher`, with openCypher's name of the error in `condition` (SyntaxError, TypeError, EntityNotFound …).
	 * @throws {PolylogError} 3D000: there is no graph of this name.
	 *
	 * @example
	 * ```ts
	 * import { open } from 'polylog';
	 *
	 * const db = await open(':memory:');
	 * const graph = db.graph();
	 * await graph.cypher('CREATE (:Person {name: $a})-[:KNOWS {since: 1833}]->(:Person {name: $b})', { a: 'Ada', b: 'Charles' });
	 * const known = graph.cypher('MATCH (:Person {name: $name})-[k:KNOWS]->(p) RETURN p.name AS name, k.since AS since', { name: 'Ada' });
	 * console.log(known.all()); // [ { name: 'Charles', since: 1833 } ]
	 * await db.close();
	 * ```
	 */
	cypher(text: string, parameters: CypherParameters = {}): CypherQuery {
		return new CypherQuery(this.#host, this.#texts.get(text), parameters);
	}

	/**
	 * Loads nodes, then the relationships between them, all or none; resolves with their numbers once they are durable. Both may be streams
	 * (iterables, asynchronous ones too). Relationships name nodes of the same load by their `key`.
	 *
	 * Into an empty graph they go past the log, sorted, straight into files, tens of times faster than `CREATE`. Memory: about 70 bytes a relationship with two
	 * numbers as properties, for at most 4 million of them at a time; for each node 8 bytes where keys are whole numbers from 0 or 1 on without great
	 * gaps, else some 100.
	 *
	 * @throws {PolylogError} `input`: a key comes twice, or a relationship names a node that was not loaded. `cypher`: a value that
	 * cannot be a property, or a constraint that does not hold. 0A000: inside a transaction, or the graph is over other tables.
	 *
	 * @example
	 * ```ts
	 * import { open } from 'polylog';
	 *
	 * const db = await open(':memory:');
	 * const people = ['Ada', 'Charles', 'Mary'].map((name, key) => ({ key, labels: ['Person'], properties: { name } }));
	 * const known = [
	 * 	{ from: 0, to: 1, type: 'KNOWS', properties: { since: 1833 } },
	 * 	{ from: 2, to: 0, type: 'TAUGHT' },
	 * ];
	 * console.log(await db.graph().load(people, known)); // { nodes: 3, relationships: 2 }
	 * await db.close();
	 * ```
	 * @since 0.2.0
	 */
	load(nodes: Elements<LoadNode>, relationships: Elements<LoadRelationship> = []): Promise<LoadedGraph> {
		return this.#host.withSession((session) => loadGraph(session, this.#texts.target, nodes, relationships));
	}

	/**
	 * As `load`, of what `work` gives; values of properties are the runtime's.
	 * @internal
	 */
	loading(work: (loading: GraphLoading) => Promise<void>): Promise<LoadedGraph> {
		return this.#host.withSession((session) => withGraphLoad(session, this.#texts.target, (value) => value as DynamicValue, work));
	}
}

/**
 * A query of Cypher, not yet run. Awaited, it runs and resolves with its rows once its change is durable; each `await` runs it again.
 * Or read it synchronously.
 *
 * @since 0.2.0
 */
export class CypherQuery implements PromiseLike<Row[]> {
	readonly #host: StatementHost;
	readonly #query: PreparedCypher;
	readonly #parameters: CypherParameters;

	/** @internal */
	constructor(host: StatementHost, query: PreparedCypher, parameters: CypherParameters) {
		this.#host = host;
		this.#query = query;
		this.#parameters = parameters;
	}

	// biome-ignore lint/suspicious/noThenProperty: a query is awaited by design
	then<A = Row[], B = never>(
		fulfilled?: ((rows: Row[]) => A | PromiseLike<A>) | null,
		rejected?: ((error: unknown) => B | PromiseLike<B>) | null,
	): Promise<A | B> {
		return this.run()
			.then((result) => result.rows as Row[])
			.then(fulfilled, rejected);
	}

	/** All rows, read at once. For queries that only read: others throw 0A000 with the hint to await. */
	all(): Row[] {
		return this.#read(Number.POSITIVE_INFINITY);
	}

	/** The first row, or undefined when there is none. Stops reading after it. Otherwise as `all`. */
	get(): Row | undefined {
		return this.#read(1)[0];
	}

	/** Rows one by one over one snapshot, for results too large to hold. Leave the loop (or call `return`) to let the snapshot go. Otherwise as `all`. */
	*iterate(): IterableIterator<Row> {
		const session = this.#host.syncSession();
		const { portal, sink } = this.#openRead(session);
		sink.most = FETCH_ROWS;
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

	/** Runs it and resolves, when it is durable at the database's level, with rows, columns and what was changed. Waits for locks without holding the thread. */
	run(): Promise<CypherResult> {
		return this.#host.withSession((session) => this.#run(session));
	}

	/** Runs it in this thread: durable at the database's level when it returns. Throws 55P03 rather than wait for a lock. */
	runSync(): CypherResult {
		const result = this.#run(this.#host.syncSession());
		if (result instanceof Promise) throw sqlError('0A000', 'the query cannot finish synchronously', { hint: 'Await it instead.' });
		return result;
	}

	#values(session: DatabaseSession): unknown[] {
		return this.#query.prepared(session).namedValues(session, (name) => {
			const value = this.#parameters[name];
			return value === undefined && !Object.hasOwn(this.#parameters, name) ? undefined : dynamicFromJs(value);
		});
	}

	#openRead(session: DatabaseSession): { readonly portal: QueryPortal; readonly sink: ObjectSink } {
		const prepared = this.#query.prepared(session);
		readingProgram(prepared, session, null);
		const sink = new ObjectSink(this.#query.shape(session, this.#host));
		return { portal: new QueryPortal(session, prepared, this.#values(session)), sink };
	}

	#read(most: number): Row[] {
		const session = this.#host.syncSession();
		const prepared = this.#query.prepared(session);
		const values = this.#values(session);
		const program = readingProgram(prepared, session, values);
		return rowsNow(session, prepared, program, values, this.#query.shape(session, this.#host), most);
	}

	#run(session: DatabaseSession): CypherResult | Promise<CypherResult> {
		try {
			const prepared = this.#query.prepared(session);
			const sink = new ObjectSink(this.#query.shape(session, this.#host));
			const portal = session.bind(prepared, this.#values(session));
			const done = (result: StatementResult | 'suspended'): CypherResult => {
				portal.close();
				if (result === 'suspended') throw new TypeError('a sink without limit is never suspended');
				return { rows: sink.rows, columns: (prepared.columns ?? []).map((column) => column.name), counters: result.counters ?? {} };
			};
			const failed = (error: unknown): never => {
				portal.close();
				session.failed(error);
				throw error;
			};
			const outcome = portal.run(sink);
			return outcome instanceof Promise ? outcome.then(done, failed) : done(outcome);
		} catch (error) {
			session.failed(error);
			throw error;
		}
	}
}
