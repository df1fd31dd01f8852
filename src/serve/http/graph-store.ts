/**
 * The Graph Store protocol: graphs as resources.
 *
 * | request | which graph |
 * |---|---|
 * | `/data?default` | the default graph |
 * | `/data?graph=IRI` | the one of this IRI; a relative one is resolved against the request's |
 * | `/data/more` | the one whose IRI is that of the request |
 * | `/data` | the whole store, with a format that has graphs; POST of a format without them makes a graph with a new IRI |
 *
 * GET and HEAD give it, PUT replaces it, POST adds to it, DELETE removes it. What is sent is stored whole or not at all. A graph
 * without triples does not exist (404), but the default graph always does.
 *
 * Source: SPARQL 1.1 Graph Store HTTP Protocol (W3C, 2013).
 */
import { loadDocument, requireTripleStore } from '../../database/triple-load.ts';
import { formatFacts, formatOfMediaType, RDF_FORMATS, type RdfFormatFacts } from '../../encoding/rdf/rdf-formats.ts';
import { rdfWriter, USUAL_PREFIXES } from '../../encoding/rdf/rdf-writer.ts';
import { QuadCursor, type QuadPattern } from '../../model/triple/quad-cursor.ts';
import { DEFAULT_GRAPH_ID, NO_TERM } from '../../value/rdf-inline.ts';
import { DEFAULT_GRAPH, NamedNode, type Quad } from '../../value/rdf-term.ts';
import type { Exchange } from './exchange.ts';
import { preferred } from './negotiation.ts';
import { HttpProblem } from './problem.ts';
import { bodyPieces, contentType } from './request-body.ts';

const METHODS = 'GET, HEAD, PUT, POST, DELETE';
const PIECE_CHARACTERS = 1 << 16;

/** The graph that a request names; null: the whole store. */
type Named = NamedNode | typeof DEFAULT_GRAPH | null;

export async function answerGraph(exchange: Exchange, isDirect: boolean): Promise<Response> {
	const named = namedGraph(exchange, isDirect);
	switch (exchange.request.method) {
		case 'GET':
		case 'HEAD':
			return give(exchange, named);
		case 'PUT':
		case 'POST':
			return take(exchange, named);
		case 'DELETE':
			return remove(exchange, named);
		default:
			throw new HttpProblem(405, `${exchange.request.method} has no meaning here`, { allow: METHODS });
	}
}

function namedGraph(exchange: Exchange, isDirect: boolean): Named {
	const { url } = exchange;
	const graphs = url.searchParams.getAll('graph');
	const isDefault = url.searchParams.has('default');
	if (graphs.length + (isDefault ? 1 : 0) > 1) throw new HttpProblem(400, 'one graph is expected: either ?default or one ?graph=IRI');
	if (isDefault) return DEFAULT_GRAPH;
	if (graphs.length === 1) {
		try {
			// An absolute IRI stays as it is written.
			return new NamedNode(/^[A-Za-z][A-Za-z0-9+.-]*:/.test(graphs[0]!) ? graphs[0]! : new URL(graphs[0]!, url).href);
		} catch {
			throw new HttpProblem(400, `"${graphs[0]}" is no IRI`);
		}
	}
	return isDirect ? new NamedNode(url.origin + url.pathname) : null;
}

async function give(exchange: Exchange, named: Named): Promise<Response> {
	const offered = RDF_FORMATS.filter((facts) => named !== null || facts.hasGraphs).flatMap((facts) =>
		facts.mediaTypes.map((mediaType) => ({ facts, mediaType })),
	);
	const best =
		offered[
			preferred(
				exchange.request.headers.get('accept') ?? undefined,
				offered.map(({ mediaType }) => mediaType),
			)
		];
	if (best === undefined)
		throw new HttpProblem(406, `${named === null ? 'the whole store' : 'a graph'} is given as ${offered.map(({ mediaType }) => mediaType).join(', ')}`);
	await exchange.readable();
	const { session, request } = exchange;
	const store = requireTripleStore(session, exchange.schema, exchange.store);
	const transaction = session.engine.manager.begin({ readOnly: true, isolation: 'repeatable read' });
	const stop = (): void => {
		if (transaction.state === 'open') transaction.rollback();
	};
	try {
		const reader = session.engine.tripleStores.reader(transaction, store.id);
		const graph = named === null ? null : reader.id(named);
		const pattern: QuadPattern = { graph, subject: null, predicate: null, object: null };
		const cursor = new QuadCursor(session.engine.tables, transaction, store, pattern);
		const hasQuads = cursor.next();
		if (named !== null && graph !== DEFAULT_GRAPH_ID && (graph === NO_TERM || !hasQuads)) throw new HttpProblem(404, `there is no graph <${named.value}>`);
		const headers = { 'content-type': `${best.mediaType}; charset=utf-8`, vary: 'accept' };
		if (request.method === 'HEAD') {
			stop();
			return new Response(null, { headers });
		}
		const release = exchange.handOver();
		return new Response(
			quadStream(
				cursor,
				hasQuads,
				best.facts,
				(id) => reader.term(id),
				() => {
					cursor.close();
					stop();
					release();
				},
			),
			{ headers },
		);
	} catch (error) {
		stop();
		throw error;
	}
}

/** The text of a cursor's quads, made as it is taken; the cursor stands at the first. */
function quadStream(cursor: QuadCursor, hasQuads: boolean, facts: RdfFormatFacts, term: (id: number) => unknown, stop: () => void): ReadableStream<Uint8Array> {
	const writer = rdfWriter(facts.format, USUAL_PREFIXES);
	const encoder = new TextEncoder();
	let isAtQuad = hasQuads;
	let text = writer.begin();
	return new ReadableStream<Uint8Array>(
		{
			pull(controller) {
				try {
					while (isAtQuad && text.length < PIECE_CHARACTERS) {
						const subject = term(cursor.subject) as Quad['subject'];
						text += writer.quad(subject, term(cursor.predicate) as NamedNode, term(cursor.object) as Quad['object'], term(cursor.graph) as Quad['graph']);
						isAtQuad = cursor.next();
					}
					if (!isAtQuad) text += writer.end();
					controller.enqueue(encoder.encode(text));
					text = '';
					if (isAtQuad) return;
					stop();
					controller.close();
				} catch (error) {
					stop();
					controller.error(error);
				}
			},
			cancel: stop,
		},
		{ highWaterMark: 0 },
	);
}

async function take(exchange: Exchange, named: Named): Promise<Response> {
	const { request, session, url } = exchange;
	const isPut = request.method === 'PUT';
	const mediaType = contentType(request);
	const format = mediaType === '' ? 'turtle' : formatOfMediaType(mediaType);
	if (format === undefined) throw new HttpProblem(415, `documents are taken as ${RDF_FORMATS.map(({ mediaTypes }) => mediaTypes[0]).join(', ')}`);
	const { hasGraphs, title } = formatFacts(format);
	// JSON-LD serves for both.
	if (named !== null && hasGraphs && format !== 'json-ld')
		throw new HttpProblem(415, `${title} holds several graphs: send it to the address of the whole store`);
	if (named === null && !hasGraphs && isPut) throw new HttpProblem(415, `${title} holds one graph: name it by ?default or ?graph=IRI`);
	const made = named === null && !hasGraphs ? new NamedNode(`${url.origin}${url.pathname.replace(/\/$/, '')}/${randomName(exchange)}`) : null;
	const graph = made ?? named;
	const outcome = await loadDocument(session, {
		schema: exchange.schema,
		store: exchange.store,
		format,
		pieces: bodyPieces(request, exchange.documentBytesMax),
		base: graph === null || graph.termType === 'DefaultGraph' ? url.origin + url.pathname : graph.value,
		...(graph === null ? {} : { graph }),
		...(isPut ? { replaces: named === null ? ('store' as const) : ('graph' as const) } : {}),
	});
	if (made !== null) return new Response(null, { status: 201, headers: { location: made.value } });
	return new Response(null, { status: isPut && !outcome.existed && named !== null && named.termType !== 'DefaultGraph' ? 201 : 204 });
}

function randomName(exchange: Exchange): string {
	return Buffer.from(exchange.host.platform.random.bytes(12)).toString('hex');
}

async function remove(exchange: Exchange, named: Named): Promise<Response> {
	await exchange.readable();
	const { session } = exchange;
	const removed = await session.inTransaction((transaction) => {
		const store = requireTripleStore(session, exchange.schema, exchange.store);
		const writer = session.engine.tripleStores.writer(transaction, store.id);
		const graph = named === null ? DEFAULT_GRAPH_ID : writer.id(named);
		let count = graph === NO_TERM ? 0 : writer.clear(graph);
		if (named === null) for (const other of writer.namedGraphs()) count += writer.clear(other);
		writer.finish();
		return count;
	});
	if (removed === 0 && named !== null && named.termType !== 'DefaultGraph') throw new HttpProblem(404, `there is no graph <${named.value}>`);
	return new Response(null, { status: 204 });
}
