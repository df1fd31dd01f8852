/** The formats of RDF documents: names, media types, file endings, and whether they hold named graphs. */

export type RdfFormat = 'turtle' | 'n-triples' | 'n-quads' | 'trig' | 'rdf-xml' | 'json-ld';

export interface RdfFormatFacts {
	readonly format: RdfFormat;
	readonly title: string;
	/** The first is the one that is answered with. */
	readonly mediaTypes: readonly string[];
	readonly endings: readonly string[];
	readonly hasGraphs: boolean;
}

/** In the order of preference when a client takes anything. */
export const RDF_FORMATS: readonly RdfFormatFacts[] = [
	{
		format: 'turtle',
		title: 'Turtle',
		mediaTypes: ['text/turtle', 'application/x-turtle', 'application/turtle'],
		endings: ['ttl', 'turtle'],
		hasGraphs: false,
	},
	{ format: 'trig', title: 'TriG', mediaTypes: ['application/trig', 'application/x-trig'], endings: ['trig'], hasGraphs: true },
	{ format: 'n-triples', title: 'N-Triples', mediaTypes: ['application/n-triples', 'text/plain'], endings: ['nt', 'ntriples'], hasGraphs: false },
	{ format: 'n-quads', title: 'N-Quads', mediaTypes: ['application/n-quads', 'text/x-nquads'], endings: ['nq', 'nquads'], hasGraphs: true },
	{
		format: 'rdf-xml',
		title: 'RDF/XML',
		mediaTypes: ['application/rdf+xml', 'application/xml', 'text/xml'],
		endings: ['rdf', 'rdfxml', 'owl', 'xml'],
		hasGraphs: false,
	},
	{ format: 'json-ld', title: 'JSON-LD', mediaTypes: ['application/ld+json', 'application/json'], endings: ['jsonld', 'json'], hasGraphs: true },
];

/** Throws a RangeError for what is none of the formats: callers from JavaScript have no types. */
export function formatFacts(format: RdfFormat): RdfFormatFacts {
	const found = RDF_FORMATS.find((facts) => facts.format === format);
	if (found === undefined) throw new RangeError(`format must be one of ${RDF_FORMATS.map((facts) => facts.format).join(', ')}, not '${String(format)}'`);
	return found;
}

/** The format of a media type (parameters are left aside); undefined for others. */
export function formatOfMediaType(mediaType: string): RdfFormat | undefined {
	const plain = mediaType.split(';')[0]!.trim().toLowerCase();
	return RDF_FORMATS.find((facts) => facts.mediaTypes.includes(plain))?.format;
}

/** The format of a file by its ending, `.gz` left aside; undefined for others. */
export function formatOfFile(name: string): RdfFormat | undefined {
	const ending = name.toLowerCase().replace(/\.gz$/, '').split('.').pop() ?? '';
	return RDF_FORMATS.find((facts) => facts.endings.includes(ending))?.format;
}
