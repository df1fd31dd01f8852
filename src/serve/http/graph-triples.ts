/** GET `/rdf`, `/{schema}/{graph}/rdf`: a property graph as triples (`encoding/rdf/graph-triples.ts`), read in one statement. */
import { GraphTriples, graphBase } from '../../encoding/rdf/graph-triples.ts';
import { RDF_FORMATS } from '../../encoding/rdf/rdf-formats.ts';
import { rdfWriter, USUAL_PREFIXES } from '../../encoding/rdf/rdf-writer.ts';
import { findGraph, graphTables } from '../../model/graph/graph-definition.ts';
import { sqlError } from '../../platform/errors.ts';
import type { PgArray } from '../../value/pg-array.ts';
import type { PropertyMap } from '../../value/property-map.ts';
import { DEFAULT_GRAPH } from '../../value/rdf-term.ts';
import { type RowText, rowsResponse } from './answer-stream.ts';
import type { Exchange } from './exchange.ts';
import { preferred } from './negotiation.ts';
import { HttpProblem } from './problem.ts';

export async function answerGraphTriples(exchange: Exchange): Promise<Response> {
	const { request, session, schema, store: name } = exchange;
	if (request.method !== 'GET') throw new HttpProblem(405, `${request.method} has no meaning here`, { allow: 'GET' });
	const offered = RDF_FORMATS.flatMap(({ format, mediaTypes }) => mediaTypes.map((mediaType) => ({ format, mediaType })));
	const best =
		offered[
			preferred(
				request.headers.get('accept') ?? undefined,
				offered.map(({ mediaType }) => mediaType),
			)
		];
	if (best === undefined) throw new HttpProblem(406, `graphs are given as ${RDF_FORMATS.map(({ mediaTypes }) => mediaTypes[0]).join(', ')}`);
	const graph = findGraph(session.catalog, schema, name);
	if (graph === undefined) throw new HttpProblem(404, `there is no property graph "${schema}.${name}"`);
	if (graph.verticesId === 0) throw sqlError('0A000', `graph "${schema}.${name}" is made of other tables and cannot be given as triples`);
	const { vertices, edges } = graphTables(session.catalog, graph);
	const table = (of: string): string => `${quoted(schema)}.${quoted(of)}`;
	const text = `SELECT id, NULL::int8, NULL::int8, labels, properties FROM ${table(vertices.name)}
		UNION ALL SELECT id, tail, head, ARRAY[type], properties FROM ${table(edges.name)}`;
	const base = graphBase(schema, name);
	const writer = rdfWriter(
		best.format,
		new Map([...USUAL_PREFIXES, ['label', `${base}label/`], ['property', `${base}property/`], ['type', `${base}type/`], ['node', `${base}node/`]]),
	);
	let gathered = '';
	const triples = new GraphTriples(schema, name, (subject, predicate, object) => {
		gathered += writer.quad(subject, predicate, object, DEFAULT_GRAPH);
	});
	const rows: RowText = {
		begin: () => writer.begin(),
		row([id, tail, head, names, properties]) {
			gathered = '';
			const words = (names as PgArray).elements as readonly string[];
			if (tail === null) triples.vertex(id as number, words, properties as PropertyMap);
			else triples.edge(id as number, words[0]!, tail as number, head as number, properties as PropertyMap);
			return gathered;
		},
		end: () => writer.end(),
	};
	const portal = session.bind(session.prepare(text, []), []);
	return rowsResponse(session, portal, rows, `${best.mediaType}; charset=utf-8`, exchange.handOver());
}

function quoted(name: string): string {
	return `"${name.replaceAll('"', '""')}"`;
}
