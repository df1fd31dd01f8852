/**
 * Documents of RDF into triple stores: all of a document or nothing. A small one is gathered and written as an update would be; past
 * `GATHERED_QUADS_MAX` quads it is loaded in bulk (see `model/triple/quad-load.ts`) unless a transaction is open.
 */
import { formatFacts, type RdfFormat } from '../encoding/rdf/rdf-formats.ts';
import { type QuadSink, type RdfReader, rdfReader } from '../encoding/rdf/rdf-reader.ts';
import type { QuadWriter, TripleStore } from '../model/triple/contracts.ts';
import { findTripleStore } from '../model/triple/store-definition.ts';
import { sqlError } from '../platform/errors.ts';
import type { OwnedTransaction } from '../transaction/manager.ts';
import { DEFAULT_GRAPH, type NamedNode, type Quad, type RdfTerm } from '../value/rdf-term.ts';
import type { DatabaseSession } from './session.ts';
import { ensureTripleStore } from './triple-stores.ts';

export interface DocumentLoad {
	readonly schema: string;
	readonly store: string;
	readonly format: RdfFormat;
	readonly pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
	/** Against which relative IRIs are resolved. */
	readonly base?: string;
	/** The graph that triples of the document's default graph go to; default: the store's default graph. */
	readonly graph?: Quad['graph'];
	/** What is emptied first: the graph, or the whole store. */
	readonly replaces?: 'graph' | 'store';
	/** Called now and then with the bytes read so far; may throw to stop. */
	readonly progress?: (bytes: number) => void;
}

export interface LoadOutcome {
	/** Quads of the document. */
	readonly read: number;
	/** Those of them that were not there. */
	readonly added: number;
	/** Quads that were removed before. */
	readonly removed: number;
	/** The graph (or the store) had quads before. */
	readonly existed: boolean;
}

/** The quads of a document, as they come. */
class GatheredQuads implements QuadSink {
	readonly quads: RdfTerm[] = [];
	count = 0;
	readonly #graph: Quad['graph'];

	constructor(graph: Quad['graph']) {
		this.#graph = graph;
	}

	quad(subject: Quad['subject'], predicate: NamedNode, object: Quad['object'], graph: Quad['graph']): void {
		this.count++;
		this.quads.push(subject, predicate, object, graph.termType === 'DefaultGraph' ? this.#graph : graph);
	}
}

/** Reads a document piece by piece, giving others a turn between. */
async function readDocument(session: DatabaseSession, load: DocumentLoad, reader: RdfReader): Promise<void> {
	let bytes = 0;
	for await (const piece of load.pieces) {
		bytes += piece.length;
		reader.write(piece);
		load.progress?.(bytes);
		await session.nextTurn();
	}
	await reader.end();
}

export async function loadDocument(session: DatabaseSession, load: DocumentLoad): Promise<LoadOutcome> {
	const graph = load.graph ?? DEFAULT_GRAPH;
	if (load.graph !== undefined && load.graph.termType !== 'DefaultGraph' && formatFacts(load.format).hasGraphs === false && load.replaces === 'store')
		throw new TypeError('a document of triples does not replace a whole store');
	const gathered = new GatheredQuads(graph);
	const reader = await rdfReader(load.format, gathered, load.base === undefined ? {} : { base: load.base });
	await readDocument(session, load, reader);
	return session.inTransaction((transaction) => writeQuads(session, transaction, load, gathered));
}

function writeQuads(session: DatabaseSession, transaction: OwnedTransaction, load: DocumentLoad, gathered: GatheredQuads): LoadOutcome {
	const store = ensureTripleStore(session, transaction, load.schema, load.store);
	const writer = session.engine.tripleStores.writer(transaction, store.id);
	const { existed, removed } = empty(writer, load);
	const ids = new TermIds(writer);
	const { quads } = gathered;
	let added = 0;
	for (let i = 0; i < quads.length; i += 4) if (writer.insert(ids.of(quads[i + 3]!), ids.of(quads[i]!), ids.of(quads[i + 1]!), ids.of(quads[i + 2]!))) added++;
	writer.finish();
	return { read: gathered.count, added, removed, existed };
}

function empty(writer: QuadWriter, load: DocumentLoad): { existed: boolean; removed: number } {
	if (load.replaces === 'store') {
		let removed = writer.clear(0);
		for (const graph of writer.namedGraphs()) removed += writer.clear(graph);
		return { existed: removed > 0, removed };
	}
	const graph = writer.id(load.graph ?? DEFAULT_GRAPH);
	if (load.replaces !== 'graph') return { existed: true, removed: 0 };
	const removed = writer.clear(graph);
	return { existed: removed > 0, removed };
}

/** Ids of a document's terms: its blank nodes are new ones, the same for the same label. */
export class TermIds {
	readonly #writer: QuadWriter;
	readonly #blankNodes = new Map<string, number>();

	constructor(writer: QuadWriter) {
		this.#writer = writer;
	}

	of(term: RdfTerm): number {
		if (term.termType !== 'BlankNode') return this.#writer.intern(term);
		let id = this.#blankNodes.get(term.value);
		if (id === undefined) this.#blankNodes.set(term.value, (id = this.#writer.blank()));
		return id;
	}
}

/** The store of a name; 42P01 when there is none. */
export function requireTripleStore(session: DatabaseSession, schema: string, name: string): TripleStore {
	const store = findTripleStore(session.catalog, schema, name);
	if (store === undefined)
		throw sqlError('42P01', `triple store "${schema}.${name}" does not exist`, {
			hint: 'Make it with polylog.create_triple_store, or by loading something into it.',
		});
	return store;
}
