/**
 * The SPARQL 1.1 protocol: queries and updates over HTTP.
 *
 * | request | body | parameters |
 * |---|---|---|
 * | GET query | | `query`, `default-graph-uri`, `named-graph-uri` |
 * | POST query | `application/x-www-form-urlencoded` | the same, in the body |
 * | POST query | `application/sparql-query` | the two others, in the URL |
 * | POST update | form: `update`, `using-graph-uri`, `using-named-graph-uri`; or `application/sparql-update` | |
 *
 * A GET without a query is answered with a service description. Several updates in one text are one transaction.
 *
 * Source: SPARQL 1.1 Protocol (W3C, 2013), section 2; SPARQL 1.1 Service Description.
 */
import { RDF_FORMATS } from '../../encoding/rdf/rdf-formats.ts';
import { rdfWriter } from '../../encoding/rdf/rdf-writer.ts';
import { booleanResult, RESULTS_FORMATS, resultsWriter } from '../../encoding/rdf/sparql-results.ts';
import { formatTarget, type SparqlFacts, type SparqlTarget } from '../../language/sparql/target.ts';
import { DEFAULT_GRAPH, type NamedNode, type Quad, type RdfTerm } from '../../value/rdf-term.ts';
import { type RowText, rowsResponse } from './answer-stream.ts';
import type { Exchange } from './exchange.ts';
import { preferred } from './negotiation.ts';
import { HttpProblem } from './problem.ts';
import { bodyText, contentType } from './request-body.ts';

const FORM = 'application/x-www-form-urlencoded';
const QUERY = 'application/sparql-query';
const UPDATE = 'application/sparql-update';

/** What a request asks: the text, and parameters of the URL or the form. */
interface Asked {
	readonly text: string;
	readonly parameters: URLSearchParams;
}

export async function answerQuery(exchange: Exchange): Promise<Response> {
	const asked = await askedText(exchange, 'query', QUERY);
	if (asked === null) return serviceDescription(exchange);
	exchange.text = asked.text;
	await exchange.readable();
	const { session } = exchange;
	const statement = session.prepareLanguage(exchange.host.sparql(), targetOf(exchange, asked.parameters, ''), asked.text);
	const facts = statement.facts as SparqlFacts | undefined;
	if (facts === undefined) return rowsResponse(session, session.bind(statement, []), LINES, 'text/plain; charset=utf-8', exchange.handOver());
	if (facts.form === 'update') throw new HttpProblem(400, 'this is an update, which is sent to the update endpoint');
	const accept = exchange.request.headers.get('accept') ?? undefined;
	const portal = session.bind(statement, []);
	if (facts.form === 'graph') {
		const [mediaType, rows] = graphRows(accept, facts);
		return rowsResponse(session, portal, rows, mediaType, exchange.handOver());
	}
	const offered = RESULTS_FORMATS.flatMap(({ format, mediaTypes }) => mediaTypes.map((mediaType) => ({ format, mediaType })));
	const best =
		offered[
			preferred(
				accept,
				offered.map(({ mediaType }) => mediaType),
			)
		];
	if (best === undefined) throw new HttpProblem(406, `results are given as ${RESULTS_FORMATS.map(({ mediaTypes }) => mediaTypes[0]).join(', ')}`);
	const variables = statement.columns!.map((column) => column.name);
	const rows: RowText =
		facts.form === 'ask'
			? { begin: () => '', row: ([value]) => booleanResult(best.format, value === true), end: () => '' }
			: (resultsWriter(best.format, variables) as RowText);
	return rowsResponse(session, portal, rows, `${best.mediaType}; charset=utf-8`, exchange.handOver());
}

/** What EXPLAIN answers. */
const LINES: RowText = { begin: () => '', row: ([line]) => `${String(line)}\n`, end: () => '' };

/** Rows of CONSTRUCT and DESCRIBE as a document, without triples that follow their like. */
function graphRows(accept: string | undefined, facts: SparqlFacts): [mediaType: string, rows: RowText] {
	const offered = RDF_FORMATS.flatMap(({ format, mediaTypes }) => mediaTypes.map((mediaType) => ({ format, mediaType })));
	const best =
		offered[
			preferred(
				accept,
				offered.map(({ mediaType }) => mediaType),
			)
		];
	if (best === undefined) throw new HttpProblem(406, `graphs are given as ${RDF_FORMATS.map(({ mediaTypes }) => mediaTypes[0]).join(', ')}`);
	const writer = rdfWriter(best.format, facts.prefixes);
	const rows: RowText = {
		begin: () => writer.begin(),
		row: (values) => writer.quad(values[0] as Quad['subject'], values[1] as NamedNode, values[2] as Quad['object'], DEFAULT_GRAPH),
		end: () => writer.end(),
	};
	return [`${best.mediaType}; charset=utf-8`, rows];
}

export async function answerUpdate(exchange: Exchange): Promise<Response> {
	const asked = await askedText(exchange, 'update', UPDATE);
	if (asked === null) throw new HttpProblem(400, 'there is no parameter "update"');
	exchange.text = asked.text;
	await exchange.writable();
	const { session } = exchange;
	const statement = session.prepareLanguage(exchange.host.sparql(), targetOf(exchange, asked.parameters, 'using-'), asked.text);
	if ((statement.facts as SparqlFacts | undefined)?.form !== 'update') throw new HttpProblem(400, 'this is a query, which is sent to the query endpoint');
	const portal = session.bind(statement, []);
	try {
		await portal.run({ begin: () => undefined, end: () => true, writers: [] });
	} finally {
		portal.close();
	}
	return new Response(null, { status: 204 });
}

function targetOf(exchange: Exchange, parameters: URLSearchParams, prefix: '' | 'using-'): string {
	const defaultGraphs = parameters.getAll(prefix === '' ? 'default-graph-uri' : 'using-graph-uri');
	const namedGraphs = parameters.getAll(prefix === '' ? 'named-graph-uri' : 'using-named-graph-uri');
	const target: SparqlTarget = {
		schema: exchange.schema,
		store: exchange.store,
		base: exchange.url.origin + exchange.url.pathname,
		dataset: defaultGraphs.length + namedGraphs.length === 0 ? null : { defaultGraphs, namedGraphs },
	};
	return formatTarget(target);
}

async function askedText(exchange: Exchange, parameter: 'query' | 'update', direct: string): Promise<Asked | null> {
	const { request, url } = exchange;
	if (request.method === 'GET' || request.method === 'HEAD') {
		if (parameter === 'update') throw new HttpProblem(405, 'updates are sent by POST', { allow: 'POST' });
		return fromParameters(url.searchParams, parameter);
	}
	if (request.method !== 'POST')
		throw new HttpProblem(405, `${request.method} has no meaning here`, { allow: parameter === 'query' ? 'GET, HEAD, POST' : 'POST' });
	const type = contentType(request);
	const body = await bodyText(request, exchange.textBytesMax);
	if (type === direct) return { text: body, parameters: url.searchParams };
	if (type !== FORM) throw new HttpProblem(415, `send ${FORM} or ${direct}`);
	const asked = fromParameters(new URLSearchParams(body), parameter);
	if (asked === null) throw new HttpProblem(400, `there is no parameter "${parameter}"`);
	return asked;
}

function fromParameters(parameters: URLSearchParams, name: string): Asked | null {
	const [text, ...more] = parameters.getAll(name);
	if (more.length > 0) throw new HttpProblem(400, `the parameter "${name}" is there more than once`);
	return text === undefined ? null : { text, parameters };
}

const SD = 'http://www.w3.org/ns/sparql-service-description#';
const FORMATS = 'http://www.w3.org/ns/formats/';

function serviceDescription(exchange: Exchange): Response {
	const offered = RDF_FORMATS.map(({ mediaTypes }) => mediaTypes[0]!);
	const best = RDF_FORMATS[preferred(exchange.request.headers.get('accept') ?? undefined, offered)];
	if (best === undefined) throw new HttpProblem(406, `the description of the service is given as ${offered.join(', ')}`);
	const iri = (value: string): NamedNode => exchange.iri(value);
	const service = iri(exchange.url.origin + exchange.url.pathname);
	const facts: [string, RdfTerm][] = [
		['http://www.w3.org/1999/02/22-rdf-syntax-ns#type', iri(`${SD}Service`)],
		[`${SD}endpoint`, service],
		[`${SD}supportedLanguage`, iri(`${SD}SPARQL11Query`)],
		[`${SD}supportedLanguage`, iri(`${SD}SPARQL11Update`)],
		...['SPARQL_Results_JSON', 'SPARQL_Results_XML', 'SPARQL_Results_CSV', 'SPARQL_Results_TSV', 'Turtle', 'N-Triples', 'RDF_XML', 'JSON-LD'].map(
			(name): [string, RdfTerm] => [`${SD}resultFormat`, iri(FORMATS + name)],
		),
	];
	const writer = rdfWriter(best.format, new Map([['sd', SD]]));
	const text =
		writer.begin() + facts.map(([predicate, object]) => writer.quad(service, iri(predicate), object as Quad['object'], DEFAULT_GRAPH)).join('') + writer.end();
	return new Response(text, { headers: { 'content-type': `${best.mediaTypes[0]}; charset=utf-8`, vary: 'accept' } });
}
