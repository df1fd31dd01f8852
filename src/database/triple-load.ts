/**
 * Documents of RDF into triple stores: all of a document or nothing. It is read and gathered without any lock; then, in one
 * transaction, a small one is written as an update would be, and one of `BULK_QUADS_MIN` quads or more goes past the log in bulk
 * (`model/triple/bulk-quad-load.ts`), unless it replaces a graph that has quads, or a transaction is open.
 */
import { type KeyQuad, type KeyQuadSink, NQuadsReader } from '../encoding/rdf/n-quads-reader.ts';
import type { RdfFormat } from '../encoding/rdf/rdf-formats.ts';
import { type QuadSink, type RdfReader, rdfReader } from '../encoding/rdf/rdf-reader.ts';
import { BulkQuadLoad } from '../model/triple/bulk-quad-load.ts';
import type { QuadWriter, TripleStore } from '../model/triple/contracts.ts';
import { QuadCursor } from '../model/triple/quad-cursor.ts';
import { QuadLoad } from '../model/triple/quad-load.ts';
import { findTripleStore } from '../model/triple/store-definition.ts';
import { StoreTermReader } from '../model/triple/term-reader.ts';
import { sqlError } from '../platform/errors.ts';
import type { OwnedTransaction } from '../transaction/manager.ts';
import { LockWait } from '../transaction/signals.ts';
import { DEFAULT_GRAPH, type NamedNode, type Quad } from '../value/rdf-term.ts';
import type { DatabaseSession } from './session.ts';
import { ensureTripleStore } from './triple-stores.ts';

/** Quads from which on a load goes past the log. */
const BULK_QUADS_MIN = 20_000;
const PLACE_SUBJECT = 0;
const PLACE_PREDICATE = 1;
const PLACE_OBJECT = 2;
const PLACE_GRAPH = 3;
/** Input between two turns of others. */
const TURN_BYTES = 1 << 16;

export interface DocumentLoad {
	readonly schema: string;
	readonly store: string;
	readonly format: RdfFormat;
	/** Of any length; texts are taken as UTF-8. */
	readonly pieces: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>;
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
	/** Those of them that were not there; of a load in bulk, the different ones of the document. */
	readonly added: number;
	/** The graph (or the store) that was replaced had quads before. */
	readonly existed: boolean;
}

/** Keys of terms as they come from N-Triples and N-Quads. */
class KeyGatherer implements KeyQuadSink {
	readonly #load: QuadLoad;
	readonly #graph: number;
	/** Keys met last as subject and predicate: documents repeat them. */
	#lastSubject: Uint8Array = new Uint8Array(256);
	#lastSubjectLength = -1;
	#lastSubjectNumber = 0;

	constructor(load: QuadLoad, graph: Quad['graph']) {
		this.#load = load;
		this.#graph = load.term(graph, PLACE_GRAPH);
	}

	quad(quad: KeyQuad): void {
		const load = this.#load;
		const { bytes, start, end } = quad;
		const subject = this.#subject(bytes[PLACE_SUBJECT]!, start[PLACE_SUBJECT]!, end[PLACE_SUBJECT]!);
		const predicate = load.key(bytes[PLACE_PREDICATE]!, start[PLACE_PREDICATE]!, end[PLACE_PREDICATE]!, '');
		const object = load.key(bytes[PLACE_OBJECT]!, start[PLACE_OBJECT]!, end[PLACE_OBJECT]!, quad.language);
		const graph = quad.hasGraph ? load.key(bytes[PLACE_GRAPH]!, start[PLACE_GRAPH]!, end[PLACE_GRAPH]!, '') : this.#graph;
		load.quad(graph, subject, predicate, object);
	}

	#subject(bytes: Uint8Array, start: number, end: number): number {
		const length = end - start;
		const last = this.#lastSubject;
		if (length === this.#lastSubjectLength) {
			let i = length - 1;
			while (i >= 0 && last[i] === bytes[start + i]) i--;
			if (i < 0) return this.#lastSubjectNumber;
		}
		this.#lastSubjectNumber = this.#load.key(bytes, start, end, '');
		this.#lastSubjectLength = length <= last.length ? length : -1;
		for (let i = 0; i < length && i < last.length; i++) last[i] = bytes[start + i]!;
		return this.#lastSubjectNumber;
	}
}

/** Terms as they come from the other formats. */
class TermGatherer implements QuadSink {
	readonly #load: QuadLoad;
	readonly #graph: Quad['graph'];

	constructor(load: QuadLoad, graph: Quad['graph']) {
		this.#load = load;
		this.#graph = graph;
	}

	quad(subject: Quad['subject'], predicate: NamedNode, object: Quad['object'], graph: Quad['graph']): void {
		const load = this.#load;
		const inGraph = graph.termType === 'DefaultGraph' ? this.#graph : graph;
		load.quad(load.term(inGraph, PLACE_GRAPH), load.term(subject, PLACE_SUBJECT), load.term(predicate, PLACE_PREDICATE), load.term(object, PLACE_OBJECT));
	}
}

async function readerOf(load: DocumentLoad, gathered: QuadLoad): Promise<RdfReader> {
	const graph = load.graph ?? DEFAULT_GRAPH;
	if (load.format === 'n-triples' || load.format === 'n-quads') return new NQuadsReader(new KeyGatherer(gathered, graph), load.format === 'n-quads');
	return rdfReader(load.format, new TermGatherer(gathered, graph), load.base === undefined ? {} : { base: load.base });
}

/** Loads a document; resolves when it is durable at the session's level. Errors of the document are `rdf-syntax`, with line and column. */
export async function loadDocument(session: DatabaseSession, load: DocumentLoad): Promise<LoadOutcome> {
	const gathered = new QuadLoad();
	const reader = await readerOf(load, gathered);
	let bytes = 0;
	let turn = 0;
	for await (const given of load.pieces) {
		const piece = typeof given === 'string' ? Buffer.from(given) : given;
		for (let at = 0; at < piece.length; at += TURN_BYTES) {
			const part = at === 0 && piece.length <= TURN_BYTES ? piece : piece.subarray(at, at + TURN_BYTES);
			bytes += part.length;
			reader.write(part);
			if (bytes - turn < TURN_BYTES) continue;
			turn = bytes;
			load.progress?.(bytes);
			await session.nextTurn();
		}
	}
	await reader.end();
	load.progress?.(bytes);
	return storeGathered(session, load, gathered);
}

/** Stores gathered quads. */
export async function storeGathered(
	session: DatabaseSession,
	load: Pick<DocumentLoad, 'schema' | 'store' | 'graph' | 'replaces'>,
	gathered: QuadLoad,
): Promise<LoadOutcome> {
	return session.inTransaction<LoadOutcome>((transaction) => {
		const store = ensureTripleStore(session, transaction, load.schema, load.store);
		if (gathered.count >= BULK_QUADS_MIN && session.block === null && isReplaceable(session, transaction, store, load))
			return storeInBulk(session, transaction, store, load, gathered);
		const writer = session.engine.tripleStores.writer(transaction, store.id);
		const removed = empty(writer, load);
		const added = gathered.storeRows(writer);
		writer.finish();
		return { read: gathered.count, added, existed: removed > 0 };
	});
}

type Replacing = Pick<DocumentLoad, 'graph' | 'replaces'>;

/** What is to be emptied can be emptied without touching single rows. */
function isReplaceable(session: DatabaseSession, transaction: OwnedTransaction, store: TripleStore, load: Replacing): boolean {
	return load.replaces !== 'graph' || !hasQuads(session, transaction, store, load);
}

function hasQuads(session: DatabaseSession, transaction: OwnedTransaction, store: TripleStore, load: Replacing): boolean {
	const { tables, tripleStores } = session.engine;
	const graph = load.replaces === 'graph' ? tripleStores.reader(transaction, store.id).id(load.graph ?? DEFAULT_GRAPH) : null;
	const cursor = new QuadCursor(tables, transaction, store, { graph, subject: null, predicate: null, object: null });
	const has = cursor.next();
	cursor.close();
	return has;
}

async function storeInBulk(
	session: DatabaseSession,
	transaction: OwnedTransaction,
	found: TripleStore,
	load: Replacing,
	gathered: QuadLoad,
): Promise<LoadOutcome> {
	const { engine } = session;
	let store = found;
	const read = gathered.count;
	for (const id of [store.quads.id, store.terms.id]) if (transaction.lockObject(id, 'exclusive', false) === 'wait') throw new LockWait();
	const existed = load.replaces !== undefined && hasQuads(session, transaction, store, load);
	if (load.replaces === 'store' && existed) {
		engine.tables.truncate(transaction, store.quads);
		store = { ...store, quads: transaction.catalog.get(store.quads.id) as TripleStore['quads'] };
	}
	const reader = new StoreTermReader(engine.tables, transaction, store, engine.tripleStores.cache(store));
	const draw = (sequenceId: number, count: number): number => {
		const { first, taken } = engine.manager.nextSequenceValues(sequenceId, count, transaction.catalog, transaction);
		if (taken < count) throw sqlError('2200H', `triple store "${store.name}" has no numbers left for terms`);
		return Number(first);
	};
	const bulk = new BulkQuadLoad(engine.tables, transaction, store, gathered, reader, draw);
	for (const _step of bulk.steps()) await session.pause();
	return { read, added: bulk.quadCount, existed };
}

/** Removes what the document replaces; how many quads. */
function empty(writer: QuadWriter, load: Replacing): number {
	if (load.replaces === 'store') return [0, ...writer.namedGraphs()].reduce((sum, graph) => sum + writer.clear(graph), 0);
	return load.replaces === 'graph' ? writer.clear(writer.id(load.graph ?? DEFAULT_GRAPH)) : 0;
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
