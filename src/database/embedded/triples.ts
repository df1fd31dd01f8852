/**
 * Triple stores in the embedded API: `db.triples(name).sparql(text)`. Terms and quads are objects of the RDF/JS data model
 * (`value/rdf-term.ts`). Reads are synchronous; an update is awaited, or run in this thread.
 */
import { formatFacts, type RdfFormat } from '../../encoding/rdf/rdf-formats.ts';
import { formatTarget, type SparqlFacts } from '../../language/sparql/target.ts';
import { sqlError } from '../../platform/errors.ts';
import type { Column } from '../../query/algebra/expression.ts';
import type { RowSink } from '../../query/executor/contracts.ts';
import { type BlankNode, type Literal, NamedNode, Quad } from '../../value/rdf-term.ts';
import { type RowFactory, rowFactory } from '../../value/row-objects.ts';
import type { StatementResult } from '../contracts.ts';
import type { Prepared } from '../prepared.ts';
import type { DatabaseSession } from '../session.ts';
import { sparqlLanguage } from '../sparql/sparql-language.ts';
import { loadDocument } from '../triple-load.ts';
import { openTripleStore } from '../triple-stores.ts';
import { QuadHandle } from './quad-handle.ts';
import type { StatementHost } from './statement.ts';

/**
 * A solution: variable → term, null where it is unbound.
 *
 * @since 0.2.0
 */
export type Solution = Record<string, NamedNode | BlankNode | Literal | null>;

/**
 * What a text gave: the solutions of a SELECT, the answer of an ASK, the quads of a CONSTRUCT or DESCRIBE, how many quads an update
 * inserted and deleted.
 *
 * @since 0.2.0
 */
export type SparqlResult = Solution[] | boolean | Quad[] | { readonly changes: number };

/** @since 0.2.0 */
export interface SparqlOptions {
	/** What relative IRIs in the text are relative to, until the text says BASE. Default: nothing. */
	readonly base?: string;
}

/** Made once for a statement. */
const factories = new WeakMap<readonly Column[], RowFactory>();
const NO_COLUMNS: readonly Column[] = [];

/** Collects terms as objects by the names of the columns. */
class SolutionSink implements RowSink {
	readonly writers: readonly ((value: unknown) => void)[];
	readonly rows: Record<string, unknown>[] = [];
	readonly #factory: RowFactory;
	readonly #values: unknown[];

	constructor(columns: readonly Column[]) {
		let factory = factories.get(columns);
		if (factory === undefined) factories.set(columns, (factory = rowFactory(columns.map((c) => c.name))));
		this.#factory = factory;
		const values: unknown[] = new Array(columns.length).fill(null);
		this.#values = values;
		this.writers = columns.map((_, i) => (value: unknown): void => {
			values[i] = value;
		});
	}

	begin(): void {}

	end(): boolean {
		this.rows.push(this.#factory(this.#values));
		return true;
	}
}

/** Collects the triples of a graph. */
class QuadSink implements RowSink {
	readonly quads: Quad[] = [];
	#subject: unknown = null;
	#predicate: unknown = null;
	#object: unknown = null;
	readonly writers: readonly ((value: unknown) => void)[] = [
		(value) => {
			this.#subject = value;
		},
		(value) => {
			this.#predicate = value;
		},
		(value) => {
			this.#object = value;
		},
	];

	begin(): void {}

	end(): boolean {
		this.quads.push(new Quad(this.#subject as NamedNode, this.#predicate as NamedNode, this.#object as Literal));
		return true;
	}
}

/** Takes the one answer of an ASK. */
class AnswerSink implements RowSink {
	answer = false;
	readonly writers: readonly ((value: unknown) => void)[] = [
		(value) => {
			this.answer = value === true;
		},
	];

	begin(): void {}

	end(): boolean {
		return true;
	}
}

/**
 * A store of triples. Made empty when it is first used.
 *
 * @since 0.2.0
 */
export class TripleStoreHandle extends QuadHandle {
	readonly #host: StatementHost;
	readonly #schema: string;
	readonly #name: string;

	/** @internal */
	constructor(host: StatementHost, schema: string, name: string) {
		super(host, schema, name);
		this.#host = host;
		this.#schema = schema;
		this.#name = name;
	}

	/**
	 * A query or an update of SPARQL 1.1, to be awaited or read at once.
	 *
	 * @throws {PolylogError} 42601 with line and column for a syntax error; 42883 for an unknown function.
	 *
	 * @example
	 * ```ts
	 * import { open } from 'polylog';
	 *
	 * const db = await open(':memory:');
	 * const store = db.triples();
	 * await store.sparql('INSERT DATA { <urn:ada> <urn:born> 1815 ; <urn:name> "Ada" }');
	 * const [row] = store.sparql('SELECT ?name ?born { ?who <urn:name> ?name ; <urn:born> ?born }').all();
	 * console.log(row?.name?.value, row?.born?.value); // Ada 1815
	 * console.log(store.sparql('ASK { ?who <urn:born> ?year FILTER(?year < 1900) }').ask()); // true
	 * await db.close();
	 * ```
	 */
	sparql(text: string, options: SparqlOptions = {}): SparqlQuery {
		const target = { schema: this.#schema, store: this.#name, base: options.base ?? '', dataset: null };
		return new SparqlQuery(this.#host, target, text);
	}

	/**
	 * Loads a document of RDF, all of it or nothing, and resolves with how many quads it had and how many were new once they are durable. Large
	 * documents are loaded in bulk.
	 *
	 * @throws {PolylogError} `rdf-syntax` with line and column for a malformed document.
	 *
	 * @example
	 * ```ts
	 * import { open } from 'polylog';
	 *
	 * const db = await open(':memory:');
	 * const store = db.triples();
	 * console.log(await store.load('@prefix : <urn:> . :ada :knows :babbage, :somerville .', { format: 'turtle' })); // { quads: 2, added: 2 }
	 * console.log([...store].map((quad) => quad.object.value).sort()); // [ 'urn:babbage', 'urn:somerville' ]
	 * await db.close();
	 * ```
	 */
	async load(
		document: string | Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>,
		options: RdfLoadOptions,
	): Promise<{ readonly quads: number; readonly added: number }> {
		const { base, graph, replaces } = options;
		const { format } = formatFacts(options.format);
		const { read, added } = await this.#host.withSession((session) =>
			loadDocument(session, {
				schema: this.#schema,
				store: this.#name,
				format,
				pieces: typeof document === 'string' ? [document] : document,
				...(base === undefined ? {} : { base }),
				...(graph === undefined ? {} : { graph: new NamedNode(graph) }),
				...(replaces === undefined ? {} : { replaces }),
			}),
		);
		return { quads: read, added };
	}
}

/** @since 0.2.0 */
export interface RdfLoadOptions {
	readonly format: RdfFormat;
	/** Against which relative IRIs are resolved. */
	readonly base?: string;
	/** The graph for triples that are in none. Default: the default graph. */
	readonly graph?: string;
	/** What is emptied first: that graph, or the whole store. Default: nothing. */
	readonly replaces?: 'graph' | 'store';
}

/**
 * A text of SPARQL. Awaited, it resolves with its result, for an update once that is durable at the database's level.
 *
 * @since 0.2.0
 */
export class SparqlQuery implements PromiseLike<SparqlResult> {
	readonly #host: StatementHost;
	readonly #target: { readonly schema: string; readonly store: string; readonly base: string; readonly dataset: null };
	readonly #text: string;

	/** @internal */
	constructor(host: StatementHost, target: { readonly schema: string; readonly store: string; readonly base: string; readonly dataset: null }, text: string) {
		this.#host = host;
		this.#target = target;
		this.#text = text;
	}

	/** The solutions of a SELECT, now. 0A000 for every other form. */
	all(): Solution[] {
		const session = this.#host.syncSession();
		return this.#read(session, this.#open(session), 'select') as Solution[];
	}

	/** The answer of an ASK, now. 0A000 for every other form. */
	ask(): boolean {
		const session = this.#host.syncSession();
		return this.#read(session, this.#open(session), 'ask') as boolean;
	}

	/** The triples of a CONSTRUCT or DESCRIBE, now. 0A000 for every other form. */
	quads(): Quad[] {
		const session = this.#host.syncSession();
		return this.#read(session, this.#open(session), 'graph') as Quad[];
	}

	/** Runs it in this thread, an update with its commit durable when it returns. Throws 55P03 rather than wait for a lock. */
	runSync(): SparqlResult {
		const session = this.#host.syncSession();
		const result = this.#run(session, this.#open(session));
		if (result instanceof Promise) throw sqlError('55P03', 'the update must wait for a lock', { hint: 'Await it instead.' });
		return result;
	}

	// biome-ignore lint/suspicious/noThenProperty: it is made to be awaited.
	then<A = SparqlResult, B = never>(
		fulfilled?: ((result: SparqlResult) => A | PromiseLike<A>) | null,
		rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
	): Promise<A | B> {
		return this.#host
			.withSession(async (session) => {
				await openTripleStore(session, this.#target.schema, this.#target.store);
				return this.#run(session, this.#prepare(session));
			})
			.then(fulfilled, rejected);
	}

	#prepare(session: DatabaseSession): Prepared {
		return session.prepareLanguage(sparqlLanguage, formatTarget(this.#target), this.#text) as Prepared;
	}

	/** Prepared, the store made if it is not there. */
	#open(session: DatabaseSession): Prepared {
		const opened = openTripleStore(session, this.#target.schema, this.#target.store);
		if (opened instanceof Promise) throw sqlError('55P03', 'the triple store is being made by another transaction', { hint: 'Await the query instead.' });
		return this.#prepare(session);
	}

	#read(session: DatabaseSession, prepared: Prepared, form: SparqlFacts['form']): SparqlResult {
		const facts = factsOf(prepared);
		if (facts !== form) throw sqlError('0A000', `${prepared.command} does not give what was asked for`, { hint: METHODS[facts] });
		return this.#run(session, prepared) as SparqlResult;
	}

	#run(session: DatabaseSession, prepared: Prepared): SparqlResult | Promise<SparqlResult> {
		const form = factsOf(prepared);
		const sink = form === 'ask' ? new AnswerSink() : form === 'graph' ? new QuadSink() : new SolutionSink(prepared.columns ?? NO_COLUMNS);
		const portal = session.bind(prepared, []);
		const result = (outcome: StatementResult | 'suspended'): SparqlResult => {
			portal.close();
			if (sink instanceof AnswerSink) return sink.answer;
			if (sink instanceof QuadSink) return sink.quads;
			return form === 'update' ? { changes: outcome === 'suspended' ? 0 : outcome.rowCount } : (sink.rows as Solution[]);
		};
		try {
			const outcome = portal.run(sink);
			return outcome instanceof Promise ? outcome.then(result) : result(outcome);
		} catch (error) {
			portal.close();
			throw error;
		}
	}
}

const METHODS: Readonly<Record<SparqlFacts['form'], string>> = {
	select: 'Use all() for a SELECT.',
	ask: 'Use ask() for an ASK.',
	graph: 'Use quads() for a CONSTRUCT or DESCRIBE.',
	update: 'Await an update, or use runSync().',
};

/** EXPLAIN is read as a SELECT. */
function factsOf(prepared: Prepared): SparqlFacts['form'] {
	return (prepared.facts as SparqlFacts | undefined)?.form ?? 'select';
}
