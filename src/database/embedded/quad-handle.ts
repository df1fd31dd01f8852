/**
 * A triple store by its quads: RDF/JS' interfaces of sources, sinks and stores, so that libraries of that model (Comunica, N3.js,
 * rdf-ext …) read and change it.
 *
 * Blank nodes that the store gave out stand for themselves. Any other blank node is a new one of the store, the same for the same
 * label and handle.
 *
 * Source: RDF/JS Stream interfaces; RDF/JS Dataset (`has`, `add`, `delete`, `size`, iteration).
 */
import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import type * as RDF from '@rdfjs/types';
import type { QuadWriter, TermReader, TripleStore } from '../../model/triple/contracts.ts';
import { QuadCursor, type QuadPattern } from '../../model/triple/quad-cursor.ts';
import { findTripleStore } from '../../model/triple/store-definition.ts';
import { sqlError } from '../../platform/errors.ts';
import type { OwnedTransaction } from '../../transaction/manager.ts';
import { NO_TERM } from '../../value/rdf-inline.ts';
import { BlankNode, DEFAULT_GRAPH, Literal, NamedNode, Quad, RDF_LANG_STRING, type RdfTerm } from '../../value/rdf-term.ts';
import type { DatabaseSession } from '../session.ts';
import { ensureTripleStore } from '../triple-stores.ts';
import type { StatementHost } from './statement.ts';

/** Quads that are changed in one transaction when a stream is imported or removed. */
const STREAM_BATCH = 1000;

type Asked = RDF.Term | null | undefined;

/** The quads that match, read as they are taken, as they were when they were asked for. */
class QuadStream extends Readable implements RDF.ResultStream<Quad> {
	readonly #next: () => Quad | null;
	readonly #close: () => void;

	constructor(next: () => Quad | null, close: () => void) {
		super({ objectMode: true });
		this.#next = next;
		this.#close = close;
	}

	override _read(): void {
		try {
			while (this.push(this.#next()));
		} catch (error) {
			this.destroy(error as Error);
		}
	}

	override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
		this.#close();
		done(error);
	}
}

/** A cursor over matching quads, and the transaction that it reads. */
interface OpenMatch {
	next(): Quad | null;
	close(): void;
}

const NO_MATCH: OpenMatch = { next: () => null, close: () => undefined };

/** @since 0.2.0 */
export class QuadHandle implements Iterable<Quad> {
	readonly #host: StatementHost;
	readonly #schema: string;
	readonly #name: string;
	/** Ids of blank nodes of others, by label. */
	readonly #blankNodes = new Map<string, BlankNode>();

	/** @internal */
	constructor(host: StatementHost, schema: string, name: string) {
		this.#host = host;
		this.#schema = schema;
		this.#name = name;
	}

	/** The quads with these terms (null or undefined: any), as a stream of RDF/JS. It holds a snapshot until it ends or is destroyed. */
	match(subject?: Asked, predicate?: Asked, object?: Asked, graph?: Asked): Readable & RDF.Stream<Quad> {
		const open = this.#open(subject, predicate, object, graph);
		return new QuadStream(open.next, open.close);
	}

	/** How many quads have these terms. */
	countQuads(subject?: Asked, predicate?: Asked, object?: Asked, graph?: Asked): number {
		const open = this.#open(subject, predicate, object, graph);
		let count = 0;
		while (open.next() !== null) count++;
		open.close();
		return count;
	}

	/** Quads of all graphs. Counted anew at each call. */
	get size(): number {
		return this.countQuads();
	}

	has(quad: RDF.Quad): boolean {
		const open = this.#open(quad.subject, quad.predicate, quad.object, quad.graph);
		const found = open.next() !== null;
		open.close();
		return found;
	}

	/** All quads, now. */
	*[Symbol.iterator](): Iterator<Quad> {
		const open = this.#open();
		try {
			for (let quad = open.next(); quad !== null; quad = open.next()) yield quad;
		} finally {
			open.close();
		}
	}

	/** Adds a quad unless it is there; durable when it returns, within a transaction with that. Throws 55P03 rather than wait for a lock. */
	add(quad: RDF.Quad): this {
		this.#changeNow((writer) => this.#insert(writer, quad));
		return this;
	}

	/** Removes a quad if it is there. */
	delete(quad: RDF.Quad): this {
		this.#changeNow((writer) => this.#remove(writer, quad));
		return this;
	}

	/** Adds the quads of a stream, a thousand to a transaction. Emits `end` when all are durable, or `error`. */
	import(stream: RDF.Stream): EventEmitter {
		return this.#consume(stream, (writer, quad) => this.#insert(writer, quad));
	}

	/** Removes the quads of a stream, as `import` adds them. */
	remove(stream: RDF.Stream): EventEmitter {
		return this.#consume(stream, (writer, quad) => this.#remove(writer, quad));
	}

	/** Removes all quads with these terms in one transaction. Emits `end` or `error`. */
	removeMatches(subject?: Asked, predicate?: Asked, object?: Asked, graph?: Asked): EventEmitter {
		return this.#emitting(() =>
			this.#change((writer, transaction, session) => {
				const cursor = this.#cursor(session, transaction, writer, [subject, predicate, object, graph]);
				if (cursor === null) return;
				const found: (readonly [number, number, number, number])[] = [];
				while (cursor.next()) found.push([cursor.graph, cursor.subject, cursor.predicate, cursor.object]);
				cursor.close();
				for (const ids of found) writer.delete(...ids);
			}),
		);
	}

	/** Removes a graph. Emits `end` or `error`. */
	deleteGraph(graph: RDF.Quad['graph'] | string): EventEmitter {
		const term = typeof graph === 'string' ? new NamedNode(graph) : graph;
		return this.#emitting(() =>
			this.#change((writer) => {
				const id = writer.id(this.#own(term));
				if (id !== NO_TERM) writer.clear(id);
			}),
		);
	}

	#open(subject?: Asked, predicate?: Asked, object?: Asked, graph?: Asked): OpenMatch {
		const session = this.#host.syncSession();
		const { engine } = session;
		const own = session.block?.transaction ?? null;
		const transaction = own ?? engine.manager.begin({ readOnly: true, isolation: 'repeatable read' });
		const end = (): void => {
			if (own === null && transaction.state === 'open') transaction.rollback();
		};
		const store = findTripleStore(transaction.catalog, this.#schema, this.#name);
		if (store === undefined) {
			end();
			return NO_MATCH;
		}
		// What the transaction itself has changed is seen too.
		own?.startStatement();
		const reader = engine.tripleStores.reader(transaction, store.id);
		const cursor = this.#cursorOf(session, transaction, store, reader, [subject, predicate, object, graph]);
		if (cursor === null) {
			end();
			return NO_MATCH;
		}
		const next = (): Quad | null => {
			if (!cursor.next()) return null;
			const term = (id: number): RdfTerm => reader.term(id);
			return new Quad(term(cursor.subject) as NamedNode, term(cursor.predicate) as NamedNode, term(cursor.object) as Literal, term(cursor.graph) as NamedNode);
		};
		return {
			next,
			close: () => {
				cursor.close();
				end();
			},
		};
	}

	#cursor(session: DatabaseSession, transaction: OwnedTransaction, writer: QuadWriter, asked: readonly Asked[]): QuadCursor | null {
		const store = findTripleStore(transaction.catalog, this.#schema, this.#name);
		return store === undefined ? null : this.#cursorOf(session, transaction, store, writer, asked);
	}

	/** Null when a term that is asked for is not in the store. */
	#cursorOf(session: DatabaseSession, transaction: OwnedTransaction, store: TripleStore, reader: TermReader, asked: readonly Asked[]): QuadCursor | null {
		const ids = asked.map((term) => (term === null || term === undefined || term.termType === 'Variable' ? null : reader.id(this.#own(term))));
		if (ids.includes(NO_TERM)) return null;
		const [subject, predicate, object, graph] = ids as [number | null, number | null, number | null, number | null];
		const pattern: QuadPattern = { subject, predicate, object, graph };
		return new QuadCursor(session.engine.tables, transaction, store, pattern);
	}

	#insert(writer: QuadWriter, quad: RDF.Quad): void {
		const id = (term: RDF.Term): number => {
			if (term.termType !== 'BlankNode' || term instanceof BlankNode) return writer.intern(this.#own(term));
			let own = this.#blankNodes.get(term.value);
			if (own === undefined) this.#blankNodes.set(term.value, (own = writer.term(writer.blank()) as BlankNode));
			return writer.id(own);
		};
		writer.insert(id(quad.graph), id(quad.subject), id(quad.predicate), id(quad.object));
	}

	#remove(writer: QuadWriter, quad: RDF.Quad): void {
		const ids = [quad.graph, quad.subject, quad.predicate, quad.object].map((term) => writer.id(this.#own(term))) as [number, number, number, number];
		if (!ids.includes(NO_TERM)) writer.delete(...ids);
	}

	/** A term of any library as ours. */
	#own(term: RDF.Term): RdfTerm {
		switch (term.termType) {
			case 'NamedNode':
				return new NamedNode(term.value);
			case 'BlankNode':
				return term instanceof BlankNode ? term : (this.#blankNodes.get(term.value) ?? new BlankNode(term.value));
			case 'Literal':
				return term.language === '' ? new Literal(term.value, '', new NamedNode(term.datatype.value)) : new Literal(term.value, term.language, RDF_LANG_STRING);
			case 'DefaultGraph':
				return DEFAULT_GRAPH;
			default:
				throw sqlError('0A000', `a ${term.termType} cannot be stored`, { hint: 'Triple terms and variables are no part of RDF 1.1 data.' });
		}
	}

	#changeIn(session: DatabaseSession, work: (writer: QuadWriter, transaction: OwnedTransaction, session: DatabaseSession) => void): void | Promise<void> {
		return session.inTransaction<void>((transaction) => {
			const store = ensureTripleStore(session, transaction, this.#schema, this.#name);
			const writer = session.engine.tripleStores.writer(transaction, store.id);
			work(writer, transaction, session);
			writer.finish();
		});
	}

	#changeNow(work: (writer: QuadWriter) => void): void {
		const done = this.#changeIn(this.#host.syncSession(), work);
		if (done instanceof Promise) throw sqlError('55P03', 'the change must wait for a lock', { hint: 'Use import or an update of SPARQL instead.' });
	}

	#change(work: (writer: QuadWriter, transaction: OwnedTransaction, session: DatabaseSession) => void): Promise<void> {
		return this.#host.withSession((session) => this.#changeIn(session, work));
	}

	#consume(stream: RDF.Stream, each: (writer: QuadWriter, quad: RDF.Quad) => void): EventEmitter {
		const flush = (batch: readonly RDF.Quad[]): Promise<void> =>
			this.#change((writer) => {
				for (const quad of batch) each(writer, quad);
			});
		return this.#emitting(async () => {
			let batch: RDF.Quad[] = [];
			for await (const quad of pulled(stream)) {
				batch.push(quad);
				if (batch.length < STREAM_BATCH) continue;
				await flush(batch);
				batch = [];
			}
			if (batch.length > 0) await flush(batch);
		});
	}

	#emitting(work: () => Promise<void>): EventEmitter {
		const events = new EventEmitter();
		work().then(
			() => events.emit('end'),
			(error: unknown) => events.emit('error', error),
		);
		return events;
	}
}

/** The quads of a stream by its `data` events, which every stream of RDF/JS has. */
async function* pulled(stream: RDF.Stream): AsyncGenerator<RDF.Quad> {
	if (Symbol.asyncIterator in stream) {
		yield* stream as unknown as AsyncIterable<RDF.Quad>;
		return;
	}
	const waiting: RDF.Quad[] = [];
	let isDone = false;
	let failure: unknown = null;
	let wake = (): void => undefined;
	const events = stream as EventEmitter;
	events.on('data', (quad: RDF.Quad) => {
		waiting.push(quad);
		wake();
	});
	events.on('end', () => {
		isDone = true;
		wake();
	});
	events.on('error', (error: unknown) => {
		failure = error;
		wake();
	});
	for (;;) {
		if (failure !== null) throw failure;
		const quad = waiting.shift();
		if (quad !== undefined) yield quad;
		else if (isDone) return;
		else
			await new Promise<void>((resolve) => {
				wake = resolve;
			});
	}
}
